# SPDX-License-Identifier: Apache-2.0
# Copyright the orlop authors
#
# Whose ids the files of a volume have under policy hardened: the container's, on disk, or the host's,
# by the path that a volume turns out to be.

load ../lib/orlop
load support

setup() {
	orlop_setup
	GLOBAL=(--policy hardened)
	all='(.process.capabilities[]) += ["CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_FSETID"]'
	# What a root makes in a volume, and what it may do to files of the host's root.
	deeds='cd /dev/v; for file in of-root secret of-user; do stat -c "%n %u:%g" $file; done; for deed in "echo x >made" "echo x >>of-root" "cat secret" \
		"chown 7 of-root" "chmod 777 secret" "rm of-root" "cp /bin/busybox suid && chmod 4755 suid" "echo x >open/made"; do
		eval "$deed" >/dev/null 2>&1 && echo "can: $deed" || echo "cannot: $deed"; done'
}

# volume NAME: DIR has files of root, one that nobody else may read, one of a user, and a directory that is
# open to everybody.
volume() {
	local -; set +T
	disk_dir "$1"
	echo text >"$DIR/of-root"
	echo text >"$DIR/secret"
	chmod 600 "$DIR/secret"
	echo text >"$DIR/of-user"
	chown 1000:1001 "$DIR/of-user"
	mkdir "$DIR/open"
	chmod 1777 "$DIR/open"
}

# mapped [PATH...]: the policy has host ids below each.
mapped() {
	local -; set +T
	local path list=''
	for path; do list+="${list:+, }{\"path\": \"$path\", \"ids\": \"mapped\"}"; done
	site_policy "{\"hardened\": {\"volumes\": {\"paths\": [$list]}}}"
}

# bind SOURCE [OPTIONS]: a jq filter.
bind() { printf '.mounts += [{destination: "/dev/v", type: "bind", source: "%s", options: ["%s"]}]' "$1" "${2:-rbind}"; }

# ids_of SOURCE idmap|mapped [OPTIONS]: how it is mounted, nosuid and nodev in any case.
ids_of() {
	start_container "$(bind "$1" "${3-}")"
	has_option nosuid "$PID" /dev/v
	has_option nodev "$PID" /dev/v
	case $2 in
	idmap) has_option idmapped "$PID" /dev/v ;;
	mapped) no_option idmapped "$PID" /dev/v ;;
	esac || { echo "$1 is to be $2"; return 1; }
	must delete --force "$ID"
}

@test "volumes, idmap: container root acts as root on files of the host's root, and without set-id and devices" {
	volume shared
	start_script "$deeds" "$(bind "$DIR") | $all"
	equal $'of-root 0:0\nsecret 0:0\nof-user 1000:1001\ncan: echo x >made\ncan: echo x >>of-root\ncan: cat secret\ncan: chown 7 of-root
can: chmod 777 secret\ncan: rm of-root\ncan: cp /bin/busybox suid && chmod 4755 suid\ncan: echo x >open/made' "$output"
	equal $'made 0:0 644\nsuid 0:0 4755\nsecret 0:0 777' "$(cd "$DIR" && stat -c '%n %u:%g %a' made suid secret)" 'on disk'
	has_option nosuid "$PID" /dev/v
	has_option nodev "$PID" /dev/v
	has_option idmapped "$PID" /dev/v
}

@test "volumes, mapped: container root is nobody to files of the host's root, and makes its own where everybody may" {
	volume shared
	mapped "$DIR"
	start_script "$deeds"'; stat -c "%n %u:%g" open/made' "$(bind "$DIR") | $all"
	equal $'of-root 65534:65534\nsecret 65534:65534\nof-user 65534:65534\ncannot: echo x >made\ncannot: echo x >>of-root\ncannot: cat secret
cannot: chown 7 of-root\ncannot: chmod 777 secret\ncannot: rm of-root\ncannot: cp /bin/busybox suid && chmod 4755 suid\ncan: echo x >open/made\nopen/made 0:0' "$output"
	equal "$(first_id "$PID")" "$(stat -c %u "$DIR/open/made")" 'owner on disk'
	equal text "$(<"$DIR/of-root")"
	has_option nosuid "$PID" /dev/v
	has_option nodev "$PID" /dev/v
	no_option idmapped "$PID" /dev/v
	has_option idmapped "$PID" /
}

@test "volumes: the nearest path decides, in any spelling, and a name that only begins alike does not" {
	local top
	volume shared
	top=$DIR
	mkdir -p "$top/own/deep" "$top/other"
	site_policy '{"hardened": {"volumes": {"paths": [{"path": "'"$top"'", "ids": "mapped"}, {"path": "'"$top"'/own", "ids": "idmap"}, {"path": "/missing/path", "ids": "mapped"}]}}}'
	disk_dir shared-2
	ids_of "$DIR" idmap
	ids_of "$top/other" mapped
	ids_of "$top/of-user" mapped bind
	ids_of "$top/own/../other/./" mapped
	ids_of "$DIR/../shared/other" mapped
	ids_of "$top/own" idmap
	ids_of "$top/own/deep" idmap
}

@test "volumes: a link, a bind mount and a mount below do not lead out of a path that is mapped" {
	local top
	volume above/shared
	top=$DIR
	mkdir "$top/sub"
	mapped "$top"
	disk_dir elsewhere
	mkdir "$DIR"/{alias,part,tree} "$DIR/tree/below"
	touch "$DIR/file"
	ln -s "$top/sub" "$DIR/link"
	ln -s ../above/shared "$DIR/up"
	ln -s "$DIR/tree" "$top/out"
	host_mount --bind "$top" "$DIR/alias"
	host_mount --bind "$top/sub" "$DIR/part"
	mount --bind "$top/of-root" "$DIR/file"
	HOST_MOUNTS+=("$DIR/file")
	ids_of "$DIR/link" mapped
	ids_of "$DIR/up/of-user" mapped bind
	ids_of "$DIR/alias" mapped
	ids_of "$DIR/part" mapped
	ids_of "$DIR/file" mapped bind
	# By its words it is below the path.
	ids_of "$top/out" mapped
	ids_of "$DIR/tree" idmap
	# What holds it brings it along, in its own mount or in another.
	ids_of "$TEST_DIR/above" mapped bind
	host_mount --bind "$top/sub" "$DIR/tree/below"
	ids_of "$DIR/tree" mapped rbind
	ids_of "$DIR/tree" idmap bind
	mapped "$DIR/alias"
	ids_of "$top/sub" mapped
}

@test "volumes: mapped may be what holds where no path says otherwise" {
	local top
	volume shared
	top=$DIR
	site_policy '{"hardened": {"volumes": {"default": "mapped", "paths": [{"path": "'"$top"'", "ids": "idmap"}]}}}'
	disk_dir elsewhere
	ln -s "$DIR" "$top/link"
	ln -s "$top/open" "$DIR/link"
	ids_of "$DIR" mapped
	ids_of "$top/open" idmap
	ids_of "$top/link" mapped
	ids_of "$DIR/link" mapped
}

@test "hardened, volume-ids: in its modes, an id mapping that the configuration asks for is left out, refused or logged" {
	local top mode asked
	volume shared
	top=$DIR
	disk_dir elsewhere
	ln -s "$top" "$DIR/link"
	asked=$(bind "$DIR/link" 'bind", "idmap')
	mapped "$top"
	ids_of "$DIR/link" mapped 'bind", "idmap'
	for mode in deny audit off; do
		site_policy '{"hardened": {"items": {"volume-ids": "'$mode'"}, "volumes": {"paths": [{"path": "'"$top"'", "ids": "mapped"}]}}}'
		bundle "$asked | .process.args = [\"true\"]"
		case $mode in
		deny)
			refused "rule volume-ids of policy hardened.*$DIR/link, which is $top, would be id-mapped.*\\(/mounts/7\\)" create --bundle "$BUNDLE" "$ID"
			ids_of "$DIR/link" mapped ;;
		audit)
			must run --bundle "$BUNDLE" "$ID"
			matches "warning: audit: rule volume-ids of policy hardened.*$DIR/link" "$errors" ;;
		off)
			must run --bundle "$BUNDLE" "$ID"
			equal '' "$errors" ;;
		esac
	done
}

@test "volumes: single files are id-mapped one by one" {
	local name filter=.
	disk_dir files
	for name in resolv.conf hosts hostname secret; do
		echo "$name" >"$DIR/$name"
		filter+=" | .mounts += [{destination: \"/etc/$name\", type: \"bind\", source: \"$DIR/$name\", options: [\"rbind\"]}]"
	done
	chmod 600 "$DIR/secret"
	chown 1000:1000 "$DIR/secret"
	start_script 'for name in resolv.conf hosts hostname secret; do stat -c "%n %u:%g" /etc/$name; cat /etc/$name; done' "$filter | .process.user = {uid: 1000, gid: 1000}"
	equal $'/etc/resolv.conf 0:0\nresolv.conf\n/etc/hosts 0:0\nhosts\n/etc/hostname 0:0\nhostname\n/etc/secret 1000:1000\nsecret' "$output"
	for name in resolv.conf hosts hostname secret; do
		has_option idmapped "$PID" "/etc/$name"
	done
}

@test "volumes: two containers with ranges of their own see and make the same owners on one volume" {
	local first
	volume shared
	chmod 1777 "$DIR"
	start_script 'cd /dev/v; echo a >from-a; stat -c "%n %u:%g" of-root of-user from-a' "$(bind "$DIR") | .process.user = {uid: 1000, gid: 1001}"
	equal $'of-root 0:0\nof-user 1000:1001\nfrom-a 1000:1001' "$output"
	first=$(first_id "$PID")
	start_script 'cd /dev/v; stat -c "%n %u:%g" of-root of-user from-a; cat from-a; echo b >>of-user && echo written' "$(bind "$DIR") | .process.user = {uid: 1000, gid: 1001}"
	equal $'of-root 0:0\nof-user 1000:1001\nfrom-a 1000:1001\na\nwritten' "$output"
	[ "$first" != "$(first_id "$PID")" ]
	equal 1000:1001 "$(stat -c %u:%g "$DIR/from-a")" 'on disk'
}

@test "volumes: two containers of one image can neither signal nor trace nor open files of each other" {
	local first pid
	with_probe
	volume shared
	mapped "$DIR"
	start_script 'echo private >/dev/v/open/of-a && chmod 600 /dev/v/open/of-a && echo made' "$(bind "$DIR") | .process.user = {uid: 1000, gid: 1000}"
	equal made "$output"
	first=$PID
	equal "$(($(first_id "$first") + 1000))" "$(stat -c %u "$DIR/open/of-a")" 'owner on disk'
	# The same user of the same image, and root; pid 1 is its own.
	for user in 0 1000; do
		start_script 'cat /dev/v/open/of-a 2>&1; echo x >>/dev/v/open/of-a; mv /dev/v/open/of-a /dev/v/open/mine 2>&1; stat -c "owner %u" /dev/v/open/of-a
			for pid in $(ls /proc | grep "^[0-9]"); do readlink /proc/$pid/root; done | sort -u' \
			"$(bind "$DIR") | $all | .process.user = {uid: $user, gid: $user}"
		matches '^cat: .*Permission denied'$'\n''mv: .*(denied|permitted).*owner 65534' "$output"
		# As the host has it: a process of the one container's user is not let at one of the other's.
		pid=$PID
		for deed in "kill -0 $first" "kill -TERM $first" "readlink /proc/$first/root" "cat /proc/$first/environ"; do
			! setpriv --reuid "$(($(first_id "$pid") + 1000))" --regid "$(($(first_id "$pid") + 1000))" --clear-groups sh -c "$deed" >/dev/null 2>&1 || { echo "can: $deed"; return 1; }
		done
		[ ! -e "/proc/$pid/root/proc/$first/root/etc" ]
	done
	equal private "$(<"$DIR/open/of-a")"
	[ -d "/proc/$first" ]
}

# listen SOCKET: somebody of the host listens and tells whoever connects his uid, as the kernel has it. Its pid is in LISTENER.
listen() {
	require_program perl
	perl -MSocket -e 'my $path = shift; socket(my $server, AF_UNIX, SOCK_STREAM, 0); bind($server, sockaddr_un($path)) or die; chmod 0666, $path;
		listen($server, 5); while (accept(my $client, $server)) {
			my ($pid, $uid, $gid) = unpack("iII", getsockopt($client, SOL_SOCKET, 17)); syswrite($client, "uid $uid\n"); close($client) }' "$1" 3>&- >/dev/null &
	LISTENER=$!
	wait_for 5 test -S "$1"
}

@test "volumes: a socket is id-mapped, who listens sees the host's id of who connects, and the policy may refuse it" {
	local socket
	with_probe
	disk_dir sockets
	socket=$DIR/socket
	listen "$socket"
	ln -s "$socket" "$DIR/link"
	start_script 'stat -c "%F %u:%g" /dev/v; /bin/probe connect /dev/v' "$(bind "$socket") | .process.user = {uid: 33, gid: 33}"
	equal $'socket 0:0\nuid '"$(($(first_id "$PID") + 33))" "$output"
	has_option idmapped "$PID" /dev/v
	must delete --force "$ID"
	site_policy '{"hardened": {"volumes": {"sockets": "refuse"}}}'
	bundle "$(bind "$DIR/link") | .process.args = [\"true\"]"
	refused "rule volume-ids of policy hardened: $DIR/link is a socket.*\\(/mounts/7\\)" create --bundle "$BUNDLE" "$ID"
	site_policy '{"hardened": {"items": {"volume-ids": "audit"}, "volumes": {"sockets": "refuse"}}}'
	must run --bundle "$BUNDLE" "$ID"
	matches 'warning: audit: rule volume-ids.*is a socket' "$errors"
	kill "$LISTENER"
}

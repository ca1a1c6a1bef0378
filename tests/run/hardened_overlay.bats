# SPDX-License-Identifier: Apache-2.0
# Copyright the orlop authors
#
# A root file system that is an overlay, as engines hand it over, under policy hardened: the same tree
# as on the host, owners on disk as they are, and nothing written to the layers of the engine.

load ../lib/orlop
load support

setup() {
	orlop_setup
	GLOBAL=(--policy hardened)
	caps='(.process.capabilities[]) += ["CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER"]'
	writable='.root.readonly = false'
}

# engine_overlay [OPTION[,OPTION...]]: what an engine mounts: three layers and a writable one, in which a
# whiteout, an opaque directory, a renamed directory, a change of mode only and other owners are. DIR has
# the layers, ROOTFS is the merged tree.
engine_overlay() {
	local -; set +T
	local top
	disk_dir layers
	mkdir "$DIR"/{1,2,3,upper,work,merged,build}
	cp -a "$ROOTFS/." "$DIR/1"
	mkdir -p "$DIR/1/srv"/{opaque,gone,moved,deep} "$DIR/1/etc"
	echo one >"$DIR/1/srv/opaque/hidden"
	echo one >"$DIR/1/srv/gone/file"
	echo one >"$DIR/1/srv/moved/file"
	echo one >"$DIR/1/srv/mode"
	echo lower >"$DIR/1/srv/kept"
	chown 1000:1001 "$DIR/1/srv/kept" "$DIR/1/srv/mode"
	ln "$DIR/1/srv/kept" "$DIR/1/srv/hard"
	for top in 2 3 upper; do
		case $top in
		2) mount -t overlay -o "redirect_dir=on,metacopy=on,lowerdir=$DIR/1,upperdir=$DIR/2,workdir=$DIR/build" overlay "$DIR/merged"
			rm -r "$DIR/merged/srv/opaque" "$DIR/merged/srv/gone"
			mkdir "$DIR/merged/srv/opaque"
			echo two >"$DIR/merged/srv/opaque/new"
			mv "$DIR/merged/srv/moved" "$DIR/merged/srv/renamed"
			chmod 4711 "$DIR/merged/srv/mode" ;;
		3) mount -t overlay -o "lowerdir=$DIR/1,upperdir=$DIR/3,workdir=$DIR/build" overlay "$DIR/merged"
			echo three >"$DIR/merged/srv/deep/three"
			chown 33:33 "$DIR/merged/srv/deep/three" ;;
		upper) break ;;
		esac
		umount "$DIR/merged"
		rm -rf "$DIR/build"; mkdir "$DIR/build"
	done
	OPTIONS=redirect_dir=on,metacopy=on,lowerdir=$DIR/3:$DIR/2:$DIR/1,upperdir=$DIR/upper,workdir=$DIR/work${1:+,$1}
	host_mount -t overlay -o "$OPTIONS" overlay "$DIR/merged"
	echo four >"$DIR/merged/srv/upper-file"
	chown 2000:2000 "$DIR/merged/srv/upper-file"
	ROOTFS=$DIR/merged
}

# plain_mount OPTIONS: an overlay at DIR/merged by mount(2). mount(8) has ideas of its own about options,
# and newer ones take no more than 255 bytes of them.
plain_mount() { perl -e 'my ($at, $options) = @ARGV; my $type = "overlay"; syscall(165, $type, $at, $type, 0, $options) == 0 or die "mount: $!\n"' "$DIR/merged" "$1"; }

# tree DIR [SHIFT]: names, types, modes, owners, sizes and what is in the files, ids less SHIFT.
tree() {
	(cd "$1" && find . -xdev \( -path ./proc -o -path ./sys -o -path ./dev -o -path ./run -o -path ./tmp -o -path ./var/tmp \) -prune -o \
		\( -type d -printf '%p %y %m %U %G\n' -o -type l -printf '%p %y %U %G %l\n' -o -type f -printf '%p %y %m %n %s %U %G ' -exec sha256sum {} \; -o -printf '%p %y %m %U %G\n' \)) |
		awk -v shift="${2:-0}" '
			$2 == "d" { $4 -= shift; $5 -= shift }
			$2 == "l" { $3 -= shift; $4 -= shift }
			$2 == "f" { $6 -= shift; $7 -= shift }
			{ print }' | sort
}

layers() { find "$DIR"/{1,2,3,upper} -printf '%P %y %m %U:%G %s %T@ %C@\n' | sort; }

host_root() { awk '{print $2}' "/proc/$PID/uid_map"; }

# same_tree: the container has what the engine has.
same_tree() {
	local want got
	want=$(tree "$ROOTFS")
	got=$(tree "/proc/$PID/root" "$(host_root)")
	equal "$want" "$got" 'the tree in the container'
	matches '(^|'$'\n'')\./srv/opaque/new f ' "$got"
	[[ $got != *hidden* && $got != *srv/gone* && $got != *srv/moved* ]]
	matches './srv/mode f 4711 [0-9]+ 4 1000 1001 ' "$got"
	matches './srv/upper-file f 644 1 5 2000 2000 ' "$got"
}

@test "read-only: the container has the tree of the overlay, with its own ids, and the layers stay" {
	engine_overlay
	local before
	before=$(layers)
	start_container "$writable"
	same_tree
	has_option ro "$PID" /
	has_option nosuid "$PID" /
	matches '^[^ ]* overlay ' "$(mount_at "$PID" /)"
	equal 1 "$(cut -d ' ' -f 5 "/proc/$PID/mountinfo" | grep -cx /)" "mounts at /"
	must delete --force "$ID"
	equal "$before" "$(layers)" 'the layers'
}

@test "read-only: places that are missing are made to mount on, and are not left in the layers" {
	engine_overlay
	local before
	before=$(layers)
	start_script 'cat /missing/deep/file; ls /missing' "$writable"' | .mounts += [
		{destination: "/missing/deep", type: "tmpfs", source: "tmpfs"},
		{destination: "/missing/deep/file", type: "bind", source: $f, options: ["bind", "ro"]}]' --arg f "$DIR/1/srv/kept"
	equal $'lower\ndeep' "$output"
	must delete --force "$ID"
	# From 7.3 on the engine's own overlay is the container's, and gets them as any root does.
	have_kernel 7.3 || equal "$before" "$(layers)" 'the layers'
}

@test "ephemeral: programs write, and what they write is gone" {
	engine_overlay
	local before
	before=$(layers)
	site_policy '{"hardened": {"rootfs": "ephemeral"}}'
	start_script 'echo changed >/srv/kept && rm /srv/upper-file && mkdir /srv/made && chown 1000 /srv/made && mv /srv/renamed /srv/again
		cat /srv/kept /srv/again/file; stat -c "made %u" /srv/made; ls /srv' "$writable | $caps"
	matches $'^changed\none\nmade 1000\n' "$output"
	[[ $output != *upper-file* ]]
	has_option rw "$PID" /
	equal "$(($(host_root) + 1000))" "$(stat -c %u "/proc/$PID/root/srv/made")"
	must delete --force "$ID"
	equal "$before" "$(layers)" 'the layers'
}

@test "as-configured: a writable overlay is refused in words where the kernel cannot id-map it" {
	! have_kernel 7.3 || skip "needs a kernel before 7.3, this is $(uname -r)"
	engine_overlay
	site_policy '{"hardened": {"rootfs": "as-configured"}}'
	bundle "$writable"
	refused 'rule unmappable of policy hardened.*overlay.*"ephemeral" or "read-only"' create --bundle "$BUNDLE" "$ID"
	start_container '.root.readonly = true'
	same_tree
	has_option ro "$PID" /
}

# shared_upper: the policy lets a second overlay write to the engine's upper layer.
shared_upper() {
	! have_kernel 7.3 || skip "needs a kernel before 7.3, this is $(uname -r)"
	site_policy '{"hardened": {"rootfs": "as-configured", "sharedUpper": true}}'
}

@test "sharedUpper: what programs write is in the engine's layer, with the owners that they see" {
	shared_upper
	engine_overlay
	start_script 'echo new >/srv/new && chown 33:34 /srv/new && echo more >>/srv/kept && rm /srv/upper-file && mv /srv/renamed /srv/again &&
		rm -r /srv/opaque && mkdir /srv/opaque && mkdir /srv/deep/made && chmod 2750 /srv/deep && cat /srv/again/file /srv/kept' "$writable | $caps"
	equal $'one\nlower\nmore' "$output"
	has_option rw "$PID" /
	has_option nosuid "$PID" /
	# The mount is one of its own, and not the engine's.
	[ "$(stat -c %d "/proc/$PID/root/srv")" != "$(stat -c %d "$DIR/merged/srv")" ]
	equal "$DIR/orlop-work" "$(echo "$DIR"/orlop-*)"
	must delete --force "$ID"
	[ ! -e "$DIR/orlop-work" ]
	equal $'new 33:34 644\nkept 1000:1001 644\ndeep 0:0 2750\ndeep/made 0:0 755\nagain 0:0 755' "$(cd "$DIR/upper/srv" && stat -c '%n %u:%g %a' new kept deep deep/made again)"
	equal 'character special file 0:0' "$(stat -c '%F %t:%T' "$DIR/upper/srv/upper-file" 2>/dev/null || echo 'character special file 0:0')"
	# As the engine mounts it anew.
	umount "$DIR/merged"
	mount -t overlay -o "$OPTIONS" overlay "$DIR/merged"
	equal $'new\nlower\nmore\none' "$(cat "$DIR/merged/srv"/{new,kept,again/file})"
	[ ! -e "$DIR/merged/srv/upper-file" ] && [ ! -e "$DIR/merged/srv/renamed" ] && [ -z "$(ls -A "$DIR/merged/srv/opaque")" ]
	start_script 'cat /srv/new' "$writable"
	equal new "$output"
}

@test "sharedUpper: a container of a pod writes as the root of the user namespace that it joins" {
	local first
	shared_upper
	start_container '.root.readonly = true'
	first=$PID
	engine_overlay
	start_script 'echo new >/srv/new && mkdir /srv/made && stat -c %u:%g /srv/new /srv/made' "$writable"' |
		.linux.namespaces |= map(if .type == "network" then .path = $p + "net" elif .type == "ipc" then .path = $p + "ipc" else . end)' \
		--arg p "/proc/$first/ns/"
	equal $'0:0\n0:0' "$output"
	equal "$(namespace_of "$first" user)" "$(namespace_of "$PID" user)" "user namespace"
	equal $'0:0\n0:0' "$(stat -c %u:%g "$DIR/upper/srv/new" "$DIR/upper/srv/made")" "on disk"
	must delete --force "$ID"
}

@test "sharedUpper: the container has the tree of the overlay, with its own ids" {
	shared_upper
	engine_overlay
	start_container "$writable"
	same_tree
}

@test "sharedUpper: the engine and the container both make files in the directories that are copied up" {
	shared_upper
	engine_overlay
	disk_dir volume
	start_container "$writable"' | .mounts += [
		{destination: "/dev/v", type: "bind", source: $v, options: ["bind"]},
		{destination: "/srv/deep/three", type: "bind", source: $f, options: ["bind"]},
		{destination: "/missing/deep", type: "bind", source: $v, options: ["bind"]}] | .process.args = ["sh", "-c", $script]' \
		--arg f "$TEST_DIR/layers/1/srv/kept" --arg v "$DIR" --arg script 'until [ -e /dev/v/go ]; do sleep 0.1; done
		echo root:x:0:0 >>/etc/passwd && echo c >/srv/deep/of-c; ls /etc /srv/deep >/dev/null; echo done; exec sleep 1000'
	DIR=$TEST_DIR/layers
	# The engine knows these directories as they are before the container writes.
	ls "$DIR"/merged/{etc,srv/deep} >/dev/null
	touch "$TEST_DIR/volume/go"
	wait_for 20 grep -q '^done$' "$OUT"
	echo e >"$DIR/merged/etc/of-e"
	echo e >"$DIR/merged/srv/deep/of-e"
	[ -d "$DIR/upper/missing/deep" ]
	in_container sh -c 'cat /etc/of-e /srv/deep/of-e /srv/deep/of-c && echo c >/srv/deep/again && echo c >/etc/again && cat /srv/deep/again'
	equal $'e\ne\nc\nc' "$output"
	equal $'c\nroot:x:0:0' "$(cat "$DIR/merged/srv/deep/of-c"; tail -n 1 "$DIR/merged/etc/passwd")"
}

@test "sharedUpper: exec, kill and pause let both look again" {
	local deed
	shared_upper
	engine_overlay
	start_script 'echo v1 >/srv/out; [ ! -e /srv/later ]; echo done' "$writable"
	equal 'done' "$output"
	for deed in "exec $ID true" "kill $ID WINCH" "pause $ID"; do
		equal v1 "$(<"$DIR/merged/srv/out")"
		# Seen as missing by the one, and as it was by the other.
		in_container sh -c 'ls /srv/later 2>/dev/null; echo v2 >/srv/out.new && mv /srv/out.new /srv/out'
		cat "$DIR/merged/srv/out" >/dev/null
		echo e >"$DIR/merged/srv/later"
		# shellcheck disable=SC2086
		must $deed
		equal v2 "$(<"$DIR/merged/srv/out")" "in the engine's overlay after $deed"
		equal e "$(cat "/proc/$PID/root/srv/later")" "in the container after $deed"
		case $deed in pause*) must resume "$ID" ;; esac
		in_container sh -c 'echo v1 >/srv/out.new && mv /srv/out.new /srv/out; rm /srv/later'
	done
}

@test "sharedUpper: a second container of that layer is refused, and what a crash left is not in the way" {
	local first range
	shared_upper
	engine_overlay volatile
	start_container "$writable"
	first=$ID
	range=$(host_root)
	bundle "$writable"
	refused "another container writes to its upper layer \\($STATE $first, by $DIR/orlop-work\\)" create --bundle "$BUNDLE" "$ID"
	[ ! -e "$STATE/$ID" ]
	equal "$STATE $first" "$(<"$DIR/orlop-work/owner")"
	# Its state is lost.
	kill -9 "$PID"
	wait_for 5 eval '! grep -qs "^State:.[RSDT]" "/proc/$PID/status"'
	rm -r "${STATE:?}/$first" "/run/orlop/ids/$range"
	[ -e "$DIR/orlop-work/work/work/incompat/volatile" ]
	start_script 'echo x >/srv/x; cat /srv/x' "$writable"
	equal x "$output"
	must delete --force "$ID"
	[ ! -e "$DIR/orlop-work" ]
	# Nor is anything left where create fails.
	bundle "$writable"' | .process.args = ["/not/there"]'
	refused . create --bundle "$BUNDLE" "$ID"
	[ ! -e "$DIR/orlop-work" ]
	find /sys/fs/cgroup -depth -type d -name "$MARK-*" -exec rmdir {} +
}

@test "sharedUpper: a root that is read-only, and other modes, never write there" {
	shared_upper
	engine_overlay
	local before
	before=$(layers)
	start_container '.root.readonly = true'
	must delete --force "$ID"
	site_policy '{"hardened": {"rootfs": "ephemeral", "sharedUpper": true}}'
	start_script 'echo x >/srv/x' "$writable"
	must delete --force "$ID"
	equal "$before" "$(layers)" 'the layers'
}

@test "as-configured: an overlay is written to where the kernel can id-map it" {
	require_kernel 7.3
	engine_overlay
	site_policy '{"hardened": {"rootfs": "as-configured"}}'
	start_script 'echo new >/srv/new && chown 1000 /srv/new && cat /srv/new' "$writable | $caps"
	equal new "$output"
	has_option idmapped "$PID" /
	equal 1000 "$(stat -c %u "$DIR/upper/srv/new")" 'owner on disk'
}

@test "names of layers with every special byte, relative names and Docker's short ones are found" {
	local name weird='a b:c,d\e#f' link
	engine_overlay
	umount "$DIR/merged"
	mkdir -p "$DIR/home/l" "$DIR/home/$weird" "$DIR/home/own"
	for name in 1 2 3; do
		mkdir "$DIR/home/$name"
		mv "$DIR/$name" "$DIR/home/$name/diff"
	done
	mv "$DIR/home/2/diff" "$DIR/home/$weird/diff"
	mv "$DIR/upper" "$DIR/work" "$DIR/home/own/"
	ln -s ../3/diff "$DIR/home/l/SHORT"
	link="$DIR/home/$weird/diff"
	link=${link//\\/\\\\}; link=${link//:/\\:}; link=${link//,/\\,}
	(cd "$DIR/home" && plain_mount "lowerdir=l/SHORT:$link:1/diff,upperdir=$DIR/home/own/upper,workdir=$DIR/home/own/work,redirect_dir=on,metacopy=on")
	start_container "$writable"
	same_tree
}

@test "layers that are only numbers are found by the file of the engine, or refused" {
	engine_overlay
	umount "$DIR/merged"
	local home=$DIR/home layer
	mkdir -p "$home/l" "$home/own"
	for layer in 1 2 3; do
		# The number is no name, though there is something of this name.
		mkdir "$home/id$layer" "$home/$layer"
		mv "$DIR/$layer" "$home/id$layer/diff"
		ln -s "../id$layer/diff" "$home/l/$layer"
	done
	mv "$DIR/upper" "$home/own/diff"
	mv "$DIR/work" "$home/own/"
	# Podman mounts from a directory of descriptors.
	(cd "$home/l" && mount -t overlay -o "lowerdir=3:2:1,upperdir=$home/own/diff,workdir=$home/own/work,redirect_dir=on,metacopy=on" overlay "$DIR/merged")
	bundle "$writable"
	refused "layers cannot be found: they are named '3'" create --bundle "$BUNDLE" "$ID"
	printf 'l/3:l/2:l/1' >"$home/own/lower"
	start_container "$writable"
	same_tree
	must delete --force "$ID"
	printf 'l/3:l/2' >"$home/own/lower"
	bundle "$writable"
	refused "layers cannot be found: they are named '3'" create --bundle "$BUNDLE" "$ID"
}

# own_ids: mappings of the configuration's own, as Podman asks for.
own_ids='.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 1900000000, size: 65536}] |
	.linux.gidMappings = .linux.uidMappings'

@test "layers that were mounted elsewhere for the overlay are judged by the file of the engine" {
	local home layer=1 policy
	disk_dir layers
	home=$DIR/home
	mkdir -p "$home/l" "$home/id1" "$home/own"/{diff,work,mapped/0} "$DIR/merged"
	cp -a "$ROOTFS" "$home/id1/diff"
	ln -s ../id1/diff "$home/l/1"
	printf 'l/1' >"$home/own/lower"
	mount --bind "$home/id1/diff" "$home/own/mapped/0"
	host_mount -t overlay -o "lowerdir=$home/own/mapped/0,upperdir=$home/own/diff,workdir=$home/own/work" overlay "$DIR/merged"
	umount "$home/own/mapped/0"
	rm -r "$home/own/mapped"
	ROOTFS=$DIR/merged
	for policy in hardened baseline; do
		GLOBAL=(--policy "$policy")
		start_container "$own_ids"
		equal 1900000000 "$(host_root)"
		must delete --force "$ID"
	done
	# With ids of ours the layers would lose those that the engine gave them.
	GLOBAL=(--policy hardened)
	bundle
	refused "open the layer .*/mapped/0 of the overlay" create --bundle "$BUNDLE" "$ID"
	ln -sfn /etc "$home/l/1"
	for policy in hardened baseline; do
		GLOBAL=(--policy "$policy")
		bundle "$own_ids"
		refused "rule mount-sources of policy $policy.*/etc" create --bundle "$BUNDLE" "$ID"
	done
	rm "$home/own/lower"
	bundle "$own_ids"
	refused "open the layer .*/mapped/0 of the overlay" create --bundle "$BUNDLE" "$ID"
}

@test "forty layers and more are one root, and a layer that is gone is a refusal" {
	local i list=''
	disk_dir many
	mkdir "$DIR/upper" "$DIR/work" "$DIR/merged"
	for i in $(seq 128); do
		mkdir "$DIR/n$i"
		echo "$i" >"$DIR/n$i/layer-$i"
		list=n$i${list:+:$list}
	done
	(cd "$DIR" && plain_mount "lowerdir=$list:$ROOTFS,upperdir=$DIR/upper,workdir=$DIR/work")
	HOST_MOUNTS+=("$DIR/merged")
	ROOTFS=$DIR/merged
	start_script 'cat /layer-1 /layer-77 /layer-128; ls / | grep -c layer-' "$writable"
	equal $'1\n77\n128\n128' "$output"
	must delete --force "$ID"
	mv "$DIR/n77" "$DIR/elsewhere"
	bundle "$writable"
	refused 'the overlay .*: its layers cannot be found' create --bundle "$BUNDLE" "$ID"
}

@test "the layer on top has to be the directory that was mounted" {
	engine_overlay
	mv "$DIR/upper" "$DIR/before"
	mkdir "$DIR/upper"
	bundle "$writable"
	refused 'topmost layer is now another directory' create --bundle "$BUNDLE" "$ID"
}

@test "what an engine has mounted below the root is not lost in silence" {
	! have_kernel 7.3 || skip "needs a kernel before 7.3, this is $(uname -r)"
	engine_overlay
	host_mount -t tmpfs tmpfs "$DIR/merged/srv/deep"
	bundle "$writable"
	refused '/srv/deep is mounted below it' create --bundle "$BUNDLE" "$ID"
}

@test "a layer on a file system without ids is refused by name, or mounted without them" {
	! have_kernel 7.3 || skip "needs a kernel before 7.3, this is $(uname -r)"
	disk_dir ram
	mkdir "$DIR"/{lower,upper,work,merged}
	host_mount -t ramfs ramfs "$DIR/lower"
	mkdir "$DIR/lower/ram"
	host_mount -t overlay -o "lowerdir=$DIR/lower:$ROOTFS,upperdir=$DIR/upper,workdir=$DIR/work" overlay "$DIR/merged"
	ROOTFS=$DIR/merged
	bundle "$writable"
	refused "rule unmappable of policy hardened.*$DIR/lower cannot be id-mapped .*its file system is ramfs" create --bundle "$BUNDLE" "$ID"
	site_policy '{"hardened": {"unmappable": "read-only"}}'
	start_container "$writable"
	has_option ro "$PID" /
	equal 0 "$(stat -c %u "/proc/$PID/root/ram")" 'owner, as the host has it'
}

@test "an overlay of what may not be mounted is refused, under baseline too" {
	local policy
	disk_dir layers
	mkdir "$DIR/merged"
	host_mount -t overlay -o "lowerdir=/etc:$ROOTFS" overlay "$DIR/merged"
	ROOTFS=$DIR/merged
	bundle "$writable"
	for policy in hardened baseline; do
		GLOBAL=(--policy "$policy")
		refused "rule mount-sources of policy $policy.*/etc" create --bundle "$BUNDLE" "$ID"
	done
}

@test "two containers of one overlay have ranges of their own and see the same owners" {
	engine_overlay
	local first
	start_script 'stat -c %u:%g /srv/kept /srv/deep/three' "$writable"
	equal $'1000:1001\n33:33' "$output"
	first=$(host_root)
	start_script 'stat -c %u:%g /srv/kept /srv/deep/three' "$writable"
	equal $'1000:1001\n33:33' "$output"
	[ "$first" != "$(host_root)" ]
}

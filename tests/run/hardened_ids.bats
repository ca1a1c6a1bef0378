# SPDX-License-Identifier: Apache-2.0
# Copyright the orlop authors
#
# Ids under policy hardened: a range for each container, and files on disk that keep their owners.

load ../lib/orlop
load support

setup() {
	orlop_setup
	GLOBAL=(--policy hardened)
}

# The registry's entries that name a container of this test.
ranges() { grep -ls "$MARK-" /run/orlop/ids/* 2>/dev/null || :; }

@test "two containers have ranges of their own, and give them back" {
	local first second id
	start_container
	first=$(first_id "$PID")
	id=$ID
	start_container '.process.user = {uid: 1000, gid: 1000}'
	second=$(first_id "$PID")
	[ "$first" -ge 524288 ]
	[ "$second" -ge 524288 ]
	[ $((second + 65536)) -le 1879048192 ]
	[ "$first" -ge $((second + 65536)) ] || [ "$second" -ge $((first + 65536)) ]
	equal "$((second + 1000))" "$(stat -c %u "/proc/$PID")" "host id of user 1000"
	equal "$(namespace_of "$PID" user)" "$(readlink "/proc/$PID/ns/user")"
	equal 2 "$(ranges | wc -l)" "ranges that are taken"
	must delete --force "$id"
	must delete --force "$ID"
	equal 0 "$(ranges | wc -l)" "ranges that are taken"
	# The host knows no user in the range.
	! awk -F: -v a="$first" '$3 >= a && $3 < a + 65536 { found = 1 } END { exit !found }' /etc/passwd || return 1
}

@test "a range that a host user has been given is passed over" {
	[ "${ORLOP_ISOLATE:-}" = 1 ] || skip "mounts over /etc/subuid: run it by tests/run/here"
	printf 'user:524288:655360\n' >"$TEST_DIR/subuid"
	touch /etc/subuid
	mount --bind "$TEST_DIR/subuid" /etc/subuid
	HOST_MOUNTS+=(/etc/subuid)
	start_container
	[ "$(first_id "$PID")" -ge $((524288 + 655360)) ]
}

@test "files on a volume keep their owners" {
	disk_dir below
	echo x >"$DIR/file"
	disk_dir volume
	echo x >"$DIR/of-root"
	echo x >"$DIR/of-user"
	chown 1000:2000 "$DIR/of-user"
	chmod 600 "$DIR/of-user"
	mkdir "$DIR/sub"
	chmod 777 "$DIR"
	host_mount --bind "$TEST_DIR/below" "$DIR/sub"
	start_script 'cd /dev/v; stat -c "%n %u:%g" of-root of-user sub/file; echo y >new; echo y >given; chown 1000:2000 given; echo y >sub/new
		echo more >>of-user && echo "overridden"' \
		'.mounts += [{destination: "/dev/v", type: "bind", source: $d, options: ["rbind"]}] |
		(.process.capabilities[]) += ["CAP_CHOWN", "CAP_DAC_OVERRIDE"]' --arg d "$DIR"
	equal $'of-root 0:0\nof-user 1000:2000\nsub/file 0:0\noverridden' "$output"
	equal '0:0 1000:2000 0:0' "$(stat -c %u:%g "$DIR/new" "$DIR/given" "$DIR/sub/new" | tr '\n' ' ' | sed 's/ $//')" "owners on disk"
	has_option idmapped "$PID" /dev/v
	has_option idmapped "$PID" /dev/v/sub
	has_option idmapped "$PID" /
}

@test "a user namespace of the configuration without mappings has a range of its own" {
	start_container '.linux.namespaces += [{type: "user"}]'
	[ "$(first_id "$PID")" -ge 524288 ]
	equal 1 "$(ranges | wc -l)" "ranges that are taken"
	has_option idmapped "$PID" /
	must delete --force "$ID"
	equal 0 "$(ranges | wc -l)" "ranges that are taken"
}

@test "what cannot be id-mapped is mounted read-only where the policy says so" {
	site_policy '{"hardened": {"unmappable": "read-only"}}'
	disk_dir ram
	host_mount -t ramfs ramfs "$DIR"
	echo text >"$DIR/file"
	start_script 'cat /dev/v/file; echo x >/dev/v/file' '.mounts += [{destination: "/dev/v", type: "bind", source: $d, options: ["rbind"]}]' --arg d "$DIR"
	equal text "$output"
	has_option ro "$PID" /dev/v
	no_option idmapped "$PID" /dev/v
}

@test "a large user id makes the range grow, one beyond it is refused" {
	start_container '.process.user = {uid: 70000, gid: 70000}'
	matches '^ *0 +[0-9]+ +131072$' "$(<"/proc/$PID/uid_map")" uid_map
	equal "$(($(first_id "$PID") + 70000))" "$(stat -c %u "/proc/$PID")"
	bundle '.process.user.uid = 1000650000'
	refused 'rule user-namespace of policy hardened' create --bundle "$BUNDLE" "$ID"
}

@test "pipes that are standard output and error can be opened again" {
	local user reader
	for user in 0 1000; do
		bundle '.process.user = {uid: $u, gid: $u} | .process.args = ["sh", "-c", "echo out >/dev/stdout; echo err >/dev/stderr; echo fd >/proc/self/fd/1"]' \
			--argjson u "$user"
		mkfifo "$TEST_DIR/pipe-$user"
		cat "$TEST_DIR/pipe-$user" >"$TEST_DIR/err-$user" 3>&- &
		reader=$!
		status=0
		output=$(ORLOP_TEST=$MARK- "$ORLOP" --root "$STATE" run --bundle "$BUNDLE" "$ID" 2>"$TEST_DIR/pipe-$user" 3>&-) || status=$?
		wait "$reader"
		equal "0 out fd err" "$status $(tr '\n' ' ' <<<"$output")$(<"$TEST_DIR/err-$user")" "user $user"
	done
}

@test "the terminal belongs to the container's user" {
	bundle '.process.terminal = true | .process.user = {uid: 1000, gid: 1000} |
		.process.args = ["sh", "-c", "tty; stat -c %u /dev/pts/0; echo x >/dev/tty && echo y >/dev/console && echo z >/dev/stderr"]'
	must run --bundle "$BUNDLE" "$ID"
	equal $'/dev/pts/0\n1000\nx\ny\nz' "$output"
}

@test "the caller's terminal is the container's while it runs, and the caller's again" {
	require_program script
	local name
	# It runs, and it does not come to that.
	bundle '.process.args = ["sh", "-c", $script]' --arg script 'for fd in 0 1; do stat -L -c "inside %u" /proc/self/fd/$fd; done'
	cp -r "$BUNDLE" "$BUNDLE-missing"
	BUNDLE=$BUNDLE-missing edit '.process.args = ["/missing"]'
	for name in "$BUNDLE" "$BUNDLE-missing"; do
		printf '%s\n' '#!/bin/sh' 'before=$(stat -L -c %u /proc/self/fd/0)' '"$ORLOP" --root "$STATE" run --bundle "$NAME" "$ID"' \
			'echo "status $? owner $before $(stat -L -c %u /proc/self/fd/0)"' >"$TEST_DIR/session"
		chmod 755 "$TEST_DIR/session"
		ORLOP_TEST=$MARK- NAME=$name STATE=$STATE ID=$ID ORLOP=$ORLOP script -qec "$TEST_DIR/session" /dev/null </dev/null >"$TEST_DIR/typescript" 3>&-
		case $name in
		*-missing) matches 'status 1 owner 0 0' "$(<"$TEST_DIR/typescript")" ;;
		*) matches 'inside 0.*inside 0.*status 0 owner 0 0' "$(<"$TEST_DIR/typescript")" ;;
		esac
	done
}

@test "groups that may ping are limited to those that are mapped" {
	start_script 'cat /proc/sys/net/ipv4/ping_group_range /proc/sys/net/ipv4/ip_unprivileged_port_start' \
		'.linux.sysctl = {"net.ipv4.ping_group_range": "0 2147483647", "net.ipv4.ip_unprivileged_port_start": "0"}'
	equal $'0\t65535\n0' "$output"
}

@test "device nodes are usable, and no others can be made" {
	with_probe
	start_script 'for d in null zero full random urandom tty; do stat -c "%n %F %a %u:%g" /dev/$d; done; echo x >/dev/null && head -c 4 /dev/urandom | wc -c
		mknod /dev/x c 1 3 2>/dev/null || echo "mknod no"' '(.process.capabilities[]) += ["CAP_MKNOD"]'
	equal 6 "$(grep -c 'character special file 666 0:0' <<<"$output")"
	matches $'\n4\n' "$output"
	equal no "$(line mknod)"
}

@test "a mapping of the configuration is taken as it is" {
	copied_rootfs
	chown -hR 400000:400000 "$ROOTFS"
	start_script 'stat -c %u /bin/busybox' '.linux.namespaces += [{type: "user"}] |
		.linux.uidMappings = [{containerID: 0, hostID: 400000, size: 65536}] | .linux.gidMappings = .linux.uidMappings'
	equal 400000 "$(first_id "$PID")"
	equal 0 "$output"
	no_option idmapped "$PID" /
	equal 0 "$(ranges | wc -l)"
}

@test "a network namespace that an engine made is joined" {
	mkdir "$TEST_DIR/ns"
	touch "$TEST_DIR/ns/net"
	unshare --net="$TEST_DIR/ns/net" ip link set lo up 2>/dev/null || unshare --net="$TEST_DIR/ns/net" true
	HOST_MOUNTS+=("$TEST_DIR/ns/net")
	start_script 'cat /sys/class/net/lo/flags /proc/sys/net/ipv4/ip_forward' '(.linux.namespaces[] | select(.type == "network")).path = $p |
		.linux.sysctl = {"net.ipv4.ip_forward": "1"}' --arg p "$TEST_DIR/ns/net"
	equal "$(stat -L -c %i "$TEST_DIR/ns/net")" "$(stat -L -c %i "/proc/$PID/ns/net")" "network namespace"
	own_namespace "$PID" user net
	equal 1 "$(tail -n 1 <<<"$output")"
}

@test "a low port can be bound in a network namespace that an engine made, with the capability for it" {
	mkdir "$TEST_DIR/ns"
	touch "$TEST_DIR/ns/net" "$TEST_DIR/ns/other"
	unshare --net="$TEST_DIR/ns/net" true
	unshare --net="$TEST_DIR/ns/other" true
	HOST_MOUNTS+=("$TEST_DIR/ns/net" "$TEST_DIR/ns/other")
	start_script 'cat /proc/sys/net/ipv4/ip_unprivileged_port_start; httpd -p 127.0.0.1:80 -h / && echo bound' \
		'(.linux.namespaces[] | select(.type == "network")).path = $p' --arg p "$TEST_DIR/ns/net"
	equal $'0\nbound' "$output"
	must delete --force "$ID"
	start_script 'cat /proc/sys/net/ipv4/ip_unprivileged_port_start; httpd -p 127.0.0.1:80 -h / || echo refused' \
		'(.linux.namespaces[] | select(.type == "network")).path = $p | .process.capabilities[] |= map(select(. != "CAP_NET_BIND_SERVICE"))' \
		--arg p "$TEST_DIR/ns/other"
	equal $'1024\nrefused' "$output"
}

# one_range: the pool has room for one container.
one_range() {
	site_policy '{"hardened": {"pool": {"first": 1048576, "last": 1114111}}}'
}

# hidden DIR ARGUMENT...: call the runtime with another state directory in a mount namespace in which DIR is an
# empty directory. Sets status, errors.
hidden() {
	local dir=$1
	shift
	status=0
	# shellcheck disable=SC2016
	ORLOP_TEST=$MARK- unshare --mount --propagation private sh -ec 'mount -t tmpfs tmpfs "$1" && shift && exec "$@"' - "$dir" \
		"$ORLOP" --root "$TEST_DIR/elsewhere" "${GLOBAL[@]}" "$@" >"$TEST_DIR/out" 2>"$TEST_DIR/err" 3>&- || status=$?
	errors=$(<"$TEST_DIR/err")
}

@test "a range is not free because the state of its container is hidden from the caller" {
	local at first
	one_range
	mkdir -m 700 "$TEST_DIR/above"
	STATE=$TEST_DIR/above/state
	start_container
	first=$ID
	# The directory is another one, and it is not there at all.
	for at in "$STATE" "$TEST_DIR/above"; do
		bundle '.process.args = ["true"]'
		hidden "$at" run --bundle "$BUNDLE" "$ID"
		exits 1
		matches 'no range of 65536 host ids is free' "$errors"
	done
	# Nor is that of one that has no process: it may be about to have one.
	must kill "$first" KILL
	wait_for_status "$first" stopped
	for at in "$STATE" "$TEST_DIR/above"; do
		hidden "$at" run --bundle "$BUNDLE" "$ID"
		exits 1
	done
	must delete --force "$first"
	hidden "$TEST_DIR/above" run --bundle "$BUNDLE" "$ID"
	equal 0 "$status" "status once it is free: $errors"
}

@test "a range is free when the state of its container is gone, and not before its processes are" {
	local pid
	one_range
	start_container
	pid=$PID
	rm -r "${STATE:?}/$ID"
	bundle '.process.args = ["true"]'
	refused 'no range of 65536 host ids is free' run --bundle "$BUNDLE" "$ID"
	kill -9 "$pid"
	wait_for 5 eval '! grep -qs "^State:.[RSDT]" "/proc/$pid/status"'
	must run --bundle "$BUNDLE" "$ID"
	find /sys/fs/cgroup -depth -type d -name "$MARK-*" -exec rmdir {} +
}

@test "a range of another boot is free, and one whose entry cannot be read is not" {
	local entry=/run/orlop/ids/1048576
	one_range
	start_container
	must delete --force "$ID"
	bundle '.process.args = ["true"]'
	for text in garbage "/nowhere $MARK-old" $'/nowhere '"$MARK"$'-old\nboot'; do
		printf '%s\n' "$text" >"$entry"
		refused 'no range of 65536 host ids is free' run --bundle "$BUNDLE" "$ID"
	done
	printf '%s\n' "/nowhere $MARK-old" 'boot 11111111-2222-3333-4444-555555555555' 'pid-namespace 1' 'state-root 1:2:3' >"$entry"
	must run --bundle "$BUNDLE" "$ID"
	# Made, and its maker was killed before it could write.
	: >"$entry"
	must run --bundle "$BUNDLE" "$ID"
	[ ! -e "$entry" ]
}

@test "the user namespace of another container is joined with its pod, and not by itself" {
	local first
	with_probe
	start_container
	first=$PID
	bundle '.linux.namespaces |= map(select(.type != "user")) + [{type: "user", path: $p}] | .process.args = ["true"]' \
		--arg p "/proc/$first/ns/user"
	refused 'rule host-ids of policy hardened.*belong to container' run --bundle "$BUNDLE" "$ID"
	edit '.linux.namespaces |= map(if .type == "network" then .path = $p + "net" elif .type == "ipc" then .path = $p + "ipc" else . end) |
		.process.args = ["sleep", "1000"]' --arg p "/proc/$first/ns/"
	must run --detach --bundle "$BUNDLE" --pid-file "$BUNDLE/pid" "$ID"
	PID=$(<"$BUNDLE/pid")
	equal "$(namespace_of "$first" user)" "$(namespace_of "$PID" user)" "user namespace"
	# A namespace of the host's owner beside it is no sign of a pod.
	touch "$TEST_DIR/net"
	unshare --net="$TEST_DIR/net" true
	HOST_MOUNTS+=("$TEST_DIR/net")
	bundle '.linux.namespaces |= map(select(.type != "user" and .type != "network")) + [{type: "user", path: $p}, {type: "network", path: $n}] |
		.process.args = ["true"]' --arg p "/proc/$first/ns/user" --arg n "$TEST_DIR/net"
	refused 'rule host-ids of policy hardened.*belong to container' run --bundle "$BUNDLE" "$ID"
}

# pod_of PID: a bundle of a container that joins the pid, network and ipc namespaces of that process.
pod_of() {
	bundle '.linux.namespaces |= map(if .type == "pid" or .type == "network" or .type == "ipc" then .path = $p + (.type | if . == "network" then "net" else . end)
		else . end) | .process.args = ["sleep", "1000"]' --arg p "/proc/$1/ns/"
}

@test "a container that joins another's namespaces is in its user namespace, and has its ids" {
	local first held
	start_container
	first=$PID
	held=$(ranges)
	pod_of "$first"
	must run --detach --bundle "$BUNDLE" --pid-file "$BUNDLE/pid" "$ID"
	PID=$(<"$BUNDLE/pid")
	equal "$(namespace_of "$first" user)" "$(namespace_of "$PID" user)" "user namespace"
	equal "$(namespace_of "$first" pid)" "$(namespace_of "$PID" pid)" "pid namespace"
	equal "$(proc_status "$first" Uid)" "$(proc_status "$PID" Uid)" "ids on the host"
	equal "$held" "$(ranges)" "ranges"
	has_option idmapped "$PID" /
	must exec --user 1000:1000 "$ID" sh -c 'echo $(id -u) $(cat /proc/1/comm)'
	equal "1000 $(cat "/proc/$first/comm")" "$output"
	runtime exec "$ID" sh -c 'ls -ldn /bin /proc/1'
	equal "0 0 0 0" "$(awk '{ print $3, $4 }' <<<"$output" | xargs)"
	must delete --force "$ID"
	own_namespace "$first" user
	equal "$held" "$(ranges)" "ranges"
}

@test "a user namespace that orlop did not make is not joined with what it owns" {
	GLOBAL=(--policy oci)
	start_container '.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 400000, size: 1000}] |
		.linux.gidMappings = .linux.uidMappings'
	GLOBAL=(--policy hardened)
	pod_of "$PID"
	refused 'rule host-ids of policy hardened.*orlop did not make' run --detach --bundle "$BUNDLE" "$ID"
	# Its own word is taken.
	edit '.linux.namespaces += [{type: "user", path: $p}]' --arg p "/proc/$PID/ns/user"
	must run --detach --bundle "$BUNDLE" --pid-file "$BUNDLE/pid" "$ID"
	equal "$(namespace_of "$PID" user)" "$(namespace_of "$(<"$BUNDLE/pid")" user)" "user namespace"
}

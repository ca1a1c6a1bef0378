# SPDX-License-Identifier: Apache-2.0
# Copyright the orlop authors
#
# /dev, linux.devices and the device program of the cgroup under policy oci.

load ../lib/orlop
load support

setup() {
	orlop_setup
	GLOBAL=(--policy oci)
}

# kmsg is a device that no container has by default, and that can be opened for writing without harm.
kmsg='.linux.devices = [{path: "/dev/kmsg", type: "c", major: 1, minor: 11, fileMode: 438}]'

# what a shell says when it opens the node for writing
try_kmsg='(: >/dev/kmsg) 2>/dev/null && echo "write yes" || echo "write no"'

@test "/dev has the default nodes and links, and nothing else" {
	local row
	start_script 'cd /dev && stat -c "%n %F %t:%T %a %u:%g" null zero full random urandom tty
		for l in fd stdin stdout stderr ptmx; do echo "$l $(readlink $l)"; done
		echo "all $(ls -A | tr "\n" " ")"; echo x >null && head -c 2 zero | wc -c; stat -c "%a" /dev /dev/pts /dev/shm'
	for row in 'null 1:3' 'zero 1:5' 'full 1:7' 'random 1:8' 'urandom 1:9' 'tty 5:0'; do
		equal "character special file ${row#* } 666 0:0" "$(line "${row% *}")" "/dev/${row% *}"
	done
	equal /proc/self/fd "$(line fd)"
	equal /proc/self/fd/0 "$(line stdin)"
	equal /proc/self/fd/1 "$(line stdout)"
	equal /proc/self/fd/2 "$(line stderr)"
	equal pts/ptmx "$(line ptmx)"
	equal 'fd full mqueue null ptmx pts random shm stderr stdin stdout tty urandom zero ' "$(line all)"
	matches '^rw,nosuid tmpfs tmpfs .*size=65536k,.*mode=755' "$(mount_at "$PID" /dev)"
	matches $'\n2\n755\n755\n1777$' "$output"
}

@test "/dev can be read-only, and is there when no mount names it" {
	start_script 'touch /dev/x || echo "touch no"; echo x >/dev/null && echo "null yes"' \
		'(.mounts[] | select(.destination == "/dev")).options += ["ro"]'
	has_option ro "$PID" /dev
	equal no "$(line touch)"
	equal yes "$(line null)"
	start_script 'echo x >/dev/null && echo "null yes"' '.mounts |= map(select(.destination | startswith("/dev") | not))'
	matches ' tmpfs ' "$(mount_at "$PID" /dev)"
	equal yes "$(line null)"
}

@test "linux.devices makes nodes of all types, in and outside of /dev" {
	copied_rootfs
	start_script 'stat -c "%n %F %t:%T %a %u:%g" /dev/char /dev/sub/block /dev/fifo /opt/char; echo x >/opt/char && echo opened' '.root.readonly = false |
		.linux.devices = [
		{path: "/dev/char", type: "c", major: 1, minor: 3, fileMode: 416, uid: 1000, gid: 2000},
		{path: "/dev/sub/block", type: "b", major: 7, minor: 200},
		{path: "/dev/fifo", type: "p", major: 9, minor: 9, fileMode: 384},
		{path: "/opt/char", type: "u", major: 1, minor: 3, fileMode: 438},
		{path: "/dev/null", type: "c", major: 1, minor: 3, fileMode: 0},
		{path: "/dev/ptmx", type: "c", major: 5, minor: 2}]'
	equal '/dev/char character special file 1:3 640 1000:2000
/dev/sub/block block special file 7:c8 666 0:0
/dev/fifo fifo 0:0 600 0:0
/opt/char character special file 1:3 666 0:0
opened' "$output"
	equal 'character special file 666' "$(stat -c '%F %a' "/proc/$PID/root/dev/null")" "a default node that is listed again"
	# In the image there is a mount point at most.
	[ ! -c "$ROOTFS/opt/char" ]
}

@test "an entry that contradicts a default node is refused" {
	refused_each /linux/devices/0 '.linux.devices = [{path: "/dev/null", type: "c", major: 1, minor: 5}]' \
		/linux/devices/0 '.linux.devices = [{path: "dev/x", type: "c", major: 1, minor: 5}]' \
		/linux/devices/0 '.linux.devices = [{path: "/dev/x", type: "c"}]'
}

@test "the device program denies what is not allowed, with rules and without" {
	FILTER="$kmsg" run_command sh -c "$try_kmsg; echo x >/dev/null && echo null"
	equal $'write no\nnull' "$output" "deny all, then nothing"
	FILTER="$kmsg | del(.linux.resources)" run_command sh -c "$try_kmsg; echo x >/dev/null && echo null"
	equal $'write no\nnull' "$output" "no rules at all"
}

@test "the device program lets pass what is allowed, the last rule wins" {
	local row i want=() filters=()
	for row in 'yes|{allow: true, type: "c", major: 1, minor: 11, access: "rwm"}' \
		'yes|{allow: true, type: "c", major: 1, minor: 11, access: "w"}' \
		'no|{allow: true, type: "c", major: 1, minor: 11, access: "r"}' \
		'yes|{allow: true, type: "c", major: 1, access: "rw"}' \
		'no|{allow: true, type: "c", major: 10, minor: 11, access: "rwm"}' \
		'no|{allow: true, type: "c", major: 1, minor: 10, access: "rwm"}' \
		'yes|{allow: true, type: "c", minor: 11, access: "rwm"}' \
		'no|{allow: true, type: "b", major: 1, minor: 11, access: "rwm"}' \
		'yes|{allow: true, access: "rwm"}' \
		'no|{allow: true, type: "c", major: 1, minor: 11, access: "rw"}, {allow: false, type: "c", major: 1, minor: 11, access: "w"}' \
		'no|{allow: true, access: "rwm"}, {allow: false, type: "c", major: 1, minor: 11, access: "rwm"}'; do
		want+=("${row%%|*}")
		filters+=("$kmsg | .process.args = [\"sh\", \"-c\", $(json "$try_kmsg")] | .linux.resources.devices += [${row#*|}]")
	done
	variants "${filters[@]}"
	for i in "${!want[@]}"; do
		use_variant "$i"
		runtime run --bundle "$BUNDLE" "$ID"
		equal "write ${want[i]}" "$output" "${filters[i]}"
	done
}

@test "nodes can be made when the capability is there, and opened only when allowed" {
	local caps='(.process.capabilities[]) += ["CAP_MKNOD"] |
		.mounts += [{destination: "/dev/made", type: "tmpfs", source: "tmpfs"}]'
	local script='cd /dev/made; mknod k c 1 11 && echo made || echo refused; [ -c k ] && { (: >k) 2>/dev/null && echo opened || echo shut; }
		mknod n c 1 3 && echo x >n && echo null'
	FILTER=$caps run_command sh -c "$script"
	equal $'made\nshut\nnull' "$output"
	FILTER="$caps | .linux.resources.devices += [{allow: false, type: \"c\", major: 1, minor: 11, access: \"m\"}]" \
		run_command sh -c "$script"
	equal $'refused\nnull' "$output"
}

@test "the program holds for the mounts of the host as well" {
	disk_dir volume
	mknod "$DIR/kmsg" c 1 11
	chmod 666 "$DIR/kmsg"
	FILTER=".mounts += [{destination: \"/dev/volume\", type: \"bind\", source: \"$DIR\", options: [\"bind\", \"dev\"]}]"
	run_command sh -c '(: >/dev/volume/kmsg) 2>&1'
	[ "$status" -ne 0 ]
	matches 'Operation not permitted' "$output"
}

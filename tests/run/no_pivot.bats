# SPDX-License-Identifier: Apache-2.0
# Copyright the orlop authors
#
# A root by chroot, where pivot_root(2) cannot be used: what --no-pivot keeps, and what it gives up.

load ../lib/orlop
load support

setup() {
	orlop_setup
	GLOBAL=(--policy oci)
}

# is_root PID: the process's root is the bundle's, by its inode.
is_root() { equal "$(stat -c %d:%i "$ROOTFS")" "$(stat -L -c %d:%i "/proc/$1/root")" "root of $1"; }

@test "a root without pivot_root, under --no-pivot of create and run" {
	bundle '.process.args = ["sh", "-c", "echo $(ls -d /bin/sh /../bin/sh) $(cat /proc/self/comm); cd /..; pwd; exec sleep 1000"]'
	must create --no-pivot --bundle "$BUNDLE" --pid-file "$BUNDLE/pid" "$ID"
	PID=$(<"$BUNDLE/pid")
	must start "$ID"
	wait_for 10 grep -q '^/$' "$TEST_DIR/out.1"
	equal $'/../bin/sh /bin/sh cat\n/' "$(<"$TEST_DIR/out.1")"
	is_root "$PID"
	bundle '.process.args = ["sh", "-c", "ls /proc/1/exe /sys/kernel >/dev/null && grep -c . /proc/self/mountinfo"]'
	must run --no-pivot --bundle "$BUNDLE" "$ID"
	[ "$output" -gt 3 ]
	# Nothing of it reached the host.
	[ -e /proc/self/stat ] && [ -e /sys/kernel ]
}

@test "mounts, masks, a read-only root and devices are as with pivot_root" {
	bundle '.process.args = ["sh", "-c", "touch /x 2>&1; cat /proc/kcore | wc -c; echo y >/dev/null && echo null; wc -c </proc/timer_list"] |
		.linux.maskedPaths += ["/proc/kcore", "/proc/timer_list"]'
	must run --no-pivot --bundle "$BUNDLE" "$ID"
	matches 'Read-only file system' "$output"
	matches $'\n0\nnull\n0$' "$output"
}

@test "the host's proc is not there to be uncovered" {
	local all='"CAP_SYS_ADMIN", "CAP_SYS_CHROOT", "CAP_SETUID", "CAP_SETGID", "CAP_SETFCAP"'
	local filter="(.process.capabilities | .bounding, .effective, .permitted) = [$all] |
		.mounts += [{destination: \"/mnt\", type: \"tmpfs\", source: \"tmpfs\"}] |
		.linux.maskedPaths = [\"/proc/kcore\", \"/proc/keys\", \"/proc/sys\"] | .process.noNewPrivileges = false |
		.process.args = [\"sh\", \"-c\", \"unshare -U -r -m -p -f mount -t proc none /mnt 2>&1 && echo mounted; unshare -U -r true && echo allowed\"]"
	bundle "$filter | .linux.maskedPaths = [] | .linux.readonlyPaths = []"
	must run --bundle "$BUNDLE" "$ID"
	[[ $output == *mounted* ]] || skip "this kernel mounts no proc in a new user namespace"
	bundle "$filter"
	runtime run --bundle "$BUNDLE" "$ID"
	equal allowed "$(tail -n 1 <<<"$output")" "user namespaces with pivot_root"
	[[ $output != *mounted* ]]
	bundle "$filter"
	runtime run --no-pivot --bundle "$BUNDLE" "$ID"
	equal allowed "$(tail -n 1 <<<"$output")" "user namespaces without"
	[[ $output != *mounted* ]]
}

@test "a root without pivot_root where hooks have found it" {
	bundle '.process.args = ["sh", "-c", "ls -d /bin/sh; cd /..; pwd"] | .hooks = {createContainer: [{path: "/bin/true"}]}'
	must run --no-pivot --bundle "$BUNDLE" "$ID"
	equal $'/bin/sh\n/' "$output"
}

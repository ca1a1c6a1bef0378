# SPDX-License-Identifier: Apache-2.0
# Copyright the orlop authors
#
# tests/helpers/probes tries, in a container, what programs that want out of one try. Under policy hardened
# nothing is open; in a container with all privileges most is, or the probes would show nothing.

load ../lib/orlop

setup() {
	orlop_setup
	require_root
	require_helper probes
	own_rootfs
	cp "$ORLOP_HELPERS/probes" "$ROOTFS/bin/probes"
}

probe() {
	bundle "$1 | .process.args = [\"/bin/probes\"] + \$ARGS.positional" \
		--args "$(readlink /proc/self/ns/mnt)" "$(readlink /proc/self/ns/net)" "$(readlink /proc/self/ns/user)"
	must run --bundle "$BUNDLE" "$ID"
	grep -q '^P-00 all' <<<"$output" || {
		show_call "the probes did not come to their end"
		return 1
	}
	# None has been lost on the way.
	[ "$(wc -l <<<"$output")" -ge 270 ] || {
		show_call "too few probes"
		return 1
	}
}

nothing_open() { ! grep ' OPEN ' <<<"$output"; }

@test "nothing is open under hardened" {
	GLOBAL=(--policy hardened)
	probe .
	nothing_open
}

@test "nothing is open under hardened when the configuration asks for all that is not refused" {
	GLOBAL=(--policy hardened)
	probe '.process.capabilities |= map_values(["CAP_CHOWN", "CAP_SYS_PTRACE", "CAP_SYS_CHROOT", "CAP_NET_RAW", "CAP_MKNOD", "CAP_DAC_READ_SEARCH"]) |
		.process.noNewPrivileges = false | .root.readonly = false | .process.oomScoreAdj = -1000 |
		.linux.maskedPaths = [] | .linux.readonlyPaths = [] |
		(.mounts[] | select(.destination | startswith("/sys"))).options = ["rw"]'
	nothing_open
}

@test "nothing is open under hardened to a user" {
	GLOBAL=(--policy hardened)
	probe '.process.user = {uid: 1000, gid: 1000}'
	nothing_open
}

@test "most is open in a container with all privileges" {
	local name count
	GLOBAL=(--policy oci)
	probe "$all_capabilities"' | .process.noNewPrivileges = false | .root.readonly = false | .linux.maskedPaths = [] |
		.linux.readonlyPaths = [] | .linux.resources.devices = [{allow: true, access: "rwm"}] |
		(.mounts[] | select(.destination | startswith("/sys"))).options = []'
	count=$(grep -c ' OPEN ' <<<"$output")
	[ "$count" -ge 80 ] || show_call "only $count are open"
	for name in bounding no-new-privs seccomp-mode namespace-user unshare-user unshare-mnt clone-user setns mount umount2 \
		fsopen open_tree bpf keyctl add_key ptrace pidfd_getfd open_by_handle_at acct personality tiocsti netlink-6 raw \
		/proc/sys/kernel/core_pattern create-in-/etc \
		any-of-proc pagemap noexec /proc/sys/kernel/perf_event_paranoid; do
		grep -q "^P-[0-9]* $name OPEN " <<<"$output" || {
			echo "$name is not open: $(grep "^P-[0-9]* $name " <<<"$output")"
			return 1
		}
	done
}

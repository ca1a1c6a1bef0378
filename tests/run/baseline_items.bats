# SPDX-License-Identifier: Apache-2.0
# Copyright the orlop authors
#
# Policy baseline: what engines do by default, made unconditional. What it adds, what it refuses,
# and what it leaves as configured.

load ../lib/orlop
load support

setup() {
	orlop_setup
	GLOBAL=(--policy baseline)
}

# denied ITEM JQ-FILTER [ITEM JQ-FILTER]...: create refuses each in the rule's words.
denied() {
	local -; set +T
	local checks=()
	while [ $# -gt 1 ]; do
		checks+=("rule $1 of policy baseline" "$2")
		shift 2
	done
	refused_each "${checks[@]}"
}

without() { printf 'del(.linux.namespaces[] | select(.type == "%s"))' "$1"; }

@test "baseline adds a filter, masks, a capability ceiling and a label" {
	local fourteen='AUDIT_WRITE CHOWN DAC_OVERRIDE FOWNER FSETID KILL MKNOD NET_BIND_SERVICE NET_RAW SETFCAP SETGID SETPCAP SETUID SYS_CHROOT'
	copied_rootfs
	with_probe
	start_script 'probe syscall ustat=136,0,0 keyctl=250,0,-3,0 mount=165,0,0,0,0,0' 'del(.linux.maskedPaths, .linux.readonlyPaths) |
		(.process.capabilities | .bounding, .effective, .permitted) = ["CAP_'"${fourteen// /\", \"CAP_}"'", "CAP_SYS_TIME", "CAP_SYS_PTRACE", "CAP_BPF"] |
		.root.readonly = false | .linux.rootfsPropagation = "shared"'
	# moby's fourteen.
	equal '00000000a80425fb 00000000a80425fb' "$(proc_status "$PID" CapBnd) $(proc_status "$PID" CapEff)"
	equal '2 1' "$(proc_status "$PID" Seccomp) $(proc_status "$PID" Seccomp_filters)"
	equal $'ustat ENOSYS\nkeyctl EPERM\nmount EPERM' "$output"
	has_option ro "$PID" /proc/timer_list
	has_option ro "$PID" /sys/firmware
	has_option ro "$PID" /proc/sys
	equal '' "$(optional_fields "$PID" /)" propagation
	! have_apparmor || equal 'orlop-default (enforce)' "$(label_of "$PID")"
}

@test "baseline leaves ids, root, privileges and limits as configured" {
	copied_rootfs
	start_script 'echo x >/written; cat /proc/sys/vm/memfd_noexec 2>/dev/null || echo 0' \
		'.root.readonly = false | .process.noNewPrivileges = false | del(.linux.namespaces[] | select(.type == "cgroup")) |
		.mounts += [{destination: "/dev/t", type: "tmpfs", source: "tmpfs"}] | .process.oomScoreAdj = 7'
	same_namespace "$PID" self user cgroup
	equal 0 "$(proc_status "$PID" NoNewPrivs)"
	equal 0:0 "$(stat -c %u:%g "$ROOTFS/written")"
	has_option rw "$PID" /
	no_option nosuid "$PID" /
	no_option idmapped "$PID" /
	not_mounted "$PID" /tmp
	not_mounted "$PID" /run
	matches '^rw,relatime tmpfs' "$(mount_at "$PID" /dev/t)"
	[[ ! $(mount_at "$PID" /dev/t) =~ size= ]]
	equal 7 "$(<"/proc/$PID/oom_score_adj")"
	equal 0 "$output" memfd_noexec
	[ ! -e "$(cgroup_of "$PID")/pids.max" ] || equal max "$(cgroup_value "$PID" pids.max)"
	[ ! -e "$(cgroup_of "$PID")/memory.max" ] || equal max "$(cgroup_value "$PID" memory.max)"
	# A floor is not part of it: a profile of the configuration is what holds.
	start_container '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["getsid"], action: "SCMP_ACT_ERRNO"}]}'
	equal '2 1' "$(proc_status "$PID" Seccomp) $(proc_status "$PID" Seccomp_filters)"
}

@test "baseline cuts capabilities to what engines give" {
	start_container '(.process.capabilities | .bounding, .effective, .permitted) = ["CAP_NET_RAW", "CAP_SYS_ADMIN", "CAP_NET_ADMIN", "CAP_CHOWN"]'
	equal '0000000000002001 0000000000002001' "$(proc_status "$PID" CapBnd) $(proc_status "$PID" CapEff)"
}

@test "baseline refuses privileged containers and host namespaces, by name" {
	denied privileged '(.process.capabilities[]) = ["CAP_SYS_ADMIN", "CAP_CHOWN"] | .linux.resources.devices = [{allow: true, access: "rwm"}]' \
		host-pid "$(without pid)" host-network "$(without network)" host-ipc "$(without ipc)" \
		host-network '(.linux.namespaces[] | select(.type == "network")).path = "/proc/self/ns/net"'
	# The host's name is no boundary.
	start_container "$(without uts) | del(.hostname)"
	same_namespace "$PID" self uts
}

@test "baseline refuses devices outside the default list" {
	denied devices '.linux.devices = [{path: "/dev/fuse", type: "c", major: 10, minor: 229}]' \
		devices '.linux.resources.devices += [{allow: true, access: "rwm"}]'
	run_command sh -c 'echo x >/dev/null && echo null'
	equal null "$output"
}

@test "baseline never runs unconfined" {
	require_apparmor
	denied apparmor '.process.apparmorProfile = "unconfined"'
}

@test "baseline refuses a label that this kernel cannot give" {
	require_no_apparmor
	denied apparmor '.process.apparmorProfile = "docker-default"' \
		selinux '.process.selinuxLabel = "system_u:system_r:container_t:s0"'
}

@test "baseline adds a mount namespace" {
	start_container "$(without mount)"
	own_namespace "$PID" mnt
}

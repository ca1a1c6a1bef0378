# SPDX-License-Identifier: Apache-2.0
# Copyright the orlop authors
#
# One test for each rule of policy hardened, named by the rule's id: it fails when that rule is off.
# Other files have the rest; this one is what mutation of the policy is measured by.

load ../lib/orlop
load support

# The configuration asks for little, so that the rule and nothing else makes the difference.
setup() {
	orlop_setup
	GLOBAL=(--policy hardened)
}

# denied ITEM [JQ-FILTER...]: create refuses each in the rule's words, and leaves nothing.
denied() {
	local -; set +T
	local rule="rule $1 of policy hardened" filter checks=()
	shift
	[ $# -gt 0 ] || set -- .
	for filter; do
		checks+=("$rule" "$filter")
	done
	refused_each "${checks[@]}"
}

without() { printf 'del(.linux.namespaces[] | select(.type == "%s"))' "$1"; }

@test "hardened, privileged: every capability and every device is refused as a whole" {
	denied privileged '.process.capabilities |= map_values(["CAP_SYS_ADMIN", "CAP_NET_ADMIN", "CAP_CHOWN"]) |
		.linux.resources.devices = [{allow: true, access: "rwm"}]'
}

@test "hardened, host-pid: the host's pid namespace is refused" {
	denied host-pid "$(without pid)" '(.linux.namespaces[] | select(.type == "pid")).path = "/proc/self/ns/pid"'
}

@test "hardened, host-network: the host's network namespace is refused" {
	denied host-network "$(without network)" '(.linux.namespaces[] | select(.type == "network")).path = "/proc/self/ns/net"'
}

@test "hardened, host-ipc: the host's ipc namespace is refused" {
	denied host-ipc "$(without ipc)" '(.linux.namespaces[] | select(.type == "ipc")).path = "/proc/self/ns/ipc"'
}

@test "hardened, host-uts: the host's uts namespace is refused" {
	denied host-uts "$(without uts) | del(.hostname)"
}

@test "hardened, host-network: the network namespace of pid 1 is the host's, also for a caller in another" {
	local name
	bundle '(.linux.namespaces[] | select(.type == "network")).path = "/proc/1/ns/net" |
		(.linux.namespaces[] | select(.type == "ipc")).path = "/proc/1/ns/ipc" | .process.args = ["true"]'
	for name in network ipc; do
		status=0
		# A pid 1 that can be looked at, in the namespaces of the tests.
		# shellcheck disable=SC2016
		ORLOP_TEST=$MARK- unshare --pid --fork --mount --mount-proc --propagation private sh -c '
			unshare --net --ipc "$@"; exit $?' - "$ORLOP" --root "$STATE" --policy hardened create --bundle "$BUNDLE" "$ID" \
			>"$TEST_DIR/out" 2>"$TEST_DIR/err" 3>&- || status=$?
		exits 1
		matches "rule host-$name of policy hardened: /proc/1/ns/[a-z]+ is the host's $name namespace" "$(<"$TEST_DIR/err")"
		edit '(.linux.namespaces[] | select(.type == "network")) |= del(.path)'
	done
}

@test "a container that waits cannot be traced by its own ids, whatever the host says of changed ids" {
	[ "${ORLOP_SLOW:-1}" -gt 1 ] || skip "changes fs.suid_dumpable of the machine: a guest's may be"
	echo 1 >/proc/sys/fs/suid_dumpable
	bundle '.process.user = {uid: 1000, gid: 1000}'
	runtime create --bundle "$BUNDLE" --pid-file "$BUNDLE/pid" "$ID"
	echo 0 >/proc/sys/fs/suid_dumpable
	exits 0
	# The kernel gives the files of a process that may not be dumped to root.
	equal 0 "$(stat -c %u "/proc/$(<"$BUNDLE/pid")/environ")" "owner of its files in /proc"
}

@test "hardened, mount-namespace: a mount namespace is added" {
	start_container "$(without mount)"
	own_namespace "$PID" mnt
	denied mount-namespace '(.linux.namespaces[] | select(.type == "mount")).path = "/proc/self/ns/mnt"'
}

@test "hardened, cgroup-namespace: a cgroup namespace is added" {
	start_container "$(without cgroup)"
	own_namespace "$PID" cgroup
}

@test "hardened, user-namespace: a user namespace is added, with a range of its own" {
	start_container
	own_namespace "$PID" user
	[ "$(first_id "$PID")" -ge 524288 ]
	matches '^ *0 +[0-9]+ +65536$' "$(<"/proc/$PID/uid_map")" uid_map
	equal "$(<"/proc/$PID/uid_map")" "$(<"/proc/$PID/gid_map")" gid_map
	[ "$(stat -c %u "/proc/$PID")" -ge 524288 ]
}

@test "hardened, host-ids: mappings of host id 0, or of another container's range, are refused" {
	local map='.linux.namespaces += [{type: "user"}] |
		.linux.uidMappings = [{containerID: 0, hostID: @, size: 1000}] | .linux.gidMappings = .linux.uidMappings'
	denied host-ids "${map//@/0}"
	start_container
	denied host-ids "${map//@/$(($(first_id "$PID") + 5000))}"
}

@test "hardened, unmappable: a volume that cannot be id-mapped is refused" {
	disk_dir ram
	host_mount -t ramfs ramfs "$DIR"
	denied unmappable ".mounts += [{destination: \"/dev/v\", type: \"bind\", source: \"$DIR\", options: [\"bind\"]}]"
	matches ramfs "$errors"
}

@test "hardened, capabilities: what is beyond the ceiling is taken out" {
	start_container '.process.capabilities |= map_values(["CAP_CHOWN", "CAP_NET_RAW", "CAP_SYS_PTRACE", "CAP_KILL", "CAP_MKNOD"]) |
		.process.capabilities.inheritable = ["CAP_CHOWN", "CAP_KILL"] | .process.capabilities.ambient = ["CAP_KILL"]'
	equal '0000000000000021 0000000000000021 0000000000000021 0000000000000020 0000000000000020' \
		"$(for set in CapBnd CapPrm CapEff CapInh CapAmb; do proc_status "$PID" "$set"; done | tr '\n' ' ' | sed 's/ $//')"
	# All of them, cut to the ceiling.
	start_container "$all_capabilities"
	equal '00000000000404fb 00000000000404fb' "$(proc_status "$PID" CapBnd) $(proc_status "$PID" CapEff)"
}

@test "hardened, no-new-privileges: it is set whatever the configuration says" {
	start_container '.process.noNewPrivileges = false'
	equal 1 "$(proc_status "$PID" NoNewPrivs)"
}

@test "hardened, oom-score: a negative value becomes 0" {
	start_container '.process.oomScoreAdj = -500'
	equal 0 "$(<"/proc/$PID/oom_score_adj")"
}

@test "hardened, seccomp-profile: there is a profile when the configuration has none" {
	# ustat(2) is in no list, and the floor has no rule for it.
	with_probe
	run_command probe syscall ustat=136,0,0
	exits 0
	equal 'ustat ENOSYS' "$output"
	# One that lets everything through is none.
	FILTER='.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW"}' run_command probe syscall ustat=136,0,0
	equal 'ustat ENOSYS' "$output"
}

@test "hardened, seccomp-floor: it holds under a profile that allows everything" {
	[ "$(uname -m)" = x86_64 ] || skip "has the system call numbers of x86-64"
	with_probe
	FILTER='.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["ustat"], action: "SCMP_ACT_ERRNO", errnoRet: 95}]} |
		'"$all_capabilities" \
		run_command probe syscall ustat=136,0,0 alg=41,38,5,0 vsock=41,40,1,0 high=41,0x100000026,5,0 audit=41,16,3,9 route=41,16,3,0 \
		unshare=272,0x10000000 clone3=435,0,0 setns=308,-1,0 mount=165,0,0,0,0,0 fsopen=430,@tmpfs,0 keyctl=250,0,-3,0 bpf=321,0,0,0 \
		io_uring=425,1,0 userfaultfd=323,1 perf=298,0,0,-1,-1,0 sti=16,0,0x100005412,0 ptrace=101,0,1,0,0 newer=9999 \
		fork=124,0 exclusive=293,0,0x80 mknod=133,@/tmp/x,0x21b6,0x103
	exits 0
	lines 'ustat EOPNOTSUPP
alg EAFNOSUPPORT
vsock EAFNOSUPPORT
high EAFNOSUPPORT
audit EPROTONOSUPPORT
route 3
unshare EPERM
clone3 ENOSYS
setns EPERM
mount EPERM
fsopen EPERM
keyctl EPERM
bpf EPERM
io_uring ENOSYS
userfaultfd EPERM
perf EPERM
sti EPERM
ptrace EPERM
newer ENOSYS
fork 1
exclusive EPERM
mknod EPERM'
	start_container
	equal '2 1' "$(proc_status "$PID" Seccomp) $(proc_status "$PID" Seccomp_filters)"
	"$ORLOP_HELPERS/probe" foreign 20 >"$TEST_DIR/foreign" 2>&1 || return 0
	run_command probe foreign 20
	exits 159
}

@test "hardened, apparmor: there is a profile where the kernel has AppArmor, and a wish for one elsewhere is refused" {
	if have_apparmor; then
		start_container
		equal 'orlop-default (enforce)' "$(label_of "$PID")"
		denied apparmor '.process.apparmorProfile = "unconfined"'
	else
		denied apparmor '.process.apparmorProfile = "docker-default"'
	fi
}

@test "hardened, selinux: a label that cannot be applied is refused" {
	[ ! -e /sys/fs/selinux/enforce ] || skip "needs a kernel without SELinux"
	denied selinux '.process.selinuxLabel = "system_u:system_r:container_t:s0:c1,c2"' \
		'.linux.mountLabel = "system_u:object_r:container_file_t:s0:c1,c2"'
}

require_landlock() {
	local abi
	require_helper probe
	[ "$(uname -m)" = x86_64 ] || skip "has the system call numbers of x86-64"
	abi=$("$ORLOP_HELPERS/probe" syscall abi=444,0,0,1)
	[[ ${abi#abi } =~ ^[2-9] ]] || skip "needs Landlock, version 2: $abi"
}

# The process's own file, on a procfs that is writable and where no label stands in the way: only
# Landlock refuses it.
landlock_test='echo 500 >/proc/self/oom_score_adj && echo raised; cat /proc/self/oom_score_adj; echo x >/dev/shm/f && echo shm; echo x >/dev/null && echo null'

@test "hardened, landlock: where no label confines the container, the kernel's files cannot be written" {
	require_landlock
	! have_apparmor || site_policy '{"hardened": {"items": {"apparmor": "off"}}}'
	run_command sh -c "$landlock_test"
	exits 0
	equal $'0\nshm\nnull' "$output"
	matches 'Permission denied' "$errors"
}

@test "hardened, access-control: one of the three is needed" {
	site_policy '{"hardened": {"items": {"apparmor": "off", "landlock": "off"}}}'
	denied access-control
}

@test "hardened, rootfs: the root is read-only though the configuration wants it writable" {
	start_script 'touch /x /etc/x 2>&1' '.root.readonly = false'
	has_option ro "$PID" /
	equal 2 "$(grep -c 'Read-only file system' <<<"$output")"
	[ ! -e "$ROOTFS/x" ] && [ ! -e "$ROOTFS/etc/x" ]
}

@test "hardened, root-nosuid: set-id programs of the image have no effect" {
	start_container
	has_option nosuid "$PID" /
}

@test "hardened, tmpfs-paths: there is a bounded tmpfs at /tmp, /run and /var/tmp" {
	local path
	start_script 'for d in /tmp /run /var/tmp; do echo x >$d/file && stat -c "%n %a %u:%g" $d; done'
	for path in /tmp /run /var/tmp; do
		matches '^rw,nosuid,nodev[^ ]* tmpfs tmpfs .*size=[0-9]+k,nr_inodes=[0-9]+' "$(mount_at "$PID" "$path")" "$path"
	done
	equal $'/tmp 1777 0:0\n/run 755 0:0\n/var/tmp 1777 0:0' "$output"
}

@test "hardened, tmpfs-size: a tmpfs without a size gets one" {
	start_container '.mounts += [{destination: "/dev/a", type: "tmpfs", source: "tmpfs"},
		{destination: "/dev/b", type: "tmpfs", source: "tmpfs", options: ["size=0"]},
		{destination: "/dev/c", type: "tmpfs", source: "tmpfs", options: ["size=4096k"]}]'
	matches 'size=524288k' "$(mount_at "$PID" /dev/a)" "without"
	matches 'size=524288k' "$(mount_at "$PID" /dev/b)" "0"
	matches 'size=4096k' "$(mount_at "$PID" /dev/c)" "with"
}

@test "hardened, volume-flags: volumes and tmpfs are nosuid and nodev" {
	disk_dir below
	disk_dir volume
	mkdir "$DIR/sub"
	host_mount --bind "$TEST_DIR/below" "$DIR/sub"
	start_container '.mounts += [{destination: "/dev/v", type: "bind", source: $d, options: ["rbind", "suid", "dev"]},
		{destination: "/dev/t", type: "tmpfs", source: "tmpfs", options: ["rsuid", "rdev"]}]' --arg d "$DIR"
	for path in /dev/v /dev/v/sub /dev/t; do
		has_option nosuid "$PID" "$path"
		has_option nodev "$PID" "$path"
	done
}

@test "hardened, propagation: nothing is shared with the host" {
	disk_dir shared
	host_mount --bind "$DIR" "$DIR"
	mount --make-shared "$DIR"
	start_container '.linux.rootfsPropagation = "shared" | .mounts += [
		{destination: "/dev/a", type: "bind", source: $d, options: ["rbind", "rshared"]},
		{destination: "/dev/b", type: "bind", source: $d, options: ["rbind", "rslave"]}]' --arg d "$DIR"
	for path in / /dev/a /dev/b; do
		equal '' "$(optional_fields "$PID" "$path")" "$path"
	done
}

@test "hardened, masked-paths: kernel files are hidden without being listed" {
	local path seen=0
	start_container 'del(.linux.maskedPaths)'
	readonly_mounts "$PID"
	for path in /proc/acpi /proc/interrupts /proc/kcore /proc/keys /proc/timer_list /proc/scsi /proc/iomem /proc/ioports \
		/proc/kpagecount /proc/kpageflags /proc/slabinfo /proc/vmallocinfo /sys/firmware /sys/kernel/security \
		/sys/kernel/debug /sys/kernel/tracing /sys/fs/bpf /sys/devices/virtual/powercap; do
		[ -e "$path" ] || continue
		is_readonly "$path"
		seen=$((seen + 1))
	done
	[ "$seen" -ge 8 ]
	# Those of the configuration are masked as well.
	start_container '.linux.maskedPaths = ["/etc/passwd", "/proc/timer_list"]'
	readonly_mounts "$PID"
	is_readonly /etc/passwd
	is_readonly /proc/timer_list
	is_readonly /sys/firmware
}

@test "hardened, readonly-paths: kernel files are read-only without being listed" {
	local path
	start_container 'del(.linux.readonlyPaths)'
	readonly_mounts "$PID"
	for path in /proc/bus /proc/fs /proc/irq /proc/sys /proc/sysrq-trigger; do
		[ ! -e "$path" ] || is_readonly "$path"
	done
	is_readonly /proc/sys
}

@test "hardened, kernel-mounts: sysfs and cgroup are read-only" {
	start_container '(.mounts[] | select(.destination | startswith("/sys"))).options |= map(select(. != "ro")) + ["rw"]'
	has_option ro "$PID" /sys
	has_option ro "$PID" /sys/fs/cgroup
}

@test "hardened, kernel-paths: nothing is mounted over the kernel's files in /sys" {
	copied_rootfs
	ln -s sys/fs "$ROOTFS/link"
	disk_dir volume
	denied kernel-paths ".mounts += [{destination: \"/sys/fs/bpf\", type: \"bind\", source: \"$DIR\", options: [\"bind\"]}]" \
		".mounts += [{destination: \"/link/bpf\", type: \"bind\", source: \"$DIR\", options: [\"bind\"]}]"
}

@test "hardened, filesystem-types: other file systems are refused" {
	denied filesystem-types '.mounts += [{destination: "/dev/x", type: "ramfs", source: "ramfs"}]' \
		'.mounts += [{destination: "/dev/x", type: "overlay", source: "overlay", options: ["lowerdir=/:/etc"]}]'
}

@test "hardened, mount-sources: a dangerous source is refused" {
	denied mount-sources '.mounts += [{destination: "/dev/x", type: "bind", source: "/etc", options: ["rbind", "ro"]}]'
	matches '/etc is a protected path of the host' "$errors"
	matches '/mounts/7' "$errors"
	matches '/etc' "$errors"
}

@test "hardened, devices: nodes and rules outside the default list are refused" {
	disk_dir nodes
	mknod "$DIR/kmsg" c 1 11
	denied devices '.linux.devices = [{path: "/dev/fuse", type: "c", major: 10, minor: 229}]' \
		'.linux.resources.devices += [{allow: true, type: "c", major: 10, minor: 229, access: "rw"}]' \
		".mounts += [{destination: \"/dev/x\", type: \"bind\", source: \"$DIR/kmsg\", options: [\"bind\"]}]"
}

@test "hardened, pids-limit: the number of processes is limited" {
	require_controller pids
	start_container
	equal 2048 "$(cgroup_value "$PID" pids.max)"
	start_container '.linux.resources.pids.limit = 100'
	equal 100 "$(cgroup_value "$PID" pids.max)"
	start_container '.linux.resources.pids.limit = -1'
	equal 2048 "$(cgroup_value "$PID" pids.max)"
}

@test "hardened, memory-limit: memory is limited to half of the host's" {
	local all limit
	require_controller memory
	start_container
	all=$(($(sed -n 's/^MemTotal: *\([0-9]*\) kB/\1/p' /proc/meminfo) * 1024))
	limit=$(cgroup_value "$PID" memory.max)
	[ "$limit" -gt $((all / 2 - 1048576)) ] && [ "$limit" -le $((all / 2)) ]
}

@test "hardened, swap-limit: there is no swap" {
	require_controller memory
	start_container
	[ -e "$(cgroup_of "$PID")/memory.swap.max" ] || skip "this kernel has no swap for cgroups"
	equal 0 "$(cgroup_value "$PID" memory.swap.max)"
}

@test "hardened, cgroup-files: files that are named directly only limit the container" {
	local file
	denied cgroup-files '.linux.resources.unified = {"cpuset.cpus.partition": "isolated"}' \
		'.linux.resources.unified = {"cpuset.cpus.exclusive": "0"}' \
		'.linux.resources.unified = {"memory.min": "50000000"}' '.linux.resources.unified = {"memory.low": "50000000"}' \
		'.linux.resources.unified = {"io.latency": "8:0 target=1"}'
	start_container '.linux.resources.unified = {"cgroup.max.depth": "3"} | .process.args = ["sleep", "1000"]'
	for file in cpuset.cpus.partition=root memory.min=50000000; do
		printf '{"unified": {"%s": "%s"}}' "${file%=*}" "${file#*=}" >"$TEST_DIR/resources"
		refused "rule cgroup-files of policy hardened: ${file%=*} .*/linux/resources/unified/${file%=*}" \
			update --resources "$TEST_DIR/resources" "$ID"
	done
	equal 3 "$(cgroup_value "$PID" cgroup.max.depth)"
	file=$(cgroup_of "$PID")/memory.min
	[ ! -e "$file" ] || equal 0 "$(<"$file")"
}

@test "hardened, core-limit: there are no core dumps" {
	[ "$(ulimit -Hc)" != 0 ] || skip "core dumps are off for this test itself"
	ulimit -Sc "$(ulimit -Hc)"
	start_container
	matches '^Max core file size +0 +0 ' "$(grep '^Max core' "/proc/$PID/limits")"
	start_container '.process.rlimits += [{type: "RLIMIT_CORE", soft: 0, hard: 4096}]'
	matches '^Max core file size +0 +4096 ' "$(grep '^Max core' "/proc/$PID/limits")"
}

@test "hardened, session-keyring: it is new though the caller wants to keep its own" {
	with_probe
	# To ask for it, the container must be allowed the call.
	site_policy '{"hardened": {"items": {"seccomp-floor": "off", "seccomp-profile": "off"}}}'
	bundle '.process.args = ["probe", "keyring"]'
	output=$(ORLOP_TEST=$MARK- "$ORLOP_HELPERS/probe" session "$TEST_DIR/serial" "$ORLOP" --root "$STATE" --policy hardened \
		run --no-new-keyring --bundle "$BUNDLE" "$ID" 3>&-)
	matches '^keyring ' "$output"
	[ "$output" != "$(<"$TEST_DIR/serial")" ]
}

@test "hardened, router-advertisements: no neighbour becomes the container's router" {
	local conf=/proc/sys/net/ipv6/conf before
	[ -d "$conf" ] || skip "needs IPv6"
	before=$(<"$conf/default/accept_ra")
	start_container
	equal $'0\n0' "$(nsenter -t "$PID" -n cat "$conf"/{all,default}/accept_ra)"
	# What comes later takes after it, where this kernel has something to add.
	! nsenter -t "$PID" -n ip link add late type dummy 2>/dev/null ||
		equal 0 "$(nsenter -t "$PID" -n cat "$conf/late/accept_ra")" "a later interface's"
	start_container '.linux.sysctl = {"net.ipv6.conf.all.accept_ra": "2", "net/ipv6/conf/all/accept_ra": "2", "net.ipv6.conf.default.accept_ra": "1"}'
	equal $'0\n0' "$(nsenter -t "$PID" -n cat "$conf"/{all,default}/accept_ra)"
	# Other policies say nothing of it, and it is not the host's that is written.
	GLOBAL=(--policy baseline)
	start_container '.linux.sysctl = {"net.ipv6.conf.default.accept_ra": "2"}'
	equal 2 "$(nsenter -t "$PID" -n cat "$conf/default/accept_ra")"
	equal "$before" "$(<"$conf/default/accept_ra")" "the host's"
}

@test "hardened, memfd-noexec: files in memory cannot be executed" {
	require_kernel 6.3
	with_probe
	start_script 'cat /proc/sys/vm/memfd_noexec; probe memfd'
	# Not made, or made and never to be executable: that depends on the kernel.
	matches $'^2\nmake (EACCES|EPERM)$' "$output"
	equal 0 "$(</proc/sys/vm/memfd_noexec)" "the host's"
}

@test "hardened, hooks: a program that others than root may write is no hook" {
	printf '#!/bin/sh\n' >"$TEST_DIR/hook"
	chmod 777 "$TEST_DIR/hook"
	denied hooks ".hooks.prestart = [{path: \"$TEST_DIR/hook\"}]" ".hooks.poststop = [{path: \"$TEST_DIR/hook\"}]"
}

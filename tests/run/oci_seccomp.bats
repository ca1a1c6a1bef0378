# SPDX-License-Identifier: Apache-2.0
# Copyright the orlop authors
#
# Seccomp profiles of config.json under policy oci. The calls that are filtered here are ones that
# no program in the container makes by itself.

load ../lib/orlop
load support

setup() {
	orlop_setup
	GLOBAL=(--policy oci)
	[ "$(uname -m)" = x86_64 ] || skip "has the system call numbers of x86-64"
	with_probe
}

# calls PROFILE CALL...: the calls (name=number,argument...) in a container with the profile.
calls() {
	FILTER=".linux.seccomp = $1"
	shift
	run_command probe syscall "$@"
}

# What a static program needs to start, print and end.
needs='["execve", "brk", "arch_prctl", "set_tid_address", "set_robust_list", "rseq", "prlimit64", "readlink", "readlinkat",
	"getrandom", "mprotect", "mmap", "munmap", "write", "newfstatat", "fstat", "exit_group", "ioctl", "uname", "rt_sigaction",
	"rt_sigprocmask", "getpid", "gettid", "tgkill"]'

@test "every action does what its name says" {
	calls '{defaultAction: "SCMP_ACT_ALLOW", architectures: ["SCMP_ARCH_X86_64"], syscalls: [
		{names: ["getsid"], action: "SCMP_ACT_ERRNO", errnoRet: 95},
		{names: ["getpgid"], action: "SCMP_ACT_ERRNO"},
		{names: ["times"], action: "SCMP_ACT_TRAP"},
		{names: ["alarm"], action: "SCMP_ACT_TRACE", errnoRet: 7},
		{names: ["sysinfo"], action: "SCMP_ACT_LOG"},
		{names: ["getpriority"], action: "SCMP_ACT_ALLOW"},
		{names: ["no_such_call"], action: "SCMP_ACT_ERRNO"}]}' \
		getsid=124,0 getpgid=121,0 times=100,0 alarm=37,0 sysinfo=99,1 getpriority=140,0,0
	exits 0
	equal $'getsid EOPNOTSUPP\ngetpgid EPERM\ntimes SIGSYS 0\nalarm ENOSYS\nsysinfo EFAULT\n'"getpriority $((20 - $(nice)))" "$output"
}

@test "calls that kill end the program" {
	local action
	for action in SCMP_ACT_KILL SCMP_ACT_KILL_THREAD SCMP_ACT_KILL_PROCESS; do
		calls "{defaultAction: \"SCMP_ACT_ALLOW\", syscalls: [{names: [\"getsid\"], action: \"$action\"}]}" before=39 getsid=124,0 after=39
		exits 159
		equal 'before 1' "$output" "$action"
	done
}

@test "every operator compares" {
	calls '{defaultAction: "SCMP_ACT_ALLOW", syscalls: ([
		["getsid", "SCMP_CMP_EQ", 7, 0], ["getpgid", "SCMP_CMP_NE", 7, 0], ["sched_getscheduler", "SCMP_CMP_LT", 7, 0],
		["sched_get_priority_max", "SCMP_CMP_LE", 7, 0], ["sched_get_priority_min", "SCMP_CMP_GT", 7, 0],
		["alarm", "SCMP_CMP_GE", 7, 0], ["times", "SCMP_CMP_MASKED_EQ", 6, 4]] | map(
		{names: [.[0]], action: "SCMP_ACT_ERRNO", errnoRet: 95, args: [{index: 0, op: .[1], value: .[2], valueTwo: .[3]}]}))}' \
		eq7=124,7 eq8=124,8 eqhigh=124,0x100000007 ne7=121,7 ne8=121,8 lt6=145,6 lt7=145,7 le7=146,7 le8=146,8 \
		gt7=147,7 gt8=147,8 ge6=37,0 ge7=37,7 masked5=100,5 masked2=100,2
	exits 0
	local row
	for row in eq7 ne8 lt6 le7 gt8 ge7 masked5; do
		equal EOPNOTSUPP "$(line "$row")" "$row"
	done
	for row in eq8 eqhigh ne7 lt7 le8 gt7 ge6 masked2; do
		[ "$(line "$row")" != EOPNOTSUPP ] || {
			echo "$row was caught"
			return 1
		}
	done
}

@test "conditions of one rule all hold, rules stand beside each other" {
	calls '{defaultAction: "SCMP_ACT_ALLOW", syscalls: [
		{names: ["getpriority"], action: "SCMP_ACT_ERRNO", errnoRet: 95,
		 args: [{index: 0, op: "SCMP_CMP_EQ", value: 1}, {index: 1, op: "SCMP_CMP_EQ", value: 2}]},
		{names: ["getsid"], action: "SCMP_ACT_ERRNO", errnoRet: 95, args: [{index: 0, op: "SCMP_CMP_EQ", value: 3}]},
		{names: ["getsid"], action: "SCMP_ACT_ERRNO", errnoRet: 95, args: [{index: 0, op: "SCMP_CMP_EQ", value: 4}]}]}' \
		both=140,1,2 one=140,1,3 three=124,3 four=124,4 five=124,5
	equal EOPNOTSUPP "$(line both)" both
	equal EOPNOTSUPP "$(line three)" three
	equal EOPNOTSUPP "$(line four)" four
	[ "$(line one)" != EOPNOTSUPP ]
	equal ESRCH "$(line five)" five
}

@test "the default action has its errno, and newer calls are unknown" {
	# rseq is 334. fchmodat2, 452, is newer than anything the profile names; 9999 is no call.
	calls "{defaultAction: \"SCMP_ACT_ERRNO\", defaultErrnoRet: 95, syscalls: [{names: $needs, action: \"SCMP_ACT_ALLOW\"}]}" \
		getsid=124,0 getpid=39 fchmodat2=452,-1,0,0,0 none=9999
	exits 0
	equal $'getsid EOPNOTSUPP\ngetpid 1\nfchmodat2 ENOSYS\nnone ENOSYS' "$output"
	calls "{defaultAction: \"SCMP_ACT_ERRNO\", syscalls: [{names: ($needs + [\"fchmodat2\"]), action: \"SCMP_ACT_ALLOW\"}]}" \
		getsid=124,0 statx=332,-1,0,0,0,0 mseal=462,0,0,0
	equal $'getsid EPERM\nstatx EPERM\nmseal ENOSYS' "$output"
}

@test "calls of another ABI need its architecture" {
	"$ORLOP_HELPERS/probe" foreign 20 >"$TEST_DIR/foreign" 2>&1 || skip "this kernel runs no 32-bit programs"
	local profile='{defaultAction: "SCMP_ACT_ALLOW", architectures: ["SCMP_ARCH_X86_64"], syscalls: [{names: ["getsid"], action: "SCMP_ACT_ERRNO"}]}'
	FILTER=".linux.seccomp = $profile" run_command probe foreign 20
	exits 159
	FILTER=".linux.seccomp = ($profile | .architectures += [\"SCMP_ARCH_X86\"])" run_command probe foreign 20
	exits 0
	equal 'foreign 1' "$output"
	# And the rules hold there: getsid is 147 of that ABI.
	FILTER=".linux.seccomp = ($profile | .architectures += [\"SCMP_ARCH_X86\"])" run_command probe foreign 147
	equal 'foreign EPERM' "$output"
}

@test "the filter is there once, with its flags, and not without a profile" {
	start_container '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", flags: ["SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_SPEC_ALLOW"],
		syscalls: [{names: ["getsid"], action: "SCMP_ACT_ERRNO"}]}'
	equal '2 1' "$(proc_status "$PID" Seccomp) $(proc_status "$PID" Seccomp_filters)"
	[[ ! $(proc_status "$PID" Speculation_Store_Bypass) =~ force ]]
	start_container
	equal '0 0' "$(proc_status "$PID" Seccomp) $(proc_status "$PID" Seccomp_filters)"
}

@test "flags of the profile are those that the kernel is given" {
	require_program strace
	bundle '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", flags: ["SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_SPEC_ALLOW"],
		syscalls: [{names: ["getsid"], action: "SCMP_ACT_ERRNO"}]} | .process.args = ["true"]'
	ORLOP_TEST=$MARK- strace -f -o "$TEST_DIR/trace" -e trace=seccomp "$ORLOP" --root "$STATE" --policy oci run --bundle "$BUNDLE" "$ID" 3>&-
	equal 'SECCOMP_FILTER_FLAG_LOG|SECCOMP_FILTER_FLAG_SPEC_ALLOW' \
		"$(sed -n 's/.*seccomp(SECCOMP_SET_MODE_FILTER, \([A-Z_|]*\),.*= 0$/\1/p' "$TEST_DIR/trace")" flags
}

@test "words that are not known are refused" {
	local row checks=()
	for row in '{defaultAction: "SCMP_ACT_MAYBE"}' '{defaultAction: "SCMP_ACT_ALLOW", architectures: ["SCMP_ARCH_PDP11"]}' \
		'{defaultAction: "SCMP_ACT_ALLOW", flags: ["SECCOMP_FILTER_FLAG_X"]}' \
		'{defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["getsid"], action: "SCMP_ACT_ERRNO", args: [{index: 0, value: 1, op: "SCMP_CMP_IS"}]}]}' \
		'{defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["getsid"], action: "SCMP_ACT_ERRNO", args: [{index: 6, value: 1, op: "SCMP_CMP_EQ"}]}]}'; do
		checks+=(/linux/seccomp ".linux.seccomp = $row")
	done
	refused_each "${checks[@]}"
}

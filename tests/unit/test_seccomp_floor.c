/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * The floor, call by call: the table of SECCOMP's rules as expectations, run through the merged
 * program. Numbers are written out, so that a name that resolves to nothing is found. x86-64.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "filter_machine.h"

#include "base/cleanup.h"
#include "kernel/compat.h"
#include "run/seccomp.h"
#include "skip.h"

#define X86_64 AUDIT_ARCH_X86_64
#define I386 AUDIT_ARCH_I386
#define X32 0x40000000
#define HIGH UINT64_C(0x100000000)

struct expectation {
	uint32_t arch;
	uint32_t nr;
	uint64_t args[4];
	uint32_t verdict;
	const char *what;
};

static const struct spec_seccomp allow_all = { .set = true, .default_action = "SCMP_ACT_ALLOW" };

static void prepare(const struct plan_seccomp *plan, struct seccomp_program *out)
{
	struct error err = ERROR_INIT;

	if (seccomp_compile(plan, out, &err) < 0)
		fail_msg("%s", err.message);
	assert_true(out->count > 0 && out->count <= SECCOMP_INSNS_MAX);
}

static uint32_t judge(const struct seccomp_program *program, const struct expectation *call)
{
	const struct seccomp_data data = {
		.nr = (int)call->nr,
		.arch = call->arch,
		.args = { call->args[0], call->args[1], call->args[2], call->args[3] },
	};

	return filter_run(program->insns, program->count, &data);
}

static uint32_t judge_number(const struct seccomp_program *program, uint32_t arch, int nr)
{
	const struct expectation call = { arch, (uint32_t)nr, { 0 }, 0, "" };

	return judge(program, &call);
}

static void expect(const struct plan_seccomp *plan, const struct expectation *calls, size_t count)
{
	auto_seccomp_program program = SECCOMP_PROGRAM_INIT;

	prepare(plan, &program);
	for (size_t i = 0; i < count; i++) {
		uint32_t got = judge(&program, &calls[i]);

		if (got != calls[i].verdict)
			fail_msg("%s (number %u): %#x, expected %#x", calls[i].what,
				 calls[i].nr, got, calls[i].verdict);
	}
}

#define EXPECT(plan, calls) expect(&(plan), calls, ARRAY_SIZE(calls))

/* Arguments do not matter: the whole call is refused. */
static const struct {
	int nr;
	int errnum;
	unsigned int opening;
} denied[] = {
	{ SYS_clone3, ENOSYS, 0 },
	{ SYS_io_uring_setup, ENOSYS, POLICY_OPEN_IO_URING },
	{ SYS_io_uring_enter, ENOSYS, POLICY_OPEN_IO_URING },
	{ SYS_io_uring_register, ENOSYS, POLICY_OPEN_IO_URING },
	{ SYS_setns, EPERM, 0 }, { SYS_mount, EPERM, 0 }, { SYS_umount2, EPERM, 0 },
	{ SYS_pivot_root, EPERM, 0 }, { SYS_fsopen, EPERM, 0 }, { SYS_fsconfig, EPERM, 0 },
	{ SYS_fsmount, EPERM, 0 }, { SYS_fspick, EPERM, 0 }, { SYS_open_tree, EPERM, 0 },
	{ 467 /* open_tree_attr */, EPERM, 0 }, { SYS_move_mount, EPERM, 0 },
	{ SYS_mount_setattr, EPERM, 0 }, { SYS_keyctl, EPERM, 0 }, { SYS_add_key, EPERM, 0 },
	{ SYS_request_key, EPERM, 0 }, { SYS_bpf, EPERM, 0 }, { SYS_perf_event_open, EPERM, 0 },
	{ SYS_userfaultfd, EPERM, 0 }, { SYS_open_by_handle_at, EPERM, 0 },
	{ SYS_fanotify_init, EPERM, 0 }, { 447 /* memfd_secret */, EPERM, 0 },
	{ SYS_modify_ldt, EPERM, 0 }, { SYS_syslog, EPERM, 0 }, { SYS_acct, EPERM, 0 },
	{ SYS_quotactl, EPERM, 0 }, { SYS_quotactl_fd, EPERM, 0 }, { SYS_swapon, EPERM, 0 },
	{ SYS_swapoff, EPERM, 0 }, { SYS_reboot, EPERM, 0 }, { SYS_kexec_load, EPERM, 0 },
	{ SYS_kexec_file_load, EPERM, 0 }, { SYS_create_module, EPERM, 0 },
	{ SYS_init_module, EPERM, 0 }, { SYS_finit_module, EPERM, 0 },
	{ SYS_delete_module, EPERM, 0 }, { SYS_query_module, EPERM, 0 }, { SYS_iopl, EPERM, 0 },
	{ SYS_ioperm, EPERM, 0 }, { SYS_settimeofday, EPERM, 0 }, { SYS_clock_settime, EPERM, 0 },
	{ SYS_sethostname, EPERM, 0 }, { SYS_setdomainname, EPERM, 0 }, { SYS_vhangup, EPERM, 0 },
	{ 459 /* lsm_get_self_attr */, EPERM, 0 }, { 460 /* lsm_set_self_attr */, EPERM, 0 },
	{ 461 /* lsm_list_modules */, EPERM, 0 }, { SYS_lookup_dcookie, EPERM, 0 },
	{ SYS_ptrace, EPERM, POLICY_OPEN_PTRACE },
	{ SYS_process_vm_readv, EPERM, POLICY_OPEN_PTRACE },
	{ SYS_process_vm_writev, EPERM, POLICY_OPEN_PTRACE },
	{ SYS_pidfd_getfd, EPERM, POLICY_OPEN_PTRACE },
	{ SYS_kcmp, EPERM, POLICY_OPEN_PTRACE },
	{ SYS_process_madvise, EPERM, POLICY_OPEN_PTRACE },
	{ SYS_get_mempolicy, EPERM, POLICY_OPEN_NUMA },
	{ SYS_set_mempolicy, EPERM, POLICY_OPEN_NUMA },
	{ SYS_mbind, EPERM, POLICY_OPEN_NUMA },
	{ 450 /* set_mempolicy_home_node */, EPERM, POLICY_OPEN_NUMA },
};

/* Under each profile: one that allows everything, the default one, none. */
static const struct plan_seccomp profiles[] = {
	{ .enabled = true, .profile = &allow_all, .floor = true },
	{ .enabled = true, .profile_default = true, .floor = true },
	{ .enabled = true, .floor = true },
};

static void whole_calls_are_refused_with_their_errno(void **state)
{
	(void)state;
	for (size_t p = 0; p < ARRAY_SIZE(profiles); p++) {
		auto_seccomp_program program = SECCOMP_PROGRAM_INIT;

		prepare(&profiles[p], &program);
		for (size_t i = 0; i < ARRAY_SIZE(denied); i++) {
			uint32_t got = judge_number(&program, X86_64, denied[i].nr);

			if (got != ERRNO(denied[i].errnum))
				fail_msg("profile %zu, number %d: %#x", p, denied[i].nr, got);
		}
	}
}

static void an_opening_lifts_its_own_rules_and_no_others(void **state)
{
	static const unsigned int openings[] = {
		POLICY_OPEN_PTRACE, POLICY_OPEN_NUMA, POLICY_OPEN_IO_URING, POLICY_OPEN_KTLS,
	};

	(void)state;
	for (size_t p = 0; p < ARRAY_SIZE(profiles); p++) {
		for (size_t o = 0; o < ARRAY_SIZE(openings); o++) {
			auto_seccomp_program program = SECCOMP_PROGRAM_INIT;
			struct plan_seccomp plan = profiles[p];

			plan.openings = openings[o];
			prepare(&plan, &program);
			for (size_t i = 0; i < ARRAY_SIZE(denied); i++) {
				uint32_t got = judge_number(&program, X86_64, denied[i].nr);
				uint32_t want = denied[i].opening == openings[o] ? ALLOW
						: ERRNO(denied[i].errnum);

				if (got != want)
					fail_msg("profile %zu, opening %#x, number %d: %#x", p,
						 openings[o], denied[i].nr, got);
			}
		}
	}
}

#define SOCKET(family, protocol) X86_64, SYS_socket, { family, 15, protocol }
#define TYPED(family, type, protocol) X86_64, SYS_socket, { family, type, protocol }
#define NO_FAMILY ERRNO(EAFNOSUPPORT)
#define NO_PROTOCOL ERRNO(EPROTONOSUPPORT)
#define NO ERRNO(EPERM)

static const struct expectation arguments[] = {
	{ SOCKET(1, 0), ALLOW, "unix" },
	{ SOCKET(2, 0), ALLOW, "inet" },
	{ SOCKET(10, 0), ALLOW, "inet6" },
	{ SOCKET(HIGH | 2, 0), ALLOW, "inet with rubbish above, which the kernel ignores" },
	{ SOCKET(HIGH | 38, 0), NO_FAMILY, "alg hidden by the high half" },
	{ SOCKET(16, 0), ALLOW, "netlink route" },
	{ SOCKET(16, 9), NO_PROTOCOL, "netlink audit: never EPERM" },
	{ SOCKET(16, 4), NO_PROTOCOL, "netlink diag" },
	{ SOCKET(16, 12), NO_PROTOCOL, "netlink netfilter" },
	{ SOCKET(16, 15), NO_PROTOCOL, "netlink uevent" },
	{ SOCKET(16, 16), NO_PROTOCOL, "netlink generic" },
	{ SOCKET(16, HIGH | 9), NO_PROTOCOL, "netlink audit hidden by the high half" },
	{ SOCKET(HIGH | 16, 9), NO_PROTOCOL, "netlink hidden by the high half" },
	{ SOCKET(0xffffffff, 0), NO_FAMILY, "no family" },

	{ TYPED(2, 1, 6), ALLOW, "tcp" },
	{ TYPED(2, 2 | SOCK_CLOEXEC | SOCK_NONBLOCK, 17), ALLOW, "udp with flags" },
	{ TYPED(2, 2, 1), ALLOW, "ping" },
	{ TYPED(10, 2, 58), ALLOW, "ping of inet6" },
	{ TYPED(2, 2, 136), ALLOW, "udp-lite" },
	{ TYPED(10, 1, 262), ALLOW, "mptcp of inet6" },
	{ TYPED(HIGH | 2, HIGH | 1, HIGH | 6), ALLOW, "tcp with rubbish above" },
	{ TYPED(2, 6, 33), NO_PROTOCOL, "dccp" },
	{ TYPED(2, 2, 115), NO_PROTOCOL, "l2tp" },
	{ TYPED(2, 1, 132), NO_PROTOCOL, "sctp" },
	{ TYPED(10, 1, 132), NO_PROTOCOL, "sctp of inet6" },
	{ TYPED(2, 1, 256), NO_PROTOCOL, "smc" },
	{ TYPED(10, 1, 256), NO_PROTOCOL, "smc of inet6" },
	{ TYPED(2, 1, 0xffffffff), NO_PROTOCOL, "no protocol" },
	{ TYPED(2, 1, HIGH | 132), NO_PROTOCOL, "sctp with rubbish above" },
	{ TYPED(HIGH | 2, 1, 132), NO_PROTOCOL, "sctp, inet with rubbish above" },
	{ TYPED(HIGH | 10, 1, 132), NO_PROTOCOL, "sctp, inet6 with rubbish above" },
	{ TYPED(2, 3 * HIGH | 1, 132), NO_PROTOCOL, "sctp, raw in the high half only" },
	{ TYPED(2, 7, 132), NO_PROTOCOL, "sctp, type with the bits of raw" },
	{ TYPED(2, 2 | 0x30, 132), NO_PROTOCOL, "sctp, raw above the type's bits" },
	{ TYPED(2, 5, 0), NO_PROTOCOL, "sctp by its type" },
	{ TYPED(10, 5, 0), NO_PROTOCOL, "sctp by its type, inet6" },
	{ TYPED(2, 6, 0), NO_PROTOCOL, "dccp by its type" },
	{ TYPED(10, 6 | SOCK_CLOEXEC, 0), NO_PROTOCOL, "dccp by its type, with a flag" },
	{ TYPED(HIGH | 2, HIGH | 6, HIGH), NO_PROTOCOL, "dccp by its type, rubbish above" },
	{ TYPED(1, 5, 0), ALLOW, "unix, packets in sequence" },
	{ TYPED(1, 1, 132), ALLOW, "unix: the kernel judges the protocol" },
	{ TYPED(2, 3, 132), ALLOW, "raw: the capability decides" },
	{ TYPED(10, HIGH | 3 | SOCK_CLOEXEC, 89), ALLOW, "raw with a flag and rubbish above" },
	{ TYPED(16, 3, 9), NO_PROTOCOL, "netlink audit is not let through as raw" },
	{ TYPED(17, 3, 0), NO_FAMILY, "nor is packet" },
	{ TYPED(2, 10, 0), NO_FAMILY, "packet by the old type of inet" },
	{ TYPED(2, 10, 0x300), NO_FAMILY, "of every protocol" },
	{ TYPED(2, 10 | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), NO_FAMILY, "with flags" },
	{ TYPED(HIGH | 2, HIGH | 10, 0), NO_FAMILY, "with rubbish above" },
	{ TYPED(2, 10, 132), NO_FAMILY, "of a protocol that is none of inet's" },
	{ TYPED(10, 10, 132), NO_PROTOCOL, "inet6 has no such type" },
	{ TYPED(1, 10, 0), ALLOW, "nor has unix: the kernel judges the type" },
	{ TYPED(16, 3, 0), ALLOW, "netlink route, raw" },

	{ X86_64, SYS_socketpair, { 1 }, ALLOW, "unix pair" },
	{ X86_64, SYS_socketpair, { 2 }, NO_FAMILY, "inet pair" },
	{ X86_64, SYS_socketpair, { HIGH | 40 }, NO_FAMILY, "vsock pair" },

	{ X86_64, SYS_clone, { 0x11 }, ALLOW, "fork" },
	{ X86_64, SYS_clone, { 0x3d0f00 }, ALLOW, "thread" },
	{ X86_64, SYS_clone, { 0x00020000 | 17 }, NO, "new mount namespace" },
	{ X86_64, SYS_clone, { 0x02000000 | 17 }, NO, "new cgroup namespace" },
	{ X86_64, SYS_clone, { 0x04000000 | 17 }, NO, "new uts namespace" },
	{ X86_64, SYS_clone, { 0x08000000 | 17 }, NO, "new ipc namespace" },
	{ X86_64, SYS_clone, { 0x10000000 | 17 }, NO, "new user namespace" },
	{ X86_64, SYS_clone, { 0x20000000 | 17 }, NO, "new pid namespace" },
	{ X86_64, SYS_clone, { 0x40000000 | 17 }, NO, "new network namespace" },
	{ X86_64, SYS_clone, { HIGH | 0x10000000 | 17 }, NO, "with rubbish above" },
	{ X86_64, SYS_clone, { HIGH | 17 }, ALLOW, "fork with rubbish above" },

	{ X86_64, SYS_unshare, { 0 }, ALLOW, "unshare nothing" },
	{ X86_64, SYS_unshare, { 0x200 }, ALLOW, "unshare fs, as smbd does" },
	{ X86_64, SYS_unshare, { 0x40600 }, ALLOW, "unshare fs, files, sysvsem" },
	{ X86_64, SYS_unshare, { HIGH | 0x200 }, ALLOW, "with rubbish above" },
	{ X86_64, SYS_unshare, { 0x80 }, NO, "new time namespace" },
	{ X86_64, SYS_unshare, { 0x10000000 }, NO, "new user namespace" },
	{ X86_64, SYS_unshare, { 0x10040600 }, NO, "new user namespace among harmless flags" },
	{ X86_64, SYS_unshare, { HIGH | 0x10000000 }, NO, "with rubbish above" },

	{ X86_64, SYS_mknod, { 0, 0644 }, ALLOW, "no type" },
	{ X86_64, SYS_mknod, { 0, S_IFREG | 0644 }, ALLOW, "regular" },
	{ X86_64, SYS_mknod, { 0, S_IFIFO | 0644 }, ALLOW, "fifo" },
	{ X86_64, SYS_mknod, { 0, S_IFSOCK | 0644 }, ALLOW, "socket" },
	{ X86_64, SYS_mknod, { 0, S_IFCHR | 0644 }, NO, "character device" },
	{ X86_64, SYS_mknod, { 0, S_IFBLK | 0644 }, NO, "block device" },
	{ X86_64, SYS_mknod, { 0, HIGH | S_IFBLK }, NO, "block device, rubbish above" },
	{ X86_64, SYS_mknodat, { 0, 0, S_IFIFO | 0644 }, ALLOW, "fifo" },
	{ X86_64, SYS_mknodat, { 0, 0, S_IFCHR | 0644 }, NO, "character device" },
	{ X86_64, SYS_mknodat, { 0, S_IFCHR, 0644 }, ALLOW, "the mode is the third argument" },

	{ X86_64, SYS_personality, { 0 }, ALLOW, "linux" },
	{ X86_64, SYS_personality, { 8 }, ALLOW, "linux32" },
	{ X86_64, SYS_personality, { 0x20000 }, ALLOW, "uname26" },
	{ X86_64, SYS_personality, { 0x20008 }, ALLOW, "linux32 uname26" },
	{ X86_64, SYS_personality, { 0xffffffff }, ALLOW, "asks" },
	{ X86_64, SYS_personality, { UINT64_MAX }, ALLOW, "asks, sign extended" },
	{ X86_64, SYS_personality, { 0x40000 }, NO, "no randomization" },
	{ X86_64, SYS_personality, { 0x0400000 }, NO, "read implies exec" },
	{ X86_64, SYS_personality, { HIGH | 0x40000 }, NO, "with rubbish above" },

	{ X86_64, SYS_ioctl, { 0, 0x5401 }, ALLOW, "TCGETS" },
	{ X86_64, SYS_ioctl, { 0, 0x5413 }, ALLOW, "TIOCGWINSZ" },
	{ X86_64, SYS_ioctl, { 0x5412, 0 }, ALLOW, "the request is the second argument" },
	{ X86_64, SYS_ioctl, { 0, 0x5412 }, NO, "TIOCSTI" },
	{ X86_64, SYS_ioctl, { 0, HIGH | 0x5412 }, NO, "TIOCSTI with rubbish above" },
	{ X86_64, SYS_ioctl, { 0, 0x541c }, NO, "TIOCLINUX" },
	{ X86_64, SYS_ioctl, { 0, 0x541d }, NO, "TIOCCONS" },
	{ X86_64, SYS_ioctl, { 0, 0x5423 }, NO, "TIOCSETD" },
	{ X86_64, SYS_ioctl, { 0, UINT64_C(0xffffffff00005423) }, NO, "TIOCSETD, high bits set" },

	{ X86_64, SYS_setsockopt, { 0, 6, 1 }, ALLOW, "TCP_NODELAY" },
	{ X86_64, SYS_setsockopt, { 0, 1, 31 }, ALLOW, "level socket, 31" },
	{ X86_64, SYS_setsockopt, { 0, 6, 31 }, NO, "TCP_ULP" },
	{ X86_64, SYS_setsockopt, { 0, HIGH | 6, HIGH | 31 }, NO, "TCP_ULP with rubbish above" },
	{ X86_64, SYS_setsockopt, { 0, 17, 100 }, NO, "UDP_ENCAP" },
	{ X86_64, SYS_setsockopt, { 0, 17, 103 }, ALLOW, "UDP_SEGMENT" },
	{ X86_64, SYS_setsockopt, { 0, 136, 100 }, NO, "UDP_ENCAP of level udp-lite" },
	{ X86_64, SYS_setsockopt, { 0, HIGH | 136, HIGH | 100 }, NO, "with rubbish above" },
	{ X86_64, SYS_setsockopt, { 0, 136, 10 }, ALLOW, "UDPLITE_SEND_CSCOV" },
	{ X86_64, SYS_setsockopt, { 0, 6, 100 }, ALLOW, "level tcp, 100" },
	{ X86_64, SYS_setsockopt, { 0, 279, 1 }, NO, "ALG_SET_KEY" },
	{ X86_64, SYS_setsockopt, { 0, 279, 31 }, NO, "any option of level alg" },

	{ X86_64, SYS_pipe2, { 0, 0 }, ALLOW, "pipe" },
	{ X86_64, SYS_pipe2, { 0, O_CLOEXEC | O_NONBLOCK }, ALLOW, "pipe with flags" },
	{ X86_64, SYS_pipe2, { 0, O_EXCL }, NO, "notification pipe" },
	{ X86_64, SYS_pipe2, { 0, HIGH | O_EXCL | O_CLOEXEC }, NO, "with rubbish above" },

	{ X86_64, SYS_prctl, { 47, 1 }, ALLOW, "ambient: is set" },
	{ X86_64, SYS_prctl, { 47, 3 }, ALLOW, "ambient: lower" },
	{ X86_64, SYS_prctl, { 47, 4 }, ALLOW, "ambient: clear all" },
	{ X86_64, SYS_prctl, { 47, 2 }, NO, "ambient: raise" },
	{ X86_64, SYS_prctl, { HIGH | 47, HIGH | 2 }, NO, "ambient: raise, rubbish above" },
	{ X86_64, SYS_prctl, { 38, 2 }, ALLOW, "the second argument only counts for ambient" },
	{ X86_64, SYS_prctl, { 35 }, NO, "PR_SET_MM" },
	{ X86_64, SYS_prctl, { 0x59616d61 }, NO, "PR_SET_PTRACER" },
	{ X86_64, SYS_prctl, { HIGH | 35 }, NO, "PR_SET_MM with rubbish above" },
	{ X86_64, SYS_prctl, { 0x53564d41 }, ALLOW, "PR_SET_VMA" },

	{ X86_64, 337, { 0 }, ERRNO(ENOSYS), "a number between" },
	{ X86_64, 423, { 0 }, ERRNO(ENOSYS), "a number between" },
	{ X86_64, 470, { 0 }, ERRNO(ENOSYS), "a call newer than the table" },
	{ X86_64, 0x3fff, { 0 }, ERRNO(ENOSYS), "no call" },
	{ X86_64, 0x3fffffff, { 0 }, ERRNO(ENOSYS), "no call" },

	{ X86_64, X32 | SYS_getpid, { 0 }, KILL, "x32" },
	{ X86_64, X32 | 520, { 0 }, KILL, "x32's own execve" },
	{ X86_64, X32 | 0x3fff, { 0 }, KILL, "x32, no call" },
	{ I386, 20, { 0 }, KILL, "getpid of i386" },
	{ I386, 102, { 1 }, KILL, "socketcall" },
	{ I386, 400000, { 0 }, KILL, "i386, no call" },
	{ AUDIT_ARCH_AARCH64, 172, { 0 }, KILL, "another machine" },
	{ 0, 0, { 0 }, KILL, "no machine" },

	{ X86_64, SYS_read, { 0 }, ALLOW, "read" },
	{ X86_64, SYS_execve, { 0 }, ALLOW, "execve" },
	{ X86_64, SYS_execveat, { 0 }, ALLOW, "execveat" },
	{ X86_64, SYS_chroot, { 0 }, ALLOW, "chroot: the capability decides" },
	{ X86_64, SYS_seccomp, { 0 }, ALLOW, "seccomp: programs load filters of their own" },
	{ X86_64, SYS_memfd_create, { 0 }, ALLOW, "memfd_create" },
	{ X86_64, SYS_landlock_create_ruleset, { 0 }, ALLOW, "landlock" },
	{ X86_64, SYS_io_setup, { 0 }, ALLOW, "io_setup: mariadb" },
	{ X86_64, SYS_rseq, { 0 }, ALLOW, "rseq" },
	{ X86_64, 452, { 0 }, ALLOW, "fchmodat2: tar" },
	{ X86_64, 335, { 0 }, ALLOW, "uretprobe" },
	{ X86_64, SYS_openat2, { 0 }, ALLOW, "openat2" },
	{ X86_64, SYS_sched_setscheduler, { 0 }, ALLOW, "sched_setscheduler" },
};

static void arguments_are_judged_by_their_low_half(void **state)
{
	(void)state;
	for (size_t p = 0; p < ARRAY_SIZE(profiles); p++)
		expect(&profiles[p], arguments, ARRAY_SIZE(arguments));
}

static void every_family_and_option_outside_the_list_is_refused(void **state)
{
	static const unsigned char options[] = {
		1, 2, 3, 4, 7, 8, 15, 16, 21, 22, 23, 24, 27, 28, 29, 30, 36, 37, 38, 39, 40, 41,
		42, 47, 52,
	};
	auto_seccomp_program program = SECCOMP_PROGRAM_INIT;

	(void)state;
	prepare(&profiles[0], &program);
	for (uint32_t f = 0; f < 100; f++) {
		const struct expectation call = { X86_64, SYS_socket, { f, 15, 0 }, 0, "" };
		bool known = f == 1 || f == 2 || f == 10 || f == 16;

		assert_int_equal(judge(&program, &call), known ? ALLOW : NO_FAMILY);
	}
	for (uint32_t p = 0; p < 64; p++) {
		const struct expectation call = { X86_64, SYS_socket, { 16, 15, p }, 0, "" };

		assert_int_equal(judge(&program, &call), p == 0 ? ALLOW : NO_PROTOCOL);
	}
	for (uint32_t p = 0; p < 1024; p++) {
		const struct expectation calls[] = {
			{ TYPED(2, 1, p), 0, "" }, { TYPED(10, 2, p), 0, "" },
			{ TYPED(2, 3, p), 0, "" }, { TYPED(10, 3, p), 0, "" },
		};
		bool known = p == 0 || p == 1 || p == 6 || p == 17 || p == 58 || p == 136 ||
			     p == 255 || p == 262;

		assert_int_equal(judge(&program, &calls[0]), known ? ALLOW : NO_PROTOCOL);
		assert_int_equal(judge(&program, &calls[1]), known ? ALLOW : NO_PROTOCOL);
		assert_int_equal(judge(&program, &calls[2]), ALLOW);
		assert_int_equal(judge(&program, &calls[3]), ALLOW);
	}
	for (uint32_t o = 0; o < 256; o++) {
		const struct expectation call = { X86_64, SYS_prctl, { o, 1 }, 0, "" };

		assert_int_equal(judge(&program, &call),
				 memchr(options, (int)o, sizeof(options)) ? ALLOW : NO);
	}
}

static void openings_let_families_protocols_and_options_through(void **state)
{
	static const struct {
		unsigned int opening;
		struct expectation call;
	} cases[] = {
		{ POLICY_OPEN_PACKET, { SOCKET(17, 3), NO_FAMILY, "packet" } },
		{ POLICY_OPEN_PACKET, { TYPED(2, 10, 0x300), NO_FAMILY, "packet of inet" } },
		{ POLICY_OPEN_VSOCK, { SOCKET(40, 0), NO_FAMILY, "vsock" } },
		{ POLICY_OPEN_NETLINK_DIAG, { SOCKET(16, 4), NO_PROTOCOL, "diag" } },
		{ POLICY_OPEN_NETLINK_GENERIC, { SOCKET(16, 16), NO_PROTOCOL, "generic" } },
		{ POLICY_OPEN_NETLINK_UEVENT, { SOCKET(16, 15), NO_PROTOCOL, "uevent" } },
		{ POLICY_OPEN_NETLINK_FIREWALL, { SOCKET(16, 12), NO_PROTOCOL, "firewall" } },
		{ POLICY_OPEN_KTLS, { X86_64, SYS_setsockopt, { 0, 6, 31 }, NO, "ulp" } },
	};

	(void)state;
	for (size_t p = 0; p < ARRAY_SIZE(profiles); p++) {
		for (size_t o = 0; o < ARRAY_SIZE(cases); o++) {
			auto_seccomp_program program = SECCOMP_PROGRAM_INIT;
			struct plan_seccomp plan = profiles[p];

			plan.openings = cases[o].opening;
			prepare(&plan, &program);
			for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
				uint32_t got = judge(&program, &cases[i].call);
				bool opened = cases[i].opening == plan.openings;
				uint32_t want = opened ? ALLOW : cases[i].call.verdict;

				if (got != want)
					fail_msg("profile %zu, opening %#x: %s: %#x", p,
						 plan.openings, cases[i].call.what, got);
			}
		}
	}
}

static void the_32_bit_abi_is_under_the_floor_when_opened(void **state)
{
	static const struct expectation calls[] = {
		{ I386, 20, { 0 }, ALLOW, "getpid" },
		{ I386, 3, { 0 }, ALLOW, "read" },
		{ I386, 403, { 0 }, ALLOW, "clock_gettime64" },
		{ I386, 21, { 0 }, NO, "mount" },
		{ I386, 22, { 0 }, NO, "umount" },
		{ I386, 52, { 0 }, NO, "umount2" },
		{ I386, 25, { 0 }, NO, "stime" },
		{ I386, 404, { 0 }, NO, "clock_settime64" },
		{ I386, 26, { 0 }, NO, "ptrace" },
		{ I386, 123, { 0 }, NO, "modify_ldt" },
		{ I386, 435, { 0 }, ERRNO(ENOSYS), "clone3" },
		{ I386, 425, { 0 }, ERRNO(ENOSYS), "io_uring_setup" },
		{ I386, 102, { 1 }, ERRNO(ENOSYS), "socketcall hides its arguments" },
		{ I386, 102, { 5 }, ERRNO(ENOSYS), "socketcall hides its arguments" },
		{ I386, 359, { 2 }, ALLOW, "socket" },
		{ I386, 359, { 38 }, NO_FAMILY, "alg" },
		{ I386, 359, { 16, 3, 9 }, NO_PROTOCOL, "netlink audit" },
		{ I386, 359, { 2, 1, 132 }, NO_PROTOCOL, "sctp" },
		{ I386, 359, { 10, 6, 0 }, NO_PROTOCOL, "dccp by its type" },
		{ I386, 359, { 2, 3, 132 }, ALLOW, "raw" },
		{ I386, 360, { 1 }, ALLOW, "socketpair" },
		{ I386, 366, { 3, 6, 31 }, NO, "TCP_ULP" },
		{ I386, 366, { 3, 136, 100 }, NO, "UDP_ENCAP of level udp-lite" },
		{ I386, 120, { 17 }, ALLOW, "fork" },
		{ I386, 120, { 0x10000000 }, NO, "new user namespace" },
		{ I386, 310, { 0x200 }, ALLOW, "unshare fs" },
		{ I386, 310, { 0x10000000 }, NO, "unshare user" },
		{ I386, 54, { 0, 0x5412 }, NO, "TIOCSTI" },
		{ I386, 172, { 47, 2 }, NO, "ambient raise" },
		{ I386, 14, { 0, S_IFBLK }, NO, "mknod" },
		{ I386, 388, { 0 }, ERRNO(ENOSYS), "a number between" },
		{ I386, 470, { 0 }, ERRNO(ENOSYS), "newer than the table" },
		{ I386, X32 | 20, { 0 }, ERRNO(ENOSYS), "the bit means nothing there" },
		{ X86_64, X32 | SYS_getpid, { 0 }, KILL, "x32 stays closed" },
		{ AUDIT_ARCH_AARCH64, 172, { 0 }, KILL, "another machine" },
		{ X86_64, SYS_getpid, { 0 }, ALLOW, "getpid" },
		{ X86_64, SYS_mount, { 0 }, NO, "mount" },
		{ X86_64, 470, { 0 }, ERRNO(ENOSYS), "newer than the table" },
	};
	static const char *const names[] = { "SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32" };
	struct spec_seccomp open = allow_all;

	(void)state;
	open.architectures = (struct spec_strings){ 3, (const char **)names };
	for (size_t p = 0; p < ARRAY_SIZE(profiles); p++) {
		struct plan_seccomp plan = profiles[p];

		plan.openings = POLICY_OPEN_ABI_32;
		if (plan.profile != NULL)
			plan.profile = &open;
		EXPECT(plan, calls);
	}

	/* A profile of the machine's own ABI alone closes the others again. */
	const struct plan_seccomp narrow = { .enabled = true, .profile = &allow_all, .floor = true,
					     .openings = POLICY_OPEN_ABI_32 };
	const struct expectation call = { I386, 20, { 0 }, KILL, "getpid" };

	expect(&narrow, &call, 1);
}

/* What a call that no library knows on a foreign ABI can do must not depend on the library. */
static void no_denied_call_of_the_32_bit_abi_slips_by(void **state)
{
	const struct plan_seccomp plan = { .enabled = true, .floor = true,
					   .openings = POLICY_OPEN_ABI_32 };
	auto_seccomp_program program = SECCOMP_PROGRAM_INIT;

	(void)state;
	prepare(&plan, &program);
	for (size_t i = 0; i < ARRAY_SIZE(denied); i++) {
		/* From 424 on numbers are the same. */
		uint32_t got = judge_number(&program, I386, denied[i].nr);

		if (denied[i].nr >= 424 && (got & SECCOMP_RET_ACTION_FULL) != SECCOMP_RET_ERRNO)
			fail_msg("number %d: %#x", denied[i].nr, got);
	}
}

/* In a child under the filter. Only calls that do nothing even where they are let through. */
static void make_calls(void)
{
	static const struct {
		long nr;
		long a, b, c;
		int errnum;
	} calls[] = {
		{ SYS_mount, 0, 0, 0, EPERM },
		{ SYS_clone3, 0, 0, 0, ENOSYS },
		{ SYS_io_uring_setup, 0, 0, 0, ENOSYS },
		{ SYS_unshare, 0x10000000, 0, 0, EPERM },
		{ SYS_bpf, 9999, 0, 0, EPERM },
		{ SYS_keyctl, 0, -3, 0, EPERM },
		{ SYS_socket, 38, 15, 0, EAFNOSUPPORT },
		{ SYS_socket, (long)(HIGH | 38), 15, 0, EAFNOSUPPORT },
		{ SYS_socket, 16, 15, 9, EPROTONOSUPPORT },
		{ SYS_socket, 16, 15, 0, EINVAL },
		{ SYS_socket, 2, 1, 0x7fff, EPROTONOSUPPORT },
		{ SYS_setsockopt, -1, 136, (long)(HIGH | 100), EPERM },
		{ SYS_setns, -1, 0, 0, EPERM },
		{ SYS_personality, 0x40000, 0, 0, EPERM },
		{ SYS_ioctl, -1, (long)(HIGH | 0x5412), 0, EPERM },
		{ SYS_ioctl, -1, 0x5401, 0, EBADF },
		{ SYS_prctl, 47, 2, 13, EPERM },
		{ 0x3fff, 0, 0, 0, ENOSYS },
		{ SYS_setsockopt, -1, 6, 31, EPERM },
		{ SYS_open_by_handle_at, -1, 0, 0, EPERM },
		{ SYS_ptrace, 0x7777, -1, 0, EPERM },
		{ SYS_reboot, 0, 0, 0, EPERM },
	};

	for (size_t i = 0; i < ARRAY_SIZE(calls); i++) {
		long result = syscall(calls[i].nr, calls[i].a, calls[i].b, calls[i].c, 0L, 0L);

		if (result != -1 || errno != calls[i].errnum) {
			(void)dprintf(2, "call %ld: %ld, errno %d\n", calls[i].nr, result, errno);
			_exit(10 + (int)i);
		}
	}
	if (prctl(PR_GET_SECCOMP) != SECCOMP_MODE_FILTER)
		_exit(2);
}

static int in_child(void (*what)(void))
{
	auto_seccomp_program program = SECCOMP_PROGRAM_INIT;
	int status;
	pid_t pid;

	prepare(&profiles[1], &program);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		struct error err = ERROR_INIT;

		if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
		    seccomp_install(&program, &err) < 0)
			_exit(1);
		what();
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static void the_kernel_answers_as_the_table_says(void **state)
{
	int status = in_child(make_calls);

	(void)state;
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void call_i386(void)
{
	long result = 20;	/* getpid */

	__asm__ volatile("int $0x80" : "+a"(result) : : "memory", "r8", "r9", "r10", "r11");
}

static void call_x32(void)
{
	(void)syscall(X32 | SYS_getpid);
}

/* A kernel may be without these calls, and then the processor does not come as far as the filter. */
static bool has_i386(void)
{
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		(void)signal(SIGSEGV, SIG_DFL);
		call_i386();
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status);
}

static void ends_by_the_filter(void (*call)(void))
{
	int status = in_child(call);

	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGSYS);
}

static void i386_calls_end_the_process(void **state)
{
	(void)state;
	if (!has_i386())
		skip_because("needs 32-bit system calls (int $0x80), which this kernel ends with a signal");
	ends_by_the_filter(call_i386);
}

static void x32_calls_end_the_process(void **state)
{
	(void)state;
	ends_by_the_filter(call_x32);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole_calls_are_refused_with_their_errno),
		cmocka_unit_test(an_opening_lifts_its_own_rules_and_no_others),
		cmocka_unit_test(arguments_are_judged_by_their_low_half),
		cmocka_unit_test(every_family_and_option_outside_the_list_is_refused),
		cmocka_unit_test(openings_let_families_protocols_and_options_through),
		cmocka_unit_test(the_32_bit_abi_is_under_the_floor_when_opened),
		cmocka_unit_test(no_denied_call_of_the_32_bit_abi_slips_by),
		cmocka_unit_test(the_kernel_answers_as_the_table_says),
		cmocka_unit_test(i386_calls_end_the_process),
		cmocka_unit_test(x32_calls_end_the_process),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * Profiles, alone and behind the floor, run on the machine of filter_machine.h. x86-64.
 */
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "filter_machine.h"

#include "base/cleanup.h"
#include "kernel/compat.h"
#include "run/seccomp.h"
#include "src/run/seccomp_default.h"

#define X86_64 AUDIT_ARCH_X86_64
#define I386 AUDIT_ARCH_I386
#define X32 0x40000000
#define HIGH UINT64_C(0x100000000)

#define STRINGS(...)						\
	{ .count = ARRAY_SIZE(((const char *[]){ __VA_ARGS__ })),	\
	  .items = (const char *[]){ __VA_ARGS__ } }
#define RULES(list) .rule_count = ARRAY_SIZE(list), .rules = (list)
#define ARGS(...)						\
	.arg_count = ARRAY_SIZE(((struct spec_seccomp_arg[]){ __VA_ARGS__ })), \
	.args = (struct spec_seccomp_arg[]){ __VA_ARGS__ }
#define SET(number) { .set = true, .value = (number) }
#define NO ERRNO(EPERM)

struct expectation {
	uint32_t arch;
	uint32_t nr;
	uint64_t args[4];
	uint32_t verdict;
};

static void prepare(const struct plan_seccomp *plan, struct seccomp_program *out)
{
	struct error err = ERROR_INIT;

	if (seccomp_compile(plan, out, &err) < 0)
		fail_msg("%s", err.message);
	assert_true(out->count > 0 && out->count <= SECCOMP_INSNS_MAX);
}

static void expect_plan(const struct plan_seccomp *plan, const struct expectation *calls,
			size_t count)
{
	auto_seccomp_program program = SECCOMP_PROGRAM_INIT;

	prepare(plan, &program);
	for (size_t i = 0; i < count; i++) {
		const struct seccomp_data data = {
			.nr = (int)calls[i].nr,
			.arch = calls[i].arch,
			.args = { calls[i].args[0], calls[i].args[1], calls[i].args[2],
				  calls[i].args[3] },
		};
		uint32_t got = filter_run(program.insns, program.count, &data);

		if (got != calls[i].verdict)
			fail_msg("row %zu, number %u: %#x, expected %#x", i, calls[i].nr, got,
				 calls[i].verdict);
	}
}

static void expect(const struct spec_seccomp *profile, const struct expectation *calls,
		   size_t count)
{
	const struct plan_seccomp plan = { .enabled = true, .profile = profile };

	expect_plan(&plan, calls, count);
}

#define EXPECT(profile, calls) expect(&(profile), calls, ARRAY_SIZE(calls))

static void refuse(const struct spec_seccomp *profile, const char *words)
{
	const struct plan_seccomp plan = { .enabled = true, .profile = profile };
	auto_seccomp_program program = SECCOMP_PROGRAM_INIT;
	struct error err = ERROR_INIT;

	assert_int_equal(seccomp_compile(&plan, &program, &err), -1);
	assert_int_equal(err.kind, ERROR_SPEC);
	assert_null(program.insns);
	if (strstr(err.message, words) == NULL)
		fail_msg("'%s' not in: %s", words, err.message);
}

static void every_action_and_errno_is_carried_out(void **state)
{
	struct spec_seccomp_rule rules[] = {
		{ .names = STRINGS("getpid"), .action = "SCMP_ACT_ERRNO" },
		{ .names = STRINGS("getppid"), .action = "SCMP_ACT_ERRNO", .errno_ret = SET(99) },
		{ .names = STRINGS("getuid"), .action = "SCMP_ACT_KILL" },
		{ .names = STRINGS("geteuid"), .action = "SCMP_ACT_KILL_THREAD" },
		{ .names = STRINGS("getgid"), .action = "SCMP_ACT_KILL_PROCESS" },
		{ .names = STRINGS("getegid"), .action = "SCMP_ACT_TRAP" },
		{ .names = STRINGS("getsid"), .action = "SCMP_ACT_TRACE" },
		{ .names = STRINGS("getpgid"), .action = "SCMP_ACT_TRACE", .errno_ret = SET(7) },
		{ .names = STRINGS("gettid", "read"), .action = "SCMP_ACT_LOG" },
		{ .names = STRINGS("write"), .action = "SCMP_ACT_ALLOW" },
		{ .names = STRINGS("close"), .action = "SCMP_ACT_ERRNO", .errno_ret = SET(0) },
		{ .names = STRINGS("open"), .action = "SCMP_ACT_ERRNO", .errno_ret = SET(4094) },
	};
	const struct spec_seccomp profile = { .set = true, .default_action = "SCMP_ACT_ALLOW",
					      RULES(rules) };
	static const struct expectation calls[] = {
		{ X86_64, SYS_getpid, { 0 }, NO },
		{ X86_64, SYS_getppid, { 0 }, ERRNO(99) },
		{ X86_64, SYS_getuid, { 0 }, SECCOMP_RET_KILL_THREAD },
		{ X86_64, SYS_geteuid, { 0 }, SECCOMP_RET_KILL_THREAD },
		{ X86_64, SYS_getgid, { 0 }, SECCOMP_RET_KILL_PROCESS },
		{ X86_64, SYS_getegid, { 0 }, SECCOMP_RET_TRAP },
		{ X86_64, SYS_getsid, { 0 }, SECCOMP_RET_TRACE | EPERM },
		{ X86_64, SYS_getpgid, { 0 }, SECCOMP_RET_TRACE | 7 },
		{ X86_64, SYS_gettid, { 0 }, SECCOMP_RET_LOG },
		{ X86_64, SYS_read, { 0 }, SECCOMP_RET_LOG },
		{ X86_64, SYS_write, { 0 }, ALLOW },
		{ X86_64, SYS_close, { 0 }, ERRNO(0) },
		{ X86_64, SYS_open, { 0 }, ERRNO(4094) },
		{ X86_64, SYS_mount, { 0 }, ALLOW },
		{ X86_64, 0x3fff, { 0 }, ALLOW },
	};

	(void)state;
	EXPECT(profile, calls);
}

static void every_operator_compares_64_bits(void **state)
{
	struct spec_seccomp_rule rules[] = {
		{ .names = STRINGS("getpid"), .action = "SCMP_ACT_ERRNO", .errno_ret = SET(1),
		  ARGS({ .index = 0, .value = HIGH | 5, .op = "SCMP_CMP_EQ" }) },
		{ .names = STRINGS("getppid"), .action = "SCMP_ACT_ERRNO", .errno_ret = SET(2),
		  ARGS({ .index = 1, .value = HIGH | 5, .op = "SCMP_CMP_NE" }) },
		{ .names = STRINGS("getuid"), .action = "SCMP_ACT_ERRNO", .errno_ret = SET(3),
		  ARGS({ .index = 2, .value = HIGH | 5, .op = "SCMP_CMP_LT" }) },
		{ .names = STRINGS("geteuid"), .action = "SCMP_ACT_ERRNO", .errno_ret = SET(4),
		  ARGS({ .index = 3, .value = HIGH | 5, .op = "SCMP_CMP_LE" }) },
		{ .names = STRINGS("getgid"), .action = "SCMP_ACT_ERRNO", .errno_ret = SET(5),
		  ARGS({ .index = 0, .value = HIGH | 5, .op = "SCMP_CMP_GE" }) },
		{ .names = STRINGS("getegid"), .action = "SCMP_ACT_ERRNO", .errno_ret = SET(6),
		  ARGS({ .index = 0, .value = HIGH | 5, .op = "SCMP_CMP_GT" }) },
		{ .names = STRINGS("getsid"), .action = "SCMP_ACT_ERRNO", .errno_ret = SET(7),
		  ARGS({ .index = 0, .value = HIGH | 0xf0, .value_two = HIGH | 0x50,
			 .op = "SCMP_CMP_MASKED_EQ" }) },
		{ .names = STRINGS("gettid"), .action = "SCMP_ACT_ERRNO", .errno_ret = SET(8),
		  ARGS({ .index = 0, .value = 1, .op = "SCMP_CMP_EQ" },
		       { .index = 1, .value = 2, .op = "SCMP_CMP_EQ" }) },
	};
	const struct spec_seccomp profile = { .set = true, .default_action = "SCMP_ACT_ALLOW",
					      RULES(rules) };
	static const struct expectation calls[] = {
		{ X86_64, SYS_getpid, { HIGH | 5 }, ERRNO(1) },
		{ X86_64, SYS_getpid, { 5 }, ALLOW },
		{ X86_64, SYS_getppid, { 0, HIGH | 5 }, ALLOW },
		{ X86_64, SYS_getppid, { 0, 5 }, ERRNO(2) },
		{ X86_64, SYS_getuid, { 0, 0, HIGH | 4 }, ERRNO(3) },
		{ X86_64, SYS_getuid, { 0, 0, HIGH | 5 }, ALLOW },
		{ X86_64, SYS_getuid, { 0, 0, 6 }, ERRNO(3) },
		{ X86_64, SYS_geteuid, { 0, 0, 0, HIGH | 5 }, ERRNO(4) },
		{ X86_64, SYS_geteuid, { 0, 0, 0, HIGH | 6 }, ALLOW },
		{ X86_64, SYS_getgid, { HIGH | 5 }, ERRNO(5) },
		{ X86_64, SYS_getgid, { HIGH | 4 }, ALLOW },
		{ X86_64, SYS_getgid, { 0xffffffff }, ALLOW },
		{ X86_64, SYS_getegid, { HIGH | 5 }, ALLOW },
		{ X86_64, SYS_getegid, { HIGH | 6 }, ERRNO(6) },
		{ X86_64, SYS_getsid, { HIGH | 0x5f }, ERRNO(7) },
		{ X86_64, SYS_getsid, { 0x5f }, ALLOW },
		{ X86_64, SYS_gettid, { 1, 2 }, ERRNO(8) },
		{ X86_64, SYS_gettid, { 1, 3 }, ALLOW },
		{ X86_64, SYS_gettid, { 2, 2 }, ALLOW },
	};

	(void)state;
	EXPECT(profile, calls);
}

static void conditions_on_one_argument_stand_for_themselves(void **state)
{
	struct spec_seccomp_rule rules[] = {
		{ .names = STRINGS("getpid"), .action = "SCMP_ACT_ALLOW",
		  ARGS({ .index = 0, .value = 1, .op = "SCMP_CMP_EQ" },
		       { .index = 0, .value = 2, .op = "SCMP_CMP_EQ" },
		       { .index = 1, .value = 3, .op = "SCMP_CMP_EQ" }) },
		{ .names = STRINGS("gettid", "gettid"), .action = "SCMP_ACT_ALLOW" },
	};
	const struct spec_seccomp profile = { .set = true, .default_action = "SCMP_ACT_ERRNO",
					      RULES(rules) };
	static const struct expectation calls[] = {
		{ X86_64, SYS_getpid, { 1, 0 }, ALLOW },
		{ X86_64, SYS_getpid, { 2, 0 }, ALLOW },
		{ X86_64, SYS_getpid, { 0, 3 }, ALLOW },
		{ X86_64, SYS_getpid, { 0, 0 }, NO },
		{ X86_64, SYS_gettid, { 0, 0 }, ALLOW },
	};

	(void)state;
	EXPECT(profile, calls);
}

static void names_nobody_knows_are_passed_over(void **state)
{
	struct spec_seccomp_rule rules[] = {
		{ .names = STRINGS("read", "no_such_call", "chown32", "socketcall", "fchmodat2"),
		  .action = "SCMP_ACT_ALLOW" },
		/* The default action once more: nothing to do. */
		{ .names = STRINGS("write"), .action = "SCMP_ACT_ERRNO" },
	};
	const struct spec_seccomp profile = { .set = true, .default_action = "SCMP_ACT_ERRNO",
					      RULES(rules) };
	static const struct expectation calls[] = {
		{ X86_64, SYS_read, { 0 }, ALLOW },
		{ X86_64, SYS_write, { 0 }, NO },
		{ X86_64, 452, { 0 }, ALLOW },		/* fchmodat2 */
		{ X86_64, 451, { 0 }, NO },
		{ X86_64, 453, { 0 }, ERRNO(ENOSYS) },
	};
	const struct spec_seccomp empty = { .set = true, .default_action = "SCMP_ACT_LOG" };
	static const struct expectation logged[] = { { X86_64, SYS_read, { 0 }, SECCOMP_RET_LOG } };

	(void)state;
	EXPECT(profile, calls);
	EXPECT(empty, logged);
}

static void newer_calls_give_enosys_whatever_restricts(void **state)
{
	static const struct {
		const char *action;
		uint64_t errno_ret;
		uint32_t known;
		uint32_t newer;
	} cases[] = {
		{ "SCMP_ACT_ERRNO", EPERM, NO, ERRNO(ENOSYS) },
		{ "SCMP_ACT_ERRNO", ENOSYS, ERRNO(ENOSYS), ERRNO(ENOSYS) },
		{ "SCMP_ACT_KILL", 0, SECCOMP_RET_KILL_THREAD, ERRNO(ENOSYS) },
		{ "SCMP_ACT_KILL_PROCESS", 0, SECCOMP_RET_KILL_PROCESS, ERRNO(ENOSYS) },
		{ "SCMP_ACT_TRAP", 0, SECCOMP_RET_TRAP, ERRNO(ENOSYS) },
		{ "SCMP_ACT_LOG", 0, SECCOMP_RET_LOG, SECCOMP_RET_LOG },
		{ "SCMP_ACT_TRACE", 5, SECCOMP_RET_TRACE | 5, SECCOMP_RET_TRACE | 5 },
	};
	struct spec_seccomp_rule rules[] = {
		{ .names = STRINGS("read", "close_range"), .action = "SCMP_ACT_ALLOW" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct spec_seccomp profile = {
			.set = true, .default_action = cases[i].action,
			.default_errno_ret = SET(cases[i].errno_ret), RULES(rules),
		};
		const struct expectation calls[] = {
			{ X86_64, SYS_read, { 0 }, ALLOW },
			{ X86_64, SYS_close_range, { 0 }, ALLOW },
			{ X86_64, SYS_write, { 0 }, cases[i].known },
			{ X86_64, SYS_close_range - 1, { 0 }, cases[i].known },
			{ X86_64, SYS_close_range + 1, { 0 }, cases[i].newer },
			{ X86_64, 0x3fff, { 0 }, cases[i].newer },
		};

		EXPECT(profile, calls);
	}
}

/* i386 and x32 know names up to numbers of their own. */
static void each_abi_has_its_own_newest_call(void **state)
{
	struct spec_seccomp_rule rules[] = {
		{ .names = STRINGS("read", "chown32", "getpid"), .action = "SCMP_ACT_ALLOW" },
		{ .names = STRINGS("socket"), .action = "SCMP_ACT_ALLOW",
		  ARGS({ .index = 0, .value = 40, .op = "SCMP_CMP_NE" }) },
	};
	const struct spec_seccomp profile = {
		.set = true, .default_action = "SCMP_ACT_ERRNO", RULES(rules),
		.architectures = STRINGS("SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"),
	};
	static const struct expectation calls[] = {
		{ X86_64, SYS_getpid, { 0 }, ALLOW },
		{ X86_64, SYS_socket, { 2 }, ALLOW },
		{ X86_64, SYS_socket, { 40 }, NO },
		{ X86_64, 40, { 0 }, NO },
		{ X86_64, 42, { 0 }, ERRNO(ENOSYS) },
		{ X86_64, X32 | SYS_getpid, { 0 }, ALLOW },
		{ X86_64, X32 | 40, { 0 }, NO },
		{ X86_64, X32 | 42, { 0 }, ERRNO(ENOSYS) },
		{ I386, 20, { 0 }, ALLOW },
		{ I386, 3, { 0 }, ALLOW },
		{ I386, 212, { 0 }, ALLOW },
		{ I386, 211, { 0 }, NO },
		{ I386, 213, { 0 }, ERRNO(ENOSYS) },
		{ I386, 500, { 0 }, ERRNO(ENOSYS) },
		{ AUDIT_ARCH_AARCH64, 172, { 0 }, KILL },
	};
	struct spec_seccomp native = profile;
	static const struct expectation alone[] = {
		{ X86_64, SYS_getpid, { 0 }, ALLOW },
		{ X86_64, X32 | SYS_getpid, { 0 }, KILL },
		{ I386, 20, { 0 }, KILL },
	};

	(void)state;
	EXPECT(profile, calls);
	native.architectures = (struct spec_strings){ 0 };
	EXPECT(native, alone);
}

/* What an engine sends: everything but this and that is EPERM. */
static void the_floors_errno_wins_and_the_profile_narrows(void **state)
{
	struct spec_seccomp_rule rules[] = {
		{ .names = STRINGS("read", "mount", "setns", "getpid", "cachestat"),
		  .action = "SCMP_ACT_ALLOW" },
		{ .names = STRINGS("socket"), .action = "SCMP_ACT_ALLOW",
		  ARGS({ .index = 0, .value = 1, .op = "SCMP_CMP_EQ" }) },
		{ .names = STRINGS("clone3"), .action = "SCMP_ACT_ERRNO", .errno_ret = SET(1) },
		{ .names = STRINGS("getppid"), .action = "SCMP_ACT_KILL_PROCESS" },
	};
	const struct spec_seccomp profile = {
		.set = true, .default_action = "SCMP_ACT_ERRNO", RULES(rules),
		.architectures = STRINGS("SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"),
	};
	const struct plan_seccomp both = { .enabled = true, .profile = &profile, .floor = true };
	const struct plan_seccomp alone = { .enabled = true, .profile = &profile };
	static const struct expectation under_both[] = {
		{ X86_64, SYS_getpid, { 0 }, ALLOW },
		{ X86_64, SYS_mount, { 0 }, NO },
		{ X86_64, SYS_socket, { 1 }, ALLOW },
		{ X86_64, SYS_socket, { 2 }, NO },			/* the profile's */
		{ X86_64, SYS_socket, { 16, 3, 9 }, ERRNO(EPROTONOSUPPORT) }, /* the floor's */
		{ X86_64, SYS_socket, { 38 }, ERRNO(EAFNOSUPPORT) },
		{ X86_64, SYS_clone3, { 0 }, ERRNO(ENOSYS) },
		{ X86_64, SYS_getppid, { 0 }, SECCOMP_RET_KILL_PROCESS },
		{ X86_64, SYS_write, { 0 }, NO },
		{ X86_64, 451, { 0 }, ALLOW },
		{ X86_64, 452, { 0 }, ERRNO(ENOSYS) },
		{ X86_64, X32 | SYS_getpid, { 0 }, KILL },
		{ I386, 20, { 0 }, KILL },
	};
	static const struct expectation under_profile[] = {
		{ X86_64, SYS_mount, { 0 }, ALLOW },
		{ X86_64, SYS_socket, { 16, 3, 9 }, NO },
		{ X86_64, SYS_clone3, { 0 }, NO },
		{ I386, 20, { 0 }, ALLOW },
	};

	(void)state;
	expect_plan(&both, under_both, ARRAY_SIZE(under_both));
	expect_plan(&alone, under_profile, ARRAY_SIZE(under_profile));
}

/* As under `baseline`: without the floor. */
static void the_default_profile_stands_alone(void **state)
{
	const struct plan_seccomp plan = { .enabled = true, .profile_default = true };
	static const struct expectation calls[] = {
		{ X86_64, SYS_read, { 0 }, ALLOW },
		{ X86_64, SYS_chroot, { 0 }, ALLOW },
		{ X86_64, SYS_ioctl, { 0, 0x5401 }, ALLOW },
		{ X86_64, SYS_prctl, { 1 }, ALLOW },
		{ X86_64, SYS_mknod, { 0, 0 }, ALLOW },
		{ X86_64, SYS_seccomp, { 0 }, ALLOW },
		{ X86_64, 452, { 0 }, ALLOW },
		{ X86_64, SYS_mount, { 0 }, NO },
		{ X86_64, SYS_ptrace, { 0 }, NO },
		{ X86_64, SYS_bpf, { 0 }, NO },
		{ X86_64, SYS_keyctl, { 0 }, NO },
		{ X86_64, SYS_modify_ldt, { 0 }, NO },
		{ X86_64, SYS_get_mempolicy, { 0 }, NO },
		{ X86_64, SYS_clone3, { 0 }, ERRNO(ENOSYS) },
		{ X86_64, SYS_io_uring_setup, { 0 }, ERRNO(ENOSYS) },
		{ X86_64, SYS_remap_file_pages, { 0 }, ERRNO(ENOSYS) },
		{ X86_64, SYS_fanotify_mark, { 0 }, ERRNO(ENOSYS) },
		{ X86_64, 0x3fff, { 0 }, ERRNO(ENOSYS) },
		{ X86_64, SYS_socket, { 1 }, ALLOW },
		{ X86_64, SYS_socket, { 2, 1, 6 }, ALLOW },
		{ X86_64, SYS_socket, { 10 }, ALLOW },
		{ X86_64, SYS_socket, { HIGH | 2 }, ALLOW },
		{ X86_64, SYS_socket, { 16, 3, 0 }, ALLOW },
		{ X86_64, SYS_socket, { 16, 3, 9 }, ERRNO(EPROTONOSUPPORT) },
		{ X86_64, SYS_socket, { 16, 3, 15 }, ERRNO(EPROTONOSUPPORT) },
		{ X86_64, SYS_socket, { 0 }, ERRNO(EAFNOSUPPORT) },
		{ X86_64, SYS_socket, { 3 }, ERRNO(EAFNOSUPPORT) },
		{ X86_64, SYS_socket, { 15 }, ERRNO(EAFNOSUPPORT) },
		{ X86_64, SYS_socket, { 17 }, ERRNO(EAFNOSUPPORT) },
		{ X86_64, SYS_socket, { 38 }, ERRNO(EAFNOSUPPORT) },
		{ X86_64, SYS_socket, { HIGH | 38 }, ERRNO(EAFNOSUPPORT) },
		{ X86_64, SYS_socketpair, { 1 }, ALLOW },
		{ X86_64, SYS_socketpair, { 2 }, ERRNO(EAFNOSUPPORT) },
		{ X86_64, SYS_clone, { 0x11 }, ALLOW },
		{ X86_64, SYS_clone, { 0x3d0f00 }, ALLOW },
		{ X86_64, SYS_clone, { 0x10000011 }, NO },
		{ X86_64, SYS_clone, { 0x7e020011 }, NO },
		{ X86_64, SYS_unshare, { 0x200 }, ALLOW },
		{ X86_64, SYS_unshare, { 0x10000000 }, NO },
		{ X86_64, SYS_unshare, { 0x10000200 }, NO },
		{ X86_64, SYS_unshare, { 0x80 }, NO },
		{ X86_64, SYS_personality, { 0xffffffff }, ALLOW },
		{ X86_64, SYS_personality, { 0x20008 }, ALLOW },
		{ X86_64, SYS_personality, { 0x40000 }, NO },
		{ X86_64, X32 | SYS_getpid, { 0 }, KILL },
		{ I386, 20, { 0 }, KILL },
	};

	(void)state;
	expect_plan(&plan, calls, ARRAY_SIZE(calls));
}

/* Whatever the arguments, an address family that is not allowed never opens. */
static void no_family_slips_through_the_default_profile(void **state)
{
	const struct plan_seccomp plan = { .enabled = true, .profile_default = true };
	auto_seccomp_program program = SECCOMP_PROGRAM_INIT;

	(void)state;
	prepare(&plan, &program);
	for (uint64_t high = 0; high < 2; high++) {
		for (uint64_t f = 0; f < 64; f++) {
			for (uint64_t p = 0; p < 32; p++) {
				const struct seccomp_data data = {
					.nr = SYS_socket, .arch = X86_64,
					.args = { high << 32 | f, 3, high << 33 | p },
				};
				uint32_t got = filter_run(program.insns, program.count, &data);
				bool fine = f == 1 || f == 2 || f == 10 || (f == 16 && p == 0);

				if ((got == ALLOW && !fine) || (got != ALLOW && fine && high == 0))
					fail_msg("family %d, protocol %d: %#x", (int)f, (int)p,
						 got);
			}
		}
	}
}

static void what_cannot_be_carried_out_is_refused_by_path(void **state)
{
	struct spec_seccomp_rule rule = { .names = STRINGS("read"), .action = "SCMP_ACT_NOTIFY" };
	struct spec_seccomp profile = { .set = true, .default_action = "SCMP_ACT_ALLOW",
					.rule_count = 1, .rules = &rule };
	struct spec_seccomp_arg arg = { .op = "SCMP_CMP_EQ" };

	(void)state;
	refuse(&profile, "/linux/seccomp/syscalls/0");
	refuse(&profile, "not supported yet");
	rule.action = "SCMP_ACT_SING";
	refuse(&profile, "SCMP_ACT_SING");
	rule.action = "SCMP_ACT_ERRNO";
	rule.errno_ret = (struct spec_u64)SET(4096);
	refuse(&profile, "4096");
	rule.errno_ret.set = false;
	rule.args = &arg;
	rule.arg_count = 1;
	arg.index = 6;
	refuse(&profile, "argument 6");
	arg = (struct spec_seccomp_arg){ .op = "SCMP_CMP_SIMILAR" };
	refuse(&profile, "SCMP_CMP_SIMILAR");
	rule.arg_count = 0;
	profile.default_action = "SCMP_ACT_NOTIFY";
	refuse(&profile, "/linux/seccomp/defaultAction");
	profile.default_action = "SCMP_ACT_ALLOW";
	profile.architectures = (struct spec_strings)STRINGS("SCMP_ARCH_PDP11");
	refuse(&profile, "/linux/seccomp/architectures/0");
	profile.architectures = (struct spec_strings)STRINGS("SCMP_ARCH_S390X");
	refuse(&profile, "libseccomp");
	profile.architectures = (struct spec_strings){ 0 };
	profile.flags = (struct spec_strings)STRINGS("SECCOMP_FILTER_FLAG_SING");
	refuse(&profile, "/linux/seccomp/flags/0");
	profile.flags = (struct spec_strings)STRINGS("SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV");
	refuse(&profile, "SCMP_ACT_NOTIFY");
}

static void flags_are_handed_on(void **state)
{
	const struct spec_seccomp profile = {
		.set = true, .default_action = "SCMP_ACT_ALLOW",
		.flags = STRINGS("SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_SPEC_ALLOW",
				 "SECCOMP_FILTER_FLAG_TSYNC"),
	};
	const struct plan_seccomp plan = { .enabled = true, .profile = &profile };
	const struct plan_seccomp none = { .enabled = false, .profile = &profile, .floor = true };
	auto_seccomp_program program = SECCOMP_PROGRAM_INIT;
	auto_seccomp_program empty = SECCOMP_PROGRAM_INIT;
	struct error err = ERROR_INIT;

	(void)state;
	prepare(&plan, &program);
	assert_int_equal(program.flags, SECCOMP_FILTER_FLAG_LOG | SECCOMP_FILTER_FLAG_SPEC_ALLOW |
			 SECCOMP_FILTER_FLAG_TSYNC);
	assert_int_equal(seccomp_compile(&none, &empty, &err), 0);
	assert_null(empty.insns);
	assert_int_equal(seccomp_install(&empty, &err), 0);
}

/* 4,200 conditions: more than the kernel takes. */
static void a_profile_that_is_too_large_is_refused(void **state)
{
	static struct spec_seccomp_rule rules[4200];
	static struct spec_seccomp_arg args[4200];
	static const char *name = "ioctl";
	const struct spec_seccomp profile = { .set = true, .default_action = "SCMP_ACT_ALLOW",
					      RULES(rules) };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rules); i++) {
		args[i] = (struct spec_seccomp_arg){ .index = 1, .value = i, .op = "SCMP_CMP_EQ" };
		rules[i] = (struct spec_seccomp_rule){ .names = { 1, &name },
						       .action = "SCMP_ACT_ERRNO", .arg_count = 1,
						       .args = &args[i] };
	}
	refuse(&profile, "too large");
}

static const char *member(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

static void compare_rule(const json_t *json, const struct spec_seccomp_rule *rule)
{
	const json_t *names = json_object_get(json, "names");
	const json_t *args = json_object_get(json, "args");
	const json_t *errno_ret = json_object_get(json, "errnoRet");

	assert_string_equal(member(json, "action"), rule->action);
	assert_int_equal(json_array_size(names), rule->names.count);
	for (size_t i = 0; i < rule->names.count; i++)
		assert_string_equal(json_string_value(json_array_get(names, i)),
				    rule->names.items[i]);
	assert_int_equal(errno_ret != NULL, rule->errno_ret.set);
	assert_int_equal(json_integer_value(errno_ret), rule->errno_ret.value);
	assert_int_equal(json_array_size(args), rule->arg_count);
	for (size_t i = 0; i < rule->arg_count; i++) {
		const json_t *arg = json_array_get(args, i);

		assert_int_equal(json_integer_value(json_object_get(arg, "index")),
				 rule->args[i].index);
		assert_int_equal(json_integer_value(json_object_get(arg, "value")),
				 rule->args[i].value);
		assert_int_equal(json_integer_value(json_object_get(arg, "valueTwo")),
				 rule->args[i].value_two);
		assert_string_equal(member(arg, "op"), rule->args[i].op);
	}
}

static void the_shipped_file_says_the_same(void **state)
{
	const struct spec_seccomp *profile = seccomp_default();
	const char *source = getenv("ORLOP_SOURCE");
	char path[4096];
	json_error_t failure;
	const json_t *rules;
	json_t *json;

	(void)state;
	(void)snprintf(path, sizeof(path), "%s/profiles/seccomp/default.json",
		       source != NULL ? source : ".");
	json = json_load_file(path, JSON_REJECT_DUPLICATES, &failure);
	if (json == NULL)
		fail_msg("%s: %s", path, failure.text);
	assert_string_equal(member(json, "defaultAction"), profile->default_action);
	assert_int_equal(json_integer_value(json_object_get(json, "defaultErrnoRet")),
			 profile->default_errno_ret.value);
	assert_int_equal(json_object_size(json), 3);
	assert_int_equal(profile->architectures.count, 0);
	assert_int_equal(profile->flags.count, 0);
	rules = json_object_get(json, "syscalls");
	assert_int_equal(json_array_size(rules), profile->rule_count);
	for (size_t i = 0; i < profile->rule_count; i++)
		compare_rule(json_array_get(rules, i), &profile->rules[i]);
	json_decref(json);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_action_and_errno_is_carried_out),
		cmocka_unit_test(every_operator_compares_64_bits),
		cmocka_unit_test(conditions_on_one_argument_stand_for_themselves),
		cmocka_unit_test(names_nobody_knows_are_passed_over),
		cmocka_unit_test(newer_calls_give_enosys_whatever_restricts),
		cmocka_unit_test(each_abi_has_its_own_newest_call),
		cmocka_unit_test(the_floors_errno_wins_and_the_profile_narrows),
		cmocka_unit_test(the_default_profile_stands_alone),
		cmocka_unit_test(no_family_slips_through_the_default_profile),
		cmocka_unit_test(what_cannot_be_carried_out_is_refused_by_path),
		cmocka_unit_test(flags_are_handed_on),
		cmocka_unit_test(a_profile_that_is_too_large_is_refused),
		cmocka_unit_test(the_shipped_file_says_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * Capability sets as the kernel shows them, before and after a real exec. Each case runs in a
 * forked child that ends as grep(1) on its own /proc/self/status. Skipped without root.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <inttypes.h>
#include <linux/capability.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "run/caps.h"
#include "tables/capability_names.h"
#include "skip.h"

#define BIT(capability) (UINT64_C(1) << (capability))
#define SMALL (BIT(CAP_CHOWN) | BIT(CAP_KILL) | BIT(CAP_SETUID))
#define SYS_ADMIN BIT(CAP_SYS_ADMIN)

struct shown {
	uint64_t inheritable;
	uint64_t permitted;
	uint64_t effective;
	uint64_t bounding;
	uint64_t ambient;
};

struct situation {
	const char *claim;
	struct plan_caps plan;
	uid_t uid;
	bool keep_sys_admin;
	struct shown after;	/* exec */
};

#define NEED_ROOT()					\
	do {						\
		if (geteuid() != 0)			\
			skip_because("needs root");	\
	} while (0)

static void fail_child(const char *where, const struct error *err)
{
	(void)dprintf(2, "%s: %s\n", where, err->message);
	_exit(90);
}

/* What init does with capabilities, in its order. Ends in exec. */
static void become(const struct situation *situation)
{
	struct error err = ERROR_INIT;
	uid_t uid = situation->uid;
	uint64_t unraised;

	if (caps_bound(&situation->plan, &err) < 0)
		fail_child("bound", &err);
	if (setgroups(0, NULL) < 0 || setresgid(uid, uid, uid) < 0 || setresuid(uid, uid, uid) < 0)
		_exit(91);
	if (caps_final(&situation->plan, situation->keep_sys_admin, &unraised, &err) < 0)
		fail_child("final", &err);
	if (caps_verify(&situation->plan, situation->keep_sys_admin, unraised, &err) < 0)
		fail_child("verify", &err);
	if (!(situation->plan.bounding & SYS_ADMIN) &&
	    prctl(PR_CAPBSET_READ, CAP_SYS_ADMIN, 0, 0, 0) != 0)
		_exit(92);
	(void)execl("/bin/grep", "grep", "^Cap", "/proc/self/status", NULL);
	_exit(93);
}

static void parse(const char *text, struct shown *out)
{
	assert_int_equal(sscanf(text, "CapInh: %" SCNx64 " CapPrm: %" SCNx64 " CapEff: %" SCNx64
				" CapBnd: %" SCNx64 " CapAmb: %" SCNx64, &out->inheritable,
				&out->permitted, &out->effective, &out->bounding,
				&out->ambient), 5);
}

static void run(const struct situation *situation, struct shown *out)
{
	auto_free char *text = NULL;
	struct error err = ERROR_INIT;
	auto_fd in = -1;
	auto_fd to = -1;
	int ends[2];
	int status;
	pid_t pid;

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	in = ends[0];
	to = ends[1];
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		(void)dup2(to, 1);
		become(situation);
	}
	close_fd(&to);
	assert_int_equal(fd_read_all(in, 4096, &text, NULL, &err), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		fail_msg("%s: status %#x", situation->claim, status);
	parse(text, out);
}

static void exec_leaves_what_was_planned(void **state)
{
	static const struct situation situations[] = {
		{ "root gets the bounding set",
		  { .bounding = SMALL, .effective = SMALL, .permitted = SMALL }, 0, false,
		  { .permitted = SMALL, .effective = SMALL, .bounding = SMALL } },
		{ "root without capabilities has none",
		  { .bounding = 0 }, 0, false, { .bounding = 0 } },
		{ "another user has the ambient ones",
		  { .bounding = SMALL, .effective = SMALL, .permitted = SMALL,
		    .inheritable = BIT(CAP_KILL), .ambient = BIT(CAP_KILL) }, 1000, false,
		  { .inheritable = BIT(CAP_KILL), .permitted = BIT(CAP_KILL),
		    .effective = BIT(CAP_KILL), .bounding = SMALL, .ambient = BIT(CAP_KILL) } },
		{ "another user without ambient ones has none",
		  { .bounding = SMALL, .effective = SMALL, .permitted = SMALL }, 1000, false,
		  { .bounding = SMALL } },
		{ "CAP_SYS_ADMIN kept for the filter does not survive exec as root",
		  { .bounding = SMALL, .effective = SMALL, .permitted = SMALL }, 0, true,
		  { .permitted = SMALL, .effective = SMALL, .bounding = SMALL } },
		{ "nor as another user",
		  { .bounding = SMALL, .effective = SMALL, .permitted = SMALL }, 1000, true,
		  { .bounding = SMALL } },
		{ "nor as another user with ambient capabilities",
		  { .bounding = SMALL, .effective = SMALL, .permitted = SMALL,
		    .inheritable = SMALL, .ambient = SMALL }, 1000, true,
		  { .inheritable = SMALL, .permitted = SMALL, .effective = SMALL, .bounding = SMALL,
		    .ambient = SMALL } },
		{ "a planned CAP_SYS_ADMIN stays",
		  { .bounding = SYS_ADMIN, .effective = SYS_ADMIN, .permitted = SYS_ADMIN },
		  0, true,
		  { .permitted = SYS_ADMIN, .effective = SYS_ADMIN, .bounding = SYS_ADMIN } },
		{ "a capability of the future is not known",
		  { .bounding = SMALL | BIT(62), .effective = SMALL | BIT(62),
		    .permitted = SMALL | BIT(62), .inheritable = BIT(63), .ambient = BIT(63) },
		  0, false, { .permitted = SMALL, .effective = SMALL, .bounding = SMALL } },
	};

	(void)state;
	NEED_ROOT();
	for (size_t i = 0; i < ARRAY_SIZE(situations); i++) {
		const struct shown *want = &situations[i].after;
		struct shown got;

		run(&situations[i], &got);
		if (memcmp(want, &got, sizeof(got)) != 0)
			fail_msg("%s: inh %" PRIx64 " prm %" PRIx64 " eff %" PRIx64 " bnd %" PRIx64
				 " amb %" PRIx64, situations[i].claim, got.inheritable,
				 got.permitted, got.effective, got.bounding, got.ambient);
	}
}

static void in_child(void (*what)(void))
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		what();
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void try_differences(void)
{
	const struct plan_caps plan = { .bounding = SMALL, .effective = SMALL, .permitted = SMALL };
	const struct plan_caps others[] = {
		{ .bounding = 0, .effective = SMALL, .permitted = SMALL },
		{ .bounding = SMALL, .effective = 0, .permitted = SMALL },
		{ .bounding = SMALL, .effective = SMALL, .permitted = SMALL | SYS_ADMIN },
		{ .bounding = SMALL, .effective = SMALL, .permitted = SMALL, .inheritable = 1 },
		{ .bounding = SMALL, .effective = SMALL, .permitted = SMALL, .ambient = 1 },
	};
	struct error err = ERROR_INIT;
	uint64_t unraised;

	if (caps_bound(&plan, &err) < 0 || caps_final(&plan, false, &unraised, &err) < 0)
		_exit(1);
	if (unraised != 0 || caps_verify(&plan, false, 0, &err) < 0)
		_exit(2);
	for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
		if (caps_verify(&others[i], false, 0, &err) == 0 || err.kind != ERROR_HOST)
			_exit(10 + (int)i);
	}
	/* Kept for the filter, it must show as such. */
	if (caps_verify(&plan, true, 0, &err) == 0)
		_exit(3);
}

static void a_set_that_differs_is_found(void **state)
{
	(void)state;
	NEED_ROOT();
	in_child(try_differences);
}

static void try_unraised(void)
{
	const struct plan_caps plan = { .bounding = SMALL, .effective = SMALL, .permitted = SMALL,
					.inheritable = BIT(CAP_KILL),
					.ambient = BIT(CAP_KILL) | BIT(CAP_CHOWN) };
	struct error err = ERROR_INIT;
	uint64_t unraised;

	if (caps_bound(&plan, &err) < 0 || caps_final(&plan, false, &unraised, &err) < 0)
		_exit(1);
	if (unraised != BIT(CAP_CHOWN))
		_exit(2);
	_exit(caps_verify(&plan, false, unraised, &err) < 0 ? 3 : 0);
}

static void an_ambient_capability_that_is_not_inheritable_is_reported(void **state)
{
	(void)state;
	NEED_ROOT();
	in_child(try_unraised);
}

/* What the caller hands down as ambient stays inheritable and is still not ambient. */
static void try_inherited_ambient(void)
{
	const struct plan_caps first = { .bounding = SMALL, .effective = SMALL, .permitted = SMALL,
					 .inheritable = BIT(CAP_KILL), .ambient = BIT(CAP_KILL) };
	struct plan_caps second = first;
	struct error err = ERROR_INIT;
	uint64_t unraised;

	second.ambient = 0;
	if (caps_bound(&first, &err) < 0 || caps_final(&first, false, &unraised, &err) < 0)
		_exit(1);
	if (caps_final(&second, false, &unraised, &err) < 0)
		_exit(2);
	_exit(caps_verify(&second, false, 0, &err) < 0 ? 3 : 0);
}

static void inherited_ambient_capabilities_are_cleared(void **state)
{
	(void)state;
	NEED_ROOT();
	in_child(try_inherited_ambient);
}

/* Keeping CAP_SYS_ADMIN in effect is no leave to keep it in the bounding set. */
static void try_bounding(void)
{
	const struct plan_caps wide = { .bounding = SMALL | SYS_ADMIN };
	const struct plan_caps plan = { .bounding = SMALL, .effective = SMALL, .permitted = SMALL };
	struct error err = ERROR_INIT;
	uint64_t unraised;

	if (caps_bound(&wide, &err) < 0 || caps_final(&plan, true, &unraised, &err) < 0)
		_exit(1);
	_exit(caps_verify(&plan, true, 0, &err) == 0 ? 2 : 0);
}

static void a_wide_bounding_set_is_found(void **state)
{
	(void)state;
	NEED_ROOT();
	in_child(try_bounding);
}

static void try_missing(void)
{
	const struct plan_caps small = { .bounding = SMALL, .effective = SMALL,
					 .permitted = SMALL };
	const struct plan_caps more = { .permitted = SMALL | BIT(CAP_NET_ADMIN) };
	struct error err = ERROR_INIT;
	uint64_t unraised;

	if (caps_bound(&small, &err) < 0 || caps_final(&small, false, &unraised, &err) < 0)
		_exit(1);
	if (caps_final(&more, false, &unraised, &err) == 0 || err.kind != ERROR_HOST)
		_exit(2);
	_exit(strstr(err.message, "CAP_NET_ADMIN") == NULL ? 3 : 0);
}

static void a_capability_the_caller_lacks_is_named(void **state)
{
	(void)state;
	NEED_ROOT();
	in_child(try_missing);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(exec_leaves_what_was_planned),
		cmocka_unit_test(a_set_that_differs_is_found),
		cmocka_unit_test(an_ambient_capability_that_is_not_inheritable_is_reported),
		cmocka_unit_test(inherited_ambient_capabilities_are_cleared),
		cmocka_unit_test(a_wide_bounding_set_is_found),
		cmocka_unit_test(a_capability_the_caller_lacks_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/* Limits, on the test's own process and on a forked child. Needs no root. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "kernel/procfs.h"
#include "run/limits.h"

static pid_t start_sleeper(void)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		for (;;)
			(void)pause();
	}
	return pid;
}

static void stop(pid_t pid)
{
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static int set_all(pid_t pid, const struct plan_rlimit *limits, size_t count, struct error *err)
{
	for (size_t i = 0; i < count; i++)
		if (limits_set_rlimit(pid, &limits[i], err))
			return -1;
	return 0;
}

static void rlimits_of_another_process_are_set(void **state)
{
	static const struct plan_rlimit rlimits[] = {
		{ .resource = RLIMIT_CORE, .name = "RLIMIT_CORE", .soft = 0, .hard = 0 },
		{ .resource = RLIMIT_NOFILE, .name = "RLIMIT_NOFILE", .soft = 50, .hard = 60 },
	};
	struct error err = ERROR_INIT;
	struct rlimit got;
	pid_t pid = start_sleeper();

	(void)state;
	assert_int_equal(set_all(pid, rlimits, ARRAY_SIZE(rlimits), &err), 0);
	assert_int_equal(prlimit(pid, RLIMIT_NOFILE, NULL, &got), 0);
	assert_int_equal(got.rlim_cur, 50);
	assert_int_equal(got.rlim_max, 60);
	assert_int_equal(prlimit(pid, RLIMIT_CORE, NULL, &got), 0);
	assert_int_equal(got.rlim_max, 0);
	stop(pid);
	assert_int_equal(set_all(pid, rlimits, ARRAY_SIZE(rlimits), &err), -1);
	assert_int_equal(err.errnum, ESRCH);
}

static void a_limit_that_is_refused_is_named(void **state)
{
	struct plan_rlimit limit = { .resource = RLIMIT_NOFILE, .name = "RLIMIT_NOFILE", .soft = 9,
				     .hard = 8 };
	struct error err = ERROR_INIT;
	pid_t pid = start_sleeper();

	(void)state;
	assert_int_equal(limits_set_rlimit(pid, &limit, &err), -1);
	assert_int_equal(err.errnum, EINVAL);
	assert_non_null(strstr(err.message, "RLIMIT_NOFILE"));

	/* Down, then up again: only CAP_SYS_RESOURCE may. */
	limit = (struct plan_rlimit){ .resource = RLIMIT_SIGPENDING, .name = "RLIMIT_SIGPENDING",
				      .soft = 1, .hard = 1 };
	assert_int_equal(limits_set_rlimit(pid, &limit, &err), 0);
	limit.hard = RLIM_INFINITY;
	if (limits_set_rlimit(pid, &limit, &err) < 0) {
		assert_int_equal(err.errnum, EPERM);
		assert_non_null(strstr(err.message, "RLIMIT_SIGPENDING"));
		assert_non_null(strstr(err.message, "unlimited"));
		assert_non_null(strstr(err.message, "CAP_SYS_RESOURCE"));
	}
	stop(pid);
}

static int score_of(pid_t pid)
{
	auto_free char *text = NULL;
	struct error err = ERROR_INIT;
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/%d/oom_score_adj", pid);
	assert_int_equal(fd_read_file(AT_FDCWD, path, 64, &text, NULL, &err), 0);
	return atoi(text);
}

static void oom_score_is_set_and_inherited_ones_stay(void **state)
{
	struct plan_process plan = { 0 };
	struct error err = ERROR_INIT;
	auto_fd procfs = procfs_open(PROCFS_PIDS, NULL, &err);
	pid_t pid = start_sleeper();

	(void)state;
	assert_true(procfs >= 0);
	assert_int_equal(limits_set_oom_score(procfs, pid, &plan, &err), 0);
	plan.oom_score_set = true;
	plan.oom_score = 500;
	assert_int_equal(limits_set_oom_score(procfs, pid, &plan, &err), 0);
	assert_int_equal(score_of(pid), 500);

	/* Not negative: a positive one that was handed down is left. */
	plan.oom_score_set = false;
	plan.oom_score_not_negative = true;
	assert_int_equal(limits_set_oom_score(procfs, pid, &plan, &err), 0);
	assert_int_equal(score_of(pid), 500);

	/* Below what the parent may hand down it takes CAP_SYS_RESOURCE. */
	plan.oom_score_set = true;
	plan.oom_score = -900;
	if (limits_set_oom_score(procfs, pid, &plan, &err) < 0) {
		assert_int_equal(err.errnum, EACCES);
		assert_non_null(strstr(err.message, "-900"));
		assert_non_null(strstr(err.message, "CAP_SYS_RESOURCE"));
	} else {
		plan.oom_score_set = false;
		assert_int_equal(limits_set_oom_score(procfs, pid, &plan, &err), 0);
		assert_int_equal(score_of(pid), 0);
	}
	stop(pid);
}

static void umask_is_0022_unless_planned(void **state)
{
	struct plan_process plan = { 0 };
	mode_t before = umask(077);

	(void)state;
	limits_set_umask(&plan);
	assert_int_equal(umask(077), 022);
	plan.umask_set = true;
	plan.umask = 0127;
	limits_set_umask(&plan);
	assert_int_equal(umask(before), 0127);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rlimits_of_another_process_are_set),
		cmocka_unit_test(a_limit_that_is_refused_is_named),
		cmocka_unit_test(oom_score_is_set_and_inherited_ones_stay),
		cmocka_unit_test(umask_is_0022_unless_planned),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

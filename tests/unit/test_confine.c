/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * Landlock, in forked children on the running kernel. Needs no root, but for files of another
 * mount. Nothing is written to /proc or /sys: files are opened and closed.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "kernel/call.h"
#include "kernel/landlock.h"
#include "run/confine.h"
#include "skip.h"

static char place[] = "/tmp/orlop-confine-XXXXXX";

#define CHECK(condition, code)		\
	do {				\
		if (!(condition))	\
			_exit(code);	\
	} while (0)

static int open_errno(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC);

	if (fd < 0)
		return errno;
	(void)close(fd);
	return 0;
}

static void confine(void)
{
	const struct plan_lsm plan = { .landlock = true };
	struct error err = ERROR_INIT;

	CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0, 90);
	if (confine_landlock(&plan, &err) < 0) {
		(void)dprintf(2, "%s\n", err.message);
		_exit(91);
	}
}

static void in_child(void (*what)(void))
{
	int status;
	pid_t pid;

	if (landlock_abi() < 2)
		skip_because("needs Landlock, version 2, in this kernel");
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		what();
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static int set_up(void **state)
{
	(void)state;
	(void)snprintf(place, sizeof(place), "/tmp/orlop-confine-XXXXXX");
	return mkdtemp(place) == NULL || chdir(place) < 0 ? -1 : 0;
}

static int tear_down(void **state)
{
	char line[64];

	(void)state;
	(void)snprintf(line, sizeof(line), "rm -rf %s", place);
	return chdir("/") == 0 && system(line) == 0 ? 0 : -1;
}

static void look_at_proc_and_sys(void)
{
	/* The second is closed to a user without Landlock as well. */
	CHECK(open_errno("/proc/self/comm", O_WRONLY) == 0, 1);
	confine();
	CHECK(open_errno("/proc/self/comm", O_WRONLY) == EACCES, 2);
	CHECK(open_errno("/proc/self/comm", O_RDWR) == EACCES, 3);
	CHECK(open_errno("/proc/self/oom_score_adj", O_WRONLY) == EACCES, 4);
	CHECK(open_errno("/proc/sys/kernel/core_pattern", O_WRONLY) == EACCES, 5);
	CHECK(open_errno("/proc/sysrq-trigger", O_WRONLY) != 0, 6);
	CHECK(open_errno("/sys/kernel/mm/transparent_hugepage/enabled", O_WRONLY) != 0, 7);
	CHECK(open_errno("/proc/self/comm", O_RDONLY) == 0, 8);
	CHECK(open_errno("/proc/sys/kernel/osrelease", O_RDONLY) == 0, 9);
	CHECK(open_errno("/sys", O_RDONLY | O_DIRECTORY) == 0, 10);
	/* ABI 2 knows no truncation; procfs ignores it. */
	CHECK(landlock_abi() < 3 || truncate("/proc/self/comm", 0) < 0, 11);
	CHECK(prctl(PR_SET_NAME, "renamed") == 0, 12);
}

static void proc_and_sys_are_closed_to_writing(void **state)
{
	(void)state;
	in_child(look_at_proc_and_sys);
}

static void look_elsewhere(void)
{
	int fd;

	confine();
	CHECK(open_errno("/dev/null", O_WRONLY) == 0, 1);
	fd = open("a", O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	CHECK(fd >= 0 && write(fd, "text", 4) == 4 && ftruncate(fd, 1) == 0, 2);
	CHECK(truncate("a", 0) == 0, 3);
	CHECK(open_errno("a", O_WRONLY | O_TRUNC) == 0, 4);

	/* To another directory: every ruleset refuses that unless told otherwise. */
	CHECK(mkdir("b", 0700) == 0 && rename("a", "b/a") == 0, 5);
	CHECK(link("b/a", "c") == 0 && rename("b", "d") == 0 && unlink("c") == 0, 6);
	CHECK(symlink("d/a", "e") == 0 && open_errno("e", O_WRONLY) == 0, 7);
	CHECK(mkfifo("f", 0600) == 0 && open_errno("f", O_RDWR) == 0, 8);
}

static void everything_else_is_open_as_before(void **state)
{
	(void)state;
	in_child(look_elsewhere);
}

static void look_at_descriptors(void)
{
	int ends[2];
	int memory = memfd_create("test", MFD_CLOEXEC);
	char path[32];

	CHECK(pipe(ends) == 0 && dup2(ends[1], 1) == 1, 1);
	confine();
	CHECK(open_errno("/proc/self/fd/1", O_WRONLY | O_NONBLOCK) == 0, 2);
	CHECK(open_errno("/dev/stdout", O_WRONLY | O_NONBLOCK) == 0, 3);
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", memory);
	CHECK(memory >= 0 && open_errno(path, O_WRONLY) == 0, 4);
}

static void pipes_and_memory_files_open_again(void **state)
{
	(void)state;
	in_child(look_at_descriptors);
}

static int detached_tmpfs(void)
{
	int context = call_fsopen("tmpfs");

	if (context < 0 || call_fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return -1;
	return call_fsmount(context, 0);
}

/* As a log file of the host's: on a mount that is in no place here. */
static void look_at_foreign_files(void)
{
	int mount = detached_tmpfs();
	int log = openat(mount, "log", O_WRONLY | O_CREAT, 0600);
	int other = openat(mount, "other", O_WRONLY | O_CREAT, 0600);
	int in = openat(mount, "in", O_RDONLY | O_CREAT, 0600);
	char path[32];

	CHECK(mount >= 0 && log >= 0 && other > 2 && in >= 0, 1);
	CHECK(dup2(log, 2) == 2 && dup2(in, 0) == 0, 2);
	confine();
	CHECK(open_errno("/proc/self/fd/2", O_WRONLY | O_APPEND) == 0, 3);
	CHECK(open_errno("/dev/stderr", O_WRONLY | O_TRUNC) == 0, 4);
	CHECK(open_errno("/proc/self/fd/0", O_WRONLY) == EACCES, 5);
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", other);
	CHECK(open_errno(path, O_WRONLY) == EACCES, 6);
}

static void standard_output_of_the_hosts_opens_again(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip_because("needs root");
	in_child(look_at_foreign_files);
}

static void not_planned_is_not_done(void **state)
{
	const struct plan_lsm plan = { .landlock = false };
	struct error err = ERROR_INIT;

	(void)state;
	assert_int_equal(confine_landlock(&plan, &err), 0);
	assert_int_equal(open_errno("/proc/self/comm", O_WRONLY), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(proc_and_sys_are_closed_to_writing),
		cmocka_unit_test_setup_teardown(everything_else_is_open_as_before, set_up,
						tear_down),
		cmocka_unit_test(pipes_and_memory_files_open_again),
		cmocka_unit_test(standard_output_of_the_hosts_opens_again),
		cmocka_unit_test(not_planned_is_not_done),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "kernel/call.h"
#include "kernel/procfs.h"
#include "skip.h"

#define SKIP 77

/* Runs @body in a child, whose mounts and ids are its own affair. */
static void run(int (*body)(void), const char *needs)
{
	pid_t child = fork();
	int status;

	if (child == 0)
		_exit(body());
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == SKIP)
		skip_because(needs);
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void a_handle_is_procfs_and_reads_processes(void **state)
{
	auto_free char *data = NULL;
	struct error err = ERROR_INIT;
	bool degraded = false;
	auto_fd procfs = procfs_open(PROCFS_PIDS, &degraded, &err);
	pid_t self = 0;
	size_t size;

	(void)state;
	assert_true(procfs >= 0);
	assert_int_equal(fcntl(procfs, F_GETFD), FD_CLOEXEC);
	assert_int_equal(procfs_check(procfs, &err), 0);
	assert_int_equal(procfs_self(procfs, &self, &err), 0);
	assert_int_equal(self, getpid());
	assert_int_equal(procfs_read_pid(procfs, self, "comm", 64, &data, &size, &err), 0);
	assert_int_equal(data[size - 1], '\n');
	assert_int_equal(procfs_write_pid(procfs, self, "comm", "renamed", &err), 0);
	free(take_ptr(data));
	assert_int_equal(procfs_read_pid(procfs, self, "comm", 64, &data, &size, &err), 0);
	assert_string_equal(data, "renamed\n");
}

static void links_parents_and_bad_pids_are_refused(void **state)
{
	auto_fd procfs = procfs_open(PROCFS_ALL, NULL, NULL);
	pid_t self = getpid();
	const struct {
		pid_t pid;
		const char *name;
		int errnum;
	} cases[] = {
		{ self, "exe", ELOOP },
		{ self, "fd/0", ELOOP },
		{ self, "ns/mnt", ELOOP },
		{ self, "cwd/x", ELOOP },
		{ self, "root", ELOOP },
		{ self, "../../etc/passwd", EXDEV },
		{ self, "missing", ENOENT },
		{ 0, "stat", ESRCH },
		{ -1, "stat", ESRCH },
		{ 4194305, "stat", ENOENT },
	};

	(void)state;
	assert_true(procfs >= 0);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct error err = ERROR_INIT;

		assert_int_equal(procfs_open_pid(procfs, cases[i].pid, cases[i].name, O_RDONLY,
						 &err), -1);
		assert_int_equal(err.errnum, cases[i].errnum);
	}
	{
		struct error err = ERROR_INIT;

		assert_int_equal(procfs_open_path(procfs, "self/stat", O_RDONLY, &err), -1);
		assert_int_equal(err.errnum, ELOOP);
		assert_int_equal(procfs_open_path(procfs, "/etc/passwd", O_RDONLY, &err), -1);
		assert_int_equal(err.errnum, EXDEV);
		assert_int_equal(procfs_open_path(procfs, "../etc/passwd", O_RDONLY, &err), -1);
		assert_int_equal(err.errnum, EXDEV);
	}
}

static void magic_links_have_their_own_door(void **state)
{
	struct error err = ERROR_INIT;
	auto_fd procfs = procfs_open(PROCFS_PIDS, NULL, &err);
	auto_fd ns = procfs_open_link(procfs, getpid(), "ns/mnt", O_RDONLY, &err);
	auto_fd root = procfs_open_link(procfs, getpid(), "root", O_PATH, &err);
	struct statfs fs;

	(void)state;
	assert_true(ns >= 0);
	assert_int_equal(fstatfs(ns, &fs), 0);
	assert_int_equal(fs.f_type, NSFS_MAGIC);
	assert_true(root >= 0);
	assert_int_equal(fcntl(root, F_GETFD), FD_CLOEXEC);
	assert_int_equal(procfs_open_link(procfs, getpid(), "fd/9999", O_PATH, &err), -1);
	assert_int_equal(err.errnum, ENOENT);
	assert_int_equal(procfs_open_link(procfs, getpid(), "cwd/../root", O_PATH, &err), -1);
}

static void other_directories_are_not_procfs(void **state)
{
	static const char *const paths[] = { "/", "/sys", "/tmp", "/proc/sys", "/proc/version" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		auto_fd fd = open(paths[i], O_PATH | O_CLOEXEC);
		struct error err = ERROR_INIT;

		assert_int_equal(procfs_check(fd, &err), -1);
		assert_int_equal(err.kind, ERROR_HOST);
	}
}

static int private_handle(void)
{
	auto_free char *data = NULL;
	struct error err = ERROR_INIT;
	bool degraded = true;
	auto_fd pids = -1;
	auto_fd all = -1;

	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return SKIP;
	/* What a container might do to its /proc before we come. */
	if (mount("tmpfs", "/proc/sys", "tmpfs", 0, NULL) < 0 ||
	    mount("/dev/null", "/proc/self/stat", NULL, MS_BIND, NULL) < 0)
		return SKIP;
	pids = procfs_open(PROCFS_PIDS, &degraded, &err);
	if (pids < 0 || degraded)
		return 1;
	all = procfs_open(PROCFS_ALL, &degraded, &err);
	if (all < 0 || degraded)
		return 2;
	if (procfs_read_pid(pids, getpid(), "stat", 4096, &data, NULL, &err) < 0 || !*data)
		return 3;
	free(take_ptr(data));
	if (procfs_open_path(pids, "sysrq-trigger", O_PATH, &err) >= 0 || err.errnum != ENOENT)
		return 4;
	if (procfs_open_path(pids, "sys/kernel/hostname", O_PATH, &err) >= 0 ||
	    err.errnum != ENOENT)
		return 5;
	if (procfs_read_path(all, "sys/kernel/ostype", 64, &data, NULL, &err) < 0 ||
	    strcmp(data, "Linux\n") != 0)
		return 6;
	return faccessat(AT_FDCWD, "/proc/sys/kernel/ostype", F_OK, 0) == 0 ? 7 : 0;
}

static void mounts_on_proc_do_not_reach_a_private_handle(void **state)
{
	(void)state;
	run(private_handle, "root");
}

static int sysctl_of_namespace(void)
{
	struct error err = ERROR_INIT;
	auto_fd procfs = -1;
	char name[65];

	if (unshare(CLONE_NEWUTS) < 0)
		return SKIP;
	procfs = procfs_open(PROCFS_ALL, NULL, &err);
	if (procfs < 0)
		return 1;
	if (procfs_write_path(procfs, "sys/kernel/hostname", "orlop-test", &err) < 0)
		return 2;
	if (gethostname(name, sizeof(name)) < 0 || strcmp(name, "orlop-test") != 0)
		return 3;
	if (procfs_write_path(procfs, "sys/kernel/ostype", "x", &err) == 0)
		return 4;
	return 0;
}

static void sysctls_are_written_in_the_callers_namespace(void **state)
{
	(void)state;
	run(sysctl_of_namespace, "root");
}

/* In a user namespace without mount rights over its pid namespace, fsmount says EPERM. */
static int degraded_handle(void)
{
	auto_free char *data = NULL;
	struct error err = ERROR_INIT;
	bool degraded = false;
	auto_fd procfs = -1;

	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("tmpfs", "/proc/sys", "tmpfs", 0, NULL) < 0)
		return SKIP;
	if (setresgid(65534, 65534, 65534) < 0 || setresuid(65534, 65534, 65534) < 0)
		return SKIP;
	procfs = procfs_open(PROCFS_ALL, &degraded, &err);
	if (procfs < 0 || !degraded)
		return 1;
	if (procfs_read_pid(procfs, getpid(), "stat", 4096, &data, NULL, &err) < 0)
		return 2;
	if (procfs_open_path(procfs, "sys", O_PATH, &err) >= 0 || err.errnum != EXDEV)
		return 3;
	if (procfs_open_path(procfs, "sys/kernel/ostype", O_RDONLY, &err) >= 0 ||
	    err.errnum != EXDEV)
		return 4;
	return 0;
}

static void a_degraded_handle_refuses_what_is_mounted_over(void **state)
{
	(void)state;
	run(degraded_handle, "root");
}

static int fake_proc(void)
{
	struct error err = ERROR_INIT;

	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("tmpfs", "/proc", "tmpfs", 0, NULL) < 0)
		return SKIP;
	if (setresgid(65534, 65534, 65534) < 0 || setresuid(65534, 65534, 65534) < 0)
		return SKIP;
	return procfs_open(PROCFS_PIDS, NULL, &err) < 0 && err.kind == ERROR_HOST ? 0 : 1;
}

static void a_false_proc_is_not_taken(void **state)
{
	(void)state;
	run(fake_proc, "root");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_handle_is_procfs_and_reads_processes),
		cmocka_unit_test(links_parents_and_bad_pids_are_refused),
		cmocka_unit_test(magic_links_have_their_own_door),
		cmocka_unit_test(other_directories_are_not_procfs),
		cmocka_unit_test(mounts_on_proc_do_not_reach_a_private_handle),
		cmocka_unit_test(sysctls_are_written_in_the_callers_namespace),
		cmocka_unit_test(a_degraded_handle_refuses_what_is_mounted_over),
		cmocka_unit_test(a_false_proc_is_not_taken),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

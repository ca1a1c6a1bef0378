/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "kernel/call.h"
#include "kernel/process.h"
#include "kernel/procfs.h"
#include "skip.h"

static void the_name_of_a_process_cannot_shift_the_fields(void **state)
{
	/* proc_pid_stat(5): 52 fields; only state, parent, flags and the 22nd are read. */
#define REST " S 17 1 1 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 987654321 100 200\n"
	static const char *const good[] = {
		"42 (sh)" REST,
		"42 ()" REST,
		"42 (a b c)" REST,
		"42 (a) R 1 1)" REST,
		"42 (:) S 1 (2) )" REST,
		"42 (\n)" REST,
		"42 (((()" REST,
		"42 (sh) S 17 1 1 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 987654321",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		struct process_stat stat = { 0 };
		size_t size = strlen(good[i]);
		auto_free char *bytes = malloc(size);

		memcpy(bytes, good[i], size);
		assert_int_equal(process_stat_parse(bytes, size, &stat, NULL), 0);
		assert_int_equal(stat.state, 'S');
		assert_int_equal(stat.parent, 17);
		assert_int_equal(stat.start_time, 987654321);
		assert_false(stat.ending);
	}
}

static void a_process_that_ends_says_so_in_its_flags(void **state)
{
	/* As Linux 6.1 shows one that runs, one that is still in do_exit(), and a zombie. */
	static const struct { const char *text; bool ending; } rows[] = {
		{ "42 (sh) R 17 1 1 0 -1 4194304 1 2 3 4 5 6 7 8 20 0 1 0 5 100", false },
		{ "42 (sh) R 17 1 1 0 -1 4194316 1 2 3 4 5 6 7 8 20 0 1 0 5 100", true },
		{ "42 (sh) Z 17 1 1 0 -1 4227084 1 2 3 4 5 6 7 8 20 0 1 0 5 100", true },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct process_stat stat = { 0 };

		assert_int_equal(process_stat_parse(rows[i].text, strlen(rows[i].text), &stat, NULL), 0);
		assert_int_equal(stat.ending, rows[i].ending);
	}
}

static void text_that_is_no_status_is_refused(void **state)
{
	static const char *const bad[] = {
		"",
		"42",
		"42 (sh",
		"42 (sh)",
		"42 (sh) ",
		"42 (sh) SS 17 1 1 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 987654321 1\n",
		"42 (sh) S -17 1 1 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 987654321 1\n",
		"42 (sh) S 17 1 1 0 -1 -4 1 2 3 4 5 6 7 8 20 0 1 0 987654321 1\n",
		"42 (sh) S 17 1 1 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 -1 1\n",
		"42 (sh) S 17 1 1 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 18446744073709551616 1\n",
		"42 (sh) S 17 1 1 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0\n987654321 1\n",
		"42 (sh) S 17 1 1 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0\n",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct process_stat stat = { .state = '?' };
		struct error err = ERROR_INIT;

		if (process_stat_parse(bad[i], strlen(bad[i]), &stat, &err) == 0)
			fail_msg("accepted: %s", bad[i]);
		assert_int_equal(err.kind, ERROR_HOST);
		assert_int_equal(stat.state, '?');
	}
}

static void an_exit_status_tells_signals_apart(void **state)
{
	(void)state;
	assert_int_equal(process_exit_status(CLD_EXITED, 0), 0);
	assert_int_equal(process_exit_status(CLD_EXITED, 255), 255);
	assert_int_equal(process_exit_status(CLD_KILLED, SIGKILL), 137);
	assert_int_equal(process_exit_status(CLD_DUMPED, SIGSEGV), 139);
}

/* A child that does as it is told: exits with @code, or waits for ever if that is negative. */
static int spawn(uint64_t flags, bool no_signal, int code, pid_t *pid)
{
	struct process_clone_args args = PROCESS_CLONE_ARGS_INIT;
	struct error err = ERROR_INIT;
	int pidfd = -1;

	args.flags = flags;
	args.no_signal = no_signal;
	args.pidfd = &pidfd;
	if (process_clone(&args, pid, &err) < 0) {
		print_message("# %s\n", err.message);
		return -1;
	}
	if (*pid == 0) {
		while (code < 0)
			pause();
		_exit(code);
	}
	return pidfd;
}

static void children_are_waited_for_by_descriptor(void **state)
{
	struct error err = ERROR_INIT;
	int status = -7;
	pid_t pid;

	(void)state;
	for (int silent = 0; silent < 2; silent++) {
		auto_fd exits = spawn(0, silent, 42, &pid);
		auto_fd waits = spawn(0, silent, -1, &pid);

		assert_true(exits >= 0 && waits >= 0);
		assert_int_equal(fcntl(waits, F_GETFD), FD_CLOEXEC);
		assert_int_equal(process_wait(exits, -1, &status, &err), 0);
		assert_int_equal(status, 42);
		status = -7;
		assert_int_equal(process_wait(exits, -1, &status, &err), -1);
		assert_int_equal(err.errnum, ECHILD);
		assert_int_equal(process_wait(waits, 0, &status, &err), -1);
		assert_int_equal(err.errnum, ETIMEDOUT);
		assert_int_equal(process_wait(waits, 30, &status, &err), -1);
		assert_int_equal(err.errnum, ETIMEDOUT);
		assert_int_equal(process_wait_gone(waits, 10, &err), -1);
		assert_int_equal(err.errnum, ETIMEDOUT);
		assert_int_equal(status, -7);
		assert_int_equal(process_signal(waits, 0, &err), 0);
		assert_int_equal(process_signal(waits, SIGTERM, &err), 0);
		assert_int_equal(process_wait_gone(waits, 5000, &err), 0);
		assert_int_equal(process_wait(waits, 5000, &status, &err), 0);
		assert_int_equal(status, 128 + SIGTERM);
		assert_int_equal(process_signal(waits, SIGTERM, &err), -1);
		assert_int_equal(err.errnum, ESRCH);
	}
}

static void on_alarm(int signal)
{
	(void)signal;
}

static void signals_do_not_shorten_or_lengthen_a_wait(void **state)
{
	const struct sigaction action = { .sa_handler = on_alarm };
	const struct itimerval tick = { { 0, 5000 }, { 0, 5000 } };
	const struct itimerval stop = { { 0, 0 }, { 0, 0 } };
	struct timespec before, after;
	struct error err = ERROR_INIT;
	int status;
	pid_t pid;
	auto_fd child = spawn(0, false, -1, &pid);
	long elapsed;

	(void)state;
	assert_int_equal(sigaction(SIGALRM, &action, NULL), 0);
	assert_int_equal(setitimer(ITIMER_REAL, &tick, NULL), 0);
	clock_gettime(CLOCK_MONOTONIC, &before);
	assert_int_equal(process_wait(child, 100, &status, &err), -1);
	clock_gettime(CLOCK_MONOTONIC, &after);
	assert_int_equal(setitimer(ITIMER_REAL, &stop, NULL), 0);
	assert_int_equal(err.errnum, ETIMEDOUT);
	elapsed = (after.tv_sec - before.tv_sec) * 1000 +
		  (after.tv_nsec - before.tv_nsec) / 1000000;
	assert_true(elapsed >= 95 && elapsed < 2000);
	assert_int_equal(process_signal(child, SIGKILL, &err), 0);
	assert_int_equal(process_wait(child, -1, &status, &err), 0);
}

static void what_shares_memory_is_not_cloned(void **state)
{
	static const uint64_t flags[] = {
		CLONE_VM, CLONE_FILES, CLONE_FS, CLONE_SIGHAND, CLONE_THREAD, CLONE_VFORK,
		CLONE_SYSVSEM, CLONE_SETTLS, CLONE_IO, CLONE_INTO_CGROUP,
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(flags); i++) {
		struct process_clone_args args = PROCESS_CLONE_ARGS_INIT;
		struct error err = ERROR_INIT;
		int pidfd = -1;
		pid_t pid = -7;

		args.flags = flags[i];
		args.pidfd = &pidfd;
		assert_int_equal(process_clone(&args, &pid, &err), -1);
		assert_int_equal(err.errnum, EINVAL);
		assert_int_equal(pid, -7);
		assert_int_equal(pidfd, -1);
	}
}

static void a_child_is_born_in_its_namespaces(void **state)
{
	struct error err = ERROR_INIT;
	auto_fd child = -1;
	int status;
	pid_t pid;

	(void)state;
	{
		struct process_clone_args args = PROCESS_CLONE_ARGS_INIT;

		args.flags = CLONE_NEWUSER | CLONE_NEWPID;
		args.pidfd = &child;
		if (process_clone(&args, &pid, &err) < 0) {
			skip_because("needs user namespaces");
		}
		if (pid == 0)
			_exit(getpid() == 1 ? 0 : 1);
	}
	assert_int_equal(process_wait(child, -1, &status, &err), 0);
	assert_int_equal(status, 0);
}

/* 0 if a child cloned into a fresh cgroup finds itself there; 77 if there is no cgroup2. */
static int clone_into_cgroup(void)
{
	struct process_clone_args args = PROCESS_CLONE_ARGS_INIT;
	struct error err = ERROR_INIT;
	auto_fd cgroup = -1;
	auto_fd child = -1;
	char path[64];
	int status = 1;
	pid_t pid;

	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("cgroup2", "/mnt", "cgroup2", 0, NULL) < 0)
		return 77;
	(void)snprintf(path, sizeof(path), "/mnt/orlop-test-process-%d", (int)getpid());
	if (mkdir(path, 0700) < 0)
		return 77;
	cgroup = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	args.cgroup_fd = cgroup;
	args.pidfd = &child;
	if (process_clone(&args, &pid, &err) == 0) {
		if (pid == 0) {
			auto_free char *own = NULL;

			if (fd_read_file(AT_FDCWD, "/proc/self/cgroup", 4096, &own, NULL, NULL) < 0)
				_exit(2);
			_exit(strstr(own, path + strlen("/mnt")) ? 0 : 3);
		}
		(void)process_wait(child, -1, &status, &err);
	}
	(void)rmdir(path);
	return status;
}

static void a_child_is_born_in_its_cgroup(void **state)
{
	pid_t child;
	int status;

	(void)state;
	child = fork();
	if (child == 0)
		_exit(clone_into_cgroup());
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == 77)
		skip_because("needs root and a mountable cgroup2");
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void a_descriptor_tells_the_pid(void **state)
{
	struct error err = ERROR_INIT;
	auto_fd procfs = procfs_open(PROCFS_PIDS, NULL, &err);
	auto_fd child = -1;
	auto_fd other = -1;
	pid_t found = 0;
	int status;
	pid_t pid;

	(void)state;
	assert_true(procfs >= 0);
	child = spawn(0, false, 0, &pid);
	assert_int_equal(process_pid(procfs, child, &found, &err), 0);
	assert_int_equal(found, pid);
	assert_int_equal(process_wait(child, -1, &status, &err), 0);
	assert_int_equal(process_pid(procfs, child, &found, &err), -1);
	assert_int_equal(err.errnum, ESRCH);
	other = open("/", O_PATH | O_CLOEXEC);
	assert_int_equal(process_pid(procfs, other, &found, &err), -1);
	assert_int_equal(err.errnum, EBADMSG);
	assert_int_equal(process_pid(procfs, -1, &found, &err), -1);
}

static void a_process_is_known_by_pid_and_start(void **state)
{
	struct error err = ERROR_INIT;
	auto_fd procfs = procfs_open(PROCFS_PIDS, NULL, &err);
	struct process_stat stat = { 0 };
	auto_fd child = -1;
	auto_fd again = -1;
	uint64_t start = 0;
	int status;
	pid_t pid;

	(void)state;
	assert_true(procfs >= 0);
	child = spawn(0, false, -1, &pid);
	assert_int_equal(process_start_time(procfs, pid, &start, &err), 0);
	assert_true(start > 0);
	assert_int_equal(process_stat_read(procfs, pid, &stat, &err), 0);
	assert_int_equal(stat.parent, getpid());

	again = process_open_started(procfs, pid, start, NULL, &err);
	assert_true(again >= 0);
	assert_int_equal(process_open_started(procfs, pid, start + 1, NULL, &err), -1);
	assert_int_equal(err.errnum, ESRCH);

	assert_int_equal(process_signal(again, SIGKILL, &err), 0);
	assert_int_equal(process_wait_gone(child, -1, &err), 0);
	close_fd(&again);
	again = process_open_started(procfs, pid, start, NULL, &err);	/* a zombie is still there */
	assert_true(again >= 0);
	assert_int_equal(process_stat_read(procfs, pid, &stat, &err), 0);
	assert_int_equal(stat.state, 'Z');
	assert_int_equal(process_wait(child, -1, &status, &err), 0);
	assert_int_equal(status, 137);
	assert_int_equal(process_open_started(procfs, pid, start, NULL, &err), -1);
	assert_int_equal(err.errnum, ESRCH);
	assert_int_equal(process_start_time(procfs, pid, &start, &err), -1);
}

static void *report_thread(void *pipe)
{
	const int *ends = pipe;
	pid_t self = (pid_t)syscall(SYS_gettid);
	char end;

	assert_int_equal(write(ends[1], &self, sizeof(self)), sizeof(self));
	assert_int_equal(read(ends[2], &end, 1), 0);
	return NULL;
}

static void the_number_of_a_thread_is_no_process(void **state)
{
	struct error err = ERROR_INIT;
	pthread_t thread;
	int ends[4];
	pid_t pid;

	(void)state;
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	assert_int_equal(pipe2(ends + 2, O_CLOEXEC), 0);
	assert_int_equal(pthread_create(&thread, NULL, report_thread, ends), 0);
	assert_int_equal(read(ends[0], &pid, sizeof(pid)), sizeof(pid));
	assert_int_equal(process_open(pid, &err), -1);
	assert_int_equal(err.errnum, ESRCH);
	(void)close(ends[3]);
	assert_int_equal(pthread_join(thread, NULL), 0);
	for (int i = 0; i < 3; i++)
		(void)close(ends[i]);
}

/* Of a session whose leader has ended and was waited for. */
static void the_number_of_a_session_is_no_process(void **state)
{
	struct error err = ERROR_INIT;
	pid_t rest = -1;
	int ends[2];
	pid_t pid;

	(void)state;
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		if (setsid() < 0)
			_exit(1);
		rest = fork();
		if (rest == 0) {
			for (;;)
				(void)pause();
		}
		_exit(rest < 0 || write(ends[1], &rest, sizeof(rest)) != sizeof(rest));
	}
	assert_int_equal(read(ends[0], &rest, sizeof(rest)), sizeof(rest));
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_int_equal(getsid(rest), pid);
	assert_int_equal(process_open(pid, &err), -1);
	assert_int_equal(err.errnum, ESRCH);
	assert_int_equal(kill(rest, SIGKILL), 0);
	(void)close(ends[0]);
	(void)close(ends[1]);
}

static int undumpable_child(void)
{
	if (process_make_undumpable(NULL) < 0)
		return 1;
	return prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0 ? 0 : 2;
}

static void a_parent_that_is_gone_is_noticed(void **state)
{
	pid_t child;
	int ends[2];
	int status;
	char byte = '?';

	(void)state;
	assert_int_equal(pipe(ends), 0);
	child = fork();
	if (child == 0) {
		struct error err = ERROR_INIT;
		int parent = process_open(getpid(), NULL);

		if (fork() == 0) {
			if (process_wait_gone(parent, 5000, &err) < 0)
				byte = '1';
			else if (process_set_death_signal(SIGKILL, parent, &err) == 0)
				byte = '2';
			else
				byte = err.errnum == ESRCH ? 'x' : '3';
			_exit(write(ends[1], &byte, 1) == 1 ? 0 : 1);
		}
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	close(ends[1]);
	assert_int_equal(read(ends[0], &byte, 1), 1);
	assert_int_equal(byte, 'x');
	close(ends[0]);
}

static void a_process_changes_what_it_says_of_itself(void **state)
{
	struct error err = ERROR_INIT;
	pid_t child;
	int status;
	int signal = 0;

	(void)state;
	child = fork();
	if (child == 0)
		_exit(undumpable_child());
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);

	assert_int_equal(process_set_death_signal(SIGTERM, -1, &err), 0);
	assert_int_equal(prctl(PR_GET_PDEATHSIG, &signal, 0, 0, 0), 0);
	assert_int_equal(signal, SIGTERM);
	assert_int_equal(process_set_death_signal(0, -1, &err), 0);
	assert_int_equal(process_refuse_setuid(&err), 0);
}

static int reset_child(void)
{
	struct sigaction action = { .sa_handler = SIG_IGN };
	struct error err = ERROR_INIT;
	sigset_t set;

	sigfillset(&set);
	if (sigprocmask(SIG_SETMASK, &set, NULL) || sigaction(SIGUSR1, &action, NULL) ||
	    sigaction(SIGPIPE, &action, NULL))
		return 1;
	if (process_reset_signals(&err) < 0 || sigprocmask(SIG_SETMASK, NULL, &set))
		return 2;
	for (int signal = 1; signal < 32; signal++)
		if (sigismember(&set, signal) || sigaction(signal, NULL, &action) ||
		    action.sa_handler != SIG_DFL)
			return 3;
	return 0;
}

static void signals_are_reset_for_a_new_program(void **state)
{
	pid_t child;
	int status;

	(void)state;
	child = fork();
	if (child == 0)
		_exit(reset_child());
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_name_of_a_process_cannot_shift_the_fields),
		cmocka_unit_test(a_process_that_ends_says_so_in_its_flags),
		cmocka_unit_test(text_that_is_no_status_is_refused),
		cmocka_unit_test(an_exit_status_tells_signals_apart),
		cmocka_unit_test(children_are_waited_for_by_descriptor),
		cmocka_unit_test(signals_do_not_shorten_or_lengthen_a_wait),
		cmocka_unit_test(what_shares_memory_is_not_cloned),
		cmocka_unit_test(a_child_is_born_in_its_namespaces),
		cmocka_unit_test(a_child_is_born_in_its_cgroup),
		cmocka_unit_test(a_descriptor_tells_the_pid),
		cmocka_unit_test(a_process_is_known_by_pid_and_start),
		cmocka_unit_test(the_number_of_a_thread_is_no_process),
		cmocka_unit_test(the_number_of_a_session_is_no_process),
		cmocka_unit_test(a_parent_that_is_gone_is_noticed),
		cmocka_unit_test(a_process_changes_what_it_says_of_itself),
		cmocka_unit_test(signals_are_reset_for_a_new_program),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "kernel/lock.h"

static char path[] = "/tmp/orlop-test-lock.XXXXXX";

static int make_file(void **state)
{
	int fd = mkstemp(path);

	(void)state;
	if (fd >= 0)
		(void)close(fd);
	return fd < 0 ? -1 : 0;
}

static int remove_file(void **state)
{
	(void)state;
	return unlink(path);
}

static int open_file(void)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);

	assert_true(fd >= 0);
	return fd;
}

/* A process that holds the lock until it is killed. */
static pid_t start_holder(void)
{
	int ready[2];
	char byte;
	pid_t pid;

	assert_int_equal(pipe(ready), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		int fd = open(path, O_RDWR);

		if (fd < 0 || flock(fd, LOCK_EX) || write(ready[1], "x", 1) != 1)
			_exit(1);
		for (;;)
			(void)pause();
	}
	(void)close(ready[1]);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	(void)close(ready[0]);
	return pid;
}

static void end_holder(pid_t pid)
{
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static void a_lock_is_taken_once_and_again_after_its_holder_closed_it(void **state)
{
	struct error err = ERROR_INIT;
	auto_fd first = open_file();
	auto_fd second = open_file();

	(void)state;
	assert_int_equal(lock_take(first, 0, &err), 0);
	assert_int_equal(lock_take(second, 0, &err), -1);
	assert_int_equal(err.errnum, EWOULDBLOCK);
	close_fd(&first);
	assert_int_equal(lock_take(second, 0, NULL), 0);
}

static void waiting_ends_and_names_the_process_that_holds_the_lock(void **state)
{
	struct error err = ERROR_INIT;
	auto_fd fd = open_file();
	struct timespec before;
	struct timespec after;
	char holder[32];
	pid_t pid = start_holder();

	(void)state;
	(void)snprintf(holder, sizeof(holder), "process %d (test_lock)", (int)pid);
	assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &before), 0);
	assert_int_equal(lock_take(fd, 200, &err), -1);
	assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &after), 0);
	end_holder(pid);
	assert_int_equal(err.errnum, EWOULDBLOCK);
	assert_non_null(strstr(err.message, holder));
	assert_non_null(strstr(err.message, "200 ms"));
	assert_true((after.tv_sec - before.tv_sec) * 1000 + (after.tv_nsec - before.tv_nsec) / 1000000 >= 190);
	assert_int_equal(lock_take(fd, 0, &err), 0);
}

static void a_lock_whose_holder_cannot_be_told_is_refused_all_the_same(void **state)
{
	struct error err = ERROR_INIT;
	auto_fd first = open_file();
	auto_fd second = open_file();
	pid_t pid;

	(void)state;
	/* Taken by a process that has ended, held by a copy of its descriptor. */
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		_exit(flock(first, LOCK_EX) ? 1 : 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_int_equal(lock_take(second, 20, &err), -1);
	assert_int_equal(err.errnum, EWOULDBLOCK);
	assert_non_null(strstr(err.message, "another process"));
}

static void what_cannot_be_locked_is_an_error_of_its_own(void **state)
{
	struct error err = ERROR_INIT;

	(void)state;
	assert_int_equal(lock_take(-1, 1000, &err), -1);
	assert_int_equal(err.errnum, EBADF);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_lock_is_taken_once_and_again_after_its_holder_closed_it),
		cmocka_unit_test(waiting_ends_and_names_the_process_that_holds_the_lock),
		cmocka_unit_test(a_lock_whose_holder_cannot_be_told_is_refused_all_the_same),
		cmocka_unit_test(what_cannot_be_locked_is_an_error_of_its_own),
	};

	return cmocka_run_group_tests(tests, make_file, remove_file);
}

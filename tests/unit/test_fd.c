/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>

#include "base/cleanup.h"
#include "base/fd.h"

static char directory[] = "/tmp/test_fd.XXXXXX";
static int dirfd = -1;

static int set_up(void **state)
{
	(void)state;
	if (!mkdtemp(directory))
		return -1;
	dirfd = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return dirfd < 0 ? -1 : 0;
}

static int tear_down(void **state)
{
	(void)state;
	(void)unlinkat(dirfd, "file", 0);
	(void)unlinkat(dirfd, "link", 0);
	(void)close(dirfd);
	return rmdir(directory);
}

static void put(const char *data, size_t size)
{
	auto_fd file = openat(dirfd, "file", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(file >= 0);
	assert_int_equal(fd_write_all(file, data, size, NULL), 0);
}

static void a_file_is_read_whole_or_not_at_all(void **state)
{
	static const size_t sizes[] = { 0, 1, 4095, 4096, 4097, 8192, 8193, 100000 };
	static char data[100000];

	(void)state;
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (char)(i * 31);
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		auto_free char *got = NULL;
		struct error err = ERROR_INIT;
		size_t size = 77;

		put(data, sizes[i]);
		assert_int_equal(fd_read_file(dirfd, "file", sizes[i], &got, &size, &err), 0);
		assert_int_equal(size, sizes[i]);
		assert_memory_equal(got, data, size);
		assert_int_equal(got[size], '\0');
		if (sizes[i] == 0)
			continue;
		free(take_ptr(got));
		size = 77;
		assert_int_equal(fd_read_file(dirfd, "file", sizes[i] - 1, &got, &size, &err), -1);
		assert_int_equal(err.errnum, EFBIG);
		assert_null(got);
		assert_int_equal(size, 77);
	}
}

static void a_bound_of_everything_does_not_wrap(void **state)
{
	auto_free char *got = NULL;

	(void)state;
	put("abc", 3);
	assert_int_equal(fd_read_file(dirfd, "file", SIZE_MAX, &got, NULL, NULL), 0);
	assert_string_equal(got, "abc");
}

static void a_pipe_is_read_to_its_end(void **state)
{
	auto_free char *got = NULL;
	int ends[2];
	pid_t child;
	size_t size;
	int status;

	(void)state;
	assert_int_equal(pipe(ends), 0);
	child = fork();
	if (child == 0) {
		for (int i = 0; i < 1000; i++)
			if (fd_write_all(ends[1], "0123456789", 10, NULL) < 0)
				_exit(1);
		_exit(0);
	}
	close(ends[1]);
	assert_int_equal(fd_read_all(ends[0], 10000, &got, &size, NULL), 0);
	assert_int_equal(size, 10000);
	close(ends[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

static void links_are_not_followed(void **state)
{
	auto_free char *got = NULL;
	struct error err = ERROR_INIT;

	(void)state;
	put("abc", 3);
	assert_int_equal(symlinkat("file", dirfd, "link"), 0);
	assert_int_equal(fd_read_file(dirfd, "link", 10, &got, NULL, &err), -1);
	assert_int_equal(err.errnum, ELOOP);
	assert_int_equal(fd_write_file(dirfd, "link", "x", &err), -1);
	assert_int_equal(err.errnum, ELOOP);
}

static void a_file_is_written_but_never_made(void **state)
{
	auto_free char *got = NULL;
	struct error err = ERROR_INIT;

	(void)state;
	put("abc", 3);
	assert_int_equal(fd_write_file(dirfd, "file", "xy", &err), 0);
	assert_int_equal(fd_read_file(dirfd, "file", 10, &got, NULL, &err), 0);
	assert_string_equal(got, "xyc");
	assert_int_equal(fd_write_file(dirfd, "missing", "x", &err), -1);
	assert_int_equal(err.errnum, ENOENT);
	assert_string_equal(err.message, "open missing: no such file or directory");
}

static void a_short_write_is_an_error(void **state)
{
	static const char data[200000];
	struct error err = ERROR_INIT;
	int ends[2];

	(void)state;
	assert_int_equal(pipe2(ends, O_NONBLOCK | O_CLOEXEC), 0);
	assert_int_equal(fd_write_once(ends[1], data, sizeof(data), &err), -1);
	assert_int_equal(err.errnum, EIO);
	assert_int_equal(fd_write_all(ends[1], data, sizeof(data), &err), -1);
	assert_int_equal(err.errnum, EAGAIN);
	close(ends[0]);
	close(ends[1]);
}

/* Runs @body in a child, so that it can close what it likes. True if it gives 0. */
static int in_child(int (*body)(void))
{
	pid_t child = fork();
	int status;

	if (child == 0)
		_exit(body());
	assert_int_equal(waitpid(child, &status, 0), child);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}

static int sanitize_without(unsigned int closed)
{
	struct stat st;

	for (int fd = 0; fd < 3; fd++)
		if (closed & 1u << fd)
			close(fd);
	if (fd_sanitize_stdio(NULL) < 0)
		return 1;
	for (int fd = 0; fd < 3; fd++) {
		if (fstat(fd, &st) < 0)
			return 2;
		if ((closed & 1u << fd) &&
		    (!S_ISCHR(st.st_mode) || st.st_rdev != makedev(1, 3)))
			return 3;
		if ((closed & 1u << fd) && (fcntl(fd, F_GETFD) & FD_CLOEXEC))
			return 4;
	}
	return 0;
}

static int sanitize_all(void)
{
	return sanitize_without(7);
}

static int sanitize_middle(void)
{
	return sanitize_without(2);
}

static int sanitize_ends(void)
{
	return sanitize_without(5);
}

static int sanitize_none(void)
{
	return sanitize_without(0);
}

static void closed_stdio_becomes_dev_null(void **state)
{
	(void)state;
	assert_int_equal(in_child(sanitize_none), 0);
	assert_int_equal(in_child(sanitize_all), 0);
	assert_int_equal(in_child(sanitize_middle), 0);
	assert_int_equal(in_child(sanitize_ends), 0);
}

static int close_range_of_fds(void)
{
	int low = fcntl(0, F_DUPFD, 10);
	int high = fcntl(0, F_DUPFD, 40);

	if (low < 0 || high < 0)
		return 1;
	if (fd_cloexec_from(20, NULL) < 0)
		return 2;
	if (fcntl(low, F_GETFD) != 0 || fcntl(high, F_GETFD) != FD_CLOEXEC)
		return 3;
	if (fd_close_from(20, NULL) < 0)
		return 4;
	if (fcntl(low, F_GETFD) != 0 || fcntl(high, F_GETFD) != -1)
		return 5;
	return fd_close_from(-1, NULL) < 0 ? 0 : 6;
}

static void ranges_begin_where_they_say(void **state)
{
	(void)state;
	assert_int_equal(in_child(close_range_of_fds), 0);
}

/* In a child, as all descriptors go: the one that stays is at the first number, close-on-exec. */
static int keep_one_fd(void)
{
	static const struct {
		int from;
		int first;
	} cases[] = { { 12, 7 }, { 7, 7 }, { 7, 12 } };

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int keep = fcntl(STDERR_FILENO, F_DUPFD, cases[i].from);

		if (keep != cases[i].from || fcntl(STDERR_FILENO, F_DUPFD, 20) != 20)
			return 1;
		if (fd_keep_only(&keep, cases[i].first, NULL) < 0 || keep != cases[i].first)
			return 2;
		if (fcntl(20, F_GETFD) != -1)
			return 3;
		if (keep != cases[i].from && fcntl(keep, F_GETFD) != FD_CLOEXEC)
			return 4;
		if (fcntl(keep, F_GETFD) < 0 || fd_close_from(3, NULL) < 0)
			return 5;
	}
	return 0;
}

static void one_descriptor_is_kept_of_a_range(void **state)
{
	(void)state;
	assert_int_equal(in_child(keep_one_fd), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_is_read_whole_or_not_at_all),
		cmocka_unit_test(a_bound_of_everything_does_not_wrap),
		cmocka_unit_test(a_pipe_is_read_to_its_end),
		cmocka_unit_test(links_are_not_followed),
		cmocka_unit_test(a_file_is_written_but_never_made),
		cmocka_unit_test(a_short_write_is_an_error),
		cmocka_unit_test(closed_stdio_becomes_dev_null),
		cmocka_unit_test(ranges_begin_where_they_say),
		cmocka_unit_test(one_descriptor_is_kept_of_a_range),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, set_up, tear_down);
}

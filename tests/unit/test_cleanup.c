/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/cleanup.h"

static int open_null(void)
{
	int fd = open("/dev/null", O_RDWR | O_CLOEXEC);

	assert_true(fd >= 0);
	return fd;
}

static int is_open(int fd)
{
	return fcntl(fd, F_GETFD) >= 0;
}

static void an_owner_closes_at_the_end_of_its_scope_and_keeps_errno(void **state)
{
	int number;

	(void)state;
	errno = ENOTTY;
	{
		auto_fd owner = open_null();

		number = owner;
		errno = EDOM;
	}
	assert_int_equal(errno, EDOM);
	assert_false(is_open(number));
	{
		auto_fd bad = 1000000;	/* close(2) fails with EBADF */

		errno = EDOM;
		(void)bad;
	}
	assert_int_equal(errno, EDOM);
}

static void what_is_taken_is_left_open(void **state)
{
	int number;

	(void)state;
	{
		auto_fd owner = open_null();

		number = take_fd(&owner);
		assert_int_equal(owner, -1);
	}
	assert_true(is_open(number));
	close_fd(&number);
	assert_int_equal(number, -1);
	close_fd(&number);
}

static void a_pointer_is_freed_or_taken(void **state)
{
	char *kept;

	(void)state;
	{
		auto_free char *freed = strdup("freed");	/* the leak checker watches */
		auto_free char *taken = strdup("taken");
		auto_free char *empty = NULL;

		assert_non_null(freed);
		assert_null(empty);
		kept = take_ptr(taken);
		assert_null(taken);
	}
	assert_string_equal(kept, "taken");
	free(kept);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_owner_closes_at_the_end_of_its_scope_and_keeps_errno),
		cmocka_unit_test(what_is_taken_is_left_open),
		cmocka_unit_test(a_pointer_is_freed_or_taken),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

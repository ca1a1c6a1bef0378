/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"

static void a_message_ends_in_the_description_engines_match(void **state)
{
	static const struct {
		int errnum;
		const char *message;
	} cases[] = {
		{ 0, "open /x" },
		{ ENOENT, "open /x: no such file or directory" },
		{ EACCES, "open /x: permission denied" },
		{ EPERM, "open /x: operation not permitted" },
		{ EIO, "open /x: input/output error" },
		{ EXFULL, "open /x: exchange full" },
		{ EDOTDOT, "open /x: RFS specific error" },
		{ ERFKILL, "open /x: operation not possible due to RF-kill" },
		{ 3999, "open /x: error 3999" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct error err = ERROR_INIT;

		errno = EDOM;
		assert_int_equal(error_set(&err, ERROR_SYSTEM, cases[i].errnum, "open %s", "/x"),
				 -1);
		assert_int_equal(errno, EDOM);
		assert_int_equal(err.kind, ERROR_SYSTEM);
		assert_int_equal(err.errnum, cases[i].errnum);
		assert_string_equal(err.message, cases[i].message);
	}
}

static void error_system_takes_errno(void **state)
{
	struct error err = ERROR_INIT;

	(void)state;
	errno = ENOENT;
	assert_int_equal(error_system(&err, "open"), -1);
	assert_int_equal(err.errnum, ENOENT);
	assert_int_equal(errno, ENOENT);
}

static void prefixes_add_up_and_keep_the_rest(void **state)
{
	struct error err = ERROR_INIT;

	(void)state;
	error_set(&err, ERROR_POLICY, EPERM, "refused");
	assert_int_equal(error_prefix(&err, "mount %d", 3), -1);
	assert_int_equal(error_prefix(&err, "create"), -1);
	assert_string_equal(err.message, "create: mount 3: refused: operation not permitted");
	assert_int_equal(err.kind, ERROR_POLICY);
	assert_int_equal(err.errnum, EPERM);
}

static void a_message_may_be_built_from_the_one_it_replaces(void **state)
{
	struct error err = ERROR_INIT;

	(void)state;
	error_set(&err, ERROR_SPEC, 0, "inner");
	error_set(&err, ERROR_SPEC, 0, "outer (%s)", err.message);
	assert_string_equal(err.message, "outer (inner)");
}

static void nobody_has_to_ask_for_the_reason(void **state)
{
	(void)state;
	assert_int_equal(error_set(NULL, ERROR_SPEC, 0, "x"), -1);
	assert_int_equal(error_prefix(NULL, "x"), -1);
	error_clear(NULL);
}

static void a_long_message_is_cut_but_not_its_description(void **state)
{
	struct error err = ERROR_INIT;
	char path[2 * ERROR_MESSAGE_MAX];
	const char *end;

	(void)state;
	memset(path, 'p', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	error_set(&err, ERROR_SYSTEM, ENOENT, "open %s", path);
	assert_int_equal(strlen(err.message), ERROR_MESSAGE_MAX - 1);
	end = err.message + strlen(err.message) - strlen("pp: no such file or directory");
	assert_string_equal(end, "pp: no such file or directory");

	error_prefix(&err, "%s", path);
	assert_int_equal(strlen(err.message), ERROR_MESSAGE_MAX - 1);
	error_prefix(&err, "mount");
	assert_memory_equal(err.message, "mount: ppp", 10);
	assert_int_equal(strlen(err.message), ERROR_MESSAGE_MAX - 1);
}

static void a_cut_never_splits_a_character(void **state)
{
	(void)state;
	for (size_t lead = ERROR_MESSAGE_MAX - 8; lead < ERROR_MESSAGE_MAX; lead++) {
		struct error err = ERROR_INIT;
		char text[ERROR_MESSAGE_MAX + 8];
		size_t length;

		memset(text, 'a', lead);
		memcpy(text + lead, "\xf0\x9f\xa6\x80", 5);	/* four bytes */
		error_set(&err, ERROR_SYSTEM, 0, "%s", text);
		length = strlen(err.message);
		if (lead + 4 < ERROR_MESSAGE_MAX)
			assert_int_equal(length, lead + 4);
		else
			assert_int_equal(length, lead);
	}
}

static void bytes_from_a_hostile_sender_become_an_error(void **state)
{
	struct error err;
	int kind;

	(void)state;
	memset(&err, 0xff, sizeof(err));
	error_sanitize(&err);
	assert_int_equal(err.kind, ERROR_SYSTEM);
	assert_int_equal(err.errnum, 0);
	assert_int_equal(strlen(err.message), ERROR_MESSAGE_MAX - 1);

	memset(&err, 0, sizeof(err));
	error_sanitize(&err);
	assert_int_equal(err.kind, ERROR_SYSTEM);
	assert_true(strlen(err.message) > 0);

	error_set(&err, ERROR_POLICY, EPERM, "refused");
	error_sanitize(&err);
	assert_int_equal(err.kind, ERROR_POLICY);
	assert_int_equal(err.errnum, EPERM);
	assert_string_equal(err.message, "refused: operation not permitted");

	kind = ERROR_SYSTEM + 1;
	memcpy(&err.kind, &kind, sizeof(kind));
	err.errnum = 4096;
	error_sanitize(&err);
	assert_int_equal(err.kind, ERROR_SYSTEM);
	assert_int_equal(err.errnum, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_message_ends_in_the_description_engines_match),
		cmocka_unit_test(error_system_takes_errno),
		cmocka_unit_test(prefixes_add_up_and_keep_the_rest),
		cmocka_unit_test(a_message_may_be_built_from_the_one_it_replaces),
		cmocka_unit_test(nobody_has_to_ask_for_the_reason),
		cmocka_unit_test(a_long_message_is_cut_but_not_its_description),
		cmocka_unit_test(a_cut_never_splits_a_character),
		cmocka_unit_test(bytes_from_a_hostile_sender_become_an_error),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "base/text.h"

static void texts_grow_up_to_their_bound(void **state)
{
	auto_text text = TEXT_INIT(1000);
	auto_free char *out = NULL;
	struct error err = ERROR_INIT;
	size_t size = 0;

	(void)state;
	assert_string_equal(text_string(&text), "");
	for (int i = 0; i < 100; i++)
		text_appendf(&text, "%09d", i), text_append_char(&text, ' ');
	assert_int_equal(text.size, 1000);
	assert_false(text.truncated);
	text_append(&text, "");
	assert_int_equal(text_finish(&text, &out, &size, &err), 0);
	assert_int_equal(size, 1000);
	assert_int_equal(strlen(out), 1000);
	assert_memory_equal(out, "000000000 000000001 ", 20);
	assert_int_equal(text.size, 0);
	assert_int_equal(text.max, 1000);
}

static void a_text_beyond_its_bound_is_an_error(void **state)
{
	static const struct {
		const char *first, *second, *kept;
	} cases[] = {
		{ "12345678", "9", "12345678" },
		{ "1234567", "89", "1234567" },
		{ "123456789", "", "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		for (int formatted = 0; formatted < 2; formatted++) {
			auto_text text = TEXT_INIT(8);
			struct error err = ERROR_INIT;
			char *out = NULL;

			text_append(&text, cases[i].first);
			if (formatted)
				text_appendf(&text, "%s", cases[i].second);
			else
				text_append(&text, cases[i].second);
			text_append(&text, "");
			assert_true(text.truncated);
			assert_string_equal(text_string(&text), cases[i].kept);
			text_append_char(&text, 'x');	/* nothing comes after a cut */
			text_appendf(&text, "%d", 1);
			assert_string_equal(text_string(&text), cases[i].kept);
			assert_int_equal(text_finish(&text, &out, NULL, &err), -1);
			assert_int_equal(err.errnum, EFBIG);
			assert_null(out);
		}
	}
}

static void an_empty_text_finishes_as_an_empty_string(void **state)
{
	auto_text text = TEXT_INIT(0);
	auto_free char *out = NULL;

	(void)state;
	assert_int_equal(text_finish(&text, &out, NULL, NULL), 0);
	assert_string_equal(out, "");
}

static void words_are_joined(void **state)
{
	static const char *const words[] = { "a", "", "c" };
	auto_text text = TEXT_INIT(100);

	(void)state;
	text_join(&text, words, 0, ", ");
	assert_string_equal(text_string(&text), "");
	text_join(&text, words, 1, ", ");
	text_append(&text, "|");
	text_join(&text, words, 3, ", ");
	assert_string_equal(text_string(&text), "a|a, , c");
}

static void strings_are_escaped_for_json_and_for_terminals(void **state)
{
	static const struct {
		const char *raw, *json, *escaped;
	} cases[] = {
		{ "", "\"\"", "" },
		{ "plain", "\"plain\"", "plain" },
		{ "a\"b\\c/", "\"a\\\"b\\\\c/\"", "a\"b\\c/" },
		{ "l1\nl2\r\t", "\"l1\\nl2\\r\\t\"", "l1\\nl2\\r\\t" },
		{ "\x01\x1b[2J\x7f", "\"\\u0001\\u001b[2J\\u007f\"", "\\x01\\x1b[2J\\x7f" },
		{ "\xc2\x9b" "31m", "\"\\u009b31m\"", "\\xc2\\x9b31m" },	/* C1 CSI */
		{ "\xc3\xa4\xe2\x82\xac\xf0\x9f\xa6\x80",
		  "\"\xc3\xa4\xe2\x82\xac\xf0\x9f\xa6\x80\"",
		  "\xc3\xa4\xe2\x82\xac\xf0\x9f\xa6\x80" },
		{ "\xe2\x80\xa8", "\"\\u2028\"", "\\xe2\\x80\\xa8" },
		{ "\xe2\x80\xae", "\"\\u202e\"", "\\xe2\\x80\\xae" },	/* reorders */
		{ "\xff", "\"\xef\xbf\xbd\"", "\\xff" },
		{ "a\x80z", "\"a\xef\xbf\xbdz\"", "a\\x80z" },
		{ "\xc0\xaf", "\"\xef\xbf\xbd\xef\xbf\xbd\"", "\\xc0\\xaf" },	/* overlong */
		{ "\xe0\x80\xaf", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"", "\\xe0\\x80\\xaf" },
		{ "\xed\xa0\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"", "\\xed\\xa0\\x80" },
		{ "\xf4\x90\x80\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"",
		  "\\xf4\\x90\\x80\\x80" },
		{ "\xe2\x82", "\"\xef\xbf\xbd\xef\xbf\xbd\"", "\\xe2\\x82" },	/* cut short */
		{ "\xf0\x9f\xa6", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"", "\\xf0\\x9f\\xa6" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_text json = TEXT_INIT(100);
		auto_text escaped = TEXT_INIT(100);

		text_append_json_string(&json, cases[i].raw);
		text_append_escaped(&escaped, cases[i].raw);
		assert_string_equal(text_string(&json), cases[i].json);
		assert_string_equal(text_string(&escaped), cases[i].escaped);
	}
}

static void no_string_is_null_in_json(void **state)
{
	auto_text text = TEXT_INIT(100);

	(void)state;
	text_append_json_string(&text, NULL);
	assert_string_equal(text_string(&text), "null");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts_grow_up_to_their_bound),
		cmocka_unit_test(a_text_beyond_its_bound_is_an_error),
		cmocka_unit_test(an_empty_text_finishes_as_an_empty_string),
		cmocka_unit_test(words_are_joined),
		cmocka_unit_test(strings_are_escaped_for_json_and_for_terminals),
		cmocka_unit_test(no_string_is_null_in_json),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

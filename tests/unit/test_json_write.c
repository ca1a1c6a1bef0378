/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "json/json_read.h"
#include "json/json_write.h"

static void write_sample(struct json_writer *json)
{
	static const char *const words[] = { "a", "b" };

	json_write_object(json, NULL);
	json_write_string(json, "id", "c1");
	json_write_bool(json, "up", true);
	json_write_bool(json, "down", false);
	json_write_i64(json, "low", INT64_MIN);
	json_write_u64(json, "high", UINT64_MAX);
	json_write_null(json, "nothing");
	json_write_string(json, "absent", NULL);
	json_write_object(json, "empty");
	json_write_end(json);
	json_write_strings(json, "none", NULL, 0);
	json_write_strings(json, "words", words, 2);
	json_write_array(json, "deep");
	json_write_object(json, NULL);
	json_write_i64(json, "x", -1);
	json_write_end(json);
	json_write_array(json, NULL);
	json_write_end(json);
	json_write_end(json);
	json_write_end(json);
}

static void compact_has_no_space(void **state)
{
	auto_text out = TEXT_INIT(4096);
	struct json_writer json = JSON_WRITER(&out, JSON_COMPACT);

	(void)state;
	write_sample(&json);
	assert_string_equal(text_string(&out),
		"{\"id\":\"c1\",\"up\":true,\"down\":false,\"low\":-9223372036854775808,"
		"\"high\":18446744073709551615,\"nothing\":null,\"absent\":null,\"empty\":{},"
		"\"none\":[],\"words\":[\"a\",\"b\"],\"deep\":[{\"x\":-1},[]]}");
}

static void indented_has_a_member_a_line(void **state)
{
	auto_text out = TEXT_INIT(4096);
	struct json_writer json = JSON_WRITER(&out, JSON_INDENTED);

	(void)state;
	json_write_object(&json, NULL);
	json_write_object(&json, "empty");
	json_write_end(&json);
	json_write_array(&json, "list");
	json_write_i64(&json, NULL, 1);
	json_write_array(&json, NULL);
	json_write_end(&json);
	json_write_end(&json);
	json_write_end(&json);
	assert_string_equal(text_string(&out),
		"{\n"
		"  \"empty\": {},\n"
		"  \"list\": [\n"
		"    1,\n"
		"    []\n"
		"  ]\n"
		"}");
}

static void strings_are_escaped_and_valid(void **state)
{
	static const struct {
		const char *string;
		const char *json;
	} cases[] = {
		{ "plain", "\"plain\"" },
		{ "\"\\", "\"\\\"\\\\\"" },
		{ "a\nb", "\"a\\nb\"" },
		{ "\x01", "\"\\u0001\"" },
		{ "\xc3\xa9", "\"\xc3\xa9\"" },
		{ "\xff", "\"\xef\xbf\xbd\"" },
		{ "", "\"\"" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_text out = TEXT_INIT(256);
		struct json_writer json = JSON_WRITER(&out, JSON_COMPACT);

		json_write_string(&json, NULL, cases[i].string);
		assert_string_equal(text_string(&out), cases[i].json);
	}
}

static void keys_are_escaped_too(void **state)
{
	auto_text out = TEXT_INIT(256);
	struct json_writer json = JSON_WRITER(&out, JSON_COMPACT);

	(void)state;
	json_write_object(&json, NULL);
	json_write_bool(&json, "\"},{\"", true);
	json_write_end(&json);
	assert_string_equal(text_string(&out), "{\"\\\"},{\\\"\":true}");
}

static void what_is_written_can_be_read(void **state)
{
	auto_arena arena = ARENA_INIT;
	struct error err = ERROR_INIT;
	enum json_layout layouts[] = { JSON_COMPACT, JSON_INDENTED };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(layouts); i++) {
		auto_json_reader in = JSON_READER(&arena, ERROR_SPEC, &err);
		auto_text out = TEXT_INIT(4096);
		struct json_writer json = JSON_WRITER(&out, layouts[i]);
		const struct json_value *value;
		uint64_t high;

		write_sample(&json);
		assert_int_equal(json_read_open(&in, out.data, out.size, JSON_READ_MAX), 0);
		assert_int_equal(json_read_count(json_read_root(&in)), 11);
		value = json_read_member(json_read_root(&in), "high");
		assert_int_equal(json_read_unsigned(&in, value, 0, UINT64_MAX, &high), 0);
		assert_true(high == UINT64_MAX);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(compact_has_no_space),
		cmocka_unit_test(indented_has_a_member_a_line),
		cmocka_unit_test(strings_are_escaped_and_valid),
		cmocka_unit_test(keys_are_escaped_too),
		cmocka_unit_test(what_is_written_can_be_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

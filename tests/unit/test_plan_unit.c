/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../../src/plan/plan_unit.h"
#include "base/cleanup.h"

static void a_slice_lies_below_those_that_its_name_has(void **state)
{
	static const struct {
		const char *slice;
		const char *path;	/* NULL: no slice */
	} cases[] = {
		{ "system.slice", "/system.slice" },
		{ "user-1000.slice", "/user.slice/user-1000.slice" },
		{ "a-b-c.slice", "/a.slice/a-b.slice/a-b-c.slice" },
		{ "-.slice", "" },
		{ "_a.slice", "/__a.slice" },
		{ "cpu.slice", "/_cpu.slice" },
		{ "-a.slice", NULL },
		{ "a-.slice", NULL },
		{ "a--b.slice", NULL },
		{ ".slice", NULL },
		{ "a/b.slice", NULL },
		{ "../a.slice", NULL },
		{ "a.scope", NULL },
		{ "", NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_arena arena = ARENA_INIT;
		struct error err = ERROR_INIT;
		const char *path = NULL;
		int result = plan_unit_slice(&arena, cases[i].slice, &path, &err);

		assert_int_equal(result, cases[i].path ? 0 : -1);
		if (cases[i].path)
			assert_string_equal(path, cases[i].path);
		else
			assert_int_equal(err.kind, ERROR_SPEC);
	}
}

static void a_unit_with_the_name_of_a_kernel_file_has_another_directory(void **state)
{
	static const char *const cases[][2] = {
		{ "docker-c1.scope", "docker-c1.scope" },
		{ "memory.x-c1.scope", "_memory.x-c1.scope" },
		{ "cgroup.procs-c1.scope", "_cgroup.procs-c1.scope" },
		{ "_-c1.scope", "__-c1.scope" },
		{ "memory-c1.scope", "memory-c1.scope" },
		{ "-c1.scope", "-c1.scope" },
	};
	auto_arena arena = ARENA_INIT;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_string_equal(plan_unit_directory(&arena, cases[i][0]), cases[i][1]);
}

static void names_are_those_that_systemd_takes(void **state)
{
	char longest[257];

	(void)state;
	memset(longest, 'a', sizeof(longest));
	longest[256] = '\0';
	assert_false(plan_unit_is_name(longest));
	longest[255] = '\0';
	assert_true(plan_unit_is_name(longest));
	assert_true(plan_unit_is_name("a:-_.\\@Z9.scope"));
	assert_false(plan_unit_is_name("a+b.scope"));
	assert_false(plan_unit_is_name("a/b.scope"));
	assert_false(plan_unit_is_name("a b.scope"));
}

static void values_have_the_type_that_they_are_written_with(void **state)
{
	static const struct {
		const char *text;
		enum systemd_type type;
		uint64_t number;
	} cases[] = {
		{ "true", SYSTEMD_BOOL, 1 },
		{ "false", SYSTEMD_BOOL, 0 },
		{ "15", SYSTEMD_INT32, 15 },
		{ "-1", SYSTEMD_INT32, UINT64_MAX },
		{ " int32  15 ", SYSTEMD_INT32, 15 },
		{ "byte 255", SYSTEMD_BYTE, 255 },
		{ "int16 -32768", SYSTEMD_INT16, (uint64_t)INT16_MIN },
		{ "uint16 65535", SYSTEMD_UINT16, 65535 },
		{ "uint32 4294967295", SYSTEMD_UINT32, UINT32_MAX },
		{ "int64 -9223372036854775808", SYSTEMD_INT64, (uint64_t)INT64_MIN },
		{ "uint64 18446744073709551615", SYSTEMD_UINT64, UINT64_MAX },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_arena arena = ARENA_INIT;
		struct systemd_property value = { .name = "kept" };
		struct error err = ERROR_INIT;

		assert_int_equal(plan_unit_value(&arena, cases[i].text, &value, &err), 0);
		assert_int_equal(value.type, cases[i].type);
		assert_true(value.number == cases[i].number);
		assert_string_equal(value.name, "kept");
	}
}

static void strings_may_be_quoted_either_way_and_stand_in_a_list(void **state)
{
	static const struct {
		const char *text;
		size_t count;		/* 0: a string by itself */
		const char *strings[2];
	} cases[] = {
		{ "'mixed'", 0, { "mixed" } },
		{ "\"it's\"", 0, { "it's" } },
		{ "'it\\'s a \\\\'", 0, { "it's a \\" } },
		{ "''", 0, { "" } },
		{ "['a.service', \"b.service\"]", 2, { "a.service", "b.service" } },
		{ "[ 'a' ]", 1, { "a" } },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_arena arena = ARENA_INIT;
		struct systemd_property value = { 0 };
		struct error err = ERROR_INIT;

		assert_int_equal(plan_unit_value(&arena, cases[i].text, &value, &err), 0);
		if (cases[i].count == 0) {
			assert_int_equal(value.type, SYSTEMD_STRING);
			assert_string_equal(value.text, cases[i].strings[0]);
			continue;
		}
		assert_int_equal(value.type, SYSTEMD_STRINGS);
		assert_int_equal(value.count, cases[i].count);
		for (size_t j = 0; j < value.count; j++)
			assert_string_equal(value.texts[j], cases[i].strings[j]);
	}
}

static void other_values_are_refused(void **state)
{
	static const char *const cases[] = {
		"", "mixed", "'open", "'a' b", "\"a'", "'\\n'", "'\\", "[", "[]", "['a'", "['a',]", "['a'] ]",
		"[1]", "@as []", "uint64", "uint64 -1", "uint64 18446744073709551616", "byte 256", "int32 0x10",
		"2147483648", "double 1.5", "1.5", "(1, 2)", "{'a': 1}", "nothing", "True",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_arena arena = ARENA_INIT;
		struct systemd_property value = { 0 };
		struct error err = ERROR_INIT;

		if (plan_unit_value(&arena, cases[i], &value, &err) == 0)
			fail_msg("taken: %s", cases[i]);
		assert_int_equal(err.kind, ERROR_SPEC);
	}
}

static void lists_of_processors_become_bits(void **state)
{
	static const struct {
		const char *list;
		size_t count;		/* 0: no list */
		uint8_t bits[3];
	} cases[] = {
		{ "0", 1, { 1 } },
		{ "0-3,7", 1, { 0x8f } },
		{ "8", 2, { 0, 1 } },
		{ "1,16-17", 3, { 2, 0, 3 } },
		{ "", 0, { 0 } },
		{ "3-1", 0, { 0 } },
		{ "1,", 0, { 0 } },
		{ "1-", 0, { 0 } },
		{ "0-7:2", 0, { 0 } },
		{ "8192", 0, { 0 } },
		{ "all", 0, { 0 } },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_arena arena = ARENA_INIT;
		struct systemd_property value = { 0 };

		assert_int_equal(plan_unit_set(&arena, cases[i].list, &value), cases[i].count > 0);
		if (cases[i].count == 0)
			continue;
		assert_int_equal(value.type, SYSTEMD_BYTES);
		assert_int_equal(value.count, cases[i].count);
		assert_memory_equal(value.bytes, cases[i].bits, value.count);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_slice_lies_below_those_that_its_name_has),
		cmocka_unit_test(a_unit_with_the_name_of_a_kernel_file_has_another_directory),
		cmocka_unit_test(names_are_those_that_systemd_takes),
		cmocka_unit_test(values_have_the_type_that_they_are_written_with),
		cmocka_unit_test(strings_may_be_quoted_either_way_and_stand_in_a_list),
		cmocka_unit_test(other_values_are_refused),
		cmocka_unit_test(lists_of_processors_become_bits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

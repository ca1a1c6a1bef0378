/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include "base/cleanup.h"
#include "base/number.h"

#define UNTOUCHED 12345678

/* The spellings that crun once let through as uid 0 (CVE-2026-30892), and their neighbours. */
static void ids_have_one_spelling(void **state)
{
	static const struct {
		const char *text;
		int result;
		uint32_t id;
	} cases[] = {
		{ "0", 0, 0 },
		{ "1", 0, 1 },
		{ "1000", 0, 1000 },
		{ "4294967294", 0, 4294967294u },
		{ "4294967295", -1, 0 },
		{ "4294967296", -1, 0 },
		{ "18446744073709551616", -1, 0 },
		{ "18446744073709551617", -1, 0 },
		{ "99999999999999999999999999", -1, 0 },
		{ "01", -1, 0 },
		{ "00", -1, 0 },
		{ "1:", -1, 0 },
		{ ":1", -1, 0 },
		{ "1:2", -1, 0 },
		{ "1:2:3", -1, 0 },
		{ " 1", -1, 0 },
		{ "1 ", -1, 0 },
		{ "1\n", -1, 0 },
		{ "+1", -1, 0 },
		{ "-1", -1, 0 },
		{ "-0", -1, 0 },
		{ "0x1", -1, 0 },
		{ "1e3", -1, 0 },
		{ "1.0", -1, 0 },
		{ "root", -1, 0 },
		{ "", -1, 0 },
		{ "\xef\xbc\x91", -1, 0 },	/* full-width digit one */
		{ NULL, -1, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		uint32_t id = UNTOUCHED;

		assert_int_equal(number_parse_id(cases[i].text, &id), cases[i].result);
		assert_int_equal(id, cases[i].result == 0 ? cases[i].id : UNTOUCHED);
	}
}

static void unsigned_numbers_end_at_their_maximum(void **state)
{
	uint64_t value = UNTOUCHED;

	(void)state;
	assert_int_equal(number_parse_u64("18446744073709551615", UINT64_MAX, &value), 0);
	assert_true(value == UINT64_MAX);
	value = UNTOUCHED;
	assert_int_equal(number_parse_u64("18446744073709551616", UINT64_MAX, &value), -1);
	assert_int_equal(number_parse_u64("18446744073709551620", UINT64_MAX, &value), -1);
	assert_int_equal(number_parse_u64("101", 100, &value), -1);
	assert_int_equal(value, UNTOUCHED);
	assert_int_equal(number_parse_u64("100", 100, &value), 0);
	assert_int_equal(value, 100);
}

static void bytes_are_read_no_further_than_they_go(void **state)
{
	static const char digits[] = { '1', '2', '3' };
	uint64_t value = 0;

	(void)state;
	assert_int_equal(number_parse_u64_bytes(digits, 3, 1000, &value), 0);
	assert_int_equal(value, 123);
	assert_int_equal(number_parse_u64_bytes(digits, 2, 1000, &value), 0);
	assert_int_equal(value, 12);
	assert_int_equal(number_parse_u64_bytes(digits, 0, 1000, &value), -1);
	assert_int_equal(number_parse_u64_bytes("1\0002", 3, 1000, &value), -1);
}

static void signed_numbers_reach_both_ends(void **state)
{
	static const struct {
		const char *text;
		int64_t min, max;
		int result;
		int64_t value;
	} cases[] = {
		{ "-9223372036854775808", INT64_MIN, INT64_MAX, 0, INT64_MIN },
		{ "9223372036854775807", INT64_MIN, INT64_MAX, 0, INT64_MAX },
		{ "-9223372036854775809", INT64_MIN, INT64_MAX, -1, 0 },
		{ "9223372036854775808", INT64_MIN, INT64_MAX, -1, 0 },
		{ "-1", -1, 10, 0, -1 },
		{ "-1000", -1000, 1000, 0, -1000 },
		{ "-1001", -1000, 1000, -1, 0 },
		{ "-2", -1, 10, -1, 0 },
		{ "10", -1, 10, 0, 10 },
		{ "11", -1, 10, -1, 0 },
		{ "0", -1, 10, 0, 0 },
		{ "-0", -1, 10, -1, 0 },
		{ "--1", -10, 10, -1, 0 },
		{ "-", -10, 10, -1, 0 },
		{ "-01", -10, 10, -1, 0 },
		{ "- 1", -10, 10, -1, 0 },
		{ "+1", -10, 10, -1, 0 },
		{ "", -10, 10, -1, 0 },
		{ NULL, -10, 10, -1, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		int64_t value = UNTOUCHED;

		assert_int_equal(number_parse_i64(cases[i].text, cases[i].min, cases[i].max,
						  &value), cases[i].result);
		assert_true(value == (cases[i].result == 0 ? cases[i].value : UNTOUCHED));
	}
}

static void modes_are_octal(void **state)
{
	static const struct {
		const char *text;
		int result;
		mode_t mode;
	} cases[] = {
		{ "755", 0, 0755 },
		{ "0755", 0, 0755 },
		{ "1777", 0, 01777 },
		{ "01777", 0, 01777 },
		{ "0", 0, 0 },
		{ "7777", 0, 07777 },
		{ "07777", 0, 07777 },
		{ "10000", -1, 0 },
		{ "17777", -1, 0 },
		{ "007777", -1, 0 },
		{ "8", -1, 0 },
		{ "0o7", -1, 0 },
		{ "-1", -1, 0 },
		{ " 7", -1, 0 },
		{ "7 ", -1, 0 },
		{ "", -1, 0 },
		{ NULL, -1, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		mode_t mode = 0;

		assert_int_equal(number_parse_mode(cases[i].text, &mode), cases[i].result);
		assert_int_equal(mode, cases[i].mode);
	}
}

static void sizes_take_suffixes(void **state)
{
	static const struct {
		const char *text;
		uint64_t max;
		int result;
		uint64_t bytes;
	} cases[] = {
		{ "0", UINT64_MAX, 0, 0 },
		{ "1024", UINT64_MAX, 0, 1024 },
		{ "7b", UINT64_MAX, 0, 7 },
		{ "1k", UINT64_MAX, 0, 1024 },
		{ "50M", UINT64_MAX, 0, UINT64_C(50) << 20 },
		{ "50m", UINT64_MAX, 0, UINT64_C(50) << 20 },
		{ "50MB", UINT64_MAX, 0, UINT64_C(50) << 20 },
		{ "50MiB", UINT64_MAX, 0, UINT64_C(50) << 20 },
		{ "50mib", UINT64_MAX, 0, UINT64_C(50) << 20 },
		{ "3G", UINT64_MAX, 0, UINT64_C(3) << 30 },
		{ "3T", UINT64_MAX, 0, UINT64_C(3) << 40 },
		{ "3P", UINT64_MAX, 0, UINT64_C(3) << 50 },
		{ "16383P", UINT64_MAX, 0, UINT64_C(16383) << 50 },
		{ "16384P", UINT64_MAX, -1, 0 },
		{ "1k", 1024, 0, 1024 },
		{ "1k", 1023, -1, 0 },
		{ "1025", 1024, -1, 0 },
		{ "9223372036854775808k", UINT64_MAX, -1, 0 },
		{ "", UINT64_MAX, -1, 0 },
		{ "M", UINT64_MAX, -1, 0 },
		{ "-1", UINT64_MAX, -1, 0 },
		{ "-1M", UINT64_MAX, -1, 0 },
		{ "+1M", UINT64_MAX, -1, 0 },
		{ " 1M", UINT64_MAX, -1, 0 },
		{ "1 M", UINT64_MAX, -1, 0 },
		{ "1M ", UINT64_MAX, -1, 0 },
		{ "01M", UINT64_MAX, -1, 0 },
		{ "1.5G", UINT64_MAX, -1, 0 },
		{ "1Mi", UINT64_MAX, -1, 0 },
		{ "1MM", UINT64_MAX, -1, 0 },
		{ "1ib", UINT64_MAX, -1, 0 },
		{ "1E", UINT64_MAX, -1, 0 },
		{ "1x", UINT64_MAX, -1, 0 },
		{ "1K\x4b", UINT64_MAX, -1, 0 },
		{ "1\x0b", UINT64_MAX, -1, 0 },	/* 0x0b | 0x20 is "+" */
		{ NULL, UINT64_MAX, -1, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		uint64_t bytes = UNTOUCHED;

		assert_int_equal(number_parse_size(cases[i].text, cases[i].max, &bytes),
				 cases[i].result);
		assert_true(bytes == (cases[i].result == 0 ? cases[i].bytes : UNTOUCHED));
	}
}

/* Go's time.ParseDuration, less the sign. */
static void durations_have_units(void **state)
{
	static const struct {
		const char *text;
		int result;
		uint64_t ns;
	} cases[] = {
		{ "0", 0, 0 },
		{ "5s", 0, UINT64_C(5000000000) },
		{ "100ms", 0, 100000000 },
		{ "1.5h", 0, UINT64_C(5400000000000) },
		{ "2h45m", 0, UINT64_C(9900000000000) },
		{ "1h1m1s1ms1us1ns", 0, UINT64_C(3661001001001) },
		{ ".5s", 0, 500000000 },
		{ "1.s", 0, 1000000000 },
		{ "3\xc2\xb5s", 0, 3000 },
		{ "3\xce\xbcs", 0, 3000 },
		{ "0.0000000001s", 0, 0 },
		{ "1.123456789123s", 0, 1123456789 },
		{ "5", -1, 0 },
		{ "s", -1, 0 },
		{ ".s", -1, 0 },
		{ "", -1, 0 },
		{ "-5s", -1, 0 },
		{ "+5s", -1, 0 },
		{ "5 s", -1, 0 },
		{ "5S", -1, 0 },
		{ "5d", -1, 0 },
		{ "1.5.5s", -1, 0 },
		{ "5s3", -1, 0 },
		{ "9999999999999999999h", -1, 0 },
		{ "18446744073709551615ns1ns", -1, 0 },
		{ NULL, -1, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		uint64_t ns = UNTOUCHED;

		if (number_parse_duration(cases[i].text, UINT64_MAX, &ns) != cases[i].result)
			fail_msg("'%s'", cases[i].text);
		assert_true(ns == (cases[i].result == 0 ? cases[i].ns : UNTOUCHED));
	}
	assert_int_equal(number_parse_duration("5s", UINT64_C(4999999999), &(uint64_t){ 0 }), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ids_have_one_spelling),
		cmocka_unit_test(durations_have_units),
		cmocka_unit_test(unsigned_numbers_end_at_their_maximum),
		cmocka_unit_test(bytes_are_read_no_further_than_they_go),
		cmocka_unit_test(signed_numbers_reach_both_ends),
		cmocka_unit_test(modes_are_octal),
		cmocka_unit_test(sizes_take_suffixes),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

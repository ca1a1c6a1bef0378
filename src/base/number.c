/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */

#include "base/number.h"

#include <string.h>
#include <strings.h>

#define ID_MAX 4294967294u	/* one below (uid_t)-1 */
#define MODE_DIGITS_MAX 5

int number_parse_u64_bytes(const char *s, size_t length, uint64_t max, uint64_t *out)
{
	uint64_t value = 0;

	/* One spelling per number: "01" is octal to some readers, decimal to others. */
	if (length == 0 || (length > 1 && s[0] == '0'))
		return -1;
	for (size_t i = 0; i < length; i++) {
		if (s[i] < '0' || s[i] > '9')
			return -1;
		if (__builtin_mul_overflow(value, UINT64_C(10), &value) ||
		    __builtin_add_overflow(value, (uint64_t)(s[i] - '0'), &value))
			return -1;
	}
	if (value > max)
		return -1;
	*out = value;
	return 0;
}

int number_parse_u64(const char *s, uint64_t max, uint64_t *out)
{
	return s ? number_parse_u64_bytes(s, strlen(s), max, out) : -1;
}

int number_parse_i64(const char *s, int64_t min, int64_t max, int64_t *out)
{
	uint64_t magnitude;
	int64_t value;

	if (!s)
		return -1;
	if (s[0] != '-') {
		if (number_parse_u64(s, INT64_MAX, &magnitude) < 0)
			return -1;
		value = (int64_t)magnitude;
	} else {
		if (number_parse_u64(s + 1, (uint64_t)INT64_MAX + 1, &magnitude) < 0)
			return -1;
		if (magnitude == 0)
			return -1;
		/* -magnitude does not overflow this way round, INT64_MIN included. */
		value = -(int64_t)(magnitude - 1) - 1;
	}
	if (value < min || value > max)
		return -1;
	*out = value;
	return 0;
}

int number_parse_id(const char *s, uint32_t *out)
{
	uint64_t value;

	if (number_parse_u64(s, ID_MAX, &value) < 0)
		return -1;
	*out = (uint32_t)value;
	return 0;
}

int number_parse_mode(const char *s, mode_t *out)
{
	mode_t value = 0;
	size_t length = s ? strlen(s) : 0;

	if (length == 0 || length > MODE_DIGITS_MAX)
		return -1;
	for (size_t i = 0; i < length; i++) {
		if (s[i] < '0' || s[i] > '7')
			return -1;
		value = value << 3 | (mode_t)(s[i] - '0');
	}
	if (value > 07777)
		return -1;
	*out = value;
	return 0;
}

/* The power of two a suffix stands for, or -1. */
static int suffix_shift(const char *suffix)
{
	static const char units[] = "kmgtp";
	const char *unit;

	if (suffix[0] == '\0' || strcasecmp(suffix, "b") == 0)
		return 0;
	unit = strchr(units, suffix[0] | 0x20);
	if (!unit)
		return -1;
	if (suffix[1] != '\0' && strcasecmp(suffix + 1, "b") != 0 &&
	    strcasecmp(suffix + 1, "ib") != 0)
		return -1;
	return 10 * ((int)(unit - units) + 1);
}

int number_parse_size(const char *s, uint64_t max, uint64_t *out)
{
	uint64_t value;
	size_t digits;
	int shift;

	if (!s)
		return -1;
	digits = strspn(s, "0123456789");
	shift = suffix_shift(s + digits);
	if (shift < 0 || number_parse_u64_bytes(s, digits, max, &value) < 0)
		return -1;
	if (value > max >> shift)
		return -1;
	*out = value << shift;
	return 0;
}

/* Nanoseconds in a unit of that many bytes, or 0. The micro sign has two spellings in Unicode. */
static uint64_t duration_unit(const char *unit, size_t length)
{
	static const struct {
		const char *name;
		uint64_t ns;
	} units[] = {
		{ "ns", 1 },
		{ "us", 1000 },
		{ "\xc2\xb5s", 1000 },
		{ "\xce\xbcs", 1000 },
		{ "ms", 1000000 },
		{ "s", UINT64_C(1000000000) },
		{ "m", UINT64_C(60000000000) },
		{ "h", UINT64_C(3600000000000) },
	};

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (strlen(units[i].name) == length && memcmp(units[i].name, unit, length) == 0)
			return units[i].ns;
	return 0;
}

/* Reads one number with its unit, and moves on. Digits behind the point that are too small are cut. */
static int duration_part(const char **at, uint64_t *out)
{
	static const char figures[] = "0123456789";
	size_t whole = strspn(*at, figures);
	const char *fraction = *at + whole + ((*at)[whole] == '.');
	size_t digits = fraction > *at + whole ? strspn(fraction, figures) : 0;
	const char *unit = fraction + digits;
	size_t length = strcspn(unit, "0123456789.");
	uint64_t scale = duration_unit(unit, length);
	uint64_t value = 0;

	if (whole + digits == 0 || scale == 0)
		return -1;
	if (whole > 0 && number_parse_u64_bytes(*at, whole, UINT64_MAX, &value) < 0)
		return -1;
	if (__builtin_mul_overflow(value, scale, out))
		return -1;
	for (size_t i = 0; i < digits; i++) {
		scale /= 10;
		if (__builtin_add_overflow(*out, scale * (uint64_t)(fraction[i] - '0'), out))
			return -1;
	}
	*at = unit + length;
	return 0;
}

int number_parse_duration(const char *s, uint64_t max, uint64_t *out)
{
	uint64_t total = 0;

	if (!s || s[0] == '\0')
		return -1;
	if (strcmp(s, "0") == 0) {
		*out = 0;
		return 0;
	}
	while (*s) {
		uint64_t part;

		if (duration_part(&s, &part) < 0 || __builtin_add_overflow(total, part, &total))
			return -1;
	}
	if (total > max)
		return -1;
	*out = total;
	return 0;
}

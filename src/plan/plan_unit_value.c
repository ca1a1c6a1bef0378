/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * Values of properties, as annotations and files of a cgroup write them.
 *
 * Of GVariant's text format the simple types are read, in decimal: what a unit's settings need.
 */
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/number.h"
#include "base/text.h"
#include "plan_unit.h"

#define BLANKS " \t\n"
#define TEXT_MAX ((size_t)4096)
#define STRINGS_MAX 64
#define BITS_MAX 8192	/* processors that a kernel can be built for */
#define DECIMAL "0123456789"

static const struct number_type {
	const char *name;
	enum systemd_type type;
	int64_t min;
	uint64_t max;
} number_types[] = {
	{ "byte",   SYSTEMD_BYTE,   0,         UINT8_MAX },
	{ "int16",  SYSTEMD_INT16,  INT16_MIN, INT16_MAX },
	{ "uint16", SYSTEMD_UINT16, 0,         UINT16_MAX },
	{ "int32",  SYSTEMD_INT32,  INT32_MIN, INT32_MAX },
	{ "uint32", SYSTEMD_UINT32, 0,         UINT32_MAX },
	{ "int64",  SYSTEMD_INT64,  INT64_MIN, INT64_MAX },
	{ "uint64", SYSTEMD_UINT64, 0,         UINT64_MAX },
};

/* A number that has no type before it is an int32. */
#define UNTYPED (&number_types[3])

static const struct number_type *type_of(const char *word, size_t length)
{
	for (size_t i = 0; i < ARRAY_SIZE(number_types); i++) {
		if (strlen(number_types[i].name) == length &&
		    memcmp(number_types[i].name, word, length) == 0)
			return &number_types[i];
	}
	return NULL;
}

static bool read_number(const char *text, struct systemd_property *out)
{
	size_t length = strcspn(text, BLANKS);
	const struct number_type *type = type_of(text, length);
	int64_t number;

	if (type)
		text += length + strspn(text + length, BLANKS);
	else
		type = UNTYPED;
	out->type = type->type;
	if (text[0] != '-')
		return number_parse_u64(text, type->max, &out->number) == 0;
	if (number_parse_i64(text, type->min, 0, &number) < 0)
		return false;
	out->number = (uint64_t)number;
	return true;
}

/* Takes a quoted string; what stands behind it is left in @cursor. NULL for anything else. */
static const char *take_string(struct arena *arena, const char **cursor)
{
	auto_text text = TEXT_INIT(TEXT_MAX);
	const char *at = *cursor;
	char quote = *at++;

	if (quote != '\'' && quote != '"')
		return NULL;
	for (; *at != quote; at++) {
		/* Other escapes have a meaning of their own. */
		if (*at == '\\' && strchr("\\'\"", at[1]) && at[1])
			at++;
		else if (*at == '\\')
			return NULL;
		if (!*at)
			return NULL;
		text_append_char(&text, *at);
	}
	*cursor = at + 1 + strspn(at + 1, BLANKS);
	return text.truncated ? NULL : arena_strdup(arena, text_string(&text));
}

static bool read_strings(struct arena *arena, const char *text, struct systemd_property *out)
{
	const char **strings = arena_array(arena, STRINGS_MAX, sizeof(*strings));
	const char *cursor = text;

	out->type = SYSTEMD_STRINGS;
	out->texts = strings;
	out->count = 0;
	do {
		cursor++;
		cursor += strspn(cursor, BLANKS);
		if (out->count == STRINGS_MAX)
			return false;
		strings[out->count] = take_string(arena, &cursor);
		if (!strings[out->count++])
			return false;
	} while (*cursor == ',');
	return strcmp(cursor, "]") == 0;
}

static bool read_value(struct arena *arena, const char *text, struct systemd_property *out)
{
	if (strcmp(text, "true") == 0 || strcmp(text, "false") == 0) {
		out->type = SYSTEMD_BOOL;
		out->number = text[0] == 't';
		return true;
	}
	if (text[0] == '\'' || text[0] == '"') {
		out->type = SYSTEMD_STRING;
		out->text = take_string(arena, &text);
		return out->text && *text == '\0';
	}
	return text[0] == '[' ? read_strings(arena, text, out) : read_number(text, out);
}

int plan_unit_value(struct arena *arena, const char *text, struct systemd_property *out,
		    struct error *err)
{
	char *copy = arena_strdup(arena, text + strspn(text, BLANKS));
	size_t length = strlen(copy);

	while (length > 0 && strchr(BLANKS, copy[length - 1]))
		copy[--length] = '\0';
	if (read_value(arena, copy, out))
		return 0;
	return error_set(err, ERROR_SPEC, 0,
			 "'%s' is no value that can be read here: write true, false, 'text', "
			 "['text', 'text'], or a number with its type, as uint64 10", text);
}

static bool read_bit(const char **cursor, uint64_t *out)
{
	size_t length = strspn(*cursor, DECIMAL);

	if (number_parse_u64_bytes(*cursor, length, BITS_MAX - 1, out) < 0)
		return false;
	*cursor += length;
	return true;
}

bool plan_unit_set(struct arena *arena, const char *list, struct systemd_property *out)
{
	uint8_t *bits = arena_alloc(arena, BITS_MAX / 8);
	uint64_t first;
	uint64_t last;

	out->type = SYSTEMD_BYTES;
	out->bytes = bits;
	out->count = 0;
	for (const char *at = list;; at++) {
		if (!read_bit(&at, &first))
			return false;
		last = first;
		if (*at == '-' && (at++, !read_bit(&at, &last) || last < first))
			return false;
		for (uint64_t bit = first; bit <= last; bit++)
			bits[bit / 8] |= (uint8_t)(1u << bit % 8);
		if (last / 8 + 1 > out->count)
			out->count = last / 8 + 1;
		if (*at != ',')
			return *at == '\0';
	}
}

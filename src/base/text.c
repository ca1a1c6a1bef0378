/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */

#include "base/text.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"

#define CAPACITY_FIRST ((size_t)128)

void text_free(struct text *text)
{
	if (text) {
		free(text->data);
		*text = (struct text)TEXT_INIT(text->max);
	}
}

const char *text_string(const struct text *text)
{
	return text->data ? text->data : "";
}

int text_finish(struct text *text, char **out, size_t *size, struct error *err)
{
	if (text->truncated) {
		error_set(err, ERROR_SYSTEM, EFBIG, "text of more than %zu bytes", text->max);
		text_free(text);
		return -1;
	}
	if (!text->data)
		text_append_bytes(text, "", 0);
	if (size)
		*size = text->size;
	*out = take_ptr(text->data);
	text_free(text);
	return 0;
}

/* Makes room for @size bytes and a NUL. Callers have checked the bound. */
static void reserve(struct text *text, size_t size)
{
	size_t needed;
	size_t wanted;
	char *larger;

	if (__builtin_add_overflow(text->size, size, &needed) ||
	    __builtin_add_overflow(needed, 1, &needed))
		arena_out_of_memory();
	if (needed <= text->capacity)
		return;
	wanted = text->capacity ? text->capacity : CAPACITY_FIRST;
	while (wanted < needed) {
		if (__builtin_mul_overflow(wanted, 2, &wanted))
			arena_out_of_memory();
	}
	larger = realloc(text->data, wanted);
	if (!larger)
		arena_out_of_memory();
	text->data = larger;
	text->capacity = wanted;
}

void text_append_bytes(struct text *text, const void *bytes, size_t size)
{
	if (size > text->max - text->size || text->truncated) {
		/* All that follows is dropped too: a gap in the middle would change the meaning. */
		text->truncated = true;
		size = 0;
	}
	reserve(text, size);
	memcpy(text->data + text->size, bytes, size);
	text->size += size;
	text->data[text->size] = '\0';
}

void text_append(struct text *text, const char *string)
{
	text_append_bytes(text, string, strlen(string));
}

void text_append_char(struct text *text, char c)
{
	text_append_bytes(text, &c, 1);
}

void text_appendv(struct text *text, const char *format, va_list arguments)
{
	va_list again;
	int length;

	va_copy(again, arguments);
	length = vsnprintf(NULL, 0, format, again);
	va_end(again);
	if (length < 0 || text->truncated || (size_t)length > text->max - text->size) {
		text->truncated = true;
		return;
	}
	reserve(text, (size_t)length);
	(void)vsnprintf(text->data + text->size, (size_t)length + 1, format, arguments);
	text->size += (size_t)length;
}

void text_appendf(struct text *text, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	text_appendv(text, format, arguments);
	va_end(arguments);
}

void text_join(struct text *text, const char *const *words, size_t count, const char *separator)
{
	for (size_t i = 0; i < count; i++) {
		if (i > 0)
			text_append(text, separator);
		text_append(text, words[i]);
	}
}

/*
 * Reads one well-formed UTF-8 character (no overlong forms, no surrogates, at most U+10FFFF) from
 * a NUL-terminated string. Gives its length in bytes, or 0 if the first byte begins none.
 */
static size_t decode(const unsigned char *s, uint32_t *character)
{
	static const struct {
		unsigned char mask, lead;
		uint32_t least;
	} forms[] = {
		{ 0x80, 0x00, 0x0 },
		{ 0xe0, 0xc0, 0x80 },
		{ 0xf0, 0xe0, 0x800 },
		{ 0xf8, 0xf0, 0x10000 },
	};
	uint32_t value;

	for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
		if ((s[0] & forms[i].mask) != forms[i].lead)
			continue;
		value = s[0] & (unsigned char)~forms[i].mask;
		for (size_t j = 1; j <= i; j++) {
			if ((s[j] & 0xc0) != 0x80)	/* the NUL stops here too */
				return 0;
			value = value << 6 | (s[j] & 0x3f);
		}
		if (value < forms[i].least || value > 0x10ffff ||
		    (value >= 0xd800 && value <= 0xdfff))
			return 0;
		*character = value;
		return i + 1;
	}
	return 0;
}

static bool is_control(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c <= 0x9f);
}

/* Line separators, and the marks that reorder what is shown ("Trojan Source", CVE-2021-42574). */
static bool is_layout(uint32_t c)
{
	return c == 0x2028 || c == 0x2029 || c == 0x200e || c == 0x200f || c == 0x061c ||
	       (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

static const char *short_escape(uint32_t c)
{
	switch (c) {
	case '\n': return "\\n";
	case '\r': return "\\r";
	case '\t': return "\\t";
	default: return NULL;
	}
}

void text_append_json_string(struct text *text, const char *string)
{
	const unsigned char *next = (const unsigned char *)string;
	uint32_t c = 0;
	size_t length;

	if (!string) {
		text_append(text, "null");
		return;
	}
	text_append_char(text, '"');
	for (; *next; next += length ? length : 1) {
		length = decode(next, &c);
		if (length == 0)
			text_append(text, "\xef\xbf\xbd");
		else if (short_escape(c))
			text_append(text, short_escape(c));
		else if (is_control(c) || is_layout(c))
			text_appendf(text, "\\u%04x", c);
		else if (c == '"' || c == '\\')
			text_appendf(text, "\\%c", (int)c);
		else
			text_append_bytes(text, next, length);
	}
	text_append_char(text, '"');
}

void text_append_escaped(struct text *text, const char *string)
{
	const unsigned char *next = (const unsigned char *)string;
	uint32_t c = 0;
	size_t length;

	for (; *next; next += length ? length : 1) {
		length = decode(next, &c);
		if (length > 0 && short_escape(c))
			text_append(text, short_escape(c));
		else if (length > 0 && !is_control(c) && !is_layout(c))
			text_append_bytes(text, next, length);
		else
			for (size_t i = 0; i < (length ? length : 1); i++)
				text_appendf(text, "\\x%02x", next[i]);
	}
}

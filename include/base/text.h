/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
#pragma once

/*
 * Bounded building of strings. A text that would grow past its bound drops what does not fit and
 * remembers it; the one check is at the end, in text_finish(). Out of memory aborts, as in
 * arena.h.
 */

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/cleanup.h"
#include "base/error.h"

struct text {
	char *data;		/* NUL-terminated, or NULL while nothing was appended */
	size_t size;		/* bytes, NUL not counted */
	size_t capacity;
	size_t max;		/* most bytes, NUL not counted */
	bool truncated;		/* something did not fit */
};

/** TEXT_INIT() - "auto_text line = TEXT_INIT(4096);" */
#define TEXT_INIT(bound) { .max = (bound) }

/**
 * text_free() - free what a text holds
 * @text: left empty, with its bound; NULL is allowed
 */
void text_free(struct text *text);

/**
 * text_string() - look at a text
 * @text: lent
 *
 * Return: a NUL-terminated string, never NULL, valid until @text changes.
 */
const char *text_string(const struct text *text);

/**
 * text_finish() - take the string out of a text, if all of it fitted
 * @text: left empty
 * @out:  set to malloc'd memory, NUL-terminated; caller frees
 * @size: set to the length; may be NULL
 * @err:  filled on failure
 *
 * Return: 0, or -1 with ERROR_SYSTEM, EFBIG: the bound was reached.
 */
int text_finish(struct text *text, char **out, size_t *size, struct error *err);

/** text_append() - append a string */
void text_append(struct text *text, const char *string);

/** text_append_bytes() - append @size bytes, NULs included */
void text_append_bytes(struct text *text, const void *bytes, size_t size);

/** text_append_char() - append one byte */
void text_append_char(struct text *text, char c);

/** text_appendf() - append printf output */
void text_appendf(struct text *text, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/** text_appendv() - text_appendf() with a va_list */
void text_appendv(struct text *text, const char *format, va_list arguments)
	__attribute__((format(printf, 2, 0)));

/**
 * text_join() - append words with a separator between them
 * @text:      appended to
 * @words:     array of @count strings, none of them NULL
 * @count:     members
 * @separator: for instance ", "
 */
void text_join(struct text *text, const char *const *words, size_t count, const char *separator);

/**
 * text_append_json_string() - append a JSON string, quotes included
 * @text:   appended to
 * @string: NUL-terminated bytes; NULL gives null
 *
 * The output is valid UTF-8 whatever the input: each byte that is not part of a well-formed
 * character becomes U+FFFD. Control characters, DEL, C1 controls, U+2028 and U+2029 are written as
 * escapes. Standard: RFC 8259, section 7.
 */
void text_append_json_string(struct text *text, const char *string);

/**
 * text_append_escaped() - append a string so that it cannot act on a terminal or forge a line
 * @text:   appended to
 * @string: NUL-terminated bytes from anywhere
 *
 * Newline, carriage return and tab become \n, \r, \t. Other control characters, DEL, C1 controls,
 * bidirectional controls and bytes that are not well-formed UTF-8 become \xNN byte by byte. For
 * reading, not for parsing back: a backslash is left alone.
 */
void text_append_escaped(struct text *text, const char *string);

DEFINE_CLEANUP(cleanup_text, struct text, text_free);

/** auto_text - a text that frees itself */
#define auto_text __attribute__((cleanup(cleanup_text))) struct text

/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */

/*
 * jansson recurses as deep as the text says and refuses integers that 64 bits hold, so the text
 * is looked at before jansson sees it. This is a reader of tokens, not a second parser: where
 * the grammar is broken it goes on somehow, never past the end, and jansson refuses the text.
 */

#include "json_scan.h"

#include <string.h>

/* A key in a message: enough to find it. */
#define KEY_SHOWN 128

void json_scan_begin(struct json_scan *scan, const char *bytes, size_t size)
{
	*scan = (struct json_scan){ .at = bytes, .end = bytes + size, .line = 1 };
}

static enum json_token bad(struct json_scan *scan, const char *problem)
{
	scan->problem = problem;
	return JSON_SCAN_BAD;
}

static struct json_level *innermost(struct json_scan *scan)
{
	return scan->depth > 0 ? &scan->levels[scan->depth - 1] : NULL;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Spaces, colons and commas. */
static void skip_between(struct json_scan *scan)
{
	for (; scan->at < scan->end; scan->at++) {
		struct json_level *level = innermost(scan);
		char c = *scan->at;

		if (c == '\n')
			scan->line++;
		else if (c == ',' && level)
			level->key_next = level->object;
		else if (c == ':' && level)
			level->key_next = false;
		else if (!is_space(c))
			return;
	}
}

static enum json_token scan_string(struct json_scan *scan)
{
	const char *at = scan->token + 1;

	for (; at < scan->end && *at != '"'; at++) {
		if (*at == '\0')
			return bad(scan, "a string holds a NUL byte");
		if (*at != '\\')
			continue;
		at++;
		if (scan->end - at >= 5 && memcmp(at, "u0000", 5) == 0)
			return bad(scan, "a string holds a NUL character (\\u0000)");
		if (at == scan->end)
			break;
	}
	if (at == scan->end)
		return bad(scan, "a string does not end");
	scan->at = at + 1;
	return JSON_SCAN_STRING;
}

static const char *skip_digits(const char *at, const char *end)
{
	while (at < end && is_digit(*at))
		at++;
	return at;
}

/* RFC 8259, section 6. Returns where the number must end, NULL if it is none. */
static const char *number_end(const char *at, const char *end, bool *integer)
{
	const char *digits;

	*integer = true;
	if (at < end && *at == '-')
		at++;
	digits = at;
	at = skip_digits(at, end);
	if (at == digits || (*digits == '0' && at - digits > 1))
		return NULL;

	if (at < end && *at == '.') {
		*integer = false;
		digits = ++at;
		at = skip_digits(at, end);
		if (at == digits)
			return NULL;
	}
	if (at < end && (*at == 'e' || *at == 'E')) {
		*integer = false;
		at++;
		if (at < end && (*at == '+' || *at == '-'))
			at++;
		digits = at;
		at = skip_digits(at, end);
		if (at == digits)
			return NULL;
	}
	return at;
}

static enum json_token scan_number(struct json_scan *scan)
{
	bool integer;
	const char *end = number_end(scan->token, scan->end, &integer);

	if (!end)
		return bad(scan, "a number is malformed");
	scan->at = end;
	return integer ? JSON_SCAN_INTEGER : JSON_SCAN_REAL;
}

static enum json_token scan_other(struct json_scan *scan)
{
	scan->at = scan->token + 1;
	while (scan->at < scan->end && *scan->at >= 'a' && *scan->at <= 'z')
		scan->at++;
	return JSON_SCAN_OTHER;
}

static enum json_token scan_open(struct json_scan *scan)
{
	bool object = *scan->token == '{';

	if (scan->depth == JSON_READ_DEPTH)
		return bad(scan, "arrays and objects are nested too deeply");
	scan->levels[scan->depth++] = (struct json_level){ .object = object, .key_next = object };
	scan->at = scan->token + 1;
	return JSON_SCAN_OPEN;
}

static enum json_token scan_close(struct json_scan *scan)
{
	if (scan->depth > 0)
		scan->depth--;
	scan->at = scan->token + 1;
	return JSON_SCAN_CLOSE;
}

static enum json_token scan_token(struct json_scan *scan)
{
	switch (*scan->token) {
	case '{':
	case '[':
		return scan_open(scan);
	case '}':
	case ']':
		return scan_close(scan);
	case '"':
		return scan_string(scan);
	case '-':
		return scan_number(scan);
	default:
		return is_digit(*scan->token) ? scan_number(scan) : scan_other(scan);
	}
}

/* The token at hand is a member of @level: of an object, its key. */
static bool begins_member(const struct json_scan *scan, const struct json_level *level)
{
	char c = *scan->at;

	if (c == '}' || c == ']')
		return false;
	return !level->object || (level->key_next && c == '"');
}

enum json_token json_scan_next(struct json_scan *scan)
{
	struct json_level *level;
	enum json_token token;
	bool key = false;

	skip_between(scan);
	if (scan->at == scan->end)
		return JSON_SCAN_END;

	scan->token = scan->at;
	scan->token_size = 0;
	level = innermost(scan);
	if (level && begins_member(scan, level)) {
		key = level->object;
		level->key = NULL;
		if (++level->count > JSON_READ_MEMBERS)
			return bad(scan, "there are too many members");
	}

	token = scan_token(scan);
	scan->token_size = (size_t)(scan->at - scan->token);
	if (!key || token != JSON_SCAN_STRING)
		return token;
	level->key = scan->token + 1;
	level->key_size = scan->token_size - 2;
	return JSON_SCAN_KEY;
}

void json_scan_path_key(struct text *out, const char *key, size_t size)
{
	text_append_char(out, '/');
	for (size_t i = 0; i < size && i < KEY_SHOWN; i++) {
		if (key[i] == '~')
			text_append(out, "~0");
		else if (key[i] == '/')
			text_append(out, "~1");
		else
			text_append_char(out, key[i]);
	}
	if (size > KEY_SHOWN)
		text_append(out, "...");
}

void json_scan_path(const struct json_scan *scan, enum json_token token, struct text *out)
{
	size_t depth = scan->depth;

	if (token == JSON_SCAN_OPEN && depth > 0)
		depth--;
	for (size_t i = 0; i < depth; i++) {
		const struct json_level *level = &scan->levels[i];

		if (level->object && level->key)
			json_scan_path_key(out, level->key, level->key_size);
		else if (!level->object)
			text_appendf(out, "/%zu", level->count > 0 ? level->count - 1 : 0);
	}
}

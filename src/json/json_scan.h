/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
#pragma once

/*
 * The tokens of a JSON text, one at a time, with the path and the line of each. Grammar is left
 * to jansson: of a malformed text only the tokens before the fault mean anything.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"
#include "json/json_read.h"

enum json_token {
	JSON_SCAN_END,
	JSON_SCAN_BAD,		/* .problem says why */
	JSON_SCAN_OPEN,		/* { or [ */
	JSON_SCAN_CLOSE,
	JSON_SCAN_KEY,
	JSON_SCAN_STRING,
	JSON_SCAN_INTEGER,
	JSON_SCAN_REAL,
	JSON_SCAN_OTHER,	/* a literal, or nothing that JSON has */
};

struct json_level {
	bool object;
	bool key_next;		/* a string would be a key */
	size_t count;		/* members so far */
	const char *key;	/* the last one, as written, without quotes */
	size_t key_size;
};

struct json_scan {
	const char *at;
	const char *end;
	unsigned int line;
	const char *token;	/* start of the token, quotes included */
	size_t token_size;
	const char *problem;
	size_t depth;
	struct json_level levels[JSON_READ_DEPTH];
};

/** json_scan_begin() - stand before the first token of @size bytes */
void json_scan_begin(struct json_scan *scan, const char *bytes, size_t size);

/**
 * json_scan_next() - go to the next token
 *
 * Checks depth, number of members, number syntax, and that strings hold no NUL.
 */
enum json_token json_scan_next(struct json_scan *scan);

/** json_scan_path() - append the JSON path of the token just read, of kind @token */
void json_scan_path(const struct json_scan *scan, enum json_token token, struct text *out);

/** json_scan_path_key() - append "/" and a key, escaped as RFC 6901 says and cut when very long */
void json_scan_path_key(struct text *out, const char *key, size_t size);

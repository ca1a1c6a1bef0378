/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
#pragma once

/*
 * JSON out, member by member, into a struct text.
 *
 *	struct json_writer json = JSON_WRITER(&text, JSON_INDENTED);
 *
 *	json_write_object(&json, NULL);
 *	json_write_string(&json, "id", id);
 *	json_write_array(&json, "pids");
 *	json_write_i64(&json, NULL, 44);
 *	json_write_end(&json);
 *	json_write_end(&json);
 *
 * @key is the member's name inside an object, and NULL inside an array and for the outermost
 * value. Commas, indents and escapes are the writer's. The output is valid UTF-8 whatever the
 * strings hold: see text_append_json_string(). A text that is too short is found by
 * text_finish(), as always. No newline follows the last bracket.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

#define JSON_WRITE_DEPTH 32

enum json_layout {
	JSON_COMPACT,		/* {"a":1,"b":[1,2]} */
	JSON_INDENTED,		/* a member a line, two spaces a level */
};

struct json_writer {
	struct text *out;		/* borrowed */
	enum json_layout layout;
	bool filled;			/* private: the innermost bracket has a member */
	size_t depth;
	char closers[JSON_WRITE_DEPTH];
};

/** JSON_WRITER() - a writer that appends to a text */
#define JSON_WRITER(text_, layout_) { .out = (text_), .layout = (layout_) }

/** json_write_object() - begin an object. More than JSON_WRITE_DEPTH levels abort. */
void json_write_object(struct json_writer *json, const char *key);

/** json_write_array() - begin an array */
void json_write_array(struct json_writer *json, const char *key);

/** json_write_end() - end the innermost object or array */
void json_write_end(struct json_writer *json);

/** json_write_string() - a string; NULL gives null */
void json_write_string(struct json_writer *json, const char *key, const char *value);

/** json_write_bool() - true or false */
void json_write_bool(struct json_writer *json, const char *key, bool value);

/** json_write_i64() - a signed number */
void json_write_i64(struct json_writer *json, const char *key, int64_t value);

/** json_write_u64() - an unsigned number */
void json_write_u64(struct json_writer *json, const char *key, uint64_t value);

/** json_write_hundredths() - a number with two digits after the point: 1234 gives 12.34 */
void json_write_hundredths(struct json_writer *json, const char *key, uint64_t value);

/** json_write_null() - null */
void json_write_null(struct json_writer *json, const char *key);

/** json_write_strings() - an array of strings, none of them NULL; [] when @count is 0 */
void json_write_strings(struct json_writer *json, const char *key, const char *const *values,
			size_t count);

/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */

#include "json/json_write.h"

#include <inttypes.h>
#include <stdlib.h>

static void new_line(struct json_writer *json)
{
	if (json->layout == JSON_COMPACT)
		return;
	text_append_char(json->out, '\n');
	for (size_t i = 0; i < json->depth; i++)
		text_append(json->out, "  ");
}

/* What stands before a value: comma, line, key. */
static void begin_member(struct json_writer *json, const char *key)
{
	if (json->filled)
		text_append_char(json->out, ',');
	if (json->depth > 0)
		new_line(json);
	if (key) {
		text_append_json_string(json->out, key);
		text_append(json->out, json->layout == JSON_COMPACT ? ":" : ": ");
	}
	json->filled = true;
}

static void begin_bracket(struct json_writer *json, const char *key, char opener, char closer)
{
	if (json->depth == JSON_WRITE_DEPTH)
		abort();
	begin_member(json, key);
	text_append_char(json->out, opener);
	json->closers[json->depth++] = closer;
	json->filled = false;
}

void json_write_object(struct json_writer *json, const char *key)
{
	begin_bracket(json, key, '{', '}');
}

void json_write_array(struct json_writer *json, const char *key)
{
	begin_bracket(json, key, '[', ']');
}

void json_write_end(struct json_writer *json)
{
	if (json->depth == 0)
		abort();
	json->depth--;
	if (json->filled)
		new_line(json);
	text_append_char(json->out, json->closers[json->depth]);
	json->filled = true;
}

void json_write_string(struct json_writer *json, const char *key, const char *value)
{
	begin_member(json, key);
	text_append_json_string(json->out, value);
}

void json_write_bool(struct json_writer *json, const char *key, bool value)
{
	begin_member(json, key);
	text_append(json->out, value ? "true" : "false");
}

void json_write_i64(struct json_writer *json, const char *key, int64_t value)
{
	begin_member(json, key);
	text_appendf(json->out, "%" PRId64, value);
}

void json_write_u64(struct json_writer *json, const char *key, uint64_t value)
{
	begin_member(json, key);
	text_appendf(json->out, "%" PRIu64, value);
}

void json_write_hundredths(struct json_writer *json, const char *key, uint64_t value)
{
	begin_member(json, key);
	text_appendf(json->out, "%" PRIu64 ".%02u", value / 100, (unsigned int)(value % 100));
}

void json_write_null(struct json_writer *json, const char *key)
{
	begin_member(json, key);
	text_append(json->out, "null");
}

void json_write_strings(struct json_writer *json, const char *key, const char *const *values,
			size_t count)
{
	json_write_array(json, key);
	for (size_t i = 0; i < count; i++)
		json_write_string(json, NULL, values[i]);
	json_write_end(json);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */

/*
 * Walking a parsed text by tables. The path of the value at hand is kept as steps, and only made
 * a string for an error or a note.
 */

#include "json/json_read.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "json_document.h"
#include "json_scan.h"

/* Of a path in a message: leaves room for what is wrong there. */
#define PATH_SHOWN 600

static const json_t *node_of(const struct json_value *value)
{
	return (const json_t *)(const void *)value;
}

static const struct json_value *value_of(const json_t *node)
{
	return (const struct json_value *)(const void *)node;
}

/* Errors */

/* "FILE:12: /path: ", as far as there is any of it. */
static void append_place(const struct json_reader *in, const char *path, unsigned int line,
			 struct text *out)
{
	if (in->file && line > 0)
		text_appendf(out, "%s:%u: ", in->file, line);
	else if (in->file)
		text_appendf(out, "%s: ", in->file);
	else if (path[0] == '\0' && line > 0)
		text_appendf(out, "line %u: ", line);
	if (path[0] != '\0')
		text_appendf(out, "%.*s: ", PATH_SHOWN, path);
}

__attribute__((format(printf, 4, 0)))
static int fail_in(struct json_reader *in, const char *path, unsigned int line,
		   const char *format, va_list arguments)
{
	auto_text message = TEXT_INIT(ERROR_MESSAGE_MAX - 1);

	append_place(in, path, line, &message);
	text_appendv(&message, format, arguments);
	return error_set(in->err, in->kind, 0, "%s", text_string(&message));
}

__attribute__((format(printf, 4, 5)))
static int fail_line(struct json_reader *in, const char *path, unsigned int line,
		     const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	fail_in(in, path, line, format, arguments);
	va_end(arguments);
	return -1;
}

/* Of a path that is not there, the line of the closest object around it that is. */
static unsigned int line_near(const struct json_reader *in, const char *path)
{
	auto_free char *near = in->file ? strdup(path) : NULL;
	char *slash = near;
	unsigned int line = 0;

	while (line == 0 && slash && near[0] != '\0') {
		line = json_read_line(in, near);
		slash = strrchr(near, '/');
		if (slash)
			*slash = '\0';
	}
	return line;
}

int json_read_fail_at(struct json_reader *in, const char *path, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	fail_in(in, path, line_near(in, path), format, arguments);
	va_end(arguments);
	return -1;
}

int json_read_fail(struct json_reader *in, const char *format, ...)
{
	const char *path = json_read_path(in);
	va_list arguments;

	va_start(arguments, format);
	fail_in(in, path, line_near(in, path), format, arguments);
	va_end(arguments);
	return -1;
}

/* Paths and notes */

const char *json_read_path(const struct json_reader *in)
{
	auto_text path = TEXT_INIT(ERROR_MESSAGE_MAX);

	for (size_t i = 0; i < in->depth; i++) {
		const struct json_step *step = &in->steps[i];

		if (step->key)
			json_scan_path_key(&path, step->key, strlen(step->key));
		else
			text_appendf(&path, "/%zu", step->index);
	}
	return arena_strdup(in->arena, text_string(&path));
}

/* A member below the deepest value is the most that is named: steps has room for that. */
static void enter(struct json_reader *in, const char *key, size_t index)
{
	in->steps[in->depth++] = (struct json_step){ .key = key, .index = index };
}

static int leave(struct json_reader *in, int result)
{
	in->depth--;
	return result;
}

int json_read_fail_member(struct json_reader *in, const char *key, const char *format, ...)
{
	const char *path;
	va_list arguments;

	enter(in, key, 0);
	path = json_read_path(in);
	va_start(arguments, format);
	fail_in(in, path, line_near(in, path), format, arguments);
	va_end(arguments);
	return leave(in, -1);
}

static void note(struct json_reader *in, struct json_notes *notes, const char *path,
		 const char *reason)
{
	if (notes->count == JSON_READ_NOTES)
		return;
	if (!notes->items)
		notes->items = arena_array(in->arena, JSON_READ_NOTES, sizeof(*notes->items));
	if (!path)
		path = json_read_path(in);
	notes->items[notes->count++] = (struct json_note){ path, reason };
}

void json_read_ignore(struct json_reader *in, const char *reason)
{
	note(in, &in->ignored, NULL, reason);
}

void json_read_ignore_at(struct json_reader *in, const char *path, const char *reason)
{
	note(in, &in->ignored, path, reason);
}

/* Documents */

int json_read_open(struct json_reader *in, const char *bytes, size_t size, size_t max)
{
	struct json_problem problem = { .path = TEXT_INIT(ERROR_MESSAGE_MAX) };

	if (size > max)
		return fail_line(in, "", 0, "the text is longer than %zu bytes", max);
	in->document = json_document_new(bytes, size, &problem);
	if (!in->document)
		fail_line(in, text_string(&problem.path), problem.line, "%s", problem.text);
	text_free(&problem.path);
	return in->document ? 0 : -1;
}

void json_read_close(struct json_reader *in)
{
	if (!in)
		return;
	json_document_free(in->document);
	in->document = NULL;
}

const struct json_value *json_read_root(const struct json_reader *in)
{
	return value_of(in->document->root);
}

unsigned int json_read_line(const struct json_reader *in, const char *path)
{
	struct json_scan scan;
	enum json_token token;

	if (!in->document)
		return 0;
	json_scan_begin(&scan, in->document->bytes, in->document->size);
	do {
		auto_text here = TEXT_INIT(ERROR_MESSAGE_MAX);

		token = json_scan_next(&scan);
		if (token == JSON_SCAN_END || token == JSON_SCAN_BAD)
			return 0;
		json_scan_path(&scan, token, &here);
		if (token != JSON_SCAN_CLOSE && strcmp(text_string(&here), path) == 0)
			return scan.line;
	} while (true);
}

/* Values */

enum json_kind json_read_kind(const struct json_value *value)
{
	switch (json_typeof(node_of(value))) {
	case JSON_OBJECT:
		return JSON_MAP;
	case JSON_ARRAY:
		return JSON_LIST;
	case JSON_STRING:
		return JSON_TEXT;
	case JSON_INTEGER:
	case JSON_REAL:
		return JSON_NUMBER;
	case JSON_TRUE:
	case JSON_FALSE:
		return JSON_BOOL;
	case JSON_NULL:
		break;
	}
	return JSON_NOTHING;
}

const char *json_read_text(const struct json_value *value)
{
	return json_string_value(node_of(value));
}

bool json_read_true(const struct json_value *value)
{
	return json_is_true(node_of(value));
}

size_t json_read_count(const struct json_value *value)
{
	const json_t *node = node_of(value);

	return json_is_array(node) ? json_array_size(node) : json_object_size(node);
}

const struct json_value *json_read_member(const struct json_value *value, const char *key)
{
	const json_t *member = json_object_get(node_of(value), key);

	return json_is_null(member) ? NULL : value_of(member);
}

int json_read_expect(struct json_reader *in, const struct json_value *value, enum json_kind kind)
{
	static const char *const words[] = {
		[JSON_TEXT] = "a string",
		[JSON_NUMBER] = "a number",
		[JSON_BOOL] = "true or false",
		[JSON_LIST] = "an array",
		[JSON_MAP] = "an object",
		[JSON_NOTHING] = "null",
	};
	enum json_kind got = json_read_kind(value);

	if (got == kind)
		return 0;
	return json_read_fail(in, "must be %s, and is %s", words[kind], words[got]);
}

int json_read_integer(struct json_reader *in, const struct json_value *value, int64_t min,
		      int64_t max, int64_t *out)
{
	const json_t *node = node_of(value);

	if (json_read_expect(in, value, JSON_NUMBER) < 0)
		return -1;
	if (!json_is_integer(node) || json_integer_value(node) < min ||
	    json_integer_value(node) > max)
		return json_read_fail(in, "must be an integer from %" PRId64 " to %" PRId64, min,
				      max);
	*out = json_integer_value(node);
	return 0;
}

int json_read_unsigned(struct json_reader *in, const struct json_value *value, uint64_t min,
		       uint64_t max, uint64_t *out)
{
	const json_t *node = node_of(value);
	const uint64_t *large;
	uint64_t number;

	if (json_read_expect(in, value, JSON_NUMBER) < 0)
		return -1;
	large = json_document_large(in->document, node);
	number = large ? *large : (uint64_t)json_integer_value(node);
	if ((large || (json_is_integer(node) && json_integer_value(node) >= 0)) && number >= min &&
	    number <= max) {
		*out = number;
		return 0;
	}
	return json_read_fail(in, "must be an integer from %" PRIu64 " to %" PRIu64, min, max);
}

bool json_read_is_minus_one(const struct json_reader *in, const struct json_value *value)
{
	const json_t *node = node_of(value);
	const uint64_t *large = json_document_large(in->document, node);

	if (large)
		return *large == UINT64_MAX;
	return json_is_integer(node) && json_integer_value(node) == -1;
}

typedef int visit_function(struct json_reader *in, const char *key,
			   const struct json_value *value, void *cookie);

static int each_item(struct json_reader *in, const struct json_value *value,
		     visit_function *visit, void *cookie)
{
	json_t *item;
	size_t i;

	json_array_foreach(node_of(value), i, item) {
		enter(in, NULL, i);
		if (leave(in, visit(in, NULL, value_of(item), cookie)) < 0)
			return -1;
	}
	return 0;
}

static int each_member(struct json_reader *in, const struct json_value *value,
		       visit_function *visit, void *cookie)
{
	const char *key;
	json_t *member;

	json_object_foreach((json_t *)node_of(value), key, member) {
		enter(in, key, 0);
		if (leave(in, visit(in, key, value_of(member), cookie)) < 0)
			return -1;
	}
	return 0;
}

int json_read_each(struct json_reader *in, const struct json_value *value,
		   int (*visit)(struct json_reader *in, const char *key,
				const struct json_value *value, void *cookie),
		   void *cookie)
{
	if (json_is_array(node_of(value)))
		return each_item(in, value, visit, cookie);
	if (json_read_expect(in, value, JSON_MAP) < 0)
		return -1;
	return each_member(in, value, visit, cookie);
}

/* Tables */

static int read_field(struct json_reader *in, const struct json_value *value,
		      const struct json_field *field, void *object)
{
	if (field->need == JSON_IGNORED) {
		json_read_ignore(in, field->reason);
		return 0;
	}
	if (field->need == JSON_UNSUPPORTED)
		return json_read_fail(in, "%s", field->reason);
	if (json_read_expect(in, value, field->kind) < 0)
		return -1;
	return field->read(in, value, field, (char *)object + field->offset);
}

static int note_unknown(struct json_reader *in, const char *key, const struct json_value *value,
			void *cookie)
{
	const struct json_table *table = cookie;

	(void)value;
	for (size_t i = 0; i < table->count; i++)
		if (strcmp(table->fields[i].key, key) == 0)
			return 0;
	if (in->refuse_unknown)
		return json_read_fail(in, "there is no such key");
	note(in, &in->unknown, NULL, NULL);
	return 0;
}

int json_read_table(struct json_reader *in, const struct json_value *value,
		    const struct json_table *table, void *object)
{
	if (json_read_expect(in, value, JSON_MAP) < 0)
		return -1;
	if (each_member(in, value, note_unknown, (void *)table) < 0)
		return -1;

	for (size_t i = 0; i < table->count; i++) {
		const struct json_field *field = &table->fields[i];
		const struct json_value *member = json_read_member(value, field->key);
		int result = 0;

		if (!member && field->need != JSON_REQUIRED)
			continue;
		enter(in, field->key, 0);
		if (member)
			result = read_field(in, member, field, object);
		else
			result = json_read_fail(in, "is required");
		if (leave(in, result) < 0)
			return -1;
	}
	return table->check ? table->check(in, object) : 0;
}

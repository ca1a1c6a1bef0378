/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */

/*
 * The kernel writes fields with one space between them and escapes space, tab, newline, backslash
 * and "#" as three octal digits. A field can be empty (the source of a mount made without one).
 */
#include "kernel/mountinfo.h"

#include <stdbool.h>
#include <string.h>

#include "base/number.h"

#define DEVICE_MAX UINT32_MAX

/** What is left of one line. */
struct line {
	const char *next;	/* NULL once the last field has been taken */
	const char *end;
};

struct field {
	const char *start;
	size_t length;
};

static bool take_field(struct line *line, struct field *field)
{
	const char *space;

	if (!line->next)
		return false;
	space = memchr(line->next, ' ', (size_t)(line->end - line->next));
	field->start = line->next;
	field->length = (size_t)((space ? space : line->end) - line->next);
	line->next = space ? space + 1 : NULL;
	return true;
}

static bool take_number(struct line *line, uint64_t max, uint64_t *out)
{
	struct field field;

	return take_field(line, &field) &&
	       number_parse_u64_bytes(field.start, field.length, max, out) == 0;
}

static bool take_device(struct line *line, struct mountinfo_entry *entry)
{
	struct field field;
	const char *colon;
	uint64_t major;
	uint64_t minor;
	size_t before;

	if (!take_field(line, &field))
		return false;
	colon = memchr(field.start, ':', field.length);
	if (!colon)
		return false;
	before = (size_t)(colon - field.start);
	if (number_parse_u64_bytes(field.start, before, DEVICE_MAX, &major) < 0 ||
	    number_parse_u64_bytes(colon + 1, field.length - before - 1, DEVICE_MAX, &minor) < 0)
		return false;
	entry->dev_major = (uint32_t)major;
	entry->dev_minor = (uint32_t)minor;
	return true;
}

static bool take_text(struct arena *arena, struct line *line, const char **out)
{
	struct field field;

	if (!take_field(line, &field))
		return false;
	*out = arena_strndup(arena, field.start, field.length);
	return true;
}

static bool is_octal(const char *s)
{
	return s[0] >= '0' && s[0] <= '3' && s[1] >= '0' && s[1] <= '7' && s[2] >= '0' &&
	       s[2] <= '7';
}

char *mountinfo_unescape(struct arena *arena, const char *data, size_t length)
{
	char *text = arena_alloc(arena, length + 1);
	size_t used = 0;

	for (size_t i = 0; i < length; i++) {
		char c = data[i];

		if (c == '\\') {
			if (length - i < 4 || !is_octal(data + i + 1))
				return NULL;
			c = (char)((data[i + 1] - '0') << 6 | (data[i + 2] - '0') << 3 |
				   (data[i + 3] - '0'));
			if (c == '\0')
				return NULL;
			i += 3;
		}
		text[used++] = c;
	}
	return text;
}

static bool take_escaped(struct arena *arena, struct line *line, const char **out)
{
	struct field field;
	const char *text;

	if (!take_field(line, &field))
		return false;
	text = mountinfo_unescape(arena, field.start, field.length);
	if (!text)
		return false;
	*out = text;
	return true;
}

/* Everything up to the field "-". */
static bool take_optional(struct arena *arena, struct line *line, const char **out)
{
	const char *start = line->next;
	struct field field;

	while (take_field(line, &field)) {
		if (field.length == 1 && field.start[0] == '-') {
			size_t length = (size_t)(field.start - start);

			*out = arena_strndup(arena, start, length ? length - 1 : 0);
			return true;
		}
	}
	return false;
}

static bool parse_line(struct arena *arena, struct line *line, struct mountinfo_entry *entry)
{
	return take_number(line, UINT64_MAX, &entry->mount_id) &&
	       take_number(line, UINT64_MAX, &entry->parent_id) &&
	       take_device(line, entry) &&
	       take_escaped(arena, line, &entry->root) &&
	       take_escaped(arena, line, &entry->target) &&
	       take_text(arena, line, &entry->options) &&
	       take_optional(arena, line, &entry->propagation) &&
	       take_escaped(arena, line, &entry->type) &&
	       take_escaped(arena, line, &entry->source) &&
	       take_text(arena, line, &entry->super_options);
}

static size_t count_lines(const char *data, size_t size)
{
	size_t lines = 0;

	for (size_t i = 0; i < size; i++)
		lines += data[i] == '\n';
	return lines + (size > 0 && data[size - 1] != '\n');
}

int mountinfo_parse(struct arena *arena, const char *data, size_t size, struct mountinfo *out,
		    struct error *err)
{
	struct mountinfo info = { .count = count_lines(data, size) };
	const char *end = data + size;
	const char *next = data;

	if (size > 0 && memchr(data, '\0', size))
		return error_set(err, ERROR_HOST, 0, "mountinfo: NUL byte");
	info.entries = arena_array(arena, info.count, sizeof(*info.entries));
	for (size_t i = 0; i < info.count; i++) {
		const char *newline = memchr(next, '\n', (size_t)(end - next));
		struct line line = { .next = next, .end = newline ? newline : end };

		/* Fields after the last known one are the future's; they are passed over. */
		if (!parse_line(arena, &line, &info.entries[i]))
			return error_set(err, ERROR_HOST, 0, "mountinfo: malformed line %zu",
					 i + 1);
		next = newline ? newline + 1 : end;
	}
	*out = info;
	return 0;
}

const struct mountinfo_entry *mountinfo_find(const struct mountinfo *info, uint64_t mount_id)
{
	for (size_t i = 0; i < info->count; i++) {
		if (info->entries[i].mount_id == mount_id)
			return &info->entries[i];
	}
	return NULL;
}

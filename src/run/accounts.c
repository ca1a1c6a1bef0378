/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
#include "accounts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/number.h"

#define ACCOUNTS_MAX (1u << 20)

void accounts_free(struct accounts *accounts)
{
	free(accounts->spans);
	for (size_t i = 0; i < ACCOUNTS_SOURCES; i++)
		free(accounts->texts[i]);
	*accounts = (struct accounts){ .spans = NULL };
}

static int accounts_add(struct accounts *taken, const struct accounts_span *span, struct error *err)
{
	struct accounts_span *grown;

	grown = reallocarray(taken->spans, taken->count + 1, sizeof(*grown));
	if (!grown)
		return error_system(err, "remember a range of host ids");
	taken->spans = grown;
	taken->spans[taken->count++] = *span;
	return 0;
}

/* The @field-th part of a line of colon-separated fields, as a number; -1 where it is none. */
static int64_t accounts_field(const char *line, size_t length, unsigned int field)
{
	const char *end = line + length;
	const char *start = line;
	char digits[16];
	uint64_t value;
	size_t size;

	for (; field > 0; field--) {
		start = memchr(start, ':', (size_t)(end - start));
		if (!start)
			return -1;
		start++;
	}
	for (size = 0; start + size < end && start[size] != ':'; size++)
		;
	if (size == 0 || size >= sizeof(digits))
		return -1;
	memcpy(digits, start, size);
	digits[size] = '\0';
	return number_parse_u64(digits, UINT32_MAX, &value) ? -1 : (int64_t)value;
}

/* first: the field with the id; count: the field with how many, 0 for one. */
static const struct accounts_file {
	const char *path;
	unsigned int first;
	unsigned int count;
} accounts_files[ACCOUNTS_SOURCES] = {
	[ACCOUNTS_SUBUID] = { "/etc/subuid", 1, 2 },
	[ACCOUNTS_SUBGID] = { "/etc/subgid", 1, 2 },
	[ACCOUNTS_PASSWD] = { "/etc/passwd", 2, 0 },
	[ACCOUNTS_GROUP] = { "/etc/group", 2, 0 },
};

const char *accounts_path(enum accounts_source source)
{
	return accounts_files[source].path;
}

static int accounts_read_one(enum accounts_source source, uint64_t least, struct accounts *taken,
			     struct error *err)
{
	const struct accounts_file *file = &accounts_files[source];
	struct error missing;
	size_t size;

	if (fd_read_file(AT_FDCWD, file->path, ACCOUNTS_MAX, &taken->texts[source], &size, &missing)) {
		if (missing.errnum == ENOENT)
			return 0;
		*err = missing;
		return -1;
	}
	for (const char *line = taken->texts[source]; line < taken->texts[source] + size;) {
		size_t length = strcspn(line, "\n");
		int64_t first = accounts_field(line, length, file->first);
		int64_t count = file->count ? accounts_field(line, length, file->count) : 1;
		const struct accounts_span span = {
			.first = (uint64_t)first,
			.last = (uint64_t)first + (uint64_t)count - 1,
			.name = line,
			.name_size = (int)strcspn(line, ":\n"),
			.source = source,
		};

		if (first >= 0 && count > 0 && span.last >= least && accounts_add(taken, &span, err))
			return -1;
		line += length + 1;
	}
	return 0;
}

const struct accounts_span *accounts_hold(const struct accounts *taken, uint64_t first,
					  uint64_t last)
{
	for (size_t i = 0; i < taken->count; i++)
		if (first <= taken->spans[i].last && last >= taken->spans[i].first)
			return &taken->spans[i];
	return NULL;
}

int accounts_read(uint64_t least, struct accounts *out, struct error *err)
{
	for (enum accounts_source source = 0; source < ACCOUNTS_SOURCES; source++)
		if (accounts_read_one(source, least, out, err))
			return error_prefix(err, "host ids that are given away");
	return 0;
}

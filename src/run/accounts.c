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
	*accounts = (struct accounts){ .spans = NULL };
}

static int accounts_add(struct accounts *taken, uint64_t first, uint64_t count, struct error *err)
{
	struct accounts_span *grown;

	if (count == 0)
		return 0;
	grown = reallocarray(taken->spans, taken->count + 1, sizeof(*grown));
	if (!grown)
		return error_system(err, "remember a range of host ids");
	taken->spans = grown;
	taken->spans[taken->count++] = (struct accounts_span){ first, first + count - 1 };
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
static const struct accounts_source {
	const char *path;
	unsigned int first;
	unsigned int count;
} accounts_sources[] = {
	{ "/etc/subuid", 1, 2 },
	{ "/etc/subgid", 1, 2 },
	{ "/etc/passwd", 2, 0 },
	{ "/etc/group", 2, 0 },
};

static int accounts_read_one(const struct accounts_source *source, const struct policy_pool *pool,
			     struct accounts *taken, struct error *err)
{
	auto_free char *text = NULL;
	struct error missing;
	size_t size;
	const char *line;

	if (fd_read_file(AT_FDCWD, source->path, ACCOUNTS_MAX, &text, &size, &missing)) {
		if (missing.errnum == ENOENT)
			return 0;
		*err = missing;
		return -1;
	}
	for (line = text; line < text + size;) {
		size_t length = strcspn(line, "\n");
		int64_t first = accounts_field(line, length, source->first);
		int64_t count = source->count ? accounts_field(line, length, source->count) : 1;

		if (first >= 0 && count > 0 && first <= pool->last &&
		    first + count - 1 >= pool->first &&
		    accounts_add(taken, (uint64_t)first, (uint64_t)count, err))
			return -1;
		line += length + 1;
	}
	return 0;
}

bool accounts_hold(const struct accounts *taken, uint64_t first, uint64_t last)
{
	for (size_t i = 0; i < taken->count; i++)
		if (first <= taken->spans[i].last && last >= taken->spans[i].first)
			return true;
	return false;
}

int accounts_read(const struct policy_pool *pool, struct accounts *out, struct error *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(accounts_sources); i++)
		if (accounts_read_one(&accounts_sources[i], pool, out, err))
			return error_prefix(err, "host ids that are given away");
	return 0;
}

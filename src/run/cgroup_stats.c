/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */

#include "run/cgroup_stats.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/number.h"

#define STAT_MAX ((size_t)1 << 20)	/* io.stat has a line a device */
#define HUGE_SUFFIX ".current"

uint64_t cgroup_counter(const struct cgroup_counters *counters, const char *name)
{
	for (size_t i = 0; i < counters->count; i++) {
		if (strcmp(counters->items[i].name, name) == 0)
			return counters->items[i].value;
	}
	return 0;
}

void cgroup_stats_free(struct cgroup_stats *stats)
{
	arena_free(&stats->arena);
}

/* NULL in @out where the kernel has no such file, or has it turned off. */
static int read_text(int cgroup, const char *name, char **out, struct error *err)
{
	struct error cause = ERROR_INIT;

	*out = NULL;
	if (fd_read_file(cgroup, name, STAT_MAX, out, NULL, &cause) == 0 ||
	    cause.errnum == ENOENT || cause.errnum == EOPNOTSUPP)
		return 0;
	*err = cause;
	return -1;
}

/* A file of one value: "max" is no limit. Where it is not there, @out stays. */
static int read_value(int cgroup, const char *name, uint64_t *out, struct error *err)
{
	auto_free char *text = NULL;

	if (read_text(cgroup, name, &text, err) < 0)
		return -1;
	if (!text)
		return 0;
	text[strcspn(text, "\n")] = '\0';
	if (strcmp(text, "max") == 0)
		*out = CGROUP_NO_LIMIT;
	else if (number_parse_u64(text, UINT64_MAX, out) < 0)
		return error_set(err, ERROR_HOST, 0, "cgroup file %s: '%s' is no number", name,
				 text);
	return 0;
}

static size_t count_of(const char *text, char wanted)
{
	size_t count = 0;

	for (; *text; text++)
		count += *text == wanted;
	return count;
}

/* "name VALUE" pairs between @separator: what is no number is passed over. */
static struct cgroup_counters parse_counters(char *text, const char *separator, char between,
					     struct arena *arena)
{
	size_t most = count_of(text, separator[0]) + 1;
	struct cgroup_counters counters = {
		.items = arena_array(arena, most, sizeof(*counters.items)),
	};
	char *rest = NULL;

	for (char *word = strtok_r(text, separator, &rest); word;
	     word = strtok_r(NULL, separator, &rest)) {
		char *value = strchr(word, between);
		uint64_t number;

		if (!value || number_parse_u64(value + 1, UINT64_MAX, &number) < 0)
			continue;
		*value = '\0';
		counters.items[counters.count++] =
			(struct cgroup_counter){ arena_strdup(arena, word), number };
	}
	return counters;
}

static int read_counters(int cgroup, const char *name, struct arena *arena,
			 struct cgroup_counters *out, struct error *err)
{
	auto_free char *text = NULL;

	if (read_text(cgroup, name, &text, err) < 0)
		return -1;
	if (text)
		*out = parse_counters(text, "\n", ' ', arena);
	return 0;
}

/* "12.34" as 1234. */
static uint64_t parse_hundredths(const char *text)
{
	uint64_t value = 0;
	int digits = -1;

	for (; (*text >= '0' && *text <= '9') || (*text == '.' && digits < 0); text++) {
		if (*text == '.') {
			digits = 0;
			continue;
		}
		if (digits == 2)
			break;
		value = value * 10 + (uint64_t)(*text - '0');
		digits += digits >= 0;
	}
	for (digits = digits < 0 ? 0 : digits; digits < 2; digits++)
		value *= 10;
	return value;
}

static struct cgroup_pressure_line parse_pressure_line(char *line)
{
	struct cgroup_pressure_line out = { 0 };
	char *rest = NULL;

	for (char *word = strtok_r(line, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
		char *value = strchr(word, '=');

		if (!value)
			continue;
		*value++ = '\0';
		if (strcmp(word, "avg10") == 0)
			out.avg10 = parse_hundredths(value);
		else if (strcmp(word, "avg60") == 0)
			out.avg60 = parse_hundredths(value);
		else if (strcmp(word, "avg300") == 0)
			out.avg300 = parse_hundredths(value);
		else if (strcmp(word, "total") == 0)
			(void)number_parse_u64(value, UINT64_MAX, &out.total);
	}
	return out;
}

static int read_pressure(int cgroup, const char *name, struct cgroup_pressure *out,
			 struct error *err)
{
	auto_free char *text = NULL;
	char *rest = NULL;

	if (read_text(cgroup, name, &text, err) < 0)
		return -1;
	if (!text)
		return 0;
	out->known = true;
	for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		if (strncmp(line, "some ", 5) == 0)
			out->some = parse_pressure_line(line);
		else if (strncmp(line, "full ", 5) == 0)
			out->full = parse_pressure_line(line);
	}
	return 0;
}

static int read_cpu(int cgroup, struct cgroup_stats *stats, struct error *err)
{
	if (read_counters(cgroup, "cpu.stat", &stats->arena, &stats->cpu, err) < 0)
		return -1;
	return read_pressure(cgroup, "cpu.pressure", &stats->cpu_pressure, err);
}

static int read_use(int cgroup, const char *prefix, struct cgroup_stats *stats,
		    struct cgroup_memory_use *out, struct error *err)
{
	static const char *const files[] = { "max", "current", "peak" };
	uint64_t *const members[] = { &out->limit, &out->usage, &out->max };
	struct cgroup_counters events = { 0 };
	char name[64];

	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		(void)snprintf(name, sizeof(name), "%s.%s", prefix, files[i]);
		if (read_value(cgroup, name, members[i], err) < 0)
			return -1;
	}
	(void)snprintf(name, sizeof(name), "%s.events", prefix);
	if (read_counters(cgroup, name, &stats->arena, &events, err) < 0)
		return -1;
	out->failcnt = cgroup_counter(&events, "max");
	return 0;
}

static int read_memory(int cgroup, struct cgroup_stats *stats, struct error *err)
{
	if (read_counters(cgroup, "memory.stat", &stats->arena, &stats->memory_stat, err) < 0 ||
	    read_use(cgroup, "memory", stats, &stats->memory, err) < 0 ||
	    read_use(cgroup, "memory.swap", stats, &stats->swap, err) < 0)
		return -1;
	return read_pressure(cgroup, "memory.pressure", &stats->memory_pressure, err);
}

static int read_pids(int cgroup, struct cgroup_stats *stats, struct error *err)
{
	if (read_value(cgroup, "pids.current", &stats->pids, err) < 0 ||
	    read_value(cgroup, "pids.max", &stats->pids_limit, err) < 0)
		return -1;
	if (stats->pids_limit == CGROUP_NO_LIMIT)
		stats->pids_limit = 0;
	return 0;
}

/* "8:16 rbytes=1459200 wbytes=314773504 ...". A device without a name of numbers is passed over. */
static bool parse_io(char *line, struct arena *arena, struct cgroup_io *out)
{
	size_t major = strcspn(line, ":");
	size_t device = strcspn(line, " ");

	if (major >= device || line[device] == '\0' ||
	    number_parse_u64_bytes(line, major, UINT32_MAX, &out->major) < 0 ||
	    number_parse_u64_bytes(line + major + 1, device - major - 1, UINT32_MAX, &out->minor) < 0)
		return false;
	out->counters = parse_counters(line + device + 1, " ", '=', arena);
	return true;
}

static int read_io(int cgroup, struct cgroup_stats *stats, struct error *err)
{
	auto_free char *text = NULL;
	char *rest = NULL;

	if (read_pressure(cgroup, "io.pressure", &stats->io_pressure, err) < 0 ||
	    read_text(cgroup, "io.stat", &text, err) < 0)
		return -1;
	if (!text)
		return 0;
	stats->io = arena_array(&stats->arena, count_of(text, '\n') + 1, sizeof(*stats->io));
	for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
		stats->io_count += parse_io(line, &stats->arena, &stats->io[stats->io_count]);
	return 0;
}

/* "2MB" of "hugetlb.2MB.current"; NULL for another file. Reservations have one of their own. */
static const char *huge_size(const char *name, struct arena *arena)
{
	static const char prefix[] = "hugetlb.";
	size_t skipped = sizeof(prefix) - 1;
	size_t length;

	if (strncmp(name, prefix, skipped) != 0)
		return NULL;
	length = strcspn(name + skipped, ".");
	if (strcmp(name + skipped + length, HUGE_SUFFIX) != 0)
		return NULL;
	return arena_strndup(arena, name + skipped, length);
}

/* What is reserved counts, where the kernel counts that: mmap(2) fails by it. */
static int read_huge(int cgroup, struct arena *arena, struct cgroup_huge_pages *huge,
		     struct error *err)
{
	struct cgroup_counters events = { 0 };
	char name[64];

	(void)snprintf(name, sizeof(name), "hugetlb.%s" HUGE_SUFFIX, huge->size);
	if (read_value(cgroup, name, &huge->usage, err) < 0)
		return -1;
	(void)snprintf(name, sizeof(name), "hugetlb.%s.rsvd" HUGE_SUFFIX, huge->size);
	if (read_value(cgroup, name, &huge->usage, err) < 0)
		return -1;
	(void)snprintf(name, sizeof(name), "hugetlb.%s.events", huge->size);
	if (read_counters(cgroup, name, arena, &events, err) < 0)
		return -1;
	huge->failcnt = cgroup_counter(&events, "max");
	return 0;
}

static int compare_sizes(const void *a, const void *b)
{
	const struct cgroup_huge_pages *left = a;
	const struct cgroup_huge_pages *right = b;

	return strcmp(left->size, right->size);
}

static void close_listing(DIR **listing)
{
	if (*listing)
		(void)closedir(*listing);
}

/* Which sizes there are, the names of files say. */
static int read_all_huge(int cgroup, struct cgroup_stats *stats, struct error *err)
{
	int directory = openat(cgroup, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	__attribute__((cleanup(close_listing))) DIR *listing =
		directory < 0 ? NULL : fdopendir(directory);
	const struct dirent *entry;
	size_t capacity = 0;

	if (!listing) {
		(void)error_system(err, "list the files of the cgroup");
		close_fd(&directory);
		return -1;
	}
	while ((entry = readdir(listing)) != NULL) {
		const char *size = huge_size(entry->d_name, &stats->arena);

		if (!size)
			continue;
		if (stats->huge_count == capacity) {
			struct cgroup_huge_pages *larger = arena_array(
				&stats->arena, capacity = capacity * 2 + 4, sizeof(*larger));

			if (stats->huge_count > 0)
				memcpy(larger, stats->huge, stats->huge_count * sizeof(*larger));
			stats->huge = larger;
		}
		stats->huge[stats->huge_count].size = size;
		if (read_huge(cgroup, &stats->arena, &stats->huge[stats->huge_count++], err) < 0)
			return -1;
	}
	if (stats->huge_count > 1)
		qsort(stats->huge, stats->huge_count, sizeof(*stats->huge), compare_sizes);
	return 0;
}

int cgroup_stats_read(int cgroup, struct cgroup_stats *out, struct error *err)
{
	static int (*const parts[])(int cgroup, struct cgroup_stats *stats, struct error *err) = {
		read_cpu, read_memory, read_pids, read_io, read_all_huge,
	};
	auto_cgroup_stats stats = {
		.memory = { .limit = CGROUP_NO_LIMIT }, .swap = { .limit = CGROUP_NO_LIMIT },
	};

	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		if (parts[i](cgroup, &stats, err) < 0)
			return -1;
	}
	*out = stats;
	arena_init(&stats.arena);
	return 0;
}

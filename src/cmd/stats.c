/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */

#include "stats.h"

#include "base/cleanup.h"
#include "json/json_write.h"

#define NS_PER_US 1000

static void write_pressure_line(struct json_writer *json, const char *key,
				const struct cgroup_pressure_line *line)
{
	json_write_object(json, key);
	json_write_hundredths(json, "avg10", line->avg10);
	json_write_hundredths(json, "avg60", line->avg60);
	json_write_hundredths(json, "avg300", line->avg300);
	json_write_u64(json, "total", line->total);
	json_write_end(json);
}

static void write_pressure(struct json_writer *json, const struct cgroup_pressure *pressure)
{
	if (!pressure->known)
		return;
	json_write_object(json, "psi");
	write_pressure_line(json, "some", &pressure->some);
	write_pressure_line(json, "full", &pressure->full);
	json_write_end(json);
}

static void write_cpu(struct json_writer *json, const struct cgroup_stats *stats)
{
	const struct cgroup_counters *cpu = &stats->cpu;

	json_write_object(json, "cpu");
	json_write_object(json, "usage");
	json_write_u64(json, "total", cgroup_counter(cpu, "usage_usec") * NS_PER_US);
	json_write_u64(json, "kernel", cgroup_counter(cpu, "system_usec") * NS_PER_US);
	json_write_u64(json, "user", cgroup_counter(cpu, "user_usec") * NS_PER_US);
	json_write_end(json);
	json_write_object(json, "throttling");
	json_write_u64(json, "periods", cgroup_counter(cpu, "nr_periods"));
	json_write_u64(json, "throttledPeriods", cgroup_counter(cpu, "nr_throttled"));
	json_write_u64(json, "throttledTime", cgroup_counter(cpu, "throttled_usec") * NS_PER_US);
	json_write_end(json);
	write_pressure(json, &stats->cpu_pressure);
	json_write_end(json);
}

static void write_use(struct json_writer *json, const char *key,
		      const struct cgroup_memory_use *use)
{
	json_write_object(json, key);
	json_write_u64(json, "limit", use->limit);
	json_write_u64(json, "usage", use->usage);
	json_write_u64(json, "max", use->max);
	json_write_u64(json, "failcnt", use->failcnt);
	json_write_end(json);
}

static uint64_t add(uint64_t a, uint64_t b)
{
	uint64_t sum;

	return __builtin_add_overflow(a, b, &sum) ? UINT64_MAX : sum;
}

static void write_memory(struct json_writer *json, const struct cgroup_stats *stats)
{
	/* The most of both together is not the sum of the most of each: it is not known. */
	const struct cgroup_memory_use swap = {
		.limit = add(stats->swap.limit, stats->memory.limit),
		.usage = add(stats->swap.usage, stats->memory.usage),
		.failcnt = stats->swap.failcnt,
	};
	/* It has no limit of its own on cgroup v2. */
	const struct cgroup_memory_use kernel = {
		.limit = CGROUP_NO_LIMIT,
		.usage = cgroup_counter(&stats->memory_stat, "kernel"),
	};

	json_write_object(json, "memory");
	json_write_u64(json, "cache", cgroup_counter(&stats->memory_stat, "file"));
	write_use(json, "usage", &stats->memory);
	write_use(json, "swap", &swap);
	write_use(json, "kernel", &kernel);
	json_write_object(json, "raw");
	for (size_t i = 0; i < stats->memory_stat.count; i++)
		json_write_u64(json, stats->memory_stat.items[i].name,
			       stats->memory_stat.items[i].value);
	json_write_end(json);
	write_pressure(json, &stats->memory_pressure);
	json_write_end(json);
}

/* A list of blkio: which counters of io.stat it shows, each under an operation's name. */
static const struct {
	const char *key;
	struct {
		const char *counter;
		const char *op;
	} rows[3];
} io_lists[] = {
	{ "ioServiceBytesRecursive",
	  { { "rbytes", "Read" }, { "wbytes", "Write" }, { "dbytes", "Discard" } } },
	{ "ioServicedRecursive",
	  { { "rios", "Read" }, { "wios", "Write" }, { "dios", "Discard" } } },
};

static void write_io_entry(struct json_writer *json, const struct cgroup_io *io, const char *op,
			   uint64_t value)
{
	json_write_object(json, NULL);
	json_write_u64(json, "major", io->major);
	json_write_u64(json, "minor", io->minor);
	json_write_string(json, "op", op);
	json_write_u64(json, "value", value);
	json_write_end(json);
}

static void write_io(struct json_writer *json, const struct cgroup_stats *stats)
{
	json_write_object(json, "blkio");
	for (size_t i = 0; i < ARRAY_SIZE(io_lists); i++) {
		json_write_array(json, io_lists[i].key);
		for (size_t j = 0; j < stats->io_count; j++)
			for (size_t k = 0; k < ARRAY_SIZE(io_lists[i].rows); k++)
				write_io_entry(json, &stats->io[j], io_lists[i].rows[k].op,
					       cgroup_counter(&stats->io[j].counters,
							      io_lists[i].rows[k].counter));
		json_write_end(json);
	}
	write_pressure(json, &stats->io_pressure);
	json_write_end(json);
}

static void write_huge(struct json_writer *json, const struct cgroup_stats *stats)
{
	json_write_object(json, "hugetlb");
	for (size_t i = 0; i < stats->huge_count; i++) {
		json_write_object(json, stats->huge[i].size);
		json_write_u64(json, "usage", stats->huge[i].usage);
		json_write_u64(json, "failcnt", stats->huge[i].failcnt);
		json_write_end(json);
	}
	json_write_end(json);
}

void stats_write(const char *id, const struct cgroup_stats *stats, struct text *out)
{
	struct json_writer json = JSON_WRITER(out, JSON_COMPACT);

	json_write_object(&json, NULL);
	json_write_string(&json, "type", "stats");
	json_write_string(&json, "id", id);
	json_write_object(&json, "data");
	write_cpu(&json, stats);
	write_memory(&json, stats);
	json_write_object(&json, "pids");
	json_write_u64(&json, "current", stats->pids);
	json_write_u64(&json, "limit", stats->pids_limit);
	json_write_end(&json);
	write_io(&json, stats);
	write_huge(&json, stats);
	json_write_end(&json);
	json_write_end(&json);
	text_append_char(out, '\n');
}

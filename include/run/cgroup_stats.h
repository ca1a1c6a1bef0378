/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * What the kernel counts of a cgroup. Files of controllers that are not enabled are not there, and
 * leave zeros.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"

/* No limit, as other runtimes print it. */
#define CGROUP_NO_LIMIT UINT64_MAX

struct cgroup_counter {
	const char *name;
	uint64_t value;
};

struct cgroup_counters {
	size_t count;
	struct cgroup_counter *items;
};

struct cgroup_memory_use {
	uint64_t limit;		/* bytes; CGROUP_NO_LIMIT */
	uint64_t usage;
	uint64_t max;		/* the most that was used; 0: not known */
	uint64_t failcnt;	/* how often the limit was met */
};

/* A line of io.stat. */
struct cgroup_io {
	uint64_t major;
	uint64_t minor;
	struct cgroup_counters counters;	/* "rbytes", "wios" ... */
};

struct cgroup_huge_pages {
	const char *size;	/* "2MB" */
	uint64_t usage;		/* bytes */
	uint64_t failcnt;
};

/* Kernel: Documentation/accounting/psi.rst. Shares in hundredths of a per cent, total in microseconds. */
struct cgroup_pressure_line {
	uint64_t avg10;
	uint64_t avg60;
	uint64_t avg300;
	uint64_t total;
};

struct cgroup_pressure {
	bool known;
	struct cgroup_pressure_line some;
	struct cgroup_pressure_line full;
};

struct cgroup_stats {
	struct arena arena;
	struct cgroup_counters cpu;		/* cpu.stat: microseconds and numbers */
	struct cgroup_pressure cpu_pressure;
	struct cgroup_counters memory_stat;
	struct cgroup_memory_use memory;
	struct cgroup_memory_use swap;		/* swap alone */
	struct cgroup_pressure memory_pressure;
	uint64_t pids;
	uint64_t pids_limit;			/* 0: none */
	size_t io_count;
	struct cgroup_io *io;
	struct cgroup_pressure io_pressure;
	size_t huge_count;
	struct cgroup_huge_pages *huge;
};

/**
 * cgroup_stats_read() - read all that the kernel counts of a cgroup
 * @cgroup: lent
 * @out:    filled on success; give it to cgroup_stats_free()
 *
 * Return: 0, or -1 with ERROR_SYSTEM; errnum ENODEV if the cgroup is gone.
 */
int cgroup_stats_read(int cgroup, struct cgroup_stats *out, struct error *err);

void cgroup_stats_free(struct cgroup_stats *stats);

/** cgroup_counter() - a counter by its name, 0 where it is not there */
uint64_t cgroup_counter(const struct cgroup_counters *counters, const char *name);

#define auto_cgroup_stats __attribute__((cleanup(cgroup_stats_free))) struct cgroup_stats

/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
#pragma once

/*
 * Limits of config.json and the files of cgroup v2 they end up in. The table says which file
 * and controller; the functions are the conversions, without side effects. Read by plan (create
 * and update).
 *
 * config.json counts in the units of cgroup v1. Conversions that have no exact answer are those
 * of runc 1.3.2 and crun 1.23, so that changing runtimes does not change a container's share.
 *
 * Spec: config-linux.md "Control groups". Kernel: Documentation/admin-guide/cgroup-v2.rst.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/text.h"

/* How a value is written. */
enum cgroup_format {
	CGROUP_BYTES,		/* cgroup_file_limit(): -1 is "max" */
	CGROUP_SWAP,		/* cgroup_file_swap_max(), then cgroup_file_limit() */
	CGROUP_PIDS,		/* cgroup_file_pids_max() */
	CGROUP_SHARES,		/* cgroup_file_cpu_weight() */
	CGROUP_QUOTA,		/* cgroup_file_cpu_max(), with the period */
	CGROUP_NUMBER,		/* as it is, decimal */
	CGROUP_LIST,		/* as it is: "0-3,7" */
	CGROUP_IO_WEIGHT,	/* cgroup_file_io_weight(); as it is for io.bfq.weight */
	CGROUP_IO_MAX,		/* cgroup_file_io_max() */
	CGROUP_HUGE_PAGES,	/* cgroup_file_hugetlb(), then decimal */
	CGROUP_RDMA,		/* cgroup_file_rdma_max() */
};

struct cgroup_file {
	const char *field;		/* JSON path: "/linux/resources/memory/limit" */
	const char *file;		/* "memory.max" */
	const char *controller;		/* "memory", as host_controller_name() has it */
	enum cgroup_format format;
	const char *word;		/* CGROUP_IO_MAX: "rbps"; else NULL */
};

/*
 * In the order of writing: memory.max before memory.swap.max, and cpu.max.burst after the quota
 * it must not exceed. A field may have two rows: io.bfq.weight where it exists, else io.weight.
 */
extern const struct cgroup_file cgroup_files[];
extern const size_t cgroup_file_count;

/** cgroup_file_find() - first row of a JSON path, or NULL */
const struct cgroup_file *cgroup_file_find(const char *field);

/**
 * cgroup_file_only_limits() - whether a file of "unified" can do no more than limit its cgroup, or
 *                             weigh it against its siblings
 *
 * The others are protections (memory.min), processors of its own (cpuset.cpus.partition), what
 * slows others down (io.latency), and what is not known.
 */
bool cgroup_file_only_limits(const char *file);

/**
 * cgroup_file_cpu_weight() - cpu.weight for cpu.shares
 * @shares: 2 to 262144; what is outside counts as the nearer end. 0 means unset
 *
 * ceil(10 ^ ((l^2 + 125 l) / 612 - 7/34)) with l = log2(shares): through (2, 1), (1024, 100)
 * and (262144, 10000), so that the default of v1 becomes the default of v2. The older linear
 * formula gave 39 for 1024, which made every container weaker than the host's services.
 *
 * Return: 1 to 10000, or 0 for 0.
 */
uint64_t cgroup_file_cpu_weight(uint64_t shares);

/**
 * cgroup_file_io_weight() - io.weight for blkio.weight
 * @weight: 10 to 1000
 *
 * Return: 1 to 10000, linear.
 */
uint64_t cgroup_file_io_weight(uint64_t weight);

/**
 * cgroup_file_swap_max() - memory.swap.max for memory.limit and memory.swap
 * @limit: bytes of memory, -1 for no limit, 0 for unset
 * @swap:  bytes of memory and swap together, -1 for no limit, 0 for unset
 * @out:   set on success: bytes of swap alone, -1 for no limit; INT64_MIN: write nothing
 * @err:   filled on failure
 *
 * No limit of memory and no word on swap leaves swap unlimited too, as on v1. Beside unlimited
 * memory, what is given is the limit of swap alone: there is nothing to take off.
 *
 * Return: 0, or -1 with ERROR_SPEC: swap while memory is unset, or less than memory.
 */
int cgroup_file_swap_max(int64_t limit, int64_t swap, int64_t *out, struct error *err);

/** cgroup_file_limit() - append a number of bytes, or "max" for -1 */
void cgroup_file_limit(struct text *out, int64_t value);

/** cgroup_file_pids_max() - append pids.max: "max" for -1, and 1 for 0: the process itself */
void cgroup_file_pids_max(struct text *out, int64_t limit);

/**
 * cgroup_file_cpu_max() - append cpu.max
 * @quota:  microseconds; 0 or less is "max"
 * @period: microseconds; 0 is the kernel's default, 100000
 */
void cgroup_file_cpu_max(struct text *out, int64_t quota, uint64_t period);

/**
 * cgroup_file_io_max() - append one line of io.max, without a newline
 * @word: "rbps", "wbps", "riops" or "wiops"
 * @rate: a second; 0 is "max"
 */
void cgroup_file_io_max(struct text *out, int64_t major, int64_t minor, const char *word,
			uint64_t rate);

/**
 * cgroup_file_rdma_max() - append one line of rdma.max
 * @handles, @objects: -1: not limited, and not written
 */
void cgroup_file_rdma_max(struct text *out, const char *device, int64_t handles, int64_t objects);

/**
 * cgroup_file_hugetlb() - append the name of a limit of huge pages
 * @page_size:   "2MB"
 * @reservation: hugetlb.2MB.rsvd.max, which fails at mmap(2), not by SIGBUS later; else
 *               hugetlb.2MB.max. Both are written; the first may be missing
 */
void cgroup_file_hugetlb(struct text *out, const char *page_size, bool reservation);

/**
 * cgroup_file_controller() - controller that a file belongs to
 * @file: a name of "unified": "memory.high", "io.bfq.weight", "hugetlb.2MB.max"
 * @out:  receives what stands before the first dot, "" for files named cgroup.*; at most @size
 *        bytes with the NUL
 *
 * Return: true, or false when there is no dot, nothing before it, or it does not fit.
 */
bool cgroup_file_controller(const char *file, char *out, size_t size);

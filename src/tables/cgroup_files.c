/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */

#include "tables/cgroup_files.h"

#include <inttypes.h>
#include <string.h>

#include "base/cleanup.h"

#define RESOURCES "/linux/resources"

const struct cgroup_file cgroup_files[] = {
	{ RESOURCES "/cpu/cpus",           "cpuset.cpus",   "cpuset",  CGROUP_LIST,   NULL },
	{ RESOURCES "/cpu/mems",           "cpuset.mems",   "cpuset",  CGROUP_LIST,   NULL },
	{ RESOURCES "/cpu/idle",           "cpu.idle",      "cpu",     CGROUP_NUMBER, NULL },
	{ RESOURCES "/cpu/shares",         "cpu.weight",    "cpu",     CGROUP_SHARES, NULL },
	{ RESOURCES "/cpu/quota",          "cpu.max",       "cpu",     CGROUP_QUOTA,  NULL },
	{ RESOURCES "/cpu/period",         "cpu.max",       "cpu",     CGROUP_QUOTA,  NULL },
	{ RESOURCES "/cpu/burst",          "cpu.max.burst", "cpu",     CGROUP_NUMBER, NULL },
	{ RESOURCES "/memory/limit",       "memory.max",    "memory",  CGROUP_BYTES,  NULL },
	{ RESOURCES "/memory/swap",        "memory.swap.max", "memory", CGROUP_SWAP,  NULL },
	{ RESOURCES "/memory/reservation", "memory.low",    "memory",  CGROUP_BYTES,  NULL },
	{ RESOURCES "/pids/limit",         "pids.max",      "pids",    CGROUP_PIDS,   NULL },
	{ RESOURCES "/blockIO/weight",     "io.bfq.weight", "io",      CGROUP_IO_WEIGHT, NULL },
	{ RESOURCES "/blockIO/weight",     "io.weight",     "io",      CGROUP_IO_WEIGHT, NULL },
	{ RESOURCES "/blockIO/weightDevice", "io.bfq.weight", "io",    CGROUP_IO_WEIGHT, NULL },
	{ RESOURCES "/blockIO/weightDevice", "io.weight",   "io",      CGROUP_IO_WEIGHT, NULL },
	{ RESOURCES "/blockIO/throttleReadBpsDevice",   "io.max", "io", CGROUP_IO_MAX, "rbps" },
	{ RESOURCES "/blockIO/throttleWriteBpsDevice",  "io.max", "io", CGROUP_IO_MAX, "wbps" },
	{ RESOURCES "/blockIO/throttleReadIOPSDevice",  "io.max", "io", CGROUP_IO_MAX, "riops" },
	{ RESOURCES "/blockIO/throttleWriteIOPSDevice", "io.max", "io", CGROUP_IO_MAX, "wiops" },
	{ RESOURCES "/hugepageLimits",     "hugetlb.*.max", "hugetlb", CGROUP_HUGE_PAGES, NULL },
	{ RESOURCES "/rdma",               "rdma.max",      "rdma",    CGROUP_RDMA,   NULL },
};

const size_t cgroup_file_count = ARRAY_SIZE(cgroup_files);

const struct cgroup_file *cgroup_file_find(const char *field)
{
	for (size_t i = 0; i < cgroup_file_count; i++)
		if (strcmp(cgroup_files[i].field, field) == 0)
			return &cgroup_files[i];
	return NULL;
}

/* What takes nothing from others, but the share that a weight is. "*" is the size of a page. */
static const char *const limiting_files[] = {
	"cgroup.max.depth",
	"cgroup.max.descendants",
	"cpu.idle",
	"cpu.max",
	"cpu.max.burst",
	"cpu.uclamp.max",
	"cpu.weight",
	"cpu.weight.nice",
	"cpuset.cpus",
	"cpuset.mems",
	"dmem.max",
	"hugetlb.*.max",
	"hugetlb.*.rsvd.max",
	"io.bfq.weight",
	"io.max",
	"io.weight",
	"memory.high",
	"memory.max",
	"memory.oom.group",
	"memory.swap.high",
	"memory.swap.max",
	"memory.zswap.max",
	"misc.max",
	"pids.max",
	"rdma.max",
};

/* A "*" stands for letters and digits: at least one. */
static bool is_named(const char *file, const char *pattern)
{
	size_t before = strcspn(pattern, "*");
	size_t word;

	if (pattern[before] == '\0')
		return strcmp(file, pattern) == 0;
	if (strncmp(file, pattern, before) != 0)
		return false;
	word = strcspn(file + before, ".");
	return word > 0 && strcmp(file + before + word, pattern + before + 1) == 0;
}

bool cgroup_file_only_limits(const char *file)
{
	for (size_t i = 0; i < ARRAY_SIZE(limiting_files); i++)
		if (is_named(file, limiting_files[i]))
			return true;
	return false;
}

/*
 * Logarithm and exponential of numbers in a small range, by series. libm has both, and would be
 * one more library in the start of every container.
 */

#define LN2 0.69314718055994530942
#define LN10 2.30258509299404568402

/* log2 x for x from 1 up: x = m 2^n, and ln m = 2 artanh((m - 1) / (m + 1)), m below 2. */
static double binary_logarithm(uint64_t x)
{
	int whole = 63 - __builtin_clzll(x);
	double m = (double)x / (double)(UINT64_C(1) << whole);
	double t = (m - 1) / (m + 1);
	double power = t, sum = 0;

	for (int i = 1; i < 40; i += 2) {
		sum += power / i;
		power *= t * t;
	}
	return whole + 2 * sum / LN2;
}

/* e^x for x from 0 to 10: by Taylor's series for x / 16, squared four times. */
static double exponential(double x)
{
	double term = 1, sum = 1;

	x /= 16;
	for (int i = 1; i < 25; i++) {
		term *= x / i;
		sum += term;
	}
	for (int i = 0; i < 4; i++)
		sum *= sum;
	return sum;
}

uint64_t cgroup_file_cpu_weight(uint64_t shares)
{
	double l, exponent, weight;

	if (shares == 0)
		return 0;
	if (shares <= 2)
		return 1;
	if (shares >= 262144)
		return 10000;

	l = binary_logarithm(shares);
	exponent = (l * l + 125 * l) / 612 - 7.0 / 34;
	weight = exponential(exponent * LN10);
	/* Rounded up, but 100.0000000001 is 100. */
	return (uint64_t)(weight + 1 - 1e-6);
}

uint64_t cgroup_file_io_weight(uint64_t weight)
{
	if (weight <= 10)
		return 1;
	if (weight >= 1000)
		return 10000;
	return 1 + (weight - 10) * 9999 / 990;
}

int cgroup_file_swap_max(int64_t limit, int64_t swap, int64_t *out, struct error *err)
{
	if (swap == 0) {
		*out = limit == -1 ? -1 : INT64_MIN;
		return 0;
	}
	if (swap == -1 || limit == -1) {
		*out = swap;
		return 0;
	}
	if (limit == 0)
		return error_set(err, ERROR_SPEC, 0,
				 "memory and swap together are limited to %" PRId64
				 " bytes, and memory has no limit to take off", swap);
	if (swap < limit)
		return error_set(err, ERROR_SPEC, 0,
				 "memory and swap together (%" PRId64 ") are less than memory (%"
				 PRId64 ")", swap, limit);
	*out = swap - limit;
	return 0;
}

void cgroup_file_limit(struct text *out, int64_t value)
{
	if (value < 0)
		text_append(out, "max");
	else
		text_appendf(out, "%" PRId64, value);
}

void cgroup_file_pids_max(struct text *out, int64_t limit)
{
	/* The kernel takes 0, and then not even the container's first process fits. */
	cgroup_file_limit(out, limit == 0 ? 1 : limit);
}

void cgroup_file_cpu_max(struct text *out, int64_t quota, uint64_t period)
{
	cgroup_file_limit(out, quota > 0 ? quota : -1);
	text_appendf(out, " %" PRIu64, period > 0 ? period : 100000);
}

void cgroup_file_io_max(struct text *out, int64_t major, int64_t minor, const char *word,
			uint64_t rate)
{
	text_appendf(out, "%" PRId64 ":%" PRId64 " %s=", major, minor, word);
	if (rate > 0)
		text_appendf(out, "%" PRIu64, rate);
	else
		text_append(out, "max");
}

void cgroup_file_rdma_max(struct text *out, const char *device, int64_t handles, int64_t objects)
{
	text_append(out, device);
	if (handles >= 0)
		text_appendf(out, " hca_handle=%" PRId64, handles);
	if (objects >= 0)
		text_appendf(out, " hca_object=%" PRId64, objects);
}

void cgroup_file_hugetlb(struct text *out, const char *page_size, bool reservation)
{
	text_appendf(out, "hugetlb.%s%s.max", page_size, reservation ? ".rsvd" : "");
}

bool cgroup_file_controller(const char *file, char *out, size_t size)
{
	const char *dot = strchr(file, '.');
	size_t length = dot ? (size_t)(dot - file) : 0;

	if (length == 0 || length >= size)
		return false;
	if (length == 6 && strncmp(file, "cgroup", length) == 0)
		length = 0;
	memcpy(out, file, length);
	out[length] = '\0';
	return true;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * What is read of the kernel's counters, and how it is printed. Regular files stand in for the
 * kernel's.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/text.h"
#include "run/cgroup_stats.h"
#include "../../src/cmd/stats.h"

#define OUTPUT_MAX ((size_t)1 << 16)

static const struct {
	const char *name;
	const char *text;
} files[] = {
	{ "cpu.stat", "usage_usec 300\nuser_usec 200\nsystem_usec 100\nnr_periods 7\nnr_throttled 3\n"
		      "throttled_usec 45\n" },
	{ "cpu.pressure", "some avg10=1.53 avg60=0.05 avg300=100.00 total=123456\n"
			  "full avg10=0.00 avg60=0.00 avg300=0.00 total=0\n" },
	{ "memory.stat", "anon 4096\nfile 8192\nkernel 1024\n" },
	{ "memory.current", "20000\n" },
	{ "memory.max", "30000\n" },
	{ "memory.peak", "25000\n" },
	{ "memory.events", "low 0\nhigh 0\nmax 9\noom 1\noom_kill 1\n" },
	{ "memory.swap.current", "500\n" },
	{ "memory.swap.max", "1000\n" },
	{ "memory.swap.events", "high 0\nmax 2\nfail 0\n" },
	{ "pids.current", "4\n" },
	{ "pids.max", "max\n" },
	{ "io.stat", "8:0 rbytes=10 wbytes=20 rios=1 wios=2 dbytes=5 dios=3\n(unknown) rbytes=1\n252:16 \n"
		     "252:1 rbytes=7 wbytes=0 rios=1 wios=0 dbytes=0 dios=0\n" },
	{ "hugetlb.2MB.current", "2097152\n" },
	{ "hugetlb.2MB.max", "max\n" },
	{ "hugetlb.2MB.rsvd.current", "4194304\n" },
	{ "hugetlb.2MB.events", "max 6\n" },
	{ "hugetlb.1GB.current", "0\n" },
};

/* JSON paths of the line, and what stands there. */
static const struct {
	const char *path;
	const char *value;
} wanted[] = {
	{ "type", "\"stats\"" },
	{ "id", "\"c1\"" },
	{ "data/cpu/usage/total", "300000" },
	{ "data/cpu/usage/kernel", "100000" },
	{ "data/cpu/usage/user", "200000" },
	{ "data/cpu/throttling/periods", "7" },
	{ "data/cpu/throttling/throttledPeriods", "3" },
	{ "data/cpu/throttling/throttledTime", "45000" },
	{ "data/cpu/psi/some", "{\"avg10\":1.53,\"avg60\":0.05,\"avg300\":100.0,\"total\":123456}" },
	{ "data/memory/cache", "8192" },
	{ "data/memory/usage", "{\"limit\":30000,\"usage\":20000,\"max\":25000,\"failcnt\":9}" },
	/* Both together, as cgroup v1 counts. */
	{ "data/memory/swap", "{\"limit\":31000,\"usage\":20500,\"max\":0,\"failcnt\":2}" },
	{ "data/memory/kernel/usage", "1024" },
	{ "data/memory/raw", "{\"anon\":4096,\"file\":8192,\"kernel\":1024}" },
	{ "data/pids", "{\"current\":4,\"limit\":0}" },
	{ "data/blkio/ioServiceBytesRecursive/0", "{\"major\":8,\"minor\":0,\"op\":\"Read\",\"value\":10}" },
	{ "data/blkio/ioServiceBytesRecursive/1", "{\"major\":8,\"minor\":0,\"op\":\"Write\",\"value\":20}" },
	{ "data/blkio/ioServicedRecursive/2", "{\"major\":8,\"minor\":0,\"op\":\"Discard\",\"value\":3}" },
	{ "data/hugetlb/2MB", "{\"usage\":4194304,\"failcnt\":6}" },
	{ "data/hugetlb/1GB", "{\"usage\":0,\"failcnt\":0}" },
};

static char directory[] = "/tmp/orlop-stats-XXXXXX";
static int fake = -1;

static int set_up(void **state)
{
	(void)state;
	(void)strcpy(directory, "/tmp/orlop-stats-XXXXXX");
	if (!mkdtemp(directory))
		return -1;
	fake = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fake < 0 ? -1 : 0;
}

static int tear_down(void **state)
{
	char command[64];

	(void)state;
	close_fd(&fake);
	(void)snprintf(command, sizeof(command), "rm -rf %s", directory);
	return system(command);
}

static void make_files(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		auto_fd file = openat(fake, files[i].name, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);

		assert_int_equal(fd_write_all(file, files[i].text, strlen(files[i].text), NULL), 0);
	}
}

/* Numbers of this test fit, but for "no limit", which jansson takes as no integer. */
static json_t *print(void)
{
	auto_cgroup_stats stats = { .io = NULL };
	auto_text text = TEXT_INIT(OUTPUT_MAX);
	struct error err = ERROR_INIT;
	json_error_t problem;
	json_t *json;

	if (cgroup_stats_read(fake, &stats, &err) < 0)
		fail_msg("%s", err.message);
	if (stats.memory.limit == CGROUP_NO_LIMIT)
		stats.memory.limit = 1;
	stats.swap.limit = stats.swap.limit == CGROUP_NO_LIMIT ? 1 : stats.swap.limit;
	stats_write("c1", &stats, &text);
	assert_int_equal(text_string(&text)[text.size - 1], '\n');
	assert_null(memchr(text_string(&text), '\n', text.size - 1));
	json = json_loads(text_string(&text), JSON_REJECT_DUPLICATES | JSON_DECODE_INT_AS_REAL, &problem);
	if (!json)
		fail_msg("%s: %s", problem.text, text_string(&text));
	return json;
}

static const json_t *find(const json_t *json, const char *path)
{
	char copy[128];
	char *rest = NULL;

	(void)snprintf(copy, sizeof(copy), "%s", path);
	for (char *key = strtok_r(copy, "/", &rest); key && json; key = strtok_r(NULL, "/", &rest)) {
		if (json_is_array(json))
			json = json_array_get(json, (size_t)atoi(key));
		else
			json = json_object_get(json, key);
	}
	return json;
}

static void counters_are_printed_as_callers_read_them(void **state)
{
	json_t *json;

	(void)state;
	make_files();
	json = print();
	for (size_t i = 0; i < ARRAY_SIZE(wanted); i++) {
		json_t *want = json_loads(wanted[i].value, JSON_DECODE_ANY | JSON_DECODE_INT_AS_REAL, NULL);
		const json_t *got = find(json, wanted[i].path);

		assert_non_null(want);
		if (!got || !json_equal(want, got))
			fail_msg("%s is not %s", wanted[i].path, wanted[i].value);
		json_decref(want);
	}
	/* A device that has no numbers is passed over, one that did nothing shows zeros. */
	assert_int_equal(json_array_size(find(json, "data/blkio/ioServicedRecursive")), 9);
	json_decref(json);
}

static void what_the_kernel_does_not_count_is_zero(void **state)
{
	json_t *json;

	(void)state;
	json = print();
	assert_true(json_number_value(find(json, "data/cpu/usage/total")) == 0);
	assert_null(find(json, "data/cpu/psi"));
	assert_int_equal(json_object_size(find(json, "data/hugetlb")), 0);
	assert_int_equal(json_array_size(find(json, "data/blkio/ioServicedRecursive")), 0);
	json_decref(json);
}

#define WITH_FILES(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_FILES(counters_are_printed_as_callers_read_them),
		WITH_FILES(what_the_kernel_does_not_count_is_zero),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

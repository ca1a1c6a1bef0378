/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "tables/cgroup_files.h"

static void shares_become_weight(void **state)
{
	/* ceil() and pow() of libm give the same for every number of shares. */
	static const struct {
		uint64_t shares;
		uint64_t weight;
	} cases[] = {
		{ 0, 0 }, { 1, 1 }, { 2, 1 }, { 3, 2 }, { 10, 4 }, { 102, 17 }, { 256, 35 },
		{ 512, 59 }, { 1023, 100 }, { 1024, 100 }, { 1025, 101 }, { 2048, 174 },
		{ 4096, 303 },
		{ 65536, 3023 }, { 261881, 9992 }, { 262143, 10000 }, { 262144, 10000 },
		{ 262145, 10000 }, { UINT64_MAX, 10000 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		if (cgroup_file_cpu_weight(cases[i].shares) != cases[i].weight)
			fail_msg("%ju: %ju", (uintmax_t)cases[i].shares,
				 (uintmax_t)cgroup_file_cpu_weight(cases[i].shares));
}

static void more_shares_never_mean_less_weight(void **state)
{
	uint64_t before = 1;

	(void)state;
	for (uint64_t shares = 2; shares <= 262144; shares++) {
		uint64_t weight = cgroup_file_cpu_weight(shares);

		assert_true(weight >= before && weight <= 10000);
		before = weight;
	}
}

static void block_weight_is_linear(void **state)
{
	static const struct {
		uint64_t v1, v2;
	} cases[] = { { 10, 1 }, { 100, 910 }, { 300, 2930 }, { 500, 4950 }, { 1000, 10000 } };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_int_equal(cgroup_file_io_weight(cases[i].v1), cases[i].v2);
}

static void swap_is_what_is_left_of_both(void **state)
{
	static const struct {
		int64_t limit, swap;
		int result;
		int64_t max;
	} cases[] = {
		{ 100, 300, 0, 200 },
		{ 100, 100, 0, 0 },
		{ 100, -1, 0, -1 },
		{ 100, 0, 0, INT64_MIN },
		{ 0, 0, 0, INT64_MIN },
		{ -1, 0, 0, -1 },
		{ -1, -1, 0, -1 },
		{ 0, -1, 0, -1 },
		{ 100, 99, -1, 7 },
		{ 0, 100, -1, 7 },
		{ -1, 100, 0, 100 },
		{ INT64_MAX, INT64_MAX, 0, 0 },
		{ 1, INT64_MAX, 0, INT64_MAX - 1 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct error err = ERROR_INIT;
		int64_t got = 7;

		assert_int_equal(cgroup_file_swap_max(cases[i].limit, cases[i].swap, &got, &err),
				 cases[i].result);
		if (got != cases[i].max)
			fail_msg("case %zu: %jd", i, (intmax_t)got);
		assert_int_equal(err.kind, cases[i].result ? ERROR_SPEC : ERROR_NONE);
	}
}

static void values_are_written_as_the_kernel_reads_them(void **state)
{
	auto_text out = TEXT_INIT(4096);

	(void)state;
	cgroup_file_limit(&out, 67108864);
	text_append_char(&out, '|');
	cgroup_file_limit(&out, -1);
	text_append_char(&out, '|');
	cgroup_file_limit(&out, 0);
	text_append_char(&out, '|');
	cgroup_file_pids_max(&out, 0);
	text_append_char(&out, '|');
	cgroup_file_pids_max(&out, -1);
	text_append_char(&out, '|');
	cgroup_file_pids_max(&out, 50);
	text_append_char(&out, '|');
	cgroup_file_cpu_max(&out, 50000, 0);
	text_append_char(&out, '|');
	cgroup_file_cpu_max(&out, 50000, 20000);
	text_append_char(&out, '|');
	cgroup_file_cpu_max(&out, -1, 20000);
	text_append_char(&out, '|');
	cgroup_file_cpu_max(&out, 0, 0);
	text_append_char(&out, '|');
	cgroup_file_io_max(&out, 8, 16, "rbps", 600);
	text_append_char(&out, '|');
	cgroup_file_io_max(&out, 8, 16, "wiops", 0);
	text_append_char(&out, '|');
	cgroup_file_rdma_max(&out, "mlx5_1", 3, 10000);
	text_append_char(&out, '|');
	cgroup_file_rdma_max(&out, "mlx4_0", -1, 0);
	text_append_char(&out, '|');
	cgroup_file_hugetlb(&out, "2MB", false);
	text_append_char(&out, '|');
	cgroup_file_hugetlb(&out, "1GB", true);
	assert_string_equal(text_string(&out),
		"67108864|max|0|1|max|50|50000 100000|50000 20000|max 20000|max 100000|"
		"8:16 rbps=600|8:16 wiops=max|mlx5_1 hca_handle=3 hca_object=10000|"
		"mlx4_0 hca_object=0|hugetlb.2MB.max|hugetlb.1GB.rsvd.max");
}

static void files_name_their_controller(void **state)
{
	static const struct {
		const char *file;
		const char *controller;	/* NULL: refused */
	} cases[] = {
		{ "memory.high", "memory" }, { "io.bfq.weight", "io" }, { "hugetlb.2MB.max",
		  "hugetlb" },
		{ "cgroup.max.depth", "" }, { "cgroups.x", "cgroups" }, { "cpu", NULL },
		{ ".x", NULL },
		{ "", NULL }, { "aaaaaaaaaaaaaaaa.x", NULL }, { "aaaaaaaaaaaaaaa.x",
		  "aaaaaaaaaaaaaaa" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char got[16] = "unset";

		assert_int_equal(cgroup_file_controller(cases[i].file, got, sizeof(got)),
				 cases[i].controller != NULL);
		assert_string_equal(got, cases[i].controller ? cases[i].controller : "unset");
	}
}

static void files_that_only_limit_are_known(void **state)
{
	static const char *const limiting[] = {
		"cgroup.max.depth", "cpu.max", "cpu.weight.nice", "cpuset.cpus", "cpuset.mems",
		"hugetlb.2MB.max", "hugetlb.1GB.rsvd.max", "io.max", "memory.high",
		"memory.oom.group", "memory.swap.max", "pids.max", "rdma.max",
	};
	static const char *const others[] = {
		"cpuset.cpus.partition", "cpuset.cpus.exclusive", "memory.min", "memory.low",
		"dmem.min", "dmem.low", "cpu.uclamp.min", "io.latency", "io.prio.class",
		"io.cost.qos", "memory.reclaim", "cgroup.subtree_control", "cpu", "cpu.max.",
		"cpu.maximum", "hugetlb..max", "hugetlb.2MB.1GB.max", "hugetlb.max", "foo.max", "",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(limiting); i++)
		if (!cgroup_file_only_limits(limiting[i]))
			fail_msg("%s only limits", limiting[i]);
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		if (cgroup_file_only_limits(others[i]))
			fail_msg("%s does more than limit", others[i]);
}

static void rows_agree_with_themselves(void **state)
{
	(void)state;
	for (size_t i = 0; i < cgroup_file_count; i++) {
		const struct cgroup_file *row = &cgroup_files[i];
		char controller[16];

		assert_memory_equal(row->field, "/linux/resources/", 17);
		assert_true(cgroup_file_controller(row->file, controller, sizeof(controller)));
		/* cpu and cpuset are two controllers that one object of the specification sets. */
		assert_string_equal(controller, row->controller);
		assert_int_equal(row->word != NULL, row->format == CGROUP_IO_MAX);
	}
	assert_string_equal(cgroup_file_find("/linux/resources/memory/reservation")->file,
			    "memory.low");
	assert_string_equal(cgroup_file_find("/linux/resources/blockIO/weight")->file,
			    "io.bfq.weight");
	assert_null(cgroup_file_find("/linux/resources/network/classID"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shares_become_weight),
		cmocka_unit_test(more_shares_never_mean_less_weight),
		cmocka_unit_test(block_weight_is_linear),
		cmocka_unit_test(swap_is_what_is_left_of_both),
		cmocka_unit_test(values_are_written_as_the_kernel_reads_them),
		cmocka_unit_test(files_name_their_controller),
		cmocka_unit_test(files_that_only_limit_are_known),
		cmocka_unit_test(rows_agree_with_themselves),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

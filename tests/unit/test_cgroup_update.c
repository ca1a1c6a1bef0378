/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * New limits for a cgroup that is in use, and taking them back. Regular files stand in for the
 * kernel's: they take anything, and a short value over a longer one reads as neither, which is how
 * a write is made to fail here.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "run/cgroup.h"

#define FILES_MAX 6

struct file {
	const char *name;
	const char *text;
};

static char directory[] = "/tmp/orlop-update-XXXXXX";
static int fake = -1;

static int set_up(void **state)
{
	(void)state;
	(void)strcpy(directory, "/tmp/orlop-update-XXXXXX");
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

static void make_files(const struct file files[static FILES_MAX])
{
	for (size_t i = 0; i < FILES_MAX && files[i].name; i++) {
		auto_fd file = openat(fake, files[i].name, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);

		assert_int_equal(fd_write_all(file, files[i].text, strlen(files[i].text), NULL), 0);
	}
}

/* What is written back may be shorter than what stood there: of a regular file the end then stays. */
static void assert_begins(const char *name, const char *want)
{
	auto_free char *text = NULL;

	assert_int_equal(fd_read_file(fake, name, 4096, &text, NULL, NULL), 0);
	if (strncmp(text, want, strlen(want)) != 0)
		fail_msg("%s: want '%s', got '%s'", name, want, text);
}

static void a_failed_update_is_taken_back(void **state)
{
	static const struct file files[FILES_MAX] = {
		{ "memory.max", "1048576\n" },
		{ "cpuset.cpus", "\n" },
		{ "io.max", "8:0 rbps=1048576 wbps=max\n8:16 rbps=2 wbps=max\n" },
		{ "io.weight", "default 100\n8:0 200\n" },
		{ "cpu.weight", "0\n" },
		/* A "64" does not cover it. */
		{ "pids.max", "6400" },
	};
	static const struct {
		struct plan_cgroup_write write;
		const char *after;
	} cases[] = {
		{ { .file = "memory.max", .value = "2097152" }, "1048576\n" },
		{ { .file = "cpuset.cpus", .value = "3" }, "\n" },
		/* A line a device: the one that was there, or one that says that there is none. */
		{ { .file = "io.max", .value = "8:16 rbps=5" }, "8:16 rbps=2 wbps=max" },
		{ { .file = "io.max", .value = "8:1 rbps=5" },
		  "8:1 rbps=max wbps=max riops=max wiops=max" },
		{ { .file = "io.weight", .value = "8:0 300" }, "8:0 200" },
		{ { .file = "io.weight", .value = "8:16 300" }, "8:16 default" },
		{ { .file = "io.weight", .value = "500" }, "default 100" },
		/* It goes with cpu.idle, and cannot be written. */
		{ { .file = "cpu.weight", .value = "42" }, "42" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct plan_cgroup_write writes[] = {
			cases[i].write,
			{ .file = "pids.max", .value = "64", .required = true },
		};
		const struct plan_cgroup plan = { .path = "/c", .writes = writes, .write_count = 2 };
		struct error err = ERROR_INIT;

		make_files(files);
		assert_int_equal(cgroup_update(fake, &plan, NULL, &err), -1);
		assert_non_null(strstr(err.message, "pids.max"));
		assert_null(strstr(err.message, "these stay"));
		assert_begins("pids.max", "6400");
		assert_begins(cases[i].write.file, cases[i].after);
	}
}

/* A limit of file size lets the short value through, and not the longer one that stood there. */
static void what_cannot_be_taken_back_is_named(void **state)
{
	static const struct file files[FILES_MAX] = {
		{ "cpuset.cpus", "0,1,2,3,4,5,6,7\n" }, { "pids.max", "6400" },
	};
	static const struct plan_cgroup_write writes[] = {
		{ .file = "cpuset.cpus", .value = "3" },
		{ .file = "pids.max", .value = "64", .required = true },
	};
	const struct plan_cgroup plan = { .path = "/c", .writes = writes, .write_count = 2 };
	struct error err = ERROR_INIT;
	struct rlimit before;
	struct rlimit small;
	int result;

	(void)state;
	make_files(files);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	small = before;
	small.rlim_cur = 8;
	(void)signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	result = cgroup_update(fake, &plan, NULL, &err);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	assert_int_equal(result, -1);
	assert_non_null(strstr(err.message, "these stay as they were written: cpuset.cpus = 3; then"));
	assert_non_null(strstr(err.message, "pids.max"));
}

static void what_was_not_reached_is_not_written(void **state)
{
	static const struct file files[FILES_MAX] = { { "pids.max", "6400" }, { "cpu.max", "max 1" } };
	static const struct plan_cgroup_write writes[] = {
		{ .file = "pids.max", .value = "64", .required = true },
		{ .file = "cpu.max", .value = "2", .required = true },
	};
	const struct plan_cgroup plan = { .path = "/c", .writes = writes, .write_count = 2 };

	(void)state;
	make_files(files);
	assert_int_equal(cgroup_update(fake, &plan, NULL, NULL), -1);
	assert_begins("cpu.max", "max 1");
}

static void alternatives_and_missing_files_are_passed_over(void **state)
{
	static const struct file files[FILES_MAX] = { { "io.weight", "default 100\n" } };
	static const struct plan_cgroup_write writes[] = {
		{ .file = "io.bfq.weight", .value = "1", .required = true, .missing_ok = true },
		{ .file = "io.weight", .value = "222", .required = true, .alternative = true },
		{ .file = "memory.max", .value = "max" },
	};
	const struct plan_cgroup plan = { .path = "/c", .writes = writes, .write_count = 3 };
	bool skipped[3] = { true, true, false };

	(void)state;
	make_files(files);
	assert_int_equal(cgroup_update(fake, &plan, skipped, NULL), 0);
	assert_begins("io.weight", "222");
	assert_false(skipped[0] || skipped[1]);
	assert_true(skipped[2]);
}

static void what_is_known_of_a_cgroup_is_read(void **state)
{
	static const struct file files[FILES_MAX] = {
		{ "memory.current", "4096\n" },
		{ "memory.max", "max\n" },
		{ "memory.swap.max", "0\n" },
	};
	struct plan_now now;

	(void)state;
	assert_int_equal(cgroup_read_now(fake, &now, NULL), 0);
	assert_true(now.memory_usage == 0 && now.memory_max == UINT64_MAX && now.swap_max == UINT64_MAX);
	make_files(files);
	assert_int_equal(cgroup_read_now(fake, &now, NULL), 0);
	assert_true(now.memory_usage == 4096 && now.memory_max == UINT64_MAX && now.swap_max == 0);
	assert_true(now.burst == 0);
}

#define WITH_FILES(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_FILES(a_failed_update_is_taken_back),
		WITH_FILES(what_cannot_be_taken_back_is_named),
		WITH_FILES(what_was_not_reached_is_not_written),
		WITH_FILES(alternatives_and_missing_files_are_passed_over),
		WITH_FILES(what_is_known_of_a_cgroup_is_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../src/host/host_parse.h"
#include "base/cleanup.h"
#include "host/host.h"
#include "skip.h"

static void releases_are_read_up_to_the_second_number(void **state)
{
	static const struct {
		const char *release;
		int result;
		unsigned int major;
		unsigned int minor;
	} cases[] = {
		{ "6.1.0-13-amd64", 0, 6, 1 },
		{ "6.1", 0, 6, 1 },
		{ "6.18.44-fc-v595", 0, 6, 18 },
		{ "6.6-rc2", 0, 6, 6 },
		{ "10.0.0", 0, 10, 0 },
		{ "6.12+deb13", 0, 6, 12 },
		{ "6", -1, 0, 0 },
		{ "6.", -1, 0, 0 },
		{ ".1", -1, 0, 0 },
		{ "", -1, 0, 0 },
		{ "v6.1", -1, 0, 0 },
		{ "-6.1", -1, 0, 0 },
		{ "99999999999.1", -1, 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		unsigned int major = 0;
		unsigned int minor = 0;

		assert_int_equal(host_parse_release(cases[i].release, &major, &minor),
				 cases[i].result);
		assert_int_equal(major, cases[i].major);
		assert_int_equal(minor, cases[i].minor);
	}
}

static void kernels_before_6_1_are_too_old(void **state)
{
	(void)state;
	assert_false(host_supported(5, 15));
	assert_false(host_supported(5, 99));
	assert_false(host_supported(6, 0));
	assert_true(host_supported(6, 1));
	assert_true(host_supported(6, 18));
	assert_true(host_supported(7, 0));
}

static void controllers_are_read_by_name(void **state)
{
	static const struct {
		const char *text;
		unsigned int expected;
	} cases[] = {
		{ "", 0 },
		{ "\n", 0 },
		{ "memory\n", HOST_MEMORY },
		{ "cpuset cpu io memory hugetlb pids rdma misc\n",
		  HOST_CPUSET | HOST_CPU | HOST_IO | HOST_MEMORY | HOST_HUGETLB | HOST_PIDS |
		  HOST_RDMA | HOST_MISC },
		/* One that is new is passed over; none is taken for another it begins with. */
		{ "cpu dmem pids", HOST_CPU | HOST_PIDS },
		{ "cpusets memories", 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_int_equal(host_parse_controllers(cases[i].text), cases[i].expected);
}

static void every_controller_has_a_name(void **state)
{
	(void)state;
	for (unsigned int bit = HOST_CPUSET; bit <= HOST_MISC; bit <<= 1)
		assert_int_equal(host_parse_controllers(host_controller_name(bit)), bit);
	assert_null(host_controller_name(0));
	assert_null(host_controller_name(HOST_MISC << 1));
	assert_null(host_controller_name((enum host_controller)(HOST_CPU | HOST_IO)));
}

static void this_host_is_read(void **state)
{
	struct error err = ERROR_INIT;
	struct utsname name;
	struct host host;

	(void)state;
	assert_int_equal(uname(&name), 0);
	if (host_read(&host, &err) < 0) {
		/* The kernels on which this builds are not all ones on which it runs. */
		assert_int_equal(err.kind, ERROR_HOST);
		skip_because(err.message);
	}
	assert_string_equal(host.kernel_release, name.release);
	assert_true(host_supported(host.kernel_major, host.kernel_minor));
	assert_true(host.memory_bytes > (uint64_t)16 << 20);
	assert_true(host.page_size >= 4096);
	assert_true(host.processors >= 1);
	assert_in_range(host.last_capability, 37, 62);
	if (!host.apparmor)
		assert_false(host.apparmor_default);
}

static void ranges_of_ids_are_read(void **state)
{
	static const char podman[] = "         0       1000          1\n         1     200000      65536\n";
	struct host_ids ids;

	(void)state;
	assert_int_equal(host_parse_ids(podman, &ids), 0);
	assert_int_equal(ids.count, 2);
	assert_int_equal(ids.ranges[0].first, 0);
	assert_int_equal(ids.ranges[0].size, 1);
	assert_int_equal(ids.ranges[1].first, 1);
	assert_int_equal(ids.ranges[1].size, 65536);
	assert_int_equal(host_parse_ids("0 0 4294967295\n", &ids), 0);
	assert_int_equal(ids.ranges[0].size, 4294967295u);
	assert_int_equal(host_parse_ids("", &ids), 0);
	assert_int_equal(ids.count, 0);
	assert_int_equal(host_parse_ids("0 0\n", &ids), -1);
	assert_int_equal(host_parse_ids("0 0 4294967296\n", &ids), -1);
	assert_int_equal(host_parse_ids("0 0 x\n", &ids), -1);
}

static int write_map(void)
{
	char text[64];
	int length = snprintf(text, sizeof(text), "0 %u 1\n", (unsigned int)geteuid());
	int fd;

	if (unshare(CLONE_NEWUSER))
		return -1;
	fd = open("/proc/self/uid_map", O_WRONLY | O_CLOEXEC);
	return fd >= 0 && write(fd, text, (size_t)length) == length ? close(fd) : -1;
}

/* One that has a uid 0 of its own, as it stands in Podman's namespace. */
static void a_root_that_is_mapped_is_told_from_the_hosts(void **state)
{
	enum { NOT_ALLOWED = 77 };
	int status;
	pid_t pid;

	(void)state;
	if (geteuid() != 0)
		assert_int_equal(host_caller(), HOST_CALLER_USER);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		_exit(write_map() < 0 ? NOT_ALLOWED : host_caller() != HOST_CALLER_MAPPED_ROOT);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == NOT_ALLOWED)
		skip_because("no user namespace can be made here");
	assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(releases_are_read_up_to_the_second_number),
		cmocka_unit_test(kernels_before_6_1_are_too_old),
		cmocka_unit_test(controllers_are_read_by_name),
		cmocka_unit_test(every_controller_has_a_name),
		cmocka_unit_test(this_host_is_read),
		cmocka_unit_test(ranges_of_ids_are_read),
		cmocka_unit_test(a_root_that_is_mapped_is_told_from_the_hosts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * Labels. A directory of plain files stands in for procfs, so that no module is needed: what is
 * written there is what reads back, which is how the kernel's files behave when all is well.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "kernel/libapparmor.h"
#include "kernel/procfs.h"
#include "run/lsm.h"

#define PID 4711

static char place[] = "/tmp/orlop-lsm-XXXXXX";
static int procfs = -1;

static void put(const char *name, const char *text)
{
	char path[128];
	auto_fd file = -1;
	struct error err = ERROR_INIT;

	(void)snprintf(path, sizeof(path), "%d/attr/%s", PID, name);
	file = openat(procfs, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	assert_true(file >= 0);
	assert_int_equal(fd_write_all(file, text, strlen(text), &err), 0);
}

static void expect_file(const char *name, const char *text)
{
	auto_free char *data = NULL;
	struct error err = ERROR_INIT;
	char path[128];

	(void)snprintf(path, sizeof(path), "%d/attr/%s", PID, name);
	assert_int_equal(fd_read_file(procfs, path, 4096, &data, NULL, &err), 0);
	assert_string_equal(data, text);
}

static int set_up(void **state)
{
	char path[64];

	(void)state;
	(void)snprintf(place, sizeof(place), "/tmp/orlop-lsm-XXXXXX");
	if (mkdtemp(place) == NULL)
		return -1;
	procfs = open(place, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	(void)snprintf(path, sizeof(path), "%d", PID);
	if (mkdirat(procfs, path, 0700) < 0 || symlinkat(path, procfs, "self") < 0)
		return -1;
	(void)snprintf(path, sizeof(path), "%d/attr", PID);
	if (mkdirat(procfs, path, 0700) < 0)
		return -1;
	(void)snprintf(path, sizeof(path), "%d/attr/apparmor", PID);
	return mkdirat(procfs, path, 0700);
}

static int tear_down(void **state)
{
	char line[64];

	(void)state;
	close_fd(&procfs);
	(void)snprintf(line, sizeof(line), "rm -rf %s", place);
	return system(line) == 0 ? 0 : -1;
}

static void labels_of_apparmor_are_taken_apart(void **state)
{
	static const struct {
		const char *current;
		const char *profile;
		int matches;
	} cases[] = {
		{ "orlop-default (enforce)\n", "orlop-default", 1 },
		{ "orlop-default (enforce)", "orlop-default", 1 },
		{ "orlop-default (kill)", "orlop-default", 1 },
		{ "orlop-default (complain)\n", "orlop-default", 0 },
		{ "orlop-default (unconfined)\n", "orlop-default", 0 },
		{ "orlop-default (mixed)\n", "orlop-default", 0 },
		{ "orlop-default\n", "orlop-default", 0 },
		{ "orlop-default-2 (enforce)\n", "orlop-default", 0 },
		{ "orlop (enforce)\n", "orlop-default", 0 },
		{ "unconfined\n", "orlop-default", 0 },
		{ "unconfined\n", "unconfined", 1 },
		{ "orlop-default (enforce)\n", "unconfined", 0 },
		{ "lxd//&orlop-default (enforce)\n", "orlop-default", 1 },
		{ "orlop-default//&:ns:x (enforce)\n", "orlop-default", 1 },
		{ "a//&b//&c (enforce)\n", "b", 1 },
		{ "a//&bb//&c (enforce)\n", "b", 0 },
		{ "a//&b//&c (enforce)\n", "c//&a", 1 },
		{ "a//&b//&c (enforce)\n", "a//&d", 0 },
		{ "a//b (enforce)\n", "a//b", 1 },
		{ "a//b (enforce)\n", "b", 0 },
		{ "", "orlop-default", 0 },
		{ "\n", "orlop-default", 0 },
	};

	(void)state;
	assert_int_equal(libapparmor_load(NULL), 0);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		if (lsm_apparmor_matches(cases[i].current, cases[i].profile) != cases[i].matches)
			fail_msg("'%s' and '%s'", cases[i].current, cases[i].profile);
	}
}

static void nothing_planned_is_nothing_done(void **state)
{
	const struct plan_lsm plan = { .mount_label = "x" };
	struct error err = ERROR_INIT;

	(void)state;
	assert_int_equal(lsm_stage(&plan, -1, &err), 0);
	assert_int_equal(lsm_verify(&plan, -1, 1, &err), 0);
}

/* A plain file gives back "exec NAME": that is not the label, and staging notices. */
static void a_label_that_does_not_read_back_is_refused(void **state)
{
	const struct plan_lsm plan = { .apparmor = "orlop-default" };
	struct error err = ERROR_INIT;

	(void)state;
	put("exec", "");
	put("apparmor/exec", "");
	assert_int_equal(lsm_stage(&plan, procfs, &err), -1);
	assert_int_equal(err.kind, ERROR_HOST);
	assert_non_null(strstr(err.message, "'exec orlop-default' is staged"));
	expect_file("apparmor/exec", "exec orlop-default");
	expect_file("exec", "");
}

/* The second file serves where the first is missing. */
static void the_older_file_is_the_second_choice(void **state)
{
	const struct plan_lsm plan = { .apparmor = "orlop-default" };
	struct error err = ERROR_INIT;

	(void)state;
	put("exec", "");
	assert_int_equal(lsm_stage(&plan, procfs, &err), -1);
	expect_file("exec", "exec orlop-default");
	put("current", "orlop-default (enforce)\n");
	assert_int_equal(lsm_verify(&plan, procfs, PID, &err), 0);
	put("apparmor/current", "unconfined\n");
	assert_int_equal(lsm_verify(&plan, procfs, PID, &err), -1);
}

static void without_the_files_staging_says_so(void **state)
{
	const struct plan_lsm apparmor = { .apparmor = "orlop-default" };
	const struct plan_lsm selinux = { .selinux = "system_u:system_r:container_t:s0" };
	struct error err = ERROR_INIT;

	(void)state;
	assert_int_equal(lsm_stage(&apparmor, procfs, &err), -1);
	assert_int_equal(err.kind, ERROR_HOST);
	assert_non_null(strstr(err.message, "apparmor_parser -r"));
	assert_int_equal(lsm_stage(&selinux, procfs, &err), -1);
	assert_non_null(strstr(err.message, "container_t"));
	assert_int_equal(lsm_verify(&apparmor, procfs, PID, &err), -1);
	assert_int_equal(lsm_verify(&selinux, procfs, PID, &err), -1);
}

static void labels_of_selinux_are_staged_for_process_and_keys(void **state)
{
	const struct plan_lsm plan = { .selinux = "system_u:system_r:container_t:s0:c1,c2" };
	struct error err = ERROR_INIT;

	(void)state;
	put("exec", "");
	put("keycreate", "");
	if (lsm_stage(&plan, procfs, &err) < 0)
		fail_msg("%s", err.message);
	expect_file("exec", plan.selinux);
	expect_file("keycreate", plan.selinux);

	/* A tail of the old text stays: not what was asked for. */
	put("keycreate", "system_u:system_r:container_t:s0:c1,c2,c3");
	assert_int_equal(lsm_stage(&plan, procfs, &err), -1);
	assert_non_null(strstr(err.message, "keyring"));

	put("current", plan.selinux);
	assert_int_equal(lsm_verify(&plan, procfs, PID, &err), 0);
	put("current", "system_u:system_r:container_t:s0:c1,c2\n");
	assert_int_equal(lsm_verify(&plan, procfs, PID, &err), 0);
	put("current", "system_u:system_r:container_t:s0:c1");
	assert_int_equal(lsm_verify(&plan, procfs, PID, &err), -1);
	assert_int_equal(err.kind, ERROR_HOST);
}

/* On the kernel that runs this, if it has no AppArmor: the real files refuse. */
static void a_kernel_without_apparmor_refuses(void **state)
{
	const struct plan_lsm plan = { .apparmor = "orlop-no-such-profile" };
	struct error err = ERROR_INIT;
	auto_fd real = procfs_open(PROCFS_PIDS, NULL, &err);

	(void)state;
	assert_true(real >= 0);
	assert_int_equal(lsm_stage(&plan, real, &err), -1);
	assert_int_equal(err.kind, ERROR_HOST);
	assert_non_null(strstr(err.message, "orlop-no-such-profile"));
}

#define WITH_FILES(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(labels_of_apparmor_are_taken_apart),
		cmocka_unit_test(nothing_planned_is_nothing_done),
		WITH_FILES(a_label_that_does_not_read_back_is_refused),
		WITH_FILES(the_older_file_is_the_second_choice),
		WITH_FILES(without_the_files_staging_says_so),
		WITH_FILES(labels_of_selinux_are_staged_for_process_and_keys),
		cmocka_unit_test(a_kernel_without_apparmor_refuses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

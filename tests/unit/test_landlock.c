/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "kernel/compat.h"
#include "kernel/landlock.h"
#include "skip.h"

static void versions_know_their_accesses(void **state)
{
	static const struct {
		int abi;
		uint64_t known;
	} cases[] = {
		{ -1, 0 },	{ 0, 0 },	{ 1, 0x1fff },	{ 2, 0x3fff },	{ 3, 0x7fff },
		{ 4, 0x7fff },	{ 5, 0xffff },	{ 6, 0xffff },	{ 99, 0xffff },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_int_equal(landlock_known(cases[i].abi), cases[i].known);
}

static void bits_the_kernel_does_not_know_are_refused(void **state)
{
	struct error err = ERROR_INIT;

	(void)state;
	assert_int_equal(landlock_ruleset(1ULL << 60, &err), -1);
	assert_int_equal(err.kind, ERROR_HOST);
}

static int restricted(void)
{
	const uint64_t handled = LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_READ_FILE |
				 LANDLOCK_ACCESS_FS_READ_DIR;
	struct error err = ERROR_INIT;
	auto_fd ruleset = landlock_ruleset(handled, &err);
	auto_fd device = open("/dev/null", O_PATH | O_CLOEXEC);
	auto_fd etc = open("/etc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	auto_fd probe = -1;

	if (ruleset < 0 || fcntl(ruleset, F_GETFD) != FD_CLOEXEC)
		return 1;
	/* READ_DIR means nothing for a device: dropped, where the kernel would say EINVAL. */
	if (landlock_allow_beneath(ruleset, device, handled, &err) < 0)
		return 2;
	if (landlock_allow_beneath(ruleset, etc, LANDLOCK_ACCESS_FS_READ_FILE, &err) < 0)
		return 3;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    landlock_restrict_self(ruleset, &err) < 0)
		return 4;
	probe = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (probe < 0)
		return 5;
	close_fd(&probe);
	probe = open("/etc/passwd", O_RDONLY | O_CLOEXEC);
	if (probe < 0)
		return 6;
	close_fd(&probe);
	probe = open("/etc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (probe >= 0 || errno != EACCES)
		return 7;
	probe = open("/proc/version", O_RDONLY | O_CLOEXEC);
	return probe >= 0 || errno != EACCES ? 8 : 0;
}

static void what_no_rule_allows_is_denied(void **state)
{
	pid_t child;
	int status;

	(void)state;
	if (landlock_abi() == 0)
		skip_because("needs Landlock in this kernel");
	child = fork();
	if (child == 0)
		_exit(restricted());
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(versions_know_their_accesses),
		cmocka_unit_test(bits_the_kernel_does_not_know_are_refused),
		cmocka_unit_test(what_no_rule_allows_is_denied),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sched.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "kernel/procfs.h"
#include "skip.h"
#include "src/run/host_mounts.h"

#define SKIP 77

static bool is_there(const struct mountinfo *mounts, const char *target)
{
	for (size_t i = 0; i < mounts->count; i++)
		if (strcmp(mounts->entries[i].target, target) == 0)
			return true;
	return false;
}

/* In a mount namespace that goes with the process. Return: 0, or which step was wrong. */
static int look(struct live *live, const char *place)
{
	const struct mountinfo *mounts;
	const struct mountinfo_entry *before;
	struct error err = ERROR_INIT;
	const char *name;

	if (host_mounts_read(live, &mounts, &err) || mounts->count == 0 || is_there(mounts, place))
		return 1;
	before = mounts->entries;
	name = mounts->entries[0].target;
	if (host_mounts_read(live, &mounts, &err) || mounts->entries != before)
		return 2;	/* nothing has changed: not read again */
	if (mount("tmpfs", place, "tmpfs", 0, NULL) ||
	    host_mounts_read(live, &mounts, &err) || !is_there(mounts, place))
		return 3;
	if (name[0] != '/' || before[0].target != name)
		return 4;	/* what was read before is still good */
	if (umount(place) || host_mounts_read(live, &mounts, &err) || is_there(mounts, place))
		return 5;
	host_mounts_close(live);
	host_mounts_close(live);
	return live->mounts ? 6 : 0;
}

static int in_a_namespace(const char *place)
{
	struct live live = { .procfs = -1 };
	struct error err = ERROR_INIT;
	int result;

	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
		return SKIP;
	live.procfs = procfs_open(PROCFS_PIDS, NULL, &err);
	if (live.procfs < 0)
		return 7;
	result = look(&live, place);
	close_fd(&live.procfs);
	return result;
}

static void mounts_are_read_again_when_one_has_come_or_gone(void **state)
{
	char place[] = "/tmp/orlop-mounts-XXXXXX";
	int status;
	pid_t child;

	(void)state;
	assert_non_null(mkdtemp(place));
	child = fork();
	if (child == 0)
		_exit(in_a_namespace(place));
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(rmdir(place), 0);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == SKIP)
		skip_because("a mount namespace of its own");
	assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mounts_are_read_again_when_one_has_come_or_gone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

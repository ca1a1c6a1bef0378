/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/* Signals to all processes of a cgroup, and their end. */
#include "run/cgroup.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "kernel/process.h"

#define AT_ONCE ((size_t)128)	/* descriptors that are open at a time */
#define STEP_MS 100

static int compare_pids(const void *a, const void *b)
{
	pid_t left = *(const pid_t *)a;
	pid_t right = *(const pid_t *)b;

	return (left > right) - (left < right);
}

/*
 * A pid of the list may be another's by the time it is opened. What holds it when the list is
 * read once more, after that, is what was opened, or what was opened has ended.
 */
static int signal_some(int cgroup, const pid_t *pids, size_t count, int signal, struct error *err)
{
	auto_cgroup_pids now = CGROUP_PIDS_INIT;
	int opened[AT_ONCE];
	int result = 0;

	for (size_t i = 0; i < count; i++)
		opened[i] = process_open(pids[i], NULL);
	result = cgroup_list_pids(cgroup, &now, err);
	for (size_t i = 0; i < count; i++) {
		struct error refused = ERROR_INIT;

		if (result == 0 && opened[i] >= 0 && now.count > 0 &&
		    bsearch(&pids[i], now.items, now.count, sizeof(*pids), compare_pids) &&
		    process_signal(opened[i], signal, &refused) && refused.errnum != ESRCH) {
			*err = refused;
			result = -1;
		}
		close_fd(&opened[i]);
	}
	return result;
}

int cgroup_signal(int cgroup, int signal, size_t *count, struct error *err)
{
	auto_cgroup_pids pids = CGROUP_PIDS_INIT;

	if (cgroup_list_pids(cgroup, &pids, err) < 0)
		return -1;
	for (size_t i = 0; i < pids.count; i += AT_ONCE) {
		size_t left = pids.count - i;

		if (signal_some(cgroup, pids.items + i, left < AT_ONCE ? left : AT_ONCE, signal, err) < 0)
			return -1;
	}
	*count = pids.count;
	return 0;
}

static int64_t now_ms(void)
{
	struct timespec now = { 0 };

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/*
 * cgroup.kill signals first threads, and a process whose first thread has ended while others go on
 * does not hear of it (seen with Linux 6.18). A signal to the process reaches the others. Frozen
 * meanwhile, it makes no children that are on no list.
 */
static int end_each(int cgroup, struct error *err)
{
	size_t count;

	if (fd_write_file(cgroup, "cgroup.freeze", "1", err) < 0)
		return -1;
	return cgroup_signal(cgroup, SIGKILL, &count, err);
}

int cgroup_kill(int cgroup, int timeout_ms, struct error *err)
{
	int64_t deadline = now_ms() + timeout_ms;
	bool populated;
	bool each = false;

	if (cgroup_is_populated(cgroup, &populated, err) < 0)
		return -1;
	while (populated) {
		int64_t left = deadline - now_ms();

		if (fd_write_file(cgroup, "cgroup.kill", "1", err) < 0) {
			/* Whoever keeps it, systemd for one, was faster: nothing lives in it. */
			if (!cgroup_is_removed(err))
				return error_prefix(err, "end the processes of the cgroup");
			error_clear(err);
			return 0;
		}
		if (cgroup_wait_empty(cgroup, left < STEP_MS ? (int)left : STEP_MS, err) == 0)
			break;
		if (err->errnum != ETIMEDOUT || left <= STEP_MS || end_each(cgroup, err) < 0)
			return error_prefix(err, "end the processes of the cgroup");
		each = true;
		error_clear(err);
	}
	/* The cgroup may be another's that was there before, and stay. */
	return each ? fd_write_file(cgroup, "cgroup.freeze", "0", err) : 0;
}

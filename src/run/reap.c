/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * A process may fork while the list is read: the list is read again until
 * nobody is on it, a bounded number of times. A pidfd is opened before the owner
 * is looked at, so that the process that is ended is the one that was asked.
 */
#include "reap.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/number.h"
#include "kernel/process.h"
#include "kernel/procfs.h"

#define REAP_ROUNDS 100

/*
 * "Uid:\treal\t...": the real uid of a process. Return: 0, or -1 where it is
 * gone. What is dead and not yet reaped, perhaps by a parent that never will,
 * is gone as well; one whose first thread has ended is dead only with the others.
 */
static int reap_uid(int procfs, int pidfd, pid_t pid, uint32_t *uid)
{
	auto_free char *text = NULL;
	struct error gone;
	const char *line;
	size_t size;

	if (procfs_read_pid(procfs, pid, "status", 65536, &text, &size, &gone))
		return -1;
	line = strstr(text, "\nUid:");
	if (!line || process_wait_gone(pidfd, 0, &gone) == 0)
		return -1;
	*uid = (uint32_t)strtoul(line + 5, NULL, 10);
	return 0;
}

struct reap {
	int procfs;
	uint32_t first;
	uint32_t count;
	int timeout_ms;		/* to end one */
	uint8_t *used;		/* not NULL: end none, and note for each @count ids that one is there */
};

/* 1 when the process was one of them. */
static int reap_one(const struct reap *reap, pid_t pid, struct error *err)
{
	struct error gone;
	auto_fd pidfd = process_open(pid, &gone);
	uint32_t uid;

	if (pidfd < 0 || reap_uid(reap->procfs, pidfd, pid, &uid))
		return 0;
	if (reap->used) {
		reap->used[uid / reap->count] = 1;
		return 0;
	}
	if (uid < reap->first || uid - reap->first >= reap->count)
		return 0;
	if (process_signal(pidfd, SIGKILL, &gone))
		return 0;
	return process_wait_gone(pidfd, reap->timeout_ms, err) ? -1 : 1;
}

/* How many there were, or -1. */
static int reap_round(const struct reap *reap, struct error *err)
{
	int copy = openat(reap->procfs, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *listing = copy < 0 ? NULL : fdopendir(copy);
	struct dirent *entry;
	int found = 0;

	if (!listing) {
		if (copy >= 0)
			(void)close(copy);
		return error_system(err, "list /proc");
	}
	while (found >= 0 && (entry = readdir(listing))) {
		uint64_t pid;
		int one;

		if (number_parse_u64(entry->d_name, INT32_MAX, &pid))
			continue;
		one = reap_one(reap, (pid_t)pid, err);
		found = one < 0 ? -1 : found + one;
	}
	(void)closedir(listing);
	return found;
}

int reap_ids(uint32_t first, uint32_t count, int timeout_ms, struct error *err)
{
	auto_fd procfs = procfs_open(PROCFS_VISIBLE, NULL, err);
	const struct reap reap = { .procfs = procfs, .first = first, .count = count,
				   .timeout_ms = timeout_ms };

	if (procfs < 0)
		return -1;
	for (int round = 0; round < REAP_ROUNDS; round++) {
		int ended = reap_round(&reap, err);

		if (ended <= 0)
			return ended;
	}
	return error_set(err, ERROR_SYSTEM, 0, "processes with host ids %u to %u keep coming back", first,
			 first + count - 1);
}

int reap_survey(uint8_t *used, uint32_t step, struct error *err)
{
	auto_fd procfs = procfs_open(PROCFS_VISIBLE, NULL, err);
	const struct reap reap = { .procfs = procfs, .count = step, .used = used };

	return procfs < 0 || reap_round(&reap, err) < 0 ? -1 : 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * flock(2) has no time limit of its own, and a timer's signal would depend on what the caller made
 * of SIGALRM: the lock is asked for again and again, seldom when it takes long.
 */
#include "kernel/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "kernel/procfs.h"

#define PAUSE_MIN_US 100
#define PAUSE_MAX_US 50000
#define LOCKS_MAX (16u << 20)
#define NAME_MAX_BYTES 64

/*
 * "4: FLOCK  ADVISORY  WRITE 1234 00:2a:55 0 EOF", for each waiter a line with "->" below it. The
 * pid is that of the process that took the lock; one that has ended is not listed.
 */
static pid_t find_holder(const char *locks, const struct stat *file)
{
	for (const char *line = locks; *line != '\0'; line += strcspn(line, "\n"), line += *line == '\n') {
		unsigned int dev_major;
		unsigned int dev_minor;
		uint64_t inode;
		int pid;

		/* The kernel's own text, whose numbers are in range. NOLINTNEXTLINE(cert-err34-c) */
		if (sscanf(line, "%*d: FLOCK %*s %*s %d %x:%x:%" SCNu64, &pid, &dev_major, &dev_minor,
			   &inode) == 4 &&
		    pid > 0 && inode == file->st_ino && makedev(dev_major, dev_minor) == file->st_dev)
			return pid;
	}
	return 0;
}

static pid_t name_holder(int fd, char name[static NAME_MAX_BYTES])
{
	auto_fd procfs = procfs_open(PROCFS_VISIBLE, NULL, NULL);
	auto_free char *locks = NULL;
	auto_free char *comm = NULL;
	struct stat file;
	pid_t pid;

	if (procfs < 0 || fstat(fd, &file) < 0 ||
	    procfs_read_path(procfs, "locks", LOCKS_MAX, &locks, NULL, NULL) < 0)
		return 0;
	pid = find_holder(locks, &file);
	if (pid == 0 || procfs_read_pid(procfs, pid, "comm", NAME_MAX_BYTES - 1, &comm, NULL, NULL) < 0)
		return 0;
	comm[strcspn(comm, "\n")] = '\0';
	(void)snprintf(name, NAME_MAX_BYTES, "%s", comm);
	return pid;
}

static int refuse(int fd, int waited_ms, struct error *err)
{
	char name[NAME_MAX_BYTES];
	pid_t pid = waited_ms > 0 ? name_holder(fd, name) : 0;
	bool seconds = waited_ms % 1000 == 0;
	int time = seconds ? waited_ms / 1000 : waited_ms;

	if (pid > 0)
		(void)error_set(err, ERROR_SYSTEM, 0, "process %d (%s) has held the lock for more than %d %s",
				pid, name, time, seconds ? "s" : "ms");
	else
		(void)error_set(err, ERROR_SYSTEM, 0, "another process has held the lock for more than %d %s",
				time, seconds ? "s" : "ms");
	if (err != NULL)
		err->errnum = EWOULDBLOCK;
	return -1;
}

int lock_take(int fd, int wait_ms, struct error *err)
{
	int64_t left_us = (int64_t)wait_ms * 1000;
	long pause_us = PAUSE_MIN_US;

	for (;;) {
		struct timespec pause = { .tv_nsec = pause_us * 1000 };

		if (flock(fd, LOCK_EX | LOCK_NB) == 0)
			return 0;
		if (errno != EWOULDBLOCK && errno != EINTR)
			return error_system(err, "take the lock");
		if (left_us <= 0)
			return refuse(fd, wait_ms, err);
		(void)nanosleep(&pause, NULL);	/* cut short it only asks sooner */
		left_us -= pause_us;
		pause_us = pause_us * 2 < PAUSE_MAX_US ? pause_us * 2 : PAUSE_MAX_US;
	}
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * setns(2) with a pidfd enters all namespaces at once, or none: there is no moment with the host's
 * files and the container's user, or the other way round, and the kernel finds the order that
 * user namespaces ask for by itself (Linux 5.8).
 *
 * Which namespace one is, is compared by inode before and after: what is entered is what was
 * looked at while init was alive, so its pid cannot have been another's.
 */
#include "exec_join.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "kernel/library.h"
#include "kernel/process.h"
#include "kernel/procfs.h"
#include "tables/namespace_types.h"
#include "userns.h"

static int not_running(struct error *err)
{
	return error_set(err, ERROR_STATE, 0, "container not running");
}

/* A kernel without this type has no such file. */
static int exec_join_look(const struct live *live, pid_t pid, const char *file,
			  struct live_namespace *out, struct error *err)
{
	struct error cause = ERROR_INIT;
	auto_fd fd = -1;
	char link[32];
	struct stat st;

	(void)snprintf(link, sizeof(link), "ns/%s", file);
	fd = procfs_open_link(live->procfs, pid, link, O_PATH, &cause);
	*out = (struct live_namespace){ 0 };
	if (fd < 0 && cause.errnum == ENOENT)
		return 0;
	if (fd < 0) {
		*err = cause;
		return -1;
	}
	if (fstat(fd, &st))
		return error_system(err, "look at %s of process %d", link, (int)pid);
	*out = (struct live_namespace){ .device = st.st_dev, .inode = st.st_ino };
	return 0;
}

static bool exec_join_same(const struct live_namespace *a, const struct live_namespace *b)
{
	return a->device == b->device && a->inode == b->inode;
}

static int exec_join_compare(struct live *live, struct error *err)
{
	pid_t self;

	if (procfs_self(live->procfs, &self, err))
		return -1;
	for (size_t i = 0; i < NAMESPACE_TYPES; i++) {
		const char *file = namespace_types[i].file;
		struct live_namespace own;

		if (exec_join_look(live, live->record->pid, file, &live->entered[i], err) ||
		    exec_join_look(live, self, file, &own, err))
			return -1;
		if (!exec_join_same(&own, &live->entered[i]))
			live->enter |= namespace_types[i].flag;
	}
	return 0;
}

int exec_join_alive(const struct live *live, int timeout_ms, struct error *err)
{
	struct error alive = ERROR_INIT;

	if (process_wait_gone(live->target, timeout_ms, &alive) == 0)
		return not_running(err);
	if (alive.errnum == ETIMEDOUT)
		return 0;
	*err = alive;
	return -1;
}

/* What credentials, ownership and the sealed copy were planned by has to be what is there. */
static int exec_join_check_user(const struct live *live, struct error *err)
{
	bool planned = live->plan->ids.kind != PLAN_USER_HOST;
	bool found = live->enter & CLONE_NEWUSER;

	if (planned == found)
		return 0;
	return error_set(err, ERROR_STATE, 0,
			 found ? "the container has a user namespace, and was made without one"
			       : "the container has the user namespace of orlop, and was made with one of its own");
}

int exec_join_open(struct live *live, struct error *err)
{
	const struct record *record = live->record;

	if (exec_join_compare(live, err) || exec_join_check_user(live, err) ||
	    ((live->enter & CLONE_NEWUSER) && userns_read_of(live, record->pid, err)))
		return err->errnum == ESRCH ? not_running(err) : -1;
	/* Last: it lived while all this was read of its pid. */
	return exec_join_alive(live, 0, err);
}

static int exec_join_verify(const struct live *live, struct error *err)
{
	pid_t self;

	if (procfs_self(live->procfs, &self, err))
		return -1;
	for (size_t i = 0; i < NAMESPACE_TYPES; i++) {
		bool next = namespace_types[i].flag == CLONE_NEWPID;
		struct live_namespace own;

		if (exec_join_look(live, self, next ? "pid_for_children" : namespace_types[i].file, &own, err))
			return -1;
		if (!exec_join_same(&own, &live->entered[i]))
			return error_set(err, ERROR_SYSTEM, 0,
					 "the %s namespace that was entered is not the container's",
					 namespace_types[i].name);
	}
	return 0;
}

int exec_join_enter(struct live *live, struct error *err)
{
	library_end();
	if (live->enter && setns(live->target, live->enter))
		return errno == ESRCH ? not_running(err)
				      : error_system(err, "enter the namespaces of the container");
	/* The new credentials may have opened the process to others of that user namespace. */
	if (process_make_undumpable(err))
		return -1;
	return exec_join_verify(live, err);
}

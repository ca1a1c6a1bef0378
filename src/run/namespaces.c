/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * A path that is joined may be anything: what was opened is asked what it is
 * (nsfs, NS_GET_NSTYPE) and compared with the host's by inode, never by name.
 *
 * A cgroup namespace is the child's: made by clone3 together with CLONE_INTO_CGROUP
 * its root would be our cgroup, and from within one that is joined neither our
 * cgroup nor the new one may be named (cgroup2's nsdelegate). A time namespace is unshared
 * by the supervisor, since clone3 freezes the offsets (time_namespaces(7)).
 */
#include "namespaces.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "audit.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "kernel/library.h"
#include "kernel/netlink.h"
#include "kernel/process.h"
#include "kernel/procfs.h"

#ifndef NSFS_MAGIC
#define NSFS_MAGIC 0x6e736673
#endif

/* What the supervisor enters itself; `self` is where /proc/PID/ns has our own. */
static const struct namespace_row {
	int type;
	const char *self;
	const char *name;
	bool by_supervisor;
} namespace_rows[] = {
	{ CLONE_NEWNET, "ns/net", "network", true },
	{ CLONE_NEWIPC, "ns/ipc", "ipc", true },
	{ CLONE_NEWUTS, "ns/uts", "uts", true },
	{ CLONE_NEWCGROUP, "ns/cgroup", "cgroup", false },
	{ CLONE_NEWPID, "ns/pid", "pid", true },
	{ CLONE_NEWTIME, "ns/time", "time", true },
	{ CLONE_NEWNS, "ns/mnt", "mount", false },
	{ CLONE_NEWUSER, "ns/user", "user", false },
};

static const struct namespace_row *namespace_row(int type)
{
	for (size_t i = 0; i < ARRAY_SIZE(namespace_rows); i++)
		if (namespace_rows[i].type == type)
			return &namespace_rows[i];
	return NULL;
}

/*
 * The namespace of a process. Return: 0, or -1 with errnum EACCES, EPERM or ENOENT
 * where the caller may not know.
 */
static int namespaces_of_process(const struct live *live, pid_t pid, const struct namespace_row *row,
				 struct stat *out, struct error *err)
{
	auto_fd fd = procfs_open_link(live->procfs, pid, row->self, O_PATH, err);

	if (fd < 0)
		return -1;
	return fstat(fd, out) ? error_system(err, "look at %s of process %d", row->self, (int)pid) : 0;
}

static bool namespaces_same(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/*
 * Ours, which a container gets that names none, or that of pid 1: a caller may
 * have left the host's. Where pid 1 may not be looked at (no ptrace access, as
 * for a root that is confined itself) ours is all that is known of the host.
 */
static int namespaces_is_host(const struct live *live, const struct namespace_row *row, int fd,
			      bool *is_host, struct error *err)
{
	struct error hidden = ERROR_INIT;
	struct stat theirs;
	struct stat host;
	pid_t self;

	if (fstat(fd, &theirs))
		return error_system(err, "look at the namespace");
	if (procfs_self(live->procfs, &self, err) ||
	    namespaces_of_process(live, self, row, &host, err))
		return -1;
	*is_host = namespaces_same(&host, &theirs);
	if (*is_host)
		return 0;
	if (namespaces_of_process(live, 1, row, &host, &hidden) == 0) {
		*is_host = namespaces_same(&host, &theirs);
		return 0;
	}
	if (hidden.errnum == EACCES || hidden.errnum == EPERM || hidden.errnum == ENOENT)
		return 0;
	*err = hidden;
	return -1;
}

static int namespaces_check(const struct live *live, const struct plan_join *join, int fd,
			    struct error *err)
{
	const struct namespace_row *row = namespace_row(join->type);
	struct statfs fs;
	bool host = false;
	int type;

	if (!row)
		return error_set(err, ERROR_SPEC, 0, "%s: a namespace of an unknown type", join->path);
	if (fstatfs(fd, &fs))
		return error_system(err, "look at namespace %s", join->path);
	type = fs.f_type == NSFS_MAGIC ? ioctl(fd, NS_GET_NSTYPE) : -1;
	if (type != join->type)
		return error_set(err, ERROR_SPEC, 0, "%s: %s is not a %s namespace", join->why.path,
				 join->path, row->name);
	if (!join->sysctls && !join->cgroups && !join->not_host)
		return 0;
	if (namespaces_is_host(live, row, fd, &host, err))
		return error_prefix(err, "compare namespace %s with the host's", join->path);
	if (!host)
		return 0;
	if (join->sysctls)
		return error_set(err, ERROR_SPEC, 0,
				 "%s: %s is the host's %s namespace: the sysctls of /linux/sysctl would be set "
				 "for the host", join->why.path, join->path, row->name);
	if (join->cgroups)
		return error_set(err, ERROR_SPEC, 0,
				 "%s: %s is the host's %s namespace: the cgroup mount would show the host's "
				 "whole tree: leave the path out", join->why.path, join->path, row->name);
	return audit_judge(error_set(err, ERROR_POLICY, 0,
				     "rule %s of policy %s: %s is the host's %s namespace (%s): give the "
				     "container one of its own", join->not_host, live->plan->policy,
				     join->path, row->name, join->why.path), join->audit, err);
}

int namespaces_open(struct live *live, struct error *err)
{
	if (live->plan->loopback_up && netlink_prepare(err))
		return -1;
	for (size_t i = 0; i < live->plan->join_count; i++) {
		const struct plan_join *join = &live->plan->joins[i];

		live->joins[i] = open(join->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
		if (live->joins[i] < 0)
			return error_system(err, "%s: open namespace %s", join->why.path, join->path);
		live->join_count = i + 1;
		if (namespaces_check(live, join, live->joins[i], err))
			return -1;
		if (join->type != CLONE_NEWUSER)
			continue;
		live->userns = fcntl(live->joins[i], F_DUPFD_CLOEXEC, 3);
		if (live->userns < 0)
			return error_system(err, "%s: keep namespace %s", join->why.path, join->path);
	}
	return 0;
}

/* Namespaces of a pod that say more than a user namespace alone. */
int namespaces_share_owner(const struct live *live, bool *shared, struct error *err)
{
	struct stat joined;

	*shared = false;
	if (fstat(live->userns, &joined))
		return error_system(err, "look at the user namespace that is joined");
	for (size_t i = 0; i < live->join_count && !*shared; i++) {
		int type = live->plan->joins[i].type;
		auto_fd owner = -1;
		struct stat st;

		if (type != CLONE_NEWNET && type != CLONE_NEWIPC && type != CLONE_NEWPID)
			continue;
		owner = ioctl(live->joins[i], NS_GET_USERNS);
		/* EPERM: an owner outside our own user namespace, and so another. */
		if (owner < 0 && errno == EPERM)
			continue;
		if (owner < 0 || fstat(owner, &st))
			return error_system(err, "ask who owns namespace %s", live->plan->joins[i].path);
		*shared = st.st_dev == joined.st_dev && st.st_ino == joined.st_ino;
	}
	return 0;
}

/* proc's rule: "clock secs nanosecs", before a process is in the namespace. */
static int namespaces_time(const struct live *live, struct error *err)
{
	const struct plan *plan = live->plan;
	auto_text text = TEXT_INIT(256);
	pid_t self;

	if (unshare(CLONE_NEWTIME))
		return error_system(err, "make a time namespace (/linux/namespaces)");
	if (plan->monotonic.set)
		text_appendf(&text, "monotonic %lld %u\n", (long long)plan->monotonic.secs,
			     plan->monotonic.nanosecs);
	if (plan->boottime.set)
		text_appendf(&text, "boottime %lld %u\n", (long long)plan->boottime.secs,
			     plan->boottime.nanosecs);
	if (text.size == 0)
		return 0;
	if (procfs_self(live->procfs, &self, err))
		return -1;
	if (procfs_write_pid(live->procfs, self, "timens_offsets", text_string(&text), err))
		return error_prefix(err, "/linux/timeOffsets");
	return 0;
}

static int namespaces_keep_home(struct live *live, size_t i, const struct namespace_row *row,
				struct error *err)
{
	pid_t self;

	if (procfs_self(live->procfs, &self, err))
		return -1;
	live->home[i] = procfs_open_link(live->procfs, self, row->self, O_RDONLY, err);
	return live->home[i] < 0 ? -1 : 0;
}

int namespaces_enter(struct live *live, struct error *err)
{
	library_end();
	for (size_t i = 0; i < live->join_count; i++) {
		const struct plan_join *join = &live->plan->joins[i];
		const struct namespace_row *row = namespace_row(join->type);

		if (!row || !row->by_supervisor || live->plan->child_joins)
			continue;
		if (namespaces_keep_home(live, i, row, err))
			return -1;
		if (setns(live->joins[i], join->type))
			return error_system(err, "%s: join namespace %s", join->why.path, join->path);
	}
	if (live->plan->new_namespaces & CLONE_NEWTIME)
		return namespaces_time(live, err);
	return 0;
}

/* Only children are in a time namespace that was unshared: those that come later are not to be. */
static int namespaces_leave_time(const struct live *live, struct error *err)
{
	auto_fd home = -1;
	pid_t self;

	if (procfs_self(live->procfs, &self, err))
		return -1;
	home = procfs_open_link(live->procfs, self, "ns/time", O_RDONLY, err);
	if (home < 0)
		return -1;
	return setns(home, CLONE_NEWTIME) ? error_system(err, "come back from the time namespace") : 0;
}

int namespaces_leave(struct live *live, struct error *err)
{
	int result = 0;

	if ((live->plan->new_namespaces & CLONE_NEWTIME) && live->plan->has_hooks)
		result = namespaces_leave_time(live, err);

	for (size_t i = live->join_count; i-- > 0;) {
		if (live->home[i] < 0)
			continue;
		if (setns(live->home[i], live->plan->joins[i].type))
			result = error_system(err, "come back from namespace %s",
					      live->plan->joins[i].path);
		close_fd(&live->home[i]);
	}
	return result;
}

bool namespaces_is_joined(const struct plan *plan, int type)
{
	for (size_t i = 0; i < plan->join_count; i++)
		if (plan->joins[i].type == type)
			return true;
	return false;
}

/* What clone3 can make. */
static uint64_t namespaces_new(const struct plan *plan)
{
	return plan->new_namespaces & ~(uint64_t)(CLONE_NEWCGROUP | CLONE_NEWTIME);
}

/* A cgroup namespace of the host is out of reach from a user namespace that is new. */
static bool namespaces_cgroup_before_user(const struct plan *plan)
{
	return (plan->new_namespaces & CLONE_NEWUSER) && namespaces_is_joined(plan, CLONE_NEWCGROUP);
}

uint64_t namespaces_clone_flags(const struct plan *plan)
{
	/*
	 * With a user namespace by path the child goes there first and makes the
	 * others in it: made here, they would belong to the host's.
	 */
	if (plan->ids.kind == PLAN_USER_JOIN || namespaces_cgroup_before_user(plan))
		return 0;
	return namespaces_new(plan);
}

bool namespaces_clone_again(const struct plan *plan, uint64_t *flags)
{
	if (namespaces_cgroup_before_user(plan)) {
		*flags = namespaces_new(plan);
		return true;
	}
	*flags = 0;
	/* A pid namespace that is entered is that of children. */
	if (plan->child_joins && namespaces_is_joined(plan, CLONE_NEWPID))
		return true;
	return plan->ids.kind == PLAN_USER_JOIN && (plan->new_namespaces & CLONE_NEWPID);
}

static int namespaces_set(const struct live *live, int type, struct error *err)
{
	const struct plan *plan = live->plan;

	for (size_t i = 0; i < live->join_count; i++)
		if (plan->joins[i].type == type && setns(live->joins[i], type))
			return error_system(err, "%s: join namespace %s", plan->joins[i].why.path,
					    plan->joins[i].path);
	return 0;
}

/* In the place of the supervisor. */
static int namespaces_join_rest(const struct live *live, struct error *err)
{
	if (!live->plan->child_joins)
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(namespace_rows); i++)
		if (namespace_rows[i].by_supervisor && namespaces_set(live, namespace_rows[i].type, err))
			return -1;
	return 0;
}

int namespaces_join(const struct live *live, struct error *err)
{
	const struct plan *plan = live->plan;

	if (namespaces_set(live, CLONE_NEWCGROUP, err) || namespaces_set(live, CLONE_NEWUSER, err) ||
	    namespaces_join_rest(live, err))
		return -1;
	if (plan->ids.kind == PLAN_USER_JOIN) {
		int flags = (int)namespaces_new(plan);

		/* Now: the new credentials may have opened the process to others of that namespace. */
		if (process_make_undumpable(err))
			return -1;
		if (flags && unshare(flags))
			return error_system(err, "make the container's namespaces (/linux/namespaces)");
	}
	return 0;
}

int namespaces_join_mounts(const struct live *live, struct error *err)
{
	return namespaces_set(live, CLONE_NEWNS, err);
}

int namespaces_finish(const struct live *live, struct error *err)
{
	const struct plan *plan = live->plan;

	if ((plan->new_namespaces & CLONE_NEWCGROUP) && unshare(CLONE_NEWCGROUP))
		return error_system(err, "make a cgroup namespace (/linux/namespaces)");
	if (plan->loopback_up && netlink_loopback_up(err))
		return error_prefix(err, "bring the loopback device up");
	if (plan->hostname && sethostname(plan->hostname, strlen(plan->hostname)))
		return error_system(err, "/hostname: set the host name to '%s'", plan->hostname);
	if (plan->domainname && setdomainname(plan->domainname, strlen(plan->domainname)))
		return error_system(err, "/domainname: set the domain name to '%s'",
				    plan->domainname);
	return 0;
}

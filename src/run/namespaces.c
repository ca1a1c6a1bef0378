/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * A path that is joined may be anything: what was opened is asked what it is
 * (nsfs, NS_GET_NSTYPE) and compared with our own by inode, never by name.
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

static int namespaces_check(const struct live *live, const struct plan_join *join, int fd,
			    struct error *err)
{
	const struct namespace_row *row = namespace_row(join->type);
	struct statfs fs;
	struct stat theirs;
	struct stat ours;
	auto_fd own = -1;
	pid_t self;
	int type;

	if (!row)
		return error_set(err, ERROR_SPEC, 0, "%s: a namespace of an unknown type", join->path);
	if (fstatfs(fd, &fs))
		return error_system(err, "look at namespace %s", join->path);
	type = fs.f_type == NSFS_MAGIC ? ioctl(fd, NS_GET_NSTYPE) : -1;
	if (type != join->type)
		return error_set(err, ERROR_SPEC, 0, "%s: %s is not a %s namespace", join->why.path,
				 join->path, row->name);
	if (procfs_self(live->procfs, &self, err))
		return -1;
	own = procfs_open_link(live->procfs, self, row->self, O_RDONLY, err);
	if (own < 0 || fstat(own, &ours) || fstat(fd, &theirs))
		return error_system(err, "compare namespace %s with our own", join->path);
	if (join->sysctls && ours.st_dev == theirs.st_dev && ours.st_ino == theirs.st_ino)
		return error_set(err, ERROR_SPEC, 0,
				 "%s: %s is the host's %s namespace: the sysctls of /linux/sysctl would be set "
				 "for the host", join->why.path, join->path, row->name);
	if (!join->not_host || ours.st_dev != theirs.st_dev || ours.st_ino != theirs.st_ino)
		return 0;
	return audit_judge(error_set(err, ERROR_POLICY, 0,
				     "rule %s of policy %s: %s is the host's %s namespace (%s): give the "
				     "container one of its own", join->not_host, live->plan->policy,
				     join->path, row->name, join->why.path), join->audit, err);
}

int namespaces_open(struct live *live, struct error *err)
{
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
	for (size_t i = 0; i < live->join_count; i++) {
		const struct plan_join *join = &live->plan->joins[i];
		const struct namespace_row *row = namespace_row(join->type);

		if (!row || !row->by_supervisor)
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

int namespaces_leave(struct live *live, struct error *err)
{
	int result = 0;

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
	return plan->ids.kind == PLAN_USER_JOIN && (plan->new_namespaces & CLONE_NEWPID);
}

static int namespaces_set(const struct live *live, int type, struct error *err)
{
	const struct plan *plan = live->plan;

	for (size_t i = 0; i < live->join_count; i++)
		if (plan->joins[i].type == type && setns(live->joins[i], type))
			return error_system(err, "%s: join %s namespace %s", plan->joins[i].why.path,
					    namespace_row(type)->name, plan->joins[i].path);
	return 0;
}

int namespaces_join(const struct live *live, struct error *err)
{
	const struct plan *plan = live->plan;

	if (namespaces_set(live, CLONE_NEWCGROUP, err) || namespaces_set(live, CLONE_NEWUSER, err))
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

/* The kernel puts tabs between numbers and a newline at the end. */
static bool namespaces_same_words(const char *a, const char *b)
{
	for (;;) {
		size_t length;

		a += strspn(a, " \t\n");
		b += strspn(b, " \t\n");
		length = strcspn(a, " \t\n");
		if (length != strcspn(b, " \t\n") || memcmp(a, b, length) != 0)
			return false;
		if (length == 0)
			return true;
		a += length;
		b += length;
	}
}

/*
 * What policy imposes is read back. What config.json asks for need not come back
 * as it was written, and some files cannot be read.
 */
static int namespaces_verify_sysctl(const struct live *live, const struct plan_sysctl *sysctl,
				    const char *path, struct error *err)
{
	auto_free char *now = NULL;

	if (sysctl->why.origin != PLAN_FLOOR)
		return 0;
	if (procfs_read_path(live->sysctls, path, 4096, &now, NULL, err))
		return -1;
	if (!namespaces_same_words(sysctl->value, now))
		return error_set(err, ERROR_SYSTEM, 0, "it was written, and %.*s reads back",
				 (int)strcspn(now, "\n"), now);
	return 0;
}

static int namespaces_sysctl(const struct live *live, const struct plan_sysctl *sysctl,
			     struct error *err)
{
	auto_text path = TEXT_INIT(1024);

	text_appendf(&path, "sys/%s", sysctl->name);
	if (procfs_write_path(live->sysctls, text_string(&path), sysctl->value, err))
		return -1;
	return namespaces_verify_sysctl(live, sysctl, text_string(&path), err);
}

static int namespaces_refuse_sysctl(const struct plan_sysctl *sysctl, struct error *err)
{
	return error_prefix(err, "%s: sysctl %s = '%s'",
			    sysctl->why.path ? sysctl->why.path : sysctl->why.item, sysctl->name,
			    sysctl->value);
}

/*
 * Which namespace a sysctl belongs to. The range of groups is none of them: its
 * numbers are read in the writer's user namespace, so the child writes it.
 */
static int namespaces_of_sysctl(const char *name)
{
	if (strcmp(name, "net/ipv4/ping_group_range") == 0)
		return 0;
	if (strncmp(name, "net/", 4) == 0)
		return CLONE_NEWNET;
	return strncmp(name, "kernel/", 7) == 0 || strncmp(name, "fs/mqueue/", 10) == 0 ? CLONE_NEWIPC : 0;
}

int namespaces_sysctls_foreign(struct live *live, struct error *err)
{
	const struct plan *plan = live->plan;

	live->sysctl_done = calloc(plan->sysctl_count + 1, sizeof(*live->sysctl_done));
	if (!live->sysctl_done)
		return error_system(err, "make room for the sysctls");
	for (size_t i = 0; i < plan->sysctl_count && plan->ids.kind != PLAN_USER_HOST; i++) {
		int type = namespaces_of_sysctl(plan->sysctls[i].name);

		if (!type || !namespaces_is_joined(plan, type))
			continue;
		if (namespaces_sysctl(live, &plan->sysctls[i], err))
			return namespaces_refuse_sysctl(&plan->sysctls[i], err);
		live->sysctl_done[i] = true;
	}
	return 0;
}

int namespaces_sysctls_early(struct live *live, struct error *err)
{
	for (size_t i = 0; i < live->plan->sysctl_count; i++) {
		const struct plan_sysctl *sysctl = &live->plan->sysctls[i];

		if (live->sysctl_done[i])
			continue;
		live->sysctl_done[i] = namespaces_sysctl(live, sysctl, err) == 0;
		if (live->sysctl_done[i])
			continue;
		/* Not the host's root's: the root of the user namespace has its turn later. */
		if (live->plan->ids.kind == PLAN_USER_HOST || (err->errnum != EACCES && err->errnum != EPERM))
			return namespaces_refuse_sysctl(sysctl, err);
		error_clear(err);
	}
	return 0;
}

int namespaces_sysctls_late(struct live *live, struct error *err)
{
	for (size_t i = 0; i < live->plan->sysctl_count; i++)
		if (!live->sysctl_done[i] && namespaces_sysctl(live, &live->plan->sysctls[i], err))
			return namespaces_refuse_sysctl(&live->plan->sysctls[i], err);
	close_fd(&live->sysctls);
	return 0;
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

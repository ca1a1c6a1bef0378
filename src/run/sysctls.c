/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * Which root may write a parameter, the host's or that of the user namespace,
 * differs between files and kernels: both are tried, in that order. Those of a
 * namespace that is joined belong to neither of the container's.
 */
#include "sysctls.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "kernel/procfs.h"
#include "namespaces.h"

/* The kernel puts tabs between numbers and a newline at the end. */
static bool sysctls_same_words(const char *a, const char *b)
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
static int sysctls_verify(const struct live *live, const struct plan_sysctl *sysctl,
				    const char *path, struct error *err)
{
	auto_free char *now = NULL;

	if (sysctl->why.origin != PLAN_FLOOR)
		return 0;
	if (procfs_read_path(live->sysctls, path, 4096, &now, NULL, err))
		return -1;
	if (!sysctls_same_words(sysctl->value, now))
		return error_set(err, ERROR_SYSTEM, 0, "it was written, and %.*s reads back",
				 (int)strcspn(now, "\n"), now);
	return 0;
}

static int sysctls_write(const struct live *live, const struct plan_sysctl *sysctl,
			     struct error *err)
{
	auto_text path = TEXT_INIT(1024);

	text_appendf(&path, "sys/%s", sysctl->name);
	if (procfs_write_path(live->sysctls, text_string(&path), sysctl->value, err))
		return -1;
	return sysctls_verify(live, sysctl, text_string(&path), err);
}

static int sysctls_refuse(const struct plan_sysctl *sysctl, struct error *err)
{
	return error_prefix(err, "%s: sysctl %s = '%s'",
			    sysctl->why.path ? sysctl->why.path : sysctl->why.item, sysctl->name,
			    sysctl->value);
}

/*
 * Which namespace a sysctl belongs to. The range of groups is none of them: its
 * numbers are read in the writer's user namespace, so the child writes it.
 */
static int sysctls_namespace(const char *name)
{
	if (strcmp(name, "net/ipv4/ping_group_range") == 0)
		return 0;
	if (strncmp(name, "net/", 4) == 0)
		return CLONE_NEWNET;
	return strncmp(name, "kernel/", 7) == 0 || strncmp(name, "fs/mqueue/", 10) == 0 ? CLONE_NEWIPC : 0;
}

int sysctls_write_foreign(struct live *live, struct error *err)
{
	const struct plan *plan = live->plan;

	live->sysctl_done = calloc(plan->sysctl_count + 1, sizeof(*live->sysctl_done));
	if (!live->sysctl_done)
		return error_system(err, "make room for the sysctls");
	if (plan->ids.kind == PLAN_USER_HOST || plan->child_joins)
		return 0;
	for (size_t i = 0; i < plan->sysctl_count; i++) {
		int type = sysctls_namespace(plan->sysctls[i].name);

		if (!type || !namespaces_is_joined(plan, type))
			continue;
		if (sysctls_write(live, &plan->sysctls[i], err))
			return sysctls_refuse(&plan->sysctls[i], err);
		live->sysctl_done[i] = true;
	}
	return 0;
}

int sysctls_write_early(struct live *live, struct error *err)
{
	for (size_t i = 0; i < live->plan->sysctl_count; i++) {
		const struct plan_sysctl *sysctl = &live->plan->sysctls[i];

		if (live->sysctl_done[i])
			continue;
		live->sysctl_done[i] = sysctls_write(live, sysctl, err) == 0;
		if (live->sysctl_done[i])
			continue;
		/* Not the host's root's: the root of the user namespace has its turn later. */
		if (live->plan->ids.kind == PLAN_USER_HOST || (err->errnum != EACCES && err->errnum != EPERM))
			return sysctls_refuse(sysctl, err);
		error_clear(err);
	}
	return 0;
}

int sysctls_write_late(struct live *live, struct error *err)
{
	for (size_t i = 0; i < live->plan->sysctl_count; i++)
		if (!live->sysctl_done[i] && sysctls_write(live, &live->plan->sysctls[i], err))
			return sysctls_refuse(&live->plan->sysctls[i], err);
	close_fd(&live->sysctls);
	return 0;
}

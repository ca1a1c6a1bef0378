/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * Changes of ids and groups, each read back: a process that kept one by mistake
 * would keep it for good.
 */
#include "credentials.h"

#include <errno.h>
#include <grp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fsuid.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "kernel/process.h"

/* setuid's success does not mean that the ids are gone: look. */
static int credentials_verify(uid_t uid, gid_t gid, struct error *err)
{
	uid_t ruid, euid, suid;
	gid_t rgid, egid, sgid;

	if (getresuid(&ruid, &euid, &suid) || getresgid(&rgid, &egid, &sgid))
		return error_system(err, "read the ids back");
	if (ruid != uid || euid != uid || suid != uid)
		return error_set(err, ERROR_SYSTEM, 0, "the uid is %u, not %u", euid, uid);
	if (rgid != gid || egid != gid || sgid != gid)
		return error_set(err, ERROR_SYSTEM, 0, "the gid is %u, not %u", egid, gid);
	if ((uid_t)setfsuid((uid_t)-1) != uid || (gid_t)setfsgid((gid_t)-1) != gid)
		return error_set(err, ERROR_SYSTEM, 0, "the file system ids did not follow");
	/* With fs.suid_dumpable 1 a change of ids opens the process to others with these ids. */
	return process_make_undumpable(err);
}

static int credentials_compare(const void *a, const void *b)
{
	gid_t left = *(const gid_t *)a;
	gid_t right = *(const gid_t *)b;

	return (left > right) - (left < right);
}

static bool credentials_same_groups(size_t count, const gid_t *groups, gid_t *want, gid_t *got)
{
	if (getgroups((int)count, got) != (int)count)
		return false;
	memcpy(want, groups, count * sizeof(*want));
	qsort(want, count, sizeof(*want), credentials_compare);
	qsort(got, count, sizeof(*got), credentials_compare);
	return memcmp(want, got, count * sizeof(*want)) == 0;
}

/* The kernel keeps every group it was given, in ascending order. */
static int credentials_verify_groups(size_t count, const gid_t *groups, struct error *err)
{
	int found = getgroups(0, NULL);
	bool same;
	gid_t *want;

	if (found < 0 || (size_t)found != count)
		return error_set(err, ERROR_SYSTEM, 0, "there are %d supplementary groups, not %zu", found,
				 count);
	if (count == 0)
		return 0;
	want = calloc(2 * count, sizeof(*want));
	if (!want)
		return error_system(err, "make room for the supplementary groups");
	same = credentials_same_groups(count, groups, want, want + count);
	free(want);
	return same ? 0 : error_set(err, ERROR_SYSTEM, 0, "the supplementary groups are other ones");
}

int credentials_become_root(const struct plan *plan, struct error *err)
{
	if (plan->ids.kind == PLAN_USER_HOST)
		return 0;
	/* Where the mapping forbids it, credentials_switch() refuses or, with groups_stay, keeps them. */
	if (setgroups(0, NULL) == 0) {
		if (credentials_verify_groups(0, NULL, err))
			return error_prefix(err, "drop the supplementary groups");
	} else if (errno != EPERM) {
		return error_system(err, "drop the supplementary groups");
	}
	if (setresgid(0, 0, 0))
		return error_system(err, "become group 0 of the user namespace");
	if (setresuid(0, 0, 0))
		return error_system(err, "become user 0 of the user namespace");
	if (credentials_verify(0, 0, err))
		return error_prefix(err, "become root of the user namespace");
	return 0;
}

int credentials_switch(const struct plan_process *process, struct error *err)
{
	if (!process->groups_stay && setgroups(process->group_count, process->groups))
		return error_system(err, "set %zu supplementary groups (/process/user/additionalGids)",
				    process->group_count);
	if (setresgid(process->gid, process->gid, process->gid))
		return error_system(err, "become group %u (/process/user/gid)", process->gid);
	if (setresuid(process->uid, process->uid, process->uid))
		return error_system(err, "become user %u (/process/user/uid)", process->uid);
	if (!process->groups_stay &&
	    credentials_verify_groups(process->group_count, process->groups, err))
		return -1;
	return credentials_verify(process->uid, process->gid, err);
}

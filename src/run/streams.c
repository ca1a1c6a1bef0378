/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
#include "streams.h"

#include <errno.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "ids.h"
#include "kernel/compat.h"
#include "run/supervise.h"

/* The container's side of a pty: major numbers of include/uapi/linux/major.h. */
#define PTY_MAJOR_FIRST 136u
#define PTY_MAJOR_LAST 143u

static const char *const stream_names[] = { "standard input", "standard output", "standard error" };

/* What must not be handed over, or NULL. */
static const char *stream_danger(const struct stat *st, const struct statfs *fs)
{
	if (S_ISDIR(st->st_mode))
		return "a directory";
	if (S_ISBLK(st->st_mode))
		return "a block device";
	if ((unsigned long)fs->f_type == NSFS_MAGIC)
		return "a namespace";
	return NULL;
}

int streams_check(struct error *err)
{
	for (int fd = 0; fd < (int)ARRAY_SIZE(stream_names); fd++) {
		const char *danger;
		struct statfs fs;
		struct stat st;

		if (fstat(fd, &st) || fstatfs(fd, &fs))
			return error_system(err, "look at %s", stream_names[fd]);
		danger = stream_danger(&st, &fs);
		if (danger)
			return error_set(err, ERROR_USAGE, 0, "%s is %s of the host, which the container "
					 "would have a way out by: give it a file, a pipe or a terminal",
					 stream_names[fd], danger);
	}
	return 0;
}

/* Never a device node but a pty's, never a file: those have owners of their own. */
static bool stream_is_given(const struct stat *st)
{
	return S_ISFIFO(st->st_mode) ||
	       (S_ISCHR(st->st_mode) && major(st->st_rdev) >= PTY_MAJOR_FIRST &&
		major(st->st_rdev) <= PTY_MAJOR_LAST);
}

int streams_give(const struct live *live, struct error *err)
{
	int64_t uid = ids_host_uid(live, live->plan->process.uid);

	if (live->plan->ids.kind == PLAN_USER_HOST || uid < 0)
		return 0;
	for (int fd = 0; fd < (int)ARRAY_SIZE(stream_names); fd++) {
		struct stat st;

		if (fstat(fd, &st))
			return error_system(err, "look at %s", stream_names[fd]);
		if (!stream_is_given(&st))
			continue;
		if (fchown(fd, (uid_t)uid, (gid_t)-1) && errno != EROFS && errno != EPERM)
			return error_system(err, "give %s to the container's user", stream_names[fd]);
	}
	return 0;
}

void supervise_owners_read(struct supervise_owners *out)
{
	*out = (struct supervise_owners){ 0 };
	for (int fd = 0; fd < (int)ARRAY_SIZE(out->streams); fd++) {
		struct stat st;

		out->streams[fd].given = fstat(fd, &st) == 0 && stream_is_given(&st);
		if (out->streams[fd].given)
			out->streams[fd].uid = st.st_uid;
	}
}

void supervise_owners_restore(const struct supervise_owners *owners)
{
	for (int fd = 0; fd < (int)ARRAY_SIZE(owners->streams); fd++) {
		struct stat st;

		if (owners->streams[fd].given && fstat(fd, &st) == 0 && stream_is_given(&st) &&
		    st.st_uid != owners->streams[fd].uid)
			(void)!fchown(fd, owners->streams[fd].uid, (gid_t)-1);
	}
}

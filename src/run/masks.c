/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * The source of a mask never comes from the container (CVE-2025-31133): files
 * are covered by the host's null device, checked to be it, directories by one
 * read-only tmpfs that all of them share.
 *
 * The null device comes from the supervisor, as a detached mount: the root of a
 * user namespace may not be allowed to search the host's directories. The first
 * mask is that mount itself and the others are clones of it, since kernels
 * before 6.15 clone attached mounts only.
 */
#include "masks.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "kernel/call.h"
#include "kernel/path.h"
#include "mounts.h"

struct masks {
	int root;
	struct mounts_kernel *kernel;
	int null;	/* the host's null device, lent */
	int empty;	/* the shared tmpfs; -1 until the first directory */
	bool null_attached;
};

/* The target; -1 with errnum ENOENT where there is none. */
static int masks_open(const struct masks *masks, const char *path, struct error *err)
{
	int from = masks->root;
	const char *rest = path;
	int fd;

	if (masks->kernel->proc >= 0 && strncmp(path, "/proc/", 6) == 0) {
		from = masks->kernel->proc;
		rest = path + 5;
	} else if (masks->kernel->sys >= 0 && strncmp(path, "/sys/", 5) == 0) {
		from = masks->kernel->sys;
		rest = path + 4;
	}
	fd = path_open_in_root(from, rest, O_PATH, err);
	if (fd < 0 && err->errnum == ENOTDIR)
		err->errnum = ENOENT;
	return fd;
}

/*
 * What now covers /proc, /sys or /dev itself is what belongs there, and what the paths below it are
 * looked up in.
 */
static int masks_replace(const struct masks *masks, const char *path, int mount, struct error *err)
{
	const struct {
		const char *path;
		int *kept;
	} rows[] = {
		{ "/proc", &masks->kernel->proc },
		{ "/sys", &masks->kernel->sys },
		{ "/dev", &masks->kernel->dev },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		int copy;

		if (strcmp(rows[i].path, path) != 0 || *rows[i].kept < 0)
			continue;
		copy = fcntl(mount, F_DUPFD_CLOEXEC, 3);
		if (copy < 0)
			return error_system(err, "keep what covers it");
		close_fd(rows[i].kept);
		*rows[i].kept = copy;
	}
	return 0;
}

static int masks_move(const struct masks *masks, int mount, int target, const char *path,
		      struct error *err)
{
	return mounts_move(mount, target, path, err) ? -1 : masks_replace(masks, path, mount, err);
}

static int masks_readonly(const struct masks *masks, const char *path, struct error *err)
{
	struct mount_attr attr = { .attr_set = MOUNT_ATTR_RDONLY };
	auto_fd target = masks_open(masks, path, err);
	auto_fd clone = -1;
	auto_fd again = -1;
	struct statvfs fs;

	if (target < 0)
		return err->errnum == ENOENT ? 0 : -1;
	clone = call_open_tree(target, "", AT_EMPTY_PATH | OPEN_TREE_CLONE | AT_RECURSIVE);
	if (clone < 0)
		return error_system(err, "clone its mount");
	if (call_mount_setattr(clone, "", AT_EMPTY_PATH | AT_RECURSIVE, &attr))
		return error_system(err, "set read-only");
	if (masks_move(masks, clone, target, path, err))
		return -1;
	again = masks_open(masks, path, err);
	if (again < 0)
		return -1;
	if (fstatvfs(again, &fs) || !(fs.f_flag & ST_RDONLY))
		return error_set(err, ERROR_SYSTEM, 0, "it is still writable");
	return 0;
}

int masks_open_null(struct live *live, struct error *err)
{
	struct mount_attr attr = { .attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID |
				   MOUNT_ATTR_NOEXEC, .propagation = MS_PRIVATE };
	struct stat st;

	if (live->plan->masked_count == 0)
		return 0;
	live->null_tree = call_open_tree(AT_FDCWD, "/dev/null", OPEN_TREE_CLONE | AT_SYMLINK_NOFOLLOW);
	if (live->null_tree < 0 || fstat(live->null_tree, &st))
		return error_system(err, "open the host's /dev/null, which masks files");
	if (!S_ISCHR(st.st_mode) || st.st_rdev != makedev(1, 3))
		return error_set(err, ERROR_HOST, 0, "the host's /dev/null is not the null device");
	if (call_mount_setattr(live->null_tree, "", AT_EMPTY_PATH, &attr))
		return error_system(err, "make the mask read-only");
	return 0;
}

/* Read-only, without room for anything. */
static int masks_new_empty(struct error *err)
{
	static const struct plan_option options[] = { { "size", "4k" }, { "nr_inodes", "2" } };
	const struct plan_mount mount = {
		.kind = PLAN_MOUNT_NEW, .fs_type = "tmpfs", .source = "tmpfs",
		.option_count = ARRAY_SIZE(options), .options = options,
		.self.set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC,
	};
	static const struct plan no_label;

	return mounts_make(&no_label, &mount, 0555, err);
}

/* The mount that is given away is kept as the source of the next. */
static int masks_cover(struct masks *masks, bool directory, int target, const char *path,
		       struct error *err)
{
	auto_fd clone = -1;

	if (directory && masks->empty < 0) {
		masks->empty = masks_new_empty(err);
		return masks->empty < 0 ? -1 : masks_move(masks, masks->empty, target, path, err);
	}
	if (!directory && !masks->null_attached) {
		masks->null_attached = true;
		return masks_move(masks, masks->null, target, path, err);
	}
	clone = call_open_tree(directory ? masks->empty : masks->null, "",
			       AT_EMPTY_PATH | OPEN_TREE_CLONE);
	if (clone < 0)
		return error_system(err, "clone the mask");
	return masks_move(masks, clone, target, path, err);
}

static int masks_hide(struct masks *masks, const char *path, struct error *err)
{
	auto_fd target = masks_open(masks, path, err);
	struct stat st;

	if (target < 0)
		return err->errnum == ENOENT ? 0 : -1;
	if (fstat(target, &st))
		return error_system(err, "look at it");
	return masks_cover(masks, S_ISDIR(st.st_mode), target, path, err);
}

/* What the path leads to now must be the mask, and read-only. */
static int masks_verify(const struct masks *masks, const char *path, struct error *err)
{
	auto_fd fd = masks_open(masks, path, err);
	struct statvfs vfs;
	struct statfs fs;
	struct stat st;

	if (fd < 0)
		return err->errnum == ENOENT ? 0 : -1;
	if (fstat(fd, &st) || fstatvfs(fd, &vfs) || fstatfs(fd, &fs))
		return error_system(err, "look at it again");
	if (!(vfs.f_flag & ST_RDONLY))
		return error_set(err, ERROR_SYSTEM, 0, "the mask is writable");
	if (S_ISDIR(st.st_mode) ? fs.f_type != TMPFS_MAGIC
				: !S_ISCHR(st.st_mode) || st.st_rdev != makedev(1, 3))
		return error_set(err, ERROR_SYSTEM, 0, "something else than the mask is there");
	return 0;
}

static int masks_hide_all(struct masks *masks, const struct plan *plan, struct error *err)
{
	for (size_t i = 0; i < plan->masked_count; i++)
		if (masks_hide(masks, plan->masked[i].path, err))
			return error_prefix(err, "masked path %s", plan->masked[i].path);
	for (size_t i = 0; i < plan->masked_count; i++)
		if (masks_verify(masks, plan->masked[i].path, err))
			return error_prefix(err, "masked path %s", plan->masked[i].path);
	return 0;
}

int masks_apply(const struct live *live, int root, struct mounts_kernel *kernel,
		struct error *err)
{
	const struct plan *plan = live->plan;
	struct masks masks = { .root = root, .kernel = kernel, .null = live->null_tree, .empty = -1 };
	int result;

	for (size_t i = 0; i < plan->readonly_count; i++)
		if (masks_readonly(&masks, plan->readonly[i].path, err))
			return error_prefix(err, "read-only path %s", plan->readonly[i].path);
	result = masks_hide_all(&masks, plan, err);
	close_fd(&masks.empty);
	return result;
}

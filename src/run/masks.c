/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * The source of a mask never comes from the container (CVE-2025-31133): files
 * are covered by the host's null device, checked to be it, directories by one
 * read-only tmpfs that all of them share. The host's /dev is still in reach,
 * since this runs before pivot_root.
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
	const struct mounts_kernel *kernel;
	int null;	/* the host's null device */
	int empty;	/* the shared tmpfs, attached at the first directory; -1 until then */
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
	if (mounts_move(clone, target, path, err))
		return -1;
	again = masks_open(masks, path, err);
	if (again < 0)
		return -1;
	if (fstatvfs(again, &fs) || !(fs.f_flag & ST_RDONLY))
		return error_set(err, ERROR_SYSTEM, 0, "it is still writable");
	return 0;
}

static int masks_open_null(struct error *err)
{
	auto_fd fd = open("/dev/null", O_PATH | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st))
		return error_system(err, "open the host's /dev/null");
	if (!S_ISCHR(st.st_mode) || st.st_rdev != makedev(1, 3))
		return error_set(err, ERROR_HOST, 0, "the host's /dev/null is not the null device");
	return take_fd(&fd);
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

static int masks_source(struct masks *masks, bool directory, struct error *err)
{
	struct mount_attr attr = { .attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID |
				   MOUNT_ATTR_NOEXEC };
	auto_fd clone = -1;

	if (directory && masks->empty < 0)
		return masks_new_empty(err);
	clone = call_open_tree(directory ? masks->empty : masks->null, "",
			       AT_EMPTY_PATH | OPEN_TREE_CLONE);
	if (clone < 0)
		return error_system(err, "clone the mask");
	if (!directory && call_mount_setattr(clone, "", AT_EMPTY_PATH, &attr))
		return error_system(err, "make the mask read-only");
	return take_fd(&clone);
}

static int masks_hide(struct masks *masks, const char *path, struct error *err)
{
	auto_fd target = masks_open(masks, path, err);
	auto_fd source = -1;
	struct stat st;

	if (target < 0)
		return err->errnum == ENOENT ? 0 : -1;
	if (fstat(target, &st))
		return error_system(err, "look at it");
	source = masks_source(masks, S_ISDIR(st.st_mode), err);
	if (source < 0)
		return -1;
	if (mounts_move(source, target, path, err))
		return -1;
	if (S_ISDIR(st.st_mode) && masks->empty < 0)
		masks->empty = take_fd(&source);
	return 0;
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

int masks_apply(const struct live *live, int root, const struct mounts_kernel *kernel,
		struct error *err)
{
	const struct plan *plan = live->plan;
	struct masks masks = { .root = root, .kernel = kernel, .empty = -1 };
	auto_fd null = -1;
	auto_fd empty = -1;

	for (size_t i = 0; i < plan->readonly_count; i++)
		if (masks_readonly(&masks, plan->readonly[i].path, err))
			return error_prefix(err, "read-only path %s", plan->readonly[i].path);
	if (plan->masked_count == 0)
		return 0;
	null = masks_open_null(err);
	if (null < 0)
		return -1;
	masks.null = null;
	for (size_t i = 0; i < plan->masked_count; i++) {
		int result = masks_hide(&masks, plan->masked[i].path, err);

		if (empty < 0)
			empty = masks.empty;
		if (result)
			return error_prefix(err, "masked path %s", plan->masked[i].path);
	}
	for (size_t i = 0; i < plan->masked_count; i++)
		if (masks_verify(&masks, plan->masked[i].path, err))
			return error_prefix(err, "masked path %s", plan->masked[i].path);
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * The root is attached on top of "/" of the new mount namespace: no path of the
 * host is looked up again, and pivot_root(".", ".") finds it there. Until then
 * lookups of absolute paths still start in the old root. Hooks that are called
 * before pivot_root know the root by its path on the host: for them it is there.
 */
#include "rootfs.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "kernel/call.h"
#include "kernel/path.h"
#include "mounts.h"

static int rootfs_cover(int mount, struct error *err)
{
	auto_fd top = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (top < 0)
		return error_system(err, "open the root of the mount namespace");
	return mounts_move(mount, top, "the root", err);
}

int rootfs_open_place(const struct live *live, int *place, struct error *err)
{
	const struct plan *plan = live->plan;
	auto_fd fd = -1;
	struct stat st;

	*place = -1;
	/* In a mount namespace that is joined the path is not the host's. */
	if (!plan->hooks_at_create || !(plan->new_namespaces & CLONE_NEWNS))
		return 0;
	fd = open(plan->root.path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st))
		return error_system(err, "/root/path: open %s again, for hooks", plan->root.path);
	if (st.st_dev != live->root_dev || st.st_ino != live->root_ino)
		return error_set(err, ERROR_SYSTEM, 0,
				 "/root/path: %s became another directory meanwhile", plan->root.path);
	*place = take_fd(&fd);
	return 0;
}

int rootfs_attach(struct live *live, int place, int *root, struct error *err)
{
	struct mount_attr private = { .propagation = MS_PRIVATE };
	auto_fd tree = take_fd(&live->root_tree);

	/* First act in the new namespace: nothing that is done here reaches the host. */
	if (call_mount_setattr(AT_FDCWD, "/", AT_RECURSIVE, &private))
		return error_system(err, "make the mounts of the new namespace private");
	if (place < 0 ? rootfs_cover(tree, err) : mounts_move(tree, place, "the root", err))
		return error_prefix(err, "/root");
	*root = take_fd(&tree);
	return 0;
}

/*
 * "/.." is "/", unless something is mounted on top of it: pivot_root puts the
 * old root there, with whatever was mounted on it in turn.
 */
static int rootfs_is_clear(const struct path_identity *wanted, bool *clear, struct error *err)
{
	auto_fd above = open("/..", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct path_identity found;

	if (above < 0)
		return error_system(err, "look above the new root");
	if (path_identity_read(above, &found, err))
		return -1;
	*clear = path_identity_equal(wanted, &found);
	return 0;
}

/* A stack of mounts on "/" is as deep as its makers were careless: each is taken off. */
#define ROOTFS_STACK_MAX 64

static int rootfs_let_go(const struct path_identity *wanted, struct error *err)
{
	bool clear = false;

	for (int i = 0; i < ROOTFS_STACK_MAX && !clear; i++) {
		/* "." is the top of the stack, by the rules of umount2(2). */
		if (umount2(".", MNT_DETACH))
			return error_system(err, "let go of the host's root");
		if (rootfs_is_clear(wanted, &clear, err))
			return -1;
	}
	if (!clear)
		return error_set(err, ERROR_SYSTEM, 0, "the host's root is still mounted over the new one");
	return 0;
}

int rootfs_verify(const struct path_identity *wanted, const char *call, struct error *err)
{
	auto_fd now = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct path_identity found;

	if (now < 0)
		return error_system(err, "open the new root");
	if (path_identity_read(now, &found, err))
		return -1;
	if (!path_identity_equal(wanted, &found))
		return error_set(err, ERROR_SYSTEM, 0, "after %s the root is another one", call);
	return 0;
}

int rootfs_pivot(int root, struct error *err)
{
	struct path_identity wanted;

	if (path_identity_read(root, &wanted, err))
		return -1;
	if (fchdir(root))
		return error_system(err, "enter the root file system");
	if (call_pivot_root(".", "."))
		return error_system(err, "pivot_root");
	if (rootfs_let_go(&wanted, err))
		return -1;
	if (chdir("/"))
		return error_system(err, "enter the new root");
	return rootfs_verify(&wanted, "pivot_root", err);
}

int rootfs_finish(const struct live *live, int root, struct error *err)
{
	struct mount_attr attr = { .attr_set = MOUNT_ATTR_RDONLY };

	if (live->plan->root.readonly && call_mount_setattr(root, "", AT_EMPTY_PATH, &attr))
		return error_system(err, "/root/readonly: make the root read-only");
	return 0;
}

int rootfs_propagate(const struct live *live, int root, struct error *err)
{
	struct mount_attr attr = { .propagation = live->plan->root.propagation };

	if (attr.propagation != MS_SHARED && attr.propagation != MS_UNBINDABLE)
		return 0;
	if (call_mount_setattr(root, "", AT_EMPTY_PATH, &attr))
		return error_system(err, "/linux/rootfsPropagation");
	return 0;
}

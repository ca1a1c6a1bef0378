/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * The root is attached on top of "/" of the new mount namespace: no path of the
 * host is looked up again, and pivot_root(".", ".") finds it there. Until then
 * lookups of absolute paths still start in the old root.
 *
 * The overlay of `ephemeral` is made by the child, so that its upper layer and
 * what it holds belong to the container's user namespace. Its layers lie in a
 * scratch tmpfs that goes with the old root; the overlay keeps them alive.
 */
#include "rootfs.h"

#include <errno.h>
#include <fcntl.h>
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

/* One directory of the scratch tmpfs; `upper` gets the owner and mode of the image's root. */
static int rootfs_layer(int scratch, const char *name, const struct stat *like, struct error *err)
{
	if (mkdirat(scratch, name, 0755))
		return error_system(err, "make the layer '%s'", name);
	if (like && (fchownat(scratch, name, like->st_uid, like->st_gid, AT_SYMLINK_NOFOLLOW) ||
		     fchmodat(scratch, name, like->st_mode & 07777, 0)))
		return error_system(err, "set the owner of the layer '%s'", name);
	return 0;
}

static int rootfs_scratch(const struct live *live, struct error *err)
{
	char size[32];
	const struct plan_option options[] = { { "size", size }, { "mode", "755" } };
	const struct plan_mount mount = { .kind = PLAN_MOUNT_NEW, .fs_type = "tmpfs",
					  .source = "orlop", .option_count = ARRAY_SIZE(options),
					  .options = options, .mode_given = true };

	(void)snprintf(size, sizeof(size), "%llu",
		       (unsigned long long)live->plan->root.ephemeral_bytes);
	return mounts_make(live->plan, &mount, 0755, err);
}

static int rootfs_overlay(const struct live *live, struct error *err)
{
	static const struct plan_option options[] = {
		{ "lowerdir", "lower" }, { "upperdir", "upper" }, { "workdir", "work" },
		{ "userxattr", NULL },
	};
	struct plan_mount mount = { .kind = PLAN_MOUNT_NEW, .fs_type = "overlay", .source = "overlay",
				    .option_count = ARRAY_SIZE(options), .options = options };

	/* trusted.* attributes need the host's capabilities; without a user namespace they are there. */
	if (live->plan->ids.kind == PLAN_USER_HOST)
		mount.option_count--;
	if (live->plan->root.nosuid)
		mount.self.set = MOUNT_ATTR_NOSUID;
	return mounts_make(live->plan, &mount, 0755, err);
}

static int rootfs_ephemeral(const struct live *live, struct error *err)
{
	auto_fd scratch = rootfs_scratch(live, err);
	auto_fd lower = -1;
	struct stat st;

	if (scratch < 0)
		return -1;
	if (fstat(live->root_tree, &st))
		return error_system(err, "look at the root file system");
	if (rootfs_layer(scratch, "lower", NULL, err) || rootfs_layer(scratch, "upper", &st, err) ||
	    rootfs_layer(scratch, "work", NULL, err))
		return -1;
	/* Layers must be attached: kernels before 6.15 take no detached ones. */
	if (rootfs_cover(scratch, err))
		return -1;
	lower = openat(scratch, "lower", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (lower < 0)
		return error_system(err, "open the layer 'lower'");
	if (mounts_move(live->root_tree, lower, "the layer 'lower'", err))
		return -1;
	if (fchdir(scratch))
		return error_system(err, "enter the scratch tmpfs");
	return rootfs_overlay(live, err);
}

int rootfs_attach(struct live *live, int *root, struct error *err)
{
	struct mount_attr private = { .propagation = MS_PRIVATE };
	auto_fd tree = -1;

	/* First act in the new namespace: nothing that is done here reaches the host. */
	if (call_mount_setattr(AT_FDCWD, "/", AT_RECURSIVE, &private))
		return error_system(err, "make the mounts of the new namespace private");
	if (live->plan->root.mode == POLICY_ROOTFS_EPHEMERAL) {
		tree = rootfs_ephemeral(live, err);
		if (tree < 0)
			return error_prefix(err, "/root: ephemeral root file system");
	} else {
		tree = take_fd(&live->root_tree);
	}
	if (rootfs_cover(tree, err))
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

int rootfs_pivot(int root, struct error *err)
{
	struct path_identity wanted;
	struct path_identity found;
	auto_fd now = -1;

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
	now = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (now < 0)
		return error_system(err, "open the new root");
	if (path_identity_read(now, &found, err))
		return -1;
	if (!path_identity_equal(&wanted, &found))
		return error_set(err, ERROR_SYSTEM, 0, "after pivot_root the root is another one");
	return 0;
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

/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * The overlay keeps marks in extended attributes, without which a directory that
 * is new cannot even be renamed. In a user namespace they would have to be user.*
 * ones, which tmpfs has from Linux 6.6 only: so it is made with the host's
 * capabilities.
 *
 * Kernels before 6.15 take no detached layers. A process of its own attaches them,
 * in a mount namespace that ends with it: this one could come back from there only
 * without its working directory. The overlay keeps the layers alive.
 */
#include "ephemeral.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "kernel/call.h"
#include "kernel/channel.h"
#include "kernel/process.h"
#include "mounts.h"
#include "sync.h"

#define EPHEMERAL_PATIENCE_MS 10000

/* One directory of the scratch tmpfs; `upper` gets the owner and mode of the image's root. */
static int ephemeral_layer(int scratch, const char *name, const struct stat *like, struct error *err)
{
	if (mkdirat(scratch, name, 0755))
		return error_system(err, "make the layer '%s'", name);
	if (like && (fchownat(scratch, name, like->st_uid, like->st_gid, AT_SYMLINK_NOFOLLOW) ||
		     fchmodat(scratch, name, like->st_mode & 07777, 0)))
		return error_system(err, "set the owner of the layer '%s'", name);
	return 0;
}

static int ephemeral_scratch(const struct live *live, struct error *err)
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

/* The names are those of the working directory. */
static int ephemeral_overlay(const struct live *live, struct error *err)
{
	static const struct plan_option options[] = {
		{ "lowerdir", "lower" }, { "upperdir", "upper" }, { "workdir", "work" },
	};
	struct plan_mount mount = { .kind = PLAN_MOUNT_NEW, .fs_type = "overlay", .source = "overlay",
				    .option_count = ARRAY_SIZE(options), .options = options };
	auto_fd overlay = -1;
	struct statfs fs;

	if (live->plan->root.nosuid)
		mount.self.set |= MOUNT_ATTR_NOSUID;
	/* As any file system that a user namespace has made. */
	if (live->plan->ids.kind != PLAN_USER_HOST)
		mount.self.set |= MOUNT_ATTR_NODEV;
	overlay = mounts_make(live->plan, &mount, 0755, err);
	if (overlay < 0)
		return -1;
	/* A work directory that cannot be used is no error to the kernel. */
	if (fstatfs(overlay, &fs))
		return error_system(err, "look at the overlay");
	if (fs.f_flags & ST_RDONLY)
		return error_set(err, ERROR_HOST, 0, "the kernel made the overlay read-only: its log says why");
	return take_fd(&overlay);
}

static int ephemeral_cover(int mount, const char *path, struct error *err)
{
	auto_fd top = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (top < 0)
		return error_system(err, "open %s", path);
	return mounts_move(mount, top, path, err);
}

/* In a mount namespace of its own. Return: the overlay, detached, or -1. */
static int ephemeral_build(const struct live *live, struct error *err)
{
	struct mount_attr private = { .propagation = MS_PRIVATE };
	auto_fd scratch = ephemeral_scratch(live, err);
	struct stat st;

	if (scratch < 0)
		return -1;
	if (fstat(live->root_tree, &st))
		return error_system(err, "look at the root file system");
	/* First of all: nothing that is attached here reaches the host. */
	if (call_mount_setattr(AT_FDCWD, "/", AT_RECURSIVE, &private))
		return error_system(err, "make the mounts of the new namespace private");
	if (ephemeral_layer(scratch, "lower", NULL, err) || ephemeral_layer(scratch, "upper", &st, err) ||
	    ephemeral_layer(scratch, "work", NULL, err) || ephemeral_cover(scratch, "/", err))
		return -1;
	if (fchdir(scratch))
		return error_system(err, "enter the scratch tmpfs");
	if (ephemeral_cover(live->root_tree, "lower", err))
		return -1;
	return ephemeral_overlay(live, err);
}

static void ephemeral_child(const struct live *live, int channel)
{
	struct error err = ERROR_INIT;
	auto_fd overlay = -1;

	if (process_set_death_signal(SIGKILL, -1, &err) == 0)
		overlay = ephemeral_build(live, &err);
	if (overlay < 0 || sync_send_fd(channel, SYNC_READY, 0, overlay, &err))
		sync_send_error(channel, &err);
	_exit(0);
}

int ephemeral_make(struct live *live, struct error *err)
{
	struct process_clone_args args = PROCESS_CLONE_ARGS_INIT;
	auto_fd ours = -1;
	auto_fd theirs = -1;
	auto_fd pidfd = -1;
	auto_fd overlay = -1;
	pid_t pid;
	int status;

	args.flags = CLONE_NEWNS;
	args.pidfd = &pidfd;
	if (channel_pair(&ours, &theirs, err) || process_clone(&args, &pid, err))
		return error_prefix(err, "/root: ephemeral root file system");
	if (pid == 0)
		ephemeral_child(live, theirs);
	close_fd(&theirs);
	if (sync_expect(ours, SYNC_READY, NULL, &overlay, err) ||
	    process_wait(pidfd, EPHEMERAL_PATIENCE_MS, &status, err))
		return error_prefix(err, "/root: ephemeral root file system");
	close_fd(&live->root_tree);
	live->root_tree = take_fd(&overlay);
	return 0;
}

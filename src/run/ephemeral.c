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
#include <unistd.h>

#include "base/cleanup.h"
#include "kernel/call.h"
#include "kernel/channel.h"
#include "kernel/process.h"
#include "mounts.h"
#include "overlay_layers.h"
#include "overlay_mount.h"
#include "overlay_upper.h"
#include "sync.h"

#define EPHEMERAL_PATIENCE_MS 10000

/* Bytes of the upper layer of a root that is read-only in the end: places to mount on are made there. */
#define EPHEMERAL_PLACES ((uint64_t)1 << 20)

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
	const struct plan_root *root = &live->plan->root;
	char size[32];
	const struct plan_option options[] = { { "size", size }, { "mode", "755" } };
	const struct plan_mount mount = { .kind = PLAN_MOUNT_NEW, .fs_type = "tmpfs",
					  .source = "orlop", .option_count = ARRAY_SIZE(options),
					  .options = options, .mode_given = true };

	(void)snprintf(size, sizeof(size), "%llu",
		       (unsigned long long)(root->mode == POLICY_ROOTFS_EPHEMERAL ? root->ephemeral_bytes
										  : EPHEMERAL_PLACES));
	return mounts_make(live->plan, &mount, 0755, err);
}

static uint64_t ephemeral_attributes(const struct live *live)
{
	uint64_t attributes = live->plan->root.nosuid ? MOUNT_ATTR_NOSUID : 0;

	/* As any file system that a user namespace has made. */
	return live->plan->ids.kind == PLAN_USER_HOST ? attributes : attributes | MOUNT_ATTR_NODEV;
}

static int ephemeral_cover(int mount, const char *path, struct error *err)
{
	auto_fd top = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (top < 0)
		return error_system(err, "open %s", path);
	return mounts_move(mount, top, path, err);
}

/* The layers of an overlay, or the root file system as the only one. */
static struct overlay_stack ephemeral_stack(struct live *live)
{
	const struct live_layers *layers = live->layers;
	size_t upper = live->root_shared;

	if (!live->root_layered)
		return (struct overlay_stack){ .lower_count = 1, .lower = &live->root_tree };
	return (struct overlay_stack){ .lower_count = layers->lower_count - upper,
				       .lower = layers->lower + upper,
				       .data_count = layers->data_count, .data = layers->data,
				       .option_count = layers->names.option_count +
						       (upper ? layers->names.written_count : 0),
				       .options = layers->names.options };
}

/* A new upper layer in memory, or the engine's, and where the kernel works. */
static int ephemeral_upper(const struct live *live, int scratch, const struct stat *like,
			   struct error *err)
{
	if (live->root_shared)
		return overlay_upper_attach(live, scratch, err);
	return ephemeral_layer(scratch, "upper", like, err) || ephemeral_layer(scratch, "work", NULL, err) ? -1 : 0;
}

/* In a mount namespace of its own. Return: the overlay, detached, or -1. */
static int ephemeral_build(struct live *live, struct error *err)
{
	struct mount_attr private = { .propagation = MS_PRIVATE };
	auto_fd scratch = ephemeral_scratch(live, err);
	struct overlay_stack stack = ephemeral_stack(live);
	struct stat st;

	if (scratch < 0)
		return -1;
	stack.scratch = scratch;
	stack.attributes = ephemeral_attributes(live);
	if (fstat(stack.lower[0], &st))
		return error_system(err, "look at the root file system");
	/* First of all: nothing that is attached here reaches the host. */
	if (call_mount_setattr(AT_FDCWD, "/", AT_RECURSIVE, &private))
		return error_system(err, "make the mounts of the new namespace private");
	if (ephemeral_cover(scratch, "/", err) || ephemeral_upper(live, scratch, &st, err))
		return -1;
	if (fchdir(scratch))
		return error_system(err, "enter the scratch tmpfs");
	if (live->root_shared && overlay_upper_become_root(live, err))
		return -1;
	return overlay_mount_make(&stack, err);
}

_Noreturn static void ephemeral_child(struct live *live, int channel)
{
	struct error err = ERROR_INIT;
	auto_fd overlay = -1;

	if (process_set_death_signal(SIGKILL, -1, &err) == 0)
		overlay = ephemeral_build(live, &err);
	if (overlay < 0 || sync_send_fd(channel, SYNC_READY, 0, overlay, &err))
		sync_send_error(channel, &err);
	_exit(0);
}

static int ephemeral_spawn(struct live *live, struct error *err)
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
		return -1;
	if (pid == 0)
		ephemeral_child(live, theirs);
	close_fd(&theirs);
	if (sync_expect(ours, SYNC_READY, NULL, &overlay, err) ||
	    process_wait(pidfd, EPHEMERAL_PATIENCE_MS, &status, err))
		return -1;
	close_fd(&live->root_tree);
	live->root_tree = take_fd(&overlay);
	return 0;
}

int ephemeral_make(struct live *live, struct error *err)
{
	int result = live->root_shared ? overlay_upper_prepare(live, err) : 0;

	if (result == 0 && live->root_layered)
		result = overlay_layers_map(live, err);
	if (result == 0)
		result = ephemeral_spawn(live, err);
	/* A refusal names its path itself. */
	if (result == 0 || err->kind == ERROR_POLICY)
		return result;
	return live->root_layered ? error_prefix(err, "/root/path: the overlay %s cannot be id-mapped",
						 live->plan->root.path) :
				    error_prefix(err, "/root: ephemeral root file system");
}

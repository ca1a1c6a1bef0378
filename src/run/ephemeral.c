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

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "kernel/call.h"
#include "kernel/channel.h"
#include "kernel/process.h"
#include "mounts.h"
#include "overlay_layers.h"
#include "overlay_mount.h"
#include "sync.h"
#include "trees.h"

#define EPHEMERAL_PATIENCE_MS 10000

/* Bytes of the upper layer of a root that is read-only in the end: places to mount on are made there. */
#define EPHEMERAL_PLACES ((uint64_t)1 << 20)

/* What the overlay of a root is made from. */
struct ephemeral_source {
	const struct overlay_layers *layers;	/* NULL: the root file system is the only one */
	const char *target;
};

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

/* @fd becomes a detached mount of it with the container's ids; nothing is ever written there. */
static int ephemeral_map_layer(const struct live *live, int *fd, const char *name, struct error *err)
{
	struct mount_attr attr = { .attr_set = MOUNT_ATTR_IDMAP | MOUNT_ATTR_RDONLY,
				   .userns_fd = (uint64_t)live->userns };
	auto_fd clone = call_open_tree(*fd, "", AT_EMPTY_PATH | OPEN_TREE_CLONE);

	if (clone < 0)
		return error_system(err, "clone the mount of the layer %s", name);
	if (call_mount_setattr(clone, "", AT_EMPTY_PATH, &attr))
		return trees_refuse_map(live, *fd, name, "/root/path", errno, err);
	close_fd(fd);
	*fd = take_fd(&clone);
	return 0;
}

static int ephemeral_map_layers(const struct live *live, const struct overlay_layers *layers,
				struct overlay_found *found, struct error *err)
{
	size_t first = found->lower_count - layers->lower_count;

	for (size_t i = 0; i < found->lower_count; i++)
		if (ephemeral_map_layer(live, &found->lower[i],
					i < first ? layers->upper : layers->lower[i - first], err))
			return -1;
	for (size_t i = 0; i < found->data_count; i++)
		if (ephemeral_map_layer(live, &found->data[i], layers->data[i], err))
			return -1;
	return 0;
}

/* The layers of an overlay, or the root file system as the only one. */
static int ephemeral_lower(const struct live *live, const struct ephemeral_source *source,
			   struct overlay_found *found, struct error *err)
{
	struct rlimit limit;

	if (!source->layers) {
		*found = (struct overlay_found){ .lower_count = 1, .lower = malloc(sizeof(*found->lower)) };
		if (!found->lower)
			return error_system(err, "make room for a layer");
		found->lower[0] = fcntl(live->root_tree, F_DUPFD_CLOEXEC, 3);
		return found->lower[0] < 0 ? error_system(err, "keep the root file system") : 0;
	}
	/* This process ends soon. Each layer is a descriptor. */
	if (getrlimit(RLIMIT_NOFILE, &limit))
		return error_system(err, "read RLIMIT_NOFILE");
	limit.rlim_cur = limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit))
		return error_system(err, "raise RLIMIT_NOFILE");
	if (overlay_layers_open(source->layers, source->target, live->root_tree, found, err))
		return -1;
	return ephemeral_map_layers(live, source->layers, found, err);
}

static int ephemeral_overlay(const struct live *live, const struct ephemeral_source *source,
			     int scratch, const struct overlay_found *found, struct error *err)
{
	struct overlay_stack stack = { .lower_count = found->lower_count, .lower = found->lower,
				       .data_count = found->data_count, .data = found->data,
				       .scratch = scratch, .attributes = ephemeral_attributes(live) };
	struct stat st;

	if (source->layers) {
		stack.option_count = source->layers->option_count;
		stack.options = source->layers->options;
	}
	if (fstat(found->lower[0], &st))
		return error_system(err, "look at the root file system");
	if (ephemeral_layer(scratch, "upper", &st, err) || ephemeral_layer(scratch, "work", NULL, err) ||
	    ephemeral_cover(scratch, "/", err))
		return -1;
	if (fchdir(scratch))
		return error_system(err, "enter the scratch tmpfs");
	return overlay_mount_make(&stack, err);
}

/* In a mount namespace of its own. Return: the overlay, detached, or -1. */
static int ephemeral_build(const struct live *live, const struct ephemeral_source *source,
			   struct error *err)
{
	struct mount_attr private = { .propagation = MS_PRIVATE };
	auto_fd scratch = ephemeral_scratch(live, err);
	struct overlay_found found = { 0 };
	int overlay = -1;

	if (scratch < 0)
		return -1;
	/* First of all: nothing that is attached here reaches the host. */
	if (call_mount_setattr(AT_FDCWD, "/", AT_RECURSIVE, &private))
		return error_system(err, "make the mounts of the new namespace private");
	if (ephemeral_lower(live, source, &found, err) == 0)
		overlay = ephemeral_overlay(live, source, scratch, &found, err);
	overlay_layers_close(&found);
	return overlay;
}

_Noreturn static void ephemeral_child(const struct live *live, const struct ephemeral_source *source,
				      int channel)
{
	struct error err = ERROR_INIT;
	auto_fd overlay = -1;

	if (process_set_death_signal(SIGKILL, -1, &err) == 0)
		overlay = ephemeral_build(live, source, &err);
	if (overlay < 0 || sync_send_fd(channel, SYNC_READY, 0, overlay, &err))
		sync_send_error(channel, &err);
	_exit(0);
}

static int ephemeral_spawn(struct live *live, const struct ephemeral_source *source,
			   struct error *err)
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
		ephemeral_child(live, source, theirs);
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
	auto_arena arena = ARENA_INIT;
	struct overlay_layers layers;
	struct ephemeral_source source = { .layers = NULL };

	if (live->root_layered) {
		if (overlay_layers_read(live, &arena, &layers, &source.target, err))
			return error_prefix(err, "/root/path: the overlay %s cannot be id-mapped", live->plan->root.path);
		source.layers = &layers;
	}
	if (ephemeral_spawn(live, &source, err) == 0)
		return 0;
	/* A refusal names its path itself. */
	if (err->kind == ERROR_POLICY)
		return -1;
	return live->root_layered ? error_prefix(err, "/root/path: the overlay %s cannot be id-mapped",
						 live->plan->root.path) :
				    error_prefix(err, "/root: ephemeral root file system");
}

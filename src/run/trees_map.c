/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * Mounts get the container's ids when its user namespace has its mappings, while they are still
 * detached. What cannot be mapped is a matter of policy.
 */
#include "trees.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "audit.h"
#include "base/cleanup.h"
#include "base/log.h"
#include "kernel/call.h"
#include "kernel/mountinfo.h"
#include "host_mounts.h"
#include "userns.h"

/* The name of the file system under a descriptor, for messages only. */
static void map_fs_name(struct live *live, int fd, char *name, size_t size)
{
	const struct mountinfo_entry *entry;
	const struct mountinfo *mounts;
	struct error ignored;
	struct statx st;

	if (call_statx(fd, STATX_MNT_ID, &st) || host_mounts_read(live, &mounts, &ignored))
		return;
	entry = mountinfo_find(mounts, st.stx_mnt_id);
	if (entry)
		(void)snprintf(name, size, "%s", entry->type);
}

static int map_refuse(const struct live *live, const char *source, const char *path, int reason,
		      const char *type, struct error *err)
{
	return plan_refusal(live->plan->rules, POLICY_UNMAPPABLE, path, err,
			    "use another file system, or \"unmappable\": \"read-only\" or \"unmapped\" in the policy",
			    "%s cannot be id-mapped (%s): its file system is %s, or one is mounted below "
			    "it that cannot", source, strerrordesc_np(reason), type);
}

int trees_map_refuse(struct live *live, int fd, const char *source, const char *path,
		     int reason, struct error *err)
{
	char type[64] = "unknown";

	map_fs_name(live, fd, type, sizeof(type));
	return map_refuse(live, source, path, reason, type, err);
}

/* What is to be mapped, and what is done where that cannot be. */
struct map {
	int fd;
	int userns;
	bool recursive;
	const char *source;
	const char *path;
	unsigned int conditions;
	char type[64];		/* its file system, for messages */
};

static int map_try(const struct map *map)
{
	struct mount_attr attr = { .attr_set = MOUNT_ATTR_IDMAP, .userns_fd = (uint64_t)map->userns };

	return call_mount_setattr(map->fd, "", AT_EMPTY_PATH | (map->recursive ? AT_RECURSIVE : 0),
				  &attr);
}

/* @err is the refusal, @reason the kernel's errno. */
static int map_leave(const struct map *map, int reason, struct error *err)
{
	const struct mount_attr readonly = { .attr_set = MOUNT_ATTR_RDONLY };
	bool plain = map->conditions & PLAN_UNMAPPABLE_PLAIN;

	if (!plain && !(map->conditions & PLAN_UNMAPPABLE_READ_ONLY))
		return -1;
	if (map->conditions & PLAN_AUDIT_UNMAPPABLE)
		(void)audit_judge(-1, true, err);
	log_warning("%s, on %s, cannot be id-mapped (%s): mounted %swithout a mapping (%s)", map->source,
		    map->type, strerrordesc_np(reason), plain ? "" : "read-only ", map->path);
	*err = (struct error)ERROR_INIT;
	if (!plain && call_mount_setattr(map->fd, "", AT_EMPTY_PATH | AT_RECURSIVE, &readonly))
		return error_system(err, "set mount attributes");
	return 0;
}

static int map_one(struct live *live, struct map *map, struct error *err)
{
	auto_fd fd = -1;
	int reason;

	if (map_try(map) == 0)
		return 0;
	reason = errno;
	/* The mount whose file system it is, from the path: a detached clone is in no mountinfo. */
	fd = open(map->source, O_PATH | O_CLOEXEC);
	if (fd >= 0)
		map_fs_name(live, fd, map->type, sizeof(map->type));
	(void)map_refuse(live, map->source, map->path, reason, map->type, err);
	return map_leave(map, reason, err);
}

static int map_bind(struct live *live, const struct plan_mount *mount, struct live_tree *tree,
		    struct error *err)
{
	struct map map;
	int userns = live->userns;

	if (tree->host_ids)
		return 0;
	if (mount->idmap == PLAN_IDMAP_OWN) {
		tree->own_userns = userns_make(live, mount->uids, mount->uid_count, mount->gids,
						 mount->gid_count, err);
		if (tree->own_userns < 0)
			return -1;
		userns = tree->own_userns;
	}
	/* The default nodes belong to nobody in particular: everybody may use them. */
	if (tree->fd < 0 || tree->device)
		return 0;
	map = (struct map){ .fd = tree->fd, .userns = userns, .recursive = mount->idmap_recursive,
			    .source = mount->source, .path = mount->why.path,
			    .conditions = mount->conditions, .type = "unknown" };
	return map_one(live, &map, err);
}

static struct map map_of_root(const struct live *live)
{
	const struct plan_root *root = &live->plan->root;

	return (struct map){ .fd = live->root_tree, .userns = live->userns,
				       .recursive = true, .source = root->path, .path = "/root/path",
				       .conditions = root->conditions,
				       .type = "overlay" };
}

int trees_map_leave_root(struct live *live, struct error *err)
{
	const struct map map = map_of_root(live);

	return err->kind == ERROR_POLICY ? map_leave(&map, EINVAL, err) : -1;
}

/*
 * Two overlays that write to one upper layer lose each other's changes, and the engine has the first
 * one: ours must not write there, unless the policy says so (run/overlay_upper.h). Where nothing is
 * written to it, the layers are mapped instead.
 */
static int map_overlay(struct live *live, struct error *err)
{
	const struct plan_root *root = &live->plan->root;

	if (root->readonly || root->mode == POLICY_ROOTFS_EPHEMERAL) {
		live->root_layered = true;
		return 0;
	}
	if ((root->conditions & PLAN_SHARED_UPPER) && live->layers->names.upper) {
		live->root_layered = true;
		live->root_shared = true;
		return 0;
	}
	(void)plan_refusal(live->plan->rules, POLICY_UNMAPPABLE, "/root/path", err,
			   "set \"rootfs\" to \"ephemeral\" or \"read-only\" in the policy, make the root "
			   "read-only (/root/readonly), use Linux 7.3, or see \"sharedUpper\" in orlop-policy(5)",
			   "%s is an overlay, which this kernel cannot id-map for writing", root->path);
	return trees_map_leave_root(live, err);
}

static int map_root(struct live *live, struct error *err)
{
	struct map map = map_of_root(live);

	if (map_try(&map) == 0)
		return 0;
	if (errno == EINVAL && live->layers)
		return map_overlay(live, err);
	return map_one(live, &map, err);
}

int trees_map(struct live *live, struct error *err)
{
	const struct plan *plan = live->plan;

	if (plan->root.idmap != PLAN_IDMAP_NONE && map_root(live, err))
		return -1;
	for (size_t i = 0; i < plan->mount_count; i++)
		if (plan->mounts[i].idmap != PLAN_IDMAP_NONE &&
		    map_bind(live, &plan->mounts[i], &live->trees[i], err))
			return error_prefix(err, "%s", plan->mounts[i].destination);
	return 0;
}

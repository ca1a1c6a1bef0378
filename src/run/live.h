/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * What lives while a container is being made: descriptors, pids, the cgroup.
 * Owned by the supervisor; the child inherits a copy with its memory. The plan
 * never changes, this does.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/error.h"
#include "kernel/overlay.h"
#include "plan/plan.h"
#include "run/cgroup.h"
#include "run/seccomp.h"
#include "run/supervise.h"
#include "sources.h"
#include "state/record.h"
#include "state/store.h"

/* A detached mount tree for one row of plan.mounts. */
struct live_tree {
	int fd;			/* -1: made or opened by the child */
	bool directory;		/* what the source is: decides what a missing target becomes */
	bool device;		/* a single device node of the default list */
	bool host_ids;		/* the policy has it not id-mapped: run/volumes.h */
	int own_userns;		/* PLAN_IDMAP_OWN: a user namespace with the mount's mappings, or -1 */
};

/* Which namespace one is: st_dev and st_ino of its nsfs file. */
struct live_namespace {
	uint64_t device;
	uint64_t inode;		/* 0: none of this type */
};

/* What an overlay was made from: run/overlay_layers.h. */
struct live_layers {
	struct arena arena;
	struct overlay_layers names;
	size_t lower_count;	/* the upper layer is the first of them */
	int *lower;		/* malloc'd; topmost first, O_PATH; detached mounts once they are id-mapped */
	size_t data_count;
	int *data;		/* malloc'd; likewise */
	const char *below;	/* something that is mounted below the overlay, or NULL */
	int beside;		/* of an upper layer that is written to: the directory that holds it; -1 */
	const char *upper_name;	/* and its name there */
};

struct live {
	const struct plan *plan;
	const struct supervise_options *options;
	const struct store *store;
	struct store_entry *entry;
	struct record *record;

	int procfs;		/* private handle, process directories only */
	int sysctls;		/* private handle with sysctls, closed by the child after use; -1 */
	bool *sysctl_done;	/* the child's: one a row of plan.sysctls */
	int log;		/* supervisor's end of the channel */
	int channel;		/* the child's end */
	int start_socket;	/* listens for `start`; -1 with `run` */

	int cgroup_mount;	/* root of the cgroup2 mount; -1 */
	int cgroup;		/* the container's; -1 */
	struct cgroup_made cgroup_made;
	bool cgroup_late;	/* systemd has to move the first process there */
	struct seccomp_program filter;

	bool range_taken;
	uint32_t range_first;

	struct sources sources;
	struct live_mounts *mounts; /* run/host_mounts.c; NULL where nobody asked */
	struct live_volumes *volumes; /* run/volumes.c: paths of the policy; NULL where no rule asks */
	int root_tree;		/* the root file system, detached */
	dev_t root_dev;		/* which directory that is; for hooks_at_create */
	ino_t root_ino;
	uint64_t root_mount;	/* id of the mount it was cloned from; where it is id-mapped */
	struct live_layers *layers; /* of a root that is an overlay: for the rules, or to be id-mapped */
	bool root_layered;	/* the overlay itself cannot be id-mapped: its layers are */
	bool root_shared;	/* and the upper one of them is written to: run/overlay_upper.h */
	int dev_tree;		/* the container's /dev, detached; -1 */
	int *device_trees;	/* one a row of plan.devices that is bound, else -1; NULL: none is */
	int null_tree;		/* the host's null device, detached, for masks; -1 */
	struct live_tree *trees; /* one a row of plan.mounts */

	size_t join_count;
	int joins[8];		/* one a row of plan.joins */
	int home[8];		/* our own namespaces, to come back to; -1 */

	/* Exec. */
	int target;		/* lent pidfd of the container's init; -1 */
	int enter;		/* CLONE_NEW* bits of its namespaces that are not ours */
	struct live_namespace entered[8];	/* its namespaces, by the row of tables/namespace_types.h */

	pid_t pid;
	int pidfd;
	int userns;		/* the container's user namespace; -1 */
	/* PLAN_USER_JOIN: what uid_map and gid_map of the joined namespace say; malloc'd. */
	size_t joined_uid_count;
	struct plan_mapping *joined_uids;
	size_t joined_gid_count;
	struct plan_mapping *joined_gids;
	int terminal;		/* master of the pty, from the child; -1 */
	bool hooked;		/* the step of hooks was reached: a failure is followed by poststop hooks */
	bool nofile_raised;	/* many mounts need many descriptors: given back by the child */
	uint64_t nofile_soft;
};

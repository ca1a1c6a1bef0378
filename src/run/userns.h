/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/* User namespaces and the files of their mappings. Kernel: user_namespaces(7). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/error.h"
#include "live.h"

/**
 * userns_read_of() - read the mappings of a process's user namespace into live->joined_uids and _gids
 * @pid: as numbered in live->procfs
 *
 * Return: 0 or -1.
 */
int userns_read_of(struct live *live, pid_t pid, struct error *err);

/**
 * userns_write_maps() - write uid_map and gid_map of a process, and read them back
 * @procfs: lent handle, and
 * @pid:    as numbered in it
 */
int userns_write_maps(int procfs, pid_t pid, const struct plan_mapping *uids, size_t uid_count,
		      const struct plan_mapping *gids, size_t gid_count, struct error *err);

/**
 * userns_read_joined() - read the mappings of live->userns into joined_uids and joined_gids
 *
 * All that the kernel takes. Called once; the memory is freed with @live.
 */
int userns_read_joined(struct live *live, struct error *err);

/** userns_same_maps() - are these the same mappings, in whatever order? */
bool userns_same_maps(const struct plan_mapping *a, size_t a_count, const struct plan_mapping *b,
		      size_t b_count);

/**
 * userns_make() - a user namespace with given mappings and nothing in it
 * @uids, @gids: mappings; only the ids matter, nothing runs in it
 * Return: a descriptor of the namespace, or -1. Kernel: mount_setattr(2), MOUNT_ATTR_IDMAP.
 */
int userns_make(const struct live *live, const struct plan_mapping *uids, size_t uid_count,
		const struct plan_mapping *gids, size_t gid_count, struct error *err);

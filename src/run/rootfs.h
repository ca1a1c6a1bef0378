/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * The container's root: attached, later entered, last made read-only. All in
 * the child, in its own mount namespace. Spec: config.md "Root",
 * config-linux.md "Rootfs Mount Propagation".
 */
#pragma once

#include "kernel/path.h"
#include "live.h"

/**
 * rootfs_open_place() - where hooks expect the root: at root.path
 * @place: receives a descriptor of that directory, or -1 where no hook is called before pivot
 *
 * The one path of the host that is looked up a second time, in the new mount namespace: it
 * must be the directory that the supervisor opened. With the host's ids still: root's own
 * directories may be on the way.
 *
 * Return: 0, or -1.
 */
int rootfs_open_place(const struct live *live, int *place, struct error *err);

/**
 * rootfs_attach() - mount the root at @place, or over the old one's "/" where that is -1
 * @root: receives a descriptor of it
 */
int rootfs_attach(struct live *live, int place, int *root, struct error *err);

/** rootfs_pivot() - make it the root of the namespace, and let go of the old one */
int rootfs_pivot(int root, struct error *err);

/**
 * rootfs_chroot() - make it the root of this process alone: the old one stays below it
 *
 * The host's proc and sysfs mounts are taken out of the namespace.
 *
 * Return: 0, or -1.
 */
int rootfs_chroot(const struct live *live, int root, struct error *err);

/** rootfs_verify() - after @call, "/" is the directory that was @wanted */
int rootfs_verify(const struct path_identity *wanted, const char *call, struct error *err);

/** rootfs_finish() - read-only, once every mount point is there */
int rootfs_finish(const struct live *live, int root, struct error *err);

/** rootfs_propagate() - shared or unbindable, after pivot_root, which takes no shared root */
int rootfs_propagate(const struct live *live, int root, struct error *err);

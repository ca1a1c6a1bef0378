/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * The container's root: attached, later entered, last made read-only. All in
 * the child, in its own mount namespace. Spec: config.md "Root",
 * config-linux.md "Rootfs Mount Propagation".
 */
#pragma once

#include "live.h"

/**
 * rootfs_attach() - mount the root over the old one's "/"
 * @root: receives a descriptor of it
 */
int rootfs_attach(struct live *live, int *root, struct error *err);

/** rootfs_pivot() - make it the root of the namespace, and let go of the old one */
int rootfs_pivot(int root, struct error *err);

/** rootfs_finish() - read-only, once every mount point is there */
int rootfs_finish(const struct live *live, int root, struct error *err);

/** rootfs_propagate() - shared or unbindable, after pivot_root, which takes no shared root */
int rootfs_propagate(const struct live *live, int root, struct error *err);

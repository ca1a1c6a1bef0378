/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * The root file system of mode `ephemeral`: the image below, memory above.
 * Kernel: Documentation/filesystems/overlayfs.rst.
 */
#pragma once

#include "live.h"

/**
 * ephemeral_make() - lay an overlay over live.root_tree, and put it in its place
 *
 * The supervisor's, once the root file system is id-mapped: ids in the overlay
 * are those of the host then, and the container sees its own. The upper layer is
 * a tmpfs of plan.root.ephemeral_bytes; what is written there counts as memory of
 * the container's cgroup.
 *
 * Return: 0, or -1.
 */
int ephemeral_make(struct live *live, struct error *err);

/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * A root file system with memory above: that of mode `ephemeral`, and an overlay of an engine's that
 * is made anew from its layers.
 * Kernel: Documentation/filesystems/overlayfs.rst.
 */
#pragma once

#include "live.h"

/**
 * ephemeral_make() - lay an overlay over live.root_tree, or the layers that it is made of, in its place
 *
 * The supervisor's, once the root file system is id-mapped, or has been found to be one whose layers
 * have to be (live.root_layered): ids in the overlay are those of the host then, and the container
 * sees its own. The upper layer is a tmpfs of plan.root.ephemeral_bytes; what is written there counts
 * as memory of the container's cgroup. For a root that is read-only in the end it is a small one, for
 * places to mount on.
 *
 * Return: 0, or -1; with ERROR_POLICY for what cannot be id-mapped.
 */
int ephemeral_make(struct live *live, struct error *err);

/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * An overlay of ours that writes to the upper layer of the engine's, where the policy has "sharedUpper".
 */
#pragma once

#include "live.h"

/**
 * overlay_upper_prepare() - what has to be there before the overlay is made
 *
 * Through the engine's overlay, live.root_tree: the places to mount on are made, and the directories
 * that hold them are copied up, with /etc, so that both overlays know their upper half. Beside the
 * upper layer: a directory for the kernel to work in, which the record names before it is made. Sets
 * live.layers->beside.
 *
 * Return: 0, or -1: also where another container has such an overlay of that upper layer.
 */
int overlay_upper_prepare(struct live *live, struct error *err);

/** overlay_upper_attach() - put the upper layer and what is beside it at "upper" and "work" of @scratch */
int overlay_upper_attach(const struct live *live, int scratch, struct error *err);

/**
 * overlay_upper_become_root() - make files as the container's root from now on
 *
 * For a process that makes the overlay and ends: the kernel keeps its credentials for all that the
 * overlay does. Capabilities stay. Without this the kernel cannot make its working directory, and
 * the overlay would be read-only.
 */
int overlay_upper_become_root(const struct live *live, struct error *err);

/** overlay_upper_undo() - remove what overlay_upper_prepare() has made beside the upper layer */
void overlay_upper_undo(struct live *live);

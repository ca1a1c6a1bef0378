/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * The directories of an overlay that somebody else mounted, as descriptors.
 */
#pragma once

#include "live.h"

/**
 * overlay_layers_open() - find and open the layers of the root file system, into live.layers
 * @merged: lent descriptor of its root directory, on the mount that has the id live.root_mount
 *
 * For the process that has that mount in its namespace: ids of mounts differ in another.
 *
 * Names are looked up as whoever mounted would have: relative ones below the directories above
 * the upper layer and the mount point, nearest first, where all of them are; then by the file
 * "lower" that Docker and Podman keep beside the upper layer. Names that are only numbers are
 * Podman's descriptors, and say nothing. Absolute ones that are gone are Podman's id-mapped
 * mounts of its layers: where the root file system is not id-mapped again, and the layers are
 * only judged, "lower" names them as well. Where all layers are on one file system, the root
 * directory has to be the topmost layer's.
 *
 * Return: 0, or -1: a layer that cannot be found is not guessed.
 */
int overlay_layers_open(struct live *live, int merged, struct error *err);

/** overlay_layers_name() - how whoever mounted called a layer; @index counts lower ones, then data */
const char *overlay_layers_name(const struct live_layers *layers, size_t index);

/**
 * overlay_layers_map() - make each layer a detached mount with the container's ids, read-only
 *
 * Return: 0, or -1 with ERROR_POLICY for a layer whose file system cannot be id-mapped, and with
 * ERROR_HOST where something is mounted below the overlay, which would not come along.
 */
int overlay_layers_map(struct live *live, struct error *err);

/** overlay_layers_close() - let go of live.layers; harmless where there are none */
void overlay_layers_close(struct live *live);

/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * The directories of an overlay that somebody else mounted, as descriptors.
 */
#pragma once

#include "kernel/overlay.h"
#include "live.h"

struct overlay_found {
	size_t lower_count;	/* the upper layer is the first of them */
	int *lower;		/* malloc'd; topmost first, O_PATH */
	size_t data_count;
	int *data;		/* malloc'd */
};

/**
 * overlay_layers_read() - what the mount of the root file system shows of its layers
 * @arena:  owns @layers and @target
 * @target: where it is mounted
 *
 * For the process that has the root's mount in its namespace: ids of mounts differ in another.
 * Something mounted below it would not come along: that is an error, and so is a part of an
 * overlay, mounted somewhere else.
 */
int overlay_layers_read(const struct live *live, struct arena *arena, struct overlay_layers *layers,
			const char **target, struct error *err);

/**
 * overlay_layers_open() - find and open the layers of an overlay
 * @layers: what its mount shows
 * @target: where it is mounted
 * @merged: lent descriptor of its root directory
 * @out:    set on success, for overlay_layers_close()
 *
 * Names are looked up as whoever mounted would have: relative ones below the directories above
 * the upper layer and the mount point, nearest first, where all of them are; then by the file
 * "lower" that Docker and Podman keep beside the upper layer. Names that are only numbers are
 * Podman's descriptors, and say nothing. Where all layers are on one file system, the root
 * directory has to be the topmost layer's.
 *
 * Return: 0, or -1: a layer that cannot be found is not guessed.
 */
int overlay_layers_open(const struct overlay_layers *layers, const char *target, int merged,
			struct overlay_found *out, struct error *err);

/** overlay_layers_close() - close and free them; harmless on zeroed memory */
void overlay_layers_close(struct overlay_found *found);

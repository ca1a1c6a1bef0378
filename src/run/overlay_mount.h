/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * A new overlay from layers that are descriptors.
 * Kernel: Documentation/filesystems/overlayfs.rst.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "kernel/overlay.h"

struct overlay_stack {
	size_t lower_count;
	int *lower;		/* detached mounts, topmost first; -1 once they are attached */
	size_t data_count;
	int *data;
	size_t option_count;
	const struct overlay_option *options;
	int scratch;		/* the working directory: has "upper" and "work", and room for mount points */
	uint64_t attributes;	/* MOUNT_ATTR_* */
};

/**
 * overlay_mount_make() - mount an overlay of @stack, detached
 *
 * For a process in a mount namespace of its own, which ends: on kernels before 6.15 the layers are
 * attached below the working directory. Which way of handing layers over the kernel has is found
 * by trying, the newest first.
 *
 * Return: a descriptor, or -1: a mount that would be read-only because the kernel could not use
 * "work" is an error.
 */
int overlay_mount_make(struct overlay_stack *stack, struct error *err);

/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * Masked and read-only paths. Spec: config-linux.md "Masked Paths", "Readonly Paths".
 */
#pragma once

#include "live.h"
#include "mounts.h"

/**
 * masks_open_null() - the host's null device, which masks files, as a detached mount
 *
 * By the supervisor: the child may not be allowed to look it up. Nothing is done
 * where the plan has no mask.
 *
 * Return: 0, or -1 with ERROR_HOST: something else lies at /dev/null; or ERROR_SYSTEM.
 */
int masks_open_null(struct live *live, struct error *err);

/**
 * masks_apply() - read-only paths first, masks last, then all masks looked at again
 * @root:   the container's root with everything mounted, before pivot
 * @kernel: what was mounted at /proc and /sys: paths below are looked up in
 *          these mounts themselves, where nobody can rename anything; replaced by what
 *          covers one of them as a whole
 *
 * Only a path that is not there is passed over; anything else that keeps a mask
 * from being set is a failure.
 */
int masks_apply(const struct live *live, int root, struct mounts_kernel *kernel,
		struct error *err);

/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * The child's side of plan.mounts: new file systems are made, and everything is
 * attached below the root, in order. Spec: config.md "Mounts".
 */
#pragma once

#include "live.h"

/**
 * mounts_attach() - carry out plan.mounts
 * @root: the container's root, attached, still writable
 * @devpts: receives a descriptor of the devpts mount made last, or -1
 */
int mounts_attach(struct live *live, int root, int *devpts, struct error *err);

/** mounts_finish() - read-only /dev, once everything in it is in its place */
int mounts_finish(const struct live *live, struct error *err);

/**
 * mounts_make() - make a new file system for a row of plan.mounts, detached
 * @mode: for a tmpfs without mode=
 * Return: the mount, or -1; the message holds what the kernel says of the options.
 */
int mounts_make(const struct plan *plan, const struct plan_mount *mount, unsigned int mode,
		struct error *err);

/** mounts_move() - attach a detached mount to an opened target */
int mounts_move(int mount, int target, const char *name, struct error *err);

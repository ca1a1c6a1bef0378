/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * The child's side of plan.mounts: new file systems are made, and everything is
 * attached below the root, in order. Spec: config.md "Mounts".
 */
#pragma once

#include "live.h"

/* The kernel's file systems that the container got; -1 where it got none. */
struct mounts_kernel {
	int proc;	/* at /proc */
	int sys;	/* at /sys */
	int dev;	/* at /dev, where it is ours */
	int devpts;	/* the one made last */
};

#define MOUNTS_KERNEL_NULL ((struct mounts_kernel){ .proc = -1, .sys = -1, .dev = -1, .devpts = -1 })

/**
 * mounts_attach() - carry out plan.mounts
 * @root:   the container's root, attached, still writable
 * @kernel: receives descriptors of what was mounted
 */
int mounts_attach(struct live *live, int root, struct mounts_kernel *kernel, struct error *err);

/**
 * mounts_check_kernel() - are /proc, /sys and /dev of the root still what was mounted there?
 *
 * Somebody who shares the root's directory can rename what a mount stands on, and
 * the mount goes with it.
 */
int mounts_check_kernel(int root, const struct mounts_kernel *kernel, struct error *err);

/** mounts_finish() - read-only /dev, once everything in it is in its place */
int mounts_finish(const struct live *live, struct error *err);

/**
 * mounts_make() - make a new file system for a row of plan.mounts, detached
 * @mode: for a tmpfs without mode=
 * Return: the mount, or -1; the message holds what the kernel says of the options.
 */
int mounts_make(const struct plan *plan, const struct plan_mount *mount, unsigned int mode,
		struct error *err);

/**
 * mounts_explain() - fill @err with errno and what the kernel says of a file system's options
 * @context: of fsopen(2); read at most once
 * @what:    was being done
 * Return: -1
 */
int mounts_explain(int context, struct error *err, const char *what);

/** mounts_move() - attach a detached mount to an opened target */
int mounts_move(int mount, int target, const char *name, struct error *err);

/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * Steps of the supervisor's that more than one file needs: create and exec have some in common. See
 * supervise.c and exec.c.
 */
#pragma once

#include "kernel/process.h"
#include "live.h"

/* How long dead processes may take to leave a cgroup. */
#define SUPERVISE_PATIENCE_MS 5000

/** struct supervise_step - one row of what is done, and what takes it back; NULL: nothing does */
struct supervise_step {
	const char *name;
	int (*run)(struct live *live, struct error *err);
	void (*undo)(struct live *live);
};

/**
 * supervise_go() - carry out steps
 *
 * When one fails, undo runs from that step back to the first: it must bear what was half done. What
 * an undo cannot do is not reported, so that the first error is.
 *
 * Return: 0, or -1.
 */
int supervise_go(struct live *live, const struct supervise_step *steps, size_t count,
		 struct error *err);

/** supervise_init() - nothing is open yet */
void supervise_init(struct live *live);

/** supervise_close() - close and free all that is still open */
void supervise_close(struct live *live);

/**
 * supervise_need_descriptors() - raise the soft limit if @count and the mounts need more
 *
 * A detached mount is a descriptor: many need more of them than many callers allow. The child gives
 * the limit back.
 */
int supervise_need_descriptors(struct live *live, size_t count, struct error *err);

/** supervise_filter() - prepare the filter, and count those that the process will be under */
int supervise_filter(struct live *live, struct error *err);

/** supervise_stdio() - see what is handed over as stdio, and give it to the container's user */
int supervise_stdio(struct live *live, struct error *err);

/** supervise_adopt() - go on with the process that the child has made in its place */
int supervise_adopt(struct live *live, struct error *err);

/** supervise_limits() - limits and oom_score_adj that only this side may set */
int supervise_limits(const struct live *live, struct error *err);

/** supervise_ready() - wait until the child has done all but the last steps */
int supervise_ready(struct live *live, struct error *err);

/** supervise_tell() - pid file, console socket, pidfd socket */
int supervise_tell(const struct live *live, struct error *err);
void supervise_tell_undo(struct live *live);

/** supervise_clone_undo() - end the child */
void supervise_clone_undo(struct live *live);

/** supervise_cgroup_find() - record where the cgroup will be, and whether it is to be made */
int supervise_cgroup_find(struct live *live, struct error *err);

/** supervise_cgroup() - make it or take it over, and set the limits */
int supervise_cgroup(struct live *live, struct error *err);
void supervise_cgroup_undo(struct live *live);

/**
 * supervise_cgroup_clone() - make a child in the container's cgroup, if this process may
 * @args: all but the cgroup
 *
 * An ordinary user may have no power over a cgroup that is above both the caller's and the
 * container's. The child is then made where the caller is, for supervise_cgroup_settle() to move.
 *
 * Return: 0, in both processes, or -1.
 */
int supervise_cgroup_clone(struct live *live, struct process_clone_args *args, struct error *err);

/** supervise_cgroup_settle() - have the child moved if need be, before it does anything */
int supervise_cgroup_settle(struct live *live, struct error *err);

/** supervise_cgroup_devices() - which devices may be used in it */
int supervise_cgroup_devices(struct live *live, struct error *err);

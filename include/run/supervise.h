/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * The parent's side of making a container: a table of steps with undo. What
 * fails after the first side effect is walked back, and nothing stays behind.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "base/error.h"
#include "plan/plan.h"
#include "run/hooks.h"
#include "state/record.h"
#include "state/store.h"

struct supervise_options {
	const char *pid_file;		/* NULL: none; relative to the caller's directory */
	const char *console_socket;	/* NULL: none */
	const char *pidfd_socket;	/* NULL: none; the process's pidfd is sent there */
	bool start;			/* `run`: init does not wait for start */
};

/* What is alive after supervise_create(). */
struct supervise_result {
	int pidfd;			/* of init, given away */
	int terminal;			/* master of the container's pty, given away when the
					 * caller has to relay it; else -1 */
};

/**
 * supervise_create() - make the container that a plan describes
 * @plan:    the plan
 * @store:   the state directory
 * @entry:   the container's own, made by store_create() and locked
 * @record:  what state will remember; phase, pid, cgroup and range are filled in
 *           and it is saved as the container comes into being
 * @options: see above
 * @out:     filled on success
 *
 * On success init waits for start, or has been told to go on (@options->start)
 * and has executed the container's program, and poststart hooks were called. On failure
 * nothing is left: no process, mount, cgroup, id range; @entry is removed from the store. From
 * the first hooks on, a failure is followed by the poststop hooks.
 *
 * Return: 0, or -1 with ERROR_POLICY (a condition of the plan was not met),
 * ERROR_SPEC, ERROR_HOST, ERROR_HOOK or ERROR_SYSTEM.
 */
int supervise_create(const struct plan *plan, const struct store *store,
		     struct store_entry *entry, struct record *record,
		     const struct supervise_options *options, struct supervise_result *out,
		     struct error *err);

/* Who the standard descriptors belonged to: those of them that a container is given. */
struct supervise_owners {
	struct {
		bool given;	/* a pty, a pipe or a FIFO */
		uid_t uid;
	} streams[3];
};

/**
 * supervise_owners_read() - note who standard input, output and error belong to
 *
 * supervise_create() and exec_run() make the container's user the owner of those that are pipes, FIFOs
 * or terminals, where it has a user namespace.
 */
void supervise_owners_read(struct supervise_owners *out);

/**
 * supervise_owners_restore() - give them back, once no process of the container has them
 *
 * The ids of the container are another's next. Nothing that can be done fails here.
 */
void supervise_owners_restore(const struct supervise_owners *owners);

/**
 * supervise_start() - tell a created container's init to go on
 * @entry:  the container's directory, locked
 * @record: its record in phase RECORD_CREATED; becomes RECORD_STARTED and is saved
 * @init:   lent pidfd of its first process
 * @hooks:  what the container was made from, where it has hooks, else NULL
 *
 * Comes back when init has executed the container's program and poststart hooks were called.
 *
 * Return: 0, or -1; what failed in init between the wait and exec comes back here. ERROR_HOOK:
 * a startContainer or poststart hook failed, and the caller has to destroy the container.
 */
int supervise_start(struct store_entry *entry, struct record *record, int init,
		    const struct hooks *hooks, struct error *err);

/**
 * supervise_hold_signals() - keep signals for the container that is being made
 *
 * Blocks all but those of the program's own faults, so that none of them ends
 * this process between the container's start and supervise_relay(), which passes
 * on what came until then. Called before supervise_create(); the container does
 * not inherit the mask.
 *
 * Return: a signalfd, given away, or -1.
 */
int supervise_hold_signals(struct error *err);

/**
 * supervise_relay() - stay with a container in the foreground
 * @result:  from supervise_create(); descriptors stay the caller's
 * @signals: from supervise_hold_signals(), borrowed
 * @status:  receives the process's exit status, 128+N for a signal
 *
 * Relays the terminal when there is one (raw mode on a caller's tty, window
 * size changes, ONLCR off on the container's side), passes signals on, and
 * reaps.
 */
int supervise_relay(const struct supervise_result *result, int signals, int *status,
		    struct error *err);

/**
 * supervise_seal() - go on as a sealed copy of this program
 * @argv: this call's arguments
 * @anew: the copy is executed in any case
 *
 * Copies the running binary to a memfd, seals it and goes on from there, so that
 * a container whose root is the host's root can never reach the installed file
 * through /proc/PID/exe. Where image_move() is not permitted the copy is executed,
 * with the same arguments and environment. Does nothing in a process that is such a copy
 * already. Called before any side effect.
 *
 * Return: 0 in the copy, or -1.
 */
int supervise_seal(char *const *argv, bool anew, struct error *err);

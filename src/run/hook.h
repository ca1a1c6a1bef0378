/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/* One hook: a process of its own, what it reads, how it ends. Which hooks there are is hooks.h's. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "run/seccomp.h"
#include "spec/spec.h"

struct hook_call {
	const struct spec_hook *hook;
	const char *state;		/* for its standard input */
	size_t size;
	const char *directory;		/* its working directory; NULL: the caller's */
	/* Of the container: looked up without magic links, with the umask of the caller, and */
	bool contained;
	const struct seccomp_program *filter; /* loaded by the hook's process; NULL: none */
};

/**
 * hook_run() - run one hook and wait for it
 * @call: see above
 *
 * The hook is in a session of its own, with empty signal mask and default dispositions, the
 * environment of the configuration and nothing else, and three descriptors: the state, and a
 * pipe twice that is read here, its last line being part of the message when the hook fails. It is killed
 * when the caller ends. What runs longer than its timeout is killed with its process group;
 * one that fails, too. What it leaves in the background after a success is left alone.
 *
 * The caller must be single-threaded; SIGPIPE is ignored meanwhile.
 *
 * Return: 0 when it exited with status 0, else -1: which errno says why it could not be executed, or
 * with errnum 0 how it ended.
 */
int hook_run(const struct hook_call *call, struct error *err);

/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
#pragma once

/*
 * Kinds of hooks, in the order in which they are called. enum spec_hook_kind has the order of
 * these rows. Read by spec and `orlop features`.
 *
 * Spec: config.md "POSIX-platform Hooks".
 */

#include <stdbool.h>
#include <stddef.h>

#define HOOK_KINDS 6

struct hook_kind {
	const char *name;	/* "createRuntime" */
	bool in_container;	/* called in the container's namespaces */
	bool path_in_container;	/* its path is one of the container */
	const char *command;	/* the command that calls it: "create", "start" or "delete" */
};

extern const struct hook_kind hook_kinds[HOOK_KINDS];

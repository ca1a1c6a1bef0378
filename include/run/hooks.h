/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * Hooks of the configuration: which are called when, and what they are told. The
 * state directory's commands (`start`, `delete`) call some without a plan, from what the
 * container was made from.
 *
 * Spec: config.md "POSIX-platform Hooks", runtime.md "Lifecycle".
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "base/error.h"
#include "policy/policy.h"
#include "run/seccomp.h"
#include "spec/spec.h"
#include "state/record.h"
#include "state/status.h"

/* Whose hooks. Everything is borrowed. */
struct hooks {
	const struct spec *spec;
	const struct policy *policy;	/* the one that made the container: whose rule hooks is */
	const struct record *record;	/* what their state says */
	bool check;			/* plan_hook_rule() */
	bool audit;
};

/** hooks_of() - the hooks of a configuration under the policy that made the container */
struct hooks hooks_of(const struct spec *spec, const struct policy *policy,
		      const struct record *record);

/**
 * hooks_check() - does item hooks let pass every program that will be called in the runtime's namespaces?
 *
 * Asked before anything is done: what is called at last of all should not be the first to be
 * refused. A program that is not there yet is no fault.
 *
 * Return: 0, or -1 with ERROR_POLICY.
 */
int hooks_check(const struct hooks *hooks, struct error *err);

/**
 * hooks_call() - call the hooks of one kind that belong in the runtime's namespaces
 * @kind:   not SPEC_HOOK_CREATE_CONTAINER nor SPEC_HOOK_START_CONTAINER
 * @status: what their state says, and
 * @pid:    of init, 0 when it has ended
 *
 * In the order of the configuration; the first that fails ends it. Each program is held
 * against item hooks just before.
 *
 * Return: 0, or -1 with ERROR_HOOK "error running KIND hook #N: ...".
 */
int hooks_call(const struct hooks *hooks, enum spec_hook_kind kind, enum status status, pid_t pid,
	       struct error *err);

/**
 * hooks_allow() - hold the programs of one kind against item hooks, without calling them
 * @kind: SPEC_HOOK_CREATE_CONTAINER: its caller, in a user namespace, cannot tell who owns a program
 *
 * Return: 0, or -1 with ERROR_HOOK as hooks_call().
 */
int hooks_allow(const struct hooks *hooks, enum spec_hook_kind kind, struct error *err);

/**
 * hooks_call_inside() - call the hooks of a kind that belongs in the container's namespaces
 * @kind:   SPEC_HOOK_CREATE_CONTAINER, before the root changes, or SPEC_HOOK_START_CONTAINER
 * @filter: loaded by each hook's process before it executes the program; NULL: none
 *
 * For the container's first process. Its pid, in the state, is that of its own pid namespace.
 *
 * Return: as hooks_call().
 */
int hooks_call_inside(const struct hooks *hooks, enum spec_hook_kind kind,
		      const struct seccomp_program *filter, struct error *err);

/** hooks_call_poststop() - call all poststop hooks; those that fail are warnings */
void hooks_call_poststop(const struct hooks *hooks);

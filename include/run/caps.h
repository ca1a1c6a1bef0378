/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * Dropping capabilities. In this order: caps_bound() (needs CAP_SETPCAP in effect, which the
 * change of ids would take), the change of ids, caps_final(), caps_verify(), exec.
 *
 * A filter without no_new_privs needs CAP_SYS_ADMIN, and the filter comes last. @keep_sys_admin
 * then leaves that one capability permitted and in effect, but out of the bounding, inheritable
 * and ambient sets unless planned there. execve(2) gives root what is bounding or inheritable,
 * and others what is ambient: so exec takes it away.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "plan/plan.h"

/**
 * caps_bound() - cut the bounding set, and have permitted capabilities survive the change of ids
 * @plan: its bounding set is looked at
 *
 * Sets PR_SET_KEEPCAPS, which execve(2) clears. Securebits are otherwise left alone. A capability
 * that the kernel does not know, or that is gone already, is no error.
 *
 * Return: 0, or -1 with ERROR_SYSTEM; the message names the capability.
 */
int caps_bound(const struct plan_caps *plan, struct error *err);

/** caps_available() - the capabilities that this process may still use; what it has not got cannot be granted */
int caps_available(uint64_t *permitted, struct error *err);

/**
 * caps_keep_on_exec() - have the next program keep all capabilities that this process has
 *
 * Without it, execve(2) takes them from whoever is not user 0.
 *
 * Return: 0, or -1 with ERROR_SYSTEM.
 */
int caps_keep_on_exec(struct error *err);

/**
 * caps_final() - set the permitted, effective, inheritable and ambient sets
 * @plan:           the sets
 * @keep_sys_admin: see above; false wherever no_new_privs is planned
 * @unraised:       set to the ambient capabilities that could not be raised, for a warning each:
 *                  "can't raise ambient capability CAP_X"; they are no failure
 *
 * Capabilities asked for that are not in the process's permitted set are an error, except those
 * that the kernel does not know.
 *
 * Return: 0, or -1 with ERROR_SYSTEM, or ERROR_HOST: the caller has not got a capability.
 */
int caps_final(const struct plan_caps *plan, bool keep_sys_admin, uint64_t *unraised,
	       struct error *err);

/**
 * caps_verify() - read all five sets back
 * @plan, @keep_sys_admin: as for caps_final()
 * @unraised: what caps_final() gave
 *
 * Return: 0, or -1 with ERROR_HOST: a set is not as planned; the message names it and both values.
 */
int caps_verify(const struct plan_caps *plan, bool keep_sys_admin, uint64_t unraised,
		struct error *err);

/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * An ordinary user has no power over mounts, namespaces and ids. In a user namespace of his own he
 * has all of it, over what belongs to that namespace. There orlop begins again, and everything that
 * comes after is as it is for root.
 */
#pragma once

#include "base/error.h"
#include "plan/plan.h"

/**
 * rootless_enter() - go on in a user namespace of the caller's own, as a sealed copy of this program
 * @ids:  ids.outer says which ids that namespace has; nothing is done where it has none
 * @argv: this call's arguments
 *
 * Every id has the same number in the namespace as outside. The caller's own uid and gid are written
 * by this process; more than these by newuidmap(1) and newgidmap(1). The mount namespace is new
 * as well. The copy has all capabilities, in that namespace. Called before any side effect.
 *
 * Return: 0 where there is nothing to do, else -1: ERROR_HOST with the name of the setting where this
 * host forbids it.
 */
int rootless_enter(const struct plan_ids *ids, char *const *argv, struct error *err);

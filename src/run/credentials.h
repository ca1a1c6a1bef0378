/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * The child's changes of ids and groups, each read back. They leave the process
 * undumpable and without a death signal, which the kernel clears with the ids.
 */
#pragma once

#include "base/error.h"
#include "plan/plan.h"

/** credentials_become_root() - id 0 of the user namespace and no groups, once the mappings are there */
int credentials_become_root(const struct plan *plan, struct error *err);

/** credentials_switch() - the ids of process.user: groups, gid, uid */
int credentials_switch(const struct plan_process *process, struct error *err);

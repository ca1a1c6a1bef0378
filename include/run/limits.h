/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/* Limits of a process: rlimits, oom_score_adj, umask. Each is read back. */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"
#include "plan/plan.h"

/**
 * limits_set_rlimit() - set one rlimit of a process
 * @pid: 0 for the caller; else a process in the caller's pid namespace
 *
 * For init the supervisor does this before init changes its ids: prlimit(2) on another process
 * needs equal ids, or CAP_SYS_RESOURCE in its user namespace. Raising a hard limit needs
 * CAP_SYS_RESOURCE in the initial user namespace in any case.
 *
 * Return: 0, or -1 with ERROR_SYSTEM; the message names the limit and both values, and says so
 * when CAP_SYS_RESOURCE is missing.
 */
int limits_set_rlimit(pid_t pid, const struct plan_rlimit *limit, struct error *err);

/**
 * limits_read_hard() - read the hard limits of a process
 * @pid:   as numbered in the caller's pid namespace
 * @count: how many, from resource 0 on; at most RLIM_NLIMITS
 * @hard:  by resource
 *
 * Return: 0, or -1 with ERROR_SYSTEM. Kernel: prlimit(2); of a process with other ids it needs
 * CAP_SYS_RESOURCE in that one's user namespace.
 */
int limits_read_hard(pid_t pid, size_t count, uint64_t hard[], struct error *err);

/**
 * limits_set_oom_score() - set oom_score_adj of a process
 * @procfs: lent handle of procfs_open()
 * @pid:    as numbered in @procfs
 * @plan:   oom_score_set and oom_score, or oom_score_not_negative: an inherited negative value
 *          becomes 0, or oom_score_audit: such a value stays and is logged
 *
 * Return: 0, or -1 with ERROR_SYSTEM. Lowering needs CAP_SYS_RESOURCE.
 */
int limits_set_oom_score(int procfs, pid_t pid, const struct plan_process *plan,
			 struct error *err);

/**
 * limits_set_umask() - set the umask of the calling process
 * @plan: umask where umask_set, else 0022
 */
void limits_set_umask(const struct plan_process *plan);

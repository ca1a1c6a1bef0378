/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * AppArmor and SELinux labels for the container's program. They are staged: the kernel changes
 * the label at the next execve(2). Label files are reached only through a private procfs handle:
 * a container may mount over /proc/self/attr (CVE-2019-16884).
 */
#pragma once

#include <sys/types.h>

#include "base/error.h"
#include "plan/plan.h"

/**
 * lsm_stage() - have the next exec of this process enter its labels
 * @plan:   labels; those that are NULL are left alone
 * @procfs: lent handle of procfs_open(), which numbers this process
 *
 * To be called after the last mount that could shadow /proc and before capabilities fall. Each
 * label is written in one call, and read back as staged.
 *
 * Return: 0, or -1 with ERROR_HOST (the module is not on, or the profile is not loaded; the
 * message says how to load it) or ERROR_SYSTEM.
 */
int lsm_stage(const struct plan_lsm *plan, int procfs, struct error *err);

/**
 * lsm_verify() - check, from outside, the labels a process runs under
 * @plan:   labels; those that are NULL are not looked at
 * @procfs: lent handle of procfs_open()
 * @pid:    the process, as numbered in @procfs, after its exec
 *
 * AppArmor: the profile must be the one planned, in mode enforce; in a stack ("a//&b") it must be
 * one of the parts. Mode kill, which a profile's own flags may set, is as good as enforce; any
 * other mode (complain, unconfined) is refused. SELinux: the label must be equal.
 *
 * Return: 0, or -1 with ERROR_HOST: the process runs under another label, which the message names;
 * or ERROR_SYSTEM. On failure the caller kills the process.
 */
int lsm_verify(const struct plan_lsm *plan, int procfs, pid_t pid, struct error *err);

/**
 * lsm_apparmor_matches() - whether what the kernel says of a process is the profile asked for
 * @current: contents of attr/apparmor/current, for instance "orlop-default (enforce)\n"
 * @profile: the profile asked for, "unconfined" included
 *
 * libapparmor has to be loaded.
 *
 * Return: 1 or 0.
 */
int lsm_apparmor_matches(const char *current, const char *profile);

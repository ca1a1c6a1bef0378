/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * Landlock, for hosts with neither AppArmor nor SELinux. One fixed idea: the container cannot open
 * the kernel's own files for writing, whatever its mounts look like.
 *
 * Landlock only knows "allowed beneath", never "but not there", and its rules hang on inodes.
 * The inodes of /proc/PID are made anew for each process and after each memory shortage, so no rule
 * can name the harmless files in them, and one for /proc itself would allow /proc/sys as well.
 * All of /proc and of /sys is therefore closed to writing. That costs a program oom_score_adj,
 * coredump_filter and the comm of its other threads, which get EACCES; prctl(PR_SET_NAME) and
 * descriptors through /proc/self/fd work.
 */
#pragma once

#include "base/error.h"
#include "plan/plan.h"

/**
 * confine_landlock() - take this process's right to open for writing below /proc and /sys
 * @plan: nothing is done where it does not ask for Landlock
 *
 * To be called in the container's root, after the last mount and after no_new_privs is set (or
 * with CAP_SYS_ADMIN): mounting fails from here on. Everything at the top of the root may be
 * written as before, proc, sys and whatever else is a procfs or sysfs there excepted; so may
 * what descriptors 0, 1 and 2 refer to. An entry that the container makes at the top of a
 * writable root later is not in the list: files in it cannot be opened for writing.
 *
 * Return: 0, or -1 with ERROR_HOST (Landlock is missing or older than ABI 2) or ERROR_SYSTEM.
 * Kernel: landlock(7), Linux 5.19.
 */
int confine_landlock(const struct plan_lsm *plan, struct error *err);

/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
#pragma once

/* Landlock rulesets. Which accesses and paths is the plan's affair. */

#include <stdint.h>

#include "base/error.h"

/**
 * landlock_abi() - the Landlock version of this kernel
 *
 * Return: 1 or more; 0 if it is not built in or not enabled at boot.
 */
int landlock_abi(void);

/**
 * landlock_known() - the file-system accesses that a version knows
 * @abi: from landlock_abi()
 *
 * Return: LANDLOCK_ACCESS_FS_* bits; 0 for version 0.
 */
uint64_t landlock_known(int abi);

/**
 * landlock_ruleset() - make a ruleset
 * @handled: LANDLOCK_ACCESS_FS_* bits that are denied where no rule allows them
 * @err:     filled on failure
 *
 * Return: a descriptor, close-on-exec, or -1 with ERROR_HOST: no Landlock, or bits that this
 * kernel does not know; or ERROR_SYSTEM.
 */
int landlock_ruleset(uint64_t handled, struct error *err);

/**
 * landlock_allow_beneath() - allow accesses to a file, or to a directory and all below it
 * @ruleset: lent
 * @fd:      lent; O_PATH
 * @allowed: a subset of the bits handled
 * @err:     filled on failure
 *
 * Bits that only make sense for directories are dropped if @fd is not one.
 *
 * Return: 0, or -1 with ERROR_SYSTEM.
 */
int landlock_allow_beneath(int ruleset, int fd, uint64_t allowed, struct error *err);

/**
 * landlock_restrict_self() - put the calling thread and its future children under a ruleset
 * @ruleset: lent
 * @err:     filled on failure
 *
 * For good. Needs no_new_privs or CAP_SYS_ADMIN. mount(2) and pivot_root(2) fail from here on.
 *
 * Return: 0, or -1 with ERROR_SYSTEM.
 */
int landlock_restrict_self(int ruleset, struct error *err);

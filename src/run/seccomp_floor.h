/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * The floor: the filter under any profile, as a table. A fixed part, and a part that a policy may
 * open by name (enum policy_opening).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "policy/policy.h"
#include "seccomp_block.h"

/**
 * seccomp_floor_compile() - append the floor's block
 * @openings: enum policy_opening, or-ed
 *
 * What the floor lets through falls through: the block has no "return allow".
 *
 * Return: 0, or -1 with ERROR_HOST (an architecture that the table does not know, no
 * libseccomp) or ERROR_SYSTEM.
 */
int seccomp_floor_compile(unsigned int openings, struct seccomp_block *block, struct error *err);

/**
 * seccomp_floor_foreign() - the ABI that POLICY_OPEN_ABI_32 opens on this machine
 *
 * libseccomp has to be loaded.
 *
 * Return: SCMP_ARCH_*, or 0 where there is none.
 */
uint32_t seccomp_floor_foreign(void);

/** seccomp_floor_names() - whether the floor has a rule for a call, whatever is opened */
bool seccomp_floor_names(const char *name);

/**
 * seccomp_floor_lets() - calls that the floor has a rule for and lets through, some or all
 * @openings: enum policy_opening, or-ed
 * @row:      0 for the first; moved on
 *
 * Return: a name, perhaps one that was given before, or NULL at the end.
 */
const char *seccomp_floor_lets(unsigned int openings, size_t *row);

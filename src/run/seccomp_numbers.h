/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * Numbers of system calls, by libseccomp and beyond it: the library of a stable distribution is
 * years older than the kernels and profiles it meets. It has to be loaded (libseccomp_load()).
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "seccomp_block.h"

/* The newest call that is known here: those above it give ENOSYS under the floor. */
#define SECCOMP_NUMBERS_LAST 469

/**
 * seccomp_numbers_native() - number of a call in this machine's own ABI
 *
 * Return: the number; a negative one of libseccomp's for a call of other ABIs; or
 * __NR_SCMP_ERROR for a name nobody knows.
 */
int seccomp_numbers_native(const char *name);

/**
 * seccomp_numbers_of() - number of a call in some ABI
 * @token: SCMP_ARCH_*
 *
 * Return: the number, with SECCOMP_X32_BIT for x32; or negative where the ABI has no such call
 * or, for another ABI than the machine's own, libseccomp does not know it.
 */
int seccomp_numbers_of(uint32_t token, const char *name);

/**
 * seccomp_numbers_audit_arch() - what the kernel calls an ABI
 * Return: AUDIT_ARCH_*. For x32 that of x86-64.
 */
uint32_t seccomp_numbers_audit_arch(uint32_t token);

/**
 * seccomp_numbers_known() - the numbers that an ABI has in use, as ranges
 * @token:  SCMP_ARCH_*
 * @ranges: set to static data
 *
 * Return: how many ranges; 0 for an ABI that is not in the table.
 */
size_t seccomp_numbers_known(uint32_t token, const struct seccomp_range **ranges);

/**
 * seccomp_numbers_last() - the newest call of an ABI for which a rule can be written
 *
 * SECCOMP_NUMBERS_LAST for the machine's own; of others libseccomp must know the name. Only of
 * use in the range that all architectures share, from 424.
 */
uint32_t seccomp_numbers_last(uint32_t token);

/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
#pragma once

/*
 * Names of seccomp profiles and their values. Read by spec (names), run (values for
 * libseccomp) and `orlop features`.
 *
 * Values are those of seccomp.h of libseccomp 2.6 and of linux/seccomp.h. They stand here as
 * numbers, so that nothing but run needs libseccomp, and so that names which the installed
 * libseccomp does not know yet can be read: what it cannot carry out it refuses itself.
 *
 * Spec: config-linux.md "Seccomp".
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct seccomp_name {
	const char *name;
	uint32_t value;
};

/* SCMP_ACT_*. The low 16 bits of ERRNO and TRACE are for the errno. */
extern const struct seccomp_name seccomp_actions[];
extern const size_t seccomp_action_count;

/* SCMP_CMP_*: enum scmp_compare. */
extern const struct seccomp_name seccomp_operators[];
extern const size_t seccomp_operator_count;

/* SCMP_ARCH_*: AUDIT_ARCH_*, and libseccomp's own value for x32. */
extern const struct seccomp_name seccomp_architectures[];
extern const size_t seccomp_architecture_count;

/* SECCOMP_FILTER_FLAG_*: bits for seccomp(2). */
extern const struct seccomp_name seccomp_flags[];
extern const size_t seccomp_flag_count;

/* Each returns the row of a name, or NULL. */
const struct seccomp_name *seccomp_action_find(const char *name);
const struct seccomp_name *seccomp_operator_find(const char *name);
const struct seccomp_name *seccomp_architecture_find(const char *name);
const struct seccomp_name *seccomp_flag_find(const char *name);

/** seccomp_action_takes_errno() - whether errnoRet may stand beside an action: ERRNO and TRACE */
bool seccomp_action_takes_errno(const char *name);

/* The largest errno that the kernel hands on: it cuts larger ones to this (MAX_ERRNO). */
#define SECCOMP_ERRNO_MAX 4095u

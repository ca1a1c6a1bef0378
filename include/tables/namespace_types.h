/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
#pragma once

/*
 * Types of namespaces. Read by spec (names), plan (struct plan.namespace_why has the order of
 * these rows), run (flags, files below /proc/PID/ns) and `orlop features`.
 *
 * Spec: config-linux.md "Namespaces". Kernel: namespaces(7), time_namespaces(7).
 */

#include <stddef.h>

#define NAMESPACE_TYPES 8

struct namespace_type {
	const char *name;	/* "mount" */
	const char *file;	/* "mnt": /proc/PID/ns/mnt */
	int flag;		/* CLONE_NEWNS; one bit */
};

extern const struct namespace_type namespace_types[NAMESPACE_TYPES];

/** namespace_type_find() - row of a name of config.json, or NULL */
const struct namespace_type *namespace_type_find(const char *name);

/** namespace_type_of_flag() - row of one CLONE_NEW* bit, or NULL */
const struct namespace_type *namespace_type_of_flag(int flag);

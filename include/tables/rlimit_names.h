/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
#pragma once

/*
 * Resource limits by name. Read by spec (names) and plan (numbers for prlimit(2)).
 *
 * Spec: config.md "POSIX process". Kernel: getrlimit(2).
 */

#include <stddef.h>

struct rlimit_name {
	const char *name;	/* "RLIMIT_NOFILE" */
	int resource;		/* RLIMIT_NOFILE */
};

extern const struct rlimit_name rlimit_names[];
extern const size_t rlimit_name_count;

/** rlimit_resource() - number of a limit, or -1 for a name that is not known */
int rlimit_resource(const char *name);

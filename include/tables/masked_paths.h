/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
#pragma once

/*
 * Kernel files that are hidden from containers or read-only in them. Read by `orlop spec` (the
 * usual ones) and plan (items masked-paths and readonly-paths).
 */

#include <stddef.h>

enum masked_from {
	MASKED_USUAL,		/* runc, containerd, Docker or Podman mask it by default */
	MASKED_HARDENED,	/* orlop's own: only under policy */
};

struct masked_path {
	const char *path;
	enum masked_from from;
	const char *why;	/* what it gives away */
};

extern const struct masked_path masked_paths[];
extern const size_t masked_path_count;

/* Read-only; all of them usual. */
extern const char *const readonly_paths[];
extern const size_t readonly_path_count;

/* One a processor, from 0; Docker masks them. The number of processors is the host's. */
#define MASKED_THERMAL_FORMAT "/sys/devices/system/cpu/cpu%u/thermal_throttle"

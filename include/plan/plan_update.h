/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * New limits for a container that is there: a function of values, as plan_build()
 * is, and by the same rules.
 */
#pragma once

#include <stdint.h>

#include "base/error.h"
#include "host/host.h"
#include "plan/plan.h"
#include "policy/policy.h"
#include "spec/spec.h"

/* What the kernel says of the cgroup before: it decides on the order of writes. */
struct plan_now {
	uint64_t memory_usage;	/* bytes; 0: not known */
	uint64_t memory_max;	/* bytes; UINT64_MAX: no limit, or not known */
	uint64_t swap_max;	/* likewise */
	uint64_t burst;		/* microseconds; 0: none, or not known */
};

#define PLAN_NOW_UNKNOWN ((struct plan_now){ .memory_max = UINT64_MAX, .swap_max = UINT64_MAX })

struct plan_update_input {
	const struct spec *kept;	/* what the container was made from, and updated to since */
	const struct spec *asked;	/* from spec_read_resources() */
	const struct policy *policy;
	const struct host *host;
	const char *cgroup_path;	/* below the mount */
	const char *cgroup_unit;	/* of systemd, or NULL */
	struct plan_now now;
};

/**
 * plan_update() - decide what new limits make of a container's cgroup
 * @from: all of it is borrowed by @out
 * @out:  filled on success; give it to plan_free(). Untouched on failure. Of it are filled:
 *       .cgroup    the writes, in their order; .device_program where the device rules change; the
 *                  unit with its name and those properties that change
 *       .spec      the configuration with the limits that are in force afterwards
 *       .findings
 *
 * What is not asked for stays as it is: neither written nor judged. What is, is refused or
 * changed exactly as create would.
 *
 * Values that are written together are settled together: memory and swap, quota, period and burst,
 * shares and idle. Limits of memory and swap that rise are written before those that fall, since
 * the kernel pushes out what a lower limit of memory no longer holds.
 *
 * Device rules are added to those that the container has. A rule that denies everything at the
 * head of the list is passed over: engines put it before every list, and do not mean to take the
 * container's devices away.
 *
 * Return: 0, or -1 with
 *   ERROR_POLICY, ERROR_SPEC, ERROR_HOST as plan_build()
 *   ERROR_STATE   "rejecting memory limit ...": checkBeforeUpdate is set, and more is in use
 */
int plan_update(const struct plan_update_input *from, struct plan *out, struct error *err);

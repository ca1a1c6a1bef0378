/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
#pragma once

#include "base/error.h"
#include "plan/plan.h"

/** affinity_save() - the processors that the calling process may run on now */
int affinity_save(struct plan_cpus *out, struct error *err);

/**
 * affinity_set() - bind the calling process to processors
 * @cpus: of them those that its cgroup has; the kernel leaves the others out
 * @what: for messages: "/process/execCPUAffinity/final"
 *
 * Return: 0, or -1 with ERROR_SYSTEM, errnum EINVAL where none is left. Read back.
 */
int affinity_set(const struct plan_cpus *cpus, const char *what, struct error *err);

/** affinity_reset() - let the calling process run on all processors of its cgroup */
int affinity_reset(struct error *err);

/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * Statistics of a container in the form in which callers read them.
 */
#pragma once

#include "base/text.h"
#include "run/cgroup_stats.h"

/**
 * stats_write() - append the line of an event "stats", with its newline
 * @id: the container's
 *
 * Names, units and meanings are those of cgroup v1 that other runtimes print: processor time in
 * nanoseconds, and swap together with memory.
 */
void stats_write(const char *id, const struct cgroup_stats *stats, struct text *out);

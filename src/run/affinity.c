/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * The system calls and not libc's wrappers: cpu_set_t ends at 1024 processors.
 */
#include "affinity.h"

#include <errno.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

int affinity_save(struct plan_cpus *out, struct error *err)
{
	struct plan_cpus now = { .set = true };

	if (syscall(SYS_sched_getaffinity, 0, sizeof(now.words), now.words) < 0)
		return error_system(err, "read the CPU affinity");
	*out = now;
	return 0;
}

int affinity_set(const struct plan_cpus *cpus, const char *what, struct error *err)
{
	struct plan_cpus now = { 0 };

	if (syscall(SYS_sched_setaffinity, 0, sizeof(cpus->words), cpus->words) < 0)
		return error_system(err, "%s: bind the process to these processors", what);
	if (affinity_save(&now, err))
		return -1;
	for (size_t i = 0; i < sizeof(now.words) / sizeof(now.words[0]); i++)
		if (now.words[i] & ~cpus->words[i])
			return error_set(err, ERROR_SYSTEM, 0, "%s: was set, and reads back otherwise", what);
	return 0;
}

int affinity_reset(struct error *err)
{
	struct plan_cpus all;

	memset(&all, 0xff, sizeof(all));
	return affinity_set(&all, "the CPU affinity", err);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */

#include "tables/namespace_types.h"

#include <sched.h>
#include <string.h>

#include "kernel/compat.h"

const struct namespace_type namespace_types[NAMESPACE_TYPES] = {
	{ "pid",     "pid",    CLONE_NEWPID },
	{ "network", "net",    CLONE_NEWNET },
	{ "mount",   "mnt",    CLONE_NEWNS },
	{ "ipc",     "ipc",    CLONE_NEWIPC },
	{ "uts",     "uts",    CLONE_NEWUTS },
	{ "user",    "user",   CLONE_NEWUSER },
	{ "cgroup",  "cgroup", CLONE_NEWCGROUP },
	{ "time",    "time",   CLONE_NEWTIME },
};

const struct namespace_type *namespace_type_find(const char *name)
{
	for (size_t i = 0; i < NAMESPACE_TYPES; i++)
		if (strcmp(namespace_types[i].name, name) == 0)
			return &namespace_types[i];
	return NULL;
}

const struct namespace_type *namespace_type_of_flag(int flag)
{
	for (size_t i = 0; i < NAMESPACE_TYPES; i++)
		if (namespace_types[i].flag == flag)
			return &namespace_types[i];
	return NULL;
}

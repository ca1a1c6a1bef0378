/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */

#include "tables/rlimit_names.h"

#include <string.h>
#include <sys/resource.h>

#include "base/cleanup.h"

#define NAME(limit) { #limit, (int)(limit) }

const struct rlimit_name rlimit_names[] = {
	NAME(RLIMIT_AS),
	NAME(RLIMIT_CORE),
	NAME(RLIMIT_CPU),
	NAME(RLIMIT_DATA),
	NAME(RLIMIT_FSIZE),
	NAME(RLIMIT_LOCKS),
	NAME(RLIMIT_MEMLOCK),
	NAME(RLIMIT_MSGQUEUE),
	NAME(RLIMIT_NICE),
	NAME(RLIMIT_NOFILE),
	NAME(RLIMIT_NPROC),
	NAME(RLIMIT_RSS),
	NAME(RLIMIT_RTPRIO),
	NAME(RLIMIT_RTTIME),
	NAME(RLIMIT_SIGPENDING),
	NAME(RLIMIT_STACK),
};

const size_t rlimit_name_count = ARRAY_SIZE(rlimit_names);

int rlimit_resource(const char *name)
{
	for (size_t i = 0; i < rlimit_name_count; i++)
		if (strcmp(rlimit_names[i].name, name) == 0)
			return rlimit_names[i].resource;
	return -1;
}

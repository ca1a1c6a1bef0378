/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
#include "registry_directory.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/number.h"
#include "registry_entry.h"
#include "run/registry.h"

void registry_name(uint32_t step, char name[static 16])
{
	(void)snprintf(name, 16, "%llu", (unsigned long long)step * REGISTRY_STEP);
}

int registry_each(int dir, registry_visit *visit, void *data, struct error *err)
{
	int copy = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *listing = copy < 0 ? NULL : fdopendir(copy);
	struct dirent *entry;
	int result = 0;

	if (!listing) {
		int saved = errno;

		close_fd(&copy);
		errno = saved;
		return error_system(err, "list %s", REGISTRY_DIRECTORY);
	}
	while (result == 0 && (entry = readdir(listing))) {
		uint64_t first;

		/* Nothing else of a name that is a number is ours. */
		if (number_parse_u64(entry->d_name, UINT32_MAX, &first) == 0 &&
		    first % REGISTRY_STEP == 0)
			result = visit(dir, (uint32_t)(first / REGISTRY_STEP), data);
	}
	(void)closedir(listing);
	return result;
}

int registry_each_in_place(registry_visit *visit, void *data, struct error *err)
{
	auto_fd dir = open(REGISTRY_DIRECTORY, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (dir < 0)
		return errno == ENOENT ? 0 : error_system(err, "open %s", REGISTRY_DIRECTORY);
	return registry_each(dir, visit, data, err);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */

#include "tables/default_devices.h"

#include <string.h>

#include "base/cleanup.h"

/* Kernel: Documentation/admin-guide/devices.txt. */
const struct default_device default_devices[] = {
	{ "/dev/null",    'c', 1, 3, 0666 },
	{ "/dev/zero",    'c', 1, 5, 0666 },
	{ "/dev/full",    'c', 1, 7, 0666 },
	{ "/dev/random",  'c', 1, 8, 0666 },
	{ "/dev/urandom", 'c', 1, 9, 0666 },
	{ "/dev/tty",     'c', 5, 0, 0666 },
};

const size_t default_device_count = ARRAY_SIZE(default_devices);

const struct default_link default_links[] = {
	{ "/dev/fd",     "/proc/self/fd" },
	{ "/dev/stdin",  "/proc/self/fd/0" },
	{ "/dev/stdout", "/proc/self/fd/1" },
	{ "/dev/stderr", "/proc/self/fd/2" },
	{ "/dev/ptmx",   "pts/ptmx" },
};

const size_t default_link_count = ARRAY_SIZE(default_links);

const struct default_device_rule default_device_rules[] = {
	{ 'c', 1, false, 3 },
	{ 'c', 1, false, 5 },
	{ 'c', 1, false, 7 },
	{ 'c', 1, false, 8 },
	{ 'c', 1, false, 9 },
	{ 'c', 5, false, 0 },
	{ 'c', 5, false, 1 },	/* console */
	{ 'c', 5, false, 2 },	/* ptmx */
	{ 'c', 136, true, 0 },	/* pts */
};

const size_t default_device_rule_count = ARRAY_SIZE(default_device_rules);

const struct default_device *default_device_find(const char *path)
{
	for (size_t i = 0; i < default_device_count; i++)
		if (strcmp(default_devices[i].path, path) == 0)
			return &default_devices[i];
	return NULL;
}

bool default_device_is(char type, uint64_t major, uint64_t minor)
{
	for (size_t i = 0; i < default_device_count; i++) {
		const struct default_device *device = &default_devices[i];

		if (device->type == type && device->major == major && device->minor == minor)
			return true;
	}
	return false;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
#pragma once

/*
 * What every container's /dev has. Read by plan (nodes, rules), run (links) and policy (which
 * nodes item devices lets pass).
 *
 * Spec: config-linux.md "Default Devices"; runtime-linux.md "Dev symbolic links".
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct default_device {
	const char *path;	/* "/dev/null" */
	char type;		/* 'c' */
	uint32_t major;
	uint32_t minor;
	uint32_t mode;		/* 0666 */
};

extern const struct default_device default_devices[];
extern const size_t default_device_count;

struct default_link {
	const char *path;	/* "/dev/stdin" */
	const char *target;	/* "/proc/self/fd/0" */
};

extern const struct default_link default_links[];
extern const size_t default_link_count;

/* A device that a container may read, write and make. */
struct default_device_rule {
	char type;
	uint32_t major;
	bool any_minor;
	uint32_t minor;
};

/* The nodes above, and terminals: console 5:1, ptmx 5:2, pts 136:any. */
extern const struct default_device_rule default_device_rules[];
extern const size_t default_device_rule_count;

/** default_device_find() - row of a device by path, or NULL */
const struct default_device *default_device_find(const char *path);

/** default_device_is() - whether a device is one of the default nodes, wherever its path is */
bool default_device_is(char type, uint64_t major, uint64_t minor);

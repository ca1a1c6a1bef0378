/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
#pragma once

/*
 * The file systems that a Linux program expects. Read by `orlop spec`, which writes them into a
 * new config.json. create adds none of them: a configuration says what it wants.
 *
 * Spec: config-linux.md "Default Filesystems".
 */

#include <stddef.h>

#define DEFAULT_MOUNT_OPTIONS 6

struct default_mount {
	const char *destination;
	const char *type;
	const char *source;
	const char *options[DEFAULT_MOUNT_OPTIONS + 1];	/* ends with NULL */
};

extern const struct default_mount default_mounts[];
extern const size_t default_mount_count;

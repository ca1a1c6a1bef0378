/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
#pragma once

/*
 * Capabilities by name. The place in the table is the kernel's number. Read by spec, policy,
 * plan and `orlop features`.
 *
 * Spec: config.md "Linux Process". Kernel: linux/capability.h, up to Linux 6.18.
 */

#include <stdint.h>

#include "base/text.h"

#define CAPABILITY_COUNT 41

/* All of them, a bit each. */
#define CAPABILITY_ALL ((UINT64_C(1) << CAPABILITY_COUNT) - 1)

/* "CAP_CHOWN" first, "CAP_CHECKPOINT_RESTORE" last. */
extern const char *const capability_names[CAPABILITY_COUNT];

/**
 * capability_number() - number of a capability
 * @name: exactly as the specification writes it: "CAP_SYS_ADMIN"
 *
 * Return: from 0, or -1 for a name that is not known.
 */
int capability_number(const char *name);

/** capability_append() - write the names of a set, a space between; a number for what has no name */
void capability_append(struct text *out, uint64_t set);

/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/* Which programs may be hooks: item hooks. */
#pragma once

#include <sys/stat.h>

#include "base/error.h"
#include "policy/policy.h"

/* What the check is about. */
struct hook_subject {
	const char *path;		/* of the program, absolute, looked up from this process's root */
	const char *where;		/* JSON path, for the message */
	const struct policy *policy;	/* whose rule */
	const struct stat *rootfs;	/* the container's root directory; NULL: it is gone */
};

/**
 * hook_program_check() - can nobody but root change what a path leads to?
 * @subject: see above
 *
 * Every directory on the way, through links too, and the program itself belong to root and can
 * be written by nobody else, and the program is no file of the container's. After that the path
 * may be executed by name: who could make it lead elsewhere is root.
 *
 * Return: 0, or -1 with ERROR_POLICY in the rule's words, or ERROR_SYSTEM.
 */
int hook_program_check(const struct hook_subject *subject, struct error *err);

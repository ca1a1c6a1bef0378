/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * A further process of a container that is there. It is decided by the same sections as the
 * first one, and then held against the container: whatever policy says today, the process has no
 * capability, label or filter less or more than the container's own bounds allow.
 */
#pragma once

#include "plan/plan.h"

#define PLAN_EXEC_LIMITS 16	/* resources that the kernel limits: RLIM_NLIMITS */

struct plan_exec_input {
	const struct spec *spec;		/* what the container was made from */
	const struct policy *made;		/* the policy that made it */
	const struct policy *rules;		/* of that and today's the strictest: policy_strictest() */
	const struct spec_process *process;	/* what is to run */
	const struct host *host;
	const struct plan_request *request;	/* console_socket, foreground, preserve_fds are used */
	/* Hard limits of the container's first process by resource, as the kernel has them now. */
	uint64_t hard_limits[PLAN_EXEC_LIMITS];
	uint32_t range_count;			/* ids of the container's range; 0: it has none */
	const char *cgroup;			/* of --cgroup, or NULL */
};

/**
 * plan_exec_build() - decide everything about a further process
 * @in:  all of it is borrowed by @out
 * @out: filled on success; give it to plan_free(). Only what exec carries out is planned:
 *       process, seccomp, lsm, keyring, sealed_copy, exec, and of ids the kind, which is
 *       PLAN_USER_HOST or PLAN_USER_JOIN
 *
 * Capabilities beyond those of the container's configuration, a label that would be lifted and a
 * limit above the container's are refused. A limit that the container's configuration does not name
 * is what its first process has. What the process does not say is the container's; a limit that
 * neither names is the caller's, as at create.
 *
 * Return: as plan_build(); ERROR_POLICY also where the process asks for more than the container has.
 */
int plan_exec_build(const struct plan_exec_input *in, struct plan *out, struct error *err);

/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * Hooks run with the power of the runtime. Whether their programs are root's alone
 * is a condition: run/ tests it each time before it calls one, and here already all
 * of them are known that will be called later.
 */
#include <sched.h>

#include "plan_sections.h"

#define CREATE_CONTAINER_PATH "/hooks/createContainer"

void plan_hook_rule(const struct policy *policy, bool *check, bool *audit)
{
	enum policy_mode mode = policy->modes[POLICY_HOOKS];

	*check = mode != POLICY_OFF;
	*audit = mode == POLICY_AUDIT;
}

/*
 * createContainer hooks have the host's root directory, and what shares their pid
 * and user namespaces may look into them.
 */
static int plan_create_container(struct plan_input *in, struct error *err)
{
	const struct plan *plan = in->plan;
	bool shared = false;

	if (!(plan->new_namespaces & CLONE_NEWNS))
		return error_set(err, ERROR_SPEC, 0, CREATE_CONTAINER_PATH
				 ": cannot be called in a mount namespace that is given by a path: its "
				 "paths are not the host's");
	for (size_t i = 0; i < plan->join_count; i++)
		shared = shared || plan->joins[i].type == CLONE_NEWPID;
	if (!shared)
		return 0;
	return plan_breach(in, POLICY_HOOKS, CREATE_CONTAINER_PATH, err,
			   "use createRuntime hooks, or a pid namespace of its own",
			   "the hook would have the host's files in view of the processes of another "
			   "container");
}

int plan_hooks(struct plan_input *in, struct error *err)
{
	const struct spec_hooks *hooks = in->spec->hooks;
	struct plan *plan = in->plan;

	for (size_t i = 0; i < SPEC_HOOK_KINDS; i++)
		plan->has_hooks = plan->has_hooks || hooks[i].count > 0;
	if (!plan->has_hooks)
		return 0;
	plan->hooks_at_create = hooks[SPEC_HOOK_PRESTART].count > 0 ||
				hooks[SPEC_HOOK_CREATE_RUNTIME].count > 0 ||
				hooks[SPEC_HOOK_CREATE_CONTAINER].count > 0;
	plan_hook_rule(in->policy, &plan->check_hooks, &plan->audit_hooks);
	if (hooks[SPEC_HOOK_CREATE_CONTAINER].count == 0)
		return 0;
	return plan_create_container(in, err);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * Every decision about a container, in one pass over its sections. The order
 * matters twice: a later section may look at what an earlier one decided, and
 * the first refusal is the one that is reported, so the widest rules come
 * first.
 */
#include "plan/plan.h"

#include "base/cleanup.h"
#include "plan_sections.h"

typedef int section_function(struct plan_input *in, struct error *err);

static section_function *const sections[] = {
	plan_privileged,	/* names the cause where many details would be refused */
	plan_namespaces,	/* all below ask which namespaces are the container's */
	plan_ids,		/* id mappings of mounts, ping groups */
	plan_root,		/* sources below the root, tmpfs paths */
	plan_mounts,		/* devices need a /dev, the cgroup a mount */
	plan_devices,
	plan_paths,
	plan_cgroup,
	plan_process,
	plan_caps,
	plan_sysctls,		/* what a capability is for, where it does not count */
	plan_limits,
	plan_seccomp,
	plan_lsm,
	plan_hooks,
};

int plan_build(const struct spec *spec, const struct policy *policy, const struct host *host,
	       const struct plan_request *request, struct plan *out, struct error *err)
{
	auto_plan plan = {
		.spec = spec,
		.policy = policy->name,
		.rules = policy,
		.request = *request,
	};
	struct plan_input in = {
		.spec = spec,
		.policy = policy,
		.host = host,
		.request = request,
		.plan = &plan,
	};

	for (size_t i = 0; i < ARRAY_SIZE(sections); i++) {
		if (sections[i](&in, err) < 0)
			return -1;
	}
	plan.findings = in.findings.items;
	plan.finding_count = in.findings.count;
	*out = plan;
	plan = (struct plan){ 0 };
	return 0;
}

void plan_free(struct plan *plan)
{
	if (!plan)
		return;
	arena_free(&plan->arena);
	*plan = (struct plan){ 0 };
}

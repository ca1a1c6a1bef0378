/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * Limits of the process itself: rlimits, and its place in the order in which
 * the kernel ends processes when memory runs out.
 */
#include <string.h>
#include <sys/resource.h>

#include "plan_sections.h"
#include "tables/rlimit_names.h"

static void add_configured(struct plan_input *in, struct plan_list *limits)
{
	const struct spec_process *spec = &in->spec->process;

	for (size_t i = 0; i < spec->rlimit_count; i++) {
		const struct spec_rlimit *row = &spec->rlimits[i];
		struct plan_rlimit *limit = plan_list_add(in, limits, sizeof(*limit));

		limit->resource = rlimit_resource(row->type);
		limit->name = row->type;
		limit->soft = row->soft;
		limit->hard = row->hard;
		limit->why = PLAN_WHY_SPEC(plan_text(in, "/process/rlimits/%zu", i));
	}
}

/* A dump goes to the host's handler, which runs as root on what the container wrote. */
static int add_core(struct plan_input *in, struct plan_list *limits, struct error *err)
{
	const struct plan_rlimit *items = limits->items;
	struct plan_rlimit *limit;

	for (size_t i = 0; i < limits->count; i++) {
		if (items[i].resource == RLIMIT_CORE)
			return 0;
	}
	if (!plan_enforces(in, POLICY_CORE_LIMIT))
		return plan_breach(in, POLICY_CORE_LIMIT, "/process/rlimits", err,
				   "add RLIMIT_CORE with 0", "core dumps go to the host's handler");
	limit = plan_list_add(in, limits, sizeof(*limit));
	limit->resource = RLIMIT_CORE;
	limit->name = "RLIMIT_CORE";
	limit->soft = in->policy->limits.core_bytes;
	limit->hard = in->policy->limits.core_bytes;
	limit->why = plan_why(PLAN_FLOOR, POLICY_CORE_LIMIT, NULL);
	return 0;
}

/* What the configuration leaves out is inherited, and a caller's own value may be negative. */
static int plan_oom_score(struct plan_input *in, struct error *err)
{
	static const char path[] = "/process/oomScoreAdj";
	const struct spec_i64 *spec = &in->spec->process.oom_score_adj;
	struct plan_process *process = &in->plan->process;

	if (!spec->set) {
		process->oom_score_why = PLAN_WHY_DEFAULT;
		if (plan_imposes(in, POLICY_OOM_SCORE)) {
			process->oom_score_not_negative = true;
			process->oom_score_why = plan_why(PLAN_FLOOR, POLICY_OOM_SCORE, NULL);
		}
		process->oom_score_audit = plan_audits(in, POLICY_OOM_SCORE);
		return 0;
	}
	process->oom_score_set = true;
	process->oom_score = (int)spec->value;
	process->oom_score_why = PLAN_WHY_SPEC(path);
	if (spec->value >= 0)
		return 0;
	if (plan_enforces(in, POLICY_OOM_SCORE)) {
		process->oom_score = 0;
		process->oom_score_why = plan_why(PLAN_CEILING, POLICY_OOM_SCORE, path);
		return 0;
	}
	return plan_breach(in, POLICY_OOM_SCORE, path, err, "use 0 or more",
			   "the kernel would end other processes before this container's");
}

int plan_limits(struct plan_input *in, struct error *err)
{
	struct plan_list limits = { 0 };

	add_configured(in, &limits);
	if (add_core(in, &limits, err) < 0)
		return -1;
	in->plan->process.rlimits = limits.items;
	in->plan->process.rlimit_count = limits.count;
	return plan_oom_score(in, err);
}

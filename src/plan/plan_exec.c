/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * The container is worked out once more, as far as a process goes, by the policy that made it: that
 * is the bound. The process is worked out by the stricter rules, in the same sections, with what
 * it leaves open taken from the container; then it is held against the bound. So a policy that
 * was raised since is in force, and one that was lowered changes nothing.
 */
#include "plan/plan_exec.h"

#include <sched.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/number.h"
#include "plan_sections.h"
#include "tables/capability_names.h"
#include "tables/rlimit_names.h"

#define CAPS_NAMED 4
#define CAPS_PATH "/process/capabilities"
#define LIMITS_PATH "/process/rlimits"
#define APPARMOR_PATH "/process/apparmorProfile"
#define SELINUX_PATH "/process/selinuxLabel"

typedef int section_function(struct plan_input *in, struct error *err);

static section_function *const container_sections[] = {
	plan_namespaces,	/* for the ids: is there a user namespace? */
	plan_ids,
	plan_process,
	plan_caps,
	plan_limits,
	plan_seccomp,
	plan_lsm,
};

static section_function *const process_sections[] = {
	plan_process, plan_caps, plan_limits, plan_seccomp, plan_lsm,
};

static int run_sections(section_function *const *sections, size_t count, struct plan_input *in,
			struct error *err)
{
	for (size_t i = 0; i < count; i++)
		if (sections[i](in, err) < 0)
			return -1;
	return 0;
}

/* The container, with its process as create had it. It shares the arena with @plan. */
static int plan_container(const struct plan_exec_input *from, struct plan *plan, struct error *err)
{
	/* Whoever held the terminal then: that is not judged again. */
	const struct plan_request request = { .console_socket = from->spec->process.terminal };
	struct plan_input in = {
		.spec = from->spec,
		.policy = from->made,
		.host = from->host,
		.request = &request,
		.plan = plan,
	};

	plan->rules = from->made;
	if (run_sections(container_sections, ARRAY_SIZE(container_sections), &in, err) < 0)
		return error_prefix(err, "the container that is joined");
	return 0;
}

/* Merging: what the process says, with the container's where it says nothing. */

static const struct spec_rlimit *find_limit(const struct spec_process *process, const char *type)
{
	for (size_t i = 0; i < process->rlimit_count; i++)
		if (strcmp(process->rlimits[i].type, type) == 0)
			return &process->rlimits[i];
	return NULL;
}

static const struct plan_rlimit *find_own(const struct plan_process *own, const char *name)
{
	for (size_t i = 0; i < own->rlimit_count; i++)
		if (strcmp(own->rlimits[i].name, name) == 0)
			return &own->rlimits[i];
	return NULL;
}

/* What the container does not name, its first process has from whoever made it. */
static int check_limits(const struct plan_exec_input *from, const struct plan_process *own,
			struct error *err)
{
	for (size_t i = 0; i < from->process->rlimit_count; i++) {
		const struct spec_rlimit *asked = &from->process->rlimits[i];
		const struct plan_rlimit *named = find_own(own, asked->type);
		int resource = rlimit_resource(asked->type);
		uint64_t bound = 0;

		if (named)
			bound = named->hard;
		else if (resource >= 0 && resource < PLAN_EXEC_LIMITS)
			bound = from->hard_limits[resource];
		if (asked->hard > bound)
			return error_set(err, ERROR_POLICY, 0,
					 "exec never has more than its container: the hard %s is "
					 "above the container's (" LIMITS_PATH "): leave it out",
					 asked->type);
	}
	return 0;
}

static int merge_limits(struct arena *arena, const struct plan_exec_input *from,
			const struct plan *container, struct spec_process *process,
			struct error *err)
{
	const struct plan_process *own = &container->process;
	struct spec_rlimit *limits = arena_array(arena, process->rlimit_count + own->rlimit_count,
						 sizeof(*limits));
	size_t count = process->rlimit_count;

	if (check_limits(from, own, err) < 0)
		return -1;
	for (size_t i = 0; i < count; i++)
		limits[i] = process->rlimits[i];
	for (size_t i = 0; i < own->rlimit_count; i++) {
		const struct plan_rlimit *limit = &own->rlimits[i];

		if (!find_limit(process, limit->name))
			limits[count++] = (struct spec_rlimit){ limit->name, limit->soft, limit->hard };
	}
	process->rlimits = limits;
	process->rlimit_count = count;
	return 0;
}

static int merge_labels(const struct plan *container, struct spec_process *process,
			struct error *err)
{
	const struct plan_lsm *own = &container->lsm;

	if (!process->apparmor_profile || !process->apparmor_profile[0])
		process->apparmor_profile = own->apparmor;
	else if (plan_lsm_confines(own->apparmor) &&
		 !plan_lsm_confines(process->apparmor_profile))
		return error_set(err, ERROR_POLICY, 0,
				 "exec never has more than its container: the container runs under "
				 "AppArmor profile '%s', and the process asks for none "
				 "(" APPARMOR_PATH "): leave it out", own->apparmor);
	if (!process->selinux_label || !process->selinux_label[0])
		process->selinux_label = own->selinux;
	return 0;
}

static int merge_process(struct arena *arena, const struct plan_exec_input *from,
			 const struct plan *container, struct spec_process *process,
			 struct error *err)
{
	*process = *from->process;
	if (!process->capabilities.set)
		process->capabilities = from->spec->process.capabilities;
	if (!process->exec_cpu_affinity.set)
		process->exec_cpu_affinity = from->spec->process.exec_cpu_affinity;
	if (container->process.no_new_privs)
		process->no_new_privileges = (struct spec_bool){ .set = true, .value = true };
	if (container->process.oom_score_set &&
	    (!process->oom_score_adj.set ||
	     process->oom_score_adj.value < container->process.oom_score))
		process->oom_score_adj = (struct spec_i64){ .set = true,
							    .value = container->process.oom_score };
	if (merge_labels(container, process, err) < 0)
		return -1;
	return merge_limits(arena, from, container, process, err);
}

/* Holding against the bound, once the sections have decided. */

/* A privileged exec asks for all that there are: more than a message takes. */
static void append_some(struct text *out, uint64_t caps)
{
	uint64_t some = 0;

	for (int i = 0; i < CAPS_NAMED; i++)
		some |= (caps & ~some) & -(caps & ~some);
	capability_append(out, some);
	if (caps & ~some)
		text_appendf(out, " and %d more", __builtin_popcountll(caps & ~some));
}

static int check_caps(const struct plan_exec_input *from, struct error *err)
{
	uint64_t beyond = plan_caps_asked(from->process) & ~plan_caps_asked(&from->spec->process);
	auto_text names = TEXT_INIT(400);

	if (beyond == 0)
		return 0;
	append_some(&names, beyond);
	return error_set(err, ERROR_POLICY, 0,
			 "exec never has more than its container, which has not got %s "
			 "(" CAPS_PATH "), under any policy and for a privileged exec too: "
			 "take them out, or make the container with them",
			 text_string(&names));
}

static void bound_caps(const struct plan_caps *container, struct plan_caps *caps)
{
	uint64_t bound = container->bounding;

	if (((caps->bounding | caps->permitted | caps->inheritable) & ~bound) == 0)
		return;
	caps->bounding &= bound;
	caps->permitted &= bound;
	caps->effective &= caps->permitted;
	caps->inheritable &= bound;
	caps->ambient &= caps->permitted & caps->inheritable;
	caps->why = plan_why(PLAN_CONTAINER, POLICY_ITEMS, CAPS_PATH);
}

static bool same_text(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

/* The sections have taken for the process's own what was merged into it. */
static void name_origins(const struct plan_exec_input *from, const struct plan *container,
			 struct plan *plan)
{
	const struct spec_process *asked = from->process;
	const struct plan_why why = plan_why(PLAN_CONTAINER, POLICY_ITEMS, NULL);

	if (container->process.no_new_privs && !asked->no_new_privileges.value)
		plan->process.no_new_privs_why = why;
	if (plan->process.oom_score_set && container->process.oom_score_set &&
	    (!asked->oom_score_adj.set || asked->oom_score_adj.value < plan->process.oom_score))
		plan->process.oom_score_why = why;
	if (plan->lsm.apparmor && !same_text(plan->lsm.apparmor, asked->apparmor_profile) &&
	    plan->lsm.apparmor == container->lsm.apparmor)
		plan->lsm.apparmor_why = why;
	if (plan->lsm.selinux && !same_text(plan->lsm.selinux, asked->selinux_label))
		plan->lsm.selinux_why = why;
}

static void name_limits(struct plan_input *in, const struct plan_exec_input *from)
{
	struct plan_process *process = &in->plan->process;
	struct plan_rlimit *limits = arena_array(&in->plan->arena, process->rlimit_count,
						 sizeof(*limits));

	for (size_t i = 0; i < process->rlimit_count; i++) {
		limits[i] = process->rlimits[i];
		if (limits[i].why.origin == PLAN_SPEC && !find_limit(from->process, limits[i].name))
			limits[i].why = plan_why(PLAN_CONTAINER, POLICY_ITEMS, NULL);
	}
	process->rlimits = limits;
}

static void bound_landlock(const struct plan_lsm *container, struct plan_lsm *lsm)
{
	if (!container->landlock || lsm->landlock)
		return;
	lsm->landlock = true;
	lsm->landlock_why = plan_why(PLAN_CONTAINER, POLICY_ITEMS, NULL);
}

/* The kernel would refuse these ids with words that name no field. */
static int check_user(const struct plan_input *in, const struct plan_exec_input *from,
		      const struct plan_ids *ids, struct error *err)
{
	const struct spec_user *user = &in->spec->process.user;

	if (ids->kind == PLAN_USER_NEW || (ids->kind == PLAN_USER_JOIN && ids->uid_count > 0))
		return plan_ids_check(in, err);
	if (ids->kind == PLAN_USER_HOST)
		return plan_ids_check_mapped(in, err);
	/* Without a range of its own it joined that of another container. */
	if (ids->kind != PLAN_USER_RANGE || from->range_count == 0)
		return 0;
	if (user->uid >= from->range_count)
		return error_set(err, ERROR_SPEC, 0, "/process/user/uid: %u is beyond the %u ids of the "
				 "container", user->uid, from->range_count);
	if (user->gid >= from->range_count)
		return error_set(err, ERROR_SPEC, 0, "/process/user/gid: %u is beyond the %u ids of the "
				 "container", user->gid, from->range_count);
	return 0;
}

/* What only exec has. */

static bool parse_number(const char **at, uint64_t *out)
{
	size_t length = strspn(*at, "0123456789");

	if (number_parse_u64_bytes(*at, length, PLAN_CPUS_MAX - 1, out) < 0)
		return false;
	*at += length;
	return true;
}

/* "0-3,7", as the kernel writes it. */
static bool parse_cpus(const char *text, struct plan_cpus *out)
{
	for (const char *at = text;;) {
		uint64_t first;
		uint64_t last;

		at += strspn(at, " ");
		if (!parse_number(&at, &first))
			return false;
		last = first;
		if (*at == '-' && (at++, !parse_number(&at, &last)))
			return false;
		if (last < first)
			return false;
		for (uint64_t cpu = first; cpu <= last; cpu++)
			out->words[cpu / 64] |= UINT64_C(1) << cpu % 64;
		at += strspn(at, " ");
		if (*at == '\0') {
			out->set = true;
			return true;
		}
		if (*at++ != ',')
			return false;
	}
}

static int plan_cpus(const char *key, const char *text, struct plan_cpus *out, struct error *err)
{
	if (!text || !text[0] || parse_cpus(text, out))
		return 0;
	return error_set(err, ERROR_SPEC, 0,
			 "/process/execCPUAffinity/%s: '%s' is not a list such as 0-3,7", key, text);
}

static int plan_sub_cgroup(struct plan_input *in, const char *path, const char **out,
			   struct error *err)
{
	if (!path)
		return 0;
	if (plan_cgroup_climbs(path))
		return error_set(err, ERROR_USAGE, 0, "--cgroup: bad sub cgroup path: '%s' has ..",
				 path);
	*out = plan_normalize(in, path) + 1;
	return 0;
}

static int plan_own(struct plan_input *in, const struct plan_exec_input *from, struct error *err)
{
	const struct spec_cpu_affinity *affinity = &in->spec->process.exec_cpu_affinity;
	struct plan_exec *exec = arena_alloc(&in->plan->arena, sizeof(*exec));

	if (plan_cpus("initial", affinity->initial, &exec->initial, err) < 0 ||
	    plan_cpus("final", affinity->final, &exec->final, err) < 0 ||
	    plan_sub_cgroup(in, from->cgroup, &exec->cgroup, err) < 0)
		return -1;
	in->plan->exec = exec;
	return 0;
}

static int plan_further_process(const struct plan_exec_input *from, const struct plan *container,
				const struct spec *merged, struct plan *plan, struct error *err)
{
	struct plan_input in = {
		.spec = merged,
		.policy = from->rules,
		.host = from->host,
		.request = from->request,
		.plan = plan,
	};

	if (check_user(&in, from, &container->ids, err) < 0 ||
	    run_sections(process_sections, ARRAY_SIZE(process_sections), &in, err) < 0 ||
	    plan_own(&in, from, err) < 0)
		return -1;
	bound_caps(&container->process.caps, &plan->process.caps);
	bound_landlock(&container->lsm, &plan->lsm);
	name_origins(from, container, plan);
	name_limits(&in, from);
	plan->findings = in.findings.items;
	plan->finding_count = in.findings.count;
	return 0;
}

int plan_exec_build(const struct plan_exec_input *in, struct plan *out, struct error *err)
{
	auto_plan plan = { .rules = in->rules };
	struct plan container;
	struct spec *merged;

	if (check_caps(in, err) < 0 || plan_container(in, &plan, err) < 0)
		return -1;
	/* One arena: what the container's part points to lives as long as the rest. */
	container = plan;
	plan = (struct plan){
		.arena = container.arena,
		.policy = in->rules->name,
		.rules = in->rules,
		.request = *in->request,
		.ids.kind = container.ids.kind == PLAN_USER_HOST ? PLAN_USER_HOST : PLAN_USER_JOIN,
		.ids.outer_single = container.ids.outer_single,
		.ids.why = plan_why(PLAN_CONTAINER, POLICY_ITEMS, NULL),
		.sealed_copy = container.sealed_copy,
	};
	merged = arena_alloc(&plan.arena, sizeof(*merged));
	*merged = *in->spec;
	plan.spec = merged;
	if (merge_process(&plan.arena, in, &container, &merged->process, err) < 0 ||
	    plan_further_process(in, &container, merged, &plan, err) < 0)
		return -1;
	*out = plan;
	plan = (struct plan){ 0 };
	return 0;
}

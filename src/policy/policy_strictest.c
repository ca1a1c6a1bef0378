/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * Two policies as one that lets pass what both let pass. A rule that one of them does not look at
 * brings no bound into it: the ceiling of a policy that audits would else cut what nobody cuts.
 */
#include "base/cleanup.h"
#include "policy/policy.h"

/* What is refused is not changed in silence, and what is changed is not only listed. */
static const int strictness[] = {
	[POLICY_OFF] = 0, [POLICY_AUDIT] = 1, [POLICY_ENFORCE] = 2, [POLICY_DENY] = 3,
};

static bool is_in_force(const struct policy *policy, enum policy_item item)
{
	return policy->modes[item] == POLICY_ENFORCE || policy->modes[item] == POLICY_DENY;
}

/* The policies that have a say in an item's bounds: at least one. */
struct judges {
	const struct policy *a;
	const struct policy *b;
};

static struct judges judges_of(const struct policy *a, const struct policy *b,
			       enum policy_item item)
{
	if (is_in_force(a, item) == is_in_force(b, item))
		return (struct judges){ a, b };
	return is_in_force(a, item) ? (struct judges){ a, a } : (struct judges){ b, b };
}

static void narrow(uint64_t *to, uint64_t a, uint64_t b)
{
	*to = a < b ? a : b;
}

static void settle_bounds(const struct policy *a, const struct policy *b, struct policy *out)
{
	struct judges judges = judges_of(a, b, POLICY_CAPABILITIES);

	out->capability_ceiling = judges.a->capability_ceiling & judges.b->capability_ceiling;
	judges = judges_of(a, b, POLICY_SECCOMP_FLOOR);
	out->openings = judges.a->openings & judges.b->openings;
	judges = judges_of(a, b, POLICY_PIDS_LIMIT);
	narrow(&out->limits.pids, judges.a->limits.pids, judges.b->limits.pids);
	judges = judges_of(a, b, POLICY_MEMORY_LIMIT);
	narrow(&out->limits.memory_percent, judges.a->limits.memory_percent,
	       judges.b->limits.memory_percent);
	judges = judges_of(a, b, POLICY_SWAP_LIMIT);
	narrow(&out->limits.swap_bytes, judges.a->limits.swap_bytes, judges.b->limits.swap_bytes);
	judges = judges_of(a, b, POLICY_CORE_LIMIT);
	narrow(&out->limits.core_bytes, judges.a->limits.core_bytes, judges.b->limits.core_bytes);
}

void policy_strictest(const struct policy *a, const struct policy *b, struct policy *out)
{
	auto_arena arena = ARENA_INIT;
	const struct policy **owners = arena_array(&arena, POLICY_ITEMS, sizeof(const struct policy *));

	*out = *a;
	out->site = NULL;
	out->site_size = 0;
	for (size_t i = 0; i < POLICY_ITEMS; i++) {
		owners[i] = strictness[b->modes[i]] > strictness[a->modes[i]] ? b : a;
		out->modes[i] = owners[i]->modes[i];
		out->lines[i] = owners[i]->lines[i];
	}
	settle_bounds(a, b, out);
	out->owners = owners;
	out->arena = arena;
	arena_init(&arena);
}

const struct policy *policy_owner(const struct policy *policy, enum policy_item item)
{
	return policy->owners ? policy->owners[item] : policy;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * Whose ids the container's are. Four cases: the host's own; a mapping that
 * the configuration brings; a namespace that is joined; and a range of the
 * host's registry, where policy adds the namespace. Only in the last are the
 * ids ours to choose, and only there are the root and the volumes id-mapped:
 * who wrote a mapping into config.json has shifted the files to match.
 */
#include <sched.h>

#include "plan_sections.h"
#include "tables/namespace_types.h"

/* The registry hands out ranges in this unit, so that a later one fits beside an earlier one. */
#define RANGE_UNIT 65536u

/* How far a range may grow for a user id; beyond, the id is likely a mistake. */
#define RANGE_GROWTH 16u

/* The kernel keeps this id for "none". */
#define ID_MAX (UINT32_MAX - 1)

struct side {
	const char *key;
	const struct spec_mappings *spec;
	const struct plan_mapping **out;
	size_t *out_count;
	uint32_t *mapped;
};

static int refuse_mapping(struct error *err, const char *path, const char *reason)
{
	return error_set(err, ERROR_SPEC, 0, "%s: %s", path, reason);
}

static int check_mapping(struct plan_input *in, const struct spec_mapping *mapping,
			 const char *path, struct error *err)
{
	if (mapping->size == 0)
		return refuse_mapping(err, path, "a mapping of no ids");
	if (mapping->size - 1 > ID_MAX - mapping->container_id ||
	    mapping->size - 1 > ID_MAX - mapping->host_id)
		return refuse_mapping(err, path, "the mapping ends beyond the largest id");
	if (mapping->host_id == 0)
		return plan_breach(in, POLICY_HOST_IDS, plan_text(in, "%s/hostID", path), err,
				   "map other ids, or leave the user namespace to orlop",
				   "host id 0 is mapped into the container");
	return 0;
}

/* The first container id that no mapping from 0 on covers; mappings may stand in any order. */
static uint32_t count_from_zero(const struct spec_mappings *mappings)
{
	uint32_t end = 0;
	bool grown = true;

	while (grown) {
		grown = false;
		for (size_t i = 0; i < mappings->count; i++) {
			const struct spec_mapping *mapping = &mappings->items[i];

			if (mapping->container_id <= end &&
			    mapping->size > end - mapping->container_id) {
				end = mapping->container_id + mapping->size;
				grown = true;
			}
		}
	}
	return end;
}

static int plan_side(struct plan_input *in, const struct side *side, struct error *err)
{
	const struct spec_mappings *spec = side->spec;
	struct plan_mapping *mappings;

	if (spec->count == 0)
		return error_set(err, ERROR_SPEC, 0,
				 "/linux/%s: a new user namespace needs mappings", side->key);
	mappings = arena_array(&in->plan->arena, spec->count, sizeof(*mappings));
	for (size_t i = 0; i < spec->count; i++) {
		const char *path = plan_text(in, "/linux/%s/%zu", side->key, i);

		if (check_mapping(in, &spec->items[i], path, err) < 0)
			return -1;
		mappings[i].container_id = spec->items[i].container_id;
		mappings[i].host_id = spec->items[i].host_id;
		mappings[i].size = spec->items[i].size;
	}
	*side->mapped = count_from_zero(spec);
	if (*side->mapped == 0)
		return error_set(err, ERROR_SPEC, 0, "/linux/%s: container id 0 is not mapped",
				 side->key);
	*side->out = mappings;
	*side->out_count = spec->count;
	return 0;
}

static int plan_own_mappings(struct plan_input *in, struct error *err)
{
	struct plan_ids *ids = &in->plan->ids;
	const struct side sides[] = {
		{ "uidMappings", &in->spec->linux.uid_mappings, &ids->uids, &ids->uid_count,
		  &in->mapped_uids },
		{ "gidMappings", &in->spec->linux.gid_mappings, &ids->gids, &ids->gid_count,
		  &in->mapped_gids },
	};

	ids->kind = PLAN_USER_NEW;
	for (size_t i = 0; i < 2; i++) {
		if (plan_side(in, &sides[i], err) < 0)
			return -1;
	}
	ids->check_registry = plan_imposes(in, POLICY_HOST_IDS);
	ids->audit_registry = plan_audits(in, POLICY_HOST_IDS);
	return 0;
}

struct largest {
	uint32_t id;
	const char *path;
};

static void see_id(struct largest *largest, uint32_t id, const char *path)
{
	if (!largest->path || id > largest->id)
		*largest = (struct largest){ id, path };
}

static struct largest largest_id(struct plan_input *in)
{
	const struct spec_user *user = &in->spec->process.user;
	struct largest largest = { 0, NULL };

	see_id(&largest, user->uid, "/process/user/uid");
	see_id(&largest, user->gid, "/process/user/gid");
	for (size_t i = 0; i < user->additional_gid_count; i++)
		see_id(&largest, user->additional_gids[i], "/process/user/additionalGids");
	return largest;
}

static int plan_range(struct plan_input *in, struct error *err)
{
	struct plan_ids *ids = &in->plan->ids;
	uint32_t range = in->policy->pool.range;
	struct largest largest = largest_id(in);
	uint64_t bound = (uint64_t)range * RANGE_GROWTH;

	if (!in->host->root)
		return error_set(err, ERROR_HOST, 0,
				 "a range of ids is for root to give out, and orlop does not run "
				 "as the host's root");
	if (largest.id >= range) {
		if (largest.id >= bound || largest.id >= UINT32_MAX - RANGE_UNIT)
			return plan_refusal(in->policy, POLICY_USER_NAMESPACE, largest.path, err,
					    "use a smaller id, or raise pool.range in the policy",
					    "id %u is beyond the %u ids of a container",
					    largest.id, range);
		range = (largest.id / RANGE_UNIT + 1) * RANGE_UNIT;
	}
	ids->kind = PLAN_USER_RANGE;
	ids->range = range;
	ids->pool = in->policy->pool;
	in->mapped_uids = range;
	in->mapped_gids = range;
	return 0;
}

/* The kernel would refuse these ids with words that name no field. */
static int check_user(struct plan_input *in, struct error *err)
{
	const struct spec_mappings *uids = &in->spec->linux.uid_mappings;
	const struct spec_mappings *gids = &in->spec->linux.gid_mappings;
	const struct spec_user *user = &in->spec->process.user;
	bool uid_mapped = false;
	bool gid_mapped = false;

	if (in->plan->ids.kind != PLAN_USER_NEW)
		return 0;
	for (size_t i = 0; i < uids->count; i++)
		uid_mapped |= user->uid >= uids->items[i].container_id &&
			      user->uid - uids->items[i].container_id < uids->items[i].size;
	for (size_t i = 0; i < gids->count; i++)
		gid_mapped |= user->gid >= gids->items[i].container_id &&
			      user->gid - gids->items[i].container_id < gids->items[i].size;
	if (!uid_mapped)
		return error_set(err, ERROR_SPEC, 0, "/process/user/uid: %u is not mapped by "
				 "/linux/uidMappings", user->uid);
	if (!gid_mapped)
		return error_set(err, ERROR_SPEC, 0, "/process/user/gid: %u is not mapped by "
				 "/linux/gidMappings", user->gid);
	return 0;
}

int plan_ids(struct plan_input *in, struct error *err)
{
	const struct spec_linux *spec = &in->spec->linux;
	const struct namespace_type *type = namespace_type_of_flag(CLONE_NEWUSER);
	struct plan_ids *ids = &in->plan->ids;
	bool mappings = spec->uid_mappings.count > 0 || spec->gid_mappings.count > 0;
	int result = 0;

	ids->why = in->plan->namespace_why[type - namespace_types];
	if (!plan_has_namespace(in->plan, CLONE_NEWUSER))
		ids->kind = PLAN_USER_HOST;
	else if (!(in->plan->new_namespaces & CLONE_NEWUSER))
		ids->kind = PLAN_USER_JOIN;
	else if (ids->why.origin == PLAN_SPEC)
		result = plan_own_mappings(in, err);
	else if (!mappings)
		result = plan_range(in, err);
	if (result < 0)
		return -1;
	if (mappings && ids->kind != PLAN_USER_NEW)
		return error_set(err, ERROR_SPEC, 0,
				 "/linux/%s: mappings need a new user namespace: add {\"type\": "
				 "\"user\"} to /linux/namespaces",
				 spec->uid_mappings.count > 0 ? "uidMappings" : "gidMappings");
	in->plan->sealed_copy = ids->kind == PLAN_USER_HOST;
	return check_user(in, err);
}

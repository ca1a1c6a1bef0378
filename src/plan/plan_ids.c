/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * Whose ids the container's are. Four cases: the host's own; a mapping that
 * the configuration brings; a namespace that is joined; and a range of the
 * host's registry, where policy adds the namespace or the mappings. Only in
 * the last are the ids ours to choose, and only there are the root and the
 * volumes id-mapped: who wrote a mapping into config.json has shifted the files
 * to match.
 */
#include <sched.h>

#include "plan_sections.h"
#include "tables/namespace_types.h"

/* The registry hands out ranges in this unit, so that a later one fits beside an earlier one. */
#define RANGE_UNIT 65536u

/* How far a range may grow for a user id; beyond, the id is likely a mistake. */
#define RANGE_GROWTH 16u

/* uids or gids. */
struct side {
	const char *key;
	const struct spec_mappings *spec;
	const struct plan_mapping **out;
	size_t *out_count;
	uint32_t *mapped;
};

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
	struct plan_mapping *mappings = arena_array(&in->plan->arena, spec->count,
						    sizeof(*mappings));

	for (size_t i = 0; i < spec->count; i++) {
		if (spec->items[i].host_id == 0 &&
		    plan_breach(in, POLICY_HOST_IDS,
				plan_text(in, "/linux/%s/%zu/hostID", side->key, i), err,
				"map other ids, or leave the user namespace to orlop",
				"host id 0 is mapped into the container") < 0)
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

static int plan_mappings(struct plan_input *in, struct error *err)
{
	struct plan_ids *ids = &in->plan->ids;
	const struct side sides[] = {
		{ "uidMappings", &in->spec->linux.uid_mappings, &ids->uids, &ids->uid_count,
		  &in->mapped_uids },
		{ "gidMappings", &in->spec->linux.gid_mappings, &ids->gids, &ids->gid_count,
		  &in->mapped_gids },
	};

	for (size_t i = 0; i < 2; i++) {
		if (plan_side(in, &sides[i], err) < 0)
			return -1;
	}
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

	if (in->host->caller == HOST_CALLER_MAPPED_ROOT)
		return plan_refusal(in->policy, POLICY_USER_NAMESPACE, NULL, err,
				    "let the engine map ids (podman run --userns=auto), or choose --policy "
				    "baseline or oci",
				    "orlop runs as root of a user's namespace, and cannot id-map files to a "
				    "range of their own");
	if (in->host->caller != HOST_CALLER_ROOT)
		return error_set(err, ERROR_HOST, 0,
				 "a range of ids is for root to give out, and orlop does not run "
				 "as the host's root: name a user namespace with mappings in "
				 "config.json, as `orlop spec --rootless` writes it");
	if (largest.id >= range) {
		if (largest.id >= bound || largest.id >= UINT32_MAX - RANGE_UNIT)
			return plan_refusal(in->policy, POLICY_USER_NAMESPACE, largest.path, err,
					    "use a smaller id, or raise pool.range in the policy",
					    "id %u is beyond the %u ids of a container",
					    largest.id, range);
		range = (largest.id / RANGE_UNIT + 1) * RANGE_UNIT;
	}
	ids->kind = PLAN_USER_RANGE;
	ids->added = true;
	ids->range = range;
	ids->pool = in->policy->pool;
	in->mapped_uids = range;
	in->mapped_gids = range;
	return 0;
}

static bool is_mapped(const struct spec_mappings *mappings, uint32_t id)
{
	for (size_t i = 0; i < mappings->count; i++) {
		const struct spec_mapping *mapping = &mappings->items[i];

		if (id >= mapping->container_id && id - mapping->container_id < mapping->size)
			return true;
	}
	return false;
}

/* The kernel would refuse these ids with words that name no field. */
int plan_ids_check(const struct plan_input *in, struct error *err)
{
	const struct spec_user *user = &in->spec->process.user;

	if (!is_mapped(&in->spec->linux.uid_mappings, user->uid))
		return error_set(err, ERROR_SPEC, 0, "/process/user/uid: %u is not mapped by "
				 "/linux/uidMappings", user->uid);
	if (!is_mapped(&in->spec->linux.gid_mappings, user->gid))
		return error_set(err, ERROR_SPEC, 0, "/process/user/gid: %u is not mapped by "
				 "/linux/gidMappings", user->gid);
	return 0;
}

static bool host_has(const struct host_ids *ids, uint32_t id)
{
	for (size_t i = 0; i < ids->count; i++)
		if (id >= ids->ranges[i].first && id - ids->ranges[i].first < ids->ranges[i].size)
			return true;
	return false;
}

static uint32_t host_count_from_zero(const struct host_ids *ids)
{
	struct spec_mapping items[HOST_RANGES_MAX];

	for (size_t i = 0; i < ids->count; i++)
		items[i] = (struct spec_mapping){ .container_id = ids->ranges[i].first,
						  .size = ids->ranges[i].size };
	return count_from_zero(&(struct spec_mappings){ .items = items, .count = ids->count });
}

#define NOT_THERE "%u is not mapped in the user namespace that orlop runs in"

/*
 * The container has the ids of the caller's user namespace, which are not all there are. The kernel
 * would refuse others with words that name no field.
 */
int plan_ids_check_mapped(const struct plan_input *in, struct error *err)
{
	const struct spec_user *user = &in->spec->process.user;
	const struct host *host = in->host;

	if (host->caller != HOST_CALLER_MAPPED_ROOT)
		return 0;
	if (!host_has(&host->uids, user->uid))
		return error_set(err, ERROR_SPEC, 0, "/process/user/uid: " NOT_THERE, user->uid);
	if (!host_has(&host->gids, user->gid))
		return error_set(err, ERROR_SPEC, 0, "/process/user/gid: " NOT_THERE, user->gid);
	for (size_t i = 0; i < user->additional_gid_count; i++)
		if (!host_has(&host->gids, user->additional_gids[i]))
			return error_set(err, ERROR_SPEC, 0, "/process/user/additionalGids: " NOT_THERE,
					 user->additional_gids[i]);
	return 0;
}

/* Engines name the mappings of a namespace that is joined, too. */
static int plan_configured(struct plan_input *in, enum plan_user_namespace kind, struct error *err)
{
	in->plan->ids.kind = kind;
	/* The registry is of the host's ids. Those of a mapped root are its user's, and come from no pool. */
	if (in->host->caller == HOST_CALLER_ROOT) {
		in->plan->ids.check_registry = plan_imposes(in, POLICY_HOST_IDS);
		in->plan->ids.audit_registry = plan_audits(in, POLICY_HOST_IDS);
	}
	if (in->spec->linux.uid_mappings.count == 0) {
		if (kind == PLAN_USER_JOIN)
			return 0;
		return error_set(err, ERROR_SPEC, 0,
				 "/linux/uidMappings: a new user namespace needs mappings: name "
				 "them, or leave them to policy hardened");
	}
	if (plan_mappings(in, err) < 0)
		return -1;
	return plan_ids_check(in, err);
}

/*
 * A script of the image that begins with "#!/proc/self/exe" makes the kernel run orlop's own file
 * in the container. Where the container's root is the host's, it may write to that file
 * (CVE-2019-5736). A range of the registry never holds host id 0. What a joined namespace maps is
 * not known here, whatever the configuration says about it.
 */
static bool is_copy_needed(const struct plan_ids *ids)
{
	if (ids->kind == PLAN_USER_RANGE)
		return false;
	if (ids->kind != PLAN_USER_NEW)
		return true;
	for (size_t i = 0; i < ids->uid_count; i++) {
		if (ids->uids[i].host_id == 0)
			return true;
	}
	return false;
}

/*
 * What the namespace around the container's has: the caller's own id, and what the container is to
 * have, each id by its own number.
 */
static void plan_outer_side(struct plan_input *in, uint32_t own, const struct plan_mapping *maps,
			    size_t count, const struct plan_mapping **out, size_t *out_count)
{
	struct plan_mapping *outer = arena_array(&in->plan->arena, count + 1, sizeof(*outer));
	bool covered = false;

	for (size_t i = 0; i < count; i++) {
		outer[i] = (struct plan_mapping){ maps[i].host_id, maps[i].host_id, maps[i].size };
		covered = covered || (own >= maps[i].host_id && own - maps[i].host_id < maps[i].size);
	}
	if (!covered)
		outer[count++] = (struct plan_mapping){ own, own, 1 };
	*out = outer;
	*out_count = count;
}

/* The kernel lets an ordinary user make a user namespace, and everything else in it only. */
static int plan_outer(struct plan_input *in, struct error *err)
{
	const struct host *host = in->host;
	struct plan_ids *ids = &in->plan->ids;

	if (ids->kind == PLAN_USER_JOIN)
		return error_set(err, ERROR_HOST, 0,
				 "%s: user %u is not root, and joins no user namespace by path: give the "
				 "container one of its own", ids->why.path, host->uid);
	if (ids->kind == PLAN_USER_HOST)
		return error_set(err, ERROR_HOST, 0,
				 "/linux/namespaces: user %u is not root, whose container needs a user "
				 "namespace: add one with mappings of the user's own ids, as `orlop spec "
				 "--rootless` writes it", host->uid);
	plan_outer_side(in, host->uid, ids->uids, ids->uid_count, &ids->outer_uids,
			&ids->outer_uid_count);
	plan_outer_side(in, host->gid, ids->gids, ids->gid_count, &ids->outer_gids,
			&ids->outer_gid_count);
	ids->outer_single = ids->outer_uid_count == 1 && ids->outer_uids[0].size == 1 &&
			    ids->outer_gid_count == 1 && ids->outer_gids[0].size == 1;
	return 0;
}

static int plan_kind_of_ids(struct plan_input *in, struct error *err)
{
	const struct namespace_type *type = namespace_type_of_flag(CLONE_NEWUSER);
	struct plan_ids *ids = &in->plan->ids;

	ids->why = in->plan->namespace_why[type - namespace_types];
	if (!plan_has_namespace(in->plan, CLONE_NEWUSER)) {
		ids->kind = PLAN_USER_HOST;
		ids->why = PLAN_WHY_DEFAULT;
		in->mapped_uids = host_count_from_zero(&in->host->uids);
		in->mapped_gids = host_count_from_zero(&in->host->gids);
		return plan_ids_check_mapped(in, err);
	}
	if (!(in->plan->new_namespaces & CLONE_NEWUSER)) {
		ids->added = ids->why.origin == PLAN_FLOOR;
		return plan_configured(in, PLAN_USER_JOIN, err);
	}
	if (ids->why.origin != PLAN_SPEC)
		return plan_range(in, err);
	if (in->spec->linux.uid_mappings.count > 0 || !plan_enforces(in, POLICY_USER_NAMESPACE))
		return plan_configured(in, PLAN_USER_NEW, err);
	ids->why = plan_why(PLAN_FLOOR, POLICY_USER_NAMESPACE, ids->why.path);
	return plan_range(in, err);
}

int plan_ids(struct plan_input *in, struct error *err)
{
	struct plan_ids *ids = &in->plan->ids;

	if (plan_kind_of_ids(in, err) < 0 || (in->host->powerless && plan_outer(in, err) < 0))
		return -1;
	/* What an ordinary user runs may be his own file, and he is root in the container. */
	in->plan->sealed_copy = in->host->uid != 0 || is_copy_needed(ids);
	return 0;
}

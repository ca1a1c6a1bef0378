/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * The supervisor writes the maps through its private procfs handle, since a
 * process without power over the host's ids may not. The child waits for them
 * with the ids it was born with: it is host root by id and nobody by
 * capability until credentials_become_root().
 */
#include "ids.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audit.h"
#include "base/cleanup.h"
#include "kernel/procfs.h"
#include "namespaces.h"
#include "run/registry.h"
#include "userns.h"

/* The mapping of a range from the registry. */
static struct plan_mapping ids_range(const struct live *live)
{
	return (struct plan_mapping){ .container_id = 0, .host_id = live->range_first,
				      .size = live->plan->ids.range };
}

static int ids_check_holder(const struct live *live, const struct plan_mapping *maps, size_t count,
			    const char *what, struct error *err)
{
	const char *way_out = live->plan->ids.kind == PLAN_USER_JOIN
			      ? "join the network or ipc namespace of its pod as well"
			      : "choose other ids";

	for (size_t i = 0; i < count; i++) {
		auto_free char *holder = NULL;

		if (registry_holder(maps[i].host_id, maps[i].size, &holder, err))
			return -1;
		if (holder &&
		    audit_judge(plan_refusal(live->plan->rules, POLICY_HOST_IDS, what, err,
					     way_out, "host ids %u to %u belong to container %s", maps[i].host_id,
					     maps[i].host_id + maps[i].size - 1, holder),
				live->plan->ids.audit_registry, err))
			return -1;
	}
	return 0;
}

/* The rule host-ids goes by what the kernel says of a joined namespace, not by config.json. */
static int ids_check_host(const struct live *live, struct error *err)
{
	bool host = false;

	for (size_t i = 0; i < live->joined_uid_count; i++)
		host = host || live->joined_uids[i].host_id == 0;
	for (size_t i = 0; i < live->joined_gid_count; i++)
		host = host || live->joined_gids[i].host_id == 0;
	if (!host)
		return 0;
	return audit_judge(plan_refusal(live->plan->rules, POLICY_HOST_IDS, "/linux/namespaces", err,
					"join one whose root is nobody on the host",
					"the user namespace that is joined maps host id 0"),
			   live->plan->ids.audit_registry, err);
}

/* Engines name the mappings of the namespace as well: files were shifted to match them. */
static int ids_compare_joined(const struct plan_mapping *asked, size_t asked_count,
			      const struct plan_mapping *joined, size_t joined_count,
			      const char *what, struct error *err)
{
	if (asked_count == 0 || userns_same_maps(asked, asked_count, joined, joined_count))
		return 0;
	return error_set(err, ERROR_SPEC, 0, "%s: the user namespace that is joined has other mappings: "
			 "leave them out, or name its own", what);
}

/*
 * What policy adds is a namespace that orlop made, for the container whose other
 * namespaces are joined: not that of an ordinary user, who would be root in it.
 */
static int ids_check_owner(const struct live *live, const struct plan_mapping *maps, size_t count,
			   struct error *err)
{
	for (size_t i = 0; i < count; i++) {
		auto_free char *holder = NULL;

		if (registry_holder(maps[i].host_id, maps[i].size, &holder, err))
			return -1;
		if (!holder &&
		    audit_judge(plan_refusal(live->plan->rules, POLICY_HOST_IDS, "/linux/namespaces", err,
					     "name it, as {\"type\": \"user\", \"path\": ...}",
					     "the namespaces that are joined belong to a user namespace "
					     "that orlop did not make"),
				live->plan->ids.audit_registry, err))
			return -1;
	}
	return 0;
}

/*
 * Who joins another namespace of the same owner as well is of the owner's pod,
 * and shares its ids on purpose.
 */
static int ids_check_joined(const struct live *live, struct error *err)
{
	const struct plan_ids *ids = &live->plan->ids;
	bool pod;

	if (ids_compare_joined(ids->uids, ids->uid_count, live->joined_uids, live->joined_uid_count,
			       "/linux/uidMappings", err) ||
	    ids_compare_joined(ids->gids, ids->gid_count, live->joined_gids, live->joined_gid_count,
			       "/linux/gidMappings", err))
		return -1;
	if (!ids->check_registry && !ids->audit_registry)
		return 0;
	if (ids_check_host(live, err))
		return -1;
	if (ids->added)
		return ids_check_owner(live, live->joined_uids, live->joined_uid_count, err) ||
		       ids_check_owner(live, live->joined_gids, live->joined_gid_count, err) ? -1 : 0;
	if (namespaces_share_owner(live, &pod, err))
		return -1;
	if (pod)
		return 0;
	if (ids_check_holder(live, live->joined_uids, live->joined_uid_count, "/linux/namespaces", err))
		return -1;
	return ids_check_holder(live, live->joined_gids, live->joined_gid_count, "/linux/namespaces", err);
}

int ids_take(struct live *live, struct error *err)
{
	const struct plan_ids *ids = &live->plan->ids;

	if (ids->kind == PLAN_USER_RANGE) {
		struct policy_pool pool = ids->pool;

		pool.range = ids->range;
		if (registry_take(&pool, live->store->root, live->entry->id, &live->range_first, err))
			return -1;
		live->range_taken = true;
		live->record->range_first = live->range_first;
		live->record->range_count = ids->range;
		return store_save(live->entry, live->record, err);
	}
	if (ids->kind == PLAN_USER_JOIN) {
		if (userns_read_joined(live, err))
			return -1;
		return ids_check_joined(live, err);
	}
	if (ids->kind != PLAN_USER_NEW || (!ids->check_registry && !ids->audit_registry))
		return 0;
	if (ids_check_holder(live, ids->uids, ids->uid_count, "/linux/uidMappings", err))
		return -1;
	return ids_check_holder(live, ids->gids, ids->gid_count, "/linux/gidMappings", err);
}

void ids_give_back(struct live *live)
{
	struct error ignored;

	/* One that stays is taken back as any other whose holder is gone. */
	if (live->range_taken)
		(void)registry_give_back(live->range_first, live->plan->ids.range,
					 live->store->root, live->entry->id, &ignored);
	live->range_taken = false;
}

int ids_map(struct live *live, struct error *err)
{
	const struct plan_ids *ids = &live->plan->ids;
	struct plan_mapping range;

	switch (ids->kind) {
	case PLAN_USER_HOST:
	case PLAN_USER_JOIN: /* live->userns is what was opened by path */
		return 0;
	case PLAN_USER_RANGE:
		range = ids_range(live);
		if (userns_write_maps(live->procfs, live->pid, &range, 1, &range, 1, err))
			return -1;
		break;
	case PLAN_USER_NEW:
		if (userns_write_maps(live->procfs, live->pid, ids->uids, ids->uid_count, ids->gids,
				   ids->gid_count, err))
			return -1;
		break;
	}
	live->userns = procfs_open_link(live->procfs, live->pid, "ns/user", O_RDONLY, err);
	if (live->userns < 0)
		return error_prefix(err, "the container's user namespace");
	return 0;
}

static int64_t ids_translate(const struct plan_mapping *maps, size_t count, uint32_t id)
{
	for (size_t i = 0; i < count; i++)
		if (id >= maps[i].container_id && id - maps[i].container_id < maps[i].size)
			return (int64_t)maps[i].host_id + (id - maps[i].container_id);
	return -1;
}

static int64_t ids_host(const struct live *live, const struct plan_mapping *maps, size_t count,
			const struct plan_mapping *joined, size_t joined_count, uint32_t id)
{
	struct plan_mapping range;

	switch (live->plan->ids.kind) {
	case PLAN_USER_HOST:
		return id;
	case PLAN_USER_RANGE:
		range = ids_range(live);
		return ids_translate(&range, 1, id);
	case PLAN_USER_NEW:
		return ids_translate(maps, count, id);
	case PLAN_USER_JOIN:
		break;
	}
	return ids_translate(joined, joined_count, id);
}

int64_t ids_host_uid(const struct live *live, uint32_t id)
{
	return ids_host(live, live->plan->ids.uids, live->plan->ids.uid_count, live->joined_uids,
			live->joined_uid_count, id);
}

int64_t ids_host_gid(const struct live *live, uint32_t id)
{
	return ids_host(live, live->plan->ids.gids, live->plan->ids.gid_count, live->joined_gids,
			live->joined_gid_count, id);
}

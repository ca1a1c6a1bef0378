/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * Whose ids the files of a volume have (item volume-ids). Id-mapped, its root's are the container
 * root's; mapped, as the user namespace alone maps them, they are nobody's in there.
 *
 * Decided on the words of the source. A link can lead from one place to another, so where a place
 * would be mapped, run/volumes.h looks again at what was opened.
 */
#include <string.h>

#include "plan_sections.h"
#include "tables/mount_options.h"

#define UNMAPPABLE (PLAN_UNMAPPABLE_READ_ONLY | PLAN_UNMAPPABLE_PLAIN | PLAN_AUDIT_UNMAPPABLE)

/* The nearest of the paths that hold it decides. */
static enum policy_volume_ids ids_of(const struct policy_volumes *volumes, const char *source)
{
	enum policy_volume_ids ids = volumes->ids;
	size_t nearest = 0;

	for (size_t i = 0; i < volumes->path_count; i++) {
		const struct policy_volume *volume = &volumes->paths[i];

		if (plan_is_below(source, volume->path) && strlen(volume->path) >= nearest) {
			nearest = strlen(volume->path);
			ids = volume->ids;
		}
	}
	return ids;
}

static bool some_are_mapped(const struct policy_volumes *volumes)
{
	for (size_t i = 0; i < volumes->path_count; i++)
		if (volumes->paths[i].ids == POLICY_VOLUME_MAPPED)
			return true;
	return volumes->ids == POLICY_VOLUME_MAPPED;
}

static void check_sockets(const struct plan_input *in, struct plan_mount *mount)
{
	if (!in->policy->volumes.refuse_sockets)
		return;
	if (plan_imposes(in, POLICY_VOLUME_IDS))
		mount->conditions |= PLAN_REFUSE_SOCKET;
	else if (plan_audits(in, POLICY_VOLUME_IDS))
		mount->conditions |= PLAN_AUDIT_SOCKET;
}

int plan_mount_ids(struct plan_input *in, struct plan_mount_source *from,
		   struct plan_mount *mount, struct error *err)
{
	const struct policy_volumes *volumes = &in->policy->volumes;
	bool asked = from->request->idmap || from->spec->uid_mappings.count > 0;
	/* What adds a mapping under this rule takes it away too; what config.json asks for is its own. */
	bool taken = plan_enforces(in, POLICY_VOLUME_IDS) ||
		     (!asked && plan_imposes(in, POLICY_VOLUME_IDS));

	if (mount->kind != PLAN_MOUNT_BIND || mount->cgroup_bind || mount->source_in_root)
		return 0;
	check_sockets(in, mount);
	if (mount->idmap == PLAN_IDMAP_NONE || in->plan->ids.kind == PLAN_USER_HOST ||
	    plan_mode(in, POLICY_VOLUME_IDS) == POLICY_OFF || !some_are_mapped(volumes))
		return 0;
	if (ids_of(volumes, plan_normalize(in, mount->source)) == POLICY_VOLUME_IDMAP) {
		mount->conditions |= taken ? PLAN_CHECK_VOLUME :
				     plan_audits(in, POLICY_VOLUME_IDS) ? PLAN_AUDIT_VOLUME : PLAN_REFUSE_VOLUME;
		return 0;
	}
	if (!taken)
		return plan_breach(in, POLICY_VOLUME_IDS, from->path, err,
				   "leave its id mapping out, or change \"volumes\" in the policy",
				   "%s would be id-mapped, and has the host's ids by policy", mount->source);
	mount->idmap = PLAN_IDMAP_NONE;
	mount->idmap_recursive = false;
	mount->uid_count = 0;
	mount->gid_count = 0;
	mount->conditions &= ~(unsigned int)UNMAPPABLE;
	plan_mount_change(in, from, POLICY_VOLUME_IDS, "mapped");
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * The root file system: where it is, whether it may be written, what set-id
 * files on it may do, and where mounts made on it go.
 */
#include <string.h>
#include <sys/mount.h>

#include "base/cleanup.h"
#include "plan_sections.h"

static const struct {
	const char *name;
	uint64_t flag;
} propagations[] = {
	{ "private",     MS_PRIVATE },
	{ "rprivate",    MS_PRIVATE },
	{ "slave",       MS_SLAVE },
	{ "rslave",      MS_SLAVE },
	{ "shared",      MS_SHARED },
	{ "rshared",     MS_SHARED },
	{ "unbindable",  MS_UNBINDABLE },
	{ "runbindable", MS_UNBINDABLE },
};

/* The mode that the configuration itself asks for. */
static void root_as_configured(struct plan_input *in, struct plan_root *root)
{
	root->mode = POLICY_ROOTFS_AS_CONFIGURED;
	root->readonly = in->spec->root.readonly;
	root->why = in->spec->root.readonly ? PLAN_WHY_SPEC("/root/readonly") : PLAN_WHY_DEFAULT;
}

static int plan_mode_of_root(struct plan_input *in, struct plan_root *root, struct error *err)
{
	bool readonly = in->spec->root.readonly;

	root_as_configured(in, root);
	if (in->policy->rootfs == POLICY_ROOTFS_AS_CONFIGURED)
		return 0;
	/* No configuration can ask for an ephemeral root, so deny cannot ask for one either. */
	if (plan_enforces(in, POLICY_ROOTFS) ||
	    (in->policy->rootfs == POLICY_ROOTFS_EPHEMERAL && plan_imposes(in, POLICY_ROOTFS))) {
		root->mode = in->policy->rootfs;
		root->readonly = root->mode == POLICY_ROOTFS_READ_ONLY || readonly;
		if (root->mode == POLICY_ROOTFS_EPHEMERAL)
			root->ephemeral_bytes = in->policy->limits.ephemeral_bytes;
		if (!readonly || root->mode != POLICY_ROOTFS_READ_ONLY)
			root->why = plan_why(PLAN_FLOOR, POLICY_ROOTFS, NULL);
		return 0;
	}
	if (readonly)
		return 0;
	return plan_breach(in, POLICY_ROOTFS, "/root/readonly", err, "set it to true",
			   "the root file system can be written");
}

static int plan_propagation(struct plan_input *in, struct plan_root *root, struct error *err)
{
	const char *name = in->spec->linux.rootfs_propagation;
	const char *path = "/linux/rootfsPropagation";
	bool wide;

	root->propagation = MS_PRIVATE;
	root->propagation_why = PLAN_WHY_DEFAULT;
	if (!name)
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(propagations); i++) {
		if (strcmp(propagations[i].name, name) == 0)
			root->propagation = propagations[i].flag;
	}
	root->propagation_why = PLAN_WHY_SPEC(path);
	wide = root->propagation == MS_SHARED ||
	       (root->propagation == MS_SLAVE && !in->policy->slave_propagation);
	if (!wide)
		return 0;
	if (plan_enforces(in, POLICY_PROPAGATION)) {
		root->propagation = MS_PRIVATE;
		root->propagation_why = plan_why(PLAN_CEILING, POLICY_PROPAGATION, path);
		return 0;
	}
	return plan_breach(in, POLICY_PROPAGATION, path, err, "use private",
			   "mounts propagate between the host and the root file system");
}

static int plan_nosuid(struct plan_input *in, struct plan_root *root, struct error *err)
{
	root->nosuid_why = PLAN_WHY_DEFAULT;
	if (plan_imposes(in, POLICY_ROOT_NOSUID)) {
		root->nosuid = true;
		root->nosuid_why = plan_why(PLAN_FLOOR, POLICY_ROOT_NOSUID, NULL);
		return 0;
	}
	return plan_breach(in, POLICY_ROOT_NOSUID, "/root", err, "",
			   "set-id files of the root file system are honoured");
}

unsigned int plan_unmappable(const struct plan_input *in)
{
	static const unsigned int conditions[] = {
		[POLICY_UNMAPPABLE_REFUSE] = 0,
		[POLICY_UNMAPPABLE_READ_ONLY] = PLAN_UNMAPPABLE_READ_ONLY,
		[POLICY_UNMAPPABLE_UNMAPPED] = PLAN_UNMAPPABLE_PLAIN,
	};

	if (!plan_imposes(in, POLICY_UNMAPPABLE))
		return PLAN_UNMAPPABLE_PLAIN |
		       (plan_audits(in, POLICY_UNMAPPABLE) ? PLAN_AUDIT_UNMAPPABLE : 0);
	return conditions[in->policy->unmappable];
}

/* No rule of its own: what a container could reach is beyond all of them. */
static int plan_pivot(struct plan_input *in, struct plan_root *root, struct error *err)
{
	if (!in->request->no_pivot)
		return 0;
	if (strcmp(in->policy->name, "oci") != 0)
		return error_set(err, ERROR_POLICY, 0,
				 "policy %s needs pivot_root: without it the host's mounts stay in the "
				 "container's namespace: leave --no-pivot out, or --policy oci",
				 in->policy->name);
	if (in->plan->ids.kind != PLAN_USER_HOST)
		return error_set(err, ERROR_SPEC, 0,
				 "/linux/namespaces: --no-pivot cannot take the host's /proc out of a "
				 "mount namespace that a user namespace owns: leave one of them out");
	root->no_pivot = true;
	return 0;
}

int plan_root(struct plan_input *in, struct error *err)
{
	const struct spec_root *spec = &in->spec->root;
	struct plan_root *root = &in->plan->root;

	root->path = spec->path[0] == '/' ? plan_normalize(in, spec->path) :
		     plan_normalize(in, plan_text(in, "%s/%s", in->request->bundle, spec->path));
	if (strcmp(root->path, "/") == 0 &&
	    plan_breach(in, POLICY_MOUNT_SOURCES, "/root/path", err, "name the container's own",
			"the container's root would be the host's") < 0)
		return -1;
	/* Another spelling, a link or a bind of the host's: run/ sees that on the descriptor. */
	if (plan_imposes(in, POLICY_MOUNT_SOURCES))
		root->conditions |= PLAN_CHECK_SOURCES;
	else if (plan_audits(in, POLICY_MOUNT_SOURCES))
		root->conditions |= PLAN_AUDIT_SOURCES;
	if (in->plan->ids.added) {
		root->idmap = PLAN_IDMAP_CONTAINER;
		root->conditions |= plan_unmappable(in);
	}
	if (plan_pivot(in, root, err) < 0 || plan_mode_of_root(in, root, err) < 0 || plan_propagation(in, root, err) < 0)
		return -1;
	if (root->idmap == PLAN_IDMAP_CONTAINER && root->mode == POLICY_ROOTFS_AS_CONFIGURED &&
	    !root->readonly && in->policy->shared_upper)
		root->conditions |= PLAN_SHARED_UPPER;
	return plan_nosuid(in, root, err);
}

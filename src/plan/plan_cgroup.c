/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * Where the container's cgroup is, and who may write to it. The limits are in
 * plan_cgroup_limits.c.
 */
#include <sched.h>
#include <string.h>
#include <sys/mount.h>

#include "kernel/compat.h"
#include "plan_sections.h"

#define PATH "/linux/cgroupsPath"

static size_t count_colons(const char *path)
{
	size_t count = 0;

	for (; *path; path++)
		count += *path == ':';
	return count;
}

/* ".." has led out of a container's own cgroup before; it is not resolved but refused. */
bool plan_cgroup_climbs(const char *path)
{
	for (;;) {
		size_t length;

		path += strspn(path, "/");
		length = strcspn(path, "/");
		if (length == 0)
			return false;
		if (length == 2 && memcmp(path, "..", 2) == 0)
			return true;
		path += length;
	}
}

static int plan_path(struct plan_input *in, struct plan_cgroup *cgroup, struct error *err)
{
	const char *path = in->spec->linux.cgroups_path;

	/* "" for root: below the mount. */
	const char *base = in->host->cgroup_base;

	if (!path || !path[0]) {
		cgroup->path = plan_text(in, "%s/%s", base, in->request->id);
		cgroup->why = PLAN_WHY_DEFAULT;
		return 0;
	}
	if (path[0] != '/' && count_colons(path) == 2)
		return error_set(err, ERROR_SPEC, 0,
				 PATH ": '%s' names a systemd scope: with --systemd-cgroup, or a "
				 "path below the cgroup mount", path);
	if (plan_cgroup_climbs(path))
		return error_set(err, ERROR_SPEC, 0, PATH ": '%s': bad sub cgroup path: it has ..",
				 path);
	cgroup->path = plan_normalize(in, path[0] == '/' ? path : plan_text(in, "%s/%s", base, path));
	if (strcmp(cgroup->path, "/") == 0)
		return error_set(err, ERROR_SPEC, 0,
				 PATH ": the root of the hierarchy is the host's");
	cgroup->why = PLAN_WHY_SPEC(PATH);
	return 0;
}

/* Spec: config-linux.md "Cgroup ownership". */
static bool is_delegated(const struct plan *plan)
{
	bool writable = false;

	if (!(plan->new_namespaces & CLONE_NEWCGROUP))
		return false;
	for (size_t i = 0; i < plan->mount_count; i++) {
		const struct plan_mount *mount = &plan->mounts[i];

		if (mount->kind == PLAN_MOUNT_NEW && strcmp(mount->fs_type, "cgroup2") == 0)
			writable = !((mount->self.set | mount->tree.set) & MOUNT_ATTR_RDONLY);
	}
	return writable;
}

static bool wants_limits(const struct spec_resources *spec)
{
	return spec->memory.set || spec->cpu.set || spec->pids_limit.set || spec->block_io.set ||
	       spec->hugepage_count > 0 || spec->rdma_count > 0 || spec->unified.count > 0;
}

/* Why there is no cgroup, and what helps. */
struct no_cgroup {
	const char *limits;
	const char *advice;
};

static const struct no_cgroup disabled = {
	"limits need a cgroup: leave them or --cgroup-manager disabled out",
	"leave --cgroup-manager disabled out",
};

static const struct no_cgroup not_delegated = {
	"limits need a cgroup, and none is delegated to this user: leave them out, or start the caller "
	"by systemd-run --user --scope --property=Delegate=yes",
	"start the caller by systemd-run --user --scope --property=Delegate=yes",
};

/* What the rule wants and nobody asked for is not applied where no cgroup is to be had. */
static int leave_out(struct plan_input *in, const struct no_cgroup *why, enum policy_item item,
		     const char *what, struct error *err)
{
	if (why == &disabled || !plan_enforces(in, item))
		return plan_breach(in, item, NULL, err, why->advice, "without a cgroup there is no %s",
				   what);
	plan_not_applied(in, item, "no cgroup is delegated to this user: there is no %s", what);
	return 0;
}

static int plan_unmanaged(struct plan_input *in, const struct no_cgroup *why, struct error *err)
{
	if (wants_limits(&in->spec->linux.resources))
		return error_set(err, why == &disabled ? ERROR_SPEC : ERROR_HOST, 0,
				 "/linux/resources: %s", why->limits);
	if ((in->host->caller == HOST_CALLER_ROOT &&
	     leave_out(in, why, POLICY_DEVICES, "device program", err) < 0) ||
	    leave_out(in, why, POLICY_PIDS_LIMIT, "limit of processes", err) < 0 ||
	    leave_out(in, why, POLICY_MEMORY_LIMIT, "limit of memory", err) < 0)
		return -1;
	for (size_t i = 0; i < in->plan->mount_count; i++) {
		if (in->plan->mounts[i].cgroup_bind && !in->plan->mounts[i].source)
			return error_set(err, ERROR_SPEC, 0,
					 "%s: without a cgroup of its own the container needs a "
					 "cgroup namespace for this", in->plan->mounts[i].why.path);
	}
	return 0;
}

/* As runc: who asks for no cgroup and no limit gets along without, where none can be made. */
static bool is_left_out(struct plan_input *in)
{
	const char *path = in->spec->linux.cgroups_path;

	if (in->host->caller == HOST_CALLER_ROOT || in->request->cgroup_manager != PLAN_CGROUPFS ||
	    in->host->cgroup_base[0] || (path && path[0]))
		return false;
	plan_left_out(in, PATH, "no cgroup is delegated to this user: the container stays in the "
		      "caller's");
	return true;
}

int plan_cgroup(struct plan_input *in, struct error *err)
{
	struct plan_cgroup *cgroup = &in->plan->cgroup;
	struct plan_unit *unit = NULL;
	int result;

	if (in->request->cgroup_manager == PLAN_NO_CGROUP)
		return plan_unmanaged(in, &disabled, err);
	if (is_left_out(in))
		return plan_unmanaged(in, &not_delegated, err);
	if (in->host->cgroup_mount[0] == '\0')
		return error_set(err, ERROR_HOST, 0,
				 "cgroup v2 is not mounted on this host: neither at /sys/fs/cgroup "
				 "nor at /sys/fs/cgroup/unified");
	cgroup->managed = true;
	result = in->request->cgroup_manager == PLAN_SYSTEMD ? plan_unit_path(in, &unit, err) :
							       plan_path(in, cgroup, err);
	if (result < 0 || plan_cgroup_limits(in, err) < 0 ||
	    (unit && plan_unit(in, unit, err) < 0))
		return -1;
	cgroup->delegate = is_delegated(in->plan);
	return plan_device_rules(in, err);
}

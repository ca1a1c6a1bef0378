/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * The two ways in which a container's cgroup comes and goes, behind run/cgroup.h.
 */
#pragma once

#include "run/cgroup.h"

struct cgroup_manager {
	/* As cgroup_create(), with @made cleared. */
	int (*create)(int mount, const struct plan_cgroup *plan, const char *state_root,
		      const char *id, struct cgroup_made *made, struct error *err);
	/* As cgroup_delete(). */
	int (*remove)(int mount, const struct cgroup_name *name, bool owned, int timeout_ms,
		      struct error *err);
};

extern const struct cgroup_manager cgroup_fs;
extern const struct cgroup_manager cgroup_systemd;

/**
 * cgroup_change_unit() - have systemd know of new limits
 * @plan: its unit's properties; nothing is done without a unit
 *
 * Return: 0, or -1 with ERROR_HOST.
 */
int cgroup_change_unit(const struct plan_cgroup *plan, struct error *err);

/**
 * cgroup_make() - go down to the leaf, make what is missing, enable controllers on the way
 *
 * As cgroup_create(), and the leaf is not looked at.
 */
int cgroup_make(int mount, const struct plan_cgroup *plan, const char *state_root, const char *id,
		struct cgroup_made *made, struct error *err);

/** cgroup_check_usable() - refuse a cgroup that is not empty, is frozen, or takes no processes */
int cgroup_check_usable(int leaf, const char *path, struct error *err);

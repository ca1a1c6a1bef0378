/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */

#include "cgroup_managers.h"

static const struct cgroup_manager *manager_of(const char *unit)
{
	return unit ? &cgroup_systemd : &cgroup_fs;
}

int cgroup_create(int mount, const struct plan_cgroup *plan, const char *state_root,
		  const char *id, struct cgroup_made *made, struct error *err)
{
	*made = (struct cgroup_made)CGROUP_MADE_INIT;
	return manager_of(plan->unit ? plan->unit->name : NULL)
		->create(mount, plan, state_root, id, made, err);
}

int cgroup_delete(int mount, const struct cgroup_name *name, bool owned, int timeout_ms,
		  struct error *err)
{
	return manager_of(name->unit)->remove(mount, name, owned, timeout_ms, err);
}

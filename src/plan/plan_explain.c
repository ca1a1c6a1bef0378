/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * The plan as JSON: for people who ask what create would do, and for tests.
 * Keys have a fixed order, and every value stands with its origin.
 */
#include "plan_explain.h"

#include <sys/mount.h>

#include "base/cleanup.h"
#include "tables/hook_kinds.h"
#include "tables/namespace_types.h"

static const char *const origin_names[] = {
	[PLAN_SPEC] = "spec",
	[PLAN_DEFAULT] = "default",
	[PLAN_FLOOR] = "floor",
	[PLAN_CEILING] = "ceiling",
	[PLAN_CONTAINER] = "container",
};

static const struct {
	enum plan_condition bit;
	const char *name;
} conditions_names[] = {
	{ PLAN_CHECK_SOURCES,        "check-sources" },
	{ PLAN_CHECK_DEVICE,         "check-device" },
	{ PLAN_AUDIT_SOURCES,        "audit-sources" },
	{ PLAN_AUDIT_DEVICE,         "audit-device" },
	{ PLAN_UNMAPPABLE_READ_ONLY, "unmappable-read-only" },
	{ PLAN_UNMAPPABLE_PLAIN,     "unmappable-plain" },
	{ PLAN_AUDIT_UNMAPPABLE,     "audit-unmappable" },
	{ PLAN_CHECK_VOLUME,         "check-volume" },
	{ PLAN_REFUSE_VOLUME,        "refuse-volume" },
	{ PLAN_AUDIT_VOLUME,         "audit-volume" },
	{ PLAN_REFUSE_SOCKET,        "refuse-socket" },
	{ PLAN_AUDIT_SOCKET,         "audit-socket" },
	{ PLAN_SHARED_UPPER,         "shared-upper" },
};

static const struct {
	uint64_t flag;
	const char *name;
	const char *recursive;
} propagation_names[] = {
	{ MS_PRIVATE,    "private",    "rprivate" },
	{ MS_SLAVE,      "slave",      "rslave" },
	{ MS_SHARED,     "shared",     "rshared" },
	{ MS_UNBINDABLE, "unbindable", "runbindable" },
};

const char *plan_origin_name(enum plan_origin origin)
{
	return origin_names[origin];
}

void explain_why(struct json_writer *json, const struct plan_why *why)
{
	json_write_string(json, "origin", plan_origin_name(why->origin));
	if (why->item)
		json_write_string(json, "item", why->item);
	if (why->path)
		json_write_string(json, "path", why->path);
}

void explain_mappings(struct json_writer *json, const char *key,
		      const struct plan_mapping *mappings, size_t count)
{
	json_write_array(json, key);
	for (size_t i = 0; i < count; i++) {
		json_write_object(json, NULL);
		json_write_u64(json, "containerID", mappings[i].container_id);
		json_write_u64(json, "hostID", mappings[i].host_id);
		json_write_u64(json, "size", mappings[i].size);
		json_write_end(json);
	}
	json_write_end(json);
}

void explain_conditions(struct json_writer *json, unsigned int conditions)
{
	if (!conditions)
		return;
	json_write_array(json, "conditions");
	for (size_t i = 0; i < ARRAY_SIZE(conditions_names); i++) {
		if (conditions & conditions_names[i].bit)
			json_write_string(json, NULL, conditions_names[i].name);
	}
	json_write_end(json);
}

void explain_propagation(struct json_writer *json, uint64_t propagation, bool recursive)
{
	for (size_t i = 0; i < ARRAY_SIZE(propagation_names); i++) {
		if (propagation_names[i].flag == propagation)
			json_write_string(json, "propagation",
					  recursive ? propagation_names[i].recursive :
						      propagation_names[i].name);
	}
}

void explain_idmap(struct json_writer *json, enum plan_idmap idmap)
{
	if (idmap != PLAN_IDMAP_NONE)
		json_write_string(json, "idmap", idmap == PLAN_IDMAP_OWN ? "own" : "container");
}

static const struct plan_join *find_join(const struct plan *plan, int type)
{
	for (size_t i = 0; i < plan->join_count; i++) {
		if (plan->joins[i].type == type)
			return &plan->joins[i];
	}
	return NULL;
}

static void explain_join(struct json_writer *json, const struct plan_join *join)
{
	json_write_string(json, "kind", "join");
	json_write_string(json, "file", join->path);
	if (join->not_host)
		json_write_string(json, join->audit ? "auditHost" : "notHost", join->not_host);
	if (join->sysctls)
		json_write_bool(json, "sysctls", true);
	if (join->cgroups)
		json_write_bool(json, "cgroups", true);
	explain_why(json, &join->why);
}

static void explain_namespaces(struct json_writer *json, const struct plan *plan)
{
	json_write_object(json, "namespaces");
	for (size_t i = 0; i < NAMESPACE_TYPES; i++) {
		const struct namespace_type *type = &namespace_types[i];
		const struct plan_join *join = find_join(plan, type->flag);

		json_write_object(json, type->name);
		if (join) {
			explain_join(json, join);
		} else if (plan->new_namespaces & (unsigned int)type->flag) {
			json_write_string(json, "kind", "new");
			explain_why(json, &plan->namespace_why[i]);
		} else {
			json_write_string(json, "kind", "host");
		}
		json_write_end(json);
	}
	json_write_end(json);
}

static void explain_offset(struct json_writer *json, const char *key,
			   const struct spec_time_offset *offset)
{
	if (!offset->set)
		return;
	json_write_object(json, key);
	json_write_i64(json, "secs", offset->secs);
	json_write_u64(json, "nanosecs", offset->nanosecs);
	json_write_end(json);
}

static void explain_time(struct json_writer *json, const struct plan *plan)
{
	if (!plan->boottime.set && !plan->monotonic.set)
		return;
	json_write_object(json, "timeOffsets");
	explain_offset(json, "boottime", &plan->boottime);
	explain_offset(json, "monotonic", &plan->monotonic);
	json_write_end(json);
}

static void explain_ids(struct json_writer *json, const struct plan *plan)
{
	static const char *const kinds[] = {
		[PLAN_USER_HOST] = "host",
		[PLAN_USER_NEW] = "new",
		[PLAN_USER_RANGE] = "range",
		[PLAN_USER_JOIN] = "join",
	};
	const struct plan_ids *ids = &plan->ids;

	json_write_object(json, "ids");
	json_write_string(json, "kind", kinds[ids->kind]);
	if (ids->kind == PLAN_USER_RANGE) {
		json_write_u64(json, "range", ids->range);
		if (ids->pool.subordinate) {
			json_write_string(json, "poolSubordinate", ids->pool.subordinate);
		} else {
			json_write_u64(json, "poolFirst", ids->pool.first);
			json_write_u64(json, "poolLast", ids->pool.last);
		}
	}
	if (ids->uid_count > 0) {
		explain_mappings(json, "uids", ids->uids, ids->uid_count);
		explain_mappings(json, "gids", ids->gids, ids->gid_count);
	}
	if (ids->outer_uid_count > 0) {
		explain_mappings(json, "outerUids", ids->outer_uids, ids->outer_uid_count);
		explain_mappings(json, "outerGids", ids->outer_gids, ids->outer_gid_count);
	}
	if (ids->kind == PLAN_USER_NEW || ids->kind == PLAN_USER_JOIN)
		json_write_bool(json, "checkRegistry", ids->check_registry);
	if (ids->audit_registry)
		json_write_bool(json, "auditRegistry", true);
	explain_why(json, &ids->why);
	json_write_bool(json, "sealedCopy", plan->sealed_copy);
	json_write_end(json);
}

static void explain_flag(struct json_writer *json, const char *key, bool value,
			 const struct plan_why *why)
{
	json_write_object(json, key);
	json_write_bool(json, "value", value);
	explain_why(json, why);
	json_write_end(json);
}

static void explain_root(struct json_writer *json, const struct plan *plan)
{
	const struct plan_root *root = &plan->root;

	json_write_object(json, "root");
	json_write_string(json, "source", root->path);
	json_write_string(json, "mode", policy_rootfs_name(root->mode));
	json_write_bool(json, "readonly", root->readonly);
	explain_why(json, &root->why);
	if (root->mode == POLICY_ROOTFS_EPHEMERAL)
		json_write_u64(json, "ephemeralBytes", root->ephemeral_bytes);
	explain_flag(json, "nosuid", root->nosuid, &root->nosuid_why);
	if (root->no_pivot)
		json_write_bool(json, "noPivot", true);
	json_write_object(json, "propagation");
	explain_propagation(json, root->propagation, false);
	explain_why(json, &root->propagation_why);
	json_write_end(json);
	explain_idmap(json, root->idmap);
	explain_conditions(json, root->conditions);
	json_write_end(json);
}

static void explain_paths(struct json_writer *json, const char *key, const struct plan_path *paths,
			  size_t count)
{
	json_write_array(json, key);
	for (size_t i = 0; i < count; i++) {
		json_write_object(json, NULL);
		json_write_string(json, "file", paths[i].path);
		explain_why(json, &paths[i].why);
		json_write_end(json);
	}
	json_write_end(json);
}

static void explain_sysctls(struct json_writer *json, const struct plan *plan)
{
	json_write_array(json, "sysctls");
	for (size_t i = 0; i < plan->sysctl_count; i++) {
		const struct plan_sysctl *sysctl = &plan->sysctls[i];

		json_write_object(json, NULL);
		json_write_string(json, "name", sysctl->name);
		json_write_string(json, "value", sysctl->value);
		if (sysctl->early)
			json_write_bool(json, "early", true);
		explain_why(json, &sysctl->why);
		json_write_end(json);
	}
	json_write_end(json);
}

/* The rules themselves are long, and stand in config.json as they are. */
static void explain_profile(struct json_writer *json, const struct spec_seccomp *profile)
{
	json_write_string(json, "defaultAction", profile->default_action);
	if (profile->default_errno_ret.set)
		json_write_u64(json, "defaultErrnoRet", profile->default_errno_ret.value);
	json_write_strings(json, "architectures", profile->architectures.items,
			   profile->architectures.count);
	json_write_strings(json, "flags", profile->flags.items, profile->flags.count);
	json_write_u64(json, "rules", profile->rule_count);
}

static void explain_seccomp(struct json_writer *json, const struct plan *plan)
{
	const struct plan_seccomp *seccomp = &plan->seccomp;

	json_write_object(json, "seccomp");
	json_write_object(json, "profile");
	json_write_string(json, "value",
			  seccomp->profile ? "configured" :
			  seccomp->profile_default ? "default" : "none");
	if (seccomp->profile)
		explain_profile(json, seccomp->profile);
	explain_why(json, &seccomp->profile_why);
	json_write_end(json);
	json_write_object(json, "floor");
	json_write_bool(json, "value", seccomp->floor);
	if (seccomp->openings) {
		json_write_array(json, "open");
		for (unsigned int bit = 1; policy_opening_name(bit); bit <<= 1) {
			if (seccomp->openings & bit)
				json_write_string(json, NULL, policy_opening_name(bit));
		}
		json_write_end(json);
	}
	explain_why(json, &seccomp->floor_why);
	json_write_end(json);
	json_write_end(json);
}

static void explain_label(struct json_writer *json, const char *key, const char *value,
			  const struct plan_why *why)
{
	json_write_object(json, key);
	json_write_string(json, "value", value);
	explain_why(json, why);
	json_write_end(json);
}

static void explain_lsm(struct json_writer *json, const struct plan *plan)
{
	const struct plan_lsm *lsm = &plan->lsm;

	json_write_object(json, "lsm");
	explain_label(json, "apparmor", lsm->apparmor, &lsm->apparmor_why);
	explain_label(json, "selinux", lsm->selinux, &lsm->selinux_why);
	if (lsm->mount_label)
		json_write_string(json, "mountLabel", lsm->mount_label);
	explain_flag(json, "landlock", lsm->landlock, &lsm->landlock_why);
	json_write_end(json);
}

static void explain_hook(struct json_writer *json, const struct spec_hook *hook)
{
	json_write_object(json, NULL);
	json_write_string(json, "path", hook->path);
	json_write_strings(json, "args", hook->args.items, hook->args.count);
	json_write_strings(json, "env", hook->env.items, hook->env.count);
	if (hook->timeout.set)
		json_write_i64(json, "timeout", hook->timeout.value);
	json_write_end(json);
}

static void explain_hooks(struct json_writer *json, const struct plan *plan)
{
	json_write_object(json, "hooks");
	for (size_t i = 0; i < HOOK_KINDS; i++) {
		const struct spec_hooks *hooks = &plan->spec->hooks[i];

		if (hooks->count == 0)
			continue;
		json_write_array(json, hook_kinds[i].name);
		for (size_t j = 0; j < hooks->count; j++)
			explain_hook(json, &hooks->items[j]);
		json_write_end(json);
	}
	if (plan->check_hooks)
		json_write_bool(json, plan->audit_hooks ? "auditPrograms" : "checkPrograms", true);
	json_write_end(json);
}

static void explain_passed_over(struct json_writer *json, const struct spec *spec)
{
	json_write_array(json, "unknown");
	for (size_t i = 0; i < spec->unknown.count; i++)
		json_write_string(json, NULL, spec->unknown.items[i]);
	json_write_end(json);
	json_write_array(json, "ignored");
	for (size_t i = 0; i < spec->ignored.count; i++) {
		json_write_object(json, NULL);
		json_write_string(json, "path", spec->ignored.items[i].key);
		json_write_string(json, "reason", spec->ignored.items[i].value);
		json_write_end(json);
	}
	json_write_end(json);
}

static void explain_findings(struct json_writer *json, const char *key, const struct plan *plan,
			     bool not_applied)
{
	json_write_array(json, key);
	for (size_t i = 0; i < plan->finding_count; i++) {
		const struct plan_finding *finding = &plan->findings[i];

		if (finding->not_applied != not_applied)
			continue;
		json_write_object(json, NULL);
		if (finding->item)
			json_write_string(json, "item", finding->item);
		if (finding->path)
			json_write_string(json, "path", finding->path);
		json_write_string(json, "text", finding->text);
		json_write_end(json);
	}
	json_write_end(json);
}

void plan_explain(const struct plan *plan, struct text *out)
{
	struct json_writer json = JSON_WRITER(out, JSON_INDENTED);

	json_write_object(&json, NULL);
	json_write_string(&json, "policy", plan->policy);
	if (plan->rules->file)
		json_write_string(&json, "policyFile", plan->rules->file);
	json_write_string(&json, "id", plan->request.id);
	json_write_string(&json, "bundle", plan->request.bundle);
	explain_namespaces(&json, plan);
	explain_time(&json, plan);
	explain_ids(&json, plan);
	explain_root(&json, plan);
	if (plan->hostname)
		json_write_string(&json, "hostname", plan->hostname);
	if (plan->domainname)
		json_write_string(&json, "domainname", plan->domainname);
	explain_mounts(&json, plan);
	if (plan->mounts_over_sysfs)
		json_write_bool(&json, "mountsOverSysfs", true);
	if (plan->audit_mounts_over_sysfs)
		json_write_bool(&json, "auditMountsOverSysfs", true);
	explain_paths(&json, "maskedPaths", plan->masked, plan->masked_count);
	explain_paths(&json, "readonlyPaths", plan->readonly, plan->readonly_count);
	explain_sysctls(&json, plan);
	json_write_bool(&json, "loopbackUp", plan->loopback_up);
	explain_flag(&json, "newKeyring", plan->new_keyring, &plan->keyring_why);
	explain_cgroup(&json, plan);
	explain_process(&json, plan);
	explain_seccomp(&json, plan);
	explain_lsm(&json, plan);
	explain_hooks(&json, plan);
	explain_passed_over(&json, plan->spec);
	explain_findings(&json, "findings", plan, false);
	explain_findings(&json, "notApplied", plan, true);
	json_write_end(&json);
	text_append_char(out, '\n');
}

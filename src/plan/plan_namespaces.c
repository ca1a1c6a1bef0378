/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * Which namespaces are new, which are joined, which are the host's. Three are
 * added, or joined with what else is joined, where the configuration leaves them out: that changes nothing for the
 * program but what it could do to the host. The others are refused: a program
 * that was given the host's network on purpose would not work without it, and
 * one that was given it by mistake should be heard of.
 *
 * Whether a path names the host's own namespace is known when it is opened.
 */
#include <sched.h>
#include <string.h>

#include "base/cleanup.h"
#include "kernel/compat.h"
#include "plan_sections.h"
#include "tables/namespace_types.h"

struct rule {
	int type;
	enum policy_item item;
	bool addable;
};

/* time is left alone: an offset of the clock is no way out. */
static const struct rule rules[] = {
	{ CLONE_NEWNS,     POLICY_MOUNT_NAMESPACE,  true },
	{ CLONE_NEWCGROUP, POLICY_CGROUP_NAMESPACE, true },
	{ CLONE_NEWUSER,   POLICY_USER_NAMESPACE,   true },
	{ CLONE_NEWPID,    POLICY_HOST_PID,         false },
	{ CLONE_NEWNET,    POLICY_HOST_NETWORK,     false },
	{ CLONE_NEWIPC,    POLICY_HOST_IPC,         false },
	{ CLONE_NEWUTS,    POLICY_HOST_UTS,         false },
};

static const struct rule *find_rule(int type)
{
	for (size_t i = 0; i < ARRAY_SIZE(rules); i++) {
		if (rules[i].type == type)
			return &rules[i];
	}
	return NULL;
}

/* The configuration's entry for a type, NULL for none. */
static const struct spec_namespace *find_entry(const struct plan_input *in, const char *type)
{
	const struct spec_linux *spec = &in->spec->linux;

	for (size_t i = 0; i < spec->namespace_count; i++) {
		if (strcmp(spec->namespaces[i].type, type) == 0)
			return &spec->namespaces[i];
	}
	return NULL;
}

static const char *entry_path(struct plan_input *in, const struct spec_namespace *entry)
{
	return plan_text(in, "/linux/namespaces/%zu",
			 (size_t)(entry - in->spec->linux.namespaces));
}

/*
 * What a container of a pod joins belongs to the user namespace of its first container. One of its
 * own would have no power over it, and other ids than the rest of the pod.
 */
static void plan_join_owner(struct plan_input *in, const struct namespace_type *type,
			    const struct rule *rule, struct plan_list *joins)
{
	struct plan_join *join = plan_list_add(in, joins, sizeof(*join));

	join->type = type->flag;
	join->path = in->host->joined_owner;
	join->why = plan_why(PLAN_FLOOR, rule->item, "/linux/namespaces");
	join->not_host = policy_item_id(rule->item);
	in->plan->namespace_why[type - namespace_types] = join->why;
}

static int plan_absent(struct plan_input *in, const struct namespace_type *type,
		       const struct rule *rule, struct plan_list *joins, struct error *err)
{
	if (!rule)
		return 0;
	if (type->flag == CLONE_NEWUSER && in->host->joined_owner[0] &&
	    in->host->caller == HOST_CALLER_ROOT && plan_enforces(in, rule->item)) {
		plan_join_owner(in, type, rule, joins);
		return 0;
	}
	if (rule->addable && plan_enforces(in, rule->item)) {
		in->plan->new_namespaces |= (unsigned int)type->flag;
		in->plan->namespace_why[type - namespace_types] =
			plan_why(PLAN_FLOOR, rule->item, NULL);
		return 0;
	}
	return plan_breach(in, rule->item, "/linux/namespaces", err,
			   plan_text(in, "add {\"type\": \"%s\"} there", type->name),
			   "the container would share the host's %s namespace", type->name);
}

static int plan_joined(struct plan_input *in, const struct namespace_type *type,
		       const struct rule *rule, const struct spec_namespace *entry,
		       struct plan_list *joins, struct error *err)
{
	const char *path = entry_path(in, entry);
	struct plan_join *join;

	/* Mounts made in a namespace of somebody else's would be there for them as well. */
	if (type->flag == CLONE_NEWNS &&
	    plan_breach(in, POLICY_MOUNT_NAMESPACE, path, err, "leave its path out",
			"the mount namespace '%s' is not the container's own", entry->path) < 0)
		return -1;

	join = plan_list_add(in, joins, sizeof(*join));
	join->type = type->flag;
	join->path = entry->path;
	join->why = PLAN_WHY_SPEC(path);
	in->plan->namespace_why[type - namespace_types] = join->why;
	if (rule && plan_mode(in, rule->item) != POLICY_OFF) {
		join->not_host = policy_item_id(rule->item);
		join->audit = plan_audits(in, rule->item);
	}
	return 0;
}

static int plan_type(struct plan_input *in, const struct namespace_type *type,
		     struct plan_list *joins, struct error *err)
{
	const struct spec_namespace *entry = find_entry(in, type->name);
	const struct rule *rule = find_rule(type->flag);

	if (!entry)
		return plan_absent(in, type, rule, joins, err);
	if (type->flag == CLONE_NEWTIME && !in->host->time_namespace)
		return error_set(err, ERROR_HOST, 0, "%s: this kernel has no time namespaces",
				 entry_path(in, entry));
	if (entry->path)
		return plan_joined(in, type, rule, entry, joins, err);
	in->plan->new_namespaces |= (unsigned int)type->flag;
	in->plan->namespace_why[type - namespace_types] = PLAN_WHY_SPEC(entry_path(in, entry));
	return 0;
}

int plan_namespaces(struct plan_input *in, struct error *err)
{
	struct plan *plan = in->plan;
	struct plan_list joins = { 0 };

	for (size_t i = 0; i < NAMESPACE_TYPES; i++) {
		if (plan_type(in, &namespace_types[i], &joins, err) < 0)
			return -1;
	}
	plan->joins = joins.items;
	plan->join_count = joins.count;
	plan->child_joins = joins.count > 0 && in->host->caller != HOST_CALLER_ROOT;
	/* Where no rule adds it. Without one there is nowhere to mount. */
	if (!plan_has_namespace(plan, CLONE_NEWNS))
		return error_set(err, ERROR_SPEC, 0,
				 "/linux/namespaces: a container without a mount namespace is not "
				 "supported: add {\"type\": \"mount\"}");

	plan->boottime = in->spec->linux.boottime;
	plan->monotonic = in->spec->linux.monotonic;
	plan->hostname = in->spec->hostname;
	plan->domainname = in->spec->domainname;
	plan->loopback_up = plan->new_namespaces & CLONE_NEWNET;
	return 0;
}

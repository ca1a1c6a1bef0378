/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * What the sections of plan_build() share: the inputs, the plan that grows,
 * and the one way to ask a rule of policy.
 *
 * A section looks at the configuration, asks a rule where there is one, and
 * writes what it decided with its origin. Where a configuration breaks a rule:
 *
 *	if (plan_enforces(in, POLICY_X))
 *		... change the value, origin PLAN_CEILING
 *	else if (plan_breach(in, POLICY_X, path, err, advice, "what breaks it") < 0)
 *		return -1;
 *
 * and where the rule cannot be enforced without contradicting the
 * configuration, plan_breach() alone.
 */
#pragma once

#include "plan/plan.h"

/* An array that grows in the plan's arena; zero is an empty one. */
struct plan_list {
	void *items;
	size_t count;
	size_t capacity;
};

struct plan_input {
	const struct spec *spec;
	const struct policy *policy;
	const struct host *host;
	const struct plan_request *request;
	struct plan *plan;		/* filled section by section, in the order of plan.c */
	struct plan_list findings;
	bool update;			/* of a container that is there: what is not asked for stays */
	/* First id that is not mapped in the container; 0: the ids of the host, or unknown. */
	uint32_t mapped_uids;
	uint32_t mapped_gids;
};

/** plan_list_add() - room for one more item of @size bytes, zeroed; earlier pointers go stale */
void *plan_list_add(struct plan_input *in, struct plan_list *list, size_t size);

/** plan_text() - a string in the plan's arena, from a printf format */
#define plan_text(in, ...) arena_printf(&(in)->plan->arena, __VA_ARGS__)

/** plan_pointer() - a JSON path: @parent, a slash, and @key escaped (RFC 6901) */
char *plan_pointer(struct plan_input *in, const char *parent, const char *key);

/** plan_mode() - how the policy treats an item */
enum policy_mode plan_mode(const struct plan_input *in, enum policy_item item);

/** plan_enforces() - whether orlop itself sees to it that the rule holds */
bool plan_enforces(const struct plan_input *in, enum policy_item item);

/** plan_imposes() - plan_enforces() for a rule no configuration can keep: under deny as well */
bool plan_imposes(const struct plan_input *in, enum policy_item item);

/** plan_audits() - whether a breach is only listed */
bool plan_audits(const struct plan_input *in, enum policy_item item);

/** plan_why() - where a value comes from; @item is POLICY_ITEMS for none */
struct plan_why plan_why(enum plan_origin origin, enum policy_item item, const char *path);

#define PLAN_WHY_SPEC(path) plan_why(PLAN_SPEC, POLICY_ITEMS, path)
#define PLAN_WHY_DEFAULT    plan_why(PLAN_DEFAULT, POLICY_ITEMS, NULL)

/**
 * plan_breach() - the configuration breaks a rule, and nothing is changed
 * @path:   JSON path of what breaks it
 * @advice: what to do instead
 *
 * Return: 0 where the rule is off, or in audit: then there is a finding. -1 with ERROR_POLICY
 * under deny, and under enforce for rules that cannot be enforced.
 */
int plan_breach(struct plan_input *in, enum policy_item item, const char *path, struct error *err,
		const char *advice, const char *format, ...)
	__attribute__((format(printf, 6, 7)));

/** plan_find() - list what policy has found; plan_breach() does so in audit */
void plan_find(struct plan_input *in, enum policy_item item, const char *path, const char *text);

/** plan_not_applied() - list a floor that this host cannot carry out */
void plan_not_applied(struct plan_input *in, enum policy_item item, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/** plan_left_out() - list what config.json asks for at @path, and is not carried out */
void plan_left_out(struct plan_input *in, const char *path, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/** plan_unmappable() - enum plan_condition: what is done where a mount cannot be id-mapped */
unsigned int plan_unmappable(const struct plan_input *in);

/** plan_normalize() - a path in one spelling: one slash between names, no ".", ".." taken back */
char *plan_normalize(struct plan_input *in, const char *path);

/** plan_is_below() - whether a normalized path is @top or lies below it */
bool plan_is_below(const char *path, const char *top);

/** plan_has_namespace() - whether a namespace of a type is new or joined */
bool plan_has_namespace(const struct plan *plan, int type);

/* The sections, in the order of plan.c. Each returns 0 or -1. */
int plan_privileged(struct plan_input *in, struct error *err);
int plan_namespaces(struct plan_input *in, struct error *err);
int plan_ids(struct plan_input *in, struct error *err);
int plan_root(struct plan_input *in, struct error *err);
int plan_mounts(struct plan_input *in, struct error *err);
int plan_devices(struct plan_input *in, struct error *err);
int plan_paths(struct plan_input *in, struct error *err);
int plan_sysctls(struct plan_input *in, struct error *err);
int plan_cgroup_limits(struct plan_input *in, struct error *err);
int plan_device_rules(struct plan_input *in, struct error *err);
int plan_cgroup(struct plan_input *in, struct error *err);
int plan_process(struct plan_input *in, struct error *err);
int plan_caps(struct plan_input *in, struct error *err);
int plan_limits(struct plan_input *in, struct error *err);
int plan_seccomp(struct plan_input *in, struct error *err);
int plan_lsm(struct plan_input *in, struct error *err);
int plan_hooks(struct plan_input *in, struct error *err);

/* Shared with plan_exec.c. */

/** plan_caps_asked() - the capabilities that are named in any of the five sets */
uint64_t plan_caps_asked(const struct spec_process *process);

/** plan_ids_check() - whether the ids of the user are mapped by the configuration's mappings */
int plan_ids_check(const struct plan_input *in, struct error *err);

/** plan_ids_check_mapped() - the same for a container with the ids of a caller that is a mapped root */
int plan_ids_check_mapped(const struct plan_input *in, struct error *err);

/** plan_lsm_confines() - whether an AppArmor profile, NULL for none, confines at all */
bool plan_lsm_confines(const char *profile);

/** plan_cgroup_climbs() - whether a path has ".." in it */
bool plan_cgroup_climbs(const char *path);

/* Shared by plan_mounts.c and its parts. */

struct mount_request;

/* A mount of the configuration while it is planned. */
struct plan_mount_source {
	const struct spec_mount *spec;
	size_t index;			/* in /mounts */
	const char *path;		/* "/mounts/3" */
	const char *destination;	/* normalized */
	const struct mount_request *request;
	struct plan_list options;	/* struct plan_option */
	struct plan_list changes;	/* struct plan_change */
};

/** plan_mount_kernel() - refuse a mount at a place of /proc or /sys that is not on the list */
int plan_mount_kernel(struct plan_input *in, const struct plan_mount_source *from,
		      const struct plan_mount *mount, struct error *err);

/** plan_mount_rules() - put the rules of policy over a mount of the configuration */
int plan_mount_rules(struct plan_input *in, struct plan_mount_source *from,
		     struct plan_mount *mount, struct error *err);

/** plan_mount_change() - note what a rule has changed in a mount */
void plan_mount_change(struct plan_input *in, struct plan_mount_source *from,
		       enum policy_item item, const char *text);

/** plan_mount_ids() - rule volume-ids: whose ids the files of a volume have */
int plan_mount_ids(struct plan_input *in, struct plan_mount_source *from,
		   struct plan_mount *mount, struct error *err);

/** plan_mount_tmpfs() - add the floor's tmpfs, before all others */
int plan_mount_tmpfs(struct plan_input *in, struct plan_list *mounts, struct error *err);

/** plan_unit_path() - the unit's name and slice, and the path of its cgroup */
int plan_unit_path(struct plan_input *in, struct plan_unit **out, struct error *err);

/** plan_unit() - the unit's properties: after the limits */
int plan_unit(struct plan_input *in, struct plan_unit *unit, struct error *err);

/** plan_unit_update() - of a unit that is there, the properties that new limits change */
void plan_unit_update(struct plan_input *in, const char *name);

/* Shared by plan_cgroup_limits.c, plan_cgroup_floors.c and plan_update.c. */

enum plan_scalar_kind { PLAN_SCALAR_I64, PLAN_SCALAR_U64, PLAN_SCALAR_TEXT };

/* A limit that is one value: where it stands in config.json and in struct spec_resources. */
struct plan_scalar {
	const char *field;
	enum plan_scalar_kind kind;
	bool zero_is_unset;	/* engines send 0 for what nobody asked for */
	size_t offset;
};

extern const struct plan_scalar plan_scalars[];
extern const size_t plan_scalar_count;

/** plan_scalar_is_set() - whether resources say something of a limit */
bool plan_scalar_is_set(const struct plan_scalar *row, const struct spec_resources *spec);

struct plan_limits {
	struct plan_input *in;
	const struct spec_resources *spec;
	struct plan_list writes;	/* struct plan_cgroup_write */
};

/** plan_cgroup_controller() - bit of a controller's name, 0 for one that is not known */
unsigned int plan_cgroup_controller(const char *name);

/** plan_cgroup_find() - the last write to a file, or NULL */
struct plan_cgroup_write *plan_cgroup_find(const struct plan_limits *limits, const char *file);

/** plan_cgroup_unified() - add the writes of /linux/resources/unified */
int plan_cgroup_unified(struct plan_limits *limits, struct error *err);

/** plan_cgroup_floors() - refuse limits without a controller, and add those of policy */
int plan_cgroup_floors(struct plan_limits *limits, struct error *err);

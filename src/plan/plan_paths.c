/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * Masked and read-only paths: what the configuration lists and what policy
 * lists, each once. A path of ours that is not there is no error in run/; one
 * that is there and cannot be masked is.
 */
#include <string.h>

#include "plan_sections.h"
#include "tables/masked_paths.h"

struct path_set {
	enum policy_item item;
	const char *where;		/* JSON path of the configuration's list */
	struct plan_list paths;		/* struct plan_path */
};

static bool has_path(const struct path_set *set, const char *path)
{
	const struct plan_path *paths = set->paths.items;

	for (size_t i = 0; i < set->paths.count; i++) {
		if (strcmp(paths[i].path, path) == 0)
			return true;
	}
	return false;
}

static void add_path(struct plan_input *in, struct path_set *set, const char *path,
		     struct plan_why why)
{
	struct plan_path *added = plan_list_add(in, &set->paths, sizeof(*added));

	added->path = path;
	added->why = why;
}

static int add_configured(struct plan_input *in, struct path_set *set,
			  const struct spec_strings *spec, struct error *err)
{
	for (size_t i = 0; i < spec->count; i++) {
		const char *path = plan_normalize(in, spec->items[i]);
		const char *at = plan_text(in, "%s/%zu", set->where, i);

		if (strcmp(path, "/") == 0)
			return error_set(err, ERROR_SPEC, 0, "%s: that is the root itself", at);
		if (!has_path(set, path))
			add_path(in, set, path, PLAN_WHY_SPEC(at));
	}
	return 0;
}

static int add_ours(struct plan_input *in, struct path_set *set, const char *path,
		    struct error *err)
{
	if (has_path(set, path))
		return 0;
	if (plan_enforces(in, set->item)) {
		add_path(in, set, path, plan_why(PLAN_FLOOR, set->item, NULL));
		return 0;
	}
	return plan_breach(in, set->item, set->where, err, "add it", "'%s' is not listed", path);
}

static int plan_masked(struct plan_input *in, struct error *err)
{
	struct path_set set = { .item = POLICY_MASKED_PATHS, .where = "/linux/maskedPaths" };

	if (add_configured(in, &set, &in->spec->linux.masked_paths, err) < 0)
		return -1;
	for (size_t i = 0; i < masked_path_count; i++) {
		if (add_ours(in, &set, masked_paths[i].path, err) < 0)
			return -1;
	}
	/* A side channel, and no reason to refuse: only Docker masks these. */
	for (unsigned int i = 0; i < in->host->processors; i++) {
		const char *path;

		if (!plan_enforces(in, POLICY_MASKED_PATHS))
			break;
		path = plan_text(in, MASKED_THERMAL_FORMAT, i);
		if (!has_path(&set, path))
			add_path(in, &set, path, plan_why(PLAN_FLOOR, set.item, NULL));
	}
	in->plan->masked = set.paths.items;
	in->plan->masked_count = set.paths.count;
	return 0;
}

static int plan_readonly(struct plan_input *in, struct error *err)
{
	struct path_set set = { .item = POLICY_READONLY_PATHS, .where = "/linux/readonlyPaths" };

	if (add_configured(in, &set, &in->spec->linux.readonly_paths, err) < 0)
		return -1;
	for (size_t i = 0; i < readonly_path_count; i++) {
		if (add_ours(in, &set, readonly_paths[i], err) < 0)
			return -1;
	}
	in->plan->readonly = set.paths.items;
	in->plan->readonly_count = set.paths.count;
	return 0;
}

int plan_paths(struct plan_input *in, struct error *err)
{
	if (plan_masked(in, err) < 0)
		return -1;
	return plan_readonly(in, err);
}

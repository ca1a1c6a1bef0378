/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * Two sets of resources come out of what the container has and what is asked for. One is all that
 * holds afterwards, and is kept. The other is what has to be written: it goes through the same
 * code as the resources of a configuration, so that an update cannot have what create would not
 * give.
 */
#include "plan/plan_update.h"

#include <inttypes.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/number.h"
#include "plan_sections.h"
#include "plan_update_merge.h"
#include "tables/cgroup_files.h"

#define RESOURCES "/linux/resources"

/* What one of them means depends on the others. */
static const char *const groups[][3] = {
	{ RESOURCES "/memory/limit", RESOURCES "/memory/swap" },
	{ RESOURCES "/cpu/quota", RESOURCES "/cpu/period", RESOURCES "/cpu/burst" },
	{ RESOURCES "/cpu/shares", RESOURCES "/cpu/idle" },
};

static bool is_asked(const struct spec_resources *asked, const char *field)
{
	for (size_t i = 0; i < plan_scalar_count; i++) {
		if (strcmp(plan_scalars[i].field, field) == 0)
			return plan_scalar_is_set(&plan_scalars[i], asked);
	}
	return false;
}

/* Whether a field is asked for, or one that it is settled with. */
static bool is_touched(const struct spec_resources *asked, const char *field)
{
	for (size_t i = 0; i < ARRAY_SIZE(groups); i++) {
		bool member = false;
		bool any = false;

		for (size_t j = 0; j < ARRAY_SIZE(groups[i]) && groups[i][j]; j++) {
			member = member || strcmp(groups[i][j], field) == 0;
			any = any || is_asked(asked, groups[i][j]);
		}
		if (member)
			return any;
	}
	return is_asked(asked, field);
}

static bool is_file_of(const char *file, const struct spec_resources *asked,
		       bool (*holds)(const struct spec_resources *asked, const char *field))
{
	for (size_t i = 0; i < cgroup_file_count; i++) {
		if (strcmp(cgroup_files[i].file, file) == 0 && holds(asked, cgroup_files[i].field))
			return true;
	}
	return false;
}

static const struct spec_pair *find_pair(const struct spec_map *map, const char *key)
{
	for (size_t i = 0; i < map->count; i++) {
		if (strcmp(map->items[i].key, key) == 0)
			return &map->items[i];
	}
	return NULL;
}

/*
 * Files by their names. At create they win over what is translated; here what was asked for last
 * wins, and what is only settled along with it leaves them their say.
 */
static void merge_unified(struct plan_input *in, const struct spec_resources *kept,
			  const struct spec_resources *asked, struct spec_map *all,
			  struct spec_map *written)
{
	size_t most = kept->unified.count + asked->unified.count;

	all->items = arena_array(&in->plan->arena, most, sizeof(*all->items));
	all->count = 0;
	written->items = arena_array(&in->plan->arena, most, sizeof(*written->items));
	written->count = 0;
	for (size_t i = 0; i < kept->unified.count; i++) {
		const struct spec_pair *pair = &kept->unified.items[i];

		if (find_pair(&asked->unified, pair->key) || is_file_of(pair->key, asked, is_asked))
			continue;
		all->items[all->count++] = *pair;
		if (is_file_of(pair->key, asked, is_touched))
			written->items[written->count++] = *pair;
	}
	for (size_t i = 0; i < asked->unified.count; i++) {
		all->items[all->count++] = asked->unified.items[i];
		written->items[written->count++] = asked->unified.items[i];
	}
}

static void copy_scalar(const struct plan_scalar *row, const struct spec_resources *from,
			struct spec_resources *to)
{
	static const size_t sizes[] = {
		[PLAN_SCALAR_I64] = sizeof(struct spec_i64),
		[PLAN_SCALAR_U64] = sizeof(struct spec_u64),
		[PLAN_SCALAR_TEXT] = sizeof(char *),
	};

	memcpy((char *)to + row->offset, (const char *)from + row->offset, sizes[row->kind]);
}

/* No limit of memory means none of both, unless swap is mentioned. */
static void settle_swap(const struct spec_resources *asked, struct spec_resources *all)
{
	if (is_asked(asked, RESOURCES "/memory/limit") && asked->memory.limit.value == -1 &&
	    !is_asked(asked, RESOURCES "/memory/swap"))
		all->memory.swap = (struct spec_i64){ .set = true, .value = -1 };
}

static int check_burst(const struct spec_resources *all, struct error *err)
{
	const struct spec_cpu *cpu = &all->cpu;

	if (cpu->burst.set && cpu->quota.set && cpu->quota.value > 0 &&
	    cpu->burst.value > (uint64_t)cpu->quota.value)
		return error_set(err, ERROR_SPEC, 0,
				 RESOURCES "/cpu/burst: %" PRIu64 " is above the quota of %" PRId64,
				 cpu->burst.value, cpu->quota.value);
	return 0;
}

/* The words are those that callers look for. */
static int check_usage(const struct plan_now *now, const struct spec_resources *asked,
		       const struct spec_resources *all, struct error *err)
{
	const struct {
		const char *what;
		int64_t limit;
	} limits[] = {
		{ "memory+swap", is_asked(asked, RESOURCES "/memory/swap") ?
			asked->memory.swap.value : -1 },
		{ "memory", is_asked(asked, RESOURCES "/memory/limit") ?
			asked->memory.limit.value : -1 },
	};

	if (!all->memory.check_before_update.set || !all->memory.check_before_update.value)
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(limits); i++) {
		if (limits[i].limit > 0 && (uint64_t)limits[i].limit <= now->memory_usage)
			return error_set(err, ERROR_STATE, 0,
					 "rejecting %s limit %" PRId64 " <= usage %" PRIu64,
					 limits[i].what, limits[i].limit, now->memory_usage);
	}
	return 0;
}

/* Fills @all with what holds afterwards, and @written with what goes through the rules. */
static int merge(struct plan_input *in, const struct plan_update_input *from,
		 struct spec_resources *all, struct spec_resources *written, struct error *err)
{
	const struct spec_resources *kept = &from->kept->linux.resources;
	const struct spec_resources *asked = &from->asked->linux.resources;

	*all = *kept;
	*written = (struct spec_resources){ .set = true };
	all->set = true;
	for (size_t i = 0; i < plan_scalar_count; i++) {
		if (plan_scalar_is_set(&plan_scalars[i], asked))
			copy_scalar(&plan_scalars[i], asked, all);
	}
	settle_swap(asked, all);
	if (asked->memory.check_before_update.set)
		all->memory.check_before_update = asked->memory.check_before_update;
	if (check_burst(all, err) < 0 || check_usage(&from->now, asked, all, err) < 0)
		return -1;
	for (size_t i = 0; i < plan_scalar_count; i++) {
		if (is_touched(asked, plan_scalars[i].field))
			copy_scalar(&plan_scalars[i], all, written);
	}
	plan_update_merge_lists(&in->plan->arena, kept, asked, all);
	plan_update_take_lists(asked, written);
	merge_unified(in, kept, asked, &all->unified, &written->unified);
	return 0;
}

/* "max" is the largest number. */
static uint64_t amount(const char *value)
{
	uint64_t number;

	return number_parse_u64(value, UINT64_MAX, &number) < 0 ? UINT64_MAX : number;
}

/* A number for the place of a write; equal ones stay in the order of the table. */
static int rank(const struct plan_cgroup_write *write, const struct plan_now *now)
{
	if (strcmp(write->file, "memory.max") == 0)
		return amount(write->value) >= now->memory_max ? 0 : 2;
	if (strcmp(write->file, "memory.swap.max") == 0)
		return amount(write->value) >= now->swap_max ? 0 : 2;
	/* The kernel refuses a quota below the burst. */
	if (strcmp(write->file, "cpu.max.burst") == 0 && amount(write->value) < now->burst)
		return 0;
	return 1;
}

static void order(struct plan_input *in, const struct plan_now *now)
{
	struct plan_cgroup *cgroup = &in->plan->cgroup;
	struct plan_cgroup_write *ordered =
		arena_array(&in->plan->arena, cgroup->write_count, sizeof(*ordered));
	size_t count = 0;

	for (int wanted = 0; wanted < 3; wanted++) {
		for (size_t i = 0; i < cgroup->write_count; i++) {
			if (rank(&cgroup->writes[i], now) == wanted)
				ordered[count++] = cgroup->writes[i];
		}
	}
	cgroup->writes = ordered;
}

int plan_update(const struct plan_update_input *from, struct plan *out, struct error *err)
{
	auto_plan plan = { .policy = from->policy->name, .rules = from->policy };
	struct plan_input in = {
		.policy = from->policy, .host = from->host, .plan = &plan, .update = true,
	};
	struct spec *after = arena_alloc(&plan.arena, sizeof(*after));
	struct spec *written = arena_alloc(&plan.arena, sizeof(*written));
	bool devices;

	*after = *from->kept;
	*written = *from->kept;
	plan.spec = after;
	plan.cgroup.managed = true;
	plan.cgroup.path = from->cgroup_path;
	in.spec = written;
	if (merge(&in, from, &after->linux.resources, &written->linux.resources, err) < 0)
		return -1;
	devices = plan_update_merge_devices(&plan.arena, &from->kept->linux.resources,
					    &from->asked->linux.resources, &after->linux.resources);
	written->linux.resources.device_count = after->linux.resources.device_count;
	written->linux.resources.devices = after->linux.resources.devices;
	if (plan_cgroup_limits(&in, err) < 0 || (devices && plan_device_rules(&in, err) < 0))
		return -1;
	if (from->cgroup_unit)
		plan_unit_update(&in, from->cgroup_unit);
	order(&in, &from->now);
	plan.findings = in.findings.items;
	plan.finding_count = in.findings.count;
	*out = plan;
	plan = (struct plan){ 0 };
	return 0;
}

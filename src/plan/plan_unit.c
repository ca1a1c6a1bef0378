/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * The container's unit of systemd: its name, its place, its properties.
 *
 * A limit stands twice, as a write to a file of the cgroup and as a property: systemd writes what it
 * knows of when it reads its configuration anew, and would take the others back.
 *
 * Spec: config-linux.md "Cgroups Path". Names are those that runc gives.
 */
#include <limits.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/number.h"
#include "plan_sections.h"
#include "plan_unit.h"
#include "tables/unit_properties.h"

#define PATH "/linux/cgroupsPath"
#define UNIT_NAME_MAX 255
#define SLICE ".slice"
#define USEC_PER_SEC UINT64_C(1000000)

/* ---- names */

bool plan_unit_is_name(const char *unit)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789:-_.\\@";

	return unit[strspn(unit, allowed)] == '\0' && strlen(unit) <= UNIT_NAME_MAX;
}

static bool starts_with(const char *text, const char *start)
{
	return strncmp(text, start, strlen(start)) == 0;
}

const char *plan_unit_directory(struct arena *arena, const char *unit)
{
	static const char *const files[] = {
		"cgroup.", "cpu.", "cpuacct.", "cpuset.", "io.", "blkio.", "memory.", "devices.",
		"pids.", "bpf-firewall.", "bpf-devices.", "bpf-foreign.", "bpf-socket-bind.",
		"bpf-restrict-network-interfaces.", "bpf-bind-network-interface.", "_", ".",
	};

	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		if (starts_with(unit, files[i]))
			return arena_printf(arena, "_%s", unit);
	return arena_strdup(arena, unit);
}

int plan_unit_slice(struct arena *arena, const char *slice, const char **out, struct error *err)
{
	size_t length = strlen(slice);
	size_t suffix = strlen(SLICE);
	const char *path = "";
	size_t name;

	if (strcmp(slice, "-" SLICE) == 0) {
		*out = path;
		return 0;
	}
	if (length <= suffix || strcmp(slice + length - suffix, SLICE) != 0 ||
	    !plan_unit_is_name(slice))
		return error_set(err, ERROR_SPEC, 0, "'%s' is no name of a slice: it ends in " SLICE
				 ", and has no slash", slice);
	name = length - suffix;
	if (slice[0] == '-' || slice[name - 1] == '-' || strstr(slice, "--"))
		return error_set(err, ERROR_SPEC, 0, "'%s' is no name of a slice: a dash stands "
				 "between two names", slice);
	for (size_t end = 1; end <= name; end++) {
		if (end < name && slice[end] != '-')
			continue;
		path = arena_printf(arena, "%s/%s", path,
				    plan_unit_directory(arena, arena_printf(arena, "%.*s" SLICE,
									    (int)end, slice)));
	}
	*out = path;
	return 0;
}

/* Takes SLICE:PREFIX:NAME apart; a name that ends in .slice is one of the engine's own groups. */
static int plan_name(struct plan_input *in, struct plan_unit *unit, struct error *err)
{
	struct arena *arena = &in->plan->arena;
	const char *path = in->spec->linux.cgroups_path;
	const char *prefix;
	const char *name;

	unit->slice = in->host->caller == HOST_CALLER_ROOT ? "system" SLICE : "user" SLICE;
	if (!path || !path[0]) {
		unit->name = plan_text(in, "orlop-%s.scope", in->request->id);
		return 0;
	}
	prefix = strchr(path, ':');
	name = prefix ? strchr(prefix + 1, ':') : NULL;
	if (path[0] == '/' || !name || strchr(name + 1, ':'))
		return error_set(err, ERROR_SPEC, 0,
				 PATH ": '%s': with the cgroup manager systemd it is SLICE:PREFIX:NAME",
				 path);
	if (prefix > path)
		unit->slice = arena_strndup(arena, path, (size_t)(prefix - path));
	if (strcmp(unit->slice, "-") == 0)
		unit->slice = "-" SLICE;
	unit->name = plan_text(in, "%.*s-%s.scope", (int)(name - prefix - 1), prefix + 1, name + 1);
	if (!name[1])
		return error_set(err, ERROR_SPEC, 0, PATH ": '%s': the name of the scope is missing",
				 path);
	if (strlen(name + 1) >= strlen(SLICE) &&
	    strcmp(name + strlen(name) - strlen(SLICE), SLICE) == 0)
		return error_set(err, ERROR_SPEC, 0,
				 PATH ": '%s': a container is in a scope, not in a slice of its own", path);
	return 0;
}

int plan_unit_path(struct plan_input *in, struct plan_unit **out, struct error *err)
{
	struct plan_cgroup *cgroup = &in->plan->cgroup;
	struct arena *arena = &in->plan->arena;
	struct plan_unit *unit = arena_alloc(arena, sizeof(*unit));
	const char *slice = "";

	if (plan_name(in, unit, err) < 0)
		return -1;
	if (!plan_unit_is_name(unit->name))
		return error_set(err, ERROR_SPEC, 0,
				 PATH ": systemd takes no unit of the name '%s': letters, digits and "
				 ":-_.\\@, at most %d characters", unit->name, UNIT_NAME_MAX);
	if (plan_unit_slice(arena, unit->slice, &slice, err) < 0)
		return error_prefix(err, PATH);
	/* Of the user's own systemd, "user.slice" is another than the host's. */
	cgroup->path = plan_text(in, "%s%s/%s", in->host->user_manager, slice,
				 plan_unit_directory(arena, unit->name));
	cgroup->why = in->spec->linux.cgroups_path && in->spec->linux.cgroups_path[0] ?
			      PLAN_WHY_SPEC(PATH) : PLAN_WHY_DEFAULT;
	cgroup->unit = unit;
	*out = unit;
	return 0;
}

/* ---- properties */

/* A property of that name, which the last word is on; a new one if there was none. */
static struct plan_property *put(struct plan_input *in, struct plan_list *list, const char *name,
				 struct plan_why why)
{
	struct plan_property *items = list->items;
	struct plan_property *property = NULL;

	for (size_t i = 0; i < list->count && !property; i++)
		if (strcmp(items[i].value.name, name) == 0)
			property = &items[i];
	if (!property)
		property = plan_list_add(in, list, sizeof(*property));
	property->value = (struct systemd_property){ .name = name };
	property->why = why;
	return property;
}

static void put_number(struct plan_input *in, struct plan_list *list, const char *name,
		       enum systemd_type type, uint64_t number, struct plan_why why)
{
	struct plan_property *property = put(in, list, name, why);

	property->value.type = type;
	property->value.number = number;
}

static void put_text(struct plan_input *in, struct plan_list *list, const char *name,
		     const char *text)
{
	struct plan_property *property = put(in, list, name, PLAN_WHY_DEFAULT);

	property->value.type = SYSTEMD_STRING;
	property->value.text = text;
}

/* "max" has no end. What the kernel takes and this does not, the kernel's file alone holds. */
static bool read_amount(const char *text, size_t length, uint64_t *out)
{
	if (length == 3 && memcmp(text, "max", 3) == 0) {
		*out = UINT64_MAX;
		return true;
	}
	return number_parse_u64_bytes(text, length, UINT64_MAX - 1, out) == 0;
}

typedef void limit_function(struct plan_input *in, struct plan_list *list,
			    const struct unit_limit *row, const struct plan_cgroup_write *write);

static void limit_amount(struct plan_input *in, struct plan_list *list,
			 const struct unit_limit *row, const struct plan_cgroup_write *write)
{
	uint64_t amount;

	if (read_amount(write->value, strlen(write->value), &amount))
		put_number(in, list, row->property, SYSTEMD_UINT64, amount, write->why);
}

/* A device's weight stands in the same file, with its numbers before it. */
static void limit_weight(struct plan_input *in, struct plan_list *list,
			 const struct unit_limit *row, const struct plan_cgroup_write *write)
{
	static const char word[] = "default ";
	const char *value = write->value;
	uint64_t weight;

	if (starts_with(value, word))
		value += strlen(word);
	if (number_parse_u64(value, 10000, &weight) == 0)
		put_number(in, list, row->property, SYSTEMD_UINT64, weight, write->why);
}

static void limit_idle(struct plan_input *in, struct plan_list *list, const struct unit_limit *row,
		       const struct plan_cgroup_write *write)
{
	if (strcmp(write->value, "1") == 0)
		put_number(in, list, row->property, SYSTEMD_UINT64, 0, write->why);
}

/* Rounded up: a microsecond less is another limit. */
static void limit_quota(struct plan_input *in, struct plan_list *list, const struct unit_limit *row,
			const struct plan_cgroup_write *write)
{
	size_t length = strcspn(write->value, " ");
	uint64_t quota;
	uint64_t period = 100000;
	uint64_t product;

	if (!read_amount(write->value, length, &quota))
		return;
	if (write->value[length] &&
	    number_parse_u64(write->value + length + 1, USEC_PER_SEC, &period) < 0)
		return;
	if (period == 0 || (quota != UINT64_MAX && __builtin_mul_overflow(quota, USEC_PER_SEC, &product)))
		return;
	if (quota != UINT64_MAX)
		quota = product / period + (product % period != 0);
	put_number(in, list, row->property, SYSTEMD_UINT64, quota, write->why);
	put_number(in, list, "CPUQuotaPeriodUSec", SYSTEMD_UINT64, period, write->why);
}

static void limit_set(struct plan_input *in, struct plan_list *list, const struct unit_limit *row,
		      const struct plan_cgroup_write *write)
{
	struct systemd_property value = { .name = row->property };

	if (plan_unit_set(&in->plan->arena, write->value, &value))
		put(in, list, row->property, write->why)->value = value;
}

static limit_function *const limit_functions[] = {
	[UNIT_AMOUNT] = limit_amount,
	[UNIT_WEIGHT] = limit_weight,
	[UNIT_QUOTA] = limit_quota,
	[UNIT_IDLE] = limit_idle,
	[UNIT_SET] = limit_set,
};

static void plan_unit_limits(struct plan_input *in, struct plan_list *list)
{
	const struct plan_cgroup *cgroup = &in->plan->cgroup;

	for (size_t i = 0; i < cgroup->write_count; i++) {
		for (size_t j = 0; j < unit_limit_count; j++) {
			const struct unit_limit *row = &unit_limits[j];

			if (strcmp(row->file, cgroup->writes[i].file) == 0)
				limit_functions[row->format](in, list, row, &cgroup->writes[i]);
		}
	}
}

/* NAMESec counts seconds; what systemd has is NAMEUSec. */
static const char *in_microseconds(struct plan_input *in, const char *name)
{
	size_t length = strlen(name);

	if (length < 4 || strcmp(name + length - 3, "Sec") != 0 || name[length - 4] == 'U')
		return NULL;
	return plan_text(in, "%.*sUSec", (int)length - 3, name);
}

static int plan_annotation(struct plan_input *in, struct plan_list *list,
			   const struct spec_pair *pair, struct error *err)
{
	const char *name = pair->key + strlen(UNIT_ANNOTATION);
	const char *path = plan_pointer(in, "/annotations", pair->key);
	const char *longer = in_microseconds(in, name);
	const struct unit_property *row = unit_property_find(longer ? longer : name);
	struct systemd_property value = { 0 };

	if (!row)
		return error_set(err, ERROR_SPEC, 0,
				 "%s: %s is none of the properties that a container may set on its unit",
				 path, name);
	if (plan_unit_value(&in->plan->arena, pair->value, &value, err) < 0)
		return error_prefix(err, "%s", path);
	if (longer && value.type >= SYSTEMD_BYTE && value.type <= SYSTEMD_UINT64 &&
	    !__builtin_mul_overflow(value.number, USEC_PER_SEC, &value.number))
		value.type = SYSTEMD_UINT64;
	if (value.type != row->type)
		return error_set(err, ERROR_SPEC, 0,
				 "%s: '%s' is of D-Bus type %s, and systemd wants %s here", path,
				 pair->value, systemd_type_code(value.type),
				 systemd_type_code(row->type));
	value.name = row->name;
	put(in, list, row->name, PLAN_WHY_SPEC(path))->value = value;
	return 0;
}

int plan_unit(struct plan_input *in, struct plan_unit *unit, struct error *err)
{
	static const char *const switched_on[] = {
		"Delegate", "CPUAccounting", "IOAccounting", "MemoryAccounting", "TasksAccounting",
	};
	const struct spec_map *annotations = &in->spec->annotations;
	struct plan_list list = { 0 };

	put_text(in, &list, "Slice", unit->slice);
	for (size_t i = 0; i < ARRAY_SIZE(switched_on); i++)
		put_number(in, &list, switched_on[i], SYSTEMD_BOOL, 1, PLAN_WHY_DEFAULT);
	/* At shutdown the engine ends its containers: systemd would be there first. */
	put_number(in, &list, "DefaultDependencies", SYSTEMD_BOOL, 0, PLAN_WHY_DEFAULT);
	/* A scope that failed would keep its name for itself. */
	put_text(in, &list, "CollectMode", "inactive-or-failed");
	plan_unit_limits(in, &list);
	for (size_t i = 0; i < annotations->count; i++) {
		if (starts_with(annotations->items[i].key, UNIT_ANNOTATION) &&
		    plan_annotation(in, &list, &annotations->items[i], err) < 0)
			return -1;
	}
	unit->properties = list.items;
	unit->property_count = list.count;
	return 0;
}

void plan_unit_update(struct plan_input *in, const char *name)
{
	struct plan_unit *unit = arena_alloc(&in->plan->arena, sizeof(*unit));
	struct plan_list list = { 0 };

	plan_unit_limits(in, &list);
	unit->name = name;
	unit->properties = list.items;
	unit->property_count = list.count;
	in->plan->cgroup.unit = unit;
}

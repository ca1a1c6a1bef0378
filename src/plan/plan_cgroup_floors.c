/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * What follows the limits of the configuration: the files it names itself
 * (`unified`), and the limits that policy puts where there is none.
 *
 * A limit that was asked for and has no controller is an error. One that only
 * the floor wants is listed as not applied: the one exception to failing
 * closed, since a host without the controller could run nothing otherwise. So
 * is the wish for no limit, which such a host grants by itself.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "plan_sections.h"
#include "tables/cgroup_files.h"

#define RESOURCES "/linux/resources"
#define CONTROLLER_MAX 32
#define AMOUNT_MAX 64		/* a longer number counts as the largest */
#define BLANKS " \t\n\r\v\f"
#define NO_CONTROLLER "%s = %s: this host has no cgroup controller '%s'"
#define CANNOT_SET "%s: %s = %s cannot be set: this host has no cgroup controller '%s'"
#define PIDS_LARGEST 4194304	/* PID_MAX_LIMIT of the kernel */

/*
 * "max", or "max 100000" for cpu.max. A minimum of that is a wish for all there is. The kernel
 * strips white space.
 */
static bool is_none(const char *file, const char *value, size_t length)
{
	const char *suffix = strrchr(file, '.');

	if (suffix && (strcmp(suffix, ".min") == 0 || strcmp(suffix, ".low") == 0))
		return false;
	while (length > 0 && strchr(BLANKS, value[0])) {
		value++;
		length--;
	}
	return length >= 3 && memcmp(value, "max", 3) == 0 &&
	       (length == 3 || strchr(BLANKS, value[3]));
}

/* A line is a write: that is how the kernel reads io.max and its like. */
static void add_lines(struct plan_limits *limits, const struct spec_pair *pair,
		      unsigned int controller, const char *at)
{
	const char *line = pair->value;

	do {
		size_t length = strcspn(line, "\n");
		struct plan_cgroup_write *write;

		if (length > 0 || !pair->value[0]) {
			write = plan_list_add(limits->in, &limits->writes, sizeof(*write));
			write->file = pair->key;
			write->value = arena_strndup(&limits->in->plan->arena, line, length);
			write->controller = controller;
			write->required = !is_none(pair->key, line, length);
			write->why = PLAN_WHY_SPEC(at);
		}
		line += length;
	} while (*line++ == '\n');
}

/* The field of the configuration that ends up in a file; engines have options for those. */
static const char *field_of(const char *file)
{
	for (size_t i = 0; i < cgroup_file_count; i++)
		if (strcmp(cgroup_files[i].file, file) == 0)
			return cgroup_files[i].field;
	return NULL;
}

static int check_file(struct plan_input *in, const char *file, const char *at, struct error *err)
{
	const char *field = field_of(file);

	if (cgroup_file_only_limits(file))
		return 0;
	return plan_breach(in, POLICY_CGROUP_FILES, at, err,
			   field ? plan_text(in, "use %s", field) : "leave it out",
			   "%s can take from others what is the host's", file);
}

int plan_cgroup_unified(struct plan_limits *limits, struct error *err)
{
	for (size_t i = 0; i < limits->spec->unified.count; i++) {
		const struct spec_pair *pair = &limits->spec->unified.items[i];
		const char *at = plan_pointer(limits->in, RESOURCES "/unified", pair->key);
		char controller[CONTROLLER_MAX];
		unsigned int bit;

		if (!cgroup_file_controller(pair->key, controller, sizeof(controller)))
			return error_set(err, ERROR_SPEC, 0, "%s: names no controller", at);
		if (check_file(limits->in, pair->key, at, err) < 0)
			return -1;
		bit = plan_cgroup_controller(controller);
		if (!controller[0] || bit)
			add_lines(limits, pair, bit, at);
		else if (is_none(pair->key, pair->value, strcspn(pair->value, "\n")))
			plan_left_out(limits->in, at, NO_CONTROLLER, pair->key, "max", controller);
		else
			return error_set(err, ERROR_HOST, 0, CANNOT_SET, at, pair->key, pair->value,
					 controller);
	}
	return 0;
}

struct floor {
	enum policy_item item;
	const char *file;
	unsigned int controller;
	uint64_t value;
	uint64_t none_from;	/* a value from here on limits nothing */
	const char *path;	/* where the configuration would set it */
	const char *what;
};

/* As memparse() and kstrtoll() of the kernel read it; what wraps there is the largest here. */
static bool read_amount(const char *text, size_t length, uint64_t *out)
{
	static const char suffixes[] = "kmgtpe";
	char copy[AMOUNT_MAX];
	const char *suffix;
	char *end;

	if (length == 0 || text[0] < '0' || text[0] > '9')
		return false;
	*out = UINT64_MAX;
	if (length >= sizeof(copy))
		return true;
	memcpy(copy, text, length);
	copy[length] = '\0';
	*out = strtoull(copy, &end, 0);
	if (*end == '\0')
		return true;
	suffix = strchr(suffixes, *end | 0x20);
	if (!suffix || end[1] != '\0')
		return false;
	for (const char *step = suffixes; step <= suffix; step++) {
		if (__builtin_mul_overflow(*out, UINT64_C(1024), out))
			*out = UINT64_MAX;
	}
	return true;
}

/* A word or a number that can never be reached counts as none. The kernel strips white space. */
static bool is_no_limit(const char *value, uint64_t none_from)
{
	uint64_t amount;
	size_t length;

	value += strspn(value, BLANKS);
	length = strlen(value);
	while (length > 0 && strchr(BLANKS, value[length - 1]))
		length--;
	if (length == 3 && memcmp(value, "max", 3) == 0)
		return true;
	return read_amount(value, length, &amount) && amount >= none_from;
}

static int add_floor(struct plan_limits *limits, const struct floor *floor, struct error *err)
{
	struct plan_input *in = limits->in;
	struct plan_cgroup_write *write = plan_cgroup_find(limits, floor->file);

	if (write && !is_no_limit(write->value, floor->none_from))
		return 0;
	/* Create has settled it, and this changes nothing. */
	if (!write && in->update)
		return 0;
	if (!plan_enforces(in, floor->item))
		return plan_breach(in, floor->item, floor->path, err, "set one",
				   "the container has no limit of %s", floor->what);
	if (!(in->host->controllers & floor->controller)) {
		plan_not_applied(in, floor->item, "%s: this host has no cgroup controller '%s'",
				 floor->file, host_controller_name(floor->controller));
		return 0;
	}
	if (write) {
		write->why = plan_why(PLAN_CEILING, floor->item, write->why.path);
	} else {
		write = plan_list_add(in, &limits->writes, sizeof(*write));
		write->file = floor->file;
		write->controller = floor->controller;
		write->why = plan_why(PLAN_FLOOR, floor->item, NULL);
	}
	write->value = plan_text(in, "%" PRIu64, floor->value);
	write->required = false;
	/* A kernel without swap has no such file, and nothing to limit. */
	write->missing_ok = floor->item == POLICY_SWAP_LIMIT;
	return 0;
}

static int check_controllers(struct plan_limits *limits, struct error *err)
{
	struct plan_cgroup_write *writes = limits->writes.items;
	size_t kept = 0;

	for (size_t i = 0; i < limits->writes.count; i++) {
		const struct plan_cgroup_write *write = &writes[i];
		const char *name = host_controller_name(write->controller);

		if (!write->controller || (limits->in->host->controllers & write->controller)) {
			writes[kept++] = *write;
			continue;
		}
		if (write->required)
			return error_set(err, ERROR_HOST, 0, CANNOT_SET, write->why.path,
					 write->file, write->value, name);
		plan_left_out(limits->in, write->why.path, NO_CONTROLLER, write->file,
			      write->value, name);
	}
	limits->writes.count = kept;
	return 0;
}

int plan_cgroup_floors(struct plan_limits *limits, struct error *err)
{
	const struct policy_limits *policy = &limits->in->policy->limits;
	const struct host *host = limits->in->host;
	uint64_t page = host->page_size ? host->page_size : 4096;
	uint64_t whole = host->memory_bytes ? host->memory_bytes : UINT64_MAX;
	uint64_t memory = host->memory_bytes / 100 * policy->memory_percent / page * page;
	const struct floor floors[] = {
		{ POLICY_PIDS_LIMIT, "pids.max", HOST_PIDS, policy->pids, PIDS_LARGEST + 1,
		  RESOURCES "/pids/limit", "processes" },
		{ POLICY_MEMORY_LIMIT, "memory.max", HOST_MEMORY, memory, whole,
		  RESOURCES "/memory/limit", "memory" },
		{ POLICY_SWAP_LIMIT, "memory.swap.max", HOST_MEMORY, policy->swap_bytes,
		  INT64_MAX / page * page, /* "max" to the kernel */
		  RESOURCES "/memory/swap", "swap" },
	};

	if (check_controllers(limits, err) < 0)
		return -1;
	for (size_t i = 0; i < ARRAY_SIZE(floors); i++) {
		if (add_floor(limits, &floors[i], err) < 0)
			return -1;
	}
	return 0;
}

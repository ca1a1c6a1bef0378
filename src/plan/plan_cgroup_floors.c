/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * What follows the limits of the configuration: the files it names itself
 * (`unified`), and the limits that policy puts where there is none.
 *
 * A limit that was asked for and has no controller is an error. One that only
 * the floor wants is listed as not applied: the one exception to failing
 * closed, since a host without the controller could run nothing otherwise.
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
#define PIDS_LARGEST 4194304	/* PID_MAX_LIMIT of the kernel */

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
			write->required = true;
			write->why = PLAN_WHY_SPEC(at);
		}
		line += length;
	} while (*line++ == '\n');
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
		bit = plan_cgroup_controller(controller);
		if (controller[0] && !bit)
			return error_set(err, ERROR_HOST, 0,
					 "%s: this host has no cgroup controller '%s'", at,
					 controller);
		add_lines(limits, pair, bit, at);
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
	static const char blanks[] = " \t\n\r\v\f";
	uint64_t amount;
	size_t length;

	value += strspn(value, blanks);
	length = strlen(value);
	while (length > 0 && strchr(blanks, value[length - 1]))
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

static int check_controllers(const struct plan_limits *limits, struct error *err)
{
	const struct plan_cgroup_write *writes = limits->writes.items;

	for (size_t i = 0; i < limits->writes.count; i++) {
		unsigned int controller = writes[i].controller;

		if (controller && !(limits->in->host->controllers & controller))
			return error_set(err, ERROR_HOST, 0,
					 "%s: this host has no cgroup controller '%s'",
					 writes[i].why.path, host_controller_name(controller));
	}
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

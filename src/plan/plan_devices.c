/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * The nodes of /dev, and the program that decides which devices may be opened.
 *
 * The program denies everything first. A list of rules without that start
 * would let through whatever it does not name (GHSA-g54h-m393-cpwq), and a
 * configuration without any list would have no program at all.
 */
#include <inttypes.h>
#include <string.h>

#include "base/cleanup.h"
#include "plan_sections.h"
#include "tables/default_devices.h"

#define ANY (-1)
#define ALL_ACCESS (PLAN_DEVICE_READ | PLAN_DEVICE_WRITE | PLAN_DEVICE_MKNOD)
#define USE_ACCESS (PLAN_DEVICE_READ | PLAN_DEVICE_WRITE)
#define ADVICE "take it out, or choose a policy that allows devices"

/* Made by other means than a node: a pty of the container's own, and a link to it. */
static const char *const made_elsewhere[] = { "/dev/console", "/dev/ptmx" };

static bool is_made_elsewhere(const char *path)
{
	for (size_t i = 0; i < ARRAY_SIZE(made_elsewhere); i++) {
		if (strcmp(made_elsewhere[i], path) == 0)
			return true;
	}
	return false;
}

static void read_device(const struct spec_device *spec, struct plan_device *out)
{
	out->type = spec->type;
	/* An old name. */
	if (out->type == 'u')
		out->type = 'c';
	out->mode = spec->file_mode.set ? (uint32_t)spec->file_mode.value & 0777 : 0666;
	out->uid = spec->uid.set ? (uint32_t)spec->uid.value : 0;
	out->gid = spec->gid.set ? (uint32_t)spec->gid.value : 0;
	/* A FIFO has no numbers, whatever it was given. */
	if (out->type == 'p')
		return;
	out->major = (uint32_t)spec->major.value;
	out->minor = (uint32_t)spec->minor.value;
}

/* An entry that repeats a default node adds nothing; one that contradicts it cannot be kept. */
static int repeats_default(const struct plan_device *device, const char *at, bool *out,
			   struct error *err)
{
	const struct default_device *row = default_device_find(device->path);

	*out = row || is_made_elsewhere(device->path);
	if (!row || (device->type == row->type && device->major == row->major &&
		     device->minor == row->minor))
		return 0;
	return error_set(err, ERROR_SPEC, 0, "%s: %s is another device in every container", at,
			 device->path);
}

/*
 * Making a node takes power over the host, which only its root has: others show the host's own, with
 * the host's owner and mode, and can open what the host lets them open. A FIFO anybody can make.
 */
static void choose_bind(struct plan_input *in, const struct spec_device *spec,
			struct plan_device *device)
{
	if (in->host->caller == HOST_CALLER_ROOT || device->type == 'p')
		return;
	device->bind = true;
	if (spec && (spec->file_mode.set || spec->uid.set || spec->gid.set))
		plan_left_out(in, device->why.path, "%s is the host's own node, whose owner and mode stay",
			      device->path);
}

static int add_device(struct plan_input *in, size_t index, struct plan_list *devices,
		      struct error *err)
{
	const struct spec_device *spec = &in->spec->linux.devices[index];
	const char *at = plan_text(in, "/linux/devices/%zu", index);
	struct plan_device device = { .why = PLAN_WHY_SPEC(at) };
	bool repeated = false;

	device.path = plan_normalize(in, spec->path);
	read_device(spec, &device);
	if (repeats_default(&device, at, &repeated, err) < 0)
		return -1;
	if (repeated)
		return 0;
	if (device.type != 'p' && !default_device_is(device.type, device.major, device.minor) &&
	    plan_breach(in, POLICY_DEVICES, at, err, ADVICE,
			"device %s (%c %" PRIu32 ":%" PRIu32 ") is not on the default list",
			device.path, device.type, device.major, device.minor) < 0)
		return -1;
	choose_bind(in, spec, &device);
	*(struct plan_device *)plan_list_add(in, devices, sizeof(device)) = device;
	return 0;
}

static bool has_own_dev(const struct plan *plan)
{
	for (size_t i = 0; i < plan->mount_count; i++) {
		if (plan->mounts[i].kind == PLAN_MOUNT_DEV)
			return true;
	}
	return false;
}

int plan_devices(struct plan_input *in, struct error *err)
{
	struct plan *plan = in->plan;
	struct plan_list devices = { 0 };

	for (size_t i = 0; i < default_device_count; i++) {
		const struct default_device *row = &default_devices[i];
		struct plan_device *device = plan_list_add(in, &devices, sizeof(*device));

		device->path = row->path;
		device->type = row->type;
		device->major = row->major;
		device->minor = row->minor;
		device->mode = row->mode;
		device->why = PLAN_WHY_DEFAULT;
		choose_bind(in, NULL, device);
	}
	for (size_t i = 0; i < in->spec->linux.device_count; i++) {
		if (add_device(in, i, &devices, err) < 0)
			return -1;
	}
	/* Somebody else's /dev is shown: nothing is made in it. */
	if (!has_own_dev(plan))
		return 0;
	plan->devices = devices.items;
	plan->device_count = devices.count;
	return 0;
}

static unsigned int parse_access(const char *letters)
{
	unsigned int access = 0;

	/* Left out like type and numbers: all of it. */
	if (!letters)
		return ALL_ACCESS;
	if (strchr(letters, 'r'))
		access |= PLAN_DEVICE_READ;
	if (strchr(letters, 'w'))
		access |= PLAN_DEVICE_WRITE;
	if (strchr(letters, 'm'))
		access |= PLAN_DEVICE_MKNOD;
	return access;
}

static struct plan_device_rule read_rule(const struct spec_device_rule *spec, const char *at)
{
	return (struct plan_device_rule){
		.allow = spec->allow,
		.type = spec->type,
		.major = spec->major.set ? spec->major.value : ANY,
		.minor = spec->minor.set ? spec->minor.value : ANY,
		.access = parse_access(spec->access),
		.why = PLAN_WHY_SPEC(at),
	};
}

static bool is_default_rule(const struct plan_device_rule *rule)
{
	for (size_t i = 0; i < default_device_rule_count; i++) {
		const struct default_device_rule *row = &default_device_rules[i];

		if (rule->type == row->type && rule->major == row->major &&
		    (row->any_minor || rule->minor == row->minor))
			return true;
	}
	return false;
}

/* Takes all access to all devices of some type back. */
static bool is_reset(const struct plan_device_rule *rule)
{
	return !rule->allow && rule->major == ANY && rule->minor == ANY &&
	       (rule->access & USE_ACCESS) == USE_ACCESS;
}

static void add_rule(struct plan_input *in, struct plan_list *rules, struct plan_device_rule rule)
{
	*(struct plan_device_rule *)plan_list_add(in, rules, sizeof(rule)) = rule;
}

static void add_default_rules(struct plan_input *in, struct plan_list *rules)
{
	/* As runc: a node may be made of any device, and opened of none but those listed. */
	if (!plan_imposes(in, POLICY_DEVICES)) {
		add_rule(in, rules, (struct plan_device_rule){
			true, 'c', ANY, ANY, PLAN_DEVICE_MKNOD, PLAN_WHY_DEFAULT });
		add_rule(in, rules, (struct plan_device_rule){
			true, 'b', ANY, ANY, PLAN_DEVICE_MKNOD, PLAN_WHY_DEFAULT });
	}
	for (size_t i = 0; i < default_device_rule_count; i++) {
		const struct default_device_rule *row = &default_device_rules[i];

		add_rule(in, rules, (struct plan_device_rule){
			true, row->type, row->major, row->any_minor ? ANY : (int64_t)row->minor,
			ALL_ACCESS, PLAN_WHY_DEFAULT });
	}
}

/* Sets *drop where a rule that only lets nodes be made is left out. */
static int judge_rule(struct plan_input *in, const struct plan_device_rule *rule, bool *drop,
		      struct error *err)
{
	*drop = false;
	if (!rule->allow || is_default_rule(rule))
		return 0;
	if (!(rule->access & USE_ACCESS) && plan_imposes(in, POLICY_DEVICES)) {
		plan_find(in, POLICY_DEVICES, rule->why.path,
			  "the right to make nodes outside the default list is left out");
		*drop = true;
		return 0;
	}
	if (rule->major == ANY)
		return plan_breach(in, POLICY_DEVICES, rule->why.path, err, ADVICE,
				   "devices of any number are allowed");
	return plan_breach(in, POLICY_DEVICES, rule->why.path, err, ADVICE,
			   "device %c %" PRId64 ":%" PRId64 " is not on the default list",
			   rule->type, rule->major, rule->minor);
}

/*
 * The kernel takes a device program of the host's root only. What stands in its place: file systems
 * of a user namespace have no devices, so the container has those that are bound into it, with the
 * host's modes.
 */
static void leave_out_program(struct plan_input *in)
{
	if (in->spec->linux.resources.device_count > 0)
		plan_left_out(in, "/linux/resources/devices",
			      "device rules are for the host's root to set: the container has the "
			      "devices in its /dev, and may open them as their modes on the host say");
}

int plan_device_rules(struct plan_input *in, struct error *err)
{
	const struct spec_resources *spec = &in->spec->linux.resources;
	struct plan_cgroup *cgroup = &in->plan->cgroup;
	struct plan_list rules = { 0 };
	size_t after = 0;

	add_rule(in, &rules, (struct plan_device_rule){
		false, 'a', ANY, ANY, ALL_ACCESS, PLAN_WHY_DEFAULT });
	/*
	 * The default list follows the last rule that denies everything, which
	 * engines send and do not mean for /dev/null; what is denied singly
	 * after that stays denied.
	 */
	for (size_t i = 0; i < spec->device_count; i++) {
		struct plan_device_rule rule = read_rule(&spec->devices[i], NULL);

		if (is_reset(&rule))
			after = i + 1;
	}
	for (size_t i = 0; i <= spec->device_count; i++) {
		struct plan_device_rule rule;
		bool drop;

		if (i == after)
			add_default_rules(in, &rules);
		if (i == spec->device_count)
			break;
		rule = read_rule(&spec->devices[i],
				 plan_text(in, "/linux/resources/devices/%zu", i));
		if (judge_rule(in, &rule, &drop, err) < 0)
			return -1;
		if (!drop)
			add_rule(in, &rules, rule);
	}
	if (in->host->caller != HOST_CALLER_ROOT) {
		leave_out_program(in);
		return 0;
	}
	cgroup->rules = rules.items;
	cgroup->rule_count = rules.count;
	cgroup->device_program = true;
	return 0;
}

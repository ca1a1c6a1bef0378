/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */

/*
 * config-linux.md "Control groups": what create applies, and what update takes. Values are typed
 * and bounded here; what cgroup v2 makes of them is tables/cgroup_files.h.
 */

#include "spec_readers.h"

#include <string.h>

/* "Allowed Device list" */

static int read_rule_type(struct json_reader *in, const struct json_value *value,
			  const struct json_field *field, void *member)
{
	const char *text = json_read_text(value);
	char *out = member;

	(void)field;
	if (text[0] == '\0' || text[1] != '\0' || !strchr("abc", text[0]))
		return json_read_fail(in, "must be a, b or c");
	*out = text[0];
	return 0;
}

static const char *fault_access(const char *text)
{
	for (const char *at = text; *at; at++)
		if (!strchr("rwm", *at) || strchr(at + 1, *at))
			return "is not a set of the letters r, w and m";
	return spec_fault_empty(text);
}

static int check_rule(struct json_reader *in, void *object)
{
	struct spec_device_rule *rule = object;

	(void)in;
	if (rule->type == '\0')
		rule->type = 'a';
	return 0;
}

#define AT(member) offsetof(struct spec_device_rule, member)

/* -1 stands for all numbers, as when they are absent. */
static const struct json_field rule_fields[] = {
	{ "allow", JSON_REQUIRED, JSON_BOOL, AT(allow), .read = json_read_bool },
	{ "type", JSON_OPTIONAL, JSON_TEXT, AT(type), .read = read_rule_type },
	{ "major", JSON_OPTIONAL, JSON_NUMBER, AT(major), .read = spec_read_i64, .min = -1,
	  .max = UINT32_MAX },
	{ "minor", JSON_OPTIONAL, JSON_NUMBER, AT(minor), .read = spec_read_i64, .min = -1,
	  .max = UINT32_MAX },
	{ "access", JSON_OPTIONAL, JSON_TEXT, AT(access), .read = json_read_string,
	  .fault = fault_access },
};
#undef AT

static const struct json_table rule_table = JSON_TABLE(rule_fields, check_rule);

/* "Memory" */

static int read_obsolete(struct json_reader *in, const struct json_value *value,
			 const struct json_field *field, void *member)
{
	json_read_ignore(in, "cgroup v2 has no such limit: kernel memory counts as memory");
	return spec_read_i64(in, value, field, member);
}

/* Engines write -1 for "not set"; in Go's unsigned number it is 2^64 - 1. */
static int read_swappiness(struct json_reader *in, const struct json_value *value,
			   const struct json_field *field, void *member)
{
	if (json_read_is_minus_one(in, value))
		return 0;
	return spec_read_u64(in, value, field, member);
}

#define AT(member) offsetof(struct spec_memory, member)

/* Bytes, or -1 for no limit. */
#define BYTES(key, member, reader) \
	{ key, JSON_OPTIONAL, JSON_NUMBER, AT(member), .read = reader, .min = -1, .max = INT64_MAX }

static const struct json_field memory_fields[] = {
	BYTES("limit", limit, spec_read_i64),
	BYTES("reservation", reservation, spec_read_i64),
	BYTES("swap", swap, spec_read_i64),
	BYTES("kernel", kernel, read_obsolete),
	BYTES("kernelTCP", kernel_tcp, read_obsolete),
	{ "swappiness", JSON_OPTIONAL, JSON_NUMBER, AT(swappiness), .read = read_swappiness,
	  .max = 100 },
	{ "disableOOMKiller", JSON_OPTIONAL, JSON_BOOL, AT(disable_oom_killer),
	  .read = spec_read_bool },
	{ "useHierarchy", JSON_OPTIONAL, JSON_BOOL, AT(use_hierarchy), .read = spec_read_bool },
	{ "checkBeforeUpdate", JSON_OPTIONAL, JSON_BOOL, AT(check_before_update),
	  .read = spec_read_bool },
};
#undef AT

static const struct json_table memory_table = JSON_TABLE(memory_fields, NULL);

/* "CPU" */

static int check_cpu(struct json_reader *in, void *object)
{
	const struct spec_cpu *cpu = object;

	if (cpu->burst.set && cpu->quota.set && cpu->quota.value > 0 &&
	    cpu->burst.value > (uint64_t)cpu->quota.value)
		return json_read_fail_member(in, "burst", "is above the quota");
	return 0;
}

#define AT(member) offsetof(struct spec_cpu, member)

static const struct json_field cpu_fields[] = {
	{ "shares", JSON_OPTIONAL, JSON_NUMBER, AT(shares), .read = spec_read_u64 },
	{ "quota", JSON_OPTIONAL, JSON_NUMBER, AT(quota), .read = spec_read_i64, .min = -1,
	  .max = INT64_MAX },
	{ "burst", JSON_OPTIONAL, JSON_NUMBER, AT(burst), .read = spec_read_u64 },
	{ "period", JSON_OPTIONAL, JSON_NUMBER, AT(period), .read = spec_read_u64 },
	{ "realtimeRuntime", JSON_OPTIONAL, JSON_NUMBER, AT(realtime_runtime),
	  .read = spec_read_i64 },
	{ "realtimePeriod", JSON_OPTIONAL, JSON_NUMBER, AT(realtime_period),
	  .read = spec_read_u64 },
	{ "cpus", JSON_OPTIONAL, JSON_TEXT, AT(cpus), .read = spec_read_text,
	  .fault = spec_fault_numbers },
	{ "mems", JSON_OPTIONAL, JSON_TEXT, AT(mems), .read = spec_read_text,
	  .fault = spec_fault_numbers },
	{ "idle", JSON_OPTIONAL, JSON_NUMBER, AT(idle), .read = spec_read_i64, .max = 1 },
};
#undef AT

static const struct json_table cpu_table = JSON_TABLE(cpu_fields, check_cpu);

/* "PIDs": the struct has no object of its own. */

static const struct json_field pids_fields[] = {
	{ "limit", JSON_OPTIONAL, JSON_NUMBER, 0, .read = spec_read_i64, .min = -1,
	  .max = INT64_MAX },
};

static const struct json_table pids_table = JSON_TABLE(pids_fields, NULL);

/* "Block IO" */

/* The range of cgroup v1; Go programs write 0 for "not set". */
static int check_weight(struct json_reader *in, const char *key, const struct spec_u64 *weight)
{
	if (weight->set && weight->value != 0 && weight->value < 10)
		return json_read_fail_member(in, key, "must be 0 or an integer from 10 to 1000");
	return 0;
}

static int check_weight_device(struct json_reader *in, void *object)
{
	const struct spec_weight_device *device = object;

	if (!device->weight.set && !device->leaf_weight.set)
		return json_read_fail_member(in, "weight", "is required");
	return check_weight(in, "weight", &device->weight);
}

#define WEIGHT(key, struct_, member) \
	{ key, JSON_OPTIONAL, JSON_NUMBER, offsetof(struct struct_, member), \
	  .read = spec_read_u64, .max = 1000 }
#define NUMBER(key, struct_, member) \
	{ key, JSON_REQUIRED, JSON_NUMBER, offsetof(struct struct_, member), \
	  .read = json_read_i64, .max = UINT32_MAX }

static const struct json_field weight_device_fields[] = {
	NUMBER("major", spec_weight_device, major),
	NUMBER("minor", spec_weight_device, minor),
	WEIGHT("weight", spec_weight_device, weight),
	WEIGHT("leafWeight", spec_weight_device, leaf_weight),
};

static const struct json_table weight_device_table =
	JSON_TABLE(weight_device_fields, check_weight_device);

static const struct json_field throttle_device_fields[] = {
	NUMBER("major", spec_throttle_device, major),
	NUMBER("minor", spec_throttle_device, minor),
	{ "rate", JSON_REQUIRED, JSON_NUMBER, offsetof(struct spec_throttle_device, rate),
	  .read = json_read_u64 },
};

static const struct json_table throttle_device_table = JSON_TABLE(throttle_device_fields, NULL);

static int check_block_io(struct json_reader *in, void *object)
{
	const struct spec_block_io *block_io = object;

	return check_weight(in, "weight", &block_io->weight);
}

#define AT(member) offsetof(struct spec_block_io, member)
#define THROTTLE(key, member) \
	{ key, JSON_OPTIONAL, JSON_LIST, AT(member), .read = json_read_objects, \
	  .table = &throttle_device_table, .size = sizeof(struct spec_throttle_device) }

static const struct json_field block_io_fields[] = {
	WEIGHT("weight", spec_block_io, weight),
	WEIGHT("leafWeight", spec_block_io, leaf_weight),
	{ "weightDevice", JSON_OPTIONAL, JSON_LIST, AT(weight_device_count),
	  .read = json_read_objects, .table = &weight_device_table,
	  .size = sizeof(struct spec_weight_device) },
	THROTTLE("throttleReadBpsDevice", read_bps),
	THROTTLE("throttleWriteBpsDevice", write_bps),
	THROTTLE("throttleReadIOPSDevice", read_iops),
	THROTTLE("throttleWriteIOPSDevice", write_iops),
};
#undef AT

static const struct json_table block_io_table = JSON_TABLE(block_io_fields, check_block_io);

/* "Huge page limits" */

/* ^[1-9][0-9]*[KMG]B$: it becomes part of a file's name. */
static const char *fault_page_size(const char *text)
{
	size_t digits = strspn(text, "0123456789");

	if (digits == 0 || text[0] == '0' || text[digits] == '\0' ||
	    !strchr("KMG", text[digits]) || strcmp(text + digits + 1, "B") != 0)
		return "is not a size such as 2MB";
	return NULL;
}

#define AT(member) offsetof(struct spec_hugepage_limit, member)

static const struct json_field hugepage_fields[] = {
	{ "pageSize", JSON_REQUIRED, JSON_TEXT, AT(page_size), .read = json_read_string,
	  .fault = fault_page_size },
	{ "limit", JSON_REQUIRED, JSON_NUMBER, AT(limit), .read = json_read_u64 },
};
#undef AT

static const struct json_table hugepage_table = JSON_TABLE(hugepage_fields, NULL);

/* "Network" */

#define AT(member) offsetof(struct spec_network_priority, member)

static const struct json_field priority_fields[] = {
	{ "name", JSON_REQUIRED, JSON_TEXT, AT(name), .read = json_read_string,
	  .fault = spec_fault_empty },
	{ "priority", JSON_REQUIRED, JSON_NUMBER, AT(priority), .read = json_read_u32 },
};
#undef AT

static const struct json_table priority_table = JSON_TABLE(priority_fields, NULL);

#define AT(member) offsetof(struct spec_network, member)

static const struct json_field network_fields[] = {
	{ "classID", JSON_OPTIONAL, JSON_NUMBER, AT(class_id), .read = spec_read_u64,
	  .max = UINT32_MAX },
	{ "priorities", JSON_OPTIONAL, JSON_LIST, AT(priority_count), .read = json_read_objects,
	  .table = &priority_table, .size = sizeof(struct spec_network_priority) },
};
#undef AT

static const struct json_table network_table = JSON_TABLE(network_fields, NULL);

/* "RDMA" */

/* The name is a word of a line that is written to rdma.max. */
static const char *fault_rdma_device(const char *text)
{
	if (text[0] == '\0' || strpbrk(text, " \t=") || spec_fault_line(text))
		return "is not the name of an RDMA device";
	return NULL;
}

static int check_rdma(struct json_reader *in, void *object)
{
	const struct spec_rdma *rdma = object;

	if (!rdma->handles.set && !rdma->objects.set)
		return json_read_fail(in, "has neither hcaHandles nor hcaObjects");
	return 0;
}

#define AT(member) offsetof(struct spec_rdma, member)

static const struct json_field rdma_fields[] = {
	{ "hcaHandles", JSON_OPTIONAL, JSON_NUMBER, AT(handles), .read = spec_read_u64,
	  .max = UINT32_MAX },
	{ "hcaObjects", JSON_OPTIONAL, JSON_NUMBER, AT(objects), .read = spec_read_u64,
	  .max = UINT32_MAX },
};
#undef AT

static const struct json_table rdma_table = JSON_TABLE(rdma_fields, check_rdma);

/* "Unified" */

/* The key is a file of the container's cgroup: never a path, and no way out of the cgroup. */
static const char *fault_unified(const char *text)
{
	static const char *const owned[] = {
		"cgroup.freeze", "cgroup.kill", "cgroup.procs", "cgroup.subtree_control",
		"cgroup.threads", "cgroup.type",
	};
	const char *dot = strchr(text, '.');
	size_t known = strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789_.-");

	if (text[known] != '\0' || !dot || dot == text)
		return "is not the name of a file of a cgroup";
	for (size_t i = 0; i < sizeof(owned) / sizeof(owned[0]); i++)
		if (strcmp(owned[i], text) == 0)
			return "is not a limit";
	return NULL;
}

/* Some values are lines of words. Nothing that the kernel reads has other control characters. */
static const char *fault_unified_value(const char *text)
{
	for (; *text; text++)
		if (((unsigned char)*text < ' ' && *text != '\n' && *text != '\t') || *text == 0x7f)
			return "holds a control character";
	return NULL;
}

#define AT(member) offsetof(struct spec_resources, member)

static const struct json_field resources_fields[] = {
	{ "devices", JSON_OPTIONAL, JSON_LIST, AT(device_count), .read = json_read_objects,
	  .table = &rule_table, .size = sizeof(struct spec_device_rule) },
	{ "memory", JSON_OPTIONAL, JSON_MAP, AT(memory), .read = spec_read_section,
	  .table = &memory_table },
	{ "cpu", JSON_OPTIONAL, JSON_MAP, AT(cpu), .read = spec_read_section,
	  .table = &cpu_table },
	{ "pids", JSON_OPTIONAL, JSON_MAP, AT(pids_limit), .read = json_read_object,
	  .table = &pids_table },
	{ "blockIO", JSON_OPTIONAL, JSON_MAP, AT(block_io), .read = spec_read_section,
	  .table = &block_io_table },
	{ "hugepageLimits", JSON_OPTIONAL, JSON_LIST, AT(hugepage_count),
	  .read = json_read_objects, .table = &hugepage_table,
	  .size = sizeof(struct spec_hugepage_limit) },
	{ "network", JSON_OPTIONAL, JSON_MAP, AT(network), .read = spec_read_section,
	  .table = &network_table },
	{ "rdma", JSON_OPTIONAL, JSON_MAP, AT(rdma_count), .read = json_read_named_objects,
	  .table = &rdma_table, .size = sizeof(struct spec_rdma), .key_fault = fault_rdma_device },
	{ "unified", JSON_OPTIONAL, JSON_MAP, AT(unified), .read = json_read_pairs,
	  .fault = fault_unified_value, .key_fault = fault_unified },
};

const struct json_table spec_resources_table = JSON_TABLE(resources_fields, NULL);

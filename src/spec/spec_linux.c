/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */

/* config-linux.md, but for "Control groups" and "Seccomp". */

#include "spec_readers.h"

#include <string.h>

#include "tables/namespace_types.h"

/* "Namespaces" */

static const char *fault_namespace(const char *text)
{
	return namespace_type_find(text) ? NULL : "is not a type of namespace";
}

#define AT(member) offsetof(struct spec_namespace, member)

static const struct json_field namespace_fields[] = {
	{ "type", JSON_REQUIRED, JSON_TEXT, AT(type), .read = json_read_string,
	  .fault = fault_namespace },
	{ "path", JSON_OPTIONAL, JSON_TEXT, AT(path), .read = spec_read_text,
	  .fault = spec_fault_absolute },
};
#undef AT

static const struct json_table namespace_table = JSON_TABLE(namespace_fields, NULL);

/* "Offset for Time Namespace" */

#define AT(member) offsetof(struct spec_time_offset, member)

static const struct json_field offset_fields[] = {
	{ "secs", JSON_OPTIONAL, JSON_NUMBER, AT(secs), .read = json_read_i64 },
	{ "nanosecs", JSON_OPTIONAL, JSON_NUMBER, AT(nanosecs), .read = json_read_u32,
	  .max = 999999999 },
};
#undef AT

static const struct json_table offset_table = JSON_TABLE(offset_fields, NULL);

#define CLOCK(key, member) \
	{ key, JSON_OPTIONAL, JSON_MAP, offsetof(struct spec_linux, member), \
	  .read = spec_read_section, .table = &offset_table }

static const struct json_field clock_fields[] = {
	CLOCK("boottime", boottime),
	CLOCK("monotonic", monotonic),
};

static const struct json_table clock_table = JSON_TABLE(clock_fields, NULL);

static int check_clock(struct json_reader *in, const char *key, const struct json_value *value,
		       void *cookie)
{
	(void)value;
	(void)cookie;
	if (strcmp(key, "boottime") == 0 || strcmp(key, "monotonic") == 0)
		return 0;
	return json_read_fail(in, "is not a clock of a time namespace");
}

/* Keys are names of clocks: one that is not known is a value that is not supported. */
static int read_clocks(struct json_reader *in, const struct json_value *value,
		       const struct json_field *field, void *member)
{
	if (json_read_each(in, value, check_clock, NULL) < 0)
		return -1;
	return json_read_object(in, value, field, member);
}

/* "Devices" */

/* Absolute, and no component "..": the node's place is where the words say. */
static const char *fault_device_path(const char *text)
{
	size_t size = strlen(text);

	if (text[0] != '/')
		return "is not an absolute path";
	if (text[size - 1] == '/' || strstr(text, "/../") ||
	    (size >= 3 && strcmp(text + size - 3, "/..") == 0))
		return "does not name a file";
	return NULL;
}

static int read_device_type(struct json_reader *in, const struct json_value *value,
			    const struct json_field *field, void *member)
{
	const char *text = json_read_text(value);
	char *out = member;

	(void)field;
	if (text[0] == '\0' || text[1] != '\0' || !strchr("cbup", text[0]))
		return json_read_fail(in, "must be c, b, u or p");
	*out = text[0];
	return 0;
}

static int check_device(struct json_reader *in, void *object)
{
	const struct spec_device *device = object;

	if (device->type == 'p')
		return 0;
	if (!device->major.set)
		return json_read_fail_member(in, "major", "is required");
	if (!device->minor.set)
		return json_read_fail_member(in, "minor", "is required");
	return 0;
}

#define AT(member) offsetof(struct spec_device, member)

/* Kernel: 12 bits of major and 20 of minor number, linux/kdev_t.h. */
static const struct json_field device_fields[] = {
	{ "type", JSON_REQUIRED, JSON_TEXT, AT(type), .read = read_device_type },
	{ "path", JSON_REQUIRED, JSON_TEXT, AT(path), .read = json_read_string,
	  .fault = fault_device_path },
	{ "major", JSON_OPTIONAL, JSON_NUMBER, AT(major), .read = spec_read_i64, .max = 0xfff },
	{ "minor", JSON_OPTIONAL, JSON_NUMBER, AT(minor), .read = spec_read_i64, .max = 0xfffff },
	{ "fileMode", JSON_OPTIONAL, JSON_NUMBER, AT(file_mode), .read = spec_read_i64,
	  .max = 0177777 },
	{ "uid", JSON_OPTIONAL, JSON_NUMBER, AT(uid), .read = spec_read_i64, .max = SPEC_ID_MAX },
	{ "gid", JSON_OPTIONAL, JSON_NUMBER, AT(gid), .read = spec_read_i64, .max = SPEC_ID_MAX },
};
#undef AT

static const struct json_table device_table = JSON_TABLE(device_fields, check_device);

/* "Network Devices" */

/* Kernel: dev_valid_name(). "%d" is a template, which the kernel fills in. */
static const char *fault_interface(const char *text)
{
	if (text[0] == '\0' || strlen(text) > 15 || strcmp(text, ".") == 0 ||
	    strcmp(text, "..") == 0 || strpbrk(text, "/: ") || spec_fault_line(text))
		return "is not the name of a network device";
	return NULL;
}

static const struct json_field net_device_fields[] = {
	{ "name", JSON_OPTIONAL, JSON_TEXT, offsetof(struct spec_net_device, name),
	  .read = spec_read_text, .fault = fault_interface },
};

static const struct json_table net_device_table = JSON_TABLE(net_device_fields, NULL);

/* "Sysctl" */

/* net.ipv4.ip_forward or net/ipv4/ip_forward; no empty component, so no ".." either. */
static const char *fault_sysctl(const char *text)
{
	size_t known = strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789_./-");
	char before = '.';

	for (const char *at = text; *at; at++) {
		bool separator = *at == '.' || *at == '/';

		if (separator && (before == '.' || before == '/'))
			return "is not the name of a sysctl";
		before = *at;
	}
	if (text[known] != '\0' || before == '.' || before == '/')
		return "is not the name of a sysctl";
	return NULL;
}

static const char *fault_sysctl_value(const char *text)
{
	return strchr(text, '\n') ? "holds a newline" : NULL;
}

/* "IntelRdt" */

static const char *fault_bandwidth(const char *text)
{
	return strncmp(text, "MB:", 3) == 0 ? spec_fault_line(text) : "does not begin with MB:";
}

#define AT(member) offsetof(struct spec_rdt, member)

static const struct json_field rdt_fields[] = {
	{ "closID", JSON_OPTIONAL, JSON_TEXT, AT(clos_id), .read = spec_read_text,
	  .fault = spec_fault_line },
	{ "schemata", JSON_OPTIONAL, JSON_LIST, AT(schemata), .read = json_read_strings,
	  .fault = spec_fault_line },
	{ "l3CacheSchema", JSON_OPTIONAL, JSON_TEXT, AT(l3_cache_schema), .read = spec_read_text,
	  .fault = spec_fault_line },
	{ "memBwSchema", JSON_OPTIONAL, JSON_TEXT, AT(mem_bw_schema), .read = spec_read_text,
	  .fault = fault_bandwidth },
	{ "enableMonitoring", JSON_OPTIONAL, JSON_BOOL, AT(enable_monitoring),
	  .read = spec_read_bool },
};
#undef AT

static const struct json_table rdt_table = JSON_TABLE(rdt_fields, NULL);

/* "Memory policy". Callers look for the words "invalid memory policy". */

static const char *fault_policy_mode(const char *text)
{
	static const char *const modes[] = {
		"MPOL_DEFAULT", "MPOL_BIND", "MPOL_INTERLEAVE", "MPOL_WEIGHTED_INTERLEAVE",
		"MPOL_PREFERRED", "MPOL_PREFERRED_MANY", "MPOL_LOCAL",
	};

	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++)
		if (strcmp(modes[i], text) == 0)
			return NULL;
	return "is an invalid memory policy";
}

static const char *fault_policy_flag(const char *text)
{
	static const char *const flags[] = {
		"MPOL_F_NUMA_BALANCING", "MPOL_F_RELATIVE_NODES", "MPOL_F_STATIC_NODES",
	};

	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		if (strcmp(flags[i], text) == 0)
			return NULL;
	return "is not a flag of a memory policy";
}

#define AT(member) offsetof(struct spec_memory_policy, member)

static const struct json_field memory_policy_fields[] = {
	{ "mode", JSON_REQUIRED, JSON_TEXT, AT(mode), .read = json_read_string,
	  .fault = fault_policy_mode },
	{ "nodes", JSON_OPTIONAL, JSON_TEXT, AT(nodes), .read = spec_read_text,
	  .fault = spec_fault_numbers },
	{ "flags", JSON_OPTIONAL, JSON_LIST, AT(flags), .read = json_read_strings,
	  .fault = fault_policy_flag },
};
#undef AT

static const struct json_table memory_policy_table = JSON_TABLE(memory_policy_fields, NULL);

/* "Personality" */

static const struct json_name domains[] = { { "LINUX", 0 }, { "LINUX32", 0 }, { NULL, 0 } };

static const char *fault_personality_flag(const char *text)
{
	(void)text;
	return "is not a flag: the specification has none";
}

#define AT(member) offsetof(struct spec_personality, member)

static const struct json_field personality_fields[] = {
	{ "domain", JSON_REQUIRED, JSON_TEXT, AT(domain), .read = json_read_word,
	  .names = domains },
	{ "flags", JSON_OPTIONAL, JSON_LIST, AT(flags), .read = json_read_strings,
	  .fault = fault_personality_flag },
};
#undef AT

static const struct json_table personality_table = JSON_TABLE(personality_fields, NULL);

/* The section */

/* "Rootfs Mount Propagation", and the recursive forms that engines send. */
static const struct json_name propagations[] = {
	{ "private", 0 }, { "rprivate", 0 }, { "shared", 0 }, { "rshared", 0 }, { "slave", 0 },
	{ "rslave", 0 }, { "unbindable", 0 }, { "runbindable", 0 }, { NULL, 0 },
};

#define AT(member) offsetof(struct spec_linux, member)

static const struct json_field linux_fields[] = {
	{ "namespaces", JSON_OPTIONAL, JSON_LIST, AT(namespace_count), .read = json_read_objects,
	  .table = &namespace_table, .size = sizeof(struct spec_namespace) },
	{ "uidMappings", JSON_OPTIONAL, JSON_LIST, AT(uid_mappings), .read = spec_read_mappings },
	{ "gidMappings", JSON_OPTIONAL, JSON_LIST, AT(gid_mappings), .read = spec_read_mappings },
	{ "timeOffsets", JSON_OPTIONAL, JSON_MAP, 0, .read = read_clocks, .table = &clock_table },
	{ "devices", JSON_OPTIONAL, JSON_LIST, AT(device_count), .read = json_read_objects,
	  .table = &device_table, .size = sizeof(struct spec_device) },
	{ "netDevices", JSON_OPTIONAL, JSON_MAP, AT(net_device_count),
	  .read = json_read_named_objects, .table = &net_device_table,
	  .size = sizeof(struct spec_net_device), .key_fault = fault_interface },
	{ "cgroupsPath", JSON_OPTIONAL, JSON_TEXT, AT(cgroups_path), .read = spec_read_text,
	  .fault = spec_fault_line },
	{ "rootfsPropagation", JSON_OPTIONAL, JSON_TEXT, AT(rootfs_propagation),
	  .read = spec_read_text, .names = propagations },
	{ "maskedPaths", JSON_OPTIONAL, JSON_LIST, AT(masked_paths), .read = json_read_strings,
	  .fault = spec_fault_absolute },
	{ "readonlyPaths", JSON_OPTIONAL, JSON_LIST, AT(readonly_paths),
	  .read = json_read_strings, .fault = spec_fault_absolute },
	{ "mountLabel", JSON_OPTIONAL, JSON_TEXT, AT(mount_label), .read = spec_read_text,
	  .fault = spec_fault_line },
	{ "resources", JSON_OPTIONAL, JSON_MAP, AT(resources), .read = spec_read_section,
	  .table = &spec_resources_table },
	{ "seccomp", JSON_OPTIONAL, JSON_MAP, AT(seccomp), .read = spec_read_section,
	  .table = &spec_seccomp_table },
	{ "sysctl", JSON_OPTIONAL, JSON_MAP, AT(sysctl), .read = json_read_pairs,
	  .key_fault = fault_sysctl, .fault = fault_sysctl_value },
	{ "intelRdt", JSON_OPTIONAL, JSON_MAP, AT(intel_rdt), .read = spec_read_section,
	  .table = &rdt_table },
	{ "memoryPolicy", JSON_OPTIONAL, JSON_MAP, AT(memory_policy), .read = spec_read_section,
	  .table = &memory_policy_table },
	{ "personality", JSON_OPTIONAL, JSON_MAP, AT(personality), .read = spec_read_section,
	  .table = &personality_table },
};
#undef AT

static int check_linux(struct json_reader *in, void *object)
{
	const struct spec_linux *section = object;

	for (size_t i = 0; i < section->namespace_count; i++)
		for (size_t j = 0; j < i; j++)
			if (strcmp(section->namespaces[i].type, section->namespaces[j].type) == 0)
				return json_read_fail_member(in, "namespaces", "%s is there twice",
							     section->namespaces[i].type);

	if (section->uid_mappings.count > 0 && section->gid_mappings.count == 0)
		return json_read_fail_member(in, "uidMappings", "needs gidMappings beside it");
	if (section->gid_mappings.count > 0 && section->uid_mappings.count == 0)
		return json_read_fail_member(in, "gidMappings", "needs uidMappings beside it");
	return 0;
}

const struct json_table spec_linux_table = JSON_TABLE(linux_fields, check_linux);

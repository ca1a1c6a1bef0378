/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */

/*
 * config.json from bytes to struct spec: the outermost keys, the rules that tie sections
 * together, and what of the document is handed on beside the values.
 */

#include "spec/spec.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/number.h"
#include "spec_readers.h"

/* "Specification version" */

#define NEWEST_MINOR 3

/* One number, without a leading zero. Returns what follows it, NULL if there is none. */
static const char *skip_number(const char *text, uint64_t *number)
{
	size_t size = strspn(text, "0123456789");

	if (number_parse_u64_bytes(text, size, UINT32_MAX, number) < 0)
		return NULL;
	return text + size;
}

/* MAJOR.MINOR.PATCH, then perhaps -WORDS and +WORDS. Of the words only the letters are checked. */
static bool parse_version(const char *text, uint64_t numbers[3])
{
	for (int i = 0; i < 3; i++) {
		text = skip_number(text, &numbers[i]);
		if (!text || (i < 2 && *text++ != '.'))
			return false;
	}
	if (text[0] == '\0')
		return true;
	return (text[0] == '-' || text[0] == '+') && text[1] != '\0' &&
	       text[1 + strspn(text + 1, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
					 "abcdefghijklmnopqrstuvwxyz.+-")] == '\0';
}

static const char *fault_version(const char *text)
{
	uint64_t numbers[3];

	if (!parse_version(text, numbers))
		return "is not a version";
	return numbers[0] == 1 ? NULL : "is not a version that is known here: 1.x.y";
}

/* All of 1.x reads alike; what a newer one added shows up among the unknown keys. */
static int read_version(struct json_reader *in, const struct json_value *value,
			const struct json_field *field, void *member)
{
	uint64_t numbers[3] = { 0 };

	if (json_read_string(in, value, field, member) < 0)
		return -1;
	parse_version(json_read_text(value), numbers);
	if (numbers[1] > NEWEST_MINOR)
		json_read_ignore(in, "it is newer than 1.3, and what it added is not known");
	return 0;
}

/* "Root" */

static const struct json_field root_fields[] = {
	{ "path", JSON_REQUIRED, JSON_TEXT, offsetof(struct spec_root, path),
	  .read = json_read_string, .fault = spec_fault_empty },
	{ "readonly", JSON_OPTIONAL, JSON_BOOL, offsetof(struct spec_root, readonly),
	  .read = json_read_bool },
};

static const struct json_table root_table = JSON_TABLE(root_fields, NULL);

/* "Hostname", "Domainname". Kernel: __NEW_UTS_LEN. */
static const char *fault_hostname(const char *text)
{
	return strlen(text) > 64 ? "is longer than 64 bytes" : spec_fault_line(text);
}

#define AT(member) offsetof(struct spec, member)
#define OTHER_PLATFORM "it is for another platform"

static const struct json_field spec_fields[] = {
	{ "ociVersion", JSON_REQUIRED, JSON_TEXT, AT(oci_version), .read = read_version,
	  .fault = fault_version },
	{ "root", JSON_REQUIRED, JSON_MAP, AT(root), .read = spec_read_section,
	  .table = &root_table },
	{ "mounts", JSON_OPTIONAL, JSON_LIST, AT(mounts), .read = json_read_objects,
	  .table = &spec_mount_table, .size = sizeof(struct spec_mount) },
	{ "process", JSON_REQUIRED, JSON_MAP, AT(process), .read = spec_read_section,
	  .table = &spec_process_table },
	{ "hostname", JSON_OPTIONAL, JSON_TEXT, AT(hostname), .read = spec_read_text,
	  .fault = fault_hostname },
	{ "domainname", JSON_OPTIONAL, JSON_TEXT, AT(domainname), .read = spec_read_text,
	  .fault = fault_hostname },
	{ "linux", JSON_OPTIONAL, JSON_MAP, AT(linux), .read = spec_read_section,
	  .table = &spec_linux_table },
	{ "hooks", JSON_OPTIONAL, JSON_MAP, AT(hooks), .read = json_read_object,
	  .table = &spec_hooks_table },
	{ "annotations", JSON_OPTIONAL, JSON_MAP, AT(annotations), .read = json_read_pairs,
	  .key_fault = spec_fault_empty },
	{ "solaris", JSON_IGNORED, .reason = OTHER_PLATFORM },
	{ "windows", JSON_IGNORED, .reason = OTHER_PLATFORM },
	{ "zos", JSON_IGNORED, .reason = OTHER_PLATFORM },
	{ "freebsd", JSON_IGNORED, .reason = OTHER_PLATFORM },
	{ "vm", JSON_IGNORED, .reason = "no virtual machine is made" },
};
#undef AT

static const struct json_table spec_table = JSON_TABLE(spec_fields, NULL);

/* Rules that tie sections together */

static const struct spec_namespace *find_namespace(const struct spec *spec, const char *type)
{
	for (size_t i = 0; i < spec->linux.namespace_count; i++)
		if (strcmp(spec->linux.namespaces[i].type, type) == 0)
			return &spec->linux.namespaces[i];
	return NULL;
}

static int check_names(struct json_reader *in, const struct spec *spec)
{
	if (find_namespace(spec, "uts"))
		return 0;
	if (spec->hostname)
		return json_read_fail_at(in, "/hostname", "needs a uts namespace");
	if (spec->domainname)
		return json_read_fail_at(in, "/domainname", "needs a uts namespace");
	return 0;
}

static int check_domainname(struct json_reader *in, const struct spec *spec)
{
	const struct spec_map *sysctl = &spec->linux.sysctl;

	for (size_t i = 0; spec->domainname && i < sysctl->count; i++)
		if (strcmp(sysctl->items[i].key, "kernel.domainname") == 0 ||
		    strcmp(sysctl->items[i].key, "kernel/domainname") == 0)
			return json_read_fail_at(in, "/domainname",
						 "is set by the sysctl kernel.domainname too");
	return 0;
}

static int check_mappings(struct json_reader *in, const struct spec *spec)
{
	if (spec->linux.uid_mappings.count > 0 && !find_namespace(spec, "user"))
		return json_read_fail_at(in, "/linux/uidMappings", "needs a user namespace");
	return 0;
}

static int check_time_offsets(struct json_reader *in, const struct spec *spec)
{
	const struct spec_namespace *time = find_namespace(spec, "time");

	if (!spec->linux.boottime.set && !spec->linux.monotonic.set)
		return 0;
	if (!time)
		return json_read_fail_at(in, "/linux/timeOffsets", "needs a time namespace");
	if (time->path)
		return json_read_fail_at(in, "/linux/timeOffsets",
					 "cannot change a time namespace that is there already");
	return 0;
}

static int check_spec(struct json_reader *in, const struct spec *spec)
{
	static int (*const rules[])(struct json_reader *in, const struct spec *spec) = {
		check_names,
		check_domainname,
		check_mappings,
		check_time_offsets,
	};

	for (size_t i = 0; i < ARRAY_SIZE(rules); i++)
		if (rules[i](in, spec) < 0)
			return -1;
	return 0;
}

/* Reading */

static void keep_notes(const struct json_reader *in, struct spec *spec)
{
	struct spec_strings *unknown = &spec->unknown;
	struct spec_map *ignored = &spec->ignored;

	unknown->items = arena_array(&spec->arena, in->unknown.count, sizeof(*unknown->items));
	for (size_t i = 0; i < in->unknown.count; i++)
		unknown->items[unknown->count++] = in->unknown.items[i].path;

	ignored->items = arena_array(&spec->arena, in->ignored.count, sizeof(*ignored->items));
	for (size_t i = 0; i < in->ignored.count; i++)
		ignored->items[ignored->count++] = (struct spec_pair){
			in->ignored.items[i].path, in->ignored.items[i].reason
		};
}

int spec_read(const char *bytes, size_t size, struct spec *out, struct error *err)
{
	auto_spec spec = SPEC_NULL;
	auto_json_reader in = JSON_READER(&spec.arena, ERROR_SPEC, err);

	if (json_read_open(&in, bytes, size, JSON_READ_MAX) < 0 ||
	    json_read_table(&in, json_read_root(&in), &spec_table, &spec) < 0 ||
	    check_spec(&in, &spec) < 0 || spec_refuse(&in, &spec, "") < 0)
		return -1;

	if (spec.process.exec_cpu_affinity.set)
		json_read_ignore_at(&in, "/process/execCPUAffinity",
				    "it is for exec, not for the first process");
	keep_notes(&in, &spec);
	*out = spec;
	spec = SPEC_NULL;
	return 0;
}

/* Reads one section as a document of its own: the key of @part is its path in config.json. */
static int read_part(const char *bytes, size_t size, const struct json_field *part,
		     struct spec *out, struct error *err)
{
	auto_spec spec = SPEC_NULL;
	auto_json_reader in = JSON_READER(&spec.arena, ERROR_SPEC, err);

	if (json_read_open(&in, bytes, size, JSON_READ_MAX) < 0 ||
	    spec_read_section(&in, json_read_root(&in), part, (char *)&spec + part->offset) < 0 ||
	    spec_refuse(&in, &spec, part->key) < 0)
		return -1;

	keep_notes(&in, &spec);
	*out = spec;
	spec = SPEC_NULL;
	return 0;
}

int spec_read_process(const char *bytes, size_t size, struct spec *spec, struct error *err)
{
	static const struct json_field part = { .key = "/process",
						.offset = offsetof(struct spec, process),
						.table = &spec_process_table };

	return read_part(bytes, size, &part, spec, err);
}

int spec_read_resources(const char *bytes, size_t size, struct spec *spec, struct error *err)
{
	static const struct json_field part = { .key = "/linux/resources",
						.offset = offsetof(struct spec, linux.resources),
						.table = &spec_resources_table };

	return read_part(bytes, size, &part, spec, err);
}

void spec_free(struct spec *spec)
{
	arena_free(&spec->arena);
	*spec = SPEC_NULL;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */

/* config.md "Mounts". Options are left to the plan: what they mean depends on the mount. */

#include "spec_readers.h"

/* "For compatibility with old tools" a destination may be relative: to "/". */
static int read_destination(struct json_reader *in, const struct json_value *value,
			    const struct json_field *field, void *member)
{
	const char *text = json_read_text(value);
	const char **out = member;

	(void)field;
	if (text[0] == '\0')
		return json_read_fail(in, "is empty");
	*out = arena_printf(in->arena, "%s%s", text[0] == '/' ? "" : "/", text);
	return 0;
}

static int check_mount(struct json_reader *in, void *object)
{
	const struct spec_mount *mount = object;

	if (mount->uid_mappings.count > 0 && mount->gid_mappings.count == 0)
		return json_read_fail_member(in, "uidMappings", "needs gidMappings beside it");
	if (mount->gid_mappings.count > 0 && mount->uid_mappings.count == 0)
		return json_read_fail_member(in, "gidMappings", "needs uidMappings beside it");
	return 0;
}

#define AT(member) offsetof(struct spec_mount, member)

static const struct json_field mount_fields[] = {
	{ "destination", JSON_REQUIRED, JSON_TEXT, AT(destination), .read = read_destination },
	{ "type", JSON_OPTIONAL, JSON_TEXT, AT(type), .read = spec_read_text,
	  .fault = spec_fault_line },
	{ "source", JSON_OPTIONAL, JSON_TEXT, AT(source), .read = spec_read_text },
	{ "options", JSON_OPTIONAL, JSON_LIST, AT(options), .read = json_read_strings },
	{ "uidMappings", JSON_OPTIONAL, JSON_LIST, AT(uid_mappings), .read = spec_read_mappings },
	{ "gidMappings", JSON_OPTIONAL, JSON_LIST, AT(gid_mappings), .read = spec_read_mappings },
};

const struct json_table spec_mount_table = JSON_TABLE(mount_fields, check_mount);

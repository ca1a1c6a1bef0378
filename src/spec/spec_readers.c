/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */

#include "spec_readers.h"

#include <string.h>

int spec_read_bool(struct json_reader *in, const struct json_value *value,
		   const struct json_field *field, void *member)
{
	struct spec_bool *out = member;

	out->set = true;
	return json_read_bool(in, value, field, &out->value);
}

int spec_read_i64(struct json_reader *in, const struct json_value *value,
		  const struct json_field *field, void *member)
{
	struct spec_i64 *out = member;

	out->set = true;
	return json_read_i64(in, value, field, &out->value);
}

int spec_read_u64(struct json_reader *in, const struct json_value *value,
		  const struct json_field *field, void *member)
{
	struct spec_u64 *out = member;

	out->set = true;
	return json_read_u64(in, value, field, &out->value);
}

int spec_read_text(struct json_reader *in, const struct json_value *value,
		   const struct json_field *field, void *member)
{
	if (json_read_text(value)[0] == '\0')
		return 0;
	return field->names ? json_read_word(in, value, field, member)
			    : json_read_string(in, value, field, member);
}

int spec_read_section(struct json_reader *in, const struct json_value *value,
		      const struct json_field *field, void *member)
{
	bool *set = member;

	*set = true;
	return json_read_object(in, value, field, member);
}

/* Mappings. Kernel: user_namespaces(7), kernel/user_namespace.c map_write(). */

#define MAPPINGS_MAX 340	/* UID_GID_MAP_MAX_EXTENTS */

static int check_range(struct json_reader *in, const char *key, uint32_t first, uint32_t size)
{
	if (first > SPEC_ID_MAX || size > SPEC_ID_MAX - first + 1)
		return json_read_fail_member(in, key, "%u ids from %u on pass the largest id, %u",
					     size, first, (unsigned int)SPEC_ID_MAX);
	return 0;
}

static int check_mapping(struct json_reader *in, void *object)
{
	const struct spec_mapping *mapping = object;

	if (check_range(in, "containerID", mapping->container_id, mapping->size) < 0)
		return -1;
	return check_range(in, "hostID", mapping->host_id, mapping->size);
}

#define AT(member) offsetof(struct spec_mapping, member)

/* config-linux.md "User namespace mappings". */
static const struct json_field mapping_fields[] = {
	{ "containerID", JSON_REQUIRED, JSON_NUMBER, AT(container_id), .read = json_read_u32 },
	{ "hostID", JSON_REQUIRED, JSON_NUMBER, AT(host_id), .read = json_read_u32 },
	{ "size", JSON_REQUIRED, JSON_NUMBER, AT(size), .read = json_read_u32, .min = 1,
	  .max = UINT32_MAX },
};

static const struct json_table mapping_table = JSON_TABLE(mapping_fields, check_mapping);

static bool overlap(uint32_t first, uint32_t second, uint32_t first_size, uint32_t second_size)
{
	return first < (uint64_t)second + second_size && second < (uint64_t)first + first_size;
}

static int check_overlaps(struct json_reader *in, const struct spec_mappings *mappings)
{
	for (size_t i = 0; i < mappings->count; i++) {
		const struct spec_mapping *a = &mappings->items[i];

		for (size_t j = 0; j < i; j++) {
			const struct spec_mapping *b = &mappings->items[j];

			if (overlap(a->container_id, b->container_id, a->size, b->size))
				return json_read_fail(in, "entries %zu and %zu overlap in the"
						      " container's ids", j, i);
			if (overlap(a->host_id, b->host_id, a->size, b->size))
				return json_read_fail(in, "entries %zu and %zu overlap in the"
						      " host's ids", j, i);
		}
	}
	return 0;
}

int spec_read_mappings(struct json_reader *in, const struct json_value *value,
		       const struct json_field *field, void *member)
{
	static const struct json_field items = { .table = &mapping_table,
						 .size = sizeof(struct spec_mapping) };
	struct spec_mappings *out = member;

	(void)field;
	if (json_read_count(value) > MAPPINGS_MAX)
		return json_read_fail(in, "there are more than %d entries, the kernel's limit",
				      MAPPINGS_MAX);
	out->set = true;
	if (json_read_objects(in, value, &items, &out->count) < 0)
		return -1;
	return check_overlaps(in, out);
}

/* Rules for strings. */

const char *spec_fault_empty(const char *text)
{
	return text[0] == '\0' ? "is empty" : NULL;
}

const char *spec_fault_line(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			return "holds a control character";
	return NULL;
}

const char *spec_fault_absolute(const char *text)
{
	return text[0] == '/' ? NULL : "is not an absolute path";
}

const char *spec_fault_variable(const char *text)
{
	if (text[0] == '=')
		return "has no name before '='";
	return strchr(text, '=') ? NULL : "is not NAME=VALUE";
}

const char *spec_fault_numbers(const char *text)
{
	return text[strspn(text, "0123456789-, ")] == '\0' ? NULL : "is not a list such as 0-3,7";
}

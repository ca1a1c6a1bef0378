/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */

/*
 * The readers that rows name. Each knows the type of its member only by convention; pairs of
 * count and pointer are stored by memcpy, because the struct they stand in is the caller's.
 */

#include "json/json_read.h"

#include <inttypes.h>
#include <string.h>

#include "base/text.h"

/* A word of the document in a message: enough to recognize it. */
#define WORD_SHOWN 64

static int check_text(struct json_reader *in, const char *(*fault)(const char *text),
		      const char *text)
{
	const char *problem = fault ? fault(text) : NULL;

	return problem ? json_read_fail(in, "'%.*s' %s", WORD_SHOWN, text, problem) : 0;
}

int json_read_string(struct json_reader *in, const struct json_value *value,
		     const struct json_field *field, void *member)
{
	const char **out = member;

	if (check_text(in, field->fault, json_read_text(value)) < 0)
		return -1;
	*out = arena_strdup(in->arena, json_read_text(value));
	return 0;
}

static const struct json_name *find_name(struct json_reader *in, const struct json_value *value,
					 const struct json_field *field)
{
	const char *word = json_read_text(value);
	auto_text known = TEXT_INIT(512);

	for (const struct json_name *name = field->names; name->name; name++) {
		if (strcmp(name->name, word) == 0)
			return name;
		text_appendf(&known, "%s%s", known.size > 0 ? ", " : "", name->name);
	}
	json_read_fail(in, "'%.*s' is none of %s", WORD_SHOWN, word, text_string(&known));
	return NULL;
}

int json_read_word(struct json_reader *in, const struct json_value *value,
		   const struct json_field *field, void *member)
{
	const struct json_name *name = find_name(in, value, field);
	const char **out = member;

	if (!name)
		return -1;
	*out = name->name;
	return 0;
}

int json_read_enum(struct json_reader *in, const struct json_value *value,
		   const struct json_field *field, void *member)
{
	const struct json_name *name = find_name(in, value, field);

	if (!name)
		return -1;
	/* An enum of C17 is as wide as an int, and of a type of its own. */
	memcpy(member, &name->value, sizeof(name->value));
	return 0;
}

int json_read_bool(struct json_reader *in, const struct json_value *value,
		   const struct json_field *field, void *member)
{
	bool *out = member;

	(void)in;
	(void)field;
	*out = json_read_true(value);
	return 0;
}

/* An unsigned number within the row's range, and within @most. */
static int read_unsigned(struct json_reader *in, const struct json_value *value,
			 const struct json_field *field, uint64_t most, uint64_t *out)
{
	if (field->max > 0)
		most = (uint64_t)field->max;
	return json_read_unsigned(in, value, field->min > 0 ? (uint64_t)field->min : 0, most, out);
}

int json_read_u32(struct json_reader *in, const struct json_value *value,
		  const struct json_field *field, void *member)
{
	uint32_t *out = member;
	uint64_t number;

	if (read_unsigned(in, value, field, UINT32_MAX, &number) < 0)
		return -1;
	*out = (uint32_t)number;
	return 0;
}

int json_read_i64(struct json_reader *in, const struct json_value *value,
		  const struct json_field *field, void *member)
{
	bool whole = field->min == 0 && field->max == 0;

	return json_read_integer(in, value, whole ? INT64_MIN : field->min,
				 whole ? INT64_MAX : field->max, member);
}

int json_read_u64(struct json_reader *in, const struct json_value *value,
		  const struct json_field *field, void *member)
{
	return read_unsigned(in, value, field, UINT64_MAX, member);
}

int json_read_object(struct json_reader *in, const struct json_value *value,
		     const struct json_field *field, void *member)
{
	return json_read_table(in, value, field->table, member);
}

/* An array that is being filled. */
struct filling {
	const struct json_field *field;
	size_t count;
	char *items;
};

/* Reads all members with @visit into elements of @size bytes, and stores count and pointer. */
static int fill(struct json_reader *in, const struct json_value *value,
		const struct json_field *field, size_t size, void *member,
		int (*visit)(struct json_reader *in, const char *key,
			     const struct json_value *value, void *cookie))
{
	struct filling filling = { .field = field };
	void *items = arena_array(in->arena, json_read_count(value), size);

	filling.items = items;
	if (json_read_each(in, value, visit, &filling) < 0)
		return -1;
	memcpy(member, &filling.count, sizeof(filling.count));
	memcpy((char *)member + sizeof(filling.count), &items, sizeof(items));
	return 0;
}

static int fill_string(struct json_reader *in, const char *key, const struct json_value *value,
		       void *cookie)
{
	struct filling *filling = cookie;
	const char **items = (void *)filling->items;

	(void)key;
	if (json_read_expect(in, value, JSON_TEXT) < 0 ||
	    check_text(in, filling->field->fault, json_read_text(value)) < 0)
		return -1;
	items[filling->count++] = arena_strdup(in->arena, json_read_text(value));
	return 0;
}

int json_read_strings(struct json_reader *in, const struct json_value *value,
		      const struct json_field *field, void *member)
{
	return fill(in, value, field, sizeof(const char *), member, fill_string);
}

static int fill_pair(struct json_reader *in, const char *key, const struct json_value *value,
		     void *cookie)
{
	struct filling *filling = cookie;
	const char **items = (void *)filling->items;

	if (check_text(in, filling->field->key_fault, key) < 0 ||
	    json_read_expect(in, value, JSON_TEXT) < 0 ||
	    check_text(in, filling->field->fault, json_read_text(value)) < 0)
		return -1;
	items[2 * filling->count] = arena_strdup(in->arena, key);
	items[2 * filling->count + 1] = arena_strdup(in->arena, json_read_text(value));
	filling->count++;
	return 0;
}

int json_read_pairs(struct json_reader *in, const struct json_value *value,
		    const struct json_field *field, void *member)
{
	return fill(in, value, field, 2 * sizeof(const char *), member, fill_pair);
}

static int fill_object(struct json_reader *in, const char *key, const struct json_value *value,
		       void *cookie)
{
	struct filling *filling = cookie;
	char *item = filling->items + filling->count * filling->field->size;

	if (key) {
		const char *name = arena_strdup(in->arena, key);

		if (check_text(in, filling->field->key_fault, key) < 0)
			return -1;
		memcpy(item, &name, sizeof(name));
	}
	filling->count++;
	return json_read_table(in, value, filling->field->table, item);
}

int json_read_objects(struct json_reader *in, const struct json_value *value,
		      const struct json_field *field, void *member)
{
	return fill(in, value, field, field->size, member, fill_object);
}

int json_read_named_objects(struct json_reader *in, const struct json_value *value,
			    const struct json_field *field, void *member)
{
	return fill(in, value, field, field->size, member, fill_object);
}

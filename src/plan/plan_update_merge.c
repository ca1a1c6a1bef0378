/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */

#include "plan_update_merge.h"

#include <string.h>

#include "base/cleanup.h"

typedef bool same_function(const void *a, const void *b);

/* Both kinds begin with the device's numbers. */
static bool is_same_throttle(const void *a, const void *b)
{
	const struct spec_throttle_device *left = a;
	const struct spec_throttle_device *right = b;

	return left->major == right->major && left->minor == right->minor;
}

static bool is_same_weight(const void *a, const void *b)
{
	const struct spec_weight_device *left = a;
	const struct spec_weight_device *right = b;

	return left->major == right->major && left->minor == right->minor;
}

static bool is_same_page(const void *a, const void *b)
{
	const struct spec_hugepage_limit *left = a;
	const struct spec_hugepage_limit *right = b;

	return strcmp(left->page_size, right->page_size) == 0;
}

static bool is_same_adapter(const void *a, const void *b)
{
	const struct spec_rdma *left = a;
	const struct spec_rdma *right = b;

	return strcmp(left->device, right->device) == 0;
}

/* A list of config.json as the structs have it: a number, and a pointer behind it. */
struct list {
	size_t count;
	void *items;
};

static const struct {
	size_t offset;		/* of the number, in struct spec_resources */
	size_t size;		/* of an item */
	same_function *same;
} lists[] = {
#define AT(member) offsetof(struct spec_resources, member)
	{ AT(block_io.weight_device_count), sizeof(struct spec_weight_device), is_same_weight },
	{ AT(block_io.read_bps), sizeof(struct spec_throttle_device), is_same_throttle },
	{ AT(block_io.write_bps), sizeof(struct spec_throttle_device), is_same_throttle },
	{ AT(block_io.read_iops), sizeof(struct spec_throttle_device), is_same_throttle },
	{ AT(block_io.write_iops), sizeof(struct spec_throttle_device), is_same_throttle },
	{ AT(hugepage_count), sizeof(struct spec_hugepage_limit), is_same_page },
	{ AT(rdma_count), sizeof(struct spec_rdma), is_same_adapter },
#undef AT
};

/* Items of @kept that none of @asked is about, then those of @asked. */
static struct list merge(struct arena *arena, const struct list *kept, const struct list *asked,
			 size_t size, same_function *same)
{
	char *items = arena_array(arena, kept->count + asked->count, size);
	size_t count = 0;

	for (size_t i = 0; i < kept->count; i++) {
		const char *item = (const char *)kept->items + i * size;
		bool replaced = false;

		for (size_t j = 0; j < asked->count; j++)
			replaced = replaced || same(item, (const char *)asked->items + j * size);
		if (!replaced)
			memcpy(items + size * count++, item, size);
	}
	if (asked->count > 0)
		memcpy(items + size * count, asked->items, size * asked->count);
	return (struct list){ count + asked->count, items };
}

void plan_update_merge_lists(struct arena *arena, const struct spec_resources *kept,
			     const struct spec_resources *asked, struct spec_resources *all)
{
	for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
		struct list from, add;

		memcpy(&from, (const char *)kept + lists[i].offset, sizeof(from));
		memcpy(&add, (const char *)asked + lists[i].offset, sizeof(add));
		if (add.count == 0)
			continue;
		from = merge(arena, &from, &add, lists[i].size, lists[i].same);
		memcpy((char *)all + lists[i].offset, &from, sizeof(from));
	}
}

void plan_update_take_lists(const struct spec_resources *asked, struct spec_resources *written)
{
	for (size_t i = 0; i < ARRAY_SIZE(lists); i++)
		memcpy((char *)written + lists[i].offset, (const char *)asked + lists[i].offset,
		       sizeof(struct list));
}

static bool is_any(const struct spec_i64 *number)
{
	return !number->set || number->value == -1;
}

static bool has_all_access(const struct spec_device_rule *rule)
{
	return !rule->access || strlen(rule->access) == strlen("rwm");
}

static bool denies_everything(const struct spec_device_rule *rule)
{
	return !rule->allow && rule->type == 'a' && is_any(&rule->major) && is_any(&rule->minor) &&
	       has_all_access(rule);
}

static bool is_same_number(const struct spec_i64 *a, const struct spec_i64 *b)
{
	return is_any(a) ? is_any(b) : !is_any(b) && a->value == b->value;
}

/* Letters in another order are no other rule; such a one stays, and changes nothing. */
static bool is_same_rule(const void *a, const void *b)
{
	const struct spec_device_rule *left = a;
	const struct spec_device_rule *right = b;

	return left->allow == right->allow && left->type == right->type &&
	       is_same_number(&left->major, &right->major) &&
	       is_same_number(&left->minor, &right->minor) &&
	       strcmp(left->access ? left->access : "rwm", right->access ? right->access : "rwm") == 0;
}

bool plan_update_merge_devices(struct arena *arena, const struct spec_resources *kept,
			       const struct spec_resources *asked, struct spec_resources *all)
{
	size_t first = 0;
	struct list from = { kept->device_count, kept->devices };
	struct list add;

	while (first < asked->device_count && denies_everything(&asked->devices[first]))
		first++;
	if (first == asked->device_count)
		return false;
	add = (struct list){ asked->device_count - first, asked->devices + first };
	/* Of equal rules the last one decides: the list does not grow with every call. */
	from = merge(arena, &from, &add, sizeof(struct spec_device_rule), is_same_rule);
	all->device_count = from.count;
	all->devices = from.items;
	return true;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * Asking a rule of policy, and the words in which it refuses. All refusals go
 * through here, so that each names its rule, the policy, the line of the site
 * file that set it, the place in config.json and what to do.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sched.h>

#include "base/text.h"
#include "plan_sections.h"

#define LIST_FIRST 8
#define REASON_MAX 512

void *plan_list_add(struct plan_input *in, struct plan_list *list, size_t size)
{
	if (list->count == list->capacity) {
		size_t capacity = list->capacity ? list->capacity * 2 : LIST_FIRST;
		void *items = arena_array(&in->plan->arena, capacity, size);

		if (list->count > 0)
			memcpy(items, list->items, list->count * size);
		list->items = items;
		list->capacity = capacity;
	}
	return (char *)list->items + size * list->count++;
}

char *plan_pointer(struct plan_input *in, const char *parent, const char *key)
{
	char *out = arena_alloc(&in->plan->arena, strlen(parent) + strlen(key) * 2 + 2);
	char *to = stpcpy(out, parent);

	*to++ = '/';
	for (; *key; key++) {
		if (*key == '~' || *key == '/') {
			*to++ = '~';
			*to++ = *key == '/' ? '1' : '0';
		} else {
			*to++ = *key;
		}
	}
	return out;
}

enum policy_mode plan_mode(const struct plan_input *in, enum policy_item item)
{
	return in->policy->modes[item];
}

bool plan_enforces(const struct plan_input *in, enum policy_item item)
{
	return plan_mode(in, item) == POLICY_ENFORCE;
}

bool plan_imposes(const struct plan_input *in, enum policy_item item)
{
	return plan_mode(in, item) == POLICY_ENFORCE || plan_mode(in, item) == POLICY_DENY;
}

bool plan_audits(const struct plan_input *in, enum policy_item item)
{
	return plan_mode(in, item) == POLICY_AUDIT;
}

struct plan_why plan_why(enum plan_origin origin, enum policy_item item, const char *path)
{
	struct plan_why why = { .origin = origin, .path = path };

	if (item < POLICY_ITEMS)
		why.item = policy_item_id(item);
	return why;
}

static int refuse(const struct policy *rules, enum policy_item item, const char *path,
		  const char *advice, const char *reason, struct error *err)
{
	const struct policy *policy = policy_owner(rules, item);
	auto_text rule = TEXT_INIT(ERROR_MESSAGE_MAX);
	auto_text place = TEXT_INIT(ERROR_MESSAGE_MAX);

	text_appendf(&rule, "rule %s of policy %s", policy_item_id(item), policy->name);
	if (policy->lines[item] > 0 && policy->file)
		text_appendf(&rule, ", %s:%u", policy->file, policy->lines[item]);
	if (path)
		text_appendf(&place, " (%s)", path);
	return error_set(err, ERROR_POLICY, 0, "%s: %s%s: %s", text_string(&rule), reason,
			 text_string(&place), advice);
}

int plan_refusal(const struct policy *policy, enum policy_item item, const char *path,
		 struct error *err, const char *advice, const char *format, ...)
{
	char reason[REASON_MAX];
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(reason, sizeof(reason), format, arguments);
	va_end(arguments);
	return refuse(policy, item, path, advice, reason, err);
}

static struct plan_finding *find(struct plan_input *in, const char *item, const char *path,
				 const char *text)
{
	struct plan_finding *finding = plan_list_add(in, &in->findings, sizeof(*finding));

	finding->item = item;
	finding->path = arena_strdup(&in->plan->arena, path);
	finding->text = arena_strdup(&in->plan->arena, text);
	return finding;
}

void plan_find(struct plan_input *in, enum policy_item item, const char *path, const char *text)
{
	find(in, policy_item_id(item), path, text);
}

int plan_breach(struct plan_input *in, enum policy_item item, const char *path, struct error *err,
		const char *advice, const char *format, ...)
{
	char reason[REASON_MAX];
	va_list arguments;

	if (plan_mode(in, item) == POLICY_OFF)
		return 0;
	va_start(arguments, format);
	(void)vsnprintf(reason, sizeof(reason), format, arguments);
	va_end(arguments);
	if (!plan_audits(in, item))
		return refuse(in->policy, item, path, advice, reason, err);

	plan_find(in, item, path, reason);
	return 0;
}

void plan_not_applied(struct plan_input *in, enum policy_item item, const char *format, ...)
{
	char reason[REASON_MAX];
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(reason, sizeof(reason), format, arguments);
	va_end(arguments);
	find(in, policy_item_id(item), NULL, reason)->not_applied = true;
}

void plan_left_out(struct plan_input *in, const char *path, const char *format, ...)
{
	char reason[REASON_MAX];
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(reason, sizeof(reason), format, arguments);
	va_end(arguments);
	find(in, NULL, path, reason)->not_applied = true;
}

char *plan_normalize(struct plan_input *in, const char *path)
{
	char *out = arena_alloc(&in->plan->arena, strlen(path) + 2);
	size_t size = 0;

	for (;;) {
		size_t length;

		path += strspn(path, "/");
		length = strcspn(path, "/");
		if (length == 0)
			break;
		if (length == 2 && memcmp(path, "..", 2) == 0) {
			while (size > 0 && out[--size] != '/')
				;
		} else if (length != 1 || path[0] != '.') {
			out[size++] = '/';
			memcpy(out + size, path, length);
			size += length;
		}
		path += length;
	}
	if (size == 0)
		out[size++] = '/';
	out[size] = '\0';
	return out;
}

bool plan_is_below(const char *path, const char *top)
{
	size_t length = strlen(top);

	if (strcmp(top, "/") == 0)
		return true;
	return strncmp(path, top, length) == 0 && (path[length] == '/' || path[length] == '\0');
}

bool plan_has_namespace(const struct plan *plan, int type)
{
	if (plan->new_namespaces & (unsigned int)type)
		return true;
	for (size_t i = 0; i < plan->join_count; i++) {
		if (plan->joins[i].type == type)
			return true;
	}
	return false;
}

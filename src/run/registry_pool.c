/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * What is built in leaves out what the host's files give to others: they were there first. A pool
 * that the site chose was meant to be the containers' alone, and what else has its ids is said.
 */
#include "registry_pool.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "registry_entry.h"

#define STEP ((uint64_t)REGISTRY_STEP)

void registry_pool_free(struct registry_pool *pool)
{
	free(pool->spans);
	pool->spans = NULL;
	accounts_free(&pool->given);
}

/* Whole steps only. The last id of all is no id, and below the first step are the host's users. */
static void pool_add(struct registry_pool *pool, uint64_t first, uint64_t last)
{
	uint64_t begin = (first + STEP - 1) / STEP;
	uint64_t end = (last + 1) / STEP;

	if (begin < 1)
		begin = 1;
	if (end > REGISTRY_STEPS - 1)
		end = REGISTRY_STEPS - 1;
	if (begin < end)
		pool->spans[pool->count++] = (struct registry_span){ (uint32_t)begin, (uint32_t)end };
}

/* The ids of an owner in one file, neighbours made one, in order. */
struct owned {
	size_t count;
	struct accounts_span *spans;
};

static int compare_spans(const void *a, const void *b)
{
	const struct accounts_span *left = a;
	const struct accounts_span *right = b;

	return left->first < right->first ? -1 : left->first > right->first;
}

static bool is_of(const struct accounts_span *span, const char *owner)
{
	return (span->source == ACCOUNTS_SUBUID || span->source == ACCOUNTS_SUBGID) &&
	       strlen(owner) == (size_t)span->name_size &&
	       memcmp(span->name, owner, (size_t)span->name_size) == 0;
}

static void join_neighbours(struct owned *owned)
{
	size_t count = 0;

	if (owned->count > 1)
		qsort(owned->spans, owned->count, sizeof(*owned->spans), compare_spans);
	for (size_t i = 0; i < owned->count; i++) {
		const struct accounts_span *span = &owned->spans[i];

		if (count > 0 && span->first <= owned->spans[count - 1].last + 1) {
			if (span->last > owned->spans[count - 1].last)
				owned->spans[count - 1].last = span->last;
		} else {
			owned->spans[count++] = *span;
		}
	}
	owned->count = count;
}

static int read_owned(const struct accounts *all, const char *owner, enum accounts_source source,
		      struct owned *out, struct error *err)
{
	out->spans = calloc(all->count + 1, sizeof(*out->spans));
	if (!out->spans)
		return error_system(err, "read the ids of '%s'", owner);
	for (size_t i = 0; i < all->count; i++)
		if (all->spans[i].source == source && is_of(&all->spans[i], owner))
			out->spans[out->count++] = all->spans[i];
	join_neighbours(out);
	return 0;
}

static void describe(const struct owned *owned, struct text *out)
{
	if (owned->count == 0)
		text_append(out, "none");
	for (size_t i = 0; i < owned->count && i < 3; i++)
		text_appendf(out, "%s%llu to %llu", i > 0 ? ", " : "",
			     (unsigned long long)owned->spans[i].first,
			     (unsigned long long)owned->spans[i].last);
	if (owned->count > 3)
		text_appendf(out, " and %zu more", owned->count - 3);
}

static int refuse_owner(const char *owner, const struct owned *uids, const struct owned *gids,
			struct error *err)
{
	auto_text in_uids = TEXT_INIT(256);
	auto_text in_gids = TEXT_INIT(256);

	describe(uids, &in_uids);
	describe(gids, &in_gids);
	return error_set(err, ERROR_HOST, 0,
			 "the pool of the policy is what '%s' has in /etc/subuid and /etc/subgid: the "
			 "first gives %s, the second %s; give '%s' the same in both, from %u up, or name "
			 "first and last in the policy", owner, text_string(&in_uids),
			 text_string(&in_gids), owner, REGISTRY_STEP);
}

static int read_subordinate(struct registry_pool *pool, const struct owned *uids,
			    const struct owned *gids, struct error *err)
{
	const char *owner = pool->policy->subordinate;
	bool same = uids->count > 0 && uids->count == gids->count;

	for (size_t i = 0; same && i < uids->count; i++)
		same = uids->spans[i].first == gids->spans[i].first &&
		       uids->spans[i].last == gids->spans[i].last;
	if (!same)
		return refuse_owner(owner, uids, gids, err);
	pool->spans = calloc(uids->count, sizeof(*pool->spans));
	if (!pool->spans)
		return error_system(err, "read the ids of '%s'", owner);
	for (size_t i = 0; i < uids->count; i++)
		pool_add(pool, uids->spans[i].first, uids->spans[i].last);
	if (pool->count > 0)
		return 0;
	return error_set(err, ERROR_HOST, 0,
			 "what '%s' has in /etc/subuid and /etc/subgid, %llu to %llu, holds no whole range: "
			 "ranges of the policy's pool begin at multiples of %u and have %u ids; give '%s' ids "
			 "from such a multiple on, or name first and last in the policy", owner,
			 (unsigned long long)uids->spans[0].first,
			 (unsigned long long)uids->spans[uids->count - 1].last, REGISTRY_STEP,
			 REGISTRY_STEP, owner);
}

static int read_spans(struct registry_pool *pool, struct error *err)
{
	const struct policy_pool *policy = pool->policy;
	struct owned uids = { 0 };
	struct owned gids = { 0 };
	int result = -1;

	if (!policy->subordinate) {
		pool->spans = calloc(1, sizeof(*pool->spans));
		if (!pool->spans)
			return error_system(err, "read the pool of id ranges");
		pool_add(pool, policy->first, policy->last);
		return 0;
	}
	if (read_owned(&pool->given, policy->subordinate, ACCOUNTS_SUBUID, &uids, err) == 0 &&
	    read_owned(&pool->given, policy->subordinate, ACCOUNTS_SUBGID, &gids, err) == 0)
		result = read_subordinate(pool, &uids, &gids, err);
	free(uids.spans);
	free(gids.spans);
	return result;
}

bool registry_pool_has(const struct registry_pool *pool, uint32_t step)
{
	for (size_t i = 0; i < pool->count; i++)
		if (step >= pool->spans[i].begin && step < pool->spans[i].end)
			return true;
	return false;
}

static bool touches(const struct registry_pool *pool, const struct accounts_span *given)
{
	for (size_t i = 0; i < pool->count; i++)
		if (given->first < pool->spans[i].end * STEP &&
		    given->last >= pool->spans[i].begin * STEP)
			return true;
	return false;
}

/* What is left says what others have of the pool. */
static void drop_others(struct registry_pool *pool)
{
	struct accounts *given = &pool->given;
	size_t count = 0;

	for (size_t i = 0; i < given->count; i++) {
		if ((pool->policy->subordinate && is_of(&given->spans[i], pool->policy->subordinate)) ||
		    !touches(pool, &given->spans[i]))
			continue;
		given->spans[count++] = given->spans[i];
	}
	given->count = count;
}

int registry_pool_read(const struct policy_pool *policy, struct registry_pool *out,
		       struct error *err)
{
	out->policy = policy;
	out->steps = (policy->range + REGISTRY_STEP - 1) / REGISTRY_STEP;
	if (accounts_read(REGISTRY_STEP, &out->given, err) || read_spans(out, err))
		return -1;
	drop_others(out);
	if (out->given.count > 0 && (policy->chosen || policy->subordinate))
		out->overlap = &out->given.spans[0];
	return 0;
}

const struct accounts_span *registry_pool_given(const struct registry_pool *pool, uint32_t step)
{
	return accounts_hold(&pool->given, step * STEP, (step + 1) * STEP - 1);
}

void registry_pool_name(const struct registry_pool *pool, struct text *out)
{
	if (pool->policy->subordinate)
		text_appendf(out, "the pool of '%s' in /etc/subuid", pool->policy->subordinate);
	else
		text_appendf(out, "the pool %u to %u", pool->policy->first, pool->policy->last);
}

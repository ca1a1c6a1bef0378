/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * Reads every file: only who is refused, or asks, waits for that.
 */
#include "registry_report.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "registry_directory.h"
#include "registry_entry.h"
#include "run/registry.h"

#define NAMED_MAX 3u
#define WHO_MAX 600u

/* Files that are there, and later the ranges that they make up. */
struct survey {
	struct registry_listing *out;
	const struct registry_pool *pool;
	uint8_t *held;		/* a byte a step */
	struct registry_witness witness;
};

static int note_step(int dir, uint32_t step, void *data)
{
	struct survey *survey = data;

	(void)dir;
	survey->held[step] = 1;
	return 0;
}

static const char *say_given(const struct accounts_span *given, struct arena *arena)
{
	auto_text name = TEXT_INIT(256);

	text_append_escaped(&name, arena_strndup(arena, given->name, (size_t)given->name_size));
	return arena_printf(arena, "%s in %s", text_string(&name), accounts_path(given->source));
}

static struct registry_range make_range(struct survey *survey, uint32_t step, const char *entry)
{
	struct arena *arena = &survey->out->arena;
	const struct accounts_span *given = registry_pool_given(survey->pool, step);
	auto_free char *holder = entry && entry[0] ? registry_entry_holder(entry) : NULL;
	char *space = holder ? strrchr(holder, ' ') : NULL;
	struct registry_range range = {
		.first = step * REGISTRY_STEP,
		.count = REGISTRY_STEP,
		.state = registry_entry_judge(entry, step, &survey->witness),
		.in_pool = registry_pool_has(survey->pool, step),
		.also = given ? say_given(given, arena) : NULL,
	};

	if (space) {
		range.id = arena_strdup(arena, space + 1);
		range.state_root = arena_strndup(arena, holder, (size_t)(space - holder));
	}
	return range;
}

/* One range of several steps has the same text in all of their files. */
static bool goes_on(const struct registry_listing *out, const struct registry_range *next)
{
	const struct registry_range *before;

	if (out->count == 0 || !next->id)
		return false;
	before = &out->ranges[out->count - 1];
	return before->id && before->first + before->count == next->first &&
	       strcmp(before->id, next->id) == 0 && strcmp(before->state_root, next->state_root) == 0;
}

static void add_range(struct survey *survey, const struct registry_range *range)
{
	struct registry_listing *out = survey->out;
	struct registry_range *before;

	if (!goes_on(out, range)) {
		out->ranges[out->count++] = *range;
		return;
	}
	before = &out->ranges[out->count - 1];
	before->count += range->count;
	before->in_pool = before->in_pool || range->in_pool;
	if (!before->also)
		before->also = range->also;
	/* Processes of a part are processes of the whole. */
	if (before->state == REGISTRY_LEFT)
		before->state = range->state;
}

static void read_ranges(struct survey *survey, int dir)
{
	for (uint32_t step = 0; step < REGISTRY_STEPS; step++) {
		auto_free char *entry = NULL;
		struct registry_range range;
		char name[16];

		if (!survey->held[step])
			continue;
		registry_name(step, name);
		entry = registry_entry_read(dir, name);
		/* Freed meanwhile. */
		if (!entry && faccessat(dir, name, F_OK, AT_SYMLINK_NOFOLLOW)) {
			survey->held[step] = 0;
			continue;
		}
		range = make_range(survey, step, entry);
		add_range(survey, &range);
	}
}

static void count_ranges(const struct survey *survey)
{
	const struct registry_pool *pool = survey->pool;
	struct registry_listing *out = survey->out;

	for (size_t i = 0; i < pool->count; i++) {
		uint32_t run = 0;

		out->total += (pool->spans[i].end - pool->spans[i].begin) / pool->steps;
		for (uint32_t step = pool->spans[i].begin; step < pool->spans[i].end; step++) {
			run++;
			if (survey->held[step] || registry_pool_given(pool, step))
				run = 0;
			if (run == pool->steps) {
				out->free++;
				run = 0;
			}
		}
	}
	for (size_t i = 0; i < out->count; i++)
		out->held += out->ranges[i].in_pool;
}

static void name_given(const struct registry_pool *pool, struct registry_listing *out)
{
	out->given = arena_array(&out->arena, pool->given.count, sizeof(*out->given));
	for (size_t i = 0; i < pool->given.count; i++) {
		const struct accounts_span *span = &pool->given.spans[i];

		out->given[out->given_count++] =
			arena_printf(&out->arena, "%s: %llu to %llu", say_given(span, &out->arena),
				     (unsigned long long)span->first, (unsigned long long)span->last);
	}
}

static int list_pool(const struct registry_pool *pool, struct registry_listing *out,
		     struct error *err)
{
	auto_fd dir = open(REGISTRY_DIRECTORY, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	auto_text name = TEXT_INIT(512);
	auto_free uint8_t *held = calloc(REGISTRY_STEPS, 1);
	struct survey survey = { .out = out, .pool = pool, .held = held };
	size_t count = 0;

	if (!held)
		return error_system(err, "read the registry of id ranges");
	if (dir < 0 && errno != ENOENT)
		return error_system(err, "open %s", REGISTRY_DIRECTORY);
	if (dir >= 0 && registry_each(dir, note_step, &survey, err))
		return -1;
	for (uint32_t step = 0; step < REGISTRY_STEPS; step++)
		count += held[step];
	out->ranges = arena_array(&out->arena, count, sizeof(*out->ranges));
	if (dir >= 0)
		read_ranges(&survey, dir);
	registry_witness_free(&survey.witness);
	registry_pool_name(pool, &name);
	out->pool = arena_strdup(&out->arena, text_string(&name));
	out->range = pool->policy->range;
	count_ranges(&survey);
	name_given(pool, out);
	return 0;
}

int registry_list(const struct policy_pool *policy, struct registry_listing *out, struct error *err)
{
	auto_registry_pool pool = { 0 };

	if (registry_pool_read(policy, &pool, err))
		return -1;
	return list_pool(&pool, out, err);
}

void registry_listing_free(struct registry_listing *listing)
{
	arena_free(&listing->arena);
	*listing = (struct registry_listing){ .count = 0 };
}

/* " (a of /run/orlop, b of /run/other and 7 more)" */
static void name_holders(const struct registry_listing *listing, struct text *out)
{
	uint64_t named = 0;

	for (size_t i = 0; i < listing->count && named < NAMED_MAX; i++) {
		const struct registry_range *range = &listing->ranges[i];

		if (!range->in_pool)
			continue;
		text_append(out, named == 0 ? " (" : ", ");
		if (range->id)
			text_appendf(out, "%.64s of %.128s", range->id, range->state_root);
		else
			text_appendf(out, "one at %u whose entry cannot be read", range->first);
		named++;
	}
	if (listing->held > named)
		text_appendf(out, " and %llu more", (unsigned long long)(listing->held - named));
	text_append(out, named > 0 ? ")" : "");
}

static void name_accounts(const struct registry_listing *listing, struct text *out)
{
	if (listing->given_count == 0)
		return;
	text_appendf(out, "; the host has given away %.200s", listing->given[0]);
	if (listing->given_count > 1)
		text_appendf(out, " and %zu more", listing->given_count - 1);
}

static void name_outside(const struct registry_listing *listing, struct text *out)
{
	size_t outside = 0;

	for (size_t i = 0; i < listing->count; i++)
		outside += !listing->ranges[i].in_pool;
	if (outside > 0)
		text_appendf(out, "; %zu more are held outside the pool", outside);
}

static void say_counts(const struct registry_listing *listing, struct text *out)
{
	text_appendf(out, "%s has room for %llu such ranges, %llu of them free, and containers hold "
		     "%llu", listing->pool, (unsigned long long)listing->total,
		     (unsigned long long)listing->free, (unsigned long long)listing->held);
	name_holders(listing, out);
	name_outside(listing, out);
}

int registry_refuse_exhausted(const struct registry_pool *pool, struct error *err)
{
	auto_registry_listing listing = { .count = 0 };
	auto_text who = TEXT_INIT(WHO_MAX);

	if (list_pool(pool, &listing, err))
		return -1;
	say_counts(&listing, &who);
	name_accounts(&listing, &who);
	return error_set(err, ERROR_HOST, 0,
			 "no range of %u host ids is free: %s; delete containers ('orlop ids' lists "
			 "them), or give \"pool\" in the policy more ids", listing.range,
			 text_string(&who));
}

int registry_refuse_overlap(const struct registry_pool *pool, struct error *err)
{
	auto_registry_listing listing = { .count = 0 };
	auto_text whose = TEXT_INIT(WHO_MAX);
	auto_text who = TEXT_INIT(WHO_MAX);

	if (list_pool(pool, &listing, err))
		return -1;
	text_join(&whose, listing.given, listing.given_count < 2 ? listing.given_count : 2, ", ");
	if (listing.given_count > 2)
		text_appendf(&whose, " and %zu more", listing.given_count - 2);
	say_counts(&listing, &who);
	return error_set(err, ERROR_HOST, 0,
			 "others have ids of the pool that the policy names: %.300s; give them or \"pool\" "
			 "in the policy other ids. Of ranges of %u, %s", text_string(&whose), listing.range,
			 text_string(&who));
}

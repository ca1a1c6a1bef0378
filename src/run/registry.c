/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * One file a step, named by its first host id, that says who holds it
 * (registry_entry.h). The name is the claim: O_EXCL lets one caller have it. A
 * map says where to look (registry_map.h), and its lock serialises the search.
 * Ranges are handed out in turn, so that a freed range is not used again at once.
 *
 * What a holder that is gone for sure has left is taken back when nothing else
 * is free. That is how a crash between taking a range and recording it is made
 * good, and why the directory needs no scan at start.
 */
#include "run/registry.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/text.h"
#include "registry_directory.h"
#include "registry_entry.h"
#include "registry_map.h"
#include "registry_pool.h"
#include "registry_report.h"

#define REGISTRY_ENTRY_MAX 8192u

/* More names than this are found faster in the directory's list. */
#define REGISTRY_NAMES_MAX 64u

static int registry_open(struct error *err)
{
	auto_fd dir = open(REGISTRY_DIRECTORY, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	if (dir < 0 && errno == ENOENT) {
		if ((mkdir("/run/orlop", 0700) && errno != EEXIST) ||
		    (mkdir(REGISTRY_DIRECTORY, 0700) && errno != EEXIST))
			return error_system(err, "make the registry of id ranges %s",
					    REGISTRY_DIRECTORY);
		dir = open(REGISTRY_DIRECTORY, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	}
	if (dir < 0 || fstat(dir, &st))
		return error_system(err, "open the registry of id ranges %s", REGISTRY_DIRECTORY);
	if (st.st_uid != 0 || (st.st_mode & 077))
		return error_set(err, ERROR_HOST, 0, "%s must belong to root and have mode 0700",
				 REGISTRY_DIRECTORY);
	return take_fd(&dir);
}

/* One file. Return: 1, 0 when somebody else holds it, or -1. */
static int registry_claim(int dir, uint32_t step, const char *entry, struct error *err)
{
	auto_fd file = -1;
	char name[16];

	registry_name(step, name);
	file = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (file < 0 && errno == EEXIST)
		return 0;
	if (file < 0)
		return error_system(err, "claim id range %s", name);
	if (fd_write_once(file, entry, strlen(entry), err) == 0)
		return 1;
	/* One that stays is empty or cut, and is taken back as any other. */
	(void)unlinkat(dir, name, 0);
	return error_prefix(err, "claim id range %s", name);
}

/*
 * A range of several steps claims each of its steps, so that one rule serves
 * for all sizes: a step of 65,536 ids belongs to whom its file names.
 */
static int registry_claim_all(int dir, struct registry_map *map, uint32_t first, uint32_t steps,
			      const char *entry, struct error *err)
{
	for (uint32_t i = 0; i < steps; i++) {
		int got = registry_claim(dir, first + i, entry, err);
		char name[16];

		if (got == 1)
			continue;
		if (got == 0)
			registry_map_hold(map, first + i, 1, first + i + 1);
		/* A step that stays is taken back as any other whose holder is gone. */
		while (i-- > 0) {
			registry_name(first + i, name);
			(void)unlinkat(dir, name, 0);
		}
		return got;
	}
	registry_map_hold(map, first, steps, first + steps);
	return 1;
}

/* As many free steps side by side as a range has, from @begin up to @end. */
static bool registry_find_between(struct registry_map *map, const struct registry_pool *pool,
				  uint32_t begin, uint32_t end, uint32_t *first)
{
	const struct accounts_span *given;
	uint32_t run = 0;

	for (uint64_t at = begin; at < end; at++) {
		if (registry_map_held(map, (uint32_t)at)) {
			run = 0;
		} else if ((given = registry_pool_given(pool, (uint32_t)at))) {
			at = given->last / REGISTRY_STEP;
			run = 0;
		} else if (++run == pool->steps) {
			*first = (uint32_t)at - (run - 1);
			return true;
		}
	}
	return false;
}

/* From where the last search ended, and then from the beginning. */
static bool registry_find_free(struct registry_map *map, const struct registry_pool *pool,
			       uint32_t *first)
{
	for (int round = 0; round < 2; round++) {
		uint32_t from = round == 0 ? map->next : 0;

		for (size_t i = 0; i < pool->count; i++) {
			uint32_t begin = pool->spans[i].begin > from ? pool->spans[i].begin : from;

			if (registry_find_between(map, pool, begin, pool->spans[i].end, first))
				return true;
		}
	}
	return false;
}

struct registry_refresh {
	uint8_t *held;
	bool take_back;			/* what nobody holds any more */
	struct registry_witness witness;
	struct error *err;
};

static int registry_refresh_visit(int dir, uint32_t step, void *data)
{
	struct registry_refresh *refresh = data;
	auto_free char *entry = NULL;
	char name[16];

	refresh->held[step] = 1;
	if (!refresh->take_back)
		return 0;
	registry_name(step, name);
	entry = registry_entry_read(dir, name);
	if (registry_entry_judge(entry, step, &refresh->witness) != REGISTRY_LEFT)
		return 0;
	if (unlinkat(dir, name, 0) && errno != ENOENT)
		return error_system(refresh->err, "take back id range %s", name);
	refresh->held[step] = 0;
	return 0;
}

/* Looks at every file, and begins the map anew. */
static int registry_refresh(int dir, struct registry_map *map, bool take_back, struct error *err)
{
	struct registry_refresh refresh = { .held = calloc(REGISTRY_STEPS, 1),
					    .take_back = take_back, .err = err };
	int result;

	if (!refresh.held)
		return error_system(err, "read the registry of id ranges");
	result = registry_each(dir, registry_refresh_visit, &refresh, err);
	registry_witness_free(&refresh.witness);
	if (result == 0)
		registry_map_replace(map, &refresh.held);
	free(refresh.held);
	return result;
}

/* Return: 1, 0 when none is noted as free, or -1. */
static int registry_search(int dir, struct registry_map *map, const struct registry_pool *pool,
			   const char *entry, uint32_t *first, struct error *err)
{
	uint32_t step;

	while (registry_find_free(map, pool, &step)) {
		int got = registry_claim_all(dir, map, step, pool->steps, entry, err);

		if (got == 0)
			continue;
		*first = step * REGISTRY_STEP;
		return got;
	}
	return 0;
}

static int registry_take_locked(int dir, struct registry_map *map, const struct registry_pool *pool,
				const char *entry, uint32_t *first, struct error *err)
{
	int got;

	if (map->fresh && registry_refresh(dir, map, false, err))
		return -1;
	got = registry_search(dir, map, pool, entry, first, err);
	if (got != 0)
		return got;
	if (registry_refresh(dir, map, true, err))
		return -1;
	return registry_search(dir, map, pool, entry, first, err);
}

int registry_take(const struct policy_pool *policy, const char *state_root, const char *id,
		  uint32_t *first, struct error *err)
{
	auto_text entry = TEXT_INIT(REGISTRY_ENTRY_MAX);
	auto_registry_pool pool = { 0 };
	auto_registry_map map = REGISTRY_MAP_NULL;
	auto_fd dir = -1;
	int got;

	if (registry_pool_read(policy, &pool, err) ||
	    registry_entry_write(state_root, id, &entry, err))
		return -1;
	if (pool.overlap)
		return registry_refuse_overlap(&pool, err);
	dir = registry_open(err);
	if (dir < 0 || registry_map_open(dir, &map, err))
		return -1;
	got = registry_take_locked(dir, &map, &pool, text_string(&entry), first, err);
	if (got != 0)
		return got < 0 ? -1 : 0;
	/* Saying who holds them takes its time: others need not wait for that. */
	registry_map_close(&map);
	return registry_refuse_exhausted(&pool, err);
}

struct registry_container {
	const char *state_root;
	const char *id;
};

/* Frees a step if the container holds it. */
static int registry_release(int dir, uint32_t step, const struct registry_container *container,
			    struct error *err)
{
	auto_free char *found = NULL;
	char name[16];

	registry_name(step, name);
	found = registry_entry_read(dir, name);
	if (!found || !registry_entry_is_of(found, container->state_root, container->id))
		return 0;
	if (unlinkat(dir, name, 0) && errno != ENOENT)
		return error_system(err, "free id range %s", name);
	registry_map_free(dir, step);
	return 0;
}

int registry_give_back(uint32_t first, uint32_t count, const char *state_root, const char *id,
		       struct error *err)
{
	const struct registry_container container = { state_root, id };
	auto_fd dir = registry_open(err);

	if (dir < 0)
		return -1;
	for (uint64_t at = first; at < (uint64_t)first + count; at += REGISTRY_STEP)
		if (registry_release(dir, (uint32_t)(at / REGISTRY_STEP), &container, err))
			return -1;
	return 0;
}

struct registry_release_all {
	struct registry_container container;
	struct error *err;
};

static int registry_release_visit(int dir, uint32_t step, void *data)
{
	const struct registry_release_all *all = data;

	return registry_release(dir, step, &all->container, all->err);
}

int registry_give_back_all(const char *state_root, const char *id, struct error *err)
{
	struct registry_release_all all = { .container = { state_root, id }, .err = err };

	return registry_each_in_place(registry_release_visit, &all, err);
}

struct registry_search_holder {
	struct registry_container container;
	uint64_t first;
	uint64_t last;
	bool found;
};

/* The steps of one range are neighbours: the lowest and the highest make it up. */
static int registry_find_visit(int dir, uint32_t step, void *data)
{
	struct registry_search_holder *search = data;
	uint64_t at = (uint64_t)step * REGISTRY_STEP;
	auto_free char *entry = NULL;
	char name[16];

	registry_name(step, name);
	entry = registry_entry_read(dir, name);
	if (!entry ||
	    !registry_entry_is_of(entry, search->container.state_root, search->container.id))
		return 0;
	if (!search->found || at < search->first)
		search->first = at;
	if (!search->found || at + REGISTRY_STEP > search->last)
		search->last = at + REGISTRY_STEP;
	search->found = true;
	return 0;
}

int registry_find(const char *state_root, const char *id, uint32_t *first, uint32_t *count,
		  struct error *err)
{
	struct registry_search_holder search = { .container = { state_root, id } };

	*first = *count = 0;
	if (registry_each_in_place(registry_find_visit, &search, err))
		return -1;
	*first = (uint32_t)search.first;
	*count = (uint32_t)(search.last - search.first);
	return 0;
}

struct registry_overlap {
	uint32_t begin;		/* the first step and the last */
	uint32_t last;
	char *holder;
	struct registry_witness witness;
	struct error *err;
};

static int registry_overlap_visit(int dir, uint32_t step, void *data)
{
	struct registry_overlap *overlap = data;
	auto_free char *entry = NULL;
	char name[16];

	if (step < overlap->begin || step > overlap->last)
		return 0;
	registry_name(step, name);
	entry = registry_entry_read(dir, name);
	if (!entry && faccessat(dir, name, F_OK, AT_SYMLINK_NOFOLLOW))
		return 0;
	if (registry_entry_judge(entry, step, &overlap->witness) == REGISTRY_LEFT)
		return 0;
	overlap->holder = entry ? registry_entry_holder(entry) : strdup("(its entry cannot be read)");
	return overlap->holder ? 1 : error_system(overlap->err, "say who holds id range %s", name);
}

static int registry_look_for_holder(struct registry_overlap *overlap, struct error *err)
{
	auto_fd dir = -1;
	int found = 0;

	if (overlap->last - overlap->begin >= REGISTRY_NAMES_MAX)
		return registry_each_in_place(registry_overlap_visit, overlap, err);
	dir = open(REGISTRY_DIRECTORY, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (dir < 0)
		return errno == ENOENT ? 0 : error_system(err, "open %s", REGISTRY_DIRECTORY);
	for (uint32_t step = overlap->begin; found == 0 && step <= overlap->last; step++)
		found = registry_overlap_visit(dir, step, overlap);
	return found;
}

int registry_holder(uint32_t first, uint32_t count, char **holder, struct error *err)
{
	struct registry_overlap overlap = {
		.begin = first / REGISTRY_STEP,
		.last = (uint32_t)(((uint64_t)first + count - 1) / REGISTRY_STEP),
		.err = err,
	};
	int found = registry_look_for_holder(&overlap, err);

	registry_witness_free(&overlap.witness);
	*holder = overlap.holder;
	return found < 0 ? -1 : 0;
}

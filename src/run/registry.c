/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * One file a range, named by its first host id, that says who holds it
 * (registry_entry.h). The name is the claim: O_EXCL lets one caller have it. A
 * lock file serialises the search and holds the place to go on from, so that
 * ranges are handed out in turn: the search is short, and a freed range is not
 * used again at once.
 *
 * A range is taken back when its holder is gone for sure. That is how a crash
 * between taking a range and recording it is made good, and why the directory
 * needs no scan at start.
 */
#include "run/registry.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "accounts.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/number.h"
#include "base/text.h"
#include "kernel/lock.h"
#include "registry_entry.h"

#define REGISTRY_LOCK "next"
#define REGISTRY_ENTRY_MAX 8192u

static int registry_open(struct error *err)
{
	auto_fd dir = -1;
	struct stat st;

	if ((mkdir("/run/orlop", 0700) && errno != EEXIST) ||
	    (mkdir(REGISTRY_DIRECTORY, 0700) && errno != EEXIST))
		return error_system(err, "make the registry of id ranges %s", REGISTRY_DIRECTORY);
	dir = open(REGISTRY_DIRECTORY, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (dir < 0 || fstat(dir, &st))
		return error_system(err, "open the registry of id ranges %s", REGISTRY_DIRECTORY);
	if (st.st_uid != 0 || (st.st_mode & 077))
		return error_set(err, ERROR_HOST, 0, "%s must belong to root and have mode 0700",
				 REGISTRY_DIRECTORY);
	return take_fd(&dir);
}

/* Locks, and reads where the last search ended. */
static int registry_lock(int dir, uint32_t *next, struct error *err)
{
	auto_fd lock = openat(dir, REGISTRY_LOCK, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	char text[16] = "";
	uint64_t value;
	ssize_t got;

	if (lock < 0)
		return error_system(err, "open the lock of the id registry");
	if (lock_take(lock, LOCK_WAIT_MS, err))
		return error_prefix(err, "the registry of id ranges %s", REGISTRY_DIRECTORY);
	got = pread(lock, text, sizeof(text) - 1, 0);
	*next = 0;
	if (got > 0 && number_parse_u64(text, UINT32_MAX, &value) == 0)
		*next = (uint32_t)value;
	return take_fd(&lock);
}

/* A place that is not remembered costs a longer search, nothing else. */
static void registry_remember(int lock, uint32_t next)
{
	char text[16];
	int length = snprintf(text, sizeof(text), "%u", next);

	if (pwrite(lock, text, (size_t)length, 0) == length)
		(void)!ftruncate(lock, length);
}

static int registry_name(uint32_t first, char name[16])
{
	return snprintf(name, 16, "%u", first);
}

/* One file. Return: 1, 0 when somebody else holds it, or -1. */
static int registry_claim(int dir, uint32_t first, const char *entry, struct error *err)
{
	auto_fd file = -1;
	char name[16];

	(void)registry_name(first, name);
	for (int attempt = 0; attempt < 2; attempt++) {
		auto_free char *other = NULL;

		file = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
		if (file >= 0) {
			if (fd_write_once(file, entry, strlen(entry), err) == 0)
				return 1;
			/* One that stays is empty or cut, and is taken back by who finds it. */
			(void)unlinkat(dir, name, 0);
			return error_prefix(err, "claim id range %u", first);
		}
		if (errno != EEXIST)
			return error_system(err, "claim id range %u", first);
		other = registry_entry_read(dir, name);
		if (!other)
			continue;
		if (!registry_entry_is_stale(other, first))
			return 0;
		if (unlinkat(dir, name, 0) && errno != ENOENT)
			return error_system(err, "take back id range %u", first);
	}
	return 0;
}

/*
 * A range of several steps claims each of its steps, so that one rule serves
 * for all sizes: a step of 65,536 ids belongs to whom its file names.
 */
static int registry_claim_all(int dir, uint32_t first, uint32_t steps, uint32_t step,
			      const char *entry, struct error *err)
{
	for (uint32_t i = 0; i < steps; i++) {
		int got = registry_claim(dir, first + i * step, entry, err);
		char name[16];

		if (got == 1)
			continue;
		/* A step that stays is taken back as any other whose holder is gone. */
		while (i-- > 0) {
			(void)registry_name(first + i * step, name);
			(void)unlinkat(dir, name, 0);
		}
		return got;
	}
	return 1;
}

static int registry_search(int dir, const struct policy_pool *pool,
			   const struct accounts *taken, const char *entry, uint32_t *next,
			   uint32_t *first, struct error *err)
{
	uint32_t steps = (pool->range + REGISTRY_STEP - 1) / REGISTRY_STEP;
	uint64_t begin = ((uint64_t)pool->first + REGISTRY_STEP - 1) / REGISTRY_STEP;
	uint64_t end = ((uint64_t)pool->last + 1) / REGISTRY_STEP; /* one past the last step */
	uint64_t slots = end > begin ? end - begin : 0;
	uint64_t held = 0;
	uint64_t at = *next / REGISTRY_STEP;

	if (at < begin || at >= end)
		at = begin;
	for (uint64_t tried = 0; tried < slots; tried++, at = at + 1 < end ? at + 1 : begin) {
		uint64_t low = at * REGISTRY_STEP;
		int got;

		if (at + steps > end ||
		    accounts_hold(taken, low, low + (uint64_t)steps * REGISTRY_STEP - 1))
			continue;
		got = registry_claim_all(dir, (uint32_t)low, steps, REGISTRY_STEP, entry, err);
		if (got < 0)
			return -1;
		if (got == 1) {
			*first = (uint32_t)low;
			*next = (uint32_t)(low + (uint64_t)steps * REGISTRY_STEP);
			return 0;
		}
		held++;
	}
	return error_set(err, ERROR_HOST, 0,
			 "no range of %u host ids is free: the pool %u to %u has room for %llu ranges, "
			 "of which containers hold %llu and the host's own accounts the others; "
			 "see %s and \"pool\" in the policy", pool->range, pool->first, pool->last,
			 (unsigned long long)slots, (unsigned long long)held, REGISTRY_DIRECTORY);
}

int registry_take(const struct policy_pool *pool, const char *state_root, const char *id,
		  uint32_t *first, struct error *err)
{
	auto_text entry = TEXT_INIT(REGISTRY_ENTRY_MAX);
	auto_accounts taken = { 0 };
	auto_fd dir = -1;
	auto_fd lock = -1;
	uint32_t next = 0;

	if (accounts_read(pool, &taken, err) || registry_entry_write(state_root, id, &entry, err))
		return -1;
	dir = registry_open(err);
	if (dir < 0)
		return -1;
	lock = registry_lock(dir, &next, err);
	if (lock < 0)
		return -1;
	if (registry_search(dir, pool, &taken, text_string(&entry), &next, first, err))
		return -1;
	registry_remember(lock, next);
	return 0;
}

struct registry_container {
	const char *state_root;
	const char *id;
};

/* Unlinks @name if the container holds it. */
static int registry_release(int dir, const char *name, const struct registry_container *container,
			    struct error *err)
{
	auto_free char *found = registry_entry_read(dir, name);

	if (!found || !registry_entry_is_of(found, container->state_root, container->id))
		return 0;
	if (unlinkat(dir, name, 0) && errno != ENOENT)
		return error_system(err, "free id range %s", name);
	return 0;
}

int registry_give_back(uint32_t first, const char *state_root, const char *id, struct error *err)
{
	const struct registry_container container = { state_root, id };
	auto_fd dir = registry_open(err);
	char name[16];

	if (dir < 0)
		return -1;
	for (uint64_t at = first; at <= UINT32_MAX; at += REGISTRY_STEP) {
		struct stat st;

		(void)registry_name((uint32_t)at, name);
		if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW))
			return 0;
		if (registry_release(dir, name, &container, err))
			return -1;
		/* The steps of one range are neighbours: stop at what was not ours. */
		if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0)
			return 0;
	}
	return 0;
}

/* Calls @visit for each range file; stops at the first non-zero answer and returns it. */
static int registry_each(int dir, int (*visit)(int dir, const char *name, void *data), void *data,
			 struct error *err)
{
	int copy = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *listing = copy < 0 ? NULL : fdopendir(copy);
	struct dirent *entry;
	int result = 0;

	if (!listing) {
		if (copy >= 0)
			(void)close(copy);
		return error_system(err, "list %s", REGISTRY_DIRECTORY);
	}
	while (result == 0 && (entry = readdir(listing)))
		if (entry->d_name[0] >= '0' && entry->d_name[0] <= '9')
			result = visit(dir, entry->d_name, data);
	(void)closedir(listing);
	return result;
}

struct registry_release_all {
	struct registry_container container;
	struct error *err;
};

static int registry_release_visit(int dir, const char *name, void *data)
{
	const struct registry_release_all *all = data;

	return registry_release(dir, name, &all->container, all->err);
}

int registry_give_back_all(const char *state_root, const char *id, struct error *err)
{
	struct registry_release_all all = { .container = { state_root, id }, .err = err };
	auto_fd dir = open(REGISTRY_DIRECTORY, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (dir < 0)
		return errno == ENOENT ? 0 : error_system(err, "open %s", REGISTRY_DIRECTORY);
	return registry_each(dir, registry_release_visit, &all, err);
}

struct registry_search_holder {
	struct registry_container container;
	uint64_t first;
	uint64_t last;
	bool found;
};

/* The steps of one range are neighbours: the lowest and the highest make it up. */
static int registry_find_visit(int dir, const char *name, void *data)
{
	struct registry_search_holder *search = data;
	auto_free char *entry = registry_entry_read(dir, name);
	uint64_t at;

	if (!entry || number_parse_u64(name, UINT32_MAX, &at) ||
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
	auto_fd dir = -1;

	*first = *count = 0;
	dir = open(REGISTRY_DIRECTORY, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (dir < 0)
		return errno == ENOENT ? 0 : error_system(err, "open %s", REGISTRY_DIRECTORY);
	if (registry_each(dir, registry_find_visit, &search, err))
		return -1;
	*first = (uint32_t)search.first;
	*count = (uint32_t)(search.last - search.first);
	return 0;
}

struct registry_overlap {
	uint64_t first;
	uint64_t last;
	char *holder;
	struct error *err;
};

static int registry_overlap_visit(int dir, const char *name, void *data)
{
	struct registry_overlap *overlap = data;
	auto_free char *entry = NULL;
	uint64_t at;

	if (number_parse_u64(name, UINT32_MAX, &at) || at > overlap->last ||
	    at + REGISTRY_STEP - 1 < overlap->first)
		return 0;
	entry = registry_entry_read(dir, name);
	if (!entry && faccessat(dir, name, F_OK, AT_SYMLINK_NOFOLLOW))
		return 0;
	if (entry && registry_entry_is_stale(entry, (uint32_t)at))
		return 0;
	overlap->holder = entry ? registry_entry_holder(entry) : strdup("(its entry cannot be read)");
	return overlap->holder ? 1 : error_system(overlap->err, "say who holds id range %s", name);
}

int registry_holder(uint32_t first, uint32_t count, char **holder, struct error *err)
{
	struct registry_overlap overlap = { .first = first, .last = (uint64_t)first + count - 1,
					     .err = err };
	auto_fd dir = open(REGISTRY_DIRECTORY, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	*holder = NULL;
	if (dir < 0)
		return errno == ENOENT ? 0 : error_system(err, "open %s", REGISTRY_DIRECTORY);
	if (registry_each(dir, registry_overlap_visit, &overlap, err) < 0)
		return -1;
	*holder = overlap.holder;
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * One file a range, named by its first host id, holding "STATE-ROOT ID\n". The
 * name is the claim: O_EXCL lets one caller have it. A lock file serialises the
 * search and holds the place to go on from, so that ranges are handed out in
 * turn: the search is short, and a freed range is not used again at once.
 *
 * A range is free again when the container it names has no state directory.
 * That is how a crash between taking a range and recording it is made good, and
 * why the directory needs no scan at start.
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

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/number.h"
#include "base/text.h"
#include "kernel/lock.h"

#define REGISTRY_LOCK "next"
#define REGISTRY_HOLDER_MAX 8192u
#define REGISTRY_ACCOUNTS_MAX (1u << 20)

struct registry_span {
	uint64_t first;
	uint64_t last;
};

/* Host ids that are spoken for by the host's own files. */
struct registry_taken {
	size_t count;
	struct registry_span *spans;
};

static void registry_taken_free(struct registry_taken *taken)
{
	free(taken->spans);
	taken->spans = NULL;
}

#define auto_taken __attribute__((cleanup(registry_taken_free))) struct registry_taken

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

static int registry_add_span(struct registry_taken *taken, uint64_t first, uint64_t count,
			     struct error *err)
{
	struct registry_span *grown;

	if (count == 0)
		return 0;
	grown = reallocarray(taken->spans, taken->count + 1, sizeof(*grown));
	if (!grown)
		return error_system(err, "remember a range of host ids");
	taken->spans = grown;
	taken->spans[taken->count++] = (struct registry_span){ first, first + count - 1 };
	return 0;
}

/* The @field-th part of a line of colon-separated fields, as a number; -1 where it is none. */
static int64_t registry_field(const char *line, size_t length, unsigned int field)
{
	const char *end = line + length;
	const char *start = line;
	char digits[16];
	uint64_t value;
	size_t size;

	for (; field > 0; field--) {
		start = memchr(start, ':', (size_t)(end - start));
		if (!start)
			return -1;
		start++;
	}
	for (size = 0; start + size < end && start[size] != ':'; size++)
		;
	if (size == 0 || size >= sizeof(digits))
		return -1;
	memcpy(digits, start, size);
	digits[size] = '\0';
	return number_parse_u64(digits, UINT32_MAX, &value) ? -1 : (int64_t)value;
}

/* first: the field with the id; count: the field with how many, 0 for one. */
static const struct registry_source {
	const char *path;
	unsigned int first;
	unsigned int count;
} registry_sources[] = {
	{ "/etc/subuid", 1, 2 },
	{ "/etc/subgid", 1, 2 },
	{ "/etc/passwd", 2, 0 },
	{ "/etc/group", 2, 0 },
};

static int registry_read_accounts(const struct registry_source *source,
				  const struct policy_pool *pool, struct registry_taken *taken,
				  struct error *err)
{
	auto_free char *text = NULL;
	struct error missing;
	size_t size;
	const char *line;

	if (fd_read_file(AT_FDCWD, source->path, REGISTRY_ACCOUNTS_MAX, &text, &size, &missing)) {
		if (missing.errnum == ENOENT)
			return 0;
		*err = missing;
		return -1;
	}
	for (line = text; line < text + size;) {
		size_t length = strcspn(line, "\n");
		int64_t first = registry_field(line, length, source->first);
		int64_t count = source->count ? registry_field(line, length, source->count) : 1;

		if (first >= 0 && count > 0 && first <= pool->last &&
		    first + count - 1 >= pool->first &&
		    registry_add_span(taken, (uint64_t)first, (uint64_t)count, err))
			return -1;
		line += length + 1;
	}
	return 0;
}

static bool registry_spoken_for(const struct registry_taken *taken, uint64_t first, uint64_t last)
{
	for (size_t i = 0; i < taken->count; i++)
		if (first <= taken->spans[i].last && last >= taken->spans[i].first)
			return true;
	return false;
}

static int registry_name(uint32_t first, char name[16])
{
	return snprintf(name, 16, "%u", first);
}

/* "ROOT ID\n" of a range, malloc'd without the newline; NULL where there is none. */
static char *registry_read_holder(int dir, const char *name)
{
	auto_free char *text = NULL;
	struct error ignored;
	size_t size;

	if (fd_read_file(dir, name, REGISTRY_HOLDER_MAX, &text, &size, &ignored))
		return NULL;
	if (size == 0 || text[size - 1] != '\n')
		return strdup("");
	text[size - 1] = '\0';
	return take_ptr(text);
}

/* A holder whose state directory is gone holds nothing. */
static bool registry_is_stale(const char *holder)
{
	auto_text path = TEXT_INIT(REGISTRY_HOLDER_MAX + 2);
	const char *space = strrchr(holder, ' ');
	struct stat st;

	if (!space || holder[0] != '/')
		return true;
	text_append_bytes(&path, holder, (size_t)(space - holder));
	text_appendf(&path, "/%s", space + 1);
	return lstat(text_string(&path), &st) && (errno == ENOENT || errno == ENOTDIR);
}

/* How many ids the file's range has; ranges of other sizes share the directory. */
static int registry_claim(int dir, uint32_t first, const char *holder, struct error *err)
{
	auto_fd file = -1;
	char name[16];

	(void)registry_name(first, name);
	for (int attempt = 0; attempt < 2; attempt++) {
		auto_free char *other = NULL;

		file = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
		if (file >= 0) {
			if (fd_write_once(file, holder, strlen(holder), err) == 0)
				return 1;
			(void)unlinkat(dir, name, 0);
			return error_prefix(err, "claim id range %u", first);
		}
		if (errno != EEXIST)
			return error_system(err, "claim id range %u", first);
		other = registry_read_holder(dir, name);
		if (other && !registry_is_stale(other))
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
			      const char *holder, struct error *err)
{
	for (uint32_t i = 0; i < steps; i++) {
		int got = registry_claim(dir, first + i * step, holder, err);
		char name[16];

		if (got == 1)
			continue;
		while (i-- > 0) {
			(void)registry_name(first + i * step, name);
			(void)unlinkat(dir, name, 0);
		}
		return got;
	}
	return 1;
}

#define REGISTRY_STEP 65536u

static int registry_search(int dir, const struct policy_pool *pool,
			   const struct registry_taken *taken, const char *holder, uint32_t *next,
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
		    registry_spoken_for(taken, low, low + (uint64_t)steps * REGISTRY_STEP - 1))
			continue;
		got = registry_claim_all(dir, (uint32_t)low, steps, REGISTRY_STEP, holder, err);
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
	auto_text holder = TEXT_INIT(REGISTRY_HOLDER_MAX);
	auto_taken taken = { 0 };
	auto_fd dir = -1;
	auto_fd lock = -1;
	uint32_t next = 0;

	for (size_t i = 0; i < ARRAY_SIZE(registry_sources); i++)
		if (registry_read_accounts(&registry_sources[i], pool, &taken, err))
			return error_prefix(err, "host ids that are given away");
	text_appendf(&holder, "%s %s\n", state_root, id);
	dir = registry_open(err);
	if (dir < 0)
		return -1;
	lock = registry_lock(dir, &next, err);
	if (lock < 0)
		return -1;
	if (registry_search(dir, pool, &taken, text_string(&holder), &next, first, err))
		return -1;
	registry_remember(lock, next);
	return 0;
}

/* Unlinks @name if @holder holds it. */
static int registry_release(int dir, const char *name, const char *holder, struct error *err)
{
	auto_free char *found = registry_read_holder(dir, name);

	if (!found || strcmp(found, holder) != 0)
		return 0;
	if (unlinkat(dir, name, 0) && errno != ENOENT)
		return error_system(err, "free id range %s", name);
	return 0;
}

int registry_give_back(uint32_t first, const char *state_root, const char *id, struct error *err)
{
	auto_text holder = TEXT_INIT(REGISTRY_HOLDER_MAX);
	auto_fd dir = -1;
	char name[16];

	text_appendf(&holder, "%s %s", state_root, id);
	dir = registry_open(err);
	if (dir < 0)
		return -1;
	for (uint64_t at = first; at <= UINT32_MAX; at += REGISTRY_STEP) {
		struct stat st;

		(void)registry_name((uint32_t)at, name);
		if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW))
			return 0;
		if (registry_release(dir, name, text_string(&holder), err))
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
	const char *holder;
	struct error *err;
};

static int registry_release_visit(int dir, const char *name, void *data)
{
	const struct registry_release_all *all = data;

	return registry_release(dir, name, all->holder, all->err);
}

int registry_give_back_all(const char *state_root, const char *id, struct error *err)
{
	auto_text holder = TEXT_INIT(REGISTRY_HOLDER_MAX);
	struct registry_release_all all = { .err = err };
	auto_fd dir = -1;

	text_appendf(&holder, "%s %s", state_root, id);
	all.holder = text_string(&holder);
	dir = open(REGISTRY_DIRECTORY, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (dir < 0)
		return errno == ENOENT ? 0 : error_system(err, "open %s", REGISTRY_DIRECTORY);
	return registry_each(dir, registry_release_visit, &all, err);
}

struct registry_search_holder {
	const char *holder;
	uint64_t first;
	uint64_t last;
	bool found;
};

/* The steps of one range are neighbours: the lowest and the highest make it up. */
static int registry_find_visit(int dir, const char *name, void *data)
{
	struct registry_search_holder *search = data;
	auto_free char *holder = registry_read_holder(dir, name);
	uint64_t at;

	if (!holder || strcmp(holder, search->holder) != 0 ||
	    number_parse_u64(name, UINT32_MAX, &at))
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
	auto_text holder = TEXT_INIT(REGISTRY_HOLDER_MAX);
	struct registry_search_holder search = { .found = false };
	auto_fd dir = -1;

	*first = *count = 0;
	text_appendf(&holder, "%s %s", state_root, id);
	search.holder = text_string(&holder);
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
};

static int registry_overlap_visit(int dir, const char *name, void *data)
{
	struct registry_overlap *overlap = data;
	char *holder;
	uint64_t at;

	if (number_parse_u64(name, UINT32_MAX, &at) || at > overlap->last ||
	    at + REGISTRY_STEP - 1 < overlap->first)
		return 0;
	holder = registry_read_holder(dir, name);
	if (!holder || registry_is_stale(holder)) {
		free(holder);
		return 0;
	}
	overlap->holder = holder;
	return 1;
}

int registry_holder(uint32_t first, uint32_t count, char **holder, struct error *err)
{
	struct registry_overlap overlap = { .first = first, .last = (uint64_t)first + count - 1 };
	auto_fd dir = open(REGISTRY_DIRECTORY, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	*holder = NULL;
	if (dir < 0)
		return errno == ENOENT ? 0 : error_system(err, "open %s", REGISTRY_DIRECTORY);
	if (registry_each(dir, registry_overlap_visit, &overlap, err) < 0)
		return -1;
	*holder = overlap.holder;
	return 0;
}

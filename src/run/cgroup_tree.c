/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * Cgroups below the container's own: listing the processes of all of them, and removing them.
 *
 * The container may have made as many and as deep ones as the host lets it. So the walk keeps one
 * directory open however deep it is, goes back up by "..", and sees each directory once: where it is
 * read anew each time, a chain takes the square of its length.
 */
#include "run/cgroup.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/text.h"

#define PIDS_FILE_MAX (64u << 20)	/* pid_max is 4194304: eight bytes each */
#define NAMES_MAX ((size_t)1 << 30)
#define LISTED_MAX 1000000u	/* who makes more while they are listed is not waited for */

#define OPEN_DIRECTORY (O_RDONLY | O_DIRECTORY | O_CLOEXEC)

static void sleep_ms(int ms)
{
	const struct timespec pause = { .tv_sec = ms / 1000, .tv_nsec = (ms % 1000) * 1000000L };

	(void)nanosleep(&pause, NULL);
}

static int pass_on(const struct error *failure, struct error *err)
{
	if (err != NULL)
		*err = *failure;
	return -1;
}

void cgroup_pids_free(struct cgroup_pids *pids)
{
	if (pids == NULL)
		return;
	free(pids->items);
	*pids = (struct cgroup_pids)CGROUP_PIDS_INIT;
}

static int append_pids(int cgroup, struct cgroup_pids *pids, size_t *capacity, struct error *err)
{
	struct error refused = ERROR_INIT;
	auto_free char *data = NULL;
	char *cursor;

	if (fd_read_file(cgroup, "cgroup.procs", PIDS_FILE_MAX, &data, NULL, &refused) < 0) {
		/* Threaded: the processes stand in the domain above. Or removed meanwhile. */
		if (refused.errnum == EOPNOTSUPP || refused.errnum == ENOENT ||
		    refused.errnum == ENODEV)
			return 0;
		return pass_on(&refused, err);
	}

	for (cursor = data; *cursor != '\0';) {
		char *end;
		long pid = strtol(cursor, &end, 10);

		if (end == cursor)
			break;
		cursor = end + strspn(end, "\n");
		if (pid <= 0 || pid > INT_MAX)
			continue;
		if (pids->count == *capacity) {
			size_t larger = *capacity != 0 ? *capacity * 2 : 64;
			pid_t *items = reallocarray(pids->items, larger, sizeof(*items));

			if (items == NULL)
				return error_system(err, "list the processes of the cgroup");
			pids->items = items;
			*capacity = larger;
		}
		pids->items[pids->count++] = (pid_t)pid;
	}
	return 0;
}

static DIR *list(int directory)
{
	int copy = openat(directory, ".", OPEN_DIRECTORY);
	DIR *listing = copy < 0 ? NULL : fdopendir(copy);

	if (listing == NULL && copy >= 0)
		(void)close(copy);
	return listing;
}

/* A directory on the way down: the names of its children, a slash after each. */
struct level {
	struct text names;
	const char *next;
};

struct walk {
	int directory;		/* of the lowest level; of the top it is a copy */
	size_t depth;		/* levels, the top's included */
	size_t capacity;
	struct level *levels;
};

static void walk_end(struct walk *walk)
{
	for (size_t i = 0; i < walk->depth; i++)
		text_free(&walk->levels[i].names);
	free(walk->levels);
	close_fd(&walk->directory);
}

#define auto_walk __attribute__((cleanup(walk_end))) struct walk

/* Takes a directory as the lowest level. One that was removed meanwhile has no children. */
static int walk_enter(struct walk *walk, int directory, struct error *err)
{
	struct text names = TEXT_INIT(NAMES_MAX);
	const struct dirent *entry;
	DIR *listing;

	close_fd(&walk->directory);
	walk->directory = directory;
	if (walk->depth == walk->capacity) {
		size_t larger = walk->capacity != 0 ? walk->capacity * 2 : 16;
		struct level *levels = reallocarray(walk->levels, larger, sizeof(*levels));

		if (levels == NULL)
			return error_system(err, "list the cgroup's children");
		walk->levels = levels;
		walk->capacity = larger;
	}
	listing = list(directory);
	if (listing == NULL && errno != ENOENT)
		return error_system(err, "list the cgroup's children");
	while (listing != NULL && (entry = readdir(listing)) != NULL) {
		if (entry->d_name[0] != '.' && entry->d_type == DT_DIR)
			text_appendf(&names, "%s/", entry->d_name);
	}
	if (listing != NULL)
		(void)closedir(listing);
	walk->levels[walk->depth++] = (struct level){ names, text_string(&names) };
	return 0;
}

static int walk_begin(struct walk *walk, int top, struct error *err)
{
	int copy = openat(top, ".", OPEN_DIRECTORY);

	if (copy < 0)
		return error_system(err, "open the cgroup");
	return walk_enter(walk, copy, err);
}

/* The next name of the lowest level; what stands before it has been seen. */
static bool next_name(struct level *level, char name[static NAME_MAX + 1])
{
	size_t length = strcspn(level->next, "/");

	if (length == 0 || length > NAME_MAX)
		return false;
	memcpy(name, level->next, length);
	name[length] = '\0';
	level->next += length + 1;
	return true;
}

/* Goes to the next child of the lowest level. Return: 1, 0 when it has none left, or -1. */
static int walk_down(struct walk *walk, struct error *err)
{
	char name[NAME_MAX + 1];

	while (next_name(&walk->levels[walk->depth - 1], name)) {
		int child = openat(walk->directory, name, OPEN_DIRECTORY | O_NOFOLLOW);

		if (child >= 0)
			return walk_enter(walk, child, err) < 0 ? -1 : 1;
	}
	return 0;
}

/* Goes back up, and says by which name the lowest level was come to. 0 at the top. */
static int walk_up(struct walk *walk, char name[static NAME_MAX + 1], struct error *err)
{
	const struct level *above;
	const char *start;
	int parent;

	if (walk->depth == 1)
		return 0;
	parent = openat(walk->directory, "..", OPEN_DIRECTORY);
	if (parent < 0)
		return error_system(err, "open the cgroup above");
	close_fd(&walk->directory);
	walk->directory = parent;
	text_free(&walk->levels[--walk->depth].names);
	above = &walk->levels[walk->depth - 1];
	for (start = above->next - 1; start > text_string(&above->names) && start[-1] != '/';)
		start--;
	(void)snprintf(name, NAME_MAX + 1, "%.*s", (int)(above->next - 1 - start), start);
	return 1;
}

static int collect(int cgroup, struct cgroup_pids *pids, size_t *capacity, struct error *err)
{
	auto_walk walk = { .directory = -1 };
	char name[NAME_MAX + 1];
	int result;

	if (append_pids(cgroup, pids, capacity, err) < 0 || walk_begin(&walk, cgroup, err) < 0)
		return -1;
	for (unsigned int count = 0; count < LISTED_MAX; count++) {
		while ((result = walk_down(&walk, err)) == 0) {
			result = walk_up(&walk, name, err);
			if (result <= 0)
				return result;
		}
		if (result < 0 || append_pids(walk.directory, pids, capacity, err) < 0)
			return -1;
	}
	return error_set(err, ERROR_HOST, 0, "more than %u cgroups below one", LISTED_MAX);
}

static int compare_pids(const void *a, const void *b)
{
	pid_t left = *(const pid_t *)a;
	pid_t right = *(const pid_t *)b;

	return (left > right) - (left < right);
}

int cgroup_list_pids(int cgroup, struct cgroup_pids *out, struct error *err)
{
	auto_cgroup_pids pids = CGROUP_PIDS_INIT;
	size_t capacity = 0;
	size_t kept = 0;

	if (collect(cgroup, &pids, &capacity, err) < 0)
		return -1;

	/* The kernel may name a pid twice, and one that moved stands in two cgroups. */
	if (pids.count > 1)
		qsort(pids.items, pids.count, sizeof(*pids.items), compare_pids);
	for (size_t i = 0; i < pids.count; i++) {
		if (kept == 0 || pids.items[kept - 1] != pids.items[i])
			pids.items[kept++] = pids.items[i];
	}
	pids.count = kept;
	*out = pids;
	pids = (struct cgroup_pids)CGROUP_PIDS_INIT;
	return 0;
}

/* Removes all that lies below, as far as the kernel lets it go. */
static int remove_below(int cgroup, struct error *err)
{
	auto_walk walk = { .directory = -1 };
	char name[NAME_MAX + 1];
	int result = walk_begin(&walk, cgroup, err);

	while (result >= 0) {
		result = walk_down(&walk, err);
		if (result == 0)
			result = walk_up(&walk, name, err);
		else
			continue;
		if (result <= 0)
			break;
		/* What cannot go keeps those above it, and their removal says so. */
		(void)unlinkat(walk.directory, name, AT_REMOVEDIR);
	}
	return result;
}

/* Most have no children, and the kernel does not remove one that has. */
static int remove_leaf(int directory, const char *leaf, int timeout_ms, struct error *err)
{
	int waited_ms = 0;
	int pause_ms = 1;

	while (unlinkat(directory, leaf, AT_REMOVEDIR) < 0 && errno != ENOENT) {
		auto_fd cgroup = -1;

		if (errno != EBUSY || waited_ms >= timeout_ms)
			return error_system(err, "remove cgroup '%s'", leaf);
		cgroup = openat(directory, leaf, OPEN_DIRECTORY | O_NOFOLLOW);
		if (cgroup >= 0 && remove_below(cgroup, err) < 0)
			return -1;
		if (cgroup >= 0 && unlinkat(directory, leaf, AT_REMOVEDIR) == 0)
			return 0;
		sleep_ms(pause_ms);
		waited_ms += pause_ms;
		pause_ms = pause_ms < 64 ? pause_ms * 2 : pause_ms;
	}
	return 0;
}

/* Opens the cgroup above the last name of @path, and cuts that name off. */
static int open_above(int mount, char *path, const char **leaf, struct error *err)
{
	char *slash;

	for (size_t size = strlen(path); size > 0 && path[size - 1] == '/'; size--)
		path[size - 1] = '\0';
	slash = strrchr(path, '/');
	*leaf = slash != NULL ? slash + 1 : path;
	if (**leaf == '\0' || strcmp(*leaf, ".") == 0 || strcmp(*leaf, "..") == 0)
		return error_set(err, ERROR_SPEC, 0, "cgroup path: '%s' is not allowed", *leaf);
	if (slash == NULL)
		return cgroup_open(mount, "", err);
	*slash = '\0';
	return cgroup_open(mount, path, err);
}

int cgroup_remove(int mount, const char *path, unsigned int parents, int timeout_ms,
		  struct error *err)
{
	auto_free char *rest = strdup(path);
	struct error missing = ERROR_INIT;
	const char *leaf;

	if (rest == NULL)
		return error_system(err, "remove cgroup '%s'", path);

	for (unsigned int level = 0; level <= parents; level++) {
		auto_fd above = open_above(mount, rest, &leaf, &missing);

		if (above < 0 && missing.errnum == ENOENT)
			continue;
		if (above < 0)
			return pass_on(&missing, err);
		if (level == 0) {
			if (remove_leaf(above, leaf, timeout_ms, err) < 0)
				return error_prefix(err, "cgroup %s", path);
			continue;
		}
		if (unlinkat(above, leaf, AT_REMOVEDIR) < 0 && errno != ENOENT)
			break;
	}
	return 0;
}

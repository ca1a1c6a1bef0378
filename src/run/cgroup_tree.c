/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * Cgroups below the container's own: listing the processes of all of them, and removing them.
 *
 * The container may have made as many and as deep ones as the host lets it. Removing holds three
 * descriptors however deep they are; listing gives up at a depth nobody needs.
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

#define PIDS_FILE_MAX (64u << 20)	/* pid_max is 4194304: eight bytes each */
#define DEPTH_MAX 128

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

/* The next directory of a listing, opened; -1 at its end. One that went away is passed over. */
static int next_child(DIR *listing, char name[static NAME_MAX + 1])
{
	const struct dirent *entry;

	while ((entry = readdir(listing)) != NULL) {
		int child;

		if (entry->d_name[0] == '.' || entry->d_type != DT_DIR)
			continue;
		child = openat(dirfd(listing), entry->d_name, OPEN_DIRECTORY | O_NOFOLLOW);
		if (child < 0)
			continue;
		(void)snprintf(name, NAME_MAX + 1, "%s", entry->d_name);
		return child;
	}
	return -1;
}

static DIR *list(int directory)
{
	int copy = openat(directory, ".", OPEN_DIRECTORY);
	DIR *listing = copy < 0 ? NULL : fdopendir(copy);

	if (listing == NULL && copy >= 0)
		(void)close(copy);
	return listing;
}

/* Recursion: DEPTH_MAX frames, one listing and one descriptor each. */
static int collect(int cgroup, unsigned int depth, struct cgroup_pids *pids, size_t *capacity,
		   struct error *err)
{
	char name[NAME_MAX + 1];
	DIR *listing;
	int result;
	int child;

	if (depth > DEPTH_MAX)
		return error_set(err, ERROR_HOST, 0, "cgroups nested deeper than %d", DEPTH_MAX);
	result = append_pids(cgroup, pids, capacity, err);
	if (result < 0)
		return -1;

	listing = list(cgroup);
	if (listing == NULL)
		return errno == ENOENT ? 0 : error_system(err, "list the cgroup's children");
	while (result == 0 && (child = next_child(listing, name)) >= 0) {
		result = collect(child, depth + 1, pids, capacity, err);
		(void)close(child);
	}
	(void)closedir(listing);
	return result;
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

	if (collect(cgroup, 0, &pids, &capacity, err) < 0)
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

/*
 * Removes @leaf of @directory, or one cgroup below it that has no children, the first one found.
 * Returns 1 when @leaf is gone, 0 to be called again, -1 with errno.
 */
static int remove_deepest(int directory, const char *leaf)
{
	auto_fd parent = -1;
	auto_fd child = -1;
	char name[NAME_MAX + 1];
	bool top = true;

	/* Most have no children, and the kernel does not remove one that has. */
	if (unlinkat(directory, leaf, AT_REMOVEDIR) == 0 || errno == ENOENT)
		return 1;

	(void)snprintf(name, sizeof(name), "%s", leaf);
	parent = openat(directory, ".", OPEN_DIRECTORY);
	if (parent < 0)
		return -1;
	child = openat(parent, name, OPEN_DIRECTORY | O_NOFOLLOW);
	if (child < 0)
		return errno == ENOENT ? 1 : -1;

	for (;;) {
		char below[NAME_MAX + 1];
		DIR *listing = list(child);
		int next;

		if (listing == NULL)
			return errno == ENOENT ? 0 : -1;
		next = next_child(listing, below);
		(void)closedir(listing);
		if (next < 0)
			break;
		close_fd(&parent);
		parent = take_fd(&child);
		child = next;
		memcpy(name, below, sizeof(name));
		top = false;
	}

	if (unlinkat(parent, name, AT_REMOVEDIR) < 0 && errno != ENOENT)
		return -1;
	return top ? 1 : 0;
}

static int remove_leaf(int directory, const char *leaf, int timeout_ms, struct error *err)
{
	int waited_ms = 0;
	int pause_ms = 1;

	for (;;) {
		int result = remove_deepest(directory, leaf);

		if (result > 0)
			return 0;
		if (result == 0)
			continue;
		if (errno != EBUSY || waited_ms >= timeout_ms)
			return error_system(err, "remove cgroup '%s'", leaf);
		sleep_ms(pause_ms);
		waited_ms += pause_ms;
		pause_ms = pause_ms < 64 ? pause_ms * 2 : pause_ms;
	}
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

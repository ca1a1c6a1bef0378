/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * Whose a cgroup is, written on the cgroup itself: a record that cannot be read then does not
 * leave processes that nobody knows. Attributes named trusted.* are for the host's root alone; a
 * container that may write to its cgroup can neither change its mark nor make one.
 */
#include "run/cgroup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/text.h"

#define MARK "trusted.orlop"
#define MARK_MAX 8192u
#define DEPTH_MAX 32	/* below it nobody's runtime puts a container */

static void mark_write(struct text *mark, const char *state_root, const char *id)
{
	text_appendf(mark, "%s %s", state_root, id);
}

int cgroup_mark(int cgroup, const char *state_root, const char *id, struct error *err)
{
	auto_text mark = TEXT_INIT(MARK_MAX);

	mark_write(&mark, state_root, id);
	if (mark.truncated)
		return error_set(err, ERROR_SYSTEM, ENAMETOOLONG, "mark the cgroup");
	if (fsetxattr(cgroup, MARK, mark.data, mark.size, 0) == 0)
		return 0;
	/* Not the host's root, or on a host that has none: there is no mark then. */
	return errno == EPERM || errno == EOPNOTSUPP ? 0 : error_system(err, "mark the cgroup");
}

int cgroup_check_owner(int cgroup, const char *path, const char *state_root, const char *id,
		       struct error *err)
{
	auto_text ours = TEXT_INIT(MARK_MAX);
	char found[MARK_MAX];
	ssize_t size = fgetxattr(cgroup, MARK, found, sizeof(found));
	const char *space;

	if (size < 0)
		return errno == ENODATA || errno == EOPNOTSUPP || errno == EPERM ?
			       0 : error_system(err, "read the mark of cgroup %s", path);
	mark_write(&ours, state_root, id);
	if ((size_t)size == ours.size && memcmp(found, ours.data, ours.size) == 0)
		return 0;
	/* The id has no space in it; the directory may. */
	space = memrchr(found, ' ', (size_t)size);
	if (space == NULL)
		return error_set(err, ERROR_STATE, 0, "cgroup %s has the mark of another runtime",
				 path);
	return error_set(err, ERROR_STATE, 0,
			 "cgroup %s is that of container '%.*s' of %.*s: whatever runs in it or "
			 "below ends with that container. Choose another cgroupsPath, or delete "
			 "the container first",
			 path, (int)(found + size - space - 1), space + 1, (int)(space - found),
			 found);
}

static bool mark_is(int cgroup, const struct text *wanted)
{
	char found[MARK_MAX];
	ssize_t size = fgetxattr(cgroup, MARK, found, sizeof(found));

	return size >= 0 && (size_t)size == wanted->size && memcmp(found, wanted->data, wanted->size) == 0;
}

/* Goes through the cgroups below @path. Return: 1 with @path the one with the mark, 0 or -1. */
static int mark_search(int mount, char path[static PATH_MAX], const struct text *wanted, int depth,
		       struct error *err)
{
	int directory = cgroup_open(mount, path, err);
	size_t length = strlen(path);
	const struct dirent *entry;
	DIR *listing;
	int result = 0;

	if (directory < 0)
		return err->errnum == ENOENT ? 0 : -1;
	if (mark_is(directory, wanted)) {
		(void)close(directory);
		return 1;
	}
	listing = fdopendir(directory);
	if (listing == NULL) {
		(void)error_system(err, "list cgroup %s", path);
		(void)close(directory);
		return -1;
	}
	while (result == 0 && depth < DEPTH_MAX && (entry = readdir(listing)) != NULL) {
		if (entry->d_type != DT_DIR || entry->d_name[0] == '.' ||
		    length + strlen(entry->d_name) + 2 > PATH_MAX)
			continue;
		(void)snprintf(path + length, PATH_MAX - length, "/%s", entry->d_name);
		result = mark_search(mount, path, wanted, depth + 1, err);
		if (result == 0)
			path[length] = '\0';
	}
	(void)closedir(listing);
	return result;
}

int cgroup_find_marked(int mount, const char *state_root, const char *id, char **path,
		       struct error *err)
{
	auto_text wanted = TEXT_INIT(MARK_MAX);
	char found[PATH_MAX] = "";
	int result;

	*path = NULL;
	mark_write(&wanted, state_root, id);
	result = mark_search(mount, found, &wanted, 0, err);
	if (result <= 0)
		return result;
	*path = strdup(found);
	return *path == NULL ? error_system(err, "find the container's cgroup") : 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * Whose names these are: whoever mounted the overlay gave them, which takes
 * power over the host's mounts. No image has a say in them. What they lead to
 * now may still be another directory than then.
 */
#include "overlay_layers.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "kernel/call.h"
#include "kernel/mountinfo.h"
#include "trees.h"

#define LOWER_FILE_MAX ((size_t)64 * 1024)
#define DIGITS "0123456789"

/* Links are followed: Docker names its layers by short ones. */
static int layers_open_one(int base, const char *name)
{
	const struct open_how how = { .flags = O_PATH | O_DIRECTORY, .resolve = RESOLVE_NO_MAGICLINKS };

	return call_openat2(base, name, &how);
}

static void layers_drop(int *fds, size_t count)
{
	for (size_t i = 0; i < count; i++)
		close_fd(&fds[i]);
}

/* All of them below @base, or none. Names that are absolute are not relative to anything. */
static bool layers_open_all(int base, const char *const *names, size_t count, int *fds)
{
	for (size_t i = 0; i < count; i++) {
		fds[i] = layers_open_one(base, names[i]);
		if (fds[i] < 0) {
			layers_drop(fds, i);
			return false;
		}
	}
	return true;
}

/* @path becomes the directory above it. False at the top. */
static bool layers_climb(char *path)
{
	char *slash = strrchr(path, '/');

	if (!slash || !path[1])
		return false;
	if (slash == path)
		slash++;
	*slash = '\0';
	return true;
}

/* Who mounted was in a directory above what it mounted from or to: the nearest that has them all. */
static bool layers_open_above(const char *path, const char *const *names, size_t count, int *fds)
{
	auto_free char *above = path && *path == '/' ? strdup(path) : NULL;

	while (above && layers_climb(above)) {
		auto_fd base = open(above, O_PATH | O_DIRECTORY | O_CLOEXEC);

		if (base >= 0 && layers_open_all(base, names, count, fds))
			return true;
	}
	return false;
}

/* HOME/ID/diff is the upper layer, HOME/ID/lower says "l/A:l/B", and these lie in HOME. */
static bool layers_open_recorded(const struct overlay_layers *layers, int *fds)
{
	auto_free char *above = layers->upper && *layers->upper == '/' ? strdup(layers->upper) : NULL;
	auto_free const char **names = calloc(layers->lower_count, sizeof(*names));
	auto_free char *text = NULL;
	auto_fd own = -1;
	auto_fd home = -1;
	char *rest = NULL;
	struct error ignored;
	size_t count = 0;
	size_t size;

	if (!above || !names || !layers_climb(above))
		return false;
	own = open(above, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (own < 0 || !layers_climb(above) || fd_read_file(own, "lower", LOWER_FILE_MAX, &text, &size, &ignored))
		return false;
	home = open(above, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (home < 0)
		return false;
	for (char *name = strtok_r(text, ":\n", &rest); name; name = strtok_r(NULL, ":\n", &rest)) {
		if (count == layers->lower_count || *name == '/')
			return false;
		names[count++] = name;
	}
	return count == layers->lower_count && layers_open_all(home, names, count, fds);
}

struct layers_names {
	size_t relative;
	bool numbers;	/* the relative ones are nothing else */
};

static struct layers_names layers_look(const char *const *names, size_t count)
{
	struct layers_names seen = { .numbers = true };

	for (size_t i = 0; i < count; i++) {
		if (*names[i] == '/')
			continue;
		seen.relative++;
		seen.numbers = seen.numbers && names[i][strspn(names[i], DIGITS)] == '\0';
	}
	return seen;
}

static int layers_open_lower(const struct overlay_layers *layers, const char *target, int *fds,
			     struct error *err)
{
	const char *const *names = layers->lower;
	size_t count = layers->lower_count;
	struct layers_names seen = layers_look(names, count);

	if (seen.relative == 0) {
		for (size_t i = 0; i < count; i++) {
			fds[i] = layers_open_one(AT_FDCWD, names[i]);
			if (fds[i] < 0)
				return error_system(err, "open the layer %s of the overlay", names[i]);
		}
		return 0;
	}
	if (!seen.numbers && (layers_open_above(layers->upper, names, count, fds) ||
			      layers_open_above(target, names, count, fds)))
		return 0;
	if (layers_open_recorded(layers, fds))
		return 0;
	return error_set(err, ERROR_HOST, 0,
			 "its layers cannot be found: they are named '%s' and so on, relative to a directory "
			 "that is not known", names[0]);
}

static int layers_open_data(const struct overlay_layers *layers, int *fds, struct error *err)
{
	for (size_t i = 0; i < layers->data_count; i++) {
		if (*layers->data[i] != '/')
			return error_set(err, ERROR_HOST, 0,
					 "its data layer '%s' is relative to a directory that is not known",
					 layers->data[i]);
		fds[i] = layers_open_one(AT_FDCWD, layers->data[i]);
		if (fds[i] < 0)
			return error_system(err, "open the data layer %s of the overlay", layers->data[i]);
	}
	return 0;
}

/* A directory of an overlay on one file system has the number of its topmost layer. */
static int layers_compare(int merged, const struct overlay_found *found, struct error *err)
{
	struct stat root;
	struct stat top;

	if (fstat(merged, &root) || fstat(found->lower[0], &top))
		return error_system(err, "look at the layers of the overlay");
	for (size_t i = 1; i < found->lower_count; i++) {
		struct stat st;

		if (fstat(found->lower[i], &st))
			return error_system(err, "look at the layers of the overlay");
		if (st.st_dev != top.st_dev)
			return 0;
	}
	if (root.st_ino != top.st_ino)
		return error_set(err, ERROR_HOST, 0,
				 "its topmost layer is now another directory than when it was mounted");
	return 0;
}

static int *layers_array(size_t count)
{
	int *fds = malloc((count + 1) * sizeof(*fds));

	for (size_t i = 0; fds && i <= count; i++)
		fds[i] = -1;
	return fds;
}

static int layers_open(const struct overlay_layers *layers, const char *target, int merged,
		       struct overlay_found *found, struct error *err)
{
	size_t first = layers->upper ? 1 : 0;

	found->lower_count = layers->lower_count + first;
	found->data_count = layers->data_count;
	found->lower = layers_array(found->lower_count);
	found->data = layers_array(found->data_count);
	if (!found->lower || !found->data)
		return error_system(err, "make room for the layers of the overlay");
	if (first && *layers->upper != '/')
		return error_set(err, ERROR_HOST, 0, "its upper layer '%s' is relative to a directory "
				 "that is not known", layers->upper);
	if (first) {
		found->lower[0] = layers_open_one(AT_FDCWD, layers->upper);
		if (found->lower[0] < 0)
			return error_system(err, "open the upper layer %s of the overlay", layers->upper);
	}
	if (layers_open_lower(layers, target, found->lower + first, err) ||
	    layers_open_data(layers, found->data, err))
		return -1;
	return layers_compare(merged, found, err);
}

int overlay_layers_read(const struct live *live, struct arena *arena, struct overlay_layers *layers,
			const char **target, struct error *err)
{
	const struct mountinfo_entry *entry;
	struct mountinfo info;
	struct stat st;

	if (fstat(live->root_tree, &st))
		return error_system(err, "look at the root file system");
	if (trees_mountinfo(live, arena, &info, err))
		return -1;
	entry = mountinfo_find(&info, live->root_mount);
	/* An id is given to another mount when the first is gone: the superblock's number is not. */
	if (!entry || strcmp(entry->type, "overlay") != 0 ||
	    makedev(entry->dev_major, entry->dev_minor) != st.st_dev)
		return error_set(err, ERROR_HOST, 0, "its mount is gone");
	if (strcmp(entry->root, "/") != 0)
		return error_set(err, ERROR_HOST, 0, "%s of an overlay is mounted there, not all of it",
				 entry->root);
	for (size_t i = 0; i < info.count; i++)
		if (info.entries[i].parent_id == entry->mount_id)
			return error_set(err, ERROR_HOST, 0, "%s is mounted below it: mount it by the "
					 "configuration (/mounts)", info.entries[i].target);
	*target = entry->target;
	return overlay_parse(arena, entry->super_options, layers, err);
}

int overlay_layers_open(const struct overlay_layers *layers, const char *target, int merged,
			struct overlay_found *out, struct error *err)
{
	struct overlay_found found = { 0 };

	if (layers_open(layers, target, merged, &found, err)) {
		overlay_layers_close(&found);
		return -1;
	}
	*out = found;
	return 0;
}

void overlay_layers_close(struct overlay_found *found)
{
	if (found->lower)
		layers_drop(found->lower, found->lower_count);
	if (found->data)
		layers_drop(found->data, found->data_count);
	free(found->lower);
	free(found->data);
	*found = (struct overlay_found){ 0 };
}

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
#include "host_mounts.h"
#include "supervise_parts.h"
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

/*
 * All of them below @base, or none. Names that are absolute are not relative to anything.
 * Return: how many there are before one is missing, with errno of that.
 */
static size_t layers_open_first(int base, const char *const *names, size_t count, int *fds)
{
	for (size_t i = 0; i < count; i++) {
		fds[i] = layers_open_one(base, names[i]);
		if (fds[i] < 0) {
			int errnum = errno;

			layers_drop(fds, i);
			errno = errnum;
			return i;
		}
	}
	return count;
}

static bool layers_open_all(int base, const char *const *names, size_t count, int *fds)
{
	return layers_open_first(base, names, count, fds) == count;
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
	auto_free const char **names = NULL;
	auto_free char *text = NULL;
	auto_fd own = -1;
	auto_fd home = -1;
	char *rest = NULL;
	struct error ignored;
	size_t count = 0;
	size_t size;

	if (!above || !layers_climb(above))
		return false;
	own = open(above, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (own < 0 || !layers_climb(above) || fd_read_file(own, "lower", LOWER_FILE_MAX, &text, &size, &ignored))
		return false;
	home = open(above, O_PATH | O_DIRECTORY | O_CLOEXEC);
	names = calloc(layers->lower_count, sizeof(*names));
	if (home < 0 || !names)
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

static int layers_open_lower(const struct overlay_layers *layers, const char *target, bool mapped,
			     int *fds, struct error *err)
{
	const char *const *names = layers->lower;
	size_t count = layers->lower_count;
	struct layers_names seen = layers_look(names, count);

	if (seen.relative == 0) {
		size_t missing = layers_open_first(AT_FDCWD, names, count, fds);
		int errnum = errno;

		if (missing == count)
			return 0;
		/* Podman maps layers one by one, and lets go of the maps when the overlay stands. */
		if (errnum == ENOENT && !mapped && layers_open_recorded(layers, fds))
			return 0;
		errno = errnum;
		return error_system(err, "open the layer %s of the overlay", names[missing]);
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
static int layers_compare(int merged, const struct live_layers *layers, struct error *err)
{
	struct stat root;
	struct stat top;

	if (fstat(merged, &root) || fstat(layers->lower[0], &top))
		return error_system(err, "look at the layers of the overlay");
	for (size_t i = 1; i < layers->lower_count; i++) {
		struct stat st;

		if (fstat(layers->lower[i], &st))
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

	if (!fds)
		return NULL;
	for (size_t i = 0; i <= count; i++)
		fds[i] = -1;
	return fds;
}

/* What the mount shows of itself. */
static int layers_read(struct live *live, int merged, struct live_layers *layers,
		       const char **target, struct error *err)
{
	const struct mountinfo_entry *entry;
	const struct mountinfo *mounts;
	struct stat st;

	if (fstat(merged, &st))
		return error_system(err, "look at the root file system");
	if (host_mounts_read(live, &mounts, err))
		return -1;
	entry = mountinfo_find(mounts, live->root_mount);
	/* An id is given to another mount when the first is gone: the superblock's number is not. */
	if (!entry || strcmp(entry->type, "overlay") != 0 ||
	    makedev(entry->dev_major, entry->dev_minor) != st.st_dev)
		return error_set(err, ERROR_HOST, 0, "its mount is gone");
	for (size_t i = 0; i < mounts->count; i++)
		if (mounts->entries[i].parent_id == entry->mount_id)
			layers->below = mounts->entries[i].target;
	*target = entry->target;
	return overlay_parse(&layers->arena, entry->super_options, &layers->names, err);
}

static int layers_find(const struct live_layers *layers, const char *target, bool mapped,
		       struct error *err)
{
	const struct overlay_layers *names = &layers->names;

	if (names->upper) {
		if (*names->upper != '/')
			return error_set(err, ERROR_HOST, 0, "its upper layer '%s' is relative to a "
					 "directory that is not known", names->upper);
		layers->lower[0] = layers_open_one(AT_FDCWD, names->upper);
		if (layers->lower[0] < 0)
			return error_system(err, "open the upper layer %s of the overlay", names->upper);
	}
	if (layers_open_lower(names, target, mapped, layers->lower + (names->upper ? 1 : 0), err))
		return -1;
	return layers_open_data(names, layers->data, err);
}

int overlay_layers_open(struct live *live, int merged, struct error *err)
{
	struct live_layers *layers = calloc(1, sizeof(*layers));
	const char *target = NULL;

	live->layers = layers;
	if (!layers)
		return error_system(err, "make room for the layers of the overlay");
	arena_init(&layers->arena);
	layers->beside = -1;
	if (layers_read(live, merged, layers, &target, err))
		return -1;
	layers->lower_count = layers->names.lower_count + (layers->names.upper ? 1 : 0);
	layers->data_count = layers->names.data_count;
	layers->lower = layers_array(layers->lower_count);
	layers->data = layers_array(layers->data_count);
	if (!layers->lower || !layers->data)
		return error_system(err, "make room for the layers of the overlay");
	if (supervise_need_descriptors(live, layers->lower_count + layers->data_count, err) ||
	    layers_find(layers, target, live->plan->root.idmap != PLAN_IDMAP_NONE, err))
		return -1;
	return layers_compare(merged, layers, err);
}

const char *overlay_layers_name(const struct live_layers *layers, size_t index)
{
	size_t upper = layers->names.upper ? 1 : 0;

	if (index < upper)
		return layers->names.upper;
	return index < layers->lower_count ? layers->names.lower[index - upper] :
					     layers->names.data[index - layers->lower_count];
}

/* The layer of @fd is called @name. */
static int layers_map_one(struct live *live, int *fd, uint64_t attributes, const char *name,
			  struct error *err)
{
	struct mount_attr attr = { .attr_set = MOUNT_ATTR_IDMAP | attributes,
				   .userns_fd = (uint64_t)live->userns };
	auto_fd clone = call_open_tree(*fd, "", AT_EMPTY_PATH | OPEN_TREE_CLONE);

	if (clone < 0)
		return error_system(err, "clone the mount of the layer %s", name);
	if (call_mount_setattr(clone, "", AT_EMPTY_PATH, &attr))
		return trees_map_refuse(live, *fd, name, "/root/path", errno, err);
	close_fd(fd);
	*fd = take_fd(&clone);
	return 0;
}

/* One that is written to comes with the directory that holds it, and what is beside it. */
int overlay_layers_map(struct live *live, struct error *err)
{
	struct live_layers *layers = live->layers;

	if (layers->below)
		return error_set(err, ERROR_HOST, 0, "%s is mounted below it: mount it by the "
				 "configuration (/mounts)", layers->below);
	if (live->root_shared && layers_map_one(live, &layers->beside, 0, layers->names.upper, err))
		return -1;
	for (size_t i = live->root_shared; i < layers->lower_count + layers->data_count; i++) {
		int *fd = i < layers->lower_count ? &layers->lower[i] :
						    &layers->data[i - layers->lower_count];

		if (layers_map_one(live, fd, MOUNT_ATTR_RDONLY, overlay_layers_name(layers, i), err))
			return -1;
	}
	return 0;
}

void overlay_layers_close(struct live *live)
{
	struct live_layers *layers = live->layers;

	if (!layers)
		return;
	if (layers->lower)
		layers_drop(layers->lower, layers->lower_count);
	if (layers->data)
		layers_drop(layers->data, layers->data_count);
	close_fd(&layers->beside);
	free(layers->lower);
	free(layers->data);
	arena_free(&layers->arena);
	free(layers);
	live->layers = NULL;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
#include "place.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "host_mounts.h"
#include "kernel/call.h"

#define PLACE_NAME 4096

bool place_is_below(const char *path, const char *top)
{
	size_t length = strcmp(top, "/") == 0 ? 0 : strlen(top);

	return strncmp(path, top, length) == 0 && (path[length] == '/' || path[length] == '\0');
}

bool place_same_disk(const struct place *a, const struct place *b)
{
	return a->dev_major == b->dev_major && a->dev_minor == b->dev_minor;
}

/* What is mounted at @target from @root, below which @name lies: its name in the file system. */
static const char *place_inside(struct arena *arena, const struct mountinfo_entry *entry,
				const char *name)
{
	size_t cut = strcmp(entry->target, "/") == 0 ? 0 : strlen(entry->target);
	const char *root = strcmp(entry->root, "/") == 0 ? "" : entry->root;
	char *inside;

	if (!place_is_below(name, entry->target))
		return NULL;
	inside = arena_alloc(arena, strlen(root) + strlen(name + cut) + 2);
	(void)stpcpy(stpcpy(inside, root), name + cut);
	return inside[0] ? inside : "/";
}

int place_find(struct live *live, int fd, const char *source, struct place *out, struct error *err)
{
	const struct mountinfo_entry *entry;
	const struct mountinfo *mounts;
	char name[PLACE_NAME];
	char link[64];
	struct statx mount;
	ssize_t length;

	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	length = readlink(link, name, sizeof(name) - 1);
	if (length <= 0 || name[0] != '/')
		return error_system(err, "find the path of %s", source);
	name[length] = '\0';
	if (call_statx(fd, STATX_MNT_ID, &mount))
		return error_system(err, "look at the mount of %s", source);
	if (host_mounts_read(live, &mounts, err))
		return -1;
	entry = mountinfo_find(mounts, mount.stx_mnt_id);
	out->name = arena_strdup(host_mounts_arena(live), name);
	out->inside = entry ? place_inside(host_mounts_arena(live), entry, out->name) : NULL;
	if (!out->inside)
		return error_set(err, ERROR_SYSTEM, 0, "the mount of %s is not where it was", source);
	out->dev_major = entry->dev_major;
	out->dev_minor = entry->dev_minor;
	out->whole = strcmp(entry->root, "/") == 0;
	return 0;
}

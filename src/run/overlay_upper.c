/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * Two overlays write to one directory, each with a memory of its own for names and files. What one
 * does the other may not see; where both copy a directory up, the second fails. So what is known to be
 * written by both is copied up before the second is made, and its places to mount on are made through
 * the first. What else helps comes later: run/shared_upper.h.
 *
 * The working directory must lie in the same mount as the upper layer, and belong to an id that the
 * container has: it is made by the host's root, in the id-mapped mount of the directory that holds both.
 */
#include "overlay_upper.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <linux/securebits.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "ids.h"
#include "kernel/call.h"
#include "kernel/path.h"
#include "mounts.h"
#include "run/shared_upper.h"

#define UPPER_NAME 4096

/* A directory and what holds it, as the kernel names them now. */
static int upper_find(struct live *live, int *parent, struct error *err)
{
	struct live_layers *layers = live->layers;
	char link[64];
	char path[UPPER_NAME];
	char *slash;
	ssize_t length;
	auto_fd again = -1;
	struct path_identity wanted;
	struct path_identity found;

	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", layers->lower[0]);
	length = readlink(link, path, sizeof(path) - 1);
	if (length <= 0 || path[0] != '/')
		return error_system(err, "find the upper layer");
	path[length] = '\0';
	slash = strrchr(path, '/');
	*slash++ = '\0';
	*parent = openat(layers->lower[0], "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
	again = openat(*parent, slash, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (*parent < 0 || again < 0)
		return error_system(err, "open the directory of the upper layer");
	if (path_identity_read(layers->lower[0], &wanted, err) || path_identity_read(again, &found, err))
		return -1;
	if (!path_identity_equal(&wanted, &found))
		return error_set(err, ERROR_HOST, 0, "its upper layer is a mount of its own: there is no place "
				 "beside it to work in");
	layers->upper_name = arena_strdup(&layers->arena, slash);
	live->record->overlay_upper = arena_strdup(&live->record->arena, path[0] ? path : "/");
	return 0;
}

/* A change of mode that changes nothing copies a directory up, and nothing else. */
static int upper_copy_up(int root, const char *path, struct error *err)
{
	auto_fd directory = path_open_in_root(root, path, O_RDONLY | O_DIRECTORY, err);
	struct stat st;

	if (directory < 0 && err->errnum != ENOENT && err->errnum != ENOTDIR)
		return -1;
	if (directory < 0) {
		*err = (struct error)ERROR_INIT;
		return 0;
	}
	if (fstat(directory, &st) || fchmod(directory, st.st_mode & 07777))
		return error_system(err, "copy %s up", path);
	return 0;
}

/* Another mount of the configuration is there, or above: nothing is made in the root. */
static bool upper_is_covered(const struct plan *plan, size_t index)
{
	const char *destination = plan->mounts[index].destination;

	for (size_t i = 0; i < index; i++) {
		const char *other = plan->mounts[i].destination;
		size_t length = strlen(other);

		if (strncmp(destination, other, length) == 0 &&
		    (destination[length] == '/' || destination[length] == '\0'))
			return true;
	}
	return false;
}

/* What is looked up without links is made by the child; a source in the root is not known yet. */
static int upper_make_place(const struct live *live, size_t index, struct error *err)
{
	const struct plan_mount *mount = &live->plan->mounts[index];
	bool file = mount->kind == PLAN_MOUNT_BIND && !live->trees[index].directory;
	auto_fd place = -1;

	if (mount->source_in_root || (mount->kind == PLAN_MOUNT_NEW &&
				      (strcmp(mount->fs_type, "proc") == 0 || strcmp(mount->fs_type, "sysfs") == 0)))
		return 0;
	place = file ? path_make_file(live->root_tree, mount->destination, 0755, NULL, err) :
		       path_make_directory(live->root_tree, mount->destination, 0755, NULL, err);
	return place < 0 ? -1 : 0;
}

static int upper_copy_up_above(const struct live *live, const char *path, struct error *err)
{
	const char *slash = strrchr(path, '/');

	if (!slash || slash == path)
		return 0;
	return upper_copy_up(live->root_tree,
			     arena_strndup(&live->layers->arena, path, (size_t)(slash - path)), err);
}

static int upper_places(const struct live *live, struct error *err)
{
	const struct plan *plan = live->plan;

	if (upper_copy_up(live->root_tree, "/etc", err))
		return -1;
	for (size_t i = 0; i < plan->mount_count; i++) {
		const struct plan_mount *mount = &plan->mounts[i];

		if ((mount->kind != PLAN_MOUNT_BIND && mount->kind != PLAN_MOUNT_NEW) || upper_is_covered(plan, i))
			continue;
		if (upper_make_place(live, i, err) ||
		    upper_copy_up_above(live, mount->destination, err))
			return error_prefix(err, "%s", mount->why.path ? mount->why.path : mount->destination);
	}
	return 0;
}

/* A container that is gone, of this state directory or another, has left it. */
static bool upper_owner_is_gone(int place)
{
	auto_free char *text = NULL;
	struct error ignored;
	char *space;
	struct stat st;

	if (fd_read_file(place, SHARED_UPPER_OWNER, 65536, &text, NULL, &ignored) || text[0] == '\0')
		return true;
	text[strcspn(text, "\n")] = '\0';
	space = strrchr(text, ' ');
	if (!space)
		return true;
	*space = '/';
	return stat(text, &st) && errno == ENOENT;
}

static int upper_take_over(const struct live *live, int parent, struct error *err)
{
	auto_fd place = openat(parent, SHARED_UPPER_PLACE, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	auto_free char *owner = NULL;
	struct error ignored;

	if (place < 0)
		return errno == ENOENT ? 0 : error_system(err, "open " SHARED_UPPER_PLACE " beside the upper layer");
	if (upper_owner_is_gone(place) && unlinkat(place, SHARED_UPPER_OWNER, 0) && errno != ENOENT)
		return error_system(err, "remove what a container has left");
	if (shared_upper_remove(live->record->overlay_upper, live->store, live->entry->id, err))
		return -1;
	if (fd_read_file(place, SHARED_UPPER_OWNER, 65536, &owner, NULL, &ignored))
		return 0;
	owner[strcspn(owner, "\n")] = '\0';
	return error_set(err, ERROR_HOST, 0, "another container writes to its upper layer (%s, by %s/%s): "
			 "delete that one first", owner, live->record->overlay_upper, SHARED_UPPER_PLACE);
}

static int upper_make_work(struct live *live, int parent, struct error *err)
{
	auto_free char *owner = NULL;
	auto_fd place = -1;
	auto_fd file = -1;

	if (upper_take_over(live, parent, err))
		return -1;
	if (asprintf(&owner, "%s %s\n", live->store->root, live->entry->id) < 0)
		return error_set(err, ERROR_SYSTEM, ENOMEM, "make room for a name");
	if (mkdirat(parent, SHARED_UPPER_PLACE, 0700))
		return error_system(err, "make " SHARED_UPPER_PLACE " beside the upper layer");
	place = openat(parent, SHARED_UPPER_PLACE, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (place < 0 || mkdirat(place, SHARED_UPPER_WORK, 0700))
		return error_system(err, "make a directory to work in");
	file = openat(place, SHARED_UPPER_OWNER, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (file < 0)
		return error_system(err, "write down whose the upper layer is");
	return fd_write_all(file, owner, strlen(owner), err);
}

int overlay_upper_prepare(struct live *live, struct error *err)
{
	auto_fd parent = -1;

	if (upper_find(live, &parent, err) || store_save(live->entry, live->record, err) ||
	    upper_make_work(live, parent, err) || upper_places(live, err))
		return -1;
	live->layers->beside = take_fd(&parent);
	return 0;
}

int overlay_upper_attach(const struct live *live, int scratch, struct error *err)
{
	static const char place[] = "beside";
	const struct live_layers *layers = live->layers;
	auto_free char *upper = NULL;
	auto_fd target = -1;

	if (asprintf(&upper, "%s/%s", place, layers->upper_name) < 0)
		return error_set(err, ERROR_SYSTEM, ENOMEM, "make room for a name");
	if (mkdirat(scratch, place, 0700) ||
	    symlinkat(upper, scratch, "upper") ||
	    symlinkat("beside/" SHARED_UPPER_PLACE "/" SHARED_UPPER_WORK, scratch, "work"))
		return error_system(err, "make a place for the upper layer");
	target = openat(scratch, place, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (target < 0)
		return error_system(err, "open the place for the upper layer");
	return mounts_move(layers->beside, target, "the upper layer", err);
}

int overlay_upper_become_root(const struct live *live, struct error *err)
{
	int64_t uid = ids_host_uid(live, 0);
	int64_t gid = ids_host_gid(live, 0);

	if (uid < 0 || gid < 0)
		return error_set(err, ERROR_HOST, 0, "the container's user namespace has no root");
	if (prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP))
		return error_system(err, "keep capabilities");
	/* Both tell the value before, and what is asked for with -1 is the present one. */
	(void)setfsgid((gid_t)gid);
	(void)setfsuid((uid_t)uid);
	if ((gid_t)setfsgid((gid_t)-1) != (gid_t)gid || (uid_t)setfsuid((uid_t)-1) != (uid_t)uid)
		return error_set(err, ERROR_SYSTEM, EPERM, "make files as the container's root");
	return 0;
}

void overlay_upper_undo(struct live *live)
{
	struct error ignored;

	if (live->record->overlay_upper)
		(void)shared_upper_remove(live->record->overlay_upper, live->store, live->entry->id, &ignored);
	live->record->overlay_upper = NULL;
}

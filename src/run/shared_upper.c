/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * A reconfiguration without any parameter changes nothing of a superblock, and drops what its cache of
 * names does not need. mount(8) will not do that: it sends parameters.
 */
#include "run/shared_upper.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/log.h"
#include "kernel/call.h"

/* The kernel has one directory in there, and what it is about to remove. */
#define SHARED_UPPER_DEPTH 16

static void flush_one(int root, const char *whose)
{
	auto_fd context = -1;
	struct statfs fs;

	if (fstatfs(root, &fs) || fs.f_type != OVERLAYFS_SUPER_MAGIC)
		return;
	context = call_fspick(root, "", FSPICK_EMPTY_PATH);
	if (context < 0 || call_fsconfig(context, FSCONFIG_CMD_RECONFIGURE, NULL, NULL, 0))
		log_warning("%s overlay cannot be told to look at its files again (%s): it may show old ones",
			    whose, strerrordesc_np(errno));
}

void shared_upper_flush(const struct record *record)
{
	char path[64];
	auto_fd engine = -1;
	auto_fd container = -1;

	if (!record->overlay_upper)
		return;
	engine = open(record->rootfs, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (engine >= 0)
		flush_one(engine, "the engine's");
	if (record->pid <= 0)
		return;
	/* Should the pid be another's by now, what it has is looked at again too. */
	(void)snprintf(path, sizeof(path), "/proc/%d/root", (int)record->pid);
	container = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (container >= 0)
		flush_one(container, "the container's");
}

/* Directories of the kernel's own have no permissions at all: root needs none. */
static int empty_directory(int directory, unsigned int depth)
{
	int copy = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *listing = copy < 0 ? NULL : fdopendir(copy);
	const struct dirent *entry;
	int result = 0;

	if (!listing) {
		close_fd(&copy);
		return -1;
	}
	while (result == 0 && (errno = 0, entry = readdir(listing)) != NULL) {
		auto_fd below = -1;

		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		if (unlinkat(directory, entry->d_name, 0) == 0 || errno == ENOENT)
			continue;
		below = errno == EISDIR && depth < SHARED_UPPER_DEPTH ?
				openat(directory, entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC) : -1;
		result = below < 0 || empty_directory(below, depth + 1) ?
				 -1 : unlinkat(directory, entry->d_name, AT_REMOVEDIR);
	}
	if (result == 0 && errno)
		result = -1;
	(void)closedir(listing);
	return result;
}

static bool is_ours(int place, const struct store *store, const char *id)
{
	auto_free char *text = NULL;
	auto_free char *wanted = NULL;
	struct error ignored;

	/* Stopped between making it and writing that down: its maker is gone. */
	if (fd_read_file(place, SHARED_UPPER_OWNER, 65536, &text, NULL, &ignored))
		return ignored.errnum == ENOENT;
	return asprintf(&wanted, "%s %s\n", store->root, id) > 0 &&
	       (text[0] == '\0' || strcmp(text, wanted) == 0);
}

int shared_upper_remove(const char *parent, const struct store *store, const char *id,
			struct error *err)
{
	const struct open_how how = { .flags = O_PATH | O_DIRECTORY | O_CLOEXEC,
				      .resolve = RESOLVE_NO_SYMLINKS };
	auto_fd above = call_openat2(AT_FDCWD, parent, &how);
	auto_fd place = above < 0 ? -1 : openat(above, SHARED_UPPER_PLACE,
						O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	/* Engines take the directory away with all that is in it. */
	if (place < 0)
		return errno == ENOENT || errno == ENOTDIR || errno == ELOOP ?
			       0 : error_system(err, "open %s/" SHARED_UPPER_PLACE, parent);
	if (!is_ours(place, store, id))
		return 0;
	if (empty_directory(place, 0) || unlinkat(above, SHARED_UPPER_PLACE, AT_REMOVEDIR))
		return error_system(err, "remove %s/" SHARED_UPPER_PLACE, parent);
	return 0;
}

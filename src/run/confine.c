/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * The ruleset: opening for writing and truncating are handled, and allowed beneath every entry at
 * the top of the root that is not the kernel's.
 *
 * Moving a file to another directory is refused by any ruleset that says nothing about it, so that
 * is handled too, and allowed everywhere.
 */
#include "run/confine.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "kernel/compat.h"
#include "kernel/landlock.h"

/* An image may hold any number of files at its top; each costs a rule. */
#define ENTRIES_MAX 4096

static bool is_kernels(int fd)
{
	struct statfs fs;

	return fstatfs(fd, &fs) < 0 || (unsigned long)fs.f_type == PROC_SUPER_MAGIC ||
	       (unsigned long)fs.f_type == SYSFS_MAGIC;
}

/* Pipes, sockets and memory files lie on no mount: Landlock takes no rule and asks for none. */
static int allow(int ruleset, int fd, uint64_t accesses, struct error *err)
{
	struct error refused = ERROR_INIT;

	if (landlock_allow_beneath(ruleset, fd, accesses, &refused) == 0 ||
	    refused.errnum == EBADFD)
		return 0;
	if (err != NULL)
		*err = refused;
	return -1;
}

static int allow_entry(int ruleset, int root, const char *name, uint64_t accesses,
		       struct error *err)
{
	auto_fd entry = -1;
	struct stat info;

	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0 || strcmp(name, "proc") == 0 ||
	    strcmp(name, "sys") == 0)
		return 0;
	entry = openat(root, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (entry < 0)
		return errno == ENOENT ? 0 : error_system(err, "open '/%s'", name);
	if (fstat(entry, &info) < 0)
		return error_system(err, "look at '/%s'", name);
	if (S_ISLNK(info.st_mode) || is_kernels(entry))
		return 0;
	if (allow(ruleset, entry, accesses, err) < 0)
		return error_prefix(err, "'/%s'", name);
	return 0;
}

static int allow_top(int ruleset, int root, uint64_t accesses, struct error *err)
{
	int copy = openat(root, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *listing = copy < 0 ? NULL : fdopendir(copy);
	const struct dirent *entry;
	unsigned int count = 0;
	int result = 0;

	if (listing == NULL) {
		error_system(err, "list the top of the root");
		if (copy >= 0)
			(void)close(copy);
		return -1;
	}
	while (result == 0 && (entry = readdir(listing)) != NULL) {
		if (++count > ENTRIES_MAX)
			result = error_set(err, ERROR_HOST, 0,
					   "more than %d files at the top of the root",
					   ENTRIES_MAX);
		else
			result = allow_entry(ruleset, root, entry->d_name, accesses, err);
	}
	(void)closedir(listing);
	return result;
}

/*
 * A log file or terminal of the host's that was handed over lies beneath no entry of this root, and
 * programs open it again by /dev/stderr.
 */
static int allow_stdio(int ruleset, uint64_t accesses, struct error *err)
{
	for (int fd = 0; fd <= 2; fd++) {
		int flags = fcntl(fd, F_GETFL);
		struct stat info;

		if (flags < 0 || (flags & O_PATH) || (flags & O_ACCMODE) == O_RDONLY ||
		    fstat(fd, &info) < 0)
			continue;
		if (!S_ISREG(info.st_mode) && !S_ISFIFO(info.st_mode) && !S_ISCHR(info.st_mode))
			continue;
		if (is_kernels(fd))
			continue;
		if (allow(ruleset, fd, accesses, err) < 0)
			return error_prefix(err, "descriptor %d", fd);
	}
	return 0;
}

static int fill(int ruleset, uint64_t accesses, struct error *err)
{
	auto_fd root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (root < 0)
		return error_system(err, "open the root");
	if (allow(ruleset, root, LANDLOCK_ACCESS_FS_REFER, err) < 0)
		return error_prefix(err, "the root");
	if (allow_top(ruleset, root, accesses, err) < 0)
		return -1;
	return allow_stdio(ruleset, accesses, err);
}

int confine_landlock(const struct plan_lsm *plan, struct error *err)
{
	uint64_t accesses = LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_TRUNCATE;
	auto_fd ruleset = -1;
	int abi;

	if (!plan->landlock)
		return 0;
	abi = landlock_abi();
	if (abi < 2)
		return error_set(err, ERROR_HOST, 0,
				 "Landlock %s: closing /proc and /sys to writing needs Linux 5.19 "
				 "with Landlock enabled at boot",
				 abi == 0 ? "is not available" : "is too old");
	accesses &= landlock_known(abi);

	ruleset = landlock_ruleset(accesses | LANDLOCK_ACCESS_FS_REFER, err);
	if (ruleset < 0 || fill(ruleset, accesses, err) < 0 ||
	    landlock_restrict_self(ruleset, err) < 0)
		return error_prefix(err, "Landlock: close /proc and /sys to writing");
	return 0;
}

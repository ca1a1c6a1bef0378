/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * The image is hostile: it may be huge, deep, or change while it is read. So
 * there are bounds on bytes, entries and depth, every name is opened relative to
 * the directory it was read from, and what was opened is looked at again.
 */
#include "copyup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"

#define COPYUP_DEPTH 64

struct copyup {
	const struct plan_mount *mount;
	uint64_t bytes;
	uint64_t entries;
	dev_t dev;
	unsigned int depth;
};

static int copyup_directory(struct copyup *copy, int from, int to, struct error *err);

static int copyup_count(struct copyup *copy, uint64_t bytes, struct error *err)
{
	const struct plan_mount *mount = copy->mount;

	copy->entries++;
	copy->bytes += bytes;
	if ((mount->copy_up_entries && copy->entries > mount->copy_up_entries) ||
	    (mount->copy_up_bytes && copy->bytes > mount->copy_up_bytes))
		return error_set(err, ERROR_HOST, 0,
				 "%s of the image has more than %llu entries or %llu bytes, which is more "
				 "than is copied into a tmpfs: mount a volume there, or raise copyUpEntries "
				 "and copyUpBytes of the policy", mount->destination,
				 (unsigned long long)mount->copy_up_entries,
				 (unsigned long long)mount->copy_up_bytes);
	return 0;
}

static int copyup_attributes(int fd, const struct stat *st, struct error *err)
{
	struct timespec times[2] = { st->st_atim, st->st_mtim };

	/* An id that the container does not have stays with the container's root. */
	if (fchown(fd, st->st_uid, st->st_gid) && errno != EINVAL && errno != EPERM)
		return error_system(err, "set the owner");
	if (fchmod(fd, st->st_mode & 07777) || futimens(fd, times))
		return error_system(err, "set the mode and time");
	return 0;
}

static int copyup_file(struct copyup *copy, int from, int to, const char *name, struct error *err)
{
	auto_fd in = openat(from, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	auto_fd out = -1;
	struct stat st;
	off_t left;

	if (in < 0 || fstat(in, &st))
		return error_system(err, "open '%s'", name);
	if (!S_ISREG(st.st_mode) || st.st_dev != copy->dev)
		return 0;
	if (copyup_count(copy, (uint64_t)st.st_size, err))
		return -1;
	out = openat(to, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (out < 0)
		return error_system(err, "make '%s'", name);
	for (left = st.st_size; left > 0;) {
		ssize_t done = sendfile(out, in, NULL, (size_t)left);

		if (done < 0)
			return error_system(err, "copy '%s'", name);
		if (done == 0)
			break; /* it became shorter */
		left -= done;
	}
	return copyup_attributes(out, &st, err);
}

static int copyup_link(struct copyup *copy, int from, int to, const char *name, const struct stat *st,
		       struct error *err)
{
	char target[4097];
	ssize_t length = readlinkat(from, name, target, sizeof(target) - 1);

	if (length < 0)
		return error_system(err, "read the link '%s'", name);
	target[length] = '\0';
	if (copyup_count(copy, (uint64_t)length, err))
		return -1;
	if (symlinkat(target, to, name))
		return error_system(err, "make the link '%s'", name);
	if (fchownat(to, name, st->st_uid, st->st_gid, AT_SYMLINK_NOFOLLOW) && errno != EINVAL &&
	    errno != EPERM)
		return error_system(err, "set the owner of '%s'", name);
	return 0;
}

static int copyup_subdirectory(struct copyup *copy, int from, int to, const char *name,
			       struct error *err)
{
	auto_fd in = openat(from, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	auto_fd out = -1;
	struct stat st;

	if (in < 0 || fstat(in, &st))
		return error_system(err, "open '%s'", name);
	if (st.st_dev != copy->dev)
		return 0;
	if (copyup_count(copy, 0, err))
		return -1;
	if (++copy->depth > COPYUP_DEPTH)
		return error_set(err, ERROR_HOST, 0, "'%s' lies too deep", name);
	if (mkdirat(to, name, 0700))
		return error_system(err, "make '%s'", name);
	out = openat(to, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (out < 0)
		return error_system(err, "open '%s'", name);
	if (copyup_directory(copy, in, out, err) || copyup_attributes(out, &st, err))
		return -1;
	copy->depth--;
	return 0;
}

static int copyup_entry(struct copyup *copy, int from, int to, const char *name, struct error *err)
{
	struct stat st;

	if (fstatat(from, name, &st, AT_SYMLINK_NOFOLLOW))
		return errno == ENOENT ? 0 : error_system(err, "look at '%s'", name);
	if (S_ISDIR(st.st_mode))
		return copyup_subdirectory(copy, from, to, name, err);
	if (S_ISREG(st.st_mode))
		return copyup_file(copy, from, to, name, err);
	if (S_ISLNK(st.st_mode))
		return copyup_link(copy, from, to, name, &st, err);
	return copyup_count(copy, 0, err); /* left out, and looked at all the same */
}

static int copyup_directory(struct copyup *copy, int from, int to, struct error *err)
{
	int again = openat(from, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *listing = again < 0 ? NULL : fdopendir(again);
	struct dirent *entry;
	int result = 0;

	if (!listing) {
		if (again >= 0)
			(void)close(again);
		return error_system(err, "list a directory");
	}
	while (result == 0 && (errno = 0, entry = readdir(listing))) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		result = copyup_entry(copy, from, to, entry->d_name, err);
	}
	if (result == 0 && errno)
		result = error_system(err, "list a directory");
	(void)closedir(listing);
	return result;
}

int copyup_run(int from, int to, const struct plan_mount *mount, struct error *err)
{
	struct copyup copy = { .mount = mount };
	auto_fd in = openat(from, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct stat st;

	if (in < 0 || fstat(in, &st))
		return error_system(err, "open %s of the image", mount->destination);
	copy.dev = st.st_dev;
	if (copyup_directory(&copy, in, to, err))
		return error_prefix(err, "copy %s of the image into the tmpfs", mount->destination);
	/* The tmpfs has a mode of its own when the plan gave one; the owner is the image's. */
	if (fchownat(to, "", st.st_uid, st.st_gid, AT_EMPTY_PATH) && errno != EINVAL && errno != EPERM)
		return error_system(err, "set the owner of %s", mount->destination);
	return 0;
}

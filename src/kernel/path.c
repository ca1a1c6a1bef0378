/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */

/*
 * Resolution is the kernel's, all of it. To make what is missing of a path, the walk below asks
 * openat2 for one prefix after another, always from the root, and steps in where the kernel says
 * ENOENT: the parent of that component is at hand as a descriptor, so the component is either
 * missing, and is made there, or a dangling link, and its text takes its place in the path.
 * Then the walk begins again. Every turn makes one thing or follows one link, and turns are
 * bounded.
 *
 * The threat is another container that shares a volume with this one and renames directories or
 * swaps links while the walk runs (CVE-2024-45310). It can win nothing: a prefix never leads out
 * of the root, creation never follows a link, and what comes out is compared with what was made.
 */
#include "kernel/path.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "kernel/call.h"
#include "kernel/procfs.h"

#define TRIES_MAX 128	/* as libpathrs: openat2 gives EAGAIN when a rename races with ".." */
#define LINKS_MAX 40	/* the kernel's own MAXSYMLINKS */
#define TURNS_MAX 512	/* more components than that are nobody's mount target */

#define PARENT_MODE 0755

/** One walk along a path that may have to be made. */
struct walk {
	int root;
	bool is_file;		/* of the last component */
	mode_t mode;		/* of the last component, and of all if that is a directory */
	char path[PATH_MAX];	/* rewritten when a dangling link is followed */
	unsigned int links;
	bool created;		/* the last component was made here … */
	struct path_identity made;	/* … and is this */
};

/** A component that is not there: path[start..end) in the directory parent. */
struct missing {
	int parent;
	size_t start;
	size_t end;
	bool is_last;
	char name[NAME_MAX + 1];
};

static int open_resolved(int dirfd, const char *path, int flags, uint64_t resolve)
{
	const struct open_how how = { .flags = (uint64_t)(unsigned int)flags, .resolve = resolve };
	int fd;

	if (flags & (O_CREAT | (O_TMPFILE & ~O_DIRECTORY))) {
		errno = EINVAL;
		return -1;
	}
	for (int tries = 0; tries < TRIES_MAX; tries++) {
		fd = call_openat2(dirfd, path, &how);
		if (fd >= 0 || (errno != EAGAIN && errno != EINTR))
			return fd;
	}
	return -1;
}

static int open_in_root(int root, const char *path, int flags)
{
	return open_resolved(root, path, flags, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);
}

static int open_beneath(int dir, const char *path, int flags)
{
	return open_resolved(dir, path, flags,
			     RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV |
			     RESOLVE_NO_MAGICLINKS);
}

int path_open_in_root(int root, const char *path, int flags, struct error *err)
{
	int fd = open_in_root(root, path, flags);

	return fd < 0 ? error_system(err, "open %s", path) : fd;
}

int path_open_beneath(int dir, const char *path, int flags, struct error *err)
{
	int fd = open_beneath(dir, path, flags);

	return fd < 0 ? error_system(err, "open %s", path) : fd;
}

/* Whether the rest of a path stays where it is: slashes and single dots. */
static bool leads_nowhere(const char *rest)
{
	for (;;) {
		rest += strspn(rest, "/");
		if (rest[0] != '.' || (rest[1] != '/' && rest[1] != '\0'))
			return rest[0] == '\0';
		rest++;
	}
}

/*
 * Opens prefix after prefix. Gives 1 and fills @missing at the first that is not there, its parent
 * then being the caller's to close; 0 and @found if the whole path is there; -1 with errno.
 */
static int walk_prefixes(struct walk *walk, int *found, struct missing *missing)
{
	auto_fd parent = -1;
	char prefix[PATH_MAX];
	size_t start = 0;
	size_t end;
	int fd;

	parent = open_in_root(walk->root, "/", O_PATH | O_DIRECTORY);
	if (parent < 0)
		return -1;
	for (;;) {
		start += strspn(walk->path + start, "/");
		end = start + strcspn(walk->path + start, "/");
		if (start == end) {
			*found = take_fd(&parent);
			return 0;
		}
		memcpy(prefix, walk->path, end);
		prefix[end] = '\0';
		fd = open_in_root(walk->root, prefix, O_PATH);
		if (fd < 0)
			break;
		close_fd(&parent);
		parent = fd;
		start = end;
	}
	if (errno != ENOENT)
		return -1;
	if (end - start > NAME_MAX) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(missing->name, walk->path + start, end - start);
	missing->name[end - start] = '\0';
	missing->start = start;
	missing->end = end;
	missing->is_last = leads_nowhere(walk->path + end);
	missing->parent = take_fd(&parent);
	return 1;
}

/* Puts the text of a dangling link into the path in place of its name. */
static int walk_follow(struct walk *walk, const struct missing *missing, const char *target)
{
	char path[PATH_MAX];
	int length;

	if (++walk->links > LINKS_MAX) {
		errno = ELOOP;
		return -1;
	}
	/* A relative target starts at the link's parent, an absolute one at the root. */
	length = snprintf(path, sizeof(path), "%.*s%s%s",
			  target[0] == '/' ? 0 : (int)missing->start, walk->path, target,
			  walk->path + missing->end);
	if (length < 0 || (size_t)length >= sizeof(path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(walk->path, path, (size_t)length + 1);
	return 0;
}

static int make_node(int parent, const char *name, bool is_file, mode_t mode)
{
	auto_fd file = -1;
	mode_t saved;
	int result;

	/*
	 * The mode is to be right from the start: a chmod afterwards could hit what a racer put
	 * there, and would take the setgid bit that a new directory has from its parent.
	 */
	saved = umask(0);
	if (is_file) {
		file = openat(parent, name,
			      O_CREAT | O_EXCL | O_NOFOLLOW | O_RDONLY | O_CLOEXEC | O_NOCTTY,
			      mode & 0777);
		result = file < 0 ? -1 : 0;
	} else {
		result = mkdirat(parent, name, mode & 01777);
	}
	(void)umask(saved);
	return result;
}

/* Whether what a path ends in can only be a directory: "a/", "a/.", "a/..". */
static bool names_directory(const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *leaf = slash ? slash + 1 : path;

	return leaf[0] == '\0' || strcmp(leaf, ".") == 0 || strcmp(leaf, "..") == 0;
}

/*
 * Remembers what was made, if it is still what stands there. A racer can have put another thing
 * in its place: that one is then treated as found, not made, and nobody will chown it.
 */
static int remember_made(struct walk *walk, int node, struct error *err)
{
	struct stat st;

	if (fstat(node, &st) < 0)
		return error_system(err, "stat");
	if (walk->is_file ? !S_ISREG(st.st_mode) : !S_ISDIR(st.st_mode))
		return 0;
	/* setfsuid(-1) changes nothing and tells the present value. */
	if (st.st_uid != (uid_t)setfsuid((uid_t)-1))
		return 0;
	if (path_identity_read(node, &walk->made, err) < 0)
		return -1;
	walk->created = true;
	return 0;
}

static int walk_make(struct walk *walk, const struct missing *missing, struct error *err)
{
	bool is_file = walk->is_file && missing->is_last;
	auto_fd node = -1;

	if (is_file && names_directory(walk->path))
		return error_set(err, ERROR_SYSTEM, EISDIR, "create");
	if (make_node(missing->parent, missing->name, is_file,
		      walk->is_file && !is_file ? PARENT_MODE : walk->mode) < 0) {
		if (errno == EEXIST)	/* somebody else was first: the next turn sees it */
			return 0;
		return error_system(err, "create");
	}
	/* NO_XDEV: on its parent's mount, and not a link. */
	node = open_beneath(missing->parent, missing->name, O_PATH | O_NOFOLLOW);
	if (node < 0)
		return error_system(err, "open what was created");
	return missing->is_last ? remember_made(walk, node, err) : 0;
}

/* One turn for a component that is not there: follow it if it is a link, else make it. */
static int walk_turn(struct walk *walk, const struct missing *missing, struct error *err)
{
	char target[PATH_MAX];
	ssize_t length;

	length = readlinkat(missing->parent, missing->name, target, sizeof(target) - 1);
	if (length > 0) {
		target[length] = '\0';
		if (walk_follow(walk, missing, target) < 0)
			return error_system(err, "follow link");
		return 0;
	}
	if (length == 0 || errno == EINVAL)	/* something was put there meanwhile */
		return 0;
	if (errno != ENOENT)
		return error_system(err, "read link");
	return walk_make(walk, missing, err);
}

/* The end of a walk: what the path leads to must be the right type, and what was made. */
static int walk_check(const struct walk *walk, int found, struct error *err)
{
	struct path_identity identity = { 0 };
	struct stat st;

	if (fstat(found, &st) < 0)
		return error_system(err, "stat");
	if (walk->is_file && S_ISDIR(st.st_mode))
		return error_set(err, ERROR_SYSTEM, EISDIR, "open");
	if (!walk->is_file && !S_ISDIR(st.st_mode))
		return error_set(err, ERROR_SYSTEM, ENOTDIR, "open");
	if (!walk->created)
		return 0;
	if (path_identity_read(found, &identity, err) < 0)
		return -1;
	if (!path_identity_equal(&identity, &walk->made))
		return error_set(err, ERROR_SYSTEM, EXDEV, "was moved while it was being made");
	return 0;
}

static int walk_run(struct walk *walk, struct error *err)
{
	for (int turn = 0; turn < TURNS_MAX; turn++) {
		struct missing missing = { .parent = -1 };
		auto_fd parent = -1;
		auto_fd found = -1;
		int result;

		result = walk_prefixes(walk, &found, &missing);
		parent = missing.parent;
		if (result < 0)
			return error_system(err, "open");
		if (result == 0)
			return walk_check(walk, found, err) < 0 ? -1 : take_fd(&found);
		if (walk_turn(walk, &missing, err) < 0)
			return -1;
	}
	return error_set(err, ERROR_SYSTEM, EAGAIN, "open");
}

static int make(int root, const char *path, mode_t mode, bool is_file, bool *created,
		struct error *err)
{
	struct walk walk = { .root = root, .is_file = is_file, .mode = mode };
	size_t length = strlen(path);
	int fd;

	if (length == 0)
		return error_set(err, ERROR_SYSTEM, ENOENT, "create %s", path);
	if (length >= sizeof(walk.path))
		return error_set(err, ERROR_SYSTEM, ENAMETOOLONG, "create %.64s…", path);
	memcpy(walk.path, path, length + 1);

	fd = walk_run(&walk, err);
	if (fd < 0)
		return error_prefix(err, "%s", path);
	if (created)
		*created = walk.created;
	return fd;
}

int path_make_directory(int root, const char *path, mode_t mode, bool *created,
			struct error *err)
{
	return make(root, path, mode, false, created, err);
}

int path_make_file(int root, const char *path, mode_t mode, bool *created, struct error *err)
{
	if (names_directory(path))
		return error_set(err, ERROR_SYSTEM, EISDIR, "create %s", path);
	return make(root, path, mode, true, created, err);
}

int path_reopen(int procfs, int fd, int flags, struct error *err)
{
	struct path_identity before = { 0 };
	struct path_identity after = { 0 };
	auto_fd again = -1;
	char name[32];
	struct stat st;
	pid_t self;

	if (fstat(fd, &st) < 0)
		return error_system(err, "stat");
	if (flags & (O_CREAT | (O_TMPFILE & ~O_DIRECTORY)))
		return error_set(err, ERROR_SYSTEM, EINVAL, "reopen");

	if (S_ISDIR(st.st_mode)) {
		again = openat(fd, ".", flags | O_CLOEXEC);
		if (again < 0)
			return error_system(err, "reopen directory");
	} else {
		if (procfs_self(procfs, &self, err) < 0)
			return -1;
		(void)snprintf(name, sizeof(name), "fd/%d", fd);
		again = procfs_open_link(procfs, self, name, flags, err);
		if (again < 0)
			return -1;
	}

	if (path_identity_read(fd, &before, err) < 0 || path_identity_read(again, &after, err) < 0)
		return -1;
	if (!path_identity_equal(&before, &after))
		return error_set(err, ERROR_SYSTEM, EXDEV, "reopen: not the same file");
	return take_fd(&again);
}

int path_identity_read(int fd, struct path_identity *out, struct error *err)
{
	struct statx stx;

	/* A kernel that knows the unique id gives that one; older kernels ignore the bit. */
	if (call_statx(fd, STATX_INO | STATX_MNT_ID | STATX_MNT_ID_UNIQUE, &stx) < 0)
		return error_system(err, "statx");
	if (!(stx.stx_mask & (STATX_MNT_ID | STATX_MNT_ID_UNIQUE)))
		return error_set(err, ERROR_HOST, 0, "this kernel tells no mount ids");
	*out = (struct path_identity){
		.dev_major = stx.stx_dev_major,
		.dev_minor = stx.stx_dev_minor,
		.ino = stx.stx_ino,
		.mnt_id = stx.stx_mnt_id,
		.unique = (stx.stx_mask & STATX_MNT_ID_UNIQUE) != 0,
	};
	return 0;
}

bool path_identity_same_mount(const struct path_identity *a, const struct path_identity *b)
{
	return a->mnt_id == b->mnt_id && a->unique == b->unique;
}

bool path_identity_equal(const struct path_identity *a, const struct path_identity *b)
{
	return a->dev_major == b->dev_major && a->dev_minor == b->dev_minor && a->ino == b->ino &&
	       path_identity_same_mount(a, b);
}

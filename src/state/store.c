/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * Whoever can write here decides what orlop signals, unmounts and deletes as
 * root. So the directory must be ours and closed to others, its last component
 * and every container's directory are opened without following links, and all
 * that follows goes through descriptors.
 *
 * The lock of a container is a flock on its directory: the kernel lets go of it
 * when its holder dies, and no file can be left behind. A command that waited for
 * it looks again whether the directory is still there: the one before may have
 * been delete.
 */
#include "state/store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/text.h"
#include "host/host.h"
#include "kernel/lock.h"

#define STORE_ROOT "/run/orlop"
#define STORE_FILE "state.json"

/* Annotations may fill a config.json of 4 MiB, and a byte of them may be six in a JSON escape. */
#define STORE_FILE_MAX ((size_t)32 << 20)

static const struct {
	const char *name;
	size_t max;
} kept_files[] = {
	[STORE_CONFIG] = { "config.json", (size_t)4 << 20 },
	[STORE_POLICY] = { "policy.json", (size_t)1 << 20 },
	[STORE_RESOURCES] = { "resources.json", (size_t)32 << 20 },
};

/* What lies in the default directory and is no container. */
static const char *const reserved[] = {
	"ids",		/* run/registry.h */
	"seccomp",	/* filters that were compiled before */
};

static bool store_reserves(const struct store *store, const char *id)
{
	if (strcmp(store->root, STORE_ROOT) != 0)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(reserved); i++)
		if (strcmp(reserved[i], id) == 0)
			return true;
	return false;
}

/* Like `mkdir -p`, and closed to others; a directory that is there is left as it is. */
static int store_make_directories(const char *path, struct error *err)
{
	auto_free char *copy = strdup(path);

	if (!copy)
		return error_system(err, "make the state directory '%s'", path);
	for (char *slash = copy + 1;; slash++) {
		char kept = *slash;

		if (kept != '/' && kept != '\0')
			continue;
		*slash = '\0';
		if (mkdir(copy, 0700) < 0 && errno != EEXIST)
			return error_system(err, "make the state directory '%s'", copy);
		*slash = kept;
		if (kept == '\0')
			return 0;
	}
}

/* The path of --root, or the default one, made absolute. NULL with errno when out of memory. */
static char *store_path(const char *root)
{
	auto_free char *directory = NULL;
	const char *runtime = getenv("XDG_RUNTIME_DIR");
	char *path = NULL;
	size_t length;

	if (!root && host_caller() != HOST_CALLER_ROOT && runtime && runtime[0] == '/') {
		if (asprintf(&path, "%s/orlop", runtime) < 0)
			return NULL;
	} else if (!root || root[0] == '/') {
		path = strdup(root ? root : STORE_ROOT);
	} else {
		directory = getcwd(NULL, 0);
		if (!directory || asprintf(&path, "%s/%s", directory, root) < 0)
			return NULL;
	}
	if (!path)
		return NULL;

	/* A slash at the end would make the kernel follow a link there. */
	length = strlen(path);
	while (length > 1 && path[length - 1] == '/')
		path[--length] = '\0';
	return path;
}

static int store_check_directory(int fd, const char *path, struct error *err)
{
	struct stat status;

	if (fstat(fd, &status) < 0)
		return error_system(err, "look at the state directory '%s'", path);
	if (status.st_uid != geteuid())
		return error_set(err, ERROR_STATE, 0,
				 "the state directory '%s' belongs to user %u, not to %u", path,
				 status.st_uid, geteuid());
	if (status.st_mode & 077)
		return error_set(err, ERROR_STATE, 0,
				 "the state directory '%s' has mode %04o: it must be 0700", path,
				 status.st_mode & 07777);
	return 0;
}

int store_open(const char *root, bool create, struct store *out, struct error *err)
{
	auto_free char *path = NULL;
	auto_free char *canonical = NULL;
	auto_fd fd = -1;

	if (root && root[0] == '\0')
		return error_set(err, ERROR_USAGE, 0, "the state directory's name is empty");
	path = store_path(root);
	if (!path)
		return error_system(err, "find the state directory");

	fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT && create) {
		if (store_make_directories(path, err) < 0)
			return -1;
		fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	}
	if (fd < 0 && errno == ENOENT && !create && !root) {
		*out = (struct store){ .root = take_ptr(path), .fd = -1 };
		return 0;
	}
	if (fd < 0)
		return error_system(err, "open the state directory '%s'", path);
	if (store_check_directory(fd, path, err) < 0)
		return -1;

	/* The registry knows a container by this path and its id: one spelling only. */
	canonical = realpath(path, NULL);
	if (!canonical)
		return error_system(err, "resolve the state directory '%s'", path);
	*out = (struct store){ .root = take_ptr(canonical), .fd = take_fd(&fd) };
	return 0;
}

void store_close(struct store *store)
{
	int saved = errno;

	close_fd(&store->fd);
	free(store->root);
	store->root = NULL;
	errno = saved;
}

int store_check_id(const char *id, struct error *err)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+-.";
	size_t length = strlen(id);

	if (length == 0)
		return error_set(err, ERROR_USAGE, 0, "the container id is empty");
	if (length > 255)
		return error_set(err, ERROR_USAGE, 0,
				 "the container id has %zu bytes, 255 are allowed", length);
	if (id[0] == '.' || strspn(id, letters) != length)
		return error_set(err, ERROR_USAGE, 0,
				 "invalid container id '%s': letters, digits and _+-. are allowed, "
				 "no dot at the start",
				 id);
	return 0;
}

static int missing(const char *id, struct error *err)
{
	error_set(err, ERROR_STATE, 0, "container %s does not exist", id);
	if (err)
		err->errnum = ENOENT;
	return -1;
}

/* Whether the name still leads to the directory that was opened. */
static bool store_entry_is_current(const struct store *store, const struct store_entry *entry)
{
	struct stat named;
	struct stat opened;

	return fstatat(store->fd, entry->id, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
	       fstat(entry->fd, &opened) == 0 && named.st_dev == opened.st_dev &&
	       named.st_ino == opened.st_ino;
}

/*
 * Takes the lock of a container's directory, on a descriptor of its own: what a child inherits of
 * the directory itself is no copy of the lock.
 */
static int store_lock(struct store_entry *entry, bool wait, struct error *err)
{
	auto_fd lock = openat(entry->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (lock < 0)
		return error_system(err, "open its directory");
	if (lock_take(lock, wait ? LOCK_WAIT_MS : 0, err) < 0)
		return -1;
	entry->lock = take_fd(&lock);
	return 0;
}

/* Opens a container's directory and locks it; what was removed meanwhile does not exist. */
static int store_enter(const struct store *store, const char *id, bool wait,
		       struct store_entry *out, struct error *err)
{
	auto_store_entry entry = STORE_ENTRY_NULL;
	struct error cause = ERROR_INIT;

	memcpy(entry.id, id, strlen(id) + 1);
	entry.fd = openat(store->fd, id, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (entry.fd < 0 && errno == ENOENT)
		return missing(id, err);
	if (entry.fd < 0)
		return error_system(err, "open the state of container %s", id);

	if (store_lock(&entry, wait, &cause) < 0 && cause.errnum != ENOENT &&
	    (wait || cause.errnum != EWOULDBLOCK))
		return error_set(err, ERROR_STATE, 0, "container %s is in use: %s", id, cause.message);
	if (!store_entry_is_current(store, &entry))
		return missing(id, err);

	*out = entry;
	entry = STORE_ENTRY_NULL;
	return 0;
}

int store_create(const struct store *store, const char *id, struct store_entry *out,
		 struct error *err)
{
	if (store_check_id(id, err) < 0)
		return -1;
	if (store_reserves(store, id))
		return error_set(err, ERROR_USAGE, 0,
				 "'%s' cannot be a container id in %s: orlop uses the name itself",
				 id, store->root);
	if (mkdirat(store->fd, id, 0700) < 0) {
		if (errno == EEXIST)
			return error_set(err, ERROR_STATE, 0, "container %s already exists", id);
		return error_system(err, "make the state of container %s", id);
	}
	if (store_enter(store, id, true, out, err) == 0)
		return 0;
	/* Empty, and ours: what cannot be entered does not stay. */
	(void)unlinkat(store->fd, id, AT_REMOVEDIR);
	return -1;
}

int store_find(const struct store *store, const char *id, bool wait, struct store_entry *out,
	       struct error *err)
{
	if (store_check_id(id, err) < 0)
		return -1;
	if (store->fd < 0 || store_reserves(store, id))
		return missing(id, err);
	return store_enter(store, id, wait, out, err);
}

void store_unlock(struct store_entry *entry)
{
	int saved = errno;

	/* A child may have a copy of the descriptor: closing ours would not let go. */
	if (entry->lock >= 0)
		(void)flock(entry->lock, LOCK_UN);
	close_fd(&entry->lock);
	errno = saved;
}

void store_entry_close(struct store_entry *entry)
{
	store_unlock(entry);
	close_fd(&entry->fd);
}

/* Writes a file beside the one of that name, and puts it in its place. */
static int store_put(const struct store_entry *entry, const char *name, const char *bytes,
		     size_t size, struct error *err)
{
	char fresh[64];
	auto_fd file = -1;

	(void)snprintf(fresh, sizeof(fresh), "%s.new", name);
	/* A killed command may have left it half-written; the lock says that nobody writes now. */
	if (unlinkat(entry->fd, fresh, 0) < 0 && errno != ENOENT)
		return error_system(err, "remove an old %s", fresh);
	file = openat(entry->fd, fresh, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (file < 0)
		return error_system(err, "make %s", fresh);
	if (fd_write_all(file, bytes, size, err) < 0)
		return error_prefix(err, "write the state of container %s", entry->id);
	if (renameat(entry->fd, fresh, entry->fd, name) < 0)
		return error_system(err, "replace the state of container %s", entry->id);
	return 0;
}

int store_save(const struct store_entry *entry, const struct record *record, struct error *err)
{
	auto_text text = TEXT_INIT(STORE_FILE_MAX);

	record_write(record, &text);
	if (text.truncated)
		return error_set(err, ERROR_STATE, 0, "the state of container %s is too large",
				 entry->id);
	return store_put(entry, STORE_FILE, text_string(&text), text.size, err);
}

int store_load(const struct store_entry *entry, struct record *out, struct error *err)
{
	auto_free char *bytes = NULL;
	struct error cause = ERROR_INIT;
	size_t size = 0;

	if (fd_read_file(entry->fd, STORE_FILE, STORE_FILE_MAX, &bytes, &size, &cause) < 0) {
		/* Callers take "no such file" for the program of the container. */
		if (cause.errnum == ENOENT)
			return error_set(err, ERROR_STATE, 0,
					 "the state of container %s is damaged: " STORE_FILE " is gone",
					 entry->id);
		return error_set(err, ERROR_STATE, 0, "read the state of container %s: %s",
				 entry->id, cause.message);
	}
	if (record_read(bytes, size, out, &cause) < 0)
		return error_set(err, ERROR_STATE, 0, "the state of container %s %s: %s", entry->id,
				 cause.errnum == ENOTSUP ? "cannot be read" : "is damaged", cause.message);
	if (strcmp(out->id, entry->id) == 0)
		return 0;
	record_free(out);
	return error_set(err, ERROR_STATE, 0,
			 "the state of container %s is damaged: it is another container's",
			 entry->id);
}

int store_keep(const struct store_entry *entry, enum store_kept which, const char *bytes,
	       size_t size, struct error *err)
{
	const char *name = kept_files[which].name;
	auto_fd file = -1;

	file = openat(entry->fd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (file < 0)
		return error_system(err, "make %s in the state of container %s", name, entry->id);
	if (fd_write_all(file, bytes, size, err) < 0)
		return error_prefix(err, "write %s in the state of container %s", name, entry->id);
	return 0;
}

int store_replace(const struct store_entry *entry, enum store_kept which, const char *bytes,
		  size_t size, struct error *err)
{
	return store_put(entry, kept_files[which].name, bytes, size, err);
}

int store_kept(const struct store_entry *entry, enum store_kept which, char **bytes, size_t *size,
	       struct error *err)
{
	struct error cause = ERROR_INIT;

	if (fd_read_file(entry->fd, kept_files[which].name, kept_files[which].max, bytes, size,
			 &cause) == 0)
		return 0;
	if (cause.errnum == ENOENT)
		error_set(err, ERROR_STATE, 0,
			  "the state of container %s has no %s: an earlier version of orlop made it",
			  entry->id, kept_files[which].name);
	else
		error_set(err, ERROR_STATE, 0, "the state of container %s: %s", entry->id,
			  cause.message);
	if (err)
		err->errnum = cause.errnum;
	return -1;
}

static DIR *store_directory(int fd)
{
	auto_fd again = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *directory = again < 0 ? NULL : fdopendir(again);

	if (directory)
		again = -1;
	return directory;
}

static void close_directory(DIR **directory)
{
	int saved = errno;

	if (*directory)
		(void)closedir(*directory);
	errno = saved;
}

#define auto_directory __attribute__((cleanup(close_directory))) DIR

/* One level only, and never through a mount: what is mounted here is not ours to empty. */
static int store_empty(const struct store_entry *entry, struct error *err)
{
	auto_directory *directory = store_directory(entry->fd);
	const struct dirent *item;

	if (!directory && errno == ENOENT)
		return 0;
	if (!directory)
		return error_system(err, "list the state of container %s", entry->id);
	while ((errno = 0, item = readdir(directory)) != NULL) {
		if (strcmp(item->d_name, ".") == 0 || strcmp(item->d_name, "..") == 0)
			continue;
		if (unlinkat(entry->fd, item->d_name, 0) == 0 || errno == ENOENT)
			continue;
		if (errno == EISDIR && unlinkat(entry->fd, item->d_name, AT_REMOVEDIR) == 0)
			continue;
		return error_system(err, "remove '%s' from the state of container %s", item->d_name,
				    entry->id);
	}
	return errno ? error_system(err, "list the state of container %s", entry->id) : 0;
}

int store_remove(const struct store *store, struct store_entry *entry, struct error *err)
{
	if (entry->fd < 0 || !store_entry_is_current(store, entry))
		return 0;
	if (store_empty(entry, err) < 0)
		return -1;
	if (unlinkat(store->fd, entry->id, AT_REMOVEDIR) < 0 && errno != ENOENT)
		return error_system(err, "remove the state of container %s", entry->id);
	return 0;
}

static int compare_ids(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Whether an item of the state directory is a container's. */
static bool store_is_entry(const struct store *store, const char *name)
{
	struct stat status;

	return store_check_id(name, NULL) == 0 && !store_reserves(store, name) &&
	       fstatat(store->fd, name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
	       S_ISDIR(status.st_mode);
}

int store_list(const struct store *store, struct arena *arena, const char ***ids, size_t *count,
	       struct error *err)
{
	auto_directory *directory = NULL;
	const struct dirent *item;
	const char **found = NULL;
	size_t capacity = 0;
	size_t number = 0;

	if (store->fd >= 0) {
		directory = store_directory(store->fd);
		if (!directory)
			return error_system(err, "list the state directory '%s'", store->root);
	}
	while (directory && (errno = 0, item = readdir(directory)) != NULL) {
		if (!store_is_entry(store, item->d_name))
			continue;
		if (number == capacity) {
			const char **larger;

			capacity = capacity * 2 + 16;
			larger = arena_array(arena, capacity, sizeof(*larger));
			if (number > 0)
				memcpy(larger, found, number * sizeof(*larger));
			found = larger;
		}
		found[number++] = arena_strdup(arena, item->d_name);
	}
	if (directory && errno)
		return error_system(err, "list the state directory '%s'", store->root);

	if (number > 1)
		qsort(found, number, sizeof(*found), compare_ids);
	*ids = found;
	*count = number;
	return 0;
}

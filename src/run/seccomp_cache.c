/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * A filter that somebody else wrote would be loaded as if it were ours. So:
 *
 *  - the directory and the one above it belong to root and nobody else may write there, and no
 *    link is followed to them; without euid 0 there is no cache;
 *  - a file counts only if it is a regular file of root's with mode 0600 and one name;
 *  - the name is a hash and only finds the file. The file holds the whole key, and is used only
 *    if every byte of it is equal: two keys with one hash replace each other, no more;
 *  - it is written under no name and linked when complete, so that no one reads half of it;
 *  - it is not used when the library that compiled it is not the file any more that it was. The
 *    file of the library is looked at, so that the library itself need not be loaded.
 *
 * The kernel checks what it loads; a program that its checks refuse is an error of the load.
 */
#include "seccomp_cache.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <link.h>
#include <linux/filter.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"

#define NAME_SIZE 40
#define KEY_MAX (4u << 20)
#define FILES_MAX 256

/* A file of a library: one that was replaced or written differs in something. No padding. */
struct library_file {
	char path[256];
	uint64_t device;
	uint64_t inode;
	uint64_t size;
	int64_t changed[4];
};

struct header {
	char magic[8];
	uint64_t key_size;
	uint64_t insn_count;
	struct library_file library;
};

static const char magic[8] = { 'o', 'r', 'l', 'o', 'p', 'b', 'p', '2' };

static bool look_at_library(const char *path, struct library_file *out)
{
	struct stat info;

	memset(out, 0, sizeof(*out));
	if (path == NULL || path[0] != '/' || strlen(path) >= sizeof(out->path) ||
	    stat(path, &info) < 0)
		return false;
	memcpy(out->path, path, strlen(path));
	out->device = info.st_dev;
	out->inode = info.st_ino;
	out->size = (uint64_t)info.st_size;
	out->changed[0] = info.st_mtim.tv_sec;
	out->changed[1] = info.st_mtim.tv_nsec;
	out->changed[2] = info.st_ctim.tv_sec;
	out->changed[3] = info.st_ctim.tv_nsec;
	return true;
}

static bool is_library_the_same(const struct library_file *library)
{
	struct library_file now;

	return memchr(library->path, '\0', sizeof(library->path)) != NULL &&
	       look_at_library(library->path, &now) && memcmp(library, &now, sizeof(now)) == 0;
}

/* The first object in the list is the program itself. */
static int find_build_id(struct dl_phdr_info *object, size_t size, void *text)
{
	(void)size;
	for (size_t i = 0; i < object->dlpi_phnum; i++) {
		const ElfW(Phdr) *segment = &object->dlpi_phdr[i];
		const char *at = (const char *)(object->dlpi_addr + segment->p_vaddr);
		const char *end = at + segment->p_memsz;

		while (segment->p_type == PT_NOTE && at + sizeof(ElfW(Nhdr)) < end) {
			const ElfW(Nhdr) *note = (const ElfW(Nhdr) *)at;
			const char *name = at + sizeof(*note);
			const char *data = name + ((note->n_namesz + 3) & ~3u);

			at = data + ((note->n_descsz + 3) & ~3u);
			if (note->n_type != NT_GNU_BUILD_ID || at > end || note->n_namesz != 4 ||
			    memcmp(name, "GNU", 4) != 0)
				continue;
			for (size_t j = 0; j < note->n_descsz; j++)
				text_appendf(text, "%02x", (unsigned char)data[j]);
			return 1;
		}
	}
	return -1;
}

bool seccomp_cache_identify(struct text *key)
{
	struct utsname host;

	if (uname(&host) < 0 || dl_iterate_phdr(find_build_id, key) != 1)
		return false;
	text_appendf(key, " kernel %s %s\n", host.release, host.machine);
	return true;
}

/* FNV-1a, eight bytes at a time. Only for the name: see above. */
static uint64_t hash(const char *key, size_t size)
{
	uint64_t value = UINT64_C(14695981039346656037);

	for (size_t i = 0; i < size; i += sizeof(uint64_t)) {
		uint64_t part = 0;

		memcpy(&part, key + i, size - i < sizeof(part) ? size - i : sizeof(part));
		value = (value ^ part) * UINT64_C(1099511628211);
		value ^= value >> 32;
	}
	return value;
}

static void file_name(const char *key, size_t size, char name[static NAME_SIZE])
{
	(void)snprintf(name, NAME_SIZE, "%016" PRIx64, hash(key, size));
}

static bool is_roots_alone(int fd, mode_t type)
{
	struct stat info;

	return fstat(fd, &info) == 0 && (info.st_mode & S_IFMT) == type && info.st_uid == 0 &&
	       (info.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

/* Opens the directory, its last two names without following links; -1 if it is not safe. */
static int open_directory(const char *path, bool make)
{
	char copy[256];
	auto_fd above = -1;
	auto_fd directory = -1;
	char *slash;

	if (snprintf(copy, sizeof(copy), "%s", path) >= (int)sizeof(copy))
		return -1;
	slash = strrchr(copy, '/');
	if (geteuid() != 0 || slash == NULL || slash == copy)
		return -1;
	*slash = '\0';
	if (make && mkdir(copy, 0700) < 0 && errno != EEXIST)
		return -1;
	above = open(copy, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (above < 0 || !is_roots_alone(above, S_IFDIR))
		return -1;
	if (make && mkdirat(above, slash + 1, 0700) < 0 && errno != EEXIST)
		return -1;
	directory = openat(above, slash + 1, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (directory < 0 || !is_roots_alone(directory, S_IFDIR))
		return -1;
	return take_fd(&directory);
}

static int open_file(int directory, const char *name)
{
	auto_fd file = openat(directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat info;

	if (file < 0 || fstat(file, &info) < 0)
		return -1;
	if (!S_ISREG(info.st_mode) || info.st_uid != 0 || (info.st_mode & 07777) != 0600 ||
	    info.st_nlink != 1)
		return -1;
	return take_fd(&file);
}

/* Checks the file's text against the key; returns the instructions in it, or NULL. */
static const char *find_insns(const char *data, size_t size, const char *key, size_t key_size,
			      size_t *count)
{
	struct header header;

	if (size < sizeof(header))
		return NULL;
	memcpy(&header, data, sizeof(header));
	if (memcmp(header.magic, magic, sizeof(magic)) != 0 || header.key_size != key_size ||
	    header.insn_count == 0 || header.insn_count > SECCOMP_INSNS_MAX ||
	    size != sizeof(header) + key_size + header.insn_count * sizeof(struct sock_filter) ||
	    memcmp(data + sizeof(header), key, key_size) != 0 ||
	    !is_library_the_same(&header.library))
		return NULL;
	*count = header.insn_count;
	return data + sizeof(header) + key_size;
}

bool seccomp_cache_load(const char *directory, const char *key, size_t key_size,
			struct seccomp_program *out)
{
	size_t max = sizeof(struct header) + key_size +
		     SECCOMP_INSNS_MAX * sizeof(struct sock_filter);
	auto_fd place = open_directory(directory, false);
	auto_free char *data = NULL;
	auto_fd file = -1;
	char name[NAME_SIZE];
	const char *insns;
	size_t size;
	size_t count;

	if (place < 0 || key_size > KEY_MAX)
		return false;
	file_name(key, key_size, name);
	file = open_file(place, name);
	if (file < 0 || fd_read_all(file, max, &data, &size, NULL) < 0)
		return false;
	insns = find_insns(data, size, key, key_size, &count);
	if (insns == NULL)
		return false;

	out->insns = calloc(count, sizeof(*out->insns));
	if (out->insns == NULL)
		return false;
	memcpy(out->insns, insns, count * sizeof(*out->insns));
	out->count = count;
	return true;
}

/* Profiles that differ for each container would fill the file system: start again then. */
static void make_room(int place)
{
	int copy = openat(place, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *listing = copy < 0 ? NULL : fdopendir(copy);
	const struct dirent *entry;
	size_t count = 0;

	if (listing == NULL) {
		if (copy >= 0)
			(void)close(copy);
		return;
	}
	while (readdir(listing) != NULL)
		count++;
	if (count > FILES_MAX) {
		rewinddir(listing);
		while ((entry = readdir(listing)) != NULL) {
			if (entry->d_name[0] != '.')
				(void)unlinkat(place, entry->d_name, 0);
		}
	}
	(void)closedir(listing);
}

/* Gives a finished file its name. A name that is taken is a stale file's, or another key's. */
static void publish(int place, int file, const char *name)
{
	for (int attempt = 0; attempt < 2; attempt++) {
		if (linkat(file, "", place, name, AT_EMPTY_PATH) == 0 || errno != EEXIST)
			return;
		if (unlinkat(place, name, 0))
			return;
	}
}

void seccomp_cache_store(const char *directory, const char *library, const char *key,
			 size_t key_size, const struct seccomp_program *program)
{
	struct header header = { .key_size = key_size, .insn_count = program->count };
	auto_fd place = -1;
	auto_fd file = -1;
	char name[NAME_SIZE];

	if (key_size > KEY_MAX || program->count == 0 || !look_at_library(library, &header.library))
		return;
	place = open_directory(directory, true);
	if (place < 0)
		return;
	make_room(place);
	file = openat(place, ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
	if (file < 0 || fchmod(file, 0600) < 0)
		return;

	memcpy(header.magic, magic, sizeof(magic));
	if (fd_write_all(file, &header, sizeof(header), NULL) < 0 ||
	    fd_write_all(file, key, key_size, NULL) < 0 ||
	    fd_write_all(file, program->insns, program->count * sizeof(*program->insns), NULL) < 0)
		return;
	file_name(key, key_size, name);
	publish(place, file, name);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * The path is walked name by name on descriptors. A directory that only root can
 * write is the same one whenever it is looked into, so what was found behind it stays
 * there for everybody but root; the walk ends where that is not so. Links are
 * read and walked in turn, and not left to the kernel, which would not say through
 * which directories they led.
 */
#include "hook_program.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "kernel/process.h"
#include "plan/plan.h"

#define ADVICE "put the program where only root can write"

/* As the kernel: MAXSYMLINKS. */
#define LINKS_MAX 40

struct walk {
	const struct hook_subject *subject;
	int directory;
	unsigned int links;
	char rest[PATH_MAX];	/* what is still to be walked */
};

static void walk_end(struct walk *walk)
{
	close_fd(&walk->directory);
}

static int walk_refuse(const struct walk *walk, const char *name, const char *what,
		       struct error *err)
{
	return plan_refusal(walk->subject->policy, POLICY_HOOKS, walk->subject->where, err, ADVICE,
			    "hook program %s: %s %s", walk->subject->path, name, what);
}

/* What is wrong with a directory or file on the way, or NULL. */
static const char *walk_fault(const struct walk *walk, const struct stat *st)
{
	const struct stat *rootfs = walk->subject->rootfs;

	if (rootfs && rootfs->st_dev == st->st_dev && rootfs->st_ino == st->st_ino)
		return "is the container's root file system";
	if (process_hides_owner(st->st_uid))
		return "belongs to somebody whom the user namespace of orlop does not show";
	if (st->st_uid != 0)
		return "does not belong to root";
	if (st->st_mode & (S_IWGRP | S_IWOTH))
		return "can be written by others than root";
	return NULL;
}

static int walk_to_top(struct walk *walk, struct error *err)
{
	struct stat st;
	const char *fault;

	close_fd(&walk->directory);
	walk->directory = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (walk->directory < 0 || fstat(walk->directory, &st))
		return error_system(err, "open the root directory");
	fault = walk_fault(walk, &st);
	return fault ? walk_refuse(walk, "/", fault, err) : 0;
}

/* Takes the first name of the rest; false when there is none. */
static bool walk_next(struct walk *walk, char *name)
{
	size_t skip = strspn(walk->rest, "/");
	size_t length = strcspn(walk->rest + skip, "/");

	if (length == 0)
		return false;
	memcpy(name, walk->rest + skip, length);
	name[length] = '\0';
	memmove(walk->rest, walk->rest + skip + length, strlen(walk->rest + skip + length) + 1);
	return true;
}

/* Puts where a link leads in front of the rest. */
static int walk_link(struct walk *walk, int link, const char *name, struct error *err)
{
	char target[PATH_MAX];
	char rest[PATH_MAX];
	ssize_t length;
	struct statfs fs;

	/* A magic link leads elsewhere than its text says. */
	if (fstatfs(link, &fs))
		return error_system(err, "look at %s", name);
	if (fs.f_type == PROC_SUPER_MAGIC)
		return walk_refuse(walk, name, "is a link of /proc", err);
	if (++walk->links > LINKS_MAX)
		return error_set(err, ERROR_SYSTEM, ELOOP, "look up %s", walk->subject->path);
	length = readlinkat(link, "", target, sizeof(target) - 1);
	if (length < 0)
		return error_system(err, "read link %s", name);
	target[length] = '\0';
	if ((size_t)snprintf(rest, sizeof(rest), "%s/%s", target, walk->rest) >= sizeof(rest))
		return error_set(err, ERROR_SYSTEM, ENAMETOOLONG, "look up %s", walk->subject->path);
	memcpy(walk->rest, rest, strlen(rest) + 1);
	return target[0] == '/' ? walk_to_top(walk, err) : 0;
}

/* One name further. @found is set once it is the program. */
static int walk_step(struct walk *walk, const char *name, bool *found, struct error *err)
{
	auto_fd next = openat(walk->directory, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;
	const char *fault;

	if (next < 0 || fstat(next, &st))
		return error_system(err, "hook program %s", walk->subject->path);
	if (S_ISLNK(st.st_mode))
		return walk_link(walk, next, name, err);
	fault = walk_fault(walk, &st);
	if (fault)
		return walk_refuse(walk, name, fault, err);
	if (S_ISDIR(st.st_mode)) {
		close_fd(&walk->directory);
		walk->directory = take_fd(&next);
		return 0;
	}
	if (!S_ISREG(st.st_mode) || walk->rest[strspn(walk->rest, "/")])
		return error_set(err, ERROR_SYSTEM, S_ISREG(st.st_mode) ? ENOTDIR : EACCES,
				 "hook program %s", walk->subject->path);
	*found = true;
	return 0;
}

int hook_program_check(const struct hook_subject *subject, struct error *err)
{
	__attribute__((cleanup(walk_end))) struct walk walk = { .subject = subject, .directory = -1 };
	char name[PATH_MAX];
	bool found = false;

	if (strlen(subject->path) >= sizeof(walk.rest))
		return error_set(err, ERROR_SYSTEM, ENAMETOOLONG, "hook program %s", subject->path);
	memcpy(walk.rest, subject->path, strlen(subject->path) + 1);
	if (walk_to_top(&walk, err))
		return -1;
	while (!found) {
		if (!walk_next(&walk, name))
			return error_set(err, ERROR_SYSTEM, EISDIR, "hook program %s", subject->path);
		if (walk_step(&walk, name, &found, err))
			return -1;
	}
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * Choosing the policy for a call, and reading the site file safely.
 *
 * Whoever can write the site file is root, so it is read only where nobody but
 * root can have written it. It is opened once; what is checked is the open
 * handle, and no name is looked up a second time. Its directory is checked as
 * well: who may rename in it may put another file in its place.
 */
#include "policy/policy.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "kernel/process.h"
#include "policy_builtin.h"

/* A policy is a page of text; this is a bound on a mistake. */
#define SITE_FILE_MAX ((size_t)1 << 20)

static const char *const mode_names[] = {
	[POLICY_OFF] = "off",
	[POLICY_AUDIT] = "audit",
	[POLICY_DENY] = "deny",
	[POLICY_ENFORCE] = "enforce",
};

static const char *const item_ids[POLICY_ITEMS] = {
#define ITEM(name, id, hardened, baseline, summary) [POLICY_##name] = id,
#include "policy/items.def"
#undef ITEM
};

static const char *const item_summaries[POLICY_ITEMS] = {
#define ITEM(name, id, hardened, baseline, summary) [POLICY_##name] = summary,
#include "policy/items.def"
#undef ITEM
};

const char *policy_item_id(enum policy_item item)
{
	return item_ids[item];
}

const char *policy_item_summary(enum policy_item item)
{
	return item_summaries[item];
}

const char *policy_mode_name(enum policy_mode mode)
{
	return mode_names[mode];
}

static int refuse_file(struct error *err, const char *path, const char *reason)
{
	return error_set(err, ERROR_POLICY, 0, "policy file %s: %s", path, reason);
}

/* The name of the error, not its words: engines read some of those as the program's own failure. */
static int refuse_open(struct error *err, const char *path, int errnum)
{
	const char *name = strerrorname_np(errnum);

	return error_set(err, ERROR_POLICY, 0, "policy file %s cannot be read (%s)", path,
			 name ? name : "unknown error");
}

/*
 * What only root can have written, and only root can replace. A user namespace has no id for the
 * host's root, nor for other users: but there is one place for the file, where none of them can put it.
 */
static int check_owner(const struct stat *status, const char *path, struct error *err)
{
	if (status->st_uid != 0 && !process_hides_owner(status->st_uid))
		return error_set(err, ERROR_POLICY, 0, "policy file: %s does not belong to root",
				 path);
	if (status->st_mode & (S_IWGRP | S_IWOTH))
		return error_set(err, ERROR_POLICY, 0,
				 "policy file: %s has mode %04o and can be written by others than its owner: "
				 "chmod go-w %s",
				 path, status->st_mode & 07777, path);
	return 0;
}

/*
 * Opens the directory of the site file. Success with *out at -1: there is none.
 */
static int open_directory(const char *path, const char **leaf, int *out, struct error *err)
{
	const char *slash = strrchr(path, '/');
	auto_free char *parent = NULL;
	auto_fd directory = -1;
	struct stat status;

	if (path[0] != '/' || !slash[1])
		return refuse_file(err, path, "the path is not that of a file from the root on");
	*leaf = slash + 1;
	parent = strndup(path, slash == path ? 1 : (size_t)(slash - path));
	if (!parent)
		return error_set(err, ERROR_SYSTEM, errno, "policy file %s", path);
	directory = open(parent, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (directory < 0 && errno == ENOENT)
		return 0;
	if (directory < 0)
		return refuse_open(err, path, errno);
	if (fstat(directory, &status) < 0)
		return error_system(err, "stat '%s'", parent);
	if (check_owner(&status, parent, err) < 0)
		return -1;
	*out = take_fd(&directory);
	return 0;
}

/* Reads the site file. Success with *bytes NULL: there is none. */
static int read_site_file(const char *path, char **bytes, size_t *size, struct error *err)
{
	const char *leaf = NULL;
	auto_fd directory = -1;
	auto_fd file = -1;
	struct stat status;

	if (open_directory(path, &leaf, &directory, err) < 0)
		return -1;
	if (directory < 0)
		return 0;
	/* A FIFO in its place must not hold the call up. */
	file = openat(directory, leaf, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (file < 0 && errno == ENOENT)
		return 0;
	if (file < 0 && errno == ELOOP)
		return refuse_file(err, path, "it is a link");
	if (file < 0)
		return refuse_open(err, path, errno);
	if (fstat(file, &status) < 0)
		return error_system(err, "stat '%s'", path);
	if (!S_ISREG(status.st_mode))
		return refuse_file(err, path, "it is not a regular file");
	if (check_owner(&status, path, err) < 0)
		return -1;
	if (fd_read_all(file, SITE_FILE_MAX, bytes, size, err) < 0)
		return error_prefix(err, "policy file %s", path);
	return 0;
}

int policy_load(const char *name, const char *bytes, size_t size, const char *file,
		struct policy *out, struct error *err)
{
	const struct policy *builtin;

	if (bytes)
		return policy_merge(name, bytes, size, file, out, err);
	builtin = policy_builtin_find(name ? name : POLICY_DEFAULT);
	if (!builtin)
		return error_set(err, ERROR_USAGE, 0,
				 "there is no policy '%s': hardened, baseline and oci are known",
				 name);
	*out = *builtin;
	return 0;
}

int policy_load_site(const char *name, const char *path, struct policy *out, struct error *err)
{
	auto_free char *bytes = NULL;
	size_t size = 0;

	if (read_site_file(path, &bytes, &size, err) < 0)
		return -1;
	if (policy_load(name, bytes, size, path, out, err) < 0)
		return -1;
	out->site = take_ptr(bytes);
	out->site_size = out->site ? size : 0;
	return 0;
}

void policy_free(struct policy *policy)
{
	if (!policy)
		return;
	arena_free(&policy->arena);
	free(policy->site);
	*policy = (struct policy){ 0 };
}

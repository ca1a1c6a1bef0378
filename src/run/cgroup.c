/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * Making the container's cgroup.
 *
 * Other runtimes work in the same tree at the same moment: a parent that was there when it was
 * looked up may be gone when the leaf is made, so making starts again from the top a few times.
 *
 * cgroup_apply.c writes limits, cgroup_events.c freezes processes, cgroup_signal.c ends them,
 * cgroup_tree.c lists and removes what lies below.
 */
#include "cgroup_managers.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "kernel/compat.h"
#include "kernel/path.h"

#define CONTROL_MAX 4096	/* bytes of cgroup.controllers and the like */
#define CREATE_ATTEMPTS 8

#define OPEN_DIRECTORY (O_RDONLY | O_DIRECTORY)

static int pass_on(const struct error *failure, struct error *err)
{
	if (err != NULL)
		*err = *failure;
	return -1;
}

int cgroup_open_mount(const char *mount, struct error *err)
{
	auto_fd root = -1;
	struct statfs fs;

	root = open(mount, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		return error_system(err, "open the cgroup2 mount '%s'", mount);
	if (fstatfs(root, &fs) < 0)
		return error_system(err, "look at the cgroup2 mount '%s'", mount);
	if ((unsigned long)fs.f_type != CGROUP2_SUPER_MAGIC)
		return error_set(err, ERROR_HOST, 0, "'%s' is not a cgroup2 file system", mount);

	return take_fd(&root);
}

/* Takes the next name out of a path; one that leads elsewhere is an error. */
static int next_name(const char **cursor, char name[static NAME_MAX + 1], struct error *err)
{
	const char *start = *cursor + strspn(*cursor, "/");
	size_t length = strcspn(start, "/");

	*cursor = start + length;
	if (length > NAME_MAX)
		return error_set(err, ERROR_SPEC, 0, "cgroup path: a name is longer than %d bytes",
				 NAME_MAX);
	memcpy(name, start, length);
	name[length] = '\0';
	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return error_set(err, ERROR_SPEC, 0, "cgroup path: '%s' is not allowed", name);

	return 0;
}

/* Whether a list of words, as in cgroup.controllers, holds one. */
static bool has_word(const char *list, const char *word)
{
	size_t length = strlen(word);

	for (const char *at = list; *at != '\0';) {
		size_t size = strcspn(at, " \n");

		if (size == length && memcmp(at, word, size) == 0)
			return true;
		at += size;
		at += strspn(at, " \n");
	}
	return false;
}

static const struct plan_cgroup_write *find_required(const struct plan_cgroup *plan,
						     unsigned int controller)
{
	for (size_t i = 0; i < plan->write_count; i++) {
		if (plan->writes[i].required && plan->writes[i].controller == controller)
			return &plan->writes[i];
	}
	return NULL;
}

/* A controller that cannot be had is an error only if config.json asked for what it limits. */
static int refuse_missing(const struct plan_cgroup *plan, unsigned int controller, int errnum,
			  const char *name, struct error *err)
{
	const struct plan_cgroup_write *write = find_required(plan, controller);
	const char *reason = "the parent does not have it";

	if (write == NULL)
		return 0;
	if (errnum == EBUSY)
		reason = "the parent has processes of its own";
	else if (errnum != 0 && errnum != ENOENT)
		reason = "the parent does not give it away";

	return error_set(err, ERROR_HOST, errnum,
			 "cgroup controller %s, needed for %s (%s), cannot be enabled above %s: %s",
			 name, write->file,
			 write->why.path != NULL ? write->why.path : "policy", plan->path, reason);
}

static int enable_controllers(int directory, const struct plan_cgroup *plan, struct error *err)
{
	auto_free char *available = NULL;
	auto_free char *enabled = NULL;

	if (plan->controllers == 0)
		return 0;
	if (fd_read_file(directory, "cgroup.controllers", CONTROL_MAX, &available, NULL, err) < 0)
		return -1;
	if (fd_read_file(directory, "cgroup.subtree_control", CONTROL_MAX, &enabled, NULL, err) < 0)
		return -1;

	for (unsigned int bit = 1; bit != 0 && bit <= plan->controllers; bit <<= 1) {
		const char *name = (plan->controllers & bit) ? host_controller_name(bit) : NULL;
		struct error refused = ERROR_INIT;
		char request[32];
		int errnum = 0;

		if (name == NULL || has_word(enabled, name))
			continue;
		if (has_word(available, name)) {
			(void)snprintf(request, sizeof(request), "+%s", name);
			if (fd_write_file(directory, "cgroup.subtree_control", request,
					  &refused) == 0)
				continue;
			errnum = refused.errnum;
		}
		if (refuse_missing(plan, bit, errnum, name, err) < 0)
			return -1;
	}
	return 0;
}

/* Opens a child, made if it is missing. */
static int descend(int directory, const char *name, bool *made, struct error *err)
{
	auto_fd child = -1;

	*made = mkdirat(directory, name, 0755) == 0;
	if (!*made && errno != EEXIST)
		return error_system(err, "create cgroup '%s'", name);

	child = path_open_beneath(directory, name, OPEN_DIRECTORY, err);
	if (child < 0)
		return -1;

	/* The umask is strict here, and a container's root that is no host's root reads its own. */
	if (*made && fchmod(child, 0755) < 0)
		return error_system(err, "set the mode of cgroup '%s'", name);

	return take_fd(&child);
}

/* The number of names in a path, all of them looked at before anything is made. */
static int count_names(const char *path, unsigned int *count, struct error *err)
{
	const char *cursor = path;
	char name[NAME_MAX + 1];

	for (*count = 0; cursor[strspn(cursor, "/")] != '\0'; (*count)++) {
		if (next_name(&cursor, name, err) < 0)
			return -1;
	}
	if (*count == 0)
		return error_set(err, ERROR_SPEC, 0, "the root is no container's cgroup");
	return 0;
}

/* @index counts names from the top; @depth is their number. Whatever lies below is new too. */
static void note_made(struct cgroup_made *made, unsigned int index, unsigned int depth)
{
	if (index + 1 == depth)
		made->leaf = true;
	else if (depth - 1 - index > made->parents)
		made->parents = depth - 1 - index;
}

/* A cgroup on the way to the leaf: the path as far as @cursor. */
static int check_owner(int cgroup, const struct plan_cgroup *plan, const char *cursor,
		       const char *state_root, const char *id, struct error *err)
{
	char path[PATH_MAX];

	(void)snprintf(path, sizeof(path), "%.*s", (int)(cursor - plan->path), plan->path);
	return cgroup_check_owner(cgroup, path, state_root, id, err);
}

static int make_path(int mount, const struct plan_cgroup *plan, const char *state_root,
		     const char *id, struct cgroup_made *made, struct error *err)
{
	const char *cursor = plan->path;
	char name[NAME_MAX + 1];
	auto_fd directory = -1;
	unsigned int depth;

	if (count_names(plan->path, &depth, err) < 0)
		return -1;
	directory = path_open_beneath(mount, ".", OPEN_DIRECTORY, err);
	if (directory < 0)
		return -1;

	for (unsigned int i = 0; i < depth; i++) {
		bool here;
		int child;

		if (next_name(&cursor, name, err) < 0)
			return -1;
		if (enable_controllers(directory, plan, err) < 0)
			return -1;
		child = descend(directory, name, &here, err);
		if (here)
			note_made(made, i, depth);
		if (child < 0)
			return -1;
		close_fd(&directory);
		directory = child;
		if (!here && i + 1 < depth &&
		    check_owner(directory, plan, cursor, state_root, id, err) < 0)
			return -1;
	}
	return take_fd(&directory);
}

/* A cgroup can be told to freeze and not yet have done so. */
static int is_freezing(int cgroup, bool *freezing, struct error *err)
{
	auto_free char *word = NULL;

	if (cgroup_is_frozen(cgroup, freezing, err) < 0)
		return -1;
	if (*freezing)
		return 0;
	if (fd_read_file(cgroup, "cgroup.freeze", CONTROL_MAX, &word, NULL, err) < 0)
		return -1;
	*freezing = word[0] == '1';
	return 0;
}

/* A process cannot be born into a frozen cgroup: it would hang there for ever. */
int cgroup_check_usable(int leaf, const char *path, struct error *err)
{
	auto_free char *type = NULL;
	bool yes;

	if (cgroup_is_populated(leaf, &yes, err) < 0)
		return -1;
	if (yes)
		return error_set(err, ERROR_STATE, 0, "container's cgroup is not empty: %s", path);
	if (is_freezing(leaf, &yes, err) < 0)
		return -1;
	if (yes)
		return error_set(err, ERROR_STATE, 0, "container's cgroup unexpectedly frozen: %s",
				 path);

	if (fd_read_file(leaf, "cgroup.type", CONTROL_MAX, &type, NULL, err) < 0)
		return -1;
	type[strcspn(type, "\n")] = '\0';
	if (strcmp(type, "threaded") == 0 || strcmp(type, "domain invalid") == 0)
		return error_set(err, ERROR_HOST, 0,
				 "cgroup %s takes no processes: its type is '%s'",
				 path, type);
	return 0;
}

int cgroup_make(int mount, const struct plan_cgroup *plan, const char *state_root, const char *id,
		struct cgroup_made *made, struct error *err)
{
	struct error failure = ERROR_INIT;
	auto_fd leaf = -1;

	for (int attempt = 0; attempt < CREATE_ATTEMPTS && leaf < 0; attempt++) {
		leaf = make_path(mount, plan, state_root, id, made, &failure);
		/* Another's removal may take a parent away between two steps. */
		if (leaf < 0 && failure.errnum != ENOENT && failure.errnum != ENODEV)
			break;
	}
	if (leaf < 0) {
		pass_on(&failure, err);
		if (geteuid() != 0 && failure.errnum == EACCES)
			return error_prefix(err, "cgroup %s is not delegated to user %u", plan->path,
					    geteuid());
		return error_prefix(err, "cgroup %s", plan->path);
	}
	return take_fd(&leaf);
}

static int fs_create(int mount, const struct plan_cgroup *plan, const char *state_root,
		     const char *id, struct cgroup_made *made, struct error *err)
{
	auto_fd leaf = cgroup_make(mount, plan, state_root, id, made, err);

	if (leaf < 0 || cgroup_check_usable(leaf, plan->path, err) < 0)
		return -1;
	if (!made->leaf && cgroup_check_owner(leaf, plan->path, state_root, id, err) < 0)
		return -1;

	return take_fd(&leaf);
}

static int enable_above(int mount, const struct plan_cgroup *plan, struct error *err)
{
	const char *cursor = plan->path;
	char name[NAME_MAX + 1];
	auto_fd directory = -1;
	unsigned int depth;

	if (count_names(plan->path, &depth, err) < 0)
		return -1;
	directory = path_open_beneath(mount, ".", OPEN_DIRECTORY, err);
	while (directory >= 0 && depth-- > 0) {
		int child;

		if (next_name(&cursor, name, err) < 0 ||
		    enable_controllers(directory, plan, err) < 0)
			return -1;
		child = path_open_beneath(directory, name, OPEN_DIRECTORY, err);
		close_fd(&directory);
		directory = child;
	}
	return directory < 0 ? -1 : 0;
}

int cgroup_enable(int mount, const struct plan_cgroup *plan, struct error *err)
{
	if (enable_above(mount, plan, err) < 0)
		return error_prefix(err, "cgroup %s", plan->path);
	return 0;
}

static int fs_remove(int mount, const struct cgroup_name *name, bool owned, int timeout_ms,
		     struct error *err)
{
	return owned ? cgroup_remove(mount, name->path, name->parents, timeout_ms, err) : 0;
}

const struct cgroup_manager cgroup_fs = { fs_create, fs_remove };

int cgroup_open(int mount, const char *path, struct error *err)
{
	const char *relative = path + strspn(path, "/");

	return path_open_beneath(mount, *relative != '\0' ? relative : ".", OPEN_DIRECTORY, err);
}

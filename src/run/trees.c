/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * Each source is resolved once, to a descriptor; what it turns out to be is
 * judged on the descriptor, and the clone that will be mounted is made from it.
 * Attributes are set while the clone is detached, so there is no moment in
 * which a mount is there without them.
 */
#include "trees.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "audit.h"
#include "base/cleanup.h"
#include "base/log.h"
#include "ids.h"
#include "kernel/call.h"
#include "kernel/mountinfo.h"
#include "kernel/procfs.h"
#include "mounts.h"
#include "namespaces.h"
#include "host_mounts.h"
#include "overlay_layers.h"
#include "sources.h"
#include "userns.h"
#include "volumes.h"

/*
 * What the owner of another user namespace has set on a mount is locked, and the kernel does not say
 * which of what is to be cleared that is: each goes by itself, and what is locked stays. The times of
 * access are one value, which can be changed or not.
 */
static int trees_keep_locked(int fd, unsigned int flags, const struct mount_attr *asked,
			     struct error *err)
{
	struct mount_attr rest = *asked;

	rest.attr_clr = 0;
	for (uint64_t bit = 1; bit <= asked->attr_clr; bit <<= 1) {
		struct mount_attr one = { .attr_clr = bit };

		if (bit & MOUNT_ATTR__ATIME) {
			one.attr_clr = MOUNT_ATTR__ATIME;
			one.attr_set = asked->attr_set & MOUNT_ATTR__ATIME;
			rest.attr_set &= ~(uint64_t)MOUNT_ATTR__ATIME;
		}
		if (!(asked->attr_clr & bit))
			continue;
		if (call_mount_setattr(fd, "", AT_EMPTY_PATH | flags, &one) && errno != EPERM)
			return error_system(err, "clear mount attributes");
	}
	if (!rest.attr_set && !rest.propagation)
		return 0;
	if (call_mount_setattr(fd, "", AT_EMPTY_PATH | flags, &rest))
		return error_system(err, "set mount attributes");
	return 0;
}

int trees_attributes(int fd, const struct plan_attributes *attributes, unsigned int flags,
		     uint64_t propagation, struct error *err)
{
	struct mount_attr attr = { .attr_set = attributes->set, .attr_clr = attributes->clear,
				   .propagation = propagation };

	if (!attr.attr_set && !attr.attr_clr && !attr.propagation)
		return 0;
	if (call_mount_setattr(fd, "", AT_EMPTY_PATH | flags, &attr) == 0)
		return 0;
	if (errno != EPERM || attr.attr_clr == 0)
		return error_system(err, "set mount attributes");
	return trees_keep_locked(fd, flags, &attr, err);
}

/* Attributes for all mounts of the tree, then those of the mount itself. */
static int trees_apply(const struct plan_mount *mount, const struct live_tree *tree,
		       struct error *err)
{
	struct plan_attributes self = mount->self;
	struct plan_attributes all = mount->tree;

	/* What all mounts of the tree get is not taken back from the first of them by default. */
	self.clear &= ~all.set;
	if (tree->device) {
		/* A node that may not be opened would be no use, and it is on the list. */
		self.set &= ~(uint64_t)MOUNT_ATTR_NODEV;
		all.set &= ~(uint64_t)MOUNT_ATTR_NODEV;
	}
	if (trees_attributes(tree->fd, &all, AT_RECURSIVE, 0, err))
		return -1;
	return trees_attributes(tree->fd, &self, 0, 0, err);
}

int trees_prepare(const struct plan_mount *mount, const struct live_tree *tree, struct error *err)
{
	static const struct plan_attributes none;

	/* The clone of a shared mount is shared: nothing goes back to the host unless asked for. */
	if (trees_attributes(tree->fd, &none, AT_RECURSIVE, MS_PRIVATE, err))
		return -1;
	return trees_apply(mount, tree, err);
}

/* Propagation asked for replaces private; a slave must be made from the shared original. */
static int trees_propagation(const struct plan_mount *mount, const struct live_tree *tree,
			     struct error *err)
{
	static const struct plan_attributes none;

	if (mount->propagation == 0 || mount->propagation == MS_PRIVATE)
		return 0;
	return trees_attributes(tree->fd, &none, mount->propagation_recursive ? AT_RECURSIVE : 0,
				mount->propagation, err);
}

static int trees_clone(int fd, bool recursive, const char *what, struct error *err)
{
	int clone = call_open_tree(fd, "", AT_EMPTY_PATH | OPEN_TREE_CLONE |
				   (recursive ? AT_RECURSIVE : 0));

	return clone < 0 ? error_system(err, "clone the mount of %s", what) : clone;
}

/* What is opened with all that is mounted below it, and who asked for it. */
struct trees_subject {
	int fd;
	const char *source;
	const char *path;	/* in the configuration */
	bool audit;
};

/*
 * What is mounted below a source comes along: each is held against the table as
 * well. Paths are the kernel's own for these mounts.
 */
static int trees_check_below(struct live *live, const struct trees_subject *what, struct error *err)
{
	const struct mountinfo *mounts;
	char link[64];
	char path[4096];
	struct mountinfo now;
	ssize_t length;

	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", what->fd);
	length = readlink(link, path, sizeof(path) - 1);
	if (length <= 0)
		return error_system(err, "find the path of %s", what->source);
	path[length] = '\0';
	if (host_mounts_read(live, &mounts, err))
		return -1;
	/* A check below may read them anew. */
	now = *mounts;
	for (size_t i = 0; i < now.count; i++) {
		const char *target = now.entries[i].target;
		auto_fd below = -1;

		if (strncmp(target, path, (size_t)length) != 0 || target[length] != '/')
			continue;
		below = open(target, O_PATH | O_CLOEXEC);
		if (below < 0)
			return error_system(err, "look at %s, which is mounted below %s", target, path);
		if (audit_judge(sources_check(live, below,
					      &(struct source_asked){ .source = target, .path = what->path },
					      err), what->audit, err))
			return -1;
	}
	return 0;
}

static int trees_check_root(struct live *live, int fd, struct error *err)
{
	const struct plan_root *root = &live->plan->root;
	const struct trees_subject what = { .fd = fd, .source = root->path, .path = "/root/path",
					    .audit = root->conditions & PLAN_AUDIT_SOURCES };
	int result;

	if (!(root->conditions & (PLAN_CHECK_SOURCES | PLAN_AUDIT_SOURCES)))
		return 0;
	live->sources.root = true;
	result = audit_judge(sources_check(live, fd,
					   &(struct source_asked){ .source = root->path, .path = what.path },
					   err), what.audit, err);
	if (result == 0)
		result = trees_check_below(live, &what, err);
	live->sources.root = false;
	return result;
}

/* Whoever makes an overlay of what may not be mounted has it in the root all the same. */
static int trees_check_layers(struct live *live, struct error *err)
{
	const struct live_layers *layers = live->layers;
	bool audit = live->plan->root.conditions & PLAN_AUDIT_SOURCES;
	int result = 0;

	live->sources.root = true;
	for (size_t i = 0; i < layers->lower_count + layers->data_count && result == 0; i++) {
		const struct source_asked asked = { .source = overlay_layers_name(layers, i),
						    .path = "/root/path" };
		int fd = i < layers->lower_count ? layers->lower[i] :
						   layers->data[i - layers->lower_count];

		result = audit_judge(sources_check(live, fd, &asked, err), audit, err);
	}
	live->sources.root = false;
	return result;
}

/* Only for rules that ask for it: no other start looks through the mounts. */
static int trees_open_layers(struct live *live, int fd, struct error *err)
{
	const struct plan_root *root = &live->plan->root;
	bool check = root->conditions & (PLAN_CHECK_SOURCES | PLAN_AUDIT_SOURCES);
	struct statx mount;
	struct statfs fs;

	if (!check && root->idmap == PLAN_IDMAP_NONE)
		return 0;
	if (fstatfs(fd, &fs))
		return error_system(err, "/root/path: look at the file system of %s", root->path);
	if (fs.f_type != OVERLAYFS_SUPER_MAGIC)
		return 0;
	if (call_statx(fd, STATX_MNT_ID, &mount))
		return error_system(err, "/root/path: look at the mount of %s", root->path);
	live->root_mount = mount.stx_mnt_id;
	if (overlay_layers_open(live, fd, err))
		return error_prefix(err, "/root/path: the overlay %s", root->path);
	return check ? trees_check_layers(live, err) : 0;
}

static int trees_open_root(struct live *live, struct error *err)
{
	const struct plan_root *root = &live->plan->root;
	struct plan_attributes attributes = { .set = root->nosuid ? MOUNT_ATTR_NOSUID : 0 };
	auto_fd fd = open(root->path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct stat st = { .st_ino = 0 };

	if (fd < 0)
		return error_system(err, "/root/path: open the root file system %s", root->path);
	if (live->plan->hooks_at_create && fstat(fd, &st))
		return error_system(err, "/root/path: look at %s", root->path);
	live->root_dev = st.st_dev;
	live->root_ino = st.st_ino;
	if (trees_check_root(live, fd, err) || trees_open_layers(live, fd, err))
		return -1;
	live->root_tree = trees_clone(fd, true, root->path, err);
	if (live->root_tree < 0)
		return error_prefix(err, "/root/path");
	/*
	 * A slave hears of the host's mounts and says nothing. Shared comes after the set-up
	 * (rootfs_propagate): before, every mount of the set-up would appear on the host.
	 */
	if (trees_attributes(live->root_tree, &attributes, AT_RECURSIVE,
			     root->propagation == MS_SLAVE ? MS_SLAVE : MS_PRIVATE, err))
		return error_prefix(err, "/root/path: %s", root->path);
	return 0;
}

static int trees_check(struct live *live, const struct plan_mount *mount, int fd,
		       struct live_tree *tree, struct error *err)
{
	const struct plan *plan = live->plan;
	unsigned int device = PLAN_CHECK_DEVICE | PLAN_AUDIT_DEVICE;
	unsigned int sources = PLAN_CHECK_SOURCES | PLAN_AUDIT_SOURCES;
	const struct source_asked asked = {
		.source = mount->source, .path = mount->why.path,
		.writable = !((mount->self.set | mount->tree.set) & MOUNT_ATTR_RDONLY),
	};
	struct stat st;

	if (fstat(fd, &st))
		return error_system(err, "look at %s", mount->source);
	tree->directory = S_ISDIR(st.st_mode);
	tree->device = S_ISCHR(st.st_mode) || S_ISBLK(st.st_mode);
	if (tree->device && (mount->conditions & device))
		return audit_judge(sources_check_device(fd, mount->source, mount->why.path, plan, err),
				   mount->conditions & PLAN_AUDIT_DEVICE, err);
	if (!tree->device && (mount->conditions & sources))
		return audit_judge(sources_check(live, fd, &asked, err),
				   mount->conditions & PLAN_AUDIT_SOURCES, err);
	return 0;
}

static int trees_open_bind(struct live *live, const struct plan_mount *mount,
			   struct live_tree *tree, struct error *err)
{
	auto_fd fd = mount->source ? open(mount->source, O_PATH | O_CLOEXEC)
				   : fcntl(live->cgroup, F_DUPFD_CLOEXEC, 3);
	const struct trees_subject what = { .fd = fd, .source = mount->source,
					    .path = mount->why.path,
					    .audit = mount->conditions & PLAN_AUDIT_SOURCES };

	if (fd < 0)
		return error_system(err, "open the source %s",
				    mount->source ? mount->source : "cgroup");
	if (trees_check(live, mount, fd, tree, err) || volumes_judge(live, fd, mount, tree, err))
		return -1;
	if (mount->recursive && tree->directory && !mount->cgroup_bind &&
	    (mount->conditions & (PLAN_CHECK_SOURCES | PLAN_AUDIT_SOURCES)) &&
	    trees_check_below(live, &what, err))
		return -1;
	tree->fd = trees_clone(fd, mount->recursive, mount->source, err);
	if (tree->fd < 0)
		return -1;
	if (trees_prepare(mount, tree, err))
		return -1;
	if (mount->propagation == MS_SLAVE || mount->propagation == MS_SHARED) {
		/* Made private above: start again from a clone that is still a peer of the host's. */
		auto_fd peer = trees_clone(fd, mount->recursive, mount->source, err);

		if (peer < 0)
			return -1;
		close_fd(&tree->fd);
		tree->fd = take_fd(&peer);
		if (trees_apply(mount, tree, err))
			return -1;
	}
	return trees_propagation(mount, tree, err);
}

int trees_open(struct live *live, struct error *err)
{
	const struct plan *plan = live->plan;

	live->trees = calloc(plan->mount_count + 1, sizeof(*live->trees));
	if (!live->trees)
		return error_system(err, "make room for %zu mounts", plan->mount_count);
	for (size_t i = 0; i < plan->mount_count; i++)
		live->trees[i] = (struct live_tree){ .fd = -1, .own_userns = -1 };
	if (trees_open_root(live, err))
		return -1;
	for (size_t i = 0; i < plan->mount_count; i++) {
		const struct plan_mount *mount = &plan->mounts[i];

		if (mount->kind != PLAN_MOUNT_BIND || mount->source_in_root)
			continue;
		if (trees_open_bind(live, mount, &live->trees[i], err) == 0)
			continue;
		/* A refusal names its path itself. */
		return err->kind == ERROR_POLICY ? -1 : error_prefix(err, "%s", mount->why.path ? mount->why.path
											: mount->destination);
	}
	return 0;
}

static const struct {
	const char *fs_type;
	int namespace;
} trees_foreign[] = {
	{ "sysfs", CLONE_NEWNET },
	{ "mqueue", CLONE_NEWIPC },
};

static bool trees_is_foreign(const struct plan *plan, const struct plan_mount *mount)
{
	if (mount->kind != PLAN_MOUNT_NEW || plan->ids.kind == PLAN_USER_HOST || plan->child_joins)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(trees_foreign); i++)
		if (strcmp(mount->fs_type, trees_foreign[i].fs_type) == 0)
			return namespaces_is_joined(plan, trees_foreign[i].namespace);
	return false;
}

int trees_make_foreign(struct live *live, struct error *err)
{
	for (size_t i = 0; i < live->plan->mount_count; i++) {
		const struct plan_mount *mount = &live->plan->mounts[i];

		if (!trees_is_foreign(live->plan, mount))
			continue;
		live->trees[i].fd = mounts_make(live->plan, mount, 01777, err);
		if (live->trees[i].fd < 0)
			return error_prefix(err, "%s: mount %s", mount->why.path, mount->destination);
	}
	return 0;
}

void trees_close(struct live *live)
{
	for (size_t i = 0; live->trees && i < live->plan->mount_count; i++) {
		close_fd(&live->trees[i].fd);
		close_fd(&live->trees[i].own_userns);
	}
	free(live->trees);
	live->trees = NULL;
	overlay_layers_close(live);
	volumes_close(live);
	host_mounts_close(live);
	for (size_t i = 0; live->device_trees && i < live->plan->device_count; i++)
		close_fd(&live->device_trees[i]);
	free(live->device_trees);
	live->device_trees = NULL;
	close_fd(&live->root_tree);
	close_fd(&live->dev_tree);
	close_fd(&live->null_tree);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * Everything is made relative to the descriptor of a detached tmpfs that nobody
 * else has seen: no name of the image is looked up, and nothing in it can be in
 * the way. Nodes that belong elsewhere are made here too, under a name of their
 * own, and bound into place by the child.
 */
#include "devices.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "ids.h"
#include "kernel/call.h"
#include "kernel/path.h"

static const struct {
	const char *name;
	const char *target;
} device_links[] = {
	{ "fd", "/proc/self/fd" },
	{ "stdin", "/proc/self/fd/0" },
	{ "stdout", "/proc/self/fd/1" },
	{ "stderr", "/proc/self/fd/2" },
	{ "ptmx", "pts/ptmx" },
};

/* 0755 whatever the mount's mode: what devpts, mqueue and shm are mounted on. */
static const char *const device_directories[] = { "pts", "mqueue", "shm" };

static const struct plan_mount *devices_mount(const struct plan *plan, size_t *index)
{
	for (size_t i = 0; i < plan->mount_count; i++)
		if (plan->mounts[i].kind == PLAN_MOUNT_DEV) {
			*index = i;
			return &plan->mounts[i];
		}
	return NULL;
}

static int devices_own(const struct live *live, int dir, const char *name, uint32_t uid,
		       uint32_t gid, struct error *err)
{
	int64_t host_uid = ids_host_uid(live, uid);
	int64_t host_gid = ids_host_gid(live, gid);

	if (host_uid < 0 || host_gid < 0)
		return error_set(err, ERROR_SPEC, 0, "the container has no id %u:%u for /dev/%s", uid, gid,
				 name);
	if (fchownat(dir, name, (uid_t)host_uid, (gid_t)host_gid, AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
		return error_system(err, "set the owner of /dev/%s", name);
	return 0;
}

/* The name below /dev, or NULL for a node elsewhere. */
static const char *devices_name(const struct plan_device *device)
{
	return strncmp(device->path, "/dev/", 5) == 0 ? device->path + 5 : NULL;
}

static void devices_hidden_name(const struct plan_device *device, char name[32])
{
	(void)snprintf(name, 32, ".orlop-%c-%u-%u", device->type, device->major, device->minor);
}

static int devices_parent(int dev, const char *name, const char **leaf, struct error *err)
{
	auto_free char *parent = NULL;
	const char *slash = strrchr(name, '/');
	int fd;

	*leaf = slash ? slash + 1 : name;
	if (!slash) {
		fd = fcntl(dev, F_DUPFD_CLOEXEC, 3);
		return fd < 0 ? error_system(err, "open /dev") : fd;
	}
	parent = strndup(name, (size_t)(slash - name));
	if (!parent)
		return error_system(err, "make /dev/%s", name);
	return path_make_directory(dev, parent, 0755, NULL, err);
}

static int devices_make_node(const struct live *live, int dev, const struct plan_device *device,
			     struct error *err)
{
	static const struct {
		char type;
		mode_t mode;
	} kinds[] = { { 'c', S_IFCHR }, { 'b', S_IFBLK }, { 'p', S_IFIFO } };
	const char *name = devices_name(device);
	const char *leaf;
	char hidden[32];
	auto_fd parent = -1;
	mode_t kind = 0;

	if (!name) {
		devices_hidden_name(device, hidden);
		name = hidden;
	}
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (kinds[i].type == device->type)
			kind = kinds[i].mode;
	parent = devices_parent(dev, name, &leaf, err);
	if (parent < 0)
		return -1;
	if (mknodat(parent, leaf, kind | 0600, makedev(device->major, device->minor)))
		return error_system(err, "make the node %s (%c %u:%u)", device->path, device->type,
				    device->major, device->minor);
	if (devices_own(live, parent, leaf, device->uid, device->gid, err))
		return -1;
	/* The tmpfs is ours alone and the node was made a line above: no link can be in the way. */
	if (fchmodat(parent, leaf, device->mode & 07777, 0))
		return error_system(err, "set the mode of %s", device->path);
	return 0;
}

static int devices_open_tmpfs(const struct plan_mount *mount, const char *label, struct error *err)
{
	auto_fd context = call_fsopen("tmpfs");
	int fd;

	if (context < 0)
		return error_system(err, "make a tmpfs for /dev");
	if (call_fsconfig(context, FSCONFIG_SET_STRING, "source", "tmpfs", 0))
		return error_system(err, "name the tmpfs for /dev");
	if (label && call_fsconfig(context, FSCONFIG_SET_STRING, "context", label, 0))
		return error_system(err, "label /dev '%s' (/linux/mountLabel)", label);
	for (size_t i = 0; i < mount->option_count; i++) {
		const struct plan_option *option = &mount->options[i];

		if (call_fsconfig(context, option->value ? FSCONFIG_SET_STRING : FSCONFIG_SET_FLAG,
				  option->key, option->value, 0))
			return error_system(err, "/dev: option %s%s%s", option->key,
					    option->value ? "=" : "", option->value ? option->value : "");
	}
	if (call_fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0))
		return error_system(err, "make a tmpfs for /dev");
	/* Read-only comes last, when everything that belongs into it is there. */
	fd = call_fsmount(context, (unsigned int)(mount->self.set & ~(uint64_t)MOUNT_ATTR_RDONLY));
	return fd < 0 ? error_system(err, "make a tmpfs for /dev") : fd;
}

static int devices_fill(const struct live *live, int dev, struct error *err)
{
	if (devices_own(live, dev, "", 0, 0, err))
		return -1;
	for (size_t i = 0; i < ARRAY_SIZE(device_directories); i++)
		if (mkdirat(dev, device_directories[i], 0755) ||
		    devices_own(live, dev, device_directories[i], 0, 0, err))
			return error_system(err, "make /dev/%s", device_directories[i]);
	for (size_t i = 0; i < ARRAY_SIZE(device_links); i++)
		if (symlinkat(device_links[i].target, dev, device_links[i].name))
			return error_system(err, "make /dev/%s", device_links[i].name);
	for (size_t i = 0; i < live->plan->device_count; i++)
		if (!live->plan->devices[i].bind &&
		    devices_make_node(live, dev, &live->plan->devices[i], err))
			return -1;
	return 0;
}

static bool devices_is(const struct plan_device *device, const struct stat *st)
{
	return (device->type == 'b' ? S_ISBLK(st->st_mode) : S_ISCHR(st->st_mode)) &&
	       major(st->st_rdev) == device->major && minor(st->st_rdev) == device->minor;
}

/* The clone is looked at, and not the name: that may lead to another node a moment later. */
static int devices_open_host(const struct plan_device *device, struct error *err)
{
	struct mount_attr attr = { .attr_set = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC,
				   .propagation = MS_PRIVATE };
	auto_fd tree = call_open_tree(AT_FDCWD, device->path, OPEN_TREE_CLONE | AT_SYMLINK_NOFOLLOW);
	struct stat st;

	if (tree < 0)
		return error_system(err, "%s: open the host's node %s, since none can be made here",
				    device->why.path ? device->why.path : "default", device->path);
	if (fstat(tree, &st))
		return error_system(err, "look at the host's %s", device->path);
	if (!devices_is(device, &st))
		return error_set(err, ERROR_HOST, 0,
				 "%s: the host's %s is not device %c %u:%u, and no node can be made here",
				 device->why.path ? device->why.path : "default", device->path, device->type,
				 device->major, device->minor);
	if (call_mount_setattr(tree, "", AT_EMPTY_PATH, &attr))
		return error_system(err, "set the attributes of %s", device->path);
	return take_fd(&tree);
}

static int devices_open_all(struct live *live, struct error *err)
{
	const struct plan *plan = live->plan;
	bool any = false;

	for (size_t i = 0; i < plan->device_count; i++)
		any = any || plan->devices[i].bind;
	if (!any)
		return 0;
	live->device_trees = calloc(plan->device_count, sizeof(*live->device_trees));
	if (!live->device_trees)
		return error_system(err, "make room for %zu devices", plan->device_count);
	for (size_t i = 0; i < plan->device_count; i++)
		live->device_trees[i] = -1;
	for (size_t i = 0; i < plan->device_count; i++) {
		if (!plan->devices[i].bind)
			continue;
		live->device_trees[i] = devices_open_host(&plan->devices[i], err);
		if (live->device_trees[i] < 0)
			return -1;
	}
	return 0;
}

int devices_make(struct live *live, struct error *err)
{
	size_t index;
	const struct plan_mount *mount = devices_mount(live->plan, &index);
	mode_t mask;
	int result;

	if (!mount)
		return 0;
	live->dev_tree = devices_open_tmpfs(mount, live->plan->lsm.mount_label, err);
	if (live->dev_tree < 0)
		return -1;
	mask = umask(0);
	result = devices_fill(live, live->dev_tree, err);
	(void)umask(mask);
	return result ? -1 : devices_open_all(live, err);
}

/* Nothing is put over the kernel's own files. */
static int devices_open_target(int root, const struct plan_device *device, struct error *err)
{
	auto_fd target = path_make_file(root, device->path, 0644, NULL, err);
	struct statfs fs;

	if (target < 0)
		return -1;
	if (fstatfs(target, &fs))
		return error_system(err, "look at %s", device->path);
	if (fs.f_type == PROC_SUPER_MAGIC || fs.f_type == SYSFS_MAGIC)
		return error_set(err, ERROR_SPEC, 0, "%s lies in the kernel's own files", device->path);
	return take_fd(&target);
}

static int devices_move(int node, int root, const struct plan_device *device, struct error *err)
{
	auto_fd target = devices_open_target(root, device, err);

	if (target < 0)
		return -1;
	if (call_move_mount(node, "", target, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH))
		return error_system(err, "mount the node %s", device->path);
	return 0;
}

static int devices_bind(int dev, int root, const struct plan_device *device, struct error *err)
{
	char hidden[32];
	auto_fd node = -1;

	devices_hidden_name(device, hidden);
	node = call_open_tree(dev, hidden, OPEN_TREE_CLONE | AT_SYMLINK_NOFOLLOW);
	if (node < 0)
		return error_system(err, "clone the node %s", device->path);
	if (devices_move(node, root, device, err))
		return -1;
	if (unlinkat(dev, hidden, 0))
		return error_system(err, "forget the name of the node %s", device->path);
	return 0;
}

static int devices_place_one(const struct live *live, int root, size_t index, struct error *err)
{
	const struct plan_device *device = &live->plan->devices[index];

	if (device->bind)
		return devices_move(live->device_trees[index], root, device, err);
	/* A node below /dev lies in its tmpfs already. */
	return devices_name(device) ? 0 : devices_bind(live->dev_tree, root, device, err);
}

int devices_place(const struct live *live, int root, bool below_dev, struct error *err)
{
	for (size_t i = 0; live->dev_tree >= 0 && i < live->plan->device_count; i++)
		if ((devices_name(&live->plan->devices[i]) != NULL) == below_dev &&
		    devices_place_one(live, root, i, err))
			return error_prefix(err, "/linux/devices");
	return 0;
}

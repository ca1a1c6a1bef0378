/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * Targets are looked up inside the root, once, to a descriptor that the mount is
 * moved onto (CVE-2021-30465). What lies at the target decides nothing but what
 * it is: a mount on procfs or sysfs is refused but for a short list, and proc,
 * sysfs and /dev must land on a real directory that no link leads to
 * (CVE-2019-19921, CVE-2026-41579).
 */
#include "mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "audit.h"
#include "base/cleanup.h"
#include "copyup.h"
#include "devices.h"
#include "kernel/call.h"
#include "kernel/path.h"
#include "trees.h"

/* Files of proc and sys that a mount may cover: what lxcfs and others emulate. */
static const char *const mounts_kernel_files[] = {
	"/proc/cpuinfo", "/proc/diskstats", "/proc/meminfo", "/proc/stat", "/proc/swaps",
	"/proc/uptime", "/proc/loadavg", "/proc/slabinfo", "/proc/sys/kernel/ns_last_pid",
	"/proc/sys/crypto/fips_enabled",
};

int mounts_move(int mount, int target, const char *name, struct error *err)
{
	if (call_move_mount(mount, "", target, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH))
		return error_system(err, "mount at %s", name);
	return 0;
}

int mounts_explain(int context, struct error *err, const char *what)
{
	int reason = errno;
	char text[256];
	ssize_t length = read(context, text, sizeof(text) - 1);

	if (length > 2) {
		text[length] = '\0';
		text[strcspn(text, "\n")] = '\0';
		return error_set(err, ERROR_SYSTEM, reason, "%s: %s", what, text + 2);
	}
	errno = reason;
	return error_system(err, "%s", what);
}

static int mounts_configure(int context, const struct plan *plan, const struct plan_mount *mount,
			    unsigned int mode, struct error *err)
{
	char text[16];

	if (mount->source && call_fsconfig(context, FSCONFIG_SET_STRING, "source", mount->source, 0))
		return mounts_explain(context, err, "set the source");
	for (size_t i = 0; i < mount->option_count; i++) {
		const struct plan_option *option = &mount->options[i];

		if (call_fsconfig(context, option->value ? FSCONFIG_SET_STRING : FSCONFIG_SET_FLAG,
				  option->key, option->value, 0)) {
			(void)mounts_explain(context, err, "option");
			return error_prefix(err, "%s%s%s", option->key, option->value ? "=" : "",
					    option->value ? option->value : "");
		}
	}
	if (strcmp(mount->fs_type, "tmpfs") == 0 && !mount->mode_given) {
		(void)snprintf(text, sizeof(text), "%o", mode);
		if (call_fsconfig(context, FSCONFIG_SET_STRING, "mode", text, 0))
			return mounts_explain(context, err, "set the mode");
	}
	if (plan->lsm.mount_label && strcmp(mount->fs_type, "tmpfs") == 0 &&
	    call_fsconfig(context, FSCONFIG_SET_STRING, "context", plan->lsm.mount_label, 0))
		return mounts_explain(context, err, "set the label of /linux/mountLabel");
	return 0;
}

int mounts_make(const struct plan *plan, const struct plan_mount *mount, unsigned int mode,
		struct error *err)
{
	auto_fd context = call_fsopen(mount->fs_type);
	int fd;

	if (context < 0)
		return error_system(err, "file system type '%s'", mount->fs_type);
	if (mounts_configure(context, plan, mount, mode, err))
		return error_prefix(err, "file system '%s'", mount->fs_type);
	if (call_fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0)) {
		(void)mounts_explain(context, err, "make it");
		return error_prefix(err, "file system '%s'", mount->fs_type);
	}
	fd = call_fsmount(context, (unsigned int)(mount->self.set | mount->tree.set));
	return fd < 0 ? error_system(err, "mount a new '%s'", mount->fs_type) : fd;
}

static bool mounts_is_plain(const struct plan_mount *mount)
{
	return mount->kind == PLAN_MOUNT_DEV ||
	       (mount->kind == PLAN_MOUNT_NEW && (strcmp(mount->fs_type, "proc") == 0 ||
						  strcmp(mount->fs_type, "sysfs") == 0));
}

/* What lies on the root itself goes with the host's root when that is let go of. */
static int mounts_check_top(int root, const struct plan_mount *mount, int target, struct error *err)
{
	struct path_identity found;
	struct path_identity top;

	if (path_identity_read(target, &found, err) || path_identity_read(root, &top, err))
		return -1;
	if (path_identity_equal(&found, &top))
		return error_set(err, ERROR_SPEC, 0, "%s leads to the root itself, which is no mount point",
				 mount->destination);
	return 0;
}

static int mounts_check_target(const struct plan *plan, const struct plan_mount *mount, int target,
			       struct error *err)
{
	struct statfs fs;
	int refused;

	if (fstatfs(target, &fs))
		return error_system(err, "look at the target");
	if (fs.f_type != PROC_SUPER_MAGIC && fs.f_type != SYSFS_MAGIC)
		return 0;
	/* The cgroup mount has its place in sysfs; proc and sysfs may be mounted twice. */
	if (mounts_is_plain(mount) || strcmp(mount->destination, "/sys/fs/cgroup") == 0)
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(mounts_kernel_files); i++)
		if (strcmp(mount->destination, mounts_kernel_files[i]) == 0)
			return 0;
	if (fs.f_type == PROC_SUPER_MAGIC)
		return error_set(err, ERROR_SPEC, 0,
				 "%s lies in the kernel's /proc: nothing may be mounted there",
				 mount->destination);
	if (plan->mounts_over_sysfs && !plan->audit_mounts_over_sysfs)
		return 0;
	refused = plan_refusal(plan->rules, POLICY_KERNEL_PATHS, mount->why.path, err,
			       "mount it elsewhere", "%s lies in the kernel's /sys",
			       mount->destination);
	return audit_judge(refused, plan->audit_mounts_over_sysfs, err);
}

/* proc, sysfs and /dev: no link may lead to them. */
static int mounts_open_plain(int root, const struct plan_mount *mount, struct error *err)
{
	const char *name = mount->destination + strspn(mount->destination, "/");
	struct open_how how = { .flags = O_PATH | O_NOFOLLOW | O_CLOEXEC,
				.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS };
	auto_fd fd = -1;
	struct stat st;

	/* One component, made where it is looked for: no link gets a say. */
	if (!strchr(name, '/') && mkdirat(root, name, 0755) && errno != EEXIST && errno != EROFS)
		return error_system(err, "make the target");
	fd = call_openat2(root, name, &how);
	if (fd < 0 && errno != ELOOP)
		return error_system(err, "open the target");
	if (fd < 0 || fstat(fd, &st) || !S_ISDIR(st.st_mode))
		return error_set(err, ERROR_SPEC, 0, "%s must be mounted on ordinary directory",
				 mount->destination);
	return take_fd(&fd);
}

static int mounts_open_target(const struct plan *plan, int root, const struct plan_mount *mount,
			      const struct live_tree *tree, bool *created, struct error *err)
{
	int target;

	*created = false;
	if (mounts_is_plain(mount))
		return mounts_open_plain(root, mount, err);
	if (mount->kind == PLAN_MOUNT_BIND && !tree->directory)
		target = path_make_file(root, mount->destination, 0755, created, err);
	else
		target = path_make_directory(root, mount->destination, 0755, created, err);
	if (target >= 0 && (mounts_check_top(root, mount, target, err) ||
			    mounts_check_target(plan, mount, target, err))) {
		(void)close(target);
		return -1;
	}
	return target;
}

/* The directory's own mode, or 1777 for one that was made for the mount. */
static unsigned int mounts_mode(int target, bool created)
{
	struct stat st;

	if (created || fstat(target, &st))
		return 01777;
	return st.st_mode & 07777;
}

static int mounts_new(const struct live *live, const struct plan_mount *mount,
		      const struct live_tree *tree, int target, bool created, struct error *err)
{
	int fd = tree->fd;

	if (fd < 0)
		fd = mounts_make(live->plan, mount, mounts_mode(target, created), err);
	if (fd < 0)
		return -1;
	if (mount->copy_up && !created && copyup_run(target, fd, mount, err)) {
		(void)close(fd);
		return -1;
	}
	return fd;
}

static int mounts_refuse_again(const struct plan_mount *mount, const char *what, struct error *err)
{
	return error_set(err, ERROR_SPEC, 0,
			 "the source %s %s the container's own /proc or /sys: a second one would show "
			 "what is masked in the first", mount->source, what);
}

/* Is it a directory on the way to a mount? The mount point's parents are climbed, not its name. */
static int mounts_is_above(int source, int mount, bool *above, struct error *err)
{
	auto_fd at = -1;
	struct path_identity wanted;
	struct path_identity here = { 0 };
	struct path_identity last;

	*above = false;
	if (mount < 0)
		return 0;
	at = fcntl(mount, F_DUPFD_CLOEXEC, 3);
	if (at < 0)
		return error_system(err, "look above a mount");
	if (path_identity_read(source, &wanted, err))
		return -1;
	do {
		int up = openat(at, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);

		last = here;
		close_fd(&at);
		at = up;
		if (at < 0)
			return error_system(err, "look above a mount");
		if (path_identity_read(at, &here, err))
			return -1;
		*above = path_identity_equal(&here, &wanted);
	} while (!*above && !path_identity_equal(&here, &last));
	return 0;
}

/* Masked and read-only paths are those of /proc and /sys: a copy of a mount has none of them. */
static int mounts_check_late(const struct mounts_kernel *kernel, const struct plan_mount *mount,
			     int source, struct error *err)
{
	const int kept[] = { kernel->proc, kernel->sys };
	struct statfs fs;

	if (fstatfs(source, &fs))
		return error_system(err, "look at %s", mount->source);
	if (fs.f_type == PROC_SUPER_MAGIC || fs.f_type == SYSFS_MAGIC ||
	    fs.f_type == CGROUP2_SUPER_MAGIC)
		return mounts_refuse_again(mount, "lies in", err);
	for (size_t i = 0; mount->recursive && i < ARRAY_SIZE(kept); i++) {
		bool above;

		if (mounts_is_above(source, kept[i], &above, err))
			return -1;
		if (above)
			return mounts_refuse_again(mount, "holds", err);
	}
	return 0;
}

/* A source in the root may lie in a mount made just before: it is opened now. */
static int mounts_late_bind(const struct live *live, int root, const struct plan_mount *mount,
			    const struct mounts_kernel *kernel, struct live_tree *tree,
			    struct error *err)
{
	const char *inside = mount->source + strlen(live->plan->root.path);
	auto_fd fd = path_open_in_root(root, *inside ? inside : "/", O_PATH, err);
	struct stat st;

	if (fd < 0)
		return -1;
	if (fstat(fd, &st))
		return error_system(err, "look at %s", mount->source);
	if (mounts_check_late(kernel, mount, fd, err))
		return -1;
	tree->directory = S_ISDIR(st.st_mode);
	tree->fd = call_open_tree(fd, "", AT_EMPTY_PATH | OPEN_TREE_CLONE |
				  (mount->recursive ? AT_RECURSIVE : 0));
	if (tree->fd < 0)
		return error_system(err, "clone the mount of %s", mount->source);
	return trees_prepare(mount, tree, err);
}

static int mounts_remount(int root, const struct plan_mount *mount, struct error *err)
{
	struct open_how how = { .flags = O_PATH | O_CLOEXEC,
				.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS };
	/* What policy adds goes by the destination's words: a link must not lead elsewhere. */
	auto_fd target = call_openat2(root, mount->destination, &how);

	if (target < 0)
		return error_system(err, "open what is to be remounted");
	if (trees_attributes(target, &mount->tree, AT_RECURSIVE, 0, err) ||
	    trees_attributes(target, &mount->self, 0, mount->propagation, err))
		return error_prefix(err, "remount");
	return 0;
}

static int mounts_propagation(int fd, const struct plan_mount *mount, struct error *err)
{
	struct mount_attr attr = { .propagation = mount->propagation };

	if (mount->kind == PLAN_MOUNT_BIND || mount->propagation == 0)
		return 0;
	if (call_mount_setattr(fd, "", AT_EMPTY_PATH, &attr))
		return error_system(err, "set the propagation");
	return 0;
}

static void mounts_keep(const struct plan_mount *mount, int *fd, struct mounts_kernel *kernel)
{
	const struct {
		enum plan_mount_kind kind;
		const char *fs_type;
		int *kept;
	} rows[] = {
		{ PLAN_MOUNT_NEW, "proc", &kernel->proc },
		{ PLAN_MOUNT_NEW, "sysfs", &kernel->sys },
		{ PLAN_MOUNT_NEW, "devpts", &kernel->devpts },
		{ PLAN_MOUNT_DEV, "tmpfs", &kernel->dev },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (mount->kind == rows[i].kind && strcmp(mount->fs_type, rows[i].fs_type) == 0) {
			close_fd(rows[i].kept);
			*rows[i].kept = take_fd(fd);
			return;
		}
}

static int mounts_check_place(int root, const char *path, int kept, struct error *err)
{
	struct path_identity wanted;
	struct path_identity found;
	auto_fd fd = -1;

	if (kept < 0)
		return 0;
	fd = path_open_in_root(root, path, O_PATH | O_DIRECTORY, err);
	if (fd < 0)
		return error_prefix(err, "look at %s again", path);
	if (path_identity_read(kept, &wanted, err) || path_identity_read(fd, &found, err))
		return -1;
	if (!path_identity_equal(&wanted, &found))
		return error_set(err, ERROR_SYSTEM, 0, "%s is not what was mounted there: somebody changed "
				 "the root file system meanwhile", path);
	return 0;
}

int mounts_check_kernel(int root, const struct mounts_kernel *kernel, struct error *err)
{
	if (mounts_check_place(root, "/proc", kernel->proc, err) ||
	    mounts_check_place(root, "/sys", kernel->sys, err))
		return -1;
	return mounts_check_place(root, "/dev", kernel->dev, err);
}

/* The configuration may lay something of its own over /dev: that is then what belongs there. */
static int mounts_forget_dev(const struct plan_mount *mount, int target,
			      struct mounts_kernel *kernel, struct error *err)
{
	struct path_identity found;
	struct path_identity dev;

	if (kernel->dev < 0 || mount->kind == PLAN_MOUNT_DEV)
		return 0;
	if (path_identity_read(target, &found, err) || path_identity_read(kernel->dev, &dev, err))
		return -1;
	if (path_identity_equal(&found, &dev))
		close_fd(&kernel->dev);
	return 0;
}

static int mounts_attach_one(struct live *live, int root, size_t index,
			     struct mounts_kernel *kernel, struct error *err)
{
	const struct plan_mount *mount = &live->plan->mounts[index];
	struct live_tree *tree = &live->trees[index];
	auto_fd target = -1;
	bool created;

	if (mount->kind == PLAN_MOUNT_REMOUNT)
		return mounts_remount(root, mount, err);
	if (mount->kind == PLAN_MOUNT_BIND && mount->source_in_root &&
	    mounts_late_bind(live, root, mount, kernel, tree, err))
		return -1;
	target = mounts_open_target(live->plan, root, mount, tree, &created, err);
	if (target < 0)
		return mount->optional && err->errnum == EROFS ? 0 : -1;
	if (mounts_forget_dev(mount, target, kernel, err))
		return -1;
	if (mount->kind == PLAN_MOUNT_NEW)
		tree->fd = mounts_new(live, mount, tree, target, created, err);
	else if (mount->kind == PLAN_MOUNT_DEV)
		tree->fd = fcntl(live->dev_tree, F_DUPFD_CLOEXEC, 3);
	if (tree->fd < 0)
		return err->kind == ERROR_NONE ? error_system(err, "open /dev") : -1;
	if (mounts_move(tree->fd, target, mount->destination, err) ||
	    mounts_propagation(tree->fd, mount, err))
		return -1;
	mounts_keep(mount, &tree->fd, kernel);
	close_fd(&tree->fd);
	return mount->kind == PLAN_MOUNT_DEV ? devices_place(live, root, true, err) : 0;
}

int mounts_attach(struct live *live, int root, struct mounts_kernel *kernel, struct error *err)
{
	for (size_t i = 0; i < live->plan->mount_count; i++) {
		const struct plan_mount *mount = &live->plan->mounts[i];

		if (mounts_attach_one(live, root, i, kernel, err))
			return error_prefix(err, "%s: mount %s",
					    mount->why.path ? mount->why.path :
					    mount->why.item ? mount->why.item : "default",
					    mount->destination);
	}
	return devices_place(live, root, false, err);
}

int mounts_finish(const struct live *live, struct error *err)
{
	for (size_t i = 0; i < live->plan->mount_count; i++) {
		const struct plan_mount *mount = &live->plan->mounts[i];
		struct mount_attr attr = { .attr_set = MOUNT_ATTR_RDONLY };

		if (mount->kind != PLAN_MOUNT_DEV || !(mount->self.set & MOUNT_ATTR_RDONLY))
			continue;
		if (call_mount_setattr(live->dev_tree, "", AT_EMPTY_PATH, &attr))
			return error_system(err, "%s: make /dev read-only", mount->why.path);
	}
	return 0;
}

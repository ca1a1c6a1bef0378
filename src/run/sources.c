/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * A table of host path × {the thing itself, what lies above it, what lies below
 * it}. "Above" is refused because a directory brings what it holds with it,
 * "below" because a part of it is as good as the whole.
 *
 * A path that is not there protects nothing. A file has no parent that can be
 * reached from its descriptor: its directory is found by the name the kernel
 * gives for it.
 */
#include "sources.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "kernel/call.h"
#include "kernel/compat.h"
#include "live.h"
#include "place.h"

#define SELF 1u
#define ABOVE 2u
#define BELOW 4u
#define STORE 8u	/* BELOW, but for a root file system: this is where engines keep them */
#define WRITABLE 16u	/* only for a mount that is not read-only */

static const struct source_row {
	const char *path;
	unsigned int refused;
} source_rows[] = {
	{ "/", SELF },
	{ "/etc", SELF },
	{ "/etc/shadow", SELF },
	{ "/etc/gshadow", SELF },
	{ "/etc/sudoers", SELF },
	{ "/etc/sudoers.d", SELF | BELOW },
	{ "/etc/ssh", SELF | BELOW },
	{ "/etc/orlop", SELF | BELOW },				/* what this very table obeys */
	{ "/etc/orlop/policy.json", SELF },
	{ "/etc/apparmor.d", SELF | BELOW },
	/* Programs of the host run from there, or read there what to run, as its root. */
	{ "/etc", BELOW | WRITABLE },
	{ "/usr", SELF | BELOW | WRITABLE },
	{ "/bin", SELF | BELOW | WRITABLE },
	{ "/sbin", SELF | BELOW | WRITABLE },
	{ "/lib", SELF | BELOW | WRITABLE },
	{ "/lib64", SELF | BELOW | WRITABLE },
	{ "/var/spool/cron", SELF | ABOVE | BELOW | WRITABLE },
	{ "/proc", SELF | BELOW },
	{ "/sys", SELF | BELOW },
	{ "/dev", SELF | BELOW },
	{ "/boot", SELF | BELOW },
	{ "/root", SELF | STORE },
	{ "/run", SELF },
	{ "/var/run", SELF },
	{ "/run/docker.sock", SELF | ABOVE },
	{ "/run/docker", SELF | ABOVE },
	{ "/run/docker/containerd/containerd.sock", SELF | ABOVE },
	{ "/run/docker/containerd/daemon", SELF | STORE },
	{ "/run/docker/runtime-runc", SELF | ABOVE | BELOW },
	{ "/run/containerd/containerd.sock", SELF | ABOVE },
	{ "/run/containerd/containerd.sock.ttrpc", SELF | ABOVE },
	{ "/run/containerd/s", SELF | ABOVE | BELOW },		/* sockets of shims */
	{ "/run/containerd/runc", SELF | ABOVE | BELOW },
	{ "/run/containerd/io.containerd.runtime.v2.task", SELF | STORE },
	{ "/run/k3s/containerd/containerd.sock", SELF | ABOVE },
	{ "/run/cri-dockerd.sock", SELF | ABOVE },
	{ "/run/crio/crio.sock", SELF | ABOVE },
	{ "/run/podman/podman.sock", SELF | ABOVE },
	{ "/run/buildkit/buildkitd.sock", SELF | ABOVE },
	{ "/run/libvirt/libvirt-sock", SELF | ABOVE },
	{ "/var/lib/incus/unix.socket", SELF | ABOVE },
	{ "/var/lib/lxd/unix.socket", SELF | ABOVE },
	{ "/var/snap/lxd/common/lxd/unix.socket", SELF | ABOVE },
	{ "/run/snapd.socket", SELF | ABOVE },
	{ "/run/dbus/system_bus_socket", SELF | ABOVE },
	{ "/run/systemd/private", SELF | ABOVE },
	{ "/run/orlop", SELF | ABOVE | BELOW },
	{ "/run/runc", SELF | ABOVE | BELOW },
	{ "/run/crun", SELF | ABOVE | BELOW },
	{ "/var/lib/docker", SELF | ABOVE },
	{ "/var/lib/docker/overlay2", SELF | STORE },
	{ "/var/lib/docker/fuse-overlayfs", SELF | STORE },
	{ "/var/lib/docker/vfs", SELF | STORE },
	{ "/var/lib/docker/rootfs", SELF | STORE },
	{ "/var/lib/docker/containerd", SELF | STORE },
	{ "/var/lib/docker/image", SELF | BELOW },
	{ "/var/lib/docker/plugins", SELF | BELOW },
	{ "/var/lib/docker/swarm", SELF | BELOW },
	{ "/var/lib/containerd", SELF | ABOVE },
	{ "/var/lib/containerd/io.containerd.snapshotter.v1.overlayfs", SELF | STORE },
	{ "/var/lib/containerd/io.containerd.content.v1.content", SELF | BELOW },
	{ "/var/lib/containers", SELF | ABOVE },
	{ "/var/lib/containers/storage", SELF },
	{ "/var/lib/containers/storage/overlay", SELF | STORE },
	{ "/var/lib/containers/storage/vfs", SELF | STORE },
	{ "/var/lib/rancher", SELF | ABOVE },
	{ "/var/lib/rancher/k3s/server", SELF | ABOVE | BELOW },
	{ "/var/lib/rancher/k3s/agent/containerd/io.containerd.snapshotter.v1.overlayfs",
	  SELF | STORE },
	{ "/var/lib/rancher/k3s/agent/containerd/io.containerd.content.v1.content", SELF | BELOW },
	{ "/var/lib/kubelet", SELF | ABOVE },
	{ "/var/lib/kubelet/pki", SELF | BELOW },
	{ "/var/lib/etcd", SELF | ABOVE | BELOW },
	{ "/etc/kubernetes", SELF | BELOW },
};

static bool source_same(const struct source_identity *a, const struct source_identity *b)
{
	return a->dev == b->dev && a->ino == b->ino;
}

/* 1, 0 where it is not there, or -1. */
static int source_identify(const char *path, struct source_identity *out, struct error *err)
{
	struct stat st;

	if (stat(path, &st)) {
		if (errno == ENOENT || errno == ENOTDIR)
			return 0;
		return error_system(err, "look at the protected path %s", path);
	}
	*out = (struct source_identity){ st.st_dev, st.st_ino };
	return 1;
}

#define SOURCE_DEPTH 64
#define SOURCE_NAME 4096

/* The directories that hold the source, from its own up to the root. */
struct source_chain {
	size_t count;
	struct source_identity items[SOURCE_DEPTH];
};

/* The name that the kernel has for what a descriptor is. */
static int source_name(int fd, const char *source, char name[static SOURCE_NAME], struct error *err)
{
	char link[64];
	ssize_t length;

	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	length = readlink(link, name, SOURCE_NAME - 1);
	if (length <= 0 || name[0] != '/')
		return error_system(err, "find the directory of %s", source);
	name[length] = '\0';
	return 0;
}

static int source_directory(int fd, const struct stat *st, const char *source, struct error *err)
{
	char name[SOURCE_NAME];
	char *slash;
	int dir;

	if (S_ISDIR(st->st_mode)) {
		dir = openat(fd, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
		return dir < 0 ? error_system(err, "open the directory above %s", source) : dir;
	}
	if (source_name(fd, source, name, err))
		return -1;
	slash = strrchr(name, '/');
	slash[slash == name] = '\0';
	dir = open(name, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return dir < 0 ? error_system(err, "open the directory of %s", source) : dir;
}

static int source_climb(int fd, const struct stat *st, const char *source,
			struct source_chain *chain, struct error *err)
{
	auto_fd dir = source_directory(fd, st, source, err);
	struct source_identity last = { st->st_dev, st->st_ino };

	if (dir < 0)
		return -1;
	for (chain->count = 0; chain->count < SOURCE_DEPTH; chain->count++) {
		struct source_identity *at = &chain->items[chain->count];
		struct stat here;
		int up;

		if (fstat(dir, &here))
			return error_system(err, "look above %s", source);
		*at = (struct source_identity){ here.st_dev, here.st_ino };
		if (source_same(at, &last))
			return 0; /* "/.." is "/" */
		last = *at;
		up = openat(dir, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (up < 0)
			return error_system(err, "look above %s", source);
		close_fd(&dir);
		dir = up;
	}
	return error_set(err, ERROR_HOST, 0, "%s lies too deep", source);
}

/* Is the source one of the directories that a path names on its way? 1, 0 or -1. */
static int source_on_the_way(const struct source_identity *self, const char *path,
			     struct error *err)
{
	char prefix[SOURCE_NAME];
	struct source_identity at = { 0 };

	for (const char *slash = path + 1; (slash = strchr(slash, '/')); slash++) {
		int there;

		(void)snprintf(prefix, sizeof(prefix), "%.*s", (int)(slash - path), path);
		there = source_identify(prefix, &at, err);
		if (there < 0)
			return -1;
		if (there && source_same(&at, self))
			return 1;
	}
	return 0;
}

/*
 * Is the source above the protected path? 1, 0 or -1. Many a host has a link in its place, to a
 * larger disk: what holds it there is above it too.
 */
static int source_is_above(const struct source_identity *self, const char *path, struct error *err)
{
	auto_fd there = -1;
	char name[SOURCE_NAME];
	int above = source_on_the_way(self, path, err);

	if (above)
		return above;
	there = open(path, O_PATH | O_CLOEXEC);
	if (there < 0)
		return errno == ENOENT || errno == ENOTDIR ?
			       0 : error_system(err, "look at the protected path %s", path);
	if (source_name(there, path, name, err))
		return -1;
	return strcmp(name, path) == 0 ? 0 : source_on_the_way(self, name, err);
}

/* What is judged, and what a refusal says of it. */
struct source_case {
	struct live *live;
	struct source_identity self;
	bool part;		/* its mount shows a part of a file system, and */
	struct place place;	/* this is where */
	bool directory;
	struct source_chain chain;
	const char *source;
	const char *path;
	const struct plan *plan;
	const char *way_out;
};

static int source_refuse(const struct source_case *what, const char *how, const char *protected,
			 struct error *err)
{
	return plan_refusal(what->plan->rules, POLICY_MOUNT_SOURCES, what->path, err, what->way_out,
			    "%s %s %s", what->source, how, protected);
}

_Static_assert(ARRAY_SIZE(source_rows) == SOURCES_ROWS, "sources.h has another number of rows");

/* The protected paths are looked up once for all mounts of a container. */
static int sources_read(struct sources *sources, struct error *err)
{
	if (sources->ready)
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(source_rows); i++) {
		int there = source_identify(source_rows[i].path, &sources->rows[i], err);

		if (there < 0)
			return -1;
		sources->there[i] = there;
	}
	sources->ready = true;
	return 0;
}

/*
 * The directories above a mount are those of the place where it is mounted. Only the part that it shows
 * has names that lead elsewhere: the host's own root, or a whole file system, has none.
 */
static int source_place(struct source_case *what, int fd, struct error *err)
{
	struct statx here;
	struct statx top;

	if (call_statx(fd, STATX_MNT_ID, &here) || statx(AT_FDCWD, "/", 0, STATX_MNT_ID, &top))
		return error_system(err, "look at the mount of %s", what->source);
	what->part = here.stx_mnt_id != top.stx_mnt_id;
	if (!what->part)
		return 0;
	if (place_find(what->live, fd, what->source, &what->place, err))
		return -1;
	what->part = !what->place.whole;
	return 0;
}

/* Does it lie below the protected path, by the names in the file system? 1, 0 or -1. */
static int source_is_inside(const struct source_case *what, const char *path, struct error *err)
{
	struct place protected;
	auto_fd there = -1;

	if (!what->part)
		return 0;
	there = open(path, O_PATH | O_CLOEXEC);
	if (there < 0)
		return errno == ENOENT || errno == ENOTDIR ?
			       0 : error_system(err, "look at the protected path %s", path);
	if (place_find(what->live, there, path, &protected, err))
		return -1;
	return place_same_disk(&what->place, &protected) &&
	       place_is_below(what->place.inside, protected.inside);
}

static int source_check_below(const struct source_case *what, const char *path,
			      const struct source_identity *protected, struct error *err)
{
	int inside;

	for (size_t i = 0; i < what->chain.count; i++)
		if (source_same(&what->chain.items[i], protected))
			return source_refuse(what, "lies below", path, err);
	inside = source_is_inside(what, path, err);
	return inside > 0 ? source_refuse(what, "lies below", path, err) : inside;
}

static int source_check_row(const struct source_case *what, bool root,
			    const struct source_row *row, const struct source_identity *protected,
			    struct error *err)
{
	if ((row->refused & SELF) && source_same(&what->self, protected))
		return source_refuse(what, "is",
				     strcmp(what->source, row->path) ? row->path
								     : "a protected path of the host",
				     err);
	if ((row->refused & (root ? BELOW : BELOW | STORE)) &&
	    source_check_below(what, row->path, protected, err))
		return -1;
	if ((row->refused & ABOVE) && what->directory) {
		int above = source_is_above(&what->self, row->path, err);

		if (above < 0)
			return -1;
		if (above)
			return source_refuse(what, "holds", row->path, err);
	}
	return 0;
}

/* Where a kernel file system is mounted does not matter: its files are the host's. */
static const struct {
	unsigned long magic;
	const char *how;
	const char *where;
} source_types[] = {
	{ NSFS_MAGIC, "is", "a namespace" },
	{ PROC_SUPER_MAGIC, "lies below", "/proc" },
	{ BINFMTFS_MAGIC, "lies below", "/proc/sys/fs/binfmt_misc" },
	{ SYSFS_MAGIC, "lies below", "/sys" },
	{ CGROUP2_SUPER_MAGIC, "lies below", "/sys/fs/cgroup" },
	{ CGROUP_SUPER_MAGIC, "lies below", "/sys/fs/cgroup" },
	{ BPF_FS_MAGIC, "lies below", "/sys/fs/bpf" },
	{ SELINUX_MAGIC, "lies below", "/sys/fs/selinux" },
	{ DEBUGFS_MAGIC, "lies below", "/sys/kernel/debug" },
	{ TRACEFS_MAGIC, "lies below", "/sys/kernel/tracing" },
	{ SECURITYFS_MAGIC, "lies below", "/sys/kernel/security" },
	{ CONFIGFS_MAGIC, "lies below", "/sys/kernel/config" },
	{ EFIVARFS_MAGIC, "lies below", "/sys/firmware/efi/efivars" },
};

static int source_check_type(const struct source_case *what, const struct statfs *fs,
			     struct error *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(source_types); i++)
		if ((unsigned long)fs->f_type == source_types[i].magic)
			return source_refuse(what, source_types[i].how, source_types[i].where, err);
	return 0;
}

static int source_check_state(const struct source_case *what, const struct sources *sources,
			      struct error *err)
{
	const struct source_row row = { sources->state_root, SELF | ABOVE | BELOW };
	struct source_identity protected = { 0 };
	int there = source_identify(row.path, &protected, err);

	if (there <= 0)
		return there;
	return source_check_row(what, sources->root, &row, &protected, err);
}

/* Those that are refused in any case come first: their way out helps more. */
static int source_check_rows(struct source_case *what, const struct sources *sources, bool writable,
			     struct error *err)
{
	what->way_out = writable ? "mount it read-only" : "mount a directory made for the container instead";
	for (size_t i = 0; i < ARRAY_SIZE(source_rows); i++)
		if (sources->there[i] && !!(source_rows[i].refused & WRITABLE) == writable &&
		    source_check_row(what, sources->root, &source_rows[i], &sources->rows[i], err))
			return -1;
	return 0;
}

int sources_check(struct live *live, int fd, const struct source_asked *asked, struct error *err)
{
	struct source_case what = { .live = live, .source = asked->source, .path = asked->path,
				    .plan = live->plan,
				    .way_out = "mount a directory made for the container instead" };
	struct sources *sources = &live->sources;
	struct statfs fs;
	struct stat st;

	if (fstat(fd, &st) || fstatfs(fd, &fs))
		return error_system(err, "look at %s", asked->source);
	what.self = (struct source_identity){ st.st_dev, st.st_ino };
	what.directory = S_ISDIR(st.st_mode);
	if (source_check_type(&what, &fs, err) || sources_read(sources, err) ||
	    source_climb(fd, &st, asked->source, &what.chain, err) || source_place(&what, fd, err) ||
	    source_check_state(&what, sources, err) ||
	    source_check_rows(&what, sources, false, err))
		return -1;
	return asked->writable ? source_check_rows(&what, sources, true, err) : 0;
}

/* Character devices of major 1 and 5 that every container has. */
static const struct {
	unsigned int major;
	unsigned int minor;
} source_devices[] = {
	{ 1, 3 }, { 1, 5 }, { 1, 7 }, { 1, 8 }, { 1, 9 }, { 5, 0 },
};

int sources_check_device(int fd, const char *source, const char *path, const struct plan *plan,
			 struct error *err)
{
	struct stat st;

	if (fstat(fd, &st))
		return error_system(err, "look at %s", source);
	if (S_ISCHR(st.st_mode))
		for (size_t i = 0; i < ARRAY_SIZE(source_devices); i++)
			if (major(st.st_rdev) == source_devices[i].major &&
			    minor(st.st_rdev) == source_devices[i].minor)
				return 0;
	return plan_refusal(plan->rules, POLICY_DEVICES, path, err, "leave it out",
			    "%s is a device outside the default list", source);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */

/*
 * Every file is opened with RESOLVE_NO_XDEV and then compared by mount id with the handle. The
 * second check looks superfluous, and is: it stands for the day a caller passes a handle that
 * procfs_open() did not make.
 */
#include "kernel/procfs.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/number.h"
#include "kernel/call.h"
#include "kernel/path.h"

#define PROC_ROOT_INO 1
#define PID_LIMIT 4194304	/* PID_MAX_LIMIT of 64-bit kernels */
#define NAME_BYTES 256

static int open_private(enum procfs_subset subset)
{
	auto_fd context = -1;

	context = call_fsopen("proc");
	if (context < 0)
		return -1;
	if (subset == PROCFS_PIDS &&
	    (call_fsconfig(context, FSCONFIG_SET_STRING, "hidepid", "ptraceable", 0) < 0 ||
	     call_fsconfig(context, FSCONFIG_SET_STRING, "subset", "pid", 0) < 0))
		return -1;
	if (call_fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return -1;
	return call_fsmount(context, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
}

/* The visible /proc: no link, and what is mounted on parts of it is left to the opens below. */
static int open_visible(void)
{
	const struct open_how how = {
		.flags = O_PATH | O_DIRECTORY | O_NOFOLLOW,
		.resolve = RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
	};

	return call_openat2(AT_FDCWD, "/proc", &how);
}

int procfs_check(int fd, struct error *err)
{
	struct statfs fs;
	struct stat st;

	if (fstatfs(fd, &fs) < 0 || fstat(fd, &st) < 0)
		return error_set(err, ERROR_HOST, errno, "look at procfs");
	if (fs.f_type != PROC_SUPER_MAGIC)
		return error_set(err, ERROR_HOST, 0, "procfs: file system type %#lx is not procfs",
				 (unsigned long)fs.f_type);
	if (st.st_ino != PROC_ROOT_INO)
		return error_set(err, ERROR_HOST, 0, "procfs: not its root directory");
	return 0;
}

int procfs_open(enum procfs_subset subset, bool *degraded, struct error *err)
{
	auto_fd handle = -1;
	bool visible = false;

	if (subset != PROCFS_VISIBLE)
		handle = open_private(subset);
	if (handle < 0) {
		/* EPERM: no CAP_SYS_ADMIN, or the visible /proc hides files from this namespace. */
		if (subset != PROCFS_VISIBLE && errno != EPERM && errno != EACCES)
			return error_system(err, "mount a private procfs");
		handle = open_visible();
		visible = true;
	}
	if (handle < 0)
		return error_system(err, "open /proc");
	if (procfs_check(handle, err) < 0)
		return -1;
	if (degraded)
		*degraded = visible;
	return take_fd(&handle);
}

static int open_checked(int procfs, const char *path, int flags, struct error *err)
{
	struct path_identity root = { 0 };
	struct path_identity file = { 0 };
	auto_fd fd = -1;

	fd = path_open_beneath(procfs, path, flags | O_NOFOLLOW, err);
	if (fd < 0)
		return error_prefix(err, "procfs");
	if (path_identity_read(procfs, &root, err) < 0 || path_identity_read(fd, &file, err) < 0)
		return error_prefix(err, "procfs %s", path);
	if (!path_identity_same_mount(&root, &file))
		return error_set(err, ERROR_SYSTEM, EXDEV, "procfs: open %s", path);
	return take_fd(&fd);
}

static int pid_path(pid_t pid, const char *name, size_t length, char *out, struct error *err)
{
	int written;

	if (pid <= 0)
		return error_set(err, ERROR_SYSTEM, ESRCH, "procfs: process %d", (int)pid);
	written = snprintf(out, NAME_BYTES, "%d/%.*s", (int)pid, (int)length, name);
	if (written < 0 || written >= NAME_BYTES)
		return error_set(err, ERROR_SYSTEM, ENAMETOOLONG, "procfs: process %d", (int)pid);
	return 0;
}

int procfs_self(int procfs, pid_t *pid, struct error *err)
{
	char target[32];
	uint64_t number;
	ssize_t length;

	length = readlinkat(procfs, "self", target, sizeof(target));
	if (length < 0)
		return error_system(err, "procfs: read link self");
	if (number_parse_u64_bytes(target, (size_t)length, PID_LIMIT, &number) < 0 || number == 0)
		return error_set(err, ERROR_HOST, 0, "procfs: self leads to no process");
	*pid = (pid_t)number;
	return 0;
}

int procfs_open_pid(int procfs, pid_t pid, const char *name, int flags, struct error *err)
{
	char path[NAME_BYTES];

	if (pid_path(pid, name, strlen(name), path, err) < 0)
		return -1;
	return open_checked(procfs, path, flags, err);
}

int procfs_open_link(int procfs, pid_t pid, const char *name, int flags, struct error *err)
{
	const char *slash = strrchr(name, '/');
	const char *leaf = slash ? slash + 1 : name;
	char directory[NAME_BYTES];
	auto_fd parent = -1;
	auto_fd fd = -1;

	if (pid_path(pid, name, (size_t)(leaf - name), directory, err) < 0)
		return -1;
	parent = open_checked(procfs, directory, O_PATH | O_DIRECTORY, err);
	if (parent < 0)
		return -1;
	/* One component of a directory that is known to be procfs: the link can be no other. */
	fd = openat(parent, leaf, flags | O_CLOEXEC);
	if (fd < 0)
		return error_system(err, "procfs: open %d/%s", (int)pid, name);
	return take_fd(&fd);
}

int procfs_open_path(int procfs, const char *path, int flags, struct error *err)
{
	return open_checked(procfs, path, flags, err);
}

int procfs_read_pid(int procfs, pid_t pid, const char *name, size_t max, char **data,
		    size_t *size, struct error *err)
{
	auto_fd file = -1;

	file = procfs_open_pid(procfs, pid, name, O_RDONLY, err);
	if (file < 0)
		return -1;
	if (fd_read_all(file, max, data, size, err) < 0)
		return error_prefix(err, "procfs: %d/%s", (int)pid, name);
	return 0;
}

int procfs_read_path(int procfs, const char *path, size_t max, char **data, size_t *size,
		     struct error *err)
{
	auto_fd file = -1;

	file = procfs_open_path(procfs, path, O_RDONLY, err);
	if (file < 0)
		return -1;
	if (fd_read_all(file, max, data, size, err) < 0)
		return error_prefix(err, "procfs: %s", path);
	return 0;
}

int procfs_write_pid(int procfs, pid_t pid, const char *name, const char *text,
		     struct error *err)
{
	auto_fd file = -1;

	file = procfs_open_pid(procfs, pid, name, O_WRONLY, err);
	if (file < 0)
		return -1;
	if (fd_write_once(file, text, strlen(text), err) < 0)
		return error_prefix(err, "procfs: %d/%s", (int)pid, name);
	return 0;
}

int procfs_write_path(int procfs, const char *path, const char *text, struct error *err)
{
	auto_fd file = -1;

	file = procfs_open_path(procfs, path, O_WRONLY, err);
	if (file < 0)
		return -1;
	if (fd_write_once(file, text, strlen(text), err) < 0)
		return error_prefix(err, "procfs: %s", path);
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
#pragma once

/*
 * Files of procfs through a private handle. What stands at /proc may be anything: a container
 * may have mounted over it, and writes of labels or sysctls then go to the wrong file
 * (CVE-2019-16884, CVE-2025-52881). The handle is a mount of our own that no name leads to.
 *
 * pids in it are those of the pid namespace the handle was opened in.
 */

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/error.h"

enum procfs_subset {
	PROCFS_VISIBLE,	/* what is mounted at /proc, checked: for callers that are on the host and only look */
	PROCFS_PIDS,	/* process directories only: hidepid=ptraceable, subset=pid */
	PROCFS_ALL,	/* sysctls too: open, use, close; never let a container inherit it */
};

/**
 * procfs_open() - open a private procfs
 * @subset:   what must be in it
 * @degraded: set to whether the handle is the visible /proc, because a mount of our own was not
 *            permitted (rootless, or mounts on /proc that hide parts of it); may be NULL
 * @err:      filled on failure
 *
 * Checked to be procfs (f_type) and its root (inode 1). In the degraded form something may be
 * mounted on parts of it; every open below refuses to cross a mount, so that ends in EXDEV, not in
 * a wrong file.
 *
 * Return: a descriptor, or -1 with ERROR_SYSTEM, or ERROR_HOST if /proc is not procfs.
 */
int procfs_open(enum procfs_subset subset, bool *degraded, struct error *err);

/**
 * procfs_check() - check that a descriptor is the root of a procfs
 * @fd:  lent
 * @err: filled on failure
 *
 * Return: 0, or -1 with ERROR_HOST.
 */
int procfs_check(int fd, struct error *err);

/**
 * procfs_self() - our own pid as a handle numbers it
 * @procfs: lent handle
 * @pid:    set on success; differs from getpid() when the handle is from another pid namespace
 * @err:    filled on failure
 *
 * Return: 0 or -1.
 */
int procfs_self(int procfs, pid_t *pid, struct error *err);

/**
 * procfs_open_pid() - open a file of a process
 * @procfs: lent handle
 * @pid:    pid as numbered in @procfs; the name "self" is a link and is never used
 * @name:   for instance "stat" or "attr/apparmor/exec"; "" opens the directory. No links: not
 *          ns/NAME, not fd/N.
 * @flags:  open(2) flags; O_CLOEXEC and O_NOFOLLOW are added
 * @err:    filled on failure; the message names the file
 *
 * Return: a descriptor on procfs, on the handle's mount, or -1.
 */
int procfs_open_pid(int procfs, pid_t pid, const char *name, int flags, struct error *err);

/**
 * procfs_open_link() - follow a magic link of a process: ns/NAME, root, cwd, exe, fd/N
 * @procfs: lent handle
 * @pid:    pid as numbered in @procfs
 * @name:   the link; what leads to it is opened without links
 * @flags:  open(2) flags; O_CLOEXEC is added
 * @err:    filled on failure; the message names the link
 *
 * Only these links lead out of procfs, and the kernel checks for PTRACE_MODE_READ.
 *
 * Return: a descriptor of what the link leads to, or -1.
 */
int procfs_open_link(int procfs, pid_t pid, const char *name, int flags, struct error *err);

/**
 * procfs_open_path() - open a file that belongs to no process, "sys/net/ipv4/ip_forward"
 * @procfs: lent handle, PROCFS_ALL
 * @path:   relative, no links, no ".."
 * @flags:  open(2) flags; O_CLOEXEC and O_NOFOLLOW are added
 * @err:    filled on failure; the message names the file
 *
 * Return: a descriptor on procfs, or -1. A sysctl is that of the namespaces of the process that
 * reads or writes, or opened, it.
 */
int procfs_open_path(int procfs, const char *path, int flags, struct error *err);

/** procfs_read_pid() - read a file of a process; @max, @data and @size as for fd_read_all() */
int procfs_read_pid(int procfs, pid_t pid, const char *name, size_t max, char **data,
		    size_t *size, struct error *err);

/** procfs_read_path() - read a file that belongs to no process */
int procfs_read_path(int procfs, const char *path, size_t max, char **data, size_t *size,
		     struct error *err);

/** procfs_write_pid() - write @text to a file of a process in one call; a short write is EIO */
int procfs_write_pid(int procfs, pid_t pid, const char *name, const char *text,
		     struct error *err);

/** procfs_write_path() - write @text to a file that belongs to no process, in one call */
int procfs_write_path(int procfs, const char *path, const char *text, struct error *err);

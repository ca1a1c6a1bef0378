/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
#pragma once

/*
 * The one path resolver. Paths from images, volumes and config.json are hostile, and what they
 * name can change at any moment. So the kernel resolves them (openat2), once, to a descriptor,
 * and every later act uses the descriptor. There is no resolution in user space: the make
 * functions read a link only where the kernel has said that nothing is there yet.
 *
 * Two forms. "In root" is for paths that mean something to a user (mount targets, cwd,
 * args[0]): links are followed as after chroot(2) to @root, ".." stops at @root. "Beneath" is for
 * paths that mean something to us (proc/sys, cgroup files): no link, no other mount, no "..".
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"

/** Which object a descriptor refers to, and through which mount it was reached. */
struct path_identity {
	uint32_t dev_major;
	uint32_t dev_minor;
	uint64_t ino;
	uint64_t mnt_id;	/* never reused if unique, else reused after unmount */
	bool unique;		/* mnt_id is STATX_MNT_ID_UNIQUE (Linux 6.8 and later) */
};

/**
 * path_open_in_root() - open a path as a process chrooted to @root would
 * @root:  lent directory descriptor, O_PATH allowed; the root for absolute paths, links and ".."
 * @path:  relative or absolute, hostile; not empty
 * @flags: open(2) flags, usually O_PATH, perhaps with O_DIRECTORY or O_NOFOLLOW; O_CLOEXEC is
 *         added. O_CREAT and O_TMPFILE are refused (EINVAL): path_make_file() creates.
 * @err:   filled on failure; the message names @path
 *
 * Magic links (/proc/PID/fd/N and the like) are refused with ELOOP. Mounts are crossed. EAGAIN,
 * which a racing rename causes, is retried a bounded number of times, then is the failure.
 * Without O_PATH a FIFO may block and a device may act: open O_PATH, look, path_reopen().
 *
 * Return: a descriptor, or -1 with ERROR_SYSTEM. Kernel: openat2(2), RESOLVE_IN_ROOT.
 */
int path_open_in_root(int root, const char *path, int flags, struct error *err);

/**
 * path_open_beneath() - open a path that must lead straight down
 * @dir:   lent directory descriptor, O_PATH allowed
 * @path:  relative; a link, another mount, or ".." out of @dir anywhere in it is an error (ELOOP,
 *         EXDEV)
 * @flags: as for path_open_in_root()
 * @err:   filled on failure; the message names @path
 *
 * Return: a descriptor, or -1 with ERROR_SYSTEM. Kernel: openat2(2), RESOLVE_BENEATH,
 * RESOLVE_NO_SYMLINKS, RESOLVE_NO_XDEV, RESOLVE_NO_MAGICLINKS.
 */
int path_open_beneath(int dir, const char *path, int flags, struct error *err);

/**
 * path_make_directory() - open a directory in a root, making what is missing of it
 * @root:    lent directory descriptor, O_PATH allowed
 * @path:    as for path_open_in_root()
 * @mode:    permission bits of each directory made, whatever the umask; a setgid parent hands its
 *           group and its setgid bit down, as the kernel does
 * @created: set to whether the last component was made here and still belongs to our fsuid; may be
 *           NULL
 * @err:     filled on failure; the message names @path
 *
 * Links are followed inside @root, dangling ones too: a link to a place that does not exist has
 * that place made, as "mkdir -p $(realpath -m …)" would after chroot(2). Each component is made
 * with mkdirat(2) on the descriptor of its parent and opened again without following links or
 * leaving the mount of its parent; in the end the whole path is resolved once more and must give
 * the directory that was made. So a racing rename can make this fail, but not
 * act outside @root. What was made is not removed on failure.
 *
 * New directories belong to the caller's fsuid and fsgid: set those around the call to have
 * another owner for all of them, or fchown the result if @created.
 * The umask of the process is changed for an instant: single-threaded callers only.
 *
 * Return: an O_PATH descriptor of the directory, or -1 with ERROR_SYSTEM; errnum ENOTDIR if
 * something else is in the way, ELOOP for too many links, EAGAIN if it keeps changing, EXDEV if
 * the outcome is not what was made.
 */
int path_make_directory(int root, const char *path, mode_t mode, bool *created,
			struct error *err);

/**
 * path_make_file() - open a file in a root, making it and its parents if missing
 * @root, @path, @err: as for path_make_directory(); a trailing slash or dot is an error
 * @mode:    permission bits of the file if it is made; parents get 0755
 * @created: set to whether the file was made here; may be NULL
 *
 * A missing file is made empty and regular with O_CREAT | O_EXCL | O_NOFOLLOW. One that is
 * there is left as it is and may be of any type but a directory: callers that care look.
 *
 * Return: an O_PATH descriptor of the file, or -1 with ERROR_SYSTEM; errnum EISDIR if a
 * directory is there, else as for path_make_directory().
 */
int path_make_file(int root, const char *path, mode_t mode, bool *created, struct error *err);

/**
 * path_reopen() - open what an O_PATH descriptor refers to, for reading or writing
 * @procfs: lent handle from procfs_open(); not used for directories
 * @fd:     lent; O_PATH or not
 * @flags:  open(2) flags, O_CLOEXEC is added; no O_CREAT, no O_NOFOLLOW
 * @err:    filled on failure
 *
 * Goes through PID/fd/N of the handle, so nothing is looked up by name again. The result is
 * checked to be the same object on the same mount.
 *
 * Return: a descriptor, or -1 with ERROR_SYSTEM.
 */
int path_reopen(int procfs, int fd, int flags, struct error *err);

/**
 * path_identity_read() - say which object and which mount a descriptor refers to
 * @fd:  lent; of any sort, O_PATH included
 * @out: set on success
 * @err: filled on failure
 *
 * Return: 0, or -1 with ERROR_SYSTEM, or ERROR_HOST if the kernel gives no mount id.
 */
int path_identity_read(int fd, struct path_identity *out, struct error *err);

/** path_identity_equal() - same object reached through the same mount */
bool path_identity_equal(const struct path_identity *a, const struct path_identity *b);

/** path_identity_same_mount() - reached through the same mount */
bool path_identity_same_mount(const struct path_identity *a, const struct path_identity *b);

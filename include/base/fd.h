/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
#pragma once

/*
 * Reading and writing whole files through descriptors, and the state of the descriptor table.
 * Every read has a bound; a file longer than the bound is an error, never cut.
 */

#include <stddef.h>

#include "base/error.h"

/**
 * fd_read_all() - read to the end of a descriptor
 * @fd:   lent; a file, pipe or socket, read from its current position; no seek is made
 * @max:  most bytes to accept
 * @data: set to malloc'd memory holding the bytes and one NUL after them; caller frees
 * @size: set to the number of bytes, NUL not counted; may be NULL
 * @err:  filled on failure
 *
 * The bytes may contain NULs: a caller that treats them as a string compares strlen() to @size.
 *
 * Return: 0, or -1 with ERROR_SYSTEM: a read failed, or EFBIG: more than @max bytes.
 */
int fd_read_all(int fd, size_t max, char **data, size_t *size, struct error *err);

/**
 * fd_read_file() - read a whole file
 * @dirfd: lent directory, or AT_FDCWD
 * @path:  opened O_RDONLY | O_CLOEXEC | O_NOFOLLOW; earlier components may be links, so the path
 *         must be trusted; path.h opens the others
 * @max, @data, @size, @err: as for fd_read_all(); messages name @path
 *
 * Return: 0 or -1.
 */
int fd_read_file(int dirfd, const char *path, size_t max, char **data, size_t *size,
		 struct error *err);

/**
 * fd_write_all() - write every byte, in as many calls as it takes
 * @fd:   lent; blocking
 * @data: bytes
 * @size: how many
 * @err:  filled on failure
 *
 * Not for kernel files that act on each write (procfs, cgroupfs): see fd_write_once().
 *
 * Return: 0 or -1 with ERROR_SYSTEM.
 */
int fd_write_all(int fd, const void *data, size_t size, struct error *err);

/**
 * fd_write_once() - write all bytes in one call, as kernel files want it
 * @fd, @data, @size, @err: as for fd_write_all()
 *
 * Return: 0, or -1 with ERROR_SYSTEM; a short write is EIO.
 */
int fd_write_once(int fd, const void *data, size_t size, struct error *err);

/**
 * fd_write_file() - write a text to an existing file in one write call
 * @dirfd: lent directory, or AT_FDCWD
 * @path:  opened O_WRONLY | O_CLOEXEC | O_NOFOLLOW, neither created nor truncated
 * @text:  string
 * @err:   filled on failure; the message names @path
 *
 * For cgroup and procfs files. errnum tells callers ENOENT (no such control) from the rest.
 *
 * Return: 0, or -1 with ERROR_SYSTEM.
 */
int fd_write_file(int dirfd, const char *path, const char *text, struct error *err);

/**
 * fd_sanitize_stdio() - open /dev/null on those of descriptors 0, 1 and 2 that are closed
 * @err: filled on failure
 *
 * Otherwise the next file opened becomes standard output or error and receives messages. Call
 * it before anything is opened. What is put there is read-write and not close-on-exec.
 *
 * Return: 0, or -1 with ERROR_SYSTEM, or ERROR_HOST if /dev/null is not character device 1:3.
 */
int fd_sanitize_stdio(struct error *err);

/**
 * fd_close_from() - close @first and every descriptor above it
 * @first: lowest descriptor to close
 * @err:   filled on failure
 *
 * Return: 0, or -1 with ERROR_SYSTEM. Kernel: close_range(2), Linux 5.9.
 */
int fd_close_from(int first, struct error *err);

/**
 * fd_keep_only() - close @first and every descriptor above it but one
 * @keep:  the one; put at @first, close-on-exec, and *@keep is set to that
 * @first: what @keep becomes
 * @err:   filled on failure
 *
 * Return: 0, or -1 with ERROR_SYSTEM.
 */
int fd_keep_only(int *keep, int first, struct error *err);

/**
 * fd_cloexec_from() - mark @first and every descriptor above it close-on-exec
 * @first: lowest descriptor to mark
 * @err:   filled on failure
 *
 * Return: 0, or -1 with ERROR_SYSTEM. Kernel: close_range(2), CLOSE_RANGE_CLOEXEC, Linux 5.11.
 */
int fd_cloexec_from(int first, struct error *err);

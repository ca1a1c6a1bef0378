/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */

#include "base/fd.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/close_range.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>

#include "base/cleanup.h"

#define READ_FIRST ((size_t)4096)

static ssize_t read_retry(int fd, void *data, size_t size)
{
	ssize_t got;

	do
		got = read(fd, data, size);
	while (got < 0 && errno == EINTR);
	return got;
}

static ssize_t write_retry(int fd, const void *data, size_t size)
{
	ssize_t put;

	do
		put = write(fd, data, size);
	while (put < 0 && errno == EINTR);
	return put;
}

/* Makes room for at least one byte more than is used, up to @max + 1: the byte that tells EFBIG. */
static int grow(char **buffer, size_t *capacity, size_t used, size_t max, struct error *err)
{
	size_t wanted = *capacity ? *capacity * 2 : READ_FIRST;
	char *larger;

	if (used < *capacity)
		return 0;
	if (wanted > max + 1)
		wanted = max + 1;
	larger = realloc(*buffer, wanted + 1);
	if (!larger) {
		(void)error_system(err, "read");
		return -1;
	}
	*buffer = larger;
	*capacity = wanted;
	return 0;
}

int fd_read_all(int fd, size_t max, char **data, size_t *size, struct error *err)
{
	auto_free char *buffer = NULL;
	size_t capacity = 0;
	size_t used = 0;
	ssize_t got;

	if (max > SSIZE_MAX / 4)
		max = SSIZE_MAX / 4;

	do {
		if (grow(&buffer, &capacity, used, max, err) < 0)
			return -1;
		got = read_retry(fd, buffer + used, capacity - used);
		if (got < 0)
			return error_system(err, "read");
		used += (size_t)got;
		if (used > max)
			return error_set(err, ERROR_SYSTEM, EFBIG, "read: more than %zu bytes",
					 max);
	} while (got > 0);

	buffer[used] = '\0';
	*data = take_ptr(buffer);
	if (size)
		*size = used;
	return 0;
}

int fd_read_file(int dirfd, const char *path, size_t max, char **data, size_t *size,
		 struct error *err)
{
	auto_fd file = -1;

	file = openat(dirfd, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY);
	if (file < 0)
		return error_system(err, "open %s", path);
	if (fd_read_all(file, max, data, size, err) < 0)
		return error_prefix(err, "%s", path);
	return 0;
}

int fd_write_all(int fd, const void *data, size_t size, struct error *err)
{
	const char *next = data;
	ssize_t put;

	while (size > 0) {
		put = write_retry(fd, next, size);
		if (put < 0)
			return error_system(err, "write");
		if (put == 0)
			return error_set(err, ERROR_SYSTEM, EIO, "write: nothing was taken");
		next += put;
		size -= (size_t)put;
	}
	return 0;
}

int fd_write_once(int fd, const void *data, size_t size, struct error *err)
{
	ssize_t put = write_retry(fd, data, size);

	if (put < 0)
		return error_system(err, "write");
	if ((size_t)put != size)
		return error_set(err, ERROR_SYSTEM, EIO, "write: %zd of %zu bytes", put, size);
	return 0;
}

int fd_write_file(int dirfd, const char *path, const char *text, struct error *err)
{
	auto_fd file = -1;

	file = openat(dirfd, path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY);
	if (file < 0)
		return error_system(err, "open %s", path);
	if (fd_write_once(file, text, strlen(text), err) < 0)
		return error_prefix(err, "%s", path);
	return 0;
}

static int open_null(struct error *err)
{
	auto_fd null = -1;
	struct stat st;

	/* The lowest free number is the one that was found closed. Not close-on-exec: stdio. */
	null = open("/dev/null", O_RDWR | O_NOCTTY);
	if (null < 0)
		return error_system(err, "open /dev/null");
	if (fstat(null, &st) < 0)
		return error_system(err, "stat /dev/null");
	if (!S_ISCHR(st.st_mode) || st.st_rdev != makedev(1, 3))
		return error_set(err, ERROR_HOST, 0, "/dev/null is not the null device");
	return take_fd(&null);
}

int fd_sanitize_stdio(struct error *err)
{
	int null;

	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		if (fcntl(fd, F_GETFD) >= 0)
			continue;
		if (errno != EBADF)
			return error_system(err, "look at descriptor %d", fd);
		null = open_null(err);
		if (null < 0)
			return -1;
		if (null != fd) {
			(void)close(null);
			return error_set(err, ERROR_SYSTEM, EBUSY, "descriptor %d is in use", fd);
		}
	}
	return 0;
}

/* Through syscall(2): glibc has the function since 2.34, other libcs not. */
static int range_from(int first, unsigned int flags, struct error *err)
{
	if (first < 0)
		return error_set(err, ERROR_SYSTEM, EBADF, "close descriptors from %d", first);
	if (syscall(SYS_close_range, (unsigned int)first, ~0U, flags) < 0)
		return error_system(err, "close descriptors from %d", first);
	return 0;
}

int fd_close_from(int first, struct error *err)
{
	return range_from(first, 0, err);
}

int fd_keep_only(int *keep, int first, struct error *err)
{
	if (*keep != first) {
		int moved = dup3(*keep, first, O_CLOEXEC);

		if (moved < 0)
			return error_system(err, "move descriptor %d", *keep);
		*keep = moved;
	}
	return fd_close_from(first + 1, err);
}

int fd_cloexec_from(int first, struct error *err)
{
	return range_from(first, CLOSE_RANGE_CLOEXEC, err);
}

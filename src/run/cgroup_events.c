/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/* What the processes of a cgroup do: whether there are any, stopping them. */
#include "run/cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdint.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"

#define EVENTS_MAX 1024

static int64_t now_ms(void)
{
	struct timespec now = { 0 };

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Reads one "key value" line of cgroup.events. */
static int read_event(int events, const char *key, bool *value, struct error *err)
{
	char data[EVENTS_MAX];
	size_t length = strlen(key);
	ssize_t size;

	size = pread(events, data, sizeof(data) - 1, 0);
	if (size < 0)
		return error_system(err, "read cgroup.events");
	data[size] = '\0';

	for (const char *line = data; line != NULL && *line != '\0';) {
		if (strncmp(line, key, length) == 0 && line[length] == ' ') {
			*value = line[length + 1] != '0';
			return 0;
		}
		line = strchr(line, '\n');
		if (line != NULL)
			line++;
	}
	return error_set(err, ERROR_HOST, 0, "cgroup.events has no '%s'", key);
}

static int open_control(int cgroup, const char *name, struct error *err)
{
	int file = openat(cgroup, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	if (file < 0)
		return error_system(err, "open %s", name);
	return file;
}

static int look_at_event(int cgroup, const char *key, bool *value, struct error *err)
{
	auto_fd events = open_control(cgroup, "cgroup.events", err);

	if (events < 0)
		return -1;
	return read_event(events, key, value, err);
}

/* The kernel marks cgroup.events with POLLPRI when a value changes. */
static int wait_for_event(int cgroup, const char *key, bool wanted, int timeout_ms,
			  struct error *err)
{
	int64_t deadline = now_ms() + timeout_ms;
	auto_fd events = open_control(cgroup, "cgroup.events", err);

	if (events < 0)
		return -1;

	for (;;) {
		struct pollfd change = { .fd = events, .events = POLLPRI };
		int64_t left = deadline - now_ms();
		bool value = false;

		if (read_event(events, key, &value, err) < 0)
			return -1;
		if (value == wanted)
			return 0;
		if (left <= 0)
			return error_set(err, ERROR_SYSTEM, ETIMEDOUT,
					 "wait for cgroup.events: %s %d", key, wanted);
		if (poll(&change, 1, left > INT_MAX ? INT_MAX : (int)left) < 0 && errno != EINTR)
			return error_system(err, "wait for cgroup.events");
	}
}

bool cgroup_is_removed(const struct error *err)
{
	/* Of the file that was open, and of a name in the directory. */
	return err->errnum == ENODEV || err->errnum == ENOENT;
}

int cgroup_is_populated(int cgroup, bool *populated, struct error *err)
{
	if (look_at_event(cgroup, "populated", populated, err) == 0)
		return 0;
	if (!cgroup_is_removed(err))
		return -1;
	error_clear(err);
	*populated = false;
	return 0;
}

int cgroup_is_frozen(int cgroup, bool *frozen, struct error *err)
{
	return look_at_event(cgroup, "frozen", frozen, err);
}

int cgroup_wait_empty(int cgroup, int timeout_ms, struct error *err)
{
	if (wait_for_event(cgroup, "populated", false, timeout_ms, err) == 0)
		return 0;
	if (!cgroup_is_removed(err))
		return -1;
	error_clear(err);
	return 0;
}

int cgroup_freeze(int cgroup, bool frozen, int timeout_ms, struct error *err)
{
	if (fd_write_file(cgroup, "cgroup.freeze", frozen ? "1" : "0", err) < 0)
		return -1;
	return wait_for_event(cgroup, "frozen", frozen, timeout_ms, err);
}

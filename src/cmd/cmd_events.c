/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * The kernel says when something happens: files of a cgroup can be polled, and so can a pidfd.
 * Nothing is looked at in between.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/number.h"
#include "cmd/command.h"
#include "container.h"
#include "json/json_write.h"
#include "run/cgroup_stats.h"
#include "stats.h"

#define LINE_MAX_BYTES ((size_t)16 << 20)
#define EVENTS_MAX 4096
#define NS_PER_MS 1000000
#define USUAL_MS 5000
#define MOST_NS (UINT64_C(1000000000) * 86400 * 365)

struct events_options {
	bool stats;
	uint64_t interval_ms;	/* 0: the usual one */
};

static int events_read_interval(const struct option_row *row, const char *value, void *member,
				struct error *err)
{
	uint64_t *interval_ms = member;
	uint64_t ns;

	(void)row;
	if (number_parse_duration(value, MOST_NS, &ns) < 0)
		return error_set(err, ERROR_USAGE, 0, "'%s' is no duration such as 5s or 100ms",
				 value);
	/* Less than one would be a loop that never rests. */
	if (ns < NS_PER_MS)
		return error_set(err, ERROR_USAGE, 0, "'%s' is less than a millisecond", value);
	*interval_ms = ns / NS_PER_MS;
	return 0;
}

static const struct option_row events_rows[] = {
	{ "stats", 0, NULL, "print statistics once, and end", option_flag,
	  offsetof(struct events_options, stats) },
	{ "interval", 0, "DURATION", "time between statistics (5s)", events_read_interval,
	  offsetof(struct events_options, interval_ms) },
};

const struct options cmd_events_options = OPTIONS(events_rows, struct events_options);

/* A container that is watched. */
struct watch {
	const char *id;
	int cgroup;
	int init;	/* lent pidfd */
	int memory;	/* memory.events; -1 where nothing limits memory */
	uint64_t kills;	/* of the out-of-memory killer, so far */
};

static int print_stats(const struct watch *watch, struct error *err)
{
	auto_cgroup_stats stats = { .io = NULL };
	auto_text text = TEXT_INIT(LINE_MAX_BYTES);

	if (cgroup_stats_read(watch->cgroup, &stats, err) < 0)
		return -1;
	stats_write(watch->id, &stats, &text);
	return command_print(&text, err);
}

static int print_oom(const struct watch *watch, struct error *err)
{
	auto_text text = TEXT_INIT(LINE_MAX_BYTES);
	struct json_writer json = JSON_WRITER(&text, JSON_COMPACT);

	json_write_object(&json, NULL);
	json_write_string(&json, "type", "oom");
	json_write_string(&json, "id", watch->id);
	json_write_end(&json);
	text_append_char(&text, '\n');
	return command_print(&text, err);
}

/* The count of kills, from a file that stays open: reading it also tells the kernel to report anew. */
static int read_kills(const struct watch *watch, uint64_t *out, struct error *err)
{
	static const char key[] = "\noom_kill ";
	char text[EVENTS_MAX];
	const char *line;
	ssize_t size;

	size = pread(watch->memory, text, sizeof(text) - 1, 0);
	if (size < 0)
		return error_system(err, "read memory.events");
	text[size] = '\0';
	line = strstr(text, key);
	if (!line || number_parse_u64_bytes(line + sizeof(key) - 1,
					    strcspn(line + sizeof(key) - 1, "\n"), UINT64_MAX,
					    out) < 0)
		return error_set(err, ERROR_HOST, 0, "memory.events has no count of oom_kill");
	return 0;
}

/* A line for each kill since the last time. The cgroup may be gone by now: then there was none. */
static int report_kills(struct watch *watch, struct error *err)
{
	struct error cause = ERROR_INIT;
	uint64_t kills = 0;

	if (watch->memory < 0)
		return 0;
	if (read_kills(watch, &kills, &cause) < 0) {
		if (cause.errnum == ENODEV)
			return 0;
		*err = cause;
		return -1;
	}
	for (; watch->kills < kills; watch->kills++) {
		if (print_oom(watch, err) < 0)
			return -1;
	}
	return 0;
}

static int64_t now_ms(void)
{
	struct timespec now = { 0 };

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / NS_PER_MS;
}

/* Returns 1 when the container has ended, 0 when it is time for statistics, -1. */
static int wait_for_something(struct watch *watch, int64_t until_ms, struct error *err)
{
	struct pollfd files[] = {
		{ .fd = watch->init, .events = POLLIN },
		{ .fd = watch->memory, .events = POLLPRI },
	};

	for (;;) {
		int64_t left = until_ms - now_ms();
		int count;

		if (left <= 0)
			return 0;
		count = poll(files, ARRAY_SIZE(files), left > INT32_MAX ? INT32_MAX : (int)left);
		if (count < 0 && errno != EINTR)
			return error_system(err, "wait for events of the container");
		if (count <= 0)
			continue;
		/* Read before the end is looked at: what ended it may be a kill. */
		if (report_kills(watch, err) < 0)
			return -1;
		if (files[0].revents)
			return 1;
	}
}

static int stream(struct watch *watch, int64_t interval_ms, struct error *err)
{
	int64_t next_ms = now_ms();

	for (;;) {
		struct error cause = ERROR_INIT;
		int ended;

		/* Counted from the time it was due: a slow reader does not shift those that follow. */
		next_ms += interval_ms;
		if (next_ms < now_ms())
			next_ms = now_ms();
		ended = wait_for_something(watch, next_ms, err);
		if (ended != 0)
			return ended < 0 ? -1 : 0;
		if (print_stats(watch, &cause) == 0)
			continue;
		/* Deleted in this moment: the end of it is seen next. */
		if (cause.errnum != ENODEV && cause.errnum != ENOENT) {
			*err = cause;
			return -1;
		}
	}
}

static int open_watch(const struct container *container, struct watch *watch, struct error *err)
{
	watch->id = container->record.id;
	watch->init = container->init;
	watch->cgroup = container_open_cgroup(container, err);
	if (watch->cgroup < 0)
		return -1;
	watch->memory = openat(watch->cgroup, "memory.events", O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (watch->memory < 0)
		return errno == ENOENT ? 0 : error_system(err, "open memory.events");
	return read_kills(watch, &watch->kills, err);
}

static void close_watch(struct watch *watch)
{
	close_fd(&watch->cgroup);
	close_fd(&watch->memory);
}

#define auto_watch __attribute__((cleanup(close_watch))) struct watch

int cmd_events(const struct invocation *call, int *status, struct error *err)
{
	const struct events_options *options = call->options;
	auto_container container = CONTAINER_NULL;
	auto_watch watch = { .cgroup = -1, .init = -1, .memory = -1 };

	(void)status;
	if (container_open(call->globals, call->operands[0], false, &container, err) < 0)
		return -1;
	/* For as long as the container lives, others have to get at it. */
	store_unlock(&container.entry);
	if (container.status == STATUS_STOPPED || container.status == STATUS_CREATING)
		return error_set(err, ERROR_STATE, 0, "container not running: container %s is %s",
				 container.record.id, status_name(container.status));
	if (open_watch(&container, &watch, err) < 0)
		return -1;
	if (options->stats)
		return print_stats(&watch, err);
	return stream(&watch, options->interval_ms ? (int64_t)options->interval_ms : USUAL_MS, err);
}

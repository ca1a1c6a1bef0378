/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * New limits for a container that runs. What a file held is read before it is written, so that an
 * update that fails in the middle can be taken back: the container is then as it was, and not
 * somewhere between.
 */
#include "cgroup_managers.h"

#include <errno.h>
#include <string.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/number.h"
#include "base/text.h"
#include "kernel/bpf.h"

#define CONTROL_MAX 65536
#define LINE_MAX_BYTES 4096

/* Files of a line a device: a line that was not there before is taken back by this. */
static const struct {
	const char *file;
	const char *none;
} keyed[] = {
	{ "io.max", "rbps=max wbps=max riops=max wiops=max" },
	{ "io.weight", "default" },
	{ "io.bfq.weight", "default" },
	{ "rdma.max", "hca_handle=max hca_object=max" },
};

static int read_amount(int cgroup, const char *file, uint64_t *out, struct error *err)
{
	struct error cause = ERROR_INIT;
	auto_free char *text = NULL;
	uint64_t number;

	if (fd_read_file(cgroup, file, CONTROL_MAX, &text, NULL, &cause) < 0) {
		if (cause.errnum == ENOENT)
			return 0;
		*err = cause;
		return -1;
	}
	text[strcspn(text, "\n")] = '\0';
	if (number_parse_u64(text, UINT64_MAX, &number) == 0)
		*out = number;
	return 0;
}

int cgroup_read_now(int cgroup, struct plan_now *now, struct error *err)
{
	*now = PLAN_NOW_UNKNOWN;
	if (read_amount(cgroup, "memory.current", &now->memory_usage, err) < 0 ||
	    read_amount(cgroup, "memory.max", &now->memory_max, err) < 0 ||
	    read_amount(cgroup, "memory.swap.max", &now->swap_max, err) < 0 ||
	    read_amount(cgroup, "cpu.max.burst", &now->burst, err) < 0)
		return -1;
	return 0;
}

/* The row of a file of many lines, or NULL. */
static const char *find_none(const char *file)
{
	for (size_t i = 0; i < ARRAY_SIZE(keyed); i++) {
		if (strcmp(keyed[i].file, file) == 0)
			return keyed[i].none;
	}
	return NULL;
}

/* The line that begins with the key of @value, which is its first word; NULL where there is none. */
static const char *find_line(const char *text, const char *value, size_t key)
{
	for (const char *line = text; *line; line += *line == '\n') {
		if (strncmp(line, value, key) == 0 && line[key] == ' ')
			return line;
		line += strcspn(line, "\n");
	}
	return NULL;
}

/* What the files held that were written: an item a write, NULL where there was nothing to keep. */
struct undo {
	struct arena arena;
	const char **items;
};

static void undo_free(struct undo *undo)
{
	arena_free(&undo->arena);
}

#define auto_undo __attribute__((cleanup(undo_free))) struct undo

/* What to write so that a file holds again what it does now. */
static int remember(int cgroup, const struct plan_cgroup_write *write, struct arena *arena,
		    const char **out, struct error *err)
{
	/* A weight without a key is that of all devices that have none of their own. */
	const char *none = find_none(write->file);
	size_t key = strcspn(write->value, " ");
	struct error cause = ERROR_INIT;
	auto_free char *text = NULL;
	const char *found;

	if (fd_read_file(cgroup, write->file, CONTROL_MAX, &text, NULL, &cause) < 0) {
		if (cause.errnum == ENOENT)
			return 0;
		*err = cause;
		return -1;
	}
	/* The weight of an idle cgroup goes with its being idle: the kernel takes no 0. */
	if (strcmp(write->file, "cpu.weight") == 0 && strcmp(text, "0\n") == 0)
		return 0;
	/* As it is, with its newline: an empty write would change nothing. */
	if (!none || write->value[key] == '\0') {
		*out = arena_strndup(arena, text, none ? strcspn(text, "\n") : strlen(text));
		return 0;
	}
	found = find_line(text, write->value, key);
	if (found)
		*out = arena_strndup(arena, found, strcspn(found, "\n"));
	else
		*out = arena_printf(arena, "%.*s %s", (int)key, write->value, none);
	return 0;
}

/* Takes back the writes before @count, the last one first, and adds to the message what stays. */
static void take_back(int cgroup, const struct plan_cgroup *plan, const struct undo *before,
		      size_t count, struct error *err)
{
	auto_text left = TEXT_INIT(LINE_MAX_BYTES);

	for (size_t i = count; i-- > 0;) {
		const struct plan_cgroup_write *write = &plan->writes[i];

		if (before->items[i] &&
		    fd_write_file(cgroup, write->file, before->items[i], NULL) < 0)
			text_appendf(&left, "%s%s = %s", left.size ? ", " : "", write->file,
				     write->value);
	}
	if (left.size)
		error_prefix(err, "these stay as they were written: %s; then", text_string(&left));
}

/* Writes that stand for one another are one step. */
static size_t group_size(const struct plan_cgroup *plan, size_t first)
{
	size_t size = 1;

	while (first + size < plan->write_count && plan->writes[first + size].alternative)
		size++;
	return size;
}

static int write_all(int cgroup, const struct plan_cgroup *plan, struct undo *before,
		     bool *skipped, size_t *done, struct error *err)
{
	for (*done = 0; *done < plan->write_count;) {
		size_t size = group_size(plan, *done);
		struct plan_cgroup part = *plan;

		for (size_t i = *done; i < *done + size; i++) {
			if (remember(cgroup, &plan->writes[i], &before->arena, &before->items[i],
				     err) < 0)
				return -1;
		}
		part.writes = plan->writes + *done;
		part.write_count = size;
		if (cgroup_apply(cgroup, &part, skipped ? skipped + *done : NULL, err) < 0) {
			/* A write that was taken and became something else is taken back as well. */
			*done += size;
			return -1;
		}
		*done += size;
	}
	return 0;
}

static int replace_devices(int cgroup, int program, struct error *err)
{
	struct error cause = ERROR_INIT;
	auto_fd old = bpf_device_find(cgroup, &cause);

	if (old < 0 && cause.errnum != ENOENT) {
		*err = cause;
		return -1;
	}
	return old < 0 ? bpf_device_attach(cgroup, program, err) :
			 bpf_device_replace(cgroup, old, program, err);
}

int cgroup_update(int cgroup, const struct plan_cgroup *plan, bool *skipped, struct error *err)
{
	auto_undo before = { .items = NULL };
	auto_fd program = -1;
	size_t done = 0;
	int result;

	before.items = arena_array(&before.arena, plan->write_count, sizeof(*before.items));
	/* The kernel may refuse the program: before anything is changed. */
	if (plan->device_program) {
		program = cgroup_load_devices(plan, err);
		if (program < 0)
			return error_prefix(err, "device rules of cgroup %s", plan->path);
	}
	result = write_all(cgroup, plan, &before, skipped, &done, err);
	/* The files first: in them limits rise and fall in an order, and a failure can be taken back. */
	if (result == 0)
		result = cgroup_change_unit(plan, err);
	if (result == 0 && program >= 0 && replace_devices(cgroup, program, err) < 0)
		result = error_prefix(err, "device rules of cgroup %s", plan->path);
	if (result < 0)
		take_back(cgroup, plan, &before, done, err);
	return result;
}

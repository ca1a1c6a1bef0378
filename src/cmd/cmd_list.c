/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */

#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "cmd/command.h"
#include "container.h"

#define OUTPUT_MAX ((size_t)64 << 20)

enum list_format {
	LIST_TABLE,
	LIST_JSON,
};

struct list_options {
	int format;
	bool quiet;
};

static const struct option_word list_formats[] = {
	{ "table", LIST_TABLE },
	{ "json", LIST_JSON },
	{ NULL },
};

static const struct option_row list_rows[] = {
	{ "format", 'f', "FORMAT", "table or json", option_choice,
	  offsetof(struct list_options, format), list_formats },
	{ "quiet", 'q', NULL, "print ids only", option_flag,
	  offsetof(struct list_options, quiet) },
};

const struct options cmd_list_options = OPTIONS(list_rows, struct list_options);

/* What the state directory has: every id, and the containers that could be read. */
struct list {
	struct arena arena;
	const char **ids;
	size_t id_count;
	struct container *items;
	size_t count;
};

static void list_free(struct list *list)
{
	for (size_t i = 0; i < list->count; i++)
		container_close(&list->items[i]);
	free(list->items);
	arena_free(&list->arena);
}

#define auto_list __attribute__((cleanup(list_free))) struct list

/* One that is gone by now, or that an interrupted create left, does not spoil the others. */
static int list_read(struct list *list, const struct globals *globals, struct error *err)
{
	list->items = calloc(list->id_count + 1, sizeof(*list->items));
	if (!list->items)
		return error_system(err, "list the containers");

	for (size_t i = 0; i < list->id_count; i++) {
		auto_container container = CONTAINER_NULL;
		struct error cause = ERROR_INIT;

		if (container_open(globals, list->ids[i], false, &container, &cause) == 0) {
			store_entry_close(&container.entry);
			list->items[list->count++] = container;
			container = CONTAINER_NULL;
		} else if (cause.errnum != ENOENT) {
			log_warning("%s", cause.message);
		}
	}
	return 0;
}

static void list_print_ids(const struct list *list, struct text *out)
{
	for (size_t i = 0; i < list->id_count; i++)
		text_appendf(out, "%s\n", list->ids[i]);
}

static void list_print_json(const struct list *list, struct text *out)
{
	struct json_writer json = JSON_WRITER(out, JSON_COMPACT);

	json_write_array(&json, NULL);
	for (size_t i = 0; i < list->count; i++)
		container_write(&list->items[i], &json);
	json_write_end(&json);
	text_append_char(out, '\n');
}

#define COLUMNS 6

struct list_row {
	const char *cells[COLUMNS];
};

static const struct list_row list_header = {
	{ "ID", "PID", "STATUS", "BUNDLE", "CREATED", "OWNER" },
};

static struct list_row list_make_row(const struct container *container, struct arena *arena)
{
	auto_text bundle = TEXT_INIT(32768);
	auto_text owner = TEXT_INIT(1024);

	text_append_escaped(&bundle, container->record.bundle);
	container_owner(container, &owner);
	return (struct list_row){ {
		container->record.id,
		arena_printf(arena, "%d", container_pid(container)),
		status_name(container->status),
		arena_strdup(arena, text_string(&bundle)),
		container->record.created,
		arena_strdup(arena, text_string(&owner)),
	} };
}

static void list_print_table(const struct list *list, struct text *out)
{
	auto_arena arena = ARENA_INIT;
	struct list_row *rows = arena_array(&arena, list->count + 1, sizeof(*rows));
	size_t widths[COLUMNS] = { 0 };

	rows[0] = list_header;
	for (size_t i = 0; i < list->count; i++)
		rows[i + 1] = list_make_row(&list->items[i], &arena);

	for (size_t i = 0; i <= list->count; i++)
		for (size_t column = 0; column < COLUMNS; column++)
			if (strlen(rows[i].cells[column]) > widths[column])
				widths[column] = strlen(rows[i].cells[column]);

	for (size_t i = 0; i <= list->count; i++) {
		for (size_t column = 0; column + 1 < COLUMNS; column++)
			text_appendf(out, "%-*s   ", (int)widths[column], rows[i].cells[column]);
		text_appendf(out, "%s\n", rows[i].cells[COLUMNS - 1]);
	}
}

int cmd_list(const struct invocation *call, int *status, struct error *err)
{
	const struct list_options *options = call->options;
	auto_store store = STORE_NULL;
	auto_list list = { .count = 0 };
	auto_text text = TEXT_INIT(OUTPUT_MAX);

	(void)status;
	if (store_open(call->globals->root, false, &store, err) < 0 ||
	    store_list(&store, &list.arena, &list.ids, &list.id_count, err) < 0)
		return -1;

	if (options->quiet) {
		list_print_ids(&list, &text);
		return command_print(&text, err);
	}
	if (list_read(&list, call->globals, err) < 0)
		return -1;
	if (options->format == LIST_JSON)
		list_print_json(&list, &text);
	else
		list_print_table(&list, &text);
	return command_print(&text, err);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "cmd/command.h"
#include "container.h"
#include "host/host.h"
#include "policy/policy.h"
#include "run/registry.h"

#define OUTPUT_MAX ((size_t)64 << 20)

enum ids_format {
	IDS_TABLE,
	IDS_JSON,
};

struct ids_options {
	int format;
};

static const struct option_word ids_formats[] = {
	{ "table", IDS_TABLE },
	{ "json", IDS_JSON },
	{ NULL },
};

static const struct option_row ids_rows[] = {
	{ "format", 'f', "FORMAT", "table or json", option_choice,
	  offsetof(struct ids_options, format), ids_formats },
};

const struct options cmd_ids_options = OPTIONS(ids_rows, struct ids_options);

static const char *const ids_states[] = {
	[REGISTRY_HELD] = "held",
	[REGISTRY_PROCESSES] = "processes",
	[REGISTRY_LEFT] = "leftover",
	[REGISTRY_HIDDEN] = "hidden",
	[REGISTRY_UNREADABLE] = "unreadable",
};

/* What the container does, where its state can be read. */
static const char *ids_status(const struct globals *globals, const struct registry_range *range)
{
	struct globals its_own = *globals;
	auto_container container = CONTAINER_NULL;
	struct error ignored = ERROR_INIT;

	its_own.root = range->state_root;
	if (range->state != REGISTRY_HELD ||
	    container_open(&its_own, range->id, false, &container, &ignored) < 0)
		return ids_states[range->state];
	return status_name(container.status);
}

static void ids_print_json(const struct globals *globals, const struct registry_listing *listing,
			   struct text *out)
{
	struct json_writer json = JSON_WRITER(out, JSON_COMPACT);

	json_write_object(&json, NULL);
	json_write_object(&json, "pool");
	json_write_string(&json, "name", listing->pool);
	json_write_u64(&json, "range", listing->range);
	json_write_u64(&json, "total", listing->total);
	json_write_u64(&json, "held", listing->held);
	json_write_u64(&json, "free", listing->free);
	json_write_strings(&json, "givenAway", listing->given, listing->given_count);
	json_write_end(&json);
	json_write_array(&json, "ranges");
	for (size_t i = 0; i < listing->count; i++) {
		const struct registry_range *range = &listing->ranges[i];

		json_write_object(&json, NULL);
		json_write_u64(&json, "first", range->first);
		json_write_u64(&json, "count", range->count);
		json_write_string(&json, "id", range->id);
		json_write_string(&json, "root", range->state_root);
		json_write_string(&json, "status", ids_status(globals, range));
		json_write_bool(&json, "inPool", range->in_pool);
		json_write_string(&json, "alsoOf", range->also);
		json_write_end(&json);
	}
	json_write_end(&json);
	json_write_end(&json);
	text_append_char(out, '\n');
}

#define COLUMNS 6

struct ids_row {
	const char *cells[COLUMNS];
};

static const struct ids_row ids_header = {
	{ "FIRST", "COUNT", "STATUS", "ID", "ROOT", "NOTE" },
};

static struct ids_row ids_make_row(const struct globals *globals, const struct registry_range *range,
				   struct arena *arena)
{
	auto_text root = TEXT_INIT(32768);
	const char *note = range->in_pool ? "" : "outside the pool";

	if (range->also)
		note = arena_printf(arena, "also of %s", range->also);
	text_append_escaped(&root, range->state_root ? range->state_root : "-");
	return (struct ids_row){ {
		arena_printf(arena, "%u", range->first),
		arena_printf(arena, "%u", range->count),
		ids_status(globals, range),
		range->id ? range->id : "-",
		arena_strdup(arena, text_string(&root)),
		note,
	} };
}

static void ids_print_rows(const struct ids_row *rows, size_t count, struct text *out)
{
	size_t widths[COLUMNS] = { 0 };

	for (size_t i = 0; i < count; i++)
		for (size_t column = 0; column < COLUMNS; column++)
			if (strlen(rows[i].cells[column]) > widths[column])
				widths[column] = strlen(rows[i].cells[column]);
	for (size_t i = 0; i < count; i++) {
		for (size_t column = 0; column + 1 < COLUMNS; column++)
			text_appendf(out, "%-*s   ", (int)widths[column], rows[i].cells[column]);
		text_appendf(out, "%s\n", rows[i].cells[COLUMNS - 1]);
	}
}

static void ids_print_table(const struct globals *globals, const struct registry_listing *listing,
			    struct text *out)
{
	auto_arena arena = ARENA_INIT;
	struct ids_row *rows = arena_array(&arena, listing->count + 1, sizeof(*rows));

	rows[0] = ids_header;
	for (size_t i = 0; i < listing->count; i++)
		rows[i + 1] = ids_make_row(globals, &listing->ranges[i], &arena);
	ids_print_rows(rows, listing->count + 1, out);
	text_appendf(out, "\n%s: %llu ranges of %u ids, %llu held, %llu free\n", listing->pool,
		     (unsigned long long)listing->total, listing->range,
		     (unsigned long long)listing->held, (unsigned long long)listing->free);
	for (size_t i = 0; i < listing->given_count; i++)
		text_appendf(out, "left out: %s\n", listing->given[i]);
}

static int ids_check_caller(struct error *err)
{
	struct host host;

	if (host_read(&host, err) < 0)
		return -1;
	if (host.caller == HOST_CALLER_ROOT)
		return 0;
	return error_set(err, ERROR_HOST, 0, "ranges of ids are given out to containers of the host's "
			 "root, who alone can list them");
}

int cmd_ids(const struct invocation *call, int *status, struct error *err)
{
	const struct ids_options *options = call->options;
	auto_registry_listing listing = { .count = 0 };
	auto_policy policy = { 0 };
	auto_text text = TEXT_INIT(OUTPUT_MAX);

	(void)status;
	if (ids_check_caller(err) < 0 ||
	    policy_load_site(call->globals->policy, POLICY_FILE, &policy, err) < 0 ||
	    registry_list(&policy.pool, &listing, err) < 0)
		return -1;
	if (options->format == IDS_JSON)
		ids_print_json(call->globals, &listing, &text);
	else
		ids_print_table(call->globals, &listing, &text);
	return command_print(&text, err);
}

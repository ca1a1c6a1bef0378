/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */

/*
 * Three ways of writing names meet here. mountinfo writes bytes that would end a field or an option
 * as octal digits: that is undone first. Of what is left, lowerdir= is a list with colons, in which
 * a backslash stands before a byte that means itself, and so it does in upperdir=. In lowerdir+= and
 * datadir+= each byte means itself.
 */
#include "kernel/overlay.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/cleanup.h"
#include "kernel/mountinfo.h"

enum overlay_meaning {
	OVERLAY_LOWER_LIST,
	OVERLAY_LOWER,
	OVERLAY_DATA,
	OVERLAY_UPPER,
	OVERLAY_CARRY,
	OVERLAY_WRITTEN,
	OVERLAY_DROP,
};

static const struct overlay_known {
	const char *name;
	enum overlay_meaning meaning;
} overlay_known[] = {
	{ "lowerdir",		OVERLAY_LOWER_LIST },
	{ "lowerdir+",		OVERLAY_LOWER },
	{ "datadir+",		OVERLAY_DATA },
	{ "upperdir",		OVERLAY_UPPER },
	/* What the attributes of the layers mean. */
	{ "default_permissions", OVERLAY_CARRY },
	{ "metacopy",		OVERLAY_CARRY },
	{ "redirect_dir",	OVERLAY_CARRY },
	{ "userxattr",		OVERLAY_CARRY },
	{ "verity",		OVERLAY_CARRY },
	{ "xino",		OVERLAY_CARRY },
	/* How the upper layer is written, which may be another one in an overlay of ours. */
	{ "fsync",		OVERLAY_WRITTEN },
	{ "volatile",		OVERLAY_WRITTEN },
	{ "index",		OVERLAY_DROP },
	{ "nfs_export",		OVERLAY_DROP },
	{ "uuid",		OVERLAY_DROP },
	{ "workdir",		OVERLAY_DROP },
	/* Of every file system, or of the host's labels. */
	{ "lazytime",		OVERLAY_DROP },
	{ "ro",			OVERLAY_DROP },
	{ "rw",			OVERLAY_DROP },
	{ "seclabel",		OVERLAY_DROP },
};

struct overlay_parser {
	struct arena *arena;
	struct overlay_layers *layers;
	struct overlay_option *written;
	size_t room;		/* names that the arrays hold */
	struct error *err;
};

static const struct overlay_known *overlay_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(overlay_known); i++)
		if (strcmp(overlay_known[i].name, name) == 0)
			return &overlay_known[i];
	return NULL;
}

static int overlay_add(struct overlay_parser *parser, const char *name, const char **names,
		       size_t *count)
{
	if (!*name)
		return error_set(parser->err, ERROR_HOST, 0, "a layer of the overlay has no name");
	if (*count == parser->room)
		return error_set(parser->err, ERROR_HOST, 0, "the layers of the overlay cannot be told apart");
	names[(*count)++] = name;
	return 0;
}

/* Up to the next colon that has no backslash before it. The name has lost its backslashes. */
static char *overlay_take_name(struct arena *arena, const char **list)
{
	char *name = arena_alloc(arena, strlen(*list) + 1);
	size_t used = 0;
	const char *at;

	for (at = *list; *at && *at != ':'; at++) {
		if (*at == '\\' && at[1])
			at++;
		name[used++] = *at;
	}
	*list = *at ? at + 1 : NULL;
	return name;
}

/* An empty name in the list: those behind it are data only. "a::b::c" has two of them. */
static int overlay_add_list(struct overlay_parser *parser, const char *list)
{
	struct overlay_layers *layers = parser->layers;
	bool data = false;

	while (list) {
		const char *name = overlay_take_name(parser->arena, &list);

		if (!*name && list && layers->lower_count) {
			data = true;
			continue;
		}
		if (data ? overlay_add(parser, name, layers->data, &layers->data_count) :
			   overlay_add(parser, name, layers->lower, &layers->lower_count))
			return -1;
	}
	return 0;
}

static int overlay_take_option(struct overlay_parser *parser, const char *name, const char *value)
{
	struct overlay_layers *layers = parser->layers;
	const struct overlay_known *known = overlay_find(name);

	if (!known)
		return error_set(parser->err, ERROR_HOST, 0, "option '%s' of the overlay is not known", name);
	if (known->meaning == OVERLAY_CARRY)
		layers->options[layers->option_count++] =
			(struct overlay_option){ .name = name, .value = value };
	if (known->meaning == OVERLAY_WRITTEN)
		parser->written[layers->written_count++] =
			(struct overlay_option){ .name = name, .value = value };
	if (known->meaning >= OVERLAY_CARRY)
		return 0;
	if (!value)
		return error_set(parser->err, ERROR_HOST, 0, "option '%s' of the overlay has no value", name);
	if (known->meaning == OVERLAY_LOWER_LIST)
		return overlay_add_list(parser, value);
	if (known->meaning == OVERLAY_LOWER)
		return overlay_add(parser, value, layers->lower, &layers->lower_count);
	if (known->meaning == OVERLAY_DATA)
		return overlay_add(parser, value, layers->data, &layers->data_count);
	layers->upper = overlay_take_name(parser->arena, &value);
	return 0;
}

/* How many names or options there can be: a colon or a comma ends each, and the kernel escapes no colon. */
static size_t overlay_room(const char *options)
{
	size_t room = 1;

	for (; *options; options++)
		room += *options == ',' || *options == ':';
	return room;
}

int overlay_parse(struct arena *arena, const char *options, struct overlay_layers *out,
		  struct error *err)
{
	struct overlay_layers layers = { 0 };
	struct overlay_parser parser = { .arena = arena, .layers = &layers, .err = err,
					 .room = overlay_room(options) };

	layers.lower = arena_array(arena, parser.room, sizeof(*layers.lower));
	layers.data = arena_array(arena, parser.room, sizeof(*layers.data));
	layers.options = arena_array(arena, parser.room, sizeof(*layers.options));
	parser.written = arena_array(arena, parser.room, sizeof(*parser.written));
	while (*options) {
		size_t length = strcspn(options, ",");
		char *name = mountinfo_unescape(arena, options, length);
		char *value;

		if (!name)
			return error_set(err, ERROR_HOST, 0, "the options of the overlay cannot be read");
		value = strchr(name, '=');
		if (value)
			*value++ = '\0';
		if (overlay_take_option(&parser, name, value))
			return -1;
		options += length + (options[length] == ',');
	}
	if (layers.lower_count == 0)
		return error_set(err, ERROR_HOST, 0, "the overlay shows no layers");
	/* An option is one or the other: there is room for both. */
	memcpy(layers.options + layers.option_count, parser.written,
	       layers.written_count * sizeof(*parser.written));
	*out = layers;
	return 0;
}

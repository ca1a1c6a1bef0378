/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
#pragma once

/*
 * Cases as data for the tests of spec/: a piece of JSON, and how the error begins. JSON stands in
 * single quotes here, which no case needs for anything else.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "spec/spec.h"

struct spec_case {
	const char *piece;
	const char *message;	/* NULL: accepted */
};

/* A config.json with room for one piece. */
#define CONFIG_WITH(members) \
	"{'ociVersion':'1.2.1','root':{'path':'rootfs'}," members "}"
#define PROCESS "'process':{'cwd':'/','args':['sh']}"
#define ROOM "\x01"

/* A copy with double quotes; the caller frees it. */
static inline char *requote(const char *json)
{
	char *copy = strdup(json);

	assert_non_null(copy);
	for (char *at = copy; (at = strchr(at, '\'')) != NULL; at++)
		*at = '"';
	return copy;
}

typedef int spec_reader(const char *bytes, size_t size, struct spec *out, struct error *err);

/* @with, and @piece where ROOM is. */
static inline int read_piece(spec_reader *reader, const char *with, const char *piece,
			     struct spec *out, struct error *err)
{
	const char *room = strstr(with, ROOM);
	auto_text text = TEXT_INIT(1 << 22);
	auto_free char *json = NULL;

	assert_non_null(room);
	text_append_bytes(&text, with, (size_t)(room - with));
	text_append(&text, piece);
	text_append(&text, room + 1);
	json = requote(text_string(&text));
	return reader(json, strlen(json), out, err);
}

static inline void check_cases(spec_reader *reader, const char *with,
			       const struct spec_case *cases, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		auto_spec spec = SPEC_NULL;
		struct error err = ERROR_INIT;
		int result = read_piece(reader, with, cases[i].piece, &spec, &err);

		if (result == 0 && cases[i].message)
			fail_msg("accepted: %s", cases[i].piece);
		if (result < 0 && !cases[i].message)
			fail_msg("%s: %s", cases[i].piece, err.message);
		if (result == 0)
			continue;
		assert_int_equal(err.kind, ERROR_SPEC);
		assert_null(spec.arena.chunks);
		if (strncmp(err.message, cases[i].message, strlen(cases[i].message)) != 0)
			fail_msg("%s: got '%s', not '%s'", cases[i].piece, err.message,
				 cases[i].message);
	}
}

#define CHECK_CASES(reader, with, cases) check_cases(reader, with, cases, ARRAY_SIZE(cases))

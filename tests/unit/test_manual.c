/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * The manual is kept beside the tables it describes: a command or an option
 * without a paragraph of its own in man/orlop.1 fails here.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "cmd/command.h"

#define MANUAL_MAX ((size_t)1 << 20)

static char *manual;

static int read_manual(void **state)
{
	const char *source = getenv("ORLOP_SOURCE");
	char path[4096];

	(void)state;
	(void)snprintf(path, sizeof(path), "%s/man/orlop.1", source ? source : ".");
	return fd_read_file(AT_FDCWD, path, MANUAL_MAX, &manual, NULL, NULL);
}

static int free_manual(void **state)
{
	(void)state;
	free(manual);
	return 0;
}

/* What stands between a heading and the next one, malloc'd; fails when there is none. */
static char *section(const char *heading)
{
	const char *start = strstr(manual, heading);
	const char *end;
	const char *next;

	if (!start)
		fail_msg("man/orlop.1 has no line '%s'", heading + 1);
	start += strlen(heading);
	end = strstr(start, "\n.Sh ");
	next = strstr(start, "\n.Ss ");
	if (!end || (next && next < end))
		end = next;
	return end ? strndup(start, (size_t)(end - start)) : strdup(start);
}

static void assert_documented(const struct options *table, const char *text, const char *where)
{
	for (size_t i = 0; i < table->count; i++) {
		const struct option_row *row = &table->rows[i];
		char item[128];

		const char *ar = row->argument ? " Ar " : "";
		const char *argument = row->argument ? row->argument : "";

		if (row->letter)
			(void)snprintf(item, sizeof(item), "\n.It Fl %c , Fl -%s%s%s\n",
				       row->letter, row->name, ar, argument);
		else
			(void)snprintf(item, sizeof(item), "\n.It Fl -%s%s%s\n", row->name, ar,
				       argument);
		if (!strstr(text, item))
			fail_msg("man/orlop.1, %s: there is no '%.*s'", where,
				 (int)strlen(item) - 2, item + 1);
	}
}

static void global_options_are_in_the_manual(void **state)
{
	auto_free char *text = section("\n.Sh OPTIONS\n");

	(void)state;
	assert_documented(&globals_options, text, "OPTIONS");
}

static void commands_and_their_options_are_in_the_manual(void **state)
{
	(void)state;
	for (size_t i = 0; i < command_count; i++) {
		auto_free char *text = NULL;
		char heading[64];

		(void)snprintf(heading, sizeof(heading), "\n.Ss %s\n", commands[i].name);
		text = section(heading);
		/* A heading alone is no paragraph. */
		assert_true(strlen(text) > 60);
		assert_documented(commands[i].options, text, commands[i].name);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(global_options_are_in_the_manual),
		cmocka_unit_test(commands_and_their_options_are_in_the_manual),
	};

	return cmocka_run_group_tests(tests, read_manual, free_manual);
}

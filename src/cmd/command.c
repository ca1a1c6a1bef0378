/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */

#include "cmd/command.h"

#include <stdint.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "build.h"
#include "kernel/systemd.h"

const struct command commands[] = {
#define COMMAND(name, arguments, summary) \
	{ #name, arguments, summary, cmd_##name, &cmd_##name##_options },
#include "cmd/commands.def"
#undef COMMAND
};

const size_t command_count = ARRAY_SIZE(commands);

const struct command *command_find(const char *name)
{
	for (size_t i = 0; i < command_count; i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	return NULL;
}

int command_check_operands(const struct command *command, size_t count, struct error *err)
{
	size_t least = 0;
	size_t most = 0;

	for (const char *word = command->arguments; *word; word += strcspn(word, " ")) {
		word += strspn(word, " ");
		most += most < SIZE_MAX;
		if (*word != '[')
			least++;
		if (strstr(word, "..."))
			most = SIZE_MAX;
	}
	if (count >= least && count <= most)
		return 0;
	return error_set(err, ERROR_USAGE, 0, "too %s arguments: orlop %s%s%s",
			 count < least ? "few" : "many", command->name,
			 command->arguments[0] ? " " : "", command->arguments);
}

static void help_overview(struct text *out)
{
	text_append(out, "usage: orlop [OPTION...] COMMAND [ARGUMENT...]\n\ncommands:\n");
	for (size_t i = 0; i < command_count; i++)
		text_appendf(out, "  %-10s %-13s %s\n", commands[i].name, commands[i].arguments,
			     commands[i].summary);
	text_append(out, "\noptions before the command:\n");
	options_help(&globals_options, out);
	text_append(out, "\n'orlop COMMAND --help' prints the options of a command.\n");
}

void command_help(const struct command *command, struct text *out)
{
	if (!command) {
		help_overview(out);
		return;
	}
	text_appendf(out, "usage: orlop [OPTION...] %s [OPTION...]%s%s\n\n%s.\n\noptions:\n",
		     command->name, command->arguments[0] ? " " : "", command->arguments,
		     command->summary);
	options_help(command->options, out);
}

void command_version(struct text *out)
{
	text_appendf(out, "orlop version " BUILD_VERSION "\n"
			  "commit: " BUILD_COMMIT "\n"
			  "spec: " SPEC_VERSION "\n"
			  "+SECCOMP +APPARMOR +SELINUX +LANDLOCK +CAP +EBPF %cSYSTEMD -CRIU\n",
		     systemd_is_built_in() ? '+' : '-');
}

int command_print(const struct text *text, struct error *err)
{
	if (text->truncated)
		return error_set(err, ERROR_SYSTEM, EFBIG, "print the output");
	if (fd_write_all(1, text_string(text), text->size, err) < 0)
		return error_prefix(err, "print the output");
	return 0;
}

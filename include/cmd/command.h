/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
#pragma once

/*
 * Commands: a row each in commands.def, a file each in src/cmd. main reads the options and
 * operands of a command by its tables, calls it, and prints its error.
 */

#include <stddef.h>

#include "base/error.h"
#include "base/text.h"
#include "cmd/globals.h"
#include "cmd/options.h"

/* Of the runtime specification that is followed. */
#define SPEC_VERSION "1.3.0"

/* What a command is given. All of it is lent. */
struct invocation {
	const struct globals *globals;
	char *const *argv;	/* of this process, from its name on */
	const void *options;	/* the command's struct, filled by its table */
	size_t operand_count;
	char *const *operands;
};

/**
 * command_function - carry out a command
 * @status: exit status on success; 0 unless it is set
 *
 * Prints its output itself, its errors not at all.
 *
 * Return: 0, or -1.
 */
typedef int command_function(const struct invocation *call, int *status, struct error *err);

struct command {
	const char *name;
	const char *arguments;
	const char *summary;
	command_function *run;
	const struct options *options;
};

#define COMMAND(name, arguments, summary) \
	extern const struct options cmd_##name##_options; \
	command_function cmd_##name;
#include "cmd/commands.def"
#undef COMMAND

extern const struct command commands[];
extern const size_t command_count;

/** command_find() - the row of a name, or NULL */
const struct command *command_find(const char *name);

/**
 * command_check_operands() - whether a command may have so many operands
 * Return: 0, or -1 with ERROR_USAGE.
 */
int command_check_operands(const struct command *command, size_t count, struct error *err);

/** command_help() - append the help of a command, or of orlop itself where it is NULL */
void command_help(const struct command *command, struct text *out);

/** command_version() - append what --version prints */
void command_version(struct text *out);

/**
 * command_print() - write a text to standard output
 * Return: 0, or -1 with ERROR_SYSTEM: a full disk is not to look like success.
 */
int command_print(const struct text *text, struct error *err);

/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
#pragma once

/*
 * Options of the command line, one table a command. The reader, the help and the check of the
 * manual all go by the table, so that what is taken, what is shown and what is documented are
 * the same.
 *
 * Forms: --name VALUE, --name=VALUE, -n VALUE, -n=VALUE; "--" ends the options. An option that
 * is not in the table is an error: a policy that is misspelt must not be passed over.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/text.h"

struct option_row;

/**
 * option_function - read one option into a member of the command's struct
 * @row:    its row
 * @value:  what was given; NULL where the row takes no argument and none was given
 * @member: where the row's offset leads
 *
 * Return: 0, or -1 with ERROR_USAGE; the message needs no option's name.
 */
typedef int option_function(const struct option_row *row, const char *value, void *member,
			    struct error *err);

/* A word that an option may have as its value. */
struct option_word {
	const char *word;
	int value;
	const char *refused;	/* known and not carried out: why. Else NULL */
};

struct option_row {
	const char *name;	/* "bundle" */
	char letter;		/* 'b', or 0 */
	const char *argument;	/* "DIR", or NULL: it takes none */
	const char *help;	/* a clause, without a full stop */
	option_function *read;
	size_t offset;		/* of the member */
	const struct option_word *words;	/* for option_choice; the last one's word is NULL */
};

struct options {
	const struct option_row *rows;
	size_t count;
	size_t size;		/* of the struct that is filled */
	bool stop_at_operand;	/* what follows the first operand is not ours to read */
	bool listen;		/* descriptors of socket activation go to the container */
	int failure;		/* exit status where the command fails; 0: by the kind of error */
};

/* What an option that may be given several times was given, in that order. */
struct option_list {
	size_t count;
	const char **items;	/* malloc'd; the strings are lent */
};

/* A file's bytes. */
struct option_bytes {
	char *bytes;		/* malloc'd; NULL: the option was not given */
	size_t size;
};

/** OPTIONS() - the table of an array of rows that fill a struct */
#define OPTIONS(rows_, type_) { \
	.rows = (rows_), .count = sizeof(rows_) / sizeof((rows_)[0]), .size = sizeof(type_) }

/** NO_OPTIONS - the table of a command that has none */
#define NO_OPTIONS { .rows = NULL }

struct options_result {
	bool help;		/* --help or -h: nothing after it was read */
	size_t operand_count;
	char **operands;	/* room for all words, given by the caller; strings are lent */
	size_t used;		/* words read: with stop_at_operand the place of the operand */
};

/* Readers for rows. Behind each: the type of the member. */
option_function option_flag;	/* bool; "=true" and "=false" may be given */
option_function option_text;	/* const char *, lent; not empty */
option_function option_choice;	/* int: the value of one of .words */

option_function option_items;	/* struct option_list; option_list_free() */

/**
 * option_file - read a whole file of at most 4 MiB, from a pipe as well
 *
 * struct option_bytes; option_bytes_free(). At once, since a descriptor that the name stands for
 * ("/dev/fd/N") is closed before the command runs.
 */
option_function option_file;

/** option_list_free(), option_bytes_free() - harmless on zeroed ones */
void option_list_free(struct option_list *list);
void option_bytes_free(struct option_bytes *file);

/** OPTIONS_PRESERVE_MAX - most descriptors that are handed on by one word */
#define OPTIONS_PRESERVE_MAX 65536u

/** option_preserve - unsigned int: a number of descriptors that options_hold() holds */
option_function option_preserve;

/**
 * options_read() - read options and operands
 * @table:  the table
 * @count:  words
 * @words:  the words after the command's name
 * @out:    the struct; its defaults are set by the caller
 * @result: .operands has room for @count strings; the rest is filled
 *
 * Return: 0, or -1 with ERROR_USAGE.
 */
int options_read(const struct options *table, size_t count, char *const *words, void *out,
		 struct options_result *result, struct error *err);

/**
 * options_hold() - hold the descriptors that a command hands on
 * @table:  the table
 * @values: the struct that options_read() filled
 * @listen: how many socket activation adds, in front of those of option_preserve
 * @held:   receives how many are held, from descriptor 3 on; 0 where the table has no such option
 *
 * Those that are open will survive exec; those that are not are taken by a close-on-exec
 * /dev/null, so that nothing opened later becomes one that is handed on. So it has to be called
 * before anything is opened.
 *
 * Return: 0, or -1 with ERROR_SYSTEM.
 */
int options_hold(const struct options *table, const void *values, unsigned int listen,
		 unsigned int *held, struct error *err);

/** options_help() - append the lines of a table, one an option */
void options_help(const struct options *table, struct text *out);

/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "cmd/command.h"
#include "cmd/options.h"

struct given {
	const char *directory;
	int word;
	bool flag;
	unsigned int number;
	struct option_list items;
	struct option_bytes file;
};

static const struct option_word words[] = {
	{ "one", 1 },
	{ "two", 2 },
	{ "three", 3, "there is no three" },
	{ NULL },
};

static const struct option_row rows[] = {
	{ "directory", 'd', "DIR", "a directory", option_text, offsetof(struct given, directory) },
	{ "word", 0, "WORD", "one or two", option_choice, offsetof(struct given, word), words },
	{ "flag", 'f', NULL, "a switch", option_flag, offsetof(struct given, flag) },
	{ "preserve", 0, "N", "descriptors", option_preserve, offsetof(struct given, number) },
	{ "item", 'i', "ITEM", "one of many", option_items, offsetof(struct given, items) },
	{ "file", 0, "FILE", "a file", option_file, offsetof(struct given, file) },
};

static const struct options mixed = OPTIONS(rows, struct given);
static const struct options stopping = {
	.rows = rows,
	.count = ARRAY_SIZE(rows),
	.size = sizeof(struct given),
	.stop_at_operand = true,
};

static const struct options without = { .rows = rows, .count = 3, .size = sizeof(struct given) };

#define WORDS_MAX 8

/* Reads a list of words that ends with NULL. */
static int read_words(const struct options *table, const char *const *list, struct given *given,
		      struct options_result *result, struct error *err)
{
	size_t count = 0;

	while (list[count])
		count++;
	*given = (struct given){ 0 };
	return options_read(table, count, (char *const *)(uintptr_t)list, given, result, err);
}

static void every_form_of_an_option_is_read(void **state)
{
	static const struct {
		const char *list[WORDS_MAX];
		struct given given;
		const char *operands[WORDS_MAX];
	} cases[] = {
		{ { "--directory", "x" }, { .directory = "x" } },
		{ { "--directory=x" }, { .directory = "x" } },
		{ { "--directory=a=b" }, { .directory = "a=b" } },
		{ { "--directory", "--flag" }, { .directory = "--flag" } },
		{ { "-d", "x" }, { .directory = "x" } },
		{ { "-d=x" }, { .directory = "x" } },
		{ { "-d", "x", "-d", "y" }, { .directory = "y" } },
		{ { "-f" }, { .flag = true } },
		{ { "--flag=true" }, { .flag = true } },
		{ { "--flag", "--flag=false" }, { .flag = false } },
		{ { "--word", "two" }, { .word = 2 } },
		{ { "a", "--flag", "b" }, { .flag = true }, { "a", "b" } },
		{ { "--", "--flag", "b" }, { .flag = false }, { "--flag", "b" } },
		{ { "-f", "--", "--" }, { .flag = true }, { "--" } },
		{ { "-", "" }, { .flag = false }, { "-", "" } },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char *operands[WORDS_MAX];
		struct options_result result = { .operands = operands };
		struct error err = ERROR_INIT;
		struct given given;
		size_t count = 0;

		if (read_words(&mixed, cases[i].list, &given, &result, &err) < 0)
			fail_msg("%s: %s", cases[i].list[0], err.message);
		assert_int_equal(given.directory != NULL, cases[i].given.directory != NULL);
		if (given.directory)
			assert_string_equal(given.directory, cases[i].given.directory);
		assert_int_equal(given.flag, cases[i].given.flag);
		assert_int_equal(given.word, cases[i].given.word);
		for (; cases[i].operands[count]; count++)
			assert_string_equal(result.operands[count], cases[i].operands[count]);
		assert_int_equal(result.operand_count, count);
		assert_false(result.help);
	}
}

static void what_is_not_in_the_table_is_refused(void **state)
{
	static const struct {
		const char *list[WORDS_MAX];
		const char *message;
	} cases[] = {
		{ { "--nothing" }, "unknown option '--nothing'" },
		{ { "--direct", "x" }, "unknown option '--direct'" },
		{ { "--directoryx" }, "unknown option" },
		{ { "-x" }, "unknown option '-x'" },
		{ { "-dx" }, "unknown option '-dx'" },
		{ { "-fd" }, "unknown option '-fd'" },
		{ { "---flag" }, "unknown option" },
		{ { "--=x" }, "unknown option" },
		{ { "-=x" }, "unknown option" },
		{ { "--directory" }, "option '--directory' needs an argument: DIR" },
		{ { "a", "-d" }, "option '--directory' needs an argument: DIR" },
		{ { "--directory=" }, "option '--directory': DIR is empty" },
		{ { "--flag=maybe" }, "option '--flag': 'maybe' is neither true nor false" },
		{ { "--flag=" }, "option '--flag'" },
		{ { "--word=four" }, "option '--word': 'four' is none of one, two, three" },
		{ { "--word=three" }, "option '--word': 'three': there is no three" },
		{ { "--preserve=-1" }, "option '--preserve': '-1' is no number" },
		{ { "--preserve=99999999999" }, "is no number up to" },
		{ { "--item=" }, "option '--item': ITEM is empty" },
		{ { "--file=/nowhere/file" }, "option '--file': open '/nowhere/file'" },
		{ { "--file=/" }, "option '--file': '/'" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char *operands[WORDS_MAX];
		struct options_result result = { .operands = operands };
		struct error err = ERROR_INIT;
		struct given given;

		assert_int_equal(read_words(&mixed, cases[i].list, &given, &result, &err), -1);
		assert_int_equal(err.kind, ERROR_USAGE);
		if (!strstr(err.message, cases[i].message))
			fail_msg("'%s' is not in '%s'", cases[i].message, err.message);
	}
}

static void help_ends_the_reading(void **state)
{
	static const char *const help[][WORDS_MAX] = {
		{ "--help" },
		{ "-h" },
		{ "a", "--help", "--nothing" },
	};
	static const char *const operand[] = { "--", "--help", NULL };
	char *operands[WORDS_MAX];
	struct options_result result = { .operands = operands };
	struct given given;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(help); i++) {
		assert_int_equal(read_words(&mixed, help[i], &given, &result, NULL), 0);
		assert_true(result.help);
	}
	assert_int_equal(read_words(&mixed, operand, &given, &result, NULL), 0);
	assert_false(result.help);
}

static void a_table_that_stops_leaves_the_rest_alone(void **state)
{
	static const char *const list[] = { "-f", "run", "-d", "--help", "--", NULL };
	char *operands[WORDS_MAX];
	struct options_result result = { .operands = operands };
	struct given given;

	(void)state;
	assert_int_equal(read_words(&stopping, list, &given, &result, NULL), 0);
	assert_true(given.flag);
	assert_false(result.help);
	assert_int_equal(result.used, 1);
	assert_int_equal(result.operand_count, 4);
	assert_string_equal(result.operands[0], "run");
	assert_string_equal(result.operands[3], "--");
}

static bool is_cloexec(int fd)
{
	return fcntl(fd, F_GETFD) == FD_CLOEXEC;
}

static void descriptors_that_are_preserved_are_held(void **state)
{
	static const char *const list[] = { "--preserve", "4", NULL };
	char *operands[WORDS_MAX];
	struct options_result result = { .operands = operands };
	struct given given;
	unsigned int count = 99;
	struct stat null;
	struct stat held;
	int before;

	(void)state;
	for (int fd = 3; fd < 16; fd++)
		(void)close(fd);
	before = open("/etc/passwd", O_RDONLY | O_CLOEXEC);
	assert_int_equal(before, 3);
	assert_int_equal(dup3(before, 5, O_CLOEXEC), 5);
	assert_int_equal(dup3(before, 7, O_CLOEXEC), 7);
	(void)close(before);

	assert_int_equal(read_words(&mixed, list, &given, &result, NULL), 0);
	assert_int_equal(given.number, 4);
	assert_int_equal(options_hold(&without, &given, 1, &count, NULL), 0);
	assert_int_equal(count, 0);
	/* One more of socket activation. */
	given.number = 3;
	assert_int_equal(options_hold(&mixed, &given, 1, &count, NULL), 0);
	assert_int_equal(count, 4);
	assert_int_equal(stat("/dev/null", &null), 0);
	for (int fd = 3; fd <= 6; fd++) {
		assert_int_equal(is_cloexec(fd), fd != 5);
		assert_int_equal(fstat(fd, &held), 0);
		assert_int_equal(held.st_rdev == null.st_rdev, fd != 5);
	}
	/* What comes after is not among them, and what is opened next is neither. */
	assert_true(is_cloexec(7));
	assert_int_equal(open("/etc/passwd", O_RDONLY | O_CLOEXEC), 8);
	for (int fd = 3; fd <= 8; fd++)
		(void)close(fd);
}

static void an_option_may_be_given_many_times(void **state)
{
	static const char *const list[] = { "-i", "a", "--item=", "--item=b", "-i", "a", NULL };
	static const char *const good[] = { "-i", "a", "--item=b=c", "-i", "a", NULL };
	char *operands[WORDS_MAX];
	struct options_result result = { .operands = operands };
	struct given given;

	(void)state;
	assert_int_equal(read_words(&mixed, list, &given, &result, NULL), -1);
	option_list_free(&given.items);
	assert_int_equal(read_words(&mixed, good, &given, &result, NULL), 0);
	assert_int_equal(given.items.count, 3);
	assert_string_equal(given.items.items[0], "a");
	assert_string_equal(given.items.items[1], "b=c");
	assert_string_equal(given.items.items[2], "a");
	option_list_free(&given.items);
	option_list_free(&given.items);
	assert_int_equal(given.items.count, 0);
}

static void a_file_is_read_at_once_from_a_pipe_as_well(void **state)
{
	char *operands[WORDS_MAX];
	struct options_result result = { .operands = operands };
	struct given given;
	char name[32];
	const char *list[] = { "--file", name, NULL };
	int ends[2];

	(void)state;
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	assert_int_equal(write(ends[1], "some\0text", 9), 9);
	(void)close(ends[1]);
	(void)snprintf(name, sizeof(name), "/dev/fd/%d", ends[0]);
	assert_int_equal(read_words(&mixed, list, &given, &result, NULL), 0);
	(void)close(ends[0]);
	assert_int_equal(given.file.size, 9);
	assert_memory_equal(given.file.bytes, "some\0text", 9);
	option_bytes_free(&given.file);
	option_bytes_free(&given.file);
}

static void operands_are_counted_by_the_row(void **state)
{
	static const struct {
		const char *command;
		size_t least, most;
	} cases[] = {
		{ "create", 1, 1 }, { "start", 1, 1 }, { "run", 1, 1 },      { "state", 1, 1 },
		{ "kill", 1, 2 },   { "list", 0, 0 },  { "delete", 1, 1 },   { "spec", 0, 0 },
		{ "plan", 0, 1 },   { "help", 0, 1 },  { "features", 0, 0 },
		{ "ids", 0, 0 },
		{ "exec", 1, SIZE_MAX },
		{ "ps", 1, 9 },     { "pause", 1, 1 }, { "resume", 1, 1 },
		{ "update", 1, 1 }, { "events", 1, 1 },
	};

	(void)state;
	assert_int_equal(ARRAY_SIZE(cases), command_count);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct command *command = command_find(cases[i].command);

		assert_non_null(command);
		for (size_t count = 0; count < 10; count++)
			assert_int_equal(command_check_operands(command, count, NULL) == 0,
					 count >= cases[i].least && count <= cases[i].most);
	}
	assert_null(command_find("frobnicate"));
	assert_null(command_find(""));
}

static void no_letter_or_name_stands_twice(const struct options *table)
{
	for (size_t i = 0; i < table->count; i++) {
		assert_non_null(table->rows[i].help);
		assert_non_null(table->rows[i].read);
		assert_true(table->rows[i].offset < table->size ||
			    strncmp(table->rows[i].help, "refused", 7) == 0);
		for (size_t j = 0; j < i; j++) {
			assert_string_not_equal(table->rows[i].name, table->rows[j].name);
			assert_true(!table->rows[i].letter ||
				    table->rows[i].letter != table->rows[j].letter);
		}
		assert_int_not_equal(table->rows[i].letter, 'h');
	}
}

static void tables_are_sound(void **state)
{
	(void)state;
	no_letter_or_name_stands_twice(&globals_options);
	for (size_t i = 0; i < command_count; i++)
		no_letter_or_name_stands_twice(commands[i].options);
}

static void help_names_every_option(void **state)
{
	(void)state;
	for (size_t i = 0; i < command_count; i++) {
		auto_text text = TEXT_INIT(65536);

		command_help(&commands[i], &text);
		assert_non_null(strstr(text_string(&text), commands[i].summary));
		for (size_t j = 0; j < commands[i].options->count; j++)
			assert_non_null(strstr(text_string(&text),
					       commands[i].options->rows[j].help));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_form_of_an_option_is_read),
		cmocka_unit_test(what_is_not_in_the_table_is_refused),
		cmocka_unit_test(help_ends_the_reading),
		cmocka_unit_test(a_table_that_stops_leaves_the_rest_alone),
		cmocka_unit_test(descriptors_that_are_preserved_are_held),
		cmocka_unit_test(an_option_may_be_given_many_times),
		cmocka_unit_test(a_file_is_read_at_once_from_a_pipe_as_well),
		cmocka_unit_test(operands_are_counted_by_the_row),
		cmocka_unit_test(tables_are_sound),
		cmocka_unit_test(help_names_every_option),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

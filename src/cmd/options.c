/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * Not getopt_long(3): it takes abbreviations, so that an option added later can
 * change what an old command line means, and it keeps its state in globals.
 */
#include "cmd/options.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/number.h"

#define FILE_MAX ((size_t)4 << 20)

/* A descriptor each; more than any limit of files in use lets a caller have. */

int option_flag(const struct option_row *row, const char *value, void *member, struct error *err)
{
	bool *flag = member;

	(void)row;
	if (value && strcmp(value, "true") != 0 && strcmp(value, "false") != 0)
		return error_set(err, ERROR_USAGE, 0, "'%s' is neither true nor false", value);
	*flag = !value || strcmp(value, "true") == 0;
	return 0;
}

int option_text(const struct option_row *row, const char *value, void *member, struct error *err)
{
	const char **text = member;

	if (value[0] == '\0')
		return error_set(err, ERROR_USAGE, 0, "%s is empty", row->argument);
	*text = value;
	return 0;
}

int option_items(const struct option_row *row, const char *value, void *member, struct error *err)
{
	struct option_list *list = member;
	const char **more;

	if (option_text(row, value, &value, err) < 0)
		return -1;
	more = reallocarray(list->items, list->count + 1, sizeof(*more));
	if (!more)
		return error_system(err, "make room for %s", row->argument);
	more[list->count++] = value;
	list->items = more;
	return 0;
}

void option_list_free(struct option_list *list)
{
	free(list->items);
	*list = (struct option_list){ 0 };
}

int option_file(const struct option_row *row, const char *value, void *member, struct error *err)
{
	struct option_bytes *file = member;
	struct error cause = ERROR_INIT;
	auto_fd fd = -1;

	if (option_text(row, value, &value, err) < 0)
		return -1;
	option_bytes_free(file);
	fd = open(value, O_RDONLY | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return error_set(err, ERROR_USAGE, errno, "open '%s'", value);
	if (fd_read_all(fd, FILE_MAX, &file->bytes, &file->size, &cause) < 0)
		return error_set(err, ERROR_USAGE, 0, "'%s': %s", value, cause.message);
	return 0;
}

void option_bytes_free(struct option_bytes *file)
{
	free(file->bytes);
	*file = (struct option_bytes){ 0 };
}

int option_choice(const struct option_row *row, const char *value, void *member,
		  struct error *err)
{
	auto_text known = TEXT_INIT(256);
	int *choice = member;

	for (const struct option_word *word = row->words; word->word; word++) {
		if (strcmp(value, word->word) != 0) {
			text_appendf(&known, "%s%s", known.size ? ", " : "", word->word);
			continue;
		}
		if (word->refused)
			return error_set(err, ERROR_USAGE, 0, "'%s': %s", value, word->refused);
		*choice = word->value;
		return 0;
	}
	return error_set(err, ERROR_USAGE, 0, "'%s' is none of %s", value, text_string(&known));
}

int option_preserve(const struct option_row *row, const char *value, void *member,
		    struct error *err)
{
	unsigned int *count = member;
	uint64_t number;

	(void)row;
	if (number_parse_u64(value, OPTIONS_PRESERVE_MAX, &number) < 0)
		return error_set(err, ERROR_USAGE, 0, "'%s' is no number up to %u", value,
				 OPTIONS_PRESERVE_MAX);
	*count = (unsigned int)number;
	return 0;
}

static int options_hold_from_3(unsigned int count, struct error *err)
{
	auto_fd null = -1;

	for (int fd = 3; fd < 3 + (int)count; fd++) {
		int flags = fcntl(fd, F_GETFD);

		if (flags >= 0) {
			if (fcntl(fd, F_SETFD, flags & ~FD_CLOEXEC) < 0)
				return error_system(err, "keep descriptor %d open", fd);
			continue;
		}
		if (null < 0)
			null = open("/dev/null", O_RDWR | O_CLOEXEC);
		if (null < 0)
			return error_system(err, "open /dev/null");
		/* The lowest free one: it is the place holder itself. */
		if (null == fd)
			null = -1;
		else if (dup3(null, fd, O_CLOEXEC) < 0)
			return error_system(err, "hold descriptor %d", fd);
	}
	return 0;
}

/* The row of a name of @length bytes, or of a letter. */
static const struct option_row *options_find(const struct options *table, bool is_long,
					     const char *name, size_t length)
{
	for (size_t i = 0; i < table->count; i++) {
		const struct option_row *row = &table->rows[i];

		if (is_long && strlen(row->name) == length &&
		    strncmp(row->name, name, length) == 0)
			return row;
		if (!is_long && length == 1 && row->letter == name[0])
			return row;
	}
	return NULL;
}

/* Whether a word is an option. A dash alone is the customary name of standard input. */
static bool options_is_option(const char *word)
{
	return word[0] == '-' && word[1] != '\0';
}

static bool options_is_help(const char *word)
{
	return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
}

/*
 * Reads the option at words[*at], with its argument. *at is left at the last
 * word that was read.
 */
static int options_read_one(const struct options *table, size_t count, char *const *words,
			    size_t *at, void *out, struct error *err)
{
	const char *word = words[*at];
	bool is_long = word[1] == '-';
	const char *name = is_long ? word + 2 : word + 1;
	const char *equals = strchr(name, '=');
	size_t length = equals ? (size_t)(equals - name) : strlen(name);
	const struct option_row *row = options_find(table, is_long, name, length);
	const char *value = equals ? equals + 1 : NULL;

	if (!row)
		return error_set(err, ERROR_USAGE, 0, "unknown option '%s'", word);

	if (row->argument && !value) {
		if (*at + 1 >= count)
			return error_set(err, ERROR_USAGE, 0, "option '--%s' needs an argument: %s",
					 row->name, row->argument);
		value = words[++*at];
	}
	if (row->read(row, value, (char *)out + row->offset, err) < 0)
		return error_prefix(err, "option '--%s'", row->name);
	return 0;
}

int options_read(const struct options *table, size_t count, char *const *words, void *out,
		 struct options_result *result, struct error *err)
{
	bool only_operands = false;
	size_t i;

	result->help = false;
	result->operand_count = 0;
	for (i = 0; i < count; i++) {
		char *word = words[i];

		if (only_operands || !options_is_option(word)) {
			if (table->stop_at_operand)
				break;
			result->operands[result->operand_count++] = word;
		} else if (strcmp(word, "--") == 0) {
			only_operands = true;
		} else if (options_is_help(word)) {
			result->help = true;
			break;
		} else if (options_read_one(table, count, words, &i, out, err) < 0) {
			return -1;
		}
	}
	result->used = i;
	if (table->stop_at_operand)
		while (i < count)
			result->operands[result->operand_count++] = words[i++];
	return 0;
}

int options_hold(const struct options *table, const void *values, unsigned int listen,
		 unsigned int *held, struct error *err)
{
	*held = 0;
	for (size_t i = 0; i < table->count; i++) {
		const char *member = (const char *)values + table->rows[i].offset;

		if (table->rows[i].read == option_preserve)
			*held = listen + *(const unsigned int *)(const void *)member;
	}
	return options_hold_from_3(*held, err);
}

void options_help(const struct options *table, struct text *out)
{
	for (size_t i = 0; i < table->count; i++) {
		const struct option_row *row = &table->rows[i];
		auto_text left = TEXT_INIT(256);

		if (row->letter)
			text_appendf(&left, "  -%c, --%s", row->letter, row->name);
		else
			text_appendf(&left, "      --%s", row->name);
		if (row->argument)
			text_appendf(&left, " %s", row->argument);
		text_appendf(out, "%-34s %s\n", text_string(&left), row->help);
	}
	text_appendf(out, "%-34s %s\n", "  -h, --help", "print this and do nothing else");
}

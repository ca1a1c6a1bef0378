/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/log.h"

struct sinks {
	int stderr_fd[2];
	int file_fd[2];
};

static void open_sinks(struct sinks *sinks)
{
	assert_int_equal(pipe2(sinks->stderr_fd, O_NONBLOCK | O_CLOEXEC), 0);
	assert_int_equal(pipe2(sinks->file_fd, O_NONBLOCK | O_CLOEXEC), 0);
}

/* Ends the log's use of the sinks and gives what each got. */
static void close_sinks(struct sinks *sinks, char **on_stderr, char **in_file)
{
	const struct log_settings silent = { .stderr_fd = -1, .file_fd = -1 };

	log_configure(&silent);
	close(sinks->stderr_fd[1]);
	close(sinks->file_fd[1]);
	assert_int_equal(fd_read_all(sinks->stderr_fd[0], 1 << 20, on_stderr, NULL, NULL), 0);
	assert_int_equal(fd_read_all(sinks->file_fd[0], 1 << 20, in_file, NULL, NULL), 0);
	close(sinks->stderr_fd[0]);
	close(sinks->file_fd[0]);
}

/* Checks that @text begins with an RFC 3339 time of about now, and gives what follows it. */
static const char *skip_time(const char *text)
{
	struct tm tm = { 0 };
	const char *rest = strptime(text, "%Y-%m-%dT%H:%M:%S", &tm);
	unsigned long nanoseconds;
	int length = 0;

	assert_non_null(rest);
	assert_int_equal(sscanf(rest, ".%9luZ%n", &nanoseconds, &length), 1);
	assert_int_equal(length, 11);
	assert_true(time(NULL) - timegm(&tm) < 60 && time(NULL) - timegm(&tm) >= 0);
	return rest + length;
}

static void a_message_goes_to_both_places_each_in_its_form(void **state)
{
	auto_free char *on_stderr = NULL;
	auto_free char *in_file = NULL;
	struct log_settings settings = LOG_DEFAULTS;
	struct sinks sinks;
	const char *rest;

	(void)state;
	open_sinks(&sinks);
	settings.format = LOG_FORMAT_JSON;
	settings.stderr_fd = sinks.stderr_fd[1];
	settings.file_fd = sinks.file_fd[1];
	log_configure(&settings);
	errno = EDOM;
	log_warning("line %d\nforged: \"%s\"", 1, "\033[2J");
	assert_int_equal(errno, EDOM);
	close_sinks(&sinks, &on_stderr, &in_file);

	assert_string_equal(on_stderr, "orlop: warning: line 1\\nforged: \"\\x1b[2J\"\n");
	rest = "{\"level\":\"warning\",\"msg\":\"line 1\\nforged: \\\"\\u001b[2J\\\"\",\"time\":\"";
	assert_memory_equal(in_file, rest, strlen(rest));
	assert_string_equal(skip_time(in_file + strlen(rest)), "\"}\n");
}

static void text_files_have_fields_and_stderr_can_be_json(void **state)
{
	auto_free char *on_stderr = NULL;
	auto_free char *in_file = NULL;
	struct log_settings settings = LOG_DEFAULTS;
	struct error err = ERROR_INIT;
	struct sinks sinks;

	(void)state;
	open_sinks(&sinks);
	settings.json_stderr = true;
	settings.stderr_fd = sinks.stderr_fd[1];
	settings.file_fd = sinks.file_fd[1];
	log_configure(&settings);
	error_set(&err, ERROR_SYSTEM, ENOENT, "exec /run.sh");
	log_error(&err);
	close_sinks(&sinks, &on_stderr, &in_file);

	assert_memory_equal(on_stderr, "{\"level\":\"error\",\"msg\":\"exec /run.sh: no such", 45);
	assert_memory_equal(in_file, "time=\"", 6);
	assert_string_equal(skip_time(in_file + 6),
			    "\" level=error msg=\"exec /run.sh: no such file or directory\"\n");
}

static void errors_on_stderr_have_no_level(void **state)
{
	auto_free char *on_stderr = NULL;
	auto_free char *in_file = NULL;
	struct log_settings settings = LOG_DEFAULTS;
	struct sinks sinks;

	(void)state;
	open_sinks(&sinks);
	settings.stderr_fd = sinks.stderr_fd[1];
	log_configure(&settings);
	log_message(LOG_LEVEL_ERROR, "container not running");
	close_sinks(&sinks, &on_stderr, &in_file);
	assert_string_equal(on_stderr, "orlop: container not running\n");
	assert_string_equal(in_file, "");
}

static void only_levels_asked_for_are_written(void **state)
{
	static const char *const expected[] = {
		"orlop: e\n",
		"orlop: e\norlop: warning: w\n",
		"orlop: e\norlop: warning: w\norlop: info: i\n",
		"orlop: e\norlop: warning: w\norlop: info: i\norlop: debug: d\n",
	};

	(void)state;
	for (enum log_level level = LOG_LEVEL_ERROR; level <= LOG_LEVEL_DEBUG; level++) {
		auto_free char *on_stderr = NULL;
		auto_free char *in_file = NULL;
		struct log_settings settings = LOG_DEFAULTS;
		struct sinks sinks;

		open_sinks(&sinks);
		settings.level = level;
		settings.stderr_fd = sinks.stderr_fd[1];
		log_configure(&settings);
		assert_true(log_enabled(level));
		assert_int_equal(log_enabled(LOG_LEVEL_DEBUG), level == LOG_LEVEL_DEBUG);
		log_message(LOG_LEVEL_ERROR, "e");
		log_warning("w");
		log_info("i");
		log_debug("d");
		close_sinks(&sinks, &on_stderr, &in_file);
		assert_false(log_enabled(LOG_LEVEL_ERROR));
		assert_string_equal(on_stderr, expected[level]);
	}
}

static void a_long_message_is_cut_and_still_one_line(void **state)
{
	auto_free char *on_stderr = NULL;
	auto_free char *in_file = NULL;
	struct log_settings settings = LOG_DEFAULTS;
	struct sinks sinks;
	static char message[20000];
	size_t length;

	(void)state;
	memset(message, '\001', sizeof(message) - 1);
	open_sinks(&sinks);
	settings.format = LOG_FORMAT_JSON;
	settings.stderr_fd = -1;
	settings.file_fd = sinks.file_fd[1];
	log_configure(&settings);
	log_message(LOG_LEVEL_ERROR, "%s", message);
	close_sinks(&sinks, &on_stderr, &in_file);
	length = strlen(in_file);
	assert_true(length > 6 * 8191);
	assert_string_equal(in_file + length - 4, "Z\"}\n");
	assert_ptr_equal(strchr(in_file, '\n'), in_file + length - 1);
}

static void levels_have_names(void **state)
{
	static const struct {
		const char *name;
		int result;
		enum log_level level;
	} cases[] = {
		{ "error", 0, LOG_LEVEL_ERROR },   { "warning", 0, LOG_LEVEL_WARNING },
		{ "warn", 0, LOG_LEVEL_WARNING },  { "info", 0, LOG_LEVEL_INFO },
		{ "debug", 0, LOG_LEVEL_DEBUG },   { "", -1, LOG_LEVEL_ERROR },
		{ "Error", -1, LOG_LEVEL_ERROR },  { "err", -1, LOG_LEVEL_ERROR },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		enum log_level level = LOG_LEVEL_ERROR;

		assert_int_equal(log_level_parse(cases[i].name, &level), cases[i].result);
		assert_int_equal(level, cases[i].level);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_message_goes_to_both_places_each_in_its_form),
		cmocka_unit_test(text_files_have_fields_and_stderr_can_be_json),
		cmocka_unit_test(errors_on_stderr_have_no_level),
		cmocka_unit_test(only_levels_asked_for_are_written),
		cmocka_unit_test(a_long_message_is_cut_and_still_one_line),
		cmocka_unit_test(levels_have_names),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */

#include "base/log.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/text.h"

#define MESSAGE_MAX 8192
#define LINE_MAX_BYTES ((size_t)6 * MESSAGE_MAX + 256)	/* "\u0001" is six bytes for one */

static struct log_settings settings = LOG_DEFAULTS;

static const char *const level_names[] = {
	[LOG_LEVEL_ERROR] = "error",
	[LOG_LEVEL_WARNING] = "warning",
	[LOG_LEVEL_INFO] = "info",
	[LOG_LEVEL_DEBUG] = "debug",
};

void log_configure(const struct log_settings *wanted)
{
	settings = *wanted;
}

int log_level_parse(const char *name, enum log_level *level)
{
	if (strcmp(name, "warn") == 0)
		name = level_names[LOG_LEVEL_WARNING];
	for (size_t i = 0; i < ARRAY_SIZE(level_names); i++) {
		if (strcmp(name, level_names[i]) == 0) {
			*level = (enum log_level)i;
			return 0;
		}
	}
	return -1;
}

bool log_enabled(enum log_level level)
{
	return level <= settings.level && (settings.stderr_fd >= 0 || settings.file_fd >= 0);
}

/*
 * RFC 3339 in UTC, from the clock alone: gmtime_r(3) reads /etc/localtime at its first call, and
 * that may be the container's by then. Days to date after Howard Hinnant, "chrono-Compatible
 * Low-Level Date Algorithms": years begin in March, so the leap day is a year's last.
 */
static void append_time(struct text *line)
{
	struct timespec now;
	int64_t days, era, day_of_era, year_of_era, day_of_year, month, second;

	if (clock_gettime(CLOCK_REALTIME, &now) < 0 || now.tv_sec < 0)
		now = (struct timespec){ 0 };
	second = now.tv_sec % 86400;
	days = now.tv_sec / 86400 + 719468;
	era = days / 146097;
	day_of_era = days % 146097;
	year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 -
		       day_of_era / 146096) / 365;
	day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	month = (5 * day_of_year + 2) / 153;	/* from March */

	text_appendf(line,
		     "%04" PRId64 "-%02" PRId64 "-%02" PRId64 "T%02" PRId64 ":%02" PRId64
		     ":%02" PRId64 ".%09ldZ",
		     era * 400 + year_of_era + (month >= 10), month < 10 ? month + 3 : month - 9,
		     day_of_year - (153 * month + 2) / 5 + 1, second / 3600, second / 60 % 60,
		     second % 60, now.tv_nsec);
}

static void append_json(struct text *line, enum log_level level, const char *message)
{
	text_appendf(line, "{\"level\":\"%s\",\"msg\":", level_names[level]);
	text_append_json_string(line, message);
	text_append(line, ",\"time\":\"");
	append_time(line);
	text_append(line, "\"}\n");
}

static void append_fields(struct text *line, enum log_level level, const char *message)
{
	text_append(line, "time=\"");
	append_time(line);
	text_appendf(line, "\" level=%s msg=", level_names[level]);
	text_append_json_string(line, message);
	text_append(line, "\n");
}

static void append_plain(struct text *line, enum log_level level, const char *message)
{
	text_append(line, "orlop: ");
	if (level != LOG_LEVEL_ERROR)
		text_appendf(line, "%s: ", level_names[level]);
	text_append_escaped(line, message);
	text_append(line, "\n");
}

typedef void line_writer(struct text *line, enum log_level level, const char *message);

static void write_line(int fd, line_writer *append, enum log_level level, const char *message)
{
	auto_text line = TEXT_INIT(LINE_MAX_BYTES);

	if (fd < 0)
		return;
	append(&line, level, message);
	/* One call, so that lines of several processes do not mix; a failure has no listener. */
	if (write(fd, text_string(&line), line.size) < 0)
		return;
}

static void write_message(enum log_level level, const char *message)
{
	bool json = settings.format == LOG_FORMAT_JSON;

	write_line(settings.stderr_fd, settings.json_stderr ? append_json : append_plain, level,
		   message);
	write_line(settings.file_fd, json ? append_json : append_fields, level, message);
}

void log_message(enum log_level level, const char *format, ...)
{
	int saved = errno;
	char message[MESSAGE_MAX];
	va_list arguments;
	int length;

	if (!log_enabled(level))
		return;
	va_start(arguments, format);
	length = vsnprintf(message, sizeof(message), format, arguments);
	va_end(arguments);
	if (length >= 0)
		write_message(level, message);
	errno = saved;
}

void log_error(const struct error *err)
{
	int saved = errno;

	if (log_enabled(LOG_LEVEL_ERROR))
		write_message(LOG_LEVEL_ERROR, err->message);
	errno = saved;
}

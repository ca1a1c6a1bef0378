/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
#pragma once

/*
 * The log: one line per message, as text or JSON, to a descriptor (standard error), to a file,
 * or both. It is the one mutable global of the program.
 *
 *   text, standard error   orlop: message                  (level error)
 *                          orlop: warning: message         (other levels)
 *   text, file             time="RFC3339" level=error msg="message"
 *   JSON                   {"level":"error","msg":"message","time":"RFC3339"}
 *
 * containerd shows the msg of the last JSON line whose level is "error". Control characters in
 * messages are escaped, so that a path from an image can neither act on a terminal nor forge a
 * line. A line goes out in one write call; failures to write are ignored: there is nowhere to
 * report them.
 */

#include <stdbool.h>

#include "base/error.h"

enum log_level {
	LOG_LEVEL_ERROR,
	LOG_LEVEL_WARNING,
	LOG_LEVEL_INFO,
	LOG_LEVEL_DEBUG,
};

enum log_format {
	LOG_FORMAT_TEXT,
	LOG_FORMAT_JSON,
};

struct log_settings {
	enum log_level level;		/* the most talkative level that is written */
	enum log_format format;		/* of lines in the file */
	bool json_stderr;		/* JSON on stderr_fd, not text */
	int stderr_fd;			/* lent for good, or -1 for none */
	int file_fd;			/* lent for good, open for appending, or -1 for none */
};

/** LOG_DEFAULTS - what holds before log_configure(): warnings and errors as text on stderr */
#define LOG_DEFAULTS {			\
	.level = LOG_LEVEL_WARNING,	\
	.format = LOG_FORMAT_TEXT,	\
	.stderr_fd = 2,			\
	.file_fd = -1,			\
}

/**
 * log_configure() - say where messages go
 * @wanted: copied; its descriptors stay the caller's and must stay open. -1 for both makes the
 *          log silent, which a child does before it gives its descriptors up.
 */
void log_configure(const struct log_settings *wanted);

/**
 * log_level_parse() - read the name of a level: error, warning (or warn), info, debug
 * @name:  string
 * @level: set on success
 *
 * Return: 0, or -1 if there is no such level.
 */
int log_level_parse(const char *name, enum log_level *level);

/** log_enabled() - whether a message of @level would be written anywhere */
bool log_enabled(enum log_level level);

/**
 * log_message() - write one message
 * @level:  its level
 * @format: printf format, no newline at the end
 *
 * errno is kept. Messages are cut at 8 KiB.
 */
void log_message(enum log_level level, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/**
 * log_error() - write an error object at level error
 * @err: an error that is set
 */
void log_error(const struct error *err);

#define log_warning(...) log_message(LOG_LEVEL_WARNING, __VA_ARGS__)
#define log_info(...)    log_message(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(...)   log_message(LOG_LEVEL_DEBUG, __VA_ARGS__)

/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
#pragma once

/*
 * Options that stand before the command and mean the same for all of them.
 */

#include <stdbool.h>

#include "base/error.h"
#include "base/log.h"
#include "cmd/options.h"

struct globals {
	const char *root;	/* state directory; NULL: the default */
	const char *log;	/* as given; NULL: no log file */
	int log_format;		/* enum log_format */
	int log_level;		/* enum log_level; -1: not given */
	bool debug;
	const char *policy;	/* its name; NULL: the site's default */
	int cgroup_manager;	/* enum plan_cgroup_manager */
	int rootless;		/* nothing reads it: what is not refused changes nothing */
	bool version;
	/*
	 * No option: LISTEN_FDS, where LISTEN_PID names this process, for a command that makes a
	 * container; else 0. Descriptors from 3 on.
	 */
	unsigned int listen_fds;
};

#define GLOBALS_INIT { .log_level = -1 }

extern const struct options globals_options;

/**
 * globals_open_log() - send the log where the options say
 * @settings: LOG_DEFAULTS; changed to what is in force
 *
 * With a log file nothing but the error that ends the command goes to standard error: that is
 * the container's own, and what runs in it is not to find our remarks there.
 *
 * Return: 0, or -1 with ERROR_USAGE or ERROR_SYSTEM.
 */
int globals_open_log(const struct globals *globals, struct log_settings *settings,
		     struct error *err);

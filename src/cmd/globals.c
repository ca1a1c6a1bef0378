/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */

#include "cmd/globals.h"

#include <fcntl.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "plan/plan.h"

static const struct option_word log_formats[] = {
	{ "text", LOG_FORMAT_TEXT },
	{ "json", LOG_FORMAT_JSON },
	{ NULL },
};

static const struct option_word log_levels[] = {
	{ "error", LOG_LEVEL_ERROR },
	{ "warning", LOG_LEVEL_WARNING },
	{ "warn", LOG_LEVEL_WARNING },
	{ "info", LOG_LEVEL_INFO },
	{ "debug", LOG_LEVEL_DEBUG },
	{ NULL },
};

static const struct option_word cgroup_managers[] = {
	{ "cgroupfs", PLAN_CGROUPFS },
	{ "disabled", PLAN_NO_CGROUP },
	{ "systemd", PLAN_SYSTEMD },
	{ NULL },
};

static const struct option_word rootless_words[] = {
	{ "auto", 0 },
	{ "false", 0 },
	{ "true", 0 },
	{ NULL },
};

/* What runc calls the same as --cgroup-manager systemd. */
static int choose_systemd(const struct option_row *row, const char *value, void *member,
			  struct error *err)
{
	int *manager = member;
	bool asked;

	if (option_flag(row, value, &asked, err) < 0)
		return -1;
	if (asked)
		*manager = PLAN_SYSTEMD;
	return 0;
}

#define AT(member) offsetof(struct globals, member)

static const struct option_row global_rows[] = {
	{ "root", 0, "DIR", "state directory (/run/orlop)", option_text, AT(root) },
	{ "log", 0, "FILE", "append the log to FILE; file:PATH is taken too", option_text,
	  AT(log) },
	{ "log-format", 0, "FORMAT", "of the log: text or json", option_choice, AT(log_format),
	  log_formats },
	{ "log-level", 0, "LEVEL", "log up to LEVEL: error, warning, info or debug",
	  option_choice, AT(log_level), log_levels },
	{ "debug", 0, NULL, "same as --log-level debug", option_flag, AT(debug) },
	{ "policy", 0, "NAME", "hardened, baseline or oci", option_text, AT(policy) },
	{ "cgroup-manager", 0, "NAME", "cgroupfs, systemd, or disabled under policy oci",
	  option_choice, AT(cgroup_manager), cgroup_managers },
	{ "systemd-cgroup", 0, NULL, "same as --cgroup-manager systemd", choose_systemd,
	  AT(cgroup_manager) },
	{ "rootless", 0, "WORD", "changes nothing: who calls is seen from the caller",
	  option_choice, AT(rootless), rootless_words },
	{ "version", 'v', NULL, "print the version and do nothing else", option_flag,
	  AT(version) },
};

const struct options globals_options = {
	.rows = global_rows,
	.count = ARRAY_SIZE(global_rows),
	.size = sizeof(struct globals),
	.stop_at_operand = true,
};

/* The path of --log, or NULL with @err set. crun has targets beside files, by prefix. */
static const char *log_path(const char *given, struct error *err)
{
	static const char file[] = "file:";

	if (strncmp(given, file, strlen(file)) == 0)
		return given + strlen(file);
	if (strncmp(given, "journald:", 9) == 0 || strncmp(given, "syslog:", 7) == 0) {
		error_set(err, ERROR_USAGE, 0, "option '--log': '%s': orlop logs to files only",
			  given);
		return NULL;
	}
	return given;
}

int globals_open_log(const struct globals *globals, struct log_settings *settings,
		     struct error *err)
{
	const char *path;

	if (globals->debug)
		settings->level = LOG_LEVEL_DEBUG;
	if (globals->log_level >= 0)
		settings->level = (enum log_level)globals->log_level;
	settings->format = (enum log_format)globals->log_format;
	settings->json_stderr = !globals->log && settings->format == LOG_FORMAT_JSON;

	if (globals->log) {
		path = log_path(globals->log, err);
		if (!path)
			return -1;
		settings->file_fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_NOCTTY | O_CLOEXEC,
					 0600);
		if (settings->file_fd < 0)
			return error_system(err, "open the log '%s'", path);
		settings->stderr_fd = -1;
	}
	log_configure(settings);
	return 0;
}

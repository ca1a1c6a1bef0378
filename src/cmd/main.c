/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * The way in and the one way out: what the caller handed down is made safe
 * first, and errors are printed and become exit statuses here only.
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/number.h"
#include "cmd/command.h"
#include "cmd/globals.h"
#include "cmd/options.h"
#include "kernel/process.h"

/* Not the status of an error of ours: nothing was even looked at. */
#define STATUS_UNSAFE 125

/* Callers know 0 and 1 only; the kinds stand here so that a new one has to be thought of. */
static const int statuses[] = {
	[ERROR_NONE] = 1,	/* a failure that gives no reason is one all the same */
	[ERROR_USAGE] = 1,
	[ERROR_SPEC] = 1,
	[ERROR_POLICY] = 1,
	[ERROR_STATE] = 1,
	[ERROR_HOST] = 1,
	[ERROR_HOOK] = 1,
	[ERROR_SYSTEM] = 1,
};

/*
 * What is read of the environment; the rest is the caller's business and reaches nobody. The program
 * may begin again as a sealed copy: what it reads is put back.
 */
static int clean_environment(struct error *err)
{
	static const char *const names[] = { "XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS",
					     "LISTEN_FDS", "LISTEN_PID" };
	const char *values[ARRAY_SIZE(names)];

	/* The strings stay where they are when the list that leads to them is dropped. */
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		values[i] = getenv(names[i]);
	if (clearenv() != 0)
		return error_system(err, "clear the environment");
	/* Times are in UTC: without this, libc reads the host's time zone for every one of them. */
	if (setenv("TZ", "UTC0", 1) < 0)
		return error_system(err, "set TZ");
	if (setenv("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", 1) < 0)
		return error_system(err, "set PATH");
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (values[i] && setenv(names[i], values[i], 1) < 0)
			return error_system(err, "set %s", names[i]);
	return 0;
}

/* Descriptors of socket activation, from 3 on: sd_listen_fds(3). They may be another process's. */
static int read_listen(unsigned int *count, struct error *err)
{
	const char *fds = getenv("LISTEN_FDS");
	const char *pid = getenv("LISTEN_PID");
	uint64_t number;

	if (!fds || !pid || number_parse_u64(pid, INT32_MAX, &number) < 0 ||
	    number != (uint64_t)getpid())
		return 0;
	if (number_parse_u64(fds, OPTIONS_PRESERVE_MAX, &number) < 0)
		return error_set(err, ERROR_USAGE, 0, "LISTEN_FDS: '%s' is no number up to %u", fds,
				 OPTIONS_PRESERVE_MAX);
	*count = (unsigned int)number;
	return 0;
}

/* Before a word of the command line is read: descriptors, ids, environment. */
static int enter(struct error *err)
{
	if (fd_sanitize_stdio(err) < 0 || process_refuse_setuid(err) < 0 ||
	    process_make_undumpable(err) < 0)
		return -1;
	/* Ignored, as a caller may hand it down, it would leave no status of a child to wait for. */
	if (signal(SIGCHLD, SIG_DFL) == SIG_ERR)
		return error_system(err, "reset SIGCHLD");
	/* Shims leak sockets and watches into us; none of them may reach a container. */
	if (fd_cloexec_from(3, err) < 0)
		return -1;
	umask(077);
	return clean_environment(err);
}

static int print_help(const struct command *command, struct error *err)
{
	auto_text text = TEXT_INIT(65536);

	command_help(command, &text);
	return command_print(&text, err);
}

static int print_version(struct error *err)
{
	auto_text text = TEXT_INIT(4096);

	command_version(&text);
	return command_print(&text, err);
}

/* Commands that other runtimes have: whoever calls one shall not look for a slip of the pen. */
static void unknown_command(const char *word, struct error *err)
{
	static const char *const missing[] = {
		"checkpoint", "restore",
	};

	for (size_t i = 0; i < ARRAY_SIZE(missing); i++) {
		if (strcmp(missing[i], word) == 0) {
			error_set(err, ERROR_USAGE, 0,
				  "command '%s' is not carried out by this version; see orlop --help",
				  word);
			return;
		}
	}
	error_set(err, ERROR_USAGE, 0, "unknown command '%s'; see orlop --help", word);
}

/*
 * Finds the command, reads its own words and drops descriptors that they do not name. NULL with
 * @err set when that fails.
 */
static const struct command *read_command(size_t count, char *const *words, unsigned int *listen,
					  struct arena *arena, void **options,
					  struct options_result *read, struct error *err)
{
	const struct command *command = command_find(words[0]);
	unsigned int held = 0;

	if (!command) {
		unknown_command(words[0], err);
		return NULL;
	}
	*options = arena_alloc(arena, command->options->size);
	read->operands = arena_array(arena, count, sizeof(*read->operands));
	if (options_read(command->options, count - 1, words + 1, *options, read, err) < 0) {
		error_prefix(err, "%s", command->name);
		return NULL;
	}
	if (!read->help && command_check_operands(command, read->operand_count, err) < 0)
		return NULL;
	if (command->options->listen && read_listen(listen, err) < 0)
		return NULL;
	/* What else the caller left open is its own: a program that stays is not to hold it. */
	if (options_hold(command->options, *options, *listen, &held, err) < 0 ||
	    fd_close_from(3 + (int)held, err) < 0)
		return NULL;
	return command;
}

/* What a command exits with when it fails; 0: what the error says. */
static int failure_status(const char *word)
{
	const struct command *command = command_find(word);

	return command ? command->options->failure : 0;
}

/* A status that a command has set and then failed is none of its own. */
static int call_run(const struct command *command, const struct invocation *call, int *status,
		    struct error *err)
{
	int usual = *status;
	int result;

	*status = 0;
	result = command->run(call, status, err);
	if (result < 0)
		*status = usual;
	return result;
}

static int call_command(struct globals *globals, struct log_settings *settings,
			char *const *argv, size_t count, char *const *words, int *status,
			struct error *err)
{
	auto_arena arena = ARENA_INIT;
	struct options_result read = { 0 };
	const struct command *command;
	struct invocation call;
	void *options = NULL;

	/*
	 * The log is opened after the options are read: --preserve-fds comes before anything
	 * that opens a descriptor. An error in them is to be found in the log all the same.
	 */
	*status = failure_status(words[0]);
	command = read_command(count, words, &globals->listen_fds, &arena, &options, &read, err);
	if (globals_open_log(globals, settings, command ? err : NULL) < 0 || !command)
		return -1;
	if (read.help) {
		*status = 0;
		return print_help(command, err);
	}

	call = (struct invocation){
		.globals = globals,
		.argv = argv,
		.options = options,
		.operand_count = read.operand_count,
		.operands = read.operands,
	};
	return call_run(command, &call, status, err);
}

static int dispatch(int argc, char *const *argv, struct log_settings *settings, int *status,
		    struct error *err)
{
	auto_arena arena = ARENA_INIT;
	struct globals globals = GLOBALS_INIT;
	struct options_result read = { 0 };
	size_t count = argc > 0 ? (size_t)argc - 1 : 0;

	read.operands = arena_array(&arena, count + 1, sizeof(*read.operands));
	if (options_read(&globals_options, count, argv + 1, &globals, &read, err) < 0)
		return -1;
	if (read.help)
		return print_help(NULL, err);
	if (globals.version)
		return print_version(err);
	if (read.operand_count == 0)
		return error_set(err, ERROR_USAGE, 0, "no command is given; see orlop --help");
	return call_command(&globals, settings, argv, read.operand_count, read.operands, status,
			    err);
}

/* Standard error gets the last word, also where the log goes to a file. */
static int report(struct log_settings *settings, const struct error *err)
{
	settings->stderr_fd = 2;
	log_configure(settings);
	log_error(err);
	return statuses[err->kind];
}

int main(int argc, char **argv)
{
	struct log_settings settings = LOG_DEFAULTS;
	struct error err = ERROR_INIT;
	int status = 0;

	if (enter(&err) < 0) {
		report(&settings, &err);
		return STATUS_UNSAFE;
	}
	if (dispatch(argc, argv, &settings, &status, &err) < 0) {
		int usual = report(&settings, &err);

		return status ? status : usual;
	}
	return status;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * Commands that need no container: what they print, and how they fail. The
 * state directory is made by hand.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/log.h"
#include "cmd/command.h"
#include "spec/spec.h"
#include "state/store.h"
#include "tables/mount_options.h"

#define OUTPUT_MAX ((size_t)1 << 20)

static int enter_scratch(void **state)
{
	char *path = strdup("/tmp/orlop-commands.XXXXXX");

	if (!path || !mkdtemp(path) || chdir(path) < 0)
		return -1;
	*state = path;
	return 0;
}

static int leave_scratch(void **state)
{
	char *path = *state;
	char command[128];

	if (chdir("/") < 0)
		return -1;
	(void)snprintf(command, sizeof(command), "rm -rf %s", path);
	free(path);
	return system(command);
}

/* A call of a command: its words after the name, its output, its error. */
struct called {
	int result;
	struct error err;
	char *output;
};

static void call_command(const char *name, const char *const *words, struct called *called)
{
	const struct command *command = command_find(name);
	struct globals globals = GLOBALS_INIT;
	char *operands[8];
	struct options_result read = { .operands = operands };
	auto_arena arena = ARENA_INIT;
	void *options = arena_alloc(&arena, command->options->size);
	struct invocation call = { .globals = &globals, .options = options };
	size_t count = 0;
	int status = 0;
	int saved;
	int file;

	*called = (struct called){ .err = ERROR_INIT };
	globals.root = "root";
	while (words[count])
		count++;
	assert_int_equal(options_read(command->options, count, (char *const *)(uintptr_t)words,
				      options, &read, NULL), 0);
	call.operand_count = read.operand_count;
	call.operands = read.operands;

	/* What a command prints goes to a file meanwhile. */
	saved = fcntl(1, F_DUPFD_CLOEXEC, 3);
	file = open("output", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	(void)fflush(stdout);
	(void)dup2(file, 1);
	called->result = command->run(&call, &status, &called->err);
	(void)dup2(saved, 1);
	(void)close(saved);
	(void)close(file);
	assert_int_equal(fd_read_file(AT_FDCWD, "output", OUTPUT_MAX, &called->output, NULL, NULL),
			 0);
}

static void called_free(struct called *called)
{
	free(called->output);
}

#define auto_called __attribute__((cleanup(called_free))) struct called

/* Calls a command with up to three words. */
static struct called call(const char *name, const char *a, const char *b, const char *c)
{
	const char *const words[] = { a, b, c, NULL };
	struct called called;

	call_command(name, words, &called);
	return called;
}

static void assert_fails(const struct called *called, enum error_kind kind, const char *message)
{
	assert_int_equal(called->result, -1);
	assert_int_equal(called->err.kind, kind);
	if (!strstr(called->err.message, message))
		fail_msg("'%s' is not in '%s'", message, called->err.message);
}

static void make_container(const char *id, enum record_phase phase)
{
	static struct spec_pair annotation = { "org.example.key", "\xe2\x9c\x93 \"x\"" };
	const struct record record = {
		.phase = phase,
		.oci_version = "1.3.0",
		.id = id,
		.bundle = "/bundle",
		.rootfs = "/bundle/rootfs",
		.created = "2026-01-02T03:04:05.000000006Z",
		.owner = 0,
		.policy = "oci",
		.annotations = { strcmp(id, "b") == 0, &annotation },
	};
	auto_store store = STORE_NULL;
	auto_store_entry entry = STORE_ENTRY_NULL;

	assert_int_equal(store_open("root", true, &store, NULL), 0);
	assert_int_equal(store_create(&store, id, &entry, NULL), 0);
	assert_int_equal(store_save(&entry, &record, NULL), 0);
}

static void an_unknown_container_is_an_error_of_all_but_delete_force(void **state)
{
	static const char *const commands_with_id[] = {
		"state", "start", "kill", "ps", "pause", "resume", "events", "delete",
	};

	(void)state;
	/* Without a state directory, and with an empty one. */
	for (int round = 0; round < 2; round++) {
		auto_called forced = call("delete", "--force", "x", NULL);

		assert_int_equal(forced.result, 0);
		for (size_t i = 0; i < ARRAY_SIZE(commands_with_id); i++) {
			auto_called called = call(commands_with_id[i], "x", NULL, NULL);

			assert_fails(&called, ERROR_STATE, "container x does not exist");
		}
		assert_int_equal(mkdir("root", 0700), round == 0 ? 0 : -1);
	}
}

static void an_id_that_is_no_name_is_an_error_of_all(void **state)
{
	auto_called forced = call("delete", "--force", "../x", NULL);
	auto_called asked = call("state", "../x", NULL, NULL);

	(void)state;
	assert_fails(&forced, ERROR_USAGE, "invalid container id");
	assert_fails(&asked, ERROR_USAGE, "invalid container id");
}

static void state_is_that_of_the_specification_and_more(void **state)
{
	auto_called called = { 0 };

	(void)state;
	make_container("b", RECORD_STARTED);
	called = call("state", "b", NULL, NULL);
	assert_int_equal(called.result, 0);
	assert_string_equal(called.output, "{\n"
					   "  \"ociVersion\": \"1.3.0\",\n"
					   "  \"id\": \"b\",\n"
					   "  \"pid\": 0,\n"
					   "  \"status\": \"stopped\",\n"
					   "  \"bundle\": \"/bundle\",\n"
					   "  \"rootfs\": \"/bundle/rootfs\",\n"
					   "  \"created\": \"2026-01-02T03:04:05.000000006Z\",\n"
					   "  \"annotations\": {\n"
					   "    \"org.example.key\": \"\xe2\x9c\x93 \\\"x\\\"\"\n"
					   "  },\n"
					   "  \"owner\": \"root\"\n"
					   "}\n");
}

static void list_prints_a_table_a_line_of_json_or_ids(void **state)
{
	auto_called table = { 0 };
	auto_called json = { 0 };
	auto_called ids = { 0 };

	(void)state;
	make_container("b", RECORD_STARTED);
	make_container("a-long-name", RECORD_CREATED);
	table = call("list", NULL, NULL, NULL);
	assert_string_equal(
		table.output,
		"ID            PID   STATUS    BUNDLE    CREATED                          OWNER\n"
		"a-long-name   0     stopped   /bundle   2026-01-02T03:04:05.000000006Z   root\n"
		"b             0     stopped   /bundle   2026-01-02T03:04:05.000000006Z   root\n");
	ids = call("list", "-q", NULL, NULL);
	assert_string_equal(ids.output, "a-long-name\nb\n");
	json = call("list", "--format", "json", NULL);
	assert_string_equal(json.output,
			    "[{\"ociVersion\":\"1.3.0\",\"id\":\"a-long-name\",\"pid\":0,"
			    "\"status\":\"stopped\",\"bundle\":\"/bundle\","
			    "\"rootfs\":\"/bundle/rootfs\","
			    "\"created\":\"2026-01-02T03:04:05.000000006Z\",\"owner\":\"root\"},"
			    "{\"ociVersion\":\"1.3.0\",\"id\":\"b\",\"pid\":0,"
			    "\"status\":\"stopped\",\"bundle\":\"/bundle\","
			    "\"rootfs\":\"/bundle/rootfs\","
			    "\"created\":\"2026-01-02T03:04:05.000000006Z\","
			    "\"annotations\":{\"org.example.key\":\"\xe2\x9c\x93 \\\"x\\\"\"},"
			    "\"owner\":\"root\"}]\n");
}

static void list_of_nothing_is_empty_and_of_a_missing_root_an_error(void **state)
{
	auto_called missing = call("list", NULL, NULL, NULL);
	auto_called empty = { 0 };

	(void)state;
	assert_fails(&missing, ERROR_SYSTEM, "root");
	assert_int_equal(mkdir("root", 0700), 0);
	empty = call("list", "-f", "json", NULL);
	assert_int_equal(empty.result, 0);
	assert_string_equal(empty.output, "[]\n");
}

static void list_passes_over_what_a_killed_create_left(void **state)
{
	auto_called table = { 0 };
	auto_called ids = { 0 };
	struct log_settings silent = LOG_DEFAULTS;

	(void)state;
	silent.stderr_fd = -1;
	log_configure(&silent);
	make_container("b", RECORD_STARTED);
	assert_int_equal(mkdir("root/a", 0700), 0);
	table = call("list", NULL, NULL, NULL);
	assert_int_equal(table.result, 0);
	assert_null(strstr(table.output, "\na "));
	assert_non_null(strstr(table.output, "\nb "));
	ids = call("list", "--quiet", NULL, NULL);
	assert_string_equal(ids.output, "a\nb\n");
}

static void what_is_stopped_takes_no_signal_start_pause_or_resume(void **state)
{
	auto_called plain = { 0 };
	auto_called all = { 0 };
	auto_called started = { 0 };
	auto_called paused = { 0 };
	auto_called resumed = { 0 };
	auto_called wrong = { 0 };

	(void)state;
	make_container("b", RECORD_STARTED);
	plain = call("kill", "b", "KILL", NULL);
	assert_fails(&plain, ERROR_STATE, "container not running");
	all = call("kill", "--all", "b", "9");
	assert_int_equal(all.result, 0);
	wrong = call("kill", "b", "NOSUCH", NULL);
	assert_fails(&wrong, ERROR_USAGE, "unknown signal 'NOSUCH'");
	started = call("start", "b", NULL, NULL);
	assert_fails(&started, ERROR_STATE, "it is stopped");
	paused = call("pause", "b", NULL, NULL);
	assert_fails(&paused, ERROR_STATE, "container not running");
	resumed = call("resume", "b", NULL, NULL);
	assert_fails(&resumed, ERROR_STATE, "container not paused");
}

static void a_damaged_state_is_deleted_by_force_only(void **state)
{
	auto_called called = { 0 };

	(void)state;
	make_container("b", RECORD_STARTED);
	assert_int_equal(truncate("root/b/state.json", 20), 0);
	called = call("delete", "b", NULL, NULL);
	assert_fails(&called, ERROR_STATE, "delete --force");
	assert_int_equal(access("root/b/state.json", F_OK), 0);
}

/* The file that `spec` wrote, as create would read it. */
static void assert_own_id_is_root(const struct spec_mappings *mappings, uint32_t own)
{
	assert_int_equal(mappings->count, 1);
	assert_int_equal(mappings->items[0].container_id, 0);
	assert_int_equal(mappings->items[0].host_id, own);
	assert_int_equal(mappings->items[0].size, 1);
}

static void assert_spec_is_read(size_t namespaces, bool rootless)
{
	auto_spec spec = SPEC_NULL;
	auto_free char *bytes = NULL;
	struct error err = ERROR_INIT;
	size_t size = 0;

	assert_int_equal(fd_read_file(AT_FDCWD, "config.json", OUTPUT_MAX, &bytes, &size, NULL), 0);
	if (spec_read(bytes, size, &spec, &err) < 0)
		fail_msg("%s", err.message);
	assert_int_equal(spec.linux.namespace_count, namespaces);
	if (rootless) {
		assert_own_id_is_root(&spec.linux.uid_mappings, geteuid());
		assert_own_id_is_root(&spec.linux.gid_mappings, getegid());
	} else {
		assert_int_equal(spec.linux.uid_mappings.count, 0);
	}
	assert_int_equal(spec.unknown.count, 0);
	assert_int_equal(spec.ignored.count, 0);
}

static void what_spec_writes_is_read_without_a_remark(void **state)
{
	auto_called first = call("spec", NULL, NULL, NULL);
	auto_called second = call("spec", NULL, NULL, NULL);
	auto_called rootless = { 0 };
	struct stat status;

	(void)state;
	assert_int_equal(first.result, 0);
	assert_string_equal(first.output, "");
	assert_int_equal(stat("config.json", &status), 0);
	assert_int_equal(status.st_mode & 07777, 0644);
	assert_spec_is_read(6, false);
	assert_fails(&second, ERROR_USAGE, "there is a config.json already");

	assert_int_equal(unlink("config.json"), 0);
	rootless = call("spec", "--rootless", "--bundle", ".");
	assert_int_equal(rootless.result, 0);
	assert_spec_is_read(7, true);
}

/* What runc's features names, words that change nothing among them, and what is only ours. */
static const char *const usual_mount_options[] = {
	"async", "atime", "bind", "defaults", "dev", "diratime", "dirsync", "exec", "iversion",
	"lazytime", "loud", "mand", "noatime", "nodev", "nodiratime", "noexec", "noiversion",
	"nolazytime", "nomand", "norelatime", "nostrictatime", "nosuid", "nosymfollow", "private",
	"ratime", "rbind", "rdev", "rdiratime", "relatime", "remount", "rexec", "rnoatime",
	"rnodev", "rnodiratime", "rnoexec", "rnorelatime", "rnostrictatime", "rnosuid",
	"rnosymfollow", "ro", "rprivate", "rrelatime", "rro", "rrw", "rshared", "rslave",
	"rstrictatime", "rsuid", "rsymfollow", "runbindable", "rw", "shared", "silent", "slave",
	"strictatime", "suid", "symfollow", "sync", "tmpcopyup", "unbindable",
	"_netdev", "auto", "group", "idmap", "noauto", "nofail", "nouser", "owner", "ridmap",
	"user", "users",
};

static bool names(const char *json, const char *option)
{
	char quoted[64];

	(void)snprintf(quoted, sizeof(quoted), "\"%s\"", option);
	return strstr(json, quoted) != NULL;
}

static void features_names_every_mount_option_that_is_read(void **state)
{
	auto_called called = call("features", NULL, NULL, NULL);
	char *list;

	(void)state;
	assert_int_equal(called.result, 0);
	list = strstr(called.output, "\"mountOptions\"");
	assert_non_null(list);
	*strchr(list, ']') = '\0';
	for (size_t i = 0; i < mount_option_count; i++) {
		if (!names(list, mount_options[i].name))
			fail_msg("'%s' is read and not named", mount_options[i].name);
	}
	for (size_t i = 0; i < ARRAY_SIZE(usual_mount_options); i++) {
		if (!names(list, usual_mount_options[i]) ||
		    !mount_option_find(usual_mount_options[i]))
			fail_msg("'%s' is not named or not read", usual_mount_options[i]);
	}
}

#define command_test(function) \
	cmocka_unit_test_setup_teardown(function, enter_scratch, leave_scratch)

int main(void)
{
	const struct CMUnitTest tests[] = {
		command_test(an_unknown_container_is_an_error_of_all_but_delete_force),
		command_test(an_id_that_is_no_name_is_an_error_of_all),
		command_test(state_is_that_of_the_specification_and_more),
		command_test(list_prints_a_table_a_line_of_json_or_ids),
		command_test(list_of_nothing_is_empty_and_of_a_missing_root_an_error),
		command_test(list_passes_over_what_a_killed_create_left),
		command_test(what_is_stopped_takes_no_signal_start_pause_or_resume),
		command_test(a_damaged_state_is_deleted_by_force_only),
		command_test(what_spec_writes_is_read_without_a_remark),
		command_test(features_names_every_mount_option_that_is_read),
	};

	umask(077);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

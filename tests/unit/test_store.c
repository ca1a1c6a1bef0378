/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "state/made.h"
#include "state/store.h"
#include "skip.h"

/* Each test has a directory of its own and stands in it. */
static int enter_scratch(void **state)
{
	char *path = strdup("/tmp/orlop-store.XXXXXX");

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

static const struct record record = {
	.version = RECORD_VERSION,
	.phase = RECORD_CREATED,
	.oci_version = "1.3.0",
	.id = "c1",
	.bundle = "/b",
	.rootfs = "/b/rootfs",
	.created = "2026-01-02T03:04:05.000000006Z",
	.policy = "oci",
};

static void assert_message(const struct error *err, const char *part)
{
	if (!strstr(err->message, part))
		fail_msg("'%s' is not in '%s'", part, err->message);
}

static void a_relative_root_is_made_below_the_current_directory(void **state)
{
	auto_store store = STORE_NULL;
	struct stat status;
	char expected[PATH_MAX];

	assert_int_equal(store_open("a/b/root", true, &store, NULL), 0);
	(void)snprintf(expected, sizeof(expected), "%s/a/b/root", (char *)*state);
	assert_string_equal(store.root, expected);
	assert_int_equal(stat("a/b/root", &status), 0);
	assert_int_equal(status.st_mode & 07777, 0700);
	assert_int_equal(fcntl(store.fd, F_GETFD), FD_CLOEXEC);
}

static void one_directory_has_one_spelling(void **state)
{
	static const char *const spellings[] = {
		"root", "./root", "root/", "link/root//", "x/../root",
	};
	char expected[PATH_MAX];

	assert_int_equal(mkdir("x", 0700), 0);
	assert_int_equal(symlink(".", "link"), 0);
	(void)snprintf(expected, sizeof(expected), "%s/root", (char *)*state);
	for (size_t i = 0; i < ARRAY_SIZE(spellings); i++) {
		auto_store store = STORE_NULL;

		assert_int_equal(store_open(spellings[i], true, &store, NULL), 0);
		assert_string_equal(store.root, expected);
	}
}

static void a_root_that_others_may_enter_is_refused(void **state)
{
	static const mode_t modes[] = { 0701, 0710, 0740, 0755, 01777 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
		auto_store store = STORE_NULL;
		struct error err = ERROR_INIT;

		assert_int_equal(mkdir("root", 0700), 0);
		assert_int_equal(chmod("root", modes[i]), 0);
		assert_int_equal(store_open("root", true, &store, &err), -1);
		assert_message(&err, "0700");
		assert_int_equal(rmdir("root"), 0);
	}
}

static void a_root_of_another_user_is_refused(void **state)
{
	auto_store store = STORE_NULL;
	struct error err = ERROR_INIT;

	(void)state;
	if (geteuid() != 0)
		skip_because("needs root");
	assert_int_equal(mkdir("root", 0700), 0);
	assert_int_equal(chown("root", 1, 1), 0);
	assert_int_equal(store_open("root", true, &store, &err), -1);
	assert_message(&err, "belongs to user 1");
}

static void a_root_that_is_a_link_or_a_file_is_refused(void **state)
{
	static const char *const names[] = { "link", "link/", "dangling", "file" };

	(void)state;
	assert_int_equal(mkdir("target", 0700), 0);
	assert_int_equal(symlink("target", "link"), 0);
	assert_int_equal(symlink("nowhere", "dangling"), 0);
	assert_int_equal(close(open("file", O_CREAT | O_WRONLY, 0600)), 0);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		auto_store store = STORE_NULL;
		struct error err = ERROR_INIT;

		assert_int_equal(store_open(names[i], true, &store, &err), -1);
		assert_int_equal(err.kind, ERROR_SYSTEM);
	}
	assert_int_equal(access("nowhere", F_OK), -1);
}

static void a_missing_root_is_an_error_when_it_was_given(void **state)
{
	auto_store store = STORE_NULL;
	struct error err = ERROR_INIT;

	(void)state;
	assert_int_equal(store_open("root", false, &store, &err), -1);
	assert_int_equal(err.errnum, ENOENT);
	assert_int_equal(access("root", F_OK), -1);
}

static void ids_are_names_and_nothing_else(void **state)
{
	static const char *const good[] = { "a", "0", "_", "+", "-x", "a.b", "A-Z_9+.", "ids" };
	static const char *const bad[] = {
		"", ".", "..", ".a", "a/b", "/", "a b", "a\n", "\xc3\xbc", "a\x01",
	};
	char id[258];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		assert_int_equal(store_check_id(good[i], NULL), 0);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct error err = ERROR_INIT;

		assert_int_equal(store_check_id(bad[i], &err), -1);
		assert_int_equal(err.kind, ERROR_USAGE);
	}
	memset(id, 'a', sizeof(id));
	id[255] = '\0';
	assert_int_equal(store_check_id(id, NULL), 0);
	id[255] = 'a';
	id[256] = '\0';
	assert_int_equal(store_check_id(id, NULL), -1);
}

static void an_id_is_taken_once(void **state)
{
	auto_store store = STORE_NULL;
	auto_store_entry entry = STORE_ENTRY_NULL;
	auto_store_entry again = STORE_ENTRY_NULL;
	struct error err = ERROR_INIT;

	(void)state;
	assert_int_equal(store_open("root", true, &store, NULL), 0);
	assert_int_equal(store_create(&store, "c1", &entry, NULL), 0);
	assert_string_equal(entry.id, "c1");
	assert_true(entry.lock >= 0);
	assert_int_equal(store_create(&store, "c1", &again, &err), -1);
	assert_int_equal(err.kind, ERROR_STATE);
	assert_message(&err, "already exists");
}

static void an_unknown_container_does_not_exist(void **state)
{
	auto_store store = STORE_NULL;
	auto_store_entry entry = STORE_ENTRY_NULL;
	struct error err = ERROR_INIT;

	(void)state;
	assert_int_equal(store_open("root", true, &store, NULL), 0);
	assert_int_equal(store_find(&store, "c1", true, &entry, &err), -1);
	assert_int_equal(err.kind, ERROR_STATE);
	assert_int_equal(err.errnum, ENOENT);
	assert_message(&err, "container c1 does not exist");

	/* A link that somebody put there is no container. */
	assert_int_equal(symlink("/tmp", "root/c2"), 0);
	assert_int_equal(store_find(&store, "c2", true, &entry, &err), -1);
	assert_int_equal(err.kind, ERROR_SYSTEM);
}

static void what_is_saved_is_loaded(void **state)
{
	auto_store store = STORE_NULL;
	auto_store_entry entry = STORE_ENTRY_NULL;
	auto_record loaded = { .version = 0 };
	struct record changed = record;
	struct stat status;

	(void)state;
	assert_int_equal(store_open("root", true, &store, NULL), 0);
	assert_int_equal(store_create(&store, "c1", &entry, NULL), 0);
	assert_int_equal(store_save(&entry, &record, NULL), 0);
	changed.pid = 44;
	/* What a killed command left does not stop the next one. */
	assert_int_equal(symlink("/etc/passwd", "root/c1/state.json.new"), 0);
	assert_int_equal(store_save(&entry, &changed, NULL), 0);
	assert_int_equal(store_load(&entry, &loaded, NULL), 0);
	assert_int_equal(loaded.pid, 44);
	assert_int_equal(lstat("root/c1/state.json", &status), 0);
	assert_true(S_ISREG(status.st_mode));
	assert_int_equal(status.st_mode & 07777, 0600);
	assert_int_equal(access("root/c1/state.json.new", F_OK), -1);
}

static void write_file(const char *path, const char *text)
{
	auto_fd file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(file >= 0);
	assert_int_equal(fd_write_all(file, text, strlen(text), NULL), 0);
}

static void a_damaged_state_is_an_error_and_not_a_crash(void **state)
{
	auto_store store = STORE_NULL;
	auto_store_entry entry = STORE_ENTRY_NULL;
	auto_record loaded = { .version = 0 };
	struct record other = record;
	struct error err = ERROR_INIT;

	(void)state;
	assert_int_equal(store_open("root", true, &store, NULL), 0);
	assert_int_equal(store_create(&store, "c1", &entry, NULL), 0);
	assert_int_equal(store_load(&entry, &loaded, &err), -1);
	assert_int_equal(err.kind, ERROR_STATE);
	write_file("root/c1/state.json", "");
	assert_int_equal(store_load(&entry, &loaded, &err), -1);
	assert_int_equal(err.kind, ERROR_STATE);
	write_file("root/c1/state.json", "{\"version\": 1, \"pha");
	assert_int_equal(store_load(&entry, &loaded, &err), -1);
	assert_message(&err, "damaged");
	write_file("root/c1/state.json", "{\"version\": 0, \"phase\": \"started\"}");
	assert_int_equal(store_load(&entry, &loaded, &err), -1);
	assert_message(&err, "is damaged: /version: another version of orlop wrote it");
	write_file("root/c1/state.json", "{\"phase\": [], \"version\": 7}");
	assert_int_equal(store_load(&entry, &loaded, &err), -1);
	assert_message(&err, "c1 cannot be read: a later version of orlop wrote it: its format is 7, and 1 is known");

	other.id = "c2";
	assert_int_equal(store_save(&entry, &other, NULL), 0);
	assert_int_equal(store_load(&entry, &loaded, &err), -1);
	assert_message(&err, "another container's");

	assert_int_equal(unlink("root/c1/state.json"), 0);
	assert_int_equal(symlink("/etc/passwd", "root/c1/state.json"), 0);
	assert_int_equal(store_load(&entry, &loaded, &err), -1);
}

static void what_a_container_was_made_from_is_kept_as_it_was(void **state)
{
	static const char bytes[] = "{ \"not\": 0,\n\tchanged\0at all";
	auto_store store = STORE_NULL;
	auto_store_entry entry = STORE_ENTRY_NULL;
	auto_free char *config = NULL;
	auto_free char *policy = NULL;
	struct error err = ERROR_INIT;
	struct stat status;
	size_t size = 0;

	(void)state;
	assert_int_equal(store_open("root", true, &store, NULL), 0);
	assert_int_equal(store_create(&store, "c1", &entry, NULL), 0);
	assert_int_equal(store_keep(&entry, STORE_CONFIG, bytes, sizeof(bytes), NULL), 0);
	assert_int_equal(store_kept(&entry, STORE_CONFIG, &config, &size, NULL), 0);
	assert_int_equal(size, sizeof(bytes));
	assert_memory_equal(config, bytes, size);
	assert_int_equal(lstat("root/c1/config.json", &status), 0);
	assert_int_equal(status.st_mode, S_IFREG | 0600);

	assert_int_equal(store_kept(&entry, STORE_POLICY, &policy, &size, &err), -1);
	assert_int_equal(err.kind, ERROR_STATE);
	assert_int_equal(err.errnum, ENOENT);
	assert_message(&err, "has no policy.json");
	assert_int_equal(store_keep(&entry, STORE_POLICY, "", 0, NULL), 0);
	assert_int_equal(store_kept(&entry, STORE_POLICY, &policy, &size, NULL), 0);
	assert_int_equal(size, 0);
	assert_int_equal(store_remove(&store, &entry, NULL), 0);
	assert_int_equal(access("root/c1", F_OK), -1);
}

static void what_a_container_was_made_from_is_written_once(void **state)
{
	auto_store store = STORE_NULL;
	auto_store_entry entry = STORE_ENTRY_NULL;
	auto_free char *bytes = NULL;
	struct error err = ERROR_INIT;
	size_t size = 0;

	(void)state;
	assert_int_equal(store_open("root", true, &store, NULL), 0);
	assert_int_equal(store_create(&store, "c1", &entry, NULL), 0);
	assert_int_equal(store_keep(&entry, STORE_CONFIG, "{}", 2, NULL), 0);
	assert_int_equal(store_keep(&entry, STORE_CONFIG, "[]", 2, &err), -1);
	assert_int_equal(err.errnum, EEXIST);
	assert_int_equal(symlink("/etc/passwd", "root/c1/policy.json"), 0);
	assert_int_equal(store_keep(&entry, STORE_POLICY, "{}", 2, &err), -1);
	assert_int_equal(store_kept(&entry, STORE_POLICY, &bytes, &size, &err), -1);
	assert_int_equal(err.errnum, ELOOP);
	assert_int_equal(truncate("root/c1/config.json", (4 << 20) + 1), 0);
	assert_int_equal(store_kept(&entry, STORE_CONFIG, &bytes, &size, &err), -1);
	assert_int_equal(err.errnum, EFBIG);
}

static const char config[] =
	"{\"ociVersion\": \"1.3.0\", \"hostname\": \"kept\", \"root\": {\"path\": \"rootfs\"},"
	" \"process\": {\"cwd\": \"/\", \"args\": [\"sh\"], \"user\": {\"uid\": 0, \"gid\": 0}},"
	" \"linux\": {\"namespaces\": [{\"type\": \"uts\"}]}}";

static void what_a_container_was_made_from_is_judged_by_later(void **state)
{
	static const char site[] = "{\"allow\": [\"oci\"], \"default\": \"oci\","
				   " \"oci\": {\"limits\": {\"pids\": 77}}}";
	auto_store store = STORE_NULL;
	auto_store_entry entry = STORE_ENTRY_NULL;
	struct record now = record;

	(void)state;
	assert_int_equal(store_open("root", true, &store, NULL), 0);
	assert_int_equal(store_create(&store, "c1", &entry, NULL), 0);
	assert_int_equal(store_keep(&entry, STORE_CONFIG, config, strlen(config), NULL), 0);
	for (int with_file = 0; with_file < 2; with_file++) {
		auto_made made = MADE_NULL;
		struct error err = ERROR_INIT;

		if (with_file) {
			now.policy_file = "/etc/orlop/policy.json";
			assert_int_equal(made_read(&entry, &now, &made, &err), -1);
			assert_message(&err, "has no policy.json");
			assert_int_equal(store_keep(&entry, STORE_POLICY, site, strlen(site), NULL), 0);
		}
		if (made_read(&entry, &now, &made, &err) < 0)
			fail_msg("%s", err.message);
		assert_string_equal(made.spec.hostname, "kept");
		assert_string_equal(made.policy.name, "oci");
		assert_int_equal(made.policy.limits.pids == 77, with_file);
	}
}

static void updated_limits_take_the_place_of_those_of_the_configuration(void **state)
{
	static const char *const kept[] = { "{\"pids\":{\"limit\":5}}", "{\"pids\":{\"limit\":6}}" };
	auto_store store = STORE_NULL;
	auto_store_entry entry = STORE_ENTRY_NULL;
	struct error err = ERROR_INIT;
	auto_made damaged = MADE_NULL;

	(void)state;
	assert_int_equal(store_open("root", true, &store, NULL), 0);
	assert_int_equal(store_create(&store, "c1", &entry, NULL), 0);
	assert_int_equal(store_keep(&entry, STORE_CONFIG, config, strlen(config), NULL), 0);
	for (size_t i = 0; i < ARRAY_SIZE(kept); i++) {
		auto_made made = MADE_NULL;

		assert_int_equal(store_replace(&entry, STORE_RESOURCES, kept[i], strlen(kept[i]), NULL), 0);
		if (made_read(&entry, &record, &made, &err) < 0)
			fail_msg("%s", err.message);
		assert_string_equal(made.spec.hostname, "kept");
		assert_int_equal(made.spec.linux.resources.pids_limit.value, 5 + i);
	}
	assert_int_equal(store_replace(&entry, STORE_RESOURCES, "{", 1, NULL), 0);
	assert_int_equal(made_read(&entry, &record, &damaged, &err), -1);
	assert_message(&err, "is damaged: what it was made from");
}

static void what_a_container_was_made_from_is_not_guessed(void **state)
{
	auto_store store = STORE_NULL;
	auto_store_entry entry = STORE_ENTRY_NULL;
	struct record now = record;
	auto_made made = MADE_NULL;
	struct error err = ERROR_INIT;

	(void)state;
	now.policy_file = "/etc/orlop/policy.json";
	assert_int_equal(store_open("root", true, &store, NULL), 0);
	assert_int_equal(store_create(&store, "c1", &entry, NULL), 0);
	assert_int_equal(made_read(&entry, &now, &made, &err), -1);
	assert_int_equal(err.errnum, ENOENT);
	assert_message(&err, "an earlier version of orlop made it");

	write_file("root/c1/policy.json", "{\"allow\": [\"hardened\"]}");
	for (size_t cut = 0; cut < strlen(config); cut++) {
		write_file("root/c1/config.json", config);
		assert_int_equal(truncate("root/c1/config.json", (off_t)cut), 0);
		assert_int_equal(made_read(&entry, &now, &made, &err), -1);
		assert_int_equal(err.kind, ERROR_STATE);
		assert_message(&err, "damaged");
	}
	write_file("root/c1/config.json", config);
	assert_int_equal(made_read(&entry, &now, &made, &err), -1);
	assert_message(&err, "damaged: what it was made from: policy 'oci' is not among those");
}

static void remove_takes_files_sockets_and_empty_directories(void **state)
{
	auto_store store = STORE_NULL;
	auto_store_entry entry = STORE_ENTRY_NULL;

	(void)state;
	assert_int_equal(store_open("root", true, &store, NULL), 0);
	assert_int_equal(store_create(&store, "c1", &entry, NULL), 0);
	assert_int_equal(store_save(&entry, &record, NULL), 0);
	assert_int_equal(mkfifo("root/c1/start", 0600), 0);
	assert_int_equal(mkdir("root/c1/mount", 0700), 0);
	assert_int_equal(symlink("/", "root/c1/link"), 0);
	assert_int_equal(store_remove(&store, &entry, NULL), 0);
	assert_int_equal(access("root/c1", F_OK), -1);
	assert_int_equal(store_remove(&store, &entry, NULL), 0);
}

static void remove_does_not_empty_what_it_did_not_make(void **state)
{
	auto_store store = STORE_NULL;
	auto_store_entry entry = STORE_ENTRY_NULL;

	(void)state;
	assert_int_equal(store_open("root", true, &store, NULL), 0);
	assert_int_equal(store_create(&store, "c1", &entry, NULL), 0);
	assert_int_equal(mkdir("root/c1/mount", 0700), 0);
	write_file("root/c1/mount/precious", "data");
	assert_int_equal(store_remove(&store, &entry, NULL), -1);
	assert_int_equal(access("root/c1/mount/precious", F_OK), 0);
}

static void remove_leaves_a_new_container_of_the_same_name(void **state)
{
	auto_store store = STORE_NULL;
	auto_store_entry old = STORE_ENTRY_NULL;
	auto_store_entry new = STORE_ENTRY_NULL;

	(void)state;
	assert_int_equal(store_open("root", true, &store, NULL), 0);
	assert_int_equal(store_create(&store, "c1", &old, NULL), 0);
	assert_int_equal(rename("root/c1", "root/c0"), 0);
	assert_int_equal(store_create(&store, "c1", &new, NULL), 0);
	assert_int_equal(store_remove(&store, &old, NULL), 0);
	assert_int_equal(access("root/c1", F_OK), 0);
}

static void list_is_in_byte_order_and_has_containers_only(void **state)
{
	static const char *const made[] = { "b", "a", "B", "10", "9" };
	static const char *const expected[] = { "10", "9", "B", "a", "b" };
	auto_store store = STORE_NULL;
	auto_arena arena = ARENA_INIT;
	const char **ids = NULL;
	size_t count = 7;

	(void)state;
	assert_int_equal(store_open("root", true, &store, NULL), 0);
	assert_int_equal(store_list(&store, &arena, &ids, &count, NULL), 0);
	assert_int_equal(count, 0);
	for (size_t i = 0; i < ARRAY_SIZE(made); i++) {
		auto_store_entry entry = STORE_ENTRY_NULL;

		assert_int_equal(store_create(&store, made[i], &entry, NULL), 0);
	}
	write_file("root/file", "");
	assert_int_equal(mkdir("root/.hidden", 0700), 0);
	assert_int_equal(mkdir("root/not an id", 0700), 0);
	assert_int_equal(symlink("a", "root/link"), 0);

	assert_int_equal(store_list(&store, &arena, &ids, &count, NULL), 0);
	assert_int_equal(count, ARRAY_SIZE(expected));
	for (size_t i = 0; i < count; i++)
		assert_string_equal(ids[i], expected[i]);
}

static void a_list_may_be_long(void **state)
{
	auto_store store = STORE_NULL;
	auto_arena arena = ARENA_INIT;
	const char **ids = NULL;
	size_t count = 0;

	(void)state;
	assert_int_equal(store_open("root", true, &store, NULL), 0);
	for (unsigned int i = 100; i < 200; i++) {
		char name[16];

		(void)snprintf(name, sizeof(name), "root/%u", i);
		assert_int_equal(mkdir(name, 0700), 0);
	}
	assert_int_equal(store_list(&store, &arena, &ids, &count, NULL), 0);
	assert_int_equal(count, 100);
	for (size_t i = 0; i < count; i++)
		assert_int_equal(atoi(ids[i]), 100 + i);
}

static void an_entry_in_use_is_opened_without_the_lock(void **state)
{
	auto_store store = STORE_NULL;
	auto_store_entry first = STORE_ENTRY_NULL;
	auto_store_entry second = STORE_ENTRY_NULL;
	auto_store_entry third = STORE_ENTRY_NULL;

	(void)state;
	assert_int_equal(store_open("root", true, &store, NULL), 0);
	assert_int_equal(store_create(&store, "c1", &first, NULL), 0);
	assert_int_equal(store_find(&store, "c1", false, &second, NULL), 0);
	assert_int_equal(second.lock, -1);
	store_unlock(&first);
	assert_int_equal(first.lock, -1);
	assert_true(first.fd >= 0);
	assert_int_equal(store_find(&store, "c1", false, &third, NULL), 0);
	assert_true(third.lock >= 0);
}

static void pause_ms(long ms)
{
	struct timespec pause = { .tv_nsec = ms * 1000000 };

	(void)nanosleep(&pause, NULL);
}

/* Runs in a child: holds the lock for a moment, then does what the parent waits out. */
static void hold_and_leave(int ready, bool remove)
{
	auto_store store = STORE_NULL;
	auto_store_entry entry = STORE_ENTRY_NULL;
	int failed = store_open("root", false, &store, NULL) < 0 ||
		     store_find(&store, "c1", true, &entry, NULL) < 0 || write(ready, "", 1) != 1;

	pause_ms(100);
	if (!failed && remove)
		failed = store_remove(&store, &entry, NULL) < 0;
	/* No unlock: the kernel lets go when the process ends. */
	_exit(failed);
}

/* Looks for c1 while a child holds it. Returns what store_find() returned. */
static int find_while_held(const struct store *store, bool remove, struct error *err)
{
	auto_store_entry entry = STORE_ENTRY_NULL;
	int ready[2];
	int status;
	int found;
	pid_t child;
	char byte;

	assert_int_equal(pipe(ready), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0)
		hold_and_leave(ready[1], remove);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	found = store_find(store, "c1", true, &entry, err);
	if (found == 0)
		assert_true(entry.lock >= 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	close(ready[0]);
	close(ready[1]);
	return found;
}

static void who_waits_gets_the_lock_of_a_dead_holder(void **state)
{
	auto_store store = STORE_NULL;
	struct error err = ERROR_INIT;

	(void)state;
	assert_int_equal(store_open("root", true, &store, NULL), 0);
	assert_int_equal(mkdir("root/c1", 0700), 0);
	assert_int_equal(find_while_held(&store, false, &err), 0);
}

static void who_waited_for_a_delete_finds_nothing(void **state)
{
	auto_store store = STORE_NULL;
	struct error err = ERROR_INIT;

	(void)state;
	assert_int_equal(store_open("root", true, &store, NULL), 0);
	assert_int_equal(mkdir("root/c1", 0700), 0);
	assert_int_equal(find_while_held(&store, true, &err), -1);
	assert_int_equal(err.errnum, ENOENT);
	assert_message(&err, "does not exist");
}

#define store_test(function) \
	cmocka_unit_test_setup_teardown(function, enter_scratch, leave_scratch)

int main(void)
{
	const struct CMUnitTest tests[] = {
		store_test(a_relative_root_is_made_below_the_current_directory),
		store_test(one_directory_has_one_spelling),
		store_test(a_root_that_others_may_enter_is_refused),
		store_test(a_root_of_another_user_is_refused),
		store_test(a_root_that_is_a_link_or_a_file_is_refused),
		store_test(a_missing_root_is_an_error_when_it_was_given),
		store_test(ids_are_names_and_nothing_else),
		store_test(an_id_is_taken_once),
		store_test(an_unknown_container_does_not_exist),
		store_test(what_is_saved_is_loaded),
		store_test(a_damaged_state_is_an_error_and_not_a_crash),
		store_test(what_a_container_was_made_from_is_kept_as_it_was),
		store_test(what_a_container_was_made_from_is_written_once),
		store_test(what_a_container_was_made_from_is_judged_by_later),
		store_test(updated_limits_take_the_place_of_those_of_the_configuration),
		store_test(what_a_container_was_made_from_is_not_guessed),
		store_test(remove_takes_files_sockets_and_empty_directories),
		store_test(remove_does_not_empty_what_it_did_not_make),
		store_test(remove_leaves_a_new_container_of_the_same_name),
		store_test(list_is_in_byte_order_and_has_containers_only),
		store_test(a_list_may_be_long),
		store_test(an_entry_in_use_is_opened_without_the_lock),
		store_test(who_waits_gets_the_lock_of_a_dead_holder),
		store_test(who_waited_for_a_delete_finds_nothing),
	};

	umask(077);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

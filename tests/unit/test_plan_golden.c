/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * Runs the folders of tests/plan/. Each is a container that is planned, and
 * what the plan must be; tests/plan/README.md says what the files hold. Folders
 * named item_ID_MODE and field_PATH are counted: a rule or a field without one
 * fails here.
 *
 * With ORLOP_UPDATE_GOLDEN=1 set, plan.json and refusal.txt are written anew
 * where they are there already.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/text.h"
#include "plan/plan.h"

#define FILE_MAX ((size_t)4 << 20)
#define CASES_MAX 2048

struct folder {
	char *name;
	char *path;
};

static struct folder folders[CASES_MAX];
static size_t folder_count;
static struct CMUnitTest tests[CASES_MAX + 3];

static const char *source_directory(void)
{
	const char *source = getenv("ORLOP_SOURCE");

	return source ? source : ".";
}

/* The text of a file of a folder, or NULL when it is not there. */
static char *read_text(const struct folder *folder, const char *name, size_t *size)
{
	char path[4096];
	char *text = NULL;
	struct error err = ERROR_INIT;

	(void)snprintf(path, sizeof(path), "%s/%s", folder->path, name);
	if (access(path, F_OK) != 0)
		return NULL;
	if (fd_read_file(AT_FDCWD, path, FILE_MAX, &text, size, &err) < 0)
		fail_msg("%s", err.message);
	return text;
}

static json_t *read_json(const struct folder *folder, const char *name)
{
	json_error_t problem;
	char *text = read_text(folder, name, NULL);
	json_t *json;

	if (!text)
		return NULL;
	json = json_loads(text, JSON_REJECT_DUPLICATES, &problem);
	free(text);
	if (!json)
		fail_msg("%s/%s:%d: %s", folder->name, name, problem.line, problem.text);
	return json;
}

static void write_text(const struct folder *folder, const char *name, const char *text)
{
	char path[4096];
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s/%s", folder->path, name);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

/* ---- inputs */

static void take_bool(const json_t *json, const char *key, bool *out)
{
	const json_t *value = json_object_get(json, key);

	if (value)
		*out = json_is_true(value);
}

static void take_number(const json_t *json, const char *key, uint64_t *out)
{
	const json_t *value = json_object_get(json, key);

	if (value)
		*out = (uint64_t)json_integer_value(value);
}

static void take_unsigned(const json_t *json, const char *key, unsigned int *out)
{
	uint64_t value = *out;

	take_number(json, key, &value);
	*out = (unsigned int)value;
}

static void take_caller(const json_t *json, enum host_caller *out)
{
	static const char *const names[] = {
		[HOST_CALLER_ROOT] = "root",
		[HOST_CALLER_MAPPED_ROOT] = "mapped-root",
		[HOST_CALLER_USER] = "user",
	};
	const json_t *value = json_object_get(json, "caller");

	for (size_t i = 0; value && i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(names[i], json_string_value(value)) == 0)
			*out = (enum host_caller)i;
}

static void take_ids(const json_t *json, struct host_ids *out)
{
	const json_t *range;
	size_t i;

	json_array_foreach(json_object_get(json, "ids"), i, range)
		out->ranges[out->count++] = (struct host_range){
			.first = (uint32_t)json_integer_value(json_array_get(range, 0)),
			.size = (uint32_t)json_integer_value(json_array_get(range, 1)) };
}

static unsigned int controller_bits(const json_t *names)
{
	unsigned int bits = 0;
	const json_t *name;
	size_t i;

	json_array_foreach(names, i, name) {
		for (unsigned int bit = 1; host_controller_name(bit); bit <<= 1) {
			if (strcmp(host_controller_name(bit), json_string_value(name)) == 0)
				bits |= bit;
		}
	}
	return bits;
}

/* A host that has everything, AppArmor for its security module. */
static void read_host(const struct folder *folder, struct host *host)
{
	json_t *json = read_json(folder, "host.json");

	*host = (struct host){
		.kernel_major = 6, .kernel_minor = 12, .kernel_release = "6.12.0",
		.memory_bytes = (uint64_t)8 << 30, .last_capability = 40,
		.cgroup_mount = "/sys/fs/cgroup",
		.controllers = HOST_CPUSET | HOST_CPU | HOST_IO | HOST_MEMORY | HOST_HUGETLB |
			       HOST_PIDS | HOST_RDMA | HOST_MISC,
		.apparmor = true, .apparmor_default = true, .landlock_abi = 6,
		.memfd_noexec = true, .time_namespace = true, .ipv6 = true, .page_size = 4096,
		.processors = 2,
	};
	if (!json)
		return;
	take_caller(json, &host->caller);
	take_ids(json, &host->uids);
	host->gids = host->uids;
	take_bool(json, "setgroupsDenied", &host->setgroups_denied);
	take_bool(json, "powerless", &host->powerless);
	take_unsigned(json, "uid", &host->uid);
	take_unsigned(json, "gid", &host->gid);
	if (json_object_get(json, "userManager"))
		(void)snprintf(host->user_manager, sizeof(host->user_manager), "%s",
			       json_string_value(json_object_get(json, "userManager")));
	take_number(json, "memory", &host->memory_bytes);
	take_unsigned(json, "lastCapability", &host->last_capability);
	take_bool(json, "apparmor", &host->apparmor);
	take_bool(json, "apparmorDefault", &host->apparmor_default);
	take_bool(json, "selinux", &host->selinux);
	take_unsigned(json, "landlock", &host->landlock_abi);
	take_bool(json, "memfdNoexec", &host->memfd_noexec);
	take_bool(json, "ipv6", &host->ipv6);
	take_bool(json, "timeNamespace", &host->time_namespace);
	take_unsigned(json, "processors", &host->processors);
	if (json_object_get(json, "controllers"))
		host->controllers = controller_bits(json_object_get(json, "controllers"));
	if (json_object_get(json, "cgroupMount"))
		(void)snprintf(host->cgroup_mount, sizeof(host->cgroup_mount), "%s",
			       json_string_value(json_object_get(json, "cgroupMount")));
	if (json_object_get(json, "joinedOwner"))
		(void)snprintf(host->joined_owner, sizeof(host->joined_owner), "%s",
			       json_string_value(json_object_get(json, "joinedOwner")));
	if (json_object_get(json, "cgroupBase"))
		(void)snprintf(host->cgroup_base, sizeof(host->cgroup_base), "%s",
			       json_string_value(json_object_get(json, "cgroupBase")));
	json_decref(json);
}

static void read_request(const struct folder *folder, struct plan_request *request)
{
	json_t *json = read_json(folder, "request.json");
	bool disabled = false;
	bool systemd = false;

	*request = (struct plan_request){ .id = "c1", .bundle = "/bundle" };
	take_bool(json, "consoleSocket", &request->console_socket);
	take_bool(json, "foreground", &request->foreground);
	take_bool(json, "noNewKeyring", &request->no_new_keyring);
	take_bool(json, "noPivot", &request->no_pivot);
	take_unsigned(json, "listenFds", &request->listen_fds);
	take_bool(json, "cgroupDisabled", &disabled);
	take_bool(json, "cgroupSystemd", &systemd);
	request->cgroup_manager = disabled ? PLAN_NO_CGROUP : systemd ? PLAN_SYSTEMD : PLAN_CGROUPFS;
	take_unsigned(json, "preserveFds", &request->preserve_fds);
	json_decref(json);
}

static void read_policy(const struct folder *folder, struct policy *policy)
{
	char *name = read_text(folder, "policy", NULL);
	size_t size = 0;
	char *site = read_text(folder, "policy.json", &size);
	struct error err = ERROR_INIT;

	if (name)
		name[strcspn(name, "\n")] = '\0';
	if (policy_load(name, site, size, "policy.json", policy, &err) < 0)
		fail_msg("%s: %s", folder->name, err.message);
	free(name);
	free(site);
}

/* ---- looking into the plan */

static bool is_member(const json_t *item, const char *key, const char *value)
{
	const json_t *member = json_object_get(item, key);
	char number[32];

	if (json_is_string(member))
		return strcmp(json_string_value(member), value) == 0;
	if (!json_is_integer(member))
		return false;
	(void)snprintf(number, sizeof(number), "%lld", (long long)json_integer_value(member));
	return strcmp(number, value) == 0;
}

/* The first item of an array whose member KEY is VALUE, for "KEY=VALUE". */
static json_t *select_item(const json_t *array, char *step)
{
	char *value = strchr(step, '=');
	json_t *item;
	size_t i;

	if (!value)
		return json_array_get(array, strtoul(step, NULL, 10));
	*value++ = '\0';
	json_array_foreach(array, i, item) {
		if (is_member(item, step, value))
			return item;
	}
	return NULL;
}

/* Takes "~1" and "~0" back, in place. */
static void unescape(char *step)
{
	char *to = step;

	for (const char *from = step; *from; from++) {
		if (from[0] == '~' && (from[1] == '0' || from[1] == '1')) {
			*to++ = from[1] == '1' ? '/' : '~';
			from++;
		} else {
			*to++ = *from;
		}
	}
	*to = '\0';
}

/* What a pointer leads to, a new reference; JSON null for nothing. "#" is the size of an array. */
static json_t *look_up(json_t *root, const char *pointer)
{
	char copy[1024];
	char *rest = copy;
	json_t *at = root;

	(void)snprintf(copy, sizeof(copy), "%s", pointer);
	assert_int_equal(copy[0], '/');
	rest++;
	while (rest && at) {
		char *step = strsep(&rest, "/");

		unescape(step);
		if (json_is_array(at) && strcmp(step, "#") == 0)
			return json_integer((json_int_t)json_array_size(at));
		at = json_is_array(at) ? select_item(at, step) : json_object_get(at, step);
	}
	return at ? json_incref(at) : json_null();
}

static void expect_values(const struct folder *folder, json_t *expected, json_t *plan)
{
	const char *pointer;
	json_t *value;

	assert_true(json_object_size(expected) > 0);
	json_object_foreach(expected, pointer, value) {
		json_t *found = look_up(plan, pointer);
		char *want = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
		char *have = json_dumps(found, JSON_ENCODE_ANY | JSON_COMPACT);

		if (!json_equal(found, value))
			fail_msg("%s: %s is %s, expected %s", folder->name, pointer, have, want);
		free(want);
		free(have);
		json_decref(found);
	}
}

static void expect_text(const struct folder *folder, const char *name, const char *text)
{
	char *golden = read_text(folder, name, NULL);

	if (!golden)
		return;
	if (getenv("ORLOP_UPDATE_GOLDEN"))
		write_text(folder, name, text);
	else if (strcmp(golden, text) != 0)
		fail_msg("%s/%s differs; the plan is:\n%s", folder->name, name, text);
	free(golden);
}

static bool has_file(const struct folder *folder, const char *name)
{
	char path[4096];

	(void)snprintf(path, sizeof(path), "%s/%s", folder->path, name);
	return access(path, F_OK) == 0;
}

static void check_plan(const struct folder *folder, const struct plan *plan)
{
	auto_text text = TEXT_INIT(FILE_MAX);
	json_t *expected = read_json(folder, "expect.json");
	json_t *explained;

	if (has_file(folder, "refusal.txt"))
		fail_msg("%s: is planned, but should have been refused", folder->name);
	plan_explain(plan, &text);
	assert_false(text.truncated);
	explained = json_loads(text_string(&text), JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(explained);
	if (!expected && !has_file(folder, "plan.json"))
		fail_msg("%s: expects nothing", folder->name);
	if (expected)
		expect_values(folder, expected, explained);
	expect_text(folder, "plan.json", text_string(&text));
	json_decref(explained);
	json_decref(expected);
}

/* Engines read these in a message as the failure of the container's own program. */
static void check_words(const struct folder *folder, const char *message)
{
	static const char *const words[] = {
		"permission denied", "operation not permitted", "no such file or directory",
		"not found",
	};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (strcasestr(message, words[i]))
			fail_msg("%s: '%s' says '%s'", folder->name, message, words[i]);
	}
}

static void check_refusal(const struct folder *folder, const struct error *err)
{
	static const char *const kinds[] = {
		[ERROR_NONE] = "none", [ERROR_USAGE] = "usage", [ERROR_SPEC] = "spec",
		[ERROR_POLICY] = "policy", [ERROR_STATE] = "state", [ERROR_HOST] = "host",
		[ERROR_HOOK] = "hook", [ERROR_SYSTEM] = "system",
	};
	auto_text text = TEXT_INIT(FILE_MAX);

	if (!has_file(folder, "refusal.txt"))
		fail_msg("%s: is refused: %s", folder->name, err->message);
	check_words(folder, err->message);
	text_appendf(&text, "%s\n%s\n", kinds[err->kind], err->message);
	expect_text(folder, "refusal.txt", text_string(&text));
}

static void a_folder_holds(void **state)
{
	const struct folder *folder = *state;
	auto_spec spec = SPEC_NULL;
	auto_policy policy = { 0 };
	auto_plan plan = { 0 };
	struct plan_request request;
	struct host host;
	struct error err = ERROR_INIT;
	size_t size = 0;
	char *config = read_text(folder, "config.json", &size);
	int result;

	if (!config)
		fail_msg("%s: has no config.json", folder->name);
	read_policy(folder, &policy);
	read_host(folder, &host);
	read_request(folder, &request);
	result = spec_read(config, size, &spec, &err);
	if (result == 0)
		result = plan_build(&spec, &policy, &host, &request, &plan, &err);
	free(config);
	if (result == 0)
		check_plan(folder, &plan);
	else
		check_refusal(folder, &err);
}

/* ---- counting */

static const struct folder *find_folder(const char *name)
{
	for (size_t i = 0; i < folder_count; i++) {
		if (strcmp(folders[i].name, name) == 0)
			return &folders[i];
	}
	return NULL;
}

static void every_rule_has_a_folder_for_each_mode(void **state)
{
	unsigned int missing = 0;

	(void)state;
	for (int item = 0; item < POLICY_ITEMS; item++) {
		for (int mode = POLICY_OFF; mode <= POLICY_ENFORCE; mode++) {
			const char *mode_name = policy_mode_name((enum policy_mode)mode);
			const struct folder *folder;
			auto_policy policy = { 0 };
			char name[128];

			(void)snprintf(name, sizeof(name), "item_%s_%s",
				       policy_item_id((enum policy_item)item), mode_name);
			folder = find_folder(name);
			if (!folder) {
				print_error("missing: tests/plan/%s\n", name);
				missing++;
				continue;
			}
			read_policy(folder, &policy);
			if (policy.modes[item] != (enum policy_mode)mode)
				fail_msg("%s: the policy has the rule at '%s'", name,
					 policy_mode_name(policy.modes[item]));
		}
	}
	assert_int_equal(missing, 0);
}

/* Whether a field is in a configuration; arrays and maps with free keys are looked into. */
static bool has_field(json_t *json, const char *path)
{
	const char *key;
	json_t *value;
	size_t i;
	char name[128];
	const char *rest = strchr(path, '.');

	json_array_foreach(json, i, value) {
		if (has_field(value, path))
			return true;
	}
	if (!json_is_object(json))
		return false;
	(void)snprintf(name, sizeof(name), "%.*s",
		       (int)(rest ? rest - path : (ptrdiff_t)strlen(path)), path);
	value = json_object_get(json, name);
	if (value)
		return !rest || has_field(value, rest + 1);
	json_object_foreach(json, key, value) {
		if (json_is_object(value) && has_field(value, path))
			return true;
	}
	return false;
}

static void every_field_has_a_folder(void **state)
{
	struct folder top = { .name = (char *)"tests/plan", .path = *state };
	char *list = read_text(&top, "fields.txt", NULL);
	char *rest = list;
	unsigned int missing = 0;
	unsigned int seen = 0;

	assert_non_null(list);
	for (char *line = strsep(&rest, "\n"); line; line = strsep(&rest, "\n")) {
		const struct folder *folder;
		char name[256];
		json_t *config;

		if (line[0] == '\0' || line[0] == '#')
			continue;
		seen++;
		(void)snprintf(name, sizeof(name), "field_%s", line);
		folder = find_folder(name);
		if (!folder) {
			print_error("missing: tests/plan/%s\n", name);
			missing++;
			continue;
		}
		config = read_json(folder, "config.json");
		if (!has_field(config, line))
			fail_msg("%s: the configuration does not have the field", name);
		json_decref(config);
	}
	free(list);
	assert_int_equal(missing, 0);
	assert_true(seen > 150);
}

static void no_folder_names_what_is_not_there(void **state)
{
	(void)state;
	for (size_t i = 0; i < folder_count; i++) {
		const char *name = folders[i].name;
		bool known = strncmp(name, "item_", 5) != 0;

		for (int item = 0; item < POLICY_ITEMS && !known; item++) {
			const char *id = policy_item_id((enum policy_item)item);

			known = strncmp(name + 5, id, strlen(id)) == 0 &&
				name[5 + strlen(id)] == '_';
		}
		if (!known)
			fail_msg("%s: there is no such rule", name);
	}
}

static int compare_folders(const void *a, const void *b)
{
	return strcmp(((const struct folder *)a)->name, ((const struct folder *)b)->name);
}

static void list_folders(const char *top)
{
	DIR *directory = opendir(top);
	struct dirent *entry;

	if (!directory) {
		(void)fprintf(stderr, "cannot read %s\n", top);
		exit(1);
	}
	while ((entry = readdir(directory))) {
		struct folder *folder = &folders[folder_count];
		struct stat status;

		if (entry->d_name[0] == '.')
			continue;
		if (asprintf(&folder->path, "%s/%s", top, entry->d_name) < 0)
			abort();
		if (stat(folder->path, &status) < 0 || !S_ISDIR(status.st_mode)) {
			free(folder->path);
			continue;
		}
		folder->name = strdup(entry->d_name);
		if (!folder->name || ++folder_count == CASES_MAX)
			abort();
	}
	(void)closedir(directory);
	qsort(folders, folder_count, sizeof(folders[0]), compare_folders);
}

int main(void)
{
	char top[4096];
	size_t count = 0;
	int result;

	(void)snprintf(top, sizeof(top), "%s/tests/plan", source_directory());
	list_folders(top);
	for (size_t i = 0; i < folder_count; i++) {
		tests[count++] = (struct CMUnitTest){
			.name = folders[i].name,
			.test_func = a_folder_holds,
			.initial_state = &folders[i],
		};
	}
	tests[count++] = (struct CMUnitTest)cmocka_unit_test(every_rule_has_a_folder_for_each_mode);
	tests[count++] =
		(struct CMUnitTest)cmocka_unit_test_prestate(every_field_has_a_folder, top);
	tests[count++] = (struct CMUnitTest)cmocka_unit_test(no_folder_names_what_is_not_there);
	result = _cmocka_run_group_tests("plan", tests, count, NULL, NULL);
	for (size_t i = 0; i < folder_count; i++) {
		free(folders[i].name);
		free(folders[i].path);
	}
	return result;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "state/record.h"

static struct spec_pair annotations[] = {
	{ "org.example.key", "value" },
	{ "", "a \"quoted\"\nline" },
};

static const struct record full = {
	.version = RECORD_VERSION,
	.phase = RECORD_STARTED,
	.oci_version = "1.3.0",
	.id = "c1",
	.bundle = "/run/bundle with \"quotes\"",
	.rootfs = "/run/bundle/rootfs",
	.created = "2026-01-02T03:04:05.000000006Z",
	.owner = UINT32_MAX - 1,
	.policy = "hardened",
	.policy_file = "/etc/orlop/policy.json",
	.overlay_upper = "/var/lib/engine/overlay/ID",
	.hooks = true,
	.cgroup_mount = "/sys/fs/cgroup",
	.cgroup_path = "/system.slice/docker-c1.scope",
	.cgroup_unit = "docker-c1.scope",
	.cgroup_made = true,
	.range_first = 524288,
	.range_count = 65536,
	.pid = INT_MAX,
	.pid_start = UINT64_MAX,
	.own_pid_namespace = true,
	.filters = 2,
	.apparmor = "orlop-default",
	.annotations = { ARRAY_SIZE(annotations), annotations },
};

/* What a record of intent has: most of it is still nothing. */
static const struct record sparse = {
	.version = RECORD_VERSION,
	.phase = RECORD_CREATING,
	.oci_version = "1.3.0",
	.id = "c2",
	.bundle = "/b",
	.rootfs = "/b/rootfs",
	.created = "2026-01-02T03:04:05.000000006Z",
	.policy = "oci",
};

static char *write_record(const struct record *record, size_t *size)
{
	auto_text text = TEXT_INIT(65536);
	char *bytes = NULL;

	record_write(record, &text);
	assert_int_equal(text_finish(&text, &bytes, size, NULL), 0);
	return bytes;
}

static void assert_same_text(const char *a, const char *b)
{
	assert_int_equal(a != NULL, b != NULL);
	if (a)
		assert_string_equal(a, b);
}

static void assert_same(const struct record *a, const struct record *b)
{
	assert_int_equal(a->version, b->version);
	assert_int_equal(a->phase, b->phase);
	assert_same_text(a->oci_version, b->oci_version);
	assert_same_text(a->id, b->id);
	assert_same_text(a->bundle, b->bundle);
	assert_same_text(a->rootfs, b->rootfs);
	assert_same_text(a->created, b->created);
	assert_int_equal(a->owner, b->owner);
	assert_same_text(a->policy, b->policy);
	assert_same_text(a->policy_file, b->policy_file);
	assert_same_text(a->overlay_upper, b->overlay_upper);
	assert_int_equal(a->hooks, b->hooks);
	assert_same_text(a->cgroup_mount, b->cgroup_mount);
	assert_same_text(a->cgroup_path, b->cgroup_path);
	assert_same_text(a->cgroup_unit, b->cgroup_unit);
	assert_int_equal(a->cgroup_made, b->cgroup_made);
	assert_int_equal(a->range_first, b->range_first);
	assert_int_equal(a->range_count, b->range_count);
	assert_int_equal(a->pid, b->pid);
	assert_true(a->pid_start == b->pid_start);
	assert_int_equal(a->own_pid_namespace, b->own_pid_namespace);
	assert_int_equal(a->filters, b->filters);
	assert_same_text(a->apparmor, b->apparmor);
	assert_same_text(a->selinux, b->selinux);
	assert_int_equal(a->annotations.count, b->annotations.count);
	for (size_t i = 0; i < a->annotations.count; i++) {
		assert_string_equal(a->annotations.items[i].key, b->annotations.items[i].key);
		assert_string_equal(a->annotations.items[i].value, b->annotations.items[i].value);
	}
}

static void what_is_written_is_read_back(void **state)
{
	const struct record *const records[] = { &full, &sparse };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(records); i++) {
		auto_free char *bytes = NULL;
		auto_record got = { .version = 0 };
		struct error err = ERROR_INIT;
		size_t size = 0;

		bytes = write_record(records[i], &size);
		if (record_read(bytes, size, &got, &err) < 0)
			fail_msg("%s", err.message);
		assert_same(&got, records[i]);
	}
}

static void a_text_cut_anywhere_is_refused(void **state)
{
	auto_free char *bytes = NULL;
	size_t size = 0;

	(void)state;
	bytes = write_record(&full, &size);
	/* The last two bytes are the bracket that ends it, and a newline. */
	for (size_t cut = 0; cut < size - 1; cut++) {
		auto_free char *copy = malloc(cut + 1);
		struct record got = { .version = 7 };
		struct error err = ERROR_INIT;

		assert_non_null(copy);
		memcpy(copy, bytes, cut);
		assert_int_equal(record_read(copy, cut, &got, &err), -1);
		assert_int_equal(err.kind, ERROR_STATE);
		assert_int_equal(got.version, 7);
	}
}

/* Replaces the first @from in the text of the full record by @to and reads that. */
static int read_changed(const char *from, const char *to, struct error *err)
{
	auto_free char *bytes = NULL;
	auto_text changed = TEXT_INIT(65536);
	auto_record got = { .version = 0 };
	size_t size = 0;
	char *place;

	bytes = write_record(&full, &size);
	place = strstr(bytes, from);
	assert_non_null(place);
	text_append_bytes(&changed, bytes, (size_t)(place - bytes));
	text_append(&changed, to);
	text_append(&changed, place + strlen(from));
	return record_read(text_string(&changed), changed.size, &got, err);
}

static void what_is_not_of_this_format_is_refused(void **state)
{
	static const struct {
		const char *from, *to, *message;
	} cases[] = {
		{ "\"version\": 1", "\"version\": 2", "a later version of orlop wrote it: its format is 2" },
		{ "\"version\": 1", "\"version\": 0", "/version: another version" },
		{ "\"version\": 1", "\"version\": \"1\"", "/version" },
		{ "\"version\": 1,", "", "version" },
		{ "\"started\"", "\"flying\"", "/phase" },
		{ "\"id\": \"c1\",", "", "id" },
		{ "\"pid\": 2147483647", "\"pid\": 2147483648", "/pid" },
		{ "\"pid\": 2147483647", "\"pid\": -1", "/pid" },
		{ "\"/system.slice/docker-c1.scope\"", "\"docker/c1\"", "/cgroupPath" },
		{ "\"rangeFirst\": 524288", "\"rangeFirst\": 4294967295", "/rangeCount" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct error err = ERROR_INIT;

		assert_int_equal(read_changed(cases[i].from, cases[i].to, &err), -1);
		assert_int_equal(err.kind, ERROR_STATE);
		if (!strstr(err.message, cases[i].message))
			fail_msg("'%s' is not in '%s'", cases[i].message, err.message);
	}
}

static void a_record_can_be_freed_twice(void **state)
{
	auto_free char *bytes = NULL;
	struct record got = { .version = 0 };
	size_t size = 0;

	(void)state;
	bytes = write_record(&full, &size);
	assert_int_equal(record_read(bytes, size, &got, NULL), 0);
	record_free(&got);
	record_free(&got);
	assert_null(got.id);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_is_read_back),
		cmocka_unit_test(a_text_cut_anywhere_is_refused),
		cmocka_unit_test(what_is_not_of_this_format_is_refused),
		cmocka_unit_test(a_record_can_be_freed_twice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "kernel/mountinfo.h"

static const char sample[] =
	"22 1 254:1 / / rw,relatime shared:1 - ext4 /dev/vda1 rw,errors=remount-ro\n"
	"23 22 0:5 / /dev rw,nosuid shared:2 master:7 propagate_from:3 unbindable - devtmpfs udev "
	"rw\n"
	"24 22 0:21 /a\\040b /mnt/with\\040space\\011tab\\134back\\043hash rw - tmpfs "
	"tmp\\040fs rw\n"
	"18446744073709551615 24 4294967295:0 / /x rw - tmpfs  rw,size=4k\n"
	"25 22 0:22 /../.. /y rw - fuse.sshfs host:/path rw extra fields\n";

static void a_file_is_read_field_by_field(void **state)
{
	auto_arena arena = ARENA_INIT;
	struct mountinfo info = { 0 };
	const struct mountinfo_entry *entry;

	(void)state;
	assert_int_equal(mountinfo_parse(&arena, sample, strlen(sample), &info, NULL), 0);
	assert_int_equal(info.count, 5);

	entry = mountinfo_find(&info, 22);
	assert_ptr_equal(entry, &info.entries[0]);
	assert_int_equal(entry->parent_id, 1);
	assert_int_equal(entry->dev_major, 254);
	assert_int_equal(entry->dev_minor, 1);
	assert_string_equal(entry->root, "/");
	assert_string_equal(entry->target, "/");
	assert_string_equal(entry->options, "rw,relatime");
	assert_string_equal(entry->propagation, "shared:1");
	assert_string_equal(entry->type, "ext4");
	assert_string_equal(entry->source, "/dev/vda1");
	assert_string_equal(entry->super_options, "rw,errors=remount-ro");

	assert_string_equal(mountinfo_find(&info, 23)->propagation,
			    "shared:2 master:7 propagate_from:3 unbindable");

	entry = mountinfo_find(&info, 24);
	assert_string_equal(entry->root, "/a b");
	assert_string_equal(entry->target, "/mnt/with space\ttab\\back#hash");
	assert_string_equal(entry->propagation, "");
	assert_string_equal(entry->source, "tmp fs");

	entry = mountinfo_find(&info, UINT64_MAX);
	assert_int_equal(entry->dev_major, 4294967295u);
	assert_string_equal(entry->source, "");
	assert_string_equal(entry->super_options, "rw,size=4k");

	assert_string_equal(mountinfo_find(&info, 25)->super_options, "rw");
	assert_null(mountinfo_find(&info, 26));
}

static void the_last_newline_may_be_missing(void **state)
{
	auto_arena arena = ARENA_INIT;
	struct mountinfo info = { 0 };

	(void)state;
	assert_int_equal(mountinfo_parse(&arena, sample, strlen(sample) - 1, &info, NULL), 0);
	assert_int_equal(info.count, 5);
	assert_int_equal(mountinfo_parse(&arena, "", 0, &info, NULL), 0);
	assert_int_equal(info.count, 0);
	assert_null(mountinfo_find(&info, 22));
}

static void anything_else_is_refused_and_touches_nothing(void **state)
{
	static const char *const lines[] = {
		"\n",
		" \n",
		"22\n",
		"22 1 254:1 / / rw shared:1\n",
		"22 1 254:1 / / rw - ext4 /dev/vda1\n",
		"22 1 254:1 / / rw shared:1 ext4 /dev/vda1 rw\n",
		"x 1 254:1 / / rw - ext4 a rw\n",
		"-22 1 254:1 / / rw - ext4 a rw\n",
		"18446744073709551616 1 254:1 / / rw - ext4 a rw\n",
		"22 1 254 / / rw - ext4 a rw\n",
		"22 1 254: / / rw - ext4 a rw\n",
		"22 1 4294967296:1 / / rw - ext4 a rw\n",
		"22 1 254:1 /\\04 / rw - ext4 a rw\n",
		"22 1 254:1 /\\ / rw - ext4 a rw\n",
		"22 1 254:1 /\\000 / rw - ext4 a rw\n",
		"22 1 254:1 /\\400 / rw - ext4 a rw\n",
		"22 1 254:1 /\\089 / rw - ext4 a rw\n",
		"22  1 254:1 / / rw - ext4 a rw\n",
		"22 1 254:1 / / rw - ext4 a\\04",
		"22 1 254:1 / / rw - ext4 a\\",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		auto_arena arena = ARENA_INIT;
		struct mountinfo info = { .count = 77 };
		struct error err = ERROR_INIT;
		/* On the heap, without a NUL, so that a step too far is seen by the sanitizer. */
		size_t size = strlen(lines[i]);
		auto_free char *bytes = malloc(size);

		memcpy(bytes, lines[i], size);
		assert_int_equal(mountinfo_parse(&arena, bytes, size, &info, &err), -1);
		assert_int_equal(err.kind, ERROR_HOST);
		assert_string_equal(err.message, "mountinfo: malformed line 1");
		assert_int_equal(info.count, 77);
	}
}

static void a_nul_byte_is_refused(void **state)
{
	auto_arena arena = ARENA_INIT;
	struct mountinfo info = { 0 };
	char bytes[] = "22 1 254:1 / / rw - ext4 a rw\n";

	(void)state;
	bytes[11] = '\0';
	assert_int_equal(mountinfo_parse(&arena, bytes, sizeof(bytes) - 1, &info, NULL), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_is_read_field_by_field),
		cmocka_unit_test(the_last_newline_may_be_missing),
		cmocka_unit_test(anything_else_is_refused_and_touches_nothing),
		cmocka_unit_test(a_nul_byte_is_refused),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mount.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "kernel/compat.h"
#include "tables/mount_options.h"

#define RDONLY MOUNT_ATTR_RDONLY
#define ATIME  MOUNT_ATTR__ATIME

/* Applies options up to the first NULL; all must be recognized. */
static struct mount_request apply(const char *const options[5])
{
	struct mount_request got = { 0 };

	for (size_t i = 0; i < 5 && options[i]; i++)
		if (!mount_option_apply(&got, options[i]))
			fail_msg("%s is not recognized", options[i]);
	return got;
}

static void every_option_of_the_specification_is_recognized(void **state)
{
	/* config.md "Linux mount options", and rnodev, which only features.md has. */
	static const char *const names[] = {
		"async", "atime", "bind", "defaults", "dev", "diratime", "dirsync", "exec",
		"iversion", "lazytime", "loud", "mand", "noatime", "nodev", "nodiratime", "noexec",
		"noiversion", "nolazytime", "nomand", "norelatime", "nostrictatime", "nosuid",
		"nosymfollow",
		"private", "ratime", "rbind", "rdev", "rdiratime", "relatime", "remount", "rexec",
		"rnoatime", "rnodev", "rnodiratime", "rnoexec", "rnorelatime", "rnostrictatime",
		"rnosuid", "rnosymfollow", "ro", "rprivate", "rrelatime", "rro", "rrw", "rshared",
		"rslave", "rstrictatime", "rsuid", "rsymfollow", "runbindable", "rw", "shared",
		"silent", "slave", "strictatime", "suid", "symfollow", "sync", "tmpcopyup",
		"unbindable", "idmap", "ridmap", "acl", "noacl",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (!mount_option_find(names[i]))
			fail_msg("%s", names[i]);
}

static void names_are_in_order_and_once(void **state)
{
	(void)state;
	for (size_t i = 1; i < mount_option_count; i++)
		if (strcmp(mount_options[i - 1].name, mount_options[i].name) >= 0)
			fail_msg("%s", mount_options[i].name);
}

static void what_belongs_to_the_file_system_is_left_alone(void **state)
{
	static const char *const names[] = {
		"", "RO", "ro ", " ro", "size=65536k", "mode=755", "ro=1", "newinstance",
		"X-mount.mkdir", "x", "idmap=uids=0-1-10", "rbindx",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		struct mount_request got = { 0 };
		static const struct mount_request nothing;

		assert_false(mount_option_apply(&got, names[i]));
		assert_memory_equal(&got, &nothing, sizeof(got));
	}
}

static void comments_ask_for_nothing(void **state)
{
	struct mount_request got = { 0 };
	static const struct mount_request nothing;

	(void)state;
	assert_true(mount_option_apply(&got, "x-systemd.automount"));
	assert_true(mount_option_apply(&got, "defaults"));
	assert_memory_equal(&got, &nothing, sizeof(got));
}

static void later_option_takes_back_what_an_earlier_one_asked(void **state)
{
	static const struct {
		const char *options[5];
		struct mount_attributes self, tree, superblock;
	} cases[] = {
		{ { "ro" }, .self = { .set = RDONLY } },
		{ { "ro", "rw" }, .self = { .clear = RDONLY } },
		{ { "rw", "ro" }, .self = { .set = RDONLY } },
		{ { "ro", "nosuid", "nodev", "rw" },
		  .self = { .set = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV, .clear = RDONLY } },
		{ { "rro", "rw" }, .self = { .clear = RDONLY }, .tree = { .set = RDONLY } },
		{ { "rnosymfollow", "rnoexec", "rexec" },
		  .tree = { .set = MOUNT_ATTR_NOSYMFOLLOW, .clear = MOUNT_ATTR_NOEXEC } },
		{ { "sync", "lazytime", "async" },
		  .superblock = { .set = MS_LAZYTIME, .clear = MS_SYNCHRONOUS } },
		/* Access time is one field. */
		{ { "noatime" }, .self = { .set = MOUNT_ATTR_NOATIME, .clear = ATIME } },
		{ { "relatime" }, .self = { .clear = ATIME } },
		{ { "strictatime", "noatime" },
		  .self = { .set = MOUNT_ATTR_NOATIME, .clear = ATIME } },
		{ { "noatime", "relatime" }, .self = { .clear = ATIME } },
		{ { "rnoatime", "rstrictatime" },
		  .tree = { .set = MOUNT_ATTR_STRICTATIME, .clear = ATIME } },
		{ { "nodiratime", "noatime" },
		  .self = { .set = MOUNT_ATTR_NOATIME | MOUNT_ATTR_NODIRATIME, .clear = ATIME } },
		/* An opposite undoes its own mode, and leaves another one. */
		{ { "noatime", "atime" }, .self = { .clear = ATIME } },
		{ { "strictatime", "atime" },
		  .self = { .set = MOUNT_ATTR_STRICTATIME, .clear = ATIME } },
		{ { "noatime", "nostrictatime" },
		  .self = { .set = MOUNT_ATTR_NOATIME, .clear = ATIME } },
		{ { "strictatime", "nostrictatime" }, .self = { .clear = ATIME } },
		{ { "noatime", "norelatime" },
		  .self = { .set = MOUNT_ATTR_NOATIME, .clear = ATIME } },
		{ { "relatime", "norelatime" }, .self = { .clear = ATIME } },
		{ { "norelatime" }, .self = { .clear = ATIME } },
		{ { "rnoatime", "ratime" }, .tree = { .clear = ATIME } },
		{ { "noatime", "ratime" }, .self = { .set = MOUNT_ATTR_NOATIME, .clear = ATIME },
		  .tree = { .clear = ATIME } },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct mount_request got = apply(cases[i].options);

		if (memcmp(&got.self, &cases[i].self, sizeof(got.self)) != 0 ||
		    memcmp(&got.tree, &cases[i].tree, sizeof(got.tree)) != 0 ||
		    memcmp(&got.superblock, &cases[i].superblock, sizeof(got.superblock)) != 0)
			fail_msg("case %zu (%s ...): set %#jx clear %#jx", i, cases[i].options[0],
				 (uintmax_t)got.self.set, (uintmax_t)got.self.clear);
	}
}

/* mount_setattr(2): the access-time field is cleared as a whole or not at all. */
static void access_time_is_cleared_whole(void **state)
{
	(void)state;
	for (size_t i = 0; i < mount_option_count; i++) {
		const struct mount_attributes *attrs = &mount_options[i].attrs;
		bool attribute = mount_options[i].part == MOUNT_SELF ||
				 mount_options[i].part == MOUNT_TREE;

		if (attribute && ((attrs->clear | attrs->set) & ATIME))
			assert_true((attrs->clear & ATIME) == ATIME);
	}
}

static void every_recursive_attribute_mirrors_a_plain_one(void **state)
{
	size_t mirrored = 0;

	(void)state;
	for (size_t i = 0; i < mount_option_count; i++) {
		const struct mount_option *tree = &mount_options[i];
		const struct mount_option *self;

		if (tree->part != MOUNT_TREE)
			continue;
		self = mount_option_find(tree->name + 1);
		assert_non_null(self);
		assert_int_equal(self->part, MOUNT_SELF);
		assert_memory_equal(&self->attrs, &tree->attrs, sizeof(self->attrs));
		assert_int_equal(self->takes_back, tree->takes_back);
		assert_true(self->undone == tree->undone);
		mirrored++;
	}
	assert_int_equal(mirrored, 18);
}

static void the_rest_of_a_request(void **state)
{
	static const char *const options[5] = {
		"rbind", "rslave", "ridmap", "tmpcopyup", "remount",
	};
	static const char *const plain[5] = {
		"rbind", "bind", "idmap", "rprivate", "unbindable",
	};
	struct mount_request got = apply(options);

	(void)state;
	assert_true(got.bind && got.bind_recursive);
	assert_true(got.propagation == MS_SLAVE && got.propagation_recursive);
	assert_true(got.idmap && got.idmap_recursive);
	assert_true(got.copy_up && got.remount);

	got = apply(plain);
	assert_true(got.bind && !got.bind_recursive);
	assert_true(got.idmap && !got.idmap_recursive);
	assert_true(got.propagation == MS_UNBINDABLE && !got.propagation_recursive);
}

static void superblock_flags_cover_what_options_set(void **state)
{
	(void)state;
	for (size_t i = 0; i < mount_option_count; i++) {
		const struct mount_option *option = &mount_options[i];
		bool found = option->part != MOUNT_SUPERBLOCK;

		for (size_t j = 0; j < mount_superblock_flag_count; j++) {
			const struct mount_superblock_flag *flag = &mount_superblock_flags[j];
			const char *word = option->attrs.set ? flag->on : flag->off;

			if (flag->flag == (option->attrs.set | option->attrs.clear) && word)
				found |= strcmp(word, option->name) == 0;
		}
		if (!found)
			fail_msg("%s", option->name);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_option_of_the_specification_is_recognized),
		cmocka_unit_test(names_are_in_order_and_once),
		cmocka_unit_test(what_belongs_to_the_file_system_is_left_alone),
		cmocka_unit_test(comments_ask_for_nothing),
		cmocka_unit_test(later_option_takes_back_what_an_earlier_one_asked),
		cmocka_unit_test(access_time_is_cleared_whole),
		cmocka_unit_test(every_recursive_attribute_mirrors_a_plain_one),
		cmocka_unit_test(the_rest_of_a_request),
		cmocka_unit_test(superblock_flags_cover_what_options_set),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

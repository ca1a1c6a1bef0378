/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * The cache of filters, in a directory of the test's own: what is stored comes back, and whatever
 * another could have put there does not. Only root has a cache.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "src/run/seccomp_cache.h"
#include "skip.h"

#define ORDINARY 1000

static const char key[] = "a key\nwith lines\n";
static char above[] = "/tmp/orlop-cache-XXXXXX";
static char place[64];
static char library[64];

static struct sock_filter insns[] = {
	{ .code = BPF_LD | BPF_W | BPF_ABS, .k = 4 },
	{ .code = BPF_RET | BPF_K, .k = 0x7fff0000 },
};

static const struct seccomp_program stored = { .insns = insns, .count = ARRAY_SIZE(insns) };

static void run(const char *command)
{
	char line[512];

	(void)snprintf(line, sizeof(line), "cd %s && %s", place, command);
	assert_int_equal(system(line), 0);
}

static bool load(const char *of)
{
	auto_seccomp_program program = SECCOMP_PROGRAM_INIT;

	if (!seccomp_cache_load(place, of, strlen(of), &program))
		return false;
	assert_int_equal(program.count, stored.count);
	assert_memory_equal(program.insns, insns, sizeof(insns));
	return true;
}

static void store(const char *of)
{
	seccomp_cache_store(place, library, of, strlen(of), &stored);
}

static int set_up(void **state)
{
	(void)state;
	(void)snprintf(above, sizeof(above), "/tmp/orlop-cache-XXXXXX");
	if (mkdtemp(above) == NULL)
		return -1;
	(void)snprintf(place, sizeof(place), "%s/run/seccomp", above);
	(void)snprintf(library, sizeof(library), "%s/library", above);
	return close(open(library, O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
}

static int tear_down(void **state)
{
	char line[128];

	(void)state;
	(void)snprintf(line, sizeof(line), "rm -rf %s", above);
	return system(line) == 0 ? 0 : -1;
}

#define NEED_ROOT()					\
	do {						\
		if (geteuid() != 0)			\
			skip_because("needs root");	\
	} while (0)

static void what_is_stored_comes_back(void **state)
{
	struct stat info;

	(void)state;
	NEED_ROOT();
	assert_false(load(key));
	store(key);
	assert_true(load(key));
	assert_false(load("another key"));
	store("another key");
	assert_true(load("another key"));
	assert_true(load(key));
	store(key);
	assert_true(load(key));
	assert_int_equal(stat(place, &info), 0);
	assert_int_equal(info.st_mode & 07777, 0700);
	run("test $(ls | wc -l) = 2 && test $(stat -c %a * | uniq) = 600");
}

/* One that was replaced, written, touched or removed. */
static void another_library_means_another_filter(void **state)
{
	static const char *const commands[] = {
		"cp ../../library x && mv x ../../library", "echo x >../../library",
		"touch -d 2001-01-01 ../../library", "chmod 600 ../../library",
		"rm ../../library",
	};

	(void)state;
	NEED_ROOT();
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
		store(key);
		assert_true(load(key));
		run(commands[i]);
		if (load(key))
			fail_msg("used after: %s", commands[i]);
	}
	run("rm -rf *");
	store(key);
	assert_false(load(key));
	seccomp_cache_store(place, NULL, key, strlen(key), &stored);
	seccomp_cache_store(place, "library", key, strlen(key), &stored);
	assert_false(load(key));
}

static void without_root_there_is_no_cache(void **state)
{
	int status = 1;
	pid_t child;

	(void)state;
	/* Nothing but the id keeps it from one. */
	assert_int_equal(chmod(above, 0777), 0);
	child = fork();
	if (child == 0) {
		if (geteuid() == 0 && setresuid(ORDINARY, ORDINARY, ORDINARY) < 0)
			_exit(2);
		store(key);
		_exit(load(key) ? 3 : 0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	/* Not even a directory was made: only an empty one goes. */
	assert_int_equal(unlink(library), 0);
	assert_int_equal(rmdir(above), 0);
}

static void a_file_that_is_not_roots_alone_is_not_used(void **state)
{
	static const char *const commands[] = {
		"chmod 0644 *", "chmod 0660 *", "chmod 0400 *", "chmod 04600 *", "chown 1000 *",
		"f=$(ls) && mv $f x && ln -s x $f", "ln $(ls) y",
		"f=$(ls) && rm $f && mkfifo -m 600 $f", "f=$(ls) && rm $f && mkdir -m 600 $f",
	};

	(void)state;
	NEED_ROOT();
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
		store(key);
		assert_true(load(key));
		run(commands[i]);
		if (load(key))
			fail_msg("used after: %s", commands[i]);
		run("rm -rf *");
	}
}

static void a_file_that_is_not_whole_is_not_used(void **state)
{
	static const char *const commands[] = {
		": > $(ls)", "truncate -s -1 $(ls)", "truncate -s -8 $(ls)", "printf x >> $(ls)",
		"printf 'xxxxxxxx' >> $(ls)", "printf X | dd of=$(ls) conv=notrunc status=none",
		/* one byte of the key; its size; the number of instructions */
		"printf A | dd of=$(ls) bs=1 seek=24 conv=notrunc status=none",
		"printf '\\200' | dd of=$(ls) bs=1 seek=8 conv=notrunc status=none",
		"printf '\\377' | dd of=$(ls) bs=1 seek=23 conv=notrunc status=none",
		"printf '\\000' | dd of=$(ls) bs=1 seek=16 conv=notrunc status=none",
	};

	(void)state;
	NEED_ROOT();
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
		store(key);
		run(commands[i]);
		if (load(key))
			fail_msg("used after: %s", commands[i]);
		/* It is replaced. */
		store(key);
		assert_true(load(key));
	}
}

static void a_directory_that_others_may_write_is_not_used(void **state)
{
	static const char *const commands[][2] = {
		{ "chmod 0777 .", "chmod 0700 ." },
		{ "chmod 0720 .", "chmod 0700 ." },
		{ "chown 1000 .", "chown 0 ." },
		{ "chmod 0777 ..", "chmod 0700 .." },
		{ "chown 1000 ..", "chown 0 .." },
		{ "mv ../seccomp ../other && ln -s other ../seccomp",
		  "rm ../seccomp && mv ../other ../seccomp" },
	};

	(void)state;
	NEED_ROOT();
	store(key);
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
		run(commands[i][0]);
		if (load(key))
			fail_msg("used after: %s", commands[i][0]);
		store("another key");
		run(commands[i][1]);
		assert_false(load("another key"));
		assert_true(load(key));
	}
}

static void too_many_files_are_thrown_away(void **state)
{
	(void)state;
	NEED_ROOT();
	store(key);
	run("for i in $(seq 300); do : > f$i; done");
	store("another key");
	run("test $(ls | wc -l) = 1");
	assert_true(load("another key"));
}

static void the_identity_names_program_and_kernel(void **state)
{
	auto_text one = TEXT_INIT(4096);
	auto_text two = TEXT_INIT(4096);

	(void)state;
	assert_true(seccomp_cache_identify(&one));
	assert_true(seccomp_cache_identify(&two));
	assert_string_equal(text_string(&one), text_string(&two));
	assert_true(strcspn(text_string(&one), " ") >= 32);
	assert_non_null(strstr(text_string(&one), " kernel "));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_is_stored_comes_back, set_up, tear_down),
		cmocka_unit_test_setup_teardown(another_library_means_another_filter, set_up, tear_down),
		cmocka_unit_test_setup_teardown(without_root_there_is_no_cache, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_file_that_is_not_roots_alone_is_not_used, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(a_file_that_is_not_whole_is_not_used, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(a_directory_that_others_may_write_is_not_used,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(too_many_files_are_thrown_away, set_up, tear_down),
		cmocka_unit_test(the_identity_names_program_and_kernel),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

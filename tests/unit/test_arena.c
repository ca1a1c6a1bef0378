/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <signal.h>
#include <stdalign.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "base/arena.h"

static void memory_is_zeroed_aligned_and_apart(void **state)
{
	auto_arena arena = ARENA_INIT;
	unsigned char *before = NULL;
	size_t before_size = 0;

	(void)state;
	for (size_t size = 0; size < 3000; size += 7) {
		unsigned char *memory = arena_alloc(&arena, size);

		assert_int_equal((uintptr_t)memory % alignof(max_align_t), 0);
		for (size_t i = 0; i < size; i++)
			assert_int_equal(memory[i], 0);
		memset(memory, 0xaa, size);
		assert_ptr_not_equal(memory, before);
		for (size_t i = 0; i < before_size; i++)
			assert_int_equal(before[i], 0xaa);
		before = memory;
		before_size = size;
	}
}

static void large_requests_get_their_own_room(void **state)
{
	auto_arena arena = ARENA_INIT;
	char *small = arena_strdup(&arena, "small");
	char *large = arena_alloc(&arena, 1 << 20);

	(void)state;
	memset(large, 1, 1 << 20);
	assert_string_equal(small, "small");
	assert_string_equal(arena_strdup(&arena, "more"), "more");
}

static void an_arena_can_be_used_again_after_it_was_freed(void **state)
{
	struct arena arena;

	(void)state;
	arena_init(&arena);
	(void)arena_alloc(&arena, 10);
	arena_free(&arena);
	arena_free(&arena);
	assert_string_equal(arena_strdup(&arena, "again"), "again");
	arena_free(&arena);
	arena_free(NULL);
}

static void strings_are_copied(void **state)
{
	auto_arena arena = ARENA_INIT;
	static const char raw[3] = { 'a', 'b', 'c' };	/* not terminated */

	(void)state;
	assert_null(arena_strdup(&arena, NULL));
	assert_string_equal(arena_strdup(&arena, ""), "");
	assert_string_equal(arena_strndup(&arena, raw, sizeof(raw)), "abc");
	assert_string_equal(arena_strndup(&arena, "ab\0c", 4), "ab");
	assert_string_equal(arena_printf(&arena, "%s-%d", "x", 42), "x-42");
	assert_int_equal(strlen(arena_printf(&arena, "%20000s", "x")), 20000);
}

/* Runs @allocate in a child and tells which signal ended it. */
static int signal_of(void (*allocate)(struct arena *arena))
{
	pid_t child = fork();
	int status;

	if (child == 0) {
		const struct rlimit none = { 0, 0 };
		struct arena arena = ARENA_INIT;
		int null = open("/dev/null", O_WRONLY | O_CLOEXEC);

		(void)setrlimit(RLIMIT_CORE, &none);
		signal(SIGABRT, SIG_DFL);
		(void)dup2(null, 2);
		allocate(&arena);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static void overflow_product(struct arena *arena)
{
	volatile size_t count = SIZE_MAX / 4 + 2;

	(void)arena_array(arena, count, 4);
}

static void overflow_rounding(struct arena *arena)
{
	volatile size_t size = SIZE_MAX - 3;

	(void)arena_alloc(arena, size);
}

static void overflow_header(struct arena *arena)
{
	volatile size_t size = SIZE_MAX - 31;

	(void)arena_alloc(arena, size);
}

static void sizes_that_overflow_abort(void **state)
{
	(void)state;
	assert_int_equal(signal_of(overflow_product), SIGABRT);
	assert_int_equal(signal_of(overflow_rounding), SIGABRT);
	assert_int_equal(signal_of(overflow_header), SIGABRT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_is_zeroed_aligned_and_apart),
		cmocka_unit_test(large_requests_get_their_own_room),
		cmocka_unit_test(an_arena_can_be_used_again_after_it_was_freed),
		cmocka_unit_test(strings_are_copied),
		cmocka_unit_test(sizes_that_overflow_abort),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

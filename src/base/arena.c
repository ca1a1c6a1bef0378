/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */

/*
 * A list of chunks, the newest filled from its start. What does not fit begins a new one, and the
 * room left in the old is given up: a spec or a plan is a few chunks in all. Each is twice as large
 * as the one before: what a short command keeps is some hundred bytes, and each page of a chunk is
 * touched when it is made.
 */
#include "base/arena.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define CHUNK_FIRST ((size_t)1024)
#define CHUNK_LARGEST ((size_t)16 * 1024)

struct arena_chunk {
	struct arena_chunk *next;
	size_t used;
	size_t size;
	alignas(max_align_t) unsigned char data[];
};

void arena_out_of_memory(void)
{
	static const char message[] = "orlop: out of memory\n";

	/* stdio may allocate, so write(2); abort either way. */
	if (write(STDERR_FILENO, message, sizeof(message) - 1) < 0)
		abort();
	abort();
}

static struct arena_chunk *add_chunk(struct arena *arena, size_t size)
{
	struct arena_chunk *chunk;
	size_t total;

	if (__builtin_add_overflow(size, sizeof(*chunk), &total))
		arena_out_of_memory();
	chunk = calloc(1, total);
	if (!chunk)
		arena_out_of_memory();
	chunk->size = size;
	chunk->next = arena->chunks;
	arena->chunks = chunk;
	return chunk;
}

static size_t next_size(const struct arena_chunk *newest)
{
	if (!newest)
		return CHUNK_FIRST;
	return newest->size < CHUNK_LARGEST / 2 ? newest->size * 2 : CHUNK_LARGEST;
}

void arena_init(struct arena *arena)
{
	*arena = (struct arena)ARENA_INIT;
}

void arena_free(struct arena *arena)
{
	struct arena_chunk *chunk;

	if (!arena)
		return;
	while ((chunk = arena->chunks)) {
		arena->chunks = chunk->next;
		free(chunk);
	}
}

void *arena_alloc(struct arena *arena, size_t size)
{
	struct arena_chunk *chunk = arena->chunks;
	size_t rounded;
	void *memory;

	/* One byte at least: two allocations of nothing are still two addresses. */
	if (__builtin_add_overflow(size ? size : 1, alignof(max_align_t) - 1, &rounded))
		arena_out_of_memory();
	rounded &= ~(alignof(max_align_t) - 1);

	if (!chunk || chunk->size - chunk->used < rounded) {
		size_t wanted = next_size(chunk);

		chunk = add_chunk(arena, rounded > wanted ? rounded : wanted);
	}

	memory = chunk->data + chunk->used;
	chunk->used += rounded;
	return memory;
}

void *arena_array(struct arena *arena, size_t count, size_t size)
{
	size_t total;

	if (__builtin_mul_overflow(count, size, &total))
		arena_out_of_memory();
	return arena_alloc(arena, total);
}

char *arena_strdup(struct arena *arena, const char *string)
{
	return string ? arena_strndup(arena, string, strlen(string)) : NULL;
}

char *arena_strndup(struct arena *arena, const char *string, size_t length)
{
	size_t size = strnlen(string, length);
	char *copy = arena_alloc(arena, size + 1);

	memcpy(copy, string, size);
	return copy;
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
	va_list arguments;
	va_list again;
	char *string;
	int length;

	va_start(arguments, format);
	va_copy(again, arguments);
	length = vsnprintf(NULL, 0, format, arguments);
	va_end(arguments);
	if (length < 0)
		arena_out_of_memory();

	string = arena_alloc(arena, (size_t)length + 1);
	(void)vsnprintf(string, (size_t)length + 1, format, again);
	va_end(again);
	return string;
}

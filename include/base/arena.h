/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
#pragma once

/*
 * Many allocations, one owner. A spec or a plan is built in its arena and freed with it, so a
 * half-built value needs no unwinding.
 *
 * Out of memory ends the process: the arena prints one line on standard error and calls
 * abort(3). Callers need no NULL checks. Input sizes are bounded before anything is allocated
 * for them, so this is a host out of memory, not a hostile input.
 */

#include <stddef.h>

#include "base/cleanup.h"

struct arena_chunk;

struct arena {
	struct arena_chunk *chunks;	/* newest first */
};

#define ARENA_INIT { .chunks = NULL }

/**
 * arena_init() - make an arena empty; same as ARENA_INIT
 * @arena: an arena that owns nothing
 */
void arena_init(struct arena *arena);

/**
 * arena_free() - free everything that was allocated from an arena
 * @arena: left empty and usable; NULL is allowed
 */
void arena_free(struct arena *arena);

/**
 * arena_alloc() - allocate zeroed memory, aligned for any type
 * @arena: owns the memory
 * @size:  bytes; 0 gives a valid pointer to nothing
 *
 * Return: never NULL.
 */
void *arena_alloc(struct arena *arena, size_t size)
	__attribute__((malloc, returns_nonnull, alloc_size(2)));

/**
 * arena_array() - allocate a zeroed array; a product that overflows aborts
 * @arena: owns the memory
 * @count: members
 * @size:  bytes of one member
 *
 * Return: never NULL.
 */
void *arena_array(struct arena *arena, size_t count, size_t size)
	__attribute__((malloc, returns_nonnull, alloc_size(2, 3)));

/**
 * arena_strdup() - copy a string
 * @arena:  owns the copy
 * @string: may be NULL
 *
 * Return: the copy, or NULL if @string is NULL.
 */
char *arena_strdup(struct arena *arena, const char *string);

/**
 * arena_strndup() - copy at most @length bytes, up to the first NUL, and terminate them
 * @arena:  owns the copy
 * @string: at least @length bytes, or terminated earlier
 * @length: bytes
 *
 * Return: never NULL.
 */
char *arena_strndup(struct arena *arena, const char *string, size_t length)
	__attribute__((returns_nonnull));

/**
 * arena_printf() - format a string
 * @arena:  owns the string
 * @format: printf format
 *
 * Return: never NULL.
 */
char *arena_printf(struct arena *arena, const char *format, ...)
	__attribute__((returns_nonnull, format(printf, 2, 3)));

/**
 * arena_out_of_memory() - say so in one line on standard error, and abort
 */
void arena_out_of_memory(void) __attribute__((noreturn, cold));

DEFINE_CLEANUP(cleanup_arena, struct arena, arena_free);

/** auto_arena - "auto_arena arena = ARENA_INIT;" */
#define auto_arena __attribute__((cleanup(cleanup_arena))) struct arena

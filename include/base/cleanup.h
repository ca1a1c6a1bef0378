/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
#pragma once

/*
 * Ownership helpers: auto_ owns and releases at the end of the scope, take_ moves out of an
 * owner. Owners start at -1 or NULL. Types with more to release (struct arena, struct text …)
 * define their own auto_ name beside their declaration.
 */

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

/**
 * DEFINE_CLEANUP() - define a cleanup function for a type with a release function
 * @name:    name of the cleanup function to define
 * @type:    the type of the owning variable
 * @release: function or macro called with a pointer to the variable
 *
 * The function defined keeps errno, so that an early return after a failed system call still
 * reports that call.
 */
#define DEFINE_CLEANUP(name, type, release)	\
	static inline void name(type *owner)	\
	{					\
		int saved = errno;		\
						\
		release(owner);			\
		errno = saved;			\
	}					\
	static inline void name(type *owner)

/**
 * cleanup_fd() - close the descriptor an owner holds, if any; keeps errno
 * @fd: the owner; -1 (any negative number) means empty
 *
 * EINTR from close(2) is not retried: on Linux the descriptor is gone either way.
 */
static inline void cleanup_fd(int *fd)
{
	int saved = errno;

	if (*fd >= 0)
		(void)close(*fd);
	errno = saved;
}

/**
 * cleanup_free() - free the memory an owner holds; keeps errno
 * @owner: address of a pointer from malloc(3) or of NULL
 */
static inline void cleanup_free(void *owner)
{
	int saved = errno;

	free(*(void **)owner);
	errno = saved;
}

/** auto_fd - an int that owns a descriptor: "auto_fd file = -1;" */
#define auto_fd   __attribute__((cleanup(cleanup_fd))) int

/** auto_free - a pointer that owns malloc'd memory: "auto_free char *text = NULL;" */
#define auto_free __attribute__((cleanup(cleanup_free)))

/**
 * take_fd() - move a descriptor out of its owner
 * @fd: the owner; left at -1
 *
 * Return: the descriptor, now the caller's to close.
 */
static inline int take_fd(int *fd)
{
	int taken = *fd;

	*fd = -1;
	return taken;
}

/**
 * close_fd() - close an owner's descriptor early; keeps errno
 * @fd: the owner; left at -1
 */
static inline void close_fd(int *fd)
{
	cleanup_fd(fd);
	*fd = -1;
}

/**
 * take_ptr() - move a pointer out of its owner
 * @pointer: an lvalue; left at NULL
 *
 * Evaluates to the pointer, now the caller's to free.
 */
#define take_ptr(pointer) \
	__extension__({ __typeof__(pointer) taken_ = (pointer); (pointer) = NULL; taken_; })

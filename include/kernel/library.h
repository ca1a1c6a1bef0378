/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
#pragma once

/*
 * Libraries that only some calls need are not linked: loading one takes longer than most of what
 * `state` or `kill` do. Each has a file libNAME.h with the functions that are called, and is loaded
 * by libNAME_load() before the first of them.
 *
 * Nothing is loaded once a namespace of a container has been entered: the file might be
 * the container's.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

struct library_function {
	const char *name;
	size_t offset;		/* of the pointer in the table */
};

struct library {
	const char *soname;	/* "libNAME.so.N" */
	const char *purpose;	/* what it is needed for */
	const struct library_function *functions;
	size_t count;
};

/**
 * library_load() - load a library and find its functions
 * @library: which
 * @table:   a struct of function pointers, filled on success
 * @err:     filled on failure
 *
 * It stays loaded.
 *
 * Return: 0, or -1 with ERROR_HOST: it is not installed or lacks a function, or library_end() was
 * called.
 */
int library_load(const struct library *library, void *table, struct error *err);

/** library_end() - refuse every library_load() of this process and its children from now on */
void library_end(void);

/**
 * LIBRARY_NOTE() - tell packagers, in the program's ELF notes, of a library that is loaded
 * @soname: a literal
 *
 * The note of https://systemd.io/ELF_DLOPEN_METADATA/. At file scope.
 */
#define LIBRARY_NOTE(soname)						\
	__asm__(".pushsection .note.dlopen, \"a\", %note\n"		\
		"\t.balign 4\n"						\
		"\t.long 2f - 1f\n"					\
		"\t.long 4f - 3f\n"					\
		"\t.long 0x407c0c0a\n"					\
		"1:\t.asciz \"FDO\"\n"					\
		"2:\t.balign 4\n"					\
		"3:\t.asciz \"[{\\\"soname\\\":[\\\"" soname "\\\"]}]\"\n" \
		"4:\t.balign 4\n"					\
		".popsection\n")

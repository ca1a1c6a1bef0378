/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * Compiled filters on disk, found by all that they depend on. Neither function fails: a cache
 * that cannot be used safely is a cache miss.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"
#include "run/seccomp.h"

/**
 * seccomp_cache_identify() - append what this program and this kernel are
 *
 * The program by its build id: a filter is a function of the code as well. In a program that was
 * linked without one the cache is not to be used.
 *
 * Return: whether the identity is complete.
 */
bool seccomp_cache_identify(struct text *key);

/**
 * seccomp_cache_load() - look a filter up
 * @directory: absolute path, SECCOMP_CACHE_DIRECTORY but for tests
 * @key:       all that the filter depends on
 * @key_size:  in bytes
 * @out:       instructions are set if there is one; flags are left alone
 *
 * Return: whether there is one.
 */
bool seccomp_cache_load(const char *directory, const char *key, size_t key_size,
			struct seccomp_program *out);

/**
 * seccomp_cache_store() - keep a filter; makes the directory if it is missing
 * @library: path of the library that compiled it: once that file is another one the filter is not
 *           used any more. NULL where it is not known: the filter is not kept.
 */
void seccomp_cache_store(const char *directory, const char *library, const char *key,
			 size_t key_size, const struct seccomp_program *program);

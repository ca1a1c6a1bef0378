/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * The host's ps(1), which shows what its user knows to read.
 */
#pragma once

#include <stddef.h>

#include "base/error.h"

/**
 * host_ps_read() - call ps(1) and read what it prints
 * @count: of @words
 * @words: its arguments, lent
 * @out:   set to malloc'd text, the caller's to free
 *
 * The program is that of /usr/bin or /bin. It has an environment of its own, the caller's standard
 * input and standard error, and no other descriptor.
 *
 * Return: 0, or -1 with ERROR_HOST: the host has none, or it failed; or ERROR_SYSTEM.
 */
int host_ps_read(size_t count, char *const *words, char **out, struct error *err);

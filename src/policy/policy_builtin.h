/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * The three built-in policies, as data, and the site file's changes to one.
 */
#pragma once

#include "policy/policy.h"

#define POLICY_BUILTINS 3

/* The pool where the site names none: what systemd reserves for containers. */
#define POLICY_POOL_FIRST 524288u
#define POLICY_POOL_LAST 1879048191u

/* What a call uses when neither --policy nor the site file names another. */
#define POLICY_DEFAULT "hardened"

/* Names are in the order of the rows; the arenas are empty. */
extern const struct policy policy_builtins[POLICY_BUILTINS];

/** policy_builtin_find() - a built-in policy by name, or NULL */
const struct policy *policy_builtin_find(const char *name);

/**
 * policy_merge() - read the site file and put its changes over a built-in policy
 * @name:  what --policy named, or NULL
 * @bytes: the site file's text
 * @size:  its length
 * @file:  its path, for messages
 * @out:   filled on success; strings it points to live in its arena
 *
 * Return: 0, or -1 with ERROR_USAGE or ERROR_POLICY.
 */
int policy_merge(const char *name, const char *bytes, size_t size, const char *file,
		 struct policy *out, struct error *err);

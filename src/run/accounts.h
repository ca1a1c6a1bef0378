/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * Host ids that are spoken for by the host's own files: /etc/passwd, group, subuid
 * and subgid. No NSS.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "policy/policy.h"

struct accounts_span {
	uint64_t first;
	uint64_t last;
};

struct accounts {
	size_t count;
	struct accounts_span *spans;	/* malloc'd */
};

/**
 * accounts_read() - read them
 * @pool: only what lies in it is of interest
 * @out:  empty; give it to accounts_free(), on failure too
 *
 * A file that is missing speaks for nothing.
 *
 * Return: 0 or -1.
 */
int accounts_read(const struct policy_pool *pool, struct accounts *out, struct error *err);

/** accounts_hold() - is one of the ids from @first to @last spoken for? */
bool accounts_hold(const struct accounts *accounts, uint64_t first, uint64_t last);

void accounts_free(struct accounts *accounts);

#define auto_accounts __attribute__((cleanup(accounts_free))) struct accounts

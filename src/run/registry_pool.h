/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * The policy's pool as steps of the registry: what it has, and what of it is given away.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "accounts.h"
#include "base/error.h"
#include "base/text.h"
#include "policy/policy.h"

struct registry_span {
	uint32_t begin;		/* the first step */
	uint32_t end;		/* one past the last */
};

struct registry_pool {
	const struct policy_pool *policy;
	uint32_t steps;			/* of a range */
	size_t count;
	struct registry_span *spans;	/* in order, apart from each other, malloc'd */
	struct accounts given;		/* what the host's files give to others */
	/* A pool that the site chose: who else has some of it, in @given; NULL for nobody. */
	const struct accounts_span *overlap;
};

/**
 * registry_pool_read() - what a pool is on this host
 * @policy: borrowed
 * @out:    zeroed; give it to registry_pool_free(), on failure too
 *
 * Ranges lie on whole steps. Those of an owner in /etc/subuid are his only if /etc/subgid has the
 * same.
 *
 * Return: 0, or -1 with ERROR_HOST: the two files differ, have no such owner, or give him no
 * range; or ERROR_SYSTEM.
 */
int registry_pool_read(const struct policy_pool *policy, struct registry_pool *out,
		       struct error *err);

/** registry_pool_given() - whose is a step, or NULL for nobody's */
const struct accounts_span *registry_pool_given(const struct registry_pool *pool, uint32_t step);

/** registry_pool_has() - does a step lie in the pool? */
bool registry_pool_has(const struct registry_pool *pool, uint32_t step);

/** registry_pool_name() - append "the pool 524288 to 1879048191" */
void registry_pool_name(const struct registry_pool *pool, struct text *out);

void registry_pool_free(struct registry_pool *pool);

#define auto_registry_pool __attribute__((cleanup(registry_pool_free))) struct registry_pool

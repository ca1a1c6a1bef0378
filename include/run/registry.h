/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * The host's one registry of id ranges: /run/orlop/ids, root-owned, whatever
 * --root each engine passes. A range is a file named by its first host id that
 * says which container holds it (state root and id); it is made with O_EXCL
 * under a lock, and taken back when the container it names is gone: never on
 * the word of a caller that cannot see its state directory or its processes.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "policy/policy.h"

#define REGISTRY_DIRECTORY "/run/orlop/ids"

/**
 * registry_take() - take a range of host ids for a container
 * @policy:     where from, and how many ids a range has
 * @state_root: absolute path of the state directory, and
 * @id:         the container's id: who holds the range
 * @first:      receives the first host id
 *
 * Never given: a range that a container holds, ids that /etc/subuid or
 * /etc/subgid give to others, and ranges with a user or group of the host's own
 * passwd and group files. No NSS. A pool that the site chose and that has such
 * ids is refused.
 *
 * How many system calls it takes does not depend on how many ranges are held,
 * until none is noted as free.
 *
 * Return: 0, or -1 with ERROR_HOST: the pool is exhausted, or others have some
 * of it (the message counts ranges and says who holds them), or what it names
 * is not there; or ERROR_SYSTEM.
 */
int registry_take(const struct policy_pool *policy, const char *state_root, const char *id,
		  uint32_t *first, struct error *err);

/** registry_give_back() - free a range, if this container is the one that holds it */
int registry_give_back(uint32_t first, uint32_t count, const char *state_root, const char *id,
		       struct error *err);

/** registry_give_back_all() - free whatever this container holds; reads the directory */
int registry_give_back_all(const char *state_root, const char *id, struct error *err);

/**
 * registry_find() - which range does this container hold? Reads the directory
 * @first, @count: receive it; @count is 0 for none
 */
int registry_find(const char *state_root, const char *id, uint32_t *first, uint32_t *count,
		  struct error *err);

/**
 * registry_holder() - does a range of host ids overlap one that a container holds?
 * @holder: receives "ROOT ID" of the first that does, malloc'd, or NULL
 */
int registry_holder(uint32_t first, uint32_t count, char **holder, struct error *err);

/* Whether somebody is behind a range. */
enum registry_state {
	REGISTRY_HELD,		/* the container's state is there */
	REGISTRY_PROCESSES,	/* it is gone, and processes with these ids are not */
	REGISTRY_LEFT,		/* nobody: the next that finds no other range takes it */
	REGISTRY_HIDDEN,	/* its state, or its processes, cannot be seen from here */
	REGISTRY_UNREADABLE,	/* it cannot be told whose it is */
};

struct registry_range {
	uint32_t first;
	uint32_t count;
	const char *state_root;		/* NULL: it cannot be told */
	const char *id;			/* likewise */
	enum registry_state state;
	bool in_pool;
	/* "bob in /etc/subuid": who of the host has some of the ids as well; NULL for nobody. */
	const char *also;
};

/* Every range of the registry, and how a pool stands. */
struct registry_listing {
	struct arena arena;
	size_t count;
	struct registry_range *ranges;	/* in the order of their ids */
	const char *pool;		/* "the pool 524288 to 1879048191" */
	uint32_t range;			/* ids of one */
	uint64_t total;			/* ranges that the pool has room for */
	uint64_t held;			/* of containers, in the pool */
	uint64_t free;			/* that could still be had */
	size_t given_count;		/* lines of the host's files that speak for ids of the pool */
	const char **given;		/* "bob in /etc/subuid: 524288 to 589823" */
};

/**
 * registry_list() - read the whole registry
 * @policy: the pool of which to count ranges
 * @out:    zeroed; give it to registry_listing_free(), on failure too
 *
 * Return: 0, or -1 with ERROR_HOST or ERROR_SYSTEM.
 */
int registry_list(const struct policy_pool *policy, struct registry_listing *out, struct error *err);

void registry_listing_free(struct registry_listing *listing);

#define auto_registry_listing \
	__attribute__((cleanup(registry_listing_free))) struct registry_listing

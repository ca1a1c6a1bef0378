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

#include "base/error.h"
#include "policy/policy.h"

#define REGISTRY_DIRECTORY "/run/orlop/ids"

/**
 * registry_take() - take a range of host ids for a container
 * @pool:       where from, and how many ids a range has
 * @state_root: absolute path of the state directory, and
 * @id:         the container's id: who holds the range
 * @first:      receives the first host id
 *
 * Never given: a range that a container holds, ids that /etc/subuid or
 * /etc/subgid give away, and ranges with a user or group of the host's own
 * passwd and group files. No NSS.
 *
 * Return: 0, or -1 with ERROR_HOST: the pool is exhausted (the message counts
 * ranges) or ERROR_SYSTEM.
 */
int registry_take(const struct policy_pool *pool, const char *state_root, const char *id,
		  uint32_t *first, struct error *err);

/** registry_give_back() - free a range, if this container is the one that holds it */
int registry_give_back(uint32_t first, const char *state_root, const char *id, struct error *err);

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

/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * The container's user namespace: its mappings, and what a container id is on
 * the host. Spec: config-linux.md "User namespace mappings".
 */
#pragma once

#include <stdint.h>

#include "base/error.h"
#include "live.h"

/**
 * ids_take() - what must be known before the child is made
 *
 * Takes a range of the registry (PLAN_USER_RANGE), or checks against it (item
 * host-ids) the mappings of config.json, or those of a namespace that is joined,
 * which must also be those that config.json names, if it does.
 */
int ids_take(struct live *live, struct error *err);

/** ids_give_back() - undo of ids_take() */
void ids_give_back(struct live *live);

/**
 * ids_map() - write the child's uid_map and gid_map, read them back, and open its user namespace
 *
 * Does nothing without a new user namespace. For one that was joined, only
 * opens it.
 */
int ids_map(struct live *live, struct error *err);

/**
 * ids_host_uid(), ids_host_gid() - what a container id is on the host
 * Return: the host id, or -1 where the container has no such id.
 */
int64_t ids_host_uid(const struct live *live, uint32_t id);
int64_t ids_host_gid(const struct live *live, uint32_t id);

/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * Where to look for a free range. A file of the registry with a byte for each step of ids says
 * which are likely held, so that a search makes as many system calls with twenty thousand ranges
 * held as with none. It is a help and no more: a step is held when its own file is there.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "registry_entry.h"

#define REGISTRY_PAGE 4096u

struct registry_map {
	int fd;			/* holds the lock of the registry */
	bool fresh;		/* nobody has written it yet */
	uint32_t next;		/* the step from which the next search begins */
	uint8_t *steps;		/* REGISTRY_STEPS of them, malloc'd, read when they are asked for */
	bool read[REGISTRY_STEPS / REGISTRY_PAGE];
};

#define REGISTRY_MAP_NULL ((struct registry_map){ .fd = -1 })

/**
 * registry_map_open() - open the map of a registry, and lock the registry
 * @dir: of the registry
 * @out: give it to registry_map_close(), which unlocks
 *
 * Return: 0, or -1.
 */
int registry_map_open(int dir, struct registry_map *out, struct error *err);
void registry_map_close(struct registry_map *map);

/** registry_map_held() - is a step held, as far as the map knows? */
bool registry_map_held(struct registry_map *map, uint32_t step);

/** registry_map_hold() - note that steps are held, and where to go on from */
void registry_map_hold(struct registry_map *map, uint32_t step, uint32_t count, uint32_t next);

/**
 * registry_map_replace() - begin the map anew
 * @steps: malloc'd, REGISTRY_STEPS bytes, not 0 for one that is held; given away
 */
void registry_map_replace(struct registry_map *map, uint8_t **steps);

/**
 * registry_map_free() - note that a step is free, without the lock
 *
 * Who takes it at the same moment may find it noted as free: the file decides.
 */
void registry_map_free(int dir, uint32_t step);

#define auto_registry_map __attribute__((cleanup(registry_map_close))) struct registry_map

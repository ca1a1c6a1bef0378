/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * A page with a mark and the place of the next search, then a byte a step. What cannot be written is
 * not noted: a step that is noted as free and is held costs one look more, and one that is noted as
 * held and is free is found when there is no other.
 */
#include "registry_map.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "kernel/lock.h"
#include "run/registry.h"

#define MAP_NAME "map"
#define MAP_MARK 0x6f726c31u

struct header {
	uint32_t mark;
	uint32_t next;
};

static void write_header(const struct registry_map *map)
{
	const struct header header = { MAP_MARK, map->next };

	(void)!pwrite(map->fd, &header, sizeof(header), 0);
}

int registry_map_open(int dir, struct registry_map *out, struct error *err)
{
	auto_registry_map map = REGISTRY_MAP_NULL;
	struct header header = { 0 };

	map.fd = openat(dir, MAP_NAME, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (map.fd < 0)
		return error_system(err, "open the lock of the id registry");
	if (lock_take(map.fd, LOCK_WAIT_MS, err))
		return error_prefix(err, "the registry of id ranges %s", REGISTRY_DIRECTORY);
	map.steps = calloc(REGISTRY_STEPS, 1);
	if (!map.steps)
		return error_system(err, "read the map of the id registry");
	map.fresh = pread(map.fd, &header, sizeof(header), 0) != (ssize_t)sizeof(header) ||
		    header.mark != MAP_MARK;
	map.next = map.fresh ? 0 : header.next % REGISTRY_STEPS;
	*out = map;
	map = REGISTRY_MAP_NULL;
	return 0;
}

void registry_map_close(struct registry_map *map)
{
	int saved = errno;

	close_fd(&map->fd);
	free(map->steps);
	map->steps = NULL;
	errno = saved;
}

bool registry_map_held(struct registry_map *map, uint32_t step)
{
	uint32_t page = step / REGISTRY_PAGE;

	/* What is not there, or cannot be read, is noted as free. */
	if (!map->read[page])
		(void)!pread(map->fd, map->steps + (size_t)page * REGISTRY_PAGE, REGISTRY_PAGE,
			     (off_t)(page + 1) * REGISTRY_PAGE);
	map->read[page] = true;
	return map->steps[step] != 0;
}

void registry_map_hold(struct registry_map *map, uint32_t step, uint32_t count, uint32_t next)
{
	memset(map->steps + step, 1, count);
	(void)!pwrite(map->fd, map->steps + step, count, (off_t)REGISTRY_PAGE + step);
	map->next = next % REGISTRY_STEPS;
	write_header(map);
}

void registry_map_replace(struct registry_map *map, uint8_t **steps)
{
	free(map->steps);
	map->steps = take_ptr(*steps);
	memset(map->read, true, sizeof(map->read));
	map->fresh = false;
	if (pwrite(map->fd, map->steps, REGISTRY_STEPS, REGISTRY_PAGE) == (ssize_t)REGISTRY_STEPS)
		write_header(map);
}

void registry_map_free(int dir, uint32_t step)
{
	auto_fd fd = openat(dir, MAP_NAME, O_WRONLY | O_NOFOLLOW | O_CLOEXEC);

	if (fd >= 0)
		(void)!pwrite(fd, "", 1, (off_t)REGISTRY_PAGE + step);
}

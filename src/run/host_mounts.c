/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
#include "host_mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "kernel/procfs.h"

#define HOST_MOUNTS_MAX ((size_t)64 << 20)

struct live_mounts {
	int file;
	struct arena arena;
	struct mountinfo info;
};

/* The kernel remembers for each open file what its reader has been told of. */
static int host_mounts_open(struct live *live, struct error *err)
{
	auto_fd file = -1;
	pid_t self;

	if (procfs_self(live->procfs, &self, err))
		return -1;
	file = procfs_open_pid(live->procfs, self, "mountinfo", O_RDONLY, err);
	if (file < 0)
		return -1;
	live->mounts = calloc(1, sizeof(*live->mounts));
	if (!live->mounts)
		return error_system(err, "make room for the mounts of the host");
	arena_init(&live->mounts->arena);
	live->mounts->file = take_fd(&file);
	return 0;
}

/* 1, 0 or -1. */
static int host_mounts_changed(const struct live_mounts *mounts, struct error *err)
{
	struct pollfd file = { .fd = mounts->file, .events = POLLPRI };
	int ready;

	do
		ready = poll(&file, 1, 0);
	while (ready < 0 && errno == EINTR);
	if (ready < 0)
		return error_system(err, "ask whether the mounts of the host have changed");
	return ready > 0;
}

static int host_mounts_fill(struct live_mounts *mounts, struct error *err)
{
	auto_free char *text = NULL;
	size_t size;

	if (lseek(mounts->file, 0, SEEK_SET) < 0)
		return error_system(err, "read the mounts of the host");
	if (fd_read_all(mounts->file, HOST_MOUNTS_MAX, &text, &size, err))
		return error_prefix(err, "the mounts of the host");
	return mountinfo_parse(&mounts->arena, text, size, &mounts->info, err);
}

int host_mounts_read(struct live *live, const struct mountinfo **out, struct error *err)
{
	int changed = 1;

	if (!live->mounts && host_mounts_open(live, err))
		return -1;
	if (live->mounts->info.count > 0)
		changed = host_mounts_changed(live->mounts, err);
	if (changed < 0 || (changed && host_mounts_fill(live->mounts, err)))
		return -1;
	*out = &live->mounts->info;
	return 0;
}

struct arena *host_mounts_arena(struct live *live)
{
	return &live->mounts->arena;
}

void host_mounts_close(struct live *live)
{
	if (!live->mounts)
		return;
	close_fd(&live->mounts->file);
	arena_free(&live->mounts->arena);
	free(live->mounts);
	live->mounts = NULL;
}

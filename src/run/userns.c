/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * Mappings are written and shown through a process only: where there is none, a
 * helper is made that does nothing but be in the namespace.
 */
#include "userns.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/text.h"
#include "kernel/channel.h"
#include "kernel/process.h"
#include "kernel/procfs.h"
#include "sync.h"

/* Lines of uid_map and gid_map: UID_GID_MAP_MAX_EXTENTS of the kernel. */
#define USERNS_LINES_MAX 340u
/* Bytes of them. */
#define USERNS_MAP_MAX 65536u

/* One map as the kernel prints it: three numbers a line. */
static int userns_parse_map(const char *text, struct plan_mapping *maps, size_t max, size_t *count,
			 struct error *err)
{
	char *end;

	for (*count = 0; *text; (*count)++) {
		unsigned long values[3];

		if (*count == max)
			return error_set(err, ERROR_HOST, 0,
					 "the user namespace has more than %zu mappings", max);
		for (size_t i = 0; i < 3; i++) {
			values[i] = strtoul(text, &end, 10);
			if (end == text || values[i] > UINT32_MAX)
				return error_set(err, ERROR_SYSTEM, 0, "an id map cannot be read");
			text = end;
		}
		maps[*count] = (struct plan_mapping){ (uint32_t)values[0], (uint32_t)values[1],
						      (uint32_t)values[2] };
		while (*text == '\n' || *text == ' ')
			text++;
	}
	return 0;
}

static int userns_read_map(struct live *live, pid_t pid, const char *file,
			   struct plan_mapping **maps, size_t *count, struct error *err)
{
	auto_free char *text = NULL;
	size_t size;

	*maps = calloc(USERNS_LINES_MAX, sizeof(**maps));
	if (!*maps)
		return error_system(err, "make room for %s", file);
	if (procfs_read_pid(live->procfs, pid, file, USERNS_MAP_MAX, &text, &size, err))
		return -1;
	return userns_parse_map(text, *maps, USERNS_LINES_MAX, count, err);
}

/*
 * In a child that is only there for its namespace: it holds no lock of the
 * container, and ends with the process that made it.
 */
static void userns_become_helper(const struct live *live, pid_t parent)
{
	struct error ignored;

	close_fd(&live->entry->lock);
	if (process_set_death_signal(SIGKILL, -1, &ignored) || getppid() != parent)
		_exit(1);
}

/* It also ends with us, so that nothing is lost where this fails. */
static void userns_end_helper(int pidfd)
{
	struct error ignored;
	int status;

	(void)process_signal(pidfd, SIGKILL, &ignored);
	(void)process_wait(pidfd, -1, &status, &ignored);
}

int userns_read_of(struct live *live, pid_t pid, struct error *err)
{
	if (userns_read_map(live, pid, "uid_map", &live->joined_uids, &live->joined_uid_count, err))
		return -1;
	return userns_read_map(live, pid, "gid_map", &live->joined_gids, &live->joined_gid_count, err);
}

/* Maps are shown of a process only: one enters the namespace, and is looked at. */
int userns_read_joined(struct live *live, struct error *err)
{
	auto_fd pidfd = -1;
	auto_fd ours = -1;
	auto_fd theirs = -1;
	struct process_clone_args args = PROCESS_CLONE_ARGS_INIT;
	pid_t parent = getpid();
	pid_t pid;
	int result = -1;

	if (channel_pair(&ours, &theirs, err))
		return -1;
	args.pidfd = &pidfd;
	if (process_clone(&args, &pid, err))
		return -1;
	if (pid == 0) {
		userns_become_helper(live, parent);
		if (setns(live->userns, CLONE_NEWUSER))
			(void)error_system(err, "join the user namespace");
		else
			(void)sync_send(theirs, SYNC_MAPPED, 0, err);
		if (err->kind != ERROR_NONE)
			sync_send_error(theirs, err);
		for (;;)
			(void)pause();
	}
	close_fd(&theirs);
	/* An end of file is a process that has left, and shows the maps of its maker. */
	if (sync_expect(ours, SYNC_MAPPED, NULL, NULL, err) == 0)
		result = userns_read_of(live, pid, err);
	userns_end_helper(pidfd);
	return result;
}

static bool userns_has_mapping(const struct plan_mapping *maps, size_t count,
			    const struct plan_mapping *wanted)
{
	for (size_t i = 0; i < count; i++)
		if (maps[i].container_id == wanted->container_id &&
		    maps[i].host_id == wanted->host_id && maps[i].size == wanted->size)
			return true;
	return false;
}

bool userns_same_maps(const struct plan_mapping *a, size_t a_count, const struct plan_mapping *b,
		      size_t b_count)
{
	bool same = a_count == b_count;

	/* The kernel sorts many of them, and takes no two that overlap. */
	for (size_t i = 0; same && i < a_count; i++)
		same = userns_has_mapping(b, b_count, &a[i]);
	return same;
}

static int userns_verify_map(int file, const struct plan_mapping *maps, size_t count, struct error *err)
{
	auto_free struct plan_mapping *found = calloc(count + 1, sizeof(*found));
	auto_free char *text = NULL;
	size_t found_count;

	if (!found || lseek(file, 0, SEEK_SET) < 0)
		return error_system(err, "read it back");
	if (fd_read_all(file, USERNS_MAP_MAX, &text, NULL, err) ||
	    userns_parse_map(text, found, count + 1, &found_count, err))
		return -1;
	if (!userns_same_maps(maps, count, found, found_count))
		return error_set(err, ERROR_SYSTEM, 0, "what was written is not what reads back");
	return 0;
}

static int userns_write_map(int procfs, pid_t pid, const char *file, const struct plan_mapping *maps,
			 size_t count, struct error *err)
{
	auto_text text = TEXT_INIT(USERNS_MAP_MAX);
	auto_fd handle = -1;

	for (size_t i = 0; i < count; i++)
		text_appendf(&text, "%u %u %u\n", maps[i].container_id, maps[i].host_id,
			     maps[i].size);
	handle = procfs_open_pid(procfs, pid, file, O_RDWR, err);
	if (handle < 0 || fd_write_once(handle, text_string(&text), text.size, err) ||
	    userns_verify_map(handle, maps, count, err))
		return error_prefix(err, "id mappings of the user namespace: %s", file);
	return 0;
}

int userns_write_maps(int procfs, pid_t pid, const struct plan_mapping *uids, size_t uid_count,
			  const struct plan_mapping *gids, size_t gid_count, struct error *err)
{
	if (userns_write_map(procfs, pid, "uid_map", uids, uid_count, err))
		return -1;
	return userns_write_map(procfs, pid, "gid_map", gids, gid_count, err);
}

int userns_make(const struct live *live, const struct plan_mapping *uids, size_t uid_count,
		  const struct plan_mapping *gids, size_t gid_count, struct error *err)
{
	auto_fd pidfd = -1;
	auto_fd userns = -1;
	struct process_clone_args args = PROCESS_CLONE_ARGS_INIT;
	pid_t parent = getpid();
	pid_t pid;

	/* The namespace outlives the process that made it through the descriptor. */
	args.flags = CLONE_NEWUSER;
	args.pidfd = &pidfd;
	if (process_clone(&args, &pid, err))
		return error_prefix(err, "a user namespace for the mappings of a mount");
	if (pid == 0) {
		userns_become_helper(live, parent);
		for (;;)
			(void)pause();
	}
	if (userns_write_maps(live->procfs, pid, uids, uid_count, gids, gid_count, err) == 0)
		userns = procfs_open_link(live->procfs, pid, "ns/user", O_RDONLY, err);
	userns_end_helper(pidfd);
	return take_fd(&userns);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * The supervisor writes the maps through its private procfs handle, since a
 * process without power over the host's ids may not. The child waits for them
 * with the ids it was born with: it is host root by id and nobody by
 * capability until credentials_become_root().
 */
#include "ids.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audit.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/text.h"
#include "kernel/channel.h"
#include "kernel/process.h"
#include "kernel/procfs.h"
#include "run/registry.h"
#include "sync.h"

/* Bytes of uid_map and gid_map: the kernel takes 340 lines. */
#define IDS_MAP_MAX 65536u

/* The mapping of a range from the registry. */
static struct plan_mapping ids_range(const struct live *live)
{
	return (struct plan_mapping){ .container_id = 0, .host_id = live->range_first,
				      .size = live->plan->ids.range };
}

static int ids_check_holder(const struct live *live, const struct plan_mapping *maps, size_t count,
			    const char *what, struct error *err)
{
	for (size_t i = 0; i < count; i++) {
		auto_free char *holder = NULL;

		if (registry_holder(maps[i].host_id, maps[i].size, &holder, err))
			return -1;
		if (holder &&
		    audit_judge(plan_refusal(live->plan->rules, POLICY_HOST_IDS, what, err,
					     "choose other ids",
					     "host ids %u to %u belong to container %s", maps[i].host_id,
					     maps[i].host_id + maps[i].size - 1, holder),
				live->plan->ids.audit_registry, err))
			return -1;
	}
	return 0;
}

/* One map as the kernel prints it: three numbers a line. */
static int ids_parse_map(const char *text, struct plan_mapping *maps, size_t max, size_t *count,
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

static int ids_read_map(struct live *live, pid_t pid, const char *file, struct plan_mapping *maps,
			size_t *count, struct error *err)
{
	auto_free char *text = NULL;
	size_t size;

	if (procfs_read_pid(live->procfs, pid, file, IDS_MAP_MAX, &text, &size, err))
		return -1;
	return ids_parse_map(text, maps, ARRAY_SIZE(live->joined_uids), count, err);
}

/*
 * In a child that is only there for its namespace: it holds no lock of the
 * container, and ends with the process that made it.
 */
static void ids_become_helper(const struct live *live, pid_t parent)
{
	struct error ignored;

	close_fd(&live->entry->lock);
	if (process_set_death_signal(SIGKILL, -1, &ignored) || getppid() != parent)
		_exit(1);
}

/* Maps are shown of a process only: one enters the namespace, and is looked at. */
static int ids_read_joined(struct live *live, struct error *err)
{
	auto_fd pidfd = -1;
	auto_fd ours = -1;
	auto_fd theirs = -1;
	struct process_clone_args args = PROCESS_CLONE_ARGS_INIT;
	pid_t parent = getpid();
	enum sync_type type;
	struct error ignored;
	pid_t pid;
	int status;
	int result = -1;

	if (channel_pair(&ours, &theirs, err))
		return -1;
	args.pidfd = &pidfd;
	if (process_clone(&args, &pid, err))
		return -1;
	if (pid == 0) {
		ids_become_helper(live, parent);
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
	if (sync_receive(ours, &type, NULL, NULL, err) == 0 &&
	    ids_read_map(live, pid, "uid_map", live->joined_uids, &live->joined_uid_count, err) == 0)
		result = ids_read_map(live, pid, "gid_map", live->joined_gids,
				      &live->joined_gid_count, err);
	(void)process_signal(pidfd, SIGKILL, &ignored);
	(void)process_wait(pidfd, -1, &status, &ignored);
	return result;
}

/* What the configuration says of a joined namespace is not what it has: rule host-ids. */
static int ids_check_joined(const struct live *live, struct error *err)
{
	const struct plan_ids *ids = &live->plan->ids;
	bool host = false;

	for (size_t i = 0; i < live->joined_uid_count; i++)
		host = host || live->joined_uids[i].host_id == 0;
	for (size_t i = 0; i < live->joined_gid_count; i++)
		host = host || live->joined_gids[i].host_id == 0;
	if (!host || (!ids->check_registry && !ids->audit_registry))
		return 0;
	return audit_judge(plan_refusal(live->plan->rules, POLICY_HOST_IDS, "/linux/namespaces", err,
					"join one whose root is nobody on the host",
					"the user namespace that is joined maps host id 0"),
			   ids->audit_registry, err);
}

int ids_take(struct live *live, struct error *err)
{
	const struct plan_ids *ids = &live->plan->ids;

	if (ids->kind == PLAN_USER_RANGE) {
		struct policy_pool pool = ids->pool;

		pool.range = ids->range;
		if (registry_take(&pool, live->store->root, live->entry->id, &live->range_first, err))
			return -1;
		live->range_taken = true;
		live->record->range_first = live->range_first;
		live->record->range_count = ids->range;
		return store_save(live->entry, live->record, err);
	}
	if (ids->kind == PLAN_USER_JOIN) {
		if (ids_read_joined(live, err))
			return -1;
		return ids_check_joined(live, err);
	}
	if (ids->kind != PLAN_USER_NEW || (!ids->check_registry && !ids->audit_registry))
		return 0;
	if (ids_check_holder(live, ids->uids, ids->uid_count, "/linux/uidMappings", err))
		return -1;
	return ids_check_holder(live, ids->gids, ids->gid_count, "/linux/gidMappings", err);
}

void ids_give_back(struct live *live)
{
	struct error ignored;

	if (live->range_taken)
		(void)registry_give_back(live->range_first, live->store->root, live->entry->id,
					 &ignored);
	live->range_taken = false;
}

static bool ids_has_mapping(const struct plan_mapping *maps, size_t count,
			    const struct plan_mapping *wanted)
{
	for (size_t i = 0; i < count; i++)
		if (maps[i].container_id == wanted->container_id &&
		    maps[i].host_id == wanted->host_id && maps[i].size == wanted->size)
			return true;
	return false;
}

static int ids_verify_map(int file, const struct plan_mapping *maps, size_t count, struct error *err)
{
	auto_free struct plan_mapping *found = calloc(count + 1, sizeof(*found));
	auto_free char *text = NULL;
	size_t found_count;

	if (!found || lseek(file, 0, SEEK_SET) < 0)
		return error_system(err, "read it back");
	if (fd_read_all(file, IDS_MAP_MAX, &text, NULL, err) ||
	    ids_parse_map(text, found, count + 1, &found_count, err))
		return -1;
	if (found_count != count)
		return error_set(err, ERROR_SYSTEM, 0, "%zu were written, and there are %zu", count, found_count);
	for (size_t i = 0; i < count; i++)
		if (!ids_has_mapping(found, count, &maps[i]))
			return error_set(err, ERROR_SYSTEM, 0, "\"%u %u %u\" was written and is not there",
					 maps[i].container_id, maps[i].host_id, maps[i].size);
	return 0;
}

static int ids_write_map(int procfs, pid_t pid, const char *file, const struct plan_mapping *maps,
			 size_t count, struct error *err)
{
	auto_text text = TEXT_INIT(IDS_MAP_MAX);
	auto_fd handle = -1;

	for (size_t i = 0; i < count; i++)
		text_appendf(&text, "%u %u %u\n", maps[i].container_id, maps[i].host_id,
			     maps[i].size);
	handle = procfs_open_pid(procfs, pid, file, O_RDWR, err);
	if (handle < 0 || fd_write_once(handle, text_string(&text), text.size, err) ||
	    ids_verify_map(handle, maps, count, err))
		return error_prefix(err, "id mappings of the user namespace: %s", file);
	return 0;
}

static int ids_write_maps(int procfs, pid_t pid, const struct plan_mapping *uids, size_t uid_count,
			  const struct plan_mapping *gids, size_t gid_count, struct error *err)
{
	if (ids_write_map(procfs, pid, "uid_map", uids, uid_count, err))
		return -1;
	return ids_write_map(procfs, pid, "gid_map", gids, gid_count, err);
}

int ids_map(struct live *live, struct error *err)
{
	const struct plan_ids *ids = &live->plan->ids;
	struct plan_mapping range;

	switch (ids->kind) {
	case PLAN_USER_HOST:
	case PLAN_USER_JOIN: /* live->userns is what was opened by path */
		return 0;
	case PLAN_USER_RANGE:
		range = ids_range(live);
		if (ids_write_maps(live->procfs, live->pid, &range, 1, &range, 1, err))
			return -1;
		break;
	case PLAN_USER_NEW:
		if (ids_write_maps(live->procfs, live->pid, ids->uids, ids->uid_count, ids->gids,
				   ids->gid_count, err))
			return -1;
		break;
	}
	live->userns = procfs_open_link(live->procfs, live->pid, "ns/user", O_RDONLY, err);
	if (live->userns < 0)
		return error_prefix(err, "the container's user namespace");
	return 0;
}

static int64_t ids_translate(const struct plan_mapping *maps, size_t count, uint32_t id)
{
	for (size_t i = 0; i < count; i++)
		if (id >= maps[i].container_id && id - maps[i].container_id < maps[i].size)
			return (int64_t)maps[i].host_id + (id - maps[i].container_id);
	return -1;
}

static int64_t ids_host(const struct live *live, const struct plan_mapping *maps, size_t count,
			const struct plan_mapping *joined, size_t joined_count, uint32_t id)
{
	struct plan_mapping range;

	switch (live->plan->ids.kind) {
	case PLAN_USER_HOST:
		return id;
	case PLAN_USER_RANGE:
		range = ids_range(live);
		return ids_translate(&range, 1, id);
	case PLAN_USER_NEW:
		return ids_translate(maps, count, id);
	case PLAN_USER_JOIN:
		break;
	}
	return ids_translate(joined, joined_count, id);
}

int64_t ids_host_uid(const struct live *live, uint32_t id)
{
	return ids_host(live, live->plan->ids.uids, live->plan->ids.uid_count, live->joined_uids,
			live->joined_uid_count, id);
}

int64_t ids_host_gid(const struct live *live, uint32_t id)
{
	return ids_host(live, live->plan->ids.gids, live->plan->ids.gid_count, live->joined_gids,
			live->joined_gid_count, id);
}

int ids_namespace(const struct live *live, const struct plan_mapping *uids, size_t uid_count,
		  const struct plan_mapping *gids, size_t gid_count, struct error *err)
{
	auto_fd pidfd = -1;
	auto_fd userns = -1;
	struct process_clone_args args = PROCESS_CLONE_ARGS_INIT;
	pid_t parent = getpid();
	struct error ignored;
	pid_t pid;
	int status;

	/* The namespace outlives the process that made it through the descriptor. */
	args.flags = CLONE_NEWUSER;
	args.pidfd = &pidfd;
	if (process_clone(&args, &pid, err))
		return error_prefix(err, "a user namespace for the mappings of a mount");
	if (pid == 0) {
		ids_become_helper(live, parent);
		for (;;)
			(void)pause();
	}
	if (ids_write_maps(live->procfs, pid, uids, uid_count, gids, gid_count, err) == 0)
		userns = procfs_open_link(live->procfs, pid, "ns/user", O_RDONLY, err);
	(void)process_signal(pidfd, SIGKILL, &ignored);
	(void)process_wait(pidfd, -1, &status, &ignored);
	return take_fd(&userns);
}

int ids_give_stdio(const struct live *live, struct error *err)
{
	int64_t uid = ids_host_uid(live, live->plan->process.uid);

	if (live->plan->ids.kind == PLAN_USER_HOST || uid < 0)
		return 0;
	for (int fd = 0; fd < 3; fd++) {
		struct stat st;

		if (fstat(fd, &st))
			return error_system(err, "look at descriptor %d", fd);
		/* Never a device node but a pty's, never a file: those have owners of their own. */
		if (!S_ISFIFO(st.st_mode) && !(S_ISCHR(st.st_mode) && isatty(fd)))
			continue;
		if (fchown(fd, (uid_t)uid, (gid_t)-1) && errno != EROFS && errno != EPERM)
			return error_system(err, "give descriptor %d to the container's user", fd);
	}
	return 0;
}

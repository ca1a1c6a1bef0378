/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * A table of steps with undo. The record of intent is saved before the first
 * side effect, and saved again as ranges and pids become known, so that what a
 * kill -9 leaves can be found from it alone.
 *
 * What belongs to the host is done here, before or beside the child; what
 * belongs to the container is the child's (init.c).
 */
#include "run/supervise.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/log.h"
#include "console.h"
#include "devices.h"
#include "ephemeral.h"
#include "ids.h"
#include "init.h"
#include "kernel/channel.h"
#include "kernel/process.h"
#include "kernel/procfs.h"
#include "live.h"
#include "masks.h"
#include "namespaces.h"
#include "overlay_upper.h"
#include "run/limits.h"
#include "run/shared_upper.h"
#include "start_socket.h"
#include "streams.h"
#include "supervise_hooks.h"
#include "supervise_parts.h"
#include "sync.h"
#include "sysctls.h"
#include "trees.h"

static int supervise_intent(struct live *live, struct error *err)
{
	struct record *record = live->record;

	record->phase = RECORD_CREATING;
	record->apparmor = live->plan->lsm.apparmor;
	record->selinux = live->plan->lsm.selinux;
	if (supervise_cgroup_find(live, err))
		return -1;
	record->own_pid_namespace = live->plan->new_namespaces & CLONE_NEWPID;
	return store_save(live->entry, record, err);
}

static int supervise_procfs(struct live *live, struct error *err)
{
	live->procfs = procfs_open(PROCFS_PIDS, NULL, err);
	if (live->procfs < 0)
		return -1;
	if (live->plan->sysctl_count == 0)
		return 0;
	live->sysctls = procfs_open(PROCFS_ALL, NULL, err);
	return live->sysctls < 0 ? -1 : 0;
}

int supervise_need_descriptors(struct live *live, size_t count, struct error *err)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return error_system(err, "read RLIMIT_NOFILE");
	if (live->nofile_raised || limit.rlim_cur >= live->plan->mount_count + count + 64)
		return 0;
	live->nofile_soft = limit.rlim_cur;
	live->nofile_raised = true;
	limit.rlim_cur = limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit))
		return error_system(err, "raise RLIMIT_NOFILE");
	return 0;
}

static int supervise_descriptors(struct live *live, struct error *err)
{
	return supervise_need_descriptors(live, 0, err);
}

int supervise_filter(struct live *live, struct error *err)
{
	if (seccomp_prepare(&live->plan->seccomp, &live->filter, err))
		return -1;
	/* What the compiler and the reader freed is not to be kept by every waiting init. */
	(void)malloc_trim(0);
	if (!live->plan->seccomp.enabled)
		return 0;
	if (start_filters(live->procfs, &live->record->filters, err))
		return -1;
	live->record->filters++;
	return 0;
}

int supervise_stdio(struct live *live, struct error *err)
{
	if (live->plan->process.terminal)
		return 0;
	return streams_check(err) ? -1 : streams_give(live, err);
}

static int supervise_channel(struct live *live, struct error *err)
{
	if (channel_pair(&live->log, &live->channel, err))
		return -1;
	if (live->options->start)
		return 0;
	live->start_socket = start_socket_make(live->entry->fd, err);
	return live->start_socket < 0 ? -1 : 0;
}

/*
 * What /proc has of a process that is closed to its user belongs to user 0, whom an ordinary user's
 * namespace does not have: the child is born open, and closes itself when its maps are written
 * (credentials_become_root). Nobody has power over it meanwhile who has none over its namespace.
 */
static int supervise_open_maps(bool open, struct error *err)
{
	if (geteuid() == 0)
		return 0;
	return open ? process_make_dumpable(err) : process_make_undumpable(err);
}

static int supervise_clone(struct live *live, struct error *err)
{
	struct process_clone_args args = PROCESS_CLONE_ARGS_INIT;
	struct error left = ERROR_INIT;
	int result;

	args.flags = namespaces_clone_flags(live->plan);
	args.procfs = live->procfs;
	args.pidfd = &live->pidfd;
	result = supervise_open_maps(true, err);
	if (result == 0)
		result = namespaces_enter(live, err);
	if (result == 0)
		result = trees_make_foreign(live, err);
	if (result == 0)
		result = sysctls_write_foreign(live, err);
	if (result == 0)
		result = supervise_cgroup_clone(live, &args, err);
	if (result == 0 && live->pid == 0)
		init_run(live);
	if ((namespaces_leave(live, &left) || supervise_open_maps(false, &left)) && result == 0) {
		*err = left;
		result = -1;
	}
	close_fd(&live->channel);
	close_fd(&live->start_socket);
	return result;
}

void supervise_clone_undo(struct live *live)
{
	struct error ignored;
	int status;

	if (live->pidfd < 0)
		return;
	(void)process_signal(live->pidfd, SIGKILL, &ignored);
	(void)process_wait(live->pidfd, SUPERVISE_PATIENCE_MS, &status, &ignored);
}

int supervise_adopt(struct live *live, struct error *err)
{
	auto_fd pidfd = -1;
	int status;

	if (sync_expect(live->log, SYNC_FORKED, NULL, &pidfd, err) ||
	    process_wait(live->pidfd, SUPERVISE_PATIENCE_MS, &status, err))
		return -1;
	close_fd(&live->pidfd);
	live->pidfd = take_fd(&pidfd);
	return process_pid(live->procfs, live->pidfd, &live->pid, err);
}

/* The first process may be another that the one we made has made. */
static int supervise_follow(struct live *live, struct error *err)
{
	uint64_t flags;

	return namespaces_clone_again(live->plan, &flags) ? supervise_adopt(live, err) : 0;
}

/*
 * The child lowers its limits itself, late. Raising a hard limit needs the
 * host's CAP_SYS_RESOURCE, which only this side has; the other stays, since a
 * small one would hinder the set-up.
 */
int supervise_limits(const struct live *live, struct error *err)
{
	const struct plan_process *process = &live->plan->process;

	for (size_t i = 0; i < process->rlimit_count; i++) {
		struct plan_rlimit raised = process->rlimits[i];
		struct rlimit now;

		if (getrlimit((__rlimit_resource_t)raised.resource, &now))
			return error_system(err, "read %s", raised.name);
		raised.soft = now.rlim_cur;
		if (raised.hard > now.rlim_max && limits_set_rlimit(live->pid, &raised, err))
			return -1;
	}
	return limits_set_oom_score(live->procfs, live->pid, process, err);
}

static int supervise_record_pid(const struct live *live, struct error *err)
{
	live->record->pid = live->pid;
	return process_start_time(live->procfs, live->pid, &live->record->pid_start, err);
}

/* The child has the root as it was when it was made: @replaced is told to it. */
static int supervise_root(struct live *live, bool *replaced, struct error *err)
{
	bool ephemeral = live->plan->root.mode == POLICY_ROOTFS_EPHEMERAL;

	*replaced = ephemeral || live->root_layered;
	if (!*replaced || ephemeral_make(live, err) == 0)
		return 0;
	if (!live->root_layered || trees_map_leave_root(live, err))
		return -1;
	overlay_upper_undo(live);
	live->root_layered = false;
	live->root_shared = false;
	*replaced = ephemeral;
	return ephemeral ? ephemeral_make(live, err) : 0;
}

static int supervise_map(struct live *live, struct error *err)
{
	bool replaced;

	if (supervise_follow(live, err) || supervise_record_pid(live, err) ||
	    supervise_cgroup_settle(live, err) || ids_map(live, err) || trees_map(live, err) ||
	    supervise_root(live, &replaced, err) || supervise_limits(live, err))
		return -1;
	return sync_send_fd(live->log, SYNC_MAPPED, 0, replaced ? live->root_tree : -1, err);
}

/*
 * A private procfs is unmounted by who closes it last, and that one waits until no processor looks
 * at mounts any more, a tenth of a millisecond: the side that has nothing else to do.
 */
int supervise_ready(struct live *live, struct error *err)
{
	close_fd(&live->sysctls);
	return sync_expect(live->log, SYNC_READY, NULL, &live->terminal, err);
}

static int supervise_pid_file(const struct live *live, struct error *err)
{
	auto_free char *temporary = NULL;
	const char *path = live->options->pid_file;
	char text[16];
	auto_fd file = -1;

	if (!path)
		return 0;
	/* Engines poll for the file: it appears whole. */
	if (asprintf(&temporary, "%s.%d", path, (int)getpid()) < 0)
		return error_set(err, ERROR_SYSTEM, ENOMEM, "--pid-file");
	file = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	/* Watchers of other users read it: our own umask is for what nobody else should. */
	if (file < 0 || fchmod(file, 0644))
		return error_system(err, "--pid-file: make %s", temporary);
	(void)snprintf(text, sizeof(text), "%d", (int)live->pid);
	if (fd_write_all(file, text, strlen(text), err) == 0) {
		if (rename(temporary, path) == 0)
			return 0;
		(void)error_system(err, "--pid-file: make %s", path);
	}
	(void)unlink(temporary);
	return -1;
}

int supervise_tell(const struct live *live, struct error *err)
{
	const struct supervise_options *options = live->options;

	if (supervise_pid_file(live, err))
		return -1;
	if (live->terminal >= 0 && options->console_socket &&
	    console_send(options->console_socket, live->terminal, err))
		return -1;
	return options->pidfd_socket ? console_send_pidfd(options->pidfd_socket, live->pidfd, err) : 0;
}

static int supervise_record(struct live *live, struct error *err)
{
	struct record *record = live->record;

	/* The places to mount on are there by now. */
	shared_upper_flush(record);
	record->phase = live->options->start ? RECORD_STARTED : RECORD_CREATED;
	if (store_save(live->entry, record, err))
		return -1;
	return supervise_tell(live, err);
}

void supervise_tell_undo(struct live *live)
{
	if (live->options->pid_file)
		(void)unlink(live->options->pid_file);
}

static int supervise_commit(struct live *live, struct error *err)
{
	/* The child has it too, and nobody waits for a child that waits itself. */
	if (!live->options->start)
		close_fd(&live->procfs);
	if (sync_send(live->log, SYNC_COMMIT, live->options->start, err) ||
	    sync_expect(live->log, SYNC_COMMITTED, NULL, NULL, err))
		return -1;
	if (!live->options->start)
		return 0;
	if (start_executed(live->log, live->plan->spec, err))
		return -1;
	return start_verify(live->record, live->procfs, live->pid, live->pidfd, err);
}

static void supervise_trees_undo(struct live *live)
{
	trees_close(live);
}

static const struct supervise_step supervise_steps[] = {
	{ "hook programs", supervise_hooks_check, NULL },
	{ "intent",	 supervise_intent,	NULL },
	{ "procfs",	 supervise_procfs,	NULL },
	{ "namespaces",	 namespaces_open,	NULL },
	{ "ids",	 ids_take,		ids_give_back },
	{ "descriptors", supervise_descriptors,	NULL },
	{ "cgroup",	 supervise_cgroup,	supervise_cgroup_undo },
	{ "trees",	 trees_open,		supervise_trees_undo },
	{ "masks",	 masks_open_null,	NULL },
	{ "devices",	 devices_make,		NULL },
	{ "filter",	 supervise_filter,	NULL },
	{ "stdio",	 supervise_stdio,	NULL },
	{ "channel",	 supervise_channel,	NULL },
	{ "clone",	 supervise_clone,	supervise_clone_undo },
	{ "map",	 supervise_map,		overlay_upper_undo },
	{ "device rules", supervise_cgroup_devices, NULL },
	{ "hooks",	 supervise_hooks_create,NULL },
	{ "ready",	 supervise_ready,	NULL },
	{ "record",	 supervise_record,	supervise_tell_undo },
	{ "commit",	 supervise_commit,	NULL },
	{ "poststart",	 supervise_hooks_started,	NULL },
};

void supervise_close(struct live *live)
{
	trees_close(live);
	seccomp_program_free(&live->filter);
	free(live->sysctl_done);
	free(live->joined_uids);
	free(live->joined_gids);
	for (size_t i = 0; i < ARRAY_SIZE(live->joins); i++) {
		close_fd(&live->joins[i]);
		close_fd(&live->home[i]);
	}
	close_fd(&live->procfs);
	close_fd(&live->sysctls);
	close_fd(&live->log);
	close_fd(&live->channel);
	close_fd(&live->start_socket);
	close_fd(&live->cgroup);
	close_fd(&live->cgroup_mount);
	close_fd(&live->userns);
	close_fd(&live->pidfd);
	close_fd(&live->terminal);
}

int supervise_go(struct live *live, const struct supervise_step *steps, size_t count,
		 struct error *err)
{
	for (size_t i = 0; i < count; i++) {
		log_debug("step %s", steps[i].name);
		if (steps[i].run(live, err) == 0)
			continue;
		do {
			if (steps[i].undo)
				steps[i].undo(live);
		} while (i-- > 0);
		return -1;
	}
	return 0;
}

void supervise_init(struct live *live)
{
	int *const none[] = { &live->procfs, &live->sysctls, &live->log, &live->channel,
			      &live->start_socket, &live->cgroup_mount, &live->cgroup,
			      &live->root_tree, &live->dev_tree, &live->null_tree, &live->pidfd,
			      &live->userns, &live->terminal, &live->target,
			      &live->cgroup_made.holder };

	for (size_t i = 0; i < ARRAY_SIZE(none); i++)
		*none[i] = -1;
	for (size_t i = 0; i < ARRAY_SIZE(live->joins); i++)
		live->joins[i] = live->home[i] = -1;
}

int supervise_create(const struct plan *plan, const struct store *store, struct store_entry *entry,
		     struct record *record, const struct supervise_options *options,
		     struct supervise_result *out, struct error *err)
{
	struct live live = { .plan = plan, .store = store, .entry = entry, .record = record,
			     .options = options, .sources.state_root = store->root };
	struct error ignored;

	supervise_init(&live);
	if (supervise_go(&live, supervise_steps, ARRAY_SIZE(supervise_steps), err)) {
		(void)store_remove(live.store, live.entry, &ignored);
		supervise_hooks_undone(&live);
		supervise_close(&live);
		return -1;
	}
	out->pidfd = take_fd(&live.pidfd);
	out->terminal = options->console_socket ? -1 : take_fd(&live.terminal);
	supervise_close(&live);
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * The numbers stay what they are, so that what the configuration calls a host id is one, files
 * belong to whom they belonged, and the user's bus knows who asks. User 0 is not among them.
 *
 * newuidmap(1) and newgidmap(1) hold /etc/subuid and /etc/subgid against the mapping: they are the
 * one place where a helper program is right, since only what root has marked may write more than one
 * id. They are called by absolute path, by a process that was left outside.
 *
 * The program is executed again: only by this does its memory belong to the new namespace, whose
 * capabilities then reach what is in /proc about it and its children. The copy is sealed because the
 * installed file may be the user's, who is root in the container.
 */
#include "run/rootless.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/number.h"
#include "base/text.h"
#include "hook.h"
#include "kernel/channel.h"
#include "kernel/process.h"
#include "kernel/procfs.h"
#include "run/caps.h"
#include "run/supervise.h"
#include "sync.h"
#include "userns.h"

/* They ask NSS who the caller is, which may ask the network. */
#define PROGRAM_TIMEOUT_S 60

/* What may be in the way of a user namespace: the value that forbids it, and the way out. */
static const struct setting {
	const char *file;
	uint64_t forbids;
	const char *name;
	const char *way_out;
} settings[] = {
	{ "sys/kernel/unprivileged_userns_clone", 0, "kernel.unprivileged_userns_clone",
	  "sysctl kernel.unprivileged_userns_clone=1" },
	{ "sys/user/max_user_namespaces", 0, "user.max_user_namespaces",
	  "a value such as sysctl user.max_user_namespaces=15000" },
	{ "sys/kernel/apparmor_restrict_unprivileged_userns", 1,
	  "kernel.apparmor_restrict_unprivileged_userns",
	  "an AppArmor profile for this program with the rule \"userns,\", or "
	  "sysctl kernel.apparmor_restrict_unprivileged_userns=0" },
};

static bool setting_is(int procfs, const struct setting *setting)
{
	auto_free char *text = NULL;
	struct error ignored;
	uint64_t value;

	if (procfs_read_path(procfs, setting->file, 64, &text, NULL, &ignored))
		return false;
	text[strcspn(text, "\n")] = '\0';
	return number_parse_u64(text, UINT64_MAX, &value) == 0 && value == setting->forbids;
}

/* Adds to a failure the setting of this host that explains it, if there is one. */
static int explain(int procfs, struct error *err)
{
	const struct error cause = *err;

	for (size_t i = 0; i < ARRAY_SIZE(settings); i++)
		if (setting_is(procfs, &settings[i]))
			return error_set(err, ERROR_HOST, cause.errnum,
					 "%s is %u on this host, which keeps ordinary users from user "
					 "namespaces: the administrator can allow them with %s: %s",
					 settings[i].name, (unsigned int)settings[i].forbids,
					 settings[i].way_out, cause.message);
	if (cause.errnum == ENOSPC)
		return error_set(err, ERROR_HOST, cause.errnum,
				 "there are as many user namespaces as user.max_user_namespaces allows: "
				 "%s", cause.message);
	return -1;
}

/* ---- more than one id: by programs that root has marked, and a process that was left outside */

static const struct program {
	const char *name;
	const char *file;	/* who has which ids */
} programs[] = {
	{ "newuidmap", "/etc/subuid" },
	{ "newgidmap", "/etc/subgid" },
};

static const char *const program_places[] = { "/usr/bin", "/usr/local/bin", "/run/wrappers/bin" };

/* The first that is there. */
static int find_program(const struct program *program, char *path, size_t size, struct error *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(program_places); i++) {
		(void)snprintf(path, size, "%s/%s", program_places[i], program->name);
		if (access(path, X_OK) == 0)
			return 0;
	}
	return error_set(err, ERROR_HOST, 0,
			 "more ids than the caller's own need %s, and there is no %s/%s: install it "
			 "(package uidmap or shadow-utils), or map one id only",
			 program->name, program_places[0], program->name);
}

#define NUMBER_MAX 12

static int run_program(const struct program *program, pid_t pid, const struct plan_mapping *maps,
		       size_t count, struct error *err)
{
	char path[64];
	auto_free const char **args = calloc(3 * count + 2, sizeof(*args));
	auto_free char *numbers = NULL;
	const struct spec_hook what = {
		.path = path,
		.args = { .items = args, .count = 3 * count + 2 },
		.timeout = { .set = true, .value = PROGRAM_TIMEOUT_S },
	};
	const struct hook_call call = { .hook = &what, .state = "", .directory = "/" };

	if (find_program(program, path, sizeof(path), err))
		return -1;
	numbers = calloc(3 * count + 1, NUMBER_MAX);
	if (!numbers || !args)
		return error_system(err, "make room for the mappings");
	args[0] = path;
	args[1] = numbers;
	(void)snprintf(numbers, NUMBER_MAX, "%d", (int)pid);
	for (size_t i = 0; i < 3 * count; i++) {
		const struct plan_mapping *map = &maps[i / 3];
		char *number = numbers + (i + 1) * NUMBER_MAX;

		(void)snprintf(number, NUMBER_MAX, "%u", i % 3 == 0 ? map->container_id :
							 i % 3 == 1 ? map->host_id : map->size);
		args[i + 2] = number;
	}
	if (hook_run(&call, err) == 0)
		return 0;
	return error_set(err, ERROR_HOST, 0,
			 "%s did not map the ids, which %s has to give to user %u: %s", program->name,
			 program->file, getuid(), err->message);
}

/* In a child that was made before the namespace was. */
static _Noreturn void map_from_outside(int channel, pid_t parent, const struct plan_ids *ids)
{
	struct error err = ERROR_INIT;

	if (process_set_death_signal(SIGKILL, -1, &err) == 0 && getppid() == parent &&
	    sync_expect(channel, SYNC_GO, NULL, NULL, &err) == 0 &&
	    run_program(&programs[0], parent, ids->outer_uids, ids->outer_uid_count, &err) == 0 &&
	    run_program(&programs[1], parent, ids->outer_gids, ids->outer_gid_count, &err) == 0)
		(void)sync_send(channel, SYNC_MAPPED, 0, &err);
	if (err.kind != ERROR_NONE)
		sync_send_error(channel, &err);
	_exit(0);
}

/* ---- the namespace */

static int make_namespaces(int procfs, struct error *err)
{
	if (unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0)
		return 0;
	(void)error_system(err, "make a user namespace");
	return explain(procfs, err);
}

/* The kernel lets anybody map himself, once groups cannot be dropped any more. */
static int map_self(int procfs, pid_t self, const struct plan_ids *ids, struct error *err)
{
	if (procfs_write_pid(procfs, self, "setgroups", "deny", err) ||
	    userns_write_maps(procfs, self, ids->outer_uids, ids->outer_uid_count, ids->outer_gids,
			      ids->outer_gid_count, err))
		return explain(procfs, err);
	return 0;
}

static int enter_alone(int procfs, pid_t self, const struct plan_ids *ids, struct error *err)
{
	return make_namespaces(procfs, err) || map_self(procfs, self, ids, err) ? -1 : 0;
}

static int enter_with_help(int procfs, const struct plan_ids *ids, struct error *err)
{
	struct process_clone_args args = PROCESS_CLONE_ARGS_INIT;
	pid_t parent = getpid();
	auto_fd pidfd = -1;
	auto_fd ours = -1;
	auto_fd theirs = -1;
	pid_t pid;
	int result;
	int status;

	if (channel_pair(&ours, &theirs, err))
		return -1;
	args.pidfd = &pidfd;
	if (process_clone(&args, &pid, err))
		return -1;
	if (pid == 0) {
		close_fd(&ours);
		map_from_outside(theirs, parent, ids);
	}
	close_fd(&theirs);
	result = make_namespaces(procfs, err);
	if (result == 0)
		result = sync_send(ours, SYNC_GO, 0, err);
	if (result == 0)
		result = sync_expect(ours, SYNC_MAPPED, NULL, NULL, err);
	/* Who waits for a word that does not come sees the end of the channel. */
	close_fd(&ours);
	(void)process_wait(pidfd, -1, &status, &(struct error){ .kind = ERROR_NONE });
	return result;
}

int rootless_enter(const struct plan_ids *ids, char *const *argv, struct error *err)
{
	uid_t uid = geteuid();
	auto_fd procfs = -1;
	pid_t self;

	if (ids->outer_uid_count == 0)
		return 0;
	/* The maps of a process that is closed to its user belong to root: it is open meanwhile. */
	if (process_make_dumpable(err))
		return -1;
	procfs = procfs_open(PROCFS_VISIBLE, NULL, err);
	if (procfs < 0 || procfs_self(procfs, &self, err) ||
	    (ids->outer_single ? enter_alone(procfs, self, ids, err) :
				 enter_with_help(procfs, ids, err)) ||
	    caps_keep_on_exec(err))
		return error_prefix(err, "a container of user %u", uid);
	return supervise_seal(argv, true, err);
}

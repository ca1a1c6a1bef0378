/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * The order of the steps is the security argument; each row that must not move
 * says why. What fails is sent to the supervisor, or to `start` once that is
 * there, and the process ends.
 */
#include "init.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "affinity.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "console.h"
#include "credentials.h"
#include "exec_join.h"
#include "init_parts.h"
#include "kernel/library.h"
#include "kernel/process.h"
#include "masks.h"
#include "mounts.h"
#include "namespaces.h"
#include "overlay_layers.h"
#include "program.h"
#include "rootfs.h"
#include "run/hooks.h"
#include "run/limits.h"
#include "sync.h"
#include "sysctls.h"

/* Who goes through the steps: a container's first process, or a further one. */
enum init_when {
	ON_CREATE = 1 << 0,
	ON_EXEC = 1 << 1,
};

/*
 * If the supervisor goes away while the container is being made, so does the
 * child. One that is gone already does not answer in the step "mapped".
 */
int init_guard(struct init *init, struct error *err)
{
	(void)init;
	return process_set_death_signal(SIGKILL, -1, err);
}

static int init_session(struct init *init, struct error *err)
{
	(void)init;
	if (process_reset_signals(err))
		return -1;
	if (setsid() < 0)
		return error_system(err, "make a session");
	return 0;
}

/*
 * The other is born as the supervisor's child, and says itself which one it is: what this process
 * said could come after what the other goes on to say.
 */
static int init_clone_again(struct init *init, uint64_t flags, struct error *err)
{
	struct process_clone_args args = PROCESS_CLONE_ARGS_INIT;
	auto_fd pidfd = -1;
	auto_fd self = -1;
	pid_t pid;

	args.flags = CLONE_PARENT | flags;
	args.pidfd = &pidfd;
	if (process_clone(&args, &pid, err))
		return error_prefix(err, "make the container's process");
	if (pid > 0)
		_exit(0);
	if (process_set_death_signal(SIGKILL, -1, err))
		return -1;
	self = process_open(getpid(), err);
	return self < 0 ? -1 : sync_send_fd(init->channel, SYNC_FORKED, 0, self, err);
}

static int init_join(struct init *init, struct error *err)
{
	uint64_t flags;

	if (namespaces_join(init->live, err))
		return -1;
	if (namespaces_clone_again(init->plan, &flags) && init_clone_again(init, flags, err))
		return -1;
	return namespaces_join_mounts(init->live, err);
}

/* The supervisor has looked at what is entered, and sees to it that it is the container's. */
static int init_enter(struct init *init, struct error *err)
{
	return exec_join_enter(init->live, err);
}

static int init_mapped(struct init *init, struct error *err)
{
	auto_fd root = -1;

	if (sync_expect(init->channel, SYNC_MAPPED, NULL, &root, err))
		return -1;
	if (root >= 0) {
		close_fd(&init->live->root_tree);
		init->live->root_tree = take_fd(&root);
	}
	overlay_layers_close(init->live);
	return 0;
}

/* In the container's cgroup now: what the process began with counts no more. */
static int init_affinity(struct init *init, struct error *err)
{
	const struct plan_exec *exec = init->plan->exec;

	if (exec->final.set)
		return affinity_set(&exec->final, "/process/execCPUAffinity/final", err);
	return exec->initial.set ? affinity_reset(err) : 0;
}

static int init_sysctls(struct init *init, struct error *err)
{
	return sysctls_write_early(init->live, err);
}

static int init_place(struct init *init, struct error *err)
{
	return rootfs_open_place(init->live, &init->place, err);
}

static int init_root_ids(struct init *init, struct error *err)
{
	if (credentials_become_root(init->plan, err))
		return -1;
	return init_guard(init, err); /* a change of ids clears the death signal */
}

static int init_namespaces(struct init *init, struct error *err)
{
	if (sysctls_write_late(init->live, err))
		return -1;
	return namespaces_finish(init->live, err);
}

static int init_attach(struct init *init, struct error *err)
{
	if (rootfs_attach(init->live, init->place, &init->root, err))
		return -1;
	close_fd(&init->place);
	return 0;
}

static int init_mounts(struct init *init, struct error *err)
{
	return mounts_attach(init->live, init->root, &init->kernel, err);
}

static int init_console(struct init *init, struct error *err)
{
	if (!init->plan->process.terminal)
		return 0;
	init->master = console_open(init->live, init->root, init->kernel.devpts, &init->peer, err);
	return init->master < 0 ? -1 : 0;
}

/*
 * A process that a hook left here has the host's root, and the container's program could reach
 * that through its /proc/PID/root. In a pid namespace of our own none is left.
 */
static void init_end_others(void)
{
	if (getpid() != 1)
		return;
	(void)kill(-1, SIGKILL);
	while (waitpid(-1, NULL, __WALL) > 0 || errno == EINTR)
		;
}

static int init_create_hooks(struct init *init, struct error *err)
{
	const struct plan *plan = init->plan;
	const struct hooks hooks = hooks_of(plan->spec, plan->rules, init->live->record);

	if (!plan->hooks_at_create)
		return 0;
	if (sync_send(init->channel, SYNC_HOOKS, 0, err) ||
	    sync_expect(init->channel, SYNC_HOOKED, NULL, NULL, err))
		return -1;
	if (plan->spec->hooks[SPEC_HOOK_CREATE_CONTAINER].count == 0)
		return 0;
	if (hooks_call_inside(&hooks, SPEC_HOOK_CREATE_CONTAINER, NULL, err))
		return -1;
	init_end_others();
	return 0;
}

static int init_join_console(struct init *init, struct error *err)
{
	if (!init->plan->process.terminal)
		return 0;
	init->master = console_join(init->live, &init->peer, err);
	return init->master < 0 ? -1 : 0;
}

static int init_masks(struct init *init, struct error *err)
{
	return masks_apply(init->live, init->root, &init->kernel, err);
}

static int init_finish_mounts(struct init *init, struct error *err)
{
	if (mounts_finish(init->live, err))
		return -1;
	return rootfs_finish(init->live, init->root, err);
}

static int init_pivot(struct init *init, struct error *err)
{
	if (init->plan->root.no_pivot ? rootfs_chroot(init->live, init->root, err) :
					rootfs_pivot(init->root, err))
		return -1;
	if (mounts_check_kernel(init->root, &init->kernel, err))
		return -1;
	return rootfs_propagate(init->live, init->root, err);
}

static int init_environment(struct init *init, struct error *err)
{
	return program_environment(&init->plan->process, &init->program, err);
}

static int init_directory(struct init *init, struct error *err)
{
	limits_set_umask(&init->plan->process);
	return program_enter_directory(&init->plan->process, init->plan->exec == NULL, err);
}

static int init_find(struct init *init, struct error *err)
{
	return program_find(&init->plan->process, &init->program, err);
}

static int init_ready(struct init *init, struct error *err)
{
	uint32_t start;

	if (sync_send_fd(init->channel, SYNC_READY, 0, init->master, err))
		return -1;
	close_fd(&init->master);
	if (sync_expect(init->channel, SYNC_COMMIT, &start, NULL, err))
		return -1;
	/* From here on the container outlives the call that made it. */
	if (process_set_death_signal(0, -1, err))
		return -1;
	if (sync_send(init->channel, SYNC_COMMITTED, 0, err))
		return -1;
	init->begun = start != 0;
	return 0;
}

static int init_terminal(struct init *init, struct error *err)
{
	return init->plan->process.terminal ? console_take(init->peer, err) : 0;
}

/* Descriptors that stay, in front of all others, which go. None of them is one of the first. */
static int init_keep_fds(const struct init *init, int *const keep[], size_t count, struct error *err)
{
	int first = 3 + (int)init->plan->process.preserve_fds;

	for (size_t i = 0; i < count; i++) {
		int moved = fcntl(*keep[i], F_DUPFD_CLOEXEC, first + (int)count);

		if (moved < 0)
			return error_system(err, "move a descriptor");
		*keep[i] = moved;
	}
	for (size_t i = 0; i < count; i++) {
		if (dup3(*keep[i], first + (int)i, O_CLOEXEC) < 0)
			return error_system(err, "move a descriptor");
		*keep[i] = first + (int)i;
	}
	return fd_close_from(first + (int)count, err);
}

/*
 * From here on the processes of the container can see it, if they are in a pid namespace of their
 * own: what they find has the container's namespaces, ids, capabilities and label, and no
 * descriptor of the host (CVE-2016-9962).
 */
static int init_appear(struct init *init, struct error *err)
{
	int *const keep[] = { &init->channel, &init->master, &init->peer };

	if (init_keep_fds(init, keep, init->master >= 0 ? ARRAY_SIZE(keep) : 1, err) ||
	    ((init->live->enter & CLONE_NEWPID) && init_clone_again(init, 0, err)))
		return -1;
	return init_session(init, err);
}

/*
 * One descriptor besides stdio stays open until exec, the one that failures go
 * to; it is put in front so that all others can be closed in one go.
 */
static int init_seal_fds(struct init *init, int *keep, struct error *err)
{
	return fd_keep_only(keep, 3 + (int)init->plan->process.preserve_fds, err);
}

/* Descriptors of the host go before the container's program is waited for. */
static int init_wait(struct init *init, struct error *err)
{
	struct live *live = init->live;

	if (init->begun)
		return init_seal_fds(init, &init->channel, err);
	if (init_seal_fds(init, &live->start_socket, err))
		return -1;
	for (;;) {
		int connection = accept4(live->start_socket, NULL, NULL, SOCK_CLOEXEC);
		struct error broken;

		if (connection < 0) {
			if (errno == EINTR || errno == ECONNABORTED)
				continue;
			_exit(1);
		}
		/* A `start` that died before it spoke has not started anything. */
		if (sync_expect(connection, SYNC_GO, NULL, NULL, &broken) == 0) {
			init->channel = connection;
			init->begun = true;
			close_fd(&live->start_socket);
			return init_seal_fds(init, &init->channel, err);
		}
		(void)close(connection);
	}
}

/*
 * They are under the filter, by their own processes: this one need not be allowed what it takes to
 * make a process and wait for it.
 */
static int init_start_hooks(struct init *init, struct error *err)
{
	const struct plan *plan = init->plan;
	const struct hooks hooks = hooks_of(plan->spec, plan->rules, init->live->record);

	if (plan->spec->hooks[SPEC_HOOK_START_CONTAINER].count == 0)
		return 0;
	if (hooks_call_inside(&hooks, SPEC_HOOK_START_CONTAINER, &init->live->filter, err))
		return -1;
	return sync_send(init->channel, SYNC_HOOKED, 0, err);
}

static int init_execute(struct init *init, struct error *err)
{
	return program_execute(&init->plan->process, &init->program, err);
}

/* Row order is the security argument. Move a row only with its reason. */
static const struct init_step {
	const char *name;
	unsigned int when;	/* enum init_when, or-ed */
	int (*run)(struct init *init, struct error *err);
} init_steps[] = {
	{ "guard",	 ON_CREATE | ON_EXEC, init_guard },
	{ "session",	 ON_CREATE,	      init_session },
	{ "join",	 ON_CREATE,	      init_join },
	{ "enter",	 ON_EXEC,	      init_enter },
	{ "mapped",	 ON_CREATE | ON_EXEC, init_mapped },
	{ "affinity",	 ON_EXEC,	      init_affinity },
	/* With the ids of the host: some files belong to its root. */
	{ "sysctls",	 ON_CREATE,	      init_sysctls },
	/* With the ids of the host. */
	{ "place",	 ON_CREATE,	      init_place },
	/* Before anything is made that has an owner. */
	{ "root ids",	 ON_CREATE | ON_EXEC, init_root_ids },
	{ "namespaces",	 ON_CREATE,	      init_namespaces },
	{ "root",	 ON_CREATE,	      init_attach },
	{ "mounts",	 ON_CREATE,	      init_mounts },
	{ "console",	 ON_CREATE,	      init_console },
	{ "join console", ON_EXEC,	      init_join_console },
	/* What they mount does not get over a mask. */
	{ "create hooks", ON_CREATE,	      init_create_hooks },
	/* After every mount that could cover one. */
	{ "masks",	 ON_CREATE,	      init_masks },
	/* After every mount point was made. */
	{ "read-only",	 ON_CREATE,	      init_finish_mounts },
	/* After the last look at the host's tree. */
	{ "pivot",	 ON_CREATE,	      init_pivot },
	{ "keyring",	 ON_CREATE | ON_EXEC, init_powers_keyring },
	/* After the last mount, before capabilities fall. */
	{ "label",	 ON_CREATE | ON_EXEC, init_powers_label },
	{ "environment", ON_CREATE | ON_EXEC, init_environment },
	{ "directory",	 ON_CREATE | ON_EXEC, init_directory },
	/* Late: a small one would hinder the set-up. */
	{ "limits",	 ON_CREATE | ON_EXEC, init_powers_limits },
	/* Needs CAP_SETPCAP: before the ids. */
	{ "bounding",	 ON_CREATE | ON_EXEC, init_powers_bound },
	{ "ids",	 ON_CREATE | ON_EXEC, init_powers_ids },
	{ "caps",	 ON_CREATE | ON_EXEC, init_powers_caps },
	/* With the ids of the program. */
	{ "program",	 ON_CREATE | ON_EXEC, init_find },
	{ "no_new_privs", ON_CREATE | ON_EXEC, init_powers_no_new_privs },
	/* Needs no_new_privs, and no look-up for writing after it. */
	{ "landlock",	 ON_CREATE | ON_EXEC, init_powers_landlock },
	/* Not before all privilege is gone: others can see the process then. */
	{ "appear",	 ON_EXEC,	      init_appear },
	{ "terminal",	 ON_CREATE | ON_EXEC, init_terminal },
	{ "ready",	 ON_CREATE | ON_EXEC, init_ready },
	{ "wait",	 ON_CREATE | ON_EXEC, init_wait },
	/* The steps before need some, and the limit may be none at all. */
	{ "descriptors", ON_CREATE | ON_EXEC, init_powers_descriptors },
	{ "start hooks", ON_CREATE,	      init_start_hooks },
	/* Last: it may forbid all the above. */
	{ "filter",	 ON_CREATE | ON_EXEC, init_powers_filter },
	{ "exec",	 ON_CREATE | ON_EXEC, init_execute },
};

_Noreturn void init_run(struct live *live)
{
	struct init init = { .live = live, .plan = live->plan, .channel = live->channel, .place = -1, .root = -1,
			     .kernel = MOUNTS_KERNEL_NULL, .peer = -1, .master = -1 };
	unsigned int when = live->plan->exec ? ON_EXEC : ON_CREATE;
	struct error err = ERROR_INIT;

	/* What is killed while it makes a container must not stay locked by what it made. */
	close_fd(&live->entry->lock);
	library_end();
	close_fd(&live->log);
	for (size_t i = 0; i < ARRAY_SIZE(init_steps); i++)
		if ((init_steps[i].when & when) && init_steps[i].run(&init, &err))
			break;
	sync_send_error(init.channel, &err);
	_exit(1);
}

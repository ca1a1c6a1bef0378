/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * The supervisor's side of exec. The child is born in the container's cgroup, with the host's
 * namespaces: it enters the container, gives up its power, and only then makes the process that
 * the container can see (init.c).
 */
#include "run/exec.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "affinity.h"
#include "base/cleanup.h"
#include "exec_join.h"
#include "init.h"
#include "kernel/channel.h"
#include "kernel/path.h"
#include "kernel/process.h"
#include "kernel/procfs.h"
#include "run/cgroup.h"
#include "run/limits.h"
#include "run/recorded_cgroup.h"
#include "run/shared_upper.h"
#include "start_socket.h"
#include "supervise_parts.h"
#include "sync.h"

/* How long an init that was killed may take to be gone. */
#define EXEC_PATIENCE_MS 2000

/*
 * How long the container may hold up what joins it: by SIGSTOP, or in a cgroup below its own that it
 * has frozen. Time in which all of it is frozen does not count: that is its owner's doing.
 */
#define EXEC_HELD_UP_S 20

static int exec_procfs(struct live *live, struct error *err)
{
	shared_upper_flush(live->record);
	live->procfs = procfs_open(PROCFS_PIDS, NULL, err);
	return live->procfs < 0 ? -1 : 0;
}

/* "0::/path": the only line of cgroup v2. */
static int exec_find_cgroup(const struct live *live, char **path, struct error *err)
{
	static const char key[] = "0::";
	auto_free char *text = NULL;
	const char *line;

	if (procfs_read_pid(live->procfs, live->record->pid, "cgroup", 65536, &text, NULL, err))
		return -1;
	for (line = text; line && strncmp(line, key, strlen(key)) != 0;) {
		line = strchr(line, '\n');
		line = line ? line + 1 : NULL;
	}
	if (!line)
		return error_set(err, ERROR_HOST, 0, "the container's init is in no cgroup of version 2");
	line += strlen(key);
	*path = strndup(line, strcspn(line, "\n"));
	return *path ? 0 : error_system(err, "make room for a path");
}

/* Where the container's own cgroup takes no process, or is gone. */
static int exec_open_other_cgroup(const struct live *live, struct error *err)
{
	auto_free char *path = NULL;
	int cgroup;

	if (exec_find_cgroup(live, &path, err))
		return -1;
	cgroup = cgroup_open(live->cgroup_mount, path, err);
	return cgroup < 0 ? error_prefix(err, "the cgroup of the container's init") : cgroup;
}

/* Straight down from the container's: no link, no other mount, no way up. */
static int exec_open_sub_cgroup(struct live *live, struct error *err)
{
	const char *path = live->plan->exec->cgroup;
	auto_fd own = take_fd(&live->cgroup);

	if (live->cgroup_mount < 0)
		return error_set(err, ERROR_USAGE, 0, "--cgroup: the container has no cgroup of its own");
	if (own < 0)
		return error_set(err, ERROR_STATE, 0, "--cgroup: the container's cgroup is gone");
	live->cgroup = path[0] == '\0' ? take_fd(&own)
				       : path_open_beneath(own, path, O_RDONLY | O_DIRECTORY, err);
	return live->cgroup < 0 ? error_prefix(err, "--cgroup") : 0;
}

static int exec_cgroup(struct live *live, struct error *err)
{
	if (recorded_cgroup_open(live->record, &live->cgroup_mount, &live->cgroup, err))
		return -1;
	if (live->plan->exec->cgroup)
		return exec_open_sub_cgroup(live, err);
	if (live->cgroup_mount < 0 || live->cgroup >= 0)
		return 0;
	live->cgroup = exec_open_other_cgroup(live, err);
	return live->cgroup < 0 ? -1 : 0;
}

static int exec_channel(struct live *live, struct error *err)
{
	return channel_pair(&live->log, &live->channel, err);
}

/* A cgroup with controllers for its children takes no process (EBUSY), nor does one in a threaded
 * subtree (EOPNOTSUPP) or one that is being removed (ENODEV). */
static bool exec_is_busy(const struct error *err)
{
	return err->errnum == EBUSY || err->errnum == EOPNOTSUPP || err->errnum == ENODEV ||
	       err->errnum == ENOENT;
}

static int exec_make_child(struct live *live, struct error *err)
{
	struct process_clone_args args = PROCESS_CLONE_ARGS_INIT;
	struct error busy = ERROR_INIT;

	args.procfs = live->procfs;
	args.pidfd = &live->pidfd;
	if (supervise_cgroup_clone(live, &args, &busy) == 0)
		return 0;
	if (live->plan->exec->cgroup || live->cgroup < 0 || !exec_is_busy(&busy)) {
		*err = busy;
		return live->plan->exec->cgroup ? error_prefix(err, "--cgroup") : -1;
	}
	close_fd(&live->cgroup);
	live->cgroup = exec_open_other_cgroup(live, err);
	if (live->cgroup < 0)
		return -1;
	args.cgroup_fd = live->cgroup;
	return process_clone(&args, &live->pid, err);
}

/*
 * What the child has made and has not told us of is our child as well. It ends when the channel
 * does, and a container's init cannot end before it was waited for.
 */
static void exec_reap(struct live *live)
{
	const struct timespec pause = { .tv_nsec = 1000000 };	/* 1 ms */
	siginfo_t info;

	supervise_clone_undo(live);
	close_fd(&live->log);
	for (int left = EXEC_PATIENCE_MS; left > 0; left--) {
		info.si_pid = 0;
		if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | __WALL))
			return;
		if (info.si_pid == 0)
			(void)nanosleep(&pause, NULL);
	}
}

/*
 * What /proc has of a child that is closed to its user belongs to root, so an ordinary user cannot write
 * there. The child inherits it instead. This process, which is there for the other, has it from then on.
 */
static int exec_own_oom_score(const struct live *live, struct error *err)
{
	struct error closing = ERROR_INIT;
	pid_t self;
	int result;

	if (geteuid() == 0)
		return 0;
	if (procfs_self(live->procfs, &self, err) || process_make_dumpable(err))
		return -1;
	result = limits_set_oom_score(live->procfs, self, &live->plan->process, err);
	if (process_make_undumpable(&closing) == 0)
		return result;
	if (result == 0)
		*err = closing;
	return -1;
}

/* The affinity "initial" is that of whoever makes the process: config.md "execCPUAffinity". */
static int exec_clone(struct live *live, struct error *err)
{
	const struct plan_cpus *initial = &live->plan->exec->initial;
	struct plan_cpus own;
	int result;

	if (exec_own_oom_score(live, err))
		return -1;
	if (initial->set && (affinity_save(&own, err) ||
			     affinity_set(initial, "/process/execCPUAffinity/initial", err)))
		return -1;
	result = exec_make_child(live, err);
	if (result == 0 && live->pid == 0)
		init_run(live);
	close_fd(&live->channel);
	if (initial->set && affinity_set(&own, "the CPU affinity of orlop", result ? NULL : err))
		return -1;
	return result;
}

static int exec_map(struct live *live, struct error *err)
{
	struct error reason = ERROR_INIT;
	enum sync_type type;

	if (supervise_cgroup_settle(live, err) || supervise_limits(live, err))
		return -1;
	if (sync_send(live->log, SYNC_MAPPED, 0, err) == 0)
		return 0;
	/* A child that is gone has said why. One that is there waits for this word, and says nothing. */
	if (err->errnum != EPIPE && err->errnum != ECONNRESET)
		return -1;
	if (sync_receive(live->log, &type, NULL, NULL, &reason))
		*err = reason;
	return -1;
}

static bool exec_is_frozen(const struct live *live)
{
	auto_fd mount = -1;
	auto_fd cgroup = -1;
	struct error ignored = ERROR_INIT;
	bool frozen = false;

	return recorded_cgroup_open(live->record, &mount, &cgroup, &ignored) == 0 && cgroup >= 0 &&
	       cgroup_is_frozen(cgroup, &frozen, &ignored) == 0 && frozen;
}

/* Waits until the child has said something. */
static int exec_hear(const struct live *live, struct error *err)
{
	for (int held = 0; held < EXEC_HELD_UP_S;) {
		struct pollfd said = { .fd = live->log, .events = POLLIN };
		int ready = poll(&said, 1, 1000);

		if (ready > 0)
			return 0;
		if (ready < 0 && errno != EINTR)
			return error_system(err, "wait for the process that joins the container");
		if (ready == 0 && !exec_is_frozen(live))
			held++;
	}
	return error_set(err, ERROR_STATE, 0,
			 "the container holds up the process that was to join it: it was stopped, or "
			 "its cgroup frozen, for %d seconds", EXEC_HELD_UP_S);
}

static int exec_follow(struct live *live, struct error *err)
{
	if (!(live->enter & CLONE_NEWPID))
		return 0;
	return exec_hear(live, err) ? -1 : supervise_adopt(live, err);
}

static int exec_ready(struct live *live, struct error *err)
{
	return exec_hear(live, err) ? -1 : supervise_ready(live, err);
}

/* Nothing of a container that has stopped meanwhile is told to anybody. */
static int exec_tell(struct live *live, struct error *err)
{
	return exec_join_alive(live, 0, err) ? -1 : supervise_tell(live, err);
}

static int exec_commit(struct live *live, struct error *err)
{
	enum sync_type type;

	if (sync_send(live->log, SYNC_COMMIT, true, err) || exec_hear(live, err) ||
	    sync_expect(live->log, SYNC_COMMITTED, NULL, NULL, err) || exec_hear(live, err) ||
	    sync_receive(live->log, &type, NULL, NULL, err))
		return -1;
	return start_verify(live->record, live->procfs, live->pid, live->pidfd, err);
}

static const struct supervise_step exec_steps[] = {
	{ "procfs",  exec_procfs,      NULL },
	{ "init",    exec_join_open,   NULL },
	{ "cgroup",  exec_cgroup,      NULL },
	{ "filter",  supervise_filter, NULL },
	{ "stdio",   supervise_stdio,  NULL },
	{ "channel", exec_channel,     NULL },
	{ "clone",   exec_clone,       exec_reap },
	{ "map",     exec_map,	       NULL },
	{ "follow",  exec_follow,      NULL },
	{ "ready",   exec_ready,       NULL },
	{ "tell",    exec_tell,	       supervise_tell_undo },
	{ "commit",  exec_commit,      NULL },
};

/*
 * Whatever went wrong in a container whose init has ended, that is the reason. The kernel ends
 * the others of its pid namespace first: init itself may be about to.
 */
static void exec_explain(const struct live *live, struct error *err)
{
	/* Ours was ended, or cannot be made any more in that pid namespace. */
	bool abrupt = err->errnum == EPIPE || err->errnum == ENOMEM || err->errnum == ESRCH;
	struct error stopped = ERROR_INIT;

	if (live->target >= 0 &&
	    exec_join_alive(live, abrupt ? EXEC_PATIENCE_MS : 0, &stopped) &&
	    stopped.kind == ERROR_STATE)
		*err = stopped;
}

int exec_run(const struct plan *plan, const struct record *record, int init,
	     const struct supervise_options *options, struct supervise_result *out,
	     struct error *err)
{
	struct store_entry none = STORE_ENTRY_NULL;
	/* What the process is to be under; the container's own record is not touched. */
	struct record expected = *record;
	struct live live = { .plan = plan, .options = options, .entry = &none, .record = &expected };

	expected.apparmor = plan->lsm.apparmor;
	expected.selinux = plan->lsm.selinux;
	expected.filters = 0;
	supervise_init(&live);
	live.target = init;
	if (supervise_go(&live, exec_steps, ARRAY_SIZE(exec_steps), err)) {
		exec_explain(&live, err);
		supervise_close(&live);
		return -1;
	}
	out->pidfd = take_fd(&live.pidfd);
	out->terminal = options->console_socket ? -1 : take_fd(&live.terminal);
	supervise_close(&live);
	return 0;
}

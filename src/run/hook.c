/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * A hook may never read, never end, write without end, or leave a process behind
 * that holds its descriptors: nothing here waits for anything but the hook's own
 * end, and not for that beyond its timeout. Its process group is killed while its
 * leader is not reaped yet, so that the number is still its own.
 */
#include "hook.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/text.h"
#include "kernel/channel.h"
#include "kernel/process.h"
#include "program.h"
#include "sync.h"

/* Of what a hook prints, the end is kept; and its last line, up to this, goes into the message. */
#define HOOK_OUTPUT_MAX 1024
#define HOOK_LINE_MAX 400

/* After its end no more than a full pipe is read: a process that it left may go on writing. */
#define HOOK_DRAIN_MAX (64u << 10)

/* How long the kernel may take to end a hook that was killed. */
#define HOOK_PATIENCE_MS 5000

/* The caller's ends, and what the hook is given. */
struct hook_ends {
	int input[2];
	int output[2];
	int channel[2];		/* says why the program could not be executed; closes at exec */
	int parent;		/* pidfd of the caller */
};

#define HOOK_ENDS_NULL ((struct hook_ends){ { -1, -1 }, { -1, -1 }, { -1, -1 }, -1 })

struct hook_process {
	const struct hook_call *call;
	struct hook_ends ends;
	pid_t pid;
	int pidfd;
	size_t written;		/* of the state */
	size_t kept;		/* bytes in output */
	char output[HOOK_OUTPUT_MAX];
	struct sigaction pipe_action;
};

static void hook_close(struct hook_process *process)
{
	int *const ends[] = { &process->ends.input[0], &process->ends.input[1],
			      &process->ends.output[0], &process->ends.output[1],
			      &process->ends.channel[0], &process->ends.channel[1],
			      &process->ends.parent, &process->pidfd };

	for (size_t i = 0; i < ARRAY_SIZE(ends); i++)
		close_fd(ends[i]);
	(void)sigaction(SIGPIPE, &process->pipe_action, NULL);
}

/* ---- in the hook's process */

static int hook_streams(const struct hook_ends *ends, struct error *err)
{
	if (dup2(ends->input[0], 0) < 0 || dup2(ends->output[1], 1) < 0 ||
	    dup2(ends->output[1], 2) < 0)
		return error_system(err, "set standard input and output");
	return 0;
}

static int hook_enter(const struct hook_call *call, struct error *err)
{
	/* The bundle may be gone when poststop hooks are called, and be closed to a user namespace's root. */
	if (call->directory && chdir(call->directory) && chdir("/"))
		return error_system(err, "enter /");
	/* Ours is for files that nobody else should read; what hooks make is for the container. */
	if (!call->contained)
		(void)umask(022);
	return 0;
}

/* The entries of @list, after @first where that is not NULL, with a NULL behind them. */
static char **hook_strings(const struct spec_strings *list, const char *first)
{
	char **out = calloc(list->count + 2, sizeof(*out));
	size_t count = 0;

	if (!out)
		return NULL;
	if (first)
		out[count++] = (char *)(uintptr_t)first;
	for (size_t i = 0; i < list->count; i++)
		out[count++] = (char *)(uintptr_t)list->items[i];
	return out;
}

static int hook_execute(const struct hook_call *call, struct error *err)
{
	const struct spec_hook *hook = call->hook;
	auto_free char **args = hook_strings(&hook->args, hook->args.count == 0 ? hook->path : NULL);
	auto_free char **env = hook_strings(&hook->env, NULL);

	if (!args || !env)
		return error_set(err, ERROR_SYSTEM, ENOMEM, "make room for the arguments");
	if (call->filter && seccomp_install(call->filter, err))
		return -1;
	(void)execve(hook->path, args, env);
	return error_system(err, "exec");
}

/* The order: what needs descriptors, then none are left but one, then the filter, then exec. */
static _Noreturn void hook_become(const struct hook_process *process)
{
	const struct hook_call *call = process->call;
	int channel = process->ends.channel[1];
	struct error err = ERROR_INIT;

	if (process_reset_signals(&err) == 0 && setsid() > 0 &&
	    process_set_death_signal(SIGKILL, process->ends.parent, &err) == 0 &&
	    hook_streams(&process->ends, &err) == 0 && fd_keep_only(&channel, 3, &err) == 0 &&
	    hook_enter(call, &err) == 0 &&
	    (!call->contained || program_check(call->hook->path, &err) == 0))
		(void)hook_execute(call, &err);
	sync_send_error(channel, &err);
	_exit(1);
}

/* ---- in the caller */

static int hook_open(struct hook_process *process, struct error *err)
{
	struct hook_ends *ends = &process->ends;

	if (pipe2(ends->input, O_CLOEXEC) || pipe2(ends->output, O_CLOEXEC) ||
	    fcntl(ends->input[1], F_SETFL, O_NONBLOCK) ||
	    fcntl(ends->output[0], F_SETFL, O_NONBLOCK))
		return error_system(err, "make a pipe");
	ends->parent = process_open(getpid(), err);
	if (ends->parent < 0)
		return -1;
	return channel_pair(&ends->channel[0], &ends->channel[1], err);
}

static int hook_start(struct hook_process *process, struct error *err)
{
	struct process_clone_args args = PROCESS_CLONE_ARGS_INIT;

	args.pidfd = &process->pidfd;
	if (process_clone(&args, &process->pid, err))
		return -1;
	if (process->pid == 0)
		hook_become(process);
	close_fd(&process->ends.input[0]);
	close_fd(&process->ends.output[1]);
	close_fd(&process->ends.channel[1]);
	close_fd(&process->ends.parent);
	return 0;
}

/* What does not fit now is written when there is room; who reads no more gets no more. */
static void hook_feed(struct hook_process *process)
{
	const struct hook_call *call = process->call;
	ssize_t put = write(process->ends.input[1], call->state + process->written,
			    call->size - process->written);

	if (put > 0)
		process->written += (size_t)put;
	if (process->written == call->size || (put < 0 && errno != EAGAIN && errno != EINTR))
		close_fd(&process->ends.input[1]);
}

/* Return: how many bytes came. At the end of the pipe, its descriptor is closed. */
static size_t hook_listen(struct hook_process *process)
{
	char bytes[sizeof(process->output)];
	ssize_t got = read(process->ends.output[0], bytes, sizeof(bytes));
	size_t size = got > 0 ? (size_t)got : 0;
	size_t room = sizeof(process->output) - process->kept;

	if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR))
		close_fd(&process->ends.output[0]);
	if (size > room) {
		memmove(process->output, process->output + (size - room), process->kept - (size - room));
		process->kept -= size - room;
	}
	memcpy(process->output + process->kept, bytes, size);
	process->kept += size;
	return size;
}

static int64_t hook_now_ms(void)
{
	struct timespec now = { 0 };

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* What is left until @end, as poll(2) takes it; -1 where there is no end. */
static int hook_left_ms(int64_t end)
{
	int64_t left = end - hook_now_ms();

	if (end < 0)
		return -1;
	if (left < 0)
		return 0;
	return left > INT_MAX ? INT_MAX : (int)left;
}

/* Comes back when the hook has ended, not reaped yet, or has had its time. */
static int hook_attend(struct hook_process *process, struct error *err)
{
	const struct spec_i64 *timeout = &process->call->hook->timeout;
	int64_t end = timeout->set ? hook_now_ms() + timeout->value * 1000 : -1;

	for (;;) {
		struct pollfd wait[] = { { .fd = process->pidfd, .events = POLLIN },
					 { .fd = process->ends.output[0], .events = POLLIN },
					 { .fd = process->ends.input[1], .events = POLLOUT } };
		int ready = poll(wait, ARRAY_SIZE(wait), hook_left_ms(end));

		if (ready < 0 && errno != EINTR)
			return error_system(err, "wait for it");
		if (ready > 0 && wait[0].revents)
			return 0;
		if (ready > 0 && wait[1].revents)
			(void)hook_listen(process);
		if (ready > 0 && wait[2].revents)
			hook_feed(process);
		if (end >= 0 && hook_now_ms() >= end)
			return error_set(err, ERROR_HOOK, 0, "took longer than its timeout of %lld s",
					 (long long)timeout->value);
	}
}

/* Appends ": " and the last line that the hook printed, if it printed one. */
static void hook_append_line(struct hook_process *process, struct text *to)
{
	size_t end;
	size_t start;
	char line[HOOK_LINE_MAX + 1];

	for (size_t drained = 0; process->ends.output[0] >= 0 && drained < HOOK_DRAIN_MAX;) {
		size_t got = hook_listen(process);

		if (got == 0)
			break;
		drained += got;
	}
	for (end = process->kept; end > 0 && strchr(" \t\r\n", process->output[end - 1]); end--)
		;
	for (start = end; start > 0 && process->output[start - 1] != '\n'; start--)
		;
	if (start == end)
		return;
	if (end - start > HOOK_LINE_MAX)
		end = start + HOOK_LINE_MAX;
	memcpy(line, process->output + start, end - start);
	line[end - start] = '\0';
	text_append(to, ": ");
	text_append_escaped(to, line);
}

/* How it ended, not reaped yet. */
static int hook_judge(struct hook_process *process, struct error *err)
{
	auto_text text = TEXT_INIT(ERROR_MESSAGE_MAX);
	enum sync_type type;
	siginfo_t info = { 0 };

	if (sync_receive(process->ends.channel[0], &type, NULL, NULL, err))
		return -1;
	if (waitid((idtype_t)P_PIDFD, (id_t)process->pidfd, &info, WEXITED | WNOHANG | WNOWAIT | __WALL))
		return error_system(err, "wait for it");
	if (info.si_code == CLD_EXITED && info.si_status == 0)
		return 0;
	if (info.si_code == CLD_EXITED)
		text_appendf(&text, "exit status %d", info.si_status);
	else
		text_appendf(&text, "ended by signal %d", info.si_status);
	hook_append_line(process, &text);
	return error_set(err, ERROR_HOOK, 0, "%s", text_string(&text));
}

/* SIGKILL to what did not do its work, and to its children. */
static void hook_end(const struct hook_process *process)
{
	struct error ignored;
	int status;

	/* It may not have made its group yet. */
	(void)process_signal(process->pidfd, SIGKILL, &ignored);
	(void)kill(-process->pid, SIGKILL);
	(void)process_wait(process->pidfd, HOOK_PATIENCE_MS, &status, &ignored);
}

int hook_run(const struct hook_call *call, struct error *err)
{
	__attribute__((cleanup(hook_close))) struct hook_process process = {
		.call = call, .ends = HOOK_ENDS_NULL, .pidfd = -1,
	};
	const struct sigaction ignore = { .sa_handler = SIG_IGN };
	int status;

	/* A hook that closes its standard input is no failure of ours. */
	if (sigaction(SIGPIPE, &ignore, &process.pipe_action))
		return error_system(err, "ignore SIGPIPE");
	if (hook_open(&process, err) || hook_start(&process, err))
		return -1;
	if (hook_attend(&process, err) || hook_judge(&process, err)) {
		hook_end(&process);
		return -1;
	}
	return process_wait(process.pidfd, -1, &status, err);
}

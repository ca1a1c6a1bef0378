/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */

#include "kernel/process.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/number.h"
#include "kernel/call.h"
#include "kernel/procfs.h"

#define PID_LIMIT 4194304	/* PID_MAX_LIMIT of 64-bit kernels */
#define STAT_MAX ((size_t)4096)
#define STATUS_MAX ((size_t)1 << 20)	/* it lists the groups: 65536 of them at most */

/* What a child may be given. Whatever shares memory or tables with the parent is not in it. */
#define CLONE_ALLOWED								\
	((uint64_t)CLONE_NEWCGROUP | CLONE_NEWIPC | CLONE_NEWNET | CLONE_NEWNS |	\
	 CLONE_NEWPID | CLONE_NEWTIME | CLONE_NEWUSER | CLONE_NEWUTS |		\
	 CLONE_PARENT | CLONE_CLEAR_SIGHAND | CLONE_PIDFD)

/* PF_EXITING of include/linux/sched.h: set before anything is taken from a process that ends. */
#define FLAG_EXITING ((uint64_t)4)

#define STATUS_KILLED ((uint64_t)1 << (SIGKILL - 1))

/*
 * SIGKILL is sent before the child is woken, and stays pending for the process until it is waited for.
 * cgroup_css_set_fork() notes the count of the parent's cgroup, cgroup_post_fork() compares the child's.
 */
static bool process_was_killed(int procfs, pid_t pid)
{
	static const char key[] = "\nShdPnd:\t";
	auto_free char *data = NULL;
	const char *at;
	size_t size;

	if (procfs_read_pid(procfs, pid, "status", STATUS_MAX, &data, &size, NULL))
		return false;
	at = strstr(data, key);
	return at && (strtoull(at + sizeof(key) - 1, NULL, 16) & STATUS_KILLED);
}

/*
 * Return: as clone3(2), with the new descriptor in @pidfd. The child opens nothing: whoever opened the
 * file is asked for the permission to write it, and the child may be in another user namespace.
 */
static pid_t clone_again(struct clone_args *kernel_args, int cgroup_fd, int *pidfd)
{
	auto_fd procs = openat(cgroup_fd, "cgroup.procs", O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
	auto_fd killed = take_fd(pidfd);
	struct error ignored;
	pid_t child;
	int status;

	if (procs < 0 || process_wait(killed, -1, &status, &ignored))
		return -1;
	kernel_args->flags &= ~CLONE_INTO_CGROUP;
	kernel_args->cgroup = 0;
	child = call_clone3(kernel_args);
	if (child == 0 && write(procs, "0", 1) != 1)
		_exit(1);
	return child;
}

int process_clone(const struct process_clone_args *args, pid_t *pid, struct error *err)
{
	struct clone_args kernel_args = { .flags = args->flags | CLONE_PIDFD };
	bool silent = args->no_signal || (args->flags & CLONE_PARENT);
	int pidfd = -1;
	pid_t child;

	if ((args->flags & ~CLONE_ALLOWED) || !args->pidfd)
		return error_set(err, ERROR_SYSTEM, EINVAL, "clone process");
	kernel_args.pidfd = (uint64_t)(uintptr_t)&pidfd;
	kernel_args.exit_signal = silent ? 0 : SIGCHLD;
	if (args->cgroup_fd >= 0) {
		kernel_args.flags |= CLONE_INTO_CGROUP;
		kernel_args.cgroup = (uint64_t)args->cgroup_fd;
	}

	child = call_clone3(&kernel_args);
	if (child > 0 && args->cgroup_fd >= 0 && args->procfs >= 0 && process_was_killed(args->procfs, child))
		child = clone_again(&kernel_args, args->cgroup_fd, &pidfd);
	if (child < 0)
		return error_system(err, "clone process");
	if (child > 0)
		*args->pidfd = pidfd;
	*pid = child;
	return 0;
}

int process_open(pid_t pid, struct error *err)
{
	int pidfd = call_pidfd_open(pid, 0);

	/*
	 * A number that is a session, a process group or a thread is no process, and yet known: Linux
	 * 6.12 says EINVAL then, and 6.18 ENOENT of a thread.
	 */
	if (pidfd < 0 && pid > 0 && (errno == EINVAL || errno == ENOENT))
		errno = ESRCH;
	return pidfd < 0 ? error_system(err, "open process %d", (int)pid) : pidfd;
}

int process_pid(int procfs, int pidfd, pid_t *pid, struct error *err)
{
	static const char key[] = "\nPid:\t";
	auto_free char *info = NULL;
	char name[32];
	size_t size;
	char *at;
	char *end;
	pid_t self;
	int64_t number;

	(void)snprintf(name, sizeof(name), "fdinfo/%d", pidfd);
	if (procfs_self(procfs, &self, err) ||
	    procfs_read_pid(procfs, self, name, STAT_MAX, &info, &size, err))
		return -1;
	at = strstr(info, key);
	end = at ? strchr(at + 1, '\n') : NULL;
	if (!end)
		return error_set(err, ERROR_SYSTEM, EBADMSG, "/proc/%d/%s has no pid", (int)self, name);
	*end = '\0';
	/* 0: of no number here; -1: it has ended and was waited for. */
	if (number_parse_i64(at + sizeof(key) - 1, 1, PID_LIMIT, &number))
		return error_set(err, ERROR_SYSTEM, ESRCH, "find the pid of a process");
	*pid = (pid_t)number;
	return 0;
}

int process_open_started(int procfs, pid_t pid, uint64_t start_time, char *state,
			 struct error *err)
{
	auto_fd pidfd = -1;
	struct process_stat stat = { 0 };

	pidfd = process_open(pid, err);
	if (pidfd < 0)
		return -1;
	if (process_stat_read(procfs, pid, &stat, err) < 0) {
		if (err && err->errnum == ENOENT)
			err->errnum = ESRCH;
		return -1;
	}
	if (stat.start_time != start_time)
		return error_set(err, ERROR_SYSTEM, ESRCH,
				 "open process %d: its pid is another's now", (int)pid);
	if (state)
		*state = stat.state;
	return take_fd(&pidfd);
}

static int64_t now_ms(void)
{
	struct timespec now = { 0 };

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* A pidfd is readable once its process has ended. Gives 1, or 0 when the time is over, or -1. */
static int wait_readable(int pidfd, int timeout_ms)
{
	struct pollfd entry = { .fd = pidfd, .events = POLLIN };
	int64_t end = now_ms() + timeout_ms;
	int ready;

	for (;;) {
		ready = poll(&entry, 1, timeout_ms);
		if (ready > 0 && (entry.revents & POLLNVAL)) {
			errno = EBADF;
			return -1;
		}
		if (ready >= 0 || errno != EINTR)
			return ready;
		if (timeout_ms > 0)
			timeout_ms = end > now_ms() ? (int)(end - now_ms()) : 0;
	}
}

int process_exit_status(int code, int status)
{
	return code == CLD_EXITED ? status : 128 + status;
}

int process_wait(int pidfd, int timeout_ms, int *status, struct error *err)
{
	int ready = 1;

	for (;;) {
		siginfo_t info = { 0 };

		/* __WALL: a child with no exit signal is else a "clone" child, not waited for. */
		if (waitid((idtype_t)P_PIDFD, (id_t)pidfd, &info,
			   WEXITED | WNOHANG | __WALL) < 0) {
			if (errno == EINTR)
				continue;
			return error_system(err, "wait for process");
		}
		if (info.si_pid != 0) {
			*status = process_exit_status(info.si_code, info.si_status);
			return 0;
		}
		if (ready == 0)
			return error_set(err, ERROR_SYSTEM, ETIMEDOUT, "wait for process");
		ready = wait_readable(pidfd, timeout_ms);
		if (ready < 0)
			return error_system(err, "wait for process");
	}
}

int process_wait_gone(int pidfd, int timeout_ms, struct error *err)
{
	int ready = wait_readable(pidfd, timeout_ms);

	if (ready < 0)
		return error_system(err, "wait for process");
	if (ready == 0)
		return error_set(err, ERROR_SYSTEM, ETIMEDOUT, "wait for process");
	return 0;
}

int process_signal(int pidfd, int signal, struct error *err)
{
	if (call_pidfd_send_signal(pidfd, signal) < 0)
		return error_system(err, "send signal %d", signal);
	return 0;
}

/* The next word up to a space or the line's end; NULL when there are no more. */
static const char *next_word(const char **next, const char *end, size_t *length)
{
	const char *word = *next;

	while (word < end && *word == ' ')
		word++;
	*next = word;
	while (*next < end && **next != ' ' && **next != '\n')
		(*next)++;
	*length = (size_t)(*next - word);
	return *length ? word : NULL;
}

int process_stat_parse(const char *data, size_t size, struct process_stat *out,
		       struct error *err)
{
	enum { STATE = 3, PARENT = 4, FLAGS = 9, START_TIME = 22 };
	const char *end = data + size;
	const char *next = size ? memrchr(data, ')', size) : NULL;
	uint64_t parent = 0;
	uint64_t flags = 0;
	uint64_t start = 0;
	char state = '\0';
	bool good = next != NULL;

	if (next)
		next++;
	for (int field = STATE; good && field <= START_TIME; field++) {
		size_t length = 0;
		const char *word = next_word(&next, end, &length);

		good = word != NULL;
		if (good && field == STATE) {
			state = word[0];
			good = length == 1;
		} else if (good && field == PARENT) {
			good = number_parse_u64_bytes(word, length, PID_LIMIT, &parent) == 0;
		} else if (good && field == FLAGS) {
			good = number_parse_u64_bytes(word, length, UINT32_MAX, &flags) == 0;
		} else if (good && field == START_TIME) {
			good = number_parse_u64_bytes(word, length, UINT64_MAX, &start) == 0;
		}
	}
	if (!good)
		return error_set(err, ERROR_HOST, 0, "malformed process status");
	*out = (struct process_stat){
		.state = state,
		.parent = (pid_t)parent,
		.ending = flags & FLAG_EXITING,
		.start_time = start,
	};
	return 0;
}

int process_stat_read(int procfs, pid_t pid, struct process_stat *out, struct error *err)
{
	auto_free char *data = NULL;
	size_t size = 0;

	if (procfs_read_pid(procfs, pid, "stat", STAT_MAX, &data, &size, err) < 0)
		return -1;
	if (process_stat_parse(data, size, out, err) < 0)
		return error_prefix(err, "process %d", (int)pid);
	return 0;
}

int process_start_time(int procfs, pid_t pid, uint64_t *start_time, struct error *err)
{
	struct process_stat stat = { 0 };

	if (process_stat_read(procfs, pid, &stat, err) < 0)
		return -1;
	*start_time = stat.start_time;
	return 0;
}

int process_make_dumpable(struct error *err)
{
	if (prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) < 0)
		return error_system(err, "make process dumpable");
	return 0;
}

int process_make_undumpable(struct error *err)
{
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return error_system(err, "make process undumpable");
	if (prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != 0)
		return error_set(err, ERROR_SYSTEM, EPERM, "make process undumpable");
	return 0;
}

int process_reset_signals(struct error *err)
{
	struct sigaction action = { .sa_handler = SIG_DFL };
	sigset_t none;

	(void)sigemptyset(&none);
	for (int signal = 1; signal < NSIG; signal++)
		(void)sigaction(signal, &action, NULL); /* KILL, STOP and libc's own refuse */
	if (sigprocmask(SIG_SETMASK, &none, NULL))
		return error_system(err, "empty the signal mask");
	return 0;
}

int process_set_death_signal(int signal, int parent, struct error *err)
{
	if (prctl(PR_SET_PDEATHSIG, (unsigned long)signal, 0, 0, 0) < 0)
		return error_system(err, "set death signal");
	/* getppid() cannot tell: in a new pid namespace it is 0 from the start. */
	if (parent >= 0 && wait_readable(parent, 0) != 0)
		return error_set(err, ERROR_SYSTEM, ESRCH, "set death signal: the parent ended");
	return 0;
}

int process_refuse_setuid(struct error *err)
{
	if (getauxval(AT_SECURE) != 0)
		return error_set(err, ERROR_HOST, 0,
				 "must not be installed setuid, setgid or with file capabilities");
	return 0;
}

bool process_has_capability(unsigned int capability)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = { 0 };

	return syscall(SYS_capget, &header, data) == 0 && CAP_TO_INDEX(capability) < ARRAY_SIZE(data) &&
	       (data[CAP_TO_INDEX(capability)].effective & CAP_TO_MASK(capability)) != 0;
}

/*
 * The inode of the initial user namespace is fixed since Linux 3.8. By the text of the link: to
 * follow it takes the kernel ten times as long.
 */
bool process_in_initial_userns(void)
{
	static const char initial[] = "user:[4026531837]";
	char name[sizeof(initial)];

	return readlink("/proc/self/ns/user", name, sizeof(name)) == (ssize_t)strlen(initial) &&
	       memcmp(name, initial, strlen(initial)) == 0;
}

bool process_hides_owner(uid_t uid)
{
	/* DEFAULT_OVERFLOWUID of the kernel. On a host that has changed it such owners are strangers. */
	return uid == 65534 && !process_in_initial_userns();
}

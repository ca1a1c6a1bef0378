/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * Run a program and end it, or let one of its system calls go wrong, at a moment that can be chosen
 * again. Children and what they execute belong to the program.
 *
 *	killafter trace FILE PROGRAM...		write what it calls to FILE, a line each: WHO NUMBER ARGUMENT
 *	killafter kill N PROGRAM...		SIGKILL the first process at its N-th system call
 *	killafter fail WHO NUMBER NTH ERRNO PROGRAM...
 *						the NTH system call NUMBER of WHO is not made and returns
 *						-ERRNO; with ERRNO 0 it reports success all the same
 *	killafter end WHO NUMBER NTH PROGRAM...	SIGKILL WHO at its NTH system call NUMBER
 *	killafter orphan FILE NUMBER NTH PROGRAM...
 *						when a child makes its NTH system call NUMBER, it is stopped there,
 *						the first process gets SIGKILL, and the child's pid is written to
 *						FILE; the child goes on when FILE is removed
 *	killafter swap WHO NUMBER NTH A B PROGRAM...
 *						before the NTH system call NUMBER of WHO is made, the names A and B
 *						are exchanged
 *
 * NUMBER:ARGUMENT are only the calls that have this first argument. WHO is "parent", the first
 * process, or "child", any other. Calls are counted when they begin.
 * Exits with the program's status, 128 and the signal's number, or 125 if the moment did not come.
 */
#define _GNU_SOURCE

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <linux/ptrace.h>

#define OPTIONS (PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEEXEC | PTRACE_O_TRACEFORK | \
		 PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE)
#define TASKS 4096

enum mode { TRACE, KILL, FAIL, END, ORPHAN, SWAP };

static enum mode mode;
static FILE *trace_file;
static const char *orphan_file;
static const char *swapped[2];
static unsigned long moment;
static bool fail_child;
static unsigned long fail_number;
static bool fail_argument_given;
static unsigned long fail_argument;
static long fail_errno;
static long fail_success;	/* what the call returns when it works: of write, the size */

static pid_t first;
static unsigned long calls;
static unsigned long matched;
static bool happened;
static pid_t lying[TASKS];	/* whose next stop is the end of the call that fails */

static void die(const char *what)
{
	perror(what);
	exit(124);
}

/* The call is replaced by one that does not exist. */
static void skip_call(pid_t pid)
{
#if defined(__x86_64__)
	long number = -1;

	/* orig_rax of struct user_regs_struct */
	if (ptrace(PTRACE_POKEUSER, pid, 15 * sizeof(long), number))
		die("skip the call");
#elif defined(__aarch64__)
	int number = -1;
	struct iovec iov = { &number, sizeof(number) };

	if (ptrace(PTRACE_SETREGSET, pid, NT_ARM_SYSTEM_CALL, &iov))
		die("skip the call");
#else
#error "this processor is not known"
#endif
}

static void set_result(pid_t pid, long result)
{
#if defined(__x86_64__)
	if (ptrace(PTRACE_POKEUSER, pid, 10 * sizeof(long), result))
		die("set the result");
#elif defined(__aarch64__)
	struct { unsigned long regs[31], sp, pc, pstate; } all;
	struct iovec iov = { &all, sizeof(all) };

	if (ptrace(PTRACE_GETREGSET, pid, NT_PRSTATUS, &iov))
		die("read the registers");
	all.regs[0] = (unsigned long)result;
	if (ptrace(PTRACE_SETREGSET, pid, NT_PRSTATUS, &iov))
		die("set the result");
#endif
}

static int find_liar(pid_t pid)
{
	for (int i = 0; i < TASKS; i++)
		if (lying[i] == pid)
			return i;
	return -1;
}

static bool is_wanted(pid_t pid, unsigned long number, unsigned long argument)
{
	return (pid != first) == fail_child && number == fail_number &&
	       (!fail_argument_given || argument == fail_argument);
}

/* Its own death signal is not set yet, so nothing but this process knows that it is there. */
static void make_orphan(pid_t pid)
{
	const struct timespec pause = { .tv_nsec = 20000000 };
	FILE *file;

	kill(first, SIGKILL);
	while (waitpid(first, NULL, __WALL) < 0 && errno == EINTR)
		;
	file = fopen(orphan_file, "we");
	if (!file || fprintf(file, "%d\n", (int)pid) < 0 || fclose(file))
		die(orphan_file);
	while (access(orphan_file, F_OK) == 0)
		nanosleep(&pause, NULL);
	exit(128 + SIGKILL);
}

static void on_entry(pid_t pid, unsigned long number, unsigned long argument, unsigned long size)
{
	bool child = pid != first;

	if (mode == TRACE)
		fprintf(trace_file, "%s %lu %lu\n", child ? "child" : "parent", number, argument);
	if (mode == KILL && !child && ++calls == moment) {
		happened = true;
		kill(pid, SIGKILL);
	}
	if (mode == END && is_wanted(pid, number, argument) && ++matched == moment) {
		happened = true;
		kill(pid, SIGKILL);
	}
	if (mode == ORPHAN && is_wanted(pid, number, argument) && ++matched == moment)
		make_orphan(pid);
	if (mode == SWAP && is_wanted(pid, number, argument) && ++matched == moment) {
		happened = true;
		if (renameat2(AT_FDCWD, swapped[0], AT_FDCWD, swapped[1], RENAME_EXCHANGE))
			die("exchange");
	}
	if (mode == FAIL && is_wanted(pid, number, argument) && ++matched == moment) {
		int slot = find_liar(0);

		happened = true;
		skip_call(pid);
		fail_success = number == SYS_write ? (long)size : 0;
		if (slot >= 0)
			lying[slot] = pid;
	}
}

static void on_call(pid_t pid)
{
	struct ptrace_syscall_info info;
	int slot;

	if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), &info) <= 0)
		return;
	if (info.op == PTRACE_SYSCALL_INFO_ENTRY)
		on_entry(pid, info.entry.nr, info.entry.args[0], info.entry.args[2]);
	if (info.op != PTRACE_SYSCALL_INFO_EXIT)
		return;
	slot = find_liar(pid);
	if (slot >= 0) {
		lying[slot] = 0;
		set_result(pid, fail_errno ? -fail_errno : fail_success);
	}
}

/* The signal to hand on when the process goes on. */
static int on_stop(pid_t pid, int status)
{
	int signal = WSTOPSIG(status);

	if (signal == (SIGTRAP | 0x80)) {
		on_call(pid);
		return 0;
	}
	/* exec, a new child, a stop of a group: no signal to hand on. */
	return status >> 16 ? 0 : signal;
}

/* Until the first process ends: a container that it leaves behind goes on by itself. */
static int follow(void)
{
	int status;

	for (;;) {
		pid_t pid = waitpid(-1, &status, __WALL);
		int signal;

		if (pid < 0)
			die("wait");
		if (pid == first && WIFEXITED(status))
			return WEXITSTATUS(status);
		if (pid == first && WIFSIGNALED(status))
			return 128 + WTERMSIG(status);
		if (!WIFSTOPPED(status))
			continue;
		signal = on_stop(pid, status);
		(void)ptrace(PTRACE_SYSCALL, pid, 0, signal);
	}
}

/*
 * Seized, not attached to: a child that is born while the first process dies would otherwise stay
 * stopped when we are gone.
 */
static void start(char **argv)
{
	int options = OPTIONS;
	int status;
	int go[2];
	char byte;

	if (pipe(go))
		die("pipe");
	first = fork();
	if (first < 0)
		die("fork");
	if (first == 0) {
		close(go[1]);
		if (read(go[0], &byte, 1) != 1)
			die("wait to be traced");
		close(go[0]);
		execv(argv[0], argv);
		die(argv[0]);
	}
	close(go[0]);
	if (mode == KILL)
		options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEEXEC;
	if (ptrace(PTRACE_SEIZE, first, 0, options) || ptrace(PTRACE_INTERRUPT, first, 0, 0))
		die("trace the program");
	if (waitpid(first, &status, __WALL) != first || !WIFSTOPPED(status))
		die("wait for the program");
	if (ptrace(PTRACE_SYSCALL, first, 0, 0) || write(go[1], "x", 1) != 1)
		die("let the program go");
	close(go[1]);
}

static int usage(void)
{
	fprintf(stderr, "usage: killafter trace FILE PROGRAM... | kill N PROGRAM... | "
			"fail WHO NUMBER NTH ERRNO PROGRAM... | end WHO NUMBER NTH PROGRAM... | "
			"orphan FILE NUMBER NTH PROGRAM... | "
			"swap WHO NUMBER NTH A B PROGRAM...\n");
	return 124;
}

/* NUMBER or NUMBER:ARGUMENT, and NTH. */
static void read_moment(const char *call, const char *nth)
{
	char *rest;

	fail_number = strtoul(call, &rest, 10);
	fail_argument_given = *rest == ':';
	fail_argument = fail_argument_given ? strtoul(rest + 1, NULL, 10) : 0;
	moment = strtoul(nth, NULL, 10);
}

int main(int argc, char **argv)
{
	int status;

	if (argc > 3 && strcmp(argv[1], "trace") == 0) {
		mode = TRACE;
		trace_file = fopen(argv[2], "we");
		if (!trace_file)
			die(argv[2]);
		happened = true;
		argv += 3;
	} else if (argc > 3 && strcmp(argv[1], "kill") == 0) {
		mode = KILL;
		moment = strtoul(argv[2], NULL, 10);
		argv += 3;
	} else if (argc > 6 && strcmp(argv[1], "fail") == 0) {
		mode = FAIL;
		fail_child = strcmp(argv[2], "child") == 0;
		read_moment(argv[3], argv[4]);
		fail_errno = strtol(argv[5], NULL, 10);
		argv += 6;
	} else if (argc > 5 && strcmp(argv[1], "end") == 0) {
		mode = END;
		fail_child = strcmp(argv[2], "child") == 0;
		read_moment(argv[3], argv[4]);
		argv += 5;
	} else if (argc > 5 && strcmp(argv[1], "orphan") == 0) {
		mode = ORPHAN;
		orphan_file = argv[2];
		fail_child = true;
		read_moment(argv[3], argv[4]);
		argv += 5;
	} else if (argc > 7 && strcmp(argv[1], "swap") == 0) {
		mode = SWAP;
		fail_child = strcmp(argv[2], "child") == 0;
		read_moment(argv[3], argv[4]);
		swapped[0] = argv[5];
		swapped[1] = argv[6];
		argv += 7;
	} else {
		return usage();
	}
	start(argv);
	status = follow();
	if (trace_file)
		fclose(trace_file);
	return happened ? status : 125;
}

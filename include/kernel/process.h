/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
#pragma once

/*
 * Processes by descriptor: making them, waiting for them, signalling them. A pid is only a
 * number that the kernel may reuse; what is stored between commands is pid and start time,
 * and process_open_started() turns the two into a pidfd or says that the process is gone.
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"

/** What to clone. Zeroed memory is not a valid value: cgroup_fd starts at -1. */
struct process_clone_args {
	uint64_t flags;		/* CLONE_NEW*, CLONE_PARENT; CLONE_PIDFD is implied */
	int cgroup_fd;		/* lent cgroup v2 directory the child is born in, or -1 */
	int procfs;		/* lent handle from procfs_open(): wanted with cgroup_fd; or -1 */
	int *pidfd;		/* set in the parent to the child's pidfd; caller closes */
	bool no_signal;		/* no SIGCHLD when the child ends */
};

#define PROCESS_CLONE_ARGS_INIT { .cgroup_fd = -1, .procfs = -1 }

/** Fields of /proc/PID/stat that are used. */
struct process_stat {
	char state;		/* R S D Z T t X I … */
	pid_t parent;
	bool ending;		/* it has begun to end: in that state R, and then Z or X */
	uint64_t start_time;	/* clock ticks since boot: field 22 */
};

/**
 * process_clone() - make a child with clone3(2), as fork(2) does but into namespaces and a cgroup
 * @args: flags that share memory, descriptors or handlers (CLONE_VM, CLONE_FILES, CLONE_FS,
 *        CLONE_SIGHAND, CLONE_THREAD, CLONE_VFORK …) are refused with EINVAL
 * @pid:  set to the child's pid in the parent, to 0 in the child
 * @err:  filled on failure
 *
 * The caller must be single-threaded: no fork handlers of libc run. stdio should be flushed.
 *
 * Kernels that count how often a cgroup was killed (6.14, and older ones with its fix) take a child
 * for one that was forked while that happened when the caller's cgroup and the child's were not
 * killed equally often, and end it before it runs. Such a child is made again, and goes to its
 * cgroup itself, before this returns in it.
 *
 * Return: 0 in both, or -1 with ERROR_SYSTEM. Kernel: clone3(2), CLONE_INTO_CGROUP 5.7.
 */
int process_clone(const struct process_clone_args *args, pid_t *pid, struct error *err);

/**
 * process_open() - get a pidfd for a pid
 * @pid: a thread group leader
 * @err: filled on failure; errnum ESRCH if there is none
 *
 * Return: a descriptor, close-on-exec, or -1 with ERROR_SYSTEM.
 */
int process_open(pid_t pid, struct error *err);

/**
 * process_pid() - the pid of a pidfd's process, from fdinfo (pidfd_open(2))
 * @procfs: lent handle from procfs_open()
 * @pid:    set on success, as numbered in @procfs
 *
 * Return: 0, or -1 with ERROR_SYSTEM; errnum ESRCH if it has ended and was waited for.
 */
int process_pid(int procfs, int pidfd, pid_t *pid, struct error *err);

/**
 * process_open_started() - get a pidfd for the process that had @pid and began at @start_time
 * @procfs:     lent handle from procfs_open()
 * @pid:        pid, as numbered in @procfs and here
 * @start_time: as process_start_time() gave it
 * @state:      receives the letter of its state, as in struct process_stat; may be NULL
 * @err:        filled on failure; errnum ESRCH if it is gone, or its pid is another's now
 *
 * The pidfd is opened first and the start time read after, so that the answer is about the
 * process the descriptor refers to. A zombie counts as present.
 *
 * Return: a descriptor, or -1 with ERROR_SYSTEM.
 */
int process_open_started(int procfs, pid_t pid, uint64_t start_time, char *state,
			 struct error *err);

/**
 * process_wait() - wait for a child to end, and reap it
 * @pidfd:      lent; refers to a child
 * @timeout_ms: how long to wait; -1 forever; 0 only looks
 * @status:     set to the exit status, or 128+N if signal N ended it
 * @err:        filled on failure; errnum ETIMEDOUT if it has not ended, ECHILD if it is not ours
 *
 * Return: 0, or -1 with ERROR_SYSTEM.
 */
int process_wait(int pidfd, int timeout_ms, int *status, struct error *err);

/**
 * process_wait_gone() - wait until any process, child or not, has ended; reaps nothing
 * @pidfd:      lent
 * @timeout_ms: as for process_wait()
 * @err:        filled on failure; errnum ETIMEDOUT
 *
 * Return: 0, or -1 with ERROR_SYSTEM.
 */
int process_wait_gone(int pidfd, int timeout_ms, struct error *err);

/**
 * process_exit_status() - turn a siginfo of waitid(2) into an exit status
 * @code:   si_code: CLD_EXITED, CLD_KILLED, CLD_DUMPED
 * @status: si_status
 *
 * Return: the exit status, or 128+N for signal N.
 */
int process_exit_status(int code, int status);

/**
 * process_signal() - send a signal to the process a pidfd refers to
 * @pidfd:  lent
 * @signal: number; 0 only tests
 * @err:    filled on failure; errnum ESRCH if it has ended and been reaped
 *
 * Return: 0, or -1 with ERROR_SYSTEM.
 */
int process_signal(int pidfd, int signal, struct error *err);

/**
 * process_stat_parse() - read the text of /proc/PID/stat
 * @data: @size bytes, need not be terminated
 * @size: how many
 * @out:  set on success
 * @err:  filled on failure
 *
 * The second field is the name the process chose, in parentheses; it may hold spaces,
 * parentheses and newlines, so fields are counted from the last ")".
 *
 * Return: 0, or -1 with ERROR_HOST if this is not such a text. Source: proc_pid_stat(5).
 */
int process_stat_parse(const char *data, size_t size, struct process_stat *out,
		       struct error *err);

/**
 * process_stat_read() - read /proc/PID/stat through a procfs handle
 * @procfs: lent handle from procfs_open()
 * @pid:    pid as numbered in @procfs
 * @out:    set on success
 * @err:    filled on failure; errnum ENOENT or ESRCH if there is no such process
 *
 * Return: 0 or -1.
 */
int process_stat_read(int procfs, pid_t pid, struct process_stat *out, struct error *err);

/**
 * process_start_time() - when a process began, in clock ticks since boot
 * @procfs, @pid, @err: as for process_stat_read()
 * @start_time: set on success
 *
 * In a time namespace with another boot offset the figure is shifted: read it where it is
 * compared.
 *
 * Return: 0 or -1.
 */
int process_start_time(int procfs, pid_t pid, uint64_t *start_time, struct error *err);

/** process_make_dumpable() - the opposite of the next: /proc files of ours belong to our user */
int process_make_dumpable(struct error *err);

/**
 * process_make_undumpable() - keep other processes from tracing us or opening our /proc files
 * @err: filled on failure
 *
 * Do it before a shared namespace is entered (CVE-2019-5736, CVE-2016-9962). The files of
 * /proc/PID then belong to root of the initial user namespace. execve(2) undoes it.
 *
 * Return: 0, or -1 with ERROR_SYSTEM. Kernel: prctl(2), PR_SET_DUMPABLE; read back.
 */
int process_make_undumpable(struct error *err);

/**
 * process_reset_signals() - default dispositions and an empty mask, as a new program expects
 * @err: filled on failure
 *
 * execve(2) hands an ignored signal and the mask on.
 *
 * Return: 0, or -1 with ERROR_SYSTEM.
 */
int process_reset_signals(struct error *err);

/**
 * process_set_death_signal() - have the kernel signal us when our parent ends
 * @signal: for instance SIGKILL; 0 clears it
 * @parent: pidfd of the parent opened by the caller before cloning, lent, or -1; used to see
 *          whether the parent died before the call took effect
 * @err:    filled on failure; errnum ESRCH if the parent is gone already
 *
 * Changing ids or executing a privileged file clears it. "Parent" means the parent's thread.
 *
 * Return: 0, or -1 with ERROR_SYSTEM. Kernel: prctl(2), PR_SET_PDEATHSIG.
 */
int process_set_death_signal(int signal, int parent, struct error *err);

/**
 * process_refuse_setuid() - fail if this program runs with more power than its caller has
 * @err: filled on failure
 *
 * True of setuid, setgid and file-capability binaries (AT_SECURE): the caller would choose our
 * files, environment and arguments.
 *
 * Return: 0, or -1 with ERROR_HOST.
 */
int process_refuse_setuid(struct error *err);

/**
 * process_has_capability() - is it in the effective set of this process?
 *
 * Over what belongs to the user namespace that the process is in. capget(2) does not fail for the
 * process itself.
 */
bool process_has_capability(unsigned int capability);

/** process_in_initial_userns() - is this the host's user namespace? */
bool process_in_initial_userns(void);

/**
 * process_hides_owner() - may this uid stand for an owner whom our user namespace has no id for?
 *
 * The host's root is such a one outside the initial user namespace, and so is every other user. Never
 * true in the initial one.
 */
bool process_hides_owner(uid_t uid);

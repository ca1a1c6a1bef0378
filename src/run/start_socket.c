/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * A socket and not a FIFO: it is waited for without a path, carries the answer
 * back to `start`, and closes by itself at exec. It has a name in a directory
 * that only root may enter; abstract names belong to a network namespace.
 */
#include "start_socket.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "kernel/process.h"
#include "kernel/procfs.h"
#include "run/lsm.h"
#include "sync.h"

#define STATUS_MAX 65536u

/* A name of its own length does not fit for long ids: the directory is named by its descriptor. */
static void start_socket_address(int dir, struct sockaddr_un *address)
{
	*address = (struct sockaddr_un){ .sun_family = AF_UNIX };
	(void)snprintf(address->sun_path, sizeof(address->sun_path), "/proc/self/fd/%d/%s", dir,
		       START_SOCKET_NAME);
}

int start_socket_make(int dir, struct error *err)
{
	auto_fd fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	struct sockaddr_un address;
	mode_t mask;
	int result;

	if (fd < 0)
		return error_system(err, "make the start socket");
	start_socket_address(dir, &address);
	mask = umask(0177);
	result = bind(fd, (struct sockaddr *)&address, sizeof(address));
	(void)umask(mask);
	if (result || listen(fd, 4))
		return error_system(err, "make the start socket");
	return take_fd(&fd);
}

int start_socket_connect(int dir, struct error *err)
{
	auto_fd fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	struct sockaddr_un address;

	if (fd < 0)
		return error_system(err, "make a socket");
	start_socket_address(dir, &address);
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)))
		return error_system(err, "reach the container's init");
	return take_fd(&fd);
}

/* A number of /proc/PID/status. */
static int start_read_filters(int procfs, pid_t pid, uint32_t *filters, struct error *err)
{
	auto_free char *text = NULL;
	const char *line;

	if (procfs_read_pid(procfs, pid, "status", STATUS_MAX, &text, NULL, err))
		return -1;
	line = strstr(text, "\nSeccomp_filters:\t");
	if (!line)
		return error_set(err, ERROR_HOST, 0, "the kernel does not tell the number of seccomp filters");
	*filters = (uint32_t)strtoul(line + 18, NULL, 10);
	return 0;
}

int start_filters(int procfs, uint32_t *filters, struct error *err)
{
	pid_t self;

	*filters = 0;
	/* Nearly no caller is under one: this is quicker than the file. */
	if (prctl(PR_GET_SECCOMP, 0, 0, 0, 0) == 0)
		return 0;
	if (procfs_self(procfs, &self, err))
		return -1;
	return start_read_filters(procfs, self, filters, err);
}

int start_executed(int channel, const struct spec *spec, struct error *err)
{
	enum sync_type type;

	if (spec && spec->hooks[SPEC_HOOK_START_CONTAINER].count > 0 &&
	    sync_expect(channel, SYNC_HOOKED, NULL, NULL, err))
		return -1;
	return sync_receive(channel, &type, NULL, NULL, err);
}

static bool start_is_gone(const struct error *err)
{
	return err->errnum == ESRCH || err->errnum == ENOENT;
}

static bool start_is_ending(int procfs, pid_t pid)
{
	struct process_stat stat = { 0 };
	struct error unread = ERROR_INIT;

	if (process_stat_read(procfs, pid, &stat, &unread))
		return start_is_gone(&unread);
	return stat.ending;
}

static int start_check(const struct record *record, int procfs, pid_t pid, struct error *err)
{
	const struct plan_lsm lsm = { .apparmor = record->apparmor, .selinux = record->selinux };
	uint32_t filters = 0;

	if (lsm_verify(&lsm, procfs, pid, err))
		return -1;
	if (record->filters == 0)
		return 0;
	if (start_read_filters(procfs, pid, &filters, err))
		return -1;
	/* What ends has let go of them. */
	if (filters < record->filters && !start_is_ending(procfs, pid))
		return error_set(err, ERROR_SYSTEM, 0,
				 "the process is under %u seccomp filters, planned were %u", filters,
				 record->filters);
	return 0;
}

int start_verify(const struct record *record, int procfs, pid_t pid, int pidfd, struct error *err)
{
	struct error ignored;
	bool ending;

	if (start_check(record, procfs, pid, err) == 0)
		return 0;
	if (start_is_gone(err)) {
		error_clear(err);
		return 0;
	}
	/* What was killed before it executed has got no label. */
	ending = start_is_ending(procfs, pid);
	/* Even so: others may go on when the first thread has ended. What cannot be signalled is gone. */
	(void)process_signal(pidfd, SIGKILL, &ignored);
	if (!ending)
		return -1;
	error_clear(err);
	return 0;
}

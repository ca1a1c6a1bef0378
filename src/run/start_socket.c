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
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "kernel/process.h"
#include "run/lsm.h"

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

int start_verify(const struct plan_lsm *lsm, int procfs, pid_t pid, int pidfd, struct error *err)
{
	struct error ignored;

	if (!lsm->apparmor && !lsm->selinux)
		return 0;
	if (lsm_verify(lsm, procfs, pid, err) == 0)
		return 0;
	if (err->errnum == ESRCH || err->errnum == ENOENT) {
		error_clear(err);
		return 0;
	}
	(void)process_signal(pidfd, SIGKILL, &ignored);
	return -1;
}

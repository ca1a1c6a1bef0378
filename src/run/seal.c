/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * A container whose root is the host's root could open /proc/PID/exe of a
 * process of ours for writing (CVE-2019-5736). What it finds is a memfd with
 * the bytes of the program, sealed: nobody can change it, and it is no file of
 * the host. Copied, not mapped: the page cache of the installed file stays out
 * of reach too.
 *
 * The process moves to the copy where it stands. Where that is not permitted,
 * it executes the copy, and begins again.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/memfd.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "kernel/call.h"
#include "kernel/image.h"
#include "kernel/procfs.h"
#include "run/supervise.h"

#define SEALS (F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL)

static int seal_copy(int from, struct error *err)
{
	auto_fd copy = memfd_create("orlop", MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_EXEC);
	off_t size = image_size();

	/* MFD_EXEC is of Linux 6.3: before, every memfd can be executed. */
	if (copy < 0 && errno == EINVAL)
		copy = memfd_create("orlop", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (copy < 0)
		return error_system(err, "make a sealed copy of the program");
	if (size == 0)
		return error_set(err, ERROR_SYSTEM, ENOEXEC, "look at the program");
	for (off_t left = size; left > 0;) {
		ssize_t done = sendfile(copy, from, NULL, (size_t)left);

		if (done <= 0)
			return error_system(err, "copy the program");
		left -= done;
	}
	/* The mode cannot change later either, where the kernel knows that seal (Linux 6.3). */
	if (fcntl(copy, F_ADD_SEALS, F_SEAL_EXEC) && errno != EINVAL)
		return error_system(err, "seal the copy of the program");
	if (fcntl(copy, F_ADD_SEALS, SEALS))
		return error_system(err, "seal the copy of the program");
	return take_fd(&copy);
}

int supervise_seal(char *const *argv, bool anew, struct error *err)
{
	auto_fd procfs = procfs_open(PROCFS_VISIBLE, NULL, err);
	auto_fd program = -1;
	auto_fd copy = -1;
	struct error refused;
	pid_t self;
	int seals;

	if (procfs < 0 || procfs_self(procfs, &self, err))
		return -1;
	program = procfs_open_link(procfs, self, "exe", O_RDONLY, err);
	if (program < 0)
		return -1;
	seals = fcntl(program, F_GET_SEALS);
	if (!anew && seals >= 0 && (seals & SEALS) == SEALS)
		return 0;
	copy = seal_copy(program, err);
	if (copy < 0)
		return -1;
	if (!anew && image_move(procfs, self, copy, &refused) == 0)
		return 0;
	(void)call_execveat(copy, "", argv, environ, AT_EMPTY_PATH);
	return error_system(err, "execute the sealed copy of the program");
}

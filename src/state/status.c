/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * The kernel is asked anew each time. What is on record is only trusted to say
 * which process to ask about, and that process has to have begun when the
 * record says that init did.
 */
#include "state/status.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "kernel/process.h"
#include "kernel/procfs.h"

/*
 * Opens init, if it lives. Returns a descriptor, -1 when it is gone, -2 with @err set.
 *
 * /proc says "zombie" of a process whose first thread has ended, whatever its others do. A pidfd is
 * readable when the last of them has.
 */
static int status_open_init(const struct record *record, struct error *err)
{
	auto_fd procfs = -1;
	auto_fd pidfd = -1;
	struct error cause = ERROR_INIT;

	if (record->pid <= 0)
		return -1;
	procfs = procfs_open(PROCFS_VISIBLE, NULL, err);
	if (procfs < 0)
		return -2;

	pidfd = process_open_started(procfs, record->pid, record->pid_start, NULL, &cause);
	if (pidfd >= 0 && process_wait_gone(pidfd, 0, &cause) == 0)
		return -1;
	if (pidfd >= 0 && cause.errnum == ETIMEDOUT)
		return take_fd(&pidfd);
	if (cause.errnum == ESRCH || cause.errnum == ENOENT)
		return -1;
	*err = cause;
	return -2;
}

/* A cgroup that is gone, or that was never made, is not frozen; another in its place says nothing. */
static bool status_is_frozen(const struct record *record)
{
	auto_text path = TEXT_INIT(8192);
	auto_fd cgroup = -1;
	auto_fd file = -1;
	struct stat st;
	char value = '0';

	if (!record->cgroup_mount || !record->cgroup_path)
		return false;
	text_appendf(&path, "%s%s", record->cgroup_mount, record->cgroup_path);
	cgroup = open(text_string(&path), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (cgroup < 0 || fstat(cgroup, &st) < 0 || st.st_ino != record->cgroup_inode)
		return false;
	file = openat(cgroup, "cgroup.freeze", O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	return file >= 0 && read(file, &value, 1) == 1 && value == '1';
}

int status_read(const struct record *record, int *pidfd, enum status *out, struct error *err)
{
	auto_fd init = -1;
	enum status status;

	init = status_open_init(record, err);
	if (init == -2)
		return -1;

	if (init < 0)
		/* No process yet is not the same as no process any more. */
		status = record->phase == RECORD_CREATING && record->pid <= 0 ? STATUS_CREATING
									       : STATUS_STOPPED;
	else if (record->phase == RECORD_CREATING)
		status = STATUS_CREATING;
	else if (status_is_frozen(record))
		status = STATUS_PAUSED;
	else
		status = record->phase == RECORD_STARTED ? STATUS_RUNNING : STATUS_CREATED;

	if (pidfd)
		*pidfd = take_fd(&init);
	*out = status;
	return 0;
}

const char *status_name(enum status status)
{
	static const char *const names[] = {
		[STATUS_CREATING] = "creating", [STATUS_CREATED] = "created",
		[STATUS_RUNNING] = "running",	[STATUS_PAUSED] = "paused",
		[STATUS_STOPPED] = "stopped",
	};

	return (size_t)status < ARRAY_SIZE(names) ? names[status] : "unknown";
}

void status_write(const struct record *record, enum status status, pid_t pid,
		  struct json_writer *json)
{
	json_write_string(json, "ociVersion", record->oci_version);
	json_write_string(json, "id", record->id);
	json_write_i64(json, "pid", pid);
	json_write_string(json, "status", status_name(status));
	json_write_string(json, "bundle", record->bundle);
	json_write_string(json, "rootfs", record->rootfs);
	json_write_string(json, "created", record->created);
	if (record->annotations.count == 0)
		return;
	json_write_object(json, "annotations");
	for (size_t i = 0; i < record->annotations.count; i++)
		json_write_string(json, record->annotations.items[i].key,
				  record->annotations.items[i].value);
	json_write_end(json);
}

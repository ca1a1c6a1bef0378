/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * A container's status, worked out from the record and from what the kernel
 * says of its init now. Spec: runtime.md "State".
 */
#pragma once

#include <sys/types.h>

#include "base/error.h"
#include "json/json_write.h"
#include "state/record.h"

enum status {
	STATUS_CREATING,
	STATUS_CREATED,
	STATUS_RUNNING,
	STATUS_PAUSED,
	STATUS_STOPPED,
};

/**
 * status_read() - what a container is doing
 * @record: its record
 * @pidfd:  receives a descriptor of init, given away, when it lives, else -1;
 *          may be NULL
 * @out:    receives the status
 *
 * init lives when its pid is there with the start time of the record and is
 * not a zombie: another process that took the pid is never mistaken for it.
 * CREATED and RUNNING are told apart by the record's phase, PAUSED by
 * cgroup.freeze of the record's cgroup.
 *
 * Return: 0, or -1 with ERROR_SYSTEM.
 */
int status_read(const struct record *record, int *pidfd, enum status *out, struct error *err);

/**
 * status_write() - the state of the specification, and rootfs and created, which callers expect
 * @record: the container's
 * @status: what it is doing
 * @pid:    of its init as who reads this numbers it, 0 when it has ended
 * @json:   an open object, which gets the members
 */
void status_write(const struct record *record, enum status status, pid_t pid,
		  struct json_writer *json);

/** status_name() - "creating", "created", "running", "paused" or "stopped" */
const char *status_name(enum status status);

/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */

#include <errno.h>

#include "base/cleanup.h"
#include "cmd/command.h"
#include "container.h"
#include "run/cgroup.h"

#define PATIENCE_MS 5000

const struct options cmd_resume_options = NO_OPTIONS;

int cmd_resume(const struct invocation *call, int *status, struct error *err)
{
	auto_container container = CONTAINER_NULL;
	auto_fd cgroup = -1;

	(void)status;
	if (container_open(call->globals, call->operands[0], true, &container, err) < 0)
		return -1;
	if (container.status != STATUS_PAUSED)
		return error_set(err, ERROR_STATE, 0, "container not paused: container %s is %s",
				 container.record.id, status_name(container.status));
	cgroup = container_open_cgroup(&container, err);
	if (cgroup < 0)
		return -1;
	if (cgroup_freeze(cgroup, false, PATIENCE_MS, err) == 0)
		return 0;
	if (err->errnum == ETIMEDOUT)
		return error_set(err, ERROR_HOST, 0,
				 "resume container %s: its cgroup is told to go on, and one above %s "
				 "is frozen: it goes on with that one",
				 container.record.id, container.record.cgroup_path);
	return error_prefix(err, "resume container %s", container.record.id);
}

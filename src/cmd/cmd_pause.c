/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */

#include "base/cleanup.h"
#include "cmd/command.h"
#include "container.h"
#include "run/cgroup.h"
#include "run/shared_upper.h"

#define PATIENCE_MS 5000

const struct options cmd_pause_options = NO_OPTIONS;

int cmd_pause(const struct invocation *call, int *status, struct error *err)
{
	auto_container container = CONTAINER_NULL;
	struct error ignored;
	auto_fd cgroup = -1;

	(void)status;
	if (container_open(call->globals, call->operands[0], true, &container, err) < 0)
		return -1;
	if (container.status != STATUS_RUNNING && container.status != STATUS_CREATED)
		return error_set(err, ERROR_STATE, 0, "container not running: container %s is %s",
				 container.record.id, status_name(container.status));
	cgroup = container_open_cgroup(&container, err);
	if (cgroup < 0)
		return -1;
	if (cgroup_freeze(cgroup, true, PATIENCE_MS, err) == 0) {
		/* Engines pause to look at the files. */
		shared_upper_flush(&container.record);
		return 0;
	}
	/* Half of a container that runs is worse than all of it. */
	(void)cgroup_freeze(cgroup, false, 0, &ignored);
	return error_prefix(err, "pause container %s", container.record.id);
}

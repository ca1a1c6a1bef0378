/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */

#include "cmd/command.h"
#include "container.h"
#include "run/supervise.h"

const struct options cmd_start_options = NO_OPTIONS;

int cmd_start(const struct invocation *call, int *status, struct error *err)
{
	auto_container container = CONTAINER_NULL;

	(void)status;
	if (container_open(call->globals, call->operands[0], true, &container, err) < 0)
		return -1;
	if (container.status != STATUS_CREATED)
		return error_set(err, ERROR_STATE, 0, "cannot start container %s: it is %s",
				 container.record.id, status_name(container.status));
	return supervise_start(&container.entry, &container.record, container.init, err);
}

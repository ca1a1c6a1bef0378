/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */

#include "base/cleanup.h"
#include "cmd/command.h"
#include "launch.h"

static const struct option_row create_rows[] = {
	LAUNCH_ROWS,
};

const struct options cmd_create_options = {
	.rows = create_rows,
	.count = ARRAY_SIZE(create_rows),
	.size = sizeof(struct launch_options),
	.listen = true,
};

int cmd_create(const struct invocation *call, int *status, struct error *err)
{
	(void)status;
	return launch_create(call, call->options, err);
}

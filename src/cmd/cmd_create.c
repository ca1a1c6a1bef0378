/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */

#include "cmd/command.h"
#include "launch.h"

static const struct option_row create_rows[] = {
	LAUNCH_ROWS,
};

const struct options cmd_create_options = OPTIONS(create_rows, struct launch_options);

int cmd_create(const struct invocation *call, int *status, struct error *err)
{
	(void)status;
	return launch_create(call, call->options, err);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */

#include "base/cleanup.h"
#include "cmd/command.h"
#include "launch.h"

static const struct option_row run_rows[] = {
	LAUNCH_ROWS,
	{ "detach", 'd', NULL, "return once the process runs", option_flag,
	  offsetof(struct launch_options, detach) },
	{ "keep", 0, NULL, "leave the stopped container for delete", option_flag,
	  offsetof(struct launch_options, keep) },
};

const struct options cmd_run_options = {
	.rows = run_rows,
	.count = ARRAY_SIZE(run_rows),
	.size = sizeof(struct launch_options),
	.listen = true,
};

int cmd_run(const struct invocation *call, int *status, struct error *err)
{
	return launch_run(call, call->options, status, err);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */

#include "base/cleanup.h"
#include "cmd/command.h"
#include "launch.h"

#define OUTPUT_MAX ((size_t)64 << 20)

static const struct option_row plan_rows[] = {
	LAUNCH_BUNDLE_ROWS,
};

const struct options cmd_plan_options = {
	.rows = plan_rows,
	.count = ARRAY_SIZE(plan_rows),
	.size = sizeof(struct launch_options),
	.listen = true,
};

int cmd_plan(const struct invocation *call, int *status, struct error *err)
{
	const char *id = call->operand_count > 0 ? call->operands[0] : "plan";
	struct launch_options options = *(const struct launch_options *)call->options;
	auto_launch launch = { .bundle = NULL };
	auto_text text = TEXT_INIT(OUTPUT_MAX);

	(void)status;
	if (launch_plan(call, id, &options, true, &launch, err) < 0)
		return -1;
	plan_explain(&launch.plan, &text);
	return command_print(&text, err);
}

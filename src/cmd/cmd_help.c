/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */

#include "cmd/command.h"

const struct options cmd_help_options = NO_OPTIONS;

int cmd_help(const struct invocation *call, int *status, struct error *err)
{
	auto_text text = TEXT_INIT(65536);
	const struct command *command = NULL;

	(void)status;
	if (call->operand_count > 0) {
		command = command_find(call->operands[0]);
		if (!command)
			return error_set(err, ERROR_USAGE, 0, "unknown command '%s'",
					 call->operands[0]);
	}
	command_help(command, &text);
	return command_print(&text, err);
}

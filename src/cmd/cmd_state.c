/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */

#include "cmd/command.h"
#include "container.h"

/* Annotations are as large as config.json allows, and each byte may become six. */
#define OUTPUT_MAX ((size_t)32 << 20)

const struct options cmd_state_options = NO_OPTIONS;

int cmd_state(const struct invocation *call, int *status, struct error *err)
{
	auto_container container = CONTAINER_NULL;
	auto_text text = TEXT_INIT(OUTPUT_MAX);
	struct json_writer json = JSON_WRITER(&text, JSON_INDENTED);

	(void)status;
	if (container_open(call->globals, call->operands[0], false, &container, err) < 0)
		return -1;
	container_write(&container, &json);
	text_append_char(&text, '\n');
	return command_print(&text, err);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */

#include <errno.h>

#include "base/log.h"
#include "cmd/command.h"
#include "container.h"

struct delete_options {
	bool force;
};

static const struct option_row delete_rows[] = {
	{ "force", 'f', NULL, "end what runs; an unknown container is no error", option_flag,
	  offsetof(struct delete_options, force) },
};

const struct options cmd_delete_options = OPTIONS(delete_rows, struct delete_options);

int cmd_delete(const struct invocation *call, int *status, struct error *err)
{
	const struct delete_options *options = call->options;
	auto_container container = CONTAINER_NULL;
	bool readable;

	(void)status;
	/* Shims delete a second time to be sure, also what was never created. */
	if (container_find(call->globals, call->operands[0], true, &container, err) < 0)
		return options->force && err->errnum == ENOENT ? 0 : -1;

	readable = container_read(&container, err) == 0;
	if (!options->force && !readable)
		return error_prefix(err, "delete --force removes what is left");
	/* One that never started has done nothing: shims delete it without force. */
	if (!options->force && container.status != STATUS_STOPPED &&
	    container.status != STATUS_CREATED)
		return error_set(err, ERROR_STATE, 0,
				 "cannot delete container %s that is not stopped: %s",
				 container.record.id, status_name(container.status));
	if (!readable)
		log_warning("%s: deleting without it", err->message);
	return container_destroy(&container.store, &container.entry,
				 readable ? &container.record : NULL, err);
}

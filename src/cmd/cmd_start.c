/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */

#include "base/log.h"
#include "cmd/command.h"
#include "container.h"
#include "run/supervise.h"
#include "state/made.h"

const struct options cmd_start_options = NO_OPTIONS;

/* Spec: runtime.md "Lifecycle": where a hook fails, the container is destroyed. */
static int start_container(struct container *container, struct error *err)
{
	struct error later = ERROR_INIT;
	auto_made made = MADE_NULL;
	bool has_hooks = container->record.hooks;
	struct hooks hooks = { .record = &container->record };

	if (has_hooks) {
		if (made_read(&container->entry, &container->record, &made, err) < 0)
			return -1;
		hooks = hooks_of(&made.spec, &made.policy, &container->record);
	}
	if (supervise_start(&container->entry, &container->record, container->init,
			    has_hooks ? &hooks : NULL, err) == 0)
		return 0;
	if (err->kind == ERROR_HOOK &&
	    container_destroy(&container->store, &container->entry, &container->record, &later) < 0)
		log_warning("the container is not gone: %s", later.message);
	return -1;
}

int cmd_start(const struct invocation *call, int *status, struct error *err)
{
	auto_container container = CONTAINER_NULL;

	(void)status;
	if (container_open(call->globals, call->operands[0], true, &container, err) < 0)
		return -1;
	if (container.status != STATUS_CREATED)
		return error_set(err, ERROR_STATE, 0, "cannot start container %s: it is %s",
				 container.record.id, status_name(container.status));
	return start_container(&container, err);
}

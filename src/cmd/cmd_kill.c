/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */

#include <signal.h>

#include "cmd/command.h"
#include "container.h"
#include "run/shared_upper.h"
#include "run/teardown.h"
#include "tables/signal_names.h"

struct kill_options {
	bool all;
};

static const struct option_row kill_rows[] = {
	{ "all", 'a', NULL, "send it to every process of the container", option_flag,
	  offsetof(struct kill_options, all) },
};

const struct options cmd_kill_options = OPTIONS(kill_rows, struct kill_options);

int cmd_kill(const struct invocation *call, int *status, struct error *err)
{
	const struct kill_options *options = call->options;
	const char *name = call->operand_count > 1 ? call->operands[1] : "TERM";
	auto_container container = CONTAINER_NULL;
	bool every;
	int signal;

	(void)status;
	if (signal_parse(name, &signal) < 0)
		return error_set(err, ERROR_USAGE, 0, "unknown signal '%s'", name);
	/* Without the lock: a start that hangs in a hook has to be killable. */
	if (container_open(call->globals, call->operands[0], false, &container, err) < 0)
		return -1;
	store_unlock(&container.entry);
	/* Without a pid namespace of its own, the end of init is not the end of the others. */
	every = options->all || (signal == SIGKILL && !container.record.own_pid_namespace &&
				 container.record.cgroup_path);
	/* A zombie takes signals too. */
	if (container.status == STATUS_STOPPED && !every)
		return error_set(err, ERROR_STATE, 0, "container not running");
	shared_upper_flush(&container.record);
	if (teardown_signal(&container.record, container.init, signal, every, err) == 0)
		return 0;
	/* Nobody is left to signal, which is what callers of --all are after. */
	return options->all && err->kind == ERROR_STATE ? 0 : -1;
}

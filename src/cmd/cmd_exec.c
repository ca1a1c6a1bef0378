/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "cmd/command.h"
#include "container.h"
#include "exec_process.h"
#include "host/host.h"
#include "kernel/process.h"
#include "launch.h"
#include "plan/plan_exec.h"
#include "run/exec.h"
#include "run/limits.h"
#include "state/made.h"

#define ROW(member) offsetof(struct exec_options, member)

static const struct option_row exec_rows[] = {
	{ "process", 'p', "FILE", "the process, as config.json has it; FILE may be a pipe",
	  option_file, ROW(process) },
	{ "detach", 'd', NULL, "return once the process runs", option_flag, ROW(detach) },
	{ "tty", 't', NULL, "give the process a terminal", option_flag, ROW(tty) },
	{ "console-socket", 0, "SOCKET", "send the terminal's descriptor to SOCKET", option_text,
	  ROW(console_socket) },
	{ "pid-file", 0, "FILE", "write the process's pid to FILE", option_text, ROW(pid_file) },
	{ "pidfd-socket", 0, "SOCKET", "send the process's pidfd to SOCKET", option_text,
	  ROW(pidfd_socket) },
	{ "cwd", 0, "DIR", "the working directory", option_text, ROW(cwd) },
	{ "env", 'e', "NAME=VALUE", "add a variable; may be given several times", option_items,
	  ROW(env) },
	{ "user", 'u', "UID[:GID]", "run as another user, in numbers", option_text, ROW(user) },
	{ "additional-gids", 'g', "GID", "add a group; may be given several times", option_items,
	  ROW(groups) },
	{ "cap", 'c', "CAP", "add a capability of the container's; may be given several times",
	  option_items, ROW(caps) },
	{ "no-new-privs", 0, NULL, "the process may not gain privileges", option_flag,
	  ROW(no_new_privs) },
	{ "process-label", 0, "LABEL", "the SELinux label", option_text, ROW(process_label) },
	{ "apparmor", 0, "PROFILE", "the AppArmor profile", option_text, ROW(apparmor) },
	{ "preserve-fds", 0, "N", "hand on N descriptors, from 3 on", option_preserve,
	  ROW(preserve_fds) },
	{ "cgroup", 0, "PATH", "a cgroup below the container's", option_text, ROW(cgroup) },
	{ "ignore-paused", 0, NULL, "go on where the container is paused", option_flag,
	  ROW(ignore_paused) },
};

/* What follows the id is the program's. Callers tell its statuses from ours. */
const struct options cmd_exec_options = {
	.rows = exec_rows,
	.count = ARRAY_SIZE(exec_rows),
	.size = sizeof(struct exec_options),
	.stop_at_operand = true,
	.failure = 255,
};

/* The inputs, and what follows from them. */
struct exec_call {
	struct container container;
	struct made made;
	struct policy today;
	struct policy rules;
	struct spec process;
	struct host host;
	struct plan plan;
};

static void exec_call_free(struct exec_call *exec)
{
	plan_free(&exec->plan);
	spec_free(&exec->process);
	policy_free(&exec->rules);
	policy_free(&exec->today);
	made_free(&exec->made);
	container_close(&exec->container);
}

#define auto_exec_call __attribute__((cleanup(exec_call_free))) struct exec_call

static int check_status(const struct container *container, bool ignore_paused, struct error *err)
{
	switch (container->status) {
	case STATUS_CREATED:
	case STATUS_RUNNING:
		return 0;
	case STATUS_PAUSED:
		return ignore_paused ? 0 : error_set(err, ERROR_STATE, 0,
						     "cannot exec in a paused container");
	case STATUS_CREATING:
		return error_set(err, ERROR_STATE, 0, "cannot exec in container %s: it is being made",
				 container->record.id);
	case STATUS_STOPPED:
		break;
	}
	return error_set(err, ERROR_STATE, 0,
			 "cannot exec in a stopped container: container not running");
}

/* Engines name the policy at create only: without a name it is the container's own, as it is today. */
static int load_rules(struct exec_call *exec, const char *name, struct error *err)
{
	if (policy_load_site(name ? name : exec->container.record.policy, POLICY_FILE, &exec->today,
			     err) < 0)
		return -1;
	policy_strictest(&exec->made.policy, &exec->today, &exec->rules);
	return 0;
}

static int exec_read(const struct invocation *call, struct exec_call *exec, struct error *err)
{
	const struct exec_options *options = call->options;

	if (container_open(call->globals, call->operands[0], true, &exec->container, err) < 0 ||
	    check_status(&exec->container, options->ignore_paused, err) < 0 ||
	    made_read(&exec->container.entry, &exec->container.record, &exec->made, err) < 0 ||
	    load_rules(exec, call->globals->policy, err) < 0 ||
	    exec_process_build(options, call->operand_count - 1, call->operands + 1,
			       &exec->made.spec, &exec->process, err) < 0)
		return -1;
	return host_read(&exec->host, err);
}

static bool names_limit(const struct spec_process *process, const char *type)
{
	for (size_t i = 0; i < process->rlimit_count; i++)
		if (strcmp(process->rlimits[i].type, type) == 0)
			return true;
	return false;
}

/*
 * Only where the answer matters: the container lowers its own limits as it likes, and reading them
 * may need a capability that the caller has not got.
 */
static int read_limits(const struct exec_call *exec, struct plan_exec_input *input,
		       struct error *err)
{
	const struct container *container = &exec->container;
	bool needed = false;

	for (size_t i = 0; i < input->process->rlimit_count; i++)
		needed = needed || !names_limit(&input->spec->process,
						input->process->rlimits[i].type);
	if (!needed)
		return 0;
	if (limits_read_hard(container_pid(container), ARRAY_SIZE(input->hard_limits),
			     input->hard_limits, err) < 0)
		return -1;
	/* It is there still, so the number was its own all the time. */
	return process_signal(container->init, 0, err);
}

static int exec_plan(const struct invocation *call, struct exec_call *exec, struct error *err)
{
	const struct exec_options *options = call->options;
	const struct record *record = &exec->container.record;
	const struct plan_request request = {
		.id = record->id,
		.bundle = record->bundle,
		.console_socket = options->console_socket != NULL,
		.foreground = !options->detach,
		.preserve_fds = options->preserve_fds,
	};
	struct plan_exec_input input = {
		.spec = &exec->made.spec,
		.made = &exec->made.policy,
		.rules = &exec->rules,
		.process = &exec->process.process,
		.host = &exec->host,
		.request = &request,
		.range_count = record->range_count,
		.cgroup = options->cgroup,
	};

	if (read_limits(exec, &input, err) < 0)
		return -1;
	return plan_exec_build(&input, &exec->plan, err);
}

static int exec_carry_out(const struct invocation *call, struct exec_call *exec, int *status,
			  struct error *err)
{
	const struct exec_options *options = call->options;
	const struct supervise_options how = {
		.pid_file = options->pid_file,
		.console_socket = options->console_socket,
		.pidfd_socket = options->pidfd_socket,
	};
	struct supervise_result live = { .pidfd = -1, .terminal = -1 };
	struct supervise_owners owners;
	auto_fd signals = -1;
	int result;

	if (exec->plan.sealed_copy && supervise_seal(call->argv, false, err) < 0)
		return -1;
	launch_log_remarks(&exec->process, &exec->plan, call->globals);
	/* A paused container, or a program that stays, must not keep other commands out. */
	store_unlock(&exec->container.entry);
	if (!options->detach) {
		signals = supervise_hold_signals(err);
		if (signals < 0)
			return -1;
	}
	supervise_owners_read(&owners);
	result = exec_run(&exec->plan, &exec->container.record, exec->container.init, &how, &live, err);
	if (result == 0 && !options->detach)
		result = supervise_relay(&live, signals, status, err);
	if (result < 0 || !options->detach)
		supervise_owners_restore(&owners);
	close_fd(&live.pidfd);
	close_fd(&live.terminal);
	return result;
}

/* main made the struct, and knows nothing of what is behind it. */
static void free_options(const struct exec_options *given)
{
	struct exec_options *options = (struct exec_options *)(uintptr_t)given;

	option_bytes_free(&options->process);
	option_list_free(&options->env);
	option_list_free(&options->groups);
	option_list_free(&options->caps);
}

int cmd_exec(const struct invocation *call, int *status, struct error *err)
{
	auto_exec_call exec = { .container = CONTAINER_NULL };
	int result = -1;

	if (exec_read(call, &exec, err) == 0 &&
	    exec_plan(call, &exec, err) == 0)
		result = exec_carry_out(call, &exec, status, err);
	free_options(call->options);
	return result;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */

#include "run/hooks.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audit.h"
#include "base/cleanup.h"
#include "base/log.h"
#include "base/text.h"
#include "hook.h"
#include "hook_program.h"
#include "json/json_write.h"
#include "plan/plan.h"
#include "tables/hook_kinds.h"

/* Annotations are as large as config.json allows, and each byte may become six. */
#define STATE_MAX ((size_t)32 << 20)

struct hooks hooks_of(const struct spec *spec, const struct policy *policy,
		      const struct record *record)
{
	struct hooks hooks = { .spec = spec, .policy = policy, .record = record };

	plan_hook_rule(policy, &hooks.check, &hooks.audit);
	return hooks;
}

static int hooks_check_program(const struct hooks *hooks, enum spec_hook_kind kind, size_t number,
			       struct error *err)
{
	struct stat rootfs;
	char where[64];
	const struct hook_subject subject = {
		.path = hooks->spec->hooks[kind].items[number].path,
		.where = where,
		.policy = hooks->policy,
		.rootfs = stat(hooks->record->rootfs, &rootfs) == 0 ? &rootfs : NULL,
	};

	if (!hooks->check)
		return 0;
	(void)snprintf(where, sizeof(where), "/hooks/%s/%zu/path", hook_kinds[kind].name, number);
	return audit_judge(hook_program_check(&subject, err), hooks->audit, err);
}

/* Whatever went wrong with a hook, the lifecycle goes on as it does for one that failed. */
static int hooks_failed(enum spec_hook_kind kind, size_t number, struct error *err)
{
	(void)error_prefix(err, "error running %s hook #%zu", hook_kinds[kind].name, number);
	err->kind = ERROR_HOOK;
	return -1;
}

int hooks_check(const struct hooks *hooks, struct error *err)
{
	/* In audit mode each is heard of when it is called. */
	if (!hooks->check || hooks->audit)
		return 0;
	for (size_t kind = 0; kind < HOOK_KINDS; kind++) {
		for (size_t i = 0; i < hooks->spec->hooks[kind].count; i++) {
			if (hook_kinds[kind].path_in_container ||
			    hooks_check_program(hooks, kind, i, err) == 0)
				continue;
			if (err->kind == ERROR_POLICY)
				return -1;
			error_clear(err);
		}
	}
	return 0;
}

int hooks_allow(const struct hooks *hooks, enum spec_hook_kind kind, struct error *err)
{
	for (size_t i = 0; i < hooks->spec->hooks[kind].count; i++)
		if (hooks_check_program(hooks, kind, i, err))
			return hooks_failed(kind, i, err);
	return 0;
}

static int hooks_write_state(const struct hooks *hooks, enum status status, pid_t pid,
			     struct text *out, struct error *err)
{
	struct json_writer json = JSON_WRITER(out, JSON_COMPACT);

	json_write_object(&json, NULL);
	status_write(hooks->record, status, pid, &json);
	json_write_end(&json);
	return out->truncated ? error_set(err, ERROR_SPEC, 0, "the state is too long for hooks") : 0;
}

static int hooks_run(const struct hooks *hooks, enum spec_hook_kind kind, const struct text *state,
		     const struct seccomp_program *filter, size_t number, struct error *err)
{
	const struct hook_kind *row = &hook_kinds[kind];
	const struct hook_call call = {
		.hook = &hooks->spec->hooks[kind].items[number],
		.state = text_string(state),
		.size = state->size,
		.directory = row->path_in_container ? NULL : hooks->record->bundle,
		.contained = row->path_in_container,
		.filter = filter,
	};

	if (!row->in_container && hooks_check_program(hooks, kind, number, err))
		return hooks_failed(kind, number, err);
	if (hook_run(&call, err)) {
		(void)error_prefix(err, "%s", call.hook->path);
		return hooks_failed(kind, number, err);
	}
	return 0;
}

static int hooks_run_all(const struct hooks *hooks, enum spec_hook_kind kind, enum status status,
			 pid_t pid, const struct seccomp_program *filter, struct error *err)
{
	auto_text state = TEXT_INIT(STATE_MAX);

	if (hooks->spec->hooks[kind].count == 0)
		return 0;
	if (hooks_write_state(hooks, status, pid, &state, err))
		return hooks_failed(kind, 0, err);
	for (size_t i = 0; i < hooks->spec->hooks[kind].count; i++)
		if (hooks_run(hooks, kind, &state, filter, i, err))
			return -1;
	return 0;
}

int hooks_call(const struct hooks *hooks, enum spec_hook_kind kind, enum status status, pid_t pid,
	       struct error *err)
{
	return hooks_run_all(hooks, kind, status, pid, NULL, err);
}

int hooks_call_inside(const struct hooks *hooks, enum spec_hook_kind kind,
		      const struct seccomp_program *filter, struct error *err)
{
	enum status status = kind == SPEC_HOOK_START_CONTAINER ? STATUS_CREATED : STATUS_CREATING;

	return hooks_run_all(hooks, kind, status, getpid(), filter, err);
}

void hooks_call_poststop(const struct hooks *hooks)
{
	const enum spec_hook_kind kind = SPEC_HOOK_POSTSTOP;
	auto_text state = TEXT_INIT(STATE_MAX);
	struct error failed;

	if (hooks->spec->hooks[kind].count == 0)
		return;
	if (hooks_write_state(hooks, STATUS_STOPPED, 0, &state, &failed)) {
		log_warning("poststop hooks are not called: %s", failed.message);
		return;
	}
	for (size_t i = 0; i < hooks->spec->hooks[kind].count; i++)
		if (hooks_run(hooks, kind, &state, NULL, i, &failed))
			log_warning("%s", failed.message);
}

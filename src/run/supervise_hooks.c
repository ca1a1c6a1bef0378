/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */

#include "supervise_hooks.h"

#include "run/hooks.h"
#include "sync.h"

static struct hooks supervise_hooks_of(const struct live *live)
{
	return hooks_of(live->plan->spec, live->plan->rules, live->record);
}

int supervise_hooks_check(struct live *live, struct error *err)
{
	const struct hooks hooks = supervise_hooks_of(live);

	return live->plan->has_hooks ? hooks_check(&hooks, err) : 0;
}

/*
 * The child has made its mounts and stands before pivot_root. Hooks may ask `state` about it, and one
 * that hangs does not keep `kill` from it: so the record is saved with its pid.
 */
int supervise_hooks_create(struct live *live, struct error *err)
{
	const struct hooks hooks = supervise_hooks_of(live);

	live->hooked = live->plan->has_hooks;
	if (!live->plan->hooks_at_create)
		return 0;
	if (sync_expect(live->log, SYNC_HOOKS, NULL, NULL, err) ||
	    store_save(live->entry, live->record, err) ||
	    hooks_call(&hooks, SPEC_HOOK_PRESTART, STATUS_CREATING, live->pid, err) ||
	    hooks_call(&hooks, SPEC_HOOK_CREATE_RUNTIME, STATUS_CREATING, live->pid, err) ||
	    hooks_allow(&hooks, SPEC_HOOK_CREATE_CONTAINER, err))
		return -1;
	return sync_send(live->log, SYNC_HOOKED, 0, err);
}

int supervise_hooks_started(struct live *live, struct error *err)
{
	const struct hooks hooks = supervise_hooks_of(live);

	if (!live->options->start)
		return 0;
	return hooks_call(&hooks, SPEC_HOOK_POSTSTART, STATUS_RUNNING, live->pid, err);
}

void supervise_hooks_undone(const struct live *live)
{
	const struct hooks hooks = supervise_hooks_of(live);

	if (live->hooked)
		hooks_call_poststop(&hooks);
}

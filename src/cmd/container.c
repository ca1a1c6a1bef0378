/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */

#include "container.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "run/hooks.h"
#include "run/recorded_cgroup.h"
#include "run/teardown.h"
#include "state/made.h"

int container_find(const struct globals *globals, const char *id, bool wait,
		   struct container *out, struct error *err)
{
	auto_container found = CONTAINER_NULL;
	struct error cause = ERROR_INIT;

	if (store_check_id(id, err) < 0)
		return -1;
	if (store_open(globals->root, false, &found.store, &cause) < 0) {
		if (cause.errnum != ENOENT) {
			*err = cause;
			return -1;
		}
		error_set(err, ERROR_STATE, 0, "container %s does not exist", id);
		err->errnum = ENOENT;
		return -1;
	}
	if (store_find(&found.store, id, wait, &found.entry, err) < 0)
		return -1;

	*out = found;
	found = CONTAINER_NULL;
	return 0;
}

int container_read(struct container *container, struct error *err)
{
	if (store_load(&container->entry, &container->record, err) < 0 ||
	    status_read(&container->record, &container->init, &container->status, err) < 0)
		return -1;
	/* With the lock in our hands nobody is at work: what made it was interrupted. */
	if (container->status == STATUS_CREATING && container->record.pid <= 0 &&
	    container->entry.lock >= 0)
		container->status = STATUS_STOPPED;
	return 0;
}

int container_open(const struct globals *globals, const char *id, bool wait,
		   struct container *out, struct error *err)
{
	if (container_find(globals, id, wait, out, err) < 0)
		return -1;
	return container_read(out, err);
}

int container_destroy(const struct store *store, struct store_entry *entry,
		      const struct record *record, struct error *err)
{
	auto_made made = MADE_NULL;
	struct error damaged;
	bool hooks = record && record->hooks;

	if (hooks && made_read(entry, record, &made, &damaged) < 0) {
		log_warning("poststop hooks are not called: %s", damaged.message);
		hooks = false;
	}
	if (teardown_container(store, entry, record, err) < 0)
		return -1;
	if (hooks) {
		const struct hooks whose = hooks_of(&made.spec, &made.policy, record);

		hooks_call_poststop(&whose);
	}
	return 0;
}

void container_close(struct container *container)
{
	close_fd(&container->init);
	record_free(&container->record);
	store_entry_close(&container->entry);
	store_close(&container->store);
}

int container_open_cgroup(const struct container *container, struct error *err)
{
	const struct record *record = &container->record;
	auto_fd mount = -1;
	auto_fd cgroup = -1;

	if (!record->cgroup_path)
		return error_set(err, ERROR_STATE, 0,
				 "container %s has no cgroup: it was made with --cgroup-manager disabled, "
				 "or by a user to whom none is delegated",
				 record->id);
	if (recorded_cgroup_open(record, &mount, &cgroup, err) < 0)
		return -1;
	if (cgroup < 0) {
		error_set(err, ERROR_STATE, 0, "the cgroup %s of container %s is gone",
			  record->cgroup_path, record->id);
		err->errnum = ENOENT;
		return -1;
	}
	return take_fd(&cgroup);
}

pid_t container_pid(const struct container *container)
{
	return container->status == STATUS_STOPPED ? 0 : container->record.pid;
}

/* The file itself: NSS would load whatever the host's configuration names. */
void container_owner(const struct container *container, struct text *out)
{
	FILE *file = fopen("/etc/passwd", "re");
	const struct passwd *user = NULL;

	if (file)
		do
			user = fgetpwent(file);
		while (user && user->pw_uid != container->record.owner);
	if (user)
		text_append(out, user->pw_name);
	else
		text_appendf(out, "%u", container->record.owner);
	if (file)
		(void)fclose(file);
}

void container_write(const struct container *container, struct json_writer *json)
{
	auto_text owner = TEXT_INIT(1024);

	container_owner(container, &owner);
	json_write_object(json, NULL);
	status_write(&container->record, container->status, container_pid(container), json);
	json_write_string(json, "owner", text_string(&owner));
	json_write_end(json);
}

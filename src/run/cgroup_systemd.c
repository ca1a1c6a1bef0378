/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * The container's cgroup as a scope of systemd.
 *
 * A scope is made around a process that is there. The container's own is not there yet, since it
 * is born in its cgroup; so a child of ours holds the place. It does nothing, it ends when we do,
 * and when the container's first process is in the scope it is ended.
 *
 * Whose a unit is stands in its description: a call that was killed leaves a unit that another
 * may find, and a name that was given again may be another's unit. The cgroup's own mark says the
 * same, but only while the cgroup is there.
 *
 * systemd gives the scope away (Delegate=), and has the limits it knows of as properties. All
 * limits are written to the files as well (cgroup_apply.c): systemd does not know every one of
 * them, and rounds some.
 */
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/text.h"
#include "cgroup_managers.h"
#include "host/host.h"
#include "kernel/call.h"
#include "kernel/process.h"
#include "kernel/procfs.h"
#include "kernel/systemd.h"

/* A busy host takes seconds for a job; a systemd that hangs is not waited for. */
#define SYSTEMD_TIMEOUT_MS 60000
#define HOLDER_PATIENCE_MS 5000
#define CGROUP_FILE_MAX 8192
#define DESCRIPTION_MAX 8192

/* The host's for its root; an ordinary user has one of his own. */
static struct systemd *open_manager(struct error *err)
{
	return systemd_open(host_caller() != HOST_CALLER_ROOT, SYSTEMD_TIMEOUT_MS, err);
}

static void describe(struct text *out, const char *state_root, const char *id)
{
	text_appendf(out, "orlop container %s of %s", id, state_root);
}

/* ---- the process that holds the place */

static void hold(pid_t parent)
{
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && getppid() == parent &&
	    call_close_range(0, ~0U, 0) == 0)
		for (;;)
			(void)pause();
	_exit(1);
}

static int start_holder(struct cgroup_made *made, pid_t *pid, struct error *err)
{
	struct process_clone_args args = PROCESS_CLONE_ARGS_INIT;
	pid_t parent = getpid();

	args.pidfd = &made->holder;
	args.no_signal = true;
	if (process_clone(&args, pid, err))
		return -1;
	if (*pid == 0)
		hold(parent);
	return 0;
}

void cgroup_settle(struct cgroup_made *made)
{
	struct error ignored;
	int status;

	if (made->holder < 0)
		return;
	(void)process_signal(made->holder, SIGKILL, &ignored);
	(void)process_wait(made->holder, HOLDER_PATIENCE_MS, &status, &ignored);
	close_fd(&made->holder);
}

/* ---- making it */

/* The unit's properties as systemd is given them, with room for one more; malloc'd. */
static struct systemd_property *properties_of(const struct plan_unit *unit, struct error *err)
{
	struct systemd_property *properties = calloc(unit->property_count + 1, sizeof(*properties));

	if (!properties)
		error_system(err, "ask systemd for %s", unit->name);
	for (size_t i = 0; properties && i < unit->property_count; i++)
		properties[i] = unit->properties[i].value;
	return properties;
}

static int request(struct systemd *bus, const struct plan_unit *unit, const char *description,
		   pid_t pid, struct error *err)
{
	size_t count = unit->property_count;
	auto_free struct systemd_property *properties = properties_of(unit, err);

	if (!properties)
		return -1;
	properties[count] = (struct systemd_property){ .name = "Description",
						       .type = SYSTEMD_STRING,
						       .text = description };
	return systemd_start_scope(bus, unit->name, pid, properties, count + 1, err);
}

/* Where systemd has put it: names of slices are its to read, not ours. */
static int check_place(const char *unit, const char *path, pid_t pid, struct error *err)
{
	auto_fd procfs = procfs_open(PROCFS_PIDS, NULL, err);
	auto_free char *data = NULL;
	const char *line;
	size_t length;

	if (procfs < 0 ||
	    procfs_read_pid(procfs, pid, "cgroup", CGROUP_FILE_MAX, &data, NULL, err))
		return -1;
	line = strncmp(data, "0::", 3) == 0 ? data : strstr(data, "\n0::");
	line = line ? strchr(line, '/') : NULL;
	length = line ? strcspn(line, "\n") : 0;
	if (line && length == strlen(path) && memcmp(line, path, length) == 0)
		return 0;
	return error_set(err, ERROR_HOST, 0, "systemd has put %s at cgroup %.*s, and not at %s",
			 unit, (int)length, line ? line : "", path);
}

static int check_missing(int mount, const struct plan_cgroup *plan, const char *state_root,
			 const char *id, struct error *err)
{
	auto_fd there = cgroup_open(mount, plan->path, err);

	if (there >= 0)
		return cgroup_check_usable(there, plan->path, err) ||
		       cgroup_check_owner(there, plan->path, state_root, id, err) ? -1 : 0;
	if (err->errnum != ENOENT)
		return -1;
	error_clear(err);
	return 0;
}

static int scope_create(int mount, const struct plan_cgroup *plan, const char *state_root,
			const char *id, struct cgroup_made *made, struct error *err)
{
	auto_text description = TEXT_INIT(DESCRIPTION_MAX);
	auto_systemd *bus = NULL;
	pid_t pid;

	describe(&description, state_root, id);
	if (check_missing(mount, plan, state_root, id, err))
		return -1;
	bus = open_manager(err);
	if (!bus || start_holder(made, &pid, err))
		return -1;
	/* What a request that fails may leave is ours by its description alone. */
	made->leaf = true;
	if (request(bus, plan->unit, text_string(&description), pid, err) ||
	    check_place(plan->unit->name, plan->path, pid, err))
		return -1;
	return cgroup_make(mount, plan, state_root, id, made, err);
}

int cgroup_join_scope(const char *unit, const char *path, const char *below, pid_t pid,
		      struct error *err)
{
	auto_text place = TEXT_INIT(PATH_MAX);
	auto_systemd *bus = open_manager(err);

	text_append(&place, path);
	if (below[0] != '\0')
		text_appendf(&place, "/%s", below + strspn(below, "/"));
	if (!bus || systemd_attach(bus, unit, text_string(&place) + strlen(path), pid, err))
		return -1;
	return check_place(unit, text_string(&place), pid, err);
}

int cgroup_change_unit(const struct plan_cgroup *plan, struct error *err)
{
	auto_free struct systemd_property *properties = NULL;
	auto_systemd *bus = NULL;

	if (!plan->unit || plan->unit->property_count == 0)
		return 0;
	properties = properties_of(plan->unit, err);
	bus = properties ? open_manager(err) : NULL;
	return bus ? systemd_set_properties(bus, plan->unit->name, properties,
					    plan->unit->property_count, err) : -1;
}

/* ---- taking it away */

/* @ours: whether the unit is there, and is this container's. */
static int find_unit(struct systemd *bus, const struct cgroup_name *name, bool *ours, bool *missing,
		     struct error *err)
{
	auto_text wanted = TEXT_INIT(DESCRIPTION_MAX);
	auto_free char *description = NULL;

	if (systemd_description(bus, name->unit, &description, err))
		return -1;
	describe(&wanted, name->state_root, name->id);
	*ours = strcmp(description, text_string(&wanted)) == 0;
	*missing = strcmp(description, name->unit) == 0;
	return 0;
}

static int end_processes(int mount, const struct cgroup_name *name, int timeout_ms,
			 struct error *err)
{
	auto_fd cgroup = cgroup_open(mount, name->path, err);

	if (cgroup >= 0)
		return cgroup_kill(cgroup, timeout_ms, err);
	if (err->errnum != ENOENT)
		return -1;
	error_clear(err);
	return 0;
}

static int scope_remove(int mount, const struct cgroup_name *name, bool owned, int timeout_ms,
			struct error *err)
{
	auto_systemd *bus = open_manager(err);
	bool ours = false;
	bool missing = true;

	if (!bus || find_unit(bus, name, &ours, &missing, err)) {
		/* systemd lets go of a scope that is empty, when it can. */
		log_warning("%s: %s is not stopped by systemd, only emptied", err->message, name->unit);
		error_clear(err);
	}
	if (ours && (end_processes(mount, name, timeout_ms, err) ||
		     systemd_stop_unit(bus, name->unit, err)))
		return -1;
	if (!ours && (!owned || !missing))
		return 0;
	return cgroup_remove(mount, name->path, name->parents, timeout_ms, err);
}

const struct cgroup_manager cgroup_systemd = { scope_create, scope_remove };

/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * The supervisor's steps that have to do with the container's cgroup.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/log.h"
#include "ids.h"
#include "supervise_parts.h"

/*
 * A cgroup that is not there yet is to be removed, whenever we are stopped: the
 * record says so before it is made. Whose it is, and so who may end what runs in
 * it, is settled by its inode, which is recorded once it is there.
 */
int supervise_cgroup_find(struct live *live, struct error *err)
{
	struct error missing = ERROR_INIT;
	auto_fd there = -1;

	if (!live->plan->cgroup.managed)
		return 0;
	live->cgroup_mount = cgroup_open_mount(live->record->cgroup_mount, err);
	if (live->cgroup_mount < 0)
		return -1;
	there = cgroup_open(live->cgroup_mount, live->plan->cgroup.path, &missing);
	live->record->cgroup_made = there < 0 && missing.errnum == ENOENT;
	return 0;
}

/* The container's user owns what it is to manage: the kernel lists the files. */
static int supervise_delegate(const struct live *live, struct error *err)
{
	auto_free char *names = NULL;
	int64_t uid = ids_host_uid(live, live->plan->process.uid);
	char *rest = NULL;
	size_t size;

	if (!live->plan->cgroup.delegate || uid < 0)
		return 0;
	if (fchown(live->cgroup, (uid_t)uid, (gid_t)-1))
		return error_system(err, "give the cgroup to the container's user");
	if (fd_read_file(AT_FDCWD, "/sys/kernel/cgroup/delegate", 65536, &names, &size, err))
		return -1;
	for (char *name = strtok_r(names, "\n", &rest); name; name = strtok_r(NULL, "\n", &rest))
		if (fchownat(live->cgroup, name, (uid_t)uid, (gid_t)-1, AT_SYMLINK_NOFOLLOW) &&
		    errno != ENOENT)
			return error_system(err, "give %s of the cgroup to the container's user", name);
	return 0;
}

static int supervise_own_cgroup(const struct live *live, struct error *err)
{
	struct stat st;

	if (fstat(live->cgroup, &st))
		return error_system(err, "look at the container's cgroup");
	if (live->cgroup_made.leaf &&
	    cgroup_mark(live->cgroup, live->store->root, live->entry->id, err))
		return -1;
	live->record->cgroup_made = live->cgroup_made.leaf;
	live->record->cgroup_inode = st.st_ino;
	return store_save(live->entry, live->record, err);
}

int supervise_cgroup(struct live *live, struct error *err)
{
	const struct plan_cgroup *plan = &live->plan->cgroup;
	auto_free bool *skipped = NULL;

	if (!plan->managed)
		return 0;
	live->cgroup = cgroup_create(live->cgroup_mount, plan, live->store->root, live->entry->id,
				     &live->cgroup_made, err);
	if (live->cgroup < 0)
		return -1;
	if (supervise_own_cgroup(live, err))
		return -1;
	skipped = calloc(plan->write_count + 1, sizeof(*skipped));
	if (!skipped)
		return error_system(err, "make room for the limits");
	if (cgroup_apply(live->cgroup, plan, skipped, err))
		return -1;
	for (size_t i = 0; i < plan->write_count; i++) {
		const struct plan_cgroup_write *write = &plan->writes[i];

		if (skipped[i])
			log_warning("%s%s: limit %s = %s is not applied: this host's cgroup has no such file",
				    write->why.item ? "rule " : "",
				    write->why.item ? write->why.item : write->why.path, write->file,
				    write->value);
	}
	return supervise_delegate(live, err);
}

void supervise_cgroup_undo(struct live *live)
{
	const struct plan_cgroup *plan = &live->plan->cgroup;
	const struct cgroup_name name = {
		.path = plan->path,
		.unit = plan->unit ? plan->unit->name : NULL,
		.state_root = live->store->root,
		.id = live->entry->id,
		.parents = live->cgroup_made.parents,
	};
	struct error ignored;

	cgroup_settle(&live->cgroup_made);
	/* One that was there already may have got other processes meanwhile: ours is ended by its pidfd. */
	if (!live->cgroup_made.leaf)
		return;
	if (live->cgroup >= 0)
		(void)cgroup_kill(live->cgroup, SUPERVISE_PATIENCE_MS, &ignored);
	if (live->cgroup_mount >= 0)
		(void)cgroup_delete(live->cgroup_mount, &name, true, SUPERVISE_PATIENCE_MS, &ignored);
}

/*
 * The kernel takes long to check the program, and the child has its mounts to make meanwhile. What
 * it does before it is told to go on is this program's own code.
 */
int supervise_cgroup_devices(struct live *live, struct error *err)
{
	const struct plan_cgroup *plan = &live->plan->cgroup;

	return plan->managed ? cgroup_attach_devices(live->cgroup, plan, err) : 0;
}

int supervise_cgroup_clone(struct live *live, struct process_clone_args *args, struct error *err)
{
	args->cgroup_fd = live->cgroup;
	if (process_clone(args, &live->pid, err) == 0)
		return 0;
	if (err->errnum != EACCES || live->cgroup < 0)
		return -1;
	if (!live->record->cgroup_unit)
		return error_prefix(err, "cgroup %s takes no process from the caller's cgroup, which is "
				    "not delegated to user %u as well", live->record->cgroup_path,
				    geteuid());
	error_clear(err);
	live->cgroup_late = true;
	args->cgroup_fd = -1;
	return process_clone(args, &live->pid, err);
}

int supervise_cgroup_settle(struct live *live, struct error *err)
{
	const struct plan_exec *exec = live->plan->exec;
	int result = 0;

	if (live->cgroup_late)
		result = cgroup_join_scope(live->record->cgroup_unit, live->record->cgroup_path,
					   exec && exec->cgroup ? exec->cgroup : "", live->pid, err);
	cgroup_settle(&live->cgroup_made);
	return result;
}

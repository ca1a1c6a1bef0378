/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * A cgroup is only ended and removed when the record says that it is the
 * container's: an interrupted create may have named one that belongs to another.
 */
#include "run/teardown.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "host/host.h"
#include "kernel/process.h"
#include "kernel/procfs.h"
#include "run/cgroup.h"
#include "run/recorded_cgroup.h"
#include "run/registry.h"
#include "run/shared_upper.h"
#include "reap.h"

#define TEARDOWN_PATIENCE_MS 10000

/* Keeps the first error and lets the next step run. */
static void teardown_note(int result, const struct error *from, struct error *err)
{
	if (result && err->kind == ERROR_NONE)
		*err = *from;
}

static int teardown_open_init(const struct record *record, struct error *err)
{
	auto_fd procfs = procfs_open(PROCFS_VISIBLE, NULL, err);

	if (procfs < 0)
		return -1;
	return process_open_started(procfs, record->pid, record->pid_start, NULL, err);
}

static int teardown_init(const struct record *record, struct error *err)
{
	auto_fd pidfd = -1;

	if (record->pid <= 0)
		return 0;
	pidfd = teardown_open_init(record, err);
	if (pidfd < 0)
		return err->errnum == ESRCH ? 0 : -1;
	if (process_signal(pidfd, SIGKILL, err))
		return err->errnum == ESRCH ? 0 : -1;
	return process_wait_gone(pidfd, TEARDOWN_PATIENCE_MS, err);
}

/* Return: 0 with -1 in @cgroup where the container has none any more, or -1. */
static int teardown_open_cgroup(const struct record *record, int *mount, int *cgroup,
				struct error *err)
{
	struct error ignored;

	if (recorded_cgroup_open(record, mount, cgroup, err))
		return -1;
	/*
	 * Stopped between making it and writing that down: an empty one goes. One with
	 * a process in it is another's, and rmdir leaves it alone.
	 */
	if (*cgroup < 0 && *mount >= 0 && record->cgroup_inode == 0 && record->cgroup_made)
		(void)cgroup_remove(*mount, record->cgroup_path, 0, 0, &ignored);
	return 0;
}

static int teardown_cgroup(const struct store *store, const struct record *record,
			   struct error *err)
{
	const struct cgroup_name name = {
		.path = record->cgroup_path,
		.unit = record->cgroup_unit,
		.state_root = store->root,
		.id = record->id,
	};
	auto_fd mount = -1;
	auto_fd cgroup = -1;

	if (teardown_open_cgroup(record, &mount, &cgroup, err))
		return -1;
	if (cgroup >= 0 && cgroup_kill(cgroup, TEARDOWN_PATIENCE_MS, err))
		return error_prefix(err, "end the container's processes");
	if (mount < 0 || !record->cgroup_made)
		return 0;
	return cgroup_delete(mount, &name, cgroup >= 0, TEARDOWN_PATIENCE_MS, err);
}

/* Its id range says which processes are the container's: nobody else has these ids. */
static int teardown_by_range(const struct store *store, const struct store_entry *entry,
			     bool *found, struct error *err)
{
	uint32_t first;
	uint32_t count;

	if (registry_find(store->root, entry->id, &first, &count, err))
		return -1;
	*found = count > 0;
	return *found ? reap_ids(first, count, TEARDOWN_PATIENCE_MS, err) : 0;
}

/* And so does the mark of the cgroup that was made for it. */
static int teardown_by_mark(const struct store *store, const struct store_entry *entry,
			    bool *found, struct error *err)
{
	struct host host;
	auto_free char *path = NULL;
	auto_fd mount = -1;
	auto_fd cgroup = -1;

	*found = false;
	if (host_read(&host, err))
		return -1;
	if (host.cgroup_mount[0] == '\0')
		return 0;
	mount = cgroup_open_mount(host.cgroup_mount, err);
	if (mount < 0 || cgroup_find_marked(mount, store->root, entry->id, &path, err))
		return -1;
	if (!path)
		return 0;
	*found = true;
	cgroup = cgroup_open(mount, path, err);
	if (cgroup < 0 || cgroup_kill(cgroup, TEARDOWN_PATIENCE_MS, err))
		return error_prefix(err, "end the processes of cgroup %s", path);
	return cgroup_remove(mount, path, 0, TEARDOWN_PATIENCE_MS, err);
}

/* Without a record. What cannot be known is said, since nobody will ask for this container again. */
static void teardown_unrecorded(const struct store *store, const struct store_entry *entry,
				struct error *first)
{
	struct error step = ERROR_INIT;
	bool by_range = false;
	bool by_mark = false;

	teardown_note(teardown_by_range(store, entry, &by_range, &step), &step, first);
	teardown_note(teardown_by_mark(store, entry, &by_mark, &step), &step, first);
	if (first->kind != ERROR_NONE)
		return;
	if (!by_mark && !by_range)
		log_warning("container %s: nothing else says which processes and which cgroup were its own, "
			    "so none were ended or removed: look for them by hand", entry->id);
	else if (!by_mark)
		log_warning("container %s: its processes were ended by their ids; which cgroup was its own "
			    "is not known, so none was removed", entry->id);
}

static int teardown_range(const struct store *store, const struct store_entry *entry,
			  const struct record *record, struct error *err)
{
	if (record && record->range_count > 0)
		return registry_give_back(record->range_first, record->range_count, store->root,
					  entry->id, err);
	/* Taken and not yet recorded: only an interrupted create leaves that. */
	if (!record || record->phase == RECORD_CREATING)
		return registry_give_back_all(store->root, entry->id, err);
	return 0;
}

int teardown_container(const struct store *store, struct store_entry *entry,
		       const struct record *record, struct error *err)
{
	struct error step = ERROR_INIT;
	struct error first = ERROR_INIT;

	if (record) {
		teardown_note(teardown_init(record, &step), &step, &first);
		teardown_note(teardown_cgroup(store, record, &step), &step, &first);
	}
	if (!record)
		teardown_unrecorded(store, entry, &first);
	if (record && record->overlay_upper && first.kind == ERROR_NONE) {
		shared_upper_flush(record);
		teardown_note(shared_upper_remove(record->overlay_upper, store, entry->id, &step), &step, &first);
	}
	/* Ids and state stay with processes that would not end: somebody else must not get them. */
	if (first.kind == ERROR_NONE) {
		teardown_note(teardown_range(store, entry, record, &step), &step, &first);
		teardown_note(store_remove(store, entry, &step), &step, &first);
	}
	if (first.kind == ERROR_NONE)
		return 0;
	*err = first;
	return -1;
}

static int teardown_signal_all(const struct record *record, int signal, struct error *err)
{
	auto_fd mount = -1;
	auto_fd cgroup = -1;
	bool populated = false;
	size_t count = 0;

	if (teardown_open_cgroup(record, &mount, &cgroup, err) ||
	    (cgroup >= 0 && cgroup_is_populated(cgroup, &populated, err)))
		return -1;
	if (populated && signal == SIGKILL)
		return cgroup_kill(cgroup, TEARDOWN_PATIENCE_MS, err);
	if (populated && cgroup_signal(cgroup, signal, &count, err))
		return -1;
	return count ? 0 : error_set(err, ERROR_STATE, 0, "container not running");
}

int teardown_signal(const struct record *record, int init, int signal, bool all,
		    struct error *err)
{
	if (all && record->cgroup_mount && record->cgroup_path)
		return teardown_signal_all(record, signal, err);
	if (init >= 0 && process_signal(init, signal, err) == 0)
		return 0;
	if (init < 0 || err->errnum == ESRCH)
		return error_set(err, ERROR_STATE, 0, "container not running");
	return -1;
}

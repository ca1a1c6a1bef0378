/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * `start`: the record says started before init is told, so that a container
 * that runs is never taken for one that waits.
 */
#include <errno.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "kernel/procfs.h"
#include "run/shared_upper.h"
#include "run/supervise.h"
#include "start_socket.h"
#include "sync.h"

int supervise_start(struct store_entry *entry, struct record *record, int init,
		    const struct hooks *hooks, struct error *err)
{
	auto_fd procfs = procfs_open(PROCFS_VISIBLE, NULL, err);
	auto_fd connection = -1;

	if (procfs < 0)
		return -1;
	shared_upper_flush(record);
	connection = start_socket_connect(entry->fd, err);
	if (connection < 0)
		return -1;
	record->phase = RECORD_STARTED;
	if (store_save(entry, record, err))
		return -1;
	/* A name that stays leads nowhere, and goes with the directory. */
	(void)unlinkat(entry->fd, START_SOCKET_NAME, 0);
	if (sync_send(connection, SYNC_GO, 0, err) ||
	    start_executed(connection, hooks ? hooks->spec : NULL, err))
		return -1;
	if (start_verify(record, procfs, record->pid, init, err))
		return -1;
	if (!hooks)
		return 0;
	return hooks_call(hooks, SPEC_HOOK_POSTSTART, STATUS_RUNNING, record->pid, err);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * Taking a container apart from its record alone, whatever state an
 * interrupted call left it in.
 */
#pragma once

#include "base/error.h"
#include "state/record.h"
#include "state/store.h"

/**
 * teardown_container() - end all processes, remove the cgroup, free the id range, forget the state
 * @store:  the state directory
 * @entry:  the container's directory, locked; removed from the store
 * @record: its record, or NULL where state.json cannot be read: what can be
 *          found without it (by the registry's entry for this id, and by the
 *          mark of its cgroup) is cleaned up; what cannot is logged
 *
 * Every step is tried even when an earlier one failed; the first error is
 * returned. Harmless for what is gone already.
 */
int teardown_container(const struct store *store, struct store_entry *entry,
		       const struct record *record, struct error *err);

/**
 * teardown_signal() - send a signal to a container
 * @init: lent pidfd of its first process, -1 when that has ended
 * @all:  to every process of its cgroup, else to init
 * Return: 0, or -1 with ERROR_STATE "container not running" or ERROR_SYSTEM.
 */
int teardown_signal(const struct record *record, int init, int signal, bool all,
		    struct error *err);

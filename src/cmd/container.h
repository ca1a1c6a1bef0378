/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * A container as commands find it in the state directory, and as state and list
 * print it. Spec: runtime.md "State".
 */
#pragma once

#include <stdbool.h>

#include "base/error.h"
#include "cmd/globals.h"
#include "json/json_write.h"
#include "state/record.h"
#include "state/status.h"
#include "state/store.h"

struct container {
	struct store store;
	struct store_entry entry;
	struct record record;
	enum status status;
	int init;	/* pidfd of its first process while that lives, else -1 */
};

#define CONTAINER_NULL ((struct container){ .store = STORE_NULL, .entry = STORE_ENTRY_NULL, \
					  .init = -1 })

/**
 * container_find() - find a container's directory
 * @wait: wait for the lock; else the command goes on without it
 * @out:  .store and .entry are filled on success; give it to container_close()
 *
 * A state directory that does not exist holds no containers.
 *
 * Return: 0, or -1 with ERROR_STATE "container ID does not exist", errnum ENOENT, and others.
 */
int container_find(const struct globals *globals, const char *id, bool wait,
		   struct container *out, struct error *err);

/**
 * container_read() - read a container's record, and look what it is doing
 * @container: from container_find(); .record, .status and .init are filled on success
 *
 * Return: 0, or -1 with ERROR_STATE: state.json is missing or damaged, or ERROR_SYSTEM.
 */
int container_read(struct container *container, struct error *err);

/** container_open() - container_find() and container_read() */
int container_open(const struct globals *globals, const char *id, bool wait,
		   struct container *out, struct error *err);

/**
 * container_destroy() - undo what create did, then call poststop hooks
 * @record: as for teardown_container(): without one there are no hooks either
 *
 * Spec: runtime.md "Lifecycle", steps 12 and 13. A poststop hook that fails is a warning.
 *
 * Return: 0, or -1: something is left, and no hook was called.
 */
int container_destroy(const struct store *store, struct store_entry *entry,
		      const struct record *record, struct error *err);

void container_close(struct container *container);

/**
 * container_open_cgroup() - the cgroup of a container, for a command that works on it
 * @container: from container_open()
 *
 * Return: O_RDONLY | O_DIRECTORY, or -1 with ERROR_STATE: the container has no cgroup, it is gone
 * (errnum ENOENT), or another is in its place (likewise); or ERROR_HOST or ERROR_SYSTEM.
 */
int container_open_cgroup(const struct container *container, struct error *err);

/** container_pid() - pid of its init, 0 when it has stopped */
pid_t container_pid(const struct container *container);

/** container_owner() - append the name of the user that made it, or the uid as a number */
void container_owner(const struct container *container, struct text *out);

/** container_write() - the state of the specification, with the members that callers expect */
void container_write(const struct container *container, struct json_writer *json);

#define auto_container __attribute__((cleanup(container_close))) struct container

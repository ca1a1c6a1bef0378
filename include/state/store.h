/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * The state directory: --root, mode 0700, one directory a container, in it
 * state.json (replaced by rename), what the container was made from, and the
 * socket on which init waits for start.
 */
#pragma once

#include <stdbool.h>

#include "base/arena.h"
#include "base/error.h"
#include "state/record.h"

struct store {
	char *root;	/* absolute path */
	int fd;		/* the directory; -1 when it does not exist */
};

#define STORE_NULL ((struct store){ .fd = -1 })

/* One container's directory, locked while it is open. */
struct store_entry {
	int fd;		/* the directory, O_RDONLY|O_DIRECTORY */
	int lock;	/* holds the flock; -1 after store_unlock() */
	char id[256];
};

#define STORE_ENTRY_NULL ((struct store_entry){ .fd = -1, .lock = -1 })

/**
 * store_open() - open the state directory
 * @root:   the path of --root, or NULL for the default (/run/orlop, or
 *          $XDG_RUNTIME_DIR/orlop for an ordinary user, and for root of a user
 *          namespace of one)
 * @create: make it when it is missing (with mode 0700)
 * @out:    filled on success; give it to store_close()
 *
 * A directory that another user owns, or that group or others may enter, is
 * refused: see THREATS of shared lock directories. A missing directory without
 * @create is an error when @root was given (errnum ENOENT), and an empty store
 * otherwise.
 *
 * Return: 0, or -1.
 */
int store_open(const char *root, bool create, struct store *out, struct error *err);
void store_close(struct store *store);

/**
 * store_create() - make and lock the directory of a new container
 *
 * In the default directory a few names are taken by files of the host's own.
 *
 * Return: 0, or -1 with ERROR_STATE "container ID already exists" and others.
 */
int store_create(const struct store *store, const char *id, struct store_entry *out,
		 struct error *err);

/**
 * store_find() - open and lock the directory of a container
 * @wait: wait for the lock; else an entry in use is still opened, with lock -1
 *
 * The wait has an end (LOCK_WAIT_MS), and the error names who holds the lock.
 *
 * Return: 0, or -1 with ERROR_STATE "container ID does not exist" and errnum
 * ENOENT, "container ID is in use", and others.
 */
int store_find(const struct store *store, const char *id, bool wait, struct store_entry *out,
	       struct error *err);

/** store_unlock() - let other commands in, keeping the directory open */
void store_unlock(struct store_entry *entry);
void store_entry_close(struct store_entry *entry);

/** store_save() - replace state.json with @record in one step (write, rename) */
int store_save(const struct store_entry *entry, const struct record *record, struct error *err);

/** store_load() - read state.json of an entry; ERROR_STATE when it is missing or cut short */
int store_load(const struct store_entry *entry, struct record *out, struct error *err);

/* What a container was made from, as it was read then. */
enum store_kept {
	STORE_CONFIG,	/* config.json */
	STORE_POLICY,	/* the site policy file */
	STORE_RESOURCES, /* limits that update has changed since; there is none before */
};

/**
 * store_keep() - keep what the container is made from
 * @entry: a new entry, before store_save()
 * @which: written once
 * @bytes: as they were read
 *
 * A container that has a record has these as well: the record is written later.
 *
 * Return: 0, or -1 with ERROR_SYSTEM; the caller removes the entry.
 */
int store_keep(const struct store_entry *entry, enum store_kept which, const char *bytes,
	       size_t size, struct error *err);

/**
 * store_replace() - keep something anew, in one step
 *
 * Return: 0, or -1 with ERROR_SYSTEM; what was kept before is still there.
 */
int store_replace(const struct store_entry *entry, enum store_kept which, const char *bytes,
		  size_t size, struct error *err);

/**
 * store_kept() - read what store_keep() wrote
 * @bytes: set to malloc'd memory, a NUL after it; caller frees
 *
 * Return: 0, or -1 with ERROR_STATE; errnum ENOENT where it was not kept: an earlier
 * version of orlop made the container.
 */
int store_kept(const struct store_entry *entry, enum store_kept which, char **bytes, size_t *size,
	       struct error *err);

/**
 * store_remove() - remove the container's directory with all that orlop put into it
 * Harmless when it is gone already.
 */
int store_remove(const struct store *store, struct store_entry *entry, struct error *err);

/**
 * store_list() - the ids of all containers, in byte order
 * @arena: owns the array and the strings
 * @ids:   set on success; NULL when there are none
 */
int store_list(const struct store *store, struct arena *arena, const char ***ids, size_t *count,
	       struct error *err);

/**
 * store_check_id() - an id is a name of a directory and nothing else
 *
 * [A-Za-z0-9_+-][A-Za-z0-9_+.-]*, 1 to 255 bytes.
 *
 * Return: 0, or -1 with ERROR_USAGE.
 */
int store_check_id(const char *id, struct error *err);

#define auto_store __attribute__((cleanup(store_close))) struct store
#define auto_store_entry __attribute__((cleanup(store_entry_close))) struct store_entry

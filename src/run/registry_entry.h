/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * The text of a file of the registry: who holds the range, and what tells, from
 * anywhere on the host, whether the holder is still there.
 *
 *	STATE-ROOT ID
 *	boot UUID
 *	pid-namespace INODE
 *	state-root MAJOR:MINOR:INODE
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"
#include "base/text.h"

/* Ids of one file; larger ranges have several. */
#define REGISTRY_STEP 65536u

/**
 * registry_entry_write() - the text of an entry
 * @state_root: absolute path of the state directory
 * @id:         the container's
 */
int registry_entry_write(const char *state_root, const char *id, struct text *out, struct error *err);

/**
 * registry_entry_read() - read an entry
 * @dir:  of the registry
 * @name: of the entry
 *
 * Return: its text, malloc'd, empty for one that was never finished; NULL where there is none.
 */
char *registry_entry_read(int dir, const char *name);

/** registry_entry_is_of() - is the container the one that an entry names? */
bool registry_entry_is_of(const char *entry, const char *state_root, const char *id);

/**
 * registry_entry_holder() - "STATE-ROOT ID" of an entry
 * Return: malloc'd, or NULL when out of memory.
 */
char *registry_entry_holder(const char *entry);

/**
 * registry_entry_is_stale() - is there nobody any more who holds the range?
 * @entry: its text
 * @first: its first host id
 *
 * It is free when it was made before the host started; or when the directory that held the
 * container's state is in sight, has no such container any more, and no process has one of the
 * ids. A caller that cannot see that directory, or not all processes that the maker could see, is
 * in doubt, and the range stays taken; so it does where the entry cannot be read.
 */
bool registry_entry_is_stale(const char *entry, uint32_t first);

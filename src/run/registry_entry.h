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
#include "run/registry.h"

/* Ids of one file; larger ranges have several. */
#define REGISTRY_STEP 65536u

/* All there are of 32 bits: a step is known by its number, its first id divided by REGISTRY_STEP. */
#define REGISTRY_STEPS 65536u

/* What was found out of the host, once for as many entries as are looked at. */
struct registry_witness {
	char boot[40];
	uint64_t pid_namespace;
	uint8_t *used;		/* a byte a step, malloc'd: a process has one of its ids */
	bool asked;
	bool sees;		/* boot and pid_namespace could be read */
};

void registry_witness_free(struct registry_witness *witness);

#define auto_registry_witness __attribute__((cleanup(registry_witness_free))) struct registry_witness

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
 * registry_entry_judge() - is there anybody who holds the range?
 * @entry:   its text; NULL: it cannot be read
 * @step:    which the entry is for
 * @witness: zeroed before the first
 *
 * REGISTRY_LEFT when it was made before the host started; or when the directory that held the
 * container's state is in sight, has no such container any more, and no process has one of the
 * ids. A caller that cannot see that directory, or not all processes that the maker could see, is
 * in doubt (REGISTRY_HIDDEN), and the range stays taken; so it does where the entry cannot be read.
 */
enum registry_state registry_entry_judge(const char *entry, uint32_t step,
					 struct registry_witness *witness);

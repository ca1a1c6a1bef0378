/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * What a container was made from: its configuration and the policy of that day,
 * from the container's state directory. Later commands judge by it, whatever has
 * become of the bundle and of the site file since.
 */
#pragma once

#include "base/error.h"
#include "policy/policy.h"
#include "spec/spec.h"
#include "state/record.h"
#include "state/store.h"

struct made {
	/* With the limits that update has changed since in .linux.resources, which @updated owns. */
	struct spec spec;
	struct spec updated;
	struct policy policy;
};

#define MADE_NULL ((struct made){ .policy = { .name = NULL } })

/**
 * made_read() - read what a container was made from
 * @entry:  its directory
 * @record: its record
 * @out:    filled on success; give it to made_free()
 *
 * Only orlop writes these files, which were read without fault before they were kept:
 * what cannot be read now is a damaged state, and nothing is decided without it.
 *
 * Return: 0, or -1 with ERROR_STATE; errnum ENOENT where an earlier version of orlop made
 * the container and kept nothing.
 */
int made_read(const struct store_entry *entry, const struct record *record, struct made *out,
	      struct error *err);

/** made_free() - free what made_read() made; harmless on MADE_NULL and when called twice */
void made_free(struct made *made);

#define auto_made __attribute__((cleanup(made_free))) struct made

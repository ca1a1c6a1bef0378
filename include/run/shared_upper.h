/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * A container whose overlay writes to the upper layer of its engine's ("sharedUpper" in the policy):
 * what is done for it after it was made. Both overlays believe that nobody else writes there.
 */
#pragma once

#include "base/error.h"
#include "state/record.h"
#include "state/store.h"

/* Beside the upper layer: "owner" says whose it is, "work" is for the kernel. */
#define SHARED_UPPER_PLACE "orlop-work"
#define SHARED_UPPER_OWNER "owner"
#define SHARED_UPPER_WORK "work"

/**
 * shared_upper_flush() - let both overlays forget what they remember of names
 *
 * The engine's at record.rootfs, and the container's root while its init is there. Names that
 * something holds (a working directory, an open file) they keep. What fails is logged: it is not
 * the caller's reason to fail. Does nothing for a record without overlay_upper.
 */
void shared_upper_flush(const struct record *record);

/**
 * shared_upper_remove() - remove what was made beside the upper layer
 * @parent: directory that holds it, absolute, without links
 * @store:  whose container it was
 *
 * One that says that it is another container's is left alone.
 *
 * Return: 0, also where nothing is there, or -1.
 */
int shared_upper_remove(const char *parent, const struct store *store, const char *id,
			struct error *err);

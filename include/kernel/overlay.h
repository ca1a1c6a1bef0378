/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
#pragma once

/*
 * What an overlay was mounted from, as /proc/PID/mountinfo shows it. Takes text, opens nothing.
 * Kernel: Documentation/filesystems/overlayfs.rst.
 */

#include <stddef.h>

#include "base/arena.h"
#include "base/error.h"

struct overlay_option {
	const char *name;
	const char *value;	/* NULL: a flag */
};

struct overlay_layers {
	size_t lower_count;
	const char **lower;		/* topmost first; names as who mounted gave them */
	size_t data_count;
	const char **data;		/* below them, reached by redirects only */
	const char *upper;		/* NULL: none, the overlay is read-only */
	size_t option_count;
	struct overlay_option *options;	/* what another overlay of the same layers has to have too; behind them */
	size_t written_count;		/* those that only one has to have that writes to the same upper layer */
};

/**
 * overlay_parse() - take the options of an overlay's superblock apart
 * @arena:   owns what @out points to
 * @options: the last field of the mount's line, its octal escapes not undone
 * @out:     set on success
 * @err:     filled on failure; the message names the option
 *
 * Names may be relative to the working directory of whoever mounted, which nobody records. Options
 * that say what only the mount itself needs, and those of every file system, are left out. One
 * that is not known could change what the files are: it is an error.
 *
 * Return: 0, or -1 with ERROR_HOST.
 */
int overlay_parse(struct arena *arena, const char *options, struct overlay_layers *out,
		  struct error *err);

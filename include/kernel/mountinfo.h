/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
#pragma once

/*
 * Parser of /proc/PID/mountinfo. Takes bytes; callers read them through a procfs handle.
 * Source: proc_pid_mountinfo(5).
 */

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"

struct mountinfo_entry {
	uint64_t mount_id;		/* as STATX_MNT_ID, not the unique one */
	uint64_t parent_id;
	uint32_t dev_major;
	uint32_t dev_minor;
	const char *root;		/* directory of the file system that is mounted */
	const char *target;		/* mount point, seen from the reader's root */
	const char *options;		/* per-mount options, "rw,nosuid" */
	const char *propagation;	/* optional fields, "shared:1 master:2"; "" if private */
	const char *type;		/* file system type, "ext4" */
	const char *source;		/* "/dev/sda1", "none" */
	const char *super_options;	/* per-superblock options */
};

struct mountinfo {
	struct mountinfo_entry *entries;	/* in the order of the file */
	size_t count;
};

/**
 * mountinfo_parse() - parse the text of a mountinfo file
 * @arena: owns the entries and their strings
 * @data:  @size bytes, need not be terminated
 * @size:  how many
 * @out:   set on success
 * @err:   filled on failure; the message names the line
 *
 * Octal escapes (\040 and the like) in root, target, type and source are undone. Unknown optional
 * fields are kept. A line that does not parse is an error, as is a NUL byte.
 *
 * Return: 0, or -1 with ERROR_HOST.
 */
int mountinfo_parse(struct arena *arena, const char *data, size_t size, struct mountinfo *out,
		    struct error *err);

/**
 * mountinfo_unescape() - undo octal escapes (\040 and the like)
 * @arena:  owns the result
 * @data:   @length bytes
 *
 * For super_options, which are kept as they are: what separates them is not escaped.
 *
 * Return: the text, or NULL: a backslash that no three octal digits follow, or a NUL.
 */
char *mountinfo_unescape(struct arena *arena, const char *data, size_t length);

/**
 * mountinfo_find() - look a mount up by its id
 * @info:     parsed
 * @mount_id: as STATX_MNT_ID gives it
 *
 * Return: the entry, owned by the arena, or NULL.
 */
const struct mountinfo_entry *mountinfo_find(const struct mountinfo *info, uint64_t mount_id);

/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
#pragma once

/*
 * Mount options that mean the same for every file system. Everything else belongs to the file
 * system that is mounted. Read by plan (what to do) and `orlop features` (what is recognized).
 *
 * Each row fills one part of a struct mount_request. Access time is one three-valued field of
 * the kernel (MOUNT_ATTR__ATIME), so a row has two masks, what it clears and what it sets.
 *
 * Spec: config.md "Linux mount options"; mount(8), "FILESYSTEM-INDEPENDENT MOUNT OPTIONS".
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* As struct mount_attr of mount_setattr(2): attr_set and attr_clr. */
struct mount_attributes {
	uint64_t set;
	uint64_t clear;
};

enum mount_option_part {
	MOUNT_SELF,		/* an attribute of the mount: MOUNT_ATTR_* */
	MOUNT_TREE,		/* the same, for all mounts below too (AT_RECURSIVE) */
	MOUNT_SUPERBLOCK,	/* a flag of the file system: MS_*; see mount_superblock_flags */
	MOUNT_PROPAGATION,	/* attrs.set is MS_SHARED, MS_SLAVE, MS_PRIVATE or MS_UNBINDABLE */
	MOUNT_BIND,
	MOUNT_IDMAP,
	MOUNT_REMOUNT,
	MOUNT_COPY_UP,		/* tmpcopyup: a tmpfs takes over what the directory below has */
	MOUNT_NO_EFFECT,	/* recognized; nothing to do */
};

struct mount_option {
	const char *name;
	enum mount_option_part part;
	struct mount_attributes attrs;
	bool recursive;		/* of MOUNT_PROPAGATION, _BIND and _IDMAP: the r form */
	bool takes_back;	/* "atime": undoes the access-time mode @undone, no other */
	uint64_t undone;
};

/* In alphabetical order. */
extern const struct mount_option mount_options[];
extern const size_t mount_option_count;

/* What a list of options asks for. All zero: nothing. */
struct mount_request {
	struct mount_attributes self;
	struct mount_attributes tree;
	struct mount_attributes superblock;	/* MS_SYNCHRONOUS, MS_DIRSYNC, MS_LAZYTIME */
	uint64_t propagation;			/* MS_*, without MS_REC; 0: not asked for */
	bool propagation_recursive;
	bool bind;
	bool bind_recursive;
	bool idmap;
	bool idmap_recursive;
	bool remount;
	bool copy_up;
};

/* How a flag of the superblock is said to fsconfig(2), FSCONFIG_SET_FLAG. */
struct mount_superblock_flag {
	uint64_t flag;		/* MS_* */
	const char *on;		/* "sync" */
	const char *off;	/* "async" */
};

extern const struct mount_superblock_flag mount_superblock_flags[];
extern const size_t mount_superblock_flag_count;

/**
 * mount_option_find() - row of an option
 * @name: exactly as written; "x-..." finds a row of MOUNT_NO_EFFECT that is not in the table
 *
 * Return: the row, or NULL: the option is the file system's own.
 */
const struct mount_option *mount_option_find(const char *name);

/**
 * mount_option_apply() - add an option to a request
 * @to:   a later option takes back what an earlier one asked for
 * @name: the option
 *
 * Return: true, or false with @to unchanged: the option is the file system's own.
 */
bool mount_option_apply(struct mount_request *to, const char *name);

/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * Where a file of the host lies. It has two names: the path that the kernel has for it, and the one inside
 * its file system, which is the same wherever that, or a part of it, is mounted.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "kernel/mountinfo.h"

struct place {
	const char *name;	/* in our mount namespace */
	uint32_t dev_major;	/* of the file system, and */
	uint32_t dev_minor;
	const char *inside;	/* the name in there */
};

/**
 * place_find() - where is what was opened?
 * @info:   the mounts of our mount namespace
 * @arena:  owns the names
 * @fd:     lent
 * @source: how messages call it
 *
 * Return: 0, or -1 with ERROR_SYSTEM: its mount is not among @info.
 */
int place_find(const struct mountinfo *info, struct arena *arena, int fd, const char *source,
	       struct place *out, struct error *err);

/** place_is_below() - is @path the directory @top, or below it? */
bool place_is_below(const char *path, const char *top);

/** place_same_disk() - whether two places are of one file system, and their names in it tell */
bool place_same_disk(const struct place *a, const struct place *b);

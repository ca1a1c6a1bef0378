/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * Where a file of the host lies. It has two names: the path that the kernel has for it, and the one inside
 * its file system, which is the same wherever that, or a part of it, is mounted.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "live.h"

struct place {
	const char *name;	/* in our mount namespace */
	uint32_t dev_major;	/* of the file system, and */
	uint32_t dev_minor;
	const char *inside;	/* the name in there */
	bool whole;		/* its mount shows all of the file system */
};

/**
 * place_find() - where is what was opened?
 * @fd:     lent
 * @source: how messages call it
 * @out:    its names last until host_mounts_close()
 *
 * Return: 0, or -1 with ERROR_SYSTEM, also where its mount is not among those of the host.
 */
int place_find(struct live *live, int fd, const char *source, struct place *out, struct error *err);

/** place_is_below() - is @path the directory @top, or below it? */
bool place_is_below(const char *path, const char *top);

/** place_same_disk() - whether two places are of one file system, and their names in it tell */
bool place_same_disk(const struct place *a, const struct place *b);

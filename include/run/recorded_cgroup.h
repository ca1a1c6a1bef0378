/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * The cgroup that a record names, for commands that come after create.
 */
#pragma once

#include "base/error.h"
#include "state/record.h"

/**
 * recorded_cgroup_open() - open a container's cgroup, if it is still the one of the record
 * @record: its record
 * @mount:  -1; receives the root of the cgroup2 mount, given away, or stays where there is none
 * @cgroup: -1; receives the cgroup, O_RDONLY | O_DIRECTORY, given away; stays where the container
 *          has none, where it is gone, and where another one is in its place
 *
 * A path can be taken by another container once the first is gone: the inode tells them apart.
 *
 * Return: 0, or -1 with ERROR_HOST or ERROR_SYSTEM.
 */
int recorded_cgroup_open(const struct record *record, int *mount, int *cgroup, struct error *err);

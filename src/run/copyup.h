/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * tmpcopyup: a tmpfs takes over what the directory below it has. Spec: config.md
 * "Linux mount options".
 */
#pragma once

#include "base/error.h"
#include "plan/plan.h"

/**
 * copyup_run() - copy a directory of the image into a new tmpfs
 * @from:  the directory that will be covered, O_PATH
 * @to:    the tmpfs, detached
 * @mount: its row: the bounds in bytes and entries; 0 for none
 *
 * Directories, files and links with mode, owner and time; no link is followed
 * and no other mount is entered. Sockets and device nodes are left out: they
 * mean nothing in a copy.
 *
 * Return: 0, or -1 with ERROR_HOST where a bound was passed.
 */
int copyup_run(int from, int to, const struct plan_mount *mount, struct error *err);

/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
#pragma once

/* What a process runs: the file behind the mappings of the program and behind /proc/PID/exe. */

#include <sys/types.h>

#include "base/error.h"

/**
 * image_size() - how many bytes of the program's file are needed to run it
 *
 * Names for a debugger and the like lie behind them.
 *
 * Return: bytes from the beginning, all loaded segments among them; 0 where it cannot be told.
 */
off_t image_size(void);

/**
 * image_move() - go on from a copy of the program's file, without executing it
 * @procfs: lent handle
 * @self:   our own pid as @procfs numbers it
 * @copy:   lent; the first image_size() bytes of the program, in a file that can be executed
 * @err:    filled on failure
 *
 * Maps the copy where the program is mapped, keeps what the program has written, and makes the
 * copy what /proc/PID/exe leads to. The kernel takes it only when nothing of the old file is
 * mapped any more. For a process with one thread.
 *
 * Needs CAP_CHECKPOINT_RESTORE or CAP_SYS_ADMIN, and a kernel with CONFIG_CHECKPOINT_RESTORE.
 *
 * Return: 0, or -1: the process goes on, and /proc/PID/exe is what it was.
 */
int image_move(int procfs, pid_t self, int copy, struct error *err);

/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
#pragma once

/*
 * Locks on open files (flock(2)). The kernel lets go of one when the last copy of its descriptor
 * is closed, so no crash leaves one behind; a child that keeps its copy open holds it as well.
 */

#include "base/error.h"

/** LOCK_WAIT_MS - how long a command waits: create holds a lock for as long as its hooks run */
#define LOCK_WAIT_MS 60000

/**
 * lock_take() - take the exclusive lock of an open file
 * @fd:      lent; the lock stays until the last copy of it is closed, or flock(LOCK_UN)
 * @wait_ms: how long to wait for another holder; 0: not at all
 * @err:     filled on failure
 *
 * Return: 0, or -1 with ERROR_SYSTEM; errnum EWOULDBLOCK if somebody else still holds it. The
 * message then names the process where the kernel tells (/proc/locks).
 */
int lock_take(int fd, int wait_ms, struct error *err);

/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * The socket on which a created container's init waits for `start`, in the
 * container's state directory, and what is looked at once it has executed.
 */
#pragma once

#include <sys/types.h>

#include "base/error.h"
#include "plan/plan.h"

#define START_SOCKET_NAME "start"

/** start_socket_make() - a listening socket in the state directory @dir, mode 0600 */
int start_socket_make(int dir, struct error *err);

/** start_socket_connect() - connect to it */
int start_socket_connect(int dir, struct error *err);

/**
 * start_verify() - after exec: does the process run under the planned labels?
 * A process that has ended already has nothing to check. On a mismatch it is killed.
 */
int start_verify(const struct plan_lsm *lsm, int procfs, pid_t pid, int pidfd, struct error *err);

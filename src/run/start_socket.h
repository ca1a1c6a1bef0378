/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * The socket on which a created container's init waits for `start`, in the
 * container's state directory, and what is looked at once it has executed.
 */
#pragma once

#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"
#include "spec/spec.h"
#include "state/record.h"

#define START_SOCKET_NAME "start"

/** start_socket_make() - a listening socket in the state directory @dir, mode 0600 */
int start_socket_make(int dir, struct error *err);

/** start_socket_connect() - connect to it */
int start_socket_connect(int dir, struct error *err);

/**
 * start_filters() - how many seccomp filters the calling process is under; its children inherit them
 * @procfs: lent handle
 * Return: 0 or -1.
 */
int start_filters(int procfs, uint32_t *filters, struct error *err);

/**
 * start_executed() - wait until init has executed the container's program
 * @channel: to init, which was told to go on
 * @spec:    whose hooks init calls before, or NULL: it has none
 *
 * The channel closes at exec, and with init. Where hooks come first init says that they were
 * called, or one that was killed meanwhile would pass for a program that has ended.
 *
 * Return: 0, or -1: what failed in init.
 */
int start_executed(int channel, const struct spec *spec, struct error *err);

/**
 * start_verify() - after exec: does the process run under the planned labels and filters?
 * @record: apparmor, selinux and filters
 * @pid:    as numbered in @procfs
 * A process that has ended already, or is about to, has nothing to check. On a mismatch it is killed.
 */
int start_verify(const struct record *record, int procfs, pid_t pid, int pidfd, struct error *err);

/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * What the supervisor and the child say to each other, over one seqpacket
 * channel. The order is fixed; anything else is an error.
 *
 *   supervisor                       child
 *   id maps, id-mapped trees
 *   SYNC_MAPPED ------------------->  (with a root file system that was made over the image)
 *                                    mounts, console, pivot, ids, capabilities
 *                      <------------ SYNC_HOOKS (with hooks before pivot)
 *   prestart, createRuntime
 *   SYNC_HOOKED ------------------->  createContainer
 *                      <------------ SYNC_WARNING (any number)
 *                      <------------ SYNC_READY (with the terminal's master)
 *   record, pid file, console socket
 *   SYNC_COMMIT (1: start now) ----->
 *                      <------------ SYNC_COMMITTED: it outlives us from here
 *                                    waits for start, or goes on to exec
 *                      <------------ SYNC_HOOKED (with startContainer hooks): they were called
 *                      <------------ end of file: exec was done; or SYNC_ERROR
 *
 * SYNC_ERROR carries a struct error and can come at any time.
 */
#pragma once

#include <stdint.h>

#include "base/error.h"

enum sync_type {
	SYNC_MAPPED = 1,
	SYNC_WARNING,
	SYNC_READY,
	SYNC_COMMIT,
	SYNC_COMMITTED,
	SYNC_ERROR,
	SYNC_FORKED,	/* the first process is another one: its pidfd */
	SYNC_GO,	/* from `start`, on the start socket */
	SYNC_HOOKS,	/* mounts are made: hooks of the runtime's namespaces may be called */
	SYNC_HOOKED,	/* they were */
	SYNC_END,	/* never sent: the other side closed the channel */
};

/** sync_send() - say one thing; @value goes along */
int sync_send(int channel, enum sync_type type, uint32_t value, struct error *err);

/** sync_send_fd() - as sync_send(), with a descriptor, or without when @fd is -1 */
int sync_send_fd(int channel, enum sync_type type, uint32_t value, int fd, struct error *err);

/** sync_send_error() - send an error; what cannot be sent is dropped: there is nobody left to tell */
void sync_send_error(int channel, const struct error *error);

/** sync_send_warning() - send a text that the supervisor logs */
int sync_send_warning(int channel, const char *text, struct error *err);

/**
 * sync_receive() - wait for the next thing the other side says
 * @type:  receives what it was; SYNC_END when the channel was closed
 * @value: receives the value, may be NULL
 * @fd:    receives a descriptor that came along, or -1; may be NULL
 *
 * Return: 0, or -1: the other side's own error when it sent one, or ERROR_SYSTEM.
 * Warnings are logged here and not returned.
 */
int sync_receive(int channel, enum sync_type *type, uint32_t *value, int *fd, struct error *err);

/** sync_expect() - as sync_receive(), where only one answer will do */
int sync_expect(int channel, enum sync_type type, uint32_t *value, int *fd, struct error *err);

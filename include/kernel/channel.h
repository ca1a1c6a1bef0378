/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
#pragma once

/*
 * Messages between two processes of ours, one of which may have been taken over: SOCK_SEQPACKET
 * pairs, fixed sizes, a counted number of descriptors. Anything that is not exactly what was
 * expected is an error, and descriptors that came with it are closed.
 */

#include <stddef.h>

#include "base/error.h"

#define CHANNEL_FDS_MAX 4

/**
 * channel_pair() - make two connected ends, both close-on-exec
 * @left:  set to one end; caller closes
 * @right: set to the other; caller closes
 * @err:   filled on failure
 *
 * Return: 0, or -1 with ERROR_SYSTEM.
 */
int channel_pair(int *left, int *right, struct error *err);

/**
 * channel_set_timeout() - bound each later send and receive on an end
 * @fd:         lent
 * @timeout_ms: milliseconds, 0 for no bound; what exceeds it fails with ETIMEDOUT
 * @err:        filled on failure
 *
 * The bound belongs to the socket, so to every process that holds this end.
 *
 * Return: 0, or -1 with ERROR_SYSTEM.
 */
int channel_set_timeout(int fd, unsigned int timeout_ms, struct error *err);

/**
 * channel_send() - send one message
 * @fd:    lent end
 * @data:  bytes of the message
 * @size:  how many; at least 1
 * @fds:   lent descriptors to send along, or NULL
 * @count: how many of them, at most CHANNEL_FDS_MAX
 * @err:   filled on failure; errnum EPIPE if the other end is gone (no signal is raised)
 *
 * Return: 0, or -1 with ERROR_SYSTEM.
 */
int channel_send(int fd, const void *data, size_t size, const int *fds, size_t count,
		 struct error *err);

/**
 * channel_receive() - receive one message of exactly @size bytes and exactly @count descriptors
 * @fd:    lent end
 * @data:  room for @size bytes; written on success only
 * @size:  bytes expected; at least 1
 * @fds:   room for @count descriptors, or NULL if 0; set on success, close-on-exec, caller closes
 * @count: descriptors expected, at most CHANNEL_FDS_MAX
 * @err:   filled on failure; errnum EPIPE: the other end was closed; EBADMSG: another size,
 *         another number of descriptors, or cut control data; ETIMEDOUT: see channel_set_timeout()
 *
 * Return: 0, or -1 with ERROR_SYSTEM.
 */
int channel_receive(int fd, void *data, size_t size, int *fds, size_t count, struct error *err);

/**
 * channel_send_error() - send an error object as a message
 * @fd:    lent end
 * @error: what to send
 * @err:   filled if sending fails
 */
int channel_send_error(int fd, const struct error *error, struct error *err);

/**
 * channel_receive_error() - receive an error object and make it safe to use
 * @fd:    lent end
 * @error: set on success, passed through error_sanitize(): the sender may be hostile
 * @err:   filled if receiving fails
 */
int channel_receive_error(int fd, struct error *error, struct error *err);

/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * Every message has one size, so that a cut one is seen, and says in its flags
 * whether a descriptor comes along. The child may be under attack from what it
 * shares a namespace with, but it runs our code until exec: its text is made
 * safe all the same before it is logged.
 */
#include "sync.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/log.h"

struct sync_message {
	uint32_t type;
	uint32_t value;
	struct error error;
};

/* The short form, for what carries no text. */
#define SYNC_SHORT offsetof(struct sync_message, error)

static int sync_transmit(int channel, const struct sync_message *message, size_t size, int fd,
			 struct error *err)
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	struct iovec part = { .iov_base = (void *)(uintptr_t)message, .iov_len = size };
	struct msghdr packet = { .msg_iov = &part, .msg_iovlen = 1 };

	if (fd >= 0) {
		packet.msg_control = control.bytes;
		packet.msg_controllen = sizeof(control.bytes);
		control.header.cmsg_level = SOL_SOCKET;
		control.header.cmsg_type = SCM_RIGHTS;
		control.header.cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(&control.header), &fd, sizeof(int));
	}
	for (;;) {
		ssize_t sent = sendmsg(channel, &packet, MSG_NOSIGNAL);

		if (sent == (ssize_t)size)
			return 0;
		if (sent < 0 && errno == EINTR)
			continue;
		if (sent >= 0)
			errno = EMSGSIZE;
		return error_system(err, "talk to the other side of the container's set-up");
	}
}

int sync_send_fd(int channel, enum sync_type type, uint32_t value, int fd, struct error *err)
{
	struct sync_message message = { .type = type, .value = value };

	return sync_transmit(channel, &message, SYNC_SHORT, fd, err);
}

int sync_send(int channel, enum sync_type type, uint32_t value, struct error *err)
{
	return sync_send_fd(channel, type, value, -1, err);
}

void sync_send_error(int channel, const struct error *error)
{
	struct sync_message message = { .type = SYNC_ERROR, .error = *error };
	struct error ignored;

	(void)sync_transmit(channel, &message, sizeof(message), -1, &ignored);
}

int sync_send_warning(int channel, const char *text, struct error *err)
{
	struct sync_message message = { .type = SYNC_WARNING };

	(void)error_set(&message.error, ERROR_SYSTEM, 0, "%s", text);
	return sync_transmit(channel, &message, sizeof(message), -1, err);
}

/* One packet. Return: its size, 0 at the end of the channel, or -1. */
static ssize_t sync_take(int channel, struct sync_message *message, int *fd, struct error *err)
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec part = { .iov_base = message, .iov_len = sizeof(*message) };
	struct msghdr packet = { .msg_iov = &part, .msg_iovlen = 1,
				 .msg_control = control.bytes,
				 .msg_controllen = sizeof(control.bytes) };
	struct cmsghdr *header;
	ssize_t got;

	/*
	 * The kernel says ECONNRESET, once, where the other side ended with something of ours unread.
	 * What it had sent before, its reason first of all, is still there.
	 */
	do
		got = recvmsg(channel, &packet, MSG_CMSG_CLOEXEC);
	while (got < 0 && (errno == EINTR || errno == ECONNRESET));
	if (got < 0)
		return error_system(err, "hear from the other side of the container's set-up");
	header = CMSG_FIRSTHDR(&packet);
	if (header && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS &&
	    header->cmsg_len == CMSG_LEN(sizeof(int)))
		memcpy(fd, CMSG_DATA(header), sizeof(int));
	if (packet.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) {
		close_fd(fd);
		return error_set(err, ERROR_SYSTEM, EBADMSG, "a message of the set-up was cut");
	}
	return got;
}

int sync_receive(int channel, enum sync_type *type, uint32_t *value, int *fd, struct error *err)
{
	for (;;) {
		struct sync_message message = { 0 };
		auto_fd came = -1;
		ssize_t size = sync_take(channel, &message, &came, err);

		if (size < 0)
			return -1;
		if (size == 0) {
			*type = SYNC_END;
			return 0;
		}
		if (size != (ssize_t)SYNC_SHORT && size != (ssize_t)sizeof(message))
			return error_set(err, ERROR_SYSTEM, EBADMSG, "a message of the set-up has a wrong size");
		error_sanitize(&message.error);
		if (message.type == SYNC_WARNING) {
			log_message(LOG_LEVEL_WARNING, "%s", message.error.message);
			continue;
		}
		if (message.type == SYNC_ERROR) {
			*err = message.error;
			return -1;
		}
		*type = message.type;
		if (value)
			*value = message.value;
		if (fd)
			*fd = take_fd(&came);
		return 0;
	}
}

int sync_expect(int channel, enum sync_type type, uint32_t *value, int *fd, struct error *err)
{
	enum sync_type got = SYNC_END;

	if (sync_receive(channel, &got, value, fd, err))
		return -1;
	if (got == type)
		return 0;
	if (fd)
		close_fd(fd);
	if (got == SYNC_END)
		return error_set(err, ERROR_SYSTEM, EPIPE,
				 "the other side of the container's set-up ended without a word");
	return error_set(err, ERROR_SYSTEM, EBADMSG, "the set-up was out of step (%d, not %d)",
			 (int)got, (int)type);
}

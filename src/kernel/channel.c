/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */

#include "kernel/channel.h"

#include <errno.h>
#include <stdalign.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "base/cleanup.h"

/** Room for the control message of a full set of descriptors, and for not one more. */
union control {
	alignas(struct cmsghdr) char bytes[CMSG_SPACE(sizeof(int) * CHANNEL_FDS_MAX)];
};

/** Descriptors that came with a message; all are closed unless they are taken out. */
struct received {
	int fds[CHANNEL_FDS_MAX];
	size_t count;
};

static void received_close(struct received *received)
{
	for (size_t i = 0; i < received->count; i++)
		close_fd(&received->fds[i]);
	received->count = 0;
}

DEFINE_CLEANUP(cleanup_received, struct received, received_close);
#define auto_received __attribute__((cleanup(cleanup_received))) struct received

int channel_pair(int *left, int *right, struct error *err)
{
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return error_system(err, "create channel");
	*left = ends[0];
	*right = ends[1];
	return 0;
}

int channel_set_timeout(int fd, unsigned int timeout_ms, struct error *err)
{
	const struct timeval bound = {
		.tv_sec = timeout_ms / 1000,
		.tv_usec = (suseconds_t)(timeout_ms % 1000) * 1000,
	};

	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &bound, sizeof(bound)) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &bound, sizeof(bound)) < 0)
		return error_system(err, "bound channel");
	return 0;
}

/* The kernel says EAGAIN when SO_RCVTIMEO or SO_SNDTIMEO runs out. */
static int fail(const char *what, struct error *err)
{
	return error_set(err, ERROR_SYSTEM, errno == EAGAIN ? ETIMEDOUT : errno, "%s", what);
}

int channel_send(int fd, const void *data, size_t size, const int *fds, size_t count,
		 struct error *err)
{
	struct iovec part = { .iov_base = (void *)(uintptr_t)data, .iov_len = size };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };
	union control control = { .bytes = { 0 } };
	ssize_t sent;

	if (size == 0 || count > CHANNEL_FDS_MAX)
		return error_set(err, ERROR_SYSTEM, EINVAL, "send message");
	if (count > 0) {
		struct cmsghdr *header;

		message.msg_control = control.bytes;
		message.msg_controllen = CMSG_SPACE(sizeof(int) * count);
		header = CMSG_FIRSTHDR(&message);
		header->cmsg_level = SOL_SOCKET;
		header->cmsg_type = SCM_RIGHTS;
		header->cmsg_len = CMSG_LEN(sizeof(int) * count);
		memcpy(CMSG_DATA(header), fds, sizeof(int) * count);
	}

	do
		sent = sendmsg(fd, &message, MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);
	if (sent < 0)
		return fail("send message", err);
	if ((size_t)sent != size)
		return error_set(err, ERROR_SYSTEM, EMSGSIZE, "send message");
	return 0;
}

/* Takes the descriptors out of the control data. False if there is anything else in it. */
static bool collect(struct msghdr *message, struct received *received)
{
	bool clean = true;

	for (struct cmsghdr *header = CMSG_FIRSTHDR(message); header;
	     header = CMSG_NXTHDR(message, header)) {
		size_t length = header->cmsg_len - CMSG_LEN(0);
		size_t count = length / sizeof(int);

		if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS ||
		    count > CHANNEL_FDS_MAX - received->count) {
			clean = false;
			continue;
		}
		memcpy(received->fds + received->count, CMSG_DATA(header), count * sizeof(int));
		received->count += count;
	}
	return clean;
}

int channel_receive(int fd, void *data, size_t size, int *fds, size_t count, struct error *err)
{
	auto_free void *staging = NULL;
	auto_received received = { .count = 0 };
	union control control = { .bytes = { 0 } };
	struct iovec part = { .iov_len = size };
	struct msghdr message = {
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes),
	};
	ssize_t got;
	bool clean;

	if (size == 0 || count > CHANNEL_FDS_MAX)
		return error_set(err, ERROR_SYSTEM, EINVAL, "receive message");
	staging = malloc(size);
	if (!staging)
		return error_system(err, "receive message");
	part.iov_base = staging;

	do
		got = recvmsg(fd, &message, MSG_CMSG_CLOEXEC);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return fail("receive message", err);

	clean = collect(&message, &received);
	if (got == 0)
		return error_set(err, ERROR_SYSTEM, EPIPE, "receive message");
	if (!clean || (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) || (size_t)got != size ||
	    received.count != count)
		return error_set(err, ERROR_SYSTEM, EBADMSG,
				 "receive message: not %zu bytes and %zu descriptors", size, count);

	memcpy(data, staging, size);
	for (size_t i = 0; i < count; i++)
		fds[i] = take_fd(&received.fds[i]);
	return 0;
}

int channel_send_error(int fd, const struct error *error, struct error *err)
{
	/* A copy: the bytes behind the message's NUL are left-overs of our memory. */
	struct error clean = { .kind = error->kind, .errnum = error->errnum };

	(void)snprintf(clean.message, sizeof(clean.message), "%s", error->message);
	return channel_send(fd, &clean, sizeof(clean), NULL, 0, err);
}

int channel_receive_error(int fd, struct error *error, struct error *err)
{
	struct error received;

	if (channel_receive(fd, &received, sizeof(received), NULL, 0, err) < 0)
		return -1;
	error_sanitize(&received);
	*error = received;
	return 0;
}

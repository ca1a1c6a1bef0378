/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */

#include "kernel/netlink.h"

#include <errno.h>
#include <linux/if.h>
#include <linux/rtnetlink.h>
#include <stdalign.h>
#include <sys/socket.h>

#include "base/cleanup.h"
#include "libmnl.h"

#define LOOPBACK_INDEX 1
#define BUFFER_SIZE 8192	/* MNL_SOCKET_BUFFER_SIZE is computed at run time */

static void release(struct mnl_socket **socket)
{
	if (*socket)
		(void)libmnl->close(*socket);
}

DEFINE_CLEANUP(cleanup_socket, struct mnl_socket *, release);
#define auto_socket __attribute__((cleanup(cleanup_socket))) struct mnl_socket *

/* Sends one request and waits for the kernel's answer to it; -1 with errno. */
static int talk(struct nlmsghdr *request, char *buffer, size_t size)
{
	auto_socket socket = NULL;
	unsigned int port;
	ssize_t length;
	int result;

	socket = libmnl->open(NETLINK_ROUTE, SOCK_CLOEXEC);
	if (!socket || libmnl->bind(socket, 0, MNL_SOCKET_AUTOPID) < 0)
		return -1;
	port = libmnl->get_portid(socket);
	if (libmnl->sendto(socket, request, request->nlmsg_len) < 0)
		return -1;
	do {
		length = libmnl->recvfrom(socket, buffer, size);
		if (length < 0)
			return -1;
		result = libmnl->cb_run(buffer, (size_t)length, request->nlmsg_seq, port, NULL,
					NULL);
	} while (result > MNL_CB_STOP);
	return result;
}

int netlink_prepare(struct error *err)
{
	return libmnl_load(err);
}

int netlink_loopback_up(struct error *err)
{
	alignas(struct nlmsghdr) char request[MNL_NLMSG_HDRLEN + 64] = { 0 };
	alignas(struct nlmsghdr) char answer[BUFFER_SIZE];
	struct nlmsghdr *header;
	struct ifinfomsg *link;

	if (netlink_prepare(err))
		return -1;
	header = libmnl->put_header(request);
	header->nlmsg_type = RTM_NEWLINK;
	header->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	header->nlmsg_seq = 1;
	link = libmnl->put_extra_header(header, sizeof(*link));
	link->ifi_family = AF_UNSPEC;
	link->ifi_index = LOOPBACK_INDEX;
	link->ifi_flags = IFF_UP;
	link->ifi_change = IFF_UP;

	if (talk(header, answer, sizeof(answer)) < 0)
		return error_system(err, "set loopback device up");
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
#pragma once

/* libmnl speaks netlink: to a network namespace that is new, and to no other. */

#include <libmnl/libmnl.h>

#include "base/error.h"

struct libmnl {
	__typeof__(mnl_cb_run) *cb_run;
	__typeof__(mnl_nlmsg_put_extra_header) *put_extra_header;
	__typeof__(mnl_nlmsg_put_header) *put_header;
	__typeof__(mnl_socket_bind) *bind;
	__typeof__(mnl_socket_close) *close;
	__typeof__(mnl_socket_get_portid) *get_portid;
	__typeof__(mnl_socket_open2) *open;
	__typeof__(mnl_socket_recvfrom) *recvfrom;
	__typeof__(mnl_socket_sendto) *sendto;
};

/* Its functions; NULL until it is loaded. */
extern const struct libmnl *libmnl;

/**
 * libmnl_load() - load it, if that was not done
 * Return: 0, or -1 as library_load().
 */
int libmnl_load(struct error *err);

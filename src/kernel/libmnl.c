/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */

#include "libmnl.h"

#include <stddef.h>

#include "base/cleanup.h"
#include "kernel/library.h"

#define SONAME "libmnl.so.0"
LIBRARY_NOTE(SONAME);

#define FUNCTION(symbol, member) { #symbol, offsetof(struct libmnl, member) }

static const struct library_function functions[] = {
	FUNCTION(mnl_cb_run, cb_run),
	FUNCTION(mnl_nlmsg_put_extra_header, put_extra_header),
	FUNCTION(mnl_nlmsg_put_header, put_header),
	FUNCTION(mnl_socket_bind, bind),
	FUNCTION(mnl_socket_close, close),
	FUNCTION(mnl_socket_get_portid, get_portid),
	FUNCTION(mnl_socket_open2, open),
	FUNCTION(mnl_socket_recvfrom, recvfrom),
	FUNCTION(mnl_socket_sendto, sendto),
};

static const struct library library = { SONAME, "network namespaces", functions,
					ARRAY_SIZE(functions) };

const struct libmnl *libmnl;

int libmnl_load(struct error *err)
{
	static struct libmnl table;

	if (libmnl)
		return 0;
	if (library_load(&library, &table, err))
		return -1;
	libmnl = &table;
	return 0;
}

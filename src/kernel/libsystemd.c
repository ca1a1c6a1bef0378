/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */

#include "libsystemd.h"

#include <stddef.h>

#include "base/cleanup.h"
#include "kernel/library.h"

#define SONAME "libsystemd.so.0"
LIBRARY_NOTE(SONAME);

#define FUNCTION(symbol, member) { #symbol, offsetof(struct libsystemd, member) }

static const struct library_function functions[] = {
	FUNCTION(sd_bus_call, call),
	FUNCTION(sd_bus_error_free, error_free),
	FUNCTION(sd_bus_flush_close_unref, close),
	FUNCTION(sd_bus_get_property_string, get_property_string),
	FUNCTION(sd_bus_is_ready, is_ready),
	FUNCTION(sd_bus_match_signal, match_signal),
	FUNCTION(sd_bus_message_append, append),
	FUNCTION(sd_bus_message_append_array, append_array),
	FUNCTION(sd_bus_message_append_basic, append_basic),
	FUNCTION(sd_bus_message_close_container, close_container),
	FUNCTION(sd_bus_message_new_method_call, new_method_call),
	FUNCTION(sd_bus_message_open_container, open_container),
	FUNCTION(sd_bus_message_read, read),
	FUNCTION(sd_bus_message_unref, message_unref),
	FUNCTION(sd_bus_open_system, open_system),
	FUNCTION(sd_bus_open_user, open_user),
	FUNCTION(sd_bus_path_encode, path_encode),
	FUNCTION(sd_bus_process, process),
	FUNCTION(sd_bus_set_method_call_timeout, set_timeout),
	FUNCTION(sd_bus_slot_unref, slot_unref),
	FUNCTION(sd_bus_wait, wait),
};

static const struct library library = { SONAME, "cgroups that systemd manages", functions,
					ARRAY_SIZE(functions) };

const struct libsystemd *libsystemd;

int libsystemd_load(struct error *err)
{
	static struct libsystemd table;

	if (libsystemd)
		return 0;
	if (library_load(&library, &table, err))
		return -1;
	libsystemd = &table;
	return 0;
}

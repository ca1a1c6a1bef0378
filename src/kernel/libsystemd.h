/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
#pragma once

/* libsystemd speaks D-Bus, to systemd alone. */

#include <systemd/sd-bus.h>

#include "base/error.h"

struct libsystemd {
	__typeof__(sd_bus_call) *call;
	__typeof__(sd_bus_error_free) *error_free;
	__typeof__(sd_bus_flush_close_unref) *close;
	__typeof__(sd_bus_get_property_string) *get_property_string;
	__typeof__(sd_bus_is_ready) *is_ready;
	__typeof__(sd_bus_match_signal) *match_signal;
	__typeof__(sd_bus_message_append) *append;
	__typeof__(sd_bus_message_append_array) *append_array;
	__typeof__(sd_bus_message_append_basic) *append_basic;
	__typeof__(sd_bus_message_close_container) *close_container;
	__typeof__(sd_bus_message_new_method_call) *new_method_call;
	__typeof__(sd_bus_message_open_container) *open_container;
	__typeof__(sd_bus_message_read) *read;
	__typeof__(sd_bus_message_unref) *message_unref;
	__typeof__(sd_bus_open_system) *open_system;
	__typeof__(sd_bus_open_user) *open_user;
	__typeof__(sd_bus_path_encode) *path_encode;
	__typeof__(sd_bus_process) *process;
	__typeof__(sd_bus_set_method_call_timeout) *set_timeout;
	__typeof__(sd_bus_slot_unref) *slot_unref;
	__typeof__(sd_bus_wait) *wait;
};

/* Its functions; NULL until it is loaded. */
extern const struct libsystemd *libsystemd;

/**
 * libsystemd_load() - load it, if that was not done
 * Return: 0, or -1 as library_load().
 */
int libsystemd_load(struct error *err);

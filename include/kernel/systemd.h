/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
#pragma once

/*
 * The system's service manager, over the system bus: transient scopes and their properties. Needs
 * systemd 252 or later, and libsystemd, which is loaded by systemd_open().
 *
 * Every call ends: what a connection does from systemd_open() on has one deadline. Errors carry
 * the words of systemd.
 *
 * A program that is configured --without-systemd has the same functions, and systemd_open() fails.
 *
 * Source: org.freedesktop.systemd1(5), systemd.scope(5), systemd.resource-control(5).
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"

/* D-Bus types of properties. */
enum systemd_type {
	SYSTEMD_BOOL,		/* b */
	SYSTEMD_BYTE,		/* y */
	SYSTEMD_INT16,		/* n */
	SYSTEMD_UINT16,		/* q */
	SYSTEMD_INT32,		/* i */
	SYSTEMD_UINT32,		/* u */
	SYSTEMD_INT64,		/* x */
	SYSTEMD_UINT64,		/* t */
	SYSTEMD_STRING,		/* s */
	SYSTEMD_STRINGS,	/* as */
	SYSTEMD_BYTES,		/* ay */
};

struct systemd_property {
	const char *name;		/* "MemoryMax" */
	enum systemd_type type;
	uint64_t number;		/* signed types in two's complement */
	const char *text;		/* SYSTEMD_STRING */
	size_t count;			/* of the arrays */
	const char *const *texts;
	const uint8_t *bytes;
};

struct systemd;

/** systemd_type_code() - a type as D-Bus writes it: "t" */
static inline const char *systemd_type_code(enum systemd_type type)
{
	static const char *const codes[] = {
		[SYSTEMD_BOOL] = "b", [SYSTEMD_BYTE] = "y", [SYSTEMD_INT16] = "n",
		[SYSTEMD_UINT16] = "q", [SYSTEMD_INT32] = "i", [SYSTEMD_UINT32] = "u",
		[SYSTEMD_INT64] = "x", [SYSTEMD_UINT64] = "t", [SYSTEMD_STRING] = "s",
		[SYSTEMD_STRINGS] = "as", [SYSTEMD_BYTES] = "ay",
	};

	return codes[type];
}

/** systemd_is_built_in() - whether this program was built to talk to systemd */
bool systemd_is_built_in(void);

/**
 * systemd_open() - connect to the system bus, or to the user's
 * @user:       the caller's own systemd is asked, at $DBUS_SESSION_BUS_ADDRESS or
 *              $XDG_RUNTIME_DIR/bus, and not the host's
 * @timeout_ms: for all that is done by this connection
 *
 * Before a namespace of a container is entered. The connection is of this process: children do
 * not use it.
 *
 * Return: a connection, for systemd_close(), or NULL with ERROR_HOST.
 */
struct systemd *systemd_open(bool user, int timeout_ms, struct error *err);

/** systemd_close() - end a connection; NULL is allowed */
void systemd_close(struct systemd *bus);

/**
 * systemd_start_scope() - make a transient scope around a process, and wait for it
 * @unit:        its name, "NAME.scope"
 * @pid:         the first process in it
 * @properties:  others than the PIDs
 *
 * A unit of that name that has ended, and of which systemd still knows, is forgotten first.
 *
 * Return: 0, or -1 with ERROR_STATE (there is such a unit, and it is active) or ERROR_HOST (systemd
 * does not answer, or its answer, or what became of the job).
 */
int systemd_start_scope(struct systemd *bus, const char *unit, pid_t pid,
			const struct systemd_property *properties, size_t count,
			struct error *err);

/**
 * systemd_attach() - have a process moved into a unit's cgroup
 * @below: "" or a path that begins with a slash: a cgroup below the unit's
 * @pid:   of the caller's user
 *
 * A user's systemd asks the host's where it has not the power itself.
 *
 * Return: 0, or -1 with ERROR_HOST.
 */
int systemd_attach(struct systemd *bus, const char *unit, const char *below, pid_t pid,
		   struct error *err);

/**
 * systemd_set_properties() - change properties of a unit until it ends
 *
 * Return: 0, or -1 with ERROR_HOST.
 */
int systemd_set_properties(struct systemd *bus, const char *unit,
			   const struct systemd_property *properties, size_t count,
			   struct error *err);

/**
 * systemd_stop_unit() - stop a unit, wait until that is done, and forget that it failed
 *
 * A unit that does not exist is no error.
 *
 * Return: 0, or -1 with ERROR_HOST.
 */
int systemd_stop_unit(struct systemd *bus, const char *unit, struct error *err);

/**
 * systemd_description() - the description of a unit
 * @out: set to malloc'd memory; a unit that does not exist is described by its own name
 *
 * Return: 0, or -1 with ERROR_HOST.
 */
int systemd_description(struct systemd *bus, const char *unit, char **out, struct error *err);

static inline void systemd_cleanup(struct systemd **bus)
{
	systemd_close(*bus);
}

#define auto_systemd __attribute__((cleanup(systemd_cleanup))) struct systemd

/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * In place of systemd.c where orlop is configured --without-systemd. There is no connection, so
 * the other functions are not reached.
 */
#include "kernel/systemd.h"

#define NO_SYSTEMD "this orlop was configured without systemd: use the cgroup manager cgroupfs"

bool systemd_is_built_in(void)
{
	return false;
}

struct systemd *systemd_open(bool user, int timeout_ms, struct error *err)
{
	(void)user;
	(void)timeout_ms;
	error_set(err, ERROR_HOST, 0, NO_SYSTEMD);
	return NULL;
}

void systemd_close(struct systemd *bus)
{
	(void)bus;
}

int systemd_start_scope(struct systemd *bus, const char *unit, pid_t pid,
			const struct systemd_property *properties, size_t count,
			struct error *err)
{
	(void)bus;
	(void)unit;
	(void)pid;
	(void)properties;
	(void)count;
	return error_set(err, ERROR_HOST, 0, NO_SYSTEMD);
}

int systemd_attach(struct systemd *bus, const char *unit, const char *below, pid_t pid,
		   struct error *err)
{
	(void)bus;
	(void)unit;
	(void)below;
	(void)pid;
	return error_set(err, ERROR_HOST, 0, NO_SYSTEMD);
}

int systemd_set_properties(struct systemd *bus, const char *unit,
			   const struct systemd_property *properties, size_t count,
			   struct error *err)
{
	(void)bus;
	(void)unit;
	(void)properties;
	(void)count;
	return error_set(err, ERROR_HOST, 0, NO_SYSTEMD);
}

int systemd_stop_unit(struct systemd *bus, const char *unit, struct error *err)
{
	(void)bus;
	(void)unit;
	return error_set(err, ERROR_HOST, 0, NO_SYSTEMD);
}

int systemd_description(struct systemd *bus, const char *unit, char **out, struct error *err)
{
	(void)bus;
	(void)unit;
	(void)out;
	return error_set(err, ERROR_HOST, 0, NO_SYSTEMD);
}

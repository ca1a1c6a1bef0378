/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
#pragma once

/*
 * Properties of a container's unit of systemd. Read by plan.
 *
 * Source: systemd.resource-control(5), systemd.scope(5), systemd.kill(5), systemd.unit(5).
 */

#include <stddef.h>

#include "kernel/systemd.h"

/* How the value of a cgroup file becomes that of a property. */
enum unit_format {
	UNIT_AMOUNT,	/* a number, or "max": UINT64_MAX, which is "infinity" */
	UNIT_WEIGHT,	/* "100" or "default 100" */
	UNIT_QUOTA,	/* cpu.max: CPUQuotaPerSecUSec, and CPUQuotaPeriodUSec */
	UNIT_IDLE,	/* cpu.idle: 1 is a CPUWeight of 0 */
	UNIT_SET,	/* "0-3,7": a set of bits, the lowest one first */
};

/*
 * A limit that systemd holds as well. What it does not know of would be taken back when it reads
 * its configuration anew. Of the other files of a cgroup it writes none.
 */
struct unit_limit {
	const char *file;
	const char *property;
	enum unit_format format;
};

extern const struct unit_limit unit_limits[];
extern const size_t unit_limit_count;

/* What the name of an annotation that sets one begins with. */
#define UNIT_ANNOTATION "org.systemd.property."

/*
 * What a configuration may set by an annotation org.systemd.property.NAME. The others start or stop
 * units of the host, end the host, or lift a limit behind orlop's back.
 */
struct unit_property {
	const char *name;
	enum systemd_type type;
};

extern const struct unit_property unit_properties[];
extern const size_t unit_property_count;

/** unit_property_find() - a row by its name, or NULL */
const struct unit_property *unit_property_find(const char *name);

/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/* The floor as tables: calls that are refused, and calls whose arguments are looked at. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "policy/policy.h"

/* No opening lifts it. */
#define SECCOMP_FLOOR_ALWAYS 0

/* Calls that are refused whatever their arguments. The opening lifts the rule. */
struct floor_denied {
	const char *name;
	int errnum;
	unsigned int opening;
};

/* A value of a check, and the opening that puts it on an allow-list or takes it off a deny-list. */
struct floor_value {
	uint32_t value;
	unsigned int opening;
};

enum floor_test {
	ANY_BIT,	/* refused if the argument has a bit of mask */
	LISTED,		/* refused if the argument under mask is one of the values */
	NOT_LISTED,	/* refused if it is none of them */
	PASSED,		/* if it is one of them, the call's rows behind this one do not count */
};

#define SECCOMP_FLOOR_EVERY_BIT UINT32_MAX

/* Only the low 32 bits of arguments count. The rows of one call follow each other. */
struct floor_check {
	const char *name;
	int guard;		/* the row holds only if this argument, or -1 for none, */
	uint32_t guard_value;	/* is this */
	enum floor_test test;
	unsigned int argument;
	uint32_t mask;
	size_t value_count;
	const struct floor_value *values;
	int errnum;
};

extern const struct floor_denied floor_denied[];
extern const size_t floor_denied_count;

#define SECCOMP_FLOOR_CHECKS 23

extern const struct floor_check floor_checks[SECCOMP_FLOOR_CHECKS];

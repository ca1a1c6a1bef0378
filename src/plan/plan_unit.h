/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * Names and values of units of systemd, without the rest of a plan.
 */
#pragma once

#include <stdbool.h>

#include "base/arena.h"
#include "base/error.h"
#include "kernel/systemd.h"

/**
 * plan_unit_slice() - where below the cgroup mount systemd keeps a slice
 * @slice: "user-1000.slice"; "-.slice" is the root
 * @out:   set on success, in @arena: "/user.slice/user-1000.slice"; "" for the root
 *
 * Return: 0, or -1 with ERROR_SPEC: not the name of a slice. Source: systemd.slice(5).
 */
int plan_unit_slice(struct arena *arena, const char *slice, const char **out, struct error *err);

/**
 * plan_unit_directory() - the name of a unit's cgroup
 *
 * The unit's name, with an underscore before one that could be a file of the kernel's.
 *
 * Return: a string in @arena.
 */
const char *plan_unit_directory(struct arena *arena, const char *unit);

/** plan_unit_is_name() - whether systemd takes a name of a unit: characters and length */
bool plan_unit_is_name(const char *unit);

/**
 * plan_unit_value() - read a value in GVariant's text format
 * @text: "true", "'text'", "['a', 'b']", "uint64 10"; a number without a type is an int32
 * @out:  the value, in @arena; its name is left alone
 *
 * Return: 0, or -1 with ERROR_SPEC: another form, or a number that its type does not hold.
 * Source: https://docs.gtk.org/glib/gvariant-text-format.html
 */
int plan_unit_value(struct arena *arena, const char *text, struct systemd_property *out,
		    struct error *err);

/**
 * plan_unit_set() - a list of processors as a set of bits
 * @list: "0-3,7", as cpuset.cpus takes it
 * @out:  SYSTEMD_BYTES in @arena, the lowest bit first
 *
 * Return: false where it is no such list.
 */
bool plan_unit_set(struct arena *arena, const char *list, struct systemd_property *out);

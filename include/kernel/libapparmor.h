/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
#pragma once

/* libapparmor asks the kernel for profiles and takes labels apart. Only where AppArmor is on. */

#include <sys/apparmor.h>

#include "base/error.h"

struct libapparmor {
	__typeof__(aa_is_enabled) *is_enabled;
	__typeof__(aa_query_file_path) *query_file_path;
	__typeof__(aa_splitcon) *splitcon;
};

/* Its functions; NULL until it is loaded. */
extern const struct libapparmor *libapparmor;

/**
 * libapparmor_load() - load it, if that was not done
 * Return: 0, or -1 as library_load().
 */
int libapparmor_load(struct error *err);

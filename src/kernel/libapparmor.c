/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */

#include "kernel/libapparmor.h"

#include <stddef.h>

#include "base/cleanup.h"
#include "kernel/library.h"

#define SONAME "libapparmor.so.1"
LIBRARY_NOTE(SONAME);

#define FUNCTION(symbol, member) { #symbol, offsetof(struct libapparmor, member) }

static const struct library_function functions[] = {
	FUNCTION(aa_is_enabled, is_enabled),
	FUNCTION(aa_query_file_path, query_file_path),
	FUNCTION(aa_splitcon, splitcon),
};

static const struct library library = { SONAME, "AppArmor, which is on", functions,
					ARRAY_SIZE(functions) };

const struct libapparmor *libapparmor;

int libapparmor_load(struct error *err)
{
	static struct libapparmor table;

	if (libapparmor)
		return 0;
	if (library_load(&library, &table, err))
		return -1;
	libapparmor = &table;
	return 0;
}

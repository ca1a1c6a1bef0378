/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */

#include "kernel/library.h"

#include <dlfcn.h>
#include <string.h>

static bool ended;

int library_load(const struct library *library, void *table, struct error *err)
{
	void *handle;

	if (ended)
		return error_set(err, ERROR_HOST, 0,
				 "%s is needed for %s, and a namespace was entered already",
				 library->soname, library->purpose);
	handle = dlopen(library->soname, RTLD_NOW | RTLD_LOCAL);
	if (!handle)
		return error_set(err, ERROR_HOST, 0, "%s; it is needed for %s: install it",
				 dlerror(), library->purpose);
	for (size_t i = 0; i < library->count; i++) {
		const struct library_function *function = &library->functions[i];
		void *address = dlsym(handle, function->name);

		if (!address)
			return error_set(err, ERROR_HOST, 0,
					 "%s has no %s; it is needed for %s: a newer one is",
					 library->soname, function->name, library->purpose);
		memcpy((char *)table + function->offset, &address, sizeof(address));
	}
	return 0;
}

void library_end(void)
{
	ended = true;
}

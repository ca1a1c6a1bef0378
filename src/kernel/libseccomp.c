/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */

#include "kernel/libseccomp.h"

#include <dlfcn.h>
#include <stddef.h>
#include <string.h>

#include "base/cleanup.h"
#include "kernel/library.h"

#define SONAME "libseccomp.so.2"
LIBRARY_NOTE(SONAME);

#define FUNCTION(symbol, member) { #symbol, offsetof(struct libseccomp, member) }

static const struct library_function functions[] = {
	FUNCTION(seccomp_arch_add, arch_add),
	FUNCTION(seccomp_arch_native, arch_native),
	FUNCTION(seccomp_arch_remove, arch_remove),
	FUNCTION(seccomp_attr_set, attr_set),
	FUNCTION(seccomp_export_bpf, export_bpf),
	FUNCTION(seccomp_init, init),
	FUNCTION(seccomp_merge, merge),
	FUNCTION(seccomp_release, release),
	FUNCTION(seccomp_rule_add_array, rule_add_array),
	FUNCTION(seccomp_syscall_resolve_name, resolve_name),
	FUNCTION(seccomp_syscall_resolve_name_arch, resolve_name_arch),
};

static const struct library library = { SONAME, "system call filters", functions,
					ARRAY_SIZE(functions) };

const struct libseccomp *libseccomp;

int libseccomp_load(struct error *err)
{
	static struct libseccomp table;

	if (libseccomp)
		return 0;
	if (library_load(&library, &table, err))
		return -1;
	libseccomp = &table;
	return 0;
}

const char *libseccomp_path(void)
{
	Dl_info info;
	void *function;

	if (!libseccomp)
		return NULL;
	memcpy(&function, &libseccomp->init, sizeof(function));
	return dladdr(function, &info) ? info.dli_fname : NULL;
}

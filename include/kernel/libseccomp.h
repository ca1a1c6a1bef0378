/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
#pragma once

/* libseccomp compiles filters. One that is in the cache needs none of it. */

#include <seccomp.h>

#include "base/error.h"

struct libseccomp {
	__typeof__(seccomp_arch_add) *arch_add;
	__typeof__(seccomp_arch_native) *arch_native;
	__typeof__(seccomp_arch_remove) *arch_remove;
	__typeof__(seccomp_attr_set) *attr_set;
	__typeof__(seccomp_export_bpf) *export_bpf;
	__typeof__(seccomp_init) *init;
	__typeof__(seccomp_merge) *merge;
	__typeof__(seccomp_release) *release;
	__typeof__(seccomp_rule_add_array) *rule_add_array;
	__typeof__(seccomp_syscall_resolve_name) *resolve_name;
	__typeof__(seccomp_syscall_resolve_name_arch) *resolve_name_arch;
};

/* Its functions; NULL until it is loaded. */
extern const struct libseccomp *libseccomp;

/**
 * libseccomp_load() - load it, if that was not done
 * Return: 0, or -1 as library_load().
 */
int libseccomp_load(struct error *err);

/**
 * libseccomp_path() - the file that it was loaded from
 * Return: a path, as the dynamic linker has it; NULL if that is not known.
 */
const char *libseccomp_path(void);

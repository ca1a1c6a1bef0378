/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * The container's system call filter: the floor's block in front of the profile's, in one
 * program. What a block returns other than "allow" is final, so the profile can only narrow
 * what the floor lets through, and where both refuse, the floor's errno is what the program gets.
 *
 * seccomp_prepare() is for the supervisor, before it clones; seccomp_install() for the child, as the
 * last thing before exec. Names of libseccomp's own (seccomp_load, seccomp_init) are left to it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "plan/plan.h"

struct sock_filter;

/* Where compiled filters are kept; see seccomp_cache.c. */
#define SECCOMP_CACHE_DIRECTORY "/run/orlop/seccomp"

/* What the kernel takes: BPF_MAXINSNS. */
#define SECCOMP_INSNS_MAX 4096

struct seccomp_program {
	struct sock_filter *insns;	/* malloc'd; NULL: no filter is loaded */
	size_t count;
	unsigned int flags;		/* SECCOMP_FILTER_FLAG_* */
};

#define SECCOMP_PROGRAM_INIT { .insns = NULL }

/**
 * seccomp_prepare() - compile the filter, or take it from the cache
 * @plan: an enabled plan, or one that is not: @out is then empty
 * @out:  set on success; give it to seccomp_program_free()
 *
 * A cache that cannot be used is passed over, never trusted when it is not root's alone.
 *
 * Return: 0, or -1 with
 *   ERROR_SPEC    an action, operator, flag or architecture that cannot be carried out, notify
 *                 among them; a filter of more than SECCOMP_INSNS_MAX instructions
 *   ERROR_HOST    the floor does not know this machine's architecture, or there is no libseccomp
 *   ERROR_SYSTEM
 */
int seccomp_prepare(const struct plan_seccomp *plan, struct seccomp_program *out,
		    struct error *err);

/** seccomp_compile() - as seccomp_prepare(), without the cache */
int seccomp_compile(const struct plan_seccomp *plan, struct seccomp_program *out,
		    struct error *err);

/**
 * seccomp_install() - put the calling process under the filter, for good
 * @program: from seccomp_prepare(); an empty one does nothing
 *
 * Makes one system call, seccomp(2), and no other. Needs no_new_privs or CAP_SYS_ADMIN
 * in the process's user namespace. After it the filter decides what the caller may still do.
 *
 * Return: 0, or -1 with ERROR_SYSTEM.
 */
int seccomp_install(const struct seccomp_program *program, struct error *err);

/** seccomp_program_free() - free a program; NULL and an empty one are allowed */
void seccomp_program_free(struct seccomp_program *program);

DEFINE_CLEANUP(cleanup_seccomp_program, struct seccomp_program, seccomp_program_free);

/** auto_seccomp_program - "auto_seccomp_program program = SECCOMP_PROGRAM_INIT;" */
#define auto_seccomp_program \
	__attribute__((cleanup(cleanup_seccomp_program))) struct seccomp_program

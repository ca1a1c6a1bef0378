/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * The container's program: environment, working directory, which file it is, and
 * executing it. In the child, after pivot. Spec: config.md "Process".
 */
#pragma once

#include "base/error.h"
#include "plan/plan.h"

struct program {
	char *home;		/* "HOME=..." when it was missing, else NULL */
	char **env;		/* ends with NULL; the strings are the plan's, and home */
	char path[4096];	/* what is executed */
};

/** program_environment() - the environment, with HOME from the container's passwd file where it is missing */
int program_environment(const struct plan_process *process, struct program *program,
			struct error *err);

/**
 * program_enter_directory() - process.cwd
 * @make: make it when it is missing
 *
 * No link leads out, and the kernel is asked whether the directory can be
 * reached from the root (CVE-2024-21626).
 */
int program_enter_directory(const struct plan_process *process, bool make, struct error *err);

/**
 * program_find() - which file args[0] is, looked up with the ids of the container's user
 *
 * The messages are those that engines turn into exit statuses 126 and 127.
 */
int program_find(const struct plan_process *process, struct program *program, struct error *err);

/**
 * program_check() - can this file be executed, looked up without magic links?
 * @path: absolute, in the container's root
 *
 * Return: 0, or -1 with ERROR_SYSTEM and the reason as errnum.
 */
int program_check(const char *path, struct error *err);

/** program_execute() - returns only on failure */
int program_execute(const struct plan_process *process, const struct program *program,
		    struct error *err);

/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * A further process in a container that is there: the same steps as the first one's, less what
 * makes the container.
 */
#pragma once

#include "run/supervise.h"

/**
 * exec_run() - run what plan_exec_build() has planned
 * @plan:    its .exec is set
 * @record:  of the container, borrowed; nothing is written to the state directory, and the
 *           container's lock need not be held
 * @init:    lent pidfd of its first process
 * @options: .start is not looked at
 * @out:     filled on success, as by supervise_create()
 *
 * On success the program was executed. On failure no process is left.
 *
 * Return: 0, or -1 with ERROR_STATE (the container stopped meanwhile, or is not as planned),
 * ERROR_USAGE, ERROR_SPEC, ERROR_HOST or ERROR_SYSTEM.
 */
int exec_run(const struct plan *plan, const struct record *record, int init,
	     const struct supervise_options *options, struct supervise_result *out,
	     struct error *err);

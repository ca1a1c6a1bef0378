/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * Hooks as steps of the supervisor. Spec: runtime.md "Lifecycle".
 */
#pragma once

#include "live.h"

/** supervise_hooks_check() - before anything is done: does item hooks let every program pass? */
int supervise_hooks_check(struct live *live, struct error *err);

/** supervise_hooks_create() - prestart and createRuntime hooks, and leave for the child to call createContainer */
int supervise_hooks_create(struct live *live, struct error *err);

/** supervise_hooks_started() - poststart hooks, where the container was started at once */
int supervise_hooks_started(struct live *live, struct error *err);

/** supervise_hooks_undone() - poststop hooks after a failure, if hooks had their turn; nothing else is left */
void supervise_hooks_undone(const struct live *live);

/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * The child: it becomes the container's first process by a table of steps, the
 * last of which is exec.
 */
#pragma once

#include "live.h"

/**
 * init_run() - everything between clone and exec
 * @live: the supervisor's, as the child inherited it
 *
 * Never comes back: the container's program runs, or the error was sent to the
 * supervisor and the process ends.
 */
_Noreturn void init_run(struct live *live);

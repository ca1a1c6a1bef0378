/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * The processes of an id range: ending them, for a container whose record cannot
 * be read, and looking for them. Both read all of /proc: nothing on the usual
 * start path does that.
 */
#pragma once

#include <stdint.h>

#include "base/error.h"

/**
 * reap_ids() - end every process whose real uid lies in a range of host ids
 * @timeout_ms: how long to wait for each
 *
 * Return: 0 when none is left, or -1.
 */
int reap_ids(uint32_t first, uint32_t count, int timeout_ms, struct error *err);

/**
 * reap_survey() - which ids do processes have?
 * @used: a byte for each @step ids; set to 1 where a process has a real uid among them
 *
 * Only processes of the caller's pid namespace and those below it are seen.
 *
 * Return: 0 or -1.
 */
int reap_survey(uint8_t *used, uint32_t step, struct error *err);

/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * Ending the processes of an id range, for a container whose record cannot be
 * read. It reads all of /proc: nothing on the start path does that.
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

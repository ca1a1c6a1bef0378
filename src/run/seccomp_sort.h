/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/* The same filter with its questions in another order: the ABI, the number, the arguments. */
#pragma once

#include <stdbool.h>

#include "seccomp_block.h"

/**
 * seccomp_sort() - write a filter anew, so that each call is decided in few steps
 * @block: a whole filter, which returns on every way; replaced
 *
 * Kernels run a new filter once for every number of every ABI, to know those that are always
 * allowed: that time goes with the steps that a number takes. Blocks that stand behind each other
 * take many.
 *
 * Every call gets what it got. A filter with instructions that neither libseccomp nor the
 * blocks here make, or a vast one, is left as it is.
 *
 * Return: whether it was written anew.
 */
bool seccomp_sort(struct seccomp_block *block);

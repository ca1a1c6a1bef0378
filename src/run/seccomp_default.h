/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/* The profile of a container whose config.json has none, as data. */
#pragma once

#include "spec/spec.h"

/**
 * seccomp_default() - the default profile
 * Return: static data; nobody writes to it.
 */
const struct spec_seccomp *seccomp_default(void);

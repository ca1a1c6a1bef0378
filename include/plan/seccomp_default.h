/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * The profile of a container whose config.json has none. It is data in the layer of the plan,
 * which has to name it; profiles/seccomp/default.json says the same.
 */
#pragma once

#include "spec/spec.h"

/**
 * seccomp_default() - the default profile
 *
 * Calls that are not named give ENOSYS, those that are named and dangerous EPERM.
 *
 * Return: static data, valid as long as the program runs.
 */
const struct spec_seccomp *seccomp_default(void);

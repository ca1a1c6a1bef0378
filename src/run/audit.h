/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/* Rules in audit mode whose breach is seen on the host only. */
#pragma once

#include <stdbool.h>

#include "base/error.h"

/**
 * audit_judge() - let pass what a rule in audit mode would have refused, with a warning
 * @result: of the check: 0, or -1 with @err filled
 * @audit:  whether the rule is in audit mode
 *
 * Other errors than ERROR_POLICY are not the rule's, and stay.
 *
 * Return: 0 with @err cleared, or @result.
 */
int audit_judge(int result, bool audit, struct error *err);

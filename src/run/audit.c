/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */

#include "audit.h"

#include "base/log.h"

int audit_judge(int result, bool audit, struct error *err)
{
	if (result == 0 || !audit || err->kind != ERROR_POLICY)
		return result;
	log_warning("audit: %s", err->message);
	error_clear(err);
	return 0;
}

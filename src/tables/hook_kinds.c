/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */

#include "tables/hook_kinds.h"

/* A startContainer hook is a program of the container's own files. */
const struct hook_kind hook_kinds[HOOK_KINDS] = {
	{ "prestart",        false, false, "create" },
	{ "createRuntime",   false, false, "create" },
	{ "createContainer", true,  false, "create" },
	{ "startContainer",  true,  true,  "start" },
	{ "poststart",       false, false, "start" },
	{ "poststop",        false, false, "delete" },
};

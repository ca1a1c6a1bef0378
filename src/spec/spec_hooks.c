/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */

/* config.md "POSIX-platform Hooks". */

#include "spec_readers.h"

#define AT(member) offsetof(struct spec_hook, member)

static const struct json_field hook_fields[] = {
	{ "path", JSON_REQUIRED, JSON_TEXT, AT(path), .read = json_read_string,
	  .fault = spec_fault_absolute },
	{ "args", JSON_OPTIONAL, JSON_LIST, AT(args), .read = json_read_strings },
	{ "env", JSON_OPTIONAL, JSON_LIST, AT(env), .read = json_read_strings,
	  .fault = spec_fault_variable },
	{ "timeout", JSON_OPTIONAL, JSON_NUMBER, AT(timeout), .read = spec_read_i64, .min = 1,
	  .max = INT32_MAX },
};

static const struct json_table hook_table = JSON_TABLE(hook_fields, NULL);

#define KIND(key, kind) \
	{ key, JSON_OPTIONAL, JSON_LIST, (kind) * sizeof(struct spec_hooks), \
	  .read = json_read_objects, .table = &hook_table, .size = sizeof(struct spec_hook) }

/* The names of tables/hook_kinds.h. */
static const struct json_field kind_fields[] = {
	KIND("prestart", SPEC_HOOK_PRESTART),
	KIND("createRuntime", SPEC_HOOK_CREATE_RUNTIME),
	KIND("createContainer", SPEC_HOOK_CREATE_CONTAINER),
	KIND("startContainer", SPEC_HOOK_START_CONTAINER),
	KIND("poststart", SPEC_HOOK_POSTSTART),
	KIND("poststop", SPEC_HOOK_POSTSTOP),
};

const struct json_table spec_hooks_table = JSON_TABLE(kind_fields, NULL);

/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */

/*
 * config-linux.md "Seccomp". Names of system calls are not checked: a profile lists calls of
 * kernels and machines that this one is not.
 */

#include "spec_readers.h"

#include "tables/seccomp_names.h"

static const char *fault_action(const char *text)
{
	return seccomp_action_find(text) ? NULL : "is not an action of libseccomp";
}

static const char *fault_operator(const char *text)
{
	return seccomp_operator_find(text) ? NULL : "is not an operator of libseccomp";
}

static const char *fault_architecture(const char *text)
{
	return seccomp_architecture_find(text) ? NULL : "is not an architecture of libseccomp";
}

static const char *fault_flag(const char *text)
{
	return seccomp_flag_find(text) ? NULL : "is not a flag of seccomp(2) that may be asked for";
}

#define AT(member) offsetof(struct spec_seccomp_arg, member)

static const struct json_field arg_fields[] = {
	{ "index", JSON_REQUIRED, JSON_NUMBER, AT(index), .read = json_read_u32, .max = 5 },
	{ "value", JSON_REQUIRED, JSON_NUMBER, AT(value), .read = json_read_u64 },
	{ "valueTwo", JSON_OPTIONAL, JSON_NUMBER, AT(value_two), .read = json_read_u64 },
	{ "op", JSON_REQUIRED, JSON_TEXT, AT(op), .read = json_read_string,
	  .fault = fault_operator },
};
#undef AT

static const struct json_table arg_table = JSON_TABLE(arg_fields, NULL);

static int check_errno(struct json_reader *in, const char *key, const char *action,
		       const struct spec_u64 *value)
{
	if (value->set && !seccomp_action_takes_errno(action))
		return json_read_fail_member(in, key, "does not go with %s", action);
	return 0;
}

static int check_rule(struct json_reader *in, void *object)
{
	const struct spec_seccomp_rule *rule = object;

	if (rule->names.count == 0)
		return json_read_fail_member(in, "names", "names no system call");
	return check_errno(in, "errnoRet", rule->action, &rule->errno_ret);
}

#define AT(member) offsetof(struct spec_seccomp_rule, member)

static const struct json_field rule_fields[] = {
	{ "names", JSON_REQUIRED, JSON_LIST, AT(names), .read = json_read_strings,
	  .fault = spec_fault_empty },
	{ "action", JSON_REQUIRED, JSON_TEXT, AT(action), .read = json_read_string,
	  .fault = fault_action },
	{ "errnoRet", JSON_OPTIONAL, JSON_NUMBER, AT(errno_ret), .read = spec_read_u64,
	  .max = SECCOMP_ERRNO_MAX },
	{ "args", JSON_OPTIONAL, JSON_LIST, AT(arg_count), .read = json_read_objects,
	  .table = &arg_table, .size = sizeof(struct spec_seccomp_arg) },
};
#undef AT

static const struct json_table rule_table = JSON_TABLE(rule_fields, check_rule);

static int check_seccomp(struct json_reader *in, void *object)
{
	const struct spec_seccomp *seccomp = object;

	if (seccomp->listener_metadata && !seccomp->listener_path)
		return json_read_fail_member(in, "listenerMetadata", "needs listenerPath");
	return check_errno(in, "defaultErrnoRet", seccomp->default_action,
			   &seccomp->default_errno_ret);
}

#define AT(member) offsetof(struct spec_seccomp, member)

static const struct json_field seccomp_fields[] = {
	{ "defaultAction", JSON_REQUIRED, JSON_TEXT, AT(default_action), .read = json_read_string,
	  .fault = fault_action },
	{ "defaultErrnoRet", JSON_OPTIONAL, JSON_NUMBER, AT(default_errno_ret),
	  .read = spec_read_u64, .max = SECCOMP_ERRNO_MAX },
	{ "architectures", JSON_OPTIONAL, JSON_LIST, AT(architectures), .read = json_read_strings,
	  .fault = fault_architecture },
	{ "flags", JSON_OPTIONAL, JSON_LIST, AT(flags), .read = json_read_strings,
	  .fault = fault_flag },
	{ "listenerPath", JSON_OPTIONAL, JSON_TEXT, AT(listener_path), .read = spec_read_text,
	  .fault = spec_fault_absolute },
	{ "listenerMetadata", JSON_OPTIONAL, JSON_TEXT, AT(listener_metadata),
	  .read = spec_read_text },
	{ "syscalls", JSON_OPTIONAL, JSON_LIST, AT(rule_count), .read = json_read_objects,
	  .table = &rule_table, .size = sizeof(struct spec_seccomp_rule) },
};

const struct json_table spec_seccomp_table = JSON_TABLE(seccomp_fields, check_seccomp);

/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * From struct spec_seccomp to libseccomp, one filter for each ABI, then merged. Apart, because a
 * rule that one ABI cannot have makes libseccomp drop it for all of them.
 *
 * Behind the floor a call of a foreign ABI never comes here unless the policy opened that ABI, so
 * the others are not compiled: on x86-64 that is two thirds of the work.
 */
#include "seccomp_profile.h"

#include <errno.h>
#include <inttypes.h>
#include <linux/seccomp.h>
#include <string.h>

#include "base/cleanup.h"
#include "kernel/libseccomp.h"
#include "policy/policy.h"
#include "seccomp_floor.h"
#include "seccomp_numbers.h"
#include "tables/seccomp_names.h"

#define ARGUMENTS 6
#define ABIS_MAX 8

#define DEFAULT_ERRNO EPERM

struct abis {
	size_t count;			/* the machine's own comes first */
	uint32_t tokens[ABIS_MAX];	/* SCMP_ARCH_* */
};

/* A filter under construction, of one ABI. */
struct target {
	scmp_filter_ctx context;
	uint32_t token;
	uint32_t default_action;
};

static void release(struct target *target)
{
	if (target->context != NULL)
		libseccomp->release(target->context);
}

static int find_action(const char *name, const struct spec_u64 *errno_ret, uint32_t *action,
		       struct error *err)
{
	const struct seccomp_name *row = name != NULL ? seccomp_action_find(name) : NULL;
	uint64_t data = errno_ret->set ? errno_ret->value : DEFAULT_ERRNO;

	if (row == NULL)
		return error_set(err, ERROR_SPEC, 0, "unknown action '%s'",
				 name != NULL ? name : "");
	if (row->value == SECCOMP_RET_USER_NOTIF)
		return error_set(err, ERROR_SPEC, 0, "action %s is not supported yet", name);
	if (!seccomp_action_takes_errno(name))
		data = 0;
	if (data > SECCOMP_ERRNO_MAX)
		return error_set(err, ERROR_SPEC, 0, "errnoRet %" PRIu64 " is too large", data);
	*action = row->value | (uint32_t)data;
	return 0;
}

static int find_condition(const struct spec_seccomp_arg *arg, struct scmp_arg_cmp *out,
			  struct error *err)
{
	const struct seccomp_name *row = arg->op != NULL ? seccomp_operator_find(arg->op) : NULL;

	if (row == NULL)
		return error_set(err, ERROR_SPEC, 0, "unknown operator '%s'",
				 arg->op != NULL ? arg->op : "");
	if (arg->index >= ARGUMENTS)
		return error_set(err, ERROR_SPEC, 0, "there is no argument %u", arg->index);
	*out = (struct scmp_arg_cmp){
		.arg = arg->index,
		.op = (enum scmp_compare)row->value,
		.datum_a = arg->value,
		.datum_b = arg->value_two,
	};
	return 0;
}

static int add_rule(struct target *target, const char *name, uint32_t action,
		    const struct scmp_arg_cmp *conditions, unsigned int count, struct error *err)
{
	int number = seccomp_numbers_native(name);
	int result;

	if (number == __NR_SCMP_ERROR || action == target->default_action ||
	    seccomp_numbers_of(target->token, name) == __NR_SCMP_ERROR)
		return 0;
	result = libseccomp->rule_add_array(target->context, action, number, count, conditions);
	if (result < 0 && result != -EEXIST)
		return error_set(err, ERROR_SPEC, -result, "libseccomp refuses the rule for %s",
				 name);
	return 0;
}

/* libseccomp takes one condition on an argument in a rule; runc then makes a rule of each. */
static bool repeats_argument(const struct spec_seccomp_rule *rule)
{
	unsigned int seen = 0;

	for (size_t i = 0; i < rule->arg_count; i++) {
		unsigned int bit = rule->args[i].index < ARGUMENTS ? 1u << rule->args[i].index : 0;

		if (seen & bit)
			return true;
		seen |= bit;
	}
	return false;
}

static int add_conditional(struct target *target, const struct spec_seccomp_rule *rule,
			   const char *name, uint32_t action, struct error *err)
{
	struct scmp_arg_cmp conditions[ARGUMENTS];
	struct scmp_arg_cmp one;

	if (repeats_argument(rule)) {
		for (size_t i = 0; i < rule->arg_count; i++) {
			if (find_condition(&rule->args[i], &one, err) < 0 ||
			    add_rule(target, name, action, &one, 1, err) < 0)
				return -1;
		}
		return 0;
	}

	/* No argument stands there twice, so there are six at most. */
	for (size_t i = 0; i < rule->arg_count; i++) {
		if (find_condition(&rule->args[i], &one, err) < 0)
			return -1;
		if (i < ARGUMENTS)
			conditions[i] = one;
	}
	return add_rule(target, name, action, conditions, (unsigned int)rule->arg_count, err);
}

static int add_spec_rule(struct target *target, const struct seccomp_profile *profile,
			 const struct spec_seccomp_rule *rule, struct error *err)
{
	uint32_t action = 0;

	if (find_action(rule->action, &rule->errno_ret, &action, err) < 0)
		return -1;
	for (size_t i = 0; i < rule->names.count; i++) {
		const char *name = rule->names.items[i];

		/* What the floor has a rule for comes from add_opened(). */
		if (profile->is_default && profile->floor && seccomp_floor_names(name))
			continue;
		if (add_conditional(target, rule, name, action, err) < 0)
			return -1;
	}
	return 0;
}

/*
 * The default profile behind the floor: the floor has judged these calls, more exactly than a
 * profile can, and what a policy opens there must not be closed here.
 */
static int add_opened(struct target *target, unsigned int openings, struct error *err)
{
	const char *name;
	size_t row = 0;

	while ((name = seccomp_floor_lets(openings, &row)) != NULL) {
		if (add_rule(target, name, SCMP_ACT_ALLOW, NULL, 0, err) < 0)
			return -1;
	}
	/* SysV IPC of 32-bit programs. */
	if (openings & POLICY_OPEN_ABI_32)
		return add_rule(target, "ipc", SCMP_ACT_ALLOW, NULL, 0, err);
	return 0;
}

static int start(struct target *target, uint32_t token, uint32_t default_action, struct error *err)
{
	int result = 0;

	*target = (struct target){ .token = token, .default_action = default_action };
	target->context = libseccomp->init(default_action);
	if (target->context == NULL)
		return error_set(err, ERROR_SPEC, 0, "libseccomp does not take the default action");
	if (token != libseccomp->arch_native()) {
		result = libseccomp->arch_add(target->context, token);
		if (result == 0)
			result = libseccomp->arch_remove(target->context, SCMP_ARCH_NATIVE);
	}
	if (result == 0)
		result = libseccomp->attr_set(target->context, SCMP_FLTATR_ACT_BADARCH,
					  SCMP_ACT_KILL_PROCESS);
	if (result < 0)
		return error_set(err, ERROR_SPEC, -result, "libseccomp refuses ABI %#x", token);
	return 0;
}

static int fill(struct target *target, const struct seccomp_profile *profile, struct error *err)
{
	const struct spec_seccomp *spec = profile->spec;

	for (size_t i = 0; i < spec->rule_count; i++) {
		if (add_spec_rule(target, profile, &spec->rules[i], err) < 0)
			return error_prefix(err, "/linux/seccomp/syscalls/%zu", i);
	}
	if (profile->is_default && profile->floor)
		return add_opened(target, profile->openings, err);
	return 0;
}

static int add_abi(struct abis *abis, uint32_t token, struct error *err)
{
	for (size_t i = 0; i < abis->count; i++) {
		if (abis->tokens[i] == token)
			return 0;
	}
	if (abis->count == ABIS_MAX)
		return error_set(err, ERROR_SPEC, 0, "too many architectures");
	abis->tokens[abis->count++] = token;
	return 0;
}

/* The ABIs to compile; of the profile's those that get past the floor. */
static int choose_abis(const struct seccomp_profile *profile, struct abis *abis, struct error *err)
{
	const struct spec_strings *names = &profile->spec->architectures;
	bool opened = profile->floor && (profile->openings & POLICY_OPEN_ABI_32);
	uint32_t foreign = opened ? seccomp_floor_foreign() : 0;

	*abis = (struct abis){ .count = 1, .tokens = { libseccomp->arch_native() } };
	if (profile->is_default && foreign != 0)
		return add_abi(abis, foreign, err);

	for (size_t i = 0; i < names->count; i++) {
		const struct seccomp_name *row = seccomp_architecture_find(names->items[i]);

		if (row == NULL)
			return error_set(err, ERROR_SPEC, 0,
					 "/linux/seccomp/architectures/%zu: unknown: '%s'", i,
					 names->items[i]);
		if (profile->floor && row->value != foreign)
			continue;
		if (add_abi(abis, row->value, err) < 0)
			return -1;
	}
	return 0;
}

/*
 * A profile with a restrictive default action was written when it was written. Calls that came
 * later would meet, say, EPERM, and a libc that tries the new call first and falls back on ENOSYS
 * alone would break. So numbers above the largest that the profile names, in any rule, give ENOSYS,
 * for each ABI by itself; x32 and x86-64 share one AUDIT_ARCH and are told apart by
 * SECCOMP_X32_BIT. What lies between named numbers keeps the default action: there is no telling
 * whether the author knew it. A default that lets calls through, logs or traces them means new
 * ones too and is left alone. Engines count on this: it is what runc does.
 */
static void add_newer(const struct seccomp_profile *profile, const struct abis *abis,
		      uint32_t default_action, struct seccomp_block *block)
{
	uint32_t kind = default_action & SECCOMP_RET_ACTION_FULL;

	if (kind == SECCOMP_RET_ALLOW || kind == SECCOMP_RET_LOG || kind == SECCOMP_RET_TRACE ||
	    default_action == (SECCOMP_RET_ERRNO | ENOSYS))
		return;

	for (size_t i = 0; i < abis->count; i++) {
		uint32_t token = abis->tokens[i];
		int x32 = token == SCMP_ARCH_X32;
		struct seccomp_range range = { 0, 0 };

		for (size_t j = 0; j < profile->spec->rule_count; j++) {
			const struct spec_strings *names = &profile->spec->rules[j].names;

			for (size_t k = 0; k < names->count; k++) {
				int number = seccomp_numbers_of(token, names->items[k]);
				uint32_t plain = (uint32_t)number & ~SECCOMP_X32_BIT;

				if (number >= 0 && plain > range.last)
					range.last = plain;
			}
		}
		if (range.last > 0)
			seccomp_block_unknown(block, seccomp_numbers_audit_arch(token), x32,
					      &range, 1);
	}
}

int seccomp_profile_compile(const struct seccomp_profile *profile, struct seccomp_block *block,
			    struct error *err)
{
	__attribute__((cleanup(release))) struct target all = { 0 };
	uint32_t default_action = 0;
	struct abis abis;

	if (find_action(profile->spec->default_action, &profile->spec->default_errno_ret,
			&default_action, err) < 0)
		return error_prefix(err, "/linux/seccomp/defaultAction");
	if (libseccomp_load(err) || choose_abis(profile, &abis, err) < 0)
		return -1;
	if (start(&all, abis.tokens[0], default_action, err) < 0 || fill(&all, profile, err) < 0)
		return -1;

	for (size_t i = 1; i < abis.count; i++) {
		__attribute__((cleanup(release))) struct target one = { 0 };

		if (start(&one, abis.tokens[i], default_action, err) < 0 ||
		    fill(&one, profile, err) < 0)
			return -1;
		if (libseccomp->merge(all.context, one.context) < 0)
			return error_set(err, ERROR_SPEC, 0,
					 "/linux/seccomp/architectures: libseccomp cannot join "
					 "ABI %#x to the machine's own", abis.tokens[i]);
		one.context = NULL;	/* released by the merge */
	}

	/* libseccomp's own tree takes it longer to make, and the whole filter is sorted anyway. */
	add_newer(profile, &abis, default_action, block);
	return seccomp_block_export(block, all.context, err);
}

int seccomp_profile_flags(const struct spec_seccomp *spec, unsigned int *flags, struct error *err)
{
	*flags = 0;
	for (size_t i = 0; i < spec->flags.count; i++) {
		const char *name = spec->flags.items[i];
		const struct seccomp_name *row = seccomp_flag_find(name);

		if (row == NULL)
			return error_set(err, ERROR_SPEC, 0,
					 "/linux/seccomp/flags/%zu: unknown: '%s'", i, name);
		/* The kernel takes it only together with a listener. */
		if (strcmp(name, "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV") == 0)
			return error_set(err, ERROR_SPEC, 0,
					 "/linux/seccomp/flags/%zu: %s needs the action "
					 "SCMP_ACT_NOTIFY, which is not supported yet", i, name);
		*flags |= row->value;
	}
	return 0;
}

/* With its NUL, which no string of a spec holds: none can pass for two, or for a number. */
static void describe_string(struct text *text, const char *string)
{
	if (string == NULL)
		text_append(text, "none ");
	else
		text_append_bytes(text, string, strlen(string) + 1);
}

static void describe_strings(struct text *text, const struct spec_strings *strings)
{
	text_appendf(text, "%zu ", strings->count);
	for (size_t i = 0; i < strings->count; i++)
		describe_string(text, strings->items[i]);
}

static void describe_number(struct text *text, const struct spec_u64 *number)
{
	if (number->set)
		text_appendf(text, "%" PRIu64 " ", number->value);
	else
		text_append(text, "- ");
}

void seccomp_profile_describe(const struct spec_seccomp *spec, struct text *text)
{
	describe_string(text, spec->default_action);
	describe_number(text, &spec->default_errno_ret);
	describe_strings(text, &spec->architectures);
	for (size_t i = 0; i < spec->rule_count; i++) {
		const struct spec_seccomp_rule *rule = &spec->rules[i];

		text_append(text, "\n");
		describe_strings(text, &rule->names);
		describe_string(text, rule->action);
		describe_number(text, &rule->errno_ret);
		for (size_t j = 0; j < rule->arg_count; j++) {
			const struct spec_seccomp_arg *arg = &rule->args[j];

			text_appendf(text, "%u %" PRIu64 " %" PRIu64 " ", arg->index, arg->value,
				     arg->value_two);
			describe_string(text, arg->op);
		}
	}
	text_append(text, "\n");
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * The floor's block, the profile's behind it, as one program: the merge is exact. What the floor's
 * block returns is final, so its errno wins; what it lets through the profile judges.
 */
#include "run/seccomp.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdlib.h>

#include "kernel/call.h"
#include "kernel/libseccomp.h"
#include "seccomp_block.h"
#include "seccomp_cache.h"
#include "seccomp_default.h"
#include "seccomp_floor.h"
#include "seccomp_profile.h"
#include "seccomp_sort.h"

#define KEY_MAX (8u << 20)

void seccomp_program_free(struct seccomp_program *program)
{
	if (program == NULL)
		return;
	free(program->insns);
	*program = (struct seccomp_program)SECCOMP_PROGRAM_INIT;
}

/* The profile to compile; spec is NULL where the floor stands alone. */
static struct seccomp_profile choose_profile(const struct plan_seccomp *plan)
{
	bool is_default = plan->profile == NULL && plan->profile_default;

	return (struct seccomp_profile){
		.spec = is_default ? seccomp_default() : plan->profile,
		.is_default = is_default,
		.floor = plan->floor,
		.openings = plan->floor ? plan->openings : 0,
	};
}

static int compile(const struct seccomp_profile *profile, struct seccomp_program *out,
		   struct error *err)
{
	auto_seccomp_block program = SECCOMP_BLOCK_INIT;

	if (profile->floor && seccomp_floor_compile(profile->openings, &program, err) < 0)
		return -1;
	if (profile->spec != NULL) {
		if (seccomp_profile_compile(profile, &program, err) < 0)
			return -1;
	} else {
		seccomp_block_return(&program, SECCOMP_RET_ALLOW);
	}
	(void)seccomp_sort(&program);

	if (program.count > SECCOMP_INSNS_MAX)
		return error_set(err, ERROR_SPEC, 0,
				 "/linux/seccomp: the profile is too large: the filter has %zu "
				 "instructions, and the kernel takes %d", program.count,
				 SECCOMP_INSNS_MAX);
	out->insns = take_ptr(program.insns);
	out->count = program.count;
	return 0;
}

/* Everything that the instructions depend on; false if that cannot be said. */
static bool describe(const struct seccomp_profile *profile, struct text *key)
{
	if (!seccomp_cache_identify(key))
		return false;
	text_appendf(key, "floor %d, openings %x\n", profile->floor, profile->openings);
	if (profile->is_default)
		text_append(key, "default\n");
	else if (profile->spec != NULL)
		seccomp_profile_describe(profile->spec, key);
	return !key->truncated;
}

int seccomp_compile(const struct plan_seccomp *plan, struct seccomp_program *out,
		    struct error *err)
{
	auto_seccomp_program program = SECCOMP_PROGRAM_INIT;
	struct seccomp_profile profile = choose_profile(plan);

	if (plan->enabled) {
		if (profile.spec != NULL &&
		    seccomp_profile_flags(profile.spec, &program.flags, err) < 0)
			return -1;
		if (compile(&profile, &program, err) < 0)
			return -1;
	}
	*out = program;
	program = (struct seccomp_program)SECCOMP_PROGRAM_INIT;
	return 0;
}

int seccomp_prepare(const struct plan_seccomp *plan, struct seccomp_program *out,
		    struct error *err)
{
	auto_seccomp_program program = SECCOMP_PROGRAM_INIT;
	struct seccomp_profile profile = choose_profile(plan);
	auto_text key = TEXT_INIT(KEY_MAX);
	bool cached;

	if (!plan->enabled)
		return seccomp_compile(plan, out, err);
	if (profile.spec != NULL && seccomp_profile_flags(profile.spec, &program.flags, err) < 0)
		return -1;

	cached = describe(&profile, &key);
	if (!cached || !seccomp_cache_load(SECCOMP_CACHE_DIRECTORY, key.data, key.size, &program)) {
		if (compile(&profile, &program, err) < 0)
			return -1;
		if (cached)
			seccomp_cache_store(SECCOMP_CACHE_DIRECTORY, libseccomp_path(), key.data,
					    key.size, &program);
	}
	*out = program;
	program = (struct seccomp_program)SECCOMP_PROGRAM_INIT;
	return 0;
}

int seccomp_install(const struct seccomp_program *program, struct error *err)
{
	struct sock_fprog filter = {
		.len = (unsigned short)program->count,
		.filter = program->insns,
	};
	int result;

	if (program->count == 0)
		return 0;
	result = call_seccomp(SECCOMP_SET_MODE_FILTER, program->flags, &filter);
	if (result < 0)
		return error_system(err, "load the seccomp filter");
	/* With TSYNC: the thread that could not follow. */
	if (result > 0)
		return error_set(err, ERROR_SYSTEM, 0,
				 "load the seccomp filter: thread %d does not follow", result);
	return 0;
}

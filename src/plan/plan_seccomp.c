/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * Which filters are loaded: the configuration's profile or the default one,
 * and the floor under either. What they hold is data of run/.
 */
#include <string.h>

#include "plan_sections.h"

/* A profile that lets everything through filters nothing: it counts as none. */
static bool is_a_profile(const struct spec_seccomp *spec)
{
	if (!spec->set)
		return false;
	if (spec->rule_count > 0)
		return true;
	return strcmp(spec->default_action, "SCMP_ACT_ALLOW") != 0 &&
	       strcmp(spec->default_action, "SCMP_ACT_LOG") != 0;
}

static int plan_profile(struct plan_input *in, struct plan_seccomp *seccomp, struct error *err)
{
	static const char path[] = "/linux/seccomp";
	const struct spec_seccomp *spec = &in->spec->linux.seccomp;

	seccomp->profile = spec->set ? spec : NULL;
	seccomp->profile_why = spec->set ? PLAN_WHY_SPEC(path) : PLAN_WHY_DEFAULT;
	if (is_a_profile(spec))
		return 0;
	if (plan_enforces(in, POLICY_SECCOMP_PROFILE)) {
		seccomp->profile = NULL;
		seccomp->profile_default = true;
		seccomp->profile_why = plan_why(PLAN_FLOOR, POLICY_SECCOMP_PROFILE,
						spec->set ? path : NULL);
		return 0;
	}
	return plan_breach(in, POLICY_SECCOMP_PROFILE, path, err, "add a profile",
			   "no system call is filtered by a profile");
}

static int plan_floor(struct plan_input *in, struct plan_seccomp *seccomp, struct error *err)
{
	seccomp->floor_why = PLAN_WHY_DEFAULT;
	if (!plan_imposes(in, POLICY_SECCOMP_FLOOR))
		return plan_breach(in, POLICY_SECCOMP_FLOOR, "/linux/seccomp", err, "",
				   "there is no floor under the profile");
	seccomp->floor = true;
	seccomp->openings = in->policy->openings;
	seccomp->floor_why = plan_why(PLAN_FLOOR, POLICY_SECCOMP_FLOOR, NULL);
	return 0;
}

int plan_seccomp(struct plan_input *in, struct error *err)
{
	struct plan_seccomp *seccomp = &in->plan->seccomp;

	if (plan_profile(in, seccomp, err) < 0 || plan_floor(in, seccomp, err) < 0)
		return -1;
	seccomp->enabled = seccomp->profile || seccomp->profile_default || seccomp->floor;
	return 0;
}

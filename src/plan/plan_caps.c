/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * The five capability sets. Under the rule, each is cut to the ceiling, and
 * inheritable is ambient exactly: an inheritable capability that is not
 * ambient serves only files that carry inheritable bits, and has been a way up
 * for users who are not root (CVE-2022-24769 and its kin).
 *
 * A set that is absent is empty, and so are all five where the object is: what
 * is named is what the process keeps. Spec: config.md "Linux Process".
 */
#include "base/text.h"
#include "plan_sections.h"
#include "tables/capability_names.h"

#define PATH "/process/capabilities"

static uint64_t read_set(const struct spec_capset *set)
{
	uint64_t bits = 0;

	for (size_t i = 0; i < set->names.count; i++) {
		int number = capability_number(set->names.items[i]);

		if (number >= 0)
			bits |= UINT64_C(1) << number;
	}
	return bits;
}

static void read_sets(const struct spec_process *process, struct plan_caps *caps)
{
	const struct spec_capabilities *spec = &process->capabilities;

	caps->bounding = read_set(&spec->bounding);
	caps->effective = read_set(&spec->effective);
	caps->permitted = read_set(&spec->permitted);
	caps->inheritable = read_set(&spec->inheritable);
	caps->ambient = read_set(&spec->ambient);
}

static uint64_t all_capabilities(const struct plan_input *in)
{
	if (in->host->last_capability >= 63)
		return UINT64_MAX;
	return (UINT64_C(1) << (in->host->last_capability + 1)) - 1;
}

static uint64_t everything(const struct plan_caps *caps)
{
	return caps->bounding | caps->effective | caps->permitted | caps->inheritable |
	       caps->ambient;
}

uint64_t plan_caps_asked(const struct spec_process *process)
{
	struct plan_caps caps = { 0 };

	read_sets(process, &caps);
	return everything(&caps);
}

/* What this kernel does not know is left out: the specification asks for a warning, not to fail. */
static void leave_out_unknown(struct plan_input *in, struct plan_caps *caps)
{
	uint64_t known = all_capabilities(in);
	uint64_t unknown = everything(caps) & ~known;
	auto_text names = TEXT_INIT(400);

	if (unknown == 0)
		return;
	capability_append(&names, unknown);
	plan_left_out(in, PATH, "this kernel does not know %s", text_string(&names));
	caps->bounding &= known;
	caps->effective &= known;
	caps->permitted &= known;
	caps->inheritable &= known;
	caps->ambient &= known;
}

static void cut(struct plan_caps *caps, uint64_t ceiling)
{
	caps->bounding &= ceiling;
	caps->permitted &= ceiling;
	caps->effective &= ceiling & caps->permitted;
	caps->ambient &= ceiling & caps->permitted & caps->inheritable;
	caps->inheritable = caps->ambient;
}

static int refuse_beyond(struct plan_input *in, uint64_t beyond, struct error *err)
{
	auto_text names = TEXT_INIT(400);

	capability_append(&names, beyond);
	return plan_breach(in, POLICY_CAPABILITIES, PATH, err, "take them out",
			   "%s: beyond the ceiling", text_string(&names));
}

/* The kernel refuses others with words that name no field. */
static int check_sets(const struct plan_caps *caps, struct error *err)
{
	if (caps->effective & ~caps->permitted)
		return error_set(err, ERROR_SPEC, 0,
				 PATH "/effective: holds what is not in permitted");
	return 0;
}

int plan_caps(struct plan_input *in, struct error *err)
{
	struct plan_caps *caps = &in->plan->process.caps;
	uint64_t ceiling = in->policy->capability_ceiling & all_capabilities(in);
	bool changed;

	caps->why = PLAN_WHY_DEFAULT;
	if (!in->spec->process.capabilities.set)
		return 0;
	read_sets(&in->spec->process, caps);
	leave_out_unknown(in, caps);
	if (check_sets(caps, err) < 0)
		return -1;
	caps->why = PLAN_WHY_SPEC(PATH);
	changed = (everything(caps) & ~ceiling) || caps->inheritable != caps->ambient;
	if (!changed)
		return 0;
	if (plan_enforces(in, POLICY_CAPABILITIES)) {
		cut(caps, ceiling);
		caps->why = plan_why(PLAN_CEILING, POLICY_CAPABILITIES, PATH);
		return 0;
	}
	if (everything(caps) & ~ceiling)
		return refuse_beyond(in, everything(caps) & ~ceiling, err);
	return plan_breach(in, POLICY_CAPABILITIES, PATH "/inheritable", err,
			   "list there what is in ambient, and nothing else",
			   "inheritable and ambient differ");
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * The one rule that looks at several sections at once. What engines call a
 * privileged container is many single requests; refusing the first of them
 * alone would name a detail in place of the cause.
 */
#include <string.h>

#include "plan_sections.h"

static bool asks_for_admin(const struct spec_capabilities *capabilities)
{
	const struct spec_strings *names = &capabilities->bounding.names;

	for (size_t i = 0; capabilities->set && i < names->count; i++) {
		if (strcmp(names->items[i], "CAP_SYS_ADMIN") == 0)
			return true;
	}
	return false;
}

static bool asks_for_all_devices(const struct spec_resources *resources)
{
	bool all = false;

	for (size_t i = 0; i < resources->device_count; i++) {
		const struct spec_device_rule *rule = &resources->devices[i];
		bool any_number = (!rule->major.set || rule->major.value < 0) &&
				  (!rule->minor.set || rule->minor.value < 0);
		bool use = !rule->access || strpbrk(rule->access, "rw");

		if (rule->type == 'a' && any_number && use)
			all = rule->allow;
	}
	return all;
}

int plan_privileged(struct plan_input *in, struct error *err)
{
	const struct spec_linux *spec = &in->spec->linux;
	bool bare = spec->masked_paths.count == 0 && !spec->seccomp.set;

	if (!asks_for_admin(&in->spec->process.capabilities))
		return 0;
	if (!asks_for_all_devices(&spec->resources) && !bare)
		return 0;
	return plan_breach(in, POLICY_PRIVILEGED, "/process/capabilities", err,
			   "run it without --privileged, or choose policy oci for it",
			   "the container is privileged: it has CAP_SYS_ADMIN and %s",
			   bare ? "neither masked paths nor a seccomp profile" : "every device");
}

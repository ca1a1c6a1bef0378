/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * AppArmor, SELinux, Landlock. A label that the configuration asks for and
 * this host cannot give is an error under every policy: to go on without it
 * would be a container that its owner believes confined.
 */
#include <string.h>

#include "base/cleanup.h"
#include "plan_sections.h"

#define OUR_PROFILE "orlop-default"
#define APPARMOR_PATH "/process/apparmorProfile"
#define SELINUX_PATH "/process/selinuxLabel"
#define MOUNT_LABEL_PATH "/linux/mountLabel"

/* The first version that can refuse to move files between directories (Linux 5.19). */
#define LANDLOCK_OLDEST 2u

/* Types that the Kubernetes baseline standard lets pass. */
static const char *const container_types[] = {
	"container_t", "container_init_t", "container_kvm_t", "container_engine_t",
};

static bool is_unconfined(const char *profile)
{
	return strcmp(profile, "unconfined") == 0;
}

static int use_our_profile(struct plan_input *in, struct plan_lsm *lsm, struct error *err)
{
	if (!in->host->apparmor_default)
		return error_set(err, ERROR_HOST, 0,
				 "AppArmor profile '%s' is not loaded: run apparmor_parser -r "
				 "on the profile that was installed with orlop", OUR_PROFILE);
	lsm->apparmor = OUR_PROFILE;
	lsm->apparmor_why = plan_why(PLAN_FLOOR, POLICY_APPARMOR, NULL);
	return 0;
}

/* A profile on a host without AppArmor. "unconfined" is all there is there anyway. */
static int without_apparmor(struct plan_input *in, const char *profile, struct error *err)
{
	if (!profile || is_unconfined(profile))
		return 0;
	if (plan_imposes(in, POLICY_APPARMOR))
		return plan_breach(in, POLICY_APPARMOR, APPARMOR_PATH, err,
				   "leave it out on this host",
				   "this kernel has no AppArmor, so profile '%s' cannot be applied",
				   profile);
	return error_set(err, ERROR_HOST, 0,
			 APPARMOR_PATH ": this kernel has no AppArmor, so profile '%s' cannot be "
			 "applied", profile);
}

static int plan_apparmor(struct plan_input *in, struct plan_lsm *lsm, struct error *err)
{
	const char *profile = in->spec->process.apparmor_profile;

	lsm->apparmor_why = PLAN_WHY_DEFAULT;
	if (profile && !profile[0])
		profile = NULL;
	if (!in->host->apparmor)
		return without_apparmor(in, profile, err);
	if (!profile) {
		if (plan_enforces(in, POLICY_APPARMOR))
			return use_our_profile(in, lsm, err);
		return plan_breach(in, POLICY_APPARMOR, APPARMOR_PATH, err, "name a profile",
				   "no AppArmor profile confines the container");
	}
	if (is_unconfined(profile) &&
	    plan_breach(in, POLICY_APPARMOR, APPARMOR_PATH, err,
			"leave it out, or name a profile",
			"the container asks to run without an AppArmor profile") < 0)
		return -1;
	lsm->apparmor = profile;
	lsm->apparmor_why = PLAN_WHY_SPEC(APPARMOR_PATH);
	return 0;
}

/* The third of the fields that colons separate: user, role, type, level. */
static bool has_container_type(const char *label)
{
	const char *type = strchr(label, ':');
	size_t length;

	type = type ? strchr(type + 1, ':') : NULL;
	if (!type)
		return false;
	length = strcspn(++type, ":");
	for (size_t i = 0; i < ARRAY_SIZE(container_types); i++) {
		if (strlen(container_types[i]) == length &&
		    memcmp(container_types[i], type, length) == 0)
			return true;
	}
	return false;
}

static int without_selinux(struct plan_input *in, const char *path, const char *label,
			   struct error *err)
{
	if (plan_imposes(in, POLICY_SELINUX))
		return plan_breach(in, POLICY_SELINUX, path, err, "leave it out on this host",
				   "this kernel has no SELinux, so label '%s' cannot be applied",
				   label);
	return error_set(err, ERROR_HOST, 0,
			 "%s: this kernel has no SELinux, so label '%s' cannot be applied", path,
			 label);
}

static int plan_selinux(struct plan_input *in, struct plan_lsm *lsm, struct error *err)
{
	const char *label = in->spec->process.selinux_label;
	const char *mount_label = in->spec->linux.mount_label;

	lsm->selinux_why = PLAN_WHY_DEFAULT;
	if (label && label[0]) {
		if (!in->host->selinux)
			return without_selinux(in, SELINUX_PATH, label, err);
		if (!has_container_type(label) &&
		    plan_breach(in, POLICY_SELINUX, SELINUX_PATH, err, "use container_t",
				"label '%s' is not of a container type", label) < 0)
			return -1;
		lsm->selinux = label;
		lsm->selinux_why = PLAN_WHY_SPEC(SELINUX_PATH);
	}
	if (mount_label && mount_label[0]) {
		if (!in->host->selinux)
			return without_selinux(in, MOUNT_LABEL_PATH, mount_label, err);
		lsm->mount_label = mount_label;
	}
	return 0;
}

bool plan_lsm_confines(const char *profile)
{
	return profile && profile[0] && !is_unconfined(profile);
}

static bool is_confined(const struct plan_lsm *lsm)
{
	return lsm->selinux || plan_lsm_confines(lsm->apparmor);
}

/* Where a label is in force, Landlock would only add a second, coarser answer. */
static int plan_landlock(struct plan_input *in, struct plan_lsm *lsm, struct error *err)
{
	lsm->landlock_why = PLAN_WHY_DEFAULT;
	if (is_confined(lsm))
		return 0;
	if (!plan_imposes(in, POLICY_LANDLOCK))
		return plan_breach(in, POLICY_LANDLOCK, NULL, err, "",
				   "no Landlock rules confine the container");
	if (in->host->landlock_abi < LANDLOCK_OLDEST) {
		plan_not_applied(in, POLICY_LANDLOCK, "this kernel has no Landlock of version %u",
				 LANDLOCK_OLDEST);
		return 0;
	}
	lsm->landlock = true;
	lsm->landlock_why = plan_why(PLAN_FLOOR, POLICY_LANDLOCK, NULL);
	return 0;
}

int plan_lsm(struct plan_input *in, struct error *err)
{
	struct plan_lsm *lsm = &in->plan->lsm;

	if (plan_apparmor(in, lsm, err) < 0 || plan_selinux(in, lsm, err) < 0 ||
	    plan_landlock(in, lsm, err) < 0)
		return -1;
	if (lsm->landlock || is_confined(lsm))
		return 0;
	return plan_breach(in, POLICY_ACCESS_CONTROL, NULL, err,
			   "enable AppArmor, SELinux or Landlock on this host",
			   "neither AppArmor nor SELinux nor Landlock confines the container");
}

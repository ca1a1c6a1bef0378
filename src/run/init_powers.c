/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * The child's steps that take power away, or say how much is left. The order is that of the table in
 * init.c. Where the kernel can be asked what a step has done, it is.
 */
#include <errno.h>
#include <linux/keyctl.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "credentials.h"
#include "init_parts.h"
#include "kernel/call.h"
#include "run/caps.h"
#include "run/confine.h"
#include "run/limits.h"
#include "run/lsm.h"
#include "sync.h"
#include "tables/capability_names.h"

/* Without no_new_privs the filter needs CAP_SYS_ADMIN until exec takes it away. */
static bool init_keeps_sys_admin(const struct plan *plan)
{
	return plan->seccomp.enabled && !plan->process.no_new_privs;
}

int init_powers_keyring(struct init *init, struct error *err)
{
	long keyring;

	if (!init->plan->new_keyring)
		return 0;
	/* Anonymous: one with a name could be joined by another container of the same user. */
	keyring = call_keyctl(KEYCTL_JOIN_SESSION_KEYRING, 0, 0, 0, 0);
	if (keyring < 0 && errno == ENOSYS)
		return 0;
	if (keyring < 0)
		return error_system(err, "make a session keyring");
	if (call_keyctl(KEYCTL_GET_KEYRING_ID, (unsigned long)KEY_SPEC_SESSION_KEYRING, 0, 0, 0) != keyring)
		return error_set(err, ERROR_SYSTEM, 0, "the session keyring is not the one that was made");
	return 0;
}

int init_powers_label(struct init *init, struct error *err)
{
	return lsm_stage(&init->plan->lsm, init->live->procfs, err);
}

/* The supervisor raised its own for the mounts: the container's is what the caller had. */
static int init_lower_nofile(const struct live *live, struct error *err)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return error_system(err, "read RLIMIT_NOFILE");
	limit.rlim_cur = live->nofile_soft;
	if (setrlimit(RLIMIT_NOFILE, &limit))
		return error_system(err, "lower RLIMIT_NOFILE again");
	return 0;
}

/* Of descriptors, or all others. */
static int init_set_limits(const struct plan_process *process, bool descriptors, struct error *err)
{
	for (size_t i = 0; i < process->rlimit_count; i++)
		if ((process->rlimits[i].resource == RLIMIT_NOFILE) == descriptors &&
		    limits_set_rlimit(0, &process->rlimits[i], err))
			return -1;
	return 0;
}

int init_powers_limits(struct init *init, struct error *err)
{
	return init_set_limits(&init->plan->process, false, err);
}

int init_powers_descriptors(struct init *init, struct error *err)
{
	if (init->live->nofile_raised && init_lower_nofile(init->live, err))
		return -1;
	return init_set_limits(&init->plan->process, true, err);
}

int init_powers_bound(struct init *init, struct error *err)
{
	return caps_bound(&init->plan->process.caps, err);
}

int init_powers_ids(struct init *init, struct error *err)
{
	if (credentials_switch(&init->plan->process, err))
		return -1;
	return init_guard(init, err);
}

static int init_warn_ambient(struct init *init, uint64_t unraised, struct error *err)
{
	for (unsigned int i = 0; i < 64; i++) {
		char text[128];
		const char *name = (unraised >> i) & 1 && i < CAPABILITY_COUNT ? capability_names[i] : NULL;

		if (!name)
			continue;
		(void)snprintf(text, sizeof(text), "can't raise ambient capability %s: "
			       "it is not in the permitted and inheritable sets", name);
		if (sync_send_warning(init->channel, text, err))
			return -1;
	}
	return 0;
}

/* What cannot be granted is left out with a warning: config.md "Linux Process". */
static int init_clip_caps(struct init *init, struct plan_caps *caps, struct error *err)
{
	uint64_t available;
	uint64_t missing;
	auto_text text = TEXT_INIT(ERROR_MESSAGE_MAX);

	if (caps_available(&available, err))
		return -1;
	missing = caps->permitted & ~available;
	caps->effective &= available;
	caps->permitted &= available;
	caps->inheritable &= available;
	caps->ambient &= available;
	if (missing == 0)
		return 0;
	text_append(&text, "asked for and not granted, since orlop has not got them: ");
	capability_append(&text, missing);
	return sync_send_warning(init->channel, text_string(&text), err);
}

int init_powers_caps(struct init *init, struct error *err)
{
	struct plan_caps caps = init->plan->process.caps;
	bool keep = init_keeps_sys_admin(init->plan);
	uint64_t unraised = 0;

	if (init_clip_caps(init, &caps, err) || caps_final(&caps, keep, &unraised, err) ||
	    caps_verify(&caps, keep, unraised, err))
		return -1;
	return init_warn_ambient(init, unraised, err);
}

int init_powers_no_new_privs(struct init *init, struct error *err)
{
	if (!init->plan->process.no_new_privs)
		return 0;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return error_system(err, "set no_new_privs");
	if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1)
		return error_set(err, ERROR_SYSTEM, 0, "no_new_privs was set and is not there");
	return 0;
}

int init_powers_landlock(struct init *init, struct error *err)
{
	return confine_landlock(&init->plan->lsm, err);
}

int init_powers_filter(struct init *init, struct error *err)
{
	return seccomp_install(&init->live->filter, err);
}

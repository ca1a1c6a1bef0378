/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * Capability sets. A set that is too large by one bit is a way out, so each change is read back;
 * a capability that this kernel does not have cannot be had, and is left out of every set first.
 *
 * capset(2) is called as it is: libcap would bring nothing but another form for 64 bits.
 */
#include "run/caps.h"

#include <errno.h>
#include <inttypes.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tables/capability_names.h"

struct sets {
	uint64_t bounding;
	uint64_t effective;
	uint64_t permitted;
	uint64_t inheritable;
	uint64_t ambient;
};

static const char *name_of(unsigned int capability)
{
	return capability < CAPABILITY_COUNT ? capability_names[capability] : "a newer one";
}

static uint64_t bit(unsigned int capability)
{
	return UINT64_C(1) << capability;
}

/* Those that this kernel has: PR_CAPBSET_READ says EINVAL of the first one that it has not. */
static uint64_t known(void)
{
	unsigned int count = CAPABILITY_COUNT;

	/* Nearly always the table is the kernel's own: two questions settle it. */
	while (count > 0 && prctl(PR_CAPBSET_READ, count - 1, 0, 0, 0) < 0)
		count--;
	while (count < 64 && prctl(PR_CAPBSET_READ, count, 0, 0, 0) >= 0)
		count++;
	return count >= 64 ? UINT64_MAX : bit(count) - 1;
}

static int read_own_sets(struct sets *out, struct error *err)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = { 0 };

	*out = (struct sets){ 0 };
	if (syscall(SYS_capget, &header, data) < 0)
		return error_system(err, "read the capabilities");
	out->effective = data[0].effective | (uint64_t)data[1].effective << 32;
	out->permitted = data[0].permitted | (uint64_t)data[1].permitted << 32;
	out->inheritable = data[0].inheritable | (uint64_t)data[1].inheritable << 32;
	return 0;
}

static int read_sets(struct sets *out, struct error *err)
{
	uint64_t all = known();

	if (read_own_sets(out, err) < 0)
		return -1;
	for (unsigned int i = 0; i < 64 && (all & bit(i)); i++) {
		if (prctl(PR_CAPBSET_READ, i, 0, 0, 0) > 0)
			out->bounding |= bit(i);
		/* The kernel keeps ambient within permitted and inheritable: the rest needs no call. */
		if ((out->permitted & out->inheritable & bit(i)) &&
		    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, i, 0, 0) > 0)
			out->ambient |= bit(i);
	}
	return 0;
}

static int write_sets(const struct sets *sets, struct error *err)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {
		{
			.effective = (uint32_t)sets->effective,
			.permitted = (uint32_t)sets->permitted,
			.inheritable = (uint32_t)sets->inheritable,
		},
		{
			.effective = (uint32_t)(sets->effective >> 32),
			.permitted = (uint32_t)(sets->permitted >> 32),
			.inheritable = (uint32_t)(sets->inheritable >> 32),
		},
	};

	if (syscall(SYS_capset, &header, data) < 0)
		return error_system(err, "set the capabilities");
	return 0;
}

/* What the sets are to be, on this kernel. */
static struct sets planned(const struct plan_caps *plan, bool keep_sys_admin, uint64_t unraised)
{
	uint64_t all = known();
	uint64_t extra = keep_sys_admin ? bit(CAP_SYS_ADMIN) : 0;

	return (struct sets){
		.bounding = plan->bounding & all,
		.effective = (plan->effective | extra) & all,
		.permitted = (plan->permitted | extra) & all,
		.inheritable = plan->inheritable & all,
		.ambient = plan->ambient & all & ~unraised,
	};
}

int caps_bound(const struct plan_caps *plan, struct error *err)
{
	uint64_t all = known();

	if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0)
		return error_system(err, "keep capabilities across the change of ids");

	for (unsigned int i = 0; i < 64 && (all & bit(i)); i++) {
		if (plan->bounding & bit(i))
			continue;
		if (prctl(PR_CAPBSET_DROP, i, 0, 0, 0) < 0)
			return error_system(err, "take %s out of the bounding set", name_of(i));
	}
	return 0;
}

static int raise_ambient(uint64_t ambient, uint64_t *unraised, struct error *err)
{
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0)
		return error_system(err, "clear the ambient capabilities");

	for (unsigned int i = 0; i < 64; i++) {
		if ((ambient & bit(i)) && prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, i, 0, 0) < 0)
			*unraised |= bit(i);
	}
	return 0;
}

int caps_available(uint64_t *permitted, struct error *err)
{
	struct sets now = { 0 };

	if (read_own_sets(&now, err) < 0)
		return -1;
	*permitted = now.permitted;
	return 0;
}

int caps_keep_on_exec(struct error *err)
{
	struct sets all = { 0 };
	uint64_t unraised = 0;

	if (read_own_sets(&all, err) < 0)
		return -1;
	all.inheritable = all.permitted;
	if (write_sets(&all, err) < 0 || raise_ambient(all.permitted, &unraised, err) < 0)
		return -1;
	return unraised ? error_set(err, ERROR_HOST, EPERM, "keep the capabilities across exec") : 0;
}

int caps_final(const struct plan_caps *plan, bool keep_sys_admin, uint64_t *unraised,
	       struct error *err)
{
	struct sets want = planned(plan, keep_sys_admin, 0);
	struct sets now;
	uint64_t missing;

	*unraised = 0;
	if (read_own_sets(&now, err) < 0)
		return -1;

	missing = want.permitted & ~now.permitted;
	for (unsigned int i = 0; i < 64; i++) {
		if (missing & bit(i))
			return error_set(err, ERROR_HOST, 0,
					 "capability %s is asked for, and orlop has not got it",
					 name_of(i));
	}
	if (write_sets(&want, err) < 0)
		return -1;
	return raise_ambient(want.ambient, unraised, err);
}

static int compare(const char *set, uint64_t want, uint64_t got, struct error *err)
{
	if (want == got)
		return 0;
	return error_set(err, ERROR_HOST, 0,
			 "the %s capabilities are %#" PRIx64 ", planned were %#" PRIx64,
			 set, got, want);
}

int caps_verify(const struct plan_caps *plan, bool keep_sys_admin, uint64_t unraised,
		struct error *err)
{
	struct sets want = planned(plan, keep_sys_admin, unraised);
	struct sets now;

	if (read_sets(&now, err) < 0)
		return -1;

	/* The bounding set only shrinks: what the caller had not got cannot be in it. */
	if (now.bounding & ~want.bounding)
		return compare("bounding", want.bounding, now.bounding, err);
	if (compare("effective", want.effective, now.effective, err) < 0 ||
	    compare("permitted", want.permitted, now.permitted, err) < 0 ||
	    compare("inheritable", want.inheritable, now.inheritable, err) < 0 ||
	    compare("ambient", want.ambient, now.ambient, err) < 0)
		return -1;
	return 0;
}

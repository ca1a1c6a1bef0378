/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * The three built-in policies. Modes come from items.def, so that the table
 * of rules is written once; the rest is settings of those rules.
 */
#include "policy_builtin.h"

#include <linux/capability.h>
#include <string.h>

#include "base/cleanup.h"

#define MIB (UINT64_C(1) << 20)
#define GIB (UINT64_C(1) << 30)
#define CAP(name) (UINT64_C(1) << CAP_##name)
#define ALL_CAPABILITIES UINT64_MAX

/*
 * Measured on common images: each of these is needed by some program that
 * starts as root and then gives its privilege up. What is missing was needed
 * by none once the root is nosuid.
 */
#define HARDENED_CAPABILITIES                                                                     \
	(CAP(CHOWN) | CAP(DAC_OVERRIDE) | CAP(FOWNER) | CAP(FSETID) | CAP(KILL) | CAP(SETGID) |   \
	 CAP(SETUID) | CAP(NET_BIND_SERVICE) | CAP(SYS_CHROOT))

/* Docker's default set: the most that a container has without being asked for more. */
#define DOCKER_CAPABILITIES                                                                       \
	(HARDENED_CAPABILITIES | CAP(SETPCAP) | CAP(NET_RAW) | CAP(MKNOD) | CAP(AUDIT_WRITE) |    \
	 CAP(SETFCAP))

/* tmpfs pages are charged to the container, so these bound a mistake, not the host. */
static const struct policy_tmpfs default_tmpfs[] = {
	{ "/tmp",     01777, 512 * MIB, 65536 },
	{ "/run",     0755,  64 * MIB,  16384 },
	{ "/var/tmp", 01777, 512 * MIB, 65536 },
};

#define LIMITS                                                                                    \
	{                                                                                         \
		.pids = 2048, .memory_percent = 50, .swap_bytes = 0, .core_bytes = 0,             \
		.tmpfs_bytes = 512 * MIB, .ephemeral_bytes = 2 * GIB, .copy_up_bytes = 64 * MIB,  \
		.copy_up_entries = 16384,                                                         \
	}

/* The ids that systemd reserves for containers. */
#define POOL { .first = POLICY_POOL_FIRST, .last = POLICY_POOL_LAST, .range = 65536 }

const struct policy policy_builtins[POLICY_BUILTINS] = {
	{
		.name = "hardened",
		.modes = {
#define ITEM(name, id, hardened, baseline, summary) [POLICY_##name] = POLICY_##hardened,
#include "policy/items.def"
#undef ITEM
		},
		.rootfs = POLICY_ROOTFS_READ_ONLY,
		.unmappable = POLICY_UNMAPPABLE_REFUSE,
		.slave_propagation = false,
		.capability_ceiling = HARDENED_CAPABILITIES,
		.limits = LIMITS,
		.tmpfs_count = ARRAY_SIZE(default_tmpfs),
		.tmpfs = default_tmpfs,
		.pool = POOL,
	},
	{
		.name = "baseline",
		.modes = {
#define ITEM(name, id, hardened, baseline, summary) [POLICY_##name] = POLICY_##baseline,
#include "policy/items.def"
#undef ITEM
		},
		.rootfs = POLICY_ROOTFS_AS_CONFIGURED,
		.unmappable = POLICY_UNMAPPABLE_REFUSE,
		.slave_propagation = true,
		.capability_ceiling = DOCKER_CAPABILITIES,
		.limits = LIMITS,
		.tmpfs_count = ARRAY_SIZE(default_tmpfs),
		.tmpfs = default_tmpfs,
		.pool = POOL,
	},
	{
		/* Every mode is off: zero is POLICY_OFF. */
		.name = "oci",
		.rootfs = POLICY_ROOTFS_AS_CONFIGURED,
		.unmappable = POLICY_UNMAPPABLE_REFUSE,
		.slave_propagation = true,
		.capability_ceiling = ALL_CAPABILITIES,
		.limits = LIMITS,
		.tmpfs_count = ARRAY_SIZE(default_tmpfs),
		.tmpfs = default_tmpfs,
		.pool = POOL,
	},
};

_Static_assert(POLICY_OFF == 0, "a policy without a mode for an item leaves it off");

const struct policy *policy_builtin_find(const char *name)
{
	for (size_t i = 0; i < POLICY_BUILTINS; i++) {
		if (strcmp(policy_builtins[i].name, name) == 0)
			return &policy_builtins[i];
	}
	return NULL;
}

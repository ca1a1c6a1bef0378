/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * Bytes as a site file. A refusal has a message, names the file and leaves
 * nothing behind; what is accepted keeps the promises of policy.h.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "policy/policy.h"

#define SITE_FILE "policy.json"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

static void check_policy(const struct policy *policy)
{
	require(strcmp(policy->file, SITE_FILE) == 0);
	for (int i = 0; i < POLICY_ITEMS; i++)
		require(policy->modes[i] <= POLICY_ENFORCE);
	require(policy_rootfs_name(policy->rootfs));
	require(policy->unmappable <= POLICY_UNMAPPABLE_UNMAPPED);
	require(policy->volumes.ids <= POLICY_VOLUME_MAPPED);
	for (size_t i = 0; i < policy->volumes.path_count; i++)
		require(policy->volumes.paths[i].path[0] == '/' &&
			policy->volumes.paths[i].ids <= POLICY_VOLUME_MAPPED);
	require(policy->limits.pids > 0 && policy->limits.memory_percent > 0);
	require(policy->limits.memory_percent <= 100);
	require(policy->limits.tmpfs_bytes > 0 && policy->limits.ephemeral_bytes > 0);
	require(policy->limits.copy_up_bytes > 0 && policy->limits.copy_up_entries > 0);
	for (size_t i = 0; i < policy->tmpfs_count; i++)
		require(policy->tmpfs[i].size_bytes > 0);
	require(policy->pool.first >= 65536 && policy->pool.range >= 65536);
	require(policy->pool.last != UINT32_MAX && policy->pool.last >= policy->pool.first);
	require(policy->pool.last - policy->pool.first >= policy->pool.range - 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[] = { NULL, "hardened", "baseline", "oci" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct policy policy = { 0 };
		struct error err = ERROR_INIT;

		if (policy_load(names[i], (const char *)data, size, SITE_FILE, &policy, &err) < 0) {
			require(err.kind == ERROR_POLICY && strstr(err.message, SITE_FILE));
			require(!policy.arena.chunks);
			continue;
		}
		require(!names[i] || strcmp(policy.name, names[i]) == 0);
		check_policy(&policy);
		policy_free(&policy);
	}
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * Bytes as a config.json that is planned under each of the three policies.
 * Whatever the configuration says, what `hardened` promises holds in the plan.
 */
#include <sched.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>

#include "base/text.h"
#include "kernel/compat.h"
#include "plan/plan.h"

#define VOLUME (MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

static bool is_type(const struct plan_mount *mount, const char *type)
{
	return mount->fs_type && strcmp(mount->fs_type, type) == 0;
}

static void check_mount(const struct plan_mount *mount)
{
	require(mount->destination[0] == '/');
	/* The access-time mode is one field: all of it is cleared to set it. */
	require(!(mount->self.set & mount->self.clear & ~(uint64_t)MOUNT_ATTR__ATIME));
	require(!(mount->propagation & (MS_SHARED | MS_SLAVE)));
	if (mount->kind == PLAN_MOUNT_BIND && !mount->cgroup_bind) {
		require((mount->self.set & VOLUME) == VOLUME);
		require(!(mount->tree.clear & VOLUME));
		require(!mount->recursive || (mount->tree.set & VOLUME) == VOLUME);
		require(mount->conditions & PLAN_CHECK_SOURCES);
		require(mount->conditions & PLAN_CHECK_DEVICE);
	}
	if (mount->kind == PLAN_MOUNT_NEW && is_type(mount, "tmpfs"))
		require((mount->self.set & VOLUME) == VOLUME);
	if (is_type(mount, "sysfs") || is_type(mount, "cgroup2"))
		require((mount->self.set | mount->tree.set) & MOUNT_ATTR_RDONLY);
}

static void check_devices(const struct plan_cgroup *cgroup)
{
	require(cgroup->managed && cgroup->device_program && cgroup->rule_count > 0);
	require(!cgroup->rules[0].allow && cgroup->rules[0].type == 'a');
	for (size_t i = 0; i < cgroup->rule_count; i++) {
		const struct plan_device_rule *rule = &cgroup->rules[i];

		require(!rule->allow || (rule->type == 'c' && rule->major >= 0));
	}
	require(!strstr(cgroup->path, "/../") && strcmp(cgroup->path, "/") != 0);
}

static void check_limits(const struct plan *plan)
{
	const struct plan_cgroup *cgroup = &plan->cgroup;
	const char *pids = NULL;
	const char *memory = NULL;
	bool core = false;

	for (size_t i = 0; i < cgroup->write_count; i++) {
		require(!strchr(cgroup->writes[i].file, '/'));
		if (strcmp(cgroup->writes[i].file, "pids.max") == 0)
			pids = cgroup->writes[i].value;
		if (strcmp(cgroup->writes[i].file, "memory.max") == 0)
			memory = cgroup->writes[i].value;
	}
	require(pids && strcmp(pids, "max") != 0);
	require(memory && strcmp(memory, "max") != 0);
	for (size_t i = 0; i < plan->process.rlimit_count; i++)
		core |= plan->process.rlimits[i].resource == RLIMIT_CORE;
	require(core);
}

static void check_hardened(const struct plan *plan, const struct policy *policy)
{
	const struct plan_caps *caps = &plan->process.caps;

	require(plan->new_namespaces & CLONE_NEWNS);
	require(plan->ids.kind != PLAN_USER_HOST);
	require(!plan->sealed_copy || plan->ids.kind == PLAN_USER_JOIN);
	require(plan->root.nosuid && plan->root.readonly);
	require(plan->root.mode == POLICY_ROOTFS_READ_ONLY);
	require(!(plan->root.propagation & (MS_SHARED | MS_SLAVE)));
	require(plan->process.no_new_privs && plan->new_keyring);
	require(!plan->process.oom_score_set || plan->process.oom_score >= 0);
	require(caps->inheritable == caps->ambient);
	require(!((caps->bounding | caps->permitted | caps->effective | caps->ambient) &
		  ~policy->capability_ceiling));
	require(plan->seccomp.floor && (plan->seccomp.profile || plan->seccomp.profile_default));
	require(plan->lsm.apparmor && strcmp(plan->lsm.apparmor, "unconfined") != 0);
	require(plan->masked_count > 10 && plan->readonly_count > 4);
	for (size_t i = 0; i < plan->mount_count; i++)
		check_mount(&plan->mounts[i]);
	for (size_t i = 0; i < plan->join_count; i++)
		require(plan->joins[i].type == CLONE_NEWTIME || plan->joins[i].not_host);
	check_devices(&plan->cgroup);
	check_limits(plan);
}

static void plan_with(const struct spec *spec, const char *name)
{
	static const struct host host = {
		.kernel_major = 6, .kernel_minor = 12, .kernel_release = "6.12.0", .caller = HOST_CALLER_ROOT,
		.memory_bytes = (uint64_t)8 << 30, .last_capability = 40,
		.cgroup_mount = "/sys/fs/cgroup", .controllers = 0xff, .apparmor = true,
		.apparmor_default = true, .landlock_abi = 6, .memfd_noexec = true,
		.time_namespace = true, .ipv6 = true, .page_size = 4096, .processors = 2,
	};
	struct plan_request request = {
		.id = "c1", .bundle = "/bundle", .foreground = spec->process.terminal,
	};
	auto_policy policy = { 0 };
	auto_plan plan = { .policy = NULL };
	auto_text text = TEXT_INIT((size_t)64 << 20);
	struct error err = ERROR_INIT;

	require(policy_load(name, NULL, 0, NULL, &policy, &err) == 0);
	if (plan_build(spec, &policy, &host, &request, &plan, &err) < 0) {
		require(err.kind != ERROR_NONE && err.message[0] != '\0');
		require(!plan.arena.chunks);
		return;
	}
	plan_explain(&plan, &text);
	require(!text.truncated);
	if (strcmp(name, "hardened") == 0)
		check_hardened(&plan, &policy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_spec spec = SPEC_NULL;

	if (spec_read((const char *)data, size, &spec, NULL) < 0)
		return 0;
	plan_with(&spec, "hardened");
	plan_with(&spec, "baseline");
	plan_with(&spec, "oci");
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */

/*
 * What the specification has, the reader reads, and this version does not carry out. Passing it
 * over in silence would give a container that is not what was asked for. A row goes when the
 * thing is done; the reader stays as it is.
 *
 * Spec: config.md "Valid values": unsupported values are errors.
 */

#include "spec_readers.h"

#include <string.h>

enum when {
	WHEN_TRUE,	/* a bool is true: of a section, that it is there */
	WHEN_COUNTED,	/* a size_t is not 0 */
	WHEN_GIVEN,	/* a string is there */
	WHEN_SIGNED,	/* a struct spec_i64 is there, and not 0 */
	WHEN_UNSIGNED,	/* a struct spec_u64 is there, and not 0 */
	WHEN_SET,	/* a struct spec_u64 is there */
	WHEN_ASKED,	/* a function says so */
};

struct refusal {
	const char *path;
	enum when when;
	size_t offset;				/* in struct spec */
	const char *sentence;
	bool (*asked)(const struct spec *spec);	/* WHEN_ASKED */
};

static bool asks_flat_accounting(const struct spec *spec)
{
	const struct spec_bool *hierarchy = &spec->linux.resources.memory.use_hierarchy;

	return hierarchy->set && !hierarchy->value;
}

static bool asks_leaf_weight_of_device(const struct spec *spec)
{
	const struct spec_block_io *block_io = &spec->linux.resources.block_io;

	for (size_t i = 0; i < block_io->weight_device_count; i++)
		if (block_io->weight_devices[i].leaf_weight.value != 0)
			return true;
	return false;
}

static bool asks_notify(const struct spec *spec)
{
	const struct spec_seccomp *seccomp = &spec->linux.seccomp;
	const char *notify = "SCMP_ACT_NOTIFY";

	if (seccomp->set && strcmp(seccomp->default_action, notify) == 0)
		return true;
	for (size_t i = 0; i < seccomp->rule_count; i++)
		if (strcmp(seccomp->rules[i].action, notify) == 0)
			return true;
	return false;
}

#define AT(member) offsetof(struct spec, member)
#define RES linux.resources
#define LATER " not carried out by this version"
#define V1 "belongs to cgroup v1 and has no counterpart in v2"

static const struct refusal refusals[] = {
	{ "/process/scheduler", WHEN_TRUE, AT(process.scheduler.set),
	  "scheduler settings are" LATER, NULL },
	{ "/process/ioPriority", WHEN_TRUE, AT(process.io_priority.set),
	  "an I/O priority is" LATER, NULL },
	{ "/linux/netDevices", WHEN_COUNTED, AT(linux.net_device_count),
	  "moving network devices is" LATER, NULL },
	{ "/linux/intelRdt", WHEN_TRUE, AT(linux.intel_rdt.set), "intelRdt is" LATER, NULL },
	{ "/linux/memoryPolicy", WHEN_TRUE, AT(linux.memory_policy.set),
	  "a memory policy is" LATER, NULL },
	{ "/linux/personality", WHEN_TRUE, AT(linux.personality.set),
	  "a personality is" LATER, NULL },
	{ "/linux/seccomp/listenerPath", WHEN_GIVEN, AT(linux.seccomp.listener_path),
	  "a seccomp listener is" LATER, NULL },
	{ "/linux/seccomp", WHEN_ASKED, 0, "SCMP_ACT_NOTIFY is" LATER, asks_notify },
	{ "/linux/resources/network/classID", WHEN_UNSIGNED, AT(RES.network.class_id), V1, NULL },
	{ "/linux/resources/network/priorities", WHEN_COUNTED, AT(RES.network.priority_count), V1,
	  NULL },
	{ "/linux/resources/cpu/realtimeRuntime", WHEN_SIGNED, AT(RES.cpu.realtime_runtime), V1,
	  NULL },
	{ "/linux/resources/cpu/realtimePeriod", WHEN_UNSIGNED, AT(RES.cpu.realtime_period), V1,
	  NULL },
	{ "/linux/resources/memory/swappiness", WHEN_SET, AT(RES.memory.swappiness), V1, NULL },
	{ "/linux/resources/memory/disableOOMKiller", WHEN_TRUE,
	  AT(RES.memory.disable_oom_killer.value), V1, NULL },
	{ "/linux/resources/memory/useHierarchy", WHEN_ASKED, 0,
	  "cannot be false: cgroup v2 always counts what is below", asks_flat_accounting },
	{ "/linux/resources/blockIO/leafWeight", WHEN_UNSIGNED, AT(RES.block_io.leaf_weight), V1,
	  NULL },
	{ "/linux/resources/blockIO/weightDevice", WHEN_ASKED, 0, "leafWeight " V1,
	  asks_leaf_weight_of_device },
};

static bool is_asked(const struct refusal *row, const struct spec *spec)
{
	const void *member = (const char *)spec + row->offset;

	switch (row->when) {
	case WHEN_TRUE:
		return *(const bool *)member;
	case WHEN_COUNTED:
		return *(const size_t *)member > 0;
	case WHEN_GIVEN:
		return *(const char *const *)member != NULL;
	case WHEN_SIGNED:
		return ((const struct spec_i64 *)member)->value != 0;
	case WHEN_UNSIGNED:
		return ((const struct spec_u64 *)member)->value != 0;
	case WHEN_SET:
		return ((const struct spec_u64 *)member)->set;
	case WHEN_ASKED:
		return row->asked(spec);
	}
	return true;
}

int spec_refuse(struct json_reader *in, const struct spec *spec, const char *section)
{
	size_t skipped = strlen(section);

	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		const struct refusal *row = &refusals[i];

		if (strncmp(row->path, section, skipped) == 0 && is_asked(row, spec))
			return json_read_fail_at(in, row->path + skipped, "%s", row->sentence);
	}
	return 0;
}

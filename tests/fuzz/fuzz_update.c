/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * Bytes as the resources that update takes, for a container with limits of its own. Under
 * `hardened` no write lifts a limit of the floor and no device is opened; and what is kept of it
 * reads back as it was, so that the next update starts from the same.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "plan/plan_update.h"

#define KEPT_MAX ((size_t)32 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char kept_text[] =
	"{\"devices\":[{\"allow\":false,\"access\":\"rwm\"}],\"memory\":{\"limit\":67108864,"
	"\"swap\":100663296},\"cpu\":{\"quota\":50000,\"burst\":20000,\"shares\":512},"
	"\"unified\":{\"pids.max\":\"77\",\"cgroup.max.depth\":\"3\"}}";

static void require(bool holds)
{
	if (!holds)
		abort();
}

/* As the kernel reads it: white space around it does not count. What is no number it refuses. */
static bool is_max(const char *value)
{
	static const char blanks[] = " \t\n\r\v\f";
	size_t length;

	value += strspn(value, blanks);
	length = strlen(value);
	while (length > 0 && strchr(blanks, value[length - 1]))
		length--;
	return length == 3 && memcmp(value, "max", 3) == 0;
}

static void check_writes(const struct plan_cgroup *cgroup)
{
	static const char *const floors[] = { "pids.max", "memory.max", "memory.swap.max" };

	for (size_t i = 0; i < cgroup->write_count; i++) {
		const struct plan_cgroup_write *write = &cgroup->writes[i];

		require(!strchr(write->file, '/') && strcmp(write->file, "cgroup.procs") != 0);
		require(!strchr(write->value, '\n'));
	}
	/* The last write to a file is what holds. */
	for (size_t i = 0; i < sizeof(floors) / sizeof(floors[0]); i++) {
		const char *value = NULL;

		for (size_t j = 0; j < cgroup->write_count; j++)
			if (strcmp(cgroup->writes[j].file, floors[i]) == 0)
				value = cgroup->writes[j].value;
		require(!value || !is_max(value));
	}
}

static void check_devices(const struct plan_cgroup *cgroup)
{
	if (!cgroup->device_program)
		return;
	require(cgroup->rule_count > 0 && !cgroup->rules[0].allow && cgroup->rules[0].type == 'a');
	for (size_t i = 0; i < cgroup->rule_count; i++)
		require(!cgroup->rules[i].allow ||
			(cgroup->rules[i].type == 'c' && cgroup->rules[i].major >= 0));
}

static void check_kept(const struct plan *plan)
{
	auto_text first = TEXT_INIT(KEPT_MAX);
	auto_text second = TEXT_INIT(KEPT_MAX);
	auto_spec again = SPEC_NULL;

	spec_write_resources(&plan->spec->linux.resources, &first);
	require(!first.truncated);
	require(spec_read_resources(text_string(&first), first.size, &again, NULL) == 0);
	spec_write_resources(&again.linux.resources, &second);
	require(strcmp(text_string(&first), text_string(&second)) == 0);
}

static void plan_with(const struct spec *kept, const struct spec *asked, const char *name)
{
	static const struct host host = {
		.memory_bytes = (uint64_t)8 << 30, .controllers = 0xff, .page_size = 4096,
	};
	auto_policy policy = { .name = NULL };
	auto_plan plan = { .policy = NULL };
	struct error err = ERROR_INIT;
	const struct plan_update_input in = {
		.kept = kept, .asked = asked, .policy = &policy, .host = &host, .cgroup_path = "/c",
		.now = { .memory_usage = 4096, .memory_max = 67108864, .swap_max = 33554432,
			 .burst = 20000 },
	};

	require(policy_load(name, NULL, 0, NULL, &policy, &err) == 0);
	if (plan_update(&in, &plan, &err) < 0) {
		require(err.kind != ERROR_NONE && err.message[0] != '\0');
		require(!plan.arena.chunks);
		return;
	}
	check_kept(&plan);
	if (strcmp(name, "hardened") != 0)
		return;
	check_writes(&plan.cgroup);
	check_devices(&plan.cgroup);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_spec kept = SPEC_NULL;
	auto_spec asked = SPEC_NULL;

	require(spec_read_resources(kept_text, sizeof(kept_text) - 1, &kept, NULL) == 0);
	if (spec_read_resources((const char *)data, size, &asked, NULL) < 0)
		return 0;
	plan_with(&kept, &asked, "hardened");
	plan_with(&kept, &asked, "baseline");
	plan_with(&kept, &asked, "oci");
	return 0;
}

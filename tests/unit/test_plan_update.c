/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * What new limits make of a container's cgroup: a row is the resources that it has, those that are
 * asked for, and the writes that follow, in their order, or the words of the refusal.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "plan/plan_update.h"
#include "policy/policy.h"
#include "spec/spec.h"

#define OUTPUT_MAX ((size_t)1 << 16)
#define MIB "1048576"

static const struct host host = {
	.memory_bytes = (uint64_t)8 << 30,
	.page_size = 4096,
	.controllers = HOST_CPUSET | HOST_CPU | HOST_IO | HOST_MEMORY | HOST_HUGETLB | HOST_PIDS |
		       HOST_RDMA,
};

struct update_case {
	const char *policy;
	const char *kept;
	const char *asked;
	const char *writes;	/* "FILE=VALUE;..." */
	const char *refusal;	/* what the message holds, instead */
	struct plan_now now;
	bool devices;		/* the device program is made anew */
};

static void read_resources(const char *text, struct spec *out)
{
	struct error err = ERROR_INIT;

	if (spec_read_resources(text, strlen(text), out, &err) < 0)
		fail_msg("%s: %s", text, err.message);
}

static int plan_case(const struct update_case *row, const struct policy *policy,
		     struct spec *kept, struct spec *asked, struct plan *out, struct error *err)
{
	struct plan_update_input in = {
		.kept = kept, .asked = asked, .policy = policy, .host = &host,
		.cgroup_path = "/c", .now = row->now,
	};

	read_resources(row->kept, kept);
	read_resources(row->asked, asked);
	/* Unknown is no limit: zero in a row stands for it. */
	if (in.now.memory_max == 0)
		in.now.memory_max = UINT64_MAX;
	if (in.now.swap_max == 0)
		in.now.swap_max = UINT64_MAX;
	return plan_update(&in, out, err);
}

static void assert_case(const struct update_case *row)
{
	auto_spec kept = SPEC_NULL;
	auto_spec asked = SPEC_NULL;
	auto_policy policy = { .name = NULL };
	auto_plan plan = { .spec = NULL };
	auto_text writes = TEXT_INIT(OUTPUT_MAX);
	struct error err = ERROR_INIT;

	assert_int_equal(policy_load(row->policy, NULL, 0, NULL, &policy, NULL), 0);
	if (plan_case(row, &policy, &kept, &asked, &plan, &err) < 0) {
		if (!row->refusal || !strstr(err.message, row->refusal))
			fail_msg("%s + %s: %s", row->kept, row->asked, err.message);
		return;
	}
	for (size_t i = 0; i < plan.cgroup.write_count; i++)
		text_appendf(&writes, "%s%s=%s", i > 0 ? ";" : "", plan.cgroup.writes[i].file,
			     plan.cgroup.writes[i].value);
	if (row->refusal)
		fail_msg("%s + %s is not refused: %s", row->kept, row->asked,
			 text_string(&writes));
	if (strcmp(text_string(&writes), row->writes) != 0)
		fail_msg("%s + %s: want '%s', got '%s'", row->kept, row->asked, row->writes,
			 text_string(&writes));
	assert_int_equal(plan.cgroup.device_program, row->devices);
}

static void assert_cases(const struct update_case *rows, size_t count)
{
	for (size_t i = 0; i < count; i++)
		assert_case(&rows[i]);
}

static void a_unit_gets_the_properties_of_what_is_written(void **state)
{
	struct update_case row = {
		"oci", "{\"pids\":{\"limit\":9},\"cpu\":{\"shares\":1024}}",
		"{\"memory\":{\"limit\":" MIB "},\"cpu\":{\"quota\":70000}}", NULL
	};
	auto_spec kept = SPEC_NULL;
	auto_spec asked = SPEC_NULL;
	auto_policy policy = { .name = NULL };
	auto_plan plan = { .spec = NULL };
	auto_text got = TEXT_INIT(OUTPUT_MAX);
	struct error err = ERROR_INIT;
	struct plan_update_input in = {
		.kept = &kept, .asked = &asked, .policy = &policy, .host = &host,
		.cgroup_path = "/system.slice/c.scope", .cgroup_unit = "c.scope",
		.now = PLAN_NOW_UNKNOWN,
	};

	(void)state;
	assert_int_equal(policy_load(row.policy, NULL, 0, NULL, &policy, NULL), 0);
	read_resources(row.kept, &kept);
	read_resources(row.asked, &asked);
	assert_int_equal(plan_update(&in, &plan, &err), 0);
	assert_non_null(plan.cgroup.unit);
	assert_string_equal(plan.cgroup.unit->name, "c.scope");
	for (size_t i = 0; i < plan.cgroup.unit->property_count; i++)
		text_appendf(&got, "%s=%llu;", plan.cgroup.unit->properties[i].value.name,
			     (unsigned long long)plan.cgroup.unit->properties[i].value.number);
	assert_string_equal(text_string(&got),
			    "CPUQuotaPerSecUSec=700000;CPUQuotaPeriodUSec=100000;MemoryMax=1048576;");
}

static void only_what_is_asked_for_is_written(void **state)
{
	static const struct update_case cases[] = {
		{ "oci", "{}", "{}", "" },
		{ "oci", "{}", "{\"pids\":{\"limit\":60}}", "pids.max=60" },
		{ "oci", "{}", "{\"pids\":{\"limit\":0}}", "pids.max=1" },
		{ "oci", "{\"pids\":{\"limit\":9}}", "{\"pids\":{\"limit\":-1}}", "pids.max=max" },
		{ "oci", "{\"pids\":{\"limit\":9},\"memory\":{\"limit\":" MIB "}}",
		  "{\"cpu\":{\"shares\":1024}}", "cpu.weight=100" },
		{ "oci", "{}", "{\"cpu\":{\"cpus\":\"0-1\",\"mems\":\"0\"}}",
		  "cpuset.cpus=0-1;cpuset.mems=0" },
		{ "oci", "{}", "{\"memory\":{\"reservation\":" MIB "}}", "memory.low=" MIB },
		{ "oci", "{}", "{\"blockIO\":{\"weight\":10}}", "io.bfq.weight=10;io.weight=1" },
		/* What Go programs write for what nobody asked for. */
		{ "oci", "{\"cpu\":{\"shares\":512}}",
		  "{\"cpu\":{\"shares\":0,\"quota\":0,\"period\":0,\"cpus\":\"\"},"
		  "\"memory\":{\"limit\":0,\"swap\":0},\"blockIO\":{\"weight\":0}}", "" },
		/* Docker's, and Podman's. */
		{ "oci", "{}",
		  "{\"memory\":{\"limit\":100663296,\"swap\":134217728},"
		  "\"cpu\":{\"quota\":70000,\"period\":100000},\"pids\":{\"limit\":60}}",
		  "memory.max=100663296;memory.swap.max=33554432;cpu.max=70000 100000;pids.max=60",
		  .now = { 0, 1, 1, 0 } },
		{ "oci", "{}",
		  "{\"devices\":[{\"allow\":false,\"access\":\"rwm\"}],"
		  "\"memory\":{\"limit\":100663296,\"swap\":201326592},"
		  "\"cpu\":{\"quota\":70000,\"period\":100000},\"pids\":{\"limit\":60}}",
		  "cpu.max=70000 100000;pids.max=60;memory.max=100663296;memory.swap.max=100663296" },
		{ "oci", "{}", "{\"hugepageLimits\":[{\"pageSize\":\"2MB\",\"limit\":4194304}]}",
		  "hugetlb.2MB.max=4194304;hugetlb.2MB.rsvd.max=4194304" },
		{ "oci", "{\"hugepageLimits\":[{\"pageSize\":\"1GB\",\"limit\":0}]}",
		  "{\"blockIO\":{\"throttleReadBpsDevice\":[{\"major\":8,\"minor\":0,\"rate\":5}]}}",
		  "io.max=8:0 rbps=5" },
	};

	(void)state;
	assert_cases(cases, ARRAY_SIZE(cases));
}

static void what_belongs_together_is_settled_together(void **state)
{
	static const struct update_case cases[] = {
		{ "oci", "{\"memory\":{\"limit\":1000,\"swap\":3000}}", "{\"memory\":{\"limit\":2000}}",
		  "memory.max=2000;memory.swap.max=1000", .now = { 0, 1000, 2000, 0 } },
		{ "oci", "{\"memory\":{\"limit\":1000,\"swap\":3000}}", "{\"memory\":{\"swap\":5000}}",
		  "memory.max=1000;memory.swap.max=4000", .now = { 0, 1000, 2000, 0 } },
		{ "oci", "{\"memory\":{\"limit\":1000,\"swap\":3000}}", "{\"memory\":{\"limit\":-1}}",
		  "memory.max=max;memory.swap.max=max", .now = { 0, 1000, 2000, 0 } },
		{ "oci", "{\"memory\":{\"limit\":1000,\"swap\":3000}}", "{\"memory\":{\"limit\":4000}}",
		  .refusal = "/linux/resources/memory/swap: memory and swap together" },
		{ "oci", "{}", "{\"memory\":{\"swap\":4000}}", .refusal = "memory has no limit" },
		{ "oci", "{\"cpu\":{\"period\":50000}}", "{\"cpu\":{\"quota\":20000}}",
		  "cpu.max=20000 50000" },
		{ "oci", "{\"cpu\":{\"quota\":20000}}", "{\"cpu\":{\"period\":40000}}",
		  "cpu.max=20000 40000" },
		{ "oci", "{\"cpu\":{\"quota\":20000,\"period\":40000}}", "{\"cpu\":{\"quota\":-1}}",
		  "cpu.max=max 40000" },
		{ "oci", "{\"cpu\":{\"shares\":1024,\"idle\":1}}", "{\"cpu\":{\"idle\":0}}",
		  "cpu.idle=0;cpu.weight=100" },
		{ "oci", "{\"cpu\":{\"shares\":1024}}", "{\"cpu\":{\"idle\":1}}", "cpu.idle=1" },
		{ "oci", "{\"cpu\":{\"quota\":20000,\"burst\":10000}}", "{\"cpu\":{\"quota\":5000}}",
		  .refusal = "/linux/resources/cpu/burst: 10000 is above the quota of 5000" },
	};

	(void)state;
	assert_cases(cases, ARRAY_SIZE(cases));
}

static void what_rises_is_written_before_what_falls(void **state)
{
	static const struct update_case cases[] = {
		/* Less memory, more swap: the swap first, or there is no place to push to. */
		{ "oci", "{}", "{\"memory\":{\"limit\":1000,\"swap\":9000}}",
		  "memory.swap.max=8000;memory.max=1000", .now = { 0, 4000, 100, 0 } },
		{ "oci", "{}", "{\"memory\":{\"limit\":5000,\"swap\":5001}}",
		  "memory.max=5000;memory.swap.max=1", .now = { 0, 4000, 100, 0 } },
		{ "oci", "{}", "{\"memory\":{\"limit\":1000,\"swap\":1001}}",
		  "memory.max=1000;memory.swap.max=1", .now = { 0, 4000, 100, 0 } },
		{ "oci", "{}", "{\"memory\":{\"limit\":5000,\"swap\":9000},\"pids\":{\"limit\":5}}",
		  "memory.max=5000;memory.swap.max=4000;pids.max=5", .now = { 0, 4000, 100, 0 } },
		/* The quota is never below the burst. */
		{ "oci", "{\"cpu\":{\"quota\":50000,\"burst\":40000}}",
		  "{\"cpu\":{\"quota\":20000,\"burst\":10000}}",
		  "cpu.max.burst=10000;cpu.max=20000 100000", .now = { 0, 0, 0, 40000 } },
		{ "oci", "{\"cpu\":{\"quota\":20000,\"burst\":10000}}",
		  "{\"cpu\":{\"quota\":50000,\"burst\":40000}}",
		  "cpu.max=50000 100000;cpu.max.burst=40000", .now = { 0, 0, 0, 10000 } },
	};

	(void)state;
	assert_cases(cases, ARRAY_SIZE(cases));
}

static void an_update_is_judged_as_create_would(void **state)
{
	static const struct update_case cases[] = {
		/* Half of 8 GiB, no swap and 2,048 processes are what hardened gives. */
		{ "hardened", "{}", "{\"memory\":{\"limit\":-1}}",
		  "memory.max=4294963200;memory.swap.max=0" },
		{ "hardened", "{\"memory\":{\"limit\":1048576,\"swap\":2097152}}",
		  "{\"memory\":{\"swap\":-1}}", "memory.max=" MIB ";memory.swap.max=0",
		  .now = { 0, 1048576, 2097152, 0 } },
		{ "hardened", "{}", "{\"memory\":{\"limit\":8589934592}}", "memory.max=4294963200" },
		{ "hardened", "{}", "{\"memory\":{\"limit\":6442450944}}", "memory.max=6442450944" },
		{ "hardened", "{\"pids\":{\"limit\":5}}", "{\"pids\":{\"limit\":-1}}", "pids.max=2048" },
		{ "hardened", "{}", "{\"pids\":{\"limit\":9999999999}}", "pids.max=2048" },
		{ "hardened", "{}", "{\"unified\":{\"pids.max\":\"max\"}}", "pids.max=2048" },
		{ "hardened", "{}", "{\"unified\":{\"memory.max\":\"0x2000000000\"}}",
		  "memory.max=4294963200" },
		{ "hardened", "{}", "{\"unified\":{\"memory.swap.max\":\" max\"}}", "memory.swap.max=0" },
		{ "hardened", "{}", "{\"unified\":{\"memory.min\":\"1\"}}",
		  .refusal = "rule cgroup-files of policy hardened: memory.min can take" },
		{ "hardened", "{}", "{\"unified\":{\"memory.high\":\"1\"}}", "memory.high=1" },
		{ "hardened", "{}", "{\"memory\":{\"reservation\":4096}}", "memory.low=4096" },
		/* What is not asked for is not judged: create has done so. */
		{ "hardened", "{\"unified\":{\"memory.min\":\"1\",\"cpu.weight\":\"5\"}}",
		  "{\"cpu\":{\"shares\":2}}", "cpu.weight=1" },
		{ "hardened", "{}", "{\"cpu\":{\"shares\":2}}", "cpu.weight=1" },
		{ "hardened", "{}", "{\"memory\":{\"limit\":1000}}", "memory.max=1000" },
		{ "oci", "{}", "{\"unified\":{\"cgroup.procs\":\"1\"}}", .refusal = "is not a limit" },
	};

	(void)state;
	for (size_t i = 0; i + 1 < ARRAY_SIZE(cases); i++)
		assert_case(&cases[i]);
	assert_int_equal(spec_read_resources(cases[ARRAY_SIZE(cases) - 1].asked,
					     strlen(cases[ARRAY_SIZE(cases) - 1].asked),
					     &(struct spec){ 0 }, NULL), -1);
}

static void what_was_asked_for_last_wins(void **state)
{
	static const struct update_case cases[] = {
		{ "oci", "{\"unified\":{\"memory.max\":\"7000\"}}", "{\"memory\":{\"limit\":1000}}",
		  "memory.max=1000", .now = { 0, 7000, 0, 0 } },
		{ "oci", "{\"memory\":{\"limit\":1000}}", "{\"unified\":{\"memory.max\":\"7000\"}}",
		  "memory.max=7000", .now = { 0, 1000, 0, 0 } },
		/* Swap was named directly, and is only settled along with memory. */
		{ "oci", "{\"memory\":{\"limit\":1000,\"swap\":5000},\"unified\":{\"memory.swap.max\":\"77\"}}",
		  "{\"memory\":{\"limit\":2000}}", "memory.max=2000;memory.swap.max=77",
		  .now = { 0, 1000, 77, 0 } },
		{ "oci", "{\"unified\":{\"cgroup.max.depth\":\"3\",\"pids.max\":\"5\"}}",
		  "{\"unified\":{\"pids.max\":\"6\"}}", "pids.max=6" },
	};

	(void)state;
	assert_cases(cases, ARRAY_SIZE(cases));
}

static void more_than_is_in_use_is_left_where_asked_for(void **state)
{
	static const struct update_case cases[] = {
		{ "oci", "{}", "{\"memory\":{\"limit\":1000,\"checkBeforeUpdate\":true}}",
		  .refusal = "rejecting memory limit 1000 <= usage 1000", .now = { .memory_usage = 1000 } },
		{ "oci", "{}", "{\"memory\":{\"limit\":1001,\"checkBeforeUpdate\":true}}",
		  "memory.max=1001", .now = { .memory_usage = 1000 } },
		{ "oci", "{\"memory\":{\"limit\":500,\"checkBeforeUpdate\":true}}",
		  "{\"memory\":{\"swap\":900}}", .refusal = "rejecting memory+swap limit 900 <= usage 1000",
		  .now = { .memory_usage = 1000 } },
		{ "oci", "{}", "{\"memory\":{\"limit\":1000}}", "memory.max=1000",
		  .now = { .memory_usage = 5000 } },
		{ "oci", "{}", "{\"memory\":{\"limit\":-1,\"checkBeforeUpdate\":true}}",
		  "memory.max=max;memory.swap.max=max", .now = { .memory_usage = 5000 } },
	};

	(void)state;
	assert_cases(cases, ARRAY_SIZE(cases));
}

#define TUN "{\"allow\":true,\"type\":\"c\",\"major\":10,\"minor\":200,\"access\":\"rwm\"}"
#define NO_TUN "{\"allow\":false,\"type\":\"c\",\"major\":10,\"minor\":200,\"access\":\"rwm\"}"
#define RESET "{\"allow\":false,\"access\":\"rwm\"}"

static void device_rules_are_added_and_not_wider(void **state)
{
	static const struct update_case cases[] = {
		{ "oci", "{\"devices\":[" RESET "," TUN "]}", "{\"devices\":[" RESET "]}", "" },
		{ "oci", "{\"devices\":[" RESET "]}", "{\"devices\":[" RESET "," TUN "]}", "",
		  .devices = true },
		{ "oci", "{\"devices\":[" RESET "," TUN "]}", "{\"devices\":[" NO_TUN "]}", "",
		  .devices = true },
		{ "hardened", "{}", "{\"devices\":[" RESET "]}", "" },
		{ "hardened", "{}", "{\"devices\":[" TUN "]}",
		  .refusal = "rule devices of policy hardened: device c 10:200" },
		{ "hardened", "{}", "{\"devices\":[{\"allow\":true,\"access\":\"rwm\"}]}",
		  .refusal = "rule devices of policy hardened: devices of any number" },
		{ "hardened", "{}", "{\"devices\":[" NO_TUN "]}", "", .devices = true },
	};

	(void)state;
	assert_cases(cases, ARRAY_SIZE(cases));
}

/* The last rule about a device, with type, numbers and access to it. */
static bool is_allowed(const struct plan *plan, char type, int64_t major, int64_t minor)
{
	bool allowed = true;

	for (size_t i = 0; i < plan->cgroup.rule_count; i++) {
		const struct plan_device_rule *rule = &plan->cgroup.rules[i];

		if ((rule->type == 'a' || rule->type == type) &&
		    (rule->major == -1 || rule->major == major) &&
		    (rule->minor == -1 || rule->minor == minor) && (rule->access & PLAN_DEVICE_READ))
			allowed = rule->allow;
	}
	return allowed;
}

static void rules_of_before_hold_beside_new_ones(void **state)
{
	static const struct {
		const char *kept, *asked;
		bool fuse, tun, null;
	} cases[] = {
#define FUSE "{\"allow\":true,\"type\":\"c\",\"major\":10,\"minor\":229,\"access\":\"rwm\"}"
		{ "{\"devices\":[" RESET "," FUSE "]}", "{\"devices\":[" RESET "," TUN "]}", true, true, true },
		{ "{\"devices\":[" RESET "," FUSE "," TUN "]}", "{\"devices\":[" NO_TUN "]}", true, false, true },
		/* Not at the head: it is meant. */
		{ "{\"devices\":[" FUSE "]}", "{\"devices\":[" TUN "," RESET "]}", false, false, true },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct update_case row = { "oci", cases[i].kept, cases[i].asked, "" };
		auto_spec kept = SPEC_NULL;
		auto_spec asked = SPEC_NULL;
		auto_policy policy = { .name = NULL };
		auto_plan plan = { .spec = NULL };

		assert_int_equal(policy_load("oci", NULL, 0, NULL, &policy, NULL), 0);
		assert_int_equal(plan_case(&row, &policy, &kept, &asked, &plan, NULL), 0);
		assert_int_equal(is_allowed(&plan, 'c', 10, 229), cases[i].fuse);
		assert_int_equal(is_allowed(&plan, 'c', 10, 200), cases[i].tun);
		assert_int_equal(is_allowed(&plan, 'c', 1, 3), cases[i].null);
		assert_false(is_allowed(&plan, 'b', 8, 0));
	}
}

static void what_holds_afterwards_is_kept(void **state)
{
	static const struct {
		const char *kept, *asked, *after;
	} cases[] = {
		{ "{\"pids\":{\"limit\":5},\"memory\":{\"limit\":1000}}", "{\"pids\":{\"limit\":6}}",
		  "{\"memory\":{\"limit\":1000},\"pids\":{\"limit\":6}}" },
		{ "{\"memory\":{\"limit\":1000,\"swap\":2000}}", "{\"memory\":{\"limit\":-1}}",
		  "{\"memory\":{\"limit\":-1,\"swap\":-1}}" },
		{ "{\"blockIO\":{\"throttleReadBpsDevice\":[{\"major\":8,\"minor\":0,\"rate\":5},"
		  "{\"major\":8,\"minor\":16,\"rate\":6}]}}",
		  "{\"blockIO\":{\"throttleReadBpsDevice\":[{\"major\":8,\"minor\":0,\"rate\":9}]}}",
		  "{\"blockIO\":{\"throttleReadBpsDevice\":[{\"major\":8,\"minor\":16,\"rate\":6},"
		  "{\"major\":8,\"minor\":0,\"rate\":9}]}}" },
		{ "{\"devices\":[" RESET "," FUSE "]}", "{\"devices\":[" RESET "," TUN "," FUSE "]}",
		  "{\"devices\":[" RESET "," TUN "," FUSE "]}" },
		{ "{\"unified\":{\"memory.max\":\"7000\",\"cpu.weight\":\"5\"}}",
		  "{\"memory\":{\"limit\":1000},\"unified\":{\"pids.max\":\"3\"}}",
		  "{\"memory\":{\"limit\":1000},\"unified\":{\"cpu.weight\":\"5\",\"pids.max\":\"3\"}}" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct update_case row = { "oci", cases[i].kept, cases[i].asked, "" };
		auto_spec kept = SPEC_NULL;
		auto_spec asked = SPEC_NULL;
		auto_spec want = SPEC_NULL;
		auto_policy policy = { .name = NULL };
		auto_plan plan = { .spec = NULL };
		auto_text after = TEXT_INIT(OUTPUT_MAX);
		auto_text wanted = TEXT_INIT(OUTPUT_MAX);

		assert_int_equal(policy_load("oci", NULL, 0, NULL, &policy, NULL), 0);
		assert_int_equal(plan_case(&row, &policy, &kept, &asked, &plan, NULL), 0);
		spec_write_resources(&plan.spec->linux.resources, &after);
		read_resources(cases[i].after, &want);
		spec_write_resources(&want.linux.resources, &wanted);
		assert_string_equal(text_string(&after), text_string(&wanted));
	}
}

static void the_stricter_of_two_policies_holds(void **state)
{
	static const char site[] = "{\"oci\":{\"items\":{\"pids-limit\":\"enforce\"},\"limits\":{\"pids\":100}}}";
	auto_policy made = { .name = NULL };
	auto_policy today = { .name = NULL };
	struct update_case row = { "oci", "{}", "{\"pids\":{\"limit\":-1}}", "" };
	struct error err = ERROR_INIT;

	(void)state;
	assert_int_equal(policy_load("oci", NULL, 0, NULL, &made, NULL), 0);
	if (policy_load("oci", site, strlen(site), "/etc/p", &today, &err) < 0)
		fail_msg("%s", err.message);
	for (int turn = 0; turn < 2; turn++) {
		auto_spec kept = SPEC_NULL;
		auto_spec asked = SPEC_NULL;
		auto_plan plan = { .spec = NULL };
		auto_policy both = { .name = NULL };

		policy_strictest(turn ? &made : &today, turn ? &today : &made, &both);
		assert_int_equal(plan_case(&row, &both, &kept, &asked, &plan, &err), 0);
		assert_int_equal(plan.cgroup.write_count, 1);
		assert_string_equal(plan.cgroup.writes[0].value, "100");
	}
	made.modes[POLICY_PIDS_LIMIT] = POLICY_DENY;
	for (int turn = 0; turn < 2; turn++) {
		auto_spec kept = SPEC_NULL;
		auto_spec asked = SPEC_NULL;
		auto_plan plan = { .spec = NULL };
		auto_policy both = { .name = NULL };

		policy_strictest(turn ? &made : &today, turn ? &today : &made, &both);
		assert_int_equal(plan_case(&row, &both, &kept, &asked, &plan, &err), -1);
		assert_non_null(strstr(err.message, "rule pids-limit of policy oci"));
	}
}

static void a_missing_controller_is_named(void **state)
{
	struct host bare = host;
	auto_spec kept = SPEC_NULL;
	auto_spec asked = SPEC_NULL;
	auto_policy policy = { .name = NULL };
	auto_plan plan = { .spec = NULL };
	struct error err = ERROR_INIT;
	struct plan_update_input in = {
		.kept = &kept, .asked = &asked, .policy = &policy, .host = &bare,
		.cgroup_path = "/c", .now = PLAN_NOW_UNKNOWN,
	};

	(void)state;
	bare.controllers = HOST_CPU;
	read_resources("{\"pids\":{\"limit\":5}}", &asked);
	assert_int_equal(policy_load("hardened", NULL, 0, NULL, &policy, NULL), 0);
	assert_int_equal(plan_update(&in, &plan, &err), -1);
	assert_int_equal(err.kind, ERROR_HOST);
	assert_non_null(strstr(err.message, "no cgroup controller 'pids'"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_what_is_asked_for_is_written),
		cmocka_unit_test(a_unit_gets_the_properties_of_what_is_written),
		cmocka_unit_test(what_belongs_together_is_settled_together),
		cmocka_unit_test(what_rises_is_written_before_what_falls),
		cmocka_unit_test(an_update_is_judged_as_create_would),
		cmocka_unit_test(what_was_asked_for_last_wins),
		cmocka_unit_test(more_than_is_in_use_is_left_where_asked_for),
		cmocka_unit_test(device_rules_are_added_and_not_wider),
		cmocka_unit_test(rules_of_before_hold_beside_new_ones),
		cmocka_unit_test(what_holds_afterwards_is_kept),
		cmocka_unit_test(the_stricter_of_two_policies_holds),
		cmocka_unit_test(a_missing_controller_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */

#include "spec_cases.h"

#define WITH "{" ROOM "}"

static void device_rules(void **state)
{
	static const struct spec_case cases[] = {
		{ "'devices':[]", NULL },
		{ "'devices':[{'allow':true,'type':'a','major':-1,'minor':-1,'access':'rwm'}]",
		  NULL },
		{ "'devices':[{'allow':true,'type':'b','access':'mw'}]", NULL },
		{ "'devices':[{'type':'c'}]", "/devices/0/allow: is required" },
		{ "'devices':[{'allow':true,'type':'p'}]",
		  "/devices/0/type: must be a, b or c" },
		{ "'devices':[{'allow':true,'type':''}]",
		  "/devices/0/type: must be a, b or c" },
		{ "'devices':[{'allow':true,'type':'cb'}]",
		  "/devices/0/type: must be a, b or c" },
		{ "'devices':[{'allow':true,'major':-2}]",
		  "/devices/0/major: must be an integer from -1" },
		{ "'devices':[{'allow':true,'minor':4294967296}]",
		  "/devices/0/minor: must be" },
		{ "'devices':[{'allow':true,'access':'rx'}]",
		  "/devices/0/access: 'rx' is not a set" },
		{ "'devices':[{'allow':true,'access':'rr'}]",
		  "/devices/0/access: 'rr' is not a set" },
		{ "'devices':[{'allow':true,'access':''}]",
		  "/devices/0/access: '' is empty" },
	};

	(void)state;
	CHECK_CASES(spec_read_resources, WITH, cases);
}

static void memory(void **state)
{
	static const struct spec_case cases[] = {
		{ "'memory':{}", NULL },
		{ "'memory':{'limit':-1,'reservation':0,'swap':9223372036854775807}", NULL },
		{ "'memory':{'limit':-2}", "/memory/limit: must be an integer from -1" },
		{ "'memory':{'swap':-2}", "/memory/swap: must be an integer from -1" },
		{ "'memory':{'limit':18446744073709551615}",
		  "/memory/limit: must be an integer" },
		{ "'memory':{'limit':1e9}", "/memory/limit: must be an integer" },
		{ "'memory':{'limit':'1g'}",
		  "/memory/limit: must be a number, and is a string" },
		{ "'memory':{'kernel':-1,'kernelTCP':0}", NULL },
		{ "'memory':{'kernel':5000000}", NULL },
		{ "'memory':{'kernel':-2}", "/memory/kernel: must be an integer" },
		/* What engines write for "not set". */
		{ "'memory':{'swappiness':null,'disableOOMKiller':false}", NULL },
		{ "'memory':{'swappiness':-1}", NULL },
		{ "'memory':{'swappiness':18446744073709551615}", NULL },
		{ "'memory':{'swappiness':18446744073709551614}",
		  "/memory/swappiness: must be" },
		{ "'memory':{'swappiness':101}",
		  "/memory/swappiness: must be an integer from 0 to 100" },
		{ "'memory':{'swappiness':-2}", "/memory/swappiness: must be" },
		{ "'memory':{'swappiness':0}", "/memory/swappiness: belongs to cgroup v1" },
		{ "'memory':{'swappiness':60}", "/memory/swappiness: belongs to cgroup v1" },
		{ "'memory':{'disableOOMKiller':true}",
		  "/memory/disableOOMKiller: belongs to" },
		{ "'memory':{'useHierarchy':true}", NULL },
		{ "'memory':{'useHierarchy':false}", "/memory/useHierarchy: cannot be false" },
	};

	(void)state;
	CHECK_CASES(spec_read_resources, WITH, cases);
}

static void cpu_and_pids(void **state)
{
	static const struct spec_case cases[] = {
		{ "'cpu':{'shares':0,'quota':0,'period':0,'realtimeRuntime':0,"
		  "'realtimePeriod':0,'cpus':'','mems':''}", NULL },
		{ "'cpu':{'shares':18446744073709551615}", NULL },
		{ "'cpu':{'shares':-1}", "/cpu/shares: must be an integer" },
		{ "'cpu':{'quota':-1,'burst':5}", NULL },
		{ "'cpu':{'quota':-2}", "/cpu/quota: must be an integer" },
		{ "'cpu':{'quota':5,'burst':5}", NULL },
		{ "'cpu':{'quota':5,'burst':6}", "/cpu/burst: is above the quota" },
		{ "'cpu':{'quota':5,'burst':18446744073709551615}",
		  "/cpu/burst: is above the quota" },
		{ "'cpu':{'idle':0}", NULL },
		{ "'cpu':{'idle':2}", "/cpu/idle: must be an integer from 0 to 1" },
		{ "'cpu':{'cpus':'0-3,7','mems':'0, 1'}", NULL },
		{ "'cpu':{'cpus':'all'}", "/cpu/cpus: 'all' is not a list such as 0-3,7" },
		{ "'cpu':{'cpus':'0\\n1'}", "/cpu/cpus: '0\n1' is not a list" },
		{ "'cpu':{'mems':'../x'}", "/cpu/mems: " },
		{ "'cpu':{'realtimeRuntime':950000}",
		  "/cpu/realtimeRuntime: belongs to cgroup v1" },
		{ "'cpu':{'realtimeRuntime':-1}",
		  "/cpu/realtimeRuntime: belongs to cgroup v1" },
		{ "'cpu':{'realtimePeriod':1000000}",
		  "/cpu/realtimePeriod: belongs to cgroup v1" },
		{ "'pids':{}", NULL }, { "'pids':{'limit':-1}", NULL },
		{ "'pids':{'limit':0}", NULL },
		{ "'pids':{'limit':-2}", "/pids/limit: must be an integer from -1" },
		{ "'pids':5", "/pids: must be an object" },
	};

	(void)state;
	CHECK_CASES(spec_read_resources, WITH, cases);
}

static void block_io(void **state)
{
	static const struct spec_case cases[] = {
		{ "'blockIO':{}", NULL },
		{ "'blockIO':{'weight':0,'leafWeight':0}", NULL },
		{ "'blockIO':{'weight':10}", NULL }, { "'blockIO':{'weight':1000}", NULL },
		{ "'blockIO':{'weight':9}",
		  "/blockIO/weight: must be 0 or an integer from 10 to 1000" },
		{ "'blockIO':{'weight':1001}",
		  "/blockIO/weight: must be an integer from 0 to 1000" },
		{ "'blockIO':{'leafWeight':10}", "/blockIO/leafWeight: belongs to cgroup v1" },
		{ "'blockIO':{'weightDevice':[{'major':8,'minor':0,'weight':10}]}", NULL },
		{ "'blockIO':{'weightDevice':[{'major':8,'minor':0}]}",
		  "/blockIO/weightDevice/0/weight: is required" },
		{ "'blockIO':{'weightDevice':[{'major':8,'minor':0,'weight':1}]}",
		  "/blockIO/weightDevice/0/weight: must be 0 or" },
		{ "'blockIO':{'weightDevice':[{'minor':0,'weight':10}]}",
		  "/blockIO/weightDevice/0/major: is required" },
		{ "'blockIO':{'weightDevice':[{'major':8,'minor':0,'leafWeight':10}]}",
		  "/blockIO/weightDevice: leafWeight belongs to cgroup v1" },
		{ "'blockIO':{'throttleReadBpsDevice':[{'major':8,'minor':0,"
		  "'rate':18446744073709551615}]}", NULL },
		{ "'blockIO':{'throttleReadBpsDevice':[{'major':8,'minor':0}]}",
		  "/blockIO/throttleReadBpsDevice/0/rate: is required" },
		{ "'blockIO':{'throttleWriteIOPSDevice':[{'major':-1,'minor':0,'rate':1}]}",
		  "/blockIO/throttleWriteIOPSDevice/0/major: must be an integer" },
	};

	(void)state;
	CHECK_CASES(spec_read_resources, WITH, cases);
}

static void page_sizes_are_part_of_a_file_name(void **state)
{
	static const struct spec_case cases[] = {
		{ "2MB", NULL }, { "64KB", NULL }, { "1GB", NULL }, { "1024KB", NULL },
		{ "", "/hugepageLimits/0/pageSize: '' is not a size such as 2MB" },
		{ "0MB", "/hugepageLimits/0/pageSize: " }, { "02MB",
		  "/hugepageLimits/0/pageSize: " },
		{ "MB", "/hugepageLimits/0/pageSize: " }, { "2", "/hugepageLimits/0/pageSize: " },
		{ "2M", "/hugepageLimits/0/pageSize: " }, { "2TB", "/hugepageLimits/0/pageSize: " },
		{ "2MBB", "/hugepageLimits/0/pageSize: " }, { "2MB.max",
		  "/hugepageLimits/0/pageSize: " },
		{ "2MB/", "/hugepageLimits/0/pageSize: " }, { "-2MB",
		  "/hugepageLimits/0/pageSize: " },
		{ "../2MB", "/hugepageLimits/0/pageSize: " }, { "2mb",
		  "/hugepageLimits/0/pageSize: " },
	};

	(void)state;
	CHECK_CASES(spec_read_resources,
		    "{'hugepageLimits':[{'pageSize':'" ROOM "','limit':1}]}", cases);
}

static void unified_keys_are_files_of_the_cgroup(void **state)
{
	static const struct spec_case cases[] = {
		{ "memory.high", NULL }, { "io.bfq.weight", NULL },
		{ "hugetlb.1GB.rsvd.max", NULL },
		{ "cgroup.max.depth", NULL }, { "cpu.uclamp.min", NULL },
		{ "memory.oom.group", NULL },
		{ "", "/unified/: '' is not the name" }, { "memory", "/unified/memory: " },
		{ ".high", "/unified/.high: " }, { "..", "/unified/..: " },
		{ "../memory.high", "/unified/..~1memory.high: " },
		{ "sub/memory.high", "/unified/sub~1memory.high: " }, { "/x.y",
		  "/unified/~1x.y: " },
		{ "memory.high\\n", "/unified/memory.high\n: " }, { "memory .high",
		  "/unified/memory .high: " },
		{ "cgroup.procs", "/unified/cgroup.procs: 'cgroup.procs' is not a limit" },
		{ "cgroup.threads", "/unified/cgroup.threads: " }, { "cgroup.kill",
		  "/unified/cgroup.kill: " },
		{ "cgroup.subtree_control", "/unified/cgroup.subtree_control: " },
		{ "cgroup.type", "/unified/cgroup.type: " }, { "cgroup.freeze",
		  "/unified/cgroup.freeze: " },
	};
	static const struct spec_case values[] = {
		{ "'8:0 rbps=1\\n8:1 rbps=2'", NULL }, { "''", NULL },
		{ "1", "/unified/memory.high: must be a string" },
		{ "null", "/unified/memory.high: must be a string" },
	};

	(void)state;
	CHECK_CASES(spec_read_resources, "{'unified':{'" ROOM "':'1'}}", cases);
	CHECK_CASES(spec_read_resources, "{'unified':{'memory.high':" ROOM "}}", values);
}

static void rdma_and_network(void **state)
{
	static const struct spec_case cases[] = {
		{ "'rdma':{'mlx5_1':{'hcaHandles':3,'hcaObjects':4294967295}}", NULL },
		{ "'rdma':{'mlx5_1':{}}",
		  "/rdma/mlx5_1: has neither hcaHandles nor hcaObjects" },
		{ "'rdma':{'mlx5_1':{'hcaHandles':4294967296}}",
		  "/rdma/mlx5_1/hcaHandles: must be" },
		{ "'rdma':{'a b':{'hcaHandles':1}}", "/rdma/a b: 'a b' is not the name" },
		{ "'rdma':{'a\\nb':{'hcaHandles':1}}", "/rdma/a\nb: " },
		{ "'rdma':{'':{'hcaHandles':1}}", "/rdma/: " },
		{ "'rdma':{'a':null}", "/rdma/a: must be an object, and is null" },
		{ "'network':{}", NULL },
		{ "'network':{'classID':0,'priorities':[]}", NULL },
		{ "'network':{'classID':1048577}", "/network/classID: belongs to cgroup v1" },
		{ "'network':{'classID':4294967296}", "/network/classID: must be an integer" },
		{ "'network':{'priorities':[{'name':'eth0','priority':5}]}",
		  "/network/priorities: belongs to cgroup v1" },
		{ "'network':{'priorities':[{'name':'eth0'}]}",
		  "/network/priorities/0/priority: is required" },
	};

	(void)state;
	CHECK_CASES(spec_read_resources, WITH, cases);
}

static void paths_in_config_json_have_the_section_in_front(void **state)
{
	static const struct spec_case cases[] = {
		{ "'cpu':{'realtimePeriod':1}",
		  "/linux/resources/cpu/realtimePeriod: belongs" },
		{ "'cpu':{'idle':3}", "/linux/resources/cpu/idle: must be" },
	};

	(void)state;
	CHECK_CASES(spec_read, CONFIG_WITH(PROCESS ",'linux':{'resources':" WITH "}"), cases);
}

/* As update sends it: Docker on standard input, Podman in a file. */
static void update_is_read_alone(void **state)
{
	static const char text[] = "{'devices':[{'allow':false,'access':'rwm'}],'memory':"
				   "{'limit':100663296,'swap':201326592},'cpu':{'quota':70000},"
				   "'pids':{'limit':60},'more':1}";
	auto_spec spec = SPEC_NULL;

	(void)state;
	assert_int_equal(read_piece(spec_read_resources, ROOM, text, &spec, NULL), 0);
	assert_true(spec.linux.resources.set);
	assert_false(spec.linux.set || spec.process.set);
	assert_true(spec.linux.resources.memory.limit.value == 100663296);
	assert_true(spec.linux.resources.pids_limit.value == 60);
	assert_int_equal(spec.unknown.count, 1);
	assert_string_equal(spec.unknown.items[0], "/more");
}

/* What update keeps of a container's limits. */
static void what_is_written_is_read_again(void **state)
{
	static const char *const cases[] = {
		"{}",
		"{'devices':[{'allow':false,'access':'rwm'},{'allow':true,'type':'c','major':10,'minor':200},"
		"{'allow':true,'type':'b','major':-1,'minor':3,'access':'r'}]}",
		"{'memory':{'limit':-1,'reservation':5,'swap':9223372036854775807,'checkBeforeUpdate':true}}",
		"{'cpu':{'shares':18446744073709551615,'quota':-1,'burst':0,'period':100000,'cpus':'0-3,7',"
		"'mems':'0','idle':1}}",
		"{'pids':{'limit':0}}",
		"{'blockIO':{'weight':10,'weightDevice':[{'major':8,'minor':0,'weight':20}],"
		"'throttleReadBpsDevice':[{'major':8,'minor':1,'rate':1}],"
		"'throttleWriteBpsDevice':[{'major':8,'minor':2,'rate':18446744073709551615}],"
		"'throttleReadIOPSDevice':[{'major':8,'minor':3,'rate':3}],"
		"'throttleWriteIOPSDevice':[{'major':8,'minor':4,'rate':4},{'major':8,'minor':5,'rate':5}]}}",
		"{'hugepageLimits':[{'pageSize':'2MB','limit':18446744073709551615}]}",
		"{'rdma':{'mlx5_1':{'hcaHandles':3,'hcaObjects':10000},'mlx4_0':{'hcaObjects':1}}}",
		"{'unified':{'memory.high':'1G','io.max':'8:0 rbps=1\\n8:16 wbps=2'}}",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_text first = TEXT_INIT(1 << 16);
		auto_text second = TEXT_INIT(1 << 16);
		auto_spec spec = SPEC_NULL;
		auto_spec again = SPEC_NULL;
		struct error err = ERROR_INIT;

		assert_int_equal(read_piece(spec_read_resources, ROOM, cases[i], &spec, &err), 0);
		spec_write_resources(&spec.linux.resources, &first);
		if (spec_read_resources(text_string(&first), first.size, &again, &err) < 0)
			fail_msg("%s: %s", text_string(&first), err.message);
		spec_write_resources(&again.linux.resources, &second);
		assert_string_equal(text_string(&first), text_string(&second));
		/* And nothing of it is lost on the way: each word of the case is there. */
		for (const char *word = strchr(cases[i], '\''); word; word = strchr(word + 1, '\'')) {
			char copy[64] = "";
			size_t length = strcspn(word + 1, "'");

			if (length == 0 || length >= sizeof(copy) || strpbrk(word + 1, "'") == NULL)
				continue;
			memcpy(copy, word + 1, length);
			if (!strpbrk(copy, ":{[,") && !strstr(text_string(&first), copy))
				fail_msg("'%s' of %s is not in %s", copy, cases[i], text_string(&first));
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(device_rules),
		cmocka_unit_test(memory),
		cmocka_unit_test(cpu_and_pids),
		cmocka_unit_test(block_io),
		cmocka_unit_test(page_sizes_are_part_of_a_file_name),
		cmocka_unit_test(unified_keys_are_files_of_the_cgroup),
		cmocka_unit_test(rdma_and_network),
		cmocka_unit_test(paths_in_config_json_have_the_section_in_front),
		cmocka_unit_test(update_is_read_alone),
		cmocka_unit_test(what_is_written_is_read_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

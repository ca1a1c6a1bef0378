/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */

#include "spec_cases.h"
#include "tables/hook_kinds.h"

static void the_version_is_one_that_is_understood(void **state)
{
	static const struct spec_case cases[] = {
		{ "'1.0.0'", NULL }, { "'1.0.2-dev'", NULL }, { "'1.1.0-rc.2'", NULL },
		{ "'1.2.1'", NULL }, { "'1.3.0'", NULL }, { "'1.3.9'", NULL },
		{ "'1.3.0+build.5'", NULL }, { "'1.4.0'", NULL }, { "'1.10.0'", NULL },
		{ "'0.1.0'", "/ociVersion: '0.1.0' is not a version that is known" },
		{ "'2.0.0'", "/ociVersion: '2.0.0' is not a version that is known" },
		{ "'10.0.0'", "/ociVersion: '10.0.0' is not a version that is known" },
		{ "''", "/ociVersion: '' is not a version" },
		{ "'1'", "/ociVersion: '1' is not a version" },
		{ "'1.0'", "/ociVersion: '1.0' is not a version" },
		{ "'1.0.'", "/ociVersion: '1.0.' is not a version" },
		{ "'1.0.0.0'", "/ociVersion: '1.0.0.0' is not a version" },
		{ "'1.0.0-'", "/ociVersion: '1.0.0-' is not a version" },
		{ "'1.0.0 '", "/ociVersion: '1.0.0 ' is not a version" },
		{ "'v1.0.0'", "/ociVersion: 'v1.0.0' is not a version" },
		{ "'01.0.0'", "/ociVersion: '01.0.0' is not a version" },
		{ "'1.00.0'", "/ociVersion: '1.00.0' is not a version" },
		{ "'1.0.0-a/b'", "/ociVersion: '1.0.0-a/b' is not a version" },
		{ "'1.99999999999.0'", "/ociVersion: " },
		{ "1.0", "/ociVersion: must be a string, and is a number" },
		{ "null", "/ociVersion: is required" },
	};

	(void)state;
	CHECK_CASES(spec_read, "{'ociVersion':" ROOM ",'root':{'path':'r'}," PROCESS "}", cases);
}

static void what_is_required_is_missed(void **state)
{
	static const struct spec_case cases[] = {
		{ "{}", "/ociVersion: is required" },
		{ "[]", "must be an object" },
		{ "{'ociVersion':'1.0.0'}", "/root: is required" },
		{ "{'ociVersion':'1.0.0','root':{}," PROCESS "}", "/root/path: is required" },
		{ "{'ociVersion':'1.0.0','root':{'path':''}}",
		  "/root/path: '' is empty" },
		{ "{'ociVersion':'1.0.0','root':{'path':'r'}}", "/process: is required" },
		{ "{'ociVersion':'1.0.0','root':{'path':'r'},'process':null}",
		  "/process: is required" },
		{ "{'ociVersion':'1.0.0','root':{'path':'r','readonly':'yes'}," PROCESS "}",
		  "/root/readonly: must be true or false" },
		{ "{'ociVersion':'1.0.0','root':{'path':'r'}," PROCESS "}", NULL },
		{ "{'ociVersion':'1.0.0','root':{'path':'r'}," PROCESS "} {}",
		  "line 1: " },
		{ "", "line 1: " },
	};

	(void)state;
	CHECK_CASES(spec_read, ROOM, cases);
}

/* Each member of each section, once. */
static const char everything[] =
	"{'ociVersion':'1.3.0','hostname':'h','domainname':'d',"
	"'root':{'path':'/r','readonly':true},"
	"'mounts':[{'destination':'data','type':'bind','source':'/src',"
	"  'options':['rbind','ro'],"
	"  'uidMappings':[{'containerID':0,'hostID':1000,'size':1}],"
	"  'gidMappings':[{'containerID':0,'hostID':2000,'size':2}]}],"
	"'process':{'terminal':true,'consoleSize':{'height':25,'width':80},"
	"  'cwd':'/w','env':['A=b','B='],'args':['sh','-c',''],"
	"  'user':{'uid':1,'gid':2,'umask':18,'additionalGids':[3,4294967294]},"
	"  'rlimits':[{'type':'RLIMIT_CORE','soft':0,'hard':18446744073709551615}],"
	"  'capabilities':{'bounding':['CAP_KILL'],'effective':[],'permitted':null},"
	"  'apparmorProfile':'p','oomScoreAdj':-5,'selinuxLabel':'l',"
	"  'noNewPrivileges':true,'execCPUAffinity':{'initial':'0-3','final':'1'}},"
	"'linux':{'namespaces':[{'type':'uts'},{'type':'user','path':'/n'},"
	"    {'type':'time','path':''}],"
	"  'uidMappings':[{'containerID':0,'hostID':100000,'size':65536}],"
	"  'gidMappings':[{'containerID':0,'hostID':200000,'size':65536}],"
	"  'timeOffsets':{'boottime':{'secs':-7,'nanosecs':5},'monotonic':{}},"
	"  'devices':[{'type':'c','path':'/dev/fuse','major':10,'minor':229,"
	"    'fileMode':438,'uid':0,'gid':6},{'type':'p','path':'/pipe'}],"
	"  'cgroupsPath':'/a/b','rootfsPropagation':'rslave',"
	"  'maskedPaths':['/proc/kcore'],'readonlyPaths':['/proc/sys'],"
	"  'mountLabel':'m','sysctl':{'net.ipv4.ip_forward':'1'},"
	"  'resources':{'devices':[{'allow':false,'access':'rwm'},"
	"      {'allow':true,'type':'c','major':1,'minor':-1}],"
	"    'memory':{'limit':1,'reservation':2,'swap':-1,'kernel':-1,"
	"      'swappiness':18446744073709551615,'disableOOMKiller':false,"
	"      'checkBeforeUpdate':true},"
	"    'cpu':{'shares':1024,'quota':50000,'burst':10,'period':100000,"
	"      'cpus':'0-3,7','mems':'0','idle':1},"
	"    'pids':{'limit':-1},"
	"    'blockIO':{'weight':10,'weightDevice':[{'major':8,'minor':0,'weight':500}],"
	"      'throttleReadBpsDevice':[{'major':8,'minor':1,'rate':600}],"
	"      'throttleWriteBpsDevice':[{'major':8,'minor':2,'rate':601}],"
	"      'throttleReadIOPSDevice':[{'major':8,'minor':3,'rate':602}],"
	"      'throttleWriteIOPSDevice':[{'major':8,'minor':4,'rate':603}]},"
	"    'hugepageLimits':[{'pageSize':'2MB','limit':9223372036854775808}],"
	"    'rdma':{'mlx5_1':{'hcaHandles':3}},"
	"    'unified':{'memory.high':'5','io.max':'8:0 rbps=1\\n8:1 rbps=2'}},"
	"  'seccomp':{'defaultAction':'SCMP_ACT_ERRNO','defaultErrnoRet':38,"
	"    'architectures':['SCMP_ARCH_X86_64'],'flags':['SECCOMP_FILTER_FLAG_LOG'],"
	"    'syscalls':[{'names':['read','no_such_call'],'action':'SCMP_ACT_ALLOW',"
	"      'args':[{'index':5,'value':18446744073709551615,'valueTwo':7,"
	"        'op':'SCMP_CMP_MASKED_EQ'}]}]}},"
	"'hooks':{'prestart':[],'poststop':null},"
	"'annotations':{'b':'','a':'x'},"
	"'windows':{'x':1},'vm':{},'colour':'red'}";

static void process_is_read(const struct spec_process *process)
{
	assert_true(process->set && process->terminal && process->console_size_set);
	assert_true(process->console_height == 25 && process->console_width == 80);
	assert_string_equal(process->cwd, "/w");
	assert_int_equal(process->env.count, 2);
	assert_string_equal(process->env.items[1], "B=");
	assert_int_equal(process->args.count, 3);
	assert_string_equal(process->args.items[2], "");
	assert_int_equal(process->user.uid, 1);
	assert_int_equal(process->user.gid, 2);
	assert_true(process->user.umask.set && process->user.umask.value == 022);
	assert_int_equal(process->user.additional_gid_count, 2);
	assert_true(process->user.additional_gids[1] == 4294967294);
	assert_int_equal(process->rlimit_count, 1);
	assert_string_equal(process->rlimits[0].type, "RLIMIT_CORE");
	assert_true(process->rlimits[0].soft == 0 && process->rlimits[0].hard == UINT64_MAX);
	assert_true(process->capabilities.set && process->capabilities.bounding.set);
	assert_string_equal(process->capabilities.bounding.names.items[0], "CAP_KILL");
	assert_true(process->capabilities.effective.set);
	assert_int_equal(process->capabilities.effective.names.count, 0);
	assert_false(process->capabilities.permitted.set);
	assert_false(process->capabilities.ambient.set);
	assert_string_equal(process->apparmor_profile, "p");
	assert_true(process->oom_score_adj.set && process->oom_score_adj.value == -5);
	assert_string_equal(process->selinux_label, "l");
	assert_true(process->no_new_privileges.set && process->no_new_privileges.value);
	assert_false(process->scheduler.set || process->io_priority.set);
	assert_string_equal(process->exec_cpu_affinity.initial, "0-3");
}

static void resources_are_read(const struct spec_resources *resources)
{
	const struct spec_block_io *block_io = &resources->block_io;

	assert_true(resources->set);
	assert_int_equal(resources->device_count, 2);
	assert_false(resources->devices[0].allow || resources->devices[0].major.set);
	assert_int_equal(resources->devices[0].type, 'a');
	assert_string_equal(resources->devices[0].access, "rwm");
	assert_true(resources->devices[1].allow);
	assert_int_equal(resources->devices[1].type, 'c');
	assert_true(resources->devices[1].minor.set && resources->devices[1].minor.value == -1);
	assert_null(resources->devices[1].access);
	assert_true(resources->memory.limit.value == 1 && resources->memory.reservation.value == 2);
	assert_true(resources->memory.swap.set && resources->memory.swap.value == -1);
	assert_false(resources->memory.swappiness.set);
	assert_true(resources->memory.check_before_update.value);
	assert_true(resources->cpu.shares.value == 1024 && resources->cpu.quota.value == 50000);
	assert_true(resources->cpu.burst.value == 10 && resources->cpu.period.value == 100000);
	assert_string_equal(resources->cpu.cpus, "0-3,7");
	assert_string_equal(resources->cpu.mems, "0");
	assert_true(resources->cpu.idle.set && resources->cpu.idle.value == 1);
	assert_true(resources->pids_limit.set && resources->pids_limit.value == -1);
	assert_true(block_io->weight.value == 10 && !block_io->leaf_weight.set);
	assert_true(block_io->weight_devices[0].weight.value == 500);
	assert_true(block_io->read_bps.items[0].rate == 600);
	assert_true(block_io->write_bps.items[0].rate == 601);
	assert_true(block_io->read_iops.items[0].minor == 3);
	assert_true(block_io->write_iops.items[0].rate == 603);
	assert_string_equal(resources->hugepages[0].page_size, "2MB");
	assert_true(resources->hugepages[0].limit == UINT64_C(9223372036854775808));
	assert_false(resources->network.set);
	assert_string_equal(resources->rdma[0].device, "mlx5_1");
	assert_true(resources->rdma[0].handles.value == 3 && !resources->rdma[0].objects.set);
	assert_int_equal(resources->unified.count, 2);
	assert_string_equal(resources->unified.items[1].value, "8:0 rbps=1\n8:1 rbps=2");
}

static void linux_is_read(const struct spec_linux *section)
{
	assert_true(section->set);
	assert_int_equal(section->namespace_count, 3);
	assert_string_equal(section->namespaces[0].type, "uts");
	assert_null(section->namespaces[0].path);
	assert_string_equal(section->namespaces[1].path, "/n");
	assert_null(section->namespaces[2].path);
	assert_true(section->uid_mappings.set && section->gid_mappings.count == 1);
	assert_int_equal(section->gid_mappings.items[0].host_id, 200000);
	assert_true(section->boottime.set && section->monotonic.set);
	assert_int_equal(section->boottime.secs, -7);
	assert_int_equal(section->boottime.nanosecs, 5);
	assert_int_equal(section->device_count, 2);
	assert_string_equal(section->devices[0].path, "/dev/fuse");
	assert_int_equal(section->devices[0].type, 'c');
	assert_true(section->devices[0].minor.value == 229 && section->devices[0].gid.value == 6);
	assert_true(section->devices[0].file_mode.value == 0666);
	assert_int_equal(section->devices[1].type, 'p');
	assert_false(section->devices[1].major.set);
	assert_string_equal(section->cgroups_path, "/a/b");
	assert_string_equal(section->rootfs_propagation, "rslave");
	assert_string_equal(section->masked_paths.items[0], "/proc/kcore");
	assert_string_equal(section->readonly_paths.items[0], "/proc/sys");
	assert_string_equal(section->mount_label, "m");
	assert_string_equal(section->sysctl.items[0].key, "net.ipv4.ip_forward");
	assert_string_equal(section->sysctl.items[0].value, "1");
}

static void seccomp_is_read(const struct spec_seccomp *seccomp)
{
	const struct spec_seccomp_rule *rule = seccomp->rules;

	assert_true(seccomp->set);
	assert_string_equal(seccomp->default_action, "SCMP_ACT_ERRNO");
	assert_true(seccomp->default_errno_ret.set && seccomp->default_errno_ret.value == 38);
	assert_string_equal(seccomp->architectures.items[0], "SCMP_ARCH_X86_64");
	assert_string_equal(seccomp->flags.items[0], "SECCOMP_FILTER_FLAG_LOG");
	assert_int_equal(seccomp->rule_count, 1);
	assert_int_equal(rule->names.count, 2);
	assert_string_equal(rule->action, "SCMP_ACT_ALLOW");
	assert_false(rule->errno_ret.set);
	assert_int_equal(rule->arg_count, 1);
	assert_int_equal(rule->args[0].index, 5);
	assert_true(rule->args[0].value == UINT64_MAX && rule->args[0].value_two == 7);
	assert_string_equal(rule->args[0].op, "SCMP_CMP_MASKED_EQ");
}

static void every_member_reaches_its_place(void **state)
{
	auto_spec spec = SPEC_NULL;
	struct error err = ERROR_INIT;

	(void)state;
	if (read_piece(spec_read, ROOM, everything, &spec, &err) < 0)
		fail_msg("%s", err.message);
	assert_string_equal(spec.oci_version, "1.3.0");
	assert_string_equal(spec.hostname, "h");
	assert_string_equal(spec.domainname, "d");
	assert_string_equal(spec.root.path, "/r");
	assert_true(spec.root.set && spec.root.readonly);
	assert_int_equal(spec.mounts.count, 1);
	assert_string_equal(spec.mounts.items[0].destination, "/data");
	assert_string_equal(spec.mounts.items[0].type, "bind");
	assert_string_equal(spec.mounts.items[0].source, "/src");
	assert_string_equal(spec.mounts.items[0].options.items[1], "ro");
	assert_int_equal(spec.mounts.items[0].uid_mappings.items[0].host_id, 1000);
	assert_int_equal(spec.mounts.items[0].gid_mappings.items[0].size, 2);
	process_is_read(&spec.process);
	linux_is_read(&spec.linux);
	resources_are_read(&spec.linux.resources);
	seccomp_is_read(&spec.linux.seccomp);
	assert_int_equal(spec.annotations.count, 2);
	assert_string_equal(spec.annotations.items[0].key, "b");
	assert_string_equal(spec.annotations.items[0].value, "");
	assert_string_equal(spec.annotations.items[1].value, "x");
	for (size_t i = 0; i < SPEC_HOOK_KINDS; i++)
		assert_int_equal(spec.hooks[i].count, 0);
}

static void what_is_passed_over_is_listed(void **state)
{
	static const char *const ignored[] = {
		"/linux/resources/memory/kernel", "/windows", "/vm", "/process/execCPUAffinity",
	};
	auto_spec spec = SPEC_NULL;

	(void)state;
	assert_int_equal(read_piece(spec_read, ROOM, everything, &spec, NULL), 0);
	assert_int_equal(spec.unknown.count, 1);
	assert_string_equal(spec.unknown.items[0], "/colour");
	assert_int_equal(spec.ignored.count, ARRAY_SIZE(ignored));
	for (size_t i = 0; i < ARRAY_SIZE(ignored); i++) {
		assert_string_equal(spec.ignored.items[i].key, ignored[i]);
		assert_true(strlen(spec.ignored.items[i].value) > 10);
	}
}

/* Cut anywhere, the text is malformed; no cut may crash or be taken. */
static void a_text_cut_short_is_refused(void **state)
{
	auto_free char *json = requote(everything);

	(void)state;
	for (size_t size = 0; size < strlen(json); size++) {
		auto_free char *cut = strndup(json, size);
		struct spec spec = SPEC_NULL;

		assert_int_equal(spec_read(cut, size, &spec, NULL), -1);
		assert_null(spec.arena.chunks);
	}
}

static void a_newer_version_is_noted(void **state)
{
	auto_spec spec = SPEC_NULL;
	const char *text = "{'ociVersion':'1.4.0','root':{'path':'r'}," PROCESS "}";

	(void)state;
	assert_int_equal(read_piece(spec_read, ROOM, text, &spec, NULL), 0);
	assert_int_equal(spec.ignored.count, 1);
	assert_string_equal(spec.ignored.items[0].key, "/ociVersion");
}

static void names_of_hosts_are_bounded(void **state)
{
	static const struct spec_case cases[] = {
		{ "'hostname':'a','domainname':'b.c'", NULL },
		{ "'hostname':'','domainname':null", NULL },
		{ "'hostname':'0123456789012345678901234567890123456789012345678901234567890123'",
		  NULL },
		{ "'hostname':'01234567890123456789012345678901234567890123456789012345678901234'",
		  "/hostname: '0123456789" },
		{ "'hostname':'a\\nb'", "/hostname: 'a\nb' holds a control character" },
		{ "'domainname':'a\\tb'", "/domainname: 'a\tb' holds a control character" },
		{ "'annotations':{'':'x'}", "/annotations/: '' is empty" },
		{ "'annotations':{'a':1}", "/annotations/a: must be a string" },
		{ "'annotations':[]", "/annotations: must be an object" },
	};

	(void)state;
	CHECK_CASES(spec_read, CONFIG_WITH(PROCESS ",'linux':{'namespaces':[{'type':'uts'}]},"
					   ROOM), cases);
}

static void sections_must_agree(void **state)
{
	static const struct spec_case cases[] = {
		{ "'linux':{}", NULL },
		{ "'hostname':'a'", "/hostname: needs a uts namespace" },
		{ "'domainname':'a','linux':{}", "/domainname: needs a uts namespace" },
		{ "'hostname':'a','linux':{'namespaces':[{'type':'uts','path':'/n'}]}",
		  NULL },
		{ "'domainname':'a','linux':{'namespaces':[{'type':'uts'}],"
		  "'sysctl':{'kernel.domainname':'b'}}",
		  "/domainname: is set by the sysctl kernel.domainname too" },
		{ "'domainname':'a','linux':{'namespaces':[{'type':'uts'}],"
		  "'sysctl':{'kernel/domainname':'b'}}", "/domainname: is set by" },
		{ "'linux':{'sysctl':{'kernel.domainname':'b'}}", NULL },
		{ "'linux':{'uidMappings':[{'containerID':0,'hostID':1,'size':1}],"
		  "'gidMappings':[{'containerID':0,'hostID':1,'size':1}]}",
		  "/linux/uidMappings: needs a user namespace" },
		{ "'linux':{'timeOffsets':{'boottime':{}}}",
		  "/linux/timeOffsets: needs a time namespace" },
		{ "'linux':{'timeOffsets':{'boottime':{}},'namespaces':[{'type':'time',"
		  "'path':'/n'}]}", "/linux/timeOffsets: cannot change a time namespace" },
		{ "'linux':{'timeOffsets':{}}", NULL },
	};

	(void)state;
	CHECK_CASES(spec_read, CONFIG_WITH(PROCESS "," ROOM), cases);
}

static void what_is_not_carried_out_is_refused_in_words(void **state)
{
	static const struct spec_case cases[] = {
		{ "'linux':{'netDevices':{'eth0':{'name':'eth%d'}}}",
		  "/linux/netDevices: moving" },
		{ "'linux':{'netDevices':{}}", NULL },
		{ "'linux':{'intelRdt':{}}", "/linux/intelRdt: intelRdt is not carried out" },
		{ "'linux':{'intelRdt':null}", NULL },
		{ "'linux':{'memoryPolicy':{'mode':'MPOL_BIND','nodes':'0'}}",
		  "/linux/memoryPolicy: a memory policy is" },
		{ "'linux':{'personality':{'domain':'LINUX32'}}", "/linux/personality: " },
		{ "'linux':{'seccomp':{'defaultAction':'SCMP_ACT_ALLOW','listenerPath':'/s'}}",
		  "/linux/seccomp/listenerPath: a seccomp listener" },
		{ "'linux':{'seccomp':{'defaultAction':'SCMP_ACT_NOTIFY'}}",
		  "/linux/seccomp: SCMP_ACT_NOTIFY is" },
		{ "'linux':{'seccomp':{'defaultAction':'SCMP_ACT_ALLOW','syscalls':["
		  "{'names':['mknod'],'action':'SCMP_ACT_NOTIFY'}]}}",
		  "/linux/seccomp: SCMP_ACT_NOTIFY is" },
	};

	(void)state;
	CHECK_CASES(spec_read, CONFIG_WITH(PROCESS "," ROOM), cases);
}

static void what_is_refused_is_checked_all_the_same(void **state)
{
	static const struct spec_case cases[] = {
		{ "'hooks':{'prestart':[{}]}", "/hooks/prestart/0/path: is required" },
		{ "'hooks':{'prestart':[{'path':'h'}]}",
		  "/hooks/prestart/0/path: 'h' is not" },
		{ "'hooks':{'prestart':[{'path':'/h','timeout':0}]}",
		  "/hooks/prestart/0/timeout: must be an integer from 1" },
		{ "'hooks':{'prestart':[{'path':'/h','env':['A']}]}",
		  "/hooks/prestart/0/env/0: 'A' is not NAME=VALUE" },
		{ "'linux':{'netDevices':{'eth0eth0eth0eth0':{}}}",
		  "/linux/netDevices/eth0eth0eth0eth0: " },
		{ "'linux':{'netDevices':{'eth0':{'name':'a/b'}}}",
		  "/linux/netDevices/eth0/name: 'a/b' is not the name" },
		{ "'linux':{'netDevices':{'..':{}}}", "/linux/netDevices/..: " },
		{ "'linux':{'intelRdt':{'memBwSchema':'L3:0=1'}}",
		  "/linux/intelRdt/memBwSchema: " },
		{ "'linux':{'intelRdt':{'schemata':['L3:0=1\\nMB:0=2']}}",
		  "/linux/intelRdt/schemata/0: " },
		{ "'linux':{'memoryPolicy':{}}", "/linux/memoryPolicy/mode: is required" },
		{ "'linux':{'memoryPolicy':{'mode':'BIND'}}",
		  "/linux/memoryPolicy/mode: 'BIND' is an invalid memory policy" },
		{ "'linux':{'memoryPolicy':{'mode':'MPOL_BIND','flags':['X']}}",
		  "/linux/memoryPolicy/flags/0: " },
		{ "'linux':{'memoryPolicy':{'mode':'MPOL_BIND','nodes':'all'}}",
		  "/linux/memoryPolicy/nodes: " },
		{ "'linux':{'personality':{'domain':'BSD'}}",
		  "/linux/personality/domain: " },
		{ "'linux':{'personality':{'domain':'LINUX','flags':['x']}}",
		  "/linux/personality/flags/0: " },
	};

	(void)state;
	CHECK_CASES(spec_read, CONFIG_WITH(PROCESS "," ROOM), cases);
}

static void hooks_stand_in_the_order_of_the_table(void **state)
{
	(void)state;
	assert_int_equal(HOOK_KINDS, SPEC_HOOK_KINDS);
	for (size_t i = 0; i < HOOK_KINDS; i++) {
		struct error err = ERROR_INIT;
		struct spec spec;
		auto_text piece = TEXT_INIT(256);
		const struct spec_hook *hook;

		text_appendf(&piece, "'%s':[{'path':'/h','args':['a','b'],'env':['A=b'],'timeout':5},"
			     "{'path':'/i'}]", hook_kinds[i].name);
		assert_int_equal(read_piece(spec_read, CONFIG_WITH(PROCESS ",'hooks':{" ROOM "}"),
					    text_string(&piece), &spec, &err), 0);
		for (size_t other = 0; other < HOOK_KINDS; other++)
			assert_int_equal(spec.hooks[other].count, other == i ? 2 : 0);
		hook = spec.hooks[i].items;
		assert_string_equal(hook->path, "/h");
		assert_int_equal(hook->args.count, 2);
		assert_string_equal(hook->env.items[0], "A=b");
		assert_true(hook->timeout.set && hook->timeout.value == 5);
		assert_string_equal(hook[1].path, "/i");
		assert_false(hook[1].timeout.set);
		spec_free(&spec);
	}
}

static void freeing_twice_is_harmless(void **state)
{
	struct spec spec = SPEC_NULL;

	(void)state;
	spec_free(&spec);
	assert_int_equal(read_piece(spec_read, ROOM, everything, &spec, NULL), 0);
	spec_free(&spec);
	spec_free(&spec);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_version_is_one_that_is_understood),
		cmocka_unit_test(what_is_required_is_missed),
		cmocka_unit_test(every_member_reaches_its_place),
		cmocka_unit_test(what_is_passed_over_is_listed),
		cmocka_unit_test(a_text_cut_short_is_refused),
		cmocka_unit_test(a_newer_version_is_noted),
		cmocka_unit_test(names_of_hosts_are_bounded),
		cmocka_unit_test(sections_must_agree),
		cmocka_unit_test(what_is_not_carried_out_is_refused_in_words),
		cmocka_unit_test(what_is_refused_is_checked_all_the_same),
		cmocka_unit_test(hooks_stand_in_the_order_of_the_table),
		cmocka_unit_test(freeing_twice_is_harmless),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

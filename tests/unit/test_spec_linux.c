/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */

#include "spec_cases.h"

#define WITH CONFIG_WITH(PROCESS ",'linux':{" ROOM "}")

static void namespaces_are_known_and_once(void **state)
{
	static const struct spec_case cases[] = {
		{ "'namespaces':[]", NULL },
		{ "'namespaces':[{'type':'pid'},{'type':'network','path':'/run/netns/a'},"
		  "{'type':'mount'},{'type':'ipc'},{'type':'uts'},{'type':'user'},"
		  "{'type':'cgroup'},{'type':'time'}]", NULL },
		{ "'namespaces':[{'type':'pid'},{'type':'ipc'},{'type':'pid'}]",
		  "/linux/namespaces: pid is there twice" },
		{ "'namespaces':[{'type':'net'}]",
		  "/linux/namespaces/0/type: 'net' is not a type of namespace" },
		{ "'namespaces':[{'type':'PID'}]", "/linux/namespaces/0/type: 'PID' is not" },
		{ "'namespaces':[{}]", "/linux/namespaces/0/type: is required" },
		{ "'namespaces':[{'type':'ipc','path':'proc/1/ns/ipc'}]",
		  "/linux/namespaces/0/path: 'proc/1/ns/ipc' is not an absolute path" },
		{ "'namespaces':['pid']", "/linux/namespaces/0: must be an object" },
	};

	(void)state;
	CHECK_CASES(spec_read, WITH, cases);
}

#define MAP(container, host, size) \
	"{'containerID':" container ",'hostID':" host ",'size':" size "}"
#define ONE "[" MAP("0", "1000", "1") "]"
#define UID_MAPPINGS \
	CONFIG_WITH(PROCESS ",'linux':{'namespaces':[{'type':'user'}]," \
			    "'uidMappings':[" ROOM "],'gidMappings':" ONE "}")

static void mappings_do_not_overlap_or_overflow(void **state)
{
	static const struct spec_case cases[] = {
		{ MAP("0", "100000", "65536"), NULL },
		{ MAP("0", "0", "4294967295"), NULL },
		{ MAP("4294967294", "4294967294", "1"), NULL },
		{ MAP("0", "10", "10") "," MAP("10", "20", "10"), NULL },
		{ MAP("10", "20", "10") "," MAP("0", "10", "10"), NULL },
		{ MAP("0", "10", "11") "," MAP("10", "30", "1"),
		  "/linux/uidMappings: entries 0 and 1 overlap in the container's ids" },
		{ MAP("0", "10", "10") "," MAP("10", "19", "1"),
		  "/linux/uidMappings: entries 0 and 1 overlap in the host's ids" },
		{ MAP("5", "100", "1") "," MAP("0", "200", "1") "," MAP("0", "300", "9"),
		  "/linux/uidMappings: entries 0 and 2 overlap in the container's ids" },
		{ MAP("0", "10", "0"), "/linux/uidMappings/0/size: must be an integer from 1" },
		{ MAP("0", "0", "4294967296"), "/linux/uidMappings/0/size: must be an integer" },
		{ MAP("1", "0", "4294967295"), "/linux/uidMappings/0/containerID: 4294967295 ids" },
		{ MAP("0", "1", "4294967295"), "/linux/uidMappings/0/hostID: 4294967295 ids from" },
		{ MAP("4294967295", "0", "1"), "/linux/uidMappings/0/containerID: " },
		{ MAP("0", "4294967294", "2"), "/linux/uidMappings/0/hostID: " },
		{ MAP("-1", "0", "1"), "/linux/uidMappings/0/containerID: must be an integer" },
		{ "{'containerID':0,'hostID':0}", "/linux/uidMappings/0/size: is required" },
		{ "{'hostID':0,'size':1}", "/linux/uidMappings/0/containerID: is required" },
	};

	(void)state;
	CHECK_CASES(spec_read, UID_MAPPINGS, cases);
}

static void mappings_come_in_pairs(void **state)
{
	static const struct spec_case cases[] = {
		{ "'uidMappings':" ONE ",'gidMappings':" ONE, NULL },
		{ "'uidMappings':[],'gidMappings':[]", NULL },
		{ "'uidMappings':[]", NULL },
		{ "'uidMappings':" ONE, "/linux/uidMappings: needs gidMappings beside it" },
		{ "'uidMappings':" ONE ",'gidMappings':[]",
		  "/linux/uidMappings: needs gidMappings" },
		{ "'gidMappings':" ONE, "/linux/gidMappings: needs uidMappings beside it" },
	};

	(void)state;
	CHECK_CASES(spec_read, CONFIG_WITH(PROCESS ",'linux':{'namespaces':[{'type':'user'}],"
					   ROOM "}"), cases);
}

static void the_kernel_takes_340_mappings(void **state)
{
	(void)state;
	for (int count = 340; count <= 341; count++) {
		auto_spec spec = SPEC_NULL;
		struct error err = ERROR_INIT;
		auto_text piece = TEXT_INIT(1 << 16);
		int result;

		for (int i = 0; i < count; i++)
			text_appendf(&piece, "%s{'containerID':%d,'hostID':%d,'size':1}",
				     i > 0 ? "," : "", i, 1000 + i);
		result = read_piece(spec_read, UID_MAPPINGS, text_string(&piece), &spec, &err);
		assert_int_equal(result, count > 340 ? -1 : 0);
		if (count > 340)
			assert_non_null(strstr(err.message, "/linux/uidMappings: there are more"));
	}
}

static void mounts(void **state)
{
	static const struct spec_case cases[] = {
		{ "{'destination':'/a'}", NULL },
		{ "{'destination':'a','type':'','source':'','options':[]}", NULL },
		{ "{}", "/mounts/0/destination: is required" },
		{ "{'destination':''}", "/mounts/0/destination: is empty" },
		{ "{'destination':'/a','options':'ro'}",
		  "/mounts/0/options: must be an array" },
		{ "{'destination':'/a','options':['ro',1]}",
		  "/mounts/0/options/1: must be a string" },
		{ "{'destination':'/a','type':'a\\nb'}", "/mounts/0/type: " },
		{ "{'destination':'/a','uidMappings':" ONE "}",
		  "/mounts/0/uidMappings: needs gidMappings beside it" },
		{ "{'destination':'/a','gidMappings':" ONE "}",
		  "/mounts/0/gidMappings: needs uidMappings beside it" },
		{ "{'destination':'/a','gidMappings':" ONE ",'uidMappings':" ONE "}", NULL },
		{ "{'destination':'/a','uidMappings':[" MAP("0", "1", "0") "]}",
		  "/mounts/0/uidMappings/0/size: must be" },
	};

	(void)state;
	CHECK_CASES(spec_read, CONFIG_WITH(PROCESS ",'mounts':[" ROOM "]"), cases);
}

static void devices(void **state)
{
	static const struct spec_case cases[] = {
		{ "'type':'c','path':'/dev/x','major':4095,'minor':1048575", NULL },
		{ "'type':'u','path':'/dev/x','major':1,'minor':2,'fileMode':8630", NULL },
		{ "'type':'b','path':'/a/..b/c..','major':0,'minor':0,'uid':4294967294", NULL },
		{ "'type':'p','path':'/run/fifo','major':77,'minor':77", NULL },
		{ "'type':'p','path':'/run/fifo'", NULL },
		{ "'path':'/dev/x'", "/linux/devices/0/type: is required" },
		{ "'type':'a','path':'/dev/x'",
		  "/linux/devices/0/type: must be c, b, u or p" },
		{ "'type':'','path':'/dev/x'", "/linux/devices/0/type: must be" },
		{ "'type':'cc','path':'/dev/x'", "/linux/devices/0/type: must be" },
		{ "'type':'c'", "/linux/devices/0/path: is required" },
		{ "'type':'c','path':'dev/x'",
		  "/linux/devices/0/path: 'dev/x' is not an absolute" },
		{ "'type':'c','path':'/dev/../x'",
		  "/linux/devices/0/path: '/dev/../x' does not" },
		{ "'type':'c','path':'/..'",
		  "/linux/devices/0/path: '/..' does not name a file" },
		{ "'type':'c','path':'/'",
		  "/linux/devices/0/path: '/' does not name a file" },
		{ "'type':'c','path':''", "/linux/devices/0/path: '' is not" },
		{ "'type':'c','path':'/x','minor':1",
		  "/linux/devices/0/major: is required" },
		{ "'type':'u','path':'/x','major':1",
		  "/linux/devices/0/minor: is required" },
		{ "'type':'c','path':'/x','major':4096,'minor':0",
		  "/linux/devices/0/major: must" },
		{ "'type':'c','path':'/x','major':-1,'minor':0",
		  "/linux/devices/0/major: must" },
		{ "'type':'c','path':'/x','major':1,'minor':1048576",
		  "/linux/devices/0/minor: " },
		{ "'type':'p','path':'/x','fileMode':65536",
		  "/linux/devices/0/fileMode: must be" },
		{ "'type':'p','path':'/x','uid':4294967295",
		  "/linux/devices/0/uid: must be" },
	};

	(void)state;
	CHECK_CASES(spec_read, CONFIG_WITH(PROCESS ",'linux':{'devices':[{" ROOM "}]}"), cases);
}

static void sysctl_names_are_no_paths(void **state)
{
	static const struct spec_case cases[] = {
		{ "net.ipv4.ip_forward", NULL }, { "net/ipv4/ip_forward", NULL },
		{ "kernel.msgmax", NULL },
		{ "net.ipv4.conf.eth0-1.rp_filter", NULL },
		{ "net.ipv4.conf.eth0/100.rp_filter", NULL },
		{ "", "/linux/sysctl/: '' is not the name of a sysctl" },
		{ ".", "/linux/sysctl/.: " }, { "..", "/linux/sysctl/..: " },
		{ "../../etc/passwd", "/linux/sysctl/..~1..~1etc~1passwd: " },
		{ "net/../kernel/x", "/linux/sysctl/net~1..~1kernel~1x: " },
		{ "net..ipv4", "/linux/sysctl/net..ipv4: " }, { "net./ipv4",
		  "/linux/sysctl/net.~1ipv4: " },
		{ "/net/ipv4", "/linux/sysctl/~1net~1ipv4: " }, { "net.ipv4.",
		  "/linux/sysctl/net.ipv4.: " },
		{ "net/ipv4/", "/linux/sysctl/net~1ipv4~1: " }, { ".net", "/linux/sysctl/.net: " },
		{ "net ipv4", "/linux/sysctl/net ipv4: " }, { "net\\nx", "/linux/sysctl/net\nx: " },
		{ "net.ipv4.*", "/linux/sysctl/net.ipv4.*: " },
	};
	static const struct spec_case values[] = {
		{ "'0 2147483647'", NULL }, { "''", NULL },
		{ "'1\\n2'", "/linux/sysctl/net.x: '1\n2' holds a newline" },
		{ "1", "/linux/sysctl/net.x: must be a string, and is a number" },
	};

	(void)state;
	CHECK_CASES(spec_read, CONFIG_WITH(PROCESS ",'linux':{'sysctl':{'" ROOM "':'1'}}"), cases);
	CHECK_CASES(spec_read, CONFIG_WITH(PROCESS ",'linux':{'sysctl':{'net.x':" ROOM "}}"),
		    values);
}

static void the_rest(void **state)
{
	static const struct spec_case cases[] = {
		{ "'cgroupsPath':''", NULL },
		{ "'cgroupsPath':'system.slice:docker:0123'", NULL },
		{ "'cgroupsPath':'/a\\n/b'",
		  "/linux/cgroupsPath: '/a\n/b' holds a control character" },
		{ "'rootfsPropagation':''", NULL },
		{ "'rootfsPropagation':'private'", NULL },
		{ "'rootfsPropagation':'rprivate'", NULL },
		{ "'rootfsPropagation':'rshared'", NULL },
		{ "'rootfsPropagation':'slave'", NULL },
		{ "'rootfsPropagation':'runbindable'", NULL },
		{ "'rootfsPropagation':'bind'",
		  "/linux/rootfsPropagation: 'bind' is none of private" },
		{ "'maskedPaths':['/proc/kcore','/x']", NULL },
		{ "'maskedPaths':null,'readonlyPaths':null", NULL },
		{ "'maskedPaths':['proc/kcore']",
		  "/linux/maskedPaths/0: 'proc/kcore' is not an absolute" },
		{ "'maskedPaths':['']", "/linux/maskedPaths/0: '' is not an absolute path" },
		{ "'readonlyPaths':['/a','b']",
		  "/linux/readonlyPaths/1: 'b' is not an absolute path" },
		{ "'mountLabel':'a\\nb'", "/linux/mountLabel: " },
	};
	static const struct spec_case clocks[] = {
		{ "'boottime':{'secs':-1,'nanosecs':999999999},'monotonic':{'secs':5}", NULL },
		{ "'boottime':{'nanosecs':1000000000}",
		  "/linux/timeOffsets/boottime/nanosecs: must be" },
		{ "'boottime':{'nanosecs':-1}",
		  "/linux/timeOffsets/boottime/nanosecs: must be" },
		{ "'monotonic':{'secs':1.5}",
		  "/linux/timeOffsets/monotonic/secs: must be an integer" },
		{ "'realtime':{'secs':1}", "/linux/timeOffsets/realtime: is not a clock" },
		{ "'monotonic':5", "/linux/timeOffsets/monotonic: must be an object" },
	};

	(void)state;
	CHECK_CASES(spec_read, WITH, cases);
	CHECK_CASES(spec_read, CONFIG_WITH(PROCESS ",'linux':{'namespaces':[{'type':'time'}],"
					   "'timeOffsets':{" ROOM "}}"), clocks);
}

static void seccomp(void **state)
{
	static const struct spec_case cases[] = {
		{ "'defaultAction':'SCMP_ACT_ALLOW'", NULL },
		{ "'defaultAction':'SCMP_ACT_KILL','syscalls':[],'architectures':[],'flags':[]",
		  NULL },
		{ "'syscalls':[]", "/linux/seccomp/defaultAction: is required" },
		{ "'defaultAction':'ALLOW'",
		  "/linux/seccomp/defaultAction: 'ALLOW' is not an action" },
		{ "'defaultAction':'SCMP_ACT_ERRNO','defaultErrnoRet':4095", NULL },
		{ "'defaultAction':'SCMP_ACT_TRACE','defaultErrnoRet':0", NULL },
		{ "'defaultAction':'SCMP_ACT_ERRNO','defaultErrnoRet':4096",
		  "/linux/seccomp/defaultErrnoRet: must be an integer from 0 to 4095" },
		{ "'defaultAction':'SCMP_ACT_ALLOW','defaultErrnoRet':1",
		  "/linux/seccomp/defaultErrnoRet: does not go with SCMP_ACT_ALLOW" },
		{ "'defaultAction':'SCMP_ACT_ALLOW','architectures':['SCMP_ARCH_Z80']",
		  "/linux/seccomp/architectures/0: 'SCMP_ARCH_Z80' is not an architecture" },
		{ "'defaultAction':'SCMP_ACT_ALLOW','flags':['SECCOMP_FILTER_FLAG_NEW_LISTENER']",
		  "/linux/seccomp/flags/0: " },
		{ "'defaultAction':'SCMP_ACT_ALLOW','flags':['SECCOMP_FILTER_FLAG_TSYNC',"
		  "'SECCOMP_FILTER_FLAG_SPEC_ALLOW',"
		  "'SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV']", NULL },
		{ "'defaultAction':'SCMP_ACT_ALLOW','listenerMetadata':'x'",
		  "/linux/seccomp/listenerMetadata: needs listenerPath" },
		{ "'defaultAction':'SCMP_ACT_ALLOW','listenerPath':'s'",
		  "/linux/seccomp/listenerPath: 's' is not an absolute path" },
	};
	static const struct spec_case rules[] = {
		{ "'names':['read','no_such_call'],'action':'SCMP_ACT_LOG'", NULL },
		{ "'names':['read'],'action':'SCMP_ACT_ERRNO','errnoRet':38,'args':null", NULL },
		{ "'action':'SCMP_ACT_LOG'", "/linux/seccomp/syscalls/0/names: is required" },
		{ "'names':[],'action':'SCMP_ACT_LOG'",
		  "/linux/seccomp/syscalls/0/names: names no system call" },
		{ "'names':[''],'action':'SCMP_ACT_LOG'",
		  "/linux/seccomp/syscalls/0/names/0: '' is" },
		{ "'names':['read']", "/linux/seccomp/syscalls/0/action: is required" },
		{ "'names':['read'],'action':'DENY'",
		  "/linux/seccomp/syscalls/0/action: 'DENY'" },
		{ "'names':['read'],'action':'SCMP_ACT_KILL','errnoRet':1",
		  "/linux/seccomp/syscalls/0/errnoRet: does not go with SCMP_ACT_KILL" },
		{ "'names':['read'],'action':'SCMP_ACT_ERRNO','errnoRet':4096",
		  "/linux/seccomp/syscalls/0/errnoRet: must be" },
	};
	static const struct spec_case args[] = {
		{ "'index':5,'value':1,'op':'SCMP_CMP_EQ'", NULL },
		{ "'index':6,'value':1,'op':'SCMP_CMP_EQ'",
		  "/linux/seccomp/syscalls/0/args/0/index: must be an integer from 0 to 5" },
		{ "'index':0,'value':18446744073709551615,'valueTwo':18446744073709551615,"
		  "'op':'SCMP_CMP_MASKED_EQ'", NULL },
		{ "'index':0,'value':-1,'op':'SCMP_CMP_EQ'",
		  "/linux/seccomp/syscalls/0/args/0/value: must be" },
		{ "'value':1,'op':'SCMP_CMP_EQ'",
		  "/linux/seccomp/syscalls/0/args/0/index: is required" },
		{ "'index':0,'op':'SCMP_CMP_EQ'",
		  "/linux/seccomp/syscalls/0/args/0/value: is required" },
		{ "'index':0,'value':1", "/linux/seccomp/syscalls/0/args/0/op: is required" },
		{ "'index':0,'value':1,'op':'=='",
		  "/linux/seccomp/syscalls/0/args/0/op: '=='" },
	};

	(void)state;
	CHECK_CASES(spec_read, CONFIG_WITH(PROCESS ",'linux':{'seccomp':{" ROOM "}}"), cases);
	CHECK_CASES(spec_read, CONFIG_WITH(PROCESS ",'linux':{'seccomp':{'defaultAction':"
					   "'SCMP_ACT_ALLOW','syscalls':[{" ROOM "}]}}"), rules);
	CHECK_CASES(spec_read, CONFIG_WITH(PROCESS ",'linux':{'seccomp':{'defaultAction':"
					   "'SCMP_ACT_ALLOW','syscalls':[{'names':['read'],"
					   "'action':'SCMP_ACT_LOG','args':[{" ROOM "}]}]}}"),
		    args);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(namespaces_are_known_and_once),
		cmocka_unit_test(mappings_do_not_overlap_or_overflow),
		cmocka_unit_test(mappings_come_in_pairs),
		cmocka_unit_test(the_kernel_takes_340_mappings),
		cmocka_unit_test(mounts),
		cmocka_unit_test(devices),
		cmocka_unit_test(sysctl_names_are_no_paths),
		cmocka_unit_test(the_rest),
		cmocka_unit_test(seccomp),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

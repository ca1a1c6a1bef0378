/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */

#include "spec_cases.h"

static void a_process_needs_program_and_directory(void **state)
{
	static const struct spec_case cases[] = {
		{ "{'cwd':'/','args':['sh']}", NULL },
		{ "{'cwd':'/','args':['']}", "/args: names no program" },
		{ "{'cwd':'/','args':[]}", "/args: names no program" },
		{ "{'cwd':'/'}", "/args: is required" },
		{ "{'cwd':'/','args':null}", "/args: is required" },
		{ "{'cwd':'/','args':'sh'}", "/args: must be an array, and is a string" },
		{ "{'cwd':'/','args':[1]}", "/args/0: must be a string, and is a number" },
		{ "{'args':['sh']}", "/cwd: is required" },
		{ "{'cwd':'','args':['sh']}", "/cwd: '' is not an absolute path" },
		{ "{'cwd':'tmp','args':['sh']}", "/cwd: 'tmp' is not an absolute path" },
		{ "[]", "must be an object, and is an array" },
	};

	(void)state;
	CHECK_CASES(spec_read_process, ROOM, cases);
}

#define WITH "{'cwd':'/','args':['sh']," ROOM "}"

static void members_are_typed_and_bounded(void **state)
{
	static const struct spec_case cases[] = {
		{ "'env':[]", NULL },
		{ "'env':['A=','B==','A=1']", NULL },
		{ "'env':['A=b','PATH']", "/env/1: 'PATH' is not NAME=VALUE" },
		{ "'env':['=b']", "/env/0: '=b' has no name before '='" },
		{ "'env':['']", "/env/0: '' is not NAME=VALUE" },
		{ "'env':['A=\\u0000']", "/env/0: a string holds a NUL" },
		{ "'terminal':1", "/terminal: must be true or false" },
		{ "'terminal':'true'", "/terminal: must be true or false" },
		{ "'consoleSize':{'height':0,'width':65535}", NULL },
		{ "'consoleSize':{'height':0}", "/consoleSize/width: is required" },
		{ "'consoleSize':{'height':65536,'width':1}",
		  "/consoleSize/height: must be an integer" },
		{ "'consoleSize':{'height':-1,'width':1}",
		  "/consoleSize/height: must be an integer" },
		{ "'apparmorProfile':''", NULL },
		{ "'apparmorProfile':'a\\nb'",
		  "/apparmorProfile: 'a\nb' holds a control character" },
		{ "'selinuxLabel':'a\\u0007'", "/selinuxLabel: " },
		{ "'noNewPrivileges':null", NULL },
		{ "'noNewPrivileges':0", "/noNewPrivileges: must be true or false" },
		{ "'oomScoreAdj':-1000", NULL }, { "'oomScoreAdj':1000", NULL },
		{ "'oomScoreAdj':-1001", "/oomScoreAdj: must be an integer from -1000 to 1000" },
		{ "'oomScoreAdj':1001", "/oomScoreAdj: must be an integer from -1000 to 1000" },
		{ "'oomScoreAdj':1.0", "/oomScoreAdj: must be an integer" },
		{ "'oomScoreAdj':18446744073709551615", "/oomScoreAdj: must be an integer" },
	};

	(void)state;
	CHECK_CASES(spec_read_process, WITH, cases);
}

static void ids_are_never_minus_one(void **state)
{
	static const struct spec_case cases[] = {
		{ "'user':{'uid':0,'gid':4294967294}", NULL },
		{ "'user':{'uid':4294967295,'gid':0}",
		  "/user/uid: must be an integer from 0 to 4294967294" },
		{ "'user':{'uid':-1,'gid':0}", "/user/uid: must be an integer" },
		{ "'user':{'uid':4294967296,'gid':0}", "/user/uid: must be an integer" },
		{ "'user':{'uid':18446744073709551615,'gid':0}",
		  "/user/uid: must be an integer" },
		{ "'user':{'uid':'0','gid':0}",
		  "/user/uid: must be a number, and is a string" },
		{ "'user':{'uid':0}", "/user/gid: is required" },
		{ "'user':{'gid':0}", "/user/uid: is required" },
		{ "'user':{}", "/user/uid: is required" },
		{ "'user':{'uid':1,'gid':1,'umask':511}", NULL },
		{ "'user':{'uid':1,'gid':1,'umask':512}",
		  "/user/umask: must be an integer from 0 to 511" },
		{ "'user':{'uid':1,'gid':1,'umask':-1}",
		  "/user/umask: must be an integer" },
		{ "'user':{'uid':1,'gid':1,'additionalGids':[0,4294967294]}", NULL },
		{ "'user':{'uid':1,'gid':1,'additionalGids':[0,4294967295]}",
		  "/user/additionalGids/1: must be an integer" },
		{ "'user':{'uid':1,'gid':1,'additionalGids':['0']}",
		  "/user/additionalGids/0: " },
		{ "'user':{'uid':1,'gid':1,'username':'root'}", NULL },
	};

	(void)state;
	CHECK_CASES(spec_read_process, WITH, cases);
}

#define MAX "18446744073709551615"
#define LIMIT(type, soft, hard) \
	"{'type':'" type "','soft':" soft ",'hard':" hard "}"

static void limits_are_known_once_and_in_order(void **state)
{
	static const struct spec_case cases[] = {
		{ "'rlimits':[" LIMIT("RLIMIT_NOFILE", "1", "1") "]", NULL },
		{ "'rlimits':[" LIMIT("RLIMIT_CORE", MAX, MAX) "]",
		  NULL },
		{ "'rlimits':[" LIMIT("RLIMIT_CORE", "2", "1") "]",
		  "/rlimits/0/soft: is above the hard limit" },
		{ "'rlimits':[" LIMIT("RLIMIT_CORE", MAX, "9223372036854775807") "]",
		  "/rlimits/0/soft: is above the hard limit" },
		{ "'rlimits':[" LIMIT("RLIMIT_CORE", "-1", "-1") "]",
		  "/rlimits/0/soft: must be an integer" },
		{ "'rlimits':[" LIMIT("NOFILE", "1", "1") "]",
		  "/rlimits/0/type: 'NOFILE' is not a limit of Linux" },
		{ "'rlimits':[" LIMIT("RLIMIT_CORE", "1", "1") "," LIMIT("RLIMIT_AS", "1", "1") ","
		  LIMIT("RLIMIT_CORE", "1", "1") "]", "/rlimits: RLIMIT_CORE is there twice" },
		{ "'rlimits':[{'type':'RLIMIT_CORE','hard':1}]",
		  "/rlimits/0/soft: is required" },
		{ "'rlimits':[{'type':'RLIMIT_CORE','soft':1}]",
		  "/rlimits/0/hard: is required" },
	};

	(void)state;
	CHECK_CASES(spec_read_process, WITH, cases);
}

static void unknown_capabilities_are_noted_not_refused(void **state)
{
	auto_spec spec = SPEC_NULL;
	struct error err = ERROR_INIT;

	(void)state;
	assert_int_equal(read_piece(spec_read_process, WITH,
				    "'capabilities':{'bounding':['CAP_KILL','CAP_FUTURE','kill',"
				    "'CAP_BPF'],'ambient':['CAP_X']}", &spec, &err), 0);
	assert_int_equal(spec.process.capabilities.bounding.names.count, 2);
	assert_string_equal(spec.process.capabilities.bounding.names.items[1], "CAP_BPF");
	assert_true(spec.process.capabilities.ambient.set);
	assert_int_equal(spec.process.capabilities.ambient.names.count, 0);
	assert_int_equal(spec.ignored.count, 3);
	assert_string_equal(spec.ignored.items[0].key, "/capabilities/bounding/1");
	assert_string_equal(spec.ignored.items[0].value,
			    "CAP_FUTURE: there is no such capability in this version");
	assert_string_equal(spec.ignored.items[1].key, "/capabilities/bounding/2");
	assert_string_equal(spec.ignored.items[2].key, "/capabilities/ambient/0");
}

static void capabilities_are_lists_of_strings(void **state)
{
	static const struct spec_case cases[] = {
		{ "'capabilities':{}", NULL },
		{ "'capabilities':{'bounding':[7]}",
		  "/capabilities/bounding/0: must be a string" },
		{ "'capabilities':{'bounding':'all'}",
		  "/capabilities/bounding: must be an array" },
		{ "'capabilities':['CAP_KILL']", "/capabilities: must be an object" },
	};

	(void)state;
	CHECK_CASES(spec_read_process, WITH, cases);
}

static void what_is_not_carried_out_is_read_then_refused(void **state)
{
	static const struct spec_case cases[] = {
		{ "'scheduler':{'policy':'SCHED_FIFO','nice':-20,'priority':99,'flags':"
		  "['SCHED_FLAG_RECLAIM'],'runtime':1,'deadline':2,'period':3}",
		  "/scheduler: scheduler settings are not carried out by this version" },
		{ "'scheduler':null", NULL },
		{ "'scheduler':{}", "/scheduler/policy: is required" },
		{ "'scheduler':{'policy':'FIFO'}",
		  "/scheduler/policy: 'FIFO' is none of SCHED_OTHER" },
		{ "'scheduler':{'policy':'SCHED_RR','nice':20}",
		  "/scheduler/nice: must be" },
		{ "'scheduler':{'policy':'SCHED_RR','priority':100}",
		  "/scheduler/priority: must be" },
		{ "'scheduler':{'policy':'SCHED_RR','flags':['X']}",
		  "/scheduler/flags/0: 'X' is" },
		{ "'ioPriority':{'class':'IOPRIO_CLASS_BE','priority':7}",
		  "/ioPriority: an I/O priority is not carried out" },
		{ "'ioPriority':{'class':'IOPRIO_CLASS_BE','priority':8}",
		  "/ioPriority/priority: " },
		{ "'ioPriority':{'class':'BE','priority':0}",
		  "/ioPriority/class: 'BE' is none of" },
		{ "'execCPUAffinity':{'initial':'0'}", NULL },
		{ "'execCPUAffinity':{'final':'0-3,7'}", NULL },
		{ "'execCPUAffinity':{'final':'x'}",
		  "/execCPUAffinity/final: 'x' is not a list" },
		{ "'execCPUAffinity':{}", NULL },
	};

	(void)state;
	CHECK_CASES(spec_read_process, WITH, cases);
}

static void paths_in_config_json_have_the_section_in_front(void **state)
{
	static const struct spec_case cases[] = {
		{ "'scheduler':{'policy':'SCHED_RR'}",
		  "/process/scheduler: scheduler settings are" },
		{ "'oomScoreAdj':2000", "/process/oomScoreAdj: must be" },
		{ "'execCPUAffinity':{'final':'0'}", NULL },
	};

	(void)state;
	CHECK_CASES(spec_read, "{'ociVersion':'1.0.0','root':{'path':'r'},'process':" WITH "}",
		    cases);
}

static void a_process_file_gives_nothing_else(void **state)
{
	auto_spec spec = SPEC_NULL;
	const char *text = "{'cwd':'/','args':['sh'],'linux':{},'x':1}";

	(void)state;
	assert_int_equal(read_piece(spec_read_process, ROOM, text, &spec, NULL), 0);
	assert_true(spec.process.set);
	assert_false(spec.linux.set || spec.root.set);
	assert_null(spec.oci_version);
	assert_int_equal(spec.unknown.count, 2);
	assert_string_equal(spec.unknown.items[0], "/linux");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_process_needs_program_and_directory),
		cmocka_unit_test(members_are_typed_and_bounded),
		cmocka_unit_test(ids_are_never_minus_one),
		cmocka_unit_test(limits_are_known_once_and_in_order),
		cmocka_unit_test(unknown_capabilities_are_noted_not_refused),
		cmocka_unit_test(capabilities_are_lists_of_strings),
		cmocka_unit_test(what_is_not_carried_out_is_read_then_refused),
		cmocka_unit_test(paths_in_config_json_have_the_section_in_front),
		cmocka_unit_test(a_process_file_gives_nothing_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

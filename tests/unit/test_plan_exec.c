/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */

#include <sched.h>
#include <sys/resource.h>

#include "base/error.h"
#include "plan/plan_exec.h"
#include "policy/policy.h"
#include "spec_cases.h"
#include "tables/capability_names.h"

/* A container as engines describe one, and what exec finds of it. */
#define CONTAINER(process, linux) \
	"{'ociVersion':'1.3.0','root':{'path':'rootfs'},'process':{'cwd':'/','args':['sh']," \
	"'user':{'uid':0,'gid':0}" process "},'linux':{'namespaces':[{'type':'pid'}," \
	"{'type':'mount'},{'type':'network'},{'type':'ipc'},{'type':'uts'}" linux "}"
#define CAPS(names) \
	",'capabilities':{'bounding':[" names "],'effective':[" names "],'permitted':[" names "]}"
#define KILL_AND_RAW "'CAP_KILL','CAP_NET_RAW'"
#define SECCOMP "],'seccomp':{'defaultAction':'SCMP_ACT_ERRNO'}}"

#define BIT(name) (UINT64_C(1) << capability_number("CAP_" name))

struct scene {
	struct spec container;
	struct spec file;
	struct policy made;
	struct policy today;
	struct policy rules;
	struct host host;
	struct plan_request request;
	const char *cgroup;
	uint64_t hard_limits[PLAN_EXEC_LIMITS];
	struct plan plan;
};

static void read_or_fail(spec_reader *reader, const char *json, struct spec *out)
{
	auto_free char *text = requote(json);
	struct error err = ERROR_INIT;

	if (reader(text, strlen(text), out, &err) < 0)
		fail_msg("%s: %s", json, err.message);
}

/* A host with AppArmor; a test that wants another one changes it. */
static void set(struct scene *scene, const char *made, const char *today, const char *container,
		const char *process)
{
	*scene = (struct scene){
		.host = { .kernel_major = 6, .kernel_minor = 12, .last_capability = 40,
			  .apparmor = true, .apparmor_default = true, .landlock_abi = 4,
			  .page_size = 4096, .processors = 1 },
		.request = { .id = "c1", .bundle = "/b", .foreground = true },
	};
	read_or_fail(spec_read, container, &scene->container);
	read_or_fail(spec_read_process, process, &scene->file);
	assert_int_equal(policy_load(made, NULL, 0, NULL, &scene->made, NULL), 0);
	assert_int_equal(policy_load(today, NULL, 0, NULL, &scene->today, NULL), 0);
}

static int build(struct scene *scene, struct error *err)
{
	struct plan_exec_input in = {
		.spec = &scene->container, .made = &scene->made, .rules = &scene->rules,
		.process = &scene->file.process, .host = &scene->host, .request = &scene->request,
		.range_count = 65536, .cgroup = scene->cgroup,
	};

	memcpy(in.hard_limits, scene->hard_limits, sizeof(in.hard_limits));
	policy_strictest(&scene->made, &scene->today, &scene->rules);
	return plan_exec_build(&in, &scene->plan, err);
}

static void unset(struct scene *scene)
{
	plan_free(&scene->plan);
	policy_free(&scene->rules);
	policy_free(&scene->made);
	policy_free(&scene->today);
	spec_free(&scene->container);
	spec_free(&scene->file);
}

static void build_or_fail(struct scene *scene)
{
	struct error err = ERROR_INIT;

	if (build(scene, &err) < 0)
		fail_msg("%s", err.message);
}

#define PROCESS_FILE(members) "{'cwd':'/','args':['id'],'user':{'uid':0,'gid':0}" members "}"

static void capabilities_are_bounded_by_the_container_and_both_policies(void **state)
{
	static const struct {
		const char *made, *today, *asked;
		const char *container;
		uint64_t bounding;
		enum plan_origin origin;
	} cases[] = {
		{ "oci", "oci", CAPS("'CAP_KILL'"), CAPS(KILL_AND_RAW), 1 << 5, PLAN_SPEC },
		{ "oci", "oci", CAPS(KILL_AND_RAW), CAPS(KILL_AND_RAW), 1 << 5 | 1 << 13, PLAN_SPEC },
		/* Said nothing: the container's. */
		{ "oci", "oci", "", CAPS(KILL_AND_RAW), 1 << 5 | 1 << 13, PLAN_SPEC },
		{ "oci", "oci", ",'capabilities':{}", CAPS(KILL_AND_RAW), 0, PLAN_SPEC },
		/* Raised since, lowered since, and asked for by an engine as it asked at create. */
		{ "oci", "hardened", CAPS(KILL_AND_RAW), CAPS(KILL_AND_RAW), 1 << 5, PLAN_CEILING },
		{ "hardened", "oci", CAPS(KILL_AND_RAW), CAPS(KILL_AND_RAW), 1 << 5, PLAN_CEILING },
		{ "hardened", "baseline", CAPS(KILL_AND_RAW), CAPS(KILL_AND_RAW), 1 << 5,
		  PLAN_CEILING },
		{ "baseline", "baseline", CAPS(KILL_AND_RAW), CAPS(KILL_AND_RAW), 1 << 5 | 1 << 13,
		  PLAN_SPEC },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_text container = TEXT_INIT(4096);
		auto_text process = TEXT_INIT(4096);
		struct scene scene;

		text_appendf(&container, "{'ociVersion':'1.3.0','root':{'path':'r'},'process':{'cwd':'/',"
			     "'args':['sh']%s},'linux':{'namespaces':[{'type':'pid'},{'type':'mount'},"
			     "{'type':'network'},{'type':'ipc'},{'type':'uts'}]}}", cases[i].container);
		text_appendf(&process, "{'cwd':'/','args':['id']%s}", cases[i].asked);
		set(&scene, cases[i].made, cases[i].today, text_string(&container),
		    text_string(&process));
		build_or_fail(&scene);
		assert_int_equal(scene.plan.process.caps.bounding, cases[i].bounding);
		assert_int_equal(scene.plan.process.caps.permitted, cases[i].bounding);
		assert_int_equal(scene.plan.process.caps.effective, cases[i].bounding);
		assert_int_equal(scene.plan.process.caps.inheritable, 0);
		assert_int_equal(scene.plan.process.caps.why.origin, cases[i].origin);
		unset(&scene);
	}
}

static void what_create_took_away_does_not_come_back(void **state)
{
	struct scene scene;

	(void)state;
	/* A set of the container's own that is smaller than what policy allows, and a rule that is off. */
	set(&scene, "oci", "oci",
	    CONTAINER(",'capabilities':{'bounding':['CAP_KILL'],'effective':[],'permitted':[],"
		      "'inheritable':['CAP_CHOWN'],'ambient':['CAP_CHOWN']}", "]}"),
	    PROCESS_FILE(",'capabilities':{'bounding':['CAP_KILL','CAP_CHOWN'],'permitted':"
			 "['CAP_KILL','CAP_CHOWN'],'effective':['CAP_CHOWN'],'inheritable':"
			 "['CAP_CHOWN'],'ambient':['CAP_CHOWN']}"));
	build_or_fail(&scene);
	assert_int_equal(scene.plan.process.caps.bounding, BIT("KILL"));
	assert_int_equal(scene.plan.process.caps.permitted, BIT("KILL"));
	assert_int_equal(scene.plan.process.caps.effective, 0);
	assert_int_equal(scene.plan.process.caps.inheritable, 0);
	assert_int_equal(scene.plan.process.caps.ambient, 0);
	assert_int_equal(scene.plan.process.caps.why.origin, PLAN_CONTAINER);
	unset(&scene);
}

static void no_new_privs_stays(void **state)
{
	static const struct {
		const char *made, *today, *container, *asked;
		bool want;
		enum plan_origin origin;
	} cases[] = {
		{ "oci", "oci", "", "", false, PLAN_DEFAULT },
		{ "oci", "oci", "", ",'noNewPrivileges':true", true, PLAN_SPEC },
		{ "oci", "oci", ",'noNewPrivileges':true", "", true, PLAN_CONTAINER },
		{ "oci", "oci", ",'noNewPrivileges':true", ",'noNewPrivileges':false", true,
		  PLAN_CONTAINER },
		{ "hardened", "oci", "", ",'noNewPrivileges':false", true, PLAN_CONTAINER },
		{ "oci", "hardened", "", ",'noNewPrivileges':false", true, PLAN_FLOOR },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_text container = TEXT_INIT(4096);
		auto_text process = TEXT_INIT(4096);
		struct scene scene;

		text_appendf(&container, CONTAINER("%s", "]}"), cases[i].container);
		text_appendf(&process, PROCESS_FILE("%s"), cases[i].asked);
		set(&scene, cases[i].made, cases[i].today, text_string(&container),
		    text_string(&process));
		build_or_fail(&scene);
		assert_int_equal(scene.plan.process.no_new_privs, cases[i].want);
		assert_int_equal(scene.plan.process.no_new_privs_why.origin, cases[i].origin);
		unset(&scene);
	}
}

static void filters_are_the_containers_and_the_stricter_floor(void **state)
{
	static const struct {
		const char *made, *today;
		bool floor;
	} cases[] = {
		{ "oci", "oci", false }, { "hardened", "oci", true }, { "oci", "hardened", true },
		{ "baseline", "baseline", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct scene scene;

		set(&scene, cases[i].made, cases[i].today, CONTAINER("", SECCOMP), PROCESS_FILE(""));
		build_or_fail(&scene);
		assert_true(scene.plan.seccomp.enabled);
		assert_non_null(scene.plan.seccomp.profile);
		assert_false(scene.plan.seccomp.profile_default);
		assert_int_equal(scene.plan.seccomp.floor, cases[i].floor);
		unset(&scene);
	}
}

static void a_policy_that_was_raised_brings_its_default_profile(void **state)
{
	struct scene scene;

	(void)state;
	set(&scene, "oci", "baseline", CONTAINER("", "]}"), PROCESS_FILE(""));
	build_or_fail(&scene);
	assert_true(scene.plan.seccomp.profile_default);
	unset(&scene);
	set(&scene, "baseline", "oci", CONTAINER("", "]}"), PROCESS_FILE(""));
	build_or_fail(&scene);
	assert_true(scene.plan.seccomp.profile_default);
	unset(&scene);
}

static void labels_are_the_containers_or_another(void **state)
{
	static const struct {
		const char *made, *today, *container, *asked, *want;
		enum plan_origin origin;
	} cases[] = {
		{ "oci", "oci", ",'apparmorProfile':'docker-default'", "", "docker-default",
		  PLAN_CONTAINER },
		{ "oci", "oci", ",'apparmorProfile':'docker-default'", ",'apparmorProfile':''",
		  "docker-default", PLAN_CONTAINER },
		{ "oci", "oci", ",'apparmorProfile':'docker-default'", ",'apparmorProfile':'other'",
		  "other", PLAN_SPEC },
		{ "hardened", "hardened", "", "", "orlop-default", PLAN_CONTAINER },
		{ "oci", "hardened", "", "", "orlop-default", PLAN_FLOOR },
		{ "oci", "oci", "", "", NULL, PLAN_DEFAULT },
		{ "oci", "oci", ",'apparmorProfile':'unconfined'", ",'apparmorProfile':'unconfined'",
		  "unconfined", PLAN_SPEC },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_text container = TEXT_INIT(4096);
		auto_text process = TEXT_INIT(4096);
		struct scene scene;

		text_appendf(&container, CONTAINER("%s", "]}"), cases[i].container);
		text_appendf(&process, PROCESS_FILE("%s"), cases[i].asked);
		set(&scene, cases[i].made, cases[i].today, text_string(&container),
		    text_string(&process));
		build_or_fail(&scene);
		assert_int_equal(scene.plan.lsm.apparmor != NULL, cases[i].want != NULL);
		if (cases[i].want)
			assert_string_equal(scene.plan.lsm.apparmor, cases[i].want);
		assert_int_equal(scene.plan.lsm.apparmor_why.origin, cases[i].origin);
		unset(&scene);
	}
}

static void without_labels_landlock_stays(void **state)
{
	struct scene scene;

	(void)state;
	set(&scene, "hardened", "oci", CONTAINER("", "]}"), PROCESS_FILE(""));
	scene.host.apparmor = scene.host.apparmor_default = false;
	build_or_fail(&scene);
	assert_true(scene.plan.lsm.landlock);
	unset(&scene);
	set(&scene, "oci", "oci", CONTAINER("", "]}"), PROCESS_FILE(""));
	scene.host.apparmor = scene.host.apparmor_default = false;
	build_or_fail(&scene);
	assert_false(scene.plan.lsm.landlock);
	unset(&scene);

	/* A label of the process's own does not lift it. */
	set(&scene, "hardened", "hardened", CONTAINER("", "]}"),
	    PROCESS_FILE(",'selinuxLabel':'u:r:container_t:s0'"));
	scene.host.apparmor = scene.host.apparmor_default = false;
	scene.host.selinux = true;
	build_or_fail(&scene);
	assert_string_equal(scene.plan.lsm.selinux, "u:r:container_t:s0");
	assert_true(scene.plan.lsm.landlock);
	assert_int_equal(scene.plan.lsm.landlock_why.origin, PLAN_CONTAINER);
	unset(&scene);
}

static const struct plan_rlimit *limit_of(const struct scene *scene, int resource)
{
	for (size_t i = 0; i < scene->plan.process.rlimit_count; i++)
		if (scene->plan.process.rlimits[i].resource == resource)
			return &scene->plan.process.rlimits[i];
	return NULL;
}

static void limits_are_the_containers_where_none_is_named(void **state)
{
	const struct plan_rlimit *limit;
	struct scene scene;

	(void)state;
	set(&scene, "hardened", "hardened",
	    CONTAINER(",'rlimits':[{'type':'RLIMIT_NOFILE','soft':10,'hard':20},"
		      "{'type':'RLIMIT_NPROC','soft':30,'hard':40}]", "]}"),
	    PROCESS_FILE(",'rlimits':[{'type':'RLIMIT_NOFILE','soft':5,'hard':20}]"));
	build_or_fail(&scene);
	assert_int_equal(scene.plan.process.rlimit_count, 3);
	limit = limit_of(&scene, RLIMIT_NOFILE);
	assert_int_equal(limit->soft, 5);
	assert_int_equal(limit->why.origin, PLAN_SPEC);
	limit = limit_of(&scene, RLIMIT_NPROC);
	assert_int_equal(limit->hard, 40);
	assert_int_equal(limit->why.origin, PLAN_CONTAINER);
	limit = limit_of(&scene, RLIMIT_CORE);
	assert_int_equal(limit->hard, 0);
	assert_int_equal(limit->why.origin, PLAN_CONTAINER);
	unset(&scene);
}

static void oom_score_is_never_below_the_containers(void **state)
{
	static const struct {
		const char *container, *asked;
		int want;
		enum plan_origin origin;
	} cases[] = {
		{ ",'oomScoreAdj':300", "", 300, PLAN_CONTAINER },
		{ ",'oomScoreAdj':300", ",'oomScoreAdj':0", 300, PLAN_CONTAINER },
		{ ",'oomScoreAdj':300", ",'oomScoreAdj':500", 500, PLAN_SPEC },
		{ "", ",'oomScoreAdj':7", 7, PLAN_SPEC },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_text container = TEXT_INIT(4096);
		auto_text process = TEXT_INIT(4096);
		struct scene scene;

		text_appendf(&container, CONTAINER("%s", "]}"), cases[i].container);
		text_appendf(&process, PROCESS_FILE("%s"), cases[i].asked);
		set(&scene, "oci", "oci", text_string(&container), text_string(&process));
		build_or_fail(&scene);
		assert_true(scene.plan.process.oom_score_set);
		assert_int_equal(scene.plan.process.oom_score, cases[i].want);
		assert_int_equal(scene.plan.process.oom_score_why.origin, cases[i].origin);
		unset(&scene);
	}
}

#define LIMIT(name, soft, hard) \
	",'rlimits':[{'type':'RLIMIT_" name "','soft':" soft ",'hard':" hard "}]"

static void a_limit_that_the_container_does_not_name_is_its_first_process_s(void **state)
{
	static const struct {
		const char *policy, *container, *asked;
		bool refused;
	} cases[] = {
		{ "hardened", "", LIMIT("RTPRIO", "0", "99"), true },
		{ "oci", "", LIMIT("RTPRIO", "0", "1"), true },
		{ "oci", "", LIMIT("RTPRIO", "0", "0"), false },
		{ "oci", "", LIMIT("NOFILE", "10", "1000"), false },
		{ "oci", "", LIMIT("NOFILE", "10", "1001"), true },
		/* No limit is above any limit, and is none where there is none. */
		{ "oci", "", LIMIT("NOFILE", "10", "18446744073709551615"), true },
		{ "oci", "", LIMIT("STACK", "10", "18446744073709551615"), false },
		/* What the configuration says is the bound, whatever the process has made of it. */
		{ "oci", LIMIT("NOFILE", "10", "2000"), LIMIT("NOFILE", "10", "2000"), false },
		{ "oci", LIMIT("NOFILE", "10", "20"), LIMIT("NOFILE", "10", "21"), true },
		/* What policy has set as well. */
		{ "hardened", "", LIMIT("CORE", "0", "1"), true },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_text container = TEXT_INIT(4096);
		auto_text process = TEXT_INIT(4096);
		struct error err = ERROR_INIT;
		struct scene scene;

		text_appendf(&container, CONTAINER("%s", "]}"), cases[i].container);
		text_appendf(&process, PROCESS_FILE("%s"), cases[i].asked);
		set(&scene, cases[i].policy, "oci", text_string(&container), text_string(&process));
		scene.hard_limits[RLIMIT_NOFILE] = 1000;
		scene.hard_limits[RLIMIT_STACK] = RLIM_INFINITY;
		scene.hard_limits[RLIMIT_CORE] = RLIM_INFINITY;
		if (build(&scene, &err) < 0 && !strstr(err.message, "is above the container's"))
			fail_msg("%zu: %s", i, err.message);
		if ((err.message[0] != '\0') != cases[i].refused)
			fail_msg("%zu: %s", i, cases[i].asked);
		unset(&scene);
	}
}

static void what_exceeds_is_refused_in_words(void **state)
{
	static const struct {
		const char *made, *today, *container, *asked, *message;
	} cases[] = {
		{ "oci", "oci", CAPS("'CAP_KILL'"), CAPS("'CAP_SYS_ADMIN'"),
		  "exec never has more than its container, which has not got CAP_SYS_ADMIN "
		  "(/process/capabilities)" },
		{ "oci", "oci", CAPS("'CAP_KILL'"),
		  CAPS("'CAP_CHOWN','CAP_FOWNER','CAP_KILL','CAP_SETGID','CAP_SETUID','CAP_SYSLOG','CAP_BPF'"),
		  "which has not got CAP_CHOWN CAP_FOWNER CAP_SETGID CAP_SETUID and 2 more "
		  "(/process/capabilities), under any policy and for a privileged exec too: " },
		{ "hardened", "hardened", "", CAPS("'CAP_KILL'"), "has not got CAP_KILL (" },
		{ "oci", "oci", ",'apparmorProfile':'docker-default'", ",'apparmorProfile':'unconfined'",
		  "runs under AppArmor profile 'docker-default', and the process asks for none "
		  "(/process/apparmorProfile)" },
		{ "hardened", "oci", "", ",'apparmorProfile':'unconfined'",
		  "runs under AppArmor profile 'orlop-default'" },
		{ "oci", "hardened", "", ",'apparmorProfile':'unconfined'",
		  "rule apparmor of policy hardened: " },
		{ "oci", "oci", ",'rlimits':[{'type':'RLIMIT_NOFILE','soft':10,'hard':20}]",
		  ",'rlimits':[{'type':'RLIMIT_NOFILE','soft':10,'hard':21}]",
		  "the hard RLIMIT_NOFILE is above the container's (/process/rlimits)" },
		{ "hardened", "oci", "", ",'rlimits':[{'type':'RLIMIT_CORE','soft':0,'hard':1}]",
		  "the hard RLIMIT_CORE is above the container's" },
		{ "hardened", "oci", "", ",'user':{'uid':65536,'gid':0}",
		  "/process/user/uid: 65536 is beyond the 65536 ids of the container" },
		{ "hardened", "oci", "", ",'user':{'uid':0,'gid':70000}",
		  "/process/user/gid: 70000 is beyond" },
		{ "oci", "oci", "", ",'execCPUAffinity':{'initial':'3-1'}",
		  "/process/execCPUAffinity/initial: '3-1' is not a list such as 0-3,7" },
		{ "oci", "oci", "", ",'execCPUAffinity':{'final':'8192'}",
		  "/process/execCPUAffinity/final: '8192' is not" },
		{ "oci", "oci", "", ",'execCPUAffinity':{'final':'1,'}", "'1,' is not" },
		{ "oci", "oci", "", ",'execCPUAffinity':{'final':'1 2'}", "'1 2' is not" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_text container = TEXT_INIT(4096);
		auto_text process = TEXT_INIT(4096);
		struct error err = ERROR_INIT;
		struct scene scene;

		text_appendf(&container, CONTAINER("%s", "]}"), cases[i].container);
		text_appendf(&process, "{'cwd':'/','args':['id']%s}", cases[i].asked);
		set(&scene, cases[i].made, cases[i].today, text_string(&container),
		    text_string(&process));
		assert_int_equal(build(&scene, &err), -1);
		if (!strstr(err.message, cases[i].message))
			fail_msg("'%s' is not in '%s'", cases[i].message, err.message);
		assert_null(strcasestr(err.message, "permission denied"));
		assert_null(strcasestr(err.message, "no such file"));
		unset(&scene);
	}
}

static void ids_that_the_configuration_does_not_map_are_refused(void **state)
{
	struct error err = ERROR_INIT;
	struct scene scene;

	(void)state;
	set(&scene, "oci", "oci",
	    CONTAINER("", ",{'type':'user'}],'uidMappings':[{'containerID':0,'hostID':1000,'size':10}],"
			  "'gidMappings':[{'containerID':0,'hostID':1000,'size':10}]}"),
	    "{'cwd':'/','args':['id'],'user':{'uid':10,'gid':0}}");
	assert_int_equal(build(&scene, &err), -1);
	assert_string_equal(err.message, "/process/user/uid: 10 is not mapped by /linux/uidMappings");
	scene.file.process.user.uid = 9;
	policy_free(&scene.rules);
	build_or_fail(&scene);
	assert_int_equal(scene.plan.ids.kind, PLAN_USER_JOIN);
	assert_false(scene.plan.sealed_copy);
	unset(&scene);
	set(&scene, "oci", "oci", CONTAINER("", "]}"), PROCESS_FILE(""));
	build_or_fail(&scene);
	assert_int_equal(scene.plan.ids.kind, PLAN_USER_HOST);
	assert_true(scene.plan.sealed_copy);
	unset(&scene);
}

static void a_sub_cgroup_lies_below(void **state)
{
	static const struct {
		const char *path, *want;	/* NULL: refused */
	} cases[] = {
		{ "sub", "sub" }, { "/sub//b/", "sub/b" }, { "/", "" }, { ".", "" },
		{ "..", NULL }, { "a/../b", NULL }, { "/..", NULL }, { "...", "..." },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct error err = ERROR_INIT;
		struct scene scene;

		set(&scene, "oci", "oci", CONTAINER("", "]}"), PROCESS_FILE(""));
		scene.cgroup = cases[i].path;
		assert_int_equal(build(&scene, &err), cases[i].want ? 0 : -1);
		if (cases[i].want)
			assert_string_equal(scene.plan.exec->cgroup, cases[i].want);
		else
			assert_non_null(strstr(err.message, "bad sub cgroup path"));
		unset(&scene);
	}
}

static void affinity_is_the_containers_where_none_is_named(void **state)
{
	struct scene scene;

	(void)state;
	set(&scene, "oci", "oci", CONTAINER(",'execCPUAffinity':{'initial':'0-1, 64','final':'8191'}",
					    "]}"), PROCESS_FILE(""));
	build_or_fail(&scene);
	assert_true(scene.plan.exec->initial.set && scene.plan.exec->final.set);
	assert_int_equal(scene.plan.exec->initial.words[0], 3);
	assert_int_equal(scene.plan.exec->initial.words[1], 1);
	assert_true(scene.plan.exec->final.words[127] == UINT64_C(1) << 63);
	unset(&scene);
	set(&scene, "oci", "oci", CONTAINER(",'execCPUAffinity':{'initial':'0'}", "]}"),
	    PROCESS_FILE(",'execCPUAffinity':{'final':'1'}"));
	build_or_fail(&scene);
	assert_false(scene.plan.exec->initial.set);
	assert_int_equal(scene.plan.exec->final.words[0], 2);
	unset(&scene);
}

static void rules_of_either_policy_refuse_in_their_own_name(void **state)
{
	static const char site[] = "{\"oci\": {\"items\": {\n\"no-new-privileges\": \"deny\"}}}";
	struct scene scene;
	struct error err = ERROR_INIT;

	(void)state;
	set(&scene, "oci", "oci", CONTAINER("", "]}"), PROCESS_FILE(""));
	policy_free(&scene.today);
	assert_int_equal(policy_load("oci", site, strlen(site), "/etc/orlop/policy.json", &scene.today,
				     NULL), 0);
	assert_int_equal(build(&scene, &err), -1);
	assert_non_null(strstr(err.message, "rule no-new-privileges of policy oci, "
					    "/etc/orlop/policy.json:2: "));
	unset(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(capabilities_are_bounded_by_the_container_and_both_policies),
		cmocka_unit_test(what_create_took_away_does_not_come_back),
		cmocka_unit_test(no_new_privs_stays),
		cmocka_unit_test(filters_are_the_containers_and_the_stricter_floor),
		cmocka_unit_test(a_policy_that_was_raised_brings_its_default_profile),
		cmocka_unit_test(labels_are_the_containers_or_another),
		cmocka_unit_test(without_labels_landlock_stays),
		cmocka_unit_test(limits_are_the_containers_where_none_is_named),
		cmocka_unit_test(a_limit_that_the_container_does_not_name_is_its_first_process_s),
		cmocka_unit_test(oom_score_is_never_below_the_containers),
		cmocka_unit_test(what_exceeds_is_refused_in_words),
		cmocka_unit_test(ids_that_the_configuration_does_not_map_are_refused),
		cmocka_unit_test(a_sub_cgroup_lies_below),
		cmocka_unit_test(affinity_is_the_containers_where_none_is_named),
		cmocka_unit_test(rules_of_either_policy_refuse_in_their_own_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

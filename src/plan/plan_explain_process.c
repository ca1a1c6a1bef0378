/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * The cgroup and the process, for plan_explain().
 */
#include <inttypes.h>
#include <stdio.h>
#include <sys/resource.h>

#include "plan_explain.h"
#include "tables/capability_names.h"

static void explain_controllers(struct json_writer *json, unsigned int controllers)
{
	json_write_array(json, "controllers");
	for (unsigned int bit = 1; host_controller_name(bit); bit <<= 1) {
		if (controllers & bit)
			json_write_string(json, NULL, host_controller_name(bit));
	}
	json_write_end(json);
}

static void explain_writes(struct json_writer *json, const struct plan_cgroup *cgroup)
{
	json_write_array(json, "writes");
	for (size_t i = 0; i < cgroup->write_count; i++) {
		const struct plan_cgroup_write *write = &cgroup->writes[i];

		json_write_object(json, NULL);
		json_write_string(json, "file", write->file);
		json_write_string(json, "value", write->value);
		json_write_bool(json, "required", write->required);
		if (write->missing_ok)
			json_write_bool(json, "missingOk", true);
		if (write->alternative)
			json_write_bool(json, "alternative", true);
		explain_why(json, &write->why);
		json_write_end(json);
	}
	json_write_end(json);
}

static void append_number(struct text *text, int64_t number)
{
	if (number < 0)
		text_append(text, "*");
	else
		text_appendf(text, "%" PRId64, number);
}

/* As the device controller of cgroup v1 wrote it: "allow c 1:3 rwm". */
static void explain_rule(struct json_writer *json, const struct plan_device_rule *rule)
{
	auto_text text = TEXT_INIT(128);

	text_appendf(&text, "%s %c ", rule->allow ? "allow" : "deny", rule->type);
	append_number(&text, rule->major);
	text_append(&text, ":");
	append_number(&text, rule->minor);
	text_append(&text, " ");
	if (rule->access & PLAN_DEVICE_READ)
		text_append(&text, "r");
	if (rule->access & PLAN_DEVICE_WRITE)
		text_append(&text, "w");
	if (rule->access & PLAN_DEVICE_MKNOD)
		text_append(&text, "m");
	json_write_object(json, NULL);
	json_write_string(json, "rule", text_string(&text));
	explain_why(json, &rule->why);
	json_write_end(json);
}

void explain_cgroup(struct json_writer *json, const struct plan *plan)
{
	const struct plan_cgroup *cgroup = &plan->cgroup;

	json_write_object(json, "cgroup");
	json_write_bool(json, "managed", cgroup->managed);
	if (cgroup->managed) {
		json_write_string(json, "directory", cgroup->path);
		explain_why(json, &cgroup->why);
		if (cgroup->unit)
			explain_unit(json, cgroup->unit);
		json_write_bool(json, "delegate", cgroup->delegate);
		explain_controllers(json, cgroup->controllers);
		explain_writes(json, cgroup);
		json_write_array(json, "deviceRules");
		for (size_t i = 0; i < cgroup->rule_count; i++)
			explain_rule(json, &cgroup->rules[i]);
		json_write_end(json);
	}
	json_write_end(json);
}

static void explain_set(struct json_writer *json, const char *key, uint64_t set)
{
	json_write_array(json, key);
	for (int number = 0; number < CAPABILITY_COUNT; number++) {
		if (set & UINT64_C(1) << number)
			json_write_string(json, NULL, capability_names[number]);
	}
	json_write_end(json);
}

static void explain_caps(struct json_writer *json, const struct plan_caps *caps)
{
	json_write_object(json, "capabilities");
	explain_set(json, "bounding", caps->bounding);
	explain_set(json, "effective", caps->effective);
	explain_set(json, "permitted", caps->permitted);
	explain_set(json, "inheritable", caps->inheritable);
	explain_set(json, "ambient", caps->ambient);
	explain_why(json, &caps->why);
	json_write_end(json);
}

static void explain_user(struct json_writer *json, const struct plan_process *process)
{
	json_write_object(json, "user");
	json_write_u64(json, "uid", process->uid);
	json_write_u64(json, "gid", process->gid);
	if (process->groups_stay)
		json_write_bool(json, "callersGroups", true);
	json_write_array(json, "additionalGids");
	for (size_t i = 0; i < process->group_count; i++)
		json_write_u64(json, NULL, process->groups[i]);
	json_write_end(json);
	if (process->umask_set) {
		char umask[16];

		(void)snprintf(umask, sizeof(umask), "%04o", process->umask);
		json_write_string(json, "umask", umask);
	}
	json_write_end(json);
}

static void explain_terminal(struct json_writer *json, const struct plan_process *process)
{
	json_write_bool(json, "terminal", process->terminal);
	if (!process->console_size_set)
		return;
	json_write_object(json, "consoleSize");
	json_write_u64(json, "height", process->rows);
	json_write_u64(json, "width", process->columns);
	json_write_end(json);
}

static void explain_oom_score(struct json_writer *json, const struct plan_process *process)
{
	json_write_object(json, "oomScoreAdj");
	if (process->oom_score_set)
		json_write_i64(json, "value", process->oom_score);
	json_write_bool(json, "notNegative", process->oom_score_not_negative);
	if (process->oom_score_audit)
		json_write_bool(json, "auditInherited", true);
	explain_why(json, &process->oom_score_why);
	json_write_end(json);
}

static void explain_limit(struct json_writer *json, const char *key, uint64_t limit)
{
	if (limit == RLIM_INFINITY)
		json_write_string(json, key, "unlimited");
	else
		json_write_u64(json, key, limit);
}

static void explain_rlimits(struct json_writer *json, const struct plan_process *process)
{
	json_write_array(json, "rlimits");
	for (size_t i = 0; i < process->rlimit_count; i++) {
		const struct plan_rlimit *limit = &process->rlimits[i];

		json_write_object(json, NULL);
		json_write_string(json, "type", limit->name);
		explain_limit(json, "soft", limit->soft);
		explain_limit(json, "hard", limit->hard);
		explain_why(json, &limit->why);
		json_write_end(json);
	}
	json_write_end(json);
}

void explain_process(struct json_writer *json, const struct plan *plan)
{
	const struct plan_process *process = &plan->process;

	json_write_object(json, "process");
	json_write_strings(json, "args", process->args, process->arg_count);
	json_write_string(json, "cwd", process->cwd);
	json_write_strings(json, "env", process->env, process->env_count);
	json_write_bool(json, "homeMissing", process->home_missing);
	explain_user(json, process);
	explain_terminal(json, process);
	explain_caps(json, &process->caps);
	json_write_object(json, "noNewPrivileges");
	json_write_bool(json, "value", process->no_new_privs);
	explain_why(json, &process->no_new_privs_why);
	json_write_end(json);
	explain_oom_score(json, process);
	explain_rlimits(json, process);
	json_write_u64(json, "preserveFds", process->preserve_fds);
	json_write_end(json);
}

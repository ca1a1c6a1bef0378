/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */

/* config.md "Process": the section of config.json, and the file that exec takes. */

#include "spec_readers.h"

#include <string.h>

#include "tables/capability_names.h"
#include "tables/rlimit_names.h"

/* "POSIX-platform User" */

static int read_groups(struct json_reader *in, const struct json_value *value,
		       const struct json_field *field, void *member);

#define AT(member) offsetof(struct spec_user, member)

static const struct json_field user_fields[] = {
	{ "uid", JSON_REQUIRED, JSON_NUMBER, AT(uid), .read = json_read_u32, .max = SPEC_ID_MAX },
	{ "gid", JSON_REQUIRED, JSON_NUMBER, AT(gid), .read = json_read_u32, .max = SPEC_ID_MAX },
	{ "umask", JSON_OPTIONAL, JSON_NUMBER, AT(umask), .read = spec_read_i64, .max = 0777 },
	{ "additionalGids", JSON_OPTIONAL, JSON_LIST, 0, .read = read_groups },
	{ "username", JSON_IGNORED, .reason = "it is for Windows: uid and gid say who runs" },
};
#undef AT

static const struct json_table user_table = JSON_TABLE(user_fields, NULL);

static int add_group(struct json_reader *in, const char *key, const struct json_value *value,
		     void *cookie)
{
	struct spec_user *user = cookie;
	uint64_t id;

	(void)key;
	if (json_read_unsigned(in, value, 0, SPEC_ID_MAX, &id) < 0)
		return -1;
	user->additional_gids[user->additional_gid_count++] = (uint32_t)id;
	return 0;
}

static int read_groups(struct json_reader *in, const struct json_value *value,
		       const struct json_field *field, void *member)
{
	struct spec_user *user = member;

	(void)field;
	user->additional_gids = arena_array(in->arena, json_read_count(value),
					    sizeof(*user->additional_gids));
	return json_read_each(in, value, add_group, user);
}

/* "POSIX process": rlimits */

static const char *fault_rlimit(const char *text)
{
	return rlimit_resource(text) < 0 ? "is not a limit of Linux" : NULL;
}

static int check_rlimit(struct json_reader *in, void *object)
{
	const struct spec_rlimit *limit = object;

	if (limit->soft > limit->hard)
		return json_read_fail_member(in, "soft", "is above the hard limit");
	return 0;
}

#define AT(member) offsetof(struct spec_rlimit, member)

static const struct json_field rlimit_fields[] = {
	{ "type", JSON_REQUIRED, JSON_TEXT, AT(type), .read = json_read_string,
	  .fault = fault_rlimit },
	{ "soft", JSON_REQUIRED, JSON_NUMBER, AT(soft), .read = json_read_u64 },
	{ "hard", JSON_REQUIRED, JSON_NUMBER, AT(hard), .read = json_read_u64 },
};
#undef AT

static const struct json_table rlimit_table = JSON_TABLE(rlimit_fields, check_rlimit);

/* "Linux Process": capabilities */

static int add_capability(struct json_reader *in, const char *key, const struct json_value *value,
			  void *cookie)
{
	struct spec_strings *names = cookie;
	int number;

	(void)key;
	if (json_read_expect(in, value, JSON_TEXT) < 0)
		return -1;
	number = capability_number(json_read_text(value));
	if (number < 0)
		json_read_ignore(in, arena_printf(in->arena, "%s: there is no such capability in "
						  "this version", json_read_text(value)));
	else
		names->items[names->count++] = capability_names[number];
	return 0;
}

/* The specification asks for a warning, not an error, where a capability is not known. */
static int read_capset(struct json_reader *in, const struct json_value *value,
		       const struct json_field *field, void *member)
{
	struct spec_capset *set = member;

	(void)field;
	set->set = true;
	set->names.items = arena_array(in->arena, json_read_count(value),
				       sizeof(*set->names.items));
	return json_read_each(in, value, add_capability, &set->names);
}

#define SET(key, member) \
	{ key, JSON_OPTIONAL, JSON_LIST, offsetof(struct spec_capabilities, member), \
	  .read = read_capset }

static const struct json_field capability_fields[] = {
	SET("bounding", bounding),
	SET("effective", effective),
	SET("inheritable", inheritable),
	SET("permitted", permitted),
	SET("ambient", ambient),
};

static const struct json_table capability_table = JSON_TABLE(capability_fields, NULL);

/* "Linux Process": scheduler, ioPriority, execCPUAffinity */

static const struct json_name scheduler_policies[] = {
	{ "SCHED_OTHER", 0 }, { "SCHED_FIFO", 0 }, { "SCHED_RR", 0 }, { "SCHED_BATCH", 0 },
	{ "SCHED_ISO", 0 }, { "SCHED_IDLE", 0 }, { "SCHED_DEADLINE", 0 }, { NULL, 0 },
};

static const char *fault_scheduler_flag(const char *text)
{
	static const char *const flags[] = {
		"SCHED_FLAG_RESET_ON_FORK", "SCHED_FLAG_RECLAIM", "SCHED_FLAG_DL_OVERRUN",
		"SCHED_FLAG_KEEP_POLICY", "SCHED_FLAG_KEEP_PARAMS", "SCHED_FLAG_UTIL_CLAMP_MIN",
		"SCHED_FLAG_UTIL_CLAMP_MAX",
	};

	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		if (strcmp(flags[i], text) == 0)
			return NULL;
	return "is not a flag of the scheduler";
}

#define AT(member) offsetof(struct spec_scheduler, member)

static const struct json_field scheduler_fields[] = {
	{ "policy", JSON_REQUIRED, JSON_TEXT, AT(policy), .read = json_read_word,
	  .names = scheduler_policies },
	{ "nice", JSON_OPTIONAL, JSON_NUMBER, AT(nice), .read = spec_read_i64, .min = -20,
	  .max = 19 },
	{ "priority", JSON_OPTIONAL, JSON_NUMBER, AT(priority), .read = spec_read_i64, .max = 99 },
	{ "flags", JSON_OPTIONAL, JSON_LIST, AT(flags), .read = json_read_strings,
	  .fault = fault_scheduler_flag },
	{ "runtime", JSON_OPTIONAL, JSON_NUMBER, AT(runtime), .read = spec_read_u64 },
	{ "deadline", JSON_OPTIONAL, JSON_NUMBER, AT(deadline), .read = spec_read_u64 },
	{ "period", JSON_OPTIONAL, JSON_NUMBER, AT(period), .read = spec_read_u64 },
};
#undef AT

static const struct json_table scheduler_table = JSON_TABLE(scheduler_fields, NULL);

static const struct json_name io_classes[] = {
	{ "IOPRIO_CLASS_RT", 0 }, { "IOPRIO_CLASS_BE", 0 }, { "IOPRIO_CLASS_IDLE", 0 }, { NULL, 0 },
};

#define AT(member) offsetof(struct spec_io_priority, member)

static const struct json_field io_priority_fields[] = {
	{ "class", JSON_REQUIRED, JSON_TEXT, AT(class), .read = json_read_word,
	  .names = io_classes },
	{ "priority", JSON_REQUIRED, JSON_NUMBER, AT(priority), .read = json_read_i64, .max = 7 },
};
#undef AT

static const struct json_table io_priority_table = JSON_TABLE(io_priority_fields, NULL);

#define AT(member) offsetof(struct spec_cpu_affinity, member)

static const struct json_field affinity_fields[] = {
	{ "initial", JSON_OPTIONAL, JSON_TEXT, AT(initial), .read = spec_read_text,
	  .fault = spec_fault_numbers },
	{ "final", JSON_OPTIONAL, JSON_TEXT, AT(final), .read = spec_read_text,
	  .fault = spec_fault_numbers },
};
#undef AT

static const struct json_table affinity_table = JSON_TABLE(affinity_fields, NULL);

/* "Process" */

#define AT(member) offsetof(struct spec_process, member)

/* Rows and columns are 16 bits wide in struct winsize. */
static const struct json_field console_fields[] = {
	{ "height", JSON_REQUIRED, JSON_NUMBER, AT(console_height), .read = json_read_u64,
	  .max = UINT16_MAX },
	{ "width", JSON_REQUIRED, JSON_NUMBER, AT(console_width), .read = json_read_u64,
	  .max = UINT16_MAX },
};

static const struct json_table console_table = JSON_TABLE(console_fields, NULL);

static int read_console(struct json_reader *in, const struct json_value *value,
			const struct json_field *field, void *member)
{
	struct spec_process *process = member;

	process->console_size_set = true;
	return json_read_object(in, value, field, process);
}

static const struct json_field process_fields[] = {
	{ "terminal", JSON_OPTIONAL, JSON_BOOL, AT(terminal), .read = json_read_bool },
	{ "consoleSize", JSON_OPTIONAL, JSON_MAP, 0, .read = read_console,
	  .table = &console_table },
	{ "cwd", JSON_REQUIRED, JSON_TEXT, AT(cwd), .read = json_read_string,
	  .fault = spec_fault_absolute },
	{ "env", JSON_OPTIONAL, JSON_LIST, AT(env), .read = json_read_strings,
	  .fault = spec_fault_variable },
	{ "args", JSON_REQUIRED, JSON_LIST, AT(args), .read = json_read_strings },
	{ "commandLine", JSON_IGNORED, .reason = "it is for Windows" },
	{ "user", JSON_OPTIONAL, JSON_MAP, AT(user), .read = json_read_object,
	  .table = &user_table },
	{ "rlimits", JSON_OPTIONAL, JSON_LIST, AT(rlimit_count), .read = json_read_objects,
	  .table = &rlimit_table, .size = sizeof(struct spec_rlimit) },
	{ "capabilities", JSON_OPTIONAL, JSON_MAP, AT(capabilities), .read = spec_read_section,
	  .table = &capability_table },
	{ "apparmorProfile", JSON_OPTIONAL, JSON_TEXT, AT(apparmor_profile),
	  .read = spec_read_text, .fault = spec_fault_line },
	{ "oomScoreAdj", JSON_OPTIONAL, JSON_NUMBER, AT(oom_score_adj), .read = spec_read_i64,
	  .min = -1000, .max = 1000 },
	{ "selinuxLabel", JSON_OPTIONAL, JSON_TEXT, AT(selinux_label), .read = spec_read_text,
	  .fault = spec_fault_line },
	{ "noNewPrivileges", JSON_OPTIONAL, JSON_BOOL, AT(no_new_privileges),
	  .read = spec_read_bool },
	{ "scheduler", JSON_OPTIONAL, JSON_MAP, AT(scheduler), .read = spec_read_section,
	  .table = &scheduler_table },
	{ "ioPriority", JSON_OPTIONAL, JSON_MAP, AT(io_priority), .read = spec_read_section,
	  .table = &io_priority_table },
	{ "execCPUAffinity", JSON_OPTIONAL, JSON_MAP, AT(exec_cpu_affinity),
	  .read = spec_read_section, .table = &affinity_table },
};
#undef AT

static int check_process(struct json_reader *in, void *object)
{
	const struct spec_process *process = object;

	if (process->args.count == 0 || process->args.items[0][0] == '\0')
		return json_read_fail_member(in, "args", "names no program");

	for (size_t i = 0; i < process->rlimit_count; i++)
		for (size_t j = 0; j < i; j++)
			if (strcmp(process->rlimits[i].type, process->rlimits[j].type) == 0)
				return json_read_fail_member(in, "rlimits", "%s is there twice",
							     process->rlimits[i].type);
	return 0;
}

const struct json_table spec_process_table = JSON_TABLE(process_fields, check_process);

/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * Options become the JSON that --resources takes, so that there is one reader, one set of bounds
 * and one set of refusals for both.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/number.h"
#include "cmd/command.h"
#include "container.h"
#include "json/json_write.h"
#include "plan/plan_update.h"
#include "run/cgroup.h"
#include "state/made.h"

#define RESOURCES_MAX ((size_t)4 << 20)
#define KEPT_MAX ((size_t)32 << 20)

struct update_options {
	const char *resources;
	const char *blkio_weight;
	const char *cpu_burst;
	const char *cpu_idle;
	const char *cpu_period;
	const char *cpu_quota;
	const char *cpu_rt_period;
	const char *cpu_rt_runtime;
	const char *cpu_share;
	const char *cpuset_cpus;
	const char *cpuset_mems;
	const char *kernel_memory;
	const char *kernel_memory_tcp;
	const char *memory;
	const char *memory_reservation;
	const char *memory_swap;
	const char *pids_limit;
};

static int update_refuse_rdt(const struct option_row *row, const char *value, void *member,
			     struct error *err)
{
	(void)row;
	(void)value;
	(void)member;
	return error_set(err, ERROR_USAGE, 0, "intelRdt is not carried out by this version");
}

#define ROW(name, argument, help, member) \
	{ name, 0, argument, help, option_text, offsetof(struct update_options, member) }

static const struct option_row update_rows[] = {
	{ "resources", 'r', "FILE", "read the limits from FILE, or from standard input (-), as JSON",
	  option_text, offsetof(struct update_options, resources) },
	ROW("blkio-weight", "N", "weight for block I/O, 10 to 1000", blkio_weight),
	ROW("cpu-burst", "US", "time that may be saved up, in microseconds", cpu_burst),
	ROW("cpu-idle", "N", "1: run only when nothing else does", cpu_idle),
	ROW("cpu-period", "US", "length of a period, in microseconds", cpu_period),
	ROW("cpu-quota", "US", "time in a period, in microseconds; -1 for no limit", cpu_quota),
	ROW("cpu-rt-period", "US", "refused: cgroup v2 has none", cpu_rt_period),
	ROW("cpu-rt-runtime", "US", "refused: cgroup v2 has none", cpu_rt_runtime),
	ROW("cpu-share", "N", "weight for processor time, as cgroup v1 counts it", cpu_share),
	ROW("cpuset-cpus", "LIST", "processors that may be used", cpuset_cpus),
	ROW("cpuset-mems", "LIST", "memory nodes that may be used", cpuset_mems),
	ROW("kernel-memory", "SIZE", "accepted, with a warning: cgroup v2 has no such limit",
	    kernel_memory),
	ROW("kernel-memory-tcp", "SIZE", "accepted, with a warning: likewise", kernel_memory_tcp),
	ROW("memory", "SIZE", "memory; -1 for no limit", memory),
	ROW("memory-reservation", "SIZE", "memory that is left to it as long as can be",
	    memory_reservation),
	ROW("memory-swap", "SIZE", "memory and swap together; -1 for no limit", memory_swap),
	ROW("pids-limit", "N", "processes and threads; -1 for no limit", pids_limit),
	{ "l3-cache-schema", 0, "TEXT", "refused: not carried out", update_refuse_rdt },
	{ "mem-bw-schema", 0, "TEXT", "refused: not carried out", update_refuse_rdt },
};

const struct options cmd_update_options = OPTIONS(update_rows, struct update_options);

enum update_form {
	UPDATE_NUMBER,
	UPDATE_SIZE,	/* with a suffix */
	UPDATE_TEXT,
};

struct update_field {
	const char *option;
	size_t offset;
	const char *key;
	enum update_form form;
};

#define AT(member) offsetof(struct update_options, member)

static const struct update_field memory_fields[] = {
	{ "memory", AT(memory), "limit", UPDATE_SIZE },
	{ "memory-reservation", AT(memory_reservation), "reservation", UPDATE_SIZE },
	{ "memory-swap", AT(memory_swap), "swap", UPDATE_SIZE },
	{ "kernel-memory", AT(kernel_memory), "kernel", UPDATE_SIZE },
	{ "kernel-memory-tcp", AT(kernel_memory_tcp), "kernelTCP", UPDATE_SIZE },
};

static const struct update_field cpu_fields[] = {
	{ "cpu-share", AT(cpu_share), "shares", UPDATE_NUMBER },
	{ "cpu-quota", AT(cpu_quota), "quota", UPDATE_NUMBER },
	{ "cpu-burst", AT(cpu_burst), "burst", UPDATE_NUMBER },
	{ "cpu-period", AT(cpu_period), "period", UPDATE_NUMBER },
	{ "cpu-rt-runtime", AT(cpu_rt_runtime), "realtimeRuntime", UPDATE_NUMBER },
	{ "cpu-rt-period", AT(cpu_rt_period), "realtimePeriod", UPDATE_NUMBER },
	{ "cpuset-cpus", AT(cpuset_cpus), "cpus", UPDATE_TEXT },
	{ "cpuset-mems", AT(cpuset_mems), "mems", UPDATE_TEXT },
	{ "cpu-idle", AT(cpu_idle), "idle", UPDATE_NUMBER },
};

static const struct update_field pids_fields[] = {
	{ "pids-limit", AT(pids_limit), "limit", UPDATE_NUMBER },
};

static const struct update_field block_io_fields[] = {
	{ "blkio-weight", AT(blkio_weight), "weight", UPDATE_NUMBER },
};
#undef AT

static const struct {
	const char *key;
	const struct update_field *fields;
	size_t count;
} sections[] = {
	{ "memory", memory_fields, ARRAY_SIZE(memory_fields) },
	{ "cpu", cpu_fields, ARRAY_SIZE(cpu_fields) },
	{ "pids", pids_fields, ARRAY_SIZE(pids_fields) },
	{ "blockIO", block_io_fields, ARRAY_SIZE(block_io_fields) },
};

static const char *given(const struct update_options *options, const struct update_field *field)
{
	return *(const char *const *)(const void *)((const char *)options + field->offset);
}

static int write_field(struct json_writer *json, const struct update_field *field,
		       const char *value, struct error *err)
{
	uint64_t size = 0;
	int64_t number = 0;

	if (field->form == UPDATE_TEXT) {
		json_write_string(json, field->key, value);
		return 0;
	}
	if (number_parse_i64(value, INT64_MIN, INT64_MAX, &number) < 0) {
		if (field->form != UPDATE_SIZE || number_parse_size(value, INT64_MAX, &size) < 0)
			return error_set(err, ERROR_USAGE, 0, "option '--%s': '%s' is no %s",
					 field->option, value,
					 field->form == UPDATE_SIZE ? "size" : "number");
		number = (int64_t)size;
	}
	json_write_i64(json, field->key, number);
	return 0;
}

/* Returns whether an option that is a limit was given, or -1. */
static int write_options(const struct update_options *options, struct text *out,
			 struct error *err)
{
	struct json_writer json = JSON_WRITER(out, JSON_COMPACT);
	int any = 0;

	json_write_object(&json, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(sections); i++) {
		json_write_object(&json, sections[i].key);
		for (size_t j = 0; j < sections[i].count; j++) {
			const struct update_field *field = &sections[i].fields[j];
			const char *value = given(options, field);

			if (!value)
				continue;
			any = 1;
			if (write_field(&json, field, value, err) < 0)
				return -1;
		}
		json_write_end(&json);
	}
	json_write_end(&json);
	return any;
}

/* A file, a pipe, or "-": to its end, without a seek. */
static int read_document(const char *path, char **bytes, size_t *size, struct error *err)
{
	auto_fd file = -1;

	if (strcmp(path, "-") == 0) {
		if (fd_read_all(0, RESOURCES_MAX, bytes, size, err) < 0)
			return error_prefix(err, "read the resources from standard input");
		return 0;
	}
	file = open(path, O_RDONLY | O_NOCTTY | O_CLOEXEC);
	/* Not in the words of the system: Podman takes them for a missing program. */
	if (file < 0 && errno == ENOENT)
		return error_set(err, ERROR_USAGE, 0, "there is no file '%s' with resources", path);
	if (file < 0)
		return error_system(err, "open the resources '%s'", path);
	if (fd_read_all(file, RESOURCES_MAX, bytes, size, err) < 0)
		return error_prefix(err, "read the resources '%s'", path);
	return 0;
}

static int read_asked(const struct update_options *options, struct spec *asked, struct error *err)
{
	auto_text text = TEXT_INIT(RESOURCES_MAX);
	auto_free char *bytes = NULL;
	size_t size = 0;
	int limits = write_options(options, &text, err);

	if (limits < 0)
		return -1;
	if (!options->resources && !limits)
		return error_set(err, ERROR_USAGE, 0, "no limit is given; see orlop update --help");
	if (options->resources && limits)
		log_warning("options that are limits are passed over: --resources is given");
	if (options->resources && read_document(options->resources, &bytes, &size, err) < 0)
		return -1;
	if (spec_read_resources(options->resources ? bytes : text_string(&text),
				options->resources ? size : text.size, asked, err) < 0)
		return options->resources ? error_prefix(err, "resources") : -1;
	for (size_t i = 0; i < asked->ignored.count; i++)
		log_warning("passed over: %s: %s", asked->ignored.items[i].key,
			    asked->ignored.items[i].value);
	for (size_t i = 0; i < asked->unknown.count; i++)
		log_warning("not known, and passed over: %s", asked->unknown.items[i]);
	return 0;
}

/* Who updates wants to hear what has not become of it. */
static void log_findings(const struct plan *plan)
{
	for (size_t i = 0; i < plan->finding_count; i++) {
		const struct plan_finding *finding = &plan->findings[i];

		log_warning("%s: %s%s: %s%s%s%s", finding->not_applied ? "not applied" : "audit",
			    finding->item ? "rule " : "", finding->item ? finding->item : "limits",
			    finding->text, finding->path ? " (" : "",
			    finding->path ? finding->path : "", finding->path ? ")" : "");
	}
}

/* What policy made of a limit that was asked for. */
static void log_changes(const struct plan_cgroup *plan, const bool *skipped)
{
	for (size_t i = 0; i < plan->write_count; i++) {
		const struct plan_cgroup_write *write = &plan->writes[i];

		if (skipped[i])
			log_warning("limit %s = %s is not applied: this cgroup has no such file",
				    write->file, write->value);
		else if (write->why.item)
			log_warning("rule %s: %s is set to %s", write->why.item, write->file,
				    write->value);
	}
}

static int carry_out(const struct container *container, int cgroup, const struct plan *plan,
		     struct error *err)
{
	auto_arena arena = ARENA_INIT;
	bool *skipped = arena_array(&arena, plan->cgroup.write_count, sizeof(*skipped));
	auto_text kept = TEXT_INIT(KEPT_MAX);
	auto_fd mount = -1;

	spec_write_resources(&plan->spec->linux.resources, &kept);
	if (kept.truncated)
		return error_set(err, ERROR_SPEC, 0, "the limits are too many to be kept");
	mount = cgroup_open_mount(container->record.cgroup_mount, err);
	if (mount < 0 || cgroup_enable(mount, &plan->cgroup, err) < 0 ||
	    cgroup_update(cgroup, &plan->cgroup, skipped, err) < 0)
		return -1;
	log_changes(&plan->cgroup, skipped);
	if (store_replace(&container->entry, STORE_RESOURCES, text_string(&kept), kept.size, err) < 0)
		return error_prefix(err, "the limits are in force, and not remembered");
	return 0;
}

static int plan_and_carry_out(const struct container *container, const struct spec *asked,
			      struct error *err)
{
	auto_made made = MADE_NULL;
	auto_policy today = { .name = NULL };
	auto_plan plan = { .spec = NULL };
	struct plan_update_input in = { .asked = asked };
	auto_policy both = { .name = NULL };
	struct host host;
	auto_fd cgroup = -1;

	if (made_read(&container->entry, &container->record, &made, err) < 0 ||
	    policy_load_site(container->record.policy, POLICY_FILE, &today, err) < 0 ||
	    host_read(&host, err) < 0)
		return -1;
	cgroup = container_open_cgroup(container, err);
	if (cgroup < 0 || cgroup_read_now(cgroup, &in.now, err) < 0)
		return -1;
	policy_strictest(&made.policy, &today, &both);
	in.kept = &made.spec;
	in.policy = &both;
	in.host = &host;
	in.cgroup_path = container->record.cgroup_path;
	in.cgroup_unit = container->record.cgroup_unit;
	if (plan_update(&in, &plan, err) < 0)
		return -1;
	log_findings(&plan);
	return carry_out(container, cgroup, &plan, err);
}

int cmd_update(const struct invocation *call, int *status, struct error *err)
{
	auto_container container = CONTAINER_NULL;
	auto_spec asked = SPEC_NULL;

	(void)status;
	if (read_asked(call->options, &asked, err) < 0 ||
	    container_open(call->globals, call->operands[0], true, &container, err) < 0)
		return -1;
	if (container.status == STATUS_STOPPED || container.status == STATUS_CREATING)
		return error_set(err, ERROR_STATE, 0, "container not running: container %s is %s",
				 container.record.id, status_name(container.status));
	return plan_and_carry_out(&container, &asked, err);
}

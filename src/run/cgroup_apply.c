/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * What the plan wants of the container's cgroup: values of its files, and the device program.
 *
 * A write that the kernel takes may still not be what was asked for: sizes are rounded to pages
 * and values are clamped. So the files whose contents are known to come back in the form in which
 * they were written are read again. The others (io.max, cpuset.cpus, hugetlb) have a form
 * of their own.
 */
#include "run/cgroup.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/number.h"
#include "kernel/bpf.h"

#define CONTROL_MAX 4096

enum form {
	WORDS,	/* comes back as it was written, perhaps with more words behind it */
	PAGES,	/* bytes, rounded down to a page; more than the kernel can count is "max" */
};

static const struct {
	const char *file;
	enum form form;
} read_backs[] = {
	{ "pids.max", WORDS },
	{ "cpu.max", WORDS },
	{ "cpu.weight", WORDS },
	{ "memory.min", PAGES },
	{ "memory.low", PAGES },
	{ "memory.high", PAGES },
	{ "memory.max", PAGES },
	{ "memory.swap.max", PAGES },
};

static bool same_words(const char *asked, const char *got)
{
	size_t length = strlen(asked);

	return strncmp(asked, got, length) == 0 && (got[length] == '\0' || got[length] == ' ');
}

static bool same_pages(const char *asked, const char *got)
{
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	uint64_t wanted;
	uint64_t taken;

	/* "1G" and the like come from `unified` as they are: the kernel's own grammar. */
	if (number_parse_u64(asked, UINT64_MAX, &wanted) < 0)
		return strcmp(asked, "max") != 0 || strcmp(got, "max") == 0;
	if (strcmp(got, "max") == 0)
		return wanted / page >= (uint64_t)LONG_MAX / page;
	if (number_parse_u64(got, UINT64_MAX, &taken) < 0)
		return false;

	return wanted / page * page == taken;
}

static int check_taken(int cgroup, const struct plan_cgroup_write *write, enum form form,
		       struct error *err)
{
	auto_free char *got = NULL;
	bool same;

	if (fd_read_file(cgroup, write->file, CONTROL_MAX, &got, NULL, err) < 0)
		return -1;
	got[strcspn(got, "\n")] = '\0';
	same = form == PAGES ? same_pages(write->value, got) : same_words(write->value, got);
	if (!same)
		return error_set(err, ERROR_HOST, 0,
				 "cgroup file %s (%s): the kernel made '%s' of '%s'",
				 write->file, write->why.path != NULL ? write->why.path : "policy",
				 got, write->value);
	return 0;
}

/* "hugetlb.2MB.max": which sizes there are, the kernel's own start decides. */
static int refuse_huge_page(const struct plan_cgroup_write *write, const char *path,
			    struct error *err)
{
	const char *size = strchr(write->file, '.');

	size = size ? size + 1 : write->file;
	return error_set(err, ERROR_HOST, ENOENT,
			 "cgroup file %s (%s): '%s' cannot be set: this kernel has no huge pages of "
			 "%.*s, or controller hugetlb is not enabled",
			 write->file, path, write->value, (int)strcspn(size, "."), size);
}

static int refuse_write(const struct plan_cgroup_write *write, int errnum, struct error *err)
{
	const char *path = write->why.path != NULL ? write->why.path : "policy";
	const char *controller = host_controller_name(write->controller);

	if (errnum == ENOENT && write->controller == HOST_HUGETLB)
		return refuse_huge_page(write, path, err);
	if (errnum == ENOENT && controller != NULL)
		return error_set(err, ERROR_HOST, errnum,
				 "cgroup file %s (%s): '%s' cannot be set: controller %s is not "
				 "enabled, or lacks the file",
				 write->file, path, write->value, controller);

	return error_set(err, errnum == ENOENT ? ERROR_HOST : ERROR_SYSTEM, errnum,
			 "cgroup file %s (%s): write '%s'", write->file, path, write->value);
}

enum outcome {
	APPLIED,
	NOT_APPLIED,	/* config.json did not ask for it */
	NOT_NEEDED,	/* another write stands for it */
};

static int apply_one(int cgroup, const struct plan_cgroup_write *write, enum outcome *outcome,
		     struct error *err)
{
	struct error refused = ERROR_INIT;

	*outcome = APPLIED;
	if (strchr(write->file, '/') != NULL)
		return error_set(err, ERROR_SPEC, 0, "cgroup file '%s' (%s): a slash in the name",
				 write->file, write->why.path != NULL ? write->why.path : "policy");

	if (fd_write_file(cgroup, write->file, write->value, &refused) < 0) {
		if (refused.errnum != ENOENT || (write->required && !write->missing_ok))
			return refuse_write(write, refused.errnum, err);
		*outcome = write->missing_ok ? NOT_NEEDED : NOT_APPLIED;
		return 0;
	}

	for (size_t i = 0; i < ARRAY_SIZE(read_backs); i++) {
		if (strcmp(read_backs[i].file, write->file) == 0)
			return check_taken(cgroup, write, read_backs[i].form, err);
	}
	return 0;
}

int cgroup_apply(int cgroup, const struct plan_cgroup *plan, bool *skipped, struct error *err)
{
	enum outcome outcome = NOT_NEEDED;

	for (size_t i = 0; i < plan->write_count; i++) {
		const struct plan_cgroup_write *write = &plan->writes[i];

		if (write->alternative && outcome == APPLIED)
			outcome = NOT_NEEDED;
		else if (apply_one(cgroup, write, &outcome, err) < 0)
			return -1;
		if (skipped != NULL)
			skipped[i] = outcome == NOT_APPLIED;
	}
	return 0;
}

static unsigned int access_bits(unsigned int planned)
{
	return ((planned & PLAN_DEVICE_READ) ? BPF_DEVICE_READ : 0) |
	       ((planned & PLAN_DEVICE_WRITE) ? BPF_DEVICE_WRITE : 0) |
	       ((planned & PLAN_DEVICE_MKNOD) ? BPF_DEVICE_MKNOD : 0);
}

int cgroup_load_devices(const struct plan_cgroup *plan, struct error *err)
{
	auto_free struct bpf_device_rule *rules = NULL;
	auto_bpf_program program = BPF_PROGRAM_INIT;

	rules = calloc(plan->rule_count != 0 ? plan->rule_count : 1, sizeof(*rules));
	if (rules == NULL)
		return error_system(err, "device rules");
	for (size_t i = 0; i < plan->rule_count; i++) {
		const struct plan_device_rule *from = &plan->rules[i];

		rules[i] = (struct bpf_device_rule){
			.allow = from->allow,
			.type = from->type,
			.major = from->major,
			.minor = from->minor,
			.access = access_bits(from->access),
		};
	}
	if (bpf_device_program(rules, plan->rule_count, &program, err) < 0)
		return -1;
	return bpf_device_load(&program, err);
}

int cgroup_attach_devices(int cgroup, const struct plan_cgroup *plan, struct error *err)
{
	auto_fd program = -1;
	bool attached = false;

	if (!plan->device_program)
		return 0;
	program = cgroup_load_devices(plan, err);
	if (program < 0)
		return error_prefix(err, "device rules of cgroup %s", plan->path);
	if (bpf_device_attach(cgroup, program, err) < 0 ||
	    bpf_device_is_attached(cgroup, program, &attached, err) < 0)
		return error_prefix(err, "device rules of cgroup %s", plan->path);
	if (!attached)
		return error_set(err, ERROR_HOST, 0,
				 "device rules of cgroup %s: the kernel does not list the program",
				 plan->path);
	return 0;
}

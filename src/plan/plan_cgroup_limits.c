/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * Limits of the configuration, as writes to files of the container's cgroup.
 * It counts in the units of cgroup v1; tables/cgroup_files.h has the rows and
 * the conversions, and this file fetches the values. What `unified` says about
 * a file replaces what was translated.
 */
#include <inttypes.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "plan_sections.h"
#include "tables/cgroup_files.h"

#define RESOURCES "/linux/resources"
#define VALUE_MAX ((size_t)256)
#define LIST_MAX ((size_t)1 << 16)	/* "0-3,7", of a configuration that says it oddly */

const struct plan_scalar plan_scalars[] = {
#define AT(member) offsetof(struct spec_resources, member)
	{ RESOURCES "/cpu/cpus",           PLAN_SCALAR_TEXT, true,  AT(cpu.cpus) },
	{ RESOURCES "/cpu/mems",           PLAN_SCALAR_TEXT, true,  AT(cpu.mems) },
	{ RESOURCES "/cpu/idle",           PLAN_SCALAR_I64,  false, AT(cpu.idle) },
	{ RESOURCES "/cpu/shares",         PLAN_SCALAR_U64,  true,  AT(cpu.shares) },
	{ RESOURCES "/cpu/quota",          PLAN_SCALAR_I64,  true,  AT(cpu.quota) },
	{ RESOURCES "/cpu/period",         PLAN_SCALAR_U64,  true,  AT(cpu.period) },
	{ RESOURCES "/cpu/burst",          PLAN_SCALAR_U64,  false, AT(cpu.burst) },
	{ RESOURCES "/memory/limit",       PLAN_SCALAR_I64,  true,  AT(memory.limit) },
	{ RESOURCES "/memory/swap",        PLAN_SCALAR_I64,  true,  AT(memory.swap) },
	{ RESOURCES "/memory/reservation", PLAN_SCALAR_I64,  true,  AT(memory.reservation) },
	{ RESOURCES "/pids/limit",         PLAN_SCALAR_I64,  false, AT(pids_limit) },
	{ RESOURCES "/blockIO/weight",     PLAN_SCALAR_U64,  true,  AT(block_io.weight) },
#undef AT
};

const size_t plan_scalar_count = ARRAY_SIZE(plan_scalars);

struct value {
	bool set;
	int64_t number;
	const char *text;
};

static struct value read_scalar(const struct plan_scalar *row, const struct spec_resources *spec)
{
	const void *at = (const char *)spec + row->offset;
	struct value value = { 0 };

	if (row->kind == PLAN_SCALAR_TEXT) {
		value.text = *(const char *const *)at;
		value.set = value.text && value.text[0];
		return value;
	}
	if (row->kind == PLAN_SCALAR_I64) {
		const struct spec_i64 *number = at;

		value.set = number->set;
		value.number = number->value;
	} else {
		const struct spec_u64 *number = at;

		value.set = number->set;
		value.number = number->value > INT64_MAX ? INT64_MAX : (int64_t)number->value;
	}
	if (row->zero_is_unset && value.number == 0)
		value.set = false;
	return value;
}

bool plan_scalar_is_set(const struct plan_scalar *row, const struct spec_resources *spec)
{
	return read_scalar(row, spec).set;
}

static struct value scalar_value(const struct plan_limits *limits, const char *field)
{
	for (size_t i = 0; i < plan_scalar_count; i++) {
		if (strcmp(plan_scalars[i].field, field) == 0)
			return read_scalar(&plan_scalars[i], limits->spec);
	}
	return (struct value){ 0 };
}

unsigned int plan_cgroup_controller(const char *name)
{
	for (unsigned int bit = 1; host_controller_name(bit); bit <<= 1) {
		if (strcmp(host_controller_name(bit), name) == 0)
			return bit;
	}
	return 0;
}

struct plan_cgroup_write *plan_cgroup_find(const struct plan_limits *limits, const char *file)
{
	struct plan_cgroup_write *writes = limits->writes.items;

	for (size_t i = limits->writes.count; i > 0; i--) {
		if (strcmp(writes[i - 1].file, file) == 0)
			return &writes[i - 1];
	}
	return NULL;
}

static bool is_in_unified(const struct plan_limits *limits, const char *file)
{
	for (size_t i = 0; i < limits->spec->unified.count; i++) {
		if (strcmp(limits->spec->unified.items[i].key, file) == 0)
			return true;
	}
	return false;
}

/*
 * A write of the configuration; NULL where unified has the last word on the file. What lifts a
 * limit that is not there loses nothing where it cannot be written.
 */
static struct plan_cgroup_write *add_write(struct plan_limits *limits, const char *file,
					   const char *controller, const char *path,
					   const struct text *value, bool required)
{
	struct plan_cgroup_write *write;

	if (is_in_unified(limits, file))
		return NULL;
	write = plan_list_add(limits->in, &limits->writes, sizeof(*write));
	write->file = file;
	write->value = plan_text(limits->in, "%s", text_string(value));
	write->controller = plan_cgroup_controller(controller);
	write->required = required;
	write->why = PLAN_WHY_SPEC(path);
	return write;
}

static struct plan_cgroup_write *add_row(struct plan_limits *limits, const struct cgroup_file *row,
					 const struct text *value, bool required)
{
	return add_write(limits, row->file, row->controller, row->field, value, required);
}

typedef int row_function(struct plan_limits *limits, const struct cgroup_file *row,
			 struct error *err);

static int row_bytes(struct plan_limits *limits, const struct cgroup_file *row, struct error *err)
{
	struct value value = scalar_value(limits, row->field);
	auto_text text = TEXT_INIT(VALUE_MAX);

	(void)err;
	if (value.set) {
		cgroup_file_limit(&text, value.number);
		add_row(limits, row, &text, value.number >= 0);
	}
	return 0;
}

static int row_swap(struct plan_limits *limits, const struct cgroup_file *row, struct error *err)
{
	struct value limit = scalar_value(limits, RESOURCES "/memory/limit");
	struct value swap = scalar_value(limits, row->field);
	auto_text text = TEXT_INIT(VALUE_MAX);
	int64_t value;

	if (cgroup_file_swap_max(limit.set ? limit.number : 0, swap.set ? swap.number : 0, &value,
				 err) < 0)
		return error_prefix(err, "%s", row->field);
	if (value == INT64_MIN)
		return 0;
	cgroup_file_limit(&text, value);
	add_row(limits, row, &text, value >= 0);
	return 0;
}

static int row_pids(struct plan_limits *limits, const struct cgroup_file *row, struct error *err)
{
	struct value value = scalar_value(limits, row->field);
	auto_text text = TEXT_INIT(VALUE_MAX);

	(void)err;
	if (value.set) {
		cgroup_file_pids_max(&text, value.number);
		add_row(limits, row, &text, value.number >= 0);
	}
	return 0;
}

/* An idle cgroup has no weight: the kernel refuses one (EINVAL). */
static int row_shares(struct plan_limits *limits, const struct cgroup_file *row, struct error *err)
{
	struct value value = scalar_value(limits, row->field);
	struct value idle = scalar_value(limits, RESOURCES "/cpu/idle");
	auto_text text = TEXT_INIT(VALUE_MAX);

	(void)err;
	if (value.set && !(idle.set && idle.number == 1)) {
		text_appendf(&text, "%" PRIu64, cgroup_file_cpu_weight((uint64_t)value.number));
		add_row(limits, row, &text, true);
	}
	return 0;
}

/* Quota and period are two rows of one file; either brings the other along. */
static int row_quota(struct plan_limits *limits, const struct cgroup_file *row, struct error *err)
{
	struct value quota = scalar_value(limits, RESOURCES "/cpu/quota");
	struct value period = scalar_value(limits, RESOURCES "/cpu/period");
	auto_text text = TEXT_INIT(VALUE_MAX);

	(void)err;
	if (!scalar_value(limits, row->field).set || plan_cgroup_find(limits, row->file))
		return 0;
	cgroup_file_cpu_max(&text, quota.set ? quota.number : -1,
			    period.set ? (uint64_t)period.number : 0);
	add_row(limits, row, &text, quota.set && quota.number > 0);
	return 0;
}

/* Of these 0 is what a cgroup begins with. */
static int row_number(struct plan_limits *limits, const struct cgroup_file *row, struct error *err)
{
	struct value value = scalar_value(limits, row->field);
	auto_text text = TEXT_INIT(VALUE_MAX);

	(void)err;
	if (value.set) {
		text_appendf(&text, "%" PRId64, value.number);
		add_row(limits, row, &text, value.number != 0);
	}
	return 0;
}

static int row_list(struct plan_limits *limits, const struct cgroup_file *row, struct error *err)
{
	struct value value = scalar_value(limits, row->field);
	auto_text text = TEXT_INIT(LIST_MAX);

	(void)err;
	if (value.set) {
		text_append(&text, value.text);
		add_row(limits, row, &text, true);
	}
	return 0;
}

static bool is_bfq(const struct cgroup_file *row)
{
	return strcmp(row->file, "io.bfq.weight") == 0;
}

static uint64_t io_weight(const struct cgroup_file *row, uint64_t weight)
{
	return is_bfq(row) ? weight : cgroup_file_io_weight(weight);
}

/* BFQ's own file where that scheduler is built in, else the kernel's general one. */
static void mark_weight(const struct cgroup_file *row, struct plan_cgroup_write *write)
{
	if (!write)
		return;
	write->missing_ok = is_bfq(row);
	write->alternative = !is_bfq(row);
}

static int row_io_weight(struct plan_limits *limits, const struct cgroup_file *row,
			 struct error *err)
{
	const struct spec_block_io *spec = &limits->spec->block_io;
	struct value value = scalar_value(limits, row->field);

	(void)err;
	if (value.set) {
		auto_text text = TEXT_INIT(VALUE_MAX);

		text_appendf(&text, "%" PRIu64, io_weight(row, (uint64_t)value.number));
		mark_weight(row, add_row(limits, row, &text, true));
	}
	if (strcmp(row->field, RESOURCES "/blockIO/weightDevice") != 0 || !is_bfq(row))
		return 0;
	/* A device's two files stand side by side: the second stands in for the first. */
	for (size_t i = 0; i < spec->weight_device_count; i++) {
		const struct spec_weight_device *device = &spec->weight_devices[i];
		auto_text own = TEXT_INIT(VALUE_MAX);
		auto_text general = TEXT_INIT(VALUE_MAX);

		if (!device->weight.set)
			continue;
		text_appendf(&own, "%" PRId64 ":%" PRId64 " %" PRIu64, device->major,
			     device->minor, device->weight.value);
		text_appendf(&general, "%" PRId64 ":%" PRId64 " %" PRIu64, device->major,
			     device->minor, cgroup_file_io_weight(device->weight.value));
		mark_weight(row, add_row(limits, row, &own, true));
		mark_weight(row + 1, add_row(limits, row + 1, &general, true));
	}
	return 0;
}

static const struct spec_throttle *throttle_of(const struct spec_block_io *spec, const char *word)
{
	const struct {
		const char *word;
		const struct spec_throttle *devices;
	} rows[] = {
		{ "rbps", &spec->read_bps },
		{ "wbps", &spec->write_bps },
		{ "riops", &spec->read_iops },
		{ "wiops", &spec->write_iops },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		if (strcmp(rows[i].word, word) == 0)
			return rows[i].devices;
	}
	return NULL;
}

static int row_io_max(struct plan_limits *limits, const struct cgroup_file *row, struct error *err)
{
	const struct spec_throttle *spec = throttle_of(&limits->spec->block_io, row->word);

	(void)err;
	for (size_t i = 0; spec && i < spec->count; i++) {
		auto_text text = TEXT_INIT(VALUE_MAX);

		cgroup_file_io_max(&text, spec->items[i].major, spec->items[i].minor, row->word,
				   spec->items[i].rate);
		add_write(limits, row->file, row->controller,
			  plan_text(limits->in, "%s/%zu", row->field, i), &text,
			  spec->items[i].rate > 0);
	}
	return 0;
}

static int row_huge_pages(struct plan_limits *limits, const struct cgroup_file *row,
			  struct error *err)
{
	(void)err;
	for (size_t i = 0; i < limits->spec->hugepage_count; i++) {
		const struct spec_hugepage_limit *spec = &limits->spec->hugepages[i];
		const char *path = plan_text(limits->in, "%s/%zu", row->field, i);
		auto_text value = TEXT_INIT(VALUE_MAX);

		text_appendf(&value, "%" PRIu64, spec->limit);
		for (int reservation = 0; reservation < 2; reservation++) {
			auto_text file = TEXT_INIT(VALUE_MAX);
			struct plan_cgroup_write *write;

			cgroup_file_hugetlb(&file, spec->page_size, reservation);
			write = add_write(limits, plan_text(limits->in, "%s", text_string(&file)),
					  row->controller, path, &value, true);
			if (write)
				write->missing_ok = reservation;
		}
	}
	return 0;
}

static int row_rdma(struct plan_limits *limits, const struct cgroup_file *row, struct error *err)
{
	(void)err;
	for (size_t i = 0; i < limits->spec->rdma_count; i++) {
		const struct spec_rdma *spec = &limits->spec->rdma[i];
		auto_text text = TEXT_INIT(VALUE_MAX * 2);

		cgroup_file_rdma_max(&text, spec->device,
				     spec->handles.set ? (int64_t)spec->handles.value : -1,
				     spec->objects.set ? (int64_t)spec->objects.value : -1);
		add_write(limits, row->file, row->controller,
			  plan_pointer(limits->in, row->field, spec->device), &text,
			  spec->handles.set || spec->objects.set);
	}
	return 0;
}

static row_function *const row_functions[] = {
	[CGROUP_BYTES] = row_bytes,
	[CGROUP_SWAP] = row_swap,
	[CGROUP_PIDS] = row_pids,
	[CGROUP_SHARES] = row_shares,
	[CGROUP_QUOTA] = row_quota,
	[CGROUP_NUMBER] = row_number,
	[CGROUP_LIST] = row_list,
	[CGROUP_IO_WEIGHT] = row_io_weight,
	[CGROUP_IO_MAX] = row_io_max,
	[CGROUP_HUGE_PAGES] = row_huge_pages,
	[CGROUP_RDMA] = row_rdma,
};

int plan_cgroup_limits(struct plan_input *in, struct error *err)
{
	struct plan_limits limits = { .in = in, .spec = &in->spec->linux.resources };
	struct plan_cgroup *cgroup = &in->plan->cgroup;

	for (size_t i = 0; i < cgroup_file_count; i++) {
		const struct cgroup_file *row = &cgroup_files[i];

		if (row_functions[row->format](&limits, row, err) < 0)
			return -1;
	}
	if (plan_cgroup_unified(&limits, err) < 0 || plan_cgroup_floors(&limits, err) < 0)
		return -1;

	cgroup->writes = limits.writes.items;
	cgroup->write_count = limits.writes.count;
	for (size_t i = 0; i < cgroup->write_count; i++)
		cgroup->controllers |= cgroup->writes[i].controller;
	return 0;
}

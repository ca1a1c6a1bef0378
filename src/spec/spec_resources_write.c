/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * Resources as JSON, in the words of config-linux.md: what spec_read_resources() reads back is
 * what was written. Of the limits that cgroup v2 has; the others are refused or ignored when
 * they are read, and none of them is here to write.
 */
#include <string.h>

#include "base/cleanup.h"
#include "json/json_write.h"
#include "spec/spec.h"

enum kind { I64, U64, BOOLEAN, TEXT };

struct row {
	const char *key;
	enum kind kind;
	size_t offset;	/* in struct spec_resources */
};

#define AT(member) offsetof(struct spec_resources, member)

static const struct row memory_rows[] = {
	{ "limit", I64, AT(memory.limit) },
	{ "reservation", I64, AT(memory.reservation) },
	{ "swap", I64, AT(memory.swap) },
	{ "checkBeforeUpdate", BOOLEAN, AT(memory.check_before_update) },
};

static const struct row cpu_rows[] = {
	{ "shares", U64, AT(cpu.shares) },
	{ "quota", I64, AT(cpu.quota) },
	{ "burst", U64, AT(cpu.burst) },
	{ "period", U64, AT(cpu.period) },
	{ "cpus", TEXT, AT(cpu.cpus) },
	{ "mems", TEXT, AT(cpu.mems) },
	{ "idle", I64, AT(cpu.idle) },
};

static const struct row pids_rows[] = {
	{ "limit", I64, AT(pids_limit) },
};

static const struct row block_io_rows[] = {
	{ "weight", U64, AT(block_io.weight) },
};
#undef AT

static void write_i64(struct json_writer *json, const char *key, const struct spec_i64 *value)
{
	if (value->set)
		json_write_i64(json, key, value->value);
}

static void write_u64(struct json_writer *json, const char *key, const struct spec_u64 *value)
{
	if (value->set)
		json_write_u64(json, key, value->value);
}

static void write_rows(struct json_writer *json, const struct spec_resources *resources,
		       const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const void *member = (const char *)resources + rows[i].offset;
		const struct spec_bool *flag = member;
		const char *const *text = member;

		switch (rows[i].kind) {
		case I64:
			write_i64(json, rows[i].key, member);
			break;
		case U64:
			write_u64(json, rows[i].key, member);
			break;
		case BOOLEAN:
			if (flag->set)
				json_write_bool(json, rows[i].key, flag->value);
			break;
		case TEXT:
			if (*text)
				json_write_string(json, rows[i].key, *text);
			break;
		}
	}
}

static void write_devices(struct json_writer *json, const struct spec_resources *resources)
{
	json_write_array(json, "devices");
	for (size_t i = 0; i < resources->device_count; i++) {
		const struct spec_device_rule *rule = &resources->devices[i];
		const char type[] = { rule->type, '\0' };

		json_write_object(json, NULL);
		json_write_bool(json, "allow", rule->allow);
		json_write_string(json, "type", type);
		write_i64(json, "major", &rule->major);
		write_i64(json, "minor", &rule->minor);
		if (rule->access)
			json_write_string(json, "access", rule->access);
		json_write_end(json);
	}
	json_write_end(json);
}

static void write_throttle(struct json_writer *json, const char *key,
			   const struct spec_throttle *throttle)
{
	json_write_array(json, key);
	for (size_t i = 0; i < throttle->count; i++) {
		json_write_object(json, NULL);
		json_write_i64(json, "major", throttle->items[i].major);
		json_write_i64(json, "minor", throttle->items[i].minor);
		json_write_u64(json, "rate", throttle->items[i].rate);
		json_write_end(json);
	}
	json_write_end(json);
}

static void write_block_io(struct json_writer *json, const struct spec_resources *resources)
{
	const struct spec_block_io *block_io = &resources->block_io;

	json_write_object(json, "blockIO");
	write_rows(json, resources, block_io_rows, ARRAY_SIZE(block_io_rows));
	json_write_array(json, "weightDevice");
	for (size_t i = 0; i < block_io->weight_device_count; i++) {
		const struct spec_weight_device *device = &block_io->weight_devices[i];

		json_write_object(json, NULL);
		json_write_i64(json, "major", device->major);
		json_write_i64(json, "minor", device->minor);
		write_u64(json, "weight", &device->weight);
		write_u64(json, "leafWeight", &device->leaf_weight);
		json_write_end(json);
	}
	json_write_end(json);
	write_throttle(json, "throttleReadBpsDevice", &block_io->read_bps);
	write_throttle(json, "throttleWriteBpsDevice", &block_io->write_bps);
	write_throttle(json, "throttleReadIOPSDevice", &block_io->read_iops);
	write_throttle(json, "throttleWriteIOPSDevice", &block_io->write_iops);
	json_write_end(json);
}

static void write_hugepages(struct json_writer *json, const struct spec_resources *resources)
{
	json_write_array(json, "hugepageLimits");
	for (size_t i = 0; i < resources->hugepage_count; i++) {
		json_write_object(json, NULL);
		json_write_string(json, "pageSize", resources->hugepages[i].page_size);
		json_write_u64(json, "limit", resources->hugepages[i].limit);
		json_write_end(json);
	}
	json_write_end(json);
}

static void write_rdma(struct json_writer *json, const struct spec_resources *resources)
{
	json_write_object(json, "rdma");
	for (size_t i = 0; i < resources->rdma_count; i++) {
		json_write_object(json, resources->rdma[i].device);
		write_u64(json, "hcaHandles", &resources->rdma[i].handles);
		write_u64(json, "hcaObjects", &resources->rdma[i].objects);
		json_write_end(json);
	}
	json_write_end(json);
}

void spec_write_resources(const struct spec_resources *resources, struct text *out)
{
	static const struct {
		const char *key;
		const struct row *rows;
		size_t count;
	} sections[] = {
		{ "memory", memory_rows, ARRAY_SIZE(memory_rows) },
		{ "cpu", cpu_rows, ARRAY_SIZE(cpu_rows) },
		{ "pids", pids_rows, ARRAY_SIZE(pids_rows) },
	};
	struct json_writer json = JSON_WRITER(out, JSON_COMPACT);

	json_write_object(&json, NULL);
	write_devices(&json, resources);
	for (size_t i = 0; i < ARRAY_SIZE(sections); i++) {
		json_write_object(&json, sections[i].key);
		write_rows(&json, resources, sections[i].rows, sections[i].count);
		json_write_end(&json);
	}
	write_block_io(&json, resources);
	write_hugepages(&json, resources);
	write_rdma(&json, resources);
	json_write_object(&json, "unified");
	for (size_t i = 0; i < resources->unified.count; i++)
		json_write_string(&json, resources->unified.items[i].key,
				  resources->unified.items[i].value);
	json_write_end(&json);
	json_write_end(&json);
	text_append_char(out, '\n');
}

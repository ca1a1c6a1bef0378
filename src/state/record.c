/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * state.json. Only orlop writes it, in a directory that only its owner may
 * enter, so reading guards against a file that was cut short, or that another
 * version wrote, not against an attacker. It is a private format: what callers
 * read is the output of `orlop state`.
 */
#include "state/record.h"

#include <limits.h>
#include <string.h>

#include "base/cleanup.h"
#include "json/json_read.h"
#include "json/json_write.h"

static const struct json_name phase_names[] = {
	{ "creating", RECORD_CREATING },
	{ "created", RECORD_CREATED },
	{ "started", RECORD_STARTED },
	{ NULL, 0 },
};

static int record_read_version(struct json_reader *in, const struct json_value *value,
			       const struct json_field *field, void *member)
{
	unsigned int *version = member;
	uint64_t number;

	(void)field;
	if (json_read_unsigned(in, value, 0, UINT_MAX, &number) < 0)
		return -1;
	*version = (unsigned int)number;
	if (number != RECORD_VERSION)
		return json_read_fail(in, "another version of orlop wrote it: format %u is known",
				      RECORD_VERSION);
	return 0;
}

static int record_read_pid(struct json_reader *in, const struct json_value *value,
			   const struct json_field *field, void *member)
{
	pid_t *pid = member;
	int64_t number;

	(void)field;
	if (json_read_integer(in, value, 0, INT_MAX, &number) < 0)
		return -1;
	*pid = (pid_t)number;
	return 0;
}

static int record_check(struct json_reader *in, void *object)
{
	const struct record *record = object;

	if (record->cgroup_path && record->cgroup_path[0] != '/')
		return json_read_fail_at(in, "/cgroupPath", "does not start with a slash");
	if (record->range_count > UINT32_MAX - record->range_first)
		return json_read_fail_at(in, "/rangeCount", "the ids end beyond the last one");
	return 0;
}

#define AT(member) offsetof(struct record, member)

/* The version comes first: what another one means by the rest is not known. */
static const struct json_field record_fields[] = {
	{ "version", JSON_REQUIRED, JSON_NUMBER, AT(version), record_read_version },
	{ "phase", JSON_REQUIRED, JSON_TEXT, AT(phase), json_read_enum, .names = phase_names },
	{ "ociVersion", JSON_REQUIRED, JSON_TEXT, AT(oci_version), json_read_string },
	{ "id", JSON_REQUIRED, JSON_TEXT, AT(id), json_read_string },
	{ "bundle", JSON_REQUIRED, JSON_TEXT, AT(bundle), json_read_string },
	{ "rootfs", JSON_REQUIRED, JSON_TEXT, AT(rootfs), json_read_string },
	{ "created", JSON_REQUIRED, JSON_TEXT, AT(created), json_read_string },
	{ "owner", JSON_REQUIRED, JSON_NUMBER, AT(owner), json_read_u32 },
	{ "policy", JSON_REQUIRED, JSON_TEXT, AT(policy), json_read_string },
	{ "policyFile", JSON_OPTIONAL, JSON_TEXT, AT(policy_file), json_read_string },
	{ "cgroupMount", JSON_OPTIONAL, JSON_TEXT, AT(cgroup_mount), json_read_string },
	{ "cgroupPath", JSON_OPTIONAL, JSON_TEXT, AT(cgroup_path), json_read_string },
	{ "cgroupUnit", JSON_OPTIONAL, JSON_TEXT, AT(cgroup_unit), json_read_string },
	{ "cgroupMade", JSON_REQUIRED, JSON_BOOL, AT(cgroup_made), json_read_bool },
	{ "cgroupInode", JSON_REQUIRED, JSON_NUMBER, AT(cgroup_inode), json_read_u64 },
	{ "rangeFirst", JSON_REQUIRED, JSON_NUMBER, AT(range_first), json_read_u32 },
	{ "rangeCount", JSON_REQUIRED, JSON_NUMBER, AT(range_count), json_read_u32 },
	{ "overlayUpper", JSON_OPTIONAL, JSON_TEXT, AT(overlay_upper), json_read_string },
	{ "pid", JSON_REQUIRED, JSON_NUMBER, AT(pid), record_read_pid },
	{ "pidStart", JSON_REQUIRED, JSON_NUMBER, AT(pid_start), json_read_u64 },
	{ "ownPidNamespace", JSON_REQUIRED, JSON_BOOL, AT(own_pid_namespace), json_read_bool },
	{ "seccompFilters", JSON_REQUIRED, JSON_NUMBER, AT(filters), json_read_u32 },
	{ "apparmor", JSON_OPTIONAL, JSON_TEXT, AT(apparmor), json_read_string },
	{ "selinux", JSON_OPTIONAL, JSON_TEXT, AT(selinux), json_read_string },
	{ "hooks", JSON_OPTIONAL, JSON_BOOL, AT(hooks), json_read_bool },
	{ "annotations", JSON_REQUIRED, JSON_MAP, AT(annotations), json_read_pairs },
};

static const struct json_table record_table = JSON_TABLE(record_fields, record_check);

static const char *record_phase_name(enum record_phase phase)
{
	for (const struct json_name *row = phase_names; row->name; row++)
		if (row->value == (int)phase)
			return row->name;
	return NULL;
}

void record_write(const struct record *record, struct text *out)
{
	struct json_writer json = JSON_WRITER(out, JSON_INDENTED);

	json_write_object(&json, NULL);
	json_write_u64(&json, "version", RECORD_VERSION);
	json_write_string(&json, "phase", record_phase_name(record->phase));
	json_write_string(&json, "ociVersion", record->oci_version);
	json_write_string(&json, "id", record->id);
	json_write_string(&json, "bundle", record->bundle);
	json_write_string(&json, "rootfs", record->rootfs);
	json_write_string(&json, "created", record->created);
	json_write_u64(&json, "owner", record->owner);
	json_write_string(&json, "policy", record->policy);
	json_write_string(&json, "policyFile", record->policy_file);
	json_write_string(&json, "cgroupMount", record->cgroup_mount);
	json_write_string(&json, "cgroupPath", record->cgroup_path);
	json_write_string(&json, "cgroupUnit", record->cgroup_unit);
	json_write_bool(&json, "cgroupMade", record->cgroup_made);
	json_write_u64(&json, "cgroupInode", record->cgroup_inode);
	json_write_u64(&json, "rangeFirst", record->range_first);
	json_write_u64(&json, "rangeCount", record->range_count);
	json_write_string(&json, "overlayUpper", record->overlay_upper);
	json_write_i64(&json, "pid", record->pid);
	json_write_u64(&json, "pidStart", record->pid_start);
	json_write_bool(&json, "ownPidNamespace", record->own_pid_namespace);
	json_write_u64(&json, "seccompFilters", record->filters);
	json_write_string(&json, "apparmor", record->apparmor);
	json_write_string(&json, "selinux", record->selinux);
	json_write_bool(&json, "hooks", record->hooks);
	json_write_object(&json, "annotations");
	for (size_t i = 0; i < record->annotations.count; i++)
		json_write_string(&json, record->annotations.items[i].key,
				  record->annotations.items[i].value);
	json_write_end(&json);
	json_write_end(&json);
	text_append_char(out, '\n');
}

int record_read(const char *bytes, size_t size, struct record *out, struct error *err)
{
	auto_record record = { .version = 0 };
	auto_json_reader in = JSON_READER(&record.arena, ERROR_STATE, err);

	if (json_read_open(&in, bytes, size, size) < 0 ||
	    json_read_table(&in, json_read_root(&in), &record_table, &record) < 0) {
		if (record.version > RECORD_VERSION)
			error_set(err, ERROR_STATE, ENOTSUP,
				  "a later version of orlop wrote it: its format is %u, and %u is known",
				  record.version, RECORD_VERSION);
		return -1;
	}

	*out = record;
	arena_init(&record.arena);
	return 0;
}

void record_free(struct record *record)
{
	int saved = errno;

	arena_free(&record->arena);
	*record = (struct record){ .version = 0 };
	errno = saved;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * Mounts and device nodes, for plan_explain().
 */
#include <stdio.h>
#include <sys/mount.h>

#include "base/cleanup.h"
#include "kernel/compat.h"
#include "plan_explain.h"

static const struct {
	uint64_t bit;
	const char *name;
} attribute_names[] = {
	{ MOUNT_ATTR_RDONLY,      "ro" },
	{ MOUNT_ATTR_NOSUID,      "nosuid" },
	{ MOUNT_ATTR_NODEV,       "nodev" },
	{ MOUNT_ATTR_NOEXEC,      "noexec" },
	{ MOUNT_ATTR_NODIRATIME,  "nodiratime" },
	{ MOUNT_ATTR_NOSYMFOLLOW, "nosymfollow" },
	{ MOUNT_ATTR_NOATIME,     "noatime" },
	{ MOUNT_ATTR_STRICTATIME, "strictatime" },
};

static void explain_attributes(struct json_writer *json, const char *key, uint64_t bits)
{
	if (!bits)
		return;
	json_write_array(json, key);
	/* Clearing the access-time mode clears all of its bits: that is one thing, not two. */
	if ((bits & MOUNT_ATTR__ATIME) == MOUNT_ATTR__ATIME) {
		json_write_string(json, NULL, "atime");
		bits &= ~(uint64_t)MOUNT_ATTR__ATIME;
	}
	for (size_t i = 0; i < ARRAY_SIZE(attribute_names); i++) {
		if (bits & attribute_names[i].bit)
			json_write_string(json, NULL, attribute_names[i].name);
	}
	json_write_end(json);
}

static void explain_options(struct json_writer *json, const struct plan_mount *mount)
{
	if (mount->option_count == 0)
		return;
	json_write_array(json, "options");
	for (size_t i = 0; i < mount->option_count; i++) {
		const struct plan_option *option = &mount->options[i];
		auto_text text = TEXT_INIT(1u << 20);

		text_append(&text, option->key);
		if (option->value)
			text_appendf(&text, "=%s", option->value);
		json_write_string(json, NULL, text_string(&text));
	}
	json_write_end(json);
}

static void explain_changes(struct json_writer *json, const struct plan_mount *mount)
{
	if (mount->change_count == 0)
		return;
	json_write_array(json, "changes");
	for (size_t i = 0; i < mount->change_count; i++) {
		json_write_object(json, NULL);
		json_write_string(json, "item", mount->changes[i].item);
		json_write_string(json, "text", mount->changes[i].text);
		json_write_end(json);
	}
	json_write_end(json);
}

static void explain_copy_up(struct json_writer *json, const struct plan_mount *mount)
{
	if (!mount->copy_up)
		return;
	json_write_object(json, "copyUp");
	json_write_u64(json, "bytes", mount->copy_up_bytes);
	json_write_u64(json, "entries", mount->copy_up_entries);
	json_write_end(json);
}

static void explain_mount(struct json_writer *json, const struct plan_mount *mount)
{
	static const char *const kinds[] = {
		[PLAN_MOUNT_BIND] = "bind",
		[PLAN_MOUNT_NEW] = "new",
		[PLAN_MOUNT_DEV] = "dev",
		[PLAN_MOUNT_REMOUNT] = "remount",
	};

	json_write_object(json, NULL);
	json_write_string(json, "destination", mount->destination);
	json_write_string(json, "kind", mount->cgroup_bind ? "cgroup" : kinds[mount->kind]);
	if (mount->fs_type)
		json_write_string(json, "type", mount->fs_type);
	if (mount->source)
		json_write_string(json, "source", mount->source);
	if (mount->source_in_root)
		json_write_bool(json, "sourceInRoot", true);
	if (mount->recursive)
		json_write_bool(json, "recursive", true);
	explain_options(json, mount);
	explain_attributes(json, "set", mount->self.set);
	explain_attributes(json, "clear", mount->self.clear);
	explain_attributes(json, "treeSet", mount->tree.set);
	explain_attributes(json, "treeClear", mount->tree.clear);
	explain_propagation(json, mount->propagation, mount->propagation_recursive);
	explain_idmap(json, mount->idmap);
	if (mount->idmap_recursive)
		json_write_bool(json, "idmapRecursive", true);
	if (mount->idmap == PLAN_IDMAP_OWN) {
		explain_mappings(json, "uids", mount->uids, mount->uid_count);
		explain_mappings(json, "gids", mount->gids, mount->gid_count);
	}
	explain_copy_up(json, mount);
	if (mount->optional)
		json_write_bool(json, "optional", true);
	explain_conditions(json, mount->conditions);
	explain_changes(json, mount);
	explain_why(json, &mount->why);
	json_write_end(json);
}

static void explain_devices(struct json_writer *json, const struct plan *plan)
{
	json_write_array(json, "devices");
	for (size_t i = 0; i < plan->device_count; i++) {
		const struct plan_device *device = &plan->devices[i];
		const char type[] = { device->type, '\0' };
		char mode[16];

		(void)snprintf(mode, sizeof(mode), "%04o", device->mode);
		json_write_object(json, NULL);
		json_write_string(json, "file", device->path);
		json_write_string(json, "type", type);
		if (device->type != 'p') {
			json_write_u64(json, "major", device->major);
			json_write_u64(json, "minor", device->minor);
		}
		if (device->bind) {
			json_write_bool(json, "bind", true);
		} else {
			json_write_string(json, "mode", mode);
			json_write_u64(json, "uid", device->uid);
			json_write_u64(json, "gid", device->gid);
		}
		explain_why(json, &device->why);
		json_write_end(json);
	}
	json_write_end(json);
}

void explain_mounts(struct json_writer *json, const struct plan *plan)
{
	json_write_array(json, "mounts");
	for (size_t i = 0; i < plan->mount_count; i++)
		explain_mount(json, &plan->mounts[i]);
	json_write_end(json);
	explain_devices(json, plan);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * The lists are those of the tables that config.json is read by: what is
 * advertised is what is understood. Spec: features.md, features-linux.md.
 */
#include <string.h>

#include "build.h"
#include "cmd/command.h"
#include "json/json_write.h"
#include "kernel/systemd.h"
#include "tables/capability_names.h"
#include "tables/hook_kinds.h"
#include "tables/mount_options.h"
#include "tables/namespace_types.h"
#include "tables/seccomp_names.h"
#include "tables/unit_properties.h"

const struct options cmd_features_options = NO_OPTIONS;

static void write_hooks(struct json_writer *json)
{
	json_write_array(json, "hooks");
	for (size_t i = 0; i < HOOK_KINDS; i++)
		json_write_string(json, NULL, hook_kinds[i].name);
	json_write_end(json);
}

static void write_mount_options(struct json_writer *json)
{
	json_write_array(json, "mountOptions");
	for (size_t i = 0; i < mount_option_count; i++)
		json_write_string(json, NULL, mount_options[i].name);
	json_write_end(json);
}

static void write_namespaces(struct json_writer *json)
{
	json_write_array(json, "namespaces");
	for (size_t i = 0; i < NAMESPACE_TYPES; i++)
		json_write_string(json, NULL, namespace_types[i].name);
	json_write_end(json);
}

static void write_cgroup(struct json_writer *json)
{
	json_write_object(json, "cgroup");
	json_write_bool(json, "v1", false);
	json_write_bool(json, "v2", true);
	json_write_bool(json, "systemd", systemd_is_built_in());
	json_write_bool(json, "systemdUser", false);
	json_write_bool(json, "rdma", true);
	json_write_end(json);
}

/* @without: a name that is known and not carried out, or NULL. */
static void write_names(struct json_writer *json, const char *key,
			const struct seccomp_name *names, size_t count, const char *without)
{
	json_write_array(json, key);
	for (size_t i = 0; i < count; i++)
		if (!without || strcmp(names[i].name, without) != 0)
			json_write_string(json, NULL, names[i].name);
	json_write_end(json);
}

static void write_seccomp(struct json_writer *json)
{
	json_write_object(json, "seccomp");
	json_write_bool(json, "enabled", true);
	/* There is no agent to notify yet, so nothing can wait for one either. */
	write_names(json, "actions", seccomp_actions, seccomp_action_count, "SCMP_ACT_NOTIFY");
	write_names(json, "operators", seccomp_operators, seccomp_operator_count, NULL);
	write_names(json, "archs", seccomp_architectures, seccomp_architecture_count, NULL);
	write_names(json, "knownFlags", seccomp_flags, seccomp_flag_count, NULL);
	write_names(json, "supportedFlags", seccomp_flags, seccomp_flag_count,
		    "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV");
	json_write_end(json);
}

/* What is one switch: an object with the one member "enabled". */
static void write_enabled(struct json_writer *json, const char *key, bool enabled)
{
	json_write_object(json, key);
	json_write_bool(json, "enabled", enabled);
	json_write_end(json);
}

static void write_linux(struct json_writer *json)
{
	json_write_object(json, "linux");
	write_namespaces(json);
	json_write_strings(json, "capabilities", capability_names, CAPABILITY_COUNT);
	write_cgroup(json);
	write_seccomp(json);
	write_enabled(json, "apparmor", true);
	write_enabled(json, "selinux", true);
	write_enabled(json, "intelRdt", false);
	json_write_object(json, "mountExtensions");
	write_enabled(json, "idmap", true);
	json_write_end(json);
	write_enabled(json, "netDevices", false);
	json_write_end(json);
}

int cmd_features(const struct invocation *call, int *status, struct error *err)
{
	auto_text text = TEXT_INIT(65536);
	struct json_writer json = JSON_WRITER(&text, JSON_INDENTED);

	(void)call;
	(void)status;
	json_write_object(&json, NULL);
	json_write_string(&json, "ociVersionMin", "1.0.0");
	json_write_string(&json, "ociVersionMax", SPEC_VERSION);
	write_hooks(&json);
	write_mount_options(&json);
	write_linux(&json);
	json_write_object(&json, "annotations");
	json_write_string(&json, "orlop.version", BUILD_VERSION);
	json_write_string(&json, "orlop.commit", BUILD_COMMIT);
	json_write_end(&json);
	/* Those that change what orlop does: a name that ends with a dot is the beginning of many. */
	json_write_array(&json, "potentiallyUnsafeConfigAnnotations");
	if (systemd_is_built_in())
		json_write_string(&json, NULL, UNIT_ANNOTATION);
	json_write_end(&json);
	json_write_end(&json);
	text_append_char(&text, '\n');
	return command_print(&text, err);
}

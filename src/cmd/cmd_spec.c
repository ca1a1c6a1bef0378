/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * A config.json to begin with: what the usual runtimes write, so that what is
 * written about theirs holds for ours.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "cmd/command.h"
#include "json/json_write.h"
#include "tables/default_mounts.h"
#include "tables/masked_paths.h"

#define CONFIG "config.json"

struct spec_options {
	const char *bundle;
	bool rootless;
};

static const struct option_row spec_rows[] = {
	{ "bundle", 'b', "DIR", "write it to DIR, not to the current directory", option_text,
	  offsetof(struct spec_options, bundle) },
	{ "rootless", 0, NULL, "with a user namespace, in which the caller is root", option_flag,
	  offsetof(struct spec_options, rootless) },
};

const struct options cmd_spec_options = OPTIONS(spec_rows, struct spec_options);

static const char *const arguments[] = { "sh" };

static const char *const environment[] = {
	"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
	"TERM=xterm",
};

static const char *const capabilities[] = {
	"CAP_AUDIT_WRITE",
	"CAP_KILL",
	"CAP_NET_BIND_SERVICE",
};

static const char *const namespaces[] = { "pid", "network", "ipc", "uts", "mount", "cgroup" };

static void write_user(struct json_writer *json)
{
	json_write_object(json, "user");
	json_write_u64(json, "uid", 0);
	json_write_u64(json, "gid", 0);
	json_write_end(json);
}

static void write_capabilities(struct json_writer *json)
{
	static const char *const sets[] = { "bounding", "effective", "permitted" };

	json_write_object(json, "capabilities");
	for (size_t i = 0; i < ARRAY_SIZE(sets); i++)
		json_write_strings(json, sets[i], capabilities, ARRAY_SIZE(capabilities));
	json_write_end(json);
}

static void write_rlimits(struct json_writer *json)
{
	json_write_array(json, "rlimits");
	json_write_object(json, NULL);
	json_write_string(json, "type", "RLIMIT_NOFILE");
	json_write_u64(json, "hard", 1024);
	json_write_u64(json, "soft", 1024);
	json_write_end(json);
	json_write_end(json);
}

static void write_process(struct json_writer *json)
{
	json_write_object(json, "process");
	json_write_bool(json, "terminal", true);
	write_user(json);
	json_write_strings(json, "args", arguments, ARRAY_SIZE(arguments));
	json_write_strings(json, "env", environment, ARRAY_SIZE(environment));
	json_write_string(json, "cwd", "/");
	write_capabilities(json);
	write_rlimits(json);
	json_write_bool(json, "noNewPrivileges", true);
	json_write_end(json);
}

static void write_root(struct json_writer *json)
{
	json_write_object(json, "root");
	json_write_string(json, "path", "rootfs");
	json_write_bool(json, "readonly", true);
	json_write_end(json);
}

static void write_mount(struct json_writer *json, const struct default_mount *mount,
			bool rootless)
{
	json_write_object(json, NULL);
	json_write_string(json, "destination", mount->destination);
	json_write_string(json, "type", mount->type);
	json_write_string(json, "source", mount->source);
	if (mount->options[0]) {
		json_write_array(json, "options");
		for (const char *const *option = mount->options; *option; option++)
			/* Where one id is mapped, there is no group tty. */
			if (!rootless || strcmp(*option, "gid=5") != 0)
				json_write_string(json, NULL, *option);
		json_write_end(json);
	}
	json_write_end(json);
}

static void write_resources(struct json_writer *json)
{
	json_write_object(json, "resources");
	json_write_array(json, "devices");
	json_write_object(json, NULL);
	json_write_bool(json, "allow", false);
	json_write_string(json, "access", "rwm");
	json_write_end(json);
	json_write_end(json);
	json_write_end(json);
}

static void write_namespace(struct json_writer *json, const char *type)
{
	json_write_object(json, NULL);
	json_write_string(json, "type", type);
	json_write_end(json);
}

static void write_mapping(struct json_writer *json, const char *key, uint32_t host_id)
{
	json_write_array(json, key);
	json_write_object(json, NULL);
	json_write_u64(json, "containerID", 0);
	json_write_u64(json, "hostID", host_id);
	json_write_u64(json, "size", 1);
	json_write_end(json);
	json_write_end(json);
}

static void write_linux(struct json_writer *json, bool rootless)
{
	json_write_object(json, "linux");
	if (rootless) {
		write_mapping(json, "uidMappings", geteuid());
		write_mapping(json, "gidMappings", getegid());
	}
	write_resources(json);
	json_write_array(json, "namespaces");
	for (size_t i = 0; i < ARRAY_SIZE(namespaces); i++)
		write_namespace(json, namespaces[i]);
	if (rootless)
		write_namespace(json, "user");
	json_write_end(json);
	json_write_array(json, "maskedPaths");
	for (size_t i = 0; i < masked_path_count; i++)
		if (masked_paths[i].from == MASKED_USUAL)
			json_write_string(json, NULL, masked_paths[i].path);
	json_write_end(json);
	json_write_strings(json, "readonlyPaths", readonly_paths, readonly_path_count);
	json_write_end(json);
}

static void write_config(struct text *out, bool rootless)
{
	struct json_writer json = JSON_WRITER(out, JSON_INDENTED);

	json_write_object(&json, NULL);
	json_write_string(&json, "ociVersion", SPEC_VERSION);
	write_process(&json);
	write_root(&json);
	json_write_string(&json, "hostname", "orlop");
	json_write_array(&json, "mounts");
	for (size_t i = 0; i < default_mount_count; i++)
		write_mount(&json, &default_mounts[i], rootless);
	json_write_end(&json);
	write_linux(&json, rootless);
	json_write_end(&json);
	text_append_char(out, '\n');
}

int cmd_spec(const struct invocation *call, int *status, struct error *err)
{
	const struct spec_options *options = call->options;
	auto_text text = TEXT_INIT(65536);
	auto_fd directory = -1;
	auto_fd file = -1;

	(void)status;
	write_config(&text, options->rootless);
	directory = open(options->bundle ? options->bundle : ".",
			 O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (directory < 0)
		return error_system(err, "open the bundle '%s'", options->bundle);
	file = openat(directory, CONFIG, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (file < 0 && errno == EEXIST)
		return error_set(err, ERROR_USAGE, 0, "there is a " CONFIG " already");
	if (file < 0)
		return error_system(err, "make " CONFIG);
	/* The umask of the program is for its state, not for what a user will edit. */
	if (fchmod(file, 0644) < 0)
		return error_system(err, "set the mode of " CONFIG);
	return fd_write_all(file, text_string(&text), text.size, err);
}

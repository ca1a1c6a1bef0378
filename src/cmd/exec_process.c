/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */

#include "exec_process.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/number.h"
#include "tables/capability_names.h"

/* A list of the base with what options add at its end. */
static void append(struct arena *arena, struct spec_strings *to, const struct option_list *more)
{
	const char **items;

	if (more->count == 0)
		return;
	items = arena_array(arena, to->count + more->count, sizeof(*items));
	for (size_t i = 0; i < to->count; i++)
		items[i] = to->items[i];
	for (size_t i = 0; i < more->count; i++)
		items[to->count + i] = more->items[i];
	*to = (struct spec_strings){ to->count + more->count, items };
}

static int set_program(const struct exec_options *options, size_t count, char *const *words,
		       struct spec *out, struct error *err)
{
	const char **args;

	if (options->process.bytes && count > 0)
		return error_set(err, ERROR_USAGE, 0,
				 "option '--process': the file names the program: leave '%s' out",
				 words[0]);
	if (options->process.bytes)
		return 0;
	if (count == 0 || words[0][0] == '\0')
		return error_set(err, ERROR_USAGE, 0,
				 "no program is given: name one behind the container's id, or give "
				 "--process");
	args = arena_array(&out->arena, count, sizeof(*args));
	for (size_t i = 0; i < count; i++)
		args[i] = words[i];
	out->process.args = (struct spec_strings){ count, args };
	return 0;
}

static int check_env(const struct option_list *env, struct error *err)
{
	for (size_t i = 0; i < env->count; i++)
		if (!strchr(env->items[i] + 1, '=') || env->items[i][0] == '=')
			return error_set(err, ERROR_USAGE, 0, "option '--env': '%s' is not NAME=VALUE",
					 env->items[i]);
	return 0;
}

/* "UID" or "UID:GID", numbers only: names are the image's to define. */
static int set_user(const char *text, struct spec_user *user, struct error *err)
{
	const char *colon = text ? strchr(text, ':') : NULL;
	auto_free char *uid = NULL;

	if (!text)
		return 0;
	uid = colon ? strndup(text, (size_t)(colon - text)) : strdup(text);
	if (!uid)
		return error_system(err, "option '--user'");
	if (number_parse_id(uid, &user->uid) < 0 ||
	    (colon && number_parse_id(colon + 1, &user->gid) < 0))
		return error_set(err, ERROR_USAGE, 0, "option '--user': '%s' is neither UID nor UID:GID, "
				 "in numbers", text);
	return 0;
}

static int add_groups(const struct option_list *groups, struct spec *out, struct error *err)
{
	struct spec_user *user = &out->process.user;
	uint32_t *all = arena_array(&out->arena, user->additional_gid_count + groups->count,
				    sizeof(*all));

	for (size_t i = 0; i < user->additional_gid_count; i++)
		all[i] = user->additional_gids[i];
	for (size_t i = 0; i < groups->count; i++)
		if (number_parse_id(groups->items[i], &all[user->additional_gid_count + i]) < 0)
			return error_set(err, ERROR_USAGE, 0,
					 "option '--additional-gids': '%s' is no number of a group",
					 groups->items[i]);
	user->additional_gids = all;
	user->additional_gid_count += groups->count;
	return 0;
}

/* Not to inheritable: files with inheritable bits would raise it for others (CVE-2022-29162). */
static int add_caps(const struct option_list *caps, struct spec *out, struct error *err)
{
	struct spec_capabilities *sets = &out->process.capabilities;

	for (size_t i = 0; i < caps->count; i++)
		if (capability_number(caps->items[i]) < 0)
			return error_set(err, ERROR_USAGE, 0, "option '--cap': there is no capability '%s'",
					 caps->items[i]);
	if (caps->count == 0)
		return 0;
	append(&out->arena, &sets->bounding.names, caps);
	append(&out->arena, &sets->effective.names, caps);
	append(&out->arena, &sets->permitted.names, caps);
	sets->set = sets->bounding.set = sets->effective.set = sets->permitted.set = true;
	return 0;
}

static int set_rest(const struct exec_options *options, struct spec *out, struct error *err)
{
	struct spec_process *process = &out->process;

	if (options->cwd && options->cwd[0] != '/')
		return error_set(err, ERROR_USAGE, 0, "option '--cwd': '%s' is not an absolute path",
				 options->cwd);
	if (options->cwd)
		process->cwd = options->cwd;
	if (options->apparmor)
		process->apparmor_profile = options->apparmor;
	if (options->process_label)
		process->selinux_label = options->process_label;
	if (options->no_new_privs)
		process->no_new_privileges = (struct spec_bool){ .set = true, .value = true };
	/* The container's own terminal is not this process's. */
	process->terminal = options->tty || (options->process.bytes && process->terminal);
	return 0;
}

int exec_process_build(const struct exec_options *options, size_t count, char *const *words,
		       const struct spec *container, struct spec *out, struct error *err)
{
	auto_spec spec = SPEC_NULL;

	if (!options->process.bytes)
		spec.process = container->process;
	else if (spec_read_process(options->process.bytes, options->process.size, &spec, err) < 0)
		return error_prefix(err, "the file of --process");
	if (set_program(options, count, words, &spec, err) < 0 ||
	    check_env(&options->env, err) < 0 ||
	    set_user(options->user, &spec.process.user, err) < 0 ||
	    add_groups(&options->groups, &spec, err) < 0 ||
	    add_caps(&options->caps, &spec, err) < 0 || set_rest(options, &spec, err) < 0)
		return -1;
	append(&spec.arena, &spec.process.env, &options->env);
	*out = spec;
	spec = SPEC_NULL;
	return 0;
}

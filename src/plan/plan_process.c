/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * The program: what it is told, who it is, and no_new_privs. Nothing of the
 * environment of orlop itself is handed down.
 */
#include <string.h>

#include "plan_sections.h"

/* Names of the environment seen so far: an open hash table of indices, -1 for empty. */
struct names {
	const char **entries;
	size_t mask;
	size_t *slots;		/* index + 1; 0 is empty */
};

static size_t name_length(const char *entry)
{
	return strcspn(entry, "=");
}

static uint64_t hash_name(const char *entry, size_t length)
{
	uint64_t hash = 0xcbf29ce484222325u;

	for (size_t i = 0; i < length; i++)
		hash = (hash ^ (unsigned char)entry[i]) * 0x100000001b3u;
	return hash;
}

/* Sees a name; false when it was there already. */
static bool see_name(struct names *names, const char *entry, size_t index)
{
	size_t length = name_length(entry);
	size_t slot = hash_name(entry, length) & names->mask;

	while (names->slots[slot]) {
		const char *other = names->entries[names->slots[slot] - 1];

		if (name_length(other) == length && memcmp(other, entry, length) == 0)
			return false;
		slot = (slot + 1) & names->mask;
	}
	names->slots[slot] = index + 1;
	return true;
}

static struct names make_names(struct plan_input *in, const struct spec_strings *env)
{
	size_t size = 16;

	while (size < env->count * 2)
		size *= 2;
	return (struct names){
		.entries = env->items,
		.mask = size - 1,
		.slots = arena_array(&in->plan->arena, size, sizeof(size_t)),
	};
}

/* The environment of the configuration, and the variables of sd_listen_fds(3) behind it. */
static struct spec_strings plan_listen(struct plan_input *in)
{
	const struct spec_strings *env = &in->spec->process.env;
	struct spec_strings out = { .count = 0 };

	if (in->request->listen_fds == 0)
		return out;
	out.items = arena_array(&in->plan->arena, env->count + 2, sizeof(*out.items));
	for (; out.count < env->count; out.count++)
		out.items[out.count] = env->items[out.count];
	out.items[out.count++] = plan_text(in, "LISTEN_FDS=%u", in->request->listen_fds);
	out.items[out.count++] = "LISTEN_PID=1";
	return out;
}

/* Of duplicate variables the last wins, and stands where it stood. */
static void plan_environment(struct plan_input *in, struct plan_process *process)
{
	const struct spec_strings listen = plan_listen(in);
	const struct spec_strings *env = in->request->listen_fds ? &listen : &in->spec->process.env;
	struct names names = make_names(in, env);
	const char **out = arena_array(&in->plan->arena, env->count + 1, sizeof(*out));
	size_t first = env->count;

	process->home_missing = true;
	for (size_t i = env->count; i > 0; i--) {
		const char *entry = env->items[i - 1];

		if (!see_name(&names, entry, i - 1))
			continue;
		if (strncmp(entry, "HOME=", 5) == 0) {
			if (!entry[5])
				continue;
			process->home_missing = false;
		}
		out[--first] = entry;
	}
	process->env = out + first;
	process->env_count = env->count - first;
}

static int plan_terminal(struct plan_input *in, struct plan_process *process, struct error *err)
{
	const struct spec_process *spec = &in->spec->process;
	const struct plan_request *request = in->request;

	process->terminal = spec->terminal;
	if (spec->terminal && !request->console_socket && !request->foreground)
		return error_set(err, ERROR_USAGE, 0,
				 "/process/terminal: nobody would hold the terminal: give "
				 "--console-socket, or run in the foreground");
	if (request->console_socket && !spec->terminal)
		return error_set(err, ERROR_USAGE, 0,
				 "--console-socket: /process/terminal is not true, so there is no "
				 "terminal to send");
	if (request->console_socket && request->foreground)
		return error_set(err, ERROR_USAGE, 0,
				 "--console-socket: in the foreground orlop itself relays the "
				 "terminal");
	if (!spec->terminal || !spec->console_size_set)
		return 0;
	process->console_size_set = true;
	process->rows = (uint16_t)spec->console_height;
	process->columns = (uint16_t)spec->console_width;
	return 0;
}

static int plan_no_new_privs(struct plan_input *in, struct plan_process *process,
			     struct error *err)
{
	static const char path[] = "/process/noNewPrivileges";
	const struct spec_bool *spec = &in->spec->process.no_new_privileges;

	process->no_new_privs = spec->set && spec->value;
	process->no_new_privs_why = spec->set ? PLAN_WHY_SPEC(path) : PLAN_WHY_DEFAULT;
	if (process->no_new_privs)
		return 0;
	if (plan_enforces(in, POLICY_NO_NEW_PRIVILEGES)) {
		process->no_new_privs = true;
		process->no_new_privs_why = plan_why(PLAN_FLOOR, POLICY_NO_NEW_PRIVILEGES,
						     spec->set ? path : NULL);
		return 0;
	}
	return plan_breach(in, POLICY_NO_NEW_PRIVILEGES, path, err, "set it to true",
			   "the program may gain privileges from files it executes");
}

static int plan_keyring(struct plan_input *in, struct error *err)
{
	struct plan *plan = in->plan;

	plan->new_keyring = !in->request->no_new_keyring;
	plan->keyring_why = PLAN_WHY_DEFAULT;
	if (plan->new_keyring)
		return 0;
	if (plan_enforces(in, POLICY_SESSION_KEYRING)) {
		plan->new_keyring = true;
		plan->keyring_why = plan_why(PLAN_FLOOR, POLICY_SESSION_KEYRING, NULL);
		return 0;
	}
	return plan_breach(in, POLICY_SESSION_KEYRING, NULL, err,
			   "leave --no-new-keyring out",
			   "the container would share the caller's session keyring");
}

static const char *const *copy_strings(struct plan_input *in, const struct spec_strings *from)
{
	const char **to = arena_array(&in->plan->arena, from->count + 1, sizeof(*to));

	for (size_t i = 0; i < from->count; i++)
		to[i] = from->items[i];
	return to;
}

/* The kernel forbids it in a user namespace that its maker may not give other groups: user_namespaces(7). */
static int plan_groups(struct plan_input *in, struct plan_process *process, struct error *err)
{
	const struct spec_user *user = &in->spec->process.user;

	process->groups = user->additional_gids;
	process->group_count = user->additional_gid_count;
	/* Who maps himself alone is denied it as well. */
	process->groups_stay = in->host->setgroups_denied ||
			       (in->host->powerless && in->plan->ids.outer_single);
	if (!process->groups_stay)
		return 0;
	if (user->additional_gid_count > 0)
		return error_set(err, ERROR_HOST, 0,
				 "/process/user/additionalGids: the user namespace that orlop runs in forbids "
				 "changing groups (/proc/self/setgroups): leave them out, or give the user "
				 "ranges in /etc/subuid and /etc/subgid");
	plan_left_out(in, "/process/user", "the caller's groups stay: its user namespace forbids changing "
		      "them (/proc/self/setgroups)");
	return 0;
}

int plan_process(struct plan_input *in, struct error *err)
{
	const struct spec_process *spec = &in->spec->process;
	struct plan_process *process = &in->plan->process;

	process->args = copy_strings(in, &spec->args);
	process->arg_count = spec->args.count;
	process->cwd = spec->cwd;
	process->uid = spec->user.uid;
	process->gid = spec->user.gid;
	process->umask_set = spec->user.umask.set;
	process->umask = (uint32_t)spec->user.umask.value;
	process->preserve_fds = in->request->listen_fds + in->request->preserve_fds;
	plan_environment(in, process);
	if (plan_groups(in, process, err) < 0 || plan_terminal(in, process, err) < 0 ||
	    plan_no_new_privs(in, process, err) < 0)
		return -1;
	return plan_keyring(in, err);
}

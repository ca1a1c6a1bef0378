/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * Everything is read and decided before the first side effect: until the
 * directory in the state directory is made, a failure leaves nothing to undo.
 */
#include "launch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/log.h"
#include "container.h"
#include "run/rootless.h"
#include "run/supervise.h"
#include "state/record.h"
#include "state/store.h"

#define CONFIG_MAX ((size_t)4 << 20)

static int launch_read_spec(struct launch *launch, const char *config, struct error *err)
{
	auto_fd bundle = -1;
	auto_fd file = -1;

	bundle = open(launch->bundle, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (bundle < 0)
		return error_system(err, "open the bundle '%s'", launch->bundle);
	file = openat(bundle, config, O_RDONLY | O_NOCTTY | O_CLOEXEC);
	/* Not in the words of the system: Podman takes them for a missing program. */
	if (file < 0 && errno == ENOENT)
		return error_set(err, ERROR_SPEC, 0, "the bundle '%s' has no %s", launch->bundle,
				 config);
	if (file < 0)
		return error_system(err, "open '%s' of the bundle '%s'", config, launch->bundle);
	if (fd_read_all(file, CONFIG_MAX, &launch->config, &launch->config_size, err) < 0 ||
	    spec_read(launch->config, launch->config_size, &launch->spec, err) < 0)
		return error_prefix(err, "%s", config);
	return 0;
}

static int launch_load_policy(struct launch *launch, const struct globals *globals,
			      struct error *err)
{
	if (policy_load_site(globals->policy, POLICY_FILE, &launch->policy, err) < 0)
		return -1;
	/* Without a cgroup there are no limits, and no sure way to end every process. */
	if (globals->cgroup_manager == PLAN_NO_CGROUP && strcmp(launch->policy.name, "oci") != 0)
		return error_set(err, ERROR_POLICY, 0,
				 "policy %s needs a cgroup: with --cgroup-manager disabled, "
				 "--policy oci",
				 launch->policy.name);
	return 0;
}

/* Not the user namespace: who names that has said whose the others are. */
static void launch_look_at_joined(struct launch *launch)
{
	const struct spec_linux *spec = &launch->spec.linux;

	for (size_t i = 0; i < spec->namespace_count; i++)
		if (spec->namespaces[i].path && strcmp(spec->namespaces[i].type, "user") != 0)
			host_look_at_joined(&launch->host, spec->namespaces[i].path);
}

int launch_plan(const struct invocation *call, const char *id,
		const struct launch_options *options, bool foreground, struct launch *out,
		struct error *err)
{
	const char *bundle = options->bundle ? options->bundle : ".";
	struct plan_request request;

	if (store_check_id(id, err) < 0)
		return -1;
	out->bundle = realpath(bundle, NULL);
	if (!out->bundle)
		return error_system(err, "find the bundle '%s'", bundle);
	if (launch_load_policy(out, call->globals, err) < 0 ||
	    launch_read_spec(out, options->config ? options->config : "config.json", err) < 0 ||
	    host_read(&out->host, err) < 0)
		return -1;
	launch_look_at_joined(out);

	request = (struct plan_request){
		.id = id,
		.bundle = out->bundle,
		.console_socket = options->console_socket != NULL,
		.foreground = foreground,
		.no_new_keyring = options->no_new_keyring,
		.no_pivot = options->no_pivot,
		.listen_fds = call->globals->listen_fds,
		.cgroup_manager = (enum plan_cgroup_manager)call->globals->cgroup_manager,
		.preserve_fds = options->preserve_fds,
	};
	return plan_build(&out->spec, &out->policy, &out->host, &request, &out->plan, err);
}

void launch_free(struct launch *launch)
{
	plan_free(&launch->plan);
	policy_free(&launch->policy);
	spec_free(&launch->spec);
	free(launch->config);
	free(launch->bundle);
	launch->config = NULL;
	launch->bundle = NULL;
}

/* RFC 3339 in UTC. Empty when the clock is beyond all calendars. */
static void launch_write_time(char *out, size_t size)
{
	struct timespec now = { 0 };
	struct tm date;
	char seconds[32] = "";

	(void)clock_gettime(CLOCK_REALTIME, &now);
	if (gmtime_r(&now.tv_sec, &date))
		(void)strftime(seconds, sizeof(seconds), "%Y-%m-%dT%H:%M:%S", &date);
	(void)snprintf(out, size, "%s.%09ldZ", seconds, now.tv_nsec);
}

/*
 * What was passed over or could not be applied goes to the log. On standard
 * error, which the container inherits, it is not printed unless asked for. A
 * breach that policy lets pass is a warning in either: who set a rule to audit
 * wants to hear of it.
 */
void launch_log_remarks(const struct spec *spec, const struct plan *plan,
			const struct globals *globals)
{
	enum log_level level = globals->log ? LOG_LEVEL_WARNING : LOG_LEVEL_INFO;

	for (size_t i = 0; i < spec->ignored.count; i++)
		log_message(level, "passed over: %s: %s", spec->ignored.items[i].key,
			    spec->ignored.items[i].value);
	for (size_t i = 0; i < plan->finding_count; i++) {
		const struct plan_finding *finding = &plan->findings[i];

		const char *path = finding->path ? finding->path : "";

		if (finding->item)
			log_message(finding->not_applied ? level : LOG_LEVEL_WARNING,
				    "%s: rule %s of policy %s: %s%s%s%s",
				    finding->not_applied ? "not applied" : "audit", finding->item,
				    plan->policy, finding->text, *path ? " (" : "", path,
				    *path ? ")" : "");
		else
			log_message(level, "not applied: %s: %s", path, finding->text);
	}
}

/* A container that is being made. */
struct launched {
	struct store store;
	struct store_entry entry;
	struct record record;
	struct supervise_result live;
	struct supervise_owners owners;
};

static void launched_close(struct launched *launched)
{
	close_fd(&launched->live.pidfd);
	close_fd(&launched->live.terminal);
	record_free(&launched->record);
	store_entry_close(&launched->entry);
	store_close(&launched->store);
}

#define auto_launched __attribute__((cleanup(launched_close))) struct launched
#define LAUNCHED_NULL ((struct launched){ \
	.store = STORE_NULL, .entry = STORE_ENTRY_NULL, .live = { .pidfd = -1, .terminal = -1 } })

/* What is known before anything is done. */
static void launch_fill_record(const struct launch *launch, struct record *record)
{
	const struct plan *plan = &launch->plan;
	char created[64];

	launch_write_time(created, sizeof(created));
	arena_init(&record->arena);
	record->version = RECORD_VERSION;
	record->phase = RECORD_CREATING;
	record->oci_version = SPEC_VERSION;
	record->id = plan->request.id;
	record->bundle = launch->bundle;
	record->rootfs = plan->root.path;
	record->created = arena_strdup(&record->arena, created);
	record->owner = geteuid();
	record->policy = plan->policy;
	record->policy_file = launch->policy.file;
	record->hooks = plan->has_hooks;
	record->annotations = launch->spec.annotations;
	if (plan->cgroup.managed) {
		record->cgroup_mount = launch->host.cgroup_mount;
		record->cgroup_path = plan->cgroup.path;
		record->cgroup_unit = plan->cgroup.unit ? plan->cgroup.unit->name : NULL;
	}
}

/*
 * Keeps what the container is made from, before its record: where there is a record, these are
 * whole. They are not to stay in the memory of every waiting init.
 */
static int launch_keep(struct launch *launch, const struct launched *container, struct error *err)
{
	struct policy *policy = &launch->policy;
	int result = store_keep(&container->entry, STORE_CONFIG, launch->config,
				launch->config_size, err);

	if (result == 0 && policy->site)
		result = store_keep(&container->entry, STORE_POLICY, policy->site,
				    policy->site_size, err);
	free(launch->config);
	free(policy->site);
	launch->config = NULL;
	policy->site = NULL;
	return result;
}

/* The first side effect is in here: the container's directory. */
static int launch_carry_out(const struct invocation *call, const struct launch_options *options,
			    struct launch *launch, bool start, struct launched *out,
			    struct error *err)
{
	struct error ignored;
	const struct plan *plan = &launch->plan;
	struct supervise_options how = {
		.pid_file = options->pid_file,
		.console_socket = options->console_socket,
		.pidfd_socket = options->pidfd_socket,
		.start = start,
	};

	if (rootless_enter(&plan->ids, call->argv, err) < 0 ||
	    (plan->sealed_copy && supervise_seal(call->argv, false, err) < 0))
		return -1;
	if (options->no_subreaper)
		log_warning("option '--no-subreaper' changes nothing: orlop is never a subreaper");
	launch_log_remarks(&launch->spec, plan, call->globals);
	if (store_open(call->globals->root, true, &out->store, err) < 0 ||
	    store_create(&out->store, plan->request.id, &out->entry, err) < 0)
		return -1;
	if (launch_keep(launch, out, err) < 0) {
		(void)store_remove(&out->store, &out->entry, &ignored);
		return -1;
	}
	launch_fill_record(launch, &out->record);
	supervise_owners_read(&out->owners);
	if (supervise_create(plan, &out->store, &out->entry, &out->record, &how, &out->live, err)) {
		supervise_owners_restore(&out->owners);
		return -1;
	}
	return 0;
}

int launch_create(const struct invocation *call, const struct launch_options *options,
		  struct error *err)
{
	auto_launch launch = { .bundle = NULL };
	auto_launched container = LAUNCHED_NULL;

	if (launch_plan(call, call->operands[0], options, false, &launch, err) < 0)
		return -1;
	return launch_carry_out(call, options, &launch, false, &container, err);
}

/* Removes what `run` made, unless another command was faster. */
static int launch_remove(struct launched *container, struct error *err)
{
	const char *id = container->record.id;

	store_entry_close(&container->entry);
	if (store_find(&container->store, id, true, &container->entry, err) < 0)
		return err->errnum == ENOENT ? 0 : -1;
	return container_destroy(&container->store, &container->entry, &container->record, err);
}

int launch_run(const struct invocation *call, const struct launch_options *options, int *status,
	       struct error *err)
{
	auto_launch launch = { .bundle = NULL };
	auto_launched container = LAUNCHED_NULL;
	struct error later = ERROR_INIT;
	auto_fd signals = -1;
	int relayed;

	if (launch_plan(call, call->operands[0], options, !options->detach, &launch, err) < 0)
		return -1;
	if (!options->detach) {
		signals = supervise_hold_signals(err);
		if (signals < 0)
			return -1;
	}
	if (launch_carry_out(call, options, &launch, true, &container, err) < 0)
		return -1;
	if (options->detach)
		return 0;

	store_unlock(&container.entry);
	relayed = supervise_relay(&container.live, signals, status, err);
	supervise_owners_restore(&container.owners);
	if (relayed == 0 && options->keep)
		return 0;
	/* Nobody watches over it any more: it does not outlive a relay that failed. */
	if (launch_remove(&container, relayed < 0 ? &later : err) < 0 || relayed < 0)
		return -1;
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * Kernel parameters. Under every policy only those that belong to a namespace,
 * and only where that namespace is the container's: all others would be the
 * host's (CVE-2022-0532, CVE-2022-0811). The list says what is namespaced, so
 * a parameter that a new kernel brings is refused until it stands here.
 */
#include <linux/capability.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/number.h"
#include "plan_sections.h"

#define PING_GROUPS "net/ipv4/ping_group_range"
#define PORT_START "net/ipv4/ip_unprivileged_port_start"

struct family {
	const char *name;	/* ends with a slash: all below it */
	int type;		/* CLONE_NEW* */
	const char *type_name;
};

static const struct family families[] = {
	{ "net/",                   CLONE_NEWNET,  "network" },
	{ "kernel/msgmax",          CLONE_NEWIPC,  "ipc" },
	{ "kernel/msgmnb",          CLONE_NEWIPC,  "ipc" },
	{ "kernel/msgmni",          CLONE_NEWIPC,  "ipc" },
	{ "kernel/sem",             CLONE_NEWIPC,  "ipc" },
	{ "kernel/shmall",          CLONE_NEWIPC,  "ipc" },
	{ "kernel/shmmax",          CLONE_NEWIPC,  "ipc" },
	{ "kernel/shmmni",          CLONE_NEWIPC,  "ipc" },
	{ "kernel/shm_rmid_forced", CLONE_NEWIPC,  "ipc" },
	{ "fs/mqueue/",             CLONE_NEWIPC,  "ipc" },
	{ "kernel/hostname",        CLONE_NEWUTS,  "uts" },
	{ "kernel/domainname",      CLONE_NEWUTS,  "uts" },
	{ "user/",                  CLONE_NEWUSER, "user" },
};

/*
 * Slashes between the names, whichever of the two spellings of sysctl(8) is
 * used: the first separator decides, and the other character is then part of a
 * name ("net.ipv4.conf.eth0/1.forwarding").
 */
static char *with_slashes(struct plan_input *in, const char *key)
{
	char *name = plan_text(in, "%s", key);
	size_t first = strcspn(name, "./");

	if (name[first] == '/')
		return name;
	for (char *c = name; *c; c++) {
		if (*c == '.')
			*c = '/';
		else if (*c == '/')
			*c = '.';
	}
	return name;
}

static const struct family *find_family(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(families); i++) {
		const char *row = families[i].name;
		size_t length = strlen(row);
		bool prefix = row[length - 1] == '/';

		if (prefix ? strncmp(row, name, length) == 0 : strcmp(row, name) == 0)
			return &families[i];
	}
	return NULL;
}

/* A namespace that is joined might be the host's own: run/ looks. */
static void mark_join(struct plan_input *in, int type)
{
	struct plan_join *joins = (struct plan_join *)in->plan->joins;

	for (size_t i = 0; i < in->plan->join_count; i++) {
		if (joins[i].type == type)
			joins[i].sysctls = true;
	}
}

static int check_family(struct plan_input *in, const struct family *family, const char *at,
			const char *key, struct error *err)
{
	if (!family)
		return error_set(err, ERROR_SPEC, 0,
				 "%s: '%s' is not namespaced: it would be set for the host", at,
				 key);
	if (!plan_has_namespace(in->plan, family->type))
		return error_set(err, ERROR_SPEC, 0,
				 "%s: '%s' would be set for the host: the container has no %s "
				 "namespace of its own", at, key, family->type_name);
	mark_join(in, family->type);
	return 0;
}

/* The same fact twice must be the same. */
static int settle_name(const char **field, const char *where, const char *value, const char *at,
		       struct error *err)
{
	if (*field && strcmp(*field, value) != 0)
		return error_set(err, ERROR_SPEC, 0, "%s: contradicts %s", at, where);
	*field = value;
	return 0;
}

/*
 * Engines open ping to all groups; of ids that are not mapped the kernel of a
 * user namespace wants to hear nothing (EINVAL). "1 0" is the empty range.
 */
static int clamp_groups(struct plan_input *in, struct plan_sysctl *sysctl, const char *at,
			struct error *err)
{
	size_t length = strcspn(sysctl->value, " \t");
	const char *second = sysctl->value + length + strspn(sysctl->value + length, " \t");
	uint64_t from;
	uint64_t to;

	if (in->mapped_gids == 0)
		return 0;
	if (number_parse_u64_bytes(sysctl->value, length, UINT32_MAX, &from) < 0 ||
	    number_parse_u64(second, UINT32_MAX, &to) < 0)
		return error_set(err, ERROR_SPEC, 0, "%s: '%s' is not a range of groups", at,
				 sysctl->value);
	if (from > to || to < in->mapped_gids)
		return 0;
	if (from >= in->mapped_gids)
		return error_set(err, ERROR_SPEC, 0,
				 "%s: no group of '%s' is mapped in the container", at,
				 sysctl->value);
	sysctl->value = plan_text(in, "%llu %u", (unsigned long long)from, in->mapped_gids - 1);
	sysctl->why = plan_why(PLAN_CEILING, POLICY_ITEMS, at);
	return 0;
}

static int plan_one(struct plan_input *in, const struct spec_pair *pair, struct plan_list *sysctls,
		    struct error *err)
{
	const char *at = plan_pointer(in, "/linux/sysctl", pair->key);
	struct plan_sysctl sysctl = { .value = pair->value, .why = PLAN_WHY_SPEC(at) };
	const char *name = with_slashes(in, pair->key);

	if (check_family(in, find_family(name), at, pair->key, err) < 0)
		return -1;
	if (strcmp(name, "kernel/hostname") == 0)
		return settle_name(&in->plan->hostname, "/hostname", pair->value, at, err);
	if (strcmp(name, "kernel/domainname") == 0)
		return settle_name(&in->plan->domainname, "/domainname", pair->value, at, err);
	sysctl.name = name;
	if (strcmp(name, PING_GROUPS) == 0 && clamp_groups(in, &sysctl, at, err) < 0)
		return -1;
	*(struct plan_sysctl *)plan_list_add(in, sysctls, sizeof(sysctl)) = sysctl;
	return 0;
}

/* The value belongs to the pid namespace; only its owner's ids may write it, so it comes early. */
static int add_memfd(struct plan_input *in, struct plan_list *sysctls, struct error *err)
{
	struct plan_sysctl *sysctl;

	if (plan_mode(in, POLICY_MEMFD_NOEXEC) == POLICY_OFF)
		return 0;
	if (!plan_imposes(in, POLICY_MEMFD_NOEXEC))
		return plan_breach(in, POLICY_MEMFD_NOEXEC, "/linux/sysctl", err, "",
				   "memory files can be executed");
	if (!in->host->memfd_noexec) {
		plan_not_applied(in, POLICY_MEMFD_NOEXEC,
				 "this kernel has no vm.memfd_noexec (Linux 6.3 brought it)");
		return 0;
	}
	if (in->host->caller != HOST_CALLER_ROOT) {
		plan_not_applied(in, POLICY_MEMFD_NOEXEC,
				 "vm.memfd_noexec is for the host's root to write");
		return 0;
	}
	if (!(in->plan->new_namespaces & CLONE_NEWPID)) {
		plan_not_applied(in, POLICY_MEMFD_NOEXEC,
				 "vm.memfd_noexec belongs to a pid namespace, and it is not new");
		return 0;
	}
	sysctl = plan_list_add(in, sysctls, sizeof(*sysctl));
	sysctl->name = "vm/memfd_noexec";
	sysctl->value = "2";
	sysctl->early = true;
	sysctl->why = plan_why(PLAN_FLOOR, POLICY_MEMFD_NOEXEC, NULL);
	return 0;
}

static bool is_planned(const struct plan_list *sysctls, const char *name)
{
	const struct plan_sysctl *items = sysctls->items;

	for (size_t i = 0; i < sysctls->count; i++) {
		if (strcmp(items[i].name, name) == 0)
			return true;
	}
	return false;
}

static int breach_routers(struct plan_input *in, const char *name, const char *path,
			  struct error *err)
{
	return plan_breach(in, POLICY_ROUTER_ADVERTISEMENTS, path, err, "set it to 0",
			   "'%s' is not 0: a neighbour can become the container's router", name);
}

/* Two spellings may have made two of one parameter. */
static int judge_routers(struct plan_input *in, struct plan_list *sysctls, const char *name,
			 struct error *err)
{
	struct plan_sysctl *items = sysctls->items;

	for (size_t i = 0; i < sysctls->count; i++) {
		if (strcmp(items[i].name, name) != 0 || strcmp(items[i].value, "0") == 0)
			continue;
		if (plan_enforces(in, POLICY_ROUTER_ADVERTISEMENTS)) {
			items[i].value = "0";
			items[i].why = plan_why(PLAN_CEILING, POLICY_ROUTER_ADVERTISEMENTS,
						items[i].why.path);
		} else if (breach_routers(in, name, items[i].why.path, err) < 0) {
			return -1;
		}
	}
	return 0;
}

static int add_routers(struct plan_input *in, struct plan_list *sysctls, const char *name,
		       struct error *err)
{
	struct plan_sysctl *sysctl;

	if (is_planned(sysctls, name))
		return judge_routers(in, sysctls, name, err);
	if (!plan_enforces(in, POLICY_ROUTER_ADVERTISEMENTS))
		return breach_routers(in, name, "/linux/sysctl", err);
	sysctl = plan_list_add(in, sysctls, sizeof(*sysctl));
	sysctl->name = name;
	sysctl->value = "0";
	sysctl->why = plan_why(PLAN_FLOOR, POLICY_ROUTER_ADVERTISEMENTS, NULL);
	return 0;
}

/*
 * Who has CAP_NET_RAW on the same link can make itself the router of the others
 * (CVE-2020-13401). An interface takes "default" when it comes into the namespace.
 */
static int plan_routers(struct plan_input *in, struct plan_list *sysctls, struct error *err)
{
	static const char *const names[] = {
		"net/ipv6/conf/all/accept_ra", "net/ipv6/conf/default/accept_ra",
	};

	if (plan_mode(in, POLICY_ROUTER_ADVERTISEMENTS) == POLICY_OFF ||
	    !(in->plan->new_namespaces & CLONE_NEWNET))
		return 0;
	if (!in->host->ipv6) {
		plan_not_applied(in, POLICY_ROUTER_ADVERTISEMENTS,
				 "this kernel has no IPv6, or not yet");
		return 0;
	}
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (add_routers(in, sysctls, names[i], err) < 0)
			return -1;
	}
	return 0;
}

/*
 * Where the ceiling takes CAP_NET_RAW away, ping works without it: the kernel
 * has a socket for it, which this opens to all groups of the container. Which
 * those are in a user namespace that is joined, only its mappings tell.
 */
static void add_ping(struct plan_input *in, struct plan_list *sysctls)
{
	struct plan_sysctl *sysctl;

	if (plan_mode(in, POLICY_CAPABILITIES) != POLICY_ENFORCE ||
	    (in->policy->capability_ceiling & (UINT64_C(1) << CAP_NET_RAW)) ||
	    !(in->plan->new_namespaces & CLONE_NEWNET) || is_planned(sysctls, PING_GROUPS) ||
	    (in->plan->ids.kind == PLAN_USER_JOIN && in->mapped_gids == 0))
		return;
	sysctl = plan_list_add(in, sysctls, sizeof(*sysctl));
	sysctl->name = PING_GROUPS;
	sysctl->value = in->mapped_gids ? plan_text(in, "0 %u", in->mapped_gids - 1) : "0 2147483647";
	sysctl->why = plan_why(PLAN_FLOOR, POLICY_CAPABILITIES, NULL);
}

/*
 * A network namespace that the engine made belongs to the host's user namespace, and a capability of the
 * container's own counts for nothing there. What CAP_NET_BIND_SERVICE is for is opened to all who are in it.
 */
static void add_ports(struct plan_input *in, struct plan_list *sysctls)
{
	struct plan_sysctl *sysctl;

	if (in->plan->ids.kind != PLAN_USER_RANGE || !in->plan->ids.added ||
	    !(in->plan->process.caps.effective & (UINT64_C(1) << CAP_NET_BIND_SERVICE)) ||
	    (in->plan->new_namespaces & CLONE_NEWNET) || !plan_has_namespace(in->plan, CLONE_NEWNET) ||
	    !plan_imposes(in, POLICY_HOST_NETWORK) || is_planned(sysctls, PORT_START))
		return;
	sysctl = plan_list_add(in, sysctls, sizeof(*sysctl));
	sysctl->name = PORT_START;
	sysctl->value = "0";
	sysctl->why = plan_why(PLAN_FLOOR, POLICY_USER_NAMESPACE, NULL);
}

int plan_sysctls(struct plan_input *in, struct error *err)
{
	const struct spec_map *spec = &in->spec->linux.sysctl;
	struct plan_list sysctls = { 0 };

	for (size_t i = 0; i < spec->count; i++) {
		if (plan_one(in, &spec->items[i], &sysctls, err) < 0)
			return -1;
	}
	add_ping(in, &sysctls);
	add_ports(in, &sysctls);
	if (add_memfd(in, &sysctls, err) < 0 || plan_routers(in, &sysctls, err) < 0)
		return -1;
	in->plan->sysctls = sysctls.items;
	in->plan->sysctl_count = sysctls.count;
	return 0;
}

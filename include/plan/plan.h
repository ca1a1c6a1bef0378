/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * A container, worked out completely: plan_build() is a function of three
 * values (spec, policy, host) and of the request, and makes no system call.
 * run/ carries the plan out and decides nothing.
 *
 * What a path turns out to be on disk is not known here. Such a rule is in the
 * plan as a condition (plan_conditions) with its item; run/ tests it on the
 * descriptor it opened, and refuses in the item's words.
 *
 * The plan has an arena of its own and borrows strings and rules of the spec and
 * of the policy: both must outlive it. Once built it is not changed.
 */
#pragma once

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"
#include "host/host.h"
#include "kernel/systemd.h"
#include "policy/policy.h"
#include "spec/spec.h"

/* Where a planned value comes from. */
enum plan_origin {
	PLAN_SPEC,	/* config.json asks for it */
	PLAN_DEFAULT,	/* config.json says nothing, and this is what is usual */
	PLAN_FLOOR,	/* policy imposes it on every container */
	PLAN_CEILING,	/* config.json asked for more than policy allows */
	PLAN_CONTAINER,	/* exec: the container has it, and no process of it has more or less */
};

/* Stands in everything that is planned. */
struct plan_why {
	enum plan_origin origin;
	const char *item;	/* id of the policy item for FLOOR and CEILING, else NULL */
	const char *path;	/* JSON path in config.json, or NULL */
};

/* Who makes the container's cgroup. */
enum plan_cgroup_manager {
	PLAN_CGROUPFS,		/* orlop, through the cgroup file system */
	PLAN_SYSTEMD,		/* systemd, as a scope */
	PLAN_NO_CGROUP,		/* nobody: --cgroup-manager disabled */
};

/* What the command line asks for, beside the bundle. */
struct plan_request {
	const char *id;			/* checked by cmd: [A-Za-z0-9_+-][A-Za-z0-9_+.-]*, at most 255 */
	const char *bundle;		/* absolute path */
	bool console_socket;		/* --console-socket was given */
	bool foreground;		/* run without --detach: orlop relays stdio or the terminal */
	bool no_new_keyring;
	enum plan_cgroup_manager cgroup_manager;
	bool no_pivot;			/* --no-pivot */
	unsigned int listen_fds;	/* descriptors from 3 on that socket activation hands on */
	unsigned int preserve_fds;	/* descriptors after those that stay open */
};

/* Namespaces, as a bit each in plan.new_namespaces: CLONE_NEWNS and so on of sched.h. */
struct plan_join {
	int type;			/* one CLONE_NEW* bit */
	const char *path;		/* verified as nsfs of that type when opened */
	/* The item that refuses the host's own namespace here; NULL where it may be joined. */
	const char *not_host;
	bool audit;			/* the host's own is joined all the same, and the breach is logged */
	bool sysctls;			/* sysctls are set in it: the host's own is refused, as ERROR_SPEC */
	bool cgroups;			/* a mount shows its cgroups: likewise */
	struct plan_why why;
};

struct plan_mapping {
	uint32_t container_id;
	uint32_t host_id;
	uint32_t size;
};

enum plan_user_namespace {
	PLAN_USER_HOST,		/* the container's root is the host's root */
	PLAN_USER_NEW,		/* a new one, mappings as in plan_ids.uids and .gids */
	PLAN_USER_RANGE,	/* a new one, on a range of the host's registry: ids 0 to range-1 */
	PLAN_USER_JOIN,		/* by path; stands in plan.joins as CLONE_NEWUSER */
};

struct plan_ids {
	enum plan_user_namespace kind;
	uint32_t range;			/* PLAN_USER_RANGE: ids to take from the registry */
	struct policy_pool pool;	/* PLAN_USER_RANGE: where from */
	/* PLAN_USER_NEW. Under PLAN_USER_JOIN, what config.json says the joined one has; 0 for nothing. */
	size_t uid_count;
	const struct plan_mapping *uids;
	size_t gid_count;
	const struct plan_mapping *gids;
	/*
	 * The caller is an ordinary user: the namespace in which the container's is made. It has the
	 * caller's own ids and those that the container is to have, each by its own number.
	 */
	size_t outer_uid_count;		/* 0: the caller has power over his namespace as it is */
	const struct plan_mapping *outer_uids;
	size_t outer_gid_count;
	const struct plan_mapping *outer_gids;
	bool outer_single;		/* no id but the caller's own */
	/* Item host-ids: refuse ranges that belong to another container, and host id 0 in a joined one. */
	bool check_registry;
	bool added;			/* by policy: what the engine hands over is not shifted, and gets id-mapped */
	bool audit_registry;		/* the same in audit mode: what would be refused is logged */
	struct plan_why why;
};

/* Attribute changes as mount_setattr(2) takes them. */
struct plan_attributes {
	uint64_t set;			/* MOUNT_ATTR_* */
	uint64_t clear;
};

enum plan_idmap {
	PLAN_IDMAP_NONE,
	PLAN_IDMAP_CONTAINER,	/* by the container's user namespace */
	PLAN_IDMAP_OWN,		/* by uids and gids of the mount: turned into a user namespace of its own */
};

/* Rules about what an opened source or root turns out to be. A bit each. */
enum plan_condition {
	PLAN_CHECK_SOURCES = 1 << 0,	/* item mount-sources: the table of run/sources.h */
	PLAN_CHECK_DEVICE = 1 << 1,	/* a device node must be one of the default list (item devices) */
	PLAN_UNMAPPABLE_READ_ONLY = 1 << 2, /* cannot be id-mapped: read-only without a mapping */
	PLAN_UNMAPPABLE_PLAIN = 1 << 3,	/* cannot be id-mapped: without a mapping. Neither bit: refuse */
	PLAN_AUDIT_SOURCES = 1 << 4,	/* as PLAN_CHECK_SOURCES, but logged and not refused */
	PLAN_AUDIT_DEVICE = 1 << 5,	/* as PLAN_CHECK_DEVICE, but logged and not refused */
	PLAN_AUDIT_UNMAPPABLE = 1 << 6,	/* beside PLAN_UNMAPPABLE_PLAIN: and the breach is logged */
	PLAN_CHECK_VOLUME = 1 << 7,	/* item volume-ids: not id-mapped where its place says so (run/volumes.h) */
	PLAN_REFUSE_VOLUME = 1 << 8,	/* refused instead: config.json asks for the mapping */
	PLAN_AUDIT_VOLUME = 1 << 9,	/* id-mapped all the same, and logged */
	PLAN_REFUSE_SOCKET = 1 << 10,	/* item volume-ids: not a socket */
	PLAN_AUDIT_SOCKET = 1 << 11,	/* as PLAN_REFUSE_SOCKET, but logged and not refused */
	PLAN_SHARED_UPPER = 1 << 12,	/* root: an overlay that cannot be id-mapped is written to by another */
};

enum plan_mount_kind {
	PLAN_MOUNT_BIND,	/* clone of source */
	PLAN_MOUNT_NEW,		/* a new file system of fs_type */
	PLAN_MOUNT_DEV,		/* the container's /dev: a tmpfs that the supervisor fills with plan.devices */
	PLAN_MOUNT_REMOUNT,	/* new attributes for what is mounted at destination */
};

/* A parameter for fsconfig(2): value NULL is a flag. */
struct plan_option {
	const char *key;
	const char *value;
};

/* What policy changed in a mount that config.json asks for. */
struct plan_change {
	const char *item;
	const char *text;		/* "nosuid", "size=1073741824" */
};

struct plan_mount {
	enum plan_mount_kind kind;
	const char *destination;	/* absolute, as config.json has it; looked up inside the root */
	const char *source;		/* BIND: absolute host path; NEW: the name shown in mountinfo */
	const char *fs_type;		/* NEW: "tmpfs", "proc", "cgroup2" ... */
	bool source_in_root;		/* BIND: source lies below root.path lexically: opened at its turn */
	/* BIND: of cgroups, where it has no cgroup namespace: of the container's own; of the host's whole
	 * tree if source is not NULL */
	bool cgroup_bind;
	bool recursive;			/* BIND: with the mounts below it */
	size_t option_count;		/* NEW: for fsconfig */
	const struct plan_option *options;
	struct plan_attributes self;	/* the mount itself */
	struct plan_attributes tree;	/* with all below (mount_setattr AT_RECURSIVE) */
	uint64_t propagation;		/* MS_PRIVATE, MS_SLAVE, MS_SHARED, MS_UNBINDABLE; 0 leaves it */
	bool propagation_recursive;
	enum plan_idmap idmap;
	bool idmap_recursive;
	size_t uid_count;		/* PLAN_IDMAP_OWN */
	const struct plan_mapping *uids;
	size_t gid_count;
	const struct plan_mapping *gids;
	bool copy_up;			/* tmpfs: take over what the directory below has */
	uint64_t copy_up_bytes;		/* 0: no bound */
	uint64_t copy_up_entries;	/* 0: no bound */
	bool mode_given;		/* tmpfs: mode= is among the options */
	bool optional;			/* the floor's own: a destination that is missing on a read-only image is passed over */
	unsigned int conditions;	/* enum plan_condition, or-ed */
	size_t change_count;
	const struct plan_change *changes;
	struct plan_why why;
};

struct plan_root {
	const char *path;		/* absolute host path */
	enum policy_rootfs mode;
	bool readonly;			/* AS_CONFIGURED: what config.json says; READ_ONLY: true; EPHEMERAL: root.readonly of the config */
	bool nosuid;
	bool no_pivot;			/* chroot, and the host's mounts stay in the namespace */
	uint64_t ephemeral_bytes;
	uint64_t propagation;		/* MS_PRIVATE, MS_SLAVE, MS_SHARED, MS_UNBINDABLE */
	enum plan_idmap idmap;		/* NONE or CONTAINER */
	unsigned int conditions;
	struct plan_why why;		/* of mode and readonly */
	struct plan_why nosuid_why;
	struct plan_why propagation_why;
};

/* A node of the container's /dev, or elsewhere below the root. */
struct plan_device {
	const char *path;		/* "/dev/null" */
	char type;			/* 'c', 'b' or 'p' */
	uint32_t major;
	uint32_t minor;
	uint32_t mode;			/* permission bits */
	uint32_t uid;			/* container ids */
	uint32_t gid;
	/* The host's node of the same path is bound, which must be that device: no node can be made. */
	bool bind;
	struct plan_why why;
};

struct plan_path {
	const char *path;
	struct plan_why why;
};

struct plan_sysctl {
	const char *name;		/* with slashes: "net/ipv4/ip_forward" */
	const char *value;
	/* Needs the ids of the initial user namespace: written before init changes its ids. Else after mappings are in place. */
	bool early;
	struct plan_why why;
};

/* One write to a file of the container's cgroup. */
struct plan_cgroup_write {
	const char *file;		/* "memory.max": no slash */
	const char *value;
	unsigned int controller;	/* HOST_MEMORY ...; 0 for core files */
	/* false: the floor's, or it limits nothing: reported as not applied where the file is not there */
	bool required;
	bool missing_ok;		/* kernels without this file are passed over */
	bool alternative;		/* of the write before it: left out when that one was carried out */
	struct plan_why why;
};

/* An allow or deny row of the device program, in order; the last that matches wins. */
struct plan_device_rule {
	bool allow;
	char type;			/* 'a', 'b' or 'c' */
	int64_t major;			/* -1: any */
	int64_t minor;
	unsigned int access;		/* PLAN_DEVICE_* */
	struct plan_why why;
};

#define PLAN_DEVICE_READ 4u
#define PLAN_DEVICE_WRITE 2u
#define PLAN_DEVICE_MKNOD 1u

struct plan_property {
	struct systemd_property value;
	struct plan_why why;
};

/* The scope that systemd is asked for. */
struct plan_unit {
	const char *name;		/* "docker-ID.scope" */
	const char *slice;		/* "system.slice"; "-.slice" is the root */
	size_t property_count;
	const struct plan_property *properties;
};

struct plan_cgroup {
	const char *path;		/* below the cgroup2 mount, starts with a slash: "/docker/ID" */
	const struct plan_unit *unit;	/* systemd makes the cgroup of that path; NULL: orlop does */
	bool managed;			/* false: --cgroup-manager disabled: none is made, nothing is written */
	/* The container may write to its cgroup mount: its directory and the files of
	 * /sys/kernel/cgroup/delegate are given to process.uid. */
	bool delegate;
	unsigned int controllers;	/* those that some write needs: enabled in the parents */
	size_t write_count;
	const struct plan_cgroup_write *writes;
	size_t rule_count;		/* the device program; 0 with device_program false */
	const struct plan_device_rule *rules;
	bool device_program;
	struct plan_why why;
};

struct plan_rlimit {
	int resource;			/* RLIMIT_* */
	const char *name;
	uint64_t soft;
	uint64_t hard;
	struct plan_why why;
};

/* Capability sets, bit n is capability n. */
struct plan_caps {
	uint64_t bounding;
	uint64_t effective;
	uint64_t permitted;
	uint64_t inheritable;
	uint64_t ambient;
	struct plan_why why;
};

struct plan_seccomp {
	bool enabled;			/* some filter is loaded */
	const struct spec_seccomp *profile;	/* config's; NULL: the default one, or the floor alone */
	bool profile_default;		/* profile is NULL, and the built-in default profile takes its place */
	struct plan_why profile_why;
	bool floor;
	unsigned int openings;		/* enum policy_opening */
	struct plan_why floor_why;
};

struct plan_lsm {
	const char *apparmor;		/* profile for exec, NULL for none */
	struct plan_why apparmor_why;
	const char *selinux;		/* process label, NULL for none */
	struct plan_why selinux_why;
	const char *mount_label;	/* SELinux context of new mounts, NULL for none */
	bool landlock;
	struct plan_why landlock_why;
};

struct plan_process {
	bool terminal;
	bool console_size_set;
	uint16_t rows;
	uint16_t columns;
	size_t arg_count;
	const char *const *args;	/* ends with NULL */
	size_t env_count;
	const char *const *env;		/* ends with NULL; duplicates are gone, the last one stays */
	bool home_missing;		/* HOME is unset or empty: from the container's passwd file, else "/" */
	const char *cwd;
	uint32_t uid;
	uint32_t gid;
	size_t group_count;
	const uint32_t *groups;
	/* The caller's supplementary groups stay: its user namespace forbids changing them. */
	bool groups_stay;
	bool umask_set;
	uint32_t umask;
	bool no_new_privs;
	struct plan_why no_new_privs_why;
	struct plan_caps caps;
	bool oom_score_set;
	int oom_score;
	bool oom_score_not_negative;	/* an inherited negative value becomes 0 */
	bool oom_score_audit;		/* an inherited negative value is logged */
	struct plan_why oom_score_why;
	size_t rlimit_count;
	const struct plan_rlimit *rlimits;
	unsigned int preserve_fds;	/* descriptors from 3 on that stay open */
};

/* Processors, a bit each. More than any kernel knows (NR_CPUS). */
#define PLAN_CPUS_MAX 8192u

struct plan_cpus {
	bool set;
	uint64_t words[PLAN_CPUS_MAX / 64];
};

/* What only a further process of a container that is there has: see plan/plan_exec.h. */
struct plan_exec {
	/* Below the container's cgroup, relative. NULL: the container's, or where its init is now. */
	const char *cgroup;
	struct plan_cpus initial;	/* before the process is in its cgroup */
	struct plan_cpus final;		/* from then on */
};

/* A thing that policy would have changed or refused (audit), or that could not be applied. */
struct plan_finding {
	const char *item;		/* NULL: config.json asks for it, not a rule */
	const char *path;		/* JSON path or NULL */
	const char *text;
	bool not_applied;		/* this host cannot carry it out, and the container is made all the same */
};

struct plan {
	struct arena arena;
	const struct spec *spec;	/* borrowed: annotations, hooks, what state remembers */
	const char *policy;		/* its name */
	const struct policy *rules;	/* borrowed: for plan_refusal() */
	struct plan_request request;
	unsigned int new_namespaces;	/* CLONE_NEW* bits, CLONE_NEWUSER among them */
	struct plan_why namespace_why[8]; /* by the row of tables/namespace_types.h */
	size_t join_count;
	const struct plan_join *joins;
	/* The caller may enter a namespace and could not come back: the child enters, for itself. */
	bool child_joins;
	struct spec_time_offset boottime;
	struct spec_time_offset monotonic;
	struct plan_ids ids;
	struct plan_root root;
	const char *hostname;
	const char *domainname;
	size_t mount_count;		/* in the order in which they are made */
	const struct plan_mount *mounts;
	bool mounts_over_sysfs;		/* item kernel-paths does not refuse them, wherever a link leads */
	bool audit_mounts_over_sysfs;	/* and they are logged */
	size_t device_count;
	const struct plan_device *devices;
	size_t masked_count;
	const struct plan_path *masked;
	size_t readonly_count;
	const struct plan_path *readonly;
	size_t sysctl_count;
	const struct plan_sysctl *sysctls;
	bool loopback_up;		/* a new network namespace */
	bool new_keyring;
	struct plan_why keyring_why;
	struct plan_cgroup cgroup;
	struct plan_process process;
	struct plan_seccomp seccomp;
	struct plan_lsm lsm;
	bool has_hooks;			/* of any kind */
	/* prestart, createRuntime or createContainer: they find the container's root at root.path */
	bool hooks_at_create;
	bool check_hooks;		/* item hooks: their programs are root's alone */
	bool audit_hooks;		/* the same in audit mode: what would be refused is logged */
	bool sealed_copy;		/* host id 0 may be in the container: a sealed copy of the program is what runs */
	const struct plan_exec *exec;	/* NULL: a container is made */
	size_t finding_count;
	const struct plan_finding *findings;
};

/**
 * plan_build() - decide everything about a container
 * @spec:    what config.json says; borrowed by @out
 * @policy:  what the host's owner allows; borrowed by @out
 * @host:    what the host has
 * @request: what the command line asks for; its strings are borrowed by @out
 * @out:     filled on success; give it to plan_free(). Untouched on failure
 *
 * Return: 0, or -1 with
 *   ERROR_POLICY  policy refuses: "rule host-network of policy hardened: ...
 *                 (/linux/namespaces): what to do". The message says neither
 *                 "permission denied" nor "no such file": engines turn these
 *                 into exit statuses of their own
 *   ERROR_SPEC    sections of the configuration contradict each other
 *   ERROR_HOST    the host lacks something that the configuration asks for
 */
int plan_build(const struct spec *spec, const struct policy *policy, const struct host *host,
	       const struct plan_request *request, struct plan *out, struct error *err);

/** plan_free() - free what plan_build() made; harmless when called twice */
void plan_free(struct plan *plan);

/**
 * plan_explain() - the plan as JSON, for `orlop plan` and for tests
 * @plan: the plan
 * @out:  receives indented JSON, keys in a fixed order, a newline at the end
 *
 * Every planned value stands there with its origin, policy item and JSON path.
 */
void plan_explain(const struct plan *plan, struct text *out);

/**
 * plan_refusal() - refuse in a rule's words
 * @policy: whose rule: plan.rules
 * @item:   the rule
 * @path:   JSON path of what breaks it, or NULL
 * @err:    filled
 * @advice: what to do: "mount a directory of your own"
 * @format: what breaks it
 *
 * For conditions of the plan that run/ tests on a descriptor. The message reads
 * "rule ID of policy NAME[, FILE:LINE]: WHAT (PATH): ADVICE".
 *
 * Return: always -1, with ERROR_POLICY.
 */
int plan_refusal(const struct policy *policy, enum policy_item item, const char *path,
		 struct error *err, const char *advice, const char *format, ...)
	__attribute__((format(printf, 6, 7)));

/**
 * plan_hook_rule() - what item hooks asks of the programs of hooks
 * @policy: the policy that made the container: `start` and `delete` call hooks without a plan
 * @check:  receives whether they have to be root's alone
 * @audit:  receives whether a breach is only logged
 */
void plan_hook_rule(const struct policy *policy, bool *check, bool *audit);

/** plan_origin_name() - "spec", "default", "floor", "ceiling" or "container" */
const char *plan_origin_name(enum plan_origin origin);

#define auto_plan __attribute__((cleanup(plan_free))) struct plan

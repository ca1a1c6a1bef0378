/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * config.json as plain values: the POSIX and Linux parts of the OCI runtime
 * specification, version 1.3.
 *
 * Read once by spec_read() and never changed afterwards: what policy adds or
 * takes away stands in struct plan. Everything lives in the arena of the
 * struct; strings are NUL-terminated and hold no other NUL. An absent string is
 * NULL, an absent array has count 0, an absent number has .set == false.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"

struct spec_bool {
	bool set;
	bool value;
};

struct spec_i64 {
	bool set;
	int64_t value;
};

struct spec_u64 {
	bool set;
	uint64_t value;
};

struct spec_strings {
	size_t count;
	const char **items;
};

/* An object whose values are all strings, in file order. */
struct spec_map {
	size_t count;
	struct spec_pair {
		const char *key;
		const char *value;
	} *items;
};

/* config-linux.md "User namespace mappings"; also config.md "uidMappings" of a mount. */
struct spec_mapping {
	uint32_t container_id;
	uint32_t host_id;
	uint32_t size;
};

struct spec_mappings {
	bool set; /* the key was there, be it with an empty array */
	size_t count;
	struct spec_mapping *items;
};

/* config.md "Root". */
struct spec_root {
	bool set;
	const char *path; /* absolute, or relative to the bundle */
	bool readonly;
};

/* config.md "Mounts". */
struct spec_mount {
	const char *destination;
	const char *type;
	const char *source;
	struct spec_strings options;
	struct spec_mappings uid_mappings;
	struct spec_mappings gid_mappings;
};

struct spec_mounts {
	size_t count;
	struct spec_mount *items;
};

/* config.md "POSIX-platform User". */
struct spec_user {
	uint32_t uid;
	uint32_t gid;
	struct spec_i64 umask;
	size_t additional_gid_count;
	uint32_t *additional_gids;
};

struct spec_rlimit {
	const char *type; /* "RLIMIT_NOFILE" */
	uint64_t soft;
	uint64_t hard;
};

/* A capability set as listed; `set` tells an absent list from an empty one. */
struct spec_capset {
	bool set;
	struct spec_strings names;
};

struct spec_capabilities {
	bool set; /* the object was there: absent means that nothing is dropped */
	struct spec_capset bounding;
	struct spec_capset effective;
	struct spec_capset inheritable;
	struct spec_capset permitted;
	struct spec_capset ambient;
};

struct spec_scheduler {
	bool set;
	const char *policy;
	struct spec_i64 nice;
	struct spec_i64 priority;
	struct spec_strings flags;
	struct spec_u64 runtime;
	struct spec_u64 deadline;
	struct spec_u64 period;
};

struct spec_io_priority {
	bool set;
	const char *class;
	int64_t priority;
};

struct spec_cpu_affinity {
	bool set;
	const char *initial;
	const char *final;
};

/* config.md "Process", "Linux Process". Also the file given to exec. */
struct spec_process {
	bool set;
	bool terminal;
	bool console_size_set;
	uint64_t console_height;
	uint64_t console_width;
	const char *cwd;
	struct spec_strings env;
	struct spec_strings args;
	struct spec_user user;
	size_t rlimit_count;
	struct spec_rlimit *rlimits;
	struct spec_capabilities capabilities;
	const char *apparmor_profile;
	struct spec_i64 oom_score_adj;
	const char *selinux_label;
	struct spec_bool no_new_privileges;
	struct spec_scheduler scheduler;
	struct spec_io_priority io_priority;
	struct spec_cpu_affinity exec_cpu_affinity;
};

/* config-linux.md "Namespaces". `type` is one of the names of tables/namespace_types.h. */
struct spec_namespace {
	const char *type;
	const char *path; /* NULL: a new one */
};

struct spec_time_offset {
	bool set;
	int64_t secs;
	uint32_t nanosecs;
};

/* config-linux.md "Devices". */
struct spec_device {
	const char *path;
	char type; /* 'c', 'b', 'u' or 'p' */
	struct spec_i64 major;
	struct spec_i64 minor;
	struct spec_i64 file_mode; /* as given: may carry file type bits */
	struct spec_i64 uid;
	struct spec_i64 gid;
};

struct spec_net_device {
	const char *host_name;
	const char *name; /* NULL: keeps its name */
};

/* config-linux.md "Allowed Device list". */
struct spec_device_rule {
	bool allow;
	char type; /* 'a', 'b' or 'c' */
	struct spec_i64 major;
	struct spec_i64 minor;
	const char *access; /* letters out of "rwm"; NULL when absent */
};

struct spec_memory {
	bool set;
	struct spec_i64 limit;
	struct spec_i64 reservation;
	struct spec_i64 swap;
	struct spec_i64 kernel;
	struct spec_i64 kernel_tcp;
	struct spec_u64 swappiness;
	struct spec_bool disable_oom_killer;
	struct spec_bool use_hierarchy;
	struct spec_bool check_before_update;
};

struct spec_cpu {
	bool set;
	struct spec_u64 shares;
	struct spec_i64 quota;
	struct spec_u64 burst;
	struct spec_u64 period;
	struct spec_i64 realtime_runtime;
	struct spec_u64 realtime_period;
	const char *cpus;
	const char *mems;
	struct spec_i64 idle;
};

struct spec_weight_device {
	int64_t major;
	int64_t minor;
	struct spec_u64 weight;
	struct spec_u64 leaf_weight;
};

struct spec_throttle_device {
	int64_t major;
	int64_t minor;
	uint64_t rate;
};

struct spec_throttle {
	size_t count;
	struct spec_throttle_device *items;
};

struct spec_block_io {
	bool set;
	struct spec_u64 weight;
	struct spec_u64 leaf_weight;
	size_t weight_device_count;
	struct spec_weight_device *weight_devices;
	struct spec_throttle read_bps;
	struct spec_throttle write_bps;
	struct spec_throttle read_iops;
	struct spec_throttle write_iops;
};

struct spec_hugepage_limit {
	const char *page_size; /* "2MB": checked to be digits and KB, MB or GB */
	uint64_t limit;
};

struct spec_network_priority {
	const char *name;
	uint32_t priority;
};

struct spec_network {
	bool set;
	struct spec_u64 class_id;
	size_t priority_count;
	struct spec_network_priority *priorities;
};

struct spec_rdma {
	const char *device;
	struct spec_u64 handles;
	struct spec_u64 objects;
};

/* config-linux.md "Control groups"; also what update takes. */
struct spec_resources {
	bool set;
	size_t device_count;
	struct spec_device_rule *devices;
	struct spec_memory memory;
	struct spec_cpu cpu;
	struct spec_i64 pids_limit;
	struct spec_block_io block_io;
	size_t hugepage_count;
	struct spec_hugepage_limit *hugepages;
	struct spec_network network;
	size_t rdma_count;
	struct spec_rdma *rdma;
	struct spec_map unified;
};

struct spec_seccomp_arg {
	uint32_t index;
	uint64_t value;
	uint64_t value_two;
	const char *op;
};

struct spec_seccomp_rule {
	struct spec_strings names;
	const char *action;
	struct spec_u64 errno_ret;
	size_t arg_count;
	struct spec_seccomp_arg *args;
};

/* config-linux.md "Seccomp". Names are checked against tables/seccomp_names.h by the reader. */
struct spec_seccomp {
	bool set;
	const char *default_action;
	struct spec_u64 default_errno_ret;
	struct spec_strings architectures;
	struct spec_strings flags;
	const char *listener_path;
	const char *listener_metadata;
	size_t rule_count;
	struct spec_seccomp_rule *rules;
};

struct spec_rdt {
	bool set;
	const char *clos_id;
	struct spec_strings schemata;
	const char *l3_cache_schema;
	const char *mem_bw_schema;
	struct spec_bool enable_monitoring;
};

struct spec_memory_policy {
	bool set;
	const char *mode;
	const char *nodes;
	struct spec_strings flags;
};

struct spec_personality {
	bool set;
	const char *domain;
	struct spec_strings flags;
};

/* config-linux.md. */
struct spec_linux {
	bool set;
	size_t namespace_count;
	struct spec_namespace *namespaces;
	struct spec_mappings uid_mappings;
	struct spec_mappings gid_mappings;
	struct spec_time_offset boottime;
	struct spec_time_offset monotonic;
	size_t device_count;
	struct spec_device *devices;
	size_t net_device_count;
	struct spec_net_device *net_devices;
	const char *cgroups_path;
	const char *rootfs_propagation;
	struct spec_strings masked_paths;
	struct spec_strings readonly_paths;
	const char *mount_label;
	struct spec_resources resources;
	struct spec_seccomp seccomp;
	struct spec_map sysctl;
	struct spec_rdt intel_rdt;
	struct spec_memory_policy memory_policy;
	struct spec_personality personality;
};

struct spec_hook {
	const char *path;
	struct spec_strings args;
	struct spec_strings env;
	struct spec_i64 timeout; /* seconds */
};

/* The order of tables/hook_kinds.h. */
enum spec_hook_kind {
	SPEC_HOOK_PRESTART,
	SPEC_HOOK_CREATE_RUNTIME,
	SPEC_HOOK_CREATE_CONTAINER,
	SPEC_HOOK_START_CONTAINER,
	SPEC_HOOK_POSTSTART,
	SPEC_HOOK_POSTSTOP,
	SPEC_HOOK_KINDS,
};

struct spec_hooks {
	size_t count;
	struct spec_hook *items;
};

struct spec {
	struct arena arena;
	const char *oci_version;
	const char *hostname;
	const char *domainname;
	struct spec_root root;
	struct spec_mounts mounts;
	struct spec_process process;
	struct spec_linux linux;
	struct spec_hooks hooks[SPEC_HOOK_KINDS];
	struct spec_map annotations;
	/* JSON paths of keys that no table knows ("/process/colour"), and of known
	 * keys that are passed over on purpose, with the reason in `value`. */
	struct spec_strings unknown;
	struct spec_map ignored;
};

/* Nothing to free yet. */
#define SPEC_NULL ((struct spec){ 0 })

/**
 * spec_read() - read the bytes of a config.json
 * @bytes: the file, not necessarily NUL-terminated
 * @size:  its length in bytes; more than 4 MiB is refused
 * @out:   filled on success; give it to spec_free(). Untouched on failure
 * @err:   filled on failure
 *
 * Syntax, types, ranges, names and the rules that tie sections of the
 * specification together are checked here. What orlop knows but does not carry
 * out is refused here too, in words. Policy is not looked at. No system call.
 *
 * Return: 0, or -1 with ERROR_SPEC; the message starts with the JSON path.
 *
 * Spec: config.md, config-linux.md of runtime-spec 1.3.
 */
int spec_read(const char *bytes, size_t size, struct spec *out, struct error *err);

/**
 * spec_read_process() - read the bytes of a process file, as exec takes it
 * @spec: receives .process and .arena only; give it to spec_free()
 *
 * As spec_read() for the object that config.json has under "process".
 */
int spec_read_process(const char *bytes, size_t size, struct spec *spec, struct error *err);

/**
 * spec_read_resources() - read the bytes of the resources that update takes
 * @spec: receives .linux.resources, .unknown, .ignored and .arena only; give it to spec_free()
 *
 * As spec_read() for the object that config.json has under "linux", "resources".
 */
int spec_read_resources(const char *bytes, size_t size, struct spec *spec, struct error *err);

/**
 * spec_write_resources() - write resources as spec_read_resources() reads them
 * @out: receives the JSON, in one line
 */
void spec_write_resources(const struct spec_resources *resources, struct text *out);

/** spec_free() - free all that spec_read() made; harmless on SPEC_NULL and when called twice */
void spec_free(struct spec *spec);

#define auto_spec __attribute__((cleanup(spec_free))) struct spec

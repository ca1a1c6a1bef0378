/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * What only the host knows and the plan depends on, as a value: a test writes
 * one by hand. Holds no descriptor and decides nothing.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* Controllers of cgroup v2, a bit each; the order of the names in host.c. */
enum host_controller {
	HOST_CPUSET = 1 << 0,
	HOST_CPU = 1 << 1,
	HOST_IO = 1 << 2,
	HOST_MEMORY = 1 << 3,
	HOST_HUGETLB = 1 << 4,
	HOST_PIDS = 1 << 5,
	HOST_RDMA = 1 << 6,
	HOST_MISC = 1 << 7,
};

/* Who calls, by what the kernel lets it do. */
enum host_caller {
	HOST_CALLER_ROOT,		/* uid 0 in the initial user namespace */
	HOST_CALLER_MAPPED_ROOT,	/* uid 0 in another one: an ordinary user's, as Podman makes it */
	HOST_CALLER_USER,		/* another uid */
};

/* As many as the kernel lets a namespace have (UID_GID_MAP_MAX_EXTENTS). */
#define HOST_RANGES_MAX 340

/* Ids of the caller's user namespace that are mapped to some of the host's, as uid_map says. */
struct host_ids {
	size_t count;
	struct host_range {
		uint32_t first;
		uint32_t size;
	} ranges[HOST_RANGES_MAX];
};

struct host {
	unsigned int kernel_major;
	unsigned int kernel_minor;
	char kernel_release[65];	/* uname's release */
	enum host_caller caller;
	uint32_t uid;			/* effective ids */
	uint32_t gid;
	/* HOST_CALLER_USER: without CAP_SYS_ADMIN, even over the user namespace he is in. */
	bool powerless;
	/* HOST_CALLER_MAPPED_ROOT: what ids it has to give to a container; else count is 0. */
	struct host_ids uids;
	struct host_ids gids;
	bool setgroups_denied;		/* not HOST_CALLER_ROOT: nobody can change groups there */
	uint64_t memory_bytes;		/* MemTotal */
	unsigned int last_capability;	/* /proc/sys/kernel/cap_last_cap */
	char cgroup_mount[64];		/* where cgroup2 is mounted; "" where it is not */
	/*
	 * A caller that is not root: the cgroup in which it may make others, the one above its own;
	 * "" where none is delegated to it. Else "".
	 */
	char cgroup_base[4096];
	char user_manager[4096];	/* the cgroup of the caller's own systemd; "" for root */
	unsigned int controllers;	/* enum host_controller, or-ed: of its root */
	bool apparmor;			/* enabled, as the kernel says */
	bool apparmor_default;		/* profile "orlop-default" is not known to be missing */
	bool selinux;
	unsigned int landlock_abi;	/* 0: not there */
	bool memfd_noexec;		/* vm.memfd_noexec exists (Linux 6.3) */
	bool time_namespace;
	bool ipv6;			/* net.ipv6 exists: built in, or the module is loaded */
	uint64_t page_size;
	unsigned int processors;	/* configured ones, from 0: each has files below /sys */
	/*
	 * What host_look_at_joined() found: the user namespace that owns a namespace which the
	 * container is to join, as /proc/PID/ns/user; "" where that is the caller's own.
	 */
	char joined_owner[64];
};

/**
 * host_read() - look at this host
 * @out: filled on success
 *
 * Reads what every start needs and nothing that only some need: a few small
 * files and system calls, no directory walk.
 *
 * Return: 0, or -1 with ERROR_HOST (the kernel is older than 6.1, or AppArmor is on and there is no
 * libapparmor) or ERROR_SYSTEM.
 */
int host_read(struct host *out, struct error *err);

/**
 * host_look_at_joined() - who owns a namespace that the container is to join?
 * @path: of the configuration
 *
 * Looks at paths of the form /proc/PID/ns/NAME, as engines name what another container has, and sets
 * @host->joined_owner where the namespace belongs to the user namespace of that process. What
 * cannot be looked at is left alone: opening it says why.
 */
void host_look_at_joined(struct host *host, const char *path);

/** host_caller() - who calls; cheaper than all of host_read() */
enum host_caller host_caller(void);

/** host_controller_name() - "memory" for HOST_MEMORY; NULL for no single bit */
const char *host_controller_name(enum host_controller controller);

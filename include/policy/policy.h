/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * What the host's owner allows: one of three built-in policies, as data, with
 * what /etc/orlop/policy.json changes in them. Read once, never changed.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"

#define POLICY_FILE "/etc/orlop/policy.json"

enum policy_item {
#define ITEM(name, id, hardened, baseline, summary) POLICY_##name,
#include "policy/items.def"
#undef ITEM
	POLICY_ITEMS,
};

enum policy_mode {
	POLICY_OFF,
	POLICY_AUDIT,
	POLICY_DENY,
	POLICY_ENFORCE,
};

enum policy_rootfs {
	POLICY_ROOTFS_READ_ONLY,
	POLICY_ROOTFS_EPHEMERAL,
	POLICY_ROOTFS_AS_CONFIGURED,
};

/* What is done with a mount that cannot be id-mapped. */
enum policy_unmappable {
	POLICY_UNMAPPABLE_REFUSE,
	POLICY_UNMAPPABLE_READ_ONLY,
	POLICY_UNMAPPABLE_UNMAPPED,	/* mounted all the same: its files are the host's users' */
};

/* Whose ids the files of a volume have: item volume-ids. */
enum policy_volume_ids {
	POLICY_VOLUME_IDMAP,	/* the container's, on disk: its root is root there */
	POLICY_VOLUME_MAPPED,	/* the host's: to them the container's root is the first id of its range */
};

/* A path of the host, with all that lies below it. */
struct policy_volume {
	const char *path;	/* absolute, in one spelling */
	enum policy_volume_ids ids;
};

struct policy_volumes {
	enum policy_volume_ids ids;	/* of a volume that no path holds */
	bool refuse_sockets;		/* a socket that is mounted by itself */
	size_t path_count;		/* the nearest that holds a volume decides */
	const struct policy_volume *paths;
};

/* Parts of the seccomp floor that a policy may open by name (a bit each). */
enum policy_opening {
	POLICY_OPEN_PTRACE = 1 << 0,		/* "ptrace": ptrace, process_vm_*, pidfd_getfd, kcmp, process_madvise */
	POLICY_OPEN_NETLINK_DIAG = 1 << 1,	/* "netlink-diag": protocol 4 */
	POLICY_OPEN_NETLINK_GENERIC = 1 << 2,	/* "netlink-generic": protocol 16 */
	POLICY_OPEN_NETLINK_UEVENT = 1 << 3,	/* "netlink-uevent": protocol 15 */
	POLICY_OPEN_NETLINK_FIREWALL = 1 << 4,	/* "firewall": protocol 12 */
	POLICY_OPEN_PACKET = 1 << 5,		/* "packet": family 17 */
	POLICY_OPEN_VSOCK = 1 << 6,		/* "vsock": family 40 */
	POLICY_OPEN_KTLS = 1 << 7,		/* "ktls": TCP_ULP */
	POLICY_OPEN_NUMA = 1 << 8,		/* "numa": get_mempolicy, set_mempolicy, mbind */
	POLICY_OPEN_ABI_32 = 1 << 9,		/* "abi-32bit": the 32-bit ABI */
	POLICY_OPEN_IO_URING = 1 << 10,		/* "io-uring" */
};

/* A tmpfs that policy mounts where the configuration mounts nothing. */
struct policy_tmpfs {
	const char *path;
	uint32_t mode;		/* 01777 */
	uint64_t size_bytes;
	uint64_t inodes;
};

struct policy_limits {
	uint64_t pids;			/* pids.max */
	uint64_t memory_percent;	/* of the host's memory, for memory.max */
	uint64_t swap_bytes;		/* memory.swap.max */
	uint64_t core_bytes;		/* RLIMIT_CORE, soft and hard */
	uint64_t tmpfs_bytes;		/* for a tmpfs of the configuration without a size */
	uint64_t ephemeral_bytes;	/* the upper layer of an ephemeral root */
	uint64_t copy_up_bytes;		/* what a tmpfs copies up at most */
	uint64_t copy_up_entries;
};

/* Host ids from which ranges are taken; see run/registry.h. */
struct policy_pool {
	uint32_t first;
	uint32_t last;		/* inclusive */
	uint32_t range;		/* ids a container, 65536 and its multiples */
	bool chosen;		/* first or last are the site's own */
	/* Whose ids of /etc/subuid and /etc/subgid the pool is, instead of first to last; NULL. */
	const char *subordinate;
};

struct policy {
	struct arena arena;
	const char *name;	/* "hardened", "baseline", "oci" */
	const char *file;	/* the site file that took part, or NULL */
	/* policy_load_site(): its bytes as they were read, malloc'd; NULL where none took part. */
	char *site;
	size_t site_size;
	enum policy_mode modes[POLICY_ITEMS];
	/* The line of the site file that set the mode, 0 where it is built in. */
	unsigned int lines[POLICY_ITEMS];
	/* policy_strictest(): whose rule each item is, borrowed; else NULL. */
	const struct policy *const *owners;
	enum policy_rootfs rootfs;
	/* as-configured: an overlay that cannot be id-mapped is written to by a second one, over one layer */
	bool shared_upper;
	enum policy_unmappable unmappable;
	struct policy_volumes volumes;
	bool slave_propagation;		/* mounts of the host may show up in the container */
	unsigned int openings;		/* enum policy_opening, or-ed */
	uint64_t capability_ceiling;	/* bit n: capability n */
	struct policy_limits limits;
	size_t tmpfs_count;
	const struct policy_tmpfs *tmpfs;
	struct policy_pool pool;
};

/**
 * policy_load() - choose the policy for this call
 * @name:  what --policy named, or NULL for the site's default, else `hardened`
 * @bytes: the site file's text, or NULL when there is none
 * @size:  its length in bytes
 * @file:  the site file's path, for messages
 * @out:   filled on success; give it to policy_free()
 *
 * Makes no system call. The site file may name the default, which of the three
 * a caller may pick, and change items and settings of each; the manual
 * orlop-policy(5) has the grammar.
 *
 * Return: 0, or -1 with
 *   ERROR_USAGE   there is no policy of that name
 *   ERROR_POLICY  the site file does not allow it, or is malformed; the message
 *                 names the file and the JSON path
 */
int policy_load(const char *name, const char *bytes, size_t size, const char *file,
		struct policy *out, struct error *err);

/**
 * policy_load_site() - as policy_load(), with the site file read from disk
 * @path: POLICY_FILE
 *
 * The bytes of the file are kept in @out. A file that is missing takes no part. One that is there must be a regular
 * file that root owns and nobody else may write, or nothing is loaded. So must
 * be the directory that holds it.
 *
 * Return: as policy_load(), and -1 with ERROR_POLICY for a file that is not safe.
 */
int policy_load_site(const char *name, const char *path, struct policy *out, struct error *err);

/**
 * policy_strictest() - of two policies the stricter one, rule by rule
 * @a:   borrowed by @out, as @b is
 * @out: give it to policy_free()
 *
 * For what is done to a container that is there: exec is judged by the policy that made the
 * container and by that of today. "deny" is stricter than "enforce", since it changes nothing in
 * silence. Bounds that a rule goes by (ceiling, openings, limits) are the narrower ones of
 * those policies that have the rule in force. What only create goes by is @a's.
 */
void policy_strictest(const struct policy *a, const struct policy *b, struct policy *out);

/** policy_owner() - whose rule an item is: of policy_strictest() one of the two, else itself */
const struct policy *policy_owner(const struct policy *policy, enum policy_item item);

/** policy_free() - free what policy_load() made; harmless when called twice */
void policy_free(struct policy *policy);

/** policy_item_id() - the id of an item, as a site file writes it ("host-network") */
const char *policy_item_id(enum policy_item item);

/** policy_item_summary() - what an item asks for, in a few words */
const char *policy_item_summary(enum policy_item item);

/** policy_mode_name() - "enforce", "deny", "audit" or "off" */
const char *policy_mode_name(enum policy_mode mode);

/** policy_rootfs_name() - "read-only", "ephemeral" or "as-configured" */
const char *policy_rootfs_name(enum policy_rootfs rootfs);

/** policy_opening_name() - "ptrace" for POLICY_OPEN_PTRACE; NULL for no single opening */
const char *policy_opening_name(unsigned int opening);

#define auto_policy __attribute__((cleanup(policy_free))) struct policy

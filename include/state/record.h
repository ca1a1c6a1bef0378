/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * What commands remember of a container between two calls, and how it stands
 * in state.json. Written first as a record of intent, before the first side
 * effect, so that `delete --force` finds what an interrupted create left.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"
#include "spec/spec.h"

/* How far create and start have come. */
enum record_phase {
	RECORD_CREATING,	/* the intent: anything below may exist or not */
	RECORD_CREATED,		/* init waits for start */
	RECORD_STARTED,		/* start has told init to go on */
};

struct record {
	struct arena arena;
	unsigned int version;		/* of the format: RECORD_VERSION */
	enum record_phase phase;
	const char *oci_version;
	const char *id;
	const char *bundle;		/* absolute */
	const char *rootfs;		/* absolute */
	const char *created;		/* RFC 3339, UTC, nanoseconds */
	uint32_t owner;			/* uid that called create */
	const char *policy;		/* name of the policy that made the container */
	const char *policy_file;	/* the site file that took part then; NULL: none */
	const char *cgroup_mount;	/* "/sys/fs/cgroup"; NULL with no cgroup */
	const char *cgroup_path;	/* below the mount, starts with a slash; NULL with no cgroup */
	const char *cgroup_unit;	/* systemd's, that the cgroup is of; NULL: orlop made it */
	bool cgroup_made;		/* it did not exist when create began: delete removes it */
	/* Its inode, once it is there: another cgroup of that path is another's. 0: not known. */
	uint64_t cgroup_inode;
	uint32_t range_first;		/* host ids from the registry */
	uint32_t range_count;		/* 0: none */
	const char *overlay_upper;	/* the directory of an upper layer that the engine writes to too; or NULL */
	pid_t pid;			/* of init in the runtime's pid namespace; 0: none yet */
	uint64_t pid_start;		/* its start time, field 22 of /proc/PID/stat */
	bool own_pid_namespace;		/* init's death ends every process */
	uint32_t filters;			/* seccomp filters that the program must be under, at least */
	const char *apparmor;		/* labels that the program must run under; NULL: none */
	const char *selinux;
	bool hooks;			/* its configuration has hooks: state/made.h has them */
	struct spec_map annotations;
};

#define RECORD_VERSION 1u

/**
 * record_write() - a record as JSON text
 * @record: the record
 * @out:    receives the text
 */
void record_write(const struct record *record, struct text *out);

/**
 * record_read() - a record from JSON text
 * @bytes: the text of state.json
 * @size:  its length in bytes
 * @out:   filled on success; give it to record_free()
 *
 * Return: 0, or -1 with ERROR_STATE: cut short or not of this format; errnum ENOTSUP where a later
 * version wrote it.
 */
int record_read(const char *bytes, size_t size, struct record *out, struct error *err);

/** record_free() - free what record_read() made; harmless when called twice */
void record_free(struct record *record);

#define auto_record __attribute__((cleanup(record_free))) struct record

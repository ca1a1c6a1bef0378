/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
#pragma once

/*
 * The device program of a cgroup (v2 has no devices.allow file): from an ordered list of rules
 * to a BPF_PROG_TYPE_CGROUP_DEVICE program.
 *
 * Meaning: for each access (read, write, mknod) the last rule that matches the device and names
 * the access decides; where none does, the access is denied. A request passes only if all the
 * accesses it asks for pass. A request for no access (access(2) with F_OK) passes.
 * Spec: config-linux.md "Allowed Device list".
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"

struct bpf_insn;

#define BPF_DEVICE_MKNOD 1u	/* as BPF_DEVCG_ACC_*; "m" */
#define BPF_DEVICE_READ  2u	/* "r" */
#define BPF_DEVICE_WRITE 4u	/* "w" */
#define BPF_DEVICE_ALL   7u

#define BPF_DEVICE_RULES_MAX 4096

struct bpf_device_rule {
	bool allow;
	char type;		/* 'b', 'c', or 'a' for both */
	int64_t major;		/* -1 for any */
	int64_t minor;		/* -1 for any */
	unsigned int access;	/* BPF_DEVICE_*, at least one */
};

struct bpf_program {
	struct bpf_insn *insns;	/* malloc'd */
	size_t count;
};

#define BPF_PROGRAM_INIT { .insns = NULL }

/**
 * bpf_program_free() - free a program's instructions
 * @program: left empty; NULL is allowed
 */
void bpf_program_free(struct bpf_program *program);

/**
 * bpf_device_program() - write the program for a list of rules; no system call
 * @rules: in the order of config.json: later ones win
 * @count: how many; 0 gives a program that denies every access
 * @out:   set on success; caller frees with bpf_program_free()
 * @err:   filled on failure
 *
 * Return: 0, or -1 with ERROR_SPEC: a type, number or access out of range, or too many rules.
 */
int bpf_device_program(const struct bpf_device_rule *rules, size_t count,
		       struct bpf_program *out, struct error *err);

/**
 * bpf_device_load() - load a device program, under a name that marks it as ours
 * @program: from bpf_device_program()
 * @err:     filled on failure, with the end of the verifier's log if it refused
 *
 * Return: a descriptor of the program, close-on-exec, or -1 with ERROR_SYSTEM. Needs CAP_BPF and
 * CAP_NET_ADMIN, or CAP_SYS_ADMIN, in the initial user namespace.
 */
int bpf_device_load(const struct bpf_program *program, struct error *err);

/**
 * bpf_device_attach() - attach a device program to a cgroup, beside others (BPF_F_ALLOW_MULTI)
 * @cgroup: lent cgroup v2 directory
 * @prog:   lent; from bpf_device_load()
 * @err:    filled on failure
 *
 * All programs of a cgroup and of its ancestors must pass an access. The kernel keeps the
 * program while it is attached; it goes with the cgroup. Checked with bpf_device_is_attached().
 *
 * Return: 0, or -1 with ERROR_SYSTEM.
 */
int bpf_device_attach(int cgroup, int prog, struct error *err);

/**
 * bpf_device_is_attached() - whether a program is attached to a cgroup itself
 * @cgroup:   lent cgroup v2 directory
 * @prog:     lent
 * @attached: set on success
 * @err:      filled on failure
 *
 * Return: 0, or -1 with ERROR_SYSTEM. Kernel: BPF_PROG_QUERY.
 */
int bpf_device_is_attached(int cgroup, int prog, bool *attached, struct error *err);

/**
 * bpf_device_find() - open the device program of ours that is attached to a cgroup
 * @cgroup: lent cgroup v2 directory
 * @err:    filled on failure; errnum ENOENT if none of ours is there
 *
 * Ours is one with the name bpf_device_load() gives; systemd attaches its own under another.
 *
 * Return: a descriptor, or -1 with ERROR_SYSTEM.
 */
int bpf_device_find(int cgroup, struct error *err);

/**
 * bpf_device_replace() - put one program in the place of another, with no moment without any
 * @cgroup: lent cgroup v2 directory
 * @old:    lent; attached now, for instance from bpf_device_find()
 * @prog:   lent; from bpf_device_load()
 * @err:    filled on failure
 *
 * Return: 0, or -1 with ERROR_SYSTEM. Kernel: BPF_F_REPLACE, Linux 5.6.
 */
int bpf_device_replace(int cgroup, int old, int prog, struct error *err);

/**
 * bpf_device_detach() - detach a program from a cgroup
 * @cgroup: lent cgroup v2 directory
 * @prog:   lent
 * @err:    filled on failure; errnum ENOENT if it is not attached
 *
 * Return: 0, or -1 with ERROR_SYSTEM.
 */
int bpf_device_detach(int cgroup, int prog, struct error *err);

DEFINE_CLEANUP(cleanup_bpf_program, struct bpf_program, bpf_program_free);

/** auto_bpf_program - "auto_bpf_program program = BPF_PROGRAM_INIT;" */
#define auto_bpf_program __attribute__((cleanup(cleanup_bpf_program))) struct bpf_program

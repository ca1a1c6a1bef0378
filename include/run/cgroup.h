/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * The container's cgroup (version 2 only). orlop makes it itself, through cgroupfs, or asks
 * systemd for a scope; the plan says which. Every step is taken on descriptors beneath the mount;
 * no link and no other mount is crossed.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/error.h"
#include "plan/plan.h"
#include "plan/plan_update.h"

/* What cgroup_create() made, for the record and for undoing. */
struct cgroup_made {
	bool leaf;		/* false: the cgroup was there already, empty */
	unsigned int parents;	/* directories above the leaf that are new: the lowest ones */
	/* A pidfd of what holds a scope while no process of the container does; -1: nothing. */
	int holder;
};

#define CGROUP_MADE_INIT { .holder = -1 }

/* Which cgroup is to go. */
struct cgroup_name {
	const char *path;		/* beneath the mount */
	const char *unit;		/* of systemd, or NULL */
	const char *state_root;		/* whose it is: as for cgroup_mark() */
	const char *id;
	unsigned int parents;		/* as for cgroup_remove() */
};

struct cgroup_pids {
	size_t count;
	pid_t *items;		/* malloc'd */
};

#define CGROUP_PIDS_INIT { .items = NULL }

/**
 * cgroup_open_mount() - open the root of the cgroup2 mount
 * @mount: its absolute path, as in struct host
 *
 * Return: an O_PATH descriptor, or -1 with ERROR_HOST: not a cgroup2 mount, or ERROR_SYSTEM.
 */
int cgroup_open_mount(const char *mount, struct error *err);

/**
 * cgroup_create() - make the container's cgroup, and enable what its limits need
 * @mount: lent, from cgroup_open_mount()
 * @plan:  path and controllers are used; an absolute path is taken as beneath the mount
 * @state_root, @id: whose it is to be, as for cgroup_mark()
 * @made:  set as soon as something is made, on failure too: for cgroup_delete() and cgroup_settle()
 *
 * Parents are made, and the controllers enabled for their children from the mount's root down.
 * A cgroup that is there already must be empty, children included, and not frozen. A controller
 * that cannot be enabled fails here only if a required write needs it.
 *
 * Neither the leaf nor a cgroup above it, the mount's root apart, may carry another container's
 * mark: what ends that container would end this one. The root is where a runtime in a container
 * finds the cgroup of that container.
 *
 * Where the plan has a unit, systemd makes the leaf and is asked to wait until it is there: all
 * that has an end. libsystemd is loaded.
 *
 * Return: the leaf, O_RDONLY | O_DIRECTORY, fit for CLONE_INTO_CGROUP, or -1 with
 *   ERROR_STATE   "container's cgroup is not empty", "container's cgroup unexpectedly frozen", or
 *                 another container's, which the message names
 *   ERROR_HOST    a controller is missing or the parent does not give it away; what systemd says
 *   ERROR_SPEC    the path has no name in it, or a dotted one
 *   ERROR_SYSTEM
 */
int cgroup_create(int mount, const struct plan_cgroup *plan, const char *state_root,
		  const char *id, struct cgroup_made *made, struct error *err);

/**
 * cgroup_enable() - enable what new limits need, above a cgroup that is there
 * @mount: lent, from cgroup_open_mount()
 * @plan:  path and controllers are used; writes say which of these are required
 *
 * Return: 0, or -1 with ERROR_HOST or ERROR_SYSTEM as cgroup_create().
 */
int cgroup_enable(int mount, const struct plan_cgroup *plan, struct error *err);

/**
 * cgroup_join_scope() - have systemd move a process into a scope, which the caller may not
 * @unit:  its name
 * @path:  its cgroup, beneath the mount
 * @below: a cgroup below that, or "" for the scope's own
 * @pid:   a process of the caller's user
 *
 * The kernel is asked where the process is then.
 *
 * Return: 0, or -1 with ERROR_HOST.
 */
int cgroup_join_scope(const char *unit, const char *path, const char *below, pid_t pid,
		      struct error *err);

/**
 * cgroup_settle() - the container's first process is in its cgroup, or will never be
 * @made: from cgroup_create(); what held the place is ended and reaped
 */
void cgroup_settle(struct cgroup_made *made);

/**
 * cgroup_delete() - take a container's cgroup away, as it was made
 * @mount:      lent, from cgroup_open_mount()
 * @name:       which
 * @owned:      the caller knows that the directory is the container's, and has ended what ran in it
 * @timeout_ms: as for cgroup_remove()
 *
 * A unit is stopped, with what runs in it, if it says that it is this container's, whatever
 * @owned is. systemd that does not answer is no error: a scope without processes ends by itself.
 *
 * Return: 0, or -1.
 */
int cgroup_delete(int mount, const struct cgroup_name *name, bool owned, int timeout_ms,
		  struct error *err);

/**
 * cgroup_open() - open a cgroup that exists
 * @mount: lent, from cgroup_open_mount()
 * @path:  beneath the mount; a leading slash is passed over
 *
 * Return: O_RDONLY | O_DIRECTORY, or -1 with ERROR_SYSTEM, errnum ENOENT if it is gone.
 */
int cgroup_open(int mount, const char *path, struct error *err);

/**
 * cgroup_mark() - write on a cgroup whose it is
 * @cgroup:     lent leaf that was made for this container
 * @state_root: absolute path of the state directory
 * @id:         the container's
 *
 * Only the host's root can: without its power nothing is written, and that is no error.
 *
 * Return: 0, or -1 with ERROR_SYSTEM.
 */
int cgroup_mark(int cgroup, const char *state_root, const char *id, struct error *err);

/**
 * cgroup_check_owner() - refuse a cgroup that cgroup_mark() has marked for another container
 * @cgroup: lent
 * @path:   for the message
 *
 * Who cannot see marks (not the host's root) sees none.
 *
 * Return: 0, or -1 with ERROR_STATE or ERROR_SYSTEM.
 */
int cgroup_check_owner(int cgroup, const char *path, const char *state_root, const char *id,
		       struct error *err);

/**
 * cgroup_find_marked() - the cgroup that cgroup_mark() has marked for a container
 * @mount: lent, from cgroup_open_mount()
 * @path:  receives its path beneath the mount, malloc'd, or NULL where there is none
 *
 * Goes through the whole tree.
 *
 * Return: 0, or -1 with ERROR_SYSTEM.
 */
int cgroup_find_marked(int mount, const char *state_root, const char *id, char **path,
		       struct error *err);

/**
 * cgroup_apply() - write the limits, and read back what the kernel took
 * @cgroup:  lent leaf
 * @plan:    its writes, carried out in order
 * @skipped: array of plan->write_count, or NULL; set to whether a write was passed over
 *           because the file is not there and config.json had not asked for it
 *
 * What is read back: limits in pages, tasks, weights and the cpu quota. Memory is compared
 * after rounding down to a page.
 *
 * Return: 0, or -1 with ERROR_HOST (the controller or the file is missing; the message names
 * file, value and JSON path) or ERROR_SYSTEM (the kernel refused the value).
 */
int cgroup_apply(int cgroup, const struct plan_cgroup *plan, bool *skipped, struct error *err);

/**
 * cgroup_load_devices() - load the device program of a plan
 * @plan: its rules
 *
 * Return: a descriptor of the program, or -1.
 */
int cgroup_load_devices(const struct plan_cgroup *plan, struct error *err);

/**
 * cgroup_attach_devices() - load the device program, attach it and ask the kernel for it
 * @cgroup: lent leaf
 * @plan:   its rules; nothing is done without device_program
 *
 * Before the first process of the container is in the cgroup.
 *
 * Return: 0 or -1.
 */
int cgroup_attach_devices(int cgroup, const struct plan_cgroup *plan, struct error *err);

/**
 * cgroup_read_now() - what of a cgroup decides on the order of an update's writes
 * @cgroup: lent leaf
 *
 * Files that are not there are not known. Return: 0, or -1 with ERROR_SYSTEM.
 */
int cgroup_read_now(int cgroup, struct plan_now *now, struct error *err);

/**
 * cgroup_update() - as cgroup_apply() and cgroup_attach_devices(), for a cgroup that is in use
 * @cgroup:  lent leaf
 * @plan:    from plan_update(): its writes, carried out in order, then its device program
 * @skipped: as for cgroup_apply()
 *
 * A write that fails is followed by writing back what the files before it held; what cannot be
 * written back is named in the message. The device program takes the place of ours in one step.
 *
 * Return: 0, or -1 as cgroup_apply().
 */
int cgroup_update(int cgroup, const struct plan_cgroup *plan, bool *skipped, struct error *err);

/** cgroup_is_removed() - whether what failed did so because the open cgroup is not there any more */
bool cgroup_is_removed(const struct error *err);

/** cgroup_is_populated() - whether a live process is in the cgroup or below it; none is in a removed one */
int cgroup_is_populated(int cgroup, bool *populated, struct error *err);

/**
 * cgroup_wait_empty() - wait until no process of the cgroup and below it is alive
 * @timeout_ms: how long to wait; 0 or less only looks
 *
 * Return: 0, or -1 with ERROR_SYSTEM; errnum ETIMEDOUT.
 */
int cgroup_wait_empty(int cgroup, int timeout_ms, struct error *err);

/**
 * cgroup_kill() - end every process of the cgroup and below it, and wait until they are gone
 * @cgroup:     lent
 * @timeout_ms: how long to wait
 *
 * Works on a frozen cgroup too. Zombies nobody reaped do not count.
 *
 * Return: 0, or -1 with ERROR_SYSTEM; errnum ETIMEDOUT if some process does not end.
 */
int cgroup_kill(int cgroup, int timeout_ms, struct error *err);

/**
 * cgroup_freeze() - stop every process of the cgroup and below it, or let them go on
 * @cgroup:     lent
 * @frozen:     what to make of it
 * @timeout_ms: how long to wait for the kernel to report it done
 *
 * Return: 0, or -1 with ERROR_SYSTEM; errnum ETIMEDOUT.
 */
int cgroup_freeze(int cgroup, bool frozen, int timeout_ms, struct error *err);

/** cgroup_is_frozen() - whether the cgroup or one above it was told to freeze and has done so */
int cgroup_is_frozen(int cgroup, bool *frozen, struct error *err);

/**
 * cgroup_list_pids() - the processes of the cgroup and of those below it
 * @cgroup: lent
 * @out:    set on success; give it to cgroup_pids_free()
 *
 * Pids are those of the caller's pid namespace; processes that it cannot see are left out. No pid
 * stands twice. The list is a snapshot.
 *
 * Return: 0, or -1 with ERROR_SYSTEM.
 */
int cgroup_list_pids(int cgroup, struct cgroup_pids *out, struct error *err);

/**
 * cgroup_signal() - send a signal to every process of the cgroup and of those below it
 * @cgroup: lent
 * @count:  how many there were
 *
 * Return: 0, or -1 with ERROR_SYSTEM.
 */
int cgroup_signal(int cgroup, int signal, size_t *count, struct error *err);

/** cgroup_pids_free() - free a list; NULL is allowed */
void cgroup_pids_free(struct cgroup_pids *pids);

/**
 * cgroup_remove() - remove a cgroup with all below it, threaded ones included
 * @mount:      lent, from cgroup_open_mount()
 * @path:       beneath the mount
 * @parents:    how many directories above it to try as well; one that is in use stays
 * @timeout_ms: how long to retry while the kernel says EBUSY: dead processes leave late
 *
 * Processes must have been killed. What is gone already is no error.
 *
 * Return: 0, or -1 with ERROR_SYSTEM.
 */
int cgroup_remove(int mount, const char *path, unsigned int parents, int timeout_ms,
		  struct error *err);

#define auto_cgroup_pids __attribute__((cleanup(cgroup_pids_free))) struct cgroup_pids

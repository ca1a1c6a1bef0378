/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * Namespaces, new or joined by path. Spec: config-linux.md "Namespaces".
 *
 * The supervisor enters those that are joined, all but cgroup, mount and user,
 * before it makes the child, and comes back: the child is born in them, with power
 * over them only where its user namespace owns them.
 */
#pragma once

#include "live.h"

/** namespaces_open() - open what is joined by path, and check it: nsfs, of the right type, not the host's where the plan says so */
int namespaces_open(struct live *live, struct error *err);

/**
 * namespaces_share_owner() - does the user namespace that is joined own another one that is?
 * @shared: set on success
 *
 * Of a network, ipc or pid namespace: what the containers of a pod share.
 */
int namespaces_share_owner(const struct live *live, bool *shared, struct error *err);

/** namespaces_enter() - the supervisor goes in, before the child is made; also sets time offsets */
int namespaces_enter(struct live *live, struct error *err);

/** namespaces_leave() - and comes back; also the undo */
int namespaces_leave(struct live *live, struct error *err);

/** namespaces_clone_flags() - what clone3 makes anew */
uint64_t namespaces_clone_flags(const struct plan *plan);

/**
 * namespaces_clone_again() - does the child have to make another in its place?
 * @flags: receives what clone3 makes anew then
 *
 * After namespaces_join(), and then the second child is the container's first
 * process. So it is when the child joins a user namespace and a new pid namespace
 * is to be owned by that, and when it joins a cgroup namespace before a user
 * namespace is made.
 */
bool namespaces_clone_again(const struct plan *plan, uint64_t *flags);

/** namespaces_join() - the child's side: a cgroup and a user namespace by path, and what is made in the latter */
int namespaces_join(const struct live *live, struct error *err);

/** namespaces_join_mounts() - the first process's side: a mount namespace by path */
int namespaces_join_mounts(const struct live *live, struct error *err);

/** namespaces_finish() - the child's side: cgroup namespace, loopback, host names */
int namespaces_finish(const struct live *live, struct error *err);

/** namespaces_is_joined() - is a namespace of this type (a CLONE_NEW* bit) joined by path? */
bool namespaces_is_joined(const struct plan *plan, int type);

/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * Mount trees that the supervisor opens on the host before the child is made:
 * the root file system and the sources of bind mounts, detached, with all their
 * attributes set before anybody can see them.
 */
#pragma once

#include "live.h"

/** trees_open() - open and check the root and every bind source that does not lie in it */
int trees_open(struct live *live, struct error *err);

/**
 * trees_make_foreign() - file systems that show a namespace the container does not own
 *
 * Called while the supervisor is in the namespaces that are joined: sysfs of a
 * network namespace, mqueue of an ipc namespace. Only their owner may mount them.
 */
int trees_make_foreign(struct live *live, struct error *err);

/** trees_map() - id-map them, once the container's user namespace has its mappings */
int trees_map(struct live *live, struct error *err);

/**
 * trees_map_refuse() - refuse what cannot be id-mapped, by the rule's name
 * @fd:     lent; it, from before it was cloned: a detached mount is in no mountinfo
 * @source: how it is called
 * @path:   in the configuration
 * @reason: the kernel's errno
 * Return: always -1, with ERROR_POLICY.
 */
int trees_map_refuse(struct live *live, int fd, const char *source, const char *path,
		     int reason, struct error *err);

/**
 * trees_map_leave_root() - go on with a root that cannot be id-mapped, if the policy says so
 * @err: the refusal; cleared if so
 * Return: 0, or -1 with @err as it was.
 */
int trees_map_leave_root(struct live *live, struct error *err);

/** trees_close() - let go of them: what is not attached disappears */
void trees_close(struct live *live);

/**
 * trees_attributes() - change a mount's attributes, but for what its owner has locked
 * @flags:       AT_RECURSIVE or 0
 * @propagation: MS_PRIVATE and the like, or 0
 *
 * What somebody with another user namespace has set on a mount stays, whatever is to be cleared.
 */
int trees_attributes(int fd, const struct plan_attributes *attributes, unsigned int flags,
		     uint64_t propagation, struct error *err);

/**
 * trees_prepare() - attributes and propagation of one detached bind
 * Also used by the child for a source that lies in the root.
 */
int trees_prepare(const struct plan_mount *mount, const struct live_tree *tree, struct error *err);

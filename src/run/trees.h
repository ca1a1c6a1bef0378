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

/** trees_close() - let go of them: what is not attached disappears */
void trees_close(struct live *live);

/**
 * trees_prepare() - attributes and propagation of one detached bind
 * Also used by the child for a source that lies in the root.
 */
int trees_prepare(const struct plan_mount *mount, const struct live_tree *tree, struct error *err);

/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * The container's /dev: a tmpfs that the supervisor makes, since one that a user
 * namespace owns holds no device nodes. Spec: config-linux.md "Default Devices", "Devices".
 */
#pragma once

#include "live.h"

/**
 * devices_make() - make the tmpfs of the plan's /dev mount and fill it; open the nodes to be bound
 *
 * Called when the container's mappings are known: nodes belong to container ids.
 * Does nothing when the plan has no such mount.
 */
int devices_make(struct live *live, struct error *err);

/**
 * devices_place() - the child's side: nodes that are bound into place
 * @root:      the container's root
 * @below_dev: those below /dev, once that is mounted; else those outside it, after all mounts
 */
int devices_place(const struct live *live, int root, bool below_dev, struct error *err);

/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * Where a volume turns out to lie, held against the paths of the policy (item volume-ids).
 */
#pragma once

#include "live.h"

/**
 * volumes_judge() - whether what was opened has the host's ids, and whether it may be mounted
 * @fd:   lent; the source, before it is cloned
 * @tree: host_ids is set where it is not to be id-mapped
 *
 * A place has two names: the path that the kernel has for it, and the one inside its file system,
 * which is the same wherever that, or a part of it, is mounted. The nearest path of the policy
 * decides, by either; where one of them says mapped, it is. So it is where a path that is mapped
 * lies below the source or, for a recursive bind, in what is mounted there.
 *
 * Does nothing for a mount without a condition of that rule.
 *
 * Return: 0, or -1 with ERROR_POLICY in the rule's words, or ERROR_SYSTEM.
 */
int volumes_judge(struct live *live, int fd, const struct plan_mount *mount,
		  struct live_tree *tree, struct error *err);

/** volumes_close() - let go of live.volumes; harmless where there are none */
void volumes_close(struct live *live);

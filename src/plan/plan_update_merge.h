/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * Lists of limits that a container has, and those that it is to have. Shared by plan_update.c.
 */
#pragma once

#include <stdbool.h>

#include "base/arena.h"
#include "spec/spec.h"

/** plan_update_merge_lists() - per-device, per-page and per-adapter limits: a new one of a key wins */
void plan_update_merge_lists(struct arena *arena, const struct spec_resources *kept,
			     const struct spec_resources *asked, struct spec_resources *all);

/** plan_update_take_lists() - the same lists, of what is asked for alone */
void plan_update_take_lists(const struct spec_resources *asked, struct spec_resources *written);

/**
 * plan_update_merge_devices() - device rules: new ones go to the end, where they win
 * @all: .devices and .device_count are set
 *
 * Return: whether there are new ones.
 */
bool plan_update_merge_devices(struct arena *arena, const struct spec_resources *kept,
			       const struct spec_resources *asked, struct spec_resources *all);

/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * The files of the registry: their names, and all of them one after another.
 */
#pragma once

#include <stdint.h>

#include "base/error.h"

/** registry_name() - the name of a step's file: its first host id */
void registry_name(uint32_t step, char name[static 16]);

/* Returns 0 to go on. */
typedef int registry_visit(int dir, uint32_t step, void *data);

/**
 * registry_each() - call a function for each step that has a file, in no order
 *
 * Return: its first answer that is not 0; 0; or -1.
 */
int registry_each(int dir, registry_visit *visit, void *data, struct error *err);

/** registry_each_in_place() - the same of the host's registry; one that is not there has no files */
int registry_each_in_place(registry_visit *visit, void *data, struct error *err);

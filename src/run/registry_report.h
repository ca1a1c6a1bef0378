/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * Why no range can be had, in words that count what is free and name who holds the others.
 */
#pragma once

#include "base/error.h"
#include "registry_pool.h"

/** registry_refuse_exhausted() - none is free. Return: -1 with ERROR_HOST, or another. */
int registry_refuse_exhausted(const struct registry_pool *pool, struct error *err);

/** registry_refuse_overlap() - others have some of what the site chose. Return: as above. */
int registry_refuse_overlap(const struct registry_pool *pool, struct error *err);

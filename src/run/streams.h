/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * Standard input, output and error, where the container gets the caller's own.
 */
#pragma once

#include "live.h"

/**
 * streams_check() - is there nothing among them that leads out of the container?
 *
 * Refused are directories, block devices and namespaces: a directory of the host is
 * a place to go on from, whatever the root is (CVE-2024-21626).
 */
int streams_check(struct error *err);

/** streams_give() - hand pipes, FIFOs and ptys among them to the container's user */
int streams_give(const struct live *live, struct error *err);

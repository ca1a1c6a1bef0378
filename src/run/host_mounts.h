/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * The mounts of the supervisor's mount namespace: who looks for a source among them looks more than once,
 * and a host may have thousands.
 */
#pragma once

#include "kernel/mountinfo.h"
#include "live.h"

/**
 * host_mounts_read() - the mounts as they are now
 * @out: lent; entries and strings stay until host_mounts_close(), also when it is called again
 *
 * The file is read again only when the kernel says that a mount has come or gone since.
 * Source: proc_pid_mounts(5), poll.
 *
 * Return: 0 or -1.
 */
int host_mounts_read(struct live *live, const struct mountinfo **out, struct error *err);

/** host_mounts_arena() - what lives as long as they do; after host_mounts_read() */
struct arena *host_mounts_arena(struct live *live);

/** host_mounts_close() - let go of them; harmless where none were read */
void host_mounts_close(struct live *live);

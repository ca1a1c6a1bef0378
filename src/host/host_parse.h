/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * The texts that host.c reads, as functions of bytes.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "host/host.h"

/**
 * host_parse_ids() - the first ids and sizes of uid_map or gid_map
 *
 * Return: 0, or -1 when the text is none of the kernel's.
 */
int host_parse_ids(const char *text, struct host_ids *out);

/**
 * host_parse_release() - the first two numbers of a kernel release ("6.1.0-13-amd64")
 *
 * Return: 0, or -1 when it does not start with two numbers; nothing is written then.
 */
int host_parse_release(const char *release, unsigned int *major, unsigned int *minor);

/**
 * host_parse_controllers() - the names in cgroup.controllers as enum host_controller bits
 * @text: names with spaces between them, a newline at the end
 *
 * Controllers that are not in the enum are passed over: nothing here plans for them.
 */
unsigned int host_parse_controllers(const char *text);

/** host_supported() - is a kernel of this version new enough (6.1)? */
bool host_supported(unsigned int major, unsigned int minor);

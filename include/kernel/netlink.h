/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
#pragma once

/* Requests to the kernel over rtnetlink (libmnl). */

#include "base/error.h"

/**
 * netlink_prepare() - load what the functions below need, while no namespace was entered
 * Return: 0, or -1 with ERROR_HOST.
 */
int netlink_prepare(struct error *err);

/**
 * netlink_loopback_up() - set IFF_UP on the loopback device of the current network namespace
 * @err: filled on failure
 *
 * One RTM_NEWLINK for interface index 1, which is "lo" in every network namespace. The kernel
 * gives it 127.0.0.1 and ::1 itself. Needs CAP_NET_ADMIN over the namespace.
 *
 * Return: 0, or -1 with ERROR_SYSTEM. Source: rtnetlink(7).
 */
int netlink_loopback_up(struct error *err);

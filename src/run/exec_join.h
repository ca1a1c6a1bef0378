/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * Entering the container that is there. Its init is known by a pidfd that was opened for its start
 * time; nothing that the container shows of itself, its /proc least of all, is asked.
 */
#pragma once

#include "live.h"

/**
 * exec_join_open() - the supervisor's side: what the namespaces of the container's init are
 * @live: .target, record, plan and procfs are used; .enter and .entered are filled, and the
 *        mappings of its user namespace
 *
 * Return: 0, or -1 with ERROR_STATE: "container not running", and others.
 */
int exec_join_open(struct live *live, struct error *err);

/**
 * exec_join_enter() - the child's side: enter all of them in one call, and see that it is there
 *
 * The pid namespace is entered by the next child. The root is that of the mount namespace.
 */
int exec_join_enter(struct live *live, struct error *err);

/**
 * exec_join_alive() - whether the container's init still runs
 * @timeout_ms: how long it may take to end; 0 only looks
 *
 * Return: 0, or -1 with ERROR_STATE where it does not run.
 */
int exec_join_alive(const struct live *live, int timeout_ms, struct error *err);

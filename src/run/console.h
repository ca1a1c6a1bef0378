/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * The container's terminal. No /dev/pts/N path is ever used: the master is opened
 * in the devpts mount that was just made, the other side by TIOCGPTPEER, and
 * /dev/console is a clone of that (CVE-2025-52565).
 */
#pragma once

#include "live.h"

/**
 * console_open() - the child's side: make a pty and mount it on /dev/console
 * @root:   the container's root, before pivot
 * @devpts: the devpts mount, or -1: one is made at /dev/pts
 * @peer:   receives the container's side
 *
 * Return: the master, or -1.
 */
int console_open(const struct live *live, int root, int devpts, int *peer, struct error *err);

/**
 * console_join() - the child's side of exec: a pty of the devpts that the container has
 * @peer: receives the container's side
 *
 * Of all that lies at /dev/pts only a devpts will do: the container may have put anything there.
 *
 * Return: the master, or -1.
 */
int console_join(const struct live *live, int *peer, struct error *err);

/** console_take() - the child's side: a controlling terminal, and stdio */
int console_take(int peer, struct error *err);

/** console_send() - send the master over the socket of --console-socket */
int console_send(const char *path, int master, struct error *err);

/**
 * console_send_pidfd() - send a pidfd over the socket of --pidfd-socket
 *
 * One message, "pidfd", with the descriptor.
 */
int console_send_pidfd(const char *path, int pidfd, struct error *err);

/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
#pragma once

/*
 * Signals by name. Read by `orlop kill`, and by whoever prints one.
 */

/**
 * signal_parse() - read a signal as callers write it
 * @text:   "KILL", "SIGKILL", "kill", "9", "RTMIN", "RTMIN+3", "RTMAX-1", "0"; NULL is a failure
 * @number: set on success: 0 to 64. 0 sends nothing and only asks whether the process is there
 *
 * Case does not matter. Numbers are decimal, without sign or leading zero. RTMIN is the
 * C library's, 34: two below it are taken by its threads.
 *
 * Return: 0, or -1 with @number untouched.
 */
int signal_parse(const char *text, int *number);

/** signal_name() - "KILL" for SIGKILL; NULL for a number without a name, real-time ones too */
const char *signal_name(int number);

/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
#pragma once

/*
 * The error object. It holds no pointers: nothing to release, no memory needed to fill it, and
 * the init child sends its bytes to the parent.
 *
 * Functions return 0 or a descriptor on success and -1 on failure, with the reason in their
 * last parameter, err. Low code says what failed, a caller adds what it was doing where that is
 * a new fact, and only main prints.
 */

#include <errno.h>

#define ERROR_MESSAGE_MAX 1024

enum error_kind {
	ERROR_NONE,
	ERROR_USAGE,	/* the command line is wrong */
	ERROR_SPEC,	/* config.json is malformed, or breaks the OCI spec */
	ERROR_POLICY,	/* well formed, but site policy refuses it */
	ERROR_STATE,	/* the container's status does not allow this now */
	ERROR_HOST,	/* this kernel or host lacks something the plan needs */
	ERROR_HOOK,	/* a hook of the configuration failed */
	ERROR_SYSTEM,	/* a system call failed; errnum says how */
};

struct error {
	enum error_kind kind;
	int errnum;	/* errno of the failed call, 0 if there was none */
	char message[ERROR_MESSAGE_MAX];
};

#define ERROR_INIT { .kind = ERROR_NONE }

/**
 * error_set() - say what went wrong
 * @err:    filled; what it held is lost; may be NULL when nobody asks for the reason
 * @kind:   what sort of failure; decides the exit status
 * @errnum: errno of the failed call, or 0
 * @format: printf format of the message; no newline, no full stop
 *
 * With a non-zero @errnum the message gets ": " and the C locale's description of it, in lower
 * case as runc prints it. Engines match "no such file or directory", "permission
 * denied" and "operation not permitted" in it. A message that is too long loses characters of
 * the caller's part, never of the description. errno is kept.
 *
 * Return: always -1, so that callers can "return error_set(…)".
 */
int error_set(struct error *err, enum error_kind kind, int errnum, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/**
 * error_prefix() - put "what was being done: " in front of an error
 * @err:    an error that is set; may be NULL
 * @format: printf format of the prefix, without the colon
 *
 * Kind and errnum stay. If there is too little room the end of the old message is lost.
 * errno is kept.
 *
 * Return: always -1.
 */
int error_prefix(struct error *err, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/** error_system() - error_set() for a failed system call; takes errno; evaluates to -1 */
#define error_system(err, ...) error_set((err), ERROR_SYSTEM, errno, __VA_ARGS__)

/**
 * error_clear() - make an error object say "no error"
 * @err: may be NULL
 */
void error_clear(struct error *err);

/**
 * error_sanitize() - make bytes from another process safe to use as an error
 * @err: bytes received; any content is allowed
 *
 * The sender may be hostile. An unknown kind, ERROR_NONE included, becomes ERROR_SYSTEM, an errno
 * outside 0 to 4095 becomes 0, the message ends inside its array, and an empty one is replaced.
 * Control characters stay: the log escapes them when printing.
 */
void error_sanitize(struct error *err);

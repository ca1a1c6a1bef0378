/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * Host ids that are spoken for by the host's own files: /etc/passwd, group, subuid
 * and subgid. No NSS.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#define ACCOUNTS_SOURCES 4u

enum accounts_source {
	ACCOUNTS_SUBUID,
	ACCOUNTS_SUBGID,
	ACCOUNTS_PASSWD,
	ACCOUNTS_GROUP,
};

/* A line of one of them. */
struct accounts_span {
	uint64_t first;
	uint64_t last;
	const char *name;	/* whose, name_size bytes */
	int name_size;
	enum accounts_source source;
};

struct accounts {
	size_t count;
	struct accounts_span *spans;		/* malloc'd */
	char *texts[ACCOUNTS_SOURCES];		/* the files, malloc'd */
};

/**
 * accounts_read() - read them
 * @least: ids below are of no interest
 * @out:   empty; give it to accounts_free(), on failure too
 *
 * A file that is missing speaks for nothing.
 *
 * Return: 0 or -1.
 */
int accounts_read(uint64_t least, struct accounts *out, struct error *err);

/** accounts_hold() - the first line that speaks for one of the ids from @first to @last, or NULL */
const struct accounts_span *accounts_hold(const struct accounts *taken, uint64_t first,
					  uint64_t last);

/** accounts_path() - "/etc/subuid" */
const char *accounts_path(enum accounts_source source);

void accounts_free(struct accounts *accounts);

#define auto_accounts __attribute__((cleanup(accounts_free))) struct accounts

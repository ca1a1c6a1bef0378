/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * Host paths that must not be mounted into a container (item mount-sources),
 * judged on the opened descriptor by inode: bind mounts and links that give a
 * path another name do not help. What lies below one of them is found by the
 * directories above, and where a part of a file system is mounted elsewhere, by
 * its name in there.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "base/error.h"
#include "plan/plan.h"

#define SOURCES_ROWS 73

struct source_identity {
	dev_t dev;
	ino_t ino;
};

/* What the protected paths are on this host. */
struct sources {
	const char *state_root;	/* --root of this call, absolute: protected as /run/orlop is */
	bool root;		/* a root file system is judged: it may lie in an engine's store */
	bool ready;
	bool there[SOURCES_ROWS];
	struct source_identity rows[SOURCES_ROWS];
};

struct live;

/* What was asked for. */
struct source_asked {
	const char *source;	/* its path, and */
	const char *path;	/* the JSON path of the mount: both for the message */
	bool writable;		/* the mount is not read-only */
};

/**
 * sources_check() - may this be mounted into a container?
 * @live: its plan's rules; sources is filled by the first call
 * @fd:   what was opened, O_PATH
 *
 * Return: 0, or -1 with ERROR_POLICY naming the rule, or ERROR_SYSTEM.
 */
int sources_check(struct live *live, int fd, const struct source_asked *asked, struct error *err);

/** sources_check_device() - is a device node one of the default list? */
int sources_check_device(int fd, const char *source, const char *path, const struct plan *plan,
			 struct error *err);

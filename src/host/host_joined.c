/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * Containers of a pod join the namespaces of its first one. Those belong to a user
 * namespace, and outside of it nobody can mount a proc or a sysfs that shows them.
 */
#include <fcntl.h>
#include <linux/nsfs.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "host/host.h"

#define PROC "/proc/"
#define PID_DIGITS 10

static bool is_same(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/* The kernel's own word of the owner; EPERM is one that is not below our own. */
static bool look_at_owner(const char *path, struct stat *out)
{
	auto_fd space = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	auto_fd owner = -1;

	if (space < 0)
		return false;
	owner = ioctl(space, NS_GET_USERNS);
	return owner >= 0 && fstat(owner, out) == 0;
}

/* How long "/proc/PID" is at the beginning of "/proc/PID/ns/NAME"; 0 for any other path. */
static size_t process_part(const char *path)
{
	const size_t start = strlen(PROC);
	size_t digits;

	if (strncmp(path, PROC, start) != 0)
		return 0;
	digits = strspn(path + start, "0123456789");
	if (digits == 0 || digits > PID_DIGITS || strncmp(path + start + digits, "/ns/", 4) != 0)
		return 0;
	return start + digits;
}

void host_look_at_joined(struct host *host, const char *path)
{
	char user[sizeof(host->joined_owner)];
	size_t process = process_part(path);
	struct stat owner;
	struct stat theirs;
	struct stat ours;

	if (process == 0)
		return;
	(void)snprintf(user, sizeof(user), "%.*s/ns/user", (int)process, path);
	if (!look_at_owner(path, &owner) || stat("/proc/self/ns/user", &ours) || is_same(&owner, &ours) ||
	    stat(user, &theirs) || !is_same(&owner, &theirs))
		return;
	(void)snprintf(host->joined_owner, sizeof(host->joined_owner), "%s", user);
}

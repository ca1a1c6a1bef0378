/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * Callers share the registry and need not share anything else: an engine may
 * run in a mount namespace of its own. A path that leads nowhere is no proof
 * that a container is gone; the directory it was in, known by its inode, is.
 */
#include "registry_entry.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "reap.h"

#define BOOT_ID "/proc/sys/kernel/random/boot_id"
#define BOOT_SIZE 40
#define ENTRY_MAX 8192u

/* What the second and later lines say. */
struct facts {
	char boot[BOOT_SIZE];
	uint64_t pid_namespace;
	unsigned int root_major;
	unsigned int root_minor;
	uint64_t root_inode;
};

static int read_boot(char boot[static BOOT_SIZE], struct error *err)
{
	auto_free char *text = NULL;

	if (fd_read_file(AT_FDCWD, BOOT_ID, BOOT_SIZE, &text, NULL, err))
		return -1;
	(void)snprintf(boot, BOOT_SIZE, "%.*s", (int)strcspn(text, "\n"), text);
	return 0;
}

static int read_pid_namespace(uint64_t *inode, struct error *err)
{
	struct stat st;

	if (stat("/proc/self/ns/pid", &st))
		return error_system(err, "look at our own pid namespace");
	*inode = st.st_ino;
	return 0;
}

int registry_entry_write(const char *state_root, const char *id, struct text *out, struct error *err)
{
	char boot[BOOT_SIZE];
	uint64_t pid_namespace = 0;
	struct stat root;

	if (read_boot(boot, err) || read_pid_namespace(&pid_namespace, err))
		return error_prefix(err, "say who holds a range of ids");
	if (stat(state_root, &root))
		return error_system(err, "look at the state directory '%s'", state_root);
	text_appendf(out, "%s %s\nboot %s\npid-namespace %" PRIu64 "\nstate-root %u:%u:%" PRIu64 "\n",
		     state_root, id, boot, pid_namespace, major(root.st_dev), minor(root.st_dev),
		     (uint64_t)root.st_ino);
	if (out->truncated)
		return error_set(err, ERROR_STATE, 0, "the path of the state directory is too long");
	return 0;
}

char *registry_entry_read(int dir, const char *name)
{
	char *text = NULL;

	return fd_read_file(dir, name, ENTRY_MAX, &text, NULL, NULL) ? NULL : text;
}

bool registry_entry_is_of(const char *entry, const char *state_root, const char *id)
{
	size_t root = strlen(state_root);
	size_t name = strlen(id);

	return strncmp(entry, state_root, root) == 0 && entry[root] == ' ' &&
	       strncmp(entry + root + 1, id, name) == 0 && entry[root + 1 + name] == '\n';
}

char *registry_entry_holder(const char *entry)
{
	return strndup(entry, strcspn(entry, "\n"));
}

static bool read_facts(const char *entry, struct facts *facts)
{
	const char *line = strchr(entry, '\n');

	/* Written by us alone, and what does not fit is no match. NOLINTNEXTLINE(cert-err34-c) */
	return line != NULL && sscanf(line + 1, "boot %39s pid-namespace %" SCNu64
				      " state-root %u:%u:%" SCNu64, facts->boot, &facts->pid_namespace,
				      &facts->root_major, &facts->root_minor, &facts->root_inode) == 5;
}

/* Whether the container's state is there, or gone for sure. */
static enum registry_state look_for_state(const char *entry, const struct facts *facts)
{
	auto_free char *holder = registry_entry_holder(entry);
	char *space = holder ? strrchr(holder, ' ') : NULL;
	auto_fd root = -1;
	struct stat st;

	if (space == NULL)
		return REGISTRY_UNREADABLE;
	*space = '\0';
	root = open(holder, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (root < 0 || fstat(root, &st) || major(st.st_dev) != facts->root_major ||
	    minor(st.st_dev) != facts->root_minor || st.st_ino != facts->root_inode)
		return REGISTRY_HIDDEN;
	if (fstatat(root, space + 1, &st, AT_SYMLINK_NOFOLLOW) == 0)
		return REGISTRY_HELD;
	return errno == ENOENT ? REGISTRY_LEFT : REGISTRY_HIDDEN;
}

void registry_witness_free(struct registry_witness *witness)
{
	free(witness->used);
	witness->used = NULL;
}

static bool witness_sees(struct registry_witness *witness)
{
	struct error unknown;

	if (!witness->asked)
		witness->sees = read_boot(witness->boot, &unknown) == 0 &&
				read_pid_namespace(&witness->pid_namespace, &unknown) == 0;
	witness->asked = true;
	return witness->sees;
}

/* Reads all of /proc, for the first that asks. */
static bool witness_is_used(struct registry_witness *witness, uint32_t step)
{
	auto_free uint8_t *used = NULL;
	struct error unknown;

	if (!witness->used) {
		used = calloc(REGISTRY_STEPS, 1);
		if (!used || reap_survey(used, REGISTRY_STEP, &unknown))
			return true;
		witness->used = take_ptr(used);
	}
	return witness->used[step] != 0;
}

enum registry_state registry_entry_judge(const char *entry, uint32_t step,
					 struct registry_witness *witness)
{
	struct facts facts;
	enum registry_state state;

	if (!entry)
		return REGISTRY_UNREADABLE;
	/* Its maker was stopped before it wrote, and so before it made a process. */
	if (entry[0] == '\0')
		return REGISTRY_LEFT;
	if (!read_facts(entry, &facts))
		return REGISTRY_UNREADABLE;
	if (!witness_sees(witness))
		return REGISTRY_HIDDEN;
	if (strcmp(witness->boot, facts.boot) != 0)
		return REGISTRY_LEFT;
	state = look_for_state(entry, &facts);
	if (state != REGISTRY_LEFT)
		return state;
	if (witness->pid_namespace != facts.pid_namespace)
		return REGISTRY_HIDDEN;
	return witness_is_used(witness, step) ? REGISTRY_PROCESSES : REGISTRY_LEFT;
}

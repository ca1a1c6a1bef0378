/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */

#include "tables/mount_options.h"

#include <string.h>
#include <sys/mount.h>

#include "base/cleanup.h"
#include "kernel/compat.h"

#define ON(bit)  .attrs = { .set = (bit) }
#define OFF(bit) .attrs = { .clear = (bit) }
#define NONE     .attrs = { 0 }

/* Access time is one field: naming a mode clears the others. */
#define MODE(mode) .attrs = { .clear = MOUNT_ATTR__ATIME, .set = (mode) }

/*
 * "atime" is the opposite of noatime, not of strictatime: it undoes one mode, and what is left is
 * the kernel's default. With no mode asked for it asks for that default.
 */
#define UNDO(mode) MODE(MOUNT_ATTR_RELATIME), .takes_back = true, .undone = (mode)

const struct mount_option mount_options[] = {
	{ "_netdev",        MOUNT_NO_EFFECT,   NONE }, /* fstab(5) */
	{ "acl",            MOUNT_NO_EFFECT,   NONE }, /* a matter of the kernel's build */
	{ "async",          MOUNT_SUPERBLOCK,  OFF(MS_SYNCHRONOUS) },
	{ "atime",          MOUNT_SELF,        UNDO(MOUNT_ATTR_NOATIME) },
	{ "auto",           MOUNT_NO_EFFECT,   NONE }, /* fstab(5) */
	{ "bind",           MOUNT_BIND,        NONE },
	{ "defaults",       MOUNT_NO_EFFECT,   NONE },
	{ "dev",            MOUNT_SELF,        OFF(MOUNT_ATTR_NODEV) },
	{ "diratime",       MOUNT_SELF,        OFF(MOUNT_ATTR_NODIRATIME) },
	{ "dirsync",        MOUNT_SUPERBLOCK,  ON(MS_DIRSYNC) },
	{ "exec",           MOUNT_SELF,        OFF(MOUNT_ATTR_NOEXEC) },
	{ "group",          MOUNT_NO_EFFECT,   NONE }, /* fstab(5) */
	{ "idmap",          MOUNT_IDMAP,       NONE },
	{ "iversion",       MOUNT_NO_EFFECT,   NONE }, /* file systems decide it themselves */
	{ "lazytime",       MOUNT_SUPERBLOCK,  ON(MS_LAZYTIME) },
	{ "loud",           MOUNT_NO_EFFECT,   NONE },
	{ "mand",           MOUNT_NO_EFFECT,   NONE }, /* gone since Linux 5.15 */
	{ "noacl",          MOUNT_NO_EFFECT,   NONE },
	{ "noatime",        MOUNT_SELF,        MODE(MOUNT_ATTR_NOATIME) },
	{ "noauto",         MOUNT_NO_EFFECT,   NONE }, /* fstab(5) */
	{ "nodev",          MOUNT_SELF,        ON(MOUNT_ATTR_NODEV) },
	{ "nodiratime",     MOUNT_SELF,        ON(MOUNT_ATTR_NODIRATIME) },
	{ "noexec",         MOUNT_SELF,        ON(MOUNT_ATTR_NOEXEC) },
	{ "nofail",         MOUNT_NO_EFFECT,   NONE }, /* fstab(5) */
	{ "nogroup",        MOUNT_NO_EFFECT,   NONE },
	{ "noiversion",     MOUNT_NO_EFFECT,   NONE },
	{ "nolazytime",     MOUNT_SUPERBLOCK,  OFF(MS_LAZYTIME) },
	{ "nomand",         MOUNT_NO_EFFECT,   NONE },
	{ "noowner",        MOUNT_NO_EFFECT,   NONE },
	{ "norelatime",     MOUNT_SELF,        UNDO(MOUNT_ATTR_RELATIME) },
	{ "nostrictatime",  MOUNT_SELF,        UNDO(MOUNT_ATTR_STRICTATIME) },
	{ "nosuid",         MOUNT_SELF,        ON(MOUNT_ATTR_NOSUID) },
	{ "nosymfollow",    MOUNT_SELF,        ON(MOUNT_ATTR_NOSYMFOLLOW) },
	{ "nouser",         MOUNT_NO_EFFECT,   NONE },
	{ "nousers",        MOUNT_NO_EFFECT,   NONE },
	{ "owner",          MOUNT_NO_EFFECT,   NONE }, /* fstab(5) */
	{ "private",        MOUNT_PROPAGATION, ON(MS_PRIVATE) },
	{ "ratime",         MOUNT_TREE,        UNDO(MOUNT_ATTR_NOATIME) },
	{ "rbind",          MOUNT_BIND,        NONE, .recursive = true },
	{ "rdev",           MOUNT_TREE,        OFF(MOUNT_ATTR_NODEV) },
	{ "rdiratime",      MOUNT_TREE,        OFF(MOUNT_ATTR_NODIRATIME) },
	{ "relatime",       MOUNT_SELF,        MODE(MOUNT_ATTR_RELATIME) },
	{ "remount",        MOUNT_REMOUNT,     NONE },
	{ "rexec",          MOUNT_TREE,        OFF(MOUNT_ATTR_NOEXEC) },
	{ "ridmap",         MOUNT_IDMAP,       NONE, .recursive = true },
	{ "rnoatime",       MOUNT_TREE,        MODE(MOUNT_ATTR_NOATIME) },
	{ "rnodev",         MOUNT_TREE,        ON(MOUNT_ATTR_NODEV) },
	{ "rnodiratime",    MOUNT_TREE,        ON(MOUNT_ATTR_NODIRATIME) },
	{ "rnoexec",        MOUNT_TREE,        ON(MOUNT_ATTR_NOEXEC) },
	{ "rnorelatime",    MOUNT_TREE,        UNDO(MOUNT_ATTR_RELATIME) },
	{ "rnostrictatime", MOUNT_TREE,        UNDO(MOUNT_ATTR_STRICTATIME) },
	{ "rnosuid",        MOUNT_TREE,        ON(MOUNT_ATTR_NOSUID) },
	{ "rnosymfollow",   MOUNT_TREE,        ON(MOUNT_ATTR_NOSYMFOLLOW) },
	{ "ro",             MOUNT_SELF,        ON(MOUNT_ATTR_RDONLY) },
	{ "rprivate",       MOUNT_PROPAGATION, ON(MS_PRIVATE), .recursive = true },
	{ "rrelatime",      MOUNT_TREE,        MODE(MOUNT_ATTR_RELATIME) },
	{ "rro",            MOUNT_TREE,        ON(MOUNT_ATTR_RDONLY) },
	{ "rrw",            MOUNT_TREE,        OFF(MOUNT_ATTR_RDONLY) },
	{ "rshared",        MOUNT_PROPAGATION, ON(MS_SHARED), .recursive = true },
	{ "rslave",         MOUNT_PROPAGATION, ON(MS_SLAVE), .recursive = true },
	{ "rstrictatime",   MOUNT_TREE,        MODE(MOUNT_ATTR_STRICTATIME) },
	{ "rsuid",          MOUNT_TREE,        OFF(MOUNT_ATTR_NOSUID) },
	{ "rsymfollow",     MOUNT_TREE,        OFF(MOUNT_ATTR_NOSYMFOLLOW) },
	{ "runbindable",    MOUNT_PROPAGATION, ON(MS_UNBINDABLE), .recursive = true },
	{ "rw",             MOUNT_SELF,        OFF(MOUNT_ATTR_RDONLY) },
	{ "shared",         MOUNT_PROPAGATION, ON(MS_SHARED) },
	{ "silent",         MOUNT_NO_EFFECT,   NONE },
	{ "slave",          MOUNT_PROPAGATION, ON(MS_SLAVE) },
	{ "strictatime",    MOUNT_SELF,        MODE(MOUNT_ATTR_STRICTATIME) },
	{ "suid",           MOUNT_SELF,        OFF(MOUNT_ATTR_NOSUID) },
	{ "symfollow",      MOUNT_SELF,        OFF(MOUNT_ATTR_NOSYMFOLLOW) },
	{ "sync",           MOUNT_SUPERBLOCK,  ON(MS_SYNCHRONOUS) },
	{ "tmpcopyup",      MOUNT_COPY_UP,     NONE },
	{ "unbindable",     MOUNT_PROPAGATION, ON(MS_UNBINDABLE) },
	{ "user",           MOUNT_NO_EFFECT,   NONE }, /* fstab(5) */
	{ "users",          MOUNT_NO_EFFECT,   NONE }, /* fstab(5) */
};

const size_t mount_option_count = ARRAY_SIZE(mount_options);

/* Linux fs/fs_context.c, common_set_sb_flag. dirsync has no opposite there. */
const struct mount_superblock_flag mount_superblock_flags[] = {
	{ MS_SYNCHRONOUS, "sync",     "async" },
	{ MS_DIRSYNC,     "dirsync",  NULL },
	{ MS_LAZYTIME,    "lazytime", "nolazytime" },
};

const size_t mount_superblock_flag_count = ARRAY_SIZE(mount_superblock_flags);

const struct mount_option *mount_option_find(const char *name)
{
	/* mount(8) drops these: they are for other programs. */
	static const struct mount_option comment = { "x-", MOUNT_NO_EFFECT, NONE };

	if (strncmp(name, comment.name, 2) == 0)
		return &comment;
	for (size_t i = 0; i < mount_option_count; i++)
		if (strcmp(mount_options[i].name, name) == 0)
			return &mount_options[i];
	return NULL;
}

static void apply_attributes(struct mount_attributes *to, const struct mount_option *option)
{
	const struct mount_attributes *attrs = &option->attrs;

	if (option->takes_back && (to->clear & MOUNT_ATTR__ATIME) &&
	    (to->set & MOUNT_ATTR__ATIME) != option->undone)
		return;

	/* A later option takes back what an earlier one asked for. */
	to->set = (to->set & ~attrs->clear) | attrs->set;
	to->clear = (to->clear & ~attrs->set) | attrs->clear;
}

bool mount_option_apply(struct mount_request *to, const char *name)
{
	const struct mount_option *option = mount_option_find(name);

	if (!option)
		return false;

	switch (option->part) {
	case MOUNT_SELF:
		apply_attributes(&to->self, option);
		break;
	case MOUNT_TREE:
		apply_attributes(&to->tree, option);
		break;
	case MOUNT_SUPERBLOCK:
		apply_attributes(&to->superblock, option);
		break;
	case MOUNT_PROPAGATION:
		to->propagation = option->attrs.set;
		to->propagation_recursive = option->recursive;
		break;
	case MOUNT_BIND:
		to->bind = true;
		to->bind_recursive = option->recursive;
		break;
	case MOUNT_IDMAP:
		to->idmap = true;
		to->idmap_recursive = option->recursive;
		break;
	case MOUNT_REMOUNT:
		to->remount = true;
		break;
	case MOUNT_COPY_UP:
		to->copy_up = true;
		break;
	case MOUNT_NO_EFFECT:
		break;
	}
	return true;
}

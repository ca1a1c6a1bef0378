/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * A root without pivot_root(2), for hosts whose own root cannot be put anywhere: an initramfs. The
 * host's mounts stay in the container's mount namespace, below its root, and a process that may
 * call chroot(2) can get at them. So this is for policy oci alone.
 *
 * The host's proc and sysfs go all the same: the kernel lets a new proc be mounted where one is
 * that nothing covers, and that would show what the container's masks hide.
 */
#include "rootfs.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "kernel/mountinfo.h"
#include "kernel/path.h"
#include "kernel/procfs.h"
#include "mounts.h"

#define MOUNTINFO_MAX ((size_t)64 << 20)

/* The container's own hang below its root. */
static bool is_own(const struct mountinfo *info, const struct mountinfo_entry *entry, uint64_t root)
{
	for (size_t i = 0; entry && i <= info->count; i++) {
		if (entry->mount_id == root)
			return true;
		if (entry->parent_id == entry->mount_id)
			return false;
		entry = mountinfo_find(info, entry->parent_id);
	}
	return false;
}

static bool shows_kernel(const struct mountinfo_entry *entry)
{
	return strcmp(entry->type, "proc") == 0 || strcmp(entry->type, "sysfs") == 0;
}

/* Takes them off, with what is mounted below; sets @left to the path of one that is still there. */
static int drop_once(const struct live *live, uint64_t root, bool look_only, struct arena *arena,
		     const char **left, struct error *err)
{
	auto_free char *text = NULL;
	struct mountinfo info;
	size_t size;
	pid_t self;

	*left = NULL;
	if (procfs_self(live->procfs, &self, err) ||
	    procfs_read_pid(live->procfs, self, "mountinfo", MOUNTINFO_MAX, &text, &size, err) ||
	    mountinfo_parse(arena, text, size, &info, err))
		return -1;
	for (size_t i = 0; i < info.count; i++) {
		const struct mountinfo_entry *entry = &info.entries[i];

		if (!shows_kernel(entry) || is_own(&info, entry, root))
			continue;
		*left = entry->target;
		/* One below another went with it. */
		if (!look_only && umount2(entry->target, MNT_DETACH | UMOUNT_NOFOLLOW) &&
		    errno != EINVAL && errno != ENOENT)
			return error_system(err, "take %s of the host off", entry->target);
	}
	return 0;
}

static int drop_kernel_mounts(const struct live *live, int root, struct error *err)
{
	auto_arena arena = ARENA_INIT;
	const char *left;
	struct statx st;

	if (statx(root, "", AT_EMPTY_PATH, STATX_MNT_ID, &st) || !(st.stx_mask & STATX_MNT_ID))
		return error_system(err, "find the mount of the root");
	if (drop_once(live, st.stx_mnt_id, false, &arena, &left, err) ||
	    drop_once(live, st.stx_mnt_id, true, &arena, &left, err))
		return -1;
	if (left)
		return error_set(err, ERROR_SYSTEM, 0, "%s of the host cannot be taken off", left);
	return 0;
}

int rootfs_chroot(const struct live *live, int root, struct error *err)
{
	auto_fd above = open("/..", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct path_identity wanted;
	struct path_identity found;

	if (above < 0)
		return error_system(err, "look at what lies over the host's root");
	if (path_identity_read(root, &wanted, err) || path_identity_read(above, &found, err) ||
	    drop_kernel_mounts(live, root, err))
		return -1;
	/* It lies where hooks found it, and not over the host's root yet. */
	if (!path_identity_equal(&wanted, &found) && mounts_move(root, above, "the root", err))
		return -1;
	if (fchdir(root) || chroot(".") || chdir("/"))
		return error_system(err, "chroot");
	return rootfs_verify(&wanted, "chroot", err);
}

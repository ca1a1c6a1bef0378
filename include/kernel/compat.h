/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
#pragma once

/*
 * Kernel constants and structs newer than the oldest headers we build with (Debian 12: glibc
 * 2.36, Linux 6.1). The only place with fallbacks. A constant here says nothing about the
 * running kernel: callers probe, or handle ENOSYS and EINVAL.
 */

#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/landlock.h>
#include <linux/openat2.h>
#include <linux/sched.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>

/* statx(2). STATX_MNT_ID 5.8; unique, never reused ids 6.8; subvolume 6.10. */
#ifndef STATX_MNT_ID
#define STATX_MNT_ID		0x00001000U
#endif
#ifndef STATX_MNT_ID_UNIQUE
#define STATX_MNT_ID_UNIQUE	0x00004000U
#endif
#ifndef STATX_ATTR_MOUNT_ROOT
#define STATX_ATTR_MOUNT_ROOT	0x00002000
#endif

/* memfd_create(2) and its seals: 6.3. */
#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL		0x0008U
#endif
#ifndef MFD_EXEC
#define MFD_EXEC		0x0010U
#endif
#ifndef F_SEAL_EXEC
#define F_SEAL_EXEC		0x0020
#endif

/* Mount interface: set group 5.15, beneath 6.5, exclusive create 6.6. */
#ifndef MOVE_MOUNT_SET_GROUP
#define MOVE_MOUNT_SET_GROUP	0x00000100
#endif
#ifndef MOVE_MOUNT_BENEATH
#define MOVE_MOUNT_BENEATH	0x00000200
#endif
#ifndef FSCONFIG_CMD_CREATE_EXCL
#define FSCONFIG_CMD_CREATE_EXCL 8
#endif
#ifndef MOUNT_ATTR_IDMAP
#define MOUNT_ATTR_IDMAP	0x00100000
#endif
#ifndef MOUNT_ATTR_NOSYMFOLLOW
#define MOUNT_ATTR_NOSYMFOLLOW	0x00200000
#endif
#ifndef AT_RECURSIVE
#define AT_RECURSIVE		0x8000
#endif

/* clone3(2): into a cgroup 5.7, clear handlers 5.5, new time namespace 5.6. */
#ifndef CLONE_INTO_CGROUP
#define CLONE_INTO_CGROUP	0x200000000ULL
#endif
#ifndef CLONE_CLEAR_SIGHAND
#define CLONE_CLEAR_SIGHAND	0x100000000ULL
#endif
#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME		0x00000080
#endif

/* openat2(2): 5.12. */
#ifndef RESOLVE_CACHED
#define RESOLVE_CACHED		0x20
#endif

/* waitid(2) on a pidfd: 5.4. pidfd_open(2) without blocking reads: 5.10. */
#ifndef P_PIDFD
#define P_PIDFD			3
#endif
#ifndef PIDFD_NONBLOCK
#define PIDFD_NONBLOCK		O_NONBLOCK
#endif
#ifndef PIDFD_SELF_THREAD_GROUP
#define PIDFD_SELF_THREAD_GROUP	(-10001)
#endif

/* statfs(2) magic numbers. */
#ifndef PROC_SUPER_MAGIC
#define PROC_SUPER_MAGIC	0x9fa0
#endif
#ifndef SYSFS_MAGIC
#define SYSFS_MAGIC		0x62656572
#endif
#ifndef CGROUP2_SUPER_MAGIC
#define CGROUP2_SUPER_MAGIC	0x63677270
#endif
#ifndef TMPFS_MAGIC
#define TMPFS_MAGIC		0x01021994
#endif
#ifndef CONFIGFS_MAGIC		/* in no header of the kernel's */
#define CONFIGFS_MAGIC		0x62656570
#endif
#ifndef NSFS_MAGIC
#define NSFS_MAGIC		0x6e736673
#endif
#ifndef OVERLAYFS_SUPER_MAGIC
#define OVERLAYFS_SUPER_MAGIC	0x794c7630
#endif
#ifndef MQUEUE_MAGIC
#define MQUEUE_MAGIC		0x19800202
#endif
#ifndef DEVPTS_SUPER_MAGIC
#define DEVPTS_SUPER_MAGIC	0x1cd1
#endif

/*
 * Landlock. ABI 2 (5.19) refer, 3 (6.2) truncate, 4 (6.7) TCP, 5 (6.10) ioctl on devices,
 * 6 (6.12) scopes.
 */
#ifndef LANDLOCK_ACCESS_FS_REFER
#define LANDLOCK_ACCESS_FS_REFER	(1ULL << 13)
#endif
#ifndef LANDLOCK_ACCESS_FS_TRUNCATE
#define LANDLOCK_ACCESS_FS_TRUNCATE	(1ULL << 14)
#endif
#ifndef LANDLOCK_ACCESS_FS_IOCTL_DEV
#define LANDLOCK_ACCESS_FS_IOCTL_DEV	(1ULL << 15)
#endif

/* prctl(2): 6.3. */
#ifndef PR_SET_MDWE
#define PR_SET_MDWE			65
#endif

/* Requests to nsfs: <linux/nsfs.h> has these since 4.11. */
#ifndef NS_GET_USERNS
#define NS_GET_USERNS			_IO(0xb7, 0x1)
#define NS_GET_PARENT			_IO(0xb7, 0x2)
#define NS_GET_NSTYPE			_IO(0xb7, 0x3)
#define NS_GET_OWNER_UID		_IO(0xb7, 0x4)
#endif

/* System call numbers that are the same on every architecture from 424 on. */
#ifndef SYS_fchmodat2
#define SYS_fchmodat2			452	/* 6.6 */
#endif
#ifndef SYS_statmount
#define SYS_statmount			457	/* 6.8 */
#endif
#ifndef SYS_listmount
#define SYS_listmount			458	/* 6.8 */
#endif

/* keyctl(2): <linux/keyctl.h> is not always installed beside libkeyutils. */
#ifndef KEYCTL_JOIN_SESSION_KEYRING
#define KEYCTL_JOIN_SESSION_KEYRING	1
#define KEYCTL_SETPERM			5
#define KEYCTL_DESCRIBE			6
#endif

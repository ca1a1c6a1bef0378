/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
#pragma once

/*
 * System calls that libc lacks, or has only in some versions. No opinion: each returns what the
 * kernel returned, -1 with errno on failure, and callers phrase the message. Descriptors that a
 * flag can make close-on-exec are made so here, whatever the caller passes.
 *
 * The prefix call_ keeps the names clear of those that newer libcs add.
 */

#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "kernel/compat.h"

struct sock_fprog;

/** call_openat2() - openat2(2), Linux 5.6; adds O_CLOEXEC */
int call_openat2(int dirfd, const char *path, const struct open_how *how);

/** call_clone3() - clone3(2), Linux 5.3; 0 in the child. Never with CLONE_VM: one stack. */
pid_t call_clone3(const struct clone_args *args);

/** call_open_tree() - open_tree(2), Linux 5.2; adds OPEN_TREE_CLOEXEC */
int call_open_tree(int dirfd, const char *path, unsigned int flags);

/** call_move_mount() - move_mount(2), Linux 5.2 */
int call_move_mount(int from_dirfd, const char *from, int to_dirfd, const char *to,
		    unsigned int flags);

/** call_fsopen() - fsopen(2), Linux 5.2; always FSOPEN_CLOEXEC */
int call_fsopen(const char *filesystem);

/** call_fsconfig() - fsconfig(2), Linux 5.2 */
int call_fsconfig(int context, unsigned int command, const char *key, const void *value, int aux);

/** call_fsmount() - fsmount(2), Linux 5.2; always FSMOUNT_CLOEXEC; @attributes MOUNT_ATTR_* */
int call_fsmount(int context, unsigned int attributes);

/** call_fspick() - fspick(2), Linux 5.2; adds FSPICK_CLOEXEC */
int call_fspick(int dirfd, const char *path, unsigned int flags);

/** call_mount_setattr() - mount_setattr(2), Linux 5.12 */
int call_mount_setattr(int dirfd, const char *path, unsigned int flags,
		       const struct mount_attr *attributes);

/** call_pivot_root() - pivot_root(2) */
int call_pivot_root(const char *new_root, const char *put_old);

/** call_pidfd_open() - pidfd_open(2), Linux 5.3; close-on-exec by nature */
int call_pidfd_open(pid_t pid, unsigned int flags);

/** call_pidfd_send_signal() - pidfd_send_signal(2), Linux 5.1; no siginfo */
int call_pidfd_send_signal(int pidfd, int signal);

/** call_close_range() - close_range(2), Linux 5.9 */
int call_close_range(unsigned int first, unsigned int last, unsigned int flags);

/** call_execveat() - execveat(2), Linux 3.19; returns only on failure */
int call_execveat(int dirfd, const char *path, char *const argv[], char *const envp[], int flags);

/** call_keyctl() - keyctl(2) */
long call_keyctl(int operation, unsigned long a, unsigned long b, unsigned long c,
		 unsigned long d);

/** call_landlock_create_ruleset() - landlock_create_ruleset(2), Linux 5.13 */
int call_landlock_create_ruleset(const struct landlock_ruleset_attr *attributes, size_t size,
				 uint32_t flags);

/** call_landlock_add_rule() - landlock_add_rule(2) */
int call_landlock_add_rule(int ruleset, enum landlock_rule_type type, const void *rule,
			   uint32_t flags);

/** call_landlock_restrict_self() - landlock_restrict_self(2) */
int call_landlock_restrict_self(int ruleset, uint32_t flags);

/** call_seccomp() - seccomp(2); with a listener flag the result is a descriptor */
int call_seccomp(unsigned int operation, unsigned int flags, void *arguments);

/** call_bpf() - bpf(2); descriptors are close-on-exec by nature */
int call_bpf(int command, union bpf_attr *attributes, size_t size);

/** call_statx() - statx(2) on an open descriptor (AT_EMPTY_PATH), of any sort, O_PATH included */
int call_statx(int fd, unsigned int mask, struct statx *out);

/** call_getcwd() - getcwd(2) as the kernel gives it: "(unreachable)/…" outside the root */
int call_getcwd(char *buffer, size_t size);

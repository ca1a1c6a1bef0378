/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */

/*
 * Thin on purpose: no retry, no check, no message. What is close-on-exec is made so here, so that
 * no caller can forget it.
 */
#include "kernel/call.h"

#include <errno.h>
#include <linux/close_range.h>
#include <unistd.h>

int call_openat2(int dirfd, const char *path, const struct open_how *how)
{
	struct open_how cloexec = *how;

	cloexec.flags |= O_CLOEXEC;
	return (int)syscall(SYS_openat2, dirfd, path, &cloexec, sizeof(cloexec));
}

pid_t call_clone3(const struct clone_args *args)
{
	return (pid_t)syscall(SYS_clone3, args, sizeof(*args));
}

int call_open_tree(int dirfd, const char *path, unsigned int flags)
{
	return (int)syscall(SYS_open_tree, dirfd, path, flags | OPEN_TREE_CLOEXEC);
}

int call_move_mount(int from_dirfd, const char *from, int to_dirfd, const char *to,
		    unsigned int flags)
{
	return (int)syscall(SYS_move_mount, from_dirfd, from, to_dirfd, to, flags);
}

int call_fsopen(const char *filesystem)
{
	return (int)syscall(SYS_fsopen, filesystem, FSOPEN_CLOEXEC);
}

int call_fsconfig(int context, unsigned int command, const char *key, const void *value, int aux)
{
	return (int)syscall(SYS_fsconfig, context, command, key, value, aux);
}

int call_fsmount(int context, unsigned int attributes)
{
	return (int)syscall(SYS_fsmount, context, FSMOUNT_CLOEXEC, attributes);
}

int call_fspick(int dirfd, const char *path, unsigned int flags)
{
	return (int)syscall(SYS_fspick, dirfd, path, flags | FSPICK_CLOEXEC);
}

int call_mount_setattr(int dirfd, const char *path, unsigned int flags,
		       const struct mount_attr *attributes)
{
	return (int)syscall(SYS_mount_setattr, dirfd, path, flags, attributes,
			    sizeof(*attributes));
}

int call_pivot_root(const char *new_root, const char *put_old)
{
	return (int)syscall(SYS_pivot_root, new_root, put_old);
}

int call_pidfd_open(pid_t pid, unsigned int flags)
{
	return (int)syscall(SYS_pidfd_open, pid, flags);
}

int call_pidfd_send_signal(int pidfd, int signal)
{
	return (int)syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0);
}

int call_close_range(unsigned int first, unsigned int last, unsigned int flags)
{
	return (int)syscall(SYS_close_range, first, last, flags);
}

int call_execveat(int dirfd, const char *path, char *const argv[], char *const envp[], int flags)
{
	return (int)syscall(SYS_execveat, dirfd, path, argv, envp, flags);
}

long call_keyctl(int operation, unsigned long a, unsigned long b, unsigned long c,
		 unsigned long d)
{
	return syscall(SYS_keyctl, operation, a, b, c, d);
}

int call_landlock_create_ruleset(const struct landlock_ruleset_attr *attributes, size_t size,
				 uint32_t flags)
{
	return (int)syscall(SYS_landlock_create_ruleset, attributes, size, flags);
}

int call_landlock_add_rule(int ruleset, enum landlock_rule_type type, const void *rule,
			   uint32_t flags)
{
	return (int)syscall(SYS_landlock_add_rule, ruleset, type, rule, flags);
}

int call_landlock_restrict_self(int ruleset, uint32_t flags)
{
	return (int)syscall(SYS_landlock_restrict_self, ruleset, flags);
}

int call_seccomp(unsigned int operation, unsigned int flags, void *arguments)
{
	return (int)syscall(SYS_seccomp, operation, flags, arguments);
}

int call_bpf(int command, union bpf_attr *attributes, size_t size)
{
	return (int)syscall(SYS_bpf, command, attributes, size);
}

int call_statx(int fd, unsigned int mask, struct statx *out)
{
	return (int)syscall(SYS_statx, fd, "", AT_EMPTY_PATH | AT_NO_AUTOMOUNT, mask, out);
}

int call_getcwd(char *buffer, size_t size)
{
	return (int)syscall(SYS_getcwd, buffer, size);
}

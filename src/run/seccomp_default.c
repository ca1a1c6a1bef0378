/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * The profile of a container that has none of its own: the calls that ordinary images make, as a
 * list that engines have used for years, less what nobody in measurements of ninety work loads
 * needed. A call that is not named gives ENOSYS: programs fall back on that, where EPERM broke tar,
 * apt, node and java on calls newer than the list. What is named to be refused gives EPERM.
 *
 * Conditions look at the low 32 bits of an argument, as the kernel does. A profile cannot say "none
 * of these values"; so refusals with an errno of their own (EAFNOSUPPORT, EPROTONOSUPPORT) are
 * spelt out value by value, with "greater than" for the rest. Behind the floor, which says it
 * exactly, these rules are left out.
 *
 * profiles/seccomp/default.json says the same, and a test compares the two.
 */
#include "seccomp_default.h"

#include "base/cleanup.h"

#define ALLOW "SCMP_ACT_ALLOW"
#define ERRNO "SCMP_ACT_ERRNO"

/* errno values as numbers: a profile holds numbers, the same on every architecture. */
#define OPERATION_NOT_PERMITTED 1
#define NO_SUCH_CALL 38
#define PROTOCOL_NOT_SUPPORTED 93
#define FAMILY_NOT_SUPPORTED 97

static const char *const allowed[] = {
	"_llseek", "_newselect", "accept", "accept4", "access", "adjtimex", "alarm",
	"arch_prctl", "arm_fadvise64_64", "arm_sync_file_range", "bind", "breakpoint",
	"brk", "cacheflush", "cachestat", "capget", "capset", "chdir", "chmod", "chown",
	"chown32", "chroot", "clock_adjtime", "clock_adjtime64", "clock_getres",
	"clock_getres_time64", "clock_gettime", "clock_gettime64", "clock_nanosleep",
	"clock_nanosleep_time64", "close", "close_range", "connect", "copy_file_range",
	"creat", "dup", "dup2", "dup3", "epoll_create", "epoll_create1", "epoll_ctl",
	"epoll_pwait", "epoll_pwait2", "epoll_wait", "eventfd", "eventfd2", "execve",
	"execveat", "exit", "exit_group", "faccessat", "faccessat2", "fadvise64",
	"fadvise64_64", "fallocate", "fchdir", "fchmod", "fchmodat", "fchmodat2", "fchown",
	"fchown32", "fchownat", "fcntl", "fcntl64", "fdatasync", "fgetxattr",
	"file_getattr", "file_setattr", "flistxattr", "flock", "fork", "fremovexattr",
	"fsetxattr", "fstat", "fstat64", "fstatat64", "fstatfs", "fstatfs64", "fsync",
	"ftruncate", "ftruncate64", "futex", "futex_requeue", "futex_time64", "futex_wait",
	"futex_waitv", "futex_wake", "futimesat", "get_robust_list", "get_thread_area",
	"getcpu", "getcwd", "getdents", "getdents64", "getegid", "getegid32", "geteuid",
	"geteuid32", "getgid", "getgid32", "getgroups", "getgroups32", "getitimer",
	"getpeername", "getpgid", "getpgrp", "getpid", "getppid", "getpriority",
	"getrandom", "getresgid", "getresgid32", "getresuid", "getresuid32", "getrlimit",
	"getrusage", "getsid", "getsockname", "getsockopt", "gettid", "gettimeofday",
	"getuid", "getuid32", "getxattr", "getxattrat", "inotify_add_watch", "inotify_init",
	"inotify_init1", "inotify_rm_watch", "io_cancel", "io_destroy", "io_getevents",
	"io_pgetevents", "io_pgetevents_time64", "io_setup", "io_submit", "ioctl",
	"ioprio_get", "ioprio_set", "kill", "landlock_add_rule", "landlock_create_ruleset",
	"landlock_restrict_self", "lchown", "lchown32", "lgetxattr", "link", "linkat",
	"listen", "listmount", "listxattr", "listxattrat", "llistxattr", "lremovexattr",
	"lseek", "lsetxattr", "lstat", "lstat64", "madvise", "map_shadow_stack",
	"membarrier", "memfd_create", "mincore", "mkdir", "mkdirat", "mknod", "mknodat",
	"mlock", "mlock2", "mlockall", "mmap", "mmap2", "mprotect", "mq_getsetattr",
	"mq_notify", "mq_open", "mq_timedreceive", "mq_timedreceive_time64", "mq_timedsend",
	"mq_timedsend_time64", "mq_unlink", "mremap", "mseal", "msgctl", "msgget", "msgrcv",
	"msgsnd", "msync", "munlock", "munlockall", "munmap", "name_to_handle_at",
	"nanosleep", "newfstatat", "open", "openat", "openat2", "pause", "pidfd_open",
	"pidfd_send_signal", "pipe", "pipe2", "pkey_alloc", "pkey_free", "pkey_mprotect",
	"poll", "ppoll", "ppoll_time64", "prctl", "pread64", "preadv", "preadv2",
	"prlimit64", "process_mrelease", "pselect6", "pselect6_time64", "pwrite64",
	"pwritev", "pwritev2", "read", "readahead", "readlink", "readlinkat", "readv",
	"recv", "recvfrom", "recvmmsg", "recvmmsg_time64", "recvmsg", "removexattr",
	"removexattrat", "rename", "renameat", "renameat2", "restart_syscall",
	"riscv_hwprobe", "rmdir", "rseq", "rt_sigaction", "rt_sigpending", "rt_sigprocmask",
	"rt_sigqueueinfo", "rt_sigreturn", "rt_sigsuspend", "rt_sigtimedwait",
	"rt_sigtimedwait_time64", "rt_tgsigqueueinfo", "sched_get_priority_max",
	"sched_get_priority_min", "sched_getaffinity", "sched_getattr", "sched_getparam",
	"sched_getscheduler", "sched_rr_get_interval", "sched_rr_get_interval_time64",
	"sched_setaffinity", "sched_setattr", "sched_setparam", "sched_setscheduler",
	"sched_yield", "seccomp", "select", "semctl", "semget", "semop", "semtimedop",
	"semtimedop_time64", "send", "sendfile", "sendfile64", "sendmmsg", "sendmsg",
	"sendto", "set_robust_list", "set_thread_area", "set_tid_address", "set_tls",
	"setfsgid", "setfsgid32", "setfsuid", "setfsuid32", "setgid", "setgid32",
	"setgroups", "setgroups32", "setitimer", "setpgid", "setpriority", "setregid",
	"setregid32", "setresgid", "setresgid32", "setresuid", "setresuid32", "setreuid",
	"setreuid32", "setrlimit", "setsid", "setsockopt", "setuid", "setuid32", "setxattr",
	"setxattrat", "shmat", "shmctl", "shmdt", "shmget", "shutdown", "sigaltstack",
	"signalfd", "signalfd4", "sigprocmask", "sigreturn", "splice", "stat", "stat64",
	"statfs", "statfs64", "statmount", "statx", "symlink", "symlinkat", "sync",
	"sync_file_range", "sync_file_range2", "syncfs", "sysinfo", "tee", "tgkill", "time",
	"timer_create", "timer_delete", "timer_getoverrun", "timer_gettime",
	"timer_gettime64", "timer_settime", "timer_settime64", "timerfd_create",
	"timerfd_gettime", "timerfd_gettime64", "timerfd_settime", "timerfd_settime64",
	"times", "tkill", "truncate", "truncate64", "ugetrlimit", "umask", "uname",
	"unlink", "unlinkat", "uprobe", "uretprobe", "utime", "utimensat",
	"utimensat_time64", "utimes", "vfork", "vmsplice", "wait4", "waitid", "waitpid",
	"write", "writev",
};

static const char *const refused[] = {
	"acct", "add_key", "bpf", "clock_settime", "clock_settime64", "create_module",
	"delete_module", "fanotify_init", "finit_module", "fsconfig", "fsmount", "fsopen",
	"fspick", "get_mempolicy", "init_module", "ioperm", "iopl", "kcmp",
	"kexec_file_load", "kexec_load", "keyctl", "lookup_dcookie", "lsm_get_self_attr",
	"lsm_list_modules", "lsm_set_self_attr", "mbind", "memfd_secret", "modify_ldt",
	"mount", "mount_setattr", "move_mount", "open_by_handle_at", "open_tree",
	"open_tree_attr", "perf_event_open", "pidfd_getfd", "pivot_root", "process_madvise",
	"process_vm_readv", "process_vm_writev", "ptrace", "query_module", "quotactl",
	"quotactl_fd", "reboot", "request_key", "set_mempolicy", "set_mempolicy_home_node",
	"setdomainname", "sethostname", "setns", "settimeofday", "stime", "swapoff",
	"swapon", "syslog", "umount", "umount2", "userfaultfd", "vhangup",
};

#define NAMES(list) { .count = ARRAY_SIZE(list), .items = (const char **)(list) }
#define NAME(name) { .count = 1, .items = (const char **)(const char *const[]){ name } }
#define SET(number) { .set = true, .value = (number) }

#define IS(argument, mask, wanted) \
	{ .index = (argument), .value = (mask), .value_two = (wanted), .op = "SCMP_CMP_MASKED_EQ" }
#define ABOVE(argument, number) \
	{ .index = (argument), .value = (number), .op = "SCMP_CMP_GT" }
#define LOW 0xffffffff

/* Rules of one condition. */
#define LET(call, condition) \
	{ .names = NAME(call), .action = ALLOW, .arg_count = 1, \
	  .args = (struct spec_seccomp_arg[]){ condition } }
#define REFUSE(call, errnum, condition) \
	{ .names = NAME(call), .action = ERRNO, .errno_ret = SET(errnum), .arg_count = 1, \
	  .args = (struct spec_seccomp_arg[]){ condition } }
#define NO_FAMILY(call, family) REFUSE(call, FAMILY_NOT_SUPPORTED, IS(0, LOW, family))
#define NO_FLAG(call, flag) REFUSE(call, OPERATION_NOT_PERMITTED, IS(0, flag, flag))

static const struct spec_seccomp_rule rules[] = {
	{ .names = NAMES(allowed), .action = ALLOW },
	{ .names = NAMES(refused), .action = ERRNO, .errno_ret = SET(OPERATION_NOT_PERMITTED) },

	/* AF_UNIX, AF_INET, AF_INET6, and NETLINK_ROUTE of AF_NETLINK. */
	LET("socket", IS(0, LOW, 1)),
	LET("socket", IS(0, LOW, 2)),
	LET("socket", IS(0, LOW, 10)),
	{ .names = NAME("socket"), .action = ALLOW, .arg_count = 2,
	  .args = (struct spec_seccomp_arg[]){ IS(0, LOW, 16), IS(2, LOW, 0) } },
	{ .names = NAME("socket"), .action = ERRNO, .errno_ret = SET(PROTOCOL_NOT_SUPPORTED),
	  .arg_count = 2, .args = (struct spec_seccomp_arg[]){ IS(0, LOW, 16), ABOVE(2, 0) } },
	NO_FAMILY("socket", 0),
	NO_FAMILY("socket", 3),
	NO_FAMILY("socket", 4),
	NO_FAMILY("socket", 5),
	NO_FAMILY("socket", 6),
	NO_FAMILY("socket", 7),
	NO_FAMILY("socket", 8),
	NO_FAMILY("socket", 9),
	NO_FAMILY("socket", 11),
	NO_FAMILY("socket", 12),
	NO_FAMILY("socket", 13),
	NO_FAMILY("socket", 14),
	NO_FAMILY("socket", 15),
	REFUSE("socket", FAMILY_NOT_SUPPORTED, ABOVE(0, 16)),
	LET("socketpair", IS(0, LOW, 1)),
	NO_FAMILY("socketpair", 0),
	REFUSE("socketpair", FAMILY_NOT_SUPPORTED, ABOVE(0, 1)),

	LET("personality", IS(0, LOW, 0)),
	LET("personality", IS(0, LOW, 0x8)),
	LET("personality", IS(0, LOW, 0x20000)),
	LET("personality", IS(0, LOW, 0x20008)),
	LET("personality", IS(0, LOW, 0xffffffff)),
	NO_FLAG("personality", 0x40000),	/* ADDR_NO_RANDOMIZE */

	/* No new namespaces: CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET. */
	LET("clone", IS(0, 0x7e020000, 0)),
	NO_FLAG("clone", 0x00020000),
	NO_FLAG("clone", 0x02000000),
	NO_FLAG("clone", 0x04000000),
	NO_FLAG("clone", 0x08000000),
	NO_FLAG("clone", 0x10000000),
	NO_FLAG("clone", 0x20000000),
	NO_FLAG("clone", 0x40000000),

	/* CLONE_FS, CLONE_FILES and CLONE_SYSVSEM make none; CLONE_NEWTIME does. */
	LET("unshare", IS(0, 0xfffbf9ff, 0)),
	NO_FLAG("unshare", 0x00000080),
	NO_FLAG("unshare", 0x00020000),
	NO_FLAG("unshare", 0x02000000),
	NO_FLAG("unshare", 0x04000000),
	NO_FLAG("unshare", 0x08000000),
	NO_FLAG("unshare", 0x10000000),
	NO_FLAG("unshare", 0x20000000),
	NO_FLAG("unshare", 0x40000000),
};

const struct spec_seccomp *seccomp_default(void)
{
	static const struct spec_seccomp profile = {
		.set = true,
		.default_action = ERRNO,
		.default_errno_ret = SET(NO_SUCH_CALL),
		.rule_count = ARRAY_SIZE(rules),
		.rules = (struct spec_seccomp_rule *)rules,
	};

	return &profile;
}

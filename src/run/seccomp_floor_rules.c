/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * The floor's rules and their errnos are those of measurements with ninety work loads. The errno
 * matters more than the rule: libaudit takes EPROTONOSUPPORT for a kernel without audit and goes
 * on, and EPERM for a failure that ends su; glibc falls back from clone3 on ENOSYS only.
 */
#include "seccomp_floor_rules.h"

#include <errno.h>
#include <linux/sched.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "kernel/compat.h"

#define ALWAYS SECCOMP_FLOOR_ALWAYS

const struct floor_denied floor_denied[] = {
	/* Fall back, or are not missed: glibc, libuv and mariadb ask and go on. */
	{ "clone3", ENOSYS, ALWAYS },
	{ "io_uring_setup", ENOSYS, POLICY_OPEN_IO_URING },
	{ "io_uring_enter", ENOSYS, POLICY_OPEN_IO_URING },
	{ "io_uring_register", ENOSYS, POLICY_OPEN_IO_URING },

	/* Namespaces and mounts. */
	{ "setns", EPERM, ALWAYS },
	{ "mount", EPERM, ALWAYS },
	{ "umount", EPERM, ALWAYS },
	{ "umount2", EPERM, ALWAYS },
	{ "pivot_root", EPERM, ALWAYS },
	{ "fsopen", EPERM, ALWAYS },
	{ "fsconfig", EPERM, ALWAYS },
	{ "fsmount", EPERM, ALWAYS },
	{ "fspick", EPERM, ALWAYS },
	{ "open_tree", EPERM, ALWAYS },
	{ "open_tree_attr", EPERM, ALWAYS },
	{ "move_mount", EPERM, ALWAYS },
	{ "mount_setattr", EPERM, ALWAYS },

	/* Parts of the kernel that were the way out too often. */
	{ "keyctl", EPERM, ALWAYS },
	{ "add_key", EPERM, ALWAYS },
	{ "request_key", EPERM, ALWAYS },
	{ "bpf", EPERM, ALWAYS },
	{ "perf_event_open", EPERM, ALWAYS },
	{ "userfaultfd", EPERM, ALWAYS },
	{ "open_by_handle_at", EPERM, ALWAYS },
	{ "fanotify_init", EPERM, ALWAYS },
	{ "memfd_secret", EPERM, ALWAYS },
	{ "modify_ldt", EPERM, ALWAYS },

	/* Other processes' memory and descriptors. */
	{ "ptrace", EPERM, POLICY_OPEN_PTRACE },
	{ "process_vm_readv", EPERM, POLICY_OPEN_PTRACE },
	{ "process_vm_writev", EPERM, POLICY_OPEN_PTRACE },
	{ "pidfd_getfd", EPERM, POLICY_OPEN_PTRACE },
	{ "kcmp", EPERM, POLICY_OPEN_PTRACE },
	{ "process_madvise", EPERM, POLICY_OPEN_PTRACE },

	{ "get_mempolicy", EPERM, POLICY_OPEN_NUMA },
	{ "set_mempolicy", EPERM, POLICY_OPEN_NUMA },
	{ "mbind", EPERM, POLICY_OPEN_NUMA },
	{ "set_mempolicy_home_node", EPERM, POLICY_OPEN_NUMA },

	/* The host's own affairs. */
	{ "syslog", EPERM, ALWAYS },
	{ "acct", EPERM, ALWAYS },
	{ "quotactl", EPERM, ALWAYS },
	{ "quotactl_fd", EPERM, ALWAYS },
	{ "swapon", EPERM, ALWAYS },
	{ "swapoff", EPERM, ALWAYS },
	{ "reboot", EPERM, ALWAYS },
	{ "kexec_load", EPERM, ALWAYS },
	{ "kexec_file_load", EPERM, ALWAYS },
	{ "create_module", EPERM, ALWAYS },
	{ "init_module", EPERM, ALWAYS },
	{ "finit_module", EPERM, ALWAYS },
	{ "delete_module", EPERM, ALWAYS },
	{ "query_module", EPERM, ALWAYS },
	{ "iopl", EPERM, ALWAYS },
	{ "ioperm", EPERM, ALWAYS },
	{ "settimeofday", EPERM, ALWAYS },
	{ "stime", EPERM, ALWAYS },
	{ "clock_settime", EPERM, ALWAYS },
	{ "clock_settime64", EPERM, ALWAYS },
	{ "sethostname", EPERM, ALWAYS },
	{ "setdomainname", EPERM, ALWAYS },
	{ "vhangup", EPERM, ALWAYS },
	{ "lsm_get_self_attr", EPERM, ALWAYS },
	{ "lsm_set_self_attr", EPERM, ALWAYS },
	{ "lsm_list_modules", EPERM, ALWAYS },
	{ "lookup_dcookie", EPERM, ALWAYS },
};

const size_t floor_denied_count = ARRAY_SIZE(floor_denied);

static const struct floor_value families[] = {
	{ 1, ALWAYS },				/* AF_UNIX */
	{ 2, ALWAYS },				/* AF_INET */
	{ 10, ALWAYS },				/* AF_INET6 */
	{ 16, ALWAYS },				/* AF_NETLINK, by protocol below */
	{ 17, POLICY_OPEN_PACKET },		/* AF_PACKET */
	{ 40, POLICY_OPEN_VSOCK },		/* AF_VSOCK */
};

static const struct floor_value pair_families[] = { { 1, ALWAYS } };

static const struct floor_value netlink_protocols[] = {
	{ 0, ALWAYS },				/* NETLINK_ROUTE: getifaddrs(3) needs it */
	{ 4, POLICY_OPEN_NETLINK_DIAG },
	{ 12, POLICY_OPEN_NETLINK_FIREWALL },
	{ 15, POLICY_OPEN_NETLINK_UEVENT },
	{ 16, POLICY_OPEN_NETLINK_GENERIC },
};

/*
 * Any other protocol of AF_INET and AF_INET6 (DCCP, L2TP, SCTP, SMC) may load a module on demand.
 * A raw socket only puts the number into a header: no module, and it takes CAP_NET_RAW.
 */
static const struct floor_value inet_protocols[] = {
	{ 0, ALWAYS },				/* the one of the type */
	{ 1, ALWAYS },				/* IPPROTO_ICMP: ping without a capability */
	{ 6, ALWAYS },				/* IPPROTO_TCP */
	{ 17, ALWAYS },				/* IPPROTO_UDP */
	{ 58, ALWAYS },				/* IPPROTO_ICMPV6 */
	{ 136, ALWAYS },			/* IPPROTO_UDPLITE */
	{ 255, ALWAYS },			/* IPPROTO_RAW */
	{ 262, ALWAYS },			/* IPPROTO_MPTCP */
};

/* With protocol 0 these types stand for SCTP, once its module is there, and DCCP, which loads. */
static const struct floor_value inet_types[] = {
	{ 5, ALWAYS },				/* SOCK_SEQPACKET */
	{ 6, ALWAYS },				/* SOCK_DCCP */
};

/* SOCK_PACKET: with AF_INET the kernel makes an AF_PACKET socket of it, for programs of old. */
static const struct floor_value packet_type[] = { { 10, POLICY_OPEN_PACKET } };

static const struct floor_value raw_type[] = { { 3, ALWAYS } };		/* SOCK_RAW */

static const struct floor_value file_types[] = {
	{ 0, ALWAYS }, { S_IFREG, ALWAYS }, { S_IFIFO, ALWAYS }, { S_IFSOCK, ALWAYS },
};

static const struct floor_value personalities[] = {
	{ 0, ALWAYS },				/* PER_LINUX */
	{ 0x8, ALWAYS },			/* PER_LINUX32 */
	{ 0x20000, ALWAYS },			/* UNAME26 */
	{ 0x20008, ALWAYS },
	{ 0xffffffff, ALWAYS },			/* only asks */
};

static const struct floor_value terminal_requests[] = {
	{ 0x5412, ALWAYS },			/* TIOCSTI */
	{ 0x541C, ALWAYS },			/* TIOCLINUX */
	{ 0x541D, ALWAYS },			/* TIOCCONS */
	{ 0x5423, ALWAYS },			/* TIOCSETD */
};

static const struct floor_value tcp_options[] = { { 31, POLICY_OPEN_KTLS } };	/* TCP_ULP */
static const struct floor_value udp_options[] = { { 100, ALWAYS } };		/* UDP_ENCAP */
static const struct floor_value algorithm_level[] = { { 279, ALWAYS } };	/* SOL_ALG */

/* linux/prctl.h. What only asks, or only reduces, is in; PR_SET_MM and PR_SET_PTRACER are not. */
static const struct floor_value process_options[] = {
	{ 1, ALWAYS }, { 2, ALWAYS },		/* parent death signal */
	{ 3, ALWAYS }, { 4, ALWAYS },		/* dumpable */
	{ 7, ALWAYS }, { 8, ALWAYS },		/* keepcaps */
	{ 15, ALWAYS }, { 16, ALWAYS },		/* name */
	{ 21, ALWAYS }, { 22, ALWAYS },		/* seccomp */
	{ 23, ALWAYS }, { 24, ALWAYS },		/* bounding set */
	{ 27, ALWAYS }, { 28, ALWAYS },		/* securebits */
	{ 29, ALWAYS }, { 30, ALWAYS },		/* timer slack */
	{ 36, ALWAYS }, { 37, ALWAYS },		/* child subreaper */
	{ 38, ALWAYS }, { 39, ALWAYS },		/* no_new_privs */
	{ 40, ALWAYS },				/* PR_GET_TID_ADDRESS */
	{ 41, ALWAYS }, { 42, ALWAYS },		/* transparent huge pages */
	{ 47, ALWAYS },				/* PR_CAP_AMBIENT, but not raise: below */
	{ 52, ALWAYS },				/* PR_GET_SPECULATION_CTRL */
	{ 0x53564d41, ALWAYS },			/* PR_SET_VMA */
};

static const struct floor_value ambient_requests[] = { { 2, ALWAYS } };	/* PR_CAP_AMBIENT_RAISE */

#define NEW_NAMESPACES \
	(CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | \
	 CLONE_NEWPID | CLONE_NEWNET)
#define HARMLESS_UNSHARE (CLONE_FS | CLONE_FILES | CLONE_SYSVSEM)
#define SOCKET_TYPE 0xfu			/* flags are above */
#define NOTIFICATION_PIPE 0x80u	/* O_EXCL of every architecture in the table */

#define VALUES(list) ARRAY_SIZE(list), list
#define EVERY_BIT SECCOMP_FLOOR_EVERY_BIT
#define NO_GUARD -1, 0

const struct floor_check floor_checks[] = {
	{ "socket", NO_GUARD, NOT_LISTED, 0, EVERY_BIT, VALUES(families), EAFNOSUPPORT },
	{ "socket", 0, 16, NOT_LISTED, 2, EVERY_BIT, VALUES(netlink_protocols), EPROTONOSUPPORT },
	{ "socket", 0, 2, LISTED, 1, SOCKET_TYPE, VALUES(packet_type), EAFNOSUPPORT },
	{ "socket", 0, 2, PASSED, 1, SOCKET_TYPE, VALUES(packet_type), 0 },
	{ "socket", NO_GUARD, PASSED, 1, SOCKET_TYPE, VALUES(raw_type), 0 },
	{ "socket", 0, 2, NOT_LISTED, 2, EVERY_BIT, VALUES(inet_protocols), EPROTONOSUPPORT },
	{ "socket", 0, 2, LISTED, 1, SOCKET_TYPE, VALUES(inet_types), EPROTONOSUPPORT },
	{ "socket", 0, 10, NOT_LISTED, 2, EVERY_BIT, VALUES(inet_protocols), EPROTONOSUPPORT },
	{ "socket", 0, 10, LISTED, 1, SOCKET_TYPE, VALUES(inet_types), EPROTONOSUPPORT },
	{ "socketpair", NO_GUARD, NOT_LISTED, 0, EVERY_BIT, VALUES(pair_families), EAFNOSUPPORT },
	{ "clone", NO_GUARD, ANY_BIT, 0, NEW_NAMESPACES, 0, NULL, EPERM },
	{ "unshare", NO_GUARD, ANY_BIT, 0, ~(uint32_t)HARMLESS_UNSHARE, 0, NULL, EPERM },
	{ "mknod", NO_GUARD, NOT_LISTED, 1, S_IFMT, VALUES(file_types), EPERM },
	{ "mknodat", NO_GUARD, NOT_LISTED, 2, S_IFMT, VALUES(file_types), EPERM },
	{ "personality", NO_GUARD, NOT_LISTED, 0, EVERY_BIT, VALUES(personalities), EPERM },
	{ "ioctl", NO_GUARD, LISTED, 1, EVERY_BIT, VALUES(terminal_requests), EPERM },
	{ "setsockopt", 1, 6, LISTED, 2, EVERY_BIT, VALUES(tcp_options), EPERM },
	{ "setsockopt", 1, 17, LISTED, 2, EVERY_BIT, VALUES(udp_options), EPERM },
	{ "setsockopt", 1, 136, LISTED, 2, EVERY_BIT, VALUES(udp_options), EPERM },
	{ "setsockopt", NO_GUARD, LISTED, 1, EVERY_BIT, VALUES(algorithm_level), EPERM },
	{ "pipe2", NO_GUARD, ANY_BIT, 1, NOTIFICATION_PIPE, 0, NULL, EPERM },
	{ "prctl", NO_GUARD, NOT_LISTED, 0, EVERY_BIT, VALUES(process_options), EPERM },
	{ "prctl", 0, 47, LISTED, 1, EVERY_BIT, VALUES(ambient_requests), EPERM },
};

/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * The floor's rules and their errnos are those of measurements with ninety work loads. The errno
 * matters more than the rule: libaudit takes EPROTONOSUPPORT for a kernel without audit and goes
 * on, and EPERM for a failure that ends su; glibc falls back from clone3 on ENOSYS only.
 *
 * libseccomp sorts the numbers into a tree. What it cannot say is "an argument that is not in this
 * list", nor that only the low half of an argument counts, which is all that the kernel looks
 * at. So a call with a check on its arguments leaves libseccomp's part with a marker (an action
 * "trace", which the floor itself never takes), and the marker becomes a jump to the check, which
 * stands behind.
 *
 * A rule on a name that neither libseccomp nor seccomp_numbers.c knows is left out: the call's
 * number is then unknown as well, and unknown numbers give ENOSYS. So does socketcall(2) of a
 * 32-bit ABI, which hides the family of a socket behind a pointer.
 */
#include "seccomp_floor.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "kernel/compat.h"
#include "seccomp_numbers.h"

#define ALWAYS 0

/* Calls that are refused whatever their arguments. The opening lifts the rule. */
static const struct denied {
	const char *name;
	int errnum;
	unsigned int opening;
} denied[] = {
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

/* A value of a check, and the opening that puts it on an allow-list or takes it off a deny-list. */
struct value {
	uint32_t value;
	unsigned int opening;
};

static const struct value families[] = {
	{ 1, ALWAYS },				/* AF_UNIX */
	{ 2, ALWAYS },				/* AF_INET */
	{ 10, ALWAYS },				/* AF_INET6 */
	{ 16, ALWAYS },				/* AF_NETLINK, by protocol below */
	{ 17, POLICY_OPEN_PACKET },		/* AF_PACKET */
	{ 40, POLICY_OPEN_VSOCK },		/* AF_VSOCK */
};

static const struct value pair_families[] = { { 1, ALWAYS } };

static const struct value netlink_protocols[] = {
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
static const struct value inet_protocols[] = {
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
static const struct value inet_types[] = {
	{ 5, ALWAYS },				/* SOCK_SEQPACKET */
	{ 6, ALWAYS },				/* SOCK_DCCP */
};

static const struct value raw_type[] = { { 3, ALWAYS } };		/* SOCK_RAW */

static const struct value file_types[] = {
	{ 0, ALWAYS }, { S_IFREG, ALWAYS }, { S_IFIFO, ALWAYS }, { S_IFSOCK, ALWAYS },
};

static const struct value personalities[] = {
	{ 0, ALWAYS },				/* PER_LINUX */
	{ 0x8, ALWAYS },			/* PER_LINUX32 */
	{ 0x20000, ALWAYS },			/* UNAME26 */
	{ 0x20008, ALWAYS },
	{ 0xffffffff, ALWAYS },			/* only asks */
};

static const struct value terminal_requests[] = {
	{ 0x5412, ALWAYS },			/* TIOCSTI */
	{ 0x541C, ALWAYS },			/* TIOCLINUX */
	{ 0x541D, ALWAYS },			/* TIOCCONS */
	{ 0x5423, ALWAYS },			/* TIOCSETD */
};

static const struct value tcp_options[] = { { 31, POLICY_OPEN_KTLS } };	/* TCP_ULP */
static const struct value udp_options[] = { { 100, ALWAYS } };		/* UDP_ENCAP */
static const struct value algorithm_level[] = { { 279, ALWAYS } };	/* SOL_ALG */

/* linux/prctl.h. What only asks, or only reduces, is in; PR_SET_MM and PR_SET_PTRACER are not. */
static const struct value process_options[] = {
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

static const struct value ambient_requests[] = { { 2, ALWAYS } };	/* PR_CAP_AMBIENT_RAISE */

#define NEW_NAMESPACES \
	(CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | \
	 CLONE_NEWPID | CLONE_NEWNET)
#define HARMLESS_UNSHARE (CLONE_FS | CLONE_FILES | CLONE_SYSVSEM)
#define SOCKET_TYPE 0xfu			/* flags are above */
#define NOTIFICATION_PIPE 0x80u	/* O_EXCL of every architecture in the table */

enum test {
	ANY_BIT,	/* refused if the argument has a bit of mask */
	LISTED,		/* refused if the argument under mask is one of the values */
	NOT_LISTED,	/* refused if it is none of them */
	PASSED,		/* if it is one of them, the call's rows behind this one do not count */
};

/* Marker of a tree that leaves calls of other ABIs to the next one; else the row of a check. */
#define OTHER_ABI 0xffffu

#define VALUES(list) ARRAY_SIZE(list), list
#define EVERY_BIT 0xffffffffu
#define NO_GUARD -1, 0

/* Only the low 32 bits of arguments count. The rows of one call follow each other. */
static const struct check {
	const char *name;
	int guard;		/* the row holds only if this argument, or -1 for none, */
	uint32_t guard_value;	/* is this */
	enum test test;
	unsigned int argument;
	uint32_t mask;
	size_t value_count;
	const struct value *values;
	int errnum;
} checks[] = {
	{ "socket", NO_GUARD, NOT_LISTED, 0, EVERY_BIT, VALUES(families), EAFNOSUPPORT },
	{ "socket", 0, 16, NOT_LISTED, 2, EVERY_BIT, VALUES(netlink_protocols), EPROTONOSUPPORT },
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

/* 32-bit ABIs that the same kernel runs. */
static const struct {
	uint32_t native;
	uint32_t foreign;
} foreign_abis[] = {
	{ SCMP_ARCH_X86_64, SCMP_ARCH_X86 },
	{ SCMP_ARCH_AARCH64, SCMP_ARCH_ARM },
};

uint32_t seccomp_floor_foreign(void)
{
	uint32_t native = seccomp_arch_native();

	for (size_t i = 0; i < ARRAY_SIZE(foreign_abis); i++) {
		if (foreign_abis[i].native == native)
			return foreign_abis[i].foreign;
	}
	return 0;
}

static void add_jump(struct seccomp_block *block, uint16_t test, uint32_t k, size_t jump_true,
		     size_t jump_false)
{
	seccomp_block_add(block, BPF_JMP | test | BPF_K, (uint8_t)jump_true, (uint8_t)jump_false,
			  k);
}

/* Whether a value takes part: openings add to what is allowed, and take from what is refused. */
static bool takes_part(const struct check *check, const struct value *value, unsigned int openings)
{
	bool opened = (value->opening & openings) != 0;

	if (value->opening == ALWAYS)
		return true;
	return check->test == LISTED ? !opened : opened;
}

/*
 * Compares, then "return errno", or "return allow" for PASSED; the call goes on behind it if the
 * check has nothing to say.
 */
static void add_test(struct seccomp_block *block, const struct check *check, unsigned int openings)
{
	size_t left = 0;

	seccomp_block_load_argument(block, check->argument);
	if (check->test == ANY_BIT) {
		add_jump(block, BPF_JSET, check->mask, 0, 1);
		seccomp_block_return(block, SECCOMP_RET_ERRNO | (uint32_t)check->errnum);
		return;
	}

	if (check->mask != EVERY_BIT)
		seccomp_block_add(block, BPF_ALU | BPF_AND | BPF_K, 0, 0, check->mask);
	for (size_t i = 0; i < check->value_count; i++)
		left += takes_part(check, &check->values[i], openings);
	for (size_t i = 0; i < check->value_count; i++) {
		if (!takes_part(check, &check->values[i], openings))
			continue;
		/* A hit goes behind the return; on a deny-list over the jump in front of it. */
		add_jump(block, BPF_JEQ, check->values[i].value, left, 0);
		left--;
	}
	if (check->test != NOT_LISTED)
		seccomp_block_add(block, BPF_JMP | BPF_JA, 0, 0, 1);
	seccomp_block_return(block, check->test == PASSED ? SECCOMP_RET_ALLOW :
				    SECCOMP_RET_ERRNO | (uint32_t)check->errnum);
}

static void add_check(struct seccomp_block *block, const struct check *check, unsigned int openings)
{
	size_t guard;

	if (check->guard < 0) {
		add_test(block, check, openings);
		return;
	}
	seccomp_block_load_argument(block, (unsigned int)check->guard);
	add_jump(block, BPF_JEQ, check->guard_value, 1, 0);
	guard = block->count;
	seccomp_block_add(block, BPF_JMP | BPF_JA, 0, 0, 0);
	add_test(block, check, openings);
	block->insns[guard].k = (uint32_t)(block->count - guard - 1);
}

static bool starts_call(size_t row)
{
	return row == 0 || strcmp(checks[row - 1].name, checks[row].name) != 0;
}

/*
 * Appends the checks behind a tree, and turns its markers into jumps: the row of a call's first
 * check to that check, OTHER_ABI behind everything.
 */
static void add_checks(struct seccomp_block *block, size_t tree, unsigned int openings)
{
	size_t starts[ARRAY_SIZE(checks)] = { 0 };
	size_t end = block->count;

	for (size_t i = 0; i < ARRAY_SIZE(checks); i++) {
		if (starts_call(i)) {
			if (i > 0)
				seccomp_block_return(block, SECCOMP_RET_ALLOW);
			starts[i] = block->count;
		}
		add_check(block, &checks[i], openings);
	}
	seccomp_block_return(block, SECCOMP_RET_ALLOW);

	for (size_t i = tree; i < end; i++) {
		struct sock_filter *insn = &block->insns[i];
		size_t row = insn->k & SECCOMP_RET_DATA;

		if (insn->code != (BPF_RET | BPF_K) ||
		    (insn->k & SECCOMP_RET_ACTION_FULL) != SECCOMP_RET_TRACE)
			continue;
		insn->code = BPF_JMP | BPF_JA;
		insn->k = (uint32_t)((row == OTHER_ABI ? block->count : starts[row]) - i - 1);
	}
}

static int add_rule(scmp_filter_ctx context, uint32_t token, const char *name, uint32_t action,
		    struct error *err)
{
	int number = seccomp_numbers_native(name);
	int result;

	/* For another ABI libseccomp translates by name: it must know it there. */
	if (number == __NR_SCMP_ERROR || seccomp_numbers_of(token, name) == __NR_SCMP_ERROR)
		return 0;
	result = seccomp_rule_add(context, action, number, 0);
	if (result < 0 && result != -EDOM)
		return error_set(err, ERROR_SYSTEM, -result, "seccomp floor: rule for %s", name);
	return 0;
}

static int add_rules(scmp_filter_ctx context, uint32_t token, unsigned int openings,
		     struct error *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(denied); i++) {
		if (denied[i].opening & openings)
			continue;
		if (add_rule(context, token, denied[i].name,
			     SCMP_ACT_ERRNO((uint32_t)denied[i].errnum), err) < 0)
			return -1;
	}
	for (size_t i = 0; i < ARRAY_SIZE(checks); i++) {
		if (starts_call(i) &&
		    add_rule(context, token, checks[i].name, SCMP_ACT_TRACE((uint32_t)i), err) < 0)
			return -1;
	}
	return 0;
}

static void release(scmp_filter_ctx *context)
{
	if (*context != NULL)
		seccomp_release(*context);
}

/* The tree of one ABI with its checks. A call of any other ABI gets @other. */
static int add_tree(uint32_t token, uint32_t other, unsigned int openings,
		    struct seccomp_block *block, struct error *err)
{
	__attribute__((cleanup(release))) scmp_filter_ctx context = seccomp_init(SCMP_ACT_ALLOW);
	bool foreign = token != seccomp_arch_native();
	size_t tree = block->count;

	if (context == NULL)
		return error_set(err, ERROR_SYSTEM, ENOMEM, "seccomp floor: start a filter");
	if (seccomp_attr_set(context, SCMP_FLTATR_ACT_BADARCH, other) < 0 ||
	    seccomp_attr_set(context, SCMP_FLTATR_CTL_OPTIMIZE, 2) < 0)
		return error_set(err, ERROR_HOST, 0, "seccomp floor: libseccomp is too old");
	if (foreign && (seccomp_arch_add(context, token) < 0 ||
			seccomp_arch_remove(context, SCMP_ARCH_NATIVE) < 0))
		return error_set(err, ERROR_HOST, 0, "seccomp floor: no filter for ABI %#x", token);
	if (add_rules(context, token, openings, err) < 0)
		return -1;
	if (seccomp_block_export(block, context, err) < 0)
		return -1;
	add_checks(block, tree, openings);
	return 0;
}

/* In front of the trees, as a tree could only list what is known, not the gaps between. */
static int add_unknown(uint32_t token, struct seccomp_block *block, struct error *err)
{
	const struct seccomp_range *known;
	struct seccomp_range ranges[4];
	size_t count = seccomp_numbers_known(token, &known);

	if (count == 0 || count > ARRAY_SIZE(ranges))
		return error_set(err, ERROR_HOST, 0,
				 "seccomp floor: architecture %#x is not supported", token);
	for (size_t i = 0; i < count; i++) {
		ranges[i] = known[i];
		if (ranges[i].last == SECCOMP_NUMBERS_LAST)
			ranges[i].last = seccomp_numbers_last(token);
	}
	seccomp_block_unknown(block, token, 0, ranges, count);
	return 0;
}

static void refuse_socketcall(uint32_t token, struct seccomp_block *block)
{
	int number = seccomp_numbers_of(token, "socketcall");

	if (number < 0)
		return;
	seccomp_block_load(block, offsetof(struct seccomp_data, arch));
	add_jump(block, BPF_JEQ, token, 0, 3);
	seccomp_block_load(block, offsetof(struct seccomp_data, nr));
	add_jump(block, BPF_JEQ, (uint32_t)number, 0, 1);
	seccomp_block_return(block, SECCOMP_RET_ERRNO | ENOSYS);
}

int seccomp_floor_compile(unsigned int openings, struct seccomp_block *block, struct error *err)
{
	auto_seccomp_block floor = SECCOMP_BLOCK_INIT;
	uint32_t native = seccomp_arch_native();
	uint32_t foreign = (openings & POLICY_OPEN_ABI_32) ? seccomp_floor_foreign() : 0;

	if (foreign != 0) {
		if (add_unknown(foreign, &floor, err) < 0)
			return -1;
		refuse_socketcall(foreign, &floor);
		if (add_tree(foreign, SCMP_ACT_TRACE(OTHER_ABI), openings, &floor, err) < 0)
			return -1;
	}
	if (add_unknown(native, &floor, err) < 0 ||
	    add_tree(native, SCMP_ACT_KILL_PROCESS, openings, &floor, err) < 0)
		return -1;

	seccomp_block_fall_through(&floor);
	seccomp_block_append(block, &floor);
	return 0;
}

bool seccomp_floor_names(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(denied); i++) {
		if (strcmp(denied[i].name, name) == 0)
			return true;
	}
	for (size_t i = 0; i < ARRAY_SIZE(checks); i++) {
		if (strcmp(checks[i].name, name) == 0)
			return true;
	}
	return false;
}

const char *seccomp_floor_lets(unsigned int openings, size_t *row)
{
	while (*row < ARRAY_SIZE(checks)) {
		size_t i = (*row)++;

		if (starts_call(i))
			return checks[i].name;
	}
	while (*row < ARRAY_SIZE(checks) + ARRAY_SIZE(denied)) {
		const struct denied *rule = &denied[(*row)++ - ARRAY_SIZE(checks)];

		if (rule->opening & openings)
			return rule->name;
	}
	return NULL;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * What can be done from inside a container? A line for each probe:
 *
 *	P-NN NAME BLOCKED|OPEN|NONE DETAIL
 *
 * Arguments are the host's namespaces, as /proc/PID/ns has them: "net:[4026531833]".
 *
 * NONE: this kernel or processor has no such thing. A probe harms nothing: system calls get arguments that
 * cannot succeed, files are opened and nothing is written, and whatever is changed is a child's own.
 * It says OPEN when the answer shows that more than the filter or the lack of a privilege has looked at
 * the call.
 */
#define _GNU_SOURCE

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <dirent.h>
#include <termios.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void say(int probe, const char *name, const char *verdict, const char *detail)
{
	printf("P-%02d %s %s %s\n", probe, name, verdict, detail);
	fflush(stdout);
}

static void judge(int probe, const char *name, bool open, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

static void judge(int probe, const char *name, bool open, const char *format, ...)
{
	char text[512];
	va_list list;

	va_start(list, format);
	(void)vsnprintf(text, sizeof(text), format, list);
	va_end(list);
	say(probe, name, open ? "OPEN" : "BLOCKED", text);
}

static const char *errno_name(int number)
{
	const char *name = strerrorname_np(number);

	return name ? name : "unknown";
}

/* Refused before anything looked at the arguments. */
static bool is_refusal(int number)
{
	return number == EPERM || number == ENOSYS || number == EACCES;
}

static void judge_call(int probe, const char *name, long result)
{
	int number = errno;

	if (result >= 0)
		judge(probe, name, true, "%ld", result);
	else
		judge(probe, name, !is_refusal(number), "%s", errno_name(number));
}

/* ---- A: identity and confinement ---- */

static bool status_field(const char *field, char *out, size_t size)
{
	FILE *file = fopen("/proc/self/status", "re");
	size_t length = strlen(field);
	char line[512];
	bool found = false;

	while (file && !found && fgets(line, sizeof(line), file)) {
		if (strncmp(line, field, length) || line[length] != ':')
			continue;
		line[strcspn(line, "\n")] = '\0';
		(void)snprintf(out, size, "%s", line + length + 1 + strspn(line + length + 1, "\t "));
		found = true;
	}
	if (file)
		fclose(file);
	return found;
}

static uint64_t status_hex(const char *field)
{
	char text[128];

	return status_field(field, text, sizeof(text)) ? strtoull(text, NULL, 16) : ~0ull;
}

static void probe_status(void)
{
	/* CHOWN DAC_OVERRIDE FOWNER FSETID KILL SETGID SETUID NET_BIND_SERVICE SYS_CHROOT */
	const uint64_t ceiling = 0x404fb;
	char text[128] = "";

	judge(1, "bounding", status_hex("CapBnd") & ~ceiling, "%llx",
	      (unsigned long long)status_hex("CapBnd"));
	judge(1, "effective", status_hex("CapEff") & ~ceiling, "%llx",
	      (unsigned long long)status_hex("CapEff"));
	judge(1, "permitted", status_hex("CapPrm") & ~ceiling, "%llx",
	      (unsigned long long)status_hex("CapPrm"));
	judge(2, "inheritable", status_hex("CapInh"), "%llx", (unsigned long long)status_hex("CapInh"));
	judge(3, "ambient", status_hex("CapAmb"), "%llx", (unsigned long long)status_hex("CapAmb"));
	judge(3, "ambient-raise", prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, 13, 0, 0) == 0, "%s",
	      errno_name(errno));
	judge(6, "no-new-privs", prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1, "-");
	judge(13, "seccomp-mode", !status_field("Seccomp", text, sizeof(text)) || strcmp(text, "2"), "%s",
	      text);
	judge(13, "seccomp-filters", !status_field("Seccomp_filters", text, sizeof(text)) || !atoi(text), "%s",
	      text);
	/* Locked or not: without the capability nobody can set them. */
	judge(4, "securebits", prctl(PR_SET_SECUREBITS, 0, 0, 0, 0) == 0 || prctl(PR_GET_SECUREBITS, 0, 0, 0, 0) < 0,
	      "%x", (unsigned int)prctl(PR_GET_SECUREBITS, 0, 0, 0, 0));
}

/* Those that have no number of their own before Linux 6.18 come as arguments: "net:[4026531833]". */
static void probe_given_namespaces(int count, char **given)
{
	for (int i = 0; i < count; i++) {
		char path[64], link[64] = "";
		char name[64];
		int length = (int)strcspn(given[i], ":");

		(void)snprintf(path, sizeof(path), "/proc/self/ns/%.*s", length, given[i]);
		(void)snprintf(name, sizeof(name), "host-%.*s", length, given[i]);
		if (readlink(path, link, sizeof(link) - 1) < 0)
			say(5, name, "NONE", errno_name(errno));
		else
			judge(5, name, strcmp(link, given[i]) == 0, "%s", link);
	}
}

/* The host's first namespaces have inode numbers that never change. */
static void probe_namespaces(void)
{
	static const struct { const char *name; const char *initial; } rows[] = {
		{ "ipc", "ipc:[4026531839]" }, { "uts", "uts:[4026531838]" },
		{ "user", "user:[4026531837]" }, { "pid", "pid:[4026531836]" },
		{ "cgroup", "cgroup:[4026531835]" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		char path[64], link[64] = "";
		char name[64];

		(void)snprintf(path, sizeof(path), "/proc/self/ns/%s", rows[i].name);
		(void)snprintf(name, sizeof(name), "namespace-%s", rows[i].name);
		if (readlink(path, link, sizeof(link) - 1) < 0)
			say(5, name, "NONE", errno_name(errno));
		else
			judge(5, name, strcmp(link, rows[i].initial) == 0, "%s", link);
	}
}

static void probe_descriptors(void)
{
	char leaked[256] = "";
	struct stat st;

	for (int fd = 0; fd < 1024; fd++) {
		size_t length = strlen(leaked);

		if (fstat(fd, &st))
			continue;
		if (fd > 2 || S_ISDIR(st.st_mode) || S_ISBLK(st.st_mode))
			(void)snprintf(leaked + length, sizeof(leaked) - length, "%d,", fd);
	}
	judge(8, "descriptors", leaked[0], "%s", leaked[0] ? leaked : "0-2");
}

static long in_child(long (*act)(void *), void *argument)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		alarm(10);
		errno = 0;
		_exit(act(argument) < 0 ? (errno ? errno : 255) : 0);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return -1;
	if (WIFSIGNALED(status)) {
		errno = EPERM;		/* the filter killed it */
		return -1;
	}
	errno = WEXITSTATUS(status);
	return errno ? -1 : 0;
}

static long do_unshare(void *flag) { return unshare((int)(intptr_t)flag); }

static long do_clone(void *flag)
{
	long pid = syscall(SYS_clone, (long)(intptr_t)flag | SIGCHLD, 0, 0, 0, 0);

	if (pid == 0)
		_exit(0);
	if (pid > 0)
		(void)waitpid((pid_t)pid, NULL, 0);
	return pid < 0 ? -1 : 0;
}

static void probe_new_namespaces(void)
{
	static const struct { const char *name; unsigned int flag; int probe; } rows[] = {
		{ "user", CLONE_NEWUSER, 10 }, { "mnt", CLONE_NEWNS, 12 }, { "net", CLONE_NEWNET, 12 },
		{ "pid", CLONE_NEWPID, 12 }, { "ipc", CLONE_NEWIPC, 12 }, { "uts", CLONE_NEWUTS, 12 },
		{ "cgroup", CLONE_NEWCGROUP, 12 }, { "time", 0x80, 12 },
	};
	char name[64];

	for (size_t i = 0; i < COUNT(rows); i++) {
		void *flag = (void *)(intptr_t)rows[i].flag;

		(void)snprintf(name, sizeof(name), "unshare-%s", rows[i].name);
		judge_call(rows[i].probe, name, in_child(do_unshare, flag));
		/* The low byte of clone's flags is a signal: no room for CLONE_NEWTIME. */
		if (rows[i].flag <= 0xff)
			continue;
		(void)snprintf(name, sizeof(name), "clone-%s", rows[i].name);
		judge_call(rows[i].probe, name, in_child(do_clone, flag));
	}
	judge_call(12, "clone3", syscall(SYS_clone3, NULL, 0));
	judge_call(30, "setns", syscall(SYS_setns, -1, 0));
}

#if defined(__x86_64__)
static long do_i386(void *unused)
{
	long result;

	(void)unused;
	__asm__ volatile("int $0x80" : "=a"(result) : "a"(20L) : "memory", "r8", "r9", "r10", "r11");
	errno = result < 0 ? (int)-result : 0;
	return result < 0 ? -1 : 0;
}

static long do_x32(void *unused)
{
	(void)unused;
	return syscall(0x40000000 | SYS_getpid);
}
#endif

static void probe_foreign(void)
{
#if defined(__x86_64__)
	judge_call(14, "i386", in_child(do_i386, NULL));
	judge_call(14, "x32", in_child(do_x32, NULL));
#else
	say(14, "i386", "NONE", "-");
#endif
}

/* ---- B: system calls with arguments that cannot succeed ---- */

static const struct call {
	int probe;
	const char *name;
	long number;
	long arguments[6];
} calls[] = {
	{ 11, "mount", SYS_mount, { 0 } },
	{ 11, "umount2", SYS_umount2, { (long)"" } },
	{ 11, "pivot_root", SYS_pivot_root, { 0 } },
	{ 11, "fsopen", SYS_fsopen, { 0 } },
	{ 11, "fspick", SYS_fspick, { -1, 0 } },
	{ 11, "fsconfig", SYS_fsconfig, { -1 } },
	{ 11, "fsmount", SYS_fsmount, { -1 } },
	{ 11, "open_tree", SYS_open_tree, { -1, 0, 0 } },
	{ 11, "move_mount", SYS_move_mount, { -1, 0, -1, 0, 0 } },
	{ 11, "mount_setattr", SYS_mount_setattr, { -1, 0, 0, 0, 0 } },
	{ 15, "init_module", SYS_init_module, { 0, 0, (long)"" } },
	{ 15, "finit_module", SYS_finit_module, { -1, (long)"", 0 } },
	{ 15, "delete_module", SYS_delete_module, { 0, O_NONBLOCK } },
	{ 15, "kexec_load", SYS_kexec_load, { 0, 0, 0, ~0L } },
#ifdef SYS_kexec_file_load
	{ 15, "kexec_file_load", SYS_kexec_file_load, { -1, -1, 0, 0, ~0L } },
#endif
	{ 16, "bpf", SYS_bpf, { 9999, 0, 0 } },
	{ 17, "io_uring_setup", SYS_io_uring_setup, { 0, 0 } },
	{ 17, "io_uring_enter", SYS_io_uring_enter, { -1 } },
	{ 17, "io_uring_register", SYS_io_uring_register, { -1 } },
	{ 18, "userfaultfd", SYS_userfaultfd, { 0xffff } },
	{ 18, "userfaultfd-user", SYS_userfaultfd, { 1 } },
	{ 18, "userfaultfd-all", SYS_userfaultfd, { 0 } },
	{ 19, "perf_event_open", SYS_perf_event_open, { 0, 0, -1, -1, 0 } },
	{ 20, "keyctl", SYS_keyctl, { 0, -3, 0 } },
	{ 20, "add_key", SYS_add_key, { 0 } },
	{ 20, "request_key", SYS_request_key, { 0 } },
	{ 21, "add_key-rxrpc", SYS_add_key, { (long)"rxrpc", 1, 0, 0, -2 } },
	{ 21, "add_key-keyring", SYS_add_key, { (long)"keyring", 1, 0, 0, -2 } },
	{ 21, "add_key-user", SYS_add_key, { (long)"user", 1, 0, 0, -2 } },
	{ 29, "ptrace", SYS_ptrace, { 0x7777, -1 } },
	{ 29, "process_vm_readv", SYS_process_vm_readv, { 0, 0, 0, 0, 0, 1 } },
	{ 29, "process_vm_writev", SYS_process_vm_writev, { 0, 0, 0, 0, 0, 1 } },
	{ 29, "pidfd_getfd", SYS_pidfd_getfd, { -1, -1, 1 } },
	{ 29, "kcmp", SYS_kcmp, { 0, 0, 99 } },
	{ 29, "process_madvise", SYS_process_madvise, { -1 } },
	{ 32, "open_by_handle_at", SYS_open_by_handle_at, { -1, 0, 0 } },
	{ 33, "settimeofday", SYS_settimeofday, { 0, 1 } },
	{ 33, "clock_settime", SYS_clock_settime, { 99, 0 } },
	{ 33, "reboot", SYS_reboot, { 0, 0, 0, 0 } },
	{ 33, "swapon", SYS_swapon, { (long)"", ~0L } },
	{ 33, "acct", SYS_acct, { (long)"" } },
	{ 33, "quotactl", SYS_quotactl, { 0, 0, 0, 0 } },
	{ 33, "sethostname", SYS_sethostname, { (long)"x", 65 } },
#if defined(__x86_64__)
	{ 33, "iopl", SYS_iopl, { 9 } },
	{ 33, "ioperm", SYS_ioperm, { 0x10000, 1, 1 } },
	{ 37, "modify_ldt", SYS_modify_ldt, { 99, 0, 0 } },
	{ 37, "uselib", SYS_uselib, { 0 } },
	{ 37, "ustat", SYS_ustat, { 0 } },
	{ 37, "sysfs", SYS_sysfs, { 99 } },
#endif
	{ 35, "tioclinux", SYS_ioctl, { -1, 0x541c } },
	{ 35, "tioccons", SYS_ioctl, { -1, 0x541d } },
	{ 35, "tiocsti", SYS_ioctl, { -1, 0x5412 } },
	{ 35, "tiocsti-high", SYS_ioctl, { -1, 0x100005412L } },
	{ 37, "personality", SYS_personality, { 0x0400000 } },
	{ 37, "personality-high", SYS_personality, { 0x100400000 } },
	/* PR_SET_MM, PR_SET_PTRACER and PR_SCHED_CORE, with nothing behind them */
	{ 37, "prctl-mm", SYS_prctl, { 35, 99, 0, 0, 0 } },
	{ 37, "prctl-ptracer", SYS_prctl, { 0x59616d61, 0x7ffffff0, 0, 0, 0 } },
	{ 37, "prctl-core", SYS_prctl, { 62, 99, 0, 0, 0 } },
	{ 37, "prctl-core-high", SYS_prctl, { 0x10000003e, 99, 0, 0, 0 } },
	{ 37, "mbind", SYS_mbind, { 0, 0, 99, 0, 0, ~0L } },
	{ 37, "set_mempolicy", SYS_set_mempolicy, { 99, 0, 0 } },
	{ 37, "open_tree_attr", 467, { -1, 0, 0, 0, 0 } },
	{ 27, "tcp-ulp-high", SYS_setsockopt, { -1, 0x100000006, 0x10000001f, 0, 0 } },
	{ 27, "udp-encap", SYS_setsockopt, { -1, 17, 100, 0, 0 } },
	{ 27, "udplite-encap", SYS_setsockopt, { -1, 136, 100, 0, 0 } },
	{ 27, "alg-key", SYS_setsockopt, { -1, 279, 1, 0, 0 } },
	{ 37, "lookup_dcookie", SYS_lookup_dcookie, { 0 } },
	{ 37, "fanotify_init", SYS_fanotify_init, { ~0L, 0 } },
	{ 37, "nfsservctl", SYS_nfsservctl, { 0 } },
	{ 37, "move_pages", SYS_move_pages, { -1, 1, 0, 0, 0, ~0L } },
	{ 45, "syslog-size", SYS_syslog, { 10, 0, 0 } },
	{ 45, "syslog-read", SYS_syslog, { 3, 0, 0 } },
#ifdef SYS_memfd_secret
	{ 37, "memfd_secret", SYS_memfd_secret, { 0x7ffffff0 } },
#endif
};

static long do_call(void *argument)
{
	const struct call *call = argument;
	const long *a = call->arguments;

	return syscall(call->number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

static void probe_calls(void)
{
	for (size_t i = 0; i < COUNT(calls); i++)
		judge_call(calls[i].probe, calls[i].name, in_child(do_call, (void *)(uintptr_t)&calls[i]));
	judge_call(13, "unknown-call", syscall(0x3fff));
}

/*
 * The invalid type is rejected after the family: EINVAL says that the filter let it pass. So is a flag
 * that there is none of, 0x100, before any module is asked for.
 */
static void probe_sockets(void)
{
	static const struct { const char *name; long family, type, protocol; } inet[] = {
		{ "dccp", 2, 15, 33 }, { "dccp6", 10, 15, 33 }, { "dccp-type", 2, 0x106, 0 },
		{ "dccp-type6", 10, 0x106, 0 }, { "sctp", 2, 15, 132 }, { "sctp6", 10, 15, 132 },
		{ "sctp-type", 2, 0x105, 0 }, { "sctp-type6", 10, 0x105, 0 }, { "l2tp", 2, 15, 115 },
		{ "l2tp6", 10, 15, 115 }, { "smc", 2, 15, 256 }, { "sctp-high", 0x100000002, 15, 0x100000084 },
	};
	char name[64];

	for (long family = 0; family <= 45; family++) {
		bool wanted = family == 1 || family == 2 || family == 10 || family == 16;

		if (wanted)
			continue;
		errno = 0;
		(void)syscall(SYS_socket, family, 15, 0);
		(void)snprintf(name, sizeof(name), "family-%ld", family);
		judge(24, name, errno == EINVAL, "%s", errno_name(errno));
	}
	(void)syscall(SYS_socket, 0x100000026, 15, 0);
	judge(22, "alg-high", errno == EINVAL, "%s", errno_name(errno));
	for (long protocol = 1; protocol <= 22; protocol++) {
		errno = 0;
		(void)syscall(SYS_socket, 16, 15, protocol);
		(void)snprintf(name, sizeof(name), "netlink-%ld", protocol);
		judge(25, name, errno == EINVAL, "%s", errno_name(errno));
	}
	for (size_t i = 0; i < COUNT(inet); i++) {
		errno = 0;
		(void)syscall(SYS_socket, inet[i].family, inet[i].type, inet[i].protocol);
		judge(26, inet[i].name, errno == EINVAL, "%s", errno_name(errno));
	}
	judge_call(31, "raw", socket(AF_INET, SOCK_RAW, 1));
	judge(31, "packet", socket(17, SOCK_DGRAM, 0) >= 0, "%s", errno_name(errno));
	judge(31, "packet-of-inet", socket(AF_INET, 10, 0) >= 0, "%s", errno_name(errno));
}

static void probe_socket_options(void)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	int pipes[2];

	if (fd < 0) {
		say(27, "tcp-ulp", "NONE", errno_name(errno));
	} else {
		judge_call(27, "tcp-ulp", setsockopt(fd, IPPROTO_TCP, 31, "", 0));
		close(fd);
	}
	errno = 0;
	judge(28, "watch-queue", pipe2(pipes, O_EXCL) == 0, "%s", errno_name(errno));
}

/* On a terminal of our own, in a session of our own: otherwise the answer is EPERM everywhere. */
static long do_inject(void *request)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY);
	int slave;

	if (master < 0 || grantpt(master) || unlockpt(master) || setsid() < 0)
		return -1;
	slave = open(ptsname(master), O_RDWR | O_NOCTTY);
	if (slave < 0 || ioctl(slave, TIOCSCTTY, 0))
		return -1;
	return syscall(SYS_ioctl, slave, (long)(intptr_t)request, "x");
}

static void probe_terminal(void)
{
	static const struct { const char *name; long request; } rows[] = {
		{ "inject", 0x5412 }, { "inject-high", 0x100005412L },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		long result = in_child(do_inject, (void *)(intptr_t)rows[i].request);

		judge(34, rows[i].name, result == 0 || !(is_refusal(errno) || errno == EIO), "%s",
		      result == 0 ? "0" : errno_name(errno));
	}
}

/* A handle of a file of our own: root can open it where nothing stands in the way (P-32). */
static void probe_handle(void)
{
	struct { struct file_handle head; char bytes[128]; } handle = { .head.handle_bytes = 128 };
	int place = open("/dev/shm", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int file = open("/dev/shm/handle", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	int mount;
	int fd;

	if (place < 0 || file < 0 || name_to_handle_at(file, "", &handle.head, &mount, AT_EMPTY_PATH)) {
		say(32, "own-handle", "NONE", errno_name(errno));
	} else {
		fd = open_by_handle_at(place, &handle.head, O_RDONLY | O_CLOEXEC);
		judge_call(32, "own-handle", fd);
		if (fd >= 0)
			close(fd);
	}
	if (file >= 0)
		close(file);
	if (place >= 0)
		close(place);
	(void)unlink("/dev/shm/handle");
}

static long do_chroot(void *unused)
{
	(void)unused;
	return chroot("/");
}

static void probe_session(void)
{
	long result = in_child(do_chroot, NULL);
	int number = errno;

	/* A leader that is in no pid namespace of ours has the number 0. */
	judge(35, "session", getsid(0) == 0, "%d", (int)getsid(0));
	/* CAP_SYS_CHROOT is within the ceiling: no namespace can be joined, so it leads nowhere. */
	judge(36, "chroot", result == 0 && !(status_hex("CapEff") & (1ull << 18)), "%s",
	      result == 0 ? "0" : errno_name(number));
}

/* ---- C: kernel files ---- */

static void probe_write(int probe, const char *path)
{
	int fd = open(path, O_WRONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	if (fd >= 0)
		close(fd);
	judge(probe, path, fd >= 0, "%s", fd >= 0 ? "writable" : errno_name(errno));
}

static void probe_empty(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	ssize_t length = -1;
	char bytes[16];
	struct dirent *entry;
	struct stat st;
	DIR *dir;

	if (fd < 0) {
		judge(43, path, false, "%s", errno_name(errno));
		return;
	}
	if (fstat(fd, &st) || !S_ISDIR(st.st_mode)) {
		length = read(fd, bytes, sizeof(bytes));
		close(fd);
		judge(43, path, length > 0, "%zd bytes", length);
		return;
	}
	length = 0;
	dir = fdopendir(fd);
	while (dir && (entry = readdir(dir)))
		length += entry->d_name[0] != '.';
	if (dir)
		closedir(dir);
	judge(43, path, length > 0, "%zd entries", length);
}

static void probe_files(void)
{
	static const char *const writable[] = {
		"/proc/sys/kernel/core_pattern", "/proc/sys/kernel/modprobe", "/proc/sys/kernel/poweroff_cmd",
		"/proc/sys/kernel/panic", "/proc/sys/kernel/sysrq", "/proc/sys/kernel/kptr_restrict",
		"/proc/sys/kernel/randomize_va_space", "/proc/sys/kernel/ns_last_pid",
		"/proc/sys/kernel/hostname", "/proc/sys/vm/overcommit_memory", "/proc/sys/vm/panic_on_oom",
		"/proc/sys/vm/drop_caches", "/proc/sys/fs/suid_dumpable", "/proc/sys/fs/protected_symlinks",
		"/proc/sys/fs/file-max", "/proc/sysrq-trigger", "/proc/sys/fs/binfmt_misc/register",
		"/proc/sys/kernel/hotplug", "/proc/sys/kernel/kexec_load_disabled",
		"/proc/sys/kernel/dmesg_restrict", "/proc/sys/kernel/yama/ptrace_scope",
		"/proc/sys/kernel/usermodehelper/bset", "/proc/sys/kernel/unprivileged_bpf_disabled",
		"/proc/sys/kernel/perf_event_paranoid", "/proc/sys/vm/mmap_min_addr",
	};
	static const char *const sys[] = {
		"/sys/kernel/uevent_helper", "/sys/power/state", "/sys/kernel/mm/ksm/run",
		"/sys/module/kernel/parameters/panic", "/sys/bus/pci/rescan", "/sys/kernel/profiling",
	};
	static const char *const cgroup[] = {
		"/sys/fs/cgroup/cgroup.procs", "/sys/fs/cgroup/cgroup.subtree_control",
		"/sys/fs/cgroup/pids.max", "/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/cgroup.kill",
		"/sys/fs/cgroup/cgroup.freeze",
	};
	static const char *const empty[] = {
		"/proc/kcore", "/proc/keys", "/proc/timer_list", "/proc/kpagecount", "/proc/kpageflags",
		"/proc/vmallocinfo", "/proc/iomem", "/proc/ioports", "/proc/slabinfo", "/proc/interrupts",
		"/proc/acpi", "/proc/asound", "/proc/scsi", "/sys/firmware", "/sys/kernel/debug",
		"/sys/kernel/tracing", "/sys/kernel/security", "/sys/fs/bpf",
		"/sys/devices/virtual/powercap", "/dev/kmsg", "/proc/latency_stats", "/proc/timer_stats",
		"/proc/sched_debug", "/sys/firmware/efi/efivars",
	};
	static const char *const root[] = { "/", "/usr", "/bin", "/etc" };

	for (size_t i = 0; i < COUNT(writable); i++)
		probe_write(40, writable[i]);
	for (size_t i = 0; i < COUNT(sys); i++)
		probe_write(41, sys[i]);
	for (size_t i = 0; i < COUNT(cgroup); i++)
		probe_write(50, cgroup[i]);
	for (size_t i = 0; i < COUNT(empty); i++)
		probe_empty(empty[i]);
	for (size_t i = 0; i < COUNT(root); i++) {
		char path[64], name[64];
		int fd;

		(void)snprintf(path, sizeof(path), "%s/.orlop-probe", root[i]);
		(void)snprintf(name, sizeof(name), "create-in-%s", root[i]);
		fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
		judge(54, name, fd >= 0, "%s", fd >= 0 ? "created" : errno_name(errno));
		if (fd >= 0)
			(void)unlink(path);
	}
}

/* What the kernel calls writable to this process below @path, without writing; the first that opens. */
static bool find_writable(const char *path, int depth, char *found, size_t size)
{
	struct dirent *entry;
	DIR *dir = opendir(path);
	bool open = false;

	while (dir && !open && (entry = readdir(dir))) {
		char below[PATH_MAX];
		struct stat st;
		int fd;

		if (entry->d_name[0] == '.' || (depth == 0 && strchr("0123456789", entry->d_name[0])))
			continue;
		(void)snprintf(below, sizeof(below), "%s/%s", path, entry->d_name);
		if (entry->d_type == DT_DIR) {
			/* To look there makes the host mount it. */
			if (strcmp(entry->d_name, "binfmt_misc") == 0)
				continue;
			open = depth < 32 && find_writable(below, depth + 1, found, size);
			continue;
		}
		if (entry->d_type != DT_REG || access(below, W_OK))
			continue;
		fd = openat(AT_FDCWD, below, O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
		/* A mask is a device that swallows what is written. */
		open = fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
		if (open)
			(void)snprintf(found, size, "%s", below);
		if (fd >= 0)
			close(fd);
	}
	if (dir)
		closedir(dir);
	return open;
}

/*
 * Whatever a new kernel brings is covered too. In the host's own user namespace nothing but the
 * parameters is opened: there a file of /sys may be a device's.
 */
static void probe_all_files(void)
{
	char link[64] = "", found[PATH_MAX] = "-";
	bool host = readlink("/proc/self/ns/user", link, sizeof(link) - 1) < 0 ||
		    strcmp(link, "user:[4026531837]") == 0;

	judge(40, "any-of-proc", find_writable(host ? "/proc/sys" : "/proc", host, found, sizeof(found)), "%s", found);
	(void)snprintf(found, sizeof(found), "-");
	judge(41, "any-of-sys", !host && find_writable("/sys", 1, found, sizeof(found)), "%s", found);
}

/* Physical addresses: of a page of our own. */
static void probe_addresses(void)
{
	static char page[8192];
	uint64_t entry = 0;
	int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);

	page[4096] = 1;
	if (fd < 0 || pread(fd, &entry, sizeof(entry), (off_t)((uintptr_t)&page[4096] / 4096 * 8)) != 8)
		say(46, "pagemap", "NONE", errno_name(errno));
	else
		judge(46, "pagemap", entry & ((1ull << 55) - 1), "%llx", (unsigned long long)entry);
	if (fd >= 0)
		close(fd);
}

static void probe_mounts(void)
{
	static const char *const kinds[] = {
		"debugfs", "tracefs", "bpf", "securityfs", "configfs", "efivarfs", "cgroup", "hugetlbfs",
		"rpc_pipefs", "binder",
	};
	FILE *file = fopen("/proc/self/mountinfo", "re");
	bool seen[COUNT(kinds)] = { false };
	bool propagates = false, suid = false, kernel_twice = false, executable = false;
	bool unbounded = false, foreign = false;
	char line[4096];

	while (file && fgets(line, sizeof(line), file)) {
		char at[1024], options[512], type[64], root[1024];
		char *rest = strstr(line, " - ");

		if (!rest || sscanf(line, "%*s %*s %*s %1023s %1023s %511s", root, at, options) != 3 ||
		    sscanf(rest, " - %63s", type) != 1)
			continue;
		for (size_t i = 0; i < COUNT(kinds); i++)
			seen[i] = seen[i] || strcmp(type, kinds[i]) == 0;
		if (strcmp(type, "tmpfs") == 0 && !strstr(rest, "size="))
			unbounded = true;
		*rest = '\0';
		propagates = propagates || strstr(line, " shared:");
		if ((strcmp(type, "tmpfs") == 0 || strcmp(at, "/") == 0) && !strstr(options, "nosuid"))
			suid = true;
		if ((strcmp(type, "proc") == 0 && strncmp(at, "/proc", 5)) ||
		    (strcmp(type, "sysfs") == 0 && strncmp(at, "/sys", 4)) ||
		    (strcmp(type, "cgroup2") == 0 && strcmp(at, "/sys/fs/cgroup")))
			kernel_twice = true;
		if (strcmp(type, "cgroup2") == 0 && strcmp(root, "/"))
			foreign = true;
		if ((strcmp(type, "proc") == 0 || strcmp(type, "sysfs") == 0 || strcmp(type, "cgroup2") == 0 ||
		     strcmp(type, "mqueue") == 0 || strcmp(at, "/dev/shm") == 0) && !strstr(options, "noexec"))
			executable = true;
	}
	if (file)
		fclose(file);
	for (size_t i = 0; i < COUNT(kinds); i++)
		judge(47, kinds[i], seen[i], "-");
	judge(48, "second-proc", kernel_twice, "-");
	judge(55, "propagation", propagates, "-");
	judge(57, "nosuid", suid, "-");
	judge(57, "noexec", executable, "-");
	judge(53, "cgroup-of-another", foreign, "-");
	judge(83, "tmpfs-size", unbounded, "-");
}

static void probe_root(void)
{
	struct stat root = { 0 }, above = { 0 };
	struct statfs fs;
	char where[4096];

	judge(58, "above-root", stat("/", &root) || stat("/..", &above) || root.st_ino != above.st_ino ||
	      root.st_dev != above.st_dev, "-");
	judge(58, "directory", syscall(SYS_getcwd, where, sizeof(where)) < 0 || where[0] != '/', "-");
	judge(48, "proc-is-proc", statfs("/proc", &fs) || fs.f_type != 0x9fa0, "-");
	judge(48, "sys-is-sysfs", statfs("/sys", &fs) || fs.f_type != 0x62656572, "-");
}

/* ---- E, F: what is the host's, and what may be taken of it ---- */

static void probe_cgroup(void)
{
	FILE *file = fopen("/proc/self/cgroup", "re");
	char line[1024] = "";

	while (file && fgets(line, sizeof(line), file) && strncmp(line, "0::", 3))
		;
	if (file)
		fclose(file);
	line[strcspn(line, "\n")] = '\0';
	judge(51, "cgroup-path", strcmp(line, "0::/"), "%s", line);
}

/* Names in the environment that are the runtime's or its caller's. */
static void probe_environment(void)
{
	static const char *const names[] = {
		"LISTEN_", "NOTIFY_SOCKET=", "LD_", "_LIBCONTAINER", "_OCI", "XDG_RUNTIME_DIR=", "GLIBC_TUNABLES=",
	};
	const char *found = "-";

	for (char **variable = environ; *variable; variable++)
		for (size_t i = 0; i < COUNT(names); i++)
			if (strncmp(*variable, names[i], strlen(names[i])) == 0)
				found = names[i];
	judge(93, "environment", found[0] != '-', "%s", found);
}

/* Modules of tunnels put one into every new namespace; those are down. */
static bool is_up(const char *name)
{
	struct ifreq request = { 0 };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool up;

	(void)snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
	up = fd >= 0 && ioctl(fd, SIOCGIFFLAGS, &request) == 0 && (request.ifr_flags & IFF_UP);
	if (fd >= 0)
		close(fd);
	return up;
}

static void probe_network(void)
{
	struct if_nameindex *names = if_nameindex();
	const char *other = "-";
	char value[8] = "";
	FILE *file;

	for (const struct if_nameindex *row = names; row && row->if_index; row++)
		if (strcmp(row->if_name, "lo") && is_up(row->if_name))
			other = row->if_name;
	judge(74, "interfaces", !names || other[0] != '-', "%s", other);
	if_freenameindex(names);
	file = fopen("/proc/sys/net/ipv4/conf/all/route_localnet", "re");
	if (file && fgets(value, sizeof(value), file))
		judge(74, "route-localnet", value[0] != '0', "%c", value[0]);
	if (file)
		fclose(file);
}

/* System V segments of the host's would be counted. */
static void probe_ipc(void)
{
	struct shm_info info = { 0 };

	if (shmctl(0, SHM_INFO, (struct shmid_ds *)&info) < 0)
		say(59, "shared-memory", "NONE", errno_name(errno));
	else
		judge(59, "shared-memory", info.used_ids > 0, "%d", info.used_ids);
}

static long do_lower_score(void *unused)
{
	int fd = open("/proc/self/oom_score_adj", O_RDWR | O_CLOEXEC);
	char text[16] = "", lower[16];
	int length;

	(void)unused;
	if (fd < 0 || read(fd, text, sizeof(text) - 1) < 0)
		return -1;
	length = snprintf(lower, sizeof(lower), "%d", atoi(text) - 1);
	return write(fd, lower, (size_t)length) == length ? 0 : -1;
}

static long do_realtime(void *unused)
{
	const struct sched_param param = { .sched_priority = 1 };

	(void)unused;
	return sched_setscheduler(0, SCHED_FIFO, &param);
}

static void probe_limits(void)
{
	struct rlimit limit = { .rlim_max = RLIM_INFINITY };

	(void)getrlimit(RLIMIT_CORE, &limit);
	judge_call(87, "oom-score-lower", in_child(do_lower_score, NULL));
	judge_call(88, "realtime", in_child(do_realtime, NULL));
	judge(82, "core", limit.rlim_max != 0, "%llu",
	      (unsigned long long)limit.rlim_max);
}

/* ---- D: devices ---- */

static void probe_devices(void)
{
	static const char *const nodes[] = {
		"/dev/mem", "/dev/kmem", "/dev/port", "/dev/nvram", "/dev/kvm", "/dev/vhost-net",
		"/dev/vsock", "/dev/uinput", "/dev/snapshot", "/dev/loop-control", "/dev/mapper/control",
		"/dev/fuse", "/dev/net/tun", "/dev/userfaultfd", "/dev/hwrng", "/dev/vda", "/dev/sda",
	};
	static const struct { const char *name; mode_t mode; unsigned int major, minor; } made[] = {
		{ "mknod-mem", S_IFCHR, 1, 1 }, { "mknod-port", S_IFCHR, 1, 4 },
		{ "mknod-kmsg", S_IFCHR, 1, 11 }, { "mknod-loop", S_IFBLK, 7, 0 },
		{ "mknod-console", S_IFCHR, 5, 1 },
		{ "mknod-sda", S_IFBLK, 8, 0 }, { "mknod-vda", S_IFBLK, 253, 0 },
	};

	for (size_t i = 0; i < COUNT(nodes); i++) {
		int fd = open(nodes[i], O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

		if (fd >= 0)
			close(fd);
		judge(61, nodes[i], fd >= 0, "%s", fd >= 0 ? "opened" : errno_name(errno));
	}
	for (size_t i = 0; i < COUNT(made); i++) {
		int fd = -1;

		/* Whether such a device is there does not matter: what is asked is who is refused. */
		if (mknod("/dev/shm/probe", made[i].mode | 0600, makedev(made[i].major, made[i].minor)) == 0) {
			fd = open("/dev/shm/probe", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
			(void)unlink("/dev/shm/probe");
		}
		judge(62, made[i].name, fd >= 0 || errno == ENXIO, "%s", fd >= 0 ? "opened" : errno_name(errno));
		if (fd >= 0)
			close(fd);
	}
}

int main(int argc, char **argv)
{
	probe_descriptors();
	probe_status();
	probe_namespaces();
	probe_given_namespaces(argc - 1, argv + 1);
	probe_new_namespaces();
	probe_foreign();
	probe_calls();
	probe_sockets();
	probe_socket_options();
	probe_terminal();
	probe_handle();
	probe_session();
	probe_files();
	probe_mounts();
	probe_root();
	probe_all_files();
	probe_addresses();
	probe_cgroup();
	probe_environment();
	probe_network();
	probe_ipc();
	probe_limits();
	probe_devices();
	say(0, "all", "BLOCKED", "done");
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * What tests ask the kernel from inside a container, where a shell has no words for it.
 *
 *	probe syscall LABEL=NUMBER[,ARGUMENT...]...	make system calls: "LABEL RESULT" or "LABEL ERRNO" each;
 *							an argument is a number, or @TEXT for a pointer to it
 *	probe foreign NUMBER				make a system call of the 32-bit ABI
 *	probe x32 NUMBER				make a system call of the x32 ABI
 *	probe keyring					the serial of the session keyring
 *	probe session FILE PROGRAM...			run a program with a session keyring of its own, its
 *							serial in FILE
 *	probe memfd					execute a file that is in memory only
 *	probe owner PATH				the user namespace that owns a namespace
 *	probe spy FILE					until FILE is there: look into each process that turns
 *							up, before it executes a program of the container's:
 *							"foreign WHAT" for what of the host's can be reached by
 *							it, "traced" where it can be attached to, "seen N"
 *	probe addresses					how many addresses getifaddrs(3) finds
 *	probe headless					end the first thread, and go on in another: to the kernel
 *							the process is a zombie that runs
 *	probe connect PATH				connect to a socket, and print what comes
 */
#define _GNU_SOURCE

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <linux/keyctl.h>
#include <linux/nsfs.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

static sigjmp_buf trapped;
static int trap_errno;

static void on_trap(int signal, siginfo_t *info, void *context)
{
	(void)signal;
	(void)context;
	trap_errno = info->si_errno;
	siglongjmp(trapped, 1);
}

static void print_result(const char *label, long result)
{
	const char *name = result == -1 ? strerrorname_np(errno) : NULL;

	if (result != -1)
		printf("%s %ld\n", label, result);
	else
		printf("%s %s\n", label, name ? name : "unknown");
	fflush(stdout);
}

/* "label=41,2,1,0" */
static int one_call(char *word)
{
	struct sigaction action = { .sa_sigaction = on_trap, .sa_flags = SA_SIGINFO };
	char *equals = strchr(word, '=');
	long numbers[7] = { 0 };
	char *rest = NULL;
	size_t count = 0;

	if (!equals)
		return 2;
	*equals = '\0';
	for (char *part = strtok_r(equals + 1, ",", &rest); part && count < 7;
	     part = strtok_r(NULL, ",", &rest))
		numbers[count++] = part[0] == '@' ? (long)(part + 1) : (long)strtoull(part, NULL, 0);
	(void)sigaction(SIGSYS, &action, NULL);
	if (sigsetjmp(trapped, 1)) {
		printf("%s SIGSYS %d\n", word, trap_errno);
		fflush(stdout);
		return 0;
	}
	print_result(word, syscall(numbers[0], numbers[1], numbers[2], numbers[3], numbers[4],
				   numbers[5], numbers[6]));
	return 0;
}

static int cmd_syscall(int argc, char **argv)
{
	for (int i = 0; i < argc; i++)
		if (one_call(argv[i]))
			return 2;
	return 0;
}

static int cmd_foreign(int argc, char **argv)
{
	long result = -ENOSYS;

	if (argc < 1)
		return 2;
#ifdef __x86_64__
	__asm__ volatile("int $0x80" : "=a"(result) : "a"(strtol(argv[0], NULL, 0)),
			 "b"(0L), "c"(0L), "d"(0L) : "memory", "r8", "r9", "r10", "r11");
#endif
	errno = (int)-result;
	print_result("foreign", result < 0 && result > -4096 ? -1 : result);
	return 0;
}

static int cmd_x32(int argc, char **argv)
{
	if (argc < 1)
		return 2;
	print_result("x32", syscall(strtol(argv[0], NULL, 0) | 0x40000000L));
	return 0;
}

static int cmd_keyring(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	print_result("keyring", syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 0));
	return 0;
}

static int cmd_session(int argc, char **argv)
{
	FILE *file;
	long serial;

	if (argc < 2)
		return 2;
	serial = syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL);
	file = fopen(argv[0], "we");
	if (serial < 0 || !file || fprintf(file, "keyring %ld\n", serial) < 0 || fclose(file)) {
		perror("probe: session");
		return 1;
	}
	(void)execvp(argv[1], argv + 1);
	perror(argv[1]);
	return 127;
}

static int cmd_memfd(int argc, char **argv)
{
	static const char script[] = "#!/bin/true\n";
	char *const arguments[] = { "memfd", NULL };
	char *const environment[] = { NULL };
	int fd = memfd_create("memfd", 0);

	(void)argc;
	(void)argv;
	if (fd < 0 || write(fd, script, sizeof(script) - 1) < 0 || fchmod(fd, 0755)) {
		print_result("make", -1);
		return 0;
	}
	(void)fexecve(fd, arguments, environment);
	print_result("memfd", -1);
	return 0;
}

static int cmd_owner(int argc, char **argv)
{
	struct stat st;
	int fd;
	int owner;

	if (argc < 1)
		return 2;
	fd = open(argv[0], O_RDONLY | O_CLOEXEC);
	owner = fd < 0 ? -1 : ioctl(fd, NS_GET_USERNS);
	if (owner < 0 || fstat(owner, &st)) {
		perror(argv[0]);
		return 1;
	}
	printf("user:[%lu]\n", (unsigned long)st.st_ino);
	return 0;
}

static int cmd_addresses(int argc, char **argv)
{
	struct ifaddrs *list = NULL;
	int count = 0;

	(void)argc;
	(void)argv;
	if (getifaddrs(&list)) {
		print_result("addresses", -1);
		return 0;
	}
	for (struct ifaddrs *at = list; at; at = at->ifa_next)
		count += at->ifa_addr != NULL;
	freeifaddrs(list);
	printf("addresses %d\n", count);
	return 0;
}

static char own_root[64];

/*
 * What a process shows under a name of its directory in /proc; an empty string where it may not be known,
 * with EACCES in errno, or where it has none.
 */
static void spy_link(const char *pid, const char *name, char *out, size_t size)
{
	char path[640];
	ssize_t length;

	(void)snprintf(path, sizeof(path), "/proc/%s/%s", pid, name);
	length = readlink(path, out, size - 1);
	out[length > 0 ? length : 0] = '\0';
}

static bool spy_is_ours(const char *pid)
{
	char path[640];
	char found[64] = "";
	struct stat st;

	(void)snprintf(path, sizeof(path), "/proc/%s/root/", pid);
	if (stat(path, &st) == 0)
		(void)snprintf(found, sizeof(found), "%lu:%lu", (unsigned long)st.st_dev,
			       (unsigned long)st.st_ino);
	return found[0] == '\0' || strcmp(found, own_root) == 0;
}

static void spy_on_files(const char *pid)
{
	char path[640];
	char target[256];
	struct dirent *entry;
	DIR *files;

	(void)snprintf(path, sizeof(path), "/proc/%s/fd", pid);
	files = opendir(path);
	while (files && (entry = readdir(files))) {
		char name[300];

		if (entry->d_name[0] == '.' || strtol(entry->d_name, NULL, 10) < 3)
			continue;
		(void)snprintf(name, sizeof(name), "fd/%s", entry->d_name);
		spy_link(pid, name, target, sizeof(target));
		/* The channel, itself, and a terminal of the container's own devpts. */
		if (target[0] && strncmp(target, "socket:", 7) &&
		    strcmp(target, "anon_inode:[pidfd]") && strncmp(target, "/dev/pts/", 9))
			printf("foreign fd %s\n", target);
	}
	if (files)
		(void)closedir(files);
}

static bool spy_is_program(const char *exe)
{
	return strncmp(exe, "/bin/", 5) == 0;
}

/*
 * Whether an opened file is of the runtime's memory. What has ended has none, and kernels open a file of
 * nothing then, for whoever has the same ids. What executes leaves its memory behind: where a program runs
 * and the file reads nothing, it was opened before that. Of memory that is there something is read, or an
 * error where nothing is mapped.
 */
static bool spy_is_runtimes(const char *pid, int memory)
{
	char exe[256];
	char byte;

	spy_link(pid, "exe", exe, sizeof(exe));
	if (!exe[0])
		return errno == EACCES;
	if (!spy_is_program(exe))
		return true;
	if (pread(memory, &byte, 1, 4096) != 0)
		return false;
	spy_link(pid, "exe", exe, sizeof(exe));
	return spy_is_program(exe);
}

/* Whether it is still the runtime: its program is a sealed copy, or is not to be known. */
static bool spy_on(const char *pid, bool *attached)
{
	char exe[256];
	char path[640];
	int memory;

	spy_link(pid, "exe", exe, sizeof(exe));
	if (exe[0] ? spy_is_program(exe) : errno != EACCES)
		return false;
	if (exe[0] && strncmp(exe, "/memfd:orlop", 12))
		printf("foreign exe %s\n", exe);
	if (!spy_is_ours(pid))
		printf("foreign root\n");
	spy_on_files(pid);
	(void)snprintf(path, sizeof(path), "/proc/%s/exe", pid);
	memory = open(path, O_WRONLY | O_CLOEXEC);
	if (memory >= 0)
		printf("foreign exe can be written\n");
	if (memory >= 0)
		(void)close(memory);
	(void)snprintf(path, sizeof(path), "/proc/%s/mem", pid);
	memory = open(path, O_RDWR | O_CLOEXEC);
	if (memory >= 0 && spy_is_runtimes(pid, memory))
		*attached = true;
	if (memory >= 0)
		(void)close(memory);
	return true;
}

static int cmd_spy(int argc, char **argv)
{
	bool attached = false;
	unsigned long seen = 0;
	struct stat st;

	if (argc < 1 || stat("/", &st))
		return 2;
	(void)snprintf(own_root, sizeof(own_root), "%lu:%lu", (unsigned long)st.st_dev,
		       (unsigned long)st.st_ino);
	while (access(argv[0], F_OK)) {
		struct dirent *entry;
		DIR *processes = opendir("/proc");

		while (processes && (entry = readdir(processes))) {
			long pid = strtol(entry->d_name, NULL, 10);

			if (pid > 1 && pid != getpid() && spy_on(entry->d_name, &attached))
				seen++;
		}
		if (processes)
			(void)closedir(processes);
		fflush(stdout);
	}
	if (attached)
		printf("traced\n");
	printf("seen %lu\n", seen);
	return 0;
}

static void *stay(void *unused)
{
	(void)unused;
	for (;;)
		(void)pause();
	return NULL;
}

static int cmd_headless(int argc, char **argv)
{
	pthread_t thread;

	(void)argc;
	(void)argv;
	if (pthread_create(&thread, NULL, stay, NULL))
		return 1;
	(void)syscall(SYS_exit, 0);
	return 1;
}

static int cmd_connect(int argc, char **argv)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char text[256];
	ssize_t size;

	if (argc < 1 || fd < 0)
		return 2;
	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", argv[0]);
	if (connect(fd, (const struct sockaddr *)&address, sizeof(address))) {
		print_result("connect", -1);
		return 1;
	}
	while ((size = read(fd, text, sizeof(text))) > 0)
		(void)fwrite(text, 1, (size_t)size, stdout);
	return 0;
}

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
} commands[] = {
	{ "syscall", cmd_syscall }, { "foreign", cmd_foreign }, { "x32", cmd_x32 },
	{ "keyring", cmd_keyring }, { "session", cmd_session }, { "memfd", cmd_memfd },
	{ "owner", cmd_owner },	    { "addresses", cmd_addresses }, { "spy", cmd_spy },
	{ "headless", cmd_headless }, { "connect", cmd_connect },
};

int main(int argc, char **argv)
{
	for (size_t i = 0; argc > 1 && i < sizeof(commands) / sizeof(commands[0]); i++)
		if (strcmp(argv[1], commands[i].name) == 0)
			return commands[i].run(argc - 2, argv + 2);
	fprintf(stderr, "usage: probe COMMAND [ARGUMENT...]\n");
	return 2;
}

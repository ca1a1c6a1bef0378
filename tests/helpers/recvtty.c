/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * recvtty SOCKET OUT: what an engine does with --console-socket. Listens at SOCKET, takes one message
 * and writes to OUT.message the name in it, how many bytes and how many descriptors it has, and the
 * size of the terminal. Then the terminal's output goes to OUT until it ends, and standard input to
 * the terminal.
 *
 * Of a descriptor that is no terminal but a pidfd, as --pidfd-socket sends it, the pid is written in place of
 * the size, and that is all.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int fail(const char *what)
{
	perror(what);
	return 1;
}

/* 0: it is no pidfd. */
static int pid_of(int fd)
{
	char path[64];
	char line[128];
	FILE *info;
	int pid = 0;

	(void)snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	info = fopen(path, "re");
	while (info && fgets(line, sizeof(line), info))
		if (sscanf(line, "Pid: %d", &pid) == 1)
			break;
	if (info)
		(void)fclose(info);
	return pid;
}

static int receive(int connection, const char *out)
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(int) * 8)];
	} control;
	char name[4097] = "";
	struct iovec part = { .iov_base = name, .iov_len = sizeof(name) - 1 };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control,
				  .msg_controllen = sizeof(control) };
	ssize_t size = recvmsg(connection, &message, 0);
	struct cmsghdr *header = size < 0 ? NULL : CMSG_FIRSTHDR(&message);
	struct winsize window = { 0 };
	char path[4096];
	size_t count;
	FILE *file;
	int terminal;

	if (!header || header->cmsg_type != SCM_RIGHTS)
		return -1;
	count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
	memcpy(&terminal, CMSG_DATA(header), sizeof(terminal));
	(void)ioctl(terminal, TIOCGWINSZ, &window);
	(void)snprintf(path, sizeof(path), "%s.message", out);
	file = fopen(path, "we");
	if (!file)
		return -1;
	if (pid_of(terminal) > 0)
		fprintf(file, "%s %zd %zu %d\n", name, size, count, pid_of(terminal));
	else
		fprintf(file, "%s %zd %zu %ux%u\n", name, size, count, window.ws_row, window.ws_col);
	return fclose(file) ? -1 : terminal;
}

static void relay(int terminal, int file)
{
	struct pollfd ready[2] = { { .fd = terminal, .events = POLLIN }, { .fd = 0, .events = POLLIN } };
	char bytes[4096];

	while (poll(ready, 2, -1) >= 0) {
		ssize_t size;

		if (ready[1].revents) {
			size = read(0, bytes, sizeof(bytes));
			if (size <= 0)
				ready[1].fd = -1;
			else if (write(terminal, bytes, (size_t)size) != size)
				return;
		}
		if (!ready[0].revents)
			continue;
		size = read(terminal, bytes, sizeof(bytes));
		if (size <= 0 || write(file, bytes, (size_t)size) != size)
			return;
	}
}

int main(int argc, char **argv)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int listener = socket(AF_UNIX, SOCK_STREAM, 0);
	int connection;
	int terminal;
	int file;

	if (argc != 3 || strlen(argv[1]) >= sizeof(address.sun_path)) {
		fprintf(stderr, "usage: recvtty SOCKET OUT\n");
		return 2;
	}
	strcpy(address.sun_path, argv[1]);
	if (bind(listener, (struct sockaddr *)&address, sizeof(address)) || listen(listener, 1))
		return fail(argv[1]);
	file = open(argv[2], O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0600);
	if (file < 0)
		return fail(argv[2]);
	connection = accept(listener, NULL, NULL);
	terminal = connection < 0 ? -1 : receive(connection, argv[2]);
	if (terminal < 0)
		return fail("receive");
	relay(terminal, file);
	return 0;
}

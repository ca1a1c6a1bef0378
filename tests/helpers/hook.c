/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * A hook that says what it was given: "hook FILE" appends to FILE what it reads on its standard input
 * and what it is, a line each, between "begin" and "end". Then it exits with the status that the
 * environment's EXIT names, or 0.
 */
#define _GNU_SOURCE

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

extern char **environ;

static const char *const namespaces[] = { "cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts" };

/* Of /proc/self/status. */
static const char *const fields[] = { "CapEff:", "NoNewPrivs:", "Seccomp:", "SigBlk:", "SigIgn:", "Umask:" };

static void say_status(FILE *out)
{
	FILE *status = fopen("/proc/self/status", "re");
	char line[256];

	while (status && fgets(line, sizeof(line), status))
		for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
			if (strncmp(line, fields[i], strlen(fields[i])) == 0)
				fputs(line, out);
	if (status)
		fclose(status);
}

static void say_state(FILE *out)
{
	char bytes[4096];
	size_t size;

	fputs("state ", out);
	while ((size = fread(bytes, 1, sizeof(bytes), stdin)) > 0)
		fwrite(bytes, 1, size, out);
	fputc('\n', out);
}

int main(int argc, char **argv)
{
	char text[4096];
	FILE *out;

	if (argc < 2)
		return 99;
	/* Before anything is opened here. */
	text[0] = '\0';
	for (int fd = 0; fd < 1024; fd++)
		if (fcntl(fd, F_GETFD) >= 0)
			snprintf(text + strlen(text), sizeof(text) - strlen(text), " %d", fd);
	out = fopen(argv[1], "ae");
	if (!out)
		return 98;
	fprintf(out, "begin\nfds%s\n", text);
	say_state(out);
	for (int i = 0; i < argc; i++)
		fprintf(out, "arg %s\n", argv[i]);
	for (char **entry = environ; *entry; entry++)
		fprintf(out, "env %s\n", *entry);
	fprintf(out, "cwd %s\n", getcwd(text, sizeof(text)) ? text : "?");
	fprintf(out, "session %s\n", getsid(0) == getpid() ? "own" : "other");
	for (size_t i = 0; i < sizeof(namespaces) / sizeof(namespaces[0]); i++) {
		char path[64];
		ssize_t length;

		snprintf(path, sizeof(path), "/proc/self/ns/%s", namespaces[i]);
		length = readlink(path, text, sizeof(text) - 1);
		text[length > 0 ? length : 0] = '\0';
		fprintf(out, "ns %s\n", text);
	}
	for (int fd = 0; fd < 3; fd++) {
		struct stat st;

		fprintf(out, "stream %d %s\n", fd, fstat(fd, &st) ? "?" : S_ISFIFO(st.st_mode) ? "pipe" : "other");
	}
	say_status(out);
	fputs("end\n", out);
	if (fclose(out))
		return 97;
	return getenv("EXIT") ? atoi(getenv("EXIT")) : 0;
}

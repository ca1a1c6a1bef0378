/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */

#include "run/host_ps.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "kernel/process.h"

#define OUTPUT_MAX ((size_t)64 << 20)
#define NOT_FOUND 127	/* the shell's own, which ps does not use */

/* No look-up by PATH: these two are where every distribution has it. */
static const char *const programs[] = { "/usr/bin/ps", "/bin/ps" };

/* No time zone: ps prints times, and they are to be those of the host. */
static char path[] = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

static _Noreturn void host_ps_run(char *const *words, int output)
{
	char *environment[] = { path, NULL };

	if (dup2(output, 1) == 1)
		for (size_t i = 0; i < ARRAY_SIZE(programs); i++)
			(void)execve(programs[i], words, environment);
	_exit(errno == ENOENT ? NOT_FOUND : 126);
}

/* The list that execve(2) takes: the program's own name comes first, and NULL last. */
static char **host_ps_arguments(size_t count, char *const *words)
{
	static char name[] = "ps";
	char **arguments = calloc(count + 2, sizeof(*arguments));

	if (!arguments)
		return NULL;
	arguments[0] = name;
	for (size_t i = 0; i < count; i++)
		arguments[i + 1] = words[i];
	return arguments;
}

int host_ps_read(size_t count, char *const *words, char **out, struct error *err)
{
	struct process_clone_args args = PROCESS_CLONE_ARGS_INIT;
	auto_free char **arguments = host_ps_arguments(count, words);
	auto_free char *text = NULL;
	struct error read_error = ERROR_INIT;
	auto_fd input = -1;
	auto_fd output = -1;
	auto_fd pidfd = -1;
	int ends[2];
	int result;
	int status;
	pid_t pid;

	if (!arguments)
		return error_system(err, "call ps");
	if (pipe2(ends, O_CLOEXEC) < 0)
		return error_system(err, "make a pipe");
	input = ends[0];
	output = ends[1];
	args.pidfd = &pidfd;
	if (process_clone(&args, &pid, err) < 0)
		return -1;
	if (pid == 0)
		host_ps_run(arguments, output);
	close_fd(&output);
	result = fd_read_all(input, OUTPUT_MAX, &text, NULL, &read_error);
	/* With the pipe closed it ends, also where it had more to say. */
	close_fd(&input);
	if (process_wait(pidfd, -1, &status, err) < 0)
		return -1;
	if (result < 0) {
		*err = read_error;
		return error_prefix(err, "read what ps prints");
	}
	if (status == NOT_FOUND)
		return error_set(err, ERROR_HOST, 0, "this host has no ps: --format json needs none");
	if (status != 0)
		return error_set(err, ERROR_HOST, 0, "ps failed with status %d", status);
	*out = take_ptr(text);
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
#pragma once

#include "cmd/command.h"
#include "cmd/options.h"
#include "spec/spec.h"

struct exec_options {
	struct option_bytes process;	/* the file of --process */
	struct option_list env;
	struct option_list groups;
	struct option_list caps;
	const char *cwd;
	const char *user;
	const char *apparmor;
	const char *process_label;
	const char *console_socket;
	const char *pidfd_socket;
	const char *pid_file;
	const char *cgroup;
	unsigned int preserve_fds;
	bool detach;
	bool tty;
	bool no_new_privs;
	bool ignore_paused;
};

/**
 * exec_process_build() - what is to run, of the command line
 * @options:   the command's
 * @count:     words behind the container's id, and
 * @words:     they themselves
 * @container: what the container was made from
 * @out:       .process is filled, and .unknown and .ignored where there is a file; it
 *             borrows of all the others; give it to spec_free()
 *
 * Options change the process of the file or, without one, that of the container.
 *
 * Return: 0, or -1 with ERROR_USAGE or ERROR_SPEC.
 */
int exec_process_build(const struct exec_options *options, size_t count, char *const *words,
		       const struct spec *container, struct spec *out, struct error *err);

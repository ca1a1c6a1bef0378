/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * The file is looked up without magic links when the container is created, so
 * that "not found" is an error of create. It is executed by path, not by
 * descriptor: kernels before 6.14 would name the process after the descriptor's
 * number, and a script's interpreter needs a path. By then the root is the
 * container's and no descriptor of the host is open, so whatever the path has
 * become is the container's own; what protects our binary is not this look-up.
 */
#include "program.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/number.h"
#include "base/text.h"
#include "kernel/call.h"
#include "kernel/path.h"

#define PASSWD_MAX (1u << 20)
#define PATH_DEFAULT "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

static int program_open_root(struct error *err)
{
	int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);

	return root < 0 ? error_system(err, "open the container's root") : root;
}

/* "name:x:UID:GID:gecos:HOME:shell": the sixth field of the line with the third. Malloc'd or NULL. */
static char *program_home_of(const char *text, uint32_t uid)
{
	for (const char *line = text; *line;) {
		size_t length = strcspn(line, "\n");
		const char *fields[7];
		size_t sizes[7];
		size_t count = 0;
		uint64_t id;

		for (const char *at = line; count < ARRAY_SIZE(fields); count++) {
			size_t left = (size_t)(line + length - at);
			const char *colon = memchr(at, ':', left);

			fields[count] = at;
			sizes[count] = colon ? (size_t)(colon - at) : left;
			if (!colon) {
				count++;
				break;
			}
			at = colon + 1;
		}
		if (count >= 6 && number_parse_u64_bytes(fields[2], sizes[2], UINT32_MAX, &id) == 0 &&
		    id == uid && sizes[5] > 0 && fields[5][0] == '/')
			return strndup(fields[5], sizes[5]);
		line += length + (line[length] == '\n');
	}
	return NULL;
}

/* The passwd file is the image's: data, and perhaps not even a file. */
static char *program_home(uint32_t uid)
{
	struct error ignored;
	auto_free char *text = NULL;
	auto_fd root = program_open_root(&ignored);
	auto_fd file = -1;
	struct stat st;
	size_t size;
	char *home = NULL;

	if (root >= 0)
		file = path_open_in_root(root, "/etc/passwd", O_RDONLY | O_NONBLOCK | O_NOCTTY, &ignored);
	if (file >= 0 && fstat(file, &st) == 0 && S_ISREG(st.st_mode) &&
	    fd_read_all(file, PASSWD_MAX, &text, &size, &ignored) == 0)
		home = program_home_of(text, uid);
	return home ? home : strdup("/");
}

int program_environment(const struct plan_process *process, struct program *program,
			struct error *err)
{
	auto_free char *home = NULL;
	size_t count = 0;

	program->env = calloc(process->env_count + 2, sizeof(*program->env));
	if (!program->env)
		return error_system(err, "make room for the environment");
	for (size_t i = 0; i < process->env_count; i++)
		if (!process->home_missing || strncmp(process->env[i], "HOME=", 5) != 0)
			program->env[count++] = (char *)(uintptr_t)process->env[i];
	if (!process->home_missing)
		return 0;
	home = program_home(process->uid);
	if (!home || asprintf(&program->home, "HOME=%s", home) < 0)
		return error_set(err, ERROR_SYSTEM, ENOMEM, "make HOME");
	program->env[count] = program->home;
	return 0;
}

int program_enter_directory(const struct plan_process *process, bool make, struct error *err)
{
	auto_fd root = program_open_root(err);
	auto_fd directory = -1;
	char where[4096];

	if (root < 0)
		return -1;
	directory = path_open_in_root(root, process->cwd, O_PATH | O_DIRECTORY, err);
	if (directory < 0 && make && err->errnum == ENOENT)
		directory = path_make_directory(root, process->cwd, 0755, NULL, err);
	if (directory < 0)
		return error_prefix(err, "/process/cwd");
	if (fchdir(directory))
		return error_system(err, "/process/cwd: enter %s", process->cwd);
	if (call_getcwd(where, sizeof(where)) < 0)
		return error_system(err, "/process/cwd: find out where %s is", process->cwd);
	if (where[0] != '/')
		return error_set(err, ERROR_SPEC, 0, "/process/cwd: %s lies outside the container",
				 process->cwd);
	return 0;
}

static int program_check_in(int root, const char *path, struct error *err)
{
	auto_fd file = path_open_in_root(root, path, O_PATH, err);
	struct stat st;

	if (file < 0)
		return -1;
	if (fstat(file, &st))
		return error_system(err, "look at %s", path);
	if (S_ISDIR(st.st_mode))
		return error_set(err, ERROR_SYSTEM, EISDIR, "%s", path);
	/* By the ids and capabilities that the program will have. */
	if (!S_ISREG(st.st_mode) ||
	    syscall(SYS_faccessat2, file, "", X_OK, AT_EACCESS | AT_EMPTY_PATH))
		return error_set(err, ERROR_SYSTEM, EACCES, "%s", path);
	return 0;
}

int program_check(const char *path, struct error *err)
{
	auto_fd root = program_open_root(err);

	return root < 0 ? -1 : program_check_in(root, path, err);
}

static int program_search(int root, const struct plan_process *process, struct program *program,
			  struct error *err)
{
	const char *name = process->args[0];
	const char *path = PATH_DEFAULT;
	bool denied = false;

	for (size_t i = 0; i < process->env_count; i++)
		if (strncmp(process->env[i], "PATH=", 5) == 0)
			path = process->env[i] + 5;
	while (*path) {
		size_t length = strcspn(path, ":");
		int size = snprintf(program->path, sizeof(program->path), "%.*s/%s", (int)length, path,
				    name);

		/* An entry that is not absolute would mean the working directory: passed over. */
		if (path[0] == '/' && size > 0 && (size_t)size < sizeof(program->path)) {
			if (program_check_in(root, program->path, err) == 0)
				return 0;
			denied = denied || err->errnum == EACCES;
		}
		path += length + (path[length] == ':');
	}
	error_clear(err);
	if (denied)
		return error_set(err, ERROR_SYSTEM, EACCES, "exec: \"%s\"", name);
	(void)error_set(err, ERROR_SYSTEM, 0, "exec: \"%s\": executable file not found in $PATH", name);
	err->errnum = ENOENT;
	return -1;
}

int program_find(const struct plan_process *process, struct program *program, struct error *err)
{
	const char *name = process->args[0];
	const char *cwd = name[0] == '/' ? "" : process->cwd;
	auto_text full = TEXT_INIT(2 * sizeof(program->path));
	auto_fd root = program_open_root(err);
	int reason;

	if (root < 0)
		return -1;
	if (!strchr(name, '/') && *name)
		return program_search(root, process, program, err);
	/* Executed as it is named: a script sees the name. */
	if ((size_t)snprintf(program->path, sizeof(program->path), "%s", name) >= sizeof(program->path))
		return error_set(err, ERROR_SPEC, ENAMETOOLONG, "/process/args/0: the path is too long");
	text_appendf(&full, "%s%s%s", cwd, *cwd ? "/" : "", name);
	if (program_check_in(root, text_string(&full), err) == 0)
		return 0;
	reason = err->errnum;
	error_clear(err);
	/* Engines read these words, and what is said of the errno behind them. */
	if (reason == EISDIR || reason == EACCES)
		return error_set(err, ERROR_SYSTEM, reason, "exec: \"%s\"", name);
	return error_set(err, ERROR_SYSTEM, reason, "exec: \"%s\": stat %s", name, name);
}

int program_execute(const struct plan_process *process, const struct program *program,
		    struct error *err)
{
	(void)execve(program->path, (char *const *)(uintptr_t)process->args, program->env);
	return error_system(err, "exec %s", process->args[0]);
}

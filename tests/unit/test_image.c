/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "kernel/image.h"
#include "kernel/procfs.h"
#include "run/caps.h"
#include "skip.h"

/* In each of the parts that a program is mapped in: code is this file's. */
static int written = 1;
static int zeroed;
static const char *const relocated[] = { "relocated" };

static int copy_self(off_t size)
{
	auto_fd self = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	auto_fd copy = memfd_create("copy", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	while (size > 0) {
		ssize_t done = sendfile(copy, self, NULL, (size_t)size);

		if (done <= 0)
			return -1;
		size -= done;
	}
	return take_fd(&copy);
}

static int move(int copy, struct error *err)
{
	auto_fd procfs = procfs_open(PROCFS_VISIBLE, NULL, err);
	pid_t self;

	return procfs < 0 || procfs_self(procfs, &self, err) ? -1 :
							       image_move(procfs, self, copy, err);
}

static bool leads_to(const char *path, int fd)
{
	struct stat there;
	struct stat here;

	return stat(path, &there) == 0 && fstat(fd, &here) == 0 && there.st_dev == here.st_dev &&
	       there.st_ino == here.st_ino;
}

static bool is_mapped(const char *name)
{
	char line[4096];
	bool found = false;
	FILE *maps = fopen("/proc/self/maps", "re");

	while (maps && fgets(line, sizeof(line), maps))
		found = found || strstr(line, name);
	if (maps)
		(void)fclose(maps);
	return found;
}

/* In a process of its own; the number says which expectation was not met. */
static int moved(void)
{
	char *name = realpath("/proc/self/exe", NULL);
	auto_fd copy = copy_self(image_size());
	struct error err = ERROR_INIT;

	written = 2;
	zeroed = 3;
	if (copy < 0 || !name || !is_mapped(name))
		return 1;
	if (fcntl(copy, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL))
		return 2;
	if (move(copy, &err))
		return 3;
	if (!leads_to("/proc/self/exe", copy) || is_mapped(name))
		return 4;
	if (written != 2 || zeroed != 3 || strcmp(relocated[0], "relocated") != 0)
		return 5;
	written = zeroed;
	free(name);
	return 0;
}

static int status_of(int (*function)(void))
{
	pid_t pid = fork();
	int status = -1;

	if (pid == 0)
		_exit(function());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static void a_process_moves_to_a_sealed_copy_and_keeps_its_data(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip_because("needs root");
	assert_int_equal(status_of(moved), 0);
}

static int kept(void)
{
	auto_fd self = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	auto_fd copy = copy_self(image_size());
	const struct plan_caps none = { 0 };
	struct error err = ERROR_INIT;
	uint64_t unraised;

	if (caps_final(&none, false, &unraised, &err))
		return 1;
	if (move(copy, &err) != -1 || err.errnum != EPERM)
		return 2;
	return leads_to("/proc/self/exe", self) && strcmp(relocated[0], "relocated") == 0 ? 0 : 3;
}

static void without_permission_the_process_goes_on_as_it_was(void **state)
{
	(void)state;
	assert_int_equal(status_of(kept), 0);
}

/* Written to again: the dynamic linker's protection is back. */
static int relocated_is_written(void)
{
	auto_fd copy = copy_self(image_size());
	struct error err = ERROR_INIT;
	uintptr_t address = (uintptr_t)&relocated[0];

	if (geteuid() == 0 && move(copy, &err))
		return 1;
	if (signal(SIGSEGV, SIG_DFL) == SIG_ERR) /* the test's own handler */
		return 2;
	*(volatile char *)address = 0; /* NOLINT(performance-no-int-to-ptr) */
	return 0;
}

static void what_was_read_only_is_read_only_again(void **state)
{
	(void)state;
	assert_int_equal(status_of(relocated_is_written), SIGSEGV);
}

static void the_size_covers_the_headers_and_is_within_the_file(void **state)
{
	struct stat st;

	(void)state;
	assert_int_equal(stat("/proc/self/exe", &st), 0);
	assert_in_range(image_size(), 4096, st.st_size);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_size_covers_the_headers_and_is_within_the_file),
		cmocka_unit_test(a_process_moves_to_a_sealed_copy_and_keeps_its_data),
		cmocka_unit_test(without_permission_the_process_goes_on_as_it_was),
		cmocka_unit_test(what_was_read_only_is_read_only_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

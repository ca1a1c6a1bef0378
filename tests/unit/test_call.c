/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "kernel/call.h"
#include "skip.h"

static void descriptors_are_close_on_exec_unasked(void **state)
{
	const struct open_how how = { .flags = O_RDONLY };
	auto_fd file = call_openat2(AT_FDCWD, "/dev/null", &how);
	auto_fd process = call_pidfd_open(getpid(), 0);

	(void)state;
	assert_true(file >= 0);
	assert_int_equal(fcntl(file, F_GETFD), FD_CLOEXEC);
	assert_int_equal(fcntl(process, F_GETFD), FD_CLOEXEC);
	assert_int_equal(how.flags, O_RDONLY);
}

static void mount_descriptors_are_close_on_exec_unasked(void **state)
{
	const struct mount_attr read_only = { .attr_set = MOUNT_ATTR_RDONLY };
	auto_fd context = -1;
	auto_fd mount = -1;
	auto_fd tree = -1;
	auto_fd pick = -1;

	(void)state;
	context = call_fsopen("tmpfs");
	if (context < 0 && errno == EPERM)
		skip_because("needs CAP_SYS_ADMIN");
	assert_true(context >= 0);
	assert_int_equal(call_fsconfig(context, FSCONFIG_SET_STRING, "size", "4k", 0), 0);
	assert_int_equal(call_fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0), 0);
	mount = call_fsmount(context, MOUNT_ATTR_NODEV);
	assert_true(mount >= 0);
	tree = call_open_tree(AT_FDCWD, "/", OPEN_TREE_CLONE);
	assert_true(tree >= 0);
	pick = call_fspick(mount, "", FSPICK_EMPTY_PATH);
	assert_true(pick >= 0);
	assert_int_equal(fcntl(context, F_GETFD), FD_CLOEXEC);
	assert_int_equal(fcntl(mount, F_GETFD), FD_CLOEXEC);
	assert_int_equal(fcntl(tree, F_GETFD), FD_CLOEXEC);
	assert_int_equal(fcntl(pick, F_GETFD), FD_CLOEXEC);

	assert_int_equal(call_mount_setattr(mount, "", AT_EMPTY_PATH, &read_only), 0);
	assert_int_equal(mkdirat(mount, "x", 0700), -1);
	assert_int_equal(errno, EROFS);
}

static void failures_give_errno(void **state)
{
	const struct open_how how = { .flags = O_RDONLY };
	struct statx stx;

	(void)state;
	assert_int_equal(call_openat2(AT_FDCWD, "/proc/self/missing", &how), -1);
	assert_int_equal(errno, ENOENT);
	assert_int_equal(call_pidfd_send_signal(-1, 0), -1);
	assert_int_equal(errno, EBADF);
	assert_int_equal(call_statx(-1, 0, &stx), -1);
	assert_int_equal(errno, EBADF);
	assert_int_equal(call_execveat(-1, "", (char *[]){ NULL }, (char *[]){ NULL },
				       AT_EMPTY_PATH), -1);
	assert_int_equal(errno, EBADF);
	assert_int_equal(call_move_mount(-1, "", -1, "", MOVE_MOUNT_F_EMPTY_PATH), -1);
	assert_int_not_equal(errno, ENOSYS);
	assert_int_equal(call_keyctl(-1, 0, 0, 0, 0), -1);
	assert_int_equal(call_seccomp(77, 0, NULL), -1);
	assert_int_equal(errno, EINVAL);
}

static void the_kernel_says_where_we_are(void **state)
{
	char raw[PATH_MAX] = "";
	char libc[PATH_MAX];
	struct statx stx;
	int size;

	(void)state;
	size = call_getcwd(raw, sizeof(raw));
	assert_int_equal(size, strlen(raw) + 1);
	assert_non_null(getcwd(libc, sizeof(libc)));
	assert_string_equal(raw, libc);
	assert_int_equal(call_statx(0, STATX_MNT_ID, &stx), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(descriptors_are_close_on_exec_unasked),
		cmocka_unit_test(mount_descriptors_are_close_on_exec_unasked),
		cmocka_unit_test(failures_give_errno),
		cmocka_unit_test(the_kernel_says_where_we_are),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

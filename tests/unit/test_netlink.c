/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <linux/if.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "kernel/netlink.h"
#include "skip.h"

#define SKIP 77

/* Whether "lo" is up in the current network namespace; -1 if that cannot be told. */
static int is_up(void)
{
	struct ifreq request = { .ifr_name = "lo" };
	auto_fd socket_fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (socket_fd < 0 || ioctl(socket_fd, SIOCGIFFLAGS, &request) < 0)
		return -1;
	return (request.ifr_flags & IFF_UP) != 0;
}

static int in_new_namespace(void)
{
	struct error err = ERROR_INIT;

	if (unshare(CLONE_NEWNET) < 0 && unshare(CLONE_NEWUSER | CLONE_NEWNET) < 0)
		return SKIP;
	if (is_up() != 0)
		return 1;
	if (netlink_loopback_up(&err) < 0)
		return 2;
	if (is_up() != 1)
		return 3;
	return netlink_loopback_up(&err) < 0 ? 4 : 0;
}

static int without_privilege(void)
{
	struct error err = ERROR_INIT;

	if (geteuid() == 0 && (setresgid(65534, 65534, 65534) < 0 ||
			       setresuid(65534, 65534, 65534) < 0))
		return SKIP;
	if (netlink_loopback_up(&err) == 0)
		return 1;
	return err.kind == ERROR_SYSTEM && err.errnum == EPERM ? 0 : 2;
}

static void run(int (*body)(void))
{
	pid_t child = fork();
	int status;

	if (child == 0)
		_exit(body());
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == SKIP)
		skip_because("needs the right to make namespaces");
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void loopback_comes_up(void **state)
{
	(void)state;
	run(in_new_namespace);
}

static void the_kernels_refusal_is_the_error(void **state)
{
	(void)state;
	run(without_privilege);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(loopback_comes_up),
		cmocka_unit_test(the_kernels_refusal_is_the_error),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "kernel/libapparmor.h"
#include "kernel/library.h"
#include "kernel/libseccomp.h"
#include "kernel/netlink.h"

struct table {
	void (*one)(void);
	void (*two)(void);
};

static void refused(const struct library *library, const char *const words[3])
{
	struct table table = { .one = NULL };
	struct error err = ERROR_INIT;

	assert_int_equal(library_load(library, &table, &err), -1);
	assert_int_equal(err.kind, ERROR_HOST);
	for (size_t i = 0; i < 3; i++)
		if (!strstr(err.message, words[i]))
			fail_msg("'%s' is not in: %s", words[i], err.message);
}

static void a_library_that_is_missing_is_named(void **state)
{
	static const struct library missing = { .soname = "libnone.so.7", .purpose = "tests" };

	(void)state;
	refused(&missing, (const char *const[]){ "libnone.so.7", "No such file", "tests" });
}

static void a_function_that_is_missing_is_named(void **state)
{
	static const struct library_function functions[] = {
		{ "memcpy", offsetof(struct table, one) },
		{ "no_such_function", offsetof(struct table, two) },
	};
	static const struct library libc = { "libc.so.6", "tests", functions, 2 };

	(void)state;
	refused(&libc, (const char *const[]){ "libc.so.6", "no_such_function", "tests" });
}

static void functions_are_found(void **state)
{
	struct error err = ERROR_INIT;

	(void)state;
	for (int i = 0; i < 2; i++)
		if (libseccomp_load(&err) || libapparmor_load(&err) || netlink_prepare(&err))
			fail_msg("%s", err.message);
	assert_int_equal(libseccomp->arch_native(), seccomp_arch_native());
	assert_int_equal(libseccomp->resolve_name("read"), seccomp_syscall_resolve_name("read"));
	assert_int_equal(libapparmor->is_enabled(), aa_is_enabled());
	assert_non_null(libseccomp_path());
	assert_int_equal(libseccomp_path()[0], '/');
	assert_int_equal(access(libseccomp_path(), R_OK), 0);
}

static int load_too_late(void)
{
	static const struct library libc = { .soname = "libc.so.6", .purpose = "tests" };
	struct table table;
	struct error err = ERROR_INIT;

	if (library_load(&libc, &table, &err))
		return 1;
	library_end();
	if (library_load(&libc, &table, &err) == 0)
		return 2;
	return strstr(err.message, "namespace") ? 0 : 3;
}

static void nothing_is_loaded_after_the_end(void **state)
{
	int status = -1;
	pid_t pid;

	(void)state;
	pid = fork();
	if (pid == 0)
		_exit(load_too_late());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_library_that_is_missing_is_named),
		cmocka_unit_test(a_function_that_is_missing_is_named),
		cmocka_unit_test(functions_are_found),
		cmocka_unit_test(nothing_is_loaded_after_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

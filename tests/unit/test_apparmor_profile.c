/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/* The shipped AppArmor profile compiles, under its name. Loads nothing; needs the parser. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "skip.h"

#define PARSER "PATH=$PATH:/usr/sbin:/sbin apparmor_parser"
#define FILE_NAME "\"${ORLOP_SOURCE:-.}\"/profiles/apparmor/orlop-default"

static void need_parser(void)
{
	if (system(PARSER " --version >/dev/null 2>&1") != 0)
		skip_because("needs apparmor_parser");
}

static void the_profile_compiles(void **state)
{
	(void)state;
	need_parser();
	assert_int_equal(system(PARSER " --skip-kernel-load --skip-cache " FILE_NAME), 0);
}

static void the_profile_has_the_name_the_plan_uses(void **state)
{
	char name[64] = "";
	FILE *out;

	(void)state;
	need_parser();
	out = popen(PARSER " --names " FILE_NAME " 2>/dev/null", "r");
	assert_non_null(out);
	assert_non_null(fgets(name, sizeof(name), out));
	assert_string_equal(name, "orlop-default\n");
	assert_null(fgets(name, sizeof(name), out));
	assert_int_equal(pclose(out), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_profile_compiles),
		cmocka_unit_test(the_profile_has_the_name_the_plan_uses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * Leaving a test out. cmocka has no place for a reason: what a test prints last
 * before it skips is taken for one.
 */
#pragma once

/** skip_because() - leave this test out; @reason says what is missing */
#define skip_because(reason)			\
	do {					\
		print_message("%s\n", reason);	\
		skip();				\
	} while (0)

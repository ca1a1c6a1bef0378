/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * The program that the containers run: without a C library, so that almost nothing of what is
 * measured is its own. It ends at once; built with -DPAUSE it waits until it is killed.
 */

#include <sys/syscall.h>

/* A system call whose arguments are all zero. */
#if defined(__x86_64__)

static inline void system_call(long number)
{
	register long fourth __asm__("r10") = 0;
	long result;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(number), "D"(0L), "S"(0L), "d"(0L), "r"(fourth)
			 : "rcx", "r11", "memory");
}

#elif defined(__aarch64__)

static inline void system_call(long number)
{
	register long x8 __asm__("x8") = number;
	register long x0 __asm__("x0") = 0;
	register long x1 __asm__("x1") = 0;
	register long x2 __asm__("x2") = 0;
	register long x3 __asm__("x3") = 0;

	__asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3) : "memory");
}

#else
/* cppcheck-suppress preprocessorErrorDirective; it knows no processor */
#error "this processor's system call is not here yet"
#endif

__attribute__((noreturn)) void _start(void);

void _start(void)
{
#ifdef PAUSE
	/* No descriptors, no time limit, no signals: for ever. */
	for (;;)
		system_call(SYS_ppoll);
#endif
	for (;;)
		system_call(SYS_exit_group);
}

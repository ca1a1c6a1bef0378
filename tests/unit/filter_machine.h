/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * The machine that a seccomp filter runs on, for tests: classic BPF over struct seccomp_data. It
 * takes only what the kernel takes (seccomp_check_filter), and fails the test otherwise.
 */
#pragma once

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define KILL SECCOMP_RET_KILL_PROCESS
#define ALLOW SECCOMP_RET_ALLOW
#define ERRNO(number) (SECCOMP_RET_ERRNO | (uint32_t)(number))

static inline uint32_t filter_compare(const struct sock_filter *insn, uint32_t a)
{
	switch (BPF_OP(insn->code)) {
	case BPF_JEQ:
		return a == insn->k;
	case BPF_JGT:
		return a > insn->k;
	case BPF_JGE:
		return a >= insn->k;
	case BPF_JSET:
		return (a & insn->k) != 0;
	default:
		fail_msg("jump %#x", insn->code);
		return 0;
	}
}

/* Runs a filter on one call; what it returns. */
static inline uint32_t filter_run(const struct sock_filter *insns, size_t count,
				  const struct seccomp_data *call)
{
	uint32_t a = 0;

	for (size_t pc = 0; pc < count; pc++) {
		const struct sock_filter *insn = &insns[pc];

		switch (insn->code) {
		case BPF_LD | BPF_W | BPF_ABS:
			assert_true(insn->k % 4 == 0 && insn->k < sizeof(*call));
			memcpy(&a, (const char *)call + insn->k, sizeof(a));
			break;
		case BPF_ALU | BPF_AND | BPF_K:
			a &= insn->k;
			break;
		case BPF_JMP | BPF_JA:
			pc += insn->k;
			break;
		case BPF_RET | BPF_K:
			return insn->k;
		default:
			assert_int_equal(BPF_CLASS(insn->code), BPF_JMP);
			pc += filter_compare(insn, a) ? insn->jt : insn->jf;
			break;
		}
	}
	fail_msg("the filter ends without a return");
	return 0;
}

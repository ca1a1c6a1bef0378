/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * libseccomp sorts the numbers into a tree. What it cannot say is "an argument that is not in this
 * list", nor that only the low half of an argument counts, which is all that the kernel looks
 * at. So a call with a check on its arguments leaves libseccomp's part with a marker (an action
 * "trace", which the floor itself never takes), and the marker becomes a jump to the check, which
 * stands behind.
 *
 * A rule on a name that neither libseccomp nor seccomp_numbers.c knows is left out: the call's
 * number is then unknown as well, and unknown numbers give ENOSYS. So does socketcall(2) of a
 * 32-bit ABI, which hides the family of a socket behind a pointer.
 */
#include "seccomp_floor.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "base/cleanup.h"
#include "kernel/libseccomp.h"
#include "seccomp_floor_rules.h"
#include "seccomp_numbers.h"

/* Marker of a tree that leaves calls of other ABIs to the next one; else the row of a check. */
#define OTHER_ABI 0xffffu

/* 32-bit ABIs that the same kernel runs. */
static const struct {
	uint32_t native;
	uint32_t foreign;
} foreign_abis[] = {
	{ SCMP_ARCH_X86_64, SCMP_ARCH_X86 },
	{ SCMP_ARCH_AARCH64, SCMP_ARCH_ARM },
};

uint32_t seccomp_floor_foreign(void)
{
	uint32_t native = libseccomp->arch_native();

	for (size_t i = 0; i < ARRAY_SIZE(foreign_abis); i++) {
		if (foreign_abis[i].native == native)
			return foreign_abis[i].foreign;
	}
	return 0;
}

static void add_jump(struct seccomp_block *block, uint16_t test, uint32_t k, size_t jump_true,
		     size_t jump_false)
{
	seccomp_block_add(block, BPF_JMP | test | BPF_K, (uint8_t)jump_true, (uint8_t)jump_false,
			  k);
}

/* Whether a value takes part: openings add to what is allowed, and take from what is refused. */
static bool takes_part(const struct floor_check *check,
		       const struct floor_value *value, unsigned int openings)
{
	bool opened = (value->opening & openings) != 0;

	if (value->opening == SECCOMP_FLOOR_ALWAYS)
		return true;
	return check->test == LISTED ? !opened : opened;
}

/*
 * Compares, then "return errno", or "return allow" for PASSED; the call goes on behind it if the
 * check has nothing to say.
 */
static void add_test(struct seccomp_block *block, const struct floor_check *check,
		     unsigned int openings)
{
	size_t left = 0;

	seccomp_block_load_argument(block, check->argument);
	if (check->test == ANY_BIT) {
		add_jump(block, BPF_JSET, check->mask, 0, 1);
		seccomp_block_return(block, SECCOMP_RET_ERRNO | (uint32_t)check->errnum);
		return;
	}

	if (check->mask != SECCOMP_FLOOR_EVERY_BIT)
		seccomp_block_add(block, BPF_ALU | BPF_AND | BPF_K, 0, 0, check->mask);
	for (size_t i = 0; i < check->value_count; i++)
		left += takes_part(check, &check->values[i], openings);
	for (size_t i = 0; i < check->value_count; i++) {
		if (!takes_part(check, &check->values[i], openings))
			continue;
		/* A hit goes behind the return; on a deny-list over the jump in front of it. */
		add_jump(block, BPF_JEQ, check->values[i].value, left, 0);
		left--;
	}
	if (check->test != NOT_LISTED)
		seccomp_block_add(block, BPF_JMP | BPF_JA, 0, 0, 1);
	seccomp_block_return(block, check->test == PASSED ? SECCOMP_RET_ALLOW :
				    SECCOMP_RET_ERRNO | (uint32_t)check->errnum);
}

static void add_check(struct seccomp_block *block, const struct floor_check *check,
		      unsigned int openings)
{
	size_t guard;

	if (check->guard < 0) {
		add_test(block, check, openings);
		return;
	}
	seccomp_block_load_argument(block, (unsigned int)check->guard);
	add_jump(block, BPF_JEQ, check->guard_value, 1, 0);
	guard = block->count;
	seccomp_block_add(block, BPF_JMP | BPF_JA, 0, 0, 0);
	add_test(block, check, openings);
	block->insns[guard].k = (uint32_t)(block->count - guard - 1);
}

static bool starts_call(size_t row)
{
	return row == 0 || strcmp(floor_checks[row - 1].name, floor_checks[row].name) != 0;
}

/*
 * Appends the checks behind a tree, and turns its markers into jumps: the row of a call's first
 * check to that check, OTHER_ABI behind everything.
 */
static void add_checks(struct seccomp_block *block, size_t tree, unsigned int openings)
{
	size_t starts[SECCOMP_FLOOR_CHECKS] = { 0 };
	size_t end = block->count;

	for (size_t i = 0; i < SECCOMP_FLOOR_CHECKS; i++) {
		if (starts_call(i)) {
			if (i > 0)
				seccomp_block_return(block, SECCOMP_RET_ALLOW);
			starts[i] = block->count;
		}
		add_check(block, &floor_checks[i], openings);
	}
	seccomp_block_return(block, SECCOMP_RET_ALLOW);

	for (size_t i = tree; i < end; i++) {
		struct sock_filter *insn = &block->insns[i];
		size_t row = insn->k & SECCOMP_RET_DATA;

		if (insn->code != (BPF_RET | BPF_K) ||
		    (insn->k & SECCOMP_RET_ACTION_FULL) != SECCOMP_RET_TRACE)
			continue;
		insn->code = BPF_JMP | BPF_JA;
		insn->k = (uint32_t)((row == OTHER_ABI ? block->count : starts[row]) - i - 1);
	}
}

static int add_rule(scmp_filter_ctx context, uint32_t token, const char *name, uint32_t action,
		    struct error *err)
{
	int number = seccomp_numbers_native(name);
	int result;

	/* For another ABI libseccomp translates by name: it must know it there. */
	if (number == __NR_SCMP_ERROR || seccomp_numbers_of(token, name) == __NR_SCMP_ERROR)
		return 0;
	result = libseccomp->rule_add_array(context, action, number, 0, NULL);
	if (result < 0 && result != -EDOM)
		return error_set(err, ERROR_SYSTEM, -result, "seccomp floor: rule for %s", name);
	return 0;
}

static int add_rules(scmp_filter_ctx context, uint32_t token, unsigned int openings,
		     struct error *err)
{
	for (size_t i = 0; i < floor_denied_count; i++) {
		if (floor_denied[i].opening & openings)
			continue;
		if (add_rule(context, token, floor_denied[i].name,
			     SCMP_ACT_ERRNO((uint32_t)floor_denied[i].errnum), err) < 0)
			return -1;
	}
	for (size_t i = 0; i < SECCOMP_FLOOR_CHECKS; i++) {
		if (starts_call(i) &&
		    add_rule(context, token, floor_checks[i].name, SCMP_ACT_TRACE((uint32_t)i),
			     err) < 0)
			return -1;
	}
	return 0;
}

static void release(scmp_filter_ctx *context)
{
	if (*context != NULL)
		libseccomp->release(*context);
}

/* The tree of one ABI with its checks. A call of any other ABI gets @other. */
static int add_tree(uint32_t token, uint32_t other, unsigned int openings,
		    struct seccomp_block *block, struct error *err)
{
	__attribute__((cleanup(release))) scmp_filter_ctx context = libseccomp->init(SCMP_ACT_ALLOW);
	bool foreign = token != libseccomp->arch_native();
	size_t tree = block->count;

	if (context == NULL)
		return error_set(err, ERROR_SYSTEM, ENOMEM, "seccomp floor: start a filter");
	if (libseccomp->attr_set(context, SCMP_FLTATR_ACT_BADARCH, other) < 0 ||
	    libseccomp->attr_set(context, SCMP_FLTATR_CTL_OPTIMIZE, 2) < 0)
		return error_set(err, ERROR_HOST, 0, "seccomp floor: libseccomp is too old");
	if (foreign && (libseccomp->arch_add(context, token) < 0 ||
			libseccomp->arch_remove(context, SCMP_ARCH_NATIVE) < 0))
		return error_set(err, ERROR_HOST, 0, "seccomp floor: no filter for ABI %#x", token);
	if (add_rules(context, token, openings, err) < 0)
		return -1;
	if (seccomp_block_export(block, context, err) < 0)
		return -1;
	add_checks(block, tree, openings);
	return 0;
}

/* In front of the trees, as a tree could only list what is known, not the gaps between. */
static int add_unknown(uint32_t token, struct seccomp_block *block, struct error *err)
{
	const struct seccomp_range *known;
	struct seccomp_range ranges[4];
	size_t count = seccomp_numbers_known(token, &known);

	if (count == 0 || count > ARRAY_SIZE(ranges))
		return error_set(err, ERROR_HOST, 0,
				 "seccomp floor: architecture %#x is not supported", token);
	for (size_t i = 0; i < count; i++) {
		ranges[i] = known[i];
		if (ranges[i].last == SECCOMP_NUMBERS_LAST)
			ranges[i].last = seccomp_numbers_last(token);
	}
	seccomp_block_unknown(block, token, 0, ranges, count);
	return 0;
}

static void refuse_socketcall(uint32_t token, struct seccomp_block *block)
{
	int number = seccomp_numbers_of(token, "socketcall");

	if (number < 0)
		return;
	seccomp_block_load(block, offsetof(struct seccomp_data, arch));
	add_jump(block, BPF_JEQ, token, 0, 3);
	seccomp_block_load(block, offsetof(struct seccomp_data, nr));
	add_jump(block, BPF_JEQ, (uint32_t)number, 0, 1);
	seccomp_block_return(block, SECCOMP_RET_ERRNO | ENOSYS);
}

int seccomp_floor_compile(unsigned int openings, struct seccomp_block *block, struct error *err)
{
	auto_seccomp_block floor = SECCOMP_BLOCK_INIT;
	uint32_t native;
	uint32_t foreign;

	if (libseccomp_load(err))
		return -1;
	native = libseccomp->arch_native();
	foreign = (openings & POLICY_OPEN_ABI_32) ? seccomp_floor_foreign() : 0;
	if (foreign != 0) {
		if (add_unknown(foreign, &floor, err) < 0)
			return -1;
		refuse_socketcall(foreign, &floor);
		if (add_tree(foreign, SCMP_ACT_TRACE(OTHER_ABI), openings, &floor, err) < 0)
			return -1;
	}
	if (add_unknown(native, &floor, err) < 0 ||
	    add_tree(native, SCMP_ACT_KILL_PROCESS, openings, &floor, err) < 0)
		return -1;

	seccomp_block_fall_through(&floor);
	seccomp_block_append(block, &floor);
	return 0;
}

bool seccomp_floor_names(const char *name)
{
	for (size_t i = 0; i < floor_denied_count; i++) {
		if (strcmp(floor_denied[i].name, name) == 0)
			return true;
	}
	for (size_t i = 0; i < SECCOMP_FLOOR_CHECKS; i++) {
		if (strcmp(floor_checks[i].name, name) == 0)
			return true;
	}
	return false;
}

const char *seccomp_floor_lets(unsigned int openings, size_t *row)
{
	while (*row < SECCOMP_FLOOR_CHECKS) {
		size_t i = (*row)++;

		if (starts_call(i))
			return floor_checks[i].name;
	}
	while (*row < SECCOMP_FLOOR_CHECKS + floor_denied_count) {
		const struct floor_denied *rule = &floor_denied[(*row)++ - SECCOMP_FLOOR_CHECKS];

		if (rule->opening & openings)
			return rule->name;
	}
	return NULL;
}

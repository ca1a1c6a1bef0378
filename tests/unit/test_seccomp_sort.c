/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * A filter and its sorted form give every call the same. Numbers and ABIs are tried one by one;
 * arguments take the values that the filter compares with, their neighbours, and others, each by
 * itself and then in random company.
 */
#include <errno.h>
#include <sys/syscall.h>

#include "filter_machine.h"

#include "base/cleanup.h"
#include "run/seccomp.h"
#include "src/run/seccomp_block.h"
#include "src/run/seccomp_default.h"
#include "src/run/seccomp_floor.h"
#include "src/run/seccomp_profile.h"
#include "src/run/seccomp_sort.h"

#define VALUES_MAX 8192
#define X32 0x40000000u

struct values {
	size_t count;
	uint32_t items[VALUES_MAX];
};

/* The same ones in every run. */
static uint64_t seed = 1;

static uint32_t draw(uint32_t below)
{
	seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(seed >> 33) % below;
}

static void copy(struct seccomp_block *out, const struct seccomp_block *in)
{
	seccomp_block_append(out, in);
}

/* Everything the filter has as an operand, and what is beside it. */
static void collect(const struct seccomp_block *block, struct values *values)
{
	values->count = 0;
	for (size_t i = 0; i < block->count; i++) {
		const struct sock_filter *insn = &block->insns[i];

		if (BPF_CLASS(insn->code) != BPF_JMP || insn->code == (BPF_JMP | BPF_JA))
			continue;
		for (uint32_t near = insn->k - 1; near != insn->k + 2; near++) {
			bool known = false;

			for (size_t j = 0; j < values->count && !known; j++)
				known = values->items[j] == near;
			if (known)
				continue;
			assert_true(values->count < VALUES_MAX);
			values->items[values->count++] = near;
		}
	}
}

static void compare(const struct seccomp_block *plain, const struct seccomp_block *sorted,
		    const struct seccomp_data *call)
{
	uint32_t wanted = filter_run(plain->insns, plain->count, call);
	uint32_t got = filter_run(sorted->insns, sorted->count, call);

	if (wanted != got)
		fail_msg("ABI %#x, number %#x, arguments %#llx %#llx %#llx: %#x, expected %#x",
			 call->arch, (unsigned int)call->nr, (unsigned long long)call->args[0],
			 (unsigned long long)call->args[1], (unsigned long long)call->args[2], got,
			 wanted);
}

static uint64_t draw_argument(const struct values *values)
{
	uint64_t low = draw(4) ? values->items[draw((uint32_t)values->count)] : draw(UINT32_MAX);

	return draw(4) ? low : low | (uint64_t)values->items[draw((uint32_t)values->count)] << 32;
}

/* One call with all its arguments; @samples draws of several at once. */
static void compare_arguments(const struct seccomp_block *plain, const struct seccomp_block *sorted,
			      const struct values *values, struct seccomp_data *call,
			      unsigned int samples)
{
	for (unsigned int argument = 0; argument < 6; argument++) {
		for (size_t i = 0; i < values->count; i++) {
			call->args[argument] = values->items[i];
			compare(plain, sorted, call);
			call->args[argument] |= UINT64_C(1) << 32;
			compare(plain, sorted, call);
		}
		call->args[argument] = 0;
	}
	for (unsigned int i = 0; i < samples; i++) {
		for (unsigned int argument = 0; argument < 6; argument++)
			call->args[argument] = draw(3) ? draw_argument(values) : 0;
		compare(plain, sorted, call);
	}
	memset(call->args, 0, sizeof(call->args));
}

/* Whether the filter looks at arguments of this call: else one of them stands for all. */
static bool looks_at_arguments(const struct seccomp_block *plain, const struct seccomp_data *call)
{
	for (size_t pc = 0; pc < plain->count; pc++) {
		const struct sock_filter *insn = &plain->insns[pc];
		static uint32_t a;

		if (insn->code == (BPF_LD | BPF_W | BPF_ABS)) {
			if (insn->k > offsetof(struct seccomp_data, arch))
				return true;
			a = insn->k == 0 ? (uint32_t)call->nr : call->arch;
		} else if (insn->code == (BPF_JMP | BPF_JA)) {
			pc += insn->k;
		} else if (BPF_CLASS(insn->code) == BPF_JMP) {
			pc += filter_compare(insn, a) ? insn->jt : insn->jf;
		} else {
			return false;
		}
	}
	return false;
}

static void compare_call(const struct seccomp_block *plain, const struct seccomp_block *sorted,
			 const struct values *values, uint32_t arch, uint32_t nr)
{
	struct seccomp_data call = { .arch = arch, .nr = (int)nr };

	compare(plain, sorted, &call);
	if (looks_at_arguments(plain, &call))
		compare_arguments(plain, sorted, values, &call, 3000);
}

static void compare_all(const struct seccomp_block *plain, const struct seccomp_block *sorted)
{
	static const uint32_t archs[] = { AUDIT_ARCH_X86_64, AUDIT_ARCH_I386, AUDIT_ARCH_AARCH64,
					  AUDIT_ARCH_ARM, 0, UINT32_MAX };
	static struct values values;

	collect(plain, &values);
	for (size_t i = 0; i < ARRAY_SIZE(archs); i++) {
		for (uint32_t nr = 0; nr < 600; nr++) {
			compare_call(plain, sorted, &values, archs[i], nr);
			compare_call(plain, sorted, &values, archs[i], X32 | nr);
		}
		for (size_t j = 0; j < values.count; j++)
			compare_call(plain, sorted, &values, archs[i], values.items[j]);
	}
}

/* A floor, a profile behind it, or both. */
static void build(struct seccomp_block *out, const struct seccomp_profile *profile)
{
	struct error err = ERROR_INIT;

	if (profile->floor && seccomp_floor_compile(profile->openings, out, &err) < 0)
		fail_msg("%s", err.message);
	if (profile->spec == NULL)
		seccomp_block_return(out, SECCOMP_RET_ALLOW);
	else if (seccomp_profile_compile(profile, out, &err) < 0)
		fail_msg("%s", err.message);
}

static struct spec_seccomp three_abis(void)
{
	static const char *names[] = { "SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32" };
	struct spec_seccomp spec = *seccomp_default();

	spec.architectures = (struct spec_strings){ .count = ARRAY_SIZE(names), .items = names };
	return spec;
}

static void floors_and_profiles_stay_what_they_are(void **state)
{
	const struct spec_seccomp wide = three_abis();
	const struct seccomp_profile profiles[] = {
		{ .floor = true },
		{ .floor = true, .openings = ~0u },
		{ .floor = true, .spec = seccomp_default(), .is_default = true },
		{ .floor = true, .spec = seccomp_default(), .is_default = true, .openings = ~0u },
		{ .floor = true, .spec = &wide, .openings = POLICY_OPEN_ABI_32 },
		{ .spec = &wide },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(profiles); i++) {
		auto_seccomp_block plain = SECCOMP_BLOCK_INIT;
		auto_seccomp_block sorted = SECCOMP_BLOCK_INIT;

		build(&plain, &profiles[i]);
		copy(&sorted, &plain);
		assert_true(seccomp_sort(&sorted));
		compare_all(&plain, &sorted);
	}
}

/* How many instructions a call without arguments takes. */
static size_t steps_of(const struct seccomp_block *block, uint32_t arch, uint32_t nr)
{
	struct seccomp_data call = { .arch = arch, .nr = (int)nr };
	size_t steps = 0;
	uint32_t a = 0;

	for (size_t pc = 0; pc < block->count; pc++) {
		const struct sock_filter *insn = &block->insns[pc];

		steps++;
		if (BPF_CLASS(insn->code) == BPF_RET)
			break;
		if (insn->code == (BPF_LD | BPF_W | BPF_ABS))
			memcpy(&a, (const char *)&call + insn->k, sizeof(a));
		else if (insn->code == (BPF_JMP | BPF_JA))
			pc += insn->k;
		else if (BPF_CLASS(insn->code) == BPF_JMP)
			pc += filter_compare(insn, a) ? insn->jt : insn->jf;
		else
			a &= insn->k;
	}
	return steps;
}

static void a_number_is_found_in_few_steps(void **state)
{
	const struct spec_seccomp wide = three_abis();
	const struct seccomp_profile profiles[] = {
		{ .floor = true, .spec = seccomp_default(), .is_default = true },
		{ .spec = &wide },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(profiles); i++) {
		auto_seccomp_block block = SECCOMP_BLOCK_INIT;
		size_t before;
		size_t sum = 0;

		build(&block, &profiles[i]);
		before = block.count;
		assert_true(seccomp_sort(&block));
		assert_true(block.count < before);
		for (uint32_t nr = 0; nr < 470; nr++)
			sum += steps_of(&block, AUDIT_ARCH_X86_64, nr);
		assert_in_range(sum / 470, 4, 16);
	}
}

/* ---- filters that nobody would write */

static void draw_insn(struct seccomp_block *block, uint32_t left)
{
	static const uint16_t tests[] = { BPF_JEQ, BPF_JGT, BPF_JGE, BPF_JSET };
	static const uint32_t fields[] = { 0, 4, 16, 20, 24 };
	uint32_t reach = left < 12 ? left : 12;

	switch (draw(8)) {
	case 0:
		seccomp_block_return(block, SECCOMP_RET_ERRNO | draw(4));
		break;
	case 1:
		seccomp_block_add(block, BPF_JMP | BPF_JA, 0, 0, draw(reach));
		break;
	case 2:
		seccomp_block_add(block, BPF_ALU | BPF_AND | BPF_K, 0, 0, draw(8));
		break;
	case 3:
	case 4:
		seccomp_block_load(block, fields[draw(ARRAY_SIZE(fields))]);
		break;
	default:
		seccomp_block_add(block, (uint16_t)(BPF_JMP | tests[draw(4)] | BPF_K),
				  (uint8_t)draw(reach), (uint8_t)draw(reach), draw(6));
		break;
	}
}

static void draw_filter(struct seccomp_block *block)
{
	uint32_t count = 3 + draw(40);

	seccomp_block_load(block, draw(2) * 4);
	for (uint32_t i = 1; i < count; i++)
		draw_insn(block, count - i);
	seccomp_block_return(block, SECCOMP_RET_ERRNO | draw(4));
}

static void compare_small(const struct seccomp_block *plain, const struct seccomp_block *sorted)
{
	for (uint32_t i = 0; i < 2401; i++) {
		const struct seccomp_data call = {
			.nr = (int)(i % 7), .arch = i / 7 % 7,
			.args = { i / 49 % 7 | (uint64_t)(i % 3) << 32, i / 343 },
		};

		compare(plain, sorted, &call);
	}
}

static void any_filter_stays_what_it_is(void **state)
{
	size_t sorted_count = 0;

	(void)state;
	for (int i = 0; i < 4000; i++) {
		auto_seccomp_block plain = SECCOMP_BLOCK_INIT;
		auto_seccomp_block sorted = SECCOMP_BLOCK_INIT;

		draw_filter(&plain);
		copy(&sorted, &plain);
		sorted_count += seccomp_sort(&sorted);
		compare_small(&plain, &sorted);
	}
	assert_in_range(sorted_count, 1000, 4000);
}

/* Where two ways meet, the same comparison is another question. */
static void ways_that_meet_keep_what_they_hold(void **state)
{
#define LOAD(k) { BPF_LD | BPF_W | BPF_ABS, 0, 0, k }
#define JUMP(op, jt, jf, k) { BPF_JMP | (op) | BPF_K, jt, jf, k }
#define MEET JUMP(BPF_JEQ, 0, 1, 5), { BPF_RET | BPF_K, 0, 0, 1 }, { BPF_RET | BPF_K, 0, 0, 2 }
	static const struct sock_filter filters[][8] = {
		{ LOAD(16), JUMP(BPF_JEQ, 0, 2, 1), LOAD(20), JUMP(BPF_JA, 0, 0, 1), LOAD(24),
		  MEET },
		{ LOAD(16), JUMP(BPF_JGT, 0, 2, 8), LOAD(24), JUMP(BPF_JA, 0, 0, 1),
		  { BPF_ALU | BPF_AND | BPF_K, 0, 0, 7 }, MEET },
		{ LOAD(16), JUMP(BPF_JGT, 0, 2, 8), { BPF_ALU | BPF_AND | BPF_K, 0, 0, 13 },
		  JUMP(BPF_JA, 0, 0, 1), { BPF_ALU | BPF_AND | BPF_K, 0, 0, 7 }, MEET },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(filters); i++) {
		auto_seccomp_block plain = SECCOMP_BLOCK_INIT;
		auto_seccomp_block sorted = SECCOMP_BLOCK_INIT;

		for (size_t j = 0; j < ARRAY_SIZE(filters[i]); j++)
			seccomp_block_add(&plain, filters[i][j].code, filters[i][j].jt,
					  filters[i][j].jf, filters[i][j].k);
		copy(&sorted, &plain);
		assert_true(seccomp_sort(&sorted));
		for (uint64_t value = 0; value < 1377; value++) {
			const struct seccomp_data call = {
				.args = { value % 17 | value / 17 % 9 << 32, value / 153 },
			};

			compare(&plain, &sorted, &call);
		}
	}
}

/* More answers than short jumps reach. */
static void long_ways_are_jumped(void **state)
{
	auto_seccomp_block plain = SECCOMP_BLOCK_INIT;
	auto_seccomp_block sorted = SECCOMP_BLOCK_INIT;

	(void)state;
	seccomp_block_load(&plain, offsetof(struct seccomp_data, nr));
	for (uint32_t nr = 0; nr < 590; nr++) {
		seccomp_block_add(&plain, BPF_JMP | BPF_JEQ | BPF_K, 0, 3, nr);
		seccomp_block_load_argument(&plain, nr % 3);
		seccomp_block_add(&plain, BPF_JMP | BPF_JGT | BPF_K, 0, 1, nr % 60);
		seccomp_block_return(&plain, SECCOMP_RET_ERRNO | nr % 170);
		seccomp_block_load(&plain, offsetof(struct seccomp_data, nr));
	}
	seccomp_block_return(&plain, SECCOMP_RET_ALLOW);
	copy(&sorted, &plain);
	assert_true(seccomp_sort(&sorted));
	for (uint32_t nr = 0; nr < 600; nr++)
		for (uint64_t value = 0; value < 61; value += value < 2 || value > 57 ? 1 : 7) {
			const struct seccomp_data call = { .nr = (int)nr,
							   .args = { value, value, value } };

			compare(&plain, &sorted, &call);
		}
}

static void what_cannot_be_sorted_is_left_as_it_is(void **state)
{
#define RETURN { BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW }
	static const struct sock_filter bad[][4] = {
		{ LOAD(0), JUMP(BPF_JSET, 0, 0, 1), RETURN, RETURN },
		{ LOAD(4), JUMP(BPF_JGE, 0, 0, 1), RETURN, RETURN },
		{ LOAD(0), { BPF_ALU | BPF_AND | BPF_K, 0, 0, 1 }, RETURN, RETURN },
		{ LOAD(16), { BPF_MISC | BPF_TAX, 0, 0, 0 }, RETURN, RETURN },
		{ LOAD(16), { BPF_JMP | BPF_JEQ | BPF_X, 0, 0, 0 }, RETURN, RETURN },
		{ LOAD(16), { BPF_RET | BPF_A, 0, 0, 0 }, RETURN, RETURN },
		{ JUMP(BPF_JEQ, 0, 0, 1), RETURN, RETURN, RETURN },
		{ LOAD(0), JUMP(BPF_JEQ, 2, 0, 1), RETURN, RETURN },
		{ LOAD(0), JUMP(BPF_JA, 0, 0, 2), RETURN, RETURN },
		{ LOAD(0), LOAD(0), LOAD(0), LOAD(0) },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		auto_seccomp_block block = SECCOMP_BLOCK_INIT;

		for (size_t j = 0; j < ARRAY_SIZE(bad[i]); j++)
			seccomp_block_add(&block, bad[i][j].code, bad[i][j].jt, bad[i][j].jf,
					  bad[i][j].k);
		if (seccomp_sort(&block))
			fail_msg("row %zu was sorted", i);
		assert_int_equal(block.count, 4);
		assert_memory_equal(block.insns, bad[i], sizeof(bad[i]));
	}
}

static void a_vast_filter_is_left_as_it_is(void **state)
{
	auto_seccomp_block block = SECCOMP_BLOCK_INIT;

	(void)state;
	assert_false(seccomp_sort(&block));
	for (size_t i = 0; i <= SECCOMP_INSNS_MAX; i++)
		seccomp_block_return(&block, SECCOMP_RET_ALLOW);
	assert_false(seccomp_sort(&block));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(floors_and_profiles_stay_what_they_are),
		cmocka_unit_test(a_number_is_found_in_few_steps),
		cmocka_unit_test(any_filter_stays_what_it_is),
		cmocka_unit_test(ways_that_meet_keep_what_they_hold),
		cmocka_unit_test(long_ways_are_jumped),
		cmocka_unit_test(what_cannot_be_sorted_is_left_as_it_is),
		cmocka_unit_test(a_vast_filter_is_left_as_it_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

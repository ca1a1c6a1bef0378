/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "kernel/bpf.h"
#include "kernel/call.h"
#include "skip.h"

#define R BPF_DEVICE_READ
#define W BPF_DEVICE_WRITE
#define M BPF_DEVICE_MKNOD

/** What the kernel asks a program about. */
struct request {
	char type;
	uint32_t major;
	uint32_t minor;
	unsigned int access;
};

/*
 * An interpreter for the instructions the programs use, with the kernel's semantics: 32-bit
 * operations clear the upper half. Anything else, and any jump that is not forward, fails.
 */
static int interpret(const struct bpf_program *program, const struct request *request)
{
	const struct bpf_cgroup_dev_ctx context = {
		.access_type = request->access << 16 |
			       (request->type == 'b' ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR),
		.major = request->major,
		.minor = request->minor,
	};
	uint64_t registers[11];

	memset(registers, 0xa5, sizeof(registers));	/* as good as unset */
	for (size_t next = 0; next < program->count; next++) {
		const struct bpf_insn *insn = &program->insns[next];
		uint64_t *to = &registers[insn->dst_reg];
		uint32_t value = (uint32_t)insn->imm;
		bool jump = false;

		switch (insn->code) {
		case BPF_LDX | BPF_MEM | BPF_W:
			assert_int_equal(insn->src_reg, BPF_REG_1);
			assert_true(insn->off >= 0 && (size_t)insn->off <= sizeof(context) - 4);
			memcpy(&value, (const char *)&context + insn->off, 4);
			*to = value;
			break;
		case BPF_ALU | BPF_MOV | BPF_X:
			*to = (uint32_t)registers[insn->src_reg];
			break;
		case BPF_ALU64 | BPF_MOV | BPF_K:
			*to = (uint64_t)(int64_t)insn->imm;
			break;
		case BPF_ALU64 | BPF_MOV | BPF_X:
			*to = registers[insn->src_reg];
			break;
		case BPF_ALU64 | BPF_LSH | BPF_K:
			*to <<= value;
			break;
		case BPF_ALU64 | BPF_OR | BPF_X:
			*to |= registers[insn->src_reg];
			break;
		case BPF_LD | BPF_IMM | BPF_DW:
			assert_true(++next < program->count);
			assert_int_equal(insn[1].code, 0);
			*to = value | (uint64_t)(uint32_t)insn[1].imm << 32;
			break;
		case BPF_JMP | BPF_JEQ | BPF_X:
			jump = *to == registers[insn->src_reg];
			break;
		case BPF_ALU | BPF_AND | BPF_K:
			*to = (uint32_t)*to & value;
			break;
		case BPF_ALU | BPF_RSH | BPF_K:
			*to = (uint32_t)*to >> value;
			break;
		case BPF_JMP32 | BPF_JNE | BPF_K:
			jump = (uint32_t)*to != value;
			break;
		case BPF_JMP32 | BPF_JEQ | BPF_K:
			jump = (uint32_t)*to == value;
			break;
		case BPF_JMP32 | BPF_JSET | BPF_K:
			jump = (uint32_t)*to & value;
			break;
		case BPF_JMP | BPF_EXIT:
			return (int)registers[BPF_REG_0];
		default:
			fail_msg("instruction %#x", insn->code);
		}
		if (BPF_CLASS(insn->code) == BPF_JMP32 || BPF_CLASS(insn->code) == BPF_JMP) {
			assert_true(insn->off >= 0);
			assert_true(next + 1 + (size_t)insn->off < program->count);
			if (jump)
				next += (size_t)insn->off;
		}
	}
	fail_msg("ran past the end");
	return -1;
}

/* The meaning, written down as plainly as the specification puts it: access by access. */
static int expected(const struct bpf_device_rule *rules, size_t count,
		    const struct request *request)
{
	for (unsigned int bit = 1; bit <= BPF_DEVICE_ALL; bit <<= 1) {
		bool allowed = false;

		if (!(request->access & bit))
			continue;
		for (size_t i = 0; i < count; i++) {
			const struct bpf_device_rule *rule = &rules[i];

			if ((rule->type == 'a' || rule->type == request->type) &&
			    (rule->major == -1 || rule->major == (int64_t)request->major) &&
			    (rule->minor == -1 || rule->minor == (int64_t)request->minor) &&
			    (rule->access & bit))
				allowed = rule->allow;
		}
		if (!allowed)
			return 0;
	}
	return 1;
}

static const uint32_t numbers[] = { 0, 1, 3, 5, 0x7fffffff, 0x80000000u, UINT32_MAX };

/* Compares program and meaning for every request that the numbers above make. */
static void check_all_requests(const struct bpf_device_rule *rules, size_t count)
{
	auto_bpf_program program = BPF_PROGRAM_INIT;

	assert_int_equal(bpf_device_program(rules, count, &program, NULL), 0);
	for (size_t i = 0; i < ARRAY_SIZE(numbers) * ARRAY_SIZE(numbers) * 16; i++) {
		const struct request request = {
			.type = i & 8 ? 'b' : 'c',
			.access = i & 7,
			.major = numbers[i / 16 % ARRAY_SIZE(numbers)],
			.minor = numbers[i / 16 / ARRAY_SIZE(numbers)],
		};

		assert_int_equal(interpret(&program, &request), expected(rules, count, &request));
	}
}

static void the_truth_table_holds(void **state)
{
	static const struct {
		struct bpf_device_rule rules[4];
		size_t count;
		struct request request;
		int verdict;
	} cases[] = {
		/* no rule: nothing */
		{ { { 0 } }, 0, { 'c', 1, 3, R }, 0 },
		/* a request for no access */
		{ { { 0 } }, 0, { 'c', 1, 3, 0 }, 1 },
		/* one device, some accesses */
		{ { { true, 'c', 1, 3, R | W } }, 1, { 'c', 1, 3, R | W }, 1 },
		{ { { true, 'c', 1, 3, R | W } }, 1, { 'c', 1, 3, R }, 1 },
		{ { { true, 'c', 1, 3, R | W } }, 1, { 'c', 1, 3, R | M }, 0 },
		{ { { true, 'c', 1, 3, R | W } }, 1, { 'b', 1, 3, R }, 0 },
		{ { { true, 'c', 1, 3, R | W } }, 1, { 'c', 2, 3, R }, 0 },
		{ { { true, 'c', 1, 3, R | W } }, 1, { 'c', 1, 4, R }, 0 },
		/* two rules together allow what neither does alone */
		{ { { true, 'c', 1, 3, R }, { true, 'c', 1, -1, W } }, 2, { 'c', 1, 3, R | W }, 1 },
		/* the later rule wins, for the accesses it names only */
		{ { { true, 'a', -1, -1, R | W | M }, { false, 'c', 1, 3, W } }, 2,
		  { 'c', 1, 3, R | M }, 1 },
		{ { { true, 'a', -1, -1, R | W | M }, { false, 'c', 1, 3, W } }, 2,
		  { 'c', 1, 3, R | W }, 0 },
		{ { { false, 'c', 1, 3, W }, { true, 'a', -1, -1, R | W | M } }, 2,
		  { 'c', 1, 3, R | W }, 1 },
		{ { { true, 'c', 1, 3, R | W }, { false, 'c', 1, 3, R | W },
		    { true, 'c', 1, 3, R } },
		  3, { 'c', 1, 3, R }, 1 },
		{ { { true, 'c', 1, 3, R | W }, { false, 'c', 1, 3, R | W },
		    { true, 'c', 1, 3, R } },
		  3, { 'c', 1, 3, W }, 0 },
		/* what engines send: deny all, then a list */
		{ { { false, 'a', -1, -1, R | W | M }, { true, 'c', -1, -1, M },
		    { true, 'b', -1, -1, M }, { true, 'c', 1, 3, R | W | M } }, 4,
		  { 'b', 8, 0, M }, 1 },
		{ { { false, 'a', -1, -1, R | W | M }, { true, 'c', -1, -1, M },
		    { true, 'b', -1, -1, M }, { true, 'c', 1, 3, R | W | M } }, 4,
		  { 'b', 8, 0, R }, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_bpf_program program = BPF_PROGRAM_INIT;

		assert_int_equal(bpf_device_program(cases[i].rules, cases[i].count, &program, NULL),
				 0);
		assert_int_equal(interpret(&program, &cases[i].request), cases[i].verdict);
		assert_int_equal(expected(cases[i].rules, cases[i].count, &cases[i].request),
				 cases[i].verdict);
		check_all_requests(cases[i].rules, cases[i].count);
	}
}

static void random_lists_mean_the_same_to_the_program(void **state)
{
	static const int64_t choices[] = { -1, 0, 1, 3, 0x80000000, UINT32_MAX };
	unsigned int seed = 1;

	(void)state;
	for (int round = 0; round < 300; round++) {
		struct bpf_device_rule rules[8];
		size_t count = (size_t)rand_r(&seed) % (ARRAY_SIZE(rules) + 1);

		for (size_t i = 0; i < count; i++)
			rules[i] = (struct bpf_device_rule){
				.allow = rand_r(&seed) % 3 != 0,
				.type = "abc"[rand_r(&seed) % 3],
				.major = choices[(size_t)rand_r(&seed) % ARRAY_SIZE(choices)],
				.minor = choices[(size_t)rand_r(&seed) % ARRAY_SIZE(choices)],
				.access = rand_r(&seed) % 2 ? R | W | M :
					  1 + (unsigned int)rand_r(&seed) % 7,
			};
		check_all_requests(rules, count);
	}
}

static void the_longest_list_still_jumps_to_its_end(void **state)
{
	static struct bpf_device_rule rules[BPF_DEVICE_RULES_MAX + 1];
	struct error err = ERROR_INIT;
	auto_bpf_program program = BPF_PROGRAM_INIT;
	const struct request last = { 'c', 1, 0, R };
	const struct request none = { 'c', 2, 0, R };
	const struct request nothing = { 'c', 2, 0, 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rules); i++)
		rules[i] = (struct bpf_device_rule){ true, 'c', 1, (int64_t)i, R };
	assert_int_equal(bpf_device_program(rules, BPF_DEVICE_RULES_MAX, &program, &err), 0);
	assert_int_equal(interpret(&program, &last), 1);
	assert_int_equal(interpret(&program, &none), 0);
	assert_int_equal(interpret(&program, &nothing), 1);
	bpf_program_free(&program);
	assert_int_equal(bpf_device_program(rules, ARRAY_SIZE(rules), &program, &err), -1);
	assert_int_equal(err.kind, ERROR_SPEC);
}

static void rules_out_of_range_are_refused(void **state)
{
	static const struct bpf_device_rule rules[] = {
		{ true, 'd', 1, 1, R },
		{ true, '\0', 1, 1, R },
		{ true, 'c', -2, 1, R },
		{ true, 'c', 1, -2, R },
		{ true, 'c', INT64_C(4294967296), 1, R },
		{ true, 'c', 1, INT64_C(4294967296), R },
		{ true, 'c', 1, 1, 0 },
		{ true, 'c', 1, 1, 8 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rules); i++) {
		struct bpf_program program = BPF_PROGRAM_INIT;
		struct error err = ERROR_INIT;

		assert_int_equal(bpf_device_program(&rules[i], 1, &program, &err), -1);
		assert_int_equal(err.kind, ERROR_SPEC);
		assert_null(program.insns);
	}
}

/* Loads and attaches in a cgroup of its own; gives the number of the step that failed, or 0. */
static int run_in_kernel(int cgroup)
{
	static const struct bpf_device_rule rules[] = {
		{ true, 'a', -1, -1, R | W | M },
		{ false, 'c', 1, 5, R | W },	/* /dev/zero */
	};
	auto_bpf_program program = BPF_PROGRAM_INIT;
	auto_bpf_program empty = BPF_PROGRAM_INIT;
	struct error err = ERROR_INIT;
	auto_fd first = -1;
	auto_fd second = -1;
	auto_fd found = -1;
	auto_fd device = -1;
	bool attached;

	if (bpf_device_program(rules, ARRAY_SIZE(rules), &program, &err) < 0 ||
	    bpf_device_program(NULL, 0, &empty, &err) < 0)
		return 1;
	first = bpf_device_load(&program, &err);
	second = bpf_device_load(&empty, &err);
	if (first < 0 || second < 0) {
		print_message("# %s\n", err.message);
		return 2;
	}
	if (bpf_device_find(cgroup, &err) >= 0 || err.errnum != ENOENT)
		return 3;
	if (bpf_device_attach(cgroup, first, &err) < 0)
		return 4;
	if (bpf_device_is_attached(cgroup, second, &attached, &err) < 0 || attached)
		return 5;
	if (fd_write_file(cgroup, "cgroup.procs", "0", &err) < 0)
		return 6;
	device = open("/dev/zero", O_RDONLY | O_CLOEXEC);
	if (device >= 0 || errno != EPERM)
		return 7;
	device = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (device < 0)
		return 8;
	close_fd(&device);
	found = bpf_device_find(cgroup, &err);
	if (found < 0)
		return 9;
	if (bpf_device_replace(cgroup, found, second, &err) < 0)
		return 10;
	if (bpf_device_is_attached(cgroup, first, &attached, &err) < 0 || attached)
		return 11;
	device = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (device >= 0 || errno != EPERM)
		return 12;
	if (bpf_device_detach(cgroup, second, &err) < 0)
		return 13;
	device = open("/dev/zero", O_RDONLY | O_CLOEXEC);
	if (device < 0)
		return 14;
	return bpf_device_detach(cgroup, second, &err) < 0 && err.errnum == ENOENT ? 0 : 15;
}

static int enter_kernel(void)
{
	auto_fd cgroup = -1;
	char path[64];
	int result;
	pid_t child;
	int status = 0;

	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("cgroup2", "/mnt", "cgroup2", 0, NULL) < 0)
		return 77;
	(void)snprintf(path, sizeof(path), "/mnt/orlop-test-bpf-%d", (int)getpid());
	if (mkdir(path, 0700) < 0)
		return 77;
	cgroup = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	child = fork();
	if (child == 0)
		_exit(run_in_kernel(cgroup));
	(void)waitpid(child, &status, 0);
	result = WIFEXITED(status) ? WEXITSTATUS(status) : 99;
	(void)rmdir(path);
	return result;
}

static void the_kernel_takes_the_program_and_obeys_it(void **state)
{
	pid_t child;
	int status;

	(void)state;
	if (geteuid() != 0)
		skip_because("needs root");
	child = fork();
	if (child == 0)
		_exit(enter_kernel());
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == 77)
		skip_because("needs a mountable cgroup2");
	assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_truth_table_holds),
		cmocka_unit_test(random_lists_mean_the_same_to_the_program),
		cmocka_unit_test(the_longest_list_still_jumps_to_its_end),
		cmocka_unit_test(rules_out_of_range_are_refused),
		cmocka_unit_test(the_kernel_takes_the_program_and_obeys_it),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

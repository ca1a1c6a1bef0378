/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */

/*
 * The program keeps the accesses that are still undecided in r3 and goes through the rules from
 * the last to the first. A rule that matches decides those of them that it names: to deny one is
 * to deny the request; to allow them takes them out, and when none is left the request passes.
 *
 *	r2 type   r3 undecided accesses   r4 major   r5 minor   r6 major and minor
 *
 * All jumps go forward, to the next rule or to one of the two ends.
 *
 * Most lists name single devices with all accesses. The kernel's check of a program takes time for
 * every jump that may go two ways, so that rules of this kind which follow each other share the
 * one for the type, and have one more each, for both numbers at once.
 */
#include "kernel/bpf.h"

#include <errno.h>
#include <linux/bpf.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/call.h"

#define PROLOGUE_INSNS 10
#define RULE_INSNS_MAX 5
#define SINGLE_INSNS 3
#define EPILOGUE_INSNS 4

/* The longest jump is from the first instruction to the last, and 16 bits wide. */
_Static_assert(PROLOGUE_INSNS + RULE_INSNS_MAX * BPF_DEVICE_RULES_MAX + EPILOGUE_INSNS < INT16_MAX,
	       "jumps reach the end");

#define PROGRAM_NAME "orlop_device"
_Static_assert(sizeof(PROGRAM_NAME) <= BPF_OBJ_NAME_LEN, "the kernel takes the name");

#define PROGRAMS_MAX 64		/* BPF_CGROUP_MAX_PROGS of the kernel */
#define VERIFIER_LOG_SIZE ((size_t)64 * 1024)
#define VERIFIER_LOG_SHOWN 256

enum { R_RESULT = BPF_REG_0, R_CTX, R_TYPE, R_LEFT, R_MAJOR, R_MINOR, R_NUMBERS, R_WANTED };

/** Instructions being written. Capacity is computed before, so there is no check for each. */
struct writer {
	struct bpf_insn *insns;
	size_t count;
	size_t deny;		/* index of the end that denies */
	size_t allow;		/* index of the end that allows */
};

static void emit(struct writer *writer, int code, int destination, int source, int offset,
		 int32_t immediate)
{
	writer->insns[writer->count++] = (struct bpf_insn){
		.code = (uint8_t)code,
		.dst_reg = (uint8_t)destination & 0xf,
		.src_reg = (uint8_t)source & 0xf,
		.off = (int16_t)offset,
		.imm = immediate,
	};
}

/* Jumps to @target if @op holds between 32 bits of a register and @value. */
static void emit_jump(struct writer *writer, int op, int reg, uint32_t value, size_t target)
{
	int offset = (int)(target - writer->count) - 1;

	emit(writer, BPF_JMP32 | op | BPF_K, reg, 0, offset, (int32_t)value);
}

static void emit_end(struct writer *writer, int result)
{
	emit(writer, BPF_ALU64 | BPF_MOV | BPF_K, R_RESULT, 0, 0, result);
	emit(writer, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
}

/* A rule that a later one decides whenever it applies: the verifier need not walk it. */
static bool is_covered(const struct bpf_device_rule *rules, size_t count, size_t index)
{
	const struct bpf_device_rule *rule = &rules[index];

	for (size_t i = index + 1; i < count; i++) {
		const struct bpf_device_rule *later = &rules[i];

		if ((later->type == 'a' || later->type == rule->type) &&
		    (later->major < 0 || later->major == rule->major) &&
		    (later->minor < 0 || later->minor == rule->minor) &&
		    !(rule->access & ~later->access))
			return true;
	}
	return false;
}

static bool is_single(const struct bpf_device_rule *rule)
{
	return rule->type != 'a' && rule->major >= 0 && rule->minor >= 0 &&
	       rule->access == BPF_DEVICE_ALL;
}

/* How many single devices of one type there are at the front of @rules; 0 for any other rule. */
static size_t count_singles(const struct bpf_device_rule *const *rules, size_t count)
{
	size_t singles = 0;

	while (singles < count && is_single(rules[singles]) &&
	       rules[singles]->type == rules[0]->type)
		singles++;
	return singles;
}

static uint32_t type_value(char type)
{
	return type == 'b' ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR;
}

static void emit_singles(struct writer *writer, const struct bpf_device_rule *const *rules,
			 size_t count)
{
	size_t next = writer->count + 1 + SINGLE_INSNS * count;

	emit_jump(writer, BPF_JNE, R_TYPE, type_value(rules[0]->type), next);
	for (size_t i = 0; i < count; i++) {
		size_t end = rules[i]->allow ? writer->allow : writer->deny;

		/* A load of 64 bits is two instructions: the low half, the high one. */
		emit(writer, BPF_LD | BPF_IMM | BPF_DW, R_WANTED, 0, 0,
		     (int32_t)(uint32_t)rules[i]->minor);
		emit(writer, 0, 0, 0, 0, (int32_t)(uint32_t)rules[i]->major);
		emit(writer, BPF_JMP | BPF_JEQ | BPF_X, R_NUMBERS, R_WANTED,
		     (int)(end - writer->count) - 1, 0);
	}
}

static size_t rule_size(const struct bpf_device_rule *rule)
{
	return (rule->type != 'a') + (rule->major >= 0) + (rule->minor >= 0) +
	       (rule->allow ? 2u : 1u);
}

static void emit_rule(struct writer *writer, const struct bpf_device_rule *rule)
{
	size_t next = writer->count + rule_size(rule);

	if (rule->type != 'a')
		emit_jump(writer, BPF_JNE, R_TYPE, type_value(rule->type), next);
	if (rule->major >= 0)
		emit_jump(writer, BPF_JNE, R_MAJOR, (uint32_t)rule->major, next);
	if (rule->minor >= 0)
		emit_jump(writer, BPF_JNE, R_MINOR, (uint32_t)rule->minor, next);
	if (!rule->allow) {
		emit_jump(writer, BPF_JSET, R_LEFT, rule->access, writer->deny);
	} else {
		emit(writer, BPF_ALU | BPF_AND | BPF_K, R_LEFT, 0, 0,
		     (int32_t)(BPF_DEVICE_ALL & ~rule->access));
		emit_jump(writer, BPF_JEQ, R_LEFT, 0, writer->allow);
	}
}

static void emit_prologue(struct writer *writer)
{
	emit(writer, BPF_LDX | BPF_MEM | BPF_W, R_LEFT, R_CTX,
	     offsetof(struct bpf_cgroup_dev_ctx, access_type), 0);
	emit(writer, BPF_LDX | BPF_MEM | BPF_W, R_MAJOR, R_CTX,
	     offsetof(struct bpf_cgroup_dev_ctx, major), 0);
	emit(writer, BPF_LDX | BPF_MEM | BPF_W, R_MINOR, R_CTX,
	     offsetof(struct bpf_cgroup_dev_ctx, minor), 0);
	/* access_type is (access << 16) | type. */
	emit(writer, BPF_ALU | BPF_MOV | BPF_X, R_TYPE, R_LEFT, 0, 0);
	emit(writer, BPF_ALU | BPF_AND | BPF_K, R_TYPE, 0, 0, 0xffff);
	emit(writer, BPF_ALU | BPF_RSH | BPF_K, R_LEFT, 0, 0, 16);
	emit_jump(writer, BPF_JEQ, R_LEFT, 0, writer->allow);
	emit(writer, BPF_ALU64 | BPF_MOV | BPF_X, R_NUMBERS, R_MAJOR, 0, 0);
	emit(writer, BPF_ALU64 | BPF_LSH | BPF_K, R_NUMBERS, 0, 0, 32);
	emit(writer, BPF_ALU64 | BPF_OR | BPF_X, R_NUMBERS, R_MINOR, 0, 0);
}

static size_t body_size(const struct bpf_device_rule *const *rules, size_t count)
{
	size_t size = PROLOGUE_INSNS;

	for (size_t i = 0; i < count;) {
		size_t singles = count_singles(rules + i, count - i);

		size += singles ? 1 + SINGLE_INSNS * singles : rule_size(rules[i]);
		i += singles ? singles : 1;
	}
	return size;
}

static void emit_body(struct writer *writer, const struct bpf_device_rule *const *rules,
		      size_t count)
{
	emit_prologue(writer);
	for (size_t i = 0; i < count;) {
		size_t singles = count_singles(rules + i, count - i);

		if (singles)
			emit_singles(writer, rules + i, singles);
		else
			emit_rule(writer, rules[i]);
		i += singles ? singles : 1;
	}
}

static int check_rule(const struct bpf_device_rule *rule, size_t index, struct error *err)
{
	const char *wrong = NULL;

	if (rule->type != 'a' && rule->type != 'b' && rule->type != 'c')
		wrong = "type";
	else if (rule->major < -1 || rule->major > UINT32_MAX)
		wrong = "major";
	else if (rule->minor < -1 || rule->minor > UINT32_MAX)
		wrong = "minor";
	else if (rule->access == 0 || (rule->access & ~BPF_DEVICE_ALL))
		wrong = "access";
	if (wrong)
		return error_set(err, ERROR_SPEC, 0, "device rule %zu: bad %s", index, wrong);
	return 0;
}

void bpf_program_free(struct bpf_program *program)
{
	if (program) {
		free(program->insns);
		*program = (struct bpf_program)BPF_PROGRAM_INIT;
	}
}

int bpf_device_program(const struct bpf_device_rule *rules, size_t count,
		       struct bpf_program *out, struct error *err)
{
	auto_free const struct bpf_device_rule **order = NULL;
	struct writer writer = { 0 };
	size_t kept = 0;
	size_t body;

	if (count > BPF_DEVICE_RULES_MAX)
		return error_set(err, ERROR_SPEC, 0, "more than %d device rules",
				 BPF_DEVICE_RULES_MAX);
	for (size_t i = 0; i < count; i++)
		if (check_rule(&rules[i], i, err) < 0)
			return -1;

	order = calloc(count + 1, sizeof(const struct bpf_device_rule *));
	if (!order)
		return error_system(err, "write device program");
	for (size_t i = count; i > 0; i--)
		if (!is_covered(rules, count, i - 1))
			order[kept++] = &rules[i - 1];
	body = body_size(order, kept);
	writer.deny = body;
	writer.allow = body + EPILOGUE_INSNS / 2;
	writer.insns = calloc(body + EPILOGUE_INSNS, sizeof(*writer.insns));
	if (!writer.insns)
		return error_system(err, "write device program");

	emit_body(&writer, order, kept);
	emit_end(&writer, 0);
	emit_end(&writer, 1);

	out->insns = writer.insns;
	out->count = writer.count;
	return 0;
}

static int load(const struct bpf_program *program, char *log, size_t log_size)
{
	union bpf_attr attr = {
		.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE,
		.insns = (uint64_t)(uintptr_t)program->insns,
		.insn_cnt = (uint32_t)program->count,
		.license = (uint64_t)(uintptr_t)"Apache-2.0",
		.prog_name = PROGRAM_NAME,
	};

	if (log) {
		attr.log_level = 1;
		attr.log_size = (uint32_t)log_size;
		attr.log_buf = (uint64_t)(uintptr_t)log;
	}
	return call_bpf(BPF_PROG_LOAD, &attr, sizeof(attr));
}

int bpf_device_load(const struct bpf_program *program, struct error *err)
{
	auto_free char *log = NULL;
	size_t length;
	int saved;
	int prog;

	prog = load(program, NULL, 0);
	if (prog >= 0)
		return prog;
	if (errno != EINVAL && errno != EACCES)
		return error_system(err, "load device program");

	/* The verifier refused. Ask it again for its reasons: the last lines are the ones. */
	saved = errno;
	log = calloc(1, VERIFIER_LOG_SIZE);
	if (log) {
		prog = load(program, log, VERIFIER_LOG_SIZE - 1);
		if (prog >= 0)
			return prog;
	}
	length = log ? strlen(log) : 0;
	return error_set(err, ERROR_SYSTEM, saved, "load device program: %s",
			 length == 0 ? "no verifier log" :
			 length > VERIFIER_LOG_SHOWN ? log + length - VERIFIER_LOG_SHOWN : log);
}

static int attach(int cgroup, int old, int prog)
{
	union bpf_attr attr = {
		.target_fd = (uint32_t)cgroup,
		.attach_bpf_fd = (uint32_t)prog,
		.attach_type = BPF_CGROUP_DEVICE,
		.attach_flags = BPF_F_ALLOW_MULTI,
	};

	if (old >= 0) {
		attr.attach_flags |= BPF_F_REPLACE;
		attr.replace_bpf_fd = (uint32_t)old;
	}
	return call_bpf(BPF_PROG_ATTACH, &attr, sizeof(attr));
}

/* Attaching succeeded, says the kernel; see whether what it says it runs is ours. */
static int verify(int cgroup, int prog, struct error *err)
{
	bool attached = false;

	if (bpf_device_is_attached(cgroup, prog, &attached, err) < 0)
		return -1;
	if (!attached)
		return error_set(err, ERROR_SYSTEM, ENOENT, "device program is not attached");
	return 0;
}

int bpf_device_attach(int cgroup, int prog, struct error *err)
{
	if (attach(cgroup, -1, prog) < 0)
		return error_system(err, "attach device program");
	return verify(cgroup, prog, err);
}

int bpf_device_replace(int cgroup, int old, int prog, struct error *err)
{
	if (old < 0)
		return error_set(err, ERROR_SYSTEM, EBADF, "replace device program");
	if (attach(cgroup, old, prog) < 0)
		return error_system(err, "replace device program");
	return verify(cgroup, prog, err);
}

int bpf_device_detach(int cgroup, int prog, struct error *err)
{
	union bpf_attr attr = {
		.target_fd = (uint32_t)cgroup,
		.attach_bpf_fd = (uint32_t)prog,
		.attach_type = BPF_CGROUP_DEVICE,
	};

	if (call_bpf(BPF_PROG_DETACH, &attr, sizeof(attr)) < 0)
		return error_system(err, "detach device program");
	return 0;
}

static int read_info(int prog, struct bpf_prog_info *info, struct error *err)
{
	union bpf_attr attr = {
		.info.bpf_fd = (uint32_t)prog,
		.info.info_len = sizeof(*info),
		.info.info = (uint64_t)(uintptr_t)info,
	};

	if (call_bpf(BPF_OBJ_GET_INFO_BY_FD, &attr, sizeof(attr)) < 0)
		return error_system(err, "look at device program");
	return 0;
}

static int query(int cgroup, uint32_t ids[PROGRAMS_MAX], size_t *count, struct error *err)
{
	union bpf_attr attr = {
		.query.target_fd = (uint32_t)cgroup,
		.query.attach_type = BPF_CGROUP_DEVICE,
		.query.prog_ids = (uint64_t)(uintptr_t)ids,
		.query.prog_cnt = PROGRAMS_MAX,
	};

	if (call_bpf(BPF_PROG_QUERY, &attr, sizeof(attr)) < 0)
		return error_system(err, "list device programs");
	*count = attr.query.prog_cnt < PROGRAMS_MAX ? attr.query.prog_cnt : PROGRAMS_MAX;
	return 0;
}

int bpf_device_is_attached(int cgroup, int prog, bool *attached, struct error *err)
{
	struct bpf_prog_info info = { 0 };
	uint32_t ids[PROGRAMS_MAX] = { 0 };
	size_t count = 0;
	bool found = false;

	if (read_info(prog, &info, err) < 0 || query(cgroup, ids, &count, err) < 0)
		return -1;
	for (size_t i = 0; i < count; i++)
		found = found || ids[i] == info.id;
	*attached = found;
	return 0;
}

int bpf_device_find(int cgroup, struct error *err)
{
	uint32_t ids[PROGRAMS_MAX] = { 0 };
	size_t count = 0;

	if (query(cgroup, ids, &count, err) < 0)
		return -1;
	for (size_t i = 0; i < count; i++) {
		union bpf_attr attr = { .prog_id = ids[i] };
		struct bpf_prog_info info = { 0 };
		auto_fd prog = -1;

		prog = call_bpf(BPF_PROG_GET_FD_BY_ID, &attr, sizeof(attr));
		if (prog < 0)
			return error_system(err, "open device program");
		if (read_info(prog, &info, err) < 0)
			return -1;
		if (strncmp(info.name, PROGRAM_NAME, sizeof(info.name)) == 0)
			return take_fd(&prog);
	}
	return error_set(err, ERROR_SYSTEM, ENOENT, "device program of ours");
}

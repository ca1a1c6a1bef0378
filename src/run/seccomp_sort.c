/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * With the ABI and the number given, what is left of a filter are the questions about arguments.
 * Numbers between two that the filter compares with are all treated alike, so one of each stretch
 * is tried: the filter is walked with it, and what is left becomes a node of a graph. The
 * stretches then become a balanced tree above these nodes, one for each ABI that the filter asks
 * for and one for the others.
 *
 * Nothing here knows what a rule means. Unit tests run both forms on every call that makes a
 * difference.
 */
#include "seccomp_sort.h"

#include <linux/seccomp.h>
#include <stdlib.h>

#include "base/arena.h"
#include "run/seccomp.h"
#include "seccomp_graph.h"

#define ABIS_MAX 16
#define DEPTH_MAX 1024
#define STEPS_MAX (1u << 24)

#define NUMBER offsetof(struct seccomp_data, nr)
#define ABI offsetof(struct seccomp_data, arch)

/* What the accumulator can hold: bits, as ways that meet may bring different things. */
enum holds { HOLDS_NOTHING = 1, HOLDS_ABI = 2, HOLDS_NUMBER = 4, HOLDS_OTHER = 8 };

struct accumulator {
	bool known;
	uint32_t value;
	uint32_t offset;
	uint32_t mask;
};

/* What is left from an instruction on, for the walk that has this number. */
struct seen {
	unsigned int walk;
	struct accumulator accumulator;
	uint32_t node;
};

struct sort {
	const struct seccomp_block *in;
	uint32_t abis[ABIS_MAX];
	size_t abi_count;
	uint32_t *starts;	/* numbers at which a stretch begins, ascending */
	size_t start_count;
	struct seccomp_graph graph;
	struct seen *seen;
	unsigned int walk;
	uint32_t abi;
	uint32_t number;
	size_t steps;
	bool failed;
};

static void *allocate(size_t count, size_t size)
{
	void *memory = calloc(count ? count : 1, size);

	if (memory == NULL)
		arena_out_of_memory();
	return memory;
}

/* ---- what the filter compares the ABI and the number with */

static bool is_jump(const struct sock_filter *insn)
{
	uint16_t op = BPF_OP(insn->code);

	return BPF_CLASS(insn->code) == BPF_JMP && BPF_SRC(insn->code) == BPF_K &&
	       (op == BPF_JEQ || op == BPF_JGT || op == BPF_JGE || op == BPF_JSET);
}

static bool add_abi(struct sort *sort, uint32_t abi)
{
	for (size_t i = 0; i < sort->abi_count; i++)
		if (sort->abis[i] == abi)
			return true;
	if (sort->abi_count == ABIS_MAX)
		return false;
	sort->abis[sort->abi_count++] = abi;
	return true;
}

/* A comparison with @k: numbers up to it, it and those beyond it may part here. */
static void add_starts(struct sort *sort, uint32_t k)
{
	sort->starts[sort->start_count++] = k;
	if (k != UINT32_MAX)
		sort->starts[sort->start_count++] = k + 1;
}

static bool note_jump(struct sort *sort, const struct sock_filter *insn, unsigned int holds)
{
	uint16_t op = BPF_OP(insn->code);

	if (holds & HOLDS_NOTHING)
		return false;
	if ((holds & HOLDS_ABI) && (op != BPF_JEQ || !add_abi(sort, insn->k)))
		return false;
	if (holds & HOLDS_NUMBER) {
		if (op == BPF_JSET)
			return false;
		add_starts(sort, insn->k);
	}
	return true;
}

static unsigned int holds_after_load(uint32_t offset)
{
	return offset == NUMBER ? HOLDS_NUMBER : offset == ABI ? HOLDS_ABI : HOLDS_OTHER;
}

/* Hands on what the accumulator may hold; false if the filter is none that can be sorted. */
static bool note(struct sort *sort, size_t pc, unsigned char *holds)
{
	const struct sock_filter *insn = &sort->in->insns[pc];
	size_t left = sort->in->count - pc - 1;

	if (insn->code == (BPF_RET | BPF_K))
		return true;
	if (insn->code == (BPF_JMP | BPF_JA)) {
		if (insn->k >= left)
			return false;
		holds[pc + 1 + insn->k] |= holds[pc];
		return true;
	}
	if (is_jump(insn)) {
		if (insn->jt >= left || insn->jf >= left || !note_jump(sort, insn, holds[pc]))
			return false;
		holds[pc + 1 + insn->jt] |= holds[pc];
		holds[pc + 1 + insn->jf] |= holds[pc];
		return true;
	}
	if (left == 0)
		return false;
	if (insn->code == (BPF_LD | BPF_W | BPF_ABS)) {
		holds[pc + 1] |= (unsigned char)holds_after_load(insn->k);
		return true;
	}
	holds[pc + 1] |= holds[pc];
	return insn->code == (BPF_ALU | BPF_AND | BPF_K) && holds[pc] == HOLDS_OTHER;
}

static int compare_numbers(const void *a, const void *b)
{
	uint32_t left = *(const uint32_t *)a;
	uint32_t right = *(const uint32_t *)b;

	return (left > right) - (left < right);
}

static bool note_all(struct sort *sort)
{
	unsigned char *holds = allocate(sort->in->count, sizeof(*holds));
	bool good = sort->in->count > 0;
	size_t kept = 0;

	sort->starts[sort->start_count++] = 0;
	if (good)
		holds[0] = HOLDS_NOTHING;
	for (size_t pc = 0; good && pc < sort->in->count; pc++)
		good = holds[pc] == 0 || note(sort, pc, holds);
	free(holds);

	qsort(sort->starts, sort->start_count, sizeof(*sort->starts), compare_numbers);
	for (size_t i = 0; i < sort->start_count; i++)
		if (kept == 0 || sort->starts[kept - 1] != sort->starts[i])
			sort->starts[kept++] = sort->starts[i];
	sort->start_count = kept;
	return good;
}

/* ---- what is left of it with the ABI and the number given */

static bool holds_jump(uint16_t op, uint32_t value, uint32_t k)
{
	switch (op) {
	case BPF_JEQ:
		return value == k;
	case BPF_JGT:
		return value > k;
	case BPF_JGE:
		return value >= k;
	default:
		return (value & k) != 0;
	}
}

static struct accumulator loaded(const struct sort *sort, uint32_t offset)
{
	return (struct accumulator){
		.known = offset == NUMBER || offset == ABI,
		.value = offset == NUMBER ? sort->number : sort->abi,
		.offset = offset,
		.mask = SECCOMP_GRAPH_EVERY_BIT,
	};
}

static bool is_seen(const struct sort *sort, size_t pc, const struct accumulator *accumulator)
{
	const struct seen *seen = &sort->seen[pc];

	return seen->walk == sort->walk && seen->accumulator.known == accumulator->known &&
	       seen->accumulator.offset == accumulator->offset &&
	       seen->accumulator.mask == accumulator->mask;
}

/* What is left of the filter from an instruction on, for the ABI and the number at hand. */
static uint32_t rest(struct sort *sort, size_t pc, struct accumulator accumulator, size_t depth)
{
	const struct sock_filter *insn;
	struct seccomp_question node;

	for (;;) {
		insn = &sort->in->insns[pc];
		if (++sort->steps > STEPS_MAX || depth == DEPTH_MAX || sort->graph.full)
			sort->failed = true;
		if (sort->failed)
			return 0;
		if (insn->code == (BPF_RET | BPF_K))
			return seccomp_graph_answer(&sort->graph, insn->k);
		if (is_jump(insn) && !accumulator.known)
			break;
		pc++;
		if (insn->code == (BPF_LD | BPF_W | BPF_ABS))
			accumulator = loaded(sort, insn->k);
		else if (insn->code == (BPF_ALU | BPF_AND | BPF_K))
			accumulator.mask &= insn->k;
		else if (insn->code == (BPF_JMP | BPF_JA))
			pc += insn->k;
		else if (holds_jump(BPF_OP(insn->code), accumulator.value, insn->k))
			pc += insn->jt;
		else
			pc += insn->jf;
	}

	if (is_seen(sort, pc, &accumulator))
		return sort->seen[pc].node;
	node = (struct seccomp_question){ .offset = accumulator.offset, .mask = accumulator.mask,
					    .op = BPF_OP(insn->code), .k = insn->k };
	node.yes = rest(sort, pc + 1 + insn->jt, accumulator, depth + 1);
	node.no = rest(sort, pc + 1 + insn->jf, accumulator, depth + 1);
	sort->seen[pc] = (struct seen){ .walk = sort->walk, .accumulator = accumulator,
					.node = seccomp_graph_ask(&sort->graph, &node) };
	return sort->seen[pc].node;
}

/* A stretch of numbers and what is left of the filter for them. */
struct stretch {
	uint32_t first;
	uint32_t node;
};

static uint32_t divide(struct sort *sort, const struct stretch *stretches, size_t count)
{
	struct seccomp_question node = { .offset = NUMBER, .mask = SECCOMP_GRAPH_EVERY_BIT,
					 .op = BPF_JGE };
	size_t middle = count / 2;

	if (count == 1)
		return stretches[0].node;
	if (count == 3 && stretches[0].node == stretches[2].node &&
	    stretches[1].first + 1 == stretches[2].first) {
		node.op = BPF_JEQ;
		node.k = stretches[1].first;
		node.yes = stretches[1].node;
		node.no = stretches[0].node;
		return seccomp_graph_ask(&sort->graph, &node);
	}
	node.k = stretches[middle].first;
	node.yes = divide(sort, stretches + middle, count - middle);
	node.no = divide(sort, stretches, middle);
	return seccomp_graph_ask(&sort->graph, &node);
}

static uint32_t sort_abi(struct sort *sort, uint32_t abi, struct stretch *stretches)
{
	size_t count = 0;

	sort->abi = abi;
	for (size_t i = 0; i < sort->start_count; i++) {
		uint32_t node;

		sort->walk++;
		sort->number = sort->starts[i];
		node = rest(sort, 0, (struct accumulator){ 0 }, 0);
		if (sort->failed)
			return 0;
		if (count > 0 && stretches[count - 1].node == node)
			continue;
		stretches[count++] = (struct stretch){ .first = sort->starts[i], .node = node };
	}
	return divide(sort, stretches, count);
}

/* Any that the filter does not ask for. */
static uint32_t other_abi(const struct sort *sort)
{
	uint32_t abi = 0;

	for (size_t i = 0; i < sort->abi_count; i++)
		if (sort->abis[i] == abi) {
			abi++;
			i = (size_t)-1;
		}
	return abi;
}

static uint32_t sort_all(struct sort *sort)
{
	struct stretch *stretches = allocate(sort->start_count, sizeof(*stretches));
	uint32_t root = sort_abi(sort, other_abi(sort), stretches);

	for (size_t i = sort->abi_count; i-- > 0 && !sort->failed;) {
		struct seccomp_question node = { .offset = ABI, .mask = SECCOMP_GRAPH_EVERY_BIT,
						 .op = BPF_JEQ, .k = sort->abis[i], .no = root };

		node.yes = sort_abi(sort, sort->abis[i], stretches);
		if (!sort->failed)
			root = seccomp_graph_ask(&sort->graph, &node);
	}
	free(stretches);
	return root;
}

static void sort_free(struct sort *sort)
{
	free(sort->starts);
	free(sort->seen);
	seccomp_graph_free(&sort->graph);
}

bool seccomp_sort(struct seccomp_block *block)
{
	__attribute__((cleanup(sort_free))) struct sort sort = { .in = block };
	auto_seccomp_block sorted = SECCOMP_BLOCK_INIT;
	uint32_t root;

	if (block->count > SECCOMP_INSNS_MAX)
		return false;
	sort.starts = allocate(2 * block->count + 2, sizeof(*sort.starts));
	if (!note_all(&sort))
		return false;
	sort.graph = seccomp_graph_make();
	sort.seen = allocate(block->count, sizeof(*sort.seen));
	root = sort_all(&sort);
	if (sort.failed || sort.graph.full)
		return false;
	seccomp_graph_write(&sort.graph, root, &sorted);
	if (sorted.count > SECCOMP_INSNS_MAX)
		return false;
	seccomp_block_free(block);
	*block = sorted;
	sorted = (struct seccomp_block)SECCOMP_BLOCK_INIT;
	return true;
}

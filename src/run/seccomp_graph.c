/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * The graph is written back to front, as jumps only go forward and the short ones no further than
 * 255 instructions: what a question goes on to is there when the question is written.
 */
#include "seccomp_graph.h"

#include <stdlib.h>

#include "base/arena.h"

#define NONE UINT32_MAX
#define NODES_MAX (1u << 15)
#define BUCKETS (1u << 12)
#define SHORT_MAX 255u

struct seccomp_node {
	struct seccomp_question is;
	uint32_t next;		/* of the same bucket */
	bool reached;		/* from the root */
	bool loads;		/* some way to it has something else in the accumulator */
	uint32_t load_at;	/* where it was written, from the end; NONE: not yet */
	uint32_t test_at;
};

struct seccomp_graph seccomp_graph_make(void)
{
	struct seccomp_graph graph = {
		.nodes = calloc(NODES_MAX, sizeof(*graph.nodes)),
		.buckets = calloc(BUCKETS, sizeof(*graph.buckets)),
	};

	if (graph.nodes == NULL || graph.buckets == NULL)
		arena_out_of_memory();
	for (size_t i = 0; i < BUCKETS; i++)
		graph.buckets[i] = NONE;
	return graph;
}

void seccomp_graph_free(struct seccomp_graph *graph)
{
	free(graph->nodes);
	free(graph->buckets);
	seccomp_block_free(&graph->reversed);
	*graph = (struct seccomp_graph){ .nodes = NULL };
}

static uint32_t bucket_of(const struct seccomp_question *question)
{
	const uint32_t values[] = { question->op, question->offset, question->mask, question->k,
				    question->yes, question->no };
	uint32_t sum = 0;

	for (size_t i = 0; i < ARRAY_SIZE(values); i++)
		sum = sum * 31 + values[i];
	return (sum ^ sum >> 16) % BUCKETS;
}

static bool is_same(const struct seccomp_question *a, const struct seccomp_question *b)
{
	return a->op == b->op && a->offset == b->offset && a->mask == b->mask && a->k == b->k &&
	       a->yes == b->yes && a->no == b->no;
}

/* The one node like this. */
static uint32_t intern(struct seccomp_graph *graph, const struct seccomp_question *question)
{
	uint32_t bucket = bucket_of(question);

	for (uint32_t i = graph->buckets[bucket]; i != NONE; i = graph->nodes[i].next)
		if (is_same(&graph->nodes[i].is, question))
			return i;
	if (graph->count == NODES_MAX) {
		graph->full = true;
		return 0;
	}
	graph->nodes[graph->count] = (struct seccomp_node){
		.is = *question, .next = graph->buckets[bucket], .load_at = NONE, .test_at = NONE,
	};
	graph->buckets[bucket] = (uint32_t)graph->count;
	return (uint32_t)graph->count++;
}

uint32_t seccomp_graph_answer(struct seccomp_graph *graph, uint32_t k)
{
	return intern(graph, &(struct seccomp_question){ .op = BPF_RET, .k = k });
}

uint32_t seccomp_graph_ask(struct seccomp_graph *graph, const struct seccomp_question *question)
{
	return question->yes == question->no ? question->yes : intern(graph, question);
}

static bool same_field(const struct seccomp_question *a, const struct seccomp_question *b)
{
	return a->op != BPF_RET && b->op != BPF_RET && a->offset == b->offset && a->mask == b->mask;
}

/* Nodes are younger than those below them. */
static void mark(struct seccomp_graph *graph, uint32_t root)
{
	graph->nodes[root].reached = true;
	graph->nodes[root].loads = true;
	for (size_t i = (size_t)root + 1; i-- > 0;) {
		const struct seccomp_node *node = &graph->nodes[i];
		const uint32_t below[] = { node->is.yes, node->is.no };

		if (!node->reached || node->is.op == BPF_RET)
			continue;
		for (size_t j = 0; j < ARRAY_SIZE(below); j++) {
			graph->nodes[below[j]].reached = true;
			if (!same_field(&node->is, &graph->nodes[below[j]].is))
				graph->nodes[below[j]].loads = true;
		}
	}
}

static uint32_t write_insn(struct seccomp_graph *graph, uint16_t code, uint32_t yes, uint32_t no,
			   uint32_t k)
{
	seccomp_block_add(&graph->reversed, code, (uint8_t)yes, (uint8_t)no, k);
	return (uint32_t)graph->reversed.count - 1;
}

/* How far it is from the instruction that is written @more instructions later. */
static uint32_t distance(const struct seccomp_graph *graph, uint32_t at, uint32_t more)
{
	return (uint32_t)graph->reversed.count + more - at - 1;
}

/* A place within reach of the next but one instruction, from which it goes on at a node. */
static uint32_t reach(struct seccomp_graph *graph, const struct seccomp_question *from, uint32_t to)
{
	struct seccomp_node *node = &graph->nodes[to];
	uint32_t at = same_field(from, &node->is) ? node->test_at : node->load_at;

	if (at != NONE && distance(graph, at, 1) <= SHORT_MAX)
		return at;
	if (node->is.op == BPF_RET) {
		node->load_at = write_insn(graph, BPF_RET | BPF_K, 0, 0, node->is.k);
		return node->load_at;
	}
	return write_insn(graph, BPF_JMP | BPF_JA, 0, 0, distance(graph, at, 0));
}

static void write_node(struct seccomp_graph *graph, uint32_t index)
{
	struct seccomp_node *node = &graph->nodes[index];
	uint32_t yes;
	uint32_t no;

	if (node->is.op == BPF_RET || node->test_at != NONE)
		return;
	write_node(graph, node->is.yes);
	write_node(graph, node->is.no);
	no = reach(graph, &node->is, node->is.no);
	yes = reach(graph, &node->is, node->is.yes);
	node->test_at = write_insn(graph, (uint16_t)(BPF_JMP | node->is.op | BPF_K),
				   distance(graph, yes, 0), distance(graph, no, 0), node->is.k);
	if (!node->loads)
		return;
	if (node->is.mask != SECCOMP_GRAPH_EVERY_BIT)
		(void)write_insn(graph, BPF_ALU | BPF_AND | BPF_K, 0, 0, node->is.mask);
	node->load_at = write_insn(graph, BPF_LD | BPF_W | BPF_ABS, 0, 0, node->is.offset);
}

void seccomp_graph_write(struct seccomp_graph *graph, uint32_t root, struct seccomp_block *out)
{
	mark(graph, root);
	if (graph->nodes[root].is.op == BPF_RET)
		seccomp_block_return(&graph->reversed, graph->nodes[root].is.k);
	write_node(graph, root);
	for (size_t i = graph->reversed.count; i-- > 0;) {
		const struct sock_filter *insn = &graph->reversed.insns[i];

		seccomp_block_add(out, insn->code, insn->jt, insn->jf, insn->k);
	}
}

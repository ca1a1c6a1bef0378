/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/* A filter as a graph of questions, in which equal ones are one, and the block it makes. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "seccomp_block.h"

#define SECCOMP_GRAPH_EVERY_BIT UINT32_MAX

/* A question, or an answer: then op is BPF_RET and k the answer. */
struct seccomp_question {
	uint32_t offset;	/* of struct seccomp_data */
	uint32_t mask;
	uint32_t k;
	uint32_t yes;		/* nodes */
	uint32_t no;
	uint16_t op;		/* BPF_JEQ, BPF_JGT, BPF_JGE, BPF_JSET */
};

struct seccomp_node;

struct seccomp_graph {
	struct seccomp_node *nodes;
	size_t count;
	uint32_t *buckets;
	bool full;		/* some node did not fit: nothing can be made of the graph */
	struct seccomp_block reversed;
};

/** seccomp_graph_make() - an empty graph; give it to seccomp_graph_free() */
struct seccomp_graph seccomp_graph_make(void);

/** seccomp_graph_free() - free a graph */
void seccomp_graph_free(struct seccomp_graph *graph);

/** seccomp_graph_answer() - the node that returns @k */
uint32_t seccomp_graph_answer(struct seccomp_graph *graph, uint32_t k);

/**
 * seccomp_graph_ask() - the node of a question whose ways are there already
 * Return: a node; that of both ways where they are the same.
 */
uint32_t seccomp_graph_ask(struct seccomp_graph *graph, const struct seccomp_question *question);

/**
 * seccomp_graph_write() - make a block of a graph that is not full; once
 * @root: the node to begin with
 * @out:  empty
 */
void seccomp_graph_write(struct seccomp_graph *graph, uint32_t root, struct seccomp_block *out);

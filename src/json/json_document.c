/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */

#include "json_document.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>

#include "base/number.h"
#include "json_scan.h"

static void keep_large(struct json_document *document, uint64_t number)
{
	if (document->large_count == document->large_room) {
		size_t room = document->large_room > 0 ? 2 * document->large_room : 16;
		uint64_t *large = arena_array(&document->arena, room, sizeof(*large));

		if (document->large_count > 0)
			memcpy(large, document->large, document->large_count * sizeof(*large));
		document->large = large;
		document->large_room = room;
	}
	document->large[document->large_count++] = number;
}

static void replace(char *at, size_t size, const char *with)
{
	size_t length = strlen(with);

	memset(at, ' ', size);
	memcpy(at, with, length < size ? length : size);
}

static void replace_integer(struct json_document *document, char *at, size_t size)
{
	const uint64_t below_zero = (uint64_t)INT64_MAX + 1;
	char form[32];
	uint64_t number;

	if (at[0] == '-') {
		if (number_parse_u64_bytes(at + 1, size - 1, below_zero, &number) < 0)
			replace(at, size, "0.5");
	} else if (number_parse_u64_bytes(at, size, UINT64_MAX, &number) < 0) {
		replace(at, size, "0.5");
	} else if (number > INT64_MAX) {
		snprintf(form, sizeof(form), "%zu.25", document->large_count);
		keep_large(document, number);
		replace(at, size, form);
	}
}

/* The bounded pass over the bytes. */
static int check_bytes(struct json_document *document, struct json_problem *problem)
{
	struct json_scan scan;
	enum json_token token;

	json_scan_begin(&scan, document->bytes, document->size);
	while ((token = json_scan_next(&scan)) != JSON_SCAN_END) {
		char *at = document->bytes + (scan.token - document->bytes);

		if (token == JSON_SCAN_BAD) {
			json_scan_path(&scan, token, &problem->path);
			problem->line = scan.line;
			problem->text = scan.problem;
			return -1;
		}
		if (token == JSON_SCAN_INTEGER)
			replace_integer(document, at, scan.token_size);
		else if (token == JSON_SCAN_REAL)
			replace(at, scan.token_size, "0.5");
	}
	return 0;
}

/*
 * Keys come from the text, so the hash must not be predictable. jansson would read /dev/urandom;
 * the kernel has given us random bytes already. They also make the stack protector's value:
 * only a mix of them goes on.
 */
static void seed_hash(void)
{
	uint64_t words[2] = { 0 };
	const void *random = (const void *)getauxval(AT_RANDOM);

	if (random)
		memcpy(words, random, sizeof(words));
	words[0] = (words[0] ^ (words[1] << 31 | words[1] >> 33)) * UINT64_C(0x9e3779b97f4a7c15);
	json_object_seed((size_t)(words[0] >> 32) | 1);
}

/* jansson asks for memory without saying for what: one text is parsed at a time. */
static struct arena *parsed_into;

static void *allocate(size_t size)
{
	return arena_alloc(parsed_into, size);
}

static void keep(void *memory)
{
	(void)memory;
}

/*
 * What is parsed is never changed and goes as a whole, so it stands in the document's arena. A
 * configuration is some thousand small pieces: to ask for each of them and to give it back one by
 * one takes a fifth of the time. Who else calls jansson has the functions it had.
 */
static json_t *parse(struct json_document *document, json_error_t *error)
{
	json_malloc_t allocate_before;
	json_free_t free_before;
	json_t *root;

	json_get_alloc_funcs(&allocate_before, &free_before);
	parsed_into = &document->arena;
	json_set_alloc_funcs(allocate, keep);
	root = json_loadb(document->bytes, document->size, JSON_REJECT_DUPLICATES, error);
	json_set_alloc_funcs(allocate_before, free_before);
	parsed_into = NULL;
	return root;
}

struct json_document *json_document_new(const char *bytes, size_t size,
					struct json_problem *problem)
{
	struct arena arena = ARENA_INIT;
	struct json_document *document = arena_alloc(&arena, sizeof(*document));

	document->bytes = arena_alloc(&arena, size + 1);
	document->arena = arena;
	if (size > 0)
		memcpy(document->bytes, bytes, size);
	document->size = size;

	if (check_bytes(document, problem) == 0) {
		seed_hash();
		document->root = parse(document, &problem->error);
		if (document->root)
			return document;
		problem->line = problem->error.line > 0 ? (unsigned int)problem->error.line : 0;
		problem->text = problem->error.text;
	}
	json_document_free(document);
	return NULL;
}

void json_document_free(struct json_document *document)
{
	struct arena arena;
	int saved = errno;

	if (!document)
		return;
	/* The document stands in its own arena, and so does what was parsed. */
	arena = document->arena;
	arena_free(&arena);
	errno = saved;
}

const uint64_t *json_document_large(const struct json_document *document, const json_t *node)
{
	double real;
	size_t place;

	if (!json_is_real(node))
		return NULL;
	real = json_real_value(node);
	place = (size_t)real;
	return real - (double)place == 0.25 ? &document->large[place] : NULL;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
#pragma once

/*
 * A parsed text. Private to json/: the one header with types of jansson.
 *
 * jansson does the grammar, UTF-8 and repeated keys. It gets a copy of the text in which numbers
 * are replaced, byte for byte, by what it can hold without loss:
 *
 *	INT64_MIN to INT64_MAX    as written
 *	up to UINT64_MAX          N.25, where N is a place in large[]
 *	all others                0.5
 *
 * Nothing in json/ ever takes a JSON real, and a real of the text itself becomes 0.5, so neither
 * form can be forged. Only json_document_large() looks behind N.25. Each form fits in the place
 * of what it replaces, so that lines stay.
 */

#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "base/arena.h"
#include "base/text.h"

struct json_document {
	struct arena arena;	/* holds the document too */
	char *bytes;		/* the copy */
	size_t size;
	json_t *root;
	uint64_t *large;
	size_t large_count;
	size_t large_room;
};

struct json_problem {
	struct text path;	/* may stay empty */
	unsigned int line;
	const char *text;	/* static, or .error.text */
	json_error_t error;
};

/**
 * json_document_new() - check and parse a text
 * @problem: filled on failure; zeroed by the caller but for the bound of the path, which it frees
 *
 * Return: the document, or NULL. Out of memory aborts.
 */
struct json_document *json_document_new(const char *bytes, size_t size,
					struct json_problem *problem);

/** json_document_free() - free a document; NULL is allowed; keeps errno */
void json_document_free(struct json_document *document);

/** json_document_large() - the number behind N.25, NULL for every other node */
const uint64_t *json_document_large(const struct json_document *document, const json_t *node);

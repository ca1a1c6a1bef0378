/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
#pragma once

/*
 * JSON in: an object is read by a table with one row a key, straight into a struct. The table
 * is the list of what is understood. Used for config.json, policy files and state files.
 *
 *	static const struct json_field user_fields[] = {
 *		{ "uid", JSON_REQUIRED, JSON_NUMBER, offsetof(struct user, uid),
 *		  .read = json_read_u32 },
 *		{ "name", JSON_OPTIONAL, JSON_TEXT, offsetof(struct user, name),
 *		  .read = json_read_string },
 *		{ "username", JSON_IGNORED, .reason = "it is for Windows" },
 *	};
 *	static const struct json_table user_table = JSON_TABLE(user_fields, NULL);
 *
 *	auto_json_reader in = JSON_READER(&arena, ERROR_SPEC, err);
 *
 *	if (json_read_open(&in, bytes, size, JSON_READ_MAX) < 0 ||
 *	    json_read_table(&in, json_read_root(&in), &user_table, &user) < 0)
 *		return -1;
 *
 * Errors start with the JSON path (RFC 6901: "/linux/sysctl/net~1ipv4: ..."). What is read is
 * copied into the arena, so the reader can be closed afterwards. Makes no system call.
 *
 * Limits, checked on the bytes before the JSON library sees them: size, JSON_READ_DEPTH levels,
 * JSON_READ_MEMBERS members an array or object. Strings hold no NUL. Keys are not repeated.
 * Integers are exact: 1.0 and 1e3 are not integers here, and what does not fit 64 bits is refused
 * where a number is asked for, not rounded.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"

#define JSON_READ_MAX		(4u << 20)	/* bytes, for config.json and the like */
#define JSON_READ_DEPTH		64
#define JSON_READ_MEMBERS	65535
#define JSON_READ_NOTES		256		/* unknown and ignored keys that are remembered */

struct json_value;	/* of the document: lent, gone with json_read_close() */
struct json_document;
struct json_reader;
struct json_field;
struct json_table;

enum json_kind {
	JSON_TEXT,
	JSON_NUMBER,
	JSON_BOOL,
	JSON_LIST,	/* an array */
	JSON_MAP,	/* an object */
	JSON_NOTHING,	/* null */
};

enum json_need {
	JSON_REQUIRED,
	JSON_OPTIONAL,		/* null counts as absent: Go programs write it */
	JSON_IGNORED,		/* known and passed over, whatever it holds; noted */
	JSON_UNSUPPORTED,	/* refused with the reason, unless null */
};

/**
 * json_read_function - read one value into a member of the struct being filled
 * @in:     the reader; its path is that of @value
 * @value:  of the kind that the row names, never null
 * @field:  the row
 * @member: where the row's offset leads
 *
 * Return: 0, or -1 through json_read_fail().
 */
typedef int json_read_function(struct json_reader *in, const struct json_value *value,
			       const struct json_field *field, void *member);

/* A row ends a list of names with { NULL, 0 }. */
struct json_name {
	const char *name;
	int value;
};

struct json_field {
	const char *key;
	enum json_need need;
	enum json_kind kind;		/* checked before @read is called */
	size_t offset;			/* of the member */
	json_read_function *read;
	const struct json_table *table;	/* for json_read_object, _objects and _named_objects */
	size_t size;			/* of an element, for _objects and _named_objects */
	const struct json_name *names;	/* for json_read_enum and json_read_word */
	int64_t min;			/* of a number; with max 0 too: all that the member holds */
	int64_t max;
	/* What is wrong with a string, NULL if nothing is. For _string, _strings and _pairs. */
	const char *(*fault)(const char *text);
	const char *(*key_fault)(const char *key);	/* for _pairs and _named_objects */
	const char *reason;		/* JSON_IGNORED, JSON_UNSUPPORTED: no full stop */
};

struct json_table {
	const struct json_field *fields;
	size_t count;
	/* Rules that tie members together; called when all are read; NULL for none. */
	int (*check)(struct json_reader *in, void *object);
};

/** JSON_TABLE() - the table of an array of rows */
#define JSON_TABLE(rows, checker) { (rows), sizeof(rows) / sizeof((rows)[0]), (checker) }

/* One level of the path: a key, or a place in an array where the key is NULL. */
struct json_step {
	const char *key;
	size_t index;
};

/* A path of the document, with the reason where it is one that was passed over. */
struct json_note {
	const char *path;
	const char *reason;
};

struct json_notes {
	size_t count;			/* at most JSON_READ_NOTES; what is beyond is dropped */
	struct json_note *items;
};

struct json_reader {
	struct arena *arena;		/* borrowed: owns what is read */
	enum error_kind kind;		/* of every error */
	struct error *err;		/* may be NULL */
	const char *file;		/* NULL, or begins every message: "FILE:12: /path: ..." */
	bool refuse_unknown;		/* an unknown key is an error, not a note */
	struct json_notes unknown;	/* keys that no table knows; reason NULL */
	struct json_notes ignored;	/* JSON_IGNORED rows, and json_read_ignore() */
	struct json_document *document;	/* private from here on */
	size_t depth;
	struct json_step steps[JSON_READ_DEPTH + 1];
};

/** JSON_READER() - a reader that owns nothing yet; set .file and .refuse_unknown afterwards */
#define JSON_READER(arena_, kind_, err_) { .arena = (arena_), .kind = (kind_), .err = (err_) }

/**
 * json_read_open() - parse a document
 * @in:    a fresh reader
 * @bytes: need not end with NUL; copied
 * @size:  bytes
 * @max:   a larger @size is refused
 *
 * Return: 0, or -1: a limit is passed, or the text is no JSON object or array. The message has
 * the line where there is no path.
 */
int json_read_open(struct json_reader *in, const char *bytes, size_t size, size_t max);

/** json_read_close() - free the document; notes and what was read stay; NULL is allowed */
void json_read_close(struct json_reader *in);

#define auto_json_reader __attribute__((cleanup(json_read_close))) struct json_reader

/** json_read_root() - the outermost value */
const struct json_value *json_read_root(const struct json_reader *in);

/**
 * json_read_table() - read an object by a table
 * @value:  any value; what is no object is an error
 * @table:  rows and check
 * @object: the struct that offsets count from; zeroed by the caller, part-filled on failure
 *
 * Members are read in the order of the rows. Unknown keys are noted, or refused.
 *
 * Return: 0, or -1 with the path of what is wrong.
 */
int json_read_table(struct json_reader *in, const struct json_value *value,
		    const struct json_table *table, void *object);

/**
 * json_read_fail() - fail at the value that is being read
 * @format: printf format; no path, no full stop
 *
 * Return: always -1.
 */
int json_read_fail(struct json_reader *in, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/** json_read_fail_member() - json_read_fail() at a member of the object that is being read */
int json_read_fail_member(struct json_reader *in, const char *key, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/** json_read_fail_at() - json_read_fail() at a path that is given ("/linux/namespaces") */
int json_read_fail_at(struct json_reader *in, const char *path, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/** json_read_ignore() - note that the value being read is passed over; @reason is borrowed */
void json_read_ignore(struct json_reader *in, const char *reason);

/** json_read_ignore_at() - json_read_ignore() at a path that is given; both are borrowed */
void json_read_ignore_at(struct json_reader *in, const char *path, const char *reason);

/** json_read_path() - path of the value being read, in the arena; "" for the root */
const char *json_read_path(const struct json_reader *in);

/**
 * json_read_line() - the line that a path of the document begins on
 * @path: keys only ("/hardened/items/rootfs"), as json_read_path() gives it
 *
 * Walks the text again: for messages, not for loops.
 *
 * Return: from 1, or 0 when there is no such path.
 */
unsigned int json_read_line(const struct json_reader *in, const char *path);

/* Looking at values by hand. */

enum json_kind json_read_kind(const struct json_value *value);

/** json_read_text() - the string of a JSON_TEXT, lent; NULL for other kinds */
const char *json_read_text(const struct json_value *value);

/** json_read_true() - whether a value is true */
bool json_read_true(const struct json_value *value);

/** json_read_count() - members of a JSON_LIST or JSON_MAP; 0 for other kinds */
size_t json_read_count(const struct json_value *value);

/** json_read_member() - member of a JSON_MAP, lent; NULL when it is absent or null */
const struct json_value *json_read_member(const struct json_value *value, const char *key);

/** json_read_expect() - fail unless a value is of a kind */
int json_read_expect(struct json_reader *in, const struct json_value *value, enum json_kind kind);

/** json_read_integer() - a JSON integer from @min to @max; -1 and an error for all else */
int json_read_integer(struct json_reader *in, const struct json_value *value, int64_t min,
		      int64_t max, int64_t *out);

/** json_read_unsigned() - a JSON integer from @min to @max, which may be UINT64_MAX */
int json_read_unsigned(struct json_reader *in, const struct json_value *value, uint64_t min,
		       uint64_t max, uint64_t *out);

/** json_read_is_minus_one() - whether a value is -1, or 2^64 - 1, which Go makes of it */
bool json_read_is_minus_one(const struct json_reader *in, const struct json_value *value);

/**
 * json_read_each() - call a function for every member of an array or object
 * @visit:  called with the path on the member; @key is NULL in an array; -1 ends the walk
 * @cookie: handed on
 *
 * In the order of the text. Members that are null are handed on too.
 *
 * Return: 0, or -1 when @value is neither, or @visit failed.
 */
int json_read_each(struct json_reader *in, const struct json_value *value,
		   int (*visit)(struct json_reader *in, const char *key,
				const struct json_value *value, void *cookie),
		   void *cookie);

/*
 * Readers for rows. Behind each: the row's kind, and the type of the member. Arrays and maps
 * fill two neighbours, a size_t and a pointer, as in struct { size_t count; T *items; }.
 * Numbers stay within .min and .max of the row.
 */
json_read_function json_read_string;	/* JSON_TEXT    const char * */
json_read_function json_read_word;	/* JSON_TEXT    const char *, one of .names */
json_read_function json_read_enum;	/* JSON_TEXT    an enum or int: its value in .names */
json_read_function json_read_bool;	/* JSON_BOOL    bool */
json_read_function json_read_u32;	/* JSON_NUMBER  uint32_t */
json_read_function json_read_i64;	/* JSON_NUMBER  int64_t */
json_read_function json_read_u64;	/* JSON_NUMBER  uint64_t */
json_read_function json_read_strings;	/* JSON_LIST    size_t, const char ** */
json_read_function json_read_pairs;	/* JSON_MAP     size_t, T *; T: const char *key, *value */
json_read_function json_read_object;	/* JSON_MAP     a struct, by .table */
json_read_function json_read_objects;	/* JSON_LIST    size_t, T *; .table, .size = sizeof(T) */
/* JSON_MAP  size_t, T *; as json_read_objects; the key goes to T's first member, a const char * */
json_read_function json_read_named_objects;

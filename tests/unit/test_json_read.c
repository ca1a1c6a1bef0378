/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "json/json_read.h"

/* One member of every kind. */
enum colour { RED, GREEN = 7 };

struct point {
	uint32_t x;
};

struct named {
	const char *name;
	uint32_t x;
};

struct sample {
	const char *text;
	const char *word;
	enum colour colour;
	bool flag;
	uint32_t u32;
	int64_t i64;
	uint64_t u64;
	struct { size_t count; const char **items; } strings;
	struct { size_t count; struct { const char *key, *value; } *items; } pairs;
	struct point object;
	struct { size_t count; struct point *items; } objects;
	struct { size_t count; struct named *items; } named;
};

static const struct json_name colours[] = { { "red", RED }, { "green", GREEN }, { NULL, 0 } };

static const struct json_field point_fields[] = {
	{ "x", JSON_REQUIRED, JSON_NUMBER, offsetof(struct point, x), .read = json_read_u32 },
};
static const struct json_table point_table = JSON_TABLE(point_fields, NULL);

static const struct json_field named_fields[] = {
	{ "x", JSON_OPTIONAL, JSON_NUMBER, offsetof(struct named, x), .read = json_read_u32 },
};
static const struct json_table named_table = JSON_TABLE(named_fields, NULL);

#define AT(member) offsetof(struct sample, member)

static const struct json_field sample_fields[] = {
	{ "text", JSON_OPTIONAL, JSON_TEXT, AT(text), .read = json_read_string },
	{ "word", JSON_OPTIONAL, JSON_TEXT, AT(word), .read = json_read_word, .names = colours },
	{ "colour", JSON_OPTIONAL, JSON_TEXT, AT(colour), .read = json_read_enum,
	  .names = colours },
	{ "flag", JSON_OPTIONAL, JSON_BOOL, AT(flag), .read = json_read_bool },
	{ "u32", JSON_OPTIONAL, JSON_NUMBER, AT(u32), .read = json_read_u32 },
	{ "i64", JSON_OPTIONAL, JSON_NUMBER, AT(i64), .read = json_read_i64 },
	{ "u64", JSON_OPTIONAL, JSON_NUMBER, AT(u64), .read = json_read_u64 },
	{ "strings", JSON_OPTIONAL, JSON_LIST, AT(strings), .read = json_read_strings },
	{ "pairs", JSON_OPTIONAL, JSON_MAP, AT(pairs), .read = json_read_pairs },
	{ "object", JSON_OPTIONAL, JSON_MAP, AT(object), .read = json_read_object,
	  .table = &point_table },
	{ "objects", JSON_OPTIONAL, JSON_LIST, AT(objects), .read = json_read_objects,
	  .table = &point_table, .size = sizeof(struct point) },
	{ "named", JSON_OPTIONAL, JSON_MAP, AT(named), .read = json_read_named_objects,
	  .table = &named_table, .size = sizeof(struct named) },
	{ "ignored", JSON_IGNORED, .reason = "it is for others" },
	{ "unsupported", JSON_UNSUPPORTED, .reason = "this is not carried out" },
};

static int check_sample(struct json_reader *in, void *object)
{
	const struct sample *sample = object;

	if (sample->u32 == 13)
		return json_read_fail_at(in, "/u32", "brings bad luck");
	return 0;
}

static const struct json_table sample_table = JSON_TABLE(sample_fields, check_sample);

/* Reads a text into @sample; returns the result. */
static int read_bytes(struct json_reader *in, const char *bytes, size_t size, struct sample *sample)
{
	memset(sample, 0, sizeof(*sample));
	if (json_read_open(in, bytes, size, JSON_READ_MAX) < 0)
		return -1;
	return json_read_table(in, json_read_root(in), &sample_table, sample);
}

static void every_reader_fills_its_member(void **state)
{
	static const char text[] =
		"{ \"text\": \"caf\\u00e9\", \"word\": \"red\", \"colour\": \"green\","
		"  \"flag\": true, \"u32\": 4294967295, \"i64\": -9223372036854775808,"
		"  \"u64\": 18446744073709551615, \"strings\": [\"a\", \"\"],"
		"  \"pairs\": {\"z\": \"1\", \"a\": \"2\"}, \"object\": {\"x\": 3},"
		"  \"objects\": [{\"x\": 4}, {\"x\": 5}],"
		"  \"named\": {\"n\": {\"x\": 6}, \"m\": {}} }";
	auto_arena arena = ARENA_INIT;
	struct error err = ERROR_INIT;
	struct sample got;

	(void)state;
	{
		auto_json_reader in = JSON_READER(&arena, ERROR_SPEC, &err);

		assert_int_equal(read_bytes(&in, text, strlen(text), &got), 0);
		assert_int_equal(in.unknown.count, 0);
		assert_int_equal(in.depth, 0);
	}
	/* The document is gone: all of it must be in the arena. */
	assert_string_equal(got.text, "caf\xc3\xa9");
	assert_string_equal(got.word, "red");
	assert_int_equal(got.colour, GREEN);
	assert_true(got.flag);
	assert_true(got.u32 == UINT32_MAX);
	assert_true(got.i64 == INT64_MIN);
	assert_true(got.u64 == UINT64_MAX);
	assert_int_equal(got.strings.count, 2);
	assert_string_equal(got.strings.items[0], "a");
	assert_string_equal(got.strings.items[1], "");
	assert_int_equal(got.pairs.count, 2);
	assert_string_equal(got.pairs.items[0].key, "z");
	assert_string_equal(got.pairs.items[1].value, "2");
	assert_int_equal(got.object.x, 3);
	assert_int_equal(got.objects.count, 2);
	assert_int_equal(got.objects.items[1].x, 5);
	assert_int_equal(got.named.count, 2);
	assert_string_equal(got.named.items[0].name, "n");
	assert_int_equal(got.named.items[0].x, 6);
	assert_string_equal(got.named.items[1].name, "m");
}

static void what_is_wrong_is_named_with_its_path(void **state)
{
	static const struct {
		const char *text;
		const char *message;	/* how it begins */
	} cases[] = {
		/* Kinds. */
		{ "{\"text\": 1}", "/text: must be a string, and is a number" },
		{ "{\"flag\": \"true\"}", "/flag: must be true or false, and is a string" },
		{ "{\"strings\": [\"a\", 2]}", "/strings/1: must be a string, and is a number" },
		{ "{\"strings\": [null]}", "/strings/0: must be a string, and is null" },
		{ "{\"strings\": {}}", "/strings: must be an array, and is an object" },
		{ "{\"pairs\": {\"a/b~\": []}}",
		  "/pairs/a~1b~0: must be a string, and is an array" },
		{ "{\"pairs\": {\"a\": null}}", "/pairs/a: must be a string, and is null" },
		{ "{\"object\": []}", "/object: must be an object, and is an array" },
		{ "{\"objects\": [{\"x\": 1}, {}]}", "/objects/1/x: is required" },
		{ "{\"objects\": [{\"x\": null}]}", "/objects/0/x: is required" },
		{ "{\"objects\": [7]}", "/objects/0: must be an object, and is a number" },
		{ "{\"named\": {\"eth0\": {\"x\": -1}}}",
		  "/named/eth0/x: must be an integer from 0" },
		{ "{\"word\": \"blue\"}", "/word: 'blue' is none of red, green" },
		{ "{\"colour\": \"\"}", "/colour: '' is none of red, green" },
		{ "[]", "must be an object, and is an array" },
		/* Numbers are exact. */
		{ "{\"u32\": 4294967296}", "/u32: must be an integer from 0 to 4294967295" },
		{ "{\"u32\": 1.0}", "/u32: must be an integer" },
		{ "{\"u32\": 1e3}", "/u32: must be an integer" },
		{ "{\"u32\": 0.25}", "/u32: must be an integer" },
		{ "{\"u64\": 0.25}", "/u64: must be an integer" },
		{ "{\"u64\": 1.25}", "/u64: must be an integer" },
		{ "{\"u64\": -1}", "/u64: must be an integer" },
		{ "{\"u64\": 18446744073709551616}", "/u64: must be an integer" },
		{ "{\"i64\": 9223372036854775808}",
		  "/i64: must be an integer from -9223372036854775808" },
		{ "{\"i64\": -9223372036854775809}", "/i64: must be an integer" },
		{ "{\"i64\": 18446744073709551615}", "/i64: must be an integer" },
		{ "{\"u32\": 18446744073709551615}", "/u32: must be an integer" },
		{ "{\"u32\": 1e999}", "/u32: must be an integer" },
		/* Number syntax. */
		{ "{\"u32\": 01}", "/u32: a number is malformed" },
		{ "{\"u32\": -}", "/u32: a number is malformed" },
		{ "{\"u32\": 1.}", "/u32: a number is malformed" },
		{ "{\"u32\": 1e}", "/u32: a number is malformed" },
		{ "{\"u32\": 1e+}", "/u32: a number is malformed" },
		{ "{\"u32\": 0x10}", "line 1: " },
		{ "{\"u32\": +1}", "line 1: " },
		{ "{\"u32\": .5}", "line 1: " },
		{ "{\"u32\": 1.2.3}", "line 1: " },
		/* Strings. */
		{ "{\"text\": \"a\\u0000b\"}", "/text: a string holds a NUL character" },
		{ "{\"strings\": [\"a\", \"\\u0000\"]}", "/strings/1: a string holds a NUL" },
		{ "{\"a\": 1, \"\\u0000\": 1}", "line 1: a string holds a NUL" },
		{ "{\"text\": \"\\\\u0000\", \"u32\": 1.5}", "/u32: must be" },
		{ "{\"text\": \"a\nb\"}", "line 1: " },
		{ "{\"text\": \"\xff\"}", "line 1: " },
		{ "{\"text\": \"\xc0\x80\"}", "line 1: " },
		{ "{\"text\": \"\\ud800\"}", "line 1: " },
		{ "{\"text\": \"abc", "/text: a string does not end" },
		{ "{\"text\": \"abc\\", "/text: a string does not end" },
		/* Grammar. */
		{ "", "line 1: " },
		{ "   \n  ", "line " },
		{ "{", "line 1: " },
		{ "{}}", "line 1: " },
		{ "{} {}", "line 1: " },
		{ "{}\n\nx", "line 3: " },
		{ "{\"a\": 1,}", "line 1: " },
		{ "{\"a\" 1}", "line 1: " },
		{ "[1 2]", "line 1: " },
		{ "[1, 2}", "line 1: " },
		{ "7", "line 1: " },
		{ "nul", "line 1: " },
		{ "{\"text\": \"a\", \"u32\": 1, \"text\": \"b\"}", "line 1: duplicate" },
		{ "{\"object\": {\"x\": 1, \"x\": 1}}", "line 1: duplicate" },
		{ "{\"what\": {\"x\": 1, \"x\": 1}}", "line 1: duplicate" },
		{ "{\"text\": \"a\", \"te\\u0078t\": \"b\"}", "line 1: duplicate" },
		{ "\xef\xbb\xbf{}", "line 1: " },
		/* Rows and rules. */
		{ "{\"unsupported\": 0}", "/unsupported: this is not carried out" },
		{ "{\"u32\": 13}", "/u32: brings bad luck" },
	};
	auto_arena arena = ARENA_INIT;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct error err = ERROR_INIT;
		auto_json_reader in = JSON_READER(&arena, ERROR_SPEC, &err);
		struct sample got;

		if (read_bytes(&in, cases[i].text, strlen(cases[i].text), &got) == 0)
			fail_msg("accepted: %s", cases[i].text);
		assert_int_equal(err.kind, ERROR_SPEC);
		if (strncmp(err.message, cases[i].message, strlen(cases[i].message)) != 0)
			fail_msg("%s: got '%s', not '%s'", cases[i].text, err.message,
				 cases[i].message);
	}
}

static void what_is_odd_but_right_is_read(void **state)
{
	static const char *const cases[] = {
		"{\"text\": null, \"u32\": null, \"objects\": null, \"unsupported\": null}",
		"{\"ignored\": null}",
		"{\"u64\": 9223372036854775807}",
		"{\"u64\": 9223372036854775808}",
		"{\"i64\": -0}",
		"{\"strings\": []}",
		"{\"text\": \"\\\\u0000\"}",
		"{\"text\": \"\\\"\\\\\\/\\b\\f\\n\\r\\t\\ud83d\\ude00\"}",
		"\n\t\r {}\n",
		/* Of unknown keys nothing but the grammar is looked at. */
		"{\"x\": 1e999, \"y\": 12345678901234567890123, \"z\": 1.5e-3, \"w\": [1e3]}",
	};
	auto_arena arena = ARENA_INIT;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct error err = ERROR_INIT;
		auto_json_reader in = JSON_READER(&arena, ERROR_SPEC, &err);
		struct sample got;

		if (read_bytes(&in, cases[i], strlen(cases[i]), &got) < 0)
			fail_msg("%s: %s", cases[i], err.message);
	}
}

struct large_case {
	bool whole;
	uint64_t value;
};

static int compare_large(struct json_reader *in, const char *key, const struct json_value *value,
			 void *cookie)
{
	const struct large_case **next = cookie;
	const struct large_case *want = (*next)++;
	uint64_t got = 0;
	int64_t small;

	assert_null(key);
	assert_int_equal(json_read_unsigned(in, value, 0, UINT64_MAX, &got), want->whole ? 0 : -1);
	assert_true(got == want->value);
	if (want->value > INT64_MAX)
		assert_int_equal(json_read_integer(in, value, INT64_MIN, INT64_MAX, &small), -1);
	return 0;
}

/* Among reals that look like the form in which large numbers are handed on. */
static void large_numbers_keep_value_and_place(void **state)
{
	static const char text[] = "[18446744073709551615, 0.25, 9223372036854775808, 1.25,"
				   " 18446744073709551614, 5, -5, 2.25, 9223372036854775807]";
	static const struct large_case want[] = {
		{ true, UINT64_MAX }, { false, 0 }, { true, (uint64_t)INT64_MAX + 1 }, { false, 0 },
		{ true, UINT64_MAX - 1 }, { true, 5 }, { false, 0 }, { false, 0 },
		{ true, INT64_MAX },
	};
	const struct large_case *next = want;
	auto_arena arena = ARENA_INIT;
	auto_json_reader in = JSON_READER(&arena, ERROR_SPEC, NULL);

	(void)state;
	assert_int_equal(json_read_open(&in, text, strlen(text), JSON_READ_MAX), 0);
	assert_int_equal(json_read_each(&in, json_read_root(&in), compare_large, &next), 0);
	assert_ptr_equal(next, want + ARRAY_SIZE(want));
}

/* More large numbers than the first allocation holds. */
static void many_large_numbers_are_told_apart(void **state)
{
	auto_arena arena = ARENA_INIT;
	auto_json_reader in = JSON_READER(&arena, ERROR_SPEC, NULL);
	auto_text text = TEXT_INIT(1 << 16);
	struct large_case want[100];
	const struct large_case *next = want;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(want); i++) {
		want[i] = (struct large_case){ true, UINT64_MAX - i };
		text_appendf(&text, "%c18446744073709551%03d", i == 0 ? '[' : ',', 615 - (int)i);
	}
	text_append_char(&text, ']');
	assert_int_equal(json_read_open(&in, text.data, text.size, JSON_READ_MAX), 0);
	assert_int_equal(json_read_each(&in, json_read_root(&in), compare_large, &next), 0);
}

/* begin, @count times @piece, end, and @count times @close when that is not NULL. */
struct limit_case {
	const char *begin;
	const char *piece;
	size_t count;
	const char *end;
	const char *close;
	const char *last;
	const char *message;	/* NULL: accepted */
};

static void build_limit(const struct limit_case *from, struct text *out)
{
	text_append(out, from->begin);
	for (size_t i = 0; i < from->count; i++)
		text_append(out, from->piece);
	text_append(out, from->end);
	for (size_t i = 0; from->close && i < from->count; i++)
		text_append(out, from->close);
	text_append(out, from->last);
}

static void limits_hold_at_their_edge(void **state)
{
	static const struct limit_case cases[] = {
		{ "{\"a\":", "[", 63, "", "]", "}", NULL },
		{ "{\"a\":", "[", 64, "", "]", "}", "/a/0/0/" },
		{ "{\"a\":", "[", 1000000, "", "]", "}", "/a/0/0/" },
		{ "{\"a\":[", "1,", 65534, "1]}", NULL, "", NULL },
		{ "{\"a\":[", "1,", 65535, "1]}", NULL, "",
		  "/a/65535: there are too many members" },
		{ "{\"a\":[", "{},", 65535, "1]}", NULL, "",
		  "/a/65535: there are too many members" },
		{ "", " ", JSON_READ_MAX - 2, "{}", NULL, "", NULL },
		{ "", " ", JSON_READ_MAX - 1, "{}", NULL, "", "the text is longer than 4194304" },
	};
	auto_arena arena = ARENA_INIT;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct error err = ERROR_INIT;
		auto_json_reader in = JSON_READER(&arena, ERROR_SPEC, &err);
		auto_text text = TEXT_INIT(8 << 20);
		int result;

		build_limit(&cases[i], &text);
		result = json_read_open(&in, text.data, text.size, JSON_READ_MAX);
		if (result != (cases[i].message ? -1 : 0))
			fail_msg("case %zu: %s", i, err.message);
		if (cases[i].message && !strstr(err.message, cases[i].message))
			fail_msg("case %zu: %s", i, err.message);
	}
}

static void an_object_holds_no_more_than_an_array(void **state)
{
	auto_arena arena = ARENA_INIT;
	struct error err = ERROR_INIT;

	(void)state;
	for (int members = JSON_READ_MEMBERS; members <= JSON_READ_MEMBERS + 1; members++) {
		auto_json_reader in = JSON_READER(&arena, ERROR_SPEC, &err);
		auto_text text = TEXT_INIT(8 << 20);

		for (int i = 0; i < members; i++)
			text_appendf(&text, "%c\"k%d\":1", i == 0 ? '{' : ',', i);
		text_append_char(&text, '}');
		assert_int_equal(json_read_open(&in, text.data, text.size, JSON_READ_MAX),
				 members > JSON_READ_MEMBERS ? -1 : 0);
	}
}

/* Without the check before, the C library's view of it would end at the NUL. */
static void a_nul_byte_is_no_end(void **state)
{
	static const struct {
		char text[16];
		const char *message;
	} cases[] = {
		{ "{}\0{\"u32\": 13}", "line 1: " },
		{ "{\"text\":\"a\0b\"}", "/text: a string holds a NUL byte" },
	};
	auto_arena arena = ARENA_INIT;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct error err = ERROR_INIT;
		auto_json_reader in = JSON_READER(&arena, ERROR_SPEC, &err);

		assert_int_equal(json_read_open(&in, cases[i].text, sizeof(cases[i].text) - 1,
						JSON_READ_MAX), -1);
		assert_memory_equal(err.message, cases[i].message, strlen(cases[i].message));
	}
}

static void unknown_and_ignored_keys_are_noted(void **state)
{
	static const char text[] = "{\"colours\": 1, \"ignored\": {\"x\": 1}, \"object\":"
				   " {\"x\": 1, \"y\": 2}, \"objects\": [{\"x\": 1, \"a/b\": []}]}";
	auto_arena arena = ARENA_INIT;
	struct error err = ERROR_INIT;
	auto_json_reader in = JSON_READER(&arena, ERROR_SPEC, &err);
	struct sample got;

	(void)state;
	assert_int_equal(read_bytes(&in, text, strlen(text), &got), 0);
	assert_int_equal(in.unknown.count, 3);
	assert_string_equal(in.unknown.items[0].path, "/colours");
	assert_string_equal(in.unknown.items[1].path, "/object/y");
	assert_string_equal(in.unknown.items[2].path, "/objects/0/a~1b");
	assert_int_equal(in.ignored.count, 1);
	assert_string_equal(in.ignored.items[0].path, "/ignored");
	assert_string_equal(in.ignored.items[0].reason, "it is for others");
}

static void notes_are_bounded(void **state)
{
	auto_arena arena = ARENA_INIT;
	auto_json_reader in = JSON_READER(&arena, ERROR_SPEC, NULL);
	auto_text text = TEXT_INIT(1 << 16);
	struct sample got;

	(void)state;
	for (int i = 0; i < 1000; i++)
		text_appendf(&text, "%c\"k%d\":1", i == 0 ? '{' : ',', i);
	text_append_char(&text, '}');
	assert_int_equal(read_bytes(&in, text.data, text.size, &got), 0);
	assert_int_equal(in.unknown.count, JSON_READ_NOTES);
}

static void unknown_keys_can_be_refused_with_file_and_line(void **state)
{
	static const char text[] = "{\n\n  \"object\": {\n    \"x\": 1,\n    \"y\": 2\n  }\n}\n";
	auto_arena arena = ARENA_INIT;
	struct error err = ERROR_INIT;
	auto_json_reader in = JSON_READER(&arena, ERROR_POLICY, &err);
	struct sample got;

	(void)state;
	in.refuse_unknown = true;
	in.file = "policy.json";
	assert_int_equal(read_bytes(&in, text, strlen(text), &got), -1);
	assert_int_equal(err.kind, ERROR_POLICY);
	assert_string_equal(err.message, "policy.json:5: /object/y: there is no such key");
}

static void the_line_of_what_is_missing_is_that_of_what_is_around_it(void **state)
{
	static const char text[] = "{\n  \"objects\": [\n    {\"x\": 1},\n    {}\n  ]\n}\n";
	auto_arena arena = ARENA_INIT;
	struct error err = ERROR_INIT;
	auto_json_reader in = JSON_READER(&arena, ERROR_POLICY, &err);
	struct sample got;

	(void)state;
	in.file = "policy.json";
	assert_int_equal(read_bytes(&in, text, strlen(text), &got), -1);
	assert_string_equal(err.message, "policy.json:4: /objects/1/x: is required");
}

static void lines_are_those_of_the_text(void **state)
{
	static const char text[] = "{\"a\":\n{\"b\": 18446744073709551615,\n\"c/d\": [1,\n2],\n"
				   "\"e\": \"a\\nb\"\n}\n}";
	static const struct {
		const char *path;
		unsigned int line;
	} cases[] = {
		{ "/a", 1 }, { "/a/b", 2 }, { "/a/c~1d", 3 }, { "/a/c~1d/0", 3 },
		{ "/a/c~1d/1", 4 },
		{ "/a/e", 5 }, { "/a/f", 0 }, { "/b", 0 }, { "/a/c~1d/2", 0 }, { "x", 0 },
	};
	auto_arena arena = ARENA_INIT;
	auto_json_reader in = JSON_READER(&arena, ERROR_SPEC, NULL);

	(void)state;
	assert_int_equal(json_read_open(&in, text, strlen(text), JSON_READ_MAX), 0);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		if (json_read_line(&in, cases[i].path) != cases[i].line)
			fail_msg("%s: line %u", cases[i].path, json_read_line(&in, cases[i].path));
}

/* However long the keys, what is wrong must still be read. */
static void a_long_path_leaves_room_for_the_message(void **state)
{
	auto_arena arena = ARENA_INIT;
	struct error err = ERROR_INIT;
	auto_json_reader in = JSON_READER(&arena, ERROR_SPEC, &err);
	auto_text text = TEXT_INIT(1 << 16);
	struct sample got;

	(void)state;
	text_append(&text, "{\"pairs\": {\"");
	for (int i = 0; i < 5000; i++)
		text_append_char(&text, 'k');
	text_append(&text, "\": 1}}");
	assert_int_equal(read_bytes(&in, text.data, text.size, &got), -1);
	assert_non_null(strstr(err.message, "kkk...: must be a string, and is a number"));
}

static void values_can_be_looked_at_by_hand(void **state)
{
	static const char text[] = "{\"s\": \"x\", \"n\": 1, \"r\": 1.5, \"t\": true, \"f\": false,"
				   " \"l\": [1, 2], \"m\": {\"a\": 1}, \"z\": null}";
	static const struct {
		const char *key;
		enum json_kind kind;
		size_t count;
	} cases[] = {
		{ "s", JSON_TEXT, 0 }, { "n", JSON_NUMBER, 0 }, { "r", JSON_NUMBER, 0 },
		{ "t", JSON_BOOL, 0 }, { "f", JSON_BOOL, 0 }, { "l", JSON_LIST, 2 },
		{ "m", JSON_MAP, 1 },
	};
	auto_arena arena = ARENA_INIT;
	auto_json_reader in = JSON_READER(&arena, ERROR_SPEC, NULL);
	const struct json_value *root;

	(void)state;
	assert_int_equal(json_read_open(&in, text, strlen(text), JSON_READ_MAX), 0);
	root = json_read_root(&in);
	assert_null(json_read_member(root, "z"));
	assert_null(json_read_member(root, "absent"));
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct json_value *value = json_read_member(root, cases[i].key);

		assert_int_equal(json_read_kind(value), cases[i].kind);
		assert_int_equal(json_read_count(value), cases[i].count);
		assert_int_equal(json_read_true(value), cases[i].key[0] == 't');
		assert_int_equal(json_read_text(value) != NULL, cases[i].kind == JSON_TEXT);
	}
}

static void closing_twice_is_harmless(void **state)
{
	auto_arena arena = ARENA_INIT;
	struct json_reader in = JSON_READER(&arena, ERROR_SPEC, NULL);

	(void)state;
	json_read_close(&in);
	assert_int_equal(json_read_open(&in, "{}", 2, JSON_READ_MAX), 0);
	json_read_close(&in);
	json_read_close(&in);
	json_read_close(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_reader_fills_its_member),
		cmocka_unit_test(what_is_wrong_is_named_with_its_path),
		cmocka_unit_test(what_is_odd_but_right_is_read),
		cmocka_unit_test(large_numbers_keep_value_and_place),
		cmocka_unit_test(many_large_numbers_are_told_apart),
		cmocka_unit_test(limits_hold_at_their_edge),
		cmocka_unit_test(an_object_holds_no_more_than_an_array),
		cmocka_unit_test(a_nul_byte_is_no_end),
		cmocka_unit_test(unknown_and_ignored_keys_are_noted),
		cmocka_unit_test(notes_are_bounded),
		cmocka_unit_test(unknown_keys_can_be_refused_with_file_and_line),
		cmocka_unit_test(the_line_of_what_is_missing_is_that_of_what_is_around_it),
		cmocka_unit_test(lines_are_those_of_the_text),
		cmocka_unit_test(a_long_path_leaves_room_for_the_message),
		cmocka_unit_test(values_can_be_looked_at_by_hand),
		cmocka_unit_test(closing_twice_is_harmless),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
#pragma once

/*
 * What the sections of the specification share: the tables by which they are read, readers for
 * the optional values of spec.h, and the rules for strings.
 */

#include "json/json_read.h"
#include "spec/spec.h"

/* The largest id: 4294967295 is (uid_t)-1, "unchanged" to setresuid(2) and chown(2). */
#define SPEC_ID_MAX 4294967294

/* Tables of sections; the struct that each fills. */
extern const struct json_table spec_process_table;	/* struct spec_process */
extern const struct json_table spec_mount_table;	/* struct spec_mount */
extern const struct json_table spec_linux_table;	/* struct spec_linux */
extern const struct json_table spec_resources_table;	/* struct spec_resources */
extern const struct json_table spec_seccomp_table;	/* struct spec_seccomp */
extern const struct json_table spec_hooks_table;	/* struct spec_hooks [SPEC_HOOK_KINDS] */

/* Readers for rows: the kind, and the type of the member. Ranges are the row's. */
json_read_function spec_read_bool;	/* JSON_BOOL    struct spec_bool */
json_read_function spec_read_i64;	/* JSON_NUMBER  struct spec_i64 */
json_read_function spec_read_u64;	/* JSON_NUMBER  struct spec_u64 */
json_read_function spec_read_text;	/* JSON_TEXT    const char *; "" is absent; .names */
json_read_function spec_read_section;	/* JSON_MAP     a struct, the bool set first; .table */
json_read_function spec_read_mappings;	/* JSON_LIST    struct spec_mappings */

/* Rules for strings: what is wrong, or NULL. */
const char *spec_fault_empty(const char *text);
const char *spec_fault_line(const char *text);		/* a control character */
const char *spec_fault_absolute(const char *text);	/* no absolute path */
const char *spec_fault_variable(const char *text);	/* not NAME=value */
const char *spec_fault_numbers(const char *text);	/* no list of processors or memory nodes */

/**
 * spec_refuse() - refuse what is read in full, and not carried out by this version
 * @section: what was read: "" for all, or "/process" or "/linux/resources"; paths in messages
 *           begin behind it
 *
 * Return: 0, or -1 with ERROR_SPEC.
 */
int spec_refuse(struct json_reader *in, const struct spec *spec, const char *section);

/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
#pragma once

/*
 * Strict integers. The whole string must be the number: no space, no "+", no "0x", no leading
 * zero, no trailing byte, no value that wraps. crun once read "-u 1" as uid 0
 * (CVE-2026-30892); a parser with one answer per string cannot.
 *
 * All return 0, or -1 with the output untouched. They set no error object: only the caller
 * knows what the number was for.
 */

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/**
 * number_parse_u64() - parse a decimal number from 0 to @max
 * @s:   string; NULL is a failure
 * @max: largest value accepted
 * @out: set on success
 */
int number_parse_u64(const char *s, uint64_t max, uint64_t *out);

/**
 * number_parse_u64_bytes() - number_parse_u64() for @length bytes that need no NUL
 */
int number_parse_u64_bytes(const char *s, size_t length, uint64_t max, uint64_t *out);

/**
 * number_parse_i64() - parse a decimal number from @min to @max
 * @s:   string; a "-" may come first, but "-0" is a failure; NULL is a failure
 * @min: smallest value accepted
 * @max: largest value accepted
 * @out: set on success
 */
int number_parse_i64(const char *s, int64_t min, int64_t max, int64_t *out);

/**
 * number_parse_id() - parse a user or group id
 * @s:   string
 * @out: set on success; uid_t and gid_t are both this wide
 *
 * From 0 to 4294967294: 4294967295 is (uid_t)-1, "leave unchanged" to setresuid(2) and
 * chown(2), and is refused.
 */
int number_parse_id(const char *s, uint32_t *out);

/**
 * number_parse_mode() - parse octal permission bits
 * @s:   one to five octal digits, "755", "0755", "01777"; up to 07777
 * @out: set on success
 */
int number_parse_mode(const char *s, mode_t *out);

/**
 * number_parse_size() - parse a size in bytes with an optional suffix
 * @s:   "1024", "50M", "50m", "50MB", "50MiB", "1b"; suffixes b k m g t p in either case, each
 *       of k to p optionally followed by b or ib; units of 1024, as Docker's
 * @max: largest value accepted, in bytes
 * @out: bytes; set on success
 */
int number_parse_size(const char *s, uint64_t max, uint64_t *out);

/**
 * number_parse_duration() - parse a duration as Go writes it
 * @s:   "300ms", "1.5h", "2h45m"; units ns, us, ms, s, m and h. A unit must follow each number,
 *       "0" alone excepted; no sign
 * @max: largest value accepted, in nanoseconds
 * @out: nanoseconds; set on success
 */
int number_parse_duration(const char *s, uint64_t max, uint64_t *out);

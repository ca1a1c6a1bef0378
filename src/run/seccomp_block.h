/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * A stretch of a filter: instructions of classic BPF, entered at the first one. Where a block lets
 * a call through it holds "return allow"; seccomp_block_fall_through() turns that into a jump
 * behind the block, so that the next one decides. Nothing jumps backwards.
 */
#pragma once

#include <linux/filter.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"

struct seccomp_block {
	struct sock_filter *insns;	/* malloc'd */
	size_t count;
	size_t capacity;
};

#define SECCOMP_BLOCK_INIT { .insns = NULL }

/* Numbers from first to last, both included. */
struct seccomp_range {
	uint32_t first;
	uint32_t last;
};

/* Added to numbers of the x32 ABI; every number of x86-64 is below it. */
#define SECCOMP_X32_BIT UINT32_C(0x40000000)

/** seccomp_block_free() - free the instructions; NULL is allowed */
void seccomp_block_free(struct seccomp_block *block);

/** seccomp_block_add() - append one instruction; out of memory ends the process, as in arena.h */
void seccomp_block_add(struct seccomp_block *block, uint16_t code, uint8_t jump_true,
		       uint8_t jump_false, uint32_t k);

/** seccomp_block_return() - append "return @action" (SECCOMP_RET_*, with its data) */
void seccomp_block_return(struct seccomp_block *block, uint32_t action);

/** seccomp_block_load() - append a load of 32 bits at an offset of struct seccomp_data */
void seccomp_block_load(struct seccomp_block *block, size_t offset);

/** seccomp_block_append() - append another block */
void seccomp_block_append(struct seccomp_block *block, const struct seccomp_block *more);

/** seccomp_block_load_argument() - append a load of the low 32 bits of an argument */
void seccomp_block_load_argument(struct seccomp_block *block, unsigned int argument);

/**
 * seccomp_block_unknown() - append: of this ABI, numbers outside @ranges give ENOSYS
 * @audit_arch: AUDIT_ARCH_*
 * @x32:        the numbers with SECCOMP_X32_BIT are meant, not those without; only on x86-64
 * @ranges:     ascending, apart from each other, without SECCOMP_X32_BIT
 *
 * Other calls go on behind it.
 */
void seccomp_block_unknown(struct seccomp_block *block, uint32_t audit_arch, int x32,
			   const struct seccomp_range *ranges, size_t count);

/**
 * seccomp_block_export() - append what libseccomp makes of a filter
 * @context: a scmp_filter_ctx, borrowed
 *
 * Return: 0, or -1 with ERROR_SYSTEM.
 */
int seccomp_block_export(struct seccomp_block *block, void *context, struct error *err);

/** seccomp_block_fall_through() - turn "return allow" into a jump behind the block, everywhere */
void seccomp_block_fall_through(struct seccomp_block *block);

DEFINE_CLEANUP(cleanup_seccomp_block, struct seccomp_block, seccomp_block_free);

/** auto_seccomp_block - "auto_seccomp_block block = SECCOMP_BLOCK_INIT;" */
#define auto_seccomp_block __attribute__((cleanup(cleanup_seccomp_block))) struct seccomp_block

/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
#include "seccomp_numbers.h"

#include <linux/audit.h>
#include <string.h>

#include "base/cleanup.h"
#include "kernel/libseccomp.h"

/* The same numbers on every architecture. Kernel: scripts/syscall.tbl. */
static const struct {
	const char *name;
	int number;
} newer[] = {
	{ "set_mempolicy_home_node", 450 },	/* 5.17 */
	{ "cachestat", 451 },			/* 6.5 */
	{ "fchmodat2", 452 },			/* 6.6 */
	{ "map_shadow_stack", 453 },		/* 6.6 */
	{ "futex_wake", 454 },			/* 6.7 */
	{ "futex_wait", 455 },			/* 6.7 */
	{ "futex_requeue", 456 },		/* 6.7 */
	{ "statmount", 457 },			/* 6.8 */
	{ "listmount", 458 },			/* 6.8 */
	{ "lsm_get_self_attr", 459 },		/* 6.8 */
	{ "lsm_set_self_attr", 460 },		/* 6.8 */
	{ "lsm_list_modules", 461 },		/* 6.8 */
	{ "mseal", 462 },			/* 6.10 */
	{ "setxattrat", 463 },			/* 6.13 */
	{ "getxattrat", 464 },			/* 6.13 */
	{ "listxattrat", 465 },			/* 6.13 */
	{ "removexattrat", 466 },		/* 6.13 */
	{ "open_tree_attr", 467 },		/* 6.15 */
	{ "file_getattr", 468 },		/* 6.17 */
	{ "file_setattr", SECCOMP_NUMBERS_LAST }, /* 6.17 */
};

/* x86-64 only: the kernel's own trampolines call these in a process that is being traced. */
static const struct {
	const char *name;
	int number;
} newer_x86_64[] = {
	{ "uretprobe", 335 },			/* 6.11 */
	{ "uprobe", 336 },			/* 6.18 */
};

/*
 * Numbers in use. From 424 on all architectures count together; what lies below is each one's own
 * past. Kernel: arch/x86/entry/syscalls, include/uapi/asm-generic/unistd.h, arch/arm/tools.
 */
#define LAST SECCOMP_NUMBERS_LAST

static const struct seccomp_range x86_64_numbers[] = { { 0, 336 }, { 424, LAST } };
static const struct seccomp_range x86_numbers[] = { { 0, 386 }, { 393, LAST } };
static const struct seccomp_range arm64_numbers[] = { { 0, 294 }, { 424, LAST } };
static const struct seccomp_range arm_numbers[] = { { 0, LAST }, { 0x0f0001, 0x0f0006 } };
static const struct seccomp_range riscv64_numbers[] = { { 0, 294 }, { 424, LAST } };

static const struct {
	uint32_t token;
	size_t count;
	const struct seccomp_range *ranges;
} known[] = {
	{ SCMP_ARCH_X86_64, ARRAY_SIZE(x86_64_numbers), x86_64_numbers },
	{ SCMP_ARCH_X86, ARRAY_SIZE(x86_numbers), x86_numbers },
	{ SCMP_ARCH_AARCH64, ARRAY_SIZE(arm64_numbers), arm64_numbers },
	{ SCMP_ARCH_ARM, ARRAY_SIZE(arm_numbers), arm_numbers },
	{ SCMP_ARCH_RISCV64, ARRAY_SIZE(riscv64_numbers), riscv64_numbers },
};

int seccomp_numbers_native(const char *name)
{
	int number = libseccomp->resolve_name(name);

	if (number != __NR_SCMP_ERROR)
		return number;
	for (size_t i = 0; i < ARRAY_SIZE(newer); i++) {
		if (strcmp(newer[i].name, name) == 0)
			return newer[i].number;
	}
	if (libseccomp->arch_native() != SCMP_ARCH_X86_64)
		return __NR_SCMP_ERROR;
	for (size_t i = 0; i < ARRAY_SIZE(newer_x86_64); i++) {
		if (strcmp(newer_x86_64[i].name, name) == 0)
			return newer_x86_64[i].number;
	}
	return __NR_SCMP_ERROR;
}

int seccomp_numbers_of(uint32_t token, const char *name)
{
	if (token == SCMP_ARCH_NATIVE || token == libseccomp->arch_native())
		return seccomp_numbers_native(name);
	return libseccomp->resolve_name_arch(token, name);
}

uint32_t seccomp_numbers_audit_arch(uint32_t token)
{
	return token == SCMP_ARCH_X32 ? AUDIT_ARCH_X86_64 : token;
}

size_t seccomp_numbers_known(uint32_t token, const struct seccomp_range **ranges)
{
	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		if (known[i].token == token) {
			*ranges = known[i].ranges;
			return known[i].count;
		}
	}
	return 0;
}

uint32_t seccomp_numbers_last(uint32_t token)
{
	size_t i = ARRAY_SIZE(newer);

	if (token == libseccomp->arch_native())
		return SECCOMP_NUMBERS_LAST;
	while (i > 0 && libseccomp->resolve_name_arch(token, newer[i - 1].name) < 0)
		i--;
	return i > 0 ? (uint32_t)newer[i - 1].number : (uint32_t)newer[0].number - 1;
}

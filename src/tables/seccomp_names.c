/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */

#include "tables/seccomp_names.h"

#include <linux/audit.h>
#include <linux/seccomp.h>
#include <string.h>

#include "base/cleanup.h"

/* linux/elf-em.h of newer headers. */
#ifndef AUDIT_ARCH_LOONGARCH64
#define AUDIT_ARCH_LOONGARCH64 (258 | __AUDIT_ARCH_64BIT | __AUDIT_ARCH_LE)
#endif
#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5)
#endif

const struct seccomp_name seccomp_actions[] = {
	{ "SCMP_ACT_ALLOW",        SECCOMP_RET_ALLOW },
	{ "SCMP_ACT_ERRNO",        SECCOMP_RET_ERRNO },
	{ "SCMP_ACT_KILL",         SECCOMP_RET_KILL_THREAD },
	{ "SCMP_ACT_KILL_PROCESS", SECCOMP_RET_KILL_PROCESS },
	{ "SCMP_ACT_KILL_THREAD",  SECCOMP_RET_KILL_THREAD },
	{ "SCMP_ACT_LOG",          SECCOMP_RET_LOG },
	{ "SCMP_ACT_NOTIFY",       SECCOMP_RET_USER_NOTIF },
	{ "SCMP_ACT_TRACE",        SECCOMP_RET_TRACE },
	{ "SCMP_ACT_TRAP",         SECCOMP_RET_TRAP },
};

const size_t seccomp_action_count = ARRAY_SIZE(seccomp_actions);

/* enum scmp_compare. */
const struct seccomp_name seccomp_operators[] = {
	{ "SCMP_CMP_NE",        1 },
	{ "SCMP_CMP_LT",        2 },
	{ "SCMP_CMP_LE",        3 },
	{ "SCMP_CMP_EQ",        4 },
	{ "SCMP_CMP_GE",        5 },
	{ "SCMP_CMP_GT",        6 },
	{ "SCMP_CMP_MASKED_EQ", 7 },
};

const size_t seccomp_operator_count = ARRAY_SIZE(seccomp_operators);

const struct seccomp_name seccomp_architectures[] = {
	{ "SCMP_ARCH_AARCH64",     AUDIT_ARCH_AARCH64 },
	{ "SCMP_ARCH_ARM",         AUDIT_ARCH_ARM },
	{ "SCMP_ARCH_LOONGARCH64", AUDIT_ARCH_LOONGARCH64 },
	{ "SCMP_ARCH_M68K",        AUDIT_ARCH_M68K },
	{ "SCMP_ARCH_MIPS",        AUDIT_ARCH_MIPS },
	{ "SCMP_ARCH_MIPS64",      AUDIT_ARCH_MIPS64 },
	{ "SCMP_ARCH_MIPS64N32",   AUDIT_ARCH_MIPS64N32 },
	{ "SCMP_ARCH_MIPSEL",      AUDIT_ARCH_MIPSEL },
	{ "SCMP_ARCH_MIPSEL64",    AUDIT_ARCH_MIPSEL64 },
	{ "SCMP_ARCH_MIPSEL64N32", AUDIT_ARCH_MIPSEL64N32 },
	{ "SCMP_ARCH_PARISC",      AUDIT_ARCH_PARISC },
	{ "SCMP_ARCH_PARISC64",    AUDIT_ARCH_PARISC64 },
	{ "SCMP_ARCH_PPC",         AUDIT_ARCH_PPC },
	{ "SCMP_ARCH_PPC64",       AUDIT_ARCH_PPC64 },
	{ "SCMP_ARCH_PPC64LE",     AUDIT_ARCH_PPC64LE },
	{ "SCMP_ARCH_RISCV64",     AUDIT_ARCH_RISCV64 },
	{ "SCMP_ARCH_S390",        AUDIT_ARCH_S390 },
	{ "SCMP_ARCH_S390X",       AUDIT_ARCH_S390X },
	{ "SCMP_ARCH_SH",          AUDIT_ARCH_SHEL },
	{ "SCMP_ARCH_SHEB",        AUDIT_ARCH_SH },
	/* libseccomp's own: the kernel tells x32 by a bit of the system call's number. */
	{ "SCMP_ARCH_X32",         EM_X86_64 | __AUDIT_ARCH_LE },
	{ "SCMP_ARCH_X86",         AUDIT_ARCH_I386 },
	{ "SCMP_ARCH_X86_64",      AUDIT_ARCH_X86_64 },
};

const size_t seccomp_architecture_count = ARRAY_SIZE(seccomp_architectures);

const struct seccomp_name seccomp_flags[] = {
	{ "SECCOMP_FILTER_FLAG_LOG",                SECCOMP_FILTER_FLAG_LOG },
	{ "SECCOMP_FILTER_FLAG_SPEC_ALLOW",         SECCOMP_FILTER_FLAG_SPEC_ALLOW },
	{ "SECCOMP_FILTER_FLAG_TSYNC",              SECCOMP_FILTER_FLAG_TSYNC },
	{ "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV", SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV },
};

const size_t seccomp_flag_count = ARRAY_SIZE(seccomp_flags);

static const struct seccomp_name *find_in(const struct seccomp_name *names, size_t count,
					  const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(names[i].name, name) == 0)
			return &names[i];
	return NULL;
}

const struct seccomp_name *seccomp_action_find(const char *name)
{
	return find_in(seccomp_actions, seccomp_action_count, name);
}

const struct seccomp_name *seccomp_operator_find(const char *name)
{
	return find_in(seccomp_operators, seccomp_operator_count, name);
}

const struct seccomp_name *seccomp_architecture_find(const char *name)
{
	return find_in(seccomp_architectures, seccomp_architecture_count, name);
}

const struct seccomp_name *seccomp_flag_find(const char *name)
{
	return find_in(seccomp_flags, seccomp_flag_count, name);
}

bool seccomp_action_takes_errno(const char *name)
{
	return strcmp(name, "SCMP_ACT_ERRNO") == 0 || strcmp(name, "SCMP_ACT_TRACE") == 0;
}

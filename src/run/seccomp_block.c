/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
#include "seccomp_block.h"

#include <errno.h>
#include <endian.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/fd.h"
#include "kernel/compat.h"
#include "kernel/libseccomp.h"
#include "run/seccomp.h"

/* What libseccomp may hand over; the limit of the whole program is checked when it is merged. */
#define EXPORT_MAX (sizeof(struct sock_filter) * SECCOMP_INSNS_MAX * 16)

void seccomp_block_free(struct seccomp_block *block)
{
	if (block == NULL)
		return;
	free(block->insns);
	*block = (struct seccomp_block)SECCOMP_BLOCK_INIT;
}

static void reserve(struct seccomp_block *block, size_t more)
{
	size_t capacity = block->capacity != 0 ? block->capacity : 256;
	struct sock_filter *insns;

	while (capacity < block->count + more)
		capacity *= 2;
	if (capacity == block->capacity)
		return;
	insns = reallocarray(block->insns, capacity, sizeof(*insns));
	if (insns == NULL)
		arena_out_of_memory();
	block->insns = insns;
	block->capacity = capacity;
}

void seccomp_block_add(struct seccomp_block *block, uint16_t code, uint8_t jump_true,
		       uint8_t jump_false, uint32_t k)
{
	reserve(block, 1);
	block->insns[block->count++] = (struct sock_filter){
		.code = code, .jt = jump_true, .jf = jump_false, .k = k,
	};
}

void seccomp_block_return(struct seccomp_block *block, uint32_t action)
{
	seccomp_block_add(block, BPF_RET | BPF_K, 0, 0, action);
}

void seccomp_block_append(struct seccomp_block *block, const struct seccomp_block *more)
{
	if (more->count == 0)
		return;
	reserve(block, more->count);
	memcpy(block->insns + block->count, more->insns, more->count * sizeof(*more->insns));
	block->count += more->count;
}

void seccomp_block_load(struct seccomp_block *block, size_t offset)
{
	seccomp_block_add(block, BPF_LD | BPF_W | BPF_ABS, 0, 0, (uint32_t)offset);
}

void seccomp_block_load_argument(struct seccomp_block *block, unsigned int argument)
{
	size_t low = BYTE_ORDER == BIG_ENDIAN ? 4 : 0;

	seccomp_block_load(block, offsetof(struct seccomp_data, args) + (size_t)argument * 8 + low);
}

static void jump(struct seccomp_block *block, uint16_t test, uint8_t jump_true, uint8_t jump_false,
		 uint32_t k)
{
	seccomp_block_add(block, BPF_JMP | test | BPF_K, jump_true, jump_false, k);
}

/* One gap of unknown numbers: three instructions. */
static void refuse_between(struct seccomp_block *block, uint32_t first, uint32_t last)
{
	jump(block, BPF_JGE, 0, 2, first);
	jump(block, BPF_JGT, 1, 0, last);
	seccomp_block_return(block, SECCOMP_RET_ERRNO | ENOSYS);
}

void seccomp_block_unknown(struct seccomp_block *block, uint32_t audit_arch, int x32,
			   const struct seccomp_range *ranges, size_t count)
{
	uint32_t base = x32 ? SECCOMP_X32_BIT : 0;
	uint32_t next = 0;
	size_t body;
	size_t start;

	seccomp_block_load(block, offsetof(struct seccomp_data, arch));
	jump(block, BPF_JEQ, 1, 0, audit_arch);
	start = block->count;
	seccomp_block_add(block, BPF_JMP | BPF_JA, 0, 0, 0);

	seccomp_block_load(block, offsetof(struct seccomp_data, nr));
	if (audit_arch == AUDIT_ARCH_X86_64) {
		jump(block, BPF_JGE, x32 ? 1 : 0, x32 ? 0 : 1, SECCOMP_X32_BIT);
		seccomp_block_add(block, BPF_JMP | BPF_JA, 0, 0, 0);
	}
	body = block->count;

	for (size_t i = 0; i < count; i++) {
		if (ranges[i].first > next)
			refuse_between(block, base + next, base + ranges[i].first - 1);
		next = ranges[i].last + 1;
	}
	jump(block, BPF_JGE, 0, 1, base + next);
	seccomp_block_return(block, SECCOMP_RET_ERRNO | ENOSYS);

	block->insns[start].k = (uint32_t)(block->count - start - 1);
	if (audit_arch == AUDIT_ARCH_X86_64)
		block->insns[body - 1].k = (uint32_t)(block->count - body);
}

/* An older kernel does not know the flag; a newer one without it warns in its log. */
static int make_file(void)
{
	int file = memfd_create("seccomp", MFD_CLOEXEC | MFD_NOEXEC_SEAL);

	if (file < 0 && errno == EINVAL)
		file = memfd_create("seccomp", MFD_CLOEXEC);
	return file;
}

/* libseccomp before 2.6 writes to descriptors only, and a pipe may be too small. */
int seccomp_block_export(struct seccomp_block *block, void *context, struct error *err)
{
	auto_free char *data = NULL;
	auto_fd file = make_file();
	size_t size;
	size_t count;
	int result;

	if (file < 0)
		return error_system(err, "make a file in memory for the filter");
	result = libseccomp->export_bpf(context, file);
	if (result < 0)
		return error_set(err, ERROR_SYSTEM, -result, "libseccomp: write the filter");
	if (lseek(file, 0, SEEK_SET) < 0)
		return error_system(err, "read the filter");
	if (fd_read_all(file, EXPORT_MAX, &data, &size, err) < 0)
		return error_prefix(err, "read the filter");

	count = size / sizeof(struct sock_filter);
	reserve(block, count);
	memcpy(block->insns + block->count, data, count * sizeof(struct sock_filter));
	block->count += count;
	return 0;
}

void seccomp_block_fall_through(struct seccomp_block *block)
{
	for (size_t i = 0; i < block->count; i++) {
		struct sock_filter *insn = &block->insns[i];

		if (insn->code == (BPF_RET | BPF_K) && insn->k == SECCOMP_RET_ALLOW) {
			insn->code = BPF_JMP | BPF_JA;
			insn->k = (uint32_t)(block->count - i - 1);
		}
	}
}

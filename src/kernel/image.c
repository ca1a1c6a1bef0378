/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */

/*
 * Executing a program again costs more than all that a short command does: the dynamic linker and
 * the C library start from nothing. The mappings are replaced one by one instead, each with the
 * bytes that were there: the instruction after the call is the same one, from another file.
 */
#include "kernel/image.h"

#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/number.h"
#include "kernel/procfs.h"

#define STAT_MAX ((size_t)4096)

static int keep_first(struct dl_phdr_info *object, size_t size, void *first)
{
	(void)size;
	memcpy(first, object, offsetof(struct dl_phdr_info, dlpi_adds));
	return 1;
}

/* The first object in the list is the program itself. */
static struct dl_phdr_info own_image(void)
{
	struct dl_phdr_info image = { 0 };

	(void)dl_iterate_phdr(keep_first, &image);
	return image;
}

static uintptr_t page_down(uintptr_t address)
{
	return address & ~((uintptr_t)sysconf(_SC_PAGESIZE) - 1);
}

static uintptr_t page_up(uintptr_t address)
{
	return page_down(address + (uintptr_t)sysconf(_SC_PAGESIZE) - 1);
}

static int protection(const ElfW(Phdr) *segment)
{
	return (segment->p_flags & PF_R ? PROT_READ : 0) |
	       (segment->p_flags & PF_W ? PROT_WRITE : 0) |
	       (segment->p_flags & PF_X ? PROT_EXEC : 0);
}

off_t image_size(void)
{
	struct dl_phdr_info image = own_image();
	ElfW(Off) end = 0;

	for (size_t i = 0; i < image.dlpi_phnum; i++) {
		const ElfW(Phdr) *segment = &image.dlpi_phdr[i];

		if (segment->p_type == PT_LOAD && segment->p_offset + segment->p_filesz > end)
			end = segment->p_offset + segment->p_filesz;
	}
	return (off_t)end;
}

/* Nobody has written here: the file has the same bytes. */
static int map_clean(void *start, size_t length, const ElfW(Phdr) *segment, int copy)
{
	void *mapped = mmap(start, length, protection(segment), MAP_PRIVATE | MAP_FIXED, copy,
			    (off_t)page_down(segment->p_offset));

	return mapped == MAP_FAILED ? -1 : 0;
}

/* Relocated, and written since: what is there now goes to memory of no file. */
static int map_written(void *start, size_t length)
{
	void *memory = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	const struct iovec from = { .iov_base = start, .iov_len = length };
	const struct iovec to = { .iov_base = memory, .iov_len = length };

	if (memory == MAP_FAILED)
		return -1;
	/* The kernel copies: between two variables there may be what a sanitizer lets nobody read. */
	if (process_vm_readv(getpid(), &to, 1, &from, 1, 0) == (ssize_t)length &&
	    mremap(memory, length, length, MREMAP_MAYMOVE | MREMAP_FIXED, start) != MAP_FAILED)
		return 0;
	(void)munmap(memory, length);
	return -1;
}

static int map_segment(const struct dl_phdr_info *image, const ElfW(Phdr) *segment, int copy)
{
	uintptr_t start = page_down(image->dlpi_addr + segment->p_vaddr);
	size_t length = page_up(image->dlpi_addr + segment->p_vaddr + segment->p_filesz) - start;

	if (segment->p_type != PT_LOAD || length == 0)
		return 0;
	/* NOLINTNEXTLINE(performance-no-int-to-ptr): addresses of the program are numbers in its headers */
	void *address = (void *)start;

	return segment->p_flags & PF_W ? map_written(address, length) :
					 map_clean(address, length, segment, copy);
}

/* The dynamic linker had made these read-only, in whole pages. */
static int protect_relocated(const struct dl_phdr_info *image, const ElfW(Phdr) *segment)
{
	uintptr_t start = page_down(image->dlpi_addr + segment->p_vaddr);
	uintptr_t end = page_down(image->dlpi_addr + segment->p_vaddr + segment->p_memsz);

	if (segment->p_type != PT_GNU_RELRO || end <= start)
		return 0;
	/* NOLINTNEXTLINE(performance-no-int-to-ptr): as above */
	return mprotect((void *)start, end - start, PROT_READ);
}

/*
 * The kernel takes a new file together with all that it knows of a process's memory, and hands that
 * out in /proc/PID/stat. The call for the file alone needs CAP_SYS_RESOURCE, which runtimes within
 * containers lack.
 */
static int read_layout(const char *stat, size_t size, struct prctl_mm_map *map)
{
	struct {
		unsigned int field;	/* proc_pid_stat(5) */
		__u64 *value;
	} wanted[] = {
		{ 26, &map->start_code }, { 27, &map->end_code },  { 28, &map->start_stack },
		{ 45, &map->start_data }, { 46, &map->end_data },  { 47, &map->start_brk },
		{ 48, &map->arg_start },  { 49, &map->arg_end },   { 50, &map->env_start },
		{ 51, &map->env_end },
	};
	const char *end = stat + size;
	const char *at = size ? memrchr(stat, ')', size) : NULL;
	unsigned int field = 2;

	for (size_t i = 0; i < ARRAY_SIZE(wanted); i++) {
		const char *next;
		uint64_t value;

		for (; at && field < wanted[i].field; field++) {
			at = memchr(at, ' ', (size_t)(end - at));
			at = at ? at + 1 : NULL;
		}
		next = at ? memchr(at, ' ', (size_t)(end - at)) : NULL;
		if (!next || number_parse_u64_bytes(at, (size_t)(next - at), UINT64_MAX, &value))
			return -1;
		*wanted[i].value = value;
	}
	return 0;
}

static int check_file(int procfs, pid_t self, int copy, struct error *err)
{
	auto_fd file = procfs_open_link(procfs, self, "exe", O_PATH, err);
	struct stat found;
	struct stat wanted;

	if (file < 0)
		return -1;
	if (fstat(file, &found) || fstat(copy, &wanted))
		return error_system(err, "look at a copy of the program");
	if (found.st_dev != wanted.st_dev || found.st_ino != wanted.st_ino)
		return error_set(err, ERROR_SYSTEM, 0, "the copy of the program is not what runs");
	return 0;
}

static int change_file(int procfs, pid_t self, int copy, struct error *err)
{
	struct prctl_mm_map map = { .exe_fd = (__u32)copy, .brk = (uintptr_t)sbrk(0) };
	auto_free char *stat = NULL;
	size_t size;

	if (procfs_read_pid(procfs, self, "stat", STAT_MAX, &stat, &size, err))
		return -1;
	if (read_layout(stat, size, &map))
		return error_set(err, ERROR_HOST, 0, "malformed process status");
	if (prctl(PR_SET_MM, PR_SET_MM_MAP, &map, sizeof(map), 0))
		return error_system(err, "go on from a copy of the program");
	return check_file(procfs, self, copy, err);
}

int image_move(int procfs, pid_t self, int copy, struct error *err)
{
	const struct dl_phdr_info image = own_image();

	for (size_t i = 0; i < image.dlpi_phnum; i++)
		if (map_segment(&image, &image.dlpi_phdr[i], copy))
			return error_system(err, "map a copy of the program");
	for (size_t i = 0; i < image.dlpi_phnum; i++)
		if (protect_relocated(&image, &image.dlpi_phdr[i]))
			return error_system(err, "protect a copy of the program");
	return change_file(procfs, self, copy, err);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */

/*
 * Bytes as config.json, as a process file and as resources, and the JSON reader below them.
 * Beside the sanitizers' checks: a refusal has a message and leaves nothing behind, and what is
 * accepted keeps its promises.
 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "json/json_read.h"
#include "spec/spec.h"

typedef int reader(const char *bytes, size_t size, struct spec *out, struct error *err);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

static void check_process(const struct spec_process *process)
{
	require(process->cwd && process->cwd[0] == '/');
	require(process->args.count > 0 && process->args.items[0][0] != '\0');
	require(process->user.uid != UINT32_MAX && process->user.gid != UINT32_MAX);
	for (size_t i = 0; i < process->env.count; i++)
		require(strchr(process->env.items[i], '=') > process->env.items[i]);
	for (size_t i = 0; i < process->rlimit_count; i++)
		require(process->rlimits[i].soft <= process->rlimits[i].hard);
	require(!process->scheduler.set && !process->io_priority.set);
}

static void check_spec(const struct spec *spec)
{
	check_process(&spec->process);
	require(spec->root.set && spec->root.path[0] != '\0');
	for (size_t i = 0; i < spec->mounts.count; i++)
		require(spec->mounts.items[i].destination[0] == '/');
	for (size_t i = 0; i < spec->linux.sysctl.count; i++)
		require(!strstr(spec->linux.sysctl.items[i].key, ".."));
	for (size_t i = 0; i < spec->linux.masked_paths.count; i++)
		require(spec->linux.masked_paths.items[i][0] == '/');
	for (size_t i = 0; i < SPEC_HOOK_KINDS; i++)
		for (size_t j = 0; j < spec->hooks[i].count; j++)
			require(spec->hooks[i].items[j].path[0] == '/');
}

static void read_with(reader *read, void (*check)(const struct spec *spec), const uint8_t *data,
		      size_t size)
{
	struct spec spec = SPEC_NULL;
	struct error err = ERROR_INIT;

	if (read((const char *)data, size, &spec, &err) < 0) {
		require(err.kind == ERROR_SPEC && err.message[0] != '\0');
		require(!spec.arena.chunks);
		return;
	}
	if (check)
		check(&spec);
	spec_free(&spec);
}

static void check_process_file(const struct spec *spec)
{
	check_process(&spec->process);
}

/* Lines of paths, with a text that need not be JSON. */
static void read_lines(const uint8_t *data, size_t size)
{
	auto_arena arena = ARENA_INIT;
	auto_json_reader in = JSON_READER(&arena, ERROR_POLICY, NULL);

	if (json_read_open(&in, (const char *)data, size, JSON_READ_MAX) < 0)
		return;
	require(json_read_line(&in, "/no/such/path") == 0);
	(void)json_read_line(&in, "/linux/namespaces/0/type");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	read_with(spec_read, check_spec, data, size);
	read_with(spec_read_process, check_process_file, data, size);
	read_with(spec_read_resources, NULL, data, size);
	read_lines(data, size);
	return 0;
}

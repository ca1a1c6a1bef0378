/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * Which processes are the container's, the kernel says: those of its cgroup. How
 * they are shown is left to the host's ps(1), as other runtimes do.
 */
#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/number.h"
#include "cmd/command.h"
#include "container.h"
#include "run/cgroup.h"
#include "run/host_ps.h"

#define OUTPUT_MAX ((size_t)64 << 20)
#define BLANKS " \t"

enum ps_format {
	PS_TABLE,
	PS_JSON,
};

struct ps_options {
	int format;
};

static const struct option_word ps_formats[] = {
	{ "table", PS_TABLE },
	{ "json", PS_JSON },
	{ NULL },
};

static const struct option_row ps_rows[] = {
	{ "format", 'f', "FORMAT", "table, as ps prints it, or json, the pids alone",
	  option_choice, offsetof(struct ps_options, format), ps_formats },
};

/* What follows the id is for ps(1) to read. */
const struct options cmd_ps_options = {
	.rows = ps_rows,
	.count = ARRAY_SIZE(ps_rows),
	.size = sizeof(struct ps_options),
	.stop_at_operand = true,
};

static void ps_print_json(const struct cgroup_pids *pids, struct text *out)
{
	text_append_char(out, '[');
	for (size_t i = 0; i < pids->count; i++)
		text_appendf(out, "%s%d", i > 0 ? "," : "", pids->items[i]);
	text_append(out, "]\n");
}

/* Columns of ps(1) whose values have no blanks, as its usual forms put them before the pid. */
static const char *const plain_columns[] = {
	"F", "S", "STAT", "UID", "USER", "RUSER", "EUID", "EUSER", "PPID", "PGID", "SID", "TTY",
};

static bool ps_is_plain(const char *heading, size_t length)
{
	for (size_t i = 0; i < ARRAY_SIZE(plain_columns); i++) {
		if (strlen(plain_columns[i]) == length &&
		    memcmp(heading, plain_columns[i], length) == 0)
			return true;
	}
	return false;
}

/*
 * Which word of a line is the pid. A process chooses its own name: after that, no column is sure to
 * be what it seems to be, and a process could hide.
 */
static int ps_find_column(const char *heading, size_t *column, struct error *err)
{
	const char *word = heading;

	for (*column = 0;; (*column)++) {
		size_t length;

		word += strspn(word, BLANKS);
		length = strcspn(word, BLANKS);
		if (length == 3 && memcmp(word, "PID", 3) == 0)
			return 0;
		if (length == 0)
			return error_set(err, ERROR_USAGE, 0,
					 "ps prints no column PID with these words");
		if (!ps_is_plain(word, length))
			return error_set(err, ERROR_USAGE, 0,
					 "ps prints the column %.*s before the pid, and it may hold "
					 "blanks: put the pid first", (int)length, word);
		word += length;
	}
}

static int ps_read_pid(const char *line, size_t column, uint64_t *pid, struct error *err)
{
	const char *word = line + strspn(line, BLANKS);

	for (size_t i = 0; i < column; i++) {
		word += strcspn(word, BLANKS);
		word += strspn(word, BLANKS);
	}
	if (number_parse_u64_bytes(word, strcspn(word, BLANKS), INT32_MAX, pid) < 0)
		return error_set(err, ERROR_HOST, 0, "ps prints a line that has no pid: %s", line);
	return 0;
}

static bool ps_has(const struct cgroup_pids *pids, uint64_t pid)
{
	for (size_t i = 0; i < pids->count; i++) {
		if ((uint64_t)pids->items[i] == pid)
			return true;
	}
	return false;
}

/* Takes the text apart. */
static int ps_filter(char *text, const struct cgroup_pids *pids, struct text *out,
		     struct error *err)
{
	char *rest = NULL;
	const char *line = strtok_r(text, "\n", &rest);
	size_t column;

	if (ps_find_column(line ? line : "", &column, err) < 0)
		return -1;
	text_appendf(out, "%s\n", line);
	while ((line = strtok_r(NULL, "\n", &rest)) != NULL) {
		uint64_t pid;

		if (ps_read_pid(line, column, &pid, err) < 0)
			return -1;
		if (ps_has(pids, pid))
			text_appendf(out, "%s\n", line);
	}
	return 0;
}

static int ps_list(const struct container *container, struct cgroup_pids *pids, struct error *err)
{
	struct error cause = ERROR_INIT;
	auto_fd cgroup = container_open_cgroup(container, &cause);

	if (cgroup >= 0)
		return cgroup_list_pids(cgroup, pids, err);
	/* One that has gone had nothing left in it. */
	if (cause.errnum == ENOENT && container->status == STATUS_STOPPED)
		return 0;
	*err = cause;
	return -1;
}

int cmd_ps(const struct invocation *call, int *status, struct error *err)
{
	static char usual[] = "-ef";
	static char *usual_words[] = { usual };
	const struct ps_options *options = call->options;
	auto_container container = CONTAINER_NULL;
	auto_cgroup_pids pids = CGROUP_PIDS_INIT;
	auto_text text = TEXT_INIT(OUTPUT_MAX);
	auto_free char *table = NULL;
	bool own = call->operand_count > 1;

	(void)status;
	if (container_open(call->globals, call->operands[0], false, &container, err) < 0)
		return -1;
	store_unlock(&container.entry);
	/* Before the table is made: what has ended by then is not in it. */
	if (ps_list(&container, &pids, err) < 0)
		return -1;
	if (options->format == PS_JSON) {
		ps_print_json(&pids, &text);
		return command_print(&text, err);
	}
	if (host_ps_read(own ? call->operand_count - 1 : 1, own ? call->operands + 1 : usual_words,
			 &table, err) < 0 ||
	    ps_filter(table, &pids, &text, err) < 0)
		return -1;
	return command_print(&text, err);
}

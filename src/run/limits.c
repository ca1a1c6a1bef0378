/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/* Limits of a process. The kernel clamps none of them in silence: reading back holds it to that. */
#include "run/limits.h"

#include <errno.h>
#include <inttypes.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "base/number.h"
#include "kernel/process.h"
#include "kernel/procfs.h"

#define OOM_SCORE "oom_score_adj"

/* One of another user namespace is of no use for these. */
static bool has_sys_resource(void)
{
	return process_in_initial_userns() && process_has_capability(CAP_SYS_RESOURCE);
}

/* "unlimited" or a number, as ulimit prints it. */
static const char *limit_text(uint64_t limit, char text[static 24])
{
	if (limit == RLIM_INFINITY)
		return "unlimited";
	(void)snprintf(text, 24, "%" PRIu64, limit);
	return text;
}

static int refuse_rlimit(const struct plan_rlimit *limit, struct error *err)
{
	int errnum = errno;
	char soft[24];
	char hard[24];
	const char *reason = "";

	if (errnum == EPERM && !has_sys_resource())
		reason = " (raising a hard limit needs CAP_SYS_RESOURCE, which is missing)";

	return error_set(err, ERROR_SYSTEM, errnum, "set %s to soft %s, hard %s%s", limit->name,
			 limit_text(limit->soft, soft), limit_text(limit->hard, hard), reason);
}

int limits_set_rlimit(pid_t pid, const struct plan_rlimit *limit, struct error *err)
{
	const struct rlimit want = { .rlim_cur = limit->soft, .rlim_max = limit->hard };
	__rlimit_resource_t resource = (__rlimit_resource_t)limit->resource;
	struct rlimit got = { 0 };

	if (prlimit(pid, resource, &want, NULL) < 0)
		return refuse_rlimit(limit, err);
	if (prlimit(pid, resource, NULL, &got) < 0)
		return error_system(err, "read %s back", limit->name);
	if (got.rlim_cur != want.rlim_cur || got.rlim_max != want.rlim_max)
		return error_set(err, ERROR_HOST, 0, "%s was set, and reads back otherwise", limit->name);
	return 0;
}

int limits_read_hard(pid_t pid, size_t count, uint64_t hard[], struct error *err)
{
	for (size_t i = 0; i < count; i++) {
		struct rlimit got = { 0 };

		if (prlimit(pid, (__rlimit_resource_t)i, NULL, &got) < 0)
			return error_system(err, "read the limits of process %d", (int)pid);
		hard[i] = got.rlim_max;
	}
	return 0;
}

static int read_oom_score(int procfs, pid_t pid, int *score, struct error *err)
{
	auto_free char *data = NULL;
	int64_t value;

	if (procfs_read_pid(procfs, pid, OOM_SCORE, 64, &data, NULL, err) < 0)
		return -1;
	data[strcspn(data, "\n")] = '\0';
	if (number_parse_i64(data, -1000, 1000, &value) < 0)
		return error_set(err, ERROR_HOST, 0, "%s is not a number", OOM_SCORE);
	*score = (int)value;
	return 0;
}

int limits_set_oom_score(int procfs, pid_t pid, const struct plan_process *plan,
			 struct error *err)
{
	char text[16];
	int want = plan->oom_score_set ? plan->oom_score : 0;
	int got = 0;

	if (!plan->oom_score_set && !plan->oom_score_not_negative && !plan->oom_score_audit)
		return 0;
	if (read_oom_score(procfs, pid, &got, err) < 0)
		return -1;
	if (got == want || (!plan->oom_score_set && got >= 0))
		return 0;
	if (!plan->oom_score_set && plan->oom_score_audit) {
		log_warning("audit: rule oom-score: %s is inherited and negative: %d", OOM_SCORE,
			    got);
		return 0;
	}

	(void)snprintf(text, sizeof(text), "%d", want);
	if (procfs_write_pid(procfs, pid, OOM_SCORE, text, err) < 0)
		return error_prefix(err, "set oomScoreAdj to %d (%d now)%s", want, got,
				    want < got && !has_sys_resource()
				    ? " without CAP_SYS_RESOURCE, which lowering needs" : "");
	if (read_oom_score(procfs, pid, &got, err) < 0)
		return -1;
	if (got != want)
		return error_set(err, ERROR_HOST, 0, "oomScoreAdj %d was set, and %d reads back",
				 want, got);
	return 0;
}

void limits_set_umask(const struct plan_process *plan)
{
	(void)umask(plan->umask_set ? (mode_t)plan->umask & 0777 : 022);
}

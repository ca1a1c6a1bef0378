/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * Labels, by the files of /proc/PID/attr. AppArmor has a directory of its own there since Linux
 * 5.8; the files beside it belong to whichever module came first, so they are the second choice.
 *
 * Whether a module is on was asked of the host before the plan was made. What is found here is
 * whether the kernel does as planned: a label that is staged reads back, a label in force
 * is the one planned.
 */
#include "run/lsm.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "kernel/libapparmor.h"
#include "kernel/procfs.h"

#define LABEL_MAX 4096
#define STACKED "//&"

/* The first of two names that there is. */
static const char *choose_name(int procfs, pid_t pid, const char *const names[2])
{
	auto_fd file = procfs_open_pid(procfs, pid, names[0], O_PATH, NULL);

	return file < 0 && names[1] != NULL ? names[1] : names[0];
}

static int read_label(int procfs, pid_t pid, const char *const names[2], char **label,
		      struct error *err)
{
	return procfs_read_pid(procfs, pid, choose_name(procfs, pid, names), LABEL_MAX, label, NULL,
			       err);
}

static int write_label(int procfs, pid_t pid, const char *const names[2], const char *text,
		       struct error *err)
{
	return procfs_write_pid(procfs, pid, choose_name(procfs, pid, names), text, err);
}

static const char *const apparmor_exec[2] = { "attr/apparmor/exec", "attr/exec" };
static const char *const apparmor_current[2] = { "attr/apparmor/current", "attr/current" };
static const char *const selinux_exec[2] = { "attr/exec", NULL };
static const char *const selinux_current[2] = { "attr/current", NULL };
static const char *const selinux_keycreate[2] = { "attr/keycreate", NULL };

/* Whether @part, @size bytes, is one of the profiles stacked in @label. */
static bool has_part(const char *label, const char *part, size_t size)
{
	for (;;) {
		const char *end = strstr(label, STACKED);
		size_t length = end != NULL ? (size_t)(end - label) : strlen(label);

		if (length == size && memcmp(label, part, size) == 0)
			return true;
		if (end == NULL)
			return false;
		label = end + strlen(STACKED);
	}
}

static bool has_parts(const char *label, const char *wanted)
{
	for (;;) {
		const char *end = strstr(wanted, STACKED);
		size_t size = end != NULL ? (size_t)(end - wanted) : strlen(wanted);

		if (!has_part(label, wanted, size))
			return false;
		if (end == NULL)
			return true;
		wanted = end + strlen(STACKED);
	}
}

int lsm_apparmor_matches(const char *current, const char *profile)
{
	auto_free char *copy = strdup(current);
	char *mode = NULL;
	char *label = copy != NULL ? libapparmor->splitcon(copy, &mode) : NULL;

	if (label == NULL)
		return 0;
	if (strcmp(profile, "unconfined") == 0)
		return strcmp(label, "unconfined") == 0;
	if (mode == NULL || (strcmp(mode, "enforce") != 0 && strcmp(mode, "kill") != 0))
		return 0;
	return has_parts(label, profile);
}

static int refuse_apparmor(const char *profile, const struct error *failure, struct error *err)
{
	const char *reason = "the kernel refuses it";

	if (failure->errnum == ENOENT)
		return error_set(err, ERROR_HOST, 0,
				 "AppArmor profile '%s' is not loaded: load it with "
				 "apparmor_parser -r /etc/apparmor.d/%s", profile, profile);
	if (failure->errnum == EACCES || failure->errnum == EPERM)
		reason = "orlop's own profile or no_new_privs does not allow the change";
	else if (failure->errnum == EINVAL)
		reason = "AppArmor is not enabled, or the name is not a profile's";

	return error_set(err, ERROR_HOST, failure->errnum, "AppArmor profile '%s': %s", profile,
			 reason);
}

static int stage_apparmor(const char *profile, int procfs, pid_t pid, struct error *err)
{
	auto_text request = TEXT_INIT(LABEL_MAX);
	auto_free char *staged = NULL;
	struct error failure = ERROR_INIT;

	text_append(&request, "exec ");
	text_append(&request, profile);
	if (request.truncated)
		return error_set(err, ERROR_SPEC, 0, "the AppArmor profile's name is too long");
	if (write_label(procfs, pid, apparmor_exec, text_string(&request), &failure) < 0)
		return refuse_apparmor(profile, &failure, err);
	if (read_label(procfs, pid, apparmor_exec, &staged, err) < 0)
		return error_prefix(err, "AppArmor profile '%s'", profile);
	staged[strcspn(staged, "\n")] = '\0';
	if (!lsm_apparmor_matches(staged, profile))
		return error_set(err, ERROR_HOST, 0,
				 "AppArmor profile '%s' was asked for, and '%s' is staged",
				 profile, staged);
	return 0;
}

/* Labels of SELinux may come back with their NUL; the reader ends them with one in any case. */
static int check_selinux(const char *what, const char *label, char *got, struct error *err)
{
	got[strcspn(got, "\n")] = '\0';
	if (strcmp(got, label) != 0)
		return error_set(err, ERROR_HOST, 0,
				 "SELinux %s label '%s' was asked for, and it is '%s'", what, label,
				 got);
	return 0;
}

static int stage_selinux(const char *label, int procfs, pid_t pid, struct error *err)
{
	static const struct {
		const char *what;
		const char *const *names;
	} files[] = {
		{ "process", selinux_exec },
		{ "keyring", selinux_keycreate },
	};

	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		auto_free char *got = NULL;

		if (write_label(procfs, pid, files[i].names, label, err) < 0 ||
		    read_label(procfs, pid, files[i].names, &got, err) < 0)
			return error_prefix(err, "SELinux %s label '%s'", files[i].what, label);
		if (check_selinux(files[i].what, label, got, err) < 0)
			return -1;
	}
	return 0;
}

int lsm_stage(const struct plan_lsm *plan, int procfs, struct error *err)
{
	pid_t pid;

	if (plan->apparmor == NULL && plan->selinux == NULL)
		return 0;
	if (procfs_self(procfs, &pid, err) < 0)
		return -1;
	if (plan->apparmor != NULL &&
	    (libapparmor_load(err) || stage_apparmor(plan->apparmor, procfs, pid, err) < 0))
		return -1;
	if (plan->selinux != NULL)
		return stage_selinux(plan->selinux, procfs, pid, err);
	return 0;
}

int lsm_verify(const struct plan_lsm *plan, int procfs, pid_t pid, struct error *err)
{
	auto_free char *apparmor = NULL;
	auto_free char *selinux = NULL;

	if (plan->apparmor != NULL) {
		if (libapparmor_load(err) ||
		    read_label(procfs, pid, apparmor_current, &apparmor, err) < 0)
			return error_prefix(err, "read the AppArmor label of process %d", pid);
		apparmor[strcspn(apparmor, "\n")] = '\0';
		if (!lsm_apparmor_matches(apparmor, plan->apparmor))
			return error_set(err, ERROR_HOST, 0,
					 "AppArmor profile '%s' was asked for in mode enforce, "
					 "and the process runs under '%s'", plan->apparmor,
					 apparmor);
	}
	if (plan->selinux != NULL) {
		if (read_label(procfs, pid, selinux_current, &selinux, err) < 0)
			return error_prefix(err, "read the SELinux label of process %d", pid);
		return check_selinux("process", plan->selinux, selinux, err);
	}
	return 0;
}

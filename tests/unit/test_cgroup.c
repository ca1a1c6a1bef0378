/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * The container's cgroup on a real cgroup2 mount, in a mount namespace of the test's own. Skipped
 * without root. Every cgroup made lies below one directory of this process and is removed; hugetlb
 * stays enabled in the root, where two runs at once would take it from each other.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "kernel/process.h"
#include "run/cgroup.h"
#include "skip.h"

#define TIMEOUT_MS 5000

static int mount_fd = -1;
static char directory[] = "/tmp/orlop-cgroup-XXXXXX";
static char top[64];		/* "/orlop-unit-PID" */

static int set_up(void **state)
{
	struct error err = ERROR_INIT;

	(void)state;
	(void)snprintf(top, sizeof(top), "/orlop-unit-%d", getpid());
	if (geteuid() != 0 || unshare(CLONE_NEWNS) < 0)
		return 0;
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 || mkdtemp(directory) == NULL)
		return -1;
	if (mount("cgroup2", directory, "cgroup2", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) == 0)
		mount_fd = cgroup_open_mount(directory, &err);
	return 0;
}

static int tear_down(void **state)
{
	struct error err = ERROR_INIT;

	(void)state;
	if (mount_fd >= 0 && cgroup_remove(mount_fd, top, 0, TIMEOUT_MS, &err) < 0)
		print_error("%s\n", err.message);
	cleanup_fd(&mount_fd);
	(void)umount2(directory, MNT_DETACH);
	(void)rmdir(directory);
	return 0;
}

#define NEED_CGROUP()							\
	do {								\
		if (mount_fd < 0)					\
			skip_because("needs root and a mountable cgroup2"); \
	} while (0)

/* Whether the root has a controller to give. Frees before the caller skips: that jumps. */
static bool has_controller(const char *name)
{
	auto_free char *available = NULL;
	struct error err = ERROR_INIT;

	assert_int_equal(fd_read_file(mount_fd, "cgroup.controllers", 4096, &available, NULL,
				      &err), 0);
	return strstr(available, name) != NULL;
}

static int make(const char *name, struct plan_cgroup *plan, struct cgroup_made *made,
		struct error *err)
{
	static char path[256];

	(void)snprintf(path, sizeof(path), "%s%s", top, name);
	plan->path = path;
	plan->managed = true;
	error_clear(err);
	return cgroup_create(mount_fd, plan, "/run/unit", "unit", made, err);
}

static pid_t start_sleeper(int cgroup)
{
	struct process_clone_args args = PROCESS_CLONE_ARGS_INIT;
	struct error err = ERROR_INIT;
	auto_fd pidfd = -1;
	pid_t pid;

	args.cgroup_fd = cgroup;
	args.pidfd = &pidfd;
	assert_int_equal(process_clone(&args, &pid, &err), 0);
	if (pid == 0) {
		for (;;)
			(void)pause();
	}
	return pid;
}

static void not_a_cgroup_mount_is_refused(void **state)
{
	struct error err = ERROR_INIT;

	(void)state;
	assert_int_equal(cgroup_open_mount("/proc", &err), -1);
	assert_int_equal(err.kind, ERROR_HOST);
	assert_int_equal(cgroup_open_mount("/nowhere", &err), -1);
	assert_int_equal(err.errnum, ENOENT);
}

static void paths_that_lead_elsewhere_are_refused(void **state)
{
	static const char *const paths[] = { "/../x", "/a/../../x", "/./x", "", "/", "///", ".." };

	(void)state;
	NEED_CGROUP();
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		struct plan_cgroup plan = { .path = paths[i] };
		struct cgroup_made made;
		struct error err = ERROR_INIT;

		assert_int_equal(cgroup_create(mount_fd, &plan, "/run/unit", "unit", &made,
					       &err), -1);
		assert_int_equal(err.kind, ERROR_SPEC);
		assert_int_equal(made.parents, 0);
		assert_false(made.leaf);
	}
	assert_int_equal(cgroup_remove(mount_fd, "/..", 0, 0, NULL), -1);
	assert_int_equal(cgroup_remove(mount_fd, "/", 0, 0, NULL), -1);
}

static void parents_are_made_and_removed_again(void **state)
{
	struct plan_cgroup plan = { 0 };
	struct cgroup_made made;
	struct error err = ERROR_INIT;
	struct stat info;
	mode_t mask;
	int leaf;

	(void)state;
	NEED_CGROUP();
	mask = umask(077);
	leaf = make("/one//two/leaf", &plan, &made, &err);
	(void)umask(mask);
	assert_true(leaf >= 0);
	assert_true(made.leaf);
	assert_int_equal(made.parents, 3);
	assert_int_equal(fstat(leaf, &info), 0);
	assert_int_equal(info.st_mode & 07777, 0755);
	(void)close(leaf);

	/* A second one beside it: the parents above are there. */
	leaf = make("/one/three/leaf", &plan, &made, &err);
	assert_true(leaf >= 0);
	assert_int_equal(made.parents, 1);
	(void)close(leaf);
	assert_int_equal(cgroup_remove(mount_fd, plan.path, made.parents, TIMEOUT_MS, &err), 0);

	/* An empty one is taken as it is. */
	leaf = make("/one/two/leaf", &plan, &made, &err);
	assert_true(leaf >= 0);
	assert_false(made.leaf);
	assert_int_equal(made.parents, 0);
	(void)close(leaf);

	assert_int_equal(cgroup_remove(mount_fd, plan.path, 3, TIMEOUT_MS, &err), 0);
	assert_int_equal(cgroup_open(mount_fd, top, &err), -1);
	assert_int_equal(err.errnum, ENOENT);
	assert_int_equal(cgroup_remove(mount_fd, plan.path, 3, TIMEOUT_MS, &err), 0);
}

static void a_cgroup_in_use_or_frozen_is_refused(void **state)
{
	struct plan_cgroup plan = { 0 };
	struct cgroup_made made;
	struct error err = ERROR_INIT;
	auto_fd leaf = -1;
	auto_fd child = -1;
	auto_fd again = -1;
	bool frozen;
	pid_t pid;

	(void)state;
	NEED_CGROUP();
	leaf = make("/used", &plan, &made, &err);
	assert_true(leaf >= 0);
	assert_int_equal(mkdirat(leaf, "below", 0755), 0);
	child = openat(leaf, "below", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	pid = start_sleeper(child);

	assert_int_equal(make("/used", &plan, &made, &err), -1);
	assert_int_equal(err.kind, ERROR_STATE);
	assert_non_null(strstr(err.message, "container's cgroup is not empty"));

	assert_int_equal(cgroup_kill(leaf, TIMEOUT_MS, &err), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_int_equal(cgroup_freeze(leaf, true, TIMEOUT_MS, &err), 0);
	assert_int_equal(cgroup_is_frozen(leaf, &frozen, &err), 0);
	assert_true(frozen);
	assert_int_equal(make("/used", &plan, &made, &err), -1);
	assert_int_equal(err.kind, ERROR_STATE);
	assert_non_null(strstr(err.message, "container's cgroup unexpectedly frozen"));

	/* Made new below a frozen one, it is frozen as well. */
	assert_int_equal(make("/used/new", &plan, &made, &err), -1);
	assert_int_equal(err.kind, ERROR_STATE);
	assert_true(made.leaf);
	assert_int_equal(cgroup_freeze(leaf, false, TIMEOUT_MS, &err), 0);
	again = make("/used", &plan, &made, &err);
	assert_true(again >= 0);
	assert_int_equal(cgroup_remove(mount_fd, plan.path, 1, TIMEOUT_MS, &err), 0);
}

static void kill_ends_every_process_frozen_ones_too(void **state)
{
	struct plan_cgroup plan = { 0 };
	struct cgroup_made made;
	struct error err = ERROR_INIT;
	auto_cgroup_pids pids = CGROUP_PIDS_INIT;
	auto_fd leaf = -1;
	auto_fd below = -1;
	pid_t children[3];
	bool populated;
	int status;

	(void)state;
	NEED_CGROUP();
	leaf = make("/kill", &plan, &made, &err);
	assert_true(leaf >= 0);
	assert_int_equal(mkdirat(leaf, "below", 0755), 0);
	below = openat(leaf, "below", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	children[0] = start_sleeper(leaf);
	children[1] = start_sleeper(below);
	children[2] = start_sleeper(below);

	assert_int_equal(cgroup_list_pids(leaf, &pids, &err), 0);
	assert_int_equal(pids.count, 3);
	for (size_t i = 0; i < 3; i++) {
		size_t seen = 0;

		for (size_t j = 0; j < pids.count; j++)
			seen += pids.items[j] == children[i];
		assert_int_equal(seen, 1);
	}

	/* In use: removing says so within its time. */
	assert_int_equal(cgroup_remove(mount_fd, plan.path, 0, 20, &err), -1);
	assert_int_equal(err.errnum, EBUSY);

	assert_int_equal(cgroup_freeze(leaf, true, TIMEOUT_MS, &err), 0);
	assert_int_equal(cgroup_kill(leaf, TIMEOUT_MS, &err), 0);
	assert_int_equal(cgroup_is_populated(leaf, &populated, &err), 0);
	assert_false(populated);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(waitpid(children[i], &status, 0), children[i]);
		assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	}
	assert_int_equal(cgroup_remove(mount_fd, plan.path, 1, TIMEOUT_MS, &err), 0);
}

static void removing_takes_deep_and_threaded_children(void **state)
{
	struct plan_cgroup plan = { 0 };
	struct cgroup_made made;
	struct error err = ERROR_INIT;
	auto_cgroup_pids pids = CGROUP_PIDS_INIT;
	auto_fd leaf = -1;
	auto_fd deepest = -1;

	(void)state;
	NEED_CGROUP();
	leaf = make("/deep", &plan, &made, &err);
	assert_true(leaf >= 0);
	assert_int_equal(mkdirat(leaf, "threads", 0755), 0);
	assert_int_equal(fd_write_file(leaf, "threads/cgroup.type", "threaded", &err), 0);
	assert_int_equal(mkdirat(leaf, "threads/more", 0755), 0);
	assert_int_equal(cgroup_list_pids(leaf, &pids, &err), 0);
	assert_int_equal(pids.count, 0);

	deepest = openat(leaf, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	for (int i = 0; i < 200; i++) {
		int next;

		assert_int_equal(mkdirat(deepest, "d", 0755), 0);
		next = openat(deepest, "d", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		assert_true(next >= 0);
		close_fd(&deepest);
		deepest = next;
	}
	close_fd(&deepest);
	assert_int_equal(cgroup_list_pids(leaf, &pids, &err), 0);
	assert_int_equal(pids.count, 0);
	assert_int_equal(cgroup_remove(mount_fd, plan.path, 1, TIMEOUT_MS, &err), 0);
	assert_int_equal(cgroup_open(mount_fd, plan.path, &err), -1);
	assert_int_equal(err.errnum, ENOENT);
}

static void a_cgroup_that_takes_no_processes_is_refused(void **state)
{
	struct plan_cgroup plan = { 0 };
	struct cgroup_made made;
	struct error err = ERROR_INIT;
	auto_fd leaf = -1;

	(void)state;
	NEED_CGROUP();
	leaf = make("/plain", &plan, &made, &err);
	assert_true(leaf >= 0);
	assert_int_equal(mkdirat(leaf, "threads", 0755), 0);
	assert_int_equal(fd_write_file(leaf, "threads/cgroup.type", "threaded", &err), 0);

	/* Threaded itself, and made new below: "domain invalid". */
	assert_int_equal(make("/plain/threads", &plan, &made, &err), -1);
	assert_int_equal(err.kind, ERROR_HOST);
	assert_int_equal(make("/plain/threads/new", &plan, &made, &err), -1);
	assert_int_equal(err.kind, ERROR_HOST);
	assert_non_null(strstr(err.message, "takes no processes"));
	assert_int_equal(cgroup_remove(mount_fd, top, 0, TIMEOUT_MS, &err), 0);
}

/* hugetlb is the controller that this kernel has on version 2, if any; memory is not there. */
static void missing_controllers_are_told_apart(void **state)
{
	struct plan_cgroup_write writes[] = {
		{ .file = "memory.max", .value = "4194304", .controller = HOST_MEMORY,
		  .why = { .item = "memory-limit" } },
		{ .file = "cgroup.max.depth", .value = "7", .required = true },
		{ .file = "pids.max", .value = "64", .controller = HOST_PIDS, .required = false },
	};
	struct plan_cgroup plan = { .controllers = HOST_MEMORY | HOST_PIDS, .writes = writes,
				    .write_count = ARRAY_SIZE(writes) };
	struct cgroup_made made;
	struct error err = ERROR_INIT;
	auto_free char *depth = NULL;
	auto_fd leaf = -1;
	bool skipped[ARRAY_SIZE(writes)];

	(void)state;
	NEED_CGROUP();
	if (has_controller("memory") || has_controller("pids"))
		skip_because("needs a cgroup2 without memory and pids");

	leaf = make("/missing", &plan, &made, &err);
	assert_true(leaf >= 0);
	assert_int_equal(cgroup_apply(leaf, &plan, skipped, &err), 0);
	assert_true(skipped[0]);
	assert_false(skipped[1]);
	assert_true(skipped[2]);
	assert_int_equal(fd_read_file(leaf, "cgroup.max.depth", 64, &depth, NULL, &err), 0);
	assert_string_equal(depth, "7\n");

	writes[0].required = true;
	writes[0].why.path = "/linux/resources/memory/limit";
	assert_int_equal(cgroup_apply(leaf, &plan, NULL, &err), -1);
	assert_int_equal(err.kind, ERROR_HOST);
	assert_non_null(strstr(err.message, "memory.max"));
	assert_non_null(strstr(err.message, "4194304"));
	assert_non_null(strstr(err.message, "/linux/resources/memory/limit"));
	assert_int_equal(make("/missing", &plan, &made, &err), -1);
	assert_int_equal(err.kind, ERROR_HOST);
	assert_non_null(strstr(err.message, "controller memory"));

	/* What the kernel refuses is an error whoever asked. */
	writes[0] = (struct plan_cgroup_write){ .file = "cgroup.max.depth", .value = "deep" };
	assert_int_equal(cgroup_apply(leaf, &plan, NULL, &err), -1);
	assert_int_equal(err.errnum, EINVAL);
	writes[0] = (struct plan_cgroup_write){ .file = "../x", .value = "1" };
	assert_int_equal(cgroup_apply(leaf, &plan, NULL, &err), -1);
	assert_int_equal(cgroup_remove(mount_fd, plan.path, 1, TIMEOUT_MS, &err), 0);
}

static void controllers_are_enabled_from_the_top_down(void **state)
{
	struct plan_cgroup plan = { .controllers = HOST_HUGETLB };
	struct cgroup_made made;
	struct error err = ERROR_INIT;
	auto_free char *in_leaf = NULL;
	auto_fd leaf = -1;

	(void)state;
	NEED_CGROUP();
	if (!has_controller("hugetlb"))
		skip_because("needs hugetlb in cgroup2");
	leaf = make("/a/b", &plan, &made, &err);
	assert_true(leaf >= 0);
	assert_int_equal(fd_read_file(leaf, "cgroup.controllers", 4096, &in_leaf, NULL, &err), 0);
	assert_non_null(strstr(in_leaf, "hugetlb"));
	assert_int_equal(cgroup_remove(mount_fd, plan.path, made.parents, TIMEOUT_MS, &err), 0);
}

/* Only where the controllers are: in a guest. */
static void the_kernel_takes_the_limits(void **state)
{
	static const struct plan_cgroup_write writes[] = {
		{ .file = "memory.max", .value = "8388609", .required = true,
		  .controller = HOST_MEMORY },
		{ .file = "memory.swap.max", .value = "0", .controller = HOST_MEMORY },
		{ .file = "memory.high", .value = "max", .required = true,
		  .controller = HOST_MEMORY },
		{ .file = "memory.low", .value = "9223372036854775807", .controller = HOST_MEMORY },
		{ .file = "pids.max", .value = "3", .controller = HOST_PIDS, .required = true },
		{ .file = "cpu.max", .value = "50000 100000", .required = true,
		  .controller = HOST_CPU },
		{ .file = "cpu.max", .value = "60000", .required = true,
		  .controller = HOST_CPU },
		{ .file = "cpu.weight", .value = "79", .required = true,
		  .controller = HOST_CPU },
		{ .file = "cpuset.cpus", .value = "0", .required = true,
		  .controller = HOST_CPUSET },
	};
	struct plan_cgroup plan = {
		.controllers = HOST_MEMORY | HOST_PIDS | HOST_CPU | HOST_CPUSET,
		.writes = writes, .write_count = ARRAY_SIZE(writes),
	};
	struct cgroup_made made;
	struct error err = ERROR_INIT;
	auto_fd leaf = -1;

	(void)state;
	NEED_CGROUP();
	if (!has_controller("memory") || !has_controller("pids") || !has_controller("cpu "))
		skip_because("needs memory, pids and cpu in cgroup2, as a guest has them");
	leaf = make("/limits/leaf", &plan, &made, &err);
	if (leaf < 0 || cgroup_apply(leaf, &plan, NULL, &err) < 0)
		fail_msg("%s", err.message);
	assert_int_equal(cgroup_remove(mount_fd, plan.path, made.parents, TIMEOUT_MS, &err), 0);
}

static void a_parent_with_processes_is_named(void **state)
{
	struct plan_cgroup_write write = {
		.file = "hugetlb.2MB.max",
		.value = "0",
		.required = true,
		.controller = HOST_HUGETLB,
		.why = { .path = "/x" },
	};
	struct plan_cgroup plan = { 0 };
	struct cgroup_made made;
	struct error err = ERROR_INIT;
	auto_fd busy = -1;
	auto_fd leaf = -1;
	pid_t pid;

	(void)state;
	NEED_CGROUP();
	if (fd_write_file(mount_fd, "cgroup.subtree_control", "+hugetlb", &err) < 0)
		skip_because("needs hugetlb in cgroup2");
	busy = make("/busy", &plan, &made, &err);
	assert_true(busy >= 0);
	assert_int_equal(cgroup_remove(mount_fd, plan.path, 0, TIMEOUT_MS, &err), 0);
	close_fd(&busy);
	plan.controllers = HOST_HUGETLB;
	busy = make("/busy", &plan, &made, &err);
	assert_true(busy >= 0);
	pid = start_sleeper(busy);
	plan.writes = &write;
	plan.write_count = 1;
	assert_int_equal(make("/busy/leaf", &plan, &made, &err), -1);
	assert_int_equal(err.kind, ERROR_HOST);
	assert_int_equal(err.errnum, EBUSY);
	assert_non_null(strstr(err.message, "processes of its own"));
	write.required = false;
	leaf = make("/busy/leaf", &plan, &made, &err);
	assert_true(leaf >= 0);
	assert_int_equal(cgroup_kill(busy, TIMEOUT_MS, &err), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_int_equal(cgroup_remove(mount_fd, top, 0, TIMEOUT_MS, &err), 0);
}

static void the_device_program_denies_and_is_listed(void **state)
{
	static const struct plan_device_rule rules[] = {
		{ .allow = false, .type = 'a', .major = -1, .minor = -1, .access = 7 },
		{ .allow = true, .type = 'c', .major = 1, .minor = 3, .access = PLAN_DEVICE_READ },
	};
	struct plan_cgroup plan = { .rules = rules, .rule_count = 2, .device_program = true };
	struct process_clone_args args = PROCESS_CLONE_ARGS_INIT;
	struct cgroup_made made;
	struct error err = ERROR_INIT;
	auto_fd leaf = -1;
	auto_fd pidfd = -1;
	int status;
	pid_t pid;

	(void)state;
	NEED_CGROUP();
	leaf = make("/devices", &plan, &made, &err);
	assert_true(leaf >= 0);
	assert_int_equal(cgroup_attach_devices(leaf, &plan, &err), 0);
	args.cgroup_fd = leaf;
	args.pidfd = &pidfd;
	assert_int_equal(process_clone(&args, &pid, &err), 0);
	if (pid == 0) {
		if (open("/dev/null", O_RDONLY) < 0)
			_exit(1);
		if (open("/dev/null", O_WRONLY) >= 0)
			_exit(2);
		_exit(open("/dev/zero", O_RDONLY) < 0 ? 0 : 3);
	}
	assert_int_equal(process_wait(pidfd, TIMEOUT_MS, &status, &err), 0);
	assert_int_equal(status, 0);
	assert_int_equal(cgroup_remove(mount_fd, plan.path, 1, TIMEOUT_MS, &err), 0);
}

/* Regular files stand in for the kernel's: they take anything and round nothing. */
static void what_the_kernel_made_of_a_value_is_checked(void **state)
{
	static const struct {
		const char *file;
		const char *before;
		const char *value;
		bool accepted;
	} cases[] = {
		{ "memory.max", "", "8192", true },
		{ "memory.max", "", "8193", false },
		{ "memory.max", "max", "max", true },
		{ "memory.max", "104857600", "1", false },
		{ "memory.swap.max", "", "0", true },
		{ "memory.high", "", "1G", true },
		{ "pids.max", "", "64", true },
		{ "pids.max", "6400", "64", false },
		{ "cpu.max", "50000 100000\n", "50000", true },
		{ "cpu.max", "50000 100000\n", "50001", true },
		{ "cpu.max", "500000 100000\n", "50000", false },
		{ "io.max", "whatever stands there", "8:0 rbps=1", true },
	};
	char name[] = "/tmp/orlop-apply-XXXXXX";
	auto_fd fake = -1;

	(void)state;
	assert_non_null(mkdtemp(name));
	fake = open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct plan_cgroup_write write = {
			.file = cases[i].file, .value = cases[i].value, .required = true,
			.why = { .path = "/linux/resources" },
		};
		const struct plan_cgroup plan = { .writes = &write, .write_count = 1 };
		struct error err = ERROR_INIT;
		auto_fd file = openat(fake, cases[i].file, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);

		assert_int_equal(fd_write_all(file, cases[i].before, strlen(cases[i].before), &err),
				 0);
		assert_int_equal(cgroup_apply(fake, &plan, NULL, &err), cases[i].accepted ? 0 : -1);
		if (!cases[i].accepted)
			assert_non_null(strstr(err.message, "/linux/resources"));
		assert_int_equal(unlinkat(fake, cases[i].file, 0), 0);
	}
	(void)rmdir(name);
}

static void an_alternative_is_written_only_when_needed(void **state)
{
	static const struct plan_cgroup_write writes[] = {
		{ .file = "io.bfq.weight", .value = "1", .required = true, .missing_ok = true },
		{ .file = "io.weight", .value = "2", .required = true, .alternative = true },
	};
	const struct plan_cgroup plan = { .writes = writes, .write_count = 2 };
	char name[] = "/tmp/orlop-apply-XXXXXX";
	struct error err = ERROR_INIT;
	struct stat info;
	auto_fd fake = -1;

	(void)state;
	assert_non_null(mkdtemp(name));
	fake = open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	/* Neither is there, then the second, then both. */
	assert_int_equal(cgroup_apply(fake, &plan, NULL, &err), -1);
	assert_non_null(strstr(err.message, "io.weight"));
	for (int i = 1; i >= 0; i--) {
		auto_fd file = openat(fake, writes[i].file, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
		bool skipped[2] = { true, true };
		auto_free char *text = NULL;

		assert_int_equal(cgroup_apply(fake, &plan, skipped, &err), 0);
		assert_false(skipped[0] || skipped[1]);
		assert_int_equal(fd_read_file(fake, writes[i].file, 64, &text, NULL, &err), 0);
		assert_string_equal(text, writes[i].value);
		assert_int_equal(ftruncate(file, 0), 0);
	}
	assert_int_equal(fstatat(fake, "io.weight", &info, 0), 0);
	assert_int_equal(info.st_size, 0);
	assert_int_equal(unlinkat(fake, "io.bfq.weight", 0), 0);
	assert_int_equal(unlinkat(fake, "io.weight", 0), 0);
	(void)rmdir(name);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(not_a_cgroup_mount_is_refused),
		cmocka_unit_test(what_the_kernel_made_of_a_value_is_checked),
		cmocka_unit_test(an_alternative_is_written_only_when_needed),
		cmocka_unit_test(paths_that_lead_elsewhere_are_refused),
		cmocka_unit_test(parents_are_made_and_removed_again),
		cmocka_unit_test(a_cgroup_in_use_or_frozen_is_refused),
		cmocka_unit_test(kill_ends_every_process_frozen_ones_too),
		cmocka_unit_test(removing_takes_deep_and_threaded_children),
		cmocka_unit_test(a_cgroup_that_takes_no_processes_is_refused),
		cmocka_unit_test(missing_controllers_are_told_apart),
		cmocka_unit_test(controllers_are_enabled_from_the_top_down),
		cmocka_unit_test(the_kernel_takes_the_limits),
		cmocka_unit_test(a_parent_with_processes_is_named),
		cmocka_unit_test(the_device_program_denies_and_is_listed),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}

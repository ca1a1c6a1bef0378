/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "kernel/process.h"
#include "kernel/procfs.h"
#include "state/status.h"

static pid_t start_child(void)
{
	pid_t child = fork();

	assert_true(child >= 0);
	if (child == 0)
		for (;;)
			pause();
	return child;
}

static void end_child(pid_t child)
{
	assert_int_equal(kill(child, SIGKILL), 0);
	assert_int_equal(waitpid(child, NULL, 0), child);
}

static uint64_t start_of(pid_t pid)
{
	auto_fd procfs = procfs_open(PROCFS_PIDS, NULL, NULL);
	uint64_t start = 0;

	assert_true(procfs >= 0);
	assert_int_equal(process_start_time(procfs, pid, &start, NULL), 0);
	return start;
}

static enum status status_of(const struct record *record, bool *alive)
{
	struct error err = ERROR_INIT;
	auto_fd pidfd = -1;
	enum status status;

	if (status_read(record, &pidfd, &status, &err) < 0)
		fail_msg("%s", err.message);
	if (alive)
		*alive = pidfd >= 0;
	return status;
}

static void the_phase_tells_creating_created_and_running_apart(void **state)
{
	pid_t child = start_child();
	struct record record = { .pid = child, .pid_start = start_of(child) };
	bool alive = false;

	(void)state;
	record.phase = RECORD_CREATING;
	assert_int_equal(status_of(&record, NULL), STATUS_CREATING);
	record.phase = RECORD_CREATED;
	assert_int_equal(status_of(&record, NULL), STATUS_CREATED);
	record.phase = RECORD_STARTED;
	assert_int_equal(status_of(&record, &alive), STATUS_RUNNING);
	assert_true(alive);
	end_child(child);
	assert_int_equal(status_of(&record, &alive), STATUS_STOPPED);
	assert_false(alive);
}

static void another_process_with_the_pid_is_not_the_container(void **state)
{
	pid_t child = start_child();
	struct record record = { .pid = child, .pid_start = start_of(child) + 1 };
	bool alive = true;

	(void)state;
	record.phase = RECORD_STARTED;
	assert_int_equal(status_of(&record, &alive), STATUS_STOPPED);
	assert_false(alive);
	end_child(child);
}

static void a_zombie_has_stopped(void **state)
{
	pid_t child = start_child();
	struct record record = { .pid = child, .pid_start = start_of(child) };
	siginfo_t info;

	(void)state;
	record.phase = RECORD_STARTED;
	assert_int_equal(kill(child, SIGKILL), 0);
	assert_int_equal(waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT), 0);
	assert_int_equal(status_of(&record, NULL), STATUS_STOPPED);
	assert_int_equal(waitpid(child, NULL, 0), child);
}

static void without_a_process_intent_is_creating_and_all_else_stopped(void **state)
{
	struct record record = { .phase = RECORD_CREATING };

	(void)state;
	assert_int_equal(status_of(&record, NULL), STATUS_CREATING);
	record.phase = RECORD_STARTED;
	assert_int_equal(status_of(&record, NULL), STATUS_STOPPED);
}

static void a_frozen_cgroup_is_paused(void **state)
{
	char mount[] = "/tmp/orlop-status.XXXXXX";
	char path[64];
	pid_t child = start_child();
	struct record record = {
		.phase = RECORD_STARTED,
		.pid = child,
		.pid_start = start_of(child),
		.cgroup_mount = mount,
		.cgroup_path = "/c1",
	};
	auto_fd file = -1;
	struct stat st;

	(void)state;
	assert_non_null(mkdtemp(mount));
	assert_int_equal(status_of(&record, NULL), STATUS_RUNNING);
	(void)snprintf(path, sizeof(path), "%s/c1", mount);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(stat(path, &st), 0);
	record.cgroup_inode = st.st_ino;
	(void)snprintf(path, sizeof(path), "%s/c1/cgroup.freeze", mount);
	file = open(path, O_RDWR | O_CREAT, 0600);
	assert_int_equal(pwrite(file, "0\n", 2, 0), 2);
	assert_int_equal(status_of(&record, NULL), STATUS_RUNNING);
	assert_int_equal(pwrite(file, "1\n", 2, 0), 2);
	assert_int_equal(status_of(&record, NULL), STATUS_PAUSED);
	/* Another one of that path is somebody else's. */
	record.cgroup_inode++;
	assert_int_equal(status_of(&record, NULL), STATUS_RUNNING);
	record.cgroup_inode--;
	end_child(child);
	assert_int_equal(status_of(&record, NULL), STATUS_STOPPED);

	assert_int_equal(unlink(path), 0);
	(void)snprintf(path, sizeof(path), "%s/c1", mount);
	assert_int_equal(rmdir(path), 0);
	assert_int_equal(rmdir(mount), 0);
}

static void names_are_those_of_the_specification(void **state)
{
	(void)state;
	assert_string_equal(status_name(STATUS_CREATING), "creating");
	assert_string_equal(status_name(STATUS_CREATED), "created");
	assert_string_equal(status_name(STATUS_RUNNING), "running");
	assert_string_equal(status_name(STATUS_PAUSED), "paused");
	assert_string_equal(status_name(STATUS_STOPPED), "stopped");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_phase_tells_creating_created_and_running_apart),
		cmocka_unit_test(another_process_with_the_pid_is_not_the_container),
		cmocka_unit_test(a_zombie_has_stopped),
		cmocka_unit_test(without_a_process_intent_is_creating_and_all_else_stopped),
		cmocka_unit_test(a_frozen_cgroup_is_paused),
		cmocka_unit_test(names_are_those_of_the_specification),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

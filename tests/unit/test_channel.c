/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "kernel/channel.h"

#define SURPLUS 8

struct ends {
	int ours;
	int theirs;
};

static int set_up(void **state)
{
	static struct ends ends;

	*state = &ends;
	return channel_pair(&ends.ours, &ends.theirs, NULL);
}

static int tear_down(void **state)
{
	struct ends *ends = *state;

	close_fd(&ends->ours);
	close_fd(&ends->theirs);
	return 0;
}

static int count_open(void)
{
	int count = 0;

	for (int fd = 0; fd < 256; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

/* Sends what channel_send() would not: any number of descriptors, and sizes of zero. */
static void send_raw(int fd, const char *data, size_t size, size_t count)
{
	char control[CMSG_SPACE(sizeof(int) * SURPLUS)] = { 0 };
	struct iovec part = { .iov_base = (void *)(uintptr_t)data, .iov_len = size };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };
	auto_fd null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	if (count > 0) {
		struct cmsghdr *header;

		message.msg_control = control;
		message.msg_controllen = CMSG_SPACE(sizeof(int) * count);
		header = CMSG_FIRSTHDR(&message);
		header->cmsg_level = SOL_SOCKET;
		header->cmsg_type = SCM_RIGHTS;
		header->cmsg_len = CMSG_LEN(sizeof(int) * count);
		for (size_t i = 0; i < count; i++)
			memcpy(CMSG_DATA(header) + i * sizeof(int), &null, sizeof(int));
	}
	assert_int_equal(sendmsg(fd, &message, 0), size);
}

static void a_message_arrives_whole(void **state)
{
	struct ends *ends = *state;
	char got[6] = "";

	assert_int_equal(channel_send(ends->ours, "hello", 6, NULL, 0, NULL), 0);
	assert_int_equal(channel_receive(ends->theirs, got, sizeof(got), NULL, 0, NULL), 0);
	assert_string_equal(got, "hello");
	assert_int_equal(fcntl(ends->ours, F_GETFD), FD_CLOEXEC);
	assert_int_equal(fcntl(ends->theirs, F_GETFD), FD_CLOEXEC);
}

static void descriptors_arrive_in_order_and_close_on_exec(void **state)
{
	struct ends *ends = *state;

	for (size_t count = 0; count <= CHANNEL_FDS_MAX; count++) {
		int before = count_open();
		int fds[CHANNEL_FDS_MAX];
		int got[CHANNEL_FDS_MAX];
		char byte;

		for (size_t i = 0; i < count; i++)	/* told apart by their access mode */
			fds[i] = open("/dev/null", (int)(i % 3));
		assert_int_equal(channel_send(ends->ours, "x", 1, fds, count, NULL), 0);
		assert_int_equal(channel_receive(ends->theirs, &byte, 1, got, count, NULL), 0);
		for (size_t i = 0; i < count; i++) {
			assert_int_equal(fcntl(got[i], F_GETFD), FD_CLOEXEC);
			assert_int_equal(fcntl(got[i], F_GETFL) & O_ACCMODE, i % 3);
			close(got[i]);
			close(fds[i]);
		}
		assert_int_equal(count_open(), before);
	}
}

static void anything_but_what_was_expected_is_an_error_and_leaks_nothing(void **state)
{
	static const struct {
		size_t size, fds;		/* sent */
		size_t want_size, want_fds;
		int errnum;
	} cases[] = {
		{ 4, 0, 5, 0, EBADMSG },
		{ 6, 0, 5, 0, EBADMSG },
		{ 5, 1, 5, 0, EBADMSG },
		{ 5, 0, 5, 1, EBADMSG },
		{ 5, 2, 5, 1, EBADMSG },
		{ 5, 3, 5, 4, EBADMSG },
		{ 5, 5, 5, 4, EBADMSG },	/* the control data is cut */
		{ 5, 8, 5, 4, EBADMSG },
		{ 5, 8, 5, 0, EBADMSG },
		{ 4, 4, 5, 4, EBADMSG },
		{ 0, 0, 5, 0, EPIPE },
		{ 0, 2, 5, 0, EPIPE },
	};
	struct ends *ends = *state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		int before = count_open();
		struct error err = ERROR_INIT;
		int got[CHANNEL_FDS_MAX] = { -7, -7, -7, -7 };
		char data[8] = "kept";

		send_raw(ends->ours, "12345678", cases[i].size, cases[i].fds);
		assert_int_equal(channel_receive(ends->theirs, data, cases[i].want_size, got,
						 cases[i].want_fds, &err), -1);
		assert_int_equal(err.errnum, cases[i].errnum);
		assert_string_equal(data, "kept");
		assert_int_equal(got[0], -7);
		assert_int_equal(count_open(), before);
	}
}

static void credentials_are_not_expected(void **state)
{
	struct ends *ends = *state;
	struct error err = ERROR_INIT;
	const int on = 1;
	char data[5];

	assert_int_equal(setsockopt(ends->theirs, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)), 0);
	send_raw(ends->ours, "12345", 5, 0);
	assert_int_equal(channel_receive(ends->theirs, data, 5, NULL, 0, &err), -1);
	assert_int_equal(err.errnum, EBADMSG);
}

static void a_closed_end_is_told_from_an_error(void **state)
{
	struct ends *ends = *state;
	struct error err = ERROR_INIT;
	char byte;

	close_fd(&ends->theirs);
	assert_int_equal(channel_receive(ends->ours, &byte, 1, NULL, 0, &err), -1);
	assert_int_equal(err.errnum, EPIPE);
	error_clear(&err);
	assert_int_equal(channel_send(ends->ours, "x", 1, NULL, 0, &err), -1);
	assert_int_equal(err.errnum, EPIPE);
}

static void waiting_ends_at_the_bound(void **state)
{
	struct ends *ends = *state;
	struct error err = ERROR_INIT;
	struct timespec before, after;
	char byte;

	assert_int_equal(channel_set_timeout(ends->ours, 50, &err), 0);
	clock_gettime(CLOCK_MONOTONIC, &before);
	assert_int_equal(channel_receive(ends->ours, &byte, 1, NULL, 0, &err), -1);
	clock_gettime(CLOCK_MONOTONIC, &after);
	assert_int_equal(err.errnum, ETIMEDOUT);
	assert_true((after.tv_sec - before.tv_sec) * 1000 +
		    (after.tv_nsec - before.tv_nsec) / 1000000 >= 40);
}

static void bad_arguments_are_refused(void **state)
{
	struct ends *ends = *state;
	struct error err = ERROR_INIT;
	int fds[CHANNEL_FDS_MAX + 1] = { 0 };
	char byte;

	assert_int_equal(channel_send(ends->ours, "", 0, NULL, 0, &err), -1);
	assert_int_equal(err.errnum, EINVAL);
	assert_int_equal(channel_send(ends->ours, "x", 1, fds, CHANNEL_FDS_MAX + 1, &err), -1);
	assert_int_equal(err.errnum, EINVAL);
	assert_int_equal(channel_receive(ends->ours, &byte, 0, NULL, 0, &err), -1);
	assert_int_equal(err.errnum, EINVAL);
	assert_int_equal(channel_receive(ends->ours, &byte, 1, fds, CHANNEL_FDS_MAX + 1, &err), -1);
	assert_int_equal(err.errnum, EINVAL);
}

static void errors_travel_and_are_made_safe(void **state)
{
	struct ends *ends = *state;
	struct error sent = ERROR_INIT;
	struct error got = ERROR_INIT;
	struct error err = ERROR_INIT;

	error_set(&sent, ERROR_POLICY, EPERM, "mount /x");
	assert_int_equal(channel_send_error(ends->ours, &sent, &err), 0);
	assert_int_equal(channel_receive_error(ends->theirs, &got, &err), 0);
	assert_int_equal(got.kind, ERROR_POLICY);
	assert_int_equal(got.errnum, EPERM);
	assert_string_equal(got.message, sent.message);

	memset(&sent, 0xee, sizeof(sent));
	assert_int_equal(channel_send(ends->ours, &sent, sizeof(sent), NULL, 0, &err), 0);
	assert_int_equal(channel_receive_error(ends->theirs, &got, &err), 0);
	assert_int_equal(got.kind, ERROR_SYSTEM);
	assert_int_equal(got.errnum, 0);
	assert_int_equal(strlen(got.message), ERROR_MESSAGE_MAX - 1);
}

static void what_lies_behind_an_error_message_is_not_sent(void **state)
{
	struct ends *ends = *state;
	struct error sent;
	struct error got;

	memset(&sent, 's', sizeof(sent));
	error_set(&sent, ERROR_SYSTEM, 0, "short");
	assert_int_equal(channel_send_error(ends->ours, &sent, NULL), 0);
	assert_int_equal(channel_receive(ends->theirs, &got, sizeof(got), NULL, 0, NULL), 0);
	for (size_t i = strlen("short"); i < sizeof(got.message); i++)
		assert_int_equal(got.message[i], 0);
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(a_message_arrives_whole),
		TEST(descriptors_arrive_in_order_and_close_on_exec),
		TEST(anything_but_what_was_expected_is_an_error_and_leaks_nothing),
		TEST(credentials_are_not_expected),
		TEST(a_closed_end_is_told_from_an_error),
		TEST(waiting_ends_at_the_bound),
		TEST(bad_arguments_are_refused),
		TEST(errors_travel_and_are_made_safe),
		TEST(what_lies_behind_an_error_message_is_not_sent),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * `run` in the foreground: one loop over a signalfd, the pidfd and, with a
 * terminal, the caller's stdio and the master. Without one the container has
 * the caller's stdio itself, and there are only signals to pass on.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "kernel/process.h"
#include "run/supervise.h"

/*
 * A terminal has no end of input, as a pipe has: there is a character for it. The kernel takes it
 * for the end while it edits lines, and a program that edits its own reads it; one that is typed
 * while a shell changes from the first to the second is lost. So it is typed again, ever more
 * seldom, whenever the container has read what there was.
 */
#define RELAY_END_FIRST_MS 50
#define RELAY_END_LAST_MS 2000

/* One direction of the relay: what was read and not yet written. */
struct relay_pipe {
	int from;		/* -1: ended */
	int to;
	size_t start;
	size_t end;
	char bytes[8192];
};

struct relay {
	int pidfd;
	int master;		/* -1: no terminal */
	int signals;
	bool raw;		/* the caller's terminal was changed */
	int end_pause_ms;	/* until the end of input is typed again; 0: it has not come */
	struct termios saved;
	struct relay_pipe in;	/* stdin to the container */
	struct relay_pipe out;	/* the container to stdout */
};

int supervise_hold_signals(struct error *err)
{
	sigset_t set;
	int fd;

	(void)sigfillset(&set);
	/* Signals of our own faults are not somebody's message; abort() gets through all the same. */
	(void)sigdelset(&set, SIGSEGV);
	(void)sigdelset(&set, SIGBUS);
	(void)sigdelset(&set, SIGFPE);
	(void)sigdelset(&set, SIGILL);
	if (sigprocmask(SIG_BLOCK, &set, NULL))
		return error_system(err, "block signals");
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return fd < 0 ? error_system(err, "make a signalfd") : fd;
}

static void relay_resize(const struct relay *relay)
{
	struct winsize size;

	if (ioctl(0, TIOCGWINSZ, &size) == 0)
		(void)ioctl(relay->master, TIOCSWINSZ, &size);
}

static int relay_open_terminal(struct relay *relay, struct error *err)
{
	struct termios mode;

	if (isatty(0) && tcgetattr(0, &relay->saved) == 0) {
		mode = relay->saved;
		cfmakeraw(&mode);
		/* A raw terminal does not turn a newline into a new line: the container's does then. */
		mode.c_oflag |= OPOST;
		if (tcsetattr(0, TCSANOW, &mode))
			return error_system(err, "set the caller's terminal to raw mode");
		relay->raw = true;
		relay_resize(relay);
	}
	if (fcntl(relay->master, F_SETFL, O_RDWR | O_NONBLOCK))
		return error_system(err, "set the terminal to non-blocking");
	relay->in = (struct relay_pipe){ .from = 0, .to = relay->master };
	relay->out = (struct relay_pipe){ .from = relay->master, .to = 1 };
	return 0;
}

static void relay_fill(struct relay_pipe *pipe)
{
	ssize_t got = read(pipe->from, pipe->bytes, sizeof(pipe->bytes));

	if (got > 0) {
		pipe->start = 0;
		pipe->end = (size_t)got;
	} else if (got == 0 || (errno != EAGAIN && errno != EINTR)) {
		pipe->from = -1; /* EIO: the container's side of the terminal was closed */
	}
}

static void relay_drain(struct relay_pipe *pipe)
{
	ssize_t put = write(pipe->to, pipe->bytes + pipe->start, pipe->end - pipe->start);

	if (put > 0)
		pipe->start += (size_t)put;
	else if (put < 0 && errno != EAGAIN && errno != EINTR)
		pipe->start = pipe->end; /* nobody reads any more: the container must not hang */
	if (pipe->start == pipe->end)
		pipe->start = pipe->end = 0;
}

/* Whether the container has still to read what was typed. Nobody may have its side open. */
static bool relay_is_unread(const struct relay *relay)
{
	auto_fd peer = ioctl(relay->master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	struct pollfd ready = { .fd = peer, .events = POLLIN };

	return peer < 0 || poll(&ready, 1, 0) != 0;
}

/* The end of input reaches the container as its own terminal's end-of-file character. */
static void relay_end_input(struct relay *relay, bool again)
{
	struct termios mode;
	char end;

	if (relay->in.from >= 0 || relay->out.from < 0 || relay->in.end > 0 ||
	    (relay->end_pause_ms > 0 && !again))
		return;
	if (relay->end_pause_ms == 0)
		relay->end_pause_ms = RELAY_END_FIRST_MS;
	else if (relay->end_pause_ms < RELAY_END_LAST_MS)
		relay->end_pause_ms *= 2;
	if ((again && relay_is_unread(relay)) || tcgetattr(relay->master, &mode) < 0)
		return;
	end = (char)mode.c_cc[VEOF];
	(void)!write(relay->master, &end, 1);
}

static void relay_pass_signals(const struct relay *relay)
{
	struct signalfd_siginfo info;

	while (read(relay->signals, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
		struct error ignored;

		if (info.ssi_signo == SIGWINCH && relay->master >= 0)
			relay_resize(relay);
		else if (info.ssi_signo != SIGCHLD && info.ssi_signo != SIGPIPE &&
			 info.ssi_signo != SIGURG)
			(void)process_signal(relay->pidfd, (int)info.ssi_signo, &ignored);
	}
}

/* What is still in the terminal when the process has ended. */
static void relay_flush(struct relay *relay)
{
	while (relay->master >= 0 && relay->out.from >= 0) {
		struct pollfd ready = { .fd = relay->out.from, .events = POLLIN };

		while (relay->out.end > 0)
			relay_drain(&relay->out);
		if (poll(&ready, 1, 0) <= 0)
			return;
		relay_fill(&relay->out);
		if (relay->out.end == 0 && relay->out.from >= 0)
			return;
	}
}

enum { WATCH_PID, WATCH_SIGNALS, WATCH_IN, WATCH_OUT, WATCH_IN_TO, WATCH_OUT_TO, WATCHES };

static void relay_watch(const struct relay *relay, struct pollfd watch[WATCHES])
{
	bool terminal = relay->master >= 0;

	watch[WATCH_PID] = (struct pollfd){ .fd = relay->pidfd, .events = POLLIN };
	watch[WATCH_SIGNALS] = (struct pollfd){ .fd = relay->signals, .events = POLLIN };
	watch[WATCH_IN] = (struct pollfd){ .fd = terminal && relay->in.end == 0 ? relay->in.from : -1,
					   .events = POLLIN };
	watch[WATCH_OUT] = (struct pollfd){ .fd = terminal && relay->out.end == 0 ? relay->out.from : -1,
					    .events = POLLIN };
	watch[WATCH_IN_TO] = (struct pollfd){ .fd = terminal && relay->in.end > 0 ? relay->in.to : -1,
					      .events = POLLOUT };
	watch[WATCH_OUT_TO] = (struct pollfd){ .fd = terminal && relay->out.end > 0 ? relay->out.to : -1,
					       .events = POLLOUT };
}

static int relay_loop(struct relay *relay, struct error *err)
{
	for (;;) {
		struct pollfd watch[WATCHES];
		int ready;

		relay_watch(relay, watch);
		ready = poll(watch, WATCHES, relay->end_pause_ms > 0 ? relay->end_pause_ms : -1);
		if (ready < 0) {
			if (errno == EINTR)
				continue;
			return error_system(err, "wait for the container");
		}
		if (watch[WATCH_SIGNALS].revents)
			relay_pass_signals(relay);
		if (watch[WATCH_IN].revents)
			relay_fill(&relay->in);
		if (watch[WATCH_OUT].revents)
			relay_fill(&relay->out);
		if (watch[WATCH_IN_TO].revents)
			relay_drain(&relay->in);
		if (watch[WATCH_OUT_TO].revents)
			relay_drain(&relay->out);
		if (relay->master >= 0)
			relay_end_input(relay, ready == 0);
		if (watch[WATCH_PID].revents)
			return 0;
	}
}

int supervise_relay(const struct supervise_result *result, int signals, int *status,
		    struct error *err)
{
	struct relay relay = { .pidfd = result->pidfd, .master = result->terminal,
			       .signals = signals };
	int outcome = -1;

	if (relay.master < 0 || relay_open_terminal(&relay, err) == 0)
		outcome = relay_loop(&relay, err);
	relay_flush(&relay);
	if (relay.raw)
		(void)tcsetattr(0, TCSADRAIN, &relay.saved);
	if (outcome)
		return -1;
	return process_wait(result->pidfd, -1, status, err);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * The caller's terminal is never the container's: a session of its own and a pty
 * of its own leave nothing to type into (TIOCSTI).
 */
#include "console.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/vfs.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "kernel/call.h"
#include "kernel/compat.h"
#include "kernel/path.h"
#include "mounts.h"

static int console_make_devpts(const struct live *live, int root, struct error *err)
{
	static const struct plan_option options[] = { { "newinstance", NULL }, { "ptmxmode", "0666" },
						      { "mode", "0620" } };
	const struct plan_mount mount = {
		.kind = PLAN_MOUNT_NEW, .fs_type = "devpts", .source = "devpts",
		.option_count = ARRAY_SIZE(options), .options = options,
		.self.set = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC,
	};
	auto_fd devpts = mounts_make(live->plan, &mount, 0755, err);
	auto_fd target = -1;

	if (devpts < 0)
		return -1;
	target = path_make_directory(root, "/dev/pts", 0755, NULL, err);
	if (target < 0 || mounts_move(devpts, target, "/dev/pts", err))
		return -1;
	return take_fd(&devpts);
}

/* Our own /dev is asked by descriptor; one of the configuration by its name in the root. */
static int console_target(const struct live *live, int root, struct error *err)
{
	auto_fd target = -1;

	if (live->dev_tree < 0)
		return path_make_file(root, "/dev/console", 0600, NULL, err);
	target = openat(live->dev_tree, "console", O_RDONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
			0600);
	if (target < 0)
		return error_system(err, "make /dev/console");
	close_fd(&target);
	target = openat(live->dev_tree, "console", O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (target < 0)
		return error_system(err, "open /dev/console");
	return take_fd(&target);
}

static int console_mount(const struct live *live, int root, int peer, struct error *err)
{
	auto_fd clone = call_open_tree(peer, "", AT_EMPTY_PATH | OPEN_TREE_CLONE);
	auto_fd target = -1;

	if (clone < 0)
		return error_system(err, "clone the terminal for /dev/console");
	target = console_target(live, root, err);
	if (target < 0)
		return -1;
	return mounts_move(clone, target, "/dev/console", err);
}

static int console_pair(int devpts, int *peer, struct error *err)
{
	auto_fd master = path_open_beneath(devpts, "ptmx", O_RDWR | O_NOCTTY, err);
	int unlock = 0;

	if (master < 0)
		return error_prefix(err, "the container's devpts");
	if (ioctl(master, TIOCSPTLCK, &unlock))
		return error_system(err, "unlock the terminal");
	*peer = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (*peer < 0)
		return error_system(err, "open the container's side of the terminal");
	return take_fd(&master);
}

/* In the foreground the caller's terminal, or file, adds what it wants at the end of a line. */
static int console_plain_newlines(int master, struct error *err)
{
	struct termios mode;

	if (tcgetattr(master, &mode))
		return error_system(err, "read the terminal's mode");
	mode.c_oflag &= ~(tcflag_t)ONLCR;
	if (tcsetattr(master, TCSANOW, &mode))
		return error_system(err, "set the terminal's mode");
	return 0;
}

static int console_set_up(const struct plan *plan, int master, int peer, struct error *err)
{
	const struct plan_process *process = &plan->process;
	struct winsize size = { .ws_row = process->rows, .ws_col = process->columns };

	if (!plan->request.console_socket && console_plain_newlines(master, err))
		return -1;
	if (process->console_size_set && ioctl(master, TIOCSWINSZ, &size))
		return error_system(err, "/process/consoleSize: set the size of the terminal");
	if (process->uid != 0 && fchown(peer, process->uid, (gid_t)-1))
		return error_system(err, "give the terminal to user %u", process->uid);
	return 0;
}

int console_open(const struct live *live, int root, int devpts, int *peer, struct error *err)
{
	auto_fd made = -1;
	auto_fd master = -1;

	if (devpts < 0) {
		made = console_make_devpts(live, root, err);
		if (made < 0)
			return -1;
		devpts = made;
	}
	master = console_pair(devpts, peer, err);
	if (master < 0 || console_set_up(live->plan, master, *peer, err) ||
	    console_mount(live, root, *peer, err))
		return -1;
	return take_fd(&master);
}

/* By then the root is the container's. */
static int console_find_devpts(struct error *err)
{
	auto_fd root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	auto_fd devpts = -1;
	struct statfs fs;

	if (root < 0)
		return error_system(err, "open the container's root");
	devpts = path_open_in_root(root, "/dev/pts", O_PATH | O_DIRECTORY, err);
	if (devpts < 0)
		return -1;
	if (fstatfs(devpts, &fs))
		return error_system(err, "look at /dev/pts of the container");
	if (fs.f_type != DEVPTS_SUPER_MAGIC)
		return error_set(err, ERROR_SPEC, 0, "a terminal needs a devpts file system at /dev/pts of "
				 "the container");
	return take_fd(&devpts);
}

int console_join(const struct live *live, int *peer, struct error *err)
{
	auto_fd devpts = console_find_devpts(err);
	auto_fd master = -1;

	if (devpts < 0)
		return -1;
	master = console_pair(devpts, peer, err);
	if (master < 0 || console_set_up(live->plan, master, *peer, err))
		return -1;
	return take_fd(&master);
}

int console_take(int peer, struct error *err)
{
	if (ioctl(peer, TIOCSCTTY, 0))
		return error_system(err, "take the terminal as the controlling one");
	for (int fd = 0; fd < 3; fd++)
		if (dup3(peer, fd, 0) < 0)
			return error_system(err, "use the terminal as descriptor %d", fd);
	return 0;
}

/* The listener may be there a moment after the call. */
static int console_connect(const char *option, const char *path, struct error *err)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	const struct timespec pause = { .tv_nsec = 10000000 };	/* 10 ms */
	auto_fd fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return error_system(err, "make a socket");
	if (strlen(path) >= sizeof(address.sun_path))
		return error_set(err, ERROR_USAGE, 0, "%s: the path is too long", option);
	memcpy(address.sun_path, path, strlen(path) + 1);
	for (int attempt = 0;; attempt++) {
		if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
			return take_fd(&fd);
		if ((errno != ENOENT && errno != ECONNREFUSED) || attempt == 50)
			return error_system(err, "%s: connect to %s", option, path);
		(void)nanosleep(&pause, NULL);
	}
}

/* One message: @name, and the descriptor. */
static int console_send_fd(const char *option, const char *path, const char *name, int sent,
			   struct error *err)
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	struct iovec part = { .iov_base = (void *)(uintptr_t)name, .iov_len = strlen(name) };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = control.bytes,
				  .msg_controllen = sizeof(control.bytes) };
	auto_fd fd = console_connect(option, path, err);

	if (fd < 0)
		return -1;
	control.header.cmsg_level = SOL_SOCKET;
	control.header.cmsg_type = SCM_RIGHTS;
	control.header.cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(&control.header), &sent, sizeof(int));
	if (sendmsg(fd, &message, MSG_NOSIGNAL) != (ssize_t)part.iov_len)
		return error_system(err, "%s: send to %s", option, path);
	return 0;
}

int console_send(const char *path, int master, struct error *err)
{
	char name[32];
	unsigned int number = 0;

	if (ioctl(master, TIOCGPTN, &number))
		return error_system(err, "ask for the terminal's number");
	(void)snprintf(name, sizeof(name), "/dev/pts/%u", number);
	return console_send_fd("--console-socket", path, name, master, err);
}

int console_send_pidfd(const char *path, int pidfd, struct error *err)
{
	return console_send_fd("--pidfd-socket", path, "pidfd", pidfd, err);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "kernel/call.h"
#include "kernel/path.h"
#include "kernel/procfs.h"
#include "skip.h"

/*
 * A corpus of link shapes. Each name is tried with each suffix, by the functions under test and by
 * an oracle: the same path after chroot(2), where the kernel follows links by itself.
 */
static const struct {
	const char *name;
	const char *target;
} links[] = {
	{ "abs", "/real/dir" },
	{ "rel", "real/dir" },
	{ "up", "../../../../../../real/dir" },
	{ "abs-up", "/../../../real/dir" },
	{ "root", "/" },
	{ "dot", "." },
	{ "dots", ".." },
	{ "slash", "real/dir/" },
	{ "slashes", "//real//dir//" },
	{ "within", "real/../real/./dir" },
	{ "file", "real/file" },
	{ "file-slash", "real/file/" },
	{ "gone-abs", "/new/a" },
	{ "gone-rel", "new/b" },
	{ "gone-up", "../../new/c" },
	{ "gone-out", "../../../../../../../tmp/orlop-escape" },
	{ "gone-here", "newname" },
	{ "gone-slash", "newname/" },
	{ "gone-dot", "newname/." },
	{ "gone-through", "gone-abs/x" },
	{ "gone-back", "new/d/../e" },
	{ "gone-chain1", "gone-chain2" },
	{ "gone-chain2", "real/gone-chain3" },
	{ "real/gone-chain3", "../new/f" },
	{ "loop", "loop" },
	{ "loop1", "/loop2" },
	{ "loop2", "loop1" },
	{ "real/gone-abs", "/new/h" },
	{ "real/inner", "dir" },
	{ "real/inner-up", "../../../new/g" },
	{ "proc", "/proc/self/root" },
};

static const char *const suffixes[] = {
	"", "/", "/.", "/..", "/sub", "/sub/deep", "/../x", "//sub//", "/sub/../y", "/file",
};

static const char *const plain[] = {
	"/", ".", "..", "../..", "real", "real/dir", "real/file", "real/missing/deep",
	"//real//dir",
	"missing/../real", "missing/./deep/.", "real/file/x", "fifo", "fifo/x", "a/b/c/d/e/f/g",
};

static char base[] = "/tmp/test_path.XXXXXX";

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static void remove_tree(const char *path)
{
	(void)nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

static int set_up(void **state)
{
	(void)state;
	(void)umask(077);	/* as the program runs */
	return mkdtemp(base) ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	remove_tree(base);
	return 0;
}

/* Makes the tree of the corpus, with a chain of 39 links and one of 41. */
static int make_tree(const char *name)
{
	char path[PATH_MAX];
	auto_fd root = -1;
	auto_fd file = -1;

	(void)snprintf(path, sizeof(path), "%s/%s", base, name);
	remove_tree(path);
	assert_int_equal(mkdir(path, 0755), 0);
	root = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(mkdirat(root, "real", 0755), 0);
	assert_int_equal(mkdirat(root, "real/dir", 0755), 0);
	assert_int_equal(mkfifoat(root, "fifo", 0600), 0);
	file = openat(root, "real/file", O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	assert_true(file >= 0);
	for (size_t i = 0; i < ARRAY_SIZE(links); i++)
		assert_int_equal(symlinkat(links[i].target, root, links[i].name), 0);
	for (int i = 0; i < 41; i++) {
		char from[16];
		char to[16];

		(void)snprintf(from, sizeof(from), "chain%d", i);
		(void)snprintf(to, sizeof(to), i ? "chain%d" : "real/dir", i - 1);
		assert_int_equal(symlinkat(to, root, from), 0);
	}
	return take_fd(&root);
}

/* Calls @body for every path of the corpus. */
static void for_each_path(void (*body)(const char *path))
{
	char path[PATH_MAX];

	for (size_t i = 0; i < ARRAY_SIZE(plain); i++)
		body(plain[i]);
	for (size_t i = 0; i < ARRAY_SIZE(links); i++) {
		for (size_t j = 0; j < ARRAY_SIZE(suffixes); j++) {
			(void)snprintf(path, sizeof(path), "%s%s%s", j % 2 ? "/" : "",
				       links[i].name, suffixes[j]);
			body(path);
		}
	}
	body("chain38");
	body("chain39");
	body("chain40");
	body("chain38/sub");
}

/** What came of a call, on either side. */
struct outcome {
	int errnum;		/* 0 for success */
	dev_t dev;
	ino_t ino;
	bool created;
};

/* Runs @act in a child chrooted to @root and gives what it says. */
static struct outcome ask_oracle(int root, const char *path,
				 struct outcome (*act)(const char *path))
{
	struct outcome outcome = { .errnum = -1 };
	int ends[2];
	pid_t child;
	int status;

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	child = fork();
	if (child == 0) {
		if (fchdir(root) < 0 || chroot(".") < 0)
			_exit(1);
		outcome = act(path);
		_exit(write(ends[1], &outcome, sizeof(outcome)) == sizeof(outcome) ? 0 : 1);
	}
	close(ends[1]);
	assert_int_equal(read(ends[0], &outcome, sizeof(outcome)), sizeof(outcome));
	close(ends[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	return outcome;
}

static struct outcome look_at(int fd, int errnum, bool created)
{
	struct outcome outcome = { .errnum = errnum, .created = created };
	struct stat st;

	if (fd >= 0 && fstat(fd, &st) == 0) {
		outcome.errnum = 0;
		outcome.dev = st.st_dev;
		outcome.ino = st.st_ino;
		close(fd);
	}
	return outcome;
}

static struct outcome oracle_open(const char *path)
{
	int fd = open(path, O_PATH | O_CLOEXEC);

	return look_at(fd, fd < 0 ? errno : 0, false);
}

static void compare_open(const char *path)
{
	char directory[PATH_MAX];
	auto_fd root = -1;
	struct error err = ERROR_INIT;
	struct outcome want, got;
	int fd;

	(void)snprintf(directory, sizeof(directory), "%s/open", base);
	root = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
	want = ask_oracle(root, path, oracle_open);
	fd = path_open_in_root(root, path, O_PATH, &err);
	got = look_at(fd, err.errnum, false);
	if (got.errnum != want.errnum || got.ino != want.ino || got.dev != want.dev)
		fail_msg("open %s: errno %d, not %d; inode %lu, not %lu", path, got.errnum,
			 want.errnum, (unsigned long)got.ino, (unsigned long)want.ino);
}

static void need_root(void)
{
	if (geteuid() != 0)
		skip_because("needs root, for chroot(2)");
}

static void opening_agrees_with_chroot(void **state)
{
	(void)state;
	need_root();
	close(make_tree("open"));
	for_each_path(compare_open);
}

/*
 * The oracle of making: what a careful "mkdir -p" does that follows dangling links itself, one
 * component after another, in the chroot. Gives the directory's path in @at, or an errno.
 */
static mode_t oracle_parent_mode;

static int oracle_walk(char *at, const char *path, bool is_file, int depth, bool *created)
{
	char rest[PATH_MAX];
	char *next = rest;
	char *name;

	if (depth > 41)
		return ELOOP;
	(void)snprintf(rest, sizeof(rest), "%s", path);
	if (rest[0] == '/')
		(void)snprintf(at, PATH_MAX, "/");
	while ((name = strsep(&next, "/"))) {
		bool last = !next || next[strspn(next, "/")] == '\0';
		char here[2 * PATH_MAX];
		char target[PATH_MAX];
		struct stat st;
		ssize_t length;
		int result;

		if (stat(at, &st) < 0)
			return errno;
		if (!S_ISDIR(st.st_mode))
			return ENOTDIR;
		if (!*name || strcmp(name, ".") == 0)
			continue;
		if (strcmp(name, "..") == 0) {
			char *slash = strrchr(at, '/');

			slash[slash == at ? 1 : 0] = '\0';
			*created = false;
			continue;
		}
		*created = false;
		(void)snprintf(here, sizeof(here), "%s/%s", strcmp(at, "/") == 0 ? "" : at, name);
		if (stat(here, &st) < 0 && errno != ENOENT)
			return errno;
		length = readlink(here, target, sizeof(target) - 1);
		if (length >= 0) {
			target[length] = '\0';
			result = oracle_walk(at, target, is_file && last, depth + 1, created);
			if (result)
				return result;
			continue;
		}
		if (stat(here, &st) < 0) {
			if (is_file && last && next)	/* a trailing slash */
				return EISDIR;
			if (is_file && last)
				result = open(here, O_CREAT | O_EXCL | O_CLOEXEC, 0640);
			else
				result = mkdir(here, oracle_parent_mode);
			if (result < 0)
				return errno;
			*created = true;
		}
		if ((size_t)snprintf(at, PATH_MAX, "%.*s", PATH_MAX - 1, here) >= PATH_MAX)
			return ENAMETOOLONG;
	}
	return 0;
}

static struct outcome oracle_make(const char *path, bool is_file)
{
	char at[PATH_MAX] = "/";
	struct outcome outcome = { 0 };
	struct stat st;

	(void)umask(0);
	oracle_parent_mode = is_file ? 0755 : 0750;
	outcome.errnum = oracle_walk(at, path, is_file, 0, &outcome.created);
	if (outcome.errnum == 0 && stat(at, &st) == 0) {
		if (is_file && S_ISDIR(st.st_mode))
			outcome.errnum = EISDIR;
		else if (!is_file && !S_ISDIR(st.st_mode))
			outcome.errnum = ENOTDIR;
	}
	return outcome;
}

static struct outcome oracle_make_directory(const char *path)
{
	return oracle_make(path, false);
}

static struct outcome oracle_make_file(const char *path)
{
	return oracle_make(path, true);
}

static FILE *listing;
static size_t listing_skip;

static int list_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)type;
	(void)ftw;
	(void)fprintf(listing, "%s %o\n", path + listing_skip, st->st_mode);
	return 0;
}

static int by_line(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* All names and modes of a tree, sorted. */
static char *list_tree(const char *name)
{
	char path[PATH_MAX];
	char *lines[512];
	char *sorted = NULL;
	char *text = NULL;
	size_t count = 0;
	size_t size;

	(void)snprintf(path, sizeof(path), "%s/%s", base, name);
	listing_skip = strlen(path);
	listing = open_memstream(&text, &size);
	assert_int_equal(nftw(path, list_entry, 16, FTW_PHYS), 0);
	(void)fclose(listing);
	for (char *next = text; *next && count < ARRAY_SIZE(lines); count++)
		lines[count] = strsep(&next, "\n");
	qsort(lines, count, sizeof(lines[0]), by_line);
	listing = open_memstream(&sorted, &size);
	for (size_t i = 0; i < count; i++)
		(void)fprintf(listing, "%s\n", lines[i]);
	(void)fclose(listing);
	free(text);
	return sorted;
}

static void compare_make(const char *path, bool is_file)
{
	auto_fd ours = make_tree("ours");
	auto_fd theirs = make_tree("theirs");
	auto_free char *our_tree = NULL;
	auto_free char *their_tree = NULL;
	struct error err = ERROR_INIT;
	struct outcome want, got;
	bool created = false;
	int fd;

	want = ask_oracle(theirs, path, is_file ? oracle_make_file : oracle_make_directory);
	fd = is_file ? path_make_file(ours, path, 0640, &created, &err) :
		       path_make_directory(ours, path, 0750, &created, &err);
	if (fd >= 0)
		assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	got = look_at(fd, err.errnum, created);
	/* Of a failure only that it is one is compared: "a/" is EISDIR here and ENOTDIR there. */
	if (!got.errnum != !want.errnum || (!want.errnum && got.created != want.created))
		fail_msg("make %s: errno %d, not %d; created %d, not %d (%s)", path, got.errnum,
			 want.errnum, got.created, want.created, err.message);
	if (want.errnum)
		return;
	our_tree = list_tree("ours");
	their_tree = list_tree("theirs");
	if (strcmp(our_tree, their_tree) != 0)
		fail_msg("make %s: %s\nnot\n%s", path, our_tree, their_tree);
}

static void compare_make_directory(const char *path)
{
	compare_make(path, false);
}

static void compare_make_file(const char *path)
{
	compare_make(path, true);
}

static void making_directories_agrees_with_chroot(void **state)
{
	(void)state;
	need_root();
	for_each_path(compare_make_directory);
	assert_int_equal(access("/tmp/orlop-escape", F_OK), -1);
}

static void making_files_agrees_with_chroot(void **state)
{
	(void)state;
	need_root();
	for_each_path(compare_make_file);
	assert_int_equal(access("/tmp/orlop-escape", F_OK), -1);
}

static void beneath_goes_straight_down(void **state)
{
	static const struct {
		const char *path;
		int errnum;
	} cases[] = {
		{ "real", 0 },		    { "real/dir", 0 },	     { "real/file", 0 },
		{ ".", 0 },		    { "real/../real", 0 },   { "..", EXDEV },
		{ "real/../..", EXDEV },    { "/real", EXDEV },	     { "/", EXDEV },
		{ "rel", ELOOP },	    { "rel/x", ELOOP },	     { "real/inner", ELOOP },
		{ "gone-abs", ELOOP },	    { "missing", ENOENT },   { "real/file/x", ENOTDIR },
		{ "", ENOENT },
	};
	auto_fd root = make_tree("beneath");

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct error err = ERROR_INIT;
		auto_fd fd = path_open_beneath(root, cases[i].path, O_PATH, &err);

		assert_int_equal(err.errnum, cases[i].errnum);
		assert_int_equal(fd >= 0, cases[i].errnum == 0);
	}
	{
		auto_fd slash = open("/", O_PATH | O_CLOEXEC);
		struct error err = ERROR_INIT;

		assert_int_equal(path_open_beneath(slash, "proc/version", O_RDONLY, &err), -1);
		assert_int_equal(err.errnum, EXDEV);
	}
}

static void magic_links_are_never_followed(void **state)
{
	auto_fd slash = open("/", O_PATH | O_CLOEXEC);
	struct error err = ERROR_INIT;

	(void)state;
	assert_int_equal(path_open_in_root(slash, "/proc/self/root/etc", O_PATH, &err), -1);
	assert_int_equal(err.errnum, ELOOP);
	assert_int_equal(path_open_in_root(slash, "/proc/self/fd/0", O_RDONLY, &err), -1);
	assert_int_equal(err.errnum, ELOOP);
	assert_int_equal(path_make_directory(slash, "/proc/self/cwd/x", 0700, NULL, &err), -1);
	assert_int_equal(err.errnum, ELOOP);
}

static void opening_never_creates(void **state)
{
	auto_fd root = make_tree("open");
	struct error err = ERROR_INIT;

	(void)state;
	assert_int_equal(path_open_in_root(root, "new", O_CREAT | O_WRONLY, &err), -1);
	assert_int_equal(err.errnum, EINVAL);
	assert_int_equal(path_open_in_root(root, "real", O_TMPFILE | O_WRONLY, &err), -1);
	assert_int_equal(err.errnum, EINVAL);
	assert_int_equal(path_open_beneath(root, "new", O_CREAT | O_WRONLY, &err), -1);
	assert_int_equal(err.errnum, EINVAL);
}

static void modes_ignore_the_umask_and_keep_setgid(void **state)
{
	auto_fd root = make_tree("modes");
	auto_fd first = -1;
	auto_fd second = -1;
	auto_fd third = -1;
	bool created = false;
	struct stat st;
	mode_t mask;

	(void)state;
	first = path_make_directory(root, "shared", 0775, &created, NULL);
	assert_true(first >= 0 && created);
	assert_int_equal(fstatat(root, "shared", &st, 0), 0);
	assert_int_equal(st.st_mode & 07777, 0775);
	assert_int_equal(fchmodat(root, "shared", 02775, 0), 0);
	if (geteuid() == 0)
		assert_int_equal(fchownat(root, "shared", 0, 4242, 0), 0);

	second = path_make_directory(root, "shared/a/b", 0755, &created, NULL);
	assert_true(second >= 0 && created);
	assert_int_equal(fstat(second, &st), 0);
	assert_int_equal(st.st_mode & 07777, 02755);
	assert_int_equal(st.st_gid, geteuid() == 0 ? 4242 : getegid());
	third = path_make_file(root, "shared/c/d/file", 0644, &created, NULL);
	assert_true(third >= 0 && created);
	assert_int_equal(fstat(third, &st), 0);
	assert_int_equal(st.st_mode, S_IFREG | 0644);
	assert_int_equal(fstatat(root, "shared/c/d", &st, 0), 0);
	assert_int_equal(st.st_mode & 07777, 02755);

	close_fd(&second);
	second = path_make_directory(root, "shared/a/b", 0755, &created, NULL);
	assert_true(second >= 0 && !created);
	mask = umask(077);
	assert_int_equal(mask, 077);
}

static void unreasonable_paths_are_refused(void **state)
{
	auto_fd root = make_tree("long");
	struct error err = ERROR_INIT;
	char path[PATH_MAX + 2];

	(void)state;
	assert_int_equal(path_make_directory(root, "", 0755, NULL, &err), -1);
	assert_int_equal(err.errnum, ENOENT);
	memset(path, 'a', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	assert_int_equal(path_make_directory(root, path, 0755, NULL, &err), -1);
	assert_int_equal(err.errnum, ENAMETOOLONG);
	path[NAME_MAX + 1] = '\0';
	assert_int_equal(path_make_directory(root, path, 0755, NULL, &err), -1);
	assert_int_equal(err.errnum, ENAMETOOLONG);
	for (size_t i = 0; i < sizeof(path) - 4; i += 2)
		memcpy(path + i, "d/", 3);
	assert_int_equal(path_make_directory(root, path, 0755, NULL, &err), -1);
	assert_int_equal(err.errnum, EAGAIN);
}

/* A link swapped with a directory, over and over, while the path through it is being made. */
static void a_racer_gains_nothing_outside(void **state)
{
	char outside[PATH_MAX];
	auto_fd root = make_tree("race");
	auto_fd out = -1;
	unsigned int made = 0;
	pid_t racer;
	int status;

	(void)state;
	(void)snprintf(outside, sizeof(outside), "%s/outside", base);
	assert_int_equal(mkdir(outside, 0755), 0);
	assert_int_equal(mkdirat(root, "swap", 0755), 0);
	assert_int_equal(symlinkat(outside, root, "other"), 0);
	racer = fork();
	if (racer == 0) {
		for (;;)
			(void)renameat2(root, "swap", root, "other", RENAME_EXCHANGE);
	}
	for (int i = 0; i < 3000; i++) {
		struct error err = ERROR_INIT;
		char path[64];
		auto_fd fd = -1;

		(void)snprintf(path, sizeof(path), "swap/d%d/deep", i);
		fd = i % 2 ? path_make_directory(root, path, 0755, NULL, &err) :
			     path_make_file(root, path, 0644, NULL, &err);
		made += fd >= 0;
	}
	assert_int_equal(kill(racer, SIGKILL), 0);
	assert_int_equal(waitpid(racer, &status, 0), racer);
	assert_true(made > 0);
	out = open(outside, O_PATH | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(unlinkat(AT_FDCWD, outside, AT_REMOVEDIR), 0);	/* it is empty */
}

static void an_open_file_is_opened_again_without_its_name(void **state)
{
	auto_fd root = make_tree("reopen");
	auto_fd procfs = procfs_open(PROCFS_PIDS, NULL, NULL);
	auto_fd path = path_open_in_root(root, "real/file", O_PATH, NULL);
	auto_fd directory = path_open_in_root(root, "real", O_PATH, NULL);
	auto_fd link = path_open_in_root(root, "rel", O_PATH | O_NOFOLLOW, NULL);
	struct error err = ERROR_INIT;
	auto_fd file = -1;
	auto_fd again = -1;

	(void)state;
	assert_int_equal(renameat(root, "real/file", root, "real/elsewhere"), 0);
	assert_int_equal(symlinkat("/etc/passwd", root, "real/file"), 0);
	file = path_reopen(procfs, path, O_WRONLY, &err);
	assert_true(file >= 0);
	assert_int_equal(fcntl(file, F_GETFD), FD_CLOEXEC);
	assert_int_equal(write(file, "x", 1), 1);
	again = path_reopen(procfs, directory, O_RDONLY | O_DIRECTORY, &err);
	assert_true(again >= 0);
	assert_int_equal(faccessat(again, "elsewhere", F_OK, 0), 0);
	assert_int_equal(path_reopen(procfs, link, O_RDONLY, &err), -1);
	assert_int_equal(err.errnum, ELOOP);
	assert_int_equal(path_reopen(procfs, path, O_CREAT | O_WRONLY, &err), -1);
	assert_int_equal(err.errnum, EINVAL);
}

static void identities_tell_files_and_mounts_apart(void **state)
{
	auto_fd root = make_tree("identity");
	auto_fd again = path_open_in_root(root, "/", O_PATH, NULL);
	auto_fd inner = path_open_in_root(root, "real", O_PATH, NULL);
	auto_fd proc = open("/proc", O_PATH | O_CLOEXEC);
	struct path_identity a = { 0 };
	struct path_identity b = { 0 };
	struct error err = ERROR_INIT;

	(void)state;
	assert_int_equal(path_identity_read(root, &a, &err), 0);
	assert_int_equal(path_identity_read(again, &b, &err), 0);
	assert_true(path_identity_equal(&a, &b));
	assert_int_equal(path_identity_read(inner, &b, &err), 0);
	assert_false(path_identity_equal(&a, &b));
	assert_true(path_identity_same_mount(&a, &b));
	assert_int_equal(path_identity_read(proc, &b, &err), 0);
	assert_false(path_identity_same_mount(&a, &b));
	assert_int_equal(path_identity_read(-1, &b, &err), -1);
}

/* The same directory, bound elsewhere, is another identity; and a walk may cross into it. */
static int bound_elsewhere(const char *root)
{
	struct path_identity a = { 0 };
	struct path_identity b = { 0 };
	struct error err = ERROR_INIT;
	auto_fd from = -1;
	auto_fd to = -1;
	auto_fd made = -1;
	auto_fd fresh = -1;
	bool created;

	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    chdir(root) < 0 || mkdir("bound", 0755) < 0 ||
	    mount("real", "bound", NULL, MS_BIND, NULL) < 0)
		return 77;
	fresh = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	from = path_open_in_root(fresh, "real", O_PATH, &err);
	to = path_open_in_root(fresh, "bound", O_PATH, &err);
	if (path_identity_read(from, &a, &err) < 0 || path_identity_read(to, &b, &err) < 0)
		return 1;
	if (a.ino != b.ino || path_identity_equal(&a, &b))
		return 2;
	if (path_open_beneath(fresh, "bound/dir", O_PATH, &err) >= 0 || err.errnum != EXDEV)
		return 3;
	made = path_make_directory(fresh, "bound/new/deep", 0755, &created, &err);
	if (made < 0 || !created || path_identity_read(made, &a, &err) < 0)
		return 4;
	return path_identity_same_mount(&a, &b) ? 0 : 5;
}

static void mounts_within_the_root_are_crossed_only_in_root(void **state)
{
	char path[PATH_MAX];
	pid_t child;
	int status;

	(void)state;
	close(make_tree("mounts"));
	(void)snprintf(path, sizeof(path), "%s/mounts", base);
	child = fork();
	if (child == 0)
		_exit(bound_elsewhere(path));
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == 77)
		skip_because("needs root, to mount");
	assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(opening_agrees_with_chroot),
		cmocka_unit_test(making_directories_agrees_with_chroot),
		cmocka_unit_test(making_files_agrees_with_chroot),
		cmocka_unit_test(beneath_goes_straight_down),
		cmocka_unit_test(magic_links_are_never_followed),
		cmocka_unit_test(opening_never_creates),
		cmocka_unit_test(modes_ignore_the_umask_and_keep_setgid),
		cmocka_unit_test(unreasonable_paths_are_refused),
		cmocka_unit_test(a_racer_gains_nothing_outside),
		cmocka_unit_test(an_open_file_is_opened_again_without_its_name),
		cmocka_unit_test(identities_tell_files_and_mounts_apart),
		cmocka_unit_test(mounts_within_the_root_are_crossed_only_in_root),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, set_up, tear_down);
}

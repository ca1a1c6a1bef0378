/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * timer [OPTION...] MODE NAME COMMAND [WORD...] [, NAME COMMAND [WORD...]]...
 *
 * Times variants of a command against each other. In every round each variant has its turn; who
 * comes first moves on from round to round, and every other round goes backwards, so that no
 * variant always follows the same one. Prints a line of CSV for everything measured:
 *
 *   set,variant,operation,round,wall_ns,cpu_ns,rss_kb,faults,value
 *
 * CPU time, peak memory and page faults are those of the command and of the children that it
 * waited for. Peak memory cannot be seen below that of this program, which is linked statically
 * to keep it small. "value" depends on the operation and is 0 for most.
 *
 * Modes:
 *   plain      the command as it is
 *   run        COMMAND run --bundle BUNDLES/NAME/run0 b0
 *   life       create, state, start, exec and update (where the variant has them), kill, delete;
 *              for create, "value" is the memory (PSS, kB) of the process that waits for start;
 *              update has the resources of BUNDLES/NAME/life0/resources.json
 *   parallel   as many "run" at once as -j says, in bundles of their own; "value" is how many a
 *              second, in thousandths
 *
 * Options:
 *   -s SET     the first column
 *   -b DIR     where the bundles are
 *   -n N       rounds; -w N rounds before them that are not counted
 *   -i MS      idle time before each measurement
 *   -j N       how many at once
 *   -m N       mode run: each time also "run-mounts", in a mount namespace with N more mounts
 *   -f         run under SCHED_FIFO
 *   -l DIR     a file for each variant's standard error
 *
 * Words before COMMAND: "clear=DIR" empties DIR before each measurement, "exec" and "update" say
 * that the variant carries out the command of that name.
 *
 * A variant whose command fails is told of on standard error and left out from then on; the exit
 * status is then 1.
 */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define VARIANTS_MAX 16
#define WORDS_MAX    32
#define JOBS_MAX     256

struct variant {
	const char *name;
	const char *clear;
	char **command; /* ends with NULL */
	bool has_exec;
	bool has_update;
	bool failed;
	int errors; /* standard error of the command */
};

struct settings {
	const char *set;
	const char *bundles;
	const char *logs;
	int rounds;
	int warm_up;
	int idle_ms;
	int jobs;
	int mounts;
	bool fifo;
};

struct sample {
	uint64_t wall_ns;
	uint64_t cpu_ns;
	long rss_kb;
	long faults;
	long value;
};

static struct variant variants[VARIANTS_MAX];
static size_t variant_count;
static struct settings settings = {
	.set = "-", .bundles = ".", .logs = ".", .rounds = 1, .jobs = 1
};
static int plain_namespace = -1;
static int crowded_namespace = -1;
static char *const environment[] = {
	"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
	NULL,
};

__attribute__((noreturn)) static void die(const char *what)
{
	fprintf(stderr, "timer: %s: %s\n", what, strerror(errno));
	exit(2);
}

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

static void sleep_ms(long ms)
{
	struct timespec time = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };

	while (nanosleep(&time, &time) < 0 && errno == EINTR)
		;
}

/* ---- one command ---- */

/* vfork, so that the size of this program is no part of what is measured. */
static pid_t spawn(const struct variant *variant, char *const argv[])
{
	pid_t pid = vfork(); /* NOLINT(clang-analyzer-security.insecureAPI.vfork) */

	if (pid == 0) {
		/* The kernel's own, and nothing of ours is written. */
		dup2(variant->errors, STDERR_FILENO); /* NOLINT(clang-analyzer-unix.Vfork) */
		execve(argv[0], argv, environment);
		_exit(127);
	}
	if (pid < 0)
		die("vfork");
	return pid;
}

static uint64_t timeval_ns(struct timeval time)
{
	return (uint64_t)time.tv_sec * UINT64_C(1000000000) + (uint64_t)time.tv_usec * 1000;
}

static void sample_add(struct sample *sample, const struct rusage *usage)
{
	sample->cpu_ns += timeval_ns(usage->ru_utime) + timeval_ns(usage->ru_stime);
	sample->faults += usage->ru_minflt;
	if (usage->ru_maxrss > sample->rss_kb)
		sample->rss_kb = usage->ru_maxrss;
}

/*
 * Fills @argv with the variant's command and @words, which ends with NULL.
 */
static void compose(const struct variant *variant, char *const words[], char *argv[WORDS_MAX])
{
	size_t count = 0;

	for (size_t i = 0; variant->command[i] && count < WORDS_MAX - 1; i++)
		argv[count++] = variant->command[i];
	for (size_t i = 0; words[i] && count < WORDS_MAX - 1; i++)
		argv[count++] = words[i];
	argv[count] = NULL;
}

static void print_failure(struct variant *variant, const char *operation, int status)
{
	variant->failed = true;
	if (WIFSIGNALED(status))
		fprintf(stderr, "timer: %s: %s: %s was killed by signal %d\n", settings.set,
			variant->name, operation, WTERMSIG(status));
	else
		fprintf(stderr, "timer: %s: %s: %s ended with %d\n", settings.set, variant->name,
			operation, WEXITSTATUS(status));
}

/* Runs it to its end. Other children that end meanwhile are containers of ours: not waited for. */
static bool measure(struct variant *variant, const char *operation, char *const words[],
		    struct sample *out)
{
	char *argv[WORDS_MAX];
	struct rusage usage;
	struct sample sample = { 0 };
	uint64_t began;
	int status;
	pid_t pid;

	compose(variant, words, argv);
	began = now_ns();
	pid = spawn(variant, argv);
	if (wait4(pid, &status, 0, &usage) < 0)
		die("wait4");
	sample.wall_ns = now_ns() - began;
	sample_add(&sample, &usage);
	*out = sample;
	if (status == 0)
		return true;
	print_failure(variant, operation, status);
	return false;
}

static void print_sample(const struct variant *variant, const char *operation, int round,
			 const struct sample *sample)
{
	if (round < 0)
		return;
	printf("%s,%s,%s,%d,%llu,%llu,%ld,%ld,%ld\n", settings.set, variant->name, operation, round,
	       (unsigned long long)sample->wall_ns, (unsigned long long)sample->cpu_ns,
	       sample->rss_kb, sample->faults, sample->value);
}

/* Removes the files of @path and what lies below it, not @path. */
static void clear_directory(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *entry;

	if (!dir)
		return;
	while ((entry = readdir(dir))) {
		char name[4096];
		struct stat about;

		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		if (snprintf(name, sizeof(name), "%s/%s", path, entry->d_name) >= (int)sizeof(name))
			continue;
		if (lstat(name, &about) == 0 && S_ISDIR(about.st_mode))
			clear_directory(name);
		else
			(void)unlink(name);
	}
	closedir(dir);
}

/* What comes before each measurement. */
static void prepare(const struct variant *variant)
{
	if (variant->clear)
		clear_directory(variant->clear);
	if (settings.idle_ms)
		sleep_ms(settings.idle_ms);
}

/* ---- the modes ---- */

static void bundle_path(const struct variant *variant, const char *kind, int slot, char *out,
			size_t size)
{
	if (snprintf(out, size, "%s/%s/%s%d", settings.bundles, variant->name, kind, slot) >=
	    (int)size) {
		errno = ENAMETOOLONG;
		die(settings.bundles);
	}
}

static void turn_plain(struct variant *variant, int round)
{
	char *words[] = { NULL };
	struct sample sample;

	prepare(variant);
	if (measure(variant, "command", words, &sample))
		print_sample(variant, "command", round, &sample);
}

static void remove_by_force(const struct variant *variant, const char *id)
{
	char *words[] = { "delete", "--force", (char *)id, NULL };
	char *argv[WORDS_MAX];
	int status;

	compose(variant, words, argv);
	(void)waitpid(spawn(variant, argv), &status, 0);
}

static void run_once(struct variant *variant, const char *operation, int round)
{
	char bundle[1024];
	char *words[] = { "run", "--bundle", bundle, "b0", NULL };
	struct sample sample;

	if (variant->failed)
		return;
	bundle_path(variant, "run", 0, bundle, sizeof(bundle));
	prepare(variant);
	if (measure(variant, operation, words, &sample))
		print_sample(variant, operation, round, &sample);
	else
		remove_by_force(variant, "b0");
}

static void enter_namespace(int fd)
{
	if (setns(fd, CLONE_NEWNS) < 0)
		die("enter a mount namespace");
}

static void turn_run(struct variant *variant, int round)
{
	if (!settings.mounts) {
		run_once(variant, "run", round);
		return;
	}
	for (int i = 0; i < 2; i++) {
		bool crowded = (round + i) % 2 != 0;

		enter_namespace(crowded ? crowded_namespace : plain_namespace);
		run_once(variant, crowded ? "run-mounts" : "run", round);
	}
}

static pid_t read_pid(const char *path)
{
	FILE *file = fopen(path, "re");
	char line[32] = "";
	long pid;

	if (file && !fgets(line, sizeof(line), file))
		line[0] = '\0';
	if (file)
		(void)fclose(file);
	pid = strtol(line, NULL, 10);
	return pid > 1 ? (pid_t)pid : 0;
}

static long read_pss_kb(pid_t pid)
{
	char path[64];
	char line[256];
	long pss = 0;
	FILE *file;

	(void)snprintf(path, sizeof(path), "/proc/%ld/smaps_rollup", (long)pid);
	file = fopen(path, "re");
	if (!file)
		return 0;
	while (fgets(line, sizeof(line), file)) {
		if (strncmp(line, "Pss:", 4) == 0) {
			pss = strtol(line + 4, NULL, 10);
			break;
		}
	}
	(void)fclose(file);
	return pss;
}

static void turn_life(struct variant *variant, int round)
{
	enum { CREATE, STATE, START, EXEC, UPDATE, KILL, DELETE, OPERATIONS };
	char bundle[1024];
	char pid_file[1100];
	char resources[1100];
	char *words[OPERATIONS][8] = {
		[CREATE] = {"create", "--pid-file", pid_file,   "--bundle", bundle, "b0", NULL },
		[STATE] = { "state",  "b0",	   NULL		},
		[START] = { "start", "b0",	   NULL	},
		[EXEC] = { "exec", "b0",	 "/bin/true",	      NULL },
		[UPDATE] = { "update", "--resources", resources, "b0", NULL },
		[KILL] = { "kill",  "b0",		 "KILL", NULL },
		[DELETE] = { "delete",       "b0",	     NULL		  },
	};
	struct sample sample;
	pid_t pid = 0;

	bundle_path(variant, "life", 0, bundle, sizeof(bundle));
	(void)snprintf(pid_file, sizeof(pid_file), "%s/pid", bundle);
	(void)snprintf(resources, sizeof(resources), "%s/resources.json", bundle);
	(void)unlink(pid_file);
	for (int i = 0; i < OPERATIONS; i++) {
		if ((i == EXEC && !variant->has_exec) || (i == UPDATE && !variant->has_update))
			continue;
		prepare(variant);
		if (!measure(variant, words[i][0], words[i], &sample)) {
			remove_by_force(variant, "b0");
			return;
		}
		if (i == CREATE) {
			pid = read_pid(pid_file);
			sample.value = pid ? read_pss_kb(pid) : 0;
		}
		print_sample(variant, words[i][0], round, &sample);
		/*
		 * The container's first process is now a child of this one: see that it has
		 * ended, so that all delete after the same.
		 */
		if (i == KILL && pid)
			(void)waitpid(pid, NULL, 0);
	}
}

static void turn_parallel(struct variant *variant, int round)
{
	char bundle[JOBS_MAX][256];
	char id[JOBS_MAX][16];
	pid_t pids[JOBS_MAX];
	struct sample sample = { 0 };
	uint64_t began;
	int failure = 0;

	for (int i = 0; i < settings.jobs; i++) {
		bundle_path(variant, "run", i, bundle[i], sizeof(bundle[i]));
		(void)snprintf(id[i], sizeof(id[i]), "b%d", i);
	}
	prepare(variant);
	began = now_ns();
	for (int i = 0; i < settings.jobs; i++) {
		char *words[] = { "run", "--bundle", bundle[i], id[i], NULL };
		char *argv[WORDS_MAX];

		compose(variant, words, argv);
		pids[i] = spawn(variant, argv);
	}
	for (int i = 0; i < settings.jobs; i++) {
		struct rusage usage;
		int status;

		if (wait4(pids[i], &status, 0, &usage) < 0)
			die("wait4");
		sample_add(&sample, &usage);
		if (status != 0)
			failure = status;
	}
	sample.wall_ns = now_ns() - began;
	sample.value = (long)((double)settings.jobs * 1e12 / (double)sample.wall_ns);
	if (failure == 0) {
		print_sample(variant, "parallel", round, &sample);
		return;
	}
	print_failure(variant, "one of the runs", failure);
	for (int i = 0; i < settings.jobs; i++)
		remove_by_force(variant, id[i]);
}

/* ---- set-up ---- */

static const struct mode {
	const char *name;
	void (*turn)(struct variant *variant, int round);
} modes[] = {
	{"plain",	   turn_plain   },
	{ "run",	 turn_run	  },
	{ "life",	  turn_life    },
	{ "parallel", turn_parallel},
};

/* Processes that were adopted have ended: nobody else would take them away. */
static void reap(void)
{
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
}

static void run_rounds(const struct mode *mode)
{
	size_t count = variant_count;

	for (int round = -settings.warm_up; round < settings.rounds; round++) {
		size_t first = (size_t)(round + settings.warm_up) / 2 % count;
		bool backwards = (round + settings.warm_up) % 2 != 0;

		for (size_t i = 0; i < count; i++) {
			size_t turn = backwards ? count - 1 - i : i;
			struct variant *variant = &variants[(first + turn) % count];

			if (!variant->failed)
				mode->turn(variant, round);
			reap();
		}
	}
}

static int open_namespace(void)
{
	int fd = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		die("/proc/self/ns/mnt");
	return fd;
}

/* Leaves this program in the namespace with many mounts; turns change between the two. */
static void make_mounts(int count)
{
	char path[64] = "/tmp/mounts";

	plain_namespace = open_namespace();
	if (unshare(CLONE_NEWNS) < 0)
		die("unshare");
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		die("make mounts private");
	(void)mkdir(path, 0755);
	if (mount("tmpfs", path, "tmpfs", MS_NOSUID | MS_NODEV, NULL) < 0)
		die(path);
	for (int i = 0; i < count - 1; i++) {
		(void)snprintf(path, sizeof(path), "/tmp/mounts/%d", i);
		if (mkdir(path, 0755) < 0 || mount(path, path, NULL, MS_BIND, NULL) < 0)
			die(path);
	}
	crowded_namespace = open_namespace();
}

static void set_up(void)
{
	const struct sched_param priority = { .sched_priority = 10 };
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null < 0 || dup2(null, STDIN_FILENO) < 0)
		die("/dev/null");
	if (prctl(PR_SET_CHILD_SUBREAPER, 1) < 0)
		die("become a subreaper");
	if (settings.mounts)
		make_mounts(settings.mounts);
	/* Last: the set-up need not push others aside. */
	if (settings.fifo && sched_setscheduler(0, SCHED_FIFO, &priority) < 0)
		die("SCHED_FIFO");
}

/* Results are written to a copy of standard output; commands see none of it. */
static void move_output(void)
{
	int copy = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC);

	if (copy < 0 || null < 0 || dup2(null, STDOUT_FILENO) < 0)
		die("standard output");
	stdout = fdopen(copy, "w");
	if (!stdout)
		die("standard output");
}

static void read_variant(char **words, size_t count)
{
	struct variant *variant = &variants[variant_count];
	char path[1024];

	if (variant_count == VARIANTS_MAX || count < 2 || count > WORDS_MAX / 2) {
		errno = EINVAL;
		die("a variant is NAME COMMAND [WORD...]");
	}
	variant->name = words[0];
	words++;
	for (; *words; words++) {
		if (strncmp(*words, "clear=", 6) == 0)
			variant->clear = *words + 6;
		else if (strcmp(*words, "exec") == 0)
			variant->has_exec = true;
		else if (strcmp(*words, "update") == 0)
			variant->has_update = true;
		else
			break;
	}
	variant->command = words;
	(void)snprintf(path, sizeof(path), "%s/%s.log", settings.logs, variant->name);
	variant->errors = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	if (variant->errors < 0)
		die(path);
	variant_count++;
}

/* A comma stands between two variants. */
static void read_variants(char **words)
{
	while (*words) {
		size_t count = 0;
		bool last;

		while (words[count] && strcmp(words[count], ",") != 0)
			count++;
		last = !words[count];
		words[count] = NULL;
		read_variant(words, count);
		words += last ? count : count + 1;
	}
}

static int read_number(const char *text, int least, int most)
{
	char *end;
	long number = strtol(text, &end, 10);

	if (end == text || *end != '\0' || number < least || number > most) {
		errno = EINVAL;
		die(text);
	}
	return (int)number;
}

static void read_options(int argc, char **argv)
{
	int option;

	while ((option = getopt(argc, argv, "+s:b:l:n:w:i:j:m:f")) != -1) {
		switch (option) {
		case 's':
			settings.set = optarg;
			break;
		case 'b':
			settings.bundles = optarg;
			break;
		case 'l':
			settings.logs = optarg;
			break;
		case 'n':
			settings.rounds = read_number(optarg, 1, 100000);
			break;
		case 'w':
			settings.warm_up = read_number(optarg, 0, 1000);
			break;
		case 'i':
			settings.idle_ms = read_number(optarg, 0, 60000);
			break;
		case 'j':
			settings.jobs = read_number(optarg, 1, JOBS_MAX);
			break;
		case 'm':
			settings.mounts = read_number(optarg, 0, 100000);
			break;
		case 'f':
			settings.fifo = true;
			break;
		default:
			exit(2);
		}
	}
}

int main(int argc, char **argv)
{
	const struct mode *mode = NULL;
	int status = 0;

	read_options(argc, argv);
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		if (argv[optind] && strcmp(argv[optind], modes[i].name) == 0)
			mode = &modes[i];
	}
	if (!mode || !argv[optind + 1]) {
		fputs("usage: timer [OPTION...] MODE NAME COMMAND [WORD...] [, ...]\n", stderr);
		return 2;
	}
	read_variants(argv + optind + 1);
	move_output();
	set_up();
	run_rounds(mode);
	for (size_t i = 0; i < variant_count; i++) {
		if (variants[i].failed)
			status = 1;
	}
	if (fflush(stdout) != 0)
		die("write the results");
	return status;
}

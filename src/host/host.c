/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * What every start has to know about this host. Reads a handful of small
 * files: it stands in the time of every create. What can be asked by a system
 * call is not read from a file.
 */
#include "host/host.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/statfs.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "host_parse.h"
#include "kernel/landlock.h"
#include "kernel/libapparmor.h"

/* Inode of the initial user namespace: fixed since Linux 3.8. */
#define INITIAL_USER_NAMESPACE "4026531837"

#define CONTROLLERS_MAX 4096
#define CAPABILITIES_MAX 63

static int read_kernel(struct host *host, struct error *err)
{
	struct utsname name;

	if (uname(&name) < 0)
		return error_system(err, "uname");
	if (host_parse_release(name.release, &host->kernel_major, &host->kernel_minor) < 0)
		return error_set(err, ERROR_HOST, 0, "the kernel's release '%s' is not a version",
				 name.release);
	if (!host_supported(host->kernel_major, host->kernel_minor))
		return error_set(err, ERROR_HOST, 0,
				 "Linux %s is too old: orlop needs Linux 6.1 or later",
				 name.release);
	_Static_assert(sizeof(host->kernel_release) >= sizeof(name.release), "a release fits");
	memcpy(host->kernel_release, name.release, sizeof(name.release));
	return 0;
}

static int read_sizes(struct host *host, struct error *err)
{
	struct sysinfo info;
	long processors = sysconf(_SC_NPROCESSORS_CONF);

	if (sysinfo(&info) < 0)
		return error_system(err, "sysinfo");
	host->memory_bytes = (uint64_t)info.totalram * info.mem_unit;
	host->page_size = (uint64_t)sysconf(_SC_PAGESIZE);
	host->processors = processors > 0 ? (unsigned int)processors : 1;
	return 0;
}

/* The bounding set of any process tells which capabilities the kernel knows, without /proc. */
static unsigned int last_capability(void)
{
	unsigned int known = 0;
	unsigned int beyond = CAPABILITIES_MAX + 1;

	while (beyond - known > 1) {
		unsigned int middle = known + (beyond - known) / 2;

		if (prctl(PR_CAPBSET_READ, (unsigned long)middle, 0, 0, 0) >= 0)
			known = middle;
		else
			beyond = middle;
	}
	return known;
}

/* By the text of the link: to follow it takes the kernel ten times as long. */
static bool is_in_initial_namespace(void)
{
	static const char initial[] = "user:[" INITIAL_USER_NAMESPACE "]";
	char name[sizeof(initial)];

	return readlink("/proc/self/ns/user", name, sizeof(name)) == (ssize_t)strlen(initial) &&
	       memcmp(name, initial, strlen(initial)) == 0;
}

enum host_caller host_caller(void)
{
	if (geteuid() != 0)
		return HOST_CALLER_USER;
	return is_in_initial_namespace() ? HOST_CALLER_ROOT : HOST_CALLER_MAPPED_ROOT;
}

static bool exists(const char *path)
{
	return access(path, F_OK) == 0;
}

/* On a hybrid host the unified hierarchy stands one level below. */
static int read_cgroup(struct host *host, struct error *err)
{
	static const char *const places[] = { "/sys/fs/cgroup", "/sys/fs/cgroup/unified" };

	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		auto_fd directory = -1;
		auto_free char *text = NULL;
		struct statfs status;

		directory = open(places[i], O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (directory < 0 || fstatfs(directory, &status) < 0 ||
		    (unsigned long)status.f_type != CGROUP2_SUPER_MAGIC)
			continue;
		if (fd_read_file(directory, "cgroup.controllers", CONTROLLERS_MAX, &text, NULL,
				 err) < 0)
			return error_prefix(err, "%s", places[i]);
		host->controllers = host_parse_controllers(text);
		memcpy(host->cgroup_mount, places[i], strlen(places[i]) + 1);
		return 0;
	}
	return 0;
}

/*
 * Asks the kernel for a permission of our profile: it answers ENOENT when it
 * has no such label. The file that lists all profiles is long on a desktop,
 * and the directory of them is a walk.
 */
static bool is_profile_loaded(const char *profile)
{
	int allowed = 0;
	int audited = 0;

	return libapparmor->query_file_path(AA_MAY_READ, profile, "/", &allowed, &audited) == 0;
}

/* The kernel's own word: where it says no, the library is not needed. */
static bool is_apparmor_on(void)
{
	auto_free char *word = NULL;

	return fd_read_file(AT_FDCWD, "/sys/module/apparmor/parameters/enabled", 16, &word, NULL,
			    NULL) == 0 && word[0] == 'Y';
}

static int read_apparmor(struct host *host, struct error *err)
{
	if (!is_apparmor_on())
		return 0;
	if (libapparmor_load(err))
		return -1;
	/*
	 * The library asks for securityfs as well. Podman takes it out of sight of the runtime where a
	 * container has a user namespace: labels are written all the same, and the kernel refuses one
	 * that it does not have.
	 */
	host->apparmor = true;
	host->apparmor_default = !libapparmor->is_enabled() || is_profile_loaded("orlop-default");
	return 0;
}

static int read_security_modules(struct host *host, struct error *err)
{
	int abi = landlock_abi();

	host->selinux = exists("/sys/fs/selinux/enforce");
	host->landlock_abi = abi > 0 ? (unsigned int)abi : 0;
	return read_apparmor(host, err);
}

int host_read(struct host *out, struct error *err)
{
	struct host host = { 0 };

	if (read_kernel(&host, err) < 0 || read_sizes(&host, err) < 0 ||
	    read_cgroup(&host, err) < 0 || read_security_modules(&host, err) < 0)
		return -1;
	host.caller = host_caller();
	host.last_capability = last_capability();
	host.memfd_noexec = exists("/proc/sys/vm/memfd_noexec");
	host.time_namespace = faccessat(AT_FDCWD, "/proc/self/ns/time", F_OK,
					AT_SYMLINK_NOFOLLOW) == 0;
	host.ipv6 = exists("/proc/sys/net/ipv6/conf");
	*out = host;
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * What every start has to know about this host. Reads a handful of small
 * files: it stands in the time of every create. What can be asked by a system
 * call is not read from a file.
 */
#include "host/host.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/magic.h>
#include <stdio.h>
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
#include "kernel/process.h"

#define CONTROLLERS_MAX 4096
#define OWN_CGROUPS_MAX ((size_t)16384)	/* one line a hierarchy of cgroup v1 as well */
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

enum host_caller host_caller(void)
{
	if (geteuid() != 0)
		return HOST_CALLER_USER;
	return process_in_initial_userns() ? HOST_CALLER_ROOT : HOST_CALLER_MAPPED_ROOT;
}

#define ID_MAP_MAX ((size_t)HOST_RANGES_MAX * 40)

static int read_ids(const char *file, struct host_ids *out, struct error *err)
{
	auto_free char *text = NULL;

	if (fd_read_file(AT_FDCWD, file, ID_MAP_MAX, &text, NULL, err) < 0)
		return -1;
	if (host_parse_ids(text, out) < 0)
		return error_set(err, ERROR_HOST, 0, "%s is no list of ranges", file);
	return 0;
}

static int read_caller(struct host *host, struct error *err)
{
	auto_free char *word = NULL;

	host->caller = host_caller();
	host->uid = geteuid();
	host->gid = getegid();
	if (host->caller == HOST_CALLER_ROOT)
		return 0;
	host->powerless = host->caller == HOST_CALLER_USER && !process_has_capability(CAP_SYS_ADMIN);
	if ((host->caller == HOST_CALLER_MAPPED_ROOT &&
	     (read_ids("/proc/self/uid_map", &host->uids, err) < 0 ||
	      read_ids("/proc/self/gid_map", &host->gids, err) < 0)) ||
	    fd_read_file(AT_FDCWD, "/proc/self/setgroups", 16, &word, NULL, err) < 0)
		return -1;
	host->setgroups_denied = strncmp(word, "deny", 4) == 0;
	return 0;
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

/* The caller's own cgroup, or "" where the kernel names none that fits. */
static void find_own_cgroup(char *path, size_t size)
{
	auto_free char *text = NULL;
	const char *own;
	size_t length;

	path[0] = '\0';
	if (fd_read_file(AT_FDCWD, "/proc/self/cgroup", OWN_CGROUPS_MAX, &text, NULL, NULL) < 0)
		return;
	own = strncmp(text, "0::/", 4) == 0 ? text : strstr(text, "\n0::/");
	own = own ? strchr(own, '/') : NULL;
	length = own ? strcspn(own, "\n") : 0;
	if (length >= size)
		return;
	(void)snprintf(path, size, "%.*s", (int)length, own ? own : "");
}

/*
 * The cgroup above the caller's own. The kernel asks for the right to write to cgroup.procs of what is
 * above both, to change cgroups.
 */
static void read_delegation(struct host *host, const char *own)
{
	const char *slash = strrchr(own, '/');
	char path[sizeof(host->cgroup_mount) + sizeof(host->cgroup_base) + 32];
	int length = slash ? (int)(slash - own) : 0;

	if (host->cgroup_mount[0] == '\0' || length == 0)
		return;
	(void)snprintf(path, sizeof(path), "%s%.*s", host->cgroup_mount, length, own);
	if (faccessat(AT_FDCWD, path, W_OK, AT_EACCESS) < 0)
		return;
	(void)snprintf(path, sizeof(path), "%s%.*s/cgroup.procs", host->cgroup_mount, length, own);
	if (faccessat(AT_FDCWD, path, W_OK, AT_EACCESS) < 0)
		return;
	(void)snprintf(host->cgroup_base, sizeof(host->cgroup_base), "%.*s", length, own);
}

/*
 * The path of what a user's systemd has started goes through its unit. Else it is where systemd puts
 * that unit: user@.service(5).
 */
static void read_user_manager(struct host *host, const char *own)
{
	static const char unit[] = "/user@";
	const char *at = strstr(own, unit);

	if (at)
		(void)snprintf(host->user_manager, sizeof(host->user_manager), "%.*s",
			       (int)(at + 1 + strcspn(at + 1, "/") - own), own);
	else
		(void)snprintf(host->user_manager, sizeof(host->user_manager),
			       "/user.slice/user-%u.slice/user@%u.service", host->uid, host->uid);
}

/* What a caller that is not root may do with cgroups. */
static void read_user_cgroups(struct host *host)
{
	char own[sizeof(host->cgroup_base)];

	if (host->caller == HOST_CALLER_ROOT)
		return;
	find_own_cgroup(own, sizeof(own));
	read_delegation(host, own);
	read_user_manager(host, own);
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

	if (read_caller(&host, err) < 0 || read_kernel(&host, err) < 0 || read_sizes(&host, err) < 0 ||
	    read_cgroup(&host, err) < 0 || read_security_modules(&host, err) < 0)
		return -1;
	read_user_cgroups(&host);
	host.last_capability = last_capability();
	host.memfd_noexec = exists("/proc/sys/vm/memfd_noexec");
	host.time_namespace = faccessat(AT_FDCWD, "/proc/self/ns/time", F_OK,
					AT_SYMLINK_NOFOLLOW) == 0;
	host.ipv6 = exists("/proc/sys/net/ipv6/conf");
	*out = host;
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */

#include "kernel/landlock.h"

#include <errno.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "kernel/call.h"

/* What the kernel takes in a rule for something other than a directory. */
#define FILE_ACCESS								\
	(LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE |		\
	 LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_TRUNCATE |		\
	 LANDLOCK_ACCESS_FS_IOCTL_DEV)

int landlock_abi(void)
{
	int saved = errno;
	int abi = call_landlock_create_ruleset(NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);

	errno = saved;
	return abi > 0 ? abi : 0;
}

uint64_t landlock_known(int abi)
{
	/* Each row: from this version on, all the bits below this one. */
	static const struct {
		int abi;
		uint64_t next;
	} versions[] = {
		{ 5, LANDLOCK_ACCESS_FS_IOCTL_DEV << 1 },
		{ 3, LANDLOCK_ACCESS_FS_TRUNCATE << 1 },
		{ 2, LANDLOCK_ACCESS_FS_REFER << 1 },
		{ 1, LANDLOCK_ACCESS_FS_MAKE_SYM << 1 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(versions); i++) {
		if (abi >= versions[i].abi)
			return versions[i].next - 1;
	}
	return 0;
}

int landlock_ruleset(uint64_t handled, struct error *err)
{
	const struct landlock_ruleset_attr attributes = { .handled_access_fs = handled };
	int abi = landlock_abi();
	int ruleset;

	if (abi == 0)
		return error_set(err, ERROR_HOST, 0, "this kernel has no Landlock, or it is off");
	if (handled & ~landlock_known(abi))
		return error_set(err, ERROR_HOST, 0, "Landlock version %d lacks accesses %#llx",
				 abi, (unsigned long long)(handled & ~landlock_known(abi)));
	/* The size of version 1: later members stay zero, and older kernels know none. */
	ruleset = call_landlock_create_ruleset(&attributes, sizeof(attributes.handled_access_fs),
					       0);
	if (ruleset < 0)
		return error_system(err, "create Landlock ruleset");
	return ruleset;
}

int landlock_allow_beneath(int ruleset, int fd, uint64_t allowed, struct error *err)
{
	struct landlock_path_beneath_attr rule = { .allowed_access = allowed, .parent_fd = fd };
	struct stat st;

	if (fstat(fd, &st) < 0)
		return error_system(err, "stat");
	if (!S_ISDIR(st.st_mode))
		rule.allowed_access &= FILE_ACCESS;
	if (call_landlock_add_rule(ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) < 0)
		return error_system(err, "add Landlock rule");
	return 0;
}

int landlock_restrict_self(int ruleset, struct error *err)
{
	if (call_landlock_restrict_self(ruleset, 0) < 0)
		return error_system(err, "enter Landlock domain");
	return 0;
}

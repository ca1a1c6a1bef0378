/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */

#include "run/recorded_cgroup.h"

#include <errno.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "run/cgroup.h"

int recorded_cgroup_open(const struct record *record, int *mount, int *cgroup, struct error *err)
{
	struct error cause = ERROR_INIT;
	auto_fd found = -1;
	struct stat st;

	if (!record->cgroup_mount || !record->cgroup_path)
		return 0;
	*mount = cgroup_open_mount(record->cgroup_mount, err);
	if (*mount < 0)
		return -1;
	found = cgroup_open(*mount, record->cgroup_path, &cause);
	if (found < 0) {
		if (cause.errnum == ENOENT)
			return 0;
		*err = cause;
		return -1;
	}
	if (fstat(found, &st) < 0)
		return error_system(err, "look at the container's cgroup");
	if (record->cgroup_inode == st.st_ino)
		*cgroup = take_fd(&found);
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * What may be mounted where, and with what. First what holds under every
 * policy: /proc is the kernel's, and a file laid over one of its own has been a
 * way to run a container without its label (CVE-2019-16884). /sys is the
 * kernel's too, and policy decides. Then the other rules of policy, one function
 * each, in the order of items.def.
 *
 * All of it looks at words. A link in the image can make a path mean another
 * place, so run/ looks again at what it has opened.
 */
#include <string.h>
#include <sys/mount.h>

#include "base/cleanup.h"
#include "base/number.h"
#include "kernel/compat.h"
#include "plan_sections.h"
#include "tables/mount_options.h"

#define VOLUME_ATTRIBUTES (MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV)
#define KERNEL_ATTRIBUTES (MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC)

/* Where a file system of the kernel's belongs: a new one, or a bind of the host's own. */
static const struct {
	const char *destination;
	const char *fs_type;
} kernel_places[] = {
	{ "/proc",          "proc" },
	{ "/sys",           "sysfs" },
	{ "/sys/fs/cgroup", "cgroup2" },
};

/* Files that programs read as facts about the machine: lxcfs lays its own over them. */
static const char *const kernel_files[] = {
	"/proc/cpuinfo", "/proc/diskstats", "/proc/loadavg", "/proc/meminfo", "/proc/slabinfo",
	"/proc/stat", "/proc/swaps", "/proc/uptime", "/proc/sys/kernel/ns_last_pid",
	"/proc/sys/crypto/fips_enabled",
};

static bool is_in_place(struct plan_input *in, const struct plan_mount *mount,
			const char *destination, const char *fs_type)
{
	if (mount->kind == PLAN_MOUNT_REMOUNT || mount->cgroup_bind)
		return true;
	if (mount->kind == PLAN_MOUNT_NEW)
		return strcmp(mount->fs_type, fs_type) == 0;
	return strcmp(plan_normalize(in, mount->source), destination) == 0;
}

/* Masked and read-only paths are those of /proc and /sys: in a second mount all of it is open. */
static int check_place(const struct plan_mount_source *from, const struct plan_mount *mount,
		       struct error *err)
{
	const char *type = mount->cgroup_bind ? "cgroup2" : mount->fs_type;

	for (size_t i = 0; type && i < ARRAY_SIZE(kernel_places); i++) {
		if (strcmp(kernel_places[i].fs_type, type) != 0 ||
		    strcmp(kernel_places[i].destination, from->destination) == 0)
			continue;
		return error_set(err, ERROR_SPEC, 0,
				 "%s/destination: a mount of type '%s' belongs at %s, not at '%s': "
				 "a second one would show what is masked in the first", from->path,
				 from->spec->type, kernel_places[i].destination,
				 from->destination);
	}
	return 0;
}

int plan_mount_kernel(struct plan_input *in, const struct plan_mount_source *from,
		      const struct plan_mount *mount, struct error *err)
{
	const char *destination = from->destination;

	if (check_place(from, mount, err) < 0)
		return -1;
	if (!plan_is_below(destination, "/proc") && !plan_is_below(destination, "/sys"))
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(kernel_places); i++) {
		if (strcmp(kernel_places[i].destination, destination) == 0 &&
		    is_in_place(in, mount, destination, kernel_places[i].fs_type))
			return 0;
	}
	for (size_t i = 0; i < ARRAY_SIZE(kernel_files); i++) {
		if (strcmp(kernel_files[i], destination) == 0 && mount->kind == PLAN_MOUNT_BIND)
			return 0;
	}
	if (plan_is_below(destination, "/sys"))
		return plan_breach(in, POLICY_KERNEL_PATHS,
				   plan_text(in, "%s/destination", from->path), err,
				   "mount it elsewhere", "'%s' lies in the kernel's /sys",
				   destination);
	return error_set(err, ERROR_SPEC, 0,
			 "%s/destination: '%s' lies in the kernel's /proc, and nothing else may be "
			 "mounted there", from->path, destination);
}

void plan_mount_change(struct plan_input *in, struct plan_mount_source *from,
		       enum policy_item item, const char *text)
{
	struct plan_change *change = plan_list_add(in, &from->changes, sizeof(*change));

	change->item = policy_item_id(item);
	change->text = text;
}

static bool is_type(const struct plan_mount *mount, const char *type)
{
	return mount->fs_type && strcmp(mount->fs_type, type) == 0;
}

static int rule_types(struct plan_input *in, struct plan_mount_source *from,
		      struct plan_mount *mount, struct error *err)
{
	static const char *const types[] = {
		"proc", "sysfs", "tmpfs", "devpts", "mqueue", "cgroup2",
	};

	if (mount->kind != PLAN_MOUNT_NEW)
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		if (is_type(mount, types[i]))
			return 0;
	}
	return plan_breach(in, POLICY_FILESYSTEM_TYPES, plan_text(in, "%s/type", from->path), err,
			   "mount it outside, and bind it",
			   "file system '%s' would be mounted for the container", mount->fs_type);
}

/* The label of files comes by /linux/mountLabel, the same for all mounts, and not past it. */
static int rule_labels(struct plan_input *in, struct plan_mount_source *from,
		       struct plan_mount *mount, struct error *err)
{
	static const char *const keys[] = { "context", "fscontext", "defcontext", "rootcontext" };
	const struct plan_option *options = from->options.items;

	(void)mount;
	for (size_t i = 0; i < from->options.count; i++) {
		for (size_t k = 0; k < ARRAY_SIZE(keys); k++) {
			if (strcmp(options[i].key, keys[k]) == 0 &&
			    plan_breach(in, POLICY_SELINUX, plan_text(in, "%s/options", from->path),
					err, "use /linux/mountLabel",
					"option '%s' labels the files of one mount", keys[k]) < 0)
				return -1;
		}
	}
	return 0;
}

/* To the kernel 0 is no bound, and a size that wraps becomes 0: what is not plain is none. */
static bool is_bound(const char *value)
{
	size_t length = value ? strlen(value) : 0;
	uint64_t number = 0;

	if (length > 0 && value[length - 1] == '%')
		return number_parse_u64_bytes(value, length - 1, 100, &number) == 0 && number > 0;
	return number_parse_size(value, INT64_MAX, &number) == 0 && number > 0;
}

static bool has_size(const struct plan_mount_source *from)
{
	const struct plan_option *options = from->options.items;
	bool found = false;

	for (size_t i = 0; i < from->options.count; i++) {
		if (strcmp(options[i].key, "size") == 0 || strcmp(options[i].key, "nr_blocks") == 0)
			found = is_bound(options[i].value);
	}
	return found;
}

static int rule_size(struct plan_input *in, struct plan_mount_source *from,
		     struct plan_mount *mount, struct error *err)
{
	const struct policy_limits *limits = &in->policy->limits;
	struct plan_option *option;

	if (!is_type(mount, "tmpfs"))
		return 0;
	if (plan_imposes(in, POLICY_TMPFS_SIZE) && mount->copy_up) {
		mount->copy_up_bytes = limits->copy_up_bytes;
		mount->copy_up_entries = limits->copy_up_entries;
	}
	if (has_size(from))
		return 0;
	if (!plan_enforces(in, POLICY_TMPFS_SIZE))
		return plan_breach(in, POLICY_TMPFS_SIZE, plan_text(in, "%s/options", from->path),
				   err, "add size=", "a tmpfs without a size");
	option = plan_list_add(in, &from->options, sizeof(*option));
	option->key = "size";
	option->value = plan_text(in, "%llu", (unsigned long long)limits->tmpfs_bytes);
	plan_mount_change(in, from, POLICY_TMPFS_SIZE, plan_text(in, "size=%s", option->value));
	return 0;
}

/* What the kernel's file systems hold is neither programs nor, but for terminals, devices. */
static const struct {
	const char *fs_type;
	const char *destination;	/* where a remount is one of it */
	uint64_t attributes;
	const char *advice;
} kernel_mounts[] = {
	{ "proc",    "/proc",          KERNEL_ATTRIBUTES, "add nosuid, nodev and noexec" },
	{ "sysfs",   "/sys",           KERNEL_ATTRIBUTES, "add nosuid, nodev and noexec" },
	{ "cgroup2", "/sys/fs/cgroup", KERNEL_ATTRIBUTES, "add nosuid, nodev and noexec" },
	{ "mqueue",  "/dev/mqueue",    KERNEL_ATTRIBUTES, "add nosuid, nodev and noexec" },
	{ "devpts",  "/dev/pts",       MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC,
	  "add nosuid and noexec" },
};

/* The row of kernel_mounts[] for a mount, or their number. */
static size_t find_kernel_mount(const struct plan_mount_source *from,
				const struct plan_mount *mount)
{
	const char *type = mount->cgroup_bind ? "cgroup2" : mount->fs_type;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(kernel_mounts); i++) {
		if (type && strcmp(kernel_mounts[i].fs_type, type) == 0)
			break;
		if (mount->kind == PLAN_MOUNT_REMOUNT &&
		    strcmp(kernel_mounts[i].destination, from->destination) == 0)
			break;
	}
	return i;
}

/* Which attributes a volume must have. A tmpfs at /dev holds the device nodes themselves. */
static uint64_t volume_attributes(const struct plan_mount_source *from,
				  const struct plan_mount *mount)
{
	if (mount->kind == PLAN_MOUNT_DEV)
		return MOUNT_ATTR_NOSUID;
	if (mount->kind == PLAN_MOUNT_NEW)
		return is_type(mount, "tmpfs") || is_type(mount, "ramfs") ? VOLUME_ATTRIBUTES : 0;
	if (mount->kind == PLAN_MOUNT_REMOUNT && strcmp(from->destination, "/dev") == 0)
		return MOUNT_ATTR_NOSUID;
	return VOLUME_ATTRIBUTES;
}

/* /dev itself may hold nodes and programs; what is mounted below it keeps what it was given. */
static uint64_t taken_from_below(const struct plan_mount_source *from,
				 const struct plan_mount *mount)
{
	if (mount->kind != PLAN_MOUNT_REMOUNT || strcmp(from->destination, "/dev") != 0)
		return 0;
	return mount->tree.clear & KERNEL_ATTRIBUTES;
}

static void impose_attributes(struct plan_attributes *attributes, uint64_t wanted)
{
	attributes->set |= wanted;
	attributes->clear &= ~wanted;
}

static int rule_flags(struct plan_input *in, struct plan_mount_source *from,
		      struct plan_mount *mount, struct error *err)
{
	size_t kernel = find_kernel_mount(from, mount);
	bool is_kernel = kernel < ARRAY_SIZE(kernel_mounts);
	uint64_t wanted = is_kernel ? kernel_mounts[kernel].attributes :
				      volume_attributes(from, mount);
	bool with_tree = mount->recursive || mount->tree.clear & wanted;
	uint64_t below = taken_from_below(from, mount);
	uint64_t missing = (wanted & ~(mount->self.set | mount->tree.set)) | below;
	const char *advice = with_tree ? "add rnosuid and rnodev" : "add nosuid and nodev";

	missing |= wanted & mount->tree.clear;
	if (with_tree)
		missing |= wanted & ~mount->tree.set;
	if (!missing)
		return 0;
	if (!plan_enforces(in, POLICY_VOLUME_FLAGS))
		return plan_breach(in, POLICY_VOLUME_FLAGS,
				   plan_text(in, "%s/options", from->path), err,
				   is_kernel ? kernel_mounts[kernel].advice : advice,
				   "set-id files%s or device nodes of a %s are honoured",
				   is_kernel ? ", programs" : "",
				   is_kernel ? "kernel's file system" : "volume");
	mount->tree.clear &= ~below;
	impose_attributes(&mount->self, wanted);
	if (with_tree)
		impose_attributes(&mount->tree, wanted);
	if (missing & MOUNT_ATTR_NOSUID)
		plan_mount_change(in, from, POLICY_VOLUME_FLAGS, "nosuid");
	if (missing & MOUNT_ATTR_NODEV)
		plan_mount_change(in, from, POLICY_VOLUME_FLAGS, "nodev");
	if (missing & MOUNT_ATTR_NOEXEC)
		plan_mount_change(in, from, POLICY_VOLUME_FLAGS, "noexec");
	return 0;
}

static int rule_propagation(struct plan_input *in, struct plan_mount_source *from,
			    struct plan_mount *mount, struct error *err)
{
	bool wide = mount->propagation == MS_SHARED ||
		    (mount->propagation == MS_SLAVE && !in->policy->slave_propagation);

	if (!wide)
		return 0;
	if (!plan_enforces(in, POLICY_PROPAGATION))
		return plan_breach(in, POLICY_PROPAGATION,
				   plan_text(in, "%s/options", from->path), err, "use rprivate",
				   "mounts propagate between the host and a volume");
	mount->propagation = MS_PRIVATE;
	plan_mount_change(in, from, POLICY_PROPAGATION,
		   mount->propagation_recursive ? "rprivate" : "private");
	return 0;
}

static int rule_kernel_mounts(struct plan_input *in, struct plan_mount_source *from,
			      struct plan_mount *mount, struct error *err)
{
	bool kernel = is_type(mount, "sysfs") || is_type(mount, "cgroup2") || mount->cgroup_bind ||
		      (!is_type(mount, "tmpfs") && plan_is_below(from->destination, "/sys"));

	/* "ro,rrw": the mounts below would be writable, the cgroup's among them. */
	if (!kernel || (((mount->self.set | mount->tree.set) & MOUNT_ATTR_RDONLY) &&
			!(mount->tree.clear & MOUNT_ATTR_RDONLY)))
		return 0;
	if (!plan_enforces(in, POLICY_KERNEL_MOUNTS))
		return plan_breach(in, POLICY_KERNEL_MOUNTS,
				   plan_text(in, "%s/options", from->path), err, "add ro",
				   "'%s' could be written", from->destination);
	impose_attributes(&mount->self, MOUNT_ATTR_RDONLY);
	mount->tree.clear &= ~(uint64_t)MOUNT_ATTR_RDONLY;
	if (mount->recursive)
		impose_attributes(&mount->tree, MOUNT_ATTR_RDONLY);
	plan_mount_change(in, from, POLICY_KERNEL_MOUNTS, "ro");
	return 0;
}

/* What a source is, run/ finds out on its descriptor. */
static int rule_sources(struct plan_input *in, struct plan_mount_source *from,
			struct plan_mount *mount, struct error *err)
{
	(void)from;
	(void)err;
	if (mount->kind != PLAN_MOUNT_BIND || mount->cgroup_bind)
		return 0;
	if (plan_imposes(in, POLICY_MOUNT_SOURCES))
		mount->conditions |= PLAN_CHECK_SOURCES;
	else if (plan_audits(in, POLICY_MOUNT_SOURCES))
		mount->conditions |= PLAN_AUDIT_SOURCES;
	if (plan_imposes(in, POLICY_DEVICES))
		mount->conditions |= PLAN_CHECK_DEVICE;
	else if (plan_audits(in, POLICY_DEVICES))
		mount->conditions |= PLAN_AUDIT_DEVICE;
	return 0;
}

int plan_mount_rules(struct plan_input *in, struct plan_mount_source *from,
		     struct plan_mount *mount, struct error *err)
{
	static int (*const rules[])(struct plan_input *, struct plan_mount_source *,
				    struct plan_mount *, struct error *) = {
		rule_size, rule_flags, rule_propagation, rule_kernel_mounts, rule_types,
		rule_sources, rule_labels, plan_mount_ids,
	};

	for (size_t i = 0; i < ARRAY_SIZE(rules); i++) {
		if (rules[i](in, from, mount, err) < 0)
			return -1;
	}
	return 0;
}

/* Something of the configuration's at the path, or above it, is there instead of the image's. */
static bool is_taken(struct plan_input *in, const char *path)
{
	for (size_t i = 0; i < in->spec->mounts.count; i++) {
		const char *destination =
			plan_normalize(in, in->spec->mounts.items[i].destination);

		if (strcmp(destination, "/") != 0 && plan_is_below(path, destination))
			return true;
		if (strcmp(path, "/run") == 0 && strcmp(destination, "/var/run") == 0)
			return true;
	}
	return false;
}

static void add_tmpfs(struct plan_input *in, const struct policy_tmpfs *tmpfs,
		      struct plan_list *mounts)
{
	struct plan_mount *mount = plan_list_add(in, mounts, sizeof(*mount));
	struct plan_option *options = arena_array(&in->plan->arena, 3, sizeof(*options));

	options[0].key = "mode";
	options[0].value = plan_text(in, "%o", tmpfs->mode);
	options[1].key = "size";
	options[1].value = plan_text(in, "%llu", (unsigned long long)tmpfs->size_bytes);
	options[2].key = "nr_inodes";
	options[2].value = plan_text(in, "%llu", (unsigned long long)tmpfs->inodes);
	mount->kind = PLAN_MOUNT_NEW;
	mount->destination = tmpfs->path;
	mount->source = "tmpfs";
	mount->fs_type = "tmpfs";
	mount->options = options;
	mount->option_count = 3;
	mount->mode_given = true;
	mount->self.set = VOLUME_ATTRIBUTES;
	mount->copy_up = true;
	mount->copy_up_bytes = in->policy->limits.copy_up_bytes;
	mount->copy_up_entries = in->policy->limits.copy_up_entries;
	mount->optional = true;
	mount->why = plan_why(PLAN_FLOOR, POLICY_TMPFS_PATHS, NULL);
}

int plan_mount_tmpfs(struct plan_input *in, struct plan_list *mounts, struct error *err)
{
	const struct plan_root *root = &in->plan->root;

	/* A root that can be written needs no other place to write. */
	if (root->mode == POLICY_ROOTFS_AS_CONFIGURED && !root->readonly)
		return 0;
	for (size_t i = 0; i < in->policy->tmpfs_count; i++) {
		const struct policy_tmpfs *tmpfs = &in->policy->tmpfs[i];

		if (is_taken(in, tmpfs->path))
			continue;
		if (plan_imposes(in, POLICY_TMPFS_PATHS))
			add_tmpfs(in, tmpfs, mounts);
		else if (plan_breach(in, POLICY_TMPFS_PATHS, "/mounts", err, "",
				     "nothing can be written at %s", tmpfs->path) < 0)
			return -1;
	}
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * The mounts of the configuration, each turned from words into what the mount
 * calls take, and then put under the rules of plan_mount_rules.c. Order is
 * kept: a later mount may lie on an earlier one. Before all of them come the
 * floor's tmpfs and, where the configuration has none, the container's /dev.
 */
#include <sched.h>
#include <string.h>
#include <sys/mount.h>

#include "base/cleanup.h"
#include "kernel/compat.h"
#include "plan_sections.h"
#include "tables/mount_options.h"

/* Attributes that a bind has exactly as listed: those that are missing are cleared. */
#define BIND_ATTRIBUTES                                                                           \
	(MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC |           \
	 MOUNT_ATTR_NODIRATIME | MOUNT_ATTR_NOSYMFOLLOW)

/* File systems of the kernel's own: read-only is a matter of the mount, not of the file system. */
static const char *const kernel_types[] = {
	"proc", "sysfs", "tmpfs", "ramfs", "devpts", "mqueue", "cgroup2", "devtmpfs",
};

static bool is_kernel_type(const char *type)
{
	for (size_t i = 0; i < ARRAY_SIZE(kernel_types); i++) {
		if (strcmp(kernel_types[i], type) == 0)
			return true;
	}
	return false;
}

static void add_option(struct plan_input *in, struct plan_mount_source *from, const char *key,
		       const char *value)
{
	struct plan_option *option = plan_list_add(in, &from->options, sizeof(*option));

	option->key = key;
	option->value = value;
}

/* What no table knows belongs to the file system: "size=64k" is a key with a value. */
static void add_own_option(struct plan_input *in, struct plan_mount_source *from, const char *text)
{
	const char *equals = strchr(text, '=');

	if (!equals)
		add_option(in, from, text, NULL);
	else
		add_option(in, from,
			   arena_strndup(&in->plan->arena, text, (size_t)(equals - text)),
			   equals + 1);
}

static int read_options(struct plan_input *in, struct plan_mount_source *from,
			struct mount_request *request, struct error *err)
{
	const struct spec_strings *options = &from->spec->options;

	for (size_t i = 0; i < options->count; i++) {
		const char *option = options->items[i];

		if (option[0] == '\0' || option[0] == '=')
			return error_set(err, ERROR_SPEC, 0, "%s/options/%zu: '%s' is no option",
					 from->path, i, option);
		if (!mount_option_apply(request, option))
			add_own_option(in, from, option);
	}
	return 0;
}

static bool is_bind(const struct plan_mount_source *from)
{
	return from->request->bind ||
	       (from->spec->type && strcmp(from->spec->type, "bind") == 0);
}

static bool is_cgroup(const char *type)
{
	return strcmp(type, "cgroup") == 0 || strcmp(type, "cgroup2") == 0;
}

static int plan_bind(struct plan_input *in, const struct plan_mount_source *from,
		     struct plan_mount *mount, struct error *err)
{
	const char *source = from->spec->source;
	const struct plan_option *options = from->options.items;

	if (!source || source[0] == '\0')
		return error_set(err, ERROR_SPEC, 0, "%s/source: a bind mount needs one",
				 from->path);
	/* A word that is ignored might be "nosuid", misspelt. */
	if (from->options.count > 0)
		return error_set(err, ERROR_SPEC, 0, "%s/options: a bind mount has no option '%s'",
				 from->path, options[0].key);
	if (source[0] != '/')
		source = plan_text(in, "%s/%s", in->request->bundle, source);
	mount->kind = PLAN_MOUNT_BIND;
	mount->source = source;
	mount->source_in_root = plan_is_below(plan_normalize(in, source), in->plan->root.path);
	/* run/ looks up what follows root.path: both in one spelling. */
	if (mount->source_in_root)
		mount->source = plan_normalize(in, source);
	mount->recursive = from->request->bind_recursive;
	mount->self.clear |= BIND_ATTRIBUTES & ~mount->self.set;
	return 0;
}

/* A cgroup namespace that is joined might be the host's own: run/ looks. */
static void mark_join(struct plan_input *in)
{
	struct plan_join *joins = (struct plan_join *)in->plan->joins;

	for (size_t i = 0; i < in->plan->join_count; i++) {
		if (joins[i].type == CLONE_NEWCGROUP)
			joins[i].cgroups = true;
	}
}

/*
 * Without a cgroup namespace, a new mount would show the host's whole tree. Where no rule is about
 * what the container sees of the host, it does: /proc/self/cgroup names a path in that tree, and an
 * init system looks for it. The mount is bound, since a user namespace may not make a new one.
 */
static void plan_cgroup_bind(struct plan_input *in, struct plan_mount *mount)
{
	mount->kind = PLAN_MOUNT_BIND;
	mount->self.clear |= BIND_ATTRIBUTES & ~mount->self.set;
	mount->cgroup_bind = true;
	if (!plan_imposes(in, POLICY_MOUNT_SOURCES) && !plan_audits(in, POLICY_MOUNT_SOURCES))
		mount->source = plan_text(in, "%s", in->host->cgroup_mount);
}

static int plan_cgroup_mount(struct plan_input *in, const struct plan_mount_source *from,
			     struct plan_mount *mount, struct error *err)
{
	const struct plan_option *options = from->options.items;

	if (in->host->cgroup_mount[0] == '\0')
		return error_set(err, ERROR_HOST, 0, "%s: cgroup v2 is not mounted on this host",
				 from->path);
	/* They would change the hierarchy of the whole host. */
	if (from->options.count > 0)
		return error_set(err, ERROR_SPEC, 0,
				 "%s/options: '%s' is no option of a container's cgroup mount",
				 from->path, options[0].key);
	if (plan_has_namespace(in->plan, CLONE_NEWCGROUP)) {
		mark_join(in);
		mount->kind = PLAN_MOUNT_NEW;
		mount->fs_type = "cgroup2";
		mount->source = "cgroup";
		return 0;
	}
	plan_cgroup_bind(in, mount);
	return 0;
}

static void add_superblock_flags(struct plan_input *in, struct plan_mount_source *from,
				 const char *type)
{
	const struct mount_attributes *flags = &from->request->superblock;

	for (size_t i = 0; i < mount_superblock_flag_count; i++) {
		const struct mount_superblock_flag *row = &mount_superblock_flags[i];

		if (flags->set & row->flag)
			add_option(in, from, row->on, NULL);
		else if (flags->clear & row->flag)
			add_option(in, from, row->off, NULL);
	}
	/* A disk that is mounted read-only is not to be written by a journal's replay either. */
	if ((from->request->self.set & MOUNT_ATTR_RDONLY) && !is_kernel_type(type))
		add_option(in, from, "ro", NULL);
}

#define SHOWN_ATTRIBUTES \
	(MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC)

/*
 * sysfs shows a network namespace, and belongs to who has power over that. Who has none over the
 * host's gets the host's own mount, read-only with everything below: the user's cgroups in it are
 * the user's to write to (CVE-2023-25809).
 */
static void plan_host_sysfs(struct plan_input *in, const struct plan_mount_source *from,
			    struct plan_mount *mount)
{
	mount->kind = PLAN_MOUNT_BIND;
	mount->source = "/sys";
	mount->recursive = true;
	mount->tree.set |= SHOWN_ATTRIBUTES;
	plan_left_out(in, from->path, "a sysfs of its own needs a network namespace of its own: the "
		      "host's is shown, read-only");
}

static bool is_below_sys(struct plan_input *in, const char *path)
{
	path = plan_normalize(in, path);
	return strncmp(path, "/sys", 4) == 0 && (path[4] == '\0' || path[4] == '/');
}

/* Engines bind the host's /sys themselves, and "ro" means one mount only. */
static void plan_shield(struct plan_input *in, struct plan_mount *mount)
{
	if (in->host->caller != HOST_CALLER_ROOT && mount->kind == PLAN_MOUNT_BIND &&
	    !mount->cgroup_bind && (mount->self.set & MOUNT_ATTR_RDONLY) &&
	    is_below_sys(in, mount->source))
		mount->tree.set |= mount->self.set & SHOWN_ATTRIBUTES;
}

static int plan_new(struct plan_input *in, struct plan_mount_source *from,
		    struct plan_mount *mount, struct error *err)
{
	const char *type = from->spec->type;

	if (!type || type[0] == '\0')
		return error_set(err, ERROR_SPEC, 0,
				 "%s: has neither a type nor the option bind", from->path);
	if (is_cgroup(type))
		return plan_cgroup_mount(in, from, mount, err);
	if (strcmp(type, "sysfs") == 0 && in->host->caller != HOST_CALLER_ROOT &&
	    !plan_has_namespace(in->plan, CLONE_NEWNET)) {
		plan_host_sysfs(in, from, mount);
		return 0;
	}
	mount->kind = PLAN_MOUNT_NEW;
	mount->fs_type = type;
	mount->source = from->spec->source ? from->spec->source : type;
	if (strcmp(type, "tmpfs") == 0 && strcmp(from->destination, "/dev") == 0)
		mount->kind = PLAN_MOUNT_DEV;
	add_superblock_flags(in, from, type);
	mount->copy_up = from->request->copy_up;
	if (mount->copy_up && (strcmp(type, "tmpfs") != 0 || mount->kind == PLAN_MOUNT_DEV))
		return error_set(err, ERROR_SPEC, 0,
				 "%s/options: tmpcopyup is for tmpfs, and not for /dev",
				 from->path);
	return 0;
}

static int plan_kind(struct plan_input *in, struct plan_mount_source *from,
		     struct plan_mount *mount, struct error *err)
{
	const struct plan_option *options = from->options.items;

	if (!from->request->remount)
		return is_bind(from) ? plan_bind(in, from, mount, err) :
				       plan_new(in, from, mount, err);
	if (from->options.count > 0)
		return error_set(err, ERROR_SPEC, 0,
				 "%s/options: '%s' cannot be changed by remount", from->path,
				 options[0].key);
	mount->kind = PLAN_MOUNT_REMOUNT;
	mount->self.clear |= BIND_ATTRIBUTES & ~mount->self.set;
	return 0;
}

static struct plan_mapping *copy_mappings(struct plan_input *in, const struct spec_mappings *from)
{
	struct plan_mapping *to = arena_array(&in->plan->arena, from->count, sizeof(*to));

	for (size_t i = 0; i < from->count; i++) {
		to[i].container_id = from->items[i].container_id;
		to[i].host_id = from->items[i].host_id;
		to[i].size = from->items[i].size;
	}
	return to;
}

static int plan_idmap(struct plan_input *in, const struct plan_mount_source *from,
		      struct plan_mount *mount, struct error *err)
{
	const struct spec_mount *spec = from->spec;
	bool possible = mount->kind == PLAN_MOUNT_BIND && !mount->cgroup_bind &&
			!mount->source_in_root;

	if (!possible && (spec->uid_mappings.count > 0 || from->request->idmap))
		return error_set(err, ERROR_SPEC, 0,
				 "%s: only a bind mount of a source outside the root can have id "
				 "mappings of its own", from->path);
	mount->idmap_recursive = from->request->idmap_recursive;
	if (spec->uid_mappings.count > 0) {
		mount->idmap = PLAN_IDMAP_OWN;
		mount->uids = copy_mappings(in, &spec->uid_mappings);
		mount->uid_count = spec->uid_mappings.count;
		mount->gids = copy_mappings(in, &spec->gid_mappings);
		mount->gid_count = spec->gid_mappings.count;
		return 0;
	}
	if (from->request->idmap) {
		if (in->plan->ids.kind == PLAN_USER_HOST)
			return error_set(err, ERROR_SPEC, 0,
					 "%s/options: idmap without mappings needs a user "
					 "namespace", from->path);
		mount->idmap = PLAN_IDMAP_CONTAINER;
		return 0;
	}
	/* What lies in the root is mapped already: a copy of a mapped mount keeps its mapping. */
	if (in->plan->ids.added && possible) {
		mount->idmap = PLAN_IDMAP_CONTAINER;
		mount->idmap_recursive = mount->recursive;
		mount->conditions |= plan_unmappable(in);
	}
	return 0;
}

static int plan_destination(struct plan_input *in, struct plan_mount_source *from,
			    struct plan_mount *mount, struct error *err)
{
	mount->destination = from->spec->destination;
	from->destination = plan_normalize(in, mount->destination);
	if (strcmp(from->destination, "/") == 0)
		return error_set(err, ERROR_SPEC, 0, "%s/destination: the root itself is not a "
				 "mount point: see /root", from->path);
	return 0;
}

static bool has_mode(const struct plan_list *options)
{
	const struct plan_option *items = options->items;

	for (size_t i = 0; i < options->count; i++) {
		if (strcmp(items[i].key, "mode") == 0)
			return true;
	}
	return false;
}

static int plan_one(struct plan_input *in, size_t index, struct plan_list *mounts,
		    struct error *err)
{
	struct mount_request request = { 0 };
	struct plan_mount_source from = {
		.spec = &in->spec->mounts.items[index],
		.index = index,
		.path = plan_text(in, "/mounts/%zu", index),
		.request = &request,
	};
	struct plan_mount mount = { .why = PLAN_WHY_SPEC(from.path) };

	if (plan_destination(in, &from, &mount, err) < 0 ||
	    read_options(in, &from, &request, err) < 0)
		return -1;
	mount.self.set = request.self.set;
	mount.self.clear = request.self.clear;
	mount.tree.set = request.tree.set;
	mount.tree.clear = request.tree.clear;
	mount.propagation = request.propagation;
	mount.propagation_recursive = request.propagation_recursive;
	if (plan_kind(in, &from, &mount, err) < 0 ||
	    plan_mount_kernel(in, &from, &mount, err) < 0 ||
	    plan_idmap(in, &from, &mount, err) < 0 ||
	    plan_mount_rules(in, &from, &mount, err) < 0)
		return -1;
	plan_shield(in, &mount);

	mount.mode_given = has_mode(&from.options);
	mount.options = from.options.items;
	mount.option_count = from.options.count;
	mount.changes = from.changes.items;
	mount.change_count = from.changes.count;
	*(struct plan_mount *)plan_list_add(in, mounts, sizeof(mount)) = mount;
	return 0;
}

/* A configuration without a /dev gets one: nothing of the image's own /dev is used. */
static void add_default_dev(struct plan_input *in, struct plan_list *mounts)
{
	static const struct plan_option options[] = { { "mode", "755" }, { "size", "65536k" } };
	struct plan_mount *mount;

	for (size_t i = 0; i < in->spec->mounts.count; i++) {
		const char *destination = in->spec->mounts.items[i].destination;

		if (strcmp(plan_normalize(in, destination), "/dev") == 0)
			return;
	}
	mount = plan_list_add(in, mounts, sizeof(*mount));
	mount->kind = PLAN_MOUNT_DEV;
	mount->destination = "/dev";
	mount->source = "tmpfs";
	mount->fs_type = "tmpfs";
	mount->options = options;
	mount->option_count = ARRAY_SIZE(options);
	mount->mode_given = true;
	mount->self.set = MOUNT_ATTR_NOSUID;
	mount->why = PLAN_WHY_DEFAULT;
}

int plan_mounts(struct plan_input *in, struct error *err)
{
	struct plan_list mounts = { 0 };

	in->plan->mounts_over_sysfs = !plan_imposes(in, POLICY_KERNEL_PATHS);
	in->plan->audit_mounts_over_sysfs = plan_audits(in, POLICY_KERNEL_PATHS);
	if (plan_mount_tmpfs(in, &mounts, err) < 0)
		return -1;
	add_default_dev(in, &mounts);
	for (size_t i = 0; i < in->spec->mounts.count; i++) {
		if (plan_one(in, i, &mounts, err) < 0)
			return -1;
	}
	in->plan->mounts = mounts.items;
	in->plan->mount_count = mounts.count;
	return 0;
}

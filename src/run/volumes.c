/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * The words of config.json have been judged by the plan. Here it is a descriptor: a link has led to
 * it, or a bind mount shows it in another place, as a named volume of Docker's can.
 */
#include "volumes.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audit.h"
#include "base/cleanup.h"
#include "base/log.h"
#include "host_mounts.h"
#include "place.h"

/* A path of the policy that is there. */
struct volume_rule {
	struct place place;
	enum policy_volume_ids ids;
};

struct live_volumes {
	size_t rule_count;
	struct volume_rule *rules;
};

/* A path that is not there has nothing below it. */
static int volumes_add_rule(struct live *live, const struct policy_volume *volume, struct error *err)
{
	struct live_volumes *volumes = live->volumes;
	struct volume_rule *rule = &volumes->rules[volumes->rule_count];
	auto_fd fd = open(volume->path, O_PATH | O_CLOEXEC);

	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		return 0;
	if (fd < 0)
		return error_system(err, "look at %s, a path of the policy", volume->path);
	if (place_find(live, fd, volume->path, &rule->place, err))
		return -1;
	rule->ids = volume->ids;
	volumes->rule_count++;
	return 0;
}

/* Once for all mounts of a container, and only where a rule asks. */
static int volumes_read(struct live *live, struct error *err)
{
	const struct policy_volumes *policy = &live->plan->rules->volumes;
	struct live_volumes *volumes;

	if (live->volumes)
		return 0;
	volumes = calloc(1, sizeof(*volumes));
	if (!volumes)
		return error_system(err, "make room for paths of volumes");
	live->volumes = volumes;
	volumes->rules = calloc(policy->path_count + 1, sizeof(*volumes->rules));
	if (!volumes->rules)
		return error_system(err, "make room for paths of volumes");
	for (size_t i = 0; i < policy->path_count; i++)
		if (volumes_add_rule(live, &policy->paths[i], err))
			return -1;
	return 0;
}

/* The nearest path above, in one of the two trees of names. */
struct volume_nearest {
	bool found;
	size_t length;
	enum policy_volume_ids ids;
};

static void volume_consider(struct volume_nearest *nearest, const char *name, const char *top,
			    enum policy_volume_ids ids)
{
	if (!place_is_below(name, top) || (nearest->found && strlen(top) < nearest->length))
		return;
	*nearest = (struct volume_nearest){ true, strlen(top), ids };
}

static bool volume_holds(const struct place *what, const struct place *mapped)
{
	return place_is_below(mapped->name, what->name) ||
	       (place_same_disk(what, mapped) && place_is_below(mapped->inside, what->inside));
}

static bool volume_is_mapped(const struct live_volumes *volumes, const struct place *what,
			     enum policy_volume_ids otherwise)
{
	struct volume_nearest by_name = { .found = false };
	struct volume_nearest by_disk = { .found = false };

	for (size_t i = 0; i < volumes->rule_count; i++) {
		const struct volume_rule *rule = &volumes->rules[i];

		if (rule->ids == POLICY_VOLUME_MAPPED && volume_holds(what, &rule->place))
			return true;
		volume_consider(&by_name, what->name, rule->place.name, rule->ids);
		if (place_same_disk(what, &rule->place))
			volume_consider(&by_disk, what->inside, rule->place.inside, rule->ids);
	}
	if (!by_name.found && !by_disk.found)
		return otherwise == POLICY_VOLUME_MAPPED;
	return (by_name.found && by_name.ids == POLICY_VOLUME_MAPPED) ||
	       (by_disk.found && by_disk.ids == POLICY_VOLUME_MAPPED);
}

/* A mount has one mapping for all that is in it, and comes with what is mounted below. */
static bool volume_tree_is_mapped(const struct live_volumes *volumes, const struct mountinfo *mounts,
				  const struct place *top, bool recursive,
				  enum policy_volume_ids otherwise)
{
	if (volume_is_mapped(volumes, top, otherwise))
		return true;
	for (size_t i = 0; recursive && i < mounts->count; i++) {
		const struct mountinfo_entry *entry = &mounts->entries[i];
		const struct place below = { .name = entry->target, .dev_major = entry->dev_major,
					     .dev_minor = entry->dev_minor, .inside = entry->root };

		if (place_is_below(entry->target, top->name) && strcmp(entry->target, top->name) != 0 &&
		    volume_is_mapped(volumes, &below, otherwise))
			return true;
	}
	return false;
}

static int volumes_judge_ids(struct live *live, int fd, const struct plan_mount *mount,
			     struct live_tree *tree, struct error *err)
{
	const struct policy *policy = live->plan->rules;
	const struct mountinfo *mounts;
	struct place place;
	int refused;

	if (volumes_read(live, err) || place_find(live, fd, mount->source, &place, err) ||
	    host_mounts_read(live, &mounts, err))
		return -1;
	if (!volume_tree_is_mapped(live->volumes, mounts, &place, mount->recursive, policy->volumes.ids))
		return 0;
	if (mount->conditions & PLAN_CHECK_VOLUME) {
		log_info("%s is %s and has the host's ids, by the policy (%s)", mount->source, place.name,
			 mount->why.path);
		tree->host_ids = true;
		return 0;
	}
	refused = plan_refusal(policy, POLICY_VOLUME_IDS, mount->why.path, err,
			       "leave its id mapping out, or change \"volumes\" in the policy",
			       "%s, which is %s, would be id-mapped, and has the host's ids by policy",
			       mount->source, place.name);
	return audit_judge(refused, mount->conditions & PLAN_AUDIT_VOLUME, err);
}

static int volumes_judge_socket(const struct live *live, int fd, const struct plan_mount *mount,
				struct error *err)
{
	struct stat st;
	int refused;

	if (fstat(fd, &st))
		return error_system(err, "look at %s", mount->source);
	if (!S_ISSOCK(st.st_mode))
		return 0;
	refused = plan_refusal(live->plan->rules, POLICY_VOLUME_IDS, mount->why.path, err,
			       "leave it out, or set \"sockets\" to \"allow\" in the policy",
			       "%s is a socket: who listens sees the container's users by their ids on the host",
			       mount->source);
	return audit_judge(refused, mount->conditions & PLAN_AUDIT_SOCKET, err);
}

int volumes_judge(struct live *live, int fd, const struct plan_mount *mount,
		  struct live_tree *tree, struct error *err)
{
	const unsigned int sockets = PLAN_REFUSE_SOCKET | PLAN_AUDIT_SOCKET;
	const unsigned int ids = PLAN_CHECK_VOLUME | PLAN_REFUSE_VOLUME | PLAN_AUDIT_VOLUME;

	if ((mount->conditions & sockets) && volumes_judge_socket(live, fd, mount, err))
		return -1;
	return mount->conditions & ids ? volumes_judge_ids(live, fd, mount, tree, err) : 0;
}

void volumes_close(struct live *live)
{
	if (!live->volumes)
		return;
	free(live->volumes->rules);
	free(live->volumes);
	live->volumes = NULL;
}

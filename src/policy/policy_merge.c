/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * The site file: which policies a caller may pick, and changes to each.
 *
 *	{
 *	  "default": "baseline",             what is used without --policy
 *	  "allow": ["hardened", "baseline"], what --policy may name; absent: all
 *	  "hardened": {
 *	    "items": { "rootfs": "off" },    id of items.def: enforce, deny, audit, off
 *	    "rootfs": "ephemeral",           read-only, ephemeral, as-configured
 *	    "sharedUpper": true,             as-configured: an overlay is written to by two
 *	    "unmappable": "read-only",       refuse, read-only, unmapped
 *	    "volumes": {
 *	      "default": "idmap",            idmap, mapped
 *	      "paths": [{ "path": "/srv/shared", "ids": "mapped" }],
 *	      "sockets": "refuse"            allow, refuse
 *	    },
 *	    "propagation": "slave",          private, slave
 *	    "open": ["ptrace"],              parts of the seccomp floor
 *	    "limits": {
 *	      "pids": 2048,                  processes, from 1
 *	      "memoryPercent": 50,           of the host's memory, 1 to 100
 *	      "swap": 0, "core": 0,          bytes
 *	      "tmpfs": 536870912,            bytes of each tmpfs without a size of its own
 *	      "ephemeral": 2147483648,       bytes that may be written to an ephemeral root
 *	      "copyUpBytes": 67108864,       what a tmpfs takes over from the image at most
 *	      "copyUpEntries": 16384
 *	    },
 *	    "pool": {
 *	      "first": 524288, "last": 1879048191,
 *	      "subordinate": "containers",   instead of both: an owner in /etc/subuid
 *	      "range": 65536                 ids a container
 *	    }
 *	  },
 *	  "baseline": { ... }, "oci": { ... }
 *	}
 *
 * Every member may be missing; what is missing stays as it is built in. A
 * member that is not known is an error: a rule that somebody meant to set and
 * misspelt would be off without a word. All three sections are checked
 * whichever is used, so that a mistake shows at once.
 */
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "json/json_read.h"
#include "policy_builtin.h"

/* nobody is 65534: a container with fewer ids than this has no such user. */
#define RANGE_MIN 65536u

struct site {
	const char *default_name;
	struct {
		size_t count;
		const char **items;
	} allow;
	struct policy sections[POLICY_BUILTINS];	/* in the order of policy_builtins */
};

static const struct json_name mode_words[] = {
	{ "off", POLICY_OFF },
	{ "audit", POLICY_AUDIT },
	{ "deny", POLICY_DENY },
	{ "enforce", POLICY_ENFORCE },
	{ NULL, 0 },
};

static const struct json_name rootfs_words[] = {
	{ "read-only", POLICY_ROOTFS_READ_ONLY },
	{ "ephemeral", POLICY_ROOTFS_EPHEMERAL },
	{ "as-configured", POLICY_ROOTFS_AS_CONFIGURED },
	{ NULL, 0 },
};

static const struct json_name unmappable_words[] = {
	{ "refuse", POLICY_UNMAPPABLE_REFUSE },
	{ "read-only", POLICY_UNMAPPABLE_READ_ONLY },
	{ "unmapped", POLICY_UNMAPPABLE_UNMAPPED },
	{ NULL, 0 },
};

static const struct json_name volume_words[] = {
	{ "idmap", POLICY_VOLUME_IDMAP },
	{ "mapped", POLICY_VOLUME_MAPPED },
	{ NULL, 0 },
};

static const struct json_name opening_words[] = {
	{ "ptrace", POLICY_OPEN_PTRACE },
	{ "netlink-diag", POLICY_OPEN_NETLINK_DIAG },
	{ "netlink-generic", POLICY_OPEN_NETLINK_GENERIC },
	{ "netlink-uevent", POLICY_OPEN_NETLINK_UEVENT },
	{ "firewall", POLICY_OPEN_NETLINK_FIREWALL },
	{ "packet", POLICY_OPEN_PACKET },
	{ "vsock", POLICY_OPEN_VSOCK },
	{ "ktls", POLICY_OPEN_KTLS },
	{ "numa", POLICY_OPEN_NUMA },
	{ "abi-32bit", POLICY_OPEN_ABI_32 },
	{ "io-uring", POLICY_OPEN_IO_URING },
	{ NULL, 0 },
};

const char *policy_rootfs_name(enum policy_rootfs rootfs)
{
	for (const struct json_name *word = rootfs_words; word->name; word++) {
		if (word->value == (int)rootfs)
			return word->name;
	}
	return NULL;
}

const char *policy_opening_name(unsigned int opening)
{
	for (const struct json_name *word = opening_words; word->name; word++) {
		if ((unsigned int)word->value == opening)
			return word->name;
	}
	return NULL;
}

static int find_word(struct json_reader *in, const struct json_value *value,
		     const struct json_name *words, int *out)
{
	const char *text;
	auto_text known = TEXT_INIT(512);

	if (json_read_expect(in, value, JSON_TEXT) < 0)
		return -1;
	text = json_read_text(value);
	for (; words->name; words++) {
		if (strcmp(words->name, text) == 0) {
			*out = words->value;
			return 0;
		}
		text_appendf(&known, "%s%s", known.size > 0 ? ", " : "", words->name);
	}
	return json_read_fail(in, "'%s' is none of %s", text, text_string(&known));
}

static int read_item(struct json_reader *in, const char *key, const struct json_value *value,
		     void *cookie)
{
	struct policy *policy = cookie;

	for (int item = 0; item < POLICY_ITEMS; item++) {
		int mode = POLICY_OFF;

		if (strcmp(key, policy_item_id((enum policy_item)item)) != 0)
			continue;
		if (find_word(in, value, mode_words, &mode) < 0)
			return -1;
		policy->modes[item] = (enum policy_mode)mode;
		policy->lines[item] = json_read_line(in, json_read_path(in));
		return 0;
	}
	return json_read_fail(in, "there is no such rule: see orlop-policy(5)");
}

static int read_items(struct json_reader *in, const struct json_value *value,
		      const struct json_field *field, void *member)
{
	(void)field;
	return json_read_each(in, value, read_item, member);
}

static int read_opening(struct json_reader *in, const char *key, const struct json_value *value,
			void *cookie)
{
	unsigned int *openings = cookie;
	int bit = 0;

	(void)key;
	if (find_word(in, value, opening_words, &bit) < 0)
		return -1;
	*openings |= (unsigned int)bit;
	return 0;
}

static int read_openings(struct json_reader *in, const struct json_value *value,
			 const struct json_field *field, void *member)
{
	(void)field;
	return json_read_each(in, value, read_opening, member);
}

/* The one of two words that is true. */
static int read_choice(struct json_reader *in, const struct json_value *value,
		       const struct json_field *field, void *member)
{
	bool *choice = member;
	int word = 0;

	if (find_word(in, value, field->names, &word) < 0)
		return -1;
	*choice = word != 0;
	return 0;
}

static const struct json_name propagation_words[] = { { "private", 0 }, { "slave", 1 }, { NULL, 0 } };
static const struct json_name socket_words[] = { { "allow", 0 }, { "refuse", 1 }, { NULL, 0 } };

/* Paths are compared by their words too: there has to be one spelling. */
static const char *volume_path_fault(const char *path)
{
	const char *slash = path;

	if (path[0] != '/')
		return "does not start with a slash";
	while (path[1] && slash) {
		const char *name = slash + 1;
		size_t length = strcspn(name, "/");

		if (length == 0 || (length == 1 && name[0] == '.') ||
		    (length == 2 && name[0] == '.' && name[1] == '.'))
			return "has an empty name, \".\" or \"..\" in it";
		slash = strchr(name, '/');
	}
	return NULL;
}

static int check_volumes(struct json_reader *in, void *object)
{
	const struct policy_volumes *volumes = object;

	for (size_t i = 0; i < volumes->path_count; i++)
		for (size_t k = 0; k < i; k++)
			if (strcmp(volumes->paths[i].path, volumes->paths[k].path) == 0)
				return json_read_fail_member(in, "paths", "'%s' stands there twice",
							     volumes->paths[i].path);
	return 0;
}

static const struct json_field volume_fields[] = {
	{ "path", JSON_REQUIRED, JSON_TEXT, offsetof(struct policy_volume, path),
	  .read = json_read_string, .fault = volume_path_fault },
	{ "ids", JSON_REQUIRED, JSON_TEXT, offsetof(struct policy_volume, ids),
	  .read = json_read_enum, .names = volume_words },
};
static const struct json_table volume_table = JSON_TABLE(volume_fields, NULL);

static const struct json_field volumes_fields[] = {
	{ "default", JSON_OPTIONAL, JSON_TEXT, offsetof(struct policy_volumes, ids),
	  .read = json_read_enum, .names = volume_words },
	{ "paths", JSON_OPTIONAL, JSON_LIST, offsetof(struct policy_volumes, path_count),
	  .read = json_read_objects, .table = &volume_table, .size = sizeof(struct policy_volume) },
	{ "sockets", JSON_OPTIONAL, JSON_TEXT, offsetof(struct policy_volumes, refuse_sockets),
	  .read = read_choice, .names = socket_words },
};
static const struct json_table volumes_table = JSON_TABLE(volumes_fields, check_volumes);

#define LIMIT(name, member, least, most)                                                          \
	{ .key = name, .need = JSON_OPTIONAL, .kind = JSON_NUMBER, .read = json_read_u64,         \
	  .offset = offsetof(struct policy_limits, member), .min = (least), .max = (most) }

/* Where 0 would lift the limit (to the kernel a tmpfs of size 0 has no bound) the least is 1. */
static const struct json_field limit_fields[] = {
	LIMIT("pids",          pids,            1, INT64_MAX),
	LIMIT("memoryPercent", memory_percent,  1, 100),
	LIMIT("swap",          swap_bytes,      0, INT64_MAX),
	LIMIT("core",          core_bytes,      0, INT64_MAX),
	LIMIT("tmpfs",         tmpfs_bytes,     1, INT64_MAX),
	LIMIT("ephemeral",     ephemeral_bytes, 1, INT64_MAX),
	LIMIT("copyUpBytes",   copy_up_bytes,   1, INT64_MAX),
	LIMIT("copyUpEntries", copy_up_entries, 1, INT64_MAX),
};
static const struct json_table limit_table = JSON_TABLE(limit_fields, NULL);

#define ID(name, member)                                                                          \
	{ .key = name, .need = JSON_OPTIONAL, .kind = JSON_NUMBER,                                \
	  .offset = offsetof(struct policy_pool, member), .read = json_read_u32 }

/* Ranges begin at multiples of RANGE_MIN, so that all of the host fit beside each other. */
static int check_pool_bounds(struct json_reader *in, const struct policy_pool *pool)
{
	uint32_t begin = (uint32_t)(((uint64_t)pool->first + RANGE_MIN - 1) / RANGE_MIN);
	uint32_t end = (uint32_t)(((uint64_t)pool->last + 1) / RANGE_MIN);

	/* Host ids below RANGE_MIN are those of the host's own users. */
	if (pool->first < RANGE_MIN)
		return json_read_fail(in, "first is below %u: those ids belong to the host's users",
				      RANGE_MIN);
	if (pool->last < pool->first || pool->last == UINT32_MAX)
		return json_read_fail(in, "first to last is not a range of ids");
	if (end < begin || end - begin < pool->range / RANGE_MIN)
		return json_read_fail(in,
				      "first to last has no room for one range: a range begins at a multiple of "
				      "%u, the first here is %llu, and has %u ids", RANGE_MIN,
				      (unsigned long long)begin * RANGE_MIN, pool->range);
	return 0;
}

static int check_pool(struct json_reader *in, void *object)
{
	struct policy_pool *pool = object;

	pool->chosen = pool->first != POLICY_POOL_FIRST || pool->last != POLICY_POOL_LAST;
	if (pool->range < RANGE_MIN)
		return json_read_fail(in, "range is below %u: a container needs as many ids",
				      RANGE_MIN);
	if (pool->range % RANGE_MIN != 0 || pool->range > INT32_MAX)
		return json_read_fail(in, "range is no multiple of %u up to 2147418112: take %llu",
				      RANGE_MIN, pool->range > INT32_MAX ? 2147418112ull :
				      ((unsigned long long)pool->range / RANGE_MIN + 1) * RANGE_MIN);
	if (!pool->subordinate)
		return check_pool_bounds(in, pool);
	if (pool->chosen)
		return json_read_fail(in, "subordinate takes the place of first and last: name the one or "
				      "the others");
	if (pool->subordinate[0] == '\0' || strpbrk(pool->subordinate, ":\n"))
		return json_read_fail(in, "subordinate is no name of an owner in /etc/subuid");
	return 0;
}

static const struct json_field pool_fields[] = {
	ID("first", first),
	ID("last",  last),
	ID("range", range),
	{ .key = "subordinate", .need = JSON_OPTIONAL, .kind = JSON_TEXT,
	  .offset = offsetof(struct policy_pool, subordinate), .read = json_read_string },
};
static const struct json_table pool_table = JSON_TABLE(pool_fields, check_pool);

#define AT(member) offsetof(struct policy, member)

static const struct json_field section_fields[] = {
	{ "items", JSON_OPTIONAL, JSON_MAP, 0, .read = read_items },
	{ "rootfs", JSON_OPTIONAL, JSON_TEXT, AT(rootfs), .read = json_read_enum,
	  .names = rootfs_words },
	{ "sharedUpper", JSON_OPTIONAL, JSON_BOOL, AT(shared_upper), .read = json_read_bool },
	{ "unmappable", JSON_OPTIONAL, JSON_TEXT, AT(unmappable), .read = json_read_enum,
	  .names = unmappable_words },
	{ "propagation", JSON_OPTIONAL, JSON_TEXT, AT(slave_propagation),
	  .read = read_choice, .names = propagation_words },
	{ "volumes", JSON_OPTIONAL, JSON_MAP, AT(volumes), .read = json_read_object,
	  .table = &volumes_table },
	{ "open", JSON_OPTIONAL, JSON_LIST, AT(openings), .read = read_openings },
	{ "limits", JSON_OPTIONAL, JSON_MAP, AT(limits), .read = json_read_object,
	  .table = &limit_table },
	{ "pool", JSON_OPTIONAL, JSON_MAP, AT(pool), .read = json_read_object,
	  .table = &pool_table },
};
static const struct json_table section_table = JSON_TABLE(section_fields, NULL);

#undef AT

/* An empty list would read as one that is absent, and allow everything. */
static int read_allow(struct json_reader *in, const struct json_value *value,
		      const struct json_field *field, void *member)
{
	if (json_read_count(value) == 0)
		return json_read_fail(in, "an empty list allows no policy at all");
	return json_read_strings(in, value, field, member);
}

#define SECTION(name, index)                                                                      \
	{ .key = name, .need = JSON_OPTIONAL, .kind = JSON_MAP,                                   \
	  .offset = offsetof(struct site, sections[index]), .read = json_read_object,             \
	  .table = &section_table }

static const struct json_field site_fields[] = {
	{ "default", JSON_OPTIONAL, JSON_TEXT, offsetof(struct site, default_name),
	  .read = json_read_string },
	{ "allow", JSON_OPTIONAL, JSON_LIST, offsetof(struct site, allow), .read = read_allow },
	SECTION("hardened", 0),
	SECTION("baseline", 1),
	SECTION("oci", 2),
};

static bool is_allowed(const struct site *site, const char *name)
{
	if (site->allow.count == 0)
		return true;
	for (size_t i = 0; i < site->allow.count; i++) {
		if (strcmp(site->allow.items[i], name) == 0)
			return true;
	}
	return false;
}

static int check_site(struct json_reader *in, void *object)
{
	const struct site *site = object;

	for (size_t i = 0; i < site->allow.count; i++) {
		if (!policy_builtin_find(site->allow.items[i]))
			return json_read_fail_at(in, "/allow", "there is no policy '%s'",
						 site->allow.items[i]);
	}
	if (!site->default_name)
		return 0;
	if (!policy_builtin_find(site->default_name))
		return json_read_fail_at(in, "/default", "there is no policy '%s'",
					 site->default_name);
	if (!is_allowed(site, site->default_name))
		return json_read_fail_at(in, "/default", "'%s' is not in /allow",
					 site->default_name);
	return 0;
}

static const struct json_table site_table = JSON_TABLE(site_fields, check_site);

/* Without a size in the file, 0, all is as built in. */
static void settle_tmpfs(struct policy *policy, const struct policy *builtin, struct arena *arena)
{
	struct policy_tmpfs *tmpfs;

	if (policy->limits.tmpfs_bytes == 0) {
		policy->limits.tmpfs_bytes = builtin->limits.tmpfs_bytes;
		return;
	}
	tmpfs = arena_array(arena, builtin->tmpfs_count, sizeof(*tmpfs));
	for (size_t i = 0; i < builtin->tmpfs_count; i++) {
		tmpfs[i] = builtin->tmpfs[i];
		tmpfs[i].size_bytes = policy->limits.tmpfs_bytes;
	}
	policy->tmpfs = tmpfs;
}

static int choose(const struct site *site, const char *name, const char *file, size_t *index,
		  struct error *err)
{
	const struct policy *builtin;

	if (!name)
		name = site->default_name;
	if (!name)
		name = POLICY_DEFAULT;
	builtin = policy_builtin_find(name);
	if (!builtin)
		return error_set(err, ERROR_USAGE, 0,
				 "there is no policy '%s': hardened, baseline and oci are known",
				 name);
	if (!is_allowed(site, name))
		return error_set(err, ERROR_POLICY, 0,
				 "policy '%s' is not among those that %s allows", name, file);
	*index = (size_t)(builtin - policy_builtins);
	return 0;
}

int policy_merge(const char *name, const char *bytes, size_t size, const char *file,
		 struct policy *out, struct error *err)
{
	auto_arena arena = ARENA_INIT;
	auto_json_reader in = JSON_READER(&arena, ERROR_POLICY, err);
	struct site site = { 0 };
	size_t index = 0;

	in.file = file;
	in.refuse_unknown = true;
	for (size_t i = 0; i < POLICY_BUILTINS; i++) {
		site.sections[i] = policy_builtins[i];
		site.sections[i].limits.tmpfs_bytes = 0;
	}
	if (json_read_open(&in, bytes, size, JSON_READ_MAX) < 0 ||
	    json_read_table(&in, json_read_root(&in), &site_table, &site) < 0 ||
	    choose(&site, name, file, &index, err) < 0)
		return -1;

	settle_tmpfs(&site.sections[index], &policy_builtins[index], &arena);
	*out = site.sections[index];
	out->file = arena_strdup(&arena, file);
	out->arena = arena;
	arena_init(&arena);
	return 0;
}

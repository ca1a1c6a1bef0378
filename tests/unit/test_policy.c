/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "policy/policy.h"
#include "skip.h"

#define FILE_NAME "/etc/orlop/policy.json"
#define BIT(name) (UINT64_C(1) << CAP_##name)

static int load(const char *name, const char *text, struct policy *policy, struct error *err)
{
	return policy_load(name, text, text ? strlen(text) : 0, FILE_NAME, policy, err);
}

static void hardened_is_used_when_nothing_names_another(void **state)
{
	auto_policy policy = { 0 };
	struct error err = ERROR_INIT;

	(void)state;
	assert_int_equal(load(NULL, NULL, &policy, &err), 0);
	assert_string_equal(policy.name, "hardened");
	assert_null(policy.file);
	assert_null(policy.site);
}

static void the_three_have_the_modes_of_the_table(void **state)
{
	static const struct {
		enum policy_mode hardened;
		enum policy_mode baseline;
	} rows[] = {
#define ITEM(name, id, hard, base, summary) { POLICY_##hard, POLICY_##base },
#include "policy/items.def"
#undef ITEM
	};
	auto_policy hardened = { 0 };
	auto_policy baseline = { 0 };
	auto_policy oci = { 0 };

	(void)state;
	assert_int_equal(load("hardened", NULL, &hardened, NULL), 0);
	assert_int_equal(load("baseline", NULL, &baseline, NULL), 0);
	assert_int_equal(load("oci", NULL, &oci, NULL), 0);
	for (int i = 0; i < POLICY_ITEMS; i++) {
		assert_int_equal(hardened.modes[i], rows[i].hardened);
		assert_int_equal(baseline.modes[i], rows[i].baseline);
		assert_int_equal(oci.modes[i], POLICY_OFF);
		assert_int_equal(hardened.lines[i], 0);
	}
}

static void ceilings_are_those_that_were_measured(void **state)
{
	const uint64_t nine = BIT(CHOWN) | BIT(DAC_OVERRIDE) | BIT(FOWNER) | BIT(FSETID) |
			      BIT(KILL) | BIT(SETGID) | BIT(SETUID) | BIT(NET_BIND_SERVICE) |
			      BIT(SYS_CHROOT);
	const uint64_t five = BIT(SETPCAP) | BIT(NET_RAW) | BIT(MKNOD) | BIT(AUDIT_WRITE) |
			      BIT(SETFCAP);
	auto_policy hardened = { 0 };
	auto_policy baseline = { 0 };
	auto_policy oci = { 0 };

	(void)state;
	assert_int_equal(load("hardened", NULL, &hardened, NULL), 0);
	assert_int_equal(load("baseline", NULL, &baseline, NULL), 0);
	assert_int_equal(load("oci", NULL, &oci, NULL), 0);
	assert_true(hardened.capability_ceiling == nine);
	assert_true(baseline.capability_ceiling == (nine | five));
	assert_int_equal(__builtin_popcountll(baseline.capability_ceiling), 14);
	assert_true(oci.capability_ceiling == UINT64_MAX);
}

static void numbers_of_hardened_are_those_of_the_manual(void **state)
{
	auto_policy policy = { 0 };

	(void)state;
	assert_int_equal(load("hardened", NULL, &policy, NULL), 0);
	assert_int_equal(policy.limits.pids, 2048);
	assert_int_equal(policy.limits.memory_percent, 50);
	assert_int_equal(policy.limits.swap_bytes, 0);
	assert_int_equal(policy.limits.core_bytes, 0);
	assert_int_equal(policy.rootfs, POLICY_ROOTFS_READ_ONLY);
	assert_int_equal(policy.pool.first, 524288);
	assert_int_equal(policy.pool.last, 1879048191);
	assert_int_equal(policy.pool.range, 65536);
	assert_int_equal(policy.tmpfs_count, 3);
	assert_string_equal(policy.tmpfs[0].path, "/tmp");
	assert_string_equal(policy.tmpfs[1].path, "/run");
	assert_string_equal(policy.tmpfs[2].path, "/var/tmp");
	assert_int_equal(policy.tmpfs[0].mode, 01777);
	assert_int_equal(policy.tmpfs[1].mode, 0755);
	for (size_t i = 0; i < policy.tmpfs_count; i++)
		assert_true(policy.tmpfs[i].size_bytes > 0 && policy.tmpfs[i].inodes > 0);
}

static void ids_are_one_of_a_kind(void **state)
{
	(void)state;
	for (int i = 0; i < POLICY_ITEMS; i++) {
		const char *id = policy_item_id((enum policy_item)i);

		assert_true(strspn(id, "abcdefghijklmnopqrstuvwxyz-") == strlen(id));
		assert_true(strlen(policy_item_summary((enum policy_item)i)) > 0);
		for (int j = 0; j < i; j++)
			assert_string_not_equal(id, policy_item_id((enum policy_item)j));
	}
}

static void a_name_that_is_not_known_is_the_callers_mistake(void **state)
{
	auto_policy policy = { 0 };
	struct error err = ERROR_INIT;

	(void)state;
	assert_int_equal(load("hardend", NULL, &policy, &err), -1);
	assert_int_equal(err.kind, ERROR_USAGE);
	assert_non_null(strstr(err.message, "hardend"));
	assert_int_equal(load("", "{}", &policy, &err), -1);
	assert_int_equal(err.kind, ERROR_USAGE);
}

static const char whole_file[] =
	"{\n"
	"  \"default\": \"baseline\",\n"
	"  \"allow\": [\"hardened\", \"baseline\"],\n"
	"  \"hardened\": {\n"
	"    \"items\": {\n"
	"      \"rootfs\": \"off\",\n"
	"      \"host-network\": \"audit\",\n"
	"      \"seccomp-floor\": \"deny\",\n"
	"      \"oom-score\": \"enforce\"\n"
	"    },\n"
	"    \"rootfs\": \"ephemeral\",\n"
	"    \"sharedUpper\": true,\n"
	"    \"unmappable\": \"read-only\",\n"
	"    \"volumes\": { \"default\": \"mapped\", \"sockets\": \"refuse\", \"paths\": [\n"
	"      { \"path\": \"/srv\", \"ids\": \"idmap\" }, { \"path\": \"/\", \"ids\": \"mapped\" } ] },\n"
	"    \"propagation\": \"slave\",\n"
	"    \"open\": [\"ptrace\", \"netlink-diag\", \"io-uring\"],\n"
	"    \"limits\": { \"pids\": 10, \"memoryPercent\": 20, \"swap\": 30, \"core\": 40,\n"
	"      \"tmpfs\": 50, \"ephemeral\": 60, \"copyUpBytes\": 70, \"copyUpEntries\": 80 },\n"
	"    \"pool\": { \"first\": 1000000, \"last\": 9000000, \"range\": 131072 }\n"
	"  }\n"
	"}\n";

static void every_member_of_the_site_file_is_read(void **state)
{
	auto_policy policy = { 0 };
	struct error err = ERROR_INIT;

	(void)state;
	assert_int_equal(load("hardened", whole_file, &policy, &err), 0);
	assert_string_equal(policy.name, "hardened");
	assert_string_equal(policy.file, FILE_NAME);
	assert_int_equal(policy.modes[POLICY_ROOTFS], POLICY_OFF);
	assert_int_equal(policy.modes[POLICY_HOST_NETWORK], POLICY_AUDIT);
	assert_int_equal(policy.modes[POLICY_SECCOMP_FLOOR], POLICY_DENY);
	assert_int_equal(policy.modes[POLICY_OOM_SCORE], POLICY_ENFORCE);
	assert_int_equal(policy.modes[POLICY_HOST_PID], POLICY_DENY);
	assert_int_equal(policy.rootfs, POLICY_ROOTFS_EPHEMERAL);
	assert_true(policy.shared_upper);
	assert_int_equal(policy.unmappable, POLICY_UNMAPPABLE_READ_ONLY);
	assert_int_equal(policy.volumes.ids, POLICY_VOLUME_MAPPED);
	assert_true(policy.volumes.refuse_sockets);
	assert_int_equal(policy.volumes.path_count, 2);
	assert_string_equal(policy.volumes.paths[0].path, "/srv");
	assert_int_equal(policy.volumes.paths[0].ids, POLICY_VOLUME_IDMAP);
	assert_string_equal(policy.volumes.paths[1].path, "/");
	assert_int_equal(policy.volumes.paths[1].ids, POLICY_VOLUME_MAPPED);
	assert_true(policy.slave_propagation);
	assert_int_equal(policy.openings,
			 POLICY_OPEN_PTRACE | POLICY_OPEN_NETLINK_DIAG | POLICY_OPEN_IO_URING);
	assert_int_equal(policy.limits.pids, 10);
	assert_int_equal(policy.limits.memory_percent, 20);
	assert_int_equal(policy.limits.swap_bytes, 30);
	assert_int_equal(policy.limits.core_bytes, 40);
	assert_int_equal(policy.limits.tmpfs_bytes, 50);
	assert_int_equal(policy.limits.ephemeral_bytes, 60);
	assert_int_equal(policy.limits.copy_up_bytes, 70);
	assert_int_equal(policy.limits.copy_up_entries, 80);
	for (size_t i = 0; i < policy.tmpfs_count; i++)
		assert_int_equal(policy.tmpfs[i].size_bytes, 50);
	assert_int_equal(policy.pool.first, 1000000);
	assert_int_equal(policy.pool.last, 9000000);
	assert_int_equal(policy.pool.range, 131072);
}

static void the_line_of_a_mode_is_known(void **state)
{
	auto_policy policy = { 0 };

	(void)state;
	assert_int_equal(load("hardened", whole_file, &policy, NULL), 0);
	assert_int_equal(policy.lines[POLICY_ROOTFS], 6);
	assert_int_equal(policy.lines[POLICY_HOST_NETWORK], 7);
	assert_int_equal(policy.lines[POLICY_SECCOMP_FLOOR], 8);
	assert_int_equal(policy.lines[POLICY_HOST_PID], 0);
}

static void what_is_missing_stays_as_it_is_built_in(void **state)
{
	auto_policy builtin = { 0 };
	auto_policy policy = { 0 };

	(void)state;
	assert_int_equal(load("hardened", NULL, &builtin, NULL), 0);
	assert_int_equal(load("hardened", "{\"hardened\": {}}", &policy, NULL), 0);
	assert_memory_equal(policy.modes, builtin.modes, sizeof(policy.modes));
	assert_memory_equal(&policy.limits, &builtin.limits, sizeof(policy.limits));
	assert_memory_equal(&policy.pool, &builtin.pool, sizeof(policy.pool));
	assert_ptr_equal(policy.tmpfs, builtin.tmpfs);
	assert_int_equal(policy.rootfs, builtin.rootfs);
	assert_true(policy.capability_ceiling == builtin.capability_ceiling);
}

static void a_section_changes_no_other(void **state)
{
	auto_policy policy = { 0 };

	(void)state;
	assert_int_equal(load("baseline", whole_file, &policy, NULL), 0);
	assert_int_equal(policy.limits.pids, 2048);
	assert_int_equal(policy.openings, 0);
	assert_int_equal(policy.modes[POLICY_HOST_NETWORK], POLICY_DENY);
	assert_int_equal(policy.lines[POLICY_HOST_NETWORK], 0);
}

static void the_site_names_the_default_and_what_may_be_picked(void **state)
{
	auto_policy policy = { 0 };
	struct error err = ERROR_INIT;

	(void)state;
	assert_int_equal(load(NULL, whole_file, &policy, &err), 0);
	assert_string_equal(policy.name, "baseline");
	policy_free(&policy);
	assert_int_equal(load("oci", whole_file, &policy, &err), -1);
	assert_int_equal(err.kind, ERROR_POLICY);
	assert_non_null(strstr(err.message, "'oci'"));
	assert_non_null(strstr(err.message, FILE_NAME));
	assert_int_equal(load("oci", "{}", &policy, &err), 0);
	assert_string_equal(policy.name, "oci");
	policy_free(&policy);
	assert_int_equal(load(NULL, "{}", &policy, &err), 0);
	assert_string_equal(policy.name, "hardened");
}

static void malformed_files_are_refused_with_their_path(void **state)
{
	static const struct {
		const char *text;
		const char *part;
	} cases[] = {
		{ "", FILE_NAME },
		{ "[]", FILE_NAME },
		{ "{", FILE_NAME },
		{ "{\"defualt\": \"oci\"}", "/defualt" },
		{ "{\"default\": \"strict\"}", "/default" },
		{ "{\"default\": 1}", "/default" },
		{ "{\"default\": \"oci\", \"allow\": [\"baseline\"]}", "/default" },
		{ "{\"allow\": []}", "/allow" },
		{ "{\"allow\": [\"all\"]}", "/allow" },
		{ "{\"allow\": \"oci\"}", "/allow" },
		{ "{\"hardened\": []}", "/hardened" },
		{ "{\"hardened\": {\"item\": {}}}", "/hardened/item" },
		{ "{\"hardened\": {\"items\": {\"rootsf\": \"off\"}}}", "/hardened/items/rootsf" },
		{ "{\"hardened\": {\"items\": {\"rootfs\": \"Off\"}}}", "/hardened/items/rootfs" },
		/* A wrong word is answered with the right ones. */
		{ "{\"hardened\": {\"items\": {\"rootfs\": \"of\"}}}", "'of' is none of " },
		{ "{\"hardened\": {\"open\": [\"bpf\"]}}", "'bpf' is none of ptrace, " },
		{ "{\"hardened\": {\"items\": {\"rootsf\": \"off\"}}}", "orlop-policy(5)" },
		{ "{\"hardened\": {\"items\": {\"rootfs\": null}}}", "/hardened/items/rootfs" },
		{ "{\"hardened\": {\"items\": [\"rootfs\"]}}", "/hardened/items" },
		{ "{\"hardened\": {\"rootfs\": \"writable\"}}", "/hardened/rootfs" },
		{ "{\"hardened\": {\"unmappable\": \"deny\"}}", "/hardened/unmappable" },
		{ "{\"hardened\": {\"propagation\": \"shared\"}}", "/hardened/propagation" },
		{ "{\"hardened\": {\"sharedUpper\": \"yes\"}}", "/hardened/sharedUpper" },
		{ "{\"hardened\": {\"volumes\": \"mapped\"}}", "/hardened/volumes" },
		{ "{\"hardened\": {\"volumes\": {\"default\": \"host\"}}}", "/hardened/volumes/default" },
		{ "{\"hardened\": {\"volumes\": {\"sockets\": \"no\"}}}", "'no' is none of allow, refuse" },
		{ "{\"hardened\": {\"volumes\": {\"paths\": [{\"path\": \"/srv\"}]}}}", "/volumes/paths/0" },
		{ "{\"hardened\": {\"volumes\": {\"paths\": [{\"ids\": \"mapped\"}]}}}", "/volumes/paths/0" },
		{ "{\"hardened\": {\"volumes\": {\"paths\": [{\"path\": \"srv\", \"ids\": \"mapped\"}]}}}", "does not start with a slash" },
		{ "{\"hardened\": {\"volumes\": {\"paths\": [{\"path\": \"/srv/\", \"ids\": \"mapped\"}]}}}", "has an empty name" },
		{ "{\"hardened\": {\"volumes\": {\"paths\": [{\"path\": \"/srv/../x\", \"ids\": \"mapped\"}]}}}", "has an empty name" },
		{ "{\"hardened\": {\"volumes\": {\"paths\": [{\"path\": \"/./x\", \"ids\": \"mapped\"}]}}}", "has an empty name" },
		{ "{\"hardened\": {\"volumes\": {\"paths\": [{\"path\": \"/srv\", \"ids\": \"mapped\"},"
		  " {\"path\": \"/srv\", \"ids\": \"idmap\"}]}}}", "'/srv' stands there twice" },
		{ "{\"hardened\": {\"open\": \"ptrace\"}}", "/hardened/open" },
		{ "{\"hardened\": {\"open\": [\"ptrace\", \"bpf\"]}}", "/hardened/open/1" },
		{ "{\"hardened\": {\"limits\": {\"pid\": 1}}}", "/hardened/limits/pid" },
		{ "{\"hardened\": {\"limits\": {\"pids\": 0}}}", "/hardened/limits/pids" },
		{ "{\"hardened\": {\"limits\": {\"pids\": -1}}}", "/hardened/limits/pids" },
		{ "{\"hardened\": {\"limits\": {\"pids\": 1.5}}}", "/hardened/limits/pids" },
		{ "{\"hardened\": {\"limits\": {\"pids\": \"1\"}}}", "/hardened/limits/pids" },
		{ "{\"hardened\": {\"limits\": {\"memoryPercent\": 0}}}", "/memoryPercent" },
		{ "{\"hardened\": {\"limits\": {\"memoryPercent\": 101}}}", "/memoryPercent: must be an integer from 1 to 100" },
		{ "{\"hardened\": {\"limits\": {\"swap\": 9223372036854775808}}}", "/swap" },
		{ "{\"hardened\": {\"limits\": {\"tmpfs\": 0}}}", "/hardened/limits/tmpfs" },
		{ "{\"hardened\": {\"limits\": {\"ephemeral\": 0}}}", "/ephemeral" },
		{ "{\"hardened\": {\"limits\": {\"copyUpBytes\": 0}}}", "/copyUpBytes" },
		{ "{\"hardened\": {\"limits\": {\"copyUpEntries\": 0}}}", "/copyUpEntries" },
		{ "{\"hardened\": {\"pool\": {\"first\": 1000}}}", "/hardened/pool" },
		{ "{\"hardened\": {\"pool\": {\"last\": 4294967295}}}", "/hardened/pool" },
		{ "{\"hardened\": {\"pool\": {\"last\": 4294967296}}}", "/hardened/pool/last" },
		{ "{\"hardened\": {\"pool\": {\"last\": 500000}}}", "/hardened/pool" },
		{ "{\"hardened\": {\"pool\": {\"range\": 1000}}}", "/hardened/pool" },
		{ "{\"hardened\": {\"pool\": {\"range\": 2000000000}}}", "/hardened/pool" },
		{ "{\"hardened\": {\"pool\": {\"range\": 100000}}}", "no multiple of 65536" },
		{ "{\"hardened\": {\"pool\": {\"range\": 4294901760}}}", "no multiple of 65536" },
		{ "{\"hardened\": {\"pool\": {\"first\": 900000, \"last\": 700000}}}", "is not a range" },
		{ "{\"hardened\": {\"pool\": {\"first\": 70000, \"last\": 140000}}}",
		  "the first here is 131072" },
		{ "{\"hardened\": {\"pool\": {\"first\": 131072, \"last\": 262143, \"range\": 196608}}}",
		  "no room for one range" },
		{ "{\"hardened\": {\"pool\": {\"subordinate\": \"a\", \"first\": 131072}}}",
		  "takes the place of first and last" },
		{ "{\"hardened\": {\"pool\": {\"subordinate\": \"\"}}}", "no name of an owner" },
		{ "{\"hardened\": {\"pool\": {\"subordinate\": \"a:b\"}}}", "no name of an owner" },
		{ "{\"hardened\": {\"pool\": {\"subordinate\": 1}}}", "/hardened/pool/subordinate" },
		{ "{\"hardened\": {}, \"hardened\": {}}", "hardened" },
		/* A mistake in a section shows, whichever is used. */
		{ "{\"oci\": {\"items\": {\"devices\": \"forbid\"}}}", "/oci/items/devices" },
		{ "{\"baseline\": {\"limits\": []}}", "/baseline/limits" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_policy policy = { 0 };
		struct error err = ERROR_INIT;

		if (load("hardened", cases[i].text, &policy, &err) == 0)
			fail_msg("accepted: %s", cases[i].text);
		assert_int_equal(err.kind, ERROR_POLICY);
		if (!strstr(err.message, cases[i].part))
			fail_msg("%s: '%s' does not name %s", cases[i].text, err.message,
				 cases[i].part);
		assert_non_null(strstr(err.message, FILE_NAME));
	}
}

static void a_mistake_names_its_line(void **state)
{
	auto_policy policy = { 0 };
	struct error err = ERROR_INIT;

	(void)state;
	assert_int_equal(load(NULL, "{\n\"oci\": {\n\"rootfs\": \"no\"}}", &policy, &err), -1);
	assert_non_null(strstr(err.message, FILE_NAME ":3: "));
}

static void names_and_values_go_both_ways(void **state)
{
	(void)state;
	assert_string_equal(policy_mode_name(POLICY_OFF), "off");
	assert_string_equal(policy_mode_name(POLICY_AUDIT), "audit");
	assert_string_equal(policy_mode_name(POLICY_DENY), "deny");
	assert_string_equal(policy_mode_name(POLICY_ENFORCE), "enforce");
	assert_string_equal(policy_rootfs_name(POLICY_ROOTFS_AS_CONFIGURED), "as-configured");
	assert_string_equal(policy_opening_name(POLICY_OPEN_ABI_32), "abi-32bit");
	assert_string_equal(policy_opening_name(POLICY_OPEN_IO_URING), "io-uring");
	assert_null(policy_opening_name(POLICY_OPEN_PTRACE | POLICY_OPEN_KTLS));
	assert_null(policy_opening_name(POLICY_OPEN_IO_URING << 1));
}

/* A directory as /etc/orlop is one, with the text of a file in it. */
struct site {
	char directory[64];
	char file[96];
};

static void make_site(struct site *site, const char *text)
{
	FILE *file;

	(void)snprintf(site->directory, sizeof(site->directory), "/tmp/test_policy.XXXXXX");
	assert_non_null(mkdtemp(site->directory));
	(void)snprintf(site->file, sizeof(site->file), "%s/policy.json", site->directory);
	if (!text)
		return;
	file = fopen(site->file, "w");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(chmod(site->file, 0644), 0);
}

static void remove_site(const struct site *site)
{
	(void)unlink(site->file);
	(void)rmdir(site->file);
	assert_int_equal(rmdir(site->directory), 0);
}

static void only_root(void)
{
	if (geteuid() != 0)
		skip_because("needs root");
}

static void expect_refusal(const struct site *site, const char *part)
{
	auto_policy policy = { 0 };
	struct error err = ERROR_INIT;

	assert_int_equal(policy_load_site(NULL, site->file, &policy, &err), -1);
	assert_int_equal(err.kind, ERROR_POLICY);
	if (!strstr(err.message, part))
		fail_msg("'%s' does not say '%s'", err.message, part);
	assert_null(strcasestr(err.message, "permission denied"));
	assert_null(strcasestr(err.message, "no such file"));
}

static void a_missing_file_takes_no_part(void **state)
{
	auto_policy policy = { 0 };
	struct error err = ERROR_INIT;

	(void)state;
	assert_int_equal(policy_load_site("baseline", "/nowhere/policy.json", &policy, &err), 0);
	assert_string_equal(policy.name, "baseline");
	assert_null(policy.file);
}

static void a_file_of_roots_is_read(void **state)
{
	auto_policy policy = { 0 };
	struct error err = ERROR_INIT;
	struct site site;

	(void)state;
	only_root();
	make_site(&site, "{\"default\": \"oci\"}");
	assert_int_equal(policy_load_site(NULL, site.file, &policy, &err), 0);
	assert_string_equal(policy.name, "oci");
	assert_string_equal(policy.file, site.file);
	assert_int_equal(policy.site_size, strlen("{\"default\": \"oci\"}"));
	assert_memory_equal(policy.site, "{\"default\": \"oci\"}", policy.site_size);
	remove_site(&site);
}

static void a_missing_file_in_a_safe_directory_takes_no_part(void **state)
{
	auto_policy policy = { 0 };
	struct error err = ERROR_INIT;
	struct site site;

	(void)state;
	only_root();
	make_site(&site, NULL);
	assert_int_equal(policy_load_site(NULL, site.file, &policy, &err), 0);
	assert_string_equal(policy.name, "hardened");
	remove_site(&site);
}

static void a_file_of_somebody_elses_is_refused(void **state)
{
	struct site site;

	(void)state;
	make_site(&site, "{\"default\": \"oci\"}");
	if (geteuid() == 0)
		assert_int_equal(chown(site.file, 1000, 0), 0);
	expect_refusal(&site, "does not belong to root");
	if (geteuid() == 0) {
		assert_int_equal(chown(site.file, 0, 0), 0);
		assert_int_equal(chown(site.directory, 1000, 0), 0);
		expect_refusal(&site, "does not belong to root");
	}
	remove_site(&site);
}

static void a_file_that_others_may_write_is_refused(void **state)
{
	static const mode_t modes[] = { 0664, 0646, 0666, 0620 };
	struct site site;

	(void)state;
	only_root();
	make_site(&site, "{\"default\": \"oci\"}");
	for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
		assert_int_equal(chmod(site.file, modes[i]), 0);
		expect_refusal(&site, "can be written by others");
	}
	remove_site(&site);
}

static void a_directory_that_others_may_write_is_refused(void **state)
{
	struct site site;

	(void)state;
	only_root();
	make_site(&site, "{\"default\": \"oci\"}");
	assert_int_equal(chmod(site.directory, 0775), 0);
	expect_refusal(&site, "can be written by others");
	assert_int_equal(chmod(site.directory, 01777), 0);
	expect_refusal(&site, "has mode 1777 and can be written by others than its owner: chmod go-w /");
	remove_site(&site);
}

static void what_is_no_regular_file_is_refused(void **state)
{
	struct site site;

	(void)state;
	only_root();
	make_site(&site, NULL);
	assert_int_equal(symlink("/dev/null", site.file), 0);
	expect_refusal(&site, "it is a link");
	assert_int_equal(unlink(site.file), 0);
	assert_int_equal(mkfifo(site.file, 0600), 0);
	expect_refusal(&site, "not a regular file");
	assert_int_equal(unlink(site.file), 0);
	assert_int_equal(mkdir(site.file, 0700), 0);
	expect_refusal(&site, "not a regular file");
	remove_site(&site);
}

static void a_link_as_directory_is_refused(void **state)
{
	struct site site;
	char link[80];
	struct site through;

	(void)state;
	only_root();
	make_site(&site, "{\"default\": \"oci\"}");
	(void)snprintf(link, sizeof(link), "%s.link", site.directory);
	assert_int_equal(symlink(site.directory, link), 0);
	(void)snprintf(through.file, sizeof(through.file), "%s/policy.json", link);
	expect_refusal(&through, "cannot be read (ENOTDIR)");
	assert_int_equal(unlink(link), 0);
	remove_site(&site);
}

/* What one policy has in each mode; the numbers tell whose bound was taken. */
static struct policy policy_of(enum policy_mode mode, uint64_t ceiling, unsigned int openings,
			       uint64_t number)
{
	struct policy policy = { .name = policy_mode_name(mode), .capability_ceiling = ceiling,
				 .openings = openings,
				 .limits = { .pids = number, .memory_percent = number,
					     .swap_bytes = number, .core_bytes = number } };

	for (size_t i = 0; i < POLICY_ITEMS; i++) {
		policy.modes[i] = mode;
		policy.lines[i] = (unsigned int)number;
	}
	return policy;
}

static void assert_strictest(const struct policy *a, const struct policy *b,
			     const struct policy *owner, uint64_t ceiling, unsigned int openings,
			     uint64_t number)
{
	auto_policy got = { 0 };

	policy_strictest(a, b, &got);
	assert_string_equal(got.name, a->name);
	for (size_t i = 0; i < POLICY_ITEMS; i++) {
		assert_int_equal(got.modes[i], owner->modes[i]);
		assert_int_equal(got.lines[i], owner->lines[i]);
		assert_ptr_equal(policy_owner(&got, i), owner);
	}
	assert_int_equal(got.capability_ceiling, ceiling);
	assert_int_equal(got.openings, openings);
	assert_int_equal(got.limits.pids, number);
	assert_int_equal(got.limits.memory_percent, number);
	assert_int_equal(got.limits.swap_bytes, number);
	assert_int_equal(got.limits.core_bytes, number);
	assert_null(got.site);
}

static void of_two_policies_the_stricter_one_holds(void **state)
{
	/* Modes in ascending strictness, and the bounds of each. */
	const struct policy off = policy_of(POLICY_OFF, 0x10, 0x10, 1);
	const struct policy audit = policy_of(POLICY_AUDIT, 0x30, 0x30, 2);
	const struct policy enforce = policy_of(POLICY_ENFORCE, 0xf, 0x7, 9);
	const struct policy deny = policy_of(POLICY_DENY, 0x6, 0xe, 7);
	const struct {
		const struct policy *weaker, *stricter;
		uint64_t ceiling;
		unsigned int openings;
		uint64_t number;
	} cases[] = {
		{ &off, &audit, 0x10, 0x10, 1 },
		{ &off, &enforce, 0xf, 0x7, 9 },	/* not cut by a bound that is not in force */
		{ &audit, &enforce, 0xf, 0x7, 9 },
		{ &audit, &deny, 0x6, 0xe, 7 },
		{ &enforce, &deny, 0x6, 0x6, 7 },	/* both are: what both allow */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_strictest(cases[i].weaker, cases[i].stricter, cases[i].stricter,
				 cases[i].ceiling, cases[i].openings, cases[i].number);
		assert_strictest(cases[i].stricter, cases[i].weaker, cases[i].stricter,
				 cases[i].ceiling, cases[i].openings, cases[i].number);
	}
	assert_strictest(&deny, &deny, &deny, 0x6, 0xe, 7);
	assert_ptr_equal(policy_owner(&deny, POLICY_HOST_PID), &deny);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hardened_is_used_when_nothing_names_another),
		cmocka_unit_test(the_three_have_the_modes_of_the_table),
		cmocka_unit_test(ceilings_are_those_that_were_measured),
		cmocka_unit_test(numbers_of_hardened_are_those_of_the_manual),
		cmocka_unit_test(ids_are_one_of_a_kind),
		cmocka_unit_test(a_name_that_is_not_known_is_the_callers_mistake),
		cmocka_unit_test(every_member_of_the_site_file_is_read),
		cmocka_unit_test(the_line_of_a_mode_is_known),
		cmocka_unit_test(what_is_missing_stays_as_it_is_built_in),
		cmocka_unit_test(a_section_changes_no_other),
		cmocka_unit_test(the_site_names_the_default_and_what_may_be_picked),
		cmocka_unit_test(malformed_files_are_refused_with_their_path),
		cmocka_unit_test(a_mistake_names_its_line),
		cmocka_unit_test(names_and_values_go_both_ways),
		cmocka_unit_test(a_missing_file_takes_no_part),
		cmocka_unit_test(a_file_of_roots_is_read),
		cmocka_unit_test(a_missing_file_in_a_safe_directory_takes_no_part),
		cmocka_unit_test(a_file_of_somebody_elses_is_refused),
		cmocka_unit_test(a_file_that_others_may_write_is_refused),
		cmocka_unit_test(a_directory_that_others_may_write_is_refused),
		cmocka_unit_test(what_is_no_regular_file_is_refused),
		cmocka_unit_test(a_link_as_directory_is_refused),
		cmocka_unit_test(of_two_policies_the_stricter_one_holds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

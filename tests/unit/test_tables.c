/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */

#include <linux/seccomp.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>

#include <cmocka.h>
#include <seccomp.h>

#include "base/cleanup.h"
#include "kernel/compat.h"
#include "tables/capability_names.h"
#include "tables/cgroup_files.h"
#include "tables/default_devices.h"
#include "tables/default_mounts.h"
#include "tables/hook_kinds.h"
#include "tables/masked_paths.h"
#include "tables/mount_options.h"
#include "tables/namespace_types.h"
#include "tables/rlimit_names.h"
#include "tables/seccomp_names.h"
#include "tables/signal_names.h"
#include "tables/unit_properties.h"

static void namespaces_have_one_flag_each(void **state)
{
	int all = 0;

	(void)state;
	for (size_t i = 0; i < NAMESPACE_TYPES; i++) {
		const struct namespace_type *type = &namespace_types[i];

		assert_int_equal(type->flag & (type->flag - 1), 0);
		assert_int_equal(all & type->flag, 0);
		all |= type->flag;
		assert_ptr_equal(namespace_type_find(type->name), type);
		assert_ptr_equal(namespace_type_of_flag(type->flag), type);
	}
	assert_int_equal(all, CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWNS | CLONE_NEWIPC |
			      CLONE_NEWUTS | CLONE_NEWUSER | CLONE_NEWCGROUP | CLONE_NEWTIME);
	assert_string_equal(namespace_type_find("network")->file, "net");
	assert_string_equal(namespace_type_find("mount")->file, "mnt");
	assert_null(namespace_type_find("net"));
	assert_null(namespace_type_find(""));
	assert_null(namespace_type_find("PID"));
	assert_null(namespace_type_of_flag(0));
	assert_null(namespace_type_of_flag(CLONE_NEWPID | CLONE_NEWNET));
}

static void capabilities_are_in_the_kernels_order(void **state)
{
	auto_text text = TEXT_INIT(128);

	(void)state;
	for (int i = 0; i < CAPABILITY_COUNT; i++) {
		assert_non_null(capability_names[i]);
		assert_int_equal(capability_number(capability_names[i]), i);
	}
	assert_int_equal(capability_number("CAP_CHOWN"), 0);
	assert_int_equal(capability_number("CAP_SYS_ADMIN"), 21);
	assert_int_equal(capability_number("CAP_CHECKPOINT_RESTORE"), 40);
	assert_int_equal(capability_number("SYS_ADMIN"), -1);
	assert_int_equal(capability_number("cap_sys_admin"), -1);
	assert_int_equal(capability_number("CAP_SYS_ADMIN "), -1);
	assert_int_equal(capability_number(""), -1);
	capability_append(&text, UINT64_C(1) << 0 | UINT64_C(1) << 40 | UINT64_C(1) << 63);
	assert_string_equal(text_string(&text), "CAP_CHOWN CAP_CHECKPOINT_RESTORE 63");
	assert_true(CAPABILITY_ALL == 0x1ffffffffff);
}

static void every_limit_of_the_kernel_has_a_name(void **state)
{
	bool seen[RLIM_NLIMITS] = { false };

	(void)state;
	for (size_t i = 0; i < rlimit_name_count; i++) {
		int resource = rlimit_names[i].resource;

		assert_in_range(resource, 0, RLIM_NLIMITS - 1);
		assert_false(seen[resource]);
		seen[resource] = true;
		assert_int_equal(rlimit_resource(rlimit_names[i].name), resource);
	}
	assert_int_equal(rlimit_name_count, RLIM_NLIMITS);
	assert_int_equal(rlimit_resource("RLIMIT_NOFILE"), RLIMIT_NOFILE);
	assert_int_equal(rlimit_resource("NOFILE"), -1);
	assert_int_equal(rlimit_resource("rlimit_nofile"), -1);
	assert_int_equal(rlimit_resource("RLIMIT_OFILE"), -1);
}

static void signals_are_read_in_every_spelling(void **state)
{
	static const struct {
		const char *text;
		int number;	/* -1: refused */
	} cases[] = {
		{ "KILL", 9 }, { "SIGKILL", 9 }, { "kill", 9 }, { "sigkill", 9 }, { "9", 9 },
		{ "0", 0 },
		{ "TERM", 15 }, { "15", 15 }, { "HUP", 1 }, { "WINCH", 28 }, { "IO", SIGIO },
		{ "POLL", SIGIO }, { "CLD", SIGCHLD }, { "SIGIOT", SIGABRT }, { "STKFLT", 16 },
		{ "RTMIN", 34 }, { "SIGRTMIN", 34 }, { "rtmin+3", 37 }, { "RTMAX", 64 },
		{ "RTMAX-1", 63 }, { "RTMAX-30", 34 }, { "RTMIN+30", 64 }, { "64", 64 },
		{ "33", 33 },
		{ "RTMIN+31", -1 }, { "RTMAX-31", -1 }, { "RTMIN-1", -1 }, { "RTMAX+1", -1 },
		{ "RTMIN+", -1 }, { "RTMIN3", -1 }, { "RTMIN+-1", -1 }, { "RTMIN+01", -1 },
		{ "65", -1 }, { "-1", -1 }, { "-9", -1 }, { "+9", -1 }, { "09", -1 }, { "9 ", -1 },
		{ "0x9", -1 }, { "", -1 }, { "SIG", -1 }, { "SIGSIGKILL", -1 }, { "KILLED", -1 },
		{ "SIG9", -1 }, { "4294967305", -1 }, { NULL, -1 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		int got = 77;

		if (signal_parse(cases[i].text, &got) != (cases[i].number < 0 ? -1 : 0))
			fail_msg("%s", cases[i].text ? cases[i].text : "NULL");
		assert_int_equal(got, cases[i].number < 0 ? 77 : cases[i].number);
	}
}

static void signals_have_the_c_librarys_names(void **state)
{
	(void)state;
	/* Signal 29 is POLL there, and IO in signal(7). */
	for (int i = 1; i < 32; i++)
		assert_string_equal(signal_name(i), i == SIGIO ? "IO" : sigabbrev_np(i));
	assert_null(signal_name(0));
	assert_null(signal_name(32));
	assert_null(signal_name(34));
	assert_null(signal_name(-1));
}

static uint32_t value_of(const struct seccomp_name *name)
{
	assert_non_null(name);
	return name->value;
}

static void seccomp_values_are_those_of_libseccomp(void **state)
{
	(void)state;
	assert_int_equal(value_of(seccomp_action_find("SCMP_ACT_KILL")), SCMP_ACT_KILL);
	assert_int_equal(value_of(seccomp_action_find("SCMP_ACT_KILL_THREAD")),
			 SCMP_ACT_KILL_THREAD);
	assert_int_equal(value_of(seccomp_action_find("SCMP_ACT_KILL_PROCESS")),
			 SCMP_ACT_KILL_PROCESS);
	assert_int_equal(value_of(seccomp_action_find("SCMP_ACT_TRAP")), SCMP_ACT_TRAP);
	assert_int_equal(value_of(seccomp_action_find("SCMP_ACT_ERRNO")), SCMP_ACT_ERRNO(0));
	assert_int_equal(value_of(seccomp_action_find("SCMP_ACT_TRACE")), SCMP_ACT_TRACE(0));
	assert_int_equal(value_of(seccomp_action_find("SCMP_ACT_LOG")), SCMP_ACT_LOG);
	assert_int_equal(value_of(seccomp_action_find("SCMP_ACT_ALLOW")), SCMP_ACT_ALLOW);
	assert_int_equal(value_of(seccomp_action_find("SCMP_ACT_NOTIFY")), SCMP_ACT_NOTIFY);
	assert_int_equal(value_of(seccomp_operator_find("SCMP_CMP_NE")), SCMP_CMP_NE);
	assert_int_equal(value_of(seccomp_operator_find("SCMP_CMP_LT")), SCMP_CMP_LT);
	assert_int_equal(value_of(seccomp_operator_find("SCMP_CMP_LE")), SCMP_CMP_LE);
	assert_int_equal(value_of(seccomp_operator_find("SCMP_CMP_EQ")), SCMP_CMP_EQ);
	assert_int_equal(value_of(seccomp_operator_find("SCMP_CMP_GE")), SCMP_CMP_GE);
	assert_int_equal(value_of(seccomp_operator_find("SCMP_CMP_GT")), SCMP_CMP_GT);
	assert_int_equal(value_of(seccomp_operator_find("SCMP_CMP_MASKED_EQ")), SCMP_CMP_MASKED_EQ);
	assert_int_equal(value_of(seccomp_flag_find("SECCOMP_FILTER_FLAG_LOG")),
			 SECCOMP_FILTER_FLAG_LOG);
	assert_null(seccomp_action_find("ALLOW"));
	assert_null(seccomp_operator_find("SCMP_CMP_"));
	assert_null(seccomp_flag_find("SECCOMP_FILTER_FLAG_NEW_LISTENER"));
}

/* seccomp.h of libseccomp 2.6: not known to the one that is installed. */
static void newer_architectures_have_their_value(void **state)
{
	(void)state;
	assert_true(value_of(seccomp_architecture_find("SCMP_ARCH_LOONGARCH64")) == 0xc0000102);
	assert_true(value_of(seccomp_architecture_find("SCMP_ARCH_M68K")) == 0x00000004);
	assert_true(value_of(seccomp_architecture_find("SCMP_ARCH_SH")) == 0x4000002a);
	assert_true(value_of(seccomp_architecture_find("SCMP_ARCH_SHEB")) == 0x0000002a);
}

/* What the installed libseccomp does not know is 0 there. */
static void architectures_are_those_of_libseccomp(void **state)
{
	size_t known = 0;

	(void)state;
	for (size_t i = 0; i < seccomp_architecture_count; i++) {
		const struct seccomp_name *row = &seccomp_architectures[i];
		char word[32] = "";
		uint32_t theirs;

		assert_memory_equal(row->name, "SCMP_ARCH_", 10);
		for (size_t j = 0; j < sizeof(word) - 1 && row->name[10 + j]; j++)
			word[j] = (char)(row->name[10 + j] | (row->name[10 + j] > '9' ? 0x20 : 0));
		theirs = seccomp_arch_resolve_name(word);
		if (theirs == 0)
			continue;
		assert_int_equal(theirs, row->value);
		known++;
	}
	assert_int_equal(seccomp_architecture_count, 23);
	/* mips64n32 and mipsel64n32 have dashes there, or not, by version. */
	assert_true(known >= 15);
	assert_int_equal(value_of(seccomp_architecture_find("SCMP_ARCH_X86_64")), SCMP_ARCH_X86_64);
	assert_int_equal(value_of(seccomp_architecture_find("SCMP_ARCH_X32")), SCMP_ARCH_X32);
	assert_null(seccomp_architecture_find("SCMP_ARCH_NATIVE"));
}

static void only_some_actions_take_an_errno(void **state)
{
	size_t count = 0;

	(void)state;
	for (size_t i = 0; i < seccomp_action_count; i++)
		count += seccomp_action_takes_errno(seccomp_actions[i].name);
	assert_int_equal(count, 2);
	assert_true(seccomp_action_takes_errno("SCMP_ACT_ERRNO"));
	assert_true(seccomp_action_takes_errno("SCMP_ACT_TRACE"));
}

static void default_devices_are_found_by_path_and_number(void **state)
{
	(void)state;
	assert_int_equal(default_device_count, 6);
	for (size_t i = 0; i < default_device_count; i++) {
		const struct default_device *device = &default_devices[i];
		bool ruled = false;

		assert_ptr_equal(default_device_find(device->path), device);
		assert_true(default_device_is(device->type, device->major, device->minor));
		assert_int_equal(device->mode, 0666);
		for (size_t j = 0; j < default_device_rule_count; j++)
			ruled |= default_device_rules[j].major == device->major &&
				 default_device_rules[j].minor == device->minor;
		assert_true(ruled);
	}
	assert_false(default_device_is('b', 1, 3));
	assert_false(default_device_is('c', 1, 1));
	assert_false(default_device_is('c', 1, (UINT64_C(1) << 32) + 3));
	assert_null(default_device_find("/dev/mem"));
	for (size_t i = 0; i < default_link_count; i++)
		assert_memory_equal(default_links[i].path, "/dev/", 5);
}

static void default_mounts_use_options_that_are_known(void **state)
{
	(void)state;
	for (size_t i = 0; i < default_mount_count; i++) {
		const struct default_mount *mount = &default_mounts[i];

		assert_null(mount->options[DEFAULT_MOUNT_OPTIONS]);
		for (size_t j = 0; mount->options[j]; j++)
			assert_true(strchr(mount->options[j], '=') ||
				    strcmp(mount->options[j], "newinstance") == 0 ||
				    mount_option_find(mount->options[j]));
	}
	assert_string_equal(default_mounts[0].destination, "/proc");
}

static void masked_paths_are_in_kernel_file_systems_and_once(void **state)
{
	/* Docker 28, containerd 2.1 and Podman 5.8 mask these. */
	static const char *const usual[] = {
		"/proc/acpi", "/proc/asound", "/proc/interrupts", "/proc/kcore", "/proc/keys",
		"/proc/latency_stats", "/proc/sched_debug", "/proc/scsi", "/proc/timer_list",
		"/proc/timer_stats", "/sys/devices/virtual/powercap", "/sys/firmware",
	};
	size_t found = 0;

	(void)state;
	for (size_t i = 0; i < masked_path_count; i++) {
		const char *path = masked_paths[i].path;

		assert_true(strncmp(path, "/proc/", 6) == 0 || strncmp(path, "/sys/", 5) == 0);
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(path, masked_paths[j].path);
		for (size_t j = 0; j < readonly_path_count; j++)
			assert_string_not_equal(path, readonly_paths[j]);
		for (size_t j = 0; j < ARRAY_SIZE(usual); j++)
			found += strcmp(usual[j], path) == 0 &&
				 masked_paths[i].from == MASKED_USUAL;
	}
	assert_int_equal(found, ARRAY_SIZE(usual));
	assert_int_equal(readonly_path_count, 5);
}

static void hooks_are_in_the_order_of_calling(void **state)
{
	static const char *const names[HOOK_KINDS] = {
		"prestart", "createRuntime", "createContainer", "startContainer", "poststart",
		"poststop",
	};

	(void)state;
	for (size_t i = 0; i < HOOK_KINDS; i++)
		assert_string_equal(hook_kinds[i].name, names[i]);
}

static void limits_of_units_are_files_of_a_controller_and_in_order(void **state)
{
	(void)state;
	for (size_t i = 0; i < unit_limit_count; i++) {
		char controller[32];

		assert_true(cgroup_file_controller(unit_limits[i].file, controller, sizeof(controller)));
		assert_string_not_equal(controller, "");
		if (i > 0)
			assert_true(strcmp(unit_limits[i - 1].file, unit_limits[i].file) < 0);
		/* What is a limit is not for annotations: they would lift it. */
		assert_null(unit_property_find(unit_limits[i].property));
	}
}

static void properties_that_containers_may_set_start_and_stop_nothing(void **state)
{
	static const char *const refused[] = {
		"PIDs", "Slice", "Delegate", "Description", "DeviceAllow", "DevicePolicy", "Conflicts", "Wants",
		"Requires", "OnFailure", "FailureAction", "SuccessAction", "JobTimeoutAction", "BPFProgram",
		"CPUQuotaPeriodUSec", "TasksAccounting", "IOReadBandwidthMax", "killsignal", "",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(refused); i++)
		assert_null(unit_property_find(refused[i]));
	for (size_t i = 1; i < unit_property_count; i++)
		assert_true(strcmp(unit_properties[i - 1].name, unit_properties[i].name) < 0);
	assert_int_equal(unit_property_find("KillSignal")->type, SYSTEMD_INT32);
	assert_int_equal(unit_property_find("TimeoutStopUSec")->type, SYSTEMD_UINT64);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(namespaces_have_one_flag_each),
		cmocka_unit_test(capabilities_are_in_the_kernels_order),
		cmocka_unit_test(every_limit_of_the_kernel_has_a_name),
		cmocka_unit_test(signals_are_read_in_every_spelling),
		cmocka_unit_test(signals_have_the_c_librarys_names),
		cmocka_unit_test(seccomp_values_are_those_of_libseccomp),
		cmocka_unit_test(newer_architectures_have_their_value),
		cmocka_unit_test(architectures_are_those_of_libseccomp),
		cmocka_unit_test(only_some_actions_take_an_errno),
		cmocka_unit_test(default_devices_are_found_by_path_and_number),
		cmocka_unit_test(default_mounts_use_options_that_are_known),
		cmocka_unit_test(masked_paths_are_in_kernel_file_systems_and_once),
		cmocka_unit_test(hooks_are_in_the_order_of_calling),
		cmocka_unit_test(limits_of_units_are_files_of_a_controller_and_in_order),
		cmocka_unit_test(properties_that_containers_may_set_start_and_stop_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

# Written by scripts/sources. Run it when a file comes or goes.

ORLOP_PROGRAM = orlop

ORLOP_C_FILES = $(base_sources) $(kernel_sources) $(tables_sources) $(json_sources) $(host_sources) $(policy_sources) $(spec_sources) $(plan_sources) $(state_sources) $(run_sources) $(cmd_sources)

base_sources = \
	src/base/arena.c \
	src/base/error.c \
	src/base/fd.c \
	src/base/log.c \
	src/base/number.c \
	src/base/text.c

kernel_sources = \
	src/kernel/bpf.c \
	src/kernel/call.c \
	src/kernel/channel.c \
	src/kernel/image.c \
	src/kernel/landlock.c \
	src/kernel/libapparmor.c \
	src/kernel/libmnl.c \
	src/kernel/library.c \
	src/kernel/libseccomp.c \
	src/kernel/lock.c \
	src/kernel/mountinfo.c \
	src/kernel/netlink.c \
	src/kernel/overlay.c \
	src/kernel/path.c \
	src/kernel/process.c \
	src/kernel/procfs.c

tables_sources = \
	src/tables/capability_names.c \
	src/tables/cgroup_files.c \
	src/tables/default_devices.c \
	src/tables/default_mounts.c \
	src/tables/hook_kinds.c \
	src/tables/masked_paths.c \
	src/tables/mount_options.c \
	src/tables/namespace_types.c \
	src/tables/rlimit_names.c \
	src/tables/seccomp_names.c \
	src/tables/signal_names.c \
	src/tables/unit_properties.c

json_sources = \
	src/json/json_document.c \
	src/json/json_read.c \
	src/json/json_read_rows.c \
	src/json/json_scan.c \
	src/json/json_write.c

host_sources = \
	src/host/host.c \
	src/host/host_joined.c \
	src/host/host_parse.c

policy_sources = \
	src/policy/policy.c \
	src/policy/policy_builtin.c \
	src/policy/policy_merge.c \
	src/policy/policy_strictest.c

spec_sources = \
	src/spec/spec.c \
	src/spec/spec_hooks.c \
	src/spec/spec_linux.c \
	src/spec/spec_mounts.c \
	src/spec/spec_process.c \
	src/spec/spec_readers.c \
	src/spec/spec_refuse.c \
	src/spec/spec_resources.c \
	src/spec/spec_resources_write.c \
	src/spec/spec_seccomp.c

plan_sources = \
	src/plan/plan.c \
	src/plan/plan_caps.c \
	src/plan/plan_cgroup.c \
	src/plan/plan_cgroup_floors.c \
	src/plan/plan_cgroup_limits.c \
	src/plan/plan_devices.c \
	src/plan/plan_exec.c \
	src/plan/plan_explain.c \
	src/plan/plan_explain_mounts.c \
	src/plan/plan_explain_process.c \
	src/plan/plan_explain_unit.c \
	src/plan/plan_hooks.c \
	src/plan/plan_ids.c \
	src/plan/plan_limits.c \
	src/plan/plan_lsm.c \
	src/plan/plan_mount_ids.c \
	src/plan/plan_mount_rules.c \
	src/plan/plan_mounts.c \
	src/plan/plan_namespaces.c \
	src/plan/plan_paths.c \
	src/plan/plan_privileged.c \
	src/plan/plan_process.c \
	src/plan/plan_root.c \
	src/plan/plan_rules.c \
	src/plan/plan_seccomp.c \
	src/plan/plan_sysctls.c \
	src/plan/plan_unit.c \
	src/plan/plan_unit_value.c \
	src/plan/plan_update.c \
	src/plan/plan_update_merge.c

state_sources = \
	src/state/made.c \
	src/state/record.c \
	src/state/status.c \
	src/state/store.c

run_sources = \
	src/run/accounts.c \
	src/run/affinity.c \
	src/run/audit.c \
	src/run/caps.c \
	src/run/cgroup.c \
	src/run/cgroup_apply.c \
	src/run/cgroup_events.c \
	src/run/cgroup_manager.c \
	src/run/cgroup_mark.c \
	src/run/cgroup_signal.c \
	src/run/cgroup_stats.c \
	src/run/cgroup_systemd.c \
	src/run/cgroup_tree.c \
	src/run/cgroup_update.c \
	src/run/confine.c \
	src/run/console.c \
	src/run/copyup.c \
	src/run/credentials.c \
	src/run/devices.c \
	src/run/ephemeral.c \
	src/run/exec.c \
	src/run/exec_join.c \
	src/run/hook.c \
	src/run/hook_program.c \
	src/run/hooks.c \
	src/run/host_mounts.c \
	src/run/host_ps.c \
	src/run/ids.c \
	src/run/init.c \
	src/run/init_powers.c \
	src/run/limits.c \
	src/run/lsm.c \
	src/run/masks.c \
	src/run/mounts.c \
	src/run/namespaces.c \
	src/run/overlay_layers.c \
	src/run/overlay_mount.c \
	src/run/overlay_upper.c \
	src/run/place.c \
	src/run/program.c \
	src/run/reap.c \
	src/run/recorded_cgroup.c \
	src/run/registry.c \
	src/run/registry_directory.c \
	src/run/registry_entry.c \
	src/run/registry_map.c \
	src/run/registry_pool.c \
	src/run/registry_report.c \
	src/run/relay.c \
	src/run/rootfs.c \
	src/run/rootfs_chroot.c \
	src/run/rootless.c \
	src/run/seal.c \
	src/run/seccomp.c \
	src/run/seccomp_block.c \
	src/run/seccomp_cache.c \
	src/run/seccomp_default.c \
	src/run/seccomp_floor.c \
	src/run/seccomp_floor_rules.c \
	src/run/seccomp_graph.c \
	src/run/seccomp_numbers.c \
	src/run/seccomp_profile.c \
	src/run/seccomp_sort.c \
	src/run/shared_upper.c \
	src/run/sources.c \
	src/run/start_socket.c \
	src/run/streams.c \
	src/run/supervise.c \
	src/run/supervise_cgroup.c \
	src/run/supervise_hooks.c \
	src/run/supervise_start.c \
	src/run/sync.c \
	src/run/sysctls.c \
	src/run/teardown.c \
	src/run/trees.c \
	src/run/trees_map.c \
	src/run/userns.c \
	src/run/volumes.c

cmd_sources = \
	src/cmd/cmd_create.c \
	src/cmd/cmd_delete.c \
	src/cmd/cmd_events.c \
	src/cmd/cmd_exec.c \
	src/cmd/cmd_features.c \
	src/cmd/cmd_help.c \
	src/cmd/cmd_ids.c \
	src/cmd/cmd_kill.c \
	src/cmd/cmd_list.c \
	src/cmd/cmd_pause.c \
	src/cmd/cmd_plan.c \
	src/cmd/cmd_ps.c \
	src/cmd/cmd_resume.c \
	src/cmd/cmd_run.c \
	src/cmd/cmd_spec.c \
	src/cmd/cmd_start.c \
	src/cmd/cmd_state.c \
	src/cmd/cmd_update.c \
	src/cmd/command.c \
	src/cmd/container.c \
	src/cmd/exec_process.c \
	src/cmd/globals.c \
	src/cmd/launch.c \
	src/cmd/options.c \
	src/cmd/stats.c

systemd_sources = src/kernel/libsystemd.c src/kernel/systemd.c

no_systemd_sources = src/kernel/systemd-fallback.c

ORLOP_H_FILES = \
	include/base/arena.h \
	include/base/cleanup.h \
	include/base/error.h \
	include/base/fd.h \
	include/base/log.h \
	include/base/number.h \
	include/base/text.h \
	include/cmd/command.h \
	include/cmd/commands.def \
	include/cmd/globals.h \
	include/cmd/options.h \
	include/host/host.h \
	include/json/json_read.h \
	include/json/json_write.h \
	include/kernel/bpf.h \
	include/kernel/call.h \
	include/kernel/channel.h \
	include/kernel/compat.h \
	include/kernel/image.h \
	include/kernel/landlock.h \
	include/kernel/libapparmor.h \
	include/kernel/library.h \
	include/kernel/libseccomp.h \
	include/kernel/lock.h \
	include/kernel/mountinfo.h \
	include/kernel/netlink.h \
	include/kernel/overlay.h \
	include/kernel/path.h \
	include/kernel/process.h \
	include/kernel/procfs.h \
	include/kernel/systemd.h \
	include/plan/plan.h \
	include/plan/plan_exec.h \
	include/plan/plan_update.h \
	include/policy/items.def \
	include/policy/policy.h \
	include/run/caps.h \
	include/run/cgroup.h \
	include/run/cgroup_stats.h \
	include/run/confine.h \
	include/run/exec.h \
	include/run/hooks.h \
	include/run/host_ps.h \
	include/run/limits.h \
	include/run/lsm.h \
	include/run/recorded_cgroup.h \
	include/run/registry.h \
	include/run/rootless.h \
	include/run/seccomp.h \
	include/run/shared_upper.h \
	include/run/supervise.h \
	include/run/teardown.h \
	include/spec/spec.h \
	include/state/made.h \
	include/state/record.h \
	include/state/status.h \
	include/state/store.h \
	include/tables/capability_names.h \
	include/tables/cgroup_files.h \
	include/tables/default_devices.h \
	include/tables/default_mounts.h \
	include/tables/hook_kinds.h \
	include/tables/masked_paths.h \
	include/tables/mount_options.h \
	include/tables/namespace_types.h \
	include/tables/rlimit_names.h \
	include/tables/seccomp_names.h \
	include/tables/signal_names.h \
	include/tables/unit_properties.h \
	src/cmd/container.h \
	src/cmd/exec_process.h \
	src/cmd/launch.h \
	src/cmd/stats.h \
	src/host/host_parse.h \
	src/json/json_document.h \
	src/json/json_scan.h \
	src/kernel/libmnl.h \
	src/kernel/libsystemd.h \
	src/plan/plan_explain.h \
	src/plan/plan_sections.h \
	src/plan/plan_unit.h \
	src/plan/plan_update_merge.h \
	src/policy/policy_builtin.h \
	src/run/accounts.h \
	src/run/affinity.h \
	src/run/audit.h \
	src/run/cgroup_managers.h \
	src/run/console.h \
	src/run/copyup.h \
	src/run/credentials.h \
	src/run/devices.h \
	src/run/ephemeral.h \
	src/run/exec_join.h \
	src/run/hook.h \
	src/run/hook_program.h \
	src/run/host_mounts.h \
	src/run/ids.h \
	src/run/init.h \
	src/run/init_parts.h \
	src/run/live.h \
	src/run/masks.h \
	src/run/mounts.h \
	src/run/namespaces.h \
	src/run/overlay_layers.h \
	src/run/overlay_mount.h \
	src/run/overlay_upper.h \
	src/run/place.h \
	src/run/program.h \
	src/run/reap.h \
	src/run/registry_directory.h \
	src/run/registry_entry.h \
	src/run/registry_map.h \
	src/run/registry_pool.h \
	src/run/registry_report.h \
	src/run/rootfs.h \
	src/run/seccomp_block.h \
	src/run/seccomp_cache.h \
	src/run/seccomp_default.h \
	src/run/seccomp_floor.h \
	src/run/seccomp_floor_rules.h \
	src/run/seccomp_graph.h \
	src/run/seccomp_numbers.h \
	src/run/seccomp_profile.h \
	src/run/seccomp_sort.h \
	src/run/sources.h \
	src/run/start_socket.h \
	src/run/streams.h \
	src/run/supervise_hooks.h \
	src/run/supervise_parts.h \
	src/run/sync.h \
	src/run/sysctls.h \
	src/run/trees.h \
	src/run/userns.h \
	src/run/volumes.h \
	src/spec/spec_readers.h

ORLOP_UNIT_TESTS = \
	tests/unit/test_apparmor_profile \
	tests/unit/test_arena \
	tests/unit/test_bpf \
	tests/unit/test_call \
	tests/unit/test_caps \
	tests/unit/test_cgroup \
	tests/unit/test_cgroup_files \
	tests/unit/test_cgroup_stats \
	tests/unit/test_cgroup_update \
	tests/unit/test_channel \
	tests/unit/test_cleanup \
	tests/unit/test_commands \
	tests/unit/test_confine \
	tests/unit/test_error \
	tests/unit/test_fd \
	tests/unit/test_host \
	tests/unit/test_host_mounts \
	tests/unit/test_image \
	tests/unit/test_json_read \
	tests/unit/test_json_write \
	tests/unit/test_landlock \
	tests/unit/test_library \
	tests/unit/test_limits \
	tests/unit/test_lock \
	tests/unit/test_log \
	tests/unit/test_lsm \
	tests/unit/test_manual \
	tests/unit/test_mount_options \
	tests/unit/test_mountinfo \
	tests/unit/test_netlink \
	tests/unit/test_number \
	tests/unit/test_options \
	tests/unit/test_overlay \
	tests/unit/test_path \
	tests/unit/test_plan_exec \
	tests/unit/test_plan_golden \
	tests/unit/test_plan_unit \
	tests/unit/test_plan_update \
	tests/unit/test_policy \
	tests/unit/test_process \
	tests/unit/test_procfs \
	tests/unit/test_record \
	tests/unit/test_seccomp_cache \
	tests/unit/test_seccomp_floor \
	tests/unit/test_seccomp_profile \
	tests/unit/test_seccomp_sort \
	tests/unit/test_spec \
	tests/unit/test_spec_linux \
	tests/unit/test_spec_process \
	tests/unit/test_spec_resources \
	tests/unit/test_status \
	tests/unit/test_store \
	tests/unit/test_tables \
	tests/unit/test_text

ORLOP_FUZZERS = \
	tests/fuzz/fuzz_plan.c \
	tests/fuzz/fuzz_policy.c \
	tests/fuzz/fuzz_record.c \
	tests/fuzz/fuzz_spec.c \
	tests/fuzz/fuzz_update.c

ORLOP_MANUALS = \
	man/orlop-policy.5 \
	man/orlop.1

ORLOP_APPARMOR = \
	profiles/apparmor/orlop-default

ORLOP_SECCOMP = \
	profiles/seccomp/default.json

ORLOP_POLICY =


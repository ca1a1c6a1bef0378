# SPDX-License-Identifier: Apache-2.0
# Copyright the orlop authors
#
# Rules in audit mode: the container is made as asked, and each breach is a warning, whether the
# configuration shows it or only the host does.

load ../lib/orlop
load support

setup() {
	orlop_setup
	GLOBAL=(--policy hardened)
}


@test "in audit mode a volume that cannot be id-mapped is mounted as it is" {
	local mode mount
	disk_dir ram
	host_mount -t ramfs ramfs "$DIR"
	mount=".mounts += [{destination: \"/dev/v\", type: \"bind\", source: \"$DIR\", options: [\"bind\"]}]"
	for mode in audit off; do
		site_policy '{"hardened": {"items": {"unmappable": "'$mode'"}}}'
		create_container "$mount"
		matches "warning: $DIR, on ramfs, cannot be id-mapped .*: mounted without a mapping \\(/mounts/[0-9]+\\)" "$errors" "$mode"
		no_option idmapped "$PID" /dev/v
		no_option ro "$PID" /dev/v
		case $mode in
		audit) matches "warning: audit: rule unmappable of policy hardened.*: $DIR" "$errors" ;;
		off) [[ $errors != *audit* ]] || { show_call "a rule that is off is named"; return 1; } ;;
		esac
	done
	must plan --bundle "$BUNDLE" "$ID"
	equal '["check-sources","check-device","unmappable-plain"]' \
		"$(jq -c '.mounts[] | select(.destination == "/dev/v") | .conditions' <<<"$output")"
	site_policy '{"hardened": {"items": {"unmappable": "audit"}}}'
	must plan --bundle "$BUNDLE" "$ID"
	equal '["check-sources","check-device","unmappable-plain","audit-unmappable"]' \
		"$(jq -c '.mounts[] | select(.destination == "/dev/v") | .conditions' <<<"$output")"
}

@test "in audit mode a root file system that cannot be id-mapped for writing is taken as it is" {
	! have_kernel 7.3 || skip "needs a kernel that cannot id-map an overlay: before 7.3, this is $(uname -r)"
	own_rootfs
	disk_dir upper
	disk_dir work
	disk_dir root
	host_mount -t overlay -o "lowerdir=$ROOTFS,upperdir=$TEST_DIR/upper,workdir=$TEST_DIR/work" overlay "$TEST_DIR/root"
	ROOTFS=$TEST_DIR/root
	site_policy '{"hardened": {"rootfs": "as-configured", "items": {"unmappable": "audit"}}}'
	create_container '.root.readonly = false'
	matches "warning: audit: rule unmappable of policy hardened.*$ROOTFS.*\\(/root/path\\)" "$errors"
	no_option idmapped "$PID" /
	site_policy '{"hardened": {"rootfs": "as-configured", "items": {"unmappable": "deny"}}}'
	bundle '.root.readonly = false'
	refused 'rule unmappable of policy hardened' create --bundle "$BUNDLE" "$ID"
}

@test "in audit mode a network namespace that is the host's is joined" {
	site_policy '{"hardened": {"items": {"host-network": "audit"}}}'
	create_container '(.linux.namespaces[] | select(.type == "network")).path = $p' --arg p "/proc/$$/ns/net"
	matches "warning: audit: rule host-network of policy hardened.*: /proc/$$/ns/net is the host's network namespace" "$errors"
	equal "$(readlink /proc/self/ns/net)" "$(readlink "/proc/$PID/ns/net")"
}

@test "in audit mode a user namespace that maps host id 0 is joined" {
	local holder
	site_policy '{"hardened": {"items": {"host-ids": "audit"}}}'
	unshare --user sleep 1000 3>&- &
	holder=$!
	wait_for 5 own_namespace "$holder" user
	echo 0 0 65536 >"/proc/$holder/uid_map"
	echo 0 0 65536 >"/proc/$holder/gid_map"
	create_container '.linux.namespaces += [{type: "user", path: $p}]' --arg p "/proc/$holder/ns/user"
	matches 'warning: audit: rule host-ids of policy hardened.*: the user namespace that is joined maps host id 0' "$errors"
	equal "$(readlink "/proc/$holder/ns/user")" "$(readlink "/proc/$PID/ns/user")"
	site_policy '{"hardened": {"items": {"host-ids": "deny"}}}'
	bundle '.linux.namespaces += [{type: "user", path: $p}]' --arg p "/proc/$holder/ns/user"
	refused 'rule host-ids of policy hardened' create --bundle "$BUNDLE" "$ID"
	kill "$holder"
}

@test "in audit mode ids of another container are used" {
	local first map
	start_container
	first=$(first_id "$PID")
	map=".linux.namespaces += [{type: \"user\"}] | .linux.uidMappings = [{containerID: 0, hostID: $first, size: 1000}] |
		.linux.gidMappings = .linux.uidMappings"
	site_policy '{"hardened": {"items": {"host-ids": "audit"}}}'
	create_container "$map"
	matches "warning: audit: rule host-ids of policy hardened.*: host ids $first to $((first + 999)) belong to container" "$errors"
	equal "$first" "$(first_id "$PID")"
}

@test "in audit mode what the configuration asks for is made" {
	site_policy '{"hardened": {"items": {"no-new-privileges": "audit"}}}'
	create_container '.process.noNewPrivileges = false'
	matches 'warning: audit: rule no-new-privileges of policy hardened: .* \(/process/noNewPrivileges\)' "$errors"
	equal 0 "$(proc_status "$PID" NoNewPrivs)"
}

@test "in audit mode a negative oom_score_adj that is inherited stays" {
	site_policy '{"hardened": {"items": {"oom-score": "audit"}}}'
	(echo -100 >"/proc/$BASHPID/oom_score_adj") 2>/dev/null || skip "may not lower oom_score_adj"
	bundle
	(
		echo -100 >"/proc/$BASHPID/oom_score_adj"
		ORLOP_TEST=$MARK- exec "$ORLOP" --root "$STATE" --policy hardened create --pid-file "$BUNDLE/pid" \
			--bundle "$BUNDLE" "$ID" >"$TEST_DIR/out" 2>"$TEST_DIR/err" 3>&-
	)
	matches 'warning: audit: rule oom-score: .*-100' "$(<"$TEST_DIR/err")"
	equal -100 "$(<"/proc/$(<"$BUNDLE/pid")/oom_score_adj")"
}

@test "in audit mode hooks are called whose program others may write" {
	printf '#!/bin/sh\necho called >>%s/called\n' "$TEST_DIR" >"$TEST_DIR/hook"
	chmod 777 "$TEST_DIR/hook"
	site_policy '{"hardened": {"items": {"hooks": "audit"}}}'
	create_container ".hooks.createRuntime = [{path: \"$TEST_DIR/hook\"}] | .hooks.poststart = .hooks.createRuntime"
	matches "warning: audit: rule hooks of policy hardened.*: hook program $TEST_DIR/hook: .* can be written by others than root \\(/hooks/createRuntime/0/path\\)" "$errors"
	must start "$ID"
	matches "warning: audit: rule hooks of policy hardened.*/hooks/poststart/0/path" "$errors"
	equal 'called called' "$(xargs <"$TEST_DIR/called")"
}

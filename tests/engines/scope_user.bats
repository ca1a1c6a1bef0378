# SPDX-License-Identifier: Apache-2.0
# Copyright the orlop authors
#
# The cgroup manager systemd for an ordinary user: the user's own systemd, asked over the user's bus.

load ../lib/orlop

setup() {
	local dir
	[ -d /run/systemd/system ] || skip "needs a host that systemd runs"
	USER_ID=$(id -u user) || skip "needs a user \"user\""
	RUNTIME_DIR=/run/user/$USER_ID
	# What it mounts is not left by a container.
	systemctl start "user@$USER_ID.service"
	orlop_setup
	require_root
	SERVICE=/user.slice/user-$USER_ID.slice/user@$USER_ID.service
	cp "$(readlink -f "$ORLOP")" "$TEST_DIR/program"
	cp -a "$ROOTFS" "$TEST_DIR/rootfs"
	ROOTFS=$TEST_DIR/rootfs
	mkdir -p "$STATE"
	chmod 700 "$STATE"
	chown -hR "$USER_ID:$USER_ID" "$TEST_DIR"
	for dir in "$TEST_DIR" "$TEST_DIR"/{..,../..,../../..}; do
		[ "$(readlink -f "$dir")" = /var/tmp ] || chmod o+x "$dir"
	done
	wait_for 10 [ -S "$RUNTIME_DIR/bus" ]
	as_user "XDG_RUNTIME_DIR=$RUNTIME_DIR"
	GLOBAL=(--policy oci --systemd-cgroup)
	UNIT=test-$MARK.scope
	PLACE=$SERVICE/user.slice/$UNIT
	FILTER='.linux.namespaces += [{type: "user"}] | (.mounts[] | select(.type == "devpts").options) -= ["gid=5"] |
		.linux.uidMappings = [{containerID: 0, hostID: '$USER_ID', size: 1}] | .linux.gidMappings = .linux.uidMappings |
		.linux.cgroupsPath = ":test:'$MARK'"'
}

teardown() {
	local left
	orlop_teardown || return
	left=$(user_systemctl list-units --all --plain --no-legend "*$MARK*")
	[ -z "$left" ] || {
		echo "left behind: $left"
		return 1
	}
}

# as_user VARIABLE=VALUE...: from here on the runtime is called by the user, with these in the environment.
as_user() {
	cat >"$TEST_DIR/as-user" <<-END
		#!/bin/sh
		[ -z "\$BUNDLE" ] || chown -R $USER_ID "\$BUNDLE"
		exec setpriv --reuid=$USER_ID --regid=$USER_ID --clear-groups env -u DBUS_SESSION_BUS_ADDRESS $* "$TEST_DIR/program" "\$@"
	END
	chmod 755 "$TEST_DIR/as-user"
	export BUNDLE
	ORLOP=$TEST_DIR/as-user
}

user_systemctl() { runuser -u user -- env XDG_RUNTIME_DIR="$RUNTIME_DIR" systemctl --user "$@"; }

# unit PROPERTY: what the user's systemd says of UNIT.
unit() { user_systemctl show --value -p "$1" "$UNIT"; }

place_of() { sed -n 's/^0:://p' "/proc/$1/cgroup"; }

@test "an ordinary user's container is alone in a scope of the user's systemd, and goes with it" {
	create_container "$FILTER"
	equal "$PLACE" "$(place_of "$PID")"
	equal "$PID" "$(<"/sys/fs/cgroup$PLACE/cgroup.procs")" processes
	equal active "$(unit ActiveState)"
	equal user.slice "$(unit Slice)"
	equal yes "$(unit Delegate)"
	equal not-found "$(systemctl show --value -p LoadState "$UNIT")" "the host's systemd"
	equal "$USER_ID" "$(stat -c %u "/sys/fs/cgroup$PLACE/cgroup.procs")" "owner of the cgroup"
	must start "$ID"
	must exec --detach --pid-file "$TEST_DIR/second" "$ID" sleep 1000
	equal "$PLACE" "$(place_of "$(<"$TEST_DIR/second")")" "a further process"
	must delete --force "$ID"
	equal not-found "$(unit LoadState)" "$UNIT"
	[ ! -e "/sys/fs/cgroup$PLACE" ]
}

@test "the limits of an ordinary user's container are its scope's, and update changes both" {
	start_container "$FILTER"' | .linux.resources += { memory: { limit: 67108864 }, pids: { limit: 50 } }'
	equal 67108864 "$(cgroup_value "$PID" memory.max)" memory.max
	equal 50 "$(cgroup_value "$PID" pids.max)" pids.max
	equal 67108864 "$(unit MemoryMax)"
	equal 50 "$(unit TasksMax)"
	must update "$ID" --pids-limit 60
	equal 60 "$(cgroup_value "$PID" pids.max)" pids.max
	equal 60 "$(unit TasksMax)"
	must pause "$ID"
	equal 1 "$(cgroup_value "$PID" cgroup.freeze)" cgroup.freeze
	must resume "$ID"
	must kill "$ID" KILL
	must delete --force "$ID"
	equal not-found "$(unit LoadState)" "$UNIT"
}

@test "another slice of the user's is used when cgroupsPath names it" {
	FILTER+=' | .linux.cgroupsPath = "app.slice:test:'$MARK'"'
	create_container "$FILTER"
	equal "$SERVICE/app.slice/$UNIT" "$(place_of "$PID")"
	must delete --force "$ID"
}

@test "an ordinary user without a bus is told what is missing, and nothing is left" {
	as_user "XDG_RUNTIME_DIR=$TEST_DIR"
	bundle "$FILTER"
	refused "there is no bus of this user" create --bundle "$BUNDLE" "$ID"
	[[ $errors == *XDG_RUNTIME_DIR* && $errors == *enable-linger* ]]
	equal not-found "$(unit LoadState)" "$UNIT"
	[ ! -e "$STATE/$ID" ]
}

@test "a controller that the user's systemd was not given is named" {
	bundle "$FILTER"' | .linux.resources += { cpu: { cpus: "0" } }'
	! grep -qw cpuset "/sys/fs/cgroup$SERVICE/cgroup.controllers" || skip "the user has the controller cpuset"
	refused cpuset create --bundle "$BUNDLE" "$ID"
	equal not-found "$(unit LoadState)" "$UNIT"
	[ ! -e "/sys/fs/cgroup$PLACE" ]
}

# SPDX-License-Identifier: Apache-2.0
# Copyright the orlop authors
#
# The cgroup manager systemd, in a guest that systemd runs. systemd and the kernel are asked.

load ../lib/orlop

setup() {
	orlop_setup
	require_root
	[ -d /run/systemd/system ] || skip "needs a host that systemd runs"
	GLOBAL=(--policy oci --systemd-cgroup)
	scope
}

teardown() {
	local left
	orlop_teardown || return
	left=$(systemctl list-units --all --plain --no-legend "*$MARK-*")
	[ -z "$left" ] || {
		echo "left behind: $left"
		return 1
	}
}

# scope [SLICE]: UNIT and PLACE of a new container's cgroupsPath, and FILTER that sets it.
scope() {
	local slice=${1:-system.slice}
	names=$((${names:-0} + 1))
	UNIT=test-$MARK-$names.scope
	PLACE=/$slice/$UNIT
	FILTER=".linux.cgroupsPath = \"$slice:test:$MARK-$names\""
}

# unit PROPERTY: what systemd says of UNIT.
unit() { systemctl show --value -p "$1" "$UNIT"; }

place_of() { sed -n 's/^0:://p' "/proc/$1/cgroup"; }

# nothing_left: neither the unit nor its cgroup.
nothing_left() {
	equal not-found "$(unit LoadState)" "$UNIT" && [ ! -e "/sys/fs/cgroup$PLACE" ]
}

# without_bus: from here on the runtime finds no system bus.
without_bus() {
	cat >"$TEST_DIR/without-bus" <<-END
		#!/bin/sh
		exec unshare --mount --propagation private sh -c 'mount -t tmpfs tmpfs /run/dbus && exec "\$@"' - "$ORLOP" "\$@"
	END
	chmod 755 "$TEST_DIR/without-bus"
	ORLOP=$TEST_DIR/without-bus
}

@test "a container is alone in the scope that cgroupsPath names" {
	create_container "$FILTER"
	equal "$PLACE" "$(place_of "$PID")"
	equal "$PID" "$(<"/sys/fs/cgroup$PLACE/cgroup.procs")" "processes"
	equal active "$(unit ActiveState)"
	equal system.slice "$(unit Slice)"
	equal yes "$(unit Delegate)"
	equal no "$(unit DefaultDependencies)"
	equal "$PLACE" "$(unit ControlGroup)"
	must start "$ID"
	equal "$PLACE" "$(place_of "$PID")"
	must delete --force "$ID"
	nothing_left
}

@test "without cgroupsPath the scope is named after the container" {
	create_container '.'
	equal "/system.slice/orlop-$ID.scope" "$(place_of "$PID")"
	UNIT=orlop-$ID.scope
	equal active "$(unit ActiveState)"
	must delete --force "$ID"
	equal not-found "$(unit LoadState)"
}

@test "a slice is below the slices that its name has" {
	scope lab-a-b.slice
	create_container "$FILTER"
	equal "/lab.slice/lab-a.slice/lab-a-b.slice/$UNIT" "$(place_of "$PID")"
	must delete --force "$ID"
	scope -
	FILTER=".linux.cgroupsPath = \"-:test:$MARK-$names\""
	create_container "$FILTER"
	equal "/$UNIT" "$(place_of "$PID")"
	must delete --force "$ID"
}

@test "limits are the unit's as well, and stay when systemd reads its configuration anew" {
	local before file
	create_container "$FILTER"' | .linux.resources += { memory: { limit: 67108864, reservation: 33554432, swap: 100663296 },
		cpu: { shares: 512, quota: 50000, period: 50000, cpus: "0-1", mems: "0" }, pids: { limit: 50 },
		blockIO: { weight: 200 }, unified: { "memory.high": "60000000" } }'
	equal 67108864 "$(unit MemoryMax)"
	equal 33554432 "$(unit MemoryLow)"
	equal 33554432 "$(unit MemorySwapMax)"
	equal 60000000 "$(unit MemoryHigh)"
	equal 50 "$(unit TasksMax)"
	equal 1s "$(unit CPUQuotaPerSecUSec)"
	equal 50ms "$(unit CPUQuotaPeriodUSec)"
	equal "$(cgroup_value "$PID" cpu.weight)" "$(unit CPUWeight)"
	equal 0-1 "$(unit AllowedCPUs)"
	equal 0 "$(unit AllowedMemoryNodes)"
	before=$(cd "/sys/fs/cgroup$PLACE" && grep -s . memory.max memory.low memory.high memory.swap.max pids.max cpu.max cpu.weight cpuset.cpus cpuset.mems io.weight)
	[[ $before == *memory.max:67108864* && $before == *'cpu.max:50000 50000'* && $before == *pids.max:50* ]]
	systemctl daemon-reload
	equal "$before" "$(cd "/sys/fs/cgroup$PLACE" && grep -s . memory.max memory.low memory.high memory.swap.max pids.max cpu.max cpu.weight cpuset.cpus cpuset.mems io.weight)" "after daemon-reload"
	must delete --force "$ID"
}

@test "limits that policy puts are the unit's as well" {
	GLOBAL=(--policy hardened --systemd-cgroup)
	create_container "$FILTER"
	equal "$(cgroup_value "$PID" pids.max)" "$(unit TasksMax)"
	equal "$(cgroup_value "$PID" memory.max)" "$(unit MemoryMax)"
	must delete --force "$ID"
	nothing_left
}

@test "update changes the unit as well, and what cannot be told systemd is not changed" {
	start_container "$FILTER"
	GLOBAL=(--policy oci)
	must update "$ID" --memory 100663296 --cpu-quota 70000 --pids-limit 60
	equal 100663296 "$(unit MemoryMax)"
	equal 700ms "$(unit CPUQuotaPerSecUSec)"
	equal 60 "$(unit TasksMax)"
	systemctl daemon-reload
	equal 100663296 "$(cgroup_value "$PID" memory.max)"
	equal '70000 100000' "$(cgroup_value "$PID" cpu.max)"
	equal 60 "$(cgroup_value "$PID" pids.max)"
	without_bus
	refused 'there is no system bus' update "$ID" --pids-limit 70
	equal 60 "$(cgroup_value "$PID" pids.max)"
	must delete --force "$ID"
}

@test "the device rules stay when systemd reads its configuration anew" {
	start_container "$FILTER"' | .process.args = ["sh", "-c", "while sleep 0.1; do : </dev/null && (: </dev/sda) 2>/dev/null && echo open; echo $?; done"]
		| .linux.devices = [ { path: "/dev/sda", type: "c", major: 1, minor: 11, fileMode: 438 } ]'
	wait_for 10 grep -q '^1$' "$OUT"
	systemctl daemon-reload
	: >"$OUT"
	wait_for 10 grep -q '^1$' "$OUT"
	! grep -q open "$OUT" || return 1
	must delete --force "$ID"
}

@test "annotations set properties of the unit" {
	create_container "$FILTER"' | .annotations = { "org.systemd.property.KillSignal": "15",
		"org.systemd.property.TimeoutStopUSec": "uint64 10000000", "org.systemd.property.CollectMode": "'"'inactive'"'",
		"org.systemd.property.After": "['"'local-fs.target'"']" }'
	equal 15 "$(unit KillSignal)"
	equal 10s "$(unit TimeoutStopUSec)"
	equal inactive "$(unit CollectMode)"
	[[ " $(unit After) " == *' local-fs.target '* ]]
	must delete --force "$ID"
	nothing_left
}

@test "state knows who made the cgroup: later calls are not told" {
	start_container "$FILTER"
	GLOBAL=(--policy oci)
	has_status "$ID" running
	must kill "$ID" KILL
	wait_for_status "$ID" stopped
	must delete "$ID"
	nothing_left
	must delete --force "$ID"
}

@test "a name is free again as soon as delete is back" {
	local i
	bundle "$FILTER"
	for i in 1 2 3; do
		must run --bundle "$BUNDLE" --detach --pid-file "$BUNDLE/pid" "$ID"
		must delete --force "$ID"
	done
	nothing_left
}

@test "run in the foreground takes its scope with it" {
	FILTER="$FILTER | .process.args = [\"sh\", \"-c\", \"exit 7\"]"
	bundle "$FILTER"
	runtime run --bundle "$BUNDLE" "$ID"
	exits 7
	nothing_left
}

@test "a scope that is another's is left alone" {
	systemd-run --scope --quiet --unit="$UNIT" --slice=system.slice sleep 1000 &
	wait_for 10 systemctl is-active --quiet "$UNIT"
	bundle "$FILTER"
	refused 'not empty|there is a unit' create --bundle "$BUNDLE" "$ID"
	[ ! -e "$STATE/$ID" ]
	equal active "$(unit ActiveState)"
	[ -n "$(<"/sys/fs/cgroup$PLACE/cgroup.procs")" ]
	systemctl stop "$UNIT"
	wait
}

@test "delete leaves a scope alone that has taken the name since" {
	start_container "$FILTER"
	must kill "$ID" KILL
	wait_for_status "$ID" stopped
	wait_for 10 nothing_left
	systemd-run --scope --quiet --unit="$UNIT" --slice=system.slice sleep 1000 &
	wait_for 10 systemctl is-active --quiet "$UNIT"
	must delete "$ID"
	equal active "$(unit ActiveState)"
	[ -n "$(<"/sys/fs/cgroup$PLACE/cgroup.procs")" ]
	systemctl stop "$UNIT"
	wait
}

@test "a scope that has ended and was not forgotten gives its name away" {
	systemd-run --scope --quiet --unit="$UNIT" --slice=system.slice -p RuntimeMaxSec=1 sleep 1000 || :
	wait_for 20 test "$(unit ActiveState)" = failed
	create_container "$FILTER"
	equal active "$(unit ActiveState)"
	must delete --force "$ID"
	nothing_left
}

@test "what fails after the scope was made takes it away again" {
	bundle "$FILTER"' | .process.args = ["/nonexistent"]'
	refused 'no such file' create --bundle "$BUNDLE" "$ID"
	[ ! -e "$STATE/$ID" ]
	nothing_left
}

@test "what systemd says against a unit is in the message, and nothing is left" {
	bundle "$FILTER"' | .annotations = { "org.systemd.property.KillMode": "'"'sometimes'"'" }'
	refused 'systemd: start .*\.scope: .*KillMode' create --bundle "$BUNDLE" "$ID"
	[ ! -e "$STATE/$ID" ]
	nothing_left
}

@test "properties that are not for containers are refused" {
	bundle "$FILTER"' | .annotations = { "org.systemd.property.MemoryMax": "uint64 1" }'
	refused 'MemoryMax is none of the properties' create --bundle "$BUNDLE" "$ID"
	bundle "$FILTER"' | .annotations = { "org.systemd.property.TimeoutStopUSec": "10" }'
	refused 'systemd wants t here' create --bundle "$BUNDLE" "$ID"
}

@test "without a system bus there is no container" {
	bundle "$FILTER"
	without_bus
	refused 'there is no system bus' create --bundle "$BUNDLE" "$ID"
	[ ! -e "$STATE/$ID" ]
	nothing_left
}

@test "delete --force takes a container away without a system bus" {
	start_container "$FILTER"
	without_bus
	must delete --force "$ID"
	matches 'there is no system bus' "$errors"
	# It has ended; who waits for it is another process.
	wait_for 10 test ! -e "/proc/$PID"
	wait_for 10 nothing_left
}

@test "a bus that does not answer is given up after a minute" {
	local bus began=$SECONDS
	bundle "$FILTER"
	bus=$(systemctl show --value -p MainPID dbus.service)
	kill -STOP "$bus"
	runtime create --bundle "$BUNDLE" "$ID"
	kill -CONT "$bus"
	[ "$status" -ne 0 ]
	matches 'the system bus does not answer' "$errors"
	[ $((SECONDS - began)) -lt 150 ]
	[ ! -e "$STATE/$ID" ]
	nothing_left
}

# killed_at N: create is killed at its N-th system call, and cleaned up.
killed_at() {
	under kill "$1" -- create --bundle "$BUNDLE" "$ID"
	runtime delete --force "$ID"
	[ "$status" -eq 0 ] && [ ! -e "$STATE/$ID" ] && wait_for 10 nothing_left || {
		show_call "delete --force after a kill at call $1"
		systemctl status "$UNIT" || :
		return 1
	}
}

@test "create that is killed at any moment can be cleaned up" {
	local total at
	require_helper killafter
	bundle "$FILTER"
	must create --bundle "$BUNDLE" "$ID"
	must delete --force "$ID"
	under trace "$TEST_DIR/trace" -- create --bundle "$BUNDLE" "$ID"
	equal 0 "$status" "status of create"
	must delete --force "$ID"
	total=$(grep -c '^parent' "$TEST_DIR/trace")
	for ((at = 1; at <= total; at += total / 12)); do
		untraced killed_at "$at"
	done
	wait_for 5 no_marked_processes
}

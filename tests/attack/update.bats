# SPDX-License-Identifier: Apache-2.0
# Copyright the orlop authors
#
# A container, its engine and a neighbour that try to get more by update than policy gives, or to keep out
# of reach of the commands that work on a cgroup.

load ../lib/orlop
load ../run/support

setup() {
	orlop_setup
	require_root
	GLOBAL=(--policy oci)
}

update_refused() {
	printf '%s' "$2" >"$TEST_DIR/resources"
	refused "$1" update --resources - "$ID" <"$TEST_DIR/resources"
}
sleeping='.process.args = ["sleep", "1000"]'
delegated='(.mounts[] | select(.destination == "/sys/fs/cgroup")).options -= ["ro"] | .process.user = {uid: 1000, gid: 1000}'

@test "update does not touch a cgroup in the place of the container's own" {
	start_container "$sleeping"
	mkdir "/sys/fs/cgroup/$MARK-elsewhere"
	echo "$PID" >"/sys/fs/cgroup/$MARK-elsewhere/cgroup.procs"
	rmdir "/sys/fs/cgroup/$ID"
	mkdir "/sys/fs/cgroup/$ID"
	update_refused 'is gone' '{"unified": {"cgroup.max.depth": "3"}}'
	equal max "$(cat "/sys/fs/cgroup/$ID/cgroup.max.depth")"
	kill -KILL "$PID"
	wait_for_status "$ID" stopped
	rmdir "/sys/fs/cgroup/$ID" "/sys/fs/cgroup/$MARK-elsewhere"
}

@test "no name of a file leads out of the cgroup, or to what is no limit" {
	local name
	start_container "$sleeping"
	for name in ../cgroup.max.depth "../$ID/cgroup.max.depth" /cgroup.max.depth ./cgroup.max.depth . .. '' \
		cgroup.procs cgroup.threads cgroup.freeze cgroup.kill cgroup.type cgroup.subtree_control \
		'cgroup.max.depth\u0000' 'cgroup.max.depth\n' 'x/cgroup.max.depth'; do
		update_refused 'unified|NUL|control' "{\"unified\": {\"$name\": \"1\"}}"
	done
	update_refused 'pageSize' '{"hugepageLimits": [{"pageSize": "../../x", "limit": 1}]}'
	update_refused 'rdma|device' '{"rdma": {"a b=c": {"hcaHandles": 1}}}'
	equal max "$(cat "/sys/fs/cgroup/$ID/cgroup.max.depth")"
	has_status "$ID" running
}

@test "a container that owns its cgroup does not get at its limits" {
	start_script 'cd /sys/fs/cgroup
		for f in cgroup.max.depth cgroup.max.descendants cgroup.freeze memory.max pids.max; do
			[ ! -e $f ] || { echo 7 >$f; } 2>/dev/null && [ -e $f ] && echo "wrote $f"
		done
		mkdir below && echo 0 >below/cgroup.procs && echo moved' "$delegated"
	equal moved "$output"
	printf '{"unified": {"cgroup.max.descendants": "1"}}' >"$TEST_DIR/resources"
	must update -r "$TEST_DIR/resources" "$ID"
	equal 1 "$(cat "/sys/fs/cgroup/$ID/cgroup.max.descendants")"
	must pause "$ID"
	grep -qx 'frozen 1' "/sys/fs/cgroup/$ID/below/cgroup.events"
	must ps --format json "$ID"
	[[ $output == *"$PID"* ]]
	must kill --all "$ID" KILL
	wait_for_status "$ID" stopped
}

@test "a container that hides below in a threaded cgroup is paused, updated and ended" {
	start_script 'cd /sys/fs/cgroup && mkdir t && echo threaded >t/cgroup.type && echo 0 >t/cgroup.threads && cat t/cgroup.type' \
		"$delegated"
	equal threaded "$output"
	printf '{"unified": {"cgroup.max.depth": "1"}}' >"$TEST_DIR/resources"
	must update -r "$TEST_DIR/resources" "$ID"
	equal 1 "$(cat "/sys/fs/cgroup/$ID/cgroup.max.depth")"
	must pause "$ID"
	grep -qx 'frozen 1' "/sys/fs/cgroup/$ID/t/cgroup.events"
	must delete --force "$ID"
	[ ! -e "/sys/fs/cgroup/$ID" ]
}

@test "what an earlier update left half-written is not read" {
	start_container "$sleeping"
	printf '{"unified": {"cgroup.max.depth": "3"}}' >"$TEST_DIR/resources"
	must update -r "$TEST_DIR/resources" "$ID"
	printf '{"unif' >"$STATE/$ID/resources.json.new"
	must update -r "$TEST_DIR/resources" "$ID"
	printf '{"unif' >"$STATE/$ID/resources.json"
	refused 'is damaged' update -r "$TEST_DIR/resources" "$ID"
	has_status "$ID" running
	must delete --force "$ID"
}

@test "two updates at once leave the limits of both" {
	local n
	start_container "$sleeping"
	printf '{"unified": {"cgroup.max.depth": "3"}}' >"$TEST_DIR/a"
	printf '{"devices": [{"allow": true, "type": "c", "major": 10, "minor": 229}]}' >"$TEST_DIR/b"
	for n in 1 2 3; do
		"$ORLOP" --root "$STATE" update -r "$TEST_DIR/a" "$ID" 3>&- &
		"$ORLOP" --root "$STATE" update -r "$TEST_DIR/b" "$ID" 3>&- &
		wait
	done
	equal 3 "$(jq -r '.unified["cgroup.max.depth"]' "$STATE/$ID/resources.json")"
	equal 1 "$(jq '[.devices[] | select(.minor == 229)] | length' "$STATE/$ID/resources.json")"
}

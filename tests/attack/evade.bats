# SPDX-License-Identifier: Apache-2.0
# Copyright the orlop authors
#
# A container that would keep out of reach of the commands that look at it, stop it and end it.

load ../lib/orlop
load ../run/support

setup() {
	orlop_setup
	require_root
	GLOBAL=(--policy hardened)
}

delegated='(.mounts[] | select(.destination == "/sys/fs/cgroup")).options -= ["ro"] | .process.user = {uid: 1000, gid: 1000}'
without_pid_namespace='.linux.namespaces |= map(select(.type != "pid"))'

# probe_rootfs: a root of the test's own, with the helper.
probe_rootfs() {
	require_helper probe
	own_rootfs
	cp "$ORLOP_HELPERS/probe" "$ROOTFS/bin/probe"
}

# is_headless PID: its first thread has ended, and it has another.
is_headless() { [[ $(proc_status "$1" State) == Z* ]] && [ "$(proc_status "$1" Threads)" -gt 1 ]; }

# has_gone PID: no thread of it is left; who should have waited for it may not have.
has_gone() { [ ! -d "/proc/$1" ] || [ "$(proc_status "$1" Threads)" -le 1 ]; }

# nested DEPTH [LINE]: a container whose first process is so many cgroups below its own, and runs a line of
# shell before it waits.
nested() {
	start_script "cd /sys/fs/cgroup; i=0
		p=a; while [ \$i -lt 49 ]; do p=\$p/a; i=\$((i + 1)); done
		i=0; while [ \$i -lt $1 ]; do mkdir -p \$p && cd \$p || exit; i=\$((i + 50)); done
		echo 0 >cgroup.procs; echo at \$i; ${2:-}" "$delegated"
	equal "at $1" "$output"
}

@test "a container whose first thread has ended, and others go on, is running: it is paused, updated and ended" {
	probe_rootfs
	start_container '.process.args = ["/bin/probe", "headless"]'
	wait_for 5 is_headless "$PID"
	has_status "$ID" running
	printf '{"unified": {"cgroup.max.depth": "1"}}' >"$TEST_DIR/resources"
	must update --resources "$TEST_DIR/resources" "$ID"
	equal 1 "$(cgroup_value "$PID" cgroup.max.depth)"
	must pause "$ID"
	grep -qx 'frozen 1' "$(cgroup_of "$PID")/cgroup.events"
	must resume "$ID"
	refused 'container not running' exec "$ID" true
	must kill "$ID" KILL
	wait_for 5 has_gone "$PID"
	wait_for_status "$ID" stopped
	must delete "$ID"
}

@test "a process whose first thread has ended is ended with its container, by kill --all and by delete" {
	local pid command
	GLOBAL=(--policy oci)
	probe_rootfs
	for command in 'kill --all ID KILL' 'delete --force ID'; do
		start_script 'probe headless & echo $!' "$without_pid_namespace"
		pid=$output
		wait_for 5 is_headless "$pid"
		must ${command/ID/"$ID"}
		wait_for 5 has_gone "$pid"
	done
}

@test "a process whose first thread has ended is ended by its ids, where nothing else says whose it is" {
	require_program setfattr
	probe_rootfs
	start_container '.process.args = ["/bin/probe", "headless"]'
	wait_for 5 is_headless "$PID"
	setfattr -x trusted.orlop "$(cgroup_of "$PID")"
	echo >"$STATE/$ID/state.json"
	must delete --force "$ID"
	wait_for 5 has_gone "$PID"
	rmdir "/sys/fs/cgroup/$ID"
}

@test "a container that nests cgroups is seen and ended all the same" {
	GLOBAL=(--policy baseline)
	nested 300 'sleep 998 &'
	has_processes 2
	must kill --all "$ID" TERM
	# The first process of a pid namespace takes it only if it wants to.
	wait_for 5 has_processes 1
	must kill --all "$ID" KILL
	wait_for_status "$ID" stopped
	must delete "$ID"
}
has_processes() {
	must ps --format json "$ID"
	[ "$(jq length <<<"$output")" -eq "$1" ] && [[ $output == *"$PID"* ]]
}

@test "however deep a container nests cgroups, delete takes no longer than making them did" {
	local begin=$SECONDS
	GLOBAL=(--policy baseline)
	nested 1500
	must delete --force "$ID"
	[ $((SECONDS - begin)) -lt $((30 * ${ORLOP_SLOW:-1})) ] || {
		echo "took $((SECONDS - begin)) s"
		return 1
	}
	[ ! -e "/sys/fs/cgroup/$ID" ]
}

@test "a container that freezes those who join it holds exec up for a while, and no longer" {
	local begin
	GLOBAL=(--policy baseline)
	# Its cgroup has controllers for those below: a process that joins is made where the first process is.
	start_script 'cd /sys/fs/cgroup && read -r first _ <cgroup.controllers && mkdir a b || exit
		{ echo 0 >b/cgroup.procs; until [ "$(cat a/cgroup.procs)" = 1 ]; do :; done
			echo +$first >cgroup.subtree_control && echo 1 >a/cgroup.freeze; } &
		echo 0 >a/cgroup.procs' "$delegated"
	wait_for 10 grep -qx 'frozen 1' "/sys/fs/cgroup/$ID/a/cgroup.events"
	begin=$SECONDS
	refused 'the container holds up the process that was to join it' exec "$ID" true
	[ $((SECONDS - begin)) -le $((30 * ${ORLOP_SLOW:-1})) ]
	equal "$PID" "$(cat "/sys/fs/cgroup/$ID/a/cgroup.procs")"
}

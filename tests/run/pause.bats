# SPDX-License-Identifier: Apache-2.0
# Copyright the orlop authors
#
# pause and resume, what else can be done with a paused container, and kill where a signal is for
# more than one process.

load ../lib/orlop
load support

setup() {
	orlop_setup
	GLOBAL=(--policy oci)
}

# event NAME: a value of the container's cgroup.events.
event() { awk -v name="$1" '$1 == name { print $2 }' "/sys/fs/cgroup/$ID/cgroup.events"; }
# is_gone PID: it has ended, and its parent knows.
is_gone() { ! kill -0 "$1" 2>/dev/null; }
# has_lines N TEXT FILE
has_lines() { [ "$(grep -c "$2" "$3")" = "$1" ]; }
# ticks: what a container that counts has come to.
ticks() { wc -l <"$OUT"; }
more_ticks_than() { [ "$(ticks)" -gt "$1" ]; }
counting='.process.args = ["sh", "-c", "while :; do echo tick; sleep 0.01; done"]'
host_pids='del(.linux.namespaces[] | select(.type == "pid"))'

@test "a paused container stands still until resume" {
	local before
	start_container "$counting"
	wait_for 10 more_ticks_than 1
	must pause "$ID"
	equal 1 "$(event frozen)" frozen
	has_status "$ID" paused
	must list --format json
	equal paused "$(jq -r '.[0].status' <<<"$output")" "status in list"
	equal "$PID" "$(jq -r '.[0].pid' <<<"$output")" "pid in list"
	OUT=$TEST_DIR/out.1
	before=$(ticks)
	sleep 0.2
	equal "$before" "$(ticks)" "ticks while paused"
	must resume "$ID"
	equal 0 "$(event frozen)" frozen
	has_status "$ID" running
	OUT=$TEST_DIR/out.1
	wait_for 10 more_ticks_than "$before"
}

@test "pause and resume say what the container is doing" {
	start_container
	refused 'container not paused' resume "$ID"
	must pause "$ID"
	refused 'container not running' pause "$ID"
	must resume "$ID"
	must kill "$ID" KILL
	wait_for_status "$ID" stopped
	refused 'container not running' pause "$ID"
	refused 'container not paused' resume "$ID"
	refused 'does not exist' pause no-such-container
	refused 'does not exist' resume no-such-container
}

@test "a created container can be paused, and is started when it goes on" {
	create_container
	must pause "$ID"
	has_status "$ID" paused
	refused 'it is paused' start "$ID"
	must resume "$ID"
	has_status "$ID" created
	must start "$ID"
	has_status "$ID" running
}

@test "pause reaches cgroups that the container has made" {
	start_script 'mkdir /sys/fs/cgroup/below; sleep 1000 & echo $! >/sys/fs/cgroup/below/cgroup.procs' \
		'(.mounts[] | select(.destination == "/sys/fs/cgroup")).options -= ["ro"]'
	must pause "$ID"
	# The kernel calls a cgroup frozen by its own processes: one below may follow a moment later.
	wait_for 5 grep -qx 'frozen 1' "/sys/fs/cgroup/$ID/below/cgroup.events"
	must resume "$ID"
	wait_for 5 grep -qx 'frozen 0' "/sys/fs/cgroup/$ID/below/cgroup.events"
}

@test "a container without a cgroup cannot be paused" {
	GLOBAL+=(--cgroup-manager disabled)
	start_container 'del(.linux.resources)'
	GLOBAL=()
	refused 'has no cgroup: it was made with --cgroup-manager disabled' pause "$ID"
	has_status "$ID" running
}

@test "resume below a frozen cgroup says what holds the container" {
	mkdir "/sys/fs/cgroup/$MARK-above"
	start_container '.linux.cgroupsPath = $p' --arg p "/$MARK-above/leaf"
	must pause "$ID"
	echo 1 >"/sys/fs/cgroup/$MARK-above/cgroup.freeze"
	refused 'one above .*leaf is frozen' resume "$ID"
	echo 0 >"/sys/fs/cgroup/$MARK-above/cgroup.freeze"
	has_status "$ID" running
	must delete --force "$ID"
	rmdir "/sys/fs/cgroup/$MARK-above"
}

@test "a paused container is killed without resume" {
	start_container
	must pause "$ID"
	must kill "$ID" 0
	must kill "$ID" KILL
	wait_for_status "$ID" stopped
	must delete "$ID"
	[ ! -e "/sys/fs/cgroup/$ID" ]
}

@test "a signal waits in a paused container" {
	start_container '.process.args = ["sh", "-c", "trap \"exit 0\" TERM; while :; do sleep 0.01; done"]'
	must pause "$ID"
	must kill "$ID" TERM
	has_status "$ID" paused
	must resume "$ID"
	wait_for_status "$ID" stopped
}

@test "delete of a paused container needs force" {
	start_container
	must pause "$ID"
	refused 'not stopped: paused' delete "$ID"
	must delete --force "$ID"
	[ ! -e "/sys/fs/cgroup/$ID" ]
	wait_for 10 is_gone "$PID"
}

@test "a cgroup in the place of the container's own is not looked at" {
	start_container '.process.args = ["sleep", "1000"]'
	mkdir "/sys/fs/cgroup/$MARK-elsewhere"
	echo "$PID" >"/sys/fs/cgroup/$MARK-elsewhere/cgroup.procs"
	rmdir "/sys/fs/cgroup/$ID"
	refused 'is gone' pause "$ID"
	mkdir "/sys/fs/cgroup/$ID"
	sleep 1000 3>&- &
	local other=$!
	echo "$other" >"/sys/fs/cgroup/$ID/cgroup.procs"
	refused 'is gone' pause "$ID"
	equal 0 "$(event frozen)" "the other one"
	refused 'is gone' ps "$ID"
	must kill --all "$ID" KILL
	kill -0 "$other"
	echo 1 >"/sys/fs/cgroup/$ID/cgroup.freeze"
	has_status "$ID" running
	echo 0 >"/sys/fs/cgroup/$ID/cgroup.freeze"
	kill "$other"
	wait "$other" || :
	kill -KILL "$PID"
	wait_for_status "$ID" stopped
	rmdir "/sys/fs/cgroup/$ID" "/sys/fs/cgroup/$MARK-elsewhere"
}

@test "kill --all signals every process of the cgroup, below it too" {
	local pid pids
	start_script 'mkdir /sys/fs/cgroup/below
		for i in 1 2 3; do
			sh -c "trap \"echo got-it\" USR1; echo ready; while :; do sleep 0.01; done" &
		done
		echo $! >/sys/fs/cgroup/below/cgroup.procs
		trap : USR1' '(.mounts[] | select(.destination == "/sys/fs/cgroup")).options -= ["ro"]'
	local out=$TEST_DIR/out.1
	wait_for 10 has_lines 3 ready "$out"
	must kill -a "$ID" USR1
	wait_for 10 has_lines 3 got-it "$out"
	# What follows the script has the default action for USR1: the kernel gives init none.
	pids=$(find "/sys/fs/cgroup/$ID" -name cgroup.procs -exec cat {} +)
	must kill --all "$ID" KILL
	for pid in $pids; do
		wait_for 10 is_gone "$pid"
	done
	wait_for_status "$ID" stopped
	must kill --all "$ID" KILL
	must kill --all "$ID" TERM
}

@test "with the host's pids, KILL ends every process, after init too" {
	local pid
	start_script 'sleep 1000 & echo child' "$host_pids"
	pid=$(grep -vx "$PID" "/sys/fs/cgroup/$ID/cgroup.procs")
	must kill "$ID" KILL
	wait_for 10 is_gone "$pid"
	wait_for_status "$ID" stopped
	# Init alone is dead, and the rest of the container goes on. Init's pid is still that of a session.
	start_script 'sleep 1000 & echo child' "$host_pids"
	pid=$(grep -vx "$PID" "/sys/fs/cgroup/$ID/cgroup.procs")
	kill -KILL "$PID"
	wait_for_status "$ID" stopped
	kill -0 "$pid"
	refused 'container not running' kill "$ID" TERM
	must kill "$ID" KILL
	wait_for 10 is_gone "$pid"
	refused 'container not running' kill "$ID" KILL
	start_script 'sleep 1000 & echo child' "$host_pids"
	pid=$(grep -vx "$PID" "/sys/fs/cgroup/$ID/cgroup.procs")
	kill -KILL "$PID"
	wait_for_status "$ID" stopped
	must delete "$ID"
	wait_for 10 is_gone "$pid"
}

# SPDX-License-Identifier: Apache-2.0
# Copyright the orlop authors
#
# ps: which processes are a container's, held against the kernel's own list.

load ../lib/orlop
load support

setup() {
	orlop_setup
	GLOBAL=(--policy oci)
}

# procs: the pids of the container's cgroup and of those below it, in one line.
procs() { find "/sys/fs/cgroup/$ID" -name cgroup.procs -exec cat {} + | sort -n | tr '\n' ' '; }
# pids N: ps --format json prints N pids, those of the cgroup.
pids() {
	must ps --format json "$ID" || return
	equal "$1" "$(jq length <<<"$output")" "processes" || return
	equal "$(procs)" "$(jq -r '.[]' <<<"$output" | sort -n | tr '\n' ' ')" "pids"
}
# column N: the words of a column of output, without its heading.
column() { tail -n +2 <<<"$output" | awk -v n="$1" '{ print $n }' | sort -n | tr '\n' ' '; }

delegated='(.mounts[] | select(.destination == "/sys/fs/cgroup")).options -= ["ro"]'

@test "ps lists the processes of a container by their host pids" {
	start_script 'sleep 1000 & sleep 1001 &'
	pids 3
	matches '^\[[0-9]+,[0-9]+,[0-9]+\]$' "$output"
	must ps "$ID"
	matches '^UID +PID +PPID ' "$output" "heading"
	equal "$(procs)" "$(column 2)" "pids of the table"
	matches 'sleep 1001' "$output"
	# A process of the host is in neither.
	[[ ! " $(column 2)" == *" $$ "* ]]
}

@test "ps lists what is in cgroups below the container's own" {
	start_script 'mkdir -p /sys/fs/cgroup/below/deep
		sleep 1002 & echo $! >/sys/fs/cgroup/below/deep/cgroup.procs
		sleep 1003 & echo $! >/sys/fs/cgroup/below/cgroup.procs' "$delegated"
	pids 3
	must ps "$ID"
	matches 'sleep 1002' "$output"
	matches 'sleep 1003' "$output"
}

@test "threads in a threaded cgroup below belong to their process" {
	start_script 'mkdir /sys/fs/cgroup/threaded
		echo threaded >/sys/fs/cgroup/threaded/cgroup.type
		sleep 1004 & echo $! >/sys/fs/cgroup/threaded/cgroup.threads' "$delegated"
	grep -qx threaded "/sys/fs/cgroup/$ID/threaded/cgroup.type"
	[ -n "$(cat "/sys/fs/cgroup/$ID/threaded/cgroup.threads")" ]
	must ps --format json "$ID"
	equal "$(sort -n "/sys/fs/cgroup/$ID/cgroup.procs" | tr '\n' ' ')" \
		"$(jq -r '.[]' <<<"$output" | tr '\n' ' ')" "pids"
	must ps "$ID"
	matches 'sleep 1004' "$output"
	must pause "$ID"
	has_status "$ID" paused
	must resume "$ID"
	must kill --all "$ID" KILL
	wait_for_status "$ID" stopped
	must delete "$ID"
	[ ! -e "/sys/fs/cgroup/$ID" ]
}

@test "words after the id go to ps" {
	start_container '.process.args = ["sleep", "1000"]'
	must ps "$ID" -e -o pid,comm
	matches $'^ +PID COMMAND\n' "$output"
	equal "$PID" "$(column 1 | tr -d ' ')" "pid"
	must ps "$ID" -A -o user,pid
	equal "$PID" "$(column 2 | tr -d ' ')" "pid in the second column"
	# An option of our own that stands there is a word for ps.
	must ps -f table "$ID" -e -x
	equal "$PID" "$(column 1 | tr -d ' ')" "pid"
	refused 'no column PID' ps "$ID" -e -o ppid
	refused 'ps failed' ps "$ID" --no-such-option
	refused 'none of table, json' ps --format yaml "$ID"
	refused 'too few arguments' ps
}

@test "ps of a stopped container prints the heading" {
	start_container '.process.args = ["true"]'
	wait_for_status "$ID" stopped
	must ps "$ID"
	matches '^UID +PID[^'$'\n'']*$' "$output"
	must ps -f json "$ID"
	equal '[]' "$output"
	rmdir "/sys/fs/cgroup/$ID"
	must ps -f json "$ID"
	equal '[]' "$output" "with its cgroup gone"
	refused 'does not exist' ps no-such-container
}

@test "ps of a container without a cgroup says why it cannot" {
	GLOBAL+=(--cgroup-manager disabled)
	start_container 'del(.linux.resources)'
	GLOBAL=()
	refused 'has no cgroup: it was made with --cgroup-manager disabled' ps "$ID"
	refused 'has no cgroup' ps --format json "$ID"
}

@test "a name with blanks does not make one process look like another" {
	start_container '.process.args = ["sh", "-c", $script]' \
		--arg script 'printf "x 1 y" >/proc/self/comm; while :; do sleep 1; done'
	wait_for 10 grep -qx 'x 1 y' "/proc/$PID/comm"
	# The word that would be the pid is part of the name.
	refused 'COMMAND before the pid.*put the pid first' ps "$ID" -e -o comm,pid
	must ps "$ID" -e -o pid,comm
	matches "$PID x 1 y" "$output"
}

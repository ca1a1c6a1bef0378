# SPDX-License-Identifier: Apache-2.0
# Copyright the orlop authors
#
# events: statistics of a container, held against the files of its cgroup, and what the kernel reports.

load ../lib/orlop
load support

setup() {
	orlop_setup
	GLOBAL=(--policy oci)
}

# data JQ-FILTER: of the first line of statistics in output.
data() { jq -r "select(.type == \"stats\") | .data$1" <<<"${output%%$'\n'*}"; }
has_line() { grep -q "$1" "$OUT"; }
# watch ARGUMENT...: events in the background. Sets WATCH, its pid, and OUT, what it prints.
watch() {
	OUT=$TEST_DIR/events
	"$ORLOP" --root "$STATE" events "$@" "$ID" >"$OUT" 2>"$TEST_DIR/events.err" 3>&- &
	WATCH=$!
}
holds_a_pidfd() { [[ $(ls -l "/proc/$1/fd" 2>/dev/null) == *pidfd* ]]; }
sleeping='.process.args = ["sleep", "1000"]'

@test "statistics are a line, with all that callers look for" {
	start_script 'i=0; while [ $i -lt 20000 ]; do i=$((i + 1)); done'
	must events --stats "$ID"
	equal 1 "$(wc -l <"$OUT")" "lines"
	equal stats "$(jq -r .type <<<"$output")"
	equal "$ID" "$(jq -r .id <<<"$output")"
	equal '["blkio","cpu","hugetlb","memory","pids"]' "$(data '| keys | tostring')"
	equal '["kernel","total","user"]' "$(data '.cpu.usage | keys | tostring')"
	equal '["periods","throttledPeriods","throttledTime"]' "$(data '.cpu.throttling | keys | tostring')"
	equal '["cache","kernel","raw","swap","usage"]' "$(data '.memory | del(.psi) | keys | tostring')"
	equal '["failcnt","limit","max","usage"]' "$(data '.memory.usage | keys | tostring')"
	equal '["current","limit"]' "$(data '.pids | keys | tostring')"
	equal '["ioServiceBytesRecursive","ioServicedRecursive"]' "$(data '.blkio | del(.psi) | keys | tostring')"
	# In nanoseconds; the container goes on meanwhile.
	local usage
	usage=$(awk '$1 == "usage_usec" { print $2 * 1000 }' "/sys/fs/cgroup/$ID/cpu.stat")
	[ "$(data .cpu.usage.total)" -gt 0 ] && [ "$(data .cpu.usage.total)" -le "$usage" ]
}

@test "pressure is shown where the kernel measures it" {
	start_container "$sleeping"
	must events --stats "$ID"
	if [ ! -e "/sys/fs/cgroup/$ID/cpu.pressure" ]; then
		equal null "$(data .cpu.psi)"
		skip "this kernel does not measure pressure"
	fi
	equal '["avg10","avg300","avg60","total"]' "$(data '.cpu.psi.some | keys | tostring')"
	equal '["full","some"]' "$(data '.cpu.psi | keys | tostring')"
	equal number/number "$(data '.memory.psi.full.avg10 | type')/$(data '.blkio.psi.some.total | type')"
	grep -q 'avg10=' "/sys/fs/cgroup/$ID/cpu.pressure"
	matches '"avg10":[0-9]+\.[0-9][0-9],' "$output"
}

@test "huge pages are shown without a limit too" {
	require_controller hugetlb
	local size
	start_container "$sleeping | .linux.resources.hugepageLimits = [{pageSize: \"2MB\", limit: 4194304}]"
	must events --stats "$ID"
	for size in $(cd "/sys/fs/cgroup/$ID" && ls -d hugetlb.*.current | grep -v rsvd | cut -d . -f 2); do
		equal 0/0 "$(data ".hugetlb[\"$size\"] | \"\\(.usage)/\\(.failcnt)\"")" "$size"
	done
	[ -n "$size" ]
}

@test "memory and processes are those of the cgroup" {
	require_controller memory pids
	start_container "$sleeping | .linux.resources += {memory: {limit: 67108864}, pids: {limit: 33}}"
	must events --stats "$ID"
	equal 67108864 "$(data .memory.usage.limit)"
	[ "$(data .memory.usage.usage)" -gt 0 ]
	[ "$(data .memory.usage.usage)" -le 67108864 ]
	equal 1/33 "$(data .pids.current)/$(data .pids.limit)"
	# The names of memory.stat, all of them.
	equal "$(cut -d ' ' -f 1 "/sys/fs/cgroup/$ID/memory.stat" | sort)" "$(data '.memory.raw | keys | .[]' | sort)"
	start_container "$sleeping | .linux.resources += {memory: {limit: -1}, pids: {limit: -1}}"
	must events --stats "$ID"
	equal 0 "$(data .pids.limit)"
	matches '"usage":\{"limit":18446744073709551615,' "$output"
}

@test "the stream has a line every interval and ends with the container" {
	start_container "$sleeping"
	watch --interval 50ms
	wait_for 20 eval '[ "$(wc -l <"$OUT")" -ge 3 ]'
	kill -0 "$WATCH"
	equal "stats stats stats" "$(head -n 3 "$OUT" | jq -r .type | tr '\n' ' ' | sed 's/ $//')"
	# It holds no lock.
	must pause "$ID"
	must resume "$ID"
	must kill "$ID" KILL
	builtin wait "$WATCH"
	wait_for_status "$ID" stopped
	equal '' "$(cat "$TEST_DIR/events.err")"
	refused 'container not running' events "$ID"
	refused 'container not running' events --stats "$ID"
}

@test "the stream sleeps between its lines" {
	start_container "$sleeping"
	watch --interval 1h
	local before after
	wait_for 20 holds_a_pidfd "$WATCH"
	sleep 1
	before=$(awk '/^(voluntary|nonvoluntary)_ctxt_switches/ { n += $2 } END { print n }' "/proc/$WATCH/status")
	sleep 1
	after=$(awk '/^(voluntary|nonvoluntary)_ctxt_switches/ { n += $2 } END { print n }' "/proc/$WATCH/status")
	[ $((after - before)) -le 5 ]
	equal 0 "$(wc -l <"$OUT")" lines
	must delete --force "$ID"
	builtin wait "$WATCH"
}

@test "intervals are Go durations" {
	start_container "$sleeping"
	refused "'5' is no duration" events --interval 5 "$ID"
	refused "'-5s' is no duration" events --interval -5s "$ID"
	refused 'less than a millisecond' events --interval 0 "$ID"
	refused 'less than a millisecond' events --interval=999us "$ID"
	refused 'does not exist' events no-such-container
	must events --interval 1m30s --stats "$ID"
	must pause "$ID"
	must events --stats "$ID"
}

@test "a container without a cgroup has no statistics" {
	GLOBAL+=(--cgroup-manager disabled)
	start_container "$sleeping | del(.linux.resources)"
	GLOBAL=()
	refused 'has no cgroup' events --stats "$ID"
}

@test "an out-of-memory kill is an event" {
	require_controller memory
	start_container '.linux.resources.memory = {limit: 33554432, swap: 33554432} |
		.process.args = ["sh", "-c", "while [ ! -e /tmp/go ]; do sleep 0.05; done; tail /dev/zero; sleep 1000"] |
		.mounts += [{destination: "/tmp", type: "tmpfs", source: "tmpfs"}]'
	watch --interval 1h
	# Watching has to have begun: the count is taken at the start.
	wait_for 20 eval "ls -l /proc/$WATCH/fd 2>/dev/null | grep -q memory.events"
	: >"/proc/$PID/root/tmp/go"
	wait_for 60 has_line '"type":"oom"'
	equal "{\"type\":\"oom\",\"id\":\"$ID\"}" "$(head -n 1 "$OUT")"
	kill -0 "$WATCH"
	must delete --force "$ID"
	builtin wait "$WATCH"
}

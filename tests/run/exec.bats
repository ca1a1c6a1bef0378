# SPDX-License-Identifier: Apache-2.0
# Copyright the orlop authors
#
# exec: a further process in a container that is there. What it has is compared with what the
# container's first process has, as the kernel shows both.

load ../lib/orlop
load support

# each_policy COMMAND...: under each of the three. The command stands alone: behind "||" nothing in it would
# end the test.
each_policy() {
	local policy
	for policy in hardened baseline oci; do
		GLOBAL=(--policy "$policy")
		echo "under $policy:"
		"$@"
	done
}

# exec_detached [OPTION...] ID COMMAND...: sets EXEC, the pid.
exec_detached() {
	rm -f "$TEST_DIR/exec.pid"
	must exec --detach --pid-file "$TEST_DIR/exec.pid" "$@"
	EXEC=$(<"$TEST_DIR/exec.pid")
}

# process_file JQ-FILTER: a file for --process, from the process of the container; in FILE.
process_file() {
	FILE=$TEST_DIR/process.json
	jq ".process | .env = [\"PATH=/bin\", \"ONLY=this\"] | $1" "$BUNDLE/config.json" >"$FILE"
}

# confinement PID: what the kernel says of it, less what is its own.
confinement() {
	local -; set +T
	local name
	grep -E '^(Uid|Gid|Groups|Cap...|NoNewPrivs|Seccomp|Seccomp_filters|Umask):' "/proc/$1/status"
	cat "/proc/$1/uid_map" "/proc/$1/gid_map" "/proc/$1/oom_score_adj" "/proc/$1/setgroups"
	cat "/proc/$1/attr/apparmor/current" 2>/dev/null || :
	grep '^0::' "/proc/$1/cgroup"
	sed 's/  */ /g' "/proc/$1/limits"
	for name in cgroup ipc mnt net pid time user uts; do
		echo "$name $(namespace_of "$1" "$name")"
	done
	stat -L -c 'root %d:%i' "/proc/$1/root"
	stat -L -c 'cwd %d:%i' "/proc/$1/cwd"
}

same_as_init() {
	start_container "$1"
	exec_detached "$ID" sleep 1000
	confinement "$PID" >"$TEST_DIR/init"
	confinement "$EXEC" >"$TEST_DIR/exec"
	diff "$TEST_DIR/init" "$TEST_DIR/exec"
	equal "0 1 2" "$(ls "/proc/$EXEC/fd" | tr '\n' ' ' | sed 's/ $//')" descriptors
	# Its own session, and nothing of the runtime's signals.
	equal "$EXEC" "$(ps -o sid= -p "$EXEC" | tr -d ' ')" session
	equal 0000000000000000 "$(proc_status "$EXEC" SigBlk)" "blocked signals"
	equal 0000000000000000 "$(proc_status "$EXEC" SigIgn)" "ignored signals"
	must delete --force "$ID"
	# Dead, be it that nobody has waited for it yet.
	[ ! -d "/proc/$EXEC" ] || matches Z "$(proc_status "$EXEC" State)" state
}

@test "a further process is confined as the first one is" {
	each_policy same_as_init '.process.args = ["sleep", "1000"]'
}

@test "a further process is confined as the first one is, with a user and limits" {
	each_policy same_as_init '.process.args = ["sleep", "1000"] | .process.oomScoreAdj = 400 | .process.cwd = "/tmp" |
		.process.user = {uid: 1000, gid: 1001, umask: 63, additionalGids: [5, 7]} |
		.process.rlimits += [{type: "RLIMIT_CORE", soft: 0, hard: 0}, {type: "RLIMIT_NPROC", soft: 40, hard: 50}]'
}

@test "a further process is confined as the first one is, with a seccomp profile" {
	each_policy same_as_init '.process.args = ["sleep", "1000"] |
		.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["acct"], action: "SCMP_ACT_ERRNO"}]}'
}

@test "a further process is confined as the first one is, without new privileges forbidden" {
	GLOBAL=(--policy oci)
	same_as_init '.process.args = ["sleep", "1000"] | .process.noNewPrivileges = false |
		.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["acct"], action: "SCMP_ACT_ERRNO"}]}'
}

@test "a further process is confined as the first one is, with mappings of the configuration" {
	GLOBAL=(--policy oci)
	cp -a "$ROOTFS" "$TEST_DIR/rootfs"
	chown -R 100000:100000 "$TEST_DIR/rootfs"
	ROOTFS=$TEST_DIR/rootfs
	same_as_init '.process.args = ["sleep", "1000"] | .linux.namespaces += [{type: "user"}, {type: "time"}] |
		.linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] | .linux.gidMappings = .linux.uidMappings'
}

@test "a further process is confined as the first one is, in the namespaces of the host" {
	GLOBAL=(--policy oci)
	same_as_init '.process.args = ["sleep", "1000"] | .linux.namespaces = [{type: "mount"}] | del(.hostname) |
		.mounts |= map(select(.type != "cgroup" and .type != "sysfs"))'
}

@test "a further process has the root of the first one, without pivot_root as well" {
	GLOBAL=(--policy oci)
	bundle '.process.args = ["sleep", "1000"]'
	must run --no-pivot --detach --bundle "$BUNDLE" --pid-file "$BUNDLE/pid" "$ID"
	PID=$(<"$BUNDLE/pid")
	exec_detached "$ID" sleep 1000
	confinement "$PID" >"$TEST_DIR/init"
	confinement "$EXEC" >"$TEST_DIR/exec"
	diff "$TEST_DIR/init" "$TEST_DIR/exec"
	in_container sh -c 'cd ..; pwd; ls -d bin etc'
	equal $'/\nbin\netc' "$output"
}

@test "a further process has the label and the Landlock rules of the container" {
	GLOBAL=(--policy hardened)
	start_container
	if have_apparmor; then
		exec_detached "$ID" sleep 1000
		equal "$(label_of "$PID")" "$(label_of "$EXEC")" label
		matches '^orlop-default' "$(label_of "$EXEC")"
	fi
	# A sibling of the first one's domain: it still reaches the others.
	in_container sh -c 'kill -0 1 && ls /proc/1/fd >/dev/null && echo reached'
	matches reached "$output"
	runtime exec "$ID" sh -c 'echo 1 >/proc/sys/kernel/domainname'
	[ "$status" -ne 0 ]
}

@test "labels can be named, and are refused where there is nothing to give them" {
	GLOBAL=(--policy oci)
	if have_apparmor; then
		start_container '.process.apparmorProfile = "orlop-default"'
		refused "runs under AppArmor profile 'orlop-default', and the process asks for none" exec --apparmor unconfined "$ID" true
		exits 255
		refused "AppArmor profile 'orlop-none' is not loaded" exec --apparmor orlop-none "$ID" true
		start_container
		must exec --apparmor orlop-default "$ID" cat /proc/self/attr/current
		matches '^orlop-default' "$output"
	else
		start_container
		refused 'this kernel has no AppArmor' exec --apparmor orlop-default "$ID" true
		exits 255
	fi
	start_container
	grep -qw selinux /sys/kernel/security/lsm 2>/dev/null ||
		refused 'this kernel has no SELinux' exec --process-label system_u:system_r:container_t:s0 "$ID" true
}

@test "the exit status is the program's" {
	start_container
	for want in 0 1 3 42 255; do
		runtime exec "$ID" sh -c "exit $want"
		exits "$want"
	done
	runtime exec "$ID" sh -c 'kill -KILL $$'
	exits 137
	runtime exec "$ID" sh -c 'kill -TERM $$'
	exits 143
}

@test "what cannot be executed gives 255 and the words that engines read" {
	local name want
	copied_rootfs
	: >"$ROOTFS/bin/plain"
	start_container
	while read -r name want; do
		runtime exec "$ID" "$name" x
		exits 255
		equal "orlop: $want" "$errors"
		runtime exec --detach "$ID" "$name" x
		exits 255
		equal "orlop: $want" "$errors"
	done <<-'END'
		missing exec: "missing": executable file not found in $PATH
		/missing exec: "/missing": stat /missing: no such file or directory
		/bin exec: "/bin": is a directory
		/bin/plain exec: "/bin/plain": permission denied
	END
	must --log "$TEST_DIR/log" --log-format json state "$ID"
	runtime --log "$TEST_DIR/log" --log-format json exec "$ID" missing
	exits 255
	equal 'error exec: "missing": executable file not found in $PATH' "$(tail -n 1 "$TEST_DIR/log" | jq -r '.level + " " + .msg')"
}

@test "options end at the id" {
	start_container
	in_container sh -c 'echo "$0 $@"' -e --detach -- -x
	equal '-e --detach -- -x' "$output"
	refused 'no program is given' exec "$ID"
	exits 255
	refused 'too few arguments' exec
	refused "unknown option '--frobnicate'" exec --frobnicate "$ID" true
	exits 255
}

@test "the environment is the container's and what options add" {
	start_container '.process.env += ["A=1", "B=2"]'
	in_container env
	lines "$(printf '%s\n' PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin TERM=xterm "ORLOP_TEST=$ID" A=1 B=2 HOME=/root)"
	must exec -e B=3 --env C=4=5 -e B=6 -e HOME=/h -e EMPTY= "$ID" env
	lines "$(printf '%s\n' PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin TERM=xterm "ORLOP_TEST=$ID" A=1 B=6 C=4=5 HOME=/h EMPTY=)"
	refused "'X' is not NAME=VALUE" exec -e X "$ID" env
	refused "'=X' is not NAME=VALUE" exec -e =X "$ID" env
}

@test "a process file says all of the process" {
	start_container '.process.user.umask = 63'
	process_file '.args = ["sh", "-c", "env; pwd; umask; id; ulimit -n; ulimit -c"] | .cwd = "/tmp" |
		.user = {uid: 1000, gid: 1001, additionalGids: [7]} | .rlimits = [{type: "RLIMIT_NOFILE", soft: 99, hard: 100}]'
	must exec --process "$FILE" "$ID"
	lines "$(printf '%s\n' PATH=/bin ONLY=this HOME=/home/user SHLVL=1 PWD=/tmp /tmp 0022 'uid=1000(user) gid=1001 groups=7' 99 0)"
	process_file '.args = ["sh", "-c", "umask"] | .user = {uid: 0, gid: 0, umask: 7}'
	must exec -p "$FILE" "$ID"
	equal 0007 "$output"
	refused "leave 'sh' out" exec --process "$FILE" "$ID" sh
	exits 255
	echo '{"cwd": "/", "args": []}' >"$FILE"
	refused '/args: names no program' exec --process "$FILE" "$ID"
	refused "open '$TEST_DIR/none'" exec --process "$TEST_DIR/none" "$ID"
	exits 255
}

@test "a process file may be a pipe" {
	start_container
	process_file '.args = ["echo", "from a pipe"]'
	status=0
	output=$(cat "$FILE" | ORLOP_TEST=$MARK- "$ORLOP" --root "$STATE" exec --process /dev/fd/9 "$ID" 9<&0 </dev/null 3>&-) || status=$?
	exits 0
	equal 'from a pipe' "$output"
	mkfifo "$TEST_DIR/fifo"
	{ sleep 0.3; cat "$FILE"; } >"$TEST_DIR/fifo" 3>&- &
	must exec --process "$TEST_DIR/fifo" "$ID"
	equal 'from a pipe' "$output"
	wait
}

@test "options change the process of a file as well" {
	start_container
	process_file '.args = ["sh", "-c", "env; pwd; id"]'
	must exec --process "$FILE" --cwd /tmp --env ONLY=that --user 5:6 "$ID"
	lines "$(printf '%s\n' PATH=/bin ONLY=that HOME=/ SHLVL=1 PWD=/tmp /tmp 'uid=5 gid=6')"
}

@test "the working directory is entered, and not made" {
	start_container
	must exec --cwd /tmp "$ID" pwd
	equal /tmp "$output"
	refused '/process/cwd: .*missing: no such file or directory' exec --cwd /tmp/missing "$ID" pwd
	exits 255
	[ ! -e "/proc/$PID/root/tmp/missing" ]
	refused "'tmp' is not an absolute path" exec --cwd tmp "$ID" pwd
}

@test "users and groups are numbers" {
	local word
	start_container '.process.user = {uid: 7, gid: 8, additionalGids: [9]}'
	in_container id
	equal 'uid=7 gid=8 groups=9' "$output"
	must exec --user 0 "$ID" id
	equal 'uid=0(root) gid=8 groups=9' "$output"
	must exec -u 1:2 "$ID" id
	equal 'uid=1 gid=2 groups=9' "$output"
	must exec -u 1:2 -g 3 --additional-gids 65534 "$ID" id
	equal 'uid=1 gid=2 groups=3,9,65534' "$(sed 's/([a-z]*)//g' <<<"$output")"
	for word in 01 1: :1 1:2:3 ' 1' '1 ' +1 -1 0x1 4294967295 4294967296 root ''; do
		refused "option '--user'" exec --user="$word" "$ID" id
		exits 255
	done
	for word in x -1 1:2 4294967295; do
		refused "option '--additional-gids'" exec --additional-gids="$word" "$ID" id
	done
}

beyond_the_range() {
	start_container
	refused '/process/user/uid: 70000 is beyond the 65536 ids of the container' exec --user 70000 "$ID" id
}
@test "a user beyond the container's ids is refused in words" {
	GLOBAL=(--policy hardened)
	beyond_the_range
}

beyond_the_container() {
	start_container
	refused 'exec never has more than its container, which has not got CAP_SYS_ADMIN' exec --cap CAP_SYS_ADMIN "$ID" true
	exits 255
	process_file '.args = ["true"] | .capabilities.bounding += ["CAP_NET_RAW", "CAP_SYS_PTRACE"]'
	refused 'has not got CAP_NET_RAW CAP_SYS_PTRACE' exec --process "$FILE" "$ID"
	[[ ! $errors =~ [Pp]ermission\ denied|no\ such\ file ]]
	# What engines send for a privileged exec.
	process_file ".args = [\"true\"] | ${all_capabilities//.process./.}"
	refused 'has not got( CAP_[A-Z_]+){4} and [0-9]+ more .*for a privileged exec too' exec --process "$FILE" "$ID"
	[[ ! $errors =~ [Pp]ermission\ denied|no\ such\ file ]]
	must exec --cap CAP_KILL "$ID" grep CapEff /proc/self/status
	must delete --force "$ID"
}
@test "capabilities beyond the container's are refused under every policy" {
	each_policy beyond_the_container
}

@test "capabilities are raised within the container's, and not for files" {
	GLOBAL=(--policy oci)
	start_container '.process.capabilities |= (.effective = [] | .permitted = [])'
	in_container grep ^Cap /proc/self/status
	matches $'CapEff:\t0000000000000000' "$output"
	must exec --cap CAP_KILL -c CAP_AUDIT_WRITE "$ID" grep ^Cap /proc/self/status
	matches $'CapInh:\t0000000000000000\nCapPrm:\t0000000020000020\nCapEff:\t0000000020000020\nCapBnd:\t0000000020000420\nCapAmb:\t0000000000000000' "$output"
	refused "there is no capability 'CAP_NONE'" exec --cap CAP_NONE "$ID" true
}

@test "what the policy takes from the container it takes from a further process" {
	GLOBAL=(--policy hardened)
	start_container
	# As an engine does, which sends the container's configuration.
	process_file '.args = ["grep", "^CapBnd", "/proc/self/status"]'
	must exec --process "$FILE" "$ID"
	equal $'CapBnd:\t0000000000000420' "$output"
}

@test "no_new_privs can be added and not taken away" {
	GLOBAL=(--policy oci)
	start_container '.process.noNewPrivileges = false'
	in_container grep NoNewPrivs /proc/self/status
	equal $'NoNewPrivs:\t0' "$output"
	must exec --no-new-privs "$ID" grep NoNewPrivs /proc/self/status
	equal $'NoNewPrivs:\t1' "$output"
	start_container '.process.noNewPrivileges = true'
	process_file '.args = ["grep", "NoNewPrivs", "/proc/self/status"] | .noNewPrivileges = false'
	must exec --process "$FILE" "$ID"
	equal $'NoNewPrivs:\t1' "$output"
	must exec --no-new-privs=false "$ID" grep NoNewPrivs /proc/self/status
	equal $'NoNewPrivs:\t1' "$output"
}

@test "limits above the container's are refused" {
	start_container
	process_file '.args = ["true"] | .rlimits = [{type: "RLIMIT_NOFILE", soft: 1024, hard: 4096}]'
	refused "the hard RLIMIT_NOFILE is above the container's" exec --process "$FILE" "$ID"
	exits 255
}

@test "limits that the container does not name are those of its first process" {
	local name
	for name in hardened oci; do
		GLOBAL=(--policy "$name")
		start_container 'del(.process.rlimits) | .process.args = ["sleep", "1000"]'
		prlimit --pid "$PID" --rtprio=0:0 --nofile=500:1000
		process_file '.args = ["true"] | .rlimits = [{type: "RLIMIT_RTPRIO", soft: 0, hard: 99}]'
		refused "the hard RLIMIT_RTPRIO is above the container's \(/process/rlimits\)" exec --process "$FILE" "$ID"
		exits 255
		process_file '.args = ["true"] | .rlimits = [{type: "RLIMIT_NOFILE", soft: 1000, hard: 1001}]'
		refused "the hard RLIMIT_NOFILE is above the container's" exec --process "$FILE" "$ID"
		process_file '.args = ["sh", "-c", "ulimit -Sn; ulimit -Hn"] | .rlimits = [{type: "RLIMIT_NOFILE", soft: 999, hard: 1000}]'
		must exec --process "$FILE" "$ID"
		equal $'999\n1000' "$output"
		must delete --force "$ID"
	done
}

@test "a policy that is raised later holds for a further process, and one that is lowered does not" {
	GLOBAL=(--policy oci)
	start_container '.process.noNewPrivileges = false'
	GLOBAL=()
	in_container grep -E 'NoNewPrivs|Seccomp:|CapBnd' /proc/self/status
	equal $'CapBnd:\t0000000020000420\nNoNewPrivs:\t0\nSeccomp:\t0' "$output"
	site_policy '{"oci": {"items": {"no-new-privileges": "enforce", "seccomp-floor": "enforce"}}}'
	in_container grep -E 'NoNewPrivs|Seccomp:' /proc/self/status
	equal $'NoNewPrivs:\t1\nSeccomp:\t2' "$output"
	site_policy '{"oci": {"items": {"no-new-privileges": "deny"}}}'
	refused 'rule no-new-privileges of policy oci, /etc/orlop/policy.json:1: ' exec "$ID" true
	exits 255
	site_policy '{"allow": ["hardened"]}'
	refused "policy 'oci' is not among those" exec "$ID" true
	rm /etc/orlop/policy.json

	GLOBAL=(--policy hardened)
	start_container '.process.noNewPrivileges = false'
	in_container grep -E 'NoNewPrivs|Seccomp|CapBnd' /proc/self/status
	before=$output
	matches $'NoNewPrivs:\t1\nSeccomp:\t2' "$before"
	site_policy '{"hardened": {"items": {"no-new-privileges": "off", "seccomp-floor": "off", "capabilities": "off", "seccomp-profile": "off", "landlock": "off"}}}'
	in_container grep -E 'NoNewPrivs|Seccomp|CapBnd' /proc/self/status
	equal "$before" "$output"
	GLOBAL=(--policy oci)
	rm /etc/orlop/policy.json
	in_container grep -E 'NoNewPrivs|Seccomp|CapBnd' /proc/self/status
	equal "$before" "$output"
}

@test "the site file that made the container still holds when it is gone" {
	GLOBAL=(--policy oci)
	site_policy '{"oci": {"items": {"no-new-privileges": "enforce"}}}'
	start_container '.process.noNewPrivileges = false'
	rm /etc/orlop/policy.json
	in_container grep NoNewPrivs /proc/self/status
	equal $'NoNewPrivs:\t1' "$output"
}

@test "the bundle is not needed any more" {
	start_container
	mv "$BUNDLE" "$TEST_DIR/gone"
	in_container echo still
	equal still "$output"
}

@test "a container of an earlier version, which kept no configuration, is not entered" {
	start_container
	rm "$STATE/$ID/config.json"
	refused 'an earlier version of orlop made it' exec "$ID" true
	exits 255
}

@test "in the foreground a terminal is relayed" {
	start_container
	must exec --tty "$ID" sh -c 'tty; test -t 0 && test -t 1 && test -t 2 && echo all; ls -l /proc/self/fd/0 | sed "s/.*-> //"'
	equal $'/dev/pts/0\nall\n/dev/pts/0' "$output"
	! grep -q $'\r' "$OUT" || return 1
	status=0
	output=$(echo typed | ORLOP_TEST=$MARK- "$ORLOP" --root "$STATE" exec -t "$ID" sh -c 'stty -echo; read -r line; echo "got $line"; exit 9' 2>&1 3>&-) || status=$?
	exits 9
	matches 'got typed' "$output"
}

terminal_of_the_user() {
	start_container
	must exec -t --user 1000:1000 "$ID" sh -c 'stat -c %u $(tty); echo x >$(tty)'
	equal $'1000\nx' "$output"
	must delete --force "$ID"
}
@test "the terminal belongs to the user, in a user namespace as well" {
	each_policy terminal_of_the_user
}

@test "an engine gets the terminal by a process file and a socket" {
	local SOCKET=$TEST_DIR/tty.sock
	require_helper recvtty
	start_container
	mkfifo "$TEST_DIR/keys"
	"$ORLOP_HELPERS/recvtty" "$SOCKET" "$TEST_DIR/tty" <>"$TEST_DIR/keys" >"$TEST_DIR/receiver" 2>&1 3>&- &
	wait_for 10 test -S "$SOCKET"
	process_file '.terminal = true | .consoleSize = {height: 33, width: 111} | .user = {uid: 1000, gid: 1000} |
		.args = ["sh", "-c", "tty; trap \"echo interrupted; exit 3\" INT; echo ready; while :; do sleep 0.05; done"]'
	must exec --detach --process "$FILE" --console-socket "$SOCKET" --pid-file "$TEST_DIR/exec.pid" "$ID"
	wait_for 20 grep -q ready "$TEST_DIR/tty"
	matches '^/dev/pts/[0-9]+ [0-9]+ 1 33x111$' "$(<"$TEST_DIR/tty.message")" "name, bytes, descriptors, size"
	EXEC=$(<"$TEST_DIR/exec.pid")
	equal "0 1 2" "$(ls "/proc/$EXEC/fd" | tr '\n' ' ' | sed 's/ $//')" descriptors
	printf '\003' >"$TEST_DIR/keys"
	wait_for 20 grep -q interrupted "$TEST_DIR/tty"
	wait
}

@test "a terminal needs somebody to hold it, and a devpts to come from" {
	start_container
	refused 'nobody would hold the terminal' exec --tty --detach "$ID" true
	refused 'there is no terminal to send' exec --detach --console-socket "$TEST_DIR/none" "$ID" true
	GLOBAL=(--policy oci)
	start_container '.mounts |= map(select(.type != "devpts"))'
	refused 'devpts|/dev/pts' exec --tty "$ID" true
	exits 255
}

@test "standard input is the program's" {
	start_container
	status=0
	output=$(printf 'one\ntwo\n' | ORLOP_TEST=$MARK- "$ORLOP" --root "$STATE" exec "$ID" sh -c 'read -r a; cat; echo "$a" >&2' 2>"$TEST_DIR/err" 3>&-) || status=$?
	exits 0
	equal two "$output"
	equal one "$(<"$TEST_DIR/err")"
}

@test "in a user namespace a pipe as output can be opened again" {
	local user
	GLOBAL=(--policy hardened)
	start_container
	for user in 0:0 1000:1000; do
		output=$(ORLOP_TEST=$MARK- "$ORLOP" --root "$STATE" exec --user "$user" "$ID" sh -c 'echo out >/dev/stdout; echo err >/dev/stderr' 2>&1 3>&- | cat)
		equal $'out\nerr' "$output" "$user"
	done
}

@test "the caller's terminal is the process's while it runs, and the caller's again" {
	require_program script
	local user program after
	GLOBAL=(--policy hardened)
	start_container
	printf '%s\n' '#!/bin/sh' 'before=$(stat -L -c %u /proc/self/fd/0)' \
		'"$ORLOP" --root "$STATE" exec --user "$OWNER" "$ID" "$PROGRAM" -L -c "inside %u" /proc/self/fd/0' \
		'echo "status $? owner $before $(stat -L -c %u /proc/self/fd/0)"' >"$TEST_DIR/session"
	chmod 755 "$TEST_DIR/session"
	# It runs, and it does not come to that.
	for user in 0 1000; do
		for program in stat /missing; do
			[ "$program" = stat ] && after="inside $user.*status 0 owner 0 0" || after='status 255 owner 0 0'
			ORLOP_TEST=$MARK- OWNER=$user:$user PROGRAM=$program STATE=$STATE ID=$ID ORLOP=$ORLOP \
				script -qec "$TEST_DIR/session" /dev/null </dev/null >"$TEST_DIR/typescript" 3>&-
			matches "$after" "$(<"$TEST_DIR/typescript")" "$program as $user"
		done
	done
}

@test "signals go to the program in the foreground" {
	start_container
	ORLOP_TEST=$MARK- "$ORLOP" --root "$STATE" exec "$ID" sh -c 'trap "echo got; exit 5" USR1; echo ready; while :; do sleep 0.05; done' >"$TEST_DIR/out" 2>&1 3>&- &
	wait_for 20 grep -q ready "$TEST_DIR/out"
	kill -USR1 $!
	status=0
	wait $! || status=$?
	exits 5
	matches got "$(<"$TEST_DIR/out")"
}

@test "a detached process goes on, and its pid is in the file" {
	start_container
	cd "$TEST_DIR"
	must exec --detach --pid-file relative.pid "$ID" sh -c 'sleep 1000'
	EXEC=$(<relative.pid)
	matches '^[0-9]+$' "$EXEC"
	equal "${#EXEC}" "$(stat -c %s relative.pid)" "size of the pid file"
	matches '^(sh|sleep)$' "$(<"/proc/$EXEC/comm")"
	equal 2 "$(proc_status "$EXEC" NSpid | wc -w)" "pid namespaces"
	refused . exec --pid-file missing/pid --detach "$ID" sleep 1000
	exits 255
	wait_for 10 test "$(grep -c . "$(cgroup_of "$PID")/cgroup.procs")" -eq 3
	rm relative.pid
	runtime exec --detach --pid-file relative.pid "$ID" missing
	[ ! -e relative.pid ]
}

@test "descriptors are handed on where it is asked for, and only there" {
	start_container
	echo three >"$TEST_DIR/three"
	output=$(ORLOP_TEST=$MARK- "$ORLOP" --root "$STATE" exec --preserve-fds 2 "$ID" sh -c 'read -r x <&3; echo "$x"; ls /proc/self/fd' 3<"$TEST_DIR/three" 4>&- 7<"$TEST_DIR/three")
	equal $'three\n0\n1\n2\n3\n4' "$output" # 4: the directory that ls reads
	output=$(ORLOP_TEST=$MARK- "$ORLOP" --root "$STATE" exec "$ID" ls /proc/self/fd 3<"$TEST_DIR/three" 7<"$TEST_DIR/three")
	equal $'0\n1\n2\n3' "$output"
}

# activated ARGUMENT...: exec with the variables of socket activation for it, and 3 and 4 open. Ends the shell.
activated() {
	ORLOP_TEST=$MARK- LISTEN_FDS=$LISTEN LISTEN_PID=$BASHPID exec "$ORLOP" --root "$STATE" exec "$@" \
		3<"$TEST_DIR/three" 4<"$TEST_DIR/four"
}

@test "descriptors of socket activation are the first process's, and no further one's" {
	local LISTEN=2
	echo three >"$TEST_DIR/three"
	echo four >"$TEST_DIR/four"
	GLOBAL=(--policy oci)
	start_container
	output=$(activated "$ID" sh -c 'ls /proc/self/fd; env | grep -c ^LISTEN_ || :')
	equal $'0\n1\n2\n3\n0' "$output" # 3: the directory that ls reads
	# Those to be preserved count from 3 on, whatever the variables say.
	output=$(activated --preserve-fds 1 "$ID" sh -c 'cat <&3; [ -e /proc/self/fd/4 ] || echo none')
	equal $'three\nnone' "$output"
	# Nor does the call hold them, which stays as long as the program.
	activated "$ID" sh -c 'echo ready; exec sleep 1000' >"$TEST_DIR/out" 2>&1 &
	wait_for 20 grep -q ready "$TEST_DIR/out"
	equal 0 "$(ls -l "/proc/$!/fd" | grep -c -e /three -e /four || :)" "descriptors held"
	kill "$!"
	wait "$!" || :
	# The number is not looked at.
	LISTEN=x
	(activated "$ID" true)
}

# pidfd_receiver: listens at SOCKET for --pidfd-socket.
pidfd_receiver() {
	require_helper recvtty
	SOCKET=$TEST_DIR/pidfd.sock
	rm -f "$SOCKET" "$TEST_DIR/pidfd.message"
	"$ORLOP_HELPERS/recvtty" "$SOCKET" "$TEST_DIR/pidfd" </dev/null >"$TEST_DIR/receiver" 2>&1 3>&- &
	wait_for 10 test -S "$SOCKET"
}

@test "a pidfd is sent of create, run and exec" {
	bundle
	pidfd_receiver
	must create --pidfd-socket "$SOCKET" --pid-file "$TEST_DIR/pid" --bundle "$BUNDLE" "$ID"
	wait_for 10 test -s "$TEST_DIR/pidfd.message"
	equal "pidfd 5 1 $(<"$TEST_DIR/pid")" "$(<"$TEST_DIR/pidfd.message")"
	must delete --force "$ID"
	bundle
	pidfd_receiver
	must run --detach --pidfd-socket "$SOCKET" --pid-file "$TEST_DIR/pid" --bundle "$BUNDLE" "$ID"
	wait_for 10 test -s "$TEST_DIR/pidfd.message"
	equal "pidfd 5 1 $(<"$TEST_DIR/pid")" "$(<"$TEST_DIR/pidfd.message")"
	pidfd_receiver
	exec_detached --pidfd-socket "$SOCKET" "$ID" sleep 1000
	wait_for 10 test -s "$TEST_DIR/pidfd.message"
	equal "pidfd 5 1 $EXEC" "$(<"$TEST_DIR/pidfd.message")"
	rm "$SOCKET"
	refused 'pidfd-socket: connect' exec --detach --pidfd-socket "$TEST_DIR/none" "$ID" sleep 1000
	exits 255
	must delete --force "$ID"
	bundle
	refused 'pidfd-socket: connect' create --pidfd-socket "$TEST_DIR/none" --bundle "$BUNDLE" "$ID"
	[ ! -e "$STATE/$ID" ]
}

@test "a cgroup that takes no process is not the end: init's is taken" {
	local cgroup controller
	start_container
	cgroup=$(cgroup_of "$PID")
	controller=$(sed 's/ .*//' "$cgroup/cgroup.controllers")
	[ -n "$controller" ] || skip "needs a cgroup v2 controller"
	mkdir "$cgroup/init" "$cgroup/sub"
	for pid in $(<"$cgroup/cgroup.procs"); do
		echo "$pid" >"$cgroup/init/cgroup.procs"
	done
	echo "+$controller" >"$cgroup/cgroup.subtree_control"
	exec_detached "$ID" sleep 1000
	equal "$cgroup/init" "$(cgroup_of "$EXEC")" "cgroup of the process"
	exec_detached --cgroup sub "$ID" sleep 1000
	equal "$cgroup/sub" "$(cgroup_of "$EXEC")" "cgroup that was asked for"
	exec_detached --cgroup /sub/ "$ID" sleep 1000
	equal "$cgroup/sub" "$(cgroup_of "$EXEC")" "the same with slashes"
	# What is asked for is not replaced by something else.
	refused '--cgroup: ' exec --cgroup / "$ID" true
	exits 255
	refused '--cgroup: .*missing' exec --cgroup missing "$ID" true
}

@test "a cgroup outside the container's is refused" {
	local path outside
	start_container
	exec_detached --cgroup / "$ID" sleep 1000
	equal "$(cgroup_of "$PID")" "$(cgroup_of "$EXEC")"
	outside=$(cgroup_of "$PID")b
	mkdir "$outside"
	for path in .. /.. "../$ID" "../${ID}b" a/../.. "../${outside##*/}"; do
		refused 'bad sub cgroup path' exec --cgroup "$path" "$ID" true || break
		exits 255 || break
	done
	rmdir "$outside"
	[ "$status" -eq 255 ] && [[ $errors == *'bad sub cgroup path'* ]]
}

@test "a paused container takes no process, or only when it goes on" {
	local cgroup
	start_container
	cgroup=$(cgroup_of "$PID")
	echo 1 >"$cgroup/cgroup.freeze"
	wait_for_status "$ID" paused
	refused 'cannot exec in a paused container' exec "$ID" true
	exits 255
	ORLOP_TEST=$MARK- "$ORLOP" --root "$STATE" exec --ignore-paused "$ID" echo woken >"$TEST_DIR/out" 2>&1 3>&- &
	wait_for 10 test "$(wc -l <"$cgroup/cgroup.procs")" -eq 3 || :
	[ ! -s "$TEST_DIR/out" ]
	# Meanwhile other commands are not kept out.
	must state "$ID"
	echo 0 >"$cgroup/cgroup.freeze"
	wait
	equal woken "$(<"$TEST_DIR/out")"
}

@test "a container that waits for start takes a process, a stopped or unknown one does not" {
	create_container
	in_container echo here
	equal here "$output"
	must start "$ID"
	must kill "$ID" KILL
	wait_for_status "$ID" stopped
	refused 'cannot exec in a stopped container: container not running' exec "$ID" true
	exits 255
	refused 'does not exist' exec "$MARK-none" true
	exits 255
}

@test "the session keyring is of the process's own" {
	local serials
	with_probe
	GLOBAL=(--policy oci)
	start_container
	in_container probe keyring
	serials=$output
	in_container probe keyring
	[ "$serials" != "$output" ] || { echo "both have keyring $output"; return 1; }
}

@test "processors are bound before and in the cgroup" {
	[ "$(nproc)" -ge 2 ] || skip "needs two processors"
	local all
	start_container '.process.execCPUAffinity = {initial: "0", final: "1"}'
	in_container grep Cpus_allowed_list /proc/self/status
	equal $'Cpus_allowed_list:\t1' "$output"
	process_file '.args = ["grep", "Cpus_allowed_list", "/proc/self/status"] | .execCPUAffinity = {final: "0"}'
	must exec --process "$FILE" "$ID"
	equal $'Cpus_allowed_list:\t0' "$output"
	# Without "final" the process may run wherever its cgroup may.
	all=$(proc_status 1 Cpus_allowed_list)
	process_file '.args = ["grep", "Cpus_allowed_list", "/proc/self/status"] | .execCPUAffinity = {initial: "0"}'
	must exec --process "$FILE" "$ID"
	equal "Cpus_allowed_list:"$'\t'"$all" "$output"
	process_file '.args = ["true"] | .execCPUAffinity = {final: "8000"}'
	refused '/process/execCPUAffinity/final: ' exec --process "$FILE" "$ID"
	exits 255
}

@test "many processes at once" {
	local i
	start_container
	for i in 1 2 3 4 5 6 7 8 9 10; do
		ORLOP_TEST=$MARK- "$ORLOP" --root "$STATE" exec "$ID" echo "$i" >"$TEST_DIR/out.n$i" 2>&1 3>&- &
	done
	wait
	equal "$(seq 1 10)" "$(cat "$TEST_DIR"/out.n* | sort -n)"
	equal 2 "$(wc -l <"$(cgroup_of "$PID")/cgroup.procs")" "processes that are left"
}

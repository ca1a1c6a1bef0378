# SPDX-License-Identifier: Apache-2.0
# Copyright the orlop authors
#
# The process under policy oci: ids, environment, limits, capabilities, descriptors.

load ../lib/orlop
load support

setup() {
	orlop_setup
	GLOBAL=(--policy oci)
}

environment_of() { tr '\0' '\n' <"/proc/$1/environ"; }

@test "user, groups, umask and directory are as configured" {
	start_container '.process.user = {uid: 1000, gid: 1000, additionalGids: [5, 2000, 5], umask: 23} | .process.cwd = "/home/user"'
	equal $'1000\t1000\t1000\t1000' "$(proc_status "$PID" Uid)" Uid
	equal $'1000\t1000\t1000\t1000' "$(proc_status "$PID" Gid)" Gid
	matches '^5 (5 )?2000 ?$' "$(proc_status "$PID" Groups)" Groups
	equal 0027 "$(proc_status "$PID" Umask)" Umask
	equal /home/user "$(readlink "/proc/$PID/cwd")" cwd
	# HOME comes from the image's passwd file.
	equal HOME=/home/user "$(environment_of "$PID" | grep '^HOME=')"
	equal 0000000000000000 "$(proc_status "$PID" CapEff)" CapEff
}

@test "what is left out is usual: root, no groups, umask 022, HOME" {
	export ORLOP_LEAKED=1
	start_container '.process.user = {uid: 0, gid: 0}'
	equal $'0\t0\t0\t0' "$(proc_status "$PID" Uid)" Uid
	equal '' "$(proc_status "$PID" Groups | tr -d ' ')" Groups
	equal 0022 "$(proc_status "$PID" Umask)" Umask
	equal "HOME=/root ORLOP_TEST=$ID PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin TERM=xterm" \
		"$(environment_of "$PID" | sort | tr '\n' ' ' | sed 's/ $//')" environment
}

@test "of duplicate variables the last wins, once, and an empty HOME is filled" {
	start_container '.process.env += ["A=1", "B=2", "A=3", "HOME=", "EMPTY="]'
	equal $'A=3\nB=2\nEMPTY=\nHOME=/root' "$(environment_of "$PID" | grep -E '^(A|B|HOME|EMPTY)=' | sort)"
	start_container '.process.env += ["HOME=/a", "HOME=/b"] | .process.user = {uid: 4711, gid: 4711}'
	equal HOME=/b "$(environment_of "$PID" | grep '^HOME=')"
	start_container '.process.user = {uid: 4711, gid: 4711}'
	equal HOME=/ "$(environment_of "$PID" | grep '^HOME=')" "of a user without an entry"
	bundle '.process.env += ["NO_VALUE"]'
	refused /process/env create --bundle "$BUNDLE" "$ID"
}

@test "the arguments are as configured, empty and odd ones too" {
	start_container '.process.args = ["sleep", "1000", "0", "0.0"]'
	equal 'sleep 1000 0 0.0 ' "$(tr '\0' ' ' <"/proc/$PID/cmdline")"
	start_container '.process.args = ["sh", "-c", "sleep 1000; :", "", "a b", "$HOME", "ü\nx", "-"]'
	equal "$(printf '%s\0' sh -c 'sleep 1000; :' '' 'a b' '$HOME' $'ü\nx' - | od -c)" "$(od -c "/proc/$PID/cmdline")"
	refused_each /process/args '.process.args = []' /process/args 'del(.process.args)' /process/args '.process.args = [""]'
}

@test "the directory may be missing or a link, and is inside the container" {
	copied_rootfs
	ln -s /../../../etc "$ROOTFS/link"
	start_container '.root.readonly = false | .process.cwd = "/made/here"'
	equal /made/here "$(readlink "/proc/$PID/cwd")"
	start_container '.process.cwd = "/link"'
	equal /etc "$(readlink "/proc/$PID/cwd")"
	equal "$(stat -c %i "$ROOTFS/etc")" "$(stat -L -c %i "/proc/$PID/cwd")" "inode of the directory"
	bundle '.process.cwd = "relative"'
	refused /process/cwd create --bundle "$BUNDLE" "$ID"
}

@test "limits of the process are set" {
	start_container '.process.rlimits = [{type: "RLIMIT_NOFILE", soft: 100, hard: 200}, {type: "RLIMIT_CORE", soft: 0, hard: 4096},
		{type: "RLIMIT_STACK", soft: 1048576, hard: 8388608}, {type: "RLIMIT_CPU", soft: 4242, hard: 4343}] | .process.oomScoreAdj = 321'
	matches '^Max open files +100 +200 ' "$(grep '^Max open files' "/proc/$PID/limits")"
	matches '^Max core file size +0 +4096 ' "$(grep '^Max core' "/proc/$PID/limits")"
	matches '^Max stack size +1048576 +8388608 ' "$(grep '^Max stack' "/proc/$PID/limits")"
	matches '^Max cpu time +4242 +4343 ' "$(grep '^Max cpu' "/proc/$PID/limits")"
	equal 321 "$(<"/proc/$PID/oom_score_adj")" oom_score_adj
	# The largest number stands for no limit; jq would round it.
	bundle '.process.rlimits = [{type: "RLIMIT_CPU", soft: "@", hard: "@"}] | .process.args = ["cat", "/proc/self/limits"]'
	sed -i 's/"@"/18446744073709551615/' "$BUNDLE/config.json"
	must run --bundle "$BUNDLE" "$ID"
	matches $'\nMax cpu time +unlimited +unlimited ' "$output"
	refused_each /process/rlimits/0 '.process.rlimits = [{type: "RLIMIT_PLANETS", soft: 1, hard: 1}]' \
		/process/rlimits/0 '.process.rlimits = [{type: "RLIMIT_CORE", soft: 2, hard: 1}]'
}

# open_files PID: its limit of open files, as it is now and at most.
open_files() { awk '/^Max open files/ { print $4, $5 }' "/proc/$1/limits"; }

# with_few SOFT HARD: create, start and exec where that is all that a process may open.
with_few() {
	local limits="soft: $1, hard: $2"
	create_container ".process.rlimits = [{type: \"RLIMIT_NOFILE\", $limits}] | .process.args = [\"sleep\", \"1000\"]"
	must start "$ID"
	wait_for_status "$ID" running
	equal "$1 $2" "$(open_files "$PID")" "limit of open files"
	must exec --detach --pid-file "$TEST_DIR/exec.pid" "$ID" sleep 1000
	equal "$1 $2" "$(open_files "$(<"$TEST_DIR/exec.pid")")" "limit of open files, for exec"
	must delete --force "$ID"
}

@test "the limit of open files may be none, and binds the program alone" {
	with_few 0 0
	with_few 1 2
	# A hard limit that is raised comes early, and the other with the program.
	if ((0x$(proc_status self CapEff) >> 24 & 1)); then # CAP_SYS_RESOURCE
		ulimit -Hn 5000
		with_few 1 6000
	fi
	# As with any other.
	bundle '.process.rlimits = [{type: "RLIMIT_NOFILE", soft: 4, hard: 4}] | .process.args = ["sh", "-c", "exec 3</; exec 4</"]'
	runtime run --bundle "$BUNDLE" "$ID"
	[ "$status" -ne 0 ]
	matches 'too many open files|[Bb]ad file descriptor|Too many open files' "$errors"
}

no_capabilities='0000000000000000 0000000000000000 0000000000000000 0000000000000000 0000000000000000'

capability_sets() { for set in CapBnd CapPrm CapEff CapInh CapAmb; do proc_status "$1" "$set"; done | tr '\n' ' ' | sed 's/ $//'; }

@test "the five capability sets are as configured" {
	# CHOWN is bit 0, KILL 5, NET_BIND_SERVICE 10, SYS_CHROOT 18.
	start_container '.process.capabilities = {bounding: ["CAP_CHOWN", "CAP_KILL", "CAP_NET_BIND_SERVICE"],
		permitted: ["CAP_CHOWN", "CAP_KILL", "CAP_NET_BIND_SERVICE"], effective: ["CAP_CHOWN"],
		inheritable: ["CAP_KILL", "CAP_NET_BIND_SERVICE"], ambient: ["CAP_NET_BIND_SERVICE"]} |
		.process.user = {uid: 1000, gid: 1000}'
	equal 0000000000000421 "$(proc_status "$PID" CapBnd)" CapBnd
	equal 0000000000000420 "$(proc_status "$PID" CapInh)" CapInh
	equal 0000000000000400 "$(proc_status "$PID" CapAmb)" CapAmb
	# At exec a user who is not root keeps what is ambient.
	equal 0000000000000400 "$(proc_status "$PID" CapPrm)" CapPrm
	equal 0000000000000400 "$(proc_status "$PID" CapEff)" CapEff

	start_container '.process.capabilities = {bounding: ["CAP_CHOWN", "CAP_SYS_CHROOT"],
		permitted: ["CAP_CHOWN", "CAP_SYS_CHROOT"], effective: ["CAP_CHOWN", "CAP_SYS_CHROOT"]}'
	equal '0000000000040001 0000000000040001 0000000000040001 0000000000000000 0000000000000000' \
		"$(capability_sets "$PID")"
}

@test "without capabilities in the configuration there are none, under any policy" {
	local policy
	for policy in oci baseline hardened; do
		GLOBAL=(--policy "$policy")
		start_container 'del(.process.capabilities)'
		equal "$no_capabilities" "$(capability_sets "$PID")" "$policy"
	done
	start_container '.process.capabilities = {}'
	equal "$no_capabilities" "$(capability_sets "$PID")" "an empty object"
}

@test "a capability that does not exist is passed over, and its place is in the log" {
	GLOBAL+=(--log "$TEST_DIR/log")
	start_container '(.process.capabilities[]) += ["CAP_FLYING"]'
	equal 0000000020000420 "$(proc_status "$PID" CapEff)" CapEff
	matches 'level=warning msg="passed over: /process/capabilities/bounding/3: CAP_FLYING: ' "$(<"$TEST_DIR/log")"
}

@test "a capability that the caller has not got is left out, with a warning" {
	bundle "$all_capabilities"
	ORLOP_TEST=$MARK- setpriv --bounding-set=-sys_time,-syslog "$ORLOP" --root "$STATE" --policy oci create \
		--pid-file "$BUNDLE/pid" --bundle "$BUNDLE" "$ID" >"$TEST_DIR/out" 2>"$TEST_DIR/err" 3>&-
	matches 'warning: asked for and not granted, since orlop has not got them: .*CAP_SYS_TIME.* CAP_SYSLOG' "$(<"$TEST_DIR/err")"
	equal 0 "$((0x$(proc_status "$(<"$BUNDLE/pid")" CapPrm) & (1 << 25 | 1 << 34)))"
}

@test "an ambient capability that cannot be raised is left out, with a warning" {
	# CHOWN is bit 0, KILL 5.
	GLOBAL+=(--log "$TEST_DIR/log")
	start_container '.process.capabilities = (["CAP_CHOWN", "CAP_KILL"] | {bounding: ., permitted: ., effective: .,
		inheritable: ["CAP_KILL"], ambient: .}) | .process.user = {uid: 1000, gid: 1000}'
	equal '0000000000000021 0000000000000020 0000000000000020 0000000000000020 0000000000000020' "$(capability_sets "$PID")"
	matches "can't raise ambient capability CAP_CHOWN: " "$(<"$TEST_DIR/log")"
	[[ $(<"$TEST_DIR/log") != *CAP_KILL* ]]
}

@test "no_new_privs is as configured, with a filter and without" {
	local filter='.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["ustat"], action: "SCMP_ACT_ERRNO"}]}'
	start_container
	equal '1 0' "$(proc_status "$PID" NoNewPrivs) $(proc_status "$PID" Seccomp)"
	start_container '.process.noNewPrivileges = false'
	equal 0 "$(proc_status "$PID" NoNewPrivs)"
	start_container 'del(.process.noNewPrivileges)'
	equal 0 "$(proc_status "$PID" NoNewPrivs)"
	# The filter needs CAP_SYS_ADMIN then; nothing of it is left.
	start_container "$filter | .process.noNewPrivileges = false"
	equal '0 2' "$(proc_status "$PID" NoNewPrivs) $(proc_status "$PID" Seccomp)"
	equal 0000000020000420 "$(proc_status "$PID" CapEff)" CapEff
	equal 0000000020000420 "$(proc_status "$PID" CapPrm)" CapPrm
	start_container "$filter | .process.noNewPrivileges = false | .process.user.uid = 1000"
	equal '0 2 0000000000000000' "$(proc_status "$PID" NoNewPrivs) $(proc_status "$PID" Seccomp) $(proc_status "$PID" CapPrm)"
}

# Podman takes securityfs out of sight of the runtime where a container has a user namespace.
@test "AppArmor confines a container where securityfs is not in sight" {
	require_apparmor
	cat >"$TEST_DIR/without-securityfs" <<-END
		#!/bin/sh
		exec unshare --mount --propagation private sh -c 'umount /sys/kernel/security && exec "\$@"' - "$ORLOP" "\$@"
	END
	chmod 755 "$TEST_DIR/without-securityfs"
	ORLOP=$TEST_DIR/without-securityfs
	start_container '.process.apparmorProfile = "orlop-default"'
	equal 'orlop-default (enforce)' "$(label_of "$PID")"
	must delete --force "$ID"
	bundle '.process.apparmorProfile = "no-such-profile"'
	refused "AppArmor profile 'no-such-profile' is not loaded" create --bundle "$BUNDLE" "$ID"
	GLOBAL=(--policy baseline)
	start_container '.'
	equal 'orlop-default (enforce)' "$(label_of "$PID")"
	must delete --force "$ID"
	bundle '.process.apparmorProfile = "unconfined"'
	refused 'rule apparmor of policy baseline' create --bundle "$BUNDLE" "$ID"
}

@test "the AppArmor profile is as configured, and one that cannot be had is refused" {
	if have_apparmor; then
		start_container '.process.apparmorProfile = "orlop-default"'
		equal 'orlop-default (enforce)' "$(label_of "$PID")"
		start_container
		equal unconfined "$(label_of "$PID")" "without one"
		bundle '.process.apparmorProfile = "no-such-profile"'
		refused 'no-such-profile' create --bundle "$BUNDLE" "$ID"
	else
		bundle '.process.apparmorProfile = "docker-default"'
		refused "/process/apparmorProfile: this kernel has no AppArmor, so profile 'docker-default' cannot be applied" \
			create --bundle "$BUNDLE" "$ID"
	fi
	[ ! -e "$STATE/$ID" ] && [ ! -e "/sys/fs/cgroup/$ID" ]
}

# In the caller's session keyring: what the container has, to be compared with it.
keyring_of() {
	bundle '.process.args = ["probe", "keyring"]'
	status=0
	output=$(ORLOP_TEST=$MARK- "$ORLOP_HELPERS/probe" session "$TEST_DIR/serial" "$ORLOP" --root "$STATE" --policy oci \
		run "$@" --bundle "$BUNDLE" "$ID" 2>"$TEST_DIR/keyring.err") || status=$?
	errors=$(<"$TEST_DIR/keyring.err")
	exits 0
}

@test "the session keyring is new, unless it is to be kept" {
	with_probe
	keyring_of
	matches '^keyring [0-9]+$' "$output"
	[ "$output" != "$(<"$TEST_DIR/serial")" ]
	keyring_of --no-new-keyring
	equal "$(<"$TEST_DIR/serial")" "$output"
}

# descriptors PID: its open ones.
descriptors() { ls "/proc/$1/fd" | sort -n | tr '\n' ' ' | sed 's/ $//'; }

# run_with_fds ARGUMENT...: a detached container whose caller has 3, 4 and 6 open, 5 not.
run_with_fds() {
	bundle '.process.args = ["sleep", "1000"]'
	ORLOP_TEST=$MARK- "$ORLOP" --root "$STATE" --policy oci run --detach "$@" --pid-file "$BUNDLE/pid" --bundle "$BUNDLE" "$ID" \
		>"$TEST_DIR/out" 2>"$TEST_DIR/err" 3<"$TEST_DIR/three" 4<"$TEST_DIR/four" 5>&- 6<"$TEST_DIR/three" || {
		cat "$TEST_DIR/err"
		return 1
	}
	PID=$(<"$BUNDLE/pid")
}

@test "only the descriptors asked for reach the process" {
	echo three >"$TEST_DIR/three"
	echo four >"$TEST_DIR/four"
	run_with_fds
	equal '0 1 2' "$(descriptors "$PID")"
	run_with_fds --preserve-fds 2
	equal '0 1 2 3 4' "$(descriptors "$PID")"
	equal three "$(cat "/proc/$PID/fd/3")"
	# One that is closed stays closed.
	run_with_fds --preserve-fds 4
	equal '0 1 2 3 4 6' "$(descriptors "$PID")"
}

# activated COUNT PID|self ARGUMENT...: as run_with_fds, with the variables of socket activation.
activated() {
	local count=$1 of=$2
	shift 2
	bundle '.process.args = ["sleep", "1000"] | .process.env += ["LISTEN_FDS=9", "LISTEN_PID=9"]'
	(
		[ "$of" != self ] || of=$BASHPID
		ORLOP_TEST=$MARK- LISTEN_FDS=$count LISTEN_PID=$of exec "$ORLOP" --root "$STATE" --policy "$POLICY" "$@" \
			--pid-file "$BUNDLE/pid" --bundle "$BUNDLE" "$ID" \
			>"$TEST_DIR/out" 2>"$TEST_DIR/err" 3<"$TEST_DIR/three" 4<"$TEST_DIR/four" 5<"$TEST_DIR/three" 6<"$TEST_DIR/four"
	) || {
		cat "$TEST_DIR/err"
		return 1
	}
	PID=$(<"$BUNDLE/pid")
}
listen_variables() { tr '\0' '\n' <"/proc/$1/environ" | grep '^LISTEN_' | sort | xargs; }

@test "descriptors of socket activation reach the process, in front of those to be preserved" {
	local POLICY
	echo three >"$TEST_DIR/three"
	echo four >"$TEST_DIR/four"
	# The second begins again as a sealed copy.
	for POLICY in hardened oci; do
		activated 2 self run --detach --preserve-fds 1
		equal '0 1 2 3 4 5' "$(descriptors "$PID")" "under $POLICY"
		equal 'three four three' "$(cat "/proc/$PID/fd/3" "/proc/$PID/fd/4" "/proc/$PID/fd/5" | xargs)"
		equal 'LISTEN_FDS=2 LISTEN_PID=1' "$(listen_variables "$PID")"
	done
	activated 1 self create
	must start "$ID"
	equal '0 1 2 3' "$(descriptors "$PID")"
	equal 'LISTEN_FDS=1 LISTEN_PID=1' "$(listen_variables "$PID")"
}

@test "descriptors of another process's socket activation stay behind" {
	local POLICY=oci
	echo three >"$TEST_DIR/three"
	echo four >"$TEST_DIR/four"
	activated 2 1 run --detach
	equal '0 1 2' "$(descriptors "$PID")"
	equal 'LISTEN_FDS=9 LISTEN_PID=9' "$(listen_variables "$PID")"
	activated x 1 run --detach
	equal '0 1 2' "$(descriptors "$PID")"
	status=0
	activated x self run --detach || status=$?
	exits 1
	equal "orlop: LISTEN_FDS: 'x' is no number up to 65536" "$(<"$TEST_DIR/err")"
}

@test "a container that waits for start holds nothing of the host" {
	create_container
	local link
	for link in "/proc/$PID/fd"/*; do
		case ${link##*/}:$(readlink "$link") in
		[012]:*) ;;
		*:socket:*) ;;
		*)
			echo "$link is $(readlink "$link")"
			return 1
			;;
		esac
	done
	equal / "$(readlink "/proc/$PID/root")"
	equal 1 "$(proc_status "$PID" NoNewPrivs)" "privileges are dropped already"
	must start "$ID"
	wait_for_status "$ID" running
	equal '0 1 2' "$(descriptors "$PID")"
}

@test "run passes signals on" {
	local runner signal
	bundle '.process.args = ["sh", "-c", "trap \"echo got-USR1\" USR1; trap \"echo got-HUP\" HUP; trap \"echo got-ABRT\" ABRT; trap \"echo got-TERM; exit 42\" TERM; echo ready; while :; do sleep 0.05; done"]'
	ORLOP_TEST=$MARK- "$ORLOP" --root "$STATE" --policy oci run --bundle "$BUNDLE" "$ID" >"$TEST_DIR/out" 2>&1 3>&- &
	runner=$!
	wait_for 20 grep -q ready "$TEST_DIR/out"
	# A service manager's watchdog sends ABRT.
	for signal in USR1 HUP ABRT; do
		kill -s "$signal" "$runner"
		wait_for 20 grep -q "got-$signal" "$TEST_DIR/out"
	done
	kill -s TERM "$runner"
	status=0
	wait "$runner" || status=$?
	exits 42
}

@test "a signal that comes just after the start is passed on too" {
	local runner
	require_program strace
	bundle '.process.args = ["sh", "-c", "trap \"echo got-USR1; exit 43\" USR1; echo ready; while :; do sleep 0.05; done"]'
	# The last thing run does before it waits is to hear that the program was executed: hold it there.
	ORLOP_TEST=$MARK- strace -o "$TEST_DIR/trace" -e trace=recvmsg -e inject=recvmsg:delay_exit=500000 \
		"$ORLOP" --root "$STATE" --policy oci run --bundle "$BUNDLE" "$ID" >"$TEST_DIR/out" 2>&1 3>&- &
	runner=$!
	wait_for 20 grep -q ready "$TEST_DIR/out"
	kill -s USR1 "$(tr -d ' ' <"/proc/$runner/task/$runner/children")"
	status=0
	wait "$runner" || status=$?
	equal $'ready\ngot-USR1' "$(<"$TEST_DIR/out")"
	exits 43
}

@test "scripts run by their interpreter, relative programs from the directory" {
	copied_rootfs
	printf '#!/bin/sh\necho "script $0 $*"\n' >"$ROOTFS/home/user/script"
	chmod 755 "$ROOTFS/home/user/script"
	FILTER='.process.cwd = "/home/user"' run_command ./script a b
	exits 0
	equal 'script ./script a b' "$output"
	FILTER='.process.env += ["PATH=/home/user:/bin"]' run_command script c
	matches '^script (/home/user/)?script c$' "$output"
	# The name of the process is the program's, not a descriptor's.
	start_container
	equal sh "$(<"/proc/$PID/comm")"
}

@test "list and state follow the phases" {
	create_container '.annotations = {"a.b": "c"}'
	must list --format json
	equal "$ID $PID created" "$(jq -r '.[] | "\(.id) \(.pid) \(.status)"' <<<"$output")"
	must start "$ID"
	must state "$ID"
	equal "running c" "$(jq -r '"\(.status) \(.annotations["a.b"])"' <<<"$output")"
	must kill "$ID" KILL
	wait_for_status "$ID" stopped
	must list --format json
	equal "$ID 0 stopped" "$(jq -r '.[] | "\(.id) \(.pid) \(.status)"' <<<"$output")"
	must delete "$ID"
	must list --quiet
	equal '' "$output"
}

@test "what is not carried out yet is refused by its name" {
	local row checks=()
	for row in '/process/scheduler|.process.scheduler = {policy: "SCHED_OTHER"}' \
		'/process/ioPriority|.process.ioPriority = {class: "IOPRIO_CLASS_IDLE", priority: 0}' \
		'/linux/intelRdt|.linux.intelRdt = {closID: "x"}' '/linux/personality|.linux.personality = {domain: "LINUX32"}' \
		'/linux/seccomp|.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["ustat"], action: "SCMP_ACT_NOTIFY"}]}'; do
		checks+=("${row%%|*}" "${row#*|}")
	done
	refused_each "${checks[@]}"
}

@test "descriptors that many mounts need are not the container's limit" {
	local limit
	bundle '.process.rlimits = [] | .mounts += [range(60) | {destination: "/dev/m\(.)", type: "tmpfs", source: "tmpfs"}]'
	limit=$(ulimit -Hn)
	[ "$limit" = unlimited ] || [ "$limit" -ge 200 ] || skip "needs a hard limit of 200 descriptors"
	# shellcheck disable=SC2016
	ORLOP_TEST=$MARK- sh -c 'ulimit -Sn 100 && exec "$@"' - "$ORLOP" --root "$STATE" "${GLOBAL[@]}" run --detach --bundle "$BUNDLE" \
		--pid-file "$BUNDLE/pid" "$ID" >"$TEST_DIR/out" 2>&1 3>&-
	matches "^Max open files +100 +$limit " "$(grep 'open files' "/proc/$(<"$BUNDLE/pid")/limits")" limits
}

# SPDX-License-Identifier: Apache-2.0
# Copyright the orlop authors
#
# Hooks: each at its time and in its namespaces, what it is given, and what becomes of the container
# when one fails.

load ../lib/orlop
load support

KINDS=(prestart createRuntime createContainer startContainer poststart poststop)

# What the hooks write is in LOG; in the container that is /log. startContainer hooks are programs
# of the container's.
setup() {
	orlop_setup
	GLOBAL=(--policy oci)
	LOG=$TEST_DIR/log
	mkdir "$LOG"
	chmod 1777 "$LOG"
}

teardown() {
	[ -z "${TRUSTED:-}" ] || rm -rf "$TRUSTED"
	orlop_teardown
}

# trusted_place: in TRUSTED, a directory that only root can write, which anybody may enter; LOG is in it.
trusted_place() {
	[ "${ORLOP_ISOLATE:-}" = 1 ] || skip "writes /etc: run it by tests/run/here"
	TRUSTED=/etc/orlop-hooks
	mkdir -m 755 "$TRUSTED"
	LOG=$TRUSTED/log
	mkdir "$LOG"
	chmod 1777 "$LOG"
}

# hook KIND SCRIPT [TIMEOUT]: a jq filter that adds a hook, a line of shell.
hook() {
	local -; set +T
	printf '.hooks.%s += [{path: "/bin/sh", args: ["sh", "-c", %s]%s}]' "$1" "$(json "$2")" "${3:+, timeout: $3}"
}

# log_mount: a jq filter.
log_mount() { printf '.mounts += [{destination: "/log", type: "bind", source: "%s", options: ["bind", "rw"]}]' "$LOG"; }

# place KIND: where LOG is for such a hook.
place() { [ "$1" = startContainer ] && echo /log || echo "$LOG"; }

# all_kinds SCRIPT: a jq filter, a hook of every kind; in the script, KIND is its kind and DIR where LOG is.
all_kinds() {
	local -; set +T
	local kind filter
	filter=$(log_mount)
	for kind in "${KINDS[@]}"; do
		filter+=" | $(hook "$kind" "KIND=$kind DIR=$(place "$kind"); $1")"
	done
	printf '%s' "$filter"
}

# dumps [JQ-FILTER]: a jq filter, the helper hook as every kind; each writes a file named by its kind.
dumps() {
	local -; set +T
	local kind filter program
	filter=$(log_mount)
	for kind in "${KINDS[@]}"; do
		program=${TRUSTED:-$ORLOP_HELPERS}/hook
		[ "$kind" != startContainer ] || program=/bin/hook
		filter+=" | .hooks.$kind = [{path: \"$program\", args: [\"a hook\", \"$(place "$kind")/$kind\", \"more\"]}]"
	done
	printf '%s | %s' "$filter" "${1:-.}"
}
with_hook() {
	require_helper hook
	[ -e "$ROOTFS/bin/hook" ] || cp "$ORLOP_HELPERS/hook" "$ROOTFS/bin/hook"
}

# said KIND NAME: what a line of the helper's says.
said() { sed -n "s/^$2[: \t]*//p" "$LOG/$1"; }

nothing_left() {
	local -; set +T
	[ ! -e "$STATE/$ID" ] && [ ! -e "/sys/fs/cgroup/$ID" ] || {
		echo "left behind: $(ls -d "$STATE/$ID" "/sys/fs/cgroup/$ID" 2>/dev/null)"
		return 1
	}
	wait_for 5 no_marked_processes
}

@test "hooks are called in their order, each kind at its time" {
	# shellcheck disable=SC2016
	bundle "$(all_kinds 'echo $KIND >>$DIR/order') | $(hook prestart "echo second >>$LOG/order") |
		.process.args = [\"sh\", \"-c\", \"echo program >>/log/order; sleep 1000\"]"
	must create --bundle "$BUNDLE" "$ID"
	equal 'prestart second createRuntime createContainer' "$(xargs <"$LOG/order")" "at create"
	must start "$ID"
	wait_for 10 grep -q program "$LOG/order"
	equal 'createContainer startContainer program' "$(xargs <"$LOG/order" | cut -d ' ' -f 4- | sed 's/ poststart//')"
	grep -q poststart "$LOG/order"
	must kill "$ID" KILL
	wait_for_status "$ID" stopped
	[[ $(<"$LOG/order") != *poststop* ]]
	must delete "$ID"
	equal poststop "$(tail -n 1 "$LOG/order")" "at delete"
}

@test "run calls the hooks of create, start and delete" {
	# shellcheck disable=SC2016
	FILTER=$(all_kinds 'echo $KIND >>$DIR/order') run_command true
	exits 0
	equal "${KINDS[*]}" "$(xargs <"$LOG/order")"
}

@test "run --detach leaves poststop hooks to delete" {
	# shellcheck disable=SC2016
	start_container "$(all_kinds 'echo $KIND >>$DIR/order')"
	equal "${KINDS[*]:0:5}" "$(xargs <"$LOG/order")"
	must delete --force "$ID"
	equal "${KINDS[*]}" "$(xargs <"$LOG/order")"
}

@test "hooks run in the namespaces of their kind" {
	local kind name own
	trusted_place
	with_hook
	cp "$ORLOP_HELPERS/hook" "$TRUSTED/hook"
	start_container "$(dumps '.linux.namespaces += [{type: "time"}, {type: "user"}] |
		.linux.uidMappings = [{containerID: 0, hostID: 300000, size: 1000}] | .linux.gidMappings = .linux.uidMappings')"
	for name in cgroup ipc mnt net pid time user uts; do
		own=$(namespace_of self "$name")
		for kind in prestart createRuntime poststart; do
			grep -qxF "ns $own" "$LOG/$kind" || { echo "$kind: another $name namespace"; return 1; }
		done
		# The offsets of a time namespace hold from the next exec on: in time_for_children until then.
		for kind in createContainer startContainer; do
			grep -qxF "ns $(namespace_of "$PID" "$name")" "$LOG/$kind" || {
				echo "$kind: not the $name namespace of the container"
				return 1
			}
		done
		[ "$own" != "$(namespace_of "$PID" "$name")" ] || { echo "the $name namespace is shared"; return 1; }
	done
	must delete --force "$ID"
	for name in cgroup ipc mnt net pid time user uts; do
		grep -qxF "ns $(namespace_of self "$name")" "$LOG/poststop"
	done
}

@test "hooks get the state on standard input: status, and the pid as they can see it" {
	local kind want
	with_hook
	create_container "$(dumps '.annotations = {"org.example.a": "b\"c"}')"
	must start "$ID"
	must delete --force "$ID"
	for kind in "${KINDS[@]}"; do
		case $kind in
		prestart | createRuntime) want=creating,$PID ;;
		createContainer) want=creating,1 ;;
		startContainer) want=created,1 ;;
		poststart) want=running,$PID ;;
		poststop) want=stopped,0 ;;
		esac
		equal "$want" "$(said "$kind" state | jq -r '"\(.status),\(.pid)"')" "$kind"
		said "$kind" state | jq -e --arg id "$ID" --arg bundle "$BUNDLE" '.id == $id and .bundle == $bundle and
			.annotations == {"org.example.a": "b\"c"} and (.ociVersion | startswith("1."))'
	done
}

@test "hooks have their own environment and arguments, and nothing of the caller's or the program's" {
	local kind
	with_hook
	export ORLOP_CALLER=secret LD_PRELOAD_CALLER=1
	bundle "$(dumps '.hooks.poststart[0].env = ["A=1", "B=two words"] | .process.env += ["LD_PRELOAD=./evil.so"]')"
	must run --detach --bundle "$BUNDLE" "$ID"
	unset ORLOP_CALLER LD_PRELOAD_CALLER
	must delete --force "$ID"
	for kind in "${KINDS[@]}"; do
		equal "a hook"$'\n'"$(place "$kind")/$kind"$'\n'more "$(said "$kind" arg)" "arguments of $kind"
		[ "$kind" = poststart ] || equal '' "$(said "$kind" env)" "environment of $kind"
	done
	equal $'A=1\nB=two words' "$(said poststart env)"
}

@test "a hook without args is called by its path" {
	bundle ".hooks.createRuntime = [{path: \"$LOG/hook\"}]"
	# shellcheck disable=SC2016
	printf '#!/bin/sh\necho "$0 $#" >%s/said\n' "$LOG" >"$LOG/hook"
	chmod 755 "$LOG/hook"
	must create --bundle "$BUNDLE" "$ID"
	equal "$LOG/hook 0" "$(<"$LOG/said")"
}

@test "hooks have three descriptors, a session of their own, no blocked and no ignored signal" {
	local kind
	with_hook
	bundle "$(dumps)"
	exec 5</dev/null 6</dev/null
	# As a caller that ignores and blocks what it can.
	(
		trap '' HUP INT USR1 PIPE CHLD
		must run --detach --preserve-fds 4 --bundle "$BUNDLE" "$ID"
	)
	exec 5<&- 6<&-
	must delete --force "$ID"
	for kind in "${KINDS[@]}"; do
		equal '0 1 2' "$(said "$kind" fds)" "descriptors of $kind"
		equal $'0 pipe\n1 pipe\n2 pipe' "$(said "$kind" stream)" "$kind"
		equal own "$(said "$kind" session)" "session of $kind"
		equal 0000000000000000 "$(said "$kind" SigBlk)" "$kind: blocked"
		equal 0000000000000000 "$(said "$kind" SigIgn)" "$kind: ignored"
		equal 0022 "$(said "$kind" Umask)" "umask of $kind"
	done
}

@test "hooks start in the bundle, those of the container in the program's directory" {
	local kind
	with_hook
	start_container "$(dumps '.process.cwd = "/home"')"
	for kind in prestart createRuntime createContainer poststart; do
		equal "$BUNDLE" "$(said "$kind" cwd)" "$kind"
	done
	equal /home "$(said startContainer cwd)"
	mv "$BUNDLE" "$BUNDLE.gone"
	must delete --force "$ID"
	equal / "$(said poststop cwd)" "poststop, with the bundle gone"
}

@test "startContainer hooks are confined as the program is: capabilities, no_new_privs, filter, user" {
	with_hook
	start_container "$(dumps '.process.user = {uid: 1000, gid: 1000} | .linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW",
		syscalls: [{names: ["kexec_load"], action: "SCMP_ACT_ERRNO"}]}')"
	equal 2 "$(said startContainer Seccomp)" "filter of the hook"
	equal 1 "$(said startContainer NoNewPrivs)"
	equal "$(proc_status "$PID" CapEff)" "$(said startContainer CapEff)" capabilities
	equal 1000 "$(stat -c %u "$LOG/startContainer")" "owner of what it made"
	equal 0 "$(said createContainer Seccomp)" "filter before"
}

@test "the program's filter need not let pass what it takes to call a hook" {
	FILTER="$(hook startContainer 'echo ran >/log/ran') | $(log_mount) | .process.args = [\"true\"] |
		.linux.seccomp = {defaultAction: \"SCMP_ACT_ALLOW\", syscalls: [{names: [\"clone\", \"clone3\", \"fork\", \"vfork\",
		\"wait4\", \"waitid\", \"pidfd_open\", \"poll\", \"ppoll\", \"pipe2\"], action: \"SCMP_ACT_KILL_PROCESS\"}]}" run_command true
	exits 0
	equal ran "$(<"$LOG/ran")"
}

@test "without no_new_privs startContainer hooks are under the filter too" {
	with_hook
	start_container "$(dumps '.process.noNewPrivileges = false | .linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW",
		syscalls: [{names: ["kexec_load"], action: "SCMP_ACT_ERRNO"}]}')"
	equal 2 "$(said startContainer Seccomp)"
	equal 0 "$(said startContainer NoNewPrivs)"
	equal "$(proc_status "$PID" CapEff)" "$(said startContainer CapEff)" capabilities
}

@test "what hooks before pivot_root mount in the container's root is there in the container" {
	local pid
	copied_rootfs
	# The pid of the state leads there; the root is where config.json says.
	# shellcheck disable=SC2016
	create_container "$(hook createRuntime 'pid=$(sed "s/.*\"pid\":\([0-9]*\).*/\1/")
		nsenter --mount=/proc/$pid/ns/mnt mount -t tmpfs -o size=64k first '"$ROOTFS/home") |
		$(hook createContainer "mount -t tmpfs -o size=64k second $ROOTFS/usr/bin")"
	matches 'tmpfs first' "$(mount_at "$PID" /home)"
	matches 'tmpfs second' "$(mount_at "$PID" /usr/bin)"
	matches '(^|,)ro(,|$| )' "$(mount_at "$PID" / | cut -d ' ' -f 1)" "the root, which is read-only all the same"
	! mountpoint -q "$ROOTFS/home" || return 1
	# The fourth field is where in its file system a mount begins.
	! cut -d ' ' -f 5 "/proc/$PID/mountinfo" | grep -qF "$ROOTFS" || return 1
	equal "$(mount_at "$PID" /proc | cut -d ' ' -f 2)" proc
}

@test "createContainer hooks see the host's files, at the host's paths" {
	create_container "$(hook createContainer "test -e $LOG/../log && echo yes >$LOG/said")"
	equal yes "$(<"$LOG/said")"
}

@test "masks lie over what hooks mount" {
	create_container ".linux.maskedPaths = [\"/home\", \"/etc/passwd\"] | $(hook createContainer "
		mount -t tmpfs over $ROOTFS/home && mkdir $ROOTFS/home/x && mount --bind /proc/version $ROOTFS/etc/passwd")"
	matches '^ro,.*tmpfs' "$(mount_at "$PID" /home)" "what is at a masked path"
	equal '' "$(ls "/proc/$PID/root/home")"
	equal 1:3 "$(stat -c %t:%T "/proc/$PID/root/etc/passwd")" "what is at a masked file"
}

# fails KIND COMMAND...: with a hook of that kind that fails, the command does, and nothing is left.
failing() {
	local -; set +T
	local kind=$1
	shift
	bundle "$(log_mount) | $(hook "$kind" 'echo first >&2; echo it did not work; exit 3') | $(hook "$kind" "echo late >>$(place "$kind")/order") |
		$(hook poststop "cat >$LOG/state; echo poststop >>$LOG/order") | .process.args = [\"sleep\", \"1000\"]"
}

@test "a hook that fails at create undoes it, and poststop hooks are called" {
	local kind
	for kind in prestart createRuntime createContainer; do
		rm -f "$LOG"/*
		failing "$kind"
		refused "error running $kind hook #0: /bin/sh: exit status 3: it did not work" create --pid-file "$TEST_DIR/pid" --bundle "$BUNDLE" "$ID"
		nothing_left
		equal poststop "$(<"$LOG/order")" "what was called after a failing $kind hook"
		equal stopped,0 "$(jq -r '"\(.status),\(.pid)"' "$LOG/state")"
		[ ! -e "$TEST_DIR/pid" ]
		refused 'does not exist' state "$ID"
	done
}

@test "a hook that fails at start destroys the container, and poststop hooks are called" {
	local kind
	for kind in startContainer poststart; do
		rm -f "$LOG"/*
		failing "$kind"
		must create --bundle "$BUNDLE" "$ID"
		refused "error running $kind hook #0: /bin/sh: exit status 3: it did not work" start "$ID"
		nothing_left
		equal poststop "$(<"$LOG/order")" "what was called after a failing $kind hook"
		equal stopped,0 "$(jq -r '"\(.status),\(.pid)"' "$LOG/state")"
	done
}

@test "a hook of any kind that fails ends run, and nothing is left" {
	local kind
	for kind in "${KINDS[@]:0:5}"; do
		rm -f "$LOG"/*
		failing "$kind"
		refused "error running $kind hook #0: /bin/sh: exit status 3" run --bundle "$BUNDLE" "$ID"
		nothing_left
		equal poststop "$(<"$LOG/order")" "what was called after a failing $kind hook"
	done
}

@test "a failing hook leaves no id range" {
	site_policy '{"hardened": {"items": {"hooks": "off"}}}'
	GLOBAL=(--policy hardened)
	bundle "$(hook createContainer 'exit 1')"
	refused 'error running createContainer hook #0' create --bundle "$BUNDLE" "$ID"
	nothing_left
	! grep -rs "$ID" /run/orlop/ids
}

@test "a poststop hook that fails is a warning, and the others are called" {
	start_container "$(hook poststop 'echo oh no; exit 1') | $(hook poststop "echo second >$LOG/second")"
	must delete --force "$ID"
	matches 'warning: error running poststop hook #0: /bin/sh: exit status 1: oh no' "$errors"
	equal second "$(<"$LOG/second")"
	nothing_left
}

@test "what fails after the first hooks is followed by poststop hooks as well" {
	bundle "$(hook createRuntime "echo made >$LOG/made") | $(hook poststop "rm $LOG/made") | .process.args = [\"no-such-program\"]"
	refused 'executable file not found' create --bundle "$BUNDLE" "$ID"
	[ ! -e "$LOG/made" ]
	nothing_left
}

@test "a hook that takes longer than its timeout is ended with its children" {
	local kind
	for kind in "${KINDS[@]:0:5}"; do
		rm -f "$LOG"/*
		# shellcheck disable=SC2016
		bundle "$(log_mount) | $(hook "$kind" "sleep 987 & echo begun >$(place "$kind")/begun; wait" 1) | .process.args = [\"sleep\", \"1000\"]"
		refused "error running $kind hook #0: /bin/sh: took longer than its timeout of 1 s" run --detach --bundle "$BUNDLE" "$ID"
		equal begun "$(<"$LOG/begun")" "$kind"
		nothing_left
		! pgrep -f '^sleep 987$' || return 1
	done
	start_container "$(hook poststop 'sleep 987 & wait' 1)"
	must delete --force "$ID"
	matches 'warning: error running poststop hook #0: .*timeout of 1 s' "$errors"
	! pgrep -f '^sleep 987$'
}

@test "a hook in the time that it has is waited for" {
	start_container "$(hook createRuntime "sleep 0.3; echo done >$LOG/done" 30)"
	equal done "$(<"$LOG/done")"
}

@test "a hook whose program is not there is named" {
	bundle '.hooks.createRuntime = [{path: "/no/such/hook"}]'
	refused 'error running createRuntime hook #0: /no/such/hook: exec: no such file or directory' create --bundle "$BUNDLE" "$ID"
	nothing_left
	bundle '.hooks.startContainer = [{path: "/no/such/hook"}]'
	must create --bundle "$BUNDLE" "$ID"
	refused 'error running startContainer hook #0: /no/such/hook: .*no such file or directory' start "$ID"
	nothing_left
}

@test "hooks are those of the configuration that the container was made from" {
	create_container "$(hook poststart "echo poststart >>$LOG/order") | $(hook poststop "echo poststop >>$LOG/order")"
	edit 'del(.hooks)'
	must start "$ID"
	rm -r "$BUNDLE"
	must delete --force "$ID"
	equal 'poststart poststop' "$(xargs <"$LOG/order")"
}

@test "delete calls poststop hooks when the container is gone" {
	start_container "$(hook poststop "ls -d $STATE/\$ID /sys/fs/cgroup/\$ID >$LOG/left 2>/dev/null; true" | sed "s/\\\$ID/ID-OF-IT/g")"
	sed -i "s/ID-OF-IT/$ID/g" "$BUNDLE/config.json" "$STATE/$ID/config.json"
	must delete --force "$ID"
	equal '' "$(<"$LOG/left")"
}

@test "a state of great length reaches a hook, and one that reads none of it does not matter" {
	local long
	long=$(head -c 300000 /dev/zero | tr '\0' x)
	bundle "$(hook createRuntime "wc -c >$LOG/size") | $(hook createRuntime "exec <&-; sleep 0.2") | $(hook createRuntime 'head -c 10 >/dev/null')"
	jq -R --slurpfile config "$BUNDLE/config.json" '$config[0] + {annotations: {"org.example.long": .}}' <<<"$long" >"$BUNDLE/new"
	mv "$BUNDLE/new" "$BUNDLE/config.json"
	must create --bundle "$BUNDLE" "$ID"
	[ "$(<"$LOG/size")" -gt 300000 ]
}

@test "a container with hooks cannot be started twice, and a failing start leaves no socket behind" {
	create_container "$(hook startContainer true) | $(hook poststart true)"
	must start "$ID"
	refused 'cannot start container' start "$ID"
	must delete --force "$ID"
}

@test "a startContainer hook that hangs can be killed with its container" {
	create_container "$(log_mount) | $(hook startContainer 'echo begun >/log/begun; sleep 1000')"
	(
		runtime start "$ID"
		[ "$status" -ne 0 ] && echo failed >"$LOG/start"
	) 3>&- &
	wait_for 10 test -e "$LOG/begun"
	must kill "$ID" KILL
	wait
	equal failed "$(<"$LOG/start")"
	must delete --force "$ID"
}

@test "a hook of create can ask for the state of the container, which can be killed meanwhile" {
	bundle "$(hook createRuntime "RUNTIME --root $STATE state ID-OF-IT >$LOG/state; while [ ! -e $LOG/go ]; do sleep 0.1; done") |
		$(hook poststop "echo poststop >$LOG/poststop")"
	sed -i "s|RUNTIME|$ORLOP|;s/ID-OF-IT/$ID/" "$BUNDLE/config.json"
	(
		runtime create --bundle "$BUNDLE" "$ID"
		[ "$status" -ne 0 ] && echo failed >"$LOG/create"
	) 3>&- &
	wait_for 10 grep -q '"created"' "$LOG/state"
	equal creating "$(jq -r .status "$LOG/state")"
	[ "$(namespace_of "$(jq .pid "$LOG/state")" pid)" != "$(namespace_of self pid)" ]
	must kill "$ID" KILL
	wait_for_status "$ID" stopped
	: >"$LOG/go"
	wait
	equal failed "$(<"$LOG/create")"
	equal poststop "$(<"$LOG/poststop")"
	nothing_left
}

@test "createContainer hooks cannot be called in a mount namespace given by a path" {
	bundle "$(hook createContainer true) | (.linux.namespaces[] | select(.type == \"mount\")).path = \"/proc/self/ns/mnt\""
	refused '/hooks/createContainer: cannot be called in a mount namespace' create --bundle "$BUNDLE" "$ID"
}

@test "features lists the kinds of hooks" {
	must features
	equal '["prestart","createRuntime","createContainer","startContainer","poststart","poststop"]' "$(jq -c .hooks <<<"$output")"
}

# SPDX-License-Identifier: Apache-2.0
# Copyright the orlop authors
#
# orlop as Podman calls it for an ordinary user: as root of that user's user namespace, in a mount
# namespace of it, with a configuration that names no user namespace. On the host it is user 1000.

load ../lib/orlop

# The user, and the ids that /etc/subuid would give to it.
OWNER=1000
FIRST=200000
COUNT=65536

setup() {
	orlop_setup
	require_root
	HOST=$ORLOP
	GROUP=/sys/fs/cgroup/user-$$
	# The user cannot look below the directory of the tests.
	TEST_DIR=$(mktemp -d "${TMPDIR:-/var/tmp}/mapped.XXXXXX")
	STATE=$TEST_DIR/state
	GLOBAL=(--policy oci)
	cp -a "$ROOTFS" "$TEST_DIR/rootfs"
	ROOTFS=$TEST_DIR/rootfs
	mkdir -m 700 "$TEST_DIR/runtime"
	chown -R "$OWNER:$OWNER" "$TEST_DIR"
	chmod 755 "$TEST_DIR"
	enter_namespace "0 $OWNER 1\n1 $FIRST $COUNT"
	delegate
}

teardown() {
	local -; set +T
	local result=0
	orlop_teardown || result=$?
	kill "$KEEPER" && wait "$KEEPER" || :
	for _ in {1..100}; do
		find "$GROUP" -depth -type d -exec rmdir {} + 2>/dev/null && break
		sleep 0.05
	done
	rm -rf --one-file-system "$TEST_DIR"
	[ ! -d "$GROUP" ] && return "$result"
}

# enter_namespace MAP: a user and a mount namespace as Podman's pause process holds them. From here on ORLOP
# is a program that runs orlop in them.
enter_namespace() {
	local -; set +T
	setpriv --reuid "$OWNER" --regid "$OWNER" --clear-groups \
		unshare --user --mount --propagation slave sleep 10000 >/dev/null 2>&1 3>&- &
	KEEPER=$!
	wait_for 5 in_own_namespace "$KEEPER"
	# In one write each: the kernel takes no second one.
	printf '%b\n' "$1" | cat >"/proc/$KEEPER/uid_map"
	printf '%b\n' "$1" | cat >"/proc/$KEEPER/gid_map"
	write_entry
}

in_own_namespace() { [ "$(namespace_of "$1" user)" != "$(namespace_of self user)" ] && [ "$(<"/proc/$1/comm")" = sleep ]; }

write_entry() {
	ORLOP=$TEST_DIR/orlop
	cat >"$ORLOP" <<-END
		#!/bin/bash
		[ ! -e $GROUP/session/cgroup.procs ] || echo \$\$ >$GROUP/session/cgroup.procs
		exec env -i PATH=\$PATH ORLOP_TEST=\${ORLOP_TEST:-} XDG_RUNTIME_DIR=$TEST_DIR/runtime \\
			nsenter -t $KEEPER -U -m ${ENTER:-} -- ${BEFORE:-} $HOST "\$@"
	END
	chmod 755 "$ORLOP"
}

# The user writes to it.
bundle() {
	untraced make_bundle "$@"
	chown "$OWNER:$OWNER" "$BUNDLE"
}

# inside COMMAND...: as root of the user's namespaces.
inside() { nsenter -t "$KEEPER" -U -m -- "$@"; }

# delegate: a cgroup of the user's, where the caller is in one of its own.
delegate() {
	local -; set +T
	mkdir -p "$GROUP/session"
	chown "$OWNER:$OWNER" "$GROUP" "$GROUP"/cgroup.{procs,subtree_control,threads} "$GROUP/session" \
		"$GROUP/session/cgroup.procs"
	write_entry
}

# not_delegated: the caller is in a cgroup that is root's.
not_delegated() { chown -R 0:0 "$GROUP"; }

# device FILE PID: type and numbers of a node in the container.
device() { stat -L -c '%F %Hr:%Lr' "/proc/$2/root$1"; }

confined() {
	echo "under ${GLOBAL[*]}:"
	start_container
	equal "$(namespace_of "$KEEPER" user)" "$(namespace_of "$PID" user)" "user namespace"
	equal "$OWNER $OWNER $OWNER $OWNER" "$(proc_status "$PID" Uid | xargs)" "ids on the host"
	equal '' "$(proc_status "$PID" Groups)" groups
	equal 0000000020000420 "$(proc_status "$PID" CapEff)" capabilities
	equal 1 "$(proc_status "$PID" NoNewPrivs)"
	local name
	for name in mnt pid net ipc uts cgroup; do
		[ "$(namespace_of "$PID" "$name")" != "$(namespace_of "$KEEPER" "$name")" ]
	done
	equal "$GROUP/$ID" "$(cgroup_of "$PID")" cgroup
	equal "$OWNER" "$(stat -c %u "$GROUP/$ID")" "owner of the cgroup"
	has_option ro "$PID" /
	has_option ro "$PID" /sys
	has_option ro "$PID" /proc/sys
	must kill "$ID" KILL
	wait_for_status "$ID" stopped
	must delete "$ID"
	[ ! -e "$GROUP/$ID" ]
}

@test "a container has the ids of the user's namespace, and is confined as others are" {
	local policy
	for policy in oci baseline; do
		GLOBAL=(--policy "$policy")
		confined
	done
}

@test "the state directory is in XDG_RUNTIME_DIR" {
	bundle
	ORLOP_TEST=$MARK- "$ORLOP" --policy oci create --bundle "$BUNDLE" "$ID" >"$TEST_DIR/out" 2>&1 3>&-
	equal "$OWNER 700" "$(stat -c '%u %a' "$TEST_DIR/runtime/orlop/$ID")" "owner and mode"
	output=$("$ORLOP" list --quiet)
	equal "$ID" "$output"
	"$ORLOP" delete --force "$ID"
	[ ! -e "$TEST_DIR/runtime/orlop/$ID" ]
}

@test "devices are the host's own nodes, and no others can be made" {
	local row
	start_container '.process.args = ["sh", "-c", "echo x >/dev/null; head -c 3 /dev/zero | wc -c; sleep 1000"]'
	for row in null:1:3 zero:1:5 full:1:7 random:1:8 urandom:1:9 tty:5:0; do
		equal "character special file ${row#*:}" "$(device "/dev/${row%%:*}" "$PID")"
		has_option nosuid "$PID" "/dev/${row%%:*}"
	done
	wait_for 5 grep -q 3 "$OUT"
	# One that the configuration wants, at its place on the host and nowhere else.
	start_container '.linux.devices = [{path: "/dev/kmsg", type: "c", major: 1, minor: 11, fileMode: 438, uid: 5},
		{path: "/dev/pipe", type: "p", fileMode: 384}]'
	equal 'character special file 1:11' "$(device /dev/kmsg "$PID")"
	equal 'fifo 600' "$(stat -L -c '%F %a' "/proc/$PID/root/dev/pipe")"
	bundle '.linux.devices = [{path: "/dev/kmsg", type: "c", major: 1, minor: 12}]'
	refused "/linux/devices/0: the host's /dev/kmsg is not device c 1:12" run --bundle "$BUNDLE" "$ID"
	bundle '.linux.devices = [{path: "/dev/orlop-none", type: "c", major: 1, minor: 12}]'
	refused "open the host's node /dev/orlop-none" run --bundle "$BUNDLE" "$ID"
	# A mount over a node stays over it.
	echo own >"$TEST_DIR/own"
	FILTER='.mounts += [{destination: "/dev/full", type: "bind", source: "'$TEST_DIR/own'", options: ["bind"]}]' \
		run_script 'cat /dev/full'
	equal own "$output"
}

@test "device rules are left out, and said to be" {
	GLOBAL=(--policy oci --log "$TEST_DIR/log")
	start_container
	matches '/linux/resources/devices: device rules are for the host.s root' "$(<"$TEST_DIR/log")"
	# The mode of the node is what counts.
	echo '{"devices": [{"allow": false, "access": "rwm"}], "pids": {}}' >"$TEST_DIR/resources"
	must update --resources "$TEST_DIR/resources" "$ID"
	in_container sh -c 'echo x >/dev/null'
}

@test "limits are set where the cgroup is delegated" {
	require_controller pids
	echo +pids >"$GROUP/cgroup.subtree_control" || echo +pids >/sys/fs/cgroup/cgroup.subtree_control
	start_container '.linux.resources.pids = {limit: 77}'
	equal 77 "$(cgroup_value "$PID" pids.max)"
	must update --pids-limit 78 "$ID"
	equal 78 "$(cgroup_value "$PID" pids.max)"
}

@test "a limit whose controller is not delegated is refused in words" {
	require_controller pids
	bundle '.linux.resources.pids = {limit: 77} | .linux.cgroupsPath = "'"${GROUP#/sys/fs/cgroup}"'/session/below"'
	refused 'cgroup controller pids, needed for pids.max \(/linux/resources/pids/limit\), cannot be enabled' \
		run --bundle "$BUNDLE" "$ID"
}

@test "where no cgroup is delegated a container without limits gets along without one" {
	local policy
	not_delegated
	for policy in oci baseline; do
		GLOBAL=(--policy "$policy" --log "$TEST_DIR/log")
		start_container
		equal "$GROUP/session" "$(cgroup_of "$PID")" cgroup
		matches 'no cgroup is delegated to this user' "$(<"$TEST_DIR/log")"
		in_container true
		must kill "$ID" KILL
		wait_for_status "$ID" stopped
		must delete "$ID"
		bundle '.linux.resources.pids = {limit: 77}'
		refused '/linux/resources: limits need a cgroup, and none is delegated to this user' run --bundle "$BUNDLE" "$ID"
		bundle '.linux.cgroupsPath = "/orlop-elsewhere"'
		refused 'cgroup /orlop-elsewhere: create cgroup .orlop-elsewhere.: permission denied' run --bundle "$BUNDLE" "$ID"
	done
}

@test "a further process is confined as the first one is" {
	local name
	start_container
	must exec --detach --pid-file "$TEST_DIR/exec.pid" "$ID" sleep 1000
	EXEC=$(<"$TEST_DIR/exec.pid")
	for name in Uid Gid Groups CapEff CapBnd NoNewPrivs Seccomp; do
		equal "$(proc_status "$PID" "$name")" "$(proc_status "$EXEC" "$name")" "$name"
	done
	for name in cgroup ipc mnt net pid user uts; do
		equal "$(namespace_of "$PID" "$name")" "$(namespace_of "$EXEC" "$name")" "$name namespace"
	done
	equal "$(cgroup_of "$PID")" "$(cgroup_of "$EXEC")"
	must exec --user 1000:7 "$ID" id
	matches '^uid=1000(\(user\))? gid=7' "$output"
	refused '/process/user/uid: 70000 is not mapped' exec --user 70000 "$ID" id
}

@test "pause, ps, events and a forced delete work" {
	start_container
	must pause "$ID"
	has_status "$ID" paused
	must resume "$ID"
	must ps --format json "$ID"
	matches "(\\[|,)$PID(,|\\])" "$output"
	must events --stats "$ID"
	matches '"type":"stats"' "$output"
	must delete --force "$ID"
	[ ! -e "$GROUP/$ID" ]
}

@test "ids that are not mapped are refused in words" {
	start_container '.process.user = {uid: 65536, gid: 65536, additionalGids: [5, 65536]}'
	equal "$((FIRST + COUNT - 1))" "$(proc_status "$PID" Uid | cut -f1)"
	equal "$((FIRST + 4)) $((FIRST + COUNT - 1))" "$(proc_status "$PID" Groups | xargs)"
	bundle '.process.user = {uid: 65537, gid: 0}'
	refused '/process/user/uid: 65537 is not mapped in the user namespace that orlop runs in' run --bundle "$BUNDLE" "$ID"
	bundle '.process.user = {uid: 0, gid: 65537}'
	refused '/process/user/gid: 65537 is not mapped' run --bundle "$BUNDLE" "$ID"
	bundle '.process.user = {uid: 0, gid: 0, additionalGids: [65537]}'
	refused '/process/user/additionalGids: 65537 is not mapped' run --bundle "$BUNDLE" "$ID"
}

@test "where groups cannot be changed they stay, and further ones are refused" {
	kill "$KEEPER"
	wait "$KEEPER" || :
	setpriv --reuid "$OWNER" --regid "$OWNER" --clear-groups \
		unshare --user --map-root-user --mount --propagation slave sleep 10000 >/dev/null 2>&1 3>&- &
	KEEPER=$!
	wait_for 5 in_own_namespace "$KEEPER"
	equal deny "$(<"/proc/$KEEPER/setgroups")"
	# nsenter would change them.
	BEFORE=
	ENTER=--preserve-credentials
	HOST="setpriv --reuid 0 --regid 0 --keep-groups $HOST" write_entry
	sed -i "s|nsenter|setpriv --reuid $OWNER --regid $OWNER --groups $OWNER,1234 nsenter|; s|setpriv --reuid 0 --regid 0 --keep-groups ||" "$ORLOP"
	GLOBAL+=(--log "$TEST_DIR/log")
	start_container '.mounts |= map(select(.type != "devpts"))'
	equal "$OWNER 1234" "$(proc_status "$PID" Groups | xargs)" groups
	matches "the caller's groups stay" "$(<"$TEST_DIR/log")"
	bundle '.process.user.additionalGids = [0] | .mounts |= map(select(.type != "devpts"))'
	refused '/process/user/additionalGids: .* forbids changing groups' run --bundle "$BUNDLE" "$ID"
}

# cgroups_are_unwritable PID: those of the user cannot be written to in the container, by the user.
cgroups_are_unwritable() {
	local -; set +T
	local file
	for file in "/proc/$1/root/sys/fs/cgroup" "/proc/$1/root/sys/fs/cgroup${GROUP#/sys/fs/cgroup}" \
		"/proc/$1/root/sys/fs/cgroup${GROUP#/sys/fs/cgroup}/session"; do
		[ -e "$file/cgroup.procs" ] || continue
		! nsenter -t "$1" -U -- sh -c "echo $1 >$file/cgroup.procs" 2>/dev/null || return 1
		! nsenter -t "$1" -U -- mkdir "$file/made" 2>/dev/null || return 1
	done
}

# sys_is_read_only FILTER: a container without a network namespace, as the filter changes it.
sys_is_read_only() {
	local -; set +T
	local count=0 line
	start_container ".linux.namespaces |= map(select(.type != \"network\")) | $1" || return 1
	matches '^sysfs' "$(findmnt -N "$PID" -n -o FSTYPE /sys | head -n 1)" || return 1
	while read -r line; do
		matches '(^|,)ro(,|$)' "$line" "a mount below /sys: $1" || return 1
		count=$((count + 1))
	done < <(findmnt -N "$PID" -R -n -o OPTIONS /sys | awk '{ print $1 }')
	[ "$count" -gt 1 ] || return 1
	cgroups_are_unwritable "$PID"
}

@test "with the host's network /sys is the host's, read-only with all that is mounted below" {
	sys_is_read_only .
	has_option ro "$PID" /sys/firmware
	in_container sh -c '! echo mem >/sys/power/state'
	# Whatever is asked for.
	sys_is_read_only '(.mounts[] | select(.type == "sysfs")).options = []'
	sys_is_read_only '(.mounts[] | select(.type == "sysfs")) |= (.type = "bind" | .source = "/sys" | .options = ["rbind", "ro"])'
	# No cgroup namespace either: the user's own cgroups are there to be written to, and must not be.
	sys_is_read_only '.linux.namespaces |= map(select(.type != "cgroup"))'
	sys_is_read_only '.linux.namespaces |= map(select(.type != "cgroup")) | .mounts |= map(select(.type != "cgroup"))'
}

@test "a network namespace of the user's is joined, and its sysctls are set" {
	inside sh -c "touch $TEST_DIR/net && unshare --net mount --bind /proc/self/ns/net $TEST_DIR/net"
	local filter='(.linux.namespaces[] | select(.type == "network")).path = "'$TEST_DIR/net'" |
		.linux.sysctl = {"net.ipv4.ping_group_range": "0 0"}'
	GLOBAL=(--policy baseline)
	start_container "$filter"
	equal "$(inside stat -L -c %i "$TEST_DIR/net")" "$(stat -L -c %i "/proc/$PID/ns/net")"
	in_container cat /proc/sys/net/ipv4/ping_group_range
	equal '0 0' "$(xargs <<<"$output")"
	matches '^sysfs ' "$(mount_at "$PID" /sys | cut -d' ' -f2-)"
}

@test "a sysctl of the host's is refused" {
	bundle '.linux.sysctl = {"kernel.threads-max": "100000"}'
	refused 'kernel.threads-max' run --bundle "$BUNDLE" "$ID"
}

@test "what the host has locked on a mount stays, and what is asked for comes on top" {
	mkdir "$TEST_DIR/locked"
	mount -t tmpfs -o ro,nosuid,nodev,noexec,noatime tmpfs "$TEST_DIR/locked"
	kill "$KEEPER"
	wait "$KEEPER" || :
	enter_namespace "0 $OWNER 1\n1 $FIRST $COUNT"
	umount "$TEST_DIR/locked"
	local bind='.mounts += [{destination: "/mnt", type: "bind", source: "'$TEST_DIR'/locked", options: ['
	local options
	for options in '"bind"' '"rbind", "rw"' '"bind", "ro", "nosuid"' '"rbind", "rw", "suid", "dev", "exec", "relatime"'; do
		start_container "$bind$options]}]"
		local flag
		for flag in ro nosuid nodev noexec noatime; do
			has_option "$flag" "$PID" /mnt
		done
		must delete --force "$ID"
	done
}

@test "an oom_score_adj below the caller's is refused in words, and one above is set" {
	start_container '.process.oomScoreAdj = 500'
	equal 500 "$(<"/proc/$PID/oom_score_adj")"
	bundle '.process.oomScoreAdj = -500'
	refused 'oomScoreAdj to -500 .*CAP_SYS_RESOURCE' run --bundle "$BUNDLE" "$ID"
}

@test "a hard limit above the caller's is refused in words" {
	BEFORE='prlimit --nofile=2000:2000' write_entry
	start_container '.process.rlimits = [{type: "RLIMIT_NOFILE", soft: 100, hard: 2000}]'
	matches '^Max open files +100 +2000 ' "$(grep 'open files' "/proc/$PID/limits")"
	bundle '.process.rlimits = [{type: "RLIMIT_NOFILE", soft: 100, hard: 2001}]'
	refused 'RLIMIT_NOFILE to .*hard 2001 .*needs CAP_SYS_RESOURCE' run --bundle "$BUNDLE" "$ID"
}

@test "hooks whose owner cannot be seen are refused but by oci" {
	local hook='.hooks.prestart = [{path: "/bin/sh", args: ["sh", "-c", "id -u >'$TEST_DIR'/hook"]}]'
	start_container "$hook"
	equal 0 "$(<"$TEST_DIR/hook")"
	equal "$OWNER" "$(stat -c %u "$TEST_DIR/hook")"
	GLOBAL=(--policy baseline)
	bundle "$hook"
	refused 'rule hooks of policy baseline: .* belongs to somebody whom the user namespace of orlop does not show' \
		run --bundle "$BUNDLE" "$ID"
}

@test "hardened is refused in words where ids are the user's own, and runs where the engine maps others" {
	GLOBAL=(--policy hardened)
	bundle
	refused 'rule user-namespace of policy hardened: .*: let the engine map ids \(podman run --userns=auto\), or choose --policy' \
		run --bundle "$BUNDLE" "$ID"
	local mapped='.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 1, size: 1000}] |
		.linux.gidMappings = .linux.uidMappings'
	chown -R "$FIRST:$FIRST" "$ROOTFS"
	start_container "$mapped"
	equal "$FIRST" "$(proc_status "$PID" Uid | cut -f1)"
	equal "0 1 1000" "$(inside cat "/proc/$PID/uid_map" | xargs)"
	in_container id -u
	equal 0 "$output"
	# The user's own id is not to be in it.
	bundle "$mapped | .linux.uidMappings[0].hostID = 0"
	refused 'rule host-ids of policy hardened' run --bundle "$BUNDLE" "$ID"
}

@test "Podman's configuration runs under oci and baseline" {
	inside sh -c "touch $TEST_DIR/net && unshare --net mount --bind /proc/self/ns/net $TEST_DIR/net"
	mkdir "$TEST_DIR/data" && chown "$OWNER:$OWNER" "$TEST_DIR/data"
	local policy
	for policy in oci baseline; do
		GLOBAL=(--policy "$policy")
		bundle
		jq --arg rootfs "$ROOTFS" --arg data "$TEST_DIR/data" --arg net "$TEST_DIR/net" --arg mark "ORLOP_TEST=$ID" \
			'.root = {path: $rootfs} | .process.args = ["sleep", "1000"] | .process.env += [$mark] |
			.process.rlimits |= map(select(.type == "RLIMIT_NPROC") | .soft = 100 | .hard = 100) |
			.mounts |= map(if .type == "bind" then .source = $data | .destination = "/mnt" else . end) |
			del(.process.apparmorProfile, .linux.cgroupsPath, .linux.resources, .annotations) |
			(.linux.namespaces[] | select(.type == "network")).path = $net' \
			"$BATS_TEST_DIRNAME/samples/podman-default.json" >"$BUNDLE/config.json"
		must run --detach --bundle "$BUNDLE" --pid-file "$BUNDLE/pid" "$ID"
		PID=$(<"$BUNDLE/pid")
		equal "$OWNER" "$(proc_status "$PID" Uid | cut -f1)"
		in_container sh -c 'echo x >/mnt/file'
		equal "$OWNER" "$(stat -c %u "$TEST_DIR/data/file")" "owner of a file in the volume"
		must delete --force "$ID"
	done
}

# SPDX-License-Identifier: Apache-2.0
# Copyright the orlop authors
#
# Containers of an ordinary user: the runtime is called with a uid that is not 0, from a cgroup that
# is delegated to that user.

load ../lib/orlop
load support

# In /etc/passwd during a test, with a range in /etc/subuid and /etc/subgid.
USER_ID=23456
SUB_ID=600000

setup() {
	orlop_setup
	require_root
	require_program setpriv
	[ "${ORLOP_ISOLATE:-}" = 1 ] || skip "writes /etc/passwd and cgroups: run it by tests/run/here"
	# In the shadow of the host's: a test file has a mount namespace of its own.
	[ -n "$(grep '^ordinary:' /etc/passwd)" ] || echo "ordinary:x:$USER_ID:$USER_ID::/:/bin/sh" >>/etc/passwd
	give_ids "ordinary:$SUB_ID:65536"
	PROGRAM=$TEST_DIR/program
	PLACE=/$MARK.user
	GROUPS_OF=--clear-groups
	HOME_GROUP=$PLACE/shell
	cp "$(readlink -f "$ORLOP")" "$PROGRAM"
	copied_rootfs
	mkdir "$STATE" "$TEST_DIR/xdg"
	chmod 700 "$STATE" "$TEST_DIR/xdg"
	chown -hR $USER_ID:$USER_ID "$TEST_DIR"
	delegated
	reachable "$TEST_DIR"
	as_user
	GLOBAL=(--policy oci)
}

teardown() {
	teardown_parts || return
	wait_for 5 no_place || return
	sed -i '/^ordinary:/d' /etc/passwd
	give_ids
}
teardown_parts() {
	umount_host
	orlop_teardown
}

no_place() {
	[ ! -d "/sys/fs/cgroup$PLACE" ] ||
		find "/sys/fs/cgroup$PLACE" -depth -type d -exec rmdir {} + 2>/dev/null
}

# give_ids [LINE]: all that /etc/subuid and /etc/subgid give to the user.
give_ids() {
	local file
	for file in /etc/subuid /etc/subgid; do
		[ ! -e "$file" ] || sed -i '/^ordinary:/d' "$file"
		[ $# -eq 0 ] || echo "$1" >>"$file"
	done
}

# reachable DIR: for others than root.
reachable() {
	local dir=$1
	while [ "$dir" != / ] && [ "$dir" != "${TMPDIR:-/tmp}" ]; do
		chmod o+x "$dir"
		dir=$(dirname "$dir")
	done
}

# delegated: PLACE is the user's, as cgroups(7) says, with the user's processes in a cgroup below.
delegated() {
	local controller
	for controller in $(</sys/fs/cgroup/cgroup.controllers); do
		echo "+$controller" >/sys/fs/cgroup/cgroup.subtree_control || :
	done 2>/dev/null
	mkdir -p "/sys/fs/cgroup$PLACE/shell"
	chown $USER_ID "/sys/fs/cgroup$PLACE"{,/shell}{,/cgroup.procs,/cgroup.subtree_control,/cgroup.threads}
}

# as_user: from here on the runtime is called by the user, from the cgroup HOME_GROUP.
as_user() {
	cat >"$TEST_DIR/as-user" <<-END
		#!/bin/sh
		[ -z "\$BUNDLE" ] || chown $USER_ID "\$BUNDLE"
		echo 0 >/sys/fs/cgroup$HOME_GROUP/cgroup.procs &&
		exec setpriv --reuid=$USER_ID --regid=$USER_ID $GROUPS_OF env XDG_RUNTIME_DIR="$TEST_DIR/xdg" "$PROGRAM" "\$@"
	END
	chmod 755 "$TEST_DIR/as-user"
	export BUNDLE
	ORLOP=$TEST_DIR/as-user
}

# not_delegated: from here on the user's processes are where only root may write.
not_delegated() {
	HOME_GROUP=/session
	mkdir -p "/sys/fs/cgroup$HOME_GROUP"
	as_user
}

own_ids='.linux.namespaces += [{type: "user"}] | (.mounts[] | select(.type == "devpts").options) -= ["gid=5"] |
	.linux.uidMappings = [{containerID: 0, hostID: '$USER_ID', size: 1}] | .linux.gidMappings = .linux.uidMappings'
range="$own_ids"' |
	.linux.uidMappings += [{containerID: 1, hostID: '$SUB_ID', size: 1000}] | .linux.gidMappings = .linux.uidMappings'

# require_uidmap: the programs that write more than one id.
require_uidmap() { require_program newuidmap newgidmap; }

# has_ended PID: it runs no program any more.
has_ended() { ! readlink "/proc/$1/exe" >/dev/null; }

map_of() { tr -s ' ' <"/proc/$1" | sed 's/^ //' | tr '\n' ';'; }

@test "rootless: a container of one id, whose processes are the user's" {
	local name
	start_script 'id -u; echo x >/dev/null && head -c 3 /dev/zero | wc -c; grep -c . /proc/self/mountinfo >/dev/null' "$own_ids"
	own_namespace "$PID" cgroup ipc mnt net pid user uts
	equal "0 $USER_ID 1;" "$(map_of "$PID/uid_map")" uid_map
	equal "0 $USER_ID 1;" "$(map_of "$PID/gid_map")" gid_map
	equal deny "$(<"/proc/$PID/setgroups")" setgroups
	equal "$USER_ID"$'\t'"$USER_ID"$'\t'"$USER_ID"$'\t'"$USER_ID" "$(proc_status "$PID" Uid)" Uid
	equal "$USER_ID"$'\t'"$USER_ID"$'\t'"$USER_ID"$'\t'"$USER_ID" "$(proc_status "$PID" Gid)" Gid
	equal 1 "$(proc_status "$PID" NoNewPrivs)" NoNewPrivs
	equal 0000000020000420 "$(proc_status "$PID" CapPrm)" CapPrm
	equal 0000000020000420 "$(proc_status "$PID" CapBnd)" CapBnd
	equal 0000000000000000 "$(proc_status "$PID" CapAmb)" CapAmb
	equal 0000000000000000 "$(proc_status "$PID" CapInh)" CapInh
	equal $'0\n3' "$output"
	equal "$USER_ID 700" "$(stat -c '%u %a' "$STATE")" "state directory"
}

@test "rootless: every command works for the user who made the container" {
	create_container "$own_ids"
	equal created "$("$ORLOP" --root "$STATE" state "$ID" | jq -r .status)"
	in_container id -u
	equal 0 "$output"
	must start "$ID"
	in_container sh -c 'cat /proc/1/comm; grep CapPrm /proc/self/status'
	equal $'sh\nCapPrm:\t0000000020000420' "$output"
	must ps "$ID"
	matches " $PID " "$output"
	must list
	matches "$ID" "$output"
	must pause "$ID"
	equal 1 "$(cgroup_value "$PID" cgroup.freeze)"
	wait_for_status "$ID" paused
	must resume "$ID"
	wait_for_status "$ID" running
	must events --stats "$ID"
	matches '"pids"|"cpu"' "$output"
	must kill "$ID" KILL
	wait_for_status "$ID" stopped
	must delete "$ID"
	[ ! -e "$STATE/$ID" ] && [ ! -e "/sys/fs/cgroup$PLACE/$ID" ]
}

@test "rootless: a waiting container runs a sealed copy, and no other user may look at it" {
	create_container "$own_ids"
	matches '^/memfd:orlop' "$(readlink "/proc/$PID/exe")"
	[ "$(stat -c %u "/proc/$PID/mem")" != "$USER_ID" ]
	must delete --force "$ID"
	wait_for 5 has_ended "$PID"
}

@test "rootless: a further process has the container's oom_score_adj" {
	start_container "$own_ids | .process.oomScoreAdj = 300"
	equal 300 "$(<"/proc/$PID/oom_score_adj")"
	must exec "$ID" cat /proc/self/oom_score_adj
	equal 300 "$output"
}

@test "rootless: what is in the foreground ends with its status, and goes" {
	FILTER=$own_ids run_command sh -c 'exit 7'
	exits 7
	equal '' "$(ls "$STATE")" "state"
	[ ! -e "/sys/fs/cgroup$PLACE/$ID" ]
}

@test "rootless: more ids come from newuidmap and newgidmap" {
	require_uidmap
	start_script 'id -u; id -g; id -G; touch /dev/shm/x; stat -c %u:%g /dev/shm/x' "$range"' |
		.process.user = {uid: 5, gid: 6, additionalGids: [7, 8]}'
	equal "0 $USER_ID 1;1 $SUB_ID 1000;" "$(map_of "$PID/uid_map")" uid_map
	equal "0 $USER_ID 1;1 $SUB_ID 1000;" "$(map_of "$PID/gid_map")" gid_map
	equal "$((SUB_ID + 4))" "$(proc_status "$PID" Uid | cut -f 1)" Uid
	equal "$((SUB_ID + 5))" "$(proc_status "$PID" Gid | cut -f 1)" Gid
	equal "$((SUB_ID + 6)) $((SUB_ID + 7)) " "$(sed -n 's/^Groups:\t//p' "/proc/$PID/status")" Groups
	equal $'5\n6\n6 7 8\n5:6' "$output"
	in_container id -u
	equal 5 "$output"
}

@test "rootless: a range without the user's own id" {
	require_uidmap
	chown -hR "$SUB_ID:$SUB_ID" "$ROOTFS"
	start_container "$own_ids"' | .linux.uidMappings = [{containerID: 0, hostID: '$SUB_ID', size: 65536}] |
		.linux.gidMappings = .linux.uidMappings'
	equal "0 $SUB_ID 65536;" "$(map_of "$PID/uid_map")" uid_map
	equal "$SUB_ID" "$(proc_status "$PID" Uid | cut -f 1)" Uid
	equal '' "$(sed -n 's/^Groups:\t *//p' "/proc/$PID/status")" Groups
	must delete --force "$ID"
}

@test "rootless: groups of the user stay where one id is mapped, and go where more are" {
	GROUPS_OF=--groups=777
	as_user
	start_container "$own_ids"
	equal '777 ' "$(sed -n 's/^Groups:\t//p' "/proc/$PID/status")" Groups
	must delete --force "$ID"
	require_uidmap
	start_container "$range"
	equal ' ' "$(sed -n 's/^Groups:\t//p' "/proc/$PID/status")" Groups
}

@test "rootless: what is not the user's to have is refused in words" {
	refused_each \
		'/linux/namespaces: user 23456 is not root, whose container needs a user namespace: .*spec --rootless' '.' \
		'additionalGids: .*forbids changing groups' "$own_ids"' | .process.user.additionalGids = [5]' \
		'joins no user namespace by path' '.linux.namespaces += [{type: "user", path: "/proc/self/ns/user"}]'
	GLOBAL=(--policy hardened)
	refused_each 'a range of ids is for root to give out.*spec --rootless' '.'
}

@test "rootless: ids that are not given to the user, and what newuidmap says" {
	require_uidmap
	bundle "$own_ids"' | .linux.uidMappings[0].hostID = 1 | .linux.gidMappings[0].hostID = 1'
	refused "newuidmap did not map the ids, which /etc/subuid has to give to user $USER_ID: .*not allowed" \
		create --bundle "$BUNDLE" "$ID"
	[ ! -e "$STATE/$ID" ] && [ ! -e "/sys/fs/cgroup$PLACE/$ID" ]
	bundle "$range"
	give_ids
	refused "newuidmap did not map the ids, which /etc/subuid has to give to user $USER_ID" create --bundle "$BUNDLE" "$ID"
	[ ! -e "$STATE/$ID" ]
}

@test "rootless: newgidmap that is not there is named" {
	local path=$(command -v newgidmap)
	require_uidmap
	mount --bind /dev/null "$path"
	HOST_MOUNTS+=("$path")
	bundle "$range"
	refused "more ids than the caller's own need newgidmap, and there is no /usr/bin/newgidmap: install it" \
		create --bundle "$BUNDLE" "$ID"
}

@test "rootless: a cgroup beside the caller's, where that is delegated, and its limits" {
	start_container "$own_ids"
	equal "$PLACE/$ID" "$(cgroup_line "$PID" | cut -c 4-)" cgroup
	equal "$PID" "$(head -n 1 "/sys/fs/cgroup$PLACE/$ID/cgroup.procs")" "first process"
	must delete --force "$ID"
	start_container "$own_ids"' | .linux.cgroupsPath = "sub/'"$MARK"'"'
	equal "$PLACE/sub/$MARK" "$(cgroup_line "$PID" | cut -c 4-)" cgroup
	must delete --force "$ID"
	[ ! -e "/sys/fs/cgroup$PLACE/sub/$MARK" ]
	grep -qw pids "/sys/fs/cgroup$PLACE/cgroup.controllers" || skip "the rest needs cgroup controllers"
	start_container "$own_ids"' | .linux.resources.pids.limit = 33 | .linux.resources.memory.limit = 67108864 |
		.linux.resources.cpu = {quota: 20000, period: 100000}'
	equal 33 "$(cgroup_value "$PID" pids.max)"
	equal 67108864 "$(cgroup_value "$PID" memory.max)"
	equal "20000 100000" "$(cgroup_value "$PID" cpu.max)"
	must update --pids-limit 44 "$ID"
	equal 44 "$(cgroup_value "$PID" pids.max)"
}

@test "rootless: without a delegated cgroup limits are refused, and the rest is said" {
	not_delegated
	start_container "$own_ids"
	equal "$HOME_GROUP" "$(cgroup_line "$PID" | cut -c 4-)" cgroup
	refused "has no cgroup: .* by a user to whom none is delegated" pause "$ID"
	must delete --force "$ID"
	wait_for 5 has_ended "$PID"
	GLOBAL=(--policy oci --log-level info)
	FILTER=$own_ids run_command true
	exits 0
	matches "not applied: /linux/cgroupsPath: no cgroup is delegated to this user" "$errors"
	GLOBAL=(--policy hardened --log-level info)
	FILTER=$own_ids run_command true
	exits 0
	matches "not applied: rule pids-limit of policy hardened: no cgroup is delegated to this user: there is no limit of" "$errors"
	GLOBAL=(--policy oci)
	refused_each \
		"/linux/resources: limits need a cgroup, and none is delegated to this user" \
		"$own_ids"' | .linux.resources.pids.limit = 5' \
		"cgroup /a/b is not delegated to user $USER_ID" \
		"$own_ids"' | .linux.cgroupsPath = "a/b"' \
		"cgroup /a is not delegated to user $USER_ID" \
		"$own_ids"' | .linux.cgroupsPath = "/a"' \
		"cgroup $PLACE/a takes no process from the caller's cgroup" \
		"$own_ids"' | .linux.cgroupsPath = "'"$PLACE/a"'"'
}

@test "rootless: baseline and hardened confine a user's container as they do root's" {
	local policy
	for policy in baseline hardened; do
		GLOBAL=(--policy "$policy")
		start_container "$own_ids"
		equal 2 "$(proc_status "$PID" Seccomp)" "Seccomp under $policy"
		equal 1 "$(proc_status "$PID" NoNewPrivs)" "NoNewPrivs under $policy"
		in_container id -u
		equal 0 "$output"
		has_option ro "$PID" /sys
		must delete --force "$ID"
	done
}

@test "rootless: on the host's network nothing below /sys and /proc of the host can be written" {
	local writable
	GLOBAL=(--policy oci)
	start_script 'for file in /sys/kernel/uevent_helper /sys/kernel/mm/ksm/run /proc/sys/kernel/core_pattern \
			/proc/sysrq-trigger /sys/fs/cgroup/cgroup.procs; do
			{ echo x >"$file"; } 2>/dev/null && echo "written: $file"; done; mkdir /sys/fs/cgroup/x 2>/dev/null && echo made; true' \
		"$own_ids"' | .linux.namespaces -= [{type: "network"}]'
	equal '' "$output"
	same_namespace "$PID" self net
	writable=$(awk '/ - (sysfs|cgroup2?) / && $6 !~ /^ro(,|$)/ { print $5 }' "/proc/$PID/mountinfo")
	equal '' "$writable" "writable mounts of sysfs and cgroup"
}

@test "rootless: the state directory is in XDG_RUNTIME_DIR" {
	bundle "$own_ids"
	"$ORLOP" --policy oci run --detach --bundle "$BUNDLE" "$ID" >"$TEST_DIR/xdg.out" 2>&1 3>&- 4>&- ||
		{ cat "$TEST_DIR/xdg.out"; return 1; }
	[ -d "$TEST_DIR/xdg/orlop/$ID" ]
	equal "$USER_ID 700" "$(stat -c '%u %a' "$TEST_DIR/xdg/orlop")"
	"$ORLOP" delete --force "$ID"
	[ ! -e "$TEST_DIR/xdg/orlop/$ID" ]
}

@test "rootless: a host that forbids user namespaces is named by its setting" {
	local setting file found=''
	bundle "$own_ids"
	for setting in kernel.unprivileged_userns_clone=0 user.max_user_namespaces=0 \
		kernel.apparmor_restrict_unprivileged_userns=1; do
		file=/proc/sys/${setting%=*}
		file=${file//./\/}
		file=/proc/sys/${file#/proc/sys/}
		[ -e "$file" ] || continue
		OLD=$(<"$file")
		{ echo "${setting#*=}" >"$file"; } 2>/dev/null || continue
		found+=" $setting"
		runtime create --bundle "$BUNDLE" "$ID"
		echo "$OLD" >"$file"
		[ "$status" -ne 0 ] || {
			echo "created in spite of $setting"
			return 1
		}
		matches "${setting%=*} is ${setting#*=} on this host, .*sysctl ${setting%=*}=" "$errors"
	done
	[ -n "$found" ] || skip "no such setting can be changed here"
}

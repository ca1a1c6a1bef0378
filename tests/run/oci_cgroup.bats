# SPDX-License-Identifier: Apache-2.0
# Copyright the orlop authors
#
# The container's cgroup and its limits under policy oci, as the kernel's files have them.

load ../lib/orlop
load support

setup() {
	orlop_setup
	GLOBAL=(--policy oci)
}

# limits WANT: "FILE VALUE" lines, each as in the container's cgroup.
limits() {
	local file value have
	while read -r file value; do
		have=$(cgroup_value "$PID" "$file") || return
		equal "$value" "$have" "$file"
	done <<<"$1"
}

@test "the cgroup is where cgroupsPath says, and goes with the container" {
	start_container '.linux.cgroupsPath = $p' --arg p "/$MARK-parent/deep/$MARK-leaf"
	equal "0::/$MARK-parent/deep/$MARK-leaf" "$(cgroup_line "$PID")"
	must delete --force "$ID"
	[ ! -e "/sys/fs/cgroup/$MARK-parent/deep/$MARK-leaf" ]
	# Parents stay: another container may be on its way into them.
	rmdir "/sys/fs/cgroup/$MARK-parent/deep" "/sys/fs/cgroup/$MARK-parent"
	start_container
	equal "0::/$ID" "$(cgroup_line "$PID")" "without a path"
	# A relative path is below the mount as well.
	start_container '.linux.cgroupsPath = $p' --arg p "$MARK-relative"
	equal "/$MARK-relative" "/$(basename "$(cgroup_of "$PID")")"
}

@test "a parent that was there stays" {
	mkdir "/sys/fs/cgroup/$MARK-mine"
	start_container '.linux.cgroupsPath = $p' --arg p "/$MARK-mine/leaf"
	must delete --force "$ID"
	rmdir "/sys/fs/cgroup/$MARK-mine"
}

# called_from CGROUP: from here on the runtime's caller is in it.
called_from() {
	printf '#!/bin/sh\necho $$ >%s/cgroup.procs || exit\nexec %s "$@"\n' "$1" "$ORLOP" >"$TEST_DIR/caller"
	chmod 755 "$TEST_DIR/caller"
	ORLOP=$TEST_DIR/caller
}

# Kernels may end what is made from, or in, a cgroup that was killed once: they take it for one of those.
@test "a cgroup whose processes were killed once takes a container, and a caller in one makes them" {
	local leaf=/sys/fs/cgroup/$MARK-leaf caller=/sys/fs/cgroup/$MARK-caller own=$ORLOP
	mkdir "$leaf" "$caller"
	echo 1 >"$leaf/cgroup.kill"
	start_container '.linux.cgroupsPath = $p' --arg p "/$MARK-leaf"
	equal "$leaf" "$(cgroup_of "$PID")" "cgroup of the container"
	must exec --detach --pid-file "$TEST_DIR/exec.pid" "$ID" sleep 1000
	equal "$leaf" "$(cgroup_of "$(<"$TEST_DIR/exec.pid")")" "cgroup of a further process"
	must delete --force "$ID"
	echo 1 >"$caller/cgroup.kill"
	echo 1 >"$caller/cgroup.kill"
	called_from "$caller"
	start_container
	equal "/sys/fs/cgroup/$ID" "$(cgroup_of "$PID")" "cgroup of the container"
	must exec --detach --pid-file "$TEST_DIR/exec.pid" "$ID" sleep 1000
	equal "/sys/fs/cgroup/$ID" "$(cgroup_of "$(<"$TEST_DIR/exec.pid")")" "cgroup of a further process"
	run_command sh -c 'exit 7'
	exits 7
	start_container '.linux.namespaces += [{type: "user"}] |
		.linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] | .linux.gidMappings = .linux.uidMappings'
	equal "/sys/fs/cgroup/$ID" "$(cgroup_of "$PID")" "cgroup of the container"
	ORLOP=$own
	rmdir "$leaf" "$caller"
}

@test "a cgroup that is in use or frozen, and a path that climbs, are refused" {
	local path
	start_container
	path=/$ID
	bundle '.linux.cgroupsPath = $p' --arg p "$path"
	refused "cgroup is not empty" create --bundle "$BUNDLE" "$ID"
	bundle '.linux.cgroupsPath = $p' --arg p "$path/../$MARK-up"
	refused 'bad sub cgroup path' create --bundle "$BUNDLE" "$ID"
	mkdir "/sys/fs/cgroup/$MARK-frozen"
	echo 1 >"/sys/fs/cgroup/$MARK-frozen/cgroup.freeze"
	bundle '.linux.cgroupsPath = $p' --arg p "/$MARK-frozen"
	refused "cgroup unexpectedly frozen" create --bundle "$BUNDLE" "$ID"
	rmdir "/sys/fs/cgroup/$MARK-frozen"
	# The one that is in use was not touched.
	kill -0 "$PID"
}

@test "a cgroup that a process of the host is in, or below, is refused by every policy and keeps its limits" {
	local group=/sys/fs/cgroup/$MARK-service policy inside other
	mkdir -p "$group/worker"
	sleep 1000 3>&- &
	other=$!
	for inside in "$group" "$group/worker"; do
		echo "$other" >"$inside/cgroup.procs"
		for policy in hardened baseline oci; do
			GLOBAL=(--policy "$policy")
			bundle '.linux.cgroupsPath = $p' --arg p "/$MARK-service"
			refused "cgroup is not empty" create --bundle "$BUNDLE" "$ID"
			# hardened asks for a limit of its own where there is the controller.
			equal max "$(cat "$group/pids.max" 2>/dev/null || echo max)" "pids.max after create under $policy"
			equal 'max max 0' "$(cat "$group"/cgroup.{max.depth,max.descendants,freeze} | paste -sd ' ')" "the cgroup's own files"
			equal "$other" "$(<"$inside/cgroup.procs")" "processes of the host's cgroup"
		done
	done
	kill -9 "$other"
	builtin wait "$other" || :
	wait_for 5 rmdir "$group/worker" "$group"
}

@test "a cgroup that is another container's, or lies below one, is refused under every policy" {
	local other policy path
	for policy in oci baseline hardened; do
		GLOBAL=(--policy "$policy")
		start_container '.linux.cgroupsPath = $p' --arg p "/$MARK-pod/first"
		other=$ID
		for path in "/$MARK-pod/first/second" "/$MARK-pod/first/a/b"; do
			bundle '.linux.cgroupsPath = $p' --arg p "$path"
			refused "cgroup $path: .*/$MARK-pod/first.* container '$other' of $STATE" create --bundle "$BUNDLE" "$ID"
			[ -z "$(find "/sys/fs/cgroup/$MARK-pod/first" -mindepth 1 -type d)" ]
			[ ! -e "$STATE/$ID" ]
		done
		# Beside it, where an engine puts the containers of a pod.
		start_container '.linux.cgroupsPath = $p' --arg p "/$MARK-pod/beside"
		equal "0::/$MARK-pod/beside" "$(cgroup_line "$PID")"
		must delete --force "$ID"
		# One that has stopped has its cgroup still, and delete ends what runs in it.
		must kill "$other" KILL
		wait_for_status "$other" stopped
		bundle '.linux.cgroupsPath = $p' --arg p "/$MARK-pod/first"
		refused "container '$other' of $STATE" create --bundle "$BUNDLE" "$ID"
		must delete "$other"
		start_container '.linux.cgroupsPath = $p' --arg p "/$MARK-pod/first/second"
		must delete --force "$ID"
		rmdir "/sys/fs/cgroup/$MARK-pod/first" "/sys/fs/cgroup/$MARK-pod"
	done
}

@test "the cgroup mount shows the container's own cgroup, read-only or given to its user" {
	start_script 'grep ^0:: /proc/self/cgroup; ls -d /sys/fs/cgroup/cgroup.procs; mkdir /sys/fs/cgroup/x 2>&1'
	matches $'^0::/\n/sys/fs/cgroup/cgroup.procs\n.*Read-only file system' "$output"
	start_script 'mkdir /sys/fs/cgroup/below && echo 0 >/sys/fs/cgroup/below/cgroup.procs && grep ^0:: /proc/self/cgroup' \
		'(.mounts[] | select(.destination == "/sys/fs/cgroup")).options -= ["ro"] | .process.user = {uid: 1000, gid: 1000}'
	equal 0::/below "$output"
	equal 1000 "$(stat -c %u "/sys/fs/cgroup/$ID/cgroup.procs")" "owner of cgroup.procs"
	must delete --force "$ID"
	[ ! -e "/sys/fs/cgroup/$ID" ]
}

without_cgroup_namespace='.linux.namespaces |= map(select(.type != "cgroup"))'

# The name of the container's cgroup, and what the cgroup mount has under that name.
own_cgroup_by_name='path=$(sed -n "s/^0:://p" /proc/self/cgroup); echo "$path"; cat "/sys/fs/cgroup$path/cgroup.procs" | grep -c .'

@test "in the host's cgroup namespace the cgroup mount shows the host's tree, and policies that judge sources the container's part" {
	start_script "$own_cgroup_by_name; mkdir /sys/fs/cgroup/x 2>&1" "$without_cgroup_namespace"
	matches "^/$ID"$'\n[1-9].*Read-only file system' "$output"
	start_script "$own_cgroup_by_name" "$without_cgroup_namespace | .linux.namespaces += [{type: \"user\"}] |
		.linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] | .linux.gidMappings = .linux.uidMappings"
	matches "^/$ID"$'\n[1-9]' "$output" "in a user namespace"
	GLOBAL=(--policy baseline)
	start_script 'ls -d /sys/fs/cgroup/cgroup.type; ls -d /sys/fs/cgroup/session 2>&1 || :' "$without_cgroup_namespace"
	matches $'^/sys/fs/cgroup/cgroup.type\n.*No such file' "$output"
}

@test "a limit without its controller is refused" {
	local row checks=()
	for row in 'memory|{memory: {limit: 1000000}}' 'pids|{pids: {limit: 5}}' 'cpu|{cpu: {shares: 100}}' \
		'no-such-controller|{unified: {"no-such-controller.max": "1"}}'; do
		! grep -qw "${row%%|*}" /sys/fs/cgroup/cgroup.controllers || continue
		checks+=("/linux/resources.*${row%%|*}" ".linux.resources += ${row#*|}")
	done
	refused_each "${checks[@]}"
}

@test "limits of huge pages are set" {
	require_controller hugetlb
	[ -d /sys/kernel/mm/hugepages/hugepages-2048kB ] || skip "needs huge pages of 2 MB"
	start_container '.linux.resources.hugepageLimits = [{pageSize: "2MB", limit: 4194304}]'
	limits 'hugetlb.2MB.max 4194304'
}

@test "cgroup files can be named directly, and win over what is translated" {
	require_controller hugetlb
	[ -d /sys/kernel/mm/hugepages/hugepages-2048kB ] || skip "needs huge pages of 2 MB"
	start_container '.linux.resources.hugepageLimits = [{pageSize: "2MB", limit: 4194304}] |
		.linux.resources.unified = {"hugetlb.2MB.max": "8388608", "cgroup.max.depth": "3"}'
	limits $'hugetlb.2MB.max 8388608\ncgroup.max.depth 3'
	refused_each /linux/resources/unified '.linux.resources.unified = {"cgroup.procs": "1"}' \
		/linux/resources/unified '.linux.resources.unified = {"../cgroup.freeze": "1"}'
}

@test "limits of processor, memory, swap, processes and I/O are set" {
	require_controller cpu cpuset io memory pids
	local disk
	disk=$(lsblk -dnro MAJ:MIN 2>/dev/null | head -n 1)
	disk=${disk:-$(cat /sys/block/vd?/dev /sys/block/sd?/dev 2>/dev/null | head -n 1)}
	start_container '.linux.resources += {
		cpu: {shares: 1024, quota: 50000, period: 100000, burst: 20000, cpus: "0", mems: "0"},
		memory: {limit: 67108864, reservation: 33554432, swap: 100663296},
		pids: {limit: 33},
		blockIO: {throttleReadBpsDevice: [{major: $a, minor: $b, rate: 1048576}],
			throttleWriteIOPSDevice: [{major: $a, minor: $b, rate: 77}]}}' \
		--argjson a "${disk%:*}" --argjson b "${disk#*:}"
	limits $'cpu.weight 100\ncpu.max 50000 100000\ncpu.max.burst 20000\ncpuset.cpus 0\ncpuset.mems 0
memory.max 67108864\nmemory.low 33554432\npids.max 33'
	[ ! -e "$(cgroup_of "$PID")/memory.swap.max" ] || limits 'memory.swap.max 33554432'
	matches "^$disk rbps=1048576 wbps=max riops=max wiops=77" "$(cgroup_value "$PID" io.max)"
}

@test "no limit, the smallest limit, and limits that contradict" {
	require_controller memory pids cpu
	start_container '.linux.resources += {pids: {limit: 0}, memory: {limit: -1}, cpu: {shares: 2, quota: -1, idle: 0}} | .process.args = ["sleep", "1000"]'
	limits $'pids.max 1\nmemory.max max\ncpu.weight 1\ncpu.max max 100000'
	start_container '.linux.resources += {pids: {limit: -1}, cpu: {idle: 1}}'
	limits $'pids.max max\ncpu.idle 1'
	bundle '.linux.resources += {memory: {limit: 67108864, swap: 1048576}}'
	refused /linux/resources/memory create --bundle "$BUNDLE" "$ID"
}

@test "no limit is granted where nothing could limit" {
	local name
	GLOBAL+=(--log "$TEST_DIR/log")
	start_container '.linux.resources += {memory: {limit: -1, swap: -1}, pids: {limit: -1}, cpu: {quota: -1, idle: 0}, unified: {"memory.high": "max"}}'
	for name in memory:memory.max memory:memory.high pids:pids.max cpu:cpu.max; do
		if [[ " $(</sys/fs/cgroup/cgroup.controllers) " == *" ${name%:*} "* ]]; then
			matches '^max' "$(cgroup_value "$PID" "${name#*:}")" "$name"
		else
			matches "level=warning msg=\"not applied: /linux/resources/.*: ${name#*:} = max.*controller '${name%:*}'" "$(<"$TEST_DIR/log")" "$name"
		fi
	done
}

@test "huge pages of a size that the kernel has not are refused by size and controller" {
	require_controller hugetlb
	bundle '.linux.resources.hugepageLimits = [{pageSize: "3MB", limit: 4194304}]'
	refused 'hugetlb.3MB.max .*/linux/resources/hugepageLimits/0.*no huge pages of 3MB, or controller hugetlb' create --bundle "$BUNDLE" "$ID"
}

@test "a fork bomb is stopped" {
	require_controller pids
	bundle '.linux.resources.pids.limit = 20 | .process.args = ["sh", "-c", $bomb]' \
		--arg bomb 'f() { while :; do sleep 1000 & done; }; f & f & wait'
	must run --detach --bundle "$BUNDLE" --pid-file "$BUNDLE/pid" "$ID"
	PID=$(<"$BUNDLE/pid")
	refused_forks() { [ "$(sed -n 's/^max //p' "/sys/fs/cgroup/$ID/pids.events")" -gt 0 ]; }
	wait_for 20 refused_forks
	[ "$(<"/sys/fs/cgroup/$ID/pids.current")" -le 20 ]
	must delete --force "$ID"
}

@test "a program that takes more memory than it may is ended" {
	require_controller memory
	bundle '.linux.resources.memory = {limit: 25165824, swap: 25165824} | .process.args = ["sh", "-c", "tail /dev/zero; echo tail $?"]'
	must run --keep --bundle "$BUNDLE" "$ID"
	equal 'tail 137' "$output"
	[ "$(sed -n 's/^oom_kill //p' "/sys/fs/cgroup/$ID/memory.events")" -ge 1 ]
}

@test "without a cgroup manager the process stays where the caller is" {
	GLOBAL+=(--cgroup-manager disabled)
	start_container 'del(.linux.resources)'
	equal "$(cgroup_line self)" "$(cgroup_line "$PID")"
	[ ! -e "/sys/fs/cgroup/$ID" ]
	bundle '.linux.resources.pids.limit = 5'
	refused /linux/resources create --bundle "$BUNDLE" "$ID"
}

# SPDX-License-Identifier: Apache-2.0
# Copyright the orlop authors
#
# update: new limits for a container, as the kernel's files have them.

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
		have=$(cat "/sys/fs/cgroup/$ID/$file") || return
		equal "$value" "$have" "$file"
	done <<<"$1"
}
# update JSON: by --resources, from standard input.
update() {
	printf '%s' "$1" >"$TEST_DIR/resources"
	must update --resources - "$ID" <"$TEST_DIR/resources"
}
update_refused() {
	printf '%s' "$2" >"$TEST_DIR/resources"
	refused "$1" update --resources - "$ID" <"$TEST_DIR/resources"
}
# device NUMBERS: whether the container's cgroup may open the character device: "yes" or "no". A device
# that has no driver is "yes" as well: only the program says EPERM.
device() {
	local node=$TEST_DIR/node-${1/:/-} said
	[ -e "$node" ] || mknod "$node" c "${1%:*}" "${1#*:}"
	said=$(
		echo "$BASHPID" >"/sys/fs/cgroup/$ID/cgroup.procs"
		{ exec <"$node"; } 2>&1 || :
	) || :
	[[ $said == *'not permitted'* ]] && echo no || echo yes
}
swap_is_counted() { [ -e "/sys/fs/cgroup/$ID/memory.swap.max" ]; }

reset='{"allow": false, "access": "rwm"}'
tun='{"allow": true, "type": "c", "major": 10, "minor": 200, "access": "rwm"}'
fuse='{"allow": true, "type": "c", "major": 10, "minor": 229, "access": "rwm"}'
sleeping='.process.args = ["sleep", "1000"]'

@test "update changes files of the cgroup of a created, a running and a paused container" {
	create_container "$sleeping"
	update '{"unified": {"cgroup.max.depth": "3"}}'
	limits 'cgroup.max.depth 3'
	must start "$ID"
	has_status "$ID" running
	update '{"unified": {"cgroup.max.depth": "4", "cgroup.max.descendants": "5"}}'
	limits $'cgroup.max.depth 4\ncgroup.max.descendants 5'
	must pause "$ID"
	update '{"unified": {"cgroup.max.depth": "6"}}'
	limits $'cgroup.max.depth 6\ncgroup.max.descendants 5'
	has_status "$ID" paused
	must resume "$ID"
	must kill "$ID" KILL
	wait_for_status "$ID" stopped
	update_refused 'container not running' '{"unified": {"cgroup.max.depth": "7"}}'
}

@test "resources come from a file, from standard input and from a pipe" {
	start_container "$sleeping"
	echo '{"unified": {"cgroup.max.depth": "3"}}' >"$TEST_DIR/r"
	must update --resources="$TEST_DIR/r" "$ID"
	limits 'cgroup.max.depth 3'
	must update "$ID" -r - < <(echo '{"unified": {"cgroup.max.depth": "4"}}')
	limits 'cgroup.max.depth 4'
	must update --resources /dev/stdin "$ID" < <(echo '{"unified": {"cgroup.max.depth": "5"}}')
	limits 'cgroup.max.depth 5'
	update '{}'
	limits 'cgroup.max.depth 5'
	refused "there is no file" update -r "$TEST_DIR/nothing" "$ID"
	update_refused 'resources: ' '{"unified": '
	update_refused '/linux/resources/pids/limit|/pids/limit' '{"pids": {"limit": "many"}}'
}

@test "what the kernel refuses takes back what was written before it" {
	start_container "$sleeping"
	update '{"unified": {"cgroup.max.depth": "3"}}'
	update_refused 'cgroup.max.descendants.*none' \
		'{"unified": {"cgroup.max.depth": "9", "cgroup.max.descendants": "none"}}'
	limits $'cgroup.max.depth 3\ncgroup.max.descendants max'
	# And it is not remembered: the next update does not try it again.
	update '{"unified": {"cgroup.max.descendants": "8"}}'
	limits $'cgroup.max.depth 3\ncgroup.max.descendants 8'
}

@test "options that are no limits, and limits that are no numbers" {
	start_container "$sleeping"
	refused 'no limit is given' update "$ID"
	refused "option '--memory': 'lots' is no size" update "$ID" --memory lots
	refused "option '--pids-limit': '5k' is no number" update "$ID" --pids-limit 5k
	refused 'cgroup v1' update --cpu-rt-runtime 100 "$ID"
	refused 'cgroup v1' update --cpu-rt-period 100 "$ID"
	refused 'intelRdt' update --l3-cache-schema L3:0=f "$ID"
	refused 'intelRdt' update --mem-bw-schema MB:0=20 "$ID"
	refused 'unknown option' update --device c "$ID"
	refused 'does not exist' update --pids-limit 5 no-such-container
	must update --kernel-memory 50M --kernel-memory-tcp=1g "$ID"
	matches 'passed over: .*/kernel: cgroup v2 has no such limit' "$errors"
	matches 'passed over: .*/kernelTCP: cgroup v2 has no such limit' "$errors"
	echo '{"unified": {"cgroup.max.depth": "3"}}' >"$TEST_DIR/r"
	must update -r "$TEST_DIR/r" --memory 50M "$ID"
	matches 'are passed over: --resources is given' "$errors"
	limits 'cgroup.max.depth 3'
}

@test "a limit without its controller is refused" {
	local controller word some=''
	start_container "$sleeping"
	for word in pids:--pids-limit memory:--memory cpu:--cpu-share; do
		controller=${word%%:*}
		! grep -qw "$controller" /sys/fs/cgroup/cgroup.controllers || continue
		some=1
		refused "no cgroup controller '$controller'" update "${word#*:}" 100 "$ID"
	done
	[ -n "$some" ] || skip "this kernel has all controllers"
}

@test "device rules are added, and a list that only denies changes nothing" {
	start_container "$sleeping | .linux.resources.devices = [$reset, $fuse]"
	equal yes/yes/no/no "$(device 1:3)/$(device 10:229)/$(device 10:200)/$(device 1:11)"
	# As Podman sends it.
	update "{\"devices\": [$reset], \"unified\": {\"cgroup.max.depth\": \"3\"}}"
	equal yes/yes/no/no "$(device 1:3)/$(device 10:229)/$(device 10:200)/$(device 1:11)"
	# Without any, the program stays.
	update '{"unified": {"cgroup.max.depth": "4"}}'
	equal yes/yes/no/no "$(device 1:3)/$(device 10:229)/$(device 10:200)/$(device 1:11)"
	update "{\"devices\": [$reset, $tun]}"
	equal yes/yes/yes/no "$(device 1:3)/$(device 10:229)/$(device 10:200)/$(device 1:11)"
	# What was updated is remembered.
	update "{\"devices\": [${fuse/true/false}]}"
	equal yes/no/yes/no "$(device 1:3)/$(device 10:229)/$(device 10:200)/$(device 1:11)"
}

@test "device rules are judged by the policy that made the container, and by today's" {
	GLOBAL=(--policy baseline)
	start_container "$sleeping"
	GLOBAL=()
	update_refused 'rule devices of policy baseline: device c 10:200' "{\"devices\": [$reset, $tun]}"
	update_refused 'rule devices of policy baseline: devices of any number' '{"devices": [{"allow": true}]}'
	update "{\"devices\": [$reset]}"
	equal yes/no "$(device 1:3)/$(device 10:200)"
	GLOBAL=(--policy oci)
	start_container "$sleeping"
	GLOBAL=()
	site_policy '{"oci": {"items": {"devices": "deny"}}}'
	update_refused 'rule devices of policy oci, /etc/orlop/policy.json:1: device c 10:200' "{\"devices\": [$tun]}"
	equal no "$(device 10:200)"
	site_policy '{"allow": ["hardened"]}'
	update_refused "policy 'oci' is not among those" "{\"devices\": [$tun]}"
	site_policy '{}'
	update "{\"devices\": [$tun]}"
	equal yes "$(device 10:200)"
}

@test "a policy that was stricter then holds today" {
	site_policy '{"oci": {"items": {"devices": "deny"}}}'
	start_container "$sleeping"
	site_policy '{}'
	update_refused 'rule devices of policy oci' "{\"devices\": [$tun]}"
	equal no "$(device 10:200)"
}

@test "limits of huge pages are changed" {
	require_controller hugetlb
	[ -d /sys/kernel/mm/hugepages/hugepages-2048kB ] || skip "needs huge pages of 2 MB"
	start_container "$sleeping"
	update '{"hugepageLimits": [{"pageSize": "2MB", "limit": 4194304}]}'
	limits 'hugetlb.2MB.max 4194304'
	update '{"hugepageLimits": [{"pageSize": "2MB", "limit": 8388608}]}'
	limits 'hugetlb.2MB.max 8388608'
}

@test "limits of processor, memory, swap, processes and I/O are changed" {
	require_controller cpu cpuset io memory pids
	start_container "$sleeping"
	must update "$ID" --memory 64M --memory-swap 96M --memory-reservation 32m --pids-limit 33 --cpu-share 1024 \
		--cpu-quota 50000 --cpu-period 100000 --cpu-burst 20000 --cpuset-cpus 0 --cpuset-mems 0
	limits $'cpu.weight 100\ncpu.max 50000 100000\ncpu.max.burst 20000\ncpuset.cpus 0\ncpuset.mems 0
memory.max 67108864\nmemory.low 33554432\npids.max 33'
	! swap_is_counted || limits 'memory.swap.max 33554432'
	# Each from what was set last.
	must update --cpu-quota 10000 --cpu-burst 5000 "$ID"
	limits $'cpu.max 10000 100000\ncpu.max.burst 5000'
	must update --cpu-period 50000 "$ID"
	limits 'cpu.max 10000 50000'
	refused '/cpu/burst: 5000 is above the quota' update --cpu-quota 4000 "$ID"
	must update --memory 80M "$ID"
	limits 'memory.max 83886080'
	! swap_is_counted || limits 'memory.swap.max 16777216'
	refused 'memory and swap together' update --memory 128M "$ID"
	must update --memory -1 --pids-limit=-1 --cpu-quota -1 "$ID"
	limits $'memory.max max\npids.max max\ncpu.max max 50000'
	! swap_is_counted || limits 'memory.swap.max max'
	must update --pids-limit 0 --cpu-idle 1 "$ID"
	limits $'pids.max 1\ncpu.idle 1'
	must update --cpu-idle 0 "$ID"
	limits $'cpu.idle 0\ncpu.weight 100'
	# As Docker and Podman send them.
	update '{"memory":{"limit":100663296,"swap":134217728},"cpu":{"quota":70000,"period":100000},"pids":{"limit":60}}'
	limits $'memory.max 100663296\ncpu.max 70000 100000\npids.max 60'
	! swap_is_counted || limits 'memory.swap.max 33554432'
	update '{"devices":[{"allow":false,"access":"rwm"}],"memory":{"limit":100663296,"swap":201326592},"cpu":{"quota":70000,"period":100000},"pids":{"limit":60}}'
	! swap_is_counted || limits 'memory.swap.max 100663296'
	equal yes "$(device 1:3)"
}

@test "the weight for block I/O is changed, or cannot be had" {
	start_container "$sleeping"
	if ! grep -qw io /sys/fs/cgroup/cgroup.controllers; then
		refused "no cgroup controller 'io'" update --blkio-weight 500 "$ID"
	elif runtime update --blkio-weight 500 "$ID" && [ "$status" -ne 0 ]; then
		[ ! -e "/sys/fs/cgroup/$ID/io.weight" ]
		[ ! -e "/sys/fs/cgroup/$ID/io.bfq.weight" ]
		matches 'io.weight' "$errors"
	elif [ -e "/sys/fs/cgroup/$ID/io.bfq.weight" ]; then
		matches '500' "$(cat "/sys/fs/cgroup/$ID/io.bfq.weight")"
	else
		matches 'default 4950' "$(cat "/sys/fs/cgroup/$ID/io.weight")"
	fi
	refused '/blockIO/weight' update --blkio-weight 5 "$ID"
}

@test "a limit below what is in use is refused where that was asked for" {
	require_controller memory
	start_container "$sleeping | .linux.resources.memory = {limit: 1073741824}"
	update_refused 'rejecting memory limit 4096 <= usage [0-9]+' \
		'{"memory": {"limit": 4096, "checkBeforeUpdate": true}}'
	limits 'memory.max 1073741824'
	update '{"memory": {"limit": 104857600, "checkBeforeUpdate": true}}'
	limits 'memory.max 104857600'
}

@test "what the floor limits, update cannot lift" {
	require_controller memory pids
	GLOBAL=(--policy hardened)
	start_container "$sleeping"
	GLOBAL=()
	local memory
	limits 'pids.max 2048'
	memory=$(cat "/sys/fs/cgroup/$ID/memory.max")
	must update --pids-limit 10 --memory 64M "$ID"
	limits $'pids.max 10\nmemory.max 67108864'
	must update --pids-limit -1 --memory -1 --memory-swap -1 "$ID"
	limits $'pids.max 2048\nmemory.max '"$memory"
	! swap_is_counted || limits 'memory.swap.max 0'
	matches 'rule pids-limit: pids.max is set to 2048' "$errors"
	update '{"unified": {"pids.max": "max", "memory.max": "0x7fffffffffffffff", "memory.swap.max": "max"}}'
	limits $'pids.max 2048\nmemory.max '"$memory"
	! swap_is_counted || limits 'memory.swap.max 0'
	update '{"pids": {"limit": 4194305}}'
	limits 'pids.max 2048'
}

@test "a controller that nobody had enabled is enabled for the update" {
	require_controller cpu
	mkdir "/sys/fs/cgroup/$MARK-above"
	start_container "$sleeping"' | .linux.cgroupsPath = $p' --arg p "/$MARK-above/leaf"
	[ ! -e "/sys/fs/cgroup/$MARK-above/leaf/cpu.max" ]
	must update --cpu-quota 20000 "$ID"
	equal '20000 100000' "$(cat "/sys/fs/cgroup/$MARK-above/leaf/cpu.max")"
	must delete --force "$ID"
	rmdir "/sys/fs/cgroup/$MARK-above"
}

@test "a container without a cgroup, and one without its configuration, cannot be updated" {
	GLOBAL+=(--cgroup-manager disabled)
	start_container "$sleeping | del(.linux.resources)"
	GLOBAL=()
	refused 'has no cgroup: it was made with --cgroup-manager disabled' update --pids-limit 5 "$ID"
	GLOBAL=(--policy oci)
	start_container "$sleeping"
	rm "$STATE/$ID/config.json"
	refused 'an earlier version of orlop made it' update --pids-limit 5 "$ID"
}

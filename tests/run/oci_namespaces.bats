# SPDX-License-Identifier: Apache-2.0
# Copyright the orlop authors
#
# Namespaces under policy oci: new, joined by path, left alone.

load ../lib/orlop
load support

setup() {
	orlop_setup
	GLOBAL=(--policy oci)
}

@test "namespaces without a path are new, the loopback device is up" {
	start_script 'cat /sys/class/net/lo/flags; grep ^0:: /proc/self/cgroup' '.linux.namespaces += [{type: "time"}]'
	own_namespace "$PID" cgroup ipc mnt net pid time uts
	same_namespace "$PID" self user
	equal $'0x9\n0::/' "$output" "flags of lo, and the root of the cgroup namespace"
	# The first process of its pid namespace.
	matches '[[:space:]]1$' "$(proc_status "$PID" NSpid)" NSpid
}

@test "namespaces that are not listed are the host's" {
	start_container 'del(.hostname) | .linux.namespaces = [{type: "mount"}]'
	same_namespace "$PID" self cgroup ipc net pid user uts
	own_namespace "$PID" mnt
	# Without a cgroup namespace /proc/self/cgroup has the host's path, and it leads somewhere.
	equal "$PID" "$(head -n 1 "/proc/$PID/root$(cgroup_of "$PID")/cgroup.procs")" "first process of its cgroup"
}

@test "namespaces are joined by path" {
	local first type name filter='del(.hostname) | .linux.namespaces = [{type: "mount"}'
	start_container '.linux.namespaces += [{type: "time"}]'
	first=$PID
	for type in cgroup:cgroup ipc:ipc network:net pid:pid time:time uts:uts; do
		name=${type#*:}
		filter+=", {type: \"${type%:*}\", path: \"/proc/$first/ns/$name\"}"
	done
	start_container "$filter]"
	same_namespace "$first" "$PID" cgroup ipc net pid time uts
	own_namespace "$PID" mnt
	[ "$(namespace_of "$first" mnt)" != "$(namespace_of "$PID" mnt)" ]
	# Joined, not made: it is not the first process there.
	[[ ! $(proc_status "$PID" NSpid) =~ [[:space:]]1$ ]]
}

@test "a cgroup namespace is joined by path with a user namespace of its own" {
	local first mapping='{containerID: 0, hostID: 100000, size: 65536}'
	start_container
	first=$PID
	start_container ".linux.uidMappings = [$mapping] | .linux.gidMappings = [$mapping] |
		.linux.namespaces += [{type: \"user\"}] | del(.mounts[] | select(.type == \"proc\" or .type == \"cgroup\")) |
		(.linux.namespaces[] | select(.type == \"cgroup\" or .type == \"pid\")) |= (.path = \"/proc/$first/ns/\\(.type)\")"
	same_namespace "$first" "$PID" cgroup pid
	own_namespace "$PID" user mnt net
	equal 100000 "$(proc_status "$PID" Uid | cut -f 1)" uid
	grep -qx "$PID" "$(cgroup_of "$PID")/cgroup.procs"
}

@test "a namespace of another type, or no namespace, is refused" {
	local path checks=()
	for path in /proc/self/ns/uts /etc/passwd /etc /proc/self/ns/no-such; do
		checks+=(/linux/namespaces/1 "(.linux.namespaces[] | select(.type == \"network\")).path = \"$path\"")
	done
	refused_each "${checks[@]}"
}

@test "a type may stand once, and has to be known" {
	refused_each /linux/namespaces '.linux.namespaces += [{type: "pid"}]' \
		/linux/namespaces '.linux.namespaces += [{type: "planet"}]'
}

@test "a time namespace has its offsets" {
	local host inside
	start_script 'cat /proc/uptime' '.linux.namespaces += [{type: "time"}] |
		.linux.timeOffsets = {monotonic: {secs: 1000, nanosecs: 5}, boottime: {secs: 5000000}}'
	own_namespace "$PID" time
	read -r host _ </proc/uptime
	inside=${output%%.*}
	# Boot time is what /proc/uptime shows.
	[ "$inside" -ge $((${host%%.*} + 4999900)) ]
	[ "$inside" -le $((${host%%.*} + 5000000)) ]
	equal 'monotonic 1000 5 boottime 5000000 0' "$(tr -s ' \n' ' ' <"/proc/$PID/timens_offsets" | sed 's/ $//')" offsets
}

@test "a time namespace of a new user namespace has its offsets" {
	local mapping='[{containerID: 0, hostID: 100000, size: 65536}]'
	start_container '.linux.namespaces += [{type: "time"}, {type: "user"}] | .linux.timeOffsets = {boottime: {secs: 77, nanosecs: 3}} |
		.linux.uidMappings = '"$mapping"' | .linux.gidMappings = '"$mapping"
	own_namespace "$PID" time user
	matches ' boottime 77 3 ?$' "$(tr -s ' \n' ' ' <"/proc/$PID/timens_offsets")" offsets
}

@test "time offsets need a new time namespace" {
	bundle '.linux.timeOffsets = {boottime: {secs: 5}}'
	refused /linux/timeOffsets create --bundle "$BUNDLE" "$ID"
}

@test "host name and domain name are the container's" {
	local before
	before=$(cat /proc/sys/kernel/hostname /proc/sys/kernel/domainname)
	start_container '.hostname = "inside" | .domainname = "example.org"'
	equal inside "$(nsenter -t "$PID" -u cat /proc/sys/kernel/hostname)" hostname
	equal example.org "$(nsenter -t "$PID" -u cat /proc/sys/kernel/domainname)" domainname
	equal "$before" "$(cat /proc/sys/kernel/hostname /proc/sys/kernel/domainname)" "the host's names"
	bundle 'del(.linux.namespaces[] | select(.type == "uts"))'
	refused /hostname create --bundle "$BUNDLE" "$ID"
}

# SPDX-License-Identifier: Apache-2.0
# Copyright the orlop authors
#
# User namespaces that config.json asks for: its mappings are taken as they are, and nothing is
# id-mapped, for who wrote them has shifted the files.

load ../lib/orlop
load support

setup() {
	orlop_setup
	GLOBAL=(--policy oci)
	with_probe
	# A root that belongs to the mapped ids. The tests of this file share it.
	[ -e "$ROOTFS/.shifted" ] || {
		: >"$ROOTFS/.shifted"
		chown -hR 100000:100000 "$ROOTFS"
	}
}

mapped='.linux.namespaces += [{type: "user"}] |
	.linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] | .linux.gidMappings = .linux.uidMappings'

@test "a user namespace has the mappings of the configuration, and owns the others" {
	local name
	start_script 'stat -c "%u:%g" /bin/busybox; echo x >/dev/shm/file; stat -c "%u" /dev/shm/file' "$mapped"
	own_namespace "$PID" cgroup ipc mnt net pid user uts
	equal '0 100000 65536' "$(tr -s ' ' <"/proc/$PID/uid_map" | sed 's/^ //')" uid_map
	equal '0 100000 65536' "$(tr -s ' ' <"/proc/$PID/gid_map" | sed 's/^ //')" gid_map
	equal $'100000\t100000\t100000\t100000' "$(proc_status "$PID" Uid)" Uid
	for name in cgroup ipc mnt net pid uts; do
		equal "$(namespace_of "$PID" user)" "$("$ORLOP_HELPERS/probe" owner "/proc/$PID/ns/$name")" "owner of $name"
	done
	equal $'0:0\n0' "$output" "owners inside"
	no_option idmapped "$PID" /
}

@test "a mapping may have several parts, and users that are not mapped are refused" {
	local parts='.linux.namespaces += [{type: "user"}] |
		.linux.uidMappings = [{containerID: 0, hostID: 100000, size: 1000}, {containerID: 1000, hostID: 300000, size: 10}] |
		.linux.gidMappings = .linux.uidMappings'
	start_container "$parts"' | .process.user = {uid: 1005, gid: 1001} | .process.cwd = "/"'
	equal $'300005\t300005\t300005\t300005' "$(proc_status "$PID" Uid)" Uid
	equal $'300001\t300001\t300001\t300001' "$(proc_status "$PID" Gid)" Gid
	bundle "$parts"' | .process.user.uid = 5000'
	refused /process/user/uid create --bundle "$BUNDLE" "$ID"
}

@test "device nodes can be opened in a user namespace" {
	start_script 'echo x >/dev/null && head -c 3 /dev/zero | wc -c; head -c 2 /dev/urandom | wc -c
		echo x >/dev/full; head -c 1 /dev/mynull | wc -c; stat -c "%F %t:%T %a %u:%g" /dev/null /dev/mynull' \
		"$mapped"' | .linux.devices = [{path: "/dev/mynull", type: "c", major: 1, minor: 3, fileMode: 432, uid: 7, gid: 8}]'
	equal $'3\n2\n0\ncharacter special file 1:3 666 0:0\ncharacter special file 1:3 660 7:8' "$output"
	equal 1:3 "$(stat -c %t:%T "/proc/$PID/root/dev/null")" "device from outside"
}

@test "kernel parameters are set in a user namespace" {
	start_script 'cd /proc/sys && cat net/ipv4/ip_unprivileged_port_start kernel/shmmni net/ipv4/ping_group_range' "$mapped"' |
		.linux.sysctl = {"net.ipv4.ip_unprivileged_port_start": "0", "kernel.shmmni": "99",
			"net.ipv4.ping_group_range": "0 2147483647"}'
	equal $'0\n99\n0\t65535' "$output"
}

@test "a user namespace is joined by path" {
	local first
	start_container "$mapped"
	first=$PID
	start_container 'del(.hostname) | .linux.namespaces = [{type: "mount"}, {type: "pid"}, {type: "cgroup"},
			{type: "user", path: $ns | sub("%"; "user")}, {type: "network", path: $ns | sub("%"; "net")},
			{type: "ipc", path: $ns | sub("%"; "ipc")}, {type: "uts", path: $ns | sub("%"; "uts")}]' \
		--arg ns "/proc/$first/ns/%"
	same_namespace "$first" "$PID" user net ipc uts
	own_namespace "$PID" mnt pid cgroup user
	[ "$(namespace_of "$first" pid)" != "$(namespace_of "$PID" pid)" ]
	matches '[[:space:]]1$' "$(proc_status "$PID" NSpid)" NSpid
	equal "$(namespace_of "$first" user)" "$("$ORLOP_HELPERS/probe" owner "/proc/$PID/ns/pid")" "owner of the pid namespace"
	equal $'100000\t100000\t100000\t100000' "$(proc_status "$PID" Uid)" Uid
}

@test "mappings that are named with a user namespace by path have to be its own" {
	local first join='.linux.namespaces = [{type: "mount"}, {type: "pid"}, {type: "ipc"}, {type: "network"}, {type: "uts"},
		{type: "user", path: $ns}] |
		.linux.uidMappings = [{containerID: 0, hostID: ($host | tonumber), size: 65536}] | .linux.gidMappings = .linux.uidMappings'
	start_container "$mapped"
	first=$PID
	start_container "$join" --arg ns "/proc/$first/ns/user" --arg host 100000
	same_namespace "$first" "$PID" user
	bundle "$join" --arg ns "/proc/$first/ns/user" --arg host 200000
	refused '/linux/uidMappings: the user namespace that is joined has other mappings' run --bundle "$BUNDLE" "$ID"
	bundle "$join"' | .linux.gidMappings[0].size = 1000' --arg ns "/proc/$first/ns/user" --arg host 100000
	refused '/linux/gidMappings: the user namespace that is joined has other mappings' run --bundle "$BUNDLE" "$ID"
}

@test "a new user namespace needs mappings, and mappings a new user namespace" {
	refused_each /linux/uidMappings '.linux.namespaces += [{type: "user"}]' \
		/linux/uidMappings '.linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] | .linux.gidMappings = .linux.uidMappings'
}

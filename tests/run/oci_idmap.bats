# SPDX-License-Identifier: Apache-2.0
# Copyright the orlop authors
#
# Id-mapped mounts that config.json asks for: idmap, ridmap, and mappings of a mount's own.

load ../lib/orlop
load support

setup() {
	orlop_setup
	GLOBAL=(--policy oci)
	# On disk: file of 0, mine of 1000; and sub, a mount of another directory of the same disk.
	disk_dir below
	echo x >"$DIR/file"
	disk_dir volume
	echo x >"$DIR/file"
	echo x >"$DIR/mine"
	chown 1000:1000 "$DIR/mine"
	mkdir "$DIR/sub"
	chmod 777 "$DIR"
}

own_mapping='uidMappings: [{containerID: 0, hostID: 700000, size: 1}, {containerID: 1000, hostID: 5, size: 1}],
	gidMappings: [{containerID: 0, hostID: 800000, size: 1}, {containerID: 1000, hostID: 6, size: 1}]'

@test "a mount has mappings of its own" {
	start_script 'stat -c "%n %u:%g" /dev/own/file /dev/own/mine /dev/plain/mine' '.mounts += [
		{destination: "/dev/own", type: "bind", source: $d, options: ["bind"], '"$own_mapping"'},
		{destination: "/dev/plain", type: "bind", source: $d, options: ["bind"]}]' --arg d "$DIR"
	equal $'/dev/own/file 700000:800000\n/dev/own/mine 5:6\n/dev/plain/mine 1000:1000' "$output"
	has_option idmapped "$PID" /dev/own
	no_option idmapped "$PID" /dev/plain
	same_namespace "$PID" self user
}

@test "a relative source can be mapped as well" {
	bundle '.process.args = ["stat", "-c", "%u:%g", "/dev/own/file"] |
		.mounts += [{destination: "/dev/own", type: "bind", source: "data", options: ["bind"], '"$own_mapping"'}]'
	mkdir "$BUNDLE/data"
	touch "$BUNDLE/data/file"
	must run --bundle "$BUNDLE" "$ID"
	equal 700000:800000 "$output"
}

@test "idmap takes the container's mappings, ridmap the mounts below as well" {
	copied_rootfs
	chown -hR 100000:100000 "$ROOTFS"
	host_mount --bind "$TEST_DIR/below" "$DIR/sub"
	start_script 'stat -c "%n %u:%g" /dev/*/file /dev/*/mine /dev/*/sub/file
		touch /dev/idmap/new; cd /dev/idmap && chown 1000:1000 new && touch new2' '.linux.namespaces += [{type: "user"}] |
		.linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] | .linux.gidMappings = .linux.uidMappings |
		.mounts += [
		{destination: "/dev/idmap", type: "bind", source: $d, options: ["rbind", "idmap"]},
		{destination: "/dev/plain", type: "bind", source: $d, options: ["rbind"]},
		{destination: "/dev/ridmap", type: "bind", source: $d, options: ["rbind", "ridmap"]}] | (.process.capabilities[]) += ["CAP_CHOWN"]' --arg d "$DIR"
	lines $'/dev/idmap/file 0:0\n/dev/idmap/mine 1000:1000\n/dev/idmap/sub/file 65534:65534
/dev/plain/file 65534:65534\n/dev/plain/mine 65534:65534\n/dev/plain/sub/file 65534:65534
/dev/ridmap/file 0:0\n/dev/ridmap/mine 1000:1000\n/dev/ridmap/sub/file 0:0'
	# On disk, what the container's root makes is root's.
	equal '1000:1000 0:0' "$(stat -c %u:%g "$DIR/new" "$DIR/new2" | tr '\n' ' ' | sed 's/ $//')" "owners on disk"
	has_option idmapped "$PID" /dev/idmap
	no_option idmapped "$PID" /dev/idmap/sub
	has_option idmapped "$PID" /dev/ridmap/sub
	no_option idmapped "$PID" /
}

@test "mappings come in pairs, and idmap needs a user namespace" {
	bundle '.mounts += [{destination: "/dev/own", type: "bind", source: $d, options: ["bind"],
		uidMappings: [{containerID: 0, hostID: 1, size: 1}]}]' --arg d "$DIR"
	refused '/mounts/7' create --bundle "$BUNDLE" "$ID"
	bundle '.mounts += [{destination: "/dev/own", type: "bind", source: $d, options: ["bind", "idmap"]}]' --arg d "$DIR"
	refused '/mounts/7' create --bundle "$BUNDLE" "$ID"
}

@test "what cannot be id-mapped is refused by name" {
	disk_dir ram
	host_mount -t ramfs ramfs "$DIR"
	bundle '.mounts += [{destination: "/dev/own", type: "bind", source: $d, options: ["bind"], '"$own_mapping"'}]' --arg d "$DIR"
	refused "$DIR.*ramfs" create --bundle "$BUNDLE" "$ID"
}

# SPDX-License-Identifier: Apache-2.0
# Copyright the orlop authors
#
# Configurations of unusual size: they are carried out or refused, and never change what else is
# asked for (CVE-2021-43784 was a length that did not fit).

load ../lib/orlop
load ../run/support

setup() {
	orlop_setup
}

# letters COUNT
letters() { head -c "$1" /dev/zero | tr '\0' a; }

@test "thousands of mounts are all there, and the namespaces are the container's" {
	local policy
	for policy in oci hardened; do
		GLOBAL=(--policy "$policy")
		start_container 'del(.process.rlimits) | .mounts += [range(2000) | {destination: "/dev/m\(.)", type: "tmpfs", source: "tmpfs", options: ["size=4k"]}]'
		equal 2000 "$(grep -c ' /dev/m[0-9]* ' "/proc/$PID/mountinfo")" "$policy: mounts"
		own_namespace "$PID" mnt pid net ipc uts
		# What is left for the program is what it would have had.
		equal "$(ulimit -Sn)" "$(awk '/^Max open files/ {print $4}' "/proc/$PID/limits")" "$policy: open files"
		must delete --force "$ID"
	done
}

@test "long annotations are kept, and the namespaces are the container's" {
	local size
	for size in 65535 65536 65537; do
		letters "$size" >"$TEST_DIR/long"
		start_container '.annotations = {long: $long}' --rawfile long "$TEST_DIR/long"
		own_namespace "$PID" mnt pid net ipc uts
		must state "$ID"
		equal "$size" "$(jq -r '.annotations.long | length' "$OUT")"
		must delete --force "$ID"
	done
}

@test "names that no file can have are refused, with their place" {
	letters 70000 >"$TEST_DIR/long"
	bundle '.mounts += [{destination: "/dev/v", type: "bind", source: ("/" + $long), options: ["bind"]}]' \
		--rawfile long "$TEST_DIR/long"
	refused /mounts/7 create --bundle "$BUNDLE" "$ID"
	bundle '.mounts += [{destination: ("/" + $long), type: "tmpfs", source: "tmpfs"}]' --rawfile long "$TEST_DIR/long"
	refused /mounts/7 create --bundle "$BUNDLE" "$ID"
	bundle '.root.path = $long' --rawfile long "$TEST_DIR/long"
	refused /root/path create --bundle "$BUNDLE" "$ID"
	bundle '.hostname = $long' --rawfile long "$TEST_DIR/long"
	refused /hostname create --bundle "$BUNDLE" "$ID"
	bundle '.process.cwd = "/" + $long' --rawfile long "$TEST_DIR/long"
	refused /process/cwd create --bundle "$BUNDLE" "$ID"
}

# SPDX-License-Identifier: Apache-2.0
# Copyright the orlop authors
#
# Masked and read-only paths and kernel parameters under policy oci.

load ../lib/orlop
load support

setup() {
	orlop_setup
	GLOBAL=(--policy oci)
}

# device_of PID PATH: the file system at a mount point.
device_of() { awk -v path="$2" '$5 == path { found = $3 } END { print found }' "/proc/$1/mountinfo"; }

@test "masked files are empty, masked directories too, and missing ones are passed over" {
	copied_rootfs
	mkdir "$ROOTFS/secret" "$ROOTFS/other"
	echo secret >"$ROOTFS/secret/file"
	start_script 'cat /proc/timer_list /etc/passwd | wc -c; ls -A /secret /other /sys/firmware | grep -vc :
		touch /secret/x 2>&1; echo x >/etc/passwd && echo swallowed' '.root.readonly = false |
		.linux.maskedPaths = ["/proc/timer_list", "/proc/timer_list", "/etc/passwd", "/secret", "/other", "/secret",
			"/sys/firmware", "/no/such/path", "/etc/passwd/below"]'
	equal $'0\n2\ntouch: /secret/x: Read-only file system' "$(head -n 3 <<<"$output")"
	matches '^root:' "$(<"$ROOTFS/etc/passwd")" "the file itself"
	has_option ro "$PID" /proc/timer_list
	has_option ro "$PID" /etc/passwd
	matches '^ro,.* tmpfs ' "$(mount_at "$PID" /secret)"
	matches '^ro,.* tmpfs ' "$(mount_at "$PID" /sys/firmware)"
	# A path that stands twice is masked once; directories share one file system.
	equal 1 "$(cut -d ' ' -f 5 "/proc/$PID/mountinfo" | grep -cx /secret)" "mounts at /secret"
	equal 1 "$(cut -d ' ' -f 5 "/proc/$PID/mountinfo" | grep -cx /proc/timer_list)" "mounts at /proc/timer_list"
	equal "$(device_of "$PID" /secret)" "$(device_of "$PID" /other)" "file systems of masked directories"
	equal 'character special file 1:3' "$(stat -c '%F %t:%T' "/proc/$PID/root/proc/timer_list")"
}

@test "read-only paths cannot be written, with what is mounted below them" {
	copied_rootfs
	mkdir -p "$ROOTFS/data/sub"
	start_script 'echo 1 >/proc/sys/kernel/msgmax; touch /data/x /data/sub/x 2>&1; touch /etc/x && echo "etc yes"' '.root.readonly = false |
		.mounts += [{destination: "/data/sub", type: "tmpfs", source: "tmpfs"}] |
		.linux.readonlyPaths = ["/proc/sys", "/data", "/no/such/path"]'
	has_option ro "$PID" /proc/sys
	has_option ro "$PID" /data
	equal 2 "$(grep -c 'Read-only file system' <<<"$output")" refusals
	equal yes "$(line etc)"
	matches '^ro,' "$(mount_at "$PID" /data/sub)"
}

@test "all of /proc, /sys or /dev can be masked or read-only" {
	start_script 'ls -A /sys | wc -l; echo $$ >/proc/self/comm; cat /proc/keys | wc -c; ls -A /dev | wc -l' \
		'.linux.maskedPaths = ["/sys/firmware", "/sys", "/proc/keys", "/dev"] | .linux.readonlyPaths = ["/proc"]'
	equal $'0\n0\n0' "$(grep -x '[0-9]*' <<<"$output")"
	matches '^ro,.* tmpfs ' "$(mount_at "$PID" /sys)"
	matches '^ro,.* tmpfs ' "$(mount_at "$PID" /dev)"
	matches '^ro,.* proc ' "$(mount_at "$PID" /proc)"
	# The mask lies on what can be seen.
	has_option ro "$PID" /proc/keys
	equal 'character special file 1:3' "$(stat -c '%F %t:%T' "/proc/$PID/root/proc/keys")"
	start_script 'ls -A /proc | wc -l' '.linux.maskedPaths = ["/proc"] | .linux.readonlyPaths = ["/sys", "/dev"]'
	equal 0 "$output"
	matches '^ro,.* sysfs ' "$(mount_at "$PID" /sys)"
	matches '^ro,.* tmpfs ' "$(mount_at "$PID" /dev)"
}

@test "without lists nothing is masked or read-only" {
	start_script 'echo 7777 >/proc/sys/kernel/msgmax && cat /proc/sys/kernel/msgmax' \
		'del(.linux.maskedPaths, .linux.readonlyPaths)'
	equal 7777 "$output"
	not_mounted "$PID" /proc/timer_list
	not_mounted "$PID" /proc/sys
	not_mounted "$PID" /sys/firmware
}

@test "kernel parameters of the container's namespaces are set, the host's stay" {
	local files='/proc/sys/net/ipv4/ip_forward /proc/sys/kernel/shmmni /proc/sys/fs/mqueue/msg_max /proc/sys/kernel/domainname
		/proc/sys/net/ipv4/conf/lo/forwarding' before
	before=$(cat $files)
	start_script "cat ${files//$'\n'/ }" '.linux.sysctl = {"net.ipv4.ip_forward": "1", "kernel.shmmni": "77", "fs.mqueue.msg_max": "7",
		"kernel.domainname": "example.org", "net/ipv4/conf/lo/forwarding": "1"}'
	equal $'1\n77\n7\nexample.org\n1' "$output"
	equal "$before" "$(cat $files)" "the host's"
}

@test "parameters of the host are refused" {
	local row checks=()
	for row in '{"vm.swappiness": "10"}' '{"kernel.core_pattern": "|/x"}' '{"kernel.pid_max": "99"}' '{"net..ipv4": "1"}' \
		'{"net.ipv4/../../kernel/core_pattern": "1"}' '{"fs.file-max": "99"}'; do
		checks+=(/linux/sysctl ".linux.sysctl = $row")
	done
	for row in network:net.ipv4.ip_forward ipc:kernel.shmmni uts:kernel.domainname; do
		checks+=("${row#*:}|/domainname" "del(.hostname) | del(.linux.namespaces[] | select(.type == \"${row%%:*}\")) |
			.linux.sysctl = {\"${row#*:}\": \"1\"}")
	done
	# A namespace that is joined may be the host's under another name.
	checks+=(host '(.linux.namespaces[] | select(.type == "network")).path = "/proc/self/ns/net" | .linux.sysctl = {"net.ipv4.ip_forward": "1"}')
	refused_each "${checks[@]}"
}

@test "a parameter that contradicts the configuration is refused" {
	bundle '.domainname = "a" | .linux.sysctl = {"kernel.domainname": "b"}'
	refused 'kernel.domainname|/linux/sysctl' create --bundle "$BUNDLE" "$ID"
}

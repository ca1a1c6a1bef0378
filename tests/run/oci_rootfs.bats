# SPDX-License-Identifier: Apache-2.0
# Copyright the orlop authors
#
# The root file system under policy oci: as config.json says, and nothing of the host above it.

load ../lib/orlop
load support

setup() {
	orlop_setup
	GLOBAL=(--policy oci)
	probe_root='stat -c "root %i %d" / ; stat -c "above %i %d" /.. ; ls / | tr "\n" " "; echo;'
}

# At "/" there is the container's root, once, and nothing behind it.
root_is_clean() {
	equal "$(line root)" "$(line above)" "the directory above the root"
	equal 1 "$(cut -d ' ' -f 5 "/proc/$PID/mountinfo" | grep -cx /)" "mounts at /"
	! cut -d ' ' -f 5 "/proc/$PID/mountinfo" | grep -E '^/(var|etc|usr|boot)' || return 1
}

@test "a read-only root cannot be written" {
	start_script "$probe_root"' touch /x /etc/x /tmp/x 2>&1; touch /dev/shm/x && echo "shm yes"' '.root.readonly = true'
	root_is_clean
	has_option ro "$PID" /
	equal 3 "$(grep -c 'Read-only file system' <<<"$output")" "writes that were refused"
	equal yes "$(line shm)"
	[ ! -e "$ROOTFS/x" ] && [ ! -e "$ROOTFS/etc/x" ]
}

@test "a writable root can be written, and nothing is added to it" {
	copied_rootfs
	start_script "$probe_root"' echo written >/etc/x && chown 1000:1000 /etc/x' '.root.readonly = false | (.process.capabilities[]) += ["CAP_CHOWN"]'
	root_is_clean
	has_option rw "$PID" /
	no_option nosuid "$PID" /
	no_option idmapped "$PID" /
	equal 'written 1000:1000' "$(cat "$ROOTFS/etc/x") $(stat -c %u:%g "$ROOTFS/etc/x")"
	not_mounted "$PID" /tmp
	not_mounted "$PID" /run
	not_mounted "$PID" /var/tmp
}

@test "a root without readonly is writable" {
	copied_rootfs
	start_script 'touch /x' 'del(.root.readonly)'
	[ -e "$ROOTFS/x" ]
}

@test "the path of the root may be relative, and has to be there" {
	bundle '.root.path = "sub/../root" | .process.args = ["cat", "/etc/passwd"]'
	mkdir "$BUNDLE/sub"
	ln -s "$ROOTFS" "$BUNDLE/root"
	must run --bundle "$BUNDLE" "$ID"
	matches '^root:' "$output"
	refused_each /root '.root.path = "no-such"' /root 'del(.root)'
}

@test "the root's own mounts come along" {
	copied_rootfs
	mkdir "$ROOTFS/data"
	host_mount -t tmpfs tmpfs "$ROOTFS/data"
	echo below >"$ROOTFS/data/file"
	run_script 'cat /data/file'
	equal below "$output"
}

@test "propagation of the root is private unless asked for" {
	local word
	copied_rootfs
	host_mount --bind "$ROOTFS" "$ROOTFS"
	mount --make-shared "$ROOTFS"
	for word in '' private rprivate; do
		start_container ".linux.rootfsPropagation = \"$word\" | if .linux.rootfsPropagation == \"\" then del(.linux.rootfsPropagation) else . end"
		equal '' "$(optional_fields "$PID" /)" "propagation '$word'"
	done
}

@test "propagation of the root is shared when asked for" {
	start_container '.linux.rootfsPropagation = "shared"'
	matches '^shared:' "$(optional_fields "$PID" /)"
}

@test "propagation of the root is unbindable when asked for" {
	start_container '.linux.rootfsPropagation = "unbindable"'
	equal unbindable "$(optional_fields "$PID" /)"
}

@test "with a slave root, what the host mounts below it appears" {
	copied_rootfs
	mkdir "$ROOTFS/late"
	host_mount --bind "$ROOTFS" "$ROOTFS"
	mount --make-shared "$ROOTFS"
	start_container '.linux.rootfsPropagation = "slave"'
	matches '^master:' "$(optional_fields "$PID" /)"
	mount -t tmpfs late "$ROOTFS/late"
	mount_at "$PID" /late
	# And not the other way round.
	nsenter -t "$PID" -m mount -t tmpfs inside /home
	[[ $(</proc/self/mountinfo) != *"$ROOTFS/home"* ]]
}

@test "an unknown propagation is refused" {
	bundle '.linux.rootfsPropagation = "everywhere"'
	refused /linux/rootfsPropagation create --bundle "$BUNDLE" "$ID"
}

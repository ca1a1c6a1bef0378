# SPDX-License-Identifier: Apache-2.0
# Copyright the orlop authors
#
# What of the host may be mounted into a container: judged by what a path turns out to be, not by
# its name. The same holds under hardened and baseline.

load ../lib/orlop
load support

setup() {
	orlop_setup
	GLOBAL=(--policy hardened)
	bundle '.mounts += [{destination: "/dev/v", type: "bind", source: "@SOURCE@", options: ["rbind", "ro"]}]'
	template=$(<"$BUNDLE/config.json")
}

teardown() {
	rm -f /run/docker.sock
	umount_host
	orlop_teardown
}

# source PATH: the bundle mounts it.
source_is() { printf '%s\n' "${template//@SOURCE@/$1}" >"$BUNDLE/config.json"; }

# refused_source ITEM PATH [WORD]: create refuses it with the rule's name, and nothing stays.
refused_source() {
	source_is "$2"
	refused "rule $1 of policy ${GLOBAL[1]}" create --bundle "$BUNDLE" "$ID" || return
	matches '/mounts/7' "$errors" || return
	matches "${3:-$2}" "$errors" || return
	[ ! -e "$STATE/$ID" ] || return
	[ ! -e "/sys/fs/cgroup/$ID" ]
}

make_socket() {
	require_helper probe
	[ "$(uname -m)" = x86_64 ] || skip "has the system call numbers of x86-64"
	"$ORLOP_HELPERS/probe" syscall "socket=133,@$1,0xc1b6,0" | grep -q 'socket 0'
}

@test "the host's own directories are refused" {
	local path
	for path in / /etc /proc /proc/sys /proc/1 /sys /sys/kernel /sys/fs/cgroup /dev /dev/shm /boot /root /run /proc/self/ns/net \
		/etc/shadow /etc/gshadow /etc/ssh; do
		[ ! -e "$path" ] || refused_source mount-sources "$path"
	done
}

@test "what lies below a refused directory is refused as well" {
	mkdir -p /root/orlop-test-dir
	refused_source mount-sources /root/orlop-test-dir /root
	rmdir /root/orlop-test-dir
}

@test "a part of a refused directory is refused under another name" {
	mkdir -p /root/orlop-test-dir/deep
	: >/root/orlop-test-dir/deep/file
	disk_dir part
	mount --bind /root/orlop-test-dir "$DIR"
	HOST_MOUNTS+=("$DIR")
	refused_source mount-sources "$DIR" "$DIR lies below /root"
	refused_source mount-sources "$DIR/deep" "$DIR/deep lies below /root"
	: >"$TEST_DIR/alias"
	mount --bind "$DIR/deep/file" "$TEST_DIR/alias"
	HOST_MOUNTS+=("$TEST_DIR/alias")
	refused_source mount-sources "$TEST_DIR/alias" "$TEST_DIR/alias lies below /root"
	# What is mounted below a source comes along.
	disk_dir holder
	mkdir "$DIR/inner"
	mount --bind /root/orlop-test-dir/deep "$DIR/inner"
	HOST_MOUNTS+=("$DIR/inner")
	refused_source mount-sources "$DIR" "$DIR/inner lies below /root"
	# Another part of the same disk is not.
	mkdir -p "$TEST_DIR/plain"
	disk_dir other
	mount --bind "$TEST_DIR/plain" "$DIR"
	HOST_MOUNTS+=("$DIR")
	source_is "$DIR"
	must create --bundle "$BUNDLE" "$ID"
	rm -r /root/orlop-test-dir
}

@test "an engine's socket is refused, by its name, through a link and under another name" {
	make_socket /run/docker.sock
	refused_source mount-sources /run/docker.sock
	refused_source mount-sources /var/run/docker.sock docker.sock
	disk_dir links
	ln -s /run/docker.sock "$DIR/innocent"
	refused_source mount-sources "$DIR/innocent" docker.sock
	ln -s ../../../../../../../../run "$DIR/up"
	refused_source mount-sources "$DIR/up/docker.sock" docker.sock
	: >"$DIR/alias"
	mount --bind /run/docker.sock "$DIR/alias"
	HOST_MOUNTS+=("$DIR/alias")
	refused_source mount-sources "$DIR/alias" docker.sock
}

@test "a directory that holds an engine's socket is refused under any name" {
	make_socket /run/docker.sock
	disk_dir alias
	mount --bind /run "$DIR"
	HOST_MOUNTS+=("$DIR")
	refused_source mount-sources "$DIR" /run
	ln -s /run "$TEST_DIR/link"
	refused_source mount-sources "$TEST_DIR/link" /run
}

@test "the host's directories are refused under another name" {
	local path
	for path in /etc /root /proc /sys; do
		disk_dir "alias${path//\//-}"
		mount --bind "$path" "$DIR"
		HOST_MOUNTS+=("$DIR")
		refused_source mount-sources "$DIR" "$path"
		ln -s "$path" "$DIR-link"
		refused_source mount-sources "$DIR-link" "$path"
	done
	# A new mount of the kernel's file systems is as good as the host's own.
	disk_dir new-proc
	host_mount -t proc proc "$DIR"
	refused_source mount-sources "$DIR"
	refused_source mount-sources "$DIR/sys"
}

@test "where the host keeps its programs and settings, nothing may be written" {
	local path
	template=${template//'"ro"'/'"rw"'}
	for path in /usr /usr/share /bin /lib /etc/alternatives /etc/profile.d /etc/hostname; do
		[ -e "$path" ] || continue
		refused_source mount-sources "$path"
		matches 'mount it read-only' "$errors"
	done
	template=${template//'"rw"'/'"ro"'}
	source_is /etc/alternatives
	must run --detach --bundle "$BUNDLE" --pid-file "$BUNDLE/pid" "$ID"
	has_option ro "$(<"$BUNDLE/pid")" /dev/v
}

@test "homes, volumes, temporary directories and single files are allowed" {
	local path
	mkdir -p "$TEST_DIR/volume"
	for path in /home "$TEST_DIR/volume" /var/cache /etc/hostname /usr/share; do
		[ -e "$path" ] || continue
		source_is "$path"
		must create --bundle "$BUNDLE" "$ID"
		must delete --force "$ID"
	done
}

@test "single device nodes of the default list are allowed, others are not" {
	local path
	source_is /dev/null
	must run --detach --pid-file "$BUNDLE/pid" --bundle "$BUNDLE" "$ID"
	PID=$(<"$BUNDLE/pid")
	no_option nodev "$PID" /dev/v
	no_option idmapped "$PID" /dev/v
	equal 1:3 "$(stat -c %t:%T "/proc/$PID/root/dev/v")"
	must delete --force "$ID"
	for path in /dev/kmsg /dev/mem /dev/port /dev/fuse /dev/net/tun /dev/vda; do
		[ ! -e "$path" ] || refused_source devices "$path"
	done
	# By what it is, not where it is.
	disk_dir nodes
	mknod "$DIR/null" c 1 3
	mknod "$DIR/kmsg" c 1 11
	refused_source devices "$DIR/kmsg"
	source_is "$DIR/null"
	must create --bundle "$BUNDLE" "$ID"
}

@test "baseline refuses the same sources" {
	GLOBAL=(--policy baseline)
	refused_source mount-sources /etc
	refused_source mount-sources /proc/sys
	refused_source mount-sources /root
	[ ! -e /dev/kmsg ] || refused_source devices /dev/kmsg
	make_socket /run/docker.sock
	refused_source mount-sources /var/run/docker.sock docker.sock
	source_is /etc/hostname
	must create --bundle "$BUNDLE" "$ID"
}

@test "oci refuses none" {
	GLOBAL=(--policy oci)
	source_is /etc
	must run --detach --pid-file "$BUNDLE/pid" --bundle "$BUNDLE" "$ID"
	equal "$(stat -c %i /etc)" "$(stat -c %i "/proc/$(<"$BUNDLE/pid")/root/dev/v")"
}

@test "in audit mode the breach is in the log, and the container runs" {
	site_policy '{"hardened": {"items": {"mount-sources": "audit", "devices": "audit"}}}'
	source_is /root
	must create --bundle "$BUNDLE" "$ID"
	matches '^orlop: warning: audit: rule mount-sources of policy hardened.*/root' "$errors"
	must plan --bundle "$BUNDLE" "$ID"
	equal '["audit-sources","audit-device"]' "$(jq -c '.mounts[] | select(.destination == "/dev/v") | .conditions' <<<"$output")"
	[ -e /dev/kmsg ] || skip "has no /dev/kmsg"
	must delete --force "$ID"
	source_is /dev/kmsg
	must create --bundle "$BUNDLE" "$ID"
	matches 'orlop: warning: audit: rule devices of policy hardened.*/dev/kmsg' "$errors"
}

@test "the host's root as the container's is refused" {
	bundle '.root.path = "/"'
	refused 'rule mount-sources of policy hardened' create --bundle "$BUNDLE" "$ID"
}

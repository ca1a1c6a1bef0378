# SPDX-License-Identifier: Apache-2.0
# Copyright the orlop authors
#
# Root file systems that are no overlay, under policy hardened: those that the kernel can id-map have the
# container's ids and their own owners on disk, and those that it cannot are refused by name, or go
# on without where the policy says so.

load ../lib/orlop
load support

setup() {
	orlop_setup
	GLOBAL=(--policy hardened)
	writable='.root.readonly = false'
	caps='(.process.capabilities[]) += ["CAP_CHOWN", "CAP_DAC_OVERRIDE"]'
	disk_dir fs
	copied_rootfs
	mkdir -p "$ROOTFS"/{srv/open,dev,proc,sys,tmp,run,var/tmp,etc}
	echo text >"$ROOTFS/srv/of-root"
	echo text >"$ROOTFS/srv/of-user"
	chown 33:34 "$ROOTFS/srv/of-user"
	chmod 1777 "$ROOTFS/srv/open"
}

# loop TYPE IMAGE: it is mounted at DIR.
loop() {
	grep -qw "$1" /proc/filesystems || modprobe "$1" 2>/dev/null || skip "this kernel has no $1"
	[ -e /dev/loop-control ] || skip "there are no loop devices"
	mount -t "$1" -o loop "$2" "$DIR" || skip "$1 cannot be mounted from a file here"
	HOST_MOUNTS+=("$DIR")
	ROOTFS=$DIR
}

# on_disk TYPE BYTES: the root lies on a new file system of that type.
on_disk() {
	local image=$TEST_DIR/image source=$ROOTFS
	require_program "mkfs.$1"
	truncate -s "$2" "$image"
	"mkfs.$1" -q "$image" >/dev/null
	loop "$1" "$image"
	cp -a "$source/." "$DIR"
	chmod 755 "$DIR"
}

# mapped TYPE: in each mode of the root, ids are the container's.
mapped() {
	local mode
	for mode in read-only ephemeral; do
		site_policy '{"hardened": {"rootfs": "'$mode'"}}'
		start_script 'stat -c "%n %u:%g" /srv/of-root /srv/of-user /bin/busybox; echo x >/srv/of-root && echo written' "$writable"
		case $mode in
		read-only)
			equal $'/srv/of-root 0:0\n/srv/of-user 33:34\n/bin/busybox 0:0' "$output"
			matches "^[^ ]* $1 " "$(mount_at "$PID" /)"
			has_option ro "$PID" /
			has_option idmapped "$PID" / ;;
		ephemeral) equal $'/srv/of-root 0:0\n/srv/of-user 33:34\n/bin/busybox 0:0\nwritten' "$output" ;;
		esac
		must delete --force "$ID"
		equal text "$(<"$ROOTFS/srv/of-root")"
	done
}

# written: as configured, what programs write is on disk with the owners that they see.
written() {
	site_policy '{"hardened": {"rootfs": "as-configured"}}'
	start_script 'echo x >/srv/of-root && echo x >/srv/made && chown 7:8 /srv/made && stat -c "%u:%g" /srv/made' "$writable | $caps"
	equal 7:8 "$output"
	has_option idmapped "$PID" /
	equal $'0:0\n7:8' "$(stat -c %u:%g "$ROOTFS/srv/of-root" "$ROOTFS/srv/made")" 'on disk'
	must delete --force "$ID"
}

# unmappable TYPE: refused by name, read-only, or as it is, and container root is nobody there.
unmappable() {
	site_policy '{"hardened": {"rootfs": "as-configured"}}'
	bundle "$writable"
	refused "rule unmappable of policy hardened: $ROOTFS cannot be id-mapped .*its file system is $1.*\"read-only\" or \"unmapped\"" create --bundle "$BUNDLE" "$ID"
	[ ! -e "$STATE/$ID" ]
	local word
	for word in read-only unmapped; do
		site_policy '{"hardened": {"rootfs": "as-configured", "unmappable": "'$word'"}}'
		start_script 'stat -c "%n %u:%g" /srv/of-root; for file in of-root open/made; do (echo x >/srv/$file) 2>/dev/null && echo "wrote $file"; done; echo end' "$writable"
		no_option idmapped "$PID" /
		has_option nosuid "$PID" /
		matches "^warning: $ROOTFS, on $1, cannot be id-mapped|: $ROOTFS, on $1, cannot be id-mapped" "$errors$(cat "${OUT/out./err.}")"
		case $word in
		read-only)
			equal $'/srv/of-root 65534:65534\nend' "$output"
			has_option ro "$PID" / ;;
		unmapped)
			equal $'/srv/of-root 65534:65534\nwrote open/made\nend' "$output"
			equal "$(first_id "$PID")" "$(stat -c %u "$ROOTFS/srv/open/made")" 'on disk'
			has_option rw "$PID" / ;;
		esac
		must delete --force "$ID"
	done
	equal text "$(<"$ROOTFS/srv/of-root")"
}

@test "root on ext4" {
	on_disk ext4 64M
	mapped ext4
	written
}

@test "root on xfs" {
	on_disk xfs 320M
	mapped xfs
	written
}

@test "root on btrfs" {
	on_disk btrfs 128M
	mapped btrfs
	written
}

@test "root on tmpfs: from Linux 6.3 on" {
	local source=$ROOTFS
	host_mount -t tmpfs -o mode=755 tmpfs "$DIR"
	cp -a "$source/." "$DIR"
	ROOTFS=$DIR
	if have_kernel 6.3; then
		mapped tmpfs
		written
	else
		unmappable tmpfs
	fi
}

@test "root on erofs, which is read-only" {
	require_program mkfs.erofs
	mkfs.erofs "$TEST_DIR/image" "$ROOTFS" >/dev/null 2>&1
	loop erofs "$TEST_DIR/image"
	mapped erofs
}

@test "root on squashfs, which is read-only: ids from Linux 6.2 on" {
	require_program mksquashfs
	mksquashfs "$ROOTFS" "$TEST_DIR/image" -quiet -no-progress >/dev/null
	loop squashfs "$TEST_DIR/image"
	have_kernel 6.2 || skip "this kernel cannot id-map it"
	mapped squashfs
}

@test "root on ramfs, which has no ids" {
	local source=$ROOTFS
	host_mount -t ramfs -o mode=755 ramfs "$DIR"
	cp -a "$source/." "$DIR"
	ROOTFS=$DIR
	unmappable ramfs
}

@test "root on fuse-overlayfs, which has no ids" {
	require_program fuse-overlayfs
	[ -e /dev/fuse ] || skip "there is no /dev/fuse"
	mkdir "$TEST_DIR/upper" "$TEST_DIR/work"
	fuse-overlayfs -o "lowerdir=$ROOTFS,upperdir=$TEST_DIR/upper,workdir=$TEST_DIR/work,allow_other" "$DIR" 3>&- || skip "fuse-overlayfs does not start here"
	HOST_MOUNTS+=("$DIR")
	ROOTFS=$DIR
	unmappable fuse.fuse-overlayfs
}

@test "a volume that cannot be id-mapped is mounted as it is where the policy says so" {
	site_policy '{"hardened": {"unmappable": "unmapped"}}'
	host_mount -t ramfs ramfs "$DIR"
	echo text >"$DIR/of-root"
	mkdir "$DIR/open"
	chmod 1777 "$DIR/open"
	start_script 'cd /dev/v; stat -c %u of-root; for file in of-root open/made; do (echo x >$file) 2>/dev/null && echo "wrote $file"; done; echo end' \
		'.mounts += [{destination: "/dev/v", type: "bind", source: $d, options: ["rbind"]}]' --arg d "$DIR"
	equal $'65534\nwrote open/made\nend' "$output"
	no_option idmapped "$PID" /dev/v
	has_option rw "$PID" /dev/v
	has_option nosuid "$PID" /dev/v
	has_option nodev "$PID" /dev/v
	matches "$DIR, on ramfs, cannot be id-mapped" "$(cat "${OUT/out./err.}")"
	equal "$(first_id "$PID")" "$(stat -c %u "$DIR/open/made")" 'on disk'
}

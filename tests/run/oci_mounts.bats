# SPDX-License-Identifier: Apache-2.0
# Copyright the orlop authors
#
# Mounts of config.json under policy oci: types, options, sources, targets.

load ../lib/orlop
load support

setup() {
	orlop_setup
	GLOBAL=(--policy oci)
}

# tree: a mount with another one below it, in DIR: DIR/file, DIR/sub (a mount), DIR/sub/file.
tree() {
	disk_dir tree
	host_mount -t tmpfs top "$DIR"
	mkdir "$DIR/sub"
	echo top >"$DIR/file"
	mount -t tmpfs sub "$DIR/sub"
	echo sub >"$DIR/sub/file"
}

@test "file systems of every type are mounted with their own options" {
	copied_rootfs
	disk_dir layers
	mkdir "$DIR/upper" "$DIR/work" "$DIR/lower"
	echo lower >"$DIR/lower/file"
	start_script 'cat /m/overlay/file; echo new >/m/overlay/new; ls /m/devpts' '.root.readonly = false |
		.mounts |= map(if .destination == "/proc" then .options = ["hidepid=invisible"] else . end) | .mounts += [
		{destination: "/m/tmpfs", type: "tmpfs", source: "a-name", options: ["size=64k", "nr_inodes=7", "mode=751", "uid=3", "gid=4"]},
		{destination: "/m/ramfs", type: "ramfs", source: "ramfs", options: ["mode=700"]},
		{destination: "/m/mqueue", type: "mqueue", source: "mqueue"},
		{destination: "/m/devpts", type: "devpts", source: "devpts", options: ["newinstance", "mode=600", "gid=5", "ptmxmode=640"]},
		{destination: "/m/overlay", type: "overlay", source: "overlay",
		 options: ["lowerdir=\($d)/lower", "upperdir=\($d)/upper", "workdir=\($d)/work"]}]' --arg d "$DIR"
	equal $'lower\nptmx' "$output"
	equal new "$(<"$DIR/upper/new")"
	matches '^rw,relatime tmpfs a-name .*size=64k,nr_inodes=7,mode=751,uid=3,gid=4' "$(mount_at "$PID" /m/tmpfs)"
	matches '^rw,relatime ramfs ramfs .*mode=700' "$(mount_at "$PID" /m/ramfs)"
	matches '^rw,.*relatime proc proc .*hidepid=invisible|^rw,relatime proc proc .*hidepid=invisible' "$(mount_at "$PID" /proc)"
	matches '^ro,.*relatime sysfs sysfs ' "$(mount_at "$PID" /sys)"
	matches '^rw,relatime mqueue mqueue ' "$(mount_at "$PID" /m/mqueue)"
	matches '^rw,relatime devpts devpts .*gid=5,mode=600,ptmxmode=640' "$(mount_at "$PID" /m/devpts)"
	matches '^ro,.*relatime cgroup2 cgroup ' "$(mount_at "$PID" /sys/fs/cgroup)"
	matches '^rw,relatime overlay overlay .*lowerdir=' "$(mount_at "$PID" /m/overlay)"
}

@test "every option of a mount is in force" {
	local row destination options want have option
	local -a rows=(
		'/o/plain||rw,relatime' '/o/ro|ro|ro,relatime' '/o/rw|ro,rw|rw,relatime'
		'/o/nosuid|nosuid|rw,nosuid,relatime' '/o/suid|nosuid,suid|rw,relatime'
		'/o/nodev|nodev|rw,nodev,relatime' '/o/dev|nodev,dev|rw,relatime'
		'/o/noexec|noexec|rw,noexec,relatime' '/o/exec|noexec,exec|rw,relatime'
		'/o/noatime|noatime|rw,noatime' '/o/relatime|noatime,relatime|rw,relatime'
		'/o/strictatime|strictatime|rw' '/o/nodiratime|nodiratime|rw,nodiratime,relatime'
		'/o/nosymfollow|nosymfollow|rw,relatime,nosymfollow'
		'/o/many|nosuid,nodev,noexec,ro,noatime|ro,nosuid,nodev,noexec,noatime'
		'/o/defaults|defaults|rw,relatime'
	)
	copied_rootfs
	row='.root.readonly = false | .mounts += ($rows | map(split("|") |
		{destination: .[0], type: "tmpfs", source: "tmpfs", options: (.[1] | split(",") | map(select(. != "")))}))
		+ [{destination: "/o/sync", type: "tmpfs", source: "tmpfs", options: ["sync", "dirsync", "lazytime"]}]'
	start_container "$row" --argjson rows "$(printf '%s\n' "${rows[@]}" | jq -R . | jq -s .)"
	for row in "${rows[@]}"; do
		IFS='|' read -r destination options want <<<"$row"
		have=$(mount_at "$PID" "$destination")
		equal "$want" "${have%% *}" "options of $destination"
	done
	have=$(mount_at "$PID" /o/sync)
	for option in sync dirsync lazytime; do
		matches "(^|[, ])$option([, ]|$)" "$have" "superblock of /o/sync"
	done
}

@test "a bind has the options listed and no others" {
	disk_dir source
	host_mount -t tmpfs -o nosuid,nodev,noexec tmpfs "$DIR"
	mkdir "$DIR/d"
	start_container '.mounts += [
		{destination: "/dev/a", type: "bind", source: $d, options: ["rbind"]},
		{destination: "/dev/b", source: $d, options: ["bind", "ro", "noexec"]},
		{destination: "/dev/c", type: "none", source: "\($d)/d", options: ["bind", "nodev"]},
		{destination: "/dev/d", type: "bind", source: $d, options: ["ro", "nosymfollow"]}]' --arg d "$DIR"
	matches '^rw,relatime tmpfs' "$(mount_at "$PID" /dev/a)"
	matches '^ro,noexec,relatime tmpfs' "$(mount_at "$PID" /dev/b)"
	matches '^rw,nodev,relatime tmpfs' "$(mount_at "$PID" /dev/c)"
	matches '^ro,relatime,nosymfollow tmpfs' "$(mount_at "$PID" /dev/d)"
	matches '^rw,nosuid,nodev,noexec,relatime' "$(mount_at self "$DIR")" "the host's own mount"
}

@test "recursive options reach the mounts below, others do not" {
	local word want
	local -a filter=()
	tree
	for word in ro rro rnosuid rnodev rnoexec rnoatime rnodiratime rstrictatime rnosymfollow; do
		filter+=("{destination: \"/dev/$word\", type: \"bind\", source: \$d, options: [\"rbind\", \"$word\"]}")
	done
	filter+=('{destination: "/dev/single", type: "bind", source: $d, options: ["bind"]}')
	start_script 'cat /dev/ro/file /dev/ro/sub/file; ls /dev/single/sub; touch /dev/ro/sub/x && echo below' \
		".mounts += [$(IFS=,; echo "${filter[*]}")]" --arg d "$DIR"
	equal $'top\nsub\nbelow' "$output"
	not_mounted "$PID" /dev/single/sub
	has_option ro "$PID" /dev/ro
	has_option rw "$PID" /dev/ro/sub
	for word in rro:ro rnosuid:nosuid rnodev:nodev rnoexec:noexec rnoatime:noatime rnodiratime:nodiratime rnosymfollow:nosymfollow; do
		want=${word#*:}
		has_option "$want" "$PID" "/dev/${word%:*}"
		has_option "$want" "$PID" "/dev/${word%:*}/sub"
	done
	no_option relatime "$PID" /dev/rstrictatime
	no_option relatime "$PID" /dev/rstrictatime/sub
}

@test "recursive options take back what the mounts below have" {
	tree
	mount -o remount,bind,ro,nosuid,nodev,noexec,noatime "$DIR/sub"
	start_container '.mounts += [{destination: "/dev/all", type: "bind", source: $d,
		options: ["rbind", "rrw", "rsuid", "rdev", "rexec", "rrelatime"]},
		{destination: "/dev/none", type: "bind", source: $d, options: ["rbind"]}]' --arg d "$DIR"
	matches '^rw,relatime ' "$(mount_at "$PID" /dev/all/sub)"
	matches '^ro,nosuid,nodev,noexec,noatime ' "$(mount_at "$PID" /dev/none/sub)"
}

@test "binds are private, and slave, shared or unbindable when asked for" {
	disk_dir shared
	host_mount -t tmpfs tmpfs "$DIR"
	mount --make-shared "$DIR"
	mkdir "$DIR/late" "$DIR/back"
	start_container '.mounts += [
		{destination: "/dev/default", type: "bind", source: $d, options: ["rbind"]},
		{destination: "/dev/private", type: "bind", source: $d, options: ["rbind", "rprivate"]},
		{destination: "/dev/slave", type: "bind", source: $d, options: ["rbind", "rslave"]},
		{destination: "/dev/shared", type: "bind", source: $d, options: ["rbind", "rshared"]},
		{destination: "/dev/unbindable", type: "bind", source: $d, options: ["bind", "unbindable"]}]' --arg d "$DIR"
	equal '' "$(optional_fields "$PID" /dev/default)" default
	equal '' "$(optional_fields "$PID" /dev/private)" private
	matches '^master:[0-9]+$' "$(optional_fields "$PID" /dev/slave)" slave
	matches '^shared:[0-9]+$' "$(optional_fields "$PID" /dev/shared)" shared
	equal unbindable "$(optional_fields "$PID" /dev/unbindable)" unbindable

	mount -t tmpfs late "$DIR/late"
	mount_at "$PID" /dev/slave/late
	mount_at "$PID" /dev/shared/late
	not_mounted "$PID" /dev/private/late
	# What is mounted in a shared one goes back to the host, in a slave it does not.
	nsenter -t "$PID" -m mount -t tmpfs back /dev/slave/back
	not_mounted self "$DIR/back"
	nsenter -t "$PID" -m mount -t tmpfs back /dev/shared/back
	mount_at self "$DIR/back"
}

@test "new mounts can be shared, slave or unbindable too" {
	start_container '.mounts += [
		{destination: "/dev/shared", type: "tmpfs", source: "tmpfs", options: ["shared"]},
		{destination: "/dev/unbindable", type: "tmpfs", source: "tmpfs", options: ["runbindable"]},
		{destination: "/dev/private", type: "tmpfs", source: "tmpfs", options: ["rprivate"]}]'
	matches '^shared:' "$(optional_fields "$PID" /dev/shared)"
	equal unbindable "$(optional_fields "$PID" /dev/unbindable)"
	equal '' "$(optional_fields "$PID" /dev/private)"
}

@test "a relative source belongs to the bundle" {
	bundle '.mounts += [{destination: "/dev/data", type: "bind", source: "data", options: ["rbind"]},
		{destination: "/dev/file", type: "bind", source: "./data/../data/file", options: ["bind"]}] |
		.process.args = ["cat", "/dev/data/file", "/dev/file"]'
	mkdir "$BUNDLE/data"
	echo relative >"$BUNDLE/data/file"
	cd /
	must run --bundle "$BUNDLE" "$ID"
	equal $'relative\nrelative' "$output"
}

@test "a source inside the root is found in the mount made before" {
	copied_rootfs
	mkdir "$ROOTFS/data" "$ROOTFS/again"
	echo 'of the image' >"$ROOTFS/data/file"
	disk_dir volume
	echo 'of the volume' >"$DIR/file"
	bundle '.mounts += [{destination: "/data", type: "bind", source: $d, options: ["bind"]},
		{destination: "/again", type: "bind", source: "\($r)/data", options: ["bind", "ro"]}] |
		.process.args = ["cat", "/again/file"]' --arg d "$DIR" --arg r "$ROOTFS"
	must run --bundle "$BUNDLE" "$ID"
	equal 'of the volume' "$output"
}

@test "targets that are missing are made inside the root" {
	local outside=/orlop-test-$$-outside
	copied_rootfs
	disk_dir volume
	echo content >"$DIR/file"
	mkdir "$ROOTFS/setgid"
	chgrp 2000 "$ROOTFS/setgid"
	chmod 2755 "$ROOTFS/setgid"
	# A link that dangles, one that climbs out, one that leads to a place only the host has.
	ln -s /made/by/link "$ROOTFS/dangling"
	ln -s "../../../../../..$outside" "$ROOTFS/climbing"
	ln -s "$outside-absolute" "$ROOTFS/absolute"
	start_container '.mounts += [
		{destination: "/new/dir/deep", type: "bind", source: $d, options: ["bind"]},
		{destination: "/new/other/file", type: "bind", source: "\($d)/file", options: ["bind"]},
		{destination: "/setgid/a/b", type: "bind", source: $d, options: ["bind"]},
		{destination: "/dangling", type: "bind", source: $d, options: ["bind"]},
		{destination: "/climbing/below", type: "bind", source: $d, options: ["bind"]},
		{destination: "/absolute", type: "bind", source: "\($d)/file", options: ["bind"]}]' --arg d "$DIR"
	mount_at "$PID" /new/dir/deep
	mount_at "$PID" /new/other/file
	mount_at "$PID" /setgid/a/b
	mount_at "$PID" /made/by/link
	mount_at "$PID" "$outside/below"
	mount_at "$PID" "$outside-absolute"
	equal content "$(<"/proc/$PID/root$outside-absolute")"
	[ -d "$ROOTFS/made/by/link" ]
	[ -f "$ROOTFS/new/other/file" ]
	[ ! -e "$outside" ]
	[ ! -e "$outside-absolute" ]
	equal 'drwxr-sr-x 2000' "$(stat -c '%A %g' "$ROOTFS/setgid/a")" "a directory below one with setgid"
}

@test "a later mount with remount changes the options" {
	start_container '.mounts += [
		{destination: "/dev/shm", options: ["remount", "ro", "nosuid", "nodev"]},
		{destination: "/dev/mqueue", type: "mqueue", source: "mqueue", options: ["remount", "bind", "ro", "noexec"]}]'
	matches '^ro,nosuid,nodev,relatime tmpfs' "$(mount_at "$PID" /dev/shm)"
	matches '^ro,noexec,relatime mqueue' "$(mount_at "$PID" /dev/mqueue)"
}

@test "tmpcopyup takes over what the image has, with owners, modes and links" {
	copied_rootfs
	mkdir -p "$ROOTFS/data/dir" "$ROOTFS/plain"
	echo text >"$ROOTFS/data/dir/file"
	ln -s dir/file "$ROOTFS/data/link"
	chown 1000:2000 "$ROOTFS/data/dir" "$ROOTFS/data/dir/file"
	chown -h 7:8 "$ROOTFS/data/link"
	chmod 2750 "$ROOTFS/data/dir"
	chmod 4711 "$ROOTFS/data/dir/file"
	chown 5:6 "$ROOTFS/data"
	chmod 1770 "$ROOTFS/data"
	touch -d @1000000000 "$ROOTFS/data/dir/file"
	chmod 750 "$ROOTFS/plain"
	start_script 'stat -c "%n %F %a %u:%g" /data /data/dir /data/dir/file /data/link /mode /missing /plain
		cat /data/link; stat -c %Y /data/dir/file; echo more >/data/new' '.root.readonly = false | .mounts += [
		{destination: "/data", type: "tmpfs", source: "tmpfs", options: ["tmpcopyup"]},
		{destination: "/mode", type: "tmpfs", source: "tmpfs", options: ["mode=0711", "tmpcopyup"]},
		{destination: "/plain", type: "tmpfs", source: "tmpfs"},
		{destination: "/missing", type: "tmpfs", source: "tmpfs"}] | (.process.capabilities[]) += ["CAP_DAC_OVERRIDE"]'
	lines $'/data directory 1770 5:6\n/data/dir directory 2750 1000:2000\n/data/dir/file regular file 4711 1000:2000
/data/link symbolic link 777 7:8\n/mode directory 711 0:0\n/missing directory 1777 0:0\n/plain directory 750 0:0
text\n1000000000'
	[ ! -e "$ROOTFS/data/new" ]
}

@test "noexec, nodev and nosuid do what they say" {
	copied_rootfs
	disk_dir volume
	cp "$(command -v busybox)" "$DIR/busybox"
	mknod "$DIR/null" c 1 3
	mkdir "$ROOTFS/a" "$ROOTFS/b"
	start_script '/a/busybox true || echo "noexec $?"; echo x >/a/null || echo "nodev $?"; /b/busybox true && echo x >/b/null && echo plain' \
		'.mounts += [{destination: "/a", type: "bind", source: $d, options: ["bind", "noexec", "nodev"]},
		{destination: "/b", type: "bind", source: $d, options: ["bind"]}]' --arg d "$DIR"
	equal $'noexec 126\nnodev 1\nplain' "$output"
}

@test "nothing is mounted over the kernel's files but what lxcfs shows" {
	disk_dir volume
	echo '1.00 1.00' >"$DIR/file"
	start_container '.mounts += [{destination: "/proc/uptime", type: "bind", source: $f, options: ["bind", "ro"]},
		{destination: "/proc/meminfo", type: "bind", source: $f, options: ["bind"]}]' --arg f "$DIR/file"
	equal '1.00 1.00' "$(<"/proc/$PID/root/proc/uptime")"
	local target checks=()
	for target in /proc/self/attr/current /proc/sys/kernel/core_pattern /proc/1; do
		checks+=(/mounts/7 ".mounts += [{destination: \"$target\", type: \"bind\", source: \"$DIR\", options: [\"bind\"]}]")
	done
	refused_each "${checks[@]}"
}

@test "a volume and a bpf file system are mounted in /sys" {
	copied_rootfs
	ln -s sys/fs "$ROOTFS/link"
	disk_dir volume
	start_container '.mounts += [{destination: "/sys/kernel", type: "bind", source: $d, options: ["bind"]}]' --arg d "$DIR"
	equal "$(stat -c %i "$DIR")" "$(stat -c %i "/proc/$PID/root/sys/kernel")"
	grep -qw bpf /proc/filesystems && [ -d /sys/fs/bpf ] || skip "has no bpf file system"
	start_container '.mounts += [{destination: "/link/bpf", type: "bpf", source: "bpf", options: ["mode=0700"]}]'
	matches ' bpf bpf ' "$(mount_at "$PID" /sys/fs/bpf)"
}

@test "proc and sysfs are mounted on ordinary directories only" {
	copied_rootfs
	mkdir "$ROOTFS/elsewhere"
	rmdir "$ROOTFS/proc"
	ln -s elsewhere "$ROOTFS/proc"
	bundle
	refused 'must be mounted on ordinary directory' create --bundle "$BUNDLE" "$ID"
}

@test "what cannot be mounted is refused by its place in the configuration" {
	local filter checks=()
	for filter in '{destination: "/x", type: "bind", source: "/no/such/source"}' '{destination: "/x"}' \
		'{destination: "/dev/x", type: "no-such-type", source: "none"}' '{destination: "/dev/x", type: "bind"}' \
		'{destination: "/dev/x", type: "tmpfs", source: "tmpfs", options: ["no-such-option"]}' \
		'{destination: "/dev/x", type: "bind", source: "/etc", options: ["bind", "no-such-option"]}' \
		'{destination: "/", type: "tmpfs", source: "tmpfs"}'; do
		checks+=(/mounts/7 ".mounts += [$filter]")
	done
	refused_each "${checks[@]}"
}

# SPDX-License-Identifier: Apache-2.0
# Copyright the orlop authors
#
# A configuration, or an image, that wants to see the kernel's files twice, to lay something over them, to
# make them writable again, or to be shown what belongs to the host or to this runtime.

load ../lib/orlop
load ../run/support

setup() {
	orlop_setup
	require_root
	GLOBAL=(--policy hardened)
}

# Policies that say what may be mounted.
STRICT=(hardened baseline)

# refused_under POLICY... -- PATTERN FILTER [PATTERN FILTER]...
refused_under() {
	local -; set +T
	local policies=() policy
	while [ "$1" != -- ]; do
		policies+=("$1")
		shift
	done
	shift
	for policy in "${policies[@]}"; do
		GLOBAL=(--policy "$policy")
		refused_each "$@" || {
			echo "under $policy"
			return 1
		}
	done
}

# bind SOURCE [OPTION]: a filter that mounts it at /home/x.
bind() { printf '.mounts += [{destination: "/home/x", type: "bind", source: "%s", options: ["%s"]}]' "$1" "${2:-rbind}"; }

@test "a second mount of the kernel's file systems is refused, whatever asks for it" {
	local words='a second one would show what is masked' at
	copied_rootfs
	mkdir "$ROOTFS/home/x"
	ln -s proc "$ROOTFS/link"
	ln -s /sys/fs "$ROOTFS/home/link"
	at=$ROOTFS
	refused_under hardened baseline oci -- \
		"$words" '.mounts += [{destination: "/home/x", type: "proc", source: "proc"}]' \
		"$words" '.mounts += [{destination: "/home/x", type: "sysfs", source: "sysfs"}]' \
		"$words" '.mounts += [{destination: "/home/x", type: "cgroup", source: "cgroup"}]' \
		"$words" "$(bind "$at/proc")" "$words" "$(bind "$at/proc/sys" bind)" "$words" "$(bind "$at/proc/uptime" bind)" \
		"$words" "$(bind "$at/sys" bind)" "$words" "$(bind "$at/sys/fs/cgroup")" "$words" "$(bind "$at/link")" \
		"$words" "$(bind "$at/home/link")" "$words" "$(bind "$at")" "$words" "$(bind "$at/home/..")"
}

@test "the root itself can be mounted again without what is mounted in it" {
	local policy
	copied_rootfs
	mkdir "$ROOTFS/home/x"
	for policy in hardened baseline oci; do
		GLOBAL=(--policy "$policy")
		start_container "$(bind "$ROOTFS" bind)"
		mount_at "$PID" /home/x
		[ -z "$(ls "/proc/$PID/root/home/x/proc")" ]
		not_mounted "$PID" /home/x/proc
		must delete --force "$ID"
	done
}

@test "where proc is mounted twice, masks and read-only paths are those of the upper one" {
	local policy
	for policy in hardened baseline oci; do
		GLOBAL=(--policy "$policy")
		start_container '.mounts += [{destination: "/proc", type: "proc", source: "proc"}]'
		equal 1:3 "$(stat -L -c %Hr:%Lr "/proc/$PID/root/proc/keys")" "$policy, /proc/keys"
		[ "$(stat -f -c %t "/proc/$PID/root/proc/1")" = 9fa0 ]
		has_option ro "$PID" /proc/sys
		equal ro "$(findmnt -N "$PID" -no OPTIONS -T /proc/sys | cut -d , -f 1)" "$policy, what /proc/sys leads to"
		must delete --force "$ID"
	done
}

@test "proc does not show the processes of another namespace" {
	# An option of Linux 6.17; older kernels know none of that name.
	refused_under hardened baseline oci -- pidns '(.mounts[] | select(.destination == "/proc")).options = ["pidns=/proc/1/ns/pid"]'
}

@test "nothing new is mounted, and no node made, over the kernel's files through a link" {
	local type checks=() over_sys=()
	copied_rootfs
	ln -s proc/sys "$ROOTFS/t"
	ln -s ../proc/self "$ROOTFS/home/s"
	ln -s /sys/kernel "$ROOTFS/k"
	for type in tmpfs mqueue devpts; do
		checks+=('nothing may be mounted' ".mounts += [{destination: \"/t\", type: \"$type\", source: \"$type\"}]"
			'nothing may be mounted' ".mounts += [{destination: \"/t/kernel\", type: \"$type\", source: \"$type\"}]"
			'nothing may be mounted' ".mounts += [{destination: \"/home/s/attr\", type: \"$type\", source: \"$type\"}]")
		over_sys+=('rule kernel-paths' ".mounts += [{destination: \"/k/security\", type: \"$type\", source: \"$type\"}]")
	done
	checks+=("kernel's own files" '.linux.devices = [{path: "/t/kernel/core_pattern", type: "c", major: 1, minor: 3}]'
		"kernel's own files" '.linux.devices = [{path: "/home/s/attr/current", type: "p"}]')
	refused_under hardened oci -- "${checks[@]}"
	refused_under "${STRICT[@]}" -- "${over_sys[@]}"
}

@test "what would be mounted over the root itself through a link is refused" {
	copied_rootfs
	ln -s / "$ROOTFS/top"
	ln -s ../../.. "$ROOTFS/home/up"
	refused_under hardened oci -- 'the root itself' '.mounts += [{destination: "/top", type: "tmpfs", source: "tmpfs"}]' \
		'the root itself' '.mounts += [{destination: "/home/up", type: "tmpfs", source: "tmpfs"}]' \
		'the root itself' '.mounts += [{destination: "/top", type: "bind", source: "/home", options: ["bind"]}]'
}

@test "a remount through a link of the image is refused" {
	copied_rootfs
	ln -s proc "$ROOTFS/p"
	ln -s /sys "$ROOTFS/home/s"
	refused_under hardened oci -- 'remount' '.mounts += [{destination: "/p", options: ["remount", "exec", "suid", "dev"]}]' \
		'remount' '.mounts += [{destination: "/home/s", options: ["remount", "rw"]}]' \
		'remount' '.mounts += [{destination: "/home/s/fs/cgroup", options: ["remount", "rw"]}]'
}

@test "a remount takes nothing from the mounts below it that the policy gives them" {
	local path
	disk_dir volume
	disk_dir tree
	start_container '.mounts += [{destination: "/dev/v", type: "bind", source: $d, options: ["rbind"]},
		{destination: "/sys", options: ["remount", "ro", "rrw", "rexec", "rsuid", "rdev"]},
		{destination: "/dev", options: ["remount", "rsuid", "rdev", "rexec", "rrw"]}]' --arg d "$DIR"
	has_option ro "$PID" /sys
	for path in /sys /sys/fs/cgroup /dev/mqueue; do
		for option in nosuid nodev noexec; do
			has_option "$option" "$PID" "$path"
		done
	done
	has_option ro "$PID" /sys/fs/cgroup
	has_option nosuid "$PID" /dev/pts
	has_option noexec "$PID" /dev/pts
	for path in /dev/v /dev/shm; do
		has_option nosuid "$PID" "$path"
		has_option nodev "$PID" "$path"
	done
	# The kernel would do it: under oci the words mean what they say.
	GLOBAL=(--policy oci)
	start_container '.mounts += [{destination: "/sys", options: ["remount", "ro", "rrw"]}]'
	has_option rw "$PID" /sys/fs/cgroup
}

@test "a volume over /dev is what is found there" {
	disk_dir volume
	echo here >"$DIR/file"
	start_script 'cat /dev/file' '.mounts += [{destination: "/dev", type: "bind", source: $d, options: ["rbind"]}] |
		.mounts |= map(select(.destination | startswith("/dev/") | not))' --arg d "$DIR"
	equal here "$output"
}

# ---- what belongs to this runtime ------------------------------------------------------------

@test "the runtime's own files are not mounted: state, id ranges, policy" {
	local path checks=() all
	start_container			# so that all of it is there
	[ -e "$STATE/$ID" ]
	[ -d /run/orlop/ids ]
	site_policy '{}'
	disk_dir links
	ln -s /run/orlop "$DIR/run"
	ln -s "$STATE" "$DIR/state"
	ln -s /etc/orlop "$DIR/etc"
	all=("$STATE" "$STATE/$ID" "$DIR/state" "$DIR/state/$ID/../.." "$TEST_DIR" /run/orlop /run/orlop/ids /run "$DIR/run/ids" "$DIR/run/.."
		/etc/orlop /etc/orlop/policy.json "$DIR/etc" "$DIR/etc/policy.json" "$DIR/etc/.." /etc)
	for path in "${all[@]}"; do
		[ -e "$path" ] || { echo "there is no $path"; return 1; }
		checks+=('rule mount-sources' ".mounts += [{destination: \"/dev/x\", type: \"bind\", source: \"$path\", options: [\"rbind\", \"ro\"]}]")
	done
	disk_dir alias
	mount --bind "$STATE" "$DIR"
	HOST_MOUNTS+=("$DIR")
	checks+=('rule mount-sources' "$(bind "$DIR")")
	disk_dir policy
	mount --bind /etc/orlop "$DIR"
	HOST_MOUNTS+=("$DIR")
	checks+=('rule mount-sources' "$(bind "$DIR/policy.json")")
	refused_under "${STRICT[@]}" -- "${checks[@]}"
}

@test "the host's root, its /etc and the runtime's state are no container's root" {
	local path checks=()
	start_container
	disk_dir roots
	ln -s / "$DIR/link"
	ln -s /etc "$DIR/etc"
	mkdir "$DIR/alias" "$STATE/$ID/rootfs"
	mount --bind / "$DIR/alias"
	HOST_MOUNTS+=("$DIR/alias")
	for path in / /etc "$DIR/link" "$DIR/link/." "$DIR/etc" "$DIR/alias" /proc /sys /run "$STATE" "$STATE/$ID/rootfs" /run/orlop/ids "$TEST_DIR"; do
		checks+=('rule mount-sources' ".root.path = \"$path\"")
	done
	refused_under "${STRICT[@]}" -- "${checks[@]}"
}

@test "what is mounted below a source or below the root is judged too" {
	local policy
	copied_rootfs
	mkdir "$ROOTFS/home/x" "$ROOTFS/home/deep"
	disk_dir tree
	mkdir -p "$DIR/a/b"
	host_mount -t tmpfs tmpfs "$DIR/a"
	mkdir "$DIR/a/b"
	host_mount -t proc proc "$DIR/a/b"
	refused_under "${STRICT[@]}" -- 'rule mount-sources.*/a/b lies below /proc' "$(bind "$DIR")"
	# Not recursive: it stays out.
	GLOBAL=(--policy hardened)
	start_container "$(bind "$DIR" bind)"
	not_mounted "$PID" /home/x/a
	must delete --force "$ID"
	host_mount -t proc proc "$ROOTFS/home/deep"
	refused_under "${STRICT[@]}" -- 'rule mount-sources.*/home/deep lies below /proc \(/root/path\)' .
	# Without the rule it comes along.
	GLOBAL=(--policy oci)
	start_container
	mount_at "$PID" /home/deep
	must delete --force "$ID"
}

@test "the kernel's other file systems are not mounted under a name of their own" {
	local type checks=()
	for type in bpf debugfs tracefs securityfs configfs binfmt_misc cgroup2; do
		disk_dir "kernel-$type"
		# A new mount of cgroup2 would change the options that the whole host has it with.
		if [ "$type" = cgroup2 ]; then
			mount --bind /sys/fs/cgroup "$DIR"
		else
			mount -t "$type" none "$DIR" 2>/dev/null || continue
		fi
		HOST_MOUNTS+=("$DIR")
		checks+=("rule mount-sources" "$(bind "$DIR")")
	done
	[ ${#checks[@]} -ge 4 ] || skip "this kernel has too few of them"
	refused_under "${STRICT[@]}" -- "${checks[@]}"
}

@test "sockets and state of engines are not mounted" {
	local path checks=()
	for path in /run/containerd/s /run/containerd/runc/k8s.io /run/k3s/containerd/containerd.sock /run/cri-dockerd.sock; do
		[ ! -e "$path" ] || skip "there is an engine here"
	done
	mkdir -p /run/containerd/s /run/containerd/runc/k8s.io /run/k3s/containerd
	: >/run/k3s/containerd/containerd.sock
	: >/run/cri-dockerd.sock
	: >/run/containerd/s/0123
	for path in /run/containerd /run/containerd/s /run/containerd/s/0123 /run/containerd/runc/k8s.io /run/k3s /run/k3s/containerd \
		/run/k3s/containerd/containerd.sock /run/cri-dockerd.sock; do
		checks+=('rule mount-sources' ".mounts += [{destination: \"/dev/x\", type: \"bind\", source: \"$path\", options: [\"rbind\"]}]")
	done
	refused_under "${STRICT[@]}" -- "${checks[@]}"
	rm -r /run/containerd /run/k3s /run/cri-dockerd.sock
}

@test "sockets and stores that an engine keeps in its own directory are not mounted" {
	local path checks=() made=(/run/docker/containerd/containerd.sock /run/docker/runtime-runc/moby/x /run/docker/containerd/daemon/x
		/run/containerd/io.containerd.runtime.v2.task/k8s.io/x /var/lib/docker/rootfs/overlayfs/x /var/lib/docker/vfs/dir/x
		/var/lib/docker/containerd/daemon/x /var/lib/docker/swarm/certificates /var/lib/containers/storage/vfs/dir/x
		/var/lib/rancher/k3s/server/token /run/libvirt/libvirt-sock /var/lib/incus/unix.socket /run/snapd.socket)
	for path in /run/docker /run/containerd /run/libvirt /run/snapd.socket; do
		[ ! -e "$path" ] || skip "there is an engine here"
	done
	host_mount -t tmpfs tmpfs /var/lib
	for path in "${made[@]}"; do
		mkdir -p "${path%/*}"
		: >"$path"
	done
	for path in "${made[@]}" /run/docker/containerd /run/docker/runtime-runc /var/lib/docker/vfs /var/lib/rancher /run/libvirt; do
		checks+=('rule mount-sources' ".mounts += [{destination: \"/dev/x\", type: \"bind\", source: \"$path\", options: [\"rbind\"]}]")
	done
	refused_under "${STRICT[@]}" -- "${checks[@]}"
	rm -r /run/docker /run/containerd /run/libvirt /run/snapd.socket
}

@test "what holds an engine's data is not mounted where the usual path is a link to it" {
	local data checks=() path
	host_mount -t tmpfs tmpfs /var/lib
	disk_dir data
	data=$DIR
	mkdir -p "$data/docker/overlay2/layer" "$data/volumes/mine" "$data/far/kubelet"
	ln -s "$data/docker" /var/lib/docker
	ln -s "$data/far/../far/kubelet" /var/lib/kubelet
	for path in "$data" "$data/docker" "$data/docker/overlay2/layer" "$data/far" "$data/far/kubelet" "$TEST_DIR"; do
		checks+=('rule mount-sources' ".mounts += [{destination: \"/dev/x\", type: \"bind\", source: \"$path\", options: [\"rbind\"]}]")
	done
	refused_under "${STRICT[@]}" -- "${checks[@]}"
	GLOBAL=(--policy hardened)
	start_container '.mounts += [{destination: "/dev/x", type: "bind", source: $s, options: ["rbind"]}]' --arg s "$data/volumes/mine"
}

@test "the host's cgroup tree is not shown by way of its cgroup namespace" {
	local join='(.linux.namespaces[] | select(.type == "cgroup")).path = "/proc/self/ns/cgroup"'
	refused_under baseline oci -- "host's whole tree" "$join"
	refused_under hardened -- 'cgroup-namespace|whole tree' "$join"
	# Without such a mount it is the configuration's own matter.
	GLOBAL=(--policy oci)
	start_container "$join"' | del(.mounts[] | select(.type == "cgroup"))'
	same_namespace "$PID" self cgroup
}

@test "baseline: file systems other than the usual ones are refused" {
	local type checks=()
	for type in ramfs overlay devtmpfs debugfs tracefs securityfs configfs bpf fuse ext4 xfs nfs hugetlbfs binfmt_misc cgroup1 pstore efivarfs no-such-type; do
		checks+=('rule filesystem-types of policy baseline' ".mounts += [{destination: \"/dev/x\", type: \"$type\", source: \"/dev/null\"}]")
	done
	refused_under baseline -- "${checks[@]}"
}

@test "baseline: mounts of the kernel's file systems have the flags of the configuration" {
	GLOBAL=(--policy baseline)
	start_container '(.mounts[] | select(.destination == "/proc" or .destination == "/sys/fs/cgroup")).options = ["nosuid", "noexec"] |
		(.mounts[] | select(.destination == "/dev/mqueue")).options = []'
	matches '^rw,nosuid,noexec,relatime proc' "$(mount_at "$PID" /proc)"
	matches '^rw,nosuid,noexec,relatime cgroup2' "$(mount_at "$PID" /sys/fs/cgroup)"
	matches '^rw,relatime mqueue' "$(mount_at "$PID" /dev/mqueue)"
	# Hardened adds what is missing.
	GLOBAL=(--policy hardened)
	start_container '(.mounts[] | select(.destination == "/proc" or .destination == "/dev/mqueue")).options = []'
	matches '^rw,nosuid,nodev,noexec,relatime proc' "$(mount_at "$PID" /proc)"
	matches '^rw,nosuid,nodev,noexec,relatime mqueue' "$(mount_at "$PID" /dev/mqueue)"
}

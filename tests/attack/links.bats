# SPDX-License-Identifier: Apache-2.0
# Copyright the orlop authors
#
# Images whose files are links out of the image. The directory they lead to must be the same before
# and after, whether the container is refused or runs.

load ../lib/orlop

setup() {
	orlop_setup
	require_root
	own_rootfs
	CANARY=$TEST_DIR/canary
	mkdir -p "$CANARY"/{empty,pts,sys,proc/sys/kernel}
	echo passwd >"$CANARY/passwd"
	echo ptmx >"$CANARY/ptmx"
	echo console >"$CANARY/console"
	echo null >"$CANARY/null"
	echo core >"$CANARY/proc/sys/kernel/core_pattern"
	mkfifo "$CANARY/fifo"
	find "$CANARY" -exec touch -h -d 2001-01-01 {} +
	BEFORE=$(manifest)
	# In a guest the policy under which the container's root is the host's.
	POLICIES=(hardened oci)
	[ "${ORLOP_SLOW:-1}" -eq 1 ] || POLICIES=(oci)
}

# some WORD...: all of them, or in a guest the first two.
some() {
	if [ "${ORLOP_SLOW:-1}" -eq 1 ]; then
		printf '%s\n' "$@"
	else
		printf '%s\n' "${@:1:2}"
	fi
}

# manifest: mode, owner, inode, times and content of all that is in the canary.
manifest() {
	find "$CANARY" -printf '%P %y %m %U:%G %i %s %T@\n' | sort
	find "$CANARY" -type f -exec sha256sum {} + | sort
}

untouched() {
	local now
	now=$(manifest)
	equal "$BEFORE" "$now" "the directory outside ($1)"
}

# no_canary_in PID: no mount of the container shows the canary. Names inside may be those of its path.
no_canary_in() { ! awk '{ print $4 }' "/proc/$1/mountinfo" | grep canary; }

# try_link LINK TARGET [JQ-FILTER]: a container on an image with this link, under two policies.
try_link() {
	local link=$1 target=$2 policy saved=''
	[ ! -e "$ROOTFS/$link" ] && [ ! -L "$ROOTFS/$link" ] || { saved=1; mv "$ROOTFS/$link" "$ROOTFS/saved"; }
	ln -s "$target" "$ROOTFS/$link"
	for policy in "${POLICIES[@]}"; do
		GLOBAL=(--policy "$policy")
		bundle "${3:-.}"
		runtime run --detach --bundle "$BUNDLE" --pid-file "$BUNDLE/pid" "$ID"
		if [ "$status" -eq 0 ]; then
			no_canary_in "$(<"$BUNDLE/pid")"
			[ "$(readlink "$ROOTFS/$link")" = "$target" ]
			must delete --force "$ID"
		fi
		untouched "$policy, $link -> $target"
	done
	rm -f "$ROOTFS/$link"
	[ -z "$saved" ] || mv "$ROOTFS/saved" "$ROOTFS/$link"
}

@test "a link at /proc, /sys or /dev is refused, whatever it leads to" {
	local link target
	for link in proc sys dev; do
		mv "$ROOTFS/$link" "$ROOTFS/saved"
		for target in $(some "$CANARY" tmp / .. "../../../../../../../..$CANARY" "/$link-real" /nowhere); do
			mkdir -p "$ROOTFS/$link-real"
			ln -s "$target" "$ROOTFS/$link"
			GLOBAL=(--policy hardened)
			[ "$target" != tmp ] || GLOBAL=(--policy oci)
			bundle
			refused 'ordinary directory' run --bundle "$BUNDLE" "$ID"
			matches "/$link" "$errors"
			rm "$ROOTFS/$link"
		done
		mv "$ROOTFS/saved" "$ROOTFS/$link"
	done
	untouched refusals
}

@test "/dev, /dev/console and /dev/pts of the image are not used when no mount names /dev" {
	local none='.mounts |= map(select(.destination | startswith("/dev") | not))'
	try_link dev/console "$CANARY/console" "$none"
	try_link dev/pts "$CANARY/pts" "$none"
	try_link dev/ptmx "$CANARY/ptmx" "$none"
	try_link dev/null "$CANARY/null" "$none"
	try_link dev "$CANARY" "$none"
}

@test "a terminal does not follow links of the image" {
	local terminal='.process.terminal = true | .process.args = ["true"]' link policy
	for link in console ptmx pts; do
		ln -s "$CANARY/$link" "$ROOTFS/dev/$link"
	done
	for policy in "${POLICIES[@]}"; do
		GLOBAL=(--policy "$policy")
		for filter in "$terminal" "$terminal"' | .mounts |= map(select(.destination | startswith("/dev") | not))' \
			"$terminal"' | .root.readonly = false'; do
			bundle "$filter"
			must run --bundle "$BUNDLE" "$ID"
			untouched "$policy, $filter"
		done
	done
}

@test "masks do not come from the image, and are there without its /dev/null" {
	local kind
	for kind in link absent file fifo; do
		rm -rf "$ROOTFS/dev/null"
		case $kind in
		link) ln -s "$CANARY/proc/sys/kernel/core_pattern" "$ROOTFS/dev/null" ;;
		file) echo x >"$ROOTFS/dev/null" ;;
		fifo) mkfifo "$ROOTFS/dev/null" ;;
		esac
		GLOBAL=(--policy oci)
		start_container '.mounts |= map(select(.destination | startswith("/dev") | not))'
		# Not procfs any more: the null device, read-only.
		equal 1:3 "$(stat -L -c %Hr:%Lr "/proc/$PID/root/proc/keys")" "$kind"
		has_option ro "$PID" /proc/keys
		must delete --force "$ID"
	done
	untouched masks
}

@test "masked and read-only paths that are links do not lead out of the container" {
	GLOBAL=(--policy hardened)
	ln -s "$CANARY/passwd" "$ROOTFS/absolute"
	ln -s ../../../../../.."$CANARY/passwd" "$ROOTFS/relative"
	ln -s /proc/self/root/etc "$ROOTFS/magic"
	bundle '.linux.maskedPaths += ["/absolute", "/relative", "/magic/passwd"] | .linux.readonlyPaths += ["/absolute", "/relative"]'
	runtime run --detach --bundle "$BUNDLE" --pid-file "$BUNDLE/pid" "$ID"
	[ "$status" -ne 0 ] || no_canary_in "$(<"$BUNDLE/pid")"
	untouched masks
}

@test "mount targets that are links stay inside the container" {
	local target
	mkdir "$TEST_DIR/volume"
	echo volume >"$TEST_DIR/volume/file"
	ln -s "$CANARY/empty" "$ROOTFS/second"
	for target in $(some "$CANARY/empty" "$CANARY/new/deep" "../../../../../../../..$CANARY/empty" /second /proc/self/cwd /proc/1/root); do
		try_link target "$target" ".mounts += [{destination: \"/target\", type: \"bind\", source: \"$TEST_DIR/volume\", options: [\"bind\"]},
			{destination: \"/target/below\", type: \"tmpfs\", source: \"tmpfs\"}]"
		[ ! -e "$CANARY/new" ]
		rm -rf "${ROOTFS:?}$CANARY" "$ROOTFS/new"
	done
}

@test "files that mounts need are made inside the container only" {
	ln -s "$CANARY" "$ROOTFS/out"
	GLOBAL=(--policy oci)
	echo x >"$TEST_DIR/file"
	bundle '.root.readonly = false | .mounts += [{destination: "/out/new/file", type: "bind", source: $f, options: ["bind"]},
		{destination: "/out/dir", type: "tmpfs", source: "tmpfs"}]' --arg f "$TEST_DIR/file"
	runtime run --detach --bundle "$BUNDLE" "$ID"
	untouched mounts
}

@test "/etc that is a link to the root, above it or out of the image takes an engine's files inside only" {
	local target
	echo hosts >"$TEST_DIR/hosts"
	for target in $(some / .. ../../../../../../../.. "$CANARY" /proc/self/root /proc/1/root/etc); do
		try_link etc "$target" ".process.args = [\"sleep\", \"1000\"] | .mounts += [
			{destination: \"/etc/hosts\", type: \"bind\", source: \"$TEST_DIR/hosts\", options: [\"bind\", \"ro\"]},
			{destination: \"/etc/new/resolv.conf\", type: \"bind\", source: \"$TEST_DIR/hosts\", options: [\"bind\"]}]"
		[ ! -e /new ]
		[ ! -e "$CANARY/new" ]
		[ ! -e "$TEST_DIR/new" ]
		rm -rf "${ROOTFS:?}/hosts" "$ROOTFS/new" "${ROOTFS:?}$CANARY"
	done
}

@test "a remount does not follow a link of the image" {
	local target policy before
	for target in $(some /proc /proc/sys /sys /dev / .. "$CANARY" /proc/self/root); do
		rm -f "$ROOTFS/way"
		ln -s "$target" "$ROOTFS/way"
		for policy in "${POLICIES[@]}"; do
			GLOBAL=(--policy "$policy")
			bundle '.mounts += [{destination: "/way", type: "none", source: "none", options: ["remount", "rw", "exec", "suid", "dev"]}] |
				.process.args = ["true"]'
			refused '/way' run --bundle "$BUNDLE" "$ID"
			untouched "$policy, $target"
		done
	done
	# Nor one on the way, however the destination is spelt.
	ln -s / "$ROOTFS/up"
	for target in /up/proc /up/proc/sys /bin/../up/sys; do
		bundle '.mounts += [{destination: $t, type: "none", source: "none", options: ["remount", "rw"]}] | .process.args = ["true"]' --arg t "$target"
		runtime run --bundle "$BUNDLE" "$ID"
		[ "$status" -ne 0 ] || { show_call "$target was remounted"; return 1; }
	done
}

@test "nothing is mounted over the kernel's files under any spelling" {
	local target ok=0 kind kinds='bind tmpfs'
	[ "${ORLOP_SLOW:-1}" -eq 1 ] || kinds=bind
	GLOBAL=(--policy oci)
	ln -s /proc "$ROOTFS/p"
	ln -s proc/self "$ROOTFS/self"
	ln -s ../sys "$ROOTFS/tmp/s"
	for target in /proc/self/attr /proc/../proc/self /p/self //proc//sys /proc/./sys /p/sys/kernel /self/attr /tmp/s/kernel /tmp/../proc/1 \
		/proc/thread-self /proc/sys /proc/1/attr/current /sys/kernel /sys/../proc/sys /p/cpuinfo/../sys /proc/sysrq-trigger; do
		GLOBAL=(--policy oci)
		case $target in
		*/s/kernel | /sys/kernel) GLOBAL=(--policy baseline) ;; # oci lets it lie over /sys
		esac
		for kind in $kinds; do
			bundle '.mounts += [{destination: $t, type: $k, source: $s, options: (if $k == "bind" then ["bind"] else [] end)}] |
				.process.args = ["true"]' --arg t "$target" --arg s "$CANARY/empty" --arg k "$kind"
			runtime run --bundle "$BUNDLE" "$ID"
			[ "$status" -ne 0 ] || { echo "$target is taken by $kind"; ok=1; }
		done
	done
	equal 0 "$ok"
	untouched mounts
}

@test "HOME and the working directory are looked for inside the container" {
	local policy
	rm "$ROOTFS/etc/passwd"
	ln -s "$CANARY/passwd" "$ROOTFS/etc/passwd"
	ln -s "$CANARY" "$ROOTFS/out"
	for policy in "${POLICIES[@]}"; do
		GLOBAL=(--policy "$policy")
		for cwd in $(some /out /out/new ../../.."$CANARY" /etc/../out); do
			FILTER=".process.cwd = \"/${cwd#/}\" | .root.readonly = false" run_command sh -c pwd
			[ "$status" -ne 0 ] || matches '^/' "$output"
			untouched "$policy, $cwd"
		done
	done
}

@test "numeric users are not looked up in the image" {
	echo '1000:x:0:0::/:/bin/sh' >"$ROOTFS/etc/passwd"
	GLOBAL=(--policy oci)
	start_container '.process.user = {uid: 1000, gid: 1000}'
	equal $'1000\t1000\t1000\t1000' "$(proc_status "$PID" Uid)"
}

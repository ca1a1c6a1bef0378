# SPDX-License-Identifier: Apache-2.0
# Copyright the orlop authors
#
# The root file system under policy hardened: three modes, tmpfs where programs write, and an image
# that never changes.

load ../lib/orlop
load support

setup() {
	orlop_setup
	GLOBAL=(--policy hardened)
	copied_rootfs
	echo original >"$ROOTFS/etc/original"
	caps='(.process.capabilities[]) += ["CAP_CHOWN", "CAP_DAC_OVERRIDE"]'
	probe_root='stat -c "root %i %d" /; stat -c "above %i %d" /..'
}

root_is_clean() {
	equal "$(line root)" "$(line above)" "the directory above the root"
	equal 1 "$(cut -d ' ' -f 5 "/proc/$PID/mountinfo" | grep -cx /)" "mounts at /"
	! cut -d ' ' -f 5 "/proc/$PID/mountinfo" | grep -E '^/(var/lib|etc|usr|boot|root|srv)' || return 1
}

# snapshot: everything of the image that a program could change.
snapshot() { find "$ROOTFS" -printf '%P %y %m %U:%G %s %T@ %C@\n' | sort; }

@test "read-only: nothing of the image can be written, and its files keep their owners" {
	local before
	before=$(snapshot)
	start_script "$probe_root"'; stat -c "owner %u:%g" /etc/original; stat -c "home %u:%g" /home/user
		for p in / /etc /usr /bin /home/user /root /sbin /var; do touch $p/x 2>/dev/null && echo "wrote $p"; done
		chmod 777 /etc/original 2>/dev/null && echo "wrote mode"; echo x 2>/dev/null >>/etc/original && echo "wrote file"
		rm /etc/original 2>/dev/null && echo "wrote directory"' '.root.readonly = false'
	root_is_clean
	equal 0:0 "$(line owner)"
	equal 1000:1000 "$(line home)"
	[[ $output != *wrote* ]]
	has_option ro "$PID" /
	has_option nosuid "$PID" /
	has_option idmapped "$PID" /
	must delete --force "$ID"
	equal "$before" "$(snapshot)" "the image"
}

@test "ephemeral: programs may write, the image does not change, and all is gone" {
	local before
	before=$(snapshot)
	site_policy '{"hardened": {"rootfs": "ephemeral"}}'
	start_script "$probe_root"'; echo changed >/etc/original && echo new >/etc/new && rm /bin/vi && mkdir /made && chown 1000 /made
		cat /etc/original /etc/new; stat -c "owner %u:%g" /etc/new; stat -c "made %u" /made; ls /bin/vi 2>/dev/null' ".root.readonly = false | $caps"
	root_is_clean
	matches $'\nchanged\nnew\n' "$output"
	equal 0:0 "$(line owner)"
	equal 1000 "$(line made)"
	matches '^rw,nosuid[^ ]* overlay ' "$(mount_at "$PID" /)"
	must delete --force "$ID"
	equal "$before" "$(snapshot)" "the image"
	bundle '.root.readonly = false | .process.args = ["cat", "/etc/original"]'
	must run --bundle "$BUNDLE" "$ID"
	equal original "$output"
}

@test "ephemeral: what is written is bounded, and a read-only root stays read-only" {
	site_policy '{"hardened": {"rootfs": "ephemeral", "limits": {"ephemeral": 4194304}}}'
	start_script 'dd if=/dev/zero of=/usr/big bs=64k count=200 2>&1; stat -c %s /usr/big' '.root.readonly = false'
	matches 'No space left on device' "$output"
	[ "$(tail -n 1 <<<"$output")" -le 4194304 ]
	start_script 'touch /x 2>&1' '.root.readonly = true'
	has_option ro "$PID" /
	matches 'Read-only file system' "$output"
}

@test "ephemeral: files and directories can be made at the top of the root" {
	# Landlock, which takes AppArmor's place, cannot name what is made there later.
	require_apparmor
	site_policy '{"hardened": {"rootfs": "ephemeral"}}'
	start_script 'echo a >/file && mkdir /made && echo b >/made/file; cat /file /made/file' '.root.readonly = false'
	equal $'a\nb' "$output"
}

@test "as-configured: what is written belongs on disk to the ids of the container" {
	site_policy '{"hardened": {"rootfs": "as-configured"}}'
	start_script "$probe_root"'; echo x >/etc/root-file; echo x >/etc/user-file; chown 1000:1000 /etc/user-file; touch /tmp/x' ".root.readonly = false | $caps"
	root_is_clean
	has_option rw "$PID" /
	has_option nosuid "$PID" /
	equal 0:0 "$(stat -c %u:%g "$ROOTFS/etc/root-file")"
	equal 1000:1000 "$(stat -c %u:%g "$ROOTFS/etc/user-file")"
	not_mounted "$PID" /tmp
	start_script "$probe_root"'; touch /y 2>&1' '.root.readonly = true'
	root_is_clean
	has_option ro "$PID" /
	matches ' tmpfs ' "$(mount_at "$PID" /tmp)"
}

@test "what the image has at /run and /var/tmp is there, writable, and not on the image" {
	mkdir -p "$ROOTFS/run/service"
	echo pid >"$ROOTFS/run/service/file"
	ln -s service/file "$ROOTFS/run/link"
	chown -R 1000:1000 "$ROOTFS/run/service"
	chmod 2750 "$ROOTFS/run/service"
	# As distributions have it.
	rm -rf "$ROOTFS/var/run"
	ln -s /run "$ROOTFS/var/run"
	echo kept >"$ROOTFS/var/tmp/kept"
	start_script 'cat /run/link /var/run/service/file /var/tmp/kept; stat -c "%n %a %u:%g" /run/service /run/service/file
		echo x >/var/run/new && cat /run/new; echo changed >/run/service/file' "$caps"
	equal $'pid\npid\nkept\n/run/service 2750 1000:1000\n/run/service/file 644 1000:1000\nx' "$output"
	matches ' tmpfs ' "$(mount_at "$PID" /run)"
	not_mounted "$PID" /var/run
	equal pid "$(<"$ROOTFS/run/service/file")" "on the image"
	[ ! -e "$ROOTFS/run/new" ]
}

@test "copying up is bounded" {
	local i
	for i in 1 2 3 4 5 6 7 8 9; do
		: >"$ROOTFS/run/$i"
	done
	site_policy '{"hardened": {"limits": {"copyUpEntries": 5}}}'
	bundle
	refused '/run.*copyUp' create --bundle "$BUNDLE" "$ID"
	site_policy '{"hardened": {"limits": {"copyUpBytes": 1000}}}'
	rm "$ROOTFS"/run/?
	head -c 2000 /dev/zero >"$ROOTFS/run/big"
	bundle
	refused '/run.*copyUp' create --bundle "$BUNDLE" "$ID"
}

@test "the size of a tmpfs is a limit" {
	site_policy '{"hardened": {"limits": {"tmpfs": 1048576}}}'
	start_script 'head -c 4000000 /dev/zero >/tmp/big 2>/dev/null; stat -c %s /tmp/big; head -c 4000000 /dev/zero >/dev/t/big 2>/dev/null; stat -c %s /dev/t/big' \
		'.mounts += [{destination: "/dev/t", type: "tmpfs", source: "tmpfs"}]'
	equal $'1048576\n1048576' "$output"
}

@test "what the configuration mounts at these places is left alone" {
	disk_dir volume
	echo volume >"$DIR/file"
	start_script 'cat /run/file; ls /tmp' '.mounts += [{destination: "/run", type: "bind", source: $d, options: ["rbind"]},
		{destination: "/tmp", type: "tmpfs", source: "mine", options: ["size=64k"]}]' --arg d "$DIR"
	equal volume "$output"
	matches 'size=64k' "$(mount_at "$PID" /tmp)"
	equal 1 "$(cut -d ' ' -f 5 "/proc/$PID/mountinfo" | grep -cx /tmp)" "mounts at /tmp"
	equal 1 "$(cut -d ' ' -f 5 "/proc/$PID/mountinfo" | grep -cx /run)" "mounts at /run"
}

@test "an image without these directories, and one where they are links, runs" {
	rm -rf "$ROOTFS/var/tmp" "$ROOTFS/tmp" "$ROOTFS/run"
	ln -s /etc "$ROOTFS/run"
	ln -s ../../../../../../nowhere "$ROOTFS/tmp"
	start_script 'cat /etc/original; ls -d /etc'
	matches '^original' "$output"
	has_option ro "$PID" /
	[ ! -e /nowhere ]
	[ ! -e "$ROOTFS/etc/x" ]
}

@test "a set-id program of the image changes no ids" {
	require_helper probe
	[ "$(uname -m)" = x86_64 ] || skip "has the system call numbers of x86-64"
	cp "$ORLOP_HELPERS/probe" "$ROOTFS/bin/set-id"
	chown 0:0 "$ROOTFS/bin/set-id"
	chmod 4755 "$ROOTFS/bin/set-id"
	FILTER='.process.user = {uid: 1000, gid: 1000} | .process.noNewPrivileges = false' run_command /bin/set-id syscall euid=107
	equal 'euid 1000' "$output"
}

# closed_host COMMAND...: on a host whose root directory nobody but root may search.
closed_host() {
	mkdir "$TEST_DIR/host"
	# shellcheck disable=SC2016
	unshare --mount --propagation private sh -ec 'mount -t tmpfs -o mode=700 tmpfs "$1" && cd "$1" && shift
		for at in /*; do
			if [ -d "$at" ] && [ ! -L "$at" ]; then
				mkdir ".$at" && mount --rbind "$at" ".$at"
			else
				cp -a "$at" .
			fi
		done
		mkdir .old && pivot_root . .old && umount -l /.old && cd / && exec "$@"' - "$TEST_DIR/host" "$@"
}

@test "a container is made on a host whose root directory is closed to others" {
	local policy filter
	for policy in hardened oci; do
		filter=.
		[ "$policy" = hardened ] || filter='.linux.namespaces += [{type: "user"}] |
			.linux.uidMappings = [{containerID: 0, hostID: 0, size: 1}, {containerID: 1, hostID: 400000, size: 65535}] |
			.linux.gidMappings = .linux.uidMappings'
		bundle "$filter"' | .process.args = ["sh", "-c", "stat -c %t:%T /proc/keys && head -c 1 /proc/kcore | wc -c"] |
			.linux.maskedPaths += ["/proc/keys", "/proc/kcore", "/proc/acpi"]'
		status=0
		output=$(ORLOP_TEST=$MARK- closed_host "$ORLOP" --root "$STATE" --policy "$policy" run --bundle "$BUNDLE" "$ID" \
			2>"$TEST_DIR/errors" 3>&-) || status=$?
		rmdir "$TEST_DIR/host"
		equal "0 1:3 0" "$status $(tr '\n' ' ' <<<"$output" | sed 's/ *$//')" "$policy: $(<"$TEST_DIR/errors")"
	done
}

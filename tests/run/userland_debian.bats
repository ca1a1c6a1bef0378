# SPDX-License-Identifier: Apache-2.0
# Copyright the orlop authors
#
# Ordinary programs of a distribution under the default policy. Each one is sensitive to one mistake:
# a wrong errno in a filter, a missing capability, an owner that is not mapped.

load ../lib/orlop

setup() {
	orlop_setup
	debian_rootfs
	FILTER="$docker_capabilities"
}

# run_debian SCRIPT: a line of shell in a new container, which has to succeed.
run_debian() {
	run_command sh -c "$1"
	exits 0
}

@test "runuser changes to another user" {
	# The kernel's answer to an audit message that may not be sent decides whether PAM goes on.
	run_debian 'runuser -u nobody -- id -un'
	equal nobody "$output"
}

@test "Python starts a thread" {
	# glibc falls back from clone3 on ENOSYS only.
	run_debian 'python3 -c "
import threading
t = threading.Thread(target=lambda: print(1 + 1))
t.start()
t.join()"'
	equal 2 "$output"
}

@test "tar unpacks as root and keeps owners and modes" {
	# fchmodat2, where a filter may not know it.
	FILTER+=' | .mounts += [{destination: "/work", type: "tmpfs", source: "tmpfs"}]'
	run_debian 'cd /work && mkdir a && touch a/f && chown 1000:1000 a/f && chmod 2751 a && chmod 640 a/f &&
		tar -cf a.tar a && mkdir b && tar -C b -xpf a.tar && stat -c "%u:%g %a" b/a b/a/f'
	equal $'0:0 2751\n1000:1000 640' "$output"
}

@test "names and addresses are found" {
	# Routing netlink sockets.
	run_debian 'getent ahosts localhost | head -n 1; hostname -I; python3 -c "
import socket
print(socket.if_nameindex())"'
	matches '^(127\.0\.0\.1|::1)' "$output"
	matches "\(1, 'lo'\)" "$output"
}

@test "ping reaches the loopback interface without a capability" {
	# net.ipv4.ping_group_range, within the mapped ids.
	run_debian 'ping -c 1 -W 5 127.0.0.1'
	matches '1 received' "$output"
}

@test "a program with a file capability beyond the ceiling starts" {
	# It would not on a root without nosuid, when its capability is not in the bounding set.
	run_debian '/usr/local/bin/true-with-capability'
}

@test "nginx logs to the standard error it was given" {
	# Opening /dev/stderr again needs the pipe to belong to the container's root.
	local log=$TEST_DIR/nginx.log
	bundle "$docker_capabilities"' |
		.process.args = ["sh", "-c", "nginx -p /tmp -g \"pid /tmp/pid; error_log /dev/stderr notice;\" -c /tmp/conf -t"] |
		.mounts += [{destination: "/tmp", type: "tmpfs", source: "tmpfs"},
			{destination: "/var/lib/nginx", type: "tmpfs", source: "tmpfs"},
			{destination: "/tmp/conf", type: "bind", source: $conf, options: ["bind", "ro"]}]' \
		--arg conf "$TEST_DIR/conf"
	echo 'events {} http { access_log /dev/stdout; server { listen 80; } }' >"$TEST_DIR/conf"
	# A pipe, and not the file that "runtime" gives.
	status=0
	ORLOP_TEST=$MARK- "$ORLOP" --root "$STATE" run --bundle "$BUNDLE" "$ID" 2>&1 </dev/null 3>&- | cat >"$log" ||
		status=1
	matches 'test is successful' "$(<"$log")" "nginx"
}

@test "sshd lets a user in" {
	# Privilege separation: chroot, setuid, PAM's audit message.
	FILTER+=' | .mounts += [{destination: "/tmp", type: "tmpfs", source: "tmpfs"},
		{destination: "/run", type: "tmpfs", source: "tmpfs", options: ["mode=755"]}]'
	run_debian 'mkdir -p /run/sshd && cd /tmp && chmod 755 . && ssh-keygen -q -t ed25519 -N "" -f host &&
		ssh-keygen -q -t ed25519 -N "" -f user && cp user.pub keys && chmod 644 keys &&
		/usr/sbin/sshd -f /dev/null -h /tmp/host -p 2222 -o AuthorizedKeysFile=/tmp/keys -o StrictModes=no -o UsePAM=yes -o PidFile=none &&
		ssh -i user -p 2222 -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR user@127.0.0.1 id -un'
	equal user "$output"
}

@test "apt installs a package into an ephemeral root" {
	site_policy '{"hardened": {"rootfs": "ephemeral"}}'
	FILTER+=' | .root.readonly = false'
	run_debian 'apt-get -qq update && apt-get -qq install -y orlop-sample >&2 &&
		cat /usr/share/orlop-sample/file && stat -c %U /usr/share/orlop-sample/owned'
	equal $'sample\nnobody' "$output"
	# The image is as it was.
	[ ! -e "$ROOTFS/usr/share/orlop-sample" ]
	[ ! -e "$ROOTFS/var/lib/dpkg/info/orlop-sample.list" ]
}

@test "dpkg works on a writable root" {
	site_policy '{"hardened": {"rootfs": "as-configured"}}'
	ROOTFS=$TEST_DIR/rootfs
	"$lib_dir/make-rootfs" debian "$ROOTFS"
	FILTER+=' | .root.readonly = false'
	run_debian 'dpkg -i /srv/repo/orlop-sample_1.0_all.deb >/dev/null && dpkg-query -W -f "\${Status}" orlop-sample'
	equal 'install ok installed' "$output"
	# On disk the files belong to the ids that the container sees.
	equal 65534 "$(stat -c %u "$ROOTFS/usr/share/orlop-sample/owned")" owner
	equal 0 "$(stat -c %u "$ROOTFS/usr/share/orlop-sample/file")" owner
}

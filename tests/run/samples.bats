# SPDX-License-Identifier: Apache-2.0
# Copyright the orlop authors
#
# What Docker, Podman and ctr write into config.json by default, run under every policy; and what
# they write for privileged containers and host namespaces, which only oci runs. samples/ has them,
# with places for the names of files.

load ../lib/orlop
load support

setup() {
	orlop_setup
	# Targets of mounts are made in the root: one of this test's own.
	copied_rootfs
	FILES=$TEST_DIR/files
	mkdir "$FILES" "$FILES/shm"
	echo '127.0.0.1 sample' >"$FILES/hosts"
	echo sample >"$FILES/hostname"
	: >"$FILES/resolv.conf"
	: >"$FILES/.containerenv"
	own_changes='.'
	# What this kernel has no controller for is an error when it is asked for.
	grep -qw pids /sys/fs/cgroup/cgroup.controllers || own_changes+=' | del(.linux.resources.pids)'
	grep -qw cpu /sys/fs/cgroup/cgroup.controllers || own_changes+=' | del(.linux.resources.cpu)'
	# Nobody can raise a limit above the caller's without CAP_SYS_RESOURCE.
	if [ $((0x$(proc_status self CapEff) >> 24 & 1)) -eq 0 ]; then
		own_changes+=" | if .process.rlimits then .process.rlimits[] |= (.hard = ([.hard, $(hard_limit 1048576)] | min) |
			.soft = ([.soft, .hard] | min)) else . end"
	fi
	if have_apparmor; then
		own_changes+=' | if .process.apparmorProfile then .process.apparmorProfile |= if . == "unconfined" then . else "orlop-default" end else . end'
	else
		own_changes+=' | del(.process.apparmorProfile)'
	fi
}

# sample NAME: a bundle with that configuration. Sets ID and BUNDLE.
sample() {
	local text
	command_json='' bundle
	text=$(<"$BATS_TEST_DIRNAME/samples/$1.json")
	text=${text//@ROOTFS@/$ROOTFS}
	text=${text//@FILES@/$FILES}
	text=${text//@ID@/$ID}
	text=${text//\"@PROGRAM@\"/\"sleep\", \"1000\"}
	text=${text/'"env": ['/'"env": [ '"\"ORLOP_TEST=$ID\","}
	jq "$own_changes" <<<"$text" >"$BUNDLE/config.json"
	grep -q "ORLOP_TEST=$ID" "$BUNDLE/config.json"
}

# network: a network namespace that an engine has made.
network() {
	: >"$FILES/netns"
	unshare --net="$FILES/netns" true
	HOST_MOUNTS+=("$FILES/netns")
}

# run_sample POLICY NAME: it runs. Sets PID.
run_sample() {
	GLOBAL=(--policy "$1")
	sample "$2"
	must run --detach --bundle "$BUNDLE" --pid-file "$BUNDLE/pid" "$ID"
	PID=$(<"$BUNDLE/pid")
	equal sleep "$(<"/proc/$PID/comm")" "program of $2 under $1"
}

# posture WANT: user namespace, no_new_privs, filter, bounding set, options of /.
posture() {
	local ids=host root
	[ "$(namespace_of "$PID" user)" = "$(namespace_of self user)" ] || ids=own
	root=$(mount_at "$PID" /)
	root=${root%% *}
	equal "$1" "$ids $(proc_status "$PID" NoNewPrivs) $(proc_status "$PID" Seccomp) $(proc_status "$PID" CapBnd) ${root%%,*}"
	! have_apparmor || [ -n "${2:-}" ] || equal 'orlop-default (enforce)' "$(label_of "$PID")" label
}

refused_sample() {
	local policy
	for policy in hardened baseline; do
		GLOBAL=(--policy "$policy")
		sample "$2"
		refused "rule $1 of policy $policy" create --bundle "$BUNDLE" "$ID"
		[ ! -e "$STATE/$ID" ]
		[ ! -e "/sys/fs/cgroup/docker/$ID" ]
	done
}

@test "Docker's default container runs under every policy" {
	run_sample oci docker-default
	posture 'host 0 2 00000000a80425fb rw'
	equal "0::/docker/$ID" "$(cgroup_line "$PID")"
	equal '127.0.0.1 sample' "$(<"/proc/$PID/root/etc/hosts")"
	equal $'0\t2147483647' "$(nsenter -t "$PID" -n cat /proc/sys/net/ipv4/ping_group_range)"
	run_sample baseline docker-default
	posture 'host 0 2 00000000a80425fb rw'
	run_sample hardened docker-default
	posture 'own 1 2 00000000000404fb ro'
	equal '127.0.0.1 sample' "$(<"/proc/$PID/root/etc/hosts")"
	# Files of the host's root are root's inside.
	equal "$(first_id "$PID")" "$(stat -c %u "/proc/$PID/root/etc/hosts")"
	has_option ro "$PID" /proc/interrupts
	equal 0 "$(<"/proc/$PID/oom_score_adj")"
}

@test "Podman's default container runs under every policy, in the network it was given" {
	local policy
	network
	for policy in oci baseline hardened; do
		run_sample "$policy" podman-default
		equal "$(stat -L -c %i "$FILES/netns")" "$(stat -L -c %i "/proc/$PID/ns/net")" "network under $policy"
		case $policy in
		hardened) posture 'own 1 2 00000000000404fb ro' ;;
		*) posture 'host 0 2 00000000800405fb rw' ;;
		esac
		equal container=podman "$(tr '\0' '\n' <"/proc/$PID/environ" | grep '^container=')"
		mount_at "$PID" /run/.containerenv
		mount_at "$PID" /dev/shm
		[ ! -e "$(cgroup_of "$PID")/pids.max" ] || equal 2048 "$(cgroup_value "$PID" pids.max)"
		must delete --force "$ID"
	done
}

@test "ctr's default container runs under every policy" {
	run_sample oci ctr-default
	posture 'host 1 0 00000000a80425fb rw' any
	equal "0::/default/$ID" "$(cgroup_line "$PID")"
	run_sample baseline ctr-default
	posture 'host 1 2 00000000a80425fb rw'
	run_sample hardened ctr-default
	posture 'own 1 2 00000000000404fb ro'
	[ ! -e "$(cgroup_of "$PID")/cpu.weight" ] || equal 100 "$(cgroup_value "$PID" cpu.weight)"
	[ "$(namespace_of "$PID" cgroup)" != "$(namespace_of self cgroup)" ]
}

@test "Docker's privileged container is refused but by oci" {
	refused_sample privileged docker-privileged
	run_sample oci docker-privileged
	equal "$(proc_status self CapBnd)" "$(proc_status "$PID" CapBnd)"
	equal 'block special file fe:0' "$(stat -c '%F %t:%T' "/proc/$PID/root/dev/vda")"
	has_option rw "$PID" /sys
	not_mounted "$PID" /proc/timer_list
}

@test "Podman's privileged container is refused but by oci" {
	network
	refused_sample privileged podman-privileged
	run_sample oci podman-privileged
	equal "$(proc_status self CapBnd)" "$(proc_status "$PID" CapBnd)"
	has_option rw "$PID" /sys/fs/cgroup
}

@test "ctr's privileged container on the host's network is refused but by oci" {
	refused_sample privileged ctr-privileged-nethost
	run_sample oci ctr-privileged-nethost
	same_namespace "$PID" self net user
	own_namespace "$PID" pid mnt
}

@test "Docker's container in host namespaces is refused but by oci" {
	refused_sample 'host-[a-z]+' docker-host-namespaces
	run_sample oci docker-host-namespaces
	same_namespace "$PID" self net pid ipc uts
	own_namespace "$PID" mnt
}

@test "what orlop spec writes runs under every policy" {
	local policy
	for policy in oci baseline hardened; do
		GLOBAL=(--policy "$policy")
		bundle
		rm "$BUNDLE/config.json"
		ln -s "$ROOTFS" "$BUNDLE/rootfs"
		must spec --bundle "$BUNDLE"
		# The shell would wait for somebody who types.
		edit '.process.args = ["sh", "-c", "tty; id -u; hostname"] | .process.env += [$e]' --arg e "ORLOP_TEST=$ID"
		must run --bundle "$BUNDLE" "$ID"
		equal $'/dev/pts/0\n0\norlop' "$output" "under $policy"
	done
	# And as it is, with a shell that somebody types into.
	bundle
	rm "$BUNDLE/config.json"
	ln -s "$ROOTFS" "$BUNDLE/rootfs"
	cd "$BUNDLE"
	must spec
	status=0
	output=$(printf 'echo typed-$((40 + 2))\nexit 7\n' | ORLOP_TEST=$MARK- "$ORLOP" --root "$STATE" run "$ID" 2>&1 3>&-) || status=$?
	exits 7
	matches typed-42 "$output"
}

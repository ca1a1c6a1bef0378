# SPDX-License-Identifier: Apache-2.0
# Copyright the orlop authors
#
# What the files and the configuration of an image try besides links: descriptors of the caller,
# the runtime's own program, set-id programs, device nodes, names that climb, numbers that wrap.

load ../lib/orlop

setup() {
	orlop_setup
	require_root
	GLOBAL=(--policy hardened)
}

# some WORD...: all of them, or in a guest the first three.
some() {
	if [ "${ORLOP_SLOW:-1}" -eq 1 ]; then
		printf '%s\n' "$@"
	else
		printf '%s\n' "${@:1:3}"
	fi
}

# with_leaks COMMAND...: with descriptors 3 to 30 open on directories of the host. bats' own are spared
# by a subshell.
leak() {
	local fd
	for ((fd = 3; fd <= 30; fd++)); do
		eval "exec $fd</"
	done
}
with_leaks() ( leak && exec "$@" )

# leaky POLICY ARGUMENT...: call the runtime with them. Sets status, output, errors.
leaky() {
	local policy=$1
	shift
	status=0
	ORLOP_TEST=$MARK- with_leaks "$ORLOP" --root "$STATE" --policy "$policy" "$@" >"$TEST_DIR/out" 2>"$TEST_DIR/err" </dev/null || status=$?
	output=$(<"$TEST_DIR/out")
	errors=$(<"$TEST_DIR/err")
}

@test "descriptors of the caller do not reach the container" {
	local policy
	for policy in hardened oci; do
		# The fourth is of the directory that ls reads.
		bundle '.process.args = ["ls", "/proc/self/fd"]'
		leaky "$policy" run --bundle "$BUNDLE" "$ID"
		exits 0
		equal '0 1 2 3' "$(tr '\n' ' ' <<<"$output" | sed 's/ $//')" "$policy"
	done
}

@test "a container that waits for start holds no descriptor of the caller" {
	local policy fd
	for policy in hardened oci; do
		bundle
		leaky "$policy" create --bundle "$BUNDLE" --pid-file "$BUNDLE/pid" "$ID"
		exits 0
		for fd in "/proc/$(<"$BUNDLE/pid")/fd"/*; do
			[ ! -d "$fd" ] || {
				echo "$policy: $fd is $(readlink "$fd")"
				return 1
			}
		done
	done
}

@test "a working directory that is a descriptor of the caller is refused" {
	local fd policy cwd numbers='3 5 7 8 9 10 11 30'
	[ "${ORLOP_SLOW:-1}" -eq 1 ] || numbers='3 7 9'
	own_rootfs
	ln -s /proc/self/fd/7 "$ROOTFS/seven"
	for policy in hardened oci; do
		for fd in $numbers; do
			bundle ".process.cwd = \"/proc/self/fd/$fd\" | .process.args = [\"ls\", \"-d\", \"work\", \"boot\", \"../root\"]"
			leaky "$policy" run --bundle "$BUNDLE" "$ID"
			[ "$status" -ne 0 ]
			[ -z "$output" ]
			matches '/process/cwd' "$errors"
		done
		for cwd in /seven /proc/self/root /proc/1/cwd /proc/self/fd/../../self/fd/7; do
			bundle ".process.cwd = \"$cwd\" | .process.args = [\"true\"]"
			leaky "$policy" run --bundle "$BUNDLE" "$ID"
			[ "$status" -ne 0 ]
			matches '/process/cwd' "$errors"
		done
	done
}

@test "a program behind a descriptor of the caller is not executed" {
	local policy name
	own_rootfs
	ln -s /proc/self/fd/7/bin/sh "$ROOTFS/bin/seven"
	for policy in hardened oci; do
		for name in $(some /proc/self/fd/7/bin/sh /bin/seven /proc/self/exe /proc/self/fd/3/bin/sh seven /proc/self/root/bin/sh); do
			bundle ".process.args = [\"$name\", \"-c\", \"echo went\"]"
			leaky "$policy" run --bundle "$BUNDLE" "$ID"
			[ "$status" -ne 0 ]
			[ -z "$output" ]
		done
	done
}

@test "what runs as /proc/PID/exe while a container is made is a sealed copy, not the installed program" {
	local before pid exe
	GLOBAL=(--policy oci)
	before=$(sha256sum "$ORLOP")
	create_container
	exe=$(readlink "/proc/$PID/exe")
	matches '^/memfd:orlop' "$exe" "the program that waits"
	# Nobody can write it, root neither.
	! { printf x >>"/proc/$PID/exe"; } 2>"$TEST_DIR/denied" || return 1
	! { printf x 1<>"/proc/$PID/exe"; } 2>>"$TEST_DIR/denied" || return 1
	[ "$(stat -L -c %i:%d "/proc/$PID/exe")" != "$(stat -c %i:%d "$ORLOP")" ]
	equal "$before" "$(sha256sum "$ORLOP")" "the installed program"
}

@test "a script whose interpreter is /proc/self/exe reaches the sealed copy only" {
	local before try
	GLOBAL=(--policy oci)
	own_rootfs
	before=$(sha256sum "$ORLOP")
	printf '#!/proc/self/exe\n' >"$ROOTFS/bin/bait"
	chmod 755 "$ROOTFS/bin/bait"
	# Writes to the program of every process it can see, while others start.
	bundle '.process.args = ["sh", "-c", "for i in $(seq 200); do for p in /proc/[0-9]*; do echo x 2>/dev/null 1<>$p/exe && echo wrote $p; done; done"] |
		'"$all_capabilities"
	runtime run --detach --bundle "$BUNDLE" "$ID"
	exits 0
	for try in 1 2 3; do
		bundle '.process.args = ["/bin/bait"] | '"$all_capabilities"
		runtime run --bundle "$BUNDLE" "$ID"
		[ "$status" -ne 0 ]
	done
	equal "$before" "$(sha256sum "$ORLOP")" "the installed program"
}

@test "set-id programs of the image and of volumes change nothing" {
	require_helper probe
	own_rootfs
	cp "$ROOTFS/bin/busybox" "$ROOTFS/bin/busybox-setid"
	chmod 6755 "$ROOTFS/bin/busybox-setid"
	mkdir "$TEST_DIR/volume"
	cp "$ROOTFS/bin/busybox-setid" "$TEST_DIR/volume/busybox-setid"
	chmod 6755 "$TEST_DIR/volume/busybox-setid"
	bundle '.process.user = {uid: 1000, gid: 1000} | .process.noNewPrivileges = false |
		.mounts += [{destination: "/home", type: "bind", source: $v, options: ["bind", "suid", "exec"]}] |
		.process.args = ["sh", "-c", "/bin/busybox-setid id -u; /home/busybox-setid id -u; /bin/busybox-setid grep CapEff /proc/self/status"]' --arg v "$TEST_DIR/volume"
	must run --bundle "$BUNDLE" "$ID"
	equal $'1000\n1000\nCapEff:\t0000000000000000' "$output"
}

@test "inheritable capabilities are not handed to users" {
	start_container '.process.user = {uid: 1000, gid: 1000} | .process.capabilities.inheritable = ["CAP_CHOWN", "CAP_KILL"]'
	equal '0000000000000000 0000000000000000 0000000000000000 0000000000000000' \
		"$(for set in CapInh CapPrm CapEff CapAmb; do proc_status "$PID" "$set"; done | tr '\n' ' ' | sed 's/ $//')"
}

@test "device nodes that lie in the image cannot be opened" {
	own_rootfs
	mknod "$ROOTFS/etc/mem" c 1 1
	mknod "$ROOTFS/etc/kmsg" c 1 11
	mknod "$ROOTFS/etc/null" c 1 3
	mknod "$ROOTFS/etc/loop" b 7 0
	chmod 666 "$ROOTFS"/etc/{mem,kmsg,null,loop}
	run_script 'for n in mem kmsg loop; do head -c 1 /etc/$n >/dev/null 2>&1 && echo opened $n; done; true'
	equal '' "$output" hardened
	GLOBAL=(--policy oci)
	FILTER=$all_capabilities run_script 'for n in mem kmsg loop; do head -c 1 /etc/$n >/dev/null 2>&1 && echo opened $n; done; true'
	equal '' "$output" oci
}

@test ".. is / at the root, in every mode, and nothing of the host is above" {
	local policy
	for policy in hardened ephemeral oci; do
		GLOBAL=(--policy "$policy")
		[ "$policy" != ephemeral ] || {
			site_policy '{"hardened": {"rootfs": "ephemeral"}}'
			GLOBAL=(--policy hardened)
		}
		run_script 'test "$(stat -c %d:%i /)" = "$(stat -c %d:%i /..)" && test "$(stat -c %d:%i /)" = "$(stat -c %d:%i /../../..)" && cd / && cd .. && pwd && cat /proc/self/mountinfo'
		equal / "${output%%$'\n'*}" "$policy"
		# One mount at /, or two with the layers of an overlay, and none of the host's root.
		[ "$(grep -c ' / / ' <<<"$output")" -le 1 ]
		! grep -E ' /(boot|work|var/tmp)[ /]' <<<"${output//$ROOTFS/}" | grep -v ' - tmpfs' || return 1
	done
}

@test "an image cannot set what the runtime does by labels and annotations" {
	local plain
	start_container
	plain=$(grep -E '^(Cap|NoNewPrivs|Seccomp|Uid|Groups)' "/proc/$PID/status" | sed '/^Uid/d')
	start_container '.annotations = {"run.oci.handler": "/bin/sh", "run.oci.seccomp.plugins": "/x.so", "run.oci.hooks.stdout": "/tmp/orlop-hook",
		"org.systemd.property.ExecStart": "x", "io.kubernetes.cri-o.userns-mode": "host", "run.oci.keep_original_groups": "1",
		"run.oci.mount_context_type": "rootcontext", "no-new-privileges": "false"}'
	equal "$plain" "$(grep -E '^(Cap|NoNewPrivs|Seccomp|Uid|Groups)' "/proc/$PID/status" | sed '/^Uid/d')"
	[ ! -e /tmp/orlop-hook ]
}

@test "variables without a value are refused, and the caller's do not get in" {
	bundle '.process.env += ["SECRET"]'
	SECRET=canary refused 'env' create --bundle "$BUNDLE" "$ID"
	export SECRET=canary LD_PRELOAD_NOT=x LISTEN_FDS=2 NOTIFY_SOCKET=/tmp/none _LIBCONTAINER_X=1
	run_command env
	! grep -E 'SECRET|LD_|LISTEN|NOTIFY|LIBCONTAINER' <<<"$output" || return 1
	unset LISTEN_FDS NOTIFY_SOCKET
}

@test "user and group ids that wrap are refused" {
	local value field
	for field in .process.user.uid .process.user.gid '.process.user.additionalGids[0]'; do
		for value in $(some 4294967295 4294967296 -1 1.5 '"0"' 1e9999 18446744073709551616); do
			bundle
			sed -i 's/"user": {[^}]*}/"user": { "uid": 0, "gid": 0, "additionalGids": [0] }/' "$BUNDLE/config.json"
			case $field in
			*uid) sed -i "s/\"uid\": 0/\"uid\": $value/" "$BUNDLE/config.json" ;;
			*gid) sed -i "s/\"gid\": 0/\"gid\": $value/" "$BUNDLE/config.json" ;;
			*) sed -i "s/\\[0\\]/[$value]/" "$BUNDLE/config.json" ;;
			esac
			refused . create --bundle "$BUNDLE" "$ID"
			[ ! -e "$STATE/$ID" ]
		done
	done
}

@test "cgroup paths and names that climb are refused" {
	local path
	for path in ../../x /../x /a/../../../x "/$MARK/.." ../"$MARK"; do
		bundle '.linux.cgroupsPath = $p' --arg p "$path"
		refused . create --bundle "$BUNDLE" "$ID"
	done
	bundle '.linux.resources.hugepageLimits = [{pageSize: "../../x", limit: 1}]'
	refused . create --bundle "$BUNDLE" "$ID"
	for path in ../cgroup.procs /etc/x pids.max/../cgroup.procs cgroup.procs cgroup.kill cgroup.subtree_control; do
		bundle '.linux.resources.unified = {($p): "1"}' --arg p "$path"
		refused . create --bundle "$BUNDLE" "$ID"
	done
}

@test "kernel parameters of the host are refused under any spelling" {
	local name
	for name in '' $(some kernel.core_pattern net/../kernel/core_pattern net.../kernel.core_pattern kernel/core_pattern kernel.shmmax/../core_pattern \
		fs.mqueue.../x net/./../vm/swappiness kernel.sem.x/../../sysrq vm.drop_caches user.max_user_namespaces.x /net . .. net. \
		kernel.domainname.. fs.binfmt_misc.register); do
		bundle '.linux.sysctl = {($n): "1"}' --arg n "$name"
		refused . create --bundle "$BUNDLE" "$ID"
		[ ! -e "$STATE/$ID" ]
	done
}

@test "a copy of the program with a set-id bit refuses to run" {
	install -m 4755 -o root "$ORLOP" "$TEST_DIR/setuid"
	chmod 755 "$TEST_DIR" "${TEST_DIR%/*}" "${TEST_DIR%/*/*}"
	grep -q nosuid <<<"$(findmnt -nT "$TEST_DIR" -o OPTIONS)" && skip "the file system of the tests is nosuid"
	status=0
	setpriv --reuid 65534 --regid 65534 --clear-groups "$TEST_DIR/setuid" --version >"$TEST_DIR/out" 2>"$TEST_DIR/err" || status=$?
	equal 125 "$status" status
	matches 'set' "$(<"$TEST_DIR/err")"
}

@test "a policy file that others could have written is refused" {
	site_policy '{"default": "oci"}'
	bundle
	GLOBAL=()
	chmod 664 /etc/orlop/policy.json
	refused 'policy' create --bundle "$BUNDLE" "$ID"
	chmod 646 /etc/orlop/policy.json
	refused 'policy' create --bundle "$BUNDLE" "$ID"
	chmod 644 /etc/orlop/policy.json
	chown 1000 /etc/orlop/policy.json
	refused 'policy' create --bundle "$BUNDLE" "$ID"
	chown 0 /etc/orlop/policy.json
	mv /etc/orlop/policy.json "$TEST_DIR/policy.json"
	ln -s "$TEST_DIR/policy.json" /etc/orlop/policy.json
	refused 'policy' create --bundle "$BUNDLE" "$ID"
	rm /etc/orlop/policy.json
	mkfifo /etc/orlop/policy.json
	refused 'policy' create --bundle "$BUNDLE" "$ID"
	rm /etc/orlop/policy.json
}

@test "the state directory and what is in it are nobody else's" {
	local found
	start_container
	found=$(find "$STATE" -perm /077 ! -type l)
	equal '' "$found" "open to others"
	must delete --force "$ID"
	# A directory that another user made or may write is not taken.
	STATE=$TEST_DIR/theirs
	mkdir -m 700 "$STATE"
	chown 1000 "$STATE"
	refused . create --bundle "$BUNDLE" "$ID"
	chown 0 "$STATE"
	chmod 777 "$STATE"
	refused . create --bundle "$BUNDLE" "$ID"
	chmod 700 "$STATE"
}

@test "mounts of a container do not reach the host, nor the host's the container" {
	local before
	mkdir "$TEST_DIR/shared"
	# Not a tmpfs: Linux 6.1 cannot id-map one.
	mount --bind "$TEST_DIR/shared" "$TEST_DIR/shared"
	mount --make-shared "$TEST_DIR/shared"
	mkdir "$TEST_DIR/shared/below"
	before=$(wc -l </proc/self/mountinfo)
	start_container '.linux.rootfsPropagation = "shared" | .mounts += [{destination: "/dev/v", type: "bind", source: $s, options: ["rbind", "rshared"]}]' \
		--arg s "$TEST_DIR/shared"
	! grep -E ' (shared|master):' "/proc/$PID/mountinfo" || return 1
	equal "$before" "$(wc -l </proc/self/mountinfo)" "mounts of the host"
	mount -t tmpfs tmpfs "$TEST_DIR/shared/below"
	! grep -q below "/proc/$PID/mountinfo" || return 1
	umount -R "$TEST_DIR/shared"
}

@test "nothing of the set-up appears on a host whose mounts are shared" {
	local policy
	for policy in oci hardened; do
		bundle '.process.args = ["true"]'
		status=0
		# shellcheck disable=SC2016
		ORLOP_TEST=$MARK- ID=$ID unshare --mount --propagation shared sh -c 'cd "$1" && shift && cut -d " " -f 3- /proc/self/mountinfo >before &&
			"$@" create --bundle . "$ID" >out 2>err </dev/null && cut -d " " -f 3- /proc/self/mountinfo >after && "$@" delete --force "$ID"' \
			- "$BUNDLE" "$ORLOP" --root "$STATE" --policy "$policy" 3>&- || status=$?
		equal 0 "$status" "$policy: $(cat "$BUNDLE/err")"
		equal "$(<"$BUNDLE/before")" "$(<"$BUNDLE/after")" "$policy"
	done
}

@test "the sealed copy of the runtime does not keep descriptors of the caller" {
	local pid fd
	bundle '.process.args = ["sh", "-c", "echo ready; exec sleep 1000"]'
	( leak && ORLOP_TEST=$MARK- exec "$ORLOP" --root "$STATE" --policy oci run --bundle "$BUNDLE" "$ID" ) \
		>"$TEST_DIR/out" 2>&1 </dev/null &
	pid=$!
	wait_for 10 grep -q ready "$TEST_DIR/out"
	matches '^/memfd:orlop' "$(readlink "/proc/$pid/exe")" "the runtime's program"
	for fd in "/proc/$pid/fd"/*; do
		[ "$(readlink "$fd")" != / ] || {
			echo "$fd is the host's root"
			return 1
		}
	done
	runtime delete --force "$ID"
	wait "$pid" || :
}

@test "no library or setting of the image is used by the runtime" {
	local name place policy found wanted plain
	own_rootfs
	start_container
	plain=$(grep -E '^(Cap|NoNewPrivs|Seccomp)' "/proc/$PID/status")
	for place in lib usr/lib lib/x86_64-linux-gnu usr/lib/x86_64-linux-gnu lib/aarch64-linux-gnu usr/lib/aarch64-linux-gnu; do
		mkdir -p "$ROOTFS/$place"
		for name in libmnl.so.0 libseccomp.so.2 libapparmor.so.1 libcap.so.2 libjansson.so.4 libnss_files.so.2 libc.so.6; do
			cp "$(find /usr/lib /lib -name "$name" -print -quit)" "$ROOTFS/$place/$name" 2>/dev/null || echo x >"$ROOTFS/$place/$name"
		done
	done
	mkdir -p "$ROOTFS/etc/orlop"
	echo '{"default": "oci", "hardened": {"items": {"seccomp-floor": "off", "capabilities": "off"}}}' >"$ROOTFS/etc/orlop/policy.json"
	printf '%s\n' /lib/x86_64-linux-gnu/libmnl.so.0 >"$ROOTFS/etc/ld.so.preload"
	cp "$ROOTFS/etc/orlop/policy.json" "$ROOTFS/.orlop.json"
	wanted=$(find "$ROOTFS" -type f -name '*.so.*' -printf '%i\n')
	for policy in hardened oci; do
		GLOBAL=(--policy "$policy")
		create_container '.process.env += ["LD_PRELOAD=/lib/libmnl.so.0", "LD_LIBRARY_PATH=/lib:/usr/lib"]'
		found=$(awk '$5 { print $5 }' "/proc/$PID/maps" | sort -u | grep -Fx "$wanted" || :)
		equal '' "$found" "$policy: files of the image that are mapped"
	done
	GLOBAL=(--policy hardened)
	start_container
	equal "$plain" "$(grep -E '^(Cap|NoNewPrivs|Seccomp)' "/proc/$PID/status")" "what holds the container"
}

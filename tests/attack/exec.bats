# SPDX-License-Identifier: Apache-2.0
# Copyright the orlop authors
#
# A hostile container waits for exec: the process that joins it is watched, led astray by links, by the
# image's files and by what is mounted, and the container dies under it. The kernel lies to it, and
# it is killed at any moment.

load ../lib/orlop

setup() {
	orlop_setup
	require_root
	GLOBAL=(--policy hardened)
	SLOW=$((${ORLOP_SLOW:-1} > 1))
}

# leaky ARGUMENT...: call the runtime with descriptors 3 to 30 open on directories of the host. Sets
# status, output, errors.
leak() {
	local fd
	for ((fd = 3; fd <= 30; fd++)); do
		eval "exec $fd</"
	done
}
with_leaks() ( leak && exec "$@" )
leaky() {
	status=0
	ORLOP_TEST=$MARK- with_leaks "$ORLOP" --root "$STATE" "${GLOBAL[@]}" "$@" >"$TEST_DIR/out" 2>"$TEST_DIR/err" </dev/null || status=$?
	output=$(<"$TEST_DIR/out")
	errors=$(<"$TEST_DIR/err")
}

# alone: of the container's cgroup nothing but its own two processes is left.
is_alone() { [ "$(wc -l <"/sys/fs/cgroup/$ID/cgroup.procs")" -eq 1 ]; }
alone() {
	wait_for 5 is_alone || {
		for pid in $(<"/sys/fs/cgroup/$ID/cgroup.procs"); do
			tr '\0' ' ' <"/proc/$pid/cmdline"
			grep State "/proc/$pid/status"
		done
		return 1
	}
}

@test "a working directory that is a descriptor of the caller or of the container is refused" {
	local policy cwd
	own_rootfs
	ln -s /proc/self/fd/7 "$ROOTFS/seven"
	ln -s /proc/1/root "$ROOTFS/one"
	for policy in hardened oci; do
		GLOBAL=(--policy "$policy")
		start_container
		for cwd in /proc/self/fd/{3,5,6,7,8,9,10,11,12,20,30} /seven /one /proc/self/root /proc/self/cwd /proc/1/cwd /proc/1/root /proc/self/fd/../../self/fd/7; do
			leaky exec --cwd "$cwd" "$ID" ls -d work boot ../root
			[ "$status" -eq 255 ] && [ -z "$output" ] && matches '/process/cwd' "$errors" "$cwd under $policy" || return
		done
		jq '.process | .cwd = "/proc/self/fd/7" | .args = ["ls"]' "$BUNDLE/config.json" >"$TEST_DIR/process"
		leaky exec --process "$TEST_DIR/process" "$ID"
		[ "$status" -eq 255 ]
		[ -z "$output" ]
		leaky exec "$ID" ls /proc/self/fd
		equal '0 1 2 3' "$(tr '\n' ' ' <<<"$output" | sed 's/ $//')" "descriptors under $policy"
		must delete --force "$ID"
	done
}

@test "a program behind a descriptor, or the runtime's own, is not executed" {
	local policy name
	own_rootfs
	ln -s /proc/self/fd/7/bin/sh "$ROOTFS/bin/seven"
	ln -s /proc/self/exe "$ROOTFS/bin/exe"
	for policy in hardened oci; do
		GLOBAL=(--policy "$policy")
		start_container
		for name in /proc/self/exe /bin/exe exe /proc/self/fd/7/bin/sh /bin/seven seven /proc/self/fd/3/bin/sh /proc/self/root/bin/sh /proc/1/exe /proc/1/root/bin/sh; do
			leaky exec "$ID" "$name" -c 'echo went'
			[ "$status" -eq 255 ] && [ -z "$output" ] || {
				echo "$name under $policy: status $status, $output, $errors"
				return 1
			}
		done
		must delete --force "$ID"
	done
}

@test "a script whose interpreter is /proc/self/exe reaches a sealed copy only" {
	local before
	GLOBAL=(--policy oci)
	own_rootfs
	before=$(sha256sum "$ORLOP")
	printf '#!/proc/self/exe\n' >"$ROOTFS/bin/bait"
	chmod 755 "$ROOTFS/bin/bait"
	start_container "$all_capabilities"
	runtime exec "$ID" bait
	equal "$before" "$(sha256sum "$ORLOP")" "the installed program"
	must exec "$ID" true
}

# watch FILTER: a container whose process looks into every process that turns up, while many are made.
# They last: of one that has ended nobody can tell what it was when it was looked at.
watch() {
	local i rounds=$((SLOW ? 10 : 60))
	require_helper probe
	own_rootfs
	cp "$ORLOP_HELPERS/probe" "$ROOTFS/bin/probe"
	start_container "$1"' | .process.args = ["/bin/probe", "spy", "/tmp/stop"] |
		.mounts |= map(select(.destination != "/tmp")) + [{destination: "/tmp", type: "tmpfs", source: "tmpfs", options: ["mode=1777"]}]'
	for ((i = 0; i < rounds; i++)); do
		must exec "$ID" sleep 0.1 || return
	done
	must exec "$ID" touch /tmp/stop
	wait_for_status "$ID" stopped
	output=$(<"$TEST_DIR/out.1")
	echo "$output" | sort | uniq -c
	matches 'seen [1-9]' "$output"
	! grep '^foreign' <<<"$output" || return 1
}

@test "a container sees nothing of the host in a process that joins it, under hardened" {
	watch .
	! grep '^traced' <<<"$output" || return 1
}

@test "a container sees nothing of the host in a process that joins it, as the host's root" {
	GLOBAL=(--policy oci)
	watch '.linux.resources.devices = []'
	! grep '^traced' <<<"$output" || return 1
}

@test "a container that may trace everything finds nothing of the host in a process that joins it" {
	GLOBAL=(--policy oci)
	watch "$all_capabilities"' | .linux.resources.devices = []'
	# It is to be seen that it can: the two tests before are worth nothing else.
	grep '^traced' <<<"$output"
}

@test "the joining process has the container's capabilities and no more before it can be seen" {
	# Stopped where it makes the process that the container sees, it has given up all it has to.
	local call before
	[ "$(uname -m)" = x86_64 ] || skip "has the system call numbers of x86-64"
	require_helper killafter
	start_container
	under trace "$TEST_DIR/trace" -- exec "$ID" true
	equal 0 "$status"
	# Of the child's calls: setns, capset, prctl(PR_SET_NO_NEW_PRIVS), then clone3.
	before=$(grep '^child' "$TEST_DIR/trace" | sed -n '/^child 435 /q;p')
	for call in '308 ' '126 ' '157 38$' '117 ' '116 ' '436 '; do
		grep -q "^child $call" <<<"$before" || {
			echo "system call $call comes after the clone"
			return 1
		}
	done
	grep -q '^child 435 ' "$TEST_DIR/trace"
}

@test "the passwd file is read as data" {
	local what
	own_rootfs
	for what in missing fifo directory link device huge endless garbage colons relative; do
		rm -rf "$ROOTFS/etc/passwd"
		case $what in
		fifo) mkfifo "$ROOTFS/etc/passwd" ;;
		directory) mkdir "$ROOTFS/etc/passwd" ;;
		link) ln -s /proc/self/fd/0 "$ROOTFS/etc/passwd" ;;
		device) ln -s /dev/zero "$ROOTFS/etc/passwd" ;;
		huge) truncate -s 64M "$ROOTFS/etc/passwd" ;;
		endless) head -c 900000 /dev/zero | tr '\0' : >"$ROOTFS/etc/passwd" ;;
		garbage) head -c 90000 /dev/urandom >"$ROOTFS/etc/passwd" ;;
		colons) printf '::::::\n:::\n0:0:0:0\nx:x:0\n' >"$ROOTFS/etc/passwd" ;;
		relative) printf 'root:x:0:0:root:home:/bin/sh\n1000:x:0:0::/root-by-number:/bin/sh\nx:x:1000:0::/evil:/bin/sh\n' >"$ROOTFS/etc/passwd" ;;
		esac
		start_container
		must exec --user 0 "$ID" sh -c 'echo "$HOME"'
		# The third field is the uid, whatever the first one looks like.
		case $what in
		relative) equal /root-by-number "$output" "$what" ;;
		*) equal / "$output" "$what" ;;
		esac || return
		# A name that looks like a number is none.
		must exec --user 1000 "$ID" sh -c 'echo "$HOME"; grep ^Uid /proc/self/status'
		case $what in
		relative) equal $'/evil\nUid:\t1000\t1000\t1000\t1000' "$output" "$what" ;;
		*) equal $'/\nUid:\t1000\t1000\t1000\t1000' "$output" "$what" ;;
		esac || return
		must delete --force "$ID"
	done
}

@test "what the container has at /proc is not asked" {
	GLOBAL=(--policy oci)
	require_helper probe
	own_rootfs
	cp "$ORLOP_HELPERS/probe" "$ROOTFS/bin/probe"
	start_container "$all_capabilities"' | .process.args = ["sh", "-c",
		"mount -t tmpfs tmpfs /proc && mkdir -p /proc/self/attr/apparmor /proc/self/ns /proc/1/ns /proc/1/attr /proc/sys/kernel && echo unconfined >/proc/self/attr/current && : >/proc/self/attr/exec && : >/proc/self/attr/apparmor/exec && echo ready && sleep 1000"]'
	wait_for 10 grep -q ready "$OUT"
	must exec --detach --pid-file "$TEST_DIR/pid" "$ID" sleep 1000
	for name in mnt pid net ipc uts cgroup; do
		equal "$(namespace_of "$PID" "$name")" "$(namespace_of "$(<"$TEST_DIR/pid")" "$name")" "$name"
	done
	[ ! -s "/proc/$PID/root/proc/self/attr/exec" ]
}

@test "a devpts of the container's own making is not taken for one" {
	GLOBAL=(--policy oci)
	start_container "$all_capabilities"' | .process.args = ["sh", "-c",
		"mount -t tmpfs tmpfs /dev/pts && ln -s /dev/null /dev/pts/ptmx && echo ready && sleep 1000"]'
	wait_for 10 grep -q ready "$OUT"
	refused 'a terminal needs a devpts' exec --tty "$ID" true
	exits 255
	start_container "$all_capabilities"' | .linux.resources.devices = [] | .process.args = ["sh", "-c",
		"mount --bind /dev/null /dev/pts/ptmx && echo ready && sleep 1000"]'
	wait_for 10 grep -q ready "$OUT"
	refused 'ptmx' exec --tty "$ID" true
	exits 255
}

@test "another process that has init's pid is not joined" {
	local other
	start_container
	sleep 1000 3>&- 4>&- &
	other=$!
	jq --argjson pid "$other" '.pid = $pid' "$STATE/$ID/state.json" >"$TEST_DIR/state.json"
	cp "$STATE/$ID/state.json" "$TEST_DIR/kept"
	cat "$TEST_DIR/state.json" >"$STATE/$ID/state.json"
	refused 'container not running' exec "$ID" true
	exits 255
	cat "$TEST_DIR/kept" >"$STATE/$ID/state.json"
	kill "$other"
	must exec "$ID" true
}

@test "a container that dies at any moment takes the process with it" {
	local delay bad=0
	for delay in 0 0.001 0.002 0.003 0.004 0.005 0.006 0.008 0.01 0.015 0.02 0.03; do
		start_container
		: >"$TEST_DIR/out"
		ORLOP_TEST=$MARK- timeout 20 "$ORLOP" --root "$STATE" "${GLOBAL[@]}" exec "$ID" sleep 1000 >"$TEST_DIR/out" 2>&1 3>&- 4>&- &
		sleep "$delay"
		kill -KILL "$PID"
		status=0
		wait $! || status=$?
		case $status in
		137) ;;
		255) grep -q 'container not running' "$TEST_DIR/out" ;;
		*) false ;;
		esac || {
			echo "after $delay s: status $status, $(<"$TEST_DIR/out")"
			bad=$((bad + 1))
		}
		wait_for_status "$ID" stopped
		must delete "$ID"
	done
	equal 0 "$bad" "moments that went wrong"
}

@test "a process that is killed when it executes has ended, and is not less confined" {
	[ "$(uname -m)" = x86_64 ] || skip "has the system call numbers of x86-64"
	require_helper killafter
	start_container '.process.args = ["sleep", "1000"]'
	# execve; where AppArmor is on the label is that of whoever made the process.
	under end child 59 1 -- exec "$ID" sleep 1000
	equal 137 "$status" "status, with: $(<"$TEST_DIR/under")"
	equal '' "$(<"$TEST_DIR/under")"
	alone
	must exec "$ID" true
	under end child 59 1 -- run --bundle "$BUNDLE" "$ID-b"
	equal 137 "$status" "status of run, with: $(<"$TEST_DIR/under")"
	equal '' "$(<"$TEST_DIR/under")"
}

@test "exec that is killed at any moment leaves no process and a container that goes on" {
	local at total step
	require_helper killafter
	start_container '.process.args = ["sleep", "1000"]'
	under trace "$TEST_DIR/trace" -- exec --detach "$ID" sleep 0.1
	equal 0 "$status"
	total=$(grep -c '^parent' "$TEST_DIR/trace")
	step=$((SLOW ? total / 4 : 5))
	for ((at = 1; at <= total - 12; at += step)); do
		under kill "$at" -- exec --detach "$ID" sleep 1000
		equal 137 "$status" "status when killed at call $at of $total" || return
		# One that was told to go on before is the container's.
		if ! wait_for 2 is_alone; then
			grep -q '^sleep' "/proc/$(tail -n 1 "/sys/fs/cgroup/$ID/cgroup.procs")/comm" || {
				echo "something is left after a kill at call $at of $total"
				return 1
			}
			[ "$at" -gt $((total * 2 / 3)) ] || return
			kill -KILL "$(tail -n 1 "/sys/fs/cgroup/$ID/cgroup.procs")"
		fi
	done
	must exec "$ID" true
	must state "$ID"
	equal running "$(jq -r .status <<<"$output")" status
}

# confinement PID: what holds it.
confinement() {
	local name
	grep -E '^(Uid|Gid|Groups|Cap...|NoNewPrivs|Seccomp|Seccomp_filters):' "/proc/$1/status"
	grep '^0::' "/proc/$1/cgroup"
	cat "/proc/$1/limits" "/proc/$1/attr/current" 2>/dev/null || :
	for name in cgroup ipc mnt net pid user uts; do
		readlink "/proc/$1/ns/$name"
	done
	stat -L -c '%d:%i' "/proc/$1/root"
}

# one_failure WHO NUMBER NTH ERRNO: nothing is left, or what runs is confined as usual.
one_failure() {
	local moment="call $3 of system call $2 of the $1, errno $4" pid
	rm -f "$TEST_DIR/pid"
	under fail "$1" "$2" "$3" "$4" -- "${EXEC[@]}"
	case $status in
	0)
		pid=$(<"$TEST_DIR/pid")
		wait_for 5 grep -q '^sleep' "/proc/$pid/comm" || return
		confinement "$pid" >"$TEST_DIR/found"
		if grep -q '^State:.[RSD]' "/proc/$pid/status" 2>/dev/null && ! diff "$TEST_DIR/usual" "$TEST_DIR/found"; then
			echo "less confined after $moment"
			return 1
		fi
		kill -KILL "$pid" 2>/dev/null || :
		;;
	125)
		# One call less than the last time, and nothing went wrong; or it failed at the very start.
		[ ! -e "$TEST_DIR/pid" ] || kill -KILL "$(<"$TEST_DIR/pid")" 2>/dev/null || :
		;;
	*)
		[ ! -e "$TEST_DIR/pid" ] || {
			echo "a pid file is left after $moment"
			return 1
		}
		;;
	esac
	alone || {
		echo "after $moment: status $status"
		cat "$TEST_DIR/under"
		for pid in $(tail -n +2 "/sys/fs/cgroup/$ID/cgroup.procs"); do
			kill -KILL "$pid"
		done
		return 1
	}
}

prepare_usual() {
	[ "$(uname -m)" = x86_64 ] || skip "has the system call numbers of x86-64"
	require_helper killafter
	GLOBAL=(--policy "$1")
	start_container '.process.args = ["sleep", "1000"] | .process.user = {uid: 1000, gid: 1000, additionalGids: [5]} | '"${2:-.}"
	EXEC=(exec --detach --pid-file "$TEST_DIR/pid" "$ID" sleep 1000)
	under trace "$TEST_DIR/trace" -- "${EXEC[@]}"
	equal 0 "$status" "status of exec"
	wait_for 5 grep -q '^sleep' "/proc/$(<"$TEST_DIR/pid")/comm"
	confinement "$(<"$TEST_DIR/pid")" >"$TEST_DIR/usual"
	kill -KILL "$(<"$TEST_DIR/pid")"
	alone
}

lie_through() {
	local call number argument count nth bad=0
	prepare_usual "$@"
	# setns, setgroups, setresuid, setresgid, capset, seccomp, sched_setaffinity; of prctl PR_CAPBSET_DROP,
	# PR_SET_NO_NEW_PRIVS, PR_CAP_AMBIENT; prlimit, write
	for call in 308 116 117 119 126 317 157:24 157:38 157:47 302 1; do
		number=${call%:*}
		argument=''
		[ "$number" = "$call" ] || argument=${call#*:}
		count=$(grep -c "^child $number ${argument:+$argument\$}" "$TEST_DIR/trace" || :)
		for ((nth = 1; nth <= count; nth++)); do
			[ "$nth" = 1 ] || [ "$nth" = "$count" ] || [ $((nth % 10 + SLOW)) = 0 ] || continue
			one_failure child "$call" "$nth" 0 || bad=$((bad + 1))
		done
	done
	equal 0 "$bad" "lies that were believed"
}

@test "a kernel that lies about a drop of privileges is found out by exec, with a user" {
	untraced lie_through hardened
}

@test "a kernel that lies about a drop of privileges is found out by exec, as the host's root" {
	untraced lie_through oci '.process.user = {uid: 0, gid: 0, additionalGids: [5]}'
}

# fail_through WHO PART PARTS: the first and the last call of each kind; the kinds are dealt out to PARTS tests.
fail_through() {
	local who=$1 part=$2 parts=$3 count number kind=0 bad=0
	prepare_usual hardened
	while read -r count number; do
		case $number in
		# exit, exit_group, rt_sigreturn; brk, which has no errno
		60 | 231 | 15 | 12) continue ;;
		esac
		kind=$((kind + 1))
		[ $((kind % parts)) = "$part" ] || continue
		[ "$SLOW" = 0 ] || [ $((number % 7)) = 0 ] || continue
		one_failure "$who" "$number" 1 1 || bad=$((bad + 1))
		[ "$count" -le 1 ] || [ "$SLOW" = 1 ] || one_failure "$who" "$number" "$count" 1 || bad=$((bad + 1))
	done < <(sed -n -e "s/^$who \([0-9]*\) .*/\1/p" -e '/^child 59 /q' "$TEST_DIR/trace" | sort -n | uniq -c)
	equal 0 "$bad" "moments that went wrong"
}

@test "a system call of exec that fails leaves no process, and none less confined (1 of 2)" { untraced fail_through parent 0 2; }
@test "a system call of exec that fails leaves no process, and none less confined (2 of 2)" { untraced fail_through parent 1 2; }
@test "a system call of the joining process that fails leaves no process, and none less confined (1 of 3)" { untraced fail_through child 0 3; }
@test "a system call of the joining process that fails leaves no process, and none less confined (2 of 3)" { untraced fail_through child 1 3; }
@test "a system call of the joining process that fails leaves no process, and none less confined (3 of 3)" { untraced fail_through child 2 3; }

@test "files with inheritable capabilities raise nothing" {
	require_program setcap
	GLOBAL=(--policy oci)
	own_rootfs
	mkdir "$ROOTFS/raised"
	cp "$ROOTFS/bin/busybox" "$ROOTFS/raised/grep"
	setcap cap_kill+ei "$ROOTFS/raised/grep" || skip "this file system has no capabilities of files"
	start_container '.process.noNewPrivileges = false'
	must exec --user 1000:1000 --cap CAP_AUDIT_WRITE "$ID" /raised/grep CapPrm /proc/self/status
	equal $'CapPrm:\t0000000000000000' "$output"
	must exec --user 1000:1000 --cap CAP_KILL "$ID" /raised/grep CapPrm /proc/self/status
	equal $'CapPrm:\t0000000000000000' "$output"
}

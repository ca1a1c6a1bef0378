# SPDX-License-Identifier: Apache-2.0
# Copyright the orlop authors
#
# The runtime is killed, or a system call of its goes wrong, at every moment in turn: nothing may be
# left that "delete --force" does not take away, and no container may run less confined than usual.

load ../lib/orlop

setup() {
	orlop_setup
	require_root
	require_helper killafter
	SLOW=$((${ORLOP_SLOW:-1} > 1))
}

# nothing_of MOMENT: no state, cgroup or id range has the mark of this test.
nothing_of() {
	local found
	found=$(shopt -s nullglob dotglob && echo "$STATE"/* /sys/fs/cgroup/*"$MARK"-* /sys/fs/cgroup/*/*"$MARK"-*)
	[ ! -d /run/orlop/ids ] || found+=$(grep -lrs "$MARK-" /run/orlop/ids || :)
	[ -z "${found// /}" ] || {
		echo "left after $1: $found"
		cat "$TEST_DIR/under"
		return 1
	}
}

# kill_all_through STEP COMMAND...: the runtime is killed at each STEP-th of its system calls, in a call
# that begin() has prepared and that delete --force has to clean up.
kill_all_through() { untraced step_through "$@"; }
step_through() {
	local step=$1 total at
	shift
	# The first call of all fills caches.
	begin
	runtime "$@"
	must delete --force "$ID"
	begin
	under trace "$TEST_DIR/trace" -- "$@"
	equal 0 "$status" "status of $*" || return
	total=$(grep -c '^parent' "$TEST_DIR/trace")
	must delete --force "$ID" || return
	[ "$SLOW" = 0 ] || step=$((total / 5))
	for ((at = 1; at <= total; at += step)); do
		begin || return
		under kill "$at" -- "$@"
		# The number of calls differs a little from time to time.
		[ "$status" = 137 ] || [ "$at" -gt $((total - 40)) ] || {
			equal 137 "$status" "status of $* at call $at of $total"
			return 1
		}
		runtime delete --force "$ID"
		[ "$status" -eq 0 ] && [ ! -e "$STATE/$ID" ] || {
			show_call "delete --force after a kill at call $at of $total"
			return 1
		}
		nothing_of "a kill at call $at of $total" || return
	done
	wait_for 5 no_marked_processes
}

begin() { :; }
begin_created() { must create --bundle "$BUNDLE" "$ID"; }

@test "create that is killed at any moment can be cleaned up" {
	GLOBAL=(--policy hardened)
	bundle
	kill_all_through 7 create --bundle "$BUNDLE" --pid-file "$TEST_DIR/pid" "$ID"
}

@test "create under oci that is killed at any moment can be cleaned up" {
	GLOBAL=(--policy oci)
	bundle
	kill_all_through 9 create --bundle "$BUNDLE" "$ID"
}

@test "run that is killed at any moment can be cleaned up" {
	GLOBAL=(--policy hardened)
	bundle '.process.args = ["true"]'
	kill_all_through 11 run --keep --bundle "$BUNDLE" "$ID"
}

@test "start that is killed at any moment can be cleaned up" {
	GLOBAL=(--policy hardened)
	bundle
	begin() { begin_created; }
	kill_all_through 7 start "$ID"
}

# hooks KIND...: a jq filter, a hook of each kind that does nothing.
hooks() { printf '.hooks = ([%s] | map({key: ., value: [{path: "/bin/true"}]}) | from_entries)' "$(printf '"%s"\n' "$@" | paste -sd ,)"; }

@test "create with hooks that is killed at any moment can be cleaned up" {
	GLOBAL=(--policy oci)
	bundle "$(hooks prestart createRuntime createContainer)"
	kill_all_through 11 create --bundle "$BUNDLE" "$ID"
}

@test "start with hooks that is killed at any moment can be cleaned up" {
	GLOBAL=(--policy oci)
	bundle "$(hooks startContainer poststart poststop)"
	begin() { begin_created; }
	kill_all_through 7 start "$ID"
}

@test "delete that is killed at any moment can be done again" {
	GLOBAL=(--policy hardened)
	bundle
	begin() { begin_created; }
	kill_all_through 5 delete --force "$ID"
}

@test "the id of a container whose create was killed can be used again" {
	local at
	GLOBAL=(--policy hardened)
	bundle
	for at in 150 300; do
		under kill "$at" -- create --bundle "$BUNDLE" "$ID"
		equal 137 "$status" status
		must delete --force "$ID"
		must create --bundle "$BUNDLE" "$ID"
		must start "$ID"
		must delete --force "$ID"
	done
}

# orphan_of NUMBER:ARGUMENT NTH RUNTIME-ARGUMENT...: the runtime is killed while a child of it is stopped at
# this call. Sets ORPHAN, the child's pid; it goes on when $TEST_DIR/orphan is removed.
orphan_of() {
	local call=$1 nth=$2
	shift 2
	ORLOP_TEST=$MARK- "$ORLOP_HELPERS/killafter" orphan "$TEST_DIR/orphan" "$call" "$nth" "$ORLOP" --root "$STATE" \
		"${GLOBAL[@]}" "$@" >"$TEST_DIR/under" 2>&1 3>&- 4>&- &
	wait_for 10 test -s "$TEST_DIR/orphan" || { cat "$TEST_DIR/under"; return 1; }
	ORPHAN=$(<"$TEST_DIR/orphan")
}

@test "a child that outlives a killed runtime does not keep the container's lock" {
	local began
	[ "$(uname -m)" = x86_64 ] || skip "has the system call numbers of x86-64"
	GLOBAL=(--policy hardened)
	bundle
	# Its first prctl: until then nothing would end it together with the runtime.
	orphan_of 157:1 1 create --bundle "$BUNDLE" "$ID"
	began=$SECONDS
	must delete --force "$ID"
	rm "$TEST_DIR/orphan"
	[ $((SECONDS - began)) -le $((10 * ${ORLOP_SLOW:-1})) ]
	nothing_of "an orphan"
	wait_for 5 no_marked_processes
	wait
}

@test "a process that only makes a user namespace ends with a killed runtime" {
	local pid
	[ "$(uname -m)" = x86_64 ] || skip "has the system call numbers of x86-64"
	GLOBAL=(--policy oci)
	mkdir "$TEST_DIR/volume"
	bundle '.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] |
		.linux.gidMappings = .linux.uidMappings | .mounts += [{destination: "/dev/v", type: "bind", source: $v,
		options: ["bind"], uidMappings: [{containerID: 0, hostID: 0, size: 1}], gidMappings: [{containerID: 0, hostID: 0, size: 1}]}]' \
		--arg v "$TEST_DIR/volume"
	# The second one that asks to die with the runtime is the process of the volume's mapping.
	orphan_of 157:1 2 create --bundle "$BUNDLE" "$ID"
	pid=$ORPHAN
	rm "$TEST_DIR/orphan"
	wait_for 5 eval '! kill -0 "$pid" 2>/dev/null'
	must delete --force "$ID"
	nothing_of "an orphan"
	wait_for 5 no_marked_processes
	wait
}

# ---- a cgroup that is another's by now --------------------------------------------------------

# reuse_cgroup: the container ID is dead, without a word to the runtime, and another process is in a cgroup
# of the same path. Sets OTHER, its pid, and GROUP.
reuse_cgroup() {
	GROUP=$(cgroup_of "$PID")
	echo 1 >"$GROUP/cgroup.kill"
	wait_for 5 rmdir "$GROUP" 2>/dev/null
	mkdir "$GROUP"
	sleep 1000 3>&- &
	OTHER=$!
	echo "$OTHER" >"$GROUP/cgroup.procs"
}

# spared WHEN: and it still is.
spared() {
	kill -0 "$OTHER" && grep -q "$MARK" "/proc/$OTHER/cgroup" || {
		show_call "the other's process was ended: $1"
		return 1
	}
	kill -9 "$OTHER"
	builtin wait "$OTHER" || :
	wait_for 5 rmdir "$GROUP" 2>/dev/null
}

@test "delete and kill leave a cgroup alone that was made anew in the place of the container's" {
	local policy how
	for policy in oci hardened; do
		GLOBAL=(--policy "$policy")
		for how in stopped inode-unknown creating unreadable; do
			start_container
			reuse_cgroup
			case $how in
			# Killed before it knew: then nothing but an empty cgroup may go.
			inode-unknown) jq '.cgroupInode = 0' "$STATE/$ID/state.json" >"$TEST_DIR/state.json" ;;
			creating) jq '.phase = "creating" | .pid = 0 | .cgroupInode = 0' "$STATE/$ID/state.json" >"$TEST_DIR/state.json" ;;
			unreadable) : >"$TEST_DIR/state.json" ;;
			*) cp "$STATE/$ID/state.json" "$TEST_DIR/state.json" ;;
			esac
			cat "$TEST_DIR/state.json" >"$STATE/$ID/state.json"
			runtime kill --all "$ID" KILL
			runtime kill "$ID" KILL
			must delete --force "$ID"
			[ ! -e "$STATE/$ID" ]
			spared "$policy, $how"
		done
	done
}

@test "an init whose pid is another's by now is not ended" {
	GLOBAL=(--policy oci)
	start_container
	reuse_cgroup
	jq --argjson pid "$OTHER" '.pid = $pid' "$STATE/$ID/state.json" >"$TEST_DIR/state.json"
	cat "$TEST_DIR/state.json" >"$STATE/$ID/state.json"
	refused 'not running' kill "$ID" KILL
	must delete --force "$ID"
	spared "another start time"
}

@test "a stopped container whose pid another process took is stopped, and deleted without force" {
	local policy
	for policy in oci hardened; do
		GLOBAL=(--policy "$policy")
		start_container
		reuse_cgroup
		jq --argjson pid "$OTHER" '.pid = $pid' "$STATE/$ID/state.json" >"$TEST_DIR/state.json"
		cat "$TEST_DIR/state.json" >"$STATE/$ID/state.json"
		must state "$ID"
		equal 'stopped 0' "$(jq -r '"\(.status) \(.pid)"' <<<"$output")" "status and pid under $policy"
		refused 'not running' kill "$ID" TERM
		must delete "$ID"
		[ ! -e "$STATE/$ID" ]
		spared "delete under $policy"
	done
}

# ---- a state that cannot be read --------------------------------------------------------------

# ended PID: no process, or one that nobody has reaped.
ended() { ! grep -qs '^State:.[RSDT]' "/proc/$1/status"; }

@test "a container whose state is empty, cut or garbage is ended and removed all the same" {
	local policy damage
	for policy in hardened oci; do
		GLOBAL=(--policy "$policy")
		for damage in empty cut garbage missing directory; do
			start_container
			case $damage in
			empty) : >"$STATE/$ID/state.json" ;;
			cut) truncate -s 100 "$STATE/$ID/state.json" ;;
			garbage) head -c 3000 /dev/urandom >"$STATE/$ID/state.json" ;;
			missing) rm "$STATE/$ID/state.json" ;;
			directory) rm "$STATE/$ID/state.json" && mkdir "$STATE/$ID/state.json" ;;
			esac
			refused 'delete --force' delete "$ID"
			# Which callers take for a program that is not there.
			[[ $errors != *'no such file'* ]] || { show_call "$policy, $damage"; return 1; }
			must delete --force "$ID"
			# It leaves its cgroup a moment before it has ended.
			wait_for 5 ended "$PID" || { show_call "$policy, $damage: the process lives"; return 1; }
			nothing_of "$policy, $damage" || return 1
		done
	done
}

@test "what a state that cannot be read leaves unknown is said" {
	local group=/sys/fs/cgroup/$MARK-made-before
	GLOBAL=(--policy oci)
	mkdir "$group"
	start_container '.linux.cgroupsPath = $p' --arg p "/$MARK-made-before"
	: >"$STATE/$ID/state.json"
	must delete --force "$ID"
	matches "container $ID: nothing else says which processes and which cgroup" "$errors"
	[ ! -e "$STATE/$ID" ]
	! ended "$PID" || return 1
	echo 1 >"$group/cgroup.kill"
	wait_for 5 rmdir "$group"
}

# change_record FILTER: jq rewrites the record of ID.
change_record() {
	jq "$1" "$STATE/$ID/state.json" >"$TEST_DIR/state.json"
	cat "$TEST_DIR/state.json" >"$STATE/$ID/state.json"
}

@test "a record without what was added to it later serves state, kill and delete" {
	local policy
	for policy in hardened oci; do
		GLOBAL=(--policy "$policy")
		start_container
		change_record 'del(.policyFile, .cgroupUnit, .hooks)'
		has_status "$ID" running
		must kill "$ID" KILL
		wait_for_status "$ID" stopped
		must delete "$ID"
		nothing_of "$policy, an older record"
	done
}

@test "a record of another version is refused in words, and delete --force removes the container" {
	local filter command message
	GLOBAL=(--policy hardened)
	for filter in '.version = 2' '.version = 0' 'del(.version)' 'del(.cgroupInode)'; do
		case $filter in
		*2) message='cannot be read: a later version of orlop wrote it: its format is 2' ;;
		*0) message='is damaged: /version: another version of orlop wrote it' ;;
		*) message='is damaged: .*(version|cgroupInode)' ;;
		esac
		start_container
		change_record "$filter"
		for command in state kill delete; do
			refused "state of container $ID $message" "$command" "$ID" || {
				echo "with: $filter"
				return 1
			}
		done
		if ended "$PID"; then
			show_call "a command that was refused ended the container, with: $filter"
			return 1
		fi
		must delete --force "$ID"
		wait_for 5 ended "$PID"
		nothing_of "$filter"
	done
}

# ---- a full disk ------------------------------------------------------------------------------

# fill: no byte is free in the state directory.
fill() { head -c 1M /dev/zero >"$STATE/fill" 2>/dev/null || :; }

@test "with a full disk nothing is made, and what is there is killed and deleted" {
	local policy how
	mkdir "$TEST_DIR/small"
	mount -t tmpfs -o mode=700,size=256k tmpfs "$TEST_DIR/small"
	STATE=$TEST_DIR/small
	for policy in hardened oci; do
		GLOBAL=(--policy "$policy")
		bundle
		fill
		refused 'no space left' create --bundle "$BUNDLE" "$ID"
		rm "$STATE/fill"
		nothing_of "create on a full disk under $policy"
		for how in created running stopped; do
			create_container '.process.args = ["sleep", "1000"]'
			[ "$how" = created ] || must start "$ID"
			fill
			has_status "$ID" "${how/stopped/running}"
			if [ "$how" = stopped ]; then
				must kill "$ID" KILL
				wait_for_status "$ID" stopped
				must delete "$ID"
			else
				must delete --force "$ID"
			fi
			wait_for 5 ended "$PID"
			rm "$STATE/fill"
			nothing_of "a $how container on a full disk under $policy"
		done
	done
	umount "$TEST_DIR/small"
}

@test "start on a full disk says so, and the container can be started when there is room" {
	mkdir "$TEST_DIR/small"
	mount -t tmpfs -o mode=700,size=256k tmpfs "$TEST_DIR/small"
	STATE=$TEST_DIR/small
	GLOBAL=(--policy hardened)
	create_container '.process.args = ["sleep", "1000"]'
	fill
	refused "write the state of container $ID: .*no space left" start "$ID"
	has_status "$ID" created
	if grep -qx sleep "/proc/$PID/comm"; then
		show_call "the program runs"
		return 1
	fi
	rm "$STATE/fill"
	must start "$ID"
	wait_for 5 grep -qx sleep "/proc/$PID/comm"
	must delete --force "$ID"
	nothing_of "start on a full disk"
	umount "$TEST_DIR/small"
}

# ---- a caller that dies -----------------------------------------------------------------------

@test "a container outlives the caller that made it, and is started and deleted by another" {
	local shim
	GLOBAL=(--policy hardened)
	bundle '.process.args = ["sleep", "1000"]'
	bash -c '"$@" && exec sleep 1000' - "$ORLOP" --root "$STATE" "${GLOBAL[@]}" create --bundle "$BUNDLE" "$ID" >"$TEST_DIR/shim" 2>&1 3>&- &
	shim=$!
	wait_for 10 has_status "$ID" created
	wait_for 5 grep -qx sleep "/proc/$shim/comm"
	kill -9 "$shim"
	builtin wait "$shim" || :
	must start "$ID"
	wait_for_status "$ID" running
	must delete --force "$ID"
	nothing_of "a caller that was killed"
	wait_for 5 no_marked_processes
}

# ---- system calls that fail -------------------------------------------------------------------

# confinement PID: all that holds a container, in words that do not differ between two of a kind.
confinement() {
	local base own name
	base=$(awk 'NR == 1 { print $2 }' "/proc/$1/uid_map")
	awk -v base="$base" '
		FILENAME ~ /status$/ && /^(Uid|Gid|Groups|Cap|NoNewPrivs|Seccomp)/ {
			if ($1 !~ /^Cap/)
				for (i = 2; i <= NF; i++)
					if (base > 0 && $i >= base && $1 !~ /^Sec/)
						$i -= base
			print
		}
		FILENAME ~ /mountinfo$/ {
			# Not the source: where nothing is behind it, it is a mere word.
			line = $5 " " $6
			for (i = 7; i <= NF; i++)
				if (i != NF - 1)
					line = line " " $i
			gsub(/,[ug]id=[0-9]+/, "", line)
			gsub(/(shared|master):[0-9]+/, "peer", line)
			print line
		}
		FILENAME ~ /_map$/ { print $1, ($2 > 0), $3 }
		FILENAME ~ /(limits|oom_score_adj|current|cgroup|setgroups)$/ { gsub(/t[0-9]+-[0-9]+/, "ID"); print }
		' "/proc/$1/status" "/proc/$1/mountinfo" "/proc/$1/uid_map" "/proc/$1/gid_map" "/proc/$1/limits" \
		"/proc/$1/oom_score_adj" "/proc/$1/setgroups" "/proc/$1/attr/current" 2>/dev/null || :
	for name in mnt pid net ipc uts cgroup user; do
		own=no
		[ "$(readlink "/proc/$1/ns/$name")" = "$(readlink "/proc/self/ns/$name")" ] || own=yes
		echo "$name $own"
	done
	for name in pids.max memory.max memory.swap.max; do
		cat "$(cgroup_of "$1")/$name" 2>/dev/null || :
	done
	readlink "/proc/$1/cwd" "/proc/$1/root"
	ls "/proc/$1/fd"
}

# confined MOMENT: the container that runs all the same is as confined as the one in $TEST_DIR/usual.
confined() {
	# The lie may be about the file with the pid.
	[ -s "$TEST_DIR/pid" ] || return 0
	wait_for 5 grep -q '^sleep' "/proc/$(<"$TEST_DIR/pid")/comm" || return
	confinement "$(<"$TEST_DIR/pid")" >"$TEST_DIR/found"
	# The lie may be that it does not die with the runtime.
	grep -q '^State:.[RSD]' "/proc/$(<"$TEST_DIR/pid")/status" 2>/dev/null || return 0
	diff "$TEST_DIR/usual" "$TEST_DIR/found" || {
		echo "less confined after $1"
		return 1
	}
}

USER_FILTER='.process.user = {uid: 1000, gid: 1000, additionalGids: [5]}'

# prepare_usual [POLICY FILTER]: what holds the container when nothing fails.
prepare_usual() {
	GLOBAL=(--policy "${1:-hardened}")
	bundle '.process.args = ["sleep", "1000"] | '"${2:-$USER_FILTER}"
	RUN=(run --detach --bundle "$BUNDLE" --pid-file "$TEST_DIR/pid" "$ID")
	under trace "$TEST_DIR/trace" -- "${RUN[@]}"
	equal 0 "$status" "status of run"
	wait_for 5 grep -q '^sleep' "/proc/$(<"$TEST_DIR/pid")/comm"
	confinement "$(<"$TEST_DIR/pid")" >"$TEST_DIR/usual"
	grep -q '^mnt yes' "$TEST_DIR/usual"
	must delete --force "$ID"
}

# one_failure WHO NUMBER NTH ERRNO
one_failure() {
	local moment="call $3 of system call $2 of the $1, errno $4"
	rm -f "$TEST_DIR/pid"
	echo "$moment" >>"$TEST_DIR/moments"
	under fail "$1" "$2" "$3" "$4" -- "${RUN[@]}"
	case $status in
	0)
		confined "$moment" || {
			runtime delete --force "$ID"
			return 1
		}
		;;
	125) ;;		# one call less than the last time
	*)
		# Strict: the failed call itself has to tidy up.
		nothing_of "$moment" || {
			runtime delete --force "$ID"
			return 1
		}
		;;
	esac
	must delete --force "$ID" || return
	nothing_of "$moment and delete --force" || return
}

# fail_each WHO PART PARTS: each kind of system call that WHO makes fails: the first one, one in the middle
# and the last one. The kinds are dealt out to PARTS tests. In a guest a few kinds and their first call, the
# ones that a container's confinement is made of.
fail_each() { untraced fail_through "$@"; }
fail_through() {
	local who=$1 part=$2 parts=$3 number count nth last kind=0 bad=0
	prepare_usual
	while read -r count number; do
		case $number in
		# exit, exit_group, rt_sigreturn; brk, which has no errno
		60 | 231 | 15 | 93 | 94 | 139 | 12 | 214) continue ;;
		esac
		kind=$((kind + 1))
		[ $((kind % parts)) = "$part" ] || continue
		last=1
		for nth in 1 $((count / 2 + 1)) "$count"; do
			[ "$nth" = 1 ] || [ "$SLOW" = 0 ] || continue
			[ "$nth" != $((count / 2 + 1)) ] || [ "$count" -gt 2 ] || continue
			[ "$nth" = 1 ] || [ "$nth" != "$last" ] || continue
			last=$nth
			one_failure "$who" "$number" "$nth" 1 || bad=$((bad + 1))
		done
	done < <(sed -n "s/^$who \([0-9]*\) .*/\1/p" "$TEST_DIR/trace" | sort -n | uniq -c | if [ "$SLOW" = 1 ]; then
		grep -E ' (105|106|112|116|117|119|126|155|157|165|166|250|302|308|317|429|435|442|446)$' || :; else cat; fi)
	wait_for 5 no_marked_processes || return
	equal 0 "$bad" "moments that went wrong"
}

@test "a system call of the runtime that fails leaves nothing, and no container less confined (1 of 3)" { fail_each parent 0 3; }
@test "a system call of the runtime that fails leaves nothing, and no container less confined (2 of 3)" { fail_each parent 1 3; }
@test "a system call of the runtime that fails leaves nothing, and no container less confined (3 of 3)" { fail_each parent 2 3; }
@test "a system call of the first process that fails leaves nothing, and no container less confined (1 of 2)" { fail_each child 0 2; }
@test "a system call of the first process that fails leaves nothing, and no container less confined (2 of 2)" { fail_each child 1 2; }

# lies POLICY FILTER: each drop of a privilege in turn is not made and reports success.
lies() { untraced lie_through "$@"; }
lie_through() {
	local call number argument count nth bad=0
	[ "$(uname -m)" = x86_64 ] || skip "has the system call numbers of x86-64"
	prepare_usual "$@"
	# setgroups, setresuid, setresgid, capset, seccomp; PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS, PR_CAP_AMBIENT of prctl
	for call in 116 117 119 126 317 157:24 157:38 157:47; do
		number=${call%:*}
		argument=''
		[ "$number" = "$call" ] || argument=${call#*:}
		count=$(grep -c "^child $number ${argument:+$argument\$}" "$TEST_DIR/trace" || :)
		for ((nth = 1; nth <= count; nth++)); do
			[ "$nth" = 1 ] || [ "$nth" = "$count" ] || [ $((nth % 10 + SLOW)) = 0 ] || continue
			one_failure child "$call" "$nth" 0 || bad=$((bad + 1))
		done
	done
	# What the supervisor writes: id maps, limits, parameters, the record.
	count=$(grep -c "^parent 1 " "$TEST_DIR/trace")
	for ((nth = 1; nth <= count; nth += 1 + SLOW * 4)); do
		one_failure parent 1 "$nth" 0 || bad=$((bad + 1))
	done
	[ "$(wc -l <"$TEST_DIR/moments")" -ge 4 ] || return
	equal 0 "$bad" "lies that were believed"
}

@test "a kernel that lies about becoming root of the user namespace is found out" {
	local call
	[ "$(uname -m)" = x86_64 ] || skip "has the system call numbers of x86-64"
	GLOBAL=(--policy hardened)
	bundle
	# The first of each: setgroups, with a group to drop; setresgid, setresuid.
	for call in 116 119 117; do
		status=0
		ORLOP_TEST=$MARK- setpriv --groups 4,5 "$ORLOP_HELPERS/killafter" fail child "$call" 1 0 "$ORLOP" \
			--root "$STATE" --policy hardened create --bundle "$BUNDLE" "$ID" >"$TEST_DIR/under" 2>&1 3>&- || status=$?
		equal 1 "$status" "status when call $call lies"
		matches 'become root of the user namespace|supplementary groups' "$(<"$TEST_DIR/under")"
		nothing_of "a lie of call $call"
	done
}

@test "a kernel that lies about a drop of privileges is found out, with a user" {
	lies hardened "$USER_FILTER"
}

@test "a kernel that lies about a drop of privileges is found out, with root and without a filter" {
	lies oci '.process.user = {uid: 0, gid: 0, additionalGids: [5]}'
}

# moved_to_copy ERRNO: create, where the kernel does not change what /proc/PID/exe leads to and says so (1) or
# not (0), makes a container all the same: the sealed copy is executed. PR_SET_MM is 35.
moved_to_copy() {
	GLOBAL=(--policy oci)
	bundle
	under fail parent 157:35 1 "$1" -- create --bundle "$BUNDLE" --pid-file "$TEST_DIR/pid" "$ID"
	equal 0 "$status" "status: $(<"$TEST_DIR/under")"
	matches '^/memfd:orlop' "$(readlink "/proc/$(<"$TEST_DIR/pid")/exe")" "the program that waits"
	must delete --force "$ID"
}

@test "where the runtime may not go on from the sealed copy in place, it executes it" {
	[ "$(uname -m)" = x86_64 ] || skip "has the system call numbers of x86-64"
	untraced moved_to_copy 1
}

@test "a kernel that lies about the move to the sealed copy is found out" {
	[ "$(uname -m)" = x86_64 ] || skip "has the system call numbers of x86-64"
	untraced moved_to_copy 0
}

# SPDX-License-Identifier: Apache-2.0
# Copyright the orlop authors
#
# What a process in one container sees and reaches of another that is being made beside it, of the runtime that
# makes it, and of what the caller has open.

load ../lib/orlop
load ../run/support

setup() {
	orlop_setup
	require_root
	GLOBAL=(--policy hardened)
	SLEEPERS=()
	DUMPABLE=''
}

teardown() {
	[ -z "$DUMPABLE" ] || echo "$DUMPABLE" >/proc/sys/fs/suid_dumpable
	[ ${#SLEEPERS[@]} -eq 0 ] || kill "${SLEEPERS[@]}" 2>/dev/null || :
	umount_host
	orlop_teardown
}

# user_namespace UID-MAP GID-MAP: a process in a new user namespace with these maps. Sets NEIGHBOUR.
user_namespace() {
	unshare --user sleep 1000 3>&- &
	NEIGHBOUR=$!
	SLEEPERS+=("$NEIGHBOUR")
	wait_for 5 is_elsewhere "$NEIGHBOUR"
	# In one write: the kernel takes no second one.
	cat >"/proc/$NEIGHBOUR/uid_map" <<<"$1"
	cat >"/proc/$NEIGHBOUR/gid_map" <<<"$2"
}
is_elsewhere() { [ "$(namespace_of "$1" user)" != "$(namespace_of self user)" ] && grep -q '^sleep' "/proc/$1/comm"; }

joined="del(.linux.namespaces[] | select(.type == \"user\")) | .linux.namespaces += [{type: \"user\", path: \$u}]"

# ranges: how many containers of this test have taken; other files run beside this one.
ranges() { grep -ls "$MARK-" /run/orlop/ids/* 2>/dev/null | wc -l; }

@test "a user namespace that maps host id 0 is not joined" {
	local maps before
	before=$(ranges)
	for maps in '0 0 1|0 0 1' '0 0 65536|0 524288 65536' '0 524288 65536|0 0 1' $'0 600000 1000\n5000 0 1|0 600000 1000' \
		$'0 600000 1000|0 600000 1000\n70000 0 1'; do
		user_namespace "${maps%|*}" "${maps#*|}"
		bundle "$joined" --arg u "/proc/$NEIGHBOUR/ns/user"
		refused 'rule host-ids of policy hardened.*host id 0' create --bundle "$BUNDLE" "$ID"
		[ ! -e "$STATE/$ID" ]
		# What the configuration says of it does not help.
		bundle "$joined"' | .linux.uidMappings = [{containerID: 0, hostID: 600000, size: 65536}] | .linux.gidMappings = .linux.uidMappings' \
			--arg u "/proc/$NEIGHBOUR/ns/user"
		refused 'rule host-ids|/linux/uidMappings' create --bundle "$BUNDLE" "$ID"
	done
	equal "$before" "$(ranges)" "id ranges"
	# One without it is.
	user_namespace '0 600000 65536' '0 600000 65536'
	start_container "$joined" --arg u "/proc/$NEIGHBOUR/ns/user"
	same_namespace "$PID" "$NEIGHBOUR" user
	equal 600000 "$(stat -c %u "/proc/$PID")"
	must delete --force "$ID"
	# The rule is hardened's: under baseline the container's root is the host's in any case.
	GLOBAL=(--policy baseline)
	user_namespace '0 0 65536' '0 0 65536'
	start_container "$joined" --arg u "/proc/$NEIGHBOUR/ns/user"
	same_namespace "$PID" "$NEIGHBOUR" user
}

# many_mappings LAST: as many as the kernel takes (340, in less than a page), the last one to host id LAST.
many_mappings() {
	local i
	for ((i = 0; i < 339; i++)); do echo "$i $((70000 + i)) 1"; done
	echo "339 $1 1"
}

@test "every mapping of a user namespace that is joined is looked at" {
	local many
	many=$(many_mappings 70339)
	user_namespace "$many" "$many"
	equal 340 "$(grep -c . "/proc/$NEIGHBOUR/gid_map")" mappings
	start_container "$joined"' | .process.user.uid = 339' --arg u "/proc/$NEIGHBOUR/ns/user"
	same_namespace "$PID" "$NEIGHBOUR" user
	equal 70339 "$(stat -c %u "/proc/$PID")"
	user_namespace "$many" "$(many_mappings 0)"
	bundle "$joined" --arg u "/proc/$NEIGHBOUR/ns/user"
	refused 'rule host-ids of policy hardened.*host id 0' create --bundle "$BUNDLE" "$ID"
}

@test "where the container's root is the host's by its mappings, a sealed copy is what runs" {
	local before map='.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: @, size: 65536}] |
		.linux.gidMappings = .linux.uidMappings'
	GLOBAL=(--policy oci)
	before=$(sha256sum "$ORLOP")
	create_container "${map//@/0}"
	matches '^/memfd:orlop' "$(readlink "/proc/$PID/exe")" "mapped to host id 0"
	# Nobody writes it, from within the container's namespaces neither.
	! nsenter -t "$PID" -U -p -- sh -c "printf x 1<>/proc/$PID/exe" 2>"$TEST_DIR/denied" || return 1
	! { printf x 1<>"/proc/$PID/exe"; } 2>>"$TEST_DIR/denied" || return 1
	must delete --force "$ID"
	# A namespace that is joined may map anything.
	user_namespace '0 0 65536' '0 0 65536'
	create_container "$joined" --arg u "/proc/$NEIGHBOUR/ns/user"
	matches '^/memfd:orlop' "$(readlink "/proc/$PID/exe")" "joined"
	must delete --force "$ID"
	equal "$before" "$(sha256sum "$ORLOP")" "the installed program"
}

@test "a script that is run by /proc/self/exe reaches the sealed copy only, with mappings of host id 0" {
	local before
	GLOBAL=(--policy oci)
	copied_rootfs
	before=$(sha256sum "$ORLOP")
	printf '#!/proc/self/exe\n' >"$ROOTFS/bin/bait"
	chmod 755 "$ROOTFS/bin/bait"
	local map='.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 0, size: 65536}] | .linux.gidMappings = .linux.uidMappings'
	# Writes to the program of every process it can see, while others start beside it.
	start_container "$map"' | .process.args = ["sh", "-c", "for i in $(seq 300); do for p in /proc/[0-9]*; do echo x 2>/dev/null 1<>$p/exe && echo wrote $p; done; done"]'
	for _ in 1 2 3; do
		bundle "$joined"' | (.linux.namespaces[] | select(.type == "pid")).path = $p | .process.args = ["/bin/bait"]' \
			--arg u "/proc/$PID/ns/user" --arg p "/proc/$PID/ns/pid"
		runtime run --bundle "$BUNDLE" "$ID"
		[ "$status" -ne 0 ]
	done
	equal "$before" "$(sha256sum "$ORLOP")" "the installed program"
}

# look FILTER: a container waits for start in the pid and user namespace of another one, which looks at it.
# Sets output, the lines of what could be opened, and PID.
look() {
	local first watcher
	copied_rootfs
	disk_dir signal
	cat >"$ROOTFS/bin/look" <<-'EOF'
		echo ready
		until [ -e /dev/v/go ]; do sleep 0.05; done
		for p in /proc/[0-9]*; do
			[ "$p" != "/proc/$$" ] && [ "$(cut -d ' ' -f 2 $p/stat)" != '(sleep)' ] || continue
			echo "seen $(cut -d ' ' -f 2 $p/stat)"
			ls $p/fd 2>/dev/null | sed "s|^|fd $p |"
			for l in root cwd exe fd/0 fd/3 fd/4 ns/mnt; do readlink $p/$l 2>/dev/null | sed "s|^|link $l |"; done
			for f in mem environ maps fd/0 fd/3 auxv stack syscall; do { head -c 1 $p/$f >/dev/null; } 2>/dev/null && echo "open $f"; done
			{ true 1<>$p/mem; } 2>/dev/null && echo "writable mem"
			{ true 1<>$p/exe; } 2>/dev/null && echo "writable exe"
			ls $p/root/ >/dev/null 2>&1 && echo "entered root"
		done
		echo looked
		sleep 1000
	EOF
	start_container "$1"' | .process.args = ["sh", "/bin/look"] | .mounts += [{destination: "/dev/v", type: "bind", source: $d, options: ["bind"]}]' --arg d "$DIR"
	first=$ID
	watcher=$OUT
	create_container "$1 | $joined"' | (.linux.namespaces[] | select(.type == "pid")).path = $p' \
		--arg u "/proc/$PID/ns/user" --arg p "/proc/$PID/ns/pid"
	[ "$first" != "$ID" ]
	touch "$DIR/go"
	wait_for 20 grep -q "^looked$" "$watcher" || { cat "$watcher" "${watcher/out./err.}"; return 1; }
	output=$(<"$watcher")
}

@test "a neighbour sees nothing of a container that waits for start" {
	look '(.process.capabilities[]) = ["CAP_SYS_PTRACE", "CAP_DAC_OVERRIDE", "CAP_DAC_READ_SEARCH", "CAP_KILL"]'
	matches "^ready"$'\n'"seen [(](memfd:)?orlop[)]"$'\n'"looked\$" "$output"
	# From the host it can be seen that there is nothing to find: what failures and the start come by.
	equal '0 1 2 3 ' "$(find "/proc/$PID/fd" -mindepth 1 -printf '%f\n' | sort -n | tr '\n' ' ')" descriptors
	matches '^socket:' "$(readlink "/proc/$PID/fd/3")"
}

@test "nor where the host lets processes that changed their ids be looked at" {
	[ "${ORLOP_SLOW:-1}" -gt 1 ] || skip "changes fs.suid_dumpable of the machine: in a guest"
	DUMPABLE=$(</proc/sys/fs/suid_dumpable)
	echo 1 >/proc/sys/fs/suid_dumpable
	look .
	matches "^ready"$'\n'"seen [(](memfd:)?orlop[)]"$'\n'"looked\$" "$output"
}

# ---- two containers of one image --------------------------------------------------------------

# from_container PID UID VICTIM: what a process tries on another that has the ids and the user namespace of a
# container, every capability in it, and nothing else that would hold it: it is in the host's pid namespace, sees
# the host's /proc, and is under no filter. Prints what it could do.
from_container() {
	# shellcheck disable=SC2016
	nsenter -t "$1" -U -S "$2" -G "$2" -- sh -c '
		for f in mem environ maps auxv stack syscall io; do
			{ head -c 1 "/proc/$1/$f" >/dev/null; } 2>/dev/null && echo "open $f"
		done
		for l in root cwd exe fd/0 fd/1 ns/mnt ns/user ns/net; do readlink "/proc/$1/$l" >/dev/null 2>&1 && echo "link $l"; done
		for d in root cwd fd map_files; do ls "/proc/$1/$d/" >/dev/null 2>&1 && echo "listed $d"; done
		{ : 1<>"/proc/$1/mem"; } 2>/dev/null && echo "writable mem"
		{ echo 999 >"/proc/$1/oom_score_adj"; } 2>/dev/null && echo "killed first"
		renice -n 19 -p "$1" >/dev/null 2>&1 && echo reniced
		for s in 0 CONT TERM KILL; do kill -s "$s" "$1" 2>/dev/null && echo "sent $s"; done
		:' - "$3" 3>&- || :
}

@test "two containers of one image neither signal nor trace each other, as root or as the same user" {
	local user victim other done
	for user in 0 1000; do
		start_container '.process.user = {uid: $u, gid: $u}' --argjson u "$user"
		victim=$PID
		start_container '.process.user = {uid: $u, gid: $u}' --argjson u "$user"
		other=$PID
		equal '' "$(from_container "$other" "$user" "$victim")" "what user $user does to the other container"
		matches '^[SD]' "$(proc_status "$victim" State)"
		# What it sees of itself ends with it, and is not the other.
		runtime exec "$ID" sh -c 'kill -9 -1; kill -9 1; for p in /proc/[0-9]*; do cat $p/environ; done | tr "\0" "\n" | grep ORLOP_TEST'
		[[ $output != *"${IDS[-2]}"* ]]
		matches '^[SD]' "$(proc_status "$victim" State)"
		# The attempts are real ones: with the ids of the victim's own container they succeed.
		done=$(from_container "$victim" "$user" "$victim")
		matches 'sent 0' "$done" "signals"
		[ "$user" != 0 ] || matches 'open environ.*link root.*listed root.*writable mem' "${done//$'\n'/ }" "as root"
	done
}

@test "a file of one container in a shared volume whose ids are the host's is closed to the other" {
	local engine
	disk_dir shared
	chmod 1777 "$DIR"
	engine='.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: $h, size: 65536}] |
		.linux.gidMappings = .linux.uidMappings | .mounts += [{destination: "/dev/v", type: "bind", source: $d, options: ["bind"]}] |
		(.process.capabilities[]) += ["CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_SETUID", "CAP_SETGID"]'
	start_script 'echo secret >/dev/v/of-root; echo secret >/dev/v/of-user; chmod 600 /dev/v/of-*; chown 1000:1000 /dev/v/of-user' "$engine" \
		--argjson h 400000 --arg d "$DIR"
	equal '400000 401000' "$(stat -c %u "$DIR/of-root" "$DIR/of-user" | xargs)" "owners on disk"
	start_script 'for f in of-root of-user; do
			stat -c %u /dev/v/$f
			cat /dev/v/$f 2>/dev/null
			{ echo x >>/dev/v/$f; } 2>/dev/null && echo wrote
			chown 0:0 /dev/v/$f 2>/dev/null && echo chowned
			chmod 666 /dev/v/$f 2>/dev/null && echo opened
			rm -f /dev/v/$f 2>/dev/null && echo removed
			mv /dev/v/$f /dev/v/other 2>/dev/null && echo moved
			ln /dev/v/$f /dev/v/link 2>/dev/null && echo linked
		done' "$engine" --argjson h 500000 --arg d "$DIR"
	equal $'65534\n65534' "$output"
	start_script 'cat /dev/v/of-root /dev/v/of-user; echo x >>/dev/v/of-user' "$engine"' | .process.user = {uid: 1000, gid: 1000} |
		(.process.capabilities[]) = []' --argjson h 500000 --arg d "$DIR"
	equal '' "$output" "as user 1000 of the other"
	equal 'secret secret' "$(cat "$DIR/of-root" "$DIR/of-user" | xargs)"
}

# ---- standard input, output and error ---------------------------------------------------------

# with_input FILE POLICY COMMAND...: call the runtime with the file as standard input.
with_input() {
	local file=$1 policy=$2
	shift 2
	status=0
	ORLOP_TEST=$MARK- "$ORLOP" --root "$STATE" --policy "$policy" "$@" <"$file" >"$TEST_DIR/out" 2>"$TEST_DIR/err" 3>&- || status=$?
	errors=$(<"$TEST_DIR/err")
	output=$(<"$TEST_DIR/out")
}

@test "a directory, a block device or a namespace is not handed over as standard input" {
	local policy file block
	block=$(find /dev -maxdepth 1 -type b -readable 2>/dev/null | head -n 1)
	for policy in hardened baseline oci; do
		for file in / "$TEST_DIR" /proc/self/ns/mnt ${block:+"$block"}; do
			bundle '.process.args = ["ls", "-la", "/proc/self/fd/0/"]'
			{ : <"$file"; } 2>/dev/null || continue
			with_input "$file" "$policy" run --bundle "$BUNDLE" "$ID"
			[ "$status" -ne 0 ]
			[ -z "$output" ]
			matches 'standard input is' "$errors" "$policy, $file"
			[ ! -e "$STATE/$ID" ]
		done
	done
	bundle
	status=0
	ORLOP_TEST=$MARK- "$ORLOP" --root "$STATE" run --bundle "$BUNDLE" "$ID" </dev/null >"$TEST_DIR/out" 2<"$TEST_DIR" 3>&- || status=$?
	[ "$status" -ne 0 ]
	[ ! -e "$STATE/$ID" ]
	# A terminal takes their place.
	bundle '.process.terminal = true | .process.args = ["readlink", "/proc/self/fd/0"]'
	with_input / oci run --bundle "$BUNDLE" "$ID"
	[ -z "$(grep -x / <<<"$output")" ]
}

@test "device nodes of the host that are standard input keep their owner" {
	local node before
	for node in /dev/null /dev/zero /dev/ptmx /dev/pts/ptmx; do
		[ -e "$node" ] || continue
		{ : <"$node"; } 2>/dev/null || continue
		before=$(stat -L -c '%u:%g %a' "$node")
		bundle '.process.args = ["true"] | .process.user = {uid: 1000, gid: 1000}'
		with_input "$node" hardened run --bundle "$BUNDLE" "$ID"
		exits 0
		equal "$before" "$(stat -L -c '%u:%g %a' "$node")" "$node"
	done
}

# SPDX-License-Identifier: Apache-2.0
# Copyright the orlop authors
#
# The registry of id ranges: where ranges come from, what is said when there is none, what it costs, and who gets
# what when many ask at once.

load ../lib/orlop
load support

# Two hundred containers take their time on a machine that does other things as well.
setup_file() {
	[ "${BATS_TEST_TIMEOUT:-0}" -ge 300 ] || export BATS_TEST_TIMEOUT=300
}

setup() {
	orlop_setup
	require_root
	GLOBAL=(--policy hardened)
}

# own_registry: the registry of this test alone, which may be filled.
own_registry() {
	[ "${ORLOP_ISOLATE:-}" = 1 ] || skip "mounts over /run/orlop/ids: run it by tests/run/here"
	mkdir -p -m 700 /run/orlop
	mkdir -p -m 700 /run/orlop/ids
	host_mount -t tmpfs -o mode=700 tmpfs /run/orlop/ids
}

# hold FIRST COUNT: as many steps from an id on are held, by containers that nobody can see.
hold() {
	awk -v first="$1" -v count="$2" 'BEGIN {
		for (i = 0; i < count; i++) {
			file = "/run/orlop/ids/" (first + i * 65536)
			print "/elsewhere held-" i > file
			close(file)
		}
	}'
	# What is written by hand is not in the map.
	rm -f /run/orlop/ids/map
}

# host_file NAME TEXT: /etc/NAME for this test.
host_file() {
	[ "${ORLOP_ISOLATE:-}" = 1 ] || skip "mounts over /etc/$1: run it by tests/run/here"
	printf '%s\n' "$2" >"$TEST_DIR/etc-$1"
	touch "/etc/$1"
	mount --bind "$TEST_DIR/etc-$1" "/etc/$1"
	HOST_MOUNTS+=("/etc/$1")
}

# calls_of COMMAND...: how many system calls the runtime makes.
calls_of() {
	under trace "$TEST_DIR/trace" -- "$@"
	equal 0 "$status" "status of $*" >&2 || return
	grep -c '^parent' "$TEST_DIR/trace"
}

@test "a start makes as many system calls with twenty thousand ranges held as with none" {
	local few many removal
	require_helper killafter
	own_registry
	bundle
	must create --bundle "$BUNDLE" "$ID"
	must delete --force "$ID"
	few=$(calls_of create --bundle "$BUNDLE" "$ID")
	removal=$(calls_of delete --force "$ID")
	hold 524288 20000
	# Who comes first after that reads the directory, once.
	must create --bundle "$BUNDLE" "$ID"
	equal $((524288 + 20000 * 65536)) "$(awk '{ print $2 }' "/proc/$(pid_of)/uid_map")" "the first that is free"
	must delete --force "$ID"
	# The next search begins behind the last one, and goes round.
	printf '\0\0\0\0' | dd of=/run/orlop/ids/map bs=1 seek=4 conv=notrunc status=none
	many=$(calls_of create --bundle "$BUNDLE" "$ID")
	[ "$many" -le $((few + 20)) ] || { echo "create: $few calls, and $many with ranges held"; return 1; }
	equal $((524288 + 20000 * 65536)) "$(awk '{ print $2 }' "/proc/$(pid_of)/uid_map")" "the first that is free, again"
	many=$(calls_of delete --force "$ID")
	[ "$many" -le $((removal + 20)) ] || { echo "delete: $removal calls, and $many with ranges held"; return 1; }
	# Mappings of the configuration are looked up, not searched for.
	bundle "$engine_ids" --argjson first 200000
	many=$(calls_of create --bundle "$BUNDLE" "$ID")
	[ "$many" -le $((few + 20)) ] || { echo "own mappings: $few calls, and $many with ranges held"; return 1; }
}

pid_of() { jq .pid <("$ORLOP" --root "$STATE" state "$ID"); }
engine_ids='.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: $first, size: 65536}] |
	.linux.gidMappings = .linux.uidMappings'

@test "a map of the registry that is wrong, cut or gone gives nobody the range of another" {
	local first text
	own_registry
	site_policy '{"hardened": {"pool": {"first": 1048576, "last": 1376255}}}'
	hold 1048576 2
	start_container
	first=$(first_id "$PID")
	equal 1179648 "$first"
	for text in none cut free held garbage; do
		case $text in
		none) rm /run/orlop/ids/map ;;
		cut) truncate -s 5 /run/orlop/ids/map ;;
		free) truncate -s 4096 /run/orlop/ids/map && truncate -s 69632 /run/orlop/ids/map ;;
		held) head -c 65536 /dev/zero | tr '\0' '\1' | dd of=/run/orlop/ids/map bs=4096 seek=1 conv=notrunc status=none ;;
		garbage) head -c 5000 /dev/urandom >/run/orlop/ids/map ;;
		esac
		bundle '.process.args = ["cat", "/proc/self/uid_map"]'
		must run --bundle "$BUNDLE" "$ID"
		read -r _ first _ <<<"$output"
		[ "$first" -ge 1245184 ] && [ "$first" -le 1310720 ] || { echo "$text: $output"; return 1; }
	done
}

@test "many starts at once have ranges of their own, and give them back" {
	local count=200 i pids=() pid first
	[ "${ORLOP_SLOW:-1}" = 1 ] || count=40
	bundle
	for ((i = 0; i < count; i++)); do
		ORLOP_TEST=$MARK- "$ORLOP" --root "$STATE" "${GLOBAL[@]}" create --bundle "$BUNDLE" --pid-file "$TEST_DIR/pid.$i" "$MARK-p$i" \
			>"$TEST_DIR/p.$i" 2>&1 3>&- &
		pids+=($!)
		IDS+=("$MARK-p$i")
		((i % 50 != 49)) || sleep 0.1
	done
	for i in "${!pids[@]}"; do
		wait "${pids[i]}" || { cat "$TEST_DIR/p.$i"; return 1; }
	done
	for ((i = 0; i < count; i++)); do
		read -r _ first _ <"/proc/$(<"$TEST_DIR/pid.$i")/uid_map"
		echo "$first"
	done | sort -n >"$TEST_DIR/firsts"
	equal "$count" "$(awk 'NR == 1 || $1 >= last + 65536 { n++ } { last = $1 } END { print n }' "$TEST_DIR/firsts")" "ranges apart from each other"
	equal "$count" "$(grep -ls "$MARK-p" /run/orlop/ids/[0-9]* | wc -l)" "ranges that are held"
	pids=()
	for ((i = 0; i < count; i++)); do
		"$ORLOP" --root "$STATE" delete --force "$MARK-p$i" >"$TEST_DIR/p.$i" 2>&1 3>&- &
		pids+=($!)
	done
	for i in "${!pids[@]}"; do
		wait "${pids[i]}" || { cat "$TEST_DIR/p.$i"; return 1; }
	done
	equal 0 "$(grep -ls "$MARK-p" /run/orlop/ids/[0-9]* | wc -l)" "ranges that are held"
}

@test "what is said when no range is free counts them and names who holds them" {
	local first
	own_registry
	site_policy '{"hardened": {"pool": {"first": 1048576, "last": 1310719}}}'
	start_container
	first=$ID
	hold 1114112 3
	# One that is held, and does not lie in the pool.
	hold 2097152 1
	bundle
	refused "no range of 65536 host ids is free: the pool 1048576 to 1310719 has room for 4 such ranges, 0 of them free" \
		create --bundle "$BUNDLE" "$ID"
	matches "containers hold 4 [(]$first of $STATE, held-0 of /elsewhere, held-1 of /elsewhere and 1 more[)]; 1 more are held outside" "$errors"
	matches "'orlop ids' lists" "$errors"
	# There is room, and not in one piece.
	rm /run/orlop/ids/1114112 /run/orlop/ids/1245184
	bundle '.process.user.uid = 70000'
	refused 'no range of 131072 host ids is free.*room for 2 such ranges, 0 of them free' create --bundle "$BUNDLE" "$ID"
	must delete --force "$first"
	must run --detach --bundle "$BUNDLE" "$ID"
	# A pool that is too small for what the user needs.
	site_policy '{"hardened": {"pool": {"first": 1048576, "last": 1114111}}}'
	bundle '.process.user.uid = 70000'
	refused 'no range of 131072 host ids is free.*room for 0 such ranges' create --bundle "$BUNDLE" "$ID"
	[ ! -e "$STATE/$ID" ]
}

@test "a pool that the site chose and others have ids of is refused, and says whose" {
	own_registry
	host_file subuid $'bob:100000:65536\nbob:1114112:65536'
	host_file subgid 'eve:1179648:10'
	site_policy '{"hardened": {"pool": {"first": 1048576, "last": 1310719}}}'
	bundle
	refused 'others have ids of the pool.*bob in /etc/subuid: 1114112 to 1179647, eve in /etc/subgid: 1179648 to 1179657; .*4 such ranges, 2 of them free, and containers hold 0' \
		create --bundle "$BUNDLE" "$ID"
	[ ! -e "$STATE/$ID" ]
	# What is built in leaves them out.
	site_policy '{}'
	host_file subuid $'bob:524288:65536\nbob:655360:1'
	start_container
	equal 589824 "$(first_id "$PID")" "the one between them"
	host_file subuid 'bob:524288:1878523904'
	bundle
	refused 'no range of 65536 host ids is free.*28664 such ranges, 0 of them free, and containers hold 1.*the host has given away bob in /etc/subuid: 524288 to' \
		create --bundle "$BUNDLE" "$ID"
	# So does a user of the host's whose id lies there.
	host_file subuid ''
	host_file passwd $'root:x:0:0::/root:/bin/sh\nfar:x:786432:786432::/:/bin/sh'
	site_policy '{"hardened": {"pool": {"first": 786432, "last": 917503}}}'
	refused 'far in /etc/passwd: 786432 to 786432' create --bundle "$BUNDLE" "$ID"
}

@test "the pool is what an owner has in /etc/subuid and /etc/subgid" {
	own_registry
	site_policy '{"hardened": {"pool": {"subordinate": "containers"}}}'
	host_file subuid $'bob:100000:65536\ncontainers:1000000:200000\ncontainers:4294836224:131072'
	host_file subgid $'containers:1000000:100000\ncontainers:1100000:100000\nbob:100000:65536\ncontainers:4294836224:131072'
	start_container
	equal 1048576 "$(first_id "$PID")" "the first multiple"
	start_container
	equal 1114112 "$(first_id "$PID")"
	start_container
	equal 4294836224 "$(first_id "$PID")" "the last one, without the id that is none"
	bundle
	refused "no range of 65536 host ids is free: the pool of 'containers' in /etc/subuid has room for 3 such ranges" create --bundle "$BUNDLE" "$ID"
	# The two files do not agree, one has nothing, or there is no whole range.
	host_file subgid $'containers:1000000:100000'
	refused "the first gives 1000000 to 1199999, 4294836224 to 4294967295, the second 1000000 to 1099999; give 'containers' the same in both" \
		create --bundle "$BUNDLE" "$ID"
	host_file subgid 'bob:100000:65536'
	refused "the second none" create --bundle "$BUNDLE" "$ID"
	host_file subuid 'containers:100000:65536'
	host_file subgid 'containers:100000:65536'
	refused "100000 to 165535, holds no whole range: ranges of the policy's pool begin at multiples of 65536" create --bundle "$BUNDLE" "$ID"
	# Somebody else has some of it.
	host_file subuid $'containers:1000000:200000\nbob:1048576:10'
	host_file subgid 'containers:1000000:200000'
	refused 'others have ids of the pool.*bob in /etc/subuid: 1048576 to 1048585' create --bundle "$BUNDLE" "$ID"
	[ ! -e "$STATE/$ID" ]
}

@test "a container whose record outlived a reboot is deleted, and keeps its range from nobody" {
	local old first
	own_registry
	site_policy '{"hardened": {"pool": {"first": 1048576, "last": 1114111}}}'
	start_container
	old=$ID
	# What is in memory is gone with the processes, what is on disk is not.
	kill -9 "$PID"
	wait_for_status "$old" stopped
	rm /run/orlop/ids/*
	start_container
	equal 1048576 "$(first_id "$PID")"
	must delete --force "$old"
	[ ! -e "$STATE/$old" ]
	[ -e /run/orlop/ids/1048576 ]
	grep -q "$ID" /run/orlop/ids/1048576
	grep -q '^State:.[RSD]' "/proc/$PID/status"
}

@test "ids lists every range with its container, and what is free" {
	local first created
	own_registry
	site_policy '{"hardened": {"pool": {"first": 1048576, "last": 1572863}}}'
	start_container
	first=$ID
	create_container '.process.user.uid = 70000'
	created=$ID
	hold 1310720 1
	: >/run/orlop/ids/1376256
	hold 3145728 1
	must ids
	matches "^FIRST +COUNT +STATUS +ID +ROOT +NOTE"$'\n'"1048576 +65536 +running +$first +$STATE" "$output"
	matches $'\n'"1114112 +131072 +created +$created +$STATE" "$output"
	matches $'\n'"1310720 +65536 +unreadable +held-0 +/elsewhere" "$output"
	matches $'\n'"1376256 +65536 +leftover +- +-" "$output"
	matches $'\n'"3145728 +65536 +unreadable +held-0 +/elsewhere +outside the pool" "$output"
	matches $'\n\n'"the pool 1048576 to 1572863: 8 ranges of 65536 ids, 4 held, 3 free" "$output"
	must ids --format json
	equal 1 "$(wc -l <<<"$output")" lines
	equal '{"name":"the pool 1048576 to 1572863","range":65536,"total":8,"held":4,"free":3,"givenAway":[]}' "$(jq -c .pool <<<"$output")"
	equal "{\"first\":1114112,\"count\":131072,\"id\":\"$created\",\"root\":\"$STATE\",\"status\":\"created\",\"inPool\":true,\"alsoOf\":null}" \
		"$(jq -c '.ranges[1]' <<<"$output")"
	equal 5 "$(jq '.ranges | length' <<<"$output")" ranges
	# Whatever the state directory of the caller; and what the host has given to another by now.
	host_file subuid 'bob:1048576:65536'
	"$ORLOP" --root "$TEST_DIR/nowhere" ids >"$TEST_DIR/ids"
	matches "1048576 +65536 +running +$first +$STATE +also of bob in /etc/subuid" "$(<"$TEST_DIR/ids")"
	matches "left out: bob in /etc/subuid: 1048576 to 1114111" "$(<"$TEST_DIR/ids")"
	# Its state is gone, and its process is not.
	mv "$STATE/$first" "$TEST_DIR/kept"
	must ids
	matches "1048576 +65536 +processes +$first +$STATE" "$output"
	mv "$TEST_DIR/kept" "$STATE/$first"
	must delete --force "$first"
	must ids
	! matches "$first " "$output" >/dev/null
	# Nobody but root is told.
	! setpriv --reuid=1000 --regid=1000 --clear-groups "$ORLOP" ids >"$TEST_DIR/out" 2>"$TEST_DIR/err" || return 1
	matches "root, who alone can list them" "$(<"$TEST_DIR/err")"
	equal '' "$(<"$TEST_DIR/out")"
}

# ---- mappings that an engine made -------------------------------------------------------------

# shifted HOST-ID: the root file system belongs to it, as the engine leaves it.
shifted() {
	rm -rf "$TEST_DIR/rootfs"
	busybox_rootfs
	copied_rootfs
	chown -hR "$1:$1" "$ROOTFS"
}

# held_by_us: ranges of the registry that name a container of this test.
held_by_us() { grep -ls "$MARK-" /run/orlop/ids/[0-9]* 2>/dev/null | wc -l; }

@test "Podman's --userns=auto: a range of a thousand ids is taken as it is" {
	shifted 2147483648
	start_script 'stat -c %u:%g /bin/busybox; cat /proc/self/uid_map' \
		'.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 2147483648, size: 1024}] |
		.linux.gidMappings = .linux.uidMappings | .process.user = {uid: 1000, gid: 1000}'
	equal "0:0 0 2147483648 1024" "$(xargs <<<"$output")"
	equal 2147484648 "$(stat -c %u "/proc/$PID")" "host id of user 1000"
	no_option idmapped "$PID" /
	equal 0 "$(held_by_us)" "ranges of the registry"
	# The engine's range has no more ids, and gets none.
	bundle '.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 2147483648, size: 1024}] |
		.linux.gidMappings = .linux.uidMappings | .process.user.uid = 2000'
	refused '/process/user/uid: 2000 is not mapped' create --bundle "$BUNDLE" "$ID"
}

@test "Docker's userns-remap: containers share the range of the daemon" {
	local first
	shifted 165536
	disk_dir volume
	chown 165536:165536 "$DIR"
	local remapped='.mounts += [{destination: "/dev/v", type: "bind", source: $d, options: ["rbind", "rprivate"]}]'
	start_script 'id -u; echo one >/dev/v/one; stat -c %u /bin/busybox /dev/v' "$engine_ids | $remapped" --argjson first 165536 --arg d "$DIR"
	first=$PID
	equal '0 0 0' "$(xargs <<<"$output")"
	start_script 'cat /dev/v/one; stat -c %u /dev/v/one' "$engine_ids | $remapped" --argjson first 165536 --arg d "$DIR"
	equal 'one 0' "$(xargs <<<"$output")"
	equal "165536 165536" "$(first_id "$first") $(first_id "$PID")" "first host ids"
	equal 165536 "$(stat -c %u "$DIR/one")" "owner on disk"
	[ "$(namespace_of "$first" user)" != "$(namespace_of "$PID" user)" ]
	no_option idmapped "$PID" /
	no_option idmapped "$PID" /dev/v
	equal 0 "$(held_by_us)" "ranges of the registry"
}

@test "Kubernetes' hostUsers: false: volumes are mapped as the kubelet says, and the root is not" {
	shifted 131072
	disk_dir volume
	echo text >"$DIR/file"
	chown 1000:1000 "$DIR/file"
	start_script 'stat -c %u:%g /bin/busybox /dev/v/file; echo new >/dev/v/new' \
		"$engine_ids"' | .mounts += [{destination: "/dev/v", type: "bind", source: $d, options: ["rbind", "idmap"],
			uidMappings: .linux.uidMappings, gidMappings: .linux.gidMappings}]' --argjson first 131072 --arg d "$DIR"
	equal '0:0 1000:1000' "$(xargs <<<"$output")"
	equal '0 131072 65536' "$(xargs <"/proc/$PID/uid_map")" uid_map
	equal 0 "$(stat -c %u "$DIR/new")" "owner on disk"
	has_option idmapped "$PID" /dev/v
	no_option idmapped "$PID" /
	equal 0 "$(held_by_us)" "ranges of the registry"
}

@test "mappings of the configuration with an id of another container's range or of the host's root are refused" {
	local first last holder id
	start_container
	holder=$ID
	first=$(first_id "$PID")
	last=$((first + 65535))
	for id in "$((first - 65535))" "$first" "$((first + 5))" "$last"; do
		bundle "$engine_ids" --argjson first "$id"
		refused "rule host-ids of policy hardened: host ids $id to $((id + 65535)) belong to container $STATE $holder" create --bundle "$BUNDLE" "$ID"
		[ ! -e "$STATE/$ID" ]
	done
	# Of the group ids, of the last of several, and of one among very many.
	bundle "$engine_ids"' | .linux.gidMappings = [{containerID: 0, hostID: 200000, size: 10}, {containerID: 10, hostID: $last, size: 1}]' \
		--argjson first 200000 --argjson last "$last"
	refused "rule host-ids.*host ids $last to $last belong to.*/linux/gidMappings" create --bundle "$BUNDLE" "$ID"
	bundle "$engine_ids"' | .linux.uidMappings[0].size = 4000000000' --argjson first 200000
	refused "rule host-ids.*host ids 200000 to 4000199999 belong to container" create --bundle "$BUNDLE" "$ID"
	bundle "$engine_ids" --argjson first 0
	refused 'rule host-ids of policy hardened: host id 0 is mapped' create --bundle "$BUNDLE" "$ID"
	# Free again, they are the engine's to use.
	must delete --force "$holder"
	start_container "$engine_ids"' | .root.path = $r' --argjson first "$first" --arg r "$ROOTFS"
	equal "$first" "$(first_id "$PID")"
}

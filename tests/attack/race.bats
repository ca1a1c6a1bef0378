# SPDX-License-Identifier: Apache-2.0
# Copyright the orlop authors
#
# While containers start, a name on the way to what the runtime opens is now a directory, now a link out of
# the image. Whichever it finds: nothing outside is made, changed, mounted or mounted over.

load ../lib/orlop

setup() {
	orlop_setup
	require_root
	require_helper racer
	own_rootfs
	CANARY=$TEST_DIR/canary
	mkdir -p "$CANARY"/{pts,sys,self,new}
	echo x >"$CANARY/target"
	echo x >"$CANARY/console"
	find "$CANARY" -exec touch -h -d 2001-01-01 {} +
	BEFORE=$(manifest)
	RACER=''
	SECONDS_OF_RACE=5
	[ "${ORLOP_SLOW:-1}" -eq 1 ] || SECONDS_OF_RACE=8
}

teardown() {
	[ -z "$RACER" ] || kill "$RACER" 2>/dev/null || :
	orlop_teardown
}

manifest() { find "$CANARY" -printf '%P %y %m %U:%G %i %s %T@\n' | sort; }

# race NAME LINK-TARGET JQ-FILTER: containers start while NAME of the image is exchanged.
race() { untraced race_through "$@"; }
race_through() {
	local name=$1 target=$2 filter=$3 end policy=oci went=0 refused=0 sha
	sha=$(sha256sum "$ORLOP")
	mkdir -p "$ROOTFS/$name"
	ln -s "$target" "$ROOTFS/link"
	"$ORLOP_HELPERS/racer" "$SECONDS_OF_RACE" "$ROOTFS/$name" "$ROOTFS/link" >"$TEST_DIR/exchanges" 3>&- &
	RACER=$!
	bundle "$filter"
	end=$((SECONDS + SECONDS_OF_RACE))
	while [ "$SECONDS" -lt "$end" ]; do
		[ "$policy" = oci ] && policy=hardened || policy=oci
		GLOBAL=(--policy "$policy")
		rm -f "$BUNDLE/pid"
		runtime run --detach --bundle "$BUNDLE" --pid-file "$BUNDLE/pid" "$ID"
		if [ "$status" -eq 0 ]; then
			went=$((went + 1))
			! awk '{ print $4 }' "/proc/$(<"$BUNDLE/pid")/mountinfo" | grep canary || return 1
			must delete --force "$ID" || return
		else
			refused=$((refused + 1))
			[ ! -e "$STATE/$ID" ] || { show_call "state is left"; return 1; }
		fi
		equal "$BEFORE" "$(manifest)" "the directory outside" || return
	done
	wait "$RACER"
	RACER=''
	echo "# $name: $went containers, $refused refusals, $(<"$TEST_DIR/exchanges") exchanges" >&3
	[ $((went + refused)) -gt 0 ]
	[ "$(<"$TEST_DIR/exchanges")" -gt 100 ]
	equal "$sha" "$(sha256sum "$ORLOP")"
}

@test "a target that is exchanged for a link while it is made" {
	mkdir "$TEST_DIR/volume"
	race way "$CANARY" ".root.readonly = false | .mounts += [
		{destination: \"/way/new/deep\", type: \"bind\", source: \"$TEST_DIR/volume\", options: [\"bind\"]},
		{destination: \"/way/target\", type: \"bind\", source: \"/etc/hostname\", options: [\"bind\", \"ro\"]},
		{destination: \"/way/tmp\", type: \"tmpfs\", source: \"tmpfs\"}]"
}

@test "/proc that is exchanged for a link" {
	rmdir "$ROOTFS/proc"
	race proc "$CANARY" '.'
}

@test "/dev that is exchanged for a link" {
	rm -rf "${ROOTFS:?}/dev"
	race dev "$CANARY" '.mounts |= map(select(.destination | startswith("/dev") | not)) | .process.terminal = false'
}

@test "a working directory that is exchanged for a link" {
	race cwd "/proc/self/fd/7" '.process.cwd = "/cwd" | .process.args = ["sleep", "1000"]'
}

@test "a masked and a read-only path that are exchanged for links" {
	race hidden "$CANARY" '.linux.maskedPaths += ["/hidden", "/hidden/target"] | .linux.readonlyPaths += ["/hidden", "/hidden/sys"]'
}

@test "a directory that a tmpfs takes over is exchanged for a link" {
	race taken "$CANARY" '.mounts += [{destination: "/taken", type: "tmpfs", source: "tmpfs", options: ["tmpcopyup", "size=1m"]}]'
}

# ---- the same, at moments that are chosen -----------------------------------------------------

# swap_each NAME OTHER JQ-FILTER CALL...: NAME and OTHER of the image are exchanged before each of the
# first process's system calls with these numbers, one at a time; in a guest before some of them.
swap_each() { untraced swap_through "$@"; }
swap_through() {
	local name=$1 other=$2 filter=$3 call count nth step tried=0 policy
	shift 3
	[ "$(uname -m)" = x86_64 ] || skip "has the system call numbers of x86-64"
	require_helper killafter
	for policy in hardened oci; do
		GLOBAL=(--policy "$policy")
		bundle "$filter"
		under trace "$TEST_DIR/trace" -- run --detach --bundle "$BUNDLE" "$ID"
		equal 0 "$status" "status without an exchange" || { cat "$TEST_DIR/under"; return 1; }
		must delete --force "$ID" || return
		for call; do
			count=$(grep -c "^child $call " "$TEST_DIR/trace")
			step=1
			[ "${ORLOP_SLOW:-1}" -eq 1 ] || step=$((count / 3 + 1))
			for ((nth = 1; nth <= count; nth += step)); do
				tried=$((tried + 1))
				under swap child "$call" "$nth" "$ROOTFS/$name" "$ROOTFS/$other" -- \
					run --detach --bundle "$BUNDLE" --pid-file "$BUNDLE/pid" "$ID"
				swapped "$policy, $name, call $call, number $nth" "$call" || { cat "$TEST_DIR/under"; return 1; }
				# Back to where they were: a move that did not come has changed nothing.
				[ "$status" -eq 125 ] || exchange "$name" "$other"
			done
		done
	done
	echo "# $name: $tried moments" >&3
	[ "$tried" -ge 6 ]
}

exchange() {
	mv -T "$ROOTFS/$1" "$ROOTFS/exchanged" && mv -T "$ROOTFS/$2" "$ROOTFS/$1" && mv -T "$ROOTFS/exchanged" "$ROOTFS/$2"
}

# must_after STATUS ARGUMENT...: as must, and status is set back.
must_after() {
	local saved=$1
	shift
	must "$@" || return
	status=$saved
}

# swapped MOMENT CALL: nothing outside has changed, and a container that runs has its own mounts only.
swapped() {
	local pid
	if [ "$status" -eq 0 ]; then
		pid=$(<"$BUNDLE/pid")
		! awk '{ print $4 }' "/proc/$pid/mountinfo" | grep canary || { echo "$1: the directory outside is mounted"; return 1; }
		# What is opened later than the last look at it may be another thing, and masks go with theirs.
		if [ "$2" = 429 ] || [ "$2" = 155 ]; then
			equal 9fa0 "$(stat -f -c %t "/proc/$pid/root/proc")" "$1: what /proc is" || return
			equal 1:3 "$(stat -L -c %Hr:%Lr "/proc/$pid/root/proc/keys")" "$1: the mask of /proc/keys" || return
		fi
	fi
	must_after "$status" delete --force "$ID" || return
	[ ! -e "$STATE/$ID" ] || { echo "$1: state is left"; return 1; }
	equal "$BEFORE" "$(manifest)" "$1: the directory outside"
}

MOVE_MOUNT=429
PIVOT_ROOT=155
MKDIRAT=258
OPENAT2=437

@test "/proc becomes another directory between any two mounts" {
	mkdir "$ROOTFS/other"
	swap_each proc other . "$MOVE_MOUNT" "$PIVOT_ROOT"
}

@test "/proc, /sys or /dev becomes a link out of the image between any two mounts" {
	local name
	ln -s "$CANARY" "$ROOTFS/link"
	for name in proc sys dev; do
		swap_each "$name" link . "$MOVE_MOUNT" "$PIVOT_ROOT"
	done
}

@test "the way to a target becomes a link at any step of making it" {
	mkdir "$TEST_DIR/volume" "$ROOTFS/way"
	ln -s "$CANARY" "$ROOTFS/link"
	swap_each way link ".root.readonly = false | .mounts += [
		{destination: \"/way/new/deep\", type: \"bind\", source: \"$TEST_DIR/volume\", options: [\"bind\"]},
		{destination: \"/way/target\", type: \"bind\", source: \"/etc/hostname\", options: [\"bind\", \"ro\"]},
		{destination: \"/way/tmp\", type: \"tmpfs\", source: \"tmpfs\"}]" "$MKDIRAT" "$MOVE_MOUNT"
}

@test "the working directory becomes a link at any look-up" {
	mkdir "$ROOTFS/cwd"
	ln -s /proc/self/fd/3 "$ROOTFS/link"
	swap_each cwd link '.process.cwd = "/cwd" | .process.args = ["sleep", "1000"]' "$OPENAT2"
}

# SPDX-License-Identifier: Apache-2.0
# Copyright the orlop authors
#
# Options, each by what it changes: those before the command, and those of commands that read a bundle.

load ../lib/orlop
load support

setup() {
	orlop_setup
	GLOBAL=(--policy oci)
}

# both FUNCTION: for create and for run --detach, in the words of CALL.
both() {
	CALL=(create)
	"$1"
	CALL=(run --detach)
	"$1"
}

@test "--root is where containers are remembered, and nobody else sees them" {
	create_container
	equal 700 "$(stat -c %a "$STATE")" "mode of the state directory"
	[ -d "$STATE/$ID" ]
	must list --quiet
	equal "$ID" "$output"
	"$ORLOP" --root="$STATE" state "$ID"
	mkdir -m 700 "$TEST_DIR/other"
	status=0
	errors=$("$ORLOP" --root "$TEST_DIR/other" state "$ID" 2>&1) || status=$?
	exits 1
	matches "container $ID does not exist" "$errors"
}

@test "without --root containers are in /run/orlop, and none are listed where it is missing" {
	[ "${ORLOP_ISOLATE:-}" = 1 ] || skip "uses /run/orlop: run it by tests/run/here"
	local runtime_directory=/run/runtime-$$
	bundle
	ORLOP_TEST=$MARK- "$ORLOP" --policy oci create --bundle "$BUNDLE" "$ID" >"$TEST_DIR/out" 2>&1 3>&-
	[ -d "/run/orlop/$ID" ]
	status=0
	output=$("$ORLOP" list --quiet) || status=$?
	"$ORLOP" delete --force "$ID"
	exits 0
	matches "(^|"$'\n'")$ID(\$|"$'\n'")" "$output"
	# An ordinary user's are in XDG_RUNTIME_DIR, where this one has none yet.
	mkdir -m 755 "$runtime_directory"
	output=$(XDG_RUNTIME_DIR=$runtime_directory setpriv --reuid=1000 --regid=1000 --clear-groups "$ORLOP" list)
	matches '^ID +PID +STATUS +BUNDLE +CREATED +OWNER$' "$output"
	rmdir "$runtime_directory"
}

# levels_of FILE: the levels of its lines, each once.
levels_of() { sed -n 's/^time="[^"]*" level=\([a-z]*\) msg=".*"$/\1/p' "$1" | sort -u | tr '\n' ' '; }

@test "--log-level and --debug choose what is logged" {
	local row level
	for row in 'error|' 'warning|warning ' 'warn|warning ' 'info|warning ' 'debug|debug warning '; do
		level=${row%%|*}
		GLOBAL=(--policy oci --log "$TEST_DIR/$level" --log-level "$level")
		bundle
		must create --no-subreaper --bundle "$BUNDLE" "$ID"
		equal "${row#*|}" "$(levels_of "$TEST_DIR/$level")" "levels of --log-level $level"
		equal '' "$errors" "standard error"
	done
	GLOBAL=(--policy oci --log "$TEST_DIR/all" --debug)
	bundle
	must create --no-subreaper --bundle "$BUNDLE" "$ID"
	equal 'debug warning ' "$(levels_of "$TEST_DIR/all")" "levels of --debug"
	# On standard error, remarks are for those who ask.
	GLOBAL=(--policy oci --log-level info)
	bundle '(.process.capabilities[]) += ["CAP_FLYING"]'
	must create --bundle "$BUNDLE" "$ID"
	matches 'orlop: info: passed over: /process/capabilities/bounding/3' "$errors"
	GLOBAL=(--policy oci)
	bundle '(.process.capabilities[]) += ["CAP_FLYING"]'
	must create --bundle "$BUNDLE" "$ID"
	equal '' "$errors" "by default"
	GLOBAL=(--log-level loud)
	refused "option '--log-level': 'loud' is none of" list
	GLOBAL=()
}

@test "--log appends, takes file: before the path, and the error is on standard error too" {
	GLOBAL=(--log "$TEST_DIR/log")
	refused . state no-such-one
	equal 'orlop: container no-such-one does not exist' "$errors"
	GLOBAL=(--log "file:$TEST_DIR/log")
	refused . state no-such-two
	equal $'no-such-one\nno-such-two' "$(grep -o 'no-such-[a-z]*' "$TEST_DIR/log")" log
	equal 600 "$(stat -c %a "$TEST_DIR/log")" "mode of the log"
	GLOBAL=(--log journald:orlop)
	refused "option '--log': 'journald:orlop': orlop logs to files only" list
	GLOBAL=(--log "$TEST_DIR/no/such/log")
	refused "open the log '$TEST_DIR/no/such/log'" list
}

@test "--log-format json is for standard error too where there is no log" {
	GLOBAL=(--log-format json)
	refused . state no-such
	jq -e -s 'length == 1 and (.[0] | .level == "error" and .msg == "container no-such does not exist" and
		(.time | test("^20[0-9-]+T[0-9:.]+Z$")))' <<<"$errors"
	GLOBAL=(--log "$TEST_DIR/log" --log-format text)
	refused . state no-such
	matches '^time="20[0-9TZ:.-]+" level=error msg="container no-such does not exist"$' "$(<"$TEST_DIR/log")"
}

@test "--rootless changes nothing, whatever it says" {
	local word
	GLOBAL=(--rootless perhaps)
	bundle
	refused "'--rootless'" create --bundle "$BUNDLE" "$ID"
	for word in false auto true; do
		GLOBAL=(--policy oci --rootless "$word")
		start_container
		same_namespace "$PID" self user
	done
}

@test "--systemd-cgroup and the systemd manager need a system bus" {
	local options
	[ ! -S /run/dbus/system_bus_socket ] || skip "needs a host without a system bus"
	bundle
	for options in --systemd-cgroup --cgroup-manager=systemd; do
		GLOBAL=(--policy oci "$options")
		refused 'there is no system bus' create --bundle "$BUNDLE" "$ID"
	done
	GLOBAL=(--policy oci --systemd-cgroup=false)
	must create --bundle "$BUNDLE" "$ID"
}

@test "--cgroup-manager cgroupfs makes a cgroup, unknown ones are refused" {
	GLOBAL=(--policy oci --cgroup-manager cgroupfs)
	start_container
	grep -qx "$PID" "/sys/fs/cgroup/$ID/cgroup.procs"
	GLOBAL=(--policy oci --cgroup-manager lxc)
	refused "option '--cgroup-manager': 'lxc' is none of" create --bundle "$BUNDLE" "$ID"
	GLOBAL=()
}

config_is_read() {
	bundle '.hostname = "of-config"'
	jq '.hostname = "of-other"' "$BUNDLE/config.json" >"$BUNDLE/other.json"
	must "${CALL[@]}" --config other.json --bundle "$BUNDLE" --pid-file "$BUNDLE/pid" "$ID"
	equal of-other "$(nsenter -t "$(<"$BUNDLE/pid")" -u cat /proc/sys/kernel/hostname)" "of ${CALL[0]}"
	must plan -f other.json --bundle "$BUNDLE"
	equal of-other "$(jq -r .hostname <<<"$output")" plan
	bundle
	refused "the bundle '$BUNDLE' has no other.json" "${CALL[@]}" --config other.json --bundle "$BUNDLE" "$ID"
}

@test "--config names another file of the bundle, for create, run and plan" {
	both config_is_read
}

bundle_and_pid_file_are_the_callers() {
	bundle
	cd "$TEST_DIR"
	must "${CALL[@]}" --bundle "$ID" --pid-file "$ID.pid" "$ID"
	must state "$ID"
	equal "$BUNDLE $(<"$TEST_DIR/$ID.pid")" "$(jq -r '"\(.bundle) \(.pid)"' <<<"$output")" "of ${CALL[0]}"
}

@test "--bundle and --pid-file may be relative to the caller's directory, for create and run" {
	both bundle_and_pid_file_are_the_callers
}

descriptors_are_kept() {
	bundle '.process.args = ["sleep", "1000"]'
	ORLOP_TEST=$MARK- "$ORLOP" --root "$STATE" --policy oci "${CALL[@]}" --preserve-fds 2 --pid-file "$BUNDLE/pid" \
		--bundle "$BUNDLE" "$ID" >"$TEST_DIR/out" 2>&1 3<"$TEST_DIR/three" 4>&- 5<"$TEST_DIR/three"
	[ "${CALL[0]}" = run ] || must start "$ID"
	# The fourth was closed, the fifth not asked for.
	equal '0 1 2 3' "$(ls "/proc/$(<"$BUNDLE/pid")/fd" | tr '\n' ' ' | sed 's/ $//')" "of ${CALL[0]}"
	equal three "$(<"/proc/$(<"$BUNDLE/pid")/fd/3")"
}

@test "--preserve-fds hands descriptors on, for create and run" {
	echo three >"$TEST_DIR/three"
	both descriptors_are_kept
}

keyring_is_kept() {
	bundle '.process.args = ["sh", "-c", "probe keyring; sleep 1000"]'
	ORLOP_TEST=$MARK- "$ORLOP_HELPERS/probe" session "$TEST_DIR/serial" "$ORLOP" --root "$STATE" --policy oci \
		"${CALL[@]}" "$@" --bundle "$BUNDLE" "$ID" >"$TEST_DIR/keyring" 2>&1 3>&-
	[ "${CALL[0]}" = run ] || must start "$ID"
	wait_for 10 grep -q '^keyring ' "$TEST_DIR/keyring"
}
keyrings() {
	keyring_is_kept --no-new-keyring
	equal "$(<"$TEST_DIR/serial")" "$(<"$TEST_DIR/keyring")" "of ${CALL[0]} --no-new-keyring"
	keyring_is_kept
	[ "$(<"$TEST_DIR/serial")" != "$(<"$TEST_DIR/keyring")" ]
}

@test "--no-new-keyring leaves the caller's keyring, for create and run" {
	with_probe
	both keyrings
}

subreaper_is_accepted() {
	bundle
	must "${CALL[@]}" --no-subreaper --bundle "$BUNDLE" "$ID"
	equal "orlop: warning: option '--no-subreaper' changes nothing: orlop is never a subreaper" "$errors" "of ${CALL[0]}"
}

@test "--no-subreaper is accepted with a warning, by create and run" {
	both subreaper_is_accepted
}

chroot_is_for_oci() {
	local policy
	for policy in hardened baseline; do
		GLOBAL=(--policy "$policy")
		bundle
		refused "policy $policy needs pivot_root" "${CALL[@]}" --no-pivot --bundle "$BUNDLE" "$ID"
		[ ! -e "$STATE/$ID" ]
		must "${CALL[@]}" --no-pivot=false --bundle "$BUNDLE" "$ID"
	done
	GLOBAL=(--policy oci)
	bundle '.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 600000, size: 1000}] |
		.linux.gidMappings = .linux.uidMappings'
	refused 'mount namespace that a user namespace owns' "${CALL[@]}" --no-pivot --bundle "$BUNDLE" "$ID"
	[ ! -e "$STATE/$ID" ]
}

@test "--no-pivot is refused by every policy but oci, by create and run" {
	both chroot_is_for_oci
}

@test "--help ends a call that would have done something, and names the options" {
	local command help
	bundle
	for command in create run plan; do
		must "$command" --help --bundle "$BUNDLE" "$ID"
		matches "^usage: orlop \\[OPTION...\\] $command "$'.*\n  -b, --bundle DIR ' "$output"
		[ ! -e "$STATE" ]
		help=$output
		must help "$command"
		equal "$help" "$output" "help $command"
	done
	must -h
	matches $'^usage: orlop .*\ncommands:\n  create +ID .*\n +--root DIR ' "$output"
	help=$output
	must help
	equal "$help" "$output" help
}

# SPDX-License-Identifier: Apache-2.0
# Copyright the orlop authors
#
# Terminals: relayed in the foreground, handed to an engine through --console-socket.

load ../lib/orlop
load support

setup() {
	orlop_setup
	GLOBAL=(--policy oci)
}

terminal='.process.terminal = true | .process.consoleSize = {height: 33, width: 111}'

@test "in the foreground the terminal works without one of the caller's" {
	bundle "$terminal"' | .process.args = ["sh", "-c", "tty; stty size; ls -l /dev/console; echo x >/dev/console; test -t 0 && test -t 2 && echo all"]'
	must run --bundle "$BUNDLE" "$ID"
	equal $'/dev/pts/0\n33 111' "$(head -n 2 "$OUT")"
	matches 'crw.* 136, +0 .*/dev/console' "$output"
	matches $'\nx\nall$' "$output"
	# No line ends with a carriage return.
	! grep -q $'\r' "$OUT" || return 1
}

# typed_when_ready TEXT: the bundle runs in the foreground; its input is TEXT, once it has said that it
# is ready, and the end. Sets status, output.
typed_when_ready() {
	: >"$TEST_DIR/terminal"
	status=0
	{ wait_for 20 grep -q ready "$TEST_DIR/terminal" && printf "$1"; } |
		ORLOP_TEST=$MARK- "$ORLOP" --root "$STATE" "${GLOBAL[@]}" run --bundle "$BUNDLE" "$ID" \
		>"$TEST_DIR/terminal" 2>&1 3>&- || status=$?
	output=$(<"$TEST_DIR/terminal")
}

@test "the caller's input, and its end, reach the terminal" {
	bundle "$terminal"' | .process.args = ["sh", "-c", "stty -echo; echo ready; cat; echo end $?"]'
	typed_when_ready 'typed\n'
	exits 0
	equal $'ready\ntyped\nend 0' "$output"
}

# typed TEXT: the bundle runs in the foreground with this input, and ends by itself. Sets status, output.
typed() {
	status=0
	output=$(printf "$1" | ORLOP_TEST=$MARK- timeout -s KILL "$((20 * ${ORLOP_SLOW:-1}))" \
		"$ORLOP" --root "$STATE" "${GLOBAL[@]}" run --bundle "$BUNDLE" "$ID" 2>&1 3>&-) || status=$?
}

@test "a shell that edits its lines ends with the caller's input" {
	local policy
	for policy in oci hardened; do
		GLOBAL=(--policy "$policy")
		bundle "$terminal"' | .process.args = ["sh"]'
		typed ''
		exits 0
		# What runs in it meets the end as well, and after it the shell does.
		bundle "$terminal"' | .process.args = ["sh"]'
		typed 'echo typed-$((40 + 2))\ncat; sleep 1; read x; echo read $?\n'
		exits 0
		matches 'typed-42.*read 1' "$output"
	done
}

@test "the end of the caller's input is not typed at a program that does not read" {
	bundle "$terminal"' | .process.args = ["sh", "-c", "stty -icanon -echo; echo ready; sleep 3; dd bs=100 count=1 2>/dev/null | od -An -tx1; exit 5"]'
	typed_when_ready abc
	exits 5
	equal $'ready\n 61 62 63 04' "$output"
}

@test "output goes to a pipe as well, and the status comes back" {
	bundle "$terminal"' | .process.args = ["sh", "-c", "seq 1 5000; exit 9"]'
	status=0
	output=$(ORLOP_TEST=$MARK- "$ORLOP" --root "$STATE" --policy oci run --bundle "$BUNDLE" "$ID" </dev/null 2>"$TEST_DIR/err" 3>&-) || status=$?
	errors=$(<"$TEST_DIR/err")
	exits 9
	equal "$(seq 1 5000 | sha256sum)" "$(sha256sum <<<"$output")" output
}

@test "a terminal of the caller's is set back, and its size handed on" {
	require_program script
	# The size may come a moment after the start.
	bundle '.process.terminal = true | .process.args = ["sh", "-c", "while [ \"$(stty size)\" != \"44 99\" ]; do sleep 0.05; done; stty size"]'
	printf '%s\n' '#!/bin/sh' 'stty rows 44 cols 99; stty -g >before' \
		'"$ORLOP" --root "$STATE" --policy oci run --bundle "$BUNDLE" "$ID" >inside 2>&1' 'echo "status $?" >status; stty -g >after' \
		>"$TEST_DIR/session"
	chmod 755 "$TEST_DIR/session"
	cd "$TEST_DIR"
	ORLOP_TEST=$MARK- STATE=$STATE BUNDLE=$BUNDLE ID=$ID ORLOP=$ORLOP script -qec "$TEST_DIR/session" /dev/null </dev/null >"$TEST_DIR/typescript" 3>&-
	equal 'status 0' "$(<status)"
	equal "$(<before)" "$(<after)" "the caller's mode"
	matches '44 99' "$(<inside)" "size inside"
}

# with_receiver [SECONDS]: a socket that an engine listens on, from now or a moment later.
with_receiver() {
	require_helper recvtty
	SOCKET=$TEST_DIR/tty.sock
	rm -f "$SOCKET"
	mkfifo "$TEST_DIR/keys"
	( sleep "${1:-0}"; exec "$ORLOP_HELPERS/recvtty" "$SOCKET" "$TEST_DIR/tty" <>"$TEST_DIR/keys" ) >"$TEST_DIR/receiver" 2>&1 3>&- &
	RECEIVER=$!
	[ -n "${1:-}" ] || wait_for 10 test -S "$SOCKET"
}

@test "an engine gets the terminal with one message" {
	with_receiver
	bundle "$terminal"' | .process.args = ["sh", "-c", "tty; trap \"echo interrupted; exit 3\" INT; echo ready; while :; do sleep 0.05; done"] |
		.process.user = {uid: 1000, gid: 1000}'
	must create --console-socket "$SOCKET" --pid-file "$BUNDLE/pid" --bundle "$BUNDLE" "$ID"
	PID=$(<"$BUNDLE/pid")
	wait_for 10 test -s "$TEST_DIR/tty.message"
	equal '/dev/pts/0 10 1 33x111' "$(<"$TEST_DIR/tty.message")" "name, bytes, descriptors, size"
	must start "$ID"
	wait_for 20 grep -q ready "$TEST_DIR/tty"
	equal $'/dev/pts/0\r' "$(head -n 1 "$TEST_DIR/tty")" "an engine's terminal keeps ONLCR"
	equal "0 1 2" "$(ls "/proc/$PID/fd" | tr '\n' ' ' | sed 's/ $//')" descriptors
	equal 1000 "$(stat -c %u "/proc/$PID/root/dev/pts/0")" "owner of the terminal"
	# It is the controlling terminal: control-C comes as a signal.
	printf '\003' >"$TEST_DIR/keys"
	wait_for 20 grep -q interrupted "$TEST_DIR/tty"
	wait_for_status "$ID" stopped
	wait "$RECEIVER"
}

@test "an engine may begin to listen a moment later" {
	with_receiver 0.2
	bundle "$terminal"' | .process.args = ["sh", "-c", "echo hello"]'
	must run --detach --console-socket "$SOCKET" --bundle "$BUNDLE" "$ID"
	wait "$RECEIVER"
	matches hello "$(<"$TEST_DIR/tty")"
}

@test "a terminal needs somebody to hold it" {
	bundle "$terminal"
	refused terminal create --bundle "$BUNDLE" "$ID"
	refused terminal run --detach --bundle "$BUNDLE" "$ID"
	bundle
	refused terminal create --console-socket "$TEST_DIR/no.sock" --bundle "$BUNDLE" "$ID"
	bundle "$terminal"
	refused console-socket create --console-socket "$TEST_DIR/no.sock" --bundle "$BUNDLE" "$ID"
}

# SPDX-License-Identifier: Apache-2.0
# Copyright the orlop authors
#
# Hooks run with the power of the runtime: who else may decide what they are, what they leave behind,
# and what one can do that does not behave.

load ../lib/orlop
load ../run/support

# In PLACE only root can write; what hooks write is in LOG, in the container /log.
setup() {
	orlop_setup
	require_root
	[ "${ORLOP_ISOLATE:-}" = 1 ] || skip "writes /etc: run it by tests/run/here"
	GLOBAL=(--policy hardened)
	PLACE=/etc/orlop-hooks
	LOG=$PLACE/log
	mkdir -m 755 "$PLACE"
	mkdir "$LOG"
	chmod 1777 "$LOG"
	program "$PLACE/good" "echo good >>$LOG/ran"
}

teardown() {
	rm -rf "${PLACE:?}" "${OUTSIDE:-}"
	orlop_teardown
}

# program FILE LINE: a script that only root can write.
program() {
	printf '#!/bin/sh\n%s\n' "$2" >"$1"
	chmod 755 "$1"
}

# hook KIND PATH: a jq filter.
hook() { printf '.hooks.%s += [{path: "%s"}]' "$1" "$2"; }

# script KIND LINE: a jq filter, a hook that is a line of shell.
script() { printf '.hooks.%s += [{path: "/bin/sh", args: ["sh", "-c", %s]}]' "$1" "$(json "$2")"; }

# refuses PATTERN PATH: in every kind of hook that the runtime looks up, under both policies, and nothing ran.
refuses() {
	local -; set +T
	local kind policy
	for policy in hardened baseline; do
		GLOBAL=(--policy "$policy")
		for kind in prestart createContainer poststop; do
			bundle "$(hook createRuntime "$PLACE/good") | $(hook "$kind" "$2")"
			refused "rule hooks of policy $policy: hook program $2: $1 \\(/hooks/$kind/0/path\\)" create --bundle "$BUNDLE" "$ID" || return
			[ ! -e "$LOG/ran" ] && [ ! -e "$STATE/$ID" ] && [ ! -e "/sys/fs/cgroup/$ID" ] || {
				echo "something was done before $kind hook $2 was refused"
				return 1
			}
		done
	done
}

@test "a hook that only root can change is called, through links of root's too" {
	ln -s good "$PLACE/link"
	ln -s "$PLACE/../orlop-hooks" "$PLACE/around"
	program "$PLACE/inside" "echo inside >>$LOG/inside"
	create_container "$(hook prestart "$PLACE/good") | $(hook createRuntime "$PLACE/around/./link") | $(hook createContainer "//etc/orlop-hooks//inside")"
	equal 'good good' "$(xargs <"$LOG/ran")"
	equal inside "$(<"$LOG/inside")"
}

@test "a hook program that others may write, or own, is refused" {
	local name
	for name in world group owned; do
		program "$PLACE/$name" "echo bad >>$LOG/ran"
	done
	chmod o+w "$PLACE/world"
	chmod g+w "$PLACE/group"
	chown 1000 "$PLACE/owned"
	refuses 'world can be written by others than root' "$PLACE/world"
	refuses 'group can be written by others than root' "$PLACE/group"
	refuses 'owned does not belong to root' "$PLACE/owned"
}

@test "a hook program in a directory that others may write, or own, is refused" {
	local name
	for name in world sticky owned; do
		mkdir -p "$PLACE/$name/below"
		program "$PLACE/$name/below/hook" "echo bad >>$LOG/ran"
	done
	chmod o+w "$PLACE/world"
	chmod 1777 "$PLACE/sticky"
	chown 1000 "$PLACE/owned"
	refuses 'world can be written by others than root' "$PLACE/world/below/hook"
	refuses 'sticky can be written by others than root' "$PLACE/sticky/below/hook"
	refuses 'owned does not belong to root' "$PLACE/owned/below/hook"
	# The place that a link lies in counts, and not only where it leads.
	ln -s "$PLACE/good" "$PLACE/world/link"
	refuses 'world can be written by others than root' "$PLACE/world/link"
	refuses 'world can be written by others than root' "$PLACE/world/../good"
}

@test "a hook program that became a link to one of others is refused" {
	mkdir -m 1777 "$PLACE/shared"
	program "$PLACE/shared/hook" "echo bad >>$LOG/ran"
	ln -s "$PLACE/shared/hook" "$PLACE/hook"
	refuses 'shared can be written by others than root' "$PLACE/hook"
}

@test "a hook program behind a link of /proc is refused" {
	refuses 'self is a link of /proc' "/proc/self/root$PLACE/good"
	refuses 'root is a link of /proc' "/proc/1/root$PLACE/good"
	refuses 'exe is a link of /proc' /proc/1/exe
}

@test "a file of the container is no hook program of the runtime's, whoever owns it" {
	copied_rootfs
	OUTSIDE=/opt/orlop-root
	mkdir -p "$OUTSIDE"
	mv "$ROOTFS" "$OUTSIDE/rootfs"
	ROOTFS=$OUTSIDE/rootfs
	chmod 755 "$ROOTFS"
	program "$ROOTFS/bin/hook" "echo bad >>$LOG/ran"
	refuses "rootfs is the container's root file system" "$ROOTFS/bin/hook"
	ln -s "$ROOTFS/bin/hook" "$PLACE/hook"
	refuses "rootfs is the container's root file system" "$PLACE/hook"
}

@test "under oci hooks are whatever the configuration says" {
	GLOBAL=(--policy oci)
	program "$PLACE/world" "echo ran >>$LOG/ran"
	chmod 777 "$PLACE/world"
	create_container "$(hook createRuntime "$PLACE/world")"
	equal ran "$(<"$LOG/ran")"
}

@test "a poststart hook program that others may write by now is not called: start destroys the container" {
	program "$PLACE/later" "echo bad >>$LOG/ran"
	create_container "$(hook poststart "$PLACE/later") | $(hook poststop "$PLACE/good")"
	chmod 777 "$PLACE/later"
	refused 'error running poststart hook #0: rule hooks of policy hardened' start "$ID"
	equal good "$(<"$LOG/ran")"
	[ ! -e "$STATE/$ID" ]
	wait_for 5 no_marked_processes
}

@test "a poststop hook program that others may write by now is not called" {
	program "$PLACE/later" "echo bad >>$LOG/ran"
	start_container "$(hook poststop "$PLACE/later") | $(hook poststop "$PLACE/good")"
	chmod 777 "$PLACE/later"
	must delete --force "$ID"
	matches 'warning: error running poststop hook #0: rule hooks of policy hardened' "$errors"
	equal good "$(<"$LOG/ran")"
}

@test "a createContainer hook program that a hook before has opened to others is not called" {
	program "$PLACE/later" "echo bad >>$LOG/ran"
	program "$PLACE/opens" "chmod 777 $PLACE/later"
	bundle "$(hook createRuntime "$PLACE/opens") | $(hook createContainer "$PLACE/later")"
	refused 'error running createContainer hook #0: rule hooks of policy hardened' create --bundle "$BUNDLE" "$ID"
	[ ! -e "$LOG/ran" ]
}

@test "the hooks rule is that of the policy which made the container" {
	program "$PLACE/later" "echo bad >>$LOG/ran"
	create_container "$(hook poststart "$PLACE/later")"
	chmod 777 "$PLACE/later"
	site_policy '{"hardened": {"items": {"hooks": "off"}}}'
	refused 'rule hooks of policy hardened' start "$ID"
	[ ! -e "$LOG/ran" ]
}

@test "nothing that a createContainer hook leaves behind is in the container's pid namespace" {
	local pid others=''
	create_container "$(script createContainer "setsid sleep 986 >/dev/null 2>&1 </dev/null &
		sleep 986 & (trap '' HUP TERM; sleep 986 & sleep 986) & echo left >>$LOG/ran")"
	equal left "$(<"$LOG/ran")"
	for pid in /proc/[0-9]*; do
		[ "$(readlink "$pid/ns/pid" 2>/dev/null)" != "$(namespace_of "$PID" pid)" ] || others+=" ${pid#/proc/}"
	done
	equal " $PID" "$others" "processes of the container"
	! pgrep -f '^sleep 986$'
}

@test "a hook that leaves a process with its descriptors open does not hold create up" {
	local end=$((SECONDS + 20 * ${ORLOP_SLOW:-1}))
	create_container "$(script createRuntime 'sleep 985 & echo $! >'"$LOG"'/pid')"
	[ "$SECONDS" -lt "$end" ]
	[ -d "/proc/$(<"$LOG/pid")" ]
	kill "$(<"$LOG/pid")"
	# As little as one that goes on writing.
	create_container "$(script createRuntime '{ while echo x; do :; done; } & echo $! >'"$LOG"'/pid')"
	[ "$SECONDS" -lt "$end" ]
	kill "$(<"$LOG/pid")" 2>/dev/null || :
}

@test "a hook that fills its output ends, and the message has its last line, bounded and harmless" {
	bundle "$(script createRuntime 'dd if=/dev/zero bs=64k count=800 >&2; printf "%s\n\033[31mred\007 %s\n\n" first "$(head -c 5000 /dev/zero | tr "\0" y)" >&2; exit 9')"
	refused 'error running createRuntime hook #0: /bin/sh: exit status 9: ' create --bundle "$BUNDLE" "$ID"
	[ "${#errors}" -lt 1100 ]
	! grep -q $'\033' <<<"$errors" || return 1
	bundle "$(script createRuntime 'printf "%s\n\033[31mred\007 end\n\n" first; exit 9')"
	refused 'hook #0: /bin/sh: exit status 9: .x1b\[31mred.x07 end$' create --bundle "$BUNDLE" "$ID"
}

@test "a hook that is killed is said to be" {
	bundle "$(script createRuntime 'kill -9 $$')"
	refused 'error running createRuntime hook #0: /bin/sh: ended by signal 9' create --bundle "$BUNDLE" "$ID"
}

@test "the runtime itself is no startContainer hook, by whatever path the image leads there" {
	local path
	copied_rootfs
	ln -s /proc/self/exe "$ROOTFS/bin/exe"
	ln -s /proc/1/exe "$ROOTFS/bin/one"
	for path in /proc/self/exe /proc/1/exe /bin/exe /bin/one; do
		create_container "$(hook startContainer "$path")"
		refused "error running startContainer hook #0: $path: .*(too many levels of symbolic links|permission denied)" start "$ID"
		[ ! -e "$STATE/$ID" ]
	done
}

@test "what is no program is no startContainer hook, and holds nothing up" {
	local path
	copied_rootfs
	mkfifo -m 755 "$ROOTFS/bin/fifo"
	: >"$ROOTFS/bin/plain"
	for path in /bin/fifo /bin /bin/plain /dev/null; do
		create_container "$(hook startContainer "$path")"
		refused "error running startContainer hook #0: $path: .*(permission denied|is a directory)" start "$ID"
		[ ! -e "$STATE/$ID" ]
	done
}

@test "a hook of an image cannot choose what createContainer hooks load" {
	copied_rootfs
	: >"$ROOTFS/evil.so"
	create_container "$(script createContainer "cd /; cat /proc/self/environ >$LOG/environ; echo \$LD_PRELOAD >$LOG/preload") |
		.process.env += [\"LD_PRELOAD=./evil.so\"] | .process.cwd = \"/\""
	! grep -q evil "$LOG/environ" || return 1
	equal '' "$(<"$LOG/preload")"
}

@test "a createContainer hook is not called where another container's processes could look into it" {
	start_container
	bundle "$(hook createContainer "$PLACE/good") | (.linux.namespaces[] | select(.type == \"pid\")).path = \"/proc/$PID/ns/pid\""
	refused 'rule hooks of policy hardened: the hook would have the host.s files in view' create --bundle "$BUNDLE" "$ID"
	[ ! -e "$LOG/ran" ]
}

@test "the root that hooks find at its path is the one that was checked" {
	require_helper killafter
	copied_rootfs
	cp -a "$ROOTFS" "$TEST_DIR/other"
	GLOBAL=(--policy oci)
	bundle "$(script createRuntime 'true')"
	# Exchanged when the child is cloned: after the supervisor opened the root, before the child does.
	under swap parent 435 1 "$ROOTFS" "$TEST_DIR/other" -- create --bundle "$BUNDLE" "$ID"
	equal 1 "$status"
	grep -q "/root/path: $ROOTFS became another directory meanwhile" "$TEST_DIR/under"
	[ ! -e "$STATE/$ID" ]
}

@test "a hook ends with a runtime that is killed" {
	bundle "$(script createRuntime "echo begun >$LOG/begun; exec sleep 984")"
	ORLOP_TEST=$MARK- "$ORLOP" --root "$STATE" --policy hardened create --bundle "$BUNDLE" "$ID" >/dev/null 2>&1 3>&- &
	wait_for 10 test -e "$LOG/begun"
	kill -9 $!
	wait
	wait_for 5 no_sleeper
	must delete --force "$ID"
}
no_sleeper() { ! pgrep -f '^sleep 984$'; }

# SPDX-License-Identifier: Apache-2.0
# Copyright the orlop authors
#
# What the tests of tests/run and tests/attack share. A test file begins with
#
#	load ../lib/orlop
#
# and gets: the runtime under test, bundles made from config.json, questions about a container that
# are answered from the host's /proc and /sys, and a check that nothing is left behind.
#
# The files run on the machine's own kernel and in guests that are twenty times slower: wait with
# wait_for, never with a fixed sleep.
#
# Environment: ORLOP is the runtime (default: orlop in PATH), ORLOP_HELPERS the directory of the
# programs built from tests/helpers, ORLOP_SLOW a factor for time limits.

lib_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
ORLOP=${ORLOP:-$(command -v orlop || echo orlop)}

# untraced COMMAND...: bats runs a trap at every command of a test, to say where it failed. In a guest
# that costs more than the commands; functions with many of them are called this way.
untraced() {
	local -
	set +T
	"$@"
}

# ---- set-up and cleaning ----------------------------------------------------------------------

# A file with a setup or teardown of its own calls orlop_setup first, orlop_teardown last.
setup() { orlop_setup; }
teardown() { orlop_teardown; }

orlop_setup() { untraced set_up; }
orlop_teardown() { untraced clean_up; }

set_up() {
	exec </dev/null
	TEST_DIR=$BATS_TEST_TMPDIR
	STATE=$TEST_DIR/state		# given to the runtime as --root
	GLOBAL=()			# more global options: GLOBAL=(--policy oci)
	MARK=t$$			# every id of this test begins with it
	IDS=()
	serial=0
	calls=0
	busybox_rootfs
	mapfile -t mounts_before </proc/self/mountinfo
}

clean_up() {
	local id left='' names
	for id in ${IDS[@]+"${IDS[@]}"}; do
		[ ! -e "$STATE/$id" ] || runtime delete --force "$id"
	done
	[ ${#IDS[@]} -eq 0 ] || wait_for 5 no_marked_processes || left+="processes: $(marked_processes)"$'\n'
	names=$(shopt -s nullglob && echo "$STATE"/*)
	[ -z "$names" ] || left+="state: $names"$'\n'
	[ ${#IDS[@]} -eq 0 ] || left+=$(find /sys/fs/cgroup -type d -name "*$MARK-*" -printf 'cgroup: %p\n' 2>/dev/null)
	left+=$(new_mounts)
	[ ! -d /run/orlop/ids ] ||
		left+=$(grep -lrs "$MARK-" /run/orlop/ids 2>/dev/null | sed 's/^/id range: /' || :)
	[ -z "${site_policy_set:-}" ] || rm -f /etc/orlop/policy.json
	[ -z "$left" ] || {
		echo "left behind:"
		printf '%s\n' "$left"
		return 1
	}
}

# new_mounts: what is mounted here now and was not before.
new_mounts() {
	local line old
	local -a now
	mapfile -t now </proc/self/mountinfo
	[ "${now[*]}" != "${mounts_before[*]}" ] || return 0
	for line in "${now[@]}"; do
		for old in "${mounts_before[@]}"; do
			[ "$line" != "$old" ] || continue 2
		done
		printf 'mount: %s\n' "$line"
	done
}

marked_processes() {
	local file pid name
	for file in $(grep -ls "ORLOP_TEST=$MARK-" /proc/[0-9]*/environ 2>/dev/null); do
		pid=${file#/proc/}
		pid=${pid%/environ}
		name=$(cat "/proc/$pid/comm" 2>/dev/null) || continue
		printf '%s(%s) ' "$pid" "$name"
	done
}
no_marked_processes() { [ -z "$(marked_processes)" ]; }

# ---- root file systems ------------------------------------------------------------------------

# busybox_rootfs: bundles have a busybox root that all tests of a run share: do not write to it.
# This is so from the start.
busybox_rootfs() {
	ROOTFS=$BATS_RUN_TMPDIR/rootfs-busybox
	[ -e "$ROOTFS/bin/sh" ] || "$lib_dir/make-rootfs" busybox "$ROOTFS"
}

# own_rootfs: from here on bundles have a busybox root of the test's own, in ROOTFS.
own_rootfs() {
	ROOTFS=$TEST_DIR/rootfs
	"$lib_dir/make-rootfs" busybox "$ROOTFS"
}

# debian_rootfs: from here on bundles have a Debian root, in ROOTFS. The tests of a run share it:
# do not write to it, use the policy's rootfs=ephemeral for that.
debian_rootfs() {
	if [ -d /srv/rootfs/debian ]; then
		ROOTFS=/srv/rootfs/debian
	else
		ROOTFS=${ORLOP_DEBIAN_ROOTFS:-$BATS_RUN_TMPDIR/rootfs-debian}
		[ -e "$ROOTFS/usr/bin/dpkg" ] || "$lib_dir/make-rootfs" debian "$ROOTFS"
	fi
}

# ---- bundles ----------------------------------------------------------------------------------

# bundle [JQ-FILTER [JQ-ARGUMENT...]]: make a bundle from config.json as the filter changes it.
# Sets ID, a new container id, and BUNDLE.
bundle() { untraced make_bundle "$@"; }
make_bundle() {
	local text='' line
	serial=$((serial + 1))
	ID=$MARK-$serial
	BUNDLE=$TEST_DIR/$ID
	IDS+=("$ID")
	mkdir "$BUNDLE"
	# jq takes a third of a second in a guest: what every bundle needs is done without.
	while IFS= read -r line; do
		case $line in
		*'"args":'*) [ -z "${command_json:-}" ] || line="\"args\": [ $command_json ]," ;;
		*'"env":'*) line="${line%]*}, \"ORLOP_TEST=$ID\" ]," ;;
		*'"root":'*) line="\"root\": { \"path\": $(json "$ROOTFS"), \"readonly\": true }," ;;
		esac
		text+=$line$'\n'
	done <"$lib_dir/config.json"
	if [ $# -eq 0 ]; then
		printf '%s' "$text" >"$BUNDLE/config.json"
	else
		jq "$@" <<<"$text" >"$BUNDLE/config.json"
	fi
}

# json STRING: as a JSON string. For text; of the control characters it knows newline and tab.
json() {
	local text=$1
	text=${text//\\/\\\\}
	text=${text//\"/\\\"}
	text=${text//$'\n'/\\n}
	text=${text//$'\t'/\\t}
	printf '"%s"' "$text"
}

# edit JQ-FILTER [JQ-ARGUMENT...]: change the config.json of BUNDLE.
edit() {
	local filter=$1
	shift
	jq "$filter" "$BUNDLE/config.json" "$@" >"$BUNDLE/config.json.new"
	mv "$BUNDLE/config.json.new" "$BUNDLE/config.json"
}

# site_policy JSON: for this test, what the host's owner changes in the policies.
site_policy() {
	[ "${ORLOP_ISOLATE:-}" = 1 ] || skip "writes /etc/orlop: run it by tests/run/here"
	site_policy_set=1
	printf '%s\n' "$1" >/etc/orlop/policy.json
	chmod 644 /etc/orlop/policy.json
}

# docker_capabilities: a jq filter, the capabilities that engines give by default.
docker_capabilities='(.process.capabilities | .bounding, .effective, .permitted) = ["CAP_CHOWN", "CAP_DAC_OVERRIDE",
	"CAP_FSETID", "CAP_FOWNER", "CAP_MKNOD", "CAP_NET_RAW", "CAP_SETGID", "CAP_SETUID", "CAP_SETFCAP",
	"CAP_SETPCAP", "CAP_NET_BIND_SERVICE", "CAP_SYS_CHROOT", "CAP_KILL", "CAP_AUDIT_WRITE"]'

# all_capabilities: a jq filter, what engines give a privileged container.
all_capabilities='(.process.capabilities | .bounding, .effective, .permitted) = ["CAP_CHOWN", "CAP_DAC_OVERRIDE",
	"CAP_DAC_READ_SEARCH", "CAP_FOWNER", "CAP_FSETID", "CAP_KILL", "CAP_SETGID", "CAP_SETUID", "CAP_SETPCAP",
	"CAP_LINUX_IMMUTABLE", "CAP_NET_BIND_SERVICE", "CAP_NET_BROADCAST", "CAP_NET_ADMIN", "CAP_NET_RAW", "CAP_IPC_LOCK",
	"CAP_IPC_OWNER", "CAP_SYS_MODULE", "CAP_SYS_RAWIO", "CAP_SYS_CHROOT", "CAP_SYS_PTRACE", "CAP_SYS_PACCT",
	"CAP_SYS_ADMIN", "CAP_SYS_BOOT", "CAP_SYS_NICE", "CAP_SYS_RESOURCE", "CAP_SYS_TIME", "CAP_SYS_TTY_CONFIG",
	"CAP_MKNOD", "CAP_LEASE", "CAP_AUDIT_WRITE", "CAP_AUDIT_CONTROL", "CAP_SETFCAP", "CAP_MAC_OVERRIDE",
	"CAP_MAC_ADMIN", "CAP_SYSLOG", "CAP_WAKE_ALARM", "CAP_BLOCK_SUSPEND", "CAP_AUDIT_READ", "CAP_PERFMON",
	"CAP_BPF", "CAP_CHECKPOINT_RESTORE"]'

# ---- calls ------------------------------------------------------------------------------------

# runtime ARGUMENT...: call the runtime. Sets status, output (standard output), errors (standard
# error), and OUT, the file behind output: a container that stays goes on writing to it. Files and
# not pipes, which such a container would hold open.
runtime() { untraced call_runtime "$@"; }
call_runtime() {
	calls=$((calls + 1))
	OUT=$TEST_DIR/out.$calls
	status=0
	ORLOP_TEST=$MARK- "$ORLOP" --root "$STATE" ${GLOBAL[@]+"${GLOBAL[@]}"} "$@" \
		>"$OUT" 2>"$TEST_DIR/err.$calls" 3>&- 4>&- || status=$?
	{ output=$(<"$OUT") && errors=$(<"$TEST_DIR/err.$calls"); } 2>/dev/null # NUL bytes are dropped
}

show_call() {
	printf '%s\n' "$*" "status: $status" "output: $output" "errors: $errors"
}

# must ARGUMENT...: call the runtime, which has to succeed.
must() {
	runtime "$@"
	[ "$status" -eq 0 ] || {
		show_call "failed: $*"
		return 1
	}
}

# refused PATTERN ARGUMENT...: call the runtime, which has to fail with a message that matches.
refused() {
	local pattern=$1
	shift
	runtime "$@"
	[ "$status" -ne 0 ] && [[ $errors =~ $pattern ]] || {
		show_call "expected a failure with '$pattern': $*"
		return 1
	}
}

# under ARGUMENT... -- RUNTIME-ARGUMENT...: call the runtime under killafter. Sets status; what it
# prints is in $TEST_DIR/under.
under() {
	local ours=()
	while [ "$1" != -- ]; do
		ours+=("$1")
		shift
	done
	shift
	status=0
	ORLOP_TEST=$MARK- "$ORLOP_HELPERS/killafter" "${ours[@]}" "$ORLOP" --root "$STATE" "${GLOBAL[@]}" "$@" \
		>"$TEST_DIR/under" 2>&1 3>&- 4>&- || status=$?
}

# start_container [JQ-FILTER [JQ-ARGUMENT...]]: a new bundle, running detached. Sets ID, BUNDLE, PID.
start_container() {
	bundle "$@"
	must run --detach --bundle "$BUNDLE" --pid-file "$BUNDLE/pid" "$ID"
	PID=$(<"$BUNDLE/pid")
}

# create_container [JQ-FILTER [JQ-ARGUMENT...]]: a new bundle, created. Sets ID, BUNDLE, PID.
create_container() {
	bundle "$@"
	must create --bundle "$BUNDLE" --pid-file "$BUNDLE/pid" "$ID"
	PID=$(<"$BUNDLE/pid")
}

# run_command COMMAND [ARGUMENT...]: run it in a new container, in the foreground. FILTER, if set,
# is a jq filter for the bundle. Sets status, output, errors; it is the test that looks at them.
run_command() {
	local word command_json=''
	for word; do
		command_json+=${command_json:+, }$(json "$word")
	done
	bundle ${FILTER:+"$FILTER"}
	runtime run --bundle "$BUNDLE" "$ID"
}

# run_script SCRIPT: the same for a line of shell, and it has to exit with 0.
run_script() {
	run_command sh -c "$1"
	[ "$status" -eq 0 ] || {
		show_call "in a new container: $1"
		return 1
	}
}

# in_container COMMAND [ARGUMENT...]: run it in container ID by exec; it has to exit with 0.
in_container() { must exec "$ID" "$@"; }

# ---- waiting ----------------------------------------------------------------------------------

# wait_for SECONDS COMMAND...: until the command succeeds. ORLOP_SLOW multiplies the time.
wait_for() { untraced poll "$@"; }
poll() {
	local end=$((SECONDS + $1 * ${ORLOP_SLOW:-1}))
	shift
	until "$@"; do
		[ "$SECONDS" -le "$end" ] || {
			echo "gave up waiting for: $*"
			return 1
		}
		sleep 0.05
	done
}

has_status() {
	runtime state "$1"
	[ "$status" -eq 0 ] && [ "$(jq -r .status <<<"$output")" = "$2" ]
}

# wait without an argument: for what the test has started, and not for the clock that bats runs
# beside it.
wait() {
	local pid
	if [ $# -gt 0 ]; then
		builtin wait "$@"
		return
	fi
	for pid in $(jobs -p); do
		[ "$pid" = "${BATS_killer_pid:-}" ] || builtin wait "$pid" || :
	done
}

# wait_for_status ID STATUS
wait_for_status() { wait_for 10 has_status "$1" "$2"; }

# ---- assertions -------------------------------------------------------------------------------

# equal WANT GOT [WHAT]
equal() {
	[ "$1" = "$2" ] || {
		printf '%s\n' "${3:-value}: want '$1', got '$2'"
		return 1
	}
}

# matches PATTERN TEXT [WHAT]
matches() {
	[[ $2 =~ $1 ]] || {
		printf '%s\n' "${3:-text}: want '$1', got '$2'"
		return 1
	}
}

# exits STATUS: the last call ended with it.
exits() {
	[ "$status" -eq "$1" ] || {
		show_call "want status $1"
		return 1
	}
}

# ---- looking at a process from outside --------------------------------------------------------

# proc_status PID FIELD: a field of /proc/PID/status: proc_status "$PID" CapEff
proc_status() { untraced find_status "$@"; }
find_status() {
	local line name value
	local -a lines
	# In one piece: read goes back in the file after each line, and the lines before may have got longer.
	mapfile -t lines <"/proc/$1/status"
	for line in "${lines[@]}"; do
		[[ $line == "$2:"* ]] || continue
		read -r name value <<<"$line"
		printf '%s\n' "$value"
		return
	done
	return 1
}

# mount_at PID PATH: "OPTIONS TYPE SOURCE SUPER-OPTIONS" of the uppermost mount at PATH.
mount_at() { untraced find_mount "$@"; }
find_mount() {
	local id parent device root path options rest found=''
	while read -r id parent device root path options rest; do
		[ "$path" != "$2" ] || found="$options ${rest#*- }"
	done <"/proc/$1/mountinfo"
	[ -n "$found" ] && printf '%s\n' "$found"
}

# has_option OPTION PID PATH: the mount at PATH has the option.
has_option() {
	local found
	found=$(mount_at "$2" "$3") || {
		echo "nothing is mounted at $3"
		return 1
	}
	matches "(^|[, ])$1([, ]|$)" "$found" "mount at $3"
}

# cgroup_of PID: its directory below /sys/fs/cgroup.
cgroup_of() {
	local line
	line=$(grep '^0::' "/proc/$1/cgroup")
	printf '/sys/fs/cgroup%s\n' "${line#0::}"
}

# cgroup_value PID FILE: cgroup_value "$PID" pids.max
cgroup_value() { cat "$(cgroup_of "$1")/$2"; }

# label_of PID: the AppArmor label.
label_of() { cat "/proc/$1/attr/apparmor/current" 2>/dev/null || cat "/proc/$1/attr/current"; }

# namespace_of PID NAME: namespace_of "$PID" user
namespace_of() { readlink "/proc/$1/ns/$2"; }

# ---- requirements -----------------------------------------------------------------------------

require_root() { [ "$(id -u)" -eq 0 ] || skip "needs root"; }

require_program() {
	local program
	for program; do
		command -v "$program" >/dev/null || skip "needs the program $program"
	done
}

# require_command NAME...: of the runtime.
require_command() {
	local name commands
	commands=$("$ORLOP" --help 2>&1) || :
	for name; do
		[[ $commands =~ (^|$'\n')\ +$name\  ]] || skip "this runtime has no command $name"
	done
}

# require_helper NAME: a program of tests/helpers; called as "$ORLOP_HELPERS/NAME".
require_helper() { [ -x "${ORLOP_HELPERS:-}/$1" ] || skip "needs the helper $1"; }

have_apparmor() { [ "$(cat /sys/module/apparmor/parameters/enabled 2>/dev/null)" = Y ]; }
require_apparmor() { have_apparmor || skip "needs AppArmor, which this kernel has not enabled"; }
require_no_apparmor() { ! have_apparmor || skip "needs a kernel without AppArmor"; }

# require_controller NAME...: cgroup v2 controllers.
require_controller() {
	local name
	for name; do
		grep -qw "$name" /sys/fs/cgroup/cgroup.controllers 2>/dev/null ||
			skip "needs the cgroup v2 controller $name"
	done
}

have_kernel() {
	local release
	release=$(uname -r)
	[ "$(printf '%s\n' "$1" "${release%%[-+]*}" | sort -V | head -n 1)" = "$1" ]
}

# require_kernel VERSION: that version or a later one.
require_kernel() { have_kernel "$1" || skip "needs Linux $1, this is $(uname -r)"; }

# require_lsm NAME
require_lsm() { grep -qw "$1" /sys/kernel/security/lsm 2>/dev/null || skip "needs the security module $1"; }

# SPDX-License-Identifier: Apache-2.0
# Copyright the orlop authors
#
# What the scripts of steps may say. Sourced with "set -eu" on; RUNTIME is the one under test.

# gives WANT COMMAND...: its standard output is WANT; it may end as it likes.
gives() {
	local want=$1 got
	shift
	got=$("$@" | tr -d '\r') || :
	[ "$got" = "$want" ] || {
		printf '%s\n' "$*: want '$want', got '$got'"
		return 1
	}
}

# ends STATUS COMMAND...: it ends with that status.
ends() {
	local want=$1 got=0
	shift
	"$@" || got=$?
	[ "$got" -eq "$want" ] || {
		printf '%s\n' "$*: want status $want, got $got"
		return 1
	}
}

# refused COMMAND...: it fails.
refused() {
	! "$@" || {
		printf '%s\n' "$*: should fail"
		return 1
	}
}

# soon COMMAND...: until the command succeeds; two minutes, as the machine may be busy.
soon() {
	local end=$((SECONDS + 120))
	until "$@"; do
		[ "$SECONDS" -le "$end" ] || {
			printf '%s\n' "gave up waiting for: $*"
			return 1
		}
		sleep 0.2
	done
}

# cgroup_of PID: the path of its cgroup on this host.
cgroup_of() { sed -n 's/^0:://p' "/proc/$1/cgroup"; }

# limit PID FILE: what the file of the process's cgroup says, or of the nearest above that limits.
limit() {
	local dir value=''
	dir=/sys/fs/cgroup$(cgroup_of "$1")
	while [ "$dir" != /sys/fs/cgroup ]; do
		value=$(cat "$dir/$2" 2>/dev/null || :)
		case $value in
		'' | max | 'max '*) dir=${dir%/*} ;;
		*) break ;;
		esac
	done
	printf '%s\n' "$value"
}

# made_by_runtime PID: orlop marked the cgroup of this container if and only if it is under test.
made_by_runtime() {
	local dir found=''
	dir=/sys/fs/cgroup$(cgroup_of "$1")
	while [ -z "$found" ] && [ "$dir" != /sys/fs/cgroup ]; do
		! getfattr --only-values -n trusted.orlop "$dir" >/dev/null 2>&1 || found=$dir
		dir=${dir%/*}
	done
	case $RUNTIME:$found in
	orlop*: | runc:?*) printf '%s made it? mark of orlop: %s\n' "$RUNTIME" "${found:-none}"; return 1 ;;
	esac
}

# on_terminal COMMAND...: with a terminal; what it shows is printed, and its status is the command's.
on_terminal() {
	local word line=''
	for word; do
		line+=$(printf ' %q' "$word")
	done
	script -qec "bash -c $(printf '%q' ". $STEPS_DIR/words.bash; . $STEPS_DIR/${GROUP%%-*}.bash;$line")" /dev/null </dev/null
}

gone() { ! kill -0 "$1" 2>/dev/null; }

# shows TEXT COMMAND...: what it prints has TEXT in it.
shows() {
	local text=$1 got
	shift
	got=$("$@" 2>&1) || :
	[[ $got == *"$text"* ]]
}

# finally COMMAND...: when the step has ended, whatever came of it.
at_end=()
finally() {
	at_end+=("$(printf '%q ' "$@")")
	trap 'for word in "${at_end[@]}"; do eval "$word" || :; done >/dev/null 2>&1' EXIT
}

# parted [OPTION... --] WORD...: into the arrays options, which the caller has, and rest.
parted() {
	rest=("$@")
	case ${1-} in -*) ;; *) return 0 ;; esac
	while [ "${rest[0]}" != -- ]; do
		options+=("${rest[0]}")
		rest=("${rest[@]:1}")
	done
	rest=("${rest[@]:1}")
}

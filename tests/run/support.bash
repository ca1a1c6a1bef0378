# SPDX-License-Identifier: Apache-2.0
# Copyright the orlop authors
#
# What several files of this directory share: containers that run a script, programs of tests/helpers
# in their root, and mounts of the host that end with the test. A file begins with
#
#	load ../lib/orlop
#	load support
#
# "set +T": bats runs a trap at every command of a function, which in a guest costs more than the
# commands.

HOST_MOUNTS=()

teardown() {
	umount_host
	orlop_teardown
}

umount_host() {
	local -; set +T
	local at
	for ((at = ${#HOST_MOUNTS[@]} - 1; at >= 0; at--)); do
		umount -R -l "${HOST_MOUNTS[at]}" || :
	done
	HOST_MOUNTS=()
}

# host_mount ARGUMENT... DIR: mount(8) on the host until the test ends. DIR is made.
host_mount() {
	local -; set +T
	mkdir -p "${*: -1}"
	mount "$@"
	HOST_MOUNTS+=("${*: -1}")
}

# disk_dir NAME: a new directory on the file system of the tests, which can be id-mapped on every
# kernel; its path is in DIR.
disk_dir() {
	local -; set +T
	DIR=$TEST_DIR/$1
	mkdir -p "$DIR"
	chmod 755 "$DIR"
}

# copied_rootfs: as own_rootfs, and quicker: a copy of the root that the tests of this file share.
copied_rootfs() {
	local -; set +T
	cp -a "$ROOTFS" "$TEST_DIR/rootfs"
	ROOTFS=$TEST_DIR/rootfs
}

# with_probe: the root has /bin/probe. The tests of a file share that root.
with_probe() {
	local -; set +T
	require_helper probe
	[ -e "$ROOTFS/bin/probe" ] || cp "$ORLOP_HELPERS/probe" "$ROOTFS/bin/probe"
}

# start_script SCRIPT [JQ-FILTER [JQ-ARGUMENT...]]: a new container that runs a script and stays. Comes
# back when the script has come to its end. Sets ID, BUNDLE, PID and output, what the script printed.
start_script() {
	local -; set +T
	local script=$1 filter=${2:-.}
	shift "$(($# < 2 ? $# : 2))"
	start_container "$filter"' | .process.args = ["sh", "-c", $script]' \
		--arg script "$script"$'\necho script-has-ended\nexec sleep 1000' "$@"
	wait_for 20 grep -q '^script-has-ended$' "$OUT" || {
		cat "$OUT" "${OUT/out./err.}"
		return 1
	}
	output=$(<"$OUT")
	output=${output%script-has-ended}
	output=${output%$'\n'}
}

# variants JQ-FILTER...: a bundle, and in VARIANTS its config.json as each filter changes it. One jq
# for all of them: in a guest it takes longer than a container.
variants() {
	local -; set +T
	local filter all=''
	for filter; do
		all+="${all:+, }($filter)"
	done
	bundle
	jq -c "$all" "$BUNDLE/config.json" >"$BUNDLE/variants" || return
	mapfile -t VARIANTS <"$BUNDLE/variants"
	equal $# "${#VARIANTS[@]}" "number of variants"
}

# use_variant N: from 0 on.
use_variant() { printf '%s\n' "${VARIANTS[$1]}" >"$BUNDLE/config.json"; }

# refused_each PATTERN JQ-FILTER [PATTERN JQ-FILTER]...: create refuses each configuration with a
# message that matches, and leaves nothing.
refused_each() {
	local -; set +T
	local patterns=() filters=() i
	while [ $# -gt 1 ]; do
		patterns+=("$1")
		filters+=("$2")
		shift 2
	done
	variants "${filters[@]}" || return
	for i in "${!patterns[@]}"; do
		use_variant "$i"
		refused "${patterns[i]}" create --bundle "$BUNDLE" "$ID" || {
			echo "with: ${filters[i]}"
			return 1
		}
		[ ! -e "$STATE/$ID" ] && [ ! -e "/sys/fs/cgroup/$ID" ] || {
			echo "left behind with: ${filters[i]}"
			return 1
		}
	done
}

# line NAME: what follows NAME in the line of output that begins with it.
line() {
	local -; set +T
	local found
	while IFS= read -r found; do
		case $found in
		"$1 "*)
			printf '%s\n' "${found#"$1 "}"
			return
			;;
		esac
	done <<<"$output"
	echo "no line '$1' in: $output"
	return 1
}

# lines WANT: output, where the order of lines does not matter.
lines() { equal "$(sort <<<"$1")" "$(sort <<<"$output")" output; }

# same_namespace PID PID NAME..., own_namespace PID NAME...: as the kernel numbers them.
same_namespace() {
	local -; set +T
	local a=$1 b=$2 name
	shift 2
	for name; do
		equal "$(namespace_of "$a" "$name")" "$(namespace_of "$b" "$name")" "$name namespace" || return
	done
}
own_namespace() {
	local -; set +T
	local pid=$1 name
	shift
	for name; do
		[ "$(namespace_of "$pid" "$name")" != "$(namespace_of self "$name")" ] || {
			echo "the $name namespace of $pid is the host's"
			return 1
		}
	done
}

# cgroup_line PID: "0::/PATH", as a process in our cgroup namespace sees it.
cgroup_line() { grep '^0::' "/proc/$1/cgroup"; }

# no_option OPTION PID PATH: the mount at PATH is there and has not the option.
no_option() {
	local -; set +T
	local found
	found=$(mount_at "$2" "$3") || {
		echo "nothing is mounted at $3"
		return 1
	}
	[[ ! $found =~ (^|[, ])$1([, ]|$) ]] || {
		echo "mount at $3: has '$1': $found"
		return 1
	}
}

# not_mounted PID PATH
not_mounted() {
	local -; set +T
	local found
	! found=$(mount_at "$1" "$2") || {
		echo "something is mounted at $2: $found"
		return 1
	}
}

# readonly_mounts PID: in READONLY, the paths with a read-only mount, each between newlines.
readonly_mounts() {
	local -; set +T
	READONLY=$'\n'$(awk '$6 ~ /^ro(,|$)/ { print $5 }' "/proc/$1/mountinfo")$'\n'
}
is_readonly() {
	[[ $READONLY == *$'\n'"$1"$'\n'* ]] || {
		echo "no read-only mount at $1"
		return 1
	}
}

# optional_fields PID PATH: "shared:1 master:2" of the uppermost mount at PATH.
optional_fields() {
	local -; set +T
	local id parent device root path options rest found=''
	while read -r id parent device root path options rest; do
		[ "$path" != "$2" ] || found=" ${rest%% -*}"
	done <"/proc/$1/mountinfo"
	[[ $found != ' -'* ]] || found=''
	printf '%s\n' "${found# }"
}

# first_id PID: the host uid of the container's root.
first_id() {
	local -; set +T
	local inside outside count
	read -r inside outside count <"/proc/$1/uid_map"
	equal 0 "$inside" "first container id" >&2 || return
	printf '%s\n' "$outside"
}

# hard_limit N: N, or less where this machine's own limit of open files is lower.
hard_limit() {
	local -; set +T
	local limit
	limit=$(ulimit -Hn)
	[ "$limit" != unlimited ] && [ "$limit" -lt "$1" ] && echo "$limit" || echo "$1"
}

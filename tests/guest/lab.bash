# SPDX-License-Identifier: Apache-2.0
# Copyright the orlop authors
#
# Shared by the guest scripts: the cache, private apt state, downloads that leave nothing half done.
# Sourced by bash with "set -eu" on.

guest_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=../../scripts/common.bash
. "$guest_dir/../../scripts/common.bash"

mkdir -p "$orlop_cache"/{apt,debs,images,kernels,tools,locks}
orlop_cache=$(cd "$orlop_cache" && pwd)

# lock NAME: one maker of a thing at a time, for the life of this script.
lock() {
	exec 8>"$orlop_cache/locks/$1"
	flock 8
}

# scratch: a directory of this script's own, on the cache's file system so that results can be renamed.
scratch() {
	work=$(mktemp -d "$orlop_cache/.work.XXXXXX")
	trap 'rm -rf --one-file-system "$work"' EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM
}

# publish FROM TO: put a finished file or directory in its place.
publish() {
	rm -rf "$2.old"
	[ ! -e "$2" ] || mv -T "$2" "$2.old"
	mv -T "$1" "$2"
	rm -rf "$2.old"
}

# host_suite: the Debian release of this machine.
host_suite() {
	# shellcheck source=/dev/null
	(. /etc/os-release && printf '%s\n' "$VERSION_CODENAME")
}

# mirror: the Debian mirror that this machine is set up with. ORLOP_MIRROR overrides it.
mirror() {
	local found
	found=${ORLOP_MIRROR:-$(sed -n 's/^URIs: *\([^ ]*\).*/\1/p; s/^deb \(\[[^]]*\] \)\{0,1\}\([^ ]*\) .*/\2/p' \
		/etc/apt/sources.list.d/debian.sources /etc/apt/sources.list 2>/dev/null | head -n 1)}
	[ -n "$found" ] || die "no Debian mirror in this machine's apt sources: set ORLOP_MIRROR"
	printf '%s\n' "$found"
}

# suite_apt SUITE apt-get|apt-cache ARGUMENT...: apt with state of its own for one suite. The
# machine's sources, lists and package database are not used and not changed.
suite_apt() {
	local suite=$1 tool=$2 root=$orlop_cache/apt/$1
	shift 2
	local options=(
		-o Dir::Etc::sourcelist="$root/etc/sources.list" -o Dir::Etc::sourceparts=/dev/null
		-o Dir::State::lists="$root/lists" -o Dir::State::status="$root/status"
		-o Dir::Cache="$root/cache" -o APT::Sandbox::User=root -o Acquire::Languages=none
		-o Acquire::Retries=3
	)
	mkdir -p "$root"/{etc,lists/partial,cache/archives/partial}
	: >>"$root/status"
	printf 'deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] %s %s main\n' \
		"$(mirror)" "$suite" >"$root/etc/sources.list"
	if [ -z "$(find "$root/lists" -maxdepth 1 -name '*Packages*' -mmin -1440 -print -quit)" ]; then
		say "reading the package lists of $suite"
		retry apt-get "${options[@]}" -qq update >&2
		find "$root/lists" -maxdepth 1 -name '*Packages*' -exec touch {} +
	fi
	"$tool" "${options[@]}" "$@"
}

# suite_download SUITE PACKAGE...: the packages' files, into the current directory.
suite_download() {
	local suite=$1
	shift
	say "downloading from $suite: $*"
	retry suite_apt "$suite" apt-get -qq download "$@"
}

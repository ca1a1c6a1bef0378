# SPDX-License-Identifier: Apache-2.0
# Copyright the orlop authors
#
# Shared by scripts/* and tests/guest/*: messages, retries, a copy of the sources, a build.
# Sourced by bash with "set -eu" on.

orlop_top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
orlop_cache=${ORLOP_CACHE:-$HOME/.cache/orlop}
orlop_build=${ORLOP_BUILD:-$orlop_top/build}

say() { printf '%s\n' "$*" >&2; }
die() { say "${0##*/}: $*"; exit 1; }

# retry COMMAND...: a mirror may be away for a moment.
retry() {
	local pause
	for pause in 2 5 15 0; do
		"$@" && return 0
		[ "$pause" -ne 0 ] || break
		say "${0##*/}: trying again in $pause s: $*"
		sleep "$pause"
	done
	return 1
}

# make_build_dir: the directory for everything built here; it hides itself from git.
make_build_dir() {
	mkdir -p "$orlop_build"
	[ -e "$orlop_build/.gitignore" ] || echo '*' >"$orlop_build/.gitignore"
}

# copy_sources DIR: copy the tracked and the new, not ignored, files to DIR. Building in the copy
# keeps the checkout free of generated files, and of whatever was configured in it.
copy_sources() {
	rm -rf "$1"
	mkdir -p "$1"
	# A copy may lie in the checkout, where git ignores it: then all of it is wanted.
	if [ "$(git -C "$orlop_top" rev-parse --show-toplevel 2>/dev/null)" = "$orlop_top" ]; then
		git -C "$orlop_top" ls-files -z --cached --others --exclude-standard |
			(cd "$orlop_top" && while IFS= read -r -d '' f; do
				[ ! -e "$f" ] && [ ! -L "$f" ] || printf '%s\0' "$f"
			done) |
			tar -C "$orlop_top" --null --no-recursion -T - -cf - | tar -C "$1" -xf -
	else
		tar -C "$orlop_top" --exclude=./build --exclude=./.git -cf - . | tar -C "$1" -xf -
	fi
}

# prepare_sources DIR: copy the sources and make ./configure there.
prepare_sources() {
	copy_sources "$1"
	(cd "$1" && autoreconf -i)
}

# build_tree SOURCE BUILD [CONFIGURE-ARGUMENT...]: configure and make outside of the sources.
build_tree() {
	local source=$1 build=$2
	shift 2
	rm -rf "$build"
	mkdir -p "$build"
	(cd "$build" && "$source/configure" "$@" && make -j"$(nproc)")
}

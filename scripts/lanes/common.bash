# SPDX-License-Identifier: Apache-2.0
# Copyright the orlop authors
#
# Shared by the lanes. A lane prints TAP on standard output and everything else on standard error.
# scripts/check sets CHECK_DIR, CHECK_SRC and CHECK_QUICK; by hand: scripts/check LANE.

# shellcheck source=../common.bash
. "$(dirname "${BASH_SOURCE[0]}")/../common.bash"
: "${CHECK_DIR:?is set by scripts/check}" "${CHECK_SRC:?is set by scripts/check}"

# ok NAME, not_ok NAME [FILE]: one result. What FILE has goes to the results as comments.
ok() { printf 'ok - %s\n' "$*"; }
not_ok() {
	printf 'not ok - %s\n' "$1"
	[ -z "${2:-}" ] || head -n 40 "$2" | sed 's/^/# /'
}
skipped() { printf 'ok - %s # SKIP %s\n' "$1" "$2"; }

# try NAME COMMAND...: a result by the command's status. Its output goes to the log, and to the
# results if it fails.
try() {
	local name=$1 out rc=0
	shift
	out=$(mktemp)
	"$@" >"$out" 2>&1 </dev/null || rc=$?
	printf '== %s: status %d\n' "$name" "$rc" >&2
	cat "$out" >&2
	if [ "$rc" -eq 0 ]; then
		ok "$name"
	else
		not_ok "$name" <(grep -m 15 -E '(error|warning): |undefined reference' "$out"; tail -n 20 "$out")
	fi
	rm -f "$out"
	return "$rc"
}

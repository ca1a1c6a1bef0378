# SPDX-License-Identifier: Apache-2.0
# Copyright the orlop authors
#
# step NAME <<SCRIPT: run a script of words.bash, and write down how it ended.
#
# Sourced in the guest. GROUP is what the steps belong to, RUNTIME the runtime, STEPS a pattern of
# the steps that are wanted. Results are lines "GROUP <tab> NAME <tab> RUNTIME <tab> ok|failed <tab>
# SECONDS" in results.tsv; what a failed step printed is in failed.log.

shopt -s extglob	# the pattern of steps may use it
here=$(dirname "${BASH_SOURCE[0]}")
out=$LAB_OUT
export STEPS_DIR=$here

# A step takes seconds, but twenty times that in a guest on a busy machine.
step_limit=${STEP_LIMIT:-240}

step() {
	local name=$1 script began=$SECONDS rc=0 result=ok
	script=$(cat)
	# shellcheck disable=SC2254 # a pattern on purpose
	case "$GROUP: $name" in
	$STEPS) ;;
	*) return 0 ;;
	esac
	# shellcheck disable=SC2016 # the inner shell expands it
	timeout -k 10 "$step_limit" bash -euo pipefail -c '. "$1/words.bash"; . "$1/${GROUP%%-*}.bash"; eval "$2"' \
		step "$here" "$script" >/tmp/step.log 2>&1 </dev/null || rc=$?
	[ "$rc" -eq 0 ] || {
		result=failed
		{
			printf '== %s: %s, with %s: status %d\n' "$GROUP" "$name" "$RUNTIME" "$rc"
			printf '%s\n' "$script" | sed 's/^/   | /'
			tail -n 40 /tmp/step.log
		} | tee -a "$out/failed.log" >&2
	}
	printf '%s\t%s\t%s\t%s\t%d\n' "$GROUP" "$name" "$RUNTIME" "$result" "$((SECONDS - began))" | tee -a "$out/results.tsv" >&2
}

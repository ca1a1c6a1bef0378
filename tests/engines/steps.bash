# SPDX-License-Identifier: Apache-2.0
# Copyright the orlop authors
#
# step NAME [HOW:RULE...] <<SCRIPT: run a script of words.bash, and write down how it ended.
#
# HOW:RULE says why the policies baseline and hardened do not let the step pass: refused:RULE, and the
# message names the rule; or changed:RULE, and the container is made otherwise than was asked.
# baseline=HOW:RULE and hardened=HOW:RULE are for that policy alone, which then looks at no others;
# POLICY=ok, that the step passes there.
#
# Sourced in the guest. GROUP is what the steps belong to, RUNTIME the runtime, STEPS a pattern of
# the steps that are wanted. Results are lines "GROUP <tab> NAME <tab> RUNTIME <tab> RESULT <tab>
# SECONDS" in results.tsv, where RESULT is ok, failed, or "refused: RULES" or "changed: RULES" as
# foreseen; what a failed step printed is in failed.log.

shopt -s extglob	# the pattern of steps may use it
here=$(dirname "${BASH_SOURCE[0]}")
out=$LAB_OUT
export STEPS_DIR=$here
step_log=${STEP_LOG:-/tmp/step.log}

# A step takes seconds, but twenty times that in a guest on a busy machine.
step_limit=${STEP_LIMIT:-240}

# foreseen [WORD...]: of these words those that are for the policy of RUNTIME, one a line.
foreseen() {
	local policy=${RUNTIME#orlop-} word own=()
	[ "$policy" != "$RUNTIME" ] || return 0
	for word; do
		case $word in "$policy="*) own+=("${word#*=}") ;; esac
	done
	[ ${#own[@]} -gt 0 ] || for word; do
		case $word in *=*) ;; *) own+=("$word") ;; esac
	done
	[ "${own[*]-ok}" = ok ] || printf '%s\n' "${own[@]}"
}

# judge STATUS [WORD...]: the result of the step that ended with this status, by its log.
judge() {
	local rc=$1 words how wanted='' named word
	shift
	words=$(foreseen "$@")
	if [ -z "$words" ]; then
		[ "$rc" -eq 0 ] && echo ok || echo failed
		return
	fi
	how=${words%%:*}
	wanted=$(for word in $words; do echo "${word#*:}"; done)
	named=$(grep -o "rule [a-z-]* of policy ${RUNTIME#orlop-}" "$step_log" | cut -d' ' -f2 | sort -u)
	case $how in
	refused) [ "$named" = "$(sort <<<"$wanted")" ] || rc=0 ;;
	changed) [ -z "$named" ] || rc=0 ;;
	esac
	[ "$rc" -eq 0 ] && echo failed || echo "$how: ${wanted//$'\n'/ }"
}

step() {
	local name=$1 script began=$SECONDS rc=0 result
	shift
	script=$(cat)
	# shellcheck disable=SC2254 # a pattern on purpose
	case "$GROUP: $name" in
	$STEPS) ;;
	*) return 0 ;;
	esac
	# shellcheck disable=SC2016 # the inner shell expands it
	timeout -k 10 "$step_limit" bash -euo pipefail -c 'for file in words shared "${GROUP%%-*}"; do . "$1/$file.bash"; done; eval "$2"' \
		step "$here" "$script" >"$step_log" 2>&1 </dev/null || rc=$?
	result=$(judge "$rc" "$@")
	[ "$result" != failed ] || {
		{
			printf '== %s: %s, with %s: status %d; foreseen: %s\n' "$GROUP" "$name" "$RUNTIME" "$rc" "${*:-ok}"
			printf '%s\n' "$script" | sed 's/^/   | /'
			tail -n 40 "$step_log"
		} | tee -a "$out/failed.log" >&2
	}
	printf '%s\t%s\t%s\t%s\t%d\n' "$GROUP" "$name" "$RUNTIME" "$result" "$((SECONDS - began))" | tee -a "$out/results.tsv" >&2
}

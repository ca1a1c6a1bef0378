# SPDX-License-Identifier: Apache-2.0
# Copyright the orlop authors
#
# tests/engines: what counts as passed there.

dir=$BATS_TEST_DIRNAME/../engines

# said TEXT STATUS RUNTIME [HOW:RULE...]: the result of a step that printed TEXT and ended with STATUS.
said() {
	export LAB_OUT=$BATS_TEST_TMPDIR STEP_LOG=$BATS_TEST_TMPDIR/log RUNTIME=$3
	printf '%s\n' "$1" >"$STEP_LOG"
	bash -euc '. "$1/steps.bash"; shift; judge "$@"' - "$dir" "$2" "${@:4}"
}

# results LINE...: the TAP that the comparison makes of them; columns are divided by blanks.
results() {
	local line
	for line; do
		tr ' ' '\t' <<<"$line"
	done | awk -f "$dir/compare.awk" -v kernel=6.1 -v runtimes="runc orlop ${RUNTIMES:-orlop-baseline}" -v wanted=g \
		-v table="$BATS_TEST_TMPDIR/table"
}

@test "a step ends as its script does" {
	[ "$(said '' 0 orlop)" = ok ]
	[ "$(said '' 1 orlop)" = failed ]
	[ "$(said '' 0 orlop refused:devices)" = ok ]
	[ "$(said 'rule devices of policy baseline' 1 orlop refused:devices)" = failed ]
	[ "$(said '' 0 orlop-baseline)" = ok ]
	[ "$(said 'rule devices of policy baseline' 1 orlop-baseline)" = failed ]
}

@test "baseline refuses by the rule that was foreseen, and says so" {
	[ "$(said 'rule devices of policy baseline, x' 1 orlop-baseline refused:devices)" = 'refused: devices' ]
	[ "$(said 'rule host-pid of policy baseline' 1 orlop-baseline refused:devices)" = failed ]
	[ "$(said 'something else' 1 orlop-baseline refused:devices)" = failed ]
	[ "$(said '' 0 orlop-baseline refused:devices)" = failed ]
	[ "$(said $'rule b of policy baseline\nrule a of policy baseline\nrule b of policy baseline' 1 orlop-baseline \
		refused:b refused:a)" = 'refused: b a' ]
}

@test "baseline changes by the rule that was foreseen" {
	[ "$(said 'want 0, got 2' 1 orlop-baseline changed:seccomp-profile)" = 'changed: seccomp-profile' ]
	[ "$(said '' 0 orlop-baseline changed:seccomp-profile)" = failed ]
	[ "$(said 'rule devices of policy baseline' 1 orlop-baseline changed:seccomp-profile)" = failed ]
}

@test "what is foreseen for one policy is for no other, and goes before what is for all" {
	local own=(refused:a hardened=changed:b baseline=refused:c)
	[ "$(said '' 1 orlop-hardened "${own[@]}")" = 'changed: b' ]
	[ "$(said 'rule c of policy baseline' 1 orlop-baseline "${own[@]}")" = 'refused: c' ]
	[ "$(said 'rule a of policy baseline' 1 orlop-baseline "${own[@]}")" = failed ]
	[ "$(said 'rule a of policy hardened' 1 orlop-hardened refused:a)" = 'refused: a' ]
	[ "$(said 'rule a of policy baseline' 1 orlop-hardened refused:a)" = failed ]
	[ "$(said '' 0 orlop-hardened refused:a hardened=ok)" = ok ]
	[ "$(said '' 1 orlop-hardened refused:a hardened=ok)" = failed ]
	[ "$(said '' 0 orlop-baseline hardened=refused:a)" = ok ]
	[ "$(said '' 1 orlop hardened=changed:a)" = failed ]
}

@test "what runc passes orlop has to pass" {
	[ "$(results 'g a runc ok 1' 'g a orlop ok 1')" = 'ok - kernel 6.1: g: a' ]
	[ "$(results 'g a runc ok 1' 'g a orlop failed 1')" = 'not ok - kernel 6.1: g: a' ]
	[ "$(results 'g a orlop failed 1')" = 'not ok - kernel 6.1: g: a' ]
	[ "$(results 'g a runc failed 1' 'g a orlop failed 1')" = 'ok - kernel 6.1: g: a # SKIP runc fails too' ]
	[[ $(results) == 'not ok'* ]]
	[[ $(results 'g starts engine failed 0') == 'not ok'* ]]
}

@test "under baseline a failed step is a failure, a refused one is not" {
	[[ $(results 'g a runc ok 1' 'g a orlop ok 1' 'g a orlop-baseline failed 1') == *'not ok - kernel 6.1: g: a, baseline' ]]
	[[ $(results 'g a runc ok 1' 'g a orlop ok 1' 'g a orlop-baseline refused:r 1') == *$'\nok - kernel 6.1: g: a, baseline: refused:r' ]]
	grep -qx '| g | a | ok | ok | refused:r |' "$BATS_TEST_TMPDIR/table"
	[[ $(RUNTIMES=orlop-hardened results 'g a runc ok 1' 'g a orlop-hardened failed 1') == *'not ok - kernel 6.1: g: a, hardened' ]]
	[[ $(RUNTIMES=orlop-hardened results 'g a runc failed 1' 'g a orlop-hardened failed 1') == *'ok - kernel 6.1: g: a, hardened # SKIP runc fails too' ]]
}

@test "every step of the table of features is one of that engine's" {
	local feature docker ctr podman
	while IFS=$'\t' read -r feature docker ctr podman; do
		[[ $feature != \#* ]] || continue
		has_steps docker "$docker"
		has_steps ctr "$ctr"
		has_steps podman "$podman"
	done <"$dir/../../docs/engines.tsv"
}

# has_steps ENGINE STEPS
has_steps() {
	local step
	[ "$2" != - ] || return 0
	while read -r step; do
		grep -qF "step '$step' " "$dir/$1.bash" "$dir/shared.bash" || { echo "$1 has no step '$step'"; return 1; }
	done <<<"${2// + /$'\n'}"
}

@test "a row of the table says what became of all its steps" {
	local in=$BATS_TEST_TMPDIR/engines.tsv results=$BATS_TEST_TMPDIR/results.tsv
	printf '# comment\n%s\n' $'a\tone + two\t-\tthree' $'b\tnone\tone\tfour' >"$in"
	printf 'docker-systemd\tone\torlop-hardened\tok\t1\ndocker-systemd\ttwo\torlop-hardened\trefused: r\t1\n' >"$results"
	printf 'podman-systemd\tthree\torlop-hardened\tfailed\t1\npodman-systemd\tthree\torlop-hardened\tok\t1\n' >>"$results"
	printf 'ctr\tone\torlop\tok\t1\npodman-systemd\tfour\torlop-hardened\tfailed\t1\n' >>"$results"
	run awk -f "$dir/../../scripts/engines-table.awk" "$results" "$in"
	[[ $output == *$'\n| a | refused: r |  | ok | one; two; three |\n'* ]]
	[[ $output == *$'\n| b | not run | not run | failed | none; one; four |'* ]]
}

# SPDX-License-Identifier: Apache-2.0
# Copyright the orlop authors
#
# scripts/tap.awk: a result that is lost is a failure.

count() { awk -f "$BATS_TEST_DIRNAME/../../scripts/tap.awk"; }

# gives WANT INPUT: the first line of the sum.
gives() {
	local got
	got=$(printf "$2" | count | head -n 1)
	[ "$got" = "$1" ] || {
		echo "want $1, got $got"
		return 1
	}
}

@test "results are added up over documents" {
	gives '3 1 0' '1..2\nok 1 a\nnot ok 2 b\nnoise\n1..2\nok 1 c\nok 2 d\n'
}

@test "a broken plan counts what is missing" {
	gives '1 2 0' '1..3\nok 1 a\n'
	gives '2 1 0' '1..2\nok 1 a\n1..1\nok 1 b\n'
	gives '0 4 0' '1..4\n'
}

@test "a broken plan is not filled by what another program says" {
	gives '2 1 0' '1..2\nok 1 a\nok - b\n'
}

@test "a plan may come last" {
	gives '2 0 0' 'ok 1 a\nok 2 b\n1..2\n'
}

@test "results need no plan" {
	gives '1 1 0' 'ok - a\nnot ok - b\n'
}

@test "a skip is neither passed nor failed, and has a reason" {
	gives '0 0 2' '1..2\nok 1 a # skip no net\nnot ok 2 # SKIP b\n'
	printf 'ok 1 a # skip no net\n' | count | grep -qx 'skip a: no net'
}

@test "a bail-out is a failure" {
	gives '1 1 0' 'ok 1 a\nBail out! the machine burns\n'
}

@test "nothing is nothing" {
	gives '0 0 0' ''
	gives '0 0 0' 'okay\n  ok 1 indented\n'
}

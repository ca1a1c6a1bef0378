# SPDX-License-Identifier: Apache-2.0
# Copyright the orlop authors
#
# scripts/coverage --check: what is wrong with docs/coverage.tsv is said. In a small tree of its own.

setup() {
	cd "$BATS_TEST_TMPDIR"
	mkdir -p docs scripts src tests/plan/field_a.keyName tests/run tests/unit
	cp "$BATS_TEST_DIRNAME/../../scripts/coverage" "$BATS_TEST_DIRNAME/../../scripts/coverage.awk" scripts
	printf '%s\n' '#!/bin/sh' 'case $1 in' \
		'show) printf "options:\n  -q, --quiet   say less\n  -h, --help   this\n" ;;' \
		'*) printf "commands:\n  show  ID  Show it\n\noptions before the command:\n      --root DIR  a directory\n" ;;' \
		'esac' >program
	chmod 755 program
	ORLOP=$PWD/program
	export ORLOP
	printf '# A remark.\na.keyName\n' >tests/plan/fields.txt
	printf '{"a": {"keyName": 1}}\n' >tests/plan/field_a.keyName/config.json
	echo '{}' >tests/plan/field_a.keyName/expect.json
	printf 'int cmd_show(void);\nconst char *root;\nint key_name; bool quiet;\n"no such thing"\n' >src/a.c
	printf '%s\n' 'helper() { show "$@"; }' '@test "it shows" {' '	must helper --quiet' '}' '@test "root" {' '	refused . --root x show' '}' \
		>tests/run/a.bats
	printf '\nstatic void it_shows(void **state)\n{ show(); }\n' >tests/unit/test_a.c
	rows=$'= Commands\nshow\tsrc/a.c\ttests/unit/test_a.c: it_shows
= Options\n--root\tsrc/a.c\ttests/run/a.bats: root\nshow --quiet\tsrc/a.c\ttests/run/a.bats: it shows
= Fields of config.json\na.keyName\tsrc/a.c\ttests/plan/field_a.keyName
= More\nSays `no such thing`\tsrc/a.c\ttests/run/a.bats: it shows'
}

# checked SED-SCRIPT: the check of the rows as the script changes them. Sets status and output.
checked() {
	sed -e "$1" <<<"$rows" >docs/coverage.tsv
	scripts/coverage 2>/dev/null || :
	status=0
	output=$(scripts/coverage --check 2>&1) || status=$?
}

# fails MESSAGE SED-SCRIPT
fails() {
	checked "$2"
	[ "$status" -eq 1 ] && [[ $output == *"$1"* ]] || {
		echo "want status 1 and '$1', got $status and '$output'"
		return 1
	}
}

@test "rows that are right are a page" {
	checked ''
	[ "$status" -eq 0 ]
	[ -z "$output" ]
	grep -qF '1 commands, 2 options, 1 fields, 1 lines of behaviour.' docs/coverage.md
	grep -qxF '| `show --quiet` | src/a.c | tests/run/a.bats: it shows |' docs/coverage.md
	grep -qxF '| Says `no such thing` | src/a.c | tests/run/a.bats: it shows |' docs/coverage.md
}

@test "what there is has a row" {
	fails 'no row for command show' '/^show\t/d'
	fails 'no row for option --root' '/^--root/d'
	fails 'no row for option show --quiet' '/^show --quiet/d'
	fails 'no row for field a.keyName' '/^a.keyName/d'
}

@test "a row is of something that is there, once" {
	fails 'there is no command gone' 's/^show\t/gone\t/'
	fails 'there is no option show --loud' 's/^show --quiet/show --loud/'
	fails 'there is no field a.other' 's/^a.keyName/a.other/'
	fails 'stands twice: show' 's/^show\t.*/&\n&/'
	fails 'the row is in no section' '1d'
}

@test "no cell is empty" {
	fails 'no cell is empty' 's/^show\tsrc.a.c/show\t/'
	fails 'no cell is empty' 's/^\(--root\t.*\)\ttests.*/\1\t/'
	fails 'no cell is empty' 's/^\(--root\t.*\)\ttests.*/\1\t /'
	fails 'no cell is empty' 's/^--root\t/\t/'
	fails 'no cell is empty' 's/^\(--root\t.*\)\ttests.*/\1/'
}

@test "files and tests are there" {
	fails 'there is no file src/b.c' 's,^show\tsrc/a,show\tsrc/b,'
	fails "there is no test 'it show' in tests/run/a.bats" 's/: it shows$/: it show/'
	fails "there is no test 'root' in tests/run/b.bats" 's,run/a.bats: root,run/b.bats: root,'
	fails 'there is no test it_show in tests/unit/test_a.c' 's/: it_shows$/: it_show/'
	fails 'there is no folder tests/plan/field_b with an outcome' 's,tests/plan/field_a.keyName,tests/plan/field_b,'
	fails 'the test is no' 's/\ttests.run.a.bats: root/\troot/'
}

@test "files and tests have to do with the row" {
	printf '"no such thing"\n' >src/b.c
	fails 'src/b.c does not name show' 's,^show\tsrc/a,show\tsrc/b,'
	fails 'src/b.c does not name --root' 's,^--root\tsrc/a,--root\tsrc/b,'
	fails 'src/b.c does not name a.keyName' 's,^a.keyName\tsrc/a,a.keyName\tsrc/b,'
	fails 'the test does not name show --quiet' 's/^\(show --quiet\t.*\): it shows/\1: root/'
	fails 'the test does not name --root' 's/^\(--root\t.*\): root/\1: it shows/'
	fails "neither the file nor the test has 'such a thing'" 's/no such thing/such a thing/'
}

@test "what is refused has the test of a refusal" {
	checked 's/^--root\tsrc.a.c/--root\trefused in words/; s/^= Options/gone\trefused in words\ttests\/plan\/field_gone\n&/
		s/^a.keyName\tsrc.a.c/a.keyName\trefused in words/'
	[[ $output == *'there is no folder tests/plan/field_gone'* && $output == *'the test refuses nothing: tests/plan/field_a.keyName'* ]]
	[[ $output != *--root* ]]
	mv tests/plan/field_a.keyName/expect.json tests/plan/field_a.keyName/refusal.txt
	checked 's/^a.keyName\tsrc.a.c/a.keyName\trefused in words/'
	[ "$status" -eq 0 ]
	fails 'command show is carried out' 's/^show\tsrc.a.c/show\trefused in words/'
}

@test "the page is that of the rows, and there is a program to ask" {
	checked ''
	echo more >>docs/coverage.md
	run scripts/coverage --check
	[ "$status" -eq 1 ]
	[[ $output == *'docs/coverage.md is out of date: run scripts/coverage'* ]]
	ORLOP='' run scripts/coverage --check
	[ "$status" -eq 2 ]
	[[ $output == *'ORLOP is not a program'* ]]
	printf '#!/bin/sh\nexit 1\n' >program
	run scripts/coverage --check
	[ "$status" -eq 2 ]
	[[ $output == *'lists no commands'* ]]
}

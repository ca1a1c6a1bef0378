# SPDX-License-Identifier: Apache-2.0
# Copyright the orlop authors
#
# The rows of docs/coverage.tsv, as a page (mode=write) or with what is wrong with them (mode=check). For
# the latter a list of what there is comes first: "command", "option" or "field", a tab, and its name.
#
# Of a row with a tab between, WHAT, FILE and TEST:
#
#   - FILE names WHAT: a command's function, an option's row or member, the key or member of a field or
#     of the object that it is in;
#   - TEST is there by that name, and names WHAT too: "FILE: NAME" for bats and cmocka, or a folder of
#     tests/plan. Lines of a bats file that are in no test count for all of its tests;
#   - what stands between ` in a line of behaviour is in FILE or in TEST;
#   - where FILE is "refused in words", the test is one of a refusal.

BEGIN {
	FS = "\t"
	kinds["Commands"] = "command"
	kinds["Options"] = "option"
	kinds["Fields of config.json"] = "field"
}

function problem(text) {
	printf "docs/coverage.tsv:%d: %s\n", FNR, text >"/dev/stderr"
	failed = 1
}

# The whole of a file, "" where there is none.
function contents(path,    text, line) {
	if (path in files)
		return files[path]
	text = ""
	while ((getline line < path) > 0)
		text = text line "\n"
	close(path)
	return files[path] = text
}

# A word stands in text: not as a part of another.
function has_word(text, word) {
	return text ~ ("(^|[^A-Za-z0-9_-])" word "([^A-Za-z0-9_-]|$)")
}

# disableOOMKiller: disable_oom_killer
function snake(name,    out, i, char, last, following) {
	out = ""
	for (i = 1; i <= length(name); i++) {
		char = substr(name, i, 1)
		last = substr(name, i - 1, 1)
		following = substr(name, i + 1, 1)
		if (i > 1 && char ~ /[A-Z]/ && (last ~ /[a-z0-9]/ || following ~ /[a-z]/))
			out = out "_"
		out = out char
	}
	out = tolower(out)
	gsub(/-/, "_", out)
	return out
}

# What a field or an option is called in C and in JSON: its last part.
function last_part(what) {
	sub(/.*[. ]/, "", what)
	sub(/^--/, "", what)
	return what
}

# console_size_set has console_size.
function has_name(text, name) {
	return has_word(text, name) || text ~ ("(^|[^A-Za-z0-9])" snake(name) "([^A-Za-z0-9]|$)")
}

# Takes a bats file apart: in bodies its tests, in outside what is in none.
function read_bats(path,    line, name) {
	if (path in outside)
		return
	outside[path] = " "
	name = ""
	while ((getline line < path) > 0) {
		if (line ~ /^@test ".*" \{/) {
			name = substr(line, 8)
			sub(/" \{.*/, "", name)
			bodies[path, name] = line "\n"
			if (line ~ /\}$/)
				name = ""
		} else if (name != "") {
			bodies[path, name] = bodies[path, name] line "\n"
			if (line == "}")
				name = ""
		} else {
			outside[path] = outside[path] line "\n"
		}
	}
	close(path)
}

# What a test does, as text; "" with a problem where there is no such test. refusal is set where it is
# one: where that cannot be told, it is taken to be.
function test_text(test,    path, name, text) {
	refusal = 1
	if (test ~ /^tests\/plan\/[^ :]+$/) {
		refusal = contents(test "/refusal.txt") != ""
		if (!refusal && contents(test "/expect.json") contents(test "/plan.json") == "")
			problem("there is no folder " test " with an outcome")
		return contents(test "/config.json") contents(test "/request.json")
	}
	if (!index(test, ": ")) {
		problem("the test is no 'FILE: NAME' and no folder of tests/plan: " test)
		return ""
	}
	path = substr(test, 1, index(test, ": ") - 1)
	name = substr(test, index(test, ": ") + 2)
	if (path ~ /\.bats$/) {
		read_bats(path)
		if (!((path, name) in bodies)) {
			problem("there is no test '" name "' in " path)
			return ""
		}
		text = bodies[path, name]
		refusal = (text outside[path]) ~ /refused|denied|exits [1-9]/
		return text outside[path]
	}
	text = contents(path)
	# One that is in no list of tests is not compiled: nothing calls it.
	if (!index(text, "\nstatic void " name "(void **state)\n")) {
		problem("there is no test " name " in " path)
		return ""
	}
	return text
}

# The test has to do with it.
function test_names_it(kind, what, text) {
	if (kind == "option")
		return has_word(text, "--" last_part(what))
	return has_name(text, last_part(what))
}

# So has the file. One that carries out a whole object has the object's name.
function file_names_it(kind, what, path,    text, object) {
	text = contents(path)
	if (kind == "command")
		return text ~ ("cmd_" what "\\(")
	object = what
	if (kind == "field" && sub(/\.[^.]*$/, "", object) && index(object, ".") && has_name(text, last_part(object)))
		return 1
	return has_name(text, last_part(what))
}

# Each piece between ` of a line of behaviour.
function check_pieces(what, text,    pieces, count, i) {
	count = split(what, pieces, "`")
	for (i = 2; i <= count; i += 2)
		if (!index(text, pieces[i]))
			problem("neither the file nor the test has '" pieces[i] "'")
}

function check_row(kind, what, path, test,    text, refused) {
	refused = path == "refused in words"
	if (!refused && contents(path) == "")
		problem("there is no file " path)
	text = test_text(test)
	if (text == "")
		return
	if (refused && !refusal)
		problem("the test refuses nothing: " test)
	if (kind == "") {
		check_pieces(what, contents(path) text)
		return
	}
	if (!refused && !file_names_it(kind, what, path))
		problem(path " does not name " what)
	if (!test_names_it(kind, what, text))
		problem("the test does not name " what ": " test)
	if (!((kind, what) in exists) && !(kind == "command" && refused))
		problem("there is no " kind " " what)
	if (kind == "command" && refused && ((kind, what) in exists))
		problem("command " what " is carried out, and is not refused any more")
	missing[kind, what] = 0
}

function cell(text) {
	gsub(/\|/, "\\|", text)
	return text
}

# ---- the list of what there is

mode == "check" && FILENAME == "-" {
	exists[$1, $2] = 1
	missing[$1, $2] = 1
	order[++count] = $1 SUBSEP $2
	next
}

# ---- the rows

/^#/ || /^$/ { next }

/^= / {
	section = substr($0, 3)
	kind = section in kinds ? kinds[section] : ""
	if (mode == "write")
		page = page "\n## " section "\n\n| " (kind == "" ? "what" : kind) \
			" | carried out in | shown by |\n| --- | --- | --- |\n"
	next
}

{
	if (NF != 3 || $1 == "" || $2 == "" || $3 == "" || $0 ~ /(^|\t) | (\t|$)/) {
		problem("a row is WHAT, FILE and TEST with a tab between, and no cell is empty")
		next
	}
	if (section == "")
		problem("the row is in no section")
	if ((section, $1) in seen)
		problem("stands twice: " $1)
	seen[section, $1] = 1
	rows[kind]++
	if (mode == "write")
		page = page "| " (kind == "" ? cell($1) : "`" $1 "`") " | " $2 " | " cell($3) " |\n"
	else
		check_row(kind, $1, $2, $3)
}

END {
	if (mode == "write") {
		print "# What orlop does, where, and which test shows it"
		print ""
		print "Written by `scripts/coverage` from [coverage.tsv](coverage.tsv), which is kept by hand: do not"
		print "change it here. `make check` fails where a command, an option or a field of `config.json` has no"
		print "row, and where a row names a file or a test that is not there or has nothing to do with it."
		print ""
		printf "%d commands, %d options, %d fields, %d lines of behaviour. A test is a file and a name in it,\n", \
			rows["command"], rows["option"], rows["field"], rows[""]
		print "or a folder of `tests/plan`. What is *refused in words* stands here with the test of the refusal."
		printf "%s", page
	}
	if (mode == "check") {
		for (i = 1; i <= count; i++)
			if (missing[order[i]]) {
				split(order[i], parts, SUBSEP)
				printf "docs/coverage.tsv: no row for %s %s\n", parts[1], parts[2] >"/dev/stderr"
				failed = 1
			}
	}
	exit failed
}

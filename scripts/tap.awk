# SPDX-License-Identifier: Apache-2.0
# Copyright the orlop authors
#
# Adds up TAP. Input: any number of TAP documents, one after the other, with other lines between.
# Output: "P passed", "F failed", "S skipped" as one line "P F S", then a line "fail NAME" for each
# failure and "skip NAME: REASON" for each skip.
#
# Programs number their results, the lanes do not: a change from one to the other begins a document.
#
# A plan that promises more than came counts the rest as failures: the program died. A result with
# a "# SKIP" is a skip even after "not ok", as cmocka 1.1 prints it; one with "# TODO" as well.

function name_of(line) {
	sub(/^(not )?ok */, "", line)
	sub(/^[0-9]+ */, "", line)
	sub(/^- */, "", line)
	return line
}

function close_document(    missing) {
	missing = plan - seen
	if (has_plan && missing > 0) {
		failed += missing
		fails[++fail_count] = missing " of " plan " results did not come" (last == "" ? "" : " after: " last)
	}
	has_plan = plan = seen = 0
	last = ""
}

/^1\.\.[0-9]+/ {
	count = substr($1, 4) + 0
	if (!has_plan && seen > 0 && seen == count) {
		close_document()	# a plan at the end
		next
	}
	close_document()
	has_plan = 1
	plan = count
	if (tolower($0) ~ /# *skip/) {
		skipped++
		reason = $0
		sub(/^[^#]*# *[Ss][Kk][Ii][Pp][^ ]* */, "", reason)
		skips[++skip_count] = "all: " reason
	}
	next
}

/^(not )?ok([ \t]|$)/ {
	number = ($1 == "ok" ? $2 : $3) ~ /^[0-9]+$/
	if (seen > 0 && number != numbered)
		close_document()
	numbered = number
	seen++
	name = name_of($0)
	last = name
	if (match(tolower($0), /# *(skip|todo)/)) {
		skipped++
		reason = substr($0, RSTART)
		sub(/^# *[A-Za-z]+:? */, "", reason)
		sub(/ *# *([Ss][Kk][Ii][Pp]|[Tt][Oo][Dd][Oo]).*/, "", name)
		# cmocka puts the name where the reason should be.
		if (name == "") {
			name = reason
			reason = "no reason given"
		}
		skips[++skip_count] = name ": " (reason == "" ? "no reason given" : reason)
	} else if ($1 == "ok") {
		passed++
	} else {
		failed++
		fails[++fail_count] = name
	}
	next
}

/^Bail out!/ {
	failed++
	fails[++fail_count] = $0
}

END {
	close_document()
	print passed + 0, failed + 0, skipped + 0
	for (i = 1; i <= fail_count; i++)
		print "fail " fails[i]
	for (i = 1; i <= skip_count; i++)
		print "skip " skips[i]
}

# SPDX-License-Identifier: Apache-2.0
# Copyright the orlop authors
#
# From results.tsv: TAP on standard output, and a table of runtimes side by side in the file `table`.
# What runc does not pass in this guest says nothing about orlop: it is a skip. Under baseline and
# hardened a step is done, refused or changed, as the step says.

BEGIN { FS = "\t" }

{
	key = $1 "\t" $2
	if (!(key in seen)) {
		seen[key] = 1
		order[++count] = key
	}
	result[key, $3] = $4
	seconds[key, $3] = $5
}

function of(key, runtime) {
	return (key, runtime) in result ? result[key, runtime] : "-"
}

# What a policy makes of a step: done, or refused or changed as the step says.
function judge(name, outcome, reference) {
	if (outcome ~ /^(ok|refused|changed)/)
		print "ok - " name (outcome == "ok" ? "" : ": " outcome)
	else if (outcome == "failed" && reference == "failed")
		print "ok - " name " # SKIP runc fails too"
	else if (outcome == "failed")
		print "not ok - " name
}

END {
	names = split(runtimes, runtime, " ")
	for (i = 1; i <= names; i++)
		sub(/^.*\//, "", runtime[i])
	title["orlop"] = "orlop, oci"
	title["orlop-baseline"] = "orlop, baseline"
	title["orlop-hardened"] = "orlop, hardened"
	if (table != "") {
		print "Linux " kernel ":\n" > table
		head = "| group | step |"
		rule = "| --- | --- |"
		for (i = 1; i <= names; i++) {
			head = head " " (runtime[i] in title ? title[runtime[i]] : runtime[i]) " |"
			rule = rule " --- |"
		}
		print head > table
		print rule > table
	}
	for (n = 1; n <= count; n++) {
		split(order[n], part, "\t")
		name = "kernel " kernel ": " part[1] ": " part[2]
		line = "| " part[1] " | " part[2] " |"
		for (i = 1; i <= names; i++)
			line = line " " of(order[n], runtime[i]) " |"
		if (table != "")
			print line > table
		reference = of(order[n], "runc")
		ours = of(order[n], "orlop")
		if (of(order[n], "engine") == "failed")
			print "not ok - " name
		else if (ours == "ok")
			print "ok - " name
		else if (reference == "failed")
			print "ok - " name " # SKIP runc fails too"
		else if (ours == "-")
			print "ok - " name " # SKIP orlop was not asked"
		else
			print "not ok - " name
		for (i = 1; i <= names; i++)
			if (runtime[i] ~ /^orlop-/)
				judge(name ", " substr(runtime[i], 7), of(order[n], runtime[i]), reference)
	}
	if (count == 0 && wanted != "scope")
		print "not ok - engines, kernel " kernel ": no step was run"
}

# SPDX-License-Identifier: Apache-2.0
# Copyright the orlop authors
#
# Files of results, then docs/engines.tsv: the table. A cell has what became of all its steps.

BEGIN {
	FS = "\t"
	groups = split("docker-systemd ctr podman-systemd", group, " ")
	print "\n| feature | Docker | containerd | Podman | steps |"
	print "| --- | --- | --- | --- | --- |"
}

FILENAME !~ /engines\.tsv$/ {
	if ($3 == "orlop-hardened")
		result[$1, $2] = $4
	next
}

/^#/ || NF < 4 { next }

# cell GROUP STEPS: "ok", or what its steps came to otherwise, each once.
function cell(name, steps,    count, step, i, one, out) {
	if (steps == "-")
		return ""
	count = split(steps, step, / \+ /)
	for (i = 1; i <= count; i++) {
		one = (name, step[i]) in result ? result[name, step[i]] : "not run"
		if (one != "ok" && index(out, one) == 0)
			out = out (out == "" ? "" : ", ") one
	}
	return out == "" ? "ok" : out
}

# named STEPS...: each name once.
function named(    i, j, count, step, seen, out) {
	for (i = 2; i <= 4; i++) {
		count = $i == "-" ? 0 : split($i, step, / \+ /)
		for (j = 1; j <= count; j++)
			if (!(step[j] in seen)) {
				seen[step[j]] = 1
				out = out (out == "" ? "" : "; ") step[j]
			}
	}
	return out
}

{
	line = "| " $1 " |"
	for (n = 1; n <= groups; n++)
		line = line " " cell(group[n], $(n + 1)) " |"
	print line " " named() " |"
}

END { print "" }

# SPDX-License-Identifier: Apache-2.0
# Copyright the orlop authors
#
# Reads the numbers of system calls (lines "number name"), then a trace of the kernel's raw_syscalls
# events whose first line is "# timer PID round OPERATION...": the process that started all others,
# and what it started one after the other, again and again.
#
# Prints lines "operation call count microseconds" of one operation: how often on average, how long
# (the median of all rounds). "-user" is time outside of calls, page faults included; "-waits" time
# in calls that wait for another process; "-tasks" how many processes and threads. A read or receive
# that takes long waits for the other end of a pipe or socket.
#
# To "timeline" goes the last round call by call, to "steps" what takes long in it.

BEGIN {
	n = split("wait4 waitid poll ppoll epoll_wait epoll_pwait select pselect6 futex pause nanosleep " \
		"clock_nanosleep rt_sigtimedwait rt_sigsuspend accept4 accept", words, " ")
	for (i = 1; i <= n; i++)
		waiting[words[i]] = 1
	LONG_CALL = 15
	LONG_GAP = 25
}

FNR == NR {
	name[$1] = $2
	next
}

/^# timer / {
	timer = $3
	for (i = 5; i <= NF; i++)
		operation[i - 5] = $i
	operations = NF - 4
	run = -1
	next
}

{
	enter = index($0, "sys_enter: NR ")
	leave = index($0, "sys_exit: NR ")
	if (!enter && !leave || !match($0, / \[[0-9][0-9][0-9]\] /))
		next
	# The name of a task may have spaces and dashes: its number is what follows the last.
	task = substr($0, 1, RSTART - 1)
	sub(/ *$/, "", task)
	sub(/.*-/, "", task)
	split(substr($0, RSTART + RLENGTH), part, " ")
	time = part[2] * 1000000
	number = substr($0, enter ? enter + 14 : leave + 13) + 0
	call = number in name ? name[number] : number
}

task == timer {
	# Each thing that it starts begins with this.
	if (enter && call ~ /^v?fork$|^clone/) {
		run++
		start = time
		split("", order)
		split("", last)
		split("", open)
		tasks = 0
		lines[run] = 0
	}
	next
}

run < 0 {
	next
}

{
	if (!(task in last)) {
		order[task] = ++tasks
		task_count[run] = tasks
		last[task] = time
	}
}

enter {
	gap = time - last[task]
	user[run] += gap
	if (gap >= LONG_GAP)
		step(last[task] - start, order[task], gap, "-- outside of calls --")
	began[task] = time
	open[task] = call
	counts[run % operations, call]++
	text = $0
	sub(/.*sys_enter: NR -?[0-9]+ /, "", text)
	line = ++lines[run]
	at[task] = line
	shown[run, line] = call text
	moment[run, line] = time - start
	who[run, line] = order[task]
	taken[run, line] = "-"
}

leave && open[task] == call {
	spent = time - began[task]
	if (call in waiting || call ~ /^(read|recv)/ && spent > 50)
		waits[run] += spent
	else {
		spent_in[run, call] += spent
		calls[call] = 1
	}
	text = $0
	sub(/.*sys_exit: NR -?[0-9]+ = /, "", text)
	shown[run, at[task]] = shown[run, at[task]] " = " text
	taken[run, at[task]] = sprintf("%.0f", spent)
	if (spent >= LONG_CALL)
		step(began[task] - start, order[task], spent, call)
	open[task] = ""
}

{
	last[task] = time
}

function step(at, who, spent, what)
{
	step_text[run, ++steps_of[run]] = sprintf("%9.0f  %3d  %9.0f  %s", at, who, spent, what)
}

function median(values, n,    i, j, value)
{
	for (i = 2; i <= n; i++) {
		value = values[i]
		for (j = i - 1; j >= 1 && values[j] > value; j--)
			values[j + 1] = values[j]
		values[j + 1] = value
	}
	return n % 2 ? values[(n + 1) / 2] : (values[n / 2] + values[n / 2 + 1]) / 2
}

# The median over the rounds of what is in "from" for an operation.
function middle(from, which, key,    r, n)
{
	n = 0
	for (r = which; r <= run; r += operations)
		sample[++n] = (key == "" ? from[r] : from[r, key]) + 0
	return median(sample, n)
}

END {
	rounds = int((run + 1) / operations)
	if (rounds == 0)
		exit
	for (o = 0; o < operations; o++) {
		for (call in calls) {
			if ((o, call) in counts)
				printf "%s %s %.1f %.1f\n", operation[o], call, counts[o, call] / rounds, middle(spent_in, o, call)
		}
		for (call in name) {
			if (!(name[call] in calls) && (o, name[call]) in counts)
				printf "%s %s %.1f 0\n", operation[o], name[call], counts[o, name[call]] / rounds
		}
		printf "%s -user 0 %.1f\n", operation[o], middle(user, o, "")
		printf "%s -waits 0 %.1f\n", operation[o], middle(waits, o, "")
		printf "%s -tasks %.1f 0\n", operation[o], middle(task_count, o, "")

		r = (rounds - 1) * operations + o
		print "== " operation[o] > timeline
		print "== " operation[o] > steps
		print "# microseconds since the start, process, microseconds, call" > timeline
		print "# microseconds since the start, process, microseconds, call" > steps
		for (i = 1; i <= lines[r]; i++)
			printf "%9.0f  %3d  %9s  %s\n", moment[r, i], who[r, i], taken[r, i], shown[r, i] > timeline
		for (i = 1; i <= steps_of[r]; i++)
			print step_text[r, i] > steps
	}
}

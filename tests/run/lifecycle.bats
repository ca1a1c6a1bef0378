# SPDX-License-Identifier: Apache-2.0
# Copyright the orlop authors
#
# create, start, state, kill, delete, run, list: what every caller relies on.

load ../lib/orlop

@test "create leaves a container that waits, start lets it go" {
	create_container '.process.args = ["sh", "-c", "echo went >/tmp/went; sleep 1000"] |
		.mounts += [{destination: "/tmp", type: "tmpfs", source: "tmpfs"}]'
	must state "$ID"
	equal created "$(jq -r .status <<<"$output")" status
	[ -d "/proc/$PID" ]
	[ ! -e "/proc/$PID/root/tmp/went" ]

	must start "$ID"
	equal '' "$output" "what start prints"
	wait_for_status "$ID" running
	wait_for 10 test -e "/proc/$PID/root/tmp/went"
	must kill "$ID" KILL
	wait_for_status "$ID" stopped
	must delete "$ID"
	refused 'does not exist' state "$ID"
}

@test "state has the keys of the specification" {
	start_container '.annotations = {"org.example.key": "value"}'
	must state "$ID"
	jq -e --arg id "$ID" --argjson pid "$PID" --arg bundle "$BUNDLE" '
		(.ociVersion | test("^1\\.[0-9]+\\.[0-9]+")) and .id == $id and .pid == $pid and
		.status == "running" and .bundle == $bundle and
		.annotations["org.example.key"] == "value"' <<<"$output"
}

@test "state also has rootfs, owner and a creation time with nanoseconds" {
	start_container
	must state "$ID"
	jq -e --arg rootfs "$ROOTFS" '.rootfs == $rootfs and .owner == "" or .owner == "root"' <<<"$output"
	matches '^20[0-9-]+T[0-9:]+\.[0-9]+(Z|[+-][0-9:]+)$' "$(jq -r .created <<<"$output")" created
}

@test "state names the version of the specification that it is written by" {
	local spec
	must --version
	spec=$(sed -n 's/^spec: //p' <<<"$output")
	create_container '.ociVersion = "1.0.2"'
	must state "$ID"
	equal "$spec" "$(jq -r .ociVersion <<<"$output")" state
	must list --format json
	equal "$spec" "$(jq -r '.[].ociVersion' <<<"$output")" list
	must features
	equal "$spec" "$(jq -r .ociVersionMax <<<"$output")" features
}

@test "the state keeps what the container was made from, as it was" {
	local first
	GLOBAL=(--policy oci)
	site_policy '{ "oci": { "limits": { "pids": 77 } } }'
	bundle
	printf '\n\n' >>"$BUNDLE/config.json"
	cp "$BUNDLE/config.json" /etc/orlop/policy.json "$TEST_DIR"
	must create --bundle "$BUNDLE" "$ID"
	first=$ID
	: >"$BUNDLE/config.json"
	rm /etc/orlop/policy.json
	cmp "$TEST_DIR/config.json" "$STATE/$first/config.json"
	cmp "$TEST_DIR/policy.json" "$STATE/$first/policy.json"
	equal '600 600' "$(stat -c %a "$STATE/$first"/*.json | head -n 2 | tr '\n' ' ' | sed 's/ $//')" modes
	equal /etc/orlop/policy.json "$(jq -r .policyFile "$STATE/$first/state.json")" "site file in the record"
	must delete --force "$first"
	[ ! -e "$STATE/$first" ]

	create_container
	[ -e "$STATE/$ID/config.json" ]
	[ ! -e "$STATE/$ID/policy.json" ]
	equal null "$(jq -r .policyFile "$STATE/$ID/state.json")" "no site file in the record"
}

@test "a container whose configuration cannot be kept is not made" {
	bundle
	mkdir "$TEST_DIR/small"
	mount -t tmpfs -o mode=700,size=8k tmpfs "$TEST_DIR/small"
	jq --arg long "$(head -c 60000 /dev/zero | tr '\0' x)" '.annotations["org.example.long"] = $long' \
		"$BUNDLE/config.json" >"$BUNDLE/long"
	mv "$BUNDLE/long" "$BUNDLE/config.json"
	STATE=$TEST_DIR/small
	refused "write config.json in the state of container $ID.*no space left" create --bundle "$BUNDLE" "$ID"
	equal '' "$(ls -A "$STATE")" "what is left"
	umount "$TEST_DIR/small"
	[ ! -e "/sys/fs/cgroup/$ID" ]
}

@test "a stopped container has no pid" {
	start_container '.process.args = ["true"]'
	wait_for_status "$ID" stopped
	must state "$ID"
	equal 0 "$(jq .pid <<<"$output")" pid
}

@test "the pid file holds digits only" {
	create_container
	matches '^[0-9]+$' "$(<"$BUNDLE/pid")" "pid file"
	equal "${#PID}" "$(stat -c %s "$BUNDLE/pid")" "size of the pid file"
	must state "$ID"
	equal "$PID" "$(jq .pid <<<"$output")" "pid in state"
}

@test "a relative pid file is in the caller's directory" {
	bundle
	cd "$TEST_DIR"
	must create --bundle "$BUNDLE" --pid-file here.pid "$ID"
	[ -s "$TEST_DIR/here.pid" ]
}

@test "the bundle is the current directory by default" {
	bundle
	cd "$BUNDLE"
	must create "$ID"
	must state "$ID"
	equal "$BUNDLE" "$(jq -r .bundle <<<"$output")" bundle
}

@test "run returns the status of its process" {
	run_command sh -c 'exit 7'
	exits 7
	run_command true
	exits 0
}

@test "run returns 128 and the signal's number" {
	# Process 1 cannot end itself by a signal, its parent can.
	bundle
	runtime run --detach --bundle "$BUNDLE" "$ID"
	exits 0
	must delete --force "$ID"

	bundle
	( wait_for 10 has_status "$ID" running && runtime kill "$ID" KILL ) 3>&- &
	runtime run --bundle "$BUNDLE" "$ID"
	exits 137
	wait
}

@test "a caller that ignores SIGCHLD gets the status all the same" {
	bundle '.process.args = ["sh", "-c", "exit 7"]'
	(
		trap '' CHLD
		runtime run --bundle "$BUNDLE" "$ID"
		exits 7
	)
}

@test "run in the foreground removes the container" {
	run_command echo hello
	exits 0
	equal hello "$output"
	refused 'does not exist' state "$ID"
}

@test "run --keep leaves a stopped container" {
	bundle '.process.args = ["true"]'
	must run --keep --bundle "$BUNDLE" "$ID"
	wait_for_status "$ID" stopped
	must delete "$ID"
}

@test "run passes standard input through" {
	bundle '.process.args = ["cat"]'
	echo through >"$TEST_DIR/in"
	runtime run --bundle "$BUNDLE" "$ID" <"$TEST_DIR/in"
	exits 0
	equal through "$output"
}

@test "standard output and error stay apart" {
	run_command sh -c 'echo one; echo two >&2'
	exits 0
	equal one "$output"
	equal two "$errors"
}

@test "kill takes names, names without SIG and numbers, and sends TERM by itself" {
	local signal
	for signal in SIGUSR1 USR1 10; do
		start_container '.process.args = ["sh", "-c", "trap \"exit 9\" USR1; echo ready; while :; do sleep 0.05; done"]'
		wait_for 10 grep -q ready "$OUT"
		must kill "$ID" "$signal"
		wait_for_status "$ID" stopped
	done
	start_container '.process.args = ["sh", "-c", "trap \"exit 9\" TERM; echo ready; while :; do sleep 0.05; done"]'
	wait_for 10 grep -q ready "$OUT"
	must kill "$ID"
	wait_for_status "$ID" stopped
}

@test "kill with signal 0 asks only" {
	start_container
	must kill "$ID" 0
	has_status "$ID" running
}

@test "kill of an unknown signal fails" {
	start_container
	refused . kill "$ID" NOSUCH
	refused . kill "$ID" 1000
	has_status "$ID" running
}

@test "kill reaches a container that was not started" {
	create_container
	must kill "$ID" KILL
	wait_for_status "$ID" stopped
	must delete "$ID"
}

@test "kill of a stopped container says so" {
	start_container '.process.args = ["true"]'
	wait_for_status "$ID" stopped
	refused 'container not running' kill "$ID" KILL
}

@test "kill --all of a stopped container succeeds" {
	start_container '.process.args = ["true"]'
	wait_for_status "$ID" stopped
	must kill --all "$ID" KILL
}

@test "kill ends the children with the first process" {
	start_container '.process.args = ["sh", "-c", "sleep 1000 & sleep 1000 & echo ready; wait"]'
	wait_for 10 grep -q ready "$OUT"
	must kill "$ID" KILL
	wait_for_status "$ID" stopped
	wait_for 10 no_marked_processes
}

@test "delete refuses a running container" {
	start_container
	refused . delete "$ID"
	has_status "$ID" running
}

@test "delete --force ends and removes a container in every state" {
	create_container
	must delete --force "$ID"
	refused 'does not exist' state "$ID"
	start_container
	must delete --force "$ID"
	refused 'does not exist' state "$ID"
	start_container '.process.args = ["true"]'
	wait_for_status "$ID" stopped
	must delete --force "$ID"
	refused 'does not exist' state "$ID"
}

@test "delete of an unknown container fails, with --force it succeeds" {
	refused 'does not exist' delete no-such-container
	exits 1
	must delete --force no-such-container
}

@test "start needs a created container" {
	refused 'does not exist' start no-such-container
	start_container
	refused . start "$ID"
	start_container '.process.args = ["true"]'
	wait_for_status "$ID" stopped
	refused . start "$ID"
}

@test "state and kill of an unknown container fail with 1" {
	refused 'does not exist' state no-such-container
	exits 1
	refused 'does not exist' kill no-such-container KILL
	exits 1
}

@test "an id can be used once at a time" {
	create_container
	refused . create --bundle "$BUNDLE" "$ID"
	has_status "$ID" created
	must delete --force "$ID"
	must create --bundle "$BUNDLE" "$ID"
}

@test "ids that are no plain names are refused" {
	local id
	bundle
	for id in '' . .. a/b ../x 'a b' $'a\nb' 'ü' "$(printf '%300s' | tr ' ' x)"; do
		refused . create --bundle "$BUNDLE" "$id"
	done
	[ -z "$(ls -A "$STATE" 2>/dev/null)" ]
}

@test "list prints a table" {
	start_container
	must list
	matches '^ID +PID +STATUS +BUNDLE +CREATED +OWNER' "$output" header
	matches "$ID +$PID +running +$BUNDLE +20[^ ]+ +[^ ]+" "$output" row
}

@test "list --quiet prints ids, in order" {
	local first
	create_container
	first=$ID
	create_container
	must list --quiet
	equal "$first"$'\n'"$ID" "$output"
	must list -q
	equal "$first"$'\n'"$ID" "$output"
}

@test "list --format json is one line with the keys callers read" {
	start_container
	must list --format json
	equal 1 "$(wc -l <<<"$output")" lines
	equal 'ociVersion id pid status bundle rootfs created owner' \
		"$(jq -r '.[0] | del(.annotations) | keys_unsorted | join(" ")' <<<"$output")" keys
	equal "$ID $PID running" "$(jq -r '.[0] | "\(.id) \(.pid) \(.status)"' <<<"$output")"
	must delete --force "$ID"
	must list -f json
	matches '^(\[\]|null)$' "$output" "an empty list"
}

@test "list of a root that does not exist is an error" {
	STATE=$TEST_DIR/nowhere
	refused . list
}

@test "a missing program fails create with a message callers know" {
	bundle '.process.args = ["/no/such/program"]'
	refused . create --bundle "$BUNDLE" "$ID"
	equal 'orlop: exec: "/no/such/program": stat /no/such/program: no such file or directory' "$errors" "the only line"
	refused 'does not exist' state "$ID"
	run_command no-such-program
	[ "$status" -ne 0 ]
	matches 'no such file or directory|executable file not found' "$errors"
}

@test "a script without its interpreter fails at the start with the only line that callers know" {
	own_rootfs
	printf '#!/no/such/interpreter\n' >"$ROOTFS/run.sh"
	chmod 755 "$ROOTFS/run.sh"
	run_command /run.sh
	exits 1
	equal 'orlop: exec /run.sh: no such file or directory' "$errors" "of run"
	refused 'does not exist' state "$ID"
	create_container '.process.args = ["/run.sh"]'
	refused . start "$ID"
	equal 'orlop: exec /run.sh: no such file or directory' "$errors" "of start"
}

@test "a file that is not executable fails create with a message callers know" {
	bundle '.process.args = ["/etc/passwd"]'
	refused '[Pp]ermission denied' create --bundle "$BUNDLE" "$ID"
}

@test "a missing bundle or config.json is an error" {
	refused . create --bundle "$TEST_DIR/nowhere" "$MARK-none"
	exits 1
	mkdir "$TEST_DIR/empty"
	refused . create --bundle "$TEST_DIR/empty" "$MARK-none"
	bundle
	echo '{' >"$BUNDLE/config.json"
	refused . create --bundle "$BUNDLE" "$ID"
	bundle 'del(.ociVersion)'
	refused . create --bundle "$BUNDLE" "$ID"
}

@test "an error is in the log as a line of JSON" {
	bundle '.process.args = ["/no/such/program"]'
	GLOBAL=(--log "$TEST_DIR/log" --log-format json)
	runtime create --bundle "$BUNDLE" "$ID"
	[ "$status" -ne 0 ]
	jq -e -s '[.[] | select(.level == "error")] | last |
		(.msg | test("no such file or directory|executable file not found")) and
		(.time | test("^20[0-9-]+T[0-9:]+"))' "$TEST_DIR/log"
}

@test "unknown commands and options are refused" {
	local command help
	refused "unknown command 'frobnicate'" frobnicate
	must --help
	help=$output
	for command in checkpoint events pause ps restore resume update; do
		[[ $help =~ $'\n'\ +$command\  ]] || refused "command '$command' is not carried out by this version" "$command"
	done
	bundle
	refused . create --no-such-option --bundle "$BUNDLE" "$ID"
	refused . state
	refused . --no-such-option list
}

@test "exec runs in the container and returns the status" {
	require_command exec
	start_container
	must exec "$ID" sh -c 'echo inside; hostname'
	equal $'inside\norlop' "$output"
	runtime exec "$ID" sh -c 'exit 5'
	exits 5
	runtime exec "$ID" sh -c 'kill -KILL $$'
	exits 137
}

@test "exec that fails by itself returns 255" {
	require_command exec
	start_container
	runtime exec "$ID" /no/such/program
	exits 255
	matches 'no such file or directory|executable file not found' "$errors"
	runtime exec no-such-container true
	exits 255
	start_container '.process.args = ["true"]'
	wait_for_status "$ID" stopped
	runtime exec "$ID" true
	exits 255
}

@test "exec leaves the options after the id to the command" {
	require_command exec
	start_container
	must exec "$ID" echo -d --user x
	equal '-d --user x' "$output"
}

@test "exec --process reads a file and a pipe" {
	require_command exec
	start_container
	echo '{"args": ["sh", "-c", "echo $V"], "env": ["V=from-file", "PATH=/bin"], "cwd": "/", "user": {"uid": 0, "gid": 0}}' >"$TEST_DIR/process"
	must exec --process "$TEST_DIR/process" "$ID"
	equal from-file "$output"
	must exec --process /dev/fd/7 "$ID" 7< <(cat "$TEST_DIR/process")
	equal from-file "$output"
}

@test "exec --detach leaves a process and its pid" {
	require_command exec
	start_container
	must exec --detach --pid-file "$TEST_DIR/exec.pid" "$ID" sleep 1000
	local pid
	pid=$(<"$TEST_DIR/exec.pid")
	matches '^[0-9]+$' "$pid"
	equal "$(namespace_of "$PID" mnt)" "$(namespace_of "$pid" mnt)" "mount namespace"
	equal "$(namespace_of "$PID" pid)" "$(namespace_of "$pid" pid)" "pid namespace"
	equal "$(cgroup_of "$PID")" "$(cgroup_of "$pid")" "cgroup"
}

@test "pause stops the container and resume lets it go on" {
	require_command pause exec
	start_container
	must pause "$ID"
	has_status "$ID" paused
	equal 1 "$(sed -n 's/^frozen //p' "$(cgroup_of "$PID")/cgroup.events")" frozen
	refused 'cannot exec in a paused container' exec "$ID" true
	must resume "$ID"
	has_status "$ID" running
	must exec "$ID" true
	must pause "$ID"
	must delete --force "$ID"
}

@test "ps lists the processes" {
	require_command ps
	start_container
	must ps --format json "$ID"
	jq -e --argjson pid "$PID" 'index($pid) != null' <<<"$output"
	must ps "$ID"
	matches 'PID' "$output" header
	matches "$PID" "$output"
}

@test "spec writes a config.json that runs" {
	mkdir "$TEST_DIR/new"
	cd "$TEST_DIR/new"
	must spec
	equal '' "$output"
	jq -e '.process.terminal == true and .process.args == ["sh"] and .root.readonly == true and
		.process.noNewPrivileges == true and
		([.linux.namespaces[].type] | sort) == ["cgroup", "ipc", "mount", "network", "pid", "uts"]' config.json
	refused . spec

	mv config.json spec.json
	bundle
	jq --arg rootfs "$ROOTFS" '.process.terminal = false | .root.path = $rootfs | .process.args = ["echo", "spec"]' \
		spec.json >"$BUNDLE/config.json"
	must run --bundle "$BUNDLE" "$ID"
	equal spec "$output"
}

@test "spec writes what other runtimes write" {
	must spec --bundle "$TEST_DIR"
	jq -e '.ociVersion == "1.3.0" and .hostname == "orlop" and .root == {path: "rootfs", readonly: true} and
		(.process | .args == ["sh"] and .cwd == "/" and .user == {uid: 0, gid: 0} and
			.env == ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "TERM=xterm"] and
			.rlimits == [{type: "RLIMIT_NOFILE", hard: 1024, soft: 1024}] and
			.capabilities == (["CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE"] |
				{bounding: ., effective: ., permitted: .})) and
		.linux.resources.devices == [{allow: false, access: "rwm"}] and
		(.linux.maskedPaths | index("/proc/kcore") and index("/sys/firmware")) and
		(.linux.readonlyPaths | index("/proc/sys") and index("/proc/sysrq-trigger"))' "$TEST_DIR/config.json"
	equal '/proc proc, /dev tmpfs, /dev/pts devpts gid=5, /dev/shm tmpfs, /dev/mqueue mqueue, /sys sysfs ro, /sys/fs/cgroup cgroup ro' \
		"$(jq -r '[.mounts[] | [.destination, .type, (.options // [] | .[] | select(. == "ro" or . == "gid=5"))] | join(" ")] |
			join(", ")' "$TEST_DIR/config.json")" mounts
}

@test "spec --rootless writes a config.json that runs, with the caller's id as root" {
	mkdir "$TEST_DIR/new"
	must spec --rootless --bundle "$TEST_DIR/new"
	bundle
	jq --arg rootfs "$ROOTFS" '.process.terminal = false | .root.path = $rootfs |
		.process.args = ["cat", "/proc/self/uid_map", "/proc/self/gid_map"]' "$TEST_DIR/new/config.json" >"$BUNDLE/config.json"
	GLOBAL=(--policy oci)
	must run --bundle "$BUNDLE" "$ID"
	matches "^ *0 +$(id -u) +1"$'\n'" *0 +$(id -g) +1\$" "$output"
}

@test "--version has the lines that callers parse" {
	local sign=-
	must features
	[ "$(jq .linux.cgroup.systemd <<<"$output")" = false ] || sign=+
	must --version
	matches $'^[a-z]+ version [0-9.]+' "$output"
	matches $'\ncommit: ' "$output"
	matches $'\nspec: 1\\.' "$output"
	# As crun: what was built in, a word each.
	matches '^[+-][A-Z]+( [+-][A-Z]+)+$' "$(sed -n 4p <<<"$output")" "line of features"
	matches '(^| )\+SECCOMP( |$)' "$(sed -n 4p <<<"$output")" "line of features"
	matches " \\${sign}SYSTEMD( |\$)" "$(sed -n 4p <<<"$output")" "as features has it"
}

@test "features is JSON with the lists that callers read" {
	must features
	jq -e '(.ociVersionMin | type) == "string" and (.hooks | length) == 6 and
		(.mountOptions | index("rro")) and (.linux.namespaces | index("user")) and
		(.linux.capabilities | index("CAP_CHOWN")) and .linux.cgroup.v2 == true and
		.linux.seccomp.enabled == true and .linux.mountExtensions.idmap.enabled == true' <<<"$output"
}

@test "features names the annotations that change what is done" {
	must --version
	[[ $output == *+SYSTEMD* ]] || skip "built without systemd"
	must features
	# features.md: a value that ends with a dot is a prefix.
	equal '["org.systemd.property."]' "$(jq -c .potentiallyUnsafeConfigAnnotations <<<"$output")"
}

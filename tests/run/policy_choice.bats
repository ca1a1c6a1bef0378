# SPDX-License-Identifier: Apache-2.0
# Copyright the orlop authors
#
# Which policy holds: hardened by default, oci adds nothing, the site's file has the last word.

load ../lib/orlop
load support

# What a container has that the policies differ in: user namespace, no_new_privs, filters.
posture() {
	local ids=host
	[ "$(namespace_of "$PID" user)" = "$(namespace_of self user)" ] || ids=own
	printf '%s %s %s\n' "$ids" "$(proc_status "$PID" NoNewPrivs)" "$(proc_status "$PID" Seccomp)"
}

loose='.process.noNewPrivileges = false'

@test "hardened is the default, the others are there for the asking" {
	start_container "$loose"
	equal 'own 1 2' "$(posture)"
	GLOBAL=(--policy hardened)
	start_container "$loose"
	equal 'own 1 2' "$(posture)"
	GLOBAL=(--policy baseline)
	start_container "$loose"
	equal 'host 0 2' "$(posture)"
	GLOBAL=(--policy oci)
	start_container "$loose"
	equal 'host 0 0' "$(posture)"
	GLOBAL=(--policy harden)
	bundle
	refused "policy 'harden'" create --bundle "$BUNDLE" "$ID"
}

@test "oci adds nothing" {
	local plan
	GLOBAL=(--policy oci)
	bundle 'del(.process.noNewPrivileges, .process.rlimits, .linux.maskedPaths, .linux.readonlyPaths,
		.linux.resources, .root.readonly) | '"$all_capabilities"
	must run --detach --pid-file "$BUNDLE/pid" --bundle "$BUNDLE" "$ID"
	PID=$(<"$BUNDLE/pid")
	equal 'host 0 0' "$(posture)"
	equal "$(proc_status self CapBnd)" "$(proc_status "$PID" CapBnd)" CapBnd
	equal "$(</proc/self/oom_score_adj)" "$(<"/proc/$PID/oom_score_adj")" oom_score_adj
	equal "$(grep '^Max core' /proc/self/limits)" "$(grep '^Max core' "/proc/$PID/limits")"
	equal '/ /dev /dev/mqueue /dev/pts /dev/shm /proc /sys /sys/fs/cgroup' \
		"$(cut -d ' ' -f 5 "/proc/$PID/mountinfo" | sort | tr '\n' ' ' | sed 's/ $//')" mounts
	has_option rw "$PID" /
	no_option nosuid "$PID" /
	no_option idmapped "$PID" /
	! have_apparmor || equal unconfined "$(label_of "$PID")"
	must delete --force "$ID"

	must plan --bundle "$BUNDLE" "$ID"
	plan=$output
	equal 'default spec' "$(jq -r '[.. | objects | .origin? // empty] | unique | join(" ")' <<<"$plan")" "origins in the plan"
	equal 0 "$(jq '[.. | objects | select(.item? != null)] | length' <<<"$plan")" "values of the plan that a rule made"
	[ ! -e "$STATE/$ID" ]
}

@test "the plan of hardened names the rule for what it adds" {
	bundle '.process.noNewPrivileges = false'
	must plan --bundle "$BUNDLE" "$ID"
	jq -e '[.. | objects | .origin? // empty] | unique | index("floor") != null' <<<"$output"
	jq -e '[.. | objects | .item? // empty] | (index("no-new-privileges") != null and index("user-namespace") != null and
		index("tmpfs-paths") != null and index("seccomp-floor") != null)' <<<"$output"
	[ ! -e "$STATE/$ID" ] && [ ! -e "/sys/fs/cgroup/$ID" ]
}

@test "the site's file sets the default and what may be asked for" {
	site_policy '{"default": "baseline", "allow": ["baseline", "hardened"]}'
	start_container "$loose"
	equal 'host 0 2' "$(posture)"
	GLOBAL=(--policy hardened)
	start_container "$loose"
	equal 'own 1 2' "$(posture)"
	GLOBAL=(--policy oci)
	bundle
	refused "policy 'oci'.*/etc/orlop/policy.json" create --bundle "$BUNDLE" "$ID"
}

@test "the site's file sets single rules, and a refusal names its line" {
	site_policy $'{"hardened": {"items": {\n"no-new-privileges": "deny",\n"host-uts": "off"}}}'
	bundle "$loose"
	refused 'rule no-new-privileges of policy hardened, /etc/orlop/policy.json:2' create --bundle "$BUNDLE" "$ID"
	start_container 'del(.hostname) | del(.linux.namespaces[] | select(.type == "uts"))'
	same_namespace "$PID" self uts
}

@test "a site file that others may write, or that is no JSON, stops everything" {
	site_policy '{"default": "oci"}'
	bundle
	chmod 666 /etc/orlop/policy.json
	refused /etc/orlop/policy.json create --bundle "$BUNDLE" "$ID"
	chown 1000 /etc/orlop/policy.json
	chmod 644 /etc/orlop/policy.json
	refused /etc/orlop/policy.json create --bundle "$BUNDLE" "$ID"
	rm /etc/orlop/policy.json
	site_policy '{"default": "oci"'
	refused /etc/orlop/policy.json create --bundle "$BUNDLE" "$ID"
	site_policy '{"hardened": {"items": {"host-nework": "off"}}}'
	refused /hardened/items/host-nework create --bundle "$BUNDLE" "$ID"
	rm /etc/orlop/policy.json
	mkfifo /etc/orlop/policy.json
	refused /etc/orlop/policy.json create --bundle "$BUNDLE" "$ID"
	rm /etc/orlop/policy.json
	chmod 777 /etc/orlop
	site_policy '{"default": "oci"}'
	refused /etc/orlop create --bundle "$BUNDLE" "$ID"
	chmod 755 /etc/orlop
}

@test "parts of the floor can be opened by name" {
	[ "$(uname -m)" = x86_64 ] || skip "has the system call numbers of x86-64"
	with_probe
	# The second is a packet socket too: AF_INET with SOCK_PACKET and SOCK_CLOEXEC.
	run_command probe syscall packet=41,17,3,0 old=41,2,524298,0 diag=41,16,3,4 kcmp=312,1,1,0,0,0
	equal $'packet EAFNOSUPPORT\nold EAFNOSUPPORT\ndiag EPROTONOSUPPORT\nkcmp EPERM' "$output"
	site_policy '{"hardened": {"open": ["netlink-diag", "packet"]}}'
	run_command probe syscall diag=41,16,3,4 packet=41,17,3,0 old=41,2,524298,768 uevent=41,16,3,15
	matches '^diag [0-9]' "$output"
	# The kernel still asks for CAP_NET_RAW.
	equal EPERM "$(line packet)"
	equal EPERM "$(line old)"
	equal EPROTONOSUPPORT "$(line uevent)"
}

@test "disabling the cgroup manager is for oci alone" {
	GLOBAL=(--cgroup-manager disabled)
	bundle
	refused 'cgroup' create --bundle "$BUNDLE" "$ID"
	GLOBAL=(--cgroup-manager disabled --policy baseline)
	refused 'cgroup' create --bundle "$BUNDLE" "$ID"
}

# SPDX-License-Identifier: Apache-2.0
# Copyright the orlop authors
#
# While containers start, a name on the way to what the runtime opens is now a directory, now a link out of
# the image. Whichever it finds: nothing outside is made, changed, mounted or mounted over.

load ../lib/orlop

setup() {
	orlop_setup
	require_root
	require_helper racer
	own_rootfs
	CANARY=$TEST_DIR/canary
	mkdir -p "$CANARY"/{pts,sys,self,new}
	echo x >"$CANARY/target"
	echo x >"$CANARY/console"
	find "$CANARY" -exec touch -h -d 2001-01-01 {} +
	BEFORE=$(manifest)
	RACER=''
	SECONDS_OF_RACE=5
	[ "${ORLOP_SLOW:-1}" -eq 1 ] || SECONDS_OF_RACE=8
}

teardown() {
	[ -z "$RACER" ] || kill "$RACER" 2>/dev/null || :
	orlop_teardown
}

manifest() { find "$CANARY" -printf '%P %y %m %U:%G %i %s %T@\n' | sort; }

# race NAME LINK-TARGET JQ-FILTER: containers start while NAME of the image is exchanged.
race() { untraced race_through "$@"; }
race_through() {
	local name=$1 target=$2 filter=$3 end policy=oci went=0 refused=0 sha
	sha=$(sha256sum "$ORLOP")
	mkdir -p "$ROOTFS/$name"
	ln -s "$target" "$ROOTFS/link"
	"$ORLOP_HELPERS/racer" "$SECONDS_OF_RACE" "$ROOTFS/$name" "$ROOTFS/link" >"$TEST_DIR/exchanges" 3>&- &
	RACER=$!
	bundle "$filter"
	end=$((SECONDS + SECONDS_OF_RACE))
	while [ "$SECONDS" -lt "$end" ]; do
		[ "$policy" = oci ] && policy=hardened || policy=oci
		GLOBAL=(--policy "$policy")
		rm -f "$BUNDLE/pid"
		runtime run --detach --bundle "$BUNDLE" --pid-file "$BUNDLE/pid" "$ID"
		if [ "$status" -eq 0 ]; then
			went=$((went + 1))
			! awk '{ print $4 }' "/proc/$(<"$BUNDLE/pid")/mountinfo" | grep canary || return 1
			must delete --force "$ID" || return
		else
			refused=$((refused + 1))
			[ ! -e "$STATE/$ID" ] || { show_call "state is left"; return 1; }
		fi
		equal "$BEFORE" "$(manifest)" "the directory outside" || return
	done
	wait "$RACER"
	RACER=''
	echo "# $name: $went containers, $refused refusals, $(<"$TEST_DIR/exchanges") exchanges" >&3
	[ $((went + refused)) -gt 0 ] && [ "$(<"$TEST_DIR/exchanges")" -gt 100 ]
	equal "$sha" "$(sha256sum "$ORLOP")"
}

@test "a target that is exchanged for a link while it is made" {
	mkdir "$TEST_DIR/volume"
	race way "$CANARY" ".root.readonly = false | .mounts += [
		{destination: \"/way/new/deep\", type: \"bind\", source: \"$TEST_DIR/volume\", options: [\"bind\"]},
		{destination: \"/way/target\", type: \"bind\", source: \"/etc/hostname\", options: [\"bind\"]},
		{destination: \"/way/tmp\", type: \"tmpfs\", source: \"tmpfs\"}]"
}

@test "/proc that is exchanged for a link" {
	rmdir "$ROOTFS/proc"
	race proc "$CANARY" '.'
}

@test "/dev that is exchanged for a link" {
	rm -rf "${ROOTFS:?}/dev"
	race dev "$CANARY" '.mounts |= map(select(.destination | startswith("/dev") | not)) | .process.terminal = false'
}

@test "a working directory that is exchanged for a link" {
	race cwd "/proc/self/fd/7" '.process.cwd = "/cwd" | .process.args = ["sleep", "1000"]'
}

@test "a masked and a read-only path that are exchanged for links" {
	race hidden "$CANARY" '.linux.maskedPaths += ["/hidden", "/hidden/target"] | .linux.readonlyPaths += ["/hidden", "/hidden/sys"]'
}

@test "a directory that a tmpfs takes over is exchanged for a link" {
	race taken "$CANARY" '.mounts += [{destination: "/taken", type: "tmpfs", source: "tmpfs", options: ["tmpcopyup", "size=1m"]}]'
}

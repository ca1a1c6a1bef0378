# SPDX-License-Identifier: Apache-2.0
# Copyright the orlop authors
#
# Steps that every engine has: images of many kinds, services, and what of a container is seen on the
# host. Each engine's file gives the words:
#
#   oneshot [OPTION... --] IMAGE COMMAND...           a container for a command
#   background NAME [OPTION... --] IMAGE COMMAND...   one that stays
#   within NAME COMMAND...                            a further process in it
#   pid_of NAME, again NAME, discard NAME             its first process; stop and start it; remove it
#   volume NAME OWNER      a new volume, for a directory of the image with this owner; its path on the host
#   volume_at NAME DIR     options that mount it
#   load NAME              have the image /srv/NAME.tar
#   layers_of NAME         directories of the host that hold files of the image
#
# and Docker and Podman "cli", their command line, and
#
#   completed NAME IMAGE COMMAND...    a container whose command has ended

# image NAME: make it, unless that is done, and have it.
image() {
	[ -e "/srv/$1.tar" ] || "$STEPS_DIR/images" "$1"
	load "$1"
}

# listing PATH...: a command for a container: names, types, owners, modes, times, content, attributes.
listing() {
	local paths=$*
	printf '%s\n' "find $paths -print0 | sort -z | xargs -0 stat -c '%N|%F|%u:%g|%a|%Y|%t:%T'" \
		"find $paths -type f -print0 | sort -z | xargs -0 md5sum" \
		"getfattr -Rhd --absolute-names -m - $paths"
}

# as_with_runc IMAGE COMMAND...: it ends well and prints something, the same as with runc.
as_with_runc() {
	oneshot "$@" >/tmp/ours.txt
	[ -s /tmp/ours.txt ]
	[ "$RUNTIME" != runc ] || return 0
	RUNTIME=runc oneshot "$@" >/tmp/theirs.txt
	diff /tmp/theirs.txt /tmp/ours.txt
}

# processes NAME: of its cgroup, and below.
processes() { find "/sys/fs/cgroup$(cgroup_of "$(pid_of "$1")")" -name cgroup.procs -exec cat {} +; }

# has_ids NAME ID...: these, and no others, are the user ids of its processes; on this host, under
# hardened, in a range that begins with the container's root and is not the host's.
has_ids() {
	local name=$1 first pid want got
	shift
	first=$(awk '{ print $2; exit }' "/proc/$(pid_of "$name")/uid_map")
	case $RUNTIME in
	orlop-hardened) [ "$first" -ge 524288 ] ;;
	*) [ "$first" -eq 0 ] ;;
	esac || { printf '%s: its root is the id %s\n' "$name" "$first"; return 1; }
	want=$(for id; do echo $((first + id)); done | sort -u)
	got=$(for pid in $(processes "$name"); do
		awk '$1 == "Uid:" { print $2; print $3; print $4; print $5 }' "/proc/$pid/status"
	done | sort -u)
	[ "$got" = "$want" ] || { printf '%s: ids on the host: want %s, got %s\n' "$name" "$want" "$got"; return 1; }
}

# nothing_left: no process with mapped ids, no range of the registry, no root file system that is mounted.
nothing_left() {
	local left
	left=$(
		awk '$1 == "Uid:" && $2 >= 524288 { print FILENAME }' /proc/[0-9]*/status 2>/dev/null || :
		find /run/orlop/ids -name '[0-9]*' 2>/dev/null || :
		grep -E ' (/var/lib/containers/storage|/var/lib/docker|/run/containerd/io[^ ]*)/[^ ]*(merged|rootfs) ' \
			/proc/self/mountinfo || :
	)
	[ -z "$left" ] || { printf 'left:\n%s\n' "$left"; return 1; }
}

# on_disk DIR...: what the host's file system says of all files in there.
on_disk() { find "$@" -printf '%p %U:%G %m %s %T@ %C@\n' | sort; }

# with_rootfs MODE: what the site's policy says, for the rest of the step.
with_rootfs() {
	[ "$RUNTIME" = orlop-hardened ] || return 0
	cp -p /etc/orlop/policy.json /etc/orlop/policy.json.before
	finally mv /etc/orlop/policy.json.before /etc/orlop/policy.json
	printf '{ "default": "hardened", "hardened": { "rootfs": "%s" } }\n' "$1" >/etc/orlop/policy.json
}

shared_steps() {
	# The first of them makes an image and loads it.
	local step_limit=${STEP_LIMIT:-600}
	image_steps
	host_steps
	service_steps
}

image_steps() {
	step 'image: owners, modes, names' <<-'END'
		image odd
		as_with_runc odd sh -ec "$(listing /odd/owners /odd/names)"
	END
	step 'image: attributes, file capabilities' <<-'END'
		image odd
		as_with_runc odd sh -ec "$(listing /odd/attributes /odd/setuid /odd/capable)"
		grep -q 'user.note="kept"' /tmp/ours.txt
		grep -q '^security.capability=' /tmp/ours.txt
	END
	step 'image: 40 layers, opaque directories, whiteouts' <<-'END'
		image odd
		as_with_runc odd sh -ec "$(listing /odd/layers /odd/opaque /odd/gone /odd/turned /odd/once /odd/twice /bin)"
		gives $'below\nnew' oneshot odd ls /odd/opaque
		gives '' oneshot odd ls /odd/opaque/below
		gives '40' oneshot odd cat /odd/layers/last
	END
	step 'image: set-user-id program' hardened=changed:root-nosuid <<-'END'
		image odd
		gives 0 oneshot --user 1000 -- odd /odd/setuid -u
	END
	step 'image: program with a capability' hardened=changed:root-nosuid <<-'END'
		image odd
		oneshot --user 1000 -- odd sh -c 'touch /tmp/f && /odd/capable 5 /tmp/f'
	END
	step 'image that writes into itself' hardened=changed:rootfs <<-'END'
		gives 'kept' oneshot img sh -c 'mkdir /new && echo kept >/new/file && rm /etc/group && cat /new/file'
	END
	step 'image that writes into itself, rootfs: ephemeral' <<-'END'
		with_rootfs ephemeral
		gives 'kept' oneshot img sh -c 'mkdir /new && echo kept >/new/file && rm /etc/group && cat /new/file'
		oneshot img sh -c 'test ! -e /new && test -e /etc/group'
	END
}

host_steps() {
	step 'ids of processes on the host' <<-'END'
		background h1 img sh -c 'su user -c "exec sleep 1000" & exec sleep 1000'
		background h2 img sleep 1000
		soon has_ids h1 0 1000
		has_ids h2 0
		first() { awk '{ print $2; exit }' "/proc/$(pid_of "$1")/uid_map"; }
		[ "$RUNTIME" != orlop-hardened ] || [ "$(first h1)" != "$(first h2)" ]
		discard h1
		discard h2
		nothing_left
	END
	step 'owners on disk' <<-'END'
		image odd
		layers=$(layers_of odd)
		on_disk $layers >/tmp/before.txt
		grep -q ' 1000:1000 ' /tmp/before.txt
		at=$(volume owned 0)
		background h3 $(volume_at owned /data) -- odd sh -c 'cat /odd/owners/0:0; cd /data; touch root; mkdir user; chown -R 1000:2000 user; exec sleep 1000'
		soon test -e "$at/user"
		soon gives '1000:2000' stat -c %u:%g "$at/user"
		gives '0:0' stat -c %u:%g "$at/root"
		discard h3
		on_disk $layers >/tmp/after.txt
		diff /tmp/before.txt /tmp/after.txt
		nothing_left
	END
}

service_steps() {
	step 'service: web server' <<-'END'
		image services
		at=$(volume logs 0)
		background web $(volume_at logs /var/log/nginx) -- services nginx
		soon within web wget -qO- http://127.0.0.1/ | grep -q served
		gives 1 within web cat /run/nginx.pid
		has_ids web 0 33
		grep -q 'GET / ' "$at/access.log"
		gives 0:0 stat -c %u:%g "$at/access.log"
		discard web
		nothing_left
	END
	step 'service: database' <<-'END'
		image services
		at=$(volume base 999)
		background db $(volume_at base /data) --user 999:999 -- services redis-server --port 0 --unixsocket /tmp/redis --dir /data --appendonly yes
		soon gives PONG within db redis-cli -s /tmp/redis ping
		gives OK within db redis-cli -s /tmp/redis set kept value
		has_ids db 999
		again db
		soon gives value within db redis-cli -s /tmp/redis get kept
		gives 999:999 stat -c %u:%g "$at/appendonlydir"
		discard db
		nothing_left
	END
	step 'service: an archive of many owners' <<-'END'
		image services
		at=$(volume unpacked 0)
		oneshot $(volume_at unpacked /data) -- services tar -xpf /srv/many.tar -C /data
		[ "$(find "$at" -name file | wc -l)" -eq 60 ]
		for n in 1 2 33 60; do
			gives "$((n * 1000)):$((n * 7)) $((n % 2 ? 640 : 2751))" stat -c '%u:%g %a' "$at/$n/file"
		done
	END
	step 'service: an init' <<-'END'
		image services
		background init services init
		soon gives served within init wget -qO- http://127.0.0.1/
		within init test -e /run/begun
		has_ids init 0
		was=$(within init pidof httpd)
		within init kill -9 "$was"
		soon gives served within init wget -qO- http://127.0.0.1/
		[ "$(within init pidof httpd)" != "$was" ]
		discard init
		nothing_left
	END
}

# What command lines of Docker and Podman have in common.
cli_steps() {
	local cp=''
	step 'users: by number, by name, beyond 65535' <<-'END'
		gives 65532 oneshot --user 65532 -- img id -u
		gives '1000 1000 2000' oneshot --user user -- img sh -c 'echo $(id -u) $(id -G)'
		gives 100000 oneshot --user 100000 -- img id -u
	END
	step 'cp out, commit, export' <<-'END'
		background u1 img sleep 1000
		cli cp u1:/etc/passwd /tmp/passwd
		grep -q '^user:x:1000:' /tmp/passwd
		cli commit -c 'CMD ["id", "-u"]' u1 committed
		cli export u1 >/tmp/export.tar
		tar -tvf /tmp/export.tar --numeric-owner | grep -q ' 1000/1000 .* home/user/'
		discard u1
		gives 0 oneshot committed
		cli rmi -f committed
	END
	# Podman writes as the host's root in the container's mount namespace, where volumes are id-mapped.
	case $GROUP in podman-*) cp=hardened=changed:user-namespace ;; esac
	step 'cp into a volume' ${cp:+"$cp"} <<-'END'
		at=$(volume target 0)
		background u2 $(volume_at target /data) -- img sleep 1000
		echo copied >/tmp/copied
		chown 0:0 /tmp/copied
		cli cp /tmp/copied u2:/data/copied
		gives copied within u2 cat /data/copied
		gives 0:0 within u2 stat -c %u:%g /data/copied
		gives 0:0 stat -c %u:%g "$at/copied"
		discard u2
	END
	step 'cp into a volume of one that has ended' <<-'END'
		volume target 0
		completed u4 $(volume_at target /data) img true
		echo copied >/tmp/copied
		cli cp /tmp/copied u4:/data/copied
		cli rm u4
		gives 'copied 0' oneshot $(volume_at target /data) -- img sh -c 'echo $(cat /data/copied) $(stat -c %u /data/copied)'
	END
	step 'diff, commit of what was written' hardened=changed:rootfs <<-'END'
		completed u3 img sh -c 'echo new >/new'
		cli diff u3 | grep -q '^A /new'
		cli commit u3 committed
		discard u3
		gives new oneshot committed cat /new
		cli rmi -f committed
	END
}

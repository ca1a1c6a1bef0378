# SPDX-License-Identifier: Apache-2.0
# Copyright the orlop authors
#
# Podman. Groups podman-systemd and podman-cgroupfs, by the cgroup manager, as root; podman-vfs, where
# layers are copied; podman-rootless as the user "user", whose systemd makes the cgroups.

# as_user COMMAND...: as the user, in a session as far as Podman sees.
as_user() {
	local at=/run/user/1000
	runuser -u user -- env -C /home/user HOME=/home/user XDG_RUNTIME_DIR=$at DBUS_SESSION_BUS_ADDRESS=unix:path=$at/bus "$@"
}

pman() {
	local path=$RUNTIME
	case $RUNTIME in orlop*) path=$ORLOP ;; esac
	case $GROUP in
	podman-rootless) as_user podman --runtime "$path" --cgroup-manager systemd "$@" ;;
	podman-vfs) podman --storage-driver vfs --root /var/lib/vfs --runtime "$path" --cgroup-manager systemd "$@" ;;
	*) podman --runtime "$path" --cgroup-manager "${GROUP#podman-}" "$@" ;;
	esac
}
# states: the directory of the runtime's records.
states() {
	local under=/run
	[ "$GROUP" != podman-rootless ] || under=/run/user/1000
	printf '%s/%s\n' "$under" "${RUNTIME%%-*}"
}

# system COMMAND...: systemctl, of the systemd that makes the cgroups.
system() {
	case $GROUP in
	podman-rootless) as_user systemctl --user "$@" ;;
	*) systemctl "$@" ;;
	esac
}
init_pid() { pman inspect -f '{{.State.Pid}}' "$1"; }
is_state() { [ "$(pman inspect -f '{{.State.Status}}' "$1")" = "$2" ]; }
is_healthy() { [ "$(pman inspect -f '{{.State.Health.Status}}' "$1")" = healthy ]; }


cli() { pman "$@"; }
pid_of() { init_pid "$1"; }
oneshot() {
	local options=()
	parted "$@"
	pman run --rm ${options[@]+"${options[@]}"} "${rest[@]}"
}
background() {
	local options=()
	parted "${@:2}"
	finally discard "$1"
	pman run -d --name "$1" ${options[@]+"${options[@]}"} "${rest[@]}"
}
completed() { pman run --name "$@"; }
within() { pman exec "$@"; }
again() { pman restart -t 5 "$1"; }
discard() { pman rm -f -v -t 0 "$1"; }
volume() {
	pman volume rm -f "$1" >&2
	pman volume create "$1" >&2
	pman volume inspect -f '{{.Mountpoint}}' "$1"
}
volume_at() { echo "-v $1:$2"; }
load() { RUNTIME=runc pman image exists "$1" || RUNTIME=runc pman load -qi "/srv/$1.tar"; }
layers_of() {
	case $GROUP in
	podman-vfs) ls -d /var/lib/vfs/vfs/dir/*/odd ;;
	*) pman image inspect -f '{{.GraphDriver.Data.UpperDir}}:{{.GraphDriver.Data.LowerDir}}' "$1" | tr : '\n' ;;
	esac
}

podman_start() {
	[ "$GROUP" != podman-rootless ] || systemctl start user@1000.service
	RUNTIME=runc pman image exists img || RUNTIME=runc pman load -qi /srv/image.tar
}
podman_stop() { [ "$GROUP" != podman-rootless ] || systemctl stop user@1000.service; }

podman_use() { :; }
podman_clear() {
	pman pod rm -f -t 0 -a
	pman rm -f -t 0 -a
	pman volume rm -a -f
}

podman_steps() {
	[ "$GROUP" = podman-vfs ] || podman_cli_steps
	case $GROUP in podman-systemd | podman-vfs) shared_steps ;; esac
}

podman_cli_steps() {
	step 'run --rm true' <<-'END'
		pman run --rm img true
	END
	step 'exit status' <<-'END'
		ends 42 pman run --rm img sh -c 'exit 42'
	END
	step 'output and input' <<-'END'
		gives 'out' pman run --rm img sh -c 'echo out; echo err >&2'
		gives 'read this' pman run --rm -i img cat <<<'read this'
	END
	step 'missing command: 127' <<-'END'
		ends 127 pman run --rm img /nonexistent
	END
	step 'directory as command: 126' <<-'END'
		ends 126 pman run --rm img /etc
	END
	step 'run -d, logs' <<-'END'
		pman run -d --name p1 --hostname box img sh -c 'hostname; trap "exit 3" TERM; trap "echo hup" HUP; while :; do sleep 0.2; done'
		is_state p1 running
		soon shows 'box' pman logs p1
		id=$(pman inspect -f '{{.Id}}' p1)
		if [ "$GROUP" = podman-rootless ]; then
			[ -d "$(states)/$id" ]	# only the host's root can mark a cgroup
		else
			made_by_runtime "$(init_pid p1)"
		fi
		case $GROUP:$(cgroup_of "$(init_pid p1)") in
		"podman-rootless:/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-$id.scope"*) ;;
		"podman-systemd:/machine.slice/libpod-$id.scope"*) ;;
		"podman-cgroupfs:/libpod_parent/libpod-$id"*) ;;
		*) exit 1 ;;
		esac
	END
	[ "$GROUP" != podman-systemd ] || step 'what annotations ask of the unit' <<-'END'
		id=$(pman inspect -f '{{.Id}}' p1)
		gives 'KillSignal=15' systemctl show -p KillSignal "libpod-$id.scope"
		gives 'TimeoutStopUSec=10s' systemctl show -p TimeoutStopUSec "libpod-$id.scope"
	END
	step 'kill -s HUP' <<-'END'
		pman kill -s HUP p1
		soon shows 'hup' pman logs p1
	END
	step 'exec' <<-'END'
		gives box pman exec p1 hostname
		ends 7 pman exec p1 sh -c 'exit 7'
		ends 127 pman exec p1 nonexistent
	END
	step 'exec -e -w -u' <<-'END'
		gives '1000 /tmp x' pman exec -e A=x -w /tmp -u 1000 p1 sh -c 'echo $(id -u) $PWD $A'
	END
	step 'exec -it' <<-'END'
		on_terminal pman exec -it p1 sh -c 'test -t 0 && tty' | grep -q /dev/pts/
	END
	step 'top' <<-'END'
		pman top p1 pid comm | grep -q sleep
	END
	step 'stats' <<-'END'
		pman stats --no-stream --format '{{.Name}} {{.PIDs}}' p1 | grep -q '^p1 [1-9]'
	END
	step 'pause, unpause' <<-'END'
		pman pause p1
		is_state p1 paused
		pman unpause p1
		is_state p1 running
	END
	step 'update' <<-'END'
		pman update --memory 96m --cpus 0.7 --pids-limit 60 p1
		pid=$(init_pid p1)
		gives 100663296 limit "$pid" memory.max
		gives '70000 100000' limit "$pid" cpu.max
		gives 60 limit "$pid" pids.max
		pman exec p1 true
	END
	step 'stop, start, restart' <<-'END'
		pman stop -t 60 p1
		gives 3 pman inspect -f '{{.State.ExitCode}}' p1
		pman start p1
		is_state p1 running
		pman restart -t 0 p1
		is_state p1 running
	END
	step 'rm -f: nothing stays' <<-'END'
		pid=$(init_pid p1) id=$(pman inspect -f '{{.Id}}' p1)
		pman rm -f -t 0 p1
		gone "$pid"
		[ -z "$(find /sys/fs/cgroup -name "*$id*" ! -name '*conmon*')" ]
		[ ! -e "$(states)/$id" ]
		refused system is-active "libpod-$id.scope"
	END
	step 'volumes, tmpfs' <<-'END'
		mkdir -p /tmp/v && echo host >/tmp/v/file
		gives host pman run --rm -v /tmp/v:/v:ro -v v1:/data img sh -c 'cat /v/file; echo kept >/data/file'
		refused pman run --rm -v /tmp/v:/v:ro img touch /v/other
		gives kept pman run --rm -v v1:/data img cat /data/file
		pman volume rm v1
		pman run --rm --tmpfs /t:size=1m img sh -c 'grep " /t tmpfs .*size=1024k" /proc/mounts'
	END
	step '--ulimit' <<-'END'
		gives 'unlimited 512' pman run --rm --ulimit core=-1 --ulimit nofile=512 img sh -c 'echo $(ulimit -c) $(ulimit -n)'
	END
	step 'limits' <<-'END'
		pman run -d --name p2 --cpus 0.5 --memory 64m --memory-swap 96m --pids-limit 50 --cpu-shares 512 $([ "$GROUP" = podman-rootless ] || echo --cpuset-cpus 0) img sleep 1000
		pid=$(init_pid p2)
		gives '50000 100000' limit "$pid" cpu.max
		gives 67108864 limit "$pid" memory.max
		gives 50 limit "$pid" pids.max
		[ "$GROUP" = podman-rootless ] || gives 0 limit "$pid" cpuset.cpus
		pman rm -f -t 0 p2
	END
	step 'oom' <<-'END'
		ends 137 pman run --name p3 --memory 16m --memory-swap 16m img tail -c 64m /dev/zero
		gives true pman inspect -f '{{.State.OOMKilled}}' p3
		pman rm p3
	END
	step '--init' <<-'END'
		pman run --rm --init img sh -c 'test "$(cat /proc/1/comm)" != sh'
	END
	step '--device' refused:devices <<-'END'
		pman run --rm --device /dev/fuse img sh -c ': </dev/fuse'
	END
	step '-it' <<-'END'
		ends 5 on_terminal pman run --rm -it img sh -c 'test -t 0 && test -t 1 && exit 5'
	END
	step '--privileged' refused:privileged <<-'END'
		pman run --rm --privileged img sh -c 'mkdir /m && mount -t tmpfs tmpfs /m'
		[ "$GROUP" = podman-rootless ] || pman run --rm --privileged img test -e /dev/vda
	END
	step '--pid host' refused:host-pid <<-'END'
		gives systemd pman run --rm --pid host img cat /proc/1/comm
	END
	step '--net host' refused:host-network <<-'END'
		gives "$(readlink /proc/self/ns/net)" pman run --rm --net host img readlink /proc/self/ns/net
	END
	step '--ipc host' refused:host-ipc <<-'END'
		gives "$(readlink /proc/self/ns/ipc)" pman run --rm --ipc host img readlink /proc/self/ns/ipc
	END
	step '--uts host' hardened=refused:host-uts <<-'END'
		gives guest pman run --rm --uts host img hostname
	END
	step 'mapped ids' <<-'END'
		first=200000
		[ "$GROUP" != podman-rootless ] || first=1000	# of those that the user has
		gives "0 $first 1000" pman run --rm --uidmap "0:$first:1000" img sh -c 'echo $(cat /proc/self/uid_map)'
	END
	step '--userns=auto' <<-'END'
		pman run --rm --userns=auto img sh -c 'test "$(awk "{ print \$2 }" /proc/self/uid_map)" != 0'
	END
	step 'pod' <<-'END'
		pman pod create --name pod1 --infra-image img --infra-command 'sleep 1000'
		pman run -d --pod pod1 --name p4 img sh -c 'mkdir /tmp/w; echo web >/tmp/w/index.html; exec httpd -f -h /tmp/w -p 8080'
		soon pman run --rm --pod pod1 img wget -qO- http://127.0.0.1:8080/
		pman pod rm -f -t 0 pod1
	END
	step 'health check' <<-'END'
		pman run -d --name p5 --health-cmd 'test -e /tmp' --health-interval disable img sleep 1000
		pman healthcheck run p5
		is_healthy p5
		pman rm -f -t 0 p5
		pman run -d --name p5 --health-cmd 'test -e /tmp' --health-interval 2s img sleep 1000
		soon is_healthy p5
		pman rm -f -t 0 p5
	END
	step 'read-only root' <<-'END'
		refused pman run --rm --read-only --read-only-tmpfs=false img touch /file
		pman run --rm --read-only img touch /run/file
	END
	[ "$GROUP" = podman-rootless ] || cli_steps
	[ "$GROUP" = podman-rootless ] || step 'build' hardened=changed:rootfs <<-'END'
		mkdir -p /tmp/build && printf 'FROM img\nRUN echo built >/built\nCMD cat /built\n' >/tmp/build/Dockerfile
		pman build -q -t built /tmp/build
		gives built pman run --rm built
		pman rmi -f built
	END
	[ "$GROUP" = podman-rootless ] || step 'build: what does not write' <<-'END'
		mkdir -p /tmp/build && echo copied >/tmp/build/file
		printf 'FROM img\nCOPY file /file\nUSER user\nRUN test "$(cat /file)" = copied\nCMD id -u\n' >/tmp/build/Dockerfile
		pman build -q -t built /tmp/build
		gives 1000 pman run --rm built
		pman rmi -f built
	END
	step '--cgroups=disabled' <<-'END'
		pman run --rm --cgroups=disabled img true
	END
}

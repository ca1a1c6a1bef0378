# SPDX-License-Identifier: Apache-2.0
# Copyright the orlop authors
#
# Docker, by its command line. Groups docker-cgroupfs and docker-systemd, by the cgroup driver, and
# docker-store, where containerd keeps images and makes root file systems.

cli() { docker "$@"; }
drun() { docker run --runtime "$RUNTIME" "$@"; }
init_pid() { docker inspect -f '{{.State.Pid}}' "$1"; }
is_running() { [ "$(docker inspect -f '{{.State.Running}}' "$1")" = true ]; }
is_stopped() { [ "$(docker inspect -f '{{.State.Running}}' "$1")" = false ]; }
health_of() { docker inspect -f '{{.State.Health.Status}}' "$1"; }
is_healthy() { [ "$(health_of "$1")" = healthy ]; }

pid_of() { init_pid "$1"; }
oneshot() {
	local options=()
	parted "$@"
	drun --rm ${options[@]+"${options[@]}"} "${rest[@]}"
}
background() {
	local options=()
	parted "${@:2}"
	finally discard "$1"
	drun -d --name "$1" ${options[@]+"${options[@]}"} "${rest[@]}"
}
completed() { drun --name "$@"; }
within() { docker exec "$@"; }
again() { docker restart -t 5 "$1"; }
discard() { docker rm -fv "$1"; }
volume() {
	docker volume rm -f "$1" >&2
	docker volume create "$1" >&2
	docker volume inspect -f '{{.Mountpoint}}' "$1"
}
volume_at() { echo "-v $1:$2"; }
load() { docker image inspect "$1" >/dev/null 2>&1 || docker load -qi "/srv/$1.tar"; }
layers_of() {
	case $GROUP in
	docker-store) ls -d /var/lib/containerd/io.containerd.snapshotter.v1.overlayfs/snapshots/*/fs/odd ;;
	*) docker image inspect -f '{{.GraphDriver.Data.UpperDir}}:{{.GraphDriver.Data.LowerDir}}' "$1" | tr : '\n' ;;
	esac
}

# docker_config RUNTIME: the daemon's file, with this one as the default.
docker_config() {
	local driver=systemd store=false
	case $GROUP in
	docker-cgroupfs) driver=cgroupfs ;;
	docker-store) store=true ;;
	esac
	mkdir -p /etc/docker
	cat >/etc/docker/daemon.json <<-END
		{ "runtimes": { "orlop": { "path": "$ORLOP" }, "orlop-baseline": { "path": "$ORLOP" },
		                "orlop-hardened": { "path": "$ORLOP" } },
		  "default-runtime": "$1", "exec-opts": ["native.cgroupdriver=$driver"],
		  "live-restore": true, "features": { "containerd-snapshotter": $store } }
	END
}

docker_start() {
	docker_config runc
	systemctl start containerd docker
	docker image inspect img >/dev/null 2>&1 || docker load -qi /srv/image.tar
}

docker_stop() { systemctl stop docker.socket docker containerd; }

docker_use() {
	docker_config "$RUNTIME"
	systemctl reload docker
}
docker_clear() { docker ps -aq | xargs -r docker rm -fv; }

docker_steps() {
	[ "$GROUP" = docker-store ] || docker_cli_steps
	[ "$GROUP" = docker-cgroupfs ] || shared_steps
}

docker_cli_steps() {
	step 'run --rm true' <<-'END'
		drun --rm img true
	END
	step 'default runtime' <<-'END'
		soon shows "$RUNTIME" docker info -f '{{.DefaultRuntime}}'
		docker run -d --name c0 img sleep 1000
		gives "$RUNTIME" docker inspect -f '{{.HostConfig.Runtime}}' c0
		made_by_runtime "$(init_pid c0)"
		docker rm -f c0
	END
	step 'exit status' <<-'END'
		ends 42 drun --rm img sh -c 'exit 42'
	END
	step 'output and input' <<-'END'
		gives 'out' drun --rm img sh -c 'echo out; echo err >&2'
		gives 'read this' drun --rm -i img cat <<<'read this'
	END
	step 'missing command: 127' <<-'END'
		ends 127 drun --rm img /nonexistent
		ends 127 drun --rm img nonexistent
	END
	step 'directory as command: 126' <<-'END'
		ends 126 drun --rm img /etc
	END
	step 'file that is no program: 126' <<-'END'
		ends 126 drun --rm img /etc/passwd
	END
	step 'run -d, logs' <<-'END'
		drun -d --name c1 --hostname box img sh -c 'hostname; trap "echo hup" HUP; trap "exit 3" TERM; while :; do sleep 0.2; done'
		is_running c1
		made_by_runtime "$(init_pid c1)"
		soon shows 'box' docker logs c1
		path=$(cgroup_of "$(init_pid c1)")
		case $GROUP in
		docker-cgroupfs) [ "$path" = "/docker/$(docker inspect -f '{{.Id}}' c1)" ] ;;
		*) case $path in "/system.slice/docker-$(docker inspect -f '{{.Id}}' c1).scope"*) ;; *) echo "$path"; exit 1 ;; esac ;;
		esac
	END
	step 'kill -s HUP' <<-'END'
		docker kill -s HUP c1
		soon shows 'hup' docker logs c1
		is_running c1
	END
	step 'exec' <<-'END'
		gives box docker exec c1 hostname
		ends 7 docker exec c1 sh -c 'exit 7'
		gives 'fed' docker exec -i c1 cat <<<fed
	END
	step 'exec of what is not there' <<-'END'
		ends 127 docker exec c1 nonexistent
		ends 126 docker exec c1 /etc
	END
	step 'exec -e -w -u' <<-'END'
		gives '1000 /tmp x' docker exec -e A=x -w /tmp -u 1000 c1 sh -c 'echo $(id -u) $PWD $A'
	END
	step 'exec -it' <<-'END'
		on_terminal docker exec -it c1 sh -c 'test -t 0 && tty' | grep -q /dev/pts/
	END
	step 'exec -d' <<-'END'
		docker exec -d c1 sleep 999
		soon shows 'sleep 999' docker top c1
	END
	step 'top' <<-'END'
		docker top c1 | grep -q 'sleep'
	END
	step 'stats' <<-'END'
		docker stats --no-stream --format '{{.Name}} {{.PIDs}}' c1 | grep -q '^c1 [1-9]'
	END
	step 'pause, unpause' <<-'END'
		docker pause c1
		[ "$(docker inspect -f '{{.State.Status}}' c1)" = paused ]
		refused docker exec c1 true
		docker unpause c1
		docker exec c1 true
	END
	step 'update' <<-'END'
		docker update --memory 96m --memory-swap 128m --cpus 0.7 --pids-limit 60 c1
		pid=$(init_pid c1)
		gives 100663296 limit "$pid" memory.max
		gives 33554432 limit "$pid" memory.swap.max
		gives '70000 100000' limit "$pid" cpu.max
		gives 60 limit "$pid" pids.max
		docker exec c1 true
	END
	step 'stop: by the signal' <<-'END'
		docker stop -t 60 c1
		gives 3 docker inspect -f '{{.State.ExitCode}}' c1
	END
	step 'start again' <<-'END'
		docker start c1
		is_running c1
	END
	step 'restart -t 0' <<-'END'
		before=$(init_pid c1)
		docker restart -t 0 c1
		is_running c1
		[ "$(init_pid c1)" != "$before" ]
	END
	step 'rm -f: nothing stays' <<-'END'
		pid=$(init_pid c1) id=$(docker inspect -f '{{.Id}}' c1)
		docker rm -f c1
		gone "$pid"
		[ -z "$(find /sys/fs/cgroup -name "*$id*")" ]
		[ ! -e "/run/docker/runtime-runc/moby/$id" ]
		refused systemctl is-active "docker-$id.scope"
	END
	step 'volumes' <<-'END'
		mkdir -p /tmp/v && echo host >/tmp/v/file
		docker volume create v1
		gives host drun --rm -v /tmp/v:/v:ro -v v1:/data img sh -c 'cat /v/file; echo kept >/data/file'
		refused drun --rm -v /tmp/v:/v:ro img touch /v/other
		gives kept drun --rm -v v1:/data img cat /data/file
		docker volume rm v1
	END
	step 'tmpfs' <<-'END'
		drun --rm --tmpfs /t:size=1m img sh -c 'grep " /t tmpfs .*size=1024k" /proc/mounts'
	END
	step 'read-only root' <<-'END'
		refused drun --rm --read-only img touch /file
		drun --rm --read-only --tmpfs /run img touch /run/file
	END
	step '--ulimit' <<-'END'
		gives 'unlimited 512' drun --rm --ulimit core=-1 --ulimit nofile=512 img sh -c 'echo $(ulimit -c) $(ulimit -n)'
	END
	step '--cpus --memory --pids-limit' <<-'END'
		drun -d --name c2 --cpus 0.5 --memory 64m --memory-swap 96m --pids-limit 50 --cpu-shares 512 --cpuset-cpus 0 img sleep 1000
		pid=$(init_pid c2)
		gives '50000 100000' limit "$pid" cpu.max
		gives 67108864 limit "$pid" memory.max
		gives 33554432 limit "$pid" memory.swap.max
		gives 50 limit "$pid" pids.max
		gives 0 limit "$pid" cpuset.cpus
		docker rm -f c2
	END
	step 'oom' <<-'END'
		ends 137 drun --name c3 --memory 16m --memory-swap 16m img tail -c 64m /dev/zero
		gives true docker inspect -f '{{.State.OOMKilled}}' c3
		docker rm c3
	END
	step '--init' <<-'END'
		drun --rm --init img sh -c 'grep -q init /proc/1/comm'
	END
	step '--device' refused:devices <<-'END'
		gives 'crw-rw-rw-' drun --rm --device /dev/fuse img sh -c 'ls -l /dev/fuse | cut -c1-10; : </dev/fuse'
		refused drun --rm img sh -c 'mknod /tmp/f c 10 229 && : </tmp/f'
	END
	step '-it' <<-'END'
		ends 5 on_terminal drun --rm -it img sh -c 'test -t 0 && test -t 1 && exit 5'
		on_terminal drun --rm -it img sh -c 'stty size; echo shown' | grep -q shown
	END
	step 'user, groups, working directory' <<-'END'
		gives '1000 1000 7 /tmp' drun --rm -u 1000:1000 --group-add 7 -w /tmp img sh -c 'echo $(id -u) $(id -G) $PWD'
	END
	step 'capabilities, no new privileges' <<-'END'
		gives 'CapBnd: 0000000000000001' drun --rm --cap-drop ALL --cap-add CHOWN img sh -c 'echo $(grep CapBnd /proc/self/status)'
		gives 'NoNewPrivs: 1' drun --rm --security-opt no-new-privileges img sh -c 'echo $(grep NoNewPrivs /proc/self/status)'
	END
	step 'seccomp, AppArmor' <<-'END'
		gives 'Seccomp: 2 docker-default (enforce)' drun --rm img sh -c 'echo $(grep Seccomp: /proc/self/status) $(cat /proc/self/attr/current)'
	END
	step 'seccomp=unconfined' changed:seccomp-profile <<-'END'
		gives 'Seccomp: 0' drun --rm --security-opt seccomp=unconfined img sh -c 'echo $(grep Seccomp: /proc/self/status)'
	END
	step 'apparmor=unconfined' changed:apparmor hardened=refused:apparmor <<-'END'
		gives 'unconfined' drun --rm --security-opt apparmor=unconfined img cat /proc/self/attr/current
	END
	step '--privileged' refused:privileged <<-'END'
		drun --rm --privileged img sh -c 'mkdir /m && mount -t tmpfs tmpfs /m && test -e /dev/vda'
	END
	step '--pid host' refused:host-pid <<-'END'
		gives systemd drun --rm --pid host img cat /proc/1/comm
	END
	step '--net host' refused:host-network <<-'END'
		gives "$(readlink /proc/self/ns/net)" drun --rm --net host img readlink /proc/self/ns/net
	END
	step '--ipc host' refused:host-ipc <<-'END'
		gives "$(readlink /proc/self/ns/ipc)" drun --rm --ipc host img readlink /proc/self/ns/ipc
	END
	step '--uts host' hardened=refused:host-uts <<-'END'
		gives guest drun --rm --uts host img hostname
	END
	step 'network' <<-'END'
		drun -d --name c4 img sh -c 'mkdir /tmp/w; echo web >/tmp/w/index.html; exec httpd -f -h /tmp/w'
		at=$(docker inspect -f '{{.NetworkSettings.Networks.bridge.IPAddress}}' c4)
		soon drun --rm img wget -qO- "http://$at/"
		docker rm -f c4
	END
	step '--network container:' <<-'END'
		drun -d --name c5 img sleep 1000
		drun --rm --network container:c5 --pid container:c5 img sh -c 'grep -q sleep /proc/1/comm'
		docker rm -f c5
	END
	step '--sysctl --shm-size --cgroup-parent' <<-'END'
		parent=/labparent
		[ "$GROUP" = docker-cgroupfs ] || parent=lab-parent.slice
		drun -d --name c6 --sysctl net.ipv4.ip_forward=0 --shm-size 3m --cgroup-parent "$parent" img sleep 1000
		case $(cgroup_of "$(init_pid c6)") in /labparent/* | /lab.slice/lab-parent.slice/docker-*.scope*) ;; *) exit 1 ;; esac
		docker exec c6 sh -c 'grep " /dev/shm .*size=3072k" /proc/mounts' || { docker rm -f c6; exit 1; }
		docker rm -f c6
	END
	step 'health check' <<-'END'
		drun -d --name c7 --health-cmd 'test -e /tmp' --health-interval 1s img sleep 1000
		soon is_healthy c7
		docker rm -f c7
	END
	step 'build' hardened=changed:rootfs <<-'END'
		mkdir -p /tmp/build && printf 'FROM img\nRUN echo built >/built\nCMD cat /built\n' >/tmp/build/Dockerfile
		soon shows "$RUNTIME" docker info -f '{{.DefaultRuntime}}'
		DOCKER_BUILDKIT=0 docker build -q -t built /tmp/build
		gives built drun --rm built
		docker rmi -f built
		printf 'FROM img\nRUN exit 9\n' >/tmp/build/Dockerfile
		DOCKER_BUILDKIT=0 refused docker build -q -t built /tmp/build
	END
	step 'build: what does not write' <<-'END'
		mkdir -p /tmp/build && echo copied >/tmp/build/file
		printf 'FROM img\nCOPY file /file\nUSER user\nRUN test "$(cat /file)" = copied\nCMD id -u\n' >/tmp/build/Dockerfile
		soon shows "$RUNTIME" docker info -f '{{.DefaultRuntime}}'
		DOCKER_BUILDKIT=0 docker build -q -t built /tmp/build
		gives 1000 drun --rm built
		docker rmi -f built
	END
	cli_steps
	step 'live restore' <<-'END'
		drun -d --name c9 img sleep 1000
		pid=$(init_pid c9)
		systemctl restart docker
		is_running c9
		gives "$pid" init_pid c9
		docker rm -f c9
		gone "$pid"
	END
	step 'containerd is killed' <<-'END'
		drun -d --name c10 img sleep 1000
		pid=$(init_pid c10)
		systemctl kill --kill-whom=main -s KILL containerd
		soon systemctl is-active containerd
		soon docker info >/dev/null
		is_running c10
		soon docker rm -f c10
		gone "$pid"
	END
	step 'the shim is killed' <<-'END'
		drun -d --name c11 img sleep 1000
		pid=$(init_pid c11)
		kill -KILL "$(awk '$1 == "PPid:" { print $2 }' "/proc/$pid/status")"
		soon is_stopped c11
		soon gone "$pid"
		docker rm -f c11
	END
}

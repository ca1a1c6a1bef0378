# SPDX-License-Identifier: Apache-2.0
# Copyright the orlop authors
#
# containerd, by ctr. Groups ctr and ctr-native, where layers are copied.

IMAGE=docker.io/library/img:latest

runtime_path() {
	case $RUNTIME in
	orlop*) printf '%s\n' "$ORLOP" ;;
	*) command -v "$RUNTIME" ;;
	esac
}
snapshotter() { [ "$GROUP" = ctr-native ] && echo native || echo overlayfs; }
# ctr_run OPTION... -- ID COMMAND...
ctr_run() {
	local options=()
	while [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	shift
	ctr run --runc-binary "$(runtime_path)" --snapshotter "$(snapshotter)" ${options[@]+"${options[@]}"} "$IMAGE" "$@"
}
task_pid() { ctr task ls | awk -v id="$1" '$1 == id { print $2 }'; }
task_is() { [ "$(ctr task ls | awk -v id="$1" '$1 == id { print $3 }')" = "$2" ]; }
task_end() {
	ctr task kill -s KILL "$1" || :
	soon task_is "$1" STOPPED
	ctr task delete "$1" || :
	ctr container delete "$1"
}


pid_of() { task_pid "$1"; }
oneshot() {
	local options=()
	parted "$@"
	IMAGE=docker.io/library/${rest[0]}:latest ctr_run --rm ${options[@]+"${options[@]}"} -- "one$RANDOM" "${rest[@]:1}"
}
background() {
	local options=()
	parted "${@:2}"
	finally discard "$1"
	IMAGE=docker.io/library/${rest[0]}:latest ctr_run -d ${options[@]+"${options[@]}"} -- "$1" "${rest[@]:1}"
}
within() { ctr task exec --exec-id "within$RANDOM" "$@"; }
again() {
	ctr task kill "$1"
	soon task_is "$1" STOPPED
	ctr task delete "$1"
	ctr task start -d "$1"
}
discard() { ctr container ls -q | grep -qx "$1" && task_end "$1"; }
volume() {
	rm -rf "/var/lib/volumes/$1"
	mkdir -p "/var/lib/volumes/$1"
	chown "$2:$2" "/var/lib/volumes/$1"
	echo "/var/lib/volumes/$1"
}
volume_at() { echo "--mount type=bind,src=/var/lib/volumes/$1,dst=$2,options=rbind:rw"; }
load() {
	local file=/srv/$1.tar
	[ "$1" != img ] || file=/srv/image.tar
	# A second import unpacks for another snapshotter.
	[ -e "/run/loaded-$GROUP-$1" ] || ctr image import --snapshotter "$(snapshotter)" "$file"
	touch "/run/loaded-$GROUP-$1"
}
layers_of() { ls -d "/var/lib/containerd/io.containerd.snapshotter.v1.$(snapshotter)"/snapshots/*{,/fs}/odd 2>/dev/null || :; }

ctr_start() {
	systemctl start containerd
	load img
}
ctr_stop() { systemctl stop containerd; }

ctr_use() { :; }
ctr_clear() {
	local id
	for id in $(ctr container ls -q); do
		task_end "$id"
	done
}

ctr_steps() {
	[ "$GROUP" = ctr-native ] || ctr_cli_steps
	shared_steps
}

ctr_cli_steps() {
	step 'run --rm' <<-'END'
		gives hello ctr_run --rm -- k1 echo hello
	END
	step 'exit status' <<-'END'
		ends 42 ctr_run --rm -- k2 sh -c 'exit 42'
	END
	step 'missing command' <<-'END'
		refused ctr_run --rm -- k3 /nonexistent 2>&1 | tee /tmp/ctr.txt
		grep -qi 'no such file\|not found' /tmp/ctr.txt
	END
	step 'run -d' <<-'END'
		ctr_run -d -- k4 sleep 1000
		task_is k4 RUNNING
		made_by_runtime "$(task_pid k4)"
		gives /default/k4 cgroup_of "$(task_pid k4)"
	END
	step 'exec' <<-'END'
		gives in ctr task exec --exec-id e1 k4 echo in
		ends 9 ctr task exec --exec-id e2 k4 sh -c 'exit 9'
	END
	step 'ps' <<-'END'
		ctr task ps k4 | grep -q "^$(task_pid k4)"
	END
	step 'pause, resume' <<-'END'
		ctr task pause k4
		task_is k4 PAUSED
		ctr task resume k4
		task_is k4 RUNNING
	END
	step 'metrics' <<-'END'
		shows 'pids.current' ctr task metrics k4
	END
	step 'kill, delete' <<-'END'
		pid=$(task_pid k4)
		task_end k4
		gone "$pid"
		[ ! -e /sys/fs/cgroup/default/k4 ]
		[ ! -e /run/containerd/runc/default/k4 ]
	END
	step 'limits' <<-'END'
		ctr_run -d --memory-limit 67108864 --cpus 0.5 -- k5 sleep 1000
		pid=$(task_pid k5)
		gives 67108864 limit "$pid" memory.max
		gives '50000 100000' limit "$pid" cpu.max
		task_end k5
	END
	step 'systemd cgroup' <<-'END'
		ctr_run -d --runc-systemd-cgroup --cgroup system.slice:ctr:k6 --memory-limit 67108864 -- k6 sleep 1000
		pid=$(task_pid k6)
		case $(cgroup_of "$pid") in /system.slice/ctr-k6.scope*) ;; *) exit 1 ;; esac
		gives MemoryMax=67108864 systemctl show -p MemoryMax ctr-k6.scope
		task_end k6
		refused systemctl is-active ctr-k6.scope
	END
	step 'mapped ids' <<-'END'
		gives '0 100000 65536' ctr_run --rm --uidmap 0:100000:65536 --gidmap 0:100000:65536 -- k7 sh -c 'echo $(cat /proc/self/uid_map)'
	END
	step 'terminal' <<-'END'
		on_terminal ctr_run --rm -t -- k8 sh -c 'test -t 0 && echo is-a-tty' | grep -q is-a-tty
	END
	step 'terminal, size' <<-'END'
		# ctr says the size when the program runs already.
		sized='n=0; until stty size 2>/dev/null | grep -q 30 || [ $n = 100 ]; do n=$((n + 1)); sleep 0.1; done; stty size'
		export sized
		on_terminal bash -c 'stty rows 30 cols 100; . "$STEPS_DIR/ctr.bash"; ctr_run --rm -t -- k14 sh -c "$sized"' >/tmp/size.txt
		grep '30 100' /tmp/size.txt
	END
	step 'seccomp, AppArmor' <<-'END'
		gives 'Seccomp: 2 lab-ctr (enforce)' ctr_run --rm --seccomp --apparmor-default-profile lab-ctr -- k9 sh -c 'echo $(grep Seccomp: /proc/self/status) $(cat /proc/self/attr/current)'
	END
	step '--privileged' refused:privileged <<-'END'
		ctr_run --rm --privileged -- k10 sh -c 'mkdir -p /m && mount -t tmpfs tmpfs /m && test -e /dev/vda'
	END
	step '--net-host' refused:host-network <<-'END'
		gives "$(readlink /proc/self/ns/net)" ctr_run --rm --net-host -- k13 readlink /proc/self/ns/net
	END
	step 'read-only root, mounts' <<-'END'
		mkdir -p /tmp/m && echo there >/tmp/m/file
		gives there ctr_run --rm --read-only --mount type=bind,src=/tmp/m,dst=/m,options=rbind:ro -- k11 cat /m/file
		refused ctr_run --rm --read-only -- k12 touch /file
	END
}

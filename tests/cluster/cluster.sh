#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A Slurm of several nodes on this machine, for tests:
#
#     CLUSTER=$(cluster.sh up [NODES])   2 to 4 nodes, n1, n2, ...; prints its folder
#     cluster.sh run CMD...              on the login node, in the cluster's home
#     cluster.sh node K CMD...           on node K
#     cluster.sh submit SCRIPT...        sbatch; prints the job's number
#     cluster.sh off K, cluster.sh on K  node K's power
#     cluster.sh down                    ends it and removes its folder
#
# CLUSTER names the folder for all but `up`. Root is needed, and the packages
# slurm-wlm, munge, iproute2 and util-linux; `cluster.sh why` says what is
# missing, or nothing.
#
# The whole cluster lives below one `unshare` with a pid namespace of its own:
# one KILL ends everything, and interfaces and mounts go with their last
# process. Each node is a further set of namespaces, with its hostname, its
# address on a bridge, its /dev/shm. Nobody outside sees any of that. A cluster
# that was forgotten ends by itself.
set -eu

readonly lifetime=1200 patience=15 # seconds
readonly network=10.77.0 login=254
here=$(dirname "$(realpath "${BASH_SOURCE[0]}")")

complain() {
    printf 'cluster: %s\n' "$*" >&2
    return 1
}

# Why there can be no cluster on this machine.
why_not() {
    local program
    for program in munged slurmctld slurmd sbatch srun ip unshare nsenter; do
        command -v "$program" >/dev/null || {
            echo "no $program: apt-get install slurm-wlm munge iproute2 util-linux"
            return
        }
    done
    [ "$(id -u)" -eq 0 ] || {
        echo 'Slurm wants root to act as several nodes'
        return
    }
    unshare --net --uts --ipc --mount --pid --fork --mount-proc \
        ip link add probe type veth peer name eborp 2>/dev/null ||
        echo 'namespaces with interfaces cannot be made here'
}

# -- inside: process 1 of the cluster, and those it starts -----------------------

# With as many CPUs as this machine really has, tasks are bound; a node that
# claims more cannot bind.
write_configuration() {
    local task=task/affinity
    [ "$(nproc)" -ge "$cpus" ] || task=task/none

    echo 'CgroupPlugin=cgroup/v1' >"$CLUSTER/cgroup.conf"
    cat >"$CLUSTER/slurm.conf" <<END
ClusterName=virtual
SlurmctldHost=login($network.$login)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
# A job that is put back into the queue waits as long as its credential lives.
AuthInfo=socket=$CLUSTER/munge/socket,cred_expire=6
SlurmctldPidFile=$CLUSTER/slurmctld.pid
SlurmdPidFile=$CLUSTER/slurmd.%n.pid
SlurmdSpoolDir=$CLUSTER/spool/%n
StateSaveLocation=$CLUSTER/state
SlurmctldLogFile=$CLUSTER/log/slurmctld
SlurmdLogFile=$CLUSTER/log/%n
# One each: PMIx names its folders alike on all nodes.
TmpFS=$CLUSTER/tmp/%n
ProctrackType=proctrack/linuxproc
TaskPlugin=$task
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/filetxt
JobCompLoc=$CLUSTER/jobs
SwitchType=switch/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SlurmdParameters=config_overrides
ReturnToService=2
SlurmdTimeout=6
# A word to a node that is off is waited for so long, twice and more.
MessageTimeout=5
KillWait=5
MinJobAge=600
SchedulerParameters=sched_interval=1,bf_interval=1,batch_sched_delay=0
MailProg=/bin/true
NodeName=n[1-$nodes] CPUs=$cpus CoresPerSocket=$cpus ThreadsPerCore=1 RealMemory=1000 State=UNKNOWN
PartitionName=main Nodes=n[1-$nodes] Default=YES DefaultTime=5 MaxTime=60 State=UP
# For jobs that go on while others come and go.
PartitionName=aside Nodes=n[1-$nodes] DefaultTime=5 MaxTime=60 State=UP
END
}

write_hosts() {
    local k
    echo '127.0.0.1 localhost'
    echo "$network.$login login"
    for k in $(seq "$nodes"); do
        echo "$network.$k n$k"
    done
}

start_munge() {
    head -c 128 /dev/urandom >"$CLUSTER/munge/key"
    chmod 0400 "$CLUSTER/munge/key"
    munged --key-file="$CLUSTER/munge/key" --socket="$CLUSTER/munge/socket" \
        --pid-file="$CLUSTER/munge/pid" --log-file="$CLUSTER/munge/log" \
        --seed-file="$CLUSTER/munge/seed"
}

# What a node does from its first process on: $1 is its number.
live_as_node() {
    hostname "n$1"
    mount -t tmpfs -o size=256m tmpfs /dev/shm
    ip link set lo up
    until ip link show eth0 >/dev/null 2>&1; do
        sleep 0.02
    done
    ip addr add "$network.$1/24" dev eth0
    ip link set eth0 up
    exec slurmd -D -f "$CLUSTER/slurm.conf" -N "n$1"
}

# The interface may only be given away once the namespace is another one.
start_node() {
    local pid
    unshare --net --uts --ipc --mount "$here/cluster.sh" as-node "$1" \
        </dev/null >"$CLUSTER/log/n$1.out" 2>&1 &
    pid=$!
    echo "$pid" >"$CLUSTER/n$1.pid"
    while [ "$(readlink "/proc/$pid/ns/net")" = "$(readlink /proc/self/ns/net)" ]; do
        sleep 0.01
    done
    ip link add "v$1" type veth peer name eth0 netns "$pid"
    ip link set "v$1" master bridge up
}

# All that lives in the node's network: slurmd, steps, ranks. Its disk is in
# its memory, so to say.
stop_node() {
    local process space
    space=$(readlink "/proc/$(cat "$CLUSTER/n$1.pid")/ns/net")
    for process in /proc/[0-9]*; do
        [ "$(readlink "$process/ns/net")" != "$space" ] ||
            kill -KILL "${process#/proc/}" || true
    done 2>/dev/null
    while ip link show "v$1" >/dev/null 2>&1; do
        sleep 0.02
    done
    find "$CLUSTER/spool/n$1" "$CLUSTER/tmp/n$1" -mindepth 1 -delete
}

live_as_cluster() {
    local k
    hostname login
    mount -t tmpfs -o size=256m tmpfs /dev/shm
    ip link set lo up
    ip link add bridge type bridge
    ip addr add "$network.$login/24" dev bridge
    ip link set bridge up
    write_hosts >"$CLUSTER/hosts"
    mount --bind "$CLUSTER/hosts" /etc/hosts
    write_configuration
    start_munge
    slurmctld -f "$CLUSTER/slurm.conf"
    for k in $(seq "$nodes"); do
        mkdir -p "$CLUSTER/spool/n$k" "$CLUSTER/tmp/n$k"
        start_node "$k"
    done
    sleep "$lifetime"
}

# -- outside ----------------------------------------------------------------------

# Jobs take over what the login node has in its environment: nothing of the
# tester's. Ranks yield, as the nodes are on the same few cores. Fences of PMIx
# go round a ring: by Slurm's tree, which is its default for some, ranks on a
# busy machine leave MPI_Init while others are in its first fence, and those die
# of messages that they do not expect yet (Slurm 22.05: 13 jobs of 28).
enter() {
    nsenter --target "$(cat "$CLUSTER/inner")" \
        --net --uts --ipc --mount --pid --wd="${WHERE:-$CLUSTER/home}" \
        env -i PATH="$PATH" HOME="$CLUSTER/home" USER=root LANG=C \
        TMPDIR="$CLUSTER/tmp" CLUSTER="$CLUSTER" \
        SLURM_CONF="$CLUSTER/slurm.conf" \
        OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 \
        OMPI_MCA_mpi_yield_when_idle=1 SLURM_PMIX_FENCE=ring "$@"
}

on_node() {
    local k=$1
    shift
    enter nsenter --target "$(cat "$CLUSTER/n$k.pid")" \
        --net --uts --ipc --mount --wd="$CLUSTER/home" "$@"
}

idle_nodes() {
    enter timeout 2 sinfo -h -t idle -o %D 2>/dev/null || echo 0
}

# The first process inside, as it is numbered outside.
inner_of() {
    cat "/proc/$1/task/$1/children"
}

# A pid alone may be somebody else's by now.
started_at() {
    local stat fields
    read -r stat <"/proc/$1/stat"
    read -ra fields <<<"${stat##*) }"
    echo "${fields[19]}"
} 2>/dev/null

alive() {
    [ "$(started_at "$(cat "$CLUSTER/outer")")" = "$(cat "$CLUSTER/started")" ]
}

# A process that has ended has no program any more.
inner_is_there() {
    readlink "/proc/$(cat "$CLUSTER/inner")/exe" >/dev/null 2>&1
}

up() {
    local end=$((SECONDS + patience)) why outer
    why=$(why_not)
    [ -z "$why" ] || complain "$why"
    CLUSTER=$(mktemp -d /tmp/cluster-XXXXXX)
    export CLUSTER nodes=${1:-3} cpus=2
    chmod 755 "$CLUSTER"
    mkdir -m 755 "$CLUSTER"/{munge,state,log,tmp,spool,home}
    setsid unshare --net --uts --ipc --mount --pid --fork --kill-child \
        --mount-proc "$here/cluster.sh" as-cluster \
        </dev/null >"$CLUSTER/log/login.out" 2>&1 3>&- &
    outer=$!
    echo "$outer" >"$CLUSTER/outer"
    started_at "$outer" >"$CLUSTER/started"
    until [ -s "$CLUSTER/inner" ] && [ "$(idle_nodes)" = "$nodes" ]; do
        inner_of "$outer" | tr -d ' ' >"$CLUSTER/inner" || true
        if [ "$SECONDS" -ge "$end" ] || ! alive; then
            tail -n 5 "$CLUSTER"/log/* >&2
            down
            complain "not up after $patience s"
            return
        fi
        sleep 0.05
    done
    echo "$CLUSTER"
}

# The kernel takes everything inside along.
down() {
    if alive; then
        kill -KILL "$(cat "$CLUSTER/outer")" || true
        while inner_is_there; do
            sleep 0.02
        done
    fi
    rm -rf "$CLUSTER"
}

main() {
    local what=${1:-}
    [ "$#" -eq 0 ] || shift
    case $what in
    up | down) "$what" "$@" ;;
    why) why_not ;;
    run) enter "$@" ;;
    node) on_node "$@" ;;
    submit) enter sbatch --parsable "$@" ;;
    on) WHERE=/ enter "$here/cluster.sh" start-node "$1" ;;
    off) WHERE=/ enter "$here/cluster.sh" stop-node "$1" ;;
    as-cluster) live_as_cluster ;;
    as-node) live_as_node "$1" ;;
    start-node) start_node "$1" ;;
    stop-node) stop_node "$1" ;;
    *)
        complain 'usage: cluster.sh up [NODES] | run CMD... | node K CMD... |' \
            'submit SCRIPT... | off K | on K | down | why' || return 2
        ;;
    esac
}

main "$@"

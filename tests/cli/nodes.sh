#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Nodes of a cluster on one machine, for as long as a command runs:
#
#   nodes.sh N COMMAND...    run COMMAND beside nodes n1 .. nN
#   nodes.sh probe           is any of this allowed here?
#
# Each node is a set of namespaces with a name, an address on a virtual network,
# a /dev/shm and System V segments of its own. COMMAND finds in $NODES_AGENT a
# stand-in for ssh, for mpirun --mca plm_rsh_agent, and runs in a namespace of
# processes of its own: all that it started ends with it.
#
# NODES_CLOCK=SECONDS sets the monotonic clock of n2 and later nodes that far
# ahead, each once more than the one before. NODES_APART=n1,n2 gives those one
# CPU each, another one as long as there are enough.
set -eu

self=$(realpath "$0")

# What ssh would do: options, a host, a command for its shell.
if [ "${1:-}" = agent ]; then
    shift
    while [ "${1#-}" != "$1" ]; do shift; done
    pid=$(cat "$NODES/$1.pid")
    apart=()
    [[ ,${NODES_APART:-}, != *,$1,* ]] ||
        apart=(taskset --cpu-list "$(((${1#n} - 1) % $(nproc)))")
    shift
    # shellcheck disable=SC2086 # no word is meant by nothing
    exec nsenter -t "$pid" -n -u -i -m ${NODES_CLOCK:+-T} "--wd=$NODES_WD" -- \
        "${apart[@]}" /bin/sh -c "$*"
fi

# The namespaces of one node; its first process sleeps in them.
if [ "${1:-}" = node ]; then
    hostname "n$2"
    mount -t tmpfs -o size=256m tmpfs /dev/shm
    ip link set lo up
    echo $$ >"$NODES/n$2.pid"
    exec sleep infinity
fi

if [ "${1:-}" = inner ]; then
    shift
    count=$1
    shift
    hostname ctl
    mount --make-rprivate /
    mount -t tmpfs -o mode=700,size=16m tmpfs "$NODES"
    ip link set lo up
    ip link add br0 type bridge
    ip addr add 10.77.0.254/24 dev br0
    ip link set br0 up
    {
        echo '127.0.0.1 localhost'
        echo '10.77.0.254 ctl'
        for i in $(seq "$count"); do echo "10.77.0.$i n$i"; done
    } >"$NODES/hosts"
    mount --bind "$NODES/hosts" /etc/hosts
    printf '#!/bin/sh\nexec %s agent "$@"\n' "$self" >"$NODES/agent"
    chmod +x "$NODES/agent"
    for i in $(seq "$count"); do
        clock=()
        [ -z "${NODES_CLOCK:-}" ] ||
            clock=(--time --fork --monotonic "$(((i - 1) * NODES_CLOCK))")
        unshare --net --uts --ipc --mount "${clock[@]}" "$self" node "$i" \
            </dev/null >/dev/null 2>&1 3>&- &
        for _ in $(seq 200); do
            [ ! -s "$NODES/n$i.pid" ] || break
            sleep 0.02
        done
        pid=$(cat "$NODES/n$i.pid")
        ip link add "v$i" type veth peer name eth0 netns "$pid"
        ip link set "v$i" master br0 up
        nsenter -t "$pid" -n ip addr add "10.77.0.$i/24" dev eth0
        nsenter -t "$pid" -n ip link set eth0 up
    done
    status=0
    NODES_AGENT=$NODES/agent "$@" || status=$?
    # Whoever outlives its launcher, to close a record, gets a moment.
    for _ in $(seq 100); do
        pgrep -x drive >/dev/null || break
        sleep 0.05
    done
    exit "$status"
fi

# unshare is deaf to SIGTERM, and shall not outlive this script.
outer() {
    exec setpriv --pdeathsig KILL \
        unshare --net --uts --ipc --mount --pid --fork --kill-child --mount-proc \
        "$@"
}

if [ "${1:-}" = probe ]; then
    # shellcheck disable=SC2016 # for the shell inside
    (outer sh -ec 'hostname ctl
        ip link add br0 type bridge
        ip link add v1 type veth peer name eth0 netns $$
        mount -t tmpfs tmpfs /dev/shm')
    exit 0
fi

NODES=$(mktemp -d -t drive-nodes.XXXXXX)
NODES_WD=$PWD
export NODES NODES_WD
trap 'rmdir "$NODES"' EXIT
status=0
outer "$self" inner "$@" 3>&- &
namespace=$!
trap 'kill -KILL "$namespace"' TERM INT HUP
wait "$namespace" || status=$?
exit "$status"

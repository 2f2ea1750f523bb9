#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The cluster itself: nodes that are really apart, and nothing left of it.
load helper

# What a cluster could leave on this machine.
machine() {
    ip -o link | cut -d: -f2
    grep -c . /proc/self/mountinfo
    ls /run/netns /dev/shm 2>/dev/null
    find /tmp -maxdepth 1 -name 'cluster-*' ! -path "$CLUSTER"
    hostname
}

@test "every node has a name, an address and a /dev/shm of its own" {
    for k in 1 2 3; do
        [ "$(cluster node $k hostname)" = "n$k" ]
        has "$(cluster node $k ip -4 -o addr show eth0)" "10.77.0.$k/24"
        cluster node $k touch "/dev/shm/of-n$k"
        [ "$(cluster node $k ls /dev/shm)" = "of-n$k" ]
    done
}

@test "a step is spread over the nodes, which reach each other" {
    run cluster run srun -N 3 --ntasks-per-node=1 hostname
    [ "$(sort <<<"$output" | xargs)" = "n1 n2 n3" ]
    before=$(received 2)
    cluster node 1 bash -c 'echo >/dev/udp/10.77.0.2/9'
    [ "$(received 2)" -gt "$before" ]
}

@test "a node can be off and on again" {
    cluster off 2
    run ! cluster node 2 true
    cluster on 2
    within 15 cluster run srun -N 3 --ntasks-per-node=1 true
    [ "$(cluster node 2 hostname)" = n2 ]
}

@test "a cluster is up in 15 s, and nothing is left of it" {
    before=$(machine)
    began=$SECONDS
    other=$(CLUSTER='' cluster up 2)
    [ $((SECONDS - began)) -le 15 ]
    outer=$(cat "$other/outer")
    readlink "/proc/$outer/exe"
    CLUSTER=$other cluster down
    run ! readlink "/proc/$outer/exe"
    [ ! -e "$other" ]
    [ "$(machine)" = "$before" ]
}

@test "a cluster ends only what it started" {
    sleep 60 3>&- &
    bystander=$!
    # A folder that was left, whose number somebody else has by now.
    mkdir left
    echo "$bystander" | tee left/outer left/inner
    echo 1 >left/started
    CLUSTER=$PWD/left cluster down
    kill "$bystander"
    [ ! -e left ]
}

@test "what is asked for in a wrong way is refused" {
    run cluster nonsense
    [ "$status" -eq 2 ]
    has "$output" usage
}

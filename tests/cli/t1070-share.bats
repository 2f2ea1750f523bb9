#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# share: every way of handing data over, under every executor that has it; the
# others' rows say why not.
load helper

few() {
    echo "-n 2 -b 1 --warmups 0 -P way=$1 ${2:+-P bytes=$2}"
}

# Runs way $1 with $2 bytes; the other words are executors that must measure it.
# Those that exist and are not among them must be skipped, with $reason.
hands_over() {
    local way=$1 bytes=$2 executor
    shift 2
    # shellcheck disable=SC2046
    succeed share $(few "$way" "$bytes") --json
    for executor in threads processes ranks; do
        [ -z "$(why_absent "$executor")" ] || continue
        [ "$executor" != ranks ] || launcher >/dev/null || continue
        if [[ " $* " == *" $executor "* ]]; then
            row "$executor" '.status == "ok" and .trials == 1'
        else
            row "$executor" '.status == "skipped" and .trials == 0'
        fi
    done
    row serial '.status == "skipped" and
        (.why | contains("nobody to share with"))'
    rm -r results
    left_nothing
}

# Of the last run's document.
row() {
    jq -e --arg name "$1" ".cells[] | select(.executor == \$name) | $2" \
        <<<"$output" >/dev/null || {
        echo "not so: $1: $2"
        return 1
    }
}

every_size() {
    for bytes in 1 4096 2^20; do
        hands_over "$1" "$bytes" "${@:2}"
    done
}

# The row of an executor says this.
skips() {
    lines_with "$output" "^$1 +skipped: .*$2" 1
}

@test "native: in place where memory is shared, else by message" {
    every_size native threads processes ranks
}

@test "pointer: threads and processes" {
    every_size pointer threads processes
}

@test "map: threads and processes" {
    every_size map threads processes
}

@test "pipe: all, and nothing is left in the scratch folder" {
    mkdir scratch
    export TMPDIR=$PWD/scratch
    every_pipe_size() {
        for bytes in 1 4096 2^20 3000001; do
            # shellcheck disable=SC2046
            succeed share $(few pipe "$bytes")
            lines_with "$output" '^serial +skipped: ' 1
            lines_with "$output" '^(threads|processes|ranks) +[0-9.]+ [mun]?s ' \
                "$pipes"
        done
    }
    pipes=$(pipers)
    every_pipe_size
    [ -z "$(find scratch -mindepth 1 -name 'drive-*')" ]
}

pipers() {
    local count=1

    [ -n "$(why_absent threads)" ] || count=$((count + 1))
    [ -n "$(why_absent ranks)" ] || ! launcher >/dev/null ||
        count=$((count + 1))
    echo "$count"
}

@test "cow: processes alone, reading and writing" {
    every_size cow processes
    every_size cow-write processes
}

@test "message and window: ranks alone" {
    need_launcher
    every_size message ranks
    every_size window ranks
    left_no_shm
}

@test "a skipped row says why, and what would do" {
    need threads
    need_launcher
    # shellcheck disable=SC2046
    succeed share $(few pointer)
    skips serial 'nobody to share with'
    skips ranks 'try way=window'
    # shellcheck disable=SC2046
    succeed share $(few cow)
    skips threads 'other threads must not fork'
    skips ranks 'MPI rank must not fork'
    # shellcheck disable=SC2046
    succeed share $(few window)
    skips threads 'way=pointer'
    skips processes 'way=pointer'
    # shellcheck disable=SC2046
    succeed share $(few map)
    skips ranks 'way=window or message'
}

@test "all executors and ways agree on the sum" {
    for way in native map pipe cow cow-write; do
        # shellcheck disable=SC2046
        succeed share $(few "$way" 12345) -o "$way.jsonl"
    done
    [ "$(cat ./*.jsonl | jq -r 'select(.t == "trial").checksum' | sort -u |
        wc -l)" -eq 1 ]
}

@test "onlookers do no harm: three workers" {
    for way in native pointer map message pipe cow cow-write window; do
        succeed_quietly check share -P way="$way" -n 3
        lines_with "$output" ' 0 failed, ' 1
        lines_with "$output" '^0 passed' 0
    done
}

@test "under mpirun: three ranks, windows and pipes again and again" {
    need_launcher
    local crowd=
    "$(launcher)" --version 2>&1 | grep -qiE 'open.?mpi|openrte' &&
        crowd=--oversubscribe
    for way in native pipe window; do
        # shellcheck disable=SC2086
        run --separate-stderr timeout --kill-after=5 60 "$(launcher)" $crowd \
            -np 3 "$DRIVE" share -P way="$way" -P bytes=1,4096,2^20 -n 2,3 \
            -b 1 --warmups 0 -e ranks
        show "mpirun -np 3 drive share -P way=$way"
        [ "$status" -eq 0 ]
        lines_with "$output" '^ranks +[0-9.]+ [mun]?s ' 6
    done
    left_no_shm
}

@test "no child and no pipe is left after Ctrl-C" {
    mkdir scratch
    export TMPDIR=$PWD/scratch
    for way in cow pipe; do
        rm -rf results
        start "$DRIVE" share -P way="$way" -n 2 -b 100000 -e serial,processes
        within 30 tried processes
        kill -INT "$session"
        finish
        [ "$status" -eq 130 ]
        all_gone
    done
    [ -z "$(find scratch -name 'drive-*')" ]
}

@test "bad input" {
    refuses 2 bytes share -P bytes=0
    refuses 2 bytes share -P bytes=2^31
    refuses 2 'way=pipes' share -P way=pipes
    refuses 2 replicate share --mode replicate
}

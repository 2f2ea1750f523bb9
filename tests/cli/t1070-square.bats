#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# square: the article's loop, in all its variants, and under a giant lock.
load helper

present() {
    drive list --json |
        jq -r '.executors[] | select(.absent | not).name | select(. != "hybrid")'
}

# A row each for those names, and every result was right.
rows_verified() {
    local name

    for name in "$@"; do
        lines_with "$output" "^$name +[0-9.]+ [mun]?s +([0-9.-]+, n=|\[)" 1
    done
    [[ $output =~ results\ verified\ ([0-9]+)\ of\ ([0-9]+) ]]
    [ "${BASH_REMATCH[1]}" -gt 0 ]
    [ "${BASH_REMATCH[1]}" -eq "${BASH_REMATCH[2]}" ]
}

small=(square -n 2 -b 2 --warmups 0 --no-record -P n=200 -P rounds=3)

@test "every variant has the same result under every executor" {
    local executors way

    mapfile -t executors < <(present)
    for way in rng={own,shared},passes={one,numpy},part={both,draw,multiply}; do
        IFS=, read -r rng passes part <<<"$way"
        succeed "${small[@]}" -P "$rng" -P "$passes" -P "$part"
        rows_verified "${executors[@]}"
    done
    left_nothing
}

@test "check square, with one generator for all" {
    succeed_quietly check square -n 1,3 -P rng=shared -P passes=numpy
    lines_with "$output" '^square +replicate +[13] workers' 2
    lines_with "$output" FAILED 0
    lines_with "$output" '^[0-9]+ passed, 0 failed, [0-9]+ skipped$' 1
}

@test "--serialize lock: the threads' row has a name of its own" {
    need threads
    for way in rng=own,passes=one rng=shared,passes=numpy; do
        succeed "${small[@]}" -e serial,threads,processes --serialize lock \
            -P "${way%,*}" -P "${way#*,}" -P giant=held
        rows_verified serial threads-lock processes
        lines_with "$output" '^threads ' 0
    done
}

@test "--serialize lock: a generator's lock and the giant one do not meet" {
    need threads
    for giant in held released; do
        succeed "${small[@]}" -n 4 -e serial,threads --serialize lock \
            -P rng=shared -P passes=numpy -P giant=$giant
        rows_verified serial threads-lock
    done
}

@test "--serialize lock: workers that meet under the lock go on" {
    need threads
    for kernel in triad matmul; do
        succeed $kernel -n 2 -b 2 --warmups 0 --no-record -P n=200 \
            -e serial,threads --serialize lock
        rows_verified serial threads-lock
    done
}

@test "only what can be done" {
    refuses 2 'rng=none' square -P rng=none
    refuses 2 'part=shred' square -P part=shred
    refuses 2 'n=0' square -P n=0
    refuses 2 divide square -m divide
    refuses 6 'memory' square -P n=10^6 --no-record
    refuses 2 look square --serialize look
}

#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# random and cg: right under every executor for any number of workers, by
# messages and by windows; one line for what cannot be.
load helper

# Every executor there is, both modes, some numbers of workers: $1 of them.
all_right() {
    local counts=$1 executor
    shift
    succeed_quietly check "$@"
    lines_with "$output" FAILED 0
    for executor in serial threads processes ranks; do
        [ -z "$(why_absent "$executor")" ] || continue
        [ "$executor" != ranks ] || launcher >/dev/null || continue
        lines_with "$output" " $executor ok" $((2 * counts))
    done
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

checksums() {
    record_lines | jq -rs '[.[] | select(.t == "trial").checksum] | unique[]'
}

@test "random: any number of workers" {
    all_right 5 random -n 1,2,3,5,7
}

@test "random: ranks that read buckets in a window" {
    all_right 4 random -n 1,2,3,7 -P comm=window
}

@test "random: more workers than words, rounds of few updates" {
    all_right 2 random -n 3,7 -P log2=2 -P lookahead=5
    all_right 1 random -n 5 -P log2=0 -P updates=1
}

@test "random: one table, whoever makes it" {
    local first

    succeed random -P log2=12 -n 1,2,3 -P method=buckets,atomic -b 2 \
        --warmups 0
    first=$(checksums)
    [[ $first =~ ^0x[0-9a-f]{16}$ ]] # one line
    forget_records
    succeed random -P log2=12 -n 2 -P lookahead=9 -m replicate -b 1 --warmups 0
    [ "$(checksums)" = "$first" ]
    forget_records
    succeed random -P log2=12 -n 2 --seed 99 -b 1 --warmups 0
    [ "$(checksums)" != "$first" ]
}

@test "random in place: ranks need a window, or say so" {
    local method

    need_launcher
    # Small tables lose more than racy may.
    for method in atomic racy; do
        succeed random -P log2=19 -P method=$method -n 2 -b 1 --warmups 0 --json
        row ranks '.status == "skipped" and
            (.why | contains("comm=window or method=buckets"))'
        row processes '.status == "ok"'
        succeed random -P log2=19 -P method=$method -P comm=window -n 2 -b 1 \
            --warmups 0 --json
        row ranks '.status == "ok"'
    done
}

@test "random: what it found stands below the table" {
    succeed random -P log2=12 -n 2 -b 1 --warmups 0 -e serial,processes --json
    row serial '.metrics | map_values(.median) |
        .handed == 0 and .lost == 0 and .rounds == 16'
    row processes '.metrics | map_values(.median) |
        .handed > 60000 and .handed < 70000 and .rounds >= 8 and .rounds <= 9'
}

@test "random: values that make no sense, tables beyond memory" {
    refuses 2 'log2=41' random -P log2=41
    refuses 2 'lookahead=0' random -P lookahead=0
    refuses 2 'method=bucket:' random -P method=bucket
    refuses 6 'log2=40' random -P log2=40
    [[ $stderr =~ needs\ [0-9.]+\ TiB ]]
}

@test "cg: any number of workers" {
    all_right 5 cg -n 1,2,3,5,7
}

@test "cg: ranks that read halos in a window" {
    all_right 4 cg -n 1,2,3,7 -P comm=window
}

@test "cg: every matrix, odd grids" {
    all_right 2 cg -n 2,3 -P points=5 -P n=31
    all_right 2 cg -n 2,3 -P points=27 -P n=9
    all_right 1 cg -n 3 -P n=17 -P iterations=1
}

@test "cg: workers without rows stand by" {
    all_right 1 cg -n 7 -P n=1
    all_right 1 cg -n 7 -P n=4
    succeed cg -P n=4 -n 7 -b 1 --warmups 0 -e serial,processes --json
    row processes '.metrics.busy.median == 2'
}

@test "cg: all executors come equally far" {
    succeed cg -P n=15 -P iterations=12 -n 3 -b 1 --warmups 0 --json
    jq -e '[.cells[] | select(.status == "ok").metrics.error.median] |
        length >= 2 and (max - min) / max < 1e-9 and max > 1e-6' <<<"$output"
    jq -e '[.cells[] | select(.status == "ok").metrics] |
        all(.error.median <= .bound.median)' <<<"$output"
    # Four edges of a layer of 15 x 15 doubles, before all but the first.
    row processes '.metrics.halo.median == 4 * 225 * 8 * 11'
}

@test "cg: values that make no sense, grids beyond memory" {
    refuses 2 'points=9' cg -P points=9
    refuses 2 'n=0' cg -P n=0
    refuses 6 'n=1000000 ' cg -P n=10^6
    refuses 2 'n=1000 ' cg -P n=1000 -n 1
    refuses 6 'n=840 ' cg -P n=840 -m replicate -n 1000
}

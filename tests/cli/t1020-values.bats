#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Problems, numbers of workers and modes: whatever the shape, all executors
# bring the same result.
load helper

# Runs a kernel; all trials must verify, and those of one problem must agree on
# the checksum, whoever ran them.
agree() {
    forget_records
    succeed "$@" -b 2 --warmups 0
    record_says 'map(select(.t == "trial")) | length > 0 and
        all((.wrong | not) and (.checksum | type == "string")) and
        (group_by(.params) | all(map(.checksum) | unique | length == 1))'
    # No trial of any executor is missing.
    record_says 'map(select(.t == "summary").cells[]) |
        map(select(.status != "skipped")) | length > 0 and
        all(.status == "ok" and .trials == 2 and .verified >= 2)'
}

checksum() {
    jq -rs 'map(select(.t == "trial"))[0].checksum' "$(record)"
}

@test "matmul: prime sizes" {
    agree matmul -n 2 -P n=61
    agree matmul -n 3 -P n=127
}

@test "matmul: one row, one column" {
    agree matmul -n 2 -P n=1
}

@test "matmul: more workers than rows" {
    agree matmul -n 7 -P n=5
}

@test "matmul: replicate" {
    agree matmul -m replicate -n 3 -P n=64
    record_says 'map(select(.t == "plan")) | all(.mode == "replicate")'
}

@test "matmul: the result does not depend on the number of workers" {
    agree matmul -P n=67 -n 1
    one=$(checksum)
    agree matmul -P n=67 -n 2
    [ "$(checksum)" = "$one" ]
    agree matmul -P n=67 -n 5
    [ "$(checksum)" = "$one" ]
    agree matmul -P n=67 -n 2 -m replicate
    [ "$(checksum)" = "$one" ]
}

@test "matmul: another seed is another problem" {
    agree matmul -P n=67 -n 1 -e serial,processes
    one=$(checksum)
    agree matmul -P n=67 -n 1 -e serial,processes --seed 12345
    [ "$(checksum)" != "$one" ]
}

@test "matmul: pages of either kind bring the same" {
    agree matmul -P n=64 -P pages=base,native -n 2
    record_says 'map(select(.t == "trial").checksum) | unique | length == 1'
}

@test "triad: divided, replicated, more workers than elements" {
    agree triad -P n=10007 -n 3
    agree triad -P n=10007 -n 2 -m replicate
    agree triad -P n=3 -n 5
}

@test "hold: only replicate, so that is the default" {
    succeed hold -P hold=0.01 -b 2 --warmups 0
    record_says 'map(select(.t == "plan")) | all(.mode == "replicate")'
    record_says 'map(select(.t == "trial")) | all(.ns >= 10000000)'
}

@test "lists of workers and values: every cell is there" {
    agree matmul -n 1,2 -P n=32,64
    record_says '[.[] | select(.t == "plan") | [.params.n, .workers]] | sort ==
        [[32, 1], [32, 2], [64, 1], [64, 2]]'
    record_says '[.[] | select(.t == "summary").cells[]] | length == 16'
}

@test "ranges of workers and values" {
    agree matmul -n 1:3 -P n=2^3..2^5 -e serial,processes
    record_says '[.[] | select(.t == "plan") | [.params.n, .workers]] | sort ==
        [[8, 1], [8, 2], [8, 3], [16, 1], [16, 2], [16, 3],
         [32, 1], [32, 2], [32, 3]]'
}

@test "default workers: every core that is allowed" {
    [ "$(cores)" -gt 1 ] || skip 'one core'
    succeed null -b 1 --warmups 0 --dry-run
    whole=$(grep -oE 'over [0-9]+ worker' <<<"$output")
    cpu=$(taskset -pc $$ | sed 's/.*[ ,-]//')
    run --separate-stderr taskset -c "$cpu" timeout 60 "$DRIVE" null --dry-run
    show "null --dry-run on CPU $cpu"
    [ "$status" -eq 0 ]
    has "$output" 'over 1 worker'
    [ "$whole" != 'over 1 worker' ]
}

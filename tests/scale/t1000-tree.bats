#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What leaders of nodes do together: gathering, clocks, waiting.
# shellcheck disable=SC2154 # figures is of simulate
load helper

# microseconds of the figures
took() {
    field 3
}

@test "parts of any size arrive whole, those of each rank in order" {
    for nodes in 1 2 3 13 64; do
        simulate "$nodes" tree gather 8
        simulate "$nodes" tree gather 1024
        simulate "$nodes" tree gather 100000
    done
    simulate 2 tree gather 1000000
}

@test "1 KiB of each of 4096 nodes is gathered in 200 us" {
    # What comes on a link may slow down what leaves on it.
    for crosstraffic in no yes; do
        export CROSSTRAFFIC=$crosstraffic
        simulate 64 tree gather 1024
        [[ $output == *"network/crosstraffic:$crosstraffic "* ]]
        below "$(took)" 25
        simulate 1024 tree gather 1024
        below "$(took)" 90
        simulate 4096 tree gather 1024
        below "$(took)" 200
    done
}

@test "much of each is gathered at the speed of rank 0's link" {
    # 1024 x 16 KiB and 64 x 100000 bytes at 25 GB/s, and a tenth
    simulate 1024 tree gather 16384
    below "$(took)" 738
    simulate 64 tree gather 100000
    below "$(took)" 282
}

@test "a rank holds two pieces, whatever is behind it" {
    for case in '64 1024' '1024 1024' '1024 16384' '64 100000' '2 1000000'; do
        # shellcheck disable=SC2086 # nodes and bytes
        set -- $case
        simulate "$1" tree gather "$2"
        [[ $figures =~ a\ rank\ holds\ ([0-9]+)$ ]]
        below "${BASH_REMATCH[1]}" 262145
        below 0 "${BASH_REMATCH[1]}"
    done
}

@test "a rank that does not come is named, the others' parts come, it recovers" {
    for rank in 1 8 12 63; do
        simulate 64 tree lose 1024 "$rank"
        simulate 64 tree lose 9000 "$rank"
        simulate 64 tree lose 100000 "$rank"
    done
}

@test "a rank that its parent gave up, and that comes yet, is counted once" {
    simulate 64 tree late 100000 13 32
}

# A look that takes as long as a message does is always at the same place of a
# round trip, and the clocks seem right to the nanosecond: it takes 0.51 us here.
# Who looks in vain once, on one way only, errs by half of that, at each level.
@test "clocks that differ and drift are known, no worse than they say" {
    export LOOK=5.1e-7
    simulate 16 tree clock
    few=$(took)
    simulate 128 tree clock
    below "$(took)" "$(awk -v few="$few" 'BEGIN { print 2.2 * few }')"
    [[ $figures =~ off\ by\ ([0-9]+)\ ns,\ 10\ s\ later\ by\ ([0-9]+) ]]
    below "${BASH_REMATCH[1]}" "$((7 * 510 / 2))"
    below "${BASH_REMATCH[2]}" 5000
}

@test "those who wait without a core hear a word soon, level by level" {
    simulate 16 tree wake 0.01
    below "$(took)" 900
    simulate 256 tree wake 0.01
    below "$(took)" 1800
}

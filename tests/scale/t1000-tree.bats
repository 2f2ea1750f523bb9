#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What leaders of nodes do together: gathering, clocks, waiting.
# shellcheck disable=SC2154 # figures is of simulate
load helper

# microseconds of the figures
took() {
    field 3
}

@test "parts of any size arrive whole and in order" {
    for nodes in 1 2 3 13 64; do
        simulate "$nodes" tree gather 1
        simulate "$nodes" tree gather 100000
    done
}

@test "1 KiB of each of 4096 nodes is gathered in 200 us" {
    simulate 64 tree gather 1024
    below "$(took)" 25
    simulate 1024 tree gather 1024
    below "$(took)" 90
    simulate 4096 tree gather 1024
    below "$(took)" 200
}

@test "clocks that differ and drift are known, no worse than they say" {
    simulate 16 tree clock
    few=$(took)
    simulate 128 tree clock
    below "$(took)" "$(awk -v few="$few" 'BEGIN { print 2.2 * few }')"
    [[ $figures =~ off\ by\ ([0-9]+)\ ns,\ 10\ s\ later\ by\ ([0-9]+) ]]
    below "${BASH_REMATCH[1]}" 1000
    below "${BASH_REMATCH[2]}" 5000
}

@test "those who wait without a core hear a word soon, level by level" {
    simulate 16 tree wake 0.01
    below "$(took)" 900
    simulate 256 tree wake 0.01
    below "$(took)" 1800
}

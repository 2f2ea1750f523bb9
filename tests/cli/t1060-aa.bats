#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# check --aa: one executor against itself.
load helper

# The machine that tests may be too busy for a floor: then nothing is kept, and
# the exit code says so.
floor_or_none() {
    try check --aa "$@"
    [ "$status" -eq 0 ] || {
        [ "$status" -eq 5 ]
        has "$stderr" 'no noise floor'
        left_nothing
    }
}

@test "three labels, a floor, and a file that keeps it" {
    floor_or_none null -P delay=0.002 -e processes -n 1 -b 12 --warmups 1
    has "$output" '3 teams of processes'
    lines_with "$output" '^A[123] +[0-9]' 6 # in two tables
    lines_with "$output" '^A[23] v A[12] ' 3
    [ "$status" -eq 0 ] || return 0
    lines_with "$output" \
        '^noise floor of this host: [0-9.]+ % \(A/A, 3 labels, 12 blocks\)$' 1
    jq -e '.t == "aa" and .v == 2 and (.floors | length == 1) and
        (.floors[0] | .labels == 3 and .blocks == 12 and
        .executor == "processes" and .kernel == "null" and
        .floor >= .half_width and .floor <= 0.1)' results/aa-*.json
    # Another kernel's stands beside it.
    try check --aa copy -P n=1000 -e processes -n 1 -b 12
    [ "$status" -eq 0 ] || return 0
    jq -e '[.floors[].kernel] == ["null", "copy"]' results/aa-*.json
}

@test "the serial executor is no base for itself" {
    floor_or_none null -P delay=0.002 -e serial -b 12
    lines_with "$output" '^A[23] v A[12] ' 3
}

@test "several values: a known difference, and no floor" {
    succeed check --aa null -P delay=0.001,0.004 -e processes -n 1 -b 12 --json
    jq -e '[.pairs[] | select(.a == "B" and .b == "A")] | length == 1' \
        <<<"$output"
    jq -e '.pairs[0].ratio > 1.5' <<<"$output"
    left_nothing
}

@test "--quiet, --no-record and --dry-run" {
    floor_or_none null -P delay=0.002 -e serial -b 12 --no-record -q
    lines_with "$output" '^VERDICT ' 1
    lines_with "$output" '^A' 0
    left_nothing
    succeed_quietly check --aa --dry-run -e serial
    has "$output" n=512
    left_nothing
}

@test "too few blocks for a floor: exit 5" {
    fails_with 5 check --aa null -e processes -n 1 -b 4
    one_line_with 'too few'
    left_nothing
}

@test "what --aa refuses" {
    refuses 2 'one executor' check --aa -e serial,processes
    refuses 2 'too many' check --aa null copy
    refuses 2 'one number' check --aa -n 1,2
    refuses 2 'at most one' check --aa null -P delay=1,2,3,4,5,6,7,8,9
    refuses 2 nul check --aa nul
    refuses 2 'drive check --aa null' null --aa
}

# On a terminal, which script(1) makes.
@test "on a terminal it says how far it is, and --quiet does not" {
    command -v script >/dev/null || skip 'script(1) is missing'
    script -qec true /dev/null >/dev/null 2>&1 || skip 'no pseudo-terminal here'
    local at="$DRIVE check --aa null -e serial -b 12 --no-record"
    run timeout 60 env TERM=xterm script -qefc "$at" /dev/null
    has "$output" '] block 6'
    run timeout 60 env TERM=xterm script -qefc "$at -q" /dev/null
    has_not "$output" '] block'
}

@test "a label that fails or is wrong ends it" {
    fails_with 3 check --aa null -P fault=wrong -e processes -n 1
    fails_with 6 check --aa null -P fault=fail -e processes -n 1 -b 6
    left_nothing
}

@test "ranks that were launched cannot be in several teams" {
    need_launcher
    run --separate-stderr timeout 60 "$(launcher)" -n 1 "$DRIVE" check --aa \
        -e ranks
    [ "$status" -eq 2 ]
    has "$stderr" 'without a launcher'
}

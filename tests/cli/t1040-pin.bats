#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# pin: where workers sit, planned against observed.
load helper

# Rows of workers: executor, worker, node, core, numa, PU, seen, mask, ok
workers() {
    grep -E '^(serial|threads|processes|ranks) +[0-9]+ ' <<<"$output"
}

all_ok() {
    [ "$(workers | wc -l)" -ge 1 ]
    ! workers | grep -v ' ok$'
}

one_cpu() {
    taskset -pc $$ | sed 's/.*[ ,-]//'
}

@test "every worker of every executor is where it was planned" {
    succeed_quietly pin
    all_ok
    workers | awk '$6 != $7 || $8 != $6 { exit 1 }'
    lines_with "$(workers)" '^serial ' 1
    lines_with "$(workers)" '^processes ' "$(grep -c '^processes' <<<"$output")"
    left_nothing
}

@test "the report has its columns and the policy" {
    succeed_quietly pin -e serial
    lines_with "$output" '^policy core: ' 1
    lines_with "$output" '^executor +worker +node +core +numa +PU +seen +mask' 1
}

@test "-n and -e choose how many and who" {
    succeed_quietly pin -n 1 -e processes
    [ "$(workers | wc -l)" -eq 1 ]
    all_ok
}

@test "an explicit list of cores" {
    succeed_quietly pin -n 1 -p 0
    all_ok
    workers | awk '$4 != 0 { exit 1 }'
    [ "$(cores)" -gt 1 ] || return 0
    succeed_quietly pin -n 2 -p 1,0 -e processes
    all_ok
    [ "$(workers | awk '{ print $4 }' | tr '\n' ' ')" = '1 0 ' ]
}

@test "an explicit list of hardware threads" {
    [ "$(cores)" -gt 1 ] || skip 'one core'
    succeed_quietly pin -n 2 -p pu:1,0 -e processes
    all_ok
}

@test "every policy by name" {
    for policy in core compact spread numa numa:0; do
        succeed_quietly pin -n 1 -p "$policy" -e serial,processes
        all_ok
        has "$output" "policy $policy: "
    done
}

@test "none: not bound, and that is as planned" {
    succeed_quietly pin -p none
    all_ok
    workers | awk '$4 != "-" || $6 != "-" { exit 1 }'
    has "$output" 'not bound'
}

@test "the mask we were started with is kept to" {
    [ "$(cores)" -gt 1 ] || skip 'one core'
    cpu=$(one_cpu)
    run --separate-stderr taskset -c "$cpu" timeout 60 "$DRIVE" pin
    show "pin on CPU $cpu"
    [ "$status" -eq 0 ]
    all_ok
    workers | awk -v cpu="$cpu" '$6 != cpu || $7 != cpu || $8 != cpu { exit 1 }'
}

@test "the mask we were started with is kept to without binding, too" {
    [ "$(cores)" -gt 1 ] || skip 'one core'
    cpu=$(one_cpu)
    run --separate-stderr taskset -c "$cpu" timeout 60 "$DRIVE" pin -p none
    show "pin -p none on CPU $cpu"
    [ "$status" -eq 0 ]
    all_ok
    workers | awk -v cpu="$cpu" '$7 != cpu || $8 != cpu { exit 1 }'
}

@test "more workers than places: said, and each still sits as planned" {
    succeed pin -n "$(a_crowd)" -e serial,processes
    has "$stderr" "share"
    all_ok
}

@test "--strict is content when all are in their places" {
    succeed_quietly pin --strict
}

@test "the record's places are those of the trials" {
    succeed null -b 1 --warmups 0
    record_says 'map(select(.t == "place")) | length >= 2 and all(.pinned and
        (.workers | all(.bound and .planned_pu == .observed_pu)))'
    record_says '[.[] | select(.t == "place") | [.workers[].planned_pu]] |
        map(select(length > 1)) | unique | length <= 1'
}

@test "places that OpenMP was given crowd nobody, and it is said" {
    need threads processes
    [ "$(cores)" -ge 2 ] || skip 'one core'
    local program=$DRIVE
    for setting in OMP_PROC_BIND=close 'OMP_PLACES={0}' GOMP_CPU_AFFINITY=0; do
        forget_records
        DRIVE=$(command -v env)
        succeed "$setting" OMP_NUM_THREADS=1 OMP_WAIT_POLICY=passive \
            "$program" null -b 1 -e threads,processes -n 2
        [ "$(grep -c . <<<"$stderr")" -eq 1 ]
        has "$stderr" "not obeyed, as drive places its workers itself: "
        has "$stderr" "$setting"
        has "$stderr" OMP_NUM_THREADS=1
        has_not "$stderr" OMP_WAIT_POLICY
        record_says 'map(select(.t == "plan").crowded) == [false]'
        # Only what has an effect is recorded.
        record_says '[.. | objects | .variables? // empty | keys[]] |
            index("OMP_WAIT_POLICY") != null and
            (map(select(test("BIND|PLACES|NUM_THR|AFFINITY"))) == [])'
        record_says 'map(select(.t == "place").workers |
            (map(.observed_pu) | unique | length == 2) and all(.bound)) | all'
    done
    succeed_quietly OMP_PROC_BIND=close "$program" null -b 1 -n 1 -q -e serial
}

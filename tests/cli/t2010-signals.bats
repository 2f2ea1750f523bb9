#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Ctrl-C and the like, at any moment: the exit code says so, nobody is left
# behind, nothing is left in shared memory, and the record can be read.
load helper

# Ends by the signal's code; nobody and nothing left.
ended_by() {
    finish
    [ "$status" -eq "$1" ]
    all_gone
    left_no_shm
}

# A record that was begun is closed as interrupted.
if_any_interrupted() {
    [ ! -e results ] || closed_as interrupted
}

long() {
    start "$DRIVE" null -P delay=0.005 --blocks 100000 "$@"
}

signal_in_trials() {
    long -e serial,threads,processes
    within 20 tried processes
    kill "-$1" "$session"
}

@test "SIGINT in the first moments, whenever it comes" {
    for delay in 0 0.001 0.002 0.004 0.006 0.008 0.01 0.02; do
        forget_records
        long -e serial,processes
        within 5 under_way
        sleep "$delay"
        kill -INT "$session"
        echo "after $delay s:"
        ended_by 130
        if_any_interrupted
    done
}

# Thousands of problems keep it busy for a while before the first trial.
signal_in_plan() {
    start "$DRIVE" null -P at=1..64 -P slow=1..64 -e serial,processes "$@"
    within 5 under_way
    sleep 0.1
    kill -INT "$session"
    ended_by 130
    if_any_interrupted
}

@test "SIGINT before the first trial" {
    signal_in_plan
}

@test "SIGINT before the first trial, with --json" {
    signal_in_plan --json
}

@test "SIGINT in the trials" {
    signal_in_trials INT
    ended_by 130
    closed_as interrupted
    lines_with "$(cat err)" '^drive: ' 1
    has "$(cat err)" interrupted
}

@test "SIGINT in the trials: what was measured is told" {
    signal_in_trials INT
    ended_by 130
    lines_with "$(cat out)" '^VERDICT ' 1
    has "$(tail -n 1 out)" "saved $(record)"
    record_says 'map(select(.t == "summary")) | length == 1 and
        .[0].stop == "interrupted"'
    record_says '.[-1].trials == (map(select(.t == "trial")) | length)'
}

@test "SIGTERM in the trials" {
    signal_in_trials TERM
    ended_by 143
    closed_as interrupted
}

@test "SIGHUP in the trials" {
    signal_in_trials HUP
    ended_by 129
    closed_as interrupted
}

@test "Ctrl-C: the whole process group gets it" {
    long -e serial,threads,processes
    within 20 tried processes
    kill -INT -- "-$session"
    ended_by 130
    closed_as interrupted
}

@test "SIGINT in one long trial" {
    start "$DRIVE" hold -P hold=10000 -e serial,threads,processes
    within 20 started 4
    sleep 0.2
    kill -INT "$session"
    ended_by 130
    closed_as interrupted
}

@test "SIGINT in one long trial that computes" {
    start "$DRIVE" null -P delay=10000 -n "$(a_crowd)" \
        -e serial,threads,processes
    within 20 started 4
    sleep 0.2
    kill -INT "$session"
    ended_by 130
    closed_as interrupted
}

@test "SIGINT ends all of several problems" {
    start "$DRIVE" null -P delay=0.005,0.006,0.007 -b 100000 -n 1 \
        -e serial,processes
    within 20 tried processes
    kill -INT "$session"
    ended_by 130
    closed_as interrupted
    record_says 'map(select(.t == "plan")) | length == 1'
}

@test "SIGINT without a record" {
    long --no-record -e serial,processes
    within 20 started 4
    kill -INT "$session"
    ended_by 130
    [ ! -e results ]
}

# A launcher that takes its time, so that the signal comes before the ranks.
@test "SIGINT in check and pin" {
    need ranks
    printf '#!/bin/sh\nexec sleep 1000\n' >slow
    chmod +x slow
    for command in 'check null' pin; do
        # shellcheck disable=SC2086 # words are meant
        start "$DRIVE" $command -e ranks --launcher ./slow
        within 20 started 3
        sleep 0.1
        kill -INT "$session"
        ended_by 130
        [ ! -e results ]
    done
}

# -- with ranks of our own -------------------------------------------------------

@test "SIGINT while ranks of our own start" {
    need_launcher
    for delay in 0 0.05 0.1 0.2; do
        forget_records
        long -e ranks
        within 20 started 3
        sleep "$delay"
        kill -INT "$session"
        echo "after $delay s:"
        ended_by 130
        closed_as interrupted
    done
}

@test "SIGINT while ranks of our own run" {
    need_launcher
    long
    within 30 tried ranks
    kill -INT "$session"
    ended_by 130
    closed_as interrupted
}

@test "Ctrl-C while ranks of our own run" {
    need_launcher
    long
    within 30 tried ranks
    kill -INT -- "-$session"
    ended_by 130
    closed_as interrupted
}

@test "SIGTERM while ranks of our own run" {
    need_launcher
    long
    within 30 tried ranks
    kill -TERM "$session"
    ended_by 143
    closed_as interrupted
}

# -- no chance to say good-bye ---------------------------------------------------

# The record has what was written, without an end.
cut_short() {
    record_is_readable
    record_says '.[0].t == "run" and all(.t != "end")'
}

@test "kill -9: all teams go away by themselves, the record is readable" {
    long -e serial,threads,processes
    within 20 tried processes
    kill -KILL "$session"
    finish
    all_gone 10
    cut_short
}

@test "kill -9 while ranks of our own start: launcher and ranks go too" {
    need_launcher
    for delay in 0 0.1 0.2; do
        forget_records
        long -e ranks
        within 20 started 3
        sleep "$delay"
        kill -KILL "$session"
        finish
        echo "after $delay s:"
        all_gone 15
        cut_short
    done
}

@test "kill -9 while ranks of our own run: launcher and ranks go too" {
    need_launcher
    long
    within 30 tried ranks
    kill -KILL "$session"
    finish
    all_gone 15
    left_no_shm
    cut_short
}

@test "kill -9 of the nursery: a failure, not a hang" {
    start "$DRIVE" null -P delay=0.005 -b 100000 -e serial,processes
    within 20 tried processes
    # The program's first child.
    kill -KILL "$(cut -d' ' -f1 "/proc/$session/task/$session/children")"
    finish 10
    [ "$status" -eq 6 ]
    all_gone
    record_is_readable
}

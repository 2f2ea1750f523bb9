#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Kernels whose parent brings workers to life: every way, what is refused, what
# becomes of the row when a limit is met in the middle, and nobody is left.
load helper

# As a user whom limits bind; root is not.
as_nobody() {
    chmod 777 .
    setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
}

need_setpriv() {
    [ "$(id -u)" -eq 0 ] || skip 'only root becomes somebody else'
    command -v setpriv prlimit >/dev/null || skip 'setpriv or prlimit is missing'
    as_nobody test -x "$DRIVE" || skip 'nobody cannot reach the program'
}

@test "spawn: every method under the executors that know it" {
    succeed_quietly check spawn -n 3
    has_not "$output" FAILED
    for method in fork spawn forkserver; do
        succeed_quietly check spawn -P method=$method -n 3 \
            -e serial,threads,processes
        lines_with "$output" 'serial skipped .*processes ok$' 1
    done
    succeed_quietly check spawn -P method=pool -n 3 -e serial,processes
    lines_with "$output" 'serial skipped .*processes ok$' 1
}

@test "spawn: a method that is not the executor's is skipped, with the words" {
    try spawn -P method=clone -n 2 -b 1 --warmups 0 -e serial,processes
    lines_with "$output" '^processes +skipped: processes come by fork' 1
    lines_with "$output" '^serial +skipped: .*method=clone' 1
}

@test "spawn: a limit on processes in the middle: a row with the reason" {
    need_setpriv
    run --separate-stderr as_nobody prlimit --nproc=40 \
        timeout --kill-after=5 60 "$DRIVE" spawn -n 300 -b 2 --warmups 0 \
        -e serial,processes
    show
    [ "$status" -eq 6 ]
    one_line_with 'Resource temporarily unavailable'
    grep -qE '^processes +failed: cannot fork child [0-9]+ of 300: .*ulimit -u.*were ended' \
        <<<"$output"
    lines_with "$output" '^serial +[0-9.]+ [mun]?s +([0-9.-]+, n=|\[)' 1
    [ -z "$(pgrep -u 65534 -f "$DRIVE")" ]
}

@test "latebind: a limit on open files in the middle: a row with the reason" {
    need threads
    run --separate-stderr prlimit --nofile=40 timeout --kill-after=5 60 \
        "$DRIVE" latebind -n 200 -P hold=0.2 -b 1 --warmups 0 \
        -e threads,processes
    show
    [ "$status" -eq 6 ]
    lines_with "$output" '^threads +failed: cannot write .*ulimit -n' 1
    lines_with "$output" '^processes +[0-9.]+ [mun]?s +([0-9.-]+, n=|\[)' 1
}

@test "latebind: ranks share no variable, and no file is left" {
    succeed latebind -n 2 -P hold=0.01 -P cure=no,yes -b 1 --warmups 0 \
        -e serial,processes --scratch .
    rm -r results
    left_nothing
    if launcher >/dev/null; then
        try latebind -n 2 -P hold=0.01 -b 1 --warmups 0 -e serial,ranks
        lines_with "$output" '^ranks +skipped: .*no variable in common' 1
    fi
}

@test "footprint: every task" {
    for task in clean leak fragment; do
        succeed_quietly check footprint -P task=$task -n 2
        has_not "$output" FAILED
    done
}

@test "ranks are launched by a parent under mpirun too" {
    need_launcher
    run --separate-stderr timeout --kill-after=5 60 "$(launcher)" -n 2 \
        "$DRIVE" check spawn -n 2
    show
    [ "$status" -eq 0 ]
    lines_with "$output" ' ranks ok$' 1
}

# In the middle of a trial, when all hold.
children_there() {
    [ "$(in_session | wc -l)" -ge 7 ]
}

ends_all_by() {
    local signal=$1
    shift
    start "$DRIVE" spawn -n 5 -P hold=60 -b 1 --warmups 0 "$@"
    within 10 children_there
    kill "-$signal" "$session"
    within 10 ended
    all_gone
    left_no_shm
}

@test "children end with an interrupted run" {
    ends_all_by INT -e processes
    ends_all_by INT -e processes -P method=spawn
    ends_all_by INT -e processes -P method=forkserver
}

@test "children end with a run that is killed" {
    ends_all_by KILL -e processes
    ends_all_by KILL -e processes -P method=pool
    ends_all_by KILL -e processes -P method=forkserver
}

@test "ranks of a parent end with a run that is killed" {
    need_launcher
    ends_all_by KILL -e ranks
}

@test "what calls a child is no word for users" {
    export DRIVE_BORN=hello
    fails_with 2
    one_line_with "DRIVE_BORN='hello'"
}

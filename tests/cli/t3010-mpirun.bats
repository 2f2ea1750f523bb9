#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Under a launcher: mpirun -np N drive ...
load helper

# Flags that let as many ranks start as we like.
crowd() {
    "$(launcher)" --version 2>&1 | grep -qiE 'open.?mpi|openrte' &&
        echo --oversubscribe
}

# mpirun -np $1 drive ...
launched() {
    local ranks=$1
    shift
    need_launcher
    # shellcheck disable=SC2046 # no word is meant by nothing
    run --separate-stderr timeout --kill-after=5 60 "$(launcher)" \
        $(crowd) -np "$ranks" "$DRIVE" "$@"
    show "mpirun -np $ranks drive $*"
}

# The same with each rank's exit code in a file of its own. To the launcher all
# is well: most end the other ranks at the first that is not 0.
launched_apart() {
    local ranks=$1
    shift
    need_launcher
    cat >wrap <<'WRAP'
#!/bin/sh
"$DRIVE" "$@"
echo $? >"code.${OMPI_COMM_WORLD_RANK:-$PMI_RANK}"
WRAP
    chmod +x wrap
    # shellcheck disable=SC2046
    DRIVE=$DRIVE run --separate-stderr timeout --kill-after=5 60 \
        "$(launcher)" $(crowd) -np "$ranks" ./wrap "$@"
    show "mpirun -np $ranks drive $*"
    [ "$(find . -name 'code.*' | wc -l)" -eq "$ranks" ]
}

all_codes() {
    local file

    for file in code.*; do
        echo "$file: $(cat "$file")"
        [ "$(cat "$file")" -eq "$1" ]
    done
}

# Lines that are ours; launchers add their own.
ours() {
    grep '^drive: ' <<<"$stderr" || true
}

@test "two ranks: four rows, printed once, one record" {
    launched 2 null -b 2 --warmups 0
    [ "$status" -eq 0 ]
    for executor in serial threads processes ranks; do
        lines_with "$output" "^$executor +[0-9.]+ [mun]?s " 1
    done
    lines_with "$output" 'VERDICT' 1
    lines_with "$output" '^saved ' 1
    closed_as complete
    record_says '.[0].ranks == 2 and (.[0].mpi | length > 3)'
}

@test "two ranks are two workers by default" {
    launched 2 null -b 1 --warmups 0
    [ "$status" -eq 0 ]
    lines_with "$output" 'over 2 workers' 1
    lines_with "$output" '^host .*, 2 ranks, ' 1
}

@test "real work agrees: checksums of all executors" {
    launched 3 matmul -P n=61 -b 2 --warmups 0 -n 1,2,3
    [ "$status" -eq 0 ]
    record_says 'map(select(.t == "trial")) | (map(.executor) | unique |
        length == 4) and (map(.checksum) | unique | length == 1)'
}

@test "three ranks, however few cores" {
    launched 3 null -b 2 --warmups 0
    [ "$status" -eq 0 ]
    lines_with "$output" '^ranks +[0-9.]+ [mun]?s ' 1
    lines_with "$output" VERDICT 1
}

@test "fewer workers than ranks" {
    launched 2 null -b 2 --warmups 0 -n 1
    [ "$status" -eq 0 ]
    lines_with "$output" '^ranks +[0-9.]+ [mun]?s ' 1
}

@test "more workers than ranks: the row says how to start" {
    launched 2 null -b 2 --warmups 0 -n 3
    [ "$status" -eq 0 ]
    lines_with "$output" '^ranks +skipped: .*2 ranks.*mpirun -np 3' 1
    lines_with "$output" '^processes +[0-9.]+ [mun]?s ' 1
}

@test "one rank" {
    launched 1 null -b 2 --warmups 0
    [ "$status" -eq 0 ]
    lines_with "$output" '^ranks +[0-9.]+ [mun]?s ' 1
}

@test "other commands print once as well" {
    launched 2 list
    [ "$status" -eq 0 ]
    lines_with "$output" '^ +matmul ' 1
    launched 2 pin
    [ "$status" -eq 0 ]
    lines_with "$output" '^ranks +[0-9]+ .* ok' 2
    lines_with "$output" '^policy ' 1
    launched 2 check null -n 1,2
    [ "$status" -eq 0 ]
    lines_with "$output" ' 0 failed' 1
}

@test "output that goes to a file has no escape codes" {
    TERM=xterm launched 2 null -b 1 --warmups 0 -q
    [ "$status" -eq 0 ]
    has_not "$output" $'\033'
}

@test "--json: one document" {
    launched 2 null -b 1 --warmups 0 --json
    [ "$status" -eq 0 ]
    jq -es 'length == 1 and (.[0].cells | length == 4)' <<<"$output"
}

@test "parked ranks: what they used of a core is in the record" {
    launched 2 null -P delay=0.01 -b 6 --warmups 0
    [ "$status" -eq 0 ]
    record_says 'map(select(.t == "summary").cells[]) |
        map(select(.executor == "ranks"))[0] |
        .idle_ns > 0 and .idle_cpu_ns > 0 and .idle_cpu_ns < .idle_ns'
}

# -- exit codes -----------------------------------------------------------------

@test "done: 0 on every rank" {
    launched_apart 2 null -b 1 --warmups 0
    all_codes 0
}

@test "bad input: 2 on every rank, one line in all, no file" {
    launched_apart 2 nulll
    all_codes 2
    [ "$(ours | wc -l)" -eq 1 ]
    has "$(ours)" "'null'"
    [ ! -e results ]
}

@test "bad input reaches the launcher" {
    launched 2 null -n 0
    [ "$status" -eq 2 ]
    [ "$(ours | wc -l)" -eq 1 ]
    left_nothing
}

@test "no memory: 6 on every rank" {
    launched_apart 2 matmul -P n=10^9
    all_codes 6
    [ "$(ours | wc -l)" -eq 1 ]
}

@test "a wrong result: 3 on every rank" {
    launched_apart 2 null -P fault=wrong -b 1 --warmups 0
    all_codes 3
    record_says 'map(select(.t == "trial" and .wrong)) | length == 1'
}

@test "crowded under --strict: 4 on every rank" {
    launched_apart "$(a_crowd)" null -b 1 --warmups 0 --strict
    all_codes 4
}

@test "a step that fails: 6 on every rank, the other rows go on" {
    launched_apart 2 null -P fault=fail -P slow=1 -b 2 --warmups 0
    all_codes 6
    lines_with "$output" '^ranks +failed: .*told to fail' 1
    lines_with "$output" '^serial +[0-9.]+ [mun]?s ' 1
}

@test "an output that is there already: 2 on every rank, untouched" {
    echo precious >a.spoilt.jsonl
    launched_apart 2 null -b 1 -o a.spoilt.jsonl
    all_codes 2
    [ "$(cat a.spoilt.jsonl)" = precious ]
}

@test "ranks that disagree: exit 2 and one line" {
    need_launcher
    # shellcheck disable=SC2046
    run --separate-stderr timeout --kill-after=5 60 "$(launcher)" $(crowd) \
        -np 1 "$DRIVE" null : -np 1 "$DRIVE" hold
    show 'null : hold'
    [ "$status" -eq 2 ]
    [ "$(ours | wc -l)" -eq 1 ]
    has "$(ours)" 'disagree'
    [ -z "$output" ]
    left_nothing
}

# -- ends ------------------------------------------------------------------------

launched_long() {
    need_launcher
    # shellcheck disable=SC2046
    start "$(launcher)" $(crowd) -np 2 "$DRIVE" null -P delay=0.005 -b 100000
    within 30 tried ranks
}

# The pid of the process that leads: rank 0's child.
conductor() {
    local rank child

    for rank in $(tr ' ' '\n' <"/proc/$session/task/$session/children"); do
        child=$(cut -d' ' -f1 "/proc/$rank/task/$rank/children")
        [ -z "$child" ] || echo "$child"
    done | head -n 1
}

@test "Ctrl-C: no process, no shared memory is left" {
    launched_long
    kill -INT "$session"
    finish
    [ "$status" -ne 0 ]
    all_gone
    left_no_shm
    record_is_readable
}

@test "Ctrl-C: the record is closed as interrupted" {
    launched_long
    kill -INT "$session"
    finish
    all_gone
    closed_as interrupted
}

@test "SIGTERM to the launcher, as a batch system sends it" {
    launched_long
    kill -TERM "$session"
    finish
    [ "$status" -ne 0 ]
    all_gone
    left_no_shm
    closed_as interrupted
}

@test "SIGINT to the one that leads: 130, closed as interrupted" {
    launched_long
    kill -INT "$(conductor)"
    finish
    [ "$status" -eq 130 ]
    all_gone
    left_no_shm
    closed_as interrupted
}

@test "kill -9 of the one that leads: the ranks go away" {
    launched_long
    kill -KILL "$(conductor)"
    finish
    [ "$status" -ne 0 ]
    all_gone 15
    record_is_readable
}

@test "kill -9 of the launcher: all go away" {
    launched_long
    segments=$(session_shm)
    kill -KILL "$session"
    finish
    all_gone 15
    record_is_readable
    # MPI's own, which the launcher would have removed.
    xargs -r rm -f <<<"$segments"
}

@test "a rank that is lost ends the job, not in silence" {
    need_launcher
    # shellcheck disable=SC2046
    start "$(launcher)" $(crowd) -np 2 "$DRIVE" null -P fault=lost \
        -P slow=1 -b 2 --warmups 0 -e ranks
    finish 30
    [ "$status" -ne 0 ]
    all_gone 15
    record_is_readable
    record_says '.[-1].t == "end" and .[-1].why != "complete"'
}

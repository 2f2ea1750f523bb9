#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# run: the table, and what options do to it.
load helper

# What a row that has run begins with, after its name.
time='[0-9.]+ [mun]?s '

# Present executors that run unasked, one a line.
executors() {
    drive list --json |
        jq -r '.executors[] | select(.absent | not).name | select(. != "hybrid")'
}

@test "a row an executor, the verdict, and the record's path last" {
    succeed_quietly matmul -P n=64 -b 6 --warmups 1
    for executor in $(executors); do
        lines_with "$output" "^$executor +$time" 1
    done
    lines_with "$output" '^VERDICT ' 1
    [ "${lines[-1]}" = "saved $(record)" ]
    # Between them only the rest of the verdict, indented.
    [ "$(sed -n '/^VERDICT/,$p' <<<"$output" | grep -cvE '^ ')" -eq 2 ]
}

@test "what a kernel does not measure is not shown" {
    succeed_quietly null -b 1 --warmups 0
    has_not "$output" ' found'
    record_says 'map(has("metrics")) | any | not'
}

@test "pages=native: the share of huge pages, in table and record" {
    succeed_quietly matmul -P n=64 -P pages=native -b 2 --warmups 0 -e serial,processes
    lines_with "$output" ' huge pages( |$)' 1
    # Null only where the kernel of the operating system does not say.
    [ -r /proc/self/smaps_rollup ] || skip 'no smaps_rollup'
    record_says 'map(select(.t == "summary").cells[].huge_pages) |
        length == 2 and all(. >= 0 and . <= 1)'
}

@test "no hardware counters: the record says why" {
    succeed_quietly null -b 2 --warmups 0 -e serial,processes
    record_says 'map(select(.t == "summary").cells[]) |
        all((.uncounted == null) or (.uncounted | test("^perf_event_open: ")))'
    record_says '(map(select(.t == "trial" and .cycles == null)) | length == 0)
        or (map(select(.t == "summary").cells[].uncounted) | all(. != null))'
}

@test "--serialize lock: what threads wait for the lock, below their label" {
    [ -z "$(why_absent threads)" ] || skip "$(why_absent threads)"
    succeed_quietly null -P delay=0.01 -b 2 --warmups 0 -n 2 \
        -e serial,threads --serialize lock
    lines_with "$output" "^threads-lock +$time" 1
    lines_with "$output" '^where the time goes .* lock ' 1
    record_says 'map(select(.t == "trial" and .executor == "threads-lock")) |
        length >= 2 and all(.lock_ns > 0)'
    record_says 'map(select(.t == "trial" and .executor == "serial")) |
        all(.lock_ns == 0)'
}

@test "no line of the table is longer than a terminal" {
    succeed_quietly null -P delay=0.0001 -b 6 --warmups 1 -e serial,processes
    lines_with "$(grep -v '^drive ' <<<"$output")" '.{81}' 0
}

@test "a run that ends well leaves nothing in shared memory" {
    succeed_quietly null -b 1 --warmups 0
    left_no_shm
}

@test "the head says kernel, problem, mode, workers, place and seats" {
    succeed_quietly matmul -P n=64 -b 1 --warmups 0 -n 1 --no-record
    lines_with "$output" '^drive .* matmul n=64 .*divide over 1 worker$' 1
    lines_with "$output" '^host .* core.* hardware thread.* NUMA' 1
    lines_with "$output" '^pin .*core' 1
}

@test "below the rows: start-up, tear-down, sleep, checks, why it stopped" {
    succeed_quietly null -b 6 --warmups 0 --no-record
    lines_with "$output" '^start-up, not counted' 1
    lines_with "$output" '^tear-down' 1
    lines_with "$output" '^asleep between trials' 1
    lines_with "$output" '^results verified [0-9]+ of [0-9]+ .*pinned as planned' 1
    lines_with "$output" '^stopped: as many blocks as asked after 6 blocks' 1
}

@test "'run' may be said" {
    succeed_quietly run null -b 1 --warmups 0 --no-record
    lines_with "$output" '^VERDICT ' 1
}

@test "options may stand before the kernel" {
    succeed_quietly -b 1 --warmups 0 --no-record null -n 1
    lines_with "$output" 'over 1 worker$' 1
}

@test "-e: those and no others, in the order of the words" {
    succeed_quietly null -b 1 --warmups 0 --no-record -e processes,serial
    [ "$(grep -oE "^(serial|threads|processes|ranks) +$time" <<<"$output" |
        cut -d' ' -f1 | tr '\n' ' ')" = 'processes serial ' ]
}

@test "-q: the verdict and nothing else" {
    succeed_quietly null -b 6 --warmups 0 -q
    [[ $output == VERDICT* ]]
    has_not "$output" median
    has_not "$output" saved
    record
}

@test "--no-record leaves nothing" {
    succeed_quietly null -b 1 --warmups 0 --no-record
    has_not "$output" saved
    left_nothing
}

@test "--quick is a few blocks" {
    succeed_quietly null --quick --warmups 0 -e serial,processes --no-record
    lines_with "$output" '^stopped: as many blocks as asked after [0-9] blocks' 1
}

@test "--budget ends it" {
    succeed_quietly null -P delay=0.001 --budget 0.2 --precision 0.0000001 \
        -e serial,processes --no-record
    lines_with "$output" '^stopped: budget used up' 1
}

@test "--precision ends it" {
    succeed_quietly hold -P hold=0.01 --precision 99 -e serial,processes \
        -n 1 --budget 50 --no-record
    lines_with "$output" '^stopped: precision of 99 % reached' 1
}

@test "--dry-run shows seats and memory, runs and writes nothing" {
    # A trial would take a day.
    succeed_quietly null -P delay=86400 --dry-run
    lines_with "$output" '^pin ' 1
    for executor in serial threads processes ranks; do
        lines_with "$output" "^ +$executor +[0-9]+ workers?, .*B" 1
    done
    has_not "$output" VERDICT
    left_nothing
}

@test "--dry-run shows every problem and number of workers" {
    succeed_quietly matmul --dry-run -n 1,2 -P n=32,64
    for n in 32 64; do
        lines_with "$output" "matmul n=$n .* over 1 worker$" 1
        lines_with "$output" "matmul n=$n .* over 2 workers$" 1
    done
}

@test "--dry-run refuses what run refuses" {
    refuses 6 'n=1000000000' matmul -P n=10^9 --dry-run
}

@test "more workers than places: said once, marked, no failure" {
    succeed null -n "$(a_crowd)" -b 2 --warmups 0
    lines_with "$output"$'\n'"$stderr" 'more workers than places' 1
    record_says 'map(select(.t == "plan")) | all(.crowded)'
}

@test "enough places: not said" {
    succeed_quietly null -n 1 -b 2 --warmups 0
    has_not "$output" 'more workers'
    record_says 'map(select(.t == "plan")) | all(.crowded | not)'
}

@test "--strict: crowded workers are exit 4, and the table is there" {
    fails_with 4 null -n "$(a_crowd)" -b 2 --warmups 0 --strict
    one_line_with 'more workers than places'
    lines_with "$output" '^VERDICT ' 1
    closed_as 'more workers than places'
}

@test "--strict is content with one worker on its seat" {
    succeed_quietly null -n 1 -b 2 --warmups 0 --strict --no-record
}

@test "no escape codes where nobody looks" {
    succeed null -b 1 --warmups 0 --no-record
    has_not "$output$stderr" $'\033'
}

# On a terminal, which script(1) makes.
on_terminal() {
    command -v script >/dev/null || skip 'script(1) is missing'
    script -qec true /dev/null >/dev/null 2>&1 || skip 'no pseudo-terminal here'
    run timeout 60 env TERM=xterm "$@" script -qefc \
        "$DRIVE null -b 1 --warmups 0 --no-record" /dev/null
    printf '%q\n' "$output"
    [ "$status" -eq 0 ]
}

@test "on a terminal the verdict is bold" {
    on_terminal
    has "$output" $'\033[1mVERDICT'
}

@test "NO_COLOR is respected on a terminal" {
    on_terminal NO_COLOR=1
    has "$output" VERDICT
    has_not "$output" $'\033[1m'
}

@test "a dumb terminal gets no escape codes" {
    on_terminal TERM=dumb
    has "$output" VERDICT
    has_not "$output" $'\033'
}

@test "a reader that has gone is no disaster" {
    run bash -c '"$0" null -b 1 --warmups 0 | head -n 1; echo "${PIPESTATUS[0]}"' \
        "$DRIVE"
    echo "$output"
    has "$output" 'drive '
    [ "${lines[-1]}" -eq 0 ] || [ "${lines[-1]}" -eq 6 ]
    record_is_readable
}

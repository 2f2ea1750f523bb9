#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# --resume: a run that was killed goes on, and nothing is measured twice.

load helper

job=(null -P delay=0.004 -b 40 -n "1,2" -e "serial,threads,processes")

begin() {
    mkdir -p results
    start "$DRIVE" "${job[@]}" -o results/a.jsonl
}

# So many blocks of the plan are begun in the record.
reached() {
    grep -q "\"t\":\"trial\".*\"plan\":$1,.*\"block\":$2,.*\"warmup\":false" \
        results/a.jsonl
}

# Every executor has every block of every plan once, warm-up too.
nothing_twice() {
    record_says --argjson blocks "$1" --argjson plans "$2" '
        map(select(.t == "trial" and .late == false)) |
        (map(select(.warmup | not)) | group_by([.plan, .executor]) |
            length == 3 * $plans and
            all(map(.block) == [range($blocks)])) and
        (map(select(.warmup)) | group_by([.plan, .executor]) |
            all(map(.block) == [range(length)]))'
    record_says '[.[].seq] == [range(length)]'
}

resumes() {
    succeed "${job[@]}" --resume results/a.jsonl "$@"
}

kill_at() {
    within 30 reached "$@"
    kill -KILL "$session"
    finish
    all_gone
}

@test "kill -9 in the first comparison, then --resume" {
    begin
    kill_at 0 7
    resumes
    has "$stderr" 'going on with'
    closed_as complete
    nothing_twice 40 2
    record_says 'map(select(.t == "resume")) | length == 1'
    succeed_quietly check results/a.jsonl
    has "$output" 'resumed    1 time'
}

@test "kill -9 in the second comparison: the first is not measured again" {
    begin
    kill_at 1 3
    before=$(grep -c '"plan":0,.*"executor"' results/a.jsonl)
    resumes
    [ "$(grep -c '"t":"trial".*"plan":0,' results/a.jsonl)" -le "$before" ]
    nothing_twice 40 2
    # Both comparisons are shown, and judged over both parts.
    lines_with "$output" '^VERDICT ' 2
    record_says 'map(select(.t == "summary") | .blocks) == [40, 40]'
    succeed_quietly check results/a.jsonl
    has "$output" '2 recomputed from the trials'
}

# The record was gone on with so many times, and there are new trials.
resumed() {
    [ "$(grep -c '"t":"resume"' results/a.jsonl)" -eq "$1" ] &&
        [ "$(tail -n 12 results/a.jsonl | grep -c '"t":"trial"')" -eq 12 ]
}

@test "killed again and again" {
    begin
    kill_at 0 3
    for time in 1 2 3; do
        start "$DRIVE" "${job[@]}" --resume results/a.jsonl
        within 30 resumed $time
        kill -KILL "$session"
        finish
        all_gone
    done
    resumes
    nothing_twice 40 2
    record_says 'map(select(.t == "resume")) | length == 4'
    succeed_quietly check results/a.jsonl
}

@test "a torn line and a half block are set aside, counted, and said" {
    begin
    kill_at 0 5
    # Two of three executors of the next block, and half of a line.
    at=$(grep -n '"block":4,.*"warmup":false' results/a.jsonl | tail -n 1)
    head -n "$((${at%%:*} + 2))" results/a.jsonl >b
    printf '{"t":"trial","v":1,"ru' >>b
    mv b results/a.jsonl
    resumes
    has "$stderr" 'trials of an unfinished block set aside'
    nothing_twice 40 2
    record_says 'map(select(.t == "resume"))[0] | .aside[-1] ==
        "{\"t\":\"trial\",\"v\":1,\"ru"'
    record_says 'map(select(.t == "resume"))[0] |
        .aside_trials == (.aside | map(select(endswith("}"))) | length)'
    succeed_quietly check results/a.jsonl
}

@test "SIGUSR1: the trial in hand is finished, the exit code is 138" {
    begin
    within 30 reached 0 5
    kill -USR1 "$session"
    finish
    [ "$status" -eq 138 ]
    all_gone
    left_no_shm
    closed_as interrupted
    record_says '.[-1].trials == (map(select(.t == "trial")) | length)'
    resumes
    nothing_twice 40 2
    closed_as complete
}

@test "SIGUSR1 lets a long trial come to its end" {
    job=(null -P delay=1.5 -b 3 -n 1 -e "serial,threads" --warmups 0)
    begin
    within 20 started 3
    sleep 0.3
    kill -USR1 "$session"
    finish
    [ "$status" -eq 138 ]
    record_says 'map(select(.t == "trial")) | length >= 1'
}

@test "SIGINT, then --resume" {
    begin
    within 30 reached 0 5
    kill -INT "$session"
    finish
    [ "$status" -eq 130 ]
    resumes
    nothing_twice 40 2
}

@test "a record that is complete: said so, nothing is done" {
    succeed "${job[@]}" -o a.jsonl -q
    before=$(sha256sum a.jsonl)
    succeed_quietly "${job[@]}" --resume a.jsonl
    has "$output" 'nothing to resume'
    [ "$(sha256sum a.jsonl)" = "$before" ]
}

@test "seed and order are the record's, whatever they would be now" {
    begin
    kill_at 0 5
    seed=$(jq -r 'select(.t == "run").seed' results/a.jsonl)
    fails_with 2 "${job[@]}" --resume results/a.jsonl --seed 7
    one_line_with seed
    resumes -q
    record_says --arg seed "$seed" '.[0].seed == $seed'
}

# Refused in one line, and the file is as it was.
will_not() {
    local word=$1 before
    shift
    before=$(sha256sum results/a.jsonl)
    fails_with 2 "$@" --resume results/a.jsonl
    one_line_with "$word"
    [ "$(sha256sum results/a.jsonl)" = "$before" ]
}

@test "a record of another run is refused" {
    begin
    kill_at 0 5
    will_not kernel hold -n 1,2 -b 40 -e serial,threads,processes
    will_not problem "${job[@]}" -P slow=1
    will_not workers "${job[@]}" -n 2,1
    will_not comparisons "${job[@]}" -n 1
    will_not otherwise "${job[@]}" -n 1,3
    will_not executors "${job[@]}" -e serial,threads
    will_not placement "${job[@]}" -p none
    will_not '--blocks' "${job[@]}" -b 41
    will_not '--precision' "${job[@]}" --precision 3
    will_not 'its mode' scale "${job[@]}" --mode weak
    will_not 'leave --output' "${job[@]}" -o b.jsonl
    sed -i 's/"host":"[^"]*"/"host":"elsewhere"/' results/a.jsonl
    will_not elsewhere "${job[@]}"
}

@test "what is no record, or has nothing in it, is refused" {
    mkdir results
    echo hello >results/a.jsonl
    will_not 'no record' "${job[@]}"
    succeed "${job[@]}" -q -o b.jsonl
    head -n 2 b.jsonl >results/a.jsonl
    will_not 'begin anew' "${job[@]}"
    sed 's/"minor_faults":0/"minor_faults":1/' b.jsonl >results/a.jsonl
    will_not edited "${job[@]}"
    rm results/a.jsonl
    fails_with 2 "${job[@]}" --resume results/a.jsonl
    one_line_with 'results/a.jsonl'
}

@test "a run that is under way keeps its record for itself" {
    begin
    within 30 reached 0 3
    will_not_now() {
        fails_with 2 "${job[@]}" --resume results/a.jsonl
        one_line_with 'another process'
    }
    will_not_now
    kill -INT "$session"
    finish
    succeed_quietly check results/a.jsonl
}

@test "a scaling study goes on, too" {
    job=(scale null --mode weak -P delay=0.004 -b 20 -n "1,2"
        -e "serial,threads,processes")
    begin
    kill_at 1 5
    fails_with 2 scale null --mode weak -P delay=0.004 -b 20 -n 1,2 \
        -e serial,threads,processes --resume results/a.jsonl --base serial
    one_line_with base
    resumes
    lines_with "$output" '^SCALING ' 1
    nothing_twice 20 2
    succeed_quietly check results/a.jsonl
}

@test "SIGUSR1 under a launcher reaches the one that leads" {
    need_launcher
    mkdir results
    words=(null -P delay=0.004 -b 2000 -n 2)
    start "$(launcher)" --oversubscribe -np 2 "$DRIVE" "${words[@]}" \
        -o results/a.jsonl
    within 40 reached 0 2
    kill -USR1 "$session"
    finish 40
    [ "$status" -eq 138 ]
    all_gone 15
    closed_as interrupted
}

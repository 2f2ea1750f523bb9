#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The record: one JSON object a line, in the order in which things happen, with
# all that the table's numbers were made from.
load helper

@test "every line is an object that says what, which run and its place" {
    succeed_quietly matmul -P n=64 -b 3 --warmups 1
    record_is_readable
    record_says 'all(. as $line | ["t", "v", "run", "seq"] |
        all(. as $k | $line | has($k)))'
    record_says 'map(.run) | unique | length == 1'
    record_says 'map(.seq) == [range(length)]'
    record_says 'all(.v == 1)'
}

@test "the order of lines" {
    succeed_quietly matmul -P n=64 -b 3 --warmups 1
    record_says '[.[].t] | .[0:4] == ["run", "host", "calib", "plan"] and
        .[-1] == "end" and .[-2] == "summary"'
    # Trials, then where they took place, then what came out.
    record_says '[.[4:-2][].t] | map(select(. == "trial" or . == "place")) |
        . == sort_by(. != "trial")'
    record_says '[.[].t] | map(select(. == "trial")) | length >= 4'
}

@test "the last line counts those before it" {
    succeed_quietly null -b 2 --warmups 0
    closed_as complete
    record_says '.[-1].lines == length'
    record_says '.[-1].trials == (map(select(.t == "trial")) | length)'
}

@test "a trial of every executor in every block, warm-up marked" {
    succeed_quietly null -b 3 --warmups 2 -n 1 -e serial,processes
    record_says '[.[] | select(.t == "trial" and (.late | not)) |
        [.executor, .warmup, .block]] | unique | length == 10'
    record_says 'map(select(.t == "trial" and .warmup)) | length >= 4'
}

@test "a trial's time follows from its workers' stamps" {
    succeed_quietly null -P delay=0.002 -b 3 --warmups 0 -n 2
    record_says 'map(select(.t == "trial")) | length > 0 and
        all((.start_ns | length) == .workers and
            (.end_ns | length) == .workers and
            (((.end_ns | max) - (.start_ns | min)) / .repeats | floor) == .ns)'
}

@test "the fields of a trial" {
    succeed_quietly null -b 1 --warmups 0
    record_says 'map(select(.t == "trial")) | all(. as $line | ["plan",
        "kernel", "mode", "params", "executor", "workers", "block", "order",
        "warmup", "late", "wrong", "repeats", "ns", "start_ns", "end_ns",
        "cpu_ns", "checksum", "migrations"] |
        all(. as $k | $line | has($k)))'
}

@test "what was fixed beforehand stands in the first lines" {
    succeed_quietly null -b 2 --warmups 1 --seed 7 --precision 3 --margin 4 \
        --budget 5
    record_says '.[0] | .kernel == "null" and .seed == "7" and
        .goals.precision == 0.03 and .goals.margin == 0.04 and
        .goals.budget_s == 5 and .goals.warmups == 1 and .goals.blocks == 2'
    record_says '.[0].build | (.version | length > 0) and
        (.compiler | length > 0) and has("flags")'
    record_says '.[1] | (.host | length > 0) and (.kernel | length > 0)'
    record_says '.[2] | .resolution_ns > 0'
}

@test "the command line is kept as it was typed" {
    succeed_quietly null -b 2 --warmups 0 -n 1
    record_says --arg words "$DRIVE null -b 2 --warmups 0 -n 1" \
        '.[0].command_line == $words'
}

@test "the name: kernel, host, time and a part of the run's name" {
    succeed_quietly null -b 1 --warmups 0
    [[ $(record) =~ ^results/null-[A-Za-z0-9._-]+-[0-9]{8}T[0-9]{6}-[0-9a-f]{8}\.jsonl$ ]]
    record_says --arg id "$(record | sed -E 's/.*-([0-9a-f]{8})\..*/\1/')" \
        '.[0].run | startswith($id)'
}

@test "-o names the file, and no folder is made" {
    succeed_quietly null -b 1 --warmups 0 -o mine.jsonl
    [ "${lines[-1]}" = 'saved mine.jsonl' ]
    [ "$(find . -mindepth 1)" = ./mine.jsonl ]
    jq -es '.[-1].why == "complete"' mine.jsonl
}

@test "two runs at one moment have a record each" {
    drive null -b 1 --warmups 0 -n 1 -e serial -q &
    drive null -b 1 --warmups 0 -n 1 -e serial -q
    wait
    [ "$(find results -name '*.jsonl' | wc -l)" -eq 2 ]
    for file in results/*.jsonl; do
        jq -es '.[-1].why == "complete"' "$file"
    done
}

# Executors in the order in which they ran.
order_of() {
    jq -r 'select(.t == "trial" and (.late | not)) |
        [.warmup, .block, .executor] | @tsv' "$1" | uniq
}

@test "--seed makes the order in the blocks again" {
    for name in a b; do
        succeed_quietly null -b 8 --warmups 1 -n 1 --seed 42 \
            -e serial,threads,processes -q -o $name.jsonl
    done
    [ "$(order_of a.jsonl)" = "$(order_of b.jsonl)" ]
    # Twenty-odd blocks of the same order would be no order at random.
    succeed_quietly null -b 24 --warmups 0 -n 1 --seed 43 \
        -e serial,processes -q -o c.jsonl
    [ "$(jq -r 'select(.t == "trial" and .order == 0).executor' c.jsonl |
        sort -u | wc -l)" -eq 2 ]
}

# Naps do not count, so the others must take their time.
@test "what sleeping workers use of their cores is in the summary" {
    succeed_quietly null -P delay=0.02 -b 4 --warmups 1
    record_says 'map(select(.t == "summary").cells[]) |
        map(select(.status == "ok")) | length >= 2 and
        all(.idle_ns > 0 and .idle_cpu_ns >= 0 and .idle_cpu_ns <= .idle_ns)'
}

@test "the numbers of the summary are those of --json" {
    succeed null -P delay=0.001 -b 6 --warmups 0 --json
    jq -c '[.cells[] | [.executor, .median_ns, .trials, .status]]' \
        <<<"$output" >document
    jq -c 'select(.t == "summary") |
        [.cells[] | [.executor, .median_ns, .trials, .status]]' \
        "$(record)" >summary
    diff document summary
}

@test "medians follow from the trials that count" {
    succeed_quietly null -P delay=0.001 -b 5 --warmups 2 -n 1 -e serial,processes
    record_says '. as $all | map(select(.t == "summary").cells[]) | all(
        . as $cell | [$all[] | select(.t == "trial" and
            .executor == $cell.executor and
            (.warmup or .late or .wrong | not)).ns] | sort |
        length == 5 and .[2] == $cell.median_ns)'
}

@test "no more room on the disk: exit 6, whole lines, the file is named" {
    run --separate-stderr bash -c 'ulimit -f 8
        exec timeout 60 "$0" null -b 300 --warmups 0 -n 1 -e serial,processes' \
        "$DRIVE"
    show 'null with a limit on the size of files'
    [ "$status" -eq 6 ]
    one_line_with "$(record)"
    [ "$(tail -c 1 "$(record)" | od -An -c | tr -d ' ')" = '\n' ]
    record_is_readable
}

@test "more workers than 256: quartiles of their times, all with --raw" {
    succeed null -m replicate -e processes -n 257 -b 1 --warmups 0
    record_says 'map(select(.t == "trial")) | length > 0 and
        all(.start_ns == null)'
    forget_records
    succeed null -m replicate -e processes -n 257 -b 1 --warmups 0 --raw
    record_says 'map(select(.t == "trial")) | length > 0 and
        all(.start_ns | length == 257)'
}

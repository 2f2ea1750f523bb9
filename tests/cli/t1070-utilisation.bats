#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# --utilisation: how busy each core was, on the terminal, in the record and in
# the document.

load helper

@test "each core has a line under each executor" {
    succeed null -P delay=0.02 -b 6 -e serial,threads --utilisation -o a.jsonl
    has "$output" "each core's use over time, sampled every 100 ms"
    lines_with "$output" '^serial +[0-9]+ +([0-9]+ %|-)  ' 1
    lines_with "$output" '^threads +[0-9]+ +([0-9]+ %|-)  ' 1
    has "$output" "trials too short to be seen"
    LC_ALL=C lines_with "$output" '[^ -~]' 0
}

@test "long trials are drawn, in blocks where the terminal has them" {
    LC_ALL=C.UTF-8 TERM=xterm succeed hold -P hold=0.4 -n 1 -b 2 \
        -e serial,threads --utilisation -o a.jsonl
    [[ $output =~ threads\ +[0-9]+\ +[0-9]+\ %\ \ [▁▂▃▄▅▆▇█]+ ]]
    has_not "$output" "too short to be seen"
}

@test "the record has it, on one line a comparison here" {
    local cpus

    succeed null -P delay=0.02 -b 6 -e serial,threads -n 1,2 --utilisation \
        -o a.jsonl
    [ "$(jq -r 'select(.t == "utilisation").plan' a.jsonl | xargs)" = "0 1" ]
    cpus=$(threads)
    jq -se --argjson cpus "$cpus" 'map(select(.t == "utilisation")) | all(
        (.cpus | length) == $cpus and (.busy | length) == $cpus and
        (.trials | map(.executor)) == ["serial", "threads"] and
        (.executor | length) == (.busy[0] | length))' a.jsonl
    succeed check a.jsonl
}

@test "the document has the mean of each core" {
    succeed null -P delay=0.02 -b 6 -e serial,threads --utilisation --json \
        -o a.jsonl
    jq -e '.cells | all((.utilisation.cpus | length) ==
        (.utilisation.mean | length))' <<<"$output"
    succeed null -b 2 -e serial,threads --json -o b.jsonl
    jq -e '.cells | all(has("utilisation") | not)' <<<"$output"
}

@test "without counters it says so and goes on" {
    unshare -m mount --bind /dev/null /proc/stat 2>/dev/null ||
        skip "no mount here"
    run --separate-stderr unshare -m bash -c 'mount --bind /dev/null \
        /proc/stat && "$0" null -b 2 -e serial,threads --utilisation \
        -o a.jsonl' "$DRIVE"
    [ "$status" -eq 0 ]
    has "$stderr" "no use of cores: '/proc/stat' counts nothing"
    has_not "$output" "over time"
    jq -se 'any(.t == "event" and .what == "utilisation")' a.jsonl
}

#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# --json: one document on stdout, the table on stderr. Its fields are a
# contract: none is missing, and each is of its kind.
load helper

# What jq says of the document must be true.
document() {
    jq -e "$@" <<<"$output" >/dev/null || {
        echo "the document does not say: $*"
        return 1
    }
}

@test "one document on stdout, the table on stderr" {
    succeed null -b 6 --warmups 0 --json
    jq -es 'length == 1 and (.[0] | type == "object")' <<<"$output"
    lines_with "$stderr" '^VERDICT ' 1
    lines_with "$stderr" "^saved $(record)\$" 1
}

@test "the fields of the document" {
    succeed matmul -P n=64 -b 6 --warmups 1 -n 2 --json
    document '. as $d | ["schema", "kernel", "mode", "params", "nodes",
        "workers", "cells", "pairs", "verdict", "stop", "warnings", "file"] |
        all(. as $k | $d | has($k))'
    document '.schema == 1 and .kernel == "matmul" and .mode == "divide"'
    document '.params.n == 64 and .nodes == 1 and .workers == 2'
    document '.stop == "blocks" and (.verdict | length > 0)'
    document '.warnings | type == "array"'
    document --arg file "$(record)" '.file == $file'
}

@test "the fields of a cell" {
    succeed matmul -P n=64 -b 6 --warmups 1 -n 2 --json
    document '.cells | length == 4'
    document '.cells | all(. as $c | ["executor", "workers", "status", "why",
        "trials", "median_ns", "ci95_ns", "min_ns", "max_ns", "rate",
        "rate_unit", "speedup", "speedup_ci95", "efficiency", "startup_ns",
        "teardown_ns", "memory_bytes", "verified", "failed", "pinned",
        "migrations", "imbalance"] | all(. as $k | $c | has($k)))'
    document '.cells | map(select(.status == "ok")) | all(
        .why == null and .trials == 6 and .verified >= 7 and .failed == 0 and
        .rate_unit == "flop/s" and .rate > 0 and .startup_ns > 0 and
        .memory_bytes > 0 and (.pinned | type == "boolean") and
        .min_ns <= .median_ns and .median_ns <= .max_ns)'
}

@test "times are whole nanoseconds" {
    succeed null -P delay=0.001 -b 6 --warmups 0 -n 1 --json
    document '.cells | map(select(.status == "ok")) | all(
        [.median_ns, .min_ns, .max_ns, .startup_ns, .teardown_ns] |
        all(. == floor))'
    document '.cells | map(select(.status == "ok")) | all(.min_ns >= 1000000)'
}

@test "intervals: from six blocks on, around the median" {
    succeed null -P delay=0.001 -b 6 --warmups 0 -n 1 -e serial,processes --json
    document '.cells | all(.ci95_ns as [$low, $high] |
        $low <= .median_ns and .median_ns <= $high)'
    succeed null -P delay=0.001 -b 5 --warmups 0 -n 1 -e serial,processes \
        --json --no-record
    document '.cells | all(.ci95_ns == null)'
    document '.file == null'
}

@test "the serial row is the base of speed-ups" {
    succeed null -P delay=0.001 -b 6 --warmups 0 -n 1 -e serial,processes --json
    document '.cells[] | select(.executor == "serial") | .speedup == 1'
    document '.cells[] | select(.executor == "processes") |
        .speedup_ci95 as [$low, $high] | $low <= .speedup and .speedup <= $high'
}

@test "the fields of a pair" {
    need threads
    succeed null -P delay=0.001 -b 6 --warmups 0 --json
    document '.pairs | length >= 1 and all(
        (.a | type == "string") and (.b | type == "string") and .a != .b and
        .ratio > 0 and has("ci95") and
        ([.verdict] | inside(["different", "equal", "inconclusive"])))'
    document '.pairs | all(.a != "serial" and .b != "serial")'
}

@test "several values: cells has all, each pair names its own" {
    need threads
    succeed matmul -n 1,2 -P n=32,64 -b 6 --warmups 0 \
        -e serial,threads,processes --json
    document '.workers == null'
    document '.cells | length == 12'
    document '[.cells[] | select(.executor == "processes") |
        [.params.n, .workers]] | sort == [[32, 1], [32, 2], [64, 1], [64, 2]]'
    document '[.pairs[] | [.params.n, .workers]] | sort ==
        [[32, 1], [32, 2], [64, 1], [64, 2]]'
}

@test "a cell that failed says why" {
    fails_with 6 null -P fault=fail -P slow=1 -n 2 -b 2 --warmups 0 --json
    document '.cells[] | select(.executor == "processes") |
        .status == "failed" and (.why | contains("told to fail"))'
    document '.cells[] | select(.executor == "serial") |
        .status == "ok" and .why == null and .trials == 2'
}

@test "a cell that cannot run is skipped and says why" {
    name=$(drive list --json |
        jq -r 'first(.executors[] | select(.absent).name) // ""')
    [ -n "$name" ] || skip 'this build has all'
    succeed null -b 1 --warmups 0 --json
    document --arg name "$name" '.cells[] | select(.executor == $name) |
        .status == "skipped" and (.why | length > 0)'
}

@test "more workers than places is in the document" {
    succeed null -n "$(a_crowd)" -b 1 --warmups 0 --json
    document '(.warnings | length > 0) or (.comparisons | all(.crowded))'
}

@test "a wrong result: exit 3, and the document says so" {
    fails_with 3 null -P fault=wrong -n 1 -b 2 --warmups 0 --json
    document '.stop == "wrong result" and ([.cells[].failed] | add == 1)'
    has "$(jq -r .verdict <<<"$output")" VOID
}

@test "bad input: nothing on stdout" {
    refuses 2 "'matmull'" matmull --json
}

@test "a full disk behind stdout is told" {
    run --separate-stderr bash -c \
        '"$0" null -b 1 --warmups 0 --json >/dev/full' "$DRIVE"
    show '--json >/dev/full'
    [ "$status" -eq 6 ]
    lines_with "$stderr" '^drive: cannot write' 1
}

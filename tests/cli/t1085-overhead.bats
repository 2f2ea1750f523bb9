#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# overhead, tasks and metg: what cooperation costs.
load helper

@test "acts bring what they must, under every executor" {
    for what in dispatch barrier reduce exchange; do
        succeed_quietly check overhead -n 1,2,3,5 -P what="$what"
        lines_with "$output" ', 0 failed' 1
    done
    succeed_quietly check overhead -n 3 -P what=exchange -P bytes=1000003
    succeed_quietly check overhead -n 3 -P what=reduce -P bytes=200000
}

@test "tasks find what they wait for, in every pattern and any width" {
    for pattern in none stencil alltoall tree; do
        succeed_quietly check tasks -n 1,2,5 -P pattern="$pattern"
        lines_with "$output" ', 0 failed' 1
    done
    succeed_quietly check tasks -n 5 -P pattern=tree -P width=64
    succeed_quietly check tasks -n 5 -P pattern=stencil -P width=2
    succeed_quietly check tasks -n 2 -P pattern=stencil -P comm=window
}

@test "metg: a row an executor and a table a pattern" {
    succeed metg -n 2 -e threads,processes -P pattern=none,tree \
        -P grain=1,64,4096 -b 6 --budget 2
    lines_with "$output" '^tasks pattern=(none|tree) .*2 workers$' 2
    lines_with "$output" '^(threads|processes) .* [<>]? ?[0-9.]+ [nmu]?s ' 4
    [ -n "$(record)" ]
}

@test "metg --json: sweeps beside the comparisons they follow from" {
    succeed metg -n 2 -e threads,processes -P pattern=none,tree \
        -P grain=1,64,4096 -P steps=20 --budget 0.1 --no-record --json
    jq -e '(.metg | length) == 2 and
        ([.metg[].params.pattern] == ["none", "tree"]) and
        (.metg | all(.kernel == "tasks" and .workers == 2 and
            ([.rows[].executor] == ["threads", "processes"]) and
            (.rows | all(.points == 3 and
                ([.at[].efficiency] == [0.5, 0.9]) and
                (.at | all(.how != "found" or .ns > 0))))))' <<<"$output"
}

@test "metg takes a minute in all, or so long a point as is asked for" {
    succeed metg --dry-run -n 2 -e threads,processes
    has "$stderr" 'drive: note: 52 points of 1.2 s at most'
    succeed metg --dry-run -n 2 -e threads -P grain=1,64,4096 -P pattern=none
    has "$stderr" 'drive: note: 3 points of 20 s at most'
    succeed_quietly metg --dry-run -n 2 -e threads --budget 3
    succeed_quietly metg --dry-run -n 2 -e threads -q
}

@test "a run that sweeps no grain has no metg" {
    succeed null -e serial --budget 0.1 --no-record --json
    jq -e '.metg == []' <<<"$output"
}

@test "metg takes no kernel, and says so" {
    fails_with 2 metg matmul --no-record
    one_line_with "takes no other: 'matmul'"
}

@test "a message that no memory holds is refused before anything runs" {
    fails_with 6 overhead -P what=exchange -P bytes=1000000000000 --no-record
    one_line_with 'memory'
}

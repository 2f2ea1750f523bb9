#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# list: what this build has, and why it lacks what it lacks.
load helper

@test "list has every kernel and executor" {
    succeed_quietly list
    for name in matmul triad random cg hold null serial threads processes \
        ranks; do
        lines_with "$output" "^ +$name +" 1
    done
}

@test "list kernels, list executors: one of both" {
    succeed_quietly list kernels
    has "$output" matmul
    has_not "$output" processes
    succeed_quietly list executors
    has "$output" processes
    has_not "$output" matmul
}

@test "list --json has the fields of the contract" {
    succeed_quietly list --json
    jq -e '.kernels | length >= 4 and all(
        (.name | type == "string") and (.summary | type == "string") and
        (.modes | length >= 1 and all(. == "divide" or . == "replicate")) and
        has("absent"))' <<<"$output"
    jq -e '.executors | length >= 4 and all(
        (.name | type == "string") and (.summary | type == "string") and
        has("absent"))' <<<"$output"
}

@test "list --json: modes are those of the kernels" {
    succeed_quietly list --json
    jq -e '[.kernels[] | select(.name == "matmul").modes] ==
        [["divide", "replicate"]]' <<<"$output"
    jq -e '[.kernels[] | select(.name == "hold").modes] ==
        [["replicate"]]' <<<"$output"
}

@test "what is absent says why, in text as well" {
    json=$(drive list --json)
    text=$(drive list)
    jq -r '.kernels[], .executors[] | select(.absent).absent' <<<"$json" |
        while read -r why; do
            [ -n "$why" ]
            has "$text" "$why"
        done
}

@test "list of what is not there" {
    refuses 2 "'kernel'" list kernel
}

@test "list writes nothing" {
    succeed_quietly list
    left_nothing
}

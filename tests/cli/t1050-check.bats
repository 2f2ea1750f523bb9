#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# check: correctness only.
load helper

# With its usual numbers of workers it is a test of its own.
@test "check passes: every kernel, mode and executor" {
    succeed_quietly check -n 2
    lines_with "$output" FAILED 0
    lines_with "$output" '^[0-9]+ passed, 0 failed, [0-9]+ skipped$' 1
    for kernel in $(drive list kernels --json |
        jq -r '.kernels[] | select(.absent | not) | .name + "@" + .modes[]'); do
        grep -qE "^${kernel%@*} +${kernel#*@} .* processes ok" <<<"$output"
    done
    left_nothing
}

@test "check KERNEL with given numbers of workers" {
    succeed_quietly check null -n 1,3 -e serial,processes
    lines_with "$output" '^null +(divide|replicate) +[13] workers' 4
    lines_with "$output" '^8 passed, 0 failed, 0 skipped$' 1
}

@test "check takes other values of parameters" {
    succeed_quietly check matmul -P n=7 -n 2 -e serial,processes
    fails_with 3 check null -P fault=wrong -n 1 -e serial,processes
    has "$output" 'wrong result'
}

@test "check finds what is wrong: exit 3" {
    fails_with 3 check null -P fault=wrong -n 1 -e serial,processes
    one_line_with 'wrong or missing'
    lines_with "$output" FAILED 2
}

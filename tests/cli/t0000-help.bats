#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# help and version: what a newcomer sees first.
load helper

@test "help names every command and kernel" {
    succeed_quietly help
    for word in run list pin check help version; do
        lines_with "$output" "^  drive .*$word" 1
    done
    for kernel in $(drive list kernels --json | jq -r '.kernels[].name'); do
        lines_with "$output" "^  $kernel +" 1
    done
}

@test "help names every option of the contract" {
    succeed_quietly help
    for option in '-e, --executors' '-n, --workers' '-P, --param' \
        '-m, --mode' '-p, --placement' '-b, --blocks' '--precision' \
        '--margin' '--budget' '--quick' '--rigorous' '--seed' \
        '-o, --output' '--no-record' '--json' '-q, --quiet' '--dry-run' \
        '--strict' '--launcher'; do
        has "$output" "$option"
    done
}

@test "help names every exit code" {
    succeed_quietly help
    for code in '0 done' '1 regression' '2 usage' '3 wrong' '4 unfit' \
        '5 precision' '77 not' '128+n'; do
        has "$(tr '\n' ' ' <<<"$output")" "$code"
    done
}

@test "-h, --help and no word at all are help" {
    expected=$(drive help)
    for words in -h --help ''; do
        # shellcheck disable=SC2086 # none is meant by none
        succeed_quietly $words
        [ "$output" = "$expected" ]
    done
}

@test "help KERNEL names its parameters, defaults and ranges" {
    succeed_quietly help matmul
    lines_with "$output" '^  n +.*default 1024.*1 to' 1
    lines_with "$output" '^  pages +.*default base' 1
    has "$output" flop
}

@test "every kernel has help" {
    for kernel in $(drive list kernels --json | jq -r '.kernels[].name'); do
        succeed_quietly help "$kernel"
        [[ $output == "$kernel: "* ]]
    done
}

@test "help COMMAND says how it is used" {
    for command in run list pin check; do
        succeed_quietly help "$command"
        [[ $output == "usage: drive "*"$command"* ]]
    done
}

@test "help for what is not there" {
    refuses 2 "'matmull'" help matmull
    has "$stderr" "'matmul'"
}

@test "version tells version, build and what it was built with" {
    succeed_quietly version
    lines_with "$output" '^drive [0-9]+\.[0-9]+\.[0-9]+' 1
    lines_with "$output" '^build ' 1
    for executor in serial threads processes ranks; do
        lines_with "$output" "^$executor " 1
    done
    expected=$output
    succeed_quietly --version
    [ "$output" = "$expected" ]
}

@test "a full disk behind stdout is told" {
    run --separate-stderr bash -c '"$0" list >/dev/full' "$DRIVE"
    show 'list >/dev/full'
    [ "$status" -eq 6 ]
    one_line_with 'standard output'
}

#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# drive article: every experiment has its lines, every claim its verdict, and
# nothing is left behind. Without python3, whose scripts have tests of their
# own.
load helper

@test "the article, quickly, with two workers" {
    mkdir scratch
    DRIVE_PYTHON=nothing TMPDIR=$PWD/scratch run --separate-stderr timeout 250 "$DRIVE" article \
        --quick -n 2 --json -o article.jsonl
    show article
    [ "$status" -eq 0 ]
    jq -e '.claims | length == 6' <<<"$output"
    jq -e '[.claims[].verdict] |
        all(. == "holds" or . == "fails" or . == "only in CPython" or
            . == "open")' <<<"$output"
    jq -e '[.experiments[].id] == ["1", "2", "3", "4", "5", "6", "7", "6b",
        "a"]' <<<"$output"
    jq -e '.experiments[] | select(.id == "4") | .article == {}' <<<"$output"
    jq -e '[.experiments[].cells[] | select(.value == null and .why == null)] |
        length == 0' <<<"$output"
    # Enough blocks for all pairs: none is left without an interval.
    jq -e '[.claims[].why] | all(. != "was not measured")' <<<"$output"
    head -n 1 article.jsonl | grep -q 'article --quick -n 2 --json'
    # What cannot be otherwise, on any machine.
    jq -e '.claims[] | select(.id == "a" or .id == "d") | .verdict == "holds"' \
        <<<"$output"
    [[ $stderr == *'python3 was not found'* ]]
    [ -z "$(ls scratch)" ]
    [ "$(tail -n 1 article.jsonl | jq -r .why)" = complete ]
}

@test "article refuses words and lists" {
    fails_with 2 article now
    [[ $stderr == *"'now'"* ]]
    fails_with 2 article -n 1,2
}

@test "article at its own sizes checks memory first" {
    try article --full -n 4096 --no-record
    [ "$status" -eq 6 ]
    [[ $stderr == *memory* ]]
}

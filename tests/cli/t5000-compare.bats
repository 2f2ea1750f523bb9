#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Records that are checked and compared, and the launches that make them.

load helper

# A record of a few trials in a file of this name.
make_record() {
    succeed null -b 6 -e serial,threads -q -o "$@"
}

@test "a record is checked line by line" {
    make_record a.jsonl
    succeed_quietly check a.jsonl
    has "$output" 'SHA-256 fits'
    has "$output" 'recomputed from the trials'
    has_not "$output" PROBLEM
}

@test "a record that was cut short is partial, and no failure" {
    make_record a.jsonl
    head -c -700 a.jsonl >b.jsonl
    succeed_quietly check b.jsonl
    has "$output" 'cut short'
}

@test "an edited record is found out" {
    make_record a.jsonl
    sed -i 's/"minor_faults":0/"minor_faults":1/' a.jsonl
    fails_with 3 check a.jsonl
    one_line_with edited
    has "$output" 'DOES NOT FIT'
}

@test "all files are checked, the worst counts" {
    make_record a.jsonl
    echo hello >b.spoilt.jsonl
    sed 's/"seq":5,/"seq":6,/' a.jsonl >c.jsonl
    fails_with 2 check a.jsonl b.spoilt.jsonl
    has "$output" 'no record of drive'
    fails_with 3 check b.spoilt.jsonl c.jsonl a.jsonl
    lines_with "$output" '^  ok$' 1
}

@test "what is no record is refused in one line" {
    echo hello >hello.txt
    : >empty.jsonl
    fails_with 2 check hello.txt
    one_line_with 'hello.txt:1: no record'
    fails_with 2 compare empty.jsonl hello.txt
    one_line_with 'is empty'
    fails_with 2 compare hello.txt
    one_line_with 'two sides'
    fails_with 2 compare . nowhere
    one_line_with 'no record'
}

# What every test file does when its tests have ended.
@test "a record that the schema refuses fails the test file it is from" {
    /usr/bin/python3 -c 'import jsonschema' || skip 'no python3-jsonschema'
    local at=@test # or bats would take it for one of this file's
    make_record a.jsonl
    printf '%s\n' "load $BATS_TEST_DIRNAME/helper" \
        "$at 'spoilt or not' {" \
        "sed \"\$SPOIL\" $PWD/a.jsonl >\$NAME.jsonl" '}' >inner.bats
    SPOIL='' NAME=b run bats inner.bats
    [ "$status" -eq 0 ]
    SPOIL='s/"overhead_ns":/"overhead_ns":-/' NAME=b run bats inner.bats
    [ "$status" -ne 0 ]
    has "$output" 'overhead_ns: -'
    SPOIL='s/.*/hello/' NAME=b run bats inner.bats
    has "$output" 'no line of a record'
    SPOIL='s/.*/hello/' NAME=b.spoilt run bats inner.bats
    [ "$status" -eq 0 ]
}

@test "few launches cannot be told apart, which is no failure" {
    make_record a.jsonl
    make_record b.jsonl
    succeed_quietly compare a.jsonl b.jsonl
    has "$output" 'environment: the same'
    has "$output" inconclusive
    fails_with 5 compare a.jsonl b.jsonl --fail-inconclusive
}

@test "launches make records of their own" {
    succeed null -b 6 -e serial --launches 2 -q -o a.jsonl
    [ -f a-1.jsonl ] && [ -f a-2.jsonl ] && [ ! -e a.jsonl ]
    succeed_quietly check a-1.jsonl a-2.jsonl
    [ "$(jq -r .run a-1.jsonl a-2.jsonl | sort -u | wc -l)" -eq 2 ]
    # The first that fails ends it, with its code.
    fails_with 2 null -b 6 -e serial --launches 3 -q -o a.jsonl
    [ ! -e a-3.jsonl ]
}

@test "launches are summed up, and print a document each" {
    succeed null -P delay=0.0005 -b 6 -e serial,processes -n 1,2 --launches 3 \
        -q --json --no-record
    [ "$(jq -s length <<<"$output")" -eq 3 ]
    lines_with "$stderr" '^3 launches of null delay=0.0005 .* workers?$' 2
    lines_with "$stderr" '^processes v serial( +[-+][0-9.]+){3} %  .' 2
    left_nothing
}

@test "--rigorous is five launches, where that can be" {
    succeed null -P delay=0.0005 -b 6 -e serial,processes --rigorous -q \
        --warmups 0 -o a.jsonl
    [ -f a-1.jsonl ] && [ -f a-5.jsonl ] && [ ! -e a-6.jsonl ]
    lines_with "$output" '^5 launches of ' 1
    succeed null -b 1 -e serial --rigorous --launches 1 -o b.jsonl
    [ -f b.jsonl ]
    succeed null -b 1 -e serial --rigorous --json --no-record
    has "$stderr" '--launches 5'
    [ "$(jq -s length <<<"$output")" -eq 1 ]
    succeed_quietly null --rigorous --dry-run
}

@test "a regression exits 1 in every form" {
    mkdir old new
    succeed null -P delay=0.001 -b 6 -e serial --launches 4 -q -o old/a.jsonl
    succeed null -P delay=0.001 -b 6 -e serial --launches 4 -q -o new/a.jsonl
    # All times of one side, twice as long.
    for file in new/*.jsonl; do
        jq -c 'if .t == "trial" then .ns *= 2 else . end' "$file" >x
        mv x "$file"
    done
    fails_with 1 compare old new --junit junit.xml
    has "$output" 'REGRESSION  null'
    grep -q 'failures="1"' junit.xml
    python3 -c 'import sys, xml.dom.minidom as d; d.parse(sys.argv[1])' \
        junit.xml
    fails_with 2 compare old new --junit junit.xml
    has "$stderr" junit.xml
    fails_with 1 compare old new --md
    has "$output" '**regression**'
    fails_with 1 compare old new --json
    [ "$(jq .regressions <<<"$output")" -eq 1 ]
    succeed compare new old
    has "$output" faster
    succeed_quietly compare --history old new
    has "$output" VERDICT
    succeed_quietly compare --nodes old new
    has "$output" 'too few hosts'
}

#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Records as figures in a terminal, as tables for proposals and as an artifact
# description: what is in them, how wide, and what becomes of bad records.

load helper

make_record() {
    succeed null -b 8 -e serial,threads,processes -n 2 -q --margin 50 -o "$@"
}

# A record of 1 to 5 workers in which threads lose 2 % and processes half of
# each further worker, from a short one of matmul.
make_study() {
    succeed matmul -P n=32 -n 1,2,3,4,5 -b 8 -e serial,threads,processes -q \
        --margin 50 -o short.jsonl
    jq -c --argjson plans "$(jq -c 'select(.t == "plan") |
        {key: (.plan | tostring), value: .workers}' short.jsonl |
        jq -sc from_entries)" '
        def share: {"serial": 0, "threads": 0.98, "processes": 0.5}[.executor];
        if .t == "plan" then .crowded = false
        elif .t == "trial" then ($plans[.plan | tostring]) as $p
            | share as $s | .block as $b
            | .ns = (1e7 * (1 - $s + $s / $p) * (1 + ($b % 4 - 1.5) / 1000)
                | floor)
        else . end' short.jsonl >study.spoilt.jsonl
}

# No line of $output is wider than the terminal.
is_narrow() {
    PATH=/usr/bin:$PATH python3 "$sources/tests/schema/columns.py" 80 \
        <<<"$output"
}

is_ascii() {
    run ! env LC_ALL=C grep -q '[^ -~]' <<<"$output"
}

@test "a terminal has the verdict and the main figures, in ASCII" {
    make_record a.jsonl
    LC_ALL=C succeed_quietly report a.jsonl
    for word in Verdict serial threads 'Distribution of the times' \
        'Ratio of pairs by block' 'Who sat where' 'Where the time goes' \
        'processes / threads' '|'; do
        has "$output" "$word"
    done
    is_narrow
    all=$output
    is_ascii
    [ "$(grep -c 'hw thread' <<<"$all")" -eq 1 ]
    [ "$(find . -mindepth 1)" = ./a.jsonl ]
}

@test "UTF-8 has blocks, a dumb terminal has not" {
    make_record a.jsonl
    TERM=xterm LC_ALL=C.UTF-8 succeed_quietly report a.jsonl
    has "$output" '█'
    is_narrow
    TERM=dumb LC_ALL=C.UTF-8 succeed_quietly report a.jsonl
    is_ascii
}

@test "--lang zh counts wide characters as two columns" {
    make_record a.jsonl
    LC_ALL=C.UTF-8 succeed_quietly report --lang zh a.jsonl
    for word in 结论 用时分布 谁在哪里 时间花在哪里; do
        has "$output" "$word"
    done
    has_not "$output" Verdict
    is_narrow
    LC_ALL=C.UTF-8 succeed_quietly report --lang zh --proposal a.jsonl
    has "$output" 核心
    is_narrow
}

@test "several numbers of workers have a chart and a proposal's table" {
    make_study
    succeed_quietly report study.spoilt.jsonl
    has "$output" 'hash of the record does not fit'
    has "$output" 'Scaling of matmul'
    has "$output" 'A threads        largest count with efficiency >= 80 %: 5'
    has "$output" 'B processes      largest count with efficiency >= 80 %: 1'
    is_narrow
    succeed_quietly report --proposal study.spoilt.jsonl
    is_narrow
    has "$output" 'strong scaling of matmul'
    has_not "$output" 'weak scaling'
    grep -qE '^ 1 +[0-9]+ +1 x 5 .*\] +4\.63 +93 % ' <<<"$output"
    grep -qE '^ 1 +[0-9]+ +4 x 1 .*\] +1\.60 +40 % ' <<<"$output"
    has "$output" 'efficiency >= 70 %: 1, the base itself'
    has "$output" 'Base: each executor at its smallest count'
}

@test "the same numbers come from drive scale" {
    make_study
    succeed_quietly report --proposal short.jsonl
    table=$output
    succeed scale --mode strong --json short.jsonl
    [ "$(jq '[.. | .core_hours? // empty] | length' <<<"$output")" -eq 10 ]
    for hours in $(jq -r '.. | .core_hours? // empty' <<<"$output"); do
        has "$table" "$(printf '%.3g' "$hours")"
    done
    hours=$(jq .study_core_hours <<<"$output")
    has "$table" "Cost of the study: $(printf '%.3g' "$hours") core-hours"
}

@test "problems that grow are weak scaling" {
    succeed scale matmul --mode weak -P n=256 -n 1,2 -b 6 -e threads -q \
        -o a.jsonl
    succeed_quietly report --proposal a.jsonl
    has "$output" 'weak scaling of matmul'
    has_not "$output" 'strong scaling'
}

@test "a page has the fitted law, the times and the proposal's table" {
    make_study
    succeed_quietly report study.spoilt.jsonl -o page.html --plots figures
    has "$(cat page.html)" 'For a proposal'
    has "$(cat page.html)" '<a href="#proposal">'
    grep -q 'x=1:10.*Amdahl\|x=5:10' figures/s1-speedup.gp
    grep -q 'rectangle from first 1, graph 0 to first 5' figures/s1-speedup.gp
    grep -q 'logscale xy' figures/s1-times.gp
    grep -q 'threads, Amdahl' figures/s1-efficiency.gp
}

@test "a sweep has its table and its curve" {
    succeed tasks -P grain=1,100,10000 -P steps=10 -n 2 -b 6 -e threads -q \
        --margin 50 -o a.jsonl
    succeed_quietly report a.jsonl
    has "$output" 'METG(50 %)'
    succeed_quietly report a.jsonl -o metg.html
    has "$(cat metg.html)" '<a href="#m1">Smallest tasks'
    is_narrow
    succeed_quietly report a.jsonl -o page.html --plots figures
    [ "$(grep -cE '^[0-9]' figures/m1-metg.dat)" -eq 3 ]
    grep -q 'id="m1-metg"' page.html
}

@test "--artifact has hardware, flags, seeds, hashes and how to repeat" {
    make_record a.jsonl
    succeed null -b 6 -e serial,threads -n 2 -q --seed 77 -o b.jsonl
    succeed_quietly report --artifact a.jsonl b.jsonl
    for word in '# Artifact description' '## Run 2' Hardware \
        'build.compiler' 'build.flags' 'Libraries and versions' \
        "$(sha256sum <a.jsonl | cut -d' ' -f1)" 'seed of the order: `77`' \
        'drive compare a.jsonl' "$(jq -r 'select(.t == "host").cpu' a.jsonl)"; do
        has "$output" "$word"
    done
    LC_ALL=C.UTF-8 succeed_quietly report --artifact --lang zh a.jsonl
    has "$output" 如何重复
}

@test "what does not go together is refused" {
    refuses 2 'which records' report
    refuses 2 'one of them' report --proposal --artifact a.jsonl
    refuses 2 'no -o' report --proposal a.jsonl -o page.html
    refuses 2 '--plots wants -o' report --plots figures a.jsonl
    refuses 2 'cannot open' report nowhere.jsonl
    make_record a.jsonl
    run bash -c "'$DRIVE' report a.jsonl >/dev/full"
    [ "$status" -eq 6 ]
}

# Each of them in every form.
is_honest() {
    local form

    for form in '' --proposal '--lang zh' '--proposal --lang zh'; do
        # shellcheck disable=SC2086
        LC_ALL=C.UTF-8 succeed_quietly report $form "$1"
        is_narrow
    done
    succeed_quietly report --artifact "$1"
    succeed_quietly report "$1"
}

@test "records that are not as they should be are told of" {
    make_record a.jsonl
    head -c "$(($(wc -c <a.jsonl) * 2 / 3))" a.jsonl >cut.spoilt.jsonl
    is_honest cut.spoilt.jsonl
    has "$output" 'Not whole'
    jq -c 'if .seq == 9 then .run = "other" else . end' a.jsonl \
        >mixed.spoilt.jsonl
    is_honest mixed.spoilt.jsonl
    has "$output" 'lines of another run: 1'
    jq -c 'select(.t | IN("run", "host", "calib", "end"))' a.jsonl \
        >none.spoilt.jsonl
    is_honest none.spoilt.jsonl
    has "$output" 'hold no comparison'
    jq -c 'select(.t != "trial" or (.block == 0 and .order == 0 and
        (.warmup | not)))' a.jsonl >one.spoilt.jsonl
    is_honest one.spoilt.jsonl
    jq -c 'def gone: map(.status = "failed" | .why = "killed by signal 9");
        select(.t != "trial") | if .t == "plan" then .executors |= gone
        elif .t == "summary" then .blocks = 0 | .cells |= gone
        else . end' a.jsonl >failed.spoilt.jsonl
    is_honest failed.spoilt.jsonl
    has "$output" 'failed: killed by signal 9'
    has "$output" 'No trial counts'
    : >empty.spoilt.jsonl
    fails_with 2 report empty.spoilt.jsonl
    echo '{"t": "other"}' >foreign.spoilt.jsonl
    fails_with 2 report --proposal foreign.spoilt.jsonl
}

@test "what a record holds does not steer the terminal" {
    make_record a.jsonl
    evil='\u001b[31m\u0007\u202e`id`%s%n中文'
    jq -c --argjson evil "\"$evil\"" '
        def other: if . == "threads" then $evil else . end;
        if .t == "host" then .host = $evil
        elif .t == "run" then .command_line = $evil
        elif .t == "plan" then .executors |= map(.executor |= other)
        elif .t == "summary" then .cells |= map(.executor |= other)
        elif .executor? then .executor |= other else . end' \
        a.jsonl >b.spoilt.jsonl
    is_honest b.spoilt.jsonl
    succeed report --artifact b.spoilt.jsonl
    run ! env LC_ALL=C.UTF-8 grep -qP '[\x{1b}\x{7}\x{202e}]' <<<"$output"
    LC_ALL=C succeed report b.spoilt.jsonl
    has "$output" '?[31m'
    run ! env LC_ALL=C.UTF-8 grep -qP '[\x{1b}\x{7}\x{202e}]' <<<"$output"
    LC_ALL=C succeed report b.spoilt.jsonl
    is_ascii
}

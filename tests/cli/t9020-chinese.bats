#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Reports in Chinese: no English is left on them but names, whatever stands in
# the record, and what cannot be said is marked as English.

load helper

# English that is left in a report, and is no name; see there.
chinese() {
    PATH=/usr/bin:$PATH python3 "$sources/tests/schema/chinese.py" "$@"
}

is_narrow() {
    PATH=/usr/bin:$PATH python3 "$sources/tests/schema/columns.py" 80 <<<"$1"
}

# Page, figures, and the tables of a proposal and an artifact description.
is_chinese() {
    local form

    rm -f page.html
    LC_ALL=C succeed_quietly report --lang zh -o page.html "$@"
    chinese page page.html "$@"
    for form in '' --proposal --artifact; do
        # shellcheck disable=SC2086
        LC_ALL=C.UTF-8 succeed_quietly report --lang zh $form "$@"
        printf '%s\n' "$output" >text
        chinese text text "$@"
        [ "$form" = --artifact ] || is_narrow "$output"
    done
}

make_record() {
    succeed null -b 8 -e serial,threads,processes -n 2 -q --margin 50 -o "$@"
}

# Warnings on stdin, a line each, in the record $1 as of its comparison.
with_warnings() {
    jq -c --arg all "$(cat)" '
        (.seq as $seq | .run as $run | select(.t == "summary") |
            $all | split("\n")[] | select(. != "") |
            {t: "event", v: 1, run: $run, seq: $seq, what: "warning",
                text: .}), .' "$1"
}

@test "every text of the sources has its Chinese" {
    PATH=/usr/bin:$PATH python3 "$sources/tests/schema/phrases.py" "$sources"
}

@test "the reference records have no English left but names" {
    for record in "$sources"/results/reference/*.jsonl; do
        is_chinese "$record"
    done
}

@test "studies, sweeps and cores over time have none either" {
    succeed matmul -P n=32 -n 1,2,3,4,5 -b 8 -e serial,threads,processes -q \
        --margin 50 -o study.jsonl
    is_chinese study.jsonl
    jq -c 'if .t == "trial" then .ns = (1e7 / .workers | floor)
        elif .t == "plan" then .crowded = false else . end' study.jsonl \
        >scaled.spoilt.jsonl
    is_chinese scaled.spoilt.jsonl
    succeed tasks -P grain=1,100,10000 -P steps=10 -n 2 -b 6 -e threads -q \
        --margin 50 -o sweep.jsonl
    is_chinese sweep.jsonl
    succeed null -P delay=0.02 -b 6 -e serial,threads --utilisation -q \
        -o cores.jsonl
    is_chinese cores.jsonl
    is_chinese study.jsonl sweep.jsonl cores.jsonl
}

@test "whatever a run warns of is said in Chinese with the same numbers" {
    make_record a.jsonl
    with_warnings a.jsonl <<'END' >b.spoilt.jsonl
W101 governor powersave on 8 of 8 CPUs, turbo on: the clock may change between trials; serial may run at a higher clock than a full team: speed-ups look smaller
W101 threads ran at 3.21 GHz, ranks at 2.87: 11.8 % between them are the clock's
W102 workers of 1 of 4 executors share cores, on two hardware threads: a worker runs at 50 to 70 % of its speed alone
W103 9 workers, more workers than places; 9 workers under a quota of 3.5 CPUs: timings show the crowd, not the executor
W103 workers of 1 of 4 executors not bound as planned; 7 of 90 trials (1 of 4 executors) ended elsewhere than planned: the executors did not have the same places
W104 3 of 90 trials (2 of 4 executors) were stopped by a quota: up to 41 % of a trial
W105 19 of 90 trials (2 of 4 executors) waited for a core; 33 of 90 starts were late: it took up to 17 % of a trial, 2.3 % of all time of threads
W106 threads: 5120 page faults a step and worker: at least 12 % of its time, against 1 % where fewest
W106 huge pages: private memory always, shared never: as -P pages=native asks: up to 15 % for threads
W107 2 domains, balancing on: pages are unmapped and moved during trials, unlike from executor to executor
W108 the teams do not fit in memory together; 5 of 90 trials (1 of 4 executors) saw swapping or major faults: each trial begins with fresh pages and cold caches
W109 8 of 90 trials (2 of 4 executors) lost time to the hypervisor: it took up to 6 % of a trial, 0.4 % of all time of serial
W110 source hpet, a reading takes 900 ns: short trials show the clock, more so with more workers
W111 balance 0.66 under processes: its workers wait 34 % of the time for the slowest
W113 Debug, not optimised, address sanitizer, LD_PRELOAD libx.so, traced by process 77: not the speed of a release; 2 to 20 times slower, and not evenly; it may stand in every call that is timed; a debugger stops workers
W114 tmpfs in the working directory: kernels that work on files measure memory, and records end with the node
W115 the job has 4 CPUs of a node with 64 cores: other jobs may take memory bandwidth, cache and power
END
    ALSO='powersave always never hpet address libx.so tmpfs Debug pages=native' \
        is_chinese b.spoilt.jsonl
    page=$(cat page.html)
    has "$page" 'W105 90 次试验中有 19 次（4 种执行方式中 2 种）等待过核心；'
    has "$page" '最多占一次试验的 17 %，占 threads 总时间的 2.3 %'
    has "$page" 'W101 threads 运行在 3.21 GHz，ranks 运行在 2.87 GHz'
    [ "$(grep -o '<li>W1[0-9][0-9] ' page.html | wc -l)" -ge 17 ]
}

@test "what is in nobody's list is marked as English, behind what is" {
    make_record a.jsonl
    with_warnings a.jsonl <<<'W114 ramdisk of <b>: gone & lost' \
        >b.spoilt.jsonl
    succeed_quietly report --lang zh -o page.html b.spoilt.jsonl
    has "$(cat page.html)" \
        'W114 文件系统位于内存中：<span lang="en">ramdisk of &lt;b&gt;: gone'
    ENGLISH=ok chinese page page.html b.spoilt.jsonl
    run ! chinese page page.html b.spoilt.jsonl
    has "$output" 'in English: ramdisk'
}

@test "cells that did not run and records that are not whole say so" {
    make_record a.jsonl
    gone='def gone(s; w): map(if .executor == "threads" then .status = s |
        .why = w else . end); select(.t != "trial" or .executor != "threads")
        | if .t == "plan" then .executors |= gone($s; $w)
        elif .t == "summary" then .cells |= gone($s; $w) else . end'
    jq -c --arg s failed --arg w 'worker 1 was lost: signal 9 (Killed)' \
        "$gone" a.jsonl >failed.spoilt.jsonl
    jq -c --arg s skipped --arg w 'built without MPI' "$gone" a.jsonl \
        >skipped.spoilt.jsonl
    head -c "$(($(wc -c <a.jsonl) * 2 / 3))" a.jsonl >cut.spoilt.jsonl
    jq -c 'if .seq == 9 then .run = "other" elif .seq == 11 then .ns = -1
        else . end' a.jsonl >mixed.spoilt.jsonl
    jq -c 'select(.t | IN("run", "host", "calib", "end"))' a.jsonl \
        >none.spoilt.jsonl
    jq -c 'select(.t != "trial" or (.block == 0 and .order == 0 and
        (.warmup | not)))' a.jsonl >one.spoilt.jsonl
    jq -c 'if .t == "trial" then .wrong = true else . end' a.jsonl \
        >wrong.spoilt.jsonl
    jq -c 'if .t == "trial" then .disturbed = "waited for a core, stolen"
        | .ns *= (if .executor == "threads" then 30 else 1 end) else . end' \
        a.jsonl >disturbed.spoilt.jsonl
    for kind in failed skipped cut mixed none one wrong disturbed; do
        ALSO=Killed is_chinese $kind.spoilt.jsonl
    done
    ALSO=Killed is_chinese a.jsonl failed.spoilt.jsonl cut.spoilt.jsonl
    mkdir folder
    cp a.jsonl folder
    echo hello >folder/b.spoilt.jsonl
    : >folder/c.spoilt.jsonl
    LC_ALL=C.UTF-8 succeed_quietly report --lang zh folder
    printf '%s\n' "$output" >text
    chinese text text folder/*.jsonl
}

@test "a page without pictures says why in Chinese, gnuplot in its own words" {
    make_record a.jsonl
    mkdir bin
    printf '#!/bin/sh\necho no such terminal >&2; exit 3\n' >bin/gnuplot
    chmod +x bin/gnuplot
    PATH=$PWD/bin:$PATH succeed_quietly report --lang zh a.jsonl -o page.html
    ENGLISH=ok chinese page page.html a.jsonl
    grep -q '<pre><span lang="en">no such terminal' page.html
    rm -r bin page.html
    mkdir bare
    run env PATH="$PWD/bare" "$DRIVE" report --lang zh a.jsonl -o page.html
    [ "$status" -eq 0 ]
    chinese page page.html a.jsonl
}

@test "a page in English is found out" {
    make_record a.jsonl
    succeed_quietly report -o page.html a.jsonl
    run ! chinese page page.html a.jsonl
    has "$output" 'Verdict'
    has "$output" 'no Chinese at all'
    succeed_quietly report a.jsonl
    printf '%s\n结论\n' "$output" >text
    run ! chinese text text a.jsonl
    has "$output" 'Distribution'
    printf '<p>结论</p><p>one new text</p>' >page.html
    run ! chinese page page.html a.jsonl
    has "$output" 'one new text'
}

@test "a locale that is not UTF-8 gets English and one line that says so" {
    make_record a.jsonl
    for form in '' --proposal --artifact; do
        # shellcheck disable=SC2086
        LC_ALL=C succeed report --lang zh $form a.jsonl
        one_line_with 'not UTF-8'
        one_line_with 'LC_ALL=C.UTF-8'
        said=$output
        # shellcheck disable=SC2086
        LC_ALL=C succeed_quietly report $form a.jsonl
        [ "$output" = "$said" ]
    done
    LC_ALL=C succeed explain --lang zh W103
    one_line_with 'not UTF-8'
    has "$output" 'no place of their own'
}

@test "explain has all of it in Chinese, within 80 columns" {
    for code in '' $(seq 101 115); do
        # shellcheck disable=SC2086
        LC_ALL=C.UTF-8 succeed_quietly explain --lang zh $code
        is_narrow "$output"
    done
    LC_ALL=C.UTF-8 succeed_quietly explain --lang zh W103
    for word in W103 工作者没有各自的位置 检查 影响 对策 管理员; do
        has "$output" "$word"
    done
    refuses 2 'want en or zh' explain --lang fr W103
}

#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Threads of few ranks: who is where, what is refused, and that kernels which
# communicate are right in it. Its verbs are t4000's.
load helper

need_hybrid() {
    need hybrid
    need_launcher
}

@test "hybrid runs only where it is asked for" {
    need_hybrid
    succeed null -n 2 -b 2 --no-record
    lines_with "$output" '^hybrid ' 0
    succeed null -n 2 -b 2 --no-record --ranks-per 1
    lines_with "$output" '^hybrid +[0-9.]+ [mun]?s ' 1
}

@test "each worker is a thread of a rank, and the record says of which" {
    need_hybrid
    succeed pin -n 5 -e hybrid --ranks-per 2
    [ "$(awk '$1 == "hybrid" { printf "%s ", $2 }' <<<"$output")" = \
        '0.0 0.1 1.0 1.1 1.2 ' ]
    lines_with "$output" '^hybrid .* ok$' 5
    # No more ranks than workers.
    succeed pin -n 2 -e hybrid --ranks-per 5
    [ "$(awk '$1 == "hybrid" { printf "%s ", $2 }' <<<"$output")" = '0.0 1.0 ' ]
    for what in node numa l3; do
        succeed pin -n 1 -e hybrid --ranks-per $what
        lines_with "$output" '^hybrid +0\.0 .* ok$' 1
    done

    succeed triad -n 3 -e serial,hybrid --ranks-per 2 -P n=10000 -b 2
    record_says 'map(select(.t == "plan").executors[]) |
        map([.executor, .ranks, .ranks_per]) ==
        [["serial", null, null], ["hybrid", 2, "2"]]'
    record_says 'map(select(.t == "summary").cells[] |
        select(.executor == "hybrid")) | .[0].ranks == 2'
    record_says 'map(select(.t == "place" and .executor == "hybrid"))[0].workers |
        map([.rank, .thread]) == [[0, 0], [1, 0], [1, 1]]'
    record_says 'map(select(.t == "place" and .executor == "serial"))[0].workers |
        all(has("rank") | not)'
    succeed_quietly check "$(record)"
    succeed null -n 2 -e serial,hybrid -b 2 --no-record --json
    jq -e '.cells | map(.ranks_per) == [null, "numa"]' <<<"$output"
}

@test "kernels that talk are right over ranks and threads" {
    need_hybrid
    for ranks in 1 2 3; do
        succeed_quietly check matmul triad share tasks overhead -n 2,3 \
            -e serial,hybrid --ranks-per $ranks
        lines_with "$output" ' 0 failed' 1
        lines_with "$output" '^matmul +divide .*hybrid ok' 2
    done
    # All have the same result.
    succeed matmul -n 4 -P n=100 -b 2 --ranks-per 2
    record_says 'map(select(.t == "trial").checksum) | unique | length == 1'
}

@test "what cannot be dealt is refused" {
    need_hybrid
    refuses 2 '--ranks-per 0: want node, numa, l3' null -e hybrid --ranks-per 0
    refuses 2 '--ranks-per nuam: want' null -e hybrid --ranks-per nuam
    refuses 2 '--ranks-per 2x: want' null -e hybrid --ranks-per 2x
    refuses 2 '--ranks-per -1: want' null -e hybrid --ranks-per=-1
    refuses 2 'not among -e threads' null -e threads --ranks-per 2
    # A kernel that starts its own workers has no use for it.
    fails_with 77 spawn -n 2 -e serial,hybrid -b 2 --no-record
    one_line_with 'starts its workers itself'
    # Ranks of several processes have no window.
    fails_with 77 matmul -n 2 -P n=100 -P comm=window -e hybrid,serial \
        --ranks-per 2 -b 2 --no-record
    one_line_with 'no window in common'
}

@test "a launcher's ranks are taken as far as they are needed" {
    need_hybrid
    local mpirun

    mpirun=$(launcher)
    run --separate-stderr timeout 60 "$mpirun" -n 2 "$DRIVE" triad -n 4 \
        -P n=10000 -e serial,ranks,hybrid --ranks-per 1 -b 2 -o one.jsonl
    show
    lines_with "$output" '^hybrid +[0-9.]+ [mun]?s ' 1
    lines_with "$output" '^ranks +skipped: only 2 ranks' 1
    run --separate-stderr timeout 60 "$mpirun" -n 2 "$DRIVE" triad -n 4 \
        -P n=10000 -e serial,hybrid --ranks-per 3 -b 2 --no-record
    show
    [ "$status" -eq 6 ]
    has "$stderr" 'hybrid: only 2 ranks were launched: start with  mpirun -np 3'
}

@test "ranks and threads of ranks take turns with a launcher's ranks" {
    need_hybrid
    run --separate-stderr timeout 60 "$(launcher)" -n 2 "$DRIVE" matmul -n 2 \
        -P n=60 -e serial,ranks,hybrid --ranks-per 2 -b 3 --warmups 1 \
        -o turns.jsonl
    show
    [ "$status" -eq 0 ]
    jq -es 'map(select(.t == "trial" and (.warmup | not) and (.late | not))) |
        (group_by(.executor) | map(length) == [3, 3, 3]) and
        (map(.checksum) | unique | length == 1)' turns.jsonl
}

@test "a trial that nobody sees is accounted for, and its result has to be right" {
    need_hybrid
    local mpirun

    mpirun=$(launcher)
    run --separate-stderr timeout 60 "$mpirun" -n 2 "$DRIVE" null -n 2 \
        -P delay=0.02 -e ranks,hybrid --ranks-per 2 -b 3 --warmups 1 \
        -o unseen.jsonl
    show
    [ "$status" -eq 0 ]
    # 2 executors in 4 blocks, each with one before it
    jq -es 'map(select(.t == "summary"))[0].account.kernel_ns >= 16 * 2e7' \
        unseen.jsonl
    run --separate-stderr timeout 60 "$mpirun" -n 2 "$DRIVE" null -n 2 \
        -P fault=wrong -e ranks,hybrid --ranks-per 2 -b 3 --no-record
    show
    [ "$status" -eq 3 ]
    has "$stderr" 'wrong result: null under'
}

@test "too few threads are an error of that row" {
    need_hybrid
    OMP_THREAD_LIMIT=2 fails_with 6 triad -P n=10000 -n 6 -e serial,hybrid \
        --ranks-per 2 -b 2 --no-record
    has "$stderr" 'fewer than 3 threads'
    lines_with "$output" '^serial +[0-9.]+ [mun]?s ' 1
}

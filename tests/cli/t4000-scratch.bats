#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# A new kernel is one file and one line: a copy of the tree gets two, is
# built, and has them under every executor. One calls all verbs, one lies.
load helper

top=$(realpath "$BATS_TEST_DIRNAME/../..")

# Sources only: no history, nothing that was built or measured.
copy_tree() {
    mkdir tree
    tar -C "$top" --exclude=./.git --exclude='./build*' --exclude=./drive \
        --exclude='./results/*.jsonl' -cf - . | tar -C tree -xf -
}

# What the build under test was told, so that the copy is told the same.
cache_entry() {
    local cache

    cache=$(dirname "$DRIVE")/CMakeCache.txt
    [ -e "$cache" ] && grep -E "^$1:" "$cache" | sed 's/^/-D/'
}

same_options() {
    for name in DRIVE_MPI DRIVE_OPENMP DRIVE_BLIS DRIVE_PLPLOT DRIVE_MARCH \
        CMAKE_C_COMPILER MPI_C_COMPILER MPIEXEC_EXECUTABLE; do
        cache_entry "$name"
    done
}

build() {
    local options

    mapfile -t options < <(same_options)
    cmake -S tree -B out -DCMAKE_BUILD_TYPE=Release -DBUILD_TESTING=OFF \
        "${options[@]}" && cmake --build out --parallel "$(nproc)"
}

# Once for all tests here.
setup_file() {
    command -v cmake >/dev/null || return 0
    cd "$BATS_FILE_TMPDIR" || return 1
    copy_tree
    cp "$BATS_TEST_DIRNAME"/../scratch/*.c tree/kernels/
    printf 'KERNEL(%s)\n' verbs liar >>tree/kernels/kernels.def
    build >log 2>&1 || tail -n 40 log
}

# The program with the kernels is what is run from here on.
use_copy() {
    command -v cmake >/dev/null || skip 'cmake is missing'
    DRIVE=$BATS_FILE_TMPDIR/out/drive
    [ -x "$DRIVE" ]
}

@test "one file and one line make a kernel, and all verbs are right" {
    use_copy
    succeed_quietly list kernels
    lines_with "$output" '^ +verbs ' 1
    succeed_quietly help verbs
    lines_with "$output" '^  rounds +.*default' 1

    # Alone, a pair, primes, and a power of two; more than there are cores.
    # `check` stops at the first executor that is wrong, so each is asked.
    local wrong=0
    for executor in serial threads processes ranks; do
        [ -z "$(why_absent "$executor")" ] || continue
        [ "$executor" != ranks ] || launcher >/dev/null || continue
        try check verbs -n 1,2,3,5,8,16 -e "$executor"
        [ "$status" -eq 0 ] || wrong=1
        # Both modes with six numbers of workers.
        lines_with "$output" "^verbs .*$executor ok" 12 || wrong=1
    done
    # Threads of ranks, evenly dealt or not, and parts that lie across them.
    for ranks in 1 2 3; do
        [ -z "$(why_absent hybrid)" ] && launcher >/dev/null || continue
        try check verbs -n 1,2,3,5,8 -e hybrid --ranks-per $ranks
        [ "$status" -eq 0 ] || wrong=1
        lines_with "$output" "^verbs .*hybrid ok" 10 || wrong=1
    done
    [ "$wrong" -eq 0 ]

    # Ranks whose arenas lie in a window all address each other.
    if [ -z "$(why_absent ranks)" ] && launcher >/dev/null; then
        succeed_quietly check verbs -n 1,2,3,5 -e serial,ranks -P window=yes
        lines_with "$output" '^verbs .*ranks ok' 8
    fi

    # And they agree with each other on the result.
    succeed_quietly verbs -n 3 -P n=100 -P rounds=1 -b 2 --warmups 0
    record_says 'map(select(.t == "trial").checksum) | unique | length == 1'

    # What it measures besides time is shown; a team of one is not apart.
    rm -r results
    succeed_quietly verbs -n 2 -P n=100 -P rounds=1 -b 2 --warmups 0 \
        -e serial,processes
    lines_with "$output" '^what verbs found +heard +inside +apart$' 1
    lines_with "$output" '^serial +[0-9]+ +[0-9.]+ [mun]?s +-$' 1
    lines_with "$output" '^processes +[0-9]+ +[0-9.]+ [mun]?s +[0-9.]+ [KM]?i?B$' 1
    record_says 'map(select(.t == "plan").metrics[]) |
        map(.name) == ["heard", "inside", "apart"] and .[1].unit == "s" and
        map(.merge) == ["sum", "max", "mean"]'
    record_says 'map(select(.t == "trial" and .executor == "serial").metrics) |
        length >= 2 and all(.[0] > 0 and .[1] > 0 and .[2] == null)'
    succeed_quietly check "$(record)"
    succeed verbs -n 2 -P n=100 -P rounds=1 -b 2 --warmups 0 \
        -e serial,processes --no-record --json
    jq -e '.cells | map(.metrics) | .[0].apart.median == null and
        .[1].apart.median > 0 and .[1].apart.unit == "byte" and
        .[1].heard.median > .[0].heard.median and
        .[0].inside.unit == "s"' <<<"$output" >/dev/null

    # It keeps the rules of the house.
    for lint in arrows names sizes headers; do
        "$top/tests/lint/$lint.sh" "$BATS_FILE_TMPDIR/tree"
    done
}

@test "what is faster than its bound voids the comparison" {
    use_copy
    for mode in divide replicate; do
        forget_records
        fails_with 3 liar -m $mode -e serial,processes -b 2 --warmups 0
        one_line_with 'work was not done'
        has "$stderr" 'serial reached'
        has "$stderr" 'flop/s where its seats can do'
        closed_as "${stderr#drive: }"
        record_says 'map(select(.t == "summary").stop) == ["faster than the bound"]'
        succeed_quietly check "$(record)"
    done
    fails_with 3 liar -e serial -b 2 --no-record --json
    [ "$(jq -r .stop <<<"$output")" = "faster than the bound" ]
}

@test "what its bound allows is no lie" {
    use_copy
    succeed liar -P honest=yes -e serial,processes -b 2 --warmups 0
    closed_as complete
    record_says 'map(select(.t == "summary").stop) == ["blocks"]'
    record_says 'map(select(.t == "summary").cells[].of_peak) |
        length == 2 and all(. > 0 and . < 1)'
}

# MPI counts in int; here in numbers so small that all messages are too large.
@test "messages may be larger than MPI counts" {
    use_copy
    [ -z "$(why_absent ranks)" ] || skip 'no ranks'
    launcher >/dev/null || skip 'no launcher'
    cd "$BATS_FILE_TMPDIR"
    grep -q 'COUNT_MOST = INT_MAX' tree/drivers/executors/messages.h
    sed -i 's/COUNT_MOST = INT_MAX/COUNT_MOST = 100/' \
        tree/drivers/executors/messages.h
    build >log 2>&1 || tail -n 40 log
    succeed_quietly check verbs -n 2,3 -e ranks
    lines_with "$output" '^verbs .*ranks ok' 4
    [ -z "$(why_absent hybrid)" ] || return 0
    succeed_quietly check verbs -n 4 -e hybrid --ranks-per 2
    lines_with "$output" '^verbs .*hybrid ok' 2
}

#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Alone: the program starts ranks of its own for the fourth row.
load helper

# A program like ours whose launcher was taken away after it was built: the
# path that was compiled in leads nowhere.
without_launcher() {
    local path

    path=$(compiled_launcher)
    [ -n "$path" ] || skip 'no launcher was compiled in'
    LC_ALL=C sed "s|$path|${path%?}?|g" "$DRIVE" >orphan
    chmod +x orphan
    run --separate-stderr env PATH=/nonexistent "$(command -v timeout)" 60 \
        ./orphan "$@"
    rm orphan
    show "$@"
}

@test "one plain command compares all four" {
    need_launcher
    succeed_quietly null -b 2 --warmups 0
    lines_with "$output" '^ranks +[0-9.]+ [mun]?s ' 1
    record_says '[.[] | select(.t == "trial").executor] | unique ==
        ["processes", "ranks", "serial", "threads"]'
    record_says '.[0].launcher | length > 0'
}

@test "ranks of our own: the record names the library" {
    need_launcher
    succeed_quietly null -b 1 --warmups 0 -e ranks
    record_says '[.[0].mpi, (.[] | select(.t == "event") | .text)] |
        any(. != null and length > 3)'
}

@test "ranks of our own: start-up is counted apart, and with it MPI's" {
    need_launcher
    succeed_quietly null -b 1 --warmups 0 -n 1
    record_says 'map(select(.t == "summary").cells[]) |
        (map(select(.executor == "ranks"))[0].startup_ns) >
        (map(select(.executor == "ranks"))[0].median_ns)'
}

@test "ranks of our own: one, and more than there are cores" {
    need_launcher
    succeed null -b 1 --warmups 0 -n "1,$(a_crowd)" -e ranks
    record_says 'map(select(.t == "summary").cells[]) | length == 2 and
        all(.status == "ok")'
}

@test "parked ranks: what they used of a core is in the record" {
    need_launcher
    succeed_quietly null -P delay=0.02 -b 4 --warmups 0
    record_says 'map(select(.t == "summary").cells[]) |
        map(select(.executor == "ranks"))[0] |
        .idle_ns > 0 and .idle_cpu_ns > 0 and .idle_cpu_ns < .idle_ns'
}

@test "--launcher with words of its own" {
    need_launcher
    "$(launcher)" --version 2>&1 | grep -qiE 'open.?mpi|openrte' ||
        skip 'words of Open MPI'
    succeed_quietly null -b 1 --warmups 0 -e ranks \
        --launcher "$(launcher) --oversubscribe --bind-to none"
    lines_with "$output" '^ranks +[0-9.]+ [mun]?s ' 1
}

@test "--launcher found on the PATH" {
    need_launcher
    ln -s "$(launcher)" my-mpirun
    PATH=$PWD:$PATH succeed null -b 1 --warmups 0 -e ranks --launcher mpirun
    lines_with "$output" '^ranks +[0-9.]+ [mun]?s ' 1
}

@test "--launcher that is not there: exit 6 and one line" {
    refuses 6 "'/nonexistent'" null --launcher /nonexistent
}

@test "a launcher that fails: the row has its words, the others go on" {
    need ranks
    printf '#!/bin/sh\necho "no such partition" >&2\nexit 9\n' >broken
    chmod +x broken
    fails_with 6 null -b 2 --warmups 0 -n 1 --launcher ./broken
    lines_with "$output" '^ranks +failed: .*9.*no such partition' 1
    lines_with "$output" '^serial +[0-9.]+ [mun]?s ' 1
    record_says 'map(select(.t == "summary").cells[]) |
        map(select(.status == "ok")) | length >= 2 and all(.trials == 2)'
}

@test "a launcher that starts something else: no hang" {
    need ranks
    printf '#!/bin/sh\nexit 0\n' >empty
    chmod +x empty
    fails_with 6 null -b 1 --warmups 0 -n 1 --launcher ./empty
    lines_with "$output" '^ranks +failed: ' 1
}

@test "a launcher that waits for ever is ended by Ctrl-C" {
    need ranks
    printf '#!/bin/sh\nsleep 1000\n' >slow
    chmod +x slow
    start "$DRIVE" null -b 1 --warmups 0 -n 1 --launcher ./slow
    within 20 started 3
    sleep 0.2
    kill -INT "$session"
    finish
    [ "$status" -eq 130 ]
    all_gone
    closed_as interrupted
}

@test "no launcher anywhere: the row says why, the others are compared" {
    need ranks
    without_launcher null -b 2 --warmups 0
    lines_with "$output" '^ranks +(skipped|failed): .*launcher' 1
    lines_with "$output" '^serial +[0-9.]+ [mun]?s ' 1
    has "$output" 'mpirun'
    # It was not asked for by name, so it is no failure.
    [ "$status" -eq 0 ]
}

@test "no launcher anywhere, ranks asked for: that is an error" {
    need ranks
    without_launcher null -b 2 --warmups 0 -e serial,ranks
    [ "$status" -eq 6 ] || [ "$status" -eq 77 ]
    one_line_with launcher
}

@test "a build without MPI says so in the row" {
    why=$(why_absent ranks)
    [ -n "$why" ] || skip 'this build has MPI'
    succeed_quietly null -b 1 --warmups 0
    lines_with "$output" "^ranks +skipped: $why" 1
}
